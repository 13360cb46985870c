/* sandbox: see sandbox.h. */
#include "helper/sandbox.h"

#include "base/limit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static enum error_code cannot(struct error *err, const char *what)
{
    int reason = errno;
    error_set(err, ERROR_IO, "the helper cannot give up its rights");
    error_detail(err, "%s: %s", what, strerrordesc_np(reason));
    return ERROR_IO;
}

/* ---- Resources ---- */

static bool limit_resource(int resource, rlim_t value)
{
    struct rlimit r = { value, value };
    return setrlimit((__rlimit_resource_t)resource, &r) == 0;
}

/* gcc says it by a macro, clang by a feature. */
#if defined __has_feature
#define HAS_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define HAS_SANITIZER 1
#else
#define HAS_SANITIZER 0
#endif

static bool limit_memory(uint32_t *rights)
{
#if HAS_SANITIZER
    (void)rights;
    return true;
#else
    *rights |= SANDBOX_MEMORY;
    return limit_resource(RLIMIT_AS, LIMIT_HELPER_MEMORY);
#endif
}

/* A write beyond the bound on files is to be an error, not the end. */
static bool limit_resources(uint32_t *rights)
{
    return limit_memory(rights) && limit_resource(RLIMIT_CPU, LIMIT_HELPER_CPU_SECONDS) &&
           limit_resource(RLIMIT_NOFILE, LIMIT_HELPER_FILES) && limit_resource(RLIMIT_CORE, 0) &&
           limit_resource(RLIMIT_FSIZE, LIMIT_HELPER_OUTPUT) && signal(SIGXFSZ, SIG_IGN) != SIG_ERR;
}

/* ---- Files: landlock ---- */

/* What linux/landlock.h of Debian 12 does not know yet; a kernel is told only what its version knows. */
struct ruleset {
    uint64_t files, network, scope;
};

#define ACCESS_REFER (UINT64_C(1) << 13)     /* version 2 */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)  /* version 3 */
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */
#define NETWORK_BIND_CONNECT UINT64_C(3)     /* version 4 */
#define SCOPE_SOCKET_SIGNAL UINT64_C(3)      /* version 6 */

static struct ruleset ruleset_of(long version, size_t *ret_size)
{
    struct ruleset r = { .files = ACCESS_REFER - 1 };
    r.files |= version >= 2 ? ACCESS_REFER : 0;
    r.files |= version >= 3 ? ACCESS_TRUNCATE : 0;
    r.files |= version >= 5 ? ACCESS_IOCTL_DEV : 0;
    r.network = version >= 4 ? NETWORK_BIND_CONNECT : 0;
    r.scope = version >= 6 ? SCOPE_SOCKET_SIGNAL : 0;
    *ret_size = version >= 6 ? sizeof r : version >= 4 ? offsetof(struct ruleset, scope) : sizeof r.files;
    return r;
}

/* A folder that is not there needs no rule. */
static bool allow_reading(int rules, const char *folder)
{
    struct landlock_path_beneath_attr beneath = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
        .parent_fd = open(folder, O_PATH | O_CLOEXEC | O_DIRECTORY),
    };
    if (beneath.parent_fd < 0) {
        return errno == ENOENT;
    }
    long added = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    close(beneath.parent_fd);
    return added == 0;
}

static enum error_code limit_files(const char *const *folders, uint32_t *rights, struct error *err)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        return OK; /* an older kernel, or one where it is switched off */
    }
    size_t size;
    struct ruleset r = ruleset_of(version, &size);
    int rules = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
    bool fine = rules >= 0;
    for (; fine && *folders != NULL; folders++) {
        fine = allow_reading(rules, *folders);
    }
    fine = fine && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    enum error_code code = fine ? OK : cannot(err, "landlock");
    if (rules >= 0) {
        close(rules);
    }
    *rights |= fine ? SANDBOX_FILES : 0;
    return code;
}

/* ---- System calls: seccomp ---- */

static const struct {
    int call;
    uint32_t action;
} calls[] = {
#define ALLOW(name) { SCMP_SYS(name), SCMP_ACT_ALLOW },
#define FATAL(name) { SCMP_SYS(name), SCMP_ACT_KILL_PROCESS },
#include "helper/sandbox_call.def"
#undef ALLOW
#undef FATAL
};

enum { NEW_NAMESPACES = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                        CLONE_NEWCGROUP };

/* The calls that are harmless with certain arguments: those for which `argument & mask` is `value`. */
static const struct {
    int call;
    unsigned argument;
    uint64_t mask, value;
} guarded[] = {
    { SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
    { SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
    { SCMP_SYS(open), 1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY },
    { SCMP_SYS(openat), 2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY },
    { SCMP_SYS(sendto), 4, UINT64_MAX, 0 },     /* on a socket that is connected */
    { SCMP_SYS(prlimit64), 2, UINT64_MAX, 0 },  /* reading a limit */
    { SCMP_SYS(prctl), 0, UINT64_MAX, PR_SET_NAME },
    { SCMP_SYS(clone), 0, CLONE_THREAD | NEW_NAMESPACES, CLONE_THREAD },
};

static int add_rules(scmp_filter_ctx filter)
{
    int failed = 0;
    for (size_t i = 0; failed == 0 && i < sizeof calls / sizeof calls[0]; i++) {
        failed = seccomp_rule_add(filter, calls[i].action, calls[i].call, 0);
    }
    for (size_t i = 0; failed == 0 && i < sizeof guarded / sizeof guarded[0]; i++) {
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, guarded[i].call, 1,
                                  SCMP_CMP(guarded[i].argument, SCMP_CMP_MASKED_EQ, guarded[i].mask, guarded[i].value));
    }
    /* abort() signals itself. The arguments of clone3 cannot be seen: without it, libc uses clone. */
    failed = failed != 0 ? failed : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                    SCMP_CMP(0, SCMP_CMP_MASKED_EQ, UINT64_MAX, (scmp_datum_t)getpid()));
    return failed != 0 ? failed : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

static enum error_code limit_calls(uint32_t *rights, struct error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int failed = filter == NULL ? -ENOMEM : add_rules(filter);
    failed = failed != 0 ? failed : seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    failed = failed != 0 ? failed : seccomp_load(filter);
    seccomp_release(filter);
    if (failed != 0) {
        errno = -failed;
        return cannot(err, "seccomp");
    }
    *rights |= SANDBOX_CALLS;
    return OK;
}

enum error_code sandbox_enter(const struct sandbox *s, uint32_t *ret_rights, struct error *err)
{
    uint32_t rights = 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        (s->with_parent && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)) {
        return cannot(err, "prctl");
    }
    if (!limit_resources(&rights)) {
        return cannot(err, "setrlimit");
    }
    enum error_code code = limit_files(s->folders, &rights, err);
    code = code == OK ? limit_calls(&rights, err) : code;
    if (code == OK) {
        *ret_rights = rights;
    }
    return code;
}
