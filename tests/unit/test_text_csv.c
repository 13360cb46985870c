/* test_text_csv: tables as text: encodings, separators, quotation marks, places of errors, what is written, limits. */
#include "tap.h"

#include "base/arena.h"
#include "base/limit.h"
#include "text/csv.h"

static struct arena memory;

static enum error_code dump_row(void *context, const struct table_row *row, struct error *err)
{
    struct buf *out = context;
    (void)err;
    buf_printf(out, "%s%u", out->len > 0 ? " | " : "", row->line);
    for (uint32_t i = 0; i < row->count; i++) {
        buf_printf(out, " [%.*s]", STR_ARG(row->cells[i].text));
    }
    return OK;
}

static struct csv_options found;

static str read_table(str bytes, struct csv_options options)
{
    struct buf out = BUF_INIT(64 << 20);
    struct error err = { .code = OK };
    enum error_code code = csv_read(bytes, options, dump_row, &out, &found, &err);
    str text = code == OK ? arena_str(&memory, buf_str(&out))
                          : arena_printf(&memory, "%u:%u %s: %s: %s", err.where.line, err.where.column,
                                         error_name(code), err.message, err.detail);
    buf_release(&out);
    return text;
}

#define MARK "\xEF\xBB\xBF"
#define HIGH "\xC4\xE3" /* 你 in GB18030 */

static const struct {
    const char *bytes, *want;
} tables[] = {
    { "a,b\n1,2\n", "1 [a] [b] | 2 [1] [2]" },
    { "a,b\r\n1,2", "1 [a] [b] | 2 [1] [2]" },
    { "a,b\r1,2\r", "1 [a] [b] | 2 [1] [2]" },
    { "a;b,c;d\n", "1 [a] [b,c] [d]" },
    { "a\tb,c\td;\n", "1 [a] [b,c] [d;]" },
    { "\"a;b;c\",d\n", "1 [a;b;c] [d]" },
    { "a\n1;2\n", "1 [a] | 2 [1;2]" },
    { "\n\n;;\na;b\n", "4 [a] [b]" },
    { "a,,\n,b,\n,,\n", "1 [a] | 2 [] [b]" },
    { "\"a\nb\",\"c\"\"d\",\"\"\nx\n", "1 [a\nb] [c\"d] | 3 [x]" },
    { "\"a\r\nb\"\rx", "1 [a\r\nb] | 3 [x]" },
    { "a\"b\", c \n", "1 [a\"b\"] [ c ]" },
    { MARK "名称,代码\n", "1 [名称] [代码]" },
    { "名称\n", "1 [名称]" },
    { "\xC3\xFB\xB3\xC6,\"\xB4\xFA\"\"\xC2\xEB\"\n", "1 [名称] [代\"码]" },
    { "a,\x81\x30\x81\x30\n", "1 [a] [\xC2\x80]" },
    { "", "" },
    { MARK, "" },
    { "\"\"", "" },
    /* Places of errors: the line, and the byte in it. */
    { "a\nb,\"c\nd", "2:3 syntax: the quotation mark is never closed: " },
    { "a\n\"b\nc\"d\n", "3:3 syntax: text after the closing quotation mark: " },
    { "\xFF\xFE"
      "a",
      "1:1 invalid: the text is UTF-16, which is not read: " },
    { MARK "ab\n\xE5\x90,\n", "2:1 syntax: the text is not UTF-8: byte 0xE5" },
    { "名称代码名称代码\n名\xE7,b\n", "2:4 syntax: the text is not UTF-8: byte 0xE7" },
    { HIGH HIGH "\n" HIGH ",\xFF\n", "2:4 syntax: the text is neither UTF-8 nor GB18030: byte 0xFF" },
    { HIGH HIGH "\n\"x\n" HIGH "\xFF\"\n", "3:3 syntax: the text is neither UTF-8 nor GB18030: byte 0xFF" },
};

