/* form: what the files of a folder say. A line of <form>.jsonl, or <form>.<case>.jsonl, is one test about <form>.form:
 *
 *   {"mode": "fill", "draft": true, "lang": "zh", "answers": {}, "variables": {}, "declared": {}, "open": [],
 *    "values": {}, "problems": ["code path", "warning code path", "code path: text; remedy"]}
 *
 * Values that are not given are not compared. In place of answers, "pairs" are the names and texts of an HTML form.
 * "load" loads the form that stands there instead. "error" is the error that is wanted: "message; detail; hint".
 * "do" names another function: "answers", "overlay", "figures", "blind", "draw", "merge", "find", with the wanted value
 * in "values"; of "draw" it is a line a component.
 */
#include "form/form.h"

#include "base/limit.h"
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>

static const char *folder;

struct bench {
    struct arena *a;
    const struct form *form;
    struct feel_eval *ev;
    feel_value line;
    enum lang lang;
    str place; /* file:line */
    struct error err;
};

static bool read_file(struct arena *a, str name, str *ret)
{
    FILE *f = fopen(arena_printf(a, "%s/%.*s", folder, STR_ARG(name)).ptr, "rb");
    struct buf b = BUF_INIT(8 << 20);
    char block[4096];
    size_t n;
    while (f != NULL && (n = fread(block, 1, sizeof block, f)) > 0) {
        buf_add(&b, (str){ block, n });
    }
    if (f != NULL) {
        fclose(f);
    }
    *ret = arena_str(a, buf_str(&b));
    buf_release(&b);
    return f != NULL;
}

