/* spool: the rows of a table in a file without a name, so that they can be gone through twice while memory holds only
 * one of them. */
#ifndef GONGSHI_CLI_SPOOL_H
#define GONGSHI_CLI_SPOOL_H

#include "base/arena.h"
#include "text/table.h"

struct spool {
    int fd;
    struct buf bytes; /* not yet written */
};

enum error_code spool_open(struct spool *s, struct error *err);
void spool_close(struct spool *s);
enum error_code spool_add(struct spool *s, const struct table_row *row, struct error *err);

/* Reading begins at the first row; *ret_end instead of a row when there is none left. */
struct spool_reader {
    int fd;
    struct buf bytes;
    size_t at;
    struct table_cell *cells;
};

enum error_code spool_begin(struct spool *s, struct arena *a, struct spool_reader *ret, struct error *err);
enum error_code spool_next(struct spool_reader *r, struct table_row *ret, bool *ret_end, struct error *err);
void spool_end(struct spool_reader *r);

#endif
