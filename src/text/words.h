/* words: texts in another language, found by the text itself, as gettext does: a JSON object {"中文原文": "English"}.
 *
 * Whoever writes a text writes it in one language and nothing else; the translations stand in a file beside it. A text
 * that is changed is found no more, and is shown as it is rather than with a translation of something else.
 *
 * A sentence that is made while something runs has gaps, in the file {1} to {9}: "共{1}人，须{2}人" is the text of every
 * sentence that begins, goes on and ends so, with something in each gap; its translation has the same gaps, in whatever
 * order.
 */
#ifndef GONGSHI_TEXT_WORDS_H
#define GONGSHI_TEXT_WORDS_H

#include "base/arena.h"
#include "base/error.h"

struct words; /* immutable, shared by threads; lives in the arena of words_read */

/* Reads a file of them; `name` is the file's, for errors. The bytes must live as long as the result. */
enum error_code words_read(struct arena *a, str name, str bytes, const struct words **ret, struct error *err);

/* The text in the other language, or the text itself where there is none. NULL: no words. */
str words_of(const struct words *w, str text);

/* The same for a sentence that something made: with gaps too, and what fills them is translated in the same way, three
 * levels down. The result is `text` or lives in `a`. */
str words_fill(struct arena *a, const struct words *w, str text);

/* The next piece of a text with gaps: what stands before its first gap, which `rest` then begins behind; the number of
 * the gap, or 0 at the end. */
str words_piece(str *rest, int *ret_gap);

/* All that are there, by their texts; words_count(NULL) is 0. */
struct words_entry {
    str text, other;
    uint32_t at; /* byte of the file where the translation begins */
    bool gapped; /* the text has gaps */
};
uint32_t words_count(const struct words *w);
struct words_entry words_entry(const struct words *w, uint32_t i);

/* The place of a text among them, or -1. */
int64_t words_find(const struct words *w, str text);

#endif
