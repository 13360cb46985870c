/* A workbook: the first byte says what the rest is. 'Z': the zip file as it is. Otherwise parts of XML, each after a
 * line "=NAME", of which the target makes a zip file with stored parts, so that the fuzzer reaches what is inside. What
 * is read keeps to what text/table.h promises, and comes through packing; what is refused says why.
 */
#include "fuzz.h"

#include "base/limit.h"
#include "sheet/sheet.h"
#include "text/utf8.h"

#include <assert.h>
#include <zlib.h>

/* ---- Stored parts as a zip file ---- */

static void put16(struct buf *out, uint32_t n)
{
    buf_addc(out, (char)(n & 0xFF));
    buf_addc(out, (char)(n >> 8 & 0xFF));
}

static void put32(struct buf *out, uint32_t n)
{
    put16(out, n & 0xFFFF);
    put16(out, n >> 16);
}

/* What both heads of a part have in common. */
static void put_head(struct buf *out, str name, str text)
{
    put16(out, 20);
    put16(out, 0);
    put16(out, 0);
    put32(out, 0x210000);
    put32(out, (uint32_t)crc32(0, (const unsigned char *)text.ptr, (unsigned)text.len));
    put32(out, (uint32_t)text.len);
    put32(out, (uint32_t)text.len);
    put16(out, (uint32_t)name.len);
    put16(out, 0);
}

static void put_part(struct buf *zip, struct buf *list, str name, str text)
{
    uint32_t at = (uint32_t)zip->len;
    put32(zip, 0x04034B50);
    put_head(zip, name, text);
    buf_add(zip, name);
    buf_add(zip, text);
    put32(list, 0x02014B50);
    put16(list, 20);
    put_head(list, name, text);
    for (int i = 0; i < 3; i++) {
        put16(list, 0);
    }
    put32(list, 0);
    put32(list, at);
    buf_add(list, name);
}

static str make_zip(str source, struct buf *zip, struct buf *list)
{
    uint32_t count = 0;
    while (source.len > 0 && source.ptr[0] == '=') {
        const char *line = memchr(source.ptr, '\n', source.len);
        size_t name_end = line != NULL ? (size_t)(line - source.ptr) : source.len;
        const char *next = memmem(source.ptr + name_end, source.len - name_end, "\n=", 2);
        size_t end = next != NULL ? (size_t)(next - source.ptr) : source.len;
        size_t begin = name_end + 1 < end ? name_end + 1 : end;
        put_part(zip, list, str_slice(source, 1, name_end), str_slice(source, begin, end));
        source = str_slice(source, next != NULL ? end + 1 : end, source.len);
        count++;
    }
    uint32_t at = (uint32_t)zip->len;
    buf_add(zip, buf_str(list));
    put32(zip, 0x06054B50);
    put32(zip, 0);
    put16(zip, count);
    put16(zip, count);
    put32(zip, (uint32_t)list->len);
    put32(zip, at);
    put16(zip, 0);
    return buf_str(zip);
}

/* ---- What is read ---- */

static void check_cell(const struct table_cell *c)
{
    assert(c->kind <= TABLE_ERROR && c->note.len == 0 && utf8_valid(c->text));
    assert((c->kind == TABLE_EMPTY) == (c->text.len == 0) || c->kind == TABLE_ERROR);
    switch ((enum table_kind)c->kind) {
    case TABLE_NUMBER:
        assert(c->text.ptr[0] == '-' || (c->text.ptr[0] >= '0' && c->text.ptr[0] <= '9'));
        break;
    case TABLE_BOOLEAN:
        assert(str_eq(c->text, STR("true")) || str_eq(c->text, STR("false")));
        break;
    case TABLE_DATE:
        assert(c->text.len == 10);
        break;
    case TABLE_TIME:
        assert(c->text.len == 8);
        break;
    case TABLE_DATE_TIME:
        assert(c->text.len == 19);
        break;
    default:
        break;
    }
}

struct seen {
    uint32_t line, rows;
    struct buf packed;
};

static enum error_code check_row(void *context, const struct table_row *row, struct error *err)
{
    static struct table_cell cells[LIMIT_SHEET_COLUMNS];
    struct seen *s = context;
    struct table_row again;
    (void)err;
    assert(row->line > s->line && row->count > 0 && row->count <= LIMIT_SHEET_COLUMNS);
    s->line = row->line;
    s->rows++;
    for (uint32_t i = 0; i < row->count; i++) {
        check_cell(&row->cells[i]);
    }
    buf_clear(&s->packed);
    table_pack(row, &s->packed);
    if (!s->packed.overflow) {
        bool fine = table_unpack(buf_str(&s->packed), cells, &again);
        assert(fine && again.count == row->count && again.line == row->line);
    }
    return OK;
}

static void check_found(struct arena *a, const struct sheet_found *found)
{
    struct buf json = BUF_INIT(8 << 20);
    struct json parsed;
    struct sheet_found again;
    assert(found->tab < found->tab_count && found->tab_count <= LIMIT_SHEET_TABS);
    helper_write_found(found, &json);
    enum error_code code = json_parse(a, buf_str(&json), &parsed, NULL);
    bool fine = code == OK && helper_read_found(a, &parsed, &again);
    assert(fine && again.rows == found->rows && again.merge_count == found->merge_count);
    buf_release(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct buf zip = BUF_INIT(16 << 20), list = BUF_INIT(1 << 20);
    struct seen s = { .packed = BUF_INIT(2 << 20) };
    struct sheet_found found;
    struct error err = { .code = OK };
    str source = { (const char *)data, size };
    if (size > 0) {
        str rest = str_slice(source, 1, size);
        source = data[0] == 'Z' ? rest : make_zip(data[0] == '=' ? source : rest, &zip, &list);
        if (sheet_read(&a, source, STR(""), check_row, &s, &found, &err) == OK) {
            assert(found.rows == s.rows);
            check_found(&a, &found);
        } else {
            assert(err.code != OK && err.message[0] != '\0');
        }
    }
    buf_release(&zip);
    buf_release(&list);
    buf_release(&s.packed);
    arena_release(&a);
    return 0;
}
