/* The analysis of decision tables against trying all values: small random tables over each type, evaluated at a value
 * from every piece of every column. What the analysis claims and what the evaluation shows must be the same. */
#include "dmn/dmn.h"
#include "tap.h"

enum { TABLES = 4000, COLUMNS = 3, RULES = 6, VALUES = 12 };

/* A type: three bounds as FEEL texts, and values in JSON below, at and between them (no value between 2 and 3 where
 * the type has none). */
static const struct domain {
    const char *type;
    const char *bounds[3];
    const char *values[VALUES];
} domains[] = {
    { "number", { "1", "2.0", "3" }, { "0", "1", "1.5", "2", "2.25", "3", "4" } },
    { "string", { "\"b\"", "\"d\"", "\"f\"" },
      { "\"\"", "\"b\"", "\"c\"", "\"d\"", "\"e\"", "\"f\"", "\"g\"" } },
    { "boolean", { "true", "false", "true" }, { "true", "false" } },
    { "date", { "@\"2026-01-01\"", "date(\"2026-02-01\")", "@\"2026-02-02\"" },
      { "\"2025-12-31\"", "\"2026-01-01\"", "\"2026-01-15\"", "\"2026-02-01\"", "\"2026-02-02\"", "\"2026-03-01\"" } },
    { "time", { "@\"00:00:00\"", "@\"12:00:00\"", "@\"12:00:01\"" },
      { "\"00:00:00\"", "\"11:00:00\"", "\"12:00:00\"", "\"12:00:01\"", "\"13:00:00\"" } },
    { "dateTime", { "@\"2026-01-01T00:00:00Z\"", "@\"2026-01-01T10:00:00+08:00\"", "@\"2026-01-01T02:00:01Z\"" },
      { "\"2025-12-31T00:00:00Z\"", "\"2026-01-01T00:00:00Z\"", "\"2026-01-01T01:00:00Z\"", "\"2026-01-01T02:00:00Z\"",
        "\"2026-01-01T02:00:01Z\"", "\"2026-01-02T00:00:00Z\"" } },
    { "dayTimeDuration", { "@\"P1D\"", "@\"P2D\"", "@\"P3D\"" },
      { "\"PT1H\"", "\"P1D\"", "\"P1DT1H\"", "\"P2D\"", "\"P2DT1H\"", "\"P3D\"", "\"P4D\"" } },
    { "yearMonthDuration", { "@\"P1Y\"", "@\"P2Y\"", "@\"P2Y1M\"" },
      { "\"P1M\"", "\"P1Y\"", "\"P1Y6M\"", "\"P2Y\"", "\"P2Y1M\"", "\"P3Y\"" } },
};

enum { DOMAINS = sizeof domains / sizeof domains[0] };

/* ---- Chance ---- */

static uint64_t state = 20261125;

static uint32_t chance(uint32_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33) % below;
}

/* ---- Tables ---- */

struct table {
    uint32_t columns, rules;
    const char *policy;
    const struct domain *domains[COLUMNS];
    bool asks_for_null[COLUMNS];
    bool enumerated[COLUMNS]; /* only the bounds are allowed values */
    struct buf xml;
};

static void escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '<') {
            buf_addz(out, "&lt;");
        } else {
            buf_addc(out, *text);
        }
    }
}

static void write_test(const struct domain *d, struct buf *out)
{
    const char *a = d->bounds[chance(3)], *b = d->bounds[chance(3)];
    uint32_t kind = strcmp(d->type, "boolean") == 0 ? 0 : chance(8);
    switch (kind) {
    case 0:
    case 1: buf_addz(out, a); break;
    case 2: buf_printf(out, "< %s", a); break;
    case 3: buf_printf(out, ">= %s", a); break;
    case 4: buf_printf(out, "[%s..%s)", d->bounds[0], d->bounds[1 + chance(2)]); break;
    case 5: buf_printf(out, "(%s..%s]", d->bounds[chance(2)], d->bounds[2]); break;
    case 6: buf_printf(out, "!= %s", a); break;
    default: buf_printf(out, "%s, > %s", a, b); break;
    }
}

static void write_cell(struct table *t, uint32_t column, struct buf *out)
{
    uint32_t kind = chance(10);
    if (kind < 3) {
        buf_addc(out, '-');
    } else if (kind == 3 && chance(4) == 0) {
        t->asks_for_null[column] = true;
        buf_addz(out, chance(2) == 0 ? "null" : "not(null)");
    } else if (kind < 6) {
        buf_addz(out, "not(");
        write_test(t->domains[column], out);
        if (chance(3) == 0) {
            buf_printf(out, ", %s", t->domains[column]->bounds[chance(3)]);
        }
        buf_addc(out, ')');
    } else {
        write_test(t->domains[column], out);
    }
}

