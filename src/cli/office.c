/* office: opening an office, and its commands; see office.h. The table at the end names them all. */
#include "cli/office.h"

#include "base/clock.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/package.h"
#include "record/party.h"
#include "text/json_write.h"
#include "work/simulate.h"

#include <stdio.h>
#include <stdlib.h>

enum { FOLLOW_SHOWN = 1000 }; /* dossiers that are listed one by one */

/* ---- Opening ---- */

static enum error_code open_parts(struct office *o, struct error *err)
{
    const struct office_config *c = &o->config;
    struct store_config store = { .where = c->where, .create = c->create, .ship = c->ship, .upgrade = c->upgrade,
                                  .keys = c->keys != NULL ? c->keys : getenv("GONGSHI_KEYS"),
                                  .check_later = c->serve };
    enum error_code code = store_open(&store, &o->store, err);
    if (code == OK) {
        code = people_open(o->store, &o->people, err);
    }
    if (code == OK) {
        const struct record_config record = { .store = o->store, .people = o->people };
        code = record_open(&record, &o->record, err);
    }
    if (code == OK) {
        code = record_install_core(o->record, clock_now_micros(), err);
    }
    if (code == OK) { /* what was to be erased when the program was stopped */
        uint32_t erased;
        code = record_erase_due(o->record, &erased, err);
    }
    if (code == OK) {
        struct work_config work = { .store = o->store, .record = o->record, .people = o->people, .background = c->serve,
                                    .planners = c->serve ? 0 : 1,
                                    .acted = c->published, .acted_context = c->context };
        code = work_open(&work, &o->work, err);
    }
    if (code == OK && c->serve) {
        code = helper_start(&o->arena, &(struct helper_config){ .program = "gongshi-paper" }, &o->paper, err);
    }
    if (code == OK) {
        struct publish_config publish = { .work = o->work, .store = o->store, .record = o->record, .people = o->people,
                                          .paper = o->paper,
                                          .background = c->serve, .address = c->address,
                                          .sealer = c->serve ? c->sealer : NULL,
                                          .published = c->published, .context = c->context };
        publish_open(&o->arena, &publish, &o->publish);
    }
    return code;
}

enum error_code office_open(const struct office_config *config, struct office *ret, struct error *err)
{
    *ret = (struct office){ .config = *config };
    enum error_code code = open_parts(ret, err);
    if (code != OK) {
        office_close(ret);
    }
    return code;
}

void office_close(struct office *o)
{
    if (o->work != NULL) {
        work_close(o->work);
    }
    record_close(o->record);
    if (o->paper != NULL) {
        helper_stop(o->paper);
    }
    if (o->people != NULL) {
        people_close(o->people);
    }
    if (o->store != NULL) {
        store_close(o->store);
    }
    arena_release(&o->arena);
    *o = (struct office){ .work = NULL };
}

/* ---- One command on its way ---- */

struct call {
    struct office *o;
    struct arena arena;
    feel_value v;           /* the command */
    struct store_view *view;
    struct buf *out;
    struct error *err;
    int64_t now, actor;
};

static str text(const struct call *c, const char *name)
{
    return feel_text_member(c->v, name);
}

static bool number(struct call *c, const char *name, int64_t otherwise, int64_t *ret)
{
    return office_number(c->v, name, otherwise, ret, c->err);
}

static enum error_code open_view(struct call *c)
{
    return store_view(c->o->store, &c->view, c->err);
}

/* Ends the view; the first error of reading or the command's own. */
static enum error_code close_view(struct call *c, enum error_code code)
{
    enum error_code read = store_view_error(c->view, code == OK ? c->err : NULL);
    store_view_end(c->view);
    return code != OK ? code : read;
}

/* The person of a login, 0 for an empty one. */
static enum error_code find_person(struct call *c, str login, int64_t *ret)
{
    struct people_person person = { .id = 0 };
    enum error_code code = login.len == 0 ? OK : open_view(c);
    if (code == OK && login.len > 0) {
        code = close_view(c, people_person_by_login(c->view, &c->arena, login, &person, c->err));
    }
    *ret = person.id;
    return code;
}

static enum error_code find_office(struct call *c, str code, int64_t *ret)
{
    return office_by_code(c->view, code, ret, c->err);
}

/* ---- Dossiers ---- */

