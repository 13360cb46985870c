/* qr: a QR code as black squares. Error correction M (15 %) bears a stamp on a corner or a fold. */
#include "paper/paper_int.h"

#include <qrencode.h>

enum { QUIET = 4 /* modules of white around it, ISO/IEC 18004 9.1 */ };

static const double smallest = 85, module_at_least = 1.2; /* 3 cm; 0.42 mm for a telephone's camera */

/* Black runs of a row are one rectangle each. */
static void draw_row(cairo_t *cr, const unsigned char *row, int width, double x, double y, double module)
{
    for (int from = 0, to; from < width; from = to + 1) {
        for (to = from; to < width && (row[to] & 1) != 0; to++) {
        }
        if (to > from) {
            cairo_rectangle(cr, x + from * module, y, (to - from) * module, module);
        }
    }
}

void paper__draw_qr(struct paper__sheet *s, str text, double x, double keep)
{
    QRcode *code = QRcode_encodeData((int)text.len, (const unsigned char *)text.ptr, 0, QR_ECLEVEL_M);
    if (code == NULL) {
        paper__fail(s, error_set(s->err, ERROR_IO, "the QR code could not be made"));
        return;
    }
    int modules = code->width + 2 * QUIET;
    double module = smallest / modules > module_at_least ? smallest / modules : module_at_least;
    paper__need(s, modules * module + keep);
    paper__begin(s, "Figure");
    for (int row = 0; row < code->width; row++) {
        draw_row(s->cr, code->data + row * code->width, code->width, x + QUIET * module,
                 s->y + (QUIET + row) * module, module);
    }
    cairo_fill(s->cr);
    paper__end(s, "Figure");
    s->y += modules * module;
    QRcode_free(code);
}
