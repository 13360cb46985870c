/* explain: what a decision rested on, for programs (JSON) and for people (text). docs/explain.md. */
#include "dmn/explain_int.h"

#include "text/json_write.h"

static str input_expression(const struct dmn_table *t, uint32_t input)
{
    return dmn__text(dmn__child(t->inputs[input], "inputExpression"));
}

/* Dates, times and durations without the @ of FEEL; everything else as FEEL has it. */
void dmn__print_value(feel_value v, struct buf *out)
{
    switch (v.kind) {
    case FEEL_DATE: cal_print_date(v.date, out); break;
    case FEEL_TIME: cal_print_time(v.time, out); break;
    case FEEL_DATE_TIME: cal_print_datetime(v.date_time, out); break;
    case FEEL_SPAN: cal_print_span(v.span, out); break;
    case FEEL_MONTHS: cal_print_months(v.months, out); break;
    default: feel_print(v, out); break;
    }
}

static bool is_defaulted(const struct dmn_table_trace *tt)
{
    bool hit = false;
    for (uint32_t r = 0; r < tt->table->rules.rule_count; r++) {
        hit |= tt->rules[r].outputs != NULL;
    }
    return !hit && tt->table->rules.defaults != NULL;
}

/* ---- JSON ---- */

static void value_member(struct json_writer *w, const char *name, feel_value v)
{
    json_key(w, str_of(name));
    json_raw(w, STR(""));
    feel_json_write(v, false, w->out);
}

static void number_member(struct json_writer *w, const char *name, uint32_t n)
{
    value_member(w, name, feel_number(dec_from_uint(n)));
}

static void bool_member(struct json_writer *w, const char *name, bool b)
{
    json_key(w, str_of(name));
    json_bool(w, b);
}

static void json_annotations(struct json_writer *w, const struct dmn_table *t, uint32_t rule)
{
    const struct xml_node *clause = dmn__child(t->xml, "annotation");
    json_key(w, STR("annotations"));
    json_begin_array(w);
    for (const struct xml_node *x = dmn__child(t->rule_xml[rule], "annotationEntry"); x != NULL;
         x = dmn__next(x, "annotationEntry")) {
        json_begin_object(w);
        json_text_member(w, "name", clause == NULL ? STR("") : dmn__attr(clause, "name"));
        json_text_member(w, "text", dmn__text(x));
        json_end_object(w);
        clause = clause == NULL ? NULL : dmn__next(clause, "annotation");
    }
    const struct xml_node *description = dmn__child(t->rule_xml[rule], "description");
    if (description != NULL && str_trim(description->text).len > 0) {
        json_begin_object(w);
        json_text_member(w, "name", STR("description"));
        json_text_member(w, "text", str_trim(description->text));
        json_end_object(w);
    }
    json_end_array(w);
}

static void json_failed_cell(struct json_writer *w, struct dmn_explainer *x, const struct dmn_node_trace *nt,
                             const struct dmn_table_trace *tt, uint32_t rule)
{
    struct dmn_reason r = dmn__reason(x, nt, tt, rule);
    struct buf sentence = BUF_INIT(w->out->max);
    dmn__write_reason(&r, x->lang, &sentence);
    json_key(w, STR("failed"));
    json_begin_object(w);
    number_member(w, "input", tt->rules[rule].input + 1);
    json_text_member(w, "label", r.label);
    json_text_member(w, "cell", r.cell);
    value_member(w, "value", r.value);
    json_text_member(w, "reason", str_of(dmn__reason_name(r.kind)));
    if (r.relation != NULL) {
        json_text_member(w, "relation", str_of(r.relation));
        value_member(w, "bound", r.bound);
        value_member(w, "gap", r.gap);
    }
    json_text_member(w, "text", buf_str(&sentence));
    json_end_object(w);
    buf_release(&sentence);
}

static void json_outputs(struct json_writer *w, const struct dmn_table *t, const feel_value *outputs)
{
    value_member(w, "output", t->shape == NULL ? outputs[0] : feel_context(t->shape, outputs));
}

