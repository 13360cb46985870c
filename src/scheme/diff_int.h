/* diff_int: how the parts of a comparison share what they find. */
#ifndef GONGSHI_SCHEME_DIFF_INT_H
#define GONGSHI_SCHEME_DIFF_INT_H

#include "scheme/diff.h"
#include "scheme/scheme_int.h"

struct scheme__diff {
    const struct scheme *before, *after;
    struct arena *arena;
    struct arena scratch;
    enum lang lang;
    const char *about; /* of the changes that are being found */
    struct scheme_change *changes;
    uint32_t count, size;
};

void scheme__change(struct scheme__diff *d, str file, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A value as people write it, in the scratch arena: 150, AAA, 2026-01-01; nothing of nothing. */
str scheme__shown(struct scheme__diff *d, feel_value v);

void scheme__diff_parameters(struct scheme__diff *d); /* diff_table.c */
void scheme__diff_ledgers(struct scheme__diff *d);
void scheme__diff_forms(struct scheme__diff *d);
void scheme__diff_rules(struct scheme__diff *d);      /* diff_rules.c */
void scheme__diff_processes(struct scheme__diff *d);  /* diff_process.c */
void scheme__diff_manifest(struct scheme__diff *d);   /* diff.c: all else that scheme.json says */

#endif
