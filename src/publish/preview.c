/* preview: a document before it is made: what the process would give it, without a number, marked 预览 on each page.
 * Nothing is written. */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "scheme/fact.h"
#include "work/desk.h"

/* The service task of a model that makes the document, and where its `data` comes from. */
struct wanted {
    str name;
    uint32_t element; /* BPMN_NONE: not found yet */
    str source;       /* FEEL; empty: the variables of the dossier */
    bool inputs;      /* second round: looking for the source */
};

static void look_at_text(void *context, const struct bpmn_text *t)
{
    struct wanted *w = context;
    if (!w->inputs) {
        bool is_it = w->element == BPMN_NONE && t->kind == BPMN_TEXT_HEADER && str_eq(t->name, STR("document")) &&
                     str_eq(t->text, w->name);
        w->element = is_it ? t->element : w->element;
    } else if (t->kind == BPMN_TEXT_INPUT && t->element == w->element && str_eq(t->name, STR("data"))) {
        w->source = t->text;
    }
}

static enum error_code compute_data(const struct work_job *job, const struct bpmn_model *m, str name, feel_value *ret,
                                    struct error *err)
{
    struct wanted w = { .name = name, .element = BPMN_NONE, .source = STR("") };
    bpmn_texts(m, look_at_text, &w);
    w.inputs = true;
    if (w.element != BPMN_NONE) {
        bpmn_texts(m, look_at_text, &w);
    }
    *ret = job->variables;
    if (w.source.len == 0) {
        return OK;
    }
    const struct feel_program *program;
    enum error_code code = feel_compile(job->arena, feel_scope_of_context(job->arena, job->variables), w.source,
                                        &program, err);
    if (code == OK) {
        *ret = feel_copy(job->arena, feel_run(job->ev, program, job->variables.values));
        code = feel_eval_limit(job->ev, err);
        feel_eval_reset(job->ev);
    }
    return code;
}

static enum error_code read_variables(struct work_job *job, const struct work_dossier *d, str name, feel_value with,
                                      struct error *err)
{
    const struct bpmn_model *m = scheme_model(job->scheme, d->process);
    if (d->state.len == 0 || m == NULL) {
        return error_set(err, ERROR_INVALID, "the dossier %lld has ended", (long long)d->id);
    }
    struct bpmn_state state;
    feel_value data = feel_null();
    bpmn_state_init(&state, m);
    enum error_code code = bpmn_state_read(&state, d->state, err);
    if (code == OK) {
        job->variables = feel_copy(job->arena, bpmn_visible(&state, 0, job->arena));
        if (with.kind == FEEL_CONTEXT) {
            job->variables = scheme_merged(job->arena, job->variables, with);
        }
        code = compute_data(job, m, name, &data, err);
    }
    bpmn_state_release(&state);
    str names[] = { STR("data") };
    feel_value *values = ARENA_ARRAY(job->arena, feel_value, 1);
    values[0] = data;
    job->local = feel_context(feel_shape_new(job->arena, names, 1), values);
    return code;
}

/* What was asked for, while it is written. */
struct previews {
    struct publish *p;
    struct store_view *view;
    struct feel_eval *ev;
    str name;
    feel_value with;
    int64_t now;
    struct json_writer *w;
    struct error *err;
};

static enum error_code write_preview(struct previews *s, struct work_job *job, const struct work_dossier *d,
                                     const struct scheme_document *document, bool first)
{
    struct buf content = BUF_INIT(LIMIT_JSON_BYTES);
    struct publish__making m = { .a = job->arena, .store = s->p->config.store, .view = s->view, .ev = s->ev,
                                 .err = s->err };
    feel_value link = document->link.len > 0 ? feel_string(publish__link(s->p, job->arena, "preview")) : feel_null();
    enum error_code code = read_variables(job, d, document->name, s->with, s->err);
    code = code == OK ? publish__content(s->p, job, document, link, &content, s->err) : code;
    str text = arena_str(job->arena, buf_str(&content));
    buf_release(&content);
    code = code == OK ? publish__open_content(s->p, s->view, job->arena, text, &m, s->err) : code;
    if (code == OK && first) {
        code = publish__begin_request(&m, s->w);
    }
    return code == OK ? publish__add_blocks(&m, first, s->w) : code;
}

