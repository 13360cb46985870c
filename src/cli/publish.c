/* publish: gongshi document, notice, credit, rating, and the command "publish" of an office.
 *
 *   gongshi document list [DOSSIER] | show N | make N
 *   gongshi document preview DOSSIER NAME
 *   gongshi document seal N [--at WHEN] | seal N --hook yes
 *   gongshi document serve N --how WAY --to WHOM [--by WHO] [--note TEXT] [--at WHEN]
 *   gongshi document block SCHEME NAME --count N --holder TEXT [--office CODE]
 *   gongshi document register DOSSIER NAME --number N [--sealed yes] [--with JSON] [--at WHEN]
 *   gongshi document void N --text WHY
 *   gongshi document void SERIES YEAR --number N --text WHY
 *   gongshi document account SERIES YEAR
 *   gongshi notice list [WORDS] [--party HANDLE] [--on DAY] [--audience internal] | show N
 *   gongshi notice entries N [--on DAY] [--format csv] | why N | places [BEFORE]
 *   gongshi notice register SCHEME VIEW [--on DAY] [--known DAY] [--with FILTER] [--number ROW] [--format csv]
 *   gongshi notice object N --with JSON | object DOSSIER --code CODE --with JSON
 *   gongshi notice amend N --with JSON --text WHY | withdraw N --text WHY
 *   gongshi notice waiting --office CODE | publish N [--text WHY] | decline N --text WHY
 *   gongshi credit show PARTY [--on DAY] [--audience public]
 *   gongshi credit repair ROW --text WHY [--on DAY]
 *   gongshi rating TOKEN --with JSON | rating DOSSIER --code CODE --with JSON
 *   gongshi rating show DOSSIER --code CODE | again DOSSIER --code CODE --with JSON
 *
 * SERIES is SCHEME/NAME. WHEN is a day or an instant. --as LOGIN says who acts; without it the program itself.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"
#include "publish/register.h"

#include <stdio.h>

/* ---- In the office ---- */

struct act {
    struct office *o;
    feel_value v;
    int64_t actor, now;
    struct arena *a;
    struct buf *out;
    struct error *err;
};

static str text(const struct act *c, const char *name)
{
    return feel_text_member(c->v, name);
}

static bool number(const struct act *c, const char *name, int64_t *ret)
{
    return office_number(c->v, name, 0, ret, c->err);
}

/* The day that is asked for, or today. */
static bool day_of(const struct act *c, const char *name, cal_date *ret)
{
    cal_datetime t;
    if (text(c, name).len > 0) {
        bool is = cal_parse_date(text(c, name), ret);
        if (!is) {
            error_set(c->err, ERROR_INVALID, "\"%s\" is no day, as 2026-03-01", name);
        }
        return is;
    }
    bool fine = cal_datetime_from_utc(c->now / 1000000, 0, 8 * 3600, &t);
    *ret = (cal_date){ t.year, t.month, t.day };
    return fine;
}

/* Asks people_may for whoever stands behind --as. */
static enum error_code may(struct act *c, enum people_verb verb, enum people_kind kind, int64_t office, str party)
{
    const struct people_tree *tree;
    struct people_actor actor;
    struct people_verdict verdict;
    const struct people_object object = { .kind = kind, .open = true, .office = office, .party = party,
                                          .data = PEOPLE_INTERNAL };
    struct store_view *v;
    enum error_code code = c->actor == 0 ? OK : store_view(c->o->store, &v, c->err);
    if (code != OK || c->actor == 0) {
        return code;
    }
    if ((code = people_tree(c->o->people, v, &tree, c->err)) == OK) {
        code = people_actor(v, tree, c->a, c->actor, c->now, &actor, c->err);
        if (code == OK && !people_may(tree, &actor, verb, &object, &verdict, c->err)) {
            code = c->err->code;
        }
        people_tree_end(c->o->people, tree);
    }
    store_view_end(v);
    return code;
}

/* The office of a paper, or of the dossier that one would be of; 0 where there is none. */
static int64_t office_of(struct act *c, const struct publish_document *d)
{
    struct store_view *v;
    if (store_view(c->o->store, &v, NULL) != OK) {
        return 0;
    }
    int64_t office = publish_office_of(v, d);
    store_view_end(v);
    return office;
}

