/* people: who works where, who may do what, who is at the screen, and who did what.
 *
 * Vocabulary
 *   office      a place of the tree of offices: province, city, county, station; named by a code
 *   person      somebody with a login; never deleted, only closed, because rows name him for ever
 *   role        what a person does in an office: a word of a process ("clerk"), or one of the reserved ones below
 *   delegation  a role that a person has on behalf of another, always with an end
 *   grant       a role as it holds at one instant
 *   actor       who wants something: a person with his grants, a party, or the program itself
 *   account     a person from outside, who has no login: a telephone number or mail address that codes are sent to
 *   binding     that such a person may act for a party: asked for, bound by an officer, ended
 *   session     a time at the screen, opened by a login or a code; one from outside may act for one party that it chose
 *   factor      the second one beside the password: codes that a person's telephone computes, a new one each 30 seconds
 *   proof       that who is at the screen is the person: password and, where there is one, second factor, given anew
 *   given       of a password: made by somebody else, for one time; its owner changes it before all else
 *   outbox      what is to be sent to people, sealed, until a deliverer has taken it
 *   audit       the rows that say who did what; the chain is the batches that hold them fast (docs/audit.md)
 *
 * Reserved roles
 *   administrator  runs the machine: accounts, offices, models, backups; sees no dossier
 *   manager        of an office and all below it
 *   auditor        reads everything of an office and all below it, writes nothing, has no other role
 *   applicant      in the candidates of a task: the party that the dossier is about. Nobody is given it
 *
 * Every other role counts in exactly the office it was given in. Office 0 is the whole tree.
 *
 * Plans. What changes rows is a function over a struct people_plan: it reads from the plan's view, adds rows to the
 * plan's change, and writes its audit row there. So several acts, of this module and of those above, commit as one
 * unit. A plan sees what its view shows, not what it has added: at most one act about the same person, and one about
 * the same office, in a plan. It asks whether what is wanted can be (no cycle, no role beyond the giver's), not whether
 * the actor may: that is people_may, asked before.
 *
 * Time is an argument everywhere. Chance is not: tokens and salts come from the system's own source, because a secret
 * that a test could foresee is none.
 *
 * Invariants
 *   1. No password, code or token is ever stored, logged or put into an error: only Argon2id strings, SHA-256 and HMAC;
 *      seeds of second factors are sealed.
 *   2. A person never has more on behalf of another than the other has in his own right at that instant.
 *   3. Every login that is refused is refused in the same words and after the same work, whoever was meant.
 *   4. Each plan that changes something adds at least one audit row, seen and expired sessions excepted.
 */
#ifndef GONGSHI_PEOPLE_PEOPLE_H
#define GONGSHI_PEOPLE_PEOPLE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/limit.h"
#include "store/store.h"

/* ---- Opening ---- */

struct people;

/* Reads the offices. The store must outlive it. May be shared by threads. */
enum error_code people_open(struct store *s, struct people **ret, struct error *err);

/* Nothing of it may be in use any more. */
void people_close(struct people *p);

/* ---- The tree of offices ---- */

struct people_office {
    int64_t id, version;
    int64_t parent; /* 0: at the top */
    str code, name, level;
    uint32_t above; /* the place of the parent in the tree, or UINT32_MAX */
};

/* All offices as they stood at one change. Immutable; shared by threads. */
struct people_tree {
    uint64_t users;     /* private */
    int64_t generation; /* counts the changes of the tree; of the series "office tree" */
    const struct people_office *offices; /* by id */
    const uint32_t *by_code;             /* places, in the order of the codes */
    uint32_t count;
    struct arena arena; /* private */
};

/* The tree as the view shows it: the one in memory, or read again when it was changed, here or on another server. To be
 * given back. */
enum error_code people_tree(struct people *p, struct store_view *view, const struct people_tree **ret,
                            struct error *err);
void people_tree_end(struct people *p, const struct people_tree *tree);

/* NULL: there is none. */
const struct people_office *people_office(const struct people_tree *tree, int64_t id);
const struct people_office *people_office_by_code(const struct people_tree *tree, str code);

/* Is the office the other one, or below it? Everything that exists is within 0. */
bool people_within(const struct people_tree *tree, int64_t office, int64_t other);

/* ---- Plans ---- */

