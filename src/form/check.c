/* check: the modes of a request.
 *
 * FILL takes the answers into rows. CORRECT and SCORE first make rows of what was declared, hold each answer against
 * them, and take what may be changed together with the rest. VERIFY makes rows of what was declared, and reads each
 * finding as if it were an answer there.
 */
#include "form/form_int.h"

static void state_init(struct form__state *st, const struct form *f, struct feel_eval *ev,
                       const struct form_request *request, enum lang lang, struct arena *out)
{
    *st = (struct form__state){ .f = f, .ev = ev, .a = feel_eval_arena(ev), .request = request, .lang = lang,
                                .out = out };
}

enum error_code form__begin(struct form__state *st, feel_value answers, struct error *err)
{
    st->root = form__new_row(st, 0, NULL, 0, 0);
    form__take(st, st->root, answers);
    enum error_code code = form__limited(st, err);
    return code != OK ? code : form__settle(st, err);
}

/* ---- What is wrong with the rows ---- */

static void check_row(struct form__state *st, struct form__row *row);

static void count_fault(struct form__state *st, struct form__row *row, uint32_t component, enum form__code code,
                        uint32_t wanted)
{
    struct form__fault fault;
    form__fault(&fault, code, arena_printf(st->a, "%u", wanted), STR(""));
    form__report(st, row, component, feel_null(), fault);
}

/* Whether anything in the component is to be scored. */
static bool has_scored(const struct form *f, uint32_t component)
{
    bool some = false;
    for (uint32_t i = component; i < f->components[component].end; i++) {
        some |= f->components[i].scored;
    }
    return some;
}

static void check_list(struct form__state *st, struct form__row *row, uint32_t component)
{
    struct form__cell *cell = form__cell(st, row, component);
    cell->absent = st->request->mode == FORM_SCORE && !has_scored(st->f, component);
    uint32_t bound, fixed = form__initial_rows(st, component);
    if (cell->fault.set) {
        form__report(st, row, component, cell->answer, cell->fault);
    } else if (st->f->details[component].fixed && cell->row_count > fixed) {
        count_fault(st, row, component, FORM__FIXED_ROWS, fixed);
    } else if (!st->request->draft && form__row_bound(st, row, component, FORM_LEAST, &bound) &&
               cell->row_count < bound) {
        count_fault(st, row, component, FORM__FEW_ROWS, bound);
    } else if (form__row_bound(st, row, component, FORM_MOST, &bound) && cell->row_count > bound) {
        count_fault(st, row, component, FORM__MANY_ROWS, bound);
    }
    for (uint32_t i = 0; i < cell->row_count; i++) {
        check_row(st, cell->rows[i]);
    }
}

/* An answer can only agree with what is computed; and what was declared may have come to something else. */
static void check_computed(struct form__state *st, struct form__row *row, uint32_t component)
{
    struct form__cell *cell = form__cell(st, row, component);
    feel_value before;
    struct form__fault fault;
    if (!cell->given || cell->answer.kind == FEEL_NULL || form__same(st->ev, cell->answer, cell->value)) {
        return;
    }
    str value = form__text_of(st->a, cell->value);
    bool declared = form_get(st->request->declared, form__path(st->a, st, row, component), &before) &&
                    form__same(st->ev, before, cell->answer);
    if (!declared && !str_eq(form__text_of(st->a, cell->answer), value)) {
        form__fault(&fault, FORM__COMPUTED, value, STR(""));
        form__report(st, row, component, cell->answer, fault);
    }
}

