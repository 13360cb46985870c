/* backup_int: what backups, shipping, restoring and the doctor share.
 *
 *   file.c      whole files: hashing, copying, removing, blobs one by one
 *   manifest.c  the manifest of a copy          backup.c   making copies
 *   ship_log.c  the change log as bytes         ship.c     writing it, base copies
 *   restore.c   copies and log back into a data directory   doctor.c   looking for damage
 *   sqlite_copy.c   what of it SQLite does
 *
 * A copy is a folder:
 *
 *   gongshi.db             the database at one commit, page checksums included, without a WAL
 *   blobs/ab/cdef…         the blobs (of a base copy they lie in the shipping directory, shared by all copies)
 *   blobs.sha256           their hashes, in the form of sha256sum
 *   manifest.json          commit, schema, instant, rows of each table; size and hash of the two files above
 *   manifest.json.sha256   its hash, in the form of sha256sum
 *   keys                   the keys of personal data (keys.c), proven line by line; of a base copy they are those of
 *                          the shipping directory
 *
 * The manifest is written last: a folder without one is no copy.
 *
 * A shipping directory:
 *
 *   lock, blobs/, keys
 *   base-COMMIT-INSTANT/   base copies; names sort by time
 *   log-COMMIT             the change log from this commit on, in files; see ship_log.c
 */
#ifndef GONGSHI_STORE_BACKUP_INT_H
#define GONGSHI_STORE_BACKUP_INT_H

#include "store/store_int.h"

#include <openssl/evp.h>

enum { STORE_PATH = 4096, STORE_DIGEST = 32 };

/* ---- Files ---- */

