/* json: how fast json_parse reads a text of 10 MB as offices have them: an array of declarations with names,
 * addresses, sums, dates and small lists, a third of it Chinese. Prints one line of JSON.
 */
#include "text/json.h"
#include "base/clock.h"
#include "text/json_write.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_BYTES = 10 << 20 };

static void text_member(struct json_writer *w, const char *name, const char *value)
{
    json_key(w, str_of(name));
    json_string(w, str_of(value));
}

static void number_member(struct json_writer *w, const char *name, uint32_t whole, uint32_t cents)
{
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%u.%02u", whole, cents % 100);
    json_key(w, str_of(name));
    json_raw(w, (str){ digits, (size_t)n });
}

static void declaration(struct json_writer *w, uint32_t i)
{
    static const char *const streets[] = { "闻堰街道老虎洞村", "宁围街道利一社区", "河庄街道建设村", "义蓬街道火星村" };
    char number[32];
    snprintf(number, sizeof number, "QT-2026-%07u", i);
    json_begin_object(w);
    text_member(w, "number", number);
    text_member(w, "party", i % 3 == 0 ? "杭州钱塘新区某某农业开发有限公司" : "陈某某");
    text_member(w, "address", streets[i % 4]);
    text_member(w, "received", "2026-11-24T08:30:00+08:00");
    text_member(w, "note", i % 7 == 0 ? "first line\nsecond line, with a \"quotation\"" : "nothing to add");
    number_member(w, "area", i % 5000, i);
    number_member(w, "subsidy", i * 37 % 100000, i * 7);
    json_key(w, STR("crops"));
    json_begin_array(w);
    for (uint32_t k = 0; k < i % 4; k++) {
        json_begin_object(w);
        text_member(w, "kind", k % 2 == 0 ? "水稻" : "小麦");
        number_member(w, "area", k * 11 + i % 90, k);
        json_end_object(w);
    }
    json_end_array(w);
    json_key(w, STR("confirmed"));
    json_bool(w, i % 2 == 0);
    json_key(w, STR("closed"));
    json_null(w);
    json_end_object(w);
}

static void make_text(struct buf *b)
{
    struct json_writer w;
    json_writer_init(&w, b, false);
    json_begin_array(&w);
    for (uint32_t i = 0; b->len < TEXT_BYTES; i++) {
        declaration(&w, i);
    }
    json_end_array(&w);
}

static int parse_for(str text, double seconds)
{
    struct arena a = ARENA_INIT;
    struct json v;
    double took = 0;
    uint32_t rounds = 0;
    for (int64_t start = clock_cpu_nanos(); took < seconds; took = (double)(clock_cpu_nanos() - start) / 1e9) {
        if (json_parse(&a, text, &v, NULL) != OK) {
            return 1;
        }
        arena_clear(&a);
        rounds++;
    }
    arena_release(&a);
    printf("{\"bench\":\"json\",\"bytes\":%zu,\"rounds\":%u,\"mb_per_second\":%.0f}\n", text.len, rounds,
           (double)text.len * rounds / took / 1e6);
    return 0;
}

int main(int argc, char **argv)
{
    struct buf b = BUF_INIT(TEXT_BYTES + (1 << 20));
    make_text(&b);
    int status = parse_for(buf_str(&b), argc > 1 ? (double)strtoul(argv[1], NULL, 10) : 2);
    buf_release(&b);
    return status;
}
