/* look: people, sessions and the audit trail as administrators look at them. Only reading; bounded by what a page
 * shows. */
#include "people/people_int.h"

/* ---- People ---- */

/* A pattern of LIKE that finds the words anywhere, as they are. */
static str pattern_of(struct arena *a, str words)
{
    struct buf out = BUF_INIT(8 * LIMIT_PEOPLE_NAME);
    buf_addc(&out, '%');
    for (size_t i = 0; i < words.len && i < LIMIT_PEOPLE_NAME; i++) {
        if (memchr("%_\\", words.ptr[i], 3) != NULL) {
            buf_addc(&out, '\\');
        }
        buf_addc(&out, words.ptr[i]);
    }
    buf_addc(&out, '%');
    str pattern = arena_str(a, buf_str(&out));
    buf_release(&out);
    return pattern;
}

/* The different roles that hold, in one text. */
static str roles_of(struct store_view *view, struct arena *a, int64_t person, int64_t now)
{
    struct buf out = BUF_INIT(LIMIT_PEOPLE_ROLES * (LIMIT_PEOPLE_WORD + 1));
    struct store_rows *r = store_query(view,
                                       "SELECT DISTINCT role FROM role WHERE person = ? AND since <= ? AND "
                                       "(until = 0 OR until > ?) ORDER BY role",
                                       PEOPLE__ARGS(store_int(person), store_int(now), store_int(now)));
    for (uint32_t i = 0; i < LIMIT_PEOPLE_ROLES && store_next(r); i++) {
        buf_addz(&out, i == 0 ? "" : " ");
        buf_add(&out, store_column_text(r, 0));
    }
    store_rows_end(r);
    str roles = arena_str(a, buf_str(&out));
    buf_release(&out);
    return roles;
}

uint32_t people_find(struct store_view *view, struct arena *a, const struct people_find *what, int64_t now,
                     uint32_t max, const struct people_found **ret)
{
    struct people_found *rows = ARENA_ARRAY(a, struct people_found, max);
    uint32_t count = 0;
    str pattern = pattern_of(a, what->words);
    struct store_rows *r = store_query(
        view,
        "SELECT p.id, p.office, p.login, p.name, p.state, p.locked_until, p.given_until, p.password, "
        "COALESCE(f.since, 0) FROM person p LEFT JOIN factor f ON f.person = p.id WHERE p.login > ? AND (p.state = "
        "'active' OR (p.state = 'closed' AND ? = 1)) AND (? = 0 OR p.office = ?) AND (lower(p.login) LIKE "
        "lower(?) ESCAPE '\\' OR lower(p.name) LIKE lower(?) ESCAPE '\\') AND "
        "NOT EXISTS (SELECT 1 FROM account a WHERE a.person = p.id) ORDER BY p.login",
        PEOPLE__ARGS(store_text(what->after), store_int(what->closed), store_int(what->office),
                     store_int(what->office), store_text(pattern), store_text(pattern)));
    while (count < max && store_next(r)) {
        rows[count++] = (struct people_found){
            .id = store_column_int(r, 0),
            .office = store_column_int(r, 1),
            .login = people__text(a, r, 2),
            .name = people__text(a, r, 3),
            .state = str_eq(store_column_text(r, 4), STR("active")) ? PEOPLE_ACTIVE : PEOPLE_CLOSED,
            .locked = store_column_int(r, 5) > now,
            .given = store_column_int(r, 6) != 0,
            .password = store_column_text(r, 7).len > 0,
            .factor = store_column_int(r, 8) != 0,
        };
    }
    store_rows_end(r);
    for (uint32_t i = 0; i < count; i++) {
        rows[i].roles = roles_of(view, a, rows[i].id, now);
    }
    *ret = rows;
    return count;
}

uint32_t people_posts(struct store_view *view, struct arena *a, int64_t person, bool lent, int64_t now, uint32_t max,
                      const struct people_post **ret)
{
    struct people_post *rows = ARENA_ARRAY(a, struct people_post, max);
    uint32_t count = 0;
    struct store_rows *r = store_query(view,
                                       "SELECT r.person, p.login, p.name, COALESCE(b.name, ''), r.role, r.office, "
                                       "r.since, r.until, r.on_behalf FROM role r JOIN person p ON p.id = r.person "
                                       "LEFT JOIN person b ON b.id = r.on_behalf WHERE ((? = 0 AND r.person = ?) OR "
                                       "(? = 1 AND r.on_behalf = ?)) AND (r.until = 0 OR r.until > ?) "
                                       "ORDER BY r.office, r.role, r.person",
                                       PEOPLE__ARGS(store_int(lent), store_int(person), store_int(lent),
                                                    store_int(person), store_int(now)));
    while (count < max && store_next(r)) {
        rows[count++] = (struct people_post){
            .person = store_column_int(r, 0),
            .login = people__text(a, r, 1),
            .name = people__text(a, r, 2),
            .behalf = people__text(a, r, 3),
            .grant = { .role = people__text(a, r, 4), .office = store_column_int(r, 5),
                       .since = store_column_int(r, 6), .until = store_column_int(r, 7),
                       .on_behalf = store_column_int(r, 8) },
        };
    }
    store_rows_end(r);
    *ret = rows;
    return count;
}

