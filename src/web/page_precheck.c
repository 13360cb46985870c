/* page_precheck: what one may apply for, before any account: the form of the package's guide, and its decision for each
 * of the levels. Nothing is kept. Rules read the answers, the parameters in force and the facts that the manifest makes
 * public; what nobody may know is null, and is said to be checked by an officer. */
#include "web/web_int.h"

#include "base/limit.h"
#include "scheme/fact.h"

enum { MAX_NAMES = 64 };

struct checking {
    const struct scheme *scheme;
    const struct scheme_process *process;
    const struct form *form;
    const struct dmn_model *model;
    uint32_t node;
    struct feel_eval *ev;
};

/* The first process of the scheme with a pre-check. */
static bool find(const struct scheme *s, enum lang lang, struct checking *ret)
{
    for (uint32_t i = 0; i < s->procedure_count; i++) {
        const struct scheme_process *p = &s->procedures[i];
        if (p->guide_form.len > 0) {
            ret->scheme = s;
            ret->process = p;
            ret->form = form_in(scheme_form(s, p->guide_form), lang);
            ret->model = scheme_find_decision(s, p->guide_decision, &ret->node);
            return ret->form != NULL && ret->model != NULL;
        }
    }
    return false;
}

/* ---- Inputs ---- */

/* The handle of the party that is asked about, or empty. */
static str subject_of(const struct checking *k, feel_value answers)
{
    feel_value v = feel_null();
    return k->process->guide_subject.len > 0 && feel_context_get(answers, k->process->guide_subject, &v) &&
                   v.kind == FEEL_STRING
               ? str_trim(feel_str(v))
               : STR("");
}

/* May the input be read for a stranger? Facts only if public, and only about somebody. */
static bool is_open(const struct checking *k, str name, bool subject)
{
    const struct scheme_fact *fact = scheme_fact(k->scheme, name);
    return fact != NULL ? fact->is_public && subject : scheme_parameter(k->scheme, name) != NULL;
}

/* `this`, with the round that a dossier of today would have. */
static feel_value self_of(struct web__call *c, str subject)
{
    str names[] = { STR("round"), STR("subject") };
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, 2);
    values[0] = feel_number(dec_from_int(web__today(c).year));
    values[1] = feel_string(subject);
    return feel_context(feel_shape_new(c->arena, names, 2), values);
}

/* The answers with one of the values that the pre-check is answered for. */
static feel_value with_value(struct web__call *c, feel_value answers, str name, feel_value v)
{
    uint32_t count = 0;
    str *names = ARENA_ARRAY(c->arena, str, answers.count + 1);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, answers.count + 1);
    for (uint32_t i = 0; answers.kind == FEEL_CONTEXT && i < answers.count; i++) {
        if (!str_eq(answers.shape->names[i], name)) {
            names[count] = answers.shape->names[i];
            values[count++] = answers.values[i];
        }
    }
    if (name.len > 0) {
        names[count] = name;
        values[count++] = v;
    }
    return feel_context(feel_shape_new(c->arena, names, count), values);
}

/* What the office has: rows of parameters, public facts. */
static enum error_code read_office(struct web__call *c, struct store_view *v, const struct checking *k,
                                   feel_value answers, feel_value *ret, struct error *err)
{
    str names[MAX_NAMES], subject = subject_of(k, answers);
    uint32_t count = 0;
    bool *needed = ARENA_ARRAY(c->arena, bool, dmn_node_count(k->model));
    feel_value used;
    dmn_needed(k->model, k->node, needed);
    for (uint32_t i = 0; i < dmn_node_count(k->model) && count < MAX_NAMES; i++) {
        struct dmn_node_info n = dmn_node(k->model, i);
        if (needed[i] && n.kind == DMN_INPUT && is_open(k, n.name, subject.len > 0)) {
            names[count++] = n.name;
        }
    }
    return record_bind_names(c->web->config.record, v, k->ev, k->scheme, names, count, self_of(c, subject),
                             web__today(c), c->arena, ret, &used, err);
}

static feel_value input_of(struct web__call *c, feel_value office, feel_value answers, str name)
{
    feel_value v = feel_null();
    if (str_eq(name, STR("figures")) || str_eq(name, STR("declared"))) {
        return answers;
    }
    if (str_eq(name, STR("this"))) {
        return self_of(c, STR(""));
    }
    if (str_eq(name, STR("key date"))) {
        v.kind = FEEL_DATE;
        v.date = web__today(c);
        return v;
    }
    if (!feel_context_get(office, name, &v)) {
        feel_context_get(answers, name, &v);
    }
    return v;
}

