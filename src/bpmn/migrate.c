/* migrate: a running instance on another version of its model.
 *
 * Everything that the state refers to (elements of items, what waits catch, flows that tokens have come on, records)
 * must have a counterpart: by the mapping, or by its own id. It is all looked at and explained first. Then a copy of
 * the state is moved, events at the border that the new model has besides are watched and those that it has no more
 * are not, and only when the copy keeps the invariants does it take the place of the state.
 */
#include "bpmn/bpmn_int.h"

struct plan {
    const struct bpmn_state *s;
    const struct bpmn_model *to;
    const struct bpmn_mapping *map;
    uint32_t map_count;
    struct arena *a;
    enum lang lang;
    struct bpmn_migration_line *lines;
    uint32_t count, size;
    bool refused;
};

/* ---- Counterparts ---- */

static str mapped(const struct plan *p, str id)
{
    for (uint32_t i = 0; i < p->map_count; i++) {
        if (str_eq(p->map[i].from, id)) {
            return p->map[i].to;
        }
    }
    return id;
}

static uint32_t new_element(const struct plan *p, uint32_t element)
{
    return element == BPMN_NONE ? BPMN_NONE : bpmn_find(p->to, mapped(p, p->s->model->elements[element].id));
}

/* The place among the flows into the new element, or -1. */
static int64_t new_flow(const struct plan *p, uint32_t link, uint32_t element)
{
    uint32_t flow = bpmn_find_link(p->to, mapped(p, p->s->model->links[link].id));
    const struct bpmn_element *e = &p->to->elements[element];
    for (uint32_t i = 0; flow != BPMN_NONE && i < e->in_count; i++) {
        if (e->in[i] == flow) {
            return i;
        }
    }
    return -1;
}

/* The definition of the same name, or the only one of the same trigger; BPMN_NONE when there is none. */
static uint32_t new_definition(const struct plan *p, const struct bpmn__wait *w, uint32_t catcher)
{
    const struct bpmn_element *old = &p->s->model->elements[w->element], *new = &p->to->elements[catcher];
    uint32_t same_trigger = 0, found = BPMN_NONE;
    for (uint32_t i = 0; i < new->definition_count; i++) {
        if (new->definitions[i].trigger != old->definitions[w->definition].trigger) {
            continue;
        }
        if (str_eq(bpmn__definition_name(old, w->definition, p->a), bpmn__definition_name(new, i, p->a))) {
            return i;
        }
        same_trigger++;
        found = i;
    }
    return same_trigger == 1 ? found : BPMN_NONE;
}

/* ---- Lines ---- */

