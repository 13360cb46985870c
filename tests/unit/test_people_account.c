/* test_people_account: accounts from outside, their codes, bindings to parties, and what is sent to them. */
#include "people/people_int.h"

#include "people_world.h"

static const struct people_address phone = { false, { "13800000001", 11 } };
static const char firm[] = "91330424MA9XXXX112", other_firm[] = "91330424MA9YYYY118";

/* ---- Addresses ---- */

static void is_address(const char *typed, const char *want)
{
    struct people_address got = { 0 };
    err = (struct error){ 0 };
    enum error_code code = people_address_read(str_of(typed), &arena, &got, &err);
    ok(want == NULL ? code == ERROR_INVALID : code == OK && str_eq(got.text, str_of(want)), "address \"%s\"", typed);
}

static void test_addresses(void)
{
    is_address("13800000001", "13800000001");
    is_address(" +86 138-0000-0001 ", "13800000001");
    is_address("8613800000001", "13800000001");
    is_address("Zhang.San@Example.CN", "zhang.san@example.cn");
    static const char *const wrong[] = { "", "1380000000", "23800000001", "138000000012", "a@b", "@example.cn",
                                         "a@@example.cn", "a b@example.cn", "a@example.", "a\t@example.cn",
                                         "张@example.cn" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        is_address(wrong[i], NULL);
    }
    char *long_one = arena_calloc(&arena, 1, LIMIT_PEOPLE_ADDRESS + 1 + 1);
    memset(long_one, 'a', LIMIT_PEOPLE_ADDRESS + 1);
    memcpy(long_one + 100, "@b.", 3);
    is_address(long_one, NULL);
    is_str(people_address_shown(&arena, phone), STR("138****0001"), "a number is shown without its middle");
    is_str(people_address_shown(&arena, (struct people_address){ true, STR("zhang@example.cn") }),
           STR("z***@example.cn"), "and a mail address without its name");
}

/* ---- Codes ---- */

/* The code that was sent last: the first six digits of the newest letter. */
static str sent_code(void)
{
    struct store_view *v;
    const struct people_letter *letters = NULL;
    uint32_t count = 0;
    if (store_view(store, &v, &err) != OK) {
        bail("no view");
    }
    enum error_code code = people_letters(people, v, &arena, false, now, 1, &letters, &count, &err);
    store_view_end(v);
    if (code != OK || count == 0) {
        return STR("");
    }
    size_t from = 0;
    while (from < letters->text.len && (letters->text.ptr[from] < '0' || letters->text.ptr[from] > '9')) {
        from++;
    }
    return str_slice(letters->text, from, from + 6);
}

static enum error_code send(struct people_address to)
{
    err = (struct error){ 0 };
    return people_code_send(people, to, now, &err);
}

static enum error_code use(struct people_address to, str code, struct people_login *ret)
{
    err = (struct error){ 0 };
    return people_code_use(people, to, code, now, ret, &err);
}

/* An account that has just logged in. */
static int64_t account(const char *number, struct people_login *ret)
{
    struct people_address to = { false, str_of(number) };
    now += LIMIT_PEOPLE_CODE_WAIT_SECONDS * SECOND;
    if (send(to) != OK || use(to, sent_code(), ret) != OK) {
        bail("no account");
    }
    return ret->session.person;
}

static str wrong_of(str code)
{
    char *text = arena_alloc(&arena, 7);
    memcpy(text, code.ptr, 6);
    text[0] = text[0] == '9' ? '0' : (char)(text[0] + 1);
    return (str){ text, 6 };
}

/* Does the text stand in the first column of a row? */
static bool is_stored(const char *sql, const char *text)
{
    bool found = false;
    uint32_t rows = 0;
    begin();
    struct store_rows *r = store_query(plan.view, sql, NULL, 0);
    while (store_next(r)) {
        str bytes = store_column_text(r, 0);
        found = found || memmem(bytes.ptr, bytes.len, text, strlen(text)) != NULL;
        rows++;
    }
    store_rows_end(r);
    end(OK);
    return found || rows == 0;
}

static void test_codes(void)
{
    struct people_login in, again;
    ok(use(phone, STR("000000"), &in) == ERROR_INVALID, "no code was sent, none is right");
    ok(send(phone) == OK, "a code is sent");
    str code = sent_code();
    is_int((int64_t)code.len, 6, "it has six digits");
    is_int(count_of("SELECT count(*) FROM account"), 0, "nobody has an account yet");
    ok(send(phone) == ERROR_LIMIT && strstr(err.message, "short time ago") != NULL, "not two at once");
    ok(use((struct people_address){ false, STR("13800000002") }, code, &in) == ERROR_INVALID,
       "it is for this address alone");
    ok(use(phone, wrong_of(code), &in) == ERROR_INVALID, "a wrong one");
    ok(use(phone, code, &in) == OK, "the right one lets in");
    ok(use(phone, code, &again) == ERROR_INVALID, "once");
    is_int(count_of("SELECT count(*) FROM account"), 1, "an account was made");
    is_int(count_of("SELECT count(*) FROM role r JOIN account a ON a.person = r.person"), 0, "without any role");
    now += LIMIT_PEOPLE_CODE_WAIT_SECONDS * SECOND;
    ok(send(phone) == OK && use(phone, sent_code(), &again) == OK, "another code another day");
    is_int(again.session.person, in.session.person, "lets the same account in");
    ok(!is_stored("SELECT sealed FROM outbox", "138000") && !is_stored("SELECT sealed FROM account", "138000"),
       "what is sent, and to whom, is sealed");
}

