/* account: people from outside. They have no login and no password: a code is sent to the address that they give, and
 * whoever has it within ten minutes is let in. An account is made by its first log-in, so that asking for a code tells
 * nobody whether there is one.
 *
 * An account is a person without password, so that everything else that names a person names him too; what it says of
 * him stands in the table account, sealed. An address is found by its HMAC. */
#include "people/people_int.h"

#include "text/utf8.h"

#include <sodium.h>

enum { TRIES = 8, DIGITS = 6, MOBILE = 11 };

/* ---- Addresses ---- */

static bool is_digits(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return s.len > 0;
}

/* Without blanks and hyphens, and without the country's number before a number of this country. */
static str bare(str typed, struct arena *a)
{
    char *text = arena_alloc(a, typed.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < typed.len; i++) {
        if (typed.ptr[i] != ' ' && typed.ptr[i] != '-') {
            text[n++] = typed.ptr[i];
        }
    }
    str s = { text, n };
    if (str_starts_with(s, STR("+86"))) {
        return str_slice(s, 3, s.len);
    }
    return n == MOBILE + 2 && str_starts_with(s, STR("86")) ? str_slice(s, 2, s.len) : s;
}

/* One "@" between two parts of letters that need no quoting, the second with a dot. More is for the mail server to
 * say. */
static bool is_mail(str s)
{
    static const char others[] = "!#$%&'*+-/=?^_`{|}~.@";
    const char *at = s.len == 0 ? NULL : memchr(s.ptr, '@', s.len);
    if (at == NULL || at == s.ptr || s.len > LIMIT_PEOPLE_ADDRESS) {
        return false;
    }
    str host = str_slice(s, (size_t)(at - s.ptr) + 1, s.len);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && (c == '\0' || strchr(others, c) == NULL)) {
            return false;
        }
    }
    return host.len > 2 && memchr(host.ptr, '@', host.len) == NULL && memchr(host.ptr, '.', host.len) != NULL &&
           host.ptr[0] != '.' && host.ptr[host.len - 1] != '.';
}

enum error_code people_address_read(str typed, struct arena *a, struct people_address *ret, struct error *err)
{
    str number = bare(str_trim(typed), a), mail = STR("");
    if (number.len == MOBILE && is_digits(number) && number.ptr[0] == '1') {
        *ret = (struct people_address){ false, number };
        return OK;
    }
    if (typed.len <= LIMIT_PEOPLE_ADDRESS + 2) {
        struct buf b = BUF_INIT(4 * LIMIT_PEOPLE_ADDRESS);
        utf8_lower(str_trim(typed), &b);
        mail = arena_str(a, buf_str(&b));
        buf_release(&b);
    }
    if (is_mail(mail)) {
        *ret = (struct people_address){ true, mail };
        return OK;
    }
    error_set(err, ERROR_INVALID, "this is neither a mobile number nor a mail address");
    error_hint(err, "a mobile number has 11 digits and begins with 1; a mail address looks like name@example.cn");
    return ERROR_INVALID;
}

str people_address_shown(struct arena *a, struct people_address address)
{
    str s = address.text;
    if (!address.mail && s.len == MOBILE) {
        return arena_printf(a, "%.*s****%.*s", 3, s.ptr, 4, s.ptr + 7);
    }
    const char *at = s.len == 0 ? NULL : memchr(s.ptr, '@', s.len);
    return at == NULL ? STR("") : arena_printf(a, "%c***%.*s", s.ptr[0], (int)(s.len - (size_t)(at - s.ptr)), at);
}

/* ---- Reading ---- */

static str key_of(struct arena *a, int64_t person)
{
    return arena_printf(a, "account:%lld", (long long)person);
}

bool people_outside(struct store_view *view, int64_t person)
{
    return people__number(view, "SELECT 1 FROM account WHERE person = ?", PEOPLE__ARGS(store_int(person))) != 0;
}

