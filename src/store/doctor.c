/* doctor: reads every byte of a data directory, a backup or a shipping directory, and says what is damaged.
 *
 * Each byte of a file is under a checksum: pages of the database under their own, frames of the WAL under the WAL's,
 * blobs under their names (what stands for an erased one is known by its bytes), copies under their manifest, the log
 * under its chain. Nothing is changed. What holds nothing that lasts is not looked at: `lock`, `room`, the index of the
 * WAL (gongshi.db-shm, which is made anew after a crash), and files that a crash left half written (new-…, ….new).
 *
 * Directly after a power cut the end of a WAL or of a log may be half written without any loss. That looks like damage,
 * and is called so: opening the store once tells which it was, and cleans it.
 */
#include "base/limit.h"
#include "store/backup_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct doctor {
    struct arena *arena;
    const char *where;
    enum lang lang;
    struct store_finding *findings;
    uint32_t count, size;
};

/* ---- Findings ---- */

/* The path without the directory that is looked at. */
static str within(const struct doctor *d, const char *path)
{
    size_t len = strlen(d->where);
    bool inside = strncmp(path, d->where, len) == 0 && path[len] == '/';
    return arena_str(d->arena, str_of(inside ? path + len + 1 : path));
}

/* Takes an error for a finding. */
static void note(struct doctor *d, const char *path, const struct error *e)
{
    if (d->count == d->size) {
        uint32_t wanted = d->size == 0 ? 16 : 2 * d->size;
        d->findings = arena_grow(d->arena, d->findings, d->size * sizeof *d->findings, wanted * sizeof *d->findings);
        d->size = wanted;
    }
    d->findings[d->count++] = (struct store_finding){
        within(d, path),
        e->detail[0] == '\0' ? arena_str(d->arena, str_of(e->message))
                             : arena_printf(d->arena, "%s: %s", e->message, e->detail),
    };
}

static struct error *fresh(struct doctor *d, struct error *e)
{
    *e = (struct error){ .lang = d->lang };
    return e;
}

/* ---- Lists of places ---- */

/* "3, 4, 9 …" */
struct places {
    struct buf text;
    uint64_t count;
};

static void add_place(struct places *p, uint64_t number)
{
    if (p->count++ < 20) {
        buf_printf(&p->text, "%s%llu", p->count == 1 ? "" : ", ", (unsigned long long)number);
    } else if (p->count == 21) {
        buf_addz(&p->text, " …");
    }
}

/* ---- Pages ---- */

static void note_pages(struct doctor *d, const char *path, struct places *bad, bool cut)
{
    struct error e;
    if (bad->count > 0) {
        error_set(fresh(d, &e), ERROR_IO, "pages do not have their checksum");
        error_detail(&e, "%s", bad->text.ptr);
        note(d, path, &e);
    }
    if (cut) {
        error_set(fresh(d, &e), ERROR_IO, "the file does not end with a whole page");
        note(d, path, &e);
    }
}

/* The database, and copies that upgrades left beside it. */
static enum error_code look_at_pages(struct doctor *d, const char *path, struct error *err)
{
    unsigned char page[STORE_PAGE];
    struct places bad = { .text = BUF_INIT(400) };
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return store__io_error(err, path, errno);
    }
    size_t n;
    for (uint64_t i = 0; (n = fread(page, 1, STORE_PAGE, f)) == STORE_PAGE; i++) {
        if (!store__page_sound(page, i)) {
            add_place(&bad, i + 1);
        }
    }
    enum error_code code = ferror(f) != 0 ? store__io_error(err, path, EIO) : OK;
    fclose(f);
    note_pages(d, path, &bad, n > 0);
    buf_release(&bad.text);
    return code;
}

/* ---- The WAL ---- */

/* A walk over the frames. `round`: of the frame before, as its salts; the frames of this round have those of the head.
 * Behind them may lie frames of earlier rounds, which hold nothing any more; their chain is looked at all the same. */
struct walk {
    bool big, chained; /* chained: `sum` is that of the frame before, of the same round */
    unsigned char head[8], round[8];
    uint32_t sum[2];
    struct places bad;
};

