/* check_table: rows of parameters, sharing of ledgers, fields of forms. */
#include "scheme/check_int.h"

static const str manifest = { "scheme.json", 11 };

/* ---- Rows of parameters ---- */

static bool same_key(const struct scheme_parameter *p, const struct scheme_parameter_row *a,
                     const struct scheme_parameter_row *b)
{
    for (uint32_t i = 0; i < p->key_count; i++) {
        feel_value x = a->values[i], y = b->values[i];
        int order;
        bool nulls = x.kind == FEEL_NULL && y.kind == FEEL_NULL;
        bool equal = x.kind == FEEL_BOOLEAN && y.kind == FEEL_BOOLEAN ? x.boolean == y.boolean
                                                                      : feel_compare(x, y, &order) && order == 0;
        if (!nulls && !equal) {
            return false;
        }
    }
    return true;
}

static int64_t first_day(cal_date d, bool ever)
{
    return ever ? INT64_MIN : cal_days_from_date(d);
}

static int64_t last_day(cal_date d, bool ever)
{
    return ever ? INT64_MAX : cal_days_from_date(d);
}

static bool both_in_force(const struct scheme_parameter_row *a, const struct scheme_parameter_row *b)
{
    return first_day(a->from, a->from_ever) <= last_day(b->to, b->to_ever) &&
           first_day(b->from, b->from_ever) <= last_day(a->to, a->to_ever);
}

/* A table that is far too long for pairs is not looked at in pairs: nobody wrote it by hand. */
enum { PAIRS_MAX = 2000 };

static void check_twice(struct scheme__checker *c, const struct scheme_parameter *p)
{
    for (uint32_t i = 0; p->key_count > 0 && p->row_count <= PAIRS_MAX && i < p->row_count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (same_key(p, &p->rows[k], &p->rows[i]) && both_in_force(&p->rows[k], &p->rows[i])) {
                scheme__find(c, SCHEME_FINDING_TWICE, p->file, p->rows[i].line,
                             "end one of them, or add a column to the key",
                             "the row has the key of line %u, and both are in force on the same day",
                             p->rows[k].line);
                break;
            }
        }
    }
}

static void check_sources(struct scheme__checker *c, const struct scheme_parameter *p)
{
    uint32_t without = 0, first = 0, counts[3] = { 0 };
    for (uint32_t i = 0; i < p->row_count; i++) {
        const struct scheme_parameter_row *row = &p->rows[i];
        first = row->source.len == 0 && without == 0 ? row->line : first;
        without += row->source.len == 0;
        counts[row->state]++;
    }
    if (without > 0) {
        scheme__find(c, SCHEME_FINDING_SOURCE, p->file, first, "write the number of the paper, or where it was seen",
                     "%u rows do not say where they come from", without);
    }
    if (counts[SCHEME_PROVISIONAL] + counts[SCHEME_SAMPLE] > 0) {
        scheme__find(c, SCHEME_FINDING_STATE, p->file, 0, "confirm them with the number of the paper",
                     "\"%.*s\": of %u rows %u are 待核实 and %u are 示例", STR_ARG(p->name), p->row_count,
                     counts[SCHEME_PROVISIONAL], counts[SCHEME_SAMPLE]);
    }
    if (p->row_count == 0) {
        scheme__find(c, SCHEME_FINDING_STATE, manifest, p->line, "fill the table before the round opens",
                     "the parameter \"%.*s\" has no rows: whatever asks for it is undetermined", STR_ARG(p->name));
    }
}

/* ---- Windows ---- */

struct window {
    int64_t from, to;
    bool known;
};

static int64_t day_of(feel_value v, int64_t otherwise)
{
    return v.kind == FEEL_DATE ? cal_days_from_date(v.date) : otherwise;
}

/* The first two columns of dates among the values are the first and the last day. */
static struct window window_of(const struct scheme_parameter *p, const struct scheme_parameter_row *row)
{
    struct window w = { INT64_MIN, INT64_MAX, false };
    int seen = 0;
    for (uint32_t i = p->key_count; i < p->column_count; i++) {
        if (p->columns[i].type == SCHEME_DATE && seen < 2) {
            *(seen == 0 ? &w.from : &w.to) = day_of(row->values[i], seen == 0 ? INT64_MIN : INT64_MAX);
            w.known |= row->values[i].kind == FEEL_DATE;
            seen++;
        }
    }
    return w;
}

static void check_windows(struct scheme__checker *c, const struct scheme_parameter *p)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < p->row_count; i++) {
        struct window w = window_of(p, &p->rows[i]);
        open += w.to >= cal_days_from_date(c->day);
        if (w.from > w.to) {
            scheme__find(c, SCHEME_FINDING_WINDOW, p->file, p->rows[i].line, "mend the dates",
                         "the window ends before it begins");
        }
        for (uint32_t k = 0; k < i && p->row_count <= PAIRS_MAX; k++) {
            struct window v = window_of(p, &p->rows[k]);
            if (w.known && v.known && same_key(p, &p->rows[k], &p->rows[i]) && w.from <= v.to && v.from <= w.to) {
                scheme__find(c, SCHEME_FINDING_WINDOW, p->file, p->rows[i].line, "mend the dates",
                             "the window overlaps that of line %u", p->rows[k].line);
            }
        }
    }
    if (p->row_count > 0 && open == 0) {
        scheme__find(c, SCHEME_FINDING_WINDOW, p->file, 0, "add the rows of the next round",
                     "all windows are closed: nothing can be begun");
    }
}