static void add_cell(struct table *t, uint32_t column)
{
    struct buf cell = BUF_INIT(1000);
    write_cell(t, column, &cell);
    buf_addz(&t->xml, "<inputEntry><text>");
    escaped(&t->xml, cell.ptr);
    buf_addz(&t->xml, "</text></inputEntry>");
    buf_release(&cell);
}

static void add_column(struct table *t, uint32_t i)
{
    const struct domain *d = t->domains[i];
    buf_printf(&t->xml, "<input><inputExpression typeRef=\"%s\"><text>c%u</text></inputExpression>", d->type, i);
    if (t->enumerated[i]) {
        buf_printf(&t->xml, "<inputValues><text>%s, %s, %s</text></inputValues>", d->bounds[0], d->bounds[1],
                   d->bounds[2]);
    }
    buf_addz(&t->xml, "</input>");
}

/* The output of a rule is its number; under ANY one of two. */
static void make_table(struct table *t)
{
    static const char *const policies[] = { "UNIQUE", "FIRST", "ANY", "PRIORITY" };
    buf_clear(&t->xml);
    *t = (struct table){ .columns = 1 + chance(COLUMNS), .rules = 1 + chance(RULES), .policy = policies[chance(4)],
                         .xml = t->xml };
    buf_addz(&t->xml, "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"m\" "
                      "namespace=\"n\">");
    for (uint32_t i = 0; i < t->columns; i++) {
        t->domains[i] = &domains[chance(DOMAINS)];
        t->enumerated[i] = chance(4) == 0;
        buf_printf(&t->xml, "<inputData id=\"i%u\" name=\"c%u\"><variable name=\"c%u\" typeRef=\"%s\"/></inputData>", i,
                   i, i, t->domains[i]->type);
    }
    buf_addz(&t->xml, "<decision id=\"d\" name=\"d\"><variable name=\"d\"/>");
    for (uint32_t i = 0; i < t->columns; i++) {
        buf_printf(&t->xml, "<informationRequirement><requiredInput href=\"#i%u\"/></informationRequirement>", i);
    }
    buf_printf(&t->xml, "<decisionTable hitPolicy=\"%s\">", t->policy);
    for (uint32_t i = 0; i < t->columns; i++) {
        add_column(t, i);
    }
    buf_addz(&t->xml, "<output><outputValues><text>4, 2, 6, 1, 3, 5, 7</text></outputValues></output>");
    for (uint32_t r = 0; r < t->rules; r++) {
        buf_addz(&t->xml, "<rule>");
        for (uint32_t i = 0; i < t->columns; i++) {
            add_cell(t, i);
        }
        uint32_t output = strcmp(t->policy, "ANY") == 0 ? 1 + chance(2) : r + 1;
        buf_printf(&t->xml, "<outputEntry><text>%u</text></outputEntry></rule>", output);
    }
    buf_addz(&t->xml, "</decisionTable></decision></definitions>");
}

/* ---- Trying all values ---- */

struct verdict {
    bool gap, overlap, reached[RULES];
};

/* The values of a column that can come, in JSON; null among them. Returns their number. */
static uint32_t values_of(const struct table *t, uint32_t column, const char **ret)
{
    const struct domain *d = t->domains[column];
    uint32_t count = 0;
    for (uint32_t i = 0; i < VALUES && d->values[i] != NULL; i++) {
        bool bound = i == 1 || i == 3 || i == (d->values[6] != NULL ? 5 : 4) || strcmp(d->type, "boolean") == 0;
        if (strcmp(d->type, "time") == 0) {
            bound = i == 0 || i == 2 || i == 3;
        }
        if (!t->enumerated[column] || bound) {
            ret[count++] = d->values[i];
        }
    }
    ret[count++] = "null";
    return count;
}

