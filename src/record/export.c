/* export: rows of a ledger or parameter on their way out; see exchange.h. */
#include "record/exchange_int.h"

#include "record/party.h"

enum { PAGE = 250 };

struct exporting {
    struct export_config config;
    const struct scheme_ledger *ledger;
    const struct record__table *table; /* of a parameter, or NULL */
    struct record__cells cells;
    struct export_column *columns;
    int32_t *fields;              /* of the columns, or RECORD__PARENT_FIELD */
    uint32_t count;
    struct record_query query;
    struct feel_eval *ev;
    struct arena page;            /* of the answer */
    struct arena cursor;          /* of query.after */
    struct record_answer answer;
    uint32_t at;
    bool begun, over;
    struct table_cell *row;
    uint32_t line;
};

/* ---- Columns ---- */

static const char *const yes_no[] = { "是", "否" };

static bool is_among(const str *names, uint32_t count, str name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(names[i], name)) {
            return true;
        }
    }
    return false;
}

/* A title that another column has too does not tell which: then it is the name. */
static str title_of(const struct exporting *e, const struct scheme_field *f)
{
    str title = scheme_text(f->title, e->config.lang);
    for (uint32_t i = 0; i < e->ledger->field_count; i++) {
        const struct scheme_field *o = &e->ledger->fields[i];
        bool same = str_eq(o->name, title) || str_eq(o->title.zh, title) || str_eq(o->title.en, title);
        if (o != f && same) {
            return f->name;
        }
    }
    return title.len > 0 ? title : f->name;
}

static void add_column(struct exporting *e, struct arena *a, int32_t field)
{
    static const struct scheme_field parent = { .name = { "parent", 6 }, .type = SCHEME_REF };
    const struct scheme_field *f = field < 0 ? &parent : &e->ledger->fields[field];
    struct export_column *c = &e->columns[e->count];
    *c = (struct export_column){ .title = field < 0 ? f->name : title_of(e, f), .kind = TABLE_TEXT,
                                 .choices = f->options, .choice_count = f->option_count };
    switch (f->type) {
    case SCHEME_INTEGER: case SCHEME_DECIMAL: case SCHEME_QUANTITY: c->kind = TABLE_NUMBER; break;
    case SCHEME_DATE: c->kind = TABLE_DATE; break;
    case SCHEME_TIME: c->kind = TABLE_TIME; break;
    case SCHEME_INSTANT: c->kind = TABLE_DATE_TIME; break;
    case SCHEME_BOOLEAN:
        c->kind = e->config.lang == LANG_ZH ? TABLE_TEXT : TABLE_BOOLEAN;
        if (e->config.lang == LANG_ZH) {
            str *choices = ARENA_ARRAY(a, str, 2);
            choices[0] = str_of(yes_no[0]);
            choices[1] = str_of(yes_no[1]);
            c->choices = choices;
            c->choice_count = 2;
        }
        break;
    default: break;
    }
    e->fields[e->count++] = field;
}

static enum error_code check_wanted(const struct exporting *e, struct error *err)
{
    const struct scheme_ledger *l = e->ledger;
    for (uint32_t i = 0; i < e->config.field_count; i++) {
        str name = e->config.fields[i];
        int32_t field = scheme_field(l, name);
        if (field < 0) {
            error_set(err, ERROR_INVALID, "the ledger \"%.*s\" has no field \"%.*s\"", STR_ARG(l->name), STR_ARG(name));
            error_hint(err, "an export of the ledger shows its fields");
            return ERROR_INVALID;
        }
        if (l->fields[field].class < e->config.least) {
            error_set(err, ERROR_INVALID, "the field \"%.*s\" may not be exported by this reader", STR_ARG(name));
            error_hint(err, "leave it out, or ask somebody who may see it");
            return ERROR_INVALID;
        }
    }
    return OK;
}

/* In the order of the view; without one in that of the ledger. */
static void choose_columns(struct exporting *e, struct arena *a)
{
    const struct export_config *c = &e->config;
    for (uint32_t i = 0; i < c->field_count; i++) {
        add_column(e, a, scheme_field(e->ledger, c->fields[i]));
    }
    for (uint32_t i = 0; c->field_count == 0 && i < e->ledger->field_count; i++) {
        bool own = c->parameter != NULL && i >= c->parameter->column_count + TABLE__PAPER; /* the office's notes */
        if (e->ledger->fields[i].class >= c->least && !own) {
            add_column(e, a, (int32_t)i);
        }
    }
    if (e->ledger->parent.len > 0 && !is_among(c->fields, c->field_count, STR("parent")) && c->field_count == 0) {
        add_column(e, a, RECORD__PARENT_FIELD);
    }
}

const struct export_column *export_columns(const struct exporting *e, uint32_t *ret_count)
{
    *ret_count = e->count;
    return e->columns;
}

void export_heading(struct exporting *e, struct table_row *ret)
{
    for (uint32_t i = 0; i < e->count; i++) {
        e->row[i] = (struct table_cell){ .text = e->columns[i].title, .kind = TABLE_TEXT };
    }
    *ret = (struct table_row){ .line = 1, .count = e->count, .cells = e->row };
}

