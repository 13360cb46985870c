/* multipart: a form with files (RFC 7578) as it streams by: fields into memory, files into the spool.
 *
 * The delimiter is CR LF -- boundary. A boundary has no CR, so a mismatch can only begin anew with the byte that did
 * not match: what was matched until then was data.
 */
#include "http/http_int.h"

#include <strings.h>
#include <unistd.h>

bool http__multipart_begin(struct http_request *r, str content_type)
{
    str boundary;
    if (!http__parameter(&r->arena, content_type, "boundary", &boundary) || boundary.len == 0 || boundary.len > 70 ||
        memchr(boundary.ptr, '\r', boundary.len) != NULL || memchr(boundary.ptr, '\n', boundary.len) != NULL) {
        return http__refuse(r, 400, "the form has no valid boundary");
    }
    struct http__multipart *m = ARENA_NEW(&r->arena, struct http__multipart);
    memcpy(m->delimiter, "\r\n--", 4);
    memcpy(m->delimiter + 4, boundary.ptr, boundary.len);
    m->delimiter_len = (uint32_t)boundary.len + 4;
    m->matched = 2; /* the first delimiter needs no line break before it */
    r->multipart = m;
    r->files = ARENA_ARRAY(&r->arena, struct http_file, LIMIT_HTTP_FILES);
    return true;
}

/* ---- Parts ---- */

/* Data of the present part. */
static bool add_data(struct http_request *r, str data)
{
    struct http__multipart *m = r->multipart;
    if (m->state == HTTP__PREAMBLE) {
        return true;
    }
    if (m->is_file) {
        struct http_file *file = &r->files[r->file_count - 1];
        file->size += data.len;
        return http__spool_write(r, file->fd, data);
    }
    r->form_bytes += data.len;
    if (r->form_bytes > LIMIT_HTTP_FORM) {
        return http__refuse(r, 413, "the form is too large");
    }
    http__text_add(&r->arena, &r->body, data);
    return true;
}

static bool end_part(struct http_request *r)
{
    struct http__multipart *m = r->multipart;
    if (m->is_file) {
        if (lseek(r->files[r->file_count - 1].fd, 0, SEEK_SET) != 0) {
            return http__refuse(r, 503, "the body could not be stored");
        }
        return true;
    }
    str value = { r->body.ptr, r->body.len };
    if (!http__is_text(value)) {
        return http__refuse(r, 400, "a name or value is no UTF-8 text");
    }
    if (r->fields.count >= LIMIT_HTTP_FIELDS) {
        return http__refuse(r, 413, "there are too many fields");
    }
    http__add_pair(r, &r->fields, m->name, arena_str(&r->arena, value));
    r->body.len = 0;
    return true;
}

static bool begin_file(struct http_request *r)
{
    struct http__multipart *m = r->multipart;
    if (r->file_count >= LIMIT_HTTP_FILES) {
        return http__refuse(r, 413, "there are too many files");
    }
    int fd = http__spool_open(r);
    if (fd < 0) {
        return false;
    }
    r->files[r->file_count++] =
        (struct http_file){ .field = m->name, .name = m->file_name, .type = m->type, .fd = fd, .size = 0 };
    return true;
}

/* One header line of a part. */
static bool read_line(struct http_request *r, str line)
{
    struct http__multipart *m = r->multipart;
    const char *colon = memchr(line.ptr, ':', line.len);
    size_t n = colon == NULL ? 0 : (size_t)(colon - line.ptr);
    if (!http__is_token(str_slice(line, 0, n)) || !http__is_text(line)) {
        return http__refuse(r, 400, "a part of the form cannot be read");
    }
    str name = str_slice(line, 0, n), value = str_trim(str_slice(line, n + 1, line.len));
    if (name.len == 12 && strncasecmp(name.ptr, "content-type", 12) == 0) {
        m->type = arena_str(&r->arena, value);
    } else if (name.len == 19 && strncasecmp(name.ptr, "content-disposition", 19) == 0) {
        if (m->name.ptr != NULL || !str_starts_with(value, STR("form-data")) ||
            !http__parameter(&r->arena, value, "name", &m->name)) {
            return http__refuse(r, 400, "a part of the form cannot be read");
        }
        m->name = arena_str(&r->arena, m->name);
        m->is_file = http__parameter(&r->arena, value, "filename", &m->file_name);
        m->file_name = m->is_file ? arena_str(&r->arena, m->file_name) : STR("");
    }
    return true;
}

