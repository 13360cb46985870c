/* draw_overlay: where tokens are and where they have been. All of it can be told apart without colour: a token is a
 * black disc with its number and a thick frame around the element, what has been passed has a tick, and links that
 * have been passed are thick and shaded. */
#include "bpmn/draw_int.h"

/* The element itself or the nearest one around it that is on the diagram and not hidden; BPMN_NONE without one. */
static uint32_t shown(const struct bpmn__drawing *g, uint32_t element)
{
    while (element != BPMN_NONE && g->shape_of[element] == BPMN_NONE && g->m->elements[element].kind != BPMN_PROCESS) {
        element = g->m->elements[element].parent;
    }
    return element == BPMN_NONE || g->shape_of[element] == BPMN_NONE ? BPMN_NONE : element;
}

void bpmn__read_overlay(struct bpmn__drawing *g)
{
    const struct bpmn_draw_options *o = g->options;
    g->tokens = ARENA_ARRAY(g->a, uint32_t, g->m->element_count);
    g->visited = ARENA_ARRAY(g->a, bool, g->m->element_count);
    g->visited_link = ARENA_ARRAY(g->a, bool, g->m->link_count);
    for (uint32_t i = 0; i < o->token_count; i++) {
        assert(o->tokens[i].element < g->m->element_count);
        uint32_t at = shown(g, o->tokens[i].element);
        if (at != BPMN_NONE) {
            g->tokens[at] += o->tokens[i].count;
        }
    }
    for (uint32_t i = 0; i < o->visited_element_count; i++) {
        assert(o->visited_elements[i] < g->m->element_count);
        g->visited[o->visited_elements[i]] = true;
    }
    for (uint32_t i = 0; i < o->visited_link_count; i++) {
        assert(o->visited_links[i] < g->m->link_count);
        g->visited_link[o->visited_links[i]] = true;
    }
}

bool bpmn__has_overlay(const struct bpmn__drawing *g)
{
    return g->options->token_count + g->options->visited_element_count + g->options->visited_link_count > 0;
}

static void plain_text(struct bpmn__drawing *g, str text, struct rect r, enum align align, bpmn_colour colour)
{
    struct text_block b;
    bpmn__text_wrap(text, FONT_OUTSIDE, r.width, 1, true, &b);
    bpmn__draw_block(g, &b, r, false, (struct text_style){ .colour = colour, .align = align });
}

static void token(struct bpmn__drawing *g, struct point c, uint32_t count)
{
    str number = arena_printf(g->a, "%u", count);
    px half = bpmn__most(9 * PX, bpmn__text_width(number, FONT_OUTSIDE) / 2 + 5 * PX);
    struct rect r = { c.x - half, c.y - 9 * PX, 2 * half, 18 * PX };
    bpmn__draw_rect(g, r, 9 * PX, (struct ink){ WHITE, BLACK, LINE, NULL });
    plain_text(g, number, r, ALIGN_MIDDLE, WHITE);
}

void bpmn__paint_badges(struct bpmn__drawing *g, const struct bpmn_shape *s)
{
    struct rect r = bpmn__rect_of(s->box);
    uint32_t count = g->tokens[s->element];
    if (count > 0) {
        bpmn__draw_rect(
            g, bpmn__inset((struct rect){ r.x - 5 * PX, r.y - 5 * PX, r.width + 10 * PX, r.height + 10 * PX }, 0),
            8 * PX, (struct ink){ BLACK, BPMN_NONE, 3 * PX, NULL });
        token(g, (struct point){ r.x + r.width, r.y }, count);
    }
    if (g->visited[s->element]) {
        bpmn__draw_icon(g, ICON_PASSED, (struct point){ r.x + 2 * PX, r.y + r.height - 2 * PX }, PX, false, BLACK,
                        WHITE);
    }
}

/* What the marks mean, under the drawing. */
void bpmn__paint_legend(struct bpmn__drawing *g)
{
    const char *const here = lang_text(g->options->lang, "tokens that are here now");
    const char *const passed = lang_text(g->options->lang, "passed");
    px x = g->extent.x + 12 * PX, y = g->extent.y + g->extent.height + 24 * PX;
    px width = bpmn__text_width(str_of(here), FONT_OUTSIDE);
    xml_begin(&g->w, "g");
    xml_attribute(&g->w, "class", STR("legend"));
    token(g, (struct point){ x, y }, 1);
    plain_text(g, str_of(here), (struct rect){ x + 14 * PX, y - 9 * PX, width, 18 * PX }, ALIGN_START, BLACK);
    x += width + 36 * PX;
    bpmn__draw_icon(g, ICON_PASSED, (struct point){ x, y }, PX, false, BLACK, WHITE);
    bpmn__draw_line(g, (struct point){ x + 14 * PX, y }, (struct point){ x + 38 * PX, y },
                    (struct ink){ GREY, BPMN_NONE, 8 * PX, NULL });
    bpmn__draw_line(g, (struct point){ x + 14 * PX, y }, (struct point){ x + 38 * PX, y },
                    (struct ink){ BLACK, BPMN_NONE, 3 * PX, NULL });
    width = bpmn__text_width(str_of(passed), FONT_OUTSIDE);
    plain_text(g, str_of(passed), (struct rect){ x + 46 * PX, y - 9 * PX, width, 18 * PX }, ALIGN_START, BLACK);
    xml_end(&g->w);
}
