/* blob: bytes in files named by their SHA-256: DIR/ab/cdef…
 *
 * A blob is written under a name of its own, flushed, and then given its true name; so a file of a true name is whole.
 * The folder is flushed too before the call returns: a row may name the blob from then on. A blob that is there already
 * is not written again. Reading checks nothing but existence: `gongshi doctor` proves the hashes.
 *
 * In the place of a blob that was erased stands a file that says so and of what: its bytes can be those of no blob of
 * that name, so copies, restoring and the doctor tell erasure from damage.
 */
#include "base/limit.h"
#include "store/store_int.h"
#include "text/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_SIZE = 4096,
    PIECE = 64 << 10,
    ERASED = 16 + STORE_HASH + 1, /* bytes of "gongshi: erased HASH\n" */
};

static bool is_hash(const char *hash)
{
    return strspn(hash, "0123456789abcdef") == STORE_HASH && hash[STORE_HASH] == '\0';
}

static void blob_path(const char *dir, const char *hash, char *ret)
{
    snprintf(ret, PATH_SIZE, "%s/%.2s/%s", dir, hash, hash + 2);
}

static int flush(int fd)
{
    int fault = store__fault_now(false);
    return fault != 0 ? fault : fsync(fd) == 0 ? 0 : errno;
}

/* Writes and hashes the bytes, or what can be read from `from`; 0 or errno. */
static int copy(EVP_MD_CTX *digest, str bytes, int from, int to)
{
    if (from < 0) {
        EVP_DigestUpdate(digest, bytes.ptr, bytes.len);
        return store__write_all(to, bytes.ptr, bytes.len);
    }
    char piece[PIECE];
    for (;;) {
        ssize_t n = read(from, piece, sizeof piece);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return n == 0 ? 0 : errno;
        }
        if (n > 0) {
            EVP_DigestUpdate(digest, piece, (size_t)n);
            int rc = store__write_all(to, piece, (size_t)n);
            if (rc != 0) {
                return rc;
            }
        }
    }
}

void store_hash(str bytes, char *ret)
{
    sha256_text(bytes, ret);
}

static void hash_text(EVP_MD_CTX *digest, char *ret)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    EVP_DigestFinal_ex(digest, bytes, &count);
    str_hex(bytes, count, ret);
}

enum error_code store_hash_file(int fd, char *ret, struct error *err)
{
    char piece[PIECE];
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    off_t at = 0;
    ssize_t n;
    while ((n = pread(fd, piece, sizeof piece, at)) > 0 || (n < 0 && errno == EINTR)) {
        EVP_DigestUpdate(digest, piece, n > 0 ? (size_t)n : 0);
        at += n > 0 ? n : 0;
    }
    int number = errno;
    if (n == 0) {
        hash_text(digest, ret);
    }
    EVP_MD_CTX_free(digest);
    return n == 0 ? OK : store__io_error(err, "a file that was sent in", number);
}

/* Gives the flushed file its true name. */
static enum error_code settle(const char *dir, const char *temporary, const char *hash, struct error *err)
{
    char folder[PATH_SIZE], path[PATH_SIZE];
    snprintf(folder, sizeof folder, "%s/%.2s", dir, hash);
    blob_path(dir, hash, path);
    if (mkdir(folder, 0700) == 0) {
        enum error_code code = store__sync_folder(dir, err);
        if (code != OK) {
            return code;
        }
    } else if (errno != EEXIST) {
        return store__io_error(err, folder, errno);
    }
    int fault = store__fault_now(true);
    if (fault != 0 || rename(temporary, path) != 0) {
        return store__io_error(err, path, fault != 0 ? fault : errno);
    }
    return store__sync_folder(folder, err);
}

/* Writes bytes, flushed, under the name of a blob: that of their own hash, which is put into `hash`, or, with `named`,
 * the one that stands there. */