/* ---- Sessions ---- */

uint32_t people_seats(struct store_view *view, struct arena *a, int64_t person, int64_t now, uint32_t max,
                      const struct people_seat **ret)
{
    struct people_seat *rows = ARENA_ARRAY(a, struct people_seat, max);
    uint32_t count = 0;
    struct store_rows *r = store_query(view,
                                       "SELECT s.token, s.person, s.created, s.seen, s.until, s.second, p.name FROM "
                                       "session s JOIN person p ON p.id = s.person WHERE s.until > ? AND s.seen > ? "
                                       "AND (? = 0 OR s.person = ?) AND p.state = 'active' ORDER BY s.seen DESC, "
                                       "s.token",
                                       PEOPLE__ARGS(store_int(now),
                                                    store_int(now - LIMIT_PEOPLE_IDLE_SECONDS * PEOPLE_SECOND),
                                                    store_int(person), store_int(person)));
    while (count < max && store_next(r)) {
        rows[count++] = (struct people_seat){
            .key = people__text(a, r, 0),
            .person = store_column_int(r, 1),
            .created = store_column_int(r, 2),
            .seen = store_column_int(r, 3),
            .until = store_column_int(r, 4),
            .second = store_column_int(r, 5) != 0,
            .name = people__text(a, r, 6),
        };
    }
    store_rows_end(r);
    *ret = rows;
    return count;
}

/* ---- The audit trail ---- */

/* Of the kinds of objects those that say nothing of a dossier or a row. */
#define MACHINE "('person', 'office', 'backup', 'outbox', 'scheme')"

/* One query for each index that can serve: of what is asked the condition that leaves fewest rows comes first, the
 * others are looked at in the rows that it gives. */
#define AUDIT(condition)                                                                                        \
    "SELECT a.id, a.at, a.actor, a.object, a.batch, a.verb, a.kind, a.detail, COALESCE(p.name, '') FROM audit a " \
    "LEFT JOIN person p ON p.id = a.actor WHERE " condition " AND a.id < ? AND (? = 0 OR a.actor = ?) AND "       \
    "(? = '' OR a.kind = ?) AND (? = 0 OR a.object = ?) AND a.at >= ? AND a.at < ? AND (? = 0 OR a.kind IN "      \
    MACHINE ") ORDER BY a.id DESC"

static struct store_rows *audit_query(struct store_view *view, const struct people_audit_find *f)
{
    int64_t before = f->before != 0 ? f->before : INT64_MAX, until = f->until != 0 ? f->until : INT64_MAX;
#define REST                                                                                                      \
    store_int(before), store_int(f->person), store_int(f->person), store_text(f->kind), store_text(f->kind),      \
        store_int(f->object), store_int(f->object), store_int(f->from), store_int(until), store_int(f->machine)
    if (f->kind.len > 0 && f->object != 0) {
        return store_query(view, AUDIT("a.kind = ? AND a.object = ?"),
                           PEOPLE__ARGS(store_text(f->kind), store_int(f->object), REST));
    }
    if (f->person != 0) {
        return store_query(view, AUDIT("a.actor = ?"), PEOPLE__ARGS(store_int(f->person), REST));
    }
    if (f->from != 0) {
        return store_query(view, AUDIT("a.at >= ? AND a.at < ?"),
                           PEOPLE__ARGS(store_int(f->from), store_int(until), REST));
    }
    return store_query(view, AUDIT("1 = 1"), PEOPLE__ARGS(REST));
#undef REST
}

uint32_t people_audit_rows(struct store_view *view, struct arena *a, const struct people_audit_find *what,
                           uint32_t max, const struct people_audit_row **ret)
{
    struct people_audit_row *rows = ARENA_ARRAY(a, struct people_audit_row, max);
    uint32_t count = 0;
    struct store_rows *r = audit_query(view, what);
    while (count < max && store_next(r)) {
        rows[count++] = (struct people_audit_row){
            .id = store_column_int(r, 0),
            .at = store_column_int(r, 1),
            .actor = store_column_int(r, 2),
            .object = store_column_int(r, 3),
            .batch = store_column_int(r, 4),
            .verb = people__text(a, r, 5),
            .kind = people__text(a, r, 6),
            .detail = people__text(a, r, 7),
            .name = people__text(a, r, 8),
        };
    }
    store_rows_end(r);
    *ret = rows;
    return count;
}
