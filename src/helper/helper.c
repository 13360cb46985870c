/* helper: the queue of callers, and the thread that gives their jobs to the program. See helper.h.
 *
 * The lock guards the queue, `stopping` and `rights`. Everything below "of the thread alone" is touched only by the
 * thread while it runs. A caller sleeps while the thread works for him, so the thread may read his request and write
 * his error and reply.
 */
#include "helper/helper_int.h"

#include "base/clock.h"
#include "base/limit.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    PAUSE_FIRST_MS = 100,    /* after the second death in a row; the first is followed by no pause */
    PAUSE_LONGEST_MS = 5000,
    REMEMBERED = 64,         /* requests that were the death of a helper; the oldest is forgotten */
    KEPT_BYTES = 1 << 20,    /* of the buffer for answers, between two jobs */
};

#define NANOS_PER_MS INT64_C(1000000)

struct job {
    struct job *next;
    const struct helper_request *request;
    struct buf *reply; /* NULL: the program is only to be there */
    struct error *err;
    enum error_code code;
    bool done;
    struct left *left; /* NULL: somebody waits for it */
};

/* A job that was left here: everything of it is its own. */
struct left {
    struct arena memory; /* of the job itself */
    struct job job;
    struct helper_request request;
    int files[HELPER_FILES];
    struct buf reply;
    struct error err;
    helper_done *done;
    void *context;
};

/* A request that was the death of a helper, known again by its length and hash. */
struct deadly {
    size_t length;
    uint32_t hash, times;
};

struct helper {
    const char *path;
    uint32_t deadline_ms;
    pthread_t thread;
    int bell, halt; /* eventfd: a job came; the end is wanted */

    pthread_mutex_t lock;
    pthread_cond_t done;
    struct job *first, **last;
    uint32_t waiting; /* callers that sleep, or are about to leave */
    bool stopping;
    uint32_t rights;

    /* Of the thread alone. */
    struct helper__process process; /* pid 0: none runs */
    struct buf answer;
    uint32_t number;                /* of the last request to this process; from 1 */
    uint32_t deaths;                /* in a row, without a job done between them */
    int64_t not_before;             /* the next start, by clock_monotonic_nanos */
    struct deadly deadly[REMEMBERED];
    uint32_t next_deadly;
};

static void ring(int eventfd)
{
    uint64_t one = 1;
    ssize_t n = write(eventfd, &one, sizeof one);
    (void)n; /* it can only fail when the counter is full: then it has been rung */
}

/* ---- Deaths ---- */

static struct deadly *find_deadly(struct helper *h, str request)
{
    uint32_t hash = str_hash(request);
    for (size_t i = 0; i < REMEMBERED; i++) {
        struct deadly *d = &h->deadly[i];
        if (d->times > 0 && d->length == request.len && d->hash == hash) {
            return d;
        }
    }
    return NULL;
}

static void remember_deadly(struct helper *h, str request)
{
    struct deadly *d = find_deadly(h, request);
    if (d == NULL) {
        d = &h->deadly[h->next_deadly++ % REMEMBERED];
        *d = (struct deadly){ request.len, str_hash(request), 0 };
    }
    d->times++;
}

/* It was done: so it was not the job that ended the programs before. */
static void forget_deadly(struct helper *h, str request)
{
    struct deadly *d = find_deadly(h, request);
    if (d != NULL) {
        d->times = 0;
    }
}

static void set_rights(struct helper *h, uint32_t rights)
{
    pthread_mutex_lock(&h->lock);
    h->rights = rights;
    pthread_mutex_unlock(&h->lock);
}

/* Ends the process, whether it lives or not; returns its status. */
static int bury(struct helper *h)
{
    set_rights(h, 0);
    return helper__bury(&h->process);
}

/* A process ended that should not have: the next start waits. Returns the status of the process. */
static int mourn(struct helper *h)
{
    int64_t pause = 0;
    if (h->deaths > 0) {
        uint32_t doublings = h->deaths - 1 < 10 ? h->deaths - 1 : 10;
        pause = (int64_t)PAUSE_FIRST_MS << doublings;
        pause = pause < PAUSE_LONGEST_MS ? pause : PAUSE_LONGEST_MS;
    }
    h->deaths++;
    h->not_before = clock_monotonic_nanos() + pause * NANOS_PER_MS;
    return h->process.pid != 0 ? bury(h) : 0;
}