enum error_code people_account(struct people *p, struct store_view *view, struct arena *a, int64_t person,
                               struct people_account *ret, struct error *err)
{
    str line = STR(""), box = STR("");
    struct people_account account = { .id = person };
    struct store_rows *r = store_query(view, "SELECT a.version, a.sealed, p.created FROM account a JOIN person p ON "
                                             "p.id = a.person WHERE a.person = ?", PEOPLE__ARGS(store_int(person)));
    bool found = store_next(r);
    if (found) {
        account.version = store_column_int(r, 0);
        box = people__text(a, r, 1);
        account.created = store_column_int(r, 2);
    }
    store_rows_end(r);
    enum error_code code = store_view_error(view, err);
    if (code == OK && !found) {
        code = error_set(err, ERROR_MISSING, "there is no such person");
    }
    if (code == OK) {
        code = people__unbox(p, a, key_of(a, person), person, box, &line, err);
    }
    if (code == OK && !people__address_split(a, line, &account.address, &account.name)) {
        code = error_set(err, ERROR_IO, "a sealed value is damaged");
    }
    if (code == OK) {
        *ret = account;
    }
    return code;
}

/* ---- Codes ---- */

struct code_row {
    int64_t version; /* 0: there is none */
    str mac;
    int64_t at, tries, since, count;
};

static struct code_row read_code(const struct people_plan *plan, const char *address)
{
    struct code_row c = { 0 };
    struct store_rows *r = store_query(plan->view, "SELECT version, mac, at, tries, since, count FROM code WHERE "
                                                   "address = ?", PEOPLE__ARGS(store_text(str_of(address))));
    if (store_next(r)) {
        c = (struct code_row){ store_column_int(r, 0), people__text(plan->arena, r, 1), store_column_int(r, 2),
                               store_column_int(r, 3), store_column_int(r, 4), store_column_int(r, 5) };
    }
    store_rows_end(r);
    return c;
}

static void write_code(const struct people_plan *plan, const char *address, const struct code_row *c)
{
    struct store_value row[] = { store_text(str_of(address)), store_int(c->version == 0 ? 1 : c->version),
                                 store_text(c->mac), store_int(c->at), store_int(c->tries), store_int(c->since),
                                 store_int(c->count) };
    (c->version == 0 ? store_insert : store_update)(plan->change, STORE_TABLE_code, row);
}

/* How an address is sought, and how its code is kept. */
static enum error_code mac_of(struct people *p, struct arena *a, struct people_address address, str code,
                              char ret[PEOPLE_TOKEN], struct error *err)
{
    return people__mac(p, arena_printf(a, "%c%.*s\n%.*s", address.mail ? 'm' : 't', STR_ARG(address.text),
                                       STR_ARG(code)), ret, err);
}

static enum error_code too_many(struct error *err)
{
    error_set(err, ERROR_LIMIT, "a code was sent there a short time ago");
    error_detail(err, "one each %d seconds, and %d a day", LIMIT_PEOPLE_CODE_WAIT_SECONDS, LIMIT_PEOPLE_CODES);
    error_hint(err, "look whether it has arrived; otherwise ask again later");
    return ERROR_LIMIT;
}

static str letter_of(struct arena *a, str code, enum lang lang)
{
    return arena_printf(a, lang_text(lang, "Your code is %.*s. It can be used once within %d minutes. Tell it to "
                                           "nobody: the office never asks for it."),
                        STR_ARG(code), LIMIT_PEOPLE_CODE_SECONDS / 60);
}

static enum error_code plan_code(const struct people_plan *plan, struct people_address address, const char *sought,
                                 str digits, const char *mac, struct error *err)
{
    struct code_row c = read_code(plan, sought);
    bool fresh = plan->now - c.since >= LIMIT_PEOPLE_CODES_SECONDS * PEOPLE_SECOND;
    if (c.version != 0 && (plan->now - c.at < LIMIT_PEOPLE_CODE_WAIT_SECONDS * PEOPLE_SECOND ||
                           (!fresh && c.count >= LIMIT_PEOPLE_CODES))) {
        return too_many(err);
    }
    c.mac = str_of(mac);
    c.at = plan->now;
    c.tries = 0;
    c.since = fresh ? plan->now : c.since;
    c.count = fresh ? 1 : c.count + 1;
    write_code(plan, sought, &c);
    enum error_code code = people_letter_put(plan, address,
                                             letter_of(plan->arena, digits, err == NULL ? LANG_ZH : err->lang), err);
    return code == OK ? people__note(plan, "send code", "person", 0, NULL, 0, err) : code;
}

