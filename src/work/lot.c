/* lot: gongshi.draw draws by lot, so that anybody can draw again; and whoever was drawn and declares an interest gives
 * his place to the next of the same lot. Nothing is drawn anew for that: the order of the list follows from its hash
 * and the seed, and those who cannot be taken are passed over, each with the reason.
 */
#include "work/work_int.h"

#include "base/limit.h"
#include "scheme/draw.h"

#include <stdlib.h>
#include <sys/random.h>

/* ---- Drawing ---- */

struct pool {
    str *items;
    feel_value *values;
    uint32_t count;
};

/* What an item is called on the list: a text as it is, all else as JSON. */
static str item_text(struct work__plan *p, feel_value v)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    if (v.kind == FEEL_STRING) {
        return feel_str(v);
    }
    feel_json_write(v, false, &b);
    str s = arena_str(&p->turn, buf_str(&b));
    buf_release(&b);
    return s;
}

static bool is_in(struct work__plan *p, feel_value list, str item)
{
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count; i++) {
        if (str_eq(item_text(p, list.items[i]), item)) {
            return true;
        }
    }
    return list.kind == FEEL_STRING && str_eq(feel_str(list), item);
}

static void add_item(struct work__plan *p, struct pool *pool, feel_value v, feel_value without)
{
    str text = item_text(p, v);
    if (!is_in(p, without, text)) {
        pool->items[pool->count] = text;
        pool->values[pool->count++] = v;
    }
}

/* The logins of those who have the role ("scorer", "scorer@street") now, without those who declared an interest. */
static void add_people(struct work__plan *p, struct pool *pool, str group, feel_value without)
{
    str role, office;
    work__split_group(group, &role, &office);
    int64_t id = office.len > 0 ? work__office_id(p, office) : p->d.office;
    struct store_value args[] = { store_text(role), store_int(id), store_int(p->now), store_int(p->now),
                                  store_int(LIMIT_WORK_DRAWN) };
    struct store_rows *r = store_query(p->view, "SELECT DISTINCT p.login, p.id FROM role r JOIN person p ON p.id = "
                                                "r.person WHERE r.role = ? AND r.office = ? AND r.since <= ? AND "
                                                "(r.until = 0 OR r.until > ?) AND p.state = 'active' ORDER BY p.login "
                                                "LIMIT ?",
                                       args, 5);
    while (store_next(r)) {
        feel_value login = feel_string(arena_str(&p->turn, store_column_text(r, 0)));
        if (!work__recused(p, store_column_int(r, 1))) {
            add_item(p, pool, login, without);
        }
    }
    store_rows_end(r);
}

static enum error_code fill_pool(struct work__plan *p, const struct work__act *act, struct pool *pool,
                                 struct error *err)
{
    feel_value from = feel_member(act->local, "from"), without = feel_member(act->local, "without");
    str role = work__said(act, "role");
    uint32_t most = from.kind == FEEL_LIST ? from.count : LIMIT_WORK_DRAWN;
    if (most > LIMIT_WORK_DRAWN) {
        error_set(err, ERROR_LIMIT, "too many are drawn from");
        error_detail(err, "limit %s = %d", "WORK_DRAWN", LIMIT_WORK_DRAWN);
        return ERROR_LIMIT;
    }
    *pool = (struct pool){ ARENA_ARRAY(&p->turn, str, most), ARENA_ARRAY(&p->turn, feel_value, most), 0 };
    if (from.kind == FEEL_LIST) {
        for (uint32_t i = 0; i < from.count; i++) {
            add_item(p, pool, from.items[i], without);
        }
        return OK;
    }
    if (role.len == 0) {
        return error_set(err, ERROR_INVALID, "nothing is said to draw from: a list \"from\", or a \"role\"");
    }
    add_people(p, pool, role, without);
    return OK;
}

