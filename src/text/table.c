/* table: what flags mean, and packed rows; see table.h. A packed row is a head, one mark for each cell, and the texts
 * one after another: of each cell its text and its note, then the note of the row. */
#include "text/table.h"

#include "base/limit.h"
#include "text/utf8.h"

const char *table_flag_message(enum lang lang, enum table_flag flag)
{
    switch (flag) {
    case TABLE_FORMULA:
        return lang_text(lang, "the cell is computed by a formula");
    case TABLE_IMPRECISE:
        return lang_text(lang, "the last digits of the number may be lost");
    case TABLE_NO_DATE:
        return lang_text(lang, "the cell is formatted as a date and is none");
    case TABLE_MERGED:
        return lang_text(lang, "the cell is merged with others");
    default:
        return lang_text(lang, "the row or column is hidden");
    }
}

const char *table_flag_hint(enum lang lang, enum table_flag flag)
{
    switch (flag) {
    case TABLE_FORMULA:
        return lang_text(lang, "copy the column and paste its values");
    case TABLE_IMPRECISE:
        return lang_text(lang, "format the column as text, then type the codes in again");
    case TABLE_NO_DATE:
        return lang_text(lang, "type the date in as 2026-07-01");
    case TABLE_MERGED:
        return lang_text(lang, "unmerge the cells and fill in each of them");
    default:
        return lang_text(lang, "clear the filter and show all rows and columns");
    }
}

/* ---- Packed rows ---- */

struct head {
    uint32_t bytes; /* of the whole row, with this head */
    uint32_t line, flags, count;
    uint32_t note; /* length */
};

struct mark {
    uint32_t text, note; /* lengths */
    uint16_t flags;
    uint16_t kind;
};

static size_t texts_of(const struct table_row *row)
{
    size_t bytes = row->note.len;
    for (uint32_t i = 0; i < row->count; i++) {
        bytes += row->cells[i].text.len + row->cells[i].note.len;
    }
    return bytes;
}

void table_pack(const struct table_row *row, struct buf *out)
{
    size_t bytes = sizeof(struct head) + row->count * sizeof(struct mark) + texts_of(row);
    struct head head = { (uint32_t)bytes, row->line, row->flags, row->count, (uint32_t)row->note.len };
    if (bytes > LIMIT_SHEET_ROW) {
        out->overflow = true;
        return;
    }
    buf_add(out, (str){ (const char *)&head, sizeof head });
    for (uint32_t i = 0; i < row->count; i++) {
        const struct table_cell *c = &row->cells[i];
        struct mark mark = { (uint32_t)c->text.len, (uint32_t)c->note.len, c->flags, c->kind };
        buf_add(out, (str){ (const char *)&mark, sizeof mark });
    }
    for (uint32_t i = 0; i < row->count; i++) {
        buf_add(out, row->cells[i].text);
        buf_add(out, row->cells[i].note);
    }
    buf_add(out, row->note);
}

size_t table_packed_size(str bytes)
{
    uint32_t size = 0;
    if (bytes.len >= sizeof size) {
        memcpy(&size, bytes.ptr, sizeof size);
        size = size < sizeof(struct head) ? sizeof(struct head) : size;
    }
    return size;
}

/* Takes `length` bytes, which must be UTF-8, off the rest. */
static bool take(str *rest, uint32_t length, str *ret)
{
    if (length > rest->len) {
        return false;
    }
    *ret = str_slice(*rest, 0, length);
    *rest = str_slice(*rest, length, rest->len);
    return utf8_valid(*ret);
}

static bool unpack_cell(const char *at, str *rest, struct table_cell *ret)
{
    struct mark mark;
    memcpy(&mark, at, sizeof mark);
    ret->flags = mark.flags;
    ret->kind = (uint8_t)mark.kind;
    return mark.kind <= TABLE_ERROR && take(rest, mark.text, &ret->text) && take(rest, mark.note, &ret->note);
}

bool table_unpack(str bytes, struct table_cell *cells, struct table_row *ret)
{
    struct head head;
    if (bytes.len < sizeof head) {
        return false;
    }
    memcpy(&head, bytes.ptr, sizeof head);
    size_t marks_end = sizeof head + head.count * sizeof(struct mark);
    if (head.count > LIMIT_SHEET_COLUMNS || head.bytes > bytes.len || marks_end > head.bytes) {
        return false;
    }
    str rest = str_slice(bytes, marks_end, head.bytes);
    for (uint32_t i = 0; i < head.count; i++) {
        if (!unpack_cell(bytes.ptr + sizeof head + i * sizeof(struct mark), &rest, &cells[i])) {
            return false;
        }
    }
    struct table_row row = { .line = head.line, .flags = head.flags, .count = head.count, .cells = cells };
    if (!take(&rest, head.note, &row.note) || rest.len > 0) {
        return false;
    }
    *ret = row;
    return true;
}
