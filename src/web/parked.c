/* parked: files between the two steps of an import: what was checked is what is carried out. They stand in files
 * without a name, belong to one person, and are forgotten after an hour, or when the server stops. */
#include "web/web_int.h"

#include "base/limit.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SECONDS = 3600 };

struct upload {
    char token[WORK_TOKEN];
    char name[256];
    int64_t person, until;
    int fd; /* 0: nothing is kept here */
};

struct web__uploads {
    pthread_mutex_t lock;
    uint32_t next; /* the place that is given away next */
    struct upload all[LIMIT_WEB_UPLOADS];
};

struct web__uploads *web__uploads_new(struct arena *a)
{
    struct web__uploads *u = ARENA_NEW(a, struct web__uploads);
    pthread_mutex_init(&u->lock, NULL);
    return u;
}

static bool copy_bytes(int from, int to)
{
    char chunk[64 << 10];
    off_t at = 0;
    ssize_t n;
    while ((n = pread(from, chunk, sizeof chunk, at)) > 0) {
        for (ssize_t done = 0, m; done < n; done += m) {
            m = write(to, chunk + done, (size_t)(n - done));
            if (m <= 0) {
                return false;
            }
        }
        at += n;
    }
    return n == 0;
}

enum error_code web__upload_keep(struct web__call *c, const struct http_file *file, char *ret_token, struct error *err)
{
    struct web__uploads *u = c->web->uploads;
    char hash[WORK_TOKEN];
    int fd = file->size > LIMIT_SHEET_FILE ? -1 : memfd_create("upload", MFD_CLOEXEC);
    if (fd < 0 || !copy_bytes(file->fd, fd)) {
        if (fd >= 0) {
            close(fd);
        }
        return file->size > LIMIT_SHEET_FILE ? error_set(err, ERROR_LIMIT, "the file is too large")
                                             : error_set(err, ERROR_IO, "the file cannot be kept now");
    }
    work_guest_token(ret_token, hash);
    pthread_mutex_lock(&u->lock);
    struct upload *one = &u->all[u->next];
    u->next = (u->next + 1) % LIMIT_WEB_UPLOADS;
    if (one->fd > 0) {
        close(one->fd);
    }
    *one = (struct upload){ .person = c->person, .until = c->now + SECONDS * INT64_C(1000000), .fd = fd };
    memcpy(one->token, ret_token, sizeof one->token);
    memcpy(one->name, file->name.ptr, file->name.len < sizeof one->name ? file->name.len : sizeof one->name - 1);
    pthread_mutex_unlock(&u->lock);
    return OK;
}

enum error_code web__upload_open(struct web__call *c, str token, int *ret_fd, str *ret_name, struct error *err)
{
    struct web__uploads *u = c->web->uploads;
    *ret_fd = -1;
    pthread_mutex_lock(&u->lock);
    for (uint32_t i = 0; i < LIMIT_WEB_UPLOADS && *ret_fd < 0; i++) {
        const struct upload *one = &u->all[i];
        if (one->fd > 0 && one->person == c->person && one->until > c->now && str_eq(token, str_of(one->token))) {
            *ret_fd = dup(one->fd);
            *ret_name = arena_str(c->arena, str_of(one->name));
        }
    }
    pthread_mutex_unlock(&u->lock);
    if (*ret_fd < 0) {
        error_set(err, ERROR_MISSING, "the file is not kept any more");
        error_hint(err, "upload it again");
        return ERROR_MISSING;
    }
    lseek(*ret_fd, 0, SEEK_SET);
    return OK;
}
