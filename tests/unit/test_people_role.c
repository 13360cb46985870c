/* test_people_role: roles and delegations. First what is refused and why, then a random life of a small office, of
 * which one law must hold at every instant: on behalf of another, nobody may what the other may not himself. */
#include "people/people_int.h"
#include "people_world.h"

static int64_t city, county, station, beside;
static int64_t li, wang, zhao;

static void make_offices(void)
{
    city = office(0, "3301");
    county = office(city, "330114");
    station = office(county, "330114-1");
    beside = office(city, "330105");
}

static struct people_actor actor_at(int64_t person, int64_t at)
{
    struct people_actor a = { 0 };
    begin();
    people_actor(plan.view, plan.tree, &arena, person, at, &a, &err);
    end(OK);
    return a;
}

/* The person on whose behalf, 0 in his own right, -1 not at all. */
static int64_t has_role(int64_t person, int64_t in, const char *role, int64_t at)
{
    struct people_actor a = actor_at(person, at);
    for (uint32_t i = 0; i < a.count; i++) {
        if (a.grants[i].office == in && str_eq(a.grants[i].role, str_of(role))) {
            return a.grants[i].on_behalf;
        }
    }
    return -1;
}

static enum error_code give(int64_t person, int64_t in, const char *role, int64_t since, int64_t until)
{
    return act(people_role_give(&plan, person, in, str_of(role), since, until, &err));
}

static enum error_code delegate(int64_t from, int64_t to, int64_t in, const char *role, int64_t since, int64_t until)
{
    return act(people_delegate(&plan, from, to, in, str_of(role), since, until, &err));
}

/* ---- Roles ---- */

static void test_roles(void)
{
    ok(give(li, county, "clerk", now, now + 10 * DAY) == OK, "a role is given");
    is_int(has_role(li, county, "clerk", now), 0, "in his own right");
    is_int(has_role(li, county, "clerk", now - 1), -1, "not before its beginning");
    is_int(has_role(li, county, "clerk", now + 10 * DAY - 1), 0, "up to its end");
    is_int(has_role(li, county, "clerk", now + 10 * DAY), -1, "and no further");
    ok(give(li, county, "clerk", now, 0) == OK && has_role(li, county, "clerk", now + 999 * DAY) == 0,
       "giving it again takes the place of the row");
    done(people_role_end(&plan, li, county, STR("clerk"), &err), "a role is ended");
    is_int(has_role(li, county, "clerk", now), -1, "at once");
    refused(people_role_end(&plan, li, county, STR("clerk"), &err), ERROR_MISSING, "does not have", "once");
    refused(people_role_give(&plan, li, county, STR("applicant"), now, 0, &err), ERROR_INVALID, "applicant",
            "nobody is applicant");
    refused(people_role_give(&plan, li, county, STR("a@b"), now, 0, &err), ERROR_INVALID, "a role", "a role has no @");
    refused(people_role_give(&plan, li, county, STR("x"), now, now, &err), ERROR_INVALID, "past", "nothing past");
    refused(people_role_give(&plan, li, 999, STR("x"), now, 0, &err), ERROR_MISSING, "office", "an office there is");
    refused(people_role_give(&plan, 999, county, STR("x"), now, 0, &err), ERROR_MISSING, "person", "a person there is");
}

static void test_giving(void)
{
    ok(people_giving(STR("clerk")) == PEOPLE_VERB_MANAGE && people_giving(STR("manager")) == PEOPLE_VERB_MANAGE,
       "a manager gives roles");
    ok(people_giving(STR("auditor")) == PEOPLE_VERB_APPOINT, "but not the one that looks at him");
    ok(people_giving(STR("administrator")) == PEOPLE_VERB_APPOINT, "nor the one that could give it");
}

static void test_auditor(void)
{
    int64_t a = person("auditor", city);
    ok(give(a, city, "auditor", now + DAY, 0) == OK, "an auditor, from tomorrow");
    ok(give(a, city, "clerk", now, 0) == ERROR_INVALID, "is no clerk today");
    ok(give(zhao, city, "clerk", now, now + DAY) == OK && give(zhao, city, "auditor", now, 0) == ERROR_INVALID,
       "a clerk is no auditor");
    ok(give(wang, city, "clerk", now, 0) == OK && delegate(wang, a, city, "clerk", now, now + DAY) == ERROR_INVALID,
       "nor on behalf of another");
    now += 2 * DAY;
    ok(give(zhao, city, "auditor", now, 0) == OK, "once the other role has ended he can be");
    act(people_role_end(&plan, zhao, city, STR("auditor"), &err));
    act(people_role_end(&plan, wang, city, STR("clerk"), &err));
}

