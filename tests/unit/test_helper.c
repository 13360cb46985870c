/* test_helper: a helper program that crashes, hangs, floods and says nonsense costs one job and no more. The program is
 * this test itself, started as a helper: what it does to a request stands in stub_work and misbehave. */
#include "tap.h"

#include "base/clock.h"
#include "base/limit.h"
#include "helper/helper.h"
#include "helper/sandbox.h"
#include "helper/serve.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEADLINE_MS = 300, CALLERS = 8, CALLS = 50 };

/* ---- The program ---- */

static uint32_t request_number; /* of the request that is being worked at */

static void write_raw(const char *bytes, size_t size)
{
    ssize_t n = send(3, bytes, size, MSG_NOSIGNAL);
    (void)n;
}

/* A frame that says it has `length` bytes (255: as many as can be said), with the number of the request. */
static void write_frame(int length, const char *head_and_bytes)
{
    char header[8] = { 0 };
    header[3] = (char)length;
    memset(header, length == 255 ? 255 : 0, 3);
    header[7] = (char)request_number;
    write_raw(header, sizeof header);
    write_raw(head_and_bytes, strlen(head_and_bytes));
}

static void sleep_for_ever(void)
{
    for (;;) {
        poll(NULL, 0, -1);
    }
}

/* Nothing that helper_serve would do. */
static void misbehave(str request)
{
    static const char flood[1 << 16];
    if (str_eq(request, STR("crash"))) {
        signal(SIGSEGV, SIG_DFL); /* the address sanitizer would make an exit of it */
        raise(SIGSEGV);
    } else if (str_eq(request, STR("leave"))) {
        _exit(7);
    } else if (str_eq(request, STR("hang"))) {
        sleep_for_ever();
    } else if (str_eq(request, STR("short"))) {
        write_frame(9, "Rabc");
        _exit(0);
    } else if (str_eq(request, STR("slow"))) {
        write_frame(9, "Rabc");
        sleep_for_ever();
    } else if (str_eq(request, STR("huge"))) {
        write_frame(255, "R");
        sleep_for_ever();
    } else if (str_eq(request, STR("flood"))) {
        for (;;) {
            write_raw(flood, sizeof flood);
        }
    } else if (str_eq(request, STR("nonsense"))) {
        write_frame(2, "X{}");
        sleep_for_ever();
    } else if (str_eq(request, STR("bad refusal"))) {
        write_frame(2, "N{}");
        sleep_for_ever();
    } else if (str_eq(request, STR("another number"))) {
        request_number++;
        write_frame(1, "Ra");
        sleep_for_ever();
    } else if (str_eq(request, STR("twice"))) {
        write_frame(1, "Ra");
    } else if (str_eq(request, STR("forbidden"))) {
        execl("/bin/true", "true", (char *)NULL);
    }
}

/* Which descriptors the program has. */
static void list_files(struct buf *reply)
{
    for (int fd = 0; fd < 1024; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            buf_printf(reply, "%d ", fd);
        }
    }
}

/* What stands in the files, one after another. */
static void read_files(const struct helper_request *job, struct buf *reply)
{
    char bytes[64];
    for (uint32_t i = 0; i < job->file_count; i++) {
        ssize_t n = pread(job->files[i], bytes, sizeof bytes, 0);
        buf_printf(reply, "%u:%.*s ", i, n > 0 ? (int)n : 0, bytes);
    }
}

