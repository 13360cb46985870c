/* wal: looking at a WAL of SQLite before SQLite does. The format is chapter 4 of sqlite.org/fileformat2.html. */
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static uint32_t get_word(const unsigned char *p, bool big)
{
    return big ? store__get_big(p) : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void add_sum(uint32_t sum[2], const unsigned char *p, size_t size, bool big)
{
    for (size_t i = 0; i < size; i += 8) {
        sum[0] += get_word(p + i, big) + sum[1];
        sum[1] += get_word(p + i + 4, big) + sum[0];
    }
}

static bool has_sum(const unsigned char *p, const uint32_t sum[2])
{
    return store__get_big(p) == sum[0] && store__get_big(p + 4) == sum[1];
}

bool store__wal_frame_sound(uint32_t sum[2], const unsigned char *head, const unsigned char *page, bool big)
{
    add_sum(sum, head, 8, big);
    add_sum(sum, page, STORE_PAGE, big);
    return has_sum(head + 16, sum);
}

/* Reads up to `size` bytes: how many there were, or -1. */
static ssize_t read_at(int fd, unsigned char *into, size_t size, off_t at)
{
    ssize_t n;
    do {
        n = pread(fd, into, size, at);
    } while (n < 0 && errno == EINTR);
    return n;
}

static bool head_is_good(const unsigned char *head, uint32_t sum[2])
{
    sum[0] = sum[1] = 0;
    add_sum(sum, head, 24, head[3] & 1);
    return (store__get_big(head) | 1) == 0x377F0683 && store__get_big(head + 8) == STORE_PAGE &&
           has_sum(head + 24, sum);
}

/* The frames behind the head: those of the same salt are of this round. */
static ssize_t read_frames(int fd, const unsigned char *head, uint32_t sum[2], struct store_wal *wal)
{
    unsigned char frame[STORE_FRAME];
    ssize_t n = 0;
    off_t at = STORE_WAL_HEAD;
    for (uint32_t i = 0; (n = read_at(fd, frame, STORE_FRAME, at)) == STORE_FRAME; i++, at += STORE_FRAME) {
        if (memcmp(frame + 8, head + 16, 8) != 0) {
            continue; /* of an earlier round, or damaged: those behind it will tell */
        }
        wal->frames++;
        if (wal->sound == i && store__wal_frame_sound(sum, frame, frame + STORE_FRAME_HEAD, head[3] & 1)) {
            wal->sound++;
        } else {
            wal->commits_lost += store__get_big(frame + 4) != 0;
        }
    }
    return n;
}

enum error_code store__wal_read(const char *path, struct store_wal *ret, struct error *err)
{
    static const unsigned char nothing[STORE_WAL_HEAD];
    unsigned char head[STORE_WAL_HEAD];
    uint32_t sum[2];
    struct store_wal wal = { .frames = 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno != ENOENT) {
        return store__io_error(err, path, errno);
    }
    ssize_t n = fd < 0 ? 0 : read_at(fd, head, sizeof head, 0);
    if (n == STORE_WAL_HEAD && memcmp(head, nothing, STORE_WAL_HEAD) != 0) {
        wal.bad_head = !head_is_good(head, sum);
        n = wal.bad_head ? 0 : read_frames(fd, head, sum, &wal);
    }
    int number = errno;
    if (fd >= 0) {
        close(fd);
    }
    if (n < 0) {
        return store__io_error(err, path, number);
    }
    *ret = wal;
    return OK;
}

bool store__wal_damaged(const struct store_wal *wal)
{
    return wal->bad_head || wal->commits_lost > 1;
}
