/* postgres_blob: blobs as rows of pieces. A blob has a number; its name, the SHA-256, is known only when all pieces are
 * written, so the row with the name comes last, in the same transaction. Who finds the name there already forgets his
 * pieces. Of a blob that was erased the row with the name stays, its size below 0.
 */
#include "base/limit.h"
#include "store/postgres_int.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <unistd.h>

enum { PIECE = LIMIT_STORE_PG_PIECE };

/* ---- Connections ---- */

static struct pg_session *take(struct store *s)
{
    struct postgres *p = s->back;
    pthread_mutex_lock(&p->lock);
    while (p->idle == NULL && p->made >= LIMIT_STORE_PG_BLOBS) {
        pthread_cond_wait(&p->came_back, &p->lock);
    }
    struct pg_session *x = p->idle;
    if (x != NULL) {
        p->idle = x->next;
    } else {
        x = ARENA_NEW(&s->arena, struct pg_session);
        p->made++;
    }
    pthread_mutex_unlock(&p->lock);
    return x;
}

static void give_back(struct store *s, struct pg_session *x)
{
    struct postgres *p = s->back;
    pthread_mutex_lock(&p->lock);
    x->next = p->idle;
    p->idle = x;
    pthread_cond_signal(&p->came_back);
    pthread_mutex_unlock(&p->lock);
}

/* ---- Keeping ---- */

/* The bytes of a blob from its beginning on. */
struct source {
    str bytes;
    int fd; /* -1: bytes */
    size_t at;
    char *piece; /* PIECE bytes, for fd */
};

/* The next piece, empty at the end; false with errno. */
static bool next_piece(struct source *from, str *ret)
{
    if (from->fd < 0) {
        size_t rest = from->bytes.len - from->at, size = rest < PIECE ? rest : PIECE;
        *ret = str_slice(from->bytes, from->at, from->at + size);
        from->at += size;
        return true;
    }
    size_t len = 0;
    while (len < PIECE) {
        ssize_t n = read(from->fd, from->piece + len, PIECE - len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n == 0) {
            break;
        }
        len += n > 0 ? (size_t)n : 0;
    }
    *ret = (str){ from->piece, len };
    return true;
}

static enum pg_trouble call(struct pg_session *x, enum pg_fixed which, const struct store_value *values, uint32_t count,
                            struct error *err)
{
    PGresult *res = NULL;
    enum pg_trouble trouble = store__pg_call(x, which, values, count, &res, err);
    store__pq.clear(res);
    return trouble;
}

static enum pg_trouble number_of(struct pg_session *x, int64_t *ret, struct error *err)
{
    PGresult *res = NULL;
    enum pg_trouble trouble = store__pg_call(x, PG_BLOB_NUMBER, NULL, 0, &res, err);
    *ret = trouble == PG_FINE ? store__pg_number(res, 0, 0) : 0;
    store__pq.clear(res);
    return trouble;
}

/* Writes and hashes all pieces. */
static enum error_code write_pieces(struct pg_session *x, int64_t number, struct source *from, EVP_MD_CTX *digest,
                                    int64_t *ret_size, struct error *err)
{
    int64_t size = 0;
    for (int64_t place = 0;; place++) {
        str piece;
        if (!next_piece(from, &piece)) {
            return store__io_error(err, "attachment", errno);
        }
        if (piece.len == 0) {
            break;
        }
        EVP_DigestUpdate(digest, piece.ptr, piece.len);
        size += (int64_t)piece.len;
        const struct store_value row[] = { store_int(number), store_int(place), store_bytes(piece) };
        if (call(x, PG_BLOB_PIECE, row, 3, err) != PG_FINE) {
            return err->code;
        }
    }
    *ret_size = size;
    return OK;
}

static void hash_text(EVP_MD_CTX *digest, char *ret)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    EVP_DigestFinal_ex(digest, bytes, &count);
    str_hex(bytes, count, ret);
}

