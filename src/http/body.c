/* body: where the body of a request goes. Small ones stay in memory, which grows as bytes come and not as lengths
 * promise; large ones and files go to the spool. */
#include "http/http_int.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void http__text_add(struct arena *a, struct http__text *t, str s)
{
    if (s.len > t->size - t->len) {
        size_t size = t->size == 0 ? 1024 : t->size * 2;
        while (size < t->len + s.len) {
            size *= 2;
        }
        t->ptr = arena_grow(a, t->ptr, t->size, size);
        t->size = size;
    }
    if (s.len > 0) {
        memcpy(t->ptr + t->len, s.ptr, s.len);
        t->len += s.len;
    }
}

/* ---- The spool ---- */

int http__spool_open(struct http_request *r)
{
    if (r->config->spool == NULL) {
        http__refuse(r, 413, "the body is too large");
        return -1;
    }
    int fd = open(r->config->spool, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        /* A file system without nameless files. */
        str path = arena_printf(&r->arena, "%s/spool-XXXXXX", r->config->spool);
        fd = mkostemp((char *)path.ptr, O_CLOEXEC);
        if (fd >= 0) {
            unlink(path.ptr);
        }
    }
    if (fd < 0) {
        http__refuse(r, 503, "the body could not be stored");
    }
    return fd;
}

bool http__spool_write(struct http_request *r, int fd, str piece)
{
    while (piece.len > 0) {
        ssize_t n = write(fd, piece.ptr, piece.len);
        if (n < 0) {
            return http__refuse(r, 503, "the body could not be stored");
        }
        piece = str_slice(piece, (size_t)n, piece.len);
    }
    return true;
}

/* What was in memory begins the file. */
static bool move_to_spool(struct http_request *r)
{
    r->body_fd = http__spool_open(r);
    r->sink = HTTP__SPOOL;
    return r->body_fd >= 0 && http__spool_write(r, r->body_fd, (str){ r->body.ptr, r->body.len });
}

/* ---- Header values with parameters ---- */

static str without_space(str s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s = str_slice(s, 1, s.len);
    }
    return s;
}

/* Bytes of the quoted string at the start of s, with both quotes; 0 where it has no end. */
static size_t quoted_length(str s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '"') {
            return i + 1;
        }
        i += s.ptr[i] == '\\' && i + 1 < s.len && (s.ptr[i + 1] == '"' || s.ptr[i + 1] == '\\');
    }
    return 0;
}

/* What a quoted string says. Only \" and \\ are escapes: browsers send the backslashes of file names as they are. */
static str unquoted(struct arena *a, str s)
{
    char *out = arena_alloc(a, s.len);
    size_t n = 0;
    for (size_t i = 1; i + 1 < s.len; i++) {
        i += s.ptr[i] == '\\' && (s.ptr[i + 1] == '"' || s.ptr[i + 1] == '\\') && i + 2 < s.len;
        out[n++] = s.ptr[i];
    }
    return (str){ out, n };
}

static bool same_word(str s, const char *lower)
{
    size_t n = strlen(lower);
    for (size_t i = 0; i < n && s.len == n; i++) {
        char c = s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? (char)(s.ptr[i] + 32) : s.ptr[i];
        if (c != lower[i]) {
            return false;
        }
    }
    return s.len == n;
}

/* Bytes of the value of a parameter at the start of s, quoted or not; false where a quoted one has no end. */
static bool measure(str s, size_t *ret)
{
    if (s.len > 0 && s.ptr[0] == '"') {
        *ret = quoted_length(s);
        return *ret > 0;
    }
    size_t n = 0;
    while (n < s.len && s.ptr[n] != ';') {
        n++;
    }
    *ret = n;
    return true;
}

bool http__parameter(struct arena *a, str value, const char *name, str *ret)
{
    for (const char *sign; value.len > 0 && (sign = memchr(value.ptr, ';', value.len)) != NULL;) {
        value = without_space(str_slice(value, (size_t)(sign - value.ptr) + 1, value.len));
        size_t n = 0, length;
        while (n < value.len && value.ptr[n] != '=' && value.ptr[n] != ';') {
            n++;
        }
        if (n < value.len && value.ptr[n] == '=') {
            str word = str_slice(value, 0, n);
            value = str_slice(value, n + 1, value.len);
            if (!measure(value, &length)) {
                return false;
            }
            if (same_word(word, name)) {
                str found = str_slice(value, 0, length);
                *ret = found.len > 0 && found.ptr[0] == '"' ? unquoted(a, found) : str_trim(found);
                return true;
            }
            value = str_slice(value, length, value.len);
        } else {
            value = str_slice(value, n, value.len);
        }
    }
    return false;
}

/* "text/html; charset=utf-8" is of the type "text/html". */
static bool is_type(str value, const char *lower)
{
    size_t n = 0;
    while (n < value.len && value.ptr[n] != ';') {
        n++;
    }
    return same_word(str_trim(str_slice(value, 0, n)), lower);
}

/* ---- The body ---- */

bool http__body_begin(struct http_request *r)
{
    const struct http_config *config = r->config;
    str type = http_header(r, "content-type");
    r->body_bound = config->body_bound == NULL ? config->body_bytes : config->body_bound(r, config->context);
    if (r->body_bound > LIMIT_HTTP_BODY) {
        r->body_bound = LIMIT_HTTP_BODY;
    }
    if (r->has_length && r->length > r->body_bound) {
        return http__refuse(r, 413, "the body is too large");
    }
    if (is_type(type, "multipart/form-data")) {
        r->sink = HTTP__MULTIPART;
        r->may_block = true;
        return http__multipart_begin(r, type);
    }
    if (is_type(type, "application/x-www-form-urlencoded")) {
        r->sink = HTTP__URLENCODED;
        if (r->has_length && r->length > LIMIT_HTTP_FORM) {
            return http__refuse(r, 413, "the form is too large");
        }
        return true;
    }
    r->sink = HTTP__MEMORY;
    r->may_block = (r->chunked ? r->body_bound : r->length) > config->body_memory;
    return true;
}

bool http__body_add(struct http_request *r, str piece)
{
    if (piece.len > r->body_bound - r->body_read) {
        return http__refuse(r, 413, "the body is too large");
    }
    r->body_read += piece.len;
    switch (r->sink) {
    case HTTP__MULTIPART:
        return http__multipart_add(r, piece);
    case HTTP__SPOOL:
        return http__spool_write(r, r->body_fd, piece);
    case HTTP__URLENCODED:
        if (r->body_read > LIMIT_HTTP_FORM) {
            return http__refuse(r, 413, "the form is too large");
        }
        break;
    case HTTP__MEMORY:
        if (r->body_read > r->config->body_memory) {
            return move_to_spool(r) && http__spool_write(r, r->body_fd, piece);
        }
        break;
    }
    http__text_add(&r->arena, &r->body, piece);
    return true;
}

bool http__body_end(struct http_request *r)
{
    switch (r->sink) {
    case HTTP__MULTIPART:
        return http__multipart_end(r);
    case HTTP__URLENCODED:
        return http__read_pairs(r, (str){ r->body.ptr, r->body.len }, &r->fields);
    case HTTP__SPOOL:
        if (lseek(r->body_fd, 0, SEEK_SET) != 0) {
            return http__refuse(r, 503, "the body could not be stored");
        }
        return true;
    case HTTP__MEMORY:
        break;
    }
    return true;
}
