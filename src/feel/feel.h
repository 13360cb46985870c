/* feel: the expression language of DMN 1.5, chapter 10.
 *
 * Vocabulary
 *   value        an immutable FEEL value: 24 bytes, passed by value; what it points to lives in an arena
 *   type         what a value may be asked to conform to: built-in, or an item definition of DMN
 *   scope        the names an expression may use, each with a slot number and perhaps a type
 *   program      a compiled expression: immutable, shared by threads
 *   environment  all that an evaluation may know beside its inputs: the instant, zone, seed and calendar
 *   evaluator    the memory, budget and diagnostics of evaluations; one thread's at a time
 *
 * Invariants
 *   1. Nothing here reads a clock, a file or a locale; the same program, inputs and environment give the
 *      same value and the same diagnostics, byte for byte. (Zones come from the system's zone table, whose
 *      version the environment records.)
 *   2. Evaluation never fails: what cannot be computed is null, and every null that is not the plain result
 *      of a rule of the language has a diagnostic with its place in the source.
 *   3. Evaluation always ends: steps, memory and depth are bounded by base/limit.def. A bound that is hit
 *      ends the evaluation with null and an ordinary error.
 *   4. A value outlives neither the arena it was made in nor the program it came from (constants point into it).
 *
 * Life cycle: make a scope, compile programs against it, make an evaluator, run programs with an array of
 * values that is indexed by slot; read diagnostics; reset the evaluator (which frees the values); free.
 */
#ifndef GONGSHI_FEEL_FEEL_H
#define GONGSHI_FEEL_FEEL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "cal/cal.h"
#include "dec/dec.h"

/* Rises whenever a result of FEEL, DMN or the calendar changes; stored with each decision. */
enum { FEEL_SEMANTICS = 1 };

/* ---- Values ---- */

enum feel_kind {
    FEEL_NULL,
    FEEL_BOOLEAN,
    FEEL_NUMBER,
    FEEL_STRING,
    FEEL_DATE,
    FEEL_TIME,
    FEEL_DATE_TIME,
    FEEL_SPAN,   /* days and time duration */
    FEEL_MONTHS, /* years and months duration */
    FEEL_LIST,
    FEEL_CONTEXT,
    FEEL_RANGE,
    FEEL_FUNCTION,
    FEEL_KINDS
};

struct feel_value;
struct feel_type;
struct feel_function;

/* The names of a context's entries, in order, unique. Many contexts share one shape. */
struct feel_shape {
    uint32_t count;
    uint32_t mask;         /* size of index - 1 */
    const str *names;
    const uint32_t *index; /* open hashing by str_hash, position + 1 or 0; NULL for few names */
    const uint32_t *order; /* the positions in the order of records; NULL: not known */
};

typedef struct feel_value {
    uint8_t kind;   /* enum feel_kind */
    uint8_t flags;  /* private to the evaluator */
    uint16_t depth; /* of lists and contexts: 1 + that of the deepest element; of ranges: 2 +; 0 for all others */
    uint32_t count; /* string: bytes; list: elements; context: entries */
    union {
        bool boolean;
        dec number;
        const char *text; /* `count` bytes of UTF-8 */
        cal_date date;
        cal_time time;
        cal_datetime date_time;
        cal_span span;
        int64_t months;
        struct {
            const struct feel_value *items;
            uint64_t private_word; /* the evaluator's own while it builds or walks the list */
        };
        struct {
            const struct feel_shape *shape;
            const struct feel_value *values; /* in the order of shape->names */
        };
        const struct feel_range *range;
        const struct feel_function *function;
    };
} feel_value;

/* A range is a value. An open end is null and not included: (< 10) is { null, 10, false, false }.
 * (!= 10) is the only range that is the outside of a point: start = end = 10 and `outside`.
 * `comparison`: an operator made it. (= 10) holds what [10..10] holds but is not equal to it (DMN 1.5, table 42: "the
 * same comparison operator"); and only such a range is open at a null end: nobody can tell what (null..10) holds. */
struct feel_range {
    feel_value start, end;
    bool start_included, end_included;
    bool outside;
    bool comparison;
};

static inline feel_value feel_null(void)
{
    return (feel_value){ .kind = FEEL_NULL };
}

static inline feel_value feel_boolean(bool b)
{
    return (feel_value){ .kind = FEEL_BOOLEAN, .boolean = b };
}

