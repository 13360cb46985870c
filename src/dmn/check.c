/* check: what is wrong with a model, as sentences for the officer who wrote it. check_int.h explains the analysis of
 * tables. */
#include "dmn/check_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *dmn_finding_name(enum dmn_finding_kind kind)
{
    static const char *const names[DMN_FINDING_KINDS] = {
        [DMN_SYNTAX] = "SYNTAX", [DMN_UNKNOWN_NAME] = "UNKNOWN_NAME", [DMN_MODEL] = "MODEL",
        [DMN_TYPE] = "TYPE",     [DMN_GAP] = "GAP",                   [DMN_OVERLAP] = "OVERLAP",
        [DMN_UNREACHABLE] = "UNREACHABLE", [DMN_NOT_ANALYSED] = "NOT_ANALYSED",
    };
    assert(kind < DMN_FINDING_KINDS);
    return names[kind];
}

/* ---- Findings ---- */

static void add_finding(struct dmn_checker *c, struct dmn_finding f, str text)
{
    if (c->count == LIMIT_DMN_FINDINGS) {
        c->dropped++;
        return;
    }
    if (c->count == c->size) {
        uint32_t size = c->size == 0 ? 16 : c->size * 2;
        c->findings = arena_grow(c->arena, c->findings, c->size * sizeof f, size * sizeof f);
        c->size = size;
    }
    f.text = arena_str(c->arena, text);
    c->findings[c->count++] = f;
}

void dmn__find(struct dmn_checker *c, struct dmn_finding where, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, lang_text(c->lang, format), args);
    if (n >= 0) {
        char *text = arena_alloc(&c->scratch, (size_t)n + 1);
        vsnprintf(text, (size_t)n + 1, lang_text(c->lang, format), again);
        add_finding(c, where, (str){ text, (size_t)n });
    }
    va_end(again);
    va_end(args);
}

struct dmn_finding dmn__place(enum dmn_finding_kind kind, const struct dmn_table *t, int64_t rule,
                              const struct xml_node *at)
{
    return (struct dmn_finding){ .kind = kind, .file = t->node->instance->file, .line = at->line, .node = t->name,
                                 .rule = (uint32_t)(rule + 1) };
}

static struct dmn_finding place_of(enum dmn_finding_kind kind, const struct dmn_node *n)
{
    return (struct dmn_finding){ .kind = kind, .file = n->instance->file, .line = n->xml->line, .node = n->label };
}

str dmn__value_text(struct dmn_checker *c, feel_value v)
{
    struct buf b = BUF_INIT(4096);
    dmn__print_value(v, &b);
    str text = arena_str(&c->scratch, buf_str(&b));
    buf_release(&b);
    return text;
}

/* ---- Problems of loading ---- */

/* Each %s of the format is an argument; formats of problems have only those. */
static void write_format(const char *format, const str *args, struct buf *out)
{
    for (const char *p = format; *p != '\0'; p++) {
        if (p[0] == '%' && p[1] == 's') {
            buf_add(out, *args++);
            p++;
        } else {
            buf_addc(out, *p);
        }
    }
}

/* The message of the parser in the reader's language, by reading the text again: loading knows no reader. */
static bool read_again(struct dmn_checker *c, const struct dmn_problem *p, struct error *err)
{
    const struct feel_program *program;
    const struct feel_scope *scope = p->owner == NULL ? feel_scope_new(&c->scratch)
                                                      : dmn__node_scope(&c->scratch, c->m, p->owner);
    *err = (struct error){ .lang = c->lang };
    if (feel_compile(&c->scratch, scope, p->source, &program, err) != OK) {
        return true;
    }
    return feel_compile_tests(&c->scratch, scope, p->source, &program, err) != OK;
}

static void write_syntax(struct dmn_checker *c, const struct dmn_problem *p, struct buf *out)
{
    struct error err;
    str why = p->args[0];
    if (c->lang != LANG_EN && read_again(c, p, &err)) {
        why = err.detail[0] == '\0' ? arena_str(&c->scratch, str_of(err.message))
                                    : arena_printf(&c->scratch, "%s: %s", err.message, err.detail);
    }
    buf_printf(out, lang_text(c->lang, "%.*s cannot be read: %.*s"), STR_ARG(p->source), STR_ARG(why));
}

