/* test_people_chain: the audit rows, their chain, and every way of tampering with it that the table below knows. Each
 * case has a store of its own with three batches of four rows, in which something is changed behind the program's
 * back. */
#include "people/people_int.h"
#include "people_world.h"

enum { BATCHES = 3, ROWS = 4, FIRST_ID = 1000, ENTRY = 40 };

/* ---- A chain ---- */

static void insert_row(int64_t id, int64_t batch)
{
    char object[32];
    snprintf(object, sizeof object, "{\"n\":%d}", (int)(id - FIRST_ID));
    store_insert(plan.change, STORE_TABLE_audit,
                 (struct store_value[]){ store_int(id), store_int(now + id), store_int(7), store_text(STR("claim")),
                                         store_text(STR("task")), store_int(id * 2), store_text(str_of(object)),
                                         store_int(batch) });
}

static void make_chain(void)
{
    for (int b = 0; b < BATCHES; b++) {
        uint32_t count = 0;
        begin();
        for (int i = 0; i < ROWS; i++) {
            insert_row(FIRST_ID + b * ROWS + i, 0);
        }
        if (end(OK) != OK || people_chain(people, now + b, &count, &err) != OK || count != ROWS) {
            bail("no chain");
        }
    }
}

/* ---- Tampering ---- */

static const struct store_value keep = { .kind = STORE_KEEP };

/* Column 1 to 7 of a row of the table audit. */
static void set_row(int64_t id, int column, struct store_value value)
{
    struct store_value row[8] = { store_int(id), keep, keep, keep, keep, keep, keep, keep };
    row[column] = value;
    store_update(plan.change, STORE_TABLE_audit, row);
}

enum { AT = 1, COUNT, BEFORE, HASH, IDS };

static void set_batch(int64_t number, int column, struct store_value value)
{
    struct store_value row[6] = { store_int(number), keep, keep, keep, keep, keep };
    row[column] = value;
    store_update(plan.change, STORE_TABLE_audit_batch, row);
}

static str ids_of(int64_t number)
{
    struct store_rows *r =
        store_query(plan.view, "SELECT ids FROM audit_batch WHERE number = ?", PEOPLE__ARGS(store_int(number)));
    str ids = store_next(r) ? arena_str(&arena, store_column_text(r, 0)) : STR("");
    store_rows_end(r);
    return ids;
}

static void delete_row(int64_t id)
{
    struct store_value key = store_int(id);
    store_delete(plan.change, STORE_TABLE_audit, &key, 0);
}

static void delete_batch(int64_t number)
{
    struct store_value key = store_int(number);
    store_delete(plan.change, STORE_TABLE_audit_batch, &key, 0);
}

static void nothing(void)
{
}

static void change_at(void)
{
    set_row(1005, 1, store_int(1));
}

static void change_actor(void)
{
    set_row(1005, 2, store_int(8));
}

static void change_verb(void)
{
    set_row(1005, 3, store_text(STR("release")));
}

static void change_kind(void)
{
    set_row(1005, 4, store_text(STR("dossier")));
}

static void change_object(void)
{
    set_row(1005, 5, store_int(2011));
}

static void change_detail(void)
{
    set_row(1005, 6, store_text(STR("{\"n\":6}")));
}

/* Two rows change places: the same rows, in another order. */
static void swap_rows(void)
{
    for (int column = 1; column < 7; column++) {
        struct store_value five[] = { keep, store_int(now + 1005), keep, keep, keep, store_int(2010),
                                      store_text(STR("{\"n\":5}")) };
        struct store_value six[] = { keep, store_int(now + 1006), keep, keep, keep, store_int(2012),
                                     store_text(STR("{\"n\":6}")) };
        if (five[column].kind != STORE_KEEP) {
            set_row(1005, column, six[column]);
            set_row(1006, column, five[column]);
        }
    }
}

static void remove_row(void)
{
    delete_row(1006);
}

static void move_row(void)
{
    set_row(1006, 7, store_int(3));
}

