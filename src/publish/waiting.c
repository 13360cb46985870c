/* waiting: notices that wait for somebody's word. A notice waits because the manifest names a role that publishes it,
 * or because personal data was found in it; its step waits with it. Whoever proposed it does not publish it. What is
 * published then is what was proposed, to the byte; number, day, length and page are those of the publication. */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "people/people.h"
#include "publish/detect.h"

enum { HITS = 64 }; /* of one value; that there are more changes nothing */

/* ---- What is found ---- */

static void count_in(struct arena *a, str text, uint32_t *counts)
{
    struct publish_hit hits[HITS];
    struct arena_mark mark = arena_mark(a);
    uint32_t count = publish_detect(a, text, HITS, hits);
    for (uint32_t i = 0; i < count; i++) {
        counts[hits[i].kind]++;
    }
    arena_rewind(a, mark);
}

feel_value publish__found(struct arena *a, const str *fields, uint32_t count, bool is_public)
{
    uint32_t counts[PUBLISH_PERSONALS] = { 0 }, kinds = 0;
    str *names = ARENA_ARRAY(a, str, PUBLISH_PERSONALS);
    feel_value *values = ARENA_ARRAY(a, feel_value, PUBLISH_PERSONALS);
    for (uint32_t i = 0; i < count; i++) {
        feel_value list = feel_null();
        feel_json_read(a, fields[i], &list, NULL);
        for (uint32_t k = 0; list.kind == FEEL_LIST && k < list.count; k++) {
            count_in(a, publish_shown(a, feel_member(list.items[k], "value")), counts);
        }
    }
    for (uint32_t k = 0; k < PUBLISH_PERSONALS; k++) {
        if (counts[k] > 0 && (is_public || k == PUBLISH_IDENTITY || k == PUBLISH_OLD_IDENTITY)) {
            names[kinds] = str_of(publish_personal_name((enum publish_personal)k));
            values[kinds++] = feel_number(dec_from_int(counts[k]));
        }
    }
    return kinds == 0 ? feel_null() : feel_context(feel_shape_new(a, names, kinds), values);
}

/* ---- Who ---- */

/* A manager where the manifest names nobody; never who proposed it. */
static void describe(const struct publish_notice *n, struct arena *a, struct people_object *o)
{
    str *candidates = ARENA_ARRAY(a, str, 1);
    feel_value proposers = feel_null();
    feel_json_read(a, n->proposers, &proposers, NULL);
    uint32_t count = proposers.kind == FEEL_LIST ? proposers.count : 0;
    int64_t *former = ARENA_ARRAY(a, int64_t, count);
    o->kind = PEOPLE_KIND_NOTICE;
    o->office = n->office;
    o->candidates = candidates;
    o->candidate_count = n->publisher.len > 0;
    candidates[0] = n->publisher;
    o->former = former;
    o->former_count = count;
    for (uint32_t i = 0; i < count; i++) {
        former[i] = feel_whole_or(proposers.items[i], 0);
    }
    o->open = str_eq(n->state, STR("published"));
    o->data = str_eq(n->audience, STR("internal")) ? PEOPLE_INTERNAL : PEOPLE_PERSONAL;
}

static const struct publish_reader office = { .office = true };

void publish__who_publishes(void *context, struct store_view *v, int64_t notice, struct arena *a,
                            struct people_object *object)
{
    struct publish_notice n;
    (void)context;
    if (publish_read_for(v, notice, &office, a, &n)) {
        describe(&n, a, object);
    }
}

bool publish_may(struct publish *p, struct store_view *v, const struct publish_notice *n, enum people_verb verb,
                 int64_t actor, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    const struct people_tree *tree;
    struct people_actor who;
    struct people_verdict verdict;
    struct people_object object = { .party = n->party };
    if (p->config.people == NULL || actor == 0) {
        return true;
    }
    describe(n, &a, &object);
    bool may = false;
    if (people_tree(p->config.people, v, &tree, err) == OK) {
        may = people_actor(v, tree, &a, actor, now, &who, err) == OK &&
              people_may(tree, &who, verb, &object, &verdict, err);
        people_tree_end(p->config.people, tree);
    }
    arena_release(&a);
    return may;
}

/* ---- Publishing ---- */

/* The series of the year in which it is published. */
static str series_now(const struct work_job *job, str series)
{
    size_t slash = series.len;
    while (slash > 0 && series.ptr[slash - 1] != '/') {
        slash--;
    }
    return arena_printf(job->arena, "%.*s%d", STR_ARG(str_slice(series, 0, slash)), publish__year(job->now));
}

