/* spool: see spool.h. Rows are packed as they are for the helper program (text/table.h). */
#include "cli/spool.h"

#include "base/limit.h"
#include "helper/scratch.h"

#include <errno.h>
#include <unistd.h>

enum { CHUNK = 256 << 10, ROOM = LIMIT_SHEET_ROW + 2 * CHUNK };

enum error_code spool_open(struct spool *s, struct error *err)
{
    s->bytes = (struct buf)BUF_INIT(ROOM);
    s->fd = helper_scratch_open(NULL);
    return s->fd >= 0 ? OK : helper_scratch_failed(err);
}

void spool_close(struct spool *s)
{
    if (s->fd >= 0) {
        close(s->fd);
    }
    buf_release(&s->bytes);
    s->fd = -1;
}

static enum error_code flush(struct spool *s, struct error *err)
{
    str rest = buf_str(&s->bytes);
    while (rest.len > 0) {
        ssize_t n = write(s->fd, rest.ptr, rest.len);
        if (n < 0 && errno != EINTR) {
            return helper_scratch_failed(err);
        }
        rest = str_slice(rest, n > 0 ? (size_t)n : 0, rest.len);
    }
    buf_clear(&s->bytes);
    return OK;
}

enum error_code spool_add(struct spool *s, const struct table_row *row, struct error *err)
{
    table_pack(row, &s->bytes);
    if (s->bytes.overflow) {
        error_set(err, ERROR_LIMIT, "the table is too large");
        error_detail(err, "limit %s = %d", "SHEET_ROW", LIMIT_SHEET_ROW);
        error_at(err, STR(""), row->line, 0);
        return ERROR_LIMIT;
    }
    return s->bytes.len >= CHUNK ? flush(s, err) : OK;
}

enum error_code spool_begin(struct spool *s, struct arena *a, struct spool_reader *ret, struct error *err)
{
    *ret = (struct spool_reader){ .fd = s->fd, .bytes = BUF_INIT(ROOM),
                                  .cells = ARENA_ARRAY(a, struct table_cell, LIMIT_SHEET_COLUMNS) };
    enum error_code code = flush(s, err);
    return code != OK || lseek(s->fd, 0, SEEK_SET) == 0 ? code : helper_scratch_failed(err);
}

void spool_end(struct spool_reader *r)
{
    buf_release(&r->bytes);
}

static ssize_t read_more(struct spool_reader *r)
{
    char chunk[CHUNK / 4];
    size_t left = r->bytes.len - r->at;
    if (r->at > 0) {
        memmove(r->bytes.ptr, r->bytes.ptr + r->at, left);
        r->bytes.len = left;
        r->at = 0;
    }
    ssize_t n = read(r->fd, chunk, sizeof chunk);
    buf_add(&r->bytes, (str){ chunk, n > 0 ? (size_t)n : 0 });
    return n;
}

enum error_code spool_next(struct spool_reader *r, struct table_row *ret, bool *ret_end, struct error *err)
{
    for (;;) {
        str rest = str_slice(buf_str(&r->bytes), r->at, r->bytes.len);
        size_t size = table_packed_size(rest);
        if (size > 0 && size <= rest.len) {
            r->at += size;
            errno = EIO;
            return table_unpack(str_slice(rest, 0, size), r->cells, ret) ? OK : helper_scratch_failed(err);
        }
        ssize_t n = read_more(r);
        if (n <= 0) {
            *ret_end = true;
            return n < 0 ? helper_scratch_failed(err) : OK;
        }
    }
}
