/* page_office_dossier: a dossier as the office sees it: what was declared and what the rules make of it, decisions with
 * their reasons, papers, messages, links, clocks day by day, history, process; and what is done to it as a whole. */
#include "web/office.h"

#include "base/limit.h"

enum { PAPERS = 200 };

/* ---- The dossier as JSON ---- */

feel_value web__dossier_json(struct web__call *c, struct store_view *v, const struct work_dossier *d)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value all = feel_null();
    work_write_dossier(c->web->config.work, v, d, &json);
    feel_json_read(c->arena, arena_str(c->arena, buf_str(&json)), &all, NULL);
    buf_release(&json);
    return all;
}

/* "2026-11-28T18:23:40+08:00" as people write it. */
static str moment(struct arena *a, feel_value v)
{
    str text = v.kind == FEEL_STRING ? feel_str(v) : publish_shown(a, v);
    return text.len < 16 ? text : arena_printf(a, "%.*s %.*s", 10, text.ptr, 5, text.ptr + 11);
}

/* The last day of a limit that is given as the instant after it. */
static str last_day(struct arena *a, feel_value v)
{
    str text = v.kind == FEEL_STRING ? feel_str(v) : STR("");
    cal_datetime t;
    if (text.len == 0 || !cal_parse_datetime(text, &t)) {
        return STR("");
    }
    return str_slice(web__instant(a, (cal_utc_seconds(t) - 1) * 1000000), 0, 10);
}

/* The name of an element of a process; empty: there is none. */
static str element_name(const struct bpmn_model *m, str id)
{
    for (uint32_t i = 0; m != NULL && i < m->element_count; i++) {
        if (str_eq(m->elements[i].id, id)) {
            return m->elements[i].name;
        }
    }
    return STR("");
}

struct waiting_step {
    const struct bpmn_model *model;
    str message, name; /* name: of the first element that takes the message; empty: none does */
};

static void take_waiting(void *context, const struct bpmn_text *text)
{
    struct waiting_step *w = context;
    if (text->kind == BPMN_TEXT_MESSAGE && text->element != BPMN_NONE && w->name.len == 0 &&
        str_eq(text->text, w->message)) {
        w->name = w->model->elements[text->element].name;
    }
}

/* The step at which a clock stops, as its name in the process: that of `task ID completed`, or that which takes
 * `message NAME`. Empty: the process does not name it. */
static str name_of_stop(const struct bpmn_model *m, str stop)
{
    static const char task[] = "task ", behind[] = " completed", message[] = "message ";
    size_t from = strlen(task), to = stop.len - strlen(behind);
    if (stop.len > from + strlen(behind) && str_starts_with(stop, str_of(task)) &&
        str_eq(str_slice(stop, to, stop.len), str_of(behind))) {
        return element_name(m, str_slice(stop, from, to));
    }
    struct waiting_step w = { .model = m };
    if (m != NULL && str_starts_with(stop, str_of(message))) {
        w.message = str_slice(stop, strlen(message), stop.len);
        bpmn_texts(m, take_waiting, &w);
    }
    return w.name;
}

/* What a clock is called for people: the step that it ends with. */
static str clock_title(const struct web__call *c, const struct scheme *s, const struct work_dossier *d, str name)
{
    const struct scheme_process *said = scheme_process(s, d->process);
    str title = STR("");
    for (uint32_t i = 0; said != NULL && i < said->clock_count; i++) {
        if (str_eq(said->clocks[i].name, name)) {
            title = name_of_stop(bpmn_in(scheme_model(s, d->process), c->lang), said->clocks[i].stop);
        }
    }
    return title.len > 0 ? title : name;
}

static void put_clocks(struct web__call *c, const struct scheme *s, const struct work_dossier *d, feel_value all)
{
    struct node *list = node_put_list(c->model, "clocks");
    feel_value clocks = feel_member(all, "clocks");
    for (uint32_t i = 0; clocks.kind == FEEL_LIST && i < clocks.count; i++) {
        struct node *n = node_add_object(list);
        feel_value one = clocks.items[i];
        node_put_text(n, "clock", feel_text_member(one, "clock"));
        node_put_text(n, "title", clock_title(c, s, d, feel_text_member(one, "clock")));
        node_put_text(n, "state", feel_text_member(one, "state"));
        node_put_text(n, "last_day", last_day(c->arena, feel_member(one, "due")));
        node_put_true(n, "running", str_eq(feel_text_member(one, "state"), STR("running")));
        node_put_true(n, "late", feel_is_true(feel_member(one, "late")));
        node_put_true(n, "party", feel_is_true(feel_member(one, "party")));
        node_put_true(n, "provisional", feel_is_true(feel_member(one, "provisional")));
    }
}