/* Gives the pieces their name; *ret_new false: there was such a blob. */
static enum error_code name_blob(struct pg_session *x, int64_t number, int64_t size, const char *hash, bool *ret_new,
                                 struct error *err)
{
    const struct store_value row[] = { store_text(str_of(hash)), store_int(number), store_int(size) };
    PGresult *res = NULL;
    enum pg_trouble trouble = store__pg_call(x, PG_BLOB, row, 3, &res, err);
    *ret_new = trouble == PG_FINE && store__pq.ntuples(res) > 0;
    store__pq.clear(res);
    return trouble == PG_FINE ? OK : err->code;
}

static enum error_code put(struct pg_session *x, struct source *from, EVP_MD_CTX *digest, char *ret_hash,
                           struct error *err)
{
    int64_t number, size = 0;
    bool is_new = false;
    enum error_code code = call(x, PG_BEGIN, NULL, 0, err) == PG_FINE && number_of(x, &number, err) == PG_FINE
                               ? write_pieces(x, number, from, digest, &size, err) : err->code;
    if (code == OK) {
        hash_text(digest, ret_hash);
        code = name_blob(x, number, size, ret_hash, &is_new, err);
    }
    if (code == OK && is_new) {
        return call(x, PG_COMMIT, NULL, 0, err) == PG_FINE ? OK : err->code;
    }
    store__pg_run(x, "ROLLBACK", NULL);
    return code;
}

enum error_code store__pg_blob_put(struct store *s, str bytes, int fd, char *ret, struct error *err)
{
    struct error own = { .lang = err == NULL ? LANG_EN : err->lang };
    struct arena a = ARENA_INIT;
    struct source from = { bytes, fd, 0, fd < 0 ? NULL : arena_alloc(&a, PIECE) };
    struct pg_session *x = take(s);
    char hash[STORE_HASH + 1] = "";
    enum error_code code = store__pg_connect(s, x, false, &own);
    if (code == OK) { /* a connection that lay idle may be lost; what was read cannot be read again */
        code = store__pg_run(x, "SELECT 1", &own) == PG_LOST ? store__pg_connect(s, x, false, &own) : OK;
    }
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_DigestInit_ex(digest, EVP_sha256(), NULL);
    code = code == OK ? put(x, &from, digest, hash, &own) : code;
    EVP_MD_CTX_free(digest);
    give_back(s, x);
    arena_release(&a);
    if (code == OK) {
        memcpy(ret, hash, sizeof hash);
    } else if (err != NULL) {
        *err = own;
    }
    return code;
}

/* ---- Reading ---- */

static enum error_code missing(const char *hash, struct error *err)
{
    enum error_code code = error_set(err, ERROR_MISSING, "there is no such attachment in the store");
    error_detail(err, "%.64s", hash);
    return code;
}

static enum error_code find(struct pg_session *x, const char *hash, int64_t *ret_number, uint64_t *ret_size,
                            struct error *err)
{
    PGresult *res = NULL;
    const struct store_value name = store_text(str_of(hash));
    if (store__pg_call(x, PG_BLOB_FIND, &name, 1, &res, err) != PG_FINE) {
        return err->code;
    }
    bool found = store__pq.ntuples(res) > 0;
    int64_t size = found ? store__pg_number(res, 0, 1) : 0;
    if (found && size >= 0) {
        *ret_number = store__pg_number(res, 0, 0);
        *ret_size = (uint64_t)size;
    }
    store__pq.clear(res);
    return !found ? missing(hash, err) : size < 0 ? store__blob_gone(hash, err) : OK;
}

/* What one piece has from an offset on. */
static enum error_code read_piece(struct pg_session *x, int64_t number, uint64_t offset, char *into, size_t size,
                                  size_t *ret, struct error *err)
{
    PGresult *res = NULL;
    const struct store_value args[] = { store_int(number), store_int((int64_t)(offset / PIECE)),
                                        store_int((int64_t)(offset % PIECE) + 1), store_int((int64_t)size) };
    if (store__pg_call(x, PG_BLOB_READ, args, 4, &res, err) != PG_FINE) {
        return err->code;
    }
    size_t n = store__pq.ntuples(res) > 0 ? (size_t)store__pq.getlength(res, 0, 0) : 0;
    n = n < size ? n : size;
    if (n > 0) {
        memcpy(into, store__pq.getvalue(res, 0, 0), n);
    }
    store__pq.clear(res);
    *ret = n;
    return OK;
}

