/* postgres_int: what the files of the PostgreSQL back end share.
 *
 *   postgres.c        opening, schema, the table of methods    postgres_session.c  the library, connections, statements
 *   postgres_apply.c  the writers' side                        postgres_view.c     the readers' side
 *   postgres_blob.c   blobs in pieces
 */
#ifndef GONGSHI_STORE_POSTGRES_INT_H
#define GONGSHI_STORE_POSTGRES_INT_H

#include "store/store_int.h"

#include <libpq-fe.h>

/* The functions of libpq that are used. The library is loaded when the first store of this kind is opened, so that a
 * program that never does pays nothing for it and runs without it. */
#define PG_FUNCTIONS(X)                                                                                                \
    X(backendPID) X(clear) X(connectdbParams) X(enterPipelineMode) X(errorMessage) X(exec) X(execPrepared)             \
    X(exitPipelineMode) X(finish) X(flush) X(fname) X(ftype) X(getResult) X(getisnull) X(getlength) X(getvalue)        \
    X(nfields) X(ntuples) X(parameterStatus) X(pipelineSync) X(prepare) X(resultErrorField) X(resultStatus)            \
    X(sendFlushRequest) X(sendQuery) X(sendQueryPrepared) X(serverVersion) X(setNoticeProcessor) X(status)             \
    X(transactionStatus)

struct pg_library {
#define FIELD(name) __typeof__(PQ##name) *name;
    PG_FUNCTIONS(FIELD)
#undef FIELD
};
extern struct pg_library store__pq;

/* Statements that are always the same; the texts are in postgres_session.c. */
enum pg_fixed {
    PG_BEGIN, PG_COMMIT, PG_SAVEPOINT, PG_RELEASE, PG_COUNT, PG_TAKE, PG_IDS, PG_LEASE, PG_POP, PG_WORDS, PG_FORGET,
    PG_BLOB_NUMBER, PG_BLOB_PIECE, PG_BLOB, PG_BLOB_FIND, PG_BLOB_READ, PG_BLOB_TAKE, PG_BLOB_EMPTY,
    PG_FIXED
};

/* A statement for one operation on one table, and for updates one set of columns that stay. */
struct pg_cached {
    uint64_t keep;
    uint8_t kind, table; /* kind 0: the place is free */
};

enum { PG_CACHE = 1024 }; /* places; a power of two */

/* A connection, and what is known of it. All zero: not connected yet. */
struct pg_session {
    PGconn *db;
    int64_t retry_at;    /* monotonic nanoseconds: no connecting before */
    int64_t pause_ms;    /* to the next attempt after a failed one: grows */
    struct error failed; /* why the last attempt failed */
    bool prepared[PG_FIXED];
    /* of a writer */
    bool wanted;     /* begin was called, commit and rollback not yet */
    bool open;       /* BEGIN was sent; it is not before the first unit */
    uint32_t units;  /* applied well in the open transaction */
    uint32_t series; /* str_hash of the series that the transaction has taken from, made odd; 0: none */
    struct pg_cached cache[PG_CACHE];
    uint32_t cached;
    struct pg_session *next; /* among the idle ones for blobs */
};

/* The writers: the first for the requests of the store itself, the last for bulk units. */
enum { PG_INTERACTIVE = 4, PG_WRITERS = PG_INTERACTIVE + 2 };

/* The back end's own: s->back. */
struct postgres {
    struct pg_session writers[PG_WRITERS];
    pthread_mutex_t lock; /* for all below */
    struct pg_session *idle; /* for blobs */
    uint32_t made;
    pthread_cond_t came_back;
    struct pg_session door; /* what views learnt of connecting: one that fails spares the others the waiting */
    struct error unable;    /* why nothing could be written the last time */
    char version[64];
};

/* What a failed call means. */
enum pg_trouble {
    PG_FINE,
    PG_LOST,     /* the connection, or the server may not be written to any more */
    PG_CONFLICT, /* a deadlock or a lock that was waited for too long: again */
    PG_STALE,    /* a guard: our statements divide by the number of rows */
    PG_TWICE,    /* a primary key that is there already */
    PG_FULL,     /* the disk of the server */
    PG_LATE,     /* ran too long */
    PG_OTHER     /* a constraint, a limit, a mistake */
};

