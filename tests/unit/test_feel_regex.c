/* The regular expressions of XPath: lines of data, the bounds, and chance against a matcher of the simplest kind.
 *
 * Every file of tests/regex/ is read line by line:
 *
 *     # text               a comment; empty lines do not count either
 *     == clause            a heading
 *     pattern ~ flags ~ input ~ expected
 *
 * where {LF}, {CR}, {TAB} and {SP} are these characters, and what is expected is one of
 *
 *     [ab][a]-             the first match and its groups, a hyphen for one that took no part
 *     false                no match
 *     wrong: sentence      no regular expression
 *     limit NAME           the bound that is hit
 */
#include "feel/regex_int.h"
#include "tap.h"
#include "text/utf8.h"

#include <dirent.h>
#include <stdlib.h>

enum { TEXT_MAX = 1 << 20 };

static struct feel_eval *ev;

static struct feel_eval *new_evaluator(void)
{
    struct feel_environment env = { .instant = 0 };
    return feel_eval_new(&env);
}

/* A string of the character, so many times; the caller frees it. */
static char *repeated(char c, size_t count)
{
    char *text = malloc(count + 1);
    if (text == NULL) {
        abort();
    }
    memset(text, c, count);
    text[count] = '\0';
    return text;
}

/* A copy that ends where its memory ends, so that a sanitizer finds who reads on; the caller frees its bytes. */
static str exact(str s)
{
    char *bytes = malloc(s.len > 0 ? s.len : 1);
    if (bytes == NULL) {
        abort();
    }
    memcpy(bytes, s.ptr, s.len);
    return (str){ bytes, s.len };
}

static void free_str(str s)
{
    free((void *)(uintptr_t)s.ptr);
}

/* ---- Data ---- */

/* The match, or what else came of it, in the words of the data files. */
static str outcome(str pattern, str flags, str input)
{
    const size_t *ends;
    uint32_t count;
    struct buf b = BUF_INIT(TEXT_MAX);
    feel_eval_reset(ev);
    str pattern_copy = exact(pattern), input_copy = exact(input);
    const struct feel_regex *regex = feel__regex(ev, "matches", pattern_copy, flags);
    bool found = regex != NULL && feel__regex_match(ev, regex, input_copy, 0, &ends);
    free_str(pattern_copy);
    free_str(input_copy);
    const struct feel_diagnostic *d = feel_eval_diagnostics(ev, &count, NULL);
    if (ev->limit != NULL) {
        buf_printf(&b, "limit %s", ev->limit);
    } else if (regex == NULL) {
        buf_printf(&b, "wrong: %s", count == 1 ? d->args[2] : "without a word");
    } else if (!found) {
        buf_addz(&b, "false");
    }
    for (uint32_t i = 0; found && i <= regex->groups; i++) {
        if (ends[2 * i] == FEEL_REGEX_UNSET) {
            buf_addc(&b, '-');
        } else {
            buf_printf(&b, "[%.*s]", STR_ARG(str_slice(input, ends[2 * i], ends[2 * i + 1])));
        }
    }
    str text = arena_str(&ev->arena, buf_str(&b));
    buf_release(&b);
    return text;
}

/* The text with the characters that the names in braces stand for. */
static str spelled(struct arena *a, str text)
{
    static const struct {
        const char *name;
        char character;
    } names[] = { { "{LF}", '\n' }, { "{CR}", '\r' }, { "{TAB}", '\t' }, { "{SP}", ' ' } };
    char *to = arena_alloc(a, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.len;) {
        size_t length = 1;
        to[n] = text.ptr[i];
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            if (str_starts_with(str_slice(text, i, text.len), str_of(names[k].name))) {
                length = strlen(names[k].name);
                to[n] = names[k].character;
            }
        }
        n++;
        i += length;
    }
    return (str){ to, n };
}

/* The field at *at of the line, up to the next " ~ " or the end; two separators may share a space. */
static str next_field(str line, size_t *at)
{
    size_t from = *at, i = from > 0 ? from - 1 : 0;
    while (i < line.len && !str_starts_with(str_slice(line, i, line.len), STR(" ~ "))) {
        i++;
    }
    *at = i < line.len ? i + 3 : line.len;
    return str_slice(line, from < i ? from : i, i);
}

