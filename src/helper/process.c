/* process: finding, starting and ending the helper program. See helper_int.h. */
#include "helper/helper_int.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The folder of the running program, with the slash; empty when /proc is not there. */
static str own_folder(struct arena *a)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    const char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
    return slash == NULL ? STR("") : arena_str(a, (str){ path, (size_t)(slash - path) + 1 });
}

enum error_code helper__find(struct arena *a, const char *program, str *ret, struct error *err)
{
    str folder = strchr(program, '/') != NULL ? STR("") : own_folder(a);
    str path = arena_printf(a, "%.*s%s", STR_ARG(folder), program);
    if (access(path.ptr, X_OK) == 0) {
        *ret = path;
        return OK;
    }
    error_set(err, ERROR_MISSING, "the helper program is not there");
    error_detail(err, "%s", path.ptr);
    return ERROR_MISSING;
}

/* What the program inherits: /dev/null three times, the socket, and that is all. */
static int set_files(posix_spawn_file_actions_t *files, int socket)
{
    /* The socket first, because its number may be below 3 when we were started without standard streams. */
    int failed = posix_spawn_file_actions_adddup2(files, socket, HELPER__SOCKET);
    for (int fd = 0; failed == 0 && fd < 3; fd++) {
        failed = posix_spawn_file_actions_addopen(files, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
    }
    return failed != 0 ? failed : posix_spawn_file_actions_addclosefrom_np(files, HELPER__SOCKET + 1);
}

int helper__spawn_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failed = posix_spawnattr_setsigmask(attributes, &none);
    failed = failed != 0 ? failed : posix_spawnattr_setsigdefault(attributes, &all);
    short flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    return failed != 0 ? failed : posix_spawnattr_setflags(attributes, flags);
}

static int spawn(const char *path, int socket, pid_t *ret)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    char serve[] = "--serve", locale[] = "LC_ALL=C.UTF-8";
    char *arguments[] = { (char *)(uintptr_t)path, serve, NULL };
    char *environment[] = { locale, NULL };
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    int failed = set_files(&files, socket);
    failed = failed != 0 ? failed : helper__spawn_attributes(&attributes);
    failed = failed != 0 ? failed : posix_spawn(ret, path, &files, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

enum error_code helper__spawn(const char *path, struct helper__process *ret, struct error *err)
{
    int ends[2];
    pid_t pid = 0;
    int failed = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno;
    if (failed == 0) {
        failed = spawn(path, ends[1], &pid);
        close(ends[1]);
        if (failed == 0) {
            *ret = (struct helper__process){ pid, ends[0] };
            return OK;
        }
        close(ends[0]);
    }
    error_set(err, ERROR_IO, "could not start the helper program");
    error_detail(err, "%s: %s", path, strerrordesc_np(failed));
    return ERROR_IO;
}

int helper__bury(struct helper__process *p)
{
    int status = 0;
    close(p->fd);
    kill(p->pid, SIGKILL);
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR) {
    }
    *p = (struct helper__process){ 0, -1 };
    return status;
}