enum error_code web__put_dossier_head(struct web__call *c, struct store_view *v, const struct work_dossier *d,
                                      feel_value all, struct error *err)
{
    const struct scheme *s;
    enum error_code code = record_scheme(work_record(c->web->config.work), v, d->bundle, &s, err);
    if (code != OK) {
        return code;
    }
    const struct scheme_process *said = scheme_process(s, d->process);
    str process = said == NULL ? STR("") : scheme_text(said->title, c->lang);
    struct work_desk_row row = { .dossier = d->id, .subject = d->subject };
    work_desk_name(c->web->config.work, v, c->arena, &row);
    node_put_int(c->model, "dossier", d->id);
    node_put_text(c->model, "scheme", scheme_text(s->title, c->lang));
    node_put_text(c->model, "process", process.len > 0 ? process : d->process);
    bool blind = web__is_blind(c, s, d->process, feel_member(all, "tasks"));
    node_put_true(c->model, "blind", blind);
    node_put_text(c->model, "party", blind ? STR("") : row.party.len > 0 ? row.party : d->subject);
    node_put_text(c->model, "subject", blind ? STR("") : d->subject);
    node_put_text(c->model, "office", work_name_of_office(v, c->arena, d->office));
    node_put_text(c->model, "outcome", d->outcome);
    node_put_true(c->model, "running", str_eq(d->outcome, STR("running")));
    web__put_instant(c->model, "opened", d->opened);
    web__put_instant(c->model, "closed", d->closed);
    put_clocks(c, s, d, all);
    return OK;
}

/* ---- What it rests on ---- */

static const char *urgency_of(str result)
{
    return str_eq(result, STR("met"))         ? "good"
           : str_eq(result, STR("judgement")) ? "fair"
           : str_eq(result, STR("not met"))   ? "bad"
                                              : "still";
}

static bool is_items(feel_value v)
{
    return v.kind == FEEL_LIST && v.count > 0 && v.items[0].kind == FEEL_CONTEXT &&
           feel_member(v.items[0], "id").kind != FEEL_NULL;
}

/* The list of items in a result: of a checklist, or of a sheet of points. */
static feel_value items_of(feel_value result)
{
    for (uint32_t i = 0; result.kind == FEEL_CONTEXT && i < result.count; i++) {
        if (is_items(result.values[i])) {
            return result.values[i];
        }
    }
    return is_items(result) ? result : feel_null();
}

/* A value of an item in words: yes and no as marks, lists without brackets. */
static str plain(struct arena *a, feel_value v)
{
    struct buf out = BUF_INIT(1 << 16);
    if (v.kind == FEEL_BOOLEAN) {
        return v.boolean ? STR("✓") : STR("✗");
    }
    if (v.kind != FEEL_LIST) {
        return publish_shown(a, v);
    }
    for (uint32_t i = 0; i < v.count; i++) {
        buf_printf(&out, "%s%.*s", i == 0 ? "" : "；", STR_ARG(publish_shown(a, v.items[i])));
    }
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text.len > 0 ? text : STR("—");
}

static void put_items(struct web__call *c, struct store_view *v, struct node *to, const struct web__rest *rest,
                      feel_value items)
{
    static const char *const members[] = { "clause", "need", "have", "gap", "points", "weight" };
    struct node *list = node_put_list(to, "items");
    for (uint32_t i = 0; i < items.count; i++) {
        struct node *n = node_add_object(list);
        str result = feel_text_member(items.items[i], "result");
        str id = publish_shown(c->arena, feel_member(items.items[i], "id"));
        str said = scheme_item_title(rest->scheme, rest->decision, id, c->lang);
        str own = feel_text_member(items.items[i], "title");
        node_put_text(n, "id", id);
        node_put_text(n, "title", own.len > 0 ? own : said);
        for (size_t k = 0; k < sizeof members / sizeof members[0]; k++) {
            str text = plain(c->arena, feel_member(items.items[i], members[k]));
            node_put_text(n, members[k], scheme_word(rest->scheme, text, c->lang));
        }
        node_put_text(n, "result", result);
        node_put_word(n, "urgency", urgency_of(result));
        web__put_item_evidence(c, v, n, rest, id);
    }
}

static feel_value explained(struct web__call *c, struct store_view *v, int64_t dossier, str name)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = c->lang };
    feel_value all = feel_null();
    if (work_explain(c->web->config.work, v, dossier, name, &json, &err) == OK) {
        feel_json_read(c->arena, arena_str(c->arena, buf_str(&json)), &all, NULL);
    }
    buf_release(&json);
    return all;
}

static str decision_title(struct web__call *c, const struct scheme *s, str name)
{
    const struct scheme_decision *d = s == NULL ? NULL : scheme_described(s, name);
    str title = d == NULL ? STR("") : scheme_text(d->title, c->lang);
    return title.len > 0 ? title : name;
}

/* Is there a later one of the name? */
static bool is_last(feel_value decisions, uint32_t i)
{
    for (uint32_t k = i + 1; k < decisions.count; k++) {
        if (str_eq(feel_text_member(decisions.items[k], "name"), feel_text_member(decisions.items[i], "name"))) {
            return false;
        }
    }
    return true;
}

