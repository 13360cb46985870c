/* detect: the text is folded into signs, its runs of digits are found, and each run is looked at, alone and together
 * with those that follow behind a space or dash. */
#include "publish/detect.h"

#include "record/party.h"
#include "text/utf8.h"

#include <stdlib.h>

enum {
    MOST_DIGITS = 19,   /* of a bank card */
    MOST_GAP = 3,       /* spaces and dashes between two runs of one number */
    LABEL = 8,          /* letters of a word like "MOBILE" */
    BEFORE = 40,        /* how far the words of an address may stand from its postcode, in signs … */
    BESIDE = 12,        /* … and its house number */
    CALLED = 10,        /* how far the word "postcode" may */
    CODE = 18,          /* places of a unified credit code, and of an identity number */
    PLATE = 7           /* places of a plate behind its province: a letter, five or six more; and one to look beyond */
};

struct sign {
    uint32_t code; /* folded: half width, upper case */
    uint32_t from, to;
};

struct run {
    uint32_t first, end; /* signs, all digits */
};

struct scan {
    str text;
    const struct sign *signs;
    const struct run *runs;
    uint32_t count, run_count;
    struct publish_hit *hits;
    uint32_t max, found;
};

/* ---- Signs ---- */

static uint32_t fold(uint32_t code)
{
    code = code >= 0xFF01 && code <= 0xFF5E ? code - 0xFEE0 : code == 0x3000 ? ' ' : code;
    return code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code;
}

static bool is_digit(uint32_t code)
{
    return code >= '0' && code <= '9';
}

static bool is_letter(uint32_t code)
{
    return code >= 'A' && code <= 'Z';
}

static bool is_gap(uint32_t code)
{
    bool space = code == ' ' || code == '\t' || code == 0xA0 || (code >= 0x2002 && code <= 0x200D) ||
                 code == 0x202F || code == 0x2060 || code == 0xFEFF;
    return space || code == '-' || (code >= 0x2010 && code <= 0x2015) || code == 0x2212 || code == 0xFE63;
}

static uint32_t code_at(const struct scan *s, uint32_t i)
{
    return i < s->count ? s->signs[i].code : 0;
}

static uint32_t code_before(const struct scan *s, uint32_t i)
{
    return i > 0 ? s->signs[i - 1].code : 0;
}

/* Bytes that are no UTF-8 are signs that are nothing. */
static void read_signs(struct scan *s, struct arena *a)
{
    struct sign *signs = ARENA_ARRAY(a, struct sign, s->text.len);
    const char *end = s->text.ptr + s->text.len;
    for (size_t at = 0; at < s->text.len;) {
        size_t size = utf8_length_at(s->text.ptr + at, end);
        bool valid = utf8_valid(str_slice(s->text, at, at + size));
        size = valid ? size : 1;
        signs[s->count++] = (struct sign){ valid ? fold(utf8_get(str_slice(s->text, at, at + size))) : 0,
                                           (uint32_t)at, (uint32_t)(at + size) };
        at += size;
    }
    s->signs = signs;
}

static void read_runs(struct scan *s, struct arena *a)
{
    struct run *runs = ARENA_ARRAY(a, struct run, s->count);
    for (uint32_t i = 0; i < s->count; i++) {
        if (is_digit(s->signs[i].code)) {
            if (i == 0 || !is_digit(s->signs[i - 1].code)) {
                runs[s->run_count++].first = i;
            }
            runs[s->run_count - 1].end = i + 1;
        }
    }
    s->runs = runs;
}

static void add(struct scan *s, enum publish_personal kind, uint32_t first, uint32_t end)
{
    if (s->found < s->max) {
        s->hits[s->found++] = (struct publish_hit){ kind, s->signs[first].from, s->signs[end - 1].to };
    }
}

/* ---- What numbers have ---- */

/* The first two digits of a region: a province, or 9 of a foreigner's permanent residence. */
static bool is_province(const char *digits)
{
    int n = (digits[0] - '0') * 10 + (digits[1] - '0');
    return (n >= 11 && n <= 15) || (n >= 21 && n <= 23) || (n >= 31 && n <= 37) || (n >= 41 && n <= 46) ||
           (n >= 50 && n <= 54) || (n >= 61 && n <= 65) || n == 71 || (n >= 81 && n <= 83) || n >= 90;
}

