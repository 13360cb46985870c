/* draw: what each kind of block looks like. Sizes are those of Chinese typography in points: 小四 is 12, 五号 10.5,
 * 三号 16, 二号 22. */
#include "paper/paper_int.h"

#include "base/limit.h"

#include <stdio.h>

static const double mm = 72 / 25.4;
static const double table_size = 10.5, table_leading = 16, table_padding = 3, table_margin = 4;
static const double note_size = 10.5, note_leading = 16;
static const double label_part = 0.25;    /* of the width, for the label of a field */
static const double grid_label = 0.42;    /* of a labelled value in a grid, for its label … */
static const double grid_label_most = 130; /* … which takes no more than this */
static const double seal_room = 60;       /* above a signature, for the seal */
static const double seal_radius = 21 * 72 / 25.4; /* a round seal of an office measures 42 mm */
static const double signature_part = 0.5; /* of the width, on the right */
static const double header_part = 0.3;    /* of a page, that the header of a table may take on each of them */
static const double signing_room = 56;    /* in a box, for a name by hand */
static const double picture_part = 0.85;  /* of a page, that a picture is high at most */

/* Text of a document and of its headings. GB/T 9704 has 22 lines of 28 characters on 225 × 156 mm. */
static const struct typeface {
    double body, leading, title[3];
} typefaces[] = {
    [PAPER_PLAIN] = { 12, 21, { 22, 16, 14 } },
    [PAPER_OFFICIAL] = { 15.78, 28.98, { 22, 15.78, 15.78 } },
};

static const struct typeface *typeface_of(const struct paper__sheet *s)
{
    return &typefaces[s->document->style];
}

static double leading_of(const struct paper__sheet *s)
{
    return typeface_of(s)->leading;
}

static PangoAlignment alignment(uint32_t align)
{
    static const PangoAlignment alignments[] = { PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER, PANGO_ALIGN_RIGHT };
    return alignments[align];
}

static void space(struct paper__sheet *s, double height)
{
    s->y += s->y > s->top ? height : 0;
}

/* One column of text over the whole width; the caller says how it looks. */
static struct paper__cell whole(const struct paper__sheet *s, str text, PangoAlignment align)
{
    return (struct paper__cell){ .text = text, .x = s->left, .width = s->measure, .align = align };
}

static struct paper__strip body_strip(const struct paper__sheet *s, const struct paper__cell *cells, uint32_t count)
{
    return (struct paper__strip){ .cells = cells, .count = count, .size = typeface_of(s)->body,
                                  .leading = leading_of(s), .tag = "P" };
}

static void draw_title(struct paper__sheet *s, const struct paper_block *b)
{
    static const char *const tags[] = { "H1", "H2", "H3" };
    double size = typeface_of(s)->title[b->level - 1];
    bool official = s->document->style == PAPER_OFFICIAL, first = b->level == 1;
    struct paper__cell cell = whole(s, b->text, first ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT);
    cell.indent = official && !first ? 2 * size : 0;
    struct paper__strip strip = { .cells = &cell, .count = 1, .size = size,
                                  .leading = official ? leading_of(s) : size * 1.5, .keep = 2 * leading_of(s),
                                  .tag = tags[b->level - 1] };
    space(s, official ? 0 : size * 0.5);
    paper__draw_strip(s, &strip);
    s->y += official ? (first ? leading_of(s) : 0) : size * 0.4;
}

/* A Chinese paragraph begins two characters to the right. */
static void draw_paragraph(struct paper__sheet *s, const struct paper_block *b)
{
    bool indented = s->document->language == LANG_ZH && b->align == PAPER_LEFT;
    struct paper__cell cell = whole(s, b->text, alignment(b->align));
    cell.indent = indented ? 2 * typeface_of(s)->body : 0;
    struct paper__strip strip = body_strip(s, &cell, 1);
    paper__draw_strip(s, &strip);
    s->y += indented ? 0 : leading_of(s) / 2;
}

static void draw_field(struct paper__sheet *s, const struct paper_block *b)
{
    double label = s->measure * label_part;
    struct paper__cell cells[] = {
        { .text = b->text, .x = s->left, .width = label - typeface_of(s)->body },
        { .text = b->more, .x = s->left + label, .width = s->measure - label },
    };
    struct paper__strip strip = body_strip(s, cells, 2);
    paper__draw_strip(s, &strip);
}

