/* message: between offices (来往件). gongshi.send writes one row of the table `message`, which both sides see, and
 *
 *   here   an event for the office that receives it: who waits there takes it, or a dossier begins with it
 *   hand   a task at the office that sends it, which asks for day and number of the paper, and for the answer
 *
 * The other side sees the payload (the local variables of the service task) and the files, and nothing else of the
 * dossier. An answer is a message too: with `to` "sender" it goes back to the dossier that this one is about. Answers
 * that come by hand are delivered as if the other office had sent them here; so the package is the same either way.
 *
 * A message is taken once, whoever delivers it how often: by its state, in the unit that takes it. One that nobody
 * takes is "unclaimed", with the reason; it is never dropped.
 */
#include "work/work_int.h"

#include "base/limit.h"

/* ---- Rows ---- */

static bool read_message(struct store_view *v, struct arena *a, int64_t id, struct work__message *ret)
{
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, "SELECT version, sender, receiver, about, target, dossier, answers, name, "
                                          "bundle, payload, files, transport, paper, state FROM message WHERE id = ?",
                                       args, 1);
    bool there = store_next(r);
    if (there) {
        int64_t *const numbers[] = { &ret->version, &ret->sender, &ret->receiver, &ret->about, &ret->target,
                                     &ret->dossier, &ret->answers };
        str *const texts[] = { &ret->name, &ret->bundle, &ret->payload, &ret->files, &ret->transport, &ret->paper,
                               &ret->state };
        ret->id = id;
        for (uint32_t i = 0; i < 7; i++) {
            *numbers[i] = store_column_int(r, i);
            *texts[i] = arena_str(a, store_column_text(r, 7 + i));
        }
    }
    store_rows_end(r);
    return there;
}

bool work__read_message(struct work__plan *p, int64_t id, struct work__message *ret)
{
    return read_message(p->view, &p->scratch, id, ret);
}

static void insert_message(struct work__plan *p, const struct work__message *m)
{
    struct store_value row[] = {
        store_int(m->id), store_int(1), store_text(m->name), store_int(m->sender), store_int(m->receiver),
        store_int(m->about), store_int(m->target), store_int(0), store_int(m->answers), store_text(m->bundle),
        store_text(m->payload), store_text(m->files), store_text(m->transport), store_text(m->paper),
        store_text(m->state), store_text(STR("")), store_int(p->now), store_int(0), store_int(0), store_int(m->wait),
    };
    store_insert(p->change, STORE_TABLE_message, row);
}

/* All columns kept, but the key and the version. */
static struct store_value *message_keep(struct arena *a, int64_t id, int64_t version)
{
    const struct store_table *t = store_table(STORE_TABLE_message);
    struct store_value *row = ARENA_ARRAY(a, struct store_value, t->column_count);
    for (uint32_t i = 0; i < t->column_count; i++) {
        row[i] = store_keep();
    }
    row[0] = store_int(id);
    row[1] = store_int(version);
    return row;
}

enum { DOSSIER = 7, PAPER = 13, STATE = 14, REASON = 15, TAKEN = 17, ANSWERED = 18, WAIT = 19 };

/* ---- Whom it is for ---- */

static int64_t number_of(struct work__plan *p, const char *sql, struct store_value arg)
{
    struct store_rows *r = store_query(p->view, sql, &arg, 1);
    int64_t n = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return n;
}

/* The message that the dossier came with. */
static enum error_code to_sender(struct work__plan *p, struct work__message *m, struct error *err)
{
    struct work__message first;
    int64_t id = number_of(p, "SELECT id FROM message WHERE dossier = ? AND dossier <> 0 ORDER BY id LIMIT 1",
                           store_int(p->d.id));
    if (id == 0 || !work__read_message(p, id, &first)) {
        return error_set(err, ERROR_INVALID, "no message has begun this dossier: there is no sender");
    }
    m->receiver = first.sender;
    m->target = first.about;
    m->answers = id;
    m->transport = STR("here");
    return OK;
}

