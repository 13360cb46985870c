/* restore: a copy, and the change log after it, become a data directory again.
 *
 * All is proven in a scratch folder beside the target: hashes of the files, checksums of the pages, integrity_check,
 * foreign_key_check, the rows of each table, the hash of each blob, the chain of the log, and that each of its changes
 * can be applied. Only then is anything moved, and what was there is moved aside.
 *
 * The log has everything that was written, leases, ids and what was taken from queues too. So a restored store goes on
 * where the last one ended: leases run out at their instants, items that somebody held are given again at theirs, ids
 * that were reserved are not given again.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "store/backup_int.h"
#include "text/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Replay ---- */

static enum error_code refuse_record(const struct store_log *log, const struct store_result *r, struct error *err)
{
    enum error_code code = error_set(err, ERROR_INVALID, "a change of the log cannot be applied");
    error_detail(err, "commit %lld: %s: %s", (long long)log->commit, store_outcome_name(r->outcome), r->error.message);
    return code;
}

static enum error_code apply_record(struct store *s, const struct store_log *log, const struct buf *bytes,
                                    struct error *err)
{
    struct arena a = ARENA_INIT;
    str rest = store__log_changes(bytes), one;
    bool bad = false;
    enum error_code code = OK;
    while (code == OK && store__log_change(&rest, &one, &bad)) {
        struct store_change *c;
        struct store_result r = { .error.lang = LANG_EN };
        /* The values lie unaligned in the record; a copy is what a change may keep. */
        code = store__change_read(&a, arena_str(&a, one), &c, err);
        if (code == OK && (r.outcome = s->backend->apply(s, c, &r)) != STORE_DONE) {
            code = refuse_record(log, &r, err);
        }
    }
    arena_release(&a);
    if (code == OK && bad) {
        code = error_set(err, ERROR_SYNTAX, "a change of the log is not well formed");
    }
    return code;
}

enum error_code store__replay(struct store *s, const struct store_log *log, const struct buf *bytes,
                              int64_t *ret_commit, struct error *err)
{
    int64_t schema;
    enum error_code code = s->backend->schema(s, &schema, err);
    if (code == OK && schema != log->schema) {
        code = error_set(err, ERROR_INVALID, "the change log was written by another version of this program");
        error_detail(err, "schema %lld, the copy has %lld", (long long)log->schema, (long long)schema);
        error_hint(err, "restore with that version, then upgrade");
    }
    if (code == OK && s->backend->begin(s, err) != STORE_DONE) {
        code = ERROR_IO;
    }
    if (code != OK) {
        return code;
    }
    code = apply_record(s, log, bytes, err);
    if (code != OK) {
        s->backend->rollback(s);
        return code;
    }
    return s->backend->commit(s, ret_commit, err) == STORE_DONE ? OK : ERROR_IO;
}

/* ---- Copies ---- */

/* One restoring. */
struct restoring {
    const char *from, *to; /* to: the scratch folder */
    bool keep;             /* blobs are copied, too, not only proven */
    int64_t until;
    struct store_manifest base;
    struct store_verdict verdict;
};

static enum error_code damaged(const char *path, struct error *err)
{
    enum error_code code = error_set(err, ERROR_IO, "a file of the copy is damaged");
    error_detail(err, "%s", path);
    return code;
}

static enum error_code take_named(const char *from, const char *to, bool pages, const char *hash, uint64_t size,
                                  struct error *err)
{
    char found[STORE_HASH + 1];
    uint64_t found_size;
    enum error_code code = store__take_file(from, to, pages, found, &found_size, err);
    return code == OK && (found_size != size || strcmp(found, hash) != 0) ? damaged(from, err) : code;
}

static void note_first(void *context, str text)
{
    struct buf *first = context;
    if (first->len == 0) {
        buf_add(first, text);
    }
}

