/* Text: UTF-8, JSON and XML; tables of what is taken and refused, and laws on random texts from a fixed seed. */
#include "base/limit.h"
#include "tap.h"
#include "text/json.h"
#include "text/json_write.h"
#include "text/utf8.h"
#include "text/xml.h"

#include <stdlib.h>

/* ---- Chance ---- */

static uint64_t seed = 20261124;

/* A number from 0 up to n (splitmix64). */
static uint32_t chance(uint32_t n)
{
    uint64_t z = (seed += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ (z >> 31)) % n);
}

/* Code points of each length in UTF-8, and those that JSON and XML treat apart. */
static uint32_t random_code(void)
{
    static const uint32_t special[] = { '"',    '\\',   '/',    '\n',    '\t',     1,   0x1F, 0x7F, 0x80, 0x7FF, 0x800,
                                        0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF, '<', '&',  '>',  '\'', ']' };
    switch (chance(6)) {
    case 0:
        return special[chance(sizeof special / sizeof special[0])];
    case 1:
        return 0x80 + chance(0x780);
    case 2:
        return 0x4E00 + chance(0x5200);
    case 3:
        return 0x10000 + chance(0x100000);
    default:
        return 0x20 + chance(0x5F);
    }
}

static str random_text(struct arena *a, uint32_t codes)
{
    struct buf b = BUF_INIT(1 << 20);
    for (uint32_t i = 0; i < codes; i++) {
        utf8_put(&b, random_code());
    }
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

/* ---- UTF-8 ---- */

/* Read bit by bit, as Unicode's table 3-6 has it, and then asked whether the form is the shortest. */
static bool naive_valid(str s)
{
    for (size_t i = 0; i < s.len;) {
        unsigned char c = (unsigned char)s.ptr[i];
        size_t n = c < 0x80 ? 1 : (c & 0xE0) == 0xC0 ? 2 : (c & 0xF0) == 0xE0 ? 3 : (c & 0xF8) == 0xF0 ? 4 : 0;
        uint32_t code = n == 1 ? c : c & (0xFFu >> (n + 1));
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        if (n == 0 || n > s.len - i) {
            return false;
        }
        for (size_t k = 1; k < n; k++) {
            if (((unsigned char)s.ptr[i + k] & 0xC0) != 0x80) {
                return false;
            }
            code = code << 6 | ((unsigned char)s.ptr[i + k] & 0x3Fu);
        }
        if (code < least[n] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
            return false;
        }
        i += n;
    }
    return true;
}

static void test_code_points(void)
{
    struct buf b = BUF_INIT(8);
    uint32_t bad = 0;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        buf_clear(&b);
        if (code >= 0xD800 && code <= 0xDFFF) {
            continue;
        }
        utf8_put(&b, code);
        str s = buf_str(&b);
        bad += !utf8_valid(s) || utf8_get(s) != code || utf8_count(s) != 1 || !naive_valid(s) ||
               utf8_length_at(s.ptr, s.ptr + s.len) != s.len;
    }
    ok(bad == 0, "every code point is written and read");
    buf_release(&b);
}

static void test_utf8_refused(void)
{
    static const char *const bad[] = { "\x80",
                                       "\xBF",
                                       "\xC0\x80",
                                       "\xC1\xBF",
                                       "\xC2",
                                       "\xC2 ",
                                       "\xE0\x80\x80",
                                       "\xE0\x9F\xBF",
                                       "\xED\xA0\x80",
                                       "\xED\xBF\xBF",
                                       "\xE4\xB8",
                                       "\xF0\x80\x80\x80",
                                       "\xF0\x8F\xBF\xBF",
                                       "\xF4\x90\x80\x80",
                                       "\xF5\x80\x80\x80",
                                       "\xFF",
                                       "\xF0\x9F\x90",
                                       "0123456789abcde\xE4",
                                       "01234567\xC2",
                                       "\xC2\x80\xC2" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ok(!utf8_valid(str_of(bad[i])), "bad UTF-8 %zu is refused", i);
    }
    ok(utf8_valid(STR("")), "nothing is valid");
    ok(utf8_valid((str){ "a\0b", 3 }), "NUL is valid");
}

static void test_utf8_random(void)
{
    uint32_t differ = 0, valid = 0;
    for (int i = 0; i < 200000; i++) {
        static const char pieces[] = "\x41\x80\xBF\xC2\xE0\xA0\xED\x9F\xE4\xB8\xAD\xF0\x90\xF4\x8F\xC0";
        char bytes[24];
        str s = { bytes, chance(sizeof bytes) };
        for (size_t k = 0; k < s.len; k++) {
            bytes[k] = chance(4) == 0 ? pieces[chance(sizeof pieces - 1)] : 'x';
        }
        differ += utf8_valid(s) != naive_valid(s);
        valid += utf8_valid(s);
    }
    ok(differ == 0, "utf8_valid agrees with a naive reader");
    ok(valid > 1000 && valid < 199000, "which saw both kinds of text");
}

