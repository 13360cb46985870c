/* session: who is at the screen. The store has only the SHA-256 of a token: whoever reads the database, or a backup of
 * it, cannot take a session over. */
#include "people/people_int.h"

#include <assert.h>
#include <sodium.h>

enum { SWEEP = 200 };

static void key_of(str token, char ret[PEOPLE_TOKEN])
{
    static_assert(PEOPLE_TOKEN == STORE_HASH + 1, "a token is as long as its hash");
    store_hash(token, ret);
}

static struct store_value text_of(const char *zero_terminated)
{
    return store_text(str_of(zero_terminated));
}

static void delete_session(const struct people_plan *plan, str key)
{
    struct store_value value = store_text(key);
    store_delete(plan->change, STORE_TABLE_session, &value, 0);
}

/* Ends the oldest sessions of a person, so that `left` remain; all with 0. */
static enum error_code trim(const struct people_plan *plan, int64_t person, uint32_t left, struct error *err)
{
    struct store_rows *r =
        store_query(plan->view, "SELECT token FROM session WHERE person = ? ORDER BY created DESC, token",
                    PEOPLE__ARGS(store_int(person)));
    for (uint32_t i = 0; store_next(r); i++) {
        if (i >= left) {
            delete_session(plan, store_column_text(r, 0));
        }
    }
    store_rows_end(r);
    return store_view_error(plan->view, err);
}

enum error_code people__session_insert(const struct people_plan *plan, const struct people_session *like,
                                       struct people_login *ret, struct error *err)
{
    char token[PEOPLE_TOKEN];
    struct people_session s = {
        .version = 1,
        .person = like->person,
        .created = plan->now,
        .seen = plan->now,
        .until = plan->now + LIMIT_PEOPLE_SESSION_SECONDS * PEOPLE_SECOND,
        .proved = plan->now,
        .second = like->second,
        .factor = like->factor,
        .given = like->given,
    };
    people__token(token);
    people__token(s.csrf);
    key_of(str_of(token), s.key);
    store_insert(plan->change, STORE_TABLE_session,
                 (struct store_value[]){ text_of(s.key), store_int(1), store_int(s.person), store_int(s.created),
                                         store_int(s.seen), store_int(s.until), text_of(s.csrf), text_of(""),
                                         store_int(s.proved), store_int(s.second) });
    enum error_code code = people__note(plan, "login", "person", s.person,
                                        (struct people__member[]){ { "with", STR("second factor") } }, s.second, err);
    if (code == OK) {
        memcpy(ret->token, token, sizeof token);
        ret->session = s;
    }
    sodium_memzero(token, sizeof token);
    return code;
}

enum error_code people_session_open(const struct people_plan *plan, int64_t person, char ret_token[PEOPLE_TOKEN],
                                    struct people_session *ret, struct error *err)
{
    struct people_login made;
    enum error_code code = trim(plan, person, LIMIT_PEOPLE_SESSIONS - 1, err);
    if (code == OK) {
        code = people__session_insert(plan, &(struct people_session){ .person = person }, &made, err);
    }
    if (code == OK) {
        memcpy(ret_token, made.token, sizeof made.token);
        *ret = made.session;
    }
    return code;
}

enum error_code people__session_renew(const struct people_plan *plan, const struct people_session *like,
                                      struct people_login *ret, struct error *err)
{
    delete_session(plan, str_of(like->key));
    return people__session_insert(plan, like, ret, err);
}

void people__session_proved(const struct people_plan *plan, const struct people_session *session)
{
    struct store_value keep = store_keep();
    store_update(plan->change, STORE_TABLE_session,
                 (struct store_value[]){ text_of(session->key), store_int(session->version), keep, keep, keep, keep,
                                         keep, keep, store_int(plan->now), keep });
}

static bool lasts(const struct people_session *s, int64_t now)
{
    return now < s->until && now - s->seen < LIMIT_PEOPLE_IDLE_SECONDS * PEOPLE_SECOND;
}

