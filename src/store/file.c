/* file: whole files, for backups, restoring and the doctor. See backup_int.h. */
#include "base/limit.h"
#include "store/backup_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 64 * STORE_PAGE };

void store__path(char *ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ret, STORE_PATH, format, args);
    va_end(args);
}

enum error_code store__make_folder(const char *path, struct error *err)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? OK : store__io_error(err, path, errno);
}

/* ---- Hashes ---- */

void store__digest(unsigned char ret[STORE_DIGEST], const str *pieces, uint32_t count)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    for (uint32_t i = 0; i < count; i++) {
        EVP_DigestUpdate(digest, pieces[i].ptr, pieces[i].len);
    }
    EVP_DigestFinal_ex(digest, ret, NULL);
    EVP_MD_CTX_free(digest);
}

/* ---- Reading and writing ---- */

/* Reads until `size` bytes are there or the file ends; the number of bytes, or -1. */
static ssize_t read_full(int fd, char *into, size_t size)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, into + got, size - got);
        if (n == 0) {
            break;
        }
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        got += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)got;
}

int store__write_all(int fd, const char *p, size_t size)
{
    while (size > 0) {
        int fault = store__fault_now(true);
        ssize_t n = fault == 0 ? write(fd, p, size) : -1;
        if (n < 0 && (fault != 0 || errno != EINTR)) {
            return fault != 0 ? fault : errno;
        }
        p += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Closes a descriptor, after a flush when it was written; the first error number of all. */
static int finish(int fd, bool written, int number)
{
    if (number == 0 && written) {
        int fault = store__fault_now(false);
        number = fault != 0 ? fault : fsync(fd) == 0 ? 0 : errno;
    }
    return close(fd) != 0 && number == 0 ? errno : number;
}

static enum error_code refuse_page(const char *path, uint64_t number, struct error *err)
{
    enum error_code code = error_set(err, ERROR_IO, "the database is damaged");
    error_detail(err, "%s: page %llu", path, (unsigned long long)number + 1);
    return code;
}

/* What taking a file goes through. */
struct taking {
    const char *path;
    int from, to;
    bool pages;
    EVP_MD_CTX *digest;
    uint64_t size;
    char piece[PIECE];
};

static enum error_code prove_pages(const struct taking *t, size_t size, struct error *err)
{
    if (size % STORE_PAGE != 0) {
        return refuse_page(t->path, (t->size + size) / STORE_PAGE, err);
    }
    for (size_t at = 0; at < size; at += STORE_PAGE) {
        if (!store__page_sound(t->piece + at, (t->size + at) / STORE_PAGE)) {
            return refuse_page(t->path, (t->size + at) / STORE_PAGE, err);
        }
    }
    return OK;
}

static enum error_code take_pieces(struct taking *t, struct error *err)
{
    for (;;) {
        ssize_t n = read_full(t->from, t->piece, PIECE);
        if (n <= 0) {
            return n == 0 ? OK : store__io_error(err, t->path, errno);
        }
        enum error_code code = t->pages ? prove_pages(t, (size_t)n, err) : OK;
        if (code != OK) {
            return code;
        }
        EVP_DigestUpdate(t->digest, t->piece, (size_t)n);
        int number = t->to < 0 ? 0 : store__write_all(t->to, t->piece, (size_t)n);
        if (number != 0) {
            return store__io_error(err, t->path, number);
        }
        t->size += (uint64_t)n;
    }
}

static enum error_code take_all(struct taking *t, const char *to, char *ret_hash, uint64_t *ret_size,
                                struct error *err)
{
    unsigned char digest[STORE_DIGEST];
    t->digest = EVP_MD_CTX_new();
    EVP_DigestInit_ex(t->digest, EVP_sha256(), NULL);
    enum error_code code = take_pieces(t, err);
    EVP_DigestFinal_ex(t->digest, digest, NULL);
    EVP_MD_CTX_free(t->digest);
    int number = t->to < 0 ? 0 : finish(t->to, code == OK, 0);
    if (code == OK && number != 0) {
        code = store__io_error(err, to, number);
    }
    if (code == OK) {
        str_hex(digest, STORE_DIGEST, ret_hash);
        if (ret_size != NULL) {
            *ret_size = t->size;
        }
    }
    return code;
}

enum error_code store__take_file(const char *from, const char *to, bool pages, char *ret_hash, uint64_t *ret_size,
                                 struct error *err)
{
    struct arena a = ARENA_INIT;
    struct taking *t = ARENA_NEW(&a, struct taking);
    t->path = from;
    t->pages = pages;
    t->to = -1;
    t->from = open(from, O_RDONLY | O_CLOEXEC);
    const char *missing = t->from < 0 ? from : NULL;
    if (t->from >= 0 && to != NULL) {
        t->to = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        missing = t->to < 0 ? to : NULL;
    }
    enum error_code code = missing != NULL ? store__io_error(err, missing, errno)
                                           : take_all(t, to, ret_hash, ret_size, err);
    if (t->from >= 0) {
        close(t->from);
    }
    arena_release(&a);
    return code;
}

enum error_code store__read_file(struct arena *a, const char *path, size_t max, str *ret, struct error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        enum error_code code = store__io_error(err, path, errno);
        if (errno == ENOENT && err != NULL) {
            err->code = ERROR_MISSING;
        }
        return errno == ENOENT ? ERROR_MISSING : code;
    }
    int number = fstat(fd, &st) == 0 ? 0 : errno;
    size_t size = number == 0 ? (size_t)st.st_size : 0;
    char *bytes = NULL;
    if (number == 0 && size <= max) {
        bytes = arena_alloc(a, size + 1);
        ssize_t n = read_full(fd, bytes, size);
        number = n < 0 ? errno : (size_t)n < size ? EIO : 0;
    }
    close(fd);
    if (number != 0) {
        return store__io_error(err, path, number);
    }
    if (bytes == NULL) {
        error_set(err, ERROR_LIMIT, "the file is too large");
        error_detail(err, "%s", path);
        return ERROR_LIMIT;
    }
    bytes[size] = '\0';
    *ret = (str){ bytes, size };
    return OK;
}

enum error_code store__write_file(const char *path, str bytes, struct error *err)
{
    char temporary[STORE_PATH];
    store__path(temporary, "%s.new", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        return store__io_error(err, temporary, errno);
    }
    int number = finish(fd, true, store__write_all(fd, bytes.ptr, bytes.len));
    if (number == 0 && rename(temporary, path) != 0) {
        number = errno;
    }
    return number == 0 ? OK : store__io_error(err, path, number);
}

enum error_code store__flush_file(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int number = fd < 0 ? errno : finish(fd, true, 0);
    return number == 0 ? OK : store__io_error(err, path, number);
}

/* ---- Folders ---- */

static enum error_code remove_one(const char *path, bool folder, struct error *err)
{
    int rc = folder ? rmdir(path) : unlink(path);
    return rc == 0 || errno == ENOENT ? OK : store__io_error(err, path, errno);
}

/* Folders of ours are at most three deep. */
enum { DEPTH = 4 };

static enum error_code remove_inside(const char *path, uint32_t depth, struct error *err)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return errno == ENOENT ? OK : store__io_error(err, path, errno);
    }
    enum error_code code = OK;
    for (struct dirent *e; code == OK && (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) {
            continue;
        }
        char inner[STORE_PATH];
        struct stat st;
        store__path(inner, "%s/%s", path, e->d_name);
        bool folder = lstat(inner, &st) == 0 && S_ISDIR(st.st_mode);
        code = folder && depth < DEPTH ? remove_inside(inner, depth + 1, err) : OK;
        code = code == OK ? remove_one(inner, folder, err) : code;
    }
    closedir(dir);
    return code;
}