static enum error_code find_office(struct act *c, str code, int64_t *ret)
{
    struct store_view *v;
    enum error_code result = store_view(c->o->store, &v, c->err);
    if (result == OK) {
        result = office_by_code(v, code, ret, c->err);
        store_view_end(v);
    }
    return result;
}

/* ---- Documents ---- */

static enum error_code read_document(struct act *c, struct publish_document *ret)
{
    struct store_view *v;
    int64_t id;
    if (!number(c, "first", &id)) {
        return ERROR_INVALID;
    }
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code == OK) {
        bool there = publish_read_document(v, id, c->a, ret);
        code = store_view_error(v, c->err);
        store_view_end(v);
        if (code == OK && !there) {
            code = error_set(c->err, ERROR_MISSING, "there is no document %lld", (long long)id);
        }
    }
    return code;
}

static enum error_code document_list(struct act *c)
{
    enum { ROWS = 500 };
    struct publish_document *rows = ARENA_ARRAY(c->a, struct publish_document, ROWS);
    struct store_view *v;
    int64_t dossier;
    if (!number(c, "first", &dossier)) {
        return ERROR_INVALID;
    }
    const struct publish_document of = { .dossier = dossier };
    enum error_code code = may(c, PEOPLE_VERB_SEE, PEOPLE_KIND_DOCUMENT, office_of(c, &of), STR(""));
    code = code == OK ? store_view(c->o->store, &v, c->err) : code;
    if (code != OK) {
        return code;
    }
    uint32_t count = publish_list_documents(v, dossier, INT64_MAX, ROWS, c->a, rows);
    code = store_view_error(v, c->err);
    store_view_end(v);
    buf_addc(c->out, '[');
    for (uint32_t i = 0; i < count; i++) {
        buf_addz(c->out, i == 0 ? "" : ",");
        publish_write_document(&rows[i], c->out);
    }
    buf_addc(c->out, ']');
    return code;
}

static enum error_code document_show(struct act *c)
{
    struct publish_document d;
    enum error_code code = read_document(c, &d);
    code = code == OK ? may(c, PEOPLE_VERB_SEE, PEOPLE_KIND_DOCUMENT, office_of(c, &d), STR("")) : code;
    if (code == OK) {
        publish_write_document(&d, c->out);
    }
    return code;
}

static enum error_code document_make(struct act *c)
{
    struct publish_document d;
    enum error_code code = read_document(c, &d);
    code = code == OK ? may(c, PEOPLE_VERB_MAKE, PEOPLE_KIND_DOCUMENT, office_of(c, &d), STR("")) : code;
    return code == OK ? publish_make_again(c->o->publish, d.id, c->actor, c->now, c->err) : code;
}

/* What gongshi-paper would be asked: piped into it, it gives the PDF. */
static enum error_code document_preview(struct act *c)
{
    int64_t dossier;
    if (!number(c, "first", &dossier)) {
        return ERROR_INVALID;
    }
    const struct publish_document of = { .dossier = dossier };
    enum error_code code = may(c, PEOPLE_VERB_SEE, PEOPLE_KIND_DOCUMENT, office_of(c, &of), STR(""));
    return code == OK ? publish_preview(c->o->publish, &dossier, 1, text(c, "second"), feel_null(), c->now,
                                        c->out, c->err)
                      : code;
}

/* Whoever changes a paper is asked for his right below. */
static enum error_code on_paper(struct act *c, enum work_act act, str with)
{
    struct work_request rq = { .act = act, .actor = c->actor, .with = with, .text = text(c, "text") };
    return number(c, "first", &rq.paper) ? publish_change_paper(c->o->publish, &rq, c->now, c->err) : ERROR_INVALID;
}

/* The options as the variables of an act. */
static str options(struct act *c, const char *const *names, size_t count)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    for (size_t i = 0; i < count; i++) {
        if (text(c, names[i]).len > 0) {
            json_text_member(&w, names[i], text(c, names[i]));
        }
    }
    if (text(c, "sealed").len > 0) {
        json_key(&w, STR("sealed"));
        json_bool(&w, str_eq(text(c, "sealed"), STR("yes")));
    }
    feel_value with = feel_member(c->v, "with");
    if (with.kind == FEEL_CONTEXT) {
        json_key(&w, STR("data"));
        json_raw(&w, STR(""));
        feel_json_write(with, false, &out);
    }
    json_end_object(&w);
    str ret = arena_str(c->a, buf_str(&out));
    buf_release(&out);
    return ret;
}

