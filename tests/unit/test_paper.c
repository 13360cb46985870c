/* test_paper: what is refused, where and how it is said; the limits; the same bytes each time; and the program as a
 * helper. What the PDF contains is looked at by tests/cli/paper.sh, with the tools that people use. */
#include "tap.h"

#include "base/clock.h"
#include "base/limit.h"
#include "helper/helper.h"
#include "helper/sandbox.h"
#include "paper/paper.h"
#include "text/base64.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { JOBS = 200 };

static struct arena memory;
static struct paper_press *press;

/* ---- Requests ---- */

static str request(str blocks)
{
    return arena_printf(&memory, "{\"title\":\"t\",\"created\":\"2026-07-01T08:00:00Z\",\"blocks\":[%.*s]}",
                        STR_ARG(blocks));
}

static str repeat(str piece, size_t times)
{
    char *p = arena_alloc(&memory, piece.len * times);
    for (size_t i = 0; i < times; i++) {
        memcpy(p + i * piece.len, piece.ptr, piece.len);
    }
    return (str){ p, piece.len * times };
}

/* The PDF, or "LINE:COLUMN code: message: detail". */
static str print(str json)
{
    struct paper_document d;
    struct error err = { .code = OK };
    struct buf pdf = BUF_INIT(LIMIT_HELPER_REPLY);
    enum error_code code = paper_read(&memory, json, &d, &err);
    code = code == OK ? paper_print(press, &d, &pdf, &err) : code;
    str result = code == OK ? arena_str(&memory, buf_str(&pdf))
                            : arena_printf(&memory, "%u:%u %s: %s: %s", err.where.line, err.where.column,
                                           error_name(code), err.message, err.detail);
    buf_release(&pdf);
    return result;
}

/* ---- What is refused ---- */

static const struct {
    const char *json, *error;
} wrong[] = {
    { "[]", "1:1 invalid: an object is expected: " },
    { "{\"title\":\"t\",\n \"created\":\"2026-07-01T08:00:00Z\"}", "1:1 invalid: something is missing: blocks" },
    { "{\"title\":\"t\",\n \"colour\":1}", "2:11 invalid: this name is not known here: colour" },
    { "{\"title\":[]}", "1:10 invalid: a text or a number is expected: title" },
    { "{\"title\":\"a\\nb\",\"created\":\"2026-07-01T08:00:00Z\",\"blocks\":[]}",
      "1:10 invalid: a control character cannot be printed: " },
    { "{\"created\":\"2026-07-01\"}",
      "1:12 invalid: a date and time such as 2026-07-01T08:00:00+08:00 is expected: created" },
    { "{\"page\":\"B4\"}", "1:9 invalid: the value is not one of those that are known: page" },
    { "{\"language\":\"la\"}", "1:13 invalid: the value is not one of those that are known: language" },
};

