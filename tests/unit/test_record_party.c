/* test_record_party: unified credit codes, and values that are kept sealed until their key is destroyed. */
#include "base/limit.h"
#include "record/file.h"
#include "record/party.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static char top[] = "/tmp/gongshi-party-XXXXXX";
static struct arena arena = ARENA_INIT;

/* ---- Codes ---- */

/* The examples of GB 32100-2015 in use, sound and not; the last four are real and fail. */
static void test_codes(void)
{
    static const struct {
        const char *code;
        enum party_code_fault fault;
        char expected;
        bool inner;
    } rows[] = {
        { "91330100799655058B", PARTY_CODE_SOUND, 'B', true },  { "91440300708461136T", PARTY_CODE_SOUND, 'T', true },
        { "9144030071526726XG", PARTY_CODE_SOUND, 'G', true },  { "91110000802100433B", PARTY_CODE_SOUND, 'B', true },
        { "91350200776049653A", PARTY_CODE_SOUND, 'A', true },  { "913502000728319549", PARTY_CODE_SOUND, '9', true },
        { "91330100799655058C", PARTY_CODE_CHECK, 'B', true },  { "91110108717809965C", PARTY_CODE_CHECK, 'J', false },
        { "91350100M0001TGQXM", PARTY_CODE_CHECK, '1', true },  { "91350211M0000XUF46", PARTY_CODE_CHECK, 'R', true },
        { "91350203M0001FUE2P", PARTY_CODE_CHECK, 'J', true },  { "91350203M0001QAY9B", PARTY_CODE_CHECK, '9', true },
        { "9133010079965505", PARTY_CODE_LENGTH, 0, false },    { "91330100799655058BB", PARTY_CODE_LENGTH, 0, false },
        { "9133010079965505OB", PARTY_CODE_LETTER, 0, false },  { "91330100799655058b", PARTY_CODE_LETTER, 0, false },
        { "9133A100799655058B", PARTY_CODE_REGION, 0, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct party_code c = party_code_look(str_of(rows[i].code));
        ok(c.fault == rows[i].fault && c.expected == rows[i].expected && c.inner == rows[i].inner, "%s: %d %c %d",
           rows[i].code, c.fault, c.expected == 0 ? '-' : c.expected, c.inner);
    }
    is_int(party_code_look(STR("9133010079965505OB")).place, 17, "the place of the letter");
}

/* ---- Sealing ---- */

struct world {
    struct store *store;
    struct record *record;
    struct record_plan plan;
    struct error err;
};

static void open_world(struct world *w)
{
    *w = (struct world){ .err = { .lang = LANG_EN } };
    const struct store_config config = { .where = top, .create = true };
    if (store_open(&config, &w->store, &w->err) != OK ||
        record_open(&(struct record_config){ .store = w->store }, &w->record, &w->err) != OK) {
        printf("Bail out! %s\n", w->err.message);
        exit(1);
    }
}

static void close_world(struct world *w)
{
    record_close(w->record);
    store_close(w->store);
}

static void begin(struct world *w)
{
    w->plan = (struct record_plan){ .record = w->record, .change = store_change(&arena), .arena = &arena, .now = 1 };
    store_view(w->store, &w->plan.view, &w->err);
}

static void end(struct world *w)
{
    store_view_end(w->plan.view);
    struct store_result r = store_commit(w->store, w->plan.change, STORE_INTERACTIVE);
    ok(r.outcome == STORE_DONE, "committed %s %s", r.error.message, r.error.detail);
}

static enum error_code open_again(struct world *w, feel_value sealed, feel_value *ret)
{
    struct store_view *v;
    store_view(w->store, &v, &w->err);
    enum error_code code = record_unseal(w->record, v, &arena, sealed, ret, &w->err);
    store_view_end(v);
    return code;
}

/* Is the text anywhere in the data directory? */
static bool found(const char *text)
{
    char command[300];
    snprintf(command, sizeof command, "grep -rqa '%s' %s", text, top);
    return system(command) == 0;
}

static void test_seal(void)
{
    struct world w;
    feel_value sealed, other, again;
    open_world(&w);
    begin(&w);
    is_int(record_seal(&w.plan, STR("p1"), feel_string(STR("330106CANARY7788")), &sealed, &w.err), OK, "sealed");
    is_int(record_seal(&w.plan, STR("p1"), feel_string(STR("330106CANARY7788")), &other, &w.err), OK, "once more");
    end(&w);
    ok(record_is_sealed(sealed) &&
           !str_eq(feel_text_member(sealed, "commitment"), feel_text_member(other, "commitment")),
       "the same value has another commitment: nobody can compare them");
    is_int(record_seal(&w.plan, STR("p1"), sealed, &again, &w.err), OK, "what is sealed");
    is_str(feel_text_member(again, "sealed"), feel_text_member(sealed, "sealed"), "is not sealed twice");
    is_int(open_again(&w, sealed, &again), OK, "it can be opened");
    is_str(feel_str(again), STR("330106CANARY7788"), "and is the value");
    ok(!found("CANARY7788"), "no plain text on the disk");
    close_world(&w);
    ok(!found("CANARY7788"), "nor after closing");
    open_world(&w);
    str names[] = { STR("sealed"), STR("commitment") };
    feel_value forged[] = { feel_string(feel_text_member(sealed, "sealed")),
                            feel_string(feel_text_member(other, "commitment")) };
    is_int(open_again(&w, feel_context(feel_shape_new(&arena, names, 2), forged), &again), ERROR_IO,
           "a commitment of another value is refused");
    is_int(store_key_destroy(w.store, STR("p1"), &w.err), OK, "the key is destroyed");
    is_int(open_again(&w, sealed, &again), ERROR_MISSING, "and nobody can open it");
    begin(&w);
    is_int(record_seal(&w.plan, STR("p1"), feel_string(STR("x")), &sealed, &w.err), ERROR_MISSING,
           "nor seal anything for whoever was erased");
    str large = { arena_calloc(&arena, 1, LIMIT_RECORD_SEALED + 1), LIMIT_RECORD_SEALED + 1 };
    memset((char *)large.ptr, 'a', large.len);
    is_int(record_seal(&w.plan, STR("p2"), feel_string(large), &sealed, &w.err), ERROR_LIMIT, "too large a value");
    is_str(str_of(w.err.detail), STR("limit RECORD_SEALED = 65536"), "named");
    store_view_end(w.plan.view);
    close_world(&w);
}

/* A party is to be erased, and the program stops before it is: the next start does it, once. */
static void test_interrupted(void)
{
    struct world w;
    struct record_plan plan;
    struct record_row row;
    feel_value again, values, phone[] = { feel_string(STR("139CANARY5566")), feel_string(STR("自然人")) };
    str names[] = { STR("phone"), STR("kind") }, handle;
    uint32_t erased = 7;
    open_world(&w);
    is_int(record_install_core(w.record, 1, &w.err), OK, "core is installed");
    is_int(record_begin(w.record, &arena, 0, 2, &plan, &w.err), OK, "a plan");
    values = feel_context(feel_shape_new(&arena, names, 2), phone);
    enum error_code code = party_add(&plan, values, &handle, &w.err);
    is_int(record_finish(&plan, code, NULL, &w.err), OK, "a person is entered");
    is_int(record_begin(w.record, &arena, 0, 3, &plan, &w.err), OK, "another plan");
    code = party_read(w.record, plan.view, &arena, handle, &row, &w.err);
    code = code == OK ? party_erase(&plan, handle, STR("asked for"), &w.err) : code;
    is_int(record_finish(&plan, code, NULL, &w.err), OK, "and is to be erased");
    feel_value sealed = feel_member(row.body, "phone");
    close_world(&w);
    open_world(&w);
    is_int(open_again(&w, sealed, &again), OK, "the phone can be read until it is done");
    is_int(record_erase_due(w.record, &erased, &w.err), OK, "what is due is erased");
    is_int((int)erased, 1, "the person");
    is_int(open_again(&w, sealed, &again), ERROR_MISSING, "the phone is gone");
    is_int(record_erase_due(w.record, &erased, &w.err), OK, "asked again");
    is_int((int)erased, 0, "there is nothing left to do");
    close_world(&w);
}

/* ---- Files ---- */

static feel_value file_of(const char *hash)
{
    str names[] = { STR("name"), STR("hash") };
    feel_value *values = ARENA_ARRAY(&arena, feel_value, 2), *list = ARENA_ARRAY(&arena, feel_value, 1);
    values[0] = feel_string(STR("one.pdf"));
    values[1] = feel_string(arena_str(&arena, str_of(hash)));
    list[0] = feel_context(feel_shape_new(&arena, names, 2), values);
    return feel_list(list, 1);
}

static bool is_there(struct world *w, const char *hash)
{
    uint64_t size;
    return store_blob_size(w->store, hash, &size, NULL) == OK;
}

/* Four files of one party: its own, one that another party has, one that the office keeps, one that somebody has in a
 * draft. The program stops when the keys are destroyed and no file is. */
static void test_files(void)
{
    static const char *const texts[] = { "FILECANARY own", "shared", "kept", "of a person" };
    char hash[4][STORE_HASH + 1];
    struct world w;
    feel_value sealed;
    open_world(&w);
    begin(&w);
    for (int i = 0; i < 4; i++) {
        is_int(store_blob_put(w.store, str_of(texts[i]), hash[i], &w.err), OK, "a file");
        is_int(record_seal(&w.plan, STR("f1"), file_of(hash[i]), &sealed, &w.err), OK, "sealed for the party");
    }
    record_seal(&w.plan, STR("f2"), file_of(hash[1]), &sealed, &w.err);
    record_files_keep(w.plan.change, file_of(hash[2]), STR(""));
    record_seal(&w.plan, STR("person:7"), file_of(hash[3]), &sealed, &w.err);
    end(&w);
    is_int(store_key_destroy(w.store, STR("f1"), &w.err), OK, "the key is destroyed");
    close_world(&w);
    open_world(&w);
    ok(is_there(&w, hash[0]) && found("FILECANARY"), "the file is still there");
    is_int(record_files_erase(w.record, STR("f1"), &w.err), OK, "the files are erased");
    ok(!is_there(&w, hash[0]) && !found("FILECANARY"), "its own is gone");
    ok(is_there(&w, hash[1]), "the other party has its file");
    ok(is_there(&w, hash[2]), "so has the office");
    ok(is_there(&w, hash[3]), "so has who drafts");
    is_int(record_files_erase(w.record, STR("f1"), &w.err), OK, "once more");
    is_int(store_key_destroy(w.store, STR("f2"), &w.err), OK, "the other party is erased too");
    is_int(record_files_erase(w.record, STR("f2"), &w.err), OK, "with its files");
    ok(!is_there(&w, hash[1]), "and now theirs is gone");
    close_world(&w);
}

/* ---- Files that nobody has saved ---- */

#define DAY INT64_C(86400000000)

static void send_file(struct world *w, const char *bytes, const char *owner, int64_t at, char *ret_hash)
{
    store_hash(str_of(bytes), ret_hash);
    is_int(record_file_sent(w->record, str_of(ret_hash), str_of(owner), at, &w->err), OK, "%s sends a file in", owner);
    is_int(store_blob_put(w->store, str_of(bytes), ret_hash, &w->err), OK, "which is kept");
}

static int64_t rows_sent(struct world *w)
{
    struct store_view *v;
    store_view(w->store, &v, &w->err);
    struct store_rows *r = store_query(v, "SELECT count(*) FROM sent", NULL, 0);
    int64_t count = store_next(r) ? store_column_int(r, 0) : -1;
    store_rows_end(r);
    store_view_end(v);
    return count;
}

static void erase_all_of(struct world *w, const char *owner)
{
    is_int(store_key_destroy(w->store, str_of(owner), &w->err), OK, "the key of %s goes", owner);
    is_int(record_files_erase(w->record, str_of(owner), &w->err), OK, "and its files");
}

static void test_sent(void)
{
    struct world w;
    char own[STORE_HASH + 1], twice[STORE_HASH + 1], saved[STORE_HASH + 1];
    open_world(&w);
    send_file(&w, "SENTCANARY-1", "person:1", 10, own);
    send_file(&w, "SENTCANARY-2", "person:1", 10, twice);
    send_file(&w, "SENTCANARY-2", "person:2", 11, twice);
    send_file(&w, "SENTCANARY-3", "person:1", 10, saved);
    begin(&w);
    record_file_keep(w.plan.change, str_of(saved), STR("g1"));
    end(&w);
    erase_all_of(&w, "person:1");
    ok(!is_there(&w, own) && !found("SENTCANARY-1"), "what he only sent in is gone");
    ok(is_there(&w, twice), "what somebody else sent in too is there");
    ok(is_there(&w, saved), "so is what became another's");
    erase_all_of(&w, "person:2");
    ok(!is_there(&w, twice), "until that one is erased");
    erase_all_of(&w, "g1");
    ok(!is_there(&w, saved) && !found("SENTCANARY"), "and the other");
    is_int(record_files_collect(w.record, 11 + LIMIT_RECORD_SENT_DAYS * DAY, &w.err), OK, "looking for old ones");
    is_int(rows_sent(&w), 1, "forgets what is older than LIMIT_RECORD_SENT_DAYS");
    is_int(record_files_collect(w.record, 12 + LIMIT_RECORD_SENT_DAYS * DAY, &w.err), OK, "a moment later");
    is_int(rows_sent(&w), 0, "all of it");
    close_world(&w);
}

static void test_collect(void)
{
    struct world w;
    char left[STORE_HASH + 1], saved[STORE_HASH + 1], again[STORE_HASH + 1], gone[STORE_HASH + 1];
    int64_t last = 20 + LIMIT_RECORD_SENT_DAYS * DAY;
    open_world(&w);
    send_file(&w, "LEFTCANARY", "person:3", 20, left);
    send_file(&w, "KEPTCANARY", "person:3", 20, saved);
    send_file(&w, "AGAINCANARY", "person:3", 20, again);
    send_file(&w, "AGAINCANARY", "person:4", last, again);
    send_file(&w, "GONECANARY", "person:3", 20, gone);
    begin(&w);
    record_file_keep(w.plan.change, str_of(saved), STR("g2"));
    record_file_keep(w.plan.change, str_of(gone), STR("g3"));
    end(&w);
    is_int(store_key_destroy(w.store, STR("g3"), &w.err), OK, "one of whose it became is erased");
    is_int(record_files_collect(w.record, last, &w.err), OK, "the last day");
    ok(is_there(&w, left), "a file of nobody is there still after LIMIT_RECORD_SENT_DAYS");
    is_int(record_files_collect(w.record, last + 1, &w.err), OK, "the day after");
    ok(!is_there(&w, left) && !found("LEFTCANARY"), "it is gone");
    ok(!is_there(&w, gone), "so is what became only his who was erased");
    ok(is_there(&w, saved), "what was saved is there");
    ok(is_there(&w, again), "and what was sent in again since");
    is_int(rows_sent(&w), 1, "whose day is still to come");
    close_world(&w);
}

int main(void)
{
    if (mkdtemp(top) == NULL) {
        return 1;
    }
    test_codes();
    test_seal();
    test_interrupted();
    test_files();
    test_sent();
    test_collect();
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", top);
    arena_release(&arena);
    return system(command) == 0 ? tap_done() : 1;
}
