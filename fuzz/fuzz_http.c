/* The bytes of a connection: requests one after another, until one is refused. Read in one piece and in pieces of every
 * size, they are the same requests; what the handler would see of them is what http.h promises.
 *
 * The first byte of the input is the size of the pieces; its highest bit gives a spool.
 */
#include "fuzz.h"

#include "http/http_int.h"
#include "text/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <unistd.h>

enum { TEXT_MAX = 64 << 20 };

static void add_pairs(struct buf *b, const struct http_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert(http__is_text(pairs[i].name) && http__is_text(pairs[i].value));
        buf_printf(b, "[%zu,%zu]", pairs[i].name.len, pairs[i].value.len);
        buf_add(b, pairs[i].name);
        buf_add(b, pairs[i].value);
    }
}

static void check_path(str path, enum http_method method)
{
    assert(utf8_valid(path) && path.len > 0);
    assert(path.ptr[0] == '/' || (method == HTTP_METHOD_OPTIONS && str_eq(path, STR("*"))));
    assert(memmem(path.ptr, path.len, "//", 2) == NULL && memmem(path.ptr, path.len, "/../", 4) == NULL);
    assert(path.len < 3 || memcmp(path.ptr + path.len - 3, "/..", 3) != 0);
    for (size_t i = 0; i < path.len; i++) {
        assert((unsigned char)path.ptr[i] >= 0x20);
    }
}

static void check_headers(const struct http_pair *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert(http__is_token(headers[i].name));
        for (size_t k = 0; k < headers[i].value.len; k++) {
            assert(strchr("\r\n", headers[i].value.ptr[k]) == NULL);
        }
    }
}

/* What a handler sees. */
static void add_request(struct buf *b, struct http_request *r)
{
    size_t count, files;
    int fd;
    uint64_t size;
    const struct http_pair *headers = http_headers(r, &count);
    check_path(http_path(r), http_method(r));
    check_headers(headers, count);
    buf_printf(b, "%s %zu headers ", http_method_name(http_method(r)), count);
    buf_add(b, http_target(r));
    buf_add(b, http_path(r));
    buf_add(b, http_host(r));
    buf_add(b, http_cookie(r, "a"));
    const struct http_pair *pairs = http_queries(r, &count);
    add_pairs(b, pairs, count);
    pairs = http_fields(r, &count);
    add_pairs(b, pairs, count);
    str body = http_body(r, &fd, &size);
    assert(fd >= 0 || size == body.len);
    buf_add(b, body);
    const struct http_file *file = http_files(r, &files);
    for (size_t i = 0; i < files; i++) {
        assert(lseek(file[i].fd, 0, SEEK_END) == (off_t)file[i].size);
        buf_printf(b, "file %" PRIu64 " %.*s", file[i].size, STR_ARG(file[i].name));
    }
}

static void run(struct http_request *r, const struct http_config *config, str text, size_t piece, struct buf *b)
{
    http__request_begin(r, config);
    while (text.len > 0 && r->state != HTTP__REFUSED) {
        size_t n = piece == 0 || piece > text.len ? text.len : piece;
        size_t used = http__request_read(r, text.ptr, n);
        assert(used <= n && (used == n || r->state != HTTP__IN_HEAD));
        text = str_slice(text, used, text.len);
        if (r->state == HTTP__COMPLETE) {
            add_request(b, r);
            http__request_end(r);
            http__request_begin(r, config);
        }
    }
    buf_printf(b, "end %d", (int)r->state);
    assert((r->state == HTTP__REFUSED) == (r->refusal.status != 0));
    http__request_end(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct http_request r;
    struct http_config config = { .body_bytes = 1 << 20, .body_memory = 4096 };
    struct buf whole = BUF_INIT(TEXT_MAX), pieces = BUF_INIT(TEXT_MAX);
    if (size == 0) {
        return 0;
    }
    config.spool = (data[0] & 0x80) != 0 ? "/tmp" : NULL;
    str text = { (const char *)data + 1, size - 1 };
    run(&r, &config, text, 0, &whole);
    run(&r, &config, text, 1 + (data[0] & 0x7F), &pieces);
    assert(str_eq(buf_str(&whole), buf_str(&pieces)));
    buf_release(&whole);
    buf_release(&pieces);
    return 0;
}
