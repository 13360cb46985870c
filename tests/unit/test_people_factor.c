/* test_people_factor: the second factor, passwords that somebody else gave, giving everything again. */
#include "people/people_int.h"

#include "people_world.h"

static const char password[] = "correct horse battery";

/* The vectors of RFC 6238, appendix B, for SHA-1: the last six of their eight digits. */
static void test_vectors(void)
{
    static const struct {
        int64_t at;
        unsigned code;
    } vectors[] = { { 59, 287082 },          { 1111111109, 81804 },   { 1111111111, 50471 },
                    { 1234567890, 5924 },    { 2000000000, 279037 },  { 20000000000, 353130 } };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        is_int(people__code_at(STR("12345678901234567890"), vectors[i].at / 30), vectors[i].code,
               "RFC 6238 at %lld", (long long)vectors[i].at);
    }
}

/* ---- A person and his telephone ---- */

struct telephone {
    unsigned char seed[20];
};

static void read_seed(const char *base32, struct telephone *ret)
{
    uint32_t bits = 0, count = 0;
    size_t n = 0;
    for (; *base32 != '\0'; base32++) {
        bits = bits << 5 | (uint32_t)(*base32 >= 'A' ? *base32 - 'A' : *base32 - '2' + 26);
        count += 5;
        if (count >= 8 && n < sizeof ret->seed) {
            count -= 8;
            ret->seed[n++] = (unsigned char)(bits >> count);
        }
    }
}

static const char *code_of(const struct telephone *t, int64_t at)
{
    static char text[8];
    snprintf(text, sizeof text, "%06u", people__code_at((str){ (const char *)t->seed, 20 }, at / SECOND / 30));
    return text;
}

/* With another last digit. */
static const char *other_than(const char *code)
{
    static char text[8];
    snprintf(text, sizeof text, "%.5s%c", code, code[5] == '9' ? '0' : code[5] + 1);
    return text;
}

static int64_t somebody(const char *login, int64_t in)
{
    char hash[PEOPLE_HASH];
    int64_t id = person(login, in);
    people_password_hash(people, str_of(password), NULL, 0, hash, &err);
    act(people_password_set(&plan, id, hash, &err));
    return id;
}

static bool session_of(const char *token, struct people_session *ret)
{
    struct store_view *v;
    struct error said = { 0 };
    if (store_view(store, &v, &said) != OK) {
        return false;
    }
    bool there = people_session(v, str_of(token), now, ret, &said) == OK;
    store_view_end(v);
    return there;
}

static struct people_login log_in(const char *login)
{
    struct people_login l = { .token = "" };
    people_login(people, str_of(login), str_of(password), now, &l, &err);
    session_of(l.token, &l.session);
    return l;
}

static struct people_factor factor_of(int64_t id)
{
    struct store_view *v;
    struct people_factor f = { 0 };
    if (store_view(store, &v, &err) == OK) {
        people_factor(v, id, &f, &err);
        store_view_end(v);
    }
    return f;
}

static enum error_code seed_of(int64_t id, char ret[PEOPLE_SEED])
{
    struct store_view *v;
    enum error_code code = store_view(store, &v, &err);
    if (code == OK) {
        code = people_factor_seed(people, v, &arena, id, ret, &err);
        store_view_end(v);
    }
    return code;
}

/* ---- Setting it up, and logging in with it ---- */

static char recovery[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING];

static struct people_login set_up(const char *login, struct telephone *t)
{
    char seed[PEOPLE_SEED] = "";
    struct people_login half = log_in(login), whole = { .token = "" };
    done(people_factor_begin(&plan, half.session.person, &err), "a seed is made");
    ok(seed_of(half.session.person, seed) == OK && strlen(seed) == PEOPLE_SEED - 1, "and shown: %s", seed);
    read_seed(seed, t);
    ok(people_factor_set(people, &half.session, str_of(other_than(code_of(t, now))), now, recovery, &whole, &err) ==
           ERROR_INVALID, "a wrong code sets nothing up");
    is_int(factor_of(half.session.person).since, 0, "nothing");
    ok(people_factor_set(people, &half.session, str_of(code_of(t, now)), now, recovery, &whole, &err) == OK,
       "the first code does");
    return whole;
}