static void test_read(void)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        is_str(read_table(str_of(tables[i].bytes), (struct csv_options){ 0 }), str_of(tables[i].want), "table %zu", i);
    }
    is_str(read_table((str){ "a\0b", 3 }, (struct csv_options){ 0 }),
           STR("1:2 syntax: a table as text has no zero byte: "), "a zero byte");
    read_table(STR(MARK "a;b"), (struct csv_options){ 0 });
    ok(found.encoding == CSV_UTF8 && found.mark && found.separator == ';', "what was found is told");
    read_table(STR(HIGH), (struct csv_options){ 0 });
    ok(found.encoding == CSV_GB18030 && !found.mark && found.separator == ',', "of GB18030 too");
    is_str(read_table(STR("a,b;c"), (struct csv_options){ .separator = ';' }), STR("1 [a,b] [c]"), "a given separator");
    is_str(read_table(STR(HIGH), (struct csv_options){ .encoding = CSV_UTF8 }),
           STR("1:1 syntax: the text is not UTF-8: byte 0xC4"), "a given encoding");
    is_str(read_table(STR("名"), (struct csv_options){ .encoding = CSV_GB18030 }),
           STR("1:3 syntax: the text is neither UTF-8 nor GB18030: byte 0x8D"), "the other one");
}

/* ---- Writing ---- */

static const struct table_cell cells[] = {
    { .kind = TABLE_TEXT, .text = { "=1+1", 4 } },    { .kind = TABLE_NUMBER, .text = { "-5", 2 } },
    { .kind = TABLE_TEXT, .text = { "名\"称,", 8 } }, { .kind = TABLE_TEXT, .text = { "''@x", 4 } },
    { .kind = TABLE_TEXT, .text = { "a\nb", 3 } },    { .kind = TABLE_TEXT, .text = { "'quoted'", 8 } },
    { .kind = TABLE_TEXT, .text = { "\tx", 2 } },     { .kind = TABLE_TEXT, .text = { " y ", 3 } },
    { .kind = TABLE_TEXT, .text = { "+-@\r", 4 } },
};

static const char as_read[] =
    "1 [=1+1] [-5] [名\"称,] [''@x] [a\nb] ['quoted'] [\tx] [ y ] [+-@\r] | 4 [=1+1] [-5] [名\"称,] [''@x] [a\nb] "
    "['quoted'] [\tx] [ y ] [+-@\r]";

static str write_table(struct csv_options options)
{
    struct buf out = BUF_INIT(1 << 20);
    struct csv_writer w;
    struct error err = { .code = OK };
    if (csv_begin(&w, options, &out, &err) != OK) {
        return str_of("refused");
    }
    struct table_row row = { .count = sizeof cells / sizeof cells[0], .cells = cells };
    csv_row(&w, &row);
    csv_row(&w, &row);
    csv_end(&w);
    str text = arena_str(&memory, buf_str(&out));
    buf_release(&out);
    return text;
}

#define PLAIN "=1+1,-5,\"名\"\"称,\",''@x,\"a\nb\",'quoted',\tx,\" y \",\"+-@\r\"\r\n"
#define FORMULA "'=1+1,-5,\"名\"\"称,\",'''@x,\"a\nb\",'quoted','\tx,\" y \",\"'+-@\r\"\r\n"

static void test_written(void)
{
    static const char separators[] = { 0, ';', '\t' };
    is_str(write_table((struct csv_options){ 0 }), STR(PLAIN PLAIN), "as it is");
    is_str(write_table((struct csv_options){ .spreadsheet = true, .mark = true }), STR(MARK FORMULA FORMULA),
           "for spreadsheets");
    for (unsigned i = 0; i < 24; i++) {
        struct csv_options options = { .encoding = i % 2 ? CSV_GB18030 : CSV_UTF8,
                                       .separator = separators[i / 2 % 3],
                                       .mark = i / 6 % 2 != 0,
                                       .spreadsheet = i / 12 != 0 };
        struct csv_options given = { .spreadsheet = options.spreadsheet, .separator = options.separator };
        str got = read_table(write_table(options), given);
        /* The second row begins at line 4: the first has an LF and a CR inside. */
        is_str(got, str_of(as_read), "round trip %u", i);
    }
    ok(!str_eq(write_table((struct csv_options){ .encoding = CSV_GB18030 }), STR(PLAIN PLAIN)),
       "GB18030 is another text");
    is_str(
        read_table(write_table((struct csv_options){ .spreadsheet = true }), (struct csv_options){ .separator = ',' }),
        STR("1 ['=1+1] [-5] [名\"称,] ['''@x] [a\nb] ['quoted'] ['\tx] [ y ] ['+-@\r] | 4 ['=1+1] [-5] [名\"称,] "
            "['''@x] [a\nb] ['quoted'] ['\tx] [ y ] ['+-@\r]"),
        "the ' stays where it is not asked for");
}

