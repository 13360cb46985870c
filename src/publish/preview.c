/* preview: a document before it is made: what the process would give it, without a number, marked 预览 on each page.
 * Nothing is written. */
#include "publish/publish_int.h"

#include "base/limit.h"

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

static enum error_code read_variables(struct work_job *job, const struct work_dossier *d, str name, struct error *err)
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
    enum error_code code = read_variables(job, d, document->name, s->err);
    code = code == OK ? publish__content(s->p, job, document, &content, s->err) : code;
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

enum error_code publish_preview(struct publish *p, const int64_t *dossiers, uint32_t count, str name, int64_t now,
                                struct buf *out, struct error *err)
{
    struct json_writer w;
    struct feel_environment env = { .instant = now / 1000000, .zone = 8 * 3600 };
    struct previews s = { .p = p, .ev = feel_eval_new(&env), .name = name, .now = now, .w = &w, .err = err };
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