/* A round's salts are drawn anew: two rounds do not share one of the two. */
static bool half_same(const unsigned char *a, const unsigned char *b)
{
    return (memcmp(a, b, 4) == 0) != (memcmp(a + 4, b + 4, 4) == 0);
}

static void look_at_frame(struct walk *w, const unsigned char *frame, uint32_t number)
{
    const unsigned char *salts = frame + 8;
    if (half_same(salts, w->round) || half_same(salts, w->head)) {
        add_place(&w->bad, number);
    } else {
        w->chained &= memcmp(salts, w->round, 8) == 0;
        memcpy(w->round, salts, 8);
        if (w->chained && !store__wal_frame_sound(w->sum, frame, frame + STORE_FRAME_HEAD, w->big)) {
            add_place(&w->bad, number);
        }
    }
    /* What follows is measured by what this frame says, so that only it is named. */
    w->sum[0] = store__get_big(frame + 16);
    w->sum[1] = store__get_big(frame + 20);
    w->chained = true;
}

static void note_frames(struct doctor *d, const char *path, const struct walk *w)
{
    struct error e;
    if (w->bad.count > 0) {
        error_set(fresh(d, &e), ERROR_IO, "frames of the WAL are damaged, or were being written when the power failed");
        error_detail(&e, "%s", w->bad.text.ptr);
        note(d, path, &e);
    }
}

static enum error_code walk_wal(struct doctor *d, const char *path, FILE *f, struct error *err)
{
    unsigned char frame[STORE_FRAME], head[STORE_WAL_HEAD];
    struct walk w = { .chained = true, .bad.text = BUF_INIT(400) };
    if (fread(head, 1, STORE_WAL_HEAD, f) < STORE_WAL_HEAD) {
        return ferror(f) != 0 ? store__io_error(err, path, EIO) : OK;
    }
    w.big = head[3] & 1;
    memcpy(w.head, head + 16, 8);
    memcpy(w.round, head + 16, 8);
    w.sum[0] = store__get_big(head + 24);
    w.sum[1] = store__get_big(head + 28);
    for (uint32_t i = 1; fread(frame, 1, STORE_FRAME, f) == STORE_FRAME; i++) {
        look_at_frame(&w, frame, i);
    }
    note_frames(d, path, &w);
    buf_release(&w.bad.text);
    return ferror(f) != 0 ? store__io_error(err, path, EIO) : OK;
}

static enum error_code look_at_wal(struct doctor *d, const char *path, struct error *err)
{
    struct store_wal wal;
    struct error e;
    enum error_code code = store__wal_read(path, &wal, err);
    if (code == OK && wal.bad_head) {
        error_set(fresh(d, &e), ERROR_IO, "the head of the WAL is damaged");
        note(d, path, &e);
        return OK;
    }
    FILE *f = code == OK ? fopen(path, "re") : NULL;
    if (f == NULL) {
        return code != OK || errno == ENOENT ? code : store__io_error(err, path, errno);
    }
    code = walk_wal(d, path, f, err);
    fclose(f);
    return code;
}

/* ---- SQLite's own checks ---- */

struct saying {
    struct doctor *doctor;
    const char *path;
};

static void say(void *context, str text)
{
    const struct saying *s = context;
    struct error e;
    error_set(fresh(s->doctor, &e), ERROR_IO, "the database is damaged");
    error_detail(&e, "%.*s", STR_ARG(text));
    note(s->doctor, s->path, &e);
}

/* Only of a database whose bytes are all sound: of others it would only repeat what is known. */
static void prove_tables(struct doctor *d, const char *path)
{
    struct sqlite3 *db;
    struct error e;
    struct saying s = { d, path };
    enum error_code code = store__sqlite_peek(path, &db, fresh(d, &e));
    if (code == OK) {
        code = store__sqlite_prove(db, say, &s, &e);
        store__sqlite_unpeek(db);
    }
    if (code != OK) {
        note(d, path, &e);
    }
}

/* ---- Blobs ---- */

