/* ship: the change log is written while the store is served, and base copies are made for it to begin at.
 *
 * The promise. A change that was answered DONE is in the shipping directory, flushed, and so are the blobs that it can
 * name. The loss of the whole data directory loses nothing of it.
 *
 * One commit. The writer writes the record behind the log, then commits; meanwhile another thread flushes the log; the
 * answer waits for both. So after a crash the log is at most one record ahead of the database, and that record was
 * never answered, or the database has lost it: it is applied again. After a power cut the log may be behind; then there
 * is a hole, and a new base copy is made before anything is served.
 *
 * What is refused at opening. A directory of another store (`store` in table meta is a number that each store draws
 * once and all its copies have). A log that is more than one record ahead: the data directory is an old one, or its
 * disk has lost what it had flushed; restoring is what helps, and nothing is cut off.
 *
 * A full disk of the shipping directory makes the store read-only, as that of the data does: nothing has been committed
 * yet when it shows. A flush that fails is fatal, as everywhere.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "store/backup_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

/* The thread that flushes the log. */
struct flusher {
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t change;
    bool asked, stop;
    int fd, number; /* errno of the last flush */
};

/* The thread that makes base copies. */
struct keeper {
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;
    pthread_cond_t change;
    atomic_bool stop;
};

struct ship {
    struct store *store;
    const char *dir;
    int lock;
    struct store_log log;
    struct store_log before; /* the place before the record that is not committed yet */
    struct buf record;
    int64_t schema;
    struct flusher flusher;
    struct keeper keeper;
    _Atomic int64_t base_at;
};

/* ---- Flushing ---- */

static int flush(int fd)
{
    int fault = store__fault_now(false);
    return fault != 0 ? fault : fdatasync(fd) == 0 ? 0 : errno;
}

