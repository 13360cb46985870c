/* draw_text: how wide a text is, and where it may break.
 *
 * The fonts of the reader are not known here. So characters have one of a few widths, each a little wider than in the
 * common sans-serif fonts; Chinese and other full-width characters are one em everywhere. A line breaks at spaces,
 * after a hyphen, and beside any full-width character, except that closing punctuation does not begin a line and
 * opening punctuation does not end one (GB/T 15834; JIS X 4051 calls it kinsoku).
 */
#include "bpmn/draw_int.h"
#include "text/utf8.h"

/* ---- Widths, in hundredths of an em ---- */

enum { NARROW = 30, SLIM = 40, MIDDLE = 58, WIDE = 75, BROAD = 96, EM = 100 };

/* A letter for each printable ASCII character from the space on. */
static const char ascii[] = "nnsmmbwnssmmnsnn" /*  !"#$%&'()*+,-./ */
                            "mmmmmmmmmmnnmmmm" /* 0123456789:;<=>? */
                            "bwwwwwwwwnmwmbww" /* @ABCDEFGHIJKLMNO */
                            "wwwwwwwbwwwnnnmm" /* PQRSTUVWXYZ[\]^_ */
                            "smmmmmnmmnnmnbmm" /* `abcdefghijklmno */
                            "mmsmnmmwmmmsnsm"; /* pqrstuvwxyz{|}~ */

struct range {
    uint32_t first, last;
};

static bool is_in(uint32_t c, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= ranges[i].first && c <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* East Asian Width W and F, in blocks. */
static bool is_wide(uint32_t c)
{
    static const struct range ranges[] = {
        { 0x1100, 0x115F }, { 0x2014, 0x2014 }, { 0x2026, 0x2026 }, { 0x2460, 0x24FF },   { 0x25A0, 0x27BF },
        { 0x2E80, 0x303E }, { 0x3041, 0xA4CF }, { 0xA960, 0xA97F }, { 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },
        { 0xFE30, 0xFE6F }, { 0xFF01, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1FAFF }, { 0x20000, 0x3FFFD },
    };
    return is_in(c, ranges, sizeof ranges / sizeof ranges[0]);
}

/* Marks that stand on the character before, and characters that are not seen. */
static bool is_mark(uint32_t c)
{
    static const struct range ranges[] = {
        { 0x0300, 0x036F }, { 0x200B, 0x200F }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFEFF, 0xFEFF },
    };
    return is_in(c, ranges, sizeof ranges / sizeof ranges[0]);
}

static px em_width(uint32_t c)
{
    if (c < ' ') {
        return NARROW;
    }
    if (c < 0x7F) {
        char class = ascii[c - ' '];
        return class == 'n' ? NARROW : class == 's' ? SLIM : class == 'm' ? MIDDLE : class == 'w' ? WIDE : BROAD;
    }
    if (is_mark(c)) {
        return 0;
    }
    return is_wide(c) ? EM : c < 0x100 || (c >= 0xFF61 && c <= 0xFFDC) ? MIDDLE + 4 : WIDE;
}

static uint32_t next_char(str s, size_t *at)
{
    size_t length = utf8_length_at(s.ptr + *at, s.ptr + s.len);
    uint32_t c = utf8_get(str_slice(s, *at, s.len));
    *at += length;
    return c;
}

px bpmn__text_width(str text, px size)
{
    px ems = 0;
    for (size_t i = 0; i < text.len;) {
        ems += em_width(next_char(text, &i));
    }
    return ems * size / EM;
}

px bpmn__line_height(px size)
{
    return size * 5 / 4;
}

bool bpmn__text_is_han(str text)
{
    static const struct range ranges[] = {
        { 0x2460, 0x24FF }, { 0x3007, 0x3007 }, { 0x3041, 0x30FA },
        { 0x3400, 0x9FFF }, { 0xF900, 0xFAFF }, { 0x20000, 0x3FFFD },
    };
    for (size_t i = 0; i < text.len;) {
        if (!is_in(next_char(text, &i), ranges, sizeof ranges / sizeof ranges[0])) {
            return false;
        }
    }
    return text.len > 0;
}

/* ---- Breaking ---- */