/* Runs the expression once more to learn why it gives nothing. The evaluator keeps so many diagnostics and no more. */
static void explain_null(struct form__state *st, struct form__row *row, uint32_t component)
{
    uint32_t before, after, dropped_before, dropped_after;
    feel_eval_diagnostics(st->ev, &before, &dropped_before);
    form__attribute(st, row, component, FORM_EXPRESSION);
    const struct feel_diagnostic *all = feel_eval_diagnostics(st->ev, &after, &dropped_after);
    if (after == before && dropped_after == dropped_before) {
        return; /* null is the result */
    }
    struct buf b = BUF_INIT(1 << 12);
    struct form__fault fault;
    if (after > before) {
        feel_diagnostic_print(&all[before], st->lang, &b);
    } else {
        buf_addz(&b, lang_text(st->lang, "something it needs is missing"));
    }
    form__fault(&fault, FORM__NOT_COMPUTED, arena_str(st->a, buf_str(&b)), STR(""));
    buf_release(&b);
    form__report(st, row, component, feel_null(), fault);
}

/* Whether an answer leaves the value of a cell as it is. Of a box that cannot be ticked a browser sends nothing, which
 * form_answers took for a box that is not ticked: that is no try to change it. */
static bool leaves(struct form__state *st, struct form__row *row, uint32_t component, feel_value answer)
{
    enum form_type type = st->f->components[component].type;
    bool box = type == FORM_TYPE_CHECKBOX || type == FORM_TYPE_CHECKLIST || type == FORM_TYPE_TAGLIST;
    feel_value v = form__empty(type);
    struct form__fault fault;
    if (answer.kind != FEEL_NULL && !form__read(st, row, component, answer, &v, &fault)) {
        return false;
    }
    return (box && form__is_empty(v)) || form__same(st->ev, v, form__cell(st, row, component)->value);
}

static void refuse(struct form__state *st, struct form__row *row, uint32_t component, feel_value answer,
                   enum form__code code, feel_value before)
{
    struct form__fault fault;
    form__fault(&fault, code, form__text_of(st->a, before), STR(""));
    form__report(st, row, component, answer, fault);
}

static void check_readonly(struct form__state *st, struct form__row *row, uint32_t component)
{
    struct form__cell *cell = form__cell(st, row, component);
    if (cell->given && st->request->mode == FORM_FILL && form__is_fixed(st, row, component) &&
        !leaves(st, row, component, cell->answer)) {
        refuse(st, row, component, cell->answer, FORM__READONLY, cell->value);
    }
}

static void check_cell(struct form__state *st, struct form__row *row, uint32_t component)
{
    const struct form_component *c = &st->f->components[component];
    struct form__cell *cell = form__cell(st, row, component);
    if (cell->hidden) {
        return;
    }
    if (c->type == FORM_TYPE_DYNAMICLIST) {
        check_list(st, row, component);
        return;
    }
    if ((c->traits & FORM_KEYED) == 0) {
        return;
    }
    bool score = st->request->mode == FORM_SCORE;
    cell->absent = score ? !c->scored : form__flag(st, row, component, FORM_DISABLED);
    if (c->type == FORM_TYPE_EXPRESSION) {
        check_computed(st, row, component);
        if (cell->value.kind == FEEL_NULL && !cell->absent && !st->request->draft) {
            explain_null(st, row, component);
        }
        return;
    }
    check_readonly(st, row, component);
    if (cell->fault.set) {
        form__report(st, row, component, cell->answer, cell->fault);
    } else if (!cell->absent) {
        form__apply_rules(st, row, component, cell->value, !st->request->draft);
    }
}

static void check_row(struct form__state *st, struct form__row *row)
{
    for (uint32_t i = 0; i < row->scope->component_count && !form__spent(st); i++) {
        check_cell(st, row, row->scope->components[i]);
    }
}

/* ---- CORRECT and SCORE: answers over what was declared ---- */

struct merging {
    struct form__state *st;
    struct form__state *declared; /* rows of what was declared; quiet */
};

bool form__is_open(const struct form_request *rq, str path)
{
    for (uint32_t i = 0; i < rq->open_count; i++) {
        str open = rq->open[i];
        if (str_starts_with(path, open) && open.len > 0 &&
            (path.len == open.len || path.ptr[open.len] == '.' || path.ptr[open.len] == '[')) {
            return true;
        }
    }
    return false;
}