static const struct {
    const char *block, *error;
} wrong_blocks[] = {
    { "1", "1:57 invalid: an object is expected: blocks" },
    { "{\"text\":\"x\"}", "1:57 invalid: the type of the block is not known: type" },
    { "{\"type\":\"poem\"}", "1:65 invalid: the type of the block is not known: type" },
    { "{\"type\":\"title\"}", "1:57 invalid: something is missing: text" },
    { "{\"type\":\"title\",\"text\":\"x\",\"level\":4}", "1:92 invalid: a whole number is expected: level: 1–3" },
    { "{\"type\":\"title\",\"text\":\"x\",\"level\":1.0}", "1:92 invalid: a whole number is expected: level: 1–3" },
    { "{\"type\":\"paragraph\",\"text\":null}", "1:84 invalid: a text or a number is expected: text" },
    { "{\"type\":\"paragraph\",\"text\":\"a\\u0007\"}", "1:84 invalid: a control character cannot be printed: " },
    { "{\"type\":\"paragraph\",\"text\":\"a\",\"align\":\"up\"}",
      "1:96 invalid: the value is not one of those that are known: align" },
    { "{\"type\":\"field\",\"label\":\"a\"}", "1:57 invalid: something is missing: value" },
    { "{\"type\":\"qr\",\"text\":\"\"}", "1:57 invalid: a QR code needs a text: " },
    { "{\"type\":\"table\",\"columns\":[],\"rows\":[]}", "1:83 invalid: a table needs a column: " },
    { "{\"type\":\"table\",\"columns\":[{}],\"rows\":[]}", "1:84 invalid: something is missing: title" },
    { "{\"type\":\"table\",\"columns\":[{\"title\":\"a\",\"width\":0}],\"rows\":[]}",
      "1:105 invalid: a whole number is expected: width: 1–1000" },
    { "{\"type\":\"table\",\"columns\":[{\"title\":\"a\"}],\"rows\":[[1],[1,2]]}",
      "1:111 invalid: the row has not as many cells as the table has columns: 2 ≠ 1" },
    { "{\"type\":\"table\",\"columns\":[{\"title\":\"a\"},{\"title\":\"b\",\"width\":1000}],\"rows\":[]}",
      "0:0 invalid: a column of the table is too narrow for one character: blocks[0]" },
    { "{\"type\":\"table\",\"columns\":[{\"title\":\"a\"},{\"title\":\"b\"}],\"groups\":[{\"title\":\"c\"}],"
      "\"rows\":[]}",
      "1:122 invalid: the groups have not as many columns as the table: 1 ≠ 2" },
    { "{\"type\":\"table\",\"columns\":[{\"title\":\"a\"}],\"rows\":[[{\"text\":\"x\",\"span\":2}]]}",
      "1:107 invalid: the row has not as many cells as the table has columns: 2 ≠ 1" },
    { "{\"type\":\"signing\",\"items\":[]}", "1:83 invalid: there are one to four boxes to sign in: items" },
    { "{\"type\":\"signature\",\"name\":\"a\",\"seal\":1}", "1:95 invalid: true or false is expected: seal" },
    { "{\"type\":\"image\",\"caption\":\"a\",\"data\":\"x\"}", "1:94 invalid: bytes in base64 are expected: data" },
    { "{\"type\":\"image\",\"caption\":\"a\",\"data\":\"R0lGODlh\"}",
      "0:0 invalid: the picture is neither PNG nor JPEG, or is damaged: blocks[0]" },
    { "{\"type\":\"paragraph\",\"text\":\"ab\"},{\"type\":\"field\",\"label\":\"好\",\"value\":\"a\xF0\x9F\x98\x80\"}",
      "0:0 invalid: no font has the character \xF0\x9F\x98\x80 (U+1F600): blocks[1]" },
    { "{\"type\":\"paragraph\",\"text\":\"\xEE\xA1\xA3\"}",
      "0:0 invalid: no font has the character \xEE\xA1\xA3 (U+E863): blocks[0]" },
};

static void test_wrong(void)
{
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        is_str(print(str_of(wrong[i].json)), str_of(wrong[i].error), "%s", wrong[i].error);
    }
    for (size_t i = 0; i < sizeof wrong_blocks / sizeof wrong_blocks[0]; i++) {
        is_str(print(request(str_of(wrong_blocks[i].block))), str_of(wrong_blocks[i].error), "%s",
               wrong_blocks[i].error);
    }
    str tall = arena_printf(&memory, "{\"type\":\"table\",\"columns\":[{\"title\":\"%.*s\"}],\"rows\":[]}",
                            STR_ARG(repeat(STR("a\\n"), 30)));
    is_str(print(request(tall)), STR("0:0 invalid: the header of the table is too high: blocks[0]"),
           "a header that would fill each page");
}

/* ---- What a picture tells ---- */

#define TOLD "\xFF\xE1\0\x1C" "Exif\0\0MM\0*N 30.2 E 120.1  \xFF\xFE\0\x07sold?"
#define SHOWN "\xFF\xC0\0\x0B\x08\0\x01\0\x01\x01\x01\x11\0\xFF\xDA\0\x08\x01\x01\0\0\x3F\0points\xFF\xD9"

static bool contains(str text, str part)
{
    return memmem(text.ptr, text.len, part.ptr, part.len) != NULL;
}