static enum error_code act(struct call *c)
{
    struct work_request rq;
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(feel_member(c->v, "request"), false, &json);
    enum error_code code = work_request_read(&c->arena, arena_str(&c->arena, buf_str(&json)), &rq, c->err);
    buf_release(&json);
    rq.actor = c->actor;
    if (code == OK && text(c, "to").len > 0) {
        code = find_person(c, text(c, "to"), &rq.person);
    }
    if (code != OK) {
        return code;
    }
    char token[WORK_TOKEN] = "", hash[WORK_TOKEN];
    if (rq.act == WORK_INVITE && rq.name.len == 0) {
        work_guest_token(token, hash);
        rq.name = str_of(hash);
    }
    struct work_answer answer = work_do(c->o->work, &rq, c->err->lang);
    if (answer.outcome != WORK_OK) {
        *c->err = answer.error;
        return c->err->code != OK ? c->err->code : ERROR_INVALID;
    }
    if (token[0] != '\0') {
        buf_printf(c->out, "{\"dossier\":%lld,\"token\":\"%s\"}", (long long)answer.dossier, token);
    } else {
        work_write_answer(&answer, c->out);
    }
    return OK;
}

static enum error_code draft(struct call *c)
{
    struct work_request rq;
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(feel_member(c->v, "request"), false, &json);
    enum error_code code = work_request_read(&c->arena, arena_str(&c->arena, buf_str(&json)), &rq, c->err);
    buf_release(&json);
    rq.actor = c->actor;
    code = code == OK ? open_view(c) : code;
    if (code == OK) {
        code = close_view(c, work_write_draft(c->o->work, c->view, &rq, c->out, c->err));
    }
    return code;
}

/* ---- Looking: what whoever stands behind --as may see ---- */

static bool may_see(struct call *c, const struct work_dossier *d)
{
    return c->actor == 0 || work_may_see(c->o->work, c->view, c->actor, c->now, d, c->err);
}

/* What an office has to do is seen by its people; of all offices by those who have a role in all. */
static enum error_code may_look_into(struct call *c, int64_t office)
{
    const struct people_tree *tree;
    struct people_actor actor;
    struct people_verdict verdict;
    const struct people_object object = { .kind = PEOPLE_KIND_DOSSIER, .open = true, .office = office,
                                          .data = PEOPLE_INTERNAL };
    if (c->actor == 0) {
        return OK;
    }
    enum error_code code = people_tree(c->o->people, c->view, &tree, c->err);
    if (code == OK) {
        code = people_actor(c->view, tree, &c->arena, c->actor, c->now, &actor, c->err);
        if (code == OK && !people_may(tree, &actor, PEOPLE_VERB_SEE, &object, &verdict, c->err)) {
            code = c->err->code;
        }
        people_tree_end(c->o->people, tree);
    }
    return code;
}

/* The dossier as officers see it, or what anybody may know of it. */
static enum error_code with_dossier(struct call *c, bool public)
{
    struct work_dossier d;
    int64_t id;
    if (!number(c, "dossier", 0, &id)) {
        return ERROR_INVALID;
    }
    enum error_code code = open_view(c);
    if (code == OK) {
        if (!work_read_dossier(c->view, id, &c->arena, &d)) {
            code = error_set(c->err, ERROR_MISSING, "there is no dossier %lld", (long long)id);
        } else if (public) {
            work_write_public(c->o->work, c->view, &d, LANG_ZH, c->out);
        } else if (!may_see(c, &d)) {
            code = c->err->code;
        } else {
            work_write_dossier(c->o->work, c->view, &d, c->out);
        }
        code = close_view(c, code);
    }
    return code;
}

/* A clock or a decision of a dossier, explained. */
static enum error_code show_why(struct call *c)
{
    struct work_dossier d;
    int64_t id;
    if (!number(c, "dossier", 0, &id)) {
        return ERROR_INVALID;
    }
    enum error_code code = open_view(c);
    if (code == OK) {
        code = !work_read_dossier(c->view, id, &c->arena, &d)
                   ? error_set(c->err, ERROR_MISSING, "there is no dossier %lld", (long long)id)
               : !may_see(c, &d) ? c->err->code
               : text(c, "clock").len > 0
                   ? work_write_clock(c->o->work, c->view, &d, text(c, "clock"), c->out, c->err)
                   : work_explain(c->o->work, c->view, id, text(c, "decision"), c->out, c->err);
        code = close_view(c, code);
    }
    return code;
}

static enum error_code show(struct call *c)
{
    return text(c, "clock").len > 0 || text(c, "decision").len > 0 ? show_why(c) : with_dossier(c, false);
}

static enum error_code clocks(struct call *c)
{
    int64_t office = 0;
    enum error_code code = open_view(c);
    if (code == OK) {
        code = text(c, "office").len > 0 ? find_office(c, text(c, "office"), &office) : OK;
        code = code == OK ? may_look_into(c, office) : code;
        if (code == OK) {
            work_write_clocks(c->view, office, 500, c->out);
        }
        code = close_view(c, code);
    }
    return code;
}

