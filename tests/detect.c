/* detect: personal data in texts. cases.txt has a text a line and what is found in it; beside that, ten thousand texts
 * of each kind are made from a seed: how many of them are found, and how many of those that only look so. The table
 * that is printed stands in docs/publish.md. */
#include "publish/detect.h"

#include "base/buf.h"
#include "record/party.h"
#include "tap.h"

#include <stdlib.h>

enum { MADE = 10000, HITS = 8, LINE = 512 };

/* ---- Cases ---- */

static str kinds_in(struct arena *a, str text)
{
    struct publish_hit hits[HITS];
    struct buf out = BUF_INIT(LINE);
    uint32_t count = publish_detect(a, text, HITS, hits);
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(&out, "%s%s", i > 0 ? "," : "", publish_personal_name(hits[i].kind));
    }
    str kinds = arena_str(a, buf_str(&out));
    buf_release(&out);
    return kinds;
}

static void test_cases(const char *folder)
{
    struct arena a = ARENA_INIT;
    char line[LINE];
    FILE *f = fopen(arena_printf(&a, "%s/cases.txt", folder).ptr, "r");
    if (!ok(f != NULL, "cases.txt can be read")) {
        return;
    }
    while (fgets(line, sizeof line, f) != NULL) {
        char *bar = strchr(line, '|');
        if (line[0] != '#' && bar != NULL) {
            str wanted = str_trim((str){ line, (size_t)(bar - line) }), text = str_trim(str_of(bar + 1));
            is_str(kinds_in(&a, text), wanted, "%.*s", STR_ARG(text));
        }
    }
    fclose(f);
    arena_release(&a);
}

static void test_places(void)
{
    struct arena a = ARENA_INIT;
    struct publish_hit hits[2];
    str text = STR("张某，电话１３８－１２３４－５６７８；a@example.com");
    is_int(publish_detect(&a, text, 2, hits), 2, "two hits");
    is_str(str_slice(text, hits[0].from, hits[0].to), STR("１３８－１２３４－５６７８"), "the bytes of the first");
    is_str(str_slice(text, hits[1].from, hits[1].to), STR("a@example.com"), "and of the second");
    is_int(publish_detect(&a, text, 1, hits), 1, "no more than there is room for");
    is_int(publish_detect(&a, STR("\xFF\xFE 13812345678\xE5"), 2, hits), 1, "bytes that are no UTF-8 do no harm");
    arena_release(&a);
}

/* ---- Texts that are made ---- */

static uint64_t state;

static uint32_t below(uint32_t n) /* xorshift64*: the same on every machine */
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * UINT64_C(2685821657736338717)) >> 33) % n;
}

static void digits(char *to, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        to[i] = (char)('0' + below(10));
    }
    to[count] = '\0';
}

static void region(char *to)
{
    static const char *const provinces[] = { "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33",
                                             "34", "35", "36", "37", "41", "42", "43", "44", "45", "46", "50",
                                             "51", "52", "53", "54", "61", "62", "63", "64", "65" };
    snprintf(to, 7, "%s%02u%02u", provinces[below(31)], 1 + below(30), 1 + below(30));
}

static void make_identity(char *to)
{
    static const int weights[17] = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 };
    int sum = 0;
    region(to);
    snprintf(to + 6, 12, "%04u%02u%02u%03u", 1930 + below(90), 1 + below(12), 1 + below(28), below(1000));
    for (int i = 0; i < 17; i++) {
        sum += (to[i] - '0') * weights[i];
    }
    to[17] = "10X98765432"[sum % 11];
    to[18] = '\0';
}

static void make_old(char *to)
{
    region(to);
    snprintf(to + 6, 10, "%02u%02u%02u%03u", 20 + below(80), 1 + below(12), 1 + below(28), below(1000));
}

static void make_mobile(char *to)
{
    to[0] = '1';
    to[1] = (char)('3' + below(7));
    digits(to + 2, 9);
}

static void make_card(char *to)
{
    static const char *const begins[] = { "622", "621", "623", "625", "4", "51", "52", "53", "35", "955", "60" };
    const char *begin = begins[below(11)];
    uint32_t count = 16 + below(4), sum = 0;
    digits(to, count);
    memcpy(to, begin, strlen(begin));
    for (uint32_t i = 1; i < count; i++) {
        uint32_t d = (uint32_t)(to[count - 1 - i] - '0') * (i % 2 == 1 ? 2 : 1);
        sum += d > 9 ? d - 9 : d;
    }
    to[count - 1] = (char)('0' + (10 - sum % 10) % 10);
}