static void test_code_ends(void)
{
    const struct people_address to = { true, STR("li@example.cn") };
    struct people_login in;
    ok(send(to) == OK, "a code");
    now += LIMIT_PEOPLE_CODE_SECONDS * SECOND;
    ok(use(to, sent_code(), &in) == ERROR_INVALID, "which is too old after ten minutes");
    ok(send(to) == OK, "another");
    str code = sent_code();
    for (int i = 0; i < LIMIT_PEOPLE_CODE_TRIES; i++) {
        ok(use(to, wrong_of(code), &in) == ERROR_INVALID, "wrong, %d", i + 1);
    }
    ok(use(to, code, &in) == ERROR_INVALID, "then the right one is worthless too");
    for (int i = 2; i < LIMIT_PEOPLE_CODES; i++) {
        now += LIMIT_PEOPLE_CODE_WAIT_SECONDS * SECOND;
        ok(send(to) == OK, "code %d of the day", i + 1);
    }
    now += LIMIT_PEOPLE_CODE_WAIT_SECONDS * SECOND;
    ok(send(to) == ERROR_LIMIT, "one more is too many");
    now += LIMIT_PEOPLE_CODES_SECONDS * SECOND;
    ok(send(to) == OK, "but not for ever");
}

static void test_own_data(void)
{
    struct people_login in;
    struct people_account a = { 0 };
    int64_t id = account("13800000009", &in);
    done(people_account_rename(&plan, id, STR("张三"), &err), "an account gets a name");
    begin();
    ok(people_account(people, plan.view, &arena, id, &a, &err) == OK, "it can be read");
    is_str(a.name, STR("张三"), "with its name");
    is_str(a.address.text, STR("13800000009"), "and its number");
    end(OK);
    done(people_account_close(&plan, id, &err), "it is closed");
    ok(people_account_forget(people, id, &err) == OK, "and forgotten");
    begin();
    ok(people_account(people, plan.view, &arena, id, &a, &err) == ERROR_MISSING, "nothing of it can be read");
    end(OK);
    ok(account("13800000009", &in) != id, "the number begins a new one");
}

/* ---- Bindings ---- */

static int64_t request(int64_t person, const char *party, int64_t at)
{
    int64_t id = 0;
    if (act(people_binding_request(&plan, person, str_of(party), at, STR(""), STR(""), &id, &err)) != OK) {
        printf("# %s: %s\n", err.message, err.detail);
    }
    return id;
}

static bool bound(int64_t person, const char *party)
{
    begin();
    bool yes = people_bound(plan.view, person, str_of(party), now);
    end(OK);
    return yes;
}

/* The party of a session as it is read anew. */
static const char *party_of(const struct people_login *in, struct people_session *ret)
{
    begin();
    if (people_session(plan.view, str_of(in->token), now, ret, &err) != OK) {
        snprintf(ret->party, sizeof ret->party, "no session");
    }
    end(OK);
    return ret->party;
}

static void test_bindings(void)
{
    struct people_login in;
    struct people_session s;
    int64_t where = office(0, "binding"), agent = account("13800000011", &in), id = request(agent, firm, where), none;
    ok(id != 0 && !bound(agent, firm), "a request binds nobody");
    refused(people_binding_request(&plan, agent, str_of(firm), where, STR(""), STR(""), &none, &err), ERROR_INVALID,
            "already", "nor can it be made twice");
    refused(people_session_choose(&plan, &in.session, str_of(firm), &err), ERROR_INVALID, "does not act",
            "nor does the session act for the party");
    refused(people_binding_bind(&plan, id, now, &err), ERROR_INVALID, "a day to come", "a binding has a time");
    refused(people_binding_bind(&plan, id, now + (LIMIT_PEOPLE_BINDING_DAYS + 1) * DAY, &err), ERROR_INVALID,
            "a day to come", "and an end");
    done(people_binding_bind(&plan, id, now + 10 * SECOND, &err), "an officer binds");
    refused(people_binding_bind(&plan, id, now + DAY, &err), ERROR_INVALID, "settled", "once");
    ok(bound(agent, firm) && !bound(agent, other_firm), "for this party alone");
    done(people_session_choose(&plan, &in.session, str_of(firm), &err), "the session acts for it");
    is_str(str_of(party_of(&in, &s)), str_of(firm), "as whoever reads it sees");
    ok(s.outside, "it is one from outside");
    now += 10 * SECOND;
    ok(!bound(agent, firm) && party_of(&in, &s)[0] == '\0', "until its end");
    id = request(agent, firm, where);
    done(people_binding_bind(&plan, id, now + DAY, &err), "it is bound anew");
    refused(people_binding_end(&plan, id, STR(" "), &err), ERROR_INVALID, "reason", "who ends it says why");
    done(people_binding_end(&plan, id, STR("离职"), &err), "it is ended");
    ok(!bound(agent, firm) && party_of(&in, &s)[0] == '\0', "at once, for the session too");
    refused(people_binding_end(&plan, id, STR("x"), &err), ERROR_INVALID, "settled", "and for good");
}