/* The rows that the manifest says. */
static enum error_code prove_rows(struct sqlite3 *db, const struct store_manifest *m, const char *path,
                                  struct error *err)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < m->tables->count && code == OK; i++) {
        char text[24];
        int64_t rows = 0;
        code = store__sqlite_count(db, m->tables->names[i], &rows, err);
        snprintf(text, sizeof text, "%lld", (long long)rows);
        if (code == OK && !str_eq(m->tables->items[i].text, str_of(text))) {
            code = damaged(path, err);
        }
    }
    return code;
}

/* integrity_check and foreign_key_check; with `m` also what the manifest says; the number of rows otherwise. */
static enum error_code prove_database(const char *path, const struct store_manifest *m, struct store_verdict *verdict,
                                      struct error *err)
{
    struct sqlite3 *db;
    struct store_look look;
    struct buf first = BUF_INIT(400);
    enum error_code code = store__sqlite_peek(path, &db, err);
    if (code != OK) {
        return code;
    }
    code = store__sqlite_prove(db, note_first, &first, err);
    if (code == OK && first.len > 0) {
        code = error_set(err, ERROR_IO, "the database is damaged");
        error_detail(err, "%s: %.*s", path, STR_ARG(buf_str(&first)));
    }
    code = code == OK ? store__sqlite_look(db, &look, err) : code;
    if (code == OK && m != NULL && (look.commit != m->commit || look.schema != m->schema || look.store != m->store)) {
        code = damaged(path, err);
    }
    code = code == OK && m != NULL ? prove_rows(db, m, path, err) : code;
    if (code == OK && m == NULL) {
        verdict->commit = look.commit;
        verdict->rows = 0;
        for (uint32_t t = 0; t < STORE_TABLES && code == OK; t++) {
            int64_t rows = 0;
            code = store__sqlite_count(db, str_of(store_table(t)->name), &rows, err);
            verdict->rows += rows;
        }
    }
    store__sqlite_unpeek(db);
    buf_release(&first);
    return code;
}

/* ---- Blobs ---- */

struct blobs {
    struct restoring *r;
    char folder[STORE_PATH]; /* written last, to be flushed */
};

static enum error_code take_blob(void *context, const char *path, const char *hash, struct error *err)
{
    struct blobs *b = context;
    char folder[STORE_PATH], to[STORE_PATH], found[STORE_HASH + 1];
    if (hash == NULL) {
        return OK;
    }
    store__path(folder, "%s/blobs/%.2s", b->r->to, hash);
    store__path(to, "%s/%s", folder, hash + 2);
    enum error_code code = OK;
    if (b->r->keep && strcmp(folder, b->folder) != 0) {
        code = b->folder[0] == '\0' ? OK : store__sync_folder(b->folder, err);
        code = code == OK ? store__make_folder(folder, err) : code;
        store__path(b->folder, "%s", folder);
    }
    code = code == OK ? store__take_file(path, b->r->keep ? to : NULL, false, found, NULL, err) : code;
    bool erased = code == OK && strcmp(found, hash) != 0 && store__blob_erased(path, hash);
    b->r->verdict.blobs += !erased;
    b->r->verdict.erased += erased;
    return code == OK && strcmp(found, hash) != 0 && !erased ? damaged(path, err) : code;
}

static enum error_code take_blobs(struct restoring *r, struct error *err)
{
    struct blobs b = { .r = r };
    char from[STORE_PATH], to[STORE_PATH];
    store__path(from, "%s/blobs", r->from);
    store__path(to, "%s/blobs", r->to);
    r->verdict.blobs = r->verdict.erased = 0;
    enum error_code code = store__make_folder(to, err);
    code = code == OK ? store__each_blob(from, take_blob, &b, err) : code;
    code = code == OK && b.folder[0] != '\0' ? store__sync_folder(b.folder, err) : code;
    return code == OK ? store__sync_folder(to, err) : code;
}

