/* cache: answers that the loop gives by itself.
 *
 * A table of buckets with a few places each. An entry is good while the version counter stands where it stood when the
 * handler that made it was called. A new one takes the place of one that is out of date, or was used longest ago; when
 * all entries together are too large, buckets are emptied one after another.
 */
#include "http/http_int.h"

enum { BUCKETS = 1024, PLACES = 4 };

struct http__cache {
    struct http__entry *places[BUCKETS][PLACES];
    size_t bytes;
    uint64_t clock; /* counts uses */
    uint32_t hand;  /* the bucket that is emptied next */
};

struct http__cache *http__cache_new(struct arena *a)
{
    return ARENA_NEW(a, struct http__cache);
}

void http__entry_drop(struct http__entry *e)
{
    if (--e->references == 0) {
        struct arena arena = e->arena;
        arena_release(&arena);
    }
}

static void clear_place(struct http__cache *c, struct http__entry **place)
{
    if (*place != NULL) {
        c->bytes -= (*place)->bytes;
        http__entry_drop(*place);
        *place = NULL;
    }
}

static void clear_bucket(struct http__cache *c, uint32_t bucket)
{
    for (size_t i = 0; i < PLACES; i++) {
        clear_place(c, &c->places[bucket][i]);
    }
}

void http__cache_free(struct http__cache *c)
{
    for (uint32_t i = 0; i < BUCKETS; i++) {
        clear_bucket(c, i);
    }
}

static struct http__entry **bucket_of(struct http__cache *c, const struct http_request *r)
{
    return c->places[str_hash(r->target) % BUCKETS];
}

static bool fits(const struct http__entry *e, const struct http_request *r, uint32_t variant)
{
    return e != NULL && e->variant == variant && str_eq(e->target, r->target) && str_eq(e->host, r->host);
}

struct http__entry *http__cache_find(struct http__cache *c, const struct http_request *r, uint32_t variant,
                                     uint64_t version)
{
    struct http__entry **places = bucket_of(c, r);
    for (size_t i = 0; i < PLACES; i++) {
        if (fits(places[i], r, variant) && places[i]->version == version) {
            places[i]->references++;
            places[i]->used = ++c->clock;
            return places[i];
        }
    }
    return NULL;
}

/* The place for a new entry: that of its forerunner, an empty one, or the one that was used longest ago. */
static struct http__entry **choose_place(struct http__cache *c, const struct http_request *r, uint32_t variant)
{
    struct http__entry **places = bucket_of(c, r), **best = &places[0];
    for (size_t i = 0; i < PLACES; i++) {
        if (fits(places[i], r, variant)) {
            return &places[i];
        }
        uint64_t used = places[i] == NULL || places[i]->version < r->version ? 0 : places[i]->used;
        uint64_t least = *best == NULL || (*best)->version < r->version ? 0 : (*best)->used;
        if (used < least) {
            best = &places[i];
        }
    }
    return best;
}

static struct http__entry *make_entry(const struct http_request *r, uint32_t variant)
{
    struct arena a = ARENA_INIT;
    struct http__entry *e = ARENA_NEW(&a, struct http__entry);
    e->references = 1;
    e->variant = variant;
    e->version = r->version;
    e->label = r->label;
    e->target = arena_str(&a, r->target);
    e->host = arena_str(&a, r->host);
    e->etag = arena_str(&a, r->etag);
    e->head = arena_str(&a, r->answer_head);
    e->head_not_modified =
        arena_printf(&a, "HTTP/1.1 304 Not Modified\r\n%.*s", (int)r->added.len, r->added.len == 0 ? "" : r->added.ptr);
    e->body = arena_str(&a, r->answer_body);
    e->bytes = arena_used(&a);
    e->arena = a;
    return e;
}

void http__cache_put(struct http__cache *c, const struct http_request *r, uint32_t variant)
{
    if (r->answer_body.len > LIMIT_HTTP_CACHED) {
        return;
    }
    struct http__entry **place = choose_place(c, r, variant);
    clear_place(c, place);
    struct http__entry *e = make_entry(r, variant);
    c->bytes += e->bytes;
    *place = e;
    while (c->bytes > LIMIT_HTTP_CACHE) {
        clear_bucket(c, c->hand);
        c->hand = (c->hand + 1) % BUCKETS;
    }
}
