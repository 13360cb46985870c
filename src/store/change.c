/* change: building a change as flat bytes in the caller's arena, and reading them. See store_int.h for the format. */
#include "base/limit.h"
#include "store/store_int.h"
#include "text/utf8.h"

#include <assert.h>

enum { OP_HEAD = 16, FIRST_ROOM = 1024 };

static void put_u32(char *p, uint32_t n)
{
    for (int i = 0; i < 4; i++) {
        p[i] = (char)(n >> 8 * i);
    }
}

static void put_u64(char *p, uint64_t n)
{
    for (int i = 0; i < 8; i++) {
        p[i] = (char)(n >> 8 * i);
    }
}

static uint32_t get_u32(const char *p)
{
    uint32_t n = 0;
    for (int i = 3; i >= 0; i--) {
        n = n << 8 | (unsigned char)p[i];
    }
    return n;
}

static uint64_t get_u64(const char *p)
{
    return (uint64_t)get_u32(p + 4) << 32 | get_u32(p);
}

/* ---- Reading ---- */

bool store__next_op(const char **at, const char *end, struct store_op *ret)
{
    const char *p = *at;
    if (p == end) {
        return false;
    }
    *ret = (struct store_op){ .kind = (uint8_t)p[0], .table = (uint8_t)p[1], .count = (uint8_t)p[2],
                              .size = get_u32(p + 4), .keep = get_u64(p + 8), .values = p + OP_HEAD };
    *at = p + OP_HEAD + ret->size;
    return true;
}

const char *store__next_value(const char *p, const int64_t *taken, struct store_value *ret)
{
    enum store_kind kind = (enum store_kind)(unsigned char)*p++;
    switch (kind) {
    case STORE_INT:
        *ret = store_int((int64_t)get_u64(p));
        return p + 8;
    case STORE_TAKEN:
        *ret = store_int(taken[get_u32(p)]);
        return p + 4;
    case STORE_KEEP:
        *ret = store_keep();
        return p;
    case STORE_TEXT: case STORE_BYTES:
        break;
    }
    ret->kind = kind;
    ret->text = (str){ p + 4, get_u32(p) };
    return p + 4 + ret->text.len;
}

/* ---- Building ---- */

struct store_change *store_change(struct arena *a)
{
    struct store_change *c = ARENA_NEW(a, struct store_change);
    c->arena = a;
    return c;
}

uint32_t store_change_rows(const struct store_change *c)
{
    return c->rows;
}

static void problem(struct store_change *c, enum store_problem what)
{
    if (c->problem == STORE_NO_PROBLEM) {
        c->problem = what;
    }
}

static size_t change_bytes(const struct store_change *c)
{
    return c->plain.len + c->series.len + c->late.len;
}

/* Room for `size` more bytes, or NULL when the change would become too large. */
static char *room(struct store_change *c, struct store_part *part, size_t size)
{
    if (c->problem != STORE_NO_PROBLEM || (!c->replay && size > LIMIT_STORE_UNIT_BYTES - change_bytes(c))) {
        problem(c, STORE_TOO_MANY_BYTES);
        return NULL;
    }
    if (part->len + size > part->size) {
        size_t wanted = part->size == 0 ? FIRST_ROOM : part->size * 2;
        wanted = wanted < part->len + size ? part->len + size : wanted;
        part->bytes = arena_grow(c->arena, part->bytes, part->size, wanted);
        part->size = wanted;
    }
    char *p = part->bytes + part->len;
    part->len += size;
    return p;
}

static size_t value_size(const struct store_value *v)
{
    switch (v->kind) {
    case STORE_INT: return 9;
    case STORE_TAKEN: return 5;
    case STORE_KEEP: return 1;
    case STORE_TEXT: case STORE_BYTES: break;
    }
    return 5 + v->text.len;
}

static char *put_value(char *p, const struct store_value *v)
{
    *p++ = (char)v->kind;
    switch (v->kind) {
    case STORE_INT:
        put_u64(p, (uint64_t)v->number);
        return p + 8;
    case STORE_TAKEN:
        put_u32(p, (uint32_t)v->number);
        return p + 4;
    case STORE_KEEP:
        return p;
    case STORE_TEXT: case STORE_BYTES:
        break;
    }
    put_u32(p, (uint32_t)v->text.len);
    if (v->text.len > 0) {
        memcpy(p + 4, v->text.ptr, v->text.len);
    }
    return p + 4 + v->text.len;
}

static bool text_is_good(str s)
{
    return (s.len == 0 || memchr(s.ptr, 0, s.len) == NULL) && utf8_valid(s);
}