/* ---- Limits ---- */

static str repeat(const char *piece, size_t times)
{
    size_t length = strlen(piece);
    char *p = arena_alloc(&memory, length * times);
    for (size_t i = 0; i < times; i++) {
        memcpy(p + i * length, piece, length);
    }
    return (str){ p, length * times };
}

static bool has(str text, const char *piece)
{
    return memmem(text.ptr, text.len, piece, strlen(piece)) != NULL;
}

static enum error_code count_row(void *context, const struct table_row *row, struct error *err)
{
    (void)row, (void)err;
    ++*(uint32_t *)context;
    return OK;
}

static enum error_code stop(void *context, const struct table_row *row, struct error *err)
{
    (void)context;
    return error_set(err, ERROR_INVALID, "stop at %u", row->line);
}

static void test_limits(void)
{
    struct error err = { .code = OK };
    uint32_t rows = 0;
    str many = repeat("a\n", LIMIT_SHEET_ROWS + 1);
    is_int(csv_read(many, (struct csv_options){ 0 }, count_row, &rows, NULL, &err), ERROR_LIMIT, "too many rows");
    ok(strstr(err.detail, "SHEET_ROWS") != NULL && rows == LIMIT_SHEET_ROWS, "LIMIT_SHEET_ROWS are taken");
    ok(has(read_table(repeat("a,", LIMIT_SHEET_COLUMNS + 1), (struct csv_options){ 0 }), "limit SHEET_COLUMNS = "),
       "LIMIT_SHEET_COLUMNS");
    ok(str_starts_with(read_table(repeat("a,", LIMIT_SHEET_COLUMNS), (struct csv_options){ 0 }), STR("1 [a]")),
       "as many are taken");
    ok(has(read_table(repeat("abcdefgh", LIMIT_SHEET_ROW / 16 + 1), (struct csv_options){ 0 }), "limit SHEET_ROW = "),
       "LIMIT_SHEET_ROW");
    char *quoted = (char *)(uintptr_t)repeat("abcdefgh", LIMIT_SHEET_ROW / 8 + 2).ptr;
    quoted[0] = quoted[LIMIT_SHEET_ROW + 15] = '"';
    ok(has(read_table((str){ quoted, LIMIT_SHEET_ROW + 16 }, (struct csv_options){ 0 }), "limit SHEET_ROW = "),
       "in quotation marks too");
    is_int(csv_read(STR("a\nb\n"), (struct csv_options){ 0 }, stop, NULL, NULL, &err), ERROR_INVALID,
           "a sink may stop");
    is_str(str_of(err.message), STR("stop at 1"), "with its own error");
}

static void test_flags(void)
{
    for (unsigned flag = TABLE_FORMULA; flag <= TABLE_HIDDEN; flag *= 2) {
        const char *message = table_flag_message(LANG_EN, (enum table_flag)flag);
        const char *next = table_flag_message(LANG_EN, (enum table_flag)(flag * 2));
        ok(flag == TABLE_HIDDEN || strcmp(message, next) != 0, "the flag %u has a message of its own", flag);
        ok(strcmp(message, table_flag_message(LANG_ZH, (enum table_flag)flag)) != 0, "in Chinese too");
        const char *hint = table_flag_hint(LANG_EN, (enum table_flag)flag);
        ok(strcmp(hint, table_flag_hint(LANG_ZH, (enum table_flag)flag)) != 0, "and a hint");
    }
}

int main(void)
{
    test_read();
    test_written();
    test_limits();
    test_flags();
    arena_release(&memory);
    return tap_done();
}
