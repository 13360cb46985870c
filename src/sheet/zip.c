/* zip: the zip file that a workbook is, read by minizip from memory, with a bound on all that is unpacked. Sizes that
 * the file states are not believed: what comes out is counted. See sheet_int.h. */
#include "sheet/sheet_int.h"

enum { CHUNK = 64 << 10 };

enum error_code sheet__too_large(struct error *err, const char *name, int value)
{
    error_set(err, ERROR_LIMIT, "the workbook is too large");
    error_detail(err, "limit %s = %d", name, value);
    return ERROR_LIMIT;
}

static enum lang lang_of(const struct error *err)
{
    return err != NULL ? err->lang : LANG_EN;
}

enum error_code sheet__broken(struct sheet__zip *z, const char *detail)
{
    error_set(z->err, ERROR_SYNTAX, "the workbook is damaged");
    error_detail(z->err, "%s: %s", z->part != NULL ? z->part : "zip", lang_text(lang_of(z->err), detail));
    error_hint(z->err, "open it with a spreadsheet program and save it again as xlsx");
    return ERROR_SYNTAX;
}

/* ---- What minizip reads from ---- */

static voidpf open_memory(voidpf z, const void *name, int mode)
{
    (void)name, (void)mode;
    return z;
}

static uLong read_memory(voidpf opaque, voidpf stream, void *to, uLong size)
{
    struct sheet__zip *z = stream;
    (void)opaque;
    size_t left = z->bytes.len - z->at;
    size_t n = size < left ? size : left;
    memcpy(to, z->bytes.ptr + z->at, n);
    z->at += n;
    return n;
}

static uLong write_nothing(voidpf opaque, voidpf stream, const void *from, uLong size)
{
    (void)opaque, (void)stream, (void)from, (void)size;
    return 0;
}

static ZPOS64_T tell_memory(voidpf opaque, voidpf stream)
{
    struct sheet__zip *z = stream;
    (void)opaque;
    return z->at;
}

static long seek_memory(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
    struct sheet__zip *z = stream;
    (void)opaque;
    size_t base = origin == ZLIB_FILEFUNC_SEEK_CUR ? z->at : origin == ZLIB_FILEFUNC_SEEK_END ? z->bytes.len : 0;
    if (offset > z->bytes.len - base) {
        return -1;
    }
    z->at = base + (size_t)offset;
    return 0;
}

static int no_error(voidpf opaque, voidpf stream)
{
    (void)opaque, (void)stream;
    return 0;
}

/* ---- What the file is instead ---- */

static enum error_code is_no_workbook(struct error *err, const char *what, const char *hint)
{
    error_set(err, ERROR_INVALID, "the file is no workbook of the kind xlsx");
    error_detail(err, "%s", what);
    error_hint(err, "%s", hint);
    return ERROR_INVALID;
}

enum error_code sheet__protected(struct error *err)
{
    error_set(err, ERROR_INVALID, "the workbook is protected by a password");
    error_hint(err, "open it, take the password for opening away, and save it again");
    return ERROR_INVALID;
}

enum error_code sheet__other_kind(struct error *err, const char *what)
{
    return is_no_workbook(err, what,
                          lang_text(lang_of(err), "open it with a spreadsheet program and save it again as "
                                                  "xlsx"));
}

/* An OLE file: the old format, or a new one inside of an encrypted package, whose stream has this name in UTF-16. */
static enum error_code is_ole(str bytes, struct error *err)
{
    static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    if (memmem(bytes.ptr, bytes.len, name, sizeof name - 1) != NULL) {
        return sheet__protected(err);
    }
    return sheet__other_kind(err, lang_text(lang_of(err), "it is of the old format xls, or et of WPS"));
}

