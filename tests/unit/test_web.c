/* test_web: what goes into a page cannot get out of its place: tests/web/hostile.html, compiled, with hostile
 * values. */
#include "tap.h"
#include "web/template.h"

#include "hostile.h"
#include "hostile.inc"

#include "base/limit.h"

#include <stdlib.h>

static str draw(struct arena *a, const struct node *model)
{
    struct buf out = BUF_INIT(1 << 20);
    struct template t = { .out = &out, .lang = LANG_ZH, .depth = LIMIT_WEB_TEMPLATE_DEPTH };
    const struct template_scope s = { model, NULL };
    page_hostile(&t, &s);
    str drawn = arena_str(a, buf_str(&out));
    buf_release(&out);
    return drawn;
}

static void has(str page, const char *want, const char *name)
{
    bool found = memmem(page.ptr, page.len, want, strlen(want)) != NULL;
    ok(found, "%s", name);
    if (!found) {
        printf("# no %s in:\n# %.*s\n", want, STR_ARG(page));
    }
}

static struct node *model_of(struct arena *a, str text)
{
    struct node *m = node_object(a), *list;
    node_put_text(m, "text", text);
    node_put_word(m, "sentence", "Home");
    node_put_word(m, "good", "/a?b=1&c=2");
    node_put_word(m, "kind", "x\"y");
    list = node_put_list(m, "list");
    node_put_word(node_add_object(list), "other", "");
    struct node *item = node_add_object(list);
    node_put_word(item, "text", "own");
    node_put_word(item, "mark", "<b>");
    list = node_put_list(m, "words");
    node_add_text(list, STR("a&b"));
    node_add_text(list, STR(""));
    return m;
}

static void test_places(void)
{
    struct arena a = ARENA_INIT;
    str page = draw(&a, model_of(&a, STR("\"><svg onload='1'>&摊")));
    has(page, "<p>&quot;&gt;&lt;svg onload=&#39;1&#39;&gt;&amp;摊</p>", "element text");
    has(page, "<p title=\"&quot;&gt;&lt;svg onload=&#39;1&#39;&gt;&amp;摊\" lang=\"x&quot;&gt;", "attributes");
    has(page, ">当前步骤 首页</p>", "sentences, and values that are sentences");
    has(page, "<a href=\"#\">1</a>", "what is no address leads nowhere");
    has(page, "<a href=\"/n/%22%3E%3Csvg%20onload%3D%271%27%3E%26%E6%91%8A?q=%22%3E", "parts of an address");
    has(page, "<a href=\"/a?b=1&amp;c=2\">3</a>", "an address of this site");
    has(page, "<form action=\"#\">", "forms go nowhere either");
    has(page, "<li class=\"a\">|&quot;&gt;&lt;svg", "a name with a dot is looked up in the item alone");
    has(page, "<li class=\"a b\">own|own|&lt;b&gt;</li>", "the item first, then outside");
    has(page, "[a&amp;b][]", "items that are texts");
    has(page, "<input name=\"n\" checked>", "attributes that are there or not");
    has(page, "yes", "a literal with a quotation mark");
    arena_release(&a);
}

static void test_addresses(void)
{
    static const char *const bad[] = { "javascript:alert(1)", "//evil.example/", "/\\evil.example", "data:text/html,x",
                                       "\tjavascript:1",      "/\n/evil",        "",                "http:x",
                                       "/\t/evil.example",    "JaVaScRiPt:1",    " /a",             "file:///etc" };
    static const char *const good[] = { "/", "/a/b", "?q=1", "#f-a", "https://example.cn/a" };
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        has(draw(&a, model_of(&a, str_of(bad[i]))), "<a href=\"#\">1</a>", "what leads elsewhere, or nowhere");
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        str want = arena_printf(&a, "<a href=\"%s\">1</a>", good[i]);
        has(draw(&a, model_of(&a, str_of(good[i]))), want.ptr, good[i]);
    }
    arena_release(&a);
}

/* Every byte below 64 and some of the others, all of them in the long run: the page has as many "<", ">" and quotation
 * marks as with a harmless one. */
static size_t marks(str page)
{
    size_t n = 0;
    for (size_t i = 0; i < page.len; i++) {
        n += page.ptr[i] == '<' || page.ptr[i] == '>' || page.ptr[i] == '"' || page.ptr[i] == '\0';
    }
    return n;
}

static void test_all_bytes(void)
{
    struct arena a = ARENA_INIT;
    size_t want = marks(draw(&a, model_of(&a, STR("x"))));
    bool fine = true;
    for (int i = 0; i < 256; i += i < 64 || getenv("GONGSHI_LONG") != NULL ? 1 : 31) {
        char c = (char)i;
        fine = fine && marks(draw(&a, model_of(&a, (str){ &c, 1 }))) == want;
    }
    ok(fine, "no byte makes another element, attribute or NUL");
    arena_release(&a);
}

/* hostile.html uses itself: as often as WEB_TEMPLATE_DEPTH lets it. A page beyond WEB_PAGE is cut, and known to be. */
static void test_bounds(void)
{
    struct arena a = ARENA_INIT;
    struct buf out = BUF_INIT(LIMIT_WEB_PAGE);
    struct template t = { .out = &out };
    struct node *m = node_object(&a);
    const struct template_scope s = { m, NULL };
    page_hostile(&t, &s);
    size_t times = 0;
    for (const char *at = out.ptr; (at = strstr(at, "<ul>")) != NULL; at++) {
        times++;
    }
    ok(times == LIMIT_WEB_TEMPLATE_DEPTH + 1 && t.depth == 0, "a template that uses itself ends: %zu times", times);
    char *much = arena_calloc(&a, 1, LIMIT_WEB_PAGE);
    memset(much, '<', LIMIT_WEB_PAGE);
    node_put_text(m, "text", (str){ much, LIMIT_WEB_PAGE });
    t.depth = LIMIT_WEB_TEMPLATE_DEPTH;
    page_hostile(&t, &s);
    ok(out.overflow && out.len <= LIMIT_WEB_PAGE, "a page has a bound");
    buf_release(&out);
    arena_release(&a);
}

int main(void)
{
    test_bounds();
    test_places();
    test_addresses();
    test_all_bytes();
    return tap_done();
}