static void test_setting_up(void)
{
    struct telephone t;
    struct people_session s;
    char seed[PEOPLE_SEED];
    int64_t in = office(0, "second"), id = somebody("lan", in);
    struct people_login before = log_in("lan");
    ok(!before.session.factor && !before.session.second, "at first there is none");
    struct people_login whole = set_up("lan", &t);
    is_int(factor_of(id).recovery, LIMIT_PEOPLE_RECOVERY, "with PEOPLE_RECOVERY recovery codes");
    ok(seed_of(id, seed) == ERROR_MISSING, "the seed is not shown again");
    ok(!session_of(before.token, &s), "sessions from before have ended");
    ok(session_of(whole.token, &s) && s.second && s.factor, "the new one has both");
    char hex[41], text[128];
    for (size_t i = 0; i < sizeof t.seed; i++) {
        snprintf(hex + 2 * i, 3, "%02X", t.seed[i]);
    }
    snprintf(text, sizeof text, "SELECT count(*) FROM factor WHERE instr(hex(sealed), '%s') > 0", hex);
    is_int(count_of(text), 0, "the seed is sealed");
    str address = people_factor_address(&arena, STR("示例局"), STR("lan"), "ABC");
    is_str(address, STR("otpauth://totp/%E7%A4%BA%E4%BE%8B%E5%B1%80:lan?secret=ABC&issuer=%E7%A4%BA%E4%BE%8B%E5%B1%80"
                        "&algorithm=SHA1&digits=6&period=30"), "what the QR code says");
}

static enum error_code second(const struct people_login *half, const char *code, struct people_login *ret)
{
    return people_second(people, &half->session, str_of(code), now, ret, &err);
}

static void test_logging_in(void)
{
    struct telephone t;
    struct people_login whole, whole2;
    struct people_session s;
    somebody("mei", office(0, "third"));
    set_up("mei", &t);
    struct people_login half = log_in("mei");
    ok(half.session.factor && !half.session.second, "after the password a session has one factor");
    ok(second(&half, code_of(&t, now), &whole) == ERROR_INVALID, "the code that set it up is used");
    now += 30 * SECOND;
    ok(second(&half, code_of(&t, now), &whole) == OK, "the next one is taken");
    ok(!session_of(half.token, &s) && session_of(whole.token, &s) && s.second, "and the session is another one");
    half = log_in("mei");
    ok(second(&half, code_of(&t, now), &whole2) == ERROR_INVALID, "a code is usable once");
    ok(second(&half, code_of(&t, now + 30 * SECOND), &whole2) == OK, "a clock may be a step ahead");
    half = log_in("mei");
    ok(second(&half, code_of(&t, now), &whole2) == ERROR_INVALID, "but none before one that was taken");
    now += 300 * SECOND;
    ok(second(&half, code_of(&t, now - 30 * SECOND), &whole2) == OK, "a clock may be a step behind");
    half = log_in("mei");
    ok(second(&half, code_of(&t, now - 60 * SECOND), &whole2) == ERROR_INVALID, "but not two");
    ok(second(&half, "", &whole2) == ERROR_INVALID && second(&half, "abcdef", &whole2) == ERROR_INVALID,
       "no code is none");
}

