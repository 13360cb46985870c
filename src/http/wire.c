/* wire: the lines of a message.
 *
 * llhttp knows what a header means; this machine knows what a line may look like. It is stricter: each line ends with
 * CR LF, no other control character occurs, nothing is folded, sizes have an end. Both read each message, and a message
 * whose end they see in different places is refused (request.c).
 */
#include "http/http_int.h"

enum { METHOD_LENGTH = 16, VERSION_LENGTH = 8, SIZE_DIGITS = 15 };

/* What a byte may be part of. */
enum { TOKEN = 1, TARGET = 2, VALUE = 4, HEX = 8 };

static const unsigned char byte_class[256] = {
    ['\t'] = VALUE,
    [' '] = VALUE,
    ['!'] = TOKEN | TARGET | VALUE,
    ['"'] = VALUE,
    ['#'] = TOKEN | VALUE,
    ['$'] = TOKEN | TARGET | VALUE,
    ['%'] = TOKEN | TARGET | VALUE,
    ['&'] = TOKEN | TARGET | VALUE,
    ['\''] = TOKEN | TARGET | VALUE,
    ['(' ... ')'] = TARGET | VALUE,
    ['*' ... '+'] = TOKEN | TARGET | VALUE,
    [','] = TARGET | VALUE,
    ['-' ... '.'] = TOKEN | TARGET | VALUE,
    ['/'] = TARGET | VALUE,
    ['0' ... '9'] = TOKEN | TARGET | VALUE | HEX,
    [':' ... ';'] = TARGET | VALUE,
    ['<'] = VALUE,
    ['='] = TARGET | VALUE,
    ['>'] = VALUE,
    ['?' ... '@'] = TARGET | VALUE,
    ['A' ... 'F'] = TOKEN | TARGET | VALUE | HEX,
    ['G' ... 'Z'] = TOKEN | TARGET | VALUE,
    ['['] = TARGET | VALUE,
    ['\\'] = VALUE,
    [']'] = TARGET | VALUE,
    ['^' ... '`'] = TOKEN | TARGET | VALUE,
    ['a' ... 'f'] = TOKEN | TARGET | VALUE | HEX,
    ['g' ... 'z'] = TOKEN | TARGET | VALUE,
    ['{'] = TARGET | VALUE,
    ['|'] = TOKEN | TARGET | VALUE,
    ['}'] = TARGET | VALUE,
    ['~'] = TOKEN | TARGET | VALUE,
    [0x80 ... 0xFF] = VALUE,
};

static bool is(char c, unsigned char wanted)
{
    return (byte_class[(unsigned char)c] & wanted) != 0;
}

bool http__is_token(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is(s.ptr[i], TOKEN)) {
            return false;
        }
    }
    return s.len > 0;
}

void http__wire_chunks(struct http__wire *w)
{
    *w = (struct http__wire){ .line = HTTP__SIZE_FIRST, .chunk_lines = true };
}

static void refuse(struct http__wire *w, int status, const char *message)
{
    w->refusal = (struct http__refusal){ status, message };
}

static void expect(struct http__wire *w, char c, char wanted, enum http__line next)
{
    if (c == wanted) {
        w->line = next;
    } else {
        refuse(w, 400, "a line does not end with CR LF");
    }
}

