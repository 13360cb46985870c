/* store_int: what the files of the store share, and the contract of a back end.
 *
 *   store.c    opening, closing, health          change.c, change_log.c   changes, and as the log keeps them
 *   writer.c   the one writer: lanes, batches    view.c     the pool of views
 *   id.c       ids, leases, queues: small requests to the writer
 *   token.c    words for searching               migrate.c  schemas          tables.c   tables.def
 *   blob.c     blobs as files                    sqlite*.c  the SQLite back end, vfs.c below it
 *   postgres*.c  the PostgreSQL back end
 *   backup_int.h   backups, shipping, the doctor
 *
 * Threads. The writers alone call the methods under "writing": one thread, or as many as the back end has connections.
 * Each view belongs to the thread that took it.
 * Opening and closing happen while no other thread is in the store.
 */
#ifndef GONGSHI_STORE_STORE_INT_H
#define GONGSHI_STORE_STORE_INT_H

#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- Changes ---- */

enum store_op_kind {
    STORE_OP_INSERT = 1, /* values: all columns */
    STORE_OP_UPDATE,     /* values: all columns; `keep` has a bit for each that stays */
    STORE_OP_PUT,        /* values: all columns */
    STORE_OP_DELETE,     /* values: the key, the version (0: any) */
    STORE_OP_GUARD,      /* values: the key, the version (0: no such row) */
    STORE_OP_WORDS,      /* values: kind, id, tokens (empty: forget); no table */
    STORE_OPS
};

/* One operation as it lies in the bytes of a change: this head, then `size` bytes of values. */
struct store_op {
    uint8_t kind, table, count; /* count: of values */
    uint32_t size;
    uint64_t keep;
    const char *values;
};

/* Operations one behind the other. All numbers are little-endian.
 *
 *   operation   kind u8, table u8, count u8, 0 u8, size u32, keep u64, values
 *   value       kind u8 (enum store_kind); of INT i64; of TEXT and BYTES length u32, bytes; of TAKEN place u32
 *
 * The place of a table is its row in tables.def of the schema that the change was made for: a log says its schema. */
struct store_part {
    char *bytes;
    size_t len, size;
};

struct store_request;
typedef enum store_outcome store_apply(struct store *s, struct store_request *r);

/* What the writer has in its queues: part of a change, or on the stack of a thread that waits. */
struct store_request {
    struct store_request *next;
    store_apply *apply;                /* within the open transaction; once more when that was lost */
    const struct store_change *logged; /* what the change log gets of it; NULL: nothing */
    size_t bytes;                      /* bounds a batch */
    uint32_t lane;
    store_done *done;
    void *context;
    struct store_result result;
};

enum store_problem { STORE_NO_PROBLEM, STORE_TOO_MANY_ROWS, STORE_TOO_MANY_BYTES, STORE_BAD_TEXT, STORE_BAD_NUMBER };

/* Applied in this order: `plain`, the numbers of `series`, `late`. */
struct store_change {
    struct arena *arena;
    struct store_part plain;  /* operations without taken numbers */
    struct store_part series; /* TEXT values: the names, in the order of store_take */
    struct store_part late;   /* operations with taken numbers */
    uint32_t rows, take_count, take_room;
    int64_t *taken;             /* take_count numbers, written by the writer */
    bool replay;                /* the numbers were taken long ago: see `taken`; the rows of series are in `plain` */
    enum store_problem problem; /* the first; refuses the change */
    struct store_request request;
};

/* The next operation at *at, or false at the end. Only for bytes that this module made or store__change_read proved. */
bool store__next_op(const char **at, const char *end, struct store_op *ret);

/* Reads the value at p and gives the place after it. TAKEN becomes the number of `taken`. */
const char *store__next_value(const char *p, const int64_t *taken, struct store_value *ret);

/* The canonical bytes of an applied change for the log, its taken numbers included; and the change they stand for,
 * proven well formed (table, columns, kinds, lengths), which gives the same rows when applied. `bytes` must live as
 * long as the change. */
void store__change_write(const struct store_change *c, struct buf *out);
enum error_code store__change_read(struct arena *a, str bytes, struct store_change **ret, struct error *err);