/* Loads the library; ERROR_MISSING when it is not installed. */
enum error_code store__pg_load(struct error *err);

/* Connects unless it is connected. After a failure later calls fail at once, until a pause is over. */
enum error_code store__pg_connect(const struct store *s, struct pg_session *x, bool reads, struct error *err);
void store__pg_disconnect(struct pg_session *x);

/* What the result of a call means; disconnects when the connection was lost. NULL: lost. Fills err unless PG_FINE. */
enum pg_trouble store__pg_trouble(struct pg_session *x, const PGresult *res, struct error *err);

/* Runs statements without results, or those that give nothing that matters. */
enum pg_trouble store__pg_run(struct pg_session *x, const char *sql, struct error *err);

/* Values as the library wants them. The texts are not copied. */
struct pg_params {
    const char *values[64];
    int lengths[64], formats[64];
    int64_t numbers[64]; /* big-endian */
    int count;
};
void store__pg_add(struct pg_params *p, const struct store_value *v);

/* Sees to it that a fixed statement is prepared; outside of a pipeline. */
enum pg_trouble store__pg_prepare(struct pg_session *x, enum pg_fixed which, struct error *err);

/* Puts a prepared fixed statement into the pipeline; false: the connection is lost. */
bool store__pg_send(struct pg_session *x, enum pg_fixed which, const struct pg_params *p);

/* Runs a fixed statement; the result in *ret, to be cleared by the caller, when PG_FINE. */
enum pg_trouble store__pg_call(struct pg_session *x, enum pg_fixed which, const struct store_value *values,
                               uint32_t count, PGresult **ret, struct error *err);

/* A number of a result, of any kind of number; 0 where it is NULL. */
int64_t store__pg_number(const PGresult *res, int row, int column);

/* The writers' methods, in postgres_apply.c. */
void store__pg_unable(struct store *s, struct error *err);
void store__pg_enter(struct store *s, uint32_t writer);
struct pg_session *store__pg_writer(struct store *s);
enum pg_trouble store__pg_open(struct pg_session *x, struct error *err);
enum store_outcome store__pg_begin(struct store *s, struct error *err);
enum store_outcome store__pg_apply(struct store *s, struct store_change *c, struct store_result *r);
bool store__pg_live(struct store *s);
enum store_outcome store__pg_commit(struct store *s, int64_t *ret_commit, struct error *err);
void store__pg_rollback(struct store *s);
bool store__pg_probe(struct store *s);
void store__pg_forget(struct store *s);
enum store_outcome store__pg_ids(struct store *s, int64_t count, int64_t *ret, struct store_result *r);
enum store_outcome store__pg_lease(struct store *s, str name, str holder, int64_t now, int64_t until, bool *ret,
                                   struct store_result *r);
enum store_outcome store__pg_pop(struct store *s, struct store_pop *pop, struct store_result *r);

/* The readers' methods, in postgres_view.c. */
enum error_code store__pg_view_new(struct store *s, struct store_view **ret, struct error *err);
void store__pg_view_free(struct store_view *v);
enum error_code store__pg_view_begin(struct store_view *v, struct error *err);
void store__pg_view_end(struct store_view *v);
void store__pg_view_forget(struct store_view *v);
struct store_rows *store__pg_query(struct store_view *v, const char *sql, const struct store_value *args,
                                   uint32_t count);
bool store__pg_next(struct store_rows *r);
int64_t store__pg_column_int(struct store_rows *r, uint32_t column);
str store__pg_column_text(struct store_rows *r, uint32_t column);
void store__pg_rows_end(struct store_rows *r);
uint32_t store__pg_search(struct store_view *v, str kind, str words, int64_t before, uint32_t max, int64_t *ret);

/* Blobs, in postgres_blob.c. */
enum error_code store__pg_blob_put(struct store *s, str bytes, int fd, char *ret, struct error *err);
enum error_code store__pg_blob_read(struct store *s, const char *hash, uint64_t offset, void *into, size_t size,
                                    size_t *ret, struct error *err);
enum error_code store__pg_blob_size(struct store *s, const char *hash, uint64_t *ret, struct error *err);
enum error_code store__pg_blob_erase(struct store *s, const char *hash, struct error *err);

#endif