static enum error_code look_at_blob(void *context, const char *path, const char *hash, struct error *err)
{
    struct doctor *d = context;
    char found[STORE_HASH + 1] = "";
    struct error e;
    (void)err;
    fresh(d, &e);
    if (hash == NULL) {
        error_set(&e, ERROR_INVALID, "a file that the store does not know");
        note(d, path, &e);
    } else if (store__take_file(path, NULL, false, found, NULL, &e) != OK) {
        note(d, path, &e);
    } else if (strcmp(found, hash) != 0 && !store__blob_erased(path, hash)) {
        error_set(&e, ERROR_IO, "its bytes do not have the hash that it is named by");
        note(d, path, &e);
    }
    return OK;
}

/* ---- Copies ---- */

static void compare_file(struct doctor *d, const char *folder, const char *name, const char *hash, uint64_t size)
{
    char path[STORE_PATH], found[STORE_HASH + 1];
    uint64_t found_size;
    struct error e;
    store__path(path, "%s/%s", folder, name);
    if (store__take_file(path, NULL, false, found, &found_size, fresh(d, &e)) != OK) {
        note(d, path, &e);
    } else if (found_size != size || strcmp(found, hash) != 0) {
        error_set(&e, ERROR_IO, "the file is not what the manifest says");
        note(d, path, &e);
    }
}