static void put_checks(struct web__call *c, struct store_view *v, const struct scheme *s, const struct work_dossier *d,
                       feel_value decisions, feel_value variables)
{
    struct node *list = node_put_list(c->model, "checks"), *facts = node_put_list(c->model, "fact_rows");
    const struct scheme_process *process = s == NULL ? NULL : scheme_process(s, d->process);
    const struct form *form = process == NULL ? NULL : form_in(scheme_form(s, process->start_form), c->lang);
    for (uint32_t i = 0; decisions.kind == FEEL_LIST && i < decisions.count; i++) {
        str name = feel_text_member(decisions.items[i], "name");
        const struct scheme_decision *said = s == NULL ? NULL : scheme_described(s, name);
        bool shaped = said != NULL && (said->shape == SCHEME_CHECKLIST || said->shape == SCHEME_SHEET);
        feel_value why = shaped && is_last(decisions, i) ? explained(c, v, d->id, name) : feel_null();
        feel_value items = items_of(feel_member(why, "result"));
        if (items.kind == FEEL_LIST) {
            struct node *n = node_add_object(list);
            str result = feel_text_member(feel_member(why, "result"), "result");
            node_put_text(n, "name", name);
            node_put_text(n, "title", decision_title(c, s, name));
            node_put_text(n, "result", result);
            node_put_word(n, "urgency", urgency_of(result));
            struct web__rest rest = { s, said, form, variables, feel_member(why, "nodes") };
            put_items(c, v, n, &rest, items);
            web__put_fact_rows(c, v, facts, &rest);
        }
    }
}

/* What was declared, field by field, beside what was found. */
static void put_declared(struct web__call *c, struct store_view *v, const struct scheme *s,
                         const struct work_dossier *d, feel_value variables, bool blind)
{
    const struct scheme_process *said = s == NULL ? NULL : scheme_process(s, d->process);
    const struct form *f = said == NULL ? NULL : form_in(scheme_form(s, said->start_form), c->lang);
    feel_value declared = feel_member(variables, "declared"), verified = feel_member(variables, "verified");
    const struct form_view *views;
    uint32_t count;
    if (f == NULL || declared.kind != FEEL_CONTEXT) {
        return;
    }
    if (blind) {
        declared = form_blind(f, declared, c->arena);
        verified = variables = feel_null();
    }
    struct feel_eval *ev = work_evaluator(c->web->config.work, v, false);
    struct form_request rq = { .mode = FORM_VERIFY, .draft = true, .declared = declared, .variables = variables };
    if (form_draw(f, ev, &rq, c->arena, &views, &count, NULL) == OK) {
        web__put_declared(c, v, f, views, count, verified);
    }
    feel_eval_free(ev);
}

void web__put_evidence(struct web__call *c, struct store_view *v, const struct scheme *s, const struct work_dossier *d,
                       feel_value all, feel_value variables)
{
    if (web__is_blind(c, s, d->process, feel_member(all, "tasks"))) {
        put_declared(c, v, s, d, variables, true);
        return;
    }
    put_checks(c, v, s, d, feel_member(all, "decisions"), variables);
    put_declared(c, v, s, d, variables, false);
    web__put_earlier(c, v, s, d, variables);
    web__put_answered(c, v, s, all);
}

/* ---- Tabs ---- */

static void put_tasks(struct web__call *c, struct store_view *v, const struct scheme *s, feel_value all)
{
    struct node *open = node_put_list(c->model, "tasks"), *done = node_put_list(c->model, "done_tasks");
    feel_value tasks = feel_member(all, "tasks");
    for (uint32_t i = 0; tasks.kind == FEEL_LIST && i < tasks.count; i++) {
        feel_value t = tasks.items[i];
        str task = feel_text_member(t, "task"), status = feel_text_member(t, "status");
        const char *dot = task.len == 0 ? NULL : memchr(task.ptr, '.', task.len);
        struct node *n = node_add_object(str_eq(status, STR("open")) ? open : done);
        node_put_text(n, "wait", dot == NULL ? STR("") : str_slice(task, (size_t)(dot - task.ptr) + 1, task.len));
        node_put_text(n, "step", work_task_called(s, feel_text_member(t, "name"), c->lang, c->arena));
        node_put_text(n, "status", status);
        node_put_text(n, "role", feel_text_member(t, "role"));
        node_put_text(n, "assignee", work_name_of_person(v, c->arena, feel_whole_member(t, "assignee")));
        node_put_text(n, "last_day", last_day(c->arena, feel_member(t, "due")));
        node_put_text(n, "opened", moment(c->arena, feel_member(t, "opened")));
        node_put_text(n, "closed", moment(c->arena, feel_member(t, "closed")));
    }
}

/* Who departed from a decision, to what, why and with whom: it stands where all have signed. */
static void put_departure(struct web__call *c, struct node *n, feel_value all, feel_value decision)
{
    feel_value rows = feel_member(all, "history");
    str id = publish_shown(c->arena, feel_member(decision, "id"));
    for (uint32_t i = rows.kind == FEEL_LIST ? rows.count : 0; i > 0; i--) {
        feel_value detail = feel_member(rows.items[i - 1], "detail"), departed = feel_member(detail, "departed");
        bool stands = feel_member(detail, "signed").kind == FEEL_LIST ||
                      feel_member(feel_member(detail, "with"), "departed").kind == FEEL_NULL;
        if (departed.kind == FEEL_CONTEXT && stands && str_eq(feel_text_member(departed, "decision"), id)) {
            node_put_text(n, "departed", publish_shown(c->arena, feel_member(departed, "result")));
            node_put_text(n, "reason", feel_text_member(departed, "reason"));
            node_put_text(n, "note", feel_text_member(departed, "note"));
            node_put_text(n, "persons", web__shown(c, feel_member(departed, "persons")));
            return;
        }
    }
}

