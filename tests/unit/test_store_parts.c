/* test_store_parts: the parts of the store that need no disk: words, changes as bytes, page checksums. */
#include "base/limit.h"
#include "store/store_int.h"
#include "tap.h"

#include <stdlib.h>

static uint64_t dice_state = 7;

static uint32_t dice(uint32_t sides)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice_state >> 33) % sides;
}

/* ---- Words ---- */

static void check_words(void)
{
    static const struct {
        const char *text, *words, *question;
    } rows[] = {
        { "", "", NULL },
        { "汽车", "汽车 车", "汽车" },
        { "新区汽车", "新区 区汽 汽车 车", "新区 区汽 汽车" },
        { "车", "车", "车*" },
        { "第3号楼", "第 3 号楼 楼", "第* 3 号楼" },
        { "Annual REPORT-2026", "annual report 2026", "annual report 2026" },
        { "ＡＢｃ１２", "abc12", "abc12" },
        { "Straße Ünï", "straße ünï", "straße ünï" },
        { "公示，公告。", "公示 示 公告 告", "公示 公告" },
        { "a\"b*c' OR (d", "a b c or d", "a b c or d" },
        { "  ，。 --", "", NULL },
        { "𠮷野家", "𠮷野 野家 家", "𠮷野 野家" },
        { "ok\xFFno", "ok", "ok" },
        { "한국어 カタ", "한국 국어 어 カタ タ", "한국 국어 カタ" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf words = BUF_INIT(1000), question = BUF_INIT(1000);
        store_tokens(str_of(rows[i].text), &words);
        is_str(buf_str(&words), str_of(rows[i].words), "words of \"%s\"", rows[i].text);
        bool any = store__query_words(str_of(rows[i].text), &question);
        ok(any == (rows[i].question != NULL), "a question has words or none");
        is_str(buf_str(&question), str_of(rows[i].question == NULL ? "" : rows[i].question), "asked for");
        buf_release(&words);
        buf_release(&question);
    }
}

static void check_word_limits(void)
{
    char text[LIMIT_STORE_SEARCH + 1];
    struct buf out = BUF_INIT(LIMIT_STORE_SEARCH_BYTES);
    memset(text, 'x', sizeof text);
    store_tokens((str){ text, LIMIT_STORE_WORD + 1 }, &out);
    is_int((int64_t)out.len, LIMIT_STORE_WORD, "a word is cut");
    buf_clear(&out);
    ok(store__query_words((str){ text, LIMIT_STORE_SEARCH }, &out), "a long question");
    buf_clear(&out);
    ok(!store__query_words((str){ text, LIMIT_STORE_SEARCH + 1 }, &out), "one too long has no words");
    struct buf small = BUF_INIT(4); /* as if it were LIMIT_STORE_SEARCH_BYTES + 1 */
    ok(!store__query_words(STR("汽车销售"), &small), "nor has one whose words are too many");
    buf_release(&out);
    buf_release(&small);
}

/* ---- Changes as bytes ---- */

#define ROW(...) ((const struct store_value[]){ __VA_ARGS__ })

static struct store_change *sample(struct arena *a)
{
    struct store_change *c = store_change(a);
    struct store_value n = store_take(c, STR("系列")), keep = store_keep();
    store_insert(c, STORE_TABLE_timer, ROW(store_int(1), store_int(-2), store_int(INT64_MIN)));
    store_update(c, STORE_TABLE_office, ROW(store_int(1), store_int(3), keep, keep, store_text(STR("名")), keep));
    store_put(c, STORE_TABLE_series, ROW(store_text(STR("x")), n));
    store_delete(c, STORE_TABLE_office, ROW(store_int(7)), 2);
    store_guard(c, STORE_TABLE_task, ROW(store_int(7), store_int(8)), 0);
    store_words(c, STR("notice"), 5, STR("汽车"));
    store_insert(c, STORE_TABLE_model, ROW(store_text(STR("h")), store_text(STR("")), store_text(STR("f")),
                                           store_bytes(STR("\0\1\2"))));
    c->taken[0] = 42;
    return c;
}

static void check_round_trip(void)
{
    struct arena a = ARENA_INIT;
    struct buf first = BUF_INIT(1 << 20);
    struct store_change *c = NULL;
    struct error err = { .lang = LANG_EN };
    store__change_write(sample(&a), &first);
    ok(store__change_read(&a, buf_str(&first), &c, &err) == OK, "the bytes of a change can be read");
    ok(c != NULL && c->replay && c->take_count == 0 && c->taken[0] == 42, "with the numbers it took");
    const char *at = c->plain.bytes, *end = at + c->plain.len;
    uint32_t ops = 0;
    struct store_op op = { .kind = 0 };
    while (store__next_op(&at, end, &op)) {
        ops++;
    }
    is_int(ops, 7, "six operations without numbers, and the row of the series");
    struct store_value name, last;
    store__next_value(store__next_value(op.values, c->taken, &name), c->taken, &last);
    ok(op.kind == STORE_OP_PUT && op.table == STORE_TABLE_series && last.number == 42, "which gets its number");
    at = c->late.bytes;
    ok(store__next_op(&at, c->late.bytes + c->late.len, &op) && op.kind == STORE_OP_PUT, "one with a number");
    store__next_value(store__next_value(op.values, c->taken, &name), c->taken, &last);
    is_int(last.number, 42, "which is put in");
    buf_release(&first);
    arena_release(&a);
}

/* Bytes that were changed or cut are refused, or are well formed: then they can be walked through. */
static void check_inserted(void)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = sample(&a);
    struct store_value row[8];
    ok(store_inserted(c, STORE_TABLE_timer, 0, 1, row) && row[1].number == -2 && row[2].number == INT64_MIN,
       "what a change inserts can be looked up in it");
    ok(!store_inserted(c, STORE_TABLE_timer, 0, 2, row), "not what it does not insert");
    ok(!store_inserted(c, STORE_TABLE_office, 0, 1, row), "nor what it updates");
    ok(!store_inserted(store_change(&a), STORE_TABLE_timer, 0, 1, row), "nor anything in an empty one");
    arena_release(&a);
}

