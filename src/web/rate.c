/* rate: how often one network address may try things that somebody may want to try often: log-ins that fail, codes that
 * are sent or guessed, objections, computing without an account. In memory: a server that starts anew forgets. An IPv6
 * network /64 counts as one address.
 *
 * A table of fixed size with a few places for each key; when all are taken the one whose time began first is given up.
 * So memory is bounded, and who wants to push his own count out has to come from many addresses, each with a count of
 * its own. */
#include "web/web_int.h"

#include "base/limit.h"

#include <arpa/inet.h>
#include <pthread.h>

enum { SETS = 1024, WAYS = 4, KEY = 9 };

struct place {
    unsigned char key[KEY]; /* the kind and the first 8 bytes of the address; kind 0: free */
    uint32_t count;
    int64_t since;
};

struct web__rates {
    pthread_mutex_t lock;
    struct place places[SETS][WAYS];
};

static const struct {
    const char *limit, *what; /* the sentence is English */
    uint32_t most;
    int64_t seconds;
} bounds[] = {
    [WEB__RATE_LOGIN] = { "WEB_RATE_LOGIN", "log-ins that failed", LIMIT_WEB_RATE_LOGIN, LIMIT_WEB_RATE_SECONDS },
    [WEB__RATE_CODE] = { "WEB_RATE_CODE", "codes that were sent", LIMIT_WEB_RATE_CODE, LIMIT_WEB_RATE_SECONDS },
    [WEB__RATE_FOLLOW] = { "WEB_ASKS", "questions with number and code", LIMIT_WEB_ASKS, LIMIT_WEB_ASKS_SECONDS },
    [WEB__RATE_BEGIN] = { "WEB_ASKS", "objections and ratings", LIMIT_WEB_ASKS, LIMIT_WEB_ASKS_SECONDS },
    [WEB__RATE_CHECK] = { "WEB_CHECKS", "computations without an account", LIMIT_WEB_CHECKS, LIMIT_WEB_ASKS_SECONDS },
};

struct web__rates *web__rates_new(struct arena *a)
{
    struct web__rates *r = arena_calloc(a, 1, sizeof *r);
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

static void key_of(struct web__call *c, enum web__rate rate, unsigned char ret[KEY])
{
    unsigned char address[16] = { 0 };
    str client = arena_str(c->arena, http_client(c->r));
    if (inet_pton(AF_INET6, client.ptr, address) != 1) {
        inet_pton(AF_INET, client.ptr, address);
    }
    ret[0] = (unsigned char)(rate + 1);
    memcpy(ret + 1, address, KEY - 1);
}

static uint32_t set_of(const unsigned char key[KEY])
{
    uint32_t hash = 2166136261U;
    for (size_t i = 0; i < KEY; i++) {
        hash = (hash ^ key[i]) * 16777619U;
    }
    return (hash ^ (hash >> 16)) % SETS;
}

/* The place of a key; with `make` one is taken where there was none. What is past its time counts as free. */
static struct place *place_of(struct web__rates *r, const unsigned char key[KEY], int64_t now, int64_t seconds,
                              bool make)
{
    struct place *set = r->places[set_of(key)], *oldest = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key[0] != 0 && now - set[i].since >= seconds * 1000000) {
            set[i] = (struct place){ .count = 0 };
        }
        if (memcmp(set[i].key, key, KEY) == 0) {
            return &set[i];
        }
        oldest = set[i].since < oldest->since ? &set[i] : oldest;
    }
    if (!make) {
        return NULL;
    }
    *oldest = (struct place){ .since = now };
    memcpy(oldest->key, key, KEY);
    return oldest;
}

bool web__within_rate(struct web__call *c, enum web__rate rate)
{
    unsigned char key[KEY];
    struct web__rates *r = c->web->rates;
    struct error err = { .lang = c->lang };
    key_of(c, rate, key);
    pthread_mutex_lock(&r->lock);
    const struct place *p = place_of(r, key, c->now, bounds[rate].seconds, false);
    int64_t wait = p != NULL && p->count >= bounds[rate].most ? p->since + bounds[rate].seconds * 1000000 - c->now : 0;
    pthread_mutex_unlock(&r->lock);
    if (wait <= 0) {
        return true;
    }
    int64_t seconds = wait / 1000000 + 1;
    error_set(&err, ERROR_LIMIT, "too much was tried from your network address");
    error_detail(&err, "%s: at most %u in %lld minutes (%s)", lang_text(c->lang, bounds[rate].what), bounds[rate].most,
                 (long long)bounds[rate].seconds / 60, bounds[rate].limit);
    error_hint(&err, "try again in %lld seconds, or ask the office at its counter or by telephone", (long long)seconds);
    http_add_header(c->r, "Retry-After", arena_printf(c->arena, "%lld", (long long)seconds));
    c->again = c->now + seconds * 1000000;
    c->secret = true;
    web__refuse(c, 429, &err);
    return false;
}

void web__count_rate(struct web__call *c, enum web__rate rate)
{
    unsigned char key[KEY];
    struct web__rates *r = c->web->rates;
    key_of(c, rate, key);
    pthread_mutex_lock(&r->lock);
    place_of(r, key, c->now, bounds[rate].seconds, true)->count++;
    pthread_mutex_unlock(&r->lock);
}

bool web__take_rate(struct web__call *c, enum web__rate rate)
{
    bool within = web__within_rate(c, rate);
    if (within) {
        web__count_rate(c, rate);
    }
    return within;
}
