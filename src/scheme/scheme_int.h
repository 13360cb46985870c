/* scheme_int: what the files of scheme share.
 *
 * The manifest is read by tables. A `member` says what may stand under a name, where in the struct it goes, and how it
 * is written; an `object` is the table of the members of one kind of object. read.c reads any object by its table,
 * manifest.c has the tables. docs/scheme.schema.json says the same to other programs; a test compares them.
 */
#ifndef GONGSHI_SCHEME_SCHEME_INT_H
#define GONGSHI_SCHEME_SCHEME_INT_H

#include "scheme/scheme.h"
#include "text/json.h"

/* ERROR_LIMIT when what was written did not fit into the buffer. */
enum error_code scheme__whole(const struct buf *b, struct error *err);

bool scheme__ends_with(str s, str tail);

#define SCHEME__WORDS "words/en.json"

/* The texts of a package that people read and that stand in its files in Chinese alone: of the manifest and ledgers,
 * of forms, the names in processes, choices of ledgers, items of checklists, grades. */
typedef void scheme__text(void *context, str file, uint32_t line, str text);
void scheme__texts(const struct scheme *s, scheme__text *text, void *context); /* words.c */

/* The first c in s, or NULL; s may be empty and have no bytes at all. */
static inline const char *scheme__find_char(str s, char c)
{
    return s.len == 0 ? NULL : memchr(s.ptr, c, s.len);
}

/* ---- read.c ---- */

enum scheme__how {
    SCHEME__TEXT,   /* struct scheme_text: a text, or {"zh", "en"} */
    SCHEME__STRING, /* str */
    SCHEME__NAMES,  /* const str *, their count at `more`: a list of texts, or one text */
    SCHEME__FLAG,   /* bool */
    SCHEME__COUNT,  /* uint32_t */
    SCHEME__DATE,   /* cal_date; the bool at `more` becomes false */
    SCHEME__WORD,   /* an enum: the place among `words` */
    SCHEME__CHOICE, /* a bool: the second of two `words` is true */
    SCHEME__BITS,   /* unsigned: 1 << place for each of a list of `words` */
    SCHEME__VALUE,  /* feel_value: anything */
    SCHEME__MAP,    /* an array of structs of `object`, their count at `more`: {name: object} */
    SCHEME__INTO,   /* an object whose members belong to the same struct */
    SCHEME__OWN,    /* whatever the function `own` reads */
};

struct scheme__reader;

/* A piece of JSON, and the same as a value. */
struct scheme__place {
    const struct json *j;
    feel_value v;
};

typedef enum error_code scheme__own(struct scheme__reader *r, struct scheme__place p, void *into);

struct scheme__member {
    const char *name;
    uint8_t how; /* enum scheme__how */
    uint16_t at, more;
    const char *const *words; /* NULL-terminated */
    const struct scheme__object *object; /* of MAP and INTO; of OWN what the function reads by, if anything */
    scheme__own *own;
};

struct scheme__object {
    const char *kind;            /* "ledger": for messages */
    size_t size;
    uint16_t name, line;         /* of MAPs: where name and line go */
    const struct scheme__member *members;
    uint32_t count;
    const void *initial;         /* what members have that are not there; NULL: zero */
    const char *brief;           /* a text in place of the object is this member alone, or NULL */
    const char *folder;          /* more may stand in FOLDER/NAME.json … */
    const struct scheme__object *file; /* … as this table says; or NULL */
    bool plain;                  /* names have no . # / because other names are made of them */
    bool listed;                 /* a MAP of these may be a list of objects that have their "name" inside */
    scheme__own *finish;         /* when all members are read, or NULL */
};

struct scheme__reader {
    struct arena *arena;
    struct scheme *scheme;
    struct error *err;
    str file, source;            /* that is being read */
    uint32_t last_at, last_line; /* the place whose line was asked for last */
    char path[256];              /* "ledgers.titles": of the object that is being read, for messages */
    size_t path_len;
    str item;                    /* the name of the item of a MAP that is being read */
};

/* Reads the members of an object into a struct; what the table does not know is refused. */
enum error_code scheme__read(struct scheme__reader *r, struct scheme__place p, const struct scheme__object *o,
                             void *into);

/* Sets ERROR_INVALID at a place of the file. */
enum error_code scheme__refuse(struct scheme__reader *r, const struct json *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

uint32_t scheme__line(struct scheme__reader *r, const struct json *at);
enum error_code scheme__read_names(struct scheme__reader *r, struct scheme__place p, const str **ret,
                                   uint32_t *ret_count);
struct scheme__place scheme__item(struct scheme__place p, uint32_t i);

/* A file of the package, or NULL. */
const struct scheme_file *scheme__file(const struct scheme *s, str name);

/* ---- manifest.c ---- */

/* Reads scheme.json and what belongs to it into the scheme, whose files and models are there already. */
enum error_code scheme__read_manifest(struct arena *a, struct scheme *s, struct error *err);

/* The table of scheme.json. */
extern const struct scheme__object scheme__manifest;

/* ---- parameter.c ---- */

/* Reads parameters/NAME.csv into the parameter, whose columns are known. */
enum error_code scheme__read_rows(struct scheme__reader *r, struct scheme_parameter *p);

/* ---- field.c ---- */

extern const char *const scheme__field_types[]; /* words, NULL-terminated */
const struct feel_type *scheme__ledger_row(struct arena *a, const struct scheme_ledger *l);
const struct feel_type *scheme__parameter_row(struct arena *a, const struct scheme_parameter *p);

#endif