static enum error_code address(struct work__plan *p, str to, struct work__message *m, struct error *err)
{
    if (str_eq(to, STR("sender"))) {
        return to_sender(p, m, err);
    }
    m->receiver = str_eq(to, STR("parent office"))
                      ? number_of(p, "SELECT parent FROM office WHERE id = ?", store_int(p->d.office))
                      : number_of(p, "SELECT id FROM office WHERE code = ?", store_text(to));
    if (m->receiver == 0) {
        error_set(err, ERROR_MISSING, "there is no office \"%.*s\" to send to", STR_ARG(to));
        error_hint(err, "\"to\" is the code of an office, \"parent office\" or \"sender\"");
        return ERROR_MISSING;
    }
    struct store_value arg = store_int(m->receiver);
    m->transport = number_of(p, "SELECT 1 FROM transport WHERE office = ? AND kind = 'hand'", arg) != 0 ? STR("hand")
                                                                                                        : STR("here");
    return OK;
}

/* ---- What it says ---- */

static bool is_part_of_payload(str name)
{
    static const char *const others[] = { "message", "to", "files", "role" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (str_eq(name, str_of(others[i]))) {
            return false;
        }
    }
    return true;
}

static feel_value payload_of(struct work__plan *p, feel_value local)
{
    uint32_t count = 0;
    str *names = ARENA_ARRAY(&p->turn, str, local.count);
    feel_value *values = ARENA_ARRAY(&p->turn, feel_value, local.count);
    for (uint32_t i = 0; local.kind == FEEL_CONTEXT && i < local.count; i++) {
        if (is_part_of_payload(local.shape->names[i])) {
            names[count] = local.shape->names[i];
            values[count++] = local.values[i];
        }
    }
    return feel_context(feel_shape_new(&p->turn, names, count), values);
}

static enum error_code json_text(struct work__plan *p, feel_value v, str *ret, struct error *err)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(v, false, &b);
    *ret = arena_str(&p->scratch, buf_str(&b));
    enum error_code code = work__whole(&b, err);
    buf_release(&b);
    return code;
}

/* A list of {name, hash}: files are sent as what they are called and the SHA-256 of their bytes. */
static enum error_code files_of(struct work__plan *p, feel_value files, str *ret, struct error *err)
{
    if (files.kind == FEEL_NULL) {
        *ret = STR("[]");
        return OK;
    }
    for (uint32_t i = 0; files.kind == FEEL_LIST && i < files.count; i++) {
        if (feel_text_member(files.items[i], "hash").len != STORE_HASH) {
            files = feel_null();
        }
    }
    return files.kind == FEEL_LIST ? json_text(p, files, ret, err)
                                   : error_set(err, ERROR_INVALID, "\"files\" is a list of names and hashes");
}

/* ---- Sending ---- */

static str decimal(struct arena *a, int64_t n)
{
    return arena_printf(a, "%lld", (long long)n);
}

/* The variable `message` of whoever takes it. */
static void write_about(struct store_view *v, struct arena *a, const struct work__message *m, struct json_writer *w)
{
    json_key(w, STR("message"));
    json_begin_object(w);
    json_text_member(w, "id", decimal(a, m->id));
    json_text_member(w, "name", m->name);
    json_text_member(w, "from", work__office_code(v, a, m->sender));
    json_text_member(w, "about", decimal(a, m->about));
    json_text_member(w, "paper", m->paper);
    json_key(w, STR("files"));
    json_raw(w, m->files);
    json_end_object(w);
}

/* The event that delivers it. */
static void write_letter(struct store_view *v, struct arena *a, const struct work__message *m, str subject,
                         struct buf *out)
{
    struct json_writer w;
    feel_value payload = feel_null();
    feel_json_read(a, m->payload, &payload, NULL);
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "act", str_of(work_act_name(WORK_MESSAGE)));
    json_int_member(&w, "letter", m->id);
    json_text_member(&w, "name", m->name);
    json_text_member(&w, "correlation", decimal(a, m->target != 0 ? m->target : m->about));
    json_text_member(&w, "office", work__office_code(v, a, m->receiver));
    json_text_member(&w, "subject", subject);
    if (m->target != 0) {
        json_int_member(&w, "dossier", m->target);
    }
    json_key(&w, STR("with"));
    json_begin_object(&w);
    for (uint32_t i = 0; payload.kind == FEEL_CONTEXT && i < payload.count; i++) {
        json_key(&w, payload.shape->names[i]);
        json_raw(&w, STR(""));
        feel_json_write(payload.values[i], false, out);
    }
    write_about(v, a, m, &w);
    json_end_object(&w);
    json_end_object(&w);
}

static enum error_code post(struct work__plan *p, const struct work__message *m, struct error *err)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    write_letter(p->view, &p->scratch, m, p->d.subject, &text);
    enum error_code code = work__whole(&text, err);
    if (code == OK && !work__enqueue(p, STR("event"), 0, 0, buf_str(&text))) {
        code = p->err->code;
        *err = *p->err;
    }
    p->job->delivers = true;
    buf_release(&text);
    return code;
}

