/* language: /Lang in the catalogue of a PDF, as an update at its end: the catalogue once more, a section of the table
 * of places for it, and a trailer that names the table before (ISO 32000-1 7.5.6). The words looked for are those that
 * cairo writes; what looks different stays as it is. */
#include "paper/paper_int.h"

#include <stdio.h>

static bool find_last(str in, const char *what, size_t *ret)
{
    str s = str_of(what);
    for (size_t i = in.len >= s.len ? in.len - s.len + 1 : 0; i-- > 0;) {
        if (memcmp(in.ptr + i, s.ptr, s.len) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

/* The number behind the last `what`. */
static bool number_after(str in, const char *what, size_t *ret)
{
    size_t at = 0, n = 0, digits = 0;
    if (!find_last(in, what, &at)) {
        return false;
    }
    for (at += strlen(what); at < in.len && in.ptr[at] >= '0' && in.ptr[at] <= '9' && digits < 12; at++, digits++) {
        n = n * 10 + (size_t)(in.ptr[at] - '0');
    }
    *ret = n;
    return digits > 0;
}

/* The body of the catalogue between << and the end of the object. */
static bool find_catalogue(str pdf, size_t root, str *ret)
{
    char name[64];
    size_t at = 0, end = 0;
    int n = snprintf(name, sizeof name, "\n%zu 0 obj\n<< /Type /Catalog", root);
    if (n < 0 || !find_last(pdf, name, &at)) {
        return false;
    }
    str rest = str_slice(pdf, at + (size_t)n, pdf.len);
    while (end < rest.len && !str_starts_with(str_slice(rest, end, rest.len), STR("endobj"))) {
        end++;
    }
    *ret = str_slice(rest, 0, end);
    return end < rest.len;
}

void paper__add_language(struct buf *pdf, size_t begin, const char *language)
{
    str file = str_slice(buf_str(pdf), begin, pdf->len), catalogue;
    size_t root = 0, info = 0, size = 0, table = 0;
    bool known = number_after(file, "/Root ", &root) && number_after(file, "/Info ", &info) &&
                 number_after(file, "/Size ", &size) && number_after(file, "startxref\n", &table) &&
                 table < file.len && str_starts_with(str_slice(file, table, file.len), STR("xref\n")) &&
                 find_catalogue(file, root, &catalogue);
    if (!known) {
        return;
    }
    struct buf more = BUF_INIT(catalogue.len + 1024);
    buf_printf(&more, "%zu 0 obj\n<< /Type /Catalog /Lang (%s) /ViewerPreferences << /DisplayDocTitle true >>", root,
               language);
    buf_add(&more, catalogue);
    buf_addz(&more, "endobj\n");
    size_t place = file.len + more.len;
    buf_printf(&more, "xref\n%zu 1\n%010zu 00000 n \n", root, file.len);
    buf_printf(&more, "trailer\n<< /Size %zu /Root %zu 0 R /Info %zu 0 R /Prev %zu >>\nstartxref\n%zu\n%%%%EOF\n", size,
               root, info, table, place);
    buf_add(pdf, buf_str(&more));
    buf_release(&more);
}