static enum error_code document_seal(struct act *c)
{
    static const char *const names[] = { "at" };
    struct publish_document d;
    if (!str_eq(text(c, "hook"), STR("yes"))) {
        return on_paper(c, WORK_SEAL, options(c, names, 1));
    }
    enum error_code code = read_document(c, &d);
    code = code == OK ? may(c, PEOPLE_VERB_SEAL, PEOPLE_KIND_DOCUMENT, office_of(c, &d), STR("")) : code;
    return code == OK ? publish_seal_again(c->o->publish, d.id, c->actor, c->now, c->err) : code;
}

static enum error_code document_serve(struct act *c)
{
    static const char *const names[] = { "how", "to", "by", "note", "at" };
    return on_paper(c, WORK_SERVE, options(c, names, 5));
}

static enum error_code document_register(struct act *c)
{
    static const char *const names[] = { "number", "year", "at" };
    struct work_request rq = { .act = WORK_REGISTER, .actor = c->actor, .name = text(c, "second"),
                               .with = options(c, names, 3) };
    if (!number(c, "first", &rq.dossier)) {
        return ERROR_INVALID;
    }
    struct work_answer answer = work_do(c->o->work, &rq, c->err->lang);
    *c->err = answer.outcome == WORK_OK ? *c->err : answer.error;
    return answer.outcome == WORK_OK ? OK : c->err->code != OK ? c->err->code : ERROR_INVALID;
}

static str series_of(struct act *c)
{
    return arena_printf(c->a, "%.*s/%.*s", STR_ARG(text(c, "first")), STR_ARG(text(c, "second")));
}

static enum error_code document_void(struct act *c)
{
    int64_t n;
    if (text(c, "second").len == 0) {
        return on_paper(c, WORK_VOID, STR(""));
    }
    if (!number(c, "number", &n)) {
        return ERROR_INVALID;
    }
    enum error_code code = may(c, PEOPLE_VERB_VOID, PEOPLE_KIND_DOCUMENT, 0, STR(""));
    return code == OK ? publish_void_number(c->o->publish, series_of(c), n, c->actor, c->now, text(c, "text"), c->err)
                      : code;
}

static enum error_code document_block(struct act *c)
{
    struct publish_block given;
    struct publish_block b = { .scheme = text(c, "first"), .document = text(c, "second"),
                               .holder = text(c, "holder") };
    if (!number(c, "count", &b.count)) {
        return ERROR_INVALID;
    }
    enum error_code code = find_office(c, text(c, "office"), &b.office);
    code = code == OK ? may(c, PEOPLE_VERB_GIVE, PEOPLE_KIND_DOCUMENT, b.office, STR("")) : code;
    code = code == OK ? publish_give_block(c->o->publish, &b, c->actor, c->now, c->a, &given, c->err) : code;
    if (code == OK) {
        buf_printf(c->out, "{\"block\":%lld,\"first\":%lld,\"last\":%lld,\"series\":", (long long)given.id,
                   (long long)given.first, (long long)(given.first + given.count - 1));
        json_quote(given.series, c->out);
        buf_addc(c->out, '}');
    }
    return code;
}

static enum error_code document_account(struct act *c)
{
    struct store_view *v;
    enum error_code code = may(c, PEOPLE_VERB_SEE, PEOPLE_KIND_DOCUMENT, 0, STR(""));
    code = code == OK ? store_view(c->o->store, &v, c->err) : code;
    if (code == OK) {
        publish_write_account(v, series_of(c), c->out);
        code = store_view_error(v, c->err);
        store_view_end(v);
    }
    return code;
}

/* ---- Notices ---- */

/* The last instant of a day in China. */
static int64_t end_of(cal_date day)
{
    return ((cal_days_from_date(day) + 1) * 86400 - 8 * 3600) * 1000000 - 1;
}

