/* sheet_call: the caller's end: scratch files, and rows on their way from and to them. See sheet_call.h. */
#include "helper/sheet_call.h"

#include "base/clock.h"
#include "base/limit.h"
#include "helper/scratch.h"
#include "text/json_write.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 256 << 10, ROOM = LIMIT_SHEET_ROW + 2 * CHUNK };

/* ---- Files ---- */

/* A number that tells one content of a file from another. It is as hard to foresee as str_hash. */
static uint64_t mark_of(int fd)
{
    struct stat st;
    uint64_t mark = 0;
    if (fstat(fd, &st) != 0 || st.st_size <= 0) {
        return mark;
    }
    size_t size = (size_t)st.st_size;
    char bytes[CHUNK / 4];
    ssize_t n;
    for (size_t at = 0; at < size && (n = pread(fd, bytes, sizeof bytes, (off_t)at)) > 0; at += (size_t)n) {
        mark = mark * 0x9E3779B97F4A7C15u + str_hash((str){ bytes, (size_t)n });
    }
    return mark ^ (uint64_t)size << 32;
}

static bool write_all(int fd, str bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        ssize_t n = write(fd, bytes.ptr + at, bytes.len - at);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* ---- Merged ranges ----
 *
 * In the order of their first lines; for each column the last line down to which a range reaches that has begun. */

struct merging {
    const struct sheet_range **ranges;
    uint32_t count, next;
    uint32_t until[LIMIT_SHEET_COLUMNS];
};

static int by_first_line(const void *a, const void *b)
{
    const struct sheet_range *x = *(const struct sheet_range *const *)a, *y = *(const struct sheet_range *const *)b;
    return (x->first_line > y->first_line) - (x->first_line < y->first_line);
}

static void begin_merging(struct arena *a, const struct sheet_found *found, struct merging *m)
{
    *m = (struct merging){ .count = found->merge_count };
    m->ranges = ARENA_ARRAY(a, const struct sheet_range *, found->merge_count);
    for (uint32_t i = 0; i < m->count; i++) {
        m->ranges[i] = &found->merges[i];
    }
    qsort(m->ranges, m->count, sizeof m->ranges[0], by_first_line);
}

static void mark_merged(struct merging *m, const struct table_row *row, struct table_cell *cells)
{
    for (; m->next < m->count && m->ranges[m->next]->first_line <= row->line; m->next++) {
        const struct sheet_range *r = m->ranges[m->next];
        for (uint32_t c = r->first_column; c <= r->last_column && c < LIMIT_SHEET_COLUMNS; c++) {
            m->until[c] = r->last_line > m->until[c] ? r->last_line : m->until[c];
        }
    }
    for (uint32_t c = 0; c < row->count; c++) {
        cells[c].flags |= row->line <= m->until[c] ? TABLE_MERGED : 0;
    }
}

/* ---- Reading ---- */

/* A job that another thread waits for: who reads the rows looks now and then whether there are more to come. */
struct pending {
    pthread_mutex_t lock;
    pthread_cond_t came;
    bool done;
    enum error_code code;
    struct buf reply;
    struct error err;
};

struct rows {
    int fd;
    off_t from;              /* in the file: behind what was read */
    struct pending *pending; /* the rows are still being written; NULL: all are there */
    struct buf bytes;        /* read and not yet used: from `at` on */
    size_t at;
    struct table_cell cells[LIMIT_SHEET_COLUMNS];
    struct merging merging;
};

static void keep_answer(void *context, const struct helper_answer *answer)
{
    struct pending *p = context;
    pthread_mutex_lock(&p->lock);
    p->code = answer->code;
    p->err = *answer->error;
    buf_add(&p->reply, answer->reply);
    p->done = true;
    pthread_cond_signal(&p->came);
    pthread_mutex_unlock(&p->lock);
}

static bool is_done(struct pending *p)
{
    pthread_mutex_lock(&p->lock);
    bool done = p->done;
    pthread_mutex_unlock(&p->lock);
    return done;
}

static void wait_until_done(struct pending *p)
{
    pthread_mutex_lock(&p->lock);
    while (!p->done) {
        pthread_cond_wait(&p->came, &p->lock);
    }
    pthread_mutex_unlock(&p->lock);
}

/* Until the answer is there, or for a moment in which rows may have come. */
static void pause_for(struct pending *p)
{
    enum { PAUSE_MICROS = 2000 };
    int64_t end = clock_now_micros() + PAUSE_MICROS;
    const struct timespec until = { (time_t)(end / 1000000), (long)(end % 1000000 * 1000) };
    pthread_mutex_lock(&p->lock);
    if (!p->done) {
        pthread_cond_timedwait(&p->came, &p->lock, &until);
    }
    pthread_mutex_unlock(&p->lock);
}

/* Reads on, and waits for what is not written yet; false at the end of the rows. */
static bool read_more(struct rows *r, struct error *err, enum error_code *ret_code)
{
    char chunk[CHUNK / 4];
    size_t left = r->bytes.len - r->at;
    if (r->at > 0) {
        memmove(r->bytes.ptr, r->bytes.ptr + r->at, left);
        r->bytes.len = left;
        r->at = 0;
    }
    bool over = r->pending == NULL || is_done(r->pending); /* asked before the file is looked at */
    ssize_t n = pread(r->fd, chunk, sizeof chunk, r->from);
    while (n == 0 && !over) {
        pause_for(r->pending);
        over = is_done(r->pending);
        n = pread(r->fd, chunk, sizeof chunk, r->from);
    }
    if (n < 0) {
        *ret_code = helper_scratch_failed(err);
        return false;
    }
    r->from += n;
    buf_add(&r->bytes, (str){ chunk, (size_t)n });
    return n > 0;
}

static enum error_code say_garbled(struct error *err)
{
    return error_set(err, ERROR_IO, "the helper answered what cannot be understood");
}

static enum error_code give_rows(struct rows *r, table_sink *sink, void *context, struct error *err)
{
    enum error_code code = OK;
    for (;;) {
        str rest = str_slice(buf_str(&r->bytes), r->at, r->bytes.len);
        size_t size = table_packed_size(rest);
        if (size == 0 || size > rest.len) {
            if (size <= LIMIT_SHEET_ROW && read_more(r, err, &code)) {
                continue;
            }
            return code == OK && rest.len > 0 ? say_garbled(err) : code;
        }
        struct table_row row;
        if (!table_unpack(str_slice(rest, 0, size), r->cells, &row)) {
            return say_garbled(err);
        }
        mark_merged(&r->merging, &row, r->cells);
        r->at += size;
        code = sink(context, &row, err);
        if (code != OK) {
            return code;
        }
    }
}

/* All rows of the file, or, with `pending`, as they come. */
static enum error_code read_rows(int fd, const struct sheet_found *found, struct pending *pending, table_sink *sink,
                                 void *context, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct rows *r = ARENA_NEW(&a, struct rows);
    r->fd = fd;
    r->pending = pending;
    r->bytes = (struct buf)BUF_INIT(ROOM);
    begin_merging(&a, found, &r->merging);
    enum error_code code = give_rows(r, sink, context, err);
    buf_release(&r->bytes);
    arena_release(&a);
    return code;
}

static void write_read_request(const struct helper_sheet_read *what, struct buf *out)
{
    struct json_writer w;
    uint64_t mark = mark_of(what->file);
    char digits[24];
    str_hex(&mark, sizeof mark, digits);
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "job", STR(SHEET_JOB_READ));
    json_text_member(&w, "mark", str_of(digits));
    json_text_member(&w, "tab", what->tab);
    json_end_object(&w);
}

