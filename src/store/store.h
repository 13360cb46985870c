/* store: everything that lasts. One SQLite file in a data directory, or a PostgreSQL database: the same calls, the same
 * results, the same tests.
 *
 * Vocabulary
 *   view     a consistent picture of all rows at one instant, to read from
 *   change   the rows that one unit of work writes, with the guards it depends on; made by the caller over a view
 *   unit     the applying of one change: all of it or nothing
 *   lane     interactive units go before bulk units
 *   commit   what makes units durable: many at once, with one flush of the disk
 *   series   a named row of numbers without gaps: dossier numbers, document numbers
 *   queue    rows of work that one of many workers takes for a time
 *   blob     bytes named by their SHA-256: attachments, documents
 *   shipping writing each committed change to a log that a backup is rolled forward with
 *
 * Plan, then apply. A caller opens a view, reads, thinks as long as it must (at most STORE_VIEW_MS), makes a change and
 * hands it in. One thread applies changes; it evaluates nothing, parses nothing, renders nothing. Where a guard no
 * longer holds the unit is STALE, and the caller plans again over a new view. An answer is given only when the commit
 * is on the disk.
 *
 * Invariants
 *   1. A unit that was answered DONE is never lost: not by kill -9, not by a power cut, not by a full disk.
 *   2. What one unit suffers (stale, constraint, full disk, interrupt) costs no other unit of the same commit its
 *      result.
 *   3. A number of a series is given once, and none is left out.
 *   4. After an error of the disk during a commit nobody knows what it holds: config.fatal is called and must not
 *      return. What was done is found again by idempotency keys.
 *   5. No column is NULL: absent is 0 or empty.
 *
 * Rows. A table has its columns in the order of the migration, the primary key first. A table that guards has a
 * column `version`: insert writes 1, each update compares it and adds 1. Instants are microseconds since 1970 UTC.
 */
#ifndef GONGSHI_STORE_STORE_H
#define GONGSHI_STORE_STORE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

struct store;

/* ---- Opening ---- */

struct store_config {
    const char *where;   /* a directory, or postgres://… (also postgresql://…) */
    bool create;         /* the directory or the schema may be made; otherwise ERROR_MISSING with the command to run */
    const char *ship;    /* a directory for the change log and base copies, or NULL: no shipping */
    const char *keys;    /* the file of keys on PostgreSQL, NULL: none; a directory has its own, `keys` */
    bool check_later;    /* the database is read for damage while it is in use already, which for a large one takes as
                          * long as its first pages; damage is fatal then. Each page is proven when it is used anyway */
    bool upgrade;        /* an older schema is migrated, after a backup; otherwise ERROR_INVALID with the command */
    /* Called on the writer's thread when going on could lose data; must not return, nor call the store. NULL: the
     * message on stderr, then _exit(3). */
    void (*fatal)(void *context, const struct error *err);
    void *context;
};

/* Opens, verifies and starts the writer. Refused are: a directory in use (ERROR_INVALID naming the process), a schema
 * newer than this program, a database of up to STORE_CHECK bytes that is damaged (ERROR_IO). */
enum error_code store_open(const struct store_config *config, struct store **ret, struct error *err);

/* Applies what waits, commits, closes. Nothing may be in use any more. */
void store_close(struct store *s);

/* ---- Values and tables ---- */

enum store_kind {
    STORE_INT,    /* int64 */
    STORE_TEXT,   /* UTF-8 without NUL */
    STORE_BYTES,
    STORE_TAKEN,  /* only in changes: the number that store_take gave, by its place in the change */
    STORE_KEEP,   /* only in updates: the column stays as it is */
};

struct store_value {
    enum store_kind kind;
    union {
        int64_t number;
        str text;
    };
};

static inline struct store_value store_int(int64_t n)
{
    return (struct store_value){ STORE_INT, { .number = n } };
}

static inline struct store_value store_text(str s)
{
    return (struct store_value){ STORE_TEXT, { .text = s } };
}

static inline struct store_value store_bytes(str s)
{
    return (struct store_value){ STORE_BYTES, { .text = s } };
}

static inline struct store_value store_keep(void)
{
    return (struct store_value){ STORE_KEEP, { .number = 0 } };
}