static void test_told(void)
{
    struct buf data = BUF_INIT(4096);
    base64_write(STR("\xFF\xD8" TOLD SHOWN "film"), &data);
    str pdf = print(request(arena_printf(&memory, "{\"type\":\"image\",\"caption\":\"\",\"data\":\"%.*s\"}",
                                         STR_ARG(buf_str(&data)))));
    buf_release(&data);
    ok(contains(pdf, STR("\xFF\xD8" SHOWN)), "a JPEG is in the PDF");
    ok(!contains(pdf, STR("N 30.2")) && !contains(pdf, STR("sold?")) && !contains(pdf, STR("film")),
       "without what it tells of place and hour");
}

/* ---- Limits ---- */

/* `piece` once and then `,piece` often enough for `count`. */
static str list(const char *piece, size_t count)
{
    str more = arena_printf(&memory, ",%s", piece);
    return str_slice(repeat(more, count), 1, more.len * count);
}

static void is_limit(str blocks, const char *limit)
{
    str said = print(request(blocks));
    str end = arena_printf(&memory, "limit: the document is too large: limit %s", limit);
    ok(memmem(said.ptr, said.len, end.ptr, end.len) != NULL, "%.*s", said.len < 200 ? (int)said.len : 200, said.ptr);
}

static str table(str columns, str rows)
{
    return arena_printf(&memory, "{\"type\":\"table\",\"columns\":[%.*s],\"rows\":[%.*s]}", STR_ARG(columns),
                        STR_ARG(rows));
}

static str qr(size_t bytes)
{
    return arena_printf(&memory, "{\"type\":\"qr\",\"text\":\"%.*s\"}", STR_ARG(repeat(STR("x"), bytes)));
}

static void test_limits(void)
{
    static const char paragraph[] = "{\"type\":\"paragraph\",\"text\":\"\"}", column[] = "{\"title\":\"\"}";
    is_limit(list(paragraph, LIMIT_PAPER_BLOCKS + 1), "PAPER_BLOCKS = 10000");
    is_limit(arena_printf(&memory, "{\"type\":\"paragraph\",\"text\":\"%.*s\"}",
                          STR_ARG(repeat(STR("x"), LIMIT_PAPER_TEXT + 1))), "PAPER_TEXT = 2097152");
    is_limit(table(list(column, LIMIT_PAPER_COLUMNS + 1), STR("")), "PAPER_COLUMNS = 32");
    is_limit(table(list(column, 1), list("[1]", LIMIT_PAPER_CELLS + 1)), "PAPER_CELLS = 100000");
    is_limit(qr(LIMIT_PAPER_QR + 1), "PAPER_QR = 800");
    /* 33 lines stand on a page. */
    is_limit(arena_printf(&memory, "{\"type\":\"paragraph\",\"text\":\"%.*s\"}",
                          STR_ARG(repeat(STR("\\n"), 33 * (LIMIT_PAPER_PAGES + 1)))), "PAPER_PAGES = 500");
    str large = repeat(STR("AAAA"), LIMIT_PAPER_IMAGE / 3 + 1);
    is_limit(arena_printf(&memory, "{\"type\":\"image\",\"caption\":\"\",\"data\":\"%.*s\"}", STR_ARG(large)),
             "PAPER_IMAGE = 3145728");
    /* The head of a PNG of 65536 × 65536. */
    is_str(print(request(STR("{\"type\":\"image\",\"caption\":\"\",\"data\":\"iVBORw0KGgoAAAANSUhEUgABAAAAAQAACAIA"
                             "AAAAAAAA\"}"))),
           STR("0:0 limit: the document is too large: limit PAPER_PIXELS = 24000000"), "LIMIT_PAPER_PIXELS");
    ok(str_starts_with(print(request(qr(LIMIT_PAPER_QR))), STR("%PDF-")), "the longest QR code");
    str wide = arena_printf(&memory, "{\"title\":\"t\",\"created\":\"2026-07-01T08:00:00Z\","
                            "\"page\":\"A4-landscape\",\"blocks\":[%.*s]}",
                            STR_ARG(table(list(column, LIMIT_PAPER_COLUMNS), STR(""))));
    ok(str_starts_with(print(wide), STR("%PDF-")), "as many columns as there may be, across");
}

