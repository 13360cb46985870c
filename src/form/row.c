/* row: the answers of a request as rows of cells, and values out of them. */
#include "form/form_int.h"

struct form__row *form__new_row(struct form__state *st, uint32_t scope, struct form__row *parent, uint32_t list,
                                uint32_t index)
{
    const struct form__scope *s = &st->f->scopes[scope];
    struct form__row *row = ARENA_NEW(st->a, struct form__row);
    st->cells += s->component_count;
    if (st->cells > LIMIT_FORM_CELLS) {
        st->limit = "FORM_CELLS";
    }
    *row = (struct form__row){ .scope = s, .parent = parent, .list = list, .index = index,
                               .cells = ARENA_ARRAY(st->a, struct form__cell, s->component_count),
                               .built_at = UINT64_MAX };
    for (uint32_t i = 0; i < s->component_count; i++) {
        row->cells[i].value = form__empty(st->f->components[s->components[i]].type);
        row->cells[i].built_at = UINT64_MAX;
    }
    return row;
}

struct form__cell *form__cell(const struct form__state *st, struct form__row *row, uint32_t component)
{
    assert(row->scope == &st->f->scopes[st->f->details[component].scope]);
    return &row->cells[st->f->details[component].local];
}

/* ---- Answers to cells ---- */

static bool static_number(const struct form__state *st, uint32_t component, enum form_attribute which, uint32_t *ret)
{
    const struct form__dynamic *d = &st->f->details[component].attributes[which];
    int64_t n;
    dec number = DEC_SMALL(0);
    if (d->kind != FORM__CONSTANT || (d->constant.kind != FEEL_NUMBER && d->constant.kind != FEEL_STRING) ||
        (d->constant.kind == FEEL_STRING && !dec_parse(feel_str(d->constant), &number))) {
        return false;
    }
    number = d->constant.kind == FEEL_NUMBER ? d->constant.number : number;
    if (!dec_to_int(number, &n) || n < 0 || n > LIMIT_FORM_ROWS) {
        return false;
    }
    *ret = (uint32_t)n;
    return true;
}

/* How many labels `a|b|c` has. */
static uint32_t count_labels(str labels)
{
    uint32_t n = labels.len > 0;
    for (size_t i = 0; i < labels.len; i++) {
        n += labels.ptr[i] == '|';
    }
    return n;
}

uint32_t form__initial_rows(const struct form__state *st, uint32_t component)
{
    uint32_t n = st->f->details[component].repetitions, least;
    uint32_t labels = count_labels(form_property(&st->f->components[component], STR("rows")));
    if (labels > 0 && st->f->components[component].matrix) {
        return labels;
    }
    return static_number(st, component, FORM_LEAST, &least) && least > n ? least : n;
}

static void take_list(struct form__state *st, struct form__row *row, uint32_t component)
{
    const struct form__detail *d = &st->f->details[component];
    struct form__cell *cell = form__cell(st, row, component);
    bool list = cell->given && cell->answer.kind == FEEL_LIST;
    if (cell->given && !list && cell->answer.kind != FEEL_NULL) {
        form__fault(&cell->fault, FORM__LIST, STR(""), STR(""));
    }
    uint32_t given = list ? cell->answer.count : 0;
    uint32_t count = cell->given && list ? given : form__initial_rows(st, component);
    if (d->fixed && count < form__initial_rows(st, component)) {
        count = form__initial_rows(st, component);
    }
    if (count > LIMIT_FORM_ROWS) {
        st->limit = "FORM_ROWS";
        return;
    }
    cell->rows = ARENA_ARRAY(st->a, struct form__row *, count);
    for (uint32_t i = 0; i < count && st->limit == NULL; i++) {
        cell->rows[i] = form__new_row(st, d->list, row, component, i + 1);
        cell->row_count = i + 1;
        form__take(st, cell->rows[i], i < given ? cell->answer.items[i] : feel_null());
    }
}

static void unknown(struct form__state *st, struct form__row *row, uint32_t node, str name, feel_value value)
{
    str before = node != FORM__NONE ? form__node_path(st->a, st, row, node) : form__row_path(st->a, st, row);
    str path = before.len == 0 ? name : arena_printf(st->a, "%.*s.%.*s", STR_ARG(before), STR_ARG(name));
    form__report_path(st, path, path, value, (struct form__fault){ .set = true, .code = FORM__UNKNOWN });
}

/* The answers that stand at a node's place: a context of its children. */
static void take_children(struct form__state *st, struct form__row *row, uint32_t node, feel_value answers)
{
    const struct form__scope *s = row->scope;
    if (answers.kind != FEEL_CONTEXT) {
        if (answers.kind != FEEL_NULL) {
            str path = node != FORM__NONE ? form__node_path(st->a, st, row, node) : form__row_path(st->a, st, row);
            form__report_path(st, path, path, answers, (struct form__fault){ .set = true, .code = FORM__GROUP });
        }
        return;
    }
    uint32_t next = FORM__NONE; /* most answers come in the order of the form */
    for (uint32_t i = 0; i < answers.count; i++) {
        str name = answers.shape->names[i];
        bool follows = next != FORM__NONE && str_eq(s->nodes[next].name, name);
        uint32_t n = follows ? next : form__find_child(s, node, name);
        next = n == FORM__NONE ? FORM__NONE : s->nodes[n].next;
        if (n == FORM__NONE) {
            unknown(st, row, node, name, answers.values[i]);
        } else if (s->nodes[n].component == FORM__NONE) {
            take_children(st, row, n, answers.values[i]);
        } else {
            struct form__cell *cell = form__cell(st, row, s->nodes[n].component);
            cell->given = true;
            cell->answer = answers.values[i];
        }
    }
}

