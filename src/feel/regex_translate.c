/* regex_translate: a regular expression of XPath 3.1 as one that PCRE2 reads the same way.
 *
 * The language is that of XML Schema 1.1 (part 2, appendix G) with what XPath adds (Functions and Operators 3.1,
 * 5.6.1): anchors, reluctant quantifiers, groups that do not capture, back references. Every construct is read by the
 * grammar there and written anew, so nothing that only PCRE2 knows gets through:
 *
 *     .            [^\n\r], or any character with flag s      \d      [\p{Nd}]
 *     ^ $          \A \z; with flag m the ends of lines       \p{Is…} a range of code points
 *     [a-z-[aeiou]]    (?:(?![aeiou])[a-z])                   \1      \g{1}
 *
 * Flag i concerns the characters and ranges of a class but not its escapes (5.6.2), so these are then matched apart:
 * [a\d] is (?:[a]|(?-i:[\p{Nd}])).
 *
 * Callouts (?C…) stand wherever a match may come again, and let regex.c count its steps. PCRE2's own match limit does
 * not do: it begins anew at each character of the input, and does not count how far a repetition runs.
 *
 *     (?Cn)        at the start of each branch and after each quantifier, and before what takes long in itself
 *     (?C{n})      before a back reference to group n, whose comparison takes as long as the group
 *
 * The number n is the work that lies in one character or, before a piece, in the piece: bytes of PCRE2's language by
 * FEEL_REGEX_STEP_BYTES. A class of a thousand characters is tested one after the other.
 */
#include "feel/regex_int.h"
#include "text/utf8.h"

enum {
    REPETITIONS_MAX = 65535, /* PCRE2 has no more */
    CALLOUT_MAX = 255,
    CODE_MAX = 0x10FFFF,
};

struct translator {
    const char *p, *end; /* what is left to be read */
    uint32_t flags;
    struct feel_regex_text *to;
    uint32_t depth;
    size_t owed; /* work since the last callout */
    bool closed[LIMIT_REGEX_GROUPS + 1];
    struct buf atom; /* what the quantifier will stand behind */
};

/* ---- Reading ---- */

/* `place` is where the mistake begins; the first mistake counts. Returns false. */
static bool wrong(struct translator *t, const char *place, const char *sentence)
{
    t->to->wrong = sentence;
    t->to->place = (str){ place, (size_t)(t->end - place) };
    return false;
}

static bool limited(struct translator *t, const char *limit)
{
    t->to->limit = limit;
    return false;
}

static bool is_next(const struct translator *t, char c)
{
    return t->p < t->end && *t->p == c;
}

static bool take(struct translator *t, const char *text)
{
    str s = str_of(text);
    if (!str_starts_with((str){ t->p, (size_t)(t->end - t->p) }, s)) {
        return false;
    }
    t->p += s.len;
    return true;
}

static bool is_digit(const struct translator *t)
{
    return t->p < t->end && *t->p >= '0' && *t->p <= '9';
}

static uint32_t take_character(struct translator *t)
{
    size_t n = utf8_length_at(t->p, t->end);
    uint32_t code = utf8_get((str){ t->p, n });
    t->p += n;
    return code;
}

static bool enter(struct translator *t)
{
    return ++t->depth <= LIMIT_REGEX_DEPTH || limited(t, "REGEX_DEPTH");
}

/* ---- Writing ---- */

/* The character as itself, in a class or outside. */
static void put_character(struct buf *out, uint32_t code)
{
    bool plain = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9');
    if (code < ' ' || code == 0x7F) {
        buf_printf(out, "\\x{%x}", code);
    } else {
        if (code < 0x80 && !plain) {
            buf_addc(out, '\\');
        }
        utf8_put(out, code);
    }
}

static void put_callout(struct translator *t, size_t work)
{
    size_t n = work / FEEL_REGEX_STEP_BYTES;
    buf_printf(&t->to->pcre2, "(?C%u)", n < CALLOUT_MAX ? (unsigned)n : CALLOUT_MAX);
    t->owed = 0;
}