static inline feel_value feel_number(dec d)
{
    return (feel_value){ .kind = FEEL_NUMBER, .number = d };
}

/* Borrows the bytes. */
static inline feel_value feel_string(str s)
{
    return (feel_value){ .kind = FEEL_STRING, .count = (uint32_t)s.len, .text = s.ptr };
}

static inline str feel_str(feel_value v)
{
    return (str){ v.text, v.count };
}

static inline bool feel_is_true(feel_value v)
{
    return v.kind == FEEL_BOOLEAN && v.boolean;
}

/* A list of the items, which are borrowed. Computes the depth. */
feel_value feel_list(const feel_value *items, uint32_t count);

/* A shape of these names (copied), which must be unique. */
const struct feel_shape *feel_shape_new(struct arena *a, const str *names, uint32_t count);

/* The same, made ready for many records to be written and read: it knows in which order their names stand. */
const struct feel_shape *feel_shape_ordered(struct arena *a, const str *names, uint32_t count);

/* Whether a shape has these names, in this order. */
bool feel_shape_is(const struct feel_shape *shape, const str *names, uint32_t count);

/* A context; `values` are borrowed, as many as the shape has names. */
feel_value feel_context(const struct feel_shape *shape, const feel_value *values);

/* The position of a name, or -1. */
int64_t feel_shape_find(const struct feel_shape *shape, str name);

/* True and the entry's value when v is a context that has it. */
bool feel_context_get(feel_value v, str name, feel_value *ret);

/* The entry of a name, or null; its text, or an empty one; its whole number, or 0. For what is read out of JSON. */
feel_value feel_member(feel_value v, const char *name);
str feel_text_member(feel_value v, const char *name);
int64_t feel_whole_member(feel_value v, const char *name);

/* True and the number when v is a whole one, of any scale, that fits 64 bits. The second takes the text of one too, as
 * forms and commands send it. */
bool feel_whole(feel_value v, int64_t *ret);
bool feel_typed_whole(feel_value v, int64_t *ret);

/* That number, or what stands for none. */
int64_t feel_whole_or(feel_value v, int64_t otherwise);

/* A range; the pointer is to a copy in the arena. */
feel_value feel_range_value(struct arena *a, struct feel_range range);

/* The order of two values of one comparable kind: number, string, date, time, date and time, duration. */
bool feel_compare(feel_value a, feel_value b, int *ret);

/* The FEEL name of a kind: "days and time duration". */
str feel_kind_name(enum feel_kind kind);

/* A copy that depends on nothing but `a`. Functions are copied by reference and stay bound to their program. */
feel_value feel_copy(struct arena *a, feel_value v);

/* FEEL text of a value, as string() gives it inside lists: "a" quoted, [1, 2], {a: 1}. */
void feel_print(feel_value v, struct buf *out);

/* JSON of a value: numbers exact, dates and durations as strings, functions and ranges as their FEEL text.
 * `pretty`: indented by two spaces. */
void feel_json_write(feel_value v, bool pretty, struct buf *out);

/* A value from JSON text; numbers exact, null, booleans, strings, arrays, objects. Contexts with the same
 * names in the same order share a shape. */
enum error_code feel_json_read(struct arena *a, str json, feel_value *ret, struct error *err);

/* The value of a text where the type says date, time or duration; null when the text is none of that type. */
feel_value feel_from_text(str text, const struct feel_type *type);

/* Canonical form for records (docs/record.md): RFC 8785 JSON without JSON numbers: {"$n":"1.10"} … */
void feel_record_write(feel_value v, struct buf *out);

/* Whether two values have the same record. The order of members does not count; the scale of numbers does. */
bool feel_record_same(feel_value a, feel_value b);

/* Bytes whose order (memcmp) is the order of the values, for indexes; equal scalars have equal bytes (key.c). False,
 * and nothing written, for what is no scalar. */
bool feel_key_write(feel_value v, struct buf *out);

/* Reads what feel_record_write wrote; refuses all else, functions too. */
enum error_code feel_record_read(struct arena *a, str text, feel_value *ret, struct error *err);

/* The same for a context that is to have a known shape, in less time: entries of other names are left out, what is
 * missing is null. `text` must live as long as the value. */
enum error_code feel_record_read_as(struct arena *a, const struct feel_shape *shape, str text, feel_value *ret,
                                    struct error *err);

