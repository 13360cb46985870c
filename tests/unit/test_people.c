/* test_people: offices, accounts, sessions and logins, over a store. What people_may says is the business of
 * tests/people.c, the audit chain that of test_people_chain.c. */
#include "people/people_int.h"

#include "people_world.h"

#include "base/clock.h"

static const char good_password[] = "correct horse battery";

/* ---- Offices ---- */

static bool within(int64_t a, int64_t b)
{
    begin();
    bool result = people_within(plan.tree, a, b);
    end(OK);
    return result;
}

static void test_offices(void)
{
    int64_t top = office(0, "33"), city = office(top, "3301"), south = office(city, "330114");
    int64_t other = office(top, "3302");
    ok(top != 0 && south != 0, "offices are added");
    ok(within(south, top) && within(south, south) && within(south, 0), "an office is within those above it");
    ok(!within(top, south) && !within(south, other), "and not within others");
    ok(!within(999, top) && !within(999, 0) && !within(south, 999), "an unknown office is nowhere");
    refused(people_office_add(&plan, top, STR("3301"), STR("x"), STR("city"), &other, &err), ERROR_INVALID,
            "with this code", "a code is used once");
    refused(people_office_add(&plan, top, STR("a@b"), STR("x"), STR("city"), &other, &err), ERROR_INVALID,
            "cannot be the code", "a code has no @");
    refused(people_office_add(&plan, 999, STR("x"), STR("x"), STR("city"), &other, &err), ERROR_MISSING,
            "no such office", "a parent must be there");
    refused(people_office_move(&plan, top, south, &err), ERROR_INVALID, "below itself", "no ring of three");
    refused(people_office_move(&plan, top, top, &err), ERROR_INVALID, "below itself", "no ring of one");
    done(people_office_move(&plan, south, other, &err), "an office moves");
    ok(within(south, other) && !within(south, city), "and is within the other");
    done(people_office_rename(&plan, south, STR("钱塘区"), &err), "an office gets another name");
    begin();
    is_str(people_office(plan.tree, south)->name, STR("钱塘区"), "which the tree has");
    is_int(people_office_by_code(plan.tree, STR("330114"))->id, south, "an office is found by its code");
    ok(people_office_by_code(plan.tree, STR("")) == NULL, "no code, no office");
    end(OK);
}

/* Two moves that are fine each, and a ring together. */
static void test_moves_at_once(void)
{
    int64_t a = office(0, "A"), b = office(0, "B");
    struct people_plan first, second;
    bool stale = false;
    ok(people_begin(people, &arena, 0, now, &first, &err) == OK &&
           people_begin(people, &arena, 0, now, &second, &err) == OK, "two plans at once");
    enum error_code one = people_office_move(&first, a, b, &err), two = people_office_move(&second, b, a, &err);
    ok(one == OK && two == OK, "neither sees a ring");
    ok(people_finish(&first, one, NULL, &err) == OK, "the first commits");
    ok(people_finish(&second, two, &stale, &err) == ERROR_INVALID && stale, "the second is stale");
    ok(within(a, b) && !within(b, a), "there is no ring");
}

static void test_tree_is_kept(void)
{
    struct people_plan old;
    ok(people_begin(people, &arena, 0, now, &old, &err) == OK, "a plan with a tree");
    begin();
    ok(plan.tree == old.tree, "two plans have the same tree in memory");
    end(OK);
    uint32_t count = old.tree->count;
    office(0, "later");
    begin();
    ok(plan.tree != old.tree && plan.tree->count == count + 1, "a change gives another tree");
    end(OK);
    is_int(old.tree->count, count, "the old one stays for whoever has it");
    people_finish(&old, OK, NULL, &err);
}

/* Threads that read the tree while offices are added: what each sees grows, and is whole. */
struct reader {
    pthread_t thread;
    bool good;
};

static void *read_trees(void *context)
{
    struct reader *r = context;
    uint32_t seen = 0;
    r->good = true;
    for (int i = 0; i < 200; i++) {
        struct store_view *v;
        const struct people_tree *tree;
        if (store_view(store, &v, NULL) != OK || people_tree(people, v, &tree, NULL) != OK) {
            r->good = false;
            return NULL;
        }
        store_view_end(v);
        const struct people_office *last = &tree->offices[tree->count - 1];
        r->good = r->good && tree->count >= seen && people_office_by_code(tree, last->code) == last &&
                  people_within(tree, last->id, 0);
        seen = tree->count;
        people_tree_end(people, tree);
    }
    return NULL;
}