static void test_utf8_places(void)
{
    str s = STR("a上🐎b");
    is_int((int64_t)utf8_count(s), 4, "utf8_count");
    is_int((int64_t)utf8_offset(s, 0), 0, "utf8_offset at the start");
    is_int((int64_t)utf8_offset(s, 2), 4, "utf8_offset inside");
    is_int((int64_t)utf8_offset(s, 4), 9, "utf8_offset at the end");
    is_int((int64_t)utf8_offset(s, 99), 9, "utf8_offset beyond the end");
    is_int((int64_t)utf8_valid_length(s), 9, "utf8_valid_length of a valid text");
    is_int((int64_t)utf8_valid_length(STR("abcdefgh上\xC2 x")), 11, "utf8_valid_length up to a bad byte");
}

static void is_case(bool upper, const char *from, const char *want)
{
    struct buf b = BUF_INIT(100);
    if (upper) {
        utf8_upper(str_of(from), &b);
    } else {
        utf8_lower(str_of(from), &b);
    }
    is_str(buf_str(&b), str_of(want), "%s case of %s", upper ? "upper" : "lower", from);
    buf_release(&b);
}

static void test_case(void)
{
    is_case(true, "abcXYZ 019 [`{", "ABCXYZ 019 [`{");
    is_case(true, "été, straße, ж, ω, 上门", "ÉTÉ, STRASSE, Ж, Ω, 上门");
    is_case(false, "ABCxyz ÉTÉ Ж Ω 上门", "abcxyz été ж ω 上门");
    is_case(true, "", "");
}

/* ---- JSON: what is taken ---- */

static void print_json(const struct json *v, struct json_writer *w)
{
    switch ((enum json_kind)v->kind) {
    case JSON_NULL:
        json_null(w);
        break;
    case JSON_FALSE:
    case JSON_TRUE:
        json_bool(w, v->kind == JSON_TRUE);
        break;
    case JSON_NUMBER:
        json_raw(w, v->text);
        break;
    case JSON_STRING:
        json_string(w, v->text);
        break;
    case JSON_ARRAY:
        json_begin_array(w);
        for (uint32_t i = 0; i < v->count; i++) {
            print_json(&v->items[i], w);
        }
        json_end_array(w);
        break;
    case JSON_OBJECT:
        json_begin_object(w);
        for (uint32_t i = 0; i < v->count; i++) {
            json_key(w, v->names[i]);
            print_json(&v->items[i], w);
        }
        json_end_object(w);
        break;
    }
}

static str write_json(struct arena *a, const struct json *v, bool pretty)
{
    struct buf b = BUF_INIT(1 << 24);
    struct json_writer w;
    json_writer_init(&w, &b, pretty);
    print_json(v, &w);
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

static void test_json_taken(void)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "null", "null" },
        { " true ", "true" },
        { "\t\r\n false\n", "false" },
        { "0", "0" },
        { "-0", "-0" },
        { "-0.0e-0", "-0.0e-0" },
        { "1.10", "1.10" },
        { "123456789012345678901234567890123456789012345678901234567890.5",
          "123456789012345678901234567890123456789012345678901234567890.5" },
        { "1E+999999999", "1E+999999999" },
        { "1e5", "1e5" },
        { "\"\"", "\"\"" },
        { "\"a\"", "\"a\"" },
        { "\"\\u0041\\u00e9\\u4E0A\"", "\"Aé上\"" },
        { "\"\\ud83d\\uDC0E\"", "\"🐎\"" },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
        { "\"\\u0000\\u001F\"", "\"\\u0000\\u001f\"" },
        { "\"0123456789abcdef0123456789abcdef\\n0123456789abcdef上\"",
          "\"0123456789abcdef0123456789abcdef\\n0123456789abcdef上\"" },
        { "[]", "[]" },
        { "[ ]", "[]" },
        { "{ }", "{}" },
        { "[1,[2,[3]],[]]", "[1,[2,[3]],[]]" },
        { "{\"a\":1,\"b\":{\"c\":[true,null]}}", "{\"a\":1,\"b\":{\"c\":[true,null]}}" },
        { " { \"a\" : [ 1 , 2 ] , \"b\" : { } } ", "{\"a\":[1,2],\"b\":{}}" },
        { "{\"\":1,\" \":2}", "{\"\":1,\" \":2}" },
        { "{\"b\":1,\"a\":2}", "{\"b\":1,\"a\":2}" },
        { "{\"a\":1,\"A\":2,\"\\u00e9\":3}", "{\"a\":1,\"A\":2,\"é\":3}" },
        { "\"\x7F\"", "\"\x7F\"" },
        { "[{},{},[{}]]", "[{},{},[{}]]" },
    };
    struct arena a = ARENA_INIT;
    struct json v;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = { .code = OK };
        bool fine = json_parse(&a, str_of(cases[i].text), &v, &err) == OK;
        is_str(fine ? write_json(&a, &v, false) : str_of(err.message), str_of(cases[i].want), "%s", cases[i].text);
    }
    arena_release(&a);
}

