/* short_code: the code of a row that people read out and type in: "t-1K7W". Before the dash is what the ledger's `code`
 * says, behind it the row's number and a check character.
 *
 * The characters are those of the unified social credit code: digits and capital letters without I, O, S, V and Z, 31
 * in all. 31 is a prime number, so with the weights 1, 3, 3^2, … the check character tells every single wrong character
 * and every two that changed places. The letters before the dash are part of the sum: the code of a row of another
 * ledger is none of this one.
 */
#include "record/record_int.h"

static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

enum { BASE = 31 };

static int value_of(char c)
{
    const char *p = c == '\0' ? NULL : strchr(alphabet, c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return p == NULL ? -1 : (int)(p - alphabet);
}

/* Of the digits, the last first, and of the letters before the dash. */
static int check_of(str prefix, const int *digits, size_t count)
{
    int sum = 0, weight = 3;
    for (size_t i = 0; i < count; i++) {
        sum = (sum + digits[i] * weight) % BASE;
        weight = weight * 3 % BASE;
    }
    for (size_t i = 0; i < prefix.len; i++) {
        sum = (sum + (unsigned char)prefix.ptr[i] % BASE * weight) % BASE;
        weight = weight * 3 % BASE;
    }
    return (BASE - sum) % BASE;
}

str record_short_code(struct arena *a, const struct scheme_ledger *l, int64_t row)
{
    int digits[16];
    char text[18];
    size_t count = 0;
    if (l->code.len == 0 || row <= 0) {
        return STR("");
    }
    for (int64_t n = row; n > 0; n /= BASE) {
        digits[count++] = (int)(n % BASE);
    }
    for (size_t i = 0; i < count; i++) {
        text[i] = alphabet[digits[count - 1 - i]];
    }
    text[count] = alphabet[check_of(l->code, digits, count)];
    return arena_printf(a, "%.*s-%.*s", STR_ARG(l->code), (int)count + 1, text);
}

/* The digits behind the prefix, the last first; spaces and dashes among them count for nothing. 0: it is none. */
static size_t read_digits(const struct scheme_ledger *l, str text, int *ret)
{
    size_t n = 0;
    if (!str_starts_with(text, l->code) || text.len <= l->code.len || text.ptr[l->code.len] != '-') {
        return 0;
    }
    for (size_t i = text.len; i-- > l->code.len;) {
        char c = text.ptr[i];
        if (c != ' ' && c != '-') {
            if (n == 16 || value_of(c) < 0) {
                return 0;
            }
            ret[n++] = value_of(c);
        }
    }
    return n < 2 ? 0 : n;
}

enum error_code record_read_short_code(const struct scheme_ledger *l, str text, int64_t *ret_row, struct error *err)
{
    int digits[16];
    int64_t row = 0;
    size_t count = l->code.len == 0 ? 0 : read_digits(l, text, digits);
    if (count == 0) {
        error_set(err, ERROR_INVALID, "\"%.*s\" is no code of a row of \"%.*s\"", STR_ARG(text), STR_ARG(l->name));
        error_hint(err, l->code.len == 0 ? "the rows of this ledger have no codes: give the row's number"
                                         : "copy it again; the letters I, O, S, V and Z never occur in it");
        return ERROR_INVALID;
    }
    if (check_of(l->code, digits + 1, count - 1) != digits[0]) {
        error_set(err, ERROR_INVALID, "the check character of \"%.*s\" does not fit", STR_ARG(text));
        error_hint(err, "compare it character by character with what it was copied from");
        return ERROR_INVALID;
    }
    for (size_t i = count; i-- > 1;) {
        if (row > (INT64_MAX - digits[i]) / BASE) {
            return error_set(err, ERROR_INVALID, "the check character of \"%.*s\" does not fit", STR_ARG(text));
        }
        row = row * BASE + digits[i];
    }
    *ret_row = row;
    return OK;
}