static void test_tree_threads(void)
{
    struct reader readers[4];
    char code[16];
    bool good = true;
    for (size_t i = 0; i < 4; i++) {
        pthread_create(&readers[i].thread, NULL, read_trees, &readers[i]);
    }
    for (int i = 0; i < 20; i++) {
        snprintf(code, sizeof code, "thread%d", i);
        good = office(0, code) != 0 && good;
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(readers[i].thread, NULL);
        good = good && readers[i].good;
    }
    ok(good, "four threads read the tree while it grows");
    is_int((int64_t)people->tree->users, 1, "and nobody but the memory has it afterwards");
}

/* Fills the table behind the module's back, which adds one office in a unit. */
static void test_office_limit(void)
{
    int64_t count = count_of("SELECT count(*) FROM office");
    char code[16];
    while (count < LIMIT_PEOPLE_OFFICES) {
        begin();
        for (int i = 0; i < 400 && count < LIMIT_PEOPLE_OFFICES; i++, count++) {
            snprintf(code, sizeof code, "n%d", (int)count);
            store_insert(plan.change, STORE_TABLE_office,
                         (struct store_value[]){ store_int(1000000 + count), store_int(1), store_int(0),
                                                 store_text(str_of(code)), store_text(STR("x")),
                                                 store_text(STR("x")) });
        }
        store_take(plan.change, STR("office tree"));
        if (end(OK) != OK) {
            bail("no offices");
        }
    }
    int64_t id = 0;
    refused(people_office_add(&plan, 0, STR("one more"), STR("x"), STR("x"), &id, &err), ERROR_INVALID, "code",
            "a code has no blank");
    refused(people_office_add(&plan, 0, STR("onemore"), STR("x"), STR("x"), &id, &err), ERROR_LIMIT, "too many",
            "PEOPLE_OFFICES");
    int64_t first = count_of("SELECT min(id) FROM office");
    done(people_office_rename(&plan, first, STR("示例"), &err), "the tree changes");
    struct store_view *v;
    const struct people_tree *tree;
    ok(store_view(store, &v, &err) == OK, "a view");
    int64_t began = clock_monotonic_nanos();
    ok(people_tree(people, v, &tree, &err) == OK && tree->count == LIMIT_PEOPLE_OFFICES, "and is read");
    printf("# %d offices are read in %.1f ms\n", LIMIT_PEOPLE_OFFICES, (double)(clock_monotonic_nanos() - began) / 1e6);
    store_view_end(v);
    people_tree_end(people, tree);
}

static void test_depth(void)
{
    char code[16] = "depth";
    int64_t parent = 0, above = 0, made = 0;
    for (int i = 0; i < LIMIT_PEOPLE_OFFICE_DEPTH; i++) {
        snprintf(code, sizeof code, "depth%d", i);
        above = parent;
        parent = office(parent, code);
        made += parent != 0;
    }
    is_int(made, LIMIT_PEOPLE_OFFICE_DEPTH, "offices nest to the limit");
    int64_t id = 0, low = office(0, "low"), lower = office(low, "lower");
    refused(people_office_add(&plan, parent, STR("deeper"), STR("x"), STR("x"), &id, &err), ERROR_LIMIT, "too deep",
            "PEOPLE_OFFICE_DEPTH");
    refused(people_office_move(&plan, low, above, &err), ERROR_LIMIT, "too deep", "a move counts what is below");
    done(people_office_move(&plan, lower, above, &err), "of which the lowest has nothing");
}

/* ---- Persons ---- */

static char long_text[2048];

static str longer(size_t length)
{
    memset(long_text, 'x', sizeof long_text);
    return (str){ long_text, length };
}