/* The row of a token whose person is active, whether it lasts or not. */
static bool read_session(struct store_view *view, str token, int64_t now, struct people_session *ret)
{
    struct people_session s = { 0 };
    key_of(token, s.key);
    struct store_rows *r = store_query(view,
                                       "SELECT s.version, s.person, s.created, s.seen, s.until, s.csrf, s.party, "
                                       "COALESCE(a.person, 0), s.proved, s.second, COALESCE(f.since, 0), "
                                       "p.given_until FROM session s JOIN person p ON p.id = s.person LEFT JOIN "
                                       "account a ON a.person = p.id LEFT JOIN factor f ON f.person = p.id WHERE "
                                       "s.token = ? AND p.state = 'active'",
                                       PEOPLE__ARGS(text_of(s.key)));
    bool found = store_next(r);
    if (found) {
        s.version = store_column_int(r, 0);
        s.person = store_column_int(r, 1);
        s.created = store_column_int(r, 2);
        s.seen = store_column_int(r, 3);
        s.until = store_column_int(r, 4);
        str csrf = store_column_text(r, 5);
        found = csrf.len == sizeof s.csrf - 1;
        memcpy(s.csrf, csrf.ptr, found ? csrf.len : 0);
        str party = store_column_text(r, 6);
        memcpy(s.party, party.ptr, party.len < sizeof s.party ? party.len : 0);
        s.outside = store_column_int(r, 7) != 0;
        s.proved = store_column_int(r, 8);
        s.second = store_column_int(r, 9) != 0;
        s.factor = store_column_int(r, 10) != 0;
        s.given = store_column_int(r, 11) != 0;
    }
    store_rows_end(r);
    if (s.party[0] != '\0' && !people_bound(view, s.person, str_of(s.party), now)) {
        s.party[0] = '\0';
    }
    *ret = s;
    return found;
}

enum error_code people_session(struct store_view *view, str token, int64_t now, struct people_session *ret,
                               struct error *err)
{
    struct people_session s;
    bool found = read_session(view, token, now, &s);
    enum error_code code = store_view_error(view, err);
    if (code == OK && (!found || !lasts(&s, now))) {
        code = error_set(err, ERROR_MISSING, "the session has ended");
        error_hint(err, "log in again");
    }
    if (code == OK) {
        *ret = s;
    }
    return code;
}

bool people_session_past(struct store_view *view, str token, int64_t now, struct people_session *ret)
{
    return read_session(view, token, now, ret) && !lasts(ret, now);
}

bool people_session_seen(const struct people_plan *plan, const struct people_session *session)
{
    if (plan->now - session->seen < LIMIT_PEOPLE_SEEN_SECONDS * PEOPLE_SECOND) {
        return false;
    }
    struct store_value keep = store_keep();
    store_update(plan->change, STORE_TABLE_session,
                 (struct store_value[]){ text_of(session->key), store_int(session->version), keep, keep,
                                         store_int(plan->now), keep, keep, keep, keep, keep });
    return true;
}

enum error_code people_session_choose(const struct people_plan *plan, const struct people_session *session, str party,
                                      struct error *err)
{
    struct store_value keep = store_keep();
    if (party.len > 0 && !people_bound(plan->view, session->person, party, plan->now)) {
        return error_set(err, ERROR_INVALID, "this account does not act for that party");
    }
    store_update(plan->change, STORE_TABLE_session,
                 (struct store_value[]){ text_of(session->key), store_int(session->version), keep, keep, keep, keep,
                                         keep, store_text(party), keep, keep });
    return people__note(plan, "choose party", "person", session->person,
                        (struct people__member[]){ { "party", party } }, 1, err);
}

bool people_csrf_is(const struct people_session *session, str csrf)
{
    size_t length = sizeof session->csrf - 1;
    return csrf.len == length && sodium_memcmp(csrf.ptr, session->csrf, length) == 0;
}

enum error_code people_session_end(const struct people_plan *plan, const struct people_session *session,
                                   struct error *err)
{
    delete_session(plan, str_of(session->key));
    return people__note(plan, "logout", "person", session->person, NULL, 0, err);
}

enum error_code people_session_end_all(const struct people_plan *plan, int64_t person, struct error *err)
{
    enum error_code code = trim(plan, person, 0, err);
    return code == OK ? people__note(plan, "end sessions", "person", person, NULL, 0, err) : code;
}

enum error_code people_session_close(const struct people_plan *plan, str key, struct error *err)
{
    int64_t person = people__number(plan->view, "SELECT person FROM session WHERE token = ?",
                                    PEOPLE__ARGS(store_text(key)));
    if (person == 0) {
        return error_set(err, ERROR_MISSING, "the session has ended");
    }
    delete_session(plan, key);
    return people__note(plan, "end session", "person", person, NULL, 0, err);
}

uint32_t people_session_sweep(const struct people_plan *plan)
{
    struct store_rows *r = store_query(plan->view, "SELECT token FROM session WHERE until <= ? ORDER BY until",
                                       PEOPLE__ARGS(store_int(plan->now)));
    uint32_t count = 0;
    while (count < SWEEP && store_next(r)) {
        delete_session(plan, store_column_text(r, 0));
        count++;
    }
    store_rows_end(r);
    return count;
}