static enum error_code notice_list(struct act *c)
{
    enum { ROWS = 100 };
    struct publish_notice *rows = ARENA_ARRAY(c->a, struct publish_notice, ROWS);
    struct store_view *v;
    cal_date day;
    struct publish_query q = { .words = text(c, "first"), .before = INT64_MAX, .max = ROWS };
    q.reader = (struct publish_reader){ text(c, "party"), str_eq(text(c, "audience"), STR("internal")) };
    if (!day_of(c, "on", &day)) {
        return ERROR_INVALID;
    }
    q.at = text(c, "on").len > 0 ? end_of(day) : 0;
    bool inside = q.reader.office || q.reader.party.len > 0;
    enum error_code code = inside ? may(c, PEOPLE_VERB_SEE, PEOPLE_KIND_NOTICE, 0, q.reader.party) : OK;
    code = code == OK ? store_view(c->o->store, &v, c->err) : code;
    if (code != OK) {
        return code;
    }
    uint32_t count = publish_find(v, &q, c->a, rows);
    code = store_view_error(v, c->err);
    store_view_end(v);
    buf_addc(c->out, '[');
    for (uint32_t i = 0; i < count; i++) {
        buf_addz(c->out, i == 0 ? "" : ",");
        publish_write_notice(&rows[i], c->out);
    }
    buf_addc(c->out, ']');
    return code;
}

/* As everybody sees it; what is for the office or a party alone, only with the right to see it. */
static enum error_code read_notice(struct act *c, struct publish_notice *ret)
{
    struct store_view *v;
    int64_t id;
    const struct publish_reader office = { .office = true };
    if (!number(c, "first", &id)) {
        return ERROR_INVALID;
    }
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code != OK) {
        return code;
    }
    bool open = publish_read_notice(v, id, c->a, ret);
    bool there = open || publish_read_for(v, id, &office, c->a, ret);
    store_view_end(v);
    bool may_see = there && (open || may(c, PEOPLE_VERB_SEE, PEOPLE_KIND_NOTICE, ret->office,
                                         ret->party) == OK);
    return may_see ? OK
                   : error_set(c->err, ERROR_MISSING, "there is no published notice %lld", (long long)id);
}

static enum error_code notice_show(struct act *c)
{
    struct publish_notice n;
    enum error_code code = read_notice(c, &n);
    if (code == OK) {
        publish_write_notice(&n, c->out);
    }
    return code;
}

/* As JSON, or as {"csv":…} with --format csv. */
static enum error_code write_table(struct act *c, const struct publish_table *t)
{
    struct buf csv = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = OK;
    if (!str_eq(text(c, "format"), STR("csv"))) {
        publish_write_table(t, c->out);
        return OK;
    }
    code = publish_write_csv(t, true, c->err->lang, &csv, c->err);
    if (code == OK) {
        buf_addz(c->out, "{\"csv\":");
        json_quote(buf_str(&csv), c->out);
        buf_addc(c->out, '}');
    }
    buf_release(&csv);
    return code;
}

/* The entries of a list, as everybody sees them. */
static enum error_code notice_entries(struct act *c)
{
    const struct publish_reader everybody = { .office = false };
    struct publish_table t;
    struct store_view *v;
    int64_t id;
    cal_date day;
    if (!number(c, "first", &id) || !day_of(c, "on", &day)) {
        return ERROR_INVALID;
    }
    int64_t at = text(c, "on").len > 0 ? end_of(day) : 0;
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code == OK) {
        code = publish_list_table(v, id, &everybody, at, c->a, &t, c->err);
        store_view_end(v);
    }
    return code == OK ? write_table(c, &t) : code;
}

static enum error_code read_register(struct act *c, struct store_view *v, struct publish_table *ret)
{
    enum { ROWS = 200 };
    struct publish_register q = { .scheme = text(c, "first"), .view = text(c, "second"), .known = INT64_MAX,
                                  .filter = feel_member(c->v, "with"), .after = text(c, "after"), .max = ROWS };
    cal_date known;
    int64_t row;
    if (!day_of(c, "on", &q.on) || !day_of(c, "known", &known) || !number(c, "number", &row)) {
        return ERROR_INVALID;
    }
    if (row != 0) {
        return publish_register_history(c->o->publish, v, q.scheme, q.view, row, c->a, ret, c->err);
    }
    q.known = text(c, "known").len > 0 ? end_of(known) : q.known;
    return publish_register(c->o->publish, v, &q, c->a, ret, c->err);
}

/* A public view; with --number the history of a row. */
static enum error_code notice_register(struct act *c)
{
    struct publish_table t;
    struct store_view *v;
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code == OK) {
        code = read_register(c, v, &t);
        store_view_end(v);
    }
    return code == OK ? write_table(c, &t) : code;
}

static enum error_code notice_places(struct act *c)
{
    enum { ROWS = 500 };
    struct store_view *v;
    int64_t before;
    if (!number(c, "first", &before)) {
        return ERROR_INVALID;
    }
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code == OK) {
        publish_write_places(v, before == 0 ? INT64_MAX : before, ROWS, c->out);
        store_view_end(v);
    }
    return code;
}

