/* feel_int: what the files of this module share, and nobody else includes.
 *
 *   value.c      kinds, shapes, contexts, copies              type.c     types, conforming, coercion
 *   print.c      FEEL text of values and types                json.c     JSON and records
 *   scope.c      names                                        lex.c      characters to tokens
 *   parse.c      tokens to a tree                             tree.c     making nodes (also for dmn)
 *   format.c     a tree back to text                          compile.c  a tree to a program
 *   disassemble.c a program to text                           vm.c       running a program
 *   operate.c    the operators on values                      eval.c     the evaluator: memory, budget, diagnostics
 *   call.c       finding the signature of a built-in, converting its arguments
 *   builtin_*.c  the built-ins of builtins.def, by subject
 *   regex*.c     XPath's regular expressions: translated for PCRE2, compiled, kept
 *   external.c   what stands in for the Java methods of external.def
 */
#ifndef GONGSHI_FEEL_FEEL_INT_H
#define GONGSHI_FEEL_FEEL_INT_H

#include "base/limit.h"
#include "feel/feel.h"

#include <assert.h>

/* ---- The evaluator ---- */

struct feel_frame;
struct feel_stack_chunk;
struct feel_regex_cache;

struct feel_eval {
    struct feel_environment env;
    struct arena arena;          /* lifetime "evaluation": values and diagnostics */
    int64_t steps;               /* left; negative once the limit was hit */
    const char *limit;           /* the bound that was hit, or NULL */
    uint32_t native_depth;       /* runs inside built-ins inside runs */
    uint64_t random_count;       /* random numbers drawn so far */
    struct feel_diagnostic *diagnostics;
    uint32_t diagnostic_count, diagnostic_dropped;
    struct feel_frame *frame;    /* the innermost call; its instruction is the place of a diagnostic */
    struct feel_stack_chunk *stack; /* memory of the frames, see vm.c */
    uint32_t call_depth;
    struct feel_regex_cache *regexes;
    struct feel_trace *trace;    /* told of rules tested, or NULL */
};

/* Ends the evaluation: every loop and call stops at its next step. Returns null. */
feel_value feel__stop(struct feel_eval *ev, const char *limit);

/* Takes n steps from the budget; false (and the evaluation ended) when it is used up. Call it for each element
 * looked at by a built-in, in bulk before the loop. */
static inline bool feel__steps(struct feel_eval *ev, uint64_t n)
{
    if (n > (uint64_t)INT64_MAX || (ev->steps -= (int64_t)n) < 0) {
        feel__stop(ev, "FEEL_STEPS");
        return false;
    }
    return true;
}

/* True when `bytes` more may be taken from ev->arena; otherwise the evaluation is ended. Ask before building
 * anything whose size the input decides. */
bool feel__room(struct feel_eval *ev, size_t bytes);

/* Null with a diagnostic at the current instruction. The texts are copied; NULL for those not needed. */
feel_value feel__fail(struct feel_eval *ev, enum feel_diagnostic_code code, const char *a, const char *b,
                      const char *c);

/* A short FEEL text of v for a diagnostic, cut at 60 bytes; lives in ev->arena. */
const char *feel__brief(struct feel_eval *ev, feel_value v);
const char *feel__kind_text(feel_value v);

/* ---- Values ---- */

/* A string, list or context in ev->arena. The string is copied. Beyond a limit the result is null and the
 * evaluation ended. */
feel_value feel__string(struct feel_eval *ev, str s);
feel_value feel__string_from_buf(struct feel_eval *ev, struct buf *b); /* releases b; overflow is a limit */

/* A list under construction in ev->arena: starts as `feel_value l = feel__list_new();`. feel__list_add grows it by
 * doubling; earlier copies of l stay valid as shorter lists. Not for empty items of kind beyond FEEL_KINDS. */
feel_value feel__list_new(void);
bool feel__list_add(struct feel_eval *ev, feel_value *list, feel_value item);

/* An array of `count` values for a list or context of known size; NULL when there is no room. */
feel_value *feel__values(struct feel_eval *ev, uint64_t count);

/* "<", "=" … of a range that an operator made. */
const char *feel__range_operator(const struct feel_range *r);

/* The positions of a shape's names in the order of records. */
const uint32_t *feel__name_order(struct arena *a, const struct feel_shape *shape);
bool feel__same_function(const struct feel_function *a, const struct feel_function *b);

/* The text of a value as string() gives it: a string as it is, dates, times and durations without @"", all others
 * as feel_print does. */
void feel__print_bare(feel_value v, struct buf *out);

/* List of the values; a depth beyond the limit gives null with a diagnostic. */
feel_value feel__list_of(struct feel_eval *ev, const feel_value *items, uint64_t count);
feel_value feel__context_of(struct feel_eval *ev, const struct feel_shape *shape, const feel_value *values);

/* ---- Operators: operate.c ---- */

/* a < b and so on: true and the order when both are of one comparable kind; false otherwise (no diagnostic). */
bool feel__compare(feel_value a, feel_value b, int *ret);

enum feel_operator {
    FEEL_ADD, FEEL_SUB, FEEL_MUL, FEEL_DIV, FEEL_POW,
    FEEL_EQ, FEEL_NE, FEEL_LT, FEEL_LE, FEEL_GT, FEEL_GE,
};