static void test_room(void)
{
    int64_t p = person("many", city);
    char role[16];
    int given = 0;
    for (int i = 0; i < LIMIT_PEOPLE_ROLES; i++) {
        snprintf(role, sizeof role, "role%d", i);
        given += give(p, city, role, now, 0) == OK;
    }
    is_int(given, LIMIT_PEOPLE_ROLES, "as many roles as there is room for");
    ok(give(p, city, "another", now, 0) == ERROR_LIMIT, "PEOPLE_ROLES");
    ok(give(p, city, "role0", now, now + DAY) == OK, "one that is there may change");
    char to[16];
    given = 0;
    for (int i = 0; i < LIMIT_PEOPLE_DELEGATIONS; i++) {
        snprintf(to, sizeof to, "helper%d", i);
        given += delegate(p, person(to, city), city, "role1", now, now + DAY) == OK;
    }
    is_int(given, LIMIT_PEOPLE_DELEGATIONS, "as many delegations");
    ok(delegate(p, li, city, "role1", now, now + DAY) == ERROR_LIMIT, "PEOPLE_DELEGATIONS");
    done(people_person_close(&plan, p, &err), "and all of it ends in one unit");
    is_int(count_of("SELECT count(*) FROM role WHERE until = 0 AND role <> 'auditor'"), 0, "no role is left open");
}

/* ---- Delegations ---- */

static void test_delegation(void)
{
    give(li, county, "clerk", now, now + 100 * DAY);
    ok(delegate(li, wang, county, "clerk", now, 0) == ERROR_INVALID, "a delegation needs an end");
    ok(delegate(li, li, county, "clerk", now, now + DAY) == ERROR_INVALID, "and another person");
    ok(delegate(li, wang, county, "clerk", now, now + 101 * DAY) == ERROR_INVALID, "not longer than the role");
    ok(delegate(li, wang, county, "reviewer", now, now + DAY) == ERROR_INVALID, "not another role");
    ok(delegate(li, wang, station, "clerk", now, now + DAY) == ERROR_INVALID, "nor another office, not even below");
    ok(delegate(li, wang, county, "clerk", now, now + 5 * DAY) == OK, "a role is delegated");
    is_int(has_role(wang, county, "clerk", now), li, "and shown as on behalf of");
    is_int(has_role(wang, county, "clerk", now + 5 * DAY), -1, "until its end");
    ok(delegate(wang, zhao, county, "clerk", now, now + DAY) == ERROR_INVALID, "it is not handed on");
    ok(delegate(zhao, wang, county, "clerk", now, now + DAY) == ERROR_INVALID, "nor by somebody who has nothing");
    give(zhao, county, "clerk", now, 0);
    ok(delegate(zhao, wang, county, "clerk", now, now + DAY) == ERROR_INVALID, "nor had twice");
    done(people_role_end(&plan, wang, county, STR("clerk"), &err), "it is withdrawn");
    is_int(has_role(wang, county, "clerk", now), -1, "at once");
    ok(delegate(zhao, wang, county, "clerk", now, now + (LIMIT_PEOPLE_DELEGATION_DAYS + 1) * DAY) == ERROR_LIMIT,
       "PEOPLE_DELEGATION_DAYS");
}

static void test_delegation_falls(void)
{
    ok(delegate(li, wang, county, "clerk", now, now + 5 * DAY) == OK, "a role is delegated again");
    done(people_role_end(&plan, li, county, STR("clerk"), &err), "the giver's role ends");
    is_int(has_role(wang, county, "clerk", now), -1, "and the delegation with it");
    ok(give(li, county, "clerk", now, 0) == OK && has_role(wang, county, "clerk", now) == -1,
       "it does not come back with the role");
    ok(delegate(li, wang, county, "clerk", now, now + 5 * DAY) == OK, "a third time");
    ok(give(li, county, "clerk", now, now + DAY) == OK, "the giver's role is shortened");
    is_int(has_role(wang, county, "clerk", now + DAY - 1), li, "the delegation holds as long");
    is_int(has_role(wang, county, "clerk", now + DAY), -1, "and no longer");
    ok(give(wang, county, "clerk", now, 0) == OK && has_role(wang, county, "clerk", now) == 0,
       "a role in one's own right takes its place");
    give(zhao, city, "manager", now, 0);
    ok(delegate(zhao, wang, station, "manager", now, now + 5 * DAY) == OK, "a manager delegates an office below");
    ok(delegate(zhao, li, beside, "manager", now, now + 5 * DAY) == OK, "and another");
    is_int(has_role(wang, station, "manager", now), zhao, "which holds");
    done(people_office_move(&plan, station, 0, &err), "the office leaves his city");
    is_int(has_role(wang, station, "manager", now), -1, "and the delegation with it");
    done(people_office_move(&plan, station, county, &err), "it returns");
    int64_t ended = count_of("SELECT count(*) FROM audit WHERE verb = 'end role'");
    done(people_person_close(&plan, zhao, &err), "the giver's account is closed");
    is_int(has_role(wang, station, "manager", now) + has_role(li, beside, "manager", now), -2,
           "and nothing is had on his behalf");
    is_int(count_of("SELECT count(*) FROM audit WHERE verb = 'end role'") - ended, 4,
           "his two roles and two delegations have ended, not only their ground");
}

