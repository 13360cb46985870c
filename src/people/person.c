/* person: accounts, as rows. */
#include "people/people_int.h"

#include "text/utf8.h"

#define COLUMNS "id, login, version, name, office, password, state, failures, locked_until, created, given_until"

static const char *const state_names[] = {
    [PEOPLE_ACTIVE] = "active",
    [PEOPLE_CLOSED] = "closed",
    [PEOPLE_FIRST] = "first",
};

const char *people__state_name(enum people_state state)
{
    return state_names[state];
}

/* A word that this program does not know is a person who can do nothing. */
static enum people_state state_of(str word)
{
    for (enum people_state s = PEOPLE_ACTIVE; s <= PEOPLE_FIRST; s++) {
        if (str_eq(word, str_of(state_names[s]))) {
            return s;
        }
    }
    return PEOPLE_CLOSED;
}

static enum error_code read_person(struct store_view *view, struct store_rows *r, struct arena *a,
                                   struct people_person *ret, struct error *err)
{
    bool found = store_next(r);
    if (found) {
        *ret = (struct people_person){
            .id = store_column_int(r, 0),
            .login = people__text(a, r, 1),
            .version = store_column_int(r, 2),
            .name = people__text(a, r, 3),
            .office = store_column_int(r, 4),
            .password = people__text(a, r, 5),
            .state = state_of(store_column_text(r, 6)),
            .failures = store_column_int(r, 7),
            .locked_until = store_column_int(r, 8),
            .created = store_column_int(r, 9),
            .given_until = store_column_int(r, 10),
        };
    }
    store_rows_end(r);
    enum error_code code = store_view_error(view, err);
    if (code == OK && !found) {
        code = error_set(err, ERROR_MISSING, "there is no such person");
    }
    return code;
}

enum error_code people_person(struct store_view *view, struct arena *a, int64_t id, struct people_person *ret,
                              struct error *err)
{
    struct store_rows *r = store_query(view, "SELECT " COLUMNS " FROM person WHERE id = ?",
                                       PEOPLE__ARGS(store_int(id)));
    return read_person(view, r, a, ret, err);
}

str people__lower(struct arena *a, str login)
{
    struct buf b = BUF_INIT(LIMIT_PEOPLE_WORD * 3);
    utf8_lower(login, &b);
    str text = arena_str(a, buf_str(&b));
    buf_release(&b);
    return text;
}

enum error_code people_person_by_login(struct store_view *view, struct arena *a, str login, struct people_person *ret,
                                       struct error *err)
{
    /* What can be no login is not sought: it may be no text at all. */
    if (people__check_word(login, "a login", NULL) != OK) {
        return error_set(err, ERROR_MISSING, "there is no such person");
    }
    struct store_rows *r = store_query(view, "SELECT " COLUMNS " FROM person WHERE login = ?",
                                       PEOPLE__ARGS(store_text(people__lower(a, login))));
    return read_person(view, r, a, ret, err);
}

enum error_code people__active(const struct people_plan *plan, int64_t id, struct people_person *ret,
                               struct error *err)
{
    enum error_code code = people_person(plan->view, plan->arena, id, ret, err);
    if (code == OK && ret->state != PEOPLE_ACTIVE) {
        code = error_set(err, ERROR_INVALID, "the account is closed or not yet in use");
        error_detail(err, "%.*s", STR_ARG(ret->login));
    }
    return code;
}

/* ---- Changing ---- */

void people__person_update(const struct people_plan *plan, const struct people_person *p)
{
    store_update(plan->change, STORE_TABLE_person,
                 (struct store_value[PEOPLE__PERSON_COLUMNS]){
                     store_int(p->id), store_int(p->version), store_text(p->login), store_text(p->name),
                     store_int(p->office), store_text(p->password), store_text(str_of(state_names[p->state])),
                     store_int(p->failures), store_int(p->locked_until), store_int(p->created),
                     store_int(p->given_until) });
}

void people__person_touch(const struct people_plan *plan, const struct people_person *p)
{
    struct store_value keep = store_keep();
    store_update(plan->change, STORE_TABLE_person,
                 (struct store_value[PEOPLE__PERSON_COLUMNS]){ store_int(p->id), store_int(p->version), keep, keep,
                                                               keep, keep, keep, keep, keep, keep, keep });
}

