/* Drawings: what can be loaded is drawn or refused by name; what is drawn is well-formed, and the same again with an
 * overlay on everything, in the other language. */
#include "fuzz.h"

#include "bpmn/draw.h"
#include "text/xml.h"

#include <assert.h>

static void check_draw(struct arena *a, const struct bpmn_model *m, const struct bpmn_draw_options *options)
{
    struct buf b = BUF_INIT(64 << 20);
    struct error err = { .lang = LANG_EN };
    const struct xml_node *svg;
    enum error_code code = bpmn_draw(m, options, &b, &err);
    if (code == OK) {
        code = xml_parse(a, STR("drawing"), buf_str(&b), &svg, &err);
        assert(code == OK || code == ERROR_LIMIT);
    } else {
        assert(err.message[0] != '\0' && (code == ERROR_LIMIT || b.len == 0));
    }
    buf_release(&b);
}

static void check_model(struct arena *a, const struct bpmn_model *m)
{
    uint32_t count = m->element_count + m->link_count, *all = ARENA_ARRAY(a, uint32_t, count);
    struct bpmn_draw_token *tokens = ARENA_ARRAY(a, struct bpmn_draw_token, m->element_count);
    for (uint32_t i = 0; i < count; i++) {
        all[i] = i;
    }
    for (uint32_t i = 0; i < m->element_count; i++) {
        tokens[i] = (struct bpmn_draw_token){ i, i };
    }
    for (uint32_t i = 0; i < 3; i++) {
        check_draw(a, m, &(struct bpmn_draw_options){ .diagram = i });
        check_draw(a, m,
                   &(struct bpmn_draw_options){ .diagram = i,
                                                .lang = LANG_ZH,
                                                .tokens = tokens,
                                                .token_count = m->element_count,
                                                .visited_elements = all,
                                                .visited_element_count = m->element_count,
                                                .visited_links = all,
                                                .visited_link_count = m->link_count });
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct bpmn_model *m;
    if (bpmn_load(&a, STR("fuzz"), (str){ (const char *)data, size }, &m, &err) == OK) {
        check_model(&a, m);
    }
    arena_release(&a);
    return 0;
}
