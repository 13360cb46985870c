/* address: addresses as 16 bytes, networks, and how many connections each address has. */
#include "http/http_int.h"

#include <arpa/inet.h>
#include <assert.h>

static const unsigned char ipv4_prefix[12] = { [10] = 0xFF, [11] = 0xFF };

bool http__address_read(const char *text, size_t len, struct http__address *ret)
{
    char copy[INET6_ADDRSTRLEN];
    struct http__address a;
    if (len == 0 || len >= sizeof copy) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (inet_pton(AF_INET, copy, a.bytes + 12) == 1) {
        memcpy(a.bytes, ipv4_prefix, sizeof ipv4_prefix);
    } else if (inet_pton(AF_INET6, copy, a.bytes) != 1) {
        return false;
    }
    *ret = a;
    return true;
}

struct http__address http__address_of(const struct sockaddr *s)
{
    struct http__address a = { { 0 } };
    if (s->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, s, sizeof in);
        memcpy(a.bytes, ipv4_prefix, sizeof ipv4_prefix);
        memcpy(a.bytes + 12, &in.sin_addr, 4);
    } else if (s->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, s, sizeof in6);
        memcpy(a.bytes, &in6.sin6_addr, 16);
    }
    return a;
}

static bool is_ipv4(struct http__address a)
{
    return memcmp(a.bytes, ipv4_prefix, sizeof ipv4_prefix) == 0;
}

void http__address_text(struct http__address a, char *out, size_t size)
{
    bool four = is_ipv4(a);
    const char *done = inet_ntop(four ? AF_INET : AF_INET6, a.bytes + (four ? 12 : 0), out, (socklen_t)size);
    assert(done != NULL);
}

/* ---- Networks ---- */

bool http__network_read(const char *text, struct http__network *ret)
{
    const char *slash = strchr(text, '/');
    size_t n = slash == NULL ? strlen(text) : (size_t)(slash - text);
    struct http__network network;
    if (!http__address_read(text, n, &network.address)) {
        return false;
    }
    uint32_t width = is_ipv4(network.address) ? 32 : 128, bits = 0;
    for (const char *p = slash == NULL ? "" : slash + 1; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || bits > width) {
            return false;
        }
        bits = bits * 10 + (uint32_t)(*p - '0');
    }
    if (bits > width || (slash != NULL && slash[1] == '\0')) {
        return false;
    }
    network.bits = slash == NULL ? 128 : 128 - width + bits;
    *ret = network;
    return true;
}

static bool has(const struct http__network *network, struct http__address a)
{
    uint32_t whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(network->address.bytes, a.bytes, whole) != 0) {
        return false;
    }
    return rest == 0 || ((network->address.bytes[whole] ^ a.bytes[whole]) >> (8 - rest)) == 0;
}

bool http__network_has(const struct http__network *networks, size_t count, struct http__address a)
{
    for (size_t i = 0; i < count; i++) {
        if (has(&networks[i], a)) {
            return true;
        }
    }
    return false;
}

void http__name_client(struct http_request *r)
{
    const struct http_server *s = r->server;
    for (size_t i = r->headers.count; i > 0; i--) {
        const struct http_pair *h = &r->headers.items[i - 1];
        for (str list = str_eq(h->name, STR("x-forwarded-for")) ? h->value : STR(""); list.len > 0;) {
            const char *comma = memrchr(list.ptr, ',', list.len);
            size_t from = comma == NULL ? 0 : (size_t)(comma - list.ptr) + 1;
            str last = str_trim(str_slice(list, from, list.len));
            struct http__address a;
            if (!http__address_read(last.ptr, last.len, &a)) {
                return;
            }
            http__address_text(a, r->client, sizeof r->client);
            if (!http__network_has(s->proxies, s->proxy_count, a)) {
                return;
            }
            list = str_slice(list, 0, from == 0 ? 0 : from - 1);
        }
    }
}

/* ---- Counting ---- */

/* A table with open addressing, never more than half full: there are no more addresses than connections. */
struct row {
    struct http__address address;
    uint32_t count; /* 0: free */
};

struct http__tally {
    struct row *rows;
    uint32_t mask;
};

struct http__tally *http__tally_new(struct arena *a, uint32_t connections)
{
    struct http__tally *t = ARENA_NEW(a, struct http__tally);
    uint32_t size = 16;
    while (size < connections * 2) {
        size *= 2;
    }
    t->rows = ARENA_ARRAY(a, struct row, size);
    t->mask = size - 1;
    return t;
}

/* A household has a whole /64 of IPv6. */
static struct http__address counted(struct http__address a)
{
    if (!is_ipv4(a)) {
        memset(a.bytes + 8, 0, 8);
    }
    return a;
}

static uint32_t home(const struct http__tally *t, struct http__address a)
{
    return str_hash((str){ (const char *)a.bytes, sizeof a.bytes }) & t->mask;
}

/* The row of the address, or the free one where it would stand. */
static uint32_t find(const struct http__tally *t, struct http__address a)
{
    uint32_t i = home(t, a);
    while (t->rows[i].count > 0 && memcmp(&t->rows[i].address, &a, sizeof a) != 0) {
        i = (i + 1) & t->mask;
    }
    return i;
}

bool http__tally_add(struct http__tally *t, struct http__address a, uint32_t bound)
{
    a = counted(a);
    struct row *row = &t->rows[find(t, a)];
    if (row->count >= bound) {
        return false;
    }
    row->address = a;
    row->count++;
    return true;
}

void http__tally_take(struct http__tally *t, struct http__address a)
{
    uint32_t i = find(t, counted(a));
    assert(t->rows[i].count > 0);
    if (--t->rows[i].count > 0) {
        return;
    }
    /* Rows behind the gap that began their search before it move up. */
    for (uint32_t k = (i + 1) & t->mask; t->rows[k].count > 0; k = (k + 1) & t->mask) {
        uint32_t from = home(t, t->rows[k].address);
        if (((k - from) & t->mask) >= ((k - i) & t->mask)) {
            t->rows[i] = t->rows[k];
            t->rows[k].count = 0;
            i = k;
        }
    }
}