static void run_line(const char *file, int number, str line)
{
    struct arena a = ARENA_INIT;
    size_t at = 0;
    str pattern = spelled(&a, next_field(line, &at)), flags = next_field(line, &at);
    str input = spelled(&a, next_field(line, &at)), expected = spelled(&a, next_field(line, &at));
    is_str(outcome(pattern, flags, input), expected, "%s:%d", file, number);
    arena_release(&a);
}

static void run_file(const char *folder, const char *file)
{
    char path[512], line[4096];
    int number = 0;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *f = fopen(path, "r");
    ok(f != NULL, "%s can be read", path);
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        str s = str_of(line);
        number++;
        s.len -= s.len > 0 && s.ptr[s.len - 1] == '\n';
        if (s.len > 0 && !str_starts_with(s, STR("# ")) && !str_starts_with(s, STR("== "))) {
            run_line(file, number, s);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
}

static int is_data(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 4 && strcmp(e->d_name + n - 4, ".txt") == 0;
}

static void test_data(void)
{
    const char *root = getenv("GONGSHI_ROOT");
    char folder[256];
    struct dirent **entries;
    snprintf(folder, sizeof folder, "%s/tests/regex", root == NULL ? "." : root);
    int n = scandir(folder, &entries, is_data, alphasort);
    ok(n >= 3, "there are data files in %s", folder);
    for (int i = 0; i < n; i++) {
        run_file(folder, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

/* ---- What is said ---- */

static void test_diagnostics(void)
{
    uint32_t count;
    struct buf b = BUF_INIT(TEXT_MAX);
    feel_eval_reset(ev);
    ok(feel__regex(ev, "replace", STR("ab[z-a]c"), STR("")) == NULL, "a wrong expression is none");
    const struct feel_diagnostic *d = feel_eval_diagnostics(ev, &count, NULL);
    is_int(count, 1, "it is told once");
    is_int(d->code, FEEL_DIAG_REGEX, "by its own code");
    is_str(str_of(d->args[0]), STR("replace"), "with the function");
    is_str(str_of(d->args[1]), STR("\"z-a]c\""), "with the place");
    feel_diagnostic_print(d, LANG_ZH, &b);
    ok(strstr(b.ptr, d->args[2]) == NULL && strstr(b.ptr, "replace") != NULL, "the sentence is translated");
    buf_release(&b);

    feel_eval_reset(ev);
    ok(feel__regex(ev, "matches", STR("a b (c"), STR("x")) == NULL, "a wrong expression with flag x");
    d = feel_eval_diagnostics(ev, &count, NULL);
    is_str(str_of(d->args[1]), STR("\"(c\""), "is shown without its spaces");

    static const char *const flags[] = { "p", "X", " ", "i i", "中", "sS" };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        feel_eval_reset(ev);
        ok(feel__regex(ev, "matches", STR("a"), str_of(flags[i])) == NULL, "no flags: %s", flags[i]);
        d = feel_eval_diagnostics(ev, &count, NULL);
        ok(count == 1 && d->code == FEEL_DIAG_ARGUMENT_VALUE, "which is told");
        is_str(str_of(d->args[1]), STR("flags"), "with the argument");
    }
}

/* ---- Bounds ---- */

static void test_source_limit(void)
{
    char *text = repeated('a', LIMIT_REGEX_SOURCE + 1);
    is_str(outcome((str){ text, LIMIT_REGEX_SOURCE }, STR(""), STR("b")), STR("false"), "the longest source");
    is_str(outcome((str){ text, LIMIT_REGEX_SOURCE + 1 }, STR(""), STR("b")), STR("limit REGEX_SOURCE"), "is bounded");
    free(text);
}

/* The text around the middle, so often. */
static str nested(struct buf *b, const char *open, const char *middle, const char *close, int depth)
{
    buf_clear(b);
    for (int i = 0; i < depth; i++) {
        buf_addz(b, open);
    }
    buf_addz(b, middle);
    for (int i = 0; i < depth; i++) {
        buf_addz(b, close);
    }
    return buf_str(b);
}

static void test_nesting_limits(void)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    const int most = LIMIT_REGEX_DEPTH;
    is_str(outcome(nested(&b, "(?:", "a", ")", most), STR(""), STR("a")), STR("[a]"), "the deepest groups");
    is_str(outcome(nested(&b, "(?:", "a", ")", most + 1), STR(""), STR("a")), STR("limit REGEX_DEPTH"), "are bounded");
    is_str(outcome(nested(&b, "[b-", "[a]", "]", most - 1), STR(""), STR("b")), STR("[b]"), "the deepest classes");
    is_str(outcome(nested(&b, "[b-", "[a]", "]", most), STR(""), STR("b")), STR("limit REGEX_DEPTH"), "are bounded");
    is_str(outcome(nested(&b, "(?:^", "[a-[b-[c]]]", "$)", most - 3), STR("i"), STR("a")), STR("[a]"),
           "both, with anchors in each");
    nested(&b, "(a)", "", "", LIMIT_REGEX_GROUPS + 1);
    is_str(outcome((str){ b.ptr, b.len - 3 }, STR(""), STR("b")), STR("false"), "the most groups");
    is_str(outcome(buf_str(&b), STR(""), STR("b")), STR("limit REGEX_GROUPS"), "are bounded");
    buf_release(&b);
}

/* What grows past all bounds on its way from one language to the other. */
static void test_expansion(void)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    str large = STR("wrong: it becomes too large when it is compiled");
    is_str(outcome(nested(&b, "\\I", "", "", 4000), STR(""), STR("a")), large, "many large sets");
    nested(&b, "\\I", "]", "", 4000);
    b.ptr[0] = '[';
    b.ptr[1] = 'a';
    is_str(outcome(buf_str(&b), STR(""), STR("a")), large, "many large sets in a class");
    is_str(outcome(nested(&b, "(?:", "a", "){9}", 9), STR(""), STR("a")), large, "repetitions of repetitions");
    is_str(outcome(nested(&b, "a|", "", "", 4000), STR(""), STR("b")), STR("[]"), "many branches are fine");
    nested(&b, "[!-\xF4\x8F\xBF\xBF]", "", "", 1000);
    is_str(outcome(buf_str(&b), STR("i"), STR("a")), STR("limit FEEL_STEPS"), "wide ranges in both cases are paid for");
    buf_release(&b);
}

static void expect_limit(const char *pattern, char letter, size_t count, const char *limit)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    char *text = repeated(letter, count);
    buf_printf(&b, "%s!", text);
    is_str(outcome(str_of(pattern), STR(""), buf_str(&b)), arena_printf(&ev->arena, "%s", limit), "%s on %zu of '%c'",
           pattern, count, letter);
    free(text);
    buf_release(&b);
}