/* Whether the answer may stand at a cell of the declared rows; else it is told why not, unless it changes nothing. */
static bool may_change(struct merging *m, struct form__row *row, uint32_t component, feel_value answer)
{
    struct form__state *st = m->st;
    feel_value before = form__cell(st, row, component)->value, declared;
    str path = form__path(st->a, st, row, component);
    bool score = st->request->mode == FORM_SCORE, fixed = form__is_fixed(m->declared, row, component);
    bool open = score ? st->f->components[component].scored
                      : form__is_open(st->request, path) || !form_get(st->request->declared, path, &declared);
    if (open && !fixed) {
        return true;
    }
    if (!leaves(m->declared, row, component, answer)) {
        refuse(st, row, component, answer, fixed ? FORM__READONLY : score ? FORM__UNSCORED : FORM__CLOSED, before);
    }
    return false;
}

static feel_value merge(struct merging *m, struct form__row *row, uint32_t node, feel_value declared,
                        feel_value answers);

/* Rows are held against those of the same number; rows come and go only in a list that is open. In another the last
 * ones may be lacking, as all that is not to be changed may. */
static feel_value merge_list(struct merging *m, struct form__row *row, uint32_t component, feel_value declared,
                             feel_value answer)
{
    struct form__state *st = m->st;
    struct form__cell *cell = form__cell(st, row, component);
    bool open = st->request->mode == FORM_CORRECT && form__is_open(st->request, form__path(st->a, st, row, component));
    if (open || declared.kind != FEEL_LIST) {
        return answer;
    }
    uint32_t given = answer.kind == FEEL_LIST ? answer.count : 0;
    if (answer.kind != FEEL_LIST && answer.kind != FEEL_NULL) {
        return answer; /* the check says that it is no list */
    }
    if (given > declared.count) {
        struct form__fault fault;
        form__fault(&fault, st->request->mode == FORM_SCORE ? FORM__UNSCORED : FORM__CLOSED,
                    arena_printf(st->a, lang_text(st->lang, "%u rows"), declared.count), STR(""));
        form__report(st, row, component, answer, fault);
    }
    feel_value *items = ARENA_ARRAY(st->a, feel_value, declared.count);
    for (uint32_t i = 0; i < declared.count; i++) {
        bool both = i < given && i < cell->row_count;
        items[i] = both ? merge(m, cell->rows[i], FORM__NONE, declared.items[i], answer.items[i]) : declared.items[i];
    }
    return feel_list(items, declared.count);
}

/* The answer at a child of a node, or what was declared there. */
static feel_value merge_child(struct merging *m, struct form__row *row, uint32_t node, feel_value declared,
                              feel_value answer)
{
    uint32_t component = row->scope->nodes[node].component;
    if (component == FORM__NONE) {
        return merge(m, row, node, declared, answer);
    }
    enum form_type type = m->st->f->components[component].type;
    if (type == FORM_TYPE_DYNAMICLIST) {
        return merge_list(m, row, component, declared, answer);
    }
    return type == FORM_TYPE_EXPRESSION || may_change(m, row, component, answer) ? answer : declared;
}

/* What stands at a node, with the answers that may be there in its place. */
static feel_value merge(struct merging *m, struct form__row *row, uint32_t node, feel_value declared,
                        feel_value answers)
{
    struct arena *a = m->st->a;
    if (answers.kind != FEEL_CONTEXT) {
        return answers.kind == FEEL_NULL ? declared : answers;
    }
    uint32_t count = declared.kind == FEEL_CONTEXT ? declared.count : 0;
    str *names = ARENA_ARRAY(a, str, count + answers.count);
    feel_value *values = ARENA_ARRAY(a, feel_value, count + answers.count);
    for (uint32_t i = 0; i < count; i++) {
        names[i] = declared.shape->names[i];
        values[i] = declared.values[i];
    }
    for (uint32_t i = 0; i < answers.count; i++) {
        str name = answers.shape->names[i];
        int64_t found = declared.kind == FEEL_CONTEXT ? feel_shape_find(declared.shape, name) : -1;
        uint32_t at = found >= 0 ? (uint32_t)found : count++, n = form__find_child(row->scope, node, name);
        names[at] = name;
        values[at] = n == FORM__NONE ? answers.values[i] : merge_child(m, row, n, values[at], answers.values[i]);
    }
    return feel_context(feel_shape_new(a, names, count), values);
}

