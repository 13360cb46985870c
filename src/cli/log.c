/* log: see log.h. */
#include "cli/log.h"

#include "base/clock.h"
#include "text/json_write.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 1024 };

enum error_code log_open(const char *where, int *ret_fd, struct error *err)
{
    int fd = strcmp(where, "-") == 0 ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)
                                     : open(where, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        error_set(err, ERROR_IO, "the log of requests cannot be opened: %s", where);
        error_hint(err, "look at the setting log, and at the permissions of the folder");
        return ERROR_IO;
    }
    *ret_fd = fd;
    return OK;
}

void log_request(const struct http_answered *what, void *context)
{
    struct buf line = BUF_INIT(LINE);
    struct json_writer w;
    const int *fd = context;
    json_writer_init(&w, &line, false);
    json_begin_object(&w);
    json_int_member(&w, "at", clock_now_micros());
    json_text_member(&w, "request", what->id);
    json_text_member(&w, "method", str_of(http_method_name(what->method)));
    if (what->label != NULL) {
        json_text_member(&w, "route", str_of(what->label));
    }
    json_int_member(&w, "status", what->status);
    json_int_member(&w, "bytes", (int64_t)what->bytes);
    json_int_member(&w, "micros", what->micros);
    if (what->cached || what->gone) {
        json_key(&w, what->cached ? STR("cached") : STR("gone"));
        json_bool(&w, true);
    }
    json_end_object(&w);
    buf_addc(&line, '\n');
    ssize_t written = write(*fd, line.ptr, line.len); /* one line in one piece: lines of others stay whole */
    (void)written;
    buf_release(&line);
}

void log_close(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}