static feel_value inputs_of(struct web__call *c, const struct checking *k, feel_value office, feel_value answers)
{
    uint32_t nodes = dmn_node_count(k->model), count = 0;
    str *names = ARENA_ARRAY(c->arena, str, nodes);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, nodes);
    for (uint32_t i = 0; i < nodes; i++) {
        struct dmn_node_info n = dmn_node(k->model, i);
        if (n.kind == DMN_INPUT && memchr(n.name.ptr, '.', n.name.len) == NULL) {
            names[count] = n.name;
            values[count++] = input_of(c, office, answers, n.name);
        }
    }
    return feel_context(feel_shape_new(c->arena, names, count), values);
}

/* ---- The result ---- */

/* Whether an officer decides the item: it says so, or something is not for everybody to know. */
static void put_checked(struct node *level)
{
    const struct node *items = node_member(level, STR("items"));
    for (struct node *n = items == NULL ? NULL : items->first; n != NULL; n = n->next) {
        bool open = !str_eq(node_text(n, "look"), STR("good")) && !str_eq(node_text(n, "look"), STR("bad"));
        node_put_true(n, "open", open);
        node_put_true(level, "some_open", open);
    }
}

static void put_titles(struct web__call *c, const struct scheme *s, const struct scheme_decision *d,
                       struct node *level)
{
    const struct node *items = node_member(level, STR("items"));
    for (struct node *n = items == NULL ? NULL : items->first; d != NULL && n != NULL; n = n->next) {
        str title = scheme_item_title(s, d, node_text(n, "id"), c->lang);
        node_put_text(n, "name", title.len > 0 ? title : node_text(n, "id"));
    }
}

/* The items, with what was found as the forms call it. */
static feel_value called(struct web__call *c, const struct scheme *s, feel_value items)
{
    feel_value *all = ARENA_ARRAY(c->arena, feel_value, items.count);
    str names[] = { STR("have") };
    const struct feel_shape *shape = feel_shape_new(c->arena, names, 1);
    for (uint32_t i = 0; i < items.count; i++) {
        feel_value have = feel_member(items.items[i], "have"), *one = ARENA_ARRAY(c->arena, feel_value, 1);
        if (have.kind == FEEL_STRING) {
            one[0] = feel_string(web__choice_called(s, feel_str(have), c->lang));
            all[i] = scheme_merged(c->arena, items.items[i], feel_context(shape, one));
        } else {
            all[i] = items.items[i];
        }
    }
    return feel_list(all, items.count);
}

/* A checklist, or a context with one and with a result of the whole. */
static void put_level(struct web__call *c, const struct checking *k, feel_value value, feel_value found,
                      struct node *list)
{
    struct node *level = node_add_object(list);
    feel_value items = found.kind == FEEL_LIST ? found : feel_member(found, "checklist");
    node_put_text(level, "value", publish_shown(c->arena, value));
    web__put_result(level, feel_text_member(found, "result"));
    web__put_items(c, level, items.kind == FEEL_LIST ? called(c, k->scheme, items) : items);
    put_titles(c, k->scheme, scheme_described(k->scheme, k->process->guide_decision), level);
    put_checked(level);
}

/* The one name and its values; a pre-check that is answered once has neither. */
static feel_value values_of(const struct checking *k, str *ret_name)
{
    *ret_name = STR("");
    if (k->process->guide_over.kind != FEEL_CONTEXT || k->process->guide_over.count == 0) {
        return feel_null();
    }
    *ret_name = k->process->guide_over.shape->names[0];
    return k->process->guide_over.values[0];
}

static enum error_code evaluate(struct web__call *c, struct store_view *v, const struct checking *k,
                                feel_value answers, struct error *err)
{
    str name;
    feel_value office, over = values_of(k, &name);
    uint32_t count = over.kind == FEEL_LIST ? over.count : 1;
    enum error_code code = read_office(c, v, k, answers, &office, err);
    struct node *list = node_put_list(c->model, "levels");
    for (uint32_t i = 0; code == OK && i < count; i++) {
        feel_value one = over.kind == FEEL_LIST ? over.items[i] : over;
        feel_value inputs = inputs_of(c, k, office, with_value(c, answers, name, one));
        feel_value found = dmn_evaluate(k->model, k->ev, k->node, inputs, DMN_TEXT_DATES);
        code = feel_eval_limit(k->ev, err);
        if (code == OK) {
            put_level(c, k, one, feel_copy(c->arena, found), list); /* the page outlives the evaluator */
        }
    }
    return code;
}