static enum error_code preview(struct previews *s, struct arena *a, int64_t dossier, bool first)
{
    struct work_dossier d;
    struct work_job job = { .work = s->p->config.work, .view = s->view, .arena = a, .record = s->p->config.record,
                            .ev = s->ev, .now = s->now, .dossier = dossier };
    if (!work_read_dossier(s->view, dossier, a, &d)) {
        return error_set(s->err, ERROR_MISSING, "there is no dossier %lld", (long long)dossier);
    }
    enum error_code code = record_scheme(s->p->config.record, s->view, d.bundle, &job.scheme, s->err);
    const struct scheme_document *document = code == OK ? scheme_document(job.scheme, s->name) : NULL;
    if (code == OK && document == NULL) {
        return error_set(s->err, ERROR_MISSING, "scheme.json describes no %s \"%.*s\"", "document", STR_ARG(s->name));
    }
    job.office = d.office;
    job.subject = d.subject;
    return code == OK ? write_preview(s, &job, &d, document, first) : code;
}

static enum error_code preview_all(struct previews *s, const int64_t *dossiers, uint32_t count)
{
    struct publish__making end = { .err = s->err };
    enum error_code code = count > 0 ? OK : error_set(s->err, ERROR_INVALID, "no dossier is named");
    for (uint32_t i = 0; i < count && code == OK; i++) {
        struct arena a = ARENA_INIT;
        code = preview(s, &a, dossiers[i], i == 0);
        arena_release(&a);
    }
    return code == OK ? publish__end_request(&end, s->w) : code;
}

enum error_code publish_preview(struct publish *p, const int64_t *dossiers, uint32_t count, str name, feel_value with,
                                int64_t now, struct buf *out, struct error *err)
{
    struct json_writer w;
    struct feel_environment env = { .instant = now / 1000000, .zone = 8 * 3600 };
    struct previews s = { .p = p, .ev = feel_eval_new(&env), .name = name, .with = with, .now = now,
                          .w = &w, .err = err };
    enum error_code code = store_view(p->config.store, &s.view, err);
    json_writer_init(&w, out, false);
    if (code == OK) {
        code = preview_all(&s, dossiers, count);
        code = code == OK ? store_view_error(s.view, err) : code;
        store_view_end(s.view);
    }
    feel_eval_free(s.ev);
    return code;
}

/* ---- What a request would make ---- */

struct tried {
    struct tried *next;
    str content;
};

struct trial {
    struct arena arena;
    struct tried *first, **end;
};

static void note_paper(void *context, const struct work_job *job, str name, str content)
{
    struct trial *t = context;
    (void)job;
    (void)name;
    *t->end = ARENA_NEW(&t->arena, struct tried);
    (*t->end)->content = arena_str(&t->arena, content);
    t->end = &(*t->end)->next;
}

