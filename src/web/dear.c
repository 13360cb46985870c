/* dear: what takes long is done one at a time for each person: reading a table, writing one, computing stored decisions
 * again. A second request of the kind is refused and may come again when the first is answered. It does not wait: that
 * would hold a worker whom others need. Other pages go on meanwhile. */
#include "web/web_int.h"

struct work {
    struct work *next;
    int64_t person;
};

struct web__dear {
    pthread_mutex_t lock;
    struct work *first; /* each on the stack of the worker that does it */
};

struct web__dear *web__dear_new(struct arena *a)
{
    struct web__dear *d = ARENA_NEW(a, struct web__dear);
    pthread_mutex_init(&d->lock, NULL);
    return d;
}

/* Pages that are tables when asked for as a file. As a paper too, but that is left to the helper, which has a queue and
 * holds no worker. */
static bool is_table(const struct web__call *c)
{
    static web__handler *const pages[] = { web__page_ledger, web__page_statistic };
    bool one = false;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        one |= c->route->handler == pages[i];
    }
    const str *as = http_query(c->r, "as");
    return one && as != NULL && (str_eq(*as, STR("xlsx")) || str_eq(*as, STR("csv")));
}

static bool is_dear(const struct web__call *c)
{
    static web__handler *const dear[] = {
        web__form_import,       web__form_import_do,  web__file_import_copy, web__file_export,
        web__file_round_export, web__form_round_import, web__form_round_do,  web__file_round_copy,
        web__form_scheme_simulate,
    };
    for (size_t i = 0; i < sizeof dear / sizeof dear[0]; i++) {
        if (c->route->handler == dear[i]) {
            return true;
        }
    }
    return is_table(c);
}

/* False: the person has something of the kind done already. */
static bool begin(struct web__dear *d, struct work *own)
{
    pthread_mutex_lock(&d->lock);
    bool free = true;
    for (const struct work *w = d->first; w != NULL; w = w->next) {
        free &= w->person != own->person;
    }
    if (free) {
        own->next = d->first;
        d->first = own;
    }
    pthread_mutex_unlock(&d->lock);
    return free;
}

static void end(struct web__dear *d, struct work *own)
{
    pthread_mutex_lock(&d->lock);
    struct work **at = &d->first;
    while (*at != own) {
        at = &(*at)->next;
    }
    *at = own->next;
    pthread_mutex_unlock(&d->lock);
}

static void refuse(struct web__call *c)
{
    struct error err = { .lang = c->lang };
    error_set(&err, ERROR_LIMIT, "something of yours that takes long is still being done");
    error_hint(&err, "wait until its answer is there, then ask again; other pages can be used meanwhile");
    http_add_header(c->r, "Retry-After", STR("2"));
    web__refuse(c, 429, &err);
}

void web__handle(struct web__call *c)
{
    struct work own = { .person = c->person };
    if (!is_dear(c)) {
        c->route->handler(c);
    } else if (begin(c->web->dear, &own)) {
        c->route->handler(c);
        end(c->web->dear, &own);
    } else {
        refuse(c);
    }
}
