/* listed: how an entry of an approved list came to its grade. The place in the order and the quotas stand as they were
 * approved; what the decisions of the entry rest on is computed again from its frozen input. */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "work/assess.h"

struct listed {
    struct publish *p;
    struct store_view *v;
    struct arena *a;
    struct work_assessment s;
    struct work_graded e;
    const struct scheme *scheme;
    const struct scheme_assessment *rule;
    const struct scheme_ledger *ledger; /* that the rows are of; NULL: dossiers */
    bool office;                        /* who reads: the office, or the party of the row */
    struct json_writer *w;
    struct error *err;
};

static void write_value(const struct listed *t, const char *name, feel_value v)
{
    json_key(t->w, str_of(name));
    json_raw(t->w, STR(""));
    feel_json_write(v, false, t->w->out);
}

/* ---- The order ---- */

static void write_order(const struct listed *t)
{
    feel_value values = feel_member(t->e.result, "values");
    json_key(t->w, STR("order"));
    json_begin_array(t->w);
    for (uint32_t i = 0; i < t->rule->order_count; i++) {
        str name = scheme_assess_key(t->rule->order[i]), whole = t->rule->order[i];
        bool lot = str_eq(name, STR("lot"));
        feel_value own = feel_null();
        feel_context_get(values, name, &own);
        json_begin_object(t->w);
        json_text_member(t->w, "key", name);
        json_text_member(t->w, "direction", str_trim(str_slice(whole, name.len, whole.len)));
        write_value(t, "value", lot ? feel_member(t->e.result, "lot") : own);
        json_end_object(t->w);
    }
    json_end_array(t->w);
}

/* ---- How many of each grade ---- */

/* The quotas of the entry's group. */
static feel_value quotas_of(const struct listed *t)
{
    feel_value groups, own = feel_member(t->e.result, "group");
    if (feel_json_read(t->a, t->s.quotas, &groups, NULL) != OK) {
        return feel_null();
    }
    for (uint32_t i = 0; groups.kind == FEEL_LIST && i < groups.count; i++) {
        int order;
        feel_value of = feel_member(groups.items[i], "group");
        if (groups.count == 1 || (feel_compare(of, own, &order) && order == 0)) {
            return groups.items[i];
        }
    }
    return feel_null();
}

/* "27 2/5" is 27 for sure, and one more where the remainder is among the largest. */
static void write_share(const struct listed *t, uint32_t i, feel_value quota)
{
    str exact = feel_text_member(quota, "exact");
    size_t digits = 0;
    dec whole, own, more;
    while (digits < exact.len && exact.ptr[digits] != ' ') {
        digits++;
    }
    write_value(t, "part", t->rule->sizes[i]);
    json_text_member(t->w, "exact", exact);
    feel_value q = feel_member(quota, "quota");
    own = q.kind == FEEL_NUMBER ? q.number : dec_from_int(0);
    if (dec_parse(str_slice(exact, 0, digits), &whole) && dec_sub(own, whole, &more)) {
        write_value(t, "more", feel_number(more));
    }
}

static void write_grades(const struct listed *t, feel_value quotas)
{
    feel_value grades = feel_member(quotas, "grades");
    for (uint32_t i = 0; grades.kind == FEEL_LIST && i < grades.count && i < t->rule->grade_count; i++) {
        json_begin_object(t->w);
        publish__write_member(t->w, grades.items[i], "grade");
        publish__write_member(t->w, grades.items[i], "quota");
        if (t->rule->grading == SCHEME_BY_SHARE) {
            write_share(t, i, grades.items[i]);
        }
        if (t->office) {
            publish__write_member(t->w, grades.items[i], "actual");
        }
        json_end_object(t->w);
    }
}

