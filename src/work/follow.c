/* follow: a running dossier moves to the version of its process that is in force, where that version's manifest says
 * `follow.process: latest`.
 *
 * Each dossier is a unit of its own. What it stands at and waits for is looked at first, a line for each
 * (bpmn_migrate); the lines are in the row of audit. When the new model has nothing for one of them the dossier stays
 * where it is, and an incident with the number FOLLOWING says why. It is tried again as soon as the dossier has
 * changed, or another version is in force.
 *
 * Which dossiers are still to be moved, their rows say: so it does not matter where a server stopped.
 */
#include "work/work_int.h"

#include "base/limit.h"

enum { FOLLOWING = WORK__SIDE };  /* above all numbers that states give to incidents */

/* ---- Where to ---- */

struct target {
    const struct scheme *scheme;
    const struct bpmn_mapping *map;
    uint32_t map_count;
    const struct bpmn_model *model;   /* NULL: the new version has no such process */
    str process;
};

static str mapped(const struct target *t, str id)
{
    for (uint32_t i = 0; i < t->map_count; i++) {
        if (str_eq(t->map[i].from, id)) {
            return t->map[i].to;
        }
    }
    return id;
}

static void find_model(struct target *t, str process)
{
    t->process = mapped(t, process);
    t->model = scheme_model(t->scheme, t->process);
}

static struct target target_of(struct arena *a, const struct scheme *s, str process)
{
    feel_value said = s->follow_map;
    uint32_t count = said.kind == FEEL_CONTEXT ? said.count : 0;
    struct bpmn_mapping *map = ARENA_ARRAY(a, struct bpmn_mapping, count);
    struct target t = { .scheme = s, .map = map };
    for (uint32_t i = 0; i < count; i++) {
        if (said.values[i].kind == FEEL_STRING) {
            map[t.map_count++] = (struct bpmn_mapping){ said.shape->names[i], feel_str(said.values[i]) };
        }
    }
    find_model(&t, process);
    return t;
}

/* What would happen to each thing that the dossier stands at or waits for; false: something is refused. */
static bool look(const struct bpmn_state *s, const struct target *t, struct arena *a, enum lang lang,
                 const struct bpmn_migration_line **ret, uint32_t *ret_count)
{
    if (t->model != NULL) {
        return bpmn_migration_check(s, t->model, t->map, t->map_count, a, lang, ret, ret_count);
    }
    struct bpmn_migration_line *line = ARENA_NEW(a, struct bpmn_migration_line);
    *line = (struct bpmn_migration_line){ BPMN_MIGRATE_REFUSED, s->model->elements[s->process].id, t->process,
                                          str_of(lang_text(lang, "the new version has no such process")) };
    *ret = line;
    *ret_count = 1;
    return false;
}

static const struct bpmn_migration_line *first_refused(const struct bpmn_migration_line *lines, uint32_t count)
{
    uint32_t i = 0;
    while (i + 1 < count && lines[i].kind != BPMN_MIGRATE_REFUSED) {
        i++;
    }
    return &lines[i];
}

/* ---- The act ---- */

static void note_lines(struct work__plan *p, const struct bpmn_migration_line *lines, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        work__note(p, arena_printf(&p->scratch, "%.*s → %.*s: %.*s", STR_ARG(lines[i].from), STR_ARG(lines[i].to),
                                   STR_ARG(lines[i].text)));
    }
}

void work__follow_end(struct work__plan *p)
{
    struct store_value key[] = { store_int(p->d.id), store_int(FOLLOWING) };
    store_delete(p->change, STORE_TABLE_incident, key, 0);
}

/* The dossier stays. A person is told so; what the program tried by itself is kept as an incident. */
static enum work__planned stay(struct work__plan *p, const struct target *t, const struct bpmn_migration_line *line)
{
    str why = arena_printf(&p->scratch, "%.*s: %.*s (%.12s)", STR_ARG(line->from), STR_ARG(line->text),
                           t->scheme->hash);
    if (p->rq->actor != 0) {
        error_set(p->err, ERROR_INVALID, "the dossier cannot follow to the version in force");
        error_detail(p->err, "%.*s", STR_ARG(why));
        error_hint(p->err, "name the counterpart under follow.map of the new version, or let the dossier go past it");
        return work__refuse(p, WORK_REFUSED);
    }
    struct store_value row[] = { store_int(p->d.id), store_int(FOLLOWING), store_int(0), store_text(line->from),
                                 store_text(STR("follow")), store_text(why), store_int(p->now) };
    store_put(p->change, STORE_TABLE_incident, row);
    work__dossier_row(p, false);
    return p->err->code == OK && work__audit(p) == OK ? WORK__READY : work__refuse_by_code(p);
}

