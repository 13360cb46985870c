/* role: roles and delegations as rows, and the grants that an actor has of them at an instant. */
#include "people/people_int.h"

/* A row of the table role; the version says that it is there. */
struct row {
    int64_t version;
    struct people_grant grant;
};

/* ---- Words ---- */

static bool reaches_below(str role)
{
    return str_eq(role, STR("manager")) || str_eq(role, STR("auditor")) || str_eq(role, STR("administrator"));
}

bool people__reserved(str role)
{
    return reaches_below(role) || str_eq(role, STR("applicant"));
}

bool people__reaches(const struct people_tree *tree, str role, int64_t given, int64_t office)
{
    return reaches_below(role) ? people_within(tree, office, given) : given == office;
}

bool people__holds(const struct people_grant *g, int64_t now)
{
    return g->since <= now && (g->until == 0 || now < g->until);
}

/* ---- Reading ---- */

#define COLUMNS "role, office, since, until, on_behalf, version"

static struct row read_row(struct store_rows *r, struct arena *a)
{
    return (struct row){
        .grant = { .role = people__text(a, r, 0),
                   .office = store_column_int(r, 1),
                   .since = store_column_int(r, 2),
                   .until = store_column_int(r, 3),
                   .on_behalf = store_column_int(r, 4) },
        .version = store_column_int(r, 5),
    };
}

/* All rows of a person. There are at most PEOPLE_ROLES that hold or will; those that have ended are passed over, and
 * more than that are not read. */
static uint32_t read_rows(struct store_view *view, struct arena *a, int64_t person, int64_t now,
                          struct row rows[LIMIT_PEOPLE_ROLES])
{
    uint32_t count = 0;
    struct store_rows *r = store_query(view,
                                       "SELECT " COLUMNS " FROM role WHERE person = ? AND (until = 0 OR until > ?) "
                                       "ORDER BY office, role",
                                       PEOPLE__ARGS(store_int(person), store_int(now)));
    while (count < LIMIT_PEOPLE_ROLES && store_next(r)) {
        rows[count++] = read_row(r, a);
    }
    store_rows_end(r);
    return count;
}

/* One row, ended or not; version 0 when there is none. */
static struct row find_row(struct store_view *view, struct arena *a, int64_t person, int64_t office, str role)
{
    struct row row = { 0 };
    struct store_rows *r = store_query(view,
                                       "SELECT " COLUMNS " FROM role WHERE person = ? AND office = ? AND role = ?",
                                       PEOPLE__ARGS(store_int(person), store_int(office), store_text(role)));
    if (store_next(r)) {
        row = read_row(r, a);
    }
    store_rows_end(r);
    return row;
}

/* Does a person have, in his own right, the role in the office for the whole time? `until` is not 0. */
static bool has_throughout(const struct people_tree *tree, const struct row *rows, uint32_t count, str role,
                           int64_t office, int64_t since, int64_t until)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct people_grant *g = &rows[i].grant;
        if (g->on_behalf == 0 && str_eq(g->role, role) && people__reaches(tree, role, g->office, office) &&
            g->since <= since && (g->until == 0 || until <= g->until)) {
            return true;
        }
    }
    return false;
}

/* A delegated grant holds only while its giver is active and has the role himself. */
static bool giver_has(struct store_view *view, const struct people_tree *tree, struct arena *a,
                      const struct people_grant *g, int64_t now)
{
    struct people_person giver;
    if (people_person(view, a, g->on_behalf, &giver, NULL) != OK || giver.state != PEOPLE_ACTIVE) {
        return false;
    }
    struct row *rows = ARENA_ARRAY(a, struct row, LIMIT_PEOPLE_ROLES);
    uint32_t count = read_rows(view, a, g->on_behalf, now, rows);
    return has_throughout(tree, rows, count, g->role, g->office, now, now + 1);
}

enum error_code people_actor(struct store_view *view, const struct people_tree *tree, struct arena *a, int64_t person,
                             int64_t now, struct people_actor *ret, struct error *err)
{
    struct people_person p;
    enum error_code code = people_person(view, a, person, &p, err);
    if (code == OK && p.state != PEOPLE_ACTIVE) {
        code = error_set(err, ERROR_MISSING, "there is no such person");
    }
    if (code != OK) {
        return code;
    }
    struct row *rows = ARENA_ARRAY(a, struct row, LIMIT_PEOPLE_ROLES);
    uint32_t count = read_rows(view, a, person, now, rows);
    struct people_grant *grants = ARENA_ARRAY(a, struct people_grant, count);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct people_grant *g = &rows[i].grant;
        if (people__holds(g, now) && (g->on_behalf == 0 || giver_has(view, tree, a, g, now))) {
            grants[kept++] = *g;
        }
    }
    code = store_view_error(view, err);
    if (code == OK) {
        *ret = (struct people_actor){ .person = person, .now = now, .grants = grants, .count = kept };
    }
    return code;
}

/* ---- Changing ---- */

