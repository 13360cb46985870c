/* bundle: a package as one file, and a package with another laid over it.
 *
 * The file has a line of its format and the scheme's name, then each file of the package in the order of the names:
 *
 *     gongshi.bundle.1 stalls
 *     412 scheme.json
 *     …412 bytes…
 *     end 3f2a…
 *
 * The last line is the scheme's hash. There are no times, modes or choices of compression in it, so the same files
 * give the same bytes, and what was changed on the way is found.
 */
#include "scheme/scheme_int.h"

#include "base/limit.h"
#include "text/csv.h"
#include "text/sha256.h"

#define FORMAT "gongshi.bundle.1 "

/* ---- Writing and reading ---- */

void scheme_write_bundle(const struct scheme *s, struct buf *out)
{
    buf_addz(out, FORMAT);
    buf_add(out, s->name);
    buf_addc(out, '\n');
    for (uint32_t i = 0; i < s->file_count; i++) {
        const struct scheme_file *f = &s->files[i];
        buf_printf(out, "%zu %.*s\n", f->bytes.len, STR_ARG(f->name));
        buf_add(out, f->bytes);
        buf_addc(out, '\n');
    }
    buf_printf(out, "end %s\n", s->hash);
}

bool scheme_is_bundle(str bytes)
{
    return str_starts_with(bytes, STR(FORMAT));
}

static enum error_code damaged(struct error *err)
{
    error_set(err, ERROR_INVALID, "the bundle is damaged");
    error_hint(err, "ask for it again, or make it anew with gongshi scheme bundle");
    return ERROR_INVALID;
}

/* The next line without its end; false when there is none. */
static bool take_line(str *rest, str *ret)
{
    const char *end = memchr(rest->ptr, '\n', rest->len);
    if (end == NULL) {
        return false;
    }
    size_t n = (size_t)(end - rest->ptr);
    *ret = str_slice(*rest, 0, n);
    *rest = str_slice(*rest, n + 1, rest->len);
    return true;
}

/* "412 scheme.json": a size without zeros in front, and a name inside the package. */
static bool read_head(str line, size_t *ret_size, str *ret_name)
{
    size_t i = 0, size = 0;
    while (i < line.len && line.ptr[i] >= '0' && line.ptr[i] <= '9' && i < 9) {
        size = size * 10 + (size_t)(line.ptr[i++] - '0');
    }
    bool fine = i > 0 && (i == 1 || line.ptr[0] != '0') && i + 1 < line.len && line.ptr[i] == ' ';
    str name = fine ? str_slice(line, i + 1, line.len) : STR("");
    *ret_size = size;
    *ret_name = name;
    return fine && name.ptr[0] != '/' && memmem(name.ptr, name.len, "..", 2) == NULL;
}

enum error_code scheme_read_bundle(struct arena *a, str bytes, const struct scheme **ret, struct error *err)
{
    struct scheme_file *files = ARENA_ARRAY(a, struct scheme_file, LIMIT_SCHEME_FILES);
    uint32_t count = 0;
    str line, name, rest = bytes;
    if (!scheme_is_bundle(bytes) || !take_line(&rest, &line)) {
        return damaged(err);
    }
    name = str_slice(line, sizeof FORMAT - 1, line.len);
    while (take_line(&rest, &line) && !str_starts_with(line, STR("end "))) {
        struct scheme_file f;
        size_t size;
        if (!read_head(line, &size, &f.name) || size >= rest.len || rest.ptr[size] != '\n') {
            return damaged(err);
        }
        if (count == LIMIT_SCHEME_FILES) {
            error_set(err, ERROR_LIMIT, "the package is too large");
            error_detail(err, "limit %s = %d", "SCHEME_FILES", LIMIT_SCHEME_FILES);
            return ERROR_LIMIT;
        }
        f.bytes = str_slice(rest, 0, size);
        rest = str_slice(rest, size + 1, rest.len);
        files[count++] = f;
    }
    const struct scheme *s;
    if (!str_starts_with(line, STR("end ")) || rest.len > 0) {
        return damaged(err);
    }
    enum error_code code = scheme_load(a, name, files, count, &s, err);
    if (code == OK && (!str_eq(s->name, name) || !str_eq(str_slice(line, 4, line.len), str_of(s->hash)))) {
        return damaged(err);
    }
    if (code == OK) {
        *ret = s;
    }
    return code;
}

/* ---- Overlays ---- */

/* A table of texts; the first row names the columns. */
struct sheet {
    struct arena *a;
    struct table_row *rows;
    uint32_t count, size;
};

static enum error_code keep_row(void *context, const struct table_row *row, struct error *err)
{
    struct sheet *s = context;
    struct table_cell *cells = ARENA_ARRAY(s->a, struct table_cell, row->count);
    (void)err;
    for (uint32_t i = 0; i < row->count; i++) {
        cells[i].kind = row->cells[i].kind;
        cells[i].text = arena_str(s->a, row->cells[i].text);
    }
    if (s->count == s->size) {
        uint32_t size = s->size == 0 ? 16 : s->size * 2;
        s->rows = arena_grow(s->a, s->rows, s->size * sizeof *s->rows, size * sizeof *s->rows);
        s->size = size;
    }
    s->rows[s->count++] = (struct table_row){ .line = row->line, .count = row->count, .cells = cells };
    return OK;
}

