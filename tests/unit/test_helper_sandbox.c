/* test_helper_sandbox: what a helper program cannot do any more. Each attempt is made in a child process of its own,
 * twice: outside of the sandbox, where it must succeed (or the point proves nothing and is skipped), and inside. */
#include "tap.h"

#include "base/limit.h"
#include "helper/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_ENTER = 99 };

static char folder[] = "/tmp/gongshi-sandbox-XXXXXX";
static char file[64], other[64];

static const char *const folders[] = { "/usr/share", "/no/such/folder", NULL };

/* ---- What is tried: true when it worked ---- */

static bool can_open(const char *path, int flags)
{
    int fd = open(path, flags, 0600);
    return fd >= 0;
}

static bool open_shadow(void) { return can_open("/etc/shadow", O_RDONLY); }
static bool open_passwd(void) { return can_open("/etc/passwd", O_RDONLY); }
static bool open_proc(void) { return can_open("/proc/self/environ", O_RDONLY); }
static bool create_file(void) { return can_open(other, O_CREAT | O_WRONLY); }
static bool write_file(void) { return can_open(file, O_WRONLY); }
static bool append_file(void) { return can_open(file, O_RDWR | O_APPEND); }
static bool cut_file(void) { return truncate(file, 0) == 0; }
static bool make_unnamed(void) { return can_open(folder, O_TMPFILE | O_RDWR); }
static bool remove_file(void) { return unlink(file) == 0; }
static bool rename_file(void) { return rename(file, other) == 0; }
static bool link_file(void) { return symlink("/etc/passwd", other) == 0; }
static bool make_folder(void) { return mkdir(other, 0700) == 0; }
static bool change_mode(void) { return chmod(file, 0600) == 0; }
static bool open_socket(void) { return socket(AF_INET, SOCK_STREAM, 0) >= 0; }
static bool open_local_socket(void) { return socket(AF_UNIX, SOCK_DGRAM, 0) >= 0; }
static bool make_pair(void) { return socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){ 0 }) == 0; }
static bool start_process(void) { return fork() >= 0; }
static bool signal_parent(void) { return kill(getppid(), 0) == 0; }
static bool be_traced(void) { return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0; }
static bool raise_limit(void) { return setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) == 0; }

static bool run_program(void)
{
    execl("/bin/true", "true", (char *)NULL);
    return false;
}

static bool map_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool make_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

/* What is left. */

static bool read_share(void) { return can_open("/usr/share/doc", O_RDONLY | O_DIRECTORY); }
static bool allocate(void) { return mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
                                    MAP_FAILED; }

static void *say_nothing(void *context) { return context; }

static bool run_thread(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, say_nothing, NULL) == 0 && pthread_join(thread, NULL) == 0;
}

static bool allocate_much(void)
{
    return mmap(NULL, LIMIT_HELPER_MEMORY + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                0) != MAP_FAILED;
}

static bool open_many(void)
{
    for (int i = 0; i < LIMIT_HELPER_FILES + 1; i++) {
        if (!can_open("/usr/share", O_RDONLY | O_DIRECTORY)) {
            return false;
        }
    }
    return true;
}

static bool has_processor_time(void)
{
    struct rlimit r;
    return getrlimit(RLIMIT_CPU, &r) == 0 && r.rlim_max >= LIMIT_HELPER_CPU_SECONDS + 1;
}

static bool may_dump_core(void)
{
    struct rlimit r;
    return getrlimit(RLIMIT_CORE, &r) == 0 && r.rlim_max > 0;
}

/* ---- The table ---- */

enum wall { CALLS = SANDBOX_CALLS, FILES = SANDBOX_FILES, MEMORY = SANDBOX_MEMORY };