struct store_table {
    const char *name;
    const char *const *columns; /* in the order of the migration, the key first */
    uint32_t column_count;
    uint32_t key_count;
    int32_t version;            /* the place of the column `version`, or -1 */
};

/* All tables of the schema: STORE_TABLE_dossier and so on. */
enum store_table_slot {
#define TABLE(name, key_count, ...) STORE_TABLE_##name,
#include "store/tables.def"
#undef TABLE
    STORE_TABLES
};

/* The table of a slot; its columns are those of tables.def. */
const struct store_table *store_table(enum store_table_slot slot);

/* ---- Reading ---- */

struct store_view;
struct store_rows;

/* Takes a connection of the pool (waits for one at most STORE_VIEW_MS, then ERROR_LIMIT) and fixes the picture. */
enum error_code store_view(struct store *s, struct store_view **ret, struct error *err);

/* Gives the connection back. All rows of the view must be ended. */
void store_view_end(struct store_view *v);

/* The last commit that the picture has, so that what was made of one picture may be kept for the next; 0: it cannot be
 * told (PostgreSQL), and nothing is to be kept. */
int64_t store_view_commit(const struct store_view *v);

/* Runs a SELECT of the common subset, its places written `?`. `sql` is a literal: its address names the prepared
 * statement. Never NULL; an error is kept in the view and gives no rows. A view that has become too old (STORE_VIEW_MS)
 * gives none either. */
struct store_rows *store_query(struct store_view *v, const char *sql, const struct store_value *args, uint32_t count);

/* Moves to the next row; false at the end. */
bool store_next(struct store_rows *r);
int64_t store_column_int(struct store_rows *r, uint32_t column);
/* Also bytes, and the digits of an integer; valid until the next row. */
str store_column_text(struct store_rows *r, uint32_t column);
void store_rows_end(struct store_rows *r);

/* The first error of the view; OK when there was none. To be asked once, after reading and before acting. */
enum error_code store_view_error(const struct store_view *v, struct error *err);

/* ---- Changing ---- */

struct store_change; /* lives in the arena it was made in */

struct store_change *store_change(struct arena *a);
uint32_t store_change_rows(const struct store_change *c);

/* Rows have all columns of the table; the texts are copied into the arena. At most STORE_UNIT_ROWS in a change. */
void store_insert(struct store_change *c, enum store_table_slot t, const struct store_value *row);

/* The row of the same key. With a `version` column: only if it still has the version in `row`, and then it gets the
 * next one; otherwise the unit is STALE. */
void store_update(struct store_change *c, enum store_table_slot t, const struct store_value *row);

/* Insert, or take the place of the row of the same key; for tables without version. */
void store_put(struct store_change *c, enum store_table_slot t, const struct store_value *row);

/* The first row inserted so far that has this number in a column, with all its columns; false: none. What a unit has
 * inserted is in no view before it is committed. Its texts are those of the change. */
bool store_inserted(const struct store_change *c, enum store_table_slot t, uint32_t column, int64_t number,
                    struct store_value *ret_row);

/* How many rows the change adds to a table whose first column is this text. */
uint32_t store_inserted_count(const struct store_change *c, enum store_table_slot t, str first);

/* `version` is compared when the table has one (0: whatever it is). A row that is not there: STALE when a version was
 * given, otherwise nothing. */
void store_delete(struct store_change *c, enum store_table_slot t, const struct store_value *key, int64_t version);

/* The unit is STALE unless the row has this version; version 0: unless there is no such row. */
void store_guard(struct store_change *c, enum store_table_slot t, const struct store_value *key, int64_t version);

/* The next number of a series (from 1), taken when the unit is applied, after all rows without numbers. The value may
 * stand in any later row of the same change; rows that have it are written last. */
struct store_value store_take(struct store_change *c, str series);

/* The words of a thing for store_search, instead of those it had; an empty text forgets it. `kind` groups, e.g.
 * "notice". No personal field may ever come here. */
void store_words(struct store_change *c, str kind, int64_t id, str text);

/* A place in a change to come back to: store_rewind forgets what was added since, and what was wrong with it. */
struct store_mark {
    size_t plain, series, late;
    uint32_t rows, taken;
    int problem;
};

struct store_mark store_mark(const struct store_change *c);
void store_rewind(struct store_change *c, struct store_mark mark);

/* False when the change would be refused as it is: too large, or a text that is none. */
bool store_change_sound(const struct store_change *c, struct error *err);