/* One point of the grid. */
static void try_point(const struct dmn_model *m, struct feel_eval *ev, const struct table *t, const char *json,
                      bool counts_for_gaps, struct verdict *v)
{
    struct arena a = ARENA_INIT;
    struct error err = { .code = OK };
    feel_value inputs;
    feel_eval_reset(ev);
    enum error_code code = feel_json_read(&a, str_of(json), &inputs, &err);
    feel_value result = code == OK ? dmn_evaluate(m, ev, (uint32_t)dmn_find(m, DMN_DECISION, STR("d")), inputs,
                                                  DMN_TEXT_DATES)
                                   : feel_null();
    uint32_t count;
    const struct feel_diagnostic *d = feel_eval_diagnostics(ev, &count, NULL);
    bool violated = false;
    for (uint32_t i = 0; i < count; i++) {
        violated |= d[i].code == FEEL_DIAG_HIT_POLICY;
    }
    int64_t rule = 0;
    if (feel_whole(result, &rule) && rule <= t->rules) {
        v->reached[rule - 1] = true;
    }
    v->overlap |= violated;
    v->gap |= !violated && result.kind == FEEL_NULL && counts_for_gaps;
    arena_release(&a);
}

static struct verdict try_all(const struct dmn_model *m, struct feel_eval *ev, const struct table *t)
{
    struct verdict v = { .gap = false };
    const char *values[COLUMNS][VALUES + 1];
    uint32_t counts[COLUMNS], at[COLUMNS] = { 0 };
    for (uint32_t i = 0; i < t->columns; i++) {
        counts[i] = values_of(t, i, values[i]);
    }
    bool more = true;
    while (more) {
        struct buf json = BUF_INIT(10000);
        bool counts_for_gaps = true;
        for (uint32_t i = 0; i < t->columns; i++) {
            buf_printf(&json, "%s\"c%u\":%s", i == 0 ? "{" : ",", i, values[i][at[i]]);
            counts_for_gaps &= at[i] + 1 < counts[i] || t->asks_for_null[i];
        }
        buf_addc(&json, '}');
        try_point(m, ev, t, json.ptr, counts_for_gaps, &v);
        buf_release(&json);
        more = false;
        for (uint32_t i = 0; i < t->columns && !more; i++) {
            at[i] = (at[i] + 1) % counts[i];
            more = at[i] != 0;
        }
    }
    return v;
}

/* ---- Comparing ---- */

static struct verdict claims(const struct dmn_model *m, struct arena *a, bool *ret_not_analysed)
{
    uint32_t count;
    const struct dmn_finding *f = dmn_check(m, a, LANG_EN, &count);
    struct verdict v = { .gap = false };
    memset(v.reached, true, sizeof v.reached);
    *ret_not_analysed = false;
    for (uint32_t i = 0; i < count; i++) {
        v.gap |= f[i].kind == DMN_GAP;
        v.overlap |= f[i].kind == DMN_OVERLAP;
        *ret_not_analysed |= f[i].kind == DMN_NOT_ANALYSED || f[i].kind == DMN_TYPE;
        if (f[i].kind == DMN_UNREACHABLE) {
            v.reached[f[i].rule - 1] = false;
        }
    }
    return v;
}

static bool same(const struct table *t, const struct verdict *claimed, const struct verdict *found)
{
    bool fine = claimed->gap == found->gap;
    if (strcmp(t->policy, "UNIQUE") == 0 || strcmp(t->policy, "ANY") == 0) {
        return fine && claimed->overlap == found->overlap;
    }
    for (uint32_t r = 0; r < t->rules; r++) {
        fine = fine && claimed->reached[r] == found->reached[r];
    }
    return fine;
}

static void print_difference(const struct table *t, const struct verdict *claimed, const struct verdict *found)
{
    printf("# %.*s\n# claimed: gap %d overlap %d, found: gap %d overlap %d\n", STR_ARG(buf_str(&t->xml)), claimed->gap,
           claimed->overlap, found->gap, found->overlap);
    for (uint32_t r = 0; r < t->rules; r++) {
        printf("# rule %u: claimed %d, found %d\n", r + 1, claimed->reached[r], found->reached[r]);
    }
}

static void test_random_tables(struct feel_eval *ev)
{
    struct table t = { .xml = BUF_INIT(1 << 16) };
    uint32_t wrong = 0, analysed = 0;
    for (uint32_t i = 0; i < TABLES; i++) {
        struct arena a = ARENA_INIT;
        struct error err = { .code = OK };
        const struct dmn_model *m;
        make_table(&t);
        if (dmn_load(&a, (struct dmn_source){ STR("t.dmn"), buf_str(&t.xml) }, NULL, NULL, &m, &err) != OK) {
            printf("# %s\n", err.message);
            wrong++;
        } else {
            bool not_analysed;
            struct verdict claimed = claims(m, &a, &not_analysed), found = try_all(m, ev, &t);
            analysed += !not_analysed;
            if (!not_analysed && !same(&t, &claimed, &found)) {
                print_difference(&t, &claimed, &found);
                wrong++;
            }
        }
        arena_release(&a);
    }
    is_int(wrong, 0, "the analysis of %d tables claims what trying all values shows", TABLES);
    ok(analysed > TABLES * 3 / 4, "%u of them are understood", analysed);
    buf_release(&t.xml);
}

