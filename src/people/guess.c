/* guess: passwords that whoever guesses tries early. NIST SP 800-63B 5.1.1.2 asks that they be compared with lists of
 * those that were stolen. Such lists are millions long, their passwords belonged to people, and nobody gave a licence
 * for them; most of what they hold in twelve characters and more is put together of a few pieces. So the pieces are
 * looked for: words that everybody takes, the person's own names, runs, sequences, rows of the keyboard, dates, and
 * what stood in it before. Each counts as much as one other character. */
#include "people/people_int.h"

#include "base/limit.h"
#include "text/utf8.h"

enum {
    PIECE = 3,  /* what is shorter is no piece: two letters follow each other in every sentence */
    WORDS = 32, /* of the person's own names, at most */
};

/* The best known passwords of Chinese and English lists, and what officers of an office think of first; typed from what
 * everybody knows of them. What is a row of keys, a run or a date needs no word. */
static const char *const common[] = {
    /* words of log-ins */
    "password", "passwort", "passwd", "pass", "admin", "administrator", "root", "user", "guest", "test",
    "login", "welcome", "hello", "secret", "master", "default", "change", "changeme", "letmein", "access", "system",
    "server", "manager", "support", "office", "work", "computer", "internet", "windows", "oracle", "huawei", "lenovo",
    "temp", "initial", "public", "demo", "sysadmin", "super", "trustno1",
    /* names and things that people like */
    "love", "iloveyou", "baby", "angel", "princess", "monkey", "dragon", "tiger", "shadow", "sunshine", "football",
    "baseball", "superman", "batman", "michael", "jordan", "jessica", "charlie", "daniel", "summer", "winter", "spring",
    "autumn", "monday", "friday", "january", "october", "flower", "freedom", "whatever", "killer", "ninja", "starwars",
    "pokemon", "google", "apple", "samsung", "china", "beijing", "shanghai", "hangzhou", "zhejiang", "xiaoshan",
    /* the same in Chinese, as it is typed */
    "woaini", "woaiwojia", "aini", "nihao", "zhongguo", "mima", "wodemima", "guanliyuan", "gongshi", "bangong",
    "chengguan", "zhengfu", "wangluo", "diannao", "laopo", "laogong", "mama", "baba", "baobao", "zhang", "wang", "chen",
    "yang", "zhao", "huang", "zhou", "5201314", "1314520", "520", "521", "1314", "168", "888", "666", "110", "119",
    "密码", "我的", "我爱你", "管理员", "你好", "中国", "公示", "办公室", "城管", "测试", "默认",
};

static const char *const rows[] = {
    "`1234567890-=", "~!@#$%^&*()_+", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "147258369", "159357", "789456123", "147852369",
};

/* Signs that stand for letters: "p@ssw0rd". */
static bool stands_for(char sign, char letter)
{
    static const char pairs[] = "@a4a0o1l1i!i3e$s5s7t";
    for (size_t i = 0; pairs[i] != '\0'; i += 2) {
        if (pairs[i] == sign && pairs[i + 1] == letter) {
            return true;
        }
    }
    return sign == letter;
}

static size_t word_at(str p, size_t at, str word)
{
    if (word.len < PIECE || word.len > p.len - at) {
        return 0;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (!stands_for(p.ptr[at + i], word.ptr[i])) {
            return 0;
        }
    }
    return word.len;
}

/* As far as each byte is the one before it and `step`: 0 a run, 1 and -1 what is counted up and down. */
static size_t steps_at(str p, size_t at, int step)
{
    size_t n = 1;
    while (at + n < p.len && p.ptr[at + n] == p.ptr[at + n - 1] + step) {
        n++;
    }
    return n;
}

/* Along a row of keys, in the direction of `step`. */
static size_t keys_at(str p, size_t at, const char *row, int step)
{
    size_t best = 0;
    for (const char *key = strchr(row, p.ptr[at]); key != NULL && *key != '\0'; key = strchr(key + 1, p.ptr[at])) {
        size_t n = 1;
        for (const char *k = key; at + n < p.len && (step > 0 || k > row); n++) {
            k += step;
            if (*k == '\0' || *k != p.ptr[at + n]) {
                break;
            }
        }
        best = n > best ? n : best;
    }
    return best;
}

static int two_digits(str p, size_t at)
{
    bool digits = at + 2 <= p.len && strspn(p.ptr + at, "0123456789") >= 2;
    return digits ? (p.ptr[at] - '0') * 10 + p.ptr[at + 1] - '0' : -1;
}

/* A year of somebody alive, or a month and a day of it. */
static size_t date_at(str p, size_t at)
{
    int first = two_digits(p, at), second = two_digits(p, at + 2);
    bool year = (first == 19 || first == 20) && second >= 0;
    bool day = first >= 1 && first <= 12 && second >= 1 && second <= 31;
    return year || day ? 4 : 0;
}

/* What stood earlier in it. */
static size_t again_at(str p, size_t at)
{
    size_t best = 0;
    for (size_t from = 0; from < at; from++) {
        size_t n = 0;
        while (at + n < p.len && from + n < at && p.ptr[from + n] == p.ptr[at + n]) {
            n++;
        }
        best = n > best ? n : best;
    }
    return best;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* How much of the password from here on is one piece; at least a character. */
static size_t piece_at(str p, size_t at, const str *own, uint32_t own_count)
{
    size_t best = larger(date_at(p, at), again_at(p, at));
    for (int step = -1; step <= 1; step++) {
        best = larger(best, steps_at(p, at, step));
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        best = larger(best, larger(keys_at(p, at, rows[i], 1), keys_at(p, at, rows[i], -1)));
    }
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        best = larger(best, word_at(p, at, str_of(common[i])));
    }
    for (uint32_t i = 0; i < own_count; i++) {
        best = larger(best, word_at(p, at, own[i]));
    }
    size_t character = 1;
    while (at + character < p.len && ((unsigned char)p.ptr[at + character] & 0xC0) == 0x80) {
        character++;
    }
    return best >= PIECE && best >= character ? best : character;
}

/* Names in small letters, as wholes and in the parts that blanks, dots and lines make of them. */
static uint32_t split(struct arena *a, const str *own, uint32_t count, str ret[WORDS])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct buf lower = BUF_INIT(LIMIT_PEOPLE_NAME * 3);
        utf8_lower(own[i], &lower);
        str name = arena_str(a, buf_str(&lower));
        buf_release(&lower);
        for (size_t at = 0, end; at < name.len; at = end + 1) {
            end = at + strcspn(name.ptr + at, " .-_");
            if (n < WORDS) {
                ret[n++] = str_slice(name, at, end);
            }
        }
    }
    return n;
}

uint32_t people__pieces(str password, const str *own, uint32_t own_count)
{
    struct arena a = ARENA_INIT;
    str words[WORDS];
    struct buf lower = BUF_INIT(LIMIT_PEOPLE_PASSWORD_BYTES * 3);
    uint32_t pieces = 0, count = split(&a, own, own_count, words);
    utf8_lower(password, &lower);
    str p = buf_str(&lower);
    for (size_t at = 0; at < p.len; pieces++) {
        at += piece_at(p, at, words, count);
    }
    buf_release(&lower);
    arena_release(&a);
    return pieces;
}