struct people_plan {
    struct people *people;
    struct store_view *view;
    const struct people_tree *tree; /* of the view */
    struct store_change *change;    /* made in the arena */
    struct arena *arena;
    int64_t actor; /* the person who acts; 0: the program */
    int64_t now;
};

/* A plan of its own, for commands and pages that do nothing else. After OK people_finish must be called. */
enum error_code people_begin(struct people *p, struct arena *a, int64_t actor, int64_t now, struct people_plan *ret,
                             struct error *err);

/* Ends the view and, where `planned` is OK, commits and waits. A plan that somebody else's commit made stale is
 * ERROR_INVALID with *ret_stale true (may be NULL): begin again. */
enum error_code people_finish(struct people_plan *plan, enum error_code planned, bool *ret_stale, struct error *err);

/* ---- Offices ---- */

/* How messages reach it: "here" or "hand". */
bool people_office_by_hand(struct store_view *view, int64_t office);

/* `parent` 0: at the top. The code is unique, without blanks and without "@". */
enum error_code people_office_add(const struct people_plan *plan, int64_t parent, str code, str name, str level,
                                  int64_t *ret, struct error *err);
enum error_code people_office_rename(const struct people_plan *plan, int64_t office, str name, struct error *err);

/* How messages between offices reach it: "here", or by "hand", when it works elsewhere. */
enum error_code people_office_transport(const struct people_plan *plan, int64_t office, str kind, struct error *err);

/* Below another parent, with all that is below it. Refused when that would close a ring. */
enum error_code people_office_move(const struct people_plan *plan, int64_t office, int64_t parent, struct error *err);

/* ---- Persons ---- */

enum people_state {
    PEOPLE_ACTIVE,
    PEOPLE_CLOSED,
    PEOPLE_FIRST, /* the first administrator, before the one-time code was used */
};

struct people_person {
    int64_t id, version;
    str login, name;
    int64_t office;
    str password; /* an Argon2id string; empty: cannot log in */
    enum people_state state;
    int64_t failures;     /* wrong passwords in a row */
    int64_t locked_until; /* 0: never was */
    int64_t created;
    int64_t given_until;  /* somebody else gave the password, and it can be used until then; 0: it is his own */
};

/* ERROR_MISSING: there is none. Texts are copied into the arena. */
enum error_code people_person(struct store_view *view, struct arena *a, int64_t id, struct people_person *ret,
                              struct error *err);
enum error_code people_person_by_login(struct store_view *view, struct arena *a, str login, struct people_person *ret,
                                       struct error *err);

/* Active, without password. */
enum error_code people_person_create(const struct people_plan *plan, str login, str name, int64_t office, int64_t *ret,
                                     struct error *err);

/* Another name, another office; his roles stay as they are. */
enum error_code people_person_change(const struct people_plan *plan, int64_t person, str name, int64_t office,
                                     struct error *err);

/* Ends his sessions and roles, and with them what others have on his behalf. For good. */
enum error_code people_person_close(const struct people_plan *plan, int64_t person, struct error *err);

/* ---- Passwords ---- */

enum { PEOPLE_HASH = 128 }; /* bytes of an Argon2id string with its NUL */

/* Makes the Argon2id string of a password (19 MiB, 2 passes; about 13 ms). At most PEOPLE_HASHES run at a time and
 * PEOPLE_HASHES_WAITING wait; beyond that ERROR_LIMIT. Takes too long for a view: call it before one is opened.
 * `own`: names that whoever guesses would try for this person: his login, what he and his office are called. Of such
 * and of what everybody takes no password is made: ERROR_LIMIT, PEOPLE_PASSWORD_PIECES. */
enum error_code people_password_hash(struct people *p, str password, const str *own, uint32_t own_count,
                                     char ret[PEOPLE_HASH], struct error *err);

/* These names of a person; none for nobody. At most PEOPLE_OWN, in the arena. */
enum { PEOPLE_OWN = 4 };
uint32_t people_own_names(struct people *p, struct store_view *v, struct arena *a, int64_t person,
                          str ret[PEOPLE_OWN]);

/* Sets what people_password_hash made, forgets failures and ends the person's sessions. */
enum error_code people_password_set(const struct people_plan *plan, int64_t person, const char *hash,
                                    struct error *err);

/* The same for a password that somebody else has made (people_password_make): its owner can do nothing before he has
 * changed it, and after PEOPLE_GIVEN_SECONDS it is none any more. */