/* What takes exponential time, the square or the cube. */
static void test_match_limits(void)
{
    expect_limit("(a+)+$", 'a', 10000, "limit REGEX_MATCH");
    expect_limit("^(a+)+$", 'a', 10000, "limit REGEX_MATCH");
    expect_limit("(a|aa)*$", 'a', 10000, "limit REGEX_MATCH");
    expect_limit("(.*a){20}$", 'a', 10000, "limit REGEX_MATCH");
    expect_limit("(a?){60}b", 'a', 100, "false");
    expect_limit("a*a*a*a*[bc]", 'a', 10000, "limit REGEX_MATCH");
    expect_limit("\\s+$", ' ', 30000, "limit FEEL_STEPS");
    expect_limit("[ab]+\\p{Lu}", 'a', 60000, "limit FEEL_STEPS");
    expect_limit("a{5000}[bc]", 'a', 900000, "limit FEEL_STEPS");
    expect_limit("^(a+)\\1$", 'a', 100000, "limit REGEX_MATCH");
    expect_limit("(a|b)*!", 'a', 1000000, "limit REGEX_BYTES");
}

/* Runs that are each a little too short for the repetition: no callout behind it is ever reached. */
static void test_short_runs(void)
{
    struct buf text = BUF_INIT(TEXT_MAX), literal = BUF_INIT(LIMIT_REGEX_SOURCE);
    char *run = repeated('a', 4999);
    while (text.len < 300000) {
        buf_printf(&text, "%s!", run);
    }
    buf_printf(&literal, "%s[ab]", run);
    is_str(outcome(STR("a{5000}"), STR(""), buf_str(&text)), STR("limit FEEL_STEPS"), "a repetition");
    is_str(outcome(buf_str(&literal), STR(""), buf_str(&text)), STR("limit FEEL_STEPS"), "a long literal");
    free(run);
    buf_release(&text);
    buf_release(&literal);
}