static enum error_code stub_work(void *context, struct arena *a, const struct helper_request *job, struct buf *reply,
                                 struct error *err)
{
    str request = job->text;
    (void)context;
    (void)a;
    request_number++;
    misbehave(request);
    if (str_eq(request, STR("files"))) {
        list_files(reply);
    } else if (str_eq(request, STR("environment"))) {
        for (char **e = environ; *e != NULL; e++) {
            buf_printf(reply, "%s ", *e);
        }
    } else if (str_eq(request, STR("read"))) {
        read_files(job, reply);
        ssize_t n = job->file_count > 1 ? write(job->files[1], "new", 3) : 0;
        (void)n;
    } else if (str_eq(request, STR("pid"))) {
        buf_printf(reply, "%d", (int)getpid());
    } else if (str_eq(request, STR("refuse"))) {
        error_set(err, ERROR_INVALID, "the helper is being stopped");
        error_detail(err, "a \"detail\"\n");
        error_hint(err, "a hint");
        error_at(err, STR(""), 3, 14);
        return ERROR_INVALID;
    } else if (str_eq(request, STR("large"))) {
        for (size_t i = 0; i < LIMIT_HELPER_REPLY + 1; i += 1 << 20) {
            static const char megabyte[1 << 20];
            buf_add(reply, (str){ megabyte, sizeof megabyte });
        }
        buf_addc(reply, '+');
    } else {
        buf_add(reply, request);
    }
    return OK;
}

static int be_helper(void)
{
    static const char *const folders[] = { NULL };
    uint32_t rights = 0;
    struct error err = { .code = OK };
    if (sandbox_enter(&(struct sandbox){ folders, true }, &rights, &err) != OK) {
        _exit(9);
    }
    _exit(helper_serve(rights, stub_work, NULL) ? 0 : 1);
}

/* ---- The tests ---- */

static struct arena memory;

static struct helper *start(uint32_t deadline_ms)
{
    struct helper *h = NULL;
    struct error err = { .code = OK };
    char own[4096];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    own[n < 0 ? 0 : n] = '\0';
    enum error_code code = helper_start(&memory, &(struct helper_config){ own, deadline_ms }, &h, &err);
    if (code != OK) {
        printf("Bail out! %s: %s\n", err.message, err.detail);
        exit(1);
    }
    return h;
}

/* The answer; on an error its code, message and detail. */
static str call(struct helper *h, const char *request, enum lang lang)
{
    struct buf reply = BUF_INIT(LIMIT_HELPER_REPLY);
    struct error err = { .lang = lang };
    enum error_code code = helper_call(h, str_of(request), &reply, &err);
    str answer = code == OK ? arena_str(&memory, buf_str(&reply))
                            : arena_printf(&memory, "%s: %s (%s)", error_name(code), err.message, err.detail);
    buf_release(&reply);
    return answer;
}

#define CALL(h, request) call((h), (request), LANG_EN)

static int open_files(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static void test_answers(void)
{
    struct helper *h = start(0);
    is_str(CALL(h, "hello"), STR("hello"), "an answer");
    is_str(CALL(h, ""), STR(""), "an empty request");
    is_str(CALL(h, "files"), STR("0 1 2 3 "), "the program has the socket and nothing else");
    is_str(CALL(h, "environment"), STR("LC_ALL=C.UTF-8 "), "no environment of ours");
    pid_t pid = (pid_t)strtol(CALL(h, "pid").ptr, NULL, 10);
    ok(pid > 0 && getsid(pid) == pid, "a session of its own");
    ok((helper_rights(h) & SANDBOX_CALLS) != 0, "system calls are limited");
    is_str(CALL(h, "large"), STR("limit: the answer of the helper is too large (limit HELPER_REPLY = 33554432)"),
           "LIMIT_HELPER_REPLY + 1 bytes");
    is_str(CALL(h, "pid"), arena_printf(&memory, "%d", (int)pid), "after which it goes on");
    helper_stop(h);
    ok(kill(pid, 0) != 0, "it has ended when helper_stop comes back");
}

static int temporary_file(const char *text)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    ssize_t n = write(fd, text, strlen(text));
    lseek(fd, 0, SEEK_SET);
    return n == (ssize_t)strlen(text) ? fd : -1;
}

