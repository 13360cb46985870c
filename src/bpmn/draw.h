/* draw: a diagram of a model as SVG, from the coordinates of the file.
 *
 * The result is a document of its own or a part of a page: no scripts, no style sheet, no references to anything
 * outside; all text is text and is escaped. The look is in presentation attributes, which every style sheet may
 * override: classes are the names of BPMN's elements ("userTask"), data-id is the id of the element or link. Each
 * element and link is a group of role img with a title and a description; the groups follow the flow, so that read
 * aloud they tell the process. docs/drawing.md has the details.
 *
 * Invariants
 *   1. The same model and options give the same bytes.
 *   2. All that is drawn lies inside the viewBox.
 *   3. A label inside a shape never leaves it: it wraps, becomes smaller, and at last ends with an ellipsis.
 */
#ifndef GONGSHI_BPMN_DRAW_H
#define GONGSHI_BPMN_DRAW_H

#include "base/buf.h"
#include "bpmn/bpmn.h"

/* Tokens that are in an element now. Of what is not on the diagram, the element around it that is shows them. */
struct bpmn_draw_token {
    uint32_t element;
    uint32_t count;
};

struct bpmn_draw_options {
    uint32_t diagram;   /* which of the model's; 0 is the first */
    enum lang lang;     /* of titles, descriptions and the legend; of names where the model has words (bpmn_in) */
    const char *prefix; /* of all ids, for pages with several drawings; letters and digits; NULL: "bpmn" */
    const struct bpmn_draw_token *tokens;
    uint32_t token_count;
    const uint32_t *visited_elements, *visited_links; /* where tokens have been */
    uint32_t visited_element_count, visited_link_count;
};

/* Appends the drawing to `out`. A model without diagrams is laid out plainly: its i-th process or sub-process with
 * something in it is diagram i. ERROR_MISSING when the model has no such diagram, or one on which nothing
 * can be drawn; ERROR_LIMIT when it has more shapes and links than LIMIT_BPMN_ELEMENTS, more text than
 * LIMIT_BPMN_DRAWN_TEXT, or when `out` is full. */
enum error_code bpmn_draw(const struct bpmn_model *m, const struct bpmn_draw_options *options, struct buf *out,
                          struct error *err);

/* The diagram that shows what is inside an element (a collapsed sub-process, a process), or BPMN_NONE. */
uint32_t bpmn_diagram_of(const struct bpmn_model *m, uint32_t element);

#endif
