/* judge: what a row must stand beside the types of its fields: codes that their parameters have, and the ledger's own
 * decision `checks`. Imports and writers of a single row ask the same. */
#include "record/table_int.h"

#include "scheme/fact.h"
#include "text/utf8.h"

#include <stdlib.h>

/* ---- Codes ---- */

static int by_text(const void *a, const void *b)
{
    return str_cmp(((const struct record__code *)a)->text, ((const struct record__code *)b)->text);
}

/* What a code may be stands in the first key column of its parameter. One without rows says nothing. */
enum error_code record__read_codes(struct store_view *v, struct arena *a, const struct scheme *s,
                                   const struct scheme_field *f, struct record__codes *ret, struct error *err)
{
    struct arena scratch = ARENA_INIT;
    struct record__rows rows = { .count = 0 };
    const struct scheme_parameter *p = f->of.len == 0 ? NULL : scheme_parameter(s, f->of);
    bool asked = f->type == SCHEME_CODE && p != NULL && f->option_count == 0;
    *ret = (struct record__codes){ NULL, 0 };
    enum error_code code = !asked ? OK : record__table_rows(v, record__table(&scratch, s, p), &scratch, &rows, err);
    if (code == OK && rows.count > 0) {
        ret->ptr = ARENA_ARRAY(a, struct record__code, rows.count);
        for (uint32_t i = 0; i < rows.count; i++) {
            const struct record_row *row = &rows.list[i];
            if (row->body.values[0].kind == FEEL_STRING) {
                ret->ptr[ret->count++] = (struct record__code){ arena_str(a, feel_str(row->body.values[0])),
                                                                row->valid_from, row->valid_to };
            }
        }
        qsort(ret->ptr, ret->count, sizeof *ret->ptr, by_text);
    }
    arena_release(&scratch);
    return code;
}

static bool in_force(const struct record__code *c, int64_t at)
{
    return c->from <= at && at < c->to;
}

bool record__is_code(const struct record__codes *codes, str text, int64_t at)
{
    struct record__code key = { .text = text };
    const struct record__code *c = codes->count == 0 ? NULL
                                                     : bsearch(&key, codes->ptr, codes->count, sizeof key, by_text);
    while (c != NULL && c > codes->ptr && str_eq(c[-1].text, text)) {
        c--; /* the same code in other years */
    }
    for (; c != NULL && c < codes->ptr + codes->count && str_eq(c->text, text); c++) {
        if (in_force(c, at)) {
            return true;
        }
    }
    return codes->ptr == NULL;
}

str record__near_codes(struct arena *a, const struct record__codes *codes, str text, int64_t at)
{
    struct record__near near = { .text = text };
    for (uint32_t i = 0; i < codes->count; i++) {
        const struct record__code *c = &codes->ptr[i];
        if (in_force(c, at)) {
            record__near(&near, c->text, c->text);
        }
    }
    return record__near_ones(a, &near);
}

enum error_code record__no_code(struct arena *a, const struct scheme_field *f, const struct record__codes *codes,
                                str text, int64_t at, struct error *err)
{
    str near = record__near_codes(a, codes, text, at);
    error_set(err, ERROR_INVALID, "the field \"%.*s\" has no code \"%.*s\" on this day", STR_ARG(f->name),
              STR_ARG(text));
    if (near.len > 0) {
        error_detail(err, "near it: %.*s", STR_ARG(near));
    }
    error_hint(err, "use a code that the parameter \"%.*s\" has, or add it there first", STR_ARG(f->of));
    return ERROR_INVALID;
}

/* The day that the codes of a row must be in force on: its first, else today. */
int64_t record__day_of_codes(const struct record_plan *plan, int64_t valid_from)
{
    return valid_from == INT64_MIN ? plan->now : valid_from;
}

static enum error_code judge_codes(const struct record_plan *plan, const struct scheme *s,
                                   const struct scheme_ledger *l, feel_value values, int64_t at, struct error *err)
{
    enum error_code code = OK;
    for (uint32_t i = 0; code == OK && i < l->field_count; i++) {
        const struct scheme_field *f = &l->fields[i];
        struct record__codes codes;
        feel_value v;
        if (f->type != SCHEME_CODE || !feel_context_get(values, f->name, &v) || v.kind != FEEL_STRING) {
            continue;
        }
        code = record__read_codes(plan->view, plan->arena, s, f, &codes, err);
        if (code == OK && !record__is_code(&codes, feel_str(v), at)) {
            code = record__no_code(plan->arena, f, &codes, feel_str(v), at, err);
        }
    }
    return code;
}

/* ---- The ledger's own decision ---- */

enum error_code record__find_checks(const struct scheme *s, const struct scheme_ledger *l,
                                    const struct dmn_model **ret, uint32_t *ret_node, struct error *err)
{
    *ret_node = 0;
    *ret = l->checks.len == 0 ? NULL : scheme_find_decision(s, l->checks, ret_node);
    return l->checks.len == 0 || *ret != NULL
               ? OK
               : error_set(err, ERROR_MISSING, "the scheme has no decision \"%.*s\"", STR_ARG(l->checks));
}

static enum error_code take_problems(const struct scheme_ledger *l, struct arena *a, feel_value found,
                                     const struct record__problem **ret, uint32_t *ret_count, struct error *err)
{
    feel_value list = feel_member(found, "problems");
    list = list.kind == FEEL_LIST ? list : found;
    if (list.kind != FEEL_LIST) {
        error_set(err, ERROR_INVALID, "the decision \"%.*s\" does not give a list of problems", STR_ARG(l->checks));
        error_hint(err, "its result must be a list of contexts with path, level and text");
        return ERROR_INVALID;
    }
    struct record__problem *all = ARENA_ARRAY(a, struct record__problem, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        feel_value p = list.items[i];
        all[i] = (struct record__problem){ .path = arena_str(a, feel_text_member(p, "path")),
                                           .text = arena_str(a, feel_text_member(p, "text")),
                                           .remedy = arena_str(a, feel_text_member(p, "remedy")),
                                           .warning = str_eq(feel_text_member(p, "level"), STR("warning")) };
    }
    *ret = all;
    *ret_count = list.count;
    return OK;
}

