/* base64: see base64.h. */
#include "text/base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(str bytes, struct buf *out)
{
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t count = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t n = 0;
        for (size_t k = 0; k < 3; k++) {
            n = n << 8 | (k < count ? (unsigned char)bytes.ptr[i + k] : 0);
        }
        for (size_t k = 0; k < 4; k++) {
            buf_addc(out, k <= count ? letters[n >> (18 - 6 * k) & 63] : '=');
        }
    }
}

/* The value of a letter, or 64. */
static uint32_t value_of(char c)
{
    const char *at = c != '\0' ? strchr(letters, c) : NULL;
    return at != NULL ? (uint32_t)(at - letters) : 64;
}

bool base64_read(struct arena *a, str text, str *ret)
{
    size_t padding = 0, len = 0;
    char *bytes = arena_alloc(a, text.len / 4 * 3 + 3);
    uint32_t bits = 0;
    if (text.len % 4 != 0) {
        return false;
    }
    while (padding < 2 && padding < text.len && text.ptr[text.len - 1 - padding] == '=') {
        padding++;
    }
    size_t used = text.len - padding;
    for (size_t i = 0; i < used; i++) {
        uint32_t value = value_of(text.ptr[i]);
        if (value > 63) {
            return false;
        }
        bits = bits << 6 | value;
        if (i % 4 > 0) {
            bytes[len++] = (char)(bits >> (6 - 2 * (i % 4)) & 255);
        }
    }
    /* What the last letter says beyond the last byte is nothing. */
    bool clean = padding == 0 || (bits & (padding == 1 ? 3 : 15)) == 0;
    *ret = (str){ bytes, len };
    return clean;
}