static bool how_many(const struct work__act *act, int64_t *ret)
{
    feel_value n = feel_member(act->local, "n");
    str header = feel_text_member(act->headers, "n");
    dec d;
    if (header.len > 0) {
        return dec_parse(header, &d) && dec_to_int(d, ret) && *ret > 0;
    }
    *ret = 1;
    return n.kind == FEEL_NULL || (feel_whole(n, ret) && *ret > 0);
}

static str draw_seed(struct work__plan *p)
{
    unsigned char bytes[32];
    char text[65];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
        abort();
    }
    str_hex(bytes, sizeof bytes, text);
    return arena_str(&p->turn, str_of(text));
}

/* {list, hash, seed, n}: all that is needed to draw again. */
static feel_value proof_of(struct work__plan *p, str list, str hash, str seed, int64_t n)
{
    str names[] = { STR("list"), STR("hash"), STR("seed"), STR("n") };
    feel_value *values = ARENA_ARRAY(&p->turn, feel_value, 4);
    values[0] = feel_string(list);
    values[1] = feel_string(hash);
    values[2] = feel_string(seed);
    values[3] = feel_number(dec_from_int(n));
    return feel_context(feel_shape_new(&p->turn, names, 4), values);
}

/* Into the history. */
static void tell(struct work__plan *p, feel_value proof)
{
    struct work__drawing *d = ARENA_NEW(&p->scratch, struct work__drawing);
    *d = (struct work__drawing){ p->drawings, feel_copy(&p->scratch, proof) };
    p->drawings = d;
}

static str json_of(struct arena *a, feel_value v)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(v, false, &b);
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

/* Of people: one of them may have to be replaced. */
static void keep(struct work__plan *p, const struct work__act *act, str list, const char *hash, str seed,
                 feel_value drawn)
{
    bool of_people = feel_member(act->local, "from").kind != FEEL_LIST;
    if (of_people) {
        struct store_value row[] = { store_int(p->d.id), store_int(act->wait), store_int(p->now),
                                     store_text(work__said(act, "role")), store_text(list), store_text(str_of(hash)),
                                     store_text(seed), store_text(json_of(&p->turn, drawn)) };
        store_put(p->change, STORE_TABLE_drawing, row);
    }
}

enum error_code work__act_draw(struct work__plan *p, const struct work__act *act, feel_value *ret, struct error *err)
{
    struct pool pool;
    char hash[SHA256_TEXT];
    str list, names[] = { STR("drawn"), STR("proof") };
    int64_t n = 1;
    enum error_code code = fill_pool(p, act, &pool, err);
    code = code == OK ? scheme_draw_list(&p->turn, pool.items, pool.count, &list, hash, err) : code;
    if (code != OK) {
        return code;
    }
    if (!how_many(act, &n) || n > pool.count) {
        error_set(err, ERROR_INVALID, "so many cannot be drawn");
        error_detail(err, "%lld of %u", (long long)n, pool.count);
        return ERROR_INVALID;
    }
    str seed = draw_seed(p);
    const struct scheme_lot *lots = scheme_draw(&p->turn, seed, hash, pool.items, pool.count);
    feel_value *drawn = ARENA_ARRAY(&p->turn, feel_value, (size_t)n), *values = ARENA_ARRAY(&p->turn, feel_value, 2);
    for (int64_t i = 0; i < n; i++) {
        drawn[i] = pool.values[lots[i].index];
        work__note(p, arena_printf(&p->turn, "drawn %.*s", STR_ARG(lots[i].item)));
    }
    values[0] = feel_list(drawn, (uint32_t)n);
    values[1] = proof_of(p, list, arena_str(&p->turn, str_of(hash)), seed, n);
    tell(p, values[1]);
    keep(p, act, list, hash, seed, values[0]);
    *ret = feel_context(feel_shape_new(&p->turn, names, 2), values);
    return OK;
}

/* ---- The next of the same lot ---- */

struct drawing {
    int64_t wait;
    str role, list, hash, seed;
    feel_value drawn;
};

