/* desk: who looks at a page of officers, from where, and what things are called. */
#include "web/desk_int.h"

#include "base/limit.h"
#include "record/party.h"

enum { VERSIONS = 400 };

/* ---- Opening ---- */

bool web__desk_open(struct web__call *c, struct web__desk *ret)
{
    struct error err = { .lang = c->lang };
    struct feel_environment env = { .instant = c->now / 1000000, .zone = 8 * 3600 };
    *ret = (struct web__desk){ .c = c, .people = c->web->config.people, .v = web__view(c) };
    if (ret->v == NULL) {
        return false;
    }
    if (people_tree(c->web->config.people, ret->v, &ret->tree, &err) != OK) {
        store_view_end(ret->v);
        web__refuse(c, 503, &err);
        return false;
    }
    ret->actor = (struct people_actor){ .person = c->person, .now = c->now, .grants = c->grants,
                                        .count = c->grant_count };
    ret->ev = feel_eval_new(&env);
    return true;
}

bool web__desk_close(struct web__desk *d)
{
    feel_eval_free(d->ev);
    people_tree_end(d->people, d->tree);
    return web__view_end(d->c, d->v);
}

void web__desk_nothing(struct web__desk *d)
{
    struct error err = { .lang = d->c->lang };
    if (web__desk_close(d)) {
        error_set(&err, ERROR_MISSING, "there is nothing here, or it is not for you to see");
        web__refuse(d->c, 404, &err);
    }
}

/* ---- May he? ---- */

bool web__desk_may(const struct web__desk *d, enum people_verb verb, enum people_kind kind, int64_t office,
                   enum people_class data)
{
    struct people_verdict verdict;
    const struct people_object object = { .kind = kind, .office = office, .open = true, .data = data };
    return people_may(d->tree, &d->actor, verb, &object, &verdict, NULL);
}

const struct people_tree *web__desk_reach(const struct web__desk *d, int64_t office)
{
    for (uint32_t i = 0; i < d->tree->count; i++) {
        int64_t below = d->tree->offices[i].id;
        if (people_within(d->tree, below, office) &&
            !web__desk_may(d, PEOPLE_VERB_SEE, PEOPLE_KIND_RECORD, below, PEOPLE_INTERNAL)) {
            return NULL;
        }
    }
    return d->tree;
}

bool web__desk_deploys(const struct web__desk *d)
{
    return web__desk_may(d, PEOPLE_VERB_DEPLOY, PEOPLE_KIND_MODEL, 0, PEOPLE_INTERNAL);
}

bool web__desk_sees(const struct web__desk *d, int64_t dossier)
{
    struct work_dossier found;
    return work_read_dossier(d->v, dossier, d->c->arena, &found) &&
           work_may_see(d->c->web->config.work, d->v, d->c->person, d->c->now, &found, NULL);
}

int64_t web__desk_office(struct web__desk *d, enum people_verb verb)
{
    str wanted = web__text(d->c, "office");
    struct node *list = node_put_list(d->c->model, "offices");
    int64_t first = 0, chosen = 0;
    for (uint32_t i = 0; i < d->tree->count; i++) {
        const struct people_office *o = &d->tree->offices[i];
        if (web__desk_may(d, verb, PEOPLE_KIND_RECORD, o->id, PEOPLE_INTERNAL)) {
            first = first == 0 ? o->id : first;
            chosen = str_eq(o->code, wanted) ? o->id : chosen;
        }
    }
    chosen = chosen != 0 ? chosen : first;
    for (uint32_t i = 0; i < d->tree->count; i++) {
        const struct people_office *o = &d->tree->offices[i];
        if (web__desk_may(d, verb, PEOPLE_KIND_RECORD, o->id, PEOPLE_INTERNAL)) {
            struct node *item = node_add_object(list);
            node_put_text(item, "code", arena_str(d->c->arena, o->code));
            node_put_text(item, "name", arena_str(d->c->arena, o->name));
            node_put_true(item, "chosen", o->id == chosen);
        }
    }
    node_put_text(d->c->model, "office_name", web__desk_office_name(d, chosen));
    return chosen;
}

/* ---- What things are called ---- */

str web__called(const struct web__call *c, struct scheme_text title, str name)
{
    str text = scheme_text(title, c->lang);
    return text.len > 0 ? text : name;
}

static str field_called(const struct web__call *c, const struct scheme_ledger *l, str name)
{
    int field = scheme_field(l, name);
    return field < 0 ? STR("") : scheme_text(l->fields[field].title, c->lang);
}

