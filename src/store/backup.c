/* backup: copies of a running store. See backup_int.h for what a copy is.
 *
 * The database comes first, then the blobs: a blob is durable before a row names it, so the copy has all that its rows
 * name. Writing goes on meanwhile.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "store/backup_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Blobs ---- */

struct gathering {
    const char *to;           /* the folder of the blobs of the copy */
    const atomic_bool *stop;
    struct buf list;
    int64_t count;
    char folder[STORE_PATH];  /* the one that was written last, to be flushed */
};

static enum error_code flush_folder(struct gathering *g, struct error *err)
{
    enum error_code code = g->folder[0] == '\0' ? OK : store__sync_folder(g->folder, err);
    g->folder[0] = '\0';
    return code;
}

/* *ret_erased: what is copied is what an erasure has left. */
static enum error_code copy_blob(struct gathering *g, const char *path, const char *hash, bool *ret_erased,
                                 struct error *err)
{
    char folder[STORE_PATH], to[STORE_PATH], temporary[STORE_PATH], found[STORE_HASH + 1];
    store__path(folder, "%s/%.2s", g->to, hash);
    store__path(to, "%s/%s", folder, hash + 2);
    *ret_erased = store__blob_erased(path, hash);
    if (access(to, F_OK) == 0 && store__blob_erased(to, hash) == *ret_erased) {
        return OK; /* a base copy shares the blobs of those before it, but for what was erased since */
    }
    enum error_code code = strcmp(folder, g->folder) == 0 ? OK : flush_folder(g, err);
    code = code == OK ? store__make_folder(folder, err) : code;
    store__path(temporary, "%s/new-%s", g->to, hash);
    code = code == OK ? store__take_file(path, temporary, false, found, NULL, err) : code;
    *ret_erased = code == OK && strcmp(found, hash) != 0 && store__blob_erased(temporary, hash);
    if (code == OK && strcmp(found, hash) != 0 && !*ret_erased) {
        code = error_set(err, ERROR_IO, "an attachment is damaged");
        error_detail(err, "%s", path);
    }
    if (code == OK && rename(temporary, to) != 0) {
        code = store__io_error(err, to, errno);
    }
    if (code != OK) {
        unlink(temporary);
    }
    store__path(g->folder, "%s", folder);
    return code;
}

static enum error_code gather(void *context, const char *path, const char *hash, struct error *err)
{
    struct gathering *g = context;
    if (hash == NULL) {
        return OK; /* none of ours; the doctor tells of it */
    }
    if (g->stop != NULL && atomic_load(g->stop)) {
        return error_set(err, ERROR_INVALID, "the copy was given up, because the program ends");
    }
    bool erased;
    enum error_code code = copy_blob(g, path, hash, &erased, err);
    if (code == OK && !erased) {
        buf_printf(&g->list, "%s  blobs/%.2s/%s\n", hash, hash, hash + 2);
        g->count++;
    }
    return code;
}

static enum error_code copy_blobs(struct store *s, const char *folder, const char *blobs, const atomic_bool *stop,
                                  struct store_manifest *m, struct error *err)
{
    struct gathering g = { .to = blobs, .stop = stop, .list = BUF_INIT(SIZE_MAX / 2) };
    char from[STORE_PATH], path[STORE_PATH];
    store__path(from, "%s/blobs", s->config.where);
    enum error_code code = store__make_folder(blobs, err);
    code = code == OK ? store__each_blob(from, gather, &g, err) : code;
    code = code == OK ? flush_folder(&g, err) : code;
    code = code == OK ? store__sync_folder(blobs, err) : code;
    store__path(path, "%s/blobs.sha256", folder);
    code = code == OK ? store__write_file(path, buf_str(&g.list), err) : code;
    code = code == OK ? store__take_file(path, NULL, false, m->list, &m->list_size, err) : code;
    m->blobs = g.count;
    buf_release(&g.list);
    return code;
}

/* ---- The database ---- */