static enum error_code is_something_else(str bytes, struct error *err)
{
    str begin = str_trim(str_slice(bytes, 0, bytes.len < 512 ? bytes.len : 512));
    if (str_starts_with(begin, STR("\xEF\xBB\xBF"))) {
        begin = str_trim(str_slice(begin, 3, begin.len));
    }
    if (str_starts_with(bytes, STR("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))) {
        return is_ole(bytes, err);
    }
    if (begin.len > 0 && begin.ptr[0] == '<') {
        return sheet__other_kind(err, lang_text(lang_of(err), "it is a web page or XML with the name of a workbook"));
    }
    return is_no_workbook(err, lang_text(lang_of(err), "it is no zip file"),
                          lang_text(lang_of(err), "a table as text is taken when its name ends with .csv"));
}

/* ---- The zip ---- */

enum error_code sheet__open(struct sheet__zip *z, str bytes, struct error *err)
{
    zlib_filefunc64_def memory = { .zopen64_file = open_memory,
                                   .zread_file = read_memory,
                                   .zwrite_file = write_nothing,
                                   .ztell64_file = tell_memory,
                                   .zseek64_file = seek_memory,
                                   .zclose_file = no_error,
                                   .zerror_file = no_error,
                                   .opaque = z };
    unz_global_info64 info;
    *z = (struct sheet__zip){ .bytes = bytes, .err = err };
    if (bytes.len > LIMIT_SHEET_FILE) {
        return sheet__too_large(err, "SHEET_FILE", LIMIT_SHEET_FILE);
    }
    if (!str_starts_with(bytes, STR("PK\x03\x04"))) {
        return is_something_else(bytes, err);
    }
    z->file = unzOpen2_64("", &memory);
    if (z->file == NULL || unzGetGlobalInfo64(z->file, &info) != UNZ_OK) {
        return sheet__broken(z, "the end of the file is missing");
    }
    if (info.number_entry > LIMIT_SHEET_PARTS) {
        return sheet__too_large(err, "SHEET_PARTS", LIMIT_SHEET_PARTS);
    }
    return OK;
}

void sheet__close(struct sheet__zip *z)
{
    if (z->file != NULL) {
        unzClose(z->file);
        z->file = NULL;
    }
}

enum error_code sheet__open_part(struct sheet__zip *z, const char *name)
{
    enum { ANY_CASE = 2, ENCRYPTED = 1, STORED = 0, DEFLATED = 8 };
    unz_file_info64 info;
    if (unzLocateFile(z->file, name, ANY_CASE) != UNZ_OK) {
        return ERROR_MISSING;
    }
    z->part = name;
    if (unzGetCurrentFileInfo64(z->file, &info, NULL, 0, NULL, 0, NULL, 0) != UNZ_OK) {
        return sheet__broken(z, "its entry cannot be read");
    }
    if ((info.flag & ENCRYPTED) != 0) {
        return sheet__protected(z->err);
    }
    if ((info.compression_method != STORED && info.compression_method != DEFLATED) ||
        unzOpenCurrentFile(z->file) != UNZ_OK) {
        return sheet__broken(z, "it cannot be unpacked");
    }
    z->packed = info.compressed_size;
    z->unpacked = 0;
    return OK;
}

int sheet__read_part(struct sheet__zip *z, void *to, uint32_t size)
{
    int n = unzReadCurrentFile(z->file, to, size);
    if (n < 0) {
        sheet__broken(z, "it cannot be unpacked");
        return -1;
    }
    z->unpacked += (uint64_t)n;
    z->all += (uint64_t)n;
    if (z->all > LIMIT_SHEET_UNPACKED) {
        sheet__too_large(z->err, "SHEET_UNPACKED", LIMIT_SHEET_UNPACKED);
        return -1;
    }
    if (z->unpacked > LIMIT_SHEET_FREE && z->unpacked / LIMIT_SHEET_RATIO > z->packed) {
        sheet__too_large(z->err, "SHEET_RATIO", LIMIT_SHEET_RATIO);
        return -1;
    }
    if (n == 0 && unzCloseCurrentFile(z->file) == UNZ_CRCERROR) {
        sheet__broken(z, "its checksum is wrong");
        return -1;
    }
    return n;
}

void sheet__close_part(struct sheet__zip *z)
{
    unzCloseCurrentFile(z->file);
    z->part = NULL;
}

enum error_code sheet__load_part(struct sheet__zip *z, struct arena *a, const char *name, str *ret)
{
    struct buf bytes = BUF_INIT(LIMIT_XML_BYTES + 1);
    char chunk[CHUNK];
    int n = 0;
    enum error_code code = sheet__open_part(z, name);
    if (code != OK) {
        return code;
    }
    while (!bytes.overflow && (n = sheet__read_part(z, chunk, sizeof chunk)) > 0) {
        buf_add(&bytes, (str){ chunk, (size_t)n });
    }
    sheet__close_part(z);
    if (n < 0 || bytes.overflow) {
        code = n < 0 ? z->err->code : sheet__too_large(z->err, "XML_BYTES", LIMIT_XML_BYTES);
    } else {
        *ret = arena_str(a, buf_str(&bytes));
    }
    buf_release(&bytes);
    return code;
}
