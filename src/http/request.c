/* request: reading one, and what handlers ask of it.
 *
 * The head is gathered until wire.c sees its end and then given to llhttp in one piece, so that every name and value is
 * a slice of it. Bodies are given on as they come.
 */
#include "http/http_int.h"

#include <unistd.h>

/* Memory that a request keeps for the next one. */
enum { KEPT_MEMORY = 32 << 10 };

void http__request_begin(struct http_request *r, const struct http_config *config)
{
    struct arena arena = r->arena;
    memset(r, 0, sizeof *r);
    r->arena = arena;
    r->config = config;
    r->body_fd = r->answer_fd = -1;
}

void http__request_end(struct http_request *r)
{
    for (size_t i = 0; i < r->file_count; i++) {
        if (r->files[i].fd >= 0) {
            close(r->files[i].fd);
        }
    }
    if (r->body_fd >= 0) {
        close(r->body_fd);
    }
    if (r->answer_fd >= 0) {
        close(r->answer_fd);
    }
    r->file_count = 0;
    r->body_fd = r->answer_fd = -1;
    if (arena_used(&r->arena) > KEPT_MEMORY) {
        arena_release(&r->arena);
    } else {
        arena_clear(&r->arena);
    }
}

bool http__refuse(struct http_request *r, int status, const char *message)
{
    if (r->refusal.status == 0) {
        r->refusal = (struct http__refusal){ status, message };
    }
    r->state = HTTP__REFUSED;
    return false;
}

/* ---- llhttp ---- */

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
    struct http_request *r = parser->data;
    r->target = (str){ at, len };
    return 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t len)
{
    struct http_request *r = parser->data;
    if (!r->head_ended) {
        http__add_pair(r, &r->headers, (str){ at, len }, STR(""));
    }
    return 0;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len)
{
    struct http_request *r = parser->data;
    if (!r->head_ended) {
        r->headers.items[r->headers.count - 1].value = str_trim((str){ at, len });
    }
    return 0;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct http_request *r = parser->data;
    r->head_ended = true;
    r->keep_alive = llhttp_should_keep_alive(parser) && parser->http_minor == 1;
    parser->upgrade = 0; /* nothing is ever upgraded: the header may be ignored (RFC 9110, 7.8) */
    return 0;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    return http__body_add(parser->data, (str){ at, len }) ? 0 : -1;
}

static int on_message_complete(llhttp_t *parser)
{
    struct http_request *r = parser->data;
    r->ended = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* Gives llhttp a piece in which wire.c found nothing wrong, and which ends where it thinks that the message ends. */
static bool execute(struct http_request *r, const char *data, size_t len)
{
    llhttp_errno_t code = llhttp_execute(&r->parser, data, len);
    if (code == HPE_OK || (code == HPE_PAUSED && r->ended && llhttp_get_error_pos(&r->parser) == data + len)) {
        return true;
    }
    switch ((int)code) {
    case HPE_INVALID_METHOD:
        return http__refuse(r, 501, "this method is not known here");
    case HPE_UNEXPECTED_CONTENT_LENGTH:
    case HPE_INVALID_CONTENT_LENGTH:
        return http__refuse(r, 400, "the length of the body is not clear");
    case HPE_INVALID_TRANSFER_ENCODING:
        return http__refuse(r, 400, "the only transfer encoding is chunked");
    case HPE_INVALID_CHUNK_SIZE:
        return http__refuse(r, 400, "the size of a chunk cannot be read");
    default:
        return http__refuse(r, 400, "this is no HTTP request");
    }
}

/* ---- What a head means ---- */

static bool read_method(struct http_request *r)
{
    static const struct {
        llhttp_method_t theirs;
        enum http_method ours;
    } methods[] = {
        { HTTP_GET, HTTP_METHOD_GET },     { HTTP_HEAD, HTTP_METHOD_HEAD },   { HTTP_POST, HTTP_METHOD_POST },
        { HTTP_PUT, HTTP_METHOD_PUT },     { HTTP_DELETE, HTTP_METHOD_DELETE }, { HTTP_PATCH, HTTP_METHOD_PATCH },
        { HTTP_OPTIONS, HTTP_METHOD_OPTIONS },
    };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (r->parser.method == methods[i].theirs) {
            r->method = methods[i].ours;
            return true;
        }
    }
    return http__refuse(r, 501, "this method is not known here");
}