static enum error_code say_died(int status, struct error *err)
{
    error_set(err, ERROR_IO, "the helper ended in the middle of its work");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
        error_detail(err, "it tried what it may not");
    } else if (WIFSIGNALED(status)) {
        error_detail(err, "signal %d", WTERMSIG(status));
    } else {
        error_detail(err, "exit status %d", WEXITSTATUS(status));
    }
    return ERROR_IO;
}

static enum error_code say_stopping(struct error *err)
{
    return error_set(err, ERROR_IO, "the helper is being stopped");
}

static enum error_code say_garbled(struct error *err)
{
    return error_set(err, ERROR_IO, "the helper answered what cannot be understood");
}

/* Talking to the process, for which it had `ms`, ended badly: bury it and say why. */
static enum error_code fail_talk(struct helper *h, enum helper__io io, uint32_t ms, struct error *err)
{
    enum error_code code;
    if (io == HELPER__HALTED) {
        bury(h);
        return say_stopping(err);
    }
    int status = mourn(h);
    switch (io) {
    case HELPER__LATE:
        code = error_set(err, ERROR_LIMIT, "the helper did not finish in time");
        error_detail(err, "at most %u ms", ms);
        return code;
    case HELPER__TOO_LARGE:
        code = error_set(err, ERROR_LIMIT, "the answer of the helper is too large");
        error_detail(err, "limit %s = %d", "HELPER_REPLY", LIMIT_HELPER_REPLY);
        return code;
    case HELPER__CLOSED:
        return say_died(status, err);
    default:
        return say_garbled(err);
    }
}

/* ---- Starting ---- */

static struct helper__channel channel(const struct helper *h, uint32_t ms)
{
    return (struct helper__channel){ h->process.fd, h->halt, clock_monotonic_nanos() + ms * NANOS_PER_MS };
}

static enum error_code read_hello(struct helper *h, uint8_t head, struct error *err)
{
    if (head != HELPER__HELLO || h->answer.len != 2) {
        mourn(h);
        return say_garbled(err);
    }
    if (h->answer.ptr[0] != HELPER__PROTOCOL) {
        enum error_code code = error_set(err, ERROR_INVALID, "the helper program is of another version");
        error_detail(err, "%s", h->path);
        mourn(h);
        return code;
    }
    set_rights(h, (unsigned char)h->answer.ptr[1]);
    return OK;
}

/* The idle process is dead, or speaks without being asked. */
static bool is_out_of_step(const struct helper *h)
{
    struct pollfd fd = { .fd = h->process.fd, .events = POLLIN };
    return h->process.pid != 0 && poll(&fd, 1, 0) != 0;
}

/* A process that has said hello; waits out the pause after deaths. */
static enum error_code start(struct helper *h, struct error *err)
{
    if (is_out_of_step(h)) {
        mourn(h);
    }
    if (h->process.pid != 0) {
        return OK;
    }
    struct helper__channel pause = { .fd = -1, .halt = h->halt, .deadline = h->not_before };
    if (helper__wait(&pause, false) == HELPER__HALTED) {
        return say_stopping(err);
    }
    enum error_code code = helper__spawn(h->path, &h->process, err);
    if (code != OK) {
        mourn(h);
        return code;
    }
    struct helper__label label = { 0, 0 };
    struct helper__channel hello = channel(h, LIMIT_HELPER_START_MS);
    buf_clear(&h->answer);
    h->number = 0;
    enum helper__io io = helper__receive(&hello, &label, &h->answer);
    return io == HELPER__DONE ? read_hello(h, label.head, err) : fail_talk(h, io, LIMIT_HELPER_START_MS, err);
}

/* ---- One job ---- */

