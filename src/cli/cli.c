/* cli: see cli.h. */
#include "cli/cli.h"

#include "base/clock.h"
#include "base/limit.h"
#include "dmn/dmn.h"
#include "text/utf8.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum lang cli_lang;

/* ---- Reading ---- */

/* Reads to the end, or one byte beyond max. */
static bool read_all(int fd, size_t max, struct buf *b)
{
    char chunk[64 << 10];
    ssize_t n;
    while (b->len <= max && (n = read(fd, chunk, sizeof chunk)) != 0) {
        if (n < 0) {
            return false;
        }
        buf_add(b, (str){ chunk, (size_t)n });
    }
    return true;
}

enum error_code cli_read(struct arena *a, const char *path, size_t max, const char *limit, str *ret,
                         struct error *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct buf b = BUF_INIT(max + (128 << 10));
    bool fine = fd >= 0 && read_all(fd, max, &b);
    enum error_code code = OK;
    if (!fine) {
        code = error_set(err, errno == ENOENT ? ERROR_MISSING : ERROR_IO, "cannot read the file");
        error_detail(err, "%s", strerror(errno)); /* style: allow strerror: one thread */
    } else if (b.len > max) {
        code = error_set(err, ERROR_LIMIT, "the file is too large");
        error_detail(err, "limit %s = %d", limit, (int)max);
    } else {
        *ret = arena_str(a, buf_str(&b));
    }
    if (code != OK) {
        error_at(err, str_of(path), 0, 0);
    }
    if (fd >= 0 && !standard) {
        close(fd);
    }
    buf_release(&b);
    return code;
}

enum error_code cli_read_context(struct arena *a, const char *path, feel_value *ret, struct error *err)
{
    if (path == NULL) {
        *ret = feel_context(feel_shape_new(a, NULL, 0), NULL);
        return OK;
    }
    str text = STR("");
    enum error_code code = cli_read(a, path, LIMIT_JSON_BYTES, "JSON_BYTES", &text, err);
    if (code == OK) {
        code = feel_json_read(a, text, ret, err);
        if (code == OK && ret->kind != FEEL_CONTEXT) {
            code = error_set(err, ERROR_INVALID, "the input must be a JSON object");
        }
        if (code != OK && err->where.file[0] == '\0') {
            error_at(err, str_of(path), err->where.line, err->where.column);
        }
    }
    return code;
}

/* ---- Models ---- */

struct folder {
    struct arena *arena;
    const char *path; /* of the main file */
};

/* The path of a file beside the main one. */
static const char *beside(const struct folder *f, const char *name)
{
    const char *slash = strrchr(f->path, '/');
    int length = slash == NULL ? 0 : (int)(slash - f->path) + 1;
    return arena_printf(f->arena, "%.*s%s", length, f->path, name).ptr;
}

static bool is_model(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".dmn") == 0;
}

/* An import is found by its namespace among the .dmn files beside the model. */
static bool find_import(void *context, str namespace_uri, str location, struct dmn_source *ret)
{
    struct folder *f = context;
    const char *name = beside(f, "");
    DIR *dir = opendir(name[0] == '\0' ? "." : name);
    bool found = false;
    (void)location;
    for (struct dirent *e; dir != NULL && !found && (e = readdir(dir)) != NULL;) { /* style: allow readdir */
        str uri;
        struct error err = { .code = OK };
        if (is_model(e->d_name)) {
            ret->name = str_of(beside(f, e->d_name));
            found = cli_read(f->arena, ret->name.ptr, LIMIT_XML_BYTES, "XML_BYTES", &ret->bytes, &err) == OK &&
                    dmn_namespace(f->arena, *ret, &uri) && str_eq(uri, namespace_uri);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return found;
}

enum error_code cli_load_model(struct arena *a, const char *path, const struct dmn_model **ret, struct error *err)
{
    struct dmn_source source = { .name = str_of(path) };
    struct folder folder = { a, path };
    enum error_code code = cli_read(a, path, LIMIT_XML_BYTES, "XML_BYTES", &source.bytes, err);
    return code == OK ? dmn_load(a, source, find_import, &folder, ret, err) : code;
}

/* ---- Reporting ---- */

int cli_report(const struct error *err)
{
    if (err->where.file[0] != '\0') {
        fprintf(stderr, "%s:", err->where.file);
    }
    if (err->where.line > 0) {
        fprintf(stderr, "%u:%u:", err->where.line, err->where.column);
    }
    bool placed = err->where.file[0] != '\0' || err->where.line > 0;
    fprintf(stderr, "%s%s", placed ? " " : "gongshi: ", err->message);
    if (err->detail[0] != '\0') {
        fprintf(stderr, ": %s", err->detail);
    }
    fprintf(stderr, "\n");
    if (err->hint[0] != '\0') {
        fprintf(stderr, "  %s\n", err->hint);
    }
    return err->code == ERROR_IO ? EXIT_FAILED : EXIT_REFUSED;
}

static struct {
    const char *name, *usage;
} running;

void cli_running(const char *name, const char *usage)
{
    running.name = name;
    running.usage = usage;
}

int cli_usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "gongshi: ");
    vfprintf(stderr, lang_text(cli_lang, format), args);
    va_end(args);
    if (running.name != NULL) {
        fprintf(stderr, "\ngongshi %s %s\n", running.name, running.usage);
    } else {
        fprintf(stderr, "\n%s\n", lang_text(cli_lang, "\"gongshi help\" lists the commands"));
    }
    return EXIT_USAGE;
}