static void make_lower(str s)
{
    char *p = (char *)s.ptr; /* a slice of r->head, which is ours */
    for (size_t i = 0; i < s.len; i++) {
        p[i] = p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] + 32) : p[i];
    }
}

static bool is_word(str s, const char *lower)
{
    size_t n = strlen(lower);
    if (s.len != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char c = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] + 32) : s.ptr[i];
        if (c != lower[i]) {
            return false;
        }
    }
    return true;
}

static bool read_length(struct http_request *r, str value)
{
    uint64_t n = 0;
    if (value.len == 0 || value.len > 18) {
        return http__refuse(r, 400, "the length of the body is not clear");
    }
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9') {
            return http__refuse(r, 400, "the length of the body is not clear");
        }
        n = n * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    if (r->has_length) {
        return http__refuse(r, 400, "the length of the body is not clear");
    }
    r->has_length = true;
    r->length = n;
    return true;
}

static bool read_header(struct http_request *r, const struct http_pair *h)
{
    if (str_eq(h->name, STR("content-length"))) {
        return read_length(r, h->value);
    }
    if (str_eq(h->name, STR("transfer-encoding"))) {
        if (r->chunked || r->parser.http_minor != 1 || !is_word(h->value, "chunked")) {
            return http__refuse(r, 400, "the only transfer encoding is chunked");
        }
        r->chunked = true;
    } else if (str_eq(h->name, STR("expect"))) {
        if (!is_word(h->value, "100-continue")) {
            return http__refuse(r, 417, "nothing but 100-continue can be expected here");
        }
        r->wants_continue = r->parser.http_minor == 1;
    } else if (str_eq(h->name, STR("cookie")) || str_eq(h->name, STR("authorization"))) {
        r->personal = true;
    } else if (str_eq(h->name, STR("range"))) {
        r->ranged = true;
    }
    return true;
}

static bool read_headers(struct http_request *r)
{
    for (size_t i = 0; i < r->headers.count; i++) {
        make_lower(r->headers.items[i].name);
        if (!read_header(r, &r->headers.items[i])) {
            return false;
        }
    }
    if (r->has_length && r->chunked) {
        return http__refuse(r, 400, "the length of the body is not clear");
    }
    if (r->from_proxy) {
        http__name_client(r);
    }
    return true;
}

static bool end_message(struct http_request *r)
{
    if (!http__body_end(r)) {
        return false;
    }
    r->state = HTTP__COMPLETE;
    return true;
}

static void end_head(struct http_request *r)
{
    llhttp_init(&r->parser, HTTP_REQUEST, &settings);
    r->parser.data = r;
    if (!execute(r, r->head.ptr, r->head.len)) {
        return;
    }
    bool has_body = false;
    if (!r->head_ended) {
        http__refuse(r, 400, "this is no HTTP request");
    } else if (read_method(r) && read_headers(r) && http__read_target(r, r->target)) {
        has_body = r->chunked || r->length > 0;
        if (has_body == r->ended) {
            http__refuse(r, 400, "the length of the body is not clear");
        } else if (!has_body) {
            end_message(r);
        } else if (http__body_begin(r)) {
            r->state = HTTP__IN_BODY;
            http__wire_chunks(&r->wire);
        }
    }
}

static size_t read_head(struct http_request *r, const char *data, size_t len)
{
    size_t used = http__wire_read(&r->wire, data, len);
    http__text_add(&r->arena, &r->head, (str){ data, used });
    if (r->wire.refusal.status != 0) {
        http__refuse(r, r->wire.refusal.status, r->wire.refusal.message);
    } else if (r->wire.line == HTTP__END) {
        end_head(r);
    }
    return used;
}

/* ---- Bodies ---- */

static size_t read_plain(struct http_request *r, const char *data, size_t len)
{
    uint64_t left = r->length - r->body_read;
    size_t used = len < left ? len : (size_t)left;
    if (execute(r, data, used) && r->body_read == r->length) {
        if (r->ended) {
            end_message(r);
        } else {
            http__refuse(r, 400, "the length of the body is not clear");
        }
    }
    return used;
}