/* The refusal goes to the caller as it is; false when the answer is none. */
static bool read_refusal(const struct helper *h, struct error *err, enum error_code *ret_code)
{
    struct error refusal = { .lang = err != NULL ? err->lang : LANG_EN };
    if (!helper__read_refusal(buf_str(&h->answer), &refusal)) {
        return false;
    }
    if (err != NULL) {
        *err = refusal;
    }
    *ret_code = refusal.code;
    return true;
}

/* The answer goes to the caller as a whole or not at all. */
static enum error_code give_result(const struct helper *h, struct job *job)
{
    size_t before = job->reply->len;
    buf_add(job->reply, buf_str(&h->answer));
    if (!job->reply->overflow) {
        return OK;
    }
    job->reply->len = before;
    error_set(job->err, ERROR_LIMIT, "the answer of the helper is too large");
    error_detail(job->err, "at most %zu bytes", job->reply->max);
    return ERROR_LIMIT;
}

static enum error_code read_answer(struct helper *h, struct helper__label label, struct job *job)
{
    enum error_code code = OK;
    unsigned kind = label.number == h->number ? label.head & ~(unsigned)HELPER__LAST : 0;
    if (kind == HELPER__RESULT) {
        code = give_result(h, job);
    } else if (kind != HELPER__REFUSAL || !read_refusal(h, job->err, &code)) {
        remember_deadly(h, job->request->text);
        mourn(h);
        return say_garbled(job->err);
    }
    h->deaths = 0;
    forget_deadly(h, job->request->text);
    if ((label.head & HELPER__LAST) != 0) {
        bury(h);
    }
    return code;
}

static enum error_code talk(struct helper *h, struct job *job)
{
    struct helper__channel c = channel(h, h->deadline_ms);
    struct helper__label label = { ++h->number, (uint8_t)(job->err != NULL ? job->err->lang : LANG_EN) };
    buf_clear(&h->answer);
    enum helper__io io = helper__send_with(&c, label, job->request);
    io = io == HELPER__DONE ? helper__receive(&c, &label, &h->answer) : io;
    if (io == HELPER__DONE) {
        return read_answer(h, label, job);
    }
    if (io != HELPER__HALTED) {
        remember_deadly(h, job->request->text);
    }
    return fail_talk(h, io, h->deadline_ms, job->err);
}

static enum error_code work(struct helper *h, struct job *job)
{
    if (job->reply == NULL) {
        return start(h, job->err);
    }
    const struct deadly *d = find_deadly(h, job->request->text);
    if (d != NULL && d->times >= LIMIT_HELPER_DEATHS) {
        enum error_code refused = error_set(job->err, ERROR_LIMIT, "this job has ended the helper before");
        error_detail(job->err, "limit %s = %d", "HELPER_DEATHS", LIMIT_HELPER_DEATHS);
        return refused;
    }
    enum error_code code = start(h, job->err);
    code = code == OK ? talk(h, job) : code;
    if (h->answer.size > KEPT_BYTES) {
        buf_release(&h->answer);
    }
    return code;
}

/* ---- The thread ---- */

/* The next job, or NULL; `stopping` as it is now. */
static struct job *take_job(struct helper *h, bool *ret_stopping)
{
    pthread_mutex_lock(&h->lock);
    struct job *job = h->first;
    if (job != NULL) {
        h->first = job->next;
        h->last = h->first == NULL ? &h->first : h->last;
    }
    *ret_stopping = h->stopping;
    pthread_mutex_unlock(&h->lock);
    return job;
}

/* Tells who left the job what became of it, and forgets it. */
static void answer_left(struct left *l, enum error_code code)
{
    const struct helper_answer answer = { code, buf_str(&l->reply), &l->err };
    struct arena memory = l->memory;
    l->done(l->context, &answer);
    for (uint32_t i = 0; i < l->request.file_count; i++) {
        close(l->files[i]);
    }
    buf_release(&l->reply);
    arena_release(&memory);
}

static void finish_job(struct helper *h, struct job *job, enum error_code code)
{
    if (job->left != NULL) {
        answer_left(job->left, code);
        pthread_mutex_lock(&h->lock);
        h->waiting--;
        pthread_cond_broadcast(&h->done);
        pthread_mutex_unlock(&h->lock);
        return;
    }
    pthread_mutex_lock(&h->lock);
    job->code = code;
    job->done = true;
    pthread_cond_broadcast(&h->done);
    pthread_mutex_unlock(&h->lock);
}

