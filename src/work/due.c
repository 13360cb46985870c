/* due: days of rows of ledgers that have come: somebody is told, or a dossier about the row begins. Each is one unit
 * that marks the day as acted upon, so neither a crash nor a second server makes it happen twice. */
#include "work/work_int.h"

#include "base/limit.h"

enum { DUES = 32 }; /* that are acted upon at a time */

struct acting {
    struct work *w;
    struct store_view *view;
    struct store_change *change;
    struct arena *arena;
    const struct record_due *due;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
    const struct record_row *row;
    int64_t now;
};

static const struct scheme_due *rule_of(const struct acting *k)
{
    for (uint32_t i = 0; i < k->ledger->due_count; i++) {
        if (str_eq(k->ledger->dues[i].name, k->due->name)) {
            return &k->ledger->dues[i];
        }
    }
    return NULL;
}

/* The party of the row, everybody of its office, or who has a role there. */
static enum error_code tell(const struct acting *k, const struct scheme_due *rule)
{
    bool party = str_eq(rule->tell, STR("party"));
    int64_t id = store_id(k->w->store, NULL);
    struct buf what = BUF_INIT(4096);
    struct json_writer j;
    json_writer_init(&j, &what, false);
    json_begin_object(&j);
    json_text_member(&j, "ledger", k->due->ledger);
    json_text_member(&j, "row", arena_printf(k->arena, "%lld", (long long)k->due->row));
    json_text_member(&j, "due", k->due->name);
    work_write_instant(&j, "day", k->due->day);
    json_end_object(&j);
    struct store_value row[] = { store_int(id), store_int(k->now), store_int(k->row->office),
                                 store_text(party ? STR("") : rule->tell), store_int(0), store_text(buf_str(&what)),
                                 store_int(0), store_text(party ? k->row->party : STR("")) };
    store_insert(k->change, STORE_TABLE_tell, row);
    buf_release(&what);
    return id == 0 ? ERROR_IO : OK;
}

/* A delivery, as dossiers begin each other. The subject is the row, or its party where the process is about parties. */
static enum error_code start(const struct acting *k, const struct scheme_due *rule, int64_t *ret_dossier)
{
    const struct scheme_process *p = scheme_process(k->scheme, rule->start);
    bool party = p == NULL || p->subject.len == 0 || str_eq(p->subject, STR("party"));
    str row = arena_printf(k->arena, "%lld", (long long)k->due->row);
    int64_t id = store_id(k->w->store, NULL), number = store_id(k->w->store, NULL);
    struct buf text = BUF_INIT(4096);
    struct json_writer j;
    json_writer_init(&j, &text, false);
    json_begin_object(&j);
    json_text_member(&j, "act", str_of(work_act_name(WORK_START)));
    json_int_member(&j, "number", number);
    json_text_member(&j, "scheme", k->scheme->name);
    json_text_member(&j, "process", rule->start);
    json_text_member(&j, "office", work__office_code(k->view, k->arena, k->row->office));
    json_text_member(&j, "subject", party ? k->row->party : row);
    json_key(&j, STR("with"));
    json_begin_object(&j);
    json_key(&j, STR("due"));
    json_begin_object(&j);
    json_text_member(&j, "ledger", k->due->ledger);
    json_text_member(&j, "row", row);
    json_text_member(&j, "name", rule->name);
    json_end_object(&j);
    json_end_object(&j);
    json_end_object(&j);
    struct store_value item[] = { store_int(id), store_int(1), store_text(STR("event")), store_int(k->now),
                                  store_int(0), store_text(STR("")), store_int(0), store_int(0), store_int(0),
                                  store_text(buf_str(&text)) };
    store_insert(k->change, STORE_TABLE_queue, item);
    buf_release(&text);
    *ret_dossier = number;
    return id == 0 || number == 0 ? ERROR_IO : OK;
}

static enum error_code act(struct acting *k)
{
    const struct record_row *rows;
    uint32_t count;
    int64_t dossier = 0;
    struct error err = { .lang = LANG_ZH };
    enum error_code code = record_ledger(k->w->record, k->view, NULL, k->due->ledger, &k->scheme, &k->ledger, NULL,
                                         &err);
    code = code == OK ? record_history(k->view, k->arena, k->ledger, k->due->row, &rows, &count, &err) : code;
    const struct scheme_due *rule = code == OK ? rule_of(k) : NULL;
    if (rule == NULL) { /* the scheme has no such day any more: it is over without having brought anything about */
        return code == ERROR_IO ? code : OK;
    }
    k->row = &rows[count - 1];
    code = rule->tell.len > 0 ? tell(k, rule) : OK;
    code = code == OK && rule->start.len > 0 ? start(k, rule, &dossier) : code;
    if (code == OK) {
        record_due_done(k->change, k->due, k->now, dossier);
    }
    return code;
}

static bool act_on(struct work *w, const struct record_due *due, int64_t now)
{
    struct arena a = ARENA_INIT;
    struct acting k = { .w = w, .change = store_change(&a), .arena = &a, .due = due, .now = now };
    bool done = false;
    if (store_view(w->store, &k.view, NULL) == OK) {
        enum error_code code = act(&k);
        if (code == OK && store_change_rows(k.change) == 0) {
            record_due_done(k.change, due, now, 0);
        }
        bool sound = store_view_error(k.view, NULL) == OK && code == OK;
        store_view_end(k.view);
        done = sound && store_commit(w->store, k.change, STORE_BULK).outcome == STORE_DONE;
    }
    arena_release(&a);
    return done;
}

bool work__dues(struct work *w, int64_t now)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct record_due due[DUES];
    uint32_t count = 0, done = 0;
    if (store_view(w->store, &v, NULL) == OK) {
        count = record_due_now(v, &a, now, DUES, due);
        store_view_end(v);
    }
    for (uint32_t i = 0; i < count; i++) {
        done += act_on(w, &due[i], now);
    }
    if (done > 0) {
        work__wake(w, INT64_MAX, true);
    }
    arena_release(&a);
    return count == DUES && done > 0;
}
