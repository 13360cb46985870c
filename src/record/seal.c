/* seal: personal values are kept encrypted, under a key of their owner that can be destroyed (store/keys.c). What
 * stands in rows is a commitment: it proves the value to whoever has it, and tells nothing, because the salt is sealed
 * too.
 *
 * The encrypted form is XChaCha20-Poly1305 over salt and value; its number and owner are authenticated with it, so that
 * no row can be put in the place of another.
 */
#include "record/party.h"

#include "base/limit.h"
#include "record/file.h"
#include "record/record_int.h"
#include "text/sha256.h"

#include <sodium.h>
#include <stdlib.h>

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    SALT = 16,
};

_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == STORE_KEY, "a key of the store fits");

static str bound_to(struct arena *a, int64_t id, str owner)
{
    return arena_printf(a, "%lld %.*s", (long long)id, STR_ARG(owner));
}

static feel_value commitment(struct arena *a, int64_t id, str salted)
{
    static const str names[] = { { "sealed", 6 }, { "commitment", 10 } };
    char hash[SHA256_TEXT];
    feel_value *values = ARENA_ARRAY(a, feel_value, 2);
    sha256_text(salted, hash);
    values[0] = feel_string(arena_printf(a, "%lld", (long long)id));
    values[1] = feel_string(arena_str(a, str_of(hash)));
    return feel_context(feel_shape_new(a, names, 2), values);
}

bool record_is_sealed(feel_value v)
{
    return v.kind == FEEL_CONTEXT && v.count == 2 && feel_member(v, "sealed").kind == FEEL_STRING &&
           feel_member(v, "commitment").kind == FEEL_STRING;
}

/* Salt and value, as they are encrypted. */
static str salted(struct arena *a, feel_value v)
{
    struct buf b = BUF_INIT(LIMIT_RECORD_SEALED);
    unsigned char salt[SALT];
    randombytes_buf(salt, sizeof salt);
    buf_add(&b, (str){ (const char *)salt, sizeof salt });
    feel_record_write(v, &b);
    str s = b.overflow ? STR("") : arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

enum error_code record_seal(const struct record_plan *plan, str owner, feel_value v, feel_value *ret,
                            struct error *err)
{
    unsigned char key[STORE_KEY];
    int64_t id;
    if (v.kind == FEEL_NULL || record_is_sealed(v)) {
        *ret = v;
        return OK;
    }
    str plain = salted(plan->arena, v);
    if (plain.len == 0) {
        error_set(err, ERROR_LIMIT, "a personal value is too large");
        error_detail(err, "limit %s = %d", "RECORD_SEALED", LIMIT_RECORD_SEALED);
        return ERROR_LIMIT;
    }
    if ((id = store_id(plan->record->store, err)) == 0) {
        return ERROR_IO;
    }
    enum error_code code = store_key(plan->record->store, owner, true, key, err);
    if (code != OK) {
        return code;
    }
    str bound = bound_to(plan->arena, id, owner);
    unsigned char *box = arena_calloc(plan->arena, 1, NONCE + plain.len + TAG);
    randombytes_buf(box, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE, NULL, (const unsigned char *)plain.ptr, plain.len,
                                               (const unsigned char *)bound.ptr, bound.len, NULL, box, key);
    sodium_memzero(key, sizeof key);
    struct store_value row[] = { store_int(id), store_text(owner), store_int(plan->now),
                                 store_bytes((str){ (const char *)box, NONCE + plain.len + TAG }) };
    store_insert(plan->change, STORE_TABLE_sealed, row);
    record_files_keep(plan->change, v, owner);
    *ret = commitment(plan->arena, id, plain);
    sodium_memzero((char *)plain.ptr, plain.len);
    return OK;
}

/* ---- Opening ---- */

struct box {
    str owner, bytes;
};

static bool read_box(struct store_view *v, struct arena *a, int64_t id, struct box *ret)
{
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, "SELECT owner, bytes FROM sealed WHERE id = ?", args, 1);
    bool there = store_next(r);
    if (there) {
        *ret = (struct box){ arena_str(a, store_column_text(r, 0)), arena_str(a, store_column_text(r, 1)) };
    }
    store_rows_end(r);
    return there && ret->bytes.len >= NONCE + TAG + SALT;
}

static enum error_code spoiled(int64_t id, struct error *err)
{
    error_set(err, ERROR_IO, "a sealed value is damaged");
    error_detail(err, "number %lld", (long long)id);
    return ERROR_IO;
}

static enum error_code open_box(struct record *r, struct arena *a, int64_t id, const struct box *box, str *ret,
                                struct error *err)
{
    unsigned char key[STORE_KEY];
    enum error_code code = store_key(r->store, box->owner, false, key, err);
    if (code != OK) {
        return code;
    }
    str bound = bound_to(a, id, box->owner);
    size_t len = box->bytes.len - NONCE - TAG;
    unsigned char *plain = arena_calloc(a, 1, len);
    const unsigned char *bytes = (const unsigned char *)box->bytes.ptr;
    int rc = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, bytes + NONCE, len + TAG,
                                                        (const unsigned char *)bound.ptr, bound.len, bytes, key);
    sodium_memzero(key, sizeof key);
    *ret = (str){ (const char *)plain, len };
    return rc == 0 ? OK : spoiled(id, err);
}

enum error_code record_unseal(struct record *r, struct store_view *v, struct arena *a, feel_value sealed,
                              feel_value *ret, struct error *err)
{
    struct box box;
    str plain;
    char hash[SHA256_TEXT];
    if (!record_is_sealed(sealed)) {
        *ret = sealed;
        return OK;
    }
    int64_t id = strtoll(arena_str(a, feel_text_member(sealed, "sealed")).ptr, NULL, 10);
    if (!read_box(v, a, id, &box)) {
        return spoiled(id, err);
    }
    enum error_code code = open_box(r, a, id, &box, &plain, err);
    if (code != OK) {
        return code;
    }
    sha256_text(plain, hash);
    if (!str_eq(str_of(hash), feel_text_member(sealed, "commitment"))) {
        return spoiled(id, err);
    }
    return feel_record_read(a, str_slice(plain, SALT, plain.len), ret, err);
}
