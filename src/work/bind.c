/* bind: what rules, forms and conditions read: facts and parameters of the scheme, and what the dossier says itself.
 * The order of names is that of scheme/scheme.h; a variable never takes the place of a fact. */
#include "work/work_int.h"

#include "base/limit.h"
#include "form/form.h"

/* ---- What the dossier says of itself ---- */

str work__office_code(struct store_view *v, struct arena *a, int64_t office)
{
    struct store_value args[] = { store_int(office) };
    struct store_rows *r = store_query(v, "SELECT code FROM office WHERE id = ?", args, 1);
    str code = store_next(r) ? arena_str(a, store_column_text(r, 0)) : STR("");
    store_rows_end(r);
    return code;
}

cal_date work__day(const struct work__plan *p, int64_t at)
{
    cal_datetime t;
    cal_zone zone = (cal_zone)cal_zone_offset_at(p->w->zone, at / 1000000);
    return cal_datetime_from_utc(at / 1000000, 0, zone, &t) ? (cal_date){ t.year, t.month, t.day } : (cal_date){ 0 };
}

feel_value work__instant(const struct work__plan *p, int64_t at)
{
    cal_datetime t;
    cal_zone zone = (cal_zone)cal_zone_offset_at(p->w->zone, at / 1000000);
    return cal_datetime_from_utc(at / 1000000, (uint32_t)(at % 1000000) * 1000, zone, &t)
               ? (feel_value){ .kind = FEEL_DATE_TIME, .date_time = t }
               : feel_null();
}

static feel_value day_value(cal_date day)
{
    return (feel_value){ .kind = FEEL_DATE, .date = day };
}

/* The day whose rules hold: as the start noted it, or the day of each act. */
cal_date work__key_date(const struct work__plan *p, feel_value variables)
{
    feel_value noted = feel_member(feel_member(variables, "dossier"), "key date");
    bool of_act = p->procedure != NULL && str_eq(p->procedure->key_date, STR("act"));
    return !of_act && noted.kind == FEEL_DATE ? noted.date : work__day(p, p->now);
}

/* What was declared, overlaid by what was verified, and computed anew from both. */
static enum error_code figures(struct work__plan *p, feel_value variables, feel_value *ret, struct error *err)
{
    const struct form *f = p->procedure == NULL ? NULL : scheme_form(p->scheme, p->procedure->start_form);
    feel_value declared = feel_member(variables, "declared"), verified = feel_member(variables, "verified");
    if (f == NULL || declared.kind != FEEL_CONTEXT) {
        *ret = form_overlay(&p->turn, declared, verified);
        return OK;
    }
    return form_figures(f, p->rules, declared, verified, variables, &p->turn, ret, err);
}

/* The round that the dossier was begun in; before it has begun, that of its variables or answers, else the year of the
 * key date. */
static feel_value round_of(struct work__plan *p, feel_value variables, feel_value own, cal_date key_date)
{
    feel_value round = feel_null();
    if (p->d.round.len > 0 && feel_json_read(&p->turn, p->d.round, &round, NULL) == OK) {
        return round;
    }
    round = feel_member(variables, "round");
    round = round.kind == FEEL_NULL ? feel_member(own, "round") : round;
    return round.kind == FEEL_NULL ? feel_number(dec_from_int(key_date.year)) : round;
}

enum error_code work__note_round(struct work__plan *p, feel_value variables, feel_value window)
{
    feel_value own, round = feel_member(variables, "round");
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = round.kind == FEEL_NULL ? figures(p, variables, &own, p->err) : OK;
    if (code == OK && round.kind == FEEL_NULL) {
        round = feel_member(own, "round");
        round = round.kind == FEEL_NULL ? feel_member(window, "round") : round;
        round = round.kind == FEEL_NULL ? round_of(p, variables, own, work__key_date(p, variables)) : round;
    }
    feel_json_write(round, false, &text);
    p->d.round = arena_str(&p->scratch, buf_str(&text));
    buf_release(&text);
    return code;
}

