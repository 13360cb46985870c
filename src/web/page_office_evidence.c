/* page_office_evidence: what an item of a decision rests on: beside the machine's value what was declared and what was
 * found on the spot, the rows that the rules read (titles, credit, contracts), and what the party declared before, with
 * the differences. */
#include "web/office.h"

#include "base/limit.h"

enum { EARLIER = 5, CHANGES = 60, COLUMNS = 8, ROWS = 30 };

/* ---- Values beside an item ---- */

/* The label of an option, the number of rows or files, else the value as it is. */
static str shown(struct web__call *c, const struct form_component *f, feel_value v)
{
    if (f->type == FORM_TYPE_FILEPICKER || (f->traits & FORM_LIST) != 0) {
        uint32_t count = v.kind == FEEL_LIST ? v.count : 0;
        return arena_printf(c->arena, lang_text(c->lang, (f->traits & FORM_LIST) != 0 ? "%u rows" : "%u files"), count);
    }
    struct form_view view = { .value = v, .options = f->options };
    return v.kind == FEEL_NULL ? STR("—") : web__view_shown(c->arena, &view);
}

/* Corrections inside of a list count as one of it. */
static uint32_t verified_below(feel_value verified, str path)
{
    uint32_t count = 0;
    for (uint32_t i = 0; verified.kind == FEEL_CONTEXT && i < verified.count; i++) {
        str name = verified.shape->names[i];
        count += str_starts_with(name, path) && name.len > path.len && name.ptr[path.len] == '[';
    }
    return count;
}

static void put_value(struct web__call *c, struct node *list, const struct form_component *f, str path,
                      feel_value variables)
{
    feel_value declared = feel_null(), found = feel_null(), value = feel_null();
    feel_value verified = feel_member(variables, "verified");
    form_get(feel_member(variables, "declared"), path, &declared);
    bool looked_at = verified.kind == FEEL_CONTEXT && feel_context_get(verified, path, &found);
    if (declared.kind == FEEL_NULL && !looked_at) {
        return; /* it was not asked of him */
    }
    struct node *n = node_add_object(list);
    node_put_text(n, "label", form_title(f));
    node_put_text(n, "declared", shown(c, f, declared));
    if (looked_at) {
        bool some = feel_context_get(found, STR("value"), &value);
        str text = some ? shown(c, f, value) : STR("");
        node_put_text(n, "verified", text);
        node_put_true(n, "changed", some && !str_eq(text, shown(c, f, declared)));
        node_put_text(n, "note", feel_text_member(found, "note"));
    } else if (verified_below(verified, path) > 0) {
        node_put_text(n, "verified", arena_printf(c->arena, lang_text(c->lang, "%u places"),
                                                  verified_below(verified, path)));
        node_put_true(n, "changed", true);
    }
}

static feel_value fact_value(feel_value nodes, str name)
{
    for (uint32_t i = 0; nodes.kind == FEEL_LIST && i < nodes.count; i++) {
        if (str_eq(feel_text_member(nodes.items[i], "node"), name)) {
            return feel_member(nodes.items[i], "value");
        }
    }
    return feel_null();
}

static str fact_title(struct web__call *c, struct store_view *v, const struct scheme *s, const struct scheme_fact *f,
                      const struct scheme_ledger **ret_ledger)
{
    *ret_ledger = NULL;
    bool there = f->kind == SCHEME_FACT_LEDGER &&
                 record_ledger(work_record(c->web->config.work), v, s, f->target, NULL, ret_ledger, NULL, NULL) == OK;
    str title = there ? scheme_text((*ret_ledger)->title, c->lang) : STR("");
    return title.len > 0 ? title : f->name;
}

void web__put_item_evidence(struct web__call *c, struct store_view *v, struct node *item, const struct web__rest *rest,
                            str id)
{
    feel_value names = feel_null();
    if (rest->decision == NULL || rest->decision->evidence.kind != FEEL_CONTEXT ||
        !feel_context_get(rest->decision->evidence, id, &names) || names.kind != FEEL_LIST) {
        return;
    }
    struct node *values = node_put_list(item, "values"), *facts = node_put_list(item, "facts");
    for (uint32_t i = 0; i < names.count; i++) {
        str name = names.items[i].kind == FEEL_STRING ? feel_str(names.items[i]) : STR("");
        const struct form_component *f = rest->form == NULL ? NULL : form_find(rest->form, name);
        const struct scheme_fact *fact = scheme_fact(rest->scheme, name);
        const struct scheme_ledger *l;
        feel_value rows;
        if (f != NULL) {
            put_value(c, values, f, name, rest->variables);
        }
        if (fact != NULL && (rows = fact_value(rest->nodes, name)).kind == FEEL_LIST) {
            struct node *n = node_add_object(facts);
            node_put_text(n, "name", name);
            node_put_text(n, "title", fact_title(c, v, rest->scheme, fact, &l));
            node_put_int(n, "count", rows.count);
            node_put_true(n, "none", rows.count == 0);
        }
    }
}

/* ---- Rows that the rules read ---- */

static str column_title(struct web__call *c, const struct scheme_ledger *l, str name)
{
    int32_t at = l == NULL ? -1 : scheme_field(l, name);
    str title = at < 0 ? STR("") : scheme_text(l->fields[at].title, c->lang);
    return title.len > 0 ? title : name;
}

static bool is_column(const struct scheme_ledger *l, str name)
{
    return l == NULL || scheme_field(l, name) >= 0;
}