static enum error_code merge_answers(struct form__state *st, feel_value *ret, struct error *err)
{
    struct form__state declared;
    struct merging m = { st, &declared };
    state_init(&declared, st->f, st->ev, st->request, st->lang, st->out);
    declared.quiet = true;
    enum error_code code = form__begin(&declared, st->request->declared, err);
    if (code == OK) {
        *ret = merge(&m, declared.root, FORM__NONE, st->request->declared, st->request->answers);
    }
    return code;
}

/* ---- VERIFY ---- */

static bool is_member_of_finding(str name)
{
    return str_eq(name, STR("value")) || str_eq(name, STR("note")) || str_eq(name, STR("evidence"));
}

static bool is_finding(feel_value v)
{
    bool fine = v.kind == FEEL_CONTEXT;
    for (uint32_t i = 0; fine && i < v.count; i++) {
        fine = is_member_of_finding(v.shape->names[i]);
    }
    return fine && (feel_member(v, "note").kind == FEEL_STRING || feel_member(v, "note").kind == FEEL_NULL);
}

struct finding {
    struct form__row *row;
    uint32_t component;
    feel_value given;
    feel_value value;
};

/* The value found, as the field would have it; false with a fault. Rules are applied to what can be read. */
static bool read_found(struct form__state *st, struct finding *g, struct form__fault *fault)
{
    feel_value answer = feel_member(g->given, "value");
    g->value = form__empty(st->f->components[g->component].type);
    if (answer.kind != FEEL_NULL && !form__read(st, g->row, g->component, answer, &g->value, fault)) {
        if (st->request->draft) {
            g->value = answer;
        }
        return false;
    }
    form__apply_rules(st, g->row, g->component, g->value, false);
    if (st->f->details[g->component].as_text && g->value.kind == FEEL_NUMBER) {
        g->value = feel_string(form__text_of(st->a, g->value));
    }
    return true;
}

/* {value, note, evidence} with those that were given. */
static feel_value finding_value(struct form__state *st, struct finding *g)
{
    struct form__fault fault = { .set = false };
    feel_value v = feel_context(feel_shape_new(st->a, NULL, 0), NULL), note = feel_member(g->given, "note"), evidence;
    if (feel_context_get(g->given, STR("value"), &evidence)) {
        if (!read_found(st, g, &fault)) {
            form__report(st, g->row, g->component, evidence, fault);
        }
        v = form__with_entry(st->a, v, STR("value"), g->value);
    }
    if (note.kind == FEEL_STRING && note.count > 0) {
        v = form__with_entry(st->a, v, STR("note"), note);
    }
    if (feel_context_get(g->given, STR("evidence"), &evidence) && evidence.kind != FEEL_NULL) {
        feel_value files = evidence;
        if (!form__read_files(st, evidence, LIMIT_FORM_FILES, &files, &fault)) {
            form__report(st, g->row, g->component, evidence, fault);
        }
        v = form__with_entry(st->a, v, STR("evidence"), files);
    }
    return v;
}

static bool can_verify(struct form__state *st, str path, struct finding *g)
{
    feel_value declared;
    bool found = form__locate(st, path, &g->row, &g->component) && form_get(st->request->declared, path, &declared);
    enum form_type type = found ? st->f->components[g->component].type : FORM_TYPE_TEXT;
    return found && type != FORM_TYPE_DYNAMICLIST && type != FORM_TYPE_EXPRESSION &&
           !form__cell(st, g->row, g->component)->hidden;
}