/* What people are told without having to do anything: lateness, days of rows, dossiers that could not begin. */
static enum error_code told(struct call *c)
{
    struct office_asker who = { .arena = &c->arena, .actor = c->actor, .now = c->now };
    int64_t office = 0;
    enum error_code code = open_view(c);
    if (code != OK) {
        return code;
    }
    who.view = c->view;
    code = find_office(c, text(c, "office"), &office);
    code = code == OK ? people_tree(c->o->people, c->view, &who.tree, c->err) : code;
    if (code == OK) {
        code = office_may_rows(&who, PEOPLE_VERB_SEE, SCHEME_INTERNAL, office, c->err);
        people_tree_end(c->o->people, who.tree);
    }
    if (code == OK) {
        work_write_told(c->view, office, text(c, "role"), 500, c->out);
    }
    return close_view(c, code);
}

static enum error_code public_state(struct call *c)
{
    return with_dossier(c, true);
}

/* Of a list of dossiers those that he may see. */
static enum error_code write_seen(struct call *c, str all)
{
    struct work_dossier d;
    feel_value list;
    struct error unseen = { .lang = c->err->lang };
    enum error_code code = feel_json_read(&c->arena, all, &list, c->err);
    feel_value *seen = ARENA_ARRAY(&c->arena, feel_value, list.count);
    uint32_t count = 0;
    for (uint32_t i = 0; code == OK && list.kind == FEEL_LIST && i < list.count; i++) {
        int64_t id;
        seen[count] = list.items[i];
        count += feel_whole(feel_member(list.items[i], "dossier"), &id) &&
                 work_read_dossier(c->view, id, &c->arena, &d) &&
                 work_may_see(c->o->work, c->view, c->actor, c->now, &d, &unseen);
    }
    feel_json_write(feel_list(seen, count), false, c->out);
    return code;
}

static enum error_code list(struct call *c)
{
    int64_t before, max;
    struct buf all = BUF_INIT(LIMIT_JSON_BYTES);
    if (!number(c, "before", INT64_MAX, &before) || !number(c, "max", 50, &max)) {
        return ERROR_INVALID;
    }
    enum error_code code = open_view(c);
    if (code == OK) {
        work_write_list(c->view, text(c, "scheme"), before, (uint32_t)(max > 0 && max < 1000 ? max : 1000),
                        c->actor == 0 ? c->out : &all);
        code = c->actor == 0 ? OK : write_seen(c, arena_str(&c->arena, buf_str(&all)));
        code = close_view(c, code);
    }
    buf_release(&all);
    return code;
}

static enum error_code tasks(struct call *c)
{
    int64_t office = 0;
    enum error_code code = open_view(c);
    if (code == OK) {
        code = find_office(c, text(c, "office"), &office);
        str role = text(c, "role");
        bool may = c->actor == 0 || role.len == 0 ||
                   work_may_list(c->o->work, c->view, c->actor, c->now, office, role, c->err);
        code = code == OK && !may ? c->err->code : code;
        if (code == OK) {
            work_write_tasks(c->view, office, text(c, "role"), c->actor, 500, c->out);
        }
        code = close_view(c, code);
    }
    return code;
}

static enum error_code recompute(struct call *c)
{
    struct work_recomputed r;
    int64_t dossier;
    if (!number(c, "dossier", 0, &dossier)) {
        return ERROR_INVALID;
    }
    enum error_code code = work_recompute(c->o->work, dossier, &r, c->err);
    if (code == OK && r.different > 0) {
        enum lang lang = c->err->lang;
        *c->err = r.error;
        c->err->lang = lang;
        snprintf(c->err->where.file, sizeof c->err->where.file, "decision %lld", (long long)r.first);
        return ERROR_INVALID;
    }
    buf_printf(c->out, "{\"equal\":%llu,\"different\":%llu}", (unsigned long long)r.equal,
               (unsigned long long)r.different);
    return code;
}

/* ---- Messages between offices ---- */

static enum error_code messages(struct call *c)
{
    int64_t office = 0, before;
    if (!number(c, "before", INT64_MAX, &before)) {
        return ERROR_INVALID;
    }
    enum error_code code = open_view(c);
    if (code == OK) {
        code = text(c, "office").len > 0 ? find_office(c, text(c, "office"), &office) : OK;
        code = code == OK ? may_look_into(c, office) : code;
        if (code == OK) {
            work_write_messages(c->view, office, before, 200, c->out);
        }
        code = close_view(c, code);
    }
    return code;
}

