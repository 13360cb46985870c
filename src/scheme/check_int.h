/* check_int: how the checks of a package share what they find.
 *
 * Each file has one function that looks at one kind of thing: check_name.c at names, check_text.c at FEEL,
 * check_rules.c at decisions, check_table.c at parameters, ledgers and forms. What they ask each other is `known`: the
 * names of everything that a decision or an expression may read.
 */
#ifndef GONGSHI_SCHEME_CHECK_INT_H
#define GONGSHI_SCHEME_CHECK_INT_H

#include "scheme/check.h"
#include "scheme/scheme_int.h"

#include "feel/inspect.h"

/* A name that expressions may read, with its type where that is known. */
struct scheme__known {
    str name;
    const struct feel_type *type; /* or NULL */
};

struct scheme__checker {
    const struct scheme *s;
    struct arena *arena;
    struct arena scratch;
    enum lang lang;
    cal_date day;
    struct scheme_finding *findings;
    uint32_t count, size, dropped;
    struct scheme__known *known;  /* variables of dossiers: of forms, processes, ledgers */
    uint32_t known_count, known_size;
    str *sent;                    /* messages that somebody sends */
    uint32_t sent_count, sent_size;
    str *decided;                 /* decisions that something asks for */
    uint32_t decided_count, decided_size;
    const struct bpmn_model *model; /* that bpmn_texts is going over */
    str file;                     /* where traps stand */
    uint32_t line;
};

/* Notes a finding; `remedy` is an English sentence that is translated too. */
void scheme__find(struct scheme__checker *c, enum scheme_finding_kind kind, str file, uint32_t line,
                  const char *remedy, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* "there is no KIND called NAME"; the kind is an English word that is translated. */
void scheme__missing(struct scheme__checker *c, str file, uint32_t line, const char *kind, str name);


void scheme__know(struct scheme__checker *c, str name, const struct feel_type *type);
const struct scheme__known *scheme__known(const struct scheme__checker *c, str name);
void scheme__add_text(struct scheme__checker *c, str **list, uint32_t *count, uint32_t *size, str text);
bool scheme__has_text(const str *list, uint32_t count, str text);

/* Whether a value of type `have` can be where `want` is asked for, as far as both are known. */
bool scheme__fits(const struct feel_type *want, const struct feel_type *have, uint32_t depth);

/* Whether a field of a ledger can take a value of that type: dates also as text, quantities as numbers. */
bool scheme__takes(enum scheme_field_type type, const struct feel_type *have);

/* The first name of a path: party of party.name. */
str scheme__head(str path);

/* ---- The checks, in their order ---- */

void scheme__collect(struct scheme__checker *c);         /* check_known.c: what is known, sent, decided */
void scheme__check_processes(struct scheme__checker *c); /* check_process.c: what bpmn finds, steps, texts of models */
void scheme__check_names(struct scheme__checker *c);     /* check_name.c: names in the manifest */
void scheme__check_texts(struct scheme__checker *c);     /* check_text.c: FEEL of manifest and forms */
void scheme__check_rules(struct scheme__checker *c);     /* check_rules.c: decisions, what inputs are bound to */
void scheme__check_tables(struct scheme__checker *c);    /* check_table.c: parameters, ledgers, forms */
void scheme__check_words(struct scheme__checker *c);     /* check_words.c: the English of its texts */

/* ---- check_text.c ---- */

/* An expression: its syntax, its traps. With `names` what it reads must be among the scope's names, the known ones, or
 * the reserved ones. */
void scheme__check_feel(struct scheme__checker *c, const struct feel_scope *scope, str text, str file, uint32_t line,
                        bool names);
/* The finding for a trap; `context` is the checker, whose file and line say where. */
void scheme__trap(void *context, const struct feel_trap_place *place);

#endif
