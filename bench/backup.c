/* backup: how long copying, proving and restoring take.
 *
 *   backup [MEGABYTES]
 *
 * Fills a store with dossiers, decisions of 2 KB and lines of the audit, until the database has that size, with a tenth
 * of it in attachments of 100 KB; writes on while the copy is made. Prints one line of JSON: seconds per GB of database
 * and attachments.
 */
#include "base/clock.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store_value text(const char *s)
{
    return store_text(str_of(s));
}

static bool put(struct store *s, struct arena *a, int64_t *number)
{
    static char record[2000];
    char hash[STORE_HASH + 1];
    struct store_change *c = store_change(a);
    memset(record, 'x', sizeof record);
    for (int i = 0; i < 100; i++) {
        ++*number;
        snprintf(hash, sizeof hash, "%064lld", (long long)*number * 0x5DEECE66D % 100000007);
        store_insert(c, STORE_TABLE_decision,
                     (struct store_value[]){ store_int(*number), store_int(*number / 3), text("check"), text("资格"),
                                             text(hash), text(hash), store_int(*number), text(hash),
                                             store_bytes((str){ record, sizeof record }) });
        store_insert(c, STORE_TABLE_audit,
                     (struct store_value[]){ store_int(*number), store_int(*number), store_int(7), text("complete"),
                                             text("dossier"), store_int(*number / 3), text("{\"task\":\"review\"}"),
                                             store_int(0) });
        store_insert(c, STORE_TABLE_timer,
                     (struct store_value[]){ store_int(*number), store_int(1), store_int(*number) });
    }
    bool good = store_commit(s, c, STORE_BULK).outcome == STORE_DONE;
    arena_clear(a);
    return good;
}

static bool put_blobs(struct store *s, int64_t count)
{
    static char bytes[100 << 10];
    char hash[STORE_HASH + 1];
    bool good = true;
    for (int64_t i = 0; i < count && good; i++) {
        memcpy(bytes, &i, sizeof i);
        good = store_blob_put(s, (str){ bytes, sizeof bytes }, hash, NULL) == OK;
    }
    return good;
}

struct writing {
    struct store *store;
    int64_t number;
    atomic_bool stop;
    uint64_t units;
    bool good;
};

static void *write_on(void *context)
{
    struct writing *w = context;
    struct arena a = ARENA_INIT;
    while (!atomic_load(&w->stop) && w->good) {
        w->good = put(w->store, &a, &w->number);
        w->units++;
        usleep(10000);
    }
    arena_release(&a);
    return NULL;
}

static int fail(const struct error *err)
{
    fprintf(stderr, "%s: %s\n", err->message, err->detail);
    return 1;
}

static int run(const char *folder, int64_t megabytes)
{
    char data[100], copy[100], to[100], database[120];
    struct error err = { .lang = LANG_EN };
    struct store *s;
    struct stat st = { .st_size = 0 };
    struct store_verdict verdict;
    struct arena a = ARENA_INIT;
    snprintf(data, sizeof data, "%s/data", folder);
    snprintf(copy, sizeof copy, "%s/copy", folder);
    snprintf(to, sizeof to, "%s/to", folder);
    snprintf(database, sizeof database, "%s/gongshi.db", copy);
    if (store_open(&(struct store_config){ .where = data, .create = true }, &s, &err) != OK) {
        return fail(&err);
    }
    struct writing w = { .store = s, .good = true };
    while (w.good && w.number < megabytes * 330) { /* about 3 KB a turn */
        w.good = put(s, &a, &w.number);
    }
    w.good = w.good && put_blobs(s, megabytes);
    pthread_t thread;
    pthread_create(&thread, NULL, write_on, &w);
    int64_t start = clock_monotonic_nanos();
    enum error_code code = store_backup(s, copy, &err);
    int64_t copied = clock_monotonic_nanos();
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    store_close(s);
    arena_release(&a);
    int64_t begun = clock_monotonic_nanos();
    code = code == OK ? store_verify_restore(copy, &verdict, &err) : code;
    int64_t proven = clock_monotonic_nanos();
    code = code == OK ? store_restore(copy, to, INT64_MAX, &verdict, &err) : code;
    int64_t end = clock_monotonic_nanos();
    if (code != OK || !w.good || stat(database, &st) != 0) {
        return fail(&err);
    }
    double size = ((double)st.st_size + (double)verdict.blobs * (100 << 10)) / 1e9;
    printf("{\"bench\":\"backup\",\"gigabytes\":%.2f,\"rows\":%lld,\"attachments\":%lld,\"backup_s_per_gb\":%.1f,"
           "\"units_meanwhile\":%llu,\"verify_s_per_gb\":%.1f,\"restore_s_per_gb\":%.1f}\n",
           size, (long long)verdict.rows, (long long)verdict.blobs, (double)(copied - start) / 1e9 / size,
           (unsigned long long)w.units, (double)(proven - begun) / 1e9 / size, (double)(end - proven) / 1e9 / size);
    return 0;
}

int main(int argc, char **argv)
{
    char folder[] = "bench-backup-XXXXXX", command[64];
    if (mkdtemp(folder) == NULL) {
        return 2;
    }
    int status = run(folder, argc > 1 ? (int64_t)strtoul(argv[1], NULL, 10) : 200);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? status : 1;
}
