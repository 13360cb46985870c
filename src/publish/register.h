/* register: what is public, as tables: the entries of a list, the rows of a public view (who holds what, since,
 * until, on which basis), the history of one of them, and the places of notices. For pages, streams and commands.
 *
 * A table is read from one view of the store, into an arena, and written as JSON or CSV; pages make HTML of the
 * struct.
 *
 * Two days. `on` is the day for which one asks: what held then. `known` is the day on which one asks: what the office
 * knew at its end. Both default to now. So a title that was corrected on 1 June with effect from 1 March has four
 * answers.
 *
 * What is shown. Of a list the white lists of its notices, as they were published. Of a view its `fields`, or the
 * fields of class public; fields of another class refuse the whole, and a row in which a value looks like the number
 * of an identity card is there as "withheld", without its values. Only views with the audience public are views here.
 */
#ifndef GONGSHI_PUBLISH_REGISTER_H
#define GONGSHI_PUBLISH_REGISTER_H

#include "publish/publish.h"

struct publish_column {
    str name, label;
};

struct publish_line {
    uint32_t number;          /* of a list: its place, from 1 */
    int64_t notice;           /* of a list: the entry as it now is, by which it is found */
    int64_t row, revision;    /* of a view … */
    int64_t dossier;          /* … and the dossier that wrote it; not told by itself */
    str state;                /* of a list "published", "amended", "withdrawn", "expired"; of a view "holds",
                               * "replaced" (by a later revision), "withheld" */
    int64_t since;            /* a list: since when it reads so; a view: since when the office knows it */
    int64_t ended;            /* since when it has ended, or is known no more; 0: not */
    int64_t from, until;      /* of a view: when it holds; the end excluded; 0: without bound */
    const feel_value *cells;  /* one for each column; NULL: is not shown */
};

struct publish_table {
    const struct publish_column *columns;
    const struct publish_line *lines;
    uint32_t column_count, line_count;
    str title, next; /* the cursor of what follows, or empty */
    str version;     /* another one whenever the table may differ: for ETags */
};

/* The entries of a list at an instant (0: now), in the order in which they were listed. What was amended reads as it
 * did then; what was withdrawn or has expired keeps its place without its values. ERROR_MISSING: there is no such
 * list that the reader may see. */
enum error_code publish_list_table(struct store_view *v, int64_t list, const struct publish_reader *reader, int64_t at,
                                   struct arena *a, struct publish_table *ret, struct error *err);

struct publish_register {
    str scheme, view;
    cal_date on;       /* a day */
    int64_t known;     /* an instant; INT64_MAX: now */
    str words;         /* a search, or empty */
    feel_value filter; /* {"level":"A"}: names among the view's `filter`; or null */
    str order;         /* "from", "from desc": a column by which publish_register_orders; empty: as the view says */
    str after;         /* the cursor of an earlier table, or empty */
    uint32_t max;
};

/* Can whoever looks have the rows in the order of this field? It is shown, public and indexed. */
bool publish_register_orders(const struct scheme_view *view, const struct scheme_ledger *ledger, str field);

/* ERROR_MISSING: there is no such public view. */
enum error_code publish_register(struct publish *p, struct store_view *v, const struct publish_register *q,
                                 struct arena *a, struct publish_table *ret, struct error *err);

/* All that the office ever knew of a row of the view, the first first. */
enum error_code publish_register_history(struct publish *p, struct store_view *v, str scheme, str view, int64_t row,
                                         struct arena *a, struct publish_table *ret, struct error *err);

void publish_write_table(const struct publish_table *t, struct buf *out);

/* UTF-8 with a byte order mark, safe for spreadsheets; `head`: with the row of titles, for the first of several. */
enum error_code publish_write_csv(const struct publish_table *t, bool head, enum lang lang, struct buf *out,
                                  struct error *err);

/* Where public notices that stand are: GeoJSON, a point for each field that is a place, newest first, below `before`.
 * Its member "next" is the next `before`, or 0. */
void publish_write_places(struct store_view *v, int64_t before, uint32_t max, struct buf *out);

#endif