static enum error_code write_file(const char *dir, str bytes, int from, bool named, char *hash, struct error *err)
{
    char temporary[PATH_SIZE], own[STORE_HASH + 1];
    snprintf(temporary, sizeof temporary, "%s/new-XXXXXX", dir);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0) {
        return store__io_error(err, temporary, errno);
    }
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    int rc = copy(digest, bytes, from, fd);
    hash_text(digest, named ? own : hash);
    EVP_MD_CTX_free(digest);
    rc = rc == 0 ? flush(fd) : rc;
    rc = close(fd) != 0 && rc == 0 ? errno : rc;
    enum error_code code = rc != 0 ? store__io_error(err, temporary, rc) : settle(dir, temporary, hash, err);
    if (code != OK) {
        unlink(temporary);
    }
    return code;
}

enum error_code store__blob_put(const char *dir, str bytes, int from, char *ret, struct error *err)
{
    char hash[STORE_HASH + 1];
    enum error_code code = write_file(dir, bytes, from, false, hash, err);
    if (code == OK) {
        memcpy(ret, hash, sizeof hash);
    }
    return code;
}

/* ---- Erasing ---- */

static void erased_text(const char *hash, char ret[ERASED + 1])
{
    snprintf(ret, ERASED + 1, "gongshi: erased %s\n", hash);
}

static bool says_erased(int fd, const char *hash)
{
    char text[ERASED + 1], found[ERASED];
    struct stat st;
    erased_text(hash, text);
    return fstat(fd, &st) == 0 && st.st_size == ERASED && pread(fd, found, ERASED, 0) == ERASED &&
           memcmp(found, text, ERASED) == 0;
}

bool store__blob_erased(const char *path, const char *hash)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool erased = fd >= 0 && says_erased(fd, hash);
    if (fd >= 0) {
        close(fd);
    }
    return erased;
}

enum error_code store__blob_erase(const char *dir, const char *hash, struct error *err)
{
    char path[PATH_SIZE], text[ERASED + 1], name[STORE_HASH + 1];
    if (!is_hash(hash)) {
        return OK;
    }
    blob_path(dir, hash, path);
    if (access(path, F_OK) != 0) {
        return errno == ENOENT ? OK : store__io_error(err, path, errno);
    }
    if (store__blob_erased(path, hash)) {
        return OK;
    }
    erased_text(hash, text);
    memcpy(name, hash, sizeof name);
    return write_file(dir, (str){ text, ERASED }, -1, true, name, err);
}

/* ---- Reading ---- */

static enum error_code missing(const char *hash, struct error *err)
{
    enum error_code code = error_set(err, ERROR_MISSING, "there is no such attachment in the store");
    error_detail(err, "%.64s", hash);
    return code;
}

enum error_code store__blob_gone(const char *hash, struct error *err)
{
    enum error_code code = error_set(err, ERROR_MISSING, "the attachment was erased");
    error_detail(err, "%.64s", hash);
    return code;
}

/* Opens a blob; the descriptor in *ret. */
static enum error_code open_blob(const char *dir, const char *hash, int *ret, struct error *err)
{
    char path[PATH_SIZE];
    if (!is_hash(hash)) {
        return missing(hash, err);
    }
    blob_path(dir, hash, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? missing(hash, err) : store__io_error(err, path, errno);
    }
    if (says_erased(fd, hash)) {
        close(fd);
        return store__blob_gone(hash, err);
    }
    *ret = fd;
    return OK;
}

enum error_code store__blob_read(const char *dir, const char *hash, uint64_t offset, void *into, size_t size,
                                 size_t *ret, struct error *err)
{
    int fd;
    enum error_code code = open_blob(dir, hash, &fd, err);
    if (code != OK) {
        return code;
    }
    ssize_t n;
    do {
        n = pread(fd, into, size, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    int number = errno;
    close(fd);
    if (n < 0) {
        return store__io_error(err, hash, number);
    }
    *ret = (size_t)n;
    return OK;
}

enum error_code store__blob_size(const char *dir, const char *hash, uint64_t *ret, struct error *err)
{
    int fd;
    enum error_code code = open_blob(dir, hash, &fd, err);
    if (code != OK) {
        return code;
    }
    struct stat st;
    int number = fstat(fd, &st) == 0 ? 0 : errno;
    close(fd);
    if (number != 0) {
        return store__io_error(err, hash, number);
    }
    *ret = (uint64_t)st.st_size;
    return OK;
}
