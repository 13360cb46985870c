/* password: Argon2id, few at a time, and random tokens. The memory of one hashing is 19 MiB: without a bound whoever
 * sends many logins at once would take the machine's. */
#include "people/people_int.h"

#include "text/utf8.h"

#include <assert.h>
#include <sodium.h>

/* OWASP's and ASVS's parameters for one lane: 2 passes over 19 MiB. */
enum { PASSES = 2, MEMORY = 19 << 20 };

static_assert(PEOPLE_HASH == crypto_pwhash_argon2id_STRBYTES, "people.h says how long a hash is");

/* Of no password: what is compared when there is nobody to compare with. Same parameters, so the same work. */
static const char nobody[] =
    "$argon2id$v=19$m=19456,t=2,p=1$Z29uZ3NoaSBub2JvZHkhIQ$bm9ib2R5IG5vYm9keSBub2JvZHkgbm9ib2R5ISEhISE";

/* ---- Places ---- */

static enum error_code take_place(struct people *p, struct error *err)
{
    pthread_mutex_lock(&p->lock);
    bool room = p->hashing < LIMIT_PEOPLE_HASHES || p->waiting < LIMIT_PEOPLE_HASHES_WAITING;
    if (room) {
        p->waiting++;
        while (p->hashing == LIMIT_PEOPLE_HASHES) {
            pthread_cond_wait(&p->hash_free, &p->lock);
        }
        p->waiting--;
        p->hashing++;
    }
    pthread_mutex_unlock(&p->lock);
    if (room) {
        return OK;
    }
    error_set(err, ERROR_LIMIT, "too many people are logging in at this moment");
    error_detail(err, "PEOPLE_HASHES_WAITING: at most %d", LIMIT_PEOPLE_HASHES_WAITING);
    error_hint(err, "try again in a few seconds");
    return ERROR_LIMIT;
}

static void give_place(struct people *p)
{
    pthread_mutex_lock(&p->lock);
    p->hashing--;
    pthread_cond_signal(&p->hash_free);
    pthread_mutex_unlock(&p->lock);
}

/* ---- Passwords ---- */

static enum error_code check_password(str password, const str *own, uint32_t own_count, struct error *err)
{
    if (password.len > LIMIT_PEOPLE_PASSWORD_BYTES) {
        error_set(err, ERROR_LIMIT, "the password is too long");
        error_detail(err, "PEOPLE_PASSWORD_BYTES: at most %d bytes", LIMIT_PEOPLE_PASSWORD_BYTES);
        return ERROR_LIMIT;
    }
    if (!utf8_valid(password)) {
        return error_set(err, ERROR_INVALID, "the password is no text");
    }
    if (utf8_count(password) < LIMIT_PEOPLE_PASSWORD_MIN) {
        error_set(err, ERROR_LIMIT, "the password is too short");
        error_detail(err, "PEOPLE_PASSWORD_MIN: at least %d characters", LIMIT_PEOPLE_PASSWORD_MIN);
        error_hint(err, "a sentence that only you would think of is good, and need not be learnt by heart");
        return ERROR_LIMIT;
    }
    uint32_t pieces = people__pieces(password, own, own_count);
    if (pieces < LIMIT_PEOPLE_PASSWORD_PIECES) {
        error_set(err, ERROR_LIMIT, "the password is easily guessed");
        error_detail(err, "PEOPLE_PASSWORD_PIECES: known words, names, dates, rows of keys and repetitions count as "
                     "one character each, which leaves %u of at least %d", pieces, LIMIT_PEOPLE_PASSWORD_PIECES);
        error_hint(err, "a sentence that only you would think of is good, and need not be learnt by heart");
        return ERROR_LIMIT;
    }
    return OK;
}

static enum error_code no_memory(struct error *err)
{
    error_set(err, ERROR_IO, "could not compute the password's hash: the machine is short of memory");
    return ERROR_IO;
}

enum error_code people__hash(struct people *p, str secret, char ret[PEOPLE_HASH], struct error *err)
{
    enum error_code code = take_place(p, err);
    if (code != OK) {
        return code;
    }
    char hash[PEOPLE_HASH];
    int failed = crypto_pwhash_str_alg(hash, secret.ptr, secret.len, PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13);
    give_place(p);
    if (failed != 0) {
        return no_memory(err);
    }
    memcpy(ret, hash, sizeof hash);
    return OK;
}

enum error_code people_password_hash(struct people *p, str password, const str *own, uint32_t own_count,
                                     char ret[PEOPLE_HASH], struct error *err)
{
    enum error_code code = check_password(password, own, own_count, err);
    return code == OK ? people__hash(p, password, ret, err) : code;
}

uint32_t people_own_names(struct people *p, struct store_view *v, struct arena *a, int64_t person,
                          str ret[PEOPLE_OWN])
{
    struct people_person who;
    const struct people_tree *tree;
    uint32_t count = 0;
    if (people_person(v, a, person, &who, NULL) != OK) {
        return 0;
    }
    ret[count++] = who.login;
    ret[count++] = who.name;
    if (people_tree(p, v, &tree, NULL) == OK) {
        const struct people_office *o = people_office(tree, who.office);
        for (; o != NULL && count < PEOPLE_OWN; o = o->above == UINT32_MAX ? NULL : &tree->offices[o->above]) {
            ret[count++] = arena_str(a, o->name);
        }
        people_tree_end(p, tree);
    }
    return count;
}

enum error_code people__password_is(struct people *p, str hash, str password, bool *ret, struct error *err)
{
    /* What is longer cannot be the password of anybody; it costs what another wrong one costs. */
    bool possible = hash.len > 0 && hash.len < PEOPLE_HASH && password.len <= LIMIT_PEOPLE_PASSWORD_BYTES;
    char stored[PEOPLE_HASH] = { 0 };
    memcpy(stored, possible ? hash.ptr : nobody, possible ? hash.len : sizeof nobody);
    enum error_code code = take_place(p, err);
    if (code != OK) {
        return code;
    }
    size_t length = password.len <= LIMIT_PEOPLE_PASSWORD_BYTES ? password.len : LIMIT_PEOPLE_PASSWORD_BYTES;
    int differs = crypto_pwhash_str_verify(stored, password.ptr, length);
    give_place(p);
    *ret = differs == 0 && possible;
    return OK;
}

/* Without i, l, o and u, which are taken for others when somebody reads them off a screen. */
void people__make_code(char *ret, size_t letters)
{
    enum { GROUP = 4 };
    static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
    for (size_t i = 0; i < letters; i++) {
        if (i > 0 && i % GROUP == 0) {
            *ret++ = '-';
        }
        *ret++ = alphabet[randombytes_uniform(sizeof alphabet - 1)];
    }
    *ret = '\0';
}

void people_password_make(char ret[PEOPLE_CODE])
{
    people__make_code(ret, 20);
}

str people__bare_code(str typed, char *into, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < typed.len && n < room; i++) {
        char c = typed.ptr[i];
        if (c != '-' && c != ' ') {
            into[n++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
    }
    return (str){ into, n };
}

void people__token(char ret[PEOPLE_TOKEN])
{
    unsigned char bytes[(PEOPLE_TOKEN - 1) / 2];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(ret, PEOPLE_TOKEN, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
}