static void test_files(void)
{
    struct helper *h = start(0);
    int files[] = { temporary_file("first"), temporary_file("second") };
    for (int round = 0; round < 2; round++) {
        struct buf reply = BUF_INIT(1 << 10);
        enum error_code code =
            helper_call_with(h, &(struct helper_request){ STR("read"), files, 2 }, &reply, NULL);
        is_int(code, OK, "a job with files");
        is_str(buf_str(&reply), round == 0 ? STR("0:first 1:second ") : STR("0:first 1:newond "),
               "which the program reads and writes");
        buf_release(&reply);
    }
    is_str(CALL(h, "files"), STR("0 1 2 3 "), "afterwards it has them no more");
    helper_stop(h);
    close(files[0]);
    close(files[1]);
}

static void test_refusal(void)
{
    struct helper *h = start(0);
    struct buf reply = BUF_INIT(1 << 10);
    struct error err = { .lang = LANG_ZH };
    buf_addz(&reply, "before");
    is_int(helper_call(h, STR("refuse"), &reply, &err), ERROR_INVALID, "a refusal has its code");
    is_str(str_of(err.message), str_of(lang_text(LANG_ZH, "the helper is being stopped")), "in the caller's language");
    ok(!str_eq(str_of(err.message), STR("the helper is being stopped")), "which is another one");
    is_str(str_of(err.detail), STR("a \"detail\"\n"), "with its detail");
    is_str(str_of(err.hint), STR("a hint"), "its hint");
    ok(err.where.line == 3 && err.where.column == 14, "and its place");
    is_str(buf_str(&reply), STR("before"), "the reply is left alone");

    reply.max = 10;
    is_int(helper_call(h, STR("12345"), &reply, &err), ERROR_LIMIT, "an answer that does not fit");
    is_str(buf_str(&reply), STR("before"), "is not given in part");
    is_int(helper_call(h, STR("refuse"), &reply, NULL), ERROR_INVALID, "who does not want the error need not");
    buf_release(&reply);
    helper_stop(h);
}

static void test_deaths(void)
{
    static const struct {
        const char *request, *answer;
    } deaths[] = {
        { "crash", "io: the helper ended in the middle of its work (signal 11)" },
        { "leave", "io: the helper ended in the middle of its work (exit status 7)" },
        { "hang", "limit: the helper did not finish in time (at most 300 ms)" },
        { "short", "io: the helper ended in the middle of its work (exit status 0)" },
        { "slow", "limit: the helper did not finish in time (at most 300 ms)" },
        { "huge", "limit: the answer of the helper is too large (limit HELPER_REPLY = 33554432)" },
        { "flood", "io: the helper answered what cannot be understood ()" },
        { "nonsense", "io: the helper answered what cannot be understood ()" },
        { "bad refusal", "io: the helper answered what cannot be understood ()" },
        { "another number", "io: the helper answered what cannot be understood ()" },
        { "forbidden", "io: the helper ended in the middle of its work (it tried what it may not)" },
    };
    struct helper *h = start(DEADLINE_MS);
    int files = open_files();
    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
        is_str(CALL(h, deaths[i].request), str_of(deaths[i].answer), "a helper that does: %s", deaths[i].request);
        is_str(CALL(h, "next"), STR("next"), "the next job after: %s", deaths[i].request);
    }
    is_str(CALL(h, "twice"), STR("a"), "a second answer that nobody asked for");
    /* Whether it is there before the next request is sent is chance; it then costs that job. */
    str next = CALL(h, "next");
    ok(str_eq(next, STR("next")) || str_starts_with(next, STR("io: ")), "is not taken for the answer to the next job");
    is_str(CALL(h, "later"), STR("later"), "and a later job is done");
    is_int(open_files(), files, "no descriptor is left open by %zu deaths", sizeof deaths / sizeof deaths[0]);
    helper_stop(h);
    ok(waitpid(-1, NULL, WNOHANG) < 0, "no process is left behind");
}