static enum error_code message_again(struct call *c)
{
    int64_t id;
    if (!number(c, "message", 0, &id)) {
        return ERROR_INVALID;
    }
    buf_addz(c->out, "{}");
    return work_message_again(c->o->work, id, c->actor, c->err);
}

/* Under the package of a folder, or under changed inputs, or both. */
static enum error_code simulate(struct call *c)
{
    struct work_simulate what = { .over = text(c, "over"), .decision = text(c, "decision"),
                                  .with = feel_member(c->v, "with") };
    enum error_code code = OK;
    if (text(c, "folder").len > 0) {
        code = package_read(&c->arena, arena_str(&c->arena, text(c, "folder")).ptr, &what.scheme, c->err);
    }
    return code == OK ? work_simulate(c->o->work, &what, c->out, c->err) : code;
}

static enum error_code publishing(struct call *c)
{
    return office_publish(c->o, c->v, c->actor, &c->arena, c->out, c->err);
}

/* ---- Schemes ---- */

static enum error_code install(struct call *c)
{
    const struct scheme *b;
    const char *with = text(c, "with").len == 0 ? NULL : arena_str(&c->arena, text(c, "with")).ptr;
    const char *folder = arena_str(&c->arena, text(c, "folder")).ptr;
    enum error_code code = package_read_with(&c->arena, folder, with, &b, c->err);
    if (code == OK) {
        code = record_install_parameters(c->o->record, b, c->actor, c->now, c->err);
    }
    if (code == OK) {
        code = work_install(c->o->work, b, c->actor, c->err);
    }
    if (code == OK) {
        struct json_writer w;
        json_writer_init(&w, c->out, false);
        json_begin_object(&w);
        json_text_member(&w, "scheme", b->name);
        json_text_member(&w, "bundle", str_of(b->hash));
        json_end_object(&w);
    }
    return code;
}

static cal_date day_of(struct call *c, str text)
{
    cal_datetime now;
    cal_date day;
    cal_datetime_from_utc(c->now / 1000000, 0, 8 * 3600, &now);
    return text.len > 0 && cal_parse_date(text, &day) ? day : cal_datetime_date(now);
}

/* The statistics of a scheme, all or the one that is named. */
static enum error_code statistics(struct call *c)
{
    const struct scheme *s;
    struct feel_environment env = { .instant = c->now / 1000000, .zone = 8 * 3600 };
    const struct record_scope of = { .day = day_of(c, text(c, "on")) };
    bool found = false, rows = text(c, "rows").len > 0;
    str name = text(c, "name");
    enum error_code code = open_view(c);
    if (code != OK) {
        return code;
    }
    struct feel_eval *ev = feel_eval_new(&env);
    code = record_in_force(c->o->record, c->view, text(c, "scheme"), day_of(c, STR("")), &s, c->err);
    buf_add(c->out, STR("["));
    for (uint32_t i = 0; code == OK && i < s->statistic_count; i++) {
        if (name.len == 0 || str_eq(name, s->statistics[i].name)) {
            buf_add(c->out, found ? STR(",") : STR(""));
            code = record_statistic_write(c->o->record, c->view, ev, s, &s->statistics[i], &of, rows, c->out, c->err);
            found = true;
        }
    }
    buf_add(c->out, STR("]"));
    feel_eval_free(ev);
    if (code == OK && !found && name.len > 0) {
        code = error_set(c->err, ERROR_MISSING, "the scheme has no statistic \"%.*s\"", STR_ARG(name));
    }
    return close_view(c, code);
}

/* What would become of running dossiers under a package, or under the version in force. */
static enum error_code follow(struct call *c)
{
    const struct scheme *to = NULL;
    str folder = text(c, "folder");
    enum error_code code = open_view(c);
    if (code != OK) {
        return code;
    }
    if (folder.len > 0) {
        code = package_read(&c->arena, arena_str(&c->arena, folder).ptr, &to, c->err);
    } else {
        code = record_in_force(c->o->record, c->view, text(c, "scheme"), day_of(c, STR("")), &to, c->err);
    }
    code = code == OK ? work_write_follow(c->o->work, c->view, to, FOLLOW_SHOWN, c->out, c->err) : code;
    return close_view(c, code);
}

static enum error_code parameter(struct call *c)
{
    return office_parameter(c->o, text(c, "command"), c->v, c->actor, c->now, &c->arena, c->out, c->err);
}

/* Each scheme with its versions, the last first. */
static enum error_code schemes(struct call *c)
{
    enum error_code code = open_view(c);
    if (code == OK) {
        work_write_schemes(c->view, c->out);
        code = close_view(c, OK);
    }
    return code;
}

/* ---- People ---- */

