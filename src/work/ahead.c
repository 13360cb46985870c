/* ahead: what the completion of a task can lead to before anybody is asked again. Read off the model: a condition that
 * will not hold is not known here, so more is said to be possible than is. */
#include "work/desk.h"
#include "work/work_int.h"

struct looking {
    const struct scheme *scheme;
    const struct bpmn_model *m;
    bool *notice, *seen; /* by element */
};

/* What a second person publishes, and what is for the office alone, is not made known by the task. */
static bool is_public_at_once(const struct scheme *s, str name)
{
    const struct scheme_notice *n = scheme_notice(s, name);
    return n != NULL && n->publish.len == 0 && n->audience != SCHEME_TO_OFFICE;
}

/* A service task that makes a notice has its name as a header. */
static void note_notice(void *context, const struct bpmn_text *text)
{
    const struct looking *l = context;
    if (text->kind == BPMN_TEXT_HEADER && text->element != BPMN_NONE && str_eq(text->name, STR("notice"))) {
        l->notice[text->element] = is_public_at_once(l->scheme, text->text);
    }
}

/* Somebody or something else is waited for there. */
static bool waits(const struct bpmn_element *e)
{
    return e->kind == BPMN_USER_TASK || e->kind == BPMN_MANUAL_TASK || e->kind == BPMN_RECEIVE_TASK ||
           e->kind == BPMN_CATCH_EVENT || e->kind == BPMN_EVENT_GATEWAY || e->kind == BPMN_CALL;
}

static bool leads_on(struct looking *l, uint32_t element);

static bool arrives(struct looking *l, uint32_t element)
{
    const struct bpmn_element *e = &l->m->elements[element];
    if (l->seen[element]) {
        return false;
    }
    l->seen[element] = true;
    if (l->notice[element]) {
        return true;
    }
    if (waits(e)) {
        return false;
    }
    bool found = e->child_count == 0 && leads_on(l, element);
    for (uint32_t i = 0; i < e->child_count && !found; i++) { /* of a sub-process: where it begins */
        found = l->m->elements[e->children[i]].in_count == 0 && arrives(l, e->children[i]);
    }
    return found;
}

/* Along its flows; behind an end inside of a sub-process along those of the sub-process. Each element is entered once,
 * so it ends, at most as deep as the model is long (BPMN_ELEMENTS). */
static bool leads_on(struct looking *l, uint32_t element)
{
    const struct bpmn_element *e = &l->m->elements[element];
    for (uint32_t i = 0; i < e->out_count; i++) {
        uint32_t target = l->m->links[e->out[i]].target;
        if (target != BPMN_NONE && arrives(l, target)) {
            return true;
        }
    }
    bool last = e->out_count == 0 && e->parent != BPMN_NONE && l->m->elements[e->parent].out_count > 0;
    return last && leads_on(l, e->parent);
}

bool work_publishes(const struct work_desk_task *t)
{
    struct arena a = ARENA_INIT;
    bool may = false;
    for (uint32_t i = 0; !may && i < t->scheme->process_count; i++) {
        const struct bpmn_model *m = t->scheme->processes[i];
        uint32_t element = bpmn_find(m, t->element);
        if (element != BPMN_NONE && bpmn_find(m, t->dossier.process) != BPMN_NONE) {
            struct looking l = { .scheme = t->scheme, .m = m, .notice = ARENA_ARRAY(&a, bool, m->element_count),
                                 .seen = ARENA_ARRAY(&a, bool, m->element_count) };
            bpmn_texts(m, note_notice, &l);
            may = leads_on(&l, element);
        }
    }
    arena_release(&a);
    return may;
}