static void make_plate(char *to)
{
    static const char *const provinces[] = { "浙", "沪", "苏", "京", "粤", "皖" };
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    const char *between[] = { "", "·", " " };
    int n = snprintf(to, 16, "%s%c%s", provinces[below(6)], letters[below(24)], between[below(3)]);
    if (below(2) == 0) {
        to[n++] = below(2) == 0 ? 'D' : 'F';
    } else if (below(2) == 0) {
        digits(to + n, 4);
        n += 4;
        to[n++] = letters[below(24)];
        to[n] = '\0';
        return;
    }
    digits(to + n, 5);
}

static void make_mail(char *to)
{
    static const char *const names[] = { "zhang.san", "li_si", "wang5", "a", "zhao-liu" };
    static const char *const hosts[] = { "example.com", "mail.example.gov.cn", "EXAMPLE.ORG", "e-x.example.net" };
    snprintf(to, 64, "%s%u@%s", names[below(5)], below(1000), hosts[below(4)]);
}

static void make_address(char *to)
{
    static const char *const streets[] = { "示例路", "示例街", "示例大道", "示例新村" };
    const char *street = streets[below(4)];
    uint32_t postcode = 100000 + below(700000);
    if (below(2) == 0) {
        snprintf(to, 160, "示例市示例区%s%u号%u室 %u", street, 1 + below(900), 1 + below(900), postcode);
    } else {
        snprintf(to, 160, "%u示例市%s%u号%u单元", postcode, street, 1 + below(900), 1 + below(9));
    }
}

/* As people write a number: full width, in groups with a space or a dash, or plainly. */
static void write_number(const char *number, const uint32_t *sizes, struct buf *out)
{
    static const char *const gaps[] = { " ", "-", "　", "－" };
    uint32_t how = below(4), group = 0, in_group = 0;
    const char *gap = gaps[below(4)];
    for (const char *c = number; *c != '\0'; c++) {
        if (how == 2 && sizes != NULL && in_group == sizes[group] && sizes[group] != 0) {
            buf_addz(out, gap);
            group++;
            in_group = 0;
        }
        in_group++;
        if (how == 1) {
            buf_printf(out, "\xEF\xBC%c", (char)(*c == 'X' ? 0xB8 : 0x90 + (*c - '0')));
        } else {
            buf_addc(out, *c);
        }
    }
}

static void put_into_text(const struct buf *inner, struct buf *out)
{
    static const char *const frames[][2] = {
        { "", "" }, { "联系人张某，", "。" }, { "（", "）" }, { "Contact: ", ", weekdays" }, { "备注：", "，另见附件2" },
        { "2026年3月1日由李某经办，", "，已核对" },
    };
    uint32_t f = below(6);
    buf_addz(out, frames[f][0]);
    buf_add(out, buf_str(inner));
    buf_addz(out, frames[f][1]);
}

typedef void maker(char *to);

/* Of MADE texts with one in it, how many are found as that. */
static uint32_t found_of(enum publish_personal kind, maker *make, const uint32_t *sizes)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < MADE; i++) {
        struct arena a = ARENA_INIT;
        struct buf inner = BUF_INIT(LINE), text = BUF_INIT(LINE);
        struct publish_hit hits[HITS];
        char one[192];
        make(one);
        if (sizes != NULL) {
            write_number(one, sizes, &inner);
        } else {
            buf_addz(&inner, one);
        }
        put_into_text(&inner, &text);
        uint32_t count = publish_detect(&a, buf_str(&text), HITS, hits);
        bool fine = false;
        for (uint32_t k = 0; k < count; k++) {
            fine |= hits[k].kind == kind;
        }
        if (!fine && i - found < 3) {
            printf("# missed: %.*s\n", STR_ARG(buf_str(&text)));
        }
        found += fine;
        buf_release(&inner);
        buf_release(&text);
        arena_release(&a);
    }
    return found;
}

static void test_recall(void)
{
    static const uint32_t identity[] = { 6, 8, 4, 0 }, old[] = { 6, 6, 3, 0 }, mobile[] = { 3, 4, 4, 0 };
    static const uint32_t card[] = { 4, 4, 4, 4, 4, 0 };
    const struct {
        enum publish_personal kind;
        maker *make;
        const uint32_t *sizes;
    } kinds[] = {
        { PUBLISH_IDENTITY, make_identity, identity }, { PUBLISH_OLD_IDENTITY, make_old, old },
        { PUBLISH_MOBILE, make_mobile, mobile },       { PUBLISH_BANK_CARD, make_card, card },
        { PUBLISH_PLATE, make_plate, NULL },           { PUBLISH_EMAIL, make_mail, NULL },
        { PUBLISH_ADDRESS, make_address, NULL },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        state = 20260301 + i;
        uint32_t found = found_of(kinds[i].kind, kinds[i].make, kinds[i].sizes);
        printf("# found  %-14s %5u of %u\n", publish_personal_name(kinds[i].kind), found, MADE);
        ok(found >= MADE - MADE / 500, "%s: not more than two in a thousand are missed",
           publish_personal_name(kinds[i].kind));
    }
}

