/* side: tasks beside the process: a message by hand, a countersignature. They have rows like all tasks, and wait
 * numbers from WORK__SIDE on, which no wait of a state reaches; the process knows nothing of them. They are withdrawn
 * when the dossier ends. */
#include "work/work_int.h"

#include "base/limit.h"

uint32_t work__side_task(struct work__plan *p, str element, str name, str role, str detail)
{
    struct store_value args[] = { store_int(p->d.id), store_int(WORK__SIDE) };
    struct store_rows *r = store_query(p->view, "SELECT coalesce(max(wait), 0) FROM task WHERE dossier = ? AND wait "
                                                ">= ?", args, 2);
    int64_t last = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    uint32_t wait = (uint32_t)(last < WORK__SIDE ? WORK__SIDE : last) + ++p->sides;
    str group, office;
    work__split_group(role, &group, &office);
    int64_t id = office.len > 0 ? work__office_id(p, office) : p->d.office;
    struct store_value row[] = { store_int(p->d.id), store_int(wait), store_text(element), store_text(name),
                                 store_text(STR("")), store_int(id), store_text(group), store_int(0),
                                 store_text(STR("open")), store_int(p->now), store_int(0), store_int(0),
                                 store_text(detail), store_text(p->d.scheme), store_text(STR("")) };
    store_insert(p->change, STORE_TABLE_task, row);
    return wait;
}

static void close_task(struct work__plan *p, uint32_t wait, str status)
{
    struct store_value *row = work__task_keep(p, p->d.id, wait);
    row[8] = store_text(status);
    row[11] = store_int(p->now);
    store_update(p->change, STORE_TABLE_task, row);
}

void work__end_sides(struct work__plan *p)
{
    struct store_value args[] = { store_int(p->d.id), store_int(WORK__SIDE) };
    struct store_rows *r = store_query(p->view, "SELECT wait FROM task WHERE dossier = ? AND wait >= ? AND status = "
                                                "'open'", args, 2);
    while (store_next(r)) {
        if (store_column_int(r, 0) != p->rq->wait) {
            close_task(p, (uint32_t)store_column_int(r, 0), STR("withdrawn"));
        }
    }
    store_rows_end(r);
}

/* ---- Signatures ---- */

/* Answers that wait for signatures: for that of the task `sign`, then one of each of the `roles`. */
struct held {
    int64_t sign, actor;
    uint32_t wait;
    str answers;         /* a record: typed, what is personal in it sealed */
    feel_value persons;  /* who has signed so far, whoever gave the answers first, and on whose behalf: ids */
    str roles;           /* a line each */
};

static bool read_held(struct work__plan *p, uint32_t sign, struct held *ret)
{
    struct store_value args[] = { store_int(p->d.id), store_int(sign) };
    struct store_rows *r = store_query(p->view, "SELECT wait, sign, actor, answers, persons, roles FROM held WHERE "
                                                "dossier = ? AND sign = ?", args, 2);
    bool there = store_next(r);
    if (there) {
        *ret = (struct held){ .wait = (uint32_t)store_column_int(r, 0), .sign = store_column_int(r, 1),
                              .actor = store_column_int(r, 2),
                              .answers = arena_str(&p->scratch, store_column_text(r, 3)),
                              .roles = arena_str(&p->scratch, store_column_text(r, 5)) };
        there = feel_json_read(&p->scratch, arena_str(&p->scratch, store_column_text(r, 4)), &ret->persons, NULL) == OK;
    }
    store_rows_end(r);
    return there;
}

void work__end_held(struct work__plan *p, uint32_t wait)
{
    struct store_value key[] = { store_int(p->d.id), store_int(wait) };
    struct store_rows *r = store_query(p->view, "SELECT sign FROM held WHERE dossier = ? AND wait = ?", key, 2);
    bool there = store_next(r);
    uint32_t sign = there ? (uint32_t)store_column_int(r, 0) : 0;
    store_rows_end(r);
    if (there) {
        store_delete(p->change, STORE_TABLE_held, key, 0);
        if (sign != p->rq->wait && !p->ended) {
            close_task(p, sign, STR("withdrawn"));
        }
    }
}

/* The persons with the actor, and the one on whose behalf he acts: a JSON list in p->text. */
static str with_actor(struct work__plan *p, feel_value persons)
{
    buf_clear(&p->text);
    buf_addz(&p->text, "[");
    for (uint32_t i = 0; persons.kind == FEEL_LIST && i < persons.count; i++) {
        feel_json_write(persons.items[i], false, &p->text);
        buf_addz(&p->text, ",");
    }
    buf_printf(&p->text, "%lld", (long long)p->rq->actor);
    if (p->on_behalf != 0) {
        buf_printf(&p->text, ",%lld", (long long)p->on_behalf);
    }
    buf_addz(&p->text, "]");
    return arena_str(&p->scratch, buf_str(&p->text));
}

/* The first line of the roles has a task to sign: {"candidateGroups":…,"of":"17.5"}. */
static uint32_t ask_signature(struct work__plan *p, str element, str name, uint32_t wait, str *roles)
{
    struct buf detail = BUF_INIT(4096);
    struct json_writer w;
    size_t end = 0;
    while (end < roles->len && roles->ptr[end] != '\n') {
        end++;
    }
    str role = str_slice(*roles, 0, end);
    *roles = end < roles->len ? str_slice(*roles, end + 1, roles->len) : STR("");
    json_writer_init(&w, &detail, false);
    json_begin_object(&w);
    json_text_member(&w, "candidateGroups", work__coded_groups(p, role));
    json_text_member(&w, "of", arena_printf(&p->scratch, "%lld.%u", (long long)p->d.id, wait));
    json_end_object(&w);
    uint32_t sign = work__side_task(p, element, name, work__first_group(role), buf_str(&detail));
    buf_release(&detail);
    work__note(p, arena_printf(&p->scratch, "held %.*s: %.*s signs", STR_ARG(element), STR_ARG(role)));
    return sign;
}

