/* party_code: the unified social credit code, GB 32100-2015, and the organisation code in it, GB 11714. */
#include "record/party.h"

enum { LENGTH = 18, BODY = 17, INNER = 8, INNER_FROM = 8, REGION_FROM = 2, REGION_TO = 8 };

static int value_of(char c)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const char *at = c == '\0' ? NULL : strchr(alphabet, c);
    return at == NULL ? -1 : (int)(at - alphabet);
}

static char check_digit(str code)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0, weight = 1; /* 3^i mod 31 */
    for (size_t i = 0; i < BODY; i++) {
        sum += value_of(code.ptr[i]) * weight;
        weight = weight * 3 % 31;
    }
    return alphabet[(31 - sum % 31) % 31];
}

static bool inner_sound(str code)
{
    static const int weights[INNER] = { 3, 7, 9, 10, 5, 8, 4, 2 };
    int sum = 0;
    for (size_t i = 0; i < INNER; i++) {
        char c = code.ptr[INNER_FROM + i];
        sum += (c <= '9' ? c - '0' : c - 'A' + 10) * weights[i];
    }
    int check = 11 - sum % 11;
    char expected = check == 10 ? 'X' : check == 11 ? '0' : (char)('0' + check);
    return code.ptr[INNER_FROM + INNER] == expected;
}

struct party_code party_code_look(str code)
{
    struct party_code c = { .fault = PARTY_CODE_LENGTH };
    if (code.len != LENGTH) {
        return c;
    }
    for (uint32_t i = 0; i < LENGTH; i++) {
        bool region = i >= REGION_FROM && i < REGION_TO;
        if (value_of(code.ptr[i]) < 0 || (region && value_of(code.ptr[i]) > 9)) {
            c.fault = value_of(code.ptr[i]) < 0 ? PARTY_CODE_LETTER : PARTY_CODE_REGION;
            c.place = i + 1;
            return c;
        }
    }
    c.expected = check_digit(code);
    c.inner = inner_sound(code);
    c.fault = code.ptr[BODY] == c.expected ? PARTY_CODE_SOUND : PARTY_CODE_CHECK;
    return c;
}