static void test_persons(void)
{
    int64_t o = office(0, "persons"), id = 0, p = person("Zhang.San", o);
    struct people_person read;
    begin();
    ok(people_person_by_login(plan.view, &arena, STR("ZHANG.san"), &read, &err) == OK && read.id == p,
       "a login is found in whatever case");
    ok(read.state == PEOPLE_ACTIVE && read.password.len == 0, "active, without password");
    end(OK);
    refused(people_person_create(&plan, STR("zhang.san"), STR("x"), o, &id, &err), ERROR_INVALID, "taken",
            "a login is used once");
    refused(people_person_create(&plan, STR("li si"), STR("x"), o, &id, &err), ERROR_INVALID, "a login",
            "a login has no blanks");
    refused(people_person_create(&plan, longer(LIMIT_PEOPLE_WORD + 1), STR("x"), o, &id, &err), ERROR_LIMIT, "a login",
            "PEOPLE_WORD");
    refused(people_person_create(&plan, STR("li"), longer(LIMIT_PEOPLE_NAME + 1), o, &id, &err), ERROR_LIMIT, "name",
            "PEOPLE_NAME");
    refused(people_person_create(&plan, STR("li"), STR("  "), o, &id, &err), ERROR_INVALID, "name", "a name is needed");
    refused(people_person_create(&plan, STR("li"), STR("x"), 999, &id, &err), ERROR_MISSING, "office",
            "an office is needed");
    int64_t o2 = office(o, "persons-2");
    done(people_person_change(&plan, p, STR("张三"), o2, &err), "name and office change");
    done(people_person_close(&plan, p, &err), "an account is closed");
    refused(people_person_close(&plan, p, &err), ERROR_INVALID, "closed", "once");
    refused(people_password_set(&plan, p, "x", &err), ERROR_INVALID, "closed", "a closed account gets no password");
}

/* ---- Passwords and logins ---- */

static int64_t with_password(const char *login)
{
    int64_t id = person(login, count_of("SELECT min(id) FROM office"));
    char hash[PEOPLE_HASH];
    ok(people_password_hash(people, STR(good_password), NULL, 0, hash, &err) == OK, "a password is hashed");
    done(people_password_set(&plan, id, hash, &err), "and set");
    return id;
}

static enum error_code try_login(const char *login, const char *password, struct people_login *ret)
{
    err = (struct error){ 0 };
    return people_login(people, str_of(login), str_of(password), now, ret, &err);
}

/* So long, and no run. */
static str long_password(size_t length)
{
    for (size_t i = 0; i < sizeof long_text; i++) {
        long_text[i] = (char)('a' + (i * i * 7 + i / 3) % 26);
    }
    return (str){ long_text, length };
}

/* What whoever guesses gets at once counts as one character. */
static const struct {
    const char *password;
    uint32_t pieces;
} guessed[] = {
    { "password1234", 2 },
    { "P@ssw0rd!!!!", 2 },
    { "qwertyuiop12", 3 },
    { "1qaz2wsx3edc", 1 },
    { "zaq1xsw2cde3", 3 },
    { "aaaaaaaaaaaaaaa", 1 },
    { "abcdefghijkl", 1 },
    { "987654321098", 3 },
    { "19850312wang", 3 },
    { "woaini1314520", 2 },
    { "gongshi@2026", 3 },
    { "admin888admin", 3 },
    { "xk7pxk7pxk7p", 6 },      /* itself again, twice */
    { "li.wei2026!!", 7 },      /* the login's parts: "li" is too short for one */
    { "zhangsan1985", 2 },      /* his name */
    { "示例区城市管理局123456", 2 }, /* his office */
    { "示例区城市管理局很好的地方", 6 },
    { "correct horse battery", 21 },
    { "a long password of tests", 14 },
    { "明月几时有把酒问青天", 10 },
};