static void test_deadly_job(void)
{
    struct helper *h = start(DEADLINE_MS);
    int64_t begin = clock_monotonic_nanos();
    for (int i = 0; i < LIMIT_HELPER_DEATHS; i++) {
        ok(str_starts_with(CALL(h, "crash"), STR("io: ")), "death %d of the same job", i + 1);
    }
    int64_t took = (clock_monotonic_nanos() - begin) / 1000000;
    ok(took >= 100, "the third start in a row waited (%d ms)", (int)took);
    is_str(CALL(h, "crash"), STR("limit: this job has ended the helper before (limit HELPER_DEATHS = 3)"),
           "LIMIT_HELPER_DEATHS + 1: the job is refused");
    is_str(CALL(h, "crash it"), STR("crash it"), "others are not");
    helper_stop(h);
}

static void test_killed_while_idle(void)
{
    struct helper *h = start(0);
    pid_t pid = (pid_t)strtol(CALL(h, "pid").ptr, NULL, 10);
    kill(pid, SIGKILL);
    for (int i = 0; i < 2000 && helper_rights(h) != 0; i++) {
        usleep(1000);
    }
    is_int(helper_rights(h), 0, "a helper that was killed while it had nothing to do is noticed");
    is_str(CALL(h, "hello"), STR("hello"), "and started again without the loss of a job");
    helper_stop(h);
}

static void test_renewal(void)
{
    struct helper *h = start(0);
    str first = CALL(h, "pid");
    int same = 1, lost = 0;
    for (int i = 1; i < LIMIT_HELPER_JOBS + 1; i++) {
        str now = CALL(h, "pid");
        same += str_eq(now, first);
        lost += now.len == 0 || now.ptr[0] < '0' || now.ptr[0] > '9';
    }
    is_int(same, LIMIT_HELPER_JOBS, "LIMIT_HELPER_JOBS + 1 jobs: the last is done by another process");
    is_int(lost, 0, "and none is lost");
    helper_stop(h);
}

static void test_limits(void)
{
    struct helper *h = start(0);
    struct buf large = BUF_INIT(LIMIT_HELPER_REQUEST + 1);
    while (large.len < LIMIT_HELPER_REQUEST + 1) {
        static const char piece[4096] = "x";
        size_t left = LIMIT_HELPER_REQUEST + 1 - large.len;
        buf_add(&large, (str){ piece, left < sizeof piece ? left : sizeof piece });
    }
    struct buf reply = BUF_INIT(LIMIT_HELPER_REPLY);
    struct error err = { .code = OK };
    is_int(helper_call(h, buf_str(&large), &reply, &err), ERROR_LIMIT, "LIMIT_HELPER_REQUEST + 1 bytes are refused");
    is_str(str_of(err.detail), STR("limit HELPER_REQUEST = 8388608"), "by name");
    large.len--;
    is_int(helper_call(h, buf_str(&large), &reply, &err), OK, "one byte less is not");
    ok(str_eq(buf_str(&large), buf_str(&reply)), "and comes back whole");
    buf_release(&large);
    buf_release(&reply);
    helper_stop(h);
}

static void test_start(void)
{
    struct helper *h = NULL;
    struct error err = { .code = OK };
    is_int(helper_start(&memory, &(struct helper_config){ "no-such-helper", 0 }, &h, &err), ERROR_MISSING,
           "a program that is not there");
    ok(strstr(err.detail, "/no-such-helper") != NULL, "the detail says where it was looked for");
    is_int(helper_start(&memory, &(struct helper_config){ "/bin/true", 0 }, &h, &err), ERROR_IO,
           "a program that is no helper");
    is_str(str_of(err.message), STR("the helper ended in the middle of its work"), "says that it ended");
    is_int(helper_start(&memory, &(struct helper_config){ "/etc/passwd", 0 }, &h, &err), ERROR_MISSING,
           "a file that is no program");
    is_int(helper_start(&memory, &(struct helper_config){ "/bin/true", LIMIT_HELPER_DEADLINE_MS + 1 }, &h, &err),
           ERROR_LIMIT, "LIMIT_HELPER_DEADLINE_MS + 1 for one job");
    is_str(str_of(err.detail), STR("limit HELPER_DEADLINE_MS = 30000"), "is refused by name");
    ok(h == NULL, "nothing is started");
}