static void free_row(void)
{
    set_row(1006, 7, store_int(0));
}

static void add_row(void)
{
    insert_row(2000, 2);
}

static void add_row_of_no_batch(void)
{
    insert_row(2000, 99);
}

static void remove_middle(void)
{
    delete_batch(2);
}

static void remove_first(void)
{
    delete_batch(1);
}

static void swap_entries(void)
{
    char bytes[ROWS * ENTRY], held[ENTRY];
    memcpy(bytes, ids_of(2).ptr, sizeof bytes);
    memcpy(held, bytes, ENTRY);
    memcpy(bytes, bytes + ENTRY, ENTRY);
    memcpy(bytes + ENTRY, held, ENTRY);
    set_batch(2, IDS, store_bytes((str){ bytes, sizeof bytes }));
}

static void cut_entry(void)
{
    set_batch(2, IDS, store_bytes(str_slice(ids_of(2), 0, (ROWS - 1) * ENTRY)));
}

static void cut_entry_and_count(void)
{
    struct store_value row[] = { store_int(2), keep, store_int(ROWS - 1), keep, keep,
                                 store_bytes(str_slice(ids_of(2), 0, (ROWS - 1) * ENTRY)) };
    store_update(plan.change, STORE_TABLE_audit_batch, row);
}

static void cut_byte(void)
{
    set_batch(2, IDS, store_bytes(str_slice(ids_of(2), 0, ROWS * ENTRY - 1)));
}

static void change_count(void)
{
    set_batch(2, COUNT, store_int(ROWS + 1));
}

static void change_batch_at(void)
{
    set_batch(2, AT, store_int(5));
}

static void change_before(void)
{
    set_batch(2, BEFORE, store_text(STR("0000")));
}

static void change_hash(void)
{
    set_batch(2, HASH, store_text(STR("0000")));
}

/* The whole batch made anew around a changed row, with hashes that fit: what somebody does who knows this program. */
static void forge(int64_t number)
{
    for (int64_t n = BATCHES; n >= number; n--) {
        delete_batch(n);
        for (int i = 0; i < ROWS; i++) {
            set_row(FIRST_ID + (n - 1) * ROWS + i, 7, store_int(0));
        }
    }
    set_row(FIRST_ID + (number - 1) * ROWS + 1, 2, store_int(666));
}

static void forge_last(void)
{
    forge(BATCHES);
}

static void cut_end(void)
{
    delete_batch(BATCHES);
    for (int i = 0; i < ROWS; i++) {
        delete_row(FIRST_ID + (BATCHES - 1) * ROWS + i);
    }
}

/* ---- Cases ---- */

struct tampering {
    const char *name;
    void (*change)(void);
    bool rechain; /* afterwards, as the sequencer would */
    bool noted;   /* whoever verifies knows the head from before */
    enum people_fault fault;
    int64_t batch, row;
};

