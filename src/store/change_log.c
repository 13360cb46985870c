/* change_log: changes as the log keeps them. All numbers are little-endian.
 *
 *   count u32, series length u32, plain length u32, late length u32   count: of taken numbers
 *   series    the names, each a TEXT value
 *   taken     count numbers, i64
 *   plain     operations, see store_int.h
 *   late
 *
 * The numbers stand in the log because applying it must give the very same ones. Reading trusts nothing: a log is a
 * file like any other.
 */
#include "base/limit.h"
#include "store/store_int.h"
#include "text/utf8.h"

enum { HEAD = 16 };

/* ---- Writing ---- */

static void add_number(struct buf *out, uint64_t n, int bytes)
{
    char p[8];
    for (int i = 0; i < bytes; i++) {
        p[i] = (char)(n >> 8 * i);
    }
    buf_add(out, (str){ p, (size_t)bytes });
}

static void add_part(struct buf *out, const struct store_part *part)
{
    buf_add(out, (str){ part->bytes, part->len });
}

void store__change_write(const struct store_change *c, struct buf *out)
{
    add_number(out, c->take_count, 4);
    add_number(out, c->series.len, 4);
    add_number(out, c->plain.len, 4);
    add_number(out, c->late.len, 4);
    add_part(out, &c->series);
    for (uint32_t i = 0; i < c->take_count; i++) {
        add_number(out, (uint64_t)c->taken[i], 8);
    }
    add_part(out, &c->plain);
    add_part(out, &c->late);
}

/* ---- Proving ---- */

/* What is left to be read. */
struct reader {
    const char *p, *end;
    uint32_t numbers; /* how many taken numbers a value may name */
};

static bool get(struct reader *r, int bytes, uint64_t *ret)
{
    if (r->end - r->p < bytes) {
        return false;
    }
    *ret = 0;
    for (int i = bytes - 1; i >= 0; i--) {
        *ret = *ret << 8 | (unsigned char)r->p[i];
    }
    r->p += bytes;
    return true;
}

/* A value; its kind in *ret_kind. */
static bool prove_value(struct reader *r, enum store_kind *ret_kind)
{
    uint64_t kind, n;
    if (!get(r, 1, &kind)) {
        return false;
    }
    *ret_kind = (enum store_kind)kind;
    switch (kind) {
    case STORE_INT: return get(r, 8, &n);
    case STORE_KEEP: return true;
    case STORE_TAKEN: return get(r, 4, &n) && n < r->numbers;
    case STORE_TEXT: case STORE_BYTES: break;
    default: return false;
    }
    if (!get(r, 4, &n) || n > (uint64_t)(r->end - r->p)) {
        return false;
    }
    str text = { r->p, n };
    r->p += n;
    return kind == STORE_BYTES || (utf8_valid(text) && memchr(text.ptr, 0, text.len) == NULL);
}

/* All columns of a row; the key and, but for an update, everything has a value. */
static bool prove_row(struct reader *r, const struct store_op *op, const struct store_table *t)
{
    if (op->count != t->column_count || (op->kind == STORE_OP_PUT && t->version >= 0)) {
        return false;
    }
    uint64_t keep = 0;
    for (uint32_t i = 0; i < op->count; i++) {
        enum store_kind kind;
        if (!prove_value(r, &kind) || (kind == STORE_KEEP && (op->kind != STORE_OP_UPDATE || i < t->key_count))) {
            return false;
        }
        keep |= (uint64_t)(kind == STORE_KEEP) << i;
    }
    return keep == op->keep;
}

static bool prove_key(struct reader *r, const struct store_op *op, const struct store_table *t)
{
    enum store_kind kind = STORE_KEEP;
    for (uint32_t i = 0; i < op->count; i++) {
        if (!prove_value(r, &kind) || kind == STORE_KEEP) {
            return false;
        }
    }
    return op->count == t->key_count + 1 && kind == STORE_INT && op->keep == 0;
}

