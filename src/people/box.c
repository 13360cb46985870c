/* box: what people of outside have told of themselves is kept encrypted, under keys that are not in the database
 * (store/keys.c): whoever reads the database or its change log alone learns no number and no address.
 *
 * XChaCha20-Poly1305; the number of the row and the name of the key are authenticated, so that no box can be put in the
 * place of another. */
#include "people/people_int.h"

#include <sodium.h>

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
};

_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == STORE_KEY, "a key of the store fits");
_Static_assert(crypto_auth_hmacsha256_KEYBYTES == STORE_KEY, "and as one of a HMAC");

static str bound_to(struct arena *a, int64_t id, str key)
{
    return arena_printf(a, "%lld %.*s", (long long)id, STR_ARG(key));
}

enum error_code people__box(struct people *p, struct arena *a, str key, int64_t id, str plain, str *ret,
                            struct error *err)
{
    unsigned char secret[STORE_KEY];
    enum error_code code = store_key(p->store, key, true, secret, err);
    if (code != OK) {
        return code;
    }
    str bound = bound_to(a, id, key);
    unsigned char *box = arena_calloc(a, 1, NONCE + plain.len + TAG);
    randombytes_buf(box, NONCE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE, NULL, (const unsigned char *)plain.ptr, plain.len,
                                               (const unsigned char *)bound.ptr, bound.len, NULL, box, secret);
    sodium_memzero(secret, sizeof secret);
    *ret = (str){ (const char *)box, NONCE + plain.len + TAG };
    return OK;
}

enum error_code people__unbox(struct people *p, struct arena *a, str key, int64_t id, str box, str *ret,
                              struct error *err)
{
    unsigned char secret[STORE_KEY];
    if (box.len < NONCE + TAG) {
        return error_set(err, ERROR_IO, "a sealed value is damaged");
    }
    enum error_code code = store_key(p->store, key, false, secret, err);
    if (code != OK) {
        return code;
    }
    str bound = bound_to(a, id, key);
    size_t len = box.len - NONCE - TAG;
    unsigned char *plain = arena_calloc(a, 1, len + 1);
    const unsigned char *bytes = (const unsigned char *)box.ptr;
    int differs = crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, bytes + NONCE, len + TAG,
                                                             (const unsigned char *)bound.ptr, bound.len, bytes,
                                                             secret);
    sodium_memzero(secret, sizeof secret);
    if (differs != 0) {
        error_set(err, ERROR_IO, "a sealed value is damaged");
        error_detail(err, "number %lld", (long long)id);
        return ERROR_IO;
    }
    *ret = (str){ (const char *)plain, len };
    return OK;
}

enum error_code people__mac(struct people *p, str text, char ret[PEOPLE_TOKEN], struct error *err)
{
    unsigned char secret[STORE_KEY], mac[crypto_auth_hmacsha256_BYTES];
    enum error_code code = store_key(p->store, STR("accounts"), true, secret, err);
    if (code == OK) {
        crypto_auth_hmacsha256(mac, (const unsigned char *)text.ptr, text.len, secret);
        sodium_bin2hex(ret, PEOPLE_TOKEN, mac, sizeof mac);
        sodium_memzero(secret, sizeof secret);
    }
    return code;
}