enum store_lane { STORE_INTERACTIVE, STORE_BULK };

enum store_outcome {
    STORE_DONE,     /* durable */
    STORE_STALE,    /* a guard did not hold: plan again */
    STORE_EXISTS,   /* an inserted key is there already; result.table says where */
    STORE_REFUSED,  /* a constraint or a limit; result.error says which. Planning again would not help */
    STORE_FULL,     /* the queue is full: later (503, Retry-After) */
    STORE_READONLY, /* the disk is full: nothing can be written until there is room; the store looks by itself */
    STORE_UNKNOWN,  /* the connection was lost while committing: ask by idempotency key */
    STORE_OUTCOMES
};

const char *store_outcome_name(enum store_outcome outcome);

struct store_result {
    enum store_outcome outcome;
    int64_t commit;               /* counts the commits of the store; of STORE_DONE */
    enum store_table_slot table;  /* of EXISTS and STALE */
    const int64_t *taken;         /* the numbers, in the order of store_take; live as the change */
    uint32_t taken_count;
    struct error error;           /* of all but DONE: words for the log and the page, in English */
};

/* Called once, on the writer's thread: must only note the result and wake somebody. */
typedef void store_done(void *context, const struct store_result *result);

/* Hands a change in; it must live until `done`, which may be called before this returns. */
void store_submit(struct store *s, struct store_change *c, enum store_lane lane, store_done *done, void *context);

/* The same, waiting. For threads that may wait: commands, workers, tests; never a loop. */
struct store_result store_commit(struct store *s, struct store_change *c, enum store_lane lane);

/* ---- Ids, leases, queues ---- */

/* A number that no other call on any server has given or will give; not without gaps, rising within one process.
 * 0: none could be got (the error is in `err`). */
int64_t store_id(struct store *s, struct error *err);

/* Takes or renews the lease of a name until `until`; false: another holder has it (or nothing can be written). Renewing
 * in time keeps it. Waits for a commit, as store_lease_end, store_pop and now and then store_id do: never in a loop. */
bool store_lease(struct store *s, str name, str holder, int64_t now, int64_t until);
void store_lease_end(struct store *s, str name, str holder);

struct store_item {
    int64_t id, version; /* of the row of table `queue`, as it now is: finish it with store_delete and this version */
    int64_t tries;       /* how often it was taken, this time included */
    int64_t dossier, wait;
    str body;
};

/* Takes at most `max` rows (STORE_POP) of a queue that are ready at `now`, those first that have been ready longest,
 * until `until`. Each is given to one worker only: its `ready` and `leased` become `until`, so an item that is neither
 * deleted nor put off by then is ready, and given, again. */
uint32_t store_pop(struct store *s, str queue, str holder, int64_t now, int64_t until, uint32_t max, struct arena *a,
                   const struct store_item **ret);

/* ---- Search ---- */

/* The ids of a kind whose words have all of `text`'s, newest (largest id) first, below `before` (INT64_MAX: from the
 * top); returns how many, at most `max`. Chinese is cut into pairs of characters, other scripts into words without
 * case; so a word of two characters is found. */
uint32_t store_search(struct store_view *v, str kind, str text, int64_t before, uint32_t max, int64_t *ret);

/* The words of a text as both back ends keep them, separated by blanks. Pure. */
void store_tokens(str text, struct buf *out);

/* ---- Blobs ---- */

enum { STORE_HASH = 64 }; /* SHA-256 in lower-case hexadecimal */

/* The SHA-256 of bytes; `ret` has STORE_HASH + 1 bytes. Pure. */
void store_hash(str bytes, char *ret);

/* The same of a file that is open for reading; its position stays. ERROR_IO. */
enum error_code store_hash_file(int fd, char *ret, struct error *err);

/* Keeps bytes; durable when it returns, before any row names them. `ret` has STORE_HASH + 1 bytes. */
enum error_code store_blob_put(struct store *s, str bytes, char *ret, struct error *err);

/* The same from a file that is open for reading, in pieces. */
enum error_code store_blob_put_file(struct store *s, int fd, char *ret, struct error *err);

/* Reads at most `size` bytes from `offset` into `into`; *ret 0 at the end. ERROR_MISSING: no such blob. */
enum error_code store_blob_read(struct store *s, const char *hash, uint64_t offset, void *into, size_t size,
                                size_t *ret, struct error *err);