static struct publish__length length_of(const struct work_job *job, const struct publish_notice *n)
{
    struct publish__length length = { .proposed = str_eq(n->kind, STR("proposed")), .value = feel_null() };
    feel_value held = feel_null();
    feel_json_read(job->arena, n->held, &held, NULL);
    length.days = feel_member(held, "days").kind != FEEL_NULL;
    length.value = feel_member(held, length.days ? "days" : "until");
    return length;
}

/* An amendment has the end of what it amends. */
static enum error_code put_out_one(const struct publish *p, const struct work_job *job, const struct publish_notice *n,
                                   struct publish__out *out, str reason, struct error *err)
{
    struct publish__length length = length_of(job, n);
    int64_t document = 0;
    out->series = series_now(job, n->series);
    out->title = n->title;
    out->fields = n->fields;
    out->id = n->id;
    out->is_public = str_eq(n->audience, STR("public"));
    out->sample = n->sample;
    out->page = n->list == 0;
    out->until = n->until;
    enum error_code code = length.value.kind == FEEL_NULL ? OK : publish__until(job, &length, &out->until, err);
    code = code == OK ? publish__make_known(p, job, out, &document, err) : code;
    if (code == OK) {
        struct store_value *row = publish__row(job->arena, NOTICE__COLUMNS, n->id, n->version);
        row[NOTICE__SERIES] = store_text(out->series);
        row[NOTICE__NUMBER] = store_take(job->change, out->series);
        row[NOTICE__STATE] = store_text(STR("published"));
        row[NOTICE__PUBLISHED] = store_int(job->now);
        row[NOTICE__UNTIL] = store_int(out->until);
        row[NOTICE__DOCUMENT] = store_int(document);
        row[NOTICE__PUBLISHED_BY] = store_int(job->actor);
        row[NOTICE__RELEASED] = store_text(reason);
        store_update(job->change, STORE_TABLE_notice, row);
    }
    return code;
}

static enum error_code put_out_entries(const struct publish *p, const struct work_job *job, int64_t list,
                                       struct publish__out *ret, struct error *err)
{
    struct publish_notice *rows;
    enum error_code code = OK;
    uint32_t count = publish__entries(job->view, list, &office, job->arena, &rows);
    ret->entries = ARENA_ARRAY(job->arena, feel_value, count);
    for (uint32_t i = 0; code == OK && i < count; i++) {
        struct publish__out one = { .id = 0 };
        code = put_out_one(p, job, &rows[i], &one, STR(""), err);
        code = code == OK ? feel_json_read(job->arena, rows[i].fields, &ret->entries[ret->entry_count++], err) : code;
    }
    return code;
}

static enum error_code replace(const struct work_job *job, const struct publish_notice *n, struct error *err)
{
    int64_t version = n->before == 0 ? 0 : publish__published_version(job->view, n->before);
    if (n->before != 0 && version == 0) {
        return error_set(err, ERROR_MISSING, "there is no published notice %lld", (long long)n->before);
    }
    if (n->before != 0) {
        publish__supersede(job, n->before, version, n->id);
    }
    return OK;
}

enum error_code publish__put_out(const struct publish *p, const struct work_job *job, const struct publish_notice *n,
                                 str reason, struct error *err)
{
    struct publish__out out = { .id = 0 };
    feel_value held = feel_null();
    feel_json_read(job->arena, n->held, &held, NULL);
    if (feel_member(held, "found").kind == FEEL_CONTEXT && str_trim(reason).len == 0) {
        error_set(err, ERROR_INVALID, "personal data was found in the notice: say why it may be public");
        error_hint(err, "or turn the notice down, and have its source corrected");
        return ERROR_INVALID;
    }
    enum error_code code = publish__not_sample(job->view, n->sample, err);
    code = code == OK ? replace(job, n, err) : code;
    code = code == OK && str_eq(n->kind, STR("list")) ? put_out_entries(p, job, n->id, &out, err) : code;
    code = code == OK ? put_out_one(p, job, n, &out, reason, err) : code;
    if (code == OK && n->before == 0) {
        work_news(job, "notice ", n->name, " published");
    }
    return code;
}

/* ---- Turning down ---- */

static void turn_down_one(const struct work_job *job, const struct publish_notice *n, str reason)
{
    struct store_value *row = publish__row(job->arena, NOTICE__COLUMNS, n->id, n->version);
    row[NOTICE__STATE] = store_text(STR("declined"));
    row[NOTICE__ENDED] = store_int(job->now);
    row[NOTICE__REASON] = store_text(reason);
    store_update(job->change, STORE_TABLE_notice, row);
}

