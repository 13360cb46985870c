/* words: see words.h. The entries are sorted by their texts. */
#include "text/words.h"

#include "base/buf.h"
#include "base/limit.h"
#include "text/json.h"

#include <stdlib.h>

enum { GAPS = 9, NESTED = 3 };

struct words {
    struct words_entry *entries;
    uint32_t count;
    uint32_t *gapped; /* the entries with gaps */
    uint32_t gapped_count;
};

static int by_text(const void *a, const void *b)
{
    return str_cmp(((const struct words_entry *)a)->text, ((const struct words_entry *)b)->text);
}

static enum error_code no_words(str name, uint32_t line, struct error *err)
{
    error_set(err, ERROR_INVALID, "the words of another language are no object of texts");
    error_hint(err, "write {\"the text\": \"its translation\", …}");
    error_at(err, name, line, 0);
    return ERROR_INVALID;
}

static uint32_t line_of(str bytes, uint32_t at)
{
    uint32_t line = 1;
    for (uint32_t i = 0; i < at; i++) {
        line += bytes.ptr[i] == '\n';
    }
    return line;
}

static enum error_code find_gapped(struct words *w, struct arena *a, str name, struct error *err)
{
    w->gapped = ARENA_ARRAY(a, uint32_t, w->count < LIMIT_WORDS_GAPPED ? w->count : LIMIT_WORDS_GAPPED);
    for (uint32_t i = 0; i < w->count; i++) {
        str rest = w->entries[i].text;
        int gap;
        words_piece(&rest, &gap);
        w->entries[i].gapped = gap > 0;
        if (gap > 0 && w->gapped_count == LIMIT_WORDS_GAPPED) {
            error_set(err, ERROR_LIMIT, "there are too many texts with gaps");
            error_detail(err, "limit %s = %d", "WORDS_GAPPED", LIMIT_WORDS_GAPPED);
            error_at(err, name, 0, 0);
            return ERROR_LIMIT;
        }
        if (gap > 0) {
            w->gapped[w->gapped_count++] = i;
        }
    }
    return OK;
}

enum error_code words_read(struct arena *a, str name, str bytes, const struct words **ret, struct error *err)
{
    struct json json;
    enum error_code code = json_parse(a, bytes, &json, err);
    if (code != OK) {
        if (err != NULL) {
            error_at(err, name, err->where.line, err->where.column);
        }
        return code;
    }
    if (json.kind != JSON_OBJECT) {
        return no_words(name, 1, err);
    }
    struct words *w = ARENA_NEW(a, struct words);
    w->entries = ARENA_ARRAY(a, struct words_entry, json.count);
    for (uint32_t i = 0; i < json.count; i++) {
        const struct json *other = &json.items[i];
        if (other->kind != JSON_STRING || other->text.len == 0 || json.names[i].len == 0) {
            return no_words(name, line_of(bytes, other->at), err);
        }
        w->entries[w->count++] = (struct words_entry){ json.names[i], other->text, other->at, false };
    }
    if (w->count > 1) {
        qsort(w->entries, w->count, sizeof *w->entries, by_text);
    }
    code = find_gapped(w, a, name, err);
    if (code == OK) {
        *ret = w;
    }
    return code;
}

int64_t words_find(const struct words *w, str text)
{
    uint32_t low = 0, high = words_count(w);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = str_cmp(text, w->entries[middle].text);
        if (order == 0) {
            return middle;
        }
        low = order < 0 ? low : middle + 1;
        high = order < 0 ? middle : high;
    }
    return -1;
}

str words_of(const struct words *w, str text)
{
    int64_t at = words_find(w, text);
    return at < 0 ? text : w->entries[at].other;
}

/* ---- Gaps ---- */

str words_piece(str *rest, int *ret_gap)
{
    for (size_t i = 0; i + 2 < rest->len; i++) {
        char digit = rest->ptr[i + 1];
        if (rest->ptr[i] == '{' && digit >= '1' && digit <= '0' + GAPS && rest->ptr[i + 2] == '}') {
            str piece = str_slice(*rest, 0, i);
            *ret_gap = digit - '0';
            *rest = str_slice(*rest, i + 3, rest->len);
            return piece;
        }
    }
    str last = *rest;
    *ret_gap = 0;
    *rest = str_slice(*rest, rest->len, rest->len);
    return last;
}

/* Where the piece stands first in the text, or its length beyond the end. */
static size_t place_of(str text, str piece)
{
    const char *at = piece.len == 0 ? text.ptr : text.len == 0 ? NULL
                                                               : memmem(text.ptr, text.len, piece.ptr, piece.len);
    return at == NULL ? text.len + 1 : (size_t)(at - text.ptr);
}

/* Whether a text is one with these gaps, and what stands in them: each ends where the next piece stands first. */
static bool fits(str gapped, str text, str *ret_gaps)
{
    int gap;
    str piece = words_piece(&gapped, &gap);
    if (!str_starts_with(text, piece)) {
        return false;
    }
    text = str_slice(text, piece.len, text.len);
    while (gap > 0) {
        int filled = gap;
        piece = words_piece(&gapped, &gap);
        bool last = gap == 0, ends = text.len >= piece.len &&
                                     str_eq(str_slice(text, text.len - piece.len, text.len), piece);
        size_t at = !last ? place_of(text, piece) : ends ? text.len - piece.len : text.len + 1;
        if (at == 0 || at > text.len) {
            return false;
        }
        ret_gaps[filled] = str_slice(text, 0, at);
        text = str_slice(text, at + piece.len, text.len);
    }
    return text.len == 0;
}

static str fill(struct arena *a, const struct words *w, str text, int depth);

static str fill_gaps(struct arena *a, const struct words *w, str gapped, const str *gaps, int depth)
{
    struct buf out = BUF_INIT(LIMIT_FORM_TEXT);
    int gap;
    do {
        buf_add(&out, words_piece(&gapped, &gap));
        if (gap > 0) {
            buf_add(&out, fill(a, w, gaps[gap], depth - 1));
        }
    } while (gap > 0);
    str text = arena_str(a, buf_str(&out));
    buf_release(&out);
    return text;
}

/* Of several that fit, the one that says most; what fills its gaps may have gaps again. */
static str fill(struct arena *a, const struct words *w, str text, int depth)
{
    int64_t at = words_find(w, text);
    const struct words_entry *best = NULL;
    str gaps[GAPS + 1] = { 0 };
    for (uint32_t i = 0; at < 0 && depth > 0 && w != NULL && i < w->gapped_count; i++) {
        const struct words_entry *e = &w->entries[w->gapped[i]];
        str filled[GAPS + 1] = { 0 };
        if ((best == NULL || e->text.len > best->text.len) && fits(e->text, text, filled)) {
            memcpy(gaps, filled, sizeof gaps);
            best = e;
        }
    }
    return at >= 0 ? w->entries[at].other : best != NULL ? fill_gaps(a, w, best->other, gaps, depth) : text;
}

str words_fill(struct arena *a, const struct words *w, str text)
{
    return fill(a, w, text, NESTED);
}

uint32_t words_count(const struct words *w)
{
    return w == NULL ? 0 : w->count;
}

struct words_entry words_entry(const struct words *w, uint32_t i)
{
    return w->entries[i];
}