/* ---- Texts that only look so ---- */

static void look_credit_code(char *to)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    static const int weights[8] = { 3, 7, 9, 10, 5, 8, 4, 2 };
    bool plain = below(2) == 0; /* digits alone, as far as its checks let it */
    int sum = 0;
    memcpy(to, "91", 2);
    region(to + 2);
    for (int i = 8; i < 16; i++) {
        to[i] = alphabet[below(plain ? 10 : 31)];
        sum += (to[i] <= '9' ? to[i] - '0' : to[i] - 'A' + 10) * weights[i - 8];
    }
    int check = 11 - sum % 11;
    to[16] = check == 10 ? 'X' : check == 11 ? '0' : (char)('0' + check);
    to[17] = '0';
    to[17] = party_code_look((str){ to, 18 }).expected;
    to[18] = '\0';
}

static void look_dated_order(char *to) /* 20260301 and four to eleven digits */
{
    int n = snprintf(to, 32, "%04u%02u%02u", 2015 + below(12), 1 + below(12), 1 + below(28));
    digits(to + n, 4 + below(8));
}

static void look_lettered_order(char *to)
{
    static const char *const begins[] = { "HT", "DD", "XS-", "PO", "SO" };
    int n = snprintf(to, 16, "%s", begins[below(5)]);
    digits(to + n, 8 + below(12));
}

static void look_permit(char *to) /* of a building site: region, day, four digits */
{
    region(to);
    snprintf(to + 6, 14, "%04u%02u%02u%04u", 2015 + below(12), 1 + below(12), 1 + below(28), below(10000));
}

static void look_registration(char *to) /* of an enterprise before 2015: region, eight digits, one more */
{
    region(to);
    digits(to + 6, 9);
}

static void look_digits(char *to) /* any digits at all, 12 to 20 */
{
    digits(to, 12 + below(9));
}

static void look_date(char *to)
{
    snprintf(to, 64, "%04u-%02u-%02u %02u:%02u:%02u", 1950 + below(100), 1 + below(12), 1 + below(28), below(24),
             below(60), below(60));
}

static void look_landline(char *to)
{
    int n = snprintf(to, 16, "0%u-", 100 + below(900));
    digits(to + n, 7 + below(2));
}

static void look_amount(char *to)
{
    snprintf(to, 64, "示例路%u号 合同金额%u.%02u元", 1 + below(900), below(100000000), below(100));
}

static void look_place(char *to)
{
    snprintf(to, 64, "%u.%06u,%u.%06u", 70 + below(60), below(1000000), 18 + below(30), below(1000000));
}

static void look_hash(char *to)
{
    for (int i = 0; i < 64; i++) {
        to[i] = "0123456789abcdef"[below(16)];
    }
    to[64] = '\0';
}

static void look_paper(char *to)
{
    snprintf(to, 64, "示监信〔%u〕%u号", 2015 + below(12), 1 + below(99999));
}

static uint32_t alarms_of(maker *make)
{
    uint32_t alarms = 0;
    for (uint32_t i = 0; i < MADE; i++) {
        struct arena a = ARENA_INIT;
        struct buf inner = BUF_INIT(LINE), text = BUF_INIT(LINE);
        struct publish_hit hits[HITS];
        char one[192];
        make(one);
        buf_addz(&inner, one);
        put_into_text(&inner, &text);
        alarms += publish_detect(&a, buf_str(&text), HITS, hits) > 0;
        buf_release(&inner);
        buf_release(&text);
        arena_release(&a);
    }
    return alarms;
}

static void test_alarms(void)
{
    const struct {
        const char *what;
        maker *make;
        uint32_t most; /* in ten thousand */
    } looks[] = {
        { "credit code", look_credit_code, 2 },      { "order, dated", look_dated_order, 10 },
        { "order, lettered", look_lettered_order, 50 }, { "permit of a site", look_permit, 1000 },
        { "old registration", look_registration, 450 }, { "12 to 20 digits", look_digits, 400 },
        { "day and time", look_date, 0 },            { "landline", look_landline, 0 },
        { "amount", look_amount, 0 },                { "coordinates", look_place, 0 },
        { "SHA-256", look_hash, 10 },                { "number of a paper", look_paper, 0 },
    };
    for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++) {
        state = 20260401 + i;
        uint32_t alarms = alarms_of(looks[i].make);
        printf("# alarms %-18s %5u of %u\n", looks[i].what, alarms, MADE);
        ok(alarms <= looks[i].most, "%s: at most %u in ten thousand raise an alarm", looks[i].what, looks[i].most);
    }
}

int main(int argc, char **argv)
{
    test_cases(argc > 1 ? argv[1] : "tests/detect");
    test_places();
    test_recall();
    test_alarms();
    return tap_done();
}
