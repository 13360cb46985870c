/* office: acts of the office that are of work itself, beside clocks (clock.c) and messages (message.c):
 *
 *   gongshi.start   begins other dossiers of the scheme, linked with this one
 *   gongshi.draw    draws by lot, so that anybody can draw again
 */
#include "work/work_int.h"

#include "base/limit.h"
#include "scheme/draw.h"

#include <stdlib.h>
#include <sys/random.h>

str work__said(const struct work__act *act, const char *name)
{
    str header = feel_text_member(act->headers, name);
    return header.len > 0 ? header : feel_text_member(act->local, name);
}

static feel_value one_value(struct work__plan *p, const char *name, feel_value v)
{
    str names[] = { str_of(name) };
    feel_value *values = ARENA_ARRAY(&p->turn, feel_value, 1);
    values[0] = v;
    return feel_context(feel_shape_new(&p->turn, names, 1), values);
}

/* ---- gongshi.start ---- */

/* `with`, and `item` where there is one for each. */
static void write_with(feel_value with, const feel_value *item, struct json_writer *w)
{
    json_key(w, STR("with"));
    json_begin_object(w);
    for (uint32_t i = 0; with.kind == FEEL_CONTEXT && i < with.count; i++) {
        if (item == NULL || !str_eq(with.shape->names[i], STR("item"))) {
            json_key(w, with.shape->names[i]);
            json_raw(w, STR(""));
            feel_json_write(with.values[i], false, w->out);
        }
    }
    if (item != NULL) {
        json_key(w, STR("item"));
        json_raw(w, STR(""));
        feel_json_write(*item, false, w->out);
    }
    json_end_object(w);
}

/* Its number is drawn here: this dossier knows it before the other one has begun. */
static enum error_code start_one(struct work__plan *p, const struct work__act *act, str kind, const feel_value *item,
                                 int64_t *ret, struct error *err)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    int64_t id = store_id(p->w->store, err);
    str subject = work__said(act, "subject");
    if (id == 0) {
        return ERROR_IO;
    }
    json_writer_init(&w, &text, false);
    json_begin_object(&w);
    json_text_member(&w, "act", str_of(work_act_name(WORK_START)));
    json_int_member(&w, "number", id);
    json_int_member(&w, "about", p->d.id);
    json_text_member(&w, "name", kind);
    json_text_member(&w, "bundle", p->d.bundle);
    json_text_member(&w, "process", work__said(act, "process"));
    json_text_member(&w, "subject", subject.len > 0 ? subject : p->d.subject);
    write_with(feel_member(act->local, "with"), item, &w);
    json_end_object(&w);
    enum error_code code = work__whole(&text, err);
    if (code == OK && !work__enqueue(p, STR("event"), 0, 0, buf_str(&text))) {
        code = ERROR_IO;
        *err = *p->err;
    }
    buf_release(&text);
    p->job->delivers = true;
    *ret = id;
    return code;
}

static feel_value number_text(struct work__plan *p, int64_t id)
{
    return feel_string(arena_printf(&p->turn, "%lld", (long long)id));
}

enum error_code work__act_start(struct work__plan *p, const struct work__act *act, feel_value *ret, struct error *err)
{
    str kind = work__said(act, "link");
    feel_value each = feel_member(act->local, "each");
    uint32_t count = each.kind == FEEL_LIST ? each.count : 1;
    feel_value *numbers = ARENA_ARRAY(&p->turn, feel_value, count);
    enum error_code code = OK;
    kind = kind.len > 0 ? kind : STR("part of");
    if (!work__link_kind(kind)) {
        return error_set(err, ERROR_INVALID, "dossiers are not linked by \"%.*s\"", STR_ARG(kind));
    }
    if (count > LIMIT_WORK_STARTS) {
        error_set(err, ERROR_LIMIT, "too many dossiers would begin at once");
        error_detail(err, "limit %s = %d", "WORK_STARTS", LIMIT_WORK_STARTS);
        return ERROR_LIMIT;
    }
    for (uint32_t i = 0; code == OK && i < count; i++) {
        int64_t id = 0;
        code = start_one(p, act, kind, each.kind == FEEL_LIST ? &each.items[i] : NULL, &id, err);
        numbers[i] = number_text(p, id);
    }
    *ret = one_value(p, "started", each.kind == FEEL_LIST ? feel_list(numbers, count) : numbers[0]);
    return code;
}

/* ---- gongshi.draw ---- */

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
    return n.kind == FEEL_NULL || (n.kind == FEEL_NUMBER && dec_to_int(n.number, ret) && *ret > 0);
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
    struct work__drawing *d = ARENA_NEW(&p->scratch, struct work__drawing);
    *d = (struct work__drawing){ p->drawings, feel_copy(&p->scratch, values[1]) };
    p->drawings = d;
    *ret = feel_context(feel_shape_new(&p->turn, names, 2), values);
    return OK;
}
