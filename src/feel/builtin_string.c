/* builtin_string: strings (DMN 1.5, 10.3.4.3). Positions and lengths count characters, that is code points.
 *
 * A piece of a string shares its bytes, which live at least as long as the evaluation.
 */
#include "feel/regex_int.h"
#include "feel/tree_int.h"
#include "text/utf8.h"

/* ---- Arguments ---- */

static feel_value bad_value(struct feel_eval *ev, const char *function, const char *parameter, feel_value v)
{
    return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, function, parameter, feel__brief(ev, v));
}

/* The string at `index`, empty when it was left out or is null. */
static str text_at(const feel_value *args, uint32_t count, uint32_t index)
{
    return index < count && args[index].kind == FEEL_STRING ? feel_str(args[index]) : STR("");
}

/* Pays for a look at all of a text. */
static bool pay(struct feel_eval *ev, str text)
{
    return feel__steps(ev, text.len / FEEL_REGEX_STEP_BYTES);
}

/* A number without its fraction; what does not fit is as far away as can be. */
static int64_t whole(dec d)
{
    dec rounded;
    int64_t n;
    bool fits = dec_round(d, 0, DEC_DOWN, &rounded) && dec_to_int(rounded, &n);
    return fits ? n : dec_is_negative(d) ? INT64_MIN : INT64_MAX;
}

/* ---- Characters ---- */

feel_value builtin_string_length(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    str text = feel_str(args[0]);
    return pay(ev, text) ? feel_number(dec_from_int((int64_t)utf8_count(text))) : feel_null();
}

/* args: string, start position, length. Positions are 1, 2 … and, from the end, -1, -2 …; the place behind the last
 * character is one too, at which nothing is left. The standard does not say what another position gives. */
feel_value builtin_substring(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    str text = feel_str(args[0]);
    if (!pay(ev, text)) {
        return feel_null();
    }
    int64_t characters = (int64_t)utf8_count(text), start = whole(args[1].number), length = INT64_MAX;
    if (start == 0 || start > characters + 1 || start < -characters) {
        return bad_value(ev, "substring", "start position", args[1]);
    }
    if (count > 2 && args[2].kind == FEEL_NUMBER) {
        length = whole(args[2].number);
        if (length < 0) {
            return bad_value(ev, "substring", "length", args[2]);
        }
    }
    size_t from = utf8_offset(text, (size_t)(start > 0 ? start - 1 : characters + start));
    str rest = str_slice(text, from, text.len);
    return feel_string(str_slice(rest, 0, utf8_offset(rest, (size_t)length)));
}

static feel_value map_case(struct feel_eval *ev, str text, void (*map)(str text, struct buf *out))
{
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    if (!pay(ev, text)) {
        return feel_null();
    }
    map(text, &b);
    return feel__string_from_buf(ev, &b);
}

feel_value builtin_upper_case(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    return map_case(ev, feel_str(args[0]), utf8_upper);
}

feel_value builtin_lower_case(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    return map_case(ev, feel_str(args[0]), utf8_lower);
}

/* ---- White space ---- */

/* What is left without the white space at both ends, as the grammar of the language knows it (rules 61 and 62). */
static str trim(str text)
{
    const char *p = text.ptr, *end = p + text.len, *from = NULL, *to = NULL;
    while (p < end) {
        size_t space = feel__space_length(p, end);
        if (space > 0) {
            p += space;
        } else {
            from = from == NULL ? p : from;
            p += utf8_length_at(p, end);
            to = p;
        }
    }
    return from == NULL ? STR("") : (str){ from, (size_t)(to - from) };
}

feel_value builtin_trim(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    str text = feel_str(args[0]);
    return pay(ev, text) ? feel_string(trim(text)) : feel_null();
}

feel_value builtin_is_blank(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    str text = feel_str(args[0]);
    return pay(ev, text) ? feel_boolean(trim(text).len == 0) : feel_null();
}

/* ---- Parts ---- */

/* True and the byte at which `match` stands first; the empty string stands at the start. As everywhere here, what
 * comes out when the steps are used up does not matter: the evaluation has ended. */
static bool find(struct feel_eval *ev, const feel_value *args, size_t *ret)
{
    str text = feel_str(args[0]), match = feel_str(args[1]);
    if (!pay(ev, text)) {
        return false;
    }
    const char *at = memmem(text.ptr, text.len, match.ptr, match.len);
    if (at == NULL) {
        return false;
    }
    *ret = (size_t)(at - text.ptr);
    return true;
}

feel_value builtin_contains(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    size_t at;
    return feel_boolean(find(ev, args, &at));
}

feel_value builtin_starts_with(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev, (void)count;
    return feel_boolean(str_starts_with(feel_str(args[0]), feel_str(args[1])));
}

feel_value builtin_ends_with(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)ev, (void)count;
    str text = feel_str(args[0]), match = feel_str(args[1]);
    return feel_boolean(text.len >= match.len && str_eq(str_slice(text, text.len - match.len, text.len), match));
}