static void test_json_places(void)
{
    struct arena a = ARENA_INIT;
    struct json v;
    ok(json_parse(&a, STR(" {\"a\": [10, \"x\"]}"), &v, NULL) == OK, "a document");
    const struct json *list = json_member(&v, STR("a"));
    ok(list != NULL && list->kind == JSON_ARRAY && list->count == 2, "json_member finds a member");
    ok(json_member(&v, STR("b")) == NULL, "json_member: no such member");
    ok(list != NULL && json_member(list, STR("a")) == NULL, "json_member of what is no object");
    is_int(v.at, 1, "where the object begins");
    is_int(list->at, 7, "where the array begins");
    is_int(list->items[0].at, 8, "where the number begins");
    is_int(list->items[1].at, 12, "where the string begins");
    arena_release(&a);
}

/* ---- JSON: what is refused ---- */

static const struct {
    const char *text;
    uint32_t line, column;
} refused_json[] = {
    { "", 1, 1 },
    { "  \n ", 2, 2 },
    { "nul", 1, 1 },
    { "nulL", 1, 1 },
    { "nullx", 1, 5 },
    { "True", 1, 1 },
    { "NaN", 1, 1 },
    { "-Infinity", 1, 1 },
    { "01", 1, 1 },
    { "+1", 1, 1 },
    { "-", 1, 1 },
    { ".5", 1, 1 },
    { "1.", 1, 1 },
    { "1.e5", 1, 1 },
    { "1e", 1, 1 },
    { "1e+", 1, 1 },
    { "0x10", 1, 2 },
    { "1 2", 1, 3 },
    { "1,", 1, 2 },
    { "'a'", 1, 1 },
    { "\"a", 1, 3 },
    { "\"a\nb\"", 1, 3 },
    { "\"a\tb\"", 1, 3 },
    { "\"\\", 1, 3 },
    { "\"\\x\"", 1, 3 },
    { "\"\\u12\"", 1, 3 },
    { "\"\\u12g4\"", 1, 3 },
    { "\"\\ud83d\"", 1, 8 },
    { "\"\\ud83dx\"", 1, 8 },
    { "\"\\ud83d\\u0041\"", 1, 8 },
    { "\"\\udc0e\"", 1, 8 },
    { "[", 1, 2 },
    { "[1", 1, 3 },
    { "[1,", 1, 4 },
    { "[1,]", 1, 4 },
    { "[,1]", 1, 2 },
    { "[1 2]", 1, 4 },
    { "[1}", 1, 3 },
    { "]", 1, 1 },
    { "[]]", 1, 3 },
    { "{", 1, 2 },
    { "{1:2}", 1, 2 },
    { "{\"a\"}", 1, 5 },
    { "{\"a\":}", 1, 6 },
    { "{\"a\":1,}", 1, 8 },
    { "{\"a\":1 \"b\":2}", 1, 8 },
    { "{\"a\" 1}", 1, 6 },
    { "{\"a\":1]", 1, 7 },
    { "{a:1}", 1, 2 },
    { "{\"a\":1,\"a\":2}", 1, 13 },
    { "{\"a\":1,\"\\u0061\":2}", 1, 18 },
    { "{\n  \"a\": 1,\n  \"b\" 2\n}", 3, 7 },
    { "[\"上门\" 1]", 1, 7 },
    { "// x\n1", 1, 1 },
    { "\xEF\xBB\xBF"
      "1",
      1, 1 },
    { "\"\xC3\"", 1, 2 },
    { "\"\xED\xA0\x80\"", 1, 2 },
    { "[\"a\",\n \"b\xFF\"]", 2, 4 },
    { "1\xC2\xA0", 1, 2 },
};