enum error_code publish__turn_down(const struct work_job *job, const struct publish_notice *n, str reason,
                                   struct error *err)
{
    struct publish_notice *rows;
    if (str_trim(reason).len == 0) {
        return error_set(err, ERROR_INVALID, "a notice is turned down for a reason: give one");
    }
    uint32_t count = str_eq(n->kind, STR("list")) ? publish__entries(job->view, n->id, &office, job->arena, &rows) : 0;
    for (uint32_t i = 0; i < count; i++) {
        turn_down_one(job, &rows[i], reason);
    }
    turn_down_one(job, n, reason);
    return OK;
}

/* ---- Acts ---- */

static enum error_code read_waiting(struct store_view *v, int64_t id, struct arena *a, struct publish_notice *ret,
                                    struct error *err)
{
    bool there = publish_read_for(v, id, &office, a, ret) && str_eq(ret->state, STR("waiting")) &&
                 (ret->list == 0 || ret->before != 0); /* entries of a list wait with it */
    return there ? OK : error_set(err, ERROR_MISSING, "no notice %lld waits to be published", (long long)id);
}

enum error_code publish__word(const struct publish *p, const struct work_job *job, struct work_paper *what,
                              struct error *err)
{
    struct publish_notice n;
    enum error_code code = read_waiting(job->view, what->paper, job->arena, &n, err);
    if (code == OK && n.dossier != job->dossier) {
        code = error_set(err, ERROR_MISSING, "no notice %lld waits to be published", (long long)what->paper);
    }
    if (code != OK) {
        return code;
    }
    what->over = n.wait;
    if (what->act == WORK_DECLINE) {
        what->held_up = arena_printf(job->arena, "%s: %.*s", lang_text(err->lang, "the notice was turned down"),
                                     STR_ARG(what->text));
        return publish__turn_down(job, &n, what->text, err);
    }
    str names[] = { STR("notice") };
    feel_value *values = ARENA_ARRAY(job->arena, feel_value, 1);
    values[0] = feel_string(arena_printf(job->arena, "%lld", (long long)n.id));
    what->result = feel_context(feel_shape_new(job->arena, names, 1), values);
    return publish__put_out(p, job, &n, what->text, err);
}

/* In the lane of its dossier. */
static enum error_code ask(struct publish *p, const struct publish_notice *n, enum work_act act, int64_t actor,
                           str reason, struct error *err)
{
    const struct work_request rq = {
        .act = act, .actor = actor, .dossier = n->dossier, .paper = n->id, .text = reason
    };
    struct work_answer answer = work_do(p->config.work, &rq, err->lang);
    if (answer.outcome != WORK_OK) {
        *err = answer.error;
        return err->code;
    }
    if (p->config.published != NULL) {
        p->config.published(p->config.context);
    }
    return OK;
}

/* A list of an assessment has no dossier. */
static enum error_code alone(struct publish *p, struct store_view *v, struct arena *a, const struct publish_notice *n,
                             enum work_act act, int64_t actor, int64_t now, str reason, struct store_change **ret,
                             struct error *err)
{
    bool out = act == WORK_PUBLISH;
    struct work_job job = { .work = p->config.work, .view = v, .change = store_change(a), .arena = a, .now = now,
                            .actor = actor, .office = n->office };
    if (!publish_may(p, v, n, out ? PEOPLE_VERB_PUBLISH : PEOPLE_VERB_DECLINE, actor, now, err)) {
        return err->code;
    }
    enum error_code code = out ? publish__put_out(p, &job, n, reason, err) : publish__turn_down(&job, n, reason, err);
    *ret = job.change;
    return code == OK ? publish__audit(p, job.change, now, actor, work_act_name(act), "notice", n->id,
                                       publish__because(a, reason), err)
                      : code;
}

static enum error_code say(struct publish *p, int64_t id, enum work_act act, int64_t actor, int64_t now, str reason,
                           struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct publish_notice n;
    struct store_change *change = NULL;
    enum error_code code = store_view(p->config.store, &v, err);
    if (code != OK) {
        return code;
    }
    code = read_waiting(v, id, &a, &n, err);
    bool by_itself = code == OK && n.dossier == 0;
    code = by_itself ? alone(p, v, &a, &n, act, actor, now, reason, &change, err) : code;
    store_view_end(v);
    code = code != OK ? code : by_itself ? publish__commit(p, change, err) : ask(p, &n, act, actor, reason, err);
    arena_release(&a);
    return code;
}

enum error_code publish_publish(struct publish *p, int64_t id, int64_t actor, int64_t now, str reason,
                                struct error *err)
{
    return say(p, id, WORK_PUBLISH, actor, now, reason, err);
}

enum error_code publish_decline(struct publish *p, int64_t id, int64_t actor, int64_t now, str reason,
                                struct error *err)
{
    return say(p, id, WORK_DECLINE, actor, now, reason, err);
}
