/* prove: what comes after the password: the second factor, giving both again before something grave, another password.
 *
 * Each attempt commits what it found, a wrong one too: it is counted and audited in the unit that looked at it, so that
 * of many guesses at once those after the lock are refused. */
#include "people/people_int.h"

#include <sodium.h>

/* Somebody is somebody else's commit away at most a few times in a row. */
enum { TRIES = 8 };

struct attempt {
    struct people *people;
    struct arena *arena;
    const struct people_session *session;
    int64_t now;
    str code;
    str hash;       /* of the password that was compared */
    bool right;     /* the password was */
    bool admitted;
    struct people_login *made;
};

typedef enum error_code plan_attempt(struct attempt *t, const struct people_plan *plan, struct error *err);

static enum error_code run(struct attempt *t, plan_attempt *step, struct error *err)
{
    bool stale = true;
    enum error_code code = OK;
    for (int i = 0; i < TRIES && stale; i++) {
        struct people_plan plan;
        code = people_begin(t->people, t->arena, t->session->person, t->now, &plan, err);
        if (code != OK) {
            return code;
        }
        t->admitted = false;
        code = people_finish(&plan, step(t, &plan, err), &stale, err);
    }
    return code;
}

static enum error_code note_refusal(const struct attempt *t, const struct people_plan *plan, const char *reason,
                                    struct error *err)
{
    return people__note(plan, "refuse login", "person", t->session->person,
                        (struct people__member[]){ { "reason", str_of(reason) } }, 1, err);
}

/* ---- The second step of a log-in ---- */

static enum error_code plan_second(struct attempt *t, const struct people_plan *plan, struct error *err)
{
    const char *reason;
    enum error_code code;
    t->admitted = people__factor_takes(plan, t->session->person, t->code, &reason, &code, err);
    if (code != OK) {
        return code;
    }
    struct people_session whole = *t->session;
    whole.second = true;
    return t->admitted ? people__session_renew(plan, &whole, t->made, err) : note_refusal(t, plan, reason, err);
}

static enum error_code refuse_code(struct error *err)
{
    error_set(err, ERROR_INVALID, "the code is wrong, or was used already");
    error_hint(err, "wait for the next one; after %d wrong codes in a row none is taken for a while",
               LIMIT_PEOPLE_FAILURES);
    return ERROR_INVALID;
}

enum error_code people_second(struct people *p, const struct people_session *session, str code, int64_t now,
                              struct people_login *ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct people_login made = { 0 };
    struct attempt t = { .people = p, .arena = &a, .session = session, .now = now, .code = code, .made = &made };
    enum error_code result = run(&t, plan_second, err);
    result = result == OK && !t.admitted ? refuse_code(err) : result;
    if (result == OK) {
        *ret = made;
    }
    arena_release(&a);
    return result;
}

/* ---- A proof ---- */

bool people_proved(const struct people_session *session, int64_t now, int64_t seconds)
{
    return now - session->proved < seconds * PEOPLE_SECOND;
}

/* Compares outside of any view: hashing takes longer than one may live. */
static enum error_code compare(struct attempt *t, str password, struct error *err)
{
    struct store_view *view;
    struct people_person p = { .id = 0 };
    enum error_code code = store_view(t->people->store, &view, err);
    if (code != OK) {
        return code;
    }
    code = people_person(view, t->arena, t->session->person, &p, err);
    store_view_end(view);
    t->hash = p.password;
    return code == OK ? people__password_is(t->people, p.password, password, &t->right, err) : code;
}

/* The password first: a code is not used up beside a wrong one. */
static enum error_code plan_proof(struct attempt *t, const struct people_plan *plan, struct error *err)
{
    struct people_person p;
    const char *reason = "code";
    enum error_code code = people__active(plan, t->session->person, &p, err);
    if (code != OK) {
        return code;
    }
    if (plan->now < p.locked_until) {
        return note_refusal(t, plan, "locked", err);
    }
    if (!t->right || !str_eq(p.password, t->hash)) {
        people__count_failure(&p.failures, &p.locked_until, plan->now);
        people__person_update(plan, &p);
        return note_refusal(t, plan, "wrong", err);
    }
    t->admitted = !t->session->factor ||
                  people__factor_takes(plan, t->session->person, t->code, &reason, &code, err);
    if (code != OK) {
        return code;
    }
    if (!t->admitted) {
        return note_refusal(t, plan, reason, err);
    }
    people__session_proved(plan, t->session);
    return people__note(plan, "prove", "person", t->session->person, NULL, 0, err);
}

enum error_code people_prove(struct people *p, const struct people_session *session, str password, str code,
                             int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct attempt t = { .people = p, .arena = &a, .session = session, .now = now, .code = code };
    enum error_code result = compare(&t, password, err);
    if (result == OK) {
        result = run(&t, plan_proof, err);
    }
    arena_release(&a);
    if (result == OK && !t.admitted) {
        error_set(err, ERROR_INVALID, "the password or the code is wrong");
        error_hint(err, "a code of the telephone can be used once: wait for the next one");
        return ERROR_INVALID;
    }
    return result;
}

/* ---- Another password ---- */

static enum error_code plan_change(struct attempt *t, const struct people_plan *plan, struct error *err)
{
    enum error_code code = people_password_set(plan, t->session->person, arena_str(plan->arena, t->hash).ptr, err);
    struct people_session own = *t->session;
    own.given = false;
    t->admitted = code == OK;
    return code == OK ? people__session_insert(plan, &own, t->made, err) : code;
}

enum error_code people_password_change(struct people *p, const struct people_session *session, str password,
                                       int64_t now, struct people_login *ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct people_login made = { 0 };
    struct attempt t = { .people = p, .arena = &a, .session = session, .now = now, .made = &made };
    char hash[PEOPLE_HASH];
    str own[PEOPLE_OWN];
    struct store_view *view;
    enum error_code code = store_view(p->store, &view, err);
    if (code != OK) {
        return code;
    }
    uint32_t own_count = people_own_names(p, view, &a, session->person, own);
    store_view_end(view);
    code = people_password_hash(p, password, own, own_count, hash, err);
    code = code == OK ? compare(&t, password, err) : code;
    if (code == OK && t.right) {
        error_set(err, ERROR_INVALID, "this is the password that you have now");
        error_hint(err, "choose another one");
        code = ERROR_INVALID;
    }
    if (code == OK) {
        t.hash = str_of(hash);
        code = run(&t, plan_change, err);
    }
    if (code == OK) {
        *ret = made;
    }
    sodium_memzero(hash, sizeof hash);
    arena_release(&a);
    return code;
}
