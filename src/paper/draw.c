/* draw: what each kind of block looks like. Sizes are those of Chinese typography in points: 小四 is 12, 五号 10.5,
 * 三号 16, 二号 22. */
#include "paper/paper_int.h"

#include "base/limit.h"

static const double body_size = 12, body_leading = 21;
static const double table_size = 10.5, table_leading = 16, table_padding = 3, table_margin = 4;
static const double note_size = 10.5, note_leading = 16;
static const double title_size[] = { 22, 16, 14 };
static const double label_part = 0.25;    /* of the width, for the label of a field */
static const double seal_room = 60;       /* above a signature, for the seal */
static const double signature_part = 0.5; /* of the width, on the right */
static const double header_part = 0.3;    /* of a page, that the header of a table may take on each of them */

static double text_width(const struct paper__sheet *s)
{
    return s->width - 2 * s->margin;
}

static PangoAlignment alignment(uint32_t align)
{
    static const PangoAlignment alignments[] = { PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT };
    return alignments[align];
}

static void space(struct paper__sheet *s, double height)
{
    s->y += s->y > s->margin ? height : 0;
}

static void draw_title(struct paper__sheet *s, const struct paper_block *b)
{
    double size = title_size[b->level - 1];
    struct paper__cell cell = { b->text, s->margin, text_width(s),
                                b->level == 1 ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT, 0 };
    struct paper__strip strip = { .cells = &cell, .count = 1, .size = size, .leading = size * 1.5,
                                  .keep = 2 * body_leading };
    space(s, size * 0.5);
    paper__draw_strip(s, &strip);
    s->y += size * 0.4;
}

/* A Chinese paragraph begins two characters to the right. */
static void draw_paragraph(struct paper__sheet *s, const struct paper_block *b)
{
    bool indented = s->document->language == LANG_ZH && b->align == PAPER_LEFT;
    struct paper__cell cell = { b->text, s->margin, text_width(s), alignment(b->align),
                                indented ? 2 * body_size : 0 };
    struct paper__strip strip = { .cells = &cell, .count = 1, .size = body_size, .leading = body_leading };
    paper__draw_strip(s, &strip);
    s->y += indented ? 0 : body_leading / 2;
}

static void draw_field(struct paper__sheet *s, const struct paper_block *b)
{
    double label = text_width(s) * label_part;
    struct paper__cell cells[] = {
        { b->text, s->margin, label - body_size, PANGO_ALIGN_LEFT, 0 },
        { b->more, s->margin + label, text_width(s) - label, PANGO_ALIGN_LEFT, 0 },
    };
    struct paper__strip strip = { .cells = cells, .count = 2, .size = body_size, .leading = body_leading };
    paper__draw_strip(s, &strip);
}

static void draw_code(struct paper__sheet *s, const struct paper_block *b)
{
    struct paper__cell caption = { b->more, s->margin, text_width(s), PANGO_ALIGN_LEFT, 0 };
    struct paper__strip strip = { .cells = &caption, .count = 1, .size = note_size, .leading = note_leading };
    space(s, body_leading / 2);
    double below = b->more.len > 0 ? paper__strip_height(s, &strip) : 0;
    paper__draw_qr(s, b->text, s->margin, below < paper__full(s) / 2 ? below : 0);
    if (b->more.len > 0) {
        paper__draw_strip(s, &strip);
    }
}

static void draw_signature(struct paper__sheet *s, const struct paper_block *b)
{
    double width = text_width(s) * signature_part;
    struct paper__cell name = { b->text, s->width - s->margin - width, width, PANGO_ALIGN_CENTER, 0 };
    struct paper__cell date = { b->more, name.x, width, PANGO_ALIGN_CENTER, 0 };
    struct paper__strip strip = { .cells = &name, .count = 1, .size = body_size, .leading = body_leading };
    double height = paper__strip_height(s, &strip) + body_leading;
    paper__need(s, seal_room + (height < paper__full(s) / 2 ? height : 0));
    s->y += seal_room;
    paper__draw_strip(s, &strip);
    strip.cells = &date;
    if (b->more.len > 0) {
        paper__draw_strip(s, &strip);
    }
}