/* ---- Beginning ---- */

static void set_query(struct exporting *e, int64_t now)
{
    const struct export_config *c = &e->config;
    e->query = (struct record_query){
        .scheme = c->scheme, .ledger = e->ledger, .self = feel_null(), .office = c->office, .tree = c->tree,
        .valid_at = c->valid_at, .known_at = c->known_at == INT64_MAX ? now : c->known_at,
        .flags = c->valid_at == INT64_MAX ? RECORD_ALL_TIMES : 0, .max = PAGE,
    };
}

enum error_code export_begin(const struct export_config *config, int64_t now, struct arena *a, struct exporting **ret,
                             struct error *err)
{
    struct exporting *e = ARENA_NEW(a, struct exporting);
    *e = (struct exporting){ .config = *config, .ledger = config->ledger, .line = 1,
                             .cells = { config->lang, config->record->zone } };
    if (config->parameter != NULL) {
        e->table = record__table(a, config->scheme, config->parameter);
        e->ledger = &e->table->ledger;
    }
    uint32_t most = (config->field_count > 0 ? config->field_count : e->ledger->field_count) + 1;
    e->columns = ARENA_ARRAY(a, struct export_column, most);
    e->fields = ARENA_ARRAY(a, int32_t, most);
    e->row = ARENA_ARRAY(a, struct table_cell, most);
    enum error_code code = check_wanted(e, err);
    if (code != OK) {
        return code;
    }
    choose_columns(e, a);
    set_query(e, now);
    if (config->where.len > 0) {
        const struct scheme_ledger *seen = record_ledger_seen(a, e->ledger, config->least);
        code = record_names(a, seen, config->where, err);
        code = code == OK ? record_filter(a, seen, config->where, NULL, &e->query.filter, err) : code;
    }
    if (code == OK) {
        struct feel_environment env = { .instant = now / 1000000, .zone = config->record->zone };
        e->ev = feel_eval_new(&env);
        *ret = e;
    }
    return code;
}

void export_end(struct exporting *e)
{
    feel_eval_free(e->ev);
    arena_release(&e->page);
    arena_release(&e->cursor);
}

/* ---- Rows ---- */

/* Each page is read in a view of its own; all of them see what was known when the export began. */
static enum error_code read_page(struct exporting *e, struct error *err)
{
    struct store_view *v;
    arena_clear(&e->cursor);
    e->query.after = e->begun ? arena_str(&e->cursor, e->answer.next) : STR("");
    arena_clear(&e->page);
    enum error_code code = store_view(e->config.record->store, &v, err);
    if (code == OK) {
        code = record_query(v, e->ev, &e->query, &e->page, &e->answer, err);
        for (uint32_t i = 0; code == OK && e->config.least <= SCHEME_PERSONAL && i < e->answer.count; i++) {
            feel_value *values = (feel_value *)(uintptr_t)e->answer.rows[i].body.values;
            for (uint32_t k = 0; code == OK && k < e->ledger->field_count; k++) {
                if (record_is_sealed(values[k]) &&
                    record_unseal(e->config.record, v, &e->page, values[k], &values[k], NULL) != OK) {
                    values[k] = feel_null(); /* it was erased */
                }
            }
        }
        store_view_end(v);
    }
    e->begun = true;
    e->at = 0;
    return code;
}

static void write_cells(struct exporting *e, const struct record_row *row)
{
    for (uint32_t i = 0; i < e->count; i++) {
        if (e->fields[i] >= 0) {
            const struct scheme_field *f = &e->ledger->fields[e->fields[i]];
            e->row[i] = record__write_cell(&e->cells, &e->page, f, row->body.values[e->fields[i]]);
        } else {
            str parent = arena_printf(&e->page, "%lld", (long long)row->parent);
            e->row[i] = (struct table_cell){ .text = parent, .kind = TABLE_TEXT };
        }
    }
}

/* The next row that there is; NULL: there is none. */
static enum error_code next_row(struct exporting *e, const struct record_row **ret, struct error *err)
{
    while (!e->begun || (e->at == e->answer.count && e->answer.next.len > 0)) {
        enum error_code code = read_page(e, err);
        if (code != OK) {
            return code;
        }
    }
    *ret = e->at == e->answer.count ? NULL : &e->answer.rows[e->at++];
    return OK;
}

enum error_code export_next(void *context, struct table_row *ret, bool *ret_end, struct error *err)
{
    struct exporting *e = context;
    const struct record_row *row;
    str round = e->config.round;
    do {
        enum error_code code = next_row(e, &row, err);
        if (code != OK) {
            return code;
        }
    } while (row != NULL && round.len > 0 && !record__is_of_round(e->table, row, round));
    if (row == NULL) {
        *ret_end = true;
        return OK;
    }
    write_cells(e, row);
    *ret = (struct table_row){ .line = ++e->line, .count = e->count, .cells = e->row };
    return OK;
}

uint64_t export_count(const struct exporting *e)
{
    return e->line - 1;
}