/* The drawings of people in this dossier, the newest last; in p->scratch. */
static uint32_t read_drawings(struct work__plan *p, struct drawing **ret)
{
    struct store_value args[] = { store_int(p->d.id) };
    struct store_rows *r = store_query(p->view, "SELECT wait, role, list, hash, seed, drawn FROM drawing WHERE "
                                                "dossier = ? ORDER BY at, wait", args, 1);
    uint32_t count = 0;
    *ret = NULL;
    while (store_next(r)) {
        struct drawing d = { .wait = store_column_int(r, 0), .role = arena_str(&p->scratch, store_column_text(r, 1)),
                             .list = arena_str(&p->scratch, store_column_text(r, 2)),
                             .hash = arena_str(&p->scratch, store_column_text(r, 3)),
                             .seed = arena_str(&p->scratch, store_column_text(r, 4)) };
        if (feel_json_read(&p->scratch, arena_str(&p->scratch, store_column_text(r, 5)), &d.drawn, NULL) == OK &&
            d.drawn.kind == FEEL_LIST) {
            *ret = arena_grow(&p->scratch, *ret, count * sizeof **ret, (count + 1) * sizeof **ret);
            (*ret)[count++] = d;
        }
    }
    store_rows_end(r);
    return count;
}

static uint32_t items_of(struct arena *a, str list, str **ret)
{
    uint32_t count = 0;
    size_t from = 0;
    for (size_t i = 0; i < list.len; i++) {
        count += list.ptr[i] == '\n';
    }
    *ret = ARENA_ARRAY(a, str, count);
    count = 0;
    for (size_t i = 0; i < list.len; i++) {
        if (list.ptr[i] == '\n') {
            (*ret)[count++] = str_slice(list, from, i);
            from = i + 1;
        }
    }
    return count;
}

static int64_t person_called(struct work__plan *p, str login)
{
    struct store_value args[] = { store_text(login) };
    struct store_rows *r = store_query(p->view, "SELECT id FROM person WHERE login = ? AND state = 'active'", args, 1);
    int64_t id = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return id;
}

static bool has_role(struct work__plan *p, int64_t person, str group)
{
    str role, office;
    work__split_group(group, &role, &office);
    int64_t id = office.len > 0 ? work__office_id(p, office) : p->d.office;
    struct store_value args[] = { store_int(person), store_int(id), store_text(role), store_int(p->now),
                                  store_int(p->now) };
    struct store_rows *r = store_query(p->view, "SELECT 1 FROM role WHERE person = ? AND office = ? AND role = ? AND "
                                                "since <= ? AND (until = 0 OR until > ?)", args, 5);
    bool has = store_next(r);
    store_rows_end(r);
    return has;
}

/* Why one cannot be taken; NULL: he can. `own`: whoever declares his interest in this very unit. */
static const char *why_not(struct work__plan *p, const struct drawing *d, str login, str own, int64_t *ret_person)
{
    *ret_person = person_called(p, login);
    return is_in(p, d->drawn, login)                                ? "is drawn already"
           : str_eq(login, own)                                     ? "has declared an interest"
           : *ret_person == 0 || !has_role(p, *ret_person, d->role) ? "has the role no more"
           : work__recused(p, *ret_person)                          ? "has declared an interest"
                                                                    : NULL;
}

static feel_value passed_over(struct work__plan *p, str login, const char *why)
{
    str names[] = { STR("item"), STR("why") };
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, 2);
    values[0] = feel_string(login);
    values[1] = feel_string(str_of(why));
    return feel_context(feel_shape_new(&p->scratch, names, 2), values);
}

/* The first in the order of the lot that can be taken; empty when nobody is left. `ret_passed`: those before him. */
static str next_of(struct work__plan *p, const struct drawing *d, str own, int64_t *ret_person, feel_value *ret_passed)
{
    str *items;
    uint32_t count = items_of(&p->scratch, d->list, &items), passed = 0;
    const struct scheme_lot *lots = scheme_draw(&p->scratch, d->seed, d->hash.ptr, items, count);
    feel_value *over = ARENA_ARRAY(&p->scratch, feel_value, count);
    str next = STR("");
    for (uint32_t i = 0; i < count && next.len == 0; i++) {
        const char *why = why_not(p, d, lots[i].item, own, ret_person);
        next = why == NULL ? lots[i].item : STR("");
        if (why != NULL) {
            over[passed++] = passed_over(p, lots[i].item, why);
        }
    }
    *ret_person = next.len > 0 ? *ret_person : 0;
    *ret_passed = feel_list(over, passed);
    return next;
}

