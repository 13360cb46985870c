/* serve: gongshi serve [--data DIR|postgres://…] [--listen ADDRESS:PORT] [--address URL] [--ship DIR] [--upgrade]
 *                      [--proxy ADDRESS] [--name TEXT] [--public-host HOST] [--staff-host HOST] [--demo]
 *                      [--keys FILE] [--sealer PROGRAM] [--messenger PROGRAM] [--scanner PLACE] [--settings FILE]
 *                      [--second-factor staff|none] [--contact TEXT] [--icp TEXT] [--police TEXT] [--site-code TEXT]
 *                      [--log FILE|-]
 *
 * The whole server, read from top to bottom: the office, the web over it, the control socket, the HTTP server. It stops
 * by SIGTERM or SIGINT: what was asked is answered, then everything is closed in the opposite order.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/copies.h"
#include "cli/letters.h"
#include "cli/log.h"
#include "cli/office.h"
#include "dec/dec.h"
#include "http/http.h"
#include "web/web.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

struct server {
    struct arena arena;
    struct office_config config;
    const char *listen;
    const char *proxies[2]; /* the reverse proxy in front, then NULL */
    const char *name, *public_host, *staff_host, *messenger, *scanner, *scanner_down;
    const char *second_factor, *prove_again; /* NULL: nothing is said */
    int64_t proof_seconds;
    const char *contact, *icp, *police, *site_code;
    const char *log;      /* of requests: a path, "-", or NULL */
    int log_fd;
    const char *settings; /* the file of settings */
    const char *backup;   /* the folder of copies */
    unsigned given;       /* a bit for each setting that an option has given */
    unsigned filed;       /* … and for each that the file has given */
    struct web_copies copies;
    struct copies *copier;
    bool demo, table;
    struct letters *letters;
    struct office office;
    struct web *web;
    struct http_server *http;
    struct control *control;
};

static struct http_server *signalled;

static void stop(int signal)
{
    (void)signal;
    http_stop(signalled);
}

/* Pages are cached until something public changes; the office opens before the web does. */
static void published(void *context)
{
    struct server *s = context;
    if (s->web != NULL) {
        web_changed(s->web);
    }
}

static const struct setting {
    const char *name, *kind, *sentence;
    size_t place;
} settings[] = {
#define SETTING(name, place, kind, sentence) { name, #kind, sentence, offsetof(struct server, place) },
#include "cli/settings.def"
#undef SETTING
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

static const char **place_of(struct server *s, const struct setting *setting)
{
    return (const char **)(void *)((char *)s + setting->place);
}

static const struct setting *find_setting(str name)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (str_eq(name, str_of(settings[i].name))) {
            return &settings[i];
        }
    }
    return NULL;
}

/* ---- The file ---- */

/* Where it is; the code of what was set. */
static enum error_code at_line(const struct server *s, unsigned line, struct error *err)
{
    error_detail(err, "%s:%u", s->settings, line);
    return err->code;
}

/* "name = value"; what an option has said stays as it is. */
static enum error_code read_line(struct server *s, str text, unsigned line, struct error *err)
{
    const char *equals = text.len == 0 ? NULL : memchr(text.ptr, '=', text.len);
    if (equals == NULL) {
        error_set(err, ERROR_INVALID, "a line of the settings is no setting");
        error_hint(err, "each is \"name = value\"; what begins with # is a remark");
        return at_line(s, line, err);
    }
    size_t length = (size_t)(equals - text.ptr);
    str name = str_trim(str_slice(text, 0, length)), value = str_trim(str_slice(text, length + 1, text.len));
    const struct setting *setting = find_setting(name);
    if (setting == NULL || strcmp(setting->name, "data") == 0) {
        error_set(err, ERROR_INVALID, "there is no setting of this name in the file");
        error_hint(err, "the names are listed in docs/settings.md");
        return at_line(s, line, err);
    }
    unsigned bit = 1U << (setting - settings);
    if ((s->filed & bit) != 0) {
        error_set(err, ERROR_INVALID, "this setting stands in the file twice");
        error_hint(err, "take one of the two lines away");
        return at_line(s, line, err);
    }
    if (value.len == 0 || (strcmp(setting->kind, "FILE") == 0 && value.ptr[0] != '/')) {
        error_set(err, ERROR_INVALID, "this setting has no value that fits");
        error_hint(err, "a program or socket is named by its whole path, which begins with /");
        return at_line(s, line, err);
    }
    s->filed |= bit;
    if ((s->given & bit) == 0) {
        *place_of(s, setting) = arena_str(&s->arena, value).ptr;
    }
    return OK;
}