static cal_date day_of(const struct record_plan *plan)
{
    cal_datetime t;
    int64_t seconds = plan->now / 1000000;
    cal_zone zone = (cal_zone)cal_zone_offset_at(plan->record->zone, seconds);
    return cal_datetime_from_utc(seconds, 0, zone, &t) ? (cal_date){ t.year, t.month, t.day } : (cal_date){ 0 };
}

enum error_code record__problems(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                                 const struct dmn_model *m, uint32_t node, const struct record_row *row,
                                 const struct record__problem **ret, uint32_t *ret_count, struct error *err)
{
    feel_value self = record_context(plan->arena, l, row), bound, used;
    feel_eval_reset(plan->ev);
    enum error_code code = record_bind(plan->record, plan->view, plan->ev, s, m, node, self, day_of(plan), plan->arena,
                                       &bound, &used, err);
    if (code != OK) {
        return code;
    }
    feel_value inputs = scheme_merged(plan->arena, self, bound);
    feel_value found = dmn_evaluate(m, plan->ev, node, inputs, DMN_TEXT_DATES);
    code = feel_eval_limit(plan->ev, err);
    return code == OK ? take_problems(l, plan->arena, found, ret, ret_count, err) : code;
}

/* "field = value" of a problem, or nothing. */
static void print_place(struct buf *out, const struct record_row *row, str path)
{
    feel_value v;
    if (feel_context_get(row->body, path, &v)) {
        buf_printf(out, "%.*s = ", STR_ARG(path));
        feel_print(v, out);
    }
}

/* The first problem that holds it up is the error; the others stand in its detail. */
static enum error_code tell(const struct record_row *row, const struct record__problem *list, uint32_t count,
                            uint32_t first, struct error *err)
{
    struct buf detail = BUF_INIT(400);
    const struct record__problem *p = &list[first];
    error_set(err, ERROR_INVALID, "%.*s", STR_ARG(p->text));
    print_place(&detail, row, p->path);
    for (uint32_t i = 0; i < count; i++) {
        if (i != first) {
            buf_addz(&detail, detail.len == 0 ? "" : "; ");
            print_place(&detail, row, list[i].path);
            buf_printf(&detail, ": %.*s%s%.*s", STR_ARG(list[i].text), list[i].remedy.len > 0 ? ": " : "",
                       STR_ARG(list[i].remedy));
        }
    }
    if (detail.len > 0) {
        error_detail(err, "%.*s", STR_ARG(buf_str(&detail)));
    }
    if (p->warning) {
        error_hint(err, "%.*s%sif it is so all the same, say why with --despite", STR_ARG(p->remedy),
                   p->remedy.len > 0 ? "; " : "");
    } else {
        error_hint(err, "%.*s", STR_ARG(p->remedy));
    }
    buf_release(&detail);
    return ERROR_INVALID;
}

/* What is left to say of warnings: the reason of whoever writes; a process has none, and the warnings stand there. */
static str reason_for(struct arena *a, const struct record_plan *plan, const struct record__problem *list,
                      uint32_t count)
{
    str all = plan->despite;
    for (uint32_t i = 0; plan->despite.len == 0 && i < count; i++) {
        all = arena_printf(a, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : "; ", STR_ARG(list[i].text));
    }
    return all;
}

static enum error_code judge_row(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                                 const struct record_row *row, str *ret_reason, struct error *err)
{
    const struct dmn_model *m;
    const struct record__problem *list;
    uint32_t node, count = 0, i = 0;
    enum error_code code = record__find_checks(s, l, &m, &node, err);
    code = code == OK ? record__problems(plan, s, l, m, node, row, &list, &count, err) : code;
    if (code != OK || count == 0) {
        return code;
    }
    bool warnings_pass = plan->by == SCHEME_BY_PROCESS || plan->despite.len > 0;
    while (i < count && list[i].warning) {
        i++;
    }
    if (i < count || !warnings_pass) {
        return tell(row, list, count, i < count ? i : 0, err);
    }
    *ret_reason = reason_for(plan->arena, plan, list, count);
    return OK;
}

enum error_code record__judge(const struct record_plan *plan, const struct scheme *s, const struct scheme_ledger *l,
                              feel_value values, const struct record__revision *rev, const struct record_row *before,
                              str *ret_reason, struct error *err)
{
    const struct cal_calendar *calendar = NULL;
    enum error_code code = judge_codes(plan, s, l, values, record__day_of_codes(plan, rev->row.valid_from), err);
    *ret_reason = STR("");
    if (code != OK || l->checks.len == 0) {
        return code;
    }
    struct feel_environment env = { .instant = plan->now / 1000000, .zone = plan->record->zone };
    code = record_calendar(plan->record, plan->view, &calendar, err);
    env.calendar = calendar;
    struct record_plan own = *plan; /* the evaluator of whoever writes may still hold his values */
    own.ev = feel_eval_new(&env);
    struct record_row row = rev->row;
    code = code == OK ? record__plain_body(plan, s, l, values, before, &row.body, err) : code;
    code = code == OK ? judge_row(&own, s, l, &row, ret_reason, err) : code;
    feel_eval_free(own.ev);
    return code;
}
