/* upload: files that people send in. What a file is, its first bytes say, not its name; what is none of the kinds
 * below is refused. Each is kept as a blob under its hash, and the table attachment says by whom, as what, and whether
 * it was looked through for viruses. They are given out to be saved, never to be shown in a page of ours. */
#include "web/web_int.h"

#include "base/limit.h"

#include <unistd.h>

enum { HEAD = 64 };

/* Where the marks of a kind stand. OFD, xlsx and docx are zip archives. */
static const struct kind {
    const char *name, *type;
    size_t at;
    const char *mark;
    size_t length;
} kinds[] = {
    { "pdf", "application/pdf", 0, "%PDF-", 5 },
    { "jpg", "image/jpeg", 0, "\xff\xd8\xff", 3 },
    { "png", "image/png", 0, "\x89PNG\r\n\x1a\n", 8 },
    { "zip", "application/zip", 0, "PK\x03\x04", 4 },
};

static const struct kind *kind_of(const struct http_file *f)
{
    unsigned char head[HEAD];
    ssize_t got = pread(f->fd, head, sizeof head, 0);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (got >= (ssize_t)(kinds[i].at + kinds[i].length) &&
            memcmp(head + kinds[i].at, kinds[i].mark, kinds[i].length) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

static enum error_code check(const struct http_file *f, const struct kind *kind, struct error *err)
{
    if (f->size > LIMIT_WEB_FILE) {
        error_set(err, ERROR_LIMIT, "the file is too large");
        error_detail(err, "limit %s = %d", "WEB_FILE", LIMIT_WEB_FILE);
        error_hint(err, "photograph or scan it with fewer points");
        return ERROR_LIMIT;
    }
    if (kind == NULL || kind->name[0] == 'z') {
        error_set(err, ERROR_INVALID, "the file is neither PDF nor a picture");
        error_hint(err, "send a PDF, JPEG or PNG; what counts is what is in the file, not its name");
        return ERROR_INVALID;
    }
    return OK;
}

const struct http_file *web__file(const struct web__call *c, const char *field)
{
    size_t count;
    const struct http_file *files = http_files(c->r, &count);
    for (size_t i = 0; i < count; i++) {
        if (str_eq(files[i].field, str_of(field)) && files[i].size > 0) {
            return &files[i];
        }
    }
    return NULL;
}

enum error_code web__keep_file(struct web__call *c, const struct http_file *f, struct web__kept *ret,
                               struct error *err)
{
    const struct kind *kind = kind_of(f);
    enum error_code code = check(f, kind, err);
    if (code == OK) {
        code = web__scan(c->web, f->fd, f->size, err);
    }
    if (code == OK) {
        code = store_blob_put_file(c->web->config.store, f->fd, ret->hash, err);
    }
    ret->size = f->size;
    return code;
}

void web__send_blob(struct web__call *c, str hash, str name)
{
    uint64_t size;
    size_t got = 0;
    const struct kind *kind = NULL;
    if (hash.len != STORE_HASH || store_blob_size(c->web->config.store, hash.ptr, &size, NULL) != OK ||
        size > LIMIT_WEB_FILE) {
        http_send_error(c->r, 404, "there is no such file");
        return;
    }
    char *bytes = arena_alloc(c->arena, size);
    if (store_blob_read(c->web->config.store, hash.ptr, 0, bytes, size, &got, NULL) != OK || got != size) {
        http_send_error(c->r, 503, "the file cannot be read now");
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (size > kinds[i].length && memcmp(bytes, kinds[i].mark, kinds[i].length) == 0) {
            kind = &kinds[i];
        }
    }
    http_add_header(c->r, "Cache-Control", STR("no-store"));
    http_add_header(c->r, "Content-Disposition",
                    arena_printf(c->arena, "attachment; filename=\"%.*s.%s\"", STR_ARG(name),
                                 kind == NULL ? "bin" : kind->name));
    http_send(c->r, 200, str_of(kind == NULL ? "application/octet-stream" : kind->type), (str){ bytes, size });
}

void web__send_pdf(struct web__call *c, str hash, bool public)
{
    uint64_t size;
    size_t got = 0;
    if (hash.len == 0 || store_blob_size(c->web->config.store, hash.ptr, &size, NULL) != OK ||
        size > LIMIT_JSON_BYTES) {
        http_send_error(c->r, 404, "the paper is not made yet");
        return;
    }
    char *bytes = arena_alloc(c->arena, size);
    if (store_blob_read(c->web->config.store, hash.ptr, 0, bytes, size, &got, NULL) != OK || got != size) {
        http_send_error(c->r, 503, "the paper cannot be read now");
        return;
    }
    if (public) {
        http_add_etag(c->r, hash);
    } else {
        http_add_header(c->r, "Cache-Control", STR("no-store"));
    }
    http_send(c->r, 200, STR("application/pdf"), (str){ bytes, size });
}
