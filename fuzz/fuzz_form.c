/* Any bytes as a form, and after a line with "---" as answers: when the form loads, the answers are checked in each
 * mode and drawn. The same request gives the same again, in both languages; what came out of a check without an error
 * is taken without one; correcting nothing changes nothing. */
#include "fuzz.h"

#include "form/form.h"

#include <assert.h>
#include <string.h>

enum { TEXT_MAX = 4 << 20 };

struct result {
    enum error_code code;
    feel_value values;
    const struct form_problem *problems;
    uint32_t count;
};

static struct result check(const struct form *f, struct feel_eval *ev, const struct form_request *rq, enum lang lang,
                           struct arena *a)
{
    struct result r = { .code = OK };
    struct error err = { .lang = lang };
    feel_eval_reset(ev);
    r.code = form_check(f, ev, rq, lang, a, &r.values, &r.problems, &r.count, &err);
    assert(r.code == OK || err.message[0] != '\0');
    return r;
}

static void check_same(feel_value x, feel_value y)
{
    struct buf a = BUF_INIT(TEXT_MAX), b = BUF_INIT(TEXT_MAX);
    feel_json_write(x, false, &a);
    feel_json_write(y, false, &b);
    assert(a.overflow || str_eq(buf_str(&a), buf_str(&b)));
    buf_release(&a);
    buf_release(&b);
}

static void check_mode(const struct form *f, struct feel_eval *ev, struct form_request rq, struct arena *a)
{
    struct result e = check(f, ev, &rq, LANG_EN, a), c = check(f, ev, &rq, LANG_ZH, a);
    assert(e.code == c.code && (e.code != OK || e.count == c.count));
    for (uint32_t i = 0; e.code == OK && i < e.count; i++) {
        assert(strcmp(e.problems[i].code, c.problems[i].code) == 0 && str_eq(e.problems[i].path, c.problems[i].path));
        assert(e.problems[i].text.len > 0 && e.problems[i].remedy.len > 0);
    }
    if (e.code == OK) {
        check_same(e.values, c.values);
    }
    const struct form_view *views;
    uint32_t count;
    feel_eval_reset(ev);
    form_draw(f, ev, &rq, a, &views, &count, NULL);
}

static void check_form(const struct form *f, struct feel_eval *ev, feel_value answers, struct arena *a)
{
    str open = STR("a");
    struct form_request rq = { .answers = answers, .variables = answers, .declared = answers, .open = &open,
                               .open_count = 1 };
    for (int mode = FORM_FILL; mode <= FORM_SCORE; mode++) {
        rq.mode = (enum form_mode)mode;
        rq.draft = false;
        check_mode(f, ev, rq, a);
        rq.draft = true;
        check_mode(f, ev, rq, a);
    }
    struct form_request fill = { .answers = answers };
    struct result r = check(f, ev, &fill, LANG_EN, a);
    if (r.code == OK && !form_has_error(r.problems, r.count)) {
        struct form_request again = { .mode = FORM_CORRECT, .answers = feel_null(), .declared = r.values };
        struct result s = check(f, ev, &again, LANG_EN, a);
        assert(s.code != OK || !form_has_error(s.problems, s.count));
        if (s.code == OK) {
            check_same(r.values, s.values);
        }
    }
    form_blind(f, answers, a);
    form_overlay(a, answers, answers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct feel_environment env = { .instant = 1795478400, .zone = 8 * 3600, .seed = 1 };
    str all = { (const char *)data, size }, rest = STR("{}");
    const char *cut = size == 0 ? NULL : memmem(data, size, "\n---\n", 5);
    if (cut != NULL) {
        size_t at = (size_t)(cut - all.ptr);
        rest = str_slice(all, at + 5, size);
        all.len = at;
    }
    const struct form *f;
    feel_value answers;
    if (size > 0 && form_load(&a, STR("fuzz.form"), all, NULL, &f, NULL) == OK &&
        feel_json_read(&a, rest, &answers, NULL) == OK && answers.kind == FEEL_CONTEXT) {
        struct feel_eval *ev = feel_eval_new(&env);
        check_form(f, ev, answers, &a);
        feel_eval_free(ev);
    }
    arena_release(&a);
    return 0;
}
