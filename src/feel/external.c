/* external: what stands in for the Java methods that a model may name; external.def lists them.
 *
 * The types in a method's signature are the only description of its parameters: a call walks over them, converts an
 * argument for each (10.3.2.13.2, table 63, made strict: an argument that would lose digits or wrap around is
 * refused), and hands the values to the function of the row.
 */
#include "feel/feel_int.h"
#include "text/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum java_type {
    JAVA_BOOLEAN,
    JAVA_BYTE,
    JAVA_SHORT,
    JAVA_INT,
    JAVA_LONG,
    JAVA_FLOAT,
    JAVA_DOUBLE,
    JAVA_CHAR,
    JAVA_STRING,
    JAVA_OBJECTS, /* Object[], the last: takes all arguments that are left */
    JAVA_TYPES
};

/* An argument; which member counts is the type's business. */
struct java_value {
    feel_value value;
    int64_t whole;
    double real;
    const feel_value *objects;
    uint32_t object_count;
};

typedef double real1_fn(double a);
typedef double real2_fn(double a, double b);
typedef bool whole1_fn(int64_t a, int64_t *ret);
typedef bool whole2_fn(int64_t a, int64_t b, int64_t *ret);
typedef feel_value value_fn(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args);

struct feel_external {
    const char *class_name, *signature, *sentence;
    enum { SHAPE_REAL1, SHAPE_REAL2, SHAPE_WHOLE1, SHAPE_WHOLE2, SHAPE_VALUE } shape;
    union {
        real1_fn *REAL1;
        real2_fn *REAL2;
        whole1_fn *WHOLE1;
        whole2_fn *WHOLE2;
        value_fn *VALUE;
    };
};

enum { PARAMETERS_MAX = 2 };

/* ---- Types ---- */

static const str type_names[JAVA_TYPES] = {
    [JAVA_BOOLEAN] = { "boolean", 7 }, [JAVA_BYTE] = { "byte", 4 },   [JAVA_SHORT] = { "short", 5 },
    [JAVA_INT] = { "int", 3 },         [JAVA_LONG] = { "long", 4 },   [JAVA_FLOAT] = { "float", 5 },
    [JAVA_DOUBLE] = { "double", 6 },   [JAVA_CHAR] = { "char", 4 },   [JAVA_STRING] = { "java.lang.String", 16 },
    [JAVA_OBJECTS] = { "[Ljava.lang.Object;", 19 },
};

/* The types between the parentheses of a row's signature. */
static uint32_t read_types(const struct feel_external *x, enum java_type types[static PARAMETERS_MAX])
{
    uint32_t count = 0;
    const char *p = strchr(x->signature, '(');
    assert(p != NULL);
    while (*p != ')') {
        size_t len = strcspn(++p, ",)");
        enum java_type t = 0;
        while (t < JAVA_TYPES && !str_eq(type_names[t], (str){ p, len })) {
            t++;
        }
        assert(t < JAVA_TYPES && count < PARAMETERS_MAX);
        types[count++] = t;
        p += len;
    }
    return count;
}

static bool fits(int64_t n, enum java_type type)
{
    switch (type) {
    case JAVA_BYTE:
        return n >= INT8_MIN && n <= INT8_MAX;
    case JAVA_SHORT:
        return n >= INT16_MIN && n <= INT16_MAX;
    case JAVA_INT:
        return n >= INT32_MIN && n <= INT32_MAX;
    default:
        return true;
    }
}

/* A char is one unit of UTF-16: characters beyond U+FFFF have no place in it. */
static bool is_char(str text)
{
    return text.len > 0 && text.len <= 3 && utf8_count(text) == 1;
}

