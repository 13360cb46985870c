/* begin: whether a dossier may begin: by whom, in which window, and only once. */
#include "work/work_int.h"

#include "base/limit.h"
#include "text/json_write.h"
#include "text/sha256.h"

/* ---- By whom ---- */

/* Whoever delivers for another dossier or a timer is the program, which the process itself has asked to. */
static bool from_outside(const struct work__plan *p)
{
    return p->rq->item_id == 0 && p->rq->fired == 0 && p->rq->parent == 0;
}

static enum error_code check_by(struct work__plan *p)
{
    unsigned by = p->procedure == NULL ? 0 : p->procedure->start_by;
    bool party = p->rq->party.len > 0 || p->outside, guest = p->rq->guest.len > 0;
    unsigned wanted = guest   ? SCHEME_START_LINK
                      : party ? SCHEME_START_WEB
                              : SCHEME_START_COUNTER | SCHEME_START_XLSX | SCHEME_START_MANY;
    if ((by == 0 && !p->outside && !guest) || (by & wanted) != 0 || (p->rq->actor == 0 && !party && !guest)) {
        return OK;
    }
    error_set(p->err, ERROR_INVALID, "the process \"%.*s\" is not begun in this way", STR_ARG(p->d.process));
    error_detail(p->err, party ? "parties do not begin it by themselves" : "officers do not begin it");
    error_hint(p->err, "scheme.json says how, in start.by");
    return ERROR_INVALID;
}

/* ---- The window ---- */

static feel_value said(feel_value variables, str name)
{
    feel_value v = feel_null();
    if (!feel_context_get(feel_member(variables, "declared"), name, &v)) {
        feel_context_get(variables, name, &v);
    }
    return v;
}

/* A row of the parameter fits when what the dossier says of its key columns is what they say; an empty one fits all. */
static bool row_fits(struct work__plan *p, const struct scheme_parameter *w, feel_value row, feel_value variables)
{
    for (uint32_t i = 0; i < w->key_count; i++) {
        feel_value own = said(variables, w->columns[i].name), key = feel_null();
        feel_context_get(row, w->columns[i].name, &key);
        if (key.kind != FEEL_NULL && own.kind != FEEL_NULL && !feel_is_true(feel_equal(p->rules, key, own))) {
            return false;
        }
    }
    return true;
}

/* The rows of the windows that the dossier falls under: those of the parameter, or what an expression gives. */
static enum error_code window_rows(struct work__plan *p, feel_value variables, feel_value *ret)
{
    str window = p->procedure->window;
    if (window.ptr[0] == '=') {
        return work__evaluate(p, str_slice(window, 1, window.len), variables, ret, p->err);
    }
    const struct scheme_parameter *w = scheme_parameter(p->scheme, window);
    feel_value all, used, rows = feel_null();
    enum error_code code = work__names(p, &window, 1, variables, &all, &used, p->err);
    if (code != OK || w == NULL || !feel_context_get(all, window, &rows) || rows.kind != FEEL_LIST) {
        *ret = feel_null();
        return code;
    }
    feel_value *fits = ARENA_ARRAY(&p->turn, feel_value, rows.count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows.count; i++) {
        fits[count] = rows.items[i];
        count += row_fits(p, w, rows.items[i], variables);
    }
    *ret = feel_list(fits, count);
    return OK;
}

static enum error_code no_window(struct work__plan *p)
{
    error_set(p->err, ERROR_INVALID, "it is not settled when this may be declared");
    error_detail(p->err, "no row of the windows fits what was declared");
    error_hint(p->err, "ask the office; it enters the window before the round begins");
    return ERROR_INVALID;
}

static enum error_code closed(struct work__plan *p, feel_value row)
{
    struct buf from = BUF_INIT(64), to = BUF_INIT(64);
    feel_print(feel_member(row, "opens"), &from);
    feel_print(feel_member(row, "closes"), &to);
    error_set(p->err, ERROR_INVALID, "this is not the time for it");
    error_detail(p->err, "open from %.*s to %.*s, the last day included", STR_ARG(buf_str(&from)),
                 STR_ARG(buf_str(&to)));
    error_hint(p->err, "what was entered can be kept as a draft; ask the office about the next round");
    buf_release(&from);
    buf_release(&to);
    return ERROR_INVALID;
}

static bool holds_today(const struct work__plan *p, feel_value row)
{
    feel_value opens = feel_member(row, "opens"), closes = feel_member(row, "closes");
    feel_value today = { .kind = FEEL_DATE, .date = work__day(p, p->now) };
    int order;
    return (opens.kind != FEEL_DATE || (feel_compare(opens, today, &order) && order <= 0)) &&
           (closes.kind != FEEL_DATE || (feel_compare(today, closes, &order) && order <= 0));
}

