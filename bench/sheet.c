/* sheet: how long a workbook of 100,000 rows and 20 columns takes out and in again, through the helper program, and
 * what memory and processor time both sides need. A quarter of the cells are Chinese texts, the rest codes, numbers and
 * dates. Prints one line of JSON.
 *
 *   sheet GONGSHI-PAPER [WORKBOOK]    with a workbook: only reads it
 */
#include "base/clock.h"
#include "helper/sheet_call.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS = 100000, COLUMNS = 20 };

static const char *const names[] = { "柏桥区老码头豆腐坊", "闻堰街道老虎洞村股份经济合作社", "河庄街道建设村", "示范" };

struct maker {
    uint32_t line;
    char texts[COLUMNS][64];
    struct table_cell cells[COLUMNS];
};

static enum error_code make_row(void *context, struct table_row *ret, bool *ret_end, struct error *err)
{
    struct maker *m = context;
    (void)err;
    if (m->line == ROWS) {
        *ret_end = true;
        return OK;
    }
    uint32_t n = ++m->line;
    for (uint32_t i = 0; i < COLUMNS; i++) {
        static const uint8_t kinds[] = { TABLE_TEXT, TABLE_TEXT, TABLE_NUMBER, TABLE_DATE };
        char *text = m->texts[i];
        switch (i % 4) {
        case 0:
            snprintf(text, 64, "%s%u", names[(n + i) % 4], n);
            break;
        case 1:
            snprintf(text, 64, "91330109MA2%07u", n * 31 + i);
            break;
        case 2:
            snprintf(text, 64, "%u.%02u", n * 7 + i, n % 100);
            break;
        default:
            snprintf(text, 64, "20%02u-%02u-%02u", n % 27, n % 12 + 1, n % 28 + 1);
            break;
        }
        m->cells[i] = (struct table_cell){ .kind = kinds[i % 4], .text = str_of(text), .note = STR("") };
    }
    *ret = (struct table_row){ .line = n + 1, .count = COLUMNS, .cells = m->cells, .note = STR("") };
    return OK;
}

static enum error_code count_row(void *context, const struct table_row *row, struct error *err)
{
    uint64_t *cells = context;
    (void)err;
    *cells += row->count;
    return OK;
}

static void make_columns(struct sheet_column *columns, str *titles)
{
    static const uint8_t kinds[] = { TABLE_TEXT, TABLE_TEXT, TABLE_NUMBER, TABLE_DATE };
    for (uint32_t i = 0; i < COLUMNS; i++) {
        columns[i] = (struct sheet_column){ .title = titles[i % 4], .kind = kinds[i % 4] };
    }
}

static int fail(const struct error *err)
{
    fprintf(stderr, "sheet: %s: %s\n", err->message, err->detail);
    return 1;
}

static double seconds_since(int64_t start)
{
    return (double)(clock_monotonic_nanos() - start) / 1e9;
}

static double cpu_of(const struct rusage *r)
{
    return (double)(r->ru_utime.tv_sec + r->ru_stime.tv_sec) +
           (double)(r->ru_utime.tv_usec + r->ru_stime.tv_usec) / 1e6;
}

static enum error_code write_workbook(struct helper *h, int file, struct error *err)
{
    static struct maker maker;
    str titles[] = { STR("名称"), STR("代码"), STR("金额"), STR("日期") };
    struct sheet_column columns[COLUMNS];
    make_columns(columns, titles);
    struct sheet_layout layout = { .tab = STR("台账"), .columns = columns, .column_count = COLUMNS };
    return helper_sheet_write(h, &(struct helper_sheet_write){ file, NULL, &layout }, make_row, &maker, err);
}

int main(int argc, char **argv)
{
    struct arena a = ARENA_INIT;
    struct helper *h;
    struct error err = { .lang = LANG_EN };
    char path[] = "/tmp/gongshi-sheet-XXXXXX";
    if (argc < 2 || helper_start(&a, &(struct helper_config){ .program = argv[1] }, &h, &err) != OK) {
        return argc < 2 ? 2 : fail(&err);
    }
    int file = argc > 2 ? open(argv[2], O_RDONLY | O_CLOEXEC) : mkstemp(path);
    double out = 0;
    int64_t start = clock_monotonic_nanos();
    if (argc == 2) {
        unlink(path);
        if (write_workbook(h, file, &err) != OK) {
            return fail(&err);
        }
        out = seconds_since(start);
    }
    struct stat st = { .st_size = 0 };
    struct sheet_found found;
    uint64_t cells = 0;
    fstat(file, &st);
    start = clock_monotonic_nanos();
    if (helper_sheet_read(h, &a, &(struct helper_sheet_read){ .file = file }, count_row, &cells, &found, &err) != OK) {
        return fail(&err);
    }
    double in = seconds_since(start);
    struct rusage own, helper;
    helper_stop(h);
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &helper);
    printf("{\"rows\":%u,\"cells\":%llu,\"bytes\":%lld,\"out_seconds\":%.2f,\"in_seconds\":%.2f,"
           "\"helper_cpu_seconds\":%.2f,\"caller_cpu_seconds\":%.2f,\"helper_rss_kib\":%ld,\"caller_rss_kib\":%ld}\n",
           found.rows, (unsigned long long)cells, (long long)st.st_size, out, in, cpu_of(&helper), cpu_of(&own),
           helper.ru_maxrss, own.ru_maxrss);
    arena_release(&a);
    return 0;
}
