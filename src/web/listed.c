/* listed: how an entry of a list came to its grade, as a model: the order, the arithmetic of the grades, and the
 * decisions that it rests on. For the office and for the party of the row alike; what is kept back was left out below
 * (publish_write_listed). */
#include "web/desk_int.h"

/* A value as people read it: texts of the scheme in the language of the reader, alone or in a list. */
static str shown(struct web__call *c, const struct scheme *s, feel_value v)
{
    if (v.kind == FEEL_LIST) {
        feel_value *items = ARENA_ARRAY(c->arena, feel_value, v.count);
        for (uint32_t i = 0; i < v.count; i++) {
            bool text = v.items[i].kind == FEEL_STRING;
            items[i] = text ? feel_string(scheme_word(s, feel_str(v.items[i]), c->lang)) : v.items[i];
        }
        v = feel_list(items, v.count);
    }
    return web__shown(c, v.kind == FEEL_STRING ? feel_string(scheme_word(s, feel_str(v), c->lang)) : v);
}

static void put_order(struct web__call *c, struct node *how, const struct scheme *s, const struct scheme_ledger *l,
                      feel_value order)
{
    struct node *list = node_put_list(how, "order");
    for (uint32_t i = 0; order.kind == FEEL_LIST && i < order.count; i++) {
        struct node *n = node_add_object(list);
        str key = feel_text_member(order.items[i], "key");
        bool lot = str_eq(key, STR("lot"));
        bool falls = str_eq(feel_text_member(order.items[i], "direction"), STR("desc"));
        node_put_text(n, "label", lot ? str_of(lang_text(c->lang, "Lot")) : web__value_called(c, s, l, key));
        node_put_word(n, "better", lot     ? "the place that was drawn"
                                   : falls ? "the greater value"
                                           : "the smaller value");
        node_put_text(n, "value", web__shown(c, feel_member(order.items[i], "value")));
    }
}

static void put_grading(struct web__call *c, struct node *how, const struct scheme *s, feel_value grading)
{
    static const char *const members[] = { "part", "exact", "more", "quota", "actual", "from", "source" };
    struct node *list = node_put_list(how, "grades");
    feel_value grades = feel_member(grading, "grades");
    node_put_text(how, "by", feel_text_member(grading, "by"));
    node_put_text(how, "ties", feel_text_member(grading, "ties"));
    node_put_text(how, "group", shown(c, s, feel_member(grading, "group")));
    node_put_text(how, "count", web__shown(c, feel_member(grading, "count")));
    node_put_text(how, "remainder", shown(c, s, feel_member(grading, "remainder")));
    for (uint32_t i = 0; grades.kind == FEEL_LIST && i < grades.count; i++) {
        struct node *n = node_add_object(list);
        str name = feel_text_member(grades.items[i], "grade");
        node_put_text(n, "name", scheme_word(s, name, c->lang));
        node_put_word(n, "look", web__grade_look(name));
        for (size_t k = 0; k < sizeof members / sizeof members[0]; k++) {
            node_put_text(n, members[k], web__shown(c, feel_member(grades.items[i], members[k])));
        }
        str state = feel_text_member(grades.items[i], "state");
        node_put_word(n, "state", state.len > 0 ? web__state_word(state) : "");
    }
    node_put_true(how, "actual", grades.count > 0 && feel_member(grades.items[0], "actual").kind == FEEL_NUMBER);
}

/* ---- What decisions rest on ---- */

/* What a column of a table of inputs is called; empty: it is of no interest for people. */
static str column_called(struct web__call *c, const struct scheme_parameter *p, str name)
{
    for (uint32_t i = 0; p != NULL && i < p->column_count; i++) {
        if (str_eq(p->columns[i].name, name)) {
            return web__called(c, p->columns[i].title, name);
        }
    }
    return p == NULL                       ? name
           : str_eq(name, STR("source"))   ? str_of(lang_text(c->lang, "Source"))
           : str_eq(name, STR("state"))    ? str_of(lang_text(c->lang, "State"))
                                           : STR("");
}

