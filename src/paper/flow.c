/* flow: text runs down the pages line by line. Lines stand at a fixed distance, whichever font a character came from,
 * so that a row of a table breaks between any two of them and needs no measuring in advance. */
#include "paper/paper_int.h"

#include "base/limit.h"

#include <stdio.h>

static const double rule_width = 0.5, cell_margin = 4, number_size = 10.5;
static const double head_distance = 24; /* of the running head above the text block */
static const double mark_size = 120, mark_grey = 0.88;

/* A row is kept together while it takes no more than this part of a page. */
static const double kept_part = 0.3;

/* One column while it is being drawn. */
struct column {
    PangoLayout *layout;
    PangoLayoutIter *iter;
    bool more;
};

enum edge { ABOVE, BELOW, BREAK };

/* ---- Tags ---- */

void paper__begin(struct paper__sheet *s, const char *tag)
{
    if (tag != NULL && !s->untagged) {
        cairo_tag_begin(s->cr, tag, NULL);
    }
}

void paper__end(struct paper__sheet *s, const char *tag)
{
    if (tag != NULL && !s->untagged) {
        cairo_tag_end(s->cr, tag);
    }
}

/* ---- Pages ---- */

double paper__full(const struct paper__sheet *s)
{
    return s->bottom - s->top;
}