static bool convert(feel_value v, enum java_type type, struct java_value *ret)
{
    ret->value = v;
    switch (type) {
    case JAVA_BOOLEAN:
        return v.kind == FEEL_BOOLEAN;
    case JAVA_BYTE:
    case JAVA_SHORT:
    case JAVA_INT:
    case JAVA_LONG:
        return v.kind == FEEL_NUMBER && dec_to_int(v.number, &ret->whole) && fits(ret->whole, type);
    case JAVA_FLOAT:
    case JAVA_DOUBLE:
        if (v.kind != FEEL_NUMBER) {
            return false;
        }
        ret->real = dec_to_double(v.number);
        ret->real = type == JAVA_FLOAT ? (double)(float)ret->real : ret->real;
        return isfinite(ret->real);
    case JAVA_CHAR:
        return v.kind == FEEL_STRING && is_char(feel_str(v));
    case JAVA_STRING:
        return v.kind == FEEL_STRING;
    case JAVA_OBJECTS:
    case JAVA_TYPES:
        break;
    }
    return false;
}

/* ---- Numbers ---- */

/* The fewest digits that read back as the same number, in the notation of %e; `text` holds at least 32 bytes. */
static void shortest(double d, bool is_float, char *text, size_t size)
{
    int most = is_float ? 8 : 16;
    for (int digits = 0; digits <= most; digits++) {
        snprintf(text, size, "%.*e", digits, d);
        bool same = is_float ? strtof(text, NULL) == (float)d /* style: allow strtof: what Java's Float prints */
                             : strtod(text, NULL) == d;       /* style: allow strtod: what Java's Double prints */
        if (same) {
            return;
        }
    }
}

static feel_value from_real(struct feel_eval *ev, const struct feel_external *x, double d, bool is_float)
{
    char text[40];
    dec number;
    d = is_float ? (double)(float)d : d;
    if (!isfinite(d)) {
        return feel__fail(ev, FEEL_DIAG_NO_RESULT, x->signature, NULL, NULL);
    }
    shortest(d, is_float, text, sizeof(text));
    bool good = dec_parse(str_of(text), &number);
    assert(good);
    return feel_number(dec_normal(number));
}

static feel_value from_whole(struct feel_eval *ev, const struct feel_external *x, int64_t n, enum java_type type)
{
    if (!fits(n, type)) {
        return feel__fail(ev, FEEL_DIAG_NO_RESULT, x->signature, NULL, NULL);
    }
    return feel_number(dec_from_int(n));
}

static double real_same(double a)
{
    return a;
}

static double real_sign(double a)
{
    return (double)((a > 0) - (a < 0));
}

static double real_to_radians(double degrees)
{
    return degrees * (M_PI / 180);
}

static double real_to_degrees(double radians)
{
    return radians * (180 / M_PI);
}

static bool whole_same(int64_t a, int64_t *ret)
{
    *ret = a;
    return true;
}

static bool whole_abs(int64_t a, int64_t *ret)
{
    *ret = a < 0 && a != INT64_MIN ? -a : a;
    return a != INT64_MIN;
}

static bool whole_max(int64_t a, int64_t b, int64_t *ret)
{
    *ret = a > b ? a : b;
    return true;
}

static bool whole_min(int64_t a, int64_t b, int64_t *ret)
{
    *ret = a < b ? a : b;
    return true;
}

static bool whole_add(int64_t a, int64_t b, int64_t *ret)
{
    return !__builtin_add_overflow(a, b, ret);
}

static bool whole_subtract(int64_t a, int64_t b, int64_t *ret)
{
    return !__builtin_sub_overflow(a, b, ret);
}

static bool whole_multiply(int64_t a, int64_t b, int64_t *ret)
{
    return !__builtin_mul_overflow(a, b, ret);
}

static bool whole_floor_divide(int64_t a, int64_t b, int64_t *ret)
{
    if (b == 0 || (a == INT64_MIN && b == -1)) {
        return false;
    }
    *ret = a / b - (a % b != 0 && (a < 0) != (b < 0));
    return true;
}

static bool whole_floor_modulo(int64_t a, int64_t b, int64_t *ret)
{
    if (b == 0) {
        return false;
    }
    int64_t rest = b == -1 ? 0 : a % b;
    *ret = rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    return true;
}

/* Rounds half up and stops at the ends of the type, as Java has it. */
static int64_t round_whole(double d, double most, int64_t least_whole, int64_t most_whole)
{
    double down = floor(d);
    double rounded = d - down >= 0.5 ? down + 1 : down;
    return rounded >= most ? most_whole : rounded <= -most ? least_whole : (int64_t)rounded;
}