static bool prove_words(struct reader *r, const struct store_op *op)
{
    enum store_kind kind, id, words;
    return op->count == 3 && op->keep == 0 && prove_value(r, &kind) && kind == STORE_TEXT && prove_value(r, &id) &&
           id == STORE_INT && prove_value(r, &words) && words == STORE_TEXT;
}

static bool prove_op(struct reader *r)
{
    uint64_t kind, table, count, zero, size, keep;
    if (!get(r, 1, &kind) || !get(r, 1, &table) || !get(r, 1, &count) || !get(r, 1, &zero) || !get(r, 4, &size) ||
        !get(r, 8, &keep) || size > (uint64_t)(r->end - r->p) || table >= STORE_TABLES || zero != 0) {
        return false;
    }
    struct reader values = { r->p, r->p + size, r->numbers };
    struct store_op op = { .kind = (uint8_t)kind, .table = (uint8_t)table, .count = (uint8_t)count, .keep = keep };
    const struct store_table *t = store_table((enum store_table_slot)table);
    bool good = false;
    switch (kind) {
    case STORE_OP_INSERT: case STORE_OP_UPDATE: case STORE_OP_PUT: good = prove_row(&values, &op, t); break;
    case STORE_OP_DELETE: case STORE_OP_GUARD: good = prove_key(&values, &op, t); break;
    case STORE_OP_WORDS: good = table == 0 && prove_words(&values, &op); break;
    default: break;
    }
    r->p += size;
    return good && values.p == values.end;
}

static bool prove_ops(const struct store_part *part, uint32_t numbers)
{
    struct reader r = { part->bytes, part->bytes + part->len, numbers };
    while (r.p < r.end) {
        if (!prove_op(&r)) {
            return false;
        }
    }
    return true;
}

static bool prove_series(const struct store_part *part, uint32_t count)
{
    struct reader r = { part->bytes, part->bytes + part->len, 0 };
    for (uint32_t i = 0; i < count; i++) {
        enum store_kind kind;
        if (!prove_value(&r, &kind) || kind != STORE_TEXT) {
            return false;
        }
    }
    return r.p == r.end;
}

/* ---- Reading ---- */

/* The rows of the series, as their numbers are known. */
static void put_series(struct store_change *c, const struct store_part *names, uint32_t count)
{
    const char *at = names->bytes;
    for (uint32_t i = 0; i < count; i++) {
        struct store_value row[2];
        at = store__next_value(at, NULL, &row[0]);
        row[1] = store_int(c->taken[i]);
        store_put(c, STORE_TABLE_series, row);
    }
}

static struct store_part cut(struct reader *r, uint64_t len)
{
    struct store_part part = { (char *)r->p, len, len };
    r->p += len;
    return part;
}

enum error_code store__change_read(struct arena *a, str bytes, struct store_change **ret, struct error *err)
{
    struct reader r = { bytes.ptr, bytes.ptr + bytes.len, 0 };
    uint64_t count, series, plain, late;
    if (!get(&r, 4, &count) || !get(&r, 4, &series) || !get(&r, 4, &plain) || !get(&r, 4, &late) ||
        count > LIMIT_STORE_UNIT_ROWS || HEAD + series + 8 * count + plain + late != bytes.len) {
        return error_set(err, ERROR_SYNTAX, "a change of the log is not well formed");
    }
    struct store_change *c = store_change(a);
    struct store_part names = cut(&r, series);
    c->taken = ARENA_ARRAY(a, int64_t, count);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t n = 0;
        get(&r, 8, &n); /* the sum of the lengths was right */
        c->taken[i] = (int64_t)n;
    }
    struct store_part rows = cut(&r, plain);
    c->late = cut(&r, late);
    if (!prove_series(&names, (uint32_t)count) || !prove_ops(&rows, 0) || !prove_ops(&c->late, (uint32_t)count)) {
        return error_set(err, ERROR_SYNTAX, "a change of the log is not well formed");
    }
    c->replay = true;
    c->plain = (struct store_part){ (char *)arena_str(a, (str){ rows.bytes, rows.len }).ptr, rows.len, rows.len };
    put_series(c, &names, (uint32_t)count);
    *ret = c;
    return OK;
}
