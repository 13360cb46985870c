/* import: the rows of a table, one after the other; see exchange.h. */
#include "record/exchange_int.h"

#include "text/utf8.h"

#include <stdlib.h>

enum { VIEW_MICROS = 500000, VALUE_CHARACTERS = 60 };

/* ---- Findings ---- */

static str cut(struct arena *a, str s, size_t characters)
{
    size_t end = utf8_offset(s, characters);
    return end < s.len ? arena_printf(a, "%.*s…", (int)end, s.ptr) : arena_str(a, s);
}

void record__find(struct exchange *x, uint32_t line, uint32_t column, str value, enum exchange_level level, str text,
                  str remedy)
{
    struct exchange_report *r = &x->report;
    r->wrong += level == EXCHANGE_ERROR || (level == EXCHANGE_WARNING && x->config.despite.len == 0);
    r->notes += level == EXCHANGE_NOTE;
    r->warnings += level == EXCHANGE_WARNING;
    if (r->finding_count == LIMIT_EXCHANGE_FINDINGS) {
        return;
    }
    if (r->finding_count == x->finding_size) {
        uint32_t size = x->finding_size == 0 ? 16 : x->finding_size * 2;
        x->findings = arena_grow(&x->arena, x->findings, x->finding_size * sizeof *x->findings,
                                 size * sizeof *x->findings);
        x->finding_size = size;
        r->findings = x->findings;
    }
    str field = column > 0 && column <= x->column_count && x->titles != NULL ? x->titles[column - 1] : STR("");
    x->findings[r->finding_count++] = (struct exchange_finding){
        .line = line, .column = column, .level = level, .field = field,
        .value = cut(&x->arena, value, VALUE_CHARACTERS), .text = arena_str(&x->arena, text),
        .remedy = arena_str(&x->arena, remedy),
    };
}

void record__find_error(struct exchange *x, uint32_t line, uint32_t column, str value, const struct error *err)
{
    str text = str_of(err->message);
    if (err->detail[0] != '\0') {
        text = arena_printf(&x->row, "%s (%s)", err->message, err->detail);
    }
    record__find(x, line, column, value, EXCHANGE_ERROR, text, str_of(err->hint));
}

/* ---- Beginning ---- */

static void end_view(struct exchange *x)
{
    if (x->plan.view != NULL) {
        record_finish(&x->plan, ERROR_INVALID, NULL, NULL); /* nothing is committed */
        arena_clear(&x->view_arena);
    }
}

/* Views are short: a long one would keep the store from cleaning up. */
static enum error_code fresh_view(struct exchange *x, int64_t now, struct error *err)
{
    if (x->plan.view != NULL && now < x->begun + VIEW_MICROS) {
        return OK;
    }
    end_view(x);
    x->begun = now;
    enum error_code code = record_begin(x->config.record, &x->view_arena, x->config.actor, now, &x->plan, err);
    x->plan.arena = &x->row;
    x->plan.by = SCHEME_BY_IMPORT;
    x->plan.office = x->config.office;
    x->plan.dossier = x->config.dossier;
    return code;
}

static void find_parties(struct exchange *x)
{
    const struct scheme_ledger *parties;
    struct error e = { .lang = LANG_EN };
    x->of_parties = str_eq(x->scheme->name, STR("core")) && str_eq(x->ledger->name, STR("parties"));
    x->parties_known = record_ledger(x->config.record, x->plan.view, NULL, STR("core.parties"), NULL, &parties, NULL,
                                     &e) == OK;
}

static enum error_code check_config(const struct exchange *x, struct error *err)
{
    if (x->config.update && x->ledger->key_count == 0) {
        error_set(err, ERROR_INVALID, "the ledger \"%.*s\" has no key by which its rows could be told apart",
                  STR_ARG(x->ledger->name));
        error_hint(err, "import without update, which adds rows; or give the ledger a key");
        return ERROR_INVALID;
    }
    if (x->ledger->of == SCHEME_OF_DOSSIER && x->config.dossier == 0) {
        error_set(err, ERROR_INVALID, "a row of \"%.*s\" belongs to a dossier", STR_ARG(x->ledger->name));
        error_hint(err, "say which with --dossier");
        return ERROR_INVALID;
    }
    return OK;
}

