/* code: a QR code as the outline of its black squares. Error correction M (15 %) bears a scratch on the glass or a
 * fold in the paper. */
#include "chart/chart.h"

#include <qrencode.h>

enum { QUIET = 4 /* modules of white around it, ISO/IEC 18004 9.1 */ };

/* Each black run of a row is one rectangle of height 1. */
static void write_row(const unsigned char *row, int width, int y, struct buf *out)
{
    for (int from = 0, to; from < width; from = to + 1) {
        for (to = from; to < width && (row[to] & 1) != 0; to++) {
        }
        if (to > from) {
            buf_printf(out, "M%d %dh%dv1h-%dz", QUIET + from, QUIET + y, to - from, to - from);
        }
    }
}

enum error_code chart_code(str text, struct arena *a, struct chart_code *ret, struct error *err)
{
    if (text.len == 0 || text.len > LIMIT_PAPER_QR) {
        error_set(err, ERROR_LIMIT, "a QR code has 1 to %d bytes", LIMIT_PAPER_QR);
        error_detail(err, "limit %s = %d", "PAPER_QR", LIMIT_PAPER_QR);
        return ERROR_LIMIT;
    }
    QRcode *code = QRcode_encodeData((int)text.len, (const unsigned char *)text.ptr, 0, QR_ECLEVEL_M);
    if (code == NULL) {
        return error_set(err, ERROR_IO, "the QR code could not be made");
    }
    struct buf path = BUF_INIT(1 << 18);
    for (int y = 0; y < code->width; y++) {
        write_row(code->data + y * code->width, code->width, y, &path);
    }
    ret->size = (uint32_t)(code->width + 2 * QUIET);
    ret->path = arena_str(a, buf_str(&path));
    QRcode_free(code);
    buf_release(&path);
    return OK;
}
