/* Text measuring and wrapping, geometry and limits of drawings: what golden files reach only by chance. */
#include "bpmn/draw_int.h"

#include "tap.h"

/* The lines of a wrapped text, with | between them. */
static str lines_of(const struct text_block *b, char *text, size_t size)
{
    struct buf out = BUF_INIT(4000);
    for (uint32_t i = 0; i < b->count; i++) {
        buf_addz(&out, i > 0 ? "|" : "");
        buf_add(&out, b->lines[i].text);
        buf_addz(&out, b->lines[i].cut ? "…" : "");
    }
    size_t n = out.len < size ? out.len : size;
    if (n > 0) {
        memcpy(text, out.ptr, n);
    }
    buf_release(&out);
    return (str){ text, n };
}

static void test_wrap(void)
{
    /* Width in hundredths of a pixel at a size of 10 pixels: a Chinese character is 1000. */
    static const struct {
        const char *text, *lines;
        px width;
    } cases[] = {
        { "受理申请材料", "受理申|请材料", 3000 },
        { "受理申，请材料", "受理|申，请|材料", 3000 },
        { "受理。（一式两份）", "受理。|（一式|两份）", 3000 },
        { "办理《决定》书", "办理|《决|定》书", 3000 },
        { "对“不予受理”的", "对“不予|受理”的", 4000 },
        { "Check the file", "Check the|file", 5000 },
        { "Non-Interrupting", "Non-|Interrupting", 7000 },
        { "登记Register处", "登记|Register|处", 5000 },
        { "第一行\n第二行", "第一行|第二行", 9000 },
        { "  受理  ", "受理", 3000 },
        { "", "", 3000 },
    };
    char text[4000];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text_block b;
        bool fits = bpmn__text_wrap(str_of(cases[i].text), 10 * PX, cases[i].width, LINES_MAX, false, &b);
        ok(fits, "case %zu fits", i + 1);
        is_str(lines_of(&b, text, sizeof text), str_of(cases[i].lines), "\"%s\"", cases[i].lines);
    }
}