const char *cli_value(int argc, char **argv, int *at)
{
    if (*at + 1 >= argc) {
        cli_usage("the option %s needs a value", argv[*at]);
        return NULL;
    }
    return argv[++*at];
}

bool cli_count(const char *text, int64_t most, int64_t *ret)
{
    dec d;
    int64_t n;
    if (!dec_parse(str_of(text), &d) || !dec_to_int(d, &n) || n < 1 || n > most) {
        cli_usage("\"%s\" is no number", text);
        return false;
    }
    *ret = n;
    return true;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void cli_sort_nanos(int64_t *nanos, int64_t count)
{
    qsort(nanos, (size_t)count, sizeof *nanos, by_size);
}

double cli_percentile(const int64_t *sorted, int64_t count, int percent)
{
    int64_t at = (count - 1) * percent / 100;
    return (double)sorted[at] / 1e6;
}

enum { EXCERPT_CHARACTERS = 60 };

/* "3:14: " in an expression; in a model also whose text it is: "eligibility (line 42) 1:5: ". */
static void print_place(const struct feel_diagnostic *d, struct buf *out)
{
    uint32_t line = 1, start = 0;
    for (uint32_t i = 0; i < d->from; i++) {
        if (d->source.ptr[i] == '\n') {
            line++;
            start = i + 1;
        }
    }
    if (d->origin.len > 0) {
        buf_printf(out, lang_text(cli_lang, "%.*s (line %u) "), STR_ARG(d->origin), d->origin_line);
    }
    if (d->source.len > 0) {
        buf_printf(out, "%u:%zu: ", line, utf8_count(str_slice(d->source, start, d->from)) + 1);
    }
}

/* The piece of text that is meant, or the beginning of its first line. */
static void print_excerpt(const struct feel_diagnostic *d, struct buf *out)
{
    str piece = str_slice(d->source, d->from, d->to);
    const char *line_end = piece.len == 0 ? NULL : memchr(piece.ptr, '\n', piece.len);
    size_t shown = utf8_offset(piece, EXCERPT_CHARACTERS);
    shown = line_end != NULL && (size_t)(line_end - piece.ptr) < shown ? (size_t)(line_end - piece.ptr) : shown;
    if (piece.len > 0) {
        buf_printf(out, " (%.*s%s)", (int)shown, piece.ptr, shown < piece.len ? "…" : "");
    }
}

void cli_diagnostics(const struct feel_eval *ev)
{
    uint32_t count, dropped;
    const struct feel_diagnostic *d = feel_eval_diagnostics(ev, &count, &dropped);
    struct buf b = BUF_INIT(1 << 20);
    for (uint32_t i = 0; i < count; i++) {
        buf_clear(&b);
        print_place(&d[i], &b);
        feel_diagnostic_print(&d[i], cli_lang, &b);
        print_excerpt(&d[i], &b);
        fprintf(stderr, "%.*s\n", STR_ARG(buf_str(&b)));
    }
    if (dropped > 0) {
        fprintf(stderr, lang_text(cli_lang, "and %u more"), dropped);
        fprintf(stderr, "\n");
    }
    buf_release(&b);
}

int cli_print(struct buf *b, const char *after)
{
    int status = EXIT_DONE;
    if (b->overflow) {
        struct error err = { .lang = cli_lang };
        error_set(&err, ERROR_LIMIT, "the output is too large to be printed");
        error_detail(&err, "at most %zu bytes", b->max);
        status = cli_report(&err);
    } else {
        str text = buf_str(b);
        fwrite(text.ptr, 1, text.len, stdout);
        fputs(after, stdout);
    }
    buf_release(b);
    return status;
}

int cli_print_value(feel_value v)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(v, false, &b);
    return cli_print(&b, "\n");
}

/* ---- The environment ---- */

bool cli_environment(const char *instant, struct feel_environment *ret)
{
    *ret = (struct feel_environment){ .seed = (uint64_t)clock_now_micros() };
    if (!cal_zone_find(STR("Asia/Shanghai"), &ret->zone)) {
        ret->zone = 8 * 3600;
    }
    int64_t now = clock_now_micros();
    ret->instant = now / 1000000;
    ret->nano = (uint32_t)(now % 1000000) * 1000;
    cal_datetime t;
    if (instant == NULL) {
        return true;
    }
    if (!cal_parse_datetime(str_of(instant), &t)) {
        cli_usage("\"%s\" is no date and time such as 2026-11-24T08:00:00Z", instant);
        return false;
    }
    ret->instant = cal_utc_seconds(t);
    ret->nano = t.nano;
    ret->seed = 0;
    return true;
}