/* Whether each blob of the copy's list is there. */
static enum error_code prove_list(const struct restoring *r, const char *list, struct error *err)
{
    enum { LINE = STORE_HASH + 2 + 6 + STORE_HASH + 1 + 1 }; /* "HASH  blobs/ab/cdef…\n" */
    char line[LINE + 1], path[STORE_PATH];
    FILE *f = fopen(list, "re");
    if (f == NULL) {
        return store__io_error(err, list, errno);
    }
    enum error_code code = OK;
    while (code == OK && fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        store__path(path, "%s/%s", r->from, strlen(line) > STORE_HASH + 2 ? line + STORE_HASH + 2 : "");
        if (access(path, F_OK) != 0) {
            code = damaged(path, err);
        }
    }
    fclose(f);
    return code;
}

/* Takes the copy in `folder` into the scratch folder, which is empty. */
static enum error_code take_copy(struct restoring *r, struct arena *a, const char *folder, struct error *err)
{
    char from[STORE_PATH], to[STORE_PATH];
    enum error_code code = store__manifest_read(a, folder, &r->base, err);
    store__path(from, "%s/gongshi.db", folder);
    store__path(to, "%s/gongshi.db", r->to);
    code = code == OK ? take_named(from, to, true, r->base.database, r->base.database_size, err) : code;
    code = code == OK ? prove_database(to, &r->base, NULL, err) : code;
    store__path(from, "%s/blobs.sha256", folder);
    code = code == OK ? take_named(from, NULL, false, r->base.list, r->base.list_size, err) : code;
    return code == OK ? prove_list(r, from, err) : code;
}

/* ---- The log ---- */

/* Replays one file from the place where `log` ends. *ret_more: the file was read to its end. */
static enum error_code replay_file(struct restoring *r, struct store *s, struct store_log *log, bool *ret_more,
                                   struct error *err)
{
    struct buf bytes = BUF_INIT(SIZE_MAX / 2);
    enum store_log_tail tail = STORE_LOG_END;
    enum error_code code;
    *ret_more = false;
    while ((code = store__log_next(log, &bytes, &tail, err)) == OK && tail == STORE_LOG_RECORD) {
        int64_t commit = log->commit;
        if (log->commit <= r->base.commit) {
            continue;
        }
        if (log->at > r->until) {
            break;
        }
        code = store__replay(s, log, &bytes, &commit, err);
        if (code == OK && commit != log->commit) {
            code = error_set(err, ERROR_INVALID, "the change log does not follow from the copy");
        }
        if (code != OK) {
            break;
        }
        r->verdict.changes++;
        s->backend->idle(s);
    }
    buf_release(&bytes);
    r->verdict.gap |= tail == STORE_LOG_DAMAGED;
    r->verdict.torn |= tail == STORE_LOG_TORN;
    *ret_more = code == OK && tail != STORE_LOG_RECORD;
    return code;
}

/* Whether the file goes on where the one before it ended. */
static bool follows(const struct store_log *log, const struct store_log *next)
{
    return next->first == log->commit + 1 && memcmp(next->before, log->chain, STORE_DIGEST) == 0;
}

static enum error_code replay_files(struct restoring *r, struct store *s, const char **names, uint32_t count,
                                    struct error *err)
{
    struct store_log log = { .fd = -1, .commit = r->base.commit };
    enum error_code code = OK;
    bool more = true;
    for (uint32_t i = 0; i < count && more && code == OK; i++) {
        struct store_log next;
        char path[STORE_PATH];
        store__path(path, "%s/%s", r->from, names[i]);
        code = store__log_open(&next, path, false, err);
        if (code == ERROR_SYNTAX) {
            r->verdict.gap = true;
            code = OK;
            break;
        }
        if (code != OK) {
            break;
        }
        bool good = next.store == r->base.store &&
                    (log.fd < 0 ? next.first <= r->base.commit + 1 : follows(&log, &next));
        store__log_close(&log);
        log = next;
        if (!good) {
            r->verdict.gap = true;
            break;
        }
        code = replay_file(r, s, &log, &more, err);
    }
    store__log_close(&log);
    return code;
}

