/* test_publish_form: a form with its answers as blocks for paper. The blocks of a form with each kind of thing are
 * looked at byte by byte; those of the declaration of schemes/shouhe by what stands in them. */
#include "tap.h"

#include "base/limit.h"
#include "publish/publish.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct arena memory;

static str read_file(const char *path)
{
    static char bytes[1 << 18];
    const char *root = getenv("GONGSHI_ROOT");
    int fd = open(arena_printf(&memory, "%s/%s", root != NULL ? root : ".", path).ptr, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, bytes, sizeof bytes);
    close(fd);
    return arena_str(&memory, (str){ bytes, n < 0 ? 0 : (size_t)n });
}

static str blocks(str form, str answers)
{
    const struct form *f;
    struct error err = { .code = OK };
    struct feel_environment env = { .zone = 0 };
    struct feel_eval *ev = feel_eval_new(&env);
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    feel_value values;
    json_writer_init(&w, &out, false);
    json_begin_array(&w);
    enum error_code code = form_load(&memory, STR("t.form"), form, NULL, &f, &err);
    code = code == OK ? feel_json_read(&memory, answers, &values, &err) : code;
    code = code == OK ? publish_write_form(f, ev, values, feel_null(), &memory, &w, &err) : code;
    json_end_array(&w);
    str text = code == OK ? arena_str(&memory, buf_str(&out))
                          : arena_printf(&memory, "%s: %s: %s", error_name(code), err.message, err.detail);
    buf_release(&out);
    feel_eval_free(ev);
    return text;
}

/* ---- Each kind of thing ---- */

static const struct {
    const char *name, *components, *answers, *blocks;
} cases[] = {
    { "options by their labels, units, what was not answered",
      "{\"type\":\"select\",\"key\":\"a\",\"label\":\"A\",\"values\":[{\"label\":\"一\",\"value\":\"1\"}]},"
      "{\"type\":\"number\",\"key\":\"n\",\"label\":\"N\",\"appearance\":{\"suffixAdorner\":\"万元\"}},"
      "{\"type\":\"checkbox\",\"key\":\"c\",\"label\":\"C\"},"
      "{\"type\":\"textfield\",\"key\":\"t\",\"label\":\"T\"},"
      "{\"type\":\"checklist\",\"key\":\"l\",\"label\":\"L\",\"values\":[{\"label\":\"一\",\"value\":\"1\"},"
      "{\"label\":\"二\",\"value\":\"2\"}]}",
      "{\"a\":\"1\",\"n\":1.50,\"c\":true,\"l\":[\"1\",\"2\"]}",
      "[{\"type\":\"grid\",\"items\":[{\"label\":\"A\",\"value\":\"一\"},{\"label\":\"N\",\"value\":\"1.50万元\"},"
      "{\"label\":\"C\",\"value\":\"是\"},{\"label\":\"T\",\"value\":\"—\"},{\"label\":\"L\",\"value\":\"一、二\"}]}]" },
    { "groups, and what a condition hides",
      "{\"type\":\"group\",\"label\":\"G\",\"components\":[{\"type\":\"textfield\",\"key\":\"a\",\"label\":\"A\"},"
      "{\"type\":\"textfield\",\"key\":\"b\",\"label\":\"B\",\"conditional\":{\"hide\":\"=a = \\\"x\\\"\"}}]},"
      "{\"type\":\"text\",\"text\":\"尾\"}",
      "{\"a\":\"x\"}",
      "[{\"type\":\"title\",\"level\":\"2\",\"text\":\"G\"},{\"type\":\"grid\",\"items\":[{\"label\":\"A\","
      "\"value\":\"x\"}]},"
      "{\"type\":\"paragraph\",\"text\":\"尾\"}]" },
    { "a matrix: its columns under what they have in common",
      "{\"type\":\"dynamiclist\",\"path\":\"m\",\"label\":\"M\",\"properties\":{\"layout\":\"matrix\","
      "\"rows\":\"r|s\"},"
      "\"components\":[{\"type\":\"number\",\"key\":\"a\",\"label\":\"收入 份数\"},"
      "{\"type\":\"number\",\"key\":\"b\",\"label\":\"收入 金额\",\"appearance\":{\"suffixAdorner\":\"元\"}}]}",
      "{\"m\":[{\"a\":1,\"b\":2},{\"a\":3,\"b\":4}]}",
      "[{\"type\":\"title\",\"level\":\"2\",\"text\":\"M\"},{\"type\":\"table\",\"columns\":[{\"title\":\"项目\","
      "\"width\":4,"
      "\"align\":\"left\"},{\"title\":\"份数\",\"width\":2,\"align\":\"right\"},{\"title\":\"金额（元）\",\"width\":2,"
      "\"align\":\"right\"}],\"groups\":[{\"title\":\"\",\"span\":1},{\"title\":\"收入\",\"span\":2}],"
      "\"rows\":[[\"r\",\"1\",\"2\"],[\"s\",\"3\",\"4\"]]}]" },
    { "a list, and one without rows",
      "{\"type\":\"dynamiclist\",\"path\":\"m\",\"label\":\"M\",\"components\":[{\"type\":\"textfield\",\"key\":\"a\","
      "\"label\":\"A\"}]},{\"type\":\"dynamiclist\",\"path\":\"e\",\"label\":\"E\","
      "\"components\":[{\"type\":\"textfield\","
      "\"key\":\"a\",\"label\":\"A\"}]}",
      "{\"m\":[{\"a\":\"x\"},{\"a\":\"y\"}],\"e\":[]}",
      "[{\"type\":\"title\",\"level\":\"2\",\"text\":\"M\"},{\"type\":\"table\",\"columns\":[{\"title\":\"A\","
      "\"width\":3,"
      "\"align\":\"left\"}],\"rows\":[[\"x\"],[\"y\"]]},{\"type\":\"title\",\"level\":\"2\",\"text\":\"E\"},"
      "{\"type\":\"paragraph\",\"text\":\"（无）\"}]" },
    { "a list in the rows of a list: a heading for each row",
      "{\"type\":\"dynamiclist\",\"path\":\"m\",\"label\":\"M\",\"components\":[{\"type\":\"textfield\",\"key\":\"a\","
      "\"label\":\"A\"},{\"type\":\"dynamiclist\",\"path\":\"n\",\"label\":\"N\","
      "\"components\":[{\"type\":\"textfield\","
      "\"key\":\"b\",\"label\":\"B\"}]}]}",
      "{\"m\":[{\"a\":\"x\",\"n\":[{\"b\":\"y\"}]},{\"a\":\"z\",\"n\":[{\"b\":\"w\"}]}]}",
      "[{\"type\":\"title\",\"level\":\"2\",\"text\":\"M\"},{\"type\":\"title\",\"level\":\"3\",\"text\":\"第1项\"},"
      "{\"type\":\"grid\",\"items\":[{\"label\":\"A\",\"value\":\"x\"}]},{\"type\":\"title\",\"level\":\"3\","
      "\"text\":\"N\"},"
      "{\"type\":\"table\",\"columns\":[{\"title\":\"B\",\"width\":3,\"align\":\"left\"}],\"rows\":[[\"y\"]]},"
      "{\"type\":\"title\",\"level\":\"3\",\"text\":\"第2项\"},{\"type\":\"grid\",\"items\":[{\"label\":\"A\","
      "\"value\":\"z\"}]},"
      "{\"type\":\"title\",\"level\":\"3\",\"text\":\"N\"},{\"type\":\"table\",\"columns\":[{\"title\":\"B\","
      "\"width\":3,"
      "\"align\":\"left\"}],\"rows\":[[\"w\"]]}]" },
};

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        str form = arena_printf(&memory, "{\"type\":\"default\",\"id\":\"t\",\"schemaVersion\":19,"
        "\"components\":[%s]}",
                                cases[i].components);
        is_str(blocks(form, str_of(cases[i].answers)), str_of(cases[i].blocks), "%s", cases[i].name);
    }
}

