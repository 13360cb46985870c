/* test_base: arena, buf, str, error, lang and clock. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limit.h"

#include "tap.h"

/* ---- arena ---- */

static void test_arena_alignment(void)
{
    struct arena a = ARENA_INIT;
    bool aligned = true;
    for (size_t size = 0; size < 100; size++) {
        aligned = aligned && (uintptr_t)arena_alloc(&a, size) % 16 == 0;
    }
    ok(aligned, "every result is aligned to 16 bytes");
    ok(arena_alloc(&a, 0) != NULL, "a size of 0 gives a pointer");
    char *big = arena_alloc(&a, 3 << 20);
    memset(big, 1, 3 << 20);
    ok((uintptr_t)big % 16 == 0, "more than the ceiling of a block fits and is aligned");
    arena_release(&a);
    ok(a.block == NULL && arena_used(&a) == 0, "a released arena is empty");
    ok(arena_alloc(&a, 0) != NULL, "and usable again, also for a size of 0");
    arena_release(&a);
}

static void test_arena_used(void)
{
    struct arena a = ARENA_INIT;
    is_int((int64_t)arena_used(&a), 0, "an empty arena uses nothing");
    arena_alloc(&a, 1);
    is_int((int64_t)arena_used(&a), 16, "bytes are counted in steps of 16");
    for (int i = 0; i < 1000; i++) {
        arena_alloc(&a, 100);
    }
    is_int((int64_t)arena_used(&a), 16 + 1000 * 112, "and over all blocks");
    arena_release(&a);
}

static void test_arena_clear(void)
{
    struct arena a = ARENA_INIT;
    for (int i = 0; i < 1000; i++) {
        arena_alloc(&a, 100);
    }
    arena_clear(&a);
    is_int((int64_t)arena_used(&a), 0, "a cleared arena uses nothing");
    const struct arena_block *kept = a.block;
    ok(kept != NULL, "it keeps a block");
    arena_alloc(&a, 50000);
    ok(a.block == kept, "the largest, so that the next round needs no malloc");
    arena_clear(&a);
    ok(a.block == kept, "and keeps it again");
    arena_release(&a);
}

static void test_arena_mark(void)
{
    struct arena a = ARENA_INIT;
    struct arena_mark empty = arena_mark(&a);
    char *first = arena_alloc(&a, 10);
    memcpy(first, "precious", 9);
    size_t used = arena_used(&a);
    struct arena_mark outer = arena_mark(&a);
    char *second = arena_alloc(&a, 10);
    struct arena_mark inner = arena_mark(&a);
    for (int i = 0; i < 1000; i++) {
        arena_alloc(&a, 100);
    }
    arena_rewind(&a, inner);
    is_int((int64_t)arena_used(&a), (int64_t)used + 16, "rewinding to the inner mark leaves what came before");
    arena_rewind(&a, outer);
    is_int((int64_t)arena_used(&a), (int64_t)used, "marks nest");
    ok(arena_alloc(&a, 10) == second, "the memory after the mark is handed out again");
    is_str(str_of(first), STR("precious"), "what was before the mark is untouched");
    arena_rewind(&a, empty);
    is_int((int64_t)arena_used(&a), 0, "the mark of an empty arena rewinds all");
    arena_release(&a);
}

static void test_arena_grow(void)
{
    struct arena a = ARENA_INIT;
    char *p = arena_alloc(&a, 10);
    memcpy(p, "123456789", 10);
    ok(arena_grow(&a, p, 10, 100) == p, "the last allocation grows in place");
    is_int((int64_t)arena_used(&a), 112, "and takes only what is missing");
    arena_alloc(&a, 1);
    char *moved = arena_grow(&a, p, 100, 200);
    ok(moved != p, "one that is not the last moves");
    is_str(str_of(moved), STR("123456789"), "with what it holds");
    char *far = arena_grow(&a, moved, 200, 1 << 20);
    ok(far != moved, "one that the block has no room for moves");
    is_str(str_of(far), STR("123456789"), "with what it holds too");
    ok(arena_grow(&a, NULL, 0, 5) != NULL, "growing nothing is an allocation");
    arena_release(&a);
}

static void test_arena_texts(void)
{
    struct arena a = ARENA_INIT;
    int *zeroes = arena_calloc(&a, 100, sizeof(int));
    bool clear = true;
    for (int i = 0; i < 100; i++) {
        clear = clear && zeroes[i] == 0;
    }
    ok(clear, "arena_calloc clears");
    str copy = arena_str(&a, str_slice(STR("abcdef"), 1, 3));
    is_str(copy, STR("bc"), "arena_str copies the piece");
    ok(copy.ptr[copy.len] == '\0', "and ends it with NUL");
    is_str(arena_printf(&a, "%s is %d", "公示", 7), STR("公示 is 7"), "arena_printf");
    arena_release(&a);
}

