/* own: what concerns a party, for the page of whoever acts for it: its dossiers, what it has to do in them and by when,
 * what it was told, what it has begun to fill in. Without a party, what a person from outside began himself. */
#include "work/work_int.h"

#include <stdio.h>

/* The dossiers of the party: about it, or about a row that is its own; or begun by the person. One list of subjects,
 * for where two conditions stand in its place all dossiers are read. */
#define OF_PARTY                                                                                                       \
    "(d.subject <> '' AND d.subject IN (SELECT ? UNION ALL SELECT CAST(entry AS TEXT) FROM record WHERE party = ? "    \
    "AND party <> ''))"
#define OF_PERSON "d.id IN (SELECT dossier FROM began WHERE person = ?)"

struct asking {
    struct store_view *view;
    struct store_value args[4];
    uint32_t count;
    bool party;
};

static struct asking ask(struct store_view *v, const struct work_reader *who)
{
    struct asking q = { .view = v, .party = who->party.len > 0, .count = who->party.len > 0 ? 2 : 1 };
    q.args[0] = q.party ? store_text(who->party) : store_int(who->person);
    q.args[1] = store_text(who->party);
    return q;
}

static void write_dossiers(struct asking *q, uint32_t max, struct json_writer *w)
{
    static const char *const texts[] = { "code", "scheme", "process", "subject", "outcome", "round" };
    q->args[q->count] = store_int(max);
    struct store_rows *r = store_query(
        q->view,
        q->party ? "SELECT d.code, d.scheme, d.process, d.subject, d.outcome, d.round, d.id, d.opened, d.closed, "
                   "d.parent FROM dossier d WHERE " OF_PARTY " ORDER BY d.id DESC LIMIT ?"
                 : "SELECT d.code, d.scheme, d.process, d.subject, d.outcome, d.round, d.id, d.opened, d.closed, "
                   "d.parent FROM dossier d WHERE " OF_PERSON " ORDER BY d.id DESC LIMIT ?",
        q->args, q->count + 1);
    json_key(w, STR("dossiers"));
    json_begin_array(w);
    while (store_next(r)) {
        json_begin_object(w);
        for (uint32_t i = 0; i < 6; i++) {
            json_text_member(w, texts[i], store_column_text(r, i));
        }
        json_int_member(w, "dossier", store_column_int(r, 6));
        work_write_instant(w, "opened", store_column_int(r, 7));
        work_write_instant(w, "closed", store_column_int(r, 8));
        json_int_member(w, "parent", store_column_int(r, 9));
        json_end_object(w);
    }
    json_end_array(w);
    store_rows_end(r);
}

static void write_tasks(struct asking *q, struct json_writer *w)
{
    struct store_rows *r = store_query(
        q->view,
        q->party ? "SELECT t.dossier, t.wait, t.element, t.name, t.due FROM task t JOIN dossier d ON d.id = t.dossier "
                   "WHERE t.status = 'open' AND t.role = 'applicant' AND " OF_PARTY " ORDER BY t.due, t.dossier"
                 : "SELECT t.dossier, t.wait, t.element, t.name, t.due FROM task t JOIN dossier d ON d.id = t.dossier "
                   "WHERE t.status = 'open' AND t.role = 'applicant' AND " OF_PERSON " ORDER BY t.due, t.dossier",
        q->args, q->count);
    json_key(w, STR("tasks"));
    json_begin_array(w);
    while (store_next(r)) {
        json_begin_object(w);
        json_int_member(w, "dossier", store_column_int(r, 0));
        json_int_member(w, "wait", store_column_int(r, 1));
        json_text_member(w, "element", store_column_text(r, 2));
        json_text_member(w, "name", store_column_text(r, 3));
        work_write_instant(w, "due", store_column_int(r, 4));
        json_end_object(w);
    }
    json_end_array(w);
    store_rows_end(r);
}

