/* index: the rows by which revisions are found, and the words by which they are searched. All of it can be made again
 * from the revisions. */
#include "record/record_int.h"

#include "base/limit.h"
#include "text/sha256.h"

str record__index_name(struct arena *a, str ledger, const char *mark, str name)
{
    return arena_printf(a, "%.*s%s%.*s", STR_ARG(ledger), mark, STR_ARG(name));
}

bool record__index_key(struct arena *a, feel_value v, str *ret)
{
    struct buf key = BUF_INIT(LIMIT_FEEL_BYTES);
    bool scalar = feel_key_write(v, &key);
    str bytes = buf_str(&key);
    *ret = arena_str(a, str_slice(bytes, 0, bytes.len < LIMIT_RECORD_KEY ? bytes.len : LIMIT_RECORD_KEY));
    buf_release(&key);
    return scalar;
}

/* ---- What is read once ---- */

struct record_readings {
    struct arena *arena;
    struct record__reading *first;
};

struct record_readings *record_readings(struct arena *a)
{
    struct record_readings *all = ARENA_NEW(a, struct record_readings);
    all->arena = a;
    return all;
}

const struct record__reading *record__reading(const struct record_plan *plan, const struct scheme_ledger *l,
                                              str ledger)
{
    struct record__reading *r = plan->readings == NULL ? NULL : plan->readings->first;
    while (r != NULL && (r->l != l || !str_eq(r->ledger, ledger))) {
        r = r->next;
    }
    if (r == NULL) {
        struct arena *a = plan->readings == NULL ? plan->arena : plan->readings->arena;
        r = ARENA_NEW(a, struct record__reading);
        *r = (struct record__reading){ .l = l, .ledger = arena_str(a, ledger) };
        r->key_name = record__key_name(a, l, ledger);
        r->kept = record__kept(plan->view, a, l, ledger);
        r->batch_count = record__batches(plan->view, a, ledger, &r->batches);
        if (plan->readings != NULL) {
            r->next = plan->readings->first;
            plan->readings->first = r;
        }
    }
    return r;
}

/* ---- Index rows ---- */

/* What a ledger's index rows are of: the ledger itself, each field, these behind them, and then
 * fields of other versions. */
enum tail { TAIL_KEY = 1, TAIL_REPLACED, TAIL_OFFICE, TAIL_DOSSIER, TAIL_PARENT, TAILS };

static const char *const tail_names[TAILS] = { [TAIL_REPLACED] = "replaced", [TAIL_OFFICE] = "office",
                                               [TAIL_DOSSIER] = "dossier", [TAIL_PARENT] = "parent" };

str record__entry_name(struct arena *a, const struct scheme_ledger *l, const struct record__kept *kept, str ledger,
                       uint32_t which)
{
    if (which == 0) {
        return ledger;
    }
    if (which <= l->field_count) {
        return record__index_name(a, ledger, ".", l->fields[which - 1].name);
    }
    if (which == l->field_count + TAIL_KEY) {
        return record__key_name(a, l, ledger);
    }
    uint32_t tail = which - l->field_count;
    return tail < TAILS ? record__index_name(a, ledger, "#", str_of(tail_names[tail])) : kept->foreign[tail - TAILS];
}

bool record__is_early_entry(const struct scheme_ledger *l, uint32_t which)
{
    return which == 0 || which == l->field_count + TAIL_KEY || which == l->field_count + TAIL_REPLACED;
}

bool record__is_by_office(const struct scheme_ledger *l, uint32_t which)
{
    return which == l->field_count + TAIL_OFFICE;
}

static void add_value(struct arena *a, uint32_t which, feel_value v, struct record__entry *all, uint32_t *count)
{
    str key;
    if (v.kind != FEEL_NULL && record__index_key(a, v, &key)) {
        all[(*count)++] = (struct record__entry){ which, key };
    }
}

uint32_t record__entries(struct arena *a, const struct scheme_ledger *l, const struct record__kept *kept,
                         const struct record__revision *rev, int64_t shelf, const struct record__entry **ret)
{
    struct record__entry *all = ARENA_ARRAY(a, struct record__entry, l->field_count + TAILS + kept->foreign_count);
    uint32_t count = 0;
    all[count++] = (struct record__entry){ 0, STR("") };
    for (uint32_t i = 0; i < l->field_count; i++) {
        str key;
        if (kept->written[i] && record__index_key(a, rev->row.body.values[i], &key)) {
            all[count++] = (struct record__entry){ i + 1, key };
        }
    }
    if (l->key_count > 0) {
        all[count++] = (struct record__entry){ l->field_count + TAIL_KEY, record__key(a, l, rev->row.body) };
    }
    bool own_shelf = shelf != RECORD__KNOWN && shelf != RECORD__ENDED;
    if (rev->row.revision > 1 && own_shelf) { /* for record__replaced */
        all[count++] = (struct record__entry){ l->field_count + TAIL_REPLACED, STR("") };
    }
    if (rev->row.office != 0 && !own_shelf) { /* an import is of one office: its rows are looked through */
        add_value(a, l->field_count + TAIL_OFFICE, record__extra(a, &rev->row, RECORD__OFFICE), all, &count);
    }
    add_value(a, l->field_count + TAIL_DOSSIER, record__extra(a, &rev->row, RECORD__DOSSIER), all, &count);
    add_value(a, l->field_count + TAIL_PARENT, record__extra(a, &rev->row, RECORD__PARENT), all, &count);
    for (uint32_t i = 0; i < kept->foreign_count; i++) {
        str key;
        if (record__index_key(a, feel_null(), &key)) {
            all[count++] = (struct record__entry){ l->field_count + TAILS + i, key };
        }
    }
    *ret = all;
    return count;
}