/* Whether the name ends there: no letter or digit follows it. */
static bool is_whole_name(str text, size_t length)
{
    unsigned char next = length < text.len ? (unsigned char)text.ptr[length] : ' ';
    return !(next >= 0x80 || next == '_' || (next >= '0' && next <= '9') || ((next | 32) >= 'a' && (next | 32) <= 'z'));
}

/* The name of the node that stands where a name was not found: it was only not required. Empty where there is none. */
static str forgotten(struct dmn_checker *c, const struct dmn_problem *p)
{
    str found = STR(""), prefix = p->instance->prefix;
    for (uint32_t i = 0; p->owner != NULL && p->from <= p->source.len && i < c->m->node_count; i++) {
        const struct dmn_node *n = &c->m->nodes[i];
        if (n == p->owner || !str_starts_with(n->instance->prefix, prefix)) {
            continue;
        }
        str path = str_slice(n->instance->prefix, prefix.len, n->instance->prefix.len);
        str text = str_slice(p->source, p->from, p->source.len);
        str name = arena_printf(&c->scratch, "%.*s%.*s", STR_ARG(path), STR_ARG(dmn__variable_name(n->xml)));
        if (name.len > found.len && str_starts_with(text, name) && is_whole_name(text, name.len)) {
            found = name;
        }
    }
    return found;
}

static void write_problem(struct dmn_checker *c, const struct dmn_problem *p, struct buf *out)
{
    str name = p->kind == DMN_UNKNOWN_NAME && p->code == FEEL_DIAG_UNKNOWN_NAME ? forgotten(c, p) : STR("");
    if (name.len > 0) {
        buf_printf(out, lang_text(c->lang, "\"%.*s\" is used but not required: draw the requirement"), STR_ARG(name));
    } else if (p->format != NULL) {
        write_format(lang_text(c->lang, p->format), p->args, out);
    } else if (p->code == FEEL_DIAG_SYNTAX) {
        write_syntax(c, p, out);
    } else {
        struct feel_diagnostic d = { .code = p->code, .args = { p->args[0].ptr, "", "" } };
        feel_diagnostic_print(&d, c->lang, out);
    }
}

/* Whether one of the cells of a rule, of any column, has this text on this line. */
static bool has_text(const struct xml_node *rule, str text, uint32_t line)
{
    for (const struct xml_node *x = rule->first_child; x != NULL; x = x->next) {
        const struct xml_node *inside = dmn__child(x, "text");
        bool here = x->line == line || (inside != NULL && inside->line == line);
        if (here && str_eq(dmn__text(x), text)) {
            return true;
        }
    }
    return false;
}