enum error_code people_code_send(struct people *p, struct people_address address, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct people_plan plan;
    char sought[PEOPLE_TOKEN], mac[PEOPLE_TOKEN];
    str digits = arena_printf(&a, "%06u", (unsigned)randombytes_uniform(1000000));
    enum error_code code = mac_of(p, &a, address, STR(""), sought, err);
    if (code == OK) {
        code = mac_of(p, &a, address, digits, mac, err);
    }
    if (code == OK) {
        code = people_begin(p, &a, 0, now, &plan, err);
    }
    if (code == OK) {
        bool stale;
        code = people_finish(&plan, plan_code(&plan, address, sought, digits, mac, err), &stale, err);
        code = stale ? too_many(err) : code;
    }
    sodium_memzero((char *)digits.ptr, digits.len);
    arena_release(&a);
    return code;
}

/* ---- Logging in ---- */

struct attempt {
    struct people *people;
    struct arena *arena;
    struct people_address address;
    char sought[PEOPLE_TOKEN], mac[PEOPLE_TOKEN];
    bool right;
};

static enum error_code refuse(struct error *err)
{
    error_set(err, ERROR_INVALID, "the code is wrong, used up or too old");
    error_detail(err, "a code can be used once within %d minutes, and is worthless after %d wrong ones",
                 LIMIT_PEOPLE_CODE_SECONDS / 60, LIMIT_PEOPLE_CODE_TRIES);
    error_hint(err, "have another one sent");
    return ERROR_INVALID;
}

/* Looks at the code and uses it up, or counts the wrong one. */
static enum error_code plan_attempt(struct attempt *t, const struct people_plan *plan, struct error *err)
{
    struct code_row c = read_code(plan, t->sought);
    bool good = c.version != 0 && c.mac.len == sizeof t->mac - 1 && c.tries < LIMIT_PEOPLE_CODE_TRIES &&
                plan->now - c.at < LIMIT_PEOPLE_CODE_SECONDS * PEOPLE_SECOND;
    t->right = good && sodium_memcmp(c.mac.ptr, t->mac, c.mac.len) == 0;
    if (!t->right) {
        c.tries++;
        if (c.version != 0) {
            write_code(plan, t->sought, &c);
        }
        return people__note(plan, "refuse code", "person", 0, NULL, 0, err);
    }
    c.mac = STR("");
    write_code(plan, t->sought, &c);
    return OK;
}

static enum error_code insert_account(const struct attempt *t, const struct people_plan *plan, int64_t id,
                                      struct error *err)
{
    str box;
    enum error_code code = people__box(plan->people, plan->arena, key_of(plan->arena, id), id,
                                       people__address_line(plan->arena, t->address, STR("")), &box, err);
    if (code != OK) {
        return code;
    }
    store_insert(plan->change, STORE_TABLE_person,
                 (struct store_value[PEOPLE__PERSON_COLUMNS]){
                     store_int(id), store_int(1), store_text(key_of(plan->arena, id)), store_text(STR("")),
                     store_int(0), store_text(STR("")), store_text(str_of(people__state_name(PEOPLE_ACTIVE))),
                     store_int(0), store_int(0), store_int(plan->now), store_int(0) });
    store_insert(plan->change, STORE_TABLE_account,
                 (struct store_value[]){ store_int(id), store_int(1), store_text(str_of(t->sought)),
                                         store_bytes(box) });
    return people__note(plan, "create account", "person", id, NULL, 0, err);
}

