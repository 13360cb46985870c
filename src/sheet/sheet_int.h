/* sheet_int: what the files of sheet share: the zip and its parts, the book, numbers, and the workbook being
 * written. */
#ifndef GONGSHI_SHEET_SHEET_INT_H
#define GONGSHI_SHEET_SHEET_INT_H

#include "sheet/sheet.h"

#include "base/limit.h"

#include <minizip/unzip.h>
#include <minizip/zip.h>

/* ---- The zip that is read ---- */

struct sheet__zip {
    str bytes;
    size_t at; /* where minizip reads */
    unzFile file;
    const char *part;  /* that is open */
    uint64_t packed;   /* size of that part */
    uint64_t unpacked; /* of that part, and of all parts, so far */
    uint64_t all;
    struct error *err;
};

/* Opens it, or says what the file is instead. */
enum error_code sheet__open(struct sheet__zip *z, str bytes, struct error *err);
void sheet__close(struct sheet__zip *z);

/* Opens a part; ERROR_MISSING, and no error set, when there is none of this name. `name` must live while it is open. */
enum error_code sheet__open_part(struct sheet__zip *z, const char *name);

/* The next bytes; 0 at the end, below 0 after an error. */
int sheet__read_part(struct sheet__zip *z, void *to, uint32_t size);
void sheet__close_part(struct sheet__zip *z);

/* A small part as a whole. */
enum error_code sheet__load_part(struct sheet__zip *z, struct arena *a, const char *name, str *ret);

/* The workbook, or the part that is open, is not what it should be. The detail is translated. */
enum error_code sheet__broken(struct sheet__zip *z, const char *detail);

/* The file is of a kind that only a spreadsheet program reads; `what` is translated already. */
enum error_code sheet__other_kind(struct error *err, const char *what);
enum error_code sheet__protected(struct error *err);
enum error_code sheet__too_large(struct error *err, const char *name, int value);

/* ---- A part as a stream of elements ---- */

struct sheet__stream;

/* Names are without their prefix; attributes come as expat gives them. A handler that fails has set the error. */
struct sheet__handler {
    enum error_code (*start)(void *context, const char *name, const char **attributes);
    enum error_code (*end)(void *context, const char *name);
    enum error_code (*text)(void *context, str text); /* only while *wants_text */
    const bool *wants_text;
    void *context;
};

/* ERROR_MISSING, and no error set, when there is no such part. */
enum error_code sheet__parse_part(struct sheet__zip *z, const char *name, const struct sheet__handler *h);

/* The attribute, by its name without prefix; NULL when there is none. */
const char *sheet__attribute(const char **attributes, const char *name);

/* A whole number up to `max`, of decimal digits alone; false for anything else. */
bool sheet__whole(const char *text, uint32_t max, uint32_t *ret);

/* What a producer wrote for a truth: 1, true, on. */
bool sheet__is_true(const char *text);

/* ---- The book: what worksheets share ---- */

enum sheet__format {
    SHEET__GENERAL,
    SHEET__NUMBER,
    SHEET__EXPONENT,
    SHEET__DATE,
    SHEET__TIME,
    SHEET__DATE_TIME,
    SHEET__ELAPSED, /* hours that go on after 24 */
};

struct sheet__tab {
    str name;
    const char *part;
    bool hidden;
};

struct sheet__book {
    struct sheet__zip zip;
    struct arena *arena;
    struct sheet__tab tabs[LIMIT_SHEET_TABS];
    uint32_t tab_count;
    bool from_1904;
    const char *texts_part, *formats_part; /* NULL: there is none */
    struct buf texts, ends;                /* shared texts one after another, and where each ends: uint32_t */
    struct buf formats;                    /* one byte for each format of cells: enum sheet__format */
};

/* Reads the list of worksheets. */
enum error_code sheet__read_book(struct sheet__book *b);

/* ERROR_MISSING, with the error set, when there is no such tab. */
enum error_code sheet__find_tab(const struct sheet__book *b, str name, uint32_t *ret, struct error *err);

