/* The flags in the first line, the text in the second, and behind them a regular expression: whatever it is, it is
 * either wrong and said to be, or PCRE2 takes its translation, and all its matches lie between characters, one after
 * the other. An expression of plain characters is found where a search for them finds it. */
#include "fuzz.h"

#include "feel/regex_int.h"
#include "text/utf8.h"

#include <assert.h>

static str next_line(str *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->ptr);
    str line = str_slice(*rest, 0, len);
    *rest = str_slice(*rest, end == NULL ? len : len + 1, rest->len);
    return line;
}

static bool is_boundary(str text, size_t at)
{
    return at <= text.len && (at == text.len || ((unsigned char)text.ptr[at] & 0xC0) != 0x80);
}

static void check_groups(const struct feel_regex *regex, str text, size_t from, const size_t *ends)
{
    assert(ends[0] >= from && ends[1] >= ends[0]);
    for (uint32_t i = 0; i <= regex->groups; i++) {
        bool unset = ends[2 * i] == FEEL_REGEX_UNSET;
        assert(unset ? i > 0 : ends[2 * i] <= ends[2 * i + 1]);
        assert(unset || (is_boundary(text, ends[2 * i]) && is_boundary(text, ends[2 * i + 1])));
    }
}

/* That the expression matches an empty string somewhere means that it matches one that has nothing else: replace()
 * builds on it. */
static void check_matches(struct feel_eval *ev, const struct feel_regex *regex, str text)
{
    const size_t *ends;
    bool nullable = feel__regex_match(ev, regex, STR(""), 0, &ends);
    size_t from = 0;
    for (int i = 0; i < 100 && feel__regex_match(ev, regex, text, from, &ends); i++) {
        check_groups(regex, text, from, ends);
        assert(ends[1] > ends[0] || nullable);
        if (ends[1] == ends[0]) {
            return;
        }
        from = ends[1];
    }
}

static void check_plain(struct feel_eval *ev, str pattern, str text)
{
    const size_t *ends;
    const struct feel_regex *regex = feel__regex(ev, "matches", pattern, STR("q"));
    const char *at = memmem(text.ptr, text.len, pattern.ptr, pattern.len);
    if (regex != NULL) {
        bool found = feel__regex_match(ev, regex, text, 0, &ends);
        assert(ev->limit != NULL || found == (at != NULL));
        assert(!found || ends[0] == (size_t)(at - text.ptr));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t count;
    str rest = { (const char *)data, size };
    if (size == 0 || !utf8_valid(rest)) {
        return 0;
    }
    str flags = next_line(&rest), text = next_line(&rest);
    struct feel_environment env = { .instant = 0 };
    struct feel_eval *ev = feel_eval_new(&env);
    const struct feel_regex *regex = feel__regex(ev, "matches", rest, flags);
    feel_eval_diagnostics(ev, &count, NULL);
    assert((regex == NULL) == (count > 0));
    if (regex != NULL) {
        check_matches(ev, regex, text);
    }
    feel_eval_reset(ev);
    check_plain(ev, rest, text);
    feel_eval_free(ev);
    return 0;
}