/* Rows of a parameter or a fact, by the names of the first. */
static void put_rows(struct web__call *c, struct node *to, const struct scheme *s, const struct scheme_parameter *p,
                     feel_value rows)
{
    struct node *head = node_put_list(to, "head"), *list = node_put_list(to, "rows");
    const struct feel_shape *shape = rows.items[0].shape;
    for (uint32_t k = 0; k < rows.items[0].count; k++) {
        str title = column_called(c, p, shape->names[k]);
        if (title.len > 0) {
            node_add_text(head, title);
        }
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        struct node *cells = node_put_list(node_add_object(list), "cells");
        for (uint32_t k = 0; k < rows.items[0].count; k++) {
            feel_value v = feel_null();
            if (column_called(c, p, shape->names[k]).len == 0) {
                continue;
            }
            feel_context_get(rows.items[i], shape->names[k], &v);
            bool state = p != NULL && str_eq(shape->names[k], STR("state"));
            node_add_text(cells, state ? str_of(lang_text(c->lang, web__state_word(publish_shown(c->arena, v))))
                                       : shown(c, s, v));
        }
    }
}

static void put_inputs(struct web__call *c, struct node *to, const struct scheme *s, feel_value inputs)
{
    struct node *list = node_put_list(to, "inputs");
    for (uint32_t i = 0; inputs.kind == FEEL_LIST && i < inputs.count; i++) {
        struct node *n = node_add_object(list);
        feel_value v = feel_member(inputs.items[i], "value");
        node_put_text(n, "label", feel_text_member(inputs.items[i], "label"));
        if (v.kind == FEEL_LIST && v.count > 0 && v.items[0].kind == FEEL_CONTEXT) {
            put_rows(c, n, s, scheme_parameter(s, feel_text_member(inputs.items[i], "name")), v);
        } else {
            node_put_text(n, "value", shown(c, s, v));
        }
    }
}

/* Score sheets have marks in the place of what is asked for and found. */
static void put_marks(struct web__call *c, struct node *to, feel_value items)
{
    static const char *const members[] = { "id", "title", "clause", "full", "got" };
    struct node *list = node_put_list(to, "marks");
    for (uint32_t i = 0; items.kind == FEEL_LIST && i < items.count; i++) {
        struct node *n = node_add_object(list);
        for (size_t k = 0; k < sizeof members / sizeof members[0]; k++) {
            node_put_text(n, members[k], web__shown(c, feel_member(items.items[i], members[k])));
        }
    }
}

static void put_decision(struct web__call *c, struct node *to, const struct scheme *s, feel_value d)
{
    const struct scheme_decision *said = scheme_described(s, feel_text_member(d, "decision"));
    feel_value items = feel_member(d, "items");
    bool cap = str_eq(feel_text_member(d, "use"), STR("cap"));
    node_put_text(to, "title", feel_text_member(d, "title"));
    node_put_true(to, "cap", cap);
    if (cap) {
        str grade = feel_text_member(d, "value");
        node_put_text(to, "grade", scheme_word(s, grade, c->lang));
        node_put_word(to, "look", web__grade_look(grade));
    }
    node_put_text(to, "withheld", web__shown(c, feel_member(d, "withheld")));
    put_inputs(c, to, s, feel_member(d, "inputs"));
    web__put_rules(c, to, feel_member(d, "rules"));
    if (said != NULL && said->shape == SCHEME_SHEET) {
        put_marks(c, to, items);
    } else {
        web__put_items(c, to, items);
    }
}

void web__put_listed(struct web__call *c, const struct scheme *s, const struct scheme_ledger *l, feel_value listed)
{
    struct node *how = node_put_object(c->model, "how"), *list = node_put_list(how, "decisions");
    feel_value decisions = feel_member(listed, "decisions");
    put_order(c, how, s, l, feel_member(listed, "order"));
    put_grading(c, how, s, feel_member(listed, "grading"));
    for (uint32_t i = 0; decisions.kind == FEEL_LIST && i < decisions.count; i++) {
        put_decision(c, node_add_object(list), s, decisions.items[i]);
    }
}