static feel_value round_double(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    return from_whole(ev, x, round_whole(args[0].real, 0x1p63, INT64_MIN, INT64_MAX), JAVA_LONG);
}

static feel_value round_float(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    return from_whole(ev, x, round_whole(args[0].real, 0x1p31, INT32_MIN, INT32_MAX), JAVA_INT);
}

/* ---- Text to numbers ---- */

static feel_value bad_text(struct feel_eval *ev, const struct feel_external *x, feel_value v)
{
    return feel__fail(ev, FEEL_DIAG_ARGUMENT_VALUE, x->signature, "1", feel__brief(ev, v));
}

/* Java takes a plus, which FEEL's numbers have not. */
static bool number_from_text(str text, dec *ret)
{
    if (str_starts_with(text, STR("+")) && !str_starts_with(text, STR("+-"))) {
        text = str_slice(text, 1, text.len);
    }
    return dec_parse(text, ret);
}

static feel_value whole_from_text(struct feel_eval *ev, const struct feel_external *x, feel_value v,
                                  enum java_type type)
{
    str text = feel_str(v);
    dec number;
    int64_t n;
    bool plain = memchr(text.ptr, '.', text.len) == NULL && memchr(text.ptr, 'e', text.len) == NULL &&
                 memchr(text.ptr, 'E', text.len) == NULL;
    if (!plain || !number_from_text(text, &number) || !dec_to_int(number, &n) || !fits(n, type)) {
        return bad_text(ev, x, v);
    }
    return feel_number(dec_from_int(n));
}

static feel_value byte_from_text(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    return whole_from_text(ev, x, args[0].value, JAVA_BYTE);
}

static feel_value short_from_text(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    return whole_from_text(ev, x, args[0].value, JAVA_SHORT);
}

static feel_value int_from_text(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    return whole_from_text(ev, x, args[0].value, JAVA_INT);
}

static feel_value long_from_text(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    return whole_from_text(ev, x, args[0].value, JAVA_LONG);
}

/* Java allows white space around these. */
static feel_value real_from_text(struct feel_eval *ev, const struct feel_external *x, feel_value v, bool is_float)
{
    dec number;
    if (!number_from_text(str_trim(feel_str(v)), &number)) {
        return bad_text(ev, x, v);
    }
    return from_real(ev, x, dec_to_double(number), is_float);
}

static feel_value float_from_text(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    return real_from_text(ev, x, args[0].value, true);
}

static feel_value double_from_text(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    return real_from_text(ev, x, args[0].value, false);
}

/* ---- Values to text ---- */

/* What Java's toString gives: strings bare, all else as FEEL writes it. */
static void add_text(feel_value v, struct buf *out)
{
    if (v.kind == FEEL_STRING) {
        buf_add(out, feel_str(v));
    } else {
        feel_print(v, out);
    }
}

static feel_value text_of_value(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    (void)x;
    struct buf out = BUF_INIT(LIMIT_FEEL_STRING);
    add_text(args[0].value, &out);
    return feel__string_from_buf(ev, &out);
}

static feel_value text_of_whole(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    (void)x;
    struct buf out = BUF_INIT(32);
    dec_print(dec_from_int(args[0].whole), &out);
    return feel__string_from_buf(ev, &out);
}

/* Java writes 0.001 … 9999999 plainly and all else as 1.5E10; there is always a digit after the point. */
static feel_value text_of_real(struct feel_eval *ev, const struct feel_external *x, double d, bool is_float)
{
    char text[40];
    struct buf out = BUF_INIT(64);
    double size = fabs(d);
    shortest(d, is_float, text, sizeof(text));
    if (size == 0 || (size >= 1e-3 && size < 1e7)) {
        add_text(from_real(ev, x, d, is_float), &out);
        if (memchr(out.ptr, '.', out.len) == NULL) {
            buf_addz(&out, ".0");
        }
    } else {
        char *e = strchr(text, 'e');
        assert(e != NULL);
        buf_add(&out, (str){ text, (size_t)(e - text) });
        buf_printf(&out, "%sE%ld", memchr(text, '.', (size_t)(e - text)) == NULL ? ".0" : "", strtol(e + 1, NULL, 10));
    }
    return feel__string_from_buf(ev, &out);
}