/* ---- Limits ---- */

static void begin_wide(struct buf *xml, const char *policy, uint32_t columns)
{
    buf_printf(xml,
               "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"m\" namespace=\"n\">"
               "<decision id=\"d\" name=\"d\"><variable name=\"d\"/><decisionTable hitPolicy=\"%s\">", policy);
    for (uint32_t i = 0; i < columns; i++) {
        buf_printf(xml, "<input><inputExpression typeRef=\"number\"><text>%u</text></inputExpression></input>", i);
    }
    buf_addz(xml, "<output/>");
}

static const struct dmn_finding *check_wide(struct arena *a, struct buf *xml, uint32_t *ret_count)
{
    struct error err = { .code = OK };
    const struct dmn_model *m;
    buf_addz(xml, "</decisionTable></decision></definitions>");
    *ret_count = 0;
    bool fine = dmn_load(a, (struct dmn_source){ STR("w.dmn"), buf_str(xml) }, NULL, NULL, &m, &err) == OK;
    ok(fine, "the large table loads");
    return fine ? dmn_check(m, a, LANG_EN, ret_count) : NULL;
}

static bool ends_with(str text, const char *end)
{
    size_t n = strlen(end);
    return text.len >= n && memcmp(text.ptr + text.len - n, end, n) == 0;
}

/* Rules of a few cells in many columns, whose gaps nobody can list. */
static void test_work(void)
{
    struct arena a = ARENA_INIT;
    struct buf xml = BUF_INIT(1 << 20);
    uint32_t count, told = 0, columns = 14;
    begin_wide(&xml, "UNIQUE", columns);
    for (uint32_t r = 0; r < 300; r++) {
        buf_addz(&xml, "<rule>");
        for (uint32_t i = 0; i < columns; i++) {
            static const char *const operators[] = { "&lt;", "&gt;", "&gt;=" };
            if (chance(2) == 0) {
                buf_addz(&xml, "<inputEntry><text>-</text></inputEntry>");
            } else {
                buf_printf(&xml, "<inputEntry><text>%s %u</text></inputEntry>", operators[chance(3)], chance(20));
            }
        }
        buf_addz(&xml, "<outputEntry><text>1</text></outputEntry></rule>");
    }
    const struct dmn_finding *f = check_wide(&a, &xml, &count);
    for (uint32_t i = 0; i < count; i++) {
        told += f[i].kind == DMN_NOT_ANALYSED && ends_with(f[i].text, "limit DMN_CHECK_WORK = 200000000");
    }
    is_int(told, 1, "that the analysis was ended is a finding");
    buf_release(&xml);
    arena_release(&a);
}

static void test_findings(void)
{
    struct arena a = ARENA_INIT;
    struct buf xml = BUF_INIT(4 << 20);
    uint32_t count;
    begin_wide(&xml, "FIRST", 1);
    for (uint32_t r = 0; r < 10000; r++) {
        buf_printf(&xml, "<rule><inputEntry><text>%u</text></inputEntry>"
                         "<outputEntry><text>1</text></outputEntry></rule>\n",
                   r % 10);
    }
    const struct dmn_finding *f = check_wide(&a, &xml, &count);
    is_int(count, 9991, "a table of 10,000 rules: a gap and those that are never the one");
    buf_clear(&xml);
    begin_wide(&xml, "COLLECT", 2);
    for (uint32_t r = 0; r < 6000; r++) {
        buf_addz(&xml, "<rule><inputEntry><text>? > 1</text></inputEntry><inputEntry><text>? > 2</text></inputEntry>"
                       "<outputEntry><text>1</text></outputEntry></rule>\n");
    }
    f = check_wide(&a, &xml, &count);
    is_int(count, 10000, "no more findings than the limit");
    is_str(f[count - 1].text, STR("and 2001 more findings"), "the last one counts the rest");
    buf_release(&xml);
    arena_release(&a);
}

int main(void)
{
    struct feel_environment env = { .zone = CAL_ZONE_NONE };
    struct feel_eval *ev = feel_eval_new(&env);
    test_random_tables(ev);
    feel_eval_free(ev);
    test_work();
    test_findings();
    return tap_done();
}