static void test_cut(void)
{
    struct text_block b;
    char text[4000];
    bpmn__text_fit(STR("很长很长很长很长很长的名称"), FONT, 40 * PX, 10 * PX, &b);
    is_str(lines_of(&b, text, sizeof text), STR("很长很长…"), "what has no room ends with an ellipsis");
    ok(!bpmn__text_wrap(STR("Donaudampf"), 10 * PX, 3000, LINES_MAX, false, &b), "a long word does not fit");
    ok(bpmn__text_wrap(STR("Donaudampf"), 10 * PX, 3000, LINES_MAX, true, &b) && b.count > 1, "unless it is broken");
    bpmn__text_fit(STR("字"), FONT, 3 * PX, 3 * PX, &b);
    ok(b.count == 0, "in a dot nothing is written");
    bpmn__text_fit(STR("初审 复审"), FONT, 200 * PX, 200 * PX, &b);
    is_int(b.size, FONT, "what has room keeps its size");
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* Whatever the text and the box: the block is inside. */
static void test_never_over(void)
{
    static const char *const pieces[] = {
        "受", "理", "，", "。", "《", "》", " ", "a", "W", "file", "\n", "-", "é", "😀"
    };
    uint64_t seed = 42;
    int over = 0, lines = 0;
    for (int round = 0; round < 20000; round++) {
        struct buf text = BUF_INIT(4000);
        struct text_block b;
        px width = next_random(&seed) % 20000, height = next_random(&seed) % 12000;
        for (uint32_t n = next_random(&seed) % 60; n > 0; n--) {
            buf_addz(&text, pieces[next_random(&seed) % (sizeof pieces / sizeof pieces[0])]);
        }
        bpmn__text_fit(buf_str(&text), FONT, width, height, &b);
        for (uint32_t i = 0; i < b.count; i++) {
            over += b.lines[i].width > width;
        }
        over += b.count * bpmn__line_height(b.size) > height;
        lines += (int)b.count;
        buf_release(&text);
    }
    is_int(over, 0, "no block is larger than its box (seed 42)");
    ok(lines > 20000, "and there were blocks: %d lines", lines);
}

static void test_geometry(void)
{
    is_int(bpmn__distance((struct point){ 0, 0 }, (struct point){ 300, 400 }), 500, "3, 4, 5");
    is_int(bpmn__distance((struct point){ -200000000, 0 }, (struct point){ 200000000, 0 }), 400000000, "far away");
    struct point u = bpmn__direction((struct point){ 5, 5 }, (struct point){ 5, 5 });
    ok(u.x == UNIT && u.y == 0, "no distance has a direction too");
    struct point p = bpmn__moved((struct point){ 0, 0 }, (struct point){ 0, UNIT }, 100, 30);
    ok(p.x == 30 && p.y == 100, "along and across");
}

static void test_words(void)
{
    int missing = 0;
    for (int kind = 0; kind < BPMN_KINDS; kind++) {
        const char *english = bpmn__look_of((enum bpmn_kind)kind)->words;
        missing += english == NULL || strcmp(lang_text(LANG_ZH, english), english) == 0;
    }
    is_int(missing, 0, "every kind has a name in both languages");
}

/* ---- What is refused ---- */

static const char head[] = "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
                           "xmlns:d='http://www.omg.org/spec/BPMN/20100524/DI' "
                           "xmlns:c='http://www.omg.org/spec/DD/20100524/DC' id='f' targetNamespace='t'>";

/* Draws a process of one task that many shapes show. */
static enum error_code draw_many(uint32_t diagram, int shapes, int name_length, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct buf file = BUF_INIT(8 << 20), out = BUF_INIT(64 << 20);
    const struct bpmn_model *m;
    buf_printf(&file, "%s<process id='p'><task id='t' name='", head);
    for (int i = 0; i < name_length; i++) {
        buf_addc(&file, 'x');
    }
    buf_addz(&file, "'/></process>");
    if (shapes >= 0) {
        buf_addz(&file, "<d:BPMNDiagram id='di'><d:BPMNPlane id='pl' bpmnElement='p'>");
        for (int i = 0; i < shapes; i++) {
            buf_printf(&file,
                       "<d:BPMNShape id='s%d' bpmnElement='t'><c:Bounds x='0' y='0' width='100' height='80'/>"
                       "</d:BPMNShape>",
                       i);
        }
        buf_addz(&file, "</d:BPMNPlane></d:BPMNDiagram>");
    }
    buf_addz(&file, "</definitions>");
    enum error_code code = bpmn_load(&a, STR("many"), buf_str(&file), &m, err);
    if (code == OK) {
        code = bpmn_draw(m, &(struct bpmn_draw_options){ .diagram = diagram }, &out, err);
    }
    buf_release(&file);
    buf_release(&out);
    arena_release(&a);
    return code;
}

static void test_refused(void)
{
    static const struct {
        const char *what, *message, *detail;
        uint32_t diagram;
        int shapes, name_length;
        enum error_code code;
    } cases[] = {
        { "one shape", "", "", 0, 1, 10, OK },
        { "no diagram", "", "", 0, -1, 10, OK },
        { "no second process", "the model has no diagram 2", "it has 0, and no such process to lay one out for", 1, -1,
          10, ERROR_MISSING },
        { "the second of one", "the model has no diagram 2", "it has 1", 1, 1, 10, ERROR_MISSING },
        { "an empty one", "there is nothing on the diagram", "", 0, 0, 10, ERROR_MISSING },
        { "as much text as may be", "", "", 0, 2, LIMIT_BPMN_DRAWN_TEXT / 2, OK },
        { "more", "the diagram has too much text", "limit BPMN_DRAWN_TEXT = 1048576", 0, 2,
          LIMIT_BPMN_DRAWN_TEXT / 2 + 1, ERROR_LIMIT },
        { "many shapes", "the diagram has too many shapes and links", "limit BPMN_ELEMENTS = 20000", 0,
          LIMIT_BPMN_ELEMENTS + 1, 1, ERROR_LIMIT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = { .lang = LANG_EN };
        enum error_code code = draw_many(cases[i].diagram, cases[i].shapes, cases[i].name_length, &err);
        is_int(code, cases[i].code, "%s", cases[i].what);
        if (code != OK) {
            is_str(str_of(err.message), str_of(cases[i].message), "%s: message", cases[i].what);
            ok(cases[i].detail[0] == '\0' || strcmp(err.detail, cases[i].detail) == 0, "%s: detail", cases[i].what);
        }
    }
}

int main(void)
{
    test_wrap();
    test_cut();
    test_never_over();
    test_geometry();
    test_words();
    test_refused();
    return tap_done();
}