static feel_value text_of_float(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    return text_of_real(ev, x, args[0].real, true);
}

static feel_value text_of_double(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    return text_of_real(ev, x, args[0].real, false);
}

/* ---- String.format ---- */

/* %[-][0][width][.precision]letter */
struct conversion {
    bool left, zeros;
    int width, precision; /* precision -1: none */
    char letter;
};

/* A number of up to three digits at p, else `none`. */
static int read_small(const char **p, const char *end, int none)
{
    int n = none;
    for (int i = 0; i < 3 && *p < end && **p >= '0' && **p <= '9'; i++) {
        n = (i == 0 ? 0 : n * 10) + (*(*p)++ - '0');
    }
    return n;
}

static bool read_conversion(const char **p, const char *end, struct conversion *ret)
{
    struct conversion c = { .precision = -1 };
    for (; *p < end && (**p == '-' || **p == '0'); (*p)++) {
        c.left |= **p == '-';
        c.zeros |= **p == '0';
    }
    c.width = read_small(p, end, 0);
    if (*p < end && **p == '.') {
        (*p)++;
        c.precision = read_small(p, end, -2);
    }
    if (*p == end || c.precision == -2 || (c.left && c.zeros)) {
        return false;
    }
    c.letter = *(*p)++;
    *ret = c;
    return true;
}

/* The text of a value for a conversion, not yet as wide as it may have to be. */
static bool print_conversion(const struct conversion *c, feel_value v, struct buf *out)
{
    dec number;
    switch (c->letter) {
    case 's':
        add_text(v, out);
        return c->precision < 0 && !c->zeros;
    case 'b':
        buf_addz(out, v.kind == FEEL_BOOLEAN ? (v.boolean ? "true" : "false") : v.kind == FEEL_NULL ? "false" : "true");
        return c->precision < 0 && !c->zeros;
    case 'd':
        if (v.kind != FEEL_NUMBER || c->precision >= 0 || !dec_round(v.number, 0, DEC_DOWN, &number)) {
            return false;
        }
        dec_print(number, out);
        return dec_is_integer(v.number);
    case 'f':
        if (v.kind != FEEL_NUMBER ||
            !dec_round(v.number, c->precision < 0 ? 6 : c->precision, DEC_HALF_UP, &number)) {
            return false;
        }
        dec_print(number, out);
        return true;
    default:
        return false;
    }
}

static void add_padded(const struct conversion *c, str text, struct buf *out)
{
    int64_t missing = c->width - (int64_t)utf8_count(text);
    if (c->zeros && str_starts_with(text, STR("-"))) {
        buf_addc(out, '-');
        text = str_slice(text, 1, text.len);
    }
    if (c->left) {
        buf_add(out, text);
    }
    for (int64_t i = 0; i < missing; i++) {
        buf_addc(out, c->zeros ? '0' : ' ');
    }
    if (!c->left) {
        buf_add(out, text);
    }
}

/* Writes one conversion, whose % has been read; `used` counts the values taken. */
static bool add_conversion(const char **p, const char *end, const struct java_value *values, uint32_t *used,
                           struct buf *out)
{
    struct conversion c;
    if (!read_conversion(p, end, &c)) {
        return false;
    }
    if (c.letter == '%' || c.letter == 'n') {
        buf_addc(out, c.letter == 'n' ? '\n' : '%');
        return c.width == 0 && c.precision < 0;
    }
    if (*used == values->object_count) {
        return false;
    }
    struct buf text = BUF_INIT(LIMIT_FEEL_STRING);
    bool good = print_conversion(&c, values->objects[(*used)++], &text) && !text.overflow;
    if (good) {
        add_padded(&c, buf_str(&text), out);
    }
    buf_release(&text);
    return good;
}

static feel_value text_format(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args)
{
    str format = feel_str(args[0].value);
    const char *p = format.ptr, *end = format.ptr + format.len;
    struct buf out = BUF_INIT(LIMIT_FEEL_STRING);
    uint32_t used = 0;
    while (p < end && !out.overflow) {
        if (*p != '%') {
            buf_addc(&out, *p++);
            continue;
        }
        p++;
        if (!feel__steps(ev, 1) || !add_conversion(&p, end, &args[1], &used, &out)) {
            buf_release(&out);
            return bad_text(ev, x, args[0].value);
        }
    }
    return feel__string_from_buf(ev, &out);
}

