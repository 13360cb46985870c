/* regex_int: regular expressions of XPath 3.1 (DMN 1.5, 10.3.4.3: matches, replace, split).
 *
 *   regex_translate.c   from XPath's language to that of PCRE2
 *   regex.c             compiling, keeping and matching
 *
 * A compiled expression lives in a cache of the evaluator, which outlives its resets. Every match is paid for: its
 * steps come from the budget of the evaluation, and one that goes back and forth too long ends it.
 */
#ifndef GONGSHI_FEEL_REGEX_INT_H
#define GONGSHI_FEEL_REGEX_INT_H

#include "feel/feel_int.h"

/* The letters of the flags argument (Functions and Operators 3.1, 5.6.2). */
enum {
    FEEL_REGEX_S = 1, /* . matches line breaks too */
    FEEL_REGEX_M = 2, /* ^ and $ match at lines */
    FEEL_REGEX_I = 4, /* upper and lower case are the same */
    FEEL_REGEX_X = 8, /* white space in the expression does not count */
    FEEL_REGEX_Q = 16, /* every character of the expression is itself */
};

/* ---- The translator ---- */

enum {
    FEEL_REGEX_TEXT_MAX = 256 << 10, /* bytes of a translation; PCRE2 compiles to at most 64 KiB */
    FEEL_REGEX_STEP_BYTES = 64,      /* of a text run through, or of an expression, that make a step */
};

/* A translation, or what is wrong. To be cleared to zero but for the ceiling of pcre2. */
struct feel_regex_text {
    struct buf pcre2;
    uint32_t groups;   /* that capture */
    uint64_t width;    /* characters in the ranges of all classes: what flag i makes the compiler look at */
    const char *wrong; /* a sentence, or NULL */
    str place;         /* where what is wrong begins, to the end */
    const char *limit; /* the bound that was hit, or NULL */
};

/* Translates a pattern, which must be UTF-8. False: `wrong` or `limit` is set. `a` may be used for a copy of the
 * pattern that `place` lies in. */
bool feel__regex_translate(struct arena *a, str pattern, uint32_t flags, struct feel_regex_text *to);

/* ---- Compiled expressions ---- */

struct pcre2_real_code_8;

struct feel_regex {
    struct buf source; /* what it was made of */
    uint32_t flags;
    uint32_t groups;   /* that capture */
    uint64_t used;     /* when it was wanted last, by the cache's clock; 0 for a place that is free */
    struct pcre2_real_code_8 *code;
};

/* The expression of a pattern and flags, which is valid until the next call; NULL with a diagnostic that names the
 * function where one of them is wrong, or with the evaluation ended. */
const struct feel_regex *feel__regex(struct feel_eval *ev, const char *function, str pattern, str flags);

/* Looks for the next match in `text` that begins at the byte `from` or later. True: group i, where 0 is the whole, is
 * [ends[2 * i], ends[2 * i + 1]), or FEEL_REGEX_UNSET where it took no part; the array is valid until the next match.
 * False when there is none, or the evaluation was ended. */
bool feel__regex_match(struct feel_eval *ev, const struct feel_regex *regex, str text, size_t from,
                       const size_t **ret_ends);

#define FEEL_REGEX_UNSET SIZE_MAX

#endif