typedef enum error_code people_step(struct call *c, struct people_plan *plan);

static enum error_code with_plan(struct call *c, people_step *step)
{
    struct people_plan plan;
    enum error_code code = people_begin(c->o->people, &c->arena, c->actor, c->now, &plan, c->err);
    if (code == OK) {
        code = people_finish(&plan, step(c, &plan), NULL, c->err);
    }
    if (code == OK && c->out->len == 0) {
        buf_addz(c->out, "{}");
    }
    return code;
}

static enum error_code office_of(struct call *c, const struct people_plan *plan, const char *name, int64_t *ret)
{
    str code = text(c, name);
    const struct people_office *o = people_office_by_code(plan->tree, code);
    *ret = o == NULL ? 0 : o->id;
    return o != NULL || code.len == 0
               ? OK
               : error_set(c->err, ERROR_MISSING, "there is no office \"%.*s\"", STR_ARG(code));
}

static enum error_code person_of(struct call *c, const struct people_plan *plan, int64_t *ret)
{
    struct people_person person = { .id = 0 };
    enum error_code code = people_person_by_login(plan->view, &c->arena, text(c, "login"), &person, c->err);
    *ret = person.id;
    return code;
}

static enum error_code add_office(struct call *c, struct people_plan *plan)
{
    int64_t in, id = 0;
    str name = text(c, "name"), level = text(c, "level");
    enum error_code code = office_of(c, plan, "in", &in);
    if (code == OK) {
        code = people_office_add(plan, in, text(c, "code"), name.len > 0 ? name : text(c, "code"),
                                 level.len > 0 ? level : STR("office"), &id, c->err);
    }
    buf_printf(c->out, "{\"office\":%lld}", (long long)id);
    return code;
}

static enum error_code add_person(struct call *c, struct people_plan *plan)
{
    int64_t office, id = 0;
    str name = text(c, "name");
    enum error_code code = office_of(c, plan, "office", &office);
    if (code == OK) {
        code = people_person_create(plan, text(c, "login"), name.len > 0 ? name : text(c, "login"), office, &id,
                                    c->err);
    }
    buf_printf(c->out, "{\"person\":%lld}", (long long)id);
    return code;
}

static enum error_code give_role(struct call *c, struct people_plan *plan)
{
    int64_t office, person;
    enum error_code code = office_of(c, plan, "office", &office);
    if (code == OK && (code = person_of(c, plan, &person)) == OK) {
        code = people_role_give(plan, person, office, text(c, "role"), c->now, 0, c->err);
    }
    return code;
}

static enum error_code end_role(struct call *c, struct people_plan *plan)
{
    int64_t office, person;
    enum error_code code = office_of(c, plan, "office", &office);
    if (code == OK && (code = person_of(c, plan, &person)) == OK) {
        code = people_role_end(plan, person, office, text(c, "role"), c->err);
    }
    return code;
}

static enum error_code set_password(struct call *c, struct people_plan *plan)
{
    int64_t person;
    enum error_code code = person_of(c, plan, &person);
    return code == OK ? people_password_set(plan, person, arena_str(&c->arena, text(c, "hash")).ptr, c->err) : code;
}

static enum error_code give_password(struct call *c, struct people_plan *plan)
{
    int64_t person;
    enum error_code code = person_of(c, plan, &person);
    return code == OK ? people_password_give(plan, person, arena_str(&c->arena, text(c, "hash")).ptr, c->err) : code;
}

static enum error_code reset_factor(struct call *c, struct people_plan *plan)
{
    int64_t person;
    enum error_code code = person_of(c, plan, &person);
    return code == OK ? people_factor_reset(plan, person, c->err) : code;
}

static enum error_code close_person(struct call *c, struct people_plan *plan)
{
    int64_t person;
    enum error_code code = person_of(c, plan, &person);
    return code == OK ? people_person_close(plan, person, c->err) : code;
}

static enum error_code set_transport(struct call *c, struct people_plan *plan)
{
    int64_t office;
    enum error_code code = office_of(c, plan, "office", &office);
    buf_addz(c->out, "{}");
    return code == OK ? people_office_transport(plan, office, text(c, "kind"), c->err) : code;
}

static enum error_code office_transport(struct call *c)
{
    return with_plan(c, set_transport);
}

static enum error_code office_add(struct call *c)
{
    return with_plan(c, add_office);
}

static enum error_code person_add(struct call *c)
{
    return with_plan(c, add_person);
}

static enum error_code role_give(struct call *c)
{
    return with_plan(c, give_role);
}

static enum error_code role_end(struct call *c)
{
    return with_plan(c, end_role);
}