static void test_json_refused(void)
{
    struct arena a = ARENA_INIT;
    struct json v;
    for (size_t i = 0; i < sizeof refused_json / sizeof refused_json[0]; i++) {
        struct error err = { .code = OK };
        enum error_code code = json_parse(&a, str_of(refused_json[i].text), &v, &err);
        if (!ok(code == ERROR_SYNTAX && err.where.line == refused_json[i].line &&
                    err.where.column == refused_json[i].column,
                "refused: %zu", i)) {
            printf("# %s: code %d at %u:%u: %s\n", refused_json[i].text, code, err.where.line, err.where.column,
                   err.message);
        }
    }
    ok(json_parse(&a, (str){ "1\0", 2 }, &v, NULL) == ERROR_SYNTAX, "NUL after the value");
    ok(json_parse(&a, (str){ "\"a\0b\"", 5 }, &v, NULL) == ERROR_SYNTAX, "NUL in a string");
    for (char c = 1; c < 0x20; c++) {
        char text[4] = { '"', c, '"', '\0' };
        ok(json_parse(&a, (str){ text, 3 }, &v, NULL) == ERROR_SYNTAX, "control character %d in a string", c);
    }
    arena_release(&a);
}

/* A name that stands twice is found wherever the two are, among few names and among many. */
static void test_json_duplicates(void)
{
    static const uint32_t counts[] = { 2, 8, 9, 30, 64, 65, 300, 5000 };
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT(1 << 20);
    struct json v;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (uint32_t round = 0; round < 4; round++) {
            uint32_t twin = round == 0 ? UINT32_MAX : chance(counts[i] - 1);
            buf_clear(&b);
            for (uint32_t k = 0; k < counts[i]; k++) {
                uint32_t name = k == counts[i] - 1 && twin != UINT32_MAX ? twin : k;
                buf_printf(&b, "%c\"n%u\":%u", k == 0 ? '{' : ',', name, k);
            }
            buf_addc(&b, '}');
            struct error err = { .code = OK };
            enum error_code code = json_parse(&a, buf_str(&b), &v, &err);
            ok(code == (round == 0 ? OK : ERROR_SYNTAX), "%u names, %s", counts[i],
               round == 0 ? "all different" : "one twice");
        }
    }
    buf_release(&b);
    arena_release(&a);
}

/* ---- JSON: limits ---- */

static void is_limit(enum error_code code, const struct error *err, const char *name)
{
    ok(code == ERROR_LIMIT && strstr(err->detail, name) != NULL, "%s is named: %s", name, err->detail);
}

static void add_many(struct buf *b, const char *text, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        buf_addz(b, text);
    }
}

static enum error_code parse_nested(struct arena *a, uint32_t depth, struct error *err)
{
    struct buf b = BUF_INIT(1 << 20);
    struct json v;
    add_many(&b, "[", depth);
    add_many(&b, "]", depth);
    enum error_code code = json_parse(a, buf_str(&b), &v, err);
    buf_release(&b);
    return code;
}

static enum error_code parse_members(struct arena *a, uint32_t count, struct error *err)
{
    struct buf b = BUF_INIT(4 << 20);
    struct json v;
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&b, "%c\"%u\":0", i == 0 ? '{' : ',', i);
    }
    buf_addc(&b, '}');
    enum error_code code = json_parse(a, buf_str(&b), &v, err);
    buf_release(&b);
    return code;
}

static void test_json_limits(void)
{
    struct arena a = ARENA_INIT;
    struct error err = { .code = OK };
    struct json v;
    ok(parse_nested(&a, LIMIT_JSON_DEPTH, &err) == OK, "arrays as deep as the limit");
    is_limit(parse_nested(&a, LIMIT_JSON_DEPTH + 1, &err), &err, "JSON_DEPTH");
    is_limit(parse_nested(&a, 100000, &err), &err, "JSON_DEPTH");
    ok(parse_members(&a, LIMIT_JSON_MEMBERS, &err) == OK, "as many members as the limit");
    is_limit(parse_members(&a, LIMIT_JSON_MEMBERS + 1, &err), &err, "JSON_MEMBERS");
    is_limit(json_parse(&a, (str){ "[]", (size_t)LIMIT_JSON_BYTES + 1 }, &v, &err), &err, "JSON_BYTES");
    arena_release(&a);
}

/* ---- Writing JSON ---- */

static void test_json_quote(void)
{
    struct buf b = BUF_INIT(1000);
    json_quote((str){ "\0\x01\x1F\x7F\b\t\n\f\r\v\"\\/", 13 }, &b);
    is_str(buf_str(&b), STR("\"\\u0000\\u0001\\u001f\x7F\\b\\t\\n\\f\\r\\u000b\\\"\\\\/\""), "escapes");
    buf_clear(&b);
    /* RFC 8785, 3.2.2: the string of the example */
    json_quote(STR("\xE2\x82\xAC$\x0F\nA'B\"\\\\\"/"), &b);
    is_str(buf_str(&b), STR("\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\""), "the string of RFC 8785, 3.2.2.2");
    buf_release(&b);
}

