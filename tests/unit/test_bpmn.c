/* What scenarios cannot reach: starts and their times, looking into states, explanations of a migration, the drawing,
 * and that a state that lives long does not grow. */
#include "bpmn/bpmn.h"

#include "base/limit.h"
#include "tap.h"

static struct arena arena;
static struct feel_environment env = { .instant = 1767196800, .zone = 8 * 3600 };
static struct feel_eval *ev;

#define HEAD "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' " \
             "xmlns:z='http://camunda.org/schema/zeebe/1.0' xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' " \
             "xmlns:dc='http://www.omg.org/spec/DD/20100524/DC' xmlns:d='http://www.omg.org/spec/DD/20100524/DI' " \
             "xmlns:b='http://bpmn.io/schema/bpmn/biocolor/1.0' " \
             "xmlns:c='http://www.omg.org/spec/BPMN/non-normative/color/1.0'>"

static const struct bpmn_model *load(const char *body)
{
    const struct bpmn_model *m = NULL;
    struct error err = { .lang = LANG_EN };
    str text = arena_printf(&arena, HEAD "%s</definitions>", body);
    ok(bpmn_load(&arena, STR("test"), text, &m, &err) == OK, "loads: %s", err.message);
    return m;
}

static struct bpmn_result step(struct bpmn_state *s, struct bpmn_event event)
{
    struct bpmn_result r = { .effect_count = 0 };
    struct error err = { .lang = LANG_EN };
    feel_eval_set_environment(ev, &env);
    ok(bpmn_step(s, &event, ev, &r, &err) == OK, "a step: %s", err.message);
    return r;
}

static struct bpmn_event start_event(const struct bpmn_model *m)
{
    return (struct bpmn_event){ .kind = BPMN_START, .process = m->processes[0], .element = BPMN_NONE };
}

/* ---- Starts ---- */

static void test_starts(void)
{
    const struct bpmn_model *m = load(
        "<message id='m' name='rated'/><process id='p'>"
        "<startEvent id='s1'><extensionElements><z:formDefinition formId='apply'/></extensionElements></startEvent>"
        "<startEvent id='s2'><messageEventDefinition messageRef='m'/></startEvent>"
        "<startEvent id='s3'><timerEventDefinition><timeCycle>R3/2026-01-05T08:00:00/P1D</timeCycle>"
        "</timerEventDefinition></startEvent><startEvent id='s4'><timerEventDefinition><timeDate>2026-02-01</timeDate>"
        "</timerEventDefinition></startEvent></process>");
    struct bpmn_start s;
    int64_t due;
    ok(bpmn_start_of(m, m->processes[0], 0, &s) && s.trigger == BPMN_TRIGGERS, "the first start has no trigger");
    is_str(s.form, STR("apply"), "… and a form");
    ok(bpmn_start_of(m, m->processes[0], 1, &s) && s.trigger == BPMN_TRIGGER_MESSAGE, "the second is a message");
    is_str(s.name, STR("rated"), "… by name");
    ok(bpmn_start_of(m, m->processes[0], 2, &s) && s.trigger == BPMN_TRIGGER_TIMER, "the third is a timer");
    ok(!bpmn_start_of(m, m->processes[0], 4, &s), "there are four");
    uint32_t s3 = bpmn_find(m, STR("s3")), s4 = bpmn_find(m, STR("s4"));
    int64_t first = 1767571200; /* 2026-01-05T00:00:00Z, eight o'clock in the zone */
    ok(bpmn_start_due(m, s3, ev, env.instant, 0, &due, NULL) && due == first, "the first time");
    ok(bpmn_start_due(m, s3, ev, first, 1, &due, NULL) && due == first + 86400, "the second");
    ok(bpmn_start_due(m, s3, ev, first + 86400, 2, &due, NULL) && due == first + 172800, "the third");
    ok(!bpmn_start_due(m, s3, ev, first + 172800, 3, &due, NULL), "and no more");
    ok(bpmn_start_due(m, s4, ev, env.instant, 0, &due, NULL) && due == 1769875200, "a date is midnight in the zone");
    ok(!bpmn_start_due(m, s4, ev, due, 1, &due, NULL), "and comes once");
    ok(!bpmn_start_due(m, bpmn_find(m, STR("s2")), ev, 0, 0, &due, NULL), "a message has no time");
}