static void write_row(const struct people_plan *plan, int64_t person, const struct row *row)
{
    const struct people_grant *g = &row->grant;
    struct store_value values[PEOPLE__ROLE_COLUMNS] = {
        store_int(person), store_int(g->office), store_text(g->role), store_int(row->version == 0 ? 1 : row->version),
        store_int(g->since), store_int(g->until), store_int(plan->actor), store_int(g->on_behalf) };
    if (row->version == 0) {
        store_insert(plan->change, STORE_TABLE_role, values);
    } else {
        store_update(plan->change, STORE_TABLE_role, values);
    }
}

void people__role_insert(const struct people_plan *plan, int64_t person, const char *role)
{
    write_row(plan, person, &(struct row){ .grant = { .role = str_of(role), .since = plan->now } });
}

static enum error_code note(const struct people_plan *plan, const char *verb, int64_t person,
                            const struct people_grant *g, struct error *err)
{
    struct arena *a = plan->arena;
    return people__note(plan, verb, "person", person,
                        (struct people__member[]){ { "office", people__decimal(a, g->office) },
                                                   { "on_behalf", people__decimal(a, g->on_behalf) },
                                                   { "role", g->role },
                                                   { "since", people__decimal(a, g->since) },
                                                   { "until", people__decimal(a, g->until) } },
                        5, err);
}

static enum error_code check_grant(const struct people_plan *plan, const struct people_grant *g, struct error *err)
{
    enum error_code code = people__check_word(g->role, "a role", err);
    if (code == OK && str_eq(g->role, STR("applicant"))) {
        code = error_set(err, ERROR_INVALID, "nobody is given the role applicant: it is the dossier's own party");
    }
    if (code == OK && g->office != 0 && people_office(plan->tree, g->office) == NULL) {
        code = error_set(err, ERROR_MISSING, "there is no such office");
        error_detail(err, "number %lld", (long long)g->office);
    }
    if (code == OK && g->until != 0 && (g->until <= g->since || g->until <= plan->now)) {
        code = error_set(err, ERROR_INVALID, "the end of the role is past, or before its beginning");
    }
    return code;
}

/* Whoever reads everything must not also write: an auditor has no other role, at no time. */
static enum error_code check_company(const struct row *rows, uint32_t count, const struct people_grant *g,
                                     struct error *err)
{
    bool auditor = str_eq(g->role, STR("auditor"));
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(rows[i].grant.role, STR("auditor")) != auditor) {
            error_set(err, ERROR_INVALID, "an auditor has no other role");
            error_hint(err, "end the other roles of this person first, or take another person");
            return ERROR_INVALID;
        }
    }
    return OK;
}

static enum error_code check_room(uint32_t count, struct error *err)
{
    if (count < LIMIT_PEOPLE_ROLES) {
        return OK;
    }
    error_set(err, ERROR_LIMIT, "the person has too many roles");
    error_detail(err, "PEOPLE_ROLES: at most %d", LIMIT_PEOPLE_ROLES);
    return ERROR_LIMIT;
}

/* Writes the grant into the row of its key, with what must be so of the person who gets it. */
static enum error_code grant_to(const struct people_plan *plan, int64_t person, const struct people_grant *g,
                                const char *verb, struct error *err)
{
    struct people_person p;
    enum error_code code = people__active(plan, person, &p, err);
    if (code != OK) {
        return code;
    }
    struct row *rows = ARENA_ARRAY(plan->arena, struct row, LIMIT_PEOPLE_ROLES);
    uint32_t count = read_rows(plan->view, plan->arena, person, plan->now, rows);
    struct row row = find_row(plan->view, plan->arena, person, g->office, g->role);
    bool current = row.version != 0 && (row.grant.until == 0 || row.grant.until > plan->now);
    code = check_company(rows, count, g, err);
    if (code == OK && !current) {
        code = check_room(count, err);
    }
    if (code == OK && current && g->on_behalf != 0) {
        code = error_set(err, ERROR_INVALID, "the person has this role there already");
        error_hint(err, "a role can be had on behalf of one person at a time");
    }
    if (code != OK) {
        return code;
    }
    row.grant = *g;
    people__person_touch(plan, &p);
    write_row(plan, person, &row);
    return note(plan, verb, person, g, err);
}

enum error_code people_role_give(const struct people_plan *plan, int64_t person, int64_t office, str role,
                                 int64_t since, int64_t until, struct error *err)
{
    struct people_grant g = { .role = role, .office = office, .since = since, .until = until };
    enum error_code code = check_grant(plan, &g, err);
    return code == OK ? grant_to(plan, person, &g, "give role", err) : code;
}