static enum error_code plan_login(struct attempt *t, const struct people_plan *plan, struct people_login *ret,
                                  struct error *err)
{
    enum error_code code = plan_attempt(t, plan, err);
    if (code != OK || !t->right) {
        return code;
    }
    int64_t id = people__number(plan->view, "SELECT person FROM account WHERE address = ?",
                                PEOPLE__ARGS(store_text(str_of(t->sought))));
    if (id == 0) {
        id = store_id(plan->people->store, err);
        code = id == 0 ? ERROR_IO : insert_account(t, plan, id, err);
    }
    struct people_plan own = *plan;
    own.actor = id;
    return code == OK ? people_session_open(&own, id, ret->token, &ret->session, err) : code;
}

static enum error_code finish(struct attempt *t, int64_t now, struct people_login *ret, struct error *err)
{
    bool stale = true;
    enum error_code code = OK;
    for (int i = 0; i < TRIES && stale; i++) {
        struct people_plan plan;
        code = people_begin(t->people, t->arena, 0, now, &plan, err);
        if (code != OK) {
            return code;
        }
        code = people_finish(&plan, plan_login(t, &plan, ret, err), &stale, err);
    }
    return code == OK && !t->right ? refuse(err) : code;
}

/* The digits that were typed; what is no code is compared like a wrong one. */
static str digits_of(struct arena *a, str typed)
{
    str s = typed.len > 2 * DIGITS + 2 ? STR("") : bare(typed, a);
    return s.len == DIGITS && is_digits(s) ? s : STR("none");
}

enum error_code people_code_use(struct people *p, struct people_address address, str code, int64_t now,
                                struct people_login *ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct attempt t = { .people = p, .arena = &a, .address = address };
    struct people_login made = { 0 };
    enum error_code result = mac_of(p, &a, address, STR(""), t.sought, err);
    if (result == OK) {
        result = mac_of(p, &a, address, digits_of(&a, code), t.mac, err);
    }
    if (result == OK) {
        result = finish(&t, now, &made, err);
    }
    if (result == OK) {
        *ret = made;
    }
    arena_release(&a);
    return result;
}

/* ---- Changing ---- */

enum error_code people_account_rename(const struct people_plan *plan, int64_t person, str name, struct error *err)
{
    struct people_account account;
    str box = STR("");
    enum error_code code = people_account(plan->people, plan->view, plan->arena, person, &account, err);
    if (code == OK) {
        code = people__check_name(name, err);
    }
    if (code == OK) {
        code = people__box(plan->people, plan->arena, key_of(plan->arena, person), person,
                           people__address_line(plan->arena, account.address, name), &box, err);
    }
    if (code != OK) {
        return code;
    }
    store_update(plan->change, STORE_TABLE_account,
                 (struct store_value[]){ store_int(person), store_int(account.version), store_keep(),
                                         store_bytes(box) });
    return people__note(plan, "change", "person", person, NULL, 0, err);
}

enum error_code people_account_close(const struct people_plan *plan, int64_t person, struct error *err)
{
    struct people_account account;
    const struct people_binding *bindings;
    enum error_code code = people_account(plan->people, plan->view, plan->arena, person, &account, err);
    if (code != OK) {
        return code;
    }
    uint32_t count = people_bindings(plan->view, plan->arena, person, 0, false, UINT16_MAX, &bindings);
    for (uint32_t i = 0; i < count && code == OK; i++) {
        if (bindings[i].state == PEOPLE_REQUESTED || bindings[i].state == PEOPLE_BOUND) {
            code = people_binding_end(plan, bindings[i].id, STR("account closed"), err);
        }
    }
    str closed = arena_printf(plan->arena, "closed %lld", (long long)person);
    store_update(plan->change, STORE_TABLE_account,
                 (struct store_value[]){ store_int(person), store_int(account.version), store_text(closed),
                                         store_keep() });
    return code == OK ? people_person_close(plan, person, err) : code;
}

enum error_code people_account_forget(struct people *p, int64_t person, struct error *err)
{
    struct arena a = ARENA_INIT;
    enum error_code code = store_key_destroy(p->store, key_of(&a, person), err);
    arena_release(&a);
    return code;
}
