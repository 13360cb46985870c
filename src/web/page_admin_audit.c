/* admin_audit: the audit trail: who did what, and whether its chain holds. Auditors and managers of the whole tree see
 * all of it; an administrator what concerns the machine, because he sees no dossiers. */
#include "web/admin.h"

enum { ROWS = 50 };

/* Whether he may see everything: what is asked of each office at the top. */
static bool sees_all(const struct web__desk *d)
{
    bool all = true;
    for (uint32_t i = 0; i < d->tree->count && all; i++) {
        const struct people_office *o = &d->tree->offices[i];
        all = o->parent != 0 || web__desk_may(d, PEOPLE_VERB_SEE, PEOPLE_KIND_AUDIT, o->id, PEOPLE_SEALED);
    }
    return all && d->tree->count > 0;
}

/* The instants of a day in China; false where the text is no day. */
static bool read_day(str text, int64_t *ret_from, int64_t *ret_until)
{
    cal_date day;
    if (!cal_parse_date(text, &day)) {
        return false;
    }
    *ret_from = web__day_begins(day);
    *ret_until = *ret_from + INT64_C(86400000000);
    return true;
}

static bool read_question(struct web__desk *d, struct people_audit_find *f)
{
    struct web__call *c = d->c;
    struct people_person p;
    struct error err = { .lang = c->lang };
    str who = str_trim(web__text(c, "person")), day = web__text(c, "day");
    *f = (struct people_audit_find){ .kind = web__text(c, "kind"), .object = web__int(c, "object", 0),
                                     .before = web__int(c, "before", 0) };
    if (day.len > 0 && !read_day(day, &f->from, &f->until)) {
        error_set(&err, ERROR_INVALID, "this is no day");
        error_hint(&err, "a day is written 2026-11-28");
        web__problem(c, &err, "#day");
        return false;
    }
    if (who.len > 0 && people_person_by_login(d->v, c->arena, who, &p, &err) != OK) {
        web__problem(c, &err, "#person");
        return false;
    }
    f->person = who.len > 0 ? p.id : 0;
    return true;
}

/* The verbs of people and the kinds of things in words; those of dossiers are words already. */
static const char *const verbs[][2] = {
    { "login", "logged in" },
    { "logout", "logged out" },
    { "refuse login", "a log-in was refused" },
    { "create", "added a person" },
    { "change", "changed name or office" },
    { "close", "closed the account" },
    { "password", "another password" },
    { "give password", "a password for one time" },
    { "give role", "gave a role" },
    { "end role", "ended a role" },
    { "delegate role", "lent a role" },
    { "end sessions", "ended all sessions" },
    { "end session", "ended a session" },
    { "prove", "gave password and code again" },
    { "begin second factor", "began to set up a second factor" },
    { "second factor", "set up a second factor" },
    { "refuse second factor", "a first code was refused" },
    { "reset second factor", "took the second factor away" },
    { "recovery codes", "made recovery codes" },
    { "send code", "a code was sent" },
    { "refuse code", "a code was refused" },
    { "create account", "an account from outside" },
    { "choose party", "chose whom to act for" },
    { "first code", "a code for the first administrator" },
    { "use first code", "became the first administrator" },
    { "add", "added an office" },
    { "rename", "renamed an office" },
    { "move", "moved an office" },
    { "transport", "how messages reach an office" },
    { "fail", "came to nothing" },
    { "send again", "sent letters again" },
    { "export", "took rows out" },
};
static const char *const kinds[][2] = {
    { "person", "person" },
    { "record", "row of a ledger" },
    { "ledger", "ledger" },
    { "outbox", "outbox" },
    { "binding", "authority" },
    { "assessment", "list" },
};

static void put_word(struct node *n, const char *name, str word, const char *const (*words)[2], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(word, str_of(words[i][0]))) {
            node_put_word(n, name, words[i][1]);
            return;
        }
    }
    node_put_text(n, name, word);
}

static void put_rows(struct web__desk *d, const struct people_audit_find *f)
{
    struct web__call *c = d->c;
    const struct people_audit_row *rows;
    uint32_t count = people_audit_rows(d->v, c->arena, f, ROWS + 1, &rows);
    struct node *list = node_put_list(c->model, "rows");
    for (uint32_t i = 0; i < count && i < ROWS; i++) {
        struct node *n = node_add_object(list);
        node_put_int(n, "id", rows[i].id);
        web__put_instant(n, "at", rows[i].at);
        node_put_text(n, "name", rows[i].name);
        put_word(n, "verb", rows[i].verb, verbs, sizeof verbs / sizeof verbs[0]);
        put_word(n, "kind", rows[i].kind, kinds, sizeof kinds / sizeof kinds[0]);
        node_put_int(n, "object", rows[i].object);
        node_put_text(n, "detail", str_eq(rows[i].detail, STR("{}")) ? STR("") : rows[i].detail);
        node_put_int(n, "batch", rows[i].batch);
    }
    if (count > ROWS) {
        node_put_int(c->model, "next", rows[ROWS - 1].id);
    }
}

static void put_head(struct web__desk *d)
{
    struct people_head head;
    if (people_chain_head(d->v, &head, NULL) == OK) {
        node_put_int(d->c->model, "head_number", head.number);
        node_put_text(d->c->model, "head", arena_str(d->c->arena, str_of(head.hash)));
    }
}

/* Walks the whole chain; after the view, because it opens many of its own. */
static void put_verdict(struct web__call *c)
{
    struct people_chain_verdict verdict;
    struct error err = { .lang = c->lang };
    if (people_chain_verify(c->web->config.people, NULL, &verdict, &err) != OK) {
        web__problem(c, &err, NULL);
        return;
    }
    node_put_true(c->model, "verified", true);
    node_put_true(c->model, "sound", verdict.fault == PEOPLE_SOUND);
    node_put_int(c->model, "verified_rows", verdict.rows);
    node_put_int(c->model, "verified_batches", verdict.batches);
    node_put_text(c->model, "fault", arena_str(c->arena, str_of(err.detail)));
}

void web__page_audit(struct web__call *c)
{
    struct web__desk d;
    struct people_audit_find f;
    struct error err = { .lang = c->lang };
    if (!web__desk_open(c, &d)) {
        return;
    }
    bool all = sees_all(&d), administrator = web__has_role(c, STR("administrator"));
    bool asked = (all || administrator) && read_question(&d, &f);
    if (asked) {
        f.machine = !all;
        put_rows(&d, &f);
    }
    put_head(&d);
    if (!web__desk_close(&d)) {
        return;
    }
    if (!all && !administrator) {
        error_set(&err, ERROR_INVALID, "this is not for you to do");
        error_hint(&err, "it takes the role auditor or manager of the office at the top; of a dossier its page shows "
                         "the history");
        web__refuse(c, 403, &err);
        return;
    }
    static const char *const kept[] = { "person", "kind", "day" };
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        node_put_text(c->model, kept[i], web__text(c, kept[i]));
    }
    if (web__int(c, "object", 0) != 0) {
        node_put_int(c->model, "object", web__int(c, "object", 0));
    }
    node_put_true(c->model, "machine", !all);
    if (web__flag(c, "verify")) {
        put_verdict(c);
    }
    if (administrator) {
        web__admin_tabs(c, "/audit");
    }
    web__answer(c, asked ? 200 : 422, page_admin_audit);
}