/* ---- Back ends ---- */

/* What the words of the migrations are called. */
struct store_dialect {
    const char *int_word, *text_word, *bytes_word;
    const char *strict;    /* the ending of a table whose key is one INT */
    const char *strict_by; /* of the others */
};

/* A view of any back end begins with this. */
struct store_view {
    struct store *store;
    struct store_view *next; /* in the pool */
    int64_t deadline;        /* monotonic nanoseconds */
    int64_t commit;          /* the last one in the picture; 0: the back end does not say */
    uint32_t open_rows;
    struct error error; /* the first */
};

/* Rows of any back end begin with this. */
struct store_rows {
    struct store_view *view;
};

/* What a call of store_pop asks for, and gets. */
struct store_pop {
    str queue, holder;
    int64_t now, until;
    uint32_t max;
    struct arena *arena;
    struct store_item *items; /* `max` of them */
    uint32_t count;
};

/* A failure that may have lost data ends in store__fatal. For the rest the writer's methods give an outcome and fill
 * the error. `s->back` is the back end's own. */
struct store_backend {
    struct store_dialect dialect;

    /* -- Threads. All zero: one writer for all lanes -- */

    uint32_t writers;     /* threads that write, at most STORE_WRITERS, each in a transaction of its own */
    const uint8_t *lanes; /* of each of them: bits of the lanes that it serves */
    uint32_t batch;       /* units of a commit; 0: STORE_BATCH */
    /* Called once by each thread that writes, before all else. The thread of store_open counts as the first writer as
     * long as there is none. NULL: nothing to do. */
    void (*enter)(struct store *s, uint32_t writer);
    /* Says in err why nothing can be written at present. NULL: the disk is full. */
    void (*unable)(struct store *s, struct error *err);

    /* -- Opening: the thread of store_open, before the writer begins -- */

    /* Connects; makes the place when config.create; refuses one in use. */
    enum error_code (*open)(struct store *s, struct error *err);
    /* Disconnects, after an open that failed too. */
    void (*close)(struct store *s);
    /* The number of the schema; 0: there is none yet. */
    enum error_code (*schema)(struct store *s, int64_t *ret, struct error *err);
    /* Copies the database of a running store, as it is at one commit, into a new file; ends with ERROR_INVALID when
     * *stop becomes true. Any thread. NULL: this back end has no copies, and no shipping. */
    enum error_code (*copy)(struct store *s, const char *path, const atomic_bool *stop, struct error *err);
    /* Keeps a copy beside, before an upgrade from `schema`. */
    enum error_code (*save)(struct store *s, int64_t schema, struct error *err);
    /* Runs one statement without results, within begin and commit: migrations only. */
    enum error_code (*exec)(struct store *s, const char *sql, struct error *err);
    /* Makes what the common migrations do not hold (search); within begin and commit; harmless when it is there. */
    enum error_code (*extend)(struct store *s, struct error *err);
    /* Whether the database has this table with these columns in this order. */
    enum error_code (*compare)(struct store *s, const struct store_table *t, struct error *err);
    /* Name and version, for store_describe; any thread. */
    void (*describe)(const struct store *s, struct buf *out);

    /* -- Writing: the writer's thread (and store_open, while there is none yet) -- */

    /* Opens a transaction: DONE, or READONLY when nothing can be written now. */
    enum store_outcome (*begin)(struct store *s, struct error *err);
    /* Applies a change as a unit: all of it, or nothing of it and a reason in r: STALE, EXISTS (with table), REFUSED,
     * READONLY. Writes c->taken. When the whole transaction was lost, `live` is false afterwards. STORE_AGAIN: the unit
     * is to be applied in a later transaction, after this one was committed, or, when it was lost, repeated. */
    enum store_outcome (*apply)(struct store *s, struct store_change *c, struct store_result *r);
    /* Whether the transaction is still open. */
    bool (*live)(struct store *s);
    /* Counts the commit and makes all durable: DONE with its number; READONLY (nothing of it lasts); UNKNOWN. The
     * transaction is closed in any case. */
    enum store_outcome (*commit)(struct store *s, int64_t *ret_commit, struct error *err);
    void (*rollback)(struct store *s);
    /* While read-only, now and then: is there room again? */
    bool (*probe)(struct store *s);
    /* After a batch was answered: upkeep such as a checkpoint. */
    void (*idle)(struct store *s);
    /* Frees cached statements of the writer. */
    void (*forget)(struct store *s);