/* ---- Looking in ---- */

static void test_looking(void)
{
    const struct bpmn_model *m = load(
        "<process id='p'><startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='t'/><userTask id='t'>"
        "<extensionElements><z:ioMapping><z:input source='=x + 1' target='own'/></z:ioMapping></extensionElements>"
        "</userTask></process>");
    struct bpmn_state s;
    struct bpmn_event event = start_event(m);
    str names[] = { STR("x"), STR("y") };
    feel_value values[] = { feel_number(DEC_SMALL(1)), feel_string(STR("text")) }, v;
    event.variables = feel_context(feel_shape_new(&arena, names, 2), values);
    bpmn_state_init(&s, m);
    step(&s, event);
    struct bpmn_cursor c = { .begun = false };
    struct bpmn_wait w;
    ok(bpmn_next_wait(&s, &c, &w) && w.kind == BPMN_WAIT_TASK, "it waits for a task");
    ok(bpmn_variable(&s, w.item, STR("own"), &v) && dec_eq(v.number, DEC_SMALL(2)), "the task has a variable");
    ok(bpmn_variable(&s, w.item, STR("y"), &v) && v.kind == FEEL_STRING, "and sees those of the process");
    ok(!bpmn_variable(&s, 0, STR("own"), &v), "the process does not see the task's");
    is_int(bpmn_locals(&s, w.item, &arena).count, 1, "one variable is its own");
    is_int(bpmn_visible(&s, w.item, &arena).count, 3, "three are visible");
    is_int(bpmn_locals(&s, 0, &arena).count, 2, "the process has two");
    struct bpmn_result r = step(&s, (struct bpmn_event){ .kind = BPMN_FAIL, .wait = w.id, .text = STR("no paper") });
    struct buf b = BUF_INIT(200);
    ok(r.effect_count == 1 && r.effects[0].incident == BPMN_INCIDENT_FAILED, "a failure is an incident");
    bpmn_incident_print(r.effects[0].incident, r.effects[0].name, LANG_ZH, &b);
    is_str(buf_str(&b), STR("工作未能完成：no paper"), "in Chinese");
    buf_release(&b);
    bpmn_state_release(&s);
}

/* ---- Memory ---- */

static void test_long_life(void)
{
    const struct bpmn_model *m = load("<process id='p'><userTask id='t'/></process>");
    struct bpmn_state s;
    bpmn_state_init(&s, m);
    step(&s, start_event(m));
    char text[1000];
    memset(text, 'x', sizeof text);
    size_t most = 0;
    bool fine = true;
    for (int i = 0; i < 20000; i++) {
        feel_value v = feel_string((str){ text, sizeof text });
        str name = STR("x");
        struct bpmn_event event = { .kind = BPMN_SET, .variables = feel_context(feel_shape_new(&arena, &name, 1), &v) };
        struct bpmn_result r;
        struct arena_mark mark = arena_mark(&arena);
        fine &= bpmn_step(&s, &event, ev, &r, NULL) == OK;
        arena_rewind(&arena, mark);
        most = arena_used(&s.arena) > most ? arena_used(&s.arena) : most;
    }
    ok(fine && most < 200000, "20,000 writes of a kilobyte need no more than %zu bytes", most);
    bpmn_state_release(&s);
}

/* ---- Migration ---- */

static void test_migration_lines(void)
{
    const struct bpmn_model *from = load("<process id='p'><userTask id='a'/><userTask id='b'/></process>");
    const struct bpmn_model *to = load("<process id='p'><userTask id='a'/><serviceTask id='b'><extensionElements>"
                                       "<z:taskDefinition type='x'/></extensionElements></serviceTask></process>");
    struct bpmn_state s;
    const struct bpmn_migration_line *lines;
    uint32_t count;
    bpmn_state_init(&s, from);
    step(&s, start_event(from));
    ok(!bpmn_migration_check(&s, to, NULL, 0, &arena, LANG_EN, &lines, &count), "a migration is refused");
    is_int(count, 4, "each item and wait is explained");
    is_str(lines[0].from, STR("p"), "the process first");
    ok(lines[1].kind == BPMN_MIGRATE_OK && lines[2].kind == BPMN_MIGRATE_OK, "one task goes on");
    is_str(lines[3].text, STR("is another kind of element in the new model"), "the other is refused");
    struct bpmn_mapping map = { STR("b"), STR("a") };
    ok(bpmn_migration_check(&s, to, &map, 1, &arena, LANG_ZH, &lines, &count), "with a mapping it is not");
    is_str(lines[0].text, STR("在原处继续"), "in Chinese");
    bpmn_state_release(&s);
}

