/* target: what stands in the first line of a request and in its Host header, decoded. */
#include "http/http_int.h"
#include "text/utf8.h"

bool http__is_text(str s)
{
    return (s.len == 0 || memchr(s.ptr, '\0', s.len) == NULL) && utf8_valid(s);
}

void http__add_pair(struct http_request *r, struct http__pairs *pairs, str name, str value)
{
    if (pairs->count == pairs->size) {
        size_t size = pairs->size == 0 ? 16 : pairs->size * 2;
        pairs->items = arena_grow(&r->arena, pairs->items, pairs->size * sizeof *pairs->items,
                                  size * sizeof *pairs->items);
        pairs->size = size;
    }
    pairs->items[pairs->count++] = (struct http_pair){ name, value };
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    int lower = c | 32;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Percent-decodes into the arena; in forms a + is a space. False where a % has no two digits. */
static bool decode(struct arena *a, str s, bool form, str *ret)
{
    if (s.len == 0 || (memchr(s.ptr, '%', s.len) == NULL && (!form || memchr(s.ptr, '+', s.len) == NULL))) {
        *ret = s;
        return true;
    }
    char *out = arena_alloc(a, s.len);
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%') {
            int high = i + 2 < s.len ? hex(s.ptr[i + 1]) : -1;
            int low = i + 2 < s.len ? hex(s.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if (form && c == '+') {
            c = ' ';
        }
        out[n++] = c;
    }
    *ret = (str){ out, n };
    return true;
}

/* ---- Queries and forms ---- */

static bool read_pair(struct http_request *r, str text, struct http__pairs *pairs)
{
    const char *sign = memchr(text.ptr, '=', text.len);
    size_t n = sign == NULL ? text.len : (size_t)(sign - text.ptr);
    str name, value;
    if (!decode(&r->arena, str_slice(text, 0, n), true, &name) ||
        !decode(&r->arena, str_slice(text, n + (sign != NULL), text.len), true, &value)) {
        return http__refuse(r, 400, "a percent sign is not followed by two digits");
    }
    if (!http__is_text(name) || !http__is_text(value)) {
        return http__refuse(r, 400, "a name or value is no UTF-8 text");
    }
    if (pairs->count >= LIMIT_HTTP_FIELDS) {
        return http__refuse(r, 413, "there are too many fields");
    }
    http__add_pair(r, pairs, name, value);
    return true;
}

bool http__read_pairs(struct http_request *r, str text, struct http__pairs *pairs)
{
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '&', text.len);
        str pair = { text.ptr, end == NULL ? text.len : (size_t)(end - text.ptr) };
        if (pair.len > 0 && !read_pair(r, pair, pairs)) {
            return false;
        }
        text = str_slice(text, pair.len + (end != NULL), text.len);
    }
    return true;
}

/* ---- Paths ---- */

/* An encoded slash would be another path to each reader; nobody means a control character. */
static bool is_plain_path(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 || c == 0x7F || c == '\\') {
            return false;
        }
    }
    return utf8_valid(s);
}

static bool has_encoded_slash(str raw)
{
    for (size_t i = 0; i + 2 < raw.len; i++) {
        if (raw.ptr[i] == '%' && raw.ptr[i + 1] == '2' && (raw.ptr[i + 2] | 32) == 'f') {
            return true;
        }
    }
    return false;
}

/* Resolves dot segments and drops empty ones; false where the path leaves the root. */
static bool normalise(struct arena *a, str path, str *ret)
{
    char *out = arena_alloc(a, path.len + 1);
    size_t n = 0;
    bool slash = true; /* whether the path ends with one */
    for (size_t i = 0; i < path.len;) {
        const char *end = memchr(path.ptr + i, '/', path.len - i);
        size_t len = end == NULL ? path.len - i : (size_t)(end - path.ptr) - i;
        str segment = { path.ptr + i, len };
        i += len + (end != NULL);
        slash = end != NULL;
        if (str_eq(segment, STR(".."))) {
            if (n == 0) {
                return false;
            }
            while (out[--n] != '/') {
            }
            slash = true;
        } else if (str_eq(segment, STR("."))) {
            slash = true;
        } else if (len > 0) {
            out[n++] = '/';
            memcpy(out + n, segment.ptr, len);
            n += len;
        }
    }
    if (slash || n == 0) {
        out[n++] = '/';
    }
    *ret = (str){ out, n };
    return true;
}