static bool is_day(const char *digits) /* MMDD */
{
    static const int days[12] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int month = (digits[0] - '0') * 10 + (digits[1] - '0'), day = (digits[2] - '0') * 10 + (digits[3] - '0');
    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

/* A region and a day of birth, or of a permit that is numbered so. */
static bool has_region_and_day(const char *digits)
{
    bool century = (digits[6] == '1' && digits[7] == '9') || (digits[6] == '2' && digits[7] == '0');
    return century && is_province(digits) && is_day(digits + 10);
}

/* GB 11643: 17 digits and a check character (ISO 7064, MOD 11-2). */
static bool is_identity(const char *digits, char last)
{
    static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
    int sum = 0;
    for (int i = 0; i < 17; i++) {
        sum += (digits[i] - '0') * weights[i];
    }
    return last == "10X98765432"[sum % 11] && has_region_and_day(digits);
}

static bool is_mobile(const char *digits)
{
    return digits[0] == '1' && digits[1] >= '3';
}

/* ISO/IEC 7812: the check digit of Luhn; of the first digits those under which cards are given out. */
static bool is_card(const char *digits, uint32_t count)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t d = (uint32_t)(digits[count - 1 - i] - '0') * (i % 2 == 1 ? 2 : 1);
        sum += d > 9 ? d - 9 : d;
    }
    return sum % 10 == 0 && strchr("345689", digits[0]) != NULL;
}

/* A code of an enterprise has as many places as an identity number, and may be all digits. What could be either is
 * taken for the number of a person. */
static bool is_credit_code(str code)
{
    struct party_code c = party_code_look(code);
    bool person = true;
    for (size_t i = 0; i < 17; i++) {
        person &= is_digit((unsigned char)code.ptr[i]);
    }
    return !(person && is_identity(code.ptr, code.ptr[17])) && c.fault == PARTY_CODE_SOUND && c.inner &&
           strchr("159ANY", code.ptr[0]) != NULL &&
           (is_province(code.ptr + 2) || str_starts_with(str_slice(code, 2, 4), STR("10")));
}

/* ---- Numbers ---- */

/* A number written in one run or in several. */
struct number {
    char digits[MOST_DIGITS + 1];
    uint32_t sizes[MOST_DIGITS]; /* of its runs */
    uint32_t count, runs;
    uint32_t first, end;         /* signs */
};

static bool put_run(const struct scan *s, struct number *n, const struct run *r)
{
    uint32_t size = r->end - r->first;
    if (n->count + size > MOST_DIGITS) {
        return false;
    }
    for (uint32_t i = r->first; i < r->end; i++) {
        n->digits[n->count++] = (char)s->signs[i].code;
    }
    n->digits[n->count] = '\0';
    n->sizes[n->runs++] = size;
    n->end = r->end;
    return true;
}

static bool follows(const struct scan *s, const struct run *r, const struct run *next)
{
    bool gap = next->first - r->end <= MOST_GAP;
    for (uint32_t i = r->end; gap && i < next->first; i++) {
        gap = is_gap(s->signs[i].code);
    }
    return gap;
}

/* The sizes of its runs are one of these; each list ends with 0. */
static bool is_written(const struct number *n, const uint8_t (*ways)[6], size_t count)
{
    bool single = n->runs == n->count;
    for (size_t i = 0; i < count && !single && n->runs > 1; i++) {
        uint32_t k = 0;
        while (k < n->runs && k < 5 && ways[i][k] == n->sizes[k]) {
            k++;
        }
        single = k == n->runs && ways[i][k] == 0;
    }
    return n->runs == 1 || single;
}

static bool written_mobile(const struct number *n)
{
    static const uint8_t ways[][6] = { { 3, 4, 4 }, { 3, 8 }, { 7, 4 }, { 3, 3, 5 }, { 4, 4, 3 }, { 4, 3, 4 },
                                       { 5, 6 },    { 6, 5 } };
    return is_written(n, ways, sizeof ways / sizeof ways[0]);
}

static bool written_card(const struct number *n)
{
    static const uint8_t ways[][6] = { { 4, 4, 4, 4 },    { 4, 4, 4, 4, 1 }, { 4, 4, 4, 4, 2 }, { 4, 4, 4, 4, 3 },
                                       { 6, 10 },         { 6, 11 },         { 6, 12 },         { 6, 13 } };
    return is_written(n, ways, sizeof ways / sizeof ways[0]);
}

