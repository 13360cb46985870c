/* record_int: what the files of record share. */
#ifndef GONGSHI_RECORD_RECORD_INT_H
#define GONGSHI_RECORD_RECORD_INT_H

#include "record/record.h"

#include <pthread.h>

struct record__scheme; /* scheme.c */

struct record {
    struct arena arena;             /* this */
    struct store *store;
    struct people *people;
    pthread_mutex_t scheme_lock;
    struct record__scheme *schemes; /* loaded, never unloaded while the record lives */
};

void record__schemes_release(struct record *r);

#endif