static void *flusher_main(void *context)
{
    struct flusher *f = context;
    pthread_mutex_lock(&f->lock);
    while (!f->stop) {
        if (f->asked) {
            int fd = f->fd;
            pthread_mutex_unlock(&f->lock);
            int number = flush(fd);
            pthread_mutex_lock(&f->lock);
            f->number = number;
            f->asked = false;
            pthread_cond_broadcast(&f->change);
        } else {
            pthread_cond_wait(&f->change, &f->lock);
        }
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

static void ask_flush(struct flusher *f, int fd)
{
    pthread_mutex_lock(&f->lock);
    f->fd = fd;
    f->asked = true;
    pthread_cond_broadcast(&f->change);
    pthread_mutex_unlock(&f->lock);
}

/* Waits for the flush that was asked for; 0 or errno. */
static int await_flush(struct flusher *f)
{
    pthread_mutex_lock(&f->lock);
    while (f->asked) {
        pthread_cond_wait(&f->change, &f->lock);
    }
    int number = f->number;
    pthread_mutex_unlock(&f->lock);
    return number;
}

/* ---- The writer's calls ---- */

static void log_path(const struct ship *p, int64_t first, char *ret)
{
    store__path(ret, "%s/log-%019lld", p->dir, (long long)first);
}

_Noreturn static void fail(struct ship *p, int number)
{
    struct error err = { .lang = LANG_EN };
    store__io_error(&err, p->dir, number);
    store__fatal(p->store, &err);
}

/* Cuts off what is not committed. It must be gone for good: its units are answered otherwise. */
static void take_back(struct ship *p)
{
    int fd = p->log.fd;
    p->log = p->before;
    p->log.fd = fd;
    int number = ftruncate(fd, (off_t)p->log.end) == 0 ? flush(fd) : errno;
    if (number != 0) {
        fail(p, number);
    }
}

static enum store_outcome write_record(void *context, struct store_request *const *done, uint32_t count,
                                       struct error *err)
{
    struct ship *p = context;
    int64_t now = clock_now_micros();
    now = now > p->log.at ? now : p->log.at; /* instants never go back */
    p->before = p->log;
    int number = store__log_make(&p->log, done, count, now, p->schema, &p->record)
                     ? store__log_append(&p->log, &p->record, now) : EFBIG;
    if (number != 0) {
        take_back(p);
        store__io_error(err, p->dir, number);
        error_hint(err, "make room on the disk; writing goes on by itself");
        return STORE_READONLY;
    }
    ask_flush(&p->flusher, p->log.fd);
    return STORE_DONE;
}

/* The next file, when this one is long enough. */
static void rotate(struct ship *p)
{
    struct error err = { .lang = LANG_EN };
    char path[STORE_PATH];
    log_path(p, p->log.commit + 1, path);
    enum error_code code = store__log_create(&p->log, path, &err);
    if (code == OK) {
        code = store__sync_folder(p->dir, &err);
    } else if (unlink(path) == 0 || errno == ENOENT) {
        return; /* there is no room for a new file: this one grows on, and the next commit tries again */
    }
    if (code != OK) {
        store__fatal(p->store, &err);
    }
}

static void end_record(void *context, int64_t commit)
{
    struct ship *p = context;
    int number = await_flush(&p->flusher);
    if (number != 0) {
        fail(p, number);
    }
    if (commit == 0) {
        take_back(p);
        return;
    }
    if (commit != p->log.commit) { /* somebody else writes to the database */
        fail(p, EBUSY);
    }
    if (p->record.size > 1 << 20) {
        buf_release(&p->record);
    }
    if (p->log.end > LIMIT_STORE_LOG) {
        rotate(p);
    }
}

/* ---- Base copies ---- */

static int64_t base_instant(const char *name)
{
    int64_t n = 0;
    const char *p = strrchr(name, '-');
    for (p = p == NULL ? "" : p + 1; *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (*p - '0');
    }
    return n;
}

static enum error_code make_base(struct ship *p, struct error *err)
{
    struct store_manifest m;
    char folder[STORE_PATH], blobs[STORE_PATH], path[STORE_PATH];
    store__path(folder, "%s/new-base", p->dir);
    store__path(blobs, "%s/blobs", p->dir);
    enum error_code code = store__remove(folder, true, err);
    code = code == OK ? store__make_folder(folder, err) : code;
    code = code == OK ? store__copy(p->store, folder, blobs, &p->keeper.stop, &m, err) : code;
    if (code != OK) {
        store__remove(folder, true, NULL);
        return code;
    }
    store__path(path, "%s/base-%019lld-%016lld", p->dir, (long long)m.commit, (long long)m.at);
    if (rename(folder, path) != 0) {
        return store__io_error(err, path, errno);
    }
    atomic_store(&p->base_at, m.at);
    return store__sync_folder(p->dir, err);
}

/* The commit that the name of a base copy or of a file of the log says. */
static int64_t named_commit(const char *name)
{
    int64_t n = 0;
    for (const char *p = strchr(name, '-') + 1; *p >= '0' && *p <= '9'; p++) {
        n = n * 10 + (*p - '0');
    }
    return n;
}

static enum error_code remove_old_bases(struct ship *p, struct arena *a, int64_t *ret_oldest, struct error *err)
{
    const char **names;
    uint32_t count = 0;
    enum error_code code = store__list(a, p->dir, "base-", &names, &count, err);
    for (uint32_t i = 0; code == OK && i + LIMIT_STORE_BASES < count; i++) {
        char path[STORE_PATH];
        store__path(path, "%s/%s", p->dir, names[i]);
        code = store__remove(path, true, err);
    }
    if (code == OK) {
        *ret_oldest = count == 0 ? 0 : named_commit(names[count > LIMIT_STORE_BASES ? count - LIMIT_STORE_BASES : 0]);
    }
    return code;
}

/* Old copies, and the files of the log that no copy needs: those after which the next one begins early enough. */
static enum error_code remove_old(struct ship *p, struct error *err)
{
    struct arena a = ARENA_INIT;
    const char **names;
    uint32_t count = 0;
    int64_t oldest = 0;
    enum error_code code = remove_old_bases(p, &a, &oldest, err);
    code = code == OK ? store__list(&a, p->dir, "log-", &names, &count, err) : code;
    for (uint32_t i = 0; code == OK && i + 1 < count && named_commit(names[i + 1]) <= oldest + 1; i++) {
        char path[STORE_PATH];
        store__path(path, "%s/%s", p->dir, names[i]);
        if (unlink(path) != 0) {
            code = store__io_error(err, path, errno);
        }
    }
    arena_release(&a);
    return code;
}

/* Looks each minute, because the clock of the day may be set. What does not succeed is tried again; store_figures tells
 * how old the newest copy is. */
static void *keeper_main(void *context)
{
    struct ship *p = context;
    struct keeper *k = &p->keeper;
    pthread_mutex_lock(&k->lock);
    while (!atomic_load(&k->stop)) {
        int64_t age = clock_now_micros() - atomic_load(&p->base_at);
        if (age >= LIMIT_STORE_BASE_HOURS * INT64_C(3600000000)) {
            pthread_mutex_unlock(&k->lock);
            if (make_base(p, NULL) == OK) {
                remove_old(p, NULL);
            }
            pthread_mutex_lock(&k->lock);
        }
        int64_t until = clock_monotonic_nanos() / 1000000000 + 60;
        struct timespec t = { (time_t)until, 0 };
        if (!atomic_load(&k->stop)) {
            pthread_cond_timedwait(&k->change, &k->lock, &t);
        }
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

/* ---- Opening: what was there ---- */

/* Numbers in meta: the commit and the number of the store. */
static enum error_code read_meta(struct store *s, int64_t *ret_commit, int64_t *ret_store, struct error *err)
{
    struct store_view *v;
    *ret_commit = *ret_store = 0;
    enum error_code code = store_view(s, &v, err);
    if (code != OK) {
        return code;
    }
    struct store_rows *r = store_query(v, "SELECT name, value FROM meta", NULL, 0);
    while (store_next(r)) {
        str name = store_column_text(r, 0);
        if (str_eq(name, STR("commit"))) {
            *ret_commit = store_column_int(r, 1);
        } else if (str_eq(name, STR("store"))) {
            *ret_store = store_column_int(r, 1);
        }
    }
    store_rows_end(r);
    code = store_view_error(v, err);
    store_view_end(v);
    return code;
}

static enum error_code commit_now(struct store *s, int64_t *ret_commit, struct error *err)
{
    enum store_outcome outcome = s->backend->commit(s, ret_commit, err);
    return outcome == STORE_DONE ? OK : err != NULL && err->code != OK ? err->code : ERROR_IO;
}

/* Draws the number of the store. JSON readers have 53 bits. */
static enum error_code name_store(struct store *s, int64_t *ret_commit, int64_t *ret_store, struct error *err)
{
    uint64_t random = 0;
    char sql[100];
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        return store__io_error(err, "getrandom", errno);
    }
    int64_t number = (int64_t)(random >> 11) | 1;
    snprintf(sql, sizeof sql, "INSERT INTO meta (name, value) VALUES ('store', %lld)", (long long)number);
    if (s->backend->begin(s, err) != STORE_DONE) {
        return ERROR_IO;
    }
    enum error_code code = s->backend->exec(s, sql, err);
    if (code != OK) {
        s->backend->rollback(s);
        return code;
    }
    code = commit_now(s, ret_commit, err);
    *ret_store = number;
    return code;
}

static enum error_code refuse_other(const struct ship *p, struct error *err)
{
    enum error_code code = error_set(err, ERROR_INVALID, "the shipping directory belongs to other data");
    error_detail(err, "%s", p->dir);
    error_hint(err, "name another directory, or move what is in it aside");
    return code;
}

static enum error_code refuse_ahead(const struct ship *p, int64_t commit, struct error *err)
{
    enum error_code code = error_set(err, ERROR_INVALID, "the change log has commits that the database does not have");
    error_detail(err, "%s: %lld, database: %lld", p->dir, (long long)p->log.commit, (long long)commit);
    error_hint(err, "restore from the shipping directory; or, when the data are older on purpose, name another one");
    return code;
}

/* Applies the last record, which is in p->record, to the database. */
static enum error_code redo(struct ship *p, struct error *err)
{
    int64_t commit;
    enum error_code code = store__replay(p->store, &p->log, &p->record, &commit, err);
    return code == OK && commit != p->log.commit ? refuse_ahead(p, commit, err) : code;
}

/* Goes to the end of the last file. *ret_last has what is needed of the record before the last. */
static enum error_code read_to_end(struct ship *p, struct store_log *ret_last, enum store_log_tail *ret_tail,
                                   struct error *err)
{
    struct buf next = BUF_INIT(SIZE_MAX / 2);
    enum error_code code;
    *ret_last = p->log;
    for (;;) {
        struct store_log before = p->log;
        code = store__log_next(&p->log, &next, ret_tail, err);
        if (code != OK || *ret_tail != STORE_LOG_RECORD) {
            break;
        }
        *ret_last = before;
        struct buf swap = p->record;
        p->record = next;
        next = swap;
    }
    buf_release(&next);
    return code;
}

/* Goes on with the last file of the log, if it fits the database at `commit`. *ret_fits false: there is a hole. */
static enum error_code go_on(struct ship *p, const char *name, int64_t commit, int64_t store, bool *ret_fits,
                             struct error *err)
{
    char path[STORE_PATH];
    struct store_log last;
    enum store_log_tail tail;
    *ret_fits = false;
    store__path(path, "%s/%s", p->dir, name);
    enum error_code code = store__log_open(&p->log, path, true, err);
    if (code != OK) {
        return code == ERROR_SYNTAX ? OK : code; /* a new one begins, and the doctor tells of this one */
    }
    if (p->log.store != store) {
        return refuse_other(p, err);
    }
    code = read_to_end(p, &last, &tail, err);
    if (code == OK && p->log.commit == commit + 1 && last.commit == commit) {
        code = redo(p, err);
        commit++;
    }
    if (code != OK || p->log.commit < commit) {
        return code;
    }
    if (p->log.commit > commit || tail == STORE_LOG_DAMAGED) {
        return refuse_ahead(p, commit, err);
    }
    /* A record of another schema with the number of the commit that brought the new one: not that commit. */
    *ret_fits = p->log.schema == 0 || p->log.schema == p->schema;
    if (tail != STORE_LOG_END && ftruncate(p->log.fd, (off_t)p->log.end) != 0) {
        return store__io_error(err, path, errno);
    }
    int number = tail == STORE_LOG_END ? 0 : flush(p->log.fd);
    return number == 0 ? OK : store__io_error(err, path, number);
}

/* A base copy, and a log that begins after it. */
static enum error_code begin_anew(struct ship *p, int64_t commit, int64_t store, struct error *err)
{
    char path[STORE_PATH];
    enum error_code code = make_base(p, err);
    if (code != OK) {
        return code;
    }
    store__log_close(&p->log);
    p->log = (struct store_log){ .fd = -1, .commit = commit, .store = store };
    log_path(p, commit + 1, path);
    code = store__log_create(&p->log, path, err);
    code = code == OK ? store__sync_folder(p->dir, err) : code;
    return code == OK ? remove_old(p, err) : code;
}

/* Finds out of which store the copies are; 0: there are none. */
static enum error_code look_at_bases(struct ship *p, int64_t *ret_store, struct error *err)
{
    struct arena a = ARENA_INIT;
    const char **names;
    uint32_t count = 0;
    struct store_manifest m = { .store = 0 };
    enum error_code code = store__list(&a, p->dir, "base-", &names, &count, err);
    for (uint32_t i = count; code == OK && i > 0 && m.store == 0; i--) {
        char path[STORE_PATH];
        store__path(path, "%s/%s", p->dir, names[i - 1]);
        if (store__manifest_read(&a, path, &m, NULL) == OK) {
            atomic_store(&p->base_at, base_instant(names[i - 1]));
        }
    }
    *ret_store = m.store;
    arena_release(&a);
    return code;
}

static enum error_code find_place(struct ship *p, struct error *err)
{
    struct arena a = ARENA_INIT;
    const char **names;
    uint32_t count = 0;
    int64_t commit = 0, store = 0, other = 0;
    bool fits = false;
    enum error_code code = read_meta(p->store, &commit, &store, err);
    code = code == OK ? look_at_bases(p, &other, err) : code;
    if (code == OK && other != 0 && other != store) {
        code = refuse_other(p, err);
    }
    if (code == OK && store == 0) {
        code = name_store(p->store, &commit, &store, err);
    }
    code = code == OK ? store__list(&a, p->dir, "log-", &names, &count, err) : code;
    if (code == OK && count > 0) {
        code = go_on(p, names[count - 1], commit, store, &fits, err);
        fits &= other != 0;
    }
    arena_release(&a);
    return code != OK || fits ? code : begin_anew(p, commit, store, err);
}

/* ---- Opening and closing ---- */

static enum error_code start_flusher(struct ship *p, struct error *err)
{
    pthread_mutex_init(&p->flusher.lock, NULL);
    pthread_cond_init(&p->flusher.change, NULL);
    int rc = pthread_create(&p->flusher.thread, NULL, flusher_main, &p->flusher);
    p->flusher.started = rc == 0;
    return rc == 0 ? OK : store__io_error(err, p->dir, rc);
}

enum error_code store__ship_start(struct store *s, struct error *err)
{
    struct ship *p = s->shipping;
    if (p == NULL) {
        return OK;
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->keeper.lock, NULL);
    pthread_cond_init(&p->keeper.change, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int rc = pthread_create(&p->keeper.thread, NULL, keeper_main, p);
    p->keeper.started = rc == 0;
    return rc == 0 ? OK : store__io_error(err, p->dir, rc);
}

static enum error_code open_directory(struct ship *p, struct error *err)
{
    char blobs[STORE_PATH];
    store__path(blobs, "%s/blobs", p->dir);
    enum error_code code = store__make_folder(p->dir, err);
    code = code == OK ? store__make_folder(blobs, err) : code;
    return code == OK ? store__lock_folder(p->dir, true, &p->lock, err) : code;
}

enum error_code store__ship_open(struct store *s, struct error *err)
{
    if (s->config.ship == NULL) {
        return OK;
    }
    if (s->backend->copy == NULL) {
        enum error_code code = error_set(err, ERROR_INVALID, "a store on PostgreSQL is shipped by PostgreSQL");
        error_hint(err, "archive its WAL; leave out the shipping directory");
        return code;
    }
    struct ship *p = ARENA_NEW(&s->arena, struct ship);
    *p = (struct ship){ .store = s, .dir = s->config.ship, .lock = -1, .log.fd = -1,
                        .record = BUF_INIT(SIZE_MAX / 2) };
    s->shipping = p;
    enum error_code code = open_directory(p, err);
    code = code == OK ? s->backend->schema(s, &p->schema, err) : code;
    code = code == OK ? find_place(p, err) : code;
    code = code == OK ? start_flusher(p, err) : code;
    if (code == OK) {
        s->ship = write_record;
        s->shipped = end_record;
        s->ship_context = p;
    }
    return code;
}

void store__ship_stop(struct store *s)
{
    struct ship *p = s->shipping;
    if (p != NULL && p->keeper.started) {
        pthread_mutex_lock(&p->keeper.lock);
        atomic_store(&p->keeper.stop, true);
        pthread_cond_broadcast(&p->keeper.change);
        pthread_mutex_unlock(&p->keeper.lock);
        pthread_join(p->keeper.thread, NULL);
        p->keeper.started = false;
    }
}

void store__ship_close(struct store *s)
{
    struct ship *p = s->shipping;
    if (p == NULL) {
        return;
    }
    if (p->flusher.started) {
        pthread_mutex_lock(&p->flusher.lock);
        p->flusher.stop = true;
        pthread_cond_broadcast(&p->flusher.change);
        pthread_mutex_unlock(&p->flusher.lock);
        pthread_join(p->flusher.thread, NULL);
    }
    store__log_close(&p->log);
    buf_release(&p->record);
    if (p->lock >= 0) {
        close(p->lock);
    }
    s->shipping = NULL;
}

/* ---- Blobs ---- */

enum error_code store__ship_blob(struct store *s, const char *hash, struct error *err)
{
    const struct ship *p = s->shipping;
    char from[STORE_PATH], to[STORE_PATH], kept[STORE_HASH + 1];
    store__path(from, "%s/blobs/%.2s/%s", s->config.where, hash, hash + 2);
    store__path(to, "%s/blobs", p->dir);
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return store__io_error(err, from, errno);
    }
    enum error_code code = store__blob_put(to, STR(""), fd, kept, err);
    close(fd);
    return code;
}

enum error_code store__ship_erase(struct store *s, const char *hash, struct error *err)
{
    const struct ship *p = s->shipping;
    char blobs[STORE_PATH];
    store__path(blobs, "%s/blobs", p->dir);
    return store__blob_erase(blobs, hash, err);
}

int64_t store__ship_base_at(struct store *s)
{
    struct ship *p = s->shipping;
    return p == NULL ? 0 : atomic_load(&p->base_at);
}