/* Puts a path together; too long a one is cut, and then does not exist. */
void store__path(char *ret, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes a folder that may be there already. */
enum error_code store__make_folder(const char *path, struct error *err);

/* Hashes the file; when `to` is not NULL copies it there too and flushes it. With `pages` the file is a database, and a
 * page without its checksum is ERROR_IO. `ret_hash` has STORE_HASH + 1 bytes; `ret_size` may be NULL. */
enum error_code store__take_file(const char *from, const char *to, bool pages, char *ret_hash, uint64_t *ret_size,
                                 struct error *err);

enum error_code store__flush_file(const char *path, struct error *err);

/* Reads a whole file of at most `max` bytes. ERROR_MISSING: there is none. */
enum error_code store__read_file(struct arena *a, const char *path, size_t max, str *ret, struct error *err);

/* Writes a whole file under a name of its own, flushes it, gives it its name. The folder is not flushed. */
enum error_code store__write_file(const char *path, str bytes, struct error *err);

/* Removes what a folder holds, and with `itself` the folder. What is not there is no error. */
enum error_code store__remove(const char *path, bool itself, struct error *err);

/* The names in a folder that begin with `prefix`, sorted; NULL-terminated, from the arena. With a prefix, files that a
 * crash left half written (….new) are left out. */
enum error_code store__list(struct arena *a, const char *path, const char *prefix, const char ***ret,
                            uint32_t *ret_count, struct error *err);

/* Calls for each file in a folder of blobs, sorted: `hash` is the name without its slash, or NULL when the file is not
 * named as a blob is. Remains of a put that a crash ended (new-XXXXXX) are left out. Ends at the first error. */
typedef enum error_code store_blob_visit(void *context, const char *path, const char *hash, struct error *err);
enum error_code store__each_blob(const char *dir, store_blob_visit *visit, void *context, struct error *err);

/* SHA-256 of the pieces, in order. */
void store__digest(unsigned char ret[STORE_DIGEST], const str *pieces, uint32_t count);

/* Takes the lock of a directory: *ret is to be closed. ERROR_INVALID when another process has it. */
enum error_code store__lock_folder(const char *dir, bool create, int *ret, struct error *err);

/* ---- Manifests ---- */

struct store_manifest {
    int64_t commit, schema, at; /* at: an instant; all that the copy has was committed before */
    int64_t store;              /* which store: see ship.c; 0: it has no number */
    int64_t blobs, rows;
    char database[STORE_HASH + 1], list[STORE_HASH + 1];
    uint64_t database_size, list_size;
    const struct json *tables;  /* name and rows; of a manifest that was read */
};

/* Reads, and proves against the file beside it. ERROR_MISSING: there is none. */
enum error_code store__manifest_read(struct arena *a, const char *folder, struct store_manifest *ret,
                                     struct error *err);

/* What one look at a database file tells. */
struct store_look {
    int64_t commit, schema, store;
};

/* Writes the two files; the rows are counted in the database of the folder. */
enum error_code store__manifest_write(const char *folder, struct store_manifest *m, struct error *err);

/* ---- SQLite ---- */

/* A database file that nobody serves, opened so that nothing in its folder is changed; a WAL beside it counts. */
struct sqlite3;
enum error_code store__sqlite_peek(const char *path, struct sqlite3 **ret, struct error *err);
void store__sqlite_unpeek(struct sqlite3 *db);
enum error_code store__sqlite_look(struct sqlite3 *db, struct store_look *ret, struct error *err);
enum error_code store__sqlite_count(struct sqlite3 *db, str table, int64_t *ret, struct error *err);

/* integrity_check and foreign_key_check; what is wrong goes to `say`, at most 20 lines. */
typedef void store_say(void *context, str text);
enum error_code store__sqlite_prove(struct sqlite3 *db, store_say *say, void *context, struct error *err);

/* "20261122T020000Z" of an instant. */
void store__sqlite_stamp(int64_t at, char ret[20]);

/* ---- Copies ---- */

/* Makes a copy in an empty folder, its blobs in the folder `blobs`; all flushed but the folder's own name. Ends with
 * ERROR_INVALID when *stop becomes true; stop may be NULL. */
enum error_code store__copy(struct store *s, const char *folder, const char *blobs, const atomic_bool *stop,
                            struct store_manifest *ret, struct error *err);

/* ---- The change log ---- */

/* A place in the log. */
struct store_log {
    int fd;
    int64_t first;                      /* the commit that the file begins with */
    int64_t commit, at;                 /* of the last record; first - 1 when there is none */
    int64_t schema;                     /* likewise */
    int64_t store;
    int64_t end;                        /* bytes up to behind the last record */
    unsigned char chain[STORE_DIGEST];  /* hash of the last record, of the head when there is none */
    unsigned char before[STORE_DIGEST]; /* hash of the last record of the file before; zeros: nothing goes before */
};

/* What follows the last record. */
enum store_log_tail {
    STORE_LOG_RECORD,  /* another record, which was read */
    STORE_LOG_END,     /* nothing */
    STORE_LOG_TORN,    /* bytes without a later record behind them: it was being written, or the last one is damaged */
    STORE_LOG_DAMAGED, /* bytes with a later record behind them: as that was written, this one was on the disk */
};

/* Makes the file `path` for what follows after `log` (its chain is taken over, its descriptor closed). */
enum error_code store__log_create(struct store_log *log, const char *path, struct error *err);

/* Opens for reading and proves the head. ERROR_SYNTAX: it is not one. `write`: for appending, too. */
enum error_code store__log_open(struct store_log *log, const char *path, bool write, struct error *err);
void store__log_close(struct store_log *log);

/* Reads the next record into `bytes`. */
enum error_code store__log_next(struct store_log *log, struct buf *bytes, enum store_log_tail *ret, struct error *err);

/* The changes of a record that was read, and one after the other of them; false at the end, or when the bytes are none
 * (*ret_bad). */
str store__log_changes(const struct buf *bytes);
bool store__log_change(str *rest, str *ret, bool *ret_bad);

/* Makes the bytes of the record for the next commit. False: it is too large. */
bool store__log_make(struct store_log *log, struct store_request *const *done, uint32_t count, int64_t at,
                     int64_t schema, struct buf *bytes);

/* Writes them behind the last record and makes them the last; 0 or errno (then nothing has changed but bytes behind the
 * end). */
int store__log_append(struct store_log *log, const struct buf *bytes, int64_t at);

/* Applies a record that was read to a store without a writer, as one commit; its number in *ret_commit. */
enum error_code store__replay(struct store *s, const struct store_log *log, const struct buf *bytes,
                              int64_t *ret_commit, struct error *err);

/* ---- Shipping ---- */

/* Begins shipping when config.ship is set: after the migrations, before the writer. */
enum error_code store__ship_open(struct store *s, struct error *err);

/* Begins making base copies now and then: after the writer has begun. */
enum error_code store__ship_start(struct store *s, struct error *err);

/* Ends making base copies: while the writer still runs. */
void store__ship_stop(struct store *s);

/* Closes the log: after the writer. */
void store__ship_close(struct store *s);

/* Keeps a blob that the store has in the shipping directory too. */
enum error_code store__ship_blob(struct store *s, const char *hash, struct error *err);
enum error_code store__ship_erase(struct store *s, const char *hash, struct error *err);

/* The instant of the newest base copy; 0: no shipping. Any thread. */
int64_t store__ship_base_at(struct store *s);

#endif
