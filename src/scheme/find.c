/* find: the parts of a scheme by their names. There are tens of each, and whoever asks often keeps the answer. */
#include "scheme/scheme_int.h"

#include "base/limit.h"

str scheme_text(struct scheme_text t, enum lang lang)
{
    return lang == LANG_EN && t.en.len > 0 ? t.en : t.zh;
}

const struct scheme_file *scheme__file(const struct scheme *s, str name)
{
    for (uint32_t i = 0; i < s->file_count; i++) {
        if (str_eq(s->files[i].name, name)) {
            return &s->files[i];
        }
    }
    return NULL;
}

/* scheme_NAME(s, name): the item of s->LIST that is called so. */
#define FIND(function, type, owner, list, list_count, name_field) \
    const struct type *function(const struct owner *of, str name) \
    { \
        for (uint32_t i = 0; i < of->list_count; i++) { \
            if (str_eq(of->list[i].name_field, name)) { \
                return &of->list[i]; \
            } \
        } \
        return NULL; \
    }

FIND(scheme_ledger, scheme_ledger, scheme, ledgers, ledger_count, name)
FIND(scheme_parameter, scheme_parameter, scheme, parameters, parameter_count, name)
FIND(scheme_fact, scheme_fact, scheme, facts, fact_count, name)
FIND(scheme_described, scheme_decision, scheme, described, described_count, name)
FIND(scheme_process, scheme_process, scheme, procedures, procedure_count, id)
FIND(scheme_task, scheme_task, scheme_process, tasks, task_count, element)
FIND(scheme_clock, scheme_clock, scheme_process, clocks, clock_count, name)
FIND(scheme_assessment, scheme_assessment, scheme, assessments, assessment_count, name)
FIND(scheme_notice, scheme_notice, scheme, notices, notice_count, name)
FIND(scheme_document, scheme_document, scheme, documents, document_count, name)
FIND(scheme_role, scheme_role, scheme, roles, role_count, name)
FIND(scheme_statistic, scheme_statistic, scheme, statistics, statistic_count, name)
FIND(scheme_rating, scheme_rating, scheme, ratings, rating_count, name)
FIND(scheme_view, scheme_view, scheme, views, view_count, name)

str scheme_number(struct arena *a, str pattern, int32_t year, int64_t n)
{
    struct buf out = BUF_INIT(LIMIT_FEEL_STRING);
    for (size_t i = 0; i < pattern.len;) {
        str rest = str_slice(pattern, i, pattern.len);
        if (str_starts_with(rest, STR("{year}"))) {
            buf_printf(&out, "%d", year);
            i += 6;
        } else if (str_starts_with(rest, STR("{n}")) && n == 0) {
            buf_addz(&out, "＿＿");
            i += 3;
        } else if (str_starts_with(rest, STR("{n}"))) {
            buf_printf(&out, "%lld", (long long)n);
            i += 3;
        } else {
            buf_addc(&out, pattern.ptr[i++]);
        }
    }
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

/* A step of another process may have the same id. */
const struct bpmn_model *scheme_model(const struct scheme *s, str process)
{
    for (uint32_t i = 0; i < s->process_count; i++) {
        const struct bpmn_model *m = s->processes[i];
        uint32_t element = process.len > 0 ? bpmn_find(m, process) : m->process_count > 0 ? m->processes[0] : BPMN_NONE;
        if (element != BPMN_NONE && m->elements[element].kind == BPMN_PROCESS) {
            return m;
        }
    }
    return NULL;
}

const struct form *scheme_form(const struct scheme *s, str id)
{
    for (uint32_t i = 0; i < s->form_count; i++) {
        if (str_eq(form_id(s->forms[i]), id)) {
            return s->forms[i];
        }
    }
    return NULL;
}

const struct dmn_model *scheme_find_decision(const struct scheme *s, str name, uint32_t *ret_node)
{
    static const enum dmn_kind kinds[] = { DMN_DECISION, DMN_SERVICE };
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        for (uint32_t i = 0; i < s->decision_count; i++) {
            int64_t node = dmn_find(s->decisions[i], kinds[k], name);
            if (node >= 0) {
                *ret_node = (uint32_t)node;
                return s->decisions[i];
            }
        }
    }
    return NULL;
}

/* A text is Chinese; a context has languages. */
str scheme_item_title(const struct scheme *s, const struct scheme_decision *d, str id, enum lang lang)
{
    feel_value said = feel_null();
    if (!feel_context_get(d->items, id, &said)) {
        return STR("");
    }
    if (said.kind == FEEL_STRING) {
        return scheme_word(s, feel_str(said), lang);
    }
    return scheme_text((struct scheme_text){ feel_text_member(said, "zh"), feel_text_member(said, "en") }, lang);
}

str scheme_word(const struct scheme *s, str text, enum lang lang)
{
    return lang == LANG_EN && s != NULL ? words_of(s->words, text) : text;
}

str scheme_sentence(const struct scheme *s, str text, enum lang lang, struct arena *a)
{
    return lang == LANG_EN && s != NULL ? words_fill(a, s->words, text) : text;
}