str web__value_called(const struct web__call *c, const struct scheme *s, const struct scheme_ledger *l, str name)
{
    str title = l != NULL ? field_called(c, l, name) : STR("");
    for (uint32_t i = 0; title.len == 0 && i < s->described_count; i++) {
        title = str_eq(s->described[i].name, name) ? scheme_text(s->described[i].title, c->lang) : title;
    }
    for (uint32_t i = 0; title.len == 0 && i < s->ledger_count; i++) {
        title = field_called(c, &s->ledgers[i], name);
    }
    return title.len > 0 ? title : name;
}

str web__desk_office_name(const struct web__desk *d, int64_t office)
{
    const struct people_office *o = people_office(d->tree, office);
    return o == NULL ? STR("") : arena_str(d->c->arena, o->name);
}

str web__desk_person_name(struct web__desk *d, int64_t person)
{
    struct people_person p;
    if (person == 0) {
        return str_of(lang_text(d->c->lang, "the program"));
    }
    return people_person(d->v, d->c->arena, person, &p, NULL) != OK ? STR("") : p.name.len > 0 ? p.name : p.login;
}

str web__desk_row_name(struct web__desk *d, const struct scheme_ledger *l, const struct record_row *row)
{
    struct arena *a = d->c->arena;
    feel_value all = record_seen(a, record_ledger_seen(a, l, SCHEME_INTERNAL), row), v;
    if (feel_context_get(all, STR("name"), &v) && v.kind == FEEL_STRING) {
        return feel_str(v);
    }
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (feel_context_get(all, l->fields[i].name, &v) && v.kind == FEEL_STRING && v.count > 0) {
            return l->fields[i].type == SCHEME_PARTY ? web__desk_party_name(d, feel_str(v)) : feel_str(v);
        }
    }
    return arena_printf(a, "%lld", (long long)row->row);
}

str web__desk_party_name(struct web__desk *d, str handle)
{
    const struct scheme_ledger *parties;
    struct record *r = d->c->web->config.record;
    struct record_row row;
    feel_value name;
    bool found = handle.len > 0 &&
                 record_ledger(r, d->v, NULL, STR("core.parties"), NULL, &parties, NULL, NULL) == OK &&
                 party_read(r, d->v, d->c->arena, handle, &row, NULL) == OK &&
                 feel_context_get(record_seen(d->c->arena, record_ledger_seen(d->c->arena, parties, SCHEME_INTERNAL),
                                              &row), STR("name"), &name) && name.kind == FEEL_STRING;
    return found ? feel_str(name) : handle;
}

/* The subject is a party or a row of the ledger that the manifest says. */
str web__desk_dossier_name(struct web__desk *d, int64_t dossier)
{
    struct work_dossier w;
    const struct scheme *s;
    const struct scheme_ledger *l;
    const struct record_row *rows;
    struct record *r = d->c->web->config.record;
    uint32_t count = 0;
    int64_t row;
    dec n;
    if (!work_read_dossier(d->v, dossier, d->c->arena, &w)) {
        return STR("");
    }
    const struct scheme_process *p = record_scheme(r, d->v, w.bundle, &s, NULL) == OK ? scheme_process(s, w.process)
                                                                                      : NULL;
    bool of_row = p != NULL && p->subject.len > 0 && !str_eq(p->subject, STR("party")) && dec_parse(w.subject, &n) &&
                  dec_to_int(n, &row) && record_ledger(r, d->v, s, p->subject, NULL, &l, NULL, NULL) == OK &&
                  record_history(d->v, d->c->arena, l, row, &rows, &count, NULL) == OK && count > 0;
    return of_row ? web__desk_row_name(d, l, &rows[count - 1]) : web__desk_party_name(d, w.subject);
}

/* ---- Schemes ---- */

uint32_t web__desk_installed(struct web__desk *d, struct web__installed **ret)
{
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    work_write_schemes(d->v, &json);
    feel_value all = web__desk_value(d->c, &json);
    struct web__installed *list = ARENA_ARRAY(d->c->arena, struct web__installed, VERSIONS);
    uint32_t count = 0;
    for (uint32_t i = 0; i < all.count && count < VERSIONS; i++) {
        feel_value v = all.items[i];
        str name = feel_text_member(v, "scheme");
        list[count] = (struct web__installed){ .scheme = name, .bundle = feel_text_member(v, "bundle"),
                                               .since = feel_text_member(v, "installed"),
                                               .version = feel_whole_member(v, "version"),
                                               .last = count == 0 || !str_eq(list[count - 1].scheme, name) };
        count++;
    }
    *ret = list;
    return count;
}