static enum error_code notice_why(struct act *c)
{
    struct store_view *v;
    int64_t id;
    if (!number(c, "first", &id)) {
        return ERROR_INVALID;
    }
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code == OK) {
        code = publish_write_why(c->o->publish, v, id, c->out, c->err);
        store_view_end(v);
    }
    return code;
}

static enum error_code notice_amend(struct act *c)
{
    struct publish_notice n;
    int64_t id;
    enum error_code code = read_notice(c, &n);
    code = code == OK ? may(c, PEOPLE_VERB_AMEND, PEOPLE_KIND_NOTICE, n.office, STR("")) : code;
    code = code == OK ? publish_amend(c->o->publish, n.id, feel_member(c->v, "with"), c->actor, c->now,
                                      text(c, "text"), &id, c->err)
                      : code;
    if (code == OK) {
        buf_printf(c->out, "{\"notice\":%lld}", (long long)id);
    }
    return code;
}

static void write_begun(struct act *c, const struct publish_begun *begun)
{
    struct json_writer w;
    json_writer_init(&w, c->out, false);
    json_begin_object(&w);
    json_int_member(&w, "dossier", begun->dossier);
    json_text_member(&w, "code", str_of(begun->code));
    json_end_object(&w);
}

/* To a notice; with --code, to the dossier of that number. */
static enum error_code notice_object(struct act *c)
{
    struct publish_begun begun;
    struct publish_notice n;
    struct publish_objection o = { .code = text(c, "code"), .with = feel_member(c->v, "with") };
    enum error_code code = OK;
    if (o.code.len > 0) {
        code = number(c, "first", &o.dossier) ? OK : ERROR_INVALID;
    } else if ((code = read_notice(c, &n)) == OK) {
        o.notice = n.id;
        o.reader.office = true;
    }
    code = code == OK ? publish_object(c->o->publish, &o, &begun, c->err) : code;
    if (code == OK) {
        write_begun(c, &begun);
    }
    return code;
}

static enum error_code notice_withdraw(struct act *c)
{
    struct publish_notice n;
    enum error_code code = read_notice(c, &n);
    code = code == OK ? may(c, PEOPLE_VERB_WITHDRAW, PEOPLE_KIND_NOTICE, n.office, STR("")) : code;
    return code == OK ? publish_withdraw(c->o->publish, n.id, c->actor, c->now, text(c, "text"), c->err) : code;
}

/* What waits at the desk of an office. */
static enum error_code notice_waiting(struct act *c)
{
    enum { ROWS = 100 };
    struct publish_notice *rows = ARENA_ARRAY(c->a, struct publish_notice, ROWS);
    struct store_view *v;
    int64_t office = 0;
    enum error_code code = find_office(c, text(c, "office"), &office);
    code = code == OK ? may(c, PEOPLE_VERB_SEE, PEOPLE_KIND_NOTICE, office, STR("")) : code;
    code = code == OK ? store_view(c->o->store, &v, c->err) : code;
    if (code != OK) {
        return code;
    }
    uint32_t count = publish_desk(v, office, "waiting", INT64_MAX, ROWS, c->a, rows);
    code = store_view_error(v, c->err);
    store_view_end(v);
    buf_addc(c->out, '[');
    for (uint32_t i = 0; i < count; i++) {
        buf_addz(c->out, i == 0 ? "" : ",");
        publish_write_notice(&rows[i], c->out);
    }
    buf_addc(c->out, ']');
    return code;
}

static enum error_code notice_publish(struct act *c)
{
    int64_t id;
    return number(c, "first", &id) ? publish_publish(c->o->publish, id, c->actor, c->now, text(c, "text"), c->err)
                                   : ERROR_INVALID;
}

static enum error_code notice_decline(struct act *c)
{
    int64_t id;
    return number(c, "first", &id) ? publish_decline(c->o->publish, id, c->actor, c->now, text(c, "text"), c->err)
                                   : ERROR_INVALID;
}

/* ---- Credit, ratings ---- */