/* The bounds as they were frozen. */
static void write_bounds(const struct listed *t)
{
    feel_value given, group = feel_member(t->e.result, "group"), rows = feel_null();
    if (feel_record_read(t->a, t->s.given, &given, NULL) == OK) {
        feel_context_get(given, t->rule->threshold, &rows);
    }
    for (uint32_t i = 0; rows.kind == FEEL_LIST && i < rows.count; i++) {
        feel_value bound;
        if (scheme_assess_bound(t->rule, rows.items[i], group, &bound)) {
            json_begin_object(t->w);
            publish__write_member(t->w, rows.items[i], "grade");
            write_value(t, "from", bound);
            publish__write_member(t->w, rows.items[i], "source");
            publish__write_member(t->w, rows.items[i], "state");
            json_end_object(t->w);
        }
    }
}

static void write_grading(const struct listed *t)
{
    static const char *const names[] = { [SCHEME_BY_NONE] = "none", [SCHEME_BY_THRESHOLD] = "threshold",
                                         [SCHEME_BY_SHARE] = "share", [SCHEME_BY_COUNT] = "count" };
    feel_value quotas = quotas_of(t);
    json_key(t->w, STR("grading"));
    json_begin_object(t->w);
    json_text_member(t->w, "by", str_of(names[t->rule->grading]));
    json_text_member(t->w, "ties", t->rule->ties);
    publish__write_member(t->w, quotas, "group");
    publish__write_member(t->w, quotas, "count");
    json_key(t->w, STR("grades"));
    json_begin_array(t->w);
    if (t->rule->grading == SCHEME_BY_THRESHOLD) {
        write_bounds(t);
    } else {
        write_grades(t, quotas);
    }
    json_end_array(t->w);
    json_key(t->w, STR("remainder"));
    json_begin_array(t->w);
    for (uint32_t i = 0; i < t->rule->remainder_count; i++) {
        json_string(t->w, t->rule->remainder[i]);
    }
    json_end_array(t->w);
    json_end_object(t->w);
}

/* ---- Decisions ---- */

/* A field of the row that names somebody else is not the reader's own, whoever that is. */
static bool is_own_field(const struct listed *t, str name)
{
    int field = t->ledger == NULL ? -1 : scheme_field(t->ledger, name);
    const struct scheme_field *f = field < 0 ? NULL : &t->ledger->fields[field];
    return f != NULL && f->class >= SCHEME_INTERNAL && f->type != SCHEME_PARTY && f->type != SCHEME_REF;
}

static bool is_shown(const struct listed *t, str name, feel_value v)
{
    return t->office ? !publish__holds_sealed(v)
                     : publish__is_common(t->scheme, name) ||
                           (scheme_fact(t->scheme, name) == NULL && is_own_field(t, name));
}

static str called(const struct listed *t, str name)
{
    int field = t->ledger == NULL ? -1 : scheme_field(t->ledger, name);
    const struct scheme_parameter *p = scheme_parameter(t->scheme, name);
    str title = field >= 0  ? scheme_text(t->ledger->fields[field].title, t->err->lang)
                : p != NULL ? scheme_text(p->title, t->err->lang)
                            : STR("");
    return title.len > 0 ? title : name;
}

/* Writes the names of the inputs that are kept back; true: there are none. */
static bool write_withheld(const struct listed *t, feel_value nodes)
{
    bool open = true;
    json_key(t->w, STR("withheld"));
    json_begin_array(t->w);
    for (uint32_t i = 0; nodes.kind == FEEL_LIST && i < nodes.count; i++) {
        str name = feel_text_member(nodes.items[i], "node");
        if (str_eq(feel_text_member(nodes.items[i], "kind"), STR("input")) &&
            !is_shown(t, name, feel_member(nodes.items[i], "value"))) {
            json_string(t->w, called(t, name));
            open = false;
        }
    }
    json_end_array(t->w);
    return open;
}