/* What does not. */
static void test_honest_texts(void)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    nested(&b, "word, ", "", "", 1400);
    ok(b.len > 8000, "a text of 8 KB");
    static const char *const patterns[] = { "^(\\w+,\\s*)+$",   "^[a-z, ]*$",         "^(.|\\n)*$",
                                            "(\\w+, ){1400}", "^(?:[a-w]+\\W+)*$", "^([a-z-[x]]|[, ])*$" };
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        str got = outcome(str_of(patterns[i]), STR(""), buf_str(&b));
        ok(str_starts_with(got, STR("[word, ")), "%s", patterns[i]);
    }
    is_str(outcome(STR("(\\d+)-(\\d+)"), STR(""), buf_str(&b)), STR("false"), "nothing found");
    buf_release(&b);
}

/* Every match is paid for, also where none is long. */
static void test_budget(void)
{
    const size_t *ends;
    feel_eval_reset(ev);
    const struct feel_regex *regex = feel__regex(ev, "matches", STR("(a+)+$"), STR(""));
    int64_t before = ev->steps;
    int matches = 0;
    ok(regex != NULL && !feel__regex_match(ev, regex, STR("aaaaaaaaaaaaaaa!"), 0, &ends), "no match");
    ok(before - ev->steps > 1 << 15, "takes many steps: %" PRId64, before - ev->steps);
    while (regex != NULL && ev->limit == NULL && matches < 1000) {
        feel__regex_match(ev, regex, STR("aaaaaaaaaaaaaaa!"), 0, &ends);
        matches++;
    }
    is_str(str_of(ev->limit == NULL ? "" : ev->limit), STR("FEEL_STEPS"), "until there are no more");
    ok(!feel__regex_match(ev, regex, STR("a"), 0, &ends), "then nothing matches");
}

/* ---- The cache ---- */

static void test_cache(void)
{
    int wrong = 0;
    feel_eval_reset(ev);
    const struct feel_regex *regex = feel__regex(ev, "matches", STR("^x$"), STR(""));
    int64_t before = ev->steps;
    ok(regex != NULL && feel__regex(ev, "matches", STR("^x$"), STR("")) == regex, "an expression is kept");
    is_int(ev->steps, before, "and costs nothing then");
    feel_eval_reset(ev);
    ok(feel__regex(ev, "matches", STR("^x$"), STR("")) == regex, "also past a reset");
    ok(feel__regex(ev, "matches", STR("^x$"), STR("i")) != regex, "but not with other flags");
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 150; i++) {
            char pattern[32], text[32];
            snprintf(pattern, sizeof pattern, "^x%d$", i % 100);
            snprintf(text, sizeof text, "[x%d]", i % 100);
            str got = outcome(str_of(pattern), STR(""), (str){ text + 1, strlen(text) - 2 });
            wrong += !str_eq(got, str_of(text));
        }
    }
    is_int(wrong, 0, "more expressions than are kept");
    struct feel_eval *other = new_evaluator();
    feel_eval_free(other);
    ok(true, "an evaluator without expressions is freed");
}

/* ---- Chance ---- */

static uint64_t random_state = 0x9E3779B97F4A7C15u;

static uint32_t chance(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 33) % below;
}

static const char *const fragments[] = {
    "a", "B", "c", "中", "😀", "9", "_", " ", "\n", ".", "^", "$", "|", "(", ")", "(?:", "(?", "[", "[^", "]", "-", "-[",
    "a-c", "A-Z", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\i", "\\I", "\\c", "\\C", "\\p{L}", "\\P{Lu}",
    "\\p{IsGreek}", "\\P{IsBasicLatin}", "\\p{", "}", "{", "\\n", "\\\\", "\\.", "\\-", "\\[", "\\]", "\\^", "\\1",
    "\\2", "\\0", "\\b", "\\", "*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0}", "{2,1}", "{1,}", "{,2}", "{300}",
    "{65535}", "(a", "b)", "[a]", "[b-[c]]", "#", ",", ":", "!", "=", "<", "&",
};

static str random_text(struct buf *b, uint32_t most)
{
    buf_clear(b);
    for (uint32_t n = chance(most + 1); n > 0; n--) {
        buf_addz(b, fragments[chance(sizeof fragments / sizeof fragments[0])]);
    }
    return buf_str(b);
}

