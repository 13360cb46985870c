/* keys: secret keys by name, outside the database: who destroys one destroys all that was encrypted with it, in every
 * copy of the database that was ever made.
 *
 * The file has a line of fixed length for each key: the SHA-256 of its name, the key, and the first letters of the
 * SHA-256 of both. A destroyed key is a line of zeros in its place, so that no other is ever made for the name. A line
 * is durable before a change is that comes after it: whoever commits flushes first what was written here, so that one
 * flush serves all changes of a batch. With a shipping directory the same file is kept there too. The last
 * line may be cut off by a power cut: nobody has used it, and it is overwritten.
 *
 * Several servers may share the file (on PostgreSQL): who makes or destroys a key holds its lock and reads first what
 * others have added.
 */
#include "base/limit.h"
#include "store/backup_int.h"
#include "text/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NAME = SHA256_TEXT - 1,
    KEY = 2 * STORE_KEY,
    CHECK = 8,
    LINE = NAME + 1 + KEY + 1 + CHECK + 1,
};

static const char no_key[KEY + 1] = "0000000000000000000000000000000000000000000000000000000000000000";

/* Where the key of a name stands; in an open table of a power of two, by the name's first letters. */
struct place {
    char name[NAME]; /* all zero: free */
    int64_t line;
};

struct store_keys {
    struct arena arena;        /* the table; one that was outgrown stays in it */
    pthread_mutex_t lock;
    const char *path, *second; /* second: in the shipping directory, or NULL */
    int fd, second_fd;         /* -1: not open yet */
    struct place *places;
    uint32_t size, used;
    int64_t lines;             /* that were read or written */
    _Atomic int64_t written;   /* one more with each line that may not be durable yet … */
    int64_t flushed;           /* … and how many of them are, under `flush` */
    pthread_mutex_t flush;
    bool failed;               /* what the disk has is not known: until the next start nothing is flushed well */
};

/* ---- The table ---- */

static uint32_t home(const struct store_keys *k, const char *name)
{
    char first[8] = { 0 };
    memcpy(first, name, sizeof first - 1);
    return (uint32_t)strtoul(first, NULL, 16) & (k->size - 1);
}

static struct place *find(const struct store_keys *k, const char *name)
{
    uint32_t i = home(k, name);
    while (k->places[i].name[0] != '\0' && memcmp(k->places[i].name, name, NAME) != 0) {
        i = (i + 1) & (k->size - 1);
    }
    return &k->places[i];
}

static void grow(struct store_keys *k)
{
    struct place *old = k->places;
    uint32_t old_size = k->size;
    k->size = old_size == 0 ? 1024 : old_size * 2;
    k->places = ARENA_ARRAY(&k->arena, struct place, k->size);
    for (uint32_t i = 0; i < old_size; i++) {
        if (old[i].name[0] != '\0') {
            *find(k, old[i].name) = old[i];
        }
    }
}

static void add_place(struct store_keys *k, const char *name, int64_t line)
{
    if (k->used * 2 >= k->size) {
        grow(k);
    }
    struct place *p = find(k, name);
    k->used += p->name[0] == '\0';
    memcpy(p->name, name, NAME);
    p->line = line;
}

/* ---- Lines ---- */

static void check_of(const char *line, char ret[CHECK])
{
    char hash[SHA256_TEXT];
    sha256_text((str){ line, NAME + 1 + KEY }, hash);
    memcpy(ret, hash, CHECK);
}

static void make_line(const char *name, const char *key, char ret[LINE])
{
    memcpy(ret, name, NAME);
    ret[NAME] = ' ';
    memcpy(ret + NAME + 1, key, KEY);
    ret[NAME + 1 + KEY] = ' ';
    check_of(ret, ret + NAME + 1 + KEY + 1);
    ret[LINE - 1] = '\n';
}

static bool line_sound(const char *line)
{
    char check[CHECK];
    check_of(line, check);
    return line[NAME] == ' ' && line[NAME + 1 + KEY] == ' ' && line[LINE - 1] == '\n' &&
           memcmp(line + NAME + 1 + KEY + 1, check, CHECK) == 0;
}

static enum error_code damaged(const char *path, int64_t line, struct error *err)
{
    error_set(err, ERROR_IO, "the file of keys is damaged");
    error_detail(err, "%s, line %lld", path, (long long)line + 1);
    error_hint(err, "put the file keys of a backup beside the database");
    return ERROR_IO;
}

/* ---- The file ---- */

/* Reads what was added since: by this process or another one. */
static enum error_code read_new(struct store_keys *k, struct error *err)
{
    char line[LINE];
    ssize_t n;
    while ((n = pread(k->fd, line, LINE, k->lines * LINE)) == LINE) {
        if (line[0] == '\0') {
            break; /* room that a power cut left without its line */
        }
        if (!line_sound(line)) {
            return damaged(k->path, k->lines, err);
        }
        add_place(k, line, k->lines++);
        k->written++; /* who wrote it may not have flushed it */
    }
    explicit_bzero(line, sizeof line);
    return n < 0 ? store__io_error(err, k->path, errno) : OK;
}

