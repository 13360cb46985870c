/* regex: compiling, keeping and matching regular expressions with PCRE2.
 *
 * PCRE2 searches by going back. What bounds it here are the callouts that the translation holds: each costs steps,
 * more when the match has moved far since the last, and the function below ends the match when they are used up. So
 * both the patterns that explode, as (a+)+$, and those that take the square of the text, as \s+$, are stopped by what
 * they take. From one place of the text a match may take LIMIT_REGEX_MATCH steps; all together come out of the
 * evaluation's budget. PCRE2's just-in-time compiler is not used: what it makes counts nothing.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "feel/regex_int.h"

#include <pcre2.h>
#include <stdlib.h>

enum {
    KEPT = 64,          /* expressions, of at most 72 KiB; a decision table may well have one in each rule */
    COMPILE_STEPS = 64, /* what compiling takes at least */
    WIDTH_PER_STEP = 8, /* characters whose case the compiler looks up in a step */
    FLAGS = 5,
};

struct feel_regex_cache {
    struct feel_regex kept[KEPT];
    uint64_t clock;
    pcre2_compile_context *compile;
    pcre2_match_context *match;
    pcre2_match_data *data;
};

_Static_assert(FEEL_REGEX_UNSET == PCRE2_UNSET, "the offset of a group that took no part");

/* ---- The cache ---- */

static struct feel_regex_cache *cache_of(struct feel_eval *ev)
{
    if (ev->regexes != NULL) {
        return ev->regexes;
    }
    struct feel_regex_cache *c = calloc(1, sizeof *c); /* style: allow calloc: it outlives the arena's resets */
    if (c == NULL) {
        abort();
    }
    c->compile = pcre2_compile_context_create(NULL);
    c->match = pcre2_match_context_create(NULL);
    c->data = pcre2_match_data_create(LIMIT_REGEX_GROUPS + 1, NULL);
    if (c->compile == NULL || c->match == NULL || c->data == NULL) {
        abort();
    }
    /* A group takes one parenthesis, a class that is taken away two, what stands for an anchor or a class one more. */
    pcre2_set_parens_nest_limit(c->compile, 2 * LIMIT_REGEX_DEPTH + 4);
    pcre2_set_max_pattern_length(c->compile, FEEL_REGEX_TEXT_MAX);
    pcre2_set_newline(c->compile, PCRE2_NEWLINE_LF);
    pcre2_set_match_limit(c->match, LIMIT_REGEX_MATCH);
    pcre2_set_heap_limit(c->match, LIMIT_REGEX_BYTES >> 10);
    ev->regexes = c;
    return c;
}

static void empty(struct feel_regex *r)
{
    pcre2_code_free(r->code);
    buf_release(&r->source);
    *r = (struct feel_regex){ .used = 0 };
}

void feel__regex_cache_free(struct feel_eval *ev)
{
    struct feel_regex_cache *c = ev->regexes;
    if (c != NULL) {
        for (size_t i = 0; i < KEPT; i++) {
            empty(&c->kept[i]);
        }
        pcre2_match_data_free(c->data);
        pcre2_match_context_free(c->match);
        pcre2_compile_context_free(c->compile);
        free(c); /* style: allow free: see cache_of */
        ev->regexes = NULL;
    }
}

/* The expression that is kept, or else the place to put it: one that is free, or whose expression was not wanted for
 * the longest time. */
static struct feel_regex *find(struct feel_regex_cache *c, str pattern, uint32_t flags)
{
    struct feel_regex *oldest = &c->kept[0];
    for (size_t i = 0; i < KEPT; i++) {
        struct feel_regex *r = &c->kept[i];
        if (r->used != 0 && r->flags == flags && str_eq(buf_str(&r->source), pattern)) {
            return r;
        }
        if (r->used < oldest->used) {
            oldest = r;
        }
    }
    empty(oldest);
    return oldest;
}

/* ---- Compiling ---- */

static bool parse_flags(str text, uint32_t *ret)
{
    static const char letters[FLAGS + 1] = "smixq";
    uint32_t flags = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *letter = memchr(letters, text.ptr[i], FLAGS);
        if (letter == NULL) {
            return false;
        }
        flags |= 1u << (letter - letters);
    }
    *ret = flags;
    return true;
}

static void complain(struct feel_eval *ev, const char *function, str place, const char *sentence)
{
    feel__fail(ev, FEEL_DIAG_REGEX, function, feel__brief(ev, feel_string(place)), sentence);
}

/* The translation is always one that PCRE2 takes, but it may become too large: PCRE2 writes out the repetitions of
 * a group, and has no more than 64 KiB for all. */
static bool compile(struct feel_regex_cache *c, const struct feel_regex_text *text, uint32_t flags,
                    pcre2_code **ret)
{
    uint32_t options = PCRE2_UTF | PCRE2_DOTALL | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
    int error;
    size_t at;
    if ((flags & FEEL_REGEX_I) != 0) {
        options |= PCRE2_CASELESS;
    }
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text->pcre2.ptr, text->pcre2.len, options, &error, &at, c->compile);
    if (code == NULL) {
        assert(error == PCRE2_ERROR_PATTERN_TOO_LARGE || error == PCRE2_ERROR_PATTERN_TOO_COMPLICATED);
        return false;
    }
    *ret = code;
    return true;
}

