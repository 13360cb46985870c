/* test_store_keys: the file of keys: made once, destroyed for ever, copied with a backup, mended after a power cut. */
#include "store/store_int.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static char top[] = "/tmp/gongshi-keys-XXXXXX";

__attribute__((format(printf, 1, 2))) static int shell(const char *format, ...)
{
    char command[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    return system(command);
}

static struct store *open_store(const char *name, bool ship)
{
    char where[200], shipped[200];
    struct error err = { .lang = LANG_EN };
    struct store *s = NULL;
    snprintf(where, sizeof where, "%s/%s", top, name);
    snprintf(shipped, sizeof shipped, "%s/ship", top);
    const struct store_config config = { .where = where, .create = true, .ship = ship ? shipped : NULL };
    if (store_open(&config, &s, &err) != OK) {
        printf("Bail out! %s %s\n", err.message, err.detail);
        exit(1);
    }
    return s;
}

static void test_life(void)
{
    unsigned char first[STORE_KEY], again[STORE_KEY], other[STORE_KEY];
    struct error err = { .lang = LANG_EN };
    struct store *s = open_store("a", true);
    is_int(store_key(s, STR("li"), false, first, &err), ERROR_MISSING, "there is none yet");
    is_int(store_key(s, STR("li"), true, first, &err), OK, "one is made");
    is_int(store_key(s, STR("li"), true, again, &err), OK, "and found");
    ok(memcmp(first, again, STORE_KEY) == 0, "the same");
    is_int(store_key(s, STR("wang"), true, other, &err), OK, "another name");
    ok(memcmp(first, other, STORE_KEY) != 0, "has another key");
    store_close(s);
    s = open_store("a", true);
    is_int(store_key(s, STR("li"), false, again, &err), OK, "it is there after opening again");
    ok(memcmp(first, again, STORE_KEY) == 0, "the same");
    ok(shell("cmp -s %s/a/keys %s/ship/keys", top, top) == 0, "the shipping directory has them too");
    is_int(store_key_destroy(s, STR("li"), &err), OK, "destroyed");
    is_int(store_key(s, STR("li"), true, again, &err), ERROR_MISSING, "and never made again");
    is_str(str_of(err.message), STR("the data were erased: their key was destroyed"), "it says why");
    is_int(store_key(s, STR("wang"), false, again, &err), OK, "the other one stays");
    is_int(store_key_destroy(s, STR("nobody"), &err), OK, "destroying what was never made");
    is_int(store_key(s, STR("nobody"), true, again, &err), ERROR_MISSING, "forbids making it");
    ok(shell("cmp -s %s/a/keys %s/ship/keys", top, top) == 0, "there too");
    store_close(s);
}

static enum store_outcome commit(struct store *s)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    store_take(c, STR("keys"));
    enum store_outcome outcome = store_commit(s, c, STORE_INTERACTIVE).outcome;
    arena_release(&a);
    return outcome;
}

static void test_flush(void)
{
    unsigned char key[STORE_KEY], found[STORE_KEY];
    struct error err = { .lang = LANG_EN };
    struct store *s = open_store("flush", false);
    is_int(commit(s), STORE_DONE, "a change without a key");
    is_int(store_key(s, STR("li"), true, key, &err), OK, "a key");
    store__fault_set(STORE_FAULT_IO, 1, false);
    is_int(commit(s), STORE_READONLY, "no change is durable before the keys are");
    store__fault_set(STORE_FAULT_NONE, 0, false);
    is_int(commit(s), STORE_READONLY, "nor afterwards: what the disk has is not known");
    store_close(s);
    s = open_store("flush", false);
    is_int(store_key(s, STR("li"), true, found, &err), OK, "after the next start");
    is_int(commit(s), STORE_DONE, "it goes on");
    ok(memcmp(key, found, STORE_KEY) == 0, "with the key, which this disk has");
    store_close(s);
}

static void test_many(void)
{
    unsigned char key[STORE_KEY], found[STORE_KEY];
    struct error err = { .lang = LANG_EN };
    struct arena a = ARENA_INIT;
    struct store *s = open_store("many", false);
    uint32_t made = 0, same = 0;
    for (int i = 0; i < 1500; i++) {
        made += store_key(s, arena_printf(&a, "party %d", i), true, key, &err) == OK;
    }
    store_close(s);
    s = open_store("many", false);
    for (int i = 0; i < 1500; i++) {
        same += store_key(s, arena_printf(&a, "party %d", i), false, found, &err) == OK;
    }
    ok(memcmp(key, found, STORE_KEY) == 0, "the last one is the last one");
    is_int(made, 1500, "more than the table first holds");
    is_int(same, 1500, "all are found again");
    store_close(s);
    arena_release(&a);
}

static void test_copies(void)
{
    unsigned char key[STORE_KEY], found[STORE_KEY];
    char backup[200], restored[200];
    struct store_verdict verdict;
    struct error err = { .lang = LANG_EN };
    snprintf(backup, sizeof backup, "%s/backup", top);
    snprintf(restored, sizeof restored, "%s/restored", top);
    struct store *s = open_store("b", false);
    store_key(s, STR("li"), true, key, &err);
    is_int(store_backup(s, backup, &err), OK, "a backup");
    store_close(s);
    is_int(store_restore(backup, restored, INT64_MAX, &verdict, &err), OK, "restored");
    s = open_store("restored", false);
    is_int(store_key(s, STR("li"), false, found, &err), OK, "has the key");
    ok(memcmp(key, found, STORE_KEY) == 0, "the same");
    store_close(s);
    shell("sed -i 's/^\\(.\\{70\\}\\)./\\1x/' %s/keys", backup);
    is_int(store_verify_restore(backup, &verdict, &err), ERROR_IO, "a damaged file of keys is no backup");
    const struct store_finding *findings;
    uint32_t count;
    struct arena a = ARENA_INIT;
    ok(store_doctor(backup, &a, &findings, &count, &err) == OK && count == 1, "the doctor finds it");
    arena_release(&a);
}

static void test_damage(void)
{
    unsigned char key[STORE_KEY], other[STORE_KEY];
    struct error err = { .lang = LANG_EN };
    struct store *s = open_store("c", false);
    store_key(s, STR("li"), true, key, &err);
    store_close(s);
    shell("head -c 60 %s/a/keys >> %s/c/keys", top, top);
    s = open_store("c", false);
    is_int(store_key(s, STR("wang"), true, other, &err), OK, "half a line of a power cut is overwritten");
    store_close(s);
    shell("head -c 139 /dev/zero >> %s/c/keys", top);
    s = open_store("c", false);
    is_int(store_key(s, STR("wang"), false, key, &err), OK, "room without its line is no damage");
    ok(memcmp(key, other, STORE_KEY) == 0, "the key is sound");
    store_close(s);
    shell("sed -i '1s/^./x/' %s/c/keys", top);
    s = open_store("c", false);
    is_int(store_key(s, STR("wang"), false, key, &err), ERROR_IO, "a changed line is refused");
    ok(strstr(err.detail, "line 1") != NULL, "by its line");
    store_close(s);
}

int main(void)
{
    if (mkdtemp(top) == NULL) {
        return 1;
    }
    test_life();
    test_flush();
    test_many();
    test_copies();
    test_damage();
    shell("rm -rf %s", top);
    return tap_done();
}
