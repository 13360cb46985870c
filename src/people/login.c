/* login: from a login and a password to a session, and the first administrator.
 *
 * Hashing takes longer than a view may live, so an attempt has three parts: find the hash, compare, and only then plan
 * what follows over a new view. Whether the account is locked is asked in the last part: of many guesses made at once
 * those that come after the lock are refused even when they are right. */
#include "people/people_int.h"

#include <sodium.h>

/* Somebody is somebody else's commit away at most a few times in a row. */
enum { TRIES = 8 };

/* An attempt: who is meant, the hash that was compared, and how that ended. */
struct attempt {
    struct people *people;
    struct arena *arena;
    int64_t now;
    struct people_person person; /* id 0: there is none */
    bool right;
};

static enum error_code refuse(struct error *err)
{
    error_set(err, ERROR_INVALID, "the login or the password is wrong");
    error_hint(err, "after %d wrong passwords in a row a login is locked for a while", LIMIT_PEOPLE_FAILURES);
    return ERROR_INVALID;
}

typedef enum error_code find_person(struct store_view *view, struct arena *a, str login, struct people_person *ret,
                                    struct error *err);

/* The first administrator before he has a name; `login` is not asked for. */
static enum error_code find_first(struct store_view *view, struct arena *a, str login, struct people_person *ret,
                                  struct error *err)
{
    (void)login;
    int64_t id = people__number(view, "SELECT id FROM person WHERE state = 'first' ORDER BY id", NULL, 0);
    return people_person(view, a, id, ret, err);
}

/* Finds and compares. OK also when nobody is found: then nothing is right, after the same work. */
static enum error_code compare(struct attempt *t, find_person *find, str login, str password, struct error *err)
{
    struct store_view *view;
    enum error_code code = store_view(t->people->store, &view, err);
    if (code != OK) {
        return code;
    }
    code = find(view, t->arena, login, &t->person, err);
    store_view_end(view);
    if (code == ERROR_MISSING) {
        t->person = (struct people_person){ 0 };
        code = OK;
    }
    return code == OK ? people__password_is(t->people, t->person.password, password, &t->right, err) : code;
}

void people__count_failure(int64_t *failures, int64_t *locked_until, int64_t now)
{
    ++*failures;
    int64_t over = *failures - LIMIT_PEOPLE_FAILURES;
    if (over >= 0) {
        int64_t seconds = LIMIT_PEOPLE_LOCK_SECONDS;
        for (int64_t i = 0; i < over && seconds < LIMIT_PEOPLE_LOCK_MAX_SECONDS; i++) {
            seconds *= 2;
        }
        seconds = seconds < LIMIT_PEOPLE_LOCK_MAX_SECONDS ? seconds : LIMIT_PEOPLE_LOCK_MAX_SECONDS;
        *locked_until = now + seconds * PEOPLE_SECOND;
    }
}

/* What may follow an attempt, over the person as the plan's view has him. */
static bool admits(const struct attempt *t, const struct people_plan *plan, enum people_state state,
                   struct people_person *p, const char **ret_reason)
{
    if (t->person.id == 0 || people_person(plan->view, plan->arena, t->person.id, p, NULL) != OK) {
        *p = (struct people_person){ 0 };
        *ret_reason = "unknown";
    } else if (p->state != state || p->password.len == 0) {
        *ret_reason = "closed";
    } else if (plan->now < p->locked_until) {
        *ret_reason = "locked";
    } else if (!t->right || !str_eq(p->password, t->person.password)) {
        *ret_reason = "wrong";
    } else if (p->given_until != 0 && plan->now >= p->given_until) {
        *ret_reason = "expired";
    } else {
        return true;
    }
    return false;
}

/* Every refusal writes a row, so that they also take the same time; what was typed does not stand in it, because people
 * type their password where the login belongs. Only a wrong password is counted: a lock that failures under it
 * lengthened would be one that strangers can keep up for ever. */
static enum error_code plan_refusal(const struct people_plan *plan, struct people_person *p, const char *reason,
                                    struct error *err)
{
    if (strcmp(reason, "wrong") == 0) {
        people__count_failure(&p->failures, &p->locked_until, plan->now);
        people__person_update(plan, p);
    }
    return people__note(plan, "refuse login", "person", p->id,
                        (struct people__member[]){ { "reason", str_of(reason) } }, 1, err);
}