static enum error_code credit_show(struct act *c)
{
    struct store_view *v;
    cal_date day;
    str party = text(c, "first");
    bool all = !str_eq(text(c, "audience"), STR("public"));
    if (!day_of(c, "on", &day)) {
        return ERROR_INVALID;
    }
    enum error_code code = all ? may(c, PEOPLE_VERB_SEE, PEOPLE_KIND_CREDIT, 0, party) : OK;
    code = code == OK ? store_view(c->o->store, &v, c->err) : code;
    if (code == OK) {
        code = publish_write_credit(c->o->publish, v, party, day, all, c->out, c->err);
        code = code == OK ? store_view_error(v, c->err) : code;
        store_view_end(v);
    }
    return code;
}

static enum error_code credit_repair(struct act *c)
{
    cal_date day;
    int64_t row;
    if (!number(c, "first", &row) || !day_of(c, "on", &day)) {
        return ERROR_INVALID;
    }
    enum error_code code = may(c, PEOPLE_VERB_SET, PEOPLE_KIND_CREDIT, 0, STR(""));
    return code == OK ? publish_repair(c->o->publish, row, day, c->actor, c->now, text(c, "text"), c->err) : code;
}

/* By its token; with --code by the number of the dossier. */
static enum error_code rating_give(struct act *c)
{
    struct publish_begun begun;
    struct publish_right by = { .code = text(c, "code") };
    if (by.code.len == 0) {
        by.token = text(c, "first");
    } else if (!number(c, "first", &by.dossier)) {
        return ERROR_INVALID;
    }
    enum error_code code = publish_rate(c->o->publish, &by, feel_member(c->v, "with"), c->now, &begun, c->err);
    if (code == OK) {
        write_begun(c, &begun);
    }
    return code;
}

static enum error_code rating_again(struct act *c)
{
    int64_t n;
    return number(c, "first", &n)
               ? publish_rate_again(c->o->publish, n, text(c, "code"), feel_member(c->v, "with"), c->err)
               : ERROR_INVALID;
}

static enum error_code rating_show(struct act *c)
{
    struct store_view *v;
    int64_t n;
    if (!number(c, "first", &n)) {
        return ERROR_INVALID;
    }
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code == OK) {
        code = publish_write_rating(c->o->publish, v, n, text(c, "code"), c->out, c->err);
        store_view_end(v);
    }
    return code;
}

/* ---- The table ---- */

enum { WORDS = 2 };

static const struct verb {
    const char *of, *word;
    int least, most; /* words after it */
    enum error_code (*run)(struct act *c);
} verbs[] = {
    { "document", "list", 0, 1, document_list },
    { "document", "show", 1, 1, document_show },
    { "document", "make", 1, 1, document_make },
    { "document", "preview", 2, 2, document_preview },
    { "document", "seal", 1, 1, document_seal },
    { "document", "serve", 1, 1, document_serve },
    { "document", "block", 2, 2, document_block },
    { "document", "register", 2, 2, document_register },
    { "document", "void", 1, 2, document_void },
    { "document", "account", 2, 2, document_account },
    { "notice", "list", 0, 1, notice_list },
    { "notice", "show", 1, 1, notice_show },
    { "notice", "entries", 1, 1, notice_entries },
    { "notice", "register", 2, 2, notice_register },
    { "notice", "places", 0, 1, notice_places },
    { "notice", "why", 1, 1, notice_why },
    { "notice", "amend", 1, 1, notice_amend },
    { "notice", "object", 1, 1, notice_object },
    { "notice", "withdraw", 1, 1, notice_withdraw },
    { "notice", "waiting", 0, 0, notice_waiting },
    { "notice", "publish", 1, 1, notice_publish },
    { "notice", "decline", 1, 1, notice_decline },
    { "credit", "show", 1, 1, credit_show },
    { "credit", "repair", 1, 1, credit_repair },
    { "rating", "give", 1, 1, rating_give },
    { "rating", "again", 1, 1, rating_again },
    { "rating", "show", 1, 1, rating_show },
};

static const struct verb *find_verb(str of, str word)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (str_eq(str_of(verbs[i].of), of) && str_eq(str_of(verbs[i].word), word)) {
            return &verbs[i];
        }
    }
    return NULL;
}

enum error_code office_publish(struct office *o, feel_value command, int64_t actor, struct arena *a, struct buf *out,
                               struct error *err)
{
    struct act c = { .o = o, .v = command, .actor = actor, .now = clock_now_micros(), .a = a, .out = out, .err = err };
    const struct verb *verb = find_verb(text(&c, "of"), text(&c, "verb"));
    if (verb == NULL) {
        return error_set(err, ERROR_INVALID, "there is no command \"%.*s\"", STR_ARG(text(&c, "verb")));
    }
    enum error_code code = verb->run(&c);
    if (code == OK && out->len == 0) {
        buf_addz(out, "{}");
    }
    return code;
}