static void test_guessed(void)
{
    str own[] = { STR("Li.Wei"), STR("ZhangSan"), STR("示例区城市管理局") };
    for (size_t i = 0; i < sizeof guessed / sizeof guessed[0]; i++) {
        uint32_t got = people__pieces(str_of(guessed[i].password), own, 3);
        ok(got == guessed[i].pieces, "%s: %u pieces (%u)", guessed[i].password, guessed[i].pieces, got);
    }
    char hash[PEOPLE_HASH];
    ok(people_password_hash(people, STR("Password202611"), NULL, 0, hash, &err) == ERROR_LIMIT &&
           strstr(err.detail, "PEOPLE_PASSWORD_PIECES") != NULL, "PEOPLE_PASSWORD_PIECES");
    ok(people_password_hash(people, STR("baizhantang39"), NULL, 0, hash, &err) == OK, "somebody else's name will do");
    ok(people_password_hash(people, STR("baizhantang39"), &STR("baizhantang"), 1, hash, &err) == ERROR_LIMIT,
       "one's own does not");
    int64_t id = person("tong.xiangyu", office(count_of("SELECT min(id) FROM office"), "inn"));
    str names[PEOPLE_OWN];
    struct arena a = ARENA_INIT;
    struct store_view *v;
    ok(store_view(people->store, &v, &err) == OK, "a view");
    uint32_t count = people_own_names(people, v, &a, id, names);
    ok(count == 4 && str_eq(names[0], STR("tong.xiangyu")), "one's own names: login, name, offices up to the top");
    store_view_end(v);
    arena_release(&a);
}

static void test_passwords(void)
{
    char hash[PEOPLE_HASH];
    ok(people_password_hash(people, STR("eleven char"), NULL, 0, hash, &err) == ERROR_LIMIT, "PEOPLE_PASSWORD_MIN");
    ok(people_password_hash(people, STR("十二个汉字就是足够长的啊"), NULL, 0, hash, &err) == OK, "characters count, not bytes");
    ok(people_password_hash(people, STR("四个汉字"), NULL, 0, hash, &err) == ERROR_LIMIT, "of which four are too few");
    ok(people_password_hash(people, longer(LIMIT_PEOPLE_PASSWORD_BYTES + 1), NULL, 0, hash, &err) == ERROR_LIMIT,
       "PEOPLE_PASSWORD_BYTES");
    ok(people_password_hash(people, STR("\xff\xfe bytes bytes"), NULL, 0, hash, &err) == ERROR_INVALID, "text only");
    ok(people_password_hash(people, STR(good_password), NULL, 0, hash, &err) == OK &&
           strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0, "Argon2id, 19 MiB, 2 passes, 1 lane");
    bool right = true;
    ok(people__password_is(people, STR(""), STR(""), &right, &err) == OK && !right, "no hash, no password");
    ok(people__password_is(people, str_of(hash), STR(good_password), &right, &err) == OK && right, "the right one");
    str longest = long_password(LIMIT_PEOPLE_PASSWORD_BYTES);
    ok(people_password_hash(people, longest, NULL, 0, hash, &err) == OK, "the longest one");
    ok(people__password_is(people, str_of(hash), long_password(LIMIT_PEOPLE_PASSWORD_BYTES + 1), &right, &err) == OK &&
           !right, "is not one that goes on");
}

static int64_t cheapest_check(str hash)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < 5; i++) {
        bool right;
        int64_t began = clock_cpu_nanos();
        people__password_is(people, hash, STR("wrong password"), &right, &err);
        int64_t took = clock_cpu_nanos() - began;
        least = took < least ? took : least;
    }
    return least;
}

/* Were the hash that nobody's password is compared with not well formed, nothing would be computed. */
static void test_same_work(void)
{
    char hash[PEOPLE_HASH];
    people_password_hash(people, STR(good_password), NULL, 0, hash, &err);
    int64_t known = cheapest_check(str_of(hash)), unknown = cheapest_check(STR(""));
    ok(unknown > known / 2 && known > unknown / 2, "an unknown login costs what a known one costs");
    printf("# %.1f ms and %.1f ms\n", (double)known / 1e6, (double)unknown / 1e6);
}

static void test_login(void)
{
    int64_t id = with_password("wang");
    struct people_login in = { 0 };
    ok(try_login("Wang", good_password, &in) == OK && in.session.person == id, "the right password logs in");
    is_int((int64_t)strlen(in.token), 64, "with a token of 32 bytes");
    char words[1200];
    ok(try_login("wang", "wrong password", &in) == ERROR_INVALID, "a wrong one does not");
    snprintf(words, sizeof words, "%s|%s|%s", err.message, err.detail, err.hint);
    int64_t rows = count_of("SELECT count(*) FROM audit WHERE verb = 'refuse login'");
    ok(try_login("nobody", "wrong password", &in) == ERROR_INVALID, "nor a login that nobody has");
    char other[1200];
    snprintf(other, sizeof other, "%s|%s|%s", err.message, err.detail, err.hint);
    is_str(str_of(other), str_of(words), "in the same words");
    ok(try_login("not a\xff login", "x", &in) == ERROR_INVALID, "nor what can be none");
    is_int(count_of("SELECT count(*) FROM audit WHERE verb = 'refuse login'"), rows + 2, "each refusal is a row");
    int64_t none = person("nopass", count_of("SELECT min(id) FROM office"));
    ok(none != 0 && try_login("nopass", "", &in) == ERROR_INVALID, "nor an account without a password");
    done(people_person_close(&plan, id, &err), "closed");
    ok(try_login("wang", good_password, &in) == ERROR_INVALID, "a closed account does not log in");
}