/* The file that --settings names, or `settings` in the data directory where there is one. */
static enum error_code read_settings(struct server *s, struct error *err)
{
    bool named = s->settings != NULL;
    char text[LIMIT_SETTINGS_LINE + 2];
    unsigned line = 0;
    enum error_code code = OK;
    if (!named) {
        s->settings = arena_printf(&s->arena, "%s/settings", s->config.where).ptr;
    }
    FILE *f = fopen(s->settings, "r");
    if (f == NULL) {
        if (!named) {
            return OK;
        }
        error_set(err, ERROR_INVALID, "the settings cannot be read");
        error_hint(err, "look at the path and its permissions");
        return at_line(s, 0, err);
    }
    while (code == OK && fgets(text, sizeof text, f) != NULL) {
        str one = str_trim(str_of(text));
        line++;
        if (strlen(text) > LIMIT_SETTINGS_LINE) {
            error_set(err, ERROR_LIMIT, "a line of the settings is too long");
            error_hint(err, "limit %s = %d", "SETTINGS_LINE", LIMIT_SETTINGS_LINE);
            code = at_line(s, line, err);
        } else if (one.len > 0 && one.ptr[0] != '#') {
            code = read_line(s, one, line, err);
        }
    }
    fclose(f);
    return code;
}

/* The table of docs/settings.md. */
static void print_table(void)
{
    printf("| setting | |\n|---|---|\n");
    for (size_t i = 0; i < SETTINGS; i++) {
        printf("| `%s` | %s |\n", settings[i].name, settings[i].sentence);
    }
}

static int read_options(int argc, char **argv, struct server *s)
{
    for (int i = 1; i < argc; i++) {
        const struct setting *setting = strncmp(argv[i], "--", 2) == 0 ? find_setting(str_of(argv[i] + 2)) : NULL;
        const char **place = setting != NULL ? place_of(s, setting) : NULL;
        if (strcmp(argv[i], "--upgrade") == 0) {
            s->config.upgrade = true;
        } else if (strcmp(argv[i], "--demo") == 0) {
            s->demo = true;
        } else if (strcmp(argv[i], "--settings-table") == 0) {
            s->table = true;
        } else if (strcmp(argv[i], "--settings") != 0 && place == NULL) {
            return cli_usage("there is no option %s", argv[i]);
        } else if ((*(place != NULL ? place : &s->settings) = cli_value(argc, argv, &i)) == NULL) {
            return EXIT_USAGE;
        } else if (place != NULL) {
            s->given |= 1U << (setting - settings);
        }
    }
    return EXIT_DONE;
}

/* A code for the first administrator, as long as there is none. */
static void tell_first_code(struct server *s)
{
    char code[PEOPLE_CODE];
    struct error err = { .lang = cli_lang };
    if (people_first(s->office.people, clock_now_micros(), code, &err) == OK && code[0] != '\0') {
        fprintf(stderr, "gongshi: ");
        fprintf(stderr, lang_text(cli_lang, "one-time administrator code: %s (for the page /first, or gongshi people "
                                            "first CODE LOGIN NAME)"), code);
        fprintf(stderr, "\n");
    }
}