enum error_code people_password_give(const struct people_plan *plan, int64_t person, const char *hash,
                                     struct error *err);

enum { PEOPLE_CODE = 25 }; /* five groups of four characters, with a NUL */

/* A random password of 100 bits, to be told to somebody. */
void people_password_make(char ret[PEOPLE_CODE]);

/* ---- Roles ---- */

/* From `since` to `until` (0: no end), in one's own right. Takes the place of an earlier row of the same person, office
 * and role. */
enum error_code people_role_give(const struct people_plan *plan, int64_t person, int64_t office, str role,
                                 int64_t since, int64_t until, struct error *err);

/* Ends a role or a delegation now; delegations that rest upon it end with it. */
enum error_code people_role_end(const struct people_plan *plan, int64_t person, int64_t office, str role,
                                struct error *err);

/* Gives `to` a role of `from` on his behalf, at most PEOPLE_DELEGATION_DAYS long. Refused: without end; beyond the
 * office or the time for which `from` has the role in his own right (so nothing is handed on twice); to somebody who
 * has that role there already. */
enum error_code people_delegate(const struct people_plan *plan, int64_t from, int64_t to, int64_t office, str role,
                                int64_t since, int64_t until, struct error *err);

struct people_grant {
    str role;
    int64_t office;
    int64_t since, until; /* until 0: no end */
    int64_t on_behalf;    /* of this person; 0: in one's own right */
};

/* ---- Looking over people ---- */

/* What follows is for pages and lists: at most `max` rows, in the arena; the number is returned. That something could
 * not be read, the view says at its end. Whether somebody may look is asked before. */

struct people_find {
    str words;     /* in name or login; empty: all */
    int64_t office; /* working there; 0: anywhere */
    bool closed;   /* closed accounts too */
    str after;     /* logins after this one */
};

struct people_found {
    int64_t id, office;
    str login, name;
    enum people_state state;
    bool locked, given; /* at the moment; with a password that somebody else gave */
    bool password, factor; /* has one */
    str roles;          /* the different roles that hold, with blanks between */
};

/* Those who have a login, in its order. */
uint32_t people_find(struct store_view *view, struct arena *a, const struct people_find *what, int64_t now,
                     uint32_t max, const struct people_found **ret);

/* A role that holds or will, with who has it and on whose behalf. */
struct people_post {
    int64_t person;
    str login, name;         /* of the person */
    str behalf;              /* the name of the one on whose behalf; empty */
    struct people_grant grant;
};

/* Those of a person; with `lent` those that others have on his behalf. */
uint32_t people_posts(struct store_view *view, struct arena *a, int64_t person, bool lent, int64_t now, uint32_t max,
                      const struct people_post **ret);

/* A session, without what would open it. */
struct people_seat {
    str key;                 /* which one: its SHA-256 */
    int64_t person, created, seen, until;
    str name;                /* empty: an account from outside */
    bool second;
};

/* Those that last, of a person or (0) of all, the one that was used last first. */
uint32_t people_seats(struct store_view *view, struct arena *a, int64_t person, int64_t now, uint32_t max,
                      const struct people_seat **ret);

/* ---- May he? ---- */

enum people_verb {
#define VERB(name, word, phrase) PEOPLE_VERB_##name,
#include "people/may.def"
    PEOPLE_VERBS
};

enum people_kind {
#define KIND(name, word, phrase) PEOPLE_KIND_##name,
#include "people/may.def"
    PEOPLE_KINDS
};

/* Why somebody may: a bit each. */
enum people_basis {
#define BASIS(name, number, phrase) PEOPLE_BY_##name = 1 << (number),
#include "people/may.def"
};

/* The words of may.def; -1: there is no such word. */
const char *people_verb_name(enum people_verb verb);
const char *people_kind_name(enum people_kind kind);
int people_verb(str word);
int people_kind(str word);

/* An actor cleared to zero may do what everybody may. */
struct people_actor {
    int64_t person; /* 0: not a person who logged in */
    bool program;   /* the program itself: timers, processes, the command line on the machine */
    str party;      /* the party that he acts for, or empty */
    int64_t now;
    const struct people_grant *grants; /* those that hold at `now` */
    uint32_t count;
};

/* The person with the grants that hold at `now`. ERROR_MISSING: there is none, or he is closed. */
enum error_code people_actor(struct store_view *view, const struct people_tree *tree, struct arena *a, int64_t person,
                             int64_t now, struct people_actor *ret, struct error *err);