/* The task that stands for the other office: {"candidateGroups":…,"message":"17","name":…,"to":…}. */
static enum error_code ask_by_hand(struct work__plan *p, struct work__message *m, str role, struct error *err)
{
    struct buf detail = BUF_INIT(4096);
    struct json_writer w;
    json_writer_init(&w, &detail, false);
    json_begin_object(&w);
    json_text_member(&w, "candidateGroups", role.len > 0 ? role : STR("manager"));
    json_text_member(&w, "message", arena_printf(&p->scratch, "%lld", (long long)m->id));
    json_text_member(&w, "name", m->name);
    json_text_member(&w, "to", work__office_code(p->view, &p->scratch, m->receiver));
    json_end_object(&w);
    enum error_code code = work__whole(&detail, err);
    if (code == OK) {
        m->wait = work__side_task(p, STR("by hand"),
                                  str_of(lang_text(LANG_ZH, "send by hand, and register the answer")),
                                  role.len > 0 ? role : STR("manager"), buf_str(&detail));
    }
    buf_release(&detail);
    return code;
}

enum error_code work__act_send(struct work__plan *p, const struct work__act *act, feel_value *ret, struct error *err)
{
    struct work__message m = { .sender = p->d.office, .about = p->d.id, .bundle = p->d.bundle, .state = STR("sent") };
    feel_value payload = payload_of(p, act->local);
    m.name = arena_str(&p->scratch, work__said(act, "message"));
    if (m.name.len == 0) {
        return error_set(err, ERROR_INVALID, "a message has a name: give \"message\"");
    }
    enum error_code code = address(p, work__said(act, "to"), &m, err);
    code = code == OK ? json_text(p, payload, &m.payload, err) : code;
    code = code == OK ? files_of(p, feel_member(act->local, "files"), &m.files, err) : code;
    if (code != OK) {
        return code;
    }
    if ((m.id = store_id(p->w->store, err)) == 0) {
        return ERROR_IO;
    }
    code = str_eq(m.transport, STR("hand")) ? ask_by_hand(p, &m, work__said(act, "role"), err)
                                            : post(p, &m, err);
    insert_message(p, &m);
    work__happened(p, "message ", m.name, "");
    str names[] = { STR("sent") };
    feel_value *values = ARENA_ARRAY(&p->turn, feel_value, 1);
    values[0] = feel_string(arena_printf(&p->turn, "%lld", (long long)m.id));
    *ret = feel_context(feel_shape_new(&p->turn, names, 1), values);
    return code;
}

/* ---- Taking ---- */

enum work__planned work__letter(struct work__plan *p)
{
    struct work__message *m = &p->letter;
    if (!work__read_message(p, p->rq->letter, m)) {
        error_set(p->err, ERROR_MISSING, "there is no message %lld", (long long)p->rq->letter);
        return work__refuse(p, WORK_MISSING);
    }
    if (!str_eq(m->state, STR("sent")) && !str_eq(m->state, STR("unclaimed"))) {
        error_set(p->err, ERROR_INVALID, "the message %lld was delivered before", (long long)m->id);
        return work__refuse(p, WORK_REFUSED);
    }
    return WORK__READY;
}

/* The unit that takes it says so; a dossier that begins with it is about that of the sender. */
void work__letter_taken(struct work__plan *p)
{
    const struct work__message *m = &p->letter;
    struct store_value *row = message_keep(&p->scratch, m->id, m->version);
    struct work__message asked;
    row[DOSSIER] = store_int(p->d.id);
    row[STATE] = store_text(STR("delivered"));
    row[REASON] = store_text(STR(""));
    row[TAKEN] = store_int(p->now);
    store_update(p->change, STORE_TABLE_message, row);
    if (p->rq->act == WORK_START && m->about != 0) {
        work__add_link(p, p->d.id, STR("about"), m->about);
    }
    if (m->answers != 0 && work__read_message(p, m->answers, &asked)) {
        row = message_keep(&p->scratch, asked.id, asked.version);
        row[STATE] = store_text(STR("answered"));
        row[ANSWERED] = store_int(p->now);
        store_update(p->change, STORE_TABLE_message, row);
    }
}

/* ---- By hand ---- */

static bool is_day(str text, int64_t now)
{
    cal_date d;
    return cal_parse_date(text, &d) && cal_days_from_date(d) * 86400 - 8 * 3600 <= now / 1000000;
}

