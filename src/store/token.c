/* token: the words of a text, as both back ends index them.
 *
 * Chinese has no blanks, so each pair of neighbours is a word, and the last character of a run is one too: then each
 * character begins a word, and a question of one character is answered by what begins with it. Other scripts are cut
 * at what is neither letter nor digit and kept in lower case; full-width letters and digits become ordinary ones.
 */
#include "base/limit.h"
#include "store/store_int.h"
#include "text/utf8.h"

enum class { SEPARATOR, WORD, CHINESE };

struct range {
    uint32_t from, to;
};

/* Han, kana, bopomofo and Hangul: what is written without blanks, or may be. */
static const struct range chinese[] = {
    { 0x3005, 0x3007 }, { 0x3040, 0x30FF }, { 0x3100, 0x312F }, { 0x3400, 0x4DBF },   { 0x4E00, 0x9FFF },
    { 0xAC00, 0xD7AF }, { 0xF900, 0xFAFF }, { 0xFF66, 0xFF9F }, { 0x20000, 0x3FFFF },
};

/* Beyond ASCII: punctuation, signs, arrows, boxes; everything else is taken for letters. */
static const struct range separators[] = {
    { 0x80, 0xA9 },     { 0xAB, 0xB4 },     { 0xB6, 0xB9 },     { 0xBB, 0xBF },     { 0xD7, 0xD7 },
    { 0xF7, 0xF7 },     { 0x2000, 0x206F }, { 0x20A0, 0x20CF }, { 0x2190, 0x2BFF }, { 0x2E00, 0x2E7F },
    { 0x3000, 0x3004 }, { 0x3008, 0x303F }, { 0xD800, 0xF8FF }, { 0xFE00, 0xFE6F }, { 0xFF00, 0xFF0F },
    { 0xFF1A, 0xFF20 }, { 0xFF3B, 0xFF40 }, { 0xFF5B, 0xFF65 }, { 0xFFE0, 0xFFFF },
};

static bool is_within(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].from && code <= ranges[i].to) {
            return true;
        }
    }
    return false;
}

static enum class classify(uint32_t code)
{
    if (code < 0x80) {
        bool word = (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
        return word ? WORD : SEPARATOR;
    }
    if (is_within(chinese, sizeof chinese / sizeof chinese[0], code)) {
        return CHINESE;
    }
    return is_within(separators, sizeof separators / sizeof separators[0], code) ? SEPARATOR : WORD;
}

/* Full-width letters and digits are ASCII, moved. */
static uint32_t narrow(uint32_t code)
{
    bool wide = (code >= 0xFF10 && code <= 0xFF19) || (code >= 0xFF21 && code <= 0xFF3A) ||
                (code >= 0xFF41 && code <= 0xFF5A);
    return wide ? code - 0xFF00 + 0x20 : code;
}

/* The length of the run of characters of one class at the beginning of s. */
static size_t run_length(str s, enum class class)
{
    size_t n = 0;
    while (n < s.len) {
        str rest = str_slice(s, n, s.len);
        if (classify(narrow(utf8_get(rest))) != class) {
            break;
        }
        n += utf8_length_at(rest.ptr, rest.ptr + rest.len);
    }
    return n;
}

static void begin_word(struct buf *out)
{
    if (out->len > 0) {
        buf_addc(out, ' ');
    }
}

/* A word of other scripts; what it has beyond STORE_WORD bytes is not looked at. */
static void add_word(str run, struct buf *out)
{
    struct buf narrowed = BUF_INIT(LIMIT_STORE_WORD + 4);
    while (run.len > 0 && narrowed.len < LIMIT_STORE_WORD) {
        size_t n = utf8_length_at(run.ptr, run.ptr + run.len);
        utf8_put(&narrowed, narrow(utf8_get(run)));
        run = str_slice(run, n, run.len);
    }
    begin_word(out);
    utf8_lower(buf_str(&narrowed), out);
    buf_release(&narrowed);
}

/* The pairs of a run of Chinese. Of a text also the last character; of a question a single one with a star. */
static void add_pairs(str run, bool question, struct buf *out)
{
    for (size_t at = 0; at < run.len;) {
        const char *end = run.ptr + run.len;
        size_t one = utf8_length_at(run.ptr + at, end), next = at + one;
        bool last = next == run.len;
        if (!last) {
            begin_word(out);
            buf_add(out, str_slice(run, at, next + utf8_length_at(run.ptr + next, end)));
        } else if (!question || at == 0) {
            begin_word(out);
            buf_add(out, str_slice(run, at, next));
            buf_addz(out, question ? "*" : "");
        }
        at = next;
    }
}

static uint32_t add_words(str text, bool question, struct buf *out)
{
    uint32_t runs = 0;
    text.len = utf8_valid_length(text);
    while (text.len > 0) {
        enum class class = classify(narrow(utf8_get(text)));
        size_t n = run_length(text, class);
        str run = str_slice(text, 0, n);
        if (class == WORD) {
            add_word(run, out);
        } else if (class == CHINESE) {
            add_pairs(run, question, out);
        }
        runs += class != SEPARATOR;
        text = str_slice(text, n, text.len);
    }
    return runs;
}

void store_tokens(str text, struct buf *out)
{
    add_words(text, false, out);
}

bool store__query_words(str text, struct buf *out)
{
    return text.len <= LIMIT_STORE_SEARCH && add_words(text, true, out) > 0 && !out->overflow;
}