static bool is_boundary(str text, size_t at)
{
    return at <= text.len && (at == text.len || ((unsigned char)text.ptr[at] & 0xC0) != 0x80);
}

/* Either a diagnostic, or an expression whose groups lie between characters. */
static bool is_sound(str pattern, str flags, str input)
{
    const size_t *ends;
    uint32_t count;
    feel_eval_reset(ev);
    str copy = exact(pattern);
    const struct feel_regex *regex = feel__regex(ev, "matches", copy, flags);
    free_str(copy);
    feel_eval_diagnostics(ev, &count, NULL);
    if (regex == NULL || !feel__regex_match(ev, regex, input, 0, &ends)) {
        return (regex == NULL) == (count == 1) || ev->limit != NULL;
    }
    bool sound = count == 0;
    for (uint32_t i = 0; i <= regex->groups; i++) {
        bool unset = ends[2 * i] == FEEL_REGEX_UNSET;
        sound = sound && (unset ? i > 0 : is_boundary(input, ends[2 * i]) && is_boundary(input, ends[2 * i + 1]));
    }
    return sound;
}

static void test_random_patterns(void)
{
    struct buf pattern = BUF_INIT(TEXT_MAX), input = BUF_INIT(TEXT_MAX);
    int unsound = 0;
    for (int i = 0; i < 30000; i++) {
        char flags[6];
        size_t n = 0;
        for (const char *letter = "smixq"; *letter != '\0'; letter++) {
            flags[n] = *letter;
            n += chance(5) == 0;
        }
        str p = random_text(&pattern, 9), s = random_text(&input, 6);
        if (!is_sound(p, (str){ flags, n }, s)) {
            unsound++;
            printf("# %.*s\n", STR_ARG(p));
        }
    }
    is_int(unsound, 0, "random patterns");
    buf_release(&pattern);
    buf_release(&input);
}

/* ---- The simplest matcher ---- */

/* An expression over the letters a, b, c. */
struct node {
    enum { NOTHING, LETTER, SEQUENCE, CHOICE, REPEAT } kind;
    uint32_t letters; /* a bit for each */
    int least, most;  /* most: -1 without a bound */
    bool reluctant;
    const struct node *left, *right;
};

static struct node *random_node(struct arena *a, int depth)
{
    static const struct {
        int least, most;
    } quantities[] = { { 0, 1 }, { 0, -1 }, { 1, -1 }, { 2, 2 }, { 1, 3 }, { 2, -1 }, { 0, 2 } };
    struct node *n = ARENA_NEW(a, struct node);
    uint32_t pick = depth == 0 ? chance(4) : chance(12);
    n->kind = pick == 0 ? NOTHING : pick < 4 ? LETTER : pick < 7 ? SEQUENCE : pick < 9 ? CHOICE : REPEAT;
    if (n->kind == LETTER) {
        n->letters = chance(3) > 0 ? 1u << chance(3) : 1 + chance(7);
    } else if (n->kind != NOTHING) {
        uint32_t q = chance(sizeof quantities / sizeof quantities[0]);
        n->least = quantities[q].least;
        n->most = quantities[q].most;
        n->reluctant = chance(3) == 0;
        n->left = random_node(a, depth - 1);
        n->right = n->kind == REPEAT ? NULL : random_node(a, depth - 1);
    }
    return n;
}

static void print_letters(uint32_t letters, struct buf *out)
{
    static const char *const classes[] = { "", "a", "b", "[ab]", "c", "[a-c-[b]]", "[^a]", "." };
    buf_addz(out, classes[letters]);
}

static void print_node(const struct node *n, struct buf *out)
{
    if (n->kind == LETTER) {
        print_letters(n->letters, out);
    } else if (n->kind == SEQUENCE) {
        print_node(n->left, out);
        print_node(n->right, out);
    } else if (n->kind == CHOICE) {
        buf_addz(out, "(?:");
        print_node(n->left, out);
        buf_addz(out, "|");
        print_node(n->right, out);
        buf_addz(out, ")");
    } else if (n->kind == REPEAT) {
        bool bare = n->left->kind == LETTER;
        buf_addz(out, bare ? "" : "(");
        print_node(n->left, out);
        buf_printf(out, "%s{%d,", bare ? "" : ")", n->least);
        if (n->most >= 0) {
            buf_printf(out, "%d", n->most);
        }
        buf_addz(out, n->reluctant ? "}?" : "}");
    }
}