enum error_code work__self(struct work__plan *p, feel_value variables, feel_value *ret, struct error *err)
{
    static const char *const names[] = { "number", "scheme", "process", "subject", "office", "opened", "round",
                                         "key date", "figures", "clocks" };
    enum { COUNT = sizeof names / sizeof names[0] };
    feel_value *values = ARENA_ARRAY(&p->turn, feel_value, COUNT), own;
    str *texts = ARENA_ARRAY(&p->turn, str, COUNT);
    cal_date key_date = work__key_date(p, variables);
    feel_value dossier = feel_member(variables, "dossier");
    enum error_code code = figures(p, variables, &own, err);
    for (size_t i = 0; i < COUNT; i++) {
        texts[i] = str_of(names[i]);
    }
    values[0] = feel_string(arena_printf(&p->turn, "%lld", (long long)p->d.id));
    values[1] = feel_string(p->d.scheme);
    values[2] = feel_string(p->d.process);
    values[3] = feel_string(p->d.subject);
    values[4] = feel_string(work__office_code(p->view, &p->turn, p->d.office));
    values[5] = feel_member(dossier, "opened");
    values[6] = round_of(p, variables, own, key_date);
    values[7] = day_value(key_date);
    values[8] = own;
    values[9] = feel_member(variables, "clocks");
    feel_value reserved = feel_context(feel_shape_new(&p->turn, texts, COUNT), values);
    *ret = scheme_merged(&p->turn, scheme_merged(&p->turn, own, variables), reserved);
    return code;
}

/* ---- Names ---- */

enum error_code work__names(struct work__plan *p, const str *names, uint32_t count, feel_value variables,
                            feel_value *ret, feel_value *ret_used, struct error *err)
{
    feel_value self, bound;
    enum error_code code = work__self(p, variables, &self, err);
    if (code == OK) {
        code = record_bind_names(p->w->record, p->view, p->rules, p->scheme, names, count, self,
                                 work__key_date(p, variables), &p->turn, &bound, ret_used, err);
    }
    if (code == OK) {
        *ret = scheme_merged(&p->turn, variables, bound);
    }
    return code;
}

enum error_code work__inputs(struct work__plan *p, const struct dmn_model *m, uint32_t node, feel_value variables,
                             feel_value *ret, feel_value *ret_used, struct error *err)
{
    feel_value self, bound;
    enum error_code code = work__self(p, variables, &self, err);
    if (code == OK) {
        code = record_bind(p->w->record, p->view, p->rules, p->scheme, m, node, self, work__key_date(p, variables),
                           &p->turn, &bound, ret_used, err);
    }
    if (code == OK) {
        *ret = scheme_merged(&p->turn, variables, bound);
    }
    return code;
}

/* ---- Conditions ---- */

static bool mentions(str source, str name)
{
    return name.len > 0 && memmem(source.ptr, source.len, name.ptr, name.len) != NULL;
}

/* The facts and parameters that a text mentions, and the reserved names. */
static uint32_t names_in(const struct scheme *s, str source, str *ret)
{
    static const char *const reserved[] = { "this", "key date", "figures", "clocks" };
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->fact_count; i++) {
        ret[count] = s->facts[i].name;
        count += mentions(source, s->facts[i].name);
    }
    for (uint32_t i = 0; i < s->parameter_count; i++) {
        ret[count] = s->parameters[i].name;
        count += mentions(source, s->parameters[i].name);
    }
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        ret[count++] = str_of(reserved[i]);
    }
    return count;
}

enum error_code work__evaluate(struct work__plan *p, str source, feel_value variables, feel_value *ret,
                               struct error *err)
{
    const struct feel_program *program;
    str *names = ARENA_ARRAY(&p->turn, str, p->scheme->fact_count + p->scheme->parameter_count + 4);
    feel_value all, used;
    enum error_code code = work__names(p, names, names_in(p->scheme, source, names), variables, &all, &used, err);
    if (code == OK) {
        code = feel_compile(&p->turn, feel_scope_of_context(&p->turn, all), source, &program, err);
    }
    if (code == OK) {
        *ret = feel_copy(&p->turn, feel_run(p->rules, program, all.values));
        code = feel_eval_limit(p->rules, err);
    }
    return code;
}