/* Looks at the values: their size in bytes, which are kept, whether one is a taken number. */
static size_t survey(struct store_change *c, const struct store_value *values, uint32_t count, uint64_t *ret_keep,
                     bool *ret_late)
{
    size_t size = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct store_value *v = &values[i];
        size += value_size(v);
        *ret_keep |= (uint64_t)(v->kind == STORE_KEEP) << i;
        *ret_late |= v->kind == STORE_TAKEN;
        if (v->kind == STORE_TEXT && !text_is_good(v->text)) {
            problem(c, STORE_BAD_TEXT);
        }
        if (v->kind == STORE_TAKEN && (uint64_t)v->number >= c->take_count) {
            problem(c, STORE_BAD_NUMBER);
        }
    }
    return size;
}

static void add(struct store_change *c, enum store_op_kind kind, uint32_t table, const struct store_value *values,
                uint32_t count)
{
    uint64_t keep = 0;
    bool late = false;
    size_t size = survey(c, values, count, &keep, &late);
    if (++c->rows > LIMIT_STORE_UNIT_ROWS) {
        problem(c, STORE_TOO_MANY_ROWS);
    }
    char *p = room(c, late ? &c->late : &c->plain, OP_HEAD + size);
    if (p == NULL) {
        return;
    }
    p[0] = (char)kind;
    p[1] = (char)table;
    p[2] = (char)count;
    p[3] = 0;
    put_u32(p + 4, (uint32_t)size);
    put_u64(p + 8, keep);
    p += OP_HEAD;
    for (uint32_t i = 0; i < count; i++) {
        p = put_value(p, &values[i]);
    }
}

void store_insert(struct store_change *c, enum store_table_slot t, const struct store_value *row)
{
    add(c, STORE_OP_INSERT, t, row, store_table(t)->column_count);
}

/* Rows with taken numbers are written last and not looked at: nobody can name them before. */
bool store_inserted(const struct store_change *c, enum store_table_slot t, uint32_t column, int64_t number,
                    struct store_value *ret_row)
{
    const char *at = c->plain.bytes, *end = at + c->plain.len;
    struct store_op op;
    while (c->plain.len > 0 && store__next_op(&at, end, &op)) {
        bool fits = op.kind == STORE_OP_INSERT && op.table == t;
        const char *p = op.values;
        for (uint32_t i = 0; fits && i < op.count; i++) {
            p = store__next_value(p, c->taken, &ret_row[i]);
        }
        if (fits && ret_row[column].kind == STORE_INT && ret_row[column].number == number) {
            return true;
        }
    }
    return false;
}

uint32_t store_inserted_count(const struct store_change *c, enum store_table_slot t, str first)
{
    const char *at = c->plain.bytes, *end = at + c->plain.len;
    struct store_op op;
    struct store_value v;
    uint32_t count = 0;
    while (c->plain.len > 0 && store__next_op(&at, end, &op)) {
        if (op.kind == STORE_OP_INSERT && op.table == t) {
            store__next_value(op.values, c->taken, &v);
            count += v.kind == STORE_TEXT && str_eq(v.text, first);
        }
    }
    return count;
}

void store_update(struct store_change *c, enum store_table_slot t, const struct store_value *row)
{
    add(c, STORE_OP_UPDATE, t, row, store_table(t)->column_count);
}

void store_put(struct store_change *c, enum store_table_slot t, const struct store_value *row)
{
    assert(store_table(t)->version < 0);
    add(c, STORE_OP_PUT, t, row, store_table(t)->column_count);
}

/* A key and a version. */
static void add_key(struct store_change *c, enum store_op_kind kind, enum store_table_slot t,
                    const struct store_value *key, int64_t version)
{
    const struct store_table *table = store_table(t);
    struct store_value values[65];
    assert(version == 0 || table->version >= 0);
    memcpy(values, key, table->key_count * sizeof *key);
    values[table->key_count] = store_int(version);
    add(c, kind, t, values, table->key_count + 1);
}

void store_delete(struct store_change *c, enum store_table_slot t, const struct store_value *key, int64_t version)
{
    add_key(c, STORE_OP_DELETE, t, key, version);
}

void store_guard(struct store_change *c, enum store_table_slot t, const struct store_value *key, int64_t version)
{
    add_key(c, STORE_OP_GUARD, t, key, version);
}