static bool holds(const char *set, uint32_t c)
{
    str s = str_of(set);
    for (size_t i = 0; i < s.len;) {
        if (next_char(s, &i) == c) {
            return true;
        }
    }
    return false;
}

static bool begins_no_line(uint32_t c)
{
    static const char closing[] = "、。，．・：；？！」』）】》〉〕］｝〗〞”’…—～％‰°,.;:!?)]}%"
                                  "ー々ゝゞぁぃぅぇぉっゃゅょァィゥェォッャュョ";
    return is_mark(c) || holds(closing, c);
}

static bool ends_no_line(uint32_t c)
{
    return holds("「『（【《〈〔［｛〖〝“‘￥＄№([{", c);
}

static bool is_space(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == 0x3000;
}

static bool may_break(uint32_t before, uint32_t after)
{
    if (is_space(before) || before == 0x200B) {
        return true;
    }
    if (is_space(after) || begins_no_line(after) || ends_no_line(before)) {
        return false;
    }
    return is_wide(before) || is_wide(after) || before == '-' || before == '/' || before == '_';
}

struct wrapping {
    str text;
    px size, width;
};

static str without_end_spaces(str s)
{
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t' || s.ptr[s.len - 1] == '\r')) {
        s.len--;
    }
    return s;
}

/* The end of the line that begins at `from`: the last break before the width is full, or a line break of the text.
 * False when there is none, so that the line must be cut inside a word. *ret_next is where the next line begins. */
static bool line_end(const struct wrapping *w, size_t from, size_t *ret_end, size_t *ret_next)
{
    px ems = 0;
    uint32_t before = 0;
    size_t last = from;
    for (size_t i = from; i < w->text.len;) {
        size_t start = i;
        uint32_t c = next_char(w->text, &i);
        if (c == '\n') {
            *ret_end = start;
            *ret_next = i;
            return true;
        }
        if (start > from && may_break(before, c)) {
            last = start;
        }
        ems += em_width(c);
        if (ems * w->size / EM > w->width && !is_space(c)) {
            *ret_end = *ret_next = last > from ? last : start > from ? start : i;
            return last > from;
        }
        before = c;
    }
    *ret_end = *ret_next = w->text.len;
    return true;
}

bool bpmn__text_wrap(str text, px size, px width, uint32_t most, bool anywhere, struct text_block *ret)
{
    struct wrapping w = { str_trim(text), size, width };
    bool fits = true;
    size_t at = 0;
    *ret = (struct text_block){ .size = size };
    while (at < w.text.len) {
        size_t end, next;
        if (ret->count == most || ret->count == LINES_MAX) {
            return false;
        }
        fits = (line_end(&w, at, &end, &next) || anywhere) && fits;
        str line = without_end_spaces(str_slice(w.text, at, end));
        struct text_line *l = &ret->lines[ret->count++];
        *l = (struct text_line){ .text = line, .width = bpmn__text_width(line, size) };
        fits = fits && l->width <= width;
        ret->width = bpmn__most(ret->width, l->width);
        at = next;
    }
    return fits;
}

/* The same number of lines in less width, so that no word stands alone in the last one. */
static void balance(str text, px width, struct text_block *b)
{
    struct text_block narrower;
    px step = bpmn__most(b->size / 2, width / 40);
    for (px w = width - step; b->count > 1 && b->count < 5 && w > step; w -= step) {
        if (!bpmn__text_wrap(text, b->size, w, b->count, false, &narrower)) {
            return;
        }
        *b = narrower;
    }
}

/* Shortens the last line so that an ellipsis has room. */
static void cut(struct text_block *b, px width)
{
    if (b->count == 0) {
        return;
    }
    struct text_line *l = &b->lines[b->count - 1];
    while (l->text.len > 0 && bpmn__text_width(l->text, b->size) + b->size > width) {
        do {
            l->text.len--;
        } while (l->text.len > 0 && ((unsigned char)l->text.ptr[l->text.len] & 0xC0) == 0x80);
    }
    l->cut = true;
    l->width = bpmn__text_width(l->text, b->size) + b->size;
    b->width = bpmn__most(b->width, l->width);
}

static uint32_t lines_in(px height, px size)
{
    px lines = height / bpmn__line_height(size);
    return lines > LINES_MAX ? LINES_MAX : (uint32_t)bpmn__most(lines, 0);
}

