/* why: how what was published was decided, for everybody. A decision is told by its rules and clauses as far as its
 * inputs are public: parameters, days, facts that the manifest marks public, answers whose form says class public. Of
 * a decision that rests on anything else, neither which rules fitted nor what anybody had is told, because both would
 * tell the input: only what is asked for, by which clause, and the items that are met; what is kept back is named. */
#include "publish/publish_int.h"

#include "base/limit.h"

struct telling {
    struct publish *p;
    struct store_view *v;
    struct arena *a;
    const struct scheme *scheme;
    int64_t dossier;
    struct json_writer *w;
    enum lang lang; /* of titles */
    struct error *err;
};

struct decided {
    str name, record;
    int64_t at;
    feel_value content; /* of the record */
    bool open;          /* all its inputs are public */
};

/* ---- What is public ---- */

static bool is_public_answer(const struct telling *t, str name)
{
    bool found = false;
    for (uint32_t i = 0; i < t->scheme->form_count; i++) {
        const struct form_component *c = form_find(t->scheme->forms[i], name);
        if (c != NULL && c->class != FORM_PUBLIC) {
            return false;
        }
        found |= c != NULL;
    }
    return found;
}

bool publish__is_common(const struct scheme *s, str name)
{
    static const char *const known[] = { "key date", "today", "now", "round" };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (str_eq(name, str_of(known[i]))) {
            return true;
        }
    }
    const struct scheme_fact *fact = scheme_fact(s, name);
    return fact != NULL ? fact->is_public : scheme_parameter(s, name) != NULL;
}

static bool is_public_input(const struct telling *t, str name)
{
    return publish__is_common(t->scheme, name) ||
           (scheme_fact(t->scheme, name) == NULL && is_public_answer(t, name));
}

/* Writes the names of the inputs that are kept back; true: there are none. */
static bool write_withheld(const struct telling *t, feel_value inputs)
{
    bool open = inputs.kind == FEEL_CONTEXT;
    json_key(t->w, STR("withheld"));
    json_begin_array(t->w);
    for (uint32_t i = 0; inputs.kind == FEEL_CONTEXT && i < inputs.count; i++) {
        if (!is_public_input(t, inputs.shape->names[i])) {
            json_string(t->w, inputs.shape->names[i]);
            open = false;
        }
    }
    json_end_array(t->w);
    return open;
}

/* ---- Items ---- */

void publish__write_member(struct json_writer *w, feel_value item, const char *name)
{
    feel_value v = feel_member(item, name);
    if (v.kind != FEEL_NULL) {
        json_key(w, str_of(name));
        json_raw(w, STR(""));
        feel_json_write(v, false, w->out);
    }
}

feel_value publish__result(feel_value content)
{
    feel_value result = feel_null();
    feel_context_get(feel_member(content, "outputs"), feel_text_member(content, "decision"), &result);
    return result;
}

/* A checklist: {id clause result have need gap}; by itself, or as the member `checklist` of the result. */
static void write_items(const struct telling *t, const struct decided *d)
{
    feel_value items = publish__result(d->content);
    items = items.kind == FEEL_CONTEXT ? feel_member(items, "checklist") : items;
    const struct scheme_decision *said = scheme_described(t->scheme, d->name);
    json_key(t->w, STR("items"));
    json_begin_array(t->w);
    for (uint32_t i = 0; items.kind == FEEL_LIST && i < items.count; i++) {
        bool met = str_eq(feel_text_member(items.items[i], "result"), STR("met"));
        json_begin_object(t->w);
        publish__write_member(t->w, items.items[i], "id");
        str title = scheme_item_title(t->scheme, said, feel_text_member(items.items[i], "id"), t->lang);
        if (title.len > 0) {
            json_text_member(t->w, "title", title);
        }
        publish__write_member(t->w, items.items[i], "clause");
        publish__write_member(t->w, items.items[i], "need");
        if (d->open || met) {
            publish__write_member(t->w, items.items[i], "result");
        }
        if (d->open) {
            publish__write_member(t->w, items.items[i], "have");
            publish__write_member(t->w, items.items[i], "gap");
        }
        json_end_object(t->w);
    }
    json_end_array(t->w);
}

/* ---- Rules ---- */