static void ask(struct helper *h, const struct helper_sheet_read *what, int scratch, enum lang lang,
                struct pending *p)
{
    struct buf request = BUF_INIT(LIMIT_HELPER_REQUEST);
    const int files[] = { what->file, scratch };
    write_read_request(what, &request);
    helper_submit(h, &(struct helper_request){ buf_str(&request), files, 2 }, lang, keep_answer, p);
    buf_release(&request);
}

static enum error_code read_answer(struct pending *p, struct arena *a, struct sheet_found *ret, struct error *err)
{
    struct json json;
    wait_until_done(p);
    if (p->code != OK) {
        if (err != NULL) {
            *err = p->err;
        }
        return p->code;
    }
    str answer = arena_str(a, buf_str(&p->reply));
    bool fine = json_parse(a, answer, &json, NULL) == OK && helper_read_found(a, &json, ret);
    return fine ? OK : say_garbled(err);
}

/* Rows are given while the workbook is read. Which ranges are merged stands at its end: where some are, all rows are
 * given again, marked. What is wrong with the workbook counts more than what is wrong with the rows before it. */
static enum error_code follow(const struct helper_sheet_read *what, int scratch, struct pending *p, struct arena *a,
                              table_sink *sink, void *context, struct sheet_found *found, struct error *err)
{
    const struct sheet_found none = { .merge_count = 0 };
    bool early = what->again != NULL;
    enum error_code given = early ? read_rows(scratch, &none, p, sink, context, err) : OK;
    struct error own = { .lang = err != NULL ? err->lang : LANG_EN };
    enum error_code code = read_answer(p, a, found, &own);
    if (code != OK) {
        if (err != NULL) {
            *err = own;
        }
        return code;
    }
    if (early && found->merge_count == 0) {
        return given;
    }
    code = early ? what->again(context, err) : OK;
    return code == OK ? read_rows(scratch, found, NULL, sink, context, err) : code;
}

