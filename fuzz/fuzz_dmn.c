/* Any bytes as a model: when they load, every decision and service is evaluated without inputs, explained in both
 * languages and forms and recorded, and the model is checked. Tracing must change no result, and the same model gives
 * the same bytes again. */
#include "fuzz.h"

#include "dmn/dmn.h"

#include <assert.h>

enum { TEXT_MAX = 1 << 20 };

/* A model may import only itself: that is refused, but the way there is walked. */
static bool find_import(void *context, str namespace_uri, str location, struct dmn_source *ret)
{
    (void)namespace_uri;
    (void)location;
    *ret = *(const struct dmn_source *)context;
    return true;
}

static void check_explanations(const struct dmn_trace *t, struct buf *b)
{
    for (int lang = LANG_EN; lang <= LANG_ZH; lang++) {
        dmn_explain_text(t, (enum lang)lang, b);
        buf_clear(b);
        dmn_explain_json(t, (enum lang)lang, b);
        buf_clear(b);
    }
}

static void check_node(const struct dmn_model *m, struct feel_eval *ev, uint32_t node)
{
    struct buf plain = BUF_INIT(TEXT_MAX), traced = BUF_INIT(TEXT_MAX), record = BUF_INIT(TEXT_MAX);
    const struct dmn_trace *t;
    feel_eval_reset(ev);
    feel_record_write(dmn_evaluate(m, ev, node, feel_null(), DMN_TEXT_DATES), &plain);
    feel_eval_reset(ev);
    feel_record_write(dmn_evaluate_traced(m, ev, node, feel_null(), DMN_TEXT_DATES, &t), &traced);
    bool limited = feel_eval_limit(ev, NULL) != OK; /* tracing takes memory of its own */
    assert(limited || str_eq(buf_str(&plain), buf_str(&traced)));
    dmn_record(t, &record);
    buf_clear(&traced);
    check_explanations(t, &traced);
    dmn_record(t, &traced);
    assert(str_eq(buf_str(&record), buf_str(&traced)));
    buf_release(&plain);
    buf_release(&traced);
    buf_release(&record);
}

static void check_findings(const struct dmn_model *m, struct arena *a)
{
    uint32_t english, chinese;
    const struct dmn_finding *e = dmn_check(m, a, LANG_EN, &english), *c = dmn_check(m, a, LANG_ZH, &chinese);
    assert(english == chinese);
    for (uint32_t i = 0; i < english; i++) {
        assert(e[i].kind == c[i].kind && e[i].line == c[i].line && e[i].rule == c[i].rule);
        assert(e[i].kind < DMN_FINDING_KINDS && e[i].text.len > 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct dmn_source source = { STR("fuzz.dmn"), { (const char *)data, size } };
    struct feel_environment env = { .instant = 1795507200, .zone = 8 * 3600, .seed = 1 };
    struct error err = { .code = OK };
    const struct dmn_model *m;
    if (size > 0 && dmn_load(&a, source, find_import, &source, &m, &err) == OK) {
        struct feel_eval *ev = feel_eval_new(&env);
        for (uint32_t i = 0; i < dmn_node_count(m); i++) {
            enum dmn_kind kind = dmn_node(m, i).kind;
            if (kind == DMN_DECISION || kind == DMN_SERVICE) {
                check_node(m, ev, i);
            }
        }
        check_findings(m, &a);
        feel_eval_free(ev);
    }
    arena_release(&a);
    return 0;
}