/* Who may see it at all. Zero is the strictest. */
enum people_class { PEOPLE_SEALED, PEOPLE_PERSONAL, PEOPLE_INTERNAL, PEOPLE_PUBLIC };

struct people_object {
    enum people_kind kind;
    int64_t office;        /* where it belongs */
    const str *candidates; /* "role" (in the office) or "role@code": of a task its candidate groups; of a dossier those
                              of its process, for starting it those who may start one */
    uint32_t candidate_count;
    int64_t assignee; /* of a task: who has it or, once it is done, who did it. 0: nobody */
    str party;        /* whom the dossier is about */
    const str *parties; /* and the others whom it is about, all alike */
    uint32_t party_count;
    int64_t person;   /* of an account: whose it is */
    bool open;        /* the dossier runs, the task is not done, the notice is published */
    enum people_class data;
    const int64_t *former; /* four eyes: who did the step before, with those on whose behalf */
    uint32_t former_count;
};

struct people_verdict {
    uint32_t basis;    /* one of enum people_basis */
    int64_t on_behalf; /* of this person: to be shown and audited with what is done. 0: in his own right */
};

/* The one place that says who may do what: the table may.def. Pure. When false, err says what is missing: message what
 * is refused, detail who may, or what stands against it. Whom a task is assigned to must himself be allowed to claim
 * it: that is a second question. */
bool people_may(const struct people_tree *tree, const struct people_actor *actor, enum people_verb verb,
                const struct people_object *object, struct people_verdict *ret, struct error *err);

/* What giving or ending this role takes: PEOPLE_VERB_APPOINT or PEOPLE_VERB_MANAGE. The object is the account, its
 * office that for which the role is given: so a manager gives roles in his own offices only. */
enum people_verb people_giving(str role);

/* ---- Sessions ---- */

enum { PEOPLE_TOKEN = 65 }; /* 32 random bytes in hexadecimal, with a NUL */
enum { PEOPLE_PARTY = 65 }; /* the handle of a party, with a NUL */

struct people_session {
    char key[PEOPLE_TOKEN];  /* SHA-256 of the token: what is stored */
    char csrf[PEOPLE_TOKEN]; /* must come back with every request that changes something */
    int64_t version, person, created, seen, until;
    int64_t proved;            /* when all that a log-in takes was last given */
    bool second;               /* the second factor was given */
    bool factor;               /* the person has one */
    bool given;                /* his password is one that somebody else gave */
    bool outside;              /* the person is an account */
    char party[PEOPLE_PARTY];  /* of such a one: the party that it acts for, bound at this instant; or empty */
};

/* Opens a session; `ret_token` goes into the cookie and nowhere else. Past PEOPLE_SESSIONS of a person the oldest
 * end. */
enum error_code people_session_open(const struct people_plan *plan, int64_t person, char ret_token[PEOPLE_TOKEN],
                                    struct people_session *ret, struct error *err);

/* The session of a token. ERROR_MISSING, in one sentence for all: there is none, it has ended (PEOPLE_IDLE_SECONDS,
 * PEOPLE_SESSION_SECONDS), its person is not active. */
enum error_code people_session(struct store_view *view, str token, int64_t now, struct people_session *ret,
                               struct error *err);

/* The session of a token that lasts no more and was not ended by its person: with it comes only who it was. */
bool people_session_past(struct store_view *view, str token, int64_t now, struct people_session *ret);

/* Notes that it was used; adds a row only when the last note is older than PEOPLE_SEEN_SECONDS, and then returns true.
 * A stale one may be dropped. */
bool people_session_seen(const struct people_plan *plan, const struct people_session *session);

/* Compares in constant time. */
bool people_csrf_is(const struct people_session *session, str csrf);

enum error_code people_session_end(const struct people_plan *plan, const struct people_session *session,
                                   struct error *err);
enum error_code people_session_end_all(const struct people_plan *plan, int64_t person, struct error *err);

/* Ends the session of this key, whoever has it. ERROR_MISSING: it has ended already. */
enum error_code people_session_close(const struct people_plan *plan, str key, struct error *err);

/* Forgets at most 200 sessions past their end; returns how many. */
uint32_t people_session_sweep(const struct people_plan *plan);

/* ---- Login ---- */