/* ---- On the command line ---- */

struct line {
    struct arena arena;
    struct command command;
    const char *data;
    const char *words[WORDS + 1];
    int count;
    bool csv; /* --format csv */
};

static int read_option(struct line *l, const char *option, const char *value)
{
    static const char *const texts[] = { "as", "at", "how", "to", "by", "note", "text", "number", "year", "sealed",
                                         "count", "holder", "office", "party", "on", "audience", "code", "hook",
                                         "known", "format", "after" };
    struct error err = { .lang = cli_lang };
    str json = str_of(value);
    feel_value v;
    if (strcmp(option, "--data") == 0) {
        l->data = value;
        return EXIT_DONE;
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(option + 2, texts[i]) == 0) {
            l->csv |= strcmp(option, "--format") == 0 && strcmp(value, "csv") == 0;
            command_text(&l->command, texts[i], value);
            return EXIT_DONE;
        }
    }
    if (strcmp(option, "--with") != 0) {
        return cli_usage("there is no option %s", option);
    }
    if (value[0] != '{' && cli_read(&l->arena, value, LIMIT_JSON_BYTES, "JSON_BYTES", &json, &err) != OK) {
        return cli_report(&err);
    }
    if (feel_json_read(&l->arena, json, &v, &err) != OK) {
        return cli_report(&err);
    }
    command_json(&l->command, "with", json);
    return EXIT_DONE;
}

static int read_line(int argc, char **argv, struct line *l)
{
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1] == '-') {
            const char *option = argv[i], *value = cli_value(argc, argv, &i);
            int status = value == NULL ? EXIT_USAGE : read_option(l, option, value);
            if (status != EXIT_DONE) {
                return status;
            }
        } else if (l->count == WORDS + 1) {
            return cli_usage("\"%s\" is one word too many", argv[i]);
        } else {
            l->words[l->count++] = argv[i];
        }
    }
    return l->count > 0 ? EXIT_DONE : cli_usage("what is to be done?");
}

static int add_words(struct line *l, const char *of)
{
    const struct verb *verb = find_verb(str_of(of), str_of(l->words[0]));
    if (verb == NULL || l->count - 1 < verb->least || l->count - 1 > verb->most) {
        return cli_usage("gongshi %s knows no \"%s\" with so many words", of, l->words[0]);
    }
    command_text(&l->command, "of", of);
    command_text(&l->command, "verb", l->words[0]);
    command_text(&l->command, "first", l->words[1]);
    command_text(&l->command, "second", l->words[2]);
    return EXIT_DONE;
}

/* The text of the member "csv", as it stands. */
static int run_csv(struct line *l)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES), csv = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = cli_lang };
    feel_value v = feel_null();
    json_end_object(&l->command.w);
    enum error_code code = office_ask(l->data, buf_str(&l->command.text), &out, &err);
    code = code == OK ? feel_json_read(&l->arena, buf_str(&out), &v, &err) : code;
    buf_release(&l->command.text);
    buf_add(&csv, feel_text_member(v, "csv"));
    buf_release(&out);
    if (code != OK) {
        buf_release(&csv);
        return cli_report(&err);
    }
    return cli_print(&csv, "");
}

static int run(int argc, char **argv, const char *of)
{
    struct line l = { .data = office_default() };
    command_begin(&l.command, "publish");
    int status = read_line(argc, argv, &l);
    if (status == EXIT_DONE && strcmp(of, "rating") == 0 && l.count == 1) {
        l.words[1] = l.words[0];
        l.words[0] = "give";
        l.count++;
    }
    status = status == EXIT_DONE ? add_words(&l, of) : status;
    if (status == EXIT_DONE) {
        status = l.csv ? run_csv(&l) : command_run(&l.command, l.data, true);
    } else {
        buf_release(&l.command.text);
    }
    arena_release(&l.arena);
    return status;
}

int cli_document(int argc, char **argv)
{
    return run(argc, argv, "document");
}

int cli_notice(int argc, char **argv)
{
    return run(argc, argv, "notice");
}

int cli_credit(int argc, char **argv)
{
    return run(argc, argv, "credit");
}

int cli_rating(int argc, char **argv)
{
    return run(argc, argv, "rating");
}
