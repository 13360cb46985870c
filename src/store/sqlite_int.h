/* sqlite_int: what the files of the SQLite back end share. */
#ifndef GONGSHI_STORE_SQLITE_INT_H
#define GONGSHI_STORE_SQLITE_INT_H

#include "store/store_int.h"

#include <sqlite3.h>

/* Statements of the writer that are always the same; the texts are in sqlite_apply.c. */
enum sqlite_fixed {
    FIXED_BEGIN, FIXED_COMMIT, FIXED_ROLLBACK, FIXED_SAVEPOINT, FIXED_RELEASE, FIXED_BACK,
    FIXED_TAKE, FIXED_NEXT_COMMIT, FIXED_IDS, FIXED_LEASE, FIXED_READY, FIXED_HOLD,
    FIXED_KIND_NEW, FIXED_KIND, FIXED_WORDS, FIXED_FORGET,
    FIXED_STATEMENTS
};

/* A statement of the writer for one operation on one table, and for updates one set of columns that stay. */
struct sqlite_cached {
    uint64_t keep;
    uint8_t kind, table;
    sqlite3_stmt *stmt; /* NULL: the place is free */
};

enum { CACHE_PLACES = 1024 }; /* places; a power of two */

/* The back end's own: s->back. */
struct sqlite {
    sqlite3 *db; /* of the writer */
    int lock;    /* descriptor of DIR/lock; -1: not held */
    const char *dir, *path, *blobs;
    sqlite3_stmt *fixed[FIXED_STATEMENTS];
    struct sqlite_cached cache[CACHE_PLACES];
    uint32_t cached;
    uint32_t wal_frames; /* after the last commit: written by the hook on the writer's thread */
    uint32_t wal_before; /* after the commit before */
    uint32_t move_at;    /* at this length the WAL is moved into the database */
    bool begin_anew;     /* the WAL has remains of a commit that failed: it is to be emptied */
    sqlite3 *checked;    /* a connection that the checker reads the database by, on its thread; NULL: there is none */
    pthread_t checker;
};

/* Search: the rowid of a thing is its id and the number of its kind in the lowest bits. */
enum { KIND_BITS = 6, KINDS = 1 << KIND_BITS };

/* Opens a connection with all the rules. */
enum error_code store__sqlite_connect(const struct sqlite *q, bool writes, sqlite3 **ret, struct error *err);

/* The message for a failed call. */
enum error_code store__sqlite_error(sqlite3 *db, int rc, struct error *err);

/* Whether after this result nobody knows what the disk holds, or what this program is doing. */
bool store__sqlite_is_fatal(int rc);

/* Ends the process for a result of the writer's connection that is fatal; returns for others, and before the writer
 * has begun: opening reports its errors. */
void store__sqlite_check(struct store *s, int rc);

/* Binds without copying: the value must live until the statement was stepped. */
int store__sqlite_bind(sqlite3_stmt *stmt, int place, const struct store_value *v);

/* Finalizes the writer's statements. */
void store__sqlite_forget(struct store *s);

/* In sqlite_copy.c. */
enum error_code store__sqlite_copy(struct store *s, const char *path, const atomic_bool *stop, struct error *err);

/* The writer's methods, in sqlite_apply.c. */
enum store_outcome store__sqlite_begin(struct store *s, struct error *err);
enum store_outcome store__sqlite_apply(struct store *s, struct store_change *c, struct store_result *r);
bool store__sqlite_live(struct store *s);
enum store_outcome store__sqlite_commit(struct store *s, int64_t *ret_commit, struct error *err);
void store__sqlite_rollback(struct store *s);
enum store_outcome store__sqlite_ids(struct store *s, int64_t count, int64_t *ret, struct store_result *r);
enum store_outcome store__sqlite_lease(struct store *s, str name, str holder, int64_t now, int64_t until, bool *ret,
                                       struct store_result *r);
enum store_outcome store__sqlite_pop(struct store *s, struct store_pop *pop, struct store_result *r);

/* The readers' methods, in sqlite_view.c. */
enum error_code store__sqlite_view_new(struct store *s, struct store_view **ret, struct error *err);
void store__sqlite_view_free(struct store_view *v);
enum error_code store__sqlite_view_begin(struct store_view *v, struct error *err);
void store__sqlite_view_end(struct store_view *v);
void store__sqlite_view_forget(struct store_view *v);
struct store_rows *store__sqlite_query(struct store_view *v, const char *sql, const struct store_value *args,
                                       uint32_t count);
bool store__sqlite_next(struct store_rows *r);
int64_t store__sqlite_column_int(struct store_rows *r, uint32_t column);
str store__sqlite_column_text(struct store_rows *r, uint32_t column);
void store__sqlite_rows_end(struct store_rows *r);
sqlite3 *store__sqlite_view_db(struct store_view *v); /* for tests */
uint32_t store__sqlite_search(struct store_view *v, str kind, str words, int64_t before, uint32_t max, int64_t *ret);

#endif