static enum error_code factor_reset(struct call *c)
{
    return with_plan(c, reset_factor);
}

static enum error_code person_close(struct call *c)
{
    return with_plan(c, close_person);
}

/* Hashing takes too long for a view: the hash is made first and put into the command. */
static enum error_code with_hash(struct call *c, str secret, people_step *step)
{
    char hash[PEOPLE_HASH];
    str own = text(c, "login");
    enum error_code code = people_password_hash(c->o->people, secret, &own, 1, hash, c->err);
    if (code == OK) {
        str names[] = { STR("login"), STR("hash") };
        feel_value values[] = { feel_string(text(c, "login")), feel_string(arena_str(&c->arena, str_of(hash))) };
        c->v = feel_copy(&c->arena, feel_context(feel_shape_new(&c->arena, names, 2), values));
        code = with_plan(c, step);
    }
    return code;
}

static enum error_code password(struct call *c)
{
    return with_hash(c, text(c, "password"), set_password);
}

/* A password for one time, made here: whoever gives the command tells it to its owner. */
static enum error_code password_give(struct call *c)
{
    char made[PEOPLE_CODE];
    people_password_make(made);
    buf_printf(c->out, "{\"password\":\"%s\"}", made);
    return with_hash(c, str_of(made), give_password);
}

static enum error_code first_code(struct call *c)
{
    char code[PEOPLE_CODE];
    enum error_code result = people_first(c->o->people, c->now, code, c->err);
    buf_printf(c->out, "{\"code\":\"%s\"}", code);
    return result;
}

static enum error_code first_use(struct call *c)
{
    int64_t person;
    enum error_code code = people_first_use(c->o->people, text(c, "code"), text(c, "login"), text(c, "name"),
                                            text(c, "password"), c->now, &person, c->err);
    buf_printf(c->out, "{\"person\":%lld}", (long long)person);
    return code;
}

/* ---- The whole ---- */

static enum error_code assess(struct call *c)
{
    return office_assess(c->o, c->v, c->actor, &c->arena, c->out, c->err);
}

static enum error_code audit(struct call *c)
{
    struct people_chain_verdict verdict;
    enum error_code code = people_chain_verify(c->o->people, NULL, &verdict, c->err);
    if (code == OK && verdict.fault != PEOPLE_SOUND) {
        return ERROR_INVALID;
    }
    buf_printf(c->out, "{\"batches\":%lld,\"rows\":%lld,\"head\":\"%s\"}", (long long)verdict.batches,
               (long long)verdict.rows, verdict.head.hash);
    return code;
}

/* ---- Tables ---- */

static enum error_code office_of_dossier(struct call *c, int64_t dossier, int64_t *ret)
{
    struct store_value args[] = { store_int(dossier) };
    struct store_rows *r = store_query(c->view, "SELECT office FROM dossier WHERE id = ?", args, 1);
    bool there = store_next(r);
    *ret = there ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return there ? OK : error_set(c->err, ERROR_MISSING, "there is no dossier %lld", (long long)dossier);
}

/* That of the dossier; the office that is named; else the actor's own; else the one at the top. */
static enum error_code office_of_rows(struct call *c, const struct people_tree *tree, int64_t dossier, int64_t *ret)
{
    struct people_person person;
    *ret = 0;
    if (dossier != 0) {
        return office_of_dossier(c, dossier, ret);
    }
    if (text(c, "office").len > 0) {
        return find_office(c, text(c, "office"), ret);
    }
    if (c->actor != 0) {
        enum error_code code = people_person_by_login(c->view, &c->arena, text(c, "as"), &person, c->err);
        *ret = code == OK ? person.office : 0;
        return code;
    }
    for (uint32_t i = 0; i < tree->count && *ret == 0; i++) {
        *ret = tree->offices[i].parent == 0 ? tree->offices[i].id : 0;
    }
    return OK;
}

typedef enum error_code exchange_step(struct office *o, feel_value command, const struct office_exchange *who,
                                      struct arena *a, struct buf *out, struct error *err);

static enum error_code exchange(struct call *c, enum people_verb verb, exchange_step *step)
{
    const struct people_tree *tree;
    struct office_exchange who = { .actor = c->actor };
    bool personal = text(c, "personal").len > 0;
    who.least = personal ? SCHEME_PERSONAL : SCHEME_INTERNAL;
    enum error_code code = number(c, "dossier", 0, &who.dossier) ? open_view(c) : ERROR_INVALID;
    if (code != OK) {
        return code;
    }
    code = people_tree(c->o->people, c->view, &tree, c->err);
    if (code == OK) {
        code = office_of_rows(c, tree, who.dossier, &who.office);
        const struct office_asker asker = { c->view, tree, &c->arena, c->actor, c->now };
        code = code == OK ? office_may_rows(&asker, verb, who.least, who.office, c->err) : code;
        who.tree = tree;
        who.only = c->actor != 0 || text(c, "office").len > 0 ? who.office : 0;
    }
    code = close_view(c, code);
    if (code == OK) {
        code = step(c->o, c->v, &who, &c->arena, c->out, c->err);
    }
    if (who.tree != NULL) {
        people_tree_end(c->o->people, tree);
    }
    return code;
}

