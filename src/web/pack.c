/* pack: pages for everybody in the form of gzip. Compressing takes longer than making most pages, and a page that is
 * made anew is mostly the same as before: so what was compressed last is kept under the tag of its bytes. */
#include "web/web_int.h"

#include "base/limit.h"

#include <zlib.h>

enum { PLACES = 128, LARGEST = LIMIT_WEB_PACKED / PLACES };

/* A place is found by the tag's first byte; whoever comes takes it from who was there. */
struct place {
    char tag[WEB__TAG];
    struct arena arena;
    str bytes; /* empty: the place is free */
};

struct web__packs {
    pthread_mutex_t lock;
    struct place places[PLACES];
};

struct web__packs *web__packs_new(struct arena *a)
{
    struct web__packs *p = ARENA_NEW(a, struct web__packs);
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void web__packs_free(struct web__packs *p)
{
    for (size_t i = 0; i < PLACES; i++) {
        arena_release(&p->places[i].arena);
    }
    pthread_mutex_destroy(&p->lock);
}

bool web__takes_gzip(const struct http_request *r)
{
    str accept = http_header(r, "accept-encoding");
    return accept.len >= 4 && memmem(accept.ptr, accept.len, "gzip", 4) != NULL;
}

/* The same bytes in the form of gzip; false when there is nothing to gain. */
static bool compress_now(struct arena *a, str bytes, str *ret)
{
    enum { WORTH = 1024, LEVEL = 6, GZIP = 15 + 16 };
    z_stream z = { 0 };
    if (bytes.len < WORTH || deflateInit2(&z, LEVEL, Z_DEFLATED, GZIP, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    char *packed = arena_alloc(a, bytes.len);
    z.next_in = (unsigned char *)(uintptr_t)bytes.ptr; /* zlib reads it */
    z.avail_in = (uInt)bytes.len;
    z.next_out = (unsigned char *)packed;
    z.avail_out = (uInt)bytes.len;
    bool whole = deflate(&z, Z_FINISH) == Z_STREAM_END;
    *ret = (str){ packed, z.total_out };
    deflateEnd(&z);
    return whole;
}

static struct place *place_of(struct web__packs *p, const char *tag)
{
    return &p->places[str_hash((str){ tag, WEB__TAG }) % PLACES];
}

bool web__pack(struct web__packs *p, struct arena *a, const char *tag, str bytes, str *ret)
{
    struct place *place = place_of(p, tag);
    pthread_mutex_lock(&p->lock);
    bool found = place->bytes.len > 0 && memcmp(place->tag, tag, WEB__TAG) == 0;
    if (found) {
        *ret = arena_str(a, place->bytes);
    }
    pthread_mutex_unlock(&p->lock);
    if (found) {
        return true;
    }
    bool packed = compress_now(a, bytes, ret);
    if (packed && ret->len <= LARGEST) {
        pthread_mutex_lock(&p->lock);
        arena_clear(&place->arena);
        place->bytes = arena_str(&place->arena, *ret);
        memcpy(place->tag, tag, WEB__TAG);
        pthread_mutex_unlock(&p->lock);
    }
    return packed;
}