/* The number of the rule that the text stands in, or 0. Rules stand in the order of their lines. */
static uint32_t rule_at(const struct dmn_table *t, const struct dmn_problem *p)
{
    uint32_t low = 0, high = t->rules.rule_count;
    while (low < high) { /* the first rule that begins after the line */
        uint32_t middle = (low + high) / 2;
        if (t->rule_xml[middle]->line <= p->line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (uint32_t r = low; r > 0 && (r == low || t->rule_xml[r - 1]->line == p->line); r--) {
        if (has_text(t->rule_xml[r - 1], p->source, p->line)) {
            return r;
        }
    }
    return 0;
}

/* A file that is imported along two ways has nothing new to say the second time. */
static bool is_again(const struct dmn_model *m, const struct dmn_instance *in)
{
    uint32_t i = 0;
    while (m->instances[i] != in && !str_eq(m->instances[i]->file, in->file)) {
        i++;
    }
    return m->instances[i] != in;
}

static void find_problems(struct dmn_checker *c)
{
    struct buf b = BUF_INIT(1 << 20);
    for (const struct dmn_problem *p = c->m->problems; p != NULL; p = p->next) {
        if (is_again(c->m, p->instance)) {
            continue;
        }
        struct dmn_finding f = { .kind = p->kind, .file = p->instance->file, .line = p->line, .node = p->node };
        for (const struct dmn_table *t = c->m->tables; t != NULL && p->source.len > 0 && f.rule == 0; t = t->next) {
            f.rule = t->node->instance == p->instance ? rule_at(t, p) : 0;
        }
        buf_clear(&b);
        write_problem(c, p, &b);
        add_finding(c, f, buf_str(&b));
        arena_clear(&c->scratch);
    }
    buf_release(&b);
}

/* ---- The model ---- */

struct named {
    str name;
    const struct xml_node *xml;
    str label;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = str_cmp(x->name, y->name);
    return order != 0 ? order : (x->xml->line > y->xml->line) - (x->xml->line < y->xml->line);
}

/* Reports each that has the name of an earlier one. */
static void find_same(struct dmn_checker *c, const struct dmn_instance *in, struct named *list, uint32_t count,
                      bool types)
{
    if (count > 1) {
        qsort(list, count, sizeof *list, compare_named);
    }
    for (uint32_t i = 1; i < count; i++) {
        struct dmn_finding place = { .kind = DMN_MODEL, .file = in->file, .line = list[i].xml->line,
                                     .node = list[i].label };
        if (list[i].name.len == 0 || !str_eq(list[i].name, list[i - 1].name)) {
            continue;
        }
        if (types) {
            dmn__find(c, place, "there are two types of the name \"%.*s\"", STR_ARG(list[i].name));
        } else {
            dmn__find(c, place, "the name \"%.*s\" stands for two nodes", STR_ARG(list[i].name));
        }
    }
}

static void find_same_names(struct dmn_checker *c, const struct dmn_instance *in)
{
    struct named *list = ARENA_ARRAY(&c->scratch, struct named, in->node_count);
    for (uint32_t i = 0; i < in->node_count; i++) {
        const struct dmn_node *n = &c->m->nodes[in->first_node + i];
        list[i] = (struct named){ dmn__variable_name(n->xml), n->xml, n->label };
    }
    find_same(c, in, list, in->node_count, false);
    list = ARENA_ARRAY(&c->scratch, struct named, in->named_type_count);
    for (uint32_t i = 0; i < in->named_type_count; i++) {
        list[i] = (struct named){ in->named_types[i].name, in->named_types[i].xml, STR("") };
    }
    find_same(c, in, list, in->named_type_count, true);
    arena_clear(&c->scratch);
}

static void find_missing_logic(struct dmn_checker *c)
{
    for (uint32_t i = 0; i < c->m->node_count; i++) {
        const struct dmn_node *n = &c->m->nodes[i];
        if (is_again(c->m, n->instance)) {
            continue;
        }
        if (n->kind == DMN_DECISION && n->program == NULL) {
            dmn__find(c, place_of(DMN_MODEL, n), "the decision has no expression: it is null unless it is given");
        } else if (n->kind == DMN_KNOWLEDGE && n->program == NULL) {
            dmn__find(c, place_of(DMN_MODEL, n), "the knowledge model has no expression and cannot be called");
        } else if (n->kind == DMN_SERVICE && n->require_count == 0) {
            dmn__find(c, place_of(DMN_MODEL, n), "the service has no output decision");
        }
    }
}

/* ---- Outputs ---- */

/* The value of an expression that depends on nothing. */
static bool constant_of(struct dmn_checker *c, str text, feel_value *ret)
{
    struct feel_constant_tests tests;
    const struct feel_program *program;
    if (text.len == 0 || str_eq(text, STR("-"))) {
        *ret = feel_null();
        return true;
    }
    if (!feel_constant_tests(&c->scratch, text, &tests) ||
        feel_compile(&c->scratch, feel_scope_new(&c->scratch), text, &program, NULL) != OK) {
        return false;
    }
    feel_eval_reset(c->ev);
    feel_value v = feel_copy(&c->scratch, feel_run(c->ev, program, NULL));
    uint32_t failed;
    feel_eval_diagnostics(c->ev, &failed, NULL);
    *ret = v;
    return failed == 0;
}

/* The values that an output column names for itself, as tests; NULL for none. */
static const struct feel_program *output_values(struct dmn_checker *c, const struct dmn_table *t, uint32_t o)
{
    str text = dmn__text(dmn__child(t->outputs[o], "outputValues"));
    const struct feel_program *program;
    return text.len > 0 && feel_compile_tests(&c->scratch, feel_scope_new(&c->scratch), text, &program, NULL) == OK
               ? program
               : NULL;
}

/* Whether a value that an output cell or default comes to may be the output. */
static void check_output_value(struct dmn_checker *c, const struct dmn_table *t, uint32_t o, struct dmn_finding place,
                               feel_value v, const struct feel_program *values)
{
    uint32_t failed;
    feel_eval_reset(c->ev);
    feel_coerce(c->ev, v, t->output_types[o]);
    const struct feel_diagnostic *d = feel_eval_diagnostics(c->ev, &failed, NULL);
    if (failed > 0) {
        struct buf b = BUF_INIT(1 << 16);
        feel_diagnostic_print(d, c->lang, &b);
        add_finding(c, place, buf_str(&b));
        buf_release(&b);
    } else if (v.kind != FEEL_NULL && values != NULL && !feel_is_true(feel_run_tests(c->ev, values, NULL, v))) {
        str name = dmn__attr(t->outputs[o], "name"), label = dmn__attr(t->outputs[o], "label");
        label = label.len > 0 ? label : name.len > 0 ? name : t->name;
        dmn__find(c, place, "%.*s is not among the values of the output \"%.*s\"", STR_ARG(dmn__value_text(c, v)),
                  STR_ARG(label));
    }
}

static void check_defaults(struct dmn_checker *c, const struct dmn_table *t, uint32_t o,
                           const struct feel_program *values)
{
    const struct xml_node *x = dmn__child(t->outputs[o], "defaultOutputEntry");
    feel_value v;
    if (x != NULL && constant_of(c, dmn__text(x), &v)) {
        check_output_value(c, t, o, dmn__place(DMN_TYPE, t, -1, x), v, values);
    }
}

static const struct dmn_output *read_outputs(struct dmn_checker *c, const struct dmn_table *t)
{
    uint32_t width = t->rules.output_count;
    struct dmn_output *list = ARENA_ARRAY(&c->scratch, struct dmn_output, (size_t)t->rules.rule_count * width);
    const struct feel_program **values = ARENA_ARRAY(&c->scratch, const struct feel_program *, width);
    for (uint32_t o = 0; o < width; o++) {
        values[o] = output_values(c, t, o);
        check_defaults(c, t, o, values[o]);
    }
    for (uint32_t r = 0; r < t->rules.rule_count; r++) {
        const struct xml_node *x = dmn__child(t->rule_xml[r], "outputEntry");
        for (uint32_t o = 0; o < width && x != NULL; o++, x = dmn__next(x, "outputEntry")) {
            struct dmn_output *output = &list[(size_t)r * width + o];
            output->known = constant_of(c, dmn__text(x), &output->value);
            if (output->known) {
                check_output_value(c, t, o, dmn__place(DMN_TYPE, t, r, x), output->value, values[o]);
            }
        }
    }
    return list;
}

/* ---- Tables ---- */

static uint32_t count_entries(const struct xml_node *rule, const char *name)
{
    uint32_t n = 0;
    for (const struct xml_node *x = dmn__child(rule, name); x != NULL; x = dmn__next(x, name)) {
        n++;
    }
    return n;
}

static void check_widths(struct dmn_checker *c, const struct dmn_table *t)
{
    for (uint32_t r = 0; r < t->rules.rule_count; r++) {
        uint32_t inputs = count_entries(t->rule_xml[r], "inputEntry");
        uint32_t outputs = count_entries(t->rule_xml[r], "outputEntry");
        if (inputs != t->rules.input_count || outputs != t->rules.output_count) {
            dmn__find(c, dmn__place(DMN_MODEL, t, r, t->rule_xml[r]),
                      "the rule has %u of %u input cells and %u of %u output cells", inputs, t->rules.input_count,
                      outputs, t->rules.output_count);
        }
    }
}

static void check_table(struct dmn_checker *c, const struct dmn_table *t)
{
    if (t->rules.output_count == 0) {
        return; /* it cannot be followed, and loading said why */
    }
    check_widths(c, t);
    if (t->rules.rule_count == 0) {
        dmn__find(c, dmn__place(DMN_MODEL, t, -1, t->xml), "the table has no rule");
        return;
    }
    const struct xml_node **entries = dmn__entries(c, t);
    struct dmn_column *columns = ARENA_ARRAY(&c->scratch, struct dmn_column, t->rules.input_count);
    bool possible = true;
    for (uint32_t i = 0; i < t->rules.input_count; i++) {
        dmn__read_column(c, t, entries, i, &columns[i]);
        possible &= columns[i].position_count > 1;
    }
    const struct dmn_output *outputs = read_outputs(c, t);
    if (possible) {
        dmn__cover(c, t, columns, outputs);
    }
    arena_clear(&c->scratch);
}

/* ---- All of it ---- */

/* By file in the order of loading, line, kind and rule; `order` is the place of a finding before sorting. */
struct sorted {
    struct dmn_finding finding;
    uint32_t file, order;
};

static int compare_findings(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;
    uint32_t left[] = { x->file, x->finding.line, x->finding.rule, x->order };
    uint32_t right[] = { y->file, y->finding.line, y->finding.rule, y->order };
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

static uint32_t file_number(const struct dmn_model *m, str file)
{
    uint32_t i = 0;
    while (i < m->instance_count && m->instances[i]->file.ptr != file.ptr) {
        i++;
    }
    return i;
}

static bool same_finding(const struct dmn_finding *a, const struct dmn_finding *b)
{
    return a->kind == b->kind && a->line == b->line && a->rule == b->rule && str_eq(a->file, b->file) &&
           str_eq(a->node, b->node) && str_eq(a->text, b->text);
}

/* A type that is named twice on a line is one finding. */
static void sort_findings(struct dmn_checker *c)
{
    struct sorted *list = ARENA_ARRAY(&c->scratch, struct sorted, c->count);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        list[i] = (struct sorted){ c->findings[i], file_number(c->m, c->findings[i].file), i };
    }
    if (c->count > 1) {
        qsort(list, c->count, sizeof *list, compare_findings);
    }
    for (uint32_t i = 0; i < c->count; i++) {
        if (kept == 0 || !same_finding(&c->findings[kept - 1], &list[i].finding)) {
            c->findings[kept++] = list[i].finding;
        }
    }
    c->count = kept;
}

const struct dmn_finding *dmn_check(const struct dmn_model *m, struct arena *a, enum lang lang, uint32_t *ret_count)
{
    struct feel_environment env = { .zone = CAL_ZONE_NONE };
    struct dmn_checker c = { .m = m, .arena = a, .scratch = ARENA_INIT, .ev = feel_eval_new(&env), .lang = lang };
    find_problems(&c);
    for (uint32_t i = 0; i < m->instance_count; i++) {
        if (!is_again(m, m->instances[i])) {
            find_same_names(&c, m->instances[i]);
        }
    }
    find_missing_logic(&c);
    for (const struct dmn_table *t = m->tables; t != NULL; t = t->next) {
        if (!is_again(m, t->node->instance)) {
            check_table(&c, t);
        }
    }
    sort_findings(&c);
    if (c.dropped > 0) {
        c.count -= c.count == LIMIT_DMN_FINDINGS; /* room for the last */
        struct dmn_finding last = { .kind = DMN_NOT_ANALYSED, .file = m->instances[0]->file };
        dmn__find(&c, last, "and %u more findings", c.dropped + 1);
    }
    feel_eval_free(c.ev);
    arena_release(&c.scratch);
    *ret_count = c.count;
    return c.findings;
}