/* Open tasks whose step has another id now. */
static void rename_tasks(struct work__plan *p, const struct bpmn_model *old, const struct target *t)
{
    struct bpmn_cursor c = { NULL, 0, false };
    struct bpmn_wait w;
    while (bpmn_next_wait(&p->state, &c, &w)) {
        const struct bpmn_element *e = &t->model->elements[w.host];
        uint32_t before = bpmn_find(old, e->id);
        bool same = before != BPMN_NONE && str_eq(old->elements[before].name, e->name);
        if (w.kind == BPMN_WAIT_TASK && !same) {
            struct store_value *row = work__task_keep(p, p->d.id, w.id);
            row[2] = store_text(e->id);
            row[3] = store_text(e->name);
            store_update(p->change, STORE_TABLE_task, row);
        }
    }
}

/* Clocks that the new version does not know have nobody who would end them. */
static void end_clocks(struct work__plan *p, const struct work__clock *old, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (p->procedure == NULL || scheme_clock(p->procedure, old[i].said->name) == NULL) {
            struct store_value key[] = { store_int(p->d.id), store_text(old[i].said->name) };
            store_delete(p->change, STORE_TABLE_clock, key, 0);
        }
    }
}

static enum error_code move(struct work__plan *p, const struct target *t)
{
    struct bpmn_result result;
    const struct bpmn_model *old = p->state.model;
    const struct work__clock *clocks = p->clocks;
    uint32_t clock_count = p->clock_count;
    work__before(p);
    enum error_code code = bpmn_migrate(&p->state, t->model, t->map, t->map_count, p->ev, &result, p->err);
    if (code != OK) {
        return code;
    }
    p->scheme = t->scheme;
    p->d.bundle = str_of(t->scheme->hash);
    p->d.process = t->process;
    p->procedure = scheme_process(p->scheme, p->d.process);
    work__clocks_begin(p);
    code = work__rows(p);
    rename_tasks(p, old, t);
    end_clocks(p, clocks, clock_count);
    work__follow_end(p);
    return code == OK ? work__audit(p) : code;
}

static enum error_code follows(struct work__plan *p, const struct scheme **ret)
{
    enum error_code code = record_in_force(p->w->record, p->view, p->d.scheme, work__day(p, p->now), ret, p->err);
    if (code == OK && (*ret)->follow_process_start) {
        code = error_set(p->err, ERROR_INVALID, "the version in force leaves running dossiers where they are");
        error_hint(p->err, "scheme.json says so, in follow.process");
    } else if (code == OK && str_eq(str_of((*ret)->hash), p->d.bundle)) {
        code = error_set(p->err, ERROR_INVALID, "the dossier is on the version in force");
    }
    return code;
}

enum work__planned work__follow(struct work__plan *p)
{
    const struct bpmn_migration_line *lines;
    const struct scheme *s;
    uint32_t count;
    if (!work__may(p, NULL)) {
        return work__refuse(p, WORK_FORBIDDEN);
    }
    if (follows(p, &s) != OK) {
        return work__refuse_by_code(p);
    }
    struct target t = target_of(&p->scratch, s, p->d.process);
    bool fits = look(&p->state, &t, &p->scratch, p->err->lang, &lines, &count);
    work__note(p, arena_printf(&p->scratch, "%.*s → %s", STR_ARG(p->d.bundle), s->hash));
    note_lines(p, lines, count);
    if (!fits) {
        return stay(p, &t, first_refused(lines, count));
    }
    return move(p, &t) == OK ? WORK__READY : work__refuse_by_code(p);
}

/* ---- Beforehand ---- */

