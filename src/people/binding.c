/* binding: that a person from outside may act for a party. Asked for with the licence and a letter of authority, bound
 * by an officer who has seen both, until a day; ended by either side. Rows are never deleted: who acted for whom when
 * is asked years later. */
#include "people/people_int.h"

static const char *const names[] = {
    [PEOPLE_REQUESTED] = "requested",
    [PEOPLE_BOUND] = "bound",
    [PEOPLE_REFUSED] = "refused",
    [PEOPLE_ENDED] = "ended",
};

const char *people_binding_state_name(enum people_binding_state state)
{
    return names[state];
}

/* A word that this program does not know is a binding that does not hold. */
static enum people_binding_state state_of(str word)
{
    for (enum people_binding_state s = PEOPLE_REQUESTED; s <= PEOPLE_ENDED; s++) {
        if (str_eq(word, str_of(names[s]))) {
            return s;
        }
    }
    return PEOPLE_ENDED;
}

/* ---- Reading ---- */

#define COLUMNS                                                                                                   \
    "SELECT id, version, person, party, office, state, licence, letter, requested, decided, decided_by, until, " \
    "ended, ended_by, reason FROM binding "

static struct people_binding read_row(struct store_rows *r, struct arena *a)
{
    return (struct people_binding){
        .id = store_column_int(r, 0),
        .version = store_column_int(r, 1),
        .person = store_column_int(r, 2),
        .party = people__text(a, r, 3),
        .office = store_column_int(r, 4),
        .state = state_of(store_column_text(r, 5)),
        .licence = people__text(a, r, 6),
        .letter = people__text(a, r, 7),
        .requested = store_column_int(r, 8),
        .decided = store_column_int(r, 9),
        .decided_by = store_column_int(r, 10),
        .until = store_column_int(r, 11),
        .ended = store_column_int(r, 12),
        .ended_by = store_column_int(r, 13),
        .reason = people__text(a, r, 14),
    };
}

enum error_code people_binding(struct store_view *view, struct arena *a, int64_t id, struct people_binding *ret,
                               struct error *err)
{
    struct store_rows *r = store_query(view, COLUMNS "WHERE id = ?", PEOPLE__ARGS(store_int(id)));
    bool found = store_next(r);
    if (found) {
        *ret = read_row(r, a);
    }
    store_rows_end(r);
    enum error_code code = store_view_error(view, err);
    return code == OK && !found ? error_set(err, ERROR_MISSING, "there is no such binding") : code;
}

uint32_t people_bindings(struct store_view *view, struct arena *a, int64_t person, int64_t office, bool requested,
                         uint32_t max, const struct people_binding **ret)
{
    uint32_t count = 0, size = 0;
    struct people_binding *rows = NULL;
    struct store_rows *r = store_query(view,
                                       COLUMNS "WHERE (? = 0 OR person = ?) AND (? = 0 OR office = ?) AND "
                                               "(? = 0 OR state = 'requested') ORDER BY id DESC",
                                       PEOPLE__ARGS(store_int(person), store_int(person), store_int(office),
                                                    store_int(office), store_int(requested)));
    while (count < max && store_next(r)) {
        if (count == size) {
            size = size == 0 ? 16 : 2 * size;
            struct people_binding *more = ARENA_ARRAY(a, struct people_binding, size);
            memcpy(more, rows == NULL ? more : rows, count * sizeof *rows);
            rows = more;
        }
        rows[count++] = read_row(r, a);
    }
    store_rows_end(r);
    *ret = rows;
    return count;
}

bool people_bound(struct store_view *view, int64_t person, str party, int64_t now)
{
    return party.len > 0 &&
           people__number(view, "SELECT 1 FROM binding WHERE person = ? AND party = ? AND state = 'bound' AND until > "
                                "?",
                          PEOPLE__ARGS(store_int(person), store_text(party), store_int(now))) != 0;
}

