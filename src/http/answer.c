/* answer: what goes back. The texts are made here, on the thread that sends; the loop adds the date and whether the
 * connection goes on, and writes. */
#include "http/http_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <strings.h>

static const char *phrase(int status)
{
    switch (status) {
#define STATUS(number, text) \
    case number:             \
        return text;
#include "http/status.def"
#undef STATUS
    default:
        return "";
    }
}

/* ---- Dates ---- */

/* Days since 1970-01-01 as a date (the proleptic Gregorian calendar, eras of 400 years that begin in March). */
static void civil(int64_t days, int64_t *ret_year, uint32_t *ret_month, uint32_t *ret_day)
{
    int64_t z = days + 719468;
    int64_t era = z / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    *ret_day = (uint32_t)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (uint32_t)(month < 10 ? month + 3 : month - 9);
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2);
}

size_t http__date(int64_t seconds, char *out, size_t size)
{
    static const char days[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t day_number = seconds / 86400, second = seconds % 86400, year;
    uint32_t month, day;
    civil(day_number, &year, &month, &day);
    int n = snprintf(out, size, "Date: %.3s, %02u %.3s %04" PRId64 " %02d:%02d:%02d GMT", days + day_number % 7 * 3,
                     day, months + (month - 1) * 3, year, (int)(second / 3600), (int)(second / 60 % 60),
                     (int)(second % 60));
    return (size_t)n < size ? (size_t)n : size - 1;
}

/* ---- Headers ---- */

static bool is_header_value(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return false;
        }
    }
    return true;
}

bool http_add_header(struct http_request *r, const char *name, str value)
{
    size_t more = strlen(name) + value.len + 4;
    if (!http__is_token(str_of(name)) || !is_header_value(value) || r->added.len + more > LIMIT_HTTP_ANSWER_HEAD) {
        r->wrong_header = true;
        return false;
    }
    r->everybodys = r->everybodys && strcasecmp(name, "set-cookie") != 0;
    http__text_add(&r->arena, &r->added, str_of(name));
    http__text_add(&r->arena, &r->added, STR(": "));
    http__text_add(&r->arena, &r->added, value);
    http__text_add(&r->arena, &r->added, STR("\r\n"));
    return true;
}

bool http_has_added(const struct http_request *r, const char *name)
{
    size_t length = strlen(name);
    for (size_t at = 0; at + length < r->added.len;) {
        const char *line = r->added.ptr + at, *end = memchr(line, '\n', r->added.len - at);
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            return true;
        }
        at += end == NULL ? r->added.len : (size_t)(end - line) + 1;
    }
    return false;
}

bool http_add_etag(struct http_request *r, str tag)
{
    r->etag = tag;
    if (tag.len > 0 && memchr(tag.ptr, '"', tag.len) != NULL) {
        r->wrong_header = true;
        return false;
    }
    return http_add_header(r, "ETag", arena_printf(&r->arena, "\"%.*s\"", STR_ARG(tag)));
}

/* A list of tags, "x" or W/"x", or *: weak comparison (RFC 9110, 13.1.2). */
bool http__has_version(const struct http_request *r, str etag)
{
    str list = http_header(r, "if-none-match");
    if (str_eq(list, STR("*"))) {
        return true;
    }
    for (const char *open; list.len > 0 && (open = memchr(list.ptr, '"', list.len)) != NULL;) {
        list = str_slice(list, (size_t)(open - list.ptr) + 1, list.len);
        const char *end = list.len == 0 ? NULL : memchr(list.ptr, '"', list.len);
        if (end == NULL) {
            return false;
        }
        size_t n = (size_t)(end - list.ptr);
        if (str_eq(str_slice(list, 0, n), etag)) {
            return true;
        }
        list = str_slice(list, n + 1, list.len);
    }
    return false;
}

static bool asks(const struct http_request *r)
{
    return r->method == HTTP_METHOD_GET || r->method == HTTP_METHOD_HEAD;
}

void http__compose(struct http_request *r, int status, str type, bool has_length, uint64_t length)
{
    struct http__text head = { NULL, 0, 0 };
    struct arena *a = &r->arena;
    r->not_modified = status == 200 && r->etag.len > 0 && asks(r) && http__has_version(r, r->etag);
    r->status = r->not_modified ? 304 : status;
    bool empty = r->status == 304 || r->status == 204;
    http__text_add(a, &head, arena_printf(a, "HTTP/1.1 %d %s\r\n", r->status, phrase(r->status)));
    http__text_add(a, &head, (str){ r->added.ptr, r->added.len });
    if (!empty && type.len > 0) {
        http__text_add(a, &head, arena_printf(a, "Content-Type: %.*s\r\n", STR_ARG(type)));
    }
    if (!empty && has_length) {
        http__text_add(a, &head, arena_printf(a, "Content-Length: %" PRIu64 "\r\n", length));
    }
    r->answer_head = (str){ head.ptr, head.len };
    r->answer_type = type;
}

static struct http_page plain_page(struct http_request *r, int status, const char *message)
{
    return (struct http_page){ .type = STR("text/plain; charset=utf-8"),
                               .body = arena_printf(&r->arena, "%d %s: %s\n", status, phrase(status), message) };
}

void http__compose_error(struct http_request *r, int status, const char *message)
{
    const struct http_config *config = r->config;
    struct http_page page = config->error_page == NULL
                                ? plain_page(r, status, message)
                                : config->error_page(r, status, message, config->context);
    r->etag = STR("");
    r->may_cache = false;
    r->answer = HTTP__BYTES;
    r->answer_body = page.body;
    http__compose(r, status, is_header_value(page.type) ? page.type : STR(""), true, page.body.len);
}

/* What was to be sent has a header that cannot be: the mistake is ours and must be seen. */
static bool is_wrong(struct http_request *r, str type)
{
    if (!r->wrong_header && is_header_value(type)) {
        return false;
    }
    r->added.len = 0;
    http__compose_error(r, 500, "the answer has a header that cannot be sent");
    return true;
}

/* ---- Sending ---- */

void http_may_cache(struct http_request *r)
{
    r->may_cache = true;
}

void http_send(struct http_request *r, int status, str type, str body)
{
    if (!is_wrong(r, type)) {
        r->answer = HTTP__BYTES;
        r->answer_body = body;
        http__compose(r, status, type, true, body.len);
    }
    http__answered(r);
}

void http_send_file(struct http_request *r, int status, str type, int fd, uint64_t size)
{
    r->answer_fd = fd;
    if (!is_wrong(r, type)) {
        r->answer = HTTP__FILE;
        r->answer_size = size;
        http__compose(r, status, type, true, size);
    }
    http__answered(r);
}

void http_send_error(struct http_request *r, int status, const char *message)
{
    if (!is_wrong(r, STR(""))) {
        http__compose_error(r, status, message);
    }
    http__answered(r);
}