void record__put_entry(struct store_change *c, const struct record_row *row, str name, int64_t shelf, str key,
                       enum record__put what)
{
    struct store_value values[] = { store_text(name), store_int(shelf), store_bytes(key), store_int(row->row),
                                    store_int(row->id), store_int(row->office), store_int(row->valid_from),
                                    store_int(row->valid_to), store_int(row->known_from), store_int(row->known_to) };
    switch (what) {
    case RECORD__OUT: store_delete(c, STORE_TABLE_record_index, values, 0); break;
    case RECORD__IN: store_insert(c, STORE_TABLE_record_index, values); break;
    case RECORD__OVER: store_put(c, STORE_TABLE_record_index, values); break;
    }
}

void record__index(const struct record_plan *plan, const struct scheme_ledger *l, const struct record__revision *rev,
                   int64_t shelf, bool there)
{
    const struct record__entry *all;
    const struct record__kept *kept = record__reading(plan, l, rev->ledger)->kept;
    uint32_t count = record__entries(plan->arena, l, kept, rev, shelf, &all);
    for (uint32_t i = 0; i < count; i++) {
        str name = record__entry_name(plan->arena, l, kept, rev->ledger, all[i].which);
        record__put_entry(plan->change, &rev->row, name, shelf, all[i].key, there ? RECORD__IN : RECORD__OUT);
    }
}

/* The ledger's names sort beside those of ledgers that only begin like it. */
uint32_t record__index_names(struct store_view *v, struct arena *a, str ledger, const str **ret)
{
    str *all = NULL, name = ledger;
    uint32_t count = 0;
    struct store_value args[] = { store_text(ledger) };
    struct store_rows *r = store_query(v, "SELECT name FROM record_index WHERE name >= ? ORDER BY name LIMIT 1", args,
                                       1);
    bool more = store_next(r) && str_starts_with(store_column_text(r, 0), ledger);
    while (more) {
        name = arena_str(a, store_column_text(r, 0));
        if (name.len == ledger.len || name.ptr[ledger.len] == '#' || name.ptr[ledger.len] == '.') {
            all = arena_grow(a, all, count * sizeof *all, (count + 1) * sizeof *all);
            all[count++] = name;
        }
        store_rows_end(r);
        args[0] = store_text(name);
        r = store_query(v, "SELECT name FROM record_index WHERE name > ? ORDER BY name LIMIT 1", args, 1);
        more = store_next(r) && str_starts_with(store_column_text(r, 0), ledger);
    }
    store_rows_end(r);
    *ret = all;
    return count;
}

/* ---- Words ---- */

str record__words_mark(struct arena *a, str ledger, int64_t office)
{
    char hash[SHA256_TEXT];
    sha256_text(arena_printf(a, "%.*s#%lld", STR_ARG(ledger), (long long)office), hash);
    return arena_printf(a, "%.24s", hash);
}

/* As much of a text as there is room for, cut between characters. */
static void add_words(struct buf *out, feel_value v)
{
    if (v.kind == FEEL_STRING) {
        str text = feel_str(v);
        size_t room = out->max > out->len ? out->max - out->len : 0, n = text.len < room ? text.len : room;
        while (n > 0 && n < text.len && ((unsigned char)text.ptr[n] & 0xC0) == 0x80) {
            n--;
        }
        buf_add(out, str_slice(text, 0, n));
    } else if (v.kind != FEEL_NULL) {
        feel_print(v, out);
    }
    buf_addc(out, ' ');
}

bool record__is_searched(const struct scheme_field *f)
{
    return f->search && f->class >= SCHEME_INTERNAL;
}

void record__words(const struct record_plan *plan, const struct scheme_ledger *l, const struct record__revision *rev)
{
    struct buf out = BUF_INIT(LIMIT_RECORD_WORDS);
    bool any = false;
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (record__is_searched(&l->fields[i])) {
            add_words(&out, rev->row.body.values[i]);
            any = true;
        }
    }
    if (any) {
        str text = STR("");
        if (rev->row.known_to == INT64_MAX) {
            str marks = arena_printf(plan->arena, "%.*s %.*s ",
                                     STR_ARG(record__words_mark(plan->arena, rev->ledger, 0)),
                                     STR_ARG(record__words_mark(plan->arena, rev->ledger, rev->row.office)));
            text = arena_printf(plan->arena, "%.*s%.*s", STR_ARG(marks), STR_ARG(buf_str(&out)));
        }
        store_words(plan->change, STR("record"), rev->row.row, text);
    }
    buf_release(&out);
}