double paper__room(const struct paper__sheet *s)
{
    return s->bottom - s->y;
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
    pango_layout_set_text(layout, cell->text.len > 0 ? cell->text.ptr : "", (int)cell->text.len);
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

/* A line outside of the text block, whose middle is at y. */
static void draw_outside(struct paper__sheet *s, str text, double y, double size, PangoAlignment align)
{
    bool untagged = s->untagged;
    struct paper__cell cell = { .text = text, .x = s->left, .width = s->measure, .align = align };
    s->untagged = true;
    struct column c = open_column(s, &cell, size);
    draw_line(s, &c, cell.x, y, size, 0);
    close_column(&c);
    s->untagged = untagged;
}

/* A word across the page, below all that is printed on it. */
static void draw_mark(struct paper__sheet *s)
{
    struct paper__cell cell = { .text = s->document->mark, .width = s->width * 2, .align = PANGO_ALIGN_LEFT };
    PangoRectangle ink;
    PangoLayout *layout = new_layout(s, &cell, mark_size);
    pango_layout_get_extents(layout, &ink, NULL);
    cairo_save(s->cr);
    cairo_set_source_rgb(s->cr, mark_grey, mark_grey, mark_grey);
    cairo_translate(s->cr, s->width / 2, s->height / 2);
    cairo_rotate(s->cr, -0.7);
    cairo_move_to(s->cr, -(ink.x + ink.width / 2.0) / PANGO_SCALE, -(ink.y + ink.height / 2.0) / PANGO_SCALE);
    pango_cairo_show_layout(s->cr, layout);
    cairo_restore(s->cr);
    g_object_unref(layout);
}

void paper__begin_page(struct paper__sheet *s)
{
    s->pages++;
    s->y = s->top;
    if (s->document->mark.len > 0) {
        draw_mark(s);
    }
    if (s->document->header.len > 0) {
        draw_outside(s, s->document->header, s->top - head_distance, number_size, PANGO_ALIGN_RIGHT);
    }
}

/* GB/T 9704 7.5: 四号 digits between dashes, 7 mm below the text block; odd pages on the right, even ones on the left,
 * one character inside. Other documents have the number in the middle. */
static void draw_number(struct paper__sheet *s)
{
    char number[32];
    bool official = s->document->style == PAPER_OFFICIAL;
    bool even = s->pages % 2 == 0;
    int n = snprintf(number, sizeof number, "%s— %u —%s", official && even ? "　" : "", s->pages,
                     official && !even ? "　" : "");
    PangoAlignment align = !official ? PANGO_ALIGN_CENTER : even ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT;
    draw_outside(s, (str){ number, (size_t)n }, s->foot, official ? 14 : number_size, align);
}

void paper__end_page(struct paper__sheet *s, bool last)
{
    bool official = s->document->style == PAPER_OFFICIAL;
    if (!last || s->pages > 1) {
        draw_number(s);
    }
    if (s->document->footer.len > 0) {
        draw_outside(s, s->document->footer, s->foot, number_size,
                     official && s->pages % 2 != 0 ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT);
    }
    cairo_show_page(s->cr);
}

/* The header of the table that goes on stands again on top; who reads by the tags has it once. */
static void repeat_header(struct paper__sheet *s)
{
    uint32_t count = s->header_count;
    s->header_count = 0;
    s->untagged = true;
    for (uint32_t i = 0; i < count; i++) {
        paper__draw_strip(s, &s->header[i]);
    }
    s->untagged = false;
    s->header_count = count;
}

void paper__break(struct paper__sheet *s)
{
    if (s->y <= s->top || s->code != OK) {
        return;
    }
    if (s->pages >= LIMIT_PAPER_PAGES) {
        s->code = error_set(s->err, ERROR_LIMIT, "the document is too large");
        error_detail(s->err, "limit %s = %d", "PAPER_PAGES", LIMIT_PAPER_PAGES);
        return;
    }
    paper__end_page(s, false);
    paper__begin_page(s);
    repeat_header(s);
}

void paper__need(struct paper__sheet *s, double height)
{
    if (paper__room(s) < height) {
        paper__break(s);
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

/* The rule across the strip at y, but where a cell is one with that above or below it. */
static void draw_across(struct paper__sheet *s, const struct paper__strip *strip, enum edge edge)
{
    for (uint32_t i = 0; strip->rules && i < strip->count; i++) {
        const struct paper__cell *c = &strip->cells[i];
        if (!(edge == ABOVE && c->joined_above) && !(edge == BELOW && c->joined_below)) {
            draw_rule(s, c->x - cell_margin, s->y, c->x + c->width + cell_margin, s->y);
        }
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
    draw_across(s, strip, BREAK);
    paper__need(s, height);
    if (s->pages != page) {
        draw_across(s, strip, BREAK);
    }
}

static int lines_of(const struct paper__strip *strip, const struct column *columns)
{
    int most = 1;
    for (uint32_t i = 0; i < strip->count; i++) {
        int n = pango_layout_get_line_count(columns[i].layout);
        most = n > most ? n : most;
    }
    return most;
}

static double height_of(const struct paper__strip *strip, const struct column *columns)
{
    return lines_of(strip, columns) * strip->leading + 2 * strip->padding;
}

/* Lines that stand on one page, cell after cell: so the tags hold the text of a cell together. */
static void draw_part(struct paper__sheet *s, const struct paper__strip *strip, struct column *columns, int lines)
{
    paper__begin(s, strip->part_tag);
    for (uint32_t i = 0; i < strip->count; i++) {
        const struct paper__cell *cell = &strip->cells[i];
        if (columns[i].more) {
            paper__begin(s, cell->tag != NULL ? cell->tag : "Span");
            for (int line = 0; line < lines; line++) {
                draw_line(s, &columns[i], cell->x, s->y + line * strip->leading, strip->size, strip->leading);
            }
            paper__end(s, cell->tag != NULL ? cell->tag : "Span");
        }
    }
    paper__end(s, strip->part_tag);
    advance(s, strip, lines * strip->leading);
}

static void draw_columns(struct paper__sheet *s, const struct paper__strip *strip, struct column *columns)
{
    double height = height_of(strip, columns);
    double kept = height <= kept_part * paper__full(s) ? height : strip->leading + 2 * strip->padding;
    int lines = lines_of(strip, columns);
    paper__need(s, kept + strip->keep);
    paper__begin(s, strip->tag);
    draw_across(s, strip, ABOVE);
    advance(s, strip, strip->padding);
    while (lines > 0 && s->code == OK) {
        break_strip(s, strip, strip->leading + strip->padding);
        int fit = (int)((paper__room(s) - strip->padding) / strip->leading);
        int here = fit < 1 ? 1 : fit < lines ? fit : lines;
        draw_part(s, strip, columns, here);
        lines -= here;
    }
    advance(s, strip, strip->padding);
    draw_across(s, strip, BELOW);
    paper__end(s, strip->tag);
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