static void tell_address(const struct server *s)
{
    struct buf store = BUF_INIT(512);
    store_describe(s->office.store, &store);
    fprintf(stderr, "gongshi: %.*s\n", STR_ARG(buf_str(&store)));
    printf("http://%.*s:%u/\n", (int)(strrchr(s->listen, ':') - s->listen), s->listen, http_port(s->http));
    fflush(stdout);
    buf_release(&store);
}

static void handle_signals(struct server *s)
{
    struct sigaction action = { .sa_handler = stop };
    signalled = s->http;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void put_in(void *context)
{
    letters_wake(((struct server *)context)->letters);
}

/* Where files lie while they come in: in the data directory; beside a database, wherever files without a name may. */
static const char *spool_of(struct server *s)
{
    if (strstr(s->config.where, "://") != NULL) {
        return "/tmp";
    }
    const char *path = arena_printf(&s->arena, "%s/spool", s->config.where).ptr;
    return mkdir(path, 0700) == 0 || errno == EEXIST ? path : "/tmp";
}

/* A database's address has its password in it; who it is says its beginning. */
static const char *shown(struct server *s, const char *value)
{
    const char *at = value == NULL ? NULL : strstr(value, "://"), *host = at == NULL ? NULL : strchr(at, '@');
    return host == NULL ? value : arena_printf(&s->arena, "%.*s://…%s", (int)(at - value), value, host).ptr;
}

/* The settings as they are in force, and where each comes from. */
static const struct web_settings *settings_in_force(struct server *s)
{
    struct web_setting *rows = ARENA_ARRAY(&s->arena, struct web_setting, SETTINGS);
    struct web_settings *all = ARENA_NEW(&s->arena, struct web_settings);
    for (size_t i = 0; i < SETTINGS; i++) {
        unsigned bit = 1U << i;
        const char *value = *place_of(s, &settings[i]);
        rows[i] = (struct web_setting){ .name = settings[i].name, .sentence = settings[i].sentence,
                                        .value = value == NULL || value[0] == '\0' ? NULL : shown(s, value),
                                        .from = (s->given & bit) != 0   ? "option"
                                                : (s->filed & bit) != 0 ? "file"
                                                                        : "preset" };
    }
    *all = (struct web_settings){ rows, SETTINGS };
    return all;
}

static bool read_proof(struct server *s)
{
    dec n;
    s->proof_seconds = LIMIT_PEOPLE_PROOF_SECONDS;
    return s->prove_again == NULL ||
           (dec_parse(str_of(s->prove_again), &n) && dec_to_int(n, &s->proof_seconds) && s->proof_seconds >= 0 &&
            s->proof_seconds <= LIMIT_PEOPLE_PROOF_SECONDS);
}

/* Where nothing is said, staff have a second factor: but not where all is invented, and everybody is to look around. */
static bool wants_second_factor(const struct server *s)
{
    return s->second_factor != NULL ? strcmp(s->second_factor, "staff") == 0 : !s->demo;
}

static enum error_code open_http(struct server *s, struct error *err)
{
    s->demo = s->demo || office_is_demo(&s->office);
    s->copier = copies_start(&s->arena, s->office.people, s->office.store, s->backup, &s->copies);
    struct web_config web = { .store = s->office.store, .people = s->office.people, .work = s->office.work,
                              .record = s->office.record, .publish = s->office.publish,
                              .paper = s->office.paper,
                              .address = s->config.address, .name = s->name, .public_host = s->public_host,
                              .staff_host = s->staff_host, .contact = s->contact, .icp = s->icp, .police = s->police,
                              .site_code = s->site_code, .demo = s->demo,
                              .second_factor = wants_second_factor(s), .proof_seconds = s->proof_seconds,
                              .settings = settings_in_force(s), .copies = &s->copies,
                              .scanner = s->scanner,
                              .scanner_waits = s->scanner_down != NULL && strcmp(s->scanner_down, "wait") == 0,
                              .letters = put_in, .context = s };
    struct http_config http = { .listen = s->listen, .proxies = s->proxies, .spool = spool_of(s) };
    http.first_id = (uint64_t)clock_now_micros();
    enum error_code code = s->log == NULL ? OK : log_open(s->log, &s->log_fd, err);
    if (code != OK) {
        return code;
    }
    http.log = s->log == NULL ? NULL : log_request;
    http.log_context = &s->log_fd;
    web_open(&s->arena, &web, &s->web);
    web_configure(s->web, &http);
    return http_open(&http, &s->http, err);
}

static enum error_code run(struct server *s, struct error *err)
{
    enum error_code code = office_open(&s->config, &s->office, err);
    if (code == OK) {
        code = open_http(s, err);
    }
    if (code == OK) {
        code = control_open(&s->office, &s->control, err);
    }
    if (code == OK) {
        handle_signals(s);
        s->letters = letters_start(&s->arena, s->office.people, s->office.store, s->messenger);
        tell_first_code(s);
        tell_address(s);
        http_run(s->http);
    }
    letters_stop(s->letters);
    copies_stop(s->copier);
    control_close(s->control);
    if (s->web != NULL) {
        web_close(s->web);
    }
    if (s->office.work != NULL) {
        office_close(&s->office);
    }
    if (s->http != NULL) {
        http_close(s->http);
    }
    log_close(s->log_fd);
    arena_release(&s->arena);
    return code;
}

/* What one page needed is kept for the next: giving it back to the system and getting it again, zeroed, takes a tenth
 * of the time of a page. */
static void keep_memory(void)
{
    enum { BLOCK = 2 << 20, SPARE = 4 << 20 };
    mallopt(M_MMAP_THRESHOLD, BLOCK);
    mallopt(M_TRIM_THRESHOLD, SPARE);
}

int cli_serve(int argc, char **argv)
{
    struct server s = { .listen = "127.0.0.1:8080", .log_fd = -1 };
    struct error err = { .lang = cli_lang };
    s.config = (struct office_config){ .where = office_default(), .address = "", .serve = true, .published = published,
                                       .context = &s };
    int status = read_options(argc, argv, &s);
    if (status != EXIT_DONE) {
        return status;
    }
    if (s.table) {
        print_table();
        return EXIT_DONE;
    }
    if (read_settings(&s, &err) != OK) {
        return cli_report(&err);
    }
    if (s.scanner_down != NULL && strcmp(s.scanner_down, "wait") != 0 && strcmp(s.scanner_down, "refuse") != 0) {
        return cli_usage("scanner-down is \"refuse\" or \"wait\", not \"%s\"", s.scanner_down);
    }
    if (s.scanner != NULL && s.scanner[0] != '/' && strrchr(s.scanner, ':') == NULL) {
        return cli_usage("\"%s\" is neither a whole path nor an address and port", s.scanner);
    }
    if (s.second_factor != NULL && strcmp(s.second_factor, "staff") != 0 && strcmp(s.second_factor, "none") != 0) {
        return cli_usage("the setting second-factor is staff or none, not \"%s\"", s.second_factor);
    }
    if (!read_proof(&s)) {
        return cli_usage("the setting prove-again is a number of seconds, at most %d", LIMIT_PEOPLE_PROOF_SECONDS);
    }
    if (s.log != NULL && s.log[0] != '/' && strcmp(s.log, "-") != 0) {
        return cli_usage("\"%s\" is neither a whole path nor -", s.log);
    }
    if (strrchr(s.listen, ':') == NULL) {
        return cli_usage("\"%s\" is no address and port", s.listen);
    }
    if (s.config.address[0] == '\0') {
        s.config.address = arena_printf(&s.arena, "http://%s", s.listen).ptr;
    }
    keep_memory();
    return run(&s, &err) == OK ? EXIT_DONE : cli_report(&err);
}