static bool is_window(const struct scheme *s, const struct scheme_parameter *p)
{
    for (uint32_t i = 0; i < s->procedure_count; i++) {
        if (str_eq(s->procedures[i].window, p->name)) {
            return true;
        }
    }
    return false;
}

/* ---- Ledgers ---- */

static void check_share(struct scheme__checker *c, const struct scheme_ledger *l)
{
    if (l->share_count == 0) {
        scheme__find(c, SCHEME_FINDING_SHARE, manifest, l->line,
                     "add \"share\": {\"fields\": […], \"to\": […]} where another scheme needs it",
                     "no other scheme may read the ledger \"%.*s\"", STR_ARG(l->name));
    }
    for (uint32_t i = 0; i < l->share_count; i++) {
        int32_t at = scheme_field(l, l->share[i]);
        if (at >= 0 && l->fields[at].class < SCHEME_INTERNAL) {
            scheme__find(c, SCHEME_FINDING_SHARE, manifest, l->line, "take it out of \"share\" unless the law says so",
                         "the ledger \"%.*s\" shares the field \"%.*s\", which is personal or sealed",
                         STR_ARG(l->name), STR_ARG(l->share[i]));
        }
    }
}

/* ---- Forms ---- */

static bool is_function(struct arena *a, str name)
{
    struct feel_builtin_doc doc;
    for (uint32_t i = 0; feel_builtin_doc(a, i, &doc); i++) {
        if (str_eq(doc.name, name)) {
            return true;
        }
    }
    return false;
}

/* Whether a rule or process reads the answer by its path, figures.KEY or declared.KEY: that nothing covers. */
static bool is_read_by_path(struct scheme__checker *c, str key)
{
    str paths[] = { arena_printf(&c->scratch, "figures.%.*s", STR_ARG(key)),
                    arena_printf(&c->scratch, "declared.%.*s", STR_ARG(key)) };
    for (uint32_t i = 0; i < c->s->file_count; i++) {
        const struct scheme_file *f = &c->s->files[i];
        bool reads = scheme__ends_with(f->name, STR(".dmn")) || scheme__ends_with(f->name, STR(".bpmn"));
        for (size_t k = 0; reads && k < sizeof paths / sizeof paths[0]; k++) {
            if (memmem(f->bytes.ptr, f->bytes.len, paths[k].ptr, paths[k].len) != NULL) {
                return true;
            }
        }
    }
    return false;
}

static void check_form_field(struct scheme__checker *c, str file, const struct form_component *f)
{
    str key = f->pattern;
    bool reserved = str_eq(key, STR("this")) || str_eq(key, STR("key date")) || str_eq(key, STR("figures")) ||
                    str_eq(key, STR("clocks"));
    bool fact = scheme_fact(c->s, key) != NULL, parameter = scheme_parameter(c->s, key) != NULL;
    if ((fact || parameter || reserved) && !is_read_by_path(c, key)) {
        scheme__find(c, SCHEME_FINDING_COVERED, file, f->line, "give the field another key",
                     "no decision reads the answer \"%.*s\": the %s of this name comes first", STR_ARG(key),
                     lang_text(c->lang, fact ? "fact" : parameter ? "parameter" : "reserved name"));
    }
    if (is_function(&c->scratch, key)) {
        scheme__find(c, SCHEME_FINDING_HIDDEN, file, f->line, "give the field another key",
                     "the field \"%.*s\" hides the function of that name in every expression", STR_ARG(key));
    }
}

static void check_forms(struct scheme__checker *c)
{
    uint32_t place = 0;
    for (uint32_t i = 0; i < c->s->file_count; i++) {
        if (!scheme__ends_with(c->s->files[i].name, STR(".form"))) {
            continue;
        }
        const struct form *form = c->s->forms[place++];
        for (uint32_t k = 0; form_field(form, k) != NULL; k++) {
            check_form_field(c, c->s->files[i].name, form_field(form, k));
        }
    }
}

void scheme__check_tables(struct scheme__checker *c)
{
    for (uint32_t i = 0; i < c->s->parameter_count; i++) {
        const struct scheme_parameter *p = &c->s->parameters[i];
        check_sources(c, p);
        if (is_window(c->s, p)) {
            check_windows(c, p);
        } else {
            check_twice(c, p);
        }
    }
    for (uint32_t i = 0; i < c->s->ledger_count; i++) {
        check_share(c, &c->s->ledgers[i]);
    }
    check_forms(c);
}
