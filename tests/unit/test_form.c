/* Form: what lines of data cannot show: bounds, many threads, memory. */
#include "form/form.h"

#include "base/limit.h"
#include "tap.h"

#include <pthread.h>

static const struct feel_environment environment = { .instant = 1795478400, .zone = 8 * 3600, .seed = 1 };

/* ---- Bounds ---- */

/* A form of `before`, `n` times `each`, and `after`; %d in `each` is the number. */
static str repeat(struct arena *a, const char *before, const char *each, uint32_t n, const char *after)
{
    struct buf b = BUF_INIT(64 << 20);
    buf_addz(&b, before);
    for (uint32_t i = 0; i < n; i++) {
        for (const char *p = each; *p != '\0'; p++) {
            if (*p == '#') {
                buf_printf(&b, "%u", i);
            } else {
                buf_addc(&b, *p);
            }
        }
    }
    buf_addz(&b, after);
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

static void load_hits(struct arena *a, const char *name, str bytes)
{
    struct error err = { .lang = LANG_EN };
    const struct form *f;
    enum error_code code = form_load(a, STR("big.form"), bytes, NULL, &f, &err);
    ok(code == ERROR_LIMIT && strstr(err.detail, name) != NULL, "%s: %s %s", name, err.message, err.detail);
}

static void test_load_bounds(void)
{
    struct arena a = ARENA_INIT;
    const char *head = "{\"id\":\"f\",\"components\":[", *end = "]}";
    load_hits(&a, "FORM_BYTES", repeat(&a, "", "          ", LIMIT_FORM_BYTES / 10 + 1, ""));
    load_hits(&a, "FORM_COMPONENTS",
              repeat(&a, head, "{\"type\":\"spacer\"},", LIMIT_FORM_COMPONENTS, "{\"type\":\"spacer\"}]}"));
    str open = repeat(&a, head, "{\"type\":\"group\",\"components\":[", LIMIT_FORM_DEPTH, "");
    load_hits(&a, "FORM_DEPTH", repeat(&a, arena_printf(&a, "%.*s", STR_ARG(open)).ptr, "]}", LIMIT_FORM_DEPTH, end));
    load_hits(&a, "FORM_PROGRAMS",
              repeat(&a, head, "{\"type\":\"text\",\"text\":\"=1\",\"label\":\"=1\",\"description\":\"=1\"},",
                     LIMIT_FORM_PROGRAMS / 3 + 1, "{\"type\":\"spacer\"}]}"));
    load_hits(&a, "FORM_OPTIONS",
              repeat(&a, "{\"id\":\"f\",\"components\":[{\"type\":\"select\",\"key\":\"a\",\"values\":[", "#,",
                     LIMIT_FORM_OPTIONS, "1]}]}"));
    arena_release(&a);
}

static void check_hits(struct arena *a, const char *name, const char *form, struct form_request rq)
{
    struct error err = { .lang = LANG_EN };
    const struct form *f = NULL;
    const struct form_problem *problems;
    uint32_t count;
    feel_value values;
    struct feel_eval *ev = feel_eval_new(&environment);
    enum error_code code = form_load(a, STR("big.form"), str_of(form), NULL, &f, &err);
    if (ok(code == OK, "the form about %s loads", name)) {
        code = form_check(f, ev, &rq, LANG_EN, a, &values, &problems, &count, &err);
        ok(code == ERROR_LIMIT && strstr(err.detail, name) != NULL, "%s: %s %s", name, err.message, err.detail);
    }
    feel_eval_free(ev);
}

static feel_value value_of(struct arena *a, str json)
{
    feel_value v = feel_null();
    ok(feel_json_read(a, json, &v, NULL) == OK, "JSON of %zu bytes", json.len);
    return v;
}

static void test_check_bounds(void)
{
    struct arena a = ARENA_INIT;
    const char *list = "{\"id\":\"f\",\"components\":[{\"type\":\"dynamiclist\",\"path\":\"l\",\"components\":["
                       "{\"type\":\"dynamiclist\",\"path\":\"m\",\"components\":[{\"type\":\"number\",\"key\":\"n\"},"
                       "{\"type\":\"expression\",\"key\":\"e\",\"expression\":\"=x\"}]}]}]}";
    struct form_request rq = { .mode = FORM_FILL };
    rq.answers = value_of(&a, repeat(&a, "{\"l\":[", "{},", LIMIT_FORM_ROWS, "{}]}"));
    check_hits(&a, "FORM_ROWS", list, rq);
    str row = repeat(&a, "{\"m\":[", "{},", LIMIT_FORM_ROWS - 1, "{}]},");
    rq.answers = value_of(&a, repeat(&a, "{\"l\":[", row.ptr, 50, "{}]}"));
    check_hits(&a, "FORM_CELLS", list, rq);
    rq.answers = feel_null();
    const char *head = "{\"id\":\"f\",\"components\":[{\"type\":\"dynamiclist\",\"path\":\"l\","
                       "\"defaultRepetitions\":1000,\"components\":[";
    const char *each = "{\"type\":\"expression\",\"key\":\"k#\",\"expression\":\"=1\"},";
    const char *end = "{\"type\":\"expression\",\"key\":\"k\",\"expression\":\"=if k = null then 1 else k + 1\"}]}]}";
    check_hits(&a, "FORM_RUNS", repeat(&a, head, each, 39, end).ptr, rq);
    rq.answers = value_of(&a, repeat(&a, "{", "\"k#\":{\"value\":1},", LIMIT_FORM_FINDINGS, "\"x\":{}}"));
    rq.mode = FORM_VERIFY;
    check_hits(&a, "FORM_FINDINGS", list, rq);
    rq = (struct form_request){ .mode = FORM_FILL };
    rq.variables = value_of(&a, repeat(&a, "{\"o\":[", "#,", LIMIT_FORM_OPTIONS, "1]}"));
    check_hits(&a, "FORM_OPTIONS",
               "{\"id\":\"f\",\"components\":[{\"type\":\"select\",\"key\":\"s\",\"valuesKey\":\"o\"}]}", rq);
    rq.variables = value_of(&a, repeat(&a, "{\"t\":\"", "xxxxxxxxxx", LIMIT_FORM_TEXT / 10 + 1, "\"}"));
    check_hits(&a, "FORM_TEXT",
               "{\"id\":\"f\",\"components\":[{\"type\":\"number\",\"key\":\"s\",\"label\":\"{{t}}\","
               "\"validate\":{\"required\":true}}]}", rq);
    arena_release(&a);
}

/* FORM_PROBLEMS: the first ones are told. FORM_FILES and FORM_FILE_NAME are problems of the answer. */
static void test_problem_bounds(void)
{
    struct arena a = ARENA_INIT;
    const struct form *f = NULL;
    const struct form_problem *problems = NULL;
    uint32_t count = 0;
    feel_value values;
    struct feel_eval *ev = feel_eval_new(&environment);
    str form = STR("{\"id\":\"f\",\"components\":[{\"type\":\"filepicker\",\"key\":\"p\",\"multiple\":true}]}");
    ok(form_load(&a, STR("f.form"), form, NULL, &f, NULL) == OK, "a form with files");
    const char *hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    str file = arena_printf(&a, "{\"hash\":\"%s\",\"name\":\"n\"},", hash);
    struct form_request rq = { .mode = FORM_FILL };
    rq.answers = value_of(&a, repeat(&a, "{\"p\":[", file.ptr, LIMIT_FORM_FILES,
                                     arena_printf(&a, "%.*s]}", (int)file.len - 1, file.ptr).ptr));
    form_check(f, ev, &rq, LANG_EN, &a, &values, &problems, &count, NULL);
    ok(count == 1 && strcmp(problems[0].code, "files") == 0, "more than FORM_FILES files are a problem");
    str name = repeat(&a, "", "n", LIMIT_FORM_FILE_NAME + 1, "");
    rq.answers = value_of(&a, arena_printf(&a, "{\"p\":[{\"hash\":\"%s\",\"name\":\"%s\"}]}", hash, name.ptr));
    form_check(f, ev, &rq, LANG_EN, &a, &values, &problems, &count, NULL);
    ok(count == 1 && strcmp(problems[0].code, "file") == 0, "a name beyond FORM_FILE_NAME is a problem");
    rq.answers = value_of(&a, repeat(&a, "{", "\"k#\":1,", LIMIT_FORM_PROBLEMS + 5, "\"p\":[]}"));
    form_check(f, ev, &rq, LANG_EN, &a, &values, &problems, &count, NULL);
    is_int(count, LIMIT_FORM_PROBLEMS, "FORM_PROBLEMS problems are told");
    feel_eval_free(ev);
    arena_release(&a);
}

/* ---- In English ---- */

static void note_text(void *context, str text, uint32_t line)
{
    struct buf *out = context;
    buf_printf(out, "%u:%.*s|", line, STR_ARG(text));
}

/* The texts of a form, and the same form with them translated: values, keys and conditions stay. */
static void test_english(void)
{
    static const char written[] =
        "{\"id\":\"f\",\"components\":[\n"
        "{\"type\":\"select\",\"key\":\"way\",\"label\":\"途径\",\"values\":[{\"label\":\"有\",\"value\":\"有\"},\"无\"]},\n"
        "{\"type\":\"text\",\"text\":\"共{{n}}项\",\"conditional\":{\"hide\":\"=way = \\\"无\\\"\"}},\n"
        "{\"type\":\"number\",\"key\":\"n\",\"label\":\"=\\\"数\\\" + way\",\"defaultValue\":2,"
        "\"appearance\":{\"suffixAdorner\":\"万元\"}},\n"
        "{\"type\":\"textfield\",\"key\":\"t\",\"label\":\"号\",\"validate\":{\"pattern\":\"[0-9]+\","
        "\"patternErrorMessage\":\"只写数字\"}}]}";
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct words *words;
    const struct form *f = NULL;
    const struct form_view *views = NULL;
    const struct form_problem *problems = NULL;
    struct buf texts = BUF_INIT(1000);
    uint32_t count = 0;
    feel_value values;
    str english = STR("{\"途径\":\"Way\",\"有\":\"Yes\",\"无\":\"No\",\"共{{n}}项\":\"{{n}} in all\","
                      "\"=\\\"数\\\" + way\":\"=\\\"Number of \\\" + way\",\"万元\":\"10,000 yuan\","
                      "\"只写数字\":\"digits alone\"}");
    ok(words_read(&a, STR("en.json"), english, &words, &err) == OK &&
           form_load(&a, STR("f.form"), str_of(written), words, &f, &err) == OK, "a form and its English");
    form_texts(f, note_text, &texts);
    is_str(buf_str(&texts), STR("2:途径|2:有|2:无|3:共{{n}}项|4:=\"数\" + way|4:万元|5:号|5:只写数字|"),
           "all texts of the form, with their lines");
    ok(form_in(f, LANG_ZH) == f && form_in(NULL, LANG_EN) == NULL, "in Chinese it is the form itself");
    const struct form *e = form_in(f, LANG_EN);
    is_str(form_component(e, 0)->label, STR("Way"), "a label");
    is_str(form_component(e, 3)->label, STR("号"), "what has no English stays");
    struct feel_eval *ev = feel_eval_new(&environment);
    struct form_request rq = { .mode = FORM_FILL, .answers = value_of(&a, STR("{\"way\":\"有\",\"t\":\"x\"}")) };
    ok(form_draw(e, ev, &rq, &a, &views, &count, &err) == OK && count == 4, "it is drawn");
    is_str(feel_text_member(views[0].options.items[0], "label"), STR("Yes"), "the label of a choice");
    is_str(feel_text_member(views[0].options.items[0], "value"), STR("有"), "its value stays");
    is_str(feel_text_member(views[0].options.items[1], "label"), STR("No"), "a choice that is but a text");
    is_str(feel_text_member(views[0].options.items[1], "value"), STR("无"), "its value stays too");
    is_str(feel_str(views[1].attributes[FORM_TEXT]), STR("2 in all"), "a template");
    is_str(feel_str(views[2].attributes[FORM_LABEL]), STR("Number of 有"), "FEEL");
    is_str(feel_str(views[2].attributes[FORM_SUFFIX]), STR("10,000 yuan"), "a unit");
    form_check(e, ev, &rq, LANG_EN, &a, &values, &problems, &count, &err);
    ok(count == 1 && memmem(problems[0].text.ptr, problems[0].text.len, "digits alone", 12) != NULL, "a problem");
    is_str(feel_text_member(values, "way"), STR("有"), "what is answered is the same in both");
    ok(words_read(&a, STR("en.json"), STR("{\"共{{n}}项\": \"{{n in all\"}"), &words, &err) == OK &&
           form_load(&a, STR("f.form"), str_of(written), words, &f, &err) != OK && err.where.line == 3,
       "English that cannot be read is refused");
    feel_eval_free(ev);
    buf_release(&texts);
    arena_release(&a);
}

/* ---- Threads ---- */

static const struct form *shared;

static void *check_often(void *result)
{
    struct feel_eval *ev = feel_eval_new(&environment);
    struct arena a = ARENA_INIT;
    uint32_t wrong = 0;
    for (int i = 0; i < 200; i++) {
        struct form_request rq = { .mode = FORM_FILL };
        const struct form_problem *problems;
        uint32_t count = 0;
        feel_value values = feel_null(), sum = feel_null();
        str json = arena_printf(&a, "{\"l\":[{\"n\":\"%d\"},{\"n\":\"2\"}],\"code\":\"A%d\"}", i, i);
        feel_json_read(&a, json, &rq.answers, NULL);
        enum error_code code = form_check(shared, ev, &rq, LANG_ZH, &a, &values, &problems, &count, NULL);
        form_get(values, STR("sum"), &sum);
        int64_t n = -1;
        wrong += code != OK || count != 0 || !feel_whole(sum, &n) || n != i + 2;
        feel_eval_reset(ev);
        arena_clear(&a);
    }
    arena_release(&a);
    feel_eval_free(ev);
    *(uint32_t *)result = wrong;
    return NULL;
}

static void test_threads(void)
{
    struct arena a = ARENA_INIT;
    pthread_t threads[4];
    uint32_t wrong[4] = { 1, 1, 1, 1 };
    str form = STR("{\"id\":\"f\",\"components\":[{\"type\":\"dynamiclist\",\"path\":\"l\",\"components\":["
                   "{\"type\":\"number\",\"key\":\"n\"}]},"
                   "{\"type\":\"expression\",\"key\":\"sum\",\"expression\":\"=sum(l.n)\"},"
                   "{\"type\":\"textfield\",\"key\":\"code\",\"validate\":{\"pattern\":\"^A\\\\d+$\"}}]}");
    ok(form_load(&a, STR("shared.form"), form, NULL, &shared, NULL) == OK, "a form for all threads");
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, check_often, &wrong[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        is_int(wrong[i], 0, "thread %d: each check is its own", i);
    }
    arena_release(&a);
}

int main(void)
{
    test_load_bounds();
    test_check_bounds();
    test_problem_bounds();
    test_english();
    test_threads();
    return tap_done();
}