struct preview {
    struct work *w;
    struct store_view *view;
    const struct scheme *to;
    struct json_writer *out;
    enum lang lang;
    uint32_t most;
    uint64_t there, move, stay;
};

static void write_lines(struct json_writer *j, const struct bpmn_migration_line *lines, uint32_t count)
{
    json_key(j, STR("steps"));
    json_begin_array(j);
    for (uint32_t i = 0; i < count; i++) {
        json_begin_object(j);
        json_text_member(j, "from", lines[i].from);
        json_text_member(j, "to", lines[i].to);
        json_text_member(j, "text", lines[i].text);
        json_key(j, STR("refused"));
        json_bool(j, lines[i].kind == BPMN_MIGRATE_REFUSED);
        json_end_object(j);
    }
    json_end_array(j);
}

static void write_dossier(struct preview *v, const struct work_dossier *d, bool moves,
                          const struct bpmn_migration_line *lines, uint32_t count)
{
    json_begin_object(v->out);
    json_int_member(v->out, "dossier", d->id);
    json_text_member(v->out, "process", d->process);
    json_text_member(v->out, "from", d->bundle);
    json_key(v->out, STR("moves"));
    json_bool(v->out, moves);
    write_lines(v->out, lines, count);
    json_end_object(v->out);
}

static enum error_code preview_one(struct preview *v, int64_t id, struct arena *a, struct error *err)
{
    struct work_dossier d;
    const struct scheme *own;
    const struct bpmn_migration_line *lines;
    uint32_t count;
    struct bpmn_state state;
    if (!work_read_dossier(v->view, id, a, &d)) {
        return store_view_error(v->view, err);
    }
    enum error_code code = record_scheme(v->w->record, v->view, d.bundle, &own, err);
    struct target from = { .scheme = own }, to = target_of(a, v->to, d.process);
    if (code == OK) {
        find_model(&from, d.process);
    }
    if (code != OK || from.model == NULL) {
        return code;
    }
    bpmn_state_init(&state, from.model);
    code = bpmn_state_read(&state, d.state, err);
    if (code == OK) {
        bool moves = look(&state, &to, a, v->lang, &lines, &count);
        v->move += moves;
        v->stay += !moves;
        if (v->move + v->stay <= v->most) {
            write_dossier(v, &d, moves, lines, count);
        }
    }
    bpmn_state_release(&state);
    return code;
}

static enum error_code preview_all(struct preview *v, struct error *err)
{
    struct arena a = ARENA_INIT;
    enum error_code code = OK;
    struct store_value args[] = { store_text(v->to->name) };
    struct store_rows *r = store_query(v->view, "SELECT id, bundle FROM dossier WHERE scheme = ? AND outcome = "
                                                "'running' ORDER BY id", args, 1);
    while (code == OK && store_next(r)) {
        bool there = str_eq(store_column_text(r, 1), str_of(v->to->hash));
        v->there += there;
        code = there ? OK : preview_one(v, store_column_int(r, 0), &a, err);
        arena_clear(&a);
    }
    store_rows_end(r);
    arena_release(&a);
    return code == OK ? store_view_error(v->view, err) : code;
}

enum error_code work_write_follow(struct work *w, struct store_view *v, const struct scheme *to, uint32_t most,
                                  struct buf *out, struct error *err)
{
    struct json_writer j;
    struct preview p = { .w = w, .view = v, .to = to, .out = &j, .most = most,
                         .lang = err != NULL ? err->lang : LANG_EN };
    json_writer_init(&j, out, false);
    json_begin_object(&j);
    json_text_member(&j, "scheme", to->name);
    json_text_member(&j, "bundle", str_of(to->hash));
    json_text_member(&j, "process", to->follow_process_start ? STR("start") : STR("latest"));
    json_key(&j, STR("dossiers"));
    json_begin_array(&j);
    enum error_code code = preview_all(&p, err);
    json_end_array(&j);
    json_int_member(&j, "there", (int64_t)p.there);
    json_int_member(&j, "move", (int64_t)p.move);
    json_int_member(&j, "stay", (int64_t)p.stay);
    json_end_object(&j);
    return code == OK ? work__whole(out, err) : code;
}