static void say(struct plan *p, enum bpmn_migration_kind kind, uint32_t element, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void say(struct plan *p, enum bpmn_migration_kind kind, uint32_t element, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    bpmn__format(text, sizeof text, p->lang, format, args);
    va_end(args);
    if (p->count == p->size) {
        uint32_t size = p->size == 0 ? 16 : p->size * 2;
        p->lines = arena_grow(p->a, p->lines, p->size * sizeof *p->lines, size * sizeof *p->lines);
        p->size = size;
    }
    str from = element == BPMN_NONE ? STR("") : p->s->model->elements[element].id;
    p->lines[p->count++] = (struct bpmn_migration_line){ .kind = kind, .from = from, .to = mapped(p, from),
                                                         .text = bpmn__str(p->a, str_of(text)) };
    p->refused |= kind == BPMN_MIGRATE_REFUSED;
}

/* ---- Looking ---- */

static bool same_scope(const struct plan *p, const struct bpmn__item *it, uint32_t new)
{
    if (it->parent == NULL) {
        return p->to->elements[new].kind == BPMN_PROCESS;
    }
    uint32_t parent = new_element(p, it->parent->element);
    return it->turn > 0 ? parent == new : p->to->elements[new].parent == parent;
}

static void look_at_wait(struct plan *p, const struct bpmn__item *it, const struct bpmn__wait *w)
{
    uint32_t catcher = new_element(p, w->element);
    bool there = catcher != BPMN_NONE &&
                 p->to->elements[catcher].kind == p->s->model->elements[w->element].kind &&
                 (w->definition == BPMN_NONE || new_definition(p, w, catcher) != BPMN_NONE);
    bool border = p->s->model->elements[w->element].kind == BPMN_BOUNDARY_EVENT ||
                  p->s->model->elements[w->element].kind == BPMN_START_EVENT;
    if (there) {
        say(p, BPMN_MIGRATE_OK, w->element, "goes on waiting for the same %s", bpmn_wait_name(w->kind));
    } else if (border) {
        say(p, BPMN_MIGRATE_OK, w->element, "the %s is no longer watched", bpmn_wait_name(w->kind));
    } else {
        say(p, BPMN_MIGRATE_REFUSED, w->element, "the new model does not wait for this %s", bpmn_wait_name(w->kind));
    }
    (void)it;
}

static void look_at_flows(struct plan *p, const struct bpmn__item *it, uint32_t new)
{
    const struct bpmn_element *e = &p->s->model->elements[it->element];
    for (uint32_t i = 0; i < e->in_count; i++) {
        bool used = it->arrived[i] > 0 || (it->opened_by != NULL && it->opened_by[i]);
        if (used && new_flow(p, e->in[i], new) < 0) {
            say(p, BPMN_MIGRATE_REFUSED, it->element,
                "a token has come on the flow \"%.*s\", which the new model has not",
                STR_ARG(p->s->model->links[e->in[i]].id));
        }
    }
    if (!p->to->elements[new].run->joins) {
        say(p, BPMN_MIGRATE_REFUSED, it->element, "tokens wait for each other, and in the new model nothing is joined");
    }
}

/* Recurses as deep as the records are nested. */
static void look_at_records(struct plan *p, const struct bpmn__record *record)
{
    for (; record != NULL; record = record->next) {
        uint32_t new = new_element(p, record->element);
        if (new == BPMN_NONE || p->to->elements[new].kind != p->s->model->elements[record->element].kind) {
            say(p, BPMN_MIGRATE_REFUSED, record->element, "has completed and may have to be undone, and the new model "
                                                          "has it not");
        }
        look_at_records(p, record->inside);
    }
}

static void look_at_item(struct plan *p, const struct bpmn__item *it)
{
    const struct bpmn_element *old = &p->s->model->elements[it->element];
    uint32_t new = new_element(p, it->element);
    if (new == BPMN_NONE) {
        say(p, BPMN_MIGRATE_REFUSED, it->element, "the new model has no such element");
        return;
    }
    const struct bpmn_element *e = &p->to->elements[new];
    if (e->kind != old->kind || e->loop != old->loop) {
        say(p, BPMN_MIGRATE_REFUSED, it->element, "is another kind of element in the new model");
        return;
    }
    if (!same_scope(p, it, new)) {
        say(p, BPMN_MIGRATE_REFUSED, it->element, "stands in another process or sub-process in the new model");
        return;
    }
    if (it->trigger != BPMN_NONE && new_element(p, it->trigger) == BPMN_NONE) {
        say(p, BPMN_MIGRATE_REFUSED, it->trigger, "the new model has no such element");
    }
    say(p, BPMN_MIGRATE_OK, it->element, "goes on where it is");
    if (it->arrived != NULL) {
        look_at_flows(p, it, new);
    }
    for (const struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
        look_at_wait(p, it, w);
    }
    look_at_records(p, it->records);
    look_at_records(p, it->todo);
}

static void look_at_all(struct plan *p)
{
    uint32_t process = new_element(p, p->s->process);
    const struct bpmn_finding *f = process == BPMN_NONE ? NULL : bpmn_problem(p->to, process);
    if (f != NULL) {
        say(p, BPMN_MIGRATE_REFUSED, p->s->process, "the new model cannot be run: %.*s", STR_ARG(f->text));
    }
    if (p->s->root == NULL) {
        say(p, BPMN_MIGRATE_REFUSED, BPMN_NONE, "the instance does not run");
    }
    for (const struct bpmn__item *it = p->s->first; it != NULL; it = it->next) {
        look_at_item(p, it);
    }
}

bool bpmn_migration_check(const struct bpmn_state *s, const struct bpmn_model *to, const struct bpmn_mapping *map,
                          uint32_t map_count, struct arena *a, enum lang lang,
                          const struct bpmn_migration_line **ret, uint32_t *ret_count)
{
    struct plan p = { .s = s, .to = to, .map = map, .map_count = map_count, .a = a, .lang = lang };
    look_at_all(&p);
    *ret = p.lines;
    *ret_count = p.count;
    return !p.refused;
}

/* ---- Moving ---- */

static void move_flows(const struct plan *p, struct bpmn_state *s, struct bpmn__item *it, uint32_t new)
{
    const struct bpmn_element *old = &p->s->model->elements[it->element], *e = &p->to->elements[new];
    uint32_t *arrived = ARENA_ARRAY(&s->arena, uint32_t, e->in_count);
    bool *opened = it->opened_by == NULL ? NULL : ARENA_ARRAY(&s->arena, bool, e->in_count);
    for (uint32_t i = 0; i < old->in_count; i++) {
        int64_t flow = new_flow(p, old->in[i], new);
        if (flow >= 0) {
            arrived[flow] = it->arrived[i];
        }
        if (flow >= 0 && opened != NULL) {
            opened[flow] = it->opened_by[i];
        }
    }
    it->arrived = arrived;
    it->opened_by = opened;
}

static void move_records(const struct plan *p, struct bpmn__record *record)
{
    for (; record != NULL; record = record->next) {
        record->element = new_element(p, record->element);
        move_records(p, record->inside);
    }
}

/* Waits that have no counterpart are closed while the old model still names them. */
static void move_waits(const struct plan *p, struct bpmn__run *r, struct bpmn__item *it)
{
    for (struct bpmn__wait *w = it->waits, *next; w != NULL; w = next) {
        uint32_t catcher = new_element(p, w->element);
        next = w->next;
        uint32_t definition = catcher == BPMN_NONE || w->definition == BPMN_NONE ? BPMN_NONE
                                                                                 : new_definition(p, w, catcher);
        bool there = catcher != BPMN_NONE && (w->definition == BPMN_NONE || definition != BPMN_NONE) &&
                     p->to->elements[catcher].kind == p->s->model->elements[w->element].kind;
        if (there) {
            w->element = catcher;
            w->definition = definition;
        } else {
            bpmn__close(r, it, w, true);
        }
    }
}

static void move_item(const struct plan *p, struct bpmn__run *r, struct bpmn__item *it)
{
    uint32_t new = new_element(p, it->element);
    if (it->arrived != NULL) {
        move_flows(p, r->s, it, new);
    }
    move_waits(p, r, it);
    move_records(p, it->records);
    move_records(p, it->todo);
    it->trigger = new_element(p, it->trigger);
    it->element = new;
}

static bool is_watched(const struct bpmn__item *it, uint32_t catcher)
{
    for (const struct bpmn__wait *w = it->waits; w != NULL; w = w->next) {
        if (w->element == catcher) {
            return true;
        }
    }
    return false;
}

/* Events at the border that the old model had not. One that has happened already, or was ended by an event
 * sub-process that interrupts, is not watched again. */
static void watch_new(const struct plan *p, struct bpmn__run *r, struct bpmn__item *it)
{
    const struct bpmn_element *e = bpmn__element(r, it);
    for (uint32_t i = 0; it->open && i < e->boundary_count; i++) {
        uint32_t b = e->boundaries[i];
        bool new = true;
        for (uint32_t k = 0; k < p->s->model->element_count; k++) {
            new &= p->s->model->elements[k].kind != BPMN_BOUNDARY_EVENT || new_element(p, k) != b;
        }
        if (new && it->turn == 0 && !is_watched(it, b)) {
            bpmn__subscribe(r, it, b);
        }
    }
    for (uint32_t i = 0; it->open && it->step == 0 && !it->body && i < e->run->event_sub_count; i++) {
        uint32_t b = r->m->elements[e->run->event_subs[i]].run->start;
        bool new = true;
        for (uint32_t k = 0; k < p->s->model->element_count; k++) {
            new &= p->s->model->elements[k].kind != BPMN_START_EVENT || new_element(p, k) != b;
        }
        if (new && !is_watched(it, b)) {
            bpmn__subscribe(r, it, b);
        }
    }
}

static enum error_code copy_state(const struct bpmn_state *s, struct bpmn_state *copy, struct error *err)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    bpmn_state_init(copy, s->model);
    bpmn_state_write(s, &b);
    enum error_code code = bpmn_state_read(copy, buf_str(&b), err);
    buf_release(&b);
    return code;
}