/* Sleeps until there is a job, the end is wanted, or the idle program died or spoke without being asked. */
static void idle(struct helper *h)
{
    struct pollfd fds[] = { { .fd = h->bell, .events = POLLIN },
                            { .fd = h->halt, .events = POLLIN },
                            { .fd = h->process.pid != 0 ? h->process.fd : -1, .events = POLLIN } };
    if (poll(fds, 3, -1) <= 0) {
        return;
    }
    if (fds[0].revents != 0) {
        uint64_t rung;
        ssize_t n = read(h->bell, &rung, sizeof rung);
        (void)n;
    }
    if (fds[2].revents != 0) {
        mourn(h);
    }
}

static bool is_stopping(struct helper *h)
{
    pthread_mutex_lock(&h->lock);
    bool stopping = h->stopping;
    pthread_mutex_unlock(&h->lock);
    return stopping;
}

/* Who waits is told of a death and may call again; for who does not, it is done here. */
static enum error_code work_through(struct helper *h, struct job *job)
{
    enum error_code code = work(h, job);
    for (int deaths = 1; job->left != NULL && code == ERROR_IO && deaths < LIMIT_HELPER_DEATHS && !is_stopping(h);
         deaths++) {
        job->left->err = (struct error){ .lang = job->left->err.lang };
        for (uint32_t i = 0; i < job->request->file_count; i++) {
            lseek(job->request->files[i], 0, SEEK_SET);
        }
        code = work(h, job);
    }
    return code;
}

static void *run(void *context)
{
    struct helper *h = context;
    bool stopping = false;
    while (!stopping) {
        struct job *job = take_job(h, &stopping);
        if (job != NULL) {
            finish_job(h, job, stopping ? say_stopping(job->err) : work_through(h, job));
        } else if (!stopping) {
            idle(h);
        }
        stopping = stopping && job == NULL;
    }
    if (h->process.pid != 0) {
        bury(h);
    }
    return NULL;
}

/* ---- The callers ---- */

static enum error_code enqueue(struct helper *h, struct job *job)
{
    if (h->stopping) {
        return say_stopping(job->err);
    }
    if (h->waiting >= LIMIT_HELPER_WAITING) {
        error_set(job->err, ERROR_LIMIT, "too many jobs wait for the helper");
        error_detail(job->err, "limit %s = %d", "HELPER_WAITING", LIMIT_HELPER_WAITING);
        return ERROR_LIMIT;
    }
    *h->last = job;
    h->last = &job->next;
    h->waiting++;
    return OK;
}

/* Gives the job to the thread and sleeps until it is done. */
static enum error_code submit(struct helper *h, struct job *job)
{
    pthread_mutex_lock(&h->lock);
    enum error_code code = enqueue(h, job);
    if (code == OK) {
        ring(h->bell);
        while (!job->done) {
            pthread_cond_wait(&h->done, &h->lock);
        }
        code = job->code;
        h->waiting--;
        pthread_cond_broadcast(&h->done);
    }
    pthread_mutex_unlock(&h->lock);
    return code;
}

enum error_code helper_call(struct helper *h, str request, struct buf *reply, struct error *err)
{
    return helper_call_with(h, &(struct helper_request){ .text = request }, reply, err);
}

enum error_code helper_call_with(struct helper *h, const struct helper_request *request, struct buf *reply,
                                 struct error *err)
{
    struct job job = { .request = request, .reply = reply, .err = err };
    if (request->text.len > LIMIT_HELPER_REQUEST) {
        error_set(err, ERROR_LIMIT, "the request to the helper is too large");
        error_detail(err, "limit %s = %d", "HELPER_REQUEST", LIMIT_HELPER_REQUEST);
        return ERROR_LIMIT;
    }
    return submit(h, &job);
}