static void test_guessing(void)
{
    struct telephone t;
    struct people_login whole;
    int64_t id = somebody("guess", office(0, "fourth"));
    set_up("guess", &t);
    now += 60 * SECOND;
    struct people_login half = log_in("guess");
    int refusals = 0;
    for (int i = 0; i < LIMIT_PEOPLE_FAILURES; i++) {
        refusals += second(&half, other_than(code_of(&t, now)), &whole) == ERROR_INVALID;
    }
    is_int(refusals, LIMIT_PEOPLE_FAILURES, "wrong codes");
    ok(second(&half, code_of(&t, now), &whole) == ERROR_INVALID, "then the right one is refused too");
    now += LIMIT_PEOPLE_LOCK_SECONDS * SECOND;
    ok(second(&half, code_of(&t, now), &whole) == OK, "until the lock is over");
    char sql[160];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM audit WHERE verb = 'refuse login' AND object = %lld AND detail "
                              "LIKE '%%code%%'", (long long)id);
    is_int(count_of(sql), LIMIT_PEOPLE_FAILURES, "each is in the audit trail");
}

static void test_recovery(void)
{
    struct telephone t;
    struct people_login whole;
    char first[PEOPLE_RECOVERING], upper[PEOPLE_RECOVERING], fresh[LIMIT_PEOPLE_RECOVERY][PEOPLE_RECOVERING];
    int64_t id = somebody("lost", office(0, "fifth"));
    set_up("lost", &t);
    memcpy(first, recovery[3], sizeof first);
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM factor WHERE recovery LIKE '%%%.4s%%'", first);
    is_int(count_of(sql), 0, "recovery codes are kept as hashes");
    struct people_login half = log_in("lost");
    ok(second(&half, first, &whole) == OK, "a recovery code is taken");
    half = log_in("lost");
    ok(second(&half, first, &whole) == ERROR_INVALID, "once");
    is_int(factor_of(id).recovery, LIMIT_PEOPLE_RECOVERY - 1, "the others are left");
    for (size_t i = 0; i < sizeof upper; i++) {
        upper[i] = (char)(recovery[0][i] >= 'a' && recovery[0][i] <= 'z' ? recovery[0][i] - 32 : recovery[0][i]);
    }
    ok(second(&half, upper, &whole) == OK, "capitals do not matter");
    somebody("else", office(0, "sixth"));
    set_up("else", &t);
    half = log_in("else");
    ok(second(&half, first, &whole) == ERROR_INVALID, "it is good for nobody else");
    done(people_factor_recovery(&plan, id, fresh, &err), "new ones");
    half = log_in("lost");
    ok(second(&half, recovery[5], &whole) == ERROR_INVALID && second(&half, fresh[5], &whole) == OK,
       "take the place of all");
    done(people_factor_reset(&plan, id, &err), "an administrator takes the factor away");
    struct people_session s;
    ok(!session_of(whole.token, &s), "which ends the sessions");
    ok(!log_in("lost").session.factor, "and there is none");
    refused(people_factor_reset(&plan, id, &err), ERROR_MISSING, "no second factor", "once");
}

/* Another telephone: the old one is good until a code of the new one was given. */
static void test_replacing(void)
{
    struct telephone old, other;
    struct people_login whole;
    char seed[PEOPLE_SEED];
    int64_t id = somebody("newphone", office(0, "seventh"));
    set_up("newphone", &old);
    done(people_factor_begin(&plan, id, &err), "another seed");
    seed_of(id, seed);
    read_seed(seed, &other);
    now += 60 * SECOND;
    struct people_login half = log_in("newphone");
    ok(second(&half, code_of(&other, now), &whole) == ERROR_INVALID, "is no second factor yet");
    ok(second(&half, code_of(&old, now), &whole) == OK, "the old one is");
    ok(people_factor_set(people, &whole.session, str_of(code_of(&other, now)), now, recovery, &whole, &err) == OK,
       "until a code of the other proves it");
    now += 60 * SECOND;
    half = log_in("newphone");
    ok(second(&half, code_of(&old, now), &whole) == ERROR_INVALID, "then no more");
    ok(second(&half, code_of(&other, now), &whole) == OK, "and the other is");
}

/* ---- Giving everything again ---- */

static enum error_code prove(const struct people_login *l, const char *word, const char *code)
{
    return people_prove(people, &l->session, str_of(word), str_of(code), now, &err);
}