static const struct tampering cases[] = {
    { "nothing", nothing, false, false, PEOPLE_SOUND, 0, 0 },
    { "nothing, the head was noted", nothing, false, true, PEOPLE_SOUND, 0, 0 },
    { "another instant", change_at, false, false, PEOPLE_ROW_CHANGED, 2, 1005 },
    { "another actor", change_actor, false, false, PEOPLE_ROW_CHANGED, 2, 1005 },
    { "another verb", change_verb, false, false, PEOPLE_ROW_CHANGED, 2, 1005 },
    { "another kind", change_kind, false, false, PEOPLE_ROW_CHANGED, 2, 1005 },
    { "another object", change_object, false, false, PEOPLE_ROW_CHANGED, 2, 1005 },
    { "another detail", change_detail, false, false, PEOPLE_ROW_CHANGED, 2, 1005 },
    { "two rows change places", swap_rows, false, false, PEOPLE_ROW_CHANGED, 2, 1005 },
    { "a row is removed", remove_row, false, false, PEOPLE_ROW_MISSING, 2, 1006 },
    { "a row goes to another batch", move_row, false, false, PEOPLE_ROW_MOVED, 2, 1006 },
    { "a row leaves the chain", free_row, false, false, PEOPLE_ROW_MOVED, 2, 1006 },
    { "a row is added", add_row, false, false, PEOPLE_ROW_ADDED, 2, 2000 },
    { "a row is added to a batch that is none", add_row_of_no_batch, false, false, PEOPLE_ROW_ADDED, 99, 2000 },
    { "a batch is removed", remove_middle, false, false, PEOPLE_BATCH_MISSING, 2, 0 },
    { "the first batch is removed", remove_first, false, false, PEOPLE_BATCH_MISSING, 1, 0 },
    { "two entries change places", swap_entries, false, false, PEOPLE_BATCH_BROKEN, 2, 0 },
    { "an entry is cut", cut_entry, false, false, PEOPLE_BATCH_COUNT, 2, 0 },
    { "an entry is cut and the count put right", cut_entry_and_count, false, false, PEOPLE_BATCH_HASH, 2, 0 },
    { "half an entry", cut_byte, false, false, PEOPLE_BATCH_BROKEN, 2, 0 },
    { "another count", change_count, false, false, PEOPLE_BATCH_COUNT, 2, 0 },
    { "another instant of the batch", change_batch_at, false, false, PEOPLE_BATCH_HASH, 2, 0 },
    { "another hash of the batch before", change_before, false, false, PEOPLE_BATCH_BEFORE, 2, 0 },
    { "another hash of the batch", change_hash, false, false, PEOPLE_BATCH_HASH, 2, 0 },
    { "the end is forged", forge_last, true, false, PEOPLE_SOUND, 0, 0 },
    { "the end is forged, the head was noted", forge_last, true, true, PEOPLE_HEAD_OTHER, BATCHES, 0 },
    { "the end is cut off", cut_end, false, false, PEOPLE_SOUND, 0, 0 },
    { "the end is cut off, the head was noted", cut_end, false, true, PEOPLE_HEAD_OTHER, BATCHES, 0 },
};

static struct people_head head_now(void)
{
    struct people_head head = { 0 };
    begin();
    people_chain_head(plan.view, &head, &err);
    end(OK);
    return head;
}

static void play(const struct tampering *t)
{
    world_begin();
    make_chain();
    struct people_head head = head_now();
    begin();
    t->change();
    if (end(OK) != OK) {
        bail(t->name);
    }
    uint32_t count = 0;
    if (t->rechain && people_chain(people, now, &count, &err) != OK) {
        bail(t->name);
    }
    struct people_chain_verdict v = { .fault = PEOPLE_FAULTS };
    err = (struct error){ 0 };
    ok(people_chain_verify(people, t->noted ? &head : NULL, &v, &err) == OK, "%s: looked everywhere", t->name);
    ok(v.fault == t->fault && v.batch == t->batch && v.row == t->row, "and found %s",
       t->fault == PEOPLE_SOUND ? "nothing" : "it");
    if (v.fault != t->fault || v.batch != t->batch || v.row != t->row) {
        printf("# fault %d, batch %" PRId64 ", row %" PRId64 ": %s\n", v.fault, v.batch, v.row, err.detail);
    }
    ok((err.message[0] != '\0') == (t->fault != PEOPLE_SOUND), "and says so");
    world_end();
}

/* What an outsider's program made of the same rows after docs/audit.md. */
static void test_canonical(void)
{
    world_begin();
    now = 1800000000 * SECOND;
    struct buf bytes = BUF_INIT(1024);
    char hash[STORE_HASH + 1];
    people_audit_bytes(1, -2, 3, STR("a\"b"), STR("待办"), 9007199254740993, STR("{\"n\":1}"), &bytes);
    is_str(buf_str(&bytes),
           STR("{\"actor\":\"3\",\"at\":\"-2\",\"detail\":\"{\\\"n\\\":1}\",\"id\":\"1\",\"kind\":\"待办\","
               "\"object\":\"9007199254740993\",\"verb\":\"a\\\"b\"}"), "the canonical bytes of a row");
    buf_release(&bytes);
    make_chain();
    memcpy(hash, head_now().hash, sizeof hash);
    is_str(str_of(hash), STR("c6786825faf31fe14060040775bc449a7ebee08eca08ead630f2143b72c28580"),
           "the hash of the chain");
    world_end();
}