static enum error_code copy_request(struct left *l, const struct helper_request *request)
{
    if (request->text.len > LIMIT_HELPER_REQUEST) {
        error_set(&l->err, ERROR_LIMIT, "the request to the helper is too large");
        error_detail(&l->err, "limit %s = %d", "HELPER_REQUEST", LIMIT_HELPER_REQUEST);
        return ERROR_LIMIT;
    }
    l->request = (struct helper_request){ .text = arena_str(&l->memory, request->text), .files = l->files };
    for (uint32_t i = 0; i < request->file_count && i < HELPER_FILES; i++) {
        l->files[i] = fcntl(request->files[i], F_DUPFD_CLOEXEC, 0);
        if (l->files[i] < 0) {
            return error_set(&l->err, ERROR_IO, "too many files are open");
        }
        l->request.file_count++;
    }
    return OK;
}

void helper_submit(struct helper *h, const struct helper_request *request, enum lang lang, helper_done *done,
                   void *context)
{
    struct arena memory = ARENA_INIT;
    struct left *l = ARENA_NEW(&memory, struct left);
    *l = (struct left){ .memory = memory, .reply = BUF_INIT(LIMIT_HELPER_REPLY), .err = { .lang = lang },
                        .done = done, .context = context };
    l->job = (struct job){ .request = &l->request, .reply = &l->reply, .err = &l->err, .left = l };
    enum error_code code = copy_request(l, request);
    if (code == OK) {
        pthread_mutex_lock(&h->lock);
        code = enqueue(h, &l->job);
        if (code == OK) {
            ring(h->bell);
        }
        pthread_mutex_unlock(&h->lock);
    }
    if (code != OK) {
        answer_left(l, code);
    }
}

/* Signals are for the other threads of the process. */
static bool start_thread(struct helper *h)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool fine = pthread_create(&h->thread, NULL, run, h) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return fine;
}

static enum error_code prepare(struct helper *h, struct error *err)
{
    h->last = &h->first;
    h->process.fd = -1;
    h->answer = (struct buf)BUF_INIT(LIMIT_HELPER_REPLY);
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->done, NULL);
    h->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    h->halt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool fine = h->bell >= 0 && h->halt >= 0 && start_thread(h);
    return fine ? OK : error_set(err, ERROR_IO, "could not start the helper program");
}

static void release(struct helper *h)
{
    if (h->bell >= 0) {
        close(h->bell);
    }
    if (h->halt >= 0) {
        close(h->halt);
    }
    pthread_cond_destroy(&h->done);
    pthread_mutex_destroy(&h->lock);
    buf_release(&h->answer);
}

enum error_code helper_start(struct arena *a, const struct helper_config *config, struct helper **ret,
                             struct error *err)
{
    str path;
    if (config->deadline_ms > LIMIT_HELPER_DEADLINE_MS) {
        error_set(err, ERROR_LIMIT, "the time for one job is too long");
        error_detail(err, "limit %s = %d", "HELPER_DEADLINE_MS", LIMIT_HELPER_DEADLINE_MS);
        return ERROR_LIMIT;
    }
    enum error_code code = helper__find(a, config->program, &path, err);
    if (code != OK) {
        return code;
    }
    struct helper *h = ARENA_NEW(a, struct helper);
    h->path = path.ptr;
    h->deadline_ms = config->deadline_ms != 0 ? config->deadline_ms : LIMIT_HELPER_DEADLINE_MS;
    code = prepare(h, err);
    if (code != OK) {
        release(h);
        return code;
    }
    struct job first = { .err = err };
    code = submit(h, &first);
    if (code != OK) {
        helper_stop(h);
        return code;
    }
    *ret = h;
    return OK;
}

void helper_stop(struct helper *h)
{
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    ring(h->halt);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->thread, NULL);
    pthread_mutex_lock(&h->lock);
    while (h->waiting > 0) {
        pthread_cond_wait(&h->done, &h->lock);
    }
    pthread_mutex_unlock(&h->lock);
    release(h);
}

uint32_t helper_rights(struct helper *h)
{
    pthread_mutex_lock(&h->lock);
    uint32_t rights = h->rights;
    pthread_mutex_unlock(&h->lock);
    return rights;
}
