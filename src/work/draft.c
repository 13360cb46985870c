/* draft: answers that are not given yet: what somebody has entered into the form of a task, or of a dossier that he
 * means to begin. Incomplete and wrong answers are kept as they are. A draft is sealed as a whole, under the key of the
 * party that it is about; only its owner sees it. It changes nothing of the dossier, neither version nor history, and
 * goes when the answers are given or the task ends.
 */
#include "work/work_int.h"

#include "base/limit.h"
#include "record/party.h"

static str owner_of(struct arena *a, const struct work_request *rq)
{
    return rq->party.len > 0 ? arena_printf(a, "party %.*s", STR_ARG(rq->party))
           : rq->actor != 0  ? arena_printf(a, "person %lld", (long long)rq->actor)
                             : STR("");
}

static str about_task(struct arena *a, int64_t dossier, uint32_t wait)
{
    return arena_printf(a, "%lld.%u", (long long)dossier, wait);
}

static str about_start(struct arena *a, str scheme, str process, str subject)
{
    return arena_printf(a, "%.*s/%.*s %.*s", STR_ARG(scheme), STR_ARG(process), STR_ARG(subject));
}

/* ---- Ending ---- */

static void end_draft(struct work__plan *p, str owner, str about, int64_t sealed)
{
    struct store_value key[] = { store_text(arena_str(&p->scratch, owner)), store_text(about) };
    struct store_value box[] = { store_int(sealed) };
    store_delete(p->change, STORE_TABLE_draft, key, 0);
    store_delete(p->change, STORE_TABLE_sealed, box, 0);
}

void work__end_drafts(struct work__plan *p, uint32_t wait)
{
    str about = about_task(&p->scratch, p->d.id, wait);
    struct store_value args[] = { store_text(about) };
    struct store_rows *r = store_query(p->view, "SELECT owner, sealed FROM draft WHERE about = ?", args, 1);
    while (store_next(r)) {
        end_draft(p, store_column_text(r, 0), about, store_column_int(r, 1));
    }
    store_rows_end(r);
}

static int64_t sealed_of(struct store_view *v, str owner, str about)
{
    struct store_value args[] = { store_text(owner), store_text(about) };
    struct store_rows *r = store_query(v, "SELECT sealed FROM draft WHERE owner = ? AND about = ?", args, 2);
    int64_t sealed = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return sealed;
}

static int64_t instant_of(struct store_view *v, str owner, str about)
{
    struct store_value args[] = { store_text(owner), store_text(about) };
    struct store_rows *r = store_query(v, "SELECT at FROM draft WHERE owner = ? AND about = ?", args, 2);
    int64_t at = store_next(r) ? store_column_int(r, 0) : WORK_NO_DRAFT;
    store_rows_end(r);
    return at;
}

void work__end_start_draft(struct work__plan *p)
{
    str owner = owner_of(&p->scratch, p->rq);
    str about = about_start(&p->scratch, p->d.scheme, p->d.process, p->d.subject);
    int64_t sealed = owner.len == 0 ? 0 : sealed_of(p->view, owner, about);
    if (sealed != 0) {
        end_draft(p, owner, about, sealed);
    }
}

/* ---- Saving ---- */

static str key_of(struct work__plan *p)
{
    return p->d.subject.len > 0    ? p->d.subject
           : p->rq->party.len > 0  ? p->rq->party
           : p->rq->dossier != 0   ? arena_printf(&p->scratch, "dossier:%lld", (long long)p->rq->dossier)
                                   : arena_printf(&p->scratch, "person:%lld", (long long)p->rq->actor);
}

static enum error_code seal(struct work__plan *p, feel_value answers, feel_value *ret)
{
    const struct record_plan plan = { .record = p->w->record, .view = p->view, .change = p->change,
                                      .arena = &p->scratch, .actor = p->rq->actor, .now = p->now };
    if (answers.kind == FEEL_NULL) {
        answers = feel_context(feel_shape_new(&p->scratch, NULL, 0), NULL);
    }
    return record_seal(&plan, key_of(p), answers, ret, p->err);
}

/* Whether these answers stand there already: they were received, and the receipt was lost on its way. Their JSON is
 * compared: what comes out of the seal has no types any more, a day is a text in both. */
static bool is_repeated(struct work__plan *p, str owner, str about, feel_value answers)
{
    struct store_value args[] = { store_text(owner), store_text(about) };
    struct store_rows *r = store_query(p->view, "SELECT answers FROM draft WHERE owner = ? AND about = ?", args, 2);
    struct buf kept_text = BUF_INIT(LIMIT_JSON_BYTES), given_text = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value commitment, kept;
    bool same = false;
    str sealed = store_next(r) ? arena_str(&p->scratch, store_column_text(r, 0)) : STR("");
    if (sealed.len > 0 && feel_record_read(&p->scratch, sealed, &commitment, NULL) == OK &&
        record_unseal(p->w->record, p->view, &p->scratch, commitment, &kept, NULL) == OK) {
        feel_json_write(kept, false, &kept_text);
        feel_json_write(answers, false, &given_text);
        same = !kept_text.overflow && str_eq(buf_str(&kept_text), buf_str(&given_text));
    }
    store_rows_end(r);
    buf_release(&kept_text);
    buf_release(&given_text);
    return same;
}