struct search {
    str text;
    size_t end;
};

/* What is still to be matched: a node, or the rest of the repetition that it is. */
struct rest {
    const struct node *node;
    bool again;
    int count;   /* of the repetitions so far */
    size_t from; /* where the last of them began */
    const struct rest *then;
};

static bool matches(struct search *s, const struct rest *k, size_t at);

static bool repeats(struct search *s, const struct node *n, int count, size_t from, size_t at, const struct rest *then)
{
    struct rest again = { n, true, count + 1, at, then }, once = { n->left, false, 0, 0, &again };
    bool more = n->most < 0 || count < n->most;
    if (count < n->least) {
        return matches(s, &once, at);
    }
    if (n->most < 0 && count > 0 && at == from) {
        return matches(s, then, at); /* a repetition of nothing is the last */
    }
    if (n->reluctant) {
        return matches(s, then, at) || (more && matches(s, &once, at));
    }
    return (more && matches(s, &once, at)) || matches(s, then, at);
}

static bool matches(struct search *s, const struct rest *k, size_t at)
{
    if (k == NULL) {
        s->end = at;
        return true;
    }
    const struct node *n = k->node;
    struct rest right = { n->right, false, 0, 0, k->then }, left = { n->left, false, 0, 0, k->then };
    if (k->again) {
        return repeats(s, n, k->count, k->from, at, k->then);
    }
    switch (n->kind) {
    case LETTER:
        return at < s->text.len && (n->letters >> (s->text.ptr[at] - 'a') & 1) != 0 && matches(s, k->then, at + 1);
    case SEQUENCE: left.then = &right; return matches(s, &left, at);
    case CHOICE: return matches(s, &left, at) || matches(s, &right, at);
    case REPEAT: return repeats(s, n, 0, at, at, k->then);
    default: return matches(s, k->then, at);
    }
}

/* Whether both find the same. */
static bool agree(const struct node *n, const struct feel_regex *regex, str text)
{
    const size_t *ends;
    struct search s = { .text = text };
    const struct rest all = { n, false, 0, 0, NULL };
    bool found = false;
    size_t start = 0;
    for (; !found && start <= text.len; start++) {
        found = matches(&s, &all, start);
    }
    bool theirs = feel__regex_match(ev, regex, text, 0, &ends);
    return theirs == found && (!found || (ends[0] == start - 1 && ends[1] == s.end));
}

static bool agree_on_texts(const struct node *n, const struct feel_regex *regex)
{
    for (int i = 0; i < 10; i++) {
        char text[8];
        size_t len = chance(sizeof text + 1);
        for (size_t k = 0; k < len; k++) {
            text[k] = (char)('a' + chance(3));
        }
        if (!agree(n, regex, (str){ text, len })) {
            printf("# on \"%.*s\"\n", (int)len, text);
            return false;
        }
    }
    return true;
}

static void test_against_simple_matcher(void)
{
    struct buf pattern = BUF_INIT(TEXT_MAX);
    int wrong = 0, count = 0;
    for (int i = 0; i < 8000; i++) {
        struct arena a = ARENA_INIT;
        const struct node *n = random_node(&a, 4);
        buf_clear(&pattern);
        print_node(n, &pattern);
        feel_eval_reset(ev);
        const struct feel_regex *regex = feel__regex(ev, "matches", buf_str(&pattern), STR(""));
        if (regex == NULL || !agree_on_texts(n, regex)) {
            wrong++;
            printf("# %.*s\n", STR_ARG(buf_str(&pattern)));
        }
        count += regex != NULL;
        arena_release(&a);
    }
    is_int(wrong, 0, "what is found is what a simple matcher finds");
    is_int(count, 8000, "in every expression");
    buf_release(&pattern);
}

int main(void)
{
    ev = new_evaluator();
    test_data();
    test_diagnostics();
    test_source_limit();
    test_nesting_limits();
    test_expansion();
    test_match_limits();
    test_short_runs();
    test_honest_texts();
    test_budget();
    test_cache();
    test_random_patterns();
    test_against_simple_matcher();
    feel_eval_free(ev);
    return tap_done();
}