/* What the lock lets through: whether the right password is taken this many seconds after the last attempt. */
static bool opens_after(const char *login, int64_t seconds)
{
    struct people_login in;
    int64_t before = now;
    now += seconds * PEOPLE_SECOND;
    bool opened = try_login(login, good_password, &in) == OK;
    now = before;
    return opened;
}

static void fail_times(const char *login, int times)
{
    struct people_login in;
    for (int i = 0; i < times; i++) {
        try_login(login, "wrong password", &in);
    }
}

static void test_lock(void)
{
    with_password("zhao");
    fail_times("zhao", LIMIT_PEOPLE_FAILURES - 1);
    ok(opens_after("zhao", 0), "four failures do not lock");
    fail_times("zhao", LIMIT_PEOPLE_FAILURES - 1);
    ok(opens_after("zhao", 0), "and a success forgets them");
    fail_times("zhao", LIMIT_PEOPLE_FAILURES);
    ok(!opens_after("zhao", LIMIT_PEOPLE_LOCK_SECONDS - 1), "PEOPLE_FAILURES lock, for PEOPLE_LOCK_SECONDS");
    fail_times("zhao", 3);
    is_int(count_of("SELECT failures FROM person WHERE login = 'zhao'"), LIMIT_PEOPLE_FAILURES,
           "failures under the lock do not lengthen it");
    now += LIMIT_PEOPLE_LOCK_SECONDS * PEOPLE_SECOND;
    fail_times("zhao", 1);
    ok(!opens_after("zhao", 2 * LIMIT_PEOPLE_LOCK_SECONDS - 1), "the next lock is twice as long");
    ok(opens_after("zhao", 2 * LIMIT_PEOPLE_LOCK_SECONDS), "and ends");
    struct people_login in;
    for (int i = 0; i < 12; i++) {
        now += LIMIT_PEOPLE_LOCK_MAX_SECONDS * PEOPLE_SECOND;
        try_login("zhao", "wrong password", &in);
    }
    ok(!opens_after("zhao", LIMIT_PEOPLE_LOCK_MAX_SECONDS - 1), "locks grow");
    ok(opens_after("zhao", LIMIT_PEOPLE_LOCK_MAX_SECONDS), "up to PEOPLE_LOCK_MAX_SECONDS");
}

/* A guess that is compared before the lock and planned after it. */
struct racer {
    pthread_t thread;
    bool in;
};

static void *race(void *context)
{
    struct racer *r = context;
    struct people_login in;
    struct error e = { 0 };
    r->in = people_login(people, STR("sun"), STR("wrong password"), now, &in, &e) == OK;
    return NULL;
}

static void test_guesses_at_once(void)
{
    with_password("sun");
    struct racer racers[16];
    for (size_t i = 0; i < 16; i++) {
        pthread_create(&racers[i].thread, NULL, race, &racers[i]);
    }
    bool any = false;
    for (size_t i = 0; i < 16; i++) {
        pthread_join(racers[i].thread, NULL);
        any = any || racers[i].in;
    }
    ok(!any, "sixteen wrong guesses at once");
    is_int(count_of("SELECT failures FROM person WHERE login = 'sun'"), LIMIT_PEOPLE_FAILURES,
           "count up to the lock and no further");
    ok(!opens_after("sun", 0), "which then holds");
    is_int(people->hashing, 0, "no hashing is left over");
}