struct people_login {
    char token[PEOPLE_TOKEN];
    struct people_session session;
};

/* Checks login and password and opens a session; waits for a hashing and a commit, so never on a loop. After
 * PEOPLE_FAILURES wrong passwords in a row the login is locked for PEOPLE_LOCK_SECONDS, and twice as long with each
 * further one, up to PEOPLE_LOCK_MAX_SECONDS. Refused: ERROR_INVALID, in the same words for whatever reason. */
enum error_code people_login(struct people *p, str login, str password, int64_t now, struct people_login *ret,
                             struct error *err);

/* The second step: takes a code of the second factor, or a recovery code, and puts a session that has both in the place
 * of this one. Counted and locked as passwords are. Refused: ERROR_INVALID, in the same words for whatever reason. */
enum error_code people_second(struct people *p, const struct people_session *session, str code, int64_t now,
                              struct people_login *ret, struct error *err);

/* Was all that a log-in takes given within so many seconds? */
bool people_proved(const struct people_session *session, int64_t now, int64_t seconds);

/* Password, and code where the person has a second factor, given again before something grave. Waits for a hashing and
 * a commit. Counted and refused as a log-in is. */
enum error_code people_prove(struct people *p, const struct people_session *session, str password, str code,
                             int64_t now, struct error *err);

/* Another password, which must not be the one that was given; ends all sessions of the person and opens one in the
 * place of this. Whether he may is asked before: a proof, or the session in which the given password was used. */
enum error_code people_password_change(struct people *p, const struct people_session *session, str password,
                                       int64_t now, struct people_login *ret, struct error *err);

/* For the first start: makes the first administrator and a code that sets his login and password once, within
 * PEOPLE_FIRST_SECONDS. Another call makes another code and the earlier one worthless. An empty code: there is an
 * administrator already. */
enum error_code people_first(struct people *p, int64_t now, char ret_code[PEOPLE_CODE], struct error *err);

/* Is there a first administrator who has not used his code? */
bool people_awaits_first(struct store_view *view);

/* Uses the code. The person is administrator of the whole tree and can log in. */
enum error_code people_first_use(struct people *p, str code, str login, str name, str password, int64_t now,
                                 int64_t *ret_person, struct error *err);

/* ---- The second factor ---- */

/* Codes of RFC 6238: HMAC-SHA-1 over steps of 30 seconds, six digits. A code is taken in its step and the ones beside
 * it, once, and none older than one that was taken. The seed, 20 random bytes, is sealed. */

enum { PEOPLE_SEED = 33 };     /* in Base32, with a NUL */
enum { PEOPLE_RECOVERING = 20 }; /* a recovery code: four groups of four characters, with a NUL */

struct people_factor {
    int64_t since;    /* when a code proved it; 0: there is none yet */
    bool begun;       /* another is being set up */
    uint32_t recovery; /* recovery codes that are left */
};

enum error_code people_factor(struct store_view *view, int64_t person, struct people_factor *ret, struct error *err);

/* Makes a seed. The one before it counts until a code has proved the new one. */
enum error_code people_factor_begin(const struct people_plan *plan, int64_t person, struct error *err);

/* The seed that was begun, to be shown to its owner alone. ERROR_MISSING: none was. */
enum error_code people_factor_seed(struct people *p, struct store_view *view, struct arena *a, int64_t person,
                                   char ret[PEOPLE_SEED], struct error *err);

/* What a telephone reads from a QR code: "otpauth://totp/…". In the arena. */
str people_factor_address(struct arena *a, str office, str login, const char *seed);

/* A code proves what was begun: from now on it is the person's second factor, and his other sessions end; this one is
 * renewed with it. `ret_codes` are shown once and then known to him alone: of them hashes are kept. */
enum error_code people_factor_set(struct people *p, const struct people_session *session, str code, int64_t now,
                                  char ret_codes[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING], struct people_login *ret,
                                  struct error *err);

/* New recovery codes in the place of all that were left. */
enum error_code people_factor_recovery(const struct people_plan *plan, int64_t person,
                                       char ret_codes[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING], struct error *err);

/* Takes it away, for somebody who has lost telephone and recovery codes, and ends his sessions. */
enum error_code people_factor_reset(const struct people_plan *plan, int64_t person, struct error *err);

/* ---- Accounts ---- */

/* Where a code goes: eleven digits of a mobile number, or a mail address in small letters. */
struct people_address {
    bool mail;
    str text;
};

