/* flow: text runs down the pages line by line. Lines stand at a fixed distance, whichever font a character came from,
 * so that a row of a table breaks between any two of them and needs no measuring in advance. */
#include "paper/paper_int.h"

#include "base/limit.h"

#include <stdio.h>

static const double rule_width = 0.5, cell_margin = 4, number_size = 10.5;

/* A row is kept together while it takes no more than this part of a page. */
static const double kept_part = 0.3;

/* One column while it is being drawn. */
struct column {
    PangoLayout *layout;
    PangoLayoutIter *iter;
    bool more;
};

/* ---- Pages ---- */

double paper__full(const struct paper__sheet *s)
{
    return s->height - 2 * s->margin;
}

double paper__room(const struct paper__sheet *s)
{
    return s->height - s->margin - s->y;
}

void paper__fail(struct paper__sheet *s, enum error_code code)
{
    s->code = s->code == OK ? code : s->code;
}

static PangoLayout *new_layout(struct paper__sheet *s, const struct paper__cell *cell, double size)
{
    PangoLayout *layout = pango_layout_new(s->context);
    PangoFontDescription *font = pango_font_description_from_string("WenQuanYi Micro Hei, Noto Sans CJK SC");
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_auto_dir(layout, FALSE);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_width(layout, (int)(cell->width * PANGO_SCALE));
    pango_layout_set_alignment(layout, cell->align);
    pango_layout_set_indent(layout, (int)(cell->indent * PANGO_SCALE));
    pango_layout_set_text(layout, cell->text.ptr, (int)cell->text.len);
    if (s->code == OK) {
        paper__fail(s, paper__check_glyphs(layout, s->err));
        if (s->code != OK) {
            error_detail(s->err, "blocks[%u]", s->block);
        }
    }
    return layout;
}

static struct column open_column(struct paper__sheet *s, const struct paper__cell *cell, double size)
{
    struct column c = { .layout = new_layout(s, cell, size), .more = true };
    c.iter = pango_layout_get_iter(c.layout);
    return c;
}

static void close_column(struct column *c)
{
    pango_layout_iter_free(c->iter);
    g_object_unref(c->layout);
}

/* Draws the next line of the column in a row of height `leading` whose top is y. */
static void draw_line(struct paper__sheet *s, struct column *c, double x, double y, double size, double leading)
{
    PangoRectangle logical;
    if (!c->more) {
        return;
    }
    pango_layout_iter_get_line_extents(c->iter, NULL, &logical);
    /* The square of a Chinese character is centred in the row; its foot is 0.12 below the baseline. */
    cairo_move_to(s->cr, x + (double)logical.x / PANGO_SCALE, y + (leading + size) / 2 - 0.12 * size);
    pango_cairo_show_layout_line(s->cr, pango_layout_iter_get_line_readonly(c->iter));
    c->more = pango_layout_iter_next_line(c->iter);
}

static void draw_foot(struct paper__sheet *s, str text, PangoAlignment align)
{
    struct paper__cell cell = { text, s->margin, s->width - 2 * s->margin, align, 0 };
    struct column c = open_column(s, &cell, number_size);
    draw_line(s, &c, cell.x, s->height - s->margin * 0.7, number_size, 0);
    close_column(&c);
}

void paper__end_page(struct paper__sheet *s, bool last)
{
    char number[32];
    if (!last || s->pages > 1) {
        int n = snprintf(number, sizeof number, "— %u —", s->pages);
        draw_foot(s, (str){ number, (size_t)n }, PANGO_ALIGN_CENTER);
    }
    if (s->document->footer.len > 0) {
        draw_foot(s, s->document->footer, PANGO_ALIGN_RIGHT);
    }
    cairo_show_page(s->cr);
}

void paper__need(struct paper__sheet *s, double height)
{
    if (paper__room(s) >= height || s->y <= s->margin || s->code != OK) {
        return;
    }
    if (s->pages >= LIMIT_PAPER_PAGES) {
        s->code = error_set(s->err, ERROR_LIMIT, "the document is too large");
        error_detail(s->err, "limit %s = %d", "PAPER_PAGES", LIMIT_PAPER_PAGES);
        return;
    }
    paper__end_page(s, false);
    s->pages++;
    s->y = s->margin;
    const struct paper__strip *header = s->header;
    if (header != NULL) {
        s->header = NULL;
        paper__draw_strip(s, header);
        s->header = header;
    }
}