/* Told as the party of a dossier, or by a day of a row of its own. */
static void write_tells(struct asking *q, str party, uint32_t max, struct json_writer *w)
{
    q->args[q->count] = store_text(party);
    q->args[q->count + 1] = store_int(max);
    struct store_rows *r = store_query(
        q->view,
        q->party ? "SELECT t.at, t.dossier, t.what FROM tell t WHERE t.role = '' AND (t.dossier IN (SELECT d.id FROM "
                   "dossier d WHERE " OF_PARTY ") OR (t.party <> '' AND t.party = ?)) ORDER BY t.id DESC LIMIT ?"
                 : "SELECT t.at, t.dossier, t.what FROM tell t WHERE t.role = '' AND (t.dossier IN (SELECT d.id FROM "
                   "dossier d WHERE " OF_PERSON ") OR (t.party <> '' AND t.party = ?)) ORDER BY t.id DESC LIMIT ?",
        q->args, q->count + 2);
    json_key(w, STR("tells"));
    json_begin_array(w);
    while (store_next(r)) {
        json_begin_object(w);
        work_write_instant(w, "at", store_column_int(r, 0));
        json_int_member(w, "dossier", store_column_int(r, 1));
        json_key(w, STR("what"));
        json_raw(w, store_column_text(r, 2));
        json_end_object(w);
    }
    json_end_array(w);
    store_rows_end(r);
}

/* "scheme/process subject": a draft of a start. */
static void write_draft(struct json_writer *w, str about, int64_t at)
{
    size_t slash = 0, space;
    while (slash < about.len && about.ptr[slash] != '/') {
        slash++;
    }
    for (space = slash; space < about.len && about.ptr[space] != ' ';) {
        space++;
    }
    if (space == about.len) {
        return;
    }
    json_begin_object(w);
    json_text_member(w, "scheme", str_slice(about, 0, slash));
    json_text_member(w, "process", str_slice(about, slash + 1, space));
    json_text_member(w, "subject", str_slice(about, space + 1, about.len));
    work_write_instant(w, "at", at);
    json_end_object(w);
}

static void write_drafts(struct store_view *v, const struct work_reader *who, struct json_writer *w)
{
    char owner[128];
    if (who->party.len > 0) {
        snprintf(owner, sizeof owner, "party %.*s", STR_ARG(who->party));
    } else {
        snprintf(owner, sizeof owner, "person %lld", (long long)who->person);
    }
    struct store_value args[] = { store_text(str_of(owner)) };
    struct store_rows *r = store_query(v, "SELECT about, at FROM draft WHERE owner = ? ORDER BY at DESC", args, 1);
    json_key(w, STR("drafts"));
    json_begin_array(w);
    while (store_next(r)) {
        write_draft(w, store_column_text(r, 0), store_column_int(r, 1));
    }
    json_end_array(w);
    store_rows_end(r);
}

/* ---- What was declared before ---- */

enum error_code work_declared_before(struct work *w, struct store_view *v, struct arena *a, str scheme, str process,
                                     str party, int64_t *ret_dossier, feel_value *ret, struct error *err)
{
    feel_value detail = feel_null();
    struct store_value args[] = { store_text(party), store_text(scheme), store_text(process) };
    struct store_rows *r = store_query(v, "SELECT d.id, a.detail FROM dossier d JOIN audit a ON a.kind = 'dossier' AND "
                                          "a.object = d.id AND a.verb = 'start' WHERE d.subject = ? AND d.subject <> "
                                          "'' AND d.scheme = ? AND d.process = ? ORDER BY d.id DESC LIMIT 1", args, 3);
    *ret_dossier = 0;
    *ret = feel_null();
    enum error_code code = OK;
    if (store_next(r)) {
        *ret_dossier = store_column_int(r, 0);
        code = feel_json_read(a, arena_str(a, store_column_text(r, 1)), &detail, err);
    }
    store_rows_end(r);
    feel_value declared = feel_member(feel_member(detail, "with"), "declared");
    return code == OK ? work__unsealed(w, v, a, declared, ret, err) : code;
}

void work_write_own(struct store_view *v, const struct work_reader *who, uint32_t max, struct buf *out)
{
    struct json_writer w;
    struct asking q = ask(v, who);
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    write_dossiers(&q, max, &w);
    write_tasks(&q, &w);
    write_tells(&q, who->party, max, &w);
    write_drafts(v, who, &w);
    json_end_object(&w);
}