/* Nearly all paths stand as they are. */
static bool is_normal(str raw)
{
    for (size_t i = 1; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '%' || c == '\\' || (raw.ptr[i - 1] == '/' && (c == '/' || c == '.'))) {
            return false;
        }
    }
    return true;
}

static bool read_path(struct http_request *r, str raw)
{
    str decoded;
    if (is_normal(raw)) {
        r->path = raw;
        return true;
    }
    if (!decode(&r->arena, raw, false, &decoded)) {
        return http__refuse(r, 400, "a percent sign is not followed by two digits");
    }
    if (has_encoded_slash(raw) || !is_plain_path(decoded)) {
        return http__refuse(r, 400, "the path has a character that no path has here");
    }
    if (!normalise(&r->arena, decoded, &r->path)) {
        return http__refuse(r, 400, "the path leaves the root");
    }
    return true;
}

/* ---- Hosts ---- */

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
}

/* A name or an IPv4 address, or an IPv6 address in brackets; then, perhaps, a port. */
static bool is_host(str s)
{
    size_t i = 0;
    struct http__address a;
    if (s.len > 0 && s.ptr[0] == '[') {
        const char *end = memchr(s.ptr, ']', s.len);
        if (end == NULL || !http__address_read(s.ptr + 1, (size_t)(end - s.ptr) - 1, &a)) {
            return false;
        }
        i = (size_t)(end - s.ptr) + 1;
    } else {
        while (i < s.len && is_host_char(s.ptr[i])) {
            i++;
        }
    }
    if (i == 0 || i > 255) {
        return false;
    }
    if (i == s.len) {
        return true;
    }
    size_t digits = s.len - i - 1;
    if (s.ptr[i] != ':' || digits == 0 || digits > 5) {
        return false;
    }
    for (i++; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

bool http__read_host(struct http_request *r)
{
    size_t hosts = 0;
    for (size_t i = 0; i < r->headers.count; i++) {
        if (str_eq(r->headers.items[i].name, STR("host"))) {
            r->host = r->headers.items[i].value;
            hosts++;
        }
    }
    if (hosts == 0 && r->parser.http_minor == 0) {
        return true;
    }
    if (hosts != 1 || !is_host(r->host)) {
        return http__refuse(r, 400, "there must be one valid Host header");
    }
    return true;
}

static bool same_host(str a, str b)
{
    for (size_t i = 0; i < a.len && a.len == b.len; i++) {
        char x = a.ptr[i], y = b.ptr[i];
        x = x >= 'A' && x <= 'Z' ? (char)(x + 32) : x;
        y = y >= 'A' && y <= 'Z' ? (char)(y + 32) : y;
        if (x != y) {
            return false;
        }
    }
    return a.len == b.len;
}

/* "http://host/path" names a host itself, which must be that of the header (RFC 9112, 3.2.2, lets the target win; two
 * names in one request are a way to be read in two ways). Leaves the rest from the path on. */
static bool read_absolute(struct http_request *r, str *raw)
{
    bool secure = str_starts_with(*raw, STR("https://"));
    if (!secure && !str_starts_with(*raw, STR("http://"))) {
        return http__refuse(r, 400, "the target is no path");
    }
    size_t from = secure ? 8 : 7, to = from;
    while (to < raw->len && raw->ptr[to] != '/' && raw->ptr[to] != '?') {
        to++;
    }
    str host = str_slice(*raw, from, to);
    if (!is_host(host) || (r->host.len > 0 && !same_host(host, r->host))) {
        return http__refuse(r, 400, "the target names another host than the Host header");
    }
    if (to == raw->len) {
        *raw = STR("/");
    } else if (raw->ptr[to] == '?') {
        return http__refuse(r, 400, "the target is no path");
    } else {
        *raw = str_slice(*raw, to, raw->len);
    }
    return true;
}

bool http__read_target(struct http_request *r, str raw)
{
    if (!http__read_host(r)) {
        return false;
    }
    if (r->method == HTTP_METHOD_OPTIONS && str_eq(raw, STR("*"))) {
        r->path = raw;
        return true;
    }
    if (raw.len > 0 && raw.ptr[0] != '/' && !read_absolute(r, &raw)) {
        return false;
    }
    r->target = raw;
    const char *mark = memchr(raw.ptr, '?', raw.len);
    size_t n = mark == NULL ? raw.len : (size_t)(mark - raw.ptr);
    r->query = str_slice(raw, n + (mark != NULL), raw.len);
    return read_path(r, str_slice(raw, 0, n)) && http__read_pairs(r, r->query, &r->queries);
}