static enum error_code read_sheet(struct arena *a, const struct scheme_file *f, struct sheet *ret, struct error *err)
{
    *ret = (struct sheet){ .a = a };
    enum error_code code = csv_read(f->bytes, (struct csv_options){ .encoding = CSV_FIND }, keep_row, ret, NULL, err);
    if (code != OK && err != NULL) {
        error_at(err, f->name, err->where.line, err->where.column);
    }
    return code;
}

static str cell_of(const struct table_row *row, uint32_t i)
{
    return i < row->count ? str_trim(row->cells[i].text) : STR("");
}

static bool is_key(feel_value key, str column)
{
    for (uint32_t i = 0; key.kind == FEEL_LIST && i < key.count; i++) {
        if (key.items[i].kind == FEEL_STRING && str_eq(feel_str(key.items[i]), column)) {
            return true;
        }
    }
    return (key.kind == FEEL_CONTEXT && feel_shape_find(key.shape, column) >= 0) || str_eq(column, STR("from")) ||
           str_eq(column, STR("起")) || str_eq(column, STR("in force from"));
}

/* Whether the columns that name a row, and the first day it is in force, are the same in both. */
static bool same_row(const struct table_row *head, feel_value key, const struct table_row *x, const struct table_row *y)
{
    for (uint32_t i = 0; i < head->count; i++) {
        if (is_key(key, cell_of(head, i)) && !str_eq(cell_of(x, i), cell_of(y, i))) {
            return false;
        }
    }
    return true;
}

static enum error_code same_head(const struct sheet *x, const struct sheet *y, str file, struct error *err)
{
    bool same = x->count > 0 && y->count > 0 && x->rows[0].count == y->rows[0].count;
    for (uint32_t i = 0; same && i < x->rows[0].count; i++) {
        same = str_eq(cell_of(&x->rows[0], i), cell_of(&y->rows[0], i));
    }
    if (!same) {
        error_set(err, ERROR_INVALID, "the columns of the overlay are not those of \"%.*s\"", STR_ARG(file));
        error_hint(err, "begin both files with the same row");
        error_at(err, file, 1, 1);
        return ERROR_INVALID;
    }
    return OK;
}

/* Rows with the same key and first day take the place of those of the package; all others are added. */
static enum error_code lay_rows(struct arena *a, struct scheme_file *file, const struct scheme_file *over,
                                feel_value key, struct error *err)
{
    struct sheet x, y;
    enum error_code code = read_sheet(a, file, &x, err);
    code = code == OK ? read_sheet(a, over, &y, err) : code;
    code = code == OK ? same_head(&x, &y, file->name, err) : code;
    if (code != OK) {
        return code;
    }
    struct buf out = BUF_INIT(LIMIT_SCHEME_BYTES);
    struct csv_writer w;
    if ((code = csv_begin(&w, (struct csv_options){ .encoding = CSV_UTF8 }, &out, err)) != OK) {
        return code;
    }
    for (uint32_t i = 0; i < x.count; i++) {
        uint32_t k = i == 0 ? y.count : 1;
        while (k < y.count && !same_row(&x.rows[0], key, &x.rows[i], &y.rows[k])) {
            k++;
        }
        if (k == y.count) {
            csv_row(&w, &x.rows[i]);
        }
    }
    for (uint32_t k = 1; k < y.count; k++) {
        csv_row(&w, &y.rows[k]);
    }
    csv_end(&w);
    file->bytes = arena_str(a, buf_str(&out));
    code = scheme__whole(&out, err);
    buf_release(&out);
    return code;
}

/* The key of a parameter as scheme.json has it. */
static feel_value key_of(feel_value manifest, str file)
{
    feel_value parameter = feel_null();
    str name = str_slice(file, 11, file.len - 4);
    feel_context_get(feel_member(manifest, "parameters"), name, &parameter);
    return feel_member(parameter, "key");
}

static int64_t place_of(const struct scheme_file *files, uint32_t count, str name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(files[i].name, name)) {
            return i;
        }
    }
    return -1;
}

enum error_code scheme_overlay(struct arena *a, struct scheme_file *files, uint32_t *count,
                               const struct scheme_file *over, uint32_t over_count, struct error *err)
{
    feel_value manifest = feel_null();
    int64_t at = place_of(files, *count, STR("scheme.json"));
    enum error_code code = at < 0 || over_count == 0 ? OK : feel_json_read(a, files[at].bytes, &manifest, err);
    if (code != OK && err != NULL) {
        error_at(err, files[at].name, err->where.line, err->where.column);
    }
    for (uint32_t i = 0; i < over_count && code == OK; i++) {
        str name = over[i].name;
        bool rows = str_starts_with(name, STR("parameters/")) && scheme__ends_with(name, STR(".csv"));
        at = place_of(files, *count, name);
        if (at < 0) {
            files[(*count)++] = over[i];
        } else if (rows) {
            code = lay_rows(a, &files[at], &over[i], key_of(manifest, name), err);
        } else {
            files[at] = over[i];
        }
    }
    return code;
}