static void test_refusals(void)
{
    struct people_login in;
    int64_t where = office(0, "refusing"), agent = account("13800000012", &in), id = request(agent, firm, where), none;
    char *long_reason = arena_calloc(&arena, 1, LIMIT_PEOPLE_REASON + 1 + 1);
    memset(long_reason, 'x', LIMIT_PEOPLE_REASON + 1);
    refused(people_binding_refuse(&plan, id, str_of(long_reason), &err), ERROR_LIMIT, "too long", "a short reason");
    done(people_binding_refuse(&plan, id, STR("授权书缺公章"), &err), "an officer refuses");
    refused(people_binding_bind(&plan, id, now + DAY, &err), ERROR_INVALID, "settled", "and does not bind it then");
    ok(request(agent, firm, where) != 0, "it may be asked for again");
    int64_t staff = person("staff", where);
    refused(people_binding_request(&plan, staff, str_of(firm), where, STR(""), STR(""), &none, &err),
            ERROR_INVALID, "from outside", "nobody of the office is bound");
    refused(people_binding_request(&plan, agent, STR("a b"), where, STR(""), STR(""), &none, &err), ERROR_INVALID,
            "credit code", "a handle is a word");
    for (int i = 1; i < LIMIT_PEOPLE_BINDINGS; i++) {
        request(agent, arena_printf(&arena, "party%d", i).ptr, where);
    }
    refused(people_binding_request(&plan, agent, STR("last"), where, STR(""), STR(""), &none, &err), ERROR_LIMIT,
            "too many", "LIMIT_PEOPLE_BINDINGS + 1");
    const struct people_binding *rows;
    begin();
    is_int(people_bindings(plan.view, &arena, agent, where, true, 10, &rows), 10, "a list has an end");
    is_int(people_bindings(plan.view, &arena, 0, where, true, UINT16_MAX, &rows), LIMIT_PEOPLE_BINDINGS,
           "the office sees all that are asked for");
    end(OK);
}

/* ---- Outbox ---- */

static uint32_t due(const struct people_letter **ret)
{
    uint32_t count = 0;
    begin();
    ok(people_letters(people, plan.view, &arena, true, now, 100, ret, &count, &err) == OK, "what is due is read");
    end(OK);
    return count;
}

static enum error_code sent(const struct people_letter *letter, bool fine)
{
    people_letter_sent(&plan, letter, fine);
    return OK;
}

static void test_outbox(void)
{
    const struct people_letter *letters;
    now += LIMIT_PEOPLE_LETTER_SECONDS * SECOND;
    begin();
    is_int(people_letter_sweep(&plan) > 0, 1, "old letters are forgotten");
    end(OK);
    is_int(due(&letters), 0, "nothing is due");
    done(people_letter_put(&plan, phone, STR("您好"), &err), "a letter is put in");
    is_int(due(&letters), 1, "it is due");
    is_str(letters->text, STR("您好"), "with its text");
    for (int i = 1; i < LIMIT_PEOPLE_LETTER_TRIES; i++) {
        done(sent(letters, false), "it could not be sent");
        is_int(due(&letters), 0, "and rests");
        now += 3600 * SECOND;
        is_int(due(&letters), 1, "until later, %d", i);
    }
    done(sent(letters, false), "the last time");
    now += 3600 * SECOND;
    is_int(due(&letters), 0, "it is given up");
    done(people_letter_put(&plan, phone, STR("b"), &err), "another");
    due(&letters);
    done(sent(letters, true), "is sent");
    now += 3600 * SECOND;
    is_int(due(&letters), 0, "once");
    char *long_text = arena_calloc(&arena, 1, LIMIT_PEOPLE_LETTER + 1 + 1);
    memset(long_text, 'x', LIMIT_PEOPLE_LETTER + 1);
    refused(people_letter_put(&plan, phone, str_of(long_text), &err), ERROR_LIMIT, "too long",
            "LIMIT_PEOPLE_LETTER + 1");
}

int main(void)
{
    world_begin();
    test_addresses();
    test_codes();
    test_code_ends();
    test_own_data();
    test_bindings();
    test_refusals();
    test_outbox();
    world_end();
    return tap_done();
}
