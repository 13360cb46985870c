/* office: an opened office, store, people, work and publish together, and the commands that can be given to it.
 *
 * A command is a JSON object with the member "command"; office_command carries it out. The command line makes such
 * objects and gives them to the server of the data directory through its control socket, or, where nobody serves the
 * directory, to an office that it opens itself: the same function either way.
 */
#ifndef GONGSHI_CLI_OFFICE_H
#define GONGSHI_CLI_OFFICE_H

#include "helper/helper.h"
#include "people/people.h"
#include "publish/publish.h"
#include "text/json_write.h"
#include "work/assess.h"
#include "work/work.h"

struct office_config {
    const char *where;      /* a data directory, or postgres://… */
    const char *ship;       /* for the change log, or NULL */
    const char *keys;       /* the file of the keys of personal data, on PostgreSQL; NULL: the variable GONGSHI_KEYS */
    const char *address;    /* the public address, or "" */
    const char *sealer;     /* the program that seals documents, or NULL */
    bool create, upgrade;
    bool serve;             /* fire timers, carry deliveries, chain the audit, make papers */
    void (*published)(void *context); /* something public has changed; may be NULL */
    void *context;
};

struct office {
    struct arena arena;
    struct office_config config;
    struct store *store;
    struct people *people;
    struct record *record;
    struct work *work;
    struct publish *publish;
    struct helper *paper;
};

/* What was opened is closed again where it fails. */
enum error_code office_open(const struct office_config *config, struct office *ret, struct error *err);
void office_close(struct office *o);

/* ---- What commands read alike (ask.c) ---- */

/* A member that is a whole number, written as a number or a text; `otherwise` when it is not there. False with err when
 * it is none. */
bool office_number(feel_value command, const char *name, int64_t otherwise, int64_t *ret, struct error *err);

/* The office of a code; 0 for an empty one. */
enum error_code office_by_code(struct store_view *v, str code, int64_t *ret, struct error *err);

/* A member that is a day (its first instant in China) or an instant. */
enum error_code office_instant(feel_value command, const char *name, int64_t otherwise, int64_t *ret,
                               struct error *err);

/* Who asks, with what he is looked up in. */
struct office_asker {
    struct store_view *view;
    const struct people_tree *tree;
    struct arena *arena;
    int64_t actor, now;      /* actor 0: whoever commands on the machine; he may */
};

/* May he do this to rows of ledgers of an office, as far as they have fields of the class? */
enum error_code office_may_rows(const struct office_asker *who, enum people_verb verb, enum scheme_class data,
                                int64_t office, struct error *err);

/* ---- Commands ---- */

/* Carries out a command; `out` gets JSON. Any thread. */
enum error_code office_command(struct office *o, str json, struct buf *out, struct error *err);

/* From now on it is a demonstration: what rests on rows in state 示例 may be made known, marked as such. */
enum error_code office_mark_demo(struct office *o, struct error *err);

/* Is it marked as one? */
bool office_is_demo(struct office *o);

/* The answer to a command: from the server of `where`, or from an office opened for it. */
enum error_code office_ask(const char *where, str json, struct buf *out, struct error *err);

/* The command "assess" (assess.c): its member "verb" says what. `actor` 0: the program. */
enum error_code office_assess(struct office *o, feel_value command, int64_t actor, struct arena *a, struct buf *out,
                              struct error *err);
/* The commands about parameters and the calendar (parameter.c). */
enum error_code office_parameter(struct office *o, str name, feel_value v, int64_t actor, int64_t now,
                                 struct arena *a, struct buf *out, struct error *err);
/* ---- Ledgers (ledger.c) ---- */

/* Carries out a command on a ledger; asks itself whether the actor may. */
enum error_code office_ledger(struct office *o, feel_value command, int64_t actor, int64_t now, struct arena *a,
                              struct buf *out, struct error *err);

/* The command "party" (party.c); asks itself whether the actor may. */
enum error_code office_party(struct office *o, feel_value command, int64_t actor, int64_t now, struct arena *a,
                             struct buf *out, struct error *err);

/* The command "publish" (publish.c): its members "of" and "verb" say what. */
enum error_code office_publish(struct office *o, feel_value command, int64_t actor, struct arena *a, struct buf *out,
                               struct error *err);

/* For whom rows come in and go out. */
struct office_exchange {
    int64_t actor, office;           /* office: whose new rows are … */
    int64_t dossier;                 /* … and this dossier's, or 0 */
    int64_t only;                    /* rows of this office and below go out; 0: all */
    const struct people_tree *tree;
    enum scheme_class least;         /* the strictest class that he may see */
};

/* The commands "import" and "export" (exchange.c). Whether the actor may is asked before. */
enum error_code office_import(struct office *o, feel_value command, const struct office_exchange *who, struct arena *a,
                              struct buf *out, struct error *err);
enum error_code office_export(struct office *o, feel_value command, const struct office_exchange *who, struct arena *a,
                              struct buf *out, struct error *err);

/* ---- The control socket (control.c) ---- */

struct control;

/* Takes commands on the socket "control" of the data directory, on threads of its own. */
enum error_code control_open(struct office *o, struct control **ret, struct error *err);
void control_close(struct control *c);

/* Sends a command and waits for the answer. False: nobody listens there. */
bool control_ask(const char *where, str json, struct buf *out, enum error_code *ret_code, struct error *err);

/* ---- For the commands ---- */

/* A command under construction: name, then members. */
struct command {
    struct buf text;
    struct json_writer w;
};

void command_begin(struct command *c, const char *name);
void command_text(struct command *c, const char *name, const char *text); /* NULL: nothing */
void command_json(struct command *c, const char *name, str json);

/* The member "values": JSON as it stands, or out of the file of that name. Returns the exit status. */
int command_values(struct command *c, struct arena *a, const char *value);

/* Asks, prints the answer (indented where `pretty`), releases the command. Returns the exit status. */
int command_run(struct command *c, const char *where, bool pretty);

/* --data, or the variable GONGSHI_DATA, or "data". */
const char *office_default(void);

#endif
