/* A table as text: what is read keeps to text/table.h; what was read, written in each way and read again, is the same
 * rows. The first byte chooses the options. */
#include "fuzz.h"

#include "base/limit.h"
#include "text/csv.h"
#include "text/utf8.h"

#include <assert.h>

enum { BYTES = 32 << 20 };

struct copier {
    struct csv_writer *writer;
    struct buf *dump; /* each cell with its length */
    uint32_t line;
};

static enum error_code take_row(void *context, const struct table_row *row, struct error *err)
{
    struct copier *c = context;
    (void)err;
    assert(row->line > c->line && row->count > 0 && row->count <= LIMIT_SHEET_COLUMNS);
    assert(row->cells[row->count - 1].kind == TABLE_TEXT);
    c->line = row->line;
    for (uint32_t i = 0; i < row->count; i++) {
        const struct table_cell *cell = &row->cells[i];
        assert((cell->kind == TABLE_EMPTY) == (cell->text.len == 0) && utf8_valid(cell->text));
        buf_printf(c->dump, "%zu:", cell->text.len);
        buf_add(c->dump, cell->text);
    }
    buf_addc(c->dump, '\n');
    if (c->writer != NULL) {
        csv_row(c->writer, row);
    }
    return OK;
}

/* Characters that GB18030 has no way back for (of private use, beyond Unicode) make no round trip. */
static bool is_same(str a, str b, bool gb18030)
{
    return str_eq(a, b) || gb18030;
}

static void check_again(str bytes, struct csv_options options, str want)
{
    struct buf dump = BUF_INIT(BYTES);
    struct copier c = { NULL, &dump, 0 };
    struct error err = { .code = OK };
    enum error_code code = csv_read(bytes, options, take_row, &c, NULL, &err);
    assert(code == OK || code == ERROR_LIMIT);
    assert(code != OK || dump.overflow || is_same(buf_str(&dump), want, options.encoding == CSV_GB18030));
    buf_release(&dump);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char separators[] = { ',', ';', '\t', ',' };
    struct buf out = BUF_INIT(BYTES), dump = BUF_INIT(BYTES);
    struct csv_writer w;
    struct error err = { .code = OK };
    unsigned choice = size > 0 ? data[0] : 0;
    struct csv_options options = { .encoding = choice & 1 ? CSV_GB18030 : CSV_UTF8,
                                   .separator = separators[choice >> 1 & 3],
                                   .mark = (choice & 8) != 0,
                                   .spreadsheet = (choice & 16) != 0 };
    if (size == 0 || csv_begin(&w, options, &out, &err) != OK) {
        return 0;
    }
    struct copier c = { &w, &dump, 0 };
    struct csv_options given = { .spreadsheet = (choice & 32) != 0 }, found;
    str bytes = { (const char *)data + 1, size - 1 };
    if (csv_read(bytes, given, take_row, &c, &found, &err) == OK) {
        assert(found.encoding != CSV_FIND && found.separator != 0);
        if (!out.overflow && !dump.overflow) {
            check_again(buf_str(&out), options, buf_str(&dump));
        }
    } else {
        assert(err.code != OK && err.where.line > 0 && err.where.column > 0);
    }
    csv_end(&w);
    buf_release(&out);
    buf_release(&dump);
    return 0;
}