/* ---- Lists ---- */

static const char *const digits[] = { "一", "二", "三", "四", "五", "六", "七", "八", "九" };

/* 1 to 99 as Chinese has them; numbers of longer lists go on in digits. */
static str chinese_number(char *room, size_t size, uint32_t n)
{
    struct buf b = BUF_INIT(size);
    if (n > 99) {
        buf_printf(&b, "（%u）", n);
    } else {
        buf_printf(&b, "（%s%s%s）", n >= 20 ? digits[n / 10 - 1] : "", n >= 10 ? "十" : "",
                   n % 10 != 0 ? digits[n % 10 - 1] : "");
    }
    size_t len = b.len < size ? b.len : size;
    memcpy(room, b.ptr, len);
    buf_release(&b);
    return (str){ room, len };
}

static str mark_of(char *room, size_t size, uint32_t mark, uint32_t n)
{
    if (mark == PAPER_CHINESE) {
        return chinese_number(room, size, n);
    }
    int len = mark == PAPER_BULLET ? snprintf(room, size, "•") : snprintf(room, size, "%u.", n);
    return (str){ room, (size_t)len };
}

static void draw_list(struct paper__sheet *s, const struct paper_block *b)
{
    double em = typeface_of(s)->body, mark = (b->mark == PAPER_CHINESE ? 3.2 : 1.8) * em;
    double left = s->left + (s->document->language == LANG_ZH ? 2 * em : em);
    paper__begin(s, "L");
    for (uint32_t i = 0; i < b->item_count && s->code == OK; i++) {
        char room[32];
        struct paper__cell cells[] = {
            { .text = mark_of(room, sizeof room, b->mark, i + 1), .x = left, .width = mark, .tag = "Lbl" },
            { .text = b->items[i].label, .x = left + mark, .width = s->left + s->measure - left - mark,
              .tag = "LBody" },
        };
        struct paper__strip strip = body_strip(s, cells, 2);
        strip.tag = "LI";
        paper__draw_strip(s, &strip);
    }
    paper__end(s, "L");
}

/* ---- Pictures ---- */

static double caption_height(struct paper__sheet *s, const struct paper__strip *strip)
{
    double height = strip->cells[0].text.len > 0 ? paper__strip_height(s, strip) : 0;
    return height < paper__full(s) / 10 ? height : 0;
}

static void draw_code(struct paper__sheet *s, const struct paper_block *b)
{
    struct paper__cell caption = whole(s, b->more, PANGO_ALIGN_LEFT);
    struct paper__strip strip = { .cells = &caption, .count = 1, .size = note_size, .leading = note_leading,
                                  .tag = "Caption" };
    space(s, leading_of(s) / 2);
    paper__draw_qr(s, b->text, s->left, caption_height(s, &strip));
    if (b->more.len > 0) {
        paper__draw_strip(s, &strip);
    }
}

static void draw_image(struct paper__sheet *s, const struct paper_block *b)
{
    struct paper__picture p;
    enum error_code code = paper__open_picture(b->data, &p, s->err);
    if (code != OK) {
        if (code != ERROR_LIMIT) {
            error_detail(s->err, "blocks[%u]", s->block);
        }
        paper__fail(s, code);
        return;
    }
    struct paper__cell caption = whole(s, b->more, alignment(b->align));
    struct paper__strip strip = { .cells = &caption, .count = 1, .size = note_size, .leading = note_leading,
                                  .tag = "Caption" };
    double width = s->measure * b->across / 100, most = paper__full(s) * picture_part;
    width = width * p.height / p.width > most ? most * p.width / p.height : width;
    double height = width * p.height / p.width, free = s->measure - width;
    space(s, leading_of(s) / 3);
    paper__need(s, height + caption_height(s, &strip));
    double before = b->align == PAPER_LEFT ? 0 : b->align == PAPER_CENTER ? free / 2 : free;
    paper__draw_picture(s, &p, s->left + before, width);
    s->y += height;
    if (b->more.len > 0) {
        paper__draw_strip(s, &strip);
    }
    s->y += leading_of(s) / 3;
    paper__close_picture(&p);
}

/* ---- Signatures ---- */