static enum error_code plan_login(const struct attempt *t, const struct people_plan *plan, bool *ret_admitted,
                                  struct people_login *ret, struct error *err)
{
    struct people_person p;
    const char *reason = "";
    *ret_admitted = admits(t, plan, PEOPLE_ACTIVE, &p, &reason);
    if (!*ret_admitted) {
        return plan_refusal(plan, &p, reason, err);
    }
    struct people_plan own = *plan;
    own.actor = p.id;
    p.failures = 0;
    p.locked_until = 0;
    people__person_update(plan, &p);
    struct people_factor factor;
    enum error_code code = people_factor(plan->view, p.id, &factor, err);
    if (code == OK) {
        code = people_session_open(&own, p.id, ret->token, &ret->session, err);
        ret->session.factor = factor.since != 0;
        ret->session.given = p.given_until != 0;
    }
    return code;
}

static enum error_code finish_login(const struct attempt *t, struct people_login *ret, struct error *err)
{
    bool stale = true, admitted = false;
    enum error_code code = OK;
    for (int i = 0; i < TRIES && stale; i++) {
        struct people_plan plan;
        code = people_begin(t->people, t->arena, 0, t->now, &plan, err);
        if (code != OK) {
            return code;
        }
        code = plan_login(t, &plan, &admitted, ret, err);
        code = people_finish(&plan, code, &stale, err);
    }
    return code == OK && !admitted ? refuse(err) : code;
}

enum error_code people_login(struct people *p, str login, str password, int64_t now, struct people_login *ret,
                             struct error *err)
{
    struct arena a = ARENA_INIT;
    struct attempt t = { .people = p, .arena = &a, .now = now };
    struct people_login made;
    enum error_code code = compare(&t, people_person_by_login, login, password, err);
    if (code == OK) {
        code = finish_login(&t, &made, err);
    }
    if (code == OK) {
        *ret = made;
    }
    arena_release(&a);
    return code;
}

/* ---- The first administrator ---- */

enum { CODE_LETTERS = 20 }; /* 100 bits */

static bool has_administrator(struct store_view *v, int64_t now)
{
    return people__number(v,
                          "SELECT count(*) FROM role r JOIN person p ON p.id = r.person WHERE r.role = 'administrator' "
                          "AND p.state = 'active' AND (r.until = 0 OR r.until > ?)",
                          PEOPLE__ARGS(store_int(now))) > 0;
}

bool people_awaits_first(struct store_view *view)
{
    return people__number(view, "SELECT count(*) FROM person WHERE state = 'first'", NULL, 0) > 0;
}

static enum error_code insert_first(const struct people_plan *plan, const char *hash, struct error *err)
{
    int64_t id = store_id(plan->people->store, err);
    if (id == 0) {
        return ERROR_IO;
    }
    store_insert(plan->change, STORE_TABLE_person,
                 (struct store_value[PEOPLE__PERSON_COLUMNS]){
                     store_int(id), store_int(1), store_text(STR("first")), store_text(STR("")), store_int(0),
                     store_text(str_of(hash)), store_text(str_of(people__state_name(PEOPLE_FIRST))), store_int(0),
                     store_int(0), store_int(plan->now), store_int(0) });
    people__role_insert(plan, id, "administrator");
    return people__note(plan, "first code", "person", id, NULL, 0, err);
}

static enum error_code plan_first(const struct people_plan *plan, const char *hash, struct error *err)
{
    struct people_person p;
    if (find_first(plan->view, plan->arena, STR(""), &p, NULL) != OK) {
        return insert_first(plan, hash, err);
    }
    p.password = str_of(hash);
    p.failures = 0;
    p.locked_until = 0;
    p.created = plan->now;
    people__person_update(plan, &p);
    return people__note(plan, "first code", "person", p.id, NULL, 0, err);
}

static enum error_code make_first(struct people *p, int64_t now, const char *hash, bool *ret_there, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct people_plan plan;
    enum error_code code = people_begin(p, &a, 0, now, &plan, err);
    if (code == OK) {
        *ret_there = has_administrator(plan.view, now);
        code = *ret_there ? OK : plan_first(&plan, hash, err);
        code = people_finish(&plan, code, NULL, err);
    }
    arena_release(&a);
    return code;
}

