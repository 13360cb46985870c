/* A request for paper: what is read is whole (each text lies in the request or the arena, each row has its cells), what
 * is refused has a place. Nothing is drawn: that would fuzz cairo. */
#include "fuzz.h"

#include "base/limit.h"
#include "paper/paper.h"
#include "text/utf8.h"

#include <assert.h>

static size_t check_block(const struct paper_block *b)
{
    size_t bytes = b->text.len + b->more.len;
    assert(b->kind <= PAPER_SIGNATURE && b->align <= PAPER_RIGHT && b->level >= 1 && b->level <= 3);
    assert(utf8_valid(b->text) && utf8_valid(b->more));
    assert((b->kind == PAPER_TABLE) == (b->column_count > 0) && b->column_count <= LIMIT_PAPER_COLUMNS);
    for (uint32_t i = 0; i < b->column_count; i++) {
        assert(b->columns[i].width >= 1 && b->columns[i].align <= PAPER_RIGHT);
        bytes += b->columns[i].title.len;
    }
    for (size_t i = 0; i < (size_t)b->row_count * b->column_count; i++) {
        assert(utf8_valid(b->cells[i].text));
        bytes += b->cells[i].text.len;
    }
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct paper_document d;
    struct error err = { .code = OK };
    enum error_code code = paper_read(&a, (str){ (const char *)data, size }, &d, &err);
    if (code == OK) {
        size_t bytes = d.title.len + d.author.len + d.footer.len;
        for (uint32_t i = 0; i < d.block_count; i++) {
            bytes += check_block(&d.blocks[i]);
        }
        assert(bytes <= LIMIT_PAPER_TEXT && d.page <= PAPER_A5 && (d.language == LANG_EN || d.language == LANG_ZH));
    } else {
        assert(err.code == code && err.message[0] != '\0' && err.where.line > 0 && err.where.column > 0);
    }
    arena_release(&a);
    return 0;
}