/* Translates and compiles into r, which is empty. */
static bool make(struct feel_eval *ev, const char *function, str pattern, uint32_t flags, struct feel_regex_text *text,
                 struct feel_regex *r)
{
    pcre2_code *code;
    if (!feel__regex_translate(&ev->arena, pattern, flags, text)) {
        if (text->limit != NULL) {
            feel__stop(ev, text->limit);
        } else {
            complain(ev, function, text->place, text->wrong);
        }
        return false;
    }
    if ((flags & FEEL_REGEX_I) != 0 && !feel__steps(ev, text->width / WIDTH_PER_STEP)) {
        return false;
    }
    if (!compile(ev->regexes, text, flags, &code)) {
        complain(ev, function, pattern, "it becomes too large when it is compiled");
        return false;
    }
    *r = (struct feel_regex){ BUF_INIT(LIMIT_REGEX_SOURCE), flags, text->groups, 0, code };
    buf_add(&r->source, pattern);
    return true;
}

const struct feel_regex *feel__regex(struct feel_eval *ev, const char *function, str pattern, str flags)
{
    struct feel_regex_cache *c = cache_of(ev);
    uint32_t bits;
    if (!parse_flags(flags, &bits)) {
        feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, function, "flags", feel__brief(ev, feel_string(flags)));
        return NULL;
    }
    if (pattern.len > LIMIT_REGEX_SOURCE) {
        feel__stop(ev, "REGEX_SOURCE");
        return NULL;
    }
    struct feel_regex *r = find(c, pattern, bits);
    if (r->used == 0) {
        struct feel_regex_text text = { .pcre2 = BUF_INIT(FEEL_REGEX_TEXT_MAX) };
        bool made = feel__steps(ev, COMPILE_STEPS + pattern.len) && feel__room(ev, pattern.len) &&
                    make(ev, function, pattern, bits, &text, r);
        buf_release(&text.pcre2);
        if (!made) {
            return NULL;
        }
    }
    r->used = ++c->clock;
    return r;
}

/* ---- Matching ---- */

struct budget {
    int64_t left;    /* of the evaluation's steps */
    int64_t here;    /* for a match that begins at `start` */
    size_t start;
    size_t position; /* at the last callout */
};

/* The length of the group that a callout before a back reference names. */
static size_t captured(const pcre2_callout_block *at)
{
    size_t group = 0;
    for (size_t i = 0; i < at->callout_string_length; i++) {
        group = group * 10 + (size_t)(at->callout_string[i] - '0');
    }
    const size_t *ends = &at->offset_vector[2 * group];
    return group < at->capture_top && ends[0] != PCRE2_UNSET ? ends[1] - ends[0] : 0;
}

/* See regex_translate.c for what a callout means. */
static int charge(pcre2_callout_block *at, void *data)
{
    struct budget *b = data;
    size_t moved = at->current_position > b->position ? at->current_position - b->position : 0;
    if (at->callout_string != NULL) {
        moved = captured(at);
    }
    if (at->start_match != b->start) {
        b->start = at->start_match;
        b->here = LIMIT_REGEX_MATCH;
    }
    int64_t steps = (1 + (int64_t)at->callout_number) * (1 + (int64_t)(moved / FEEL_REGEX_STEP_BYTES));
    b->position = at->current_position;
    b->here -= steps;
    b->left -= steps;
    return b->here < 0 ? PCRE2_ERROR_MATCHLIMIT : b->left < 0 ? PCRE2_ERROR_CALLOUT : 0;
}

/* True for a match; otherwise there is none, or a limit was hit. That the text is UTF-8 is looked at only when the
 * search begins at its start, so that a search for all matches stays linear. */
static bool search(struct feel_eval *ev, const struct feel_regex *regex, str text, size_t from, struct budget *b)
{
    struct feel_regex_cache *c = ev->regexes;
    const char *bytes = text.len > 0 ? text.ptr : "";
    pcre2_set_callout(c->match, charge, b);
    int result = pcre2_match(regex->code, (PCRE2_SPTR)bytes, text.len, from, from > 0 ? PCRE2_NO_UTF_CHECK : 0,
                             c->data, c->match);
    switch (result) {
    case PCRE2_ERROR_NOMATCH:
    case PCRE2_ERROR_CALLOUT: return false;
    case PCRE2_ERROR_MATCHLIMIT: feel__stop(ev, "REGEX_MATCH"); return false;
    case PCRE2_ERROR_HEAPLIMIT: feel__stop(ev, "REGEX_BYTES"); return false;
    default: assert(result > 0); return true;
    }
}

bool feel__regex_match(struct feel_eval *ev, const struct feel_regex *regex, str text, size_t from,
                       const size_t **ret_ends)
{
    assert(from <= text.len);
    if (!feel__steps(ev, 1)) {
        return false;
    }
    struct budget b = { ev->steps, LIMIT_REGEX_MATCH, FEEL_REGEX_UNSET, from };
    bool found = search(ev, regex, text, from, &b);
    if (ev->limit != NULL || !feel__steps(ev, (uint64_t)(ev->steps - b.left)) || !found) {
        return false;
    }
    *ret_ends = pcre2_get_ovector_pointer(ev->regexes->data);
    return true;
}