    /* Units as `apply` is, within the open transaction: */

    /* Reserves `count` ids; the last one in *ret. */
    enum store_outcome (*ids)(struct store *s, int64_t count, int64_t *ret, struct store_result *r);
    /* DONE with *ret: whether the lease is the holder's now. */
    enum store_outcome (*lease)(struct store *s, str name, str holder, int64_t now, int64_t until, bool *ret,
                                struct store_result *r);
    /* See store_pop. Sets of each taken row: version + 1, ready and leased = until, holder, tries + 1. */
    enum store_outcome (*pop)(struct store *s, struct store_pop *pop, struct store_result *r);

    /* -- Reading: the thread that took the view -- */

    /* Makes a connection for reading. */
    enum error_code (*view_new)(struct store *s, struct store_view **ret, struct error *err);
    void (*view_free)(struct store_view *v);
    /* Fixes the picture. */
    enum error_code (*view_begin)(struct store_view *v, struct error *err);
    void (*view_end)(struct store_view *v);
    /* Frees its cached statements; the view is not in use. */
    void (*view_forget)(struct store_view *v);
    /* See store_query …: never NULL; the first error goes to v->error by store__view_fail. */
    struct store_rows *(*query)(struct store_view *v, const char *sql, const struct store_value *args, uint32_t count);
    bool (*next)(struct store_rows *r);
    int64_t (*column_int)(struct store_rows *r, uint32_t column);
    str (*column_text)(struct store_rows *r, uint32_t column);
    void (*rows_end)(struct store_rows *r);
    /* `words`: of store__query_words. */
    uint32_t (*search)(struct store_view *v, str kind, str words, int64_t before, uint32_t max, int64_t *ret);

    /* -- Blobs: any thread -- */

    /* Keeps `bytes`, or when fd >= 0 what can be read from it; durable when it returns. */
    enum error_code (*blob_put)(struct store *s, str bytes, int fd, char *ret, struct error *err);
    enum error_code (*blob_read)(struct store *s, const char *hash, uint64_t offset, void *into, size_t size,
                                 size_t *ret, struct error *err);
    enum error_code (*blob_size)(struct store *s, const char *hash, uint64_t *ret, struct error *err);
    enum error_code (*blob_erase)(struct store *s, const char *hash, struct error *err);
};

extern const struct store_backend store__sqlite, store__postgres;

/* An outcome between a back end and its writer only. */
#define STORE_AGAIN ((enum store_outcome)STORE_OUTCOMES)

/* Whether this is the URL of a PostgreSQL database. */
bool store__is_postgres(const char *where);

/* ---- The store ---- */

struct store_lane_queue {
    struct store_request *first, **last;
    uint32_t count;
};

/* Requests of the store itself (ids, leases, queues) go before both lanes; each waiting thread has at most one. */
enum { STORE_SERVICE = STORE_BULK + 1, STORE_LANES };

/* Something that is done on the first writer's thread between two batches; on the stack of a thread that waits. */
struct store_turn {
    struct store_turn *next;
    void (*run)(struct store *s, void *context);
    void *context;
    bool over;
};

/* One of the threads that write. */
struct store_thread {
    struct store *store;
    pthread_t thread;
    uint32_t number;
    uint32_t lanes; /* bits of those it serves */
    pthread_cond_t work;
    bool idle;      /* waits for work */
    bool forget;    /* statements are to be freed */
    int64_t people_ns;  /* when it last had an interactive unit; 0: never */
    int64_t working_ns; /* when the round began that it works on; 0: it works on none */
};

enum { STORE_WRITERS = 8 };