static void test_proof(void)
{
    struct telephone t;
    struct people_login whole;
    struct people_session s;
    somebody("grave", office(0, "ninth"));
    struct people_login plain = log_in("grave");
    ok(people_proved(&plain.session, now, LIMIT_PEOPLE_PROOF_SECONDS), "a log-in is a proof");
    now += LIMIT_PEOPLE_PROOF_SECONDS * SECOND;
    ok(!people_proved(&plain.session, now, LIMIT_PEOPLE_PROOF_SECONDS), "for PEOPLE_PROOF_SECONDS");
    ok(prove(&plain, "wrong password of his", "") == ERROR_INVALID, "a wrong password is none");
    ok(prove(&plain, password, "") == OK && session_of(plain.token, &s) &&
           people_proved(&s, now, LIMIT_PEOPLE_PROOF_SECONDS), "the right one is");
    set_up("grave", &t);
    now += 60 * SECOND;
    struct people_login half = log_in("grave");
    second(&half, code_of(&t, now), &whole);
    session_of(whole.token, &whole.session);
    now += LIMIT_PEOPLE_PROOF_SECONDS * SECOND;
    ok(prove(&whole, password, "") == ERROR_INVALID && prove(&whole, password, "123") == ERROR_INVALID,
       "with a second factor the code is wanted too");
    ok(prove(&whole, "wrong password of his", code_of(&t, now)) == ERROR_INVALID, "not the code alone");
    ok(prove(&whole, password, code_of(&t, now)) == OK, "both");
    ok(prove(&whole, password, code_of(&t, now)) == ERROR_INVALID, "the code once");
    int wrong = 0;
    for (int i = 0; i < LIMIT_PEOPLE_FAILURES; i++) {
        wrong += prove(&whole, "wrong password of his", "") == ERROR_INVALID;
    }
    now += 31 * SECOND;
    ok(wrong == LIMIT_PEOPLE_FAILURES && prove(&whole, password, code_of(&t, now)) == ERROR_INVALID,
       "guessing locks as at a log-in");
}

/* ---- Passwords ---- */

static void test_given(void)
{
    char made[PEOPLE_CODE], hash[PEOPLE_HASH];
    struct people_login l = { .token = "" }, changed;
    struct people_session s;
    int64_t id = person("given", office(0, "tenth"));
    people_password_make(made);
    people_password_hash(people, str_of(made), NULL, 0, hash, &err);
    done(people_password_give(&plan, id, hash, &err), "a password is given to somebody");
    ok(people_login(people, STR("given"), str_of(made), now, &l, &err) == OK && session_of(l.token, &s) && s.given,
       "he logs in, and it is known to be given");
    ok(people_password_change(people, &s, str_of(made), now, &changed, &err) == ERROR_INVALID,
       "he does not keep it");
    ok(people_password_change(people, &s, STR("too short"), now, &changed, &err) == ERROR_LIMIT, "nor a short one");
    ok(people_password_change(people, &s, str_of(password), now, &changed, &err) == OK, "he chooses one of his own");
    ok(!session_of(l.token, &s), "which ends the session");
    ok(session_of(changed.token, &s) && !s.given, "and opens another");
    ok(people_login(people, STR("given"), str_of(made), now, &l, &err) == ERROR_INVALID, "the given one is worthless");
    done(people_password_give(&plan, id, hash, &err), "another time");
    now += LIMIT_PEOPLE_GIVEN_SECONDS * SECOND;
    ok(people_login(people, STR("given"), str_of(made), now, &l, &err) == ERROR_INVALID,
       "after PEOPLE_GIVEN_SECONDS it is none");
    is_int(count_of("SELECT failures FROM person WHERE login = 'given'"), 0, "which is no wrong password");
}

int main(void)
{
    world_begin();
    test_vectors();
    test_setting_up();
    test_logging_in();
    test_guessing();
    test_recovery();
    test_replacing();
    test_proof();
    test_given();
    world_end();
    return tap_done();
}