static enum error_code write_tried(struct publish *p, const struct trial *t, struct store_view *v, struct buf *out,
                                   struct error *err)
{
    struct json_writer w;
    struct feel_environment env = { .instant = work_now(p->config.work) / 1000000, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    struct publish__making end = { .err = err };
    enum error_code code = OK;
    json_writer_init(&w, out, false);
    for (const struct tried *one = t->first; one != NULL && code == OK; one = one->next) {
        struct arena a = ARENA_INIT;
        struct publish__making m = { .a = &a, .store = p->config.store, .view = v, .ev = ev, .err = err };
        code = publish__open_content(p, v, &a, one->content, &m, err);
        if (code == OK && one == t->first) {
            code = publish__begin_request(&m, &w);
        }
        code = code == OK ? publish__add_blocks(&m, one == t->first, &w) : code;
        arena_release(&a);
    }
    feel_eval_free(ev);
    return code == OK ? publish__end_request(&end, &w) : code;
}

enum error_code publish_try(struct publish *p, const struct work_request *rq, enum lang lang, struct buf *out,
                            struct work_answer *ret_answer, struct error *err)
{
    struct trial t = { .arena = ARENA_INIT, .end = &t.first };
    const struct work_trial trial = { note_paper, &t };
    struct store_view *v;
    struct work_answer answer = work_try_seen(p->config.work, rq, lang, &trial);
    enum error_code code = OK;
    if (answer.outcome != WORK_OK) {
        *err = answer.error;
        code = answer.error.code == OK ? ERROR_INVALID : answer.error.code;
    } else if (t.first == NULL) {
        code = error_set(err, ERROR_MISSING, "this step makes no paper");
    }
    if (ret_answer != NULL) {
        *ret_answer = answer;
    }
    code = code == OK ? store_view(p->config.store, &v, err) : code;
    if (code == OK) {
        code = write_tried(p, &t, v, out, err);
        code = code == OK ? store_view_error(v, err) : code;
        store_view_end(v);
    }
    arena_release(&t.arena);
    return code;
}

/* ---- Where papers are made ---- */

/* The elements of a model that the walk has come to, and those that make a paper. */
struct walk {
    const struct bpmn_model *model;
    bool *makes, *seen;
    uint32_t *open, open_count; /* come to, and not gone on from */
};

static void note_maker(void *context, const struct bpmn_text *t)
{
    struct walk *w = context;
    if (t->kind == BPMN_TEXT_HEADER && t->element != BPMN_NONE && str_eq(t->name, STR("document"))) {
        w->makes[t->element] = true;
    }
}

/* What a process comes through without waiting for somebody outside of the program. */
static bool goes_on(enum bpmn_kind kind)
{
    return kind == BPMN_TASK || kind == BPMN_SERVICE_TASK || kind == BPMN_SCRIPT_TASK || kind == BPMN_RULE_TASK ||
           kind == BPMN_SEND_TASK || kind == BPMN_THROW_EVENT || kind == BPMN_EXCLUSIVE || kind == BPMN_INCLUSIVE ||
           kind == BPMN_PARALLEL || kind == BPMN_COMPLEX;
}

static void leave(struct walk *w, uint32_t element)
{
    const struct bpmn_element *e = &w->model->elements[element];
    for (uint32_t i = 0; i < e->out_count; i++) {
        uint32_t to = w->model->links[e->out[i]].target;
        if (to != BPMN_NONE && !w->seen[to]) {
            w->seen[to] = true;
            w->open[w->open_count++] = to;
        }
    }
    bool last = e->kind == BPMN_END_EVENT || e->out_count == 0;
    if (last && e->parent != BPMN_NONE && w->model->elements[e->parent].kind == BPMN_SUB_PROCESS &&
        !w->seen[e->parent]) {
        w->seen[e->parent] = true;
        leave(w, e->parent); /* as deep as scopes are, which LIMIT_BPMN_DEPTH bounds */
    }
}

bool publish_makes_paper(const struct scheme *s, str process, str element)
{
    struct arena a = ARENA_INIT;
    struct walk w = { .model = scheme_model(s, process) };
    uint32_t from = w.model == NULL ? BPMN_NONE : bpmn_find(w.model, element);
    bool makes = false;
    if (from != BPMN_NONE) {
        w.makes = ARENA_ARRAY(&a, bool, w.model->element_count);
        w.seen = ARENA_ARRAY(&a, bool, w.model->element_count);
        w.open = ARENA_ARRAY(&a, uint32_t, w.model->element_count);
        bpmn_texts(w.model, note_maker, &w);
        leave(&w, from);
    }
    while (w.open_count > 0 && !makes) {
        uint32_t at = w.open[--w.open_count];
        makes = w.makes[at];
        if (goes_on(w.model->elements[at].kind) || w.model->elements[at].kind == BPMN_END_EVENT) {
            leave(&w, at);
        }
    }
    arena_release(&a);
    return makes;
}

void publish_print(struct publish *p, str request, enum lang lang, helper_done *done, void *context)
{
    if (p->config.paper == NULL) {
        struct error err = { .lang = lang };
        enum error_code code = error_set(&err, ERROR_MISSING, "no helper program is running");
        done(context, &(struct helper_answer){ code, STR(""), &err });
        return;
    }
    helper_submit(p->config.paper, &(struct helper_request){ .text = request }, lang, done, context);
}