/* ---- buf ---- */

static void test_buf(void)
{
    struct buf b = BUF_INIT(10);
    is_str(buf_str(&b), STR(""), "a new buf is empty");
    buf_add(&b, STR("abc"));
    buf_addc(&b, 'd');
    buf_addz(&b, "ef");
    buf_printf(&b, "%d", 42);
    is_str(buf_str(&b), STR("abcdef42"), "what is appended stands in order");
    buf_addz(&b, "gh");
    ok(!b.overflow && b.len == 10, "the ceiling itself can be reached");
    ok(b.ptr[b.len] == '\0', "NUL follows the text");
    buf_release(&b);
    ok(b.ptr == NULL && b.len == 0, "a released buf is empty");
}

static void test_buf_overflow(void)
{
    struct buf b = BUF_INIT(4);
    buf_addz(&b, "abc");
    buf_addz(&b, "de");
    ok(b.overflow, "going past the ceiling is an overflow");
    is_str(buf_str(&b), STR("abc"), "what does not fit is dropped whole");
    buf_addc(&b, 'd');
    is_str(buf_str(&b), STR("abc"), "the overflow is sticky: what would fit is dropped too");
    buf_clear(&b);
    ok(!b.overflow && b.len == 0, "clearing forgets it");
    buf_printf(&b, "%s", "wxyz");
    is_str(buf_str(&b), STR("wxyz"), "a printf that just fits");
    buf_printf(&b, "%d", 1);
    ok(b.overflow, "a printf that does not");
    buf_release(&b);

    struct buf large = BUF_INIT(1 << 20);
    for (int i = 0; i < 100000; i++) {
        buf_addz(&large, "0123456789");
    }
    ok(large.len == 1000000 && large.ptr[999999] == '9', "a buf grows");
    buf_release(&large);
}

/* ---- str ---- */