static void put_decisions(struct web__call *c, const struct scheme *s, feel_value all)
{
    struct node *list = node_put_list(c->model, "decisions");
    feel_value decisions = feel_member(all, "decisions");
    for (uint32_t i = 0; decisions.kind == FEEL_LIST && i < decisions.count; i++) {
        feel_value d = decisions.items[i];
        struct node *n = node_add_object(list);
        node_put_text(n, "name", feel_text_member(d, "name"));
        node_put_text(n, "title", decision_title(c, s, feel_text_member(d, "name")));
        node_put_text(n, "at", moment(c->arena, feel_member(d, "at")));
        node_put_text(n, "hash", feel_text_member(d, "hash"));
        node_put_true(n, "last", is_last(decisions, i));
        put_departure(c, n, all, d);
    }
}

static str annotations(struct arena *a, feel_value list)
{
    struct buf out = BUF_INIT(4096);
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        str text = feel_text_member(list.items[i], "text");
        buf_printf(&out, "%s%.*s", out.len > 0 && text.len > 0 ? "；" : "", STR_ARG(text));
    }
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

static void put_rules(struct web__call *c, struct node *to, feel_value table)
{
    struct node *list = node_put_list(to, "rules");
    feel_value rules = feel_member(table, "rules");
    for (uint32_t i = 0; rules.kind == FEEL_LIST && i < rules.count; i++) {
        feel_value r = rules.items[i];
        if (!feel_is_true(feel_member(r, "tested"))) {
            continue;
        }
        struct node *n = node_add_object(list);
        node_put_int(n, "number", feel_whole_member(r, "rule"));
        node_put_true(n, "matched", feel_is_true(feel_member(r, "matched")));
        node_put_text(n, "output", publish_shown(c->arena, feel_member(r, "output")));
        node_put_text(n, "failed", feel_text_member(feel_member(r, "failed"), "text"));
        node_put_text(n, "clause", annotations(c->arena, feel_member(r, "annotations")));
    }
}

/* How one was decided: each node that it needed, in the order of computing. */
static void put_trace(struct web__call *c, struct store_view *v, const struct scheme *s, int64_t dossier)
{
    str name = web__text(c, "decision");
    feel_value all = name.len == 0 ? feel_null() : explained(c, v, dossier, name);
    feel_value nodes = feel_member(all, "nodes");
    if (all.kind == FEEL_NULL) {
        return;
    }
    struct node *trace = node_put_object(c->model, "trace"), *list = node_put_list(trace, "nodes");
    node_put_text(trace, "title", decision_title(c, s, name));
    for (uint32_t i = 0; nodes.kind == FEEL_LIST && i < nodes.count; i++) {
        struct node *n = node_add_object(list), *tables = node_put_list(n, "tables");
        feel_value of = feel_member(nodes.items[i], "tables");
        node_put_text(n, "node", feel_text_member(nodes.items[i], "node"));
        node_put_true(n, "input", str_eq(feel_text_member(nodes.items[i], "kind"), STR("input")));
        node_put_text(n, "value", publish_shown(c->arena, feel_member(nodes.items[i], "value")));
        for (uint32_t k = 0; of.kind == FEEL_LIST && k < of.count; k++) {
            struct node *t = node_add_object(tables);
            node_put_text(t, "table", feel_text_member(of.items[k], "table"));
            put_rules(c, t, of.items[k]);
        }
    }
}

static void put_days(struct web__call *c, struct store_view *v, const struct work_dossier *d)
{
    str name = web__text(c, "clock");
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = c->lang };
    feel_value all = feel_null();
    if (name.len == 0 || work_write_clock(c->web->config.work, v, d, name, &json, &err) != OK) {
        buf_release(&json);
        return;
    }
    feel_json_read(c->arena, arena_str(c->arena, buf_str(&json)), &all, NULL);
    buf_release(&json);
    struct node *n = node_put_object(c->model, "computation");
    node_put_text(n, "clock", name);
    node_put_text(n, "length", publish_shown(c->arena, feel_member(all, "length")));
    node_put_text(n, "unit", web__unit(c, feel_text_member(all, "unit")));
    node_put_text(n, "calendar", feel_text_member(all, "calendar"));
    node_put_text(n, "last_day", last_day(c->arena, feel_member(all, "due")));
    struct node *events = node_put_list(n, "events"), *days = node_put_list(n, "days");
    feel_value happened = feel_member(all, "events"), counted = feel_member(all, "days");
    for (uint32_t i = 0; happened.kind == FEEL_LIST && i < happened.count; i++) {
        struct node *e = node_add_object(events);
        node_put_text(e, "act", feel_text_member(happened.items[i], "act"));
        node_put_text(e, "at", moment(c->arena, feel_member(happened.items[i], "at")));
        node_put_text(e, "reason", feel_text_member(happened.items[i], "reason"));
        node_put_text(e, "clause", feel_text_member(happened.items[i], "clause"));
        node_put_text(e, "actor", work_name_of_person(v, c->arena, feel_whole_member(happened.items[i], "actor")));
    }
    for (uint32_t i = 0; counted.kind == FEEL_LIST && i < counted.count; i++) {
        struct node *e = node_add_object(days);
        bool counts = feel_is_true(feel_member(counted.items[i], "counts"));
        node_put_text(e, "day", feel_text_member(counted.items[i], "day"));
        node_put_true(e, "counts", counts);
        if (counts) {
            node_put_int(e, "number", feel_whole_member(counted.items[i], "number"));
        }
        node_put_text(e, "why", feel_text_member(counted.items[i], "why"));
        node_put_true(e, "provisional", feel_is_true(feel_member(counted.items[i], "provisional")));
    }
}