/* Copies it, flushes it, and reads it again: what cannot be read now is no copy. */
static enum error_code copy_database(struct store *s, const char *folder, const atomic_bool *stop,
                                     struct store_manifest *m, struct error *err)
{
    char path[STORE_PATH];
    struct sqlite3 *db;
    struct store_look look;
    store__path(path, "%s/gongshi.db", folder);
    enum error_code code = s->backend->copy(s, path, stop, err);
    m->at = clock_now_micros();
    code = code == OK ? store__flush_file(path, err) : code;
    code = code == OK ? store__take_file(path, NULL, true, m->database, &m->database_size, err) : code;
    code = code == OK ? store__sqlite_peek(path, &db, err) : code;
    if (code != OK) {
        return code;
    }
    code = store__sqlite_look(db, &look, err);
    store__sqlite_unpeek(db);
    if (code == OK) {
        m->commit = look.commit;
        m->schema = look.schema;
        m->store = look.store;
    }
    return code;
}

enum error_code store__copy(struct store *s, const char *folder, const char *blobs, const atomic_bool *stop,
                            struct store_manifest *ret, struct error *err)
{
    struct store_manifest m = { .commit = 0 };
    enum error_code code = copy_database(s, folder, stop, &m, err);
    code = code == OK ? copy_blobs(s, folder, blobs, stop, &m, err) : code;
    code = code == OK ? store__manifest_write(folder, &m, err) : code;
    if (code == OK) {
        *ret = m;
    }
    return code;
}

/* ---- Backups ---- */

static enum error_code refuse_full(const char *to, struct error *err)
{
    enum error_code code = error_set(err, ERROR_INVALID, "a backup goes into an empty or new folder only");
    error_detail(err, "%s", to);
    error_hint(err, "name another folder; nothing is ever overwritten");
    return code;
}

static enum error_code prepare(const char *to, struct error *err)
{
    struct arena a = ARENA_INIT;
    const char **names;
    uint32_t count = 0;
    enum error_code code = store__make_folder(to, err);
    code = code == OK ? store__list(&a, to, "", &names, &count, err) : code;
    arena_release(&a);
    return code == OK && count > 0 ? refuse_full(to, err) : code;
}

/* The folder's own name lasts when the folder that it is in is flushed. */
static enum error_code sync_parent(const char *path, struct error *err)
{
    char parent[STORE_PATH];
    store__path(parent, "%s/..", path);
    return store__sync_folder(parent, err);
}

/* The newest first: a copy has another commit than the one after it, or the same and another instant. */
static int by_age(const void *a, const void *b)
{
    const struct store_copy *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? 1 : -1) : str_cmp(x->name, y->name);
}

enum error_code store_copies(const char *folder, struct arena *a, uint32_t max, const struct store_copy **ret,
                             uint32_t *ret_count, struct error *err)
{
    const char **names;
    uint32_t all = 0, count = 0;
    *ret_count = 0;
    if (access(folder, F_OK) != 0) {
        return OK;
    }
    enum error_code code = store__list(a, folder, "", &names, &all, err);
    if (code != OK) {
        return code;
    }
    struct store_copy *copies = ARENA_ARRAY(a, struct store_copy, all);
    for (uint32_t i = 0; i < all; i++) {
        struct store_manifest m;
        char path[STORE_PATH];
        store__path(path, "%s/%s", folder, names[i]);
        if (store__manifest_read(a, path, &m, NULL) == OK) {
            copies[count++] = (struct store_copy){ str_of(names[i]), m.at, m.commit, m.rows, m.blobs,
                                                   (int64_t)m.database_size };
        }
    }
    qsort(copies, count, sizeof *copies, by_age);
    *ret = copies;
    *ret_count = count < max ? count : max;
    return OK;
}

enum error_code store_backup(struct store *s, const char *to, struct error *err)
{
    struct store_manifest m;
    char blobs[STORE_PATH];
    if (s->backend->copy == NULL) {
        enum error_code code = error_set(err, ERROR_INVALID, "a store on PostgreSQL is backed up by PostgreSQL");
        error_hint(err, "use pg_basebackup and archive the WAL; attachments are in the database too");
        return code;
    }
    enum error_code code = prepare(to, err);
    if (code != OK) {
        return code;
    }
    store__path(blobs, "%s/blobs", to);
    code = store__copy(s, to, blobs, NULL, &m, err);
    code = code == OK ? store__keys_copy(s->config.where, to, err) : code;
    code = code == OK ? sync_parent(to, err) : code;
    if (code != OK) {
        store__remove(to, false, NULL); /* it was empty: all in it is of this attempt */
    }
    return code;
}
