/* form: forms in the schema of form-js, their answers checked and typed with our own FEEL.
 *
 * Vocabulary
 *   component   what a form is made of, of one of 22 types (type.def); some are only shown
 *   field       a component with a key, and so with a value; lists too
 *   path        where a value stands: "contact.phone", "contracts[3].signed". Rows count from 1: a path is the FEEL
 *               expression that gives the value
 *   pattern     the path of a field in every row: "contracts[].signed"
 *   answer      what somebody gave for a field, as JSON or as the text of an HTML form; a value is what became of it
 *   request     answers, and in which mode they are meant
 *   problem     what is wrong with an answer, and what to do
 *
 * Invariants
 *   1. Pure: the same form, request and environment give the same values and problems, byte for byte.
 *   2. Nothing that was answered is dropped in silence, but what a condition hides. What the form has no field for, and
 *      what must not be given in the mode, is a problem that names it.
 *   3. Numbers are decimals, as exact as they were written.
 *   4. What the form computes, it computes itself: an answer can only agree with it.
 *   5. Work is bounded by base/limit.def (FORM_…, FEEL_…); a bound that is hit is an ordinary error.
 *
 * Life: load once; check any number of times, from any thread, each with its own evaluator. docs/form.md tells what a
 * form may say.
 */
#ifndef GONGSHI_FORM_FORM_H
#define GONGSHI_FORM_FORM_H

#include "feel/feel.h"
#include "text/json.h"
#include "text/words.h"

struct form; /* immutable once loaded, shared by threads; lives in the arena of form_load */

enum { FORM_NONE = -1 }; /* no component */

/* ---- Loading ---- */

/* Reads a form. The bytes are copied. An error has line, column and a remedy in its hint; `name` is the file's.
 * `english` are its words in English, or NULL; they live as long as the form. */
enum error_code form_load(struct arena *a, str name, str bytes, const struct words *english, const struct form **ret,
                          struct error *err);

str form_id(const struct form *f);

/* The form with its texts in this language: another form with the same components, paths, conditions, values and
 * types, so that views and numbers of components of one are good for the other. Where there are no words, the form
 * itself; of NULL, NULL. */
const struct form *form_in(const struct form *f, enum lang lang);

/* The texts that words can translate, in the order of the file, each as often as it stands there. */
typedef void form_text(void *context, str text, uint32_t line);
void form_texts(const struct form *f, form_text *text, void *context);

/* ---- What it is made of ---- */

enum { FORM_KEYED = 1, FORM_OPTIONS = 2, FORM_MANY = 4, FORM_CONTAINER = 8, FORM_LIST = 16 };

enum form_type {
#define TYPE(name, word, traits) FORM_TYPE_##name,
#include "form/type.def"
#undef TYPE
    FORM_TYPES
};

/* Who may see a value: properties.class. */
enum form_class { FORM_PUBLIC, FORM_INTERNAL, FORM_PERSONAL, FORM_SEALED };

struct form_component {
    enum form_type type;
    uint32_t traits;        /* FORM_KEYED … of type.def */
    str id, key;            /* as in the file; the key of a list or group is its `path` */
    str pattern;            /* of fields and lists: the path with [] for rows; of others empty */
    str label;              /* as written: it may be FEEL or a template; empty where there is none */
    int32_t parent;         /* the component it stands in, or FORM_NONE */
    uint32_t end;           /* its descendants are the components from the next one up to this */
    uint32_t line;
    enum form_class class;  /* its own, or that of the component it stands in; FORM_INTERNAL */
    bool required;          /* always, or sometimes (when the schema has FEEL there) */
    bool matrix;            /* properties.layout = matrix: a list of fixed rows, drawn as a table */
    bool scored, shown_blind;        /* properties.score is there; properties.blind = show */
    const struct feel_type *feel;    /* of fields and lists: the type of the value; never NULL for them */
    feel_value options;     /* static ones: a list of { label, value }, or null */
    const struct json *json; /* the whole component, for what only a renderer wants: layout, appearance … */
};

/* In the order of the file; a container before what is in it. */
uint32_t form_count(const struct form *f);
const struct form_component *form_component(const struct form *f, uint32_t i);

/* The fields and lists among them, likewise. NULL beyond the last. */
const struct form_component *form_field(const struct form *f, uint32_t i);

/* The field of a path or pattern, or NULL. Indices in the path do not matter. */
const struct form_component *form_find(const struct form *f, str path);

/* What a component is called where its form is not drawn: the label as far as it is written; where nothing of it is,
 * the key. */
str form_title(const struct form_component *c);

/* A free property of a component, or an empty text. */
str form_property(const struct form_component *c, str name);

/* The context that the form's values are. */
const struct feel_type *form_values_type(const struct form *f);

/* The names that the expressions of the form read and that are none of its fields: what `variables` must have. */
uint32_t form_variable_count(const struct form *f);
str form_variable(const struct form *f, uint32_t i);