/* What a number of these digits is; PUBLISH_PERSONALS: nothing. `x`: an X follows it. */
static enum publish_personal kind_of(const struct number *n, bool x)
{
    static const uint8_t old[][6] = { { 6, 6, 3 } };
    if (x) {
        return n->count == 17 && is_identity(n->digits, 'X') ? PUBLISH_IDENTITY : PUBLISH_PERSONALS;
    }
    if (n->count == 18 && is_identity(n->digits, n->digits[17])) {
        return PUBLISH_IDENTITY;
    }
    if (n->count >= 16) {
        bool permit = n->count == 18 && has_region_and_day(n->digits);
        return !permit && written_card(n) && is_card(n->digits, n->count) ? PUBLISH_BANK_CARD : PUBLISH_PERSONALS;
    }
    bool abroad = n->runs == 1 && ((n->count == 13 && memcmp(n->digits, "86", 2) == 0) ||
                                   (n->count == 15 && memcmp(n->digits, "0086", 4) == 0));
    if ((abroad || (n->count == 11 && written_mobile(n))) && is_mobile(n->digits + n->count - 11)) {
        return PUBLISH_MOBILE;
    }
    bool is_old = n->count == 15 && is_written(n, old, 1) && is_province(n->digits) && n->digits[0] != '9' &&
                  is_day(n->digits + 8);
    return is_old ? PUBLISH_OLD_IDENTITY : PUBLISH_PERSONALS;
}

/* Letters that stand before a number and say what it is; others make it a piece of something else. */
static bool is_label(const struct scan *s, uint32_t end)
{
    static const char *const labels[] = { "TEL", "PHONE", "MOBILE", "MOB", "ID", "NO", "CARD", "M", "T", "QQ", "WX",
                                          "WECHAT" };
    char word[LABEL + 1];
    uint32_t first = end, size = 0;
    while (first > 0 && is_letter(s->signs[first - 1].code) && size <= LABEL) {
        first--;
        size++;
    }
    if (size == 0 || size > LABEL || is_digit(code_before(s, first))) {
        return size == 0;
    }
    for (uint32_t i = 0; i < size; i++) {
        word[i] = (char)s->signs[first + i].code;
    }
    word[size] = '\0';
    bool known = false;
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        known |= strcmp(word, labels[i]) == 0;
    }
    return known;
}

static bool in_credit_code(const struct scan *s, const struct run *r)
{
    char code[CODE];
    uint32_t first = r->first, size = 0;
    while (first > 0 && (is_letter(s->signs[first - 1].code) || is_digit(s->signs[first - 1].code))) {
        first--;
    }
    for (uint32_t i = first; is_letter(code_at(s, i)) || is_digit(code_at(s, i)); i++, size++) {
        if (size < CODE) {
            code[size] = (char)s->signs[i].code;
        }
    }
    return size == CODE && is_credit_code((str){ code, size });
}

/* An X that ends an identity number, perhaps behind a space. */
static uint32_t after_x(const struct scan *s, uint32_t end)
{
    uint32_t at = end;
    while (at - end < MOST_GAP && is_gap(code_at(s, at))) {
        at++;
    }
    bool x = code_at(s, at) == 'X' && !is_letter(code_at(s, at + 1)) && !is_digit(code_at(s, at + 1));
    return x ? at + 1 : 0;
}

/* The longest number that begins with a run; returns how many runs it takes, 0: it is none. */
static uint32_t number_at(struct scan *s, uint32_t from, uint32_t *ret_end, enum publish_personal *ret_kind)
{
    struct number n = { .first = s->runs[from].first };
    uint32_t taken = 0;
    for (uint32_t i = from; i < s->run_count; i++) {
        if ((i > from && !follows(s, &s->runs[i - 1], &s->runs[i])) || !put_run(s, &n, &s->runs[i])) {
            break;
        }
        uint32_t x = n.count == 17 ? after_x(s, n.end) : 0;
        enum publish_personal kind = x != 0 ? kind_of(&n, true) : PUBLISH_PERSONALS;
        if (x == 0 && !is_letter(code_at(s, n.end)) && code_at(s, n.end) != '@') {
            kind = kind_of(&n, false);
        }
        if (kind != PUBLISH_PERSONALS) {
            taken = i - from + 1;
            *ret_end = x != 0 ? x : n.end;
            *ret_kind = kind;
        }
    }
    return taken;
}