/* A file that is new gets what the other one has: a shipping directory that is used for the first time. */
static enum error_code make_second(struct store_keys *k, struct error *err)
{
    char hash[STORE_HASH + 1];
    enum error_code code = OK;
    if (k->second != NULL) {
        code = store__take_file(k->path, k->second, false, hash, NULL, err);
        k->second_fd = code == OK ? open(k->second, O_RDWR | O_CLOEXEC) : -1;
        code = code == OK && k->second_fd < 0 ? store__io_error(err, k->second, errno) : code;
    }
    return code;
}

static void close_files(struct store_keys *k)
{
    if (k->fd >= 0) {
        close(k->fd);
    }
    if (k->second_fd >= 0) {
        close(k->second_fd);
    }
    k->fd = k->second_fd = -1;
}

static enum error_code open_file(struct store_keys *k, struct error *err)
{
    if (k->fd >= 0) {
        return OK;
    }
    k->fd = open(k->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    enum error_code code = k->fd < 0 ? store__io_error(err, k->path, errno) : make_second(k, err);
    code = code == OK ? read_new(k, err) : code;
    if (code != OK) {
        close_files(k);
    }
    return code;
}

static enum error_code write_line(int fd, const char *path, int64_t number, const char *line, struct error *err)
{
    ssize_t n = pwrite(fd, line, LINE, number * LINE);
    return n == LINE ? OK : store__io_error(err, path, n >= 0 ? ENOSPC : errno);
}

static enum error_code write_both(struct store_keys *k, int64_t number, const char *line, struct error *err)
{
    enum error_code code = write_line(k->fd, k->path, number, line, err);
    code = code == OK && k->second_fd >= 0 ? write_line(k->second_fd, k->second, number, line, err) : code;
    k->written += code == OK;
    return code;
}

/* 0 or errno. */
static int flush_file(int fd)
{
    int fault = fd < 0 ? 0 : store__fault_now(false);
    return fault != 0 ? fault : fd < 0 || fsync(fd) == 0 ? 0 : errno;
}

static enum error_code flush(struct store_keys *k, struct error *err)
{
    int64_t target = k->written; /* before: a line that comes meanwhile is for the next time */
    if (k->flushed >= target) {
        return OK;
    }
    int number = k->failed ? EIO : flush_file(k->fd);
    number = number == 0 ? flush_file(k->second_fd) : number;
    k->failed = number != 0;
    if (number != 0) {
        return store__io_error(err, k->path, number);
    }
    k->flushed = target;
    return OK;
}

enum error_code store__keys_flush(struct store *s, struct error *err)
{
    struct store_keys *k = s->keys;
    if (k == NULL || k->written == 0) {
        return OK;
    }
    pthread_mutex_lock(&k->flush); /* another writer's flush may be on its way: it is waited for */
    enum error_code code = flush(k, err);
    pthread_mutex_unlock(&k->flush);
    return code;
}

/* ---- Keys ---- */

static enum error_code no_such_key(bool destroyed, struct error *err)
{
    return destroyed ? error_set(err, ERROR_MISSING, "the data were erased: their key was destroyed")
                     : error_set(err, ERROR_MISSING, "the key of the data is not there");
}

static void read_hex(const char *hex, unsigned char ret[STORE_KEY])
{
    for (size_t i = 0; i < STORE_KEY; i++) {
        ret[i] = (unsigned char)strtoul((char[]){ hex[2 * i], hex[2 * i + 1], '\0' }, NULL, 16);
    }
}

static enum error_code read_key(struct store_keys *k, const char *name, unsigned char ret[STORE_KEY],
                                struct error *err)
{
    char line[LINE];
    const struct place *p = k->used > 0 ? find(k, name) : NULL;
    if (p == NULL || p->name[0] == '\0') {
        return no_such_key(false, err);
    }
    if (pread(k->fd, line, LINE, p->line * LINE) != LINE || !line_sound(line) || memcmp(line, name, NAME) != 0) {
        return damaged(k->path, p->line, err);
    }
    bool destroyed = memcmp(line + NAME + 1, no_key, KEY) == 0;
    if (!destroyed) {
        read_hex(line + NAME + 1, ret);
    }
    explicit_bzero(line, sizeof line);
    return destroyed ? no_such_key(true, err) : OK;
}

static enum error_code make_key(struct store_keys *k, const char *name, unsigned char ret[STORE_KEY],
                                struct error *err)
{
    char line[LINE], hex[KEY + 1];
    if (getrandom(ret, STORE_KEY, 0) != STORE_KEY) {
        abort();
    }
    str_hex(ret, STORE_KEY, hex);
    make_line(name, hex, line);
    enum error_code code = write_both(k, k->lines, line, err);
    if (code == OK) {
        add_place(k, name, k->lines++);
    }
    explicit_bzero(line, sizeof line);
    explicit_bzero(hex, sizeof hex);
    return code;
}

static bool has_place(const struct store_keys *k, const char *name)
{
    return k->used > 0 && find(k, name)->name[0] != '\0';
}

/* Between this and `leave` no other thread or server changes the file. */
static enum error_code enter(struct store *s, struct error *err)
{
    struct store_keys *k = s->keys;
    if (k == NULL) {
        error_set(err, ERROR_INVALID, "there is no file for the keys of personal data");
        error_hint(err, "on PostgreSQL name one by --keys FILE or GONGSHI_KEYS, on a disk that all servers share");
        return ERROR_INVALID;
    }
    pthread_mutex_lock(&k->lock);
    enum error_code code = open_file(k, err);
    if (code == OK && flock(k->fd, LOCK_EX) != 0) {
        code = store__io_error(err, k->path, errno);
    }
    if (code != OK) {
        pthread_mutex_unlock(&k->lock);
    }
    return code;
}

static void leave(struct store_keys *k)
{
    flock(k->fd, LOCK_UN);
    pthread_mutex_unlock(&k->lock);
}

enum error_code store_key(struct store *s, str name, bool make, unsigned char ret[STORE_KEY], struct error *err)
{
    char hash[SHA256_TEXT];
    enum error_code code = enter(s, err);
    if (code != OK) {
        return code;
    }
    sha256_text(name, hash);
    if (!has_place(s->keys, hash)) {
        code = read_new(s->keys, err);
    }
    if (code == OK) {
        code = make && !has_place(s->keys, hash) ? make_key(s->keys, hash, ret, err)
                                                 : read_key(s->keys, hash, ret, err);
    }
    leave(s->keys);
    return code;
}

enum error_code store_key_destroy(struct store *s, str name, struct error *err)
{
    char hash[SHA256_TEXT], line[LINE];
    enum error_code code = enter(s, err);
    if (code != OK) {
        return code;
    }
    struct store_keys *k = s->keys;
    sha256_text(name, hash);
    code = read_new(k, err);
    if (code == OK) {
        int64_t number = has_place(k, hash) ? find(k, hash)->line : k->lines;
        make_line(hash, no_key, line);
        code = write_both(k, number, line, err);
        if (code == OK && number == k->lines) {
            add_place(k, hash, k->lines++);
        }
    }
    leave(k);
    return code == OK ? store__keys_flush(s, err) : code;
}

/* ---- Opening, copies ---- */

void store__keys_open(struct store *s)
{
    struct store_keys *k;
    char path[STORE_PATH];
    bool shared = store__is_postgres(s->config.where);
    if (shared && s->config.keys == NULL) {
        return;
    }
    k = ARENA_NEW(&s->arena, struct store_keys);
    *k = (struct store_keys){ .fd = -1, .second_fd = -1 };
    pthread_mutex_init(&k->lock, NULL);
    pthread_mutex_init(&k->flush, NULL);
    store__path(path, "%s/keys", s->config.where);
    k->path = arena_str(&s->arena, str_of(shared ? s->config.keys : path)).ptr;
    if (s->config.ship != NULL) {
        store__path(path, "%s/keys", s->config.ship);
        k->second = arena_str(&s->arena, str_of(path)).ptr;
    }
    s->keys = k;
}

void store__keys_close(struct store *s)
{
    struct store_keys *k = s->keys;
    if (k == NULL) {
        return;
    }
    close_files(k);
    arena_release(&k->arena);
    pthread_mutex_destroy(&k->lock);
    pthread_mutex_destroy(&k->flush);
    s->keys = NULL;
}

/* A copy has all keys that its rows need when it is made after the copy of the database. */
enum error_code store__keys_copy(const char *from, const char *to, struct error *err)
{
    char source[STORE_PATH], target[STORE_PATH], hash[STORE_HASH + 1];
    store__path(source, "%s/keys", from);
    store__path(target, "%s/keys", to);
    return access(source, F_OK) != 0 ? OK : store__take_file(source, target, false, hash, NULL, err);
}

enum error_code store__keys_prove(const char *folder, struct error *err)
{
    char path[STORE_PATH], line[LINE];
    enum error_code code = OK;
    store__path(path, "%s/keys", folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (int64_t i = 0; fd >= 0 && code == OK && pread(fd, line, LINE, i * LINE) == LINE; i++) {
        code = line[0] == '\0' || line_sound(line) ? OK : damaged(path, i, err);
    }
    explicit_bzero(line, sizeof line);
    if (fd >= 0) {
        close(fd);
    }
    return code;
}