/* ---- Rows and batches ---- */

static enum error_code audit(const char *detail)
{
    return act(people_audit(&plan, STR("see"), STR("dossier"), 5, str_of(detail), &err));
}

static void test_details(void)
{
    ok(audit(" { \"b\" : [1, true, null, \"\\u00e9\"], \"a\": {\"d\":\"\", \"c\":-5} } ") == OK, "a detail");
    begin();
    struct store_rows *r = store_query(plan.view, "SELECT detail FROM audit ORDER BY id DESC LIMIT 1", NULL, 0);
    ok(store_next(r), "is written");
    is_str(store_column_text(r, 0), STR("{\"a\":{\"c\":-5,\"d\":\"\"},\"b\":[1,true,null,\"é\"]}"),
           "in canonical form");
    store_rows_end(r);
    end(OK);
    ok(audit("[1]") == ERROR_INVALID, "an object it must be");
    ok(audit("{") == ERROR_SYNTAX, "and JSON");
    ok(audit("{\"a\":1.5}") == ERROR_LIMIT && audit("{\"a\":1e3}") == ERROR_LIMIT, "with whole numbers");
    ok(audit("{\"a\":-0}") == ERROR_LIMIT, "of one form");
    ok(audit("{\"a\":9007199254740993}") == ERROR_LIMIT, "that a double holds");
    char text[LIMIT_PEOPLE_AUDIT_DETAIL + 16];
    int n = snprintf(text, sizeof text, "{\"a\":\"");
    memset(text + n, 'x', sizeof text - (size_t)n);
    memcpy(text + sizeof text - 3, "\"}", 3);
    ok(audit(text) == ERROR_LIMIT && strstr(err.detail, "PEOPLE_AUDIT_DETAIL") != NULL, "PEOPLE_AUDIT_DETAIL");
    char deep[128] = "{\"a\":";
    n = 5;
    for (int i = 0; i < LIMIT_PEOPLE_AUDIT_DEPTH; i++) {
        deep[n + i] = '[';
        deep[n + 2 * LIMIT_PEOPLE_AUDIT_DEPTH - 1 - i] = ']';
    }
    deep[n + 2 * LIMIT_PEOPLE_AUDIT_DEPTH] = '}';
    ok(audit(deep) == ERROR_LIMIT && strstr(err.detail, "PEOPLE_AUDIT_DEPTH") != NULL, "PEOPLE_AUDIT_DEPTH");
}

static void test_batches(void)
{
    uint32_t count = 0;
    while (people_chain(people, now, &count, &err) == OK && count > 0) {
    }
    struct people_head before = head_now();
    for (int i = 0; i < 3; i++) {
        begin();
        for (int k = 0; k < 200; k++) {
            insert_row(FIRST_ID + i * 200 + k + 50000, 0);
        }
        end(OK);
    }
    ok(people_chain(people, now, &count, &err) == OK && count == LIMIT_PEOPLE_AUDIT_BATCH,
       "PEOPLE_AUDIT_BATCH at once");
    ok(people_chain(people, now, &count, &err) == OK && count == 200, "then the rest");
    ok(people_chain(people, now, &count, &err) == OK && count == 0, "then nothing");
    is_int(head_now().number, before.number + 2, "two batches");
    struct people_chain_verdict v;
    ok(people_chain_verify(people, NULL, &v, &err) == OK && v.fault == PEOPLE_SOUND, "the chain is sound");
    is_int(v.batches, head_now().number, "all batches were looked at");
    is_int(v.rows, count_of("SELECT count(*) FROM audit"), "and all rows");
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        play(&cases[i]);
    }
    test_canonical();
    world_begin();
    test_details();
    test_batches();
    world_end();
    return tap_done();
}
