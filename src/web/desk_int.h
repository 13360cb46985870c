/* desk: what the pages of officers about lists, ledgers, statistics and schemes have in common: who looks, from which
 * office; tables that are shown, printed and saved alike; JSON of the modules below as a model.
 *
 *   struct web__desk d;
 *   if (!web__desk_open(c, &d)) { return; }
 *   … read …
 *   if (!web__desk_close(&d)) { return; }
 *   … answer …
 */
#ifndef GONGSHI_WEB_DESK_INT_H
#define GONGSHI_WEB_DESK_INT_H

#include "chart/chart.h"
#include "helper/sheet_call.h"
#include "web/web_int.h"

struct web__desk {
    struct web__call *c;
    struct people *people;
    struct store_view *v;
    const struct people_tree *tree;
    struct people_actor actor;
    struct feel_eval *ev;
};

/* False after an answer was sent. */
bool web__desk_open(struct web__call *c, struct web__desk *ret);
bool web__desk_close(struct web__desk *d);

/* Ends the view and answers 404 in one sentence: what is not there and what is not his are told alike. */
void web__desk_nothing(struct web__desk *d);

/* May the reader do this to something of that kind in that office? */
bool web__desk_may(const struct web__desk *d, enum people_verb verb, enum people_kind kind, int64_t office,
                   enum people_class data);

/* The tree for questions about rows of an office and of those below it, where he may see those of all of them; NULL:
 * only those of the office itself. */
const struct people_tree *web__desk_reach(const struct web__desk *d, int64_t office);

/* May the reader change what packages say: install one, open a round, take in a notice about holidays? */
bool web__desk_deploys(const struct web__desk *d);

/* May the reader see the dossier, so that a link leads somewhere? */
bool web__desk_sees(const struct web__desk *d, int64_t dossier);

/* The office that he looks from: the one whose code the parameter `office` has, if he may see rows of it; else the
 * first where he may; 0: none. Puts the list `offices` {code, name, chosen} into the model. */
int64_t web__desk_office(struct web__desk *d, enum people_verb verb);

/* A title in the reader's language; where the manifest gives none, the name. */
str web__called(const struct web__call *c, struct scheme_text title, str name);

/* What a value of a list is called: by the ledger of its rows (NULL: of dossiers); else as the decision of that name,
 * or as the first field of the scheme that has it. */
str web__value_called(const struct web__call *c, const struct scheme *s, const struct scheme_ledger *l, str name);

/* Puts how an entry came to its grade, as publish_write_listed has it, as the object `how` for pages/listed.html. */
void web__put_listed(struct web__call *c, const struct scheme *s, const struct scheme_ledger *l, feel_value listed);

str web__desk_office_name(const struct web__desk *d, int64_t office);
str web__desk_person_name(struct web__desk *d, int64_t person);

/* What a party, a row of a ledger, a dossier is called, as far as everybody in the office may know. */
str web__desk_party_name(struct web__desk *d, str handle);
str web__desk_row_name(struct web__desk *d, const struct scheme_ledger *l, const struct record_row *row);
str web__desk_dossier_name(struct web__desk *d, int64_t dossier);

/* The versions of the schemes that are installed, by name, the last first; how many. */
struct web__installed {
    str scheme, bundle, since;
    int64_t version;
    bool last;
};
uint32_t web__desk_installed(struct web__desk *d, struct web__installed **ret);

/* The version in force of a scheme; NULL: there is none. In the record's keeping. */
const struct scheme *web__desk_scheme(struct web__desk *d, str name);

/* Reads JSON that a module wrote; the buffer is released. Null when it is none. */
feel_value web__desk_value(struct web__call *c, struct buf *json);

/* An item of the list `problems`, which base.html shows. */
void web__desk_problem(struct web__call *c, const struct error *err, const char *link);

/* The sentence for `done` that an act before has sent the reader here with; words are those of page_*.c. */
struct web__said {
    const char *word, *sentence;
};
void web__desk_done(struct web__call *c, const struct web__said *said, size_t count);

/* The row of pages above each of them; `here` is one of its words. */
void web__desk_tabs(struct web__call *c, const char *here);

/* ---- Tables ---- */

/* A table as it is on the screen, with which workbook, CSV and PDF are made too. Memory is the request's. */
struct web__grid {
    struct arena *arena;
    enum lang lang;
    const struct scheme *scheme; /* whose words a page shows its texts in, files keep them as they are; or NULL */
    str title;
    const str *notes; /* which office, which filter, which definition; above the table of a PDF */
    uint32_t note_count;
    struct sheet_column columns[LIMIT_SHEET_COLUMNS];
    str sorts[LIMIT_SHEET_COLUMNS]; /* where the heading leads: to the table in another order; or empty */
    uint32_t column_count, row_count, room;
    str *cells;       /* row after row */
    str *links;       /* one for each row: where its first cell leads; or empty */
    int32_t grade;    /* the column with grades, which are shown with their shapes; -1: none */
    bool landscape;
};

struct web__grid *web__grid_new(struct web__call *c, str title);
void web__grid_column(struct web__grid *g, str title, enum table_kind kind);
void web__grid_note(struct web__grid *g, str note);

/* The cells of a new row, empty; after the last column was added. */
str *web__grid_row(struct web__grid *g, str link);

/* The rows [from, from + count) as the object `table`, for pages/lists_grid.html. */
void web__put_grid(struct node *to, const struct web__grid *g, uint32_t from, uint32_t count);

/* Where the parameter `as` says xlsx, csv or pdf, sends the whole table so and is true. No view may be open. */
bool web__grid_sent(struct web__call *c, const struct web__grid *g);

/* Has a request of docs/paper.md printed and sends it under a name. */
void web__print(struct web__call *c, str request, str name);

/* Sends a workbook when the source has given its rows. */
void web__send_sheet(struct web__call *c, const struct sheet_layout *layout, table_source *source, void *context,
                     str name);

/* The look of a grade: "good", "fair", "bad", or empty; the same for charts. */
const char *web__grade_look(str grade);
enum chart_tone web__grade_tone(str grade);

/* The sentence for the `why` of an entry (docs/assess.md), or empty. */
const char *web__why_word(str why);

/* A text as a part of an address: what is not plain becomes %XX. */
str web__address_part(struct arena *a, str text);

/* What went up with a list (page_list_sent.c): puts the list `sent`; registers what was handed over on paper. */
void web__put_list_sent(struct web__desk *d, int64_t assessment);
enum error_code web__register_sent(struct web__call *c, struct error *err);

/* The page of a round (page_rounds.c). */
str web__round_address(struct web__call *c, str scheme, str round);

/* The address of this page with another value of a parameter (empty: without it), without `except` too. */
str web__here_with(struct web__call *c, const char *name, str value, const char *except);

#endif