static size_t read_chunked(struct http_request *r, const char *data, size_t len)
{
    size_t used = http__wire_read(&r->wire, data, len);
    if (r->wire.refusal.status != 0) {
        http__refuse(r, r->wire.refusal.status, r->wire.refusal.message);
    } else if (execute(r, data, used)) {
        if ((r->wire.line == HTTP__END) != r->ended) {
            http__refuse(r, 400, "the length of the body is not clear");
        } else if (r->ended) {
            end_message(r);
        }
    }
    return used;
}

size_t http__request_read(struct http_request *r, const char *data, size_t len)
{
    switch (r->state) {
    case HTTP__IN_HEAD:
        return read_head(r, data, len);
    case HTTP__IN_BODY:
        return r->chunked ? read_chunked(r, data, len) : read_plain(r, data, len);
    default:
        return 0;
    }
}

/* ---- What handlers ask ---- */

struct arena *http_arena(struct http_request *r)
{
    return &r->arena;
}

str http_id(const struct http_request *r)
{
    size_t before = sizeof HTTP__ID_NAME - 1, length = strlen(r->id_line);
    return length == 0 ? STR("") : str_slice((str){ r->id_line, length }, before, length - 2);
}

void http_label(struct http_request *r, const char *label)
{
    r->label = label;
}

enum http_method http_method(const struct http_request *r)
{
    return r->method;
}

const char *http_method_name(enum http_method method)
{
    static const char *const names[HTTP_METHODS] = { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS" };
    return names[method];
}

str http_target(const struct http_request *r)
{
    return r->target;
}

str http_path(const struct http_request *r)
{
    return r->path;
}

str http_host(const struct http_request *r)
{
    return r->host;
}

str http_client(const struct http_request *r)
{
    return str_of(r->client);
}

static const str *find(const struct http__pairs *pairs, str name)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (str_eq(pairs->items[i].name, name)) {
            return &pairs->items[i].value;
        }
    }
    return NULL;
}

str http_header(const struct http_request *r, const char *lower_case_name)
{
    const str *value = find(&r->headers, str_of(lower_case_name));
    return value == NULL ? STR("") : *value;
}

static const struct http_pair *list(const struct http__pairs *pairs, size_t *ret_count)
{
    *ret_count = pairs->count;
    return pairs->items;
}

const struct http_pair *http_headers(const struct http_request *r, size_t *ret_count)
{
    return list(&r->headers, ret_count);
}

/* The value of `name` in "a=b; name=value"; false where it is not. */
static bool find_cookie(str cookies, str name, str *ret_value)
{
    while (cookies.len > 0) {
        const char *end = memchr(cookies.ptr, ';', cookies.len);
        str pair = { cookies.ptr, end == NULL ? cookies.len : (size_t)(end - cookies.ptr) };
        cookies = str_slice(cookies, pair.len + (end != NULL), cookies.len);
        pair = str_trim(pair);
        if (pair.len > name.len && pair.ptr[name.len] == '=' && str_starts_with(pair, name)) {
            *ret_value = str_slice(pair, name.len + 1, pair.len);
            return true;
        }
    }
    return false;
}

str http_cookie(const struct http_request *r, const char *name)
{
    for (size_t i = 0; i < r->headers.count; i++) {
        str value;
        if (str_eq(r->headers.items[i].name, STR("cookie")) &&
            find_cookie(r->headers.items[i].value, str_of(name), &value)) {
            return value;
        }
    }
    return STR("");
}

const struct http_pair *http_queries(const struct http_request *r, size_t *ret_count)
{
    return list(&r->queries, ret_count);
}

const str *http_query(const struct http_request *r, const char *name)
{
    return find(&r->queries, str_of(name));
}

const struct http_pair *http_fields(const struct http_request *r, size_t *ret_count)
{
    return list(&r->fields, ret_count);
}

const str *http_field(const struct http_request *r, const char *name)
{
    return find(&r->fields, str_of(name));
}

const struct http_file *http_files(const struct http_request *r, size_t *ret_count)
{
    *ret_count = r->file_count;
    return r->files;
}

str http_body(const struct http_request *r, int *ret_fd, uint64_t *ret_size)
{
    bool raw = r->sink == HTTP__MEMORY || r->sink == HTTP__SPOOL;
    *ret_fd = r->body_fd;
    *ret_size = raw ? r->body_read : 0;
    return raw && r->body_fd < 0 ? (str){ r->body.ptr, r->body.len } : STR("");
}