struct store_writer {
    struct store_thread threads[STORE_WRITERS];
    uint32_t started;
    pthread_mutex_t lock; /* for all that is not constant */
    struct store_turn *turns;
    pthread_cond_t turned;
    struct store_lane_queue lanes[STORE_LANES];
    bool stop;
    /* figures */
    uint64_t units, commits;       /* since opening */
    int64_t since_ns;                    /* the last call of store_figures; since then: */
    int64_t busy_ns, apply_ns, flush_ns;
    uint64_t applied, flushed;
    int64_t commit;
    struct arena scratch;  /* what a batch makes for the log; of the writer's thread, which is then the only one */
    _Atomic int64_t probe_at; /* the first thread looks */
    atomic_bool read_only;
};

struct store_ids {
    pthread_mutex_t lock;
    pthread_cond_t came;
    int64_t next, end;             /* of the block in use: [next, end) */
    int64_t after_next, after_end; /* of the block behind it; equal: none */
    bool asked;
    int64_t last; /* of the answer under way: written by the writer */
    uint64_t round; /* counts answers */
    struct error error; /* of the last answer */
    struct store_request request;
};

struct store_views {
    pthread_mutex_t lock;
    pthread_cond_t back;
    struct store_view *idle;
    uint32_t made;
};

struct store {
    struct arena arena; /* holds this struct too */
    struct store_config config;
    const struct store_backend *backend;
    void *back;
    struct store_writer writer;
    struct store_ids ids;
    struct store_views views;
    /* The change log. `ship` is called by the writer before each commit, with the requests of this commit in the order
     * in which they were applied: DONE, or READONLY when they could not be written; `shipped` after it, before any
     * answer, with the number of the commit, or 0 when nothing was committed: it makes the log durable or is fatal.
     * NULL: none. Set before the writer begins. */
    enum store_outcome (*ship)(void *context, struct store_request *const *done, uint32_t count, struct error *err);
    void (*shipped)(void *context, int64_t commit);
    void *ship_context;
    struct ship *shipping; /* of config.ship; NULL: none */
    struct store_keys *keys; /* NULL: there is no place for them */
};

/* A migration: number and text in the common subset. */
struct store_migration {
    int64_t number;
    const char *sql;
};
extern const struct store_migration store__migrations[];
extern const uint32_t store__migration_count;

/* store_open with a back end and migrations of the caller's: for tests. */
enum error_code store__open(const struct store_config *config, const struct store_backend *backend,
                            const struct store_migration *migrations, uint32_t count, struct store **ret,
                            struct error *err);
enum error_code store__migrate(struct store *s, const struct store_migration *migrations, uint32_t count,
                               struct error *err);

/* Ends the process by config.fatal. Only for what happens on the writer's thread: errors of opening are returned. */
_Noreturn void store__fatal(struct store *s, const struct error *err);

/* The same without a writer: the caller's thread may call the methods under "writing". store__release closes it. */
enum error_code store__open_still(const struct store_config *config, const struct store_backend *backend,
                                  const struct store_migration *migrations, uint32_t count, struct store **ret,
                                  struct error *err);
void store__release(struct store *s);

/* Runs something on the writer's thread between two batches and waits for its end; while there is no writer, here. */
void store__turn(struct store *s, void (*run)(struct store *s, void *context), void *context);

/* Starts the writer's thread; ends it when all that waits is answered. */
enum error_code store__writer_start(struct store *s, struct error *err);
void store__writer_stop(struct store *s);

/* Under the writer's lock: adds the round that is being worked on, as far as it is not counted yet. */
void store__count_busy(struct store_writer *w, struct store_thread *t, int64_t now);

/* Puts a request into a lane; false, with the result filled, when the lane is full. */
bool store__enqueue(struct store *s, struct store_request *r, uint32_t lane);

/* Puts it into a lane and waits for the answer, which is r->result. */
void store__enqueue_wait(struct store *s, struct store_request *r, uint32_t lane);

/* The file of keys (keys.c): opened when it is first needed. */
void store__keys_open(struct store *s);
void store__keys_close(struct store *s);

/* Makes all lines durable that were written so far, as whoever commits what was sealed with them must. */
enum error_code store__keys_flush(struct store *s, struct error *err);
enum error_code store__keys_copy(const char *from, const char *to, struct error *err);
enum error_code store__keys_prove(const char *folder, struct error *err);