/* The rows of the round that is imported into. */
static enum error_code read_round(struct exchange *x, struct error *err)
{
    struct record__rows all;
    if (x->config.round.len == 0) {
        return OK;
    }
    enum error_code code = record__table_rows(x->plan.view, x->table, &x->arena, &all, err);
    for (uint32_t i = 0; i < all.count && code == OK; i++) {
        if (record__is_of_round(x->table, &all.list[i], x->config.round)) {
            all.list[x->of_round.count++] = all.list[i];
        }
    }
    x->of_round.list = all.list;
    return code;
}

enum error_code exchange_begin(const struct exchange_config *config, int64_t now, struct exchange **ret,
                               struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct exchange *x = ARENA_NEW(&arena, struct exchange);
    *x = (struct exchange){ .arena = arena, .config = *config, .scheme = config->scheme, .ledger = config->ledger,
                            .cells = { config->lang, config->record->zone } };
    x->config.source = arena_str(&x->arena, config->source);
    if (config->parameter != NULL) {
        x->table = record__table(&x->arena, config->scheme, config->parameter);
        x->ledger = &x->table->ledger;
        x->config.update = false;
    }
    x->codes = ARENA_ARRAY(&x->arena, struct record__codes, x->ledger->field_count);
    enum error_code code = check_config(x, err);
    code = code == OK ? fresh_view(x, now, err) : code;
    code = code == OK ? read_round(x, err) : code;
    code = code == OK ? record__find_checks(x->scheme, x->ledger, &x->checks, &x->checks_node, err) : code;
    if (code == OK) {
        find_parties(x);
    }
    for (uint32_t i = 0; code == OK && i < x->ledger->field_count; i++) {
        code = record__read_codes(x->plan.view, &x->arena, x->scheme, &x->ledger->fields[i], &x->codes[i], err);
    }
    arena_clear(&x->row);
    if (code == OK) {
        *ret = x;
    } else {
        exchange_free(x, now);
    }
    return code;
}

/* ---- Rows ---- */

static void count(struct exchange *x, const struct record__doing *d)
{
    x->report.added += d->deed == RECORD__ADD;
    bool ends = x->table != NULL && x->config.round.len == 0;
    x->report.changed += d->deed == RECORD__CHANGE && !ends;
    x->report.ended += (d->deed == RECORD__CHANGE && ends) || d->ended != 0;
    x->report.same += d->deed == RECORD__SAME;
}

static str about(struct exchange *x)
{
    bool warned = x->report.warnings > 0;
    return warned ? arena_printf(&x->row, "%.*s: %.*s", STR_ARG(x->config.source), STR_ARG(x->config.despite))
                  : x->config.source;
}

static enum error_code begin_batch(struct exchange *x, int64_t now, struct error *err)
{
    if (x->batch != NULL) {
        return OK;
    }
    enum error_code code = record_batch_begin(x->config.record, x->scheme, x->ledger, x->config.actor,
                                              x->config.office, now, &x->batch, err);
    if (code == OK) {
        record_batch_about(x->batch, x->config.source);
        record_batch_dossier(x->batch, x->config.dossier);
    }
    return code;
}

static void drop_batch(struct exchange *x, int64_t now)
{
    if (x->batch != NULL) {
        record_batch_drop(x->batch, now, NULL);
        x->batch = NULL;
    }
}

static enum error_code end_before(struct exchange *x, const struct record__doing *d, int64_t now, struct error *err)
{
    str name = x->ledger->valid_to;
    feel_value last = { .kind = FEEL_DATE, .date = d->last };
    return d->ended == 0 ? OK
                         : record_batch_change(x->batch, d->ended,
                                               feel_context(feel_shape_new(&x->row, &name, 1), &last), now, err);
}

static enum error_code write_row(struct exchange *x, const struct record__doing *d, int64_t now, struct error *err)
{
    enum error_code code = d->deed == RECORD__SAME ? OK : begin_batch(x, now, err);
    if (code != OK || d->deed == RECORD__SAME) {
        return code;
    }
    if (d->deed == RECORD__CHANGE) {
        return record_batch_change(x->batch, d->row, d->values, now, err);
    }
    code = end_before(x, d, now, err);
    return code == OK ? record_batch_add(x->batch, d->values, now, err) : code;
}

