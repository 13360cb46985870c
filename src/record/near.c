/* near: of texts that could have been meant, those that are most like the one that was written. */
#include "record/record_int.h"

enum { NEAR_BYTES = 90 };

/* Bytes that must be put in, taken out or replaced, one text into the other; long texts are never near. */
static size_t distance(str a, str b)
{
    size_t row[NEAR_BYTES + 1];
    if (a.len > NEAR_BYTES || b.len > NEAR_BYTES) {
        return SIZE_MAX;
    }
    for (size_t k = 0; k <= b.len; k++) {
        row[k] = k;
    }
    for (size_t i = 1; i <= a.len; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b.len; k++) {
            size_t above = row[k], best = corner + (a.ptr[i - 1] != b.ptr[k - 1]);
            best = above + 1 < best ? above + 1 : best;
            row[k] = row[k - 1] + 1 < best ? row[k - 1] + 1 : best;
            corner = above;
        }
    }
    return row[b.len];
}

/* The place of the answer, or where it would come; its end where it is too far. */
static uint32_t place_of(const struct record__near *n, str answer, size_t away)
{
    uint32_t i = 0;
    while (i < RECORD__NEAR && n->ones[i].len > 0 && n->far[i] <= away && !str_eq(n->ones[i], answer)) {
        i++;
    }
    return i;
}

void record__near(struct record__near *n, str like, str answer)
{
    size_t away = distance(n->text, like), longer = n->text.len > like.len ? n->text.len : like.len;
    uint32_t at = place_of(n, answer, away);
    if (like.len == 0 || away > (longer + 1) / 2 || at == RECORD__NEAR ||
        (str_eq(n->ones[at], answer) && n->far[at] <= away)) {
        return;
    }
    uint32_t last = at; /* where the answer stood until now, or what is pushed out */
    while (last + 1 < RECORD__NEAR && !str_eq(n->ones[last], answer)) {
        last++;
    }
    for (uint32_t k = last; k > at; k--) {
        n->ones[k] = n->ones[k - 1];
        n->far[k] = n->far[k - 1];
    }
    n->ones[at] = answer;
    n->far[at] = away;
}

str record__near_ones(struct arena *a, const struct record__near *n)
{
    str all = STR("");
    for (uint32_t i = 0; i < RECORD__NEAR && n->ones[i].len > 0; i++) {
        all = arena_printf(a, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : ", ", STR_ARG(n->ones[i]));
    }
    return all;
}
