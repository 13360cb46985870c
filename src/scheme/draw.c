/* draw: the list in its one form, and the order that a seed gives it. */
#include "scheme/draw.h"

#include "base/buf.h"
#include "base/limit.h"

#include <stdlib.h>

static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

static enum error_code check_item(const str *sorted, uint32_t i, struct error *err)
{
    if (sorted[i].len == 0 || memchr(sorted[i].ptr, '\n', sorted[i].len) != NULL) {
        return error_set(err, ERROR_INVALID, "an item of a list that is drawn from is empty or has a line feed");
    }
    if (i > 0 && str_eq(sorted[i - 1], sorted[i])) {
        return error_set(err, ERROR_INVALID, "the list that is drawn from has \"%.*s\" twice", STR_ARG(sorted[i]));
    }
    return OK;
}

enum error_code scheme_draw_list(struct arena *a, const str *items, uint32_t count, str *ret_list,
                                 char ret_hash[SHA256_TEXT], struct error *err)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    str *sorted = ARENA_ARRAY(a, str, count);
    enum error_code code = OK;
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = items[i];
    }
    if (count > 1) {
        qsort(sorted, count, sizeof *sorted, by_bytes);
    }
    for (uint32_t i = 0; i < count && code == OK; i++) {
        code = check_item(sorted, i, err);
        buf_add(&text, sorted[i]);
        buf_addc(&text, '\n');
    }
    if (code == OK && text.overflow) {
        code = error_set(err, ERROR_LIMIT, "the list that is drawn from is too large");
        error_detail(err, "limit %s = %d", "JSON_BYTES", LIMIT_JSON_BYTES);
    }
    if (code == OK) {
        *ret_list = arena_str(a, buf_str(&text));
        sha256_text(*ret_list, ret_hash);
    }
    buf_release(&text);
    return code;
}

static int by_key(const void *a, const void *b)
{
    const struct scheme_lot *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order != 0 ? order : str_cmp(x->item, y->item);
}

const struct scheme_lot *scheme_draw(struct arena *a, str seed, const char *hash, const str *items, uint32_t count)
{
    struct scheme_lot *lots = ARENA_ARRAY(a, struct scheme_lot, count);
    struct arena scratch = ARENA_INIT;
    for (uint32_t i = 0; i < count; i++) {
        lots[i] = (struct scheme_lot){ .item = items[i], .index = i };
        arena_clear(&scratch);
        sha256_text(arena_printf(&scratch, "%.*s\n%s\n%.*s", STR_ARG(seed), hash, STR_ARG(items[i])), lots[i].key);
    }
    arena_release(&scratch);
    if (count > 1) {
        qsort(lots, count, sizeof *lots, by_key);
    }
    return lots;
}
