/* ship_log: the change log as bytes. All numbers are little-endian.
 *
 *   file     head, records
 *   head     "GONGSHI\n", format u32, 0 u32, store u64, first commit u64, hash of the last record before (32 bytes;
 *            zeros: a base copy goes before), SHA-256 of all that (32 bytes)
 *   record   "RCRD", schema u32, commit u64, instant u64, size of the changes u64, changes, hash (32 bytes)
 *   changes  of each its size u32 and its canonical bytes (change_log.c)
 *   hash     SHA-256 of the hash of the record before (of the first record: that of the head), and of this record
 *            without its hash
 *
 * So each hash stands for all that goes before it in all files since a base copy. Each commit has its record, even one
 * without changes: a number that is missing is a hole.
 */
#include "base/limit.h"
#include "store/backup_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { FORMAT = 1, HEAD_PLAIN = 64, HEAD = HEAD_PLAIN + STORE_DIGEST, RECORD_HEAD = 32 };

/* The changes of a commit are bounded by STORE_UNIT_BYTES and the last unit's size. */
static const uint64_t MAX_CHANGES = 3 * (uint64_t)LIMIT_STORE_UNIT_BYTES;

static const char file_magic[8] = "GONGSHI\n", record_magic[4] = "RCRD";

static void put(char *p, uint64_t n, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        p[i] = (char)(n >> 8 * i);
    }
}

static uint64_t get(const char *p, int bytes)
{
    uint64_t n = 0;
    for (int i = bytes - 1; i >= 0; i--) {
        n = n << 8 | (unsigned char)p[i];
    }
    return n;
}