/* One byte of the request line. */
static void read_request_line(struct http__wire *w, char c)
{
    switch (w->line) {
    case HTTP__START:
        if (c == '\r') {
            w->line = HTTP__START_LF;
            return;
        }
        w->line = HTTP__METHOD;
        w->length = 0;
        __attribute__((fallthrough));
    case HTTP__METHOD:
        if (c == ' ' && w->length > 0) {
            w->line = HTTP__TARGET;
            w->length = 0;
        } else if (!is(c, TOKEN) || ++w->length > METHOD_LENGTH) {
            refuse(w, 400, "this is no HTTP request");
        }
        break;
    case HTTP__TARGET:
        if (c == ' ' && w->length > 0) {
            w->line = HTTP__VERSION;
            w->length = 0;
        } else if (!is(c, TARGET)) {
            refuse(w, 400, c == '\r' || c == '\n' ? "the request has no version of HTTP"
                                                  : "the target has a character that must be percent-encoded");
        } else if (++w->length > LIMIT_HTTP_TARGET) {
            refuse(w, 414, "the target is too long");
        }
        break;
    default: /* HTTP__VERSION */
        if (w->length < VERSION_LENGTH) {
            bool right = w->length < 5 ? c == "HTTP/"[w->length] : w->length == 6 ? c == '.' : c >= '0' && c <= '9';
            if (!right) {
                refuse(w, 400, "the version of HTTP cannot be read");
            } else if (w->length == 5 && c != '1') {
                refuse(w, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
            } else if (w->length == 7 && c > '1') {
                refuse(w, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
            }
            w->length++;
        } else {
            expect(w, c, '\r', HTTP__LINE_LF);
        }
        break;
    }
}

/* One byte of a header line or a trailer, but for the bytes of a value that need no look. */
static void read_header_line(struct http__wire *w, char c)
{
    switch (w->line) {
    case HTTP__NAME_FIRST:
        if (c == '\r') {
            w->line = HTTP__END_LF;
        } else if (c == ' ' || c == '\t') {
            refuse(w, 400, "a header is folded");
        } else if (!is(c, TOKEN)) {
            refuse(w, 400, "a header has no valid name");
        } else if (++w->headers > LIMIT_HTTP_HEADERS) {
            refuse(w, 431, "there are too many headers");
        } else {
            w->line = HTTP__NAME;
        }
        break;
    case HTTP__NAME:
        if (c == ':') {
            w->line = HTTP__VALUE;
        } else if (!is(c, TOKEN)) {
            refuse(w, 400, "a header has no valid name");
        }
        break;
    case HTTP__VALUE:
        if (c == '\r') {
            w->line = HTTP__LINE_LF;
        } else if (!is(c, VALUE)) {
            refuse(w, 400, "a header has a control character");
        }
        break;
    case HTTP__LINE_LF:
        expect(w, c, '\n', HTTP__NAME_FIRST);
        break;
    default: /* HTTP__END_LF */
        expect(w, c, '\n', HTTP__END);
        break;
    }
}

static void read_chunk_size(struct http__wire *w, char c)
{
    if (is(c, HEX)) {
        uint32_t digit = c <= '9' ? (uint32_t)(c - '0') : ((uint32_t)c | 32) - 'a' + 10;
        w->chunk_left = w->chunk_left * 16 + digit;
        w->line = HTTP__SIZE;
        if (++w->length > SIZE_DIGITS) {
            refuse(w, 400, "the size of a chunk is too large");
        }
    } else if (w->line == HTTP__SIZE && (c == ';' || c == '\r')) {
        w->line = c == ';' ? HTTP__EXTENSION : HTTP__SIZE_LF;
        w->length = 0;
    } else {
        refuse(w, 400, "the size of a chunk cannot be read");
    }
}

/* One byte of what stands around the chunks. */
static void read_chunk_line(struct http__wire *w, char c)
{
    switch (w->line) {
    case HTTP__SIZE_FIRST:
        w->chunk_left = 0;
        w->length = 0;
        __attribute__((fallthrough));
    case HTTP__SIZE:
        read_chunk_size(w, c);
        break;
    case HTTP__EXTENSION:
        if (c == '\r') {
            w->line = HTTP__SIZE_LF;
        } else if (!is(c, VALUE) || ++w->length > LIMIT_HTTP_CHUNK_EXTENSION) {
            refuse(w, 400, "the extension of a chunk cannot be read");
        }
        break;
    case HTTP__SIZE_LF:
        expect(w, c, '\n', w->chunk_left > 0 ? HTTP__DATA : HTTP__NAME_FIRST);
        break;
    case HTTP__DATA_CR:
        expect(w, c, '\r', HTTP__DATA_LF);
        break;
    default: /* HTTP__DATA_LF */
        expect(w, c, '\n', HTTP__SIZE_FIRST);
        break;
    }
}

static void read_byte(struct http__wire *w, char c)
{
    if (w->line >= HTTP__SIZE_FIRST) {
        read_chunk_line(w, c);
        return;
    }
    if (++w->bytes > LIMIT_HTTP_HEAD) {
        refuse(w, 431, "the headers are too large");
    } else if (w->line >= HTTP__LINE_LF) {
        read_header_line(w, c);
    } else if (w->line == HTTP__START_LF) {
        /* One empty line before a request is forgiven (RFC 9112, 2.2): old clients end a form with it. */
        expect(w, c, '\n', HTTP__METHOD);
    } else {
        read_request_line(w, c);
    }
}

/* Bytes from `i` on that only a value or a chunk can have, and that change nothing. */
static size_t skip(struct http__wire *w, const char *data, size_t i, size_t len)
{
    if (w->line == HTTP__VALUE) {
        size_t from = i;
        size_t room = w->bytes < LIMIT_HTTP_HEAD ? LIMIT_HTTP_HEAD - w->bytes : 0;
        size_t end = len - i > room ? i + room : len;
        while (i < end && is(data[i], VALUE)) {
            i++;
        }
        w->bytes += (uint32_t)(i - from);
    } else if (w->line == HTTP__DATA) {
        size_t n = len - i < w->chunk_left ? len - i : (size_t)w->chunk_left;
        w->chunk_left -= n;
        i += n;
        if (w->chunk_left == 0) {
            w->line = HTTP__DATA_CR;
        }
    }
    return i;
}

size_t http__wire_read(struct http__wire *w, const char *data, size_t len)
{
    size_t i = 0;
    while (i < len && w->line != HTTP__END && w->refusal.status == 0) {
        i = skip(w, data, i, len);
        if (i < len) {
            read_byte(w, data[i]);
            i++;
        }
    }
    return i;
}