static feel_value with_next(struct work__plan *p, feel_value drawn, str own, str next)
{
    feel_value *items = ARENA_ARRAY(&p->scratch, feel_value, drawn.count);
    for (uint32_t i = 0; i < drawn.count; i++) {
        bool his = drawn.items[i].kind == FEEL_STRING && str_eq(feel_str(drawn.items[i]), own);
        items[i] = !his ? drawn.items[i] : next.len > 0 ? feel_string(next) : feel_null();
    }
    return feel_list(items, drawn.count);
}

/* {list, hash, seed, n, drawn, of, instead, passed}: what is needed to see that it is so. */
static void tell_next(struct work__plan *p, const struct drawing *d, feel_value drawn, str own, str next,
                      feel_value passed)
{
    const struct {
        const char *name;
        feel_value value;
    } members[] = { { "list", feel_string(d->list) },
                    { "hash", feel_string(d->hash) },
                    { "seed", feel_string(d->seed) },
                    { "n", feel_number(dec_from_int(drawn.count)) },
                    { "drawn", drawn },
                    { "of", feel_string(own) },
                    { "instead", next.len > 0 ? feel_string(next) : feel_null() },
                    { "passed", passed } };
    enum { COUNT = sizeof members / sizeof members[0] };
    str names[COUNT];
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, COUNT);
    for (int i = 0; i < COUNT; i++) {
        names[i] = str_of(members[i].name);
        values[i] = members[i].value;
    }
    tell(p, feel_context(feel_shape_new(&p->scratch, names, COUNT), values));
}

/* Variables of the process that hold what was drawn hold what is drawn now. */
static void renew(struct work__plan *p, feel_value before, feel_value drawn, struct work__redrawn *ret)
{
    feel_value all = bpmn_visible(&p->state, 0, &p->scratch);
    uint32_t most = all.kind == FEEL_CONTEXT ? all.count : 0, count = 0;
    str *names = ARENA_ARRAY(&p->scratch, str, most);
    feel_value *values = ARENA_ARRAY(&p->scratch, feel_value, most);
    for (uint32_t i = 0; i < most; i++) {
        if (all.values[i].kind == FEEL_LIST && feel_is_true(feel_equal(p->rules, all.values[i], before))) {
            names[count] = all.shape->names[i];
            values[count++] = drawn;
        }
    }
    feel_value changed = feel_context(feel_shape_new(&p->scratch, names, count), values);
    ret->variables = ret->variables.kind == FEEL_NULL ? changed : scheme_merged(&p->scratch, ret->variables, changed);
}

void work__redraw(struct work__plan *p, str login, struct work__redrawn *ret)
{
    struct drawing *all;
    uint32_t count = read_drawings(p, &all);
    *ret = (struct work__redrawn){ .variables = feel_null() };
    for (uint32_t i = 0; i < count; i++) {
        struct drawing *d = &all[i];
        feel_value passed;
        if (!is_in(p, d->drawn, login)) {
            continue;
        }
        str next = next_of(p, d, login, &ret->person, &passed);
        feel_value drawn = with_next(p, d->drawn, login, next);
        struct store_value row[] = { store_int(p->d.id), store_int(d->wait), store_int(p->now), store_text(d->role),
                                     store_text(d->list), store_text(d->hash), store_text(d->seed),
                                     store_text(json_of(&p->scratch, drawn)) };
        store_put(p->change, STORE_TABLE_drawing, row);
        tell_next(p, d, drawn, login, next, passed);
        renew(p, d->drawn, drawn, ret);
    }
}