const char *form_type_name(enum form_type type);
const char *form_class_name(enum form_class c);

/* ---- Checking ---- */

enum form_mode {
    FORM_FILL,    /* everything; what is not answered has its default */
    FORM_VERIFY,  /* a few declared fields, each {path: {value, note, evidence}}; the result has the same shape */
    FORM_CORRECT, /* what was declared, in which only the open paths may change; what is not answered stays */
    FORM_SCORE,   /* only fields with properties.score */
};

struct form_request {
    enum form_mode mode;
    bool draft;             /* what is missing is no problem, what is wrong a warning, and it is kept as given */
    feel_value answers;     /* a context: values of JSON, or the texts of an HTML form; see form_answers */
    feel_value variables;   /* a context, or null: what expressions read beside the fields */
    feel_value declared;    /* VERIFY, CORRECT, SCORE: the values that were declared before; FILL: those of a draft,
                             * whose computed fields may be among the answers */
    const str *open;        /* CORRECT: paths; one opens all that is below it */
    uint32_t open_count;
};

enum form_level { FORM_ERROR, FORM_WARNING };

struct form_problem {
    str path;         /* empty: of the form as a whole */
    str label;
    enum form_level level;
    const char *code; /* of problem.def, or "rule" */
    str value;        /* what was given, shortened; empty where nothing was */
    str text;         /* a sentence that names the field, in the language that was asked for */
    str remedy;
};

/* Checks a request. OK also when there are problems: answers may be stored when none of them is an error. Values are a
 * context, problems stand in the order of the form; both are made in `a`. It is an error when a bound is hit, and when
 * the form's expressions contradict each other. The evaluator is not reset: what earlier runs made stays. */
enum error_code form_check(const struct form *f, struct feel_eval *ev, const struct form_request *request,
                           enum lang lang, struct arena *a, feel_value *ret_values,
                           const struct form_problem **ret, uint32_t *ret_count, struct error *err);

/* Adds what a decision found: `found` is a list of contexts {path, level, text, remedy}, where level is "error" or
 * "warning" and remedy may be lacking. The problems grow in `a`; the label is that of the path's field. False when
 * `found` is no such list, and then nothing is added. A form in another language gives texts and remedies in it where
 * it has the words. */
bool form_merge_problems(const struct form *f, feel_value found, struct arena *a, const struct form_problem **problems,
                         uint32_t *count);

/* Whether there is an error among them. */
bool form_has_error(const struct form_problem *problems, uint32_t count);

/* ---- Values ---- */

/* A name of an HTML form and what was entered; the name is a path. */
struct form_pair {
    str name, value;
};

/* The answers of a whole HTML form. A name that stands there twice becomes a list; a box that is not ticked, and a list
 * with nothing chosen, which browsers leave out, are false and empty. ERROR_INVALID for a name that is no path. */
enum error_code form_answers(const struct form *f, const struct form_pair *pairs, uint32_t count, struct arena *a,
                             feel_value *ret, struct error *err);

/* The value at a path; false when there is none. */
bool form_get(feel_value values, str path, feel_value *ret);

/* `declared` overlaid by the values of `verified` (the result of a FORM_VERIFY): what rules read. What the form
 * computes is as it was declared: see form_figures. */
feel_value form_overlay(struct arena *a, feel_value declared, feel_value verified);

/* The same, with what the form computes computed anew. */
enum error_code form_figures(const struct form *f, struct feel_eval *ev, feel_value declared, feel_value verified,
                             feel_value variables, struct arena *a, feel_value *ret, struct error *err);

/* Of `declared` only what a blind scorer may see: the fields with properties.blind = show. */
feel_value form_blind(const struct form *f, feel_value declared, struct arena *a);

/* ---- Drawing ---- */

enum form_attribute {
#define ATTRIBUTE(name, member, how) FORM_##name,
#include "form/attribute.def"
#undef ATTRIBUTE
    FORM_ATTRIBUTES
};

/* A component as it stands in the form now: one for each row that it is in. Hidden ones are left out. */
struct form_view {
    uint32_t component;
    str path;            /* of fields, lists and groups with a path */
    uint32_t row, depth; /* the row it is in, from 1, or 0; how many components it is inside of */
    uint32_t rows;       /* of a list */
    bool readonly, disabled, required;
    feel_value value;    /* of fields */
    feel_value options;  /* a list of {label, value}, or null */
    feel_value attributes[FORM_ATTRIBUTES]; /* templates filled in, FEEL evaluated; null where there is none */
};

/* What a page shows for the request, in the order of drawing; made in `a`. A list comes before its rows. */
enum error_code form_draw(const struct form *f, struct feel_eval *ev, const struct form_request *request,
                          struct arena *a, const struct form_view **ret, uint32_t *ret_count, struct error *err);

#endif
