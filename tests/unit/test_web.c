/* test_web: what goes into a page cannot get out of its place. */
#include "tap.h"
#include "web/html.h"

#include "base/limit.h"

static void escaped(str text, str want, const char *name)
{
    struct buf out = BUF_INIT(4096);
    struct html h = { &out, LANG_ZH };
    html_text(&h, text);
    is_str(buf_str(&out), want, "%s", name);
    buf_release(&out);
}

static void test_text(void)
{
    escaped(STR("A-07 号摊位"), STR("A-07 号摊位"), "ordinary text stays");
    escaped(STR("<script>alert(1)</script>"), STR("&lt;script&gt;alert(1)&lt;/script&gt;"), "no element begins");
    escaped(STR("a\" onclick='x' b"), STR("a&quot; onclick=&#39;x&#39; b"), "no attribute ends");
    escaped(STR("a & b &lt;"), STR("a &amp; b &amp;lt;"), "no entity is made");
    escaped(STR(""), STR(""), "nothing is nothing");
}

/* Every byte: what is written has none of the five characters but in the entities that are meant. */
static void test_all_bytes(void)
{
    bool fine = true;
    for (int i = 1; i < 256; i++) {
        char c = (char)i;
        struct buf out = BUF_INIT(64);
        struct html h = { &out, LANG_EN };
        html_text(&h, (str){ &c, 1 });
        bool special = strchr("&<>\"'", c) != NULL;
        fine = fine && (special ? out.len >= 4 && out.ptr[0] == '&' && out.ptr[out.len - 1] == ';'
                                : out.len == 1 && out.ptr[0] == c);
        buf_release(&out);
    }
    ok(fine, "of all bytes exactly the five are replaced");
}

static void test_address(void)
{
    struct buf out = BUF_INIT(4096);
    struct html h = { &out, LANG_EN };
    html_address(&h, STR("a b&c=摊/\"~-_.9"));
    is_str(buf_str(&out), STR("a%20b%26c%3D%E6%91%8A%2F%22~-_.9"), "a part of an address");
    buf_release(&out);
}

static void test_say(void)
{
    struct buf out = BUF_INIT(4096);
    struct html zh = { &out, LANG_ZH }, en = { &out, LANG_EN };
    html_say(&zh, "Register of notices");
    html_markup(&en, MARKUP("<br>"));
    html_say(&en, "Register of notices");
    html_int(&en, INT64_MIN);
    is_str(buf_str(&out), STR("公示登记簿<br>Register of notices-9223372036854775808"), "sentences, markup, numbers");
    buf_release(&out);
}

int main(void)
{
    test_text();
    test_all_bytes();
    test_address();
    test_say();
    return tap_done();
}