/* ---- Addresses ---- */

static bool has_word(const struct scan *s, uint32_t first, uint32_t end, const char *const *words, size_t count,
                     bool behind_digit)
{
    for (uint32_t i = first; i < end; i++) {
        str rest = str_slice(s->text, s->signs[i].from, s->signs[end - 1].to);
        for (size_t k = 0; k < count; k++) {
            if (str_starts_with(rest, str_of(words[k])) && (!behind_digit || is_digit(code_before(s, i)))) {
                return true;
            }
        }
    }
    return false;
}

/* Words of streets and places, and of a house, near a run. */
static bool is_addressed(const struct scan *s, const struct run *r)
{
    static const char *const streets[] = { "路", "街", "道", "巷", "弄", "村", "镇", "乡", "小区", "社区", "胡同" };
    static const char *const houses[] = { "号", "室", "幢", "栋", "单元", "弄", "组", "楼", "座" };
    uint32_t far = r->first > BEFORE ? r->first - BEFORE : 0, near = r->first > BESIDE ? r->first - BESIDE : 0;
    uint32_t beyond = r->end + BEFORE < s->count ? r->end + BEFORE : s->count;
    enum { STREETS = sizeof streets / sizeof streets[0], HOUSES = sizeof houses / sizeof houses[0] };
    return (has_word(s, far, r->first, streets, STREETS, false) && has_word(s, near, r->first, houses, HOUSES, true)) ||
           (has_word(s, r->end, beyond, streets, STREETS, false) && has_word(s, r->end, beyond, houses, HOUSES, true));
}

static bool is_postcode(const struct scan *s, const struct run *r)
{
    static const char *const names[] = { "邮编", "邮政编码", "POSTCODE", "postcode" };
    static const char *const units[] = { "元", "万", "亿", "份", "人", "件", "个", "台", "套", "号", "户", "吨", "米",
                                         "亩", "次", "年", "月", "日", "家", "%", "％", ".", "，000", "股", "平" };
    uint32_t called = r->first > CALLED ? r->first - CALLED : 0;
    uint32_t unit = r->end < s->count ? r->end + 1 : s->count;
    bool six = r->end - r->first == 6 && s->signs[r->first].code <= '8' && !is_letter(code_before(s, r->first)) &&
               !is_letter(code_at(s, r->end)) && code_before(s, r->first) != '.';
    if (!six || has_word(s, r->end, unit, units, sizeof units / sizeof units[0], false)) {
        return false;
    }
    return has_word(s, called, r->first, names, sizeof names / sizeof names[0], false) || is_addressed(s, r);
}

/* ---- Plates, mail ---- */

/* A province, a letter, and five places, or six of those that drive by electricity; three of them are digits. */
static bool plate_at(const struct scan *s, uint32_t at, uint32_t *ret_end)
{
    static const char provinces[] = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
    static const char last[] = "挂学警港澳领使";
    str sign = str_slice(s->text, s->signs[at].from, s->signs[at].to);
    uint32_t i = at + 1, places = 0, digits = 0;
    if (sign.len != 3 || memmem(provinces, sizeof provinces - 1, sign.ptr, sign.len) == NULL ||
        !is_letter(code_at(s, i))) {
        return false;
    }
    i++;
    while (is_gap(code_at(s, i)) || code_at(s, i) == 0xB7 || code_at(s, i) == 0x2022 || code_at(s, i) == 0x30FB) {
        i++;
    }
    for (; places < PLATE && (is_letter(code_at(s, i)) || is_digit(code_at(s, i))); i++, places++) {
        digits += is_digit(s->signs[i].code);
    }
    if (places == 4 && i < s->count) {
        str end = str_slice(s->text, s->signs[i].from, s->signs[i].to);
        bool special = end.len == 3 && memmem(last, sizeof last - 1, end.ptr, end.len) != NULL;
        places += special;
        i += special;
    }
    *ret_end = i;
    return (places == 5 || places == 6) && digits >= 3;
}

static bool is_local(uint32_t code)
{
    return is_letter(code) || is_digit(code) || code == '.' || code == '_' || code == '%' || code == '+' || code == '-';
}