/* ---- Strips ---- */

static void draw_rule(struct paper__sheet *s, double x, double y, double to_x, double to_y)
{
    cairo_move_to(s->cr, x, y);
    cairo_line_to(s->cr, to_x, to_y);
    cairo_set_line_width(s->cr, rule_width);
    cairo_stroke(s->cr);
}

/* The rule across the strip at y. */
static void draw_across(struct paper__sheet *s, const struct paper__strip *strip)
{
    const struct paper__cell *first = &strip->cells[0], *last = &strip->cells[strip->count - 1];
    if (strip->rules) {
        draw_rule(s, first->x - cell_margin, s->y, last->x + last->width + cell_margin, s->y);
    }
}

/* Moves on by `height`, with the rules between the cells. */
static void advance(struct paper__sheet *s, const struct paper__strip *strip, double height)
{
    for (uint32_t i = 0; strip->rules && i < strip->count; i++) {
        const struct paper__cell *c = &strip->cells[i];
        draw_rule(s, c->x - cell_margin, s->y, c->x - cell_margin, s->y + height);
        if (i == strip->count - 1) {
            draw_rule(s, c->x + c->width + cell_margin, s->y, c->x + c->width + cell_margin, s->y + height);
        }
    }
    s->y += height;
}

/* The table goes on over a page break: its outline is closed, and its header stands again on top. */
static void break_strip(struct paper__sheet *s, const struct paper__strip *strip, double height)
{
    uint32_t page = s->pages;
    if (paper__room(s) >= height) {
        return;
    }
    draw_across(s, strip);
    paper__need(s, height);
    if (s->pages != page) {
        draw_across(s, strip);
    }
}

static bool draw_row(struct paper__sheet *s, const struct paper__strip *strip, struct column *columns)
{
    bool more = false;
    for (uint32_t i = 0; i < strip->count; i++) {
        draw_line(s, &columns[i], strip->cells[i].x, s->y, strip->size, strip->leading);
        more = more || columns[i].more;
    }
    advance(s, strip, strip->leading);
    return more;
}

static double height_of(const struct paper__strip *strip, const struct column *columns)
{
    int most = 1;
    for (uint32_t i = 0; i < strip->count; i++) {
        int n = pango_layout_get_line_count(columns[i].layout);
        most = n > most ? n : most;
    }
    return most * strip->leading + 2 * strip->padding;
}

static void draw_columns(struct paper__sheet *s, const struct paper__strip *strip, struct column *columns)
{
    double height = height_of(strip, columns);
    double kept = height <= kept_part * paper__full(s) ? height : strip->leading + 2 * strip->padding;
    paper__need(s, kept + strip->keep);
    draw_across(s, strip);
    advance(s, strip, strip->padding);
    bool more = true;
    while (more && s->code == OK) {
        break_strip(s, strip, strip->leading + strip->padding);
        more = draw_row(s, strip, columns);
    }
    advance(s, strip, strip->padding);
    draw_across(s, strip);
}

static void open_columns(struct paper__sheet *s, const struct paper__strip *strip, struct column *columns)
{
    for (uint32_t i = 0; i < strip->count; i++) {
        columns[i] = open_column(s, &strip->cells[i], strip->size);
    }
}

static void close_columns(const struct paper__strip *strip, struct column *columns)
{
    for (uint32_t i = 0; i < strip->count; i++) {
        close_column(&columns[i]);
    }
}

double paper__strip_height(struct paper__sheet *s, const struct paper__strip *strip)
{
    struct column columns[LIMIT_PAPER_COLUMNS];
    open_columns(s, strip, columns);
    double height = height_of(strip, columns);
    close_columns(strip, columns);
    return height;
}

void paper__draw_strip(struct paper__sheet *s, const struct paper__strip *strip)
{
    struct column columns[LIMIT_PAPER_COLUMNS];
    open_columns(s, strip, columns);
    if (s->code == OK) {
        draw_columns(s, strip, columns);
    }
    close_columns(strip, columns);
}