/* Whose rows they are is known; what none of them has is left out. */
static bool has_value(feel_value rows, str name)
{
    bool some = false;
    for (uint32_t i = 0; i < rows.count && !some && !str_eq(name, STR("party")); i++) {
        feel_value v = feel_null();
        some = feel_context_get(rows.items[i], name, &v) && v.kind != FEEL_NULL;
    }
    return some;
}

static void put_rows(struct web__call *c, struct node *to, const struct scheme_ledger *l, feel_value rows)
{
    struct node *columns = node_put_list(to, "columns"), *list = node_put_list(to, "rows");
    str names[COLUMNS];
    uint32_t count = 0;
    feel_value first = rows.count > 0 ? rows.items[0] : feel_null();
    for (uint32_t i = 0; first.kind == FEEL_CONTEXT && i < first.count && count < COLUMNS; i++) {
        if (is_column(l, first.shape->names[i]) && has_value(rows, first.shape->names[i])) {
            names[count] = first.shape->names[i];
            node_put_text(node_add_object(columns), "label", column_title(c, l, names[count++]));
        }
    }
    for (uint32_t i = 0; i < rows.count && i < ROWS; i++) {
        struct node *row = node_add_object(list), *cells = node_put_list(row, "cells");
        for (uint32_t k = 0; k < count; k++) {
            feel_value v = feel_null();
            feel_context_get(rows.items[i], names[k], &v);
            struct node *cell = node_add_object(cells);
            node_put_text(cell, "label", column_title(c, l, names[k]));
            node_put_text(cell, "text", web__shown(c, v));
        }
    }
}

static bool is_there(const struct node *list, str name)
{
    for (const struct node *n = list->first; n != NULL; n = n->next) {
        const struct node *there = node_member(n, STR("name"));
        if (there != NULL && str_eq(there->text, name)) {
            return true;
        }
    }
    return false;
}

void web__put_fact_rows(struct web__call *c, struct store_view *v, struct node *list, const struct web__rest *rest)
{
    for (uint32_t i = 0; i < rest->scheme->fact_count; i++) {
        const struct scheme_fact *f = &rest->scheme->facts[i];
        const struct scheme_ledger *l;
        feel_value rows = fact_value(rest->nodes, f->name);
        if (rows.kind != FEEL_LIST || is_there(list, f->name)) {
            continue;
        }
        struct node *n = node_add_object(list);
        node_put_text(n, "name", f->name);
        node_put_text(n, "title", fact_title(c, v, rest->scheme, f, &l));
        node_put_int(n, "count", rows.count);
        put_rows(c, n, f->by_count > 0 ? NULL : l, rows);
    }
}

/* ---- What was declared before ---- */

static bool is_compared(const struct form_component *f, const struct form_view *v)
{
    return (f->traits & FORM_KEYED) != 0 && (f->traits & (FORM_CONTAINER | FORM_LIST)) == 0 && f->label.len > 0 &&
           f->type != FORM_TYPE_FILEPICKER && f->class != FORM_PERSONAL && f->class != FORM_SEALED && v->path.len > 0;
}

static void put_changes(struct web__call *c, struct node *to, const struct form *f, const struct form_view *views,
                        uint32_t count, feel_value before)
{
    struct node *list = node_put_list(to, "changes");
    uint32_t changes = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct form_component *one = form_component(f, views[i].component);
        feel_value was = feel_null();
        if (!is_compared(one, &views[i])) {
            continue;
        }
        form_get(before, views[i].path, &was);
        str now = shown(c, one, views[i].value), then = shown(c, one, was);
        if (!str_eq(now, then) && changes++ < CHANGES) {
            struct node *n = node_add_object(list);
            node_put_text(n, "label", web__whole_label(c->arena, f, &views[i]));
            node_put_text(n, "was", then);
            node_put_text(n, "is", now);
        }
    }
    node_put_int(to, "count", changes);
    node_put_true(to, "more", changes > CHANGES);
}

void web__put_earlier(struct web__call *c, struct store_view *v, const struct scheme *s, const struct work_dossier *d,
                      feel_value variables)
{
    struct work_earlier earlier[EARLIER];
    const struct scheme_process *said = s == NULL ? NULL : scheme_process(s, d->process);
    const struct form *f = said == NULL ? NULL : form_in(scheme_form(s, said->start_form), c->lang);
    feel_value declared = feel_member(variables, "declared"), before;
    const struct form_view *views = NULL;
    uint32_t count = work_earlier(c->web->config.work, v, c->person, d, EARLIER, c->arena, earlier), view_count = 0;
    if (f == NULL || declared.kind != FEEL_CONTEXT) {
        return;
    }
    struct node *list = node_put_list(c->model, "earlier");
    struct feel_eval *ev = work_evaluator(c->web->config.work, v, false);
    struct form_request rq = { .mode = FORM_VERIFY, .draft = true, .declared = declared, .variables = variables };
    bool drawn = count > 0 && form_draw(f, ev, &rq, c->arena, &views, &view_count, NULL) == OK;
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        node_put_int(n, "dossier", earlier[i].dossier.id);
        web__put_day(n, "opened", earlier[i].dossier.opened);
        node_put_text(n, "outcome", earlier[i].dossier.outcome);
        node_put_text(n, "round", earlier[i].dossier.round);
        if (drawn && work_declared_in(v, c->arena, earlier[i].dossier.id, &before, NULL) == OK &&
            before.kind == FEEL_CONTEXT) {
            put_changes(c, n, f, views, view_count, before);
        }
    }
    feel_eval_free(ev);
}