enum error_code store__remove(const char *path, bool itself, struct error *err)
{
    enum error_code code = remove_inside(path, 1, err);
    return code == OK && itself ? remove_one(path, true, err) : code;
}

static bool ends_with(const char *s, const char *end)
{
    size_t len = strlen(s), size = strlen(end);
    return len >= size && strcmp(s + len - size, end) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum error_code store__list(struct arena *a, const char *path, const char *prefix, const char ***ret,
                            uint32_t *ret_count, struct error *err)
{
    DIR *dir = opendir(path);
    if (dir == NULL) {
        return store__io_error(err, path, errno);
    }
    uint32_t count = 0, size = 16;
    const char **names = ARENA_ARRAY(a, const char *, size);
    errno = 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL; errno = 0) {
        bool left = prefix[0] != '\0' && ends_with(e->d_name, ".new");
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || left ||
            strncmp(e->d_name, prefix, strlen(prefix)) != 0) {
            continue;
        }
        if (count + 1 == size) {
            names = arena_grow(a, names, size * sizeof *names, 2 * size * sizeof *names);
            size *= 2;
        }
        names[count++] = arena_str(a, str_of(e->d_name)).ptr;
    }
    int number = errno;
    closedir(dir);
    if (number != 0) {
        return store__io_error(err, path, number);
    }
    qsort(names, count, sizeof *names, by_name);
    names[count] = NULL;
    *ret = names;
    *ret_count = count;
    return OK;
}

