/* diff_rules: decisions and knowledge models, tables rule by rule. The files are compared as XML, because a table is
 * more than what runs: its annotations are the clauses. */
#include "scheme/diff_int.h"

#include "text/xml.h"

static bool is(const struct xml_node *x, const char *name)
{
    return str_eq(x->name, str_of(name));
}

static str attr(const struct xml_node *x, const char *name)
{
    return xml_attr(x, STR(""), str_of(name));
}

static const struct xml_node *child(const struct xml_node *x, const char *name)
{
    const struct xml_node *c = x == NULL ? NULL : x->first_child;
    while (c != NULL && !is(c, name)) {
        c = c->next;
    }
    return c;
}

static const struct xml_node *next(const struct xml_node *x, const char *name)
{
    const struct xml_node *c = x->next;
    while (c != NULL && !is(c, name)) {
        c = c->next;
    }
    return c;
}

/* The first element of that name inside, in the order of the file. Depth is bounded by XML_DEPTH. */
static const struct xml_node *inside(const struct xml_node *x, const char *name)
{
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        const struct xml_node *found = is(c, name) ? c : inside(c, name);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

/* ---- Rules ---- */

static str text_of(const struct xml_node *entry)
{
    const struct xml_node *text = child(entry, "text");
    return text == NULL ? STR("") : str_trim(text->text);
}

static const struct xml_node *nth(const struct xml_node *of, const char *name, uint32_t n)
{
    const struct xml_node *c = child(of, name);
    while (c != NULL && n-- > 0) {
        c = next(c, name);
    }
    return c;
}

/* The rule of the same id; where it has none, of the same place. */
static const struct xml_node *other_rule(const struct xml_node *table, const struct xml_node *rule, uint32_t place)
{
    str id = attr(rule, "id");
    for (const struct xml_node *r = child(table, "rule"); r != NULL && id.len > 0; r = next(r, "rule")) {
        if (str_eq(attr(r, "id"), id)) {
            return r;
        }
    }
    return id.len > 0 ? NULL : nth(table, "rule", place);
}

/* The clause of a rule: its annotation; else its number. */
static str clause_of(struct scheme__diff *d, const struct xml_node *rule, uint32_t place)
{
    str text = text_of(child(rule, "annotationEntry"));
    return text.len > 0 ? text : arena_printf(&d->scratch, "%u", place + 1);
}

static str column_title(const struct xml_node *table, const char *entry, uint32_t i)
{
    bool input = strcmp(entry, "inputEntry") == 0;
    const struct xml_node *column = nth(table, input ? "input" : "output", i);
    if (column == NULL) {
        return STR("");
    }
    str label = attr(column, "label"), name = attr(column, "name");
    return label.len > 0 ? label : name.len > 0 ? name : input ? text_of(child(column, "inputExpression")) : STR("");
}

static void diff_cells(struct scheme__diff *d, str file, str decision, const struct xml_node *table,
                       const struct xml_node *a, const struct xml_node *b, uint32_t place)
{
    static const char *const kinds[] = { "inputEntry", "outputEntry", "annotationEntry" };
    str clause = clause_of(d, b, place);
    for (int k = 0; k < 3; k++) {
        for (uint32_t i = 0; nth(b, kinds[k], i) != NULL; i++) {
            str x = text_of(nth(a, kinds[k], i)), y = text_of(nth(b, kinds[k], i));
            if (str_eq(x, y)) {
                continue;
            }
            str title = k == 2 ? str_of(lang_text(d->lang, "clause")) : column_title(table, kinds[k], i);
            title = title.len > 0 ? title : str_of(lang_text(d->lang, k == 0 ? "condition" : "result"));
            scheme__change(d, file, "%.*s, rule %u (%.*s): %.*s is no longer %.*s but %.*s", STR_ARG(decision),
                           place + 1, STR_ARG(clause), STR_ARG(title), STR_ARG(x), STR_ARG(y));
        }
    }
}

static str cells_text(struct scheme__diff *d, const struct xml_node *rule)
{
    static const char *const kinds[] = { "inputEntry", "outputEntry" };
    struct buf b = BUF_INIT(600);
    for (int k = 0; k < 2; k++) {
        buf_addz(&b, k == 1 ? " → " : "");
        for (uint32_t i = 0; nth(rule, kinds[k], i) != NULL; i++) {
            buf_addz(&b, i > 0 ? " | " : "");
            buf_add(&b, text_of(nth(rule, kinds[k], i)));
        }
    }
    str text = arena_str(&d->scratch, buf_str(&b));
    buf_release(&b);
    return text;
}

static void diff_tables(struct scheme__diff *d, str file, str decision, const struct xml_node *a,
                        const struct xml_node *b)
{
    uint32_t place = 0;
    str x = attr(a, "hitPolicy"), y = attr(b, "hitPolicy");
    if (!str_eq(x.len > 0 ? x : STR("UNIQUE"), y.len > 0 ? y : STR("UNIQUE"))) {
        scheme__change(d, file, "%.*s: the hit policy is no longer %.*s but %.*s", STR_ARG(decision), STR_ARG(x),
                       STR_ARG(y));
    }
    for (const struct xml_node *r = child(b, "rule"); r != NULL; r = next(r, "rule"), place++) {
        const struct xml_node *old = other_rule(a, r, place);
        if (old == NULL) {
            scheme__change(d, file, "%.*s: new rule %u (%.*s): %.*s", STR_ARG(decision), place + 1,
                           STR_ARG(clause_of(d, r, place)), STR_ARG(cells_text(d, r)));
        } else {
            diff_cells(d, file, decision, b, old, r, place);
        }
    }
    place = 0;
    for (const struct xml_node *r = child(a, "rule"); r != NULL; r = next(r, "rule"), place++) {
        if (other_rule(b, r, place) == NULL) {
            scheme__change(d, file, "%.*s: the rule (%.*s) is gone: %.*s", STR_ARG(decision),
                           STR_ARG(clause_of(d, r, place)), STR_ARG(cells_text(d, r)));
        }
    }
}

/* ---- Decisions ---- */

static bool is_logic(const struct xml_node *x)
{
    return is(x, "decision") || is(x, "businessKnowledgeModel");
}

/* Whether two elements say the same: names, attributes, texts, in order. Depth is bounded by XML_DEPTH. */
static bool equal(const struct xml_node *a, const struct xml_node *b)
{
    if (!str_eq(a->name, b->name) || a->attribute_count != b->attribute_count ||
        !str_eq(str_trim(a->text), str_trim(b->text))) {
        return false;
    }
    for (uint32_t i = 0; i < a->attribute_count; i++) {
        if (!str_eq(a->attributes[i].name, b->attributes[i].name) ||
            !str_eq(a->attributes[i].value, b->attributes[i].value)) {
            return false;
        }
    }
    const struct xml_node *x = a->first_child, *y = b->first_child;
    while (x != NULL && y != NULL && equal(x, y)) {
        x = x->next;
        y = y->next;
    }
    return x == NULL && y == NULL;
}

static const struct xml_node *logic_called(const struct xml_node *definitions, const struct xml_node *like)
{
    for (const struct xml_node *x = definitions->first_child; x != NULL; x = x->next) {
        if (is_logic(x) && str_eq(attr(x, "id"), attr(like, "id"))) {
            return x;
        }
    }
    return NULL;
}

static void diff_logic(struct scheme__diff *d, str file, const struct xml_node *a, const struct xml_node *b)
{
    const struct xml_node *old = inside(a, "decisionTable"), *new = inside(b, "decisionTable");
    str name = attr(b, "name");
    uint32_t before = d->count;
    if (equal(a, b)) {
        return;
    }
    if (!str_eq(attr(a, "name"), name)) {
        scheme__change(d, file, "the decision \"%.*s\" is called \"%.*s\" now", STR_ARG(attr(a, "name")),
                       STR_ARG(name));
    }
    if (old != NULL && new != NULL) {
        diff_tables(d, file, name, old, new);
    }
    const struct xml_node *x = child(child(a, "literalExpression"), "text");
    const struct xml_node *y = child(child(b, "literalExpression"), "text");
    if (x != NULL && y != NULL && !str_eq(str_trim(x->text), str_trim(y->text))) {
        scheme__change(d, file, "%.*s is no longer %.*s but %.*s", STR_ARG(name), STR_ARG(str_trim(x->text)),
                       STR_ARG(str_trim(y->text)));
    }
    if (d->count == before) {
        scheme__change(d, file, "the decision \"%.*s\" is computed in another way", STR_ARG(name));
    }
}

static void diff_models(struct scheme__diff *d, str file, const struct xml_node *a, const struct xml_node *b)
{
    for (const struct xml_node *x = b->first_child; x != NULL; x = x->next) {
        const struct xml_node *old = is_logic(x) ? logic_called(a, x) : NULL;
        if (old != NULL) {
            diff_logic(d, file, old, x);
        } else if (is_logic(x)) {
            scheme__change(d, file, "the decision \"%.*s\" is new", STR_ARG(attr(x, "name")));
        }
    }
    for (const struct xml_node *x = a->first_child; x != NULL; x = x->next) {
        if (is_logic(x) && logic_called(b, x) == NULL) {
            scheme__change(d, file, "the decision \"%.*s\" is gone", STR_ARG(attr(x, "name")));
        }
    }
}

void scheme__diff_rules(struct scheme__diff *d)
{
    struct error err = { .lang = d->lang };
    const struct xml_node *a, *b;
    d->about = "rules";
    for (uint32_t i = 0; i < d->after->file_count; i++) {
        const struct scheme_file *f = &d->after->files[i], *old = scheme__file(d->before, f->name);
        if (!scheme__ends_with(f->name, STR(".dmn"))) {
            continue;
        }
        if (old == NULL) {
            scheme__change(d, f->name, "the file \"%.*s\" is new", STR_ARG(f->name));
        } else if (!str_eq(old->bytes, f->bytes) && xml_parse(&d->scratch, f->name, old->bytes, &a, &err) == OK &&
                   xml_parse(&d->scratch, f->name, f->bytes, &b, &err) == OK) {
            diff_models(d, f->name, a, b);
        }
    }
    for (uint32_t i = 0; i < d->before->file_count; i++) {
        str name = d->before->files[i].name;
        if (scheme__ends_with(name, STR(".dmn")) && scheme__file(d->after, name) == NULL) {
            scheme__change(d, name, "the file \"%.*s\" is gone", STR_ARG(name));
        }
    }
}
