/* serve: see serve.h. */
#include "helper/serve.h"

#include "base/clock.h"
#include "base/limit.h"
#include "helper/helper_int.h"

#include <assert.h>
#include <unistd.h>

#define NANOS_PER_SECOND INT64_C(1000000000)

struct server {
    struct helper__channel channel;
    helper_work *work;
    void *context;
    struct arena arena;
    struct buf request, reply;
    struct helper__files files;
    uint32_t jobs;
};

static bool is_spent(const struct server *s)
{
    return s->jobs >= LIMIT_HELPER_JOBS ||
           clock_cpu_nanos() / NANOS_PER_SECOND >= LIMIT_HELPER_CPU_SECONDS / 2;
}

static enum error_code do_job(struct server *s, struct error *err)
{
    struct helper_request request = { buf_str(&s->request), s->files.fds, s->files.count };
    enum error_code code = s->work(s->context, &s->arena, &request, &s->reply, err);
    if (code == OK && s->reply.overflow) {
        error_set(err, ERROR_LIMIT, "the answer of the helper is too large");
        error_detail(err, "limit %s = %d", "HELPER_REPLY", LIMIT_HELPER_REPLY);
        code = ERROR_LIMIT;
    }
    assert(code == OK || err->code == code);
    return code;
}

/* One request, one answer; false when there is nobody to answer any more, or this was the last. */
static bool serve_job(struct server *s, struct helper__label request)
{
    struct error err = { .lang = request.head == LANG_ZH ? LANG_ZH : LANG_EN };
    unsigned head = HELPER__RESULT;
    if (do_job(s, &err) != OK) {
        buf_clear(&s->reply);
        helper__write_refusal(&err, &s->reply);
        head = HELPER__REFUSAL;
    }
    s->jobs++;
    bool last = is_spent(s);
    head |= last ? HELPER__LAST : 0;
    struct helper__label label = { request.number, (uint8_t)head };
    return helper__send(&s->channel, label, buf_str(&s->reply)) == HELPER__DONE && !last;
}

static void close_files(struct server *s)
{
    for (; s->files.count > 0; s->files.count--) {
        close(s->files.fds[s->files.count - 1]);
    }
}

bool helper_serve(uint32_t rights, helper_work *work, void *context)
{
    struct server s = { .channel = { HELPER__SOCKET, -1, INT64_MAX }, .work = work, .context = context,
                        .arena = ARENA_INIT, .request = BUF_INIT(LIMIT_HELPER_REQUEST),
                        .reply = BUF_INIT(LIMIT_HELPER_REPLY) };
    char hello[] = { HELPER__PROTOCOL, (char)rights };
    struct helper__label label = { 0, HELPER__HELLO };
    enum helper__io io = helper__send(&s.channel, label, (str){ hello, sizeof hello });
    while (io == HELPER__DONE &&
           (io = helper__receive_with(&s.channel, &label, &s.request, &s.files)) == HELPER__DONE) {
        if (!serve_job(&s, label)) {
            break;
        }
        close_files(&s);
        arena_clear(&s.arena);
        buf_clear(&s.request);
        buf_clear(&s.reply);
    }
    close_files(&s);
    arena_release(&s.arena);
    buf_release(&s.request);
    buf_release(&s.reply);
    return io == HELPER__DONE || io == HELPER__CLOSED;
}
