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
#include "work/work.h"

struct office_config {
    const char *where;      /* a data directory, or postgres://… */
    const char *ship;       /* for the change log, or NULL */
    const char *address;    /* the public address, or "" */
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

/* Carries out a command; `out` gets JSON. Any thread. */
enum error_code office_command(struct office *o, str json, struct buf *out, struct error *err);

/* The answer to a command: from the server of `where`, or from an office opened for it. */
enum error_code office_ask(const char *where, str json, struct buf *out, struct error *err);

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

/* Asks, prints the answer (indented where `pretty`), releases the command. Returns the exit status. */
int command_run(struct command *c, const char *where, bool pretty);

/* --data, or the variable GONGSHI_DATA, or "data". */
const char *office_default(void);

#endif