/* False with what is wrong reported. */
static bool find_finding(struct form__state *st, str path, struct finding *g)
{
    struct form__fault fault = { .set = false };
    if (!can_verify(st, path, g)) {
        const struct form_component *c = form_find(st->f, path);
        form__fault(&fault, c == NULL ? FORM__UNKNOWN : FORM__UNDECLARED, STR(""), STR(""));
        form__report_path(st, path, c == NULL ? path : form__plain_label(st->f, c), g->given, fault);
        return false;
    }
    if (!is_finding(g->given)) {
        form__fault(&fault, FORM__FINDING, STR(""), STR(""));
        form__report(st, g->row, g->component, g->given, fault);
        return false;
    }
    return true;
}

static feel_value verify(struct form__state *st)
{
    feel_value answers = st->request->answers;
    uint32_t given = answers.kind == FEEL_CONTEXT ? answers.count : 0, count = 0;
    if (given > LIMIT_FORM_FINDINGS) {
        st->limit = "FORM_FINDINGS";
        given = 0;
    }
    str *names = ARENA_ARRAY(st->a, str, given);
    feel_value *values = ARENA_ARRAY(st->a, feel_value, given);
    for (uint32_t i = 0; i < given; i++) {
        struct finding g = { .given = answers.values[i] };
        if (find_finding(st, answers.shape->names[i], &g)) {
            names[count] = answers.shape->names[i];
            values[count++] = finding_value(st, &g);
        }
    }
    return feel_context(feel_shape_new(st->a, names, count), values);
}

/* ---- All ---- */

/* The rows that the request is about. */
enum error_code form__begin_request(struct form__state *st, struct error *err)
{
    enum form_mode mode = st->request->mode;
    feel_value answers = mode == FORM_VERIFY ? st->request->declared : st->request->answers;
    bool quiet = st->quiet;
    enum error_code code = OK;
    if (mode == FORM_CORRECT || mode == FORM_SCORE) {
        code = merge_answers(st, &answers, err);
    }
    st->quiet |= mode == FORM_VERIFY;
    code = code != OK ? code : form__begin(st, answers, err);
    st->quiet = quiet;
    return code;
}

static enum error_code check(struct form__state *st, feel_value *ret, struct error *err)
{
    enum form_mode mode = st->request->mode;
    enum error_code code = form__begin_request(st, err);
    if (code != OK) {
        return code;
    }
    if (mode == FORM_VERIFY) {
        *ret = verify(st);
    } else {
        check_row(st, st->root);
        *ret = form__row_value(st, st->root, true);
    }
    return form__limited(st, err);
}

enum error_code form_check(const struct form *f, struct feel_eval *ev, const struct form_request *request,
                           enum lang lang, struct arena *a, feel_value *ret_values,
                           const struct form_problem **ret, uint32_t *ret_count, struct error *err)
{
    struct form__state st;
    feel_value values;
    state_init(&st, f, ev, request, lang, a);
    if (request->answers.kind != FEEL_CONTEXT && request->answers.kind != FEEL_NULL) {
        error_set(err, ERROR_INVALID, "the answers must be a JSON object");
        error_hint(err, "give each answer by the key of its field");
        return ERROR_INVALID;
    }
    enum error_code code = check(&st, &values, err);
    if (code != OK) {
        return code;
    }
    struct form_problem *problems = ARENA_ARRAY(a, struct form_problem, st.problem_count);
    if (st.problem_count > 0) {
        memcpy(problems, st.problems, st.problem_count * sizeof *problems);
    }
    *ret_values = feel_copy(a, values);
    *ret = problems;
    *ret_count = st.problem_count;
    return OK;
}

enum error_code form_figures(const struct form *f, struct feel_eval *ev, feel_value declared, feel_value verified,
                             feel_value variables, struct arena *a, feel_value *ret, struct error *err)
{
    struct form__state st;
    struct form_request request = { .mode = FORM_CORRECT, .declared = declared, .variables = variables };
    state_init(&st, f, ev, &request, LANG_EN, a);
    st.quiet = true;
    enum error_code code = form__begin(&st, form_overlay(st.a, declared, verified), err);
    if (code == OK) {
        check_row(&st, st.root); /* what of it is no value of the result */
        *ret = feel_copy(a, form__row_value(&st, st.root, true));
    }
    return code;
}