static void json_rule(struct json_writer *w, struct dmn_explainer *x, const struct dmn_node_trace *nt,
                      const struct dmn_table_trace *tt, uint32_t r)
{
    const struct dmn_rule_trace *rule = &tt->rules[r];
    json_begin_object(w);
    number_member(w, "rule", r + 1);
    json_text_member(w, "id", dmn__attr(tt->table->rule_xml[r], "id"));
    bool_member(w, "tested", rule->tested);
    bool_member(w, "matched", rule->outputs != NULL);
    if (rule->outputs != NULL) {
        json_outputs(w, tt->table, rule->outputs);
    } else if (rule->tested) {
        json_failed_cell(w, x, nt, tt, r);
    }
    json_annotations(w, tt->table, r);
    json_end_object(w);
}

static void json_table(struct json_writer *w, struct dmn_explainer *x, const struct dmn_node_trace *nt,
                       const struct dmn_table_trace *tt)
{
    const struct dmn_table *table = tt->table;
    str hit = dmn__attr(table->xml, "hitPolicy");
    json_begin_object(w);
    json_text_member(w, "table", table->name);
    json_text_member(w, "hitPolicy", hit.len > 0 ? hit : STR("UNIQUE"));
    json_key(w, STR("inputs"));
    json_begin_array(w);
    for (uint32_t i = 0; i < table->rules.input_count; i++) {
        json_begin_object(w);
        json_text_member(w, "label", dmn__input_label(table, i));
        json_text_member(w, "expression", input_expression(table, i));
        value_member(w, "value", tt->inputs[i]);
        json_end_object(w);
    }
    json_end_array(w);
    json_key(w, STR("rules"));
    json_begin_array(w);
    for (uint32_t r = 0; r < table->rules.rule_count; r++) {
        json_rule(w, x, nt, tt, r);
    }
    json_end_array(w);
    bool_member(w, "defaulted", is_defaulted(tt));
    value_member(w, "result", tt->result);
    json_end_object(w);
}

static void json_diagnostic(struct json_writer *w, const struct feel_diagnostic *d, enum lang lang)
{
    struct buf text = BUF_INIT(4096);
    feel_diagnostic_print(d, lang, &text);
    json_begin_object(w);
    json_text_member(w, "code", str_of(feel_diagnostic_name(d->code)));
    json_text_member(w, "text", buf_str(&text));
    json_text_member(w, "at", d->origin);
    number_member(w, "line", d->origin_line);
    json_text_member(w, "expression", d->source);
    number_member(w, "from", d->from);
    number_member(w, "to", d->to);
    json_end_object(w);
    buf_release(&text);
}

static const char *kind_name(enum dmn_kind kind)
{
    static const char *const names[] = { "input", "decision", "knowledge", "service" };
    return names[kind];
}

/* The values that a node had before it: it requires nothing that has none. */
static feel_value value_of(const struct dmn_trace *t, const struct dmn_node *n)
{
    return t->slots[n - t->model->nodes];
}

static void json_inputs(struct json_writer *w, const struct dmn_trace *t, const struct dmn_node_trace *nt)
{
    json_key(w, STR("inputs"));
    json_begin_array(w);
    for (uint32_t i = 0; !nt->given && i < nt->node->require_count; i++) {
        const struct dmn_node *n = &t->model->nodes[nt->node->requires[i]];
        json_begin_object(w);
        json_text_member(w, "name", n->label);
        value_member(w, "value", value_of(t, n));
        json_end_object(w);
    }
    json_end_array(w);
    json_key(w, STR("knowledge"));
    json_begin_array(w);
    for (uint32_t i = 0; !nt->given && i < nt->node->know_count; i++) {
        json_string(w, t->model->nodes[nt->node->knows[i]].label);
    }
    json_end_array(w);
}