bool bpmn__text_fits(str text, px size, px width, px height, struct text_block *ret)
{
    bool fits = bpmn__text_wrap(text, size, width, lines_in(height, size), false, ret);
    if (fits) {
        balance(text, width, ret);
    }
    return fits;
}

void bpmn__text_fit(str text, px size, px width, px height, struct text_block *ret)
{
    for (px s = size; s >= FONT_LEAST + PX; s -= PX) {
        if (bpmn__text_fits(text, s, width, height, ret)) {
            return;
        }
    }
    for (px s = bpmn__least(size, 9 * PX); s >= FONT_LEAST; s -= PX) {
        if (bpmn__text_wrap(text, s, width, lines_in(height, s), true, ret)) {
            return;
        }
    }
    if (!bpmn__text_wrap(text, FONT_LEAST, width, lines_in(height, FONT_LEAST), true, ret)) {
        ret->count = width < 2 * FONT_LEAST ? 0 : ret->count;
        cut(ret, width);
    }
}

/* ---- Drawing ---- */

static void font_attributes(struct bpmn__drawing *g, const struct text_style *style, px size)
{
    const struct bpmn_font *f = style->font;
    bpmn__number(g, "font-size", size);
    bpmn__colour_attribute(g, "fill", style->colour);
    if (style->align != ALIGN_START) {
        xml_attribute(&g->w, "text-anchor", style->align == ALIGN_MIDDLE ? STR("middle") : STR("end"));
    }
    if (style->halo) {
        xml_attribute(&g->w, "stroke", STR("#ffffff"));
        xml_attribute(&g->w, "stroke-width", STR("3"));
        xml_attribute(&g->w, "stroke-linejoin", STR("round"));
        xml_attribute(&g->w, "paint-order", STR("stroke"));
    }
    if (f != NULL && f->bold) {
        xml_attribute(&g->w, "font-weight", STR("bold"));
    }
    if (f != NULL && f->italic) {
        xml_attribute(&g->w, "font-style", STR("italic"));
    }
    if (f != NULL && (f->underline || f->strike_through)) {
        xml_attribute(&g->w, "text-decoration", f->underline ? STR("underline") : STR("line-through"));
    }
}

static void draw_lines(struct bpmn__drawing *g, const struct text_block *b, struct point first)
{
    for (uint32_t i = 0; i < b->count; i++) {
        xml_begin(&g->w, "tspan");
        bpmn__number(g, "x", first.x);
        bpmn__number(g, "y", first.y + i * bpmn__line_height(b->size));
        xml_text(&g->w, b->lines[i].text);
        if (b->lines[i].cut) {
            xml_text(&g->w, STR("…"));
        }
        xml_end(&g->w);
    }
}

static void turn(struct bpmn__drawing *g, struct point c)
{
    buf_clear(&g->words);
    buf_addz(&g->words, "rotate(-90 ");
    bpmn__add_number(&g->words, c.x);
    buf_addc(&g->words, ' ');
    bpmn__add_number(&g->words, c.y);
    buf_addc(&g->words, ')');
    xml_attribute(&g->w, "transform", buf_str(&g->words));
}

void bpmn__draw_block(struct bpmn__drawing *g, const struct text_block *b, struct rect r, bool from_top,
                      struct text_style style)
{
    if (b->count == 0) {
        return;
    }
    px height = b->count * bpmn__line_height(b->size);
    struct point c = bpmn__centre(r);
    px top = from_top ? r.y : c.y - height / 2;
    px x = style.align == ALIGN_MIDDLE ? c.x : style.align == ALIGN_START ? r.x : r.x + r.width;
    px left = style.align == ALIGN_MIDDLE ? x - b->width / 2 : style.align == ALIGN_START ? x : x - b->width;
    xml_begin(&g->w, "text");
    font_attributes(g, &style, b->size);
    if (style.turned) {
        turn(g, c);
    } else {
        bpmn__extend(g, (struct rect){ left, top, b->width, height }, 0);
    }
    /* The baseline lies about a third of an em below the middle of the line. */
    draw_lines(g, b, (struct point){ x, top + bpmn__line_height(b->size) / 2 + b->size * 36 / 100 });
    xml_end(&g->w);
}