/* At every start but the first there is one: then nothing is hashed and nothing committed. */
static enum error_code look_for_administrator(struct people *p, int64_t now, bool *ret, struct error *err)
{
    struct store_view *v;
    enum error_code code = store_view(p->store, &v, err);
    if (code == OK) {
        *ret = has_administrator(v, now);
        code = store_view_error(v, err);
        store_view_end(v);
    }
    return code;
}

enum error_code people_first(struct people *p, int64_t now, char ret_code[PEOPLE_CODE], struct error *err)
{
    char bare[CODE_LETTERS + 1], grouped[PEOPLE_CODE] = "", hash[PEOPLE_HASH];
    bool there = false;
    enum error_code code = look_for_administrator(p, now, &there, err);
    if (code == OK && !there) {
        people__make_code(grouped, CODE_LETTERS);
        code = people__hash(p, people__bare_code(str_of(grouped), bare, CODE_LETTERS + 1), hash, err);
        code = code == OK ? make_first(p, now, hash, &there, err) : code;
    }
    if (code == OK) {
        memcpy(ret_code, there ? "" : grouped, there ? 1 : sizeof grouped);
    }
    sodium_memzero(bare, sizeof bare);
    sodium_memzero(grouped, sizeof grouped);
    return code;
}

struct first {
    str login, name;
    char hash[PEOPLE_HASH];
};

static enum error_code check_first(const struct people_plan *plan, const struct first *f, struct error *err)
{
    enum error_code code = people__check_word(f->login, "a login", err);
    if (code == OK) {
        code = people__check_name(f->name, err);
    }
    struct people_person other;
    if (code == OK && people_person_by_login(plan->view, plan->arena, f->login, &other, NULL) == OK &&
        other.state != PEOPLE_FIRST) {
        code = error_set(err, ERROR_INVALID, "this login is taken");
    }
    return code;
}

static enum error_code plan_use(const struct attempt *t, const struct people_plan *plan, const struct first *f,
                                bool *ret_admitted, struct error *err)
{
    struct people_person p;
    const char *reason = "";
    *ret_admitted = admits(t, plan, PEOPLE_FIRST, &p, &reason);
    if (*ret_admitted && plan->now - p.created >= LIMIT_PEOPLE_FIRST_SECONDS * PEOPLE_SECOND) {
        *ret_admitted = false;
        reason = "expired";
    }
    if (!*ret_admitted) {
        return plan_refusal(plan, &p, reason, err);
    }
    enum error_code code = check_first(plan, f, err);
    if (code != OK) {
        return code;
    }
    p.login = people__lower(plan->arena, f->login);
    p.name = f->name;
    p.password = str_of(f->hash);
    p.state = PEOPLE_ACTIVE;
    p.failures = 0;
    people__person_update(plan, &p);
    struct people_plan own = *plan;
    own.actor = p.id;
    return people__note(&own, "use first code", "person", p.id, (struct people__member[]){ { "login", p.login } }, 1,
                        err);
}

static enum error_code finish_use(const struct attempt *t, const struct first *f, struct error *err)
{
    bool stale = true, admitted = false;
    enum error_code code = OK;
    for (int i = 0; i < TRIES && stale; i++) {
        struct people_plan plan;
        code = people_begin(t->people, t->arena, 0, t->now, &plan, err);
        if (code != OK) {
            return code;
        }
        code = plan_use(t, &plan, f, &admitted, err);
        code = people_finish(&plan, code, &stale, err);
    }
    if (code == OK && !admitted) {
        error_set(err, ERROR_INVALID, "the code is wrong, was used already, or is too old");
        error_hint(err, "start the program again for another one");
        return ERROR_INVALID;
    }
    return code;
}

enum error_code people_first_use(struct people *p, str code, str login, str name, str password, int64_t now,
                                 int64_t *ret_person, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct attempt t = { .people = p, .arena = &a, .now = now };
    struct first f = { .login = login, .name = name };
    char bare[CODE_LETTERS + 1];
    enum error_code wrong = people_password_hash(p, password, (str[]){ login, name }, 2, f.hash, err);
    if (wrong == OK) {
        wrong = compare(&t, find_first, STR(""), people__bare_code(code, bare, CODE_LETTERS + 1), err);
    }
    if (wrong == OK) {
        wrong = finish_use(&t, &f, err);
    }
    if (wrong == OK) {
        *ret_person = t.person.id;
    }
    arena_release(&a);
    sodium_memzero(bare, sizeof bare);
    return wrong;
}