/* The blobs of the list must be there; that they are sound is looked at where they lie. */
static void look_for_blobs(struct doctor *d, const char *folder, const char *blobs)
{
    char list[STORE_PATH], path[STORE_PATH], line[3 * STORE_HASH];
    struct error e;
    store__path(list, "%s/blobs.sha256", folder);
    FILE *f = fopen(list, "re");
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (strlen(line) <= STORE_HASH) {
            continue; /* the hash of the list tells */
        }
        store__path(path, "%s/%.2s/%.62s", blobs, line, line + 2);
        if (access(path, F_OK) != 0) {
            error_set(fresh(d, &e), ERROR_MISSING, "an attachment of the copy is not there");
            note(d, path, &e);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
}

static void look_at_copy(struct doctor *d, const char *folder, const char *blobs)
{
    struct arena a = ARENA_INIT;
    struct store_manifest m;
    struct error e;
    char path[STORE_PATH];
    store__path(path, "%s/manifest.json", folder);
    if (store__manifest_read(&a, folder, &m, fresh(d, &e)) != OK) {
        note(d, path, &e);
    } else {
        uint32_t before = d->count;
        compare_file(d, folder, "gongshi.db", m.database, m.database_size);
        compare_file(d, folder, "blobs.sha256", m.list, m.list_size);
        look_for_blobs(d, folder, blobs);
        store__path(path, "%s/gongshi.db", folder);
        if (d->count == before) {
            prove_tables(d, path);
        }
    }
    arena_release(&a);
}

/* ---- The change log ---- */

static void note_log(struct doctor *d, const char *path, const struct store_log *log, bool damaged)
{
    struct error e;
    fresh(d, &e);
    if (damaged) {
        error_set(&e, ERROR_IO, "a record is damaged, or was being written when the power failed");
        error_detail(&e, "byte %lld, commit %lld", (long long)log->end, (long long)log->commit + 1);
    } else {
        error_set(&e, ERROR_INVALID, "the change log has a hole before this file");
        error_detail(&e, "commit %lld", (long long)log->first);
    }
    note(d, path, &e);
}

/* Reads a file to its end. */
static enum error_code look_at_log(struct doctor *d, const char *path, struct store_log *log, struct error *err)
{
    static const unsigned char zeros[STORE_DIGEST];
    struct buf bytes = BUF_INIT(SIZE_MAX / 2);
    enum store_log_tail tail = STORE_LOG_END;
    struct store_log next;
    struct error e;
    if (store__log_open(&next, path, false, fresh(d, &e)) != OK) {
        note(d, path, &e);
        return OK;
    }
    /* A base copy goes before a file without a hash. */
    bool begins = memcmp(next.before, zeros, STORE_DIGEST) == 0;
    if (log->store != 0 && !begins &&
        (next.first != log->commit + 1 || memcmp(next.before, log->chain, STORE_DIGEST) != 0)) {
        note_log(d, path, &next, false);
    }
    enum error_code code;
    do {
        code = store__log_next(&next, &bytes, &tail, err);
    } while (code == OK && tail == STORE_LOG_RECORD);
    if (code == OK && tail != STORE_LOG_END) {
        note_log(d, path, &next, true);
    }
    buf_release(&bytes);
    store__log_close(&next);
    *log = next;
    return code;
}

static enum error_code look_at_shipping(struct doctor *d, struct error *err)
{
    const char **names;
    uint32_t count = 0;
    char path[STORE_PATH], blobs[STORE_PATH];
    struct store_log log = { .fd = -1 };
    store__path(blobs, "%s/blobs", d->where);
    enum error_code code = store__list(d->arena, d->where, "base-", &names, &count, err);
    for (uint32_t i = 0; i < count && code == OK; i++) {
        store__path(path, "%s/%s", d->where, names[i]);
        look_at_copy(d, path, blobs);
    }
    code = code == OK ? store__list(d->arena, d->where, "log-", &names, &count, err) : code;
    for (uint32_t i = 0; i < count && code == OK; i++) {
        store__path(path, "%s/%s", d->where, names[i]);
        code = look_at_log(d, path, &log, err);
    }
    return code;
}

/* ---- Data directories ---- */

static enum error_code look_at_data(struct doctor *d, struct error *err)
{
    const char **names;
    uint32_t count = 0;
    char path[STORE_PATH], wal[STORE_PATH];
    store__path(path, "%s/gongshi.db", d->where);
    store__path(wal, "%s-wal", path);
    enum error_code code = look_at_pages(d, path, err);
    code = code == OK ? look_at_wal(d, wal, err) : code;
    if (code == OK && d->count == 0) {
        prove_tables(d, path);
    }
    code = code == OK ? store__list(d->arena, d->where, "before-upgrade-", &names, &count, err) : code;
    for (uint32_t i = 0; i < count && code == OK; i++) {
        store__path(path, "%s/%s", d->where, names[i]);
        code = look_at_pages(d, path, err);
    }
    return code;
}

static bool has(const struct doctor *d, const char *name)
{
    char path[STORE_PATH];
    store__path(path, "%s/%s", d->where, name);
    return access(path, F_OK) == 0;
}

static bool is_shipping(const struct doctor *d)
{
    const char **names;
    uint32_t count = 0;
    return store__list(d->arena, d->where, "base-", &names, &count, NULL) == OK && count > 0;
}

static enum error_code no_data(const struct doctor *d, struct error *err)
{
    enum error_code code = error_set(err, ERROR_MISSING, "there are no data");
    error_detail(err, "%s", d->where);
    return code;
}

static enum error_code look(struct doctor *d, struct error *err)
{
    char blobs[STORE_PATH];
    enum error_code code = OK;
    store__path(blobs, "%s/blobs", d->where);
    if (has(d, "manifest.json") || has(d, "manifest.json.sha256")) {
        look_at_copy(d, d->where, blobs);
    } else if (is_shipping(d)) {
        code = look_at_shipping(d, err);
    } else {
        code = has(d, "gongshi.db") ? look_at_data(d, err) : no_data(d, err);
    }
    struct error e;
    if (store__keys_prove(d->where, fresh(d, &e)) != OK) {
        note(d, d->where, &e);
    }
    return code == OK && access(blobs, F_OK) == 0 ? store__each_blob(blobs, look_at_blob, d, err) : code;
}

enum error_code store_doctor(const char *where, struct arena *a, const struct store_finding **ret, uint32_t *ret_count,
                             struct error *err)
{
    size_t len = strlen(where);
    while (len > 1 && where[len - 1] == '/') {
        len--;
    }
    struct doctor d = { .arena = a, .where = arena_str(a, (str){ where, len }).ptr,
                        .lang = err == NULL ? LANG_EN : err->lang };
    int lock = -1;
    enum error_code code = store__lock_folder(d.where, false, &lock, err);
    code = code == OK ? look(&d, err) : code;
    if (lock >= 0) {
        close(lock);
    }
    if (code == OK) {
        *ret = d.findings;
        *ret_count = d.count;
    }
    return code;
}