static enum error_code take_row(struct exchange *x, const struct table_row *row, int64_t now, struct error *err)
{
    struct record__doing doing;
    enum error_code code = OK;
    x->report.rows++;
    if (x->unusable) {
        return OK;
    }
    bool fine = record__look(x, row, &doing, err, &code);
    if (fine) {
        count(x, &doing);
    }
    if (x->report.wrong > 0) {
        drop_batch(x, now);
    } else if (fine && !x->config.check) {
        code = write_row(x, &doing, now, err);
    }
    return code;
}

enum error_code exchange_row(struct exchange *x, const struct table_row *row, int64_t now, struct error *err)
{
    enum error_code code = fresh_view(x, now, err);
    if (code != OK) {
        return code;
    }
    if (!x->headed) {
        record__read_heading(x, row);
        return OK;
    }
    code = take_row(x, row, now, err);
    arena_clear(&x->row);
    code = code == OK ? store_view_error(x->plan.view, err) : code;
    if (code != OK && err != NULL && err->where.line == 0) {
        error_at(err, x->config.source, row->line, 0);
    }
    return code;
}

enum error_code exchange_settle(struct exchange *x, int64_t now, struct error *err)
{
    (void)now;
    end_view(x);
    if (!x->headed) {
        error_set(err, ERROR_INVALID, "the table is empty");
        error_hint(err, "its first row names the columns, and each row below it is a row of the ledger");
        return ERROR_INVALID;
    }
    return OK;
}

const struct exchange_report *exchange_report(const struct exchange *x)
{
    return &x->report;
}

/* ---- The annotated copy ---- */

static str sentence(struct arena *a, const struct exchange_finding *f)
{
    return f->remedy.len == 0 ? f->text : arena_printf(a, "%.*s: %.*s", STR_ARG(f->text), STR_ARG(f->remedy));
}

static str joined(struct arena *a, str before, str more)
{
    return before.len == 0 ? more : arena_printf(a, "%.*s; %.*s", STR_ARG(before), STR_ARG(more));
}

void exchange_annotate(struct exchange *x, const struct table_row *row, struct arena *a, struct table_row *ret)
{
    uint32_t width = row->count > x->column_count ? row->count : x->column_count;
    struct table_cell *cells = ARENA_ARRAY(a, struct table_cell, width);
    if (row->count > 0) {
        memcpy(cells, row->cells, row->count * sizeof *cells);
    }
    *ret = (struct table_row){ .line = row->line, .flags = row->flags, .count = width, .cells = cells,
                               .note = STR("") };
    for (uint32_t i = 0; i < width; i++) {
        cells[i].note = STR("");
    }
    const struct exchange_report *r = &x->report;
    for (; x->annotated < r->finding_count && r->findings[x->annotated].line <= row->line; x->annotated++) {
        const struct exchange_finding *f = &r->findings[x->annotated];
        if (f->line == row->line && f->column > 0 && f->column <= width) {
            cells[f->column - 1].note = joined(a, cells[f->column - 1].note, sentence(a, f));
        } else if (f->line == row->line) {
            ret->note = joined(a, ret->note, sentence(a, f));
        }
    }
}

static enum table_kind kind_of(enum scheme_field_type type)
{
    switch (type) {
    case SCHEME_INTEGER: case SCHEME_DECIMAL: case SCHEME_QUANTITY: return TABLE_NUMBER;
    case SCHEME_DATE: return TABLE_DATE;
    case SCHEME_TIME: return TABLE_TIME;
    case SCHEME_INSTANT: return TABLE_DATE_TIME;
    default: return TABLE_TEXT;
    }
}

enum table_kind exchange_kind(const struct exchange *x, uint32_t column)
{
    int32_t field = column < x->column_count ? x->columns[column] : RECORD__NO_FIELD;
    return field < 0 ? TABLE_TEXT : kind_of(x->ledger->fields[field].type);
}

/* ---- The end ---- */

enum error_code exchange_finish(struct exchange *x, int64_t now, struct error *err)
{
    int64_t written;
    end_view(x);
    enum error_code code = begin_batch(x, now, err); /* that nothing was to be written is noted too */
    if (code == OK) {
        record_batch_about(x->batch, about(x));
        code = record_batch_flip(x->batch, now, &written, err);
    }
    if (code == OK) {
        x->batch = NULL;
    }
    return code;
}

void exchange_free(struct exchange *x, int64_t now)
{
    end_view(x);
    drop_batch(x, now);
    arena_release(&x->view_arena);
    arena_release(&x->row);
    arena_release(&x->keys);
    struct arena arena = x->arena;
    arena_release(&arena);
}