static str json_of(struct arena *a, feel_value v)
{
    struct buf b = BUF_INIT(8 << 20);
    feel_json_write(v, false, &b);
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

/* ---- What is compared ---- */

static void compare_values(struct bench *b, feel_value got)
{
    feel_value want;
    if (feel_context_get(b->line, STR("values"), &want)) {
        is_str(json_of(b->a, got), json_of(b->a, want), "%.*s: values", STR_ARG(b->place));
    }
}

static str short_form(struct bench *b, const struct form_problem *p)
{
    return arena_printf(b->a, "%s%s %.*s", p->level == FORM_WARNING ? "warning " : "", p->code, STR_ARG(p->path));
}

static void compare_problems(struct bench *b, const struct form_problem *got, uint32_t count)
{
    feel_value want = feel_member(b->line, "problems");
    is_int(count, want.kind == FEEL_LIST ? want.count : 0, "%.*s: number of problems", STR_ARG(b->place));
    for (uint32_t i = 0; i < count; i++) {
        str told = want.kind == FEEL_LIST && i < want.count ? feel_str(want.items[i]) : STR("none");
        str full = short_form(b, &got[i]);
        if (memmem(told.ptr, told.len, ": ", 2) != NULL) {
            full = arena_printf(b->a, "%.*s: %.*s; %.*s", STR_ARG(full), STR_ARG(got[i].text), STR_ARG(got[i].remedy));
        }
        is_str(full, told, "%.*s: problem %u", STR_ARG(b->place), i + 1);
    }
}

static void compare_error(struct bench *b, enum error_code code)
{
    str want = feel_text_member(b->line, "error"), got = STR("");
    if (code != OK) {
        got = arena_printf(b->a, "%s; %s; %s", b->err.message, b->err.detail, b->err.hint);
    }
    if (want.len > 0 || code != OK) {
        is_str(got, want, "%.*s: error", STR_ARG(b->place));
    }
    feel_value line;
    if (feel_context_get(b->line, STR("line"), &line)) {
        feel_value place = feel_number(dec_from_uint(b->err.where.line));
        ok(feel_is_true(feel_equal(b->ev, place, line)), "%.*s: in line %u", STR_ARG(b->place), b->err.where.line);
    }
}

/* ---- What is done ---- */

static enum error_code answers_of(struct bench *b, feel_value *ret)
{
    feel_value pairs = feel_member(b->line, "pairs");
    if (pairs.kind != FEEL_LIST) {
        *ret = feel_member(b->line, "answers");
        return OK;
    }
    struct form_pair *list = ARENA_ARRAY(b->a, struct form_pair, pairs.count);
    for (uint32_t i = 0; i < pairs.count; i++) {
        list[i] = (struct form_pair){ feel_str(pairs.items[i].items[0]), feel_str(pairs.items[i].items[1]) };
    }
    return form_answers(b->form, list, pairs.count, b->a, ret, &b->err);
}

static enum error_code request_of(struct bench *b, struct form_request *rq)
{
    static const char *const modes[] = { "fill", "verify", "correct", "score" };
    str mode = feel_text_member(b->line, "mode");
    feel_value open = feel_member(b->line, "open");
    *rq = (struct form_request){ .draft = feel_is_true(feel_member(b->line, "draft")),
                                 .variables = feel_member(b->line, "variables"),
                                 .declared = feel_member(b->line, "declared") };
    for (int i = 0; i < 4; i++) {
        rq->mode = str_eq(mode, str_of(modes[i])) ? (enum form_mode)i : rq->mode;
    }
    str *paths = ARENA_ARRAY(b->a, str, open.kind == FEEL_LIST ? open.count : 0);
    for (uint32_t i = 0; open.kind == FEEL_LIST && i < open.count; i++) {
        paths[rq->open_count++] = feel_str(open.items[i]);
    }
    rq->open = paths;
    return answers_of(b, &rq->answers);
}

static void check(struct bench *b)
{
    struct form_request rq;
    feel_value values;
    const struct form_problem *problems = NULL;
    uint32_t count = 0;
    enum error_code code = request_of(b, &rq);
    if (code == OK) {
        code = form_check(b->form, b->ev, &rq, b->lang, b->a, &values, &problems, &count, &b->err);
    }
    if (code == OK) {
        compare_values(b, values);
        compare_problems(b, problems, count);
    }
    compare_error(b, code);
}

/* A list of lines: "depth path type = value", with what is special of it. */
static void draw(struct bench *b)
{
    struct form_request rq;
    const struct form_view *views;
    uint32_t count;
    enum error_code code = request_of(b, &rq);
    if (code == OK) {
        code = form_draw(b->form, b->ev, &rq, b->a, &views, &count, &b->err);
    }
    compare_error(b, code);
    if (code != OK) {
        return;
    }
    feel_value *lines = ARENA_ARRAY(b->a, feel_value, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct form_view *v = &views[i];
        str text = arena_printf(b->a, "%u %s", v->depth, form_type_name(form_component(b->form, v->component)->type));
        text = v->path.len == 0 ? text : arena_printf(b->a, "%.*s %.*s", STR_ARG(text), STR_ARG(v->path));
        for (uint32_t k = FORM_LABEL; k < FORM_ATTRIBUTES; k++) {
            bool told = k == FORM_LABEL || k == FORM_TEXT || k == FORM_DATA_SOURCE || k == FORM_SOURCE;
            if (told && v->attributes[k].kind != FEEL_NULL) {
                text = arena_printf(b->a, "%.*s %.*s", STR_ARG(text), STR_ARG(json_of(b->a, v->attributes[k])));
            }
        }
        text = arena_printf(b->a, "%.*s%s%s%s", STR_ARG(text), v->readonly ? " readonly" : "",
                            v->disabled ? " disabled" : "", v->required ? " required" : "");
        if (v->options.kind == FEEL_LIST) {
            text = arena_printf(b->a, "%.*s of %u", STR_ARG(text), v->options.count);
        }
        lines[i] = feel_string(arena_printf(b->a, "%.*s = %.*s", STR_ARG(text), STR_ARG(json_of(b->a, v->value))));
    }
    compare_values(b, feel_list(lines, count));
}

static void merge(struct bench *b)
{
    const struct form_problem *problems = NULL;
    uint32_t count = 0;
    ok(form_merge_problems(b->form, feel_member(b->line, "found"), b->a, &problems, &count) ==
           !feel_is_true(feel_member(b->line, "refused")),
       "%.*s: taken or refused", STR_ARG(b->place));
    compare_problems(b, problems, count);
}

/* The fields and their types, a line each. */
static void find(struct bench *b)
{
    feel_value lines[100];
    uint32_t count = 0;
    for (const struct form_component *c; count < 100 && (c = form_field(b->form, count)) != NULL; count++) {
        struct buf type = BUF_INIT(4096);
        feel_type_print(c->feel, &type);
        lines[count] = feel_string(arena_printf(b->a, "%.*s %.*s %s%s%s", STR_ARG(c->pattern), STR_ARG(buf_str(&type)),
                                                form_class_name(c->class), c->required ? " required" : "",
                                                form_find(b->form, c->pattern) == c ? "" : " lost"));
        buf_release(&type);
    }
    compare_values(b, feel_list(lines, count));
}

static void variables(struct bench *b)
{
    feel_value names[100];
    uint32_t count = form_variable_count(b->form);
    for (uint32_t i = 0; i < count && i < 100; i++) {
        names[i] = feel_string(form_variable(b->form, i));
    }
    compare_values(b, feel_list(names, count));
}

static void figures(struct bench *b)
{
    feel_value v;
    enum error_code code = form_figures(b->form, b->ev, feel_member(b->line, "declared"),
                                        feel_member(b->line, "verified"), feel_member(b->line, "variables"), b->a, &v,
                                        &b->err);
    compare_error(b, code);
    if (code == OK) {
        compare_values(b, v);
    }
}

static void run(struct bench *b)
{
    str what = feel_text_member(b->line, "do");
    feel_value declared = feel_member(b->line, "declared"), v;
    if (what.len == 0) {
        check(b);
    } else if (str_eq(what, STR("answers"))) {
        enum error_code code = answers_of(b, &v);
        compare_error(b, code);
        if (code == OK) {
            compare_values(b, v);
        }
    } else if (str_eq(what, STR("overlay"))) {
        compare_values(b, form_overlay(b->a, declared, feel_member(b->line, "verified")));
    } else if (str_eq(what, STR("figures"))) {
        figures(b);
    } else if (str_eq(what, STR("blind"))) {
        compare_values(b, form_blind(b->form, declared, b->a));
    } else if (str_eq(what, STR("draw"))) {
        draw(b);
    } else if (str_eq(what, STR("merge"))) {
        merge(b);
    } else if (str_eq(what, STR("find"))) {
        find(b);
    } else if (str_eq(what, STR("variables"))) {
        variables(b);
    } else {
        ok(false, "%.*s: there is nothing called %.*s to do", STR_ARG(b->place), STR_ARG(what));
    }
}

static void run_line(struct arena *a, const struct form *form, str place, str text)
{
    struct feel_environment env = { .instant = 1795478400, .seed = 1 }; /* 2026-11-24T08:00 in Shanghai */
    struct bench b = { .a = a, .form = form, .place = place };
    cal_zone_find(STR("Asia/Shanghai"), &env.zone);
    b.ev = feel_eval_new(&env);
    if (ok(feel_json_read(a, text, &b.line, &b.err) == OK && b.line.kind == FEEL_CONTEXT, "%.*s: is JSON",
           STR_ARG(place))) {
        b.lang = lang_from_name(arena_str(a, feel_text_member(b.line, "lang")).ptr);
        b.err.lang = b.lang;
        feel_value own;
        enum error_code code = OK;
        if (feel_context_get(b.line, STR("load"), &own)) {
            str bytes = own.kind == FEEL_STRING ? feel_str(own) : json_of(a, own);
            code = form_load(a, STR("own.form"), bytes, NULL, &b.form, &b.err);
        }
        if (code != OK) {
            compare_error(&b, code);
        } else if (b.form != NULL) {
            run(&b);
        }
    }
    feel_eval_free(b.ev);
}

static void run_file(const char *name)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct form *form = NULL;
    str text, bytes;
    str model = arena_printf(&a, "%.*s.form", (int)(strchr(name, '.') - name), name);
    ok(read_file(&a, str_of(name), &text), "%s can be read", name);
    if (read_file(&a, model, &bytes) &&
        !ok(form_load(&a, model, bytes, NULL, &form, &err) == OK, "%.*s", STR_ARG(model))) {
        printf("# %u: %s %s\n", err.where.line, err.message, err.hint);
    }
    for (uint32_t line = 1; text.len > 0; line++) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t n = end == NULL ? text.len : (size_t)(end - text.ptr);
        if (n > 0 && text.ptr[0] == '{') {
            run_line(&a, form, arena_printf(&a, "%s:%u", name, line), str_slice(text, 0, n));
        }
        text = str_slice(text, n + (end != NULL), text.len);
    }
    arena_release(&a);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_case(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 6 && strcmp(e->d_name + n - 6, ".jsonl") == 0;
}

int main(int argc, char **argv)
{
    struct dirent **names;
    folder = argc > 1 ? argv[1] : ".";
    int count = scandir(folder, &names, is_case, by_name);
    for (int i = 0; i < count; i++) {
        run_file(names[i]->d_name);
        free(names[i]);
    }
    if (count >= 0) {
        free(names);
    }
    return tap_done();
}