/* Reads up to `size` bytes; how many there were, or -1. */
static ssize_t read_at(int fd, char *into, size_t size, int64_t at)
{
    size_t got = 0;
    while (got < size) {
        ssize_t n = pread(fd, into + got, size - got, (off_t)at + (off_t)got);
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

static int write_at(int fd, const char *p, size_t size, int64_t at)
{
    for (size_t done = 0; done < size;) {
        int fault = store__fault_now(true);
        ssize_t n = fault == 0 ? pwrite(fd, p + done, size - done, (off_t)at + (off_t)done) : -1;
        if (n < 0 && (fault != 0 || errno != EINTR)) {
            return fault != 0 ? fault : errno;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* ---- Files ---- */

void store__log_close(struct store_log *log)
{
    if (log->fd >= 0) {
        close(log->fd);
    }
    log->fd = -1;
}

/* Written under a name of its own: a file of a true name has a whole head. */
enum error_code store__log_create(struct store_log *log, const char *path, struct error *err)
{
    char head[HEAD] = { 0 };
    memcpy(head, file_magic, sizeof file_magic);
    put(head + 8, FORMAT, 4);
    put(head + 16, (uint64_t)log->store, 8);
    put(head + 24, (uint64_t)log->commit + 1, 8);
    memcpy(head + 32, log->chain, STORE_DIGEST);
    unsigned char digest[STORE_DIGEST];
    store__digest(digest, &(str){ head, HEAD_PLAIN }, 1);
    memcpy(head + HEAD_PLAIN, digest, STORE_DIGEST);
    enum error_code code = store__write_file(path, (str){ head, HEAD }, err);
    if (code != OK) {
        return code;
    }
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return store__io_error(err, path, errno);
    }
    store__log_close(log);
    log->fd = fd;
    log->first = log->commit + 1;
    log->end = HEAD;
    memcpy(log->before, log->chain, STORE_DIGEST);
    memcpy(log->chain, digest, STORE_DIGEST);
    return OK;
}

static bool take_head(struct store_log *log, const char *head)
{
    unsigned char digest[STORE_DIGEST];
    store__digest(digest, &(str){ head, HEAD_PLAIN }, 1);
    if (memcmp(digest, head + HEAD_PLAIN, STORE_DIGEST) != 0 || memcmp(head, file_magic, sizeof file_magic) != 0 ||
        get(head + 8, 4) != FORMAT) {
        return false;
    }
    log->store = (int64_t)get(head + 16, 8);
    log->first = (int64_t)get(head + 24, 8);
    log->commit = log->first - 1;
    log->at = log->schema = 0;
    log->end = HEAD;
    memcpy(log->before, head + 32, STORE_DIGEST);
    memcpy(log->chain, digest, STORE_DIGEST);
    return true;
}

enum error_code store__log_open(struct store_log *log, const char *path, bool write, struct error *err)
{
    char head[HEAD];
    log->fd = open(path, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    ssize_t n = log->fd < 0 ? -1 : read_at(log->fd, head, HEAD, 0);
    if (n < 0) {
        enum error_code code = store__io_error(err, path, errno);
        store__log_close(log);
        return code;
    }
    if (n < HEAD || !take_head(log, head)) {
        store__log_close(log);
        error_set(err, ERROR_SYNTAX, "the head of a file of the change log is damaged");
        error_detail(err, "%s", path);
        return ERROR_SYNTAX;
    }
    return OK;
}

/* ---- Reading ---- */

/* Whether a piece of the file has the head of a record that comes later than the next. */
static bool has_later_head(const struct store_log *log, const char *piece, size_t size)
{
    const char *end = piece + size;
    for (const char *p = piece; (p = memmem(p, (size_t)(end - p), record_magic, sizeof record_magic)) != NULL; p++) {
        if (end - p < RECORD_HEAD) {
            break;
        }
        uint64_t after = get(p + 8, 8) - (uint64_t)log->commit;
        if (after >= 2 && after <= 1 << 20) {
            return true;
        }
    }
    return false;
}

/* What it is that follows the last record and is none. A record is written when the one before it is on the disk: so
 * where a later one stands behind it, this was no interrupted writing. */
static enum error_code judge_tail(const struct store_log *log, enum store_log_tail *ret, struct error *err)
{
    enum { PIECE = 64 << 10 };
    char piece[PIECE];
    int64_t at = log->end;
    ssize_t n;
    *ret = STORE_LOG_END;
    while ((n = read_at(log->fd, piece, PIECE, at)) > 0) {
        *ret = STORE_LOG_TORN;
        if (has_later_head(log, piece, (size_t)n)) {
            *ret = STORE_LOG_DAMAGED;
            return OK;
        }
        at += n < PIECE ? n : PIECE - RECORD_HEAD; /* pieces overlap by a head */
    }
    return n < 0 ? store__io_error(err, "log", errno) : OK;
}

static bool has_hash(struct store_log *log, const struct buf *bytes, const char *hash)
{
    unsigned char digest[STORE_DIGEST];
    const str pieces[2] = { { (const char *)log->chain, STORE_DIGEST }, buf_str(bytes) };
    store__digest(digest, pieces, 2);
    if (memcmp(digest, hash, STORE_DIGEST) != 0) {
        return false;
    }
    memcpy(log->chain, digest, STORE_DIGEST);
    return true;
}

/* Reads the changes behind the head, in pieces, so that a size that is damaged costs no memory. */
static ssize_t read_changes(const struct store_log *log, struct buf *bytes, uint64_t size)
{
    char piece[16 << 10];
    for (uint64_t done = 0; done < size;) {
        size_t wanted = size - done < sizeof piece ? (size_t)(size - done) : sizeof piece;
        ssize_t n = read_at(log->fd, piece, wanted, log->end + RECORD_HEAD + (int64_t)done);
        if (n < 0) {
            return -1;
        }
        buf_add(bytes, (str){ piece, (size_t)n });
        done += (uint64_t)n;
        if ((size_t)n < wanted) {
            break;
        }
    }
    return (ssize_t)bytes->len;
}

enum error_code store__log_next(struct store_log *log, struct buf *bytes, enum store_log_tail *ret, struct error *err)
{
    char head[RECORD_HEAD] = { 0 }, hash[STORE_DIGEST];
    ssize_t n = read_at(log->fd, head, RECORD_HEAD, log->end), got = 0;
    uint64_t size = get(head + 24, 8);
    buf_clear(bytes);
    if (n == RECORD_HEAD && memcmp(head, record_magic, sizeof record_magic) == 0 && size <= MAX_CHANGES) {
        buf_add(bytes, (str){ head, RECORD_HEAD });
        n = read_changes(log, bytes, size);
        got = n < 0 ? n : read_at(log->fd, hash, STORE_DIGEST, log->end + RECORD_HEAD + (int64_t)size);
    }
    if (n < 0 || got < 0) {
        return store__io_error(err, "log", errno);
    }
    int64_t commit = (int64_t)get(head + 8, 8), at = (int64_t)get(head + 16, 8);
    if (got < STORE_DIGEST || commit != log->commit + 1 || at < log->at || !has_hash(log, bytes, hash)) {
        return judge_tail(log, ret, err);
    }
    log->schema = (int64_t)get(head + 4, 4);
    log->commit = commit;
    log->at = at;
    log->end += RECORD_HEAD + (int64_t)size + STORE_DIGEST;
    *ret = STORE_LOG_RECORD;
    return OK;
}

str store__log_changes(const struct buf *bytes)
{
    return str_slice(buf_str(bytes), RECORD_HEAD, bytes->len);
}

bool store__log_change(str *rest, str *ret, bool *ret_bad)
{
    if (rest->len == 0) {
        return false;
    }
    uint64_t size = rest->len < 4 ? UINT64_MAX : get(rest->ptr, 4);
    if (size > rest->len - 4) {
        *ret_bad = true;
        return false;
    }
    *ret = (str){ rest->ptr + 4, size };
    *rest = (str){ rest->ptr + 4 + size, rest->len - 4 - size };
    return true;
}

/* ---- Writing ---- */

bool store__log_make(struct store_log *log, struct store_request *const *done, uint32_t count, int64_t at,
                     int64_t schema, struct buf *bytes)
{
    char head[RECORD_HEAD] = { 0 };
    buf_clear(bytes);
    buf_add(bytes, (str){ head, RECORD_HEAD });
    for (uint32_t i = 0; i < count; i++) {
        size_t start = bytes->len;
        buf_add(bytes, (str){ head, 4 });
        store__change_write(done[i]->logged, bytes);
        if (!bytes->overflow) {
            put(bytes->ptr + start, bytes->len - start - 4, 4);
        }
    }
    if (bytes->overflow || bytes->len - RECORD_HEAD > MAX_CHANGES) {
        return false;
    }
    memcpy(bytes->ptr, record_magic, sizeof record_magic);
    put(bytes->ptr + 4, (uint64_t)schema, 4);
    put(bytes->ptr + 8, (uint64_t)log->commit + 1, 8);
    put(bytes->ptr + 16, (uint64_t)at, 8);
    put(bytes->ptr + 24, bytes->len - RECORD_HEAD, 8);
    unsigned char digest[STORE_DIGEST];
    const str pieces[2] = { { (const char *)log->chain, STORE_DIGEST }, buf_str(bytes) };
    store__digest(digest, pieces, 2);
    buf_add(bytes, (str){ (const char *)digest, STORE_DIGEST });
    return !bytes->overflow;
}

int store__log_append(struct store_log *log, const struct buf *bytes, int64_t at)
{
    int number = write_at(log->fd, bytes->ptr, bytes->len, log->end);
    if (number == 0) {
        log->end += (int64_t)bytes->len;
        log->commit++;
        log->at = at;
        memcpy(log->chain, bytes->ptr + bytes->len - STORE_DIGEST, STORE_DIGEST);
    }
    return number;
}