/* The headers of a part are there, each line with its CR LF. */
static bool begin_part(struct http_request *r)
{
    struct http__multipart *m = r->multipart;
    m->name = m->file_name = (str){ NULL, 0 };
    m->type = STR("");
    m->is_file = false;
    for (size_t from = 0; from + 2 < m->head_len;) {
        const char *end = memchr(m->head + from, '\r', m->head_len - from);
        str line = { m->head + from, (size_t)(end - m->head) - from };
        if (!read_line(r, line)) {
            return false;
        }
        from += line.len + 2;
    }
    if (m->name.ptr == NULL) {
        return http__refuse(r, 400, "a part of the form cannot be read");
    }
    r->form_bytes += m->head_len;
    if (r->form_bytes > LIMIT_HTTP_FORM) {
        return http__refuse(r, 413, "the form is too large");
    }
    m->state = HTTP__PART_DATA;
    m->matched = 0;
    return !m->is_file || begin_file(r);
}

/* ---- Bytes ---- */

/* Of the headers of a part, which end with an empty line; a part without any has no name. */
static bool add_head(struct http_request *r, char c)
{
    struct http__multipart *m = r->multipart;
    if (m->head_len == LIMIT_HTTP_PART_HEAD) {
        return http__refuse(r, 431, "the headers are too large");
    }
    char before = m->head_len > 0 ? m->head[m->head_len - 1] : '\n';
    if ((c == '\n') != (before == '\r')) {
        return http__refuse(r, 400, "a part of the form cannot be read");
    }
    m->head[m->head_len++] = c;
    bool ended = m->head_len >= 4 && memcmp(m->head + m->head_len - 4, "\r\n\r\n", 4) == 0;
    if (m->head_len == 2 && memcmp(m->head, "\r\n", 2) == 0) {
        return http__refuse(r, 400, "a part of the form cannot be read");
    }
    return !ended || begin_part(r);
}

/* Behind a delimiter stands "--" when it was the last, otherwise a line break; white space may come before that. */
static bool add_delimited(struct http_request *r, char c)
{
    struct http__multipart *m = r->multipart;
    char before = m->head_len > 0 ? m->head[0] : ' ';
    if (c == '-' && before == '-') {
        m->state = HTTP__EPILOGUE;
    } else if (c == '\n' && before == '\r') {
        m->state = HTTP__PART_HEAD;
        m->head_len = 0;
    } else if (before == ' ' && (c == '-' || c == '\r' || c == ' ' || c == '\t')) {
        m->head[0] = c == '\t' ? ' ' : c;
        m->head_len = 1;
    } else {
        return http__refuse(r, 400, "a part of the form cannot be read");
    }
    return true;
}

/* Data up to the delimiter, as much of it as `piece` has; returns the bytes used. */
static size_t add_until_delimiter(struct http_request *r, str piece)
{
    struct http__multipart *m = r->multipart;
    size_t i = 0;
    while (i < piece.len && m->matched < m->delimiter_len) {
        if (piece.ptr[i] == m->delimiter[m->matched]) {
            m->matched++;
            i++;
        } else if (m->matched > 0) {
            str data = { m->delimiter, m->matched };
            m->matched = 0;
            if (!add_data(r, data)) {
                return i;
            }
        } else {
            const char *end = memchr(piece.ptr + i, '\r', piece.len - i);
            size_t n = end == NULL ? piece.len - i : (size_t)(end - piece.ptr) - i;
            if (!add_data(r, (str){ piece.ptr + i, n })) {
                return i;
            }
            i += n;
        }
    }
    if (m->matched == m->delimiter_len) {
        bool fine = m->state == HTTP__PREAMBLE || end_part(r);
        m->state = fine ? HTTP__DELIMITED : m->state;
        m->matched = 0;
        m->head_len = 0;
    }
    return i;
}

bool http__multipart_add(struct http_request *r, str piece)
{
    struct http__multipart *m = r->multipart;
    while (piece.len > 0 && m->state != HTTP__EPILOGUE && r->refusal.status == 0) {
        size_t used = 1;
        switch (m->state) {
        case HTTP__DELIMITED:
            add_delimited(r, piece.ptr[0]);
            break;
        case HTTP__PART_HEAD:
            add_head(r, piece.ptr[0]);
            break;
        default:
            used = add_until_delimiter(r, piece);
            break;
        }
        piece = str_slice(piece, used, piece.len);
    }
    return r->refusal.status == 0;
}

bool http__multipart_end(struct http_request *r)
{
    if (r->multipart->state != HTTP__EPILOGUE) {
        return http__refuse(r, 400, "the form has no end");
    }
    return true;
}
