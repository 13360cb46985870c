/* people_int: what the files of people share. See people.h for what it is all about. */
#ifndef GONGSHI_PEOPLE_PEOPLE_INT_H
#define GONGSHI_PEOPLE_PEOPLE_INT_H

#include "people/people.h"

#include <pthread.h>

struct people {
    struct arena arena; /* which it stands in itself */
    struct store *store;
    pthread_mutex_t lock;     /* of all below */
    struct people_tree *tree; /* the newest that was read; one user of it is this pointer */
    pthread_cond_t hash_free; /* a hashing has ended */
    uint32_t hashing, waiting;
};

#define PEOPLE_SECOND INT64_C(1000000) /* in microseconds, as all instants */

/* ---- Values ---- */

/* An array of store values as arguments of a query. */
#define PEOPLE__ARGS(...)                                                                     \
    (struct store_value[]){ __VA_ARGS__ },                                                    \
        (uint32_t)(sizeof((struct store_value[]){ __VA_ARGS__ }) / sizeof(struct store_value))

/* The column of the current row, kept. */
str people__text(struct arena *a, struct store_rows *r, uint32_t column);

/* The one number that a query gives; 0 when it gives none. */
int64_t people__number(struct store_view *v, const char *sql, const struct store_value *args, uint32_t count);

/* Is it a word for a code, a login or a role: 1 to PEOPLE_WORD bytes of UTF-8, without blanks, control characters, "@"
 * and ","? Otherwise err names `what`. */
enum error_code people__check_word(str word, const char *what, struct error *err);
enum error_code people__check_name(str name, struct error *err);

/* ---- Audit ---- */

struct people__member {
    const char *name;
    str text;
};

/* Audits with an object of texts; the members in any order. */
enum error_code people__note(const struct people_plan *plan, const char *verb, const char *kind, int64_t object,
                             const struct people__member *members, uint32_t count, struct error *err);

str people__decimal(struct arena *a, int64_t n);


/* ---- Persons ---- */

enum { PEOPLE__PERSON_COLUMNS = 11, PEOPLE__ROLE_COLUMNS = 8 };

const char *people__state_name(enum people_state state);

/* A login as it is kept and sought. */
str people__lower(struct arena *a, str login);

/* The row of a person as it is to be. */
void people__person_update(const struct people_plan *plan, const struct people_person *p);

/* ERROR_INVALID: he is not active. */
enum error_code people__active(const struct people_plan *plan, int64_t id, struct people_person *ret,
                               struct error *err);

/* Gives the person's row the next version, so that of two plans about his roles one is stale. */
void people__person_touch(const struct people_plan *plan, const struct people_person *p);

/* Ends all roles and delegations of and on behalf of a person now. */
enum error_code people__roles_end_all(const struct people_plan *plan, int64_t person, struct error *err);

/* A role in the whole tree for somebody whom the same change makes. */
void people__role_insert(const struct people_plan *plan, int64_t person, const char *role);

/* Does the grant hold at the instant? */
bool people__holds(const struct people_grant *g, int64_t now);

/* Does the role in the office `given` count in `office`? Reserved roles reach below. */
bool people__reaches(const struct people_tree *tree, str role, int64_t given, int64_t office);
bool people__reserved(str role);

/* ---- Sessions ---- */

/* Opens one more session, whose person and flags are those of `like`; of how many there may be the caller has
 * thought. */
enum error_code people__session_insert(const struct people_plan *plan, const struct people_session *like,
                                       struct people_login *ret, struct error *err);

/* The session in the place of another: that one ends, and the token is another one. */
enum error_code people__session_renew(const struct people_plan *plan, const struct people_session *like,
                                      struct people_login *ret, struct error *err);

/* All that a log-in takes was given again now. */
void people__session_proved(const struct people_plan *plan, const struct people_session *session);

/* ---- Passwords ---- */

/* Counts a wrong password or code, and locks where there were too many in a row. */
void people__count_failure(int64_t *failures, int64_t *locked_until, int64_t now);

/* Of how many pieces a password is made that whoever guesses does not get at once (guess.c). */
uint32_t people__pieces(str password, const str *own, uint32_t own_count);

/* The Argon2id string of any secret: people_password_hash without the rules for passwords. */
enum error_code people__hash(struct people *p, str secret, char ret[PEOPLE_HASH], struct error *err);

/* Is it the password? An empty hash: the same work, and no. */
enum error_code people__password_is(struct people *p, str hash, str password, bool *ret, struct error *err);

/* ---- Sealing (box.c) ---- */

/* Encrypts under the key of that name, made where there is none; bound to the number. In the arena. */
enum error_code people__box(struct people *p, struct arena *a, str key, int64_t id, str plain, str *ret,
                            struct error *err);

/* Opens it. ERROR_MISSING: the key was destroyed. ERROR_IO: it is damaged. */
enum error_code people__unbox(struct people *p, struct arena *a, str key, int64_t id, str box, str *ret,
                              struct error *err);

/* HMAC-SHA-256 under the key "accounts", in hexadecimal: what is sought without being told. */
enum error_code people__mac(struct people *p, str text, char ret[PEOPLE_TOKEN], struct error *err);

/* The members address and name of what is sealed: two lines. */
str people__address_line(struct arena *a, struct people_address address, str rest);
bool people__address_split(struct arena *a, str line, struct people_address *ret, str *ret_rest);

/* 32 random bytes in hexadecimal. */
void people__token(char ret[PEOPLE_TOKEN]);

/* A random code of so many letters in groups of four with hyphens between: `letters` divides by four. 5 bits each. */
void people__make_code(char *ret, size_t letters);

/* The letters of a code as people type it: blanks and hyphens do not count, nor capitals. At most `room` of them. */
str people__bare_code(str typed, char *into, size_t room);

/* ---- The second factor (factor.c) ---- */

/* The code of a step of 30 seconds since 1970, of six digits: RFC 4226, 5.3 and 5.4. */
unsigned people__code_at(str seed, int64_t step);

/* Whether this is a code of the person's second factor, or a recovery code, that can be used now: it is used up in the
 * plan's change, and a wrong one is counted there. *ret_reason is for the audit. */
bool people__factor_takes(const struct people_plan *plan, int64_t person, str code, const char **ret_reason,
                          enum error_code *ret_code, struct error *err);

#endif