const struct scheme *web__desk_scheme(struct web__desk *d, str name)
{
    const struct scheme *s;
    struct record *r = d->c->web->config.record;
    return record_in_force(r, d->v, name, web__today(d->c), &s, NULL) == OK ||
           record_installed(r, d->v, name, &s, NULL) == OK ? s : NULL;
}

/* ---- Models ---- */

feel_value web__desk_value(struct web__call *c, struct buf *json)
{
    feel_value v = feel_null();
    str text = arena_str(c->arena, buf_str(json));
    bool whole = !json->overflow;
    buf_release(json);
    if (!whole || feel_json_read(c->arena, text, &v, NULL) != OK) {
        v = feel_null();
    }
    return v;
}

void web__desk_problem(struct web__call *c, const struct error *err, const char *link)
{
    struct node *item = node_add_object(web__problem_list(c));
    const char *colon = c->lang == LANG_ZH ? "：" : ": ", *stop = c->lang == LANG_ZH ? "。" : ". ";
    str text = arena_printf(c->arena, "%s%s%s%s%s", err->message, err->detail[0] != '\0' ? colon : "", err->detail,
                            err->hint[0] != '\0' ? stop : "", err->hint);
    node_put_text(item, "text", text);
    node_put_word(item, "link", link);
}

void web__desk_done(struct web__call *c, const struct web__said *said, size_t count)
{
    str word = web__text(c, "done");
    for (size_t i = 0; i < count; i++) {
        if (str_eq(word, str_of(said[i].word))) {
            node_put_word(c->model, "done", said[i].sentence);
        }
    }
}

void web__desk_tabs(struct web__call *c, const char *here)
{
    static const struct {
        const char *word, *sentence;
    } tabs[] = { { "lists", "Lists" },           { "publication", "Publication" }, { "ledgers", "Ledgers" },
                 { "statistics", "Statistics" }, { "schemes", "Schemes" },         { "rounds", "Rounds" },
                 { "calendar", "Working days" }, { "messages", "Messages between offices" } };
    struct node *list = node_put_list(c->model, "tabs");
    for (size_t i = 0; i < sizeof tabs / sizeof tabs[0]; i++) {
        struct node *item = node_add_object(list);
        node_put_text(item, "link", arena_printf(c->arena, "/office/%s", tabs[i].word));
        node_put_word(item, "text", tabs[i].sentence);
        node_put_true(item, "here", strcmp(tabs[i].word, here) == 0);
    }
}

/* ---- Addresses ---- */

static void add_escaped(struct buf *out, str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char ch = (unsigned char)text.ptr[i];
        bool plain = (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '-' ||
                     ch == '_' || ch == '.';
        if (plain) {
            buf_addc(out, (char)ch);
        } else {
            buf_printf(out, "%%%02X", ch);
        }
    }
}

str web__address_part(struct arena *a, str text)
{
    struct buf out = BUF_INIT(8192);
    add_escaped(&out, text);
    str part = arena_str(a, buf_str(&out));
    buf_release(&out);
    return part;
}

str web__here_with(struct web__call *c, const char *name, str value, const char *except)
{
    size_t count;
    const struct http_pair *all = http_queries(c->r, &count);
    struct buf out = BUF_INIT(8192);
    str path = web__path(c);
    for (size_t i = 0; i < path.len; i++) {
        if (path.ptr[i] == '/') {
            buf_addc(&out, '/');
        } else {
            add_escaped(&out, str_slice(path, i, i + 1));
        }
    }
    char between = '?';
    for (size_t i = 0; i <= count; i++) {
        bool own = i == count;
        str key = own ? str_of(name) : all[i].name, text = own ? value : all[i].value;
        bool out_of_it = !own && (str_eq(key, str_of(name)) || str_eq(key, STR("done")) ||
                                  (except != NULL && str_eq(key, str_of(except))));
        if (!out_of_it && text.len > 0) {
            buf_addc(&out, between);
            add_escaped(&out, key);
            buf_addc(&out, '=');
            add_escaped(&out, text);
            between = '&';
        }
    }
    str address = arena_str(c->arena, buf_str(&out));
    buf_release(&out);
    return address;
}
