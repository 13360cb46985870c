/* serve: gongshi serve [--data DIR|postgres://…] [--listen ADDRESS:PORT] [--address URL] [--ship DIR] [--upgrade]
 *                      [--proxy ADDRESS] [--name TEXT] [--public-host HOST] [--staff-host HOST] [--demo]
 *                      [--sealer PROGRAM] [--contact TEXT] [--icp TEXT] [--police TEXT] [--site-code TEXT]
 *
 * The whole server, read from top to bottom: the office, the web over it, the control socket, the HTTP server. It stops
 * by SIGTERM or SIGINT: what was asked is answered, then everything is closed in the opposite order.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"
#include "http/http.h"
#include "web/web.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

struct server {
    struct arena arena;
    struct office_config config;
    const char *listen;
    const char *proxies[2]; /* the reverse proxy in front, then NULL */
    const char *name, *public_host, *staff_host;
    const char *contact, *icp, *police, *site_code;
    bool demo;
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

static int read_options(int argc, char **argv, struct server *s)
{
    static const char *const names[] = { "--data", "--listen", "--address", "--ship", "--proxy", "--name",
                                         "--public-host", "--staff-host", "--sealer", "--contact", "--icp",
                                         "--police", "--site-code" };
    const char **const places[] = { &s->config.where, &s->listen, &s->config.address, &s->config.ship,
                                    &s->proxies[0], &s->name, &s->public_host, &s->staff_host, &s->config.sealer, &s->contact,
                                    &s->icp, &s->police, &s->site_code };
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        while (k < sizeof names / sizeof names[0] && strcmp(argv[i], names[k]) != 0) {
            k++;
        }
        if (strcmp(argv[i], "--upgrade") == 0) {
            s->config.upgrade = true;
        } else if (strcmp(argv[i], "--demo") == 0) {
            s->demo = true;
        } else if (k == sizeof names / sizeof names[0]) {
            return cli_usage("there is no option %s", argv[i]);
        } else if ((*places[k] = cli_value(argc, argv, &i)) == NULL) {
            return EXIT_USAGE;
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
        fprintf(stderr, lang_text(cli_lang, "one-time administrator code: %s (gongshi people first CODE LOGIN NAME)"),
                code);
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

/* Where files lie while they come in: in the data directory; beside a database, wherever files without a name may. */
static const char *spool_of(struct server *s)
{
    if (strstr(s->config.where, "://") != NULL) {
        return "/tmp";
    }
    const char *path = arena_printf(&s->arena, "%s/spool", s->config.where).ptr;
    return mkdir(path, 0700) == 0 || errno == EEXIST ? path : "/tmp";
}

static enum error_code open_http(struct server *s, struct error *err)
{
    struct web_config web = { .store = s->office.store, .people = s->office.people, .work = s->office.work,
                              .record = s->office.record, .publish = s->office.publish,
                              .paper = s->office.paper,
                              .address = s->config.address, .name = s->name, .public_host = s->public_host,
                              .staff_host = s->staff_host, .contact = s->contact, .icp = s->icp, .police = s->police,
                              .site_code = s->site_code, .demo = s->demo };
    struct http_config http = { .listen = s->listen, .proxies = s->proxies, .spool = spool_of(s) };
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
        tell_first_code(s);
        tell_address(s);
        http_run(s->http);
    }
    control_close(s->control);
    if (s->office.work != NULL) {
        office_close(&s->office);
    }
    if (s->http != NULL) {
        http_close(s->http);
    }
    arena_release(&s->arena);
    return code;
}

int cli_serve(int argc, char **argv)
{
    struct server s = { .listen = "127.0.0.1:8080" };
    struct error err = { .lang = cli_lang };
    s.config = (struct office_config){ .where = office_default(), .address = "", .serve = true, .published = published,
                                       .context = &s };
    int status = read_options(argc, argv, &s);
    if (status != EXIT_DONE) {
        return status;
    }
    if (strrchr(s.listen, ':') == NULL) {
        return cli_usage("\"%s\" is no address and port", s.listen);
    }
    if (s.config.address[0] == '\0') {
        s.config.address = arena_printf(&s.arena, "http://%s", s.listen).ptr;
    }
    return run(&s, &err) == OK ? EXIT_DONE : cli_report(&err);
}
