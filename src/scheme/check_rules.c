/* check_rules: decisions: what dmn finds, nulls, and what the inputs of decisions are bound to. */
#include "scheme/check_int.h"

/* The file of a model: models are loaded in the order of their files. */
static str file_of(const struct scheme *s, uint32_t model)
{
    for (uint32_t i = 0; i < s->file_count; i++) {
        if (scheme__ends_with(s->files[i].name, STR(".dmn")) && model-- == 0) {
            return s->files[i].name;
        }
    }
    return STR("");
}

static void take_findings(struct scheme__checker *c, const struct dmn_model *m, str file)
{
    uint32_t count;
    const struct dmn_finding *f = dmn_check(m, &c->scratch, c->lang, &count);
    for (uint32_t i = 0; i < count; i++) {
        bool own = str_eq(f[i].file, file); /* what is imported is looked at by itself */
        if (own && f[i].kind != DMN_NOT_ANALYSED) {
            scheme__find(c, f[i].kind == DMN_SYNTAX ? SCHEME_FINDING_SYNTAX : SCHEME_FINDING_RULES, file, f[i].line,
                         "mend the decision in the modeller", "%.*s: %.*s", STR_ARG(f[i].node), STR_ARG(f[i].text));
        }
    }
}

static void take_doubts(struct scheme__checker *c, const struct dmn_model *m, str file)
{
    uint32_t count;
    const struct dmn_doubt *d = dmn_doubts(m, &c->scratch, &count);
    for (uint32_t i = 0; i < count; i++) {
        c->file = file;
        c->line = d[i].line;
        if (d[i].trap) {
            scheme__trap(c, &d[i].place);
        } else {
            scheme__find(c, SCHEME_FINDING_NULL, file, d[i].line,
                         "add a rule for null, mostly with the result \"undetermined\"",
                         "%.*s: no rule says what a missing value of \"%.*s\" means", STR_ARG(d[i].node),
                         STR_ARG(d[i].column));
        }
    }
}

/* ---- What inputs are bound to ---- */

static bool is_decided(const struct scheme__checker *c, const struct dmn_model *m)
{
    for (uint32_t i = 0; i < c->decided_count; i++) {
        if (dmn_find(m, DMN_DECISION, c->decided[i]) >= 0 || dmn_find(m, DMN_SERVICE, c->decided[i]) >= 0) {
            return true;
        }
    }
    return false;
}

static const struct feel_type date = { .kind = FEEL_TYPE_DATE };

/* A list of rows; of a fact with groups, of whatever those have. */
static const struct feel_type *rows(struct scheme__checker *c, const struct feel_type *row)
{
    struct feel_type *list = ARENA_NEW(&c->scratch, struct feel_type);
    list->kind = FEEL_TYPE_LIST;
    list->element = row;
    return list;
}

static const struct feel_type *fact_type(struct scheme__checker *c, const struct scheme_fact *f)
{
    const struct scheme_ledger *l = scheme_ledger(c->s, f->target);
    const struct scheme_parameter *p = scheme_parameter(c->s, f->target);
    switch (f->kind) {
    case SCHEME_FACT_LEDGER: return rows(c, l != NULL && f->by_count == 0 && f->sum_count == 0 ? l->row : NULL);
    case SCHEME_FACT_PARAMETER: return rows(c, p != NULL ? p->row : NULL);
    default: return NULL;
    }
}

/* What an input gets, in the order of scheme.h; false: nothing gives it anything. */
static bool bound_to(struct scheme__checker *c, str name, const struct feel_type **ret, const char **ret_what)
{
    const struct scheme_fact *f = scheme_fact(c->s, name);
    const struct scheme_parameter *p = scheme_parameter(c->s, name);
    const struct scheme__known *k = scheme__known(c, name);
    *ret = NULL;
    *ret_what = "variable";
    if (f != NULL) {
        *ret = fact_type(c, f);
        *ret_what = "fact";
    } else if (p != NULL) {
        *ret = rows(c, p->row);
        *ret_what = "parameter";
    } else if (str_eq(name, STR("key date"))) {
        *ret = &date;
    } else if (k != NULL) {
        *ret = k->type;
    } else {
        static const char *const reserved[] = { "this", "figures", "clocks", "dossier", "subject", "answers" };
        for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
            if (str_eq(name, str_of(reserved[i]))) {
                return true;
            }
        }
        return false;
    }
    return true;
}

static void check_input(struct scheme__checker *c, str file, const struct dmn_node_info *n)
{
    const struct feel_type *type;
    const char *what;
    if (!bound_to(c, n->name, &type, &what)) {
        scheme__find(c, SCHEME_FINDING_UNBOUND, file, n->line,
                     "add a fact or parameter of this name, or have a form or step make the variable",
                     "nothing provides the input \"%.*s\"", STR_ARG(n->name));
    } else if (!scheme__fits(n->type, type, 8)) {
        struct buf want = BUF_INIT(300), have = BUF_INIT(300);
        feel_type_print(n->type, &want);
        feel_type_print(type, &have);
        scheme__find(c, SCHEME_FINDING_TYPE, file, n->line, "give the input the type of what it is bound to",
                     "the input \"%.*s\" wants %.*s, and the %s of this name is %.*s", STR_ARG(n->name),
                     STR_ARG(buf_str(&want)), lang_text(c->lang, what), STR_ARG(buf_str(&have)));
        buf_release(&want);
        buf_release(&have);
    }
}

/* What a service of an import is given comes from whoever calls it. */
static void check_inputs(struct scheme__checker *c, const struct dmn_model *m, str file)
{
    for (uint32_t i = 0; i < dmn_node_count(m); i++) {
        struct dmn_node_info n = dmn_node(m, i);
        bool given = scheme__find_char(n.name, '.') != NULL && dmn_is_given(m, i);
        if (n.kind == DMN_INPUT && !given && dmn_find(m, DMN_INPUT, n.name) == (int64_t)i) {
            check_input(c, file, &n);
        }
    }
}

void scheme__check_rules(struct scheme__checker *c)
{
    for (uint32_t i = 0; i < c->s->decision_count; i++) {
        const struct dmn_model *m = c->s->decisions[i];
        str file = file_of(c->s, i);
        take_findings(c, m, file);
        take_doubts(c, m, file);
        if (is_decided(c, m)) {
            check_inputs(c, m, file);
        }
    }
}
