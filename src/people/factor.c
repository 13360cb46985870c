/* factor: the second factor: codes that a telephone computes from a seed and the time (RFC 6238), and recovery codes.
 *
 * A code proves the telephone once: the step of the last one that was taken is kept, and no code of that step or an
 * earlier one is taken again. Guessing is bounded as it is with passwords: three of a million codes fit at a time, and
 * the locks leave about 100 guesses a day.
 *
 * Recovery codes have 80 random bits, so a plain hash keeps them: nobody can try all. */
#include "people/people_int.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

enum {
    SEED = 20,       /* bytes: RFC 4226 wants 16 at least and recommends 20 */
    STEP = 30,       /* seconds */
    BESIDE = 1,      /* steps that a clock may be ahead or behind: RFC 6238, 5.2 */
    DIGITS = 6,
    RECOVERY_LETTERS = 16,
};

static_assert(PEOPLE_SEED == SEED * 8 / 5 + 1, "people.h says how long a seed is");
static_assert(PEOPLE_RECOVERING == RECOVERY_LETTERS + RECOVERY_LETTERS / 4, "and a recovery code");

/* A row of the table; version 0: there is none. */
struct row {
    int64_t version;
    str sealed, next;
    int64_t since, step, failures, locked_until;
    str recovery;
};

static struct row read_row(struct store_view *view, struct arena *a, int64_t person)
{
    struct row row = { 0 };
    struct store_rows *r = store_query(view, "SELECT version, sealed, next, since, step, failures, locked_until, "
                                             "recovery FROM factor WHERE person = ?", PEOPLE__ARGS(store_int(person)));
    if (store_next(r)) {
        row = (struct row){ store_column_int(r, 0), people__text(a, r, 1), people__text(a, r, 2),
                            store_column_int(r, 3), store_column_int(r, 4), store_column_int(r, 5),
                            store_column_int(r, 6), people__text(a, r, 7) };
    }
    store_rows_end(r);
    return row;
}

static void write_row(const struct people_plan *plan, int64_t person, const struct row *row)
{
    struct store_value values[] = { store_int(person), store_int(row->version == 0 ? 1 : row->version),
                                    store_bytes(row->sealed), store_bytes(row->next), store_int(row->since),
                                    store_int(row->step), store_int(row->failures), store_int(row->locked_until),
                                    store_text(row->recovery) };
    (row->version == 0 ? store_insert : store_update)(plan->change, STORE_TABLE_factor, values);
}

static str key_of(struct arena *a, int64_t person)
{
    return arena_printf(a, "factor:%lld", (long long)person);
}

enum error_code people_factor(struct store_view *view, int64_t person, struct people_factor *ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct row row = read_row(view, &a, person);
    enum error_code code = store_view_error(view, err);
    if (code == OK) {
        *ret = (struct people_factor){ .since = row.since, .begun = row.next.len > 0,
                                       .recovery = (uint32_t)(row.recovery.len / STORE_HASH) };
    }
    arena_release(&a);
    return code;
}

/* ---- Codes ---- */

unsigned people__code_at(str seed, int64_t step)
{
    unsigned char counter[8], mac[EVP_MAX_MD_SIZE] = { 0 };
    unsigned size = 0;
    for (size_t i = 0; i < sizeof counter; i++) {
        counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
    }
    HMAC(EVP_sha1(), seed.ptr, (int)seed.len, counter, sizeof counter, mac, &size);
    size_t at = mac[19] & 0xfU;
    uint32_t word = (uint32_t)(mac[at] & 0x7fU) << 24 | (uint32_t)mac[at + 1] << 16 | (uint32_t)mac[at + 2] << 8 |
                    (uint32_t)mac[at + 3];
    return word % 1000000;
}

/* The number of six digits; -1: it is none. */
static int number_of(str typed)
{
    char bare[DIGITS + 1];
    str digits = people__bare_code(typed, bare, sizeof bare);
    int n = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9') {
            return -1;
        }
        n = n * 10 + (digits.ptr[i] - '0');
    }
    return digits.len == DIGITS ? n : -1;
}

/* The step whose code this is, among those that are near and after `last`; 0: none. All are compared, so that the time
 * it takes tells nothing. */
static int64_t step_of(str seed, str typed, int64_t now, int64_t last)
{
    int64_t current = now / PEOPLE_SECOND / STEP, found = 0;
    int number = number_of(typed);
    for (int64_t step = current - BESIDE; step <= current + BESIDE; step++) {
        bool same = number >= 0 && people__code_at(seed, step) == (unsigned)number;
        found = same && step > last ? step : found;
    }
    return found;
}

static enum error_code open_seed(struct people *p, struct arena *a, int64_t person, str box, str *ret,
                                 struct error *err)
{
    return people__unbox(p, a, key_of(a, person), person, box, ret, err);
}