enum work__planned work__hold(struct work__plan *p, const struct work__task *task, str roles)
{
    struct buf answers = BUF_INIT(LIMIT_JSON_BYTES);
    str name = arena_printf(&p->scratch, lang_text(LANG_ZH, "countersign: %.*s"), STR_ARG(task->name));
    uint32_t sign = ask_signature(p, task->element, name, p->rq->wait, &roles);
    feel_record_write(p->with, &answers);
    enum error_code code = work__whole(&answers, p->err);
    struct store_value row[] = { store_int(p->d.id), store_int(p->rq->wait), store_int(sign), store_int(p->rq->actor),
                                 store_int(p->now), store_text(buf_str(&answers)),
                                 store_text(with_actor(p, feel_null())), store_text(roles) };
    store_insert(p->change, STORE_TABLE_held, row);
    buf_release(&answers);
    struct store_value *kept = work__task_keep(p, p->d.id, p->rq->wait);
    kept[8] = store_text(STR("signing"));
    store_update(p->change, STORE_TABLE_task, kept);
    return code == OK ? WORK__READY : work__refuse(p, WORK_REFUSED);
}

/* Tasks that stand beside the process keep the name in which they were made; the others have that of their step. */
str work_task_called(const struct scheme *s, str name, enum lang lang, struct arena *a)
{
    static const char *const own[] = { "send by hand, and register the answer",
                                       "register the answer that comes by hand" };
    str before = str_of(lang_text(LANG_ZH, "countersign: %.*s"));
    before.len -= strlen("%.*s");
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (str_eq(name, str_of(lang_text(LANG_ZH, own[i])))) {
            return str_of(lang_text(lang, own[i]));
        }
    }
    if (lang == LANG_ZH || !str_starts_with(name, before)) {
        return scheme_word(s, name, lang);
    }
    str step = scheme_word(s, str_slice(name, before.len, name.len), lang);
    return arena_printf(a, lang_text(lang, "countersign: %.*s"), STR_ARG(step));
}

static void next_signature(struct work__plan *p, const struct work__task *task, const struct held *h)
{
    str roles = h->roles;
    uint32_t sign = ask_signature(p, task->element, task->name, h->wait, &roles);
    struct store_value row[] = { store_int(p->d.id), store_int(h->wait), store_int(sign), store_keep(), store_keep(),
                                 store_keep(), store_text(with_actor(p, h->persons)), store_text(roles) };
    store_update(p->change, STORE_TABLE_held, row);
}

/* The task is back with whoever had it. */
static void give_back(struct work__plan *p, const struct held *h)
{
    struct store_value *row = work__task_keep(p, p->d.id, h->wait), key[] = { store_int(p->d.id), store_int(h->wait) };
    row[8] = store_text(STR("open"));
    store_update(p->change, STORE_TABLE_task, row);
    store_delete(p->change, STORE_TABLE_held, key, 0);
    work__note(p, arena_printf(&p->scratch, "returned %lld.%u", (long long)p->d.id, h->wait));
}

/* The last signature is there: what was held becomes the answer. */
static enum work__planned all_signed(struct work__plan *p, const struct work__task *task, const struct held *h,
                                     struct bpmn_event *ret)
{
    feel_value answers, persons;
    p->asked = h->wait;
    if (feel_record_read(&p->scratch, h->answers, &answers, p->err) != OK ||
        feel_json_read(&p->scratch, with_actor(p, h->persons), &persons, p->err) != OK) {
        return work__refuse(p, WORK_REFUSED);
    }
    p->signed_by = work__logins(p, persons);
    *ret = (struct bpmn_event){ .kind = BPMN_COMPLETE, .wait = h->wait, .element = BPMN_NONE, .process = BPMN_NONE,
                                .variables = work__departure_signed(p, task, answers) };
    return WORK__READY;
}

/* The signature, or its refusal. */
static enum work__planned sign(struct work__plan *p, const struct work__task *task, const struct held *h,
                               struct bpmn_event *ret, bool *ret_step)
{
    feel_value agree = feel_member(p->with, "agree");
    if (agree.kind != FEEL_BOOLEAN) {
        error_set(p->err, ERROR_INVALID, "whoever countersigns says whether he agrees: \"agree\" is true or false");
        return work__refuse(p, WORK_REFUSED);
    }
    *ret_step = agree.boolean && h->roles.len == 0;
    if (*ret_step) {
        return all_signed(p, task, h, ret);
    }
    if (agree.boolean) {
        next_signature(p, task, h);
    } else {
        give_back(p, h);
    }
    return WORK__READY;
}

/* ---- Completing one ---- */

enum work__planned work__complete_side(struct work__plan *p, const struct work__task *task, struct bpmn_event *ret,
                                       bool *ret_step)
{
    struct held h;
    *ret_step = false;
    enum work__planned planned = read_held(p, p->rq->wait, &h) ? sign(p, task, &h, ret, ret_step)
                                                               : work__by_hand(p, task);
    if (planned == WORK__READY) {
        close_task(p, p->rq->wait, STR("done"));
    }
    return planned;
}

uint32_t work__signers(struct work__plan *p, uint32_t sign, int64_t *ret, uint32_t most)
{
    struct held h;
    uint32_t count = 0;
    if (sign < WORK__SIDE || !read_held(p, sign, &h)) {
        return 0;
    }
    for (uint32_t i = 0; h.persons.kind == FEEL_LIST && i < h.persons.count && count < most; i++) {
        count += feel_whole(h.persons.items[i], &ret[count]) && ret[count] != 0;
    }
    return count;
}
