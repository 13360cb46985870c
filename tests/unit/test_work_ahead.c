/* test_work_ahead: which tasks make something known when they are completed. */
#include "work/desk.h"

#include "tap.h"

#define TASK(id) "<userTask id='" id "'/>"
#define FLOW(from, to) "<sequenceFlow id='" from "_" to "' sourceRef='" from "' targetRef='" to "'/>"
#define NOTICE(id, name)                                                                               \
    "<serviceTask id='" id "'><extensionElements><zeebe:taskDefinition type='gongshi.notice'/>"         \
    "<zeebe:taskHeaders><zeebe:header key='notice' value='" name "'/></zeebe:taskHeaders>"             \
    "</extensionElements></serviceTask>"

static const char file[] =
    "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' "
    "xmlns:zeebe='http://camunda.org/schema/zeebe/1.0' id='f' targetNamespace='x'><process id='p' isExecutable='true'>"
    "<startEvent id='start'/>" FLOW("start", "first") TASK("first") FLOW("first", "choice")
    "<exclusiveGateway id='choice' default='choice_second'/>" FLOW("choice", "second") TASK("second")
    FLOW("second", "inside")
    "<subProcess id='inside'><startEvent id='in'/>" FLOW("in", "third") TASK("third") FLOW("third", "out")
    "<endEvent id='out'/></subProcess>" FLOW("inside", "open_notice") NOTICE("open_notice", "open")
    FLOW("open_notice", "fourth") TASK("fourth") FLOW("fourth", "asked_notice") NOTICE("asked_notice", "asked")
    FLOW("asked_notice", "fifth") TASK("fifth") FLOW("fifth", "inner_notice") NOTICE("inner_notice", "inner")
    FLOW("inner_notice", "sixth") TASK("sixth") FLOW("sixth", "nested")
    "<subProcess id='nested'><startEvent id='in2'/>" FLOW("in2", "nested_notice") NOTICE("nested_notice", "open")
    FLOW("nested_notice", "out2") "<endEvent id='out2'/></subProcess>" FLOW("nested", "loop")
    "<exclusiveGateway id='loop' default='loop_sixth'/>" FLOW("loop", "sixth") FLOW("loop", "end")
    "<endEvent id='end'/>"
    "</process></definitions>";

int main(void)
{
    static const struct {
        const char *task, *why;
        bool publishes;
    } cases[] = {
        { "first", "behind the next task, somebody is asked again", false },
        { "second", "the first task inside of a sub-process is asked again too", false },
        { "third", "the last inside of one: behind it", true },
        { "fourth", "what waits for a second person", false },
        { "fifth", "what is for the office alone", false },
        { "sixth", "inside of a sub-process that nobody is asked in, and a loop back", true },
        { "none", "a task that is not there", false },
    };
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct bpmn_model *m;
    const struct scheme_notice notices[] = {
        { .name = STR("open") }, { .name = STR("asked"), .publish = STR("leader") },
        { .name = STR("inner"), .audience = SCHEME_TO_OFFICE }
    };
    if (!ok(bpmn_load(&a, STR("f.bpmn"), STR(file), &m, &err) == OK, "the model")) {
        printf("# %s %s\n", err.message, err.detail);
        return tap_done();
    }
    const struct scheme s = { .processes = &m, .process_count = 1, .notices = notices, .notice_count = 3 };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct work_desk_task t = { .scheme = &s, .element = str_of(cases[i].task),
                                          .dossier = { .process = STR("p") } };
        ok(work_publishes(&t) == cases[i].publishes, "%s: %s", cases[i].task, cases[i].why);
    }
    arena_release(&a);
    return tap_done();
}