static const struct {
    const char *what;
    bool (*try)(void);
    enum wall wall;
    bool left; /* works inside too */
} attempts[] = {
    { "opening /etc/shadow", open_shadow, FILES, false },
    { "opening /etc/passwd", open_passwd, FILES, false },
    { "opening /proc/self/environ", open_proc, FILES, false },
    { "creating a file", create_file, CALLS, false },
    { "opening a file to write", write_file, CALLS, false },
    { "opening a file to append", append_file, CALLS, false },
    { "cutting a file", cut_file, CALLS, false },
    { "making a file without a name", make_unnamed, CALLS, false },
    { "removing a file", remove_file, CALLS, false },
    { "renaming a file", rename_file, CALLS, false },
    { "making a link", link_file, CALLS, false },
    { "making a folder", make_folder, CALLS, false },
    { "changing a mode", change_mode, CALLS, false },
    { "socket(AF_INET)", open_socket, CALLS, false },
    { "socket(AF_UNIX)", open_local_socket, CALLS, false },
    { "socketpair", make_pair, CALLS, false },
    { "fork", start_process, CALLS, false },
    { "kill", signal_parent, CALLS, false },
    { "ptrace", be_traced, CALLS, false },
    { "setrlimit", raise_limit, CALLS, false },
    { "mmap of executable memory", map_code, CALLS, false },
    { "mprotect to executable memory", make_code, CALLS, false },
    { "LIMIT_HELPER_MEMORY + 1 bytes", allocate_much, MEMORY, false },
    { "LIMIT_HELPER_FILES + 1 files", open_many, CALLS, false },
    { "LIMIT_HELPER_CPU_SECONDS + 1 seconds", has_processor_time, CALLS, false },
    { "a core dump", may_dump_core, CALLS, false },
    { "reading a folder that was named", read_share, CALLS, true },
    { "taking memory", allocate, CALLS, true },
    { "a thread", run_thread, CALLS, true },
};

/* What the attempt comes to in a child: 1 it worked, 0 it failed, -1 the child was ended, CANNOT_ENTER. */
static int outcome(bool (*try)(void), bool inside)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        uint32_t rights;
        struct error err = { .code = OK };
        if (inside && sandbox_enter(&(struct sandbox){ folders, true }, &rights, &err) != OK) {
            _exit(CANNOT_ENTER);
        }
        _exit(try() ? 1 : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The file stands before each attempt, and the other does not. */
static void make_files(void)
{
    unlink(other);
    rmdir(other);
    close(open(file, O_CREAT | O_WRONLY, 0600));
}

static void test_attempt(size_t i, uint32_t rights)
{
    make_files();
    int outside = outcome(attempts[i].try, false);
    make_files();
    int inside = outcome(attempts[i].try, true);
    if (attempts[i].left) {
        is_int(inside, 1, "still possible: %s", attempts[i].what);
    } else if ((rights & attempts[i].wall) == 0) {
        ok(true, "impossible: %s # SKIP this kernel or build has no such wall", attempts[i].what);
    } else if (outside != 1) {
        ok(true, "impossible: %s # SKIP it is so outside too", attempts[i].what);
    } else {
        ok(inside == 0 || inside == -1, "impossible: %s (%s)", attempts[i].what, inside == 0 ? "refused" : "ended");
    }
}

/* execve replaces the process: its success is the exit status 0 of true, and it fails by a signal. */
static void test_program(void)
{
    is_int(outcome(run_program, false), 0, "outside another program can be run");
    is_int(outcome(run_program, true), -1, "inside it ends the process");
}

/* The rights are found in a child and passed by its exit status. */
static uint32_t find_rights(void)
{
    pid_t child = fork();
    if (child == 0) {
        uint32_t rights = 0;
        struct error err = { .code = OK };
        _exit(sandbox_enter(&(struct sandbox){ folders, false }, &rights, &err) == OK ? (int)rights : CANNOT_ENTER);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) != CANNOT_ENTER ? (uint32_t)WEXITSTATUS(status) : 0;
}

int main(void)
{
    if (mkdtemp(folder) == NULL) {
        return 1;
    }
    snprintf(file, sizeof file, "%s/file", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    uint32_t rights = find_rights();
    printf("# rights given up: %u\n", rights);
    ok((rights & SANDBOX_CALLS) != 0, "the sandbox can be entered");
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++) {
        test_attempt(i, rights);
    }
    test_program();
    make_files();
    unlink(file);
    rmdir(folder);
    return tap_done();
}