static void test_str(void)
{
    ok(str_eq(STR("a\0b"), STR("a\0b")) && !str_eq(STR("a\0b"), STR("a\0c")), "equality looks past NUL");
    ok(str_eq((str){ NULL, 0 }, STR("")), "an empty str may have no pointer");
    ok(str_cmp(STR("a"), STR("b")) < 0 && str_cmp(STR("b"), STR("a")) > 0, "order of different texts");
    ok(str_cmp(STR("a"), STR("ab")) < 0 && str_cmp(STR("ab"), STR("ab")) == 0, "a prefix comes first");
    ok(str_cmp(STR("z"), STR("é")) < 0 && str_cmp(STR("é"), STR("公")) < 0, "the order is that of the code points");
    ok(str_starts_with(STR("gongshi"), STR("gong")) && str_starts_with(STR("a"), STR("")), "a prefix");
    ok(!str_starts_with(STR("go"), STR("gong")), "a prefix that is longer than the text");
    is_str(str_slice(STR("gongshi"), 4, 7), STR("shi"), "a slice");
    is_str(str_trim(STR(" \t\r\n a b \n")), STR("a b"), "trimming keeps the space inside");
    is_str(str_trim(STR(" \n ")), STR(""), "trimming all");
    ok(str_hash(STR("ab")) != str_hash(STR("ba")), "the hash knows the order of the bytes");
    bool same = true, spread = false;
    for (size_t n = 0; n <= 40; n++) {
        char copy[41];
        memset(copy, 'x', sizeof copy);
        str other = STR("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
        same &= str_hash((str){ copy, n }) == str_hash(str_slice(other, 0, n));
        spread |= str_hash((str){ copy, n }) != str_hash((str){ copy, 0 });
    }
    ok(same && spread, "equal texts of any length have one hash, others another");
}

/* ---- error ---- */

/* The end of `text` is the end of a whole UTF-8 character. Only texts of three-byte characters after an ASCII head of
 * `head` bytes are asked about. */
static bool is_whole(const char *text, size_t head)
{
    size_t len = strlen(text);
    return len > head && (len - head) % 3 == 0;
}

static void test_error(void)
{
    struct error e = { .lang = LANG_EN };
    is_int(error_set(&e, ERROR_SYNTAX, "bad %s", "thing"), ERROR_SYNTAX, "error_set returns the code");
    error_detail(&e, "at %d", 5);
    error_hint(&e, "mend it");
    error_at(&e, STR("model.dmn"), 3, 4);
    is_str(str_of(e.message), STR("bad thing"), "message");
    is_str(str_of(e.detail), STR("at 5"), "detail");
    is_str(str_of(e.hint), STR("mend it"), "hint");
    is_str(str_of(e.where.file), STR("model.dmn"), "file");
    ok(e.where.line == 3 && e.where.column == 4, "line and column");
    error_set(&e, ERROR_IO, "another");
    ok(e.code == ERROR_IO && e.detail[0] == '\0' && e.hint[0] == '\0' && e.where.line == 0 && e.where.file[0] == '\0',
       "setting again clears the rest");
    is_int(error_set(NULL, ERROR_LIMIT, "nobody listens"), ERROR_LIMIT, "without an object only the code matters");
    error_detail(NULL, "x");
    error_hint(NULL, "x");
    error_at(NULL, STR("x"), 1, 1);
    is_str(str_of(error_name(OK)), STR("ok"), "the name of OK");
    is_str(str_of(error_name(ERROR_IO)), STR("io"), "the name of the last code");
}

static void test_error_cut(void)
{
    struct error e = { .lang = LANG_EN };
    char text[400];
    for (size_t head = 0; head < 3; head++) {
        memset(text, 'x', head);
        for (size_t i = head; i + 3 < sizeof text; i += 3) {
            memcpy(text + i, "公", 4);
        }
        error_set(&e, ERROR_INVALID, "%s", text);
        ok(is_whole(e.message, head), "a long text is cut between characters (%zu bytes before them)", head);
        ok(strlen(e.message) + 3 >= sizeof e.message - 1, "and loses one character at most");
    }
    memset(text, 'y', 300);
    text[300] = '\0';
    error_at(&e, str_of(text), 1, 1);
    ok(strlen(e.where.file) == sizeof e.where.file - 1, "a long file name is cut");

    memset(text, 'z', sizeof e.message - 1);
    text[sizeof e.message - 1] = '\0';
    error_set(&e, ERROR_INVALID, "%s", text);
    is_str(str_of(e.message), str_of(text), "a text that just fits is not cut");
}

/* ---- lang and clock ---- */

static void test_lang(void)
{
    is_str(str_of(lang_text(LANG_EN, "division by zero")), STR("division by zero"), "English is what the source says");
    is_str(str_of(lang_text(LANG_ZH, "division by zero")), STR("除数为零"), "Chinese comes from the table");
    is_str(str_of(lang_text(LANG_ZH, "nobody says this")), STR("nobody says this"), "what is unknown stays English");
    is_str(str_of(lang_text(LANG_ZH, "")), STR(""), "so does the empty text");
    struct error e = { .lang = LANG_ZH };
    error_set(&e, ERROR_LIMIT, "limit %s = %d", "XML_DEPTH", LIMIT_XML_DEPTH);
    is_str(str_of(e.message), STR("限额 XML_DEPTH = 64"), "an error speaks the language of its object");

    static const struct {
        const char *name;
        enum lang lang;
    } names[] = { { "zh", LANG_ZH },         { "zh_CN.UTF-8", LANG_ZH }, { "zh-Hans", LANG_ZH }, { "en", LANG_EN },
                  { "en_GB.UTF-8", LANG_EN }, { "C", LANG_EN },           { "", LANG_EN },        { NULL, LANG_EN } };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        is_int(lang_from_name(names[i].name), names[i].lang, "the language of %s",
               names[i].name != NULL ? names[i].name : "(none)");
    }
}

static void test_clock(void)
{
    int64_t year_2020 = INT64_C(1577836800) * 1000000, year_2120 = INT64_C(4733510400) * 1000000;
    ok(clock_now_micros() > year_2020 && clock_now_micros() < year_2120, "the time is in microseconds since 1970");
    int64_t monotonic = clock_monotonic_nanos(), cpu = clock_cpu_nanos();
    volatile unsigned work = 0;
    for (unsigned i = 0; i < 1000000; i++) {
        work += i;
    }
    ok(clock_monotonic_nanos() > monotonic, "monotonic time goes on");
    ok(clock_cpu_nanos() > cpu && work != 0, "work takes CPU time");
}

int main(void)
{
    test_arena_alignment();
    test_arena_used();
    test_arena_clear();
    test_arena_mark();
    test_arena_grow();
    test_arena_texts();
    test_buf();
    test_buf_overflow();
    test_str();
    test_error();
    test_error_cut();
    test_lang();
    test_clock();
    return tap_done();
}
