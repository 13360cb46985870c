/* words: see words.h. The entries are sorted by their texts. */
#include "text/words.h"

#include "text/json.h"

#include <stdlib.h>

struct words {
    struct words_entry *entries;
    uint32_t count;
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
        w->entries[w->count++] = (struct words_entry){ json.names[i], other->text, other->at };
    }
    if (w->count > 1) {
        qsort(w->entries, w->count, sizeof *w->entries, by_text);
    }
    *ret = w;
    return OK;
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

uint32_t words_count(const struct words *w)
{
    return w == NULL ? 0 : w->count;
}

struct words_entry words_entry(const struct words *w, uint32_t i)
{
    return w->entries[i];
}