/* Each time limit that moved in a unit: its last day before, and after. */
static void put_moved_clocks(struct web__call *c, struct node *effects, feel_value clocks)
{
    for (uint32_t i = 0; clocks.kind == FEEL_CONTEXT && i < clocks.count; i++) {
        str from = last_day(c->arena, feel_member(clocks.values[i], "from"));
        str to = last_day(c->arena, feel_member(clocks.values[i], "to"));
        if (from.len > 0 && to.len > 0 && !str_eq(from, to)) {
            node_add_text(effects, arena_printf(c->arena, lang_text(c->lang, "time limit %.*s: from %.*s to %.*s"),
                                                STR_ARG(clocks.shape->names[i]), STR_ARG(from), STR_ARG(to)));
        }
    }
}

static void put_history(struct web__call *c, struct store_view *v, feel_value all)
{
    struct node *list = node_put_list(c->model, "history");
    feel_value rows = feel_member(all, "history");
    for (uint32_t i = rows.kind == FEEL_LIST ? rows.count : 0; i > 0; i--) {
        feel_value row = rows.items[i - 1], detail = feel_member(row, "detail");
        struct node *n = node_add_object(list), *effects = node_put_list(n, "effects");
        feel_value all_effects = feel_member(detail, "effects");
        node_put_text(n, "at", moment(c->arena, feel_member(row, "at")));
        node_put_text(n, "actor", work_name_of_person(v, c->arena, feel_whole_member(row, "actor")));
        node_put_text(n, "behalf", work_name_of_person(v, c->arena, feel_whole_member(detail, "on_behalf")));
        node_put_text(n, "act", feel_text_member(row, "act"));
        node_put_text(n, "text", feel_text_member(detail, "text"));
        for (uint32_t k = 0; all_effects.kind == FEEL_LIST && k < all_effects.count; k++) {
            node_add_text(effects, publish_shown(c->arena, all_effects.items[k]));
        }
        put_moved_clocks(c, effects, feel_member(detail, "clocks"));
    }
}

static void put_messages(struct web__call *c, struct store_view *v, feel_value all)
{
    struct node *list = node_put_list(c->model, "messages"), *links = node_put_list(c->model, "links");
    feel_value rows = feel_member(all, "messages"), others = feel_member(all, "links");
    for (uint32_t i = 0; rows.kind == FEEL_LIST && i < rows.count; i++) {
        struct node *n = node_add_object(list);
        feel_value m = rows.items[i];
        node_put_text(n, "name", feel_text_member(m, "name"));
        node_put_text(n, "from", work_name_of_office(v, c->arena, feel_whole_member(m, "from")));
        node_put_text(n, "to", work_name_of_office(v, c->arena, feel_whole_member(m, "to")));
        node_put_text(n, "state", feel_text_member(m, "state"));
        node_put_text(n, "paper", feel_text_member(m, "paper"));
        node_put_text(n, "sent", moment(c->arena, feel_member(m, "sent")));
    }
    for (uint32_t i = 0; others.kind == FEEL_LIST && i < others.count; i++) {
        int64_t one = feel_whole_member(others.items[i], "dossier");
        int64_t other = feel_whole_member(others.items[i], "other");
        struct node *n = node_add_object(links);
        node_put_int(n, "other", one == c->number ? other : one);
        node_put_text(n, "kind", feel_text_member(others.items[i], "kind"));
    }
}

/* The series is "scheme/name/year". */
str web__paper_number(struct arena *a, const struct scheme *s, const struct publish_document *p)
{
    int64_t year = 0;
    dec n;
    bool dated = p->series.len > 4 && dec_parse(str_slice(p->series, p->series.len - 4, p->series.len), &n) &&
                 dec_to_int(n, &year);
    const struct scheme_document *d = s != NULL && dated ? scheme_document(s, p->name) : NULL;
    return d == NULL || d->number.len == 0 ? arena_printf(a, "%.*s %lld", STR_ARG(p->series), (long long)p->number)
                                           : scheme_number(a, d->number, (int32_t)year, p->number);
}