struct store_value store_take(struct store_change *c, str series)
{
    struct store_value name = store_text(series), number = { STORE_TAKEN, { .number = c->take_count } };
    if (!text_is_good(series)) {
        problem(c, STORE_BAD_TEXT);
    }
    if (c->take_count >= LIMIT_STORE_UNIT_ROWS) {
        problem(c, STORE_TOO_MANY_ROWS);
    }
    char *p = room(c, &c->series, value_size(&name));
    if (p == NULL) {
        return number;
    }
    put_value(p, &name);
    if (c->take_count == c->take_room) {
        uint32_t wanted = c->take_room == 0 ? 4 : c->take_room * 2;
        c->taken = arena_grow(c->arena, c->taken, c->take_room * sizeof *c->taken, wanted * sizeof *c->taken);
        c->take_room = wanted;
    }
    c->taken[c->take_count++] = 0;
    return number;
}

void store_words(struct store_change *c, str kind, int64_t id, str text)
{
    struct buf tokens = BUF_INIT(LIMIT_STORE_UNIT_BYTES);
    store_tokens(text, &tokens);
    struct store_value values[3] = { store_text(kind), store_int(id), store_text(buf_str(&tokens)) };
    if (tokens.overflow) {
        problem(c, STORE_TOO_MANY_BYTES);
    }
    add(c, STORE_OP_WORDS, 0, values, 3);
    buf_release(&tokens);
}

struct store_mark store_mark(const struct store_change *c)
{
    return (struct store_mark){ c->plain.len, c->series.len, c->late.len, c->rows, c->take_count, (int)c->problem };
}

void store_rewind(struct store_change *c, struct store_mark mark)
{
    c->plain.len = mark.plain;
    c->series.len = mark.series;
    c->late.len = mark.late;
    c->rows = mark.rows;
    c->take_count = mark.taken;
    c->problem = (enum store_problem)mark.problem;
}

/* ---- Handing in ---- */

static enum store_outcome apply_change(struct store *s, struct store_request *r)
{
    struct store_change *c = (struct store_change *)((char *)r - offsetof(struct store_change, request));
    enum store_outcome outcome = s->backend->apply(s, c, &r->result);
    if (outcome == STORE_DONE) {
        r->logged = c;
        r->result.taken = c->taken;
        r->result.taken_count = c->take_count;
    }
    return outcome;
}

static bool refuse(const struct store_change *c, struct error *err)
{
    switch (c->problem) {
    case STORE_NO_PROBLEM:
        return false;
    case STORE_TOO_MANY_ROWS:
        error_set(err, ERROR_LIMIT, "the change is too large");
        error_detail(err, "limit %s = %d", "STORE_UNIT_ROWS", LIMIT_STORE_UNIT_ROWS);
        return true;
    case STORE_TOO_MANY_BYTES:
        error_set(err, ERROR_LIMIT, "the change is too large");
        error_detail(err, "limit %s = %d", "STORE_UNIT_BYTES", LIMIT_STORE_UNIT_BYTES);
        return true;
    case STORE_BAD_TEXT:
        error_set(err, ERROR_INVALID, "a text of the change is not UTF-8, or has a NUL");
        return true;
    case STORE_BAD_NUMBER:
        error_set(err, ERROR_INVALID, "a row of the change has a number that the change does not take");
        return true;
    }
    return false;
}

bool store_change_sound(const struct store_change *c, struct error *err)
{
    return !refuse(c, err);
}

/* Prepares the request of a change; false when it was answered already. */
static bool prepare(struct store_change *c, store_done *done, void *context)
{
    struct store_request *r = &c->request;
    r->apply = apply_change;
    r->bytes = change_bytes(c);
    r->done = done;
    r->context = context;
    r->result.error = (struct error){ .lang = LANG_EN };
    r->result.outcome = refuse(c, &r->result.error) ? STORE_REFUSED : STORE_DONE;
    return r->result.outcome == STORE_DONE;
}

void store_submit(struct store *s, struct store_change *c, enum store_lane lane, store_done *done, void *context)
{
    if (!prepare(c, done, context) || !store__enqueue(s, &c->request, lane)) {
        done(context, &c->request.result);
    }
}

struct store_result store_commit(struct store *s, struct store_change *c, enum store_lane lane)
{
    if (prepare(c, NULL, NULL)) {
        store__enqueue_wait(s, &c->request, lane);
    }
    return c->request.result;
}

const char *store_outcome_name(enum store_outcome outcome)
{
    static const char *const names[STORE_OUTCOMES] = { "done", "stale", "exists", "refused", "full", "read-only",
                                                       "unknown" };
    assert(outcome < STORE_OUTCOMES);
    return names[outcome];
}