/* Around an @: a name before it, behind it names with points between, the last one of letters. */
static bool mail_at(const struct scan *s, uint32_t at, uint32_t *ret_first, uint32_t *ret_end)
{
    uint32_t first = at, end = at + 1, top = 0, points = 0;
    while (first > 0 && is_local(s->signs[first - 1].code)) {
        first--;
    }
    for (; is_letter(code_at(s, end)) || is_digit(code_at(s, end)) || code_at(s, end) == '-' ||
           (code_at(s, end) == '.' && is_letter(code_at(s, end + 1)));
         end++) {
        points += s->signs[end].code == '.';
        top = s->signs[end].code == '.' ? 0 : is_letter(s->signs[end].code) ? top + 1 : 0;
    }
    *ret_first = first;
    *ret_end = end;
    return first < at && points > 0 && top >= 2;
}

/* ---- The whole ---- */

static void find_numbers(struct scan *s)
{
    for (uint32_t i = 0; i < s->run_count;) {
        const struct run *r = &s->runs[i];
        enum publish_personal kind = PUBLISH_PERSONALS;
        uint32_t end = r->end, taken = 0;
        if (is_label(s, r->first) && !in_credit_code(s, r)) {
            taken = number_at(s, i, &end, &kind);
            if (taken == 0 && is_postcode(s, r)) {
                kind = PUBLISH_ADDRESS;
            }
        }
        if (kind != PUBLISH_PERSONALS) {
            add(s, kind, r->first, end);
        }
        i += taken > 0 ? taken : 1;
    }
}

static void find_others(struct scan *s)
{
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t first = i, end = i + 1;
        if (s->signs[i].code == '@' && mail_at(s, i, &first, &end)) {
            add(s, PUBLISH_EMAIL, first, end);
        } else if (s->signs[i].code > 0x7F && plate_at(s, i, &end)) {
            add(s, PUBLISH_PLATE, i, end);
        }
    }
}

static int by_place(const void *a, const void *b)
{
    const struct publish_hit *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Most texts have neither a digit nor an @. */
static bool is_worth_reading(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool full = (unsigned char)text.ptr[i] == 0xEF; /* full-width ones begin so */
        if ((text.ptr[i] >= '0' && text.ptr[i] <= '9') || text.ptr[i] == '@' || full) {
            return true;
        }
    }
    return false;
}

uint32_t publish_detect(struct arena *a, str text, uint32_t max, struct publish_hit *ret)
{
    struct scan s = { .text = text, .hits = ret, .max = max };
    if (!is_worth_reading(text)) {
        return 0;
    }
    read_signs(&s, a);
    read_runs(&s, a);
    find_numbers(&s);
    find_others(&s);
    qsort(ret, s.found, sizeof *ret, by_place);
    return s.found;
}

/* Eighteen digits, or seventeen and an X, with no other letter among them: most texts need not be read for it. */
static bool may_be_identity(str text)
{
    uint32_t digits = 0;
    for (size_t i = 0; i < text.len && digits < CODE; i++) {
        uint32_t c = fold((unsigned char)text.ptr[i]);
        bool full = c == 0xEF; /* full-width ones begin so, an X too */
        bool last = c == 'X' && digits == CODE - 1;
        digits = is_letter(c) && !last ? 0 : digits + (is_digit(c) || full || last);
    }
    return digits >= CODE;
}

bool publish_has_identity(struct arena *a, str text)
{
    enum { HITS = 16 };
    struct publish_hit hits[HITS];
    bool found = false;
    if (!may_be_identity(text)) {
        return false;
    }
    struct arena_mark mark = arena_mark(a);
    uint32_t count = publish_detect(a, text, HITS, hits);
    for (uint32_t i = 0; i < count; i++) {
        found |= hits[i].kind == PUBLISH_IDENTITY;
    }
    arena_rewind(a, mark);
    return found;
}

const char *publish_personal_name(enum publish_personal kind)
{
    static const char *const names[PUBLISH_PERSONALS] = { "identity", "old identity", "mobile", "bank card", "plate",
                                                          "email",    "address" };
    return names[kind];
}

const char *publish_personal_title(enum publish_personal kind)
{
    static const char *const titles[PUBLISH_PERSONALS] = {
        "number of an identity card", "number of an old identity card", "mobile number", "number of a bank card",
        "plate of a vehicle", "mail address", "postcode with an address",
    };
    return titles[kind];
}