struct node *web__put_paper(struct web__call *c, struct store_view *v, struct node *list, const struct scheme *s,
                            const struct publish_document *p, const struct web__paper *how)
{
    struct node *n = node_add_object(list);
    bool is_void = str_eq(p->state, STR("void")), open = p->issued == 0 && !is_void;
    node_put_int(n, "paper", p->id);
    node_put_text(n, "name", web__paper_name(c, v, p));
    node_put_text(n, "to", how->to);
    node_put_text(n, "back", how->back);
    node_put_text(n, "number", web__paper_number(c->arena, s, p));
    web__put_instant(n, "made", p->made);
    web__put_instant(n, "issued", p->issued);
    web__put_instant(n, "served", p->served);
    node_put_text(n, "reason", p->reason);
    node_put_true(n, "void", is_void);
    node_put_true(n, "sealed", !str_eq(p->seal, STR("none")));
    node_put_true(n, "file", p->blob.len > 0 || p->sealed.len > 0);
    node_put_true(n, "waits", str_eq(p->state, STR("drafted")));
    node_put_true(n, "may_seal", open && how->may_seal);
    node_put_true(n, "may_void", open && how->may_void);
    return n;
}

static void put_papers(struct web__call *c, struct store_view *v, const struct scheme *s, int64_t dossier)
{
    struct publish_document papers[PAPERS];
    struct node *list = node_put_list(c->model, "papers");
    uint32_t count = publish_list_documents(v, dossier, INT64_MAX, PAPERS, c->arena, papers);
    str base = arena_printf(c->arena, "/office/d/%lld", (long long)dossier);
    for (uint32_t i = 0; i < count; i++) {
        const struct publish_document *p = &papers[i];
        const struct web__paper how = {
            .to = arena_printf(c->arena, "%.*s/p/%lld", STR_ARG(base), (long long)p->id),
            .back = arena_printf(c->arena, "%.*s?tab=papers", STR_ARG(base)), .may_seal = true, .may_void = true };
        struct node *n = web__put_paper(c, v, list, s, p, &how), *ways = node_put_list(n, "ways");
        for (uint32_t k = 0; s != NULL && k < s->document_count; k++) {
            const struct scheme_document *said = &s->documents[k];
            for (uint32_t j = 0; str_eq(said->name, p->name) && j < said->serve_count; j++) {
                node_add_text(ways, said->serve[j]);
            }
        }
        bool issued = p->issued != 0 && !str_eq(p->state, STR("void"));
        node_put_true(n, "may_serve", issued && p->served == 0 && ways->count > 0);
    }
}

/* ---- The page ---- */

static const char *const tabs[][2] = {
    { "rules", "Rules and evidence" }, { "decisions", "Decisions" }, { "papers", "Papers" },
    { "messages", "Messages and links" }, { "clocks", "Time limits" }, { "history", "History" },
    { "process", "Process" }, { "acts", "Other acts" },
};

static const char *tab_of(struct web__call *c)
{
    str tab = web__text(c, "tab");
    for (size_t i = 0; i < sizeof tabs / sizeof tabs[0]; i++) {
        if (str_eq(tab, str_of(tabs[i][0]))) {
            return tabs[i][0];
        }
    }
    return tabs[0][0];
}

static void put_tabs(struct web__call *c, const char *current, bool blind)
{
    struct node *list = node_put_list(c->model, "tabs");
    for (size_t i = 0; i < (blind ? 1 : sizeof tabs / sizeof tabs[0]); i++) {
        struct node *n = node_add_object(list);
        node_put_word(n, "text", tabs[i][1]);
        node_put_text(n, "link", arena_printf(c->arena, "/office/d/%lld?tab=%s", (long long)c->number, tabs[i][0]));
        node_put_true(n, "current", tabs[i][0] == current);
    }
}

static enum error_code put_dossier(struct web__call *c, struct store_view *v, const struct scheme *s,
                                   const struct work_dossier *d, feel_value variables, struct error *err)
{
    feel_value all = web__dossier_json(c, v, d);
    bool blind = web__is_blind(c, s, d->process, feel_member(all, "tasks"));
    const char *tab = blind ? tabs[0][0] : tab_of(c);
    enum error_code code = web__put_dossier_head(c, v, d, all, err);
    put_tabs(c, tab, blind);
    node_put_true(c->model, arena_printf(c->arena, "tab_%s", tab).ptr, true);
    put_tasks(c, v, s, all);
    if (strcmp(tab, "rules") == 0) {
        web__put_evidence(c, v, s, d, all, variables);
    } else if (strcmp(tab, "decisions") == 0) {
        put_decisions(c, s, all);
        put_trace(c, v, s, d->id);
    } else if (strcmp(tab, "papers") == 0) {
        put_papers(c, v, s, d->id);
    } else if (strcmp(tab, "messages") == 0) {
        put_messages(c, v, all);
    } else if (strcmp(tab, "clocks") == 0) {
        put_days(c, v, d);
    } else if (strcmp(tab, "history") == 0) {
        put_history(c, v, all);
    }
    return code;
}