/* A program that never says that it is ready. It takes its time beside the other tests. */
struct silent {
    char path[64];
    pthread_t thread;
    enum error_code code;
    struct error err;
    int64_t took;
};

static void *start_silent(void *context)
{
    struct silent *s = context;
    struct arena a = ARENA_INIT;
    struct helper *h;
    int64_t begin = clock_monotonic_nanos();
    s->code = helper_start(&a, &(struct helper_config){ s->path, 0 }, &h, &s->err);
    s->took = (clock_monotonic_nanos() - begin) / 1000000;
    arena_release(&a);
    return NULL;
}

static void begin_silent(struct silent *s)
{
    static const char script[] = "#!/bin/sh\nexec sleep 60\n";
    snprintf(s->path, sizeof s->path, "/tmp/gongshi-silent-XXXXXX");
    int fd = mkstemp(s->path);
    bool fine = fd >= 0 && write(fd, script, sizeof script - 1) > 0 && fchmod(fd, 0700) == 0;
    close(fd);
    if (!fine || pthread_create(&s->thread, NULL, start_silent, s) != 0) {
        exit(1);
    }
}

static void end_silent(struct silent *s)
{
    pthread_join(s->thread, NULL);
    unlink(s->path);
    is_int(s->code, ERROR_LIMIT, "a program that is not ready after LIMIT_HELPER_START_MS + 1 ms is given up");
    ok(s->took >= LIMIT_HELPER_START_MS && s->took < LIMIT_HELPER_START_MS + 5000, "after %d ms", (int)s->took);
    is_str(str_of(s->err.detail), STR("at most 10000 ms"), "the detail says how long it had");
}

/* ---- Many callers ---- */

struct caller {
    struct helper *helper;
    pthread_t thread;
    int number, wrong, refused;
    const char *request; /* NULL: CALLS different ones */
};

static void *call_often(void *context)
{
    struct caller *c = context;
    for (int i = 0; i < CALLS; i++) {
        char request[64];
        struct buf reply = BUF_INIT(1 << 10);
        snprintf(request, sizeof request, "caller %d job %d", c->number, i);
        if (helper_call(c->helper, str_of(request), &reply, NULL) != OK || !str_eq(buf_str(&reply), str_of(request))) {
            c->wrong++;
        }
        buf_release(&reply);
    }
    return NULL;
}

static void *call_once(void *context)
{
    struct caller *c = context;
    struct buf reply = BUF_INIT(1 << 10);
    struct error err = { .code = OK };
    c->wrong = helper_call(c->helper, STR("hang"), &reply, &err) == OK;
    c->refused = strstr(err.message, "too many") != NULL;
    buf_release(&reply);
    return NULL;
}

static void test_callers(void)
{
    struct helper *h = start(0);
    struct caller callers[CALLERS] = { { .helper = h } };
    int wrong = 0;
    for (int i = 0; i < CALLERS; i++) {
        callers[i].helper = h;
        callers[i].number = i;
        pthread_create(&callers[i].thread, NULL, call_often, &callers[i]);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        wrong += callers[i].wrong;
    }
    is_int(wrong, 0, "%d threads get each their own answers", CALLERS);
    helper_stop(h);
}