/* What somebody typed: blanks, hyphens and "+86" do not count. The text is in `a`. */
enum error_code people_address_read(str typed, struct arena *a, struct people_address *ret, struct error *err);

/* "138****0000", "z***@example.cn": what may stand on a page. */
str people_address_shown(struct arena *a, struct people_address address);

/* Makes a code of six digits and puts it into the outbox; the same whether there is an account or not. At most one each
 * PEOPLE_CODE_WAIT_SECONDS and PEOPLE_CODES in PEOPLE_CODES_SECONDS for one address: beyond that ERROR_LIMIT. A new one
 * makes the earlier worthless. */
enum error_code people_code_send(struct people *p, struct people_address address, int64_t now, struct error *err);

/* Takes the code within PEOPLE_CODE_SECONDS and opens a session; the first time it makes the account. Refused after
 * PEOPLE_CODE_TRIES wrong ones. ERROR_INVALID, in the same words for whatever reason. */
enum error_code people_code_use(struct people *p, struct people_address address, str code, int64_t now,
                                struct people_login *ret, struct error *err);

/* Is the person one from outside? */
bool people_outside(struct store_view *view, int64_t person);

struct people_account {
    int64_t id, version, created;
    struct people_address address;
    str name; /* as he calls himself; may be empty */
};

/* ERROR_MISSING: there is none, or what it says of a person was erased. */
enum error_code people_account(struct people *p, struct store_view *view, struct arena *a, int64_t person,
                               struct people_account *ret, struct error *err);
enum error_code people_account_rename(const struct people_plan *plan, int64_t person, str name, struct error *err);

/* Ends bindings and sessions and closes the person; with the commit nobody can log in with its address as this one any
 * more. people_account_forget then destroys the key of what it said. */
enum error_code people_account_close(const struct people_plan *plan, int64_t person, struct error *err);
enum error_code people_account_forget(struct people *p, int64_t person, struct error *err);

/* ---- Bindings ---- */

/* REQUESTED until an officer has seen licence and letter; BOUND from then to `until`; REFUSED, ENDED for good. */
enum people_binding_state { PEOPLE_REQUESTED, PEOPLE_BOUND, PEOPLE_REFUSED, PEOPLE_ENDED };

struct people_binding {
    int64_t id, version;
    int64_t person;
    str party;            /* the handle: of an enterprise its unified credit code */
    int64_t office;       /* whose officers decide */
    enum people_binding_state state;
    str licence, letter;  /* hashes of the blobs that were sent in; empty: shown at the counter */
    int64_t requested;
    int64_t decided, decided_by; /* bound or refused; 0: not yet */
    int64_t until;        /* of BOUND: the first instant at which it does not hold */
    int64_t ended, ended_by;
    str reason;           /* of REFUSED and ENDED */
};

const char *people_binding_state_name(enum people_binding_state state);

/* One open request or binding of a person and a party at a time, and at most PEOPLE_BINDINGS that are open. Hashes may
 * be empty. */
enum error_code people_binding_request(const struct people_plan *plan, int64_t person, str party, int64_t office,
                                       str licence, str letter, int64_t *ret, struct error *err);

/* The plan's actor has seen both papers. `until` at most PEOPLE_BINDING_DAYS away. */
enum error_code people_binding_bind(const struct people_plan *plan, int64_t binding, int64_t until,
                                    struct error *err);
enum error_code people_binding_refuse(const struct people_plan *plan, int64_t binding, str reason, struct error *err);
enum error_code people_binding_end(const struct people_plan *plan, int64_t binding, str reason, struct error *err);

enum error_code people_binding(struct store_view *view, struct arena *a, int64_t id, struct people_binding *ret,
                               struct error *err);

/* Those of a person (0: of all) in an office (0: in all), newest first, only the requested ones with `requested`; in
 * the arena. */
uint32_t people_bindings(struct store_view *view, struct arena *a, int64_t person, int64_t office, bool requested,
                         uint32_t max, const struct people_binding **ret);

/* May the person act for the party at this instant? */
bool people_bound(struct store_view *view, int64_t person, str party, int64_t now);

/* The session acts for this party from now on (empty: for none). ERROR_INVALID: it is not bound. */
enum error_code people_session_choose(const struct people_plan *plan, const struct people_session *session, str party,
                                      struct error *err);