/* ---- Blobs ---- */

static bool is_hex(const char *s, size_t len)
{
    return strlen(s) == len && strspn(s, "0123456789abcdef") == len;
}

static enum error_code visit_folder(struct arena *a, const char *dir, const char *name, store_blob_visit *visit,
                                    void *context, struct error *err)
{
    char folder[STORE_PATH], path[STORE_PATH];
    const char **inner;
    uint32_t count;
    store__path(folder, "%s/%s", dir, name);
    enum error_code code = store__list(a, folder, "", &inner, &count, err);
    for (uint32_t i = 0; i < count && code == OK; i++) {
        char hash[STORE_HASH + 1];
        bool good = is_hex(inner[i], STORE_HASH - 2);
        if (good) {
            snprintf(hash, sizeof hash, "%.2s%.62s", name, inner[i]);
        }
        store__path(path, "%s/%s", folder, inner[i]);
        code = visit(context, path, good ? hash : NULL, err);
    }
    return code;
}

enum error_code store__each_blob(const char *dir, store_blob_visit *visit, void *context, struct error *err)
{
    struct arena a = ARENA_INIT;
    const char **names;
    uint32_t count = 0;
    enum error_code code = store__list(&a, dir, "", &names, &count, err);
    for (uint32_t i = 0; i < count && code == OK; i++) {
        struct arena_mark mark = arena_mark(&a);
        char path[STORE_PATH];
        store__path(path, "%s/%s", dir, names[i]);
        if (is_hex(names[i], 2)) {
            code = visit_folder(&a, dir, names[i], visit, context, err);
        } else if (strncmp(names[i], "new-", 4) != 0) {
            code = visit(context, path, NULL, err);
        }
        arena_rewind(&a, mark);
    }
    arena_release(&a);
    return code;
}

/* ---- Locks ---- */

enum error_code store__lock_folder(const char *dir, bool create, int *ret, struct error *err)
{
    char path[STORE_PATH];
    store__path(path, "%s/lock", dir);
    int fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
    if (fd < 0) {
        *ret = -1;
        return !create && errno == ENOENT ? OK : store__io_error(err, path, errno);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum error_code code = store__io_error(err, path, errno);
        if (errno == EWOULDBLOCK) {
            code = error_set(err, ERROR_INVALID, "the data are in use by another process");
            error_detail(err, "%s", dir);
            error_hint(err, "stop it first, or ask it to do what you want");
        }
        close(fd);
        return code;
    }
    *ret = fd;
    return OK;
}