/* ---- The same bytes ---- */

static str read_file(const char *name)
{
    static char bytes[1 << 16];
    const char *root = getenv("GONGSHI_ROOT");
    int fd = open(arena_printf(&memory, "%s/tests/paper/%s", root != NULL ? root : ".", name).ptr, O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, bytes, sizeof bytes);
    close(fd);
    return arena_str(&memory, (str){ bytes, n < 0 ? 0 : (size_t)n });
}

static void test_same(str certificate)
{
    str first = print(certificate), other = print(request(STR("{\"type\":\"qr\",\"text\":\"x\"}")));
    ok(str_starts_with(first, STR("%PDF-")) && str_starts_with(other, STR("%PDF-")), "two documents are printed");
    ok(!str_eq(first, other), "which differ");
    is_str(print(certificate), first, "the first again is the same");
    print(STR("{"));
    is_str(print(certificate), first, "and after one that was refused");
    ok(str_starts_with(print(request(STR(""))), STR("%PDF-")), "a document without blocks is an empty page");
}

/* ---- The program ---- */

/* The program stands one folder above this test. */
static const char *program(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    path[n < 0 ? 0 : n] = '\0';
    return arena_printf(&memory, "%.*s/../gongshi-paper", (int)(strrchr(path, '/') - path), path).ptr;
}

/* A size in /proc/PID/status of the youngest child, in KiB. */
static long child_size(const char *field)
{
    char line[256];
    str command = arena_printf(&memory, "cat /proc/$(pgrep -n -P %d gongshi-paper)/status", (int)getpid());
    FILE *children = popen(command.ptr, "r");
    long size = 0;
    while (children != NULL && fgets(line, sizeof line, children) != NULL) {
        if (strncmp(line, field, strlen(field)) == 0) {
            size = strtol(line + strlen(field), NULL, 10);
        }
    }
    if (children != NULL) {
        pclose(children);
    }
    return size;
}

static void test_program(str certificate)
{
    struct helper *h = NULL;
    struct error err = { .lang = LANG_ZH };
    struct buf pdf = BUF_INIT(LIMIT_HELPER_REPLY);
    if (access(program(), X_OK) != 0) {
        ok(true, "the program as a helper # SKIP %s is not built", program());
        return;
    }
    if (!ok(helper_start(&memory, &(struct helper_config){ program(), 0 }, &h, &err) == OK, "the program starts")) {
        printf("# %s: %s\n", err.message, err.detail);
        return;
    }
    ok((helper_rights(h) & SANDBOX_CALLS) != 0, "in its sandbox (%u)", helper_rights(h));
    is_int(helper_call(h, certificate, &pdf, &err), OK, "it prints a certificate");
    is_str(buf_str(&pdf), print(certificate), "the same bytes as here");
    buf_clear(&pdf);
    is_int(helper_call(h, request(STR("{\"type\":\"poem\"}")), &pdf, &err), ERROR_INVALID, "it refuses another");
    is_str(str_of(err.message), str_of(lang_text(LANG_ZH, "the type of the block is not known")),
           "in the language of the caller");
    int64_t begin = clock_monotonic_nanos();
    for (int i = 0; i < JOBS; i++) {
        buf_clear(&pdf);
        helper_call(h, certificate, &pdf, &err);
    }
    printf("# %.2f ms for a certificate of one page (%d of them); resident %ld KiB\n",
           (double)(clock_monotonic_nanos() - begin) / 1e6 / JOBS, JOBS, child_size("VmHWM:"));
    buf_release(&pdf);
    helper_stop(h);
}

int main(void)
{
    struct error err = { .code = OK };
    if (paper_open(&memory, &press, &err) != OK) {
        printf("1..0 # SKIP %s\n", err.message);
        return 0;
    }
    str certificate = read_file("certificate.json");
    test_wrong();
    test_told();
    test_limits();
    test_same(certificate);
    test_program(certificate);
    paper_close(press);
    arena_release(&memory);
    return tap_done();
}