/* The dossier of the path, if it is for him to see; false after an answer was sent. */
static bool read_dossier(struct web__call *c, struct work_dossier *d, const struct scheme **ret_scheme,
                         feel_value *ret_variables)
{
    struct error err = { .lang = c->lang };
    struct store_view *v;
    if (work_desk_variables(c->web->config.work, c->person, c->number, c->arena, ret_variables, ret_scheme, &err) !=
        OK) {
        web__refuse(c, err.code == ERROR_MISSING ? 404 : 503, &err);
        return false;
    }
    if ((v = web__view(c)) == NULL) {
        return false;
    }
    bool there = work_read_dossier(v, c->number, c->arena, d);
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!there) {
        error_set(&err, ERROR_MISSING, "there is no dossier %lld, or it is not for you to see", (long long)c->number);
        web__refuse(c, 404, &err);
    }
    return there;
}

void web__page_office_dossier(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    struct work_dossier d;
    const struct scheme *s;
    feel_value variables;
    if (!read_dossier(c, &d, &s, &variables)) {
        return;
    }
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    enum error_code code = put_dossier(c, v, s, &d, variables, &err);
    web__put_done(c);
    if (!web__view_end(c, v)) {
        return;
    }
    if (code != OK) {
        web__refuse(c, 404, &err);
        return;
    }
    node_put_text(c->model, "files_at", arena_printf(c->arena, "/office/d/%lld/file", (long long)d.id));
    node_put_true(c->model, "dense", true);
    web__crumb(c, "Tasks", STR("/office"));
    web__answer(c, 200, page_office_dossier);
}

/* Whether a reader who must not know whose dossier it is may have a file: only one that scorers are shown. */
static bool hides_file(struct web__call *c, str hash)
{
    struct work_dossier d;
    const struct scheme *s;
    feel_value variables;
    struct buf shown = BUF_INIT(LIMIT_JSON_BYTES);
    struct store_view *v;
    if (work_desk_variables(c->web->config.work, c->person, c->number, c->arena, &variables, &s, NULL) != OK ||
        store_view(c->web->config.store, &v, NULL) != OK) {
        return true;
    }
    bool there = work_read_dossier(v, c->number, c->arena, &d);
    bool blind = there && web__is_blind(c, s, d.process, feel_member(web__dossier_json(c, v, &d), "tasks"));
    store_view_end(v);
    const struct scheme_process *said = there && s != NULL ? scheme_process(s, d.process) : NULL;
    const struct form *f = said == NULL ? NULL : form_in(scheme_form(s, said->start_form), c->lang);
    feel_value declared = feel_member(variables, "declared");
    if (blind && f != NULL && declared.kind == FEEL_CONTEXT) {
        feel_json_write(form_blind(f, declared, c->arena), false, &shown);
    }
    str text = buf_str(&shown);
    bool named = hash.len > 0 && memmem(text.ptr, text.len, hash.ptr, hash.len) != NULL;
    buf_release(&shown);
    return !there || (blind && !named);
}

/* Files are there to be looked at on the officer's own machine: they are saved, never shown in a page of ours. */
void web__file_office(struct web__call *c)
{
    struct work_dossier d;
    struct store_view *v = web__view(c);
    str hash = web__text(c, "hash"), name = STR("");
    if (v == NULL) {
        return;
    }
    bool there = work_read_dossier(v, c->number, c->arena, &d) &&
                 work_may_see_papers(c->web->config.work, v, c->person, c->now, &d) &&
                 work_file(c->web->config.work, v, d.id, hash, false, c->arena, &name);
    if (!web__view_end(c, v)) {
        return;
    }
    web__send_found(c, there && !hides_file(c, hash), hash, name);
}

void web__svg_office_process(struct web__call *c)
{
    struct buf out = BUF_INIT(LIMIT_WEB_PAGE);
    struct error err = { .lang = c->lang };
    if (work_desk_drawing(c->web->config.work, c->person, c->number, &out, &err) == OK) {
        web__send(c, 200, "image/svg+xml", &out);
        return;
    }
    buf_release(&out);
    web__refuse(c, 404, &err);
}

/* ---- Acts on the whole ---- */

/* {"at":…} of a day that was entered; other members are added. */
static str members(struct web__call *c, const char *const *names, const char *const *fields, size_t count)
{
    struct buf out = BUF_INIT(1 << 16);
    struct json_writer w;
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    for (size_t i = 0; i < count; i++) {
        str text = str_trim(web__text(c, fields[i]));
        if (text.len > 0) {
            json_text_member(&w, names[i], text);
        }
    }
    json_end_object(&w);
    str json = arena_str(c->arena, buf_str(&out));
    buf_release(&out);
    return json;
}

static bool find_act(str word, const enum work_act *acts, size_t count, enum work_act *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(word, str_of(work_act_name(acts[i])))) {
            *ret = acts[i];
            return true;
        }
    }
    return false;
}