str people_party_again(struct store_view *view, struct arena *a, int64_t person, int64_t now)
{
    struct store_value args[] = { store_int(person), store_int(now) };
    str party = STR("");
    struct store_rows *r = store_query(view, "SELECT party FROM session WHERE person = ? AND party <> '' ORDER BY seen "
                                             "DESC LIMIT 1", args, 1);
    if (store_next(r)) {
        party = arena_str(a, store_column_text(r, 0));
    }
    store_rows_end(r);
    if (people_bound(view, person, party, now)) {
        return party;
    }
    r = store_query(view, "SELECT party FROM binding WHERE person = ? AND state = 'bound' AND until > ? LIMIT 2", args,
                    2);
    party = store_next(r) ? arena_str(a, store_column_text(r, 0)) : STR("");
    bool several = store_next(r);
    store_rows_end(r);
    return several ? STR("") : party;
}

/* ---- Changing ---- */

static void write(const struct people_plan *plan, const struct people_binding *b, bool fresh)
{
    struct store_value row[] = {
        store_int(b->id), store_int(b->version), store_int(b->person), store_text(b->party), store_int(b->office),
        store_text(str_of(names[b->state])), store_text(b->licence), store_text(b->letter), store_int(b->requested),
        store_int(b->decided), store_int(b->decided_by), store_int(b->until), store_int(b->ended),
        store_int(b->ended_by), store_text(b->reason),
    };
    (fresh ? store_insert : store_update)(plan->change, STORE_TABLE_binding, row);
}

/* What was sent in to prove it is the party's: erasing the party erases it (record/file.h). */
static void note_paper(const struct people_plan *plan, str hash, str party)
{
    struct store_value row[] = { store_text(hash), store_text(party) };
    if (hash.len > 0) {
        store_put(plan->change, STORE_TABLE_attached, row);
    }
}

static enum error_code note(const struct people_plan *plan, const char *verb, const struct people_binding *b,
                            struct error *err)
{
    return people__note(plan, verb, "binding", b->id,
                        (struct people__member[]){ { "party", b->party },
                                                   { "person", people__decimal(plan->arena, b->person) } },
                        2, err);
}

static bool is_open(const struct people_binding *b, int64_t now)
{
    return b->state == PEOPLE_REQUESTED || (b->state == PEOPLE_BOUND && now < b->until);
}