/* ---- Tables ---- */

/* The places of the columns, without their texts. */
static void place_columns(const struct paper__sheet *s, const struct paper_block *b, struct paper__cell *cells)
{
    uint32_t shares = 0, before = 0;
    for (uint32_t i = 0; i < b->column_count; i++) {
        shares += b->columns[i].width;
    }
    for (uint32_t i = 0; i < b->column_count; i++) {
        double left = s->margin + text_width(s) * before / shares, width = text_width(s) * b->columns[i].width / shares;
        cells[i] = (struct paper__cell){ STR(""), left + table_margin, width - 2 * table_margin,
                                         alignment(b->columns[i].align), 0 };
        before += b->columns[i].width;
    }
}

static bool check_columns(struct paper__sheet *s, const struct paper__cell *cells, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (cells[i].width < table_size) {
            s->code = error_set(s->err, ERROR_INVALID, "a column of the table is too narrow for one character");
            error_detail(s->err, "blocks[%u]", s->block);
            return false;
        }
    }
    return true;
}

/* The header, which stays for as long as the rows are drawn; false when it cannot be. */
static bool draw_header(struct paper__sheet *s, const struct paper_block *b, const struct paper__strip *header)
{
    bool any = false;
    for (uint32_t i = 0; i < b->column_count; i++) {
        any = any || b->columns[i].title.len > 0;
    }
    if (!any) {
        return true;
    }
    if (paper__strip_height(s, header) > header_part * paper__full(s)) {
        paper__fail(s, error_set(s->err, ERROR_INVALID, "the header of the table is too high"));
        error_detail(s->err, "blocks[%u]", s->block);
        return false;
    }
    paper__draw_strip(s, header);
    s->header = header;
    return s->code == OK;
}

static void draw_table(struct paper__sheet *s, const struct paper_block *b)
{
    struct paper__cell titles[LIMIT_PAPER_COLUMNS], cells[LIMIT_PAPER_COLUMNS];
    place_columns(s, b, titles);
    if (!check_columns(s, titles, b->column_count)) {
        return;
    }
    memcpy(cells, titles, sizeof cells[0] * b->column_count);
    for (uint32_t i = 0; i < b->column_count; i++) {
        titles[i].text = b->columns[i].title;
        titles[i].align = PANGO_ALIGN_CENTER;
    }
    struct paper__strip strip = { .cells = titles, .count = b->column_count, .size = table_size,
                                  .leading = table_leading, .rules = true, .padding = table_padding,
                                  .keep = table_leading + 2 * table_padding };
    struct paper__strip row = strip;
    row.cells = cells;
    row.keep = 0;
    space(s, body_leading / 3);
    if (draw_header(s, b, &strip)) {
        for (uint32_t r = 0; r < b->row_count && s->code == OK; r++) {
            for (uint32_t c = 0; c < b->column_count; c++) {
                cells[c].text = b->cells[(size_t)r * b->column_count + c];
            }
            paper__draw_strip(s, &row);
        }
    }
    s->header = NULL;
    s->y += body_leading / 2;
}

void paper__draw_blocks(struct paper__sheet *s)
{
    static void (*const draw[])(struct paper__sheet *, const struct paper_block *) = {
        [PAPER_TITLE] = draw_title, [PAPER_PARAGRAPH] = draw_paragraph, [PAPER_TABLE] = draw_table,
        [PAPER_FIELD] = draw_field, [PAPER_QR] = draw_code, [PAPER_SIGNATURE] = draw_signature,
    };
    for (s->block = 0; s->code == OK && s->block < s->document->block_count; s->block++) {
        const struct paper_block *b = &s->document->blocks[s->block];
        draw[b->kind](s, b);
    }
}
