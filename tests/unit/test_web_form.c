/* test_web_form: every type of component on a page, with values, rows, problems and hostile texts: tests/web/all.form.
 * With GONGSHI_KEEP=FILE the page is written there, to be looked at. */
#include "tap.h"
#include "web/web_int.h"

#include "base/limit.h"

#include <stdlib.h>

static const struct feel_environment environment = { .instant = 1795478400, .zone = 8 * 3600, .seed = 1 };

static str read_file(struct arena *a, const char *name)
{
    const char *root = getenv("GONGSHI_ROOT");
    FILE *f = fopen(arena_printf(a, "%s/%s", root == NULL ? "." : root, name).ptr, "rb");
    char *bytes = arena_alloc(a, 1 << 20);
    size_t n = f == NULL ? 0 : fread(bytes, 1, 1 << 20, f);
    if (f != NULL) {
        fclose(f);
    }
    return (str){ bytes, n };
}

static void keep(str page)
{
    const char *to = getenv("GONGSHI_KEEP");
    FILE *f = to == NULL ? NULL : fopen(to, "wb");
    if (f != NULL) {
        fwrite(page.ptr, 1, page.len, f);
        fclose(f);
    }
}

/* The page of a form whose answers are a JSON text, with what form_check says about them. */
static str draw(struct arena *a, const char *file, const char *answers)
{
    struct error err = { .lang = LANG_ZH };
    const struct form *f = NULL;
    const struct form_problem *problems = NULL;
    uint32_t count = 0;
    feel_value values;
    struct web__call c = { .arena = a, .lang = LANG_ZH, .model = node_object(a) };
    struct form_request rq = { .mode = FORM_FILL };
    struct feel_eval *ev = feel_eval_new(&environment);
    enum error_code code = form_load(a, str_of(file), read_file(a, file), NULL, &f, &err);
    if (code == OK) {
        code = feel_json_read(a, str_of(answers), &rq.answers, &err);
    }
    if (code == OK) {
        code = form_check(f, ev, &rq, LANG_ZH, a, &values, &problems, &count, &err);
    }
    if (code == OK) {
        code = web__put_form(&c, f, ev, &rq, problems, count, &err);
    }
    ok(code == OK, "%s is drawn: %s %s", file, err.message, err.detail);
    struct buf out = BUF_INIT(LIMIT_WEB_PAGE);
    struct template t = { .out = &out, .lang = LANG_ZH };
    const struct template_scope s = { c.model, NULL };
    page_problems(&t, &s);
    page_form(&t, &s);
    str page = arena_str(a, buf_str(&out));
    buf_release(&out);
    feel_eval_free(ev);
    return page;
}

static void has(str page, const char *want, const char *name)
{
    bool found = memmem(page.ptr, page.len, want, strlen(want)) != NULL;
    ok(found, "%s", name);
    if (!found) {
        printf("# no %s\n", want);
    }
}

static void lacks(str page, const char *unwanted, const char *name)
{
    ok(memmem(page.ptr, page.len, unwanted, strlen(unwanted)) == NULL, "%s", name);
}

static void test_all(void)
{
    struct arena a = ARENA_INIT;
    str page = draw(&a, "tests/web/all.form",
                    "{\"remark\":\"</textarea><b>\",\"amount\":-1.50,\"day\":\"2026-04-10\",\"agreed\":true,"
                    "\"systems\":[\"印章\"],\"grade\":\"b\",\"area\":\"县市\",\"contact\":{\"phone\":\"1\"},"
                    "\"contracts\":[{\"no\":\"A1\",\"other\":\"x\"},{\"no\":\"A2\",\"other\":\"y\"},{\"no\":\"A3\"}],"
                    "\"cells\":[{\"count\":3},{\"count\":4,\"sum\":5.5}]}");
    keep(page);
    has(page, "<h3>说明 &lt;b&gt;</h3>", "a heading of a text");
    has(page, "<p class=\"item\">第一条</p>", "an item of a text");
    lacks(page, "<script", "HTML of a form is no HTML of ours");
    has(page, "<label for=\"f-name\">名称 &quot;&gt;&lt;svg</label>", "a label is text; required ones have no mark");
    has(page, "maxlength=\"25\" aria-invalid=\"true\" aria-describedby=\"f-name-e\"", "a field that is wrong says so");
    has(page, "<a href=\"#f-name\">", "and is linked at the top");
    has(page, "&lt;/textarea&gt;&lt;b&gt;</textarea>", "a text of lines");
    has(page, "name=\"amount\" value=\"-1.50\" inputmode=\"decimal\"", "what is wrong is shown as entered");
    has(page, "<span>万元</span>", "a suffix");
    has(page, "type=\"date\" id=\"f-day\" name=\"day\" value=\"2026-04-10\"", "a day");
    has(page, "<output id=\"f-double\" data-name=\"double\">", "a computed field");
    has(page, "type=\"file\" id=\"f-papers\" name=\"papers\" accept=\".pdf\" multiple", "files");
    has(page, "name=\"agreed\" value=\"on\" checked", "a tick");
    has(page, "name=\"systems\" value=\"印章\" checked", "ticks of a list");
    has(page, "type=\"radio\" id=\"f-grade-1\" name=\"grade\" value=\"b\" checked", "a choice");
    has(page, "<option value=\"县市\" selected>", "a choice of a list that opens");
    has(page, "type=\"checkbox\" id=\"f-tags\" name=\"tags\" value=\"1\"", "tags");
    has(page, "src=\"#\"", "a picture from nowhere");
    has(page, "<td>&lt;x&gt;</td>", "a table");
    has(page, "<hr>", "a line");
    has(page, "<a href=\"https://example.cn/\">页</a>", "a page of another site is a link");
    has(page, "name=\"contact.phone\" value=\"1\"", "a group with a path");
    has(page, "name=\"contracts[2].no\" value=\"A2\"", "a row");
    has(page, "name=\"contracts[3].no\" value=\"A3\"", "as many as there are");
    has(page, "name=\"contracts[2].other\" value=\"y\"", "a group in a row");
    has(page, "value=\"remove contracts 3\"", "rows can be taken away");
    has(page, "value=\"add contracts\"", "and added");
    has(page, "<th scope=\"row\">履行</th>", "a matrix: its rows");
    has(page, "id=\"f-cells-2-.sum\" name=\"cells[2].sum\" value=\"5.5\" aria-label=\"履行 金额\"", "and its cells");
    lacks(page, "data-name=\"cells[1].row\"", "what is computed and has no label is not shown");
    arena_release(&a);
}

static void test_large(void)
{
    struct arena a = ARENA_INIT;
    str page = draw(&a, "schemes/shouhe/forms/declare.form", "{}");
    keep(page);
    has(page, "name=\"performance[15].expense_2_amount\"", "the matrix of a whole declaration");
    printf("# %zu bytes\n", page.len);
    arena_release(&a);
}

int main(int argc, char **argv)
{
    (void)argv;
    if (argc == 1) {
        test_all();
    }
    test_large();
    return tap_done();
}