feel_value builtin_substring_before(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    size_t at;
    return feel_string(find(ev, args, &at) ? str_slice(feel_str(args[0]), 0, at) : STR(""));
}

feel_value builtin_substring_after(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    size_t at;
    if (!find(ev, args, &at)) {
        return feel_string(STR(""));
    }
    return feel_string(str_slice(feel_str(args[0]), at + args[1].count, args[0].count));
}

/* ---- Joining ---- */

/* False, with a diagnostic, when an element is neither a string nor null. */
static bool join(struct feel_eval *ev, feel_value list, str delimiter, struct buf *out)
{
    bool first = true;
    if (!feel__steps(ev, list.count)) {
        return false;
    }
    for (uint32_t i = 0; i < list.count && !out->overflow; i++) {
        feel_value v = list.items[i];
        if (v.kind == FEEL_STRING) {
            buf_add(out, first ? STR("") : delimiter);
            buf_add(out, feel_str(v));
            first = false;
        } else if (v.kind != FEEL_NULL) {
            bad_value(ev, "string join", "list", v);
            return false;
        }
    }
    return true;
}

/* args: list, delimiter, prefix, suffix. */
feel_value builtin_string_join(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    buf_add(&b, text_at(args, count, 2));
    if (!join(ev, args[0], text_at(args, count, 1), &b)) {
        buf_release(&b);
        return feel_null();
    }
    buf_add(&b, text_at(args, count, 3));
    return feel__string_from_buf(ev, &b);
}

/* ---- Regular expressions ---- */

/* args: input, pattern, flags. */
feel_value builtin_matches(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    const size_t *ends;
    const struct feel_regex *regex = feel__regex(ev, "matches", feel_str(args[1]), text_at(args, count, 2));
    if (regex == NULL) {
        return feel_null();
    }
    return feel_boolean(feel__regex_match(ev, regex, feel_str(args[0]), 0, &ends));
}

/* The same, and it must not match the empty string: where it does, one cannot say how often it matches between two
 * characters (FORX0003 in XPath). An expression of this language that has an empty match anywhere has one there. */
static const struct feel_regex *dividing_regex(struct feel_eval *ev, const char *function, const char *parameter,
                                               feel_value pattern, str flags)
{
    const size_t *ends;
    const struct feel_regex *regex = feel__regex(ev, function, feel_str(pattern), flags);
    if (regex == NULL) {
        return NULL;
    }
    if (feel__regex_match(ev, regex, STR(""), 0, &ends)) {
        bad_value(ev, function, parameter, pattern);
        return NULL;
    }
    return regex;
}

/* A replacement as XPath has it: \\ and \$, otherwise no backslash, and no dollar without a digit behind it. */
static bool is_replacement(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char next = i + 1 < s.len ? s.ptr[i + 1] : '\0';
        if (s.ptr[i] == '\\') {
            if (next != '\\' && next != '$') {
                return false;
            }
            i++;
        } else if (s.ptr[i] == '$' && (next < '0' || next > '9')) {
            return false;
        }
    }
    return true;
}

/* The number of a group at s[*at], behind the dollar: of the digits as many as make a group that there is, or might
 * be among nine. */
static size_t take_group(str s, size_t *at, uint32_t groups)
{
    size_t n = (size_t)(s.ptr[(*at)++] - '0');
    while (*at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9') {
        size_t longer = n * 10 + (size_t)(s.ptr[*at] - '0');
        if (longer > groups && longer > 9) {
            break;
        }
        n = longer;
        ++*at;
    }
    return n;
}

/* What stands for the match whose groups have these ends. A group that there is not, or that took no part, is
 * empty. */
static void put_replacement(const struct feel_regex *regex, str text, const size_t *ends, str replacement,
                            struct buf *out)
{
    size_t i = 0;
    while (i < replacement.len) {
        char c = replacement.ptr[i++];
        if (c == '$') {
            size_t group = take_group(replacement, &i, regex->groups);
            if (group <= regex->groups && ends[2 * group] != FEEL_REGEX_UNSET) {
                buf_add(out, str_slice(text, ends[2 * group], ends[2 * group + 1]));
            }
        } else {
            buf_addc(out, c == '\\' ? replacement.ptr[i++] : c);
        }
    }
}

static void replace_all(struct feel_eval *ev, const struct feel_regex *regex, str text, str replacement,
                        struct buf *out)
{
    const size_t *ends;
    size_t from = 0;
    while (!out->overflow && feel__steps(ev, replacement.len / FEEL_REGEX_STEP_BYTES) &&
           feel__regex_match(ev, regex, text, from, &ends)) {
        assert(ends[1] > ends[0]);
        buf_add(out, str_slice(text, from, ends[0]));
        if ((regex->flags & FEEL_REGEX_Q) != 0) {
            buf_add(out, replacement);
        } else {
            put_replacement(regex, text, ends, replacement, out);
        }
        from = ends[1];
    }
    buf_add(out, str_slice(text, from, text.len));
}

