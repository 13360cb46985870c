/* upload: files that people send in. What a file is, its bytes say, not its name; what is none of the kinds below, or
 * not of those that a field takes, is refused. Each is kept as a blob under its hash. They are given out to be saved,
 * never to be shown in a page of ours, and not before the virus scanner has let them through. */
#include "web/web_int.h"

#include "base/limit.h"
#include "record/file.h"
#include "text/picture.h"

#include <strings.h>
#include <unistd.h>

enum { HEAD = 64, TAIL = 1 << 16, DIRECTORY = 1 << 18, ENTRY = 46 };

/* Where the marks of a kind stand. Of a zip archive the names of the files inside say what it is. */
static const struct web__file_kind kinds[] = {
    { "pdf", "PDF", "application/pdf", 0, "%PDF-", 5, NULL },
    { "jpg", "JPEG", "image/jpeg", 0, "\xff\xd8\xff", 3, NULL },
    { "png", "PNG", "image/png", 0, "\x89PNG\r\n\x1a\n", 8, NULL },
    { "webp", "WebP", "image/webp", 8, "WEBP", 4, NULL },
    { "xlsx", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 0, "PK\x03\x04", 4,
      "xl/workbook.xml" },
    { "docx", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 0, "PK\x03\x04", 4,
      "word/document.xml" },
    { "ofd", "OFD", "application/ofd", 0, "PK\x03\x04", 4, "OFD.xml" },
    { "zip", "zip", "application/zip", 0, "PK\x03\x04", 4, NULL },
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

#define USUAL ".pdf,.jpg,.png"

/* ---- What is in a file ---- */

static uint32_t number_at(const unsigned char *bytes, size_t at, unsigned width)
{
    uint32_t n = 0;
    for (unsigned i = 0; i < width; i++) {
        n |= (uint32_t)bytes[at + i] << (8 * i);
    }
    return n;
}

/* The directory at the end of an archive; its size, 0 where there is none that can be read. */
static size_t read_directory(int fd, uint64_t size, unsigned char *into)
{
    unsigned char tail[TAIL];
    size_t length = size < TAIL ? (size_t)size : TAIL;
    if (length < 22 || pread(fd, tail, length, (off_t)(size - length)) != (ssize_t)length) {
        return 0;
    }
    size_t at = length - 22;
    while (at > 0 && memcmp(tail + at, "PK\x05\x06", 4) != 0) {
        at--;
    }
    size_t bytes = number_at(tail, at + 12, 4);
    bytes = bytes > DIRECTORY ? DIRECTORY : bytes;
    ssize_t got = memcmp(tail + at, "PK\x05\x06", 4) != 0 ? 0
                                                           : pread(fd, into, bytes, (off_t)number_at(tail, at + 16, 4));
    return got < 0 ? 0 : (size_t)got;
}

static bool has_inside(int fd, uint64_t size, const char *name)
{
    struct arena a = ARENA_INIT;
    unsigned char *directory = arena_alloc(&a, DIRECTORY);
    size_t bytes = read_directory(fd, size, directory), length = strlen(name), at = 0;
    bool there = false;
    while (!there && at + ENTRY <= bytes && memcmp(directory + at, "PK\x01\x02", 4) == 0) {
        size_t own = number_at(directory, at + 28, 2);
        there = own == length && at + ENTRY + own <= bytes && memcmp(directory + at + ENTRY, name, own) == 0;
        at += ENTRY + own + number_at(directory, at + 30, 2) + number_at(directory, at + 32, 2);
    }
    arena_release(&a);
    return there;
}

const struct web__file_kind *web__file_kind(int fd, uint64_t size)
{
    unsigned char head[HEAD];
    ssize_t got = pread(fd, head, sizeof head, 0);
    for (size_t i = 0; i < KINDS; i++) {
        if (got >= (ssize_t)(kinds[i].at + kinds[i].length) &&
            memcmp(head + kinds[i].at, kinds[i].mark, kinds[i].length) == 0 &&
            (kinds[i].inside == NULL || has_inside(fd, size, kinds[i].inside))) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* ---- What a field takes ---- */

/* ".jpeg" is ".jpg". */
static bool is_ending(str ending, const struct web__file_kind *kind)
{
    str own = str_of(kind->ending);
    bool jpeg = ending.len == 4 && strncasecmp(ending.ptr, "jpeg", 4) == 0 && str_eq(own, STR("jpg"));
    return jpeg || (ending.len == own.len && strncasecmp(ending.ptr, own.ptr, own.len) == 0);
}

static bool takes_one(str one, const struct web__file_kind *kind)
{
    str type = str_of(kind->type);
    if (one.ptr[0] == '.') {
        return is_ending(str_slice(one, 1, one.len), kind);
    }
    bool all = one.len > 1 && one.ptr[one.len - 1] == '*';
    size_t length = all ? one.len - 1 : one.len;
    return (all ? length <= type.len : length == type.len) && strncasecmp(one.ptr, type.ptr, length) == 0;
}

/* One of a list ".pdf, image/..."; the list shrinks. */
static bool next_of(str *list, str *ret)
{
    while (list->len > 0) {
        const char *comma = memchr(list->ptr, ',', list->len);
        size_t n = comma == NULL ? list->len : (size_t)(comma - list->ptr);
        *ret = str_trim(str_slice(*list, 0, n));
        *list = str_slice(*list, comma == NULL ? list->len : n + 1, list->len);
        if (ret->len > 0) {
            return true;
        }
    }
    return false;
}

static bool takes(str accept, const struct web__file_kind *kind)
{
    str one;
    while (kind != NULL && next_of(&accept, &one)) {
        if (takes_one(one, kind)) {
            return true;
        }
    }
    return false;
}

str web__accept_names(struct arena *a, str accept)
{
    struct buf out = BUF_INIT(1024);
    accept = accept.len > 0 ? accept : STR(USUAL);
    for (size_t i = 0; i < KINDS; i++) {
        if (takes(accept, &kinds[i])) {
            buf_printf(&out, "%s%s", out.len > 0 ? ", " : "", kinds[i].name);
        }
    }
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

/* Sizes as people read them: "9.3 MB", "120 KB". */
str web__size_text(struct arena *a, uint64_t bytes)
{
    uint64_t tenths = (bytes * 10 + (1 << 19)) >> 20;
    return bytes < 100 << 10 ? arena_printf(a, "%llu KB", (unsigned long long)((bytes + 1023) >> 10))
                             : arena_printf(a, "%llu.%llu MB", (unsigned long long)(tenths / 10),
                                            (unsigned long long)(tenths % 10));
}

static enum error_code check(struct web__call *c, const struct http_file *f, const struct web__file_kind *kind,
                             str accept, struct error *err)
{
    if (f->size == 0) {
        error_set(err, ERROR_INVALID, "the file %.*s is empty", STR_ARG(f->name));
        error_hint(err, "look whether it opens on your own machine, and send it again");
        return ERROR_INVALID;
    }
    if (f->size > LIMIT_WEB_FILE) {
        error_set(err, ERROR_LIMIT, "the file %.*s has %s, at most %s are taken", STR_ARG(f->name),
                  web__size_text(c->arena, f->size).ptr, web__size_text(c->arena, LIMIT_WEB_FILE).ptr);
        error_detail(err, "limit %s = %d", "WEB_FILE", LIMIT_WEB_FILE);
        error_hint(err, "photograph or scan it with fewer points, or send it in parts");
        return ERROR_LIMIT;
    }
    if (!takes(accept, kind)) {
        error_set(err, ERROR_INVALID, "the file %.*s is of no kind that is taken here", STR_ARG(f->name));
        error_hint(err, "send %s; what counts is what is in the file, not its name",
                   web__accept_names(c->arena, accept).ptr);
        return ERROR_INVALID;
    }
    return OK;
}

/* ---- Keeping ---- */

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

str web__sender(struct arena *a, const struct work_request *rq)
{
    str about = rq->subject.len > 0 ? rq->subject : rq->party;
    return rq->dossier != 0 ? arena_printf(a, "dossier:%lld", (long long)rq->dossier)
           : about.len > 0  ? about
                            : arena_printf(a, "person:%lld", (long long)rq->actor);
}

enum error_code web__keep_file(struct web__call *c, const struct http_file *f, str accept, str owner,
                               struct web__kept *ret, struct error *err)
{
    const struct web__file_kind *kind = web__file_kind(f->fd, f->size);
    enum error_code code = check(c, f, kind, accept.len > 0 ? accept : STR(USUAL), err);
    if (code != OK) {
        return code;
    }
    code = web__scan(c->web, f->fd, f->size, err);
    bool waits = code == ERROR_IO && c->web->config.scanner_waits;
    code = waits ? OK : code;
    code = code == OK ? store_hash_file(f->fd, ret->hash, err) : code;
    code = code == OK ? record_file_sent(c->web->config.record, str_of(ret->hash), owner, c->now, err) : code;
    code = code == OK ? store_blob_put_file(c->web->config.store, f->fd, ret->hash, err) : code;
    if (code == OK && waits) {
        code = record_file_wait(c->web->config.record, str_of(ret->hash), c->now, err);
    }
    ret->size = f->size;
    ret->kind = kind;
    ret->state = waits ? RECORD_FILE_WAITS : RECORD_FILE_FINE;
    return code;
}

/* ---- Giving out ---- */

/* The whole blob, in the call's arena; false after an answer was sent. */
static bool read_blob(struct web__call *c, str hash, str *ret)
{
    uint64_t size;
    size_t got = 0;
    const char *name = arena_str(c->arena, hash).ptr;
    struct error err = { .lang = c->lang };
    enum error_code code = hash.len != STORE_HASH ? ERROR_INVALID
                                                  : store_blob_size(c->web->config.store, name, &size, &err);
    if (code == ERROR_MISSING) {
        web__refuse(c, 404, &err); /* that it was erased, or never was */
        return false;
    }
    if (code != OK || size > LIMIT_WEB_FILE) {
        http_send_error(c->r, 404, "there is no such file");
        return false;
    }
    char *bytes = arena_alloc(c->arena, size);
    if (store_blob_read(c->web->config.store, name, 0, bytes, size, &got, NULL) != OK || got != size) {
        http_send_error(c->r, 503, "the file cannot be read now");
        return false;
    }
    *ret = (str){ bytes, size };
    return true;
}

static const struct web__file_kind *kind_of_bytes(str bytes)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (bytes.len > kinds[i].at + kinds[i].length && kinds[i].inside == NULL &&
            memcmp(bytes.ptr + kinds[i].at, kinds[i].mark, kinds[i].length) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

str web__with_ending(struct arena *a, str name, const struct web__file_kind *kind)
{
    size_t dot = name.len;
    while (dot > 0 && name.ptr[dot - 1] != '.') {
        dot--;
    }
    if (kind == NULL || (dot > 1 && is_ending(str_slice(name, dot, name.len), kind))) {
        return name;
    }
    return arena_printf(a, "%.*s.%s", STR_ARG(name.len > 0 ? name : STR("file")), kind->ending);
}

/* What is sent is a name in ASCII for old programs, and the whole of it as RFC 6266 wants it. */
static str disposition(struct arena *a, str name)
{
    struct buf out = BUF_INIT(4096);
    buf_addz(&out, "attachment; filename=\"");
    for (size_t i = 0; i < name.len; i++) {
        unsigned char b = (unsigned char)name.ptr[i];
        buf_addc(&out, b < 0x20 || b >= 0x7f || strchr("\"\\%/;", b) != NULL ? '_' : (char)b);
    }
    buf_addz(&out, "\"; filename*=UTF-8''");
    for (size_t i = 0; i < name.len; i++) {
        buf_printf(&out, "%%%02X", (unsigned char)name.ptr[i]);
    }
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

/* The bytes of a file that the scanner has let through; false after an answer was sent. */
static bool take_out(struct web__call *c, str hash, str *ret)
{
    struct store_view *v = web__view(c);
    struct error err = { .lang = c->lang };
    if (v == NULL) {
        return false;
    }
    enum record_file state = record_file(v, hash);
    if (!web__view_end(c, v)) {
        return false;
    }
    if (state == RECORD_FILE_FINE) {
        return read_blob(c, hash, ret);
    }
    bool waits = state == RECORD_FILE_WAITS;
    error_set(&err, ERROR_INVALID, waits ? "the virus scanner has not looked at this file yet"
                                         : "the virus scanner refuses this file");
    error_hint(&err, waits ? "try again in some minutes" : "ask whoever sent it for another copy");
    web__refuse(c, 409, &err);
    return false;
}

static void save(struct web__call *c, const struct web__file_kind *kind, str bytes, str name)
{
    bool archive = kind != NULL && strcmp(kind->ending, "zip") == 0; /* what is in it, the name says */
    http_add_header(c->r, "Cache-Control", STR("no-store"));
    http_add_header(c->r, "Content-Security-Policy", STR("sandbox")); /* beside that of all answers: both hold */
    http_add_header(c->r, "Content-Disposition",
                    disposition(c->arena, web__with_ending(c->arena, name, archive ? NULL : kind)));
    http_send(c->r, 200, str_of(kind == NULL ? "application/octet-stream" : kind->type), bytes);
}

void web__send_file(struct web__call *c, str hash, str name)
{
    str bytes;
    if (take_out(c, hash, &bytes)) {
        save(c, kind_of_bytes(bytes), bytes, name);
    }
}

void web__send_found(struct web__call *c, bool there, str hash, str name)
{
    if (there) {
        web__send_file(c, hash, name);
    } else {
        http_send_error(c->r, 404, "there is no such file");
    }
}

void web__show_file(struct web__call *c, str hash, str name, bool bare)
{
    str bytes;
    if (!take_out(c, hash, &bytes)) {
        return;
    }
    const struct web__file_kind *kind = kind_of_bytes(bytes);
    if (kind == NULL || !str_starts_with(str_of(kind->type), STR("image/"))) {
        save(c, kind, bytes, name);
        return;
    }
    if (bare && !picture_strip(c->arena, bytes, &bytes)) {
        http_send_error(c->r, 404, "the picture is damaged");
        return;
    }
    http_add_header(c->r, "Cache-Control", STR("private, max-age=86400"));
    http_send(c->r, 200, str_of(kind->type), bytes);
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