/* Only a dossier that he may see can be acted upon: else it is as if there were none. */
static bool may_see(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    struct work_dossier d;
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool may = work_read_dossier(v, c->number, c->arena, &d) &&
               work_may_see(c->web->config.work, v, c->person, c->now, &d, NULL);
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!may) {
        error_set(&err, ERROR_MISSING, "there is no dossier %lld, or it is not for you to see", (long long)c->number);
        web__refuse(c, 404, &err);
    }
    return may;
}

void web__form_office_dossier(struct web__call *c)
{
    static const enum work_act acts[] = { WORK_CANCEL, WORK_HAPPENED, WORK_MESSAGE };
    static const char *const names[] = { "at" }, *const fields[] = { "at" };
    struct error err = { .lang = c->lang };
    struct work_request rq = { .actor = c->person, .dossier = c->number, .name = str_trim(web__text(c, "name")),
                               .text = str_trim(web__text(c, "text")) };
    if (!may_see(c)) {
        return;
    }
    if (!find_act(web__text(c, "do"), acts, sizeof acts / sizeof acts[0], &rq.act)) {
        error_set(&err, ERROR_INVALID, "this is not done here");
        web__refuse(c, 422, &err);
        return;
    }
    bool ends = rq.act == WORK_CANCEL;
    if (ends ? rq.text.len == 0 : rq.name.len == 0) {
        error_set(&err, ERROR_INVALID, ends ? "say why" : "say what has happened");
        error_hint(&err, "go back and fill in the page once more");
        web__refuse(c, 422, &err);
        return;
    }
    if (rq.act == WORK_HAPPENED) {
        rq.with = members(c, names, fields, 1);
    } else if (rq.act == WORK_MESSAGE) {
        rq.with = web__text(c, "with");
        rq.correlation = arena_printf(c->arena, "\"%lld\"", (long long)c->number);
    }
    web__act_and_go(c, &rq, ends ? web__after(c, c->number, rq.act)
                                 : arena_printf(c->arena, "/office/d/%lld?done=%s", (long long)c->number,
                                                work_act_name(rq.act)));
}

/* ---- Papers ---- */

/* Is the paper one of the dossier, for the reader to see? Whoever scores blind does not. */
static bool is_of(struct web__call *c, struct publish_document *ret)
{
    struct error err = { .lang = c->lang };
    struct work_dossier d;
    const struct scheme *s;
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return false;
    }
    bool there = publish_read_document(v, c->numbers[1], c->arena, ret) && ret->dossier == c->number &&
                 work_read_dossier(v, c->number, c->arena, &d) &&
                 work_may_see_papers(c->web->config.work, v, c->person, c->now, &d) &&
                 record_scheme(c->web->config.record, v, d.bundle, &s, NULL) == OK &&
                 !web__is_blind(c, s, d.process, feel_member(web__dossier_json(c, v, &d), "tasks"));
    if (!web__view_end(c, v)) {
        return false;
    }
    if (!there) {
        error_set(&err, ERROR_MISSING, "there is no such paper in this dossier");
        web__refuse(c, 404, &err);
    }
    return there;
}

str web__paper_with(struct web__call *c)
{
    static const char *const names[] = { "how", "to", "by", "note", "at" };
    return members(c, names, names, sizeof names / sizeof names[0]);
}

void web__form_office_paper(struct web__call *c)
{
    static const enum work_act acts[] = { WORK_SEAL, WORK_SERVE, WORK_VOID };
    struct error err = { .lang = c->lang };
    struct publish_document d;
    struct work_request rq = { .actor = c->person, .dossier = c->number, .paper = c->numbers[1],
                               .text = str_trim(web__text(c, "text")) };
    if (!is_of(c, &d)) {
        return;
    }
    if (!find_act(web__text(c, "do"), acts, sizeof acts / sizeof acts[0], &rq.act)) {
        error_set(&err, ERROR_INVALID, "this is not done here");
        web__refuse(c, 422, &err);
        return;
    }
    rq.with = web__paper_with(c);
    str back = web__text(c, "back"); /* a page of visits */
    web__act_and_go(c, &rq, back.len > 0 ? web__local(back)
                                         : arena_printf(c->arena, "/office/d/%lld?tab=papers&done=%s",
                                                        (long long)c->number, work_act_name(rq.act)));
}

/* A paper that is being made is "drafted". */
static bool is_made(struct web *web, struct store_view *v, int64_t number)
{
    struct arena a = ARENA_INIT;
    struct publish_document d;
    (void)web;
    bool over = !publish_read_document(v, number, &a, &d) || !str_eq(d.state, STR("drafted"));
    arena_release(&a);
    return over;
}

void web__wait_for_paper(struct web__call *c, int64_t document)
{
    web__wait(c, is_made, document);
}

void web__events_paper(struct web__call *c)
{
    struct publish_document d;
    if (is_of(c, &d)) {
        web__wait_for_paper(c, d.id);
    }
}

void web__pdf_office_paper(struct web__call *c)
{
    struct publish_document d;
    if (is_of(c, &d)) {
        web__send_pdf(c, d.sealed.len > 0 ? d.sealed : d.blob, false);
    }
}