/* RFC 8785, 3.2.3: names in the order of their UTF-16 units. */
static void test_json_order(void)
{
    static const char *const names[] = { "\r",          "1", "\xC2\x80", "\xC3\xB6", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                                         "\xEF\xAC\xB3" };
    size_t count = sizeof names / sizeof names[0];
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            int order = json_compare_names(str_of(names[i]), str_of(names[k]));
            ok((order > 0) - (order < 0) == (i > k) - (i < k), "the order of RFC 8785, 3.2.3: %zu, %zu", i, k);
        }
    }
    ok(json_compare_names(STR("a"), STR("ab")) < 0, "a prefix comes first");
    ok(json_compare_names(STR(""), STR("")) == 0, "empty names");
}

/* The UTF-16 units of a text. */
static uint32_t units_of(str s, uint16_t *to)
{
    uint32_t n = 0;
    for (size_t i = 0; i < s.len; i += utf8_length_at(s.ptr + i, s.ptr + s.len)) {
        uint32_t code = utf8_get(str_slice(s, i, s.len));
        if (code >= 0x10000) {
            to[n++] = (uint16_t)(0xD800 + ((code - 0x10000) >> 10));
            code = 0xDC00 + ((code - 0x10000) & 0x3FF);
        }
        to[n++] = (uint16_t)code;
    }
    return n;
}

static int naive_compare(str a, str b)
{
    uint16_t x[64], y[64];
    uint32_t n = units_of(a, x), m = units_of(b, y), i = 0;
    while (i < n && i < m && x[i] == y[i]) {
        i++;
    }
    return i < n && i < m ? (x[i] > y[i]) - (x[i] < y[i]) : (n > m) - (n < m);
}

static void test_json_order_random(void)
{
    struct arena a = ARENA_INIT;
    uint32_t differ = 0;
    for (int i = 0; i < 50000; i++) {
        str common = random_text(&a, chance(4)), left = random_text(&a, chance(3)), right = random_text(&a, chance(3));
        str x = arena_printf(&a, "%.*s%.*s", STR_ARG(common), STR_ARG(left));
        str y = arena_printf(&a, "%.*s%.*s", STR_ARG(common), STR_ARG(right));
        int order = json_compare_names(x, y);
        differ += (order > 0) - (order < 0) != naive_compare(x, y);
        arena_clear(&a);
    }
    ok(differ == 0, "json_compare_names agrees with a comparison of UTF-16 units");
    arena_release(&a);
}

static void test_json_pretty(void)
{
    struct arena a = ARENA_INIT;
    struct json v;
    ok(json_parse(&a, STR("{\"a\":[1,{\"b\":null}],\"c\":{},\"d\":[]}"), &v, NULL) == OK, "a document");
    is_str(write_json(&a, &v, true),
           STR("{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n  \"d\": []\n}"),
           "indented");
    arena_release(&a);
}

/* ---- JSON: random documents ---- */

static void random_number(struct buf *b)
{
    buf_printf(b, "%s%u", chance(3) == 0 ? "-" : "", chance(4) == 0 ? 0 : chance(1000000));
    if (chance(2) == 0) {
        buf_printf(b, ".%u", chance(100000));
    }
    if (chance(4) == 0) {
        buf_printf(b, "e%s%u", chance(2) == 0 ? "-" : "+", chance(400));
    }
}

static void random_json(struct arena *a, struct json_writer *w, uint32_t depth)
{
    struct buf number = BUF_INIT(100);
    uint32_t count = chance(chance(20) == 0 ? 100 : 6);
    switch (chance(depth == 0 ? 5 : 9)) {
    case 0:
        json_null(w);
        break;
    case 1:
        json_bool(w, chance(2) == 0);
        break;
    case 2:
        random_number(&number);
        json_raw(w, buf_str(&number));
        break;
    case 3:
    case 4:
        json_string(w, random_text(a, chance(40)));
        break;
    case 5:
    case 6:
        json_begin_array(w);
        for (uint32_t i = 0; i < count; i++) {
            random_json(a, w, depth - 1);
        }
        json_end_array(w);
        break;
    default:
        json_begin_object(w);
        for (uint32_t i = 0; i < count; i++) {
            str name = random_text(a, chance(6));
            json_key(w, arena_printf(a, "%u:%.*s", i, STR_ARG(name)));
            random_json(a, w, depth - 1);
        }
        json_end_object(w);
        break;
    }
    buf_release(&number);
}

