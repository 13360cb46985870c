/* telephone: what an officer's telephone does, for tests of the second factor.
 *
 *   telephone code SEED STEP    the code so many steps of 30 seconds from now
 *   telephone wrong SEED        six digits that fit nowhere near now
 *   telephone picture           from the standard input a QR code as our pages draw it, "SIDE PATH"; writes it as PGM,
 *                               for a program that reads such codes
 */
#include "base/clock.h"
#include "base/str.h"

#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEP = 30, SEED_BYTES = 20, DOTS = 6, SIDE = 200 };

static int64_t now_step(void)
{
    return clock_now_micros() / 1000000 / STEP;
}

/* Base 32 (RFC 4648) of a seed. */
static str read_seed(const char *text, char bytes[SEED_BYTES])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint32_t bits = 0, count = 0, n = 0;
    for (; *text != '\0' && n < SEED_BYTES; text++) {
        const char *at = strchr(letters, *text);
        if (at == NULL) {
            break;
        }
        bits = bits << 5 | (uint32_t)(at - letters);
        count += 5;
        if (count >= 8) {
            count -= 8;
            bytes[n++] = (char)(bits >> count & 255);
        }
    }
    return (str){ bytes, n };
}

/* HOTP over the step (RFC 4226 5.3, RFC 6238 4.2), written once more: what our program shows is not asked of itself. */
static unsigned code_at(str seed, int64_t step)
{
    unsigned char counter[8], mac[EVP_MAX_MD_SIZE] = { 0 };
    for (int i = 0; i < 8; i++) {
        counter[i] = (unsigned char)(step >> (56 - 8 * i));
    }
    HMAC(EVP_sha1(), seed.ptr, (int)seed.len, counter, sizeof counter, mac, NULL);
    const unsigned char *at = mac + (mac[19] & 15);
    return (((unsigned)at[0] & 127) << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3]) % 1000000;
}

static int print_wrong(str seed)
{
    for (unsigned code = 0; code < 10; code++) {
        bool fits = false;
        for (int64_t step = -2; step <= 3; step++) {
            fits = fits || code_at(seed, now_step() + step) == code * 111111;
        }
        if (!fits) {
            printf("%06u\n", code * 111111);
            return 0;
        }
    }
    return 1;
}

/* The path has "M4 5h7v1h-7z" for seven dark dots: column, line, how many. */
static int print_picture(void)
{
    static char dots[SIDE][SIDE], text[1 << 16];
    text[fread(text, 1, sizeof text - 1, stdin)] = '\0';
    char *at;
    unsigned long side = strtoul(text, &at, 10);
    if (side == 0 || side > SIDE) {
        return 1;
    }
    while ((at = strchr(at, 'M')) != NULL) {
        unsigned long x = strtoul(at + 1, &at, 10), y = strtoul(at, &at, 10), width = strtoul(at + 1, &at, 10);
        for (unsigned long i = 0; i < width && x + i < side && y < side; i++) {
            dots[y][x + i] = 1;
        }
    }
    printf("P5 %lu %lu 255\n", side * DOTS, side * DOTS);
    for (unsigned long i = 0; i < side * DOTS * side * DOTS; i++) {
        putchar(dots[i / (side * DOTS) / DOTS][i % (side * DOTS) / DOTS] ? 0 : 255);
    }
    return 0;
}

int main(int argc, char **argv)
{
    char bytes[SEED_BYTES];
    str seed = argc > 2 ? read_seed(argv[2], bytes) : STR("");
    if (argc == 4 && strcmp(argv[1], "code") == 0) {
        printf("%06u\n", code_at(seed, now_step() + strtol(argv[3], NULL, 10)));
        return 0;
    }
    return argc == 3 && strcmp(argv[1], "wrong") == 0       ? print_wrong(seed)
           : argc == 2 && strcmp(argv[1], "picture") == 0 ? print_picture()
                                                            : 2;
}