void store__ids_init(struct store *s);
void store__ids_release(struct store *s);
void store__views_init(struct store *s);
void store__views_release(struct store *s);

/* Keeps the first error of a view. */
void store__view_fail(struct store_view *v, const struct error *err);

/* Whether the view is too old; keeps the error. */
bool store__view_late(struct store_view *v);

/* The words of a question as the back ends need them: those of store_tokens, but of Chinese only the pairs; a single
 * character is followed by `*`: what begins with it. Separated by blanks. False: none, or more than
 * STORE_SEARCH_WORDS. */
bool store__query_words(str text, struct buf *out);

/* Blobs as files of a directory: see store.h. */
enum error_code store__blob_put(const char *dir, str bytes, int fd, char *ret, struct error *err);
enum error_code store__blob_read(const char *dir, const char *hash, uint64_t offset, void *into, size_t size,
                                 size_t *ret, struct error *err);
enum error_code store__blob_size(const char *dir, const char *hash, uint64_t *ret, struct error *err);
enum error_code store__blob_erase(const char *dir, const char *hash, struct error *err);

/* Whether a file is what an erasure leaves of the blob of this hash. */
bool store__blob_erased(const char *path, const char *hash);

/* ERROR_MISSING: what reading an erased blob gives. */
enum error_code store__blob_gone(const char *hash, struct error *err);

/* The message for an operation on a path that failed with errno. */
enum error_code store__io_error(struct error *err, const char *path, int number);

/* Writes all of it, through the hook for faults; 0 or the error number. */
int store__write_all(int fd, const char *p, size_t size);

/* fsync of a folder by its path: what is new in it lasts. */
enum error_code store__sync_folder(const char *path, struct error *err);

/* ---- The file layer ---- */

/* What the WAL of a database that nobody has open says. */
struct store_wal {
    uint32_t frames, sound; /* in the file of this round; up to the first that is damaged or not there */
    uint32_t commits_lost;  /* commits whose end stands behind the first damage: they were on the disk once */
    bool bad_head;
};

/* Reads a WAL (a missing one is empty). SQLite itself takes a damaged frame for the end, as after a power cut it is.
 * But a cut damages the last commit only, as the next begins when this one is on the disk: where the ends of two
 * commits stand behind the damage (or the head is spoilt), the disk has lost what was safe. */
enum error_code store__wal_read(const char *path, struct store_wal *ret, struct error *err);
bool store__wal_damaged(const struct store_wal *wal);

/* Whether a frame (its head of 24 bytes, its page) has the sum that follows from that of the frame before it, which is
 * in `sum`; `sum` becomes that of this frame. */
bool store__wal_frame_sound(uint32_t sum[2], const unsigned char *head, const unsigned char *page, bool big);

enum { STORE_PAGE = 4096, STORE_PAGE_SUM = 8 };

/* A WAL file is a head and frames, each a head and a page; its numbers have their high bytes first. */
enum { STORE_WAL_HEAD = 32, STORE_FRAME_HEAD = 24, STORE_FRAME = STORE_FRAME_HEAD + STORE_PAGE };

static inline uint32_t store__get_big(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The name of the SQLite VFS that writes and proves page checksums; registered once. */
const char *store__vfs(void);

/* Whether a page of a database file has the checksum that belongs to its bytes and its number (from 0). Pages of
 * nothing but zeros count as sound: SQLite leaves holes where free pages are. */
bool store__page_sound(const void *page, uint64_t number);

/* Faults for tests: the nth operation from now on (from 1), and with `sticky` all after it, fails. Of the whole
 * process; STORE_FAULT_NONE ends it. */
enum store_fault { STORE_FAULT_NONE, STORE_FAULT_IO, STORE_FAULT_FULL, STORE_FAULT_SHORT };
void store__fault_set(enum store_fault fault, int64_t nth, bool sticky);

/* How many operations that could have failed were seen since store__fault_set. */
int64_t store__fault_seen(void);

/* What a file operation has to do about it: 0 (nothing), EIO, ENOSPC. For the files that do not go through SQLite. */
int store__fault_now(bool writes);

#endif
