/* bench_assess: what gongshi bench assess adds to bench work: a ledger of sites, and their assessment by 1:3:1. */
#ifndef GONGSHI_CLI_BENCH_ASSESS_H
#define GONGSHI_CLI_BENCH_ASSESS_H

#include "work/assess.h"

enum { BENCH_ASSESS_FILES = 3 };

/* The files that the package of the benchmark has besides. */
void bench_assess_files(struct scheme_file *ret);

struct bench_assess {
    struct store *store;
    struct record *record;
    struct work *work;
    int64_t rows;
    double fill_s, freeze_s, compute_s, look_s, carry_s;
};

/* Writes the rows of the ledger. */
enum error_code bench_assess_fill(struct bench_assess *b, struct error *err);

/* Freezes, computes, looks at the list, approves it and carries it out; notes how long each took. */
enum error_code bench_assess_run(struct bench_assess *b, int64_t person, struct error *err);

#endif