/* ---- The declaration ---- */

static void test_declaration(void)
{
    static const char *const inside[] = {
        "{\"label\":\"企业名称\",\"value\":\"示例精工机械有限公司\"}",
        "\"groups\":[{\"title\":\"\",\"span\":1},{\"title\":\"收入性 第一年度\",\"span\":2}",
        "{\"title\":\"金额（万元）\",\"width\":2",
        ("[\"书面合同总数\",\"40\",\"800\",\"35\",\"900\",\"20\",\"300\",\"30\","
         "\"400\"]"),
        "\"text\":\"八、社会荣誉和相关证书\"",
    };
    str made = blocks(read_file("schemes/shouhe/forms/declare.form"), read_file("schemes/shouhe/sample/declare.json"));
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        ok(memmem(made.ptr, made.len, inside[i], strlen(inside[i])) != NULL, "the declaration has %s", inside[i]);
    }
}

/* ---- The view on a screen ---- */

static void test_view(void)
{
    static const struct sheet_column columns[] = { { .title = { "名称", 6 }, .kind = TABLE_TEXT, .width = 20 },
                                                   { .title = { "得分", 6 }, .kind = TABLE_NUMBER } };
    static const str cells[] = { { "甲", 3 }, { "92.50", 5 }, { "乙", 3 }, { "—", 3 } };
    static struct sheet_rows rows = { .columns = columns, .column_count = 2, .row_count = 2, .cells = cells };
    const str notes[] = { STR("截至 2026-07-01") };
    const struct publish_view v = { .title = STR("统计"), .header = STR("某局"), .notes = notes, .note_count = 1,
                                    .table = &rows, .lang = LANG_ZH };
    struct buf out = BUF_INIT(1 << 12);
    struct table_row row;
    bool end;
    is_int(publish_view_request(&v, &out, NULL), OK, "a view as paper");
    is_str(buf_str(&out), STR("{\"title\":\"统计\",\"created\":\"1970-01-01T08:00:00+08:00\",\"language\":\"zh\","
                              "\"page\":\"A4\",\"header\":\"某局\",\"blocks\":[{\"type\":\"title\","
                              "\"text\":\"统计\"},{\"type\":\"paragraph\",\"text\":\"截至 2026-07-01\"},"
                              "{\"type\":\"table\",\"columns\":[{\"title\":\"名称\",\"align\":\"left\","
                              "\"width\":20},{\"title\":\"得分\",\"align\":\"right\"}],"
                              "\"rows\":[[\"甲\",\"92.50\"],[\"乙\",\"—\"]]}]}"), "has what the screen has");
    is_int(helper_sheet_rows(&rows, &row, &end, NULL), OK, "and as rows of a workbook");
    ok(!end && row.count == 2 && row.cells[0].kind == TABLE_TEXT && row.cells[1].kind == TABLE_NUMBER, "of its kinds");
    helper_sheet_rows(&rows, &row, &end, NULL);
    ok(!end && row.cells[1].kind == TABLE_TEXT, "a dash in place of a number is text");
    helper_sheet_rows(&rows, &row, &end, NULL);
    ok(end, "and that is all");
    buf_release(&out);
}

int main(void)
{
    test_cases();
    test_view();
    test_declaration();
    arena_release(&memory);
    return tap_done();
}