/* args: input, pattern, replacement, flags. */
feel_value builtin_replace(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    str replacement = feel_str(args[2]);
    const struct feel_regex *regex = dividing_regex(ev, "replace", "pattern", args[1], text_at(args, count, 3));
    if (regex == NULL) {
        return feel_null();
    }
    if ((regex->flags & FEEL_REGEX_Q) == 0 && !is_replacement(replacement)) {
        return bad_value(ev, "replace", "replacement", args[2]);
    }
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    replace_all(ev, regex, feel_str(args[0]), replacement, &b);
    return feel__string_from_buf(ev, &b);
}

/* args: string, delimiter, which is a pattern. */
feel_value builtin_split(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    str text = feel_str(args[0]);
    const size_t *ends;
    size_t from = 0;
    feel_value list = feel__list_new();
    const struct feel_regex *regex = dividing_regex(ev, "split", "delimiter", args[1], STR(""));
    if (regex == NULL) {
        return feel_null();
    }
    while (feel__regex_match(ev, regex, text, from, &ends)) {
        if (!feel__list_add(ev, &list, feel_string(str_slice(text, from, ends[0])))) {
            return feel_null();
        }
        from = ends[1];
    }
    return feel__list_add(ev, &list, feel_string(str_slice(text, from, text.len))) ? list : feel_null();
}

/* args: string, pattern. */
feel_value builtin_extract(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    str text = feel_str(args[0]);
    const size_t *ends;
    size_t from = 0;
    feel_value list = feel__list_new();
    const struct feel_regex *regex = dividing_regex(ev, "extract", "pattern", args[1], STR(""));
    if (regex == NULL) {
        return feel_null();
    }
    while (feel__regex_match(ev, regex, text, from, &ends)) {
        if (!feel__list_add(ev, &list, feel_string(str_slice(text, ends[0], ends[1])))) {
            return feel_null();
        }
        from = ends[1];
    }
    return list;
}

/* ---- Base 64: RFC 4648, section 4 ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

feel_value builtin_to_base64(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    str text = feel_str(args[0]);
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    if (!pay(ev, text)) {
        return feel_null();
    }
    for (size_t i = 0; i < text.len; i += 3) {
        size_t left = text.len - i;
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++) {
            group = group << 8 | (k < left ? (unsigned char)text.ptr[i + k] : 0u);
        }
        for (size_t k = 0; k < 4; k++) {
            buf_addc(&b, k <= left ? digits[group >> (18 - 6 * k) & 63] : '=');
        }
    }
    return feel__string_from_buf(ev, &b);
}

/* The bytes of four digits; fewer for one or two = at the end of the text. False for anything else, and for bits that
 * no encoder sets. */
static bool decode_group(const char *p, bool last, struct buf *out)
{
    size_t padding = !last ? 0 : p[3] != '=' ? 0 : p[2] != '=' ? 1 : 2;
    uint32_t group = 0;
    for (size_t k = 0; k < 4; k++) {
        const char *digit = k >= 4 - padding ? digits : strchr(digits, p[k]);
        if (digit == NULL || *digit == '\0') {
            return false;
        }
        group = group << 6 | (uint32_t)(digit - digits);
    }
    for (size_t k = 0; k < 3 - padding; k++) {
        buf_addc(out, (char)(group >> (16 - 8 * k)));
    }
    return (group & ((1u << 8 * padding) - 1)) == 0;
}

feel_value builtin_from_base64(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)count;
    str text = feel_str(args[0]);
    struct buf b = BUF_INIT(LIMIT_FEEL_STRING);
    if (!pay(ev, text)) {
        return feel_null();
    }
    bool good = text.len % 4 == 0;
    for (size_t i = 0; good && i < text.len; i += 4) {
        good = decode_group(text.ptr + i, i + 4 == text.len, &b);
    }
    if (!good || !utf8_valid(buf_str(&b))) {
        buf_release(&b);
        return bad_value(ev, "from base64", "value", args[0]);
    }
    return feel__string_from_buf(ev, &b);
}

/* ---- Identifiers ---- */

/* A random UUID (RFC 4122, version 4), of the seed of the environment. */
feel_value builtin_uuid(struct feel_eval *ev, const feel_value *args, uint32_t count)
{
    (void)args, (void)count;
    uint64_t high = feel__random(ev), low = feel__random(ev);
    high = (high & ~(uint64_t)0xF000) | 0x4000;
    low = (low & ~(uint64_t)0 >> 2) | (uint64_t)1 << 63;
    return feel_string(arena_printf(&ev->arena, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
                                    (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFFF), (unsigned)(low >> 48),
                                    (unsigned long long)(low & 0xFFFFFFFFFFFF)));
}