/* ---- The drawing ---- */

static void test_diagram(void)
{
    const struct bpmn_model *m = load(
        "<process id='p'><task id='t'/><task id='u'/><sequenceFlow id='f' sourceRef='t' targetRef='u'/></process>"
        "<di:BPMNDiagram id='d'><di:BPMNPlane bpmnElement='p'>"
        "<di:BPMNShape id='x' bpmnElement='t' b:fill='#abc' b:stroke='rgb(1, 2, 3)'>"
        "<dc:Bounds x='10.5' y='-2' width='100' height='80.25'/></di:BPMNShape>"
        "<di:BPMNShape id='y' bpmnElement='t' c:background-color='#102030' b:fill='#ffffff'>"
        "<dc:Bounds x='0' y='0' width='1' height='1'/></di:BPMNShape>"
        "<di:BPMNShape id='z' bpmnElement='nowhere'><dc:Bounds x='0' y='0' width='1' height='1'/></di:BPMNShape>"
        "<di:BPMNEdge id='e' bpmnElement='f'><d:waypoint x='1' y='2'/><d:waypoint x='3' y='4'/></di:BPMNEdge>"
        "</di:BPMNPlane><di:BPMNLabelStyle id='s'><dc:Font name='Arial' size='11.0' isBold='true'/>"
        "</di:BPMNLabelStyle></di:BPMNDiagram>");
    const struct bpmn_diagram *d = &m->diagrams[0];
    is_int(d->shape_count, 2, "two shapes are of something");
    is_int(d->shapes[0].box.x, 1050, "hundredths of a pixel");
    is_int(d->shapes[0].box.height, 8025, "… of the height");
    is_int(d->shapes[0].fill, 0xAABBCC, "a short colour");
    is_int(d->shapes[0].stroke, 0x010203, "a colour as older modellers write it");
    is_int(d->shapes[1].fill, 0x102030, "the standard's colour comes first");
    is_int(d->edges[0].points[1].y, 400, "a point");
    is_int(m->finding_count, 1, "what is drawn of nothing is told");
}

static void test_limits(void)
{
    struct error err = { .lang = LANG_EN };
    const struct bpmn_model *m;
    struct buf b = BUF_INIT(LIMIT_XML_BYTES);
    buf_addz(&b, HEAD "<process id='p'>");
    for (int i = 0; i < LIMIT_BPMN_ELEMENTS; i++) {
        buf_addz(&b, "<task/>");
    }
    buf_addz(&b, "</process></definitions>");
    ok(bpmn_load(&arena, STR("many"), buf_str(&b), &m, &err) == ERROR_LIMIT, "too many elements");
    buf_clear(&b);
    buf_addz(&b, HEAD "<process id='p'>");
    for (int i = 0; i <= LIMIT_BPMN_DEPTH; i++) {
        buf_printf(&b, "<subProcess id='s%d'>", i);
    }
    for (int i = 0; i <= LIMIT_BPMN_DEPTH; i++) {
        buf_addz(&b, "</subProcess>");
    }
    buf_addz(&b, "</process></definitions>");
    ok(bpmn_load(&arena, STR("deep"), buf_str(&b), &m, &err) == ERROR_LIMIT, "sub-processes too deep");
    buf_release(&b);
}

int main(void)
{
    ev = feel_eval_new(&env);
    test_starts();
    test_looking();
    test_long_life();
    test_migration_lines();
    test_diagram();
    test_limits();
    feel_eval_free(ev);
    arena_release(&arena);
    return tap_done();
}