/* What was handed over is registered; where the dossier waits, another task asks for the answer. */
static enum work__planned register_sent(struct work__plan *p, const struct work__task *task,
                                        const struct work__message *m, str paper, bool answered)
{
    bool before = str_eq(m->state, STR("registered"));
    if (before && !answered) {
        error_set(p->err, ERROR_INVALID, "the message was registered before; say what the answer is");
        return work__refuse(p, WORK_REFUSED);
    }
    str awaited;
    bool asks = !answered && work_awaited(p->view, p->d.id, 1, &p->scratch, &awaited) > 0;
    uint32_t wait = asks ? work__side_task(p, STR("by hand"),
                                           str_of(lang_text(LANG_ZH, "register the answer that comes by hand")),
                                           task->role, task->detail)
                         : 0;
    if (!before) {
        struct store_value *row = message_keep(&p->scratch, m->id, m->version);
        row[PAPER] = store_text(paper);
        row[STATE] = store_text(STR("registered"));
        row[TAKEN] = store_int(p->now);
        row[WAIT] = store_int(wait);
        store_update(p->change, STORE_TABLE_message, row);
    }
    return WORK__READY;
}

/* {"date":"2026-03-05","paper":"示函〔2026〕3号","message":"answer","fields":{…}}: of what was handed over, or of the paper
 * that answers it. Without `message` it is only registered. */
enum work__planned work__by_hand(struct work__plan *p, const struct work__task *task)
{
    feel_value detail = feel_null(), fields = feel_member(p->with, "fields");
    struct work__message m;
    dec n;
    int64_t id = 0;
    str paper = str_trim(feel_text_member(p->with, "paper")), name = feel_text_member(p->with, "message");
    feel_json_read(&p->scratch, task->detail, &detail, NULL);
    if (!dec_parse(feel_text_member(detail, "message"), &n) || !dec_to_int(n, &id) || !work__read_message(p, id, &m)) {
        error_set(p->err, ERROR_MISSING, "there is no message %lld", (long long)id);
        return work__refuse(p, WORK_MISSING);
    }
    if (paper.len == 0 || !is_day(feel_text_member(p->with, "date"), p->now)) {
        error_set(p->err, ERROR_INVALID, "what goes by hand is registered with the day and the number of its paper");
        error_hint(p->err, "\"date\", \"paper\", and of an answer \"message\" and \"fields\"");
        return work__refuse(p, WORK_REFUSED);
    }
    enum work__planned done = register_sent(p, task, &m, paper, name.len > 0);
    if (done != WORK__READY) {
        return done;
    }
    if (name.len > 0) {
        struct work__message answer = { .sender = m.receiver, .receiver = m.sender, .target = p->d.id,
                                        .answers = m.id, .bundle = p->d.bundle, .name = name, .paper = paper,
                                        .transport = STR("hand"), .state = STR("sent"), .files = STR("[]") };
        fields = fields.kind == FEEL_CONTEXT ? fields : feel_context(feel_shape_new(&p->scratch, NULL, 0), NULL);
        if ((answer.id = store_id(p->w->store, p->err)) == 0 || json_text(p, fields, &answer.payload, p->err) != OK) {
            return work__refuse(p, WORK_BUSY);
        }
        insert_message(p, &answer);
        if (post(p, &answer, p->err) != OK) {
            return work__refuse(p, WORK_REFUSED);
        }
    }
    return WORK__READY;
}

/* ---- What could not be delivered ---- */

/* Of the program's own units: the row of the message with `reason`. */
void work__letter_unclaimed(struct store_view *v, struct arena *a, struct store_change *c, int64_t id, str reason)
{
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, "SELECT version FROM message WHERE id = ? AND state IN ('sent', 'unclaimed')",
                                       args, 1);
    if (store_next(r)) {
        struct store_value *row = message_keep(a, id, store_column_int(r, 0));
        row[STATE] = store_text(STR("unclaimed"));
        row[REASON] = store_text(arena_str(a, reason));
        store_update(c, STORE_TABLE_message, row);
    }
    store_rows_end(r);
}