/* Where the seal goes: a circle of its size, and what it is, both light enough to vanish below the seal. */
static void draw_seal_place(struct paper__sheet *s, double x, double y)
{
    struct paper__cell cell = { .text = STR("（印章）"), .x = x - seal_radius, .width = 2 * seal_radius,
                                .align = PANGO_ALIGN_CENTER };
    struct paper__strip strip = { .cells = &cell, .count = 1, .size = note_size, .leading = note_leading };
    double dashes[] = { 3, 3 }, before = s->y;
    cairo_save(s->cr);
    cairo_set_source_rgb(s->cr, 0.6, 0.6, 0.6);
    cairo_set_line_width(s->cr, 0.6);
    cairo_set_dash(s->cr, dashes, 2, 0);
    cairo_new_path(s->cr);
    cairo_arc(s->cr, x, y, seal_radius, 0, 2 * G_PI);
    cairo_stroke(s->cr);
    s->y = y - seal_radius + note_leading / 2;
    paper__draw_strip(s, &strip);
    cairo_restore(s->cr);
    s->y = before;
}

static void draw_signature(struct paper__sheet *s, const struct paper_block *b)
{
    double width = s->measure * signature_part;
    struct paper__cell name = { .text = b->text, .x = s->left + s->measure - width, .width = width,
                                .align = PANGO_ALIGN_CENTER };
    struct paper__cell date = name;
    struct paper__strip strip = body_strip(s, &name, 1);
    date.text = b->more;
    double name_height = paper__strip_height(s, &strip), height = name_height + leading_of(s);
    paper__need(s, seal_room + (height < paper__full(s) / 2 ? height : 0) + (b->seal ? seal_radius : 0));
    s->y += seal_room;
    if (b->seal) {
        draw_seal_place(s, name.x + width / 2, s->y + name_height / 2);
    }
    paper__draw_strip(s, &strip);
    strip.cells = &date;
    if (b->more.len > 0) {
        paper__draw_strip(s, &strip);
    }
    s->y += b->seal ? seal_radius / 2 : 0;
}

/* Boxes beside each other; the label on top, room for a hand below it. */
static void draw_signing(struct paper__sheet *s, const struct paper_block *b)
{
    struct paper__cell cells[LIMIT_PAPER_COLUMNS];
    double width = s->measure / b->item_count;
    for (uint32_t i = 0; i < b->item_count; i++) {
        cells[i] = (struct paper__cell){ .text = b->items[i].label, .x = s->left + i * width + table_margin,
                                         .width = width - 2 * table_margin };
    }
    struct paper__strip strip = { .cells = cells, .count = b->item_count, .size = table_size,
                                  .leading = table_leading, .tag = "P" };
    double height = paper__strip_height(s, &strip) + signing_room;
    space(s, leading_of(s) / 2);
    paper__need(s, height < paper__full(s) ? height : 0);
    double top = s->y;
    paper__draw_strip(s, &strip);
    cairo_set_line_width(s->cr, 0.5);
    for (uint32_t i = 0; i < b->item_count; i++) {
        cairo_rectangle(s->cr, s->left + i * width, top, width, s->y + signing_room - top);
    }
    cairo_stroke(s->cr);
    s->y += signing_room + leading_of(s) / 2;
}

/* ---- Official letters ---- */

/* GB/T 9704 7.2: the name of the issuing body in red, its number below, a red line as wide as the text block. */
static void draw_letterhead(struct paper__sheet *s, const struct paper_block *b)
{
    struct paper__cell name = whole(s, b->text, PANGO_ALIGN_CENTER), number = whole(s, b->more, PANGO_ALIGN_CENTER);
    struct paper__strip strip = { .cells = &name, .count = 1, .size = 32, .leading = 44, .tag = "P" };
    bool fresh = s->y <= s->top && s->document->style == PAPER_OFFICIAL;
    paper__need(s, paper__full(s) / 3);
    s->y += fresh ? 35 * mm - 6 : 0; /* 35 mm from the edge of the text block to the upper edge of the characters */
    cairo_set_source_rgb(s->cr, 0.8, 0, 0);
    paper__draw_strip(s, &strip);
    cairo_set_source_rgb(s->cr, 0, 0, 0);
    s->y += leading_of(s);
    if (b->more.len > 0) {
        struct paper__strip line = body_strip(s, &number, 1);
        paper__draw_strip(s, &line);
    }
    s->y += 4 * mm;
    cairo_set_source_rgb(s->cr, 0.8, 0, 0);
    cairo_rectangle(s->cr, s->left, s->y, s->measure, 1);
    cairo_fill(s->cr);
    cairo_set_source_rgb(s->cr, 0, 0, 0);
    s->y += 2 * leading_of(s);
}

