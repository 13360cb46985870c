/* sheet_zip: workbooks that no spreadsheet program would write, for the tests of sheet: parts as text, made a zip file
 * by minizip. */
#ifndef GONGSHI_TESTS_SHEET_ZIP_H
#define GONGSHI_TESTS_SHEET_ZIP_H

#include "base/arena.h"
#include "base/str.h"

#include <minizip/zip.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct zip_part {
    const char *name;
    str text;
};

/* The content of a file as one text. */
static str file_text(struct arena *a, int fd)
{
    size_t size = (size_t)lseek(fd, 0, SEEK_END);
    char *bytes = arena_alloc(a, size + 1);
    return pread(fd, bytes, size, 0) == (ssize_t)size ? (str){ bytes, size } : STR("");
}

/* The zip file of parts, up to one without a name. */
static str make_zip(struct arena *a, const struct zip_part *parts)
{
    char path[32];
    int fd = memfd_create("zip", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    zipFile zip = zipOpen64(path, APPEND_STATUS_CREATE);
    for (; parts->name != NULL; parts++) {
        zip_fileinfo info = { .dosDate = 0x210000 };
        zipOpenNewFileInZip(zip, parts->name, &info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, 1);
        zipWriteInFileInZip(zip, parts->text.ptr, (unsigned)parts->text.len);
        zipCloseFileInZip(zip);
    }
    zipClose(zip, NULL);
    str bytes = file_text(a, fd);
    close(fd);
    return bytes;
}

#define ZIP_MAIN " xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define ZIP_OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define ZIP_LINKS "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"

/* What a test may replace; NULL is the usual. */
struct workbook {
    const char *sheets;   /* inside of <sheets>; rId1 to rId3 are sheet1.xml to sheet3.xml */
    const char *settings; /* before it */
    const char *formats;  /* inside of <styleSheet> */
    const char *texts;    /* inside of <sst> */
    const char *sheet;    /* sheet1.xml: inside of <worksheet> */
    const char *whole;    /* sheet1.xml as a whole */
};

static str make_workbook(struct arena *a, struct workbook w)
{
    const char *sheets = w.sheets != NULL ? w.sheets : "<sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/>";
    str sheet = w.whole != NULL ? str_of(w.whole)
                                : arena_printf(a, "<worksheet" ZIP_MAIN ">%s</worksheet>", w.sheet ? w.sheet : "");
    str other = STR("<worksheet" ZIP_MAIN "><sheetData><row r=\"1\"><c r=\"A1\"><v>2</v></c></row></sheetData>"
                    "</worksheet>");
    struct zip_part parts[] = {
        { "_rels/.rels", STR(ZIP_LINKS "<Relationship Id=\"a\" Type=\"" ZIP_OFFICE "/officeDocument\" "
                                       "Target=\"xl/workbook.xml\"/></Relationships>") },
        { "xl/workbook.xml", arena_printf(a,
                                          "<workbook" ZIP_MAIN " xmlns:r=\"" ZIP_OFFICE "\">%s<sheets>%s</sheets>"
                                          "</workbook>",
                                          w.settings ? w.settings : "", sheets) },
        { "xl/_rels/workbook.xml.rels",
          STR(ZIP_LINKS "<Relationship Id=\"rId1\" Type=\"" ZIP_OFFICE "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
                        "<Relationship Id=\"rId2\" Type=\"" ZIP_OFFICE
                        "/worksheet\" Target=\"/xl/worksheets/sheet2.xml\"/>"
                        "<Relationship Id=\"rId3\" Type=\"" ZIP_OFFICE "/worksheet\" TargetMode=\"External\" "
                        "Target=\"file:///etc/passwd\"/>"
                        "<Relationship Id=\"rId4\" Type=\"" ZIP_OFFICE "/styles\" Target=\"styles.xml\"/>"
                        "<Relationship Id=\"rId5\" Type=\"" ZIP_OFFICE "/sharedStrings\" Target=\"sharedStrings.xml\"/>"
                        "</Relationships>") },
        { "xl/styles.xml", arena_printf(a, "<styleSheet" ZIP_MAIN ">%s</styleSheet>", w.formats ? w.formats : "") },
        { "xl/sharedStrings.xml", arena_printf(a, "<sst" ZIP_MAIN ">%s</sst>", w.texts ? w.texts : "") },
        { "xl/worksheets/sheet1.xml", sheet },
        { "xl/worksheets/sheet2.xml", other },
        { NULL, STR("") },
    };
    return make_zip(a, parts);
}

#endif