enum error_code sheet__read_texts(struct sheet__book *b);
enum error_code sheet__read_formats(struct sheet__book *b);

bool sheet__shared_text(const struct sheet__book *b, uint32_t index, str *ret);
enum sheet__format sheet__format_of(const struct sheet__book *b, uint32_t style);

/* What a number format shows. */
enum sheet__format sheet__classify(str code);
enum sheet__format sheet__builtin(uint32_t id);

/* Undoes _x000D_ and the like in place; returns the new length. */
size_t sheet__unescape(char *text, size_t length);

/* ---- Numbers and dates ---- */

struct sheet__decimal {
    char digits[16]; /* significant, without zeros at both ends, no NUL */
    uint32_t count;  /* 0: zero */
    int32_t point;   /* 0.DIGITS times ten to this power */
    bool negative;
    bool rounded; /* there were more digits */
};

/* A number as a workbook has it, rounded to the 15 digits that spreadsheets show. False when it is none. */
bool sheet__parse_number(str text, struct sheet__decimal *ret);
void sheet__print_number(const struct sheet__decimal *d, struct buf *out);

/* Whether more digits may have been there, or a spreadsheet shows it with an exponent. */
bool sheet__is_imprecise(const struct sheet__decimal *d, enum sheet__format format);

/* The date or time of a serial, printed; its kind, or TABLE_EMPTY when it is none. */
enum table_kind sheet__print_serial(const struct sheet__decimal *d, enum sheet__format format, bool from_1904,
                                    struct buf *out);

/* The serial of a date, time or date-time in the form of text/table.h, for a workbook of the 1900 system. False for
 * what spreadsheets cannot hold: days before 1900-03-01. */
bool sheet__serial(str text, struct buf *out);

/* ---- Writing ---- */

struct sheet__writer {
    zipFile zip;
    int file;
    const struct sheet_layout *layout;
    struct buf out;   /* of the part that is being written; passed on when it is long */
    struct buf notes; /* packed: see note.c */
    uint32_t note_count;
    uint32_t lines; /* written, with the header */
    int failed;     /* errno of the first failure to write the file; 0: none */
    struct error *err;
};

/* Parts are written one after another: what is added to `out` belongs to the one that was begun. */
void sheet__begin_part(struct sheet__writer *w, const char *name);
void sheet__pass_on(struct sheet__writer *w); /* to be called now and then: makes room in `out` */
void sheet__end_part(struct sheet__writer *w);

/* Text with what XML cannot hold replaced, and the escapes of workbooks. */
void sheet__put_text(struct buf *out, str text);

/* A1 for line 1, column 0. */
void sheet__put_place(struct buf *out, uint32_t line, uint32_t column);

/* The styles of cells: these, and two for each column, plain and marked; the column of notes is the last. */
enum { SHEET__STYLE_HEADER = 1, SHEET__STYLE_ABOUT, SHEET__STYLE_COLUMNS };
uint32_t sheet__style(uint32_t column, bool marked);

/* The column, or that of notes behind the last. */
struct sheet_column sheet__column(const struct sheet__writer *w, uint32_t index);
uint32_t sheet__column_count(const struct sheet__writer *w);

#define SHEET__LISTS "_lists" /* the hidden worksheet whose columns are the lists of choices */

bool sheet__has_choices(const struct sheet__writer *w);
bool sheet__has_notes(const struct sheet__writer *w);

/* What does not depend on rows; then what names the range of the rows. */
void sheet__write_first_parts(struct sheet__writer *w);
void sheet__write_workbook(struct sheet__writer *w);
void sheet__write_about(struct sheet__writer *w);
void sheet__write_lists(struct sheet__writer *w);

/* Keeps a comment for the cell; those beyond the limits are dropped. */
void sheet__keep_note(struct sheet__writer *w, uint32_t line, uint32_t column, str note);
void sheet__write_notes(struct sheet__writer *w);

#endif