enum error_code work__save_draft(struct work__plan *p, feel_value answers)
{
    str owner = owner_of(&p->scratch, p->rq);
    str about = p->rq->dossier != 0 ? about_task(&p->scratch, p->d.id, p->rq->wait)
                                    : about_start(&p->scratch, p->d.scheme, p->d.process, p->d.subject);
    feel_value commitment;
    int64_t id;
    if (owner.len == 0) {
        return error_set(p->err, ERROR_INVALID, "a draft belongs to somebody: the program itself has none");
    }
    if (p->rq->draft != 0 && p->rq->draft != instant_of(p->view, owner, about) &&
        !is_repeated(p, owner, about, answers)) {
        return error_set(p->err, ERROR_INVALID, "the draft was changed in the meantime");
    }
    enum error_code code = seal(p, answers, &commitment);
    if (code != OK) {
        return code;
    }
    int64_t before = sealed_of(p->view, owner, about);
    if (before != 0) {
        struct store_value box[] = { store_int(before) };
        store_delete(p->change, STORE_TABLE_sealed, box, 0);
    }
    buf_clear(&p->text);
    feel_record_write(commitment, &p->text);
    dec n;
    bool whole = dec_parse(feel_text_member(commitment, "sealed"), &n) && dec_to_int(n, &id);
    struct store_value row[] = { store_text(owner), store_text(about), store_int(p->now),
                                 store_text(p->scheme->keep_draft), store_int(whole ? id : 0),
                                 store_text(buf_str(&p->text)) };
    store_put(p->change, STORE_TABLE_draft, row);
    return OK;
}

/* ---- Showing ---- */

/* The process that is meant where none is named: the scheme's first. */
static enum error_code find_about(struct work *w, struct store_view *v, struct arena *a, const struct work_request *rq,
                                  str *ret, struct error *err)
{
    const struct scheme *s;
    str process = rq->process;
    if (rq->dossier != 0) {
        *ret = about_task(a, rq->dossier, rq->wait);
        return OK;
    }
    enum error_code code = record_installed(w->record, v, rq->scheme, &s, err);
    if (code == OK && process.len == 0 && s->process_count > 0 && s->processes[0]->process_count > 0) {
        process = s->processes[0]->elements[s->processes[0]->processes[0]].id;
    }
    *ret = about_start(a, rq->scheme, process, rq->subject);
    return code;
}

static enum error_code write_draft(struct work *w, struct store_view *v, struct arena *a, struct store_rows *r,
                                   struct buf *out, struct error *err)
{
    struct json_writer j;
    feel_value commitment, answers;
    int64_t at = store_column_int(r, 0);
    str keep = arena_str(a, store_column_text(r, 1));
    enum error_code code = feel_record_read(a, arena_str(a, store_column_text(r, 2)), &commitment, err);
    code = code == OK ? record_unseal(w->record, v, a, commitment, &answers, err) : code;
    if (code == OK) {
        json_writer_init(&j, out, false);
        json_begin_object(&j);
        work_write_instant(&j, "at", at);
        json_text_member(&j, "keep", keep);
        json_key(&j, STR("answers"));
        json_raw(&j, STR(""));
        feel_json_write(answers, false, out);
        json_end_object(&j);
    }
    return code;
}

enum error_code work_write_draft(struct work *w, struct store_view *v, const struct work_request *rq, struct buf *out,
                                 struct error *err)
{
    struct arena a = ARENA_INIT;
    str about;
    enum error_code code = find_about(w, v, &a, rq, &about, err);
    if (code == OK) {
        struct store_value args[] = { store_text(owner_of(&a, rq)), store_text(about) };
        struct store_rows *r = store_query(v, "SELECT at, keep, answers FROM draft WHERE owner = ? AND about = ?",
                                           args, 2);
        code = store_next(r) ? write_draft(w, v, &a, r, out, err)
                             : error_set(err, ERROR_MISSING, "there is no draft of %.*s", STR_ARG(about));
        store_rows_end(r);
    }
    arena_release(&a);
    return code;
}

int64_t work_draft_at(struct work *w, struct store_view *v, const struct work_request *rq)
{
    struct arena a = ARENA_INIT;
    struct error err = { .code = OK };
    str about;
    int64_t at = find_about(w, v, &a, rq, &about, &err) == OK ? instant_of(v, owner_of(&a, rq), about) : WORK_NO_DRAFT;
    arena_release(&a);
    return at;
}