static void draw_break(struct paper__sheet *s, const struct paper_block *b)
{
    (void)b;
    paper__break(s);
}

/* ---- Tables ---- */

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

static struct paper__strip table_strip(const struct paper__cell *cells, uint32_t count)
{
    return (struct paper__strip){ .cells = cells, .count = count, .size = table_size, .leading = table_leading,
                                  .rules = true, .padding = table_padding, .part_tag = "TR" };
}

/* The places of the columns, without their texts. */
static void place_columns(const struct paper__sheet *s, const struct paper_block *b, struct paper__cell *cells)
{
    uint32_t shares = 0, before = 0;
    for (uint32_t i = 0; i < b->column_count; i++) {
        shares += b->columns[i].width;
    }
    for (uint32_t i = 0; i < b->column_count; i++) {
        double left = s->left + s->measure * before / shares, width = s->measure * b->columns[i].width / shares;
        cells[i] = (struct paper__cell){ .x = left + table_margin, .width = width - 2 * table_margin,
                                         .align = alignment(b->columns[i].align), .tag = "TD" };
        before += b->columns[i].width;
    }
}

/* The cell that takes `span` columns from the first on. */
static struct paper__cell spanned(const struct paper__cell *columns, uint32_t span)
{
    struct paper__cell cell = columns[0];
    cell.width = columns[span - 1].x + columns[span - 1].width - columns[0].x;
    return cell;
}

/* What each page begins with while the table goes on: the groups, and the titles below them. */
struct header {
    struct paper__cell titles[LIMIT_PAPER_COLUMNS], groups[LIMIT_PAPER_COLUMNS];
    struct paper__strip strips[2];
    uint32_t count;
};

/* A group without a title is one cell with each title below it. */
static void make_groups(const struct paper_block *b, struct header *h)
{
    uint32_t n = 0;
    for (uint32_t i = 0, at = 0; i < b->group_count; at += b->groups[i++].span) {
        bool empty = b->groups[i].title.len == 0;
        for (uint32_t c = 0; c < b->groups[i].span; c++) {
            h->titles[at + c].joined_above = empty;
            if (empty) {
                h->groups[n] = h->titles[at + c];
                h->groups[n].text = STR("");
                h->groups[n].joined_above = false;
                h->groups[n++].joined_below = true;
            }
        }
        if (!empty) {
            h->groups[n] = spanned(&h->titles[at], b->groups[i].span);
            h->groups[n++].text = b->groups[i].title;
        }
    }
    h->strips[h->count] = table_strip(h->groups, n);
    h->strips[h->count++].keep = 2 * table_leading + 4 * table_padding;
}

static void make_header(const struct paper_block *b, const struct paper__cell *columns, struct header *h)
{
    bool any = b->group_count > 0;
    for (uint32_t i = 0; i < b->column_count; i++) {
        h->titles[i] = columns[i];
        h->titles[i].text = b->columns[i].title;
        h->titles[i].align = PANGO_ALIGN_CENTER;
        h->titles[i].tag = "TH";
        any = any || b->columns[i].title.len > 0;
    }
    h->count = 0;
    if (b->group_count > 0) {
        make_groups(b, h);
    }
    if (any) {
        h->strips[h->count] = table_strip(h->titles, b->column_count);
        h->strips[h->count++].keep = table_leading + 2 * table_padding;
    }
}

/* The header, which stays for as long as the rows are drawn; false when it cannot be. */
static bool draw_header(struct paper__sheet *s, const struct header *h)
{
    double height = 0;
    for (uint32_t i = 0; i < h->count; i++) {
        height += paper__strip_height(s, &h->strips[i]);
    }
    if (height > header_part * paper__full(s)) {
        paper__fail(s, error_set(s->err, ERROR_INVALID, "the header of the table is too high"));
        error_detail(s->err, "blocks[%u]", s->block);
        return false;
    }
    for (uint32_t i = 0; i < h->count; i++) {
        paper__draw_strip(s, &h->strips[i]);
    }
    s->header = h->strips;
    s->header_count = h->count;
    return s->code == OK;
}

