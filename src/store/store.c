/* store: opening, closing, and what concerns the store as a whole. */
#include "base/clock.h"
#include "base/limit.h"
#include "store/backup_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* ---- Errors ---- */

enum error_code store__io_error(struct error *err, const char *path, int number)
{
    enum error_code code = error_set(err, ERROR_IO, "the operating system refuses an operation on a file");
    error_detail(err, "%s: %s", path, strerrordesc_np(number));
    return code;
}

_Noreturn void store__fatal(struct store *s, const struct error *err)
{
    if (s->config.fatal != NULL) {
        s->config.fatal(s->config.context, err);
    } else {
        dprintf(STDERR_FILENO, "gongshi: %s: %s\n", err->message, err->detail);
    }
    _exit(3);
}

enum error_code store__sync_folder(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return store__io_error(err, path, errno);
    }
    int rc = store__fault_now(false);
    if (rc == 0 && fsync(fd) != 0) {
        rc = errno;
    }
    close(fd);
    return rc == 0 ? OK : store__io_error(err, path, rc);
}

/* ---- Opening and closing ---- */

static struct store *new_store(const struct store_config *config, const struct store_backend *backend)
{
    struct arena a = ARENA_INIT;
    struct store *s = ARENA_NEW(&a, struct store);
    s->arena = a;
    s->config = *config;
    s->config.where = arena_str(&s->arena, str_of(config->where)).ptr;
    if (config->ship != NULL) {
        s->config.ship = arena_str(&s->arena, str_of(config->ship)).ptr;
    }
    if (config->keys != NULL) {
        s->config.keys = arena_str(&s->arena, str_of(config->keys)).ptr;
    }
    s->backend = backend;
    store__keys_open(s);
    return s;
}

/* Also of a store that was opened only half. */
void store__release(struct store *s)
{
    store__ship_close(s);
    store__keys_close(s);
    store__views_release(s);
    store__ids_release(s);
    s->backend->close(s);
    struct arena a = s->arena;
    arena_release(&a);
}

enum error_code store__open_still(const struct store_config *config, const struct store_backend *backend,
                                  const struct store_migration *migrations, uint32_t count, struct store **ret,
                                  struct error *err)
{
    struct store *s = new_store(config, backend);
    store__views_init(s);
    store__ids_init(s);
    enum error_code code = s->backend->open(s, err);
    if (code == OK) {
        code = store__migrate(s, migrations, count, err);
    }
    if (code != OK) {
        store__release(s);
        return code;
    }
    *ret = s;
    return OK;
}

enum error_code store__open(const struct store_config *config, const struct store_backend *backend,
                            const struct store_migration *migrations, uint32_t count, struct store **ret,
                            struct error *err)
{
    struct store *s;
    enum error_code code = store__open_still(config, backend, migrations, count, &s, err);
    if (code != OK) {
        return code;
    }
    code = store__ship_open(s, err);
    code = code == OK ? store__writer_start(s, err) : code;
    if (code != OK) {
        store__release(s);
        return code;
    }
    code = store__ship_start(s, err);
    if (code != OK) {
        store_close(s);
        return code;
    }
    *ret = s;
    return OK;
}

enum error_code store_open(const struct store_config *config, struct store **ret, struct error *err)
{
    const struct store_backend *backend = store__is_postgres(config->where) ? &store__postgres : &store__sqlite;
    return store__open(config, backend, store__migrations, store__migration_count, ret, err);
}

void store_close(struct store *s)
{
    store__ship_stop(s);
    store__writer_stop(s);
    store__release(s);
}

/* ---- Blobs ---- */

static enum error_code put_blob(struct store *s, str bytes, int fd, char *ret, struct error *err)
{
    char hash[STORE_HASH + 1];
    enum error_code code = s->backend->blob_put(s, bytes, fd, hash, err);
    code = code == OK && s->shipping != NULL ? store__ship_blob(s, hash, err) : code;
    if (code == OK) {
        memcpy(ret, hash, sizeof hash);
    }
    return code;
}

enum error_code store_blob_put(struct store *s, str bytes, char *ret, struct error *err)
{
    return put_blob(s, bytes, -1, ret, err);
}

enum error_code store_blob_put_file(struct store *s, int fd, char *ret, struct error *err)
{
    return put_blob(s, STR(""), fd, ret, err);
}

enum error_code store_blob_read(struct store *s, const char *hash, uint64_t offset, void *into, size_t size,
                                size_t *ret, struct error *err)
{
    return s->backend->blob_read(s, hash, offset, into, size, ret, err);
}

enum error_code store_blob_size(struct store *s, const char *hash, uint64_t *ret, struct error *err)
{
    return s->backend->blob_size(s, hash, ret, err);
}

enum error_code store_blob_erase(struct store *s, const char *hash, struct error *err)
{
    enum error_code code = s->shipping != NULL ? store__ship_erase(s, hash, err) : OK;
    return code == OK ? s->backend->blob_erase(s, hash, err) : code;
}

/* ---- Health ---- */

static double mean_us(int64_t nanos, uint64_t count)
{
    return count == 0 ? 0 : (double)nanos / (double)count / 1000;
}

static int64_t room_of(const struct store *s)
{
    struct statvfs f;
    return statvfs(s->config.where, &f) == 0 ? (int64_t)(f.f_bavail * f.f_frsize) : -1;
}

void store_figures(struct store *s, struct store_figures *ret)
{
    struct store_writer *w = &s->writer;
    pthread_mutex_lock(&w->lock);
    int64_t now = clock_monotonic_nanos(), passed = now - w->since_ns;
    for (uint32_t i = 0; i < w->started; i++) {
        store__count_busy(w, &w->threads[i], now);
    }
    *ret = (struct store_figures){
        .read_only = atomic_load(&w->read_only),
        .waiting = w->lanes[STORE_INTERACTIVE].count + w->lanes[STORE_BULK].count,
        .commit = w->commit,
        .units = w->units,
        .commits = w->commits,
        .busy = passed > 0 ? (double)w->busy_ns / (double)passed / w->started : 0,
        .apply_us = mean_us(w->apply_ns, w->applied),
        .flush_us = mean_us(w->flush_ns, w->flushed),
        .base_at = store__ship_base_at(s),
        .room = room_of(s),
    };
    w->busy_ns = w->apply_ns = w->flush_ns = 0;
    w->applied = w->flushed = 0;
    w->since_ns = now;
    pthread_mutex_unlock(&w->lock);
}

void store_describe(const struct store *s, struct buf *out)
{
    s->backend->describe(s, out);
}