/* The files that the copy needs: from the last that begins early enough. */
static enum error_code find_files(struct restoring *r, struct arena *a, const char ***ret, uint32_t *ret_count,
                                  struct error *err)
{
    const char **names;
    uint32_t count = 0, first = 0;
    char limit[40];
    enum error_code code = store__list(a, r->from, "log-", &names, &count, err);
    snprintf(limit, sizeof limit, "log-%019lld", (long long)r->base.commit + 1);
    for (uint32_t i = 0; code == OK && i < count && strcmp(names[i], limit) <= 0; i++) {
        first = i;
    }
    if (code == OK) {
        *ret = names + first;
        *ret_count = count - first;
    }
    return code;
}

static enum error_code replay(struct restoring *r, struct arena *a, struct error *err)
{
    const struct store_config config = { .where = r->to };
    struct store *s;
    const char **names;
    uint32_t count = 0;
    enum error_code code = find_files(r, a, &names, &count, err);
    if (code != OK || count == 0) {
        return code;
    }
    code = store__open_still(&config, &store__sqlite, store__migrations, store__migration_count, &s, err);
    if (code != OK) {
        return code;
    }
    /* A scratch folder that a crash spoils is made again; all is flushed at the end. */
    code = s->backend->exec(s, "PRAGMA synchronous = OFF", err);
    code = code == OK ? replay_files(r, s, names, count, err) : code;
    store__release(s);
    return code;
}

/* ---- Restoring ---- */

static enum error_code no_copy(const struct restoring *r, struct error *err)
{
    enum error_code code = error_set(err, ERROR_MISSING, "there is no copy that could be restored");
    error_detail(err, "%s", r->from);
    error_hint(err, "name the folder of a backup, or the shipping directory");
    return code;
}

static enum error_code too_young(const struct restoring *r, struct error *err)
{
    enum error_code code = error_set(err, ERROR_INVALID, "the copy is younger than the instant that is asked for");
    error_detail(err, "%s", r->from);
    return code;
}

/* The newest base copy before `until` that is sound. */
static enum error_code take_base(struct restoring *r, struct arena *a, struct error *err)
{
    const char **names;
    uint32_t count = 0;
    enum error_code code = store__list(a, r->from, "base-", &names, &count, err);
    if (code != OK || count == 0) {
        return code == OK ? no_copy(r, err) : code;
    }
    enum error_code found = ERROR_MISSING;
    for (uint32_t i = count; i > 0 && found != OK; i--) {
        char folder[STORE_PATH];
        struct store_manifest m;
        store__path(folder, "%s/%s", r->from, names[i - 1]);
        if (store__manifest_read(a, folder, &m, NULL) == OK && m.at > r->until) {
            continue;
        }
        code = store__remove(r->to, false, err);
        found = code == OK ? take_copy(r, a, folder, err) : code;
        r->verdict.skipped += found != OK;
    }
    return found == ERROR_MISSING ? too_young(r, err) : found;
}

static enum error_code take(struct restoring *r, struct arena *a, struct error *err)
{
    struct store_manifest m;
    char path[STORE_PATH];
    store__path(path, "%s/manifest.json", r->from);
    if (access(path, F_OK) != 0) {
        enum error_code code = take_base(r, a, err);
        return code == OK ? replay(r, a, err) : code;
    }
    enum error_code code = store__manifest_read(a, r->from, &m, err);
    if (code == OK && m.at > r->until) {
        code = too_young(r, err);
    }
    return code == OK ? take_copy(r, a, r->from, err) : code;
}