static enum error_code check_delegation(const struct people_plan *plan, int64_t from, int64_t to,
                                        const struct people_grant *g, struct error *err)
{
    if (from == to) {
        return error_set(err, ERROR_INVALID, "nobody can delegate to himself");
    }
    int64_t longest = LIMIT_PEOPLE_DELEGATION_DAYS * 86400 * PEOPLE_SECOND;
    if (g->until == 0) {
        return error_set(err, ERROR_INVALID, "a delegation needs an end");
    }
    if (g->until > g->since && g->until - g->since > longest) {
        error_set(err, ERROR_LIMIT, "the delegation is too long");
        error_detail(err, "PEOPLE_DELEGATION_DAYS: at most %d days", LIMIT_PEOPLE_DELEGATION_DAYS);
        return ERROR_LIMIT;
    }
    return check_grant(plan, g, err);
}

enum error_code people_delegate(const struct people_plan *plan, int64_t from, int64_t to, int64_t office, str role,
                                int64_t since, int64_t until, struct error *err)
{
    struct people_grant g = { .role = role, .office = office, .since = since, .until = until, .on_behalf = from };
    enum error_code code = check_delegation(plan, from, to, &g, err);
    struct people_person giver;
    if (code == OK) {
        code = people__active(plan, from, &giver, err);
    }
    if (code != OK) {
        return code;
    }
    int64_t given = people__number(plan->view, "SELECT count(*) FROM role WHERE on_behalf = ? AND until > ?",
                                   PEOPLE__ARGS(store_int(from), store_int(plan->now)));
    if (given >= LIMIT_PEOPLE_DELEGATIONS) {
        error_set(err, ERROR_LIMIT, "the person has delegated too many roles");
        error_detail(err, "PEOPLE_DELEGATIONS: at most %d", LIMIT_PEOPLE_DELEGATIONS);
        return ERROR_LIMIT;
    }
    struct row *rows = ARENA_ARRAY(plan->arena, struct row, LIMIT_PEOPLE_ROLES);
    uint32_t count = read_rows(plan->view, plan->arena, from, plan->now, rows);
    if (!has_throughout(plan->tree, rows, count, role, office, since, until)) {
        error_set(err, ERROR_INVALID, "nobody can delegate more than he has himself");
        error_detail(err, "%.*s does not have the role %.*s there in his own right for all that time",
                     STR_ARG(giver.login), STR_ARG(role));
        return ERROR_INVALID;
    }
    people__person_touch(plan, &giver);
    return grant_to(plan, to, &g, "delegate role", err);
}

/* ---- Ending ---- */

static enum error_code end_row(const struct people_plan *plan, int64_t person, struct row row, struct error *err)
{
    struct store_value keep = store_keep();
    store_update(plan->change, STORE_TABLE_role,
                 (struct store_value[PEOPLE__ROLE_COLUMNS]){
                     store_int(person), store_int(row.grant.office), store_text(row.grant.role),
                     store_int(row.version), keep, store_int(plan->now), keep, keep });
    row.grant.until = plan->now;
    return note(plan, "end role", person, &row.grant, err);
}

enum { OF_PERSON, ON_BEHALF };

/* Ends the roles and delegations of a person, or those that others have on his behalf: there only those of `role`, when
 * one is given, that rest upon it as he has it in `office`. */
static enum error_code end_rows(const struct people_plan *plan, int64_t person, int whose, const str *role,
                                int64_t office, struct error *err)
{
    static const char *const queries[] = {
        [OF_PERSON] = "SELECT " COLUMNS ", person FROM role WHERE person = ? AND (until = 0 OR until > ?)",
        [ON_BEHALF] = "SELECT " COLUMNS ", person FROM role WHERE on_behalf = ? AND (until = 0 OR until > ?)",
    };
    struct store_rows *r =
        store_query(plan->view, queries[whose], PEOPLE__ARGS(store_int(person), store_int(plan->now)));
    enum error_code code = OK;
    while (code == OK && store_next(r)) {
        struct row row = read_row(r, plan->arena);
        if (role == NULL ||
            (str_eq(row.grant.role, *role) && people__reaches(plan->tree, *role, office, row.grant.office))) {
            code = end_row(plan, store_column_int(r, 6), row, err);
        }
    }
    store_rows_end(r);
    return code == OK ? store_view_error(plan->view, err) : code;
}

enum error_code people__roles_end_all(const struct people_plan *plan, int64_t person, struct error *err)
{
    enum error_code code = end_rows(plan, person, OF_PERSON, NULL, 0, err);
    return code == OK ? end_rows(plan, person, ON_BEHALF, NULL, 0, err) : code;
}

enum error_code people_role_end(const struct people_plan *plan, int64_t person, int64_t office, str role,
                                struct error *err)
{
    struct row row = find_row(plan->view, plan->arena, person, office, role);
    if (row.version == 0 || (row.grant.until != 0 && row.grant.until <= plan->now)) {
        return error_set(err, ERROR_MISSING, "the person does not have this role there");
    }
    struct people_person p;
    enum error_code code = people__active(plan, person, &p, err);
    if (code == OK && row.grant.on_behalf == 0) {
        code = end_rows(plan, person, ON_BEHALF, &role, office, err);
    }
    if (code == OK) {
        people__person_touch(plan, &p);
        code = end_row(plan, person, row, err);
    }
    return code;
}