static void json_node(struct json_writer *w, struct dmn_explainer *x, const struct dmn_node_trace *nt)
{
    uint32_t count;
    const struct feel_diagnostic *d = feel_eval_diagnostics(x->t->ev, &count, NULL);
    json_begin_object(w);
    json_text_member(w, "node", nt->node->label);
    json_text_member(w, "kind", str_of(kind_name(nt->node->kind)));
    bool_member(w, "given", nt->given && !nt->missing);
    json_inputs(w, x->t, nt);
    value_member(w, "value", nt->value);
    json_key(w, STR("tables"));
    json_begin_array(w);
    for (const struct dmn_table_trace *tt = nt->tables; tt != NULL; tt = tt->next) {
        json_table(w, x, nt, tt);
    }
    json_end_array(w);
    json_key(w, STR("diagnostics"));
    json_begin_array(w);
    for (uint32_t i = nt->diagnostics_from; i < nt->diagnostics_to; i++) {
        json_diagnostic(w, &d[i], x->lang);
    }
    json_end_array(w);
    json_end_object(w);
}

static struct dmn_explainer begin(const struct dmn_trace *t, enum lang lang)
{
    return (struct dmn_explainer){ t, lang, feel_eval_new(feel_eval_environment(t->ev)) };
}

void dmn_explain_json(const struct dmn_trace *t, enum lang lang, struct buf *out)
{
    struct dmn_explainer x = begin(t, lang);
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "model", t->model->name);
    json_text_member(&w, "hash", t->model->hash);
    json_text_member(&w, "decision", t->target->label);
    value_member(&w, "result", t->result);
    json_key(&w, STR("nodes"));
    json_begin_array(&w);
    for (uint32_t i = 0; i < t->node_count; i++) {
        json_node(&w, &x, &t->nodes[i]);
    }
    json_end_array(&w);
    json_end_object(&w);
    feel_eval_free(x.ev);
}

/* ---- Text ---- */

static void text_annotations(const struct dmn_table *t, uint32_t rule, enum lang lang, struct buf *out)
{
    struct buf all = BUF_INIT(out->max);
    for (const struct xml_node *x = dmn__child(t->rule_xml[rule], "annotationEntry"); x != NULL;
         x = dmn__next(x, "annotationEntry")) {
        str text = dmn__text(x);
        if (text.len > 0) {
            buf_printf(&all, "%s%.*s", all.len == 0 ? "" : "; ", STR_ARG(text));
        }
    }
    if (all.len > 0) {
        buf_printf(out, lang_text(lang, " (%.*s)"), STR_ARG(buf_str(&all)));
    }
    buf_release(&all);
}

static void text_rule(struct dmn_explainer *x, const struct dmn_node_trace *nt, const struct dmn_table_trace *tt,
                      uint32_t r, struct buf *out)
{
    const struct dmn_table *table = tt->table;
    const feel_value *outputs = tt->rules[r].outputs;
    if (outputs != NULL) {
        buf_printf(out, lang_text(x->lang, "    ✓ rule %u fits"), r + 1);
        buf_addz(out, " → ");
        dmn__print_value(table->shape == NULL ? outputs[0] : feel_context(table->shape, outputs), out);
    } else {
        struct dmn_reason reason = dmn__reason(x, nt, tt, r);
        buf_printf(out, lang_text(x->lang, "    ✗ rule %u: "), r + 1);
        dmn__write_reason(&reason, x->lang, out);
    }
    text_annotations(table, r, x->lang, out);
    buf_addc(out, '\n');
}

static void text_columns(const struct dmn_explainer *x, const struct dmn_table_trace *tt, struct buf *out)
{
    for (uint32_t i = 0; i < tt->table->rules.input_count; i++) {
        buf_addz(out, i == 0 ? "    " : lang_text(x->lang, ", "));
        buf_add(out, dmn__input_label(tt->table, i));
        buf_addz(out, " = ");
        dmn__print_value(tt->inputs[i], out);
    }
    if (tt->table->rules.input_count > 0) {
        buf_addc(out, '\n');
    }
}