feel_value feel__arithmetic(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b);
feel_value feel__relation(struct feel_eval *ev, enum feel_operator op, feel_value a, feel_value b);
feel_value feel__negate(struct feel_eval *ev, feel_value a);

/* Whether v lies in the range: true, false, or null where it cannot be compared (without diagnostic). */
feel_value feel__in_range(struct feel_eval *ev, feel_value v, const struct feel_range *range);

/* v in test: equality, membership of a list, range (DMN 1.5, 10.3.2.8 table 54). */
feel_value feel__in(struct feel_eval *ev, feel_value v, feel_value test);

/* v instance of type: as feel_conforms, but null is of no type, and allowed values do not count (they restrict where
 * a value may go, not what it is). Null for a type of NULL. */
feel_value feel__instance_of(struct feel_eval *ev, feel_value v, const struct feel_type *type);

/* Entry or property: context.name, date.year, list-of-contexts.name, range.start … */
feel_value feel__path(struct feel_eval *ev, feel_value v, str name);

/* list[index] of one number. */
feel_value feel__index(struct feel_eval *ev, feel_value list, feel_value index);

/* ---- Built-ins ---- */

/* A set of kinds: 1u << FEEL_NUMBER | … */
enum {
    FEEL_IS_NULL = 1u << FEEL_NULL,
    FEEL_IS_BOOLEAN = 1u << FEEL_BOOLEAN,
    FEEL_IS_NUMBER = 1u << FEEL_NUMBER,
    FEEL_IS_STRING = 1u << FEEL_STRING,
    FEEL_IS_DATE = 1u << FEEL_DATE,
    FEEL_IS_TIME = 1u << FEEL_TIME,
    FEEL_IS_DATE_TIME = 1u << FEEL_DATE_TIME,
    FEEL_IS_SPAN = 1u << FEEL_SPAN,
    FEEL_IS_MONTHS = 1u << FEEL_MONTHS,
    FEEL_IS_LIST = 1u << FEEL_LIST,
    FEEL_IS_CONTEXT = 1u << FEEL_CONTEXT,
    FEEL_IS_RANGE = 1u << FEEL_RANGE,
    FEEL_IS_FUNCTION = 1u << FEEL_FUNCTION,
    FEEL_IS_ANY = (1u << FEEL_KINDS) - 1, /* null too */
    FEEL_IS_POINT = FEEL_IS_NUMBER | FEEL_IS_STRING | FEEL_IS_DATE | FEEL_IS_TIME | FEEL_IS_DATE_TIME |
                    FEEL_IS_SPAN | FEEL_IS_MONTHS, /* what can stand in a range */
};

enum { FEEL_PARAMETERS_MAX = 11 };

struct feel_parameter {
    const char *name;  /* NULL ends the list */
    uint32_t kinds;    /* what it takes; FEEL_IS_NULL among them: null is passed on */
    bool optional;     /* may be left out; only at the end */
    bool variadic;     /* the last: any number of arguments of these kinds, at least one */
};

/* What a built-in gets: `count` arguments whose kinds fit the signature, in its order. Optional ones that were
 * left out are missing from the end (or null when a later one was named). A lone value where a list is wanted
 * has been put in a list, and a list of one taken apart where no list is wanted (10.3.2.9.4). Arguments are never
 * modified. Returns the result, or null through feel__fail. Bulk work calls feel__steps and feel__room first. */
typedef feel_value feel_builtin_fn(struct feel_eval *ev, const feel_value *args, uint32_t count);

/* One row of builtins.def: one signature. Rows of the same name stand together; the first that fits is called. */
struct feel_builtin {
    str name;
    feel_builtin_fn *call;
    bool standard;
    struct feel_parameter parameters[FEEL_PARAMETERS_MAX + 1];
    const char *example, *result, *sentence;
};

extern const struct feel_builtin feel__builtins[];
extern const uint32_t feel__builtin_count;

/* Calls the signature among `first` and the rows of the same name that follow it that fits; null with a
 * diagnostic where none does. `names` is NULL for positional arguments. */
feel_value feel__call_builtin(struct feel_eval *ev, const struct feel_builtin *first, const feel_value *args,
                              const str *names, uint32_t count);

/* What the functions of builtins.def are declared by. */
#define BUILTIN(name, function, parameters, example, result, sentence) feel_builtin_fn function;
#define ADDITION(name, function, parameters, example, result, sentence) feel_builtin_fn function;
#include "feel/builtins.def"
#undef BUILTIN
#undef ADDITION

void feel__regex_cache_free(struct feel_eval *ev);

/* The whole part of a number: positions, lengths and scales have their fraction cut off. False beyond 64 bits. */
bool feel__whole(feel_value number, int64_t *ret);

/* The next of the numbers that the seed of the environment gives: 64 bits, the same in every run. */
uint64_t feel__random(struct feel_eval *ev);

/* Values out of text, as number(), date()… and @"…" make them: null without a diagnostic when the text is none. */
feel_value feel__temporal_from_text(str text); /* date, time, date and time or duration, whichever it is */

/* ---- External functions: external.c ---- */

/* Calls the method with arguments in the order of its parameters; null with a diagnostic when they cannot be
 * converted or Java would throw. Whoever finds no method fails with FEEL_DIAG_EXTERNAL himself, at the call. */
feel_value feel__call_external(struct feel_eval *ev, const struct feel_external *x, const feel_value *args,
                               uint32_t count);

#endif