static enum error_code import_table(struct call *c)
{
    return exchange(c, PEOPLE_VERB_IMPORT, office_import);
}

static enum error_code export_table(struct call *c)
{
    return exchange(c, PEOPLE_VERB_SEE, office_export);
}

static enum error_code backup(struct call *c)
{
    buf_addz(c->out, "{}");
    return store_backup(c->o->store, arena_str(&c->arena, text(c, "to")).ptr, c->err);
}

static enum error_code health(struct call *c)
{
    struct store_figures f;
    store_figures(c->o->store, &f);
    buf_printf(c->out, "{\"status\":\"%s\",\"waiting\":%u,\"commit\":%lld}", f.read_only ? "read-only" : "ok",
               f.waiting, (long long)f.commit);
    return OK;
}

static enum error_code ledger(struct call *c)
{
    return office_ledger(c->o, c->v, c->actor, c->now, &c->arena, c->out, c->err);
}

static enum error_code party(struct call *c)
{
    return office_party(c->o, c->v, c->actor, c->now, &c->arena, c->out, c->err);
}

static const struct {
    const char *name;
    enum error_code (*run)(struct call *c);
    bool asked; /* whether a person may; the others ask themselves, or only look */
    enum people_verb verb;
    enum people_kind kind;
} commands[] = {
    { "act", act, false, 0, 0 },
    { "draft", draft, false, 0, 0 },
    { "show", show, false, 0, 0 },
    { "public", public_state, false, 0, 0 },
    { "list", list, false, 0, 0 },
    { "tasks", tasks, false, 0, 0 },
    { "clocks", clocks, false, 0, 0 },
    { "told", told, false, 0, 0 },
    { "assess", assess, false, 0, 0 },
    { "recompute", recompute, false, 0, 0 },
    { "simulate", simulate, true, PEOPLE_VERB_RECOMPUTE, PEOPLE_KIND_DECISION },
    { "publish", publishing, false, 0, 0 },
    { "schemes", schemes, false, 0, 0 },
    { "follow", follow, false, 0, 0 },
    { "statistics", statistics, true, PEOPLE_VERB_SEE, PEOPLE_KIND_RECORD },
    { "install", install, true, PEOPLE_VERB_DEPLOY, PEOPLE_KIND_MODEL },
    { "round-open", parameter, true, PEOPLE_VERB_DEPLOY, PEOPLE_KIND_MODEL },
    { "round-show", parameter, false, 0, 0 },
    { "round-set", parameter, true, PEOPLE_VERB_DEPLOY, PEOPLE_KIND_MODEL },
    { "round-confirm", parameter, true, PEOPLE_VERB_DEPLOY, PEOPLE_KIND_MODEL },
    { "calendar-show", parameter, false, 0, 0 },
    { "calendar-explain", parameter, false, 0, 0 },
    { "calendar-import", parameter, true, PEOPLE_VERB_DEPLOY, PEOPLE_KIND_MODEL },
    { "office-add", office_add, true, PEOPLE_VERB_MANAGE, PEOPLE_KIND_OFFICE },
    { "office-transport", office_transport, true, PEOPLE_VERB_MANAGE, PEOPLE_KIND_OFFICE },
    { "messages", messages, false, 0, 0 },
    { "message-again", message_again, true, PEOPLE_VERB_REPAIR, PEOPLE_KIND_DOSSIER },
    { "person-add", person_add, true, PEOPLE_VERB_MANAGE, PEOPLE_KIND_PEOPLE },
    { "role-give", role_give, true, PEOPLE_VERB_MANAGE, PEOPLE_KIND_PEOPLE },
    { "role-end", role_end, true, PEOPLE_VERB_MANAGE, PEOPLE_KIND_PEOPLE },
    { "password", password, true, PEOPLE_VERB_MANAGE, PEOPLE_KIND_PEOPLE },
    { "password-give", password_give, true, PEOPLE_VERB_MANAGE, PEOPLE_KIND_PEOPLE },
    { "factor-reset", factor_reset, true, PEOPLE_VERB_MANAGE, PEOPLE_KIND_PEOPLE },
    { "person-close", person_close, true, PEOPLE_VERB_MANAGE, PEOPLE_KIND_PEOPLE },
    { "first-code", first_code, false, 0, 0 },
    { "first-use", first_use, false, 0, 0 },
    { "audit", audit, true, PEOPLE_VERB_SEE, PEOPLE_KIND_AUDIT },
    { "import", import_table, false, 0, 0 },
    { "export", export_table, false, 0, 0 },
    { "backup", backup, true, PEOPLE_VERB_MAKE, PEOPLE_KIND_BACKUP },
    { "health", health, false, 0, 0 },
    { "ledger", ledger, false, 0, 0 },
    { "party", party, false, 0, 0 },
};