void form__take(struct form__state *st, struct form__row *row, feel_value answers)
{
    take_children(st, row, FORM__NONE, answers);
    for (uint32_t i = 0; i < row->scope->component_count && st->limit == NULL; i++) {
        uint32_t component = row->scope->components[i];
        if (st->f->components[component].type == FORM_TYPE_DYNAMICLIST) {
            take_list(st, row, component);
        }
    }
}

/* ---- Cells to values ---- */

static feel_value list_value(struct form__state *st, struct form__cell *cell, bool result)
{
    if (!result && cell->built_at == st->change) {
        return cell->built;
    }
    feel_value *items = ARENA_ARRAY(st->a, feel_value, cell->row_count);
    for (uint32_t i = 0; i < cell->row_count; i++) {
        items[i] = form__row_value(st, cell->rows[i], result);
    }
    feel_value v = feel_list(items, cell->row_count);
    if (!result) {
        cell->built = v;
        cell->built_at = st->change;
    }
    return v;
}

static feel_value cell_value(struct form__state *st, struct form__row *row, uint32_t component, bool result,
                             bool *ret_there)
{
    struct form__cell *cell = form__cell(st, row, component);
    const struct form_component *c = &st->f->components[component];
    *ret_there = !cell->hidden && !(result && cell->absent);
    if (!*ret_there) {
        return feel_null();
    }
    if (c->type == FORM_TYPE_DYNAMICLIST) {
        return list_value(st, cell, result);
    }
    if (!result) {
        return cell->value;
    }
    if (cell->kept) {
        return cell->answer;
    }
    if (st->f->details[component].as_text && cell->value.kind == FEEL_NUMBER) {
        return feel_string(form__text_of(st->a, cell->value));
    }
    return cell->value;
}

/* A context of the nodes that have a value; one shape where all have. */
static feel_value context_value(struct form__state *st, struct form__row *row, uint32_t first, uint32_t count,
                                const struct feel_shape *shape, bool result)
{
    const struct form__scope *s = row->scope;
    feel_value *values = ARENA_ARRAY(st->a, feel_value, count);
    uint32_t there = 0, i = 0;
    uint64_t *missing = NULL;
    for (uint32_t n = first; n != FORM__NONE; n = s->nodes[n].next, i++) {
        bool is_there;
        feel_value v = form__node_value(st, row, n, result, &is_there);
        if (!is_there && missing == NULL) {
            missing = ARENA_ARRAY(st->a, uint64_t, count / 64 + 1);
        }
        if (!is_there) {
            missing[i / 64] |= (uint64_t)1 << i % 64;
            continue;
        }
        values[there++] = v;
    }
    if (missing == NULL) {
        return feel_context(shape, values);
    }
    str *names = ARENA_ARRAY(st->a, str, there);
    uint32_t k = 0;
    i = 0;
    for (uint32_t n = first; n != FORM__NONE; n = s->nodes[n].next, i++) {
        if ((missing[i / 64] >> i % 64 & 1) == 0) {
            names[k++] = s->nodes[n].name;
        }
    }
    return feel_context(feel_shape_new(st->a, names, there), values);
}

feel_value form__row_value(struct form__state *st, struct form__row *row, bool result)
{
    if (!result && row->built_at == row->changed_at) {
        return row->built;
    }
    feel_value v = context_value(st, row, row->scope->first, row->scope->top_count, row->scope->shape, result);
    if (!result) {
        row->built = v;
        row->built_at = row->changed_at;
    }
    return v;
}

/* A context is there when anything in it is. */
feel_value form__node_value(struct form__state *st, struct form__row *row, uint32_t node, bool result,
                            bool *ret_there)
{
    const struct form__node *n = &row->scope->nodes[node];
    if (n->component != FORM__NONE) {
        return cell_value(st, row, n->component, result, ret_there);
    }
    feel_value v = context_value(st, row, n->first, n->children, n->shape, result);
    *ret_there = v.count > 0;
    return *ret_there ? v : feel_null();
}

/* ---- Paths to cells ---- */

bool form__locate(const struct form__state *st, str path, struct form__row **ret_row, uint32_t *ret_component)
{
    struct form__row *row = st->root;
    uint32_t node = FORM__NONE, index, component = FORM__NONE;
    str name;
    while (path.len > 0) {
        if (!form__step(&path, &name, &index) || (node = form__find_child(row->scope, node, name)) == FORM__NONE) {
            return false;
        }
        component = row->scope->nodes[node].component;
        bool list = component != FORM__NONE && st->f->components[component].type == FORM_TYPE_DYNAMICLIST;
        if (index != 0) {
            struct form__cell *cell = list ? form__cell(st, row, component) : NULL;
            if (cell == NULL || index > cell->row_count || path.len == 0) {
                return false;
            }
            row = cell->rows[index - 1];
            node = FORM__NONE;
            component = FORM__NONE;
        }
    }
    *ret_row = row;
    *ret_component = component;
    return component != FORM__NONE;
}