/* Closed by other means than the act, which ends the delegations itself. */
static void test_delegation_of_closed(void)
{
    int64_t giver = person("giver", city), helper = person("helper", city);
    struct people_person p;
    give(giver, city, "clerk", now, 0);
    ok(delegate(giver, helper, city, "clerk", now, now + DAY) == OK && has_role(helper, city, "clerk", now) == giver,
       "a delegation");
    begin();
    people_person(plan.view, &arena, giver, &p, &err);
    p.state = PEOPLE_CLOSED;
    people__person_update(&plan, &p);
    end(OK);
    is_int(has_role(helper, city, "clerk", now), -1, "is nothing without an active giver");
}

/* ---- A random life ---- */

enum { PERSONS = 5, OFFICES = 4, ROLES = 3, STEPS = 400, INSTANTS = 3 };

static const char *const role_names[ROLES] = { "clerk", "manager", "reviewer" };
static uint64_t seed = 20260401;
static int64_t persons[PERSONS], offices[OFFICES];
static int held; /* answers "yes, on behalf of" that were seen */

static uint32_t dice(uint32_t sides)
{
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(seed >> 33) % sides;
}

static int64_t some_instant(void)
{
    return now + (int64_t)dice(20) * DAY - 2 * DAY;
}

static void step(void)
{
    int64_t a = persons[dice(PERSONS)], b = persons[dice(PERSONS)], o = offices[dice(OFFICES)];
    const char *role = role_names[dice(ROLES)];
    switch (dice(9)) {
    case 0: case 1: give(a, o, role, some_instant(), dice(3) == 0 ? 0 : some_instant()); break;
    case 2: act(people_role_end(&plan, a, o, str_of(role), &err)); break;
    case 3: case 4: case 5: delegate(a, b, o, role, some_instant(), some_instant()); break;
    case 6: now += (int64_t)dice(3) * DAY / 2; break;
    case 7: act(people_office_move(&plan, o, offices[dice(OFFICES)], &err)); break;
    default: delegate(a, b, o, "manager", now, now + DAY * dice(9)); break;
    }
}

/* Asks the table itself: whatever one may on behalf of another, that one may in his own right. */
static bool law_holds_for(const struct people_tree *tree, const struct people_actor *actors, uint32_t who)
{
    static const enum people_verb verbs[] = { PEOPLE_VERB_CLAIM, PEOPLE_VERB_ASSIGN, PEOPLE_VERB_SEE };
    bool holds = true;
    for (uint32_t o = 0; o < OFFICES; o++) {
        for (uint32_t v = 0; v < 3; v++) {
            for (uint32_t r = 0; r < ROLES; r++) {
                str role = str_of(role_names[r]);
                struct people_object task = { .kind = PEOPLE_KIND_TASK, .office = offices[o], .candidates = &role,
                                              .candidate_count = 1, .open = true, .data = PEOPLE_PERSONAL };
                struct people_verdict mine = { 0 }, his = { 0 };
                if (!people_may(tree, &actors[who], verbs[v], &task, &mine, NULL) || mine.on_behalf == 0) {
                    continue;
                }
                held++;
                uint32_t giver = 0;
                while (persons[giver] != mine.on_behalf) {
                    giver++;
                }
                holds = holds && people_may(tree, &actors[giver], verbs[v], &task, &his, NULL) && his.on_behalf == 0;
            }
        }
    }
    return holds;
}

static bool law_holds(int64_t at)
{
    struct people_actor actors[PERSONS] = { 0 };
    bool holds = true;
    begin();
    for (uint32_t i = 0; i < PERSONS; i++) {
        people_actor(plan.view, plan.tree, &arena, persons[i], at, &actors[i], &err);
    }
    for (uint32_t i = 0; i < PERSONS; i++) {
        holds = holds && law_holds_for(plan.tree, actors, i);
    }
    end(OK);
    return holds;
}

static void test_law(void)
{
    char login[16], code[16];
    for (int i = 0; i < PERSONS; i++) {
        snprintf(login, sizeof login, "random%d", i);
        persons[i] = person(login, city);
    }
    for (int i = 0; i < OFFICES; i++) {
        snprintf(code, sizeof code, "random%d", i);
        offices[i] = office(i == 0 ? city : offices[i - 1], code);
    }
    int broken = 0;
    for (int i = 0; i < STEPS; i++) {
        struct arena_mark mark = arena_mark(&arena);
        step();
        for (int k = 0; k < INSTANTS; k++) {
            broken += !law_holds(k == 0 ? now : some_instant());
        }
        arena_rewind(&arena, mark);
    }
    is_int(broken, 0, "nobody may more on behalf of another than that one himself");
    ok(held > 500, "%d times somebody could do something on behalf of another", held);
}

int main(void)
{
    world_begin();
    make_offices();
    li = person("li", county);
    wang = person("wang", county);
    zhao = person("zhao", county);
    test_roles();
    test_giving();
    test_auditor();
    test_room();
    test_delegation();
    test_delegation_falls();
    test_delegation_of_closed();
    test_law();
    world_end();
    return tap_done();
}