static void write_rule(struct json_writer *w, feel_value table, feel_value rule)
{
    feel_value notes = feel_member(rule, "annotations");
    json_begin_object(w);
    json_text_member(w, "table", feel_text_member(table, "table"));
    publish__write_member(w, rule, "rule");
    publish__write_member(w, rule, "output");
    json_key(w, STR("clauses"));
    json_begin_array(w);
    for (uint32_t i = 0; notes.kind == FEEL_LIST && i < notes.count; i++) {
        json_string(w, feel_text_member(notes.items[i], "text"));
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_tables(struct json_writer *w, feel_value tables)
{
    for (uint32_t i = 0; tables.kind == FEEL_LIST && i < tables.count; i++) {
        feel_value rules = feel_member(tables.items[i], "rules");
        for (uint32_t k = 0; rules.kind == FEEL_LIST && k < rules.count; k++) {
            if (feel_is_true(feel_member(rules.items[k], "matched"))) {
                write_rule(w, tables.items[i], rules.items[k]);
            }
        }
    }
}

void publish__write_rules(struct json_writer *w, feel_value explained)
{
    feel_value nodes = feel_member(explained, "nodes");
    json_key(w, STR("rules"));
    json_begin_array(w);
    for (uint32_t i = 0; nodes.kind == FEEL_LIST && i < nodes.count; i++) {
        write_tables(w, feel_member(nodes.items[i], "tables"));
    }
    json_end_array(w);
}

/* The rules that fitted, out of the explanation, which is computed again from the record. */
static enum error_code write_rules(const struct telling *t, const struct decided *d)
{
    struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value explained = feel_null();
    enum error_code code = d->open ? work_explain(t->p->config.work, t->v, t->dossier, d->name, &text, t->err) : OK;
    if (code == OK && d->open) {
        code = feel_json_read(t->a, arena_str(t->a, buf_str(&text)), &explained, t->err);
    }
    publish__write_rules(t->w, explained);
    buf_release(&text);
    return code;
}

/* ---- The whole ---- */

static enum error_code write_decision(const struct telling *t, struct decided *d)
{
    const struct scheme_decision *said = scheme_described(t->scheme, d->name);
    enum error_code code = feel_record_read(t->a, d->record, &d->content, t->err);
    if (code != OK) {
        return code;
    }
    json_begin_object(t->w);
    json_text_member(t->w, "decision", d->name);
    json_text_member(t->w, "title", scheme_text(said->title, t->lang));
    work_write_instant(t->w, "at", d->at);
    d->open = write_withheld(t, feel_member(d->content, "inputs"));
    write_items(t, d);
    code = write_rules(t, d);
    json_end_object(t->w);
    return code;
}

/* The last decision of each name that the manifest describes. */
static enum error_code write_decisions(const struct telling *t)
{
    struct store_value args[] = { store_int(t->dossier) };
    uint32_t count = t->scheme->described_count;
    struct decided *last = ARENA_ARRAY(t->a, struct decided, count);
    struct store_rows *r = store_query(t->v, "SELECT name, at, record FROM decision WHERE dossier = ? ORDER BY id",
                                       args, 1);
    while (store_next(r)) {
        for (uint32_t i = 0; i < count; i++) {
            if (str_eq(t->scheme->described[i].name, store_column_text(r, 0))) {
                last[i] = (struct decided){ .name = t->scheme->described[i].name,
                                            .record = arena_str(t->a, store_column_text(r, 2)),
                                            .at = store_column_int(r, 1) };
            }
        }
    }
    store_rows_end(r);
    enum error_code code = OK;
    for (uint32_t i = 0; i < count && code == OK; i++) {
        code = last[i].record.len > 0 ? write_decision(t, &last[i]) : OK;
    }
    return code;
}

enum error_code publish_write_why(struct publish *p, struct store_view *v, int64_t notice, struct buf *out,
                                  struct error *err)
{
    struct arena a = ARENA_INIT;
    struct json_writer w;
    struct publish_notice n;
    struct work_dossier d;
    struct telling t = { .p = p, .v = v, .a = &a, .w = &w, .err = err, .lang = err == NULL ? LANG_ZH : err->lang };
    enum error_code code = OK;
    if (!publish_read_notice(v, notice, &a, &n)) {
        code = error_set(err, ERROR_MISSING, "there is no published notice %lld", (long long)notice);
    }
    bool decided = code == OK && n.dossier != 0 && work_read_dossier(v, n.dossier, &a, &d);
    code = decided ? record_scheme(p->config.record, v, d.bundle, &t.scheme, err) : code;
    if (code == OK) {
        t.dossier = n.dossier;
        json_writer_init(&w, out, false);
        json_begin_object(&w);
        json_int_member(&w, "notice", notice);
        json_key(&w, STR("decisions"));
        json_begin_array(&w);
        code = decided ? write_decisions(&t) : OK;
        json_end_array(&w);
        json_end_object(&w);
    }
    arena_release(&a);
    return code;
}