enum error_code helper_sheet_read(struct helper *h, struct arena *a, const struct helper_sheet_read *what,
                                  table_sink *sink, void *context, struct sheet_found *ret, struct error *err)
{
    struct sheet_found found;
    struct pending p = { .lock = PTHREAD_MUTEX_INITIALIZER, .came = PTHREAD_COND_INITIALIZER,
                         .reply = BUF_INIT(LIMIT_HELPER_REPLY) };
    int scratch = helper_scratch_open(what->scratch);
    if (scratch < 0) {
        return helper_scratch_failed(err);
    }
    ask(h, what, scratch, err != NULL ? err->lang : LANG_EN, &p);
    enum error_code code = follow(what, scratch, &p, a, sink, context, &found, err);
    close(scratch);
    buf_release(&p.reply);
    pthread_cond_destroy(&p.came);
    pthread_mutex_destroy(&p.lock);
    if (code == OK) {
        *ret = found;
    }
    return code;
}

/* ---- Writing ---- */

static enum error_code fail_large(struct error *err, uint32_t line)
{
    error_set(err, ERROR_LIMIT, "the table is too large");
    error_detail(err, "limit %s = %d", "SHEET_ROW", LIMIT_SHEET_ROW);
    error_at(err, STR(""), line, 0);
    return ERROR_LIMIT;
}

static enum error_code put_rows(int fd, struct buf *bytes, table_source *source, void *context, struct error *err)
{
    bool end = false;
    while (!end) {
        struct table_row row = { .count = 0 };
        enum error_code code = source(context, &row, &end, err);
        if (code != OK) {
            return code;
        }
        if (!end) {
            table_pack(&row, bytes);
        }
        if (bytes->overflow) {
            return fail_large(err, row.line);
        }
        if (end || bytes->len >= CHUNK) {
            if (!write_all(fd, buf_str(bytes))) {
                return helper_scratch_failed(err);
            }
            buf_clear(bytes);
        }
    }
    return OK;
}

/* A file without a name with all rows of the source, at its beginning; -1 and err. */
static int collect_rows(const char *folder, table_source *source, void *context, struct error *err)
{
    struct buf bytes = BUF_INIT(ROOM);
    int scratch = helper_scratch_open(folder);
    enum error_code code = scratch < 0 ? helper_scratch_failed(err) : put_rows(scratch, &bytes, source, context, err);
    buf_release(&bytes);
    if (code == OK && lseek(scratch, 0, SEEK_SET) != 0) {
        code = helper_scratch_failed(err);
    }
    if (code != OK && scratch >= 0) {
        close(scratch);
    }
    return code == OK ? scratch : -1;
}