/* ---- The table ---- */

static const struct feel_external externals[] = {
#define EXTERNAL(class, signature, shape, function, sentence) \
    { class, signature, sentence, SHAPE_##shape, { .shape = function } },
#include "feel/external.def"
#undef EXTERNAL
};

enum { EXTERNAL_COUNT = sizeof(externals) / sizeof(externals[0]) };

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Equal but for the white space in `written`. */
static bool same_signature(const char *signature, str written)
{
    for (size_t i = 0; i < written.len; i++) {
        if (is_space(written.ptr[i])) {
            continue;
        }
        if (*signature == '\0' || written.ptr[i] != *signature) {
            return false;
        }
        signature++;
    }
    return *signature == '\0';
}

const struct feel_external *feel_external_find(str class_name, str method_signature)
{
    str class = str_trim(class_name);
    for (uint32_t i = 0; i < EXTERNAL_COUNT; i++) {
        const struct feel_external *x = &externals[i];
        if (str_eq(class, str_of(x->class_name)) && same_signature(x->signature, method_signature)) {
            return x;
        }
    }
    return NULL;
}

bool feel_external_doc(uint32_t i, struct feel_external_doc *ret)
{
    if (i >= EXTERNAL_COUNT) {
        return false;
    }
    *ret = (struct feel_external_doc){ externals[i].class_name, externals[i].signature, externals[i].sentence };
    return true;
}

/* ---- Calls ---- */

static feel_value call(struct feel_eval *ev, const struct feel_external *x, const struct java_value *args,
                       enum java_type first)
{
    int64_t n;
    bool good;
    switch (x->shape) {
    case SHAPE_REAL1:
        return from_real(ev, x, x->REAL1(args[0].real), first == JAVA_FLOAT);
    case SHAPE_REAL2:
        return from_real(ev, x, x->REAL2(args[0].real, args[1].real), first == JAVA_FLOAT);
    case SHAPE_WHOLE1:
        good = x->WHOLE1(args[0].whole, &n);
        break;
    case SHAPE_WHOLE2:
        good = x->WHOLE2(args[0].whole, args[1].whole, &n);
        break;
    default:
        return x->VALUE(ev, x, args);
    }
    return good ? from_whole(ev, x, n, first) : feel__fail(ev, FEEL_DIAG_NO_RESULT, x->signature, NULL, NULL);
}

/* All arguments that are left; an only one that is a list is the array itself. */
static void gather(const feel_value *args, uint32_t count, struct java_value *ret)
{
    bool array = count == 1 && args[0].kind == FEEL_LIST;
    ret->objects = array ? args[0].items : args;
    ret->object_count = array ? args[0].count : count;
}

feel_value feel__call_external(struct feel_eval *ev, const struct feel_external *x, const feel_value *args,
                               uint32_t count)
{
    enum java_type types[PARAMETERS_MAX];
    struct java_value values[PARAMETERS_MAX] = { 0 };
    uint32_t wanted = read_types(x, types);
    assert(wanted > 0);
    bool open = types[wanted - 1] == JAVA_OBJECTS;
    if (open ? count < wanted - 1 : count != wanted) {
        str is = arena_printf(&ev->arena, "%u", count), must = arena_printf(&ev->arena, "%u", wanted);
        return feel__fail(ev, FEEL_DIAG_ARGUMENT_COUNT, x->signature, must.ptr, is.ptr);
    }
    for (uint32_t i = 0; i < wanted; i++) {
        if (types[i] == JAVA_OBJECTS) {
            gather(args + i, count - i, &values[i]);
        } else if (!convert(args[i], types[i], &values[i])) {
            return feel__fail(ev, FEEL_DIAG_ARGUMENT_TYPE, x->signature, type_names[types[i]].ptr,
                              feel__brief(ev, args[i]));
        }
    }
    return call(ev, x, values, types[0]);
}