static enum error_code refuse(const struct plan *p, struct error *err)
{
    for (uint32_t i = 0; i < p->count; i++) {
        if (p->lines[i].kind == BPMN_MIGRATE_REFUSED) {
            error_set(err, ERROR_INVALID, "the instance cannot be moved to the new model");
            error_detail(err, "%.*s: %.*s", STR_ARG(p->lines[i].from), STR_ARG(p->lines[i].text));
            break;
        }
    }
    return ERROR_INVALID;
}

static enum error_code move(const struct plan *p, struct bpmn_state *copy, struct bpmn__run *r, struct error *err)
{
    const char *why = "";
    for (struct bpmn__item *it = copy->first; it != NULL; it = it->next) {
        move_item(p, r, it);
    }
    copy->process = new_element(p, copy->process);
    copy->model = r->m = p->to;
    for (struct bpmn__item *it = copy->first; it != NULL; it = it->next) {
        watch_new(p, r, it);
    }
    if (!bpmn_check_state(copy, &why)) {
        error_set(err, ERROR_INVALID, "the instance cannot be moved to the new model");
        error_detail(err, "%s", why);
        return ERROR_INVALID;
    }
    return OK;
}

enum error_code bpmn_migrate(struct bpmn_state *s, const struct bpmn_model *to, const struct bpmn_mapping *map,
                             uint32_t map_count, struct feel_eval *ev, struct bpmn_result *ret, struct error *err)
{
    struct bpmn_state copy;
    feel_eval_reset(ev);
    struct plan p = { .s = s, .to = to, .map = map, .map_count = map_count, .a = feel_eval_arena(ev),
                      .lang = err != NULL ? err->lang : LANG_EN };
    look_at_all(&p);
    if (p.refused) {
        return refuse(&p, err);
    }
    enum error_code code = copy_state(s, &copy, err);
    if (code != OK) {
        return code;
    }
    struct bpmn__run r = { .s = &copy, .m = s->model, .ev = ev, .scratch = feel_eval_arena(ev) };
    code = move(&p, &copy, &r, err);
    if (code != OK) {
        bpmn_state_release(&copy);
        return code;
    }
    bpmn_state_release(s);
    *s = copy;
    *ret = (struct bpmn_result){ r.effects, r.effect_count, r.moves, r.move_count };
    return OK;
}