/* All callers but one wait behind a job that hangs; then the helper is stopped. */
static void test_queue(void)
{
    struct helper *h = start(0);
    static struct caller callers[LIMIT_HELPER_WAITING + 1];
    int refused = 0, wrong = 0;
    int64_t begin = clock_monotonic_nanos();
    for (int i = 0; i < LIMIT_HELPER_WAITING + 1; i++) {
        callers[i].helper = h;
        pthread_create(&callers[i].thread, NULL, call_once, &callers[i]);
    }
    /* The one that is refused comes back at once; which it is nobody knows. */
    usleep(200000);
    helper_stop(h);
    for (int i = 0; i < LIMIT_HELPER_WAITING + 1; i++) {
        pthread_join(callers[i].thread, NULL);
        refused += callers[i].refused;
        wrong += callers[i].wrong;
    }
    is_int(refused, 1, "LIMIT_HELPER_WAITING + 1 callers: one is refused");
    is_int(wrong, 0, "stopping the helper gives all the others an error");
    ok(clock_monotonic_nanos() - begin < INT64_C(10000000000), "without waiting for the deadline");
}

/* ---- Jobs that nobody waits for ---- */

struct note {
    pthread_mutex_t lock;
    int count, right;
    enum error_code last;
};

static void take_note(void *context, const struct helper_answer *answer)
{
    struct note *n = context;
    pthread_mutex_lock(&n->lock);
    n->last = answer->code;
    n->right += answer->code == OK && str_eq(answer->reply, STR("left here"));
    n->count++;
    pthread_mutex_unlock(&n->lock);
}

static int notes(struct note *n, int wanted)
{
    int count = 0;
    for (int i = 0; i < 5000 && count < wanted; i++) {
        pthread_mutex_lock(&n->lock);
        count = n->count;
        pthread_mutex_unlock(&n->lock);
        usleep(1000);
    }
    return count;
}

static void leave(struct helper *h, const char *request, struct note *n)
{
    char text[32];
    snprintf(text, sizeof text, "%s", request);
    helper_submit(h, &(struct helper_request){ .text = str_of(text) }, LANG_EN, take_note, n);
    memset(text, 0, sizeof text);
}

static void test_left(void)
{
    enum { LEFT = 20 };
    struct helper *h = start(DEADLINE_MS);
    struct note n = { .lock = PTHREAD_MUTEX_INITIALIZER };
    for (int i = 0; i < LEFT; i++) {
        leave(h, "left here", &n);
    }
    is_int(notes(&n, LEFT), LEFT, "jobs that were left are answered, each once");
    is_int(n.right, LEFT, "rightly");
    pid_t pid = (pid_t)strtol(CALL(h, "pid").ptr, NULL, 10);
    n.count = n.right = 0;
    leave(h, "left here", &n);
    kill(pid, SIGKILL);
    for (int i = 1; i < LEFT; i++) {
        leave(h, "left here", &n);
    }
    is_int(notes(&n, LEFT), LEFT, "while the program is killed");
    is_int(n.right, LEFT, "none is lost");
    leave(h, "crash", &n);
    is_int(notes(&n, LEFT + 1), LEFT + 1, "a deadly one");
    ok(n.last == ERROR_IO || n.last == ERROR_LIMIT, "is given up");
    is_str(CALL(h, "crash"), STR("limit: this job has ended the helper before (limit HELPER_DEATHS = 3)"),
           "after LIMIT_HELPER_DEATHS tries");
    n.count = 0;
    leave(h, "hang", &n);
    leave(h, "left here", &n);
    helper_stop(h);
    is_int(n.count, 2, "at the end all have had their answer");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--serve") == 0) {
        return be_helper();
    }
    int files = open_files();
    static struct silent silent;
    test_start();
    test_deaths();
    begin_silent(&silent);
    test_answers();
    test_files();
    test_refusal();
    test_deadly_job();
    test_killed_while_idle();
    test_renewal();
    test_limits();
    test_callers();
    test_queue();
    test_left();
    end_silent(&silent);
    is_int(open_files(), files, "no descriptor is left open");
    arena_release(&memory);
    return tap_done();
}