enum error_code store_blob_size(struct store *s, const char *hash, uint64_t *ret, struct error *err);

/* Erases a blob, here and in the shipping directory; durable when it returns. What is left tells the erasure from
 * damage; reading says ERROR_MISSING then. No error when there is none, or was. Whoever puts the same bytes again has
 * them again. */
enum error_code store_blob_erase(struct store *s, const char *hash, struct error *err);

/* ---- Keys ---- */

enum { STORE_KEY = 32 };

/* The secret key of a name, from a file beside the database (keys.c); with `make` one is made where there was none.
 * Durable no later than the next change that is. ERROR_MISSING: there is none, or it was destroyed, and then none is
 * made again. To be wiped after use. */
enum error_code store_key(struct store *s, str name, bool make, unsigned char ret[STORE_KEY], struct error *err);

/* Destroys it for ever, here and in the shipping directory; no error when there is none. */
enum error_code store_key_destroy(struct store *s, str name, struct error *err);

/* ---- Backup ---- */

/* A copy of a running store into an empty or new directory: database, blobs, and a manifest with the hash of each file
 * and the commit it stands for. */
enum error_code store_backup(struct store *s, const char *to, struct error *err);

/* A copy that stands in a folder. */
struct store_copy {
    str name;            /* of its folder, in the one that was looked at */
    int64_t at, commit;  /* everything committed before that instant is in it; its last commit */
    int64_t rows, blobs, bytes; /* bytes: of the database */
};

/* The copies in a folder of copies, at most `max`, newest first, in the arena. What is no whole copy is passed over; a
 * folder that is not there has none. */
enum error_code store_copies(const char *folder, struct arena *a, uint32_t max, const struct store_copy **ret,
                             uint32_t *ret_count, struct error *err);

struct store_verdict {
    int64_t commit;          /* the last commit that the restored store has */
    int64_t rows, blobs;
    int64_t erased;          /* blobs that an erasure has taken, not among `blobs` */
    uint32_t changes;        /* replayed from the log after the base copy */
    uint32_t skipped;        /* damaged base copies that an older one stands in for */
    bool gap;                /* the log goes on after a hole: what follows it was not replayed */
    bool torn;               /* the log ends with half a record: one that was being written, or damage */
};

/* Makes a data directory from a backup, or from a shipping directory (the newest base copy and the log after it, up to
 * `until` (an instant, INT64_MAX: all)). Everything is proven beside `to` first; an existing `to` is moved aside, never
 * wiped. */
enum error_code store_restore(const char *from, const char *to, int64_t until, struct store_verdict *ret,
                              struct error *err);

/* The same into a scratch directory that is removed afterwards. */
enum error_code store_verify_restore(const char *from, struct store_verdict *ret, struct error *err);

/* ---- Health ---- */

struct store_finding {
    str file;  /* within the data directory */
    str text;  /* what is wrong with it, in the language of err */
};

/* Reads every byte of the store and says what is wrong: pages, indexes, WAL, blobs, change log. The directory must not
 * be served. Findings are allocated from `a`; OK when it could look everywhere. */
enum error_code store_doctor(const char *where, struct arena *a, const struct store_finding **ret, uint32_t *ret_count,
                             struct error *err);

struct store_figures {
    bool read_only;          /* the disk is full */
    uint32_t waiting;        /* units in the queue */
    int64_t commit;          /* the last */
    uint64_t units, commits; /* since opening */
    double busy;             /* share of the time that the writers worked, since the last call */
    double apply_us;         /* mean per unit, since the last call */
    double flush_us;         /* mean per commit, since the last call */
    int64_t base_at;         /* of the newest base copy in the shipping directory, an instant; 0: no shipping. When it
                              * is older than STORE_BASE_HOURS and what a copy takes, making one does not succeed */
    int64_t room;            /* bytes that are free where the data directory is; -1: not known */
};

/* May be called at any time; the means begin anew with each call. */
void store_figures(struct store *s, struct store_figures *ret);

/* Frees cached statements and memory that only peaks need; to be called now and then. */
void store_forget(struct store *s);

/* "SQLite 3.40.1" or "PostgreSQL 15.20", with a remark where the version has a known fault. */
void store_describe(const struct store *s, struct buf *out);

#endif