static void check_hostile_bytes(void)
{
    struct arena a = ARENA_INIT;
    struct buf good = BUF_INIT(1 << 20);
    uint32_t refused = 0, taken = 0;
    store__change_write(sample(&a), &good);
    char *bytes = malloc(good.len);
    for (uint32_t i = 0; bytes != NULL && i < 100000; i++) {
        struct arena scratch = ARENA_INIT;
        struct store_change *c;
        size_t len = dice(4) == 0 ? dice((uint32_t)good.len) : good.len;
        memcpy(bytes, good.ptr, good.len);
        for (uint32_t k = dice(4); k-- > 0;) {
            bytes[dice((uint32_t)good.len)] = (char)(dice(2) == 0 ? dice(8) : dice(256));
        }
        if (store__change_read(&scratch, (str){ bytes, len }, &c, NULL) != OK) {
            refused++;
        } else {
            const char *at = c->plain.bytes;
            for (struct store_op op; store__next_op(&at, c->plain.bytes + c->plain.len, &op);) {
                const char *p = op.values;
                for (uint32_t v = 0; v < op.count; v++) {
                    struct store_value value;
                    p = store__next_value(p, c->taken, &value);
                }
            }
            taken++;
        }
        arena_release(&scratch);
    }
    ok(refused > 1000 && taken > 1000, "hostile bytes: %u refused, %u well formed", refused, taken);
    free(bytes);
    buf_release(&good);
    arena_release(&a);
}

/* ---- Pages ---- */

static void check_page_sums(void)
{
    unsigned char page[STORE_PAGE] = { 0 };
    ok(store__page_sound(page, 5), "a page of zeros is a hole");
    page[0] = 1;
    ok(!store__page_sound(page, 5), "any other has a sum");
}

int main(void)
{
    check_words();
    check_word_limits();
    check_round_trip();
    check_inserted();
    check_hostile_bytes();
    check_page_sums();
    return tap_done();
}