/* What the writer wrote is read, and written again gives the same bytes, also by way of the indented form. */
static void test_json_random(void)
{
    uint32_t bad = 0;
    for (int i = 0; i < 3000; i++) {
        struct arena a = ARENA_INIT;
        struct buf b = BUF_INIT(1 << 24);
        struct json_writer w;
        struct json v, again;
        json_writer_init(&w, &b, false);
        random_json(&a, &w, 5);
        bool fine = !b.overflow && json_parse(&a, buf_str(&b), &v, NULL) == OK;
        fine = fine && str_eq(write_json(&a, &v, false), buf_str(&b));
        fine = fine && json_parse(&a, write_json(&a, &v, true), &again, NULL) == OK;
        bad += !fine || !str_eq(write_json(&a, &again, false), buf_str(&b));
        buf_release(&b);
        arena_release(&a);
    }
    ok(bad == 0, "random documents survive writing and reading");
}

/* Documents with one byte changed: whatever comes of it, nothing is read beyond the end (the sanitizers see to it),
 * and what is taken is written and read again. */
static void test_json_damaged(void)
{
    static const char text[] = "{\"name\":\"\\u4e0a门\",\"list\":[1.5e3,-0,true,false,null,\"\\n\"],\"o\":{\"x\":{}}}";
    uint32_t bad = 0, taken = 0;
    for (int i = 0; i < 20000; i++) {
        struct arena a = ARENA_INIT;
        struct json v, again;
        size_t len = sizeof text - 1 - chance(3);
        char *copy = malloc(len);
        if (copy == NULL) {
            abort();
        }
        memcpy(copy, text, len);
        copy[chance((uint32_t)len)] = (char)chance(256);
        if (json_parse(&a, (str){ copy, len }, &v, NULL) == OK) {
            taken++;
            str once = write_json(&a, &v, false);
            bad += json_parse(&a, once, &again, NULL) != OK || !str_eq(write_json(&a, &again, false), once);
        }
        free(copy);
        arena_release(&a);
    }
    ok(bad == 0 && taken > 100, "damaged documents: %u are taken all the same", taken);
}

/* ---- XML: what is taken ---- */

static str xml_text(struct arena *a, const struct xml_node *x)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_printf(&b, "<%.*s", STR_ARG(x->name));
    if (x->uri.len > 0) {
        buf_printf(&b, "|%.*s", STR_ARG(x->uri));
    }
    for (uint32_t i = 0; i < x->attribute_count; i++) {
        const struct xml_attribute *at = &x->attributes[i];
        buf_printf(&b, " %.*s%s%.*s=%.*s", STR_ARG(at->name), at->uri.len > 0 ? "|" : "", STR_ARG(at->uri),
                   STR_ARG(at->value));
    }
    buf_printf(&b, ">%.*s", STR_ARG(x->text));
    for (const struct xml_node *c = x->first_child; c != NULL; c = c->next) {
        str inner = xml_text(a, c);
        buf_printf(&b, "(%.*s)", STR_ARG(inner));
        if (c->parent != x) {
            buf_addz(&b, "?");
        }
    }
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

static void test_xml_taken(void)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "<a/>", "<a>" },
        { "<a></a>", "<a>" },
        { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>\n", "<a>" },
        { "\xEF\xBB\xBF<a/>", "<a>" },
        { "<a>x</a>", "<a>x" },
        { "<a> x </a>", "<a> x " },
        { "<a>1<b/>2<c>3</c>4</a>", "<a>124(<b>)(<c>3)" },
        { "<a x=\"1\" y='2'/>", "<a x=1 y=2>" },
        { "<a x=\"&lt;&gt;&amp;&quot;&apos;&#65;&#x4E0A;\">&lt;&#x1F40E;</a>", "<a x=<>&\"'A上><🐎" },
        { "<a><![CDATA[<b>&amp;]]></a>", "<a><b>&amp;" },
        { "<a><!-- x --><?p y?>z</a>", "<a>z" },
        { "<a xmlns=\"u\"><b/></a>", "<a|u>(<b|u>)" },
        { "<p:a xmlns:p=\"u\" p:x=\"1\" x=\"2\"><b xmlns=\"v\"/></p:a>", "<a|u x|u=1 x=2>(<b|v>)" },
        { "<a xmlns=\"u\"><b xmlns=\"\"/></a>", "<a|u>(<b>)" },
        { "<a><b><c><d/></c></b><e/></a>", "<a>(<b>(<c>(<d>)))(<e>)" },
        { "<上 门=\"核\"/>", "<上 门=核>" },
        { "<a>x\r\ny\rz</a>", "<a>x\ny\nz" },
        { "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xE9</a>", "<a>é" },
        { "<a xml:lang=\"zh\"/>", "<a lang|http://www.w3.org/XML/1998/namespace=zh>" },
    };
    struct arena a = ARENA_INIT;
    const struct xml_node *x;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = { .code = OK };
        bool fine = xml_parse(&a, STR("f"), str_of(cases[i].text), &x, &err) == OK;
        is_str(fine ? xml_text(&a, x) : str_of(err.message), str_of(cases[i].want), "XML %zu", i);
    }
    arena_release(&a);
}