static enum error_code read_blob(struct pg_session *x, const char *hash, uint64_t offset, char *into, size_t size,
                                 size_t *ret, struct error *err)
{
    int64_t number;
    uint64_t whole;
    size_t done = 0;
    enum error_code code = find(x, hash, &number, &whole, err);
    while (code == OK && done < size && offset + done < whole) {
        size_t left = PIECE - (size_t)((offset + done) % PIECE), n = 0;
        left = left < size - done ? left : size - done;
        code = read_piece(x, number, offset + done, into + done, left, &n, err);
        if (code == OK && n == 0) {
            code = error_set(err, ERROR_IO, "the database is damaged");
        }
        done += n;
    }
    if (code == OK) {
        *ret = done;
    }
    return code;
}

/* Reads or asks for the size, on a connection that is there; once more on a new one when it was lost. */
static enum error_code look(struct store *s, const char *hash, uint64_t offset, char *into, size_t size, size_t *ret,
                            uint64_t *ret_size, struct error *err)
{
    struct error own = { .lang = err == NULL ? LANG_EN : err->lang };
    struct pg_session *x = take(s);
    enum error_code code = ERROR_IO;
    for (int tries = 0; code == ERROR_IO && tries < 2 && (tries == 0 || x->db == NULL); tries++) {
        int64_t number;
        code = store__pg_connect(s, x, false, &own);
        if (code == OK) {
            code = ret_size != NULL ? find(x, hash, &number, ret_size, &own)
                                    : read_blob(x, hash, offset, into, size, ret, &own);
        }
    }
    give_back(s, x);
    if (code != OK && err != NULL) {
        *err = own;
    }
    return code;
}

enum error_code store__pg_blob_read(struct store *s, const char *hash, uint64_t offset, void *into, size_t size,
                                    size_t *ret, struct error *err)
{
    return look(s, hash, offset, into, size, ret, NULL, err);
}

enum error_code store__pg_blob_size(struct store *s, const char *hash, uint64_t *ret, struct error *err)
{
    return look(s, hash, 0, NULL, 0, NULL, ret, err);
}

/* ---- Erasing ---- */

/* Within a transaction: the name keeps its row, the pieces go. */
static enum error_code take_pieces(struct pg_session *x, const char *hash, struct error *err)
{
    PGresult *res = NULL;
    const struct store_value name = store_text(str_of(hash));
    if (store__pg_call(x, PG_BLOB_TAKE, &name, 1, &res, err) != PG_FINE) {
        return err->code;
    }
    bool there = store__pq.ntuples(res) > 0;
    const struct store_value number = store_int(there ? store__pg_number(res, 0, 0) : 0);
    store__pq.clear(res);
    return !there || call(x, PG_BLOB_EMPTY, &number, 1, err) == PG_FINE ? OK : err->code;
}

enum error_code store__pg_blob_erase(struct store *s, const char *hash, struct error *err)
{
    struct error own = { .lang = err == NULL ? LANG_EN : err->lang };
    struct pg_session *x = take(s);
    enum error_code code = ERROR_IO;
    for (int tries = 0; code == ERROR_IO && tries < 2 && (tries == 0 || x->db == NULL); tries++) {
        code = store__pg_connect(s, x, false, &own);
        code = code == OK && call(x, PG_BEGIN, NULL, 0, &own) != PG_FINE ? own.code : code;
        code = code == OK ? take_pieces(x, hash, &own) : code;
        code = code == OK && call(x, PG_COMMIT, NULL, 0, &own) != PG_FINE ? own.code : code;
        if (code != OK) {
            store__pg_run(x, "ROLLBACK", NULL);
        }
    }
    give_back(s, x);
    if (code != OK && err != NULL) {
        *err = own;
    }
    return code;
}