static void wipe(str seed)
{
    sodium_memzero((char *)(uintptr_t)seed.ptr, seed.len);
}

/* ---- Recovery codes ---- */

/* What is kept of one: the hash also says whose it is. */
static void recovery_hash(struct arena *a, int64_t person, str typed, char ret[STORE_HASH + 1])
{
    char bare[RECOVERY_LETTERS + 1];
    str letters = people__bare_code(typed, bare, sizeof bare);
    store_hash(arena_printf(a, "%lld %.*s", (long long)person, STR_ARG(letters)), ret);
}

/* New ones, and their hashes in the arena. */
static str make_recovery(struct arena *a, int64_t person,
                         char ret_codes[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING])
{
    struct buf out = BUF_INIT(LIMIT_PEOPLE_RECOVERY * (STORE_HASH + 1));
    for (size_t i = 0; i < LIMIT_PEOPLE_RECOVERY; i++) {
        char hash[STORE_HASH + 1];
        people__make_code(ret_codes[i], RECOVERY_LETTERS);
        recovery_hash(a, person, str_of(ret_codes[i]), hash);
        buf_printf(&out, "%s%s", i == 0 ? "" : " ", hash);
    }
    str hashes = arena_str(a, buf_str(&out));
    buf_release(&out);
    return hashes;
}

/* Takes the hash of a code out of the list; false: it is not there. */
static bool take_recovery(struct arena *a, int64_t person, str typed, str *list)
{
    char hash[STORE_HASH + 1];
    recovery_hash(a, person, typed, hash);
    for (size_t at = 0; at + STORE_HASH <= list->len; at += STORE_HASH + 1) {
        if (sodium_memcmp(list->ptr + at, hash, STORE_HASH) == 0) {
            str before = str_slice(*list, 0, at == 0 ? 0 : at - 1);
            str after = str_slice(*list, at + STORE_HASH, list->len);
            str left = arena_printf(a, "%.*s%.*s", STR_ARG(before), STR_ARG(after));
            *list = at == 0 && left.len > 0 ? str_slice(left, 1, left.len) : left;
            return true;
        }
    }
    return false;
}

/* ---- Using it ---- */

bool people__factor_takes(const struct people_plan *plan, int64_t person, str code, const char **ret_reason,
                          enum error_code *ret_code, struct error *err)
{
    struct row row = read_row(plan->view, plan->arena, person);
    str seed = STR("");
    *ret_reason = row.since == 0 ? "no second factor" : "second factor locked";
    *ret_code = OK;
    if (row.since == 0 || plan->now < row.locked_until) {
        return false;
    }
    *ret_code = open_seed(plan->people, plan->arena, person, row.sealed, &seed, err);
    if (*ret_code != OK) {
        return false;
    }
    int64_t step = step_of(seed, code, plan->now, row.step);
    wipe(seed);
    bool right = step != 0 || take_recovery(plan->arena, person, code, &row.recovery);
    if (right) {
        row.step = step != 0 ? step : row.step;
        row.failures = 0;
        row.locked_until = 0;
    } else {
        people__count_failure(&row.failures, &row.locked_until, plan->now);
    }
    write_row(plan, person, &row);
    *ret_reason = right ? (step != 0 ? "code" : "recovery code") : "wrong code";
    return right;
}

/* ---- Setting it up ---- */

enum error_code people_factor_begin(const struct people_plan *plan, int64_t person, struct error *err)
{
    struct people_person p;
    unsigned char seed[SEED];
    enum error_code code = people__active(plan, person, &p, err);
    if (code != OK) {
        return code;
    }
    struct row row = read_row(plan->view, plan->arena, person);
    randombytes_buf(seed, sizeof seed);
    code = people__box(plan->people, plan->arena, key_of(plan->arena, person), person,
                       (str){ (const char *)seed, sizeof seed }, &row.next, err);
    sodium_memzero(seed, sizeof seed);
    if (code != OK) {
        return code;
    }
    write_row(plan, person, &row);
    return people__note(plan, "begin second factor", "person", person, NULL, 0, err);
}

/* RFC 4648, section 6; 20 bytes need no padding. */
static void write_base32(str bytes, char ret[PEOPLE_SEED])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t bits = 0, count = 0;
    size_t n = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = bits << 8 | (unsigned char)bytes.ptr[i];
        for (count += 8; count >= 5; count -= 5) {
            ret[n++] = letters[bits >> (count - 5) & 31];
        }
    }
    ret[n] = '\0';
}

enum error_code people_factor_seed(struct people *p, struct store_view *view, struct arena *a, int64_t person,
                                   char ret[PEOPLE_SEED], struct error *err)
{
    struct row row = read_row(view, a, person);
    str seed;
    if (row.next.len == 0) {
        return error_set(err, ERROR_MISSING, "no second factor is being set up");
    }
    enum error_code code = open_seed(p, a, person, row.next, &seed, err);
    if (code == OK && seed.len != SEED) {
        code = error_set(err, ERROR_IO, "a sealed value is damaged");
    }
    if (code == OK) {
        write_base32(seed, ret);
        wipe(seed);
    }
    return code;
}