/* Asks people_may for whoever stands behind --as. */
static enum error_code ask_rights(struct call *c, enum people_verb verb, enum people_kind kind)
{
    const struct people_tree *tree;
    struct people_actor actor;
    struct people_verdict verdict;
    struct people_object object = { .kind = kind, .open = true };
    enum error_code code = open_view(c);
    if (code != OK) {
        return code;
    }
    code = find_office(c, text(c, "office").len > 0 ? text(c, "office") : text(c, "in"), &object.office);
    if (code == OK && (code = people_tree(c->o->people, c->view, &tree, c->err)) == OK) {
        code = people_actor(c->view, tree, &c->arena, c->actor, c->now, &actor, c->err);
        if (code == OK && !people_may(tree, &actor, verb, &object, &verdict, c->err)) {
            code = c->err->code;
        }
        people_tree_end(c->o->people, tree);
    }
    return close_view(c, code);
}

static enum error_code run(struct call *c)
{
    str name = text(c, "command");
    enum error_code code = find_person(c, text(c, "as"), &c->actor);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0] && code == OK; i++) {
        if (str_eq(name, str_of(commands[i].name))) {
            code = commands[i].asked && c->actor != 0 ? ask_rights(c, commands[i].verb, commands[i].kind) : OK;
            return code == OK ? commands[i].run(c) : code;
        }
    }
    return code != OK ? code : error_set(c->err, ERROR_INVALID, "there is no command \"%.*s\"", STR_ARG(name));
}

enum error_code office_command(struct office *o, str json, struct buf *out, struct error *err)
{
    struct call c = { .o = o, .out = out, .err = err, .now = clock_now_micros() };
    enum error_code code = feel_json_read(&c.arena, json, &c.v, err);
    str lang = text(&c, "lang");
    if (lang.len > 0) {
        err->lang = lang_from_name(arena_str(&c.arena, lang).ptr);
    }
    if (code == OK) {
        code = run(&c);
    }
    arena_release(&c.arena);
    return code;
}

enum error_code office_ask(const char *where, str json, struct buf *out, struct error *err)
{
    struct office o;
    enum error_code code;
    if (control_ask(where, json, out, &code, err)) {
        return code;
    }
    const struct office_config config = { .where = where, .address = "" };
    code = office_open(&config, &o, err);
    if (code == OK) {
        code = office_command(&o, json, out, err);
        office_close(&o);
    }
    return code;
}

/* ---- Making commands ---- */

void command_begin(struct command *c, const char *name)
{
    c->text = (struct buf)BUF_INIT(LIMIT_JSON_BYTES);
    json_writer_init(&c->w, &c->text, false);
    json_begin_object(&c->w);
    command_text(c, "command", name);
    command_text(c, "lang", cli_lang == LANG_ZH ? "zh" : "en");
}

void command_text(struct command *c, const char *name, const char *value)
{
    if (value != NULL) {
        json_text_member(&c->w, name, str_of(value));
    }
}

void command_json(struct command *c, const char *name, str json)
{
    json_key(&c->w, str_of(name));
    json_raw(&c->w, json);
}

static void indent(struct buf *out)
{
    struct arena a = ARENA_INIT;
    feel_value v;
    if (feel_json_read(&a, arena_str(&a, buf_str(out)), &v, NULL) == OK) {
        buf_clear(out);
        feel_json_write(v, true, out);
    }
    arena_release(&a);
}

int command_run(struct command *c, const char *where, bool pretty)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = cli_lang };
    json_end_object(&c->w);
    enum error_code code = office_ask(where, buf_str(&c->text), &out, &err);
    buf_release(&c->text);
    if (code != OK) {
        buf_release(&out);
        return cli_report(&err);
    }
    if (pretty) {
        indent(&out);
    }
    return cli_print(&out, "\n");
}

const char *office_default(void)
{
    const char *data = getenv("GONGSHI_DATA");
    return data != NULL && data[0] != '\0' ? data : "data";
}
