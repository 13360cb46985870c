/* paper: the press, and the frame around the blocks: surface, information of the file, first and last page. */
#include "paper/paper_int.h"

#include <cairo-pdf.h>

/* The text block of each page, in points: GB/T 9704 has 156 × 225 mm, 37 mm from the top and 28 mm from the left, and
 * the page number 7 mm below it. Other sizes of paper keep a margin all around. */
static const struct page {
    double width, height, left, top, measure, depth, foot;
} pages[][2] = {
    [PAPER_A4] = { { 595.276, 841.890, 74, 74, 447.276, 693.890, 51.8 },
                   { 595.276, 841.890, 79.370, 104.882, 442.205, 637.795, 71.3 } },
    [PAPER_A4_LANDSCAPE] = { { 841.890, 595.276, 62, 62, 717.890, 471.276, 43.4 },
                             { 841.890, 595.276, 62, 62, 717.890, 471.276, 43.4 } },
    [PAPER_A5] = { { 419.528, 595.276, 48, 48, 323.528, 499.276, 33.6 },
                   { 419.528, 595.276, 48, 48, 323.528, 499.276, 33.6 } },
};

enum error_code paper_open(struct arena *a, struct paper_press **ret, struct error *err)
{
    enum error_code code = paper__load_fonts(err);
    if (code != OK) {
        return code;
    }
    struct paper_press *p = ARENA_NEW(a, struct paper_press);
    p->fonts = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(p->fonts), 72);
    *ret = p;
    return OK;
}

void paper_close(struct paper_press *p)
{
    g_object_unref(p->fonts);
}

static cairo_status_t write_bytes(void *pdf, const unsigned char *bytes, unsigned size)
{
    buf_add(pdf, (str){ (const char *)bytes, size });
    return CAIRO_STATUS_SUCCESS;
}

static void set_information(cairo_surface_t *surface, const struct paper_document *d, struct arena *a)
{
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, arena_str(a, d->title).ptr);
    if (d->author.len > 0) {
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, arena_str(a, d->author).ptr);
    }
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Gongshi");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, arena_str(a, d->created).ptr);
}

/* Glyphs stand where the outlines say, not where the pixels of a screen would have them. */
static PangoContext *new_context(const struct paper_press *p, const struct paper_document *d)
{
    PangoContext *context = pango_font_map_create_context(p->fonts);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
    pango_context_set_language(context, pango_language_from_string(d->language == LANG_ZH ? "zh-cn" : "en"));
    return context;
}

static enum error_code draw(struct paper__sheet *s, cairo_surface_t *surface)
{
    s->cr = cairo_create(surface);
    paper__begin_page(s);
    paper__begin(s, "Document");
    paper__draw_blocks(s);
    paper__end(s, "Document");
    paper__end_page(s, true);
    cairo_status_t status = cairo_status(s->cr);
    cairo_destroy(s->cr);
    cairo_surface_finish(surface);
    status = status != CAIRO_STATUS_SUCCESS ? status : cairo_surface_status(surface);
    if (s->code == OK && status != CAIRO_STATUS_SUCCESS) {
        s->code = error_set(s->err, ERROR_IO, "the document could not be drawn");
        error_detail(s->err, "cairo: %s", cairo_status_to_string(status));
    }
    return s->code;
}

enum error_code paper_print(struct paper_press *p, const struct paper_document *d, struct buf *pdf, struct error *err)
{
    const struct page *page = &pages[d->page][d->style];
    size_t before = pdf->len;
    struct arena scratch = ARENA_INIT;
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write_bytes, pdf, page->width, page->height);
    struct paper__sheet s = { .context = new_context(p, d), .document = d, .width = page->width,
                              .height = page->height, .left = page->left, .top = page->top, .measure = page->measure,
                              .bottom = page->top + page->depth, .foot = page->height - page->foot, .err = err };
    set_information(surface, d, &scratch);
    enum error_code code = draw(&s, surface);
    if (code != OK) {
        pdf->len = before;
    } else if (!pdf->overflow) {
        paper__add_language(pdf, before, d->language == LANG_ZH ? "zh-CN" : "en");
    }
    cairo_surface_destroy(surface);
    g_object_unref(s.context);
    arena_release(&scratch);
    return code;
}