static enum error_code check_office(const struct people_plan *plan, int64_t office, struct error *err)
{
    if (people_office(plan->tree, office) != NULL) {
        return OK;
    }
    error_set(err, ERROR_MISSING, "there is no such office");
    error_detail(err, "number %lld", (long long)office);
    return ERROR_MISSING;
}

static enum error_code check_new(const struct people_plan *plan, str login, str name, int64_t office,
                                 struct error *err)
{
    enum error_code code = people__check_word(login, "a login", err);
    if (code == OK) {
        code = people__check_name(name, err);
    }
    if (code == OK) {
        code = check_office(plan, office, err);
    }
    struct people_person other;
    if (code == OK && people_person_by_login(plan->view, plan->arena, login, &other, NULL) == OK) {
        code = error_set(err, ERROR_INVALID, "this login is taken");
        error_detail(err, "%.*s", STR_ARG(other.login));
    }
    return code;
}

enum error_code people_person_create(const struct people_plan *plan, str login, str name, int64_t office, int64_t *ret,
                                     struct error *err)
{
    enum error_code code = check_new(plan, login, name, office, err);
    if (code != OK) {
        return code;
    }
    int64_t id = store_id(plan->people->store, err);
    if (id == 0) {
        return ERROR_IO;
    }
    str kept = people__lower(plan->arena, login);
    store_insert(plan->change, STORE_TABLE_person,
                 (struct store_value[PEOPLE__PERSON_COLUMNS]){
                     store_int(id), store_int(1), store_text(kept), store_text(name), store_int(office),
                     store_text(STR("")), store_text(str_of(state_names[PEOPLE_ACTIVE])), store_int(0), store_int(0),
                     store_int(plan->now), store_int(0) });
    code = people__note(plan, "create", "person", id,
                        (struct people__member[]){ { "login", kept },
                                                   { "office", people__decimal(plan->arena, office) } },
                        2, err);
    if (code == OK) {
        *ret = id;
    }
    return code;
}

enum error_code people_person_change(const struct people_plan *plan, int64_t person, str name, int64_t office,
                                     struct error *err)
{
    struct people_person p;
    enum error_code code = people__active(plan, person, &p, err);
    if (code == OK) {
        code = people__check_name(name, err);
    }
    if (code == OK) {
        code = check_office(plan, office, err);
    }
    if (code != OK) {
        return code;
    }
    int64_t before = p.office;
    p.name = name;
    p.office = office;
    people__person_update(plan, &p);
    return people__note(plan, "change", "person", person,
                        (struct people__member[]){ { "before", people__decimal(plan->arena, before) },
                                                   { "office", people__decimal(plan->arena, office) } },
                        2, err);
}

enum error_code people_person_close(const struct people_plan *plan, int64_t person, struct error *err)
{
    struct people_person p;
    enum error_code code = people__active(plan, person, &p, err);
    if (code == OK) {
        code = people__roles_end_all(plan, person, err);
    }
    if (code == OK) {
        code = people_session_end_all(plan, person, err);
    }
    if (code != OK) {
        return code;
    }
    p.state = PEOPLE_CLOSED;
    p.password = STR("");
    people__person_update(plan, &p);
    return people__note(plan, "close", "person", person, NULL, 0, err);
}

static enum error_code set_password(const struct people_plan *plan, int64_t person, const char *hash,
                                    int64_t given_until, struct error *err)
{
    struct people_person p;
    enum error_code code = people__active(plan, person, &p, err);
    if (code == OK) {
        code = people_session_end_all(plan, person, err);
    }
    if (code != OK) {
        return code;
    }
    p.password = str_of(hash);
    p.failures = 0;
    p.locked_until = 0;
    p.given_until = given_until;
    people__person_update(plan, &p);
    return people__note(plan, given_until == 0 ? "password" : "give password", "person", person, NULL, 0, err);
}

enum error_code people_password_set(const struct people_plan *plan, int64_t person, const char *hash,
                                    struct error *err)
{
    return set_password(plan, person, hash, 0, err);
}

enum error_code people_password_give(const struct people_plan *plan, int64_t person, const char *hash,
                                     struct error *err)
{
    return set_password(plan, person, hash, plan->now + LIMIT_PEOPLE_GIVEN_SECONDS * PEOPLE_SECOND, err);
}