/* What the atom takes, `times` over, is owed until the next callout. */
static void put_atom(struct translator *t, size_t times)
{
    t->owed += t->atom.len * times;
    if (t->owed >= FEEL_REGEX_STEP_BYTES) {
        put_callout(t, t->owed);
    }
    buf_add(&t->to->pcre2, buf_str(&t->atom));
}

/* ---- Sets of characters ---- */

struct range {
    uint32_t from, to;
};

/* \s; \i and \c are the characters that a name of XML 1.0 (fifth edition) begins with and those it has. */
static const struct range spaces[] = { { 9, 10 }, { 13, 13 }, { 32, 32 } };
static const struct range name_starts[] = {
    { ':', ':' },         { 'A', 'Z' },         { '_', '_' },         { 'a', 'z' },         { 0xC0, 0xD6 },
    { 0xD8, 0xF6 },       { 0xF8, 0x2FF },      { 0x370, 0x37D },     { 0x37F, 0x1FFF },    { 0x200C, 0x200D },
    { 0x2070, 0x218F },   { 0x2C00, 0x2FEF },   { 0x3001, 0xD7FF },   { 0xF900, 0xFDCF },   { 0xFDF0, 0xFFFD },
    { 0x10000, 0xEFFFF },
};
static const struct range name_parts[] = {
    { '-', '.' },       { '0', ':' },       { 'A', 'Z' },       { '_', '_' },       { 'a', 'z' },
    { 0xB7, 0xB7 },     { 0xC0, 0xD6 },     { 0xD8, 0xF6 },     { 0xF8, 0x37D },    { 0x37F, 0x1FFF },
    { 0x200C, 0x200D }, { 0x203F, 0x2040 }, { 0x2070, 0x218F }, { 0x2C00, 0x2FEF }, { 0x3001, 0xD7FF },
    { 0xF900, 0xFDCF }, { 0xFDF0, 0xFFFD }, { 0x10000, 0xEFFFF },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* PCRE2 refuses a surrogate as the end of a range. */
static void put_range(struct buf *out, uint32_t from, uint32_t to)
{
    from = from >= 0xD800 && from < 0xE000 ? 0xE000 : from;
    to = to >= 0xD800 && to < 0xE000 ? 0xD7FF : to;
    if (from <= to) {
        buf_printf(out, "\\x{%x}-\\x{%x}", from, to);
    }
}

/* The ranges, which are in order, or all between them, as members of a class. */
static void put_ranges(struct buf *out, const struct range *ranges, size_t count, bool others)
{
    uint32_t next = 0;
    for (size_t i = 0; i < count; i++) {
        if (!others) {
            put_range(out, ranges[i].from, ranges[i].to);
        } else if (ranges[i].from > next) {
            put_range(out, next, ranges[i].from - 1);
        }
        next = ranges[i].to + 1;
    }
    if (others && next <= CODE_MAX) {
        put_range(out, next, CODE_MAX);
    }
}

/* Letters of general categories: a first, alone or with one of those that follow it. Surrogates (Cs) are none. */
static bool is_category(str name)
{
    static const char *const categories[] = { "Lultmo", "Mnce", "Ndlo", "Pcdseifo", "Zslp", "Smcko", "Ccfon" };
    for (size_t i = 0; i < COUNT(categories); i++) {
        if (name.len > 0 && name.ptr[0] == categories[i][0]) {
            return name.len == 1 || (name.len == 2 && strchr(categories[i] + 1, name.ptr[1]) != NULL);
        }
    }
    return false;
}

static bool find_block(str name, struct range *ret)
{
    static const struct {
        const char *name;
        struct range range;
    } blocks[] = {
#define BLOCK(name, first, last) { name, { first, last } },
#include "feel/regex_block.def"
#undef BLOCK
    };
    for (size_t i = 0; i < COUNT(blocks); i++) {
        if (str_eq(name, str_of(blocks[i].name))) {
            *ret = blocks[i].range;
            return true;
        }
    }
    return false;
}

/* \p{…} and \P{…}, of which the letter has been read. */
static bool property(struct translator *t, const char *place, bool others, struct buf *out)
{
    const char *close = t->p < t->end ? memchr(t->p, '}', (size_t)(t->end - t->p)) : NULL;
    if (close == NULL || !take(t, "{")) {
        return wrong(t, place, "a property is written \\p{…}");
    }
    str name = { t->p, (size_t)(close - t->p) };
    t->p = close + 1;
    if (is_category(name)) {
        buf_printf(out, "\\%c{%.*s}", others ? 'P' : 'p', STR_ARG(name));
        return true;
    }
    struct range block;
    if (!str_starts_with(name, STR("Is")) || !find_block(str_slice(name, 2, name.len), &block)) {
        return wrong(t, place, "there is no such category or block of characters");
    }
    put_ranges(out, &block, 1, others);
    return true;
}

/* ---- Escapes ---- */

enum escape {
    ESCAPE_WRONG,
    ESCAPE_CHARACTER, /* one character: \n, \. */
    ESCAPE_SET,       /* \d, \p{L}: members of a class have been written */
};

/* A set whose letter has been read; false when it is none. A capital stands for all others. */
static bool put_set(char letter, struct buf *out)
{
    switch (letter) {
    case 'd': buf_addz(out, "\\p{Nd}"); return true;
    case 'D': buf_addz(out, "\\P{Nd}"); return true;
    case 'w': buf_addz(out, "\\p{L}\\p{M}\\p{N}\\p{S}"); return true;
    case 'W': buf_addz(out, "\\p{P}\\p{Z}\\p{C}"); return true;
    case 's':
    case 'S': put_ranges(out, spaces, COUNT(spaces), letter == 'S'); return true;
    case 'i':
    case 'I': put_ranges(out, name_starts, COUNT(name_starts), letter == 'I'); return true;
    case 'c':
    case 'C': put_ranges(out, name_parts, COUNT(name_parts), letter == 'C'); return true;
    default: return false;
    }
}

/* What stands behind the backslash at `place`. A set is written to `out`. */
static enum escape escape(struct translator *t, const char *place, uint32_t *ret_character, struct buf *out)
{
    static const char letters[] = "nrt", characters[] = "\n\r\t", themselves[] = "\\|.?*+(){}-[]^$";
    if (t->p == t->end) {
        wrong(t, place, "a backslash cannot stand at the end");
        return ESCAPE_WRONG;
    }
    char c = *t->p;
    const char *letter = memchr(letters, c, sizeof letters - 1);
    if (letter != NULL || memchr(themselves, c, sizeof themselves - 1) != NULL) {
        t->p++;
        *ret_character = (unsigned char)(letter != NULL ? characters[letter - letters] : c);
        return ESCAPE_CHARACTER;
    }
    if (c == 'p' || c == 'P') {
        t->p++;
        return property(t, place, c == 'P', out) ? ESCAPE_SET : ESCAPE_WRONG;
    }
    if (put_set(c, out)) {
        t->p++;
        return ESCAPE_SET;
    }
    wrong(t, place, "there is no such escape");
    return ESCAPE_WRONG;
}

/* ---- Character classes ---- */

/* The members of a class as PCRE2 writes them. */
struct members {
    struct buf characters; /* and ranges */
    struct buf escapes;
};

/* A character of a class, alone or as the end of a range; a set is added to the members. The grammar lets a hyphen
 * stand for itself where it is first or last or behind a range or set, but not as the end of a range. */
static enum escape member_end(struct translator *t, uint32_t *ret, struct members *m)
{
    const char *place = t->p;
    if (take(t, "\\")) {
        return escape(t, place, ret, &m->escapes);
    }
    if (is_next(t, '[')) {
        wrong(t, place, "this bracket needs a backslash before it");
        return ESCAPE_WRONG;
    }
    *ret = take_character(t);
    return ESCAPE_CHARACTER;
}

/* True when a hyphen comes next that makes a range: the last of the members does not, whether the class ends behind it
 * or something is taken away there. */
static bool is_range(const struct translator *t)
{
    str rest = { t->p, (size_t)(t->end - t->p) };
    return rest.len >= 2 && rest.ptr[0] == '-' && rest.ptr[1] != ']' && rest.ptr[1] != '[' &&
           !str_starts_with(rest, STR("--["));
}

/* The part of a range behind its hyphen, which comes next. */
static bool range_end(struct translator *t, const char *place, uint32_t from, struct members *m)
{
    uint32_t to;
    bool bare_hyphen = *place == '-';
    t->p++;
    bare_hyphen = bare_hyphen || is_next(t, '-');
    enum escape kind = member_end(t, &to, m);
    if (kind == ESCAPE_WRONG) {
        return false;
    }
    if (kind == ESCAPE_SET || bare_hyphen) {
        return wrong(t, place, "a range goes from one character to another; a hyphen needs a backslash");
    }
    if (to < from) {
        return wrong(t, place, "a range cannot go backwards");
    }
    buf_addc(&m->characters, '-');
    put_character(&m->characters, to);
    t->to->width += to - from;
    return true;
}

static bool member(struct translator *t, struct members *m)
{
    const char *place = t->p;
    uint32_t character;
    enum escape kind = member_end(t, &character, m);
    if (kind != ESCAPE_CHARACTER) {
        return kind == ESCAPE_SET;
    }
    put_character(&m->characters, character);
    return !is_range(t) || range_end(t, place, character, m);
}

/* One class, or with flag i two that stand for the union, or for what is in neither. */
static void put_members(const struct translator *t, bool others, const struct members *m, struct buf *out)
{
    const char *open = others ? "[^" : "[";
    str characters = buf_str(&m->characters), escapes = buf_str(&m->escapes);
    out->overflow = out->overflow || m->characters.overflow || m->escapes.overflow;
    if ((t->flags & FEEL_REGEX_I) == 0 || escapes.len == 0) {
        buf_printf(out, "%s%.*s%.*s]", open, STR_ARG(characters), STR_ARG(escapes));
    } else if (characters.len == 0) {
        buf_printf(out, "(?-i:%s%.*s])", open, STR_ARG(escapes));
    } else if (others) {
        buf_printf(out, "(?:(?![%.*s])(?-i:[^%.*s]))", STR_ARG(characters), STR_ARG(escapes));
    } else {
        buf_printf(out, "(?:[%.*s]|(?-i:[%.*s]))", STR_ARG(characters), STR_ARG(escapes));
    }
}

static bool class_expression(struct translator *t, struct buf *out);

/* The members up to the closing bracket, and what is taken away from them: the class that follows a hyphen. */
static bool class_body(struct translator *t, const char *open, struct members *m, struct buf *out)
{
    bool others = take(t, "^"), empty = true, less = false;
    for (; !is_next(t, ']') && !less; empty = false) {
        if (t->p == t->end) {
            return wrong(t, open, "this bracket is not closed");
        }
        less = !empty && take(t, "-[");
        if (!less && !member(t, m)) {
            return false;
        }
    }
    if (empty) {
        return wrong(t, open, "a class needs a member; a bracket in it needs a backslash");
    }
    if (less) {
        buf_addz(out, "(?:(?!");
        if (!class_expression(t, out)) {
            return false;
        }
        buf_addz(out, ")");
    }
    put_members(t, others, m, out);
    buf_addz(out, less ? ")" : "");
    return take(t, "]") || wrong(t, open, "nothing may follow the class that is taken away");
}

/* The opening bracket has been read. */
static bool class_expression(struct translator *t, struct buf *out)
{
    struct members m = { BUF_INIT(FEEL_REGEX_TEXT_MAX), BUF_INIT(FEEL_REGEX_TEXT_MAX) };
    bool good = enter(t) && class_body(t, t->p - 1, &m, out);
    t->depth--;
    buf_release(&m.characters);
    buf_release(&m.escapes);
    return good;
}

/* ---- Atoms ---- */

/* \N: of the digits, as many are taken as name a group that has been opened; it must have been closed too. */
static bool back_reference(struct translator *t, const char *place)
{
    uint32_t n = 0;
    while (is_digit(t) && (n == 0 || n * 10 + (uint32_t)(*t->p - '0') <= t->to->groups)) {
        n = n * 10 + (uint32_t)(*t->p++ - '0');
    }
    if (n > t->to->groups || !t->closed[n]) {
        return wrong(t, place, "a back reference needs a group that ends before it");
    }
    buf_printf(&t->atom, "(?:(?C{%u})\\g{%u})", n, n);
    return true;
}

static bool escaped_atom(struct translator *t, const char *place)
{
    uint32_t character;
    struct members m = { BUF_INIT(0), BUF_INIT(FEEL_REGEX_TEXT_MAX) };
    if (is_digit(t) && *t->p != '0') {
        return back_reference(t, place);
    }
    enum escape kind = escape(t, place, &character, &m.escapes);
    if (kind == ESCAPE_CHARACTER) {
        put_character(&t->atom, character);
    } else if (kind == ESCAPE_SET) {
        put_members(t, false, &m, &t->atom);
    }
    buf_release(&m.escapes);
    return kind != ESCAPE_WRONG;
}

/* Everything but a group; its translation goes to t->atom. In lines (flag m), a line break that ends the text begins
 * no line. */
static bool atom(struct translator *t)
{
    const char *place = t->p;
    uint32_t c = take_character(t);
    buf_clear(&t->atom);
    switch (c) {
    case '\\': return escaped_atom(t, place);
    case '[': return class_expression(t, &t->atom);
    case '.': buf_addz(&t->atom, (t->flags & FEEL_REGEX_S) != 0 ? "." : "[^\\n\\r]"); return true;
    case '^': buf_addz(&t->atom, (t->flags & FEEL_REGEX_M) != 0 ? "(?m:^)" : "(?:\\A)"); return true;
    case '$':
        buf_addz(&t->atom, (t->flags & FEEL_REGEX_M) != 0 ? "(?:(?=\\n)|(?<!\\n)\\z)" : "(?:\\z)");
        return true;
    case '?':
    case '*':
    case '+':
    case '{': return wrong(t, place, "there is nothing to repeat");
    case '}':
    case ']': return wrong(t, place, "this bracket needs a backslash before it");
    default: put_character(&t->atom, c); return true;
    }
}

/* ---- Quantifiers ---- */

struct quantity {
    uint32_t least, most; /* most: UINT32_MAX without a bound */
    bool given;
    bool reluctant;
};

/* A number of repetitions, at most one more than there can be. */
static bool take_number(struct translator *t, uint32_t *ret)
{
    uint32_t n = 0;
    const char *start = t->p;
    for (; is_digit(t); t->p++) {
        n = n * 10 + (uint32_t)(*t->p - '0');
        n = n > REPETITIONS_MAX ? REPETITIONS_MAX + 1 : n;
    }
    *ret = n;
    return t->p > start;
}

/* {n}, {n,} or {n,m}, whose brace has been read. */
static bool bounds(struct translator *t, const char *place, struct quantity *q)
{
    bool good = take_number(t, &q->least);
    q->most = q->least;
    if (good && take(t, ",") && !take_number(t, &q->most)) {
        q->most = UINT32_MAX;
    }
    if (!good || !take(t, "}")) {
        return wrong(t, place, "a quantifier is written {n}, {n,} or {n,m}");
    }
    if (q->most < q->least) {
        return wrong(t, place, "a range cannot go backwards");
    }
    if (q->least > REPETITIONS_MAX || (q->most > REPETITIONS_MAX && q->most != UINT32_MAX)) {
        return wrong(t, place, "more than 65535 repetitions cannot be counted");
    }
    return true;
}

static bool quantifier(struct translator *t, struct quantity *q)
{
    const char *place = t->p;
    *q = (struct quantity){ .least = 1, .most = 1, .given = true };
    if (take(t, "?")) {
        q->least = 0;
    } else if (take(t, "*")) {
        q->least = 0;
        q->most = UINT32_MAX;
    } else if (take(t, "+")) {
        q->most = UINT32_MAX;
    } else if (!take(t, "{")) {
        q->given = false;
        return true;
    } else if (!bounds(t, place, q)) {
        return false;
    }
    q->reluctant = take(t, "?");
    if (is_next(t, '?') || is_next(t, '*') || is_next(t, '+') || is_next(t, '{')) {
        return wrong(t, t->p, "a quantifier cannot follow another");
    }
    return true;
}

static void put_quantifier(struct translator *t, const struct quantity *q, size_t work)
{
    if (q->given) {
        buf_printf(&t->to->pcre2, "{%u,", q->least);
        if (q->most != UINT32_MAX) {
            buf_printf(&t->to->pcre2, "%u", q->most);
        }
        buf_addz(&t->to->pcre2, q->reluctant ? "}?" : "}");
        put_callout(t, work);
    }
}

/* ---- Groups and branches ---- */

static bool branches(struct translator *t);

/* The opening parenthesis has been read. */
static bool group(struct translator *t)
{
    const char *open = t->p - 1;
    uint32_t number = 0;
    if (take(t, "?:")) {
        buf_addz(&t->to->pcre2, "(?:");
    } else if (is_next(t, '?')) {
        return wrong(t, open, "only a colon may follow a parenthesis and a question mark");
    } else if (t->to->groups == LIMIT_REGEX_GROUPS) {
        return limited(t, "REGEX_GROUPS");
    } else {
        number = ++t->to->groups;
        buf_addz(&t->to->pcre2, "(");
    }
    if (!enter(t) || !branches(t)) {
        return false;
    }
    if (!take(t, ")")) {
        return wrong(t, open, "this parenthesis is not closed");
    }
    t->depth--;
    t->closed[number] = true;
    buf_addz(&t->to->pcre2, ")");
    return true;
}

/* piece ::= atom quantifier? */
static bool piece(struct translator *t)
{
    struct quantity q;
    if (take(t, "(")) {
        if (!group(t) || !quantifier(t, &q)) {
            return false;
        }
        put_quantifier(t, &q, 0);
        return true;
    }
    if (!atom(t) || !quantifier(t, &q)) {
        return false;
    }
    put_atom(t, q.least > 0 ? q.least : 1);
    put_quantifier(t, &q, t->atom.len);
    return true;
}

/* regExp ::= branch ( '|' branch )*, where a branch may be empty. */
static bool branches(struct translator *t)
{
    do {
        put_callout(t, 0);
        while (t->p < t->end && *t->p != '|' && *t->p != ')') {
            if (!piece(t)) {
                return false;
            }
        }
        if (is_next(t, '|')) {
            buf_addc(&t->to->pcre2, '|');
        }
    } while (take(t, "|"));
    return true;
}

/* ---- The whole ---- */

/* Flag x: white space does not count, except in a class, and not even behind a backslash. */
static str without_space(struct arena *a, str pattern)
{
    char *to = arena_alloc(a, pattern.len + 1);
    size_t n = 0, brackets = 0;
    bool escaped = false;
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        if (brackets == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
            continue;
        }
        if (!escaped) {
            brackets += c == '[';
            brackets -= c == ']' && brackets > 0;
        }
        escaped = c == '\\' && !escaped;
        to[n++] = c;
    }
    return (str){ to, n };
}

/* Flag q: every character is itself. */
static bool literal(struct translator *t)
{
    put_callout(t, 0);
    while (t->p < t->end) {
        buf_clear(&t->atom);
        put_character(&t->atom, take_character(t));
        put_atom(t, 1);
    }
    return true;
}

static bool expression(struct translator *t)
{
    if (!branches(t)) {
        return false;
    }
    return t->p == t->end || wrong(t, t->p, "this parenthesis closes nothing");
}

bool feel__regex_translate(struct arena *a, str pattern, uint32_t flags, struct feel_regex_text *to)
{
    bool is_literal = (flags & FEEL_REGEX_Q) != 0;
    str source = (flags & FEEL_REGEX_X) != 0 && !is_literal ? without_space(a, pattern) : pattern;
    struct translator t = {
        .p = source.ptr,
        .end = source.ptr + source.len,
        .flags = flags,
        .to = to,
        .atom = BUF_INIT(FEEL_REGEX_TEXT_MAX),
    };
    bool good = is_literal ? literal(&t) : expression(&t);
    if (good && (to->pcre2.overflow || t.atom.overflow)) {
        good = wrong(&t, source.ptr, "it becomes too large when it is compiled");
    }
    buf_release(&t.atom);
    return good;
}