static void test_hashes_waiting(void)
{
    char hash[PEOPLE_HASH];
    pthread_mutex_lock(&people->lock);
    people->hashing = LIMIT_PEOPLE_HASHES;
    people->waiting = LIMIT_PEOPLE_HASHES_WAITING;
    pthread_mutex_unlock(&people->lock);
    err = (struct error){ 0 };
    ok(people_password_hash(people, STR(good_password), NULL, 0, hash, &err) == ERROR_LIMIT &&
           strstr(err.detail, "PEOPLE_HASHES_WAITING") != NULL, "PEOPLE_HASHES_WAITING behind PEOPLE_HASHES");
    people->hashing = 0;
    people->waiting = 0;
}

static void test_first(void)
{
    char code[PEOPLE_CODE], again[PEOPLE_CODE];
    int64_t id = 0;
    struct people_login in;
    ok(people_first(people, now, code, &err) == OK && strlen(code) == PEOPLE_CODE - 1, "a code is made");
    ok(people_first(people, now, again, &err) == OK && strcmp(code, again) != 0, "and another one");
    ok(people_first_use(people, str_of(code), STR("root"), STR("管理员"), STR(good_password), now, &id, &err) ==
           ERROR_INVALID, "which makes the first worthless");
    ok(people_first_use(people, str_of(again), STR("root"), STR("管理员"), STR(good_password),
                        now + LIMIT_PEOPLE_FIRST_SECONDS * PEOPLE_SECOND, &id, &err) == ERROR_INVALID,
       "PEOPLE_FIRST_SECONDS later it is worth nothing");
    ok(people_first_use(people, str_of(again), STR("root"), STR("管理员"), STR("short"), now, &id, &err) ==
           ERROR_LIMIT, "a short password is refused");
    char bare[PEOPLE_CODE] = "";
    for (size_t i = 0, n = 0; again[i] != '\0'; i++) {
        bare[n] = again[i];
        n += again[i] != '-';
        bare[n] = '\0';
    }
    ok(try_login("first", bare, &in) == ERROR_INVALID, "the code is no password");
    for (char *c = again; *c != '\0'; c++) {
        *c = *c == '-' ? ' ' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    }
    ok(people_first_use(people, str_of(again), STR("Root"), STR("管理员"), STR(good_password), now, &id, &err) == OK,
       "it is used, in capitals and with blanks");
    ok(people_first_use(people, str_of(again), STR("evil"), STR("x"), STR(good_password), now, &id, &err) ==
           ERROR_INVALID, "once");
    ok(try_login("root", good_password, &in) == OK, "the administrator logs in");
    begin();
    struct people_actor actor;
    ok(people_actor(plan.view, plan.tree, &arena, in.session.person, now, &actor, &err) == OK && actor.count == 1 &&
           str_eq(actor.grants[0].role, STR("administrator")), "and has his role");
    end(OK);
    ok(people_first(people, now, code, &err) == OK && code[0] == '\0', "then there is no code any more");
}

/* ---- Sessions ---- */

static bool lasts(const char *token, int64_t at)
{
    struct people_session s;
    begin();
    bool good = people_session(plan.view, str_of(token), at, &s, &err) == OK;
    end(OK);
    return good;
}

static void test_sessions(void)
{
    int64_t id = with_password("qian");
    struct people_login in;
    ok(try_login("qian", good_password, &in) == OK, "a session begins");
    ok(lasts(in.token, now), "and is found by its token");
    ok(!lasts(in.session.key, now), "not by what is stored");
    ok(people_csrf_is(&in.session, str_of(in.session.csrf)) && !people_csrf_is(&in.session, str_of(in.token)) &&
           !people_csrf_is(&in.session, STR("")), "its CSRF token is its own");
    int64_t idle = LIMIT_PEOPLE_IDLE_SECONDS * PEOPLE_SECOND;
    ok(lasts(in.token, now + idle - 1) && !lasts(in.token, now + idle), "PEOPLE_IDLE_SECONDS end it");
    begin();
    ok(!people_session_seen(&plan, &in.session), "that it is used is not noted at once");
    end(OK);
    int64_t began = now;
    now += LIMIT_PEOPLE_SEEN_SECONDS * PEOPLE_SECOND;
    begin();
    ok(people_session_seen(&plan, &in.session), "but after PEOPLE_SEEN_SECONDS");
    ok(end(OK) == OK, "the note is written");
    ok(lasts(in.token, began + idle), "and puts the end off");
    struct people_session s = in.session;
    while (now + idle / 2 < began + LIMIT_PEOPLE_SESSION_SECONDS * PEOPLE_SECOND) {
        now += idle / 2;
        begin();
        people_session(plan.view, str_of(in.token), now, &s, &err);
        people_session_seen(&plan, &s);
        end(OK);
    }
    ok(lasts(in.token, s.until - 1) && !lasts(in.token, s.until), "PEOPLE_SESSION_SECONDS end it, however busy");
    begin();
    people_session_sweep(&plan);
    ok(end(OK) == OK && lasts(in.token, now), "what lasts is not swept");
    now = began + 3 * DAY;
    begin();
    ok(people_session_sweep(&plan) >= 1, "what has ended is");
    ok(end(OK) == OK, "swept");
    is_int(count_of("SELECT count(*) FROM session"), 0, "none is left");
    ok(id != 0, "of that person");
}