static void draw_table_row(struct paper__sheet *s, const struct paper_cell *row, const struct paper__cell *columns,
                           uint32_t count)
{
    struct paper__cell cells[LIMIT_PAPER_COLUMNS];
    uint32_t n = 0;
    for (uint32_t c = 0; c < count; c++) {
        if (row[c].span > 0) {
            cells[n] = spanned(&columns[c], row[c].span);
            cells[n].align = row[c].span > 1 ? PANGO_ALIGN_LEFT : cells[n].align;
            cells[n++].text = row[c].text;
        }
    }
    struct paper__strip strip = table_strip(cells, n);
    paper__draw_strip(s, &strip);
}

static void draw_table(struct paper__sheet *s, const struct paper_block *b)
{
    struct paper__cell columns[LIMIT_PAPER_COLUMNS];
    struct header header;
    place_columns(s, b, columns);
    if (!check_columns(s, columns, b->column_count)) {
        return;
    }
    make_header(b, columns, &header);
    space(s, leading_of(s) / 3);
    paper__begin(s, "Table");
    if (draw_header(s, &header)) {
        for (uint32_t r = 0; r < b->row_count && s->code == OK; r++) {
            draw_table_row(s, b->cells + (size_t)r * b->column_count, columns, b->column_count);
        }
    }
    paper__end(s, "Table");
    s->header_count = 0;
    s->y += leading_of(s) / 2;
}

/* ---- Grids: labels and values in ruled boxes, as forms have them ---- */

/* Puts a label and its value into cells[0], cells[1], `width` wide together. */
static void place_item(const struct paper_item *item, double x, double width, double label, struct paper__cell *cells)
{
    cells[0] = (struct paper__cell){ .text = item->label, .x = x + table_margin, .width = label - 2 * table_margin,
                                     .align = PANGO_ALIGN_CENTER, .tag = "TH" };
    cells[1] = (struct paper__cell){ .text = item->value, .x = x + label + table_margin,
                                     .width = width - label - 2 * table_margin, .tag = "TD" };
}

/* The items of one row from `first` on; returns how many. The last one takes what is left. */
static uint32_t place_row(const struct paper__sheet *s, const struct paper_block *b, uint32_t first,
                          struct paper__cell *cells)
{
    double width = s->measure / b->across, label = width * grid_label;
    label = label < grid_label_most ? label : grid_label_most;
    uint32_t n = 0;
    while (n < b->across && first + n < b->item_count && (n == 0 || !b->items[first + n].wide)) {
        uint32_t next = first + n + 1;
        bool wide = b->items[first + n].wide, next_wide = next == b->item_count || b->items[next].wide;
        double left = s->measure - n * width;
        place_item(&b->items[first + n], s->left + n * width, wide || next_wide ? left : width, label, &cells[2 * n]);
        n++;
        if (wide) {
            break;
        }
    }
    return n;
}

static void draw_grid(struct paper__sheet *s, const struct paper_block *b)
{
    struct paper__cell cells[LIMIT_PAPER_COLUMNS];
    space(s, leading_of(s) / 3);
    paper__begin(s, "Table");
    for (uint32_t i = 0; i < b->item_count && s->code == OK;) {
        uint32_t n = place_row(s, b, i, cells);
        struct paper__strip strip = table_strip(cells, 2 * n);
        if (check_columns(s, cells, 2 * n)) {
            paper__draw_strip(s, &strip);
        }
        i += n;
    }
    paper__end(s, "Table");
    s->y += leading_of(s) / 2;
}

void paper__draw_blocks(struct paper__sheet *s)
{
    static void (*const draw[])(struct paper__sheet *, const struct paper_block *) = {
        [PAPER_TITLE] = draw_title, [PAPER_PARAGRAPH] = draw_paragraph, [PAPER_TABLE] = draw_table,
        [PAPER_FIELD] = draw_field, [PAPER_QR] = draw_code, [PAPER_SIGNATURE] = draw_signature,
        [PAPER_GRID] = draw_grid, [PAPER_LIST] = draw_list, [PAPER_SIGNING] = draw_signing,
        [PAPER_IMAGE] = draw_image, [PAPER_LETTERHEAD] = draw_letterhead, [PAPER_BREAK] = draw_break,
    };
    for (s->block = 0; s->code == OK && s->block < s->document->block_count; s->block++) {
        const struct paper_block *b = &s->document->blocks[s->block];
        draw[b->kind](s, b);
    }
}
