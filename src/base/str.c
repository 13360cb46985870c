/* str: the few functions that are not inline. */
#include "base/str.h"

#include <sys/random.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

str str_trim(str s)
{
    while (s.len > 0 && is_space(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_space(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

/* ---- SipHash-1-3 (Aumasson and Bernstein) ---- */

static uint64_t hash_key[2];

/* Before the constructors of modules, which may fill tables. Without random bytes from the system the address of the
 * program in memory has to do. */
__attribute__((constructor(101))) static void draw_hash_key(void)
{
    if (getrandom(hash_key, sizeof hash_key, GRND_NONBLOCK) != (ssize_t)sizeof hash_key) {
        hash_key[0] = (uint64_t)(uintptr_t)&hash_key;
        hash_key[1] = (uint64_t)(uintptr_t)&draw_hash_key;
    }
}

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void round_once(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    round_once(v);
    v[0] ^= word;
}

uint32_t str_hash(str s)
{
    uint64_t v[4] = { hash_key[0] ^ 0x736F6D6570736575u, hash_key[1] ^ 0x646F72616E646F6Du,
                      hash_key[0] ^ 0x6C7967656E657261u, hash_key[1] ^ 0x7465646279746573u };
    uint64_t last = (uint64_t)s.len << 56;
    size_t at = 0;
    for (; s.len - at >= sizeof last; at += sizeof last) {
        uint64_t word;
        memcpy(&word, s.ptr + at, sizeof word);
        absorb(v, word);
    }
    for (size_t i = 0; at + i < s.len; i++) {
        last |= (uint64_t)(unsigned char)s.ptr[at + i] << 8 * i;
    }
    absorb(v, last);
    v[2] ^= 0xFF;
    for (int i = 0; i < 3; i++) {
        round_once(v);
    }
    return (uint32_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

void str_hex(const void *bytes, size_t size, char *ret)
{
    const unsigned char *p = bytes;
    for (size_t i = 0; i < size; i++) {
        ret[2 * i] = "0123456789abcdef"[p[i] >> 4];
        ret[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
    }
    ret[2 * size] = '\0';
}