static void test_session_ends(void)
{
    int64_t id = with_password("feng");
    struct people_login in, first;
    ok(try_login("feng", good_password, &first) == OK && try_login("feng", good_password, &in) == OK, "two sessions");
    done(people_session_end(&plan, &in.session, &err), "one ends");
    ok(!lasts(in.token, now) && lasts(first.token, now), "and only that one");
    for (int i = 0; i < LIMIT_PEOPLE_SESSIONS; i++) {
        now += PEOPLE_SECOND;
        try_login("feng", good_password, &in);
    }
    ok(lasts(in.token, now) && !lasts(first.token, now), "past PEOPLE_SESSIONS the oldest ends");
    is_int(count_of("SELECT count(*) FROM session"), LIMIT_PEOPLE_SESSIONS, "so that so many are left");
    done(people_session_end_all(&plan, id, &err), "all end");
    ok(!lasts(in.token, now), "at once");
    ok(try_login("feng", good_password, &in) == OK, "another session");
    char hash[PEOPLE_HASH];
    people_password_hash(people, STR("another good password"), NULL, 0, hash, &err);
    done(people_password_set(&plan, id, hash, &err), "another password");
    ok(!lasts(in.token, now), "ends it");
    ok(try_login("feng", "another good password", &in) == OK, "and opens the next");
    done(people_person_close(&plan, id, &err), "closing the account");
    ok(!lasts(in.token, now), "ends it too");
}

/* Closed by other means than the act, which ends the sessions itself. */
static void test_session_of_closed(void)
{
    int64_t id = with_password("chen");
    struct people_login in;
    struct people_person p;
    ok(try_login("chen", good_password, &in) == OK && lasts(in.token, now), "a session");
    begin();
    people_person(plan.view, &arena, id, &p, &err);
    p.state = PEOPLE_CLOSED;
    people__person_update(&plan, &p);
    end(OK);
    ok(!lasts(in.token, now), "is nothing without an active person");
    ok(try_login("chen", good_password, &in) == ERROR_INVALID, "who does not log in either");
}

/* Neither token nor password stands in the columns that are nearest. */
static void test_secrets(void)
{
    struct people_login in;
    with_password("secret");
    try_login("secret", good_password, &in);
    ok(count_of("SELECT count(*) FROM session") >= 1, "a session is stored");
    struct store_view *v;
    ok(store_view(store, &v, &err) == OK, "a view");
    is_int(people__number(v, "SELECT count(*) FROM session WHERE token = ? OR csrf = ?",
                          PEOPLE__ARGS(store_text(str_of(in.token)), store_text(str_of(in.token)))), 0,
           "but not its token");
    is_int(people__number(v, "SELECT count(*) FROM person WHERE password = ?",
                          PEOPLE__ARGS(store_text(STR(good_password)))), 0, "nor a password");
    store_view_end(v);
}

int main(void)
{
    world_begin();
    test_first();
    test_offices();
    test_moves_at_once();
    test_tree_is_kept();
    test_tree_threads();
    test_depth();
    test_persons();
    test_passwords();
    test_guessed();
    test_same_work();
    test_login();
    test_lock();
    test_guesses_at_once();
    test_hashes_waiting();
    test_sessions();
    test_session_ends();
    test_session_of_closed();
    test_secrets();
    test_office_limit();
    world_end();
    return tap_done();
}