static void text_table(struct dmn_explainer *x, const struct dmn_node_trace *nt, const struct dmn_table_trace *tt,
                       struct buf *out)
{
    const struct dmn_table *table = tt->table;
    str hit = dmn__attr(table->xml, "hitPolicy");
    buf_printf(out, lang_text(x->lang, "  table %.*s (%.*s)\n"), STR_ARG(table->name),
               STR_ARG(hit.len > 0 ? hit : STR("UNIQUE")));
    text_columns(x, tt, out);
    for (uint32_t r = 0; r < table->rules.rule_count; r++) {
        if (tt->rules[r].tested) {
            text_rule(x, nt, tt, r, out);
        }
    }
    if (is_defaulted(tt)) {
        buf_addz(out, lang_text(x->lang, "    no rule fits: the default output stands\n"));
    }
}

/* How many of the diagnostics from `first` on read as that one does; 0 when an earlier one did. */
static uint32_t count_same(const str *texts, uint32_t first, uint32_t count)
{
    uint32_t same = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(texts[i], texts[first])) {
            if (i < first) {
                return 0;
            }
            same++;
        }
    }
    return same;
}

/* Those that read the same, as the cells of one column do for a null, are one line. */
static void text_diagnostics(const struct dmn_explainer *x, const struct dmn_node_trace *nt, struct buf *out)
{
    str texts[LIMIT_FEEL_DIAGNOSTICS];
    uint32_t all, count = nt->diagnostics_to - nt->diagnostics_from;
    const struct feel_diagnostic *d = feel_eval_diagnostics(x->t->ev, &all, NULL);
    struct buf b = BUF_INIT(out->max);
    for (uint32_t i = 0; i < count; i++) {
        buf_clear(&b);
        feel_diagnostic_print(&d[nt->diagnostics_from + i], x->lang, &b);
        texts[i] = arena_str(feel_eval_arena(x->ev), buf_str(&b));
    }
    buf_release(&b);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t same = count_same(texts, i, count);
        if (same > 0) {
            buf_printf(out, "  ! %.*s", STR_ARG(texts[i]));
        }
        if (same > 1) {
            buf_printf(out, " (×%u)", same);
        }
        buf_addz(out, same > 0 ? "\n" : "");
    }
}

static void text_node(struct dmn_explainer *x, const struct dmn_node_trace *nt, struct buf *out)
{
    buf_addz(out, nt->missing ? lang_text(x->lang, "not given: ")
                  : nt->given ? lang_text(x->lang, "given: ")
                              : lang_text(x->lang, "decided: "));
    buf_add(out, nt->node->label);
    if (!nt->missing) {
        buf_addz(out, " = ");
        dmn__print_value(nt->value, out);
    }
    buf_addc(out, '\n');
    for (uint32_t i = 0; !nt->given && i < nt->node->require_count; i++) {
        const struct dmn_node *n = &x->t->model->nodes[nt->node->requires[i]];
        buf_addz(out, i == 0 ? lang_text(x->lang, "  from ") : lang_text(x->lang, ", "));
        buf_add(out, n->label);
    }
    if (!nt->given && nt->node->require_count > 0) {
        buf_addc(out, '\n');
    }
    for (const struct dmn_table_trace *tt = nt->tables; tt != NULL; tt = tt->next) {
        text_table(x, nt, tt, out);
    }
    text_diagnostics(x, nt, out);
}

void dmn_explain_text(const struct dmn_trace *t, enum lang lang, struct buf *out)
{
    struct dmn_explainer x = begin(t, lang);
    for (uint32_t i = 0; i < t->node_count; i++) {
        text_node(&x, &t->nodes[i], out);
    }
    buf_printf(out, lang_text(lang, "result: %.*s = "), STR_ARG(t->target->label));
    dmn__print_value(t->result, out);
    buf_addc(out, '\n');
    feel_eval_free(x.ev);
}