static bool is_handle(str party)
{
    for (size_t i = 0; i < party.len; i++) {
        char c = party.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return party.len > 0 && party.len < PEOPLE_PARTY;
}

static enum error_code check_request(const struct people_plan *plan, int64_t person, str party, int64_t office,
                                     struct error *err)
{
    const struct people_binding *all;
    uint32_t open = 0;
    if (!people_outside(plan->view, person)) {
        return error_set(err, ERROR_INVALID, "only people from outside act for parties");
    }
    if (!is_handle(party)) {
        return error_set(err, ERROR_INVALID, "a party is named by its unified credit code");
    }
    if (people_office(plan->tree, office) == NULL) {
        return error_set(err, ERROR_MISSING, "there is no such office");
    }
    uint32_t count = people_bindings(plan->view, plan->arena, person, 0, false, UINT16_MAX, &all);
    for (uint32_t i = 0; i < count; i++) {
        bool still = is_open(&all[i], plan->now);
        open += still;
        if (still && str_eq(all[i].party, party)) {
            error_set(err, ERROR_INVALID, "this was asked for already, or holds already");
            error_hint(err, "look at the list of those whom you act for");
            return ERROR_INVALID;
        }
    }
    if (open >= LIMIT_PEOPLE_BINDINGS) {
        error_set(err, ERROR_LIMIT, "one account acts for too many parties");
        error_detail(err, "limit %s = %d", "PEOPLE_BINDINGS", LIMIT_PEOPLE_BINDINGS);
        return ERROR_LIMIT;
    }
    return OK;
}

/* Two requests at once meet in the account's version. */
static enum error_code touch(const struct people_plan *plan, int64_t person, struct error *err)
{
    struct people_person p;
    enum error_code code = people__active(plan, person, &p, err);
    if (code == OK) {
        people__person_touch(plan, &p);
    }
    return code;
}

enum error_code people_binding_request(const struct people_plan *plan, int64_t person, str party, int64_t office,
                                       str licence, str letter, int64_t *ret, struct error *err)
{
    enum error_code code = check_request(plan, person, party, office, err);
    if (code == OK) {
        code = touch(plan, person, err);
    }
    if (code != OK) {
        return code;
    }
    struct people_binding b = { .id = store_id(plan->people->store, err), .version = 1, .person = person,
                                .party = party, .office = office, .state = PEOPLE_REQUESTED, .licence = licence,
                                .letter = letter, .requested = plan->now };
    if (b.id == 0) {
        return ERROR_IO;
    }
    write(plan, &b, true);
    note_paper(plan, licence, party);
    note_paper(plan, letter, party);
    code = note(plan, "request", &b, err);
    if (code == OK) {
        *ret = b.id;
    }
    return code;
}

/* A binding that is still open. */
static enum error_code read_open(const struct people_plan *plan, int64_t id, bool requested,
                                 struct people_binding *ret, struct error *err)
{
    enum error_code code = people_binding(plan->view, plan->arena, id, ret, err);
    if (code == OK && (!is_open(ret, plan->now) || (requested && ret->state != PEOPLE_REQUESTED))) {
        code = error_set(err, ERROR_INVALID, "this is settled already");
    }
    return code;
}

enum error_code people_binding_bind(const struct people_plan *plan, int64_t binding, int64_t until, struct error *err)
{
    struct people_binding b;
    enum error_code code = read_open(plan, binding, true, &b, err);
    if (code == OK && (until <= plan->now ||
                       until - plan->now > LIMIT_PEOPLE_BINDING_DAYS * INT64_C(86400) * PEOPLE_SECOND)) {
        code = error_set(err, ERROR_INVALID, "a binding ends on a day to come, at most %d days from now",
                         LIMIT_PEOPLE_BINDING_DAYS);
    }
    if (code != OK) {
        return code;
    }
    b.state = PEOPLE_BOUND;
    b.decided = plan->now;
    b.decided_by = plan->actor;
    b.until = until;
    write(plan, &b, false);
    return note(plan, "bind", &b, err);
}

static enum error_code check_reason(str reason, struct error *err)
{
    if (reason.len > LIMIT_PEOPLE_REASON) {
        error_set(err, ERROR_LIMIT, "the reason is too long");
        error_detail(err, "limit %s = %d", "PEOPLE_REASON", LIMIT_PEOPLE_REASON);
        return ERROR_LIMIT;
    }
    return str_trim(reason).len > 0 ? OK : error_set(err, ERROR_INVALID, "a reason is missing");
}

enum error_code people_binding_refuse(const struct people_plan *plan, int64_t binding, str reason, struct error *err)
{
    struct people_binding b;
    enum error_code code = read_open(plan, binding, true, &b, err);
    if (code == OK) {
        code = check_reason(reason, err);
    }
    if (code != OK) {
        return code;
    }
    b.state = PEOPLE_REFUSED;
    b.decided = plan->now;
    b.decided_by = plan->actor;
    b.reason = reason;
    write(plan, &b, false);
    return note(plan, "refuse", &b, err);
}

enum error_code people_binding_end(const struct people_plan *plan, int64_t binding, str reason, struct error *err)
{
    struct people_binding b;
    enum error_code code = read_open(plan, binding, false, &b, err);
    if (code == OK) {
        code = check_reason(reason, err);
    }
    if (code != OK) {
        return code;
    }
    b.state = PEOPLE_ENDED;
    b.ended = plan->now;
    b.ended_by = plan->actor;
    b.reason = reason;
    write(plan, &b, false);
    return note(plan, "end", &b, err);
}