/* What lies in the scratch folder now is what will be served: the last proof, and the last flush. */
static enum error_code settle(struct restoring *r, struct error *err)
{
    char path[STORE_PATH], wal[STORE_PATH], hash[STORE_HASH + 1];
    store__path(path, "%s/gongshi.db", r->to);
    store__path(wal, "%s/gongshi.db-wal", r->to);
    enum error_code code = access(wal, F_OK) == 0 ? damaged(wal, err) : OK;
    code = code == OK ? store__flush_file(path, err) : code;
    code = code == OK ? store__take_file(path, NULL, true, hash, NULL, err) : code;
    code = code == OK ? prove_database(path, NULL, &r->verdict, err) : code;
    return code == OK ? store__sync_folder(r->to, err) : code;
}

/* Fills the scratch folder, which must be new; removes it when that fails. */
static enum error_code fill(struct restoring *r, struct error *err)
{
    if (mkdir(r->to, 0700) != 0) {
        return store__io_error(err, r->to, errno);
    }
    struct arena a = ARENA_INIT;
    enum error_code code = take(r, &a, err);
    code = code == OK ? take_blobs(r, err) : code;
    code = code == OK ? store__keys_prove(r->from, err) : code;
    code = code == OK ? store__keys_copy(r->from, r->to, err) : code;
    code = code == OK ? settle(r, err) : code;
    arena_release(&a);
    if (code != OK) {
        store__remove(r->to, true, NULL);
    }
    return code;
}

/* Without slashes at the end: names beside it are made of it. */
static const char *trimmed(struct arena *a, const char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') {
        len--;
    }
    return arena_str(a, (str){ path, len }).ptr;
}

/* A name beside `to` that says when, and is free. */
static void name_aside(const char *to, char *ret)
{
    char stamp[20];
    store__sqlite_stamp(clock_now_micros(), stamp);
    store__path(ret, "%s.before-restore-%s", to, stamp);
    for (int i = 2; i < 1000 && access(ret, F_OK) == 0; i++) {
        store__path(ret, "%s.before-restore-%s-%d", to, stamp, i);
    }
}

/* Moves what is there aside, and the scratch folder into its place. */
static enum error_code move(const char *scratch, const char *to, struct error *err)
{
    char aside[STORE_PATH], parent[STORE_PATH];
    int lock = -1;
    enum error_code code = access(to, F_OK) == 0 ? store__lock_folder(to, false, &lock, err) : OK;
    if (code != OK) {
        return code;
    }
    name_aside(to, aside);
    /* An empty folder is replaced by the second rename itself. */
    if (rename(scratch, to) != 0) {
        bool moved = access(to, F_OK) == 0 && access(aside, F_OK) != 0 && rename(to, aside) == 0;
        if (!moved || rename(scratch, to) != 0) {
            code = store__io_error(err, to, errno);
            if (moved && rename(aside, to) != 0) {
                error_hint(err, "what was there is in %s", aside);
            }
        }
    }
    if (lock >= 0) {
        close(lock);
    }
    store__path(parent, "%s/..", to);
    return code == OK ? store__sync_folder(parent, err) : code;
}

enum error_code store_restore(const char *from, const char *to, int64_t until, struct store_verdict *ret,
                              struct error *err)
{
    struct arena a = ARENA_INIT;
    struct restoring r = { .from = trimmed(&a, from), .keep = true, .until = until };
    const char *target = trimmed(&a, to);
    r.to = arena_printf(&a, "%s.restoring-%ld", target, (long)getpid()).ptr;
    enum error_code code = fill(&r, err);
    if (code == OK) {
        code = move(r.to, target, err);
        if (code != OK) {
            store__remove(r.to, true, NULL);
        } else {
            *ret = r.verdict;
        }
    }
    arena_release(&a);
    return code;
}

enum error_code store_verify_restore(const char *from, struct store_verdict *ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct restoring r = { .from = trimmed(&a, from), .until = INT64_MAX };
    r.to = arena_printf(&a, "%s.verifying-%ld", r.from, (long)getpid()).ptr;
    enum error_code code = fill(&r, err);
    code = code == OK ? store__remove(r.to, true, err) : code;
    if (code == OK) {
        *ret = r.verdict;
    }
    arena_release(&a);
    return code;
}