/* The party that a person would act for again: the one of his last session, else the only one that he is bound to;
 * empty: he has to choose. In the arena. */
str people_party_again(struct store_view *view, struct arena *a, int64_t person, int64_t now);

/* ---- Outbox ---- */

struct people_letter {
    int64_t id, version, at, tries;
    bool sent;
    struct people_address to;
    str text;
};

/* Puts a text for an address into the outbox; it is sealed. */
enum error_code people_letter_put(const struct people_plan *plan, struct people_address to, str text,
                                  struct error *err);

/* Those that are due for sending (`due`), oldest first; or the newest of all. In the arena. */
enum error_code people_letters(struct people *p, struct store_view *view, struct arena *a, bool due, int64_t now,
                               uint32_t max, const struct people_letter **ret, uint32_t *ret_count,
                               struct error *err);

/* It was sent; or it was not, and is tried again later, at most PEOPLE_LETTER_TRIES times. */
void people_letter_sent(const struct people_plan *plan, const struct people_letter *letter, bool sent);

struct people_letter_count {
    int64_t waiting, failed; /* letters */
    int64_t oldest;          /* since when the oldest waits; 0: none does */
};

void people_letters_count(struct store_view *view, struct people_letter_count *ret);

/* Those that were given up are tried again, at most 200; returns how many. */
uint32_t people_letters_again(const struct people_plan *plan);

/* Forgets at most 200 letters older than PEOPLE_LETTER_SECONDS; returns how many. */
uint32_t people_letter_sweep(const struct people_plan *plan);

/* ---- Audit ---- */

/* Adds the row of an act. `detail` is a JSON object, brought into canonical form here (numbers only as whole ones below
 * 2^53); at most PEOPLE_AUDIT_DETAIL bytes. No personal value, password or token may stand in it. */
enum error_code people_audit(const struct people_plan *plan, str verb, str kind, int64_t object, str detail,
                             struct error *err);

struct people_audit_find {
    int64_t person;     /* who acted; 0: anybody */
    str kind;           /* of the object; empty: any */
    int64_t object;     /* 0: any */
    int64_t from, until; /* instants; 0: no bound */
    int64_t before;     /* ids below this one; 0: from the newest on */
    bool machine;       /* only what concerns the machine: people, offices, copies, settings; no dossier, no row */
};

struct people_audit_row {
    int64_t id, at, actor, object, batch;
    str verb, kind, detail;
    str name; /* of the actor; empty: the program itself, or somebody from outside */
};

/* Newest first. */
uint32_t people_audit_rows(struct store_view *view, struct arena *a, const struct people_audit_find *what,
                           uint32_t max, const struct people_audit_row **ret);

struct people_head {
    int64_t number; /* of the batch; 0: the chain is empty */
    char hash[STORE_HASH + 1];
};

/* Chains the oldest rows that are in no batch, at most PEOPLE_AUDIT_BATCH; *ret how many. Only the holder of the lease
 * calls it; were there two, one would be refused by the number of the batch and lose nothing. */
enum error_code people_chain(struct people *p, int64_t now, uint32_t *ret, struct error *err);

/* The last batch; what is published so that the end of the chain cannot be cut off unseen. */
enum error_code people_chain_head(struct store_view *view, struct people_head *ret, struct error *err);

/* What can be wrong with the chain: PEOPLE_SOUND, PEOPLE_ROW_CHANGED and so on. */
enum people_fault {
#define FAULT(name, sentence) PEOPLE_##name,
#include "people/fault.def"
#undef FAULT
    PEOPLE_FAULTS
};

struct people_chain_verdict {
    enum people_fault fault; /* the first difference */
    int64_t batch, row;      /* where; 0: nowhere in particular */
    int64_t batches, rows;   /* that were found sound before it */
    struct people_head head;
};

/* Walks the whole chain. `known` (or NULL) is a head that was noted earlier. OK when it could look everywhere, whatever
 * it found; with a fault err says it in words. Opens many views, one after the other: rows chained meanwhile may be
 * included or not. */
enum error_code people_chain_verify(struct people *p, const struct people_head *known,
                                    struct people_chain_verdict *ret, struct error *err);

/* The canonical bytes of a row, which its hash is made of. */
void people_audit_bytes(int64_t id, int64_t at, int64_t actor, str verb, str kind, int64_t object, str detail,
                        struct buf *out);

#endif