enum error_code work__window(struct work__plan *p, feel_value variables, feel_value *ret_window)
{
    feel_value rows;
    *ret_window = feel_null();
    if (p->procedure->window.len == 0) {
        return OK;
    }
    enum error_code code = window_rows(p, variables, &rows);
    if (code != OK) {
        return code;
    }
    feel_value *row = rows.kind == FEEL_LIST ? (feel_value *)rows.items : &rows;
    uint32_t count = rows.kind == FEEL_LIST ? rows.count : rows.kind == FEEL_CONTEXT;
    for (uint32_t i = 0; i < count; i++) {
        if (holds_today(p, row[i])) {
            *ret_window = row[i];
            return OK;
        }
    }
    return count == 0 ? no_window(p) : closed(p, row[0]);
}

/* ---- Once ---- */

static feel_value once_value(struct work__plan *p, str path, feel_value variables, feel_value self)
{
    if (str_eq(path, STR("party"))) {
        return feel_string(p->d.subject);
    }
    feel_value v = said(variables, path);
    if (v.kind == FEEL_NULL) {
        feel_context_get(self, path, &v);
    }
    return v;
}

/* The key under which no second dossier runs: what the process is, and the values of its `once`. */
static enum error_code once_key(struct work__plan *p, feel_value variables, str *ret)
{
    const struct scheme_process *s = p->procedure;
    feel_value self, *values = ARENA_ARRAY(&p->turn, feel_value, s->once_count + 2);
    char hash[SHA256_TEXT];
    enum error_code code = work__self(p, variables, &self, p->err);
    if (code != OK) {
        return code;
    }
    values[0] = feel_string(p->d.scheme);
    values[1] = feel_string(p->d.process);
    for (uint32_t i = 0; i < s->once_count; i++) {
        values[i + 2] = once_value(p, s->once[i], variables, self);
    }
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    feel_record_write(feel_list(values, s->once_count + 2), &text);
    sha256_text(buf_str(&text), hash);
    buf_release(&text);
    *ret = arena_str(&p->scratch, str_of(hash));
    return OK;
}

static enum error_code check_once(struct work__plan *p, feel_value variables)
{
    str key;
    if (p->procedure->once_count == 0) {
        return OK;
    }
    enum error_code code = once_key(p, variables, &key);
    if (code != OK) {
        return code;
    }
    struct store_value args[] = { store_text(key) };
    struct store_rows *r = store_query(p->view, "SELECT dossier FROM once WHERE key = ?", args, 1);
    int64_t other = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    if (other != 0) {
        error_set(p->err, ERROR_INVALID, "there is one already, and only one is allowed");
        error_detail(p->err, "dossier %lld", (long long)other);
        error_hint(p->err, "go on with that one, or take it back first");
        return ERROR_INVALID;
    }
    struct store_value row[] = { store_text(key), store_int(p->d.id) };
    store_insert(p->change, STORE_TABLE_once, row);
    return OK;
}

/* One that did not come to its end gives its place free. */
void work__once_end(struct work__plan *p)
{
    struct store_value args[] = { store_int(p->d.id) };
    if (p->procedure == NULL || p->procedure->once_count == 0 || p->state.outcome == BPMN_ENDED) {
        return;
    }
    struct store_rows *r = store_query(p->view, "SELECT key FROM once WHERE dossier = ?", args, 1);
    if (store_next(r)) {
        struct store_value key[] = { store_text(arena_str(&p->scratch, store_column_text(r, 0))) };
        store_delete(p->change, STORE_TABLE_once, key, 0);
    }
    store_rows_end(r);
}

/* ---- The whole ---- */

enum error_code work__begin(struct work__plan *p, struct bpmn_event *event)
{
    arena_clear(&p->turn);
    enum error_code code = OK;
    feel_value window = feel_null();
    if (p->procedure == NULL) {
        enum error_code by = p->outside ? check_by(p) : OK;
        return by == OK ? work__note_round(p, event->variables, window) : by;
    }
    if (from_outside(p)) {
        code = check_by(p);
        code = code == OK ? work__answer_start(p, event->variables) : code;
        event->variables = code == OK ? work__first_variables(p) : event->variables;
        code = code == OK ? work__window(p, event->variables, &window) : code;
    }
    code = code == OK ? work__note_round(p, event->variables, window) : code;
    return code == OK ? check_once(p, event->variables) : code;
}
