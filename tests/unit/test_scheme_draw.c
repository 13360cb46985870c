/* test_scheme_draw: a drawing comes out as the shell lines of scheme/draw.h say, computed by coreutils; and does not
 * depend on the order in which the items were given. */
#include "base/buf.h"
#include "scheme/draw.h"
#include "tap.h"

#include <stdlib.h>

static struct arena arena;

/* What the shell makes of the list: a line for each item, its key and it. */
static str by_shell(const char *seed, const str *items, uint32_t count)
{
    struct buf command = BUF_INIT(1 << 16), out = BUF_INIT(1 << 16);
    char piece[4096];
    size_t n;
    buf_addz(&command, "list=$(mktemp); printf '%s\\n'");
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&command, " '%.*s'", STR_ARG(items[i]));
    }
    buf_printf(&command, " >$list; seed='%s'; hash=$(LC_ALL=C sort $list | sha256sum | cut -c1-64); "
                         "while read -r item; do echo \"$(printf '%%s\\n%%s\\n%%s' \"$seed\" \"$hash\" \"$item\" | "
                         "sha256sum | cut -c1-64) $item\"; done <$list | LC_ALL=C sort; rm $list", seed);
    FILE *f = popen(buf_str(&command).ptr, "r");
    while (f != NULL && (n = fread(piece, 1, sizeof piece, f)) > 0) {
        buf_add(&out, (str){ piece, n });
    }
    if (f != NULL) {
        pclose(f);
    }
    str s = arena_str(&arena, buf_str(&out));
    buf_release(&out);
    buf_release(&command);
    return s;
}

static str by_us(const char *seed, const str *items, uint32_t count)
{
    struct buf out = BUF_INIT(1 << 16);
    struct error err = { .lang = LANG_EN };
    char hash[SHA256_TEXT];
    str list;
    if (scheme_draw_list(&arena, items, count, &list, hash, &err) != OK) {
        return str_of("refused");
    }
    const struct scheme_lot *lots = scheme_draw(&arena, str_of(seed), hash, items, count);
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&out, "%s %.*s\n", lots[i].key, STR_ARG(lots[i].item));
        if (!str_eq(items[lots[i].index], lots[i].item)) {
            buf_addz(&out, "another place\n");
        }
    }
    str s = arena_str(&arena, buf_str(&out));
    buf_release(&out);
    return s;
}

static void test_shell(void)
{
    str items[40];
    for (uint32_t count = 1; count <= 40; count += 13) {
        for (uint32_t i = 0; i < count; i++) {
            items[i] = arena_printf(&arena, i % 3 == 0 ? "受理%u" : "R-%u", (i * 7919) % 101);
        }
        is_str(by_us("2026-03-09 期 0417", items, count), by_shell("2026-03-09 期 0417", items, count), "%u items",
               count);
    }
}

static void test_order(void)
{
    str a[] = { STR("b"), STR("a"), STR("c") }, b[] = { STR("c"), STR("b"), STR("a") };
    is_str(by_us("s", a, 3), by_us("s", b, 3), "the order of the items is nothing");
    ok(!str_eq(by_us("s", a, 3), by_us("t", a, 3)), "another seed, another order");
}

static void test_refused(void)
{
    struct error err = { .lang = LANG_EN };
    char hash[SHA256_TEXT];
    str list, twice[] = { STR("a"), STR("b"), STR("a") }, empty[] = { STR("") }, lines[] = { STR("a\nb") };
    ok(scheme_draw_list(&arena, twice, 3, &list, hash, &err) == ERROR_INVALID, "%s", err.message);
    ok(scheme_draw_list(&arena, empty, 1, &list, hash, &err) == ERROR_INVALID, "%s", err.message);
    ok(scheme_draw_list(&arena, lines, 1, &list, hash, &err) == ERROR_INVALID, "a line feed");
    ok(scheme_draw_list(&arena, NULL, 0, &list, hash, &err) == OK && list.len == 0, "an empty list");
}

int main(void)
{
    test_shell();
    test_order();
    test_refused();
    arena_release(&arena);
    return tap_done();
}
