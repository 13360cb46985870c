/* rules: decision tables out of the files of a package, to be read. */
#include "scheme/rules.h"

#include "base/limit.h"
#include "text/xml.h"

struct reading {
    struct arena *a;
    str file;
    struct scheme_rule_table *tables;
    uint32_t count, room;
};

static bool is(const struct xml_node *x, const char *name)
{
    return str_eq(x->name, str_of(name));
}

static const struct xml_node *child(const struct xml_node *x, const char *name)
{
    const struct xml_node *c = x->first_child;
    while (c != NULL && !is(c, name)) {
        c = c->next;
    }
    return c;
}

static uint32_t count_of(const struct xml_node *x, const char *name)
{
    uint32_t n = 0;
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        n += is(c, name);
    }
    return n;
}

static str attr(const struct xml_node *x, const char *name)
{
    return xml_attr(x, STR(""), str_of(name));
}

static str text_of(const struct xml_node *x)
{
    const struct xml_node *text = x == NULL ? NULL : child(x, "text");
    return text == NULL ? STR("") : str_trim(text->text);
}

/* What stands above a column: its label, else its name or expression. */
static str heading(const struct xml_node *x)
{
    const struct xml_node *expression = child(x, "inputExpression");
    str label = attr(x, "label"), name = attr(x, "name");
    return label.len > 0 ? label : name.len > 0 ? name : expression != NULL ? text_of(expression) : STR("");
}

static void read_headings(const struct xml_node *x, str *ret)
{
    static const char *const kinds[] = { "input", "output", "annotation" };
    for (int i = 0; i < 3; i++) {
        for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
            if (is(c, kinds[i])) {
                *ret++ = heading(c);
            }
        }
    }
}

static void read_rule(const struct xml_node *rule, uint32_t columns, str *ret)
{
    static const char *const kinds[] = { "inputEntry", "outputEntry", "annotationEntry" };
    uint32_t n = 0;
    for (int i = 0; i < 3; i++) {
        for (const struct xml_node *c = rule->first_child; c != NULL && n < columns; c = c->next) {
            if (is(c, kinds[i])) {
                ret[n++] = text_of(c);
            }
        }
    }
}

static void read_table(struct reading *k, const struct xml_node *x, str decision)
{
    struct scheme_rule_table t = { .decision = decision, .file = k->file, .hit = attr(x, "hitPolicy"),
                                   .inputs = count_of(x, "input"), .outputs = count_of(x, "output"),
                                   .notes = count_of(x, "annotation"), .row_count = count_of(x, "rule") };
    uint32_t columns = t.inputs + t.outputs + t.notes, row = 0;
    str *headings = ARENA_ARRAY(k->a, str, columns), *ids = ARENA_ARRAY(k->a, str, t.row_count);
    str *cells = ARENA_ARRAY(k->a, str, (size_t)t.row_count * columns);
    read_headings(x, headings);
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        if (is(c, "rule")) {
            ids[row] = attr(c, "id");
            read_rule(c, columns, &cells[(size_t)row++ * columns]);
        }
    }
    t.hit = t.hit.len > 0 ? t.hit : STR("UNIQUE");
    t.headings = headings;
    t.cells = cells;
    t.ids = ids;
    if (k->count == k->room) {
        uint32_t more = k->room == 0 ? 16 : k->room * 2;
        k->tables = arena_grow(k->a, k->tables, k->room * sizeof *k->tables, more * sizeof *k->tables);
        k->room = more;
    }
    k->tables[k->count++] = t;
}

/* Tables stand anywhere inside a decision; XML_DEPTH bounds how deep. */
static void find_tables(struct reading *k, const struct xml_node *x, str decision)
{
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        str name = is(c, "decision") || is(c, "businessKnowledgeModel") ? attr(c, "name") : decision;
        if (is(c, "decisionTable")) {
            read_table(k, c, name);
        } else {
            find_tables(k, c, name);
        }
    }
}

const struct scheme_rule_table *scheme_rule_tables(const struct scheme *s, struct arena *a, uint32_t *ret_count)
{
    struct reading k = { .a = a };
    for (uint32_t i = 0; i < s->file_count; i++) {
        const struct xml_node *root;
        str name = s->files[i].name, end = STR(".dmn");
        bool rules = name.len > end.len && str_eq(str_slice(name, name.len - end.len, name.len), end);
        if (rules && xml_parse(a, name, s->files[i].bytes, &root, NULL) == OK) {
            k.file = name;
            find_tables(&k, root, STR(""));
        }
    }
    *ret_count = k.count;
    return k.tables;
}