enum error_code helper_sheet_write(struct helper *h, const struct helper_sheet_write *what, table_source *source,
                                   void *context, struct error *err)
{
    struct error local = { .lang = LANG_EN };
    err = err != NULL ? err : &local;
    int scratch = collect_rows(what->scratch, source, context, err);
    if (scratch < 0) {
        return err->code;
    }
    struct buf request = BUF_INIT(LIMIT_HELPER_REQUEST + 1), reply = BUF_INIT(LIMIT_HELPER_REPLY);
    helper_write_layout(what->layout, mark_of(scratch), &request);
    int files[] = { what->file, scratch };
    enum error_code code = helper_call_with(h, &(struct helper_request){ buf_str(&request), files, 2 }, &reply, err);
    buf_release(&request);
    buf_release(&reply);
    close(scratch);
    return code;
}

void helper_sheet_submit(struct helper *h, const struct helper_sheet_write *what, table_source *source, void *context,
                         enum lang lang, helper_done *done, void *done_context)
{
    struct error err = { .lang = lang };
    int scratch = collect_rows(what->scratch, source, context, &err);
    if (scratch < 0) {
        done(done_context, &(struct helper_answer){ err.code, STR(""), &err });
        return;
    }
    struct buf request = BUF_INIT(LIMIT_HELPER_REQUEST + 1);
    helper_write_layout(what->layout, mark_of(scratch), &request);
    int files[] = { what->file, scratch };
    helper_submit(h, &(struct helper_request){ buf_str(&request), files, 2 }, lang, done, done_context);
    buf_release(&request);
    close(scratch);
}

/* ---- A table in memory ---- */

static bool is_number(str s)
{
    size_t i = s.len > 0 && s.ptr[0] == '-', digits = 0, points = 0;
    for (; i < s.len; i++) {
        digits += s.ptr[i] >= '0' && s.ptr[i] <= '9';
        points += s.ptr[i] == '.';
        if ((s.ptr[i] < '0' || s.ptr[i] > '9') && s.ptr[i] != '.') {
            return false;
        }
    }
    return digits > 0 && points < 2 && s.ptr[s.len - 1] != '.';
}

static bool is_like(str s, const char *pattern)
{
    bool fine = s.len == strlen(pattern);
    for (size_t i = 0; fine && i < s.len; i++) {
        fine = pattern[i] == '0' ? s.ptr[i] >= '0' && s.ptr[i] <= '9' : pattern[i] == s.ptr[i];
    }
    return fine;
}

static uint8_t kind_of(str text, uint8_t wanted)
{
    bool fine = wanted == TABLE_NUMBER      ? is_number(text)
                : wanted == TABLE_BOOLEAN   ? str_eq(text, STR("true")) || str_eq(text, STR("false"))
                : wanted == TABLE_DATE      ? is_like(text, "0000-00-00")
                : wanted == TABLE_TIME      ? is_like(text, "00:00:00")
                : wanted == TABLE_DATE_TIME ? is_like(text, "0000-00-00T00:00:00")
                                            : true;
    return text.len == 0 ? TABLE_EMPTY : fine ? wanted : TABLE_TEXT;
}

enum error_code helper_sheet_rows(void *context, struct table_row *ret, bool *ret_end, struct error *err)
{
    struct sheet_rows *r = context;
    (void)err;
    *ret_end = r->next == r->row_count;
    if (*ret_end) {
        return OK;
    }
    for (uint32_t c = 0; c < r->column_count; c++) {
        str text = r->cells[(size_t)r->next * r->column_count + c];
        r->room[c] = (struct table_cell){ .text = text, .kind = kind_of(text, r->columns[c].kind) };
    }
    r->next++;
    *ret = (struct table_row){ .line = r->next, .count = r->column_count, .cells = r->room };
    return OK;
}