/* ---- Types ---- */

enum feel_type_kind {
    FEEL_TYPE_ANY,
    FEEL_TYPE_NULL,
    FEEL_TYPE_BOOLEAN,
    FEEL_TYPE_NUMBER,
    FEEL_TYPE_STRING,
    FEEL_TYPE_DATE,
    FEEL_TYPE_TIME,
    FEEL_TYPE_DATE_TIME,
    FEEL_TYPE_SPAN,
    FEEL_TYPE_MONTHS,
    FEEL_TYPE_LIST,
    FEEL_TYPE_CONTEXT,
    FEEL_TYPE_RANGE,
    FEEL_TYPE_FUNCTION,
};

struct feel_program;

struct feel_field {
    str name;
    const struct feel_type *type; /* never NULL: FEEL_TYPE_ANY where nothing is known */
};

struct feel_type {
    enum feel_type_kind kind;
    uint32_t count;                   /* of fields */
    const struct feel_type *element;  /* of a list or range; NULL is any */
    const struct feel_field *fields;  /* entries of a context (count 0: any context); parameters of a function */
    const struct feel_type *result;   /* of a function */
    const struct feel_program *allowed; /* unary tests that a conforming value passes, or NULL */
    str name;                         /* of the item definition, or empty */
};

/* The built-in type of a name as written in FEEL or a typeRef: "number", "date and time", "dateTime",
 * "yearMonthDuration", "Any"… NULL for others. */
const struct feel_type *feel_type_named(str name);

/* FEEL text of a type: list<number>. */
void feel_type_print(const struct feel_type *type, struct buf *out);

/* ---- Scopes ---- */

/* Names visible to an expression. Built once, then read by many. */
struct feel_scope;

struct feel_scope *feel_scope_new(struct arena *a);

/* Adds a variable. The name may hold spaces and operators (DMN 1.5, 10.3.1.2); white space is normalised and
 * the text copied. `type` may be NULL (unknown). A later name hides an earlier equal one. */
void feel_scope_add(struct feel_scope *s, str name, const struct feel_type *type, uint32_t slot);

/* Adds a name that only opens others, as an import does: `name.member` is a variable of `members`. */
void feel_scope_add_namespace(struct feel_scope *s, str name, const struct feel_scope *members);

/* Adds a type that `instance of` and function parameters may name; a dot may separate an import's name. */
void feel_scope_add_type(struct feel_scope *s, str name, const struct feel_type *type);

/* Lets `s` name the types of `from` in place of its own. */
void feel_scope_share_types(struct feel_scope *s, const struct feel_scope *from);

/* A scope of a context's entries: entry i has slot i, and the type that its value shows. */
struct feel_scope *feel_scope_of_context(struct arena *a, feel_value context);

/* The type that a value shows: for names inside it, not for checks. */
const struct feel_type *feel_type_of(struct arena *a, feel_value v);

/* ---- Programs ---- */

/* Compiles an expression. The program is allocated from `a` and refers to `scope` no more. On failure err has
 * line and column in the source and ERROR_SYNTAX or ERROR_LIMIT. Names that are not in scope are no error: they
 * evaluate to null with a diagnostic, as DMN demands. */
enum error_code feel_compile(struct arena *a, const struct feel_scope *scope, str source,
                             const struct feel_program **ret, struct error *err);

/* Compiles unary tests (DMN 1.5, grammar rules 13 – 17); run them with feel_run_tests. */
enum error_code feel_compile_tests(struct arena *a, const struct feel_scope *scope, str source,
                                   const struct feel_program **ret, struct error *err);

/* The text of an expression's syntax tree, which compiles to the same program (grammar normalised). */
enum error_code feel_format(const struct feel_scope *scope, str source, bool unary_tests, struct buf *out,
                            struct error *err);

/* Disassembly, a line an instruction; docs/feel.md explains it. */
void feel_disassemble(const struct feel_program *program, struct buf *out);

/* ---- Evaluation ---- */

struct feel_environment {
    int64_t instant;  /* seconds since 1970 UTC */
    uint32_t nano;
    cal_zone zone;    /* of now(), today() */
    uint64_t seed;    /* of random number(), uuid() */
    const struct cal_calendar *calendar; /* of working days; NULL: weekdays only */
};

