/* ask: how often an address may ask for what a code guards, or begin a dossier without an account. Addresses are
 * counted for an hour in a table of fixed size; where two share a place, they share its count: a stranger may be turned
 * away for an hour, a code is never tried more often. */
#include "web/web_int.h"

#include "base/limit.h"

enum { HOUR = 3600 };

bool web__may_ask(struct web__call *c)
{
    struct web *web = c->web;
    struct error err = { .lang = c->lang };
    int64_t hour = c->now / 1000000 / HOUR;
    struct web__asks *a = &web->asks[str_hash(http_client(c->r)) % WEB__ASKERS];
    pthread_mutex_lock(&web->asks_lock);
    if (a->hour != hour) {
        *a = (struct web__asks){ .hour = hour };
    }
    bool may = a->count < LIMIT_WEB_ASKS;
    a->count += may;
    pthread_mutex_unlock(&web->asks_lock);
    if (may) {
        return true;
    }
    error_set(&err, ERROR_LIMIT, "this address has asked too often");
    error_detail(&err, "limit %s = %d", "WEB_ASKS", LIMIT_WEB_ASKS);
    error_hint(&err, "try again in an hour, or ask the office");
    http_add_header(c->r, "Retry-After", arena_printf(c->arena, "%lld", (long long)(HOUR - c->now / 1000000 % HOUR)));
    web__refuse(c, 429, &err);
    return false;
}
