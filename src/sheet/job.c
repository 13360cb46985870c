/* job: the two jobs of helper/sheet_call.h, at the end of the helper program. */
#include "sheet/sheet_int.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORKBOOK, ROWS, CHUNK = 256 << 10 };

static enum error_code fail_rows(struct error *err)
{
    int reason = errno;
    if (reason == EFBIG) {
        return sheet__too_large(err, "HELPER_OUTPUT", LIMIT_HELPER_OUTPUT);
    }
    error_set(err, ERROR_IO, "the scratch file could not be used");
    error_detail(err, "%s", strerrordesc_np(reason));
    return ERROR_IO;
}

/* ---- Reading ---- */

struct packer {
    int file;
    struct buf bytes;
};

static enum error_code flush(struct packer *p, struct error *err)
{
    for (size_t at = 0; at < p->bytes.len;) {
        ssize_t n = write(p->file, p->bytes.ptr + at, p->bytes.len - at);
        if (n < 0 && errno != EINTR) {
            return fail_rows(err);
        }
        at += n > 0 ? (size_t)n : 0;
    }
    buf_clear(&p->bytes);
    return OK;
}

static enum error_code pack_row(void *context, const struct table_row *row, struct error *err)
{
    struct packer *p = context;
    table_pack(row, &p->bytes);
    if (p->bytes.overflow) {
        sheet__too_large(err, "SHEET_ROW", LIMIT_SHEET_ROW);
        error_at(err, STR(""), row->line, 0);
        return ERROR_LIMIT;
    }
    return p->bytes.len >= CHUNK ? flush(p, err) : OK;
}

static enum error_code read_mapped(struct arena *a, str bytes, str tab, int rows, struct buf *reply, struct error *err)
{
    struct sheet_found found;
    struct packer p = { rows, BUF_INIT(CHUNK + LIMIT_SHEET_ROW) };
    enum error_code code = sheet_read(a, bytes, tab, pack_row, &p, &found, err);
    code = code == OK ? flush(&p, err) : code;
    buf_release(&p.bytes);
    if (code == OK) {
        helper_write_found(&found, reply);
    }
    return code;
}

/* The file is read where the kernel keeps it. Who cuts it meanwhile ends the program, and with it his own job. */
static enum error_code do_read(struct arena *a, const struct json *json, const struct helper_request *request,
                               struct buf *reply, struct error *err)
{
    struct stat st;
    const struct json *tab = json_member(json, STR("tab"));
    str name = tab != NULL && tab->kind == JSON_STRING ? tab->text : STR("");
    if (fstat(request->files[WORKBOOK], &st) != 0) {
        return fail_rows(err);
    }
    if (st.st_size > LIMIT_SHEET_FILE) {
        return sheet__too_large(err, "SHEET_FILE", LIMIT_SHEET_FILE);
    }
    size_t size = (size_t)st.st_size;
    if (size == 0) {
        return read_mapped(a, STR(""), name, request->files[ROWS], reply, err);
    }
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, request->files[WORKBOOK], 0);
    if (bytes == MAP_FAILED) {
        return fail_rows(err);
    }
    enum error_code code = read_mapped(a, (str){ bytes, size }, name, request->files[ROWS], reply, err);
    munmap(bytes, size);
    return code;
}

/* ---- Writing ---- */

struct unpacker {
    int file;
    struct buf bytes;
    size_t at;
    bool end;
    struct table_cell cells[LIMIT_SHEET_COLUMNS];
};

static enum error_code read_on(struct unpacker *u, struct error *err)
{
    char chunk[CHUNK / 4];
    size_t left = u->bytes.len - u->at;
    if (u->at > 0) {
        memmove(u->bytes.ptr, u->bytes.ptr + u->at, left);
        u->bytes.len = left;
        u->at = 0;
    }
    ssize_t n = read(u->file, chunk, sizeof chunk);
    if (n < 0) {
        return fail_rows(err);
    }
    buf_add(&u->bytes, (str){ chunk, (size_t)n });
    u->end = n == 0;
    return OK;
}

static enum error_code unpack_row(void *context, struct table_row *ret, bool *ret_end, struct error *err)
{
    struct unpacker *u = context;
    for (;;) {
        str rest = u->bytes.len > u->at ? str_slice(buf_str(&u->bytes), u->at, u->bytes.len) : STR("");
        size_t size = table_packed_size(rest);
        if (size > 0 && size <= rest.len && table_unpack(str_slice(rest, 0, size), u->cells, ret)) {
            u->at += size;
            return OK;
        }
        if ((size > 0 && size <= rest.len) || size > LIMIT_SHEET_ROW || (u->end && rest.len > 0)) {
            return error_set(err, ERROR_INVALID, "the rows for the workbook cannot be understood");
        }
        if (u->end) {
            *ret_end = true;
            return OK;
        }
        enum error_code code = read_on(u, err);
        if (code != OK) {
            return code;
        }
    }
}

static enum error_code do_write(struct arena *a, const struct json *json, const struct helper_request *request,
                                struct error *err)
{
    struct sheet_layout layout;
    struct unpacker *u = ARENA_NEW(a, struct unpacker);
    if (!helper_read_layout(a, json, &layout)) {
        return error_set(err, ERROR_INVALID, "the request for the workbook cannot be understood");
    }
    u->file = request->files[ROWS];
    u->bytes = (struct buf)BUF_INIT(CHUNK + LIMIT_SHEET_ROW);
    enum error_code code = sheet_write(&layout, unpack_row, u, request->files[WORKBOOK], err);
    buf_release(&u->bytes);
    return code;
}

enum error_code sheet_work(struct arena *a, const struct helper_request *request, struct buf *reply, struct error *err)
{
    struct json json;
    enum error_code code = json_parse(a, request->text, &json, err);
    if (code != OK) {
        return code;
    }
    const struct json *job = json.kind == JSON_OBJECT ? json_member(&json, STR("job")) : NULL;
    if (job != NULL && job->kind == JSON_STRING && request->file_count == 2) {
        if (str_eq(job->text, STR(SHEET_JOB_READ))) {
            return do_read(a, &json, request, reply, err);
        }
        if (str_eq(job->text, STR(SHEET_JOB_WRITE))) {
            return do_write(a, &json, request, err);
        }
    }
    return error_set(err, ERROR_INVALID, "the request for the workbook cannot be understood");
}