enum feel_diagnostic_code {
#define DIAG(name, text) FEEL_DIAG_##name,
#include "feel/diagnostic.def"
#undef DIAG
    FEEL_DIAG_COUNT
};

struct feel_diagnostic {
    enum feel_diagnostic_code code;
    const char *args[3]; /* NUL-terminated, "" where the text needs fewer */
    str source;          /* the expression */
    str origin;          /* where the expression stands, as given when it was built; may be empty */
    uint32_t origin_line;
    uint32_t from, to;   /* bytes of source */
};

/* The word of a code for JSON ("NOT_A_NUMBER"), and its sentence in a language. */
const char *feel_diagnostic_name(enum feel_diagnostic_code code);
void feel_diagnostic_print(const struct feel_diagnostic *d, enum lang lang, struct buf *out);

struct feel_eval;

/* The environment is copied; the calendar in it must outlive the evaluator. */
struct feel_eval *feel_eval_new(const struct feel_environment *env);
void feel_eval_free(struct feel_eval *ev); /* NULL is fine */

/* Frees all values and diagnostics of earlier runs and fills the budget up again. */
void feel_eval_reset(struct feel_eval *ev);

/* Another environment for the runs from now on: as if the evaluator were new, but it keeps its memory. */
void feel_eval_set_environment(struct feel_eval *ev, const struct feel_environment *env);

/* The environment and the arena of the values that runs return; for callers that add values of their own. */
const struct feel_environment *feel_eval_environment(const struct feel_eval *ev);
struct arena *feel_eval_arena(struct feel_eval *ev);

/* Evaluates; `slots` is indexed by the scope's slot numbers and must stay valid until the next reset (closures
 * refer to it). The result is null when a limit was hit; see feel_eval_limit. */
feel_value feel_run(struct feel_eval *ev, const struct feel_program *program, const feel_value *slots);

/* Evaluates unary tests for an input: true, false or null. */
feel_value feel_run_tests(struct feel_eval *ev, const struct feel_program *program, const feel_value *slots,
                          feel_value input);

/* Calls a function value with positional arguments. */
feel_value feel_call(struct feel_eval *ev, feel_value function, const feel_value *args, uint32_t count);

/* OK, or ERROR_LIMIT with the bound that the runs since the last reset have hit. */
enum error_code feel_eval_limit(const struct feel_eval *ev, struct error *err);

/* Diagnostics since the last reset, in order; `ret_dropped` (may be NULL) counts those beyond the limit. */
const struct feel_diagnostic *feel_eval_diagnostics(const struct feel_eval *ev, uint32_t *ret_count,
                                                    uint32_t *ret_dropped);

/* v itself, or v made to conform: an only element out of its list, a value into a list of one, a date to its
 * date and time, the entries of a context each in turn (DMN 1.5, 10.3.2.9.4). Null with a diagnostic when it
 * cannot conform. */
feel_value feel_coerce(struct feel_eval *ev, feel_value v, const struct feel_type *type);

/* True when v conforms to type as it is. */
bool feel_conforms(struct feel_eval *ev, feel_value v, const struct feel_type *type);

/* a - b as FEEL computes it. */
feel_value feel_subtract(struct feel_eval *ev, feel_value a, feel_value b);

/* Equality of FEEL: true, false, or null for kinds that cannot be compared. */
feel_value feel_equal(struct feel_eval *ev, feel_value a, feel_value b);

/* ---- External functions ---- */

/* A static method of Java's library that is provided here in Java's stead (external.def). Models name it by class
 * and signature: "java.lang.Math", "max(double, double)". */
struct feel_external;

/* NULL for a method that is not provided. White space in the signature does not count. */
const struct feel_external *feel_external_find(str class_name, str method_signature);

struct feel_external_doc {
    const char *class_name, *signature, *sentence;
};

/* Row i of external.def, from 0; false beyond the last. */
bool feel_external_doc(uint32_t i, struct feel_external_doc *ret);

/* ---- The built-ins, for documentation and checks ---- */

struct feel_builtin_doc {
    str name;
    str signature; /* "substring(string: string, start position: number, length?: number)" */
    const char *example, *result, *sentence;
    bool standard; /* of DMN 1.5; otherwise an addition */
};

/* Row i of builtins.def, from 0; false beyond the last. The signature is made in `a`. */
bool feel_builtin_doc(struct arena *a, uint32_t i, struct feel_builtin_doc *ret);

#endif