/* Percent-encodes everything that is not a letter or digit of ASCII. */
static void add_part(struct buf *out, str part)
{
    for (size_t i = 0; i < part.len; i++) {
        unsigned char c = (unsigned char)part.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        buf_printf(out, plain ? "%c" : "%%%02X", c);
    }
}

str people_factor_address(struct arena *a, str office, str login, const char *seed)
{
    struct buf out = BUF_INIT(16 * (LIMIT_PEOPLE_WORD + LIMIT_PEOPLE_NAME));
    buf_addz(&out, "otpauth://totp/");
    add_part(&out, office);
    buf_addc(&out, ':');
    add_part(&out, login);
    buf_printf(&out, "?secret=%s&issuer=", seed);
    add_part(&out, office);
    buf_addz(&out, "&algorithm=SHA1&digits=6&period=30");
    str address = arena_str(a, buf_str(&out));
    buf_release(&out);
    return address;
}

/* What is wanted of people_factor_set: the plan says `right`, and what was made. */
struct setting {
    const struct people_session *session;
    str code;
    bool right;
    char (*codes)[PEOPLE_RECOVERING];
    struct people_login made;
};

static enum error_code refuse(struct error *err)
{
    error_set(err, ERROR_INVALID, "this code does not fit");
    error_hint(err, "take the six digits that the telephone shows now; its clock must be right");
    return ERROR_INVALID;
}

/* Wrong ones are counted as those of a log-in are. */
static enum error_code plan_setting(struct setting *s, const struct people_plan *plan, struct error *err)
{
    int64_t person = s->session->person;
    struct row row = read_row(plan->view, plan->arena, person);
    str seed;
    if (row.next.len == 0 || plan->now < row.locked_until) {
        return OK;
    }
    enum error_code code = open_seed(plan->people, plan->arena, person, row.next, &seed, err);
    if (code != OK) {
        return code;
    }
    int64_t step = step_of(seed, s->code, plan->now, 0);
    wipe(seed);
    s->right = step != 0;
    if (!s->right) {
        people__count_failure(&row.failures, &row.locked_until, plan->now);
        write_row(plan, person, &row);
        return people__note(plan, "refuse second factor", "person", person, NULL, 0, err);
    }
    row = (struct row){ .version = row.version, .sealed = row.next, .since = plan->now, .step = step,
                        .recovery = make_recovery(plan->arena, person, s->codes) };
    write_row(plan, person, &row);
    code = people_session_end_all(plan, person, err);
    if (code == OK) {
        code = people__note(plan, "second factor", "person", person, NULL, 0, err);
    }
    struct people_session whole = *s->session;
    whole.factor = whole.second = true;
    return code == OK ? people__session_insert(plan, &whole, &s->made, err) : code;
}

enum error_code people_factor_set(struct people *p, const struct people_session *session, str code, int64_t now,
                                  char ret_codes[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING], struct people_login *ret,
                                  struct error *err)
{
    struct arena a = ARENA_INIT;
    struct people_plan plan;
    struct setting s = { .session = session, .code = code, .codes = ret_codes };
    enum error_code result = people_begin(p, &a, session->person, now, &plan, err);
    if (result == OK) {
        result = plan_setting(&s, &plan, err);
        result = people_finish(&plan, result, NULL, err);
    }
    result = result == OK && !s.right ? refuse(err) : result;
    if (result == OK) {
        *ret = s.made;
    }
    arena_release(&a);
    return result;
}

enum error_code people_factor_recovery(const struct people_plan *plan, int64_t person,
                                       char ret_codes[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING], struct error *err)
{
    struct row row = read_row(plan->view, plan->arena, person);
    if (row.since == 0) {
        return error_set(err, ERROR_MISSING, "the person has no second factor");
    }
    row.recovery = make_recovery(plan->arena, person, ret_codes);
    write_row(plan, person, &row);
    return people__note(plan, "recovery codes", "person", person, NULL, 0, err);
}

enum error_code people_factor_reset(const struct people_plan *plan, int64_t person, struct error *err)
{
    struct row row = read_row(plan->view, plan->arena, person);
    struct people_person p;
    if (row.version == 0) {
        return error_set(err, ERROR_MISSING, "the person has no second factor");
    }
    enum error_code code = people__active(plan, person, &p, err);
    if (code == OK) {
        code = people_session_end_all(plan, person, err);
    }
    if (code != OK) {
        return code;
    }
    store_delete(plan->change, STORE_TABLE_factor, (struct store_value[]){ store_int(person) }, row.version);
    return people__note(plan, "reset second factor", "person", person, NULL, 0, err);
}