static void write_inputs(const struct listed *t, feel_value nodes)
{
    json_key(t->w, STR("inputs"));
    json_begin_array(t->w);
    for (uint32_t i = 0; nodes.kind == FEEL_LIST && i < nodes.count; i++) {
        str name = feel_text_member(nodes.items[i], "node");
        feel_value v = feel_member(nodes.items[i], "value");
        if (str_eq(feel_text_member(nodes.items[i], "kind"), STR("input")) && is_shown(t, name, v)) {
            json_begin_object(t->w);
            json_text_member(t->w, "name", name);
            json_text_member(t->w, "label", called(t, name));
            write_value(t, "value", v);
            json_end_object(t->w);
        }
    }
    json_end_array(t->w);
}

static enum error_code write_decision(const struct listed *t, const char *use, str name)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value why = feel_null();
    enum error_code code = work_assess_explain(t->p->config.work, t->v, t->s.id, t->e.subject, name, &json, t->err);
    code = code == OK ? feel_json_read(t->a, arena_str(t->a, buf_str(&json)), &why, t->err) : code;
    buf_release(&json);
    if (code != OK) {
        return code;
    }
    const struct scheme_decision *said = scheme_described(t->scheme, name);
    feel_value nodes = feel_member(why, "nodes"), result = feel_member(why, "result");
    str title = said == NULL ? STR("") : scheme_text(said->title, t->err->lang);
    bool listed = said != NULL && (said->shape == SCHEME_CHECKLIST || said->shape == SCHEME_SHEET);
    json_begin_object(t->w);
    json_text_member(t->w, "decision", name);
    json_text_member(t->w, "title", title.len > 0 ? title : feel_text_member(why, "decision"));
    json_text_member(t->w, "use", str_of(use));
    bool open = write_withheld(t, nodes) || t->office;
    if (open || strcmp(use, "cap") == 0) { /* the best grade that it may have is its own */
        write_value(t, "value", result);
    }
    write_inputs(t, open ? nodes : feel_null());
    publish__write_items(t->w, t->scheme, said, listed ? result : feel_null(), t->err->lang);
    publish__write_rules(t->w, open ? why : feel_null());
    json_end_object(t->w);
    return OK;
}

static enum error_code write_decisions(const struct listed *t)
{
    enum error_code code = OK;
    json_key(t->w, STR("decisions"));
    json_begin_array(t->w);
    if (t->rule->decide.len > 0) {
        code = write_decision(t, "order", t->rule->decide);
    }
    if (code == OK && t->rule->cap.len > 0) {
        code = write_decision(t, "cap", t->rule->cap);
    }
    json_end_array(t->w);
    return code;
}

/* ---- The whole ---- */

static enum error_code read_entry(struct listed *t, int64_t assessment, int64_t subject)
{
    bool there = work_read_assessment(t->v, assessment, t->a, &t->s) && t->s.approved != 0 &&
                 work_graded_of(t->v, assessment, subject, t->a, &t->e);
    enum error_code code = there ? record_scheme(t->p->config.record, t->v, t->s.bundle, &t->scheme, t->err) : OK;
    if (there && code == OK) {
        t->rule = scheme_assessment(t->scheme, t->s.name);
    }
    if (code == OK && t->rule == NULL) {
        return error_set(t->err, ERROR_MISSING, "there is no such entry in the list");
    }
    return code != OK || t->rule->over_dossiers
               ? code
               : record_ledger(t->p->config.record, t->v, t->scheme, t->rule->over, NULL, &t->ledger, NULL, t->err);
}

enum error_code publish_write_listed(struct publish *p, struct store_view *v, int64_t assessment, int64_t subject,
                                     bool office, struct buf *out, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct json_writer w;
    struct listed t = { .p = p, .v = v, .a = &a, .office = office, .w = &w, .err = err };
    enum error_code code = read_entry(&t, assessment, subject);
    if (code == OK) {
        json_writer_init(&w, out, false);
        json_begin_object(&w);
        json_int_member(&w, "assessment", assessment);
        json_text_member(&w, "entry", t.e.id);
        write_order(&t);
        write_grading(&t);
        code = write_decisions(&t);
        json_end_object(&w);
    }
    arena_release(&a);
    return code;
}
