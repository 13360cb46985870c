/* A process model: whatever the bytes are, loading ends; what is loaded can be written as text; and what can be run,
 * runs: started, and whatever it waits for answered, it keeps the invariants of its state. */
#include "fuzz.h"

#include "bpmn/bpmn.h"

#include <assert.h>

enum { STEPS = 30 };

static struct bpmn_event answer(const struct bpmn_wait *w, struct feel_environment *env)
{
    struct bpmn_event e = { .kind = BPMN_COMPLETE, .wait = w->id, .element = BPMN_NONE };
    if (w->kind == BPMN_WAIT_TIMER) {
        e.kind = BPMN_TIMER;
        env->instant = w->due > env->instant ? w->due + 1 : env->instant;
    } else if (w->kind == BPMN_WAIT_MESSAGE) {
        e.kind = BPMN_MESSAGE_ARRIVED;
    } else if (w->kind == BPMN_WAIT_SIGNAL) {
        e.kind = BPMN_SIGNAL_ARRIVED;
        e.name = w->name;
    } else if (w->kind == BPMN_WAIT_CONDITION) {
        e.kind = BPMN_CANCEL;
    }
    return e;
}

static void check(const struct bpmn_state *s)
{
    const char *why;
    bool holds = bpmn_check_state(s, &why);
    assert(holds);
}

static void run(const struct bpmn_model *m, uint32_t process)
{
    struct feel_environment env = { .instant = 1767196800, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    struct bpmn_state s;
    struct bpmn_result result;
    struct bpmn_start start;
    struct bpmn_event event = { .kind = BPMN_START, .process = process, .element = BPMN_NONE };
    bpmn_state_init(&s, m);
    if (bpmn_step(&s, &event, ev, &result, NULL) != OK && bpmn_start_of(m, process, 0, &start)) {
        event.element = start.element;
        bpmn_step(&s, &event, ev, &result, NULL);
    }
    struct bpmn_wait w;
    struct bpmn_cursor c = { .begun = false };
    for (int i = 0; i < STEPS && bpmn_next_wait(&s, &c, &w); i++, c.begun = false) {
        event = answer(&w, &env);
        feel_eval_set_environment(ev, &env);
        check(&s);
        bpmn_step(&s, &event, ev, &result, NULL);
    }
    check(&s);
    bpmn_state_release(&s);
    feel_eval_free(ev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct buf text = BUF_INIT((size_t)1 << 24);
    const struct bpmn_model *m;
    if (bpmn_load(&a, STR("fuzz"), (str){ (const char *)data, size }, &m, NULL) == OK) {
        bpmn_dump(m, &text);
        for (uint32_t i = 0; i < m->process_count; i++) {
            run(m, m->processes[i]);
        }
    }
    buf_release(&text);
    arena_release(&a);
    return 0;
}