void work__tell(struct work *w, struct store_view *v, struct store_change *c, int64_t dossier, str code, str role,
                const char *name, str text)
{
    struct store_value args[] = { store_int(dossier) }, named[] = { store_text(code) };
    struct store_rows *r = dossier != 0 ? store_query(v, "SELECT office FROM dossier WHERE id = ?", args, 1)
                                        : store_query(v, "SELECT id FROM office WHERE code = ?", named, 1);
    int64_t id = store_id(w->store, NULL), office = store_next(r) ? store_column_int(r, 0) : 0;
    struct buf what = BUF_INIT(4096);
    struct json_writer j;
    store_rows_end(r);
    json_writer_init(&j, &what, false);
    json_begin_object(&j);
    json_text_member(&j, name, text);
    json_end_object(&j);
    if (id != 0) {
        struct store_value row[] = { store_int(id), store_int(work__now(w)), store_int(office), store_text(role),
                                     store_int(dossier), store_text(buf_str(&what)), store_int(0),
                                     store_text(STR("")) };
        store_insert(c, STORE_TABLE_tell, row);
    }
    buf_release(&what);
}

/* A message that a process threw without saying for whom: it has had no row until now. */
void work__letter_lost(struct work *w, struct store_view *v, struct store_change *c, const struct work_request *rq,
                       str reason)
{
    struct store_value args[] = { store_int(rq->about) };
    struct store_rows *r = store_query(v, "SELECT office, bundle FROM dossier WHERE id = ?", args, 1);
    int64_t now = work__now(w), id = store_id(w->store, NULL);
    if (id != 0 && store_next(r)) {
        struct store_value row[] = {
            store_int(id), store_int(1), store_text(rq->name), store_int(store_column_int(r, 0)), store_int(0),
            store_int(rq->about), store_int(rq->dossier), store_int(0), store_int(0),
            store_text(store_column_text(r, 1)), store_text(rq->with.len > 0 ? rq->with : STR("{}")),
            store_text(STR("[]")), store_text(STR("here")), store_text(STR("")), store_text(STR("unclaimed")),
            store_text(reason), store_int(now), store_int(0), store_int(0), store_int(0),
        };
        store_insert(c, STORE_TABLE_message, row);
    }
    store_rows_end(r);
}

/* ---- Once more ---- */

static str subject_of(struct store_view *v, struct arena *a, int64_t dossier)
{
    struct store_value args[] = { store_int(dossier) };
    struct store_rows *r = store_query(v, "SELECT subject FROM dossier WHERE id = ?", args, 1);
    str subject = store_next(r) ? arena_str(a, store_column_text(r, 0)) : STR("");
    store_rows_end(r);
    return subject;
}

static enum error_code commit_again(struct work *w, struct store_change *c, const struct work__message *m, str body,
                                    int64_t actor, struct error *err)
{
    int64_t item = store_id(w->store, err), audit = store_id(w->store, err), now = work__now(w);
    struct store_value key[] = { store_int(m->id) };
    if (item == 0 || audit == 0) {
        return ERROR_IO;
    }
    struct store_value queue[] = { store_int(item), store_int(1), store_text(STR("event")), store_int(now),
                                   store_int(0), store_text(STR("")), store_int(0), store_int(0), store_int(0),
                                   store_text(body) };
    struct store_value history[] = { store_int(audit), store_int(now), store_int(actor), store_text(STR("again")),
                                     store_text(STR("message")), store_int(m->id), store_text(STR("{}")),
                                     store_int(0) };
    store_guard(c, STORE_TABLE_message, key, m->version);
    store_insert(c, STORE_TABLE_queue, queue);
    store_insert(c, STORE_TABLE_audit, history);
    struct store_result result = store_commit(w->store, c, STORE_INTERACTIVE);
    if (result.outcome != STORE_DONE) {
        return error_set(err, ERROR_IO, "could not deliver the message: try again");
    }
    work__wake(w, INT64_MAX, true);
    return OK;
}

enum error_code work_message_again(struct work *w, int64_t id, int64_t actor, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct work__message m;
    struct buf body = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = store_view(w->store, &v, err);
    if (code == OK) {
        bool there = read_message(v, &a, id, &m);
        if (!there || !str_eq(m.state, STR("unclaimed")) || m.receiver == 0) {
            code = error_set(err, ERROR_MISSING, "there is no unclaimed message %lld", (long long)id);
        } else {
            write_letter(v, &a, &m, subject_of(v, &a, m.about != 0 ? m.about : m.target), &body);
            code = work__whole(&body, err);
        }
        store_view_end(v);
    }
    if (code == OK) {
        code = commit_again(w, store_change(&a), &m, buf_str(&body), actor, err);
    }
    buf_release(&body);
    arena_release(&a);
    return code;
}