bool web__put_conditions(struct web__call *c, struct store_view *v, const struct scheme *s)
{
    struct checking k;
    if (!find(s, c->lang, &k)) {
        return false;
    }
    const struct feel_environment env = { .instant = c->now / 1000000, .zone = 8 * 3600 };
    k.ev = feel_eval_new(&env);
    bool done = evaluate(c, v, &k, feel_context(feel_shape_new(c->arena, NULL, 0), NULL), NULL) == OK;
    feel_eval_free(k.ev);
    return done;
}

/* ---- The page ---- */

static void draw(struct web__call *c, const struct checking *k, feel_value answers, const struct form_problem *problems,
                 uint32_t count, int status)
{
    struct error err = { .lang = c->lang };
    const struct form_request request = { .mode = FORM_FILL, .draft = count == 0, .answers = answers,
                                          .variables = feel_null(), .declared = feel_null() };
    if (web__put_form(c, k->form, k->ev, &request, problems, count, &err) != OK) {
        web__refuse(c, 500, &err);
        return;
    }
    node_put_text(c->model, "scheme", k->scheme->name);
    node_put_text(c->model, "title", scheme_text(k->scheme->title, c->lang));
    web__crumb(c, "Home", STR("/"));
    web__crumb(c, "Guides", STR("/guides"));
    web__crumb(c, "The guide", arena_printf(c->arena, "/s/%.*s", STR_ARG(k->scheme->name)));
    if (status == 200 && http_method(c->r) == HTTP_METHOD_GET) {
        http_may_cache(c->r);
    } else {
        c->secret = true;
    }
    web__answer(c, status, page_precheck);
}

/* The answers without the boxes that are not ticked: who leaves one empty has not said no. */
static feel_value without_unticked(struct web__call *c, const struct form *f, feel_value answers)
{
    uint32_t count = 0;
    str *names = ARENA_ARRAY(c->arena, str, answers.count);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, answers.count);
    for (uint32_t i = 0; answers.kind == FEEL_CONTEXT && i < answers.count; i++) {
        const struct form_component *field = form_find(f, answers.shape->names[i]);
        if (field == NULL || field->type != FORM_TYPE_CHECKBOX || feel_is_true(answers.values[i])) {
            names[count] = answers.shape->names[i];
            values[count++] = answers.values[i];
        }
    }
    return feel_context(feel_shape_new(c->arena, names, count), values);
}

/* The answers that were sent, checked; then the decision. */
static void check(struct web__call *c, struct store_view *v, const struct checking *k)
{
    struct error err = { .lang = c->lang };
    feel_value answers, values = feel_null();
    const struct form_problem *problems = NULL;
    uint32_t count = 0;
    enum error_code code = web__form_answers(c, k->form, &answers, &err);
    const struct form_request request = { .mode = FORM_FILL, .answers = code == OK ? answers : feel_null(),
                                          .variables = feel_null(), .declared = feel_null() };
    code = code == OK ? form_check(k->form, k->ev, &request, c->lang, c->arena, &values, &problems, &count, &err)
                      : code;
    bool wrong = code == OK && form_has_error(problems, count);
    code = code == OK && !wrong ? evaluate(c, v, k, without_unticked(c, k->form, values), &err) : code;
    if (!web__view_end(c, v)) {
        return;
    }
    if (code != OK) {
        web__refuse(c, 400, &err);
    } else {
        draw(c, k, answers, problems, wrong ? count : 0, wrong ? 422 : 200);
    }
}

static void begin(struct web__call *c, bool sent)
{
    struct checking k;
    const struct scheme *s;
    struct store_view *v = web__view(c);
    if (v == NULL || (s = web__scheme(c, v)) == NULL) {
        return;
    }
    if (!find(s, c->lang, &k)) {
        if (web__view_end(c, v)) {
            web__nothing(c);
        }
        return;
    }
    const struct feel_environment env = { .instant = c->now / 1000000, .zone = 8 * 3600 };
    k.ev = feel_eval_new(&env);
    if (sent) {
        check(c, v, &k);
    } else if (web__view_end(c, v)) {
        draw(c, &k, feel_context(feel_shape_new(c->arena, NULL, 0), NULL), NULL, 0, 200);
    }
    feel_eval_free(k.ev);
}

void web__page_precheck(struct web__call *c)
{
    begin(c, false);
}

void web__form_precheck(struct web__call *c)
{
    if (!web__take_rate(c, WEB__RATE_CHECK)) {
        return;
    }
    begin(c, true);
}