static void test_xml_places(void)
{
    struct arena a = ARENA_INIT;
    const struct xml_node *x = NULL;
    ok(xml_parse(&a, STR("f"), STR("<a\n x='1'>\n  <b/><c q='2'/></a>"), &x, NULL) == OK, "a document");
    const struct xml_node *b = x->first_child, *c = b->next;
    ok(x->line == 1 && x->column == 1 && x->parent == NULL, "the place of the root");
    ok(b->line == 3 && b->column == 3 && b->parent == x, "the place of its first child");
    ok(c->line == 3 && c->column == 7 && c->next == NULL, "the place of its second child");
    is_str(xml_attr(x, STR(""), STR("x")), STR("1"), "xml_attr");
    is_str(xml_attr(x, STR(""), STR("y")), STR(""), "xml_attr: none");
    is_str(xml_attr(x, STR("u"), STR("x")), STR(""), "xml_attr: of another namespace");
    arena_release(&a);
}

/* ---- XML: what is refused ---- */

static void test_xml_refused(void)
{
    static const struct {
        const char *text;
        enum error_code code;
        uint32_t line, column;
    } cases[] = {
        { "", ERROR_SYNTAX, 1, 1 },
        { "  \n", ERROR_SYNTAX, 2, 1 },
        { "x", ERROR_SYNTAX, 1, 1 },
        { "<a>", ERROR_SYNTAX, 1, 4 },
        { "<a></b>", ERROR_SYNTAX, 1, 6 },
        { "<a/><b/>", ERROR_SYNTAX, 1, 5 },
        { "<a>\n<b x=1/></a>", ERROR_SYNTAX, 2, 6 },
        { "<a x='1' x='2'/>", ERROR_SYNTAX, 1, 10 },
        { "<a>&nbsp;</a>", ERROR_SYNTAX, 1, 4 },
        { "<a>&#0;</a>", ERROR_SYNTAX, 1, 4 },
        { "<p:a/>", ERROR_SYNTAX, 1, 1 },
        { "<a>\x01</a>", ERROR_SYNTAX, 1, 4 },
        { "<a>\xFF</a>", ERROR_SYNTAX, 1, 4 },
        { "<a>\xED\xA0\x80</a>", ERROR_SYNTAX, 1, 4 },
        { "<!DOCTYPE a><a/>", ERROR_INVALID, 1, 12 },
        { "<?xml version='1.0'?>\n<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", ERROR_INVALID, 2, 40 },
        { "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", ERROR_INVALID, 1, 13 },
        { "<!DOCTYPE a [<!ENTITY x SYSTEM \"/etc/passwd\">]><a>&x;</a>", ERROR_INVALID, 1, 13 },
    };
    struct arena a = ARENA_INIT;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct xml_node *x = NULL;
        struct error err = { .code = OK };
        enum error_code code = xml_parse(&a, STR("f.xml"), str_of(cases[i].text), &x, &err);
        bool right = code == cases[i].code && err.code == code && x == NULL && err.where.line == cases[i].line;
        if (!ok(right && strcmp(err.where.file, "f.xml") == 0, "XML refused: %zu", i)) {
            printf("# code %d at %s:%u:%u: %s: %s\n", code, err.where.file, err.where.line, err.where.column,
                   err.message, err.detail);
        }
        is_int(err.where.column, cases[i].column, "XML refused at the column: %zu", i);
    }
    arena_release(&a);
}

static enum error_code parse_elements(struct arena *a, const char *before, const char *each, uint32_t times,
                                      const char *after, uint32_t after_times, struct error *err)
{
    struct buf b = BUF_INIT(16 << 20);
    const struct xml_node *x;
    buf_addz(&b, before);
    add_many(&b, each, times);
    add_many(&b, after, after_times);
    enum error_code code = xml_parse(a, STR("f"), buf_str(&b), &x, err);
    buf_release(&b);
    return code;
}

static enum error_code parse_attributes(struct arena *a, uint32_t count, struct error *err)
{
    struct buf b = BUF_INIT(1 << 20);
    const struct xml_node *x;
    buf_addz(&b, "<a");
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&b, " x%u='1'", i);
    }
    buf_addz(&b, "/>");
    enum error_code code = xml_parse(a, STR("f"), buf_str(&b), &x, err);
    buf_release(&b);
    return code;
}

static void test_xml_limits(void)
{
    struct arena a = ARENA_INIT;
    struct error err = { .code = OK };
    const struct xml_node *x;
    ok(parse_elements(&a, "", "<a>", LIMIT_XML_DEPTH, "</a>", LIMIT_XML_DEPTH, &err) == OK, "as deep as the limit");
    is_limit(parse_elements(&a, "", "<a>", LIMIT_XML_DEPTH + 1, "</a>", LIMIT_XML_DEPTH + 1, &err), &err, "XML_DEPTH");
    is_limit(parse_elements(&a, "", "<a>", 100000, "", 0, &err), &err, "XML_DEPTH");
    ok(parse_elements(&a, "<r>", "<a/>", LIMIT_XML_ELEMENTS - 1, "</r>", 1, &err) == OK, "elements up to the limit");
    is_limit(parse_elements(&a, "<r>", "<a/>", LIMIT_XML_ELEMENTS, "</r>", 1, &err), &err, "XML_ELEMENTS");
    ok(parse_elements(&a, "<r>", "x", LIMIT_XML_TEXT, "</r>", 1, &err) == OK, "text up to the limit");
    is_limit(parse_elements(&a, "<r>", "x", LIMIT_XML_TEXT + 1, "</r>", 1, &err), &err, "XML_TEXT");
    ok(parse_attributes(&a, LIMIT_XML_ATTRIBUTES, &err) == OK, "attributes up to the limit");
    is_limit(parse_attributes(&a, LIMIT_XML_ATTRIBUTES + 1, &err), &err, "XML_ATTRIBUTES");
    is_limit(xml_parse(&a, STR("f"), (str){ "<a/>", (size_t)LIMIT_XML_BYTES + 1 }, &x, &err), &err, "XML_BYTES");
    arena_release(&a);
}

/* ---- XML: random trees ---- */

static void quote_xml(struct buf *b, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '<' || c == '&' || c == '>' || c == '"' || c == '\n' || c == '\t') {
            buf_printf(b, "&#%u;", c);
        } else {
            buf_addc(b, (char)c);
        }
    }
}

/* A text of characters that XML allows. */
static str random_xml_text(struct arena *a)
{
    struct buf b = BUF_INIT(1 << 16);
    for (uint32_t n = chance(12); n > 0; n--) {
        uint32_t code = random_code();
        if (code == '\n' || code == '\t' || (code >= 0x20 && (code & 0xFFFE) != 0xFFFE)) {
            utf8_put(&b, code);
        }
    }
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

/* Writes a random element as XML and, as xml_text would, what must be read. */
static void random_element(struct arena *a, struct buf *xml, struct buf *want, uint32_t depth)
{
    uint32_t attributes = chance(4), children = depth == 0 ? 0 : chance(4), name = chance(26);
    buf_printf(xml, "<%c", 'a' + name);
    buf_printf(want, "<%c", 'a' + name);
    for (uint32_t i = 0; i < attributes; i++) {
        str value = random_xml_text(a);
        buf_printf(xml, " x%u=\"", i);
        quote_xml(xml, value);
        buf_addc(xml, '"');
        buf_printf(want, " x%u=%.*s", i, STR_ARG(value));
    }
    str text = random_xml_text(a);
    size_t half = utf8_offset(text, utf8_count(text) / 2);
    buf_addc(xml, '>');
    quote_xml(xml, str_slice(text, 0, half));
    buf_printf(want, ">%.*s", STR_ARG(text));
    for (uint32_t i = 0; i < children; i++) {
        buf_addc(want, '(');
        random_element(a, xml, want, depth - 1);
        buf_addc(want, ')');
    }
    quote_xml(xml, str_slice(text, half, text.len));
    buf_printf(xml, "</%c>", 'a' + name);
}

static void test_xml_random(void)
{
    uint32_t bad = 0;
    for (int i = 0; i < 2000; i++) {
        struct arena a = ARENA_INIT;
        struct buf xml = BUF_INIT(1 << 20), want = BUF_INIT(1 << 20);
        const struct xml_node *x;
        random_element(&a, &xml, &want, 5);
        bad += xml_parse(&a, STR("f"), buf_str(&xml), &x, NULL) != OK || !str_eq(xml_text(&a, x), buf_str(&want));
        buf_release(&xml);
        buf_release(&want);
        arena_release(&a);
    }
    ok(bad == 0, "random trees are read as they were written");
}

int main(void)
{
    test_code_points();
    test_utf8_refused();
    test_utf8_random();
    test_utf8_places();
    test_case();
    test_json_taken();
    test_json_places();
    test_json_refused();
    test_json_duplicates();
    test_json_limits();
    test_json_quote();
    test_json_order();
    test_json_order_random();
    test_json_pretty();
    test_json_random();
    test_json_damaged();
    test_xml_taken();
    test_xml_places();
    test_xml_refused();
    test_xml_limits();
    test_xml_random();
    return tap_done();
}
