/* page_publication: the desk where notices wait for somebody's word: what waits, the public copy as it will stand, what
 * personal data was found in it; publishing and turning down; and of what is public taking back and amending. */
#include "web/desk_int.h"

#include "base/limit.h"
#include "publish/detect.h"
#include "publish/register.h"

enum { ROWS = 100, HITS = 16, SHOWN = 50, AROUND = 24, FIELDS = 100 };

static const struct web__said said[] = {
    { "published", "The notice is published" },
    { "declined", "The notice is turned down; its step is held up until somebody mends the cause" },
    { "withdrawn", "The notice is taken back: it is shown no more" },
    { "proposed", "The amendment waits for a second person; until then the old notice stands" },
};

enum { SAID = sizeof said / sizeof said[0] };

/* What waits is for its own office and the managers above it, not for every officer above. */
static bool may_see(const struct web__desk *d, int64_t office)
{
    return office != 0 && web__desk_may(d, PEOPLE_VERB_SEE, PEOPLE_KIND_NOTICE, office, PEOPLE_INTERNAL);
}

/* ---- The list ---- */

static const struct {
    const char *state, *sentence;
} states[] = { { "waiting", "Waiting to be published" }, { "published", "Public now" },
               { "declined", "Turned down" },             { "withdrawn", "Withdrawn" } };

enum { STATES = sizeof states / sizeof states[0] };

static const char *state_of(struct web__call *c)
{
    str wanted = web__text(c, "state");
    for (size_t i = 0; i < STATES; i++) {
        if (str_eq(wanted, str_of(states[i].state))) {
            return states[i].state;
        }
    }
    return states[0].state;
}

static feel_value found_in(struct arena *a, const struct publish_notice *n)
{
    feel_value held = feel_null();
    feel_json_read(a, n->held, &held, NULL);
    return feel_member(held, "found");
}

static void put_row(struct web__desk *d, struct node *list, const struct publish_notice *n)
{
    struct web__call *c = d->c;
    struct node *row = node_add_object(list);
    feel_value fields = feel_null(), first = feel_null();
    if (feel_json_read(c->arena, n->fields, &fields, NULL) == OK && fields.kind == FEEL_LIST && fields.count > 0) {
        first = feel_member(fields.items[0], "value");
    }
    node_put_int(row, "id", n->id);
    node_put_text(row, "title", n->title);
    node_put_text(row, "about", publish_shown(c->arena, first));
    node_put_true(row, "found", n->published == 0 && found_in(c->arena, n).kind == FEEL_CONTEXT);
    node_put_true(row, "amends", n->before != 0);
    web__put_instant(row, "at", n->published != 0 ? n->published : n->proposed);
    node_put_text(row, "by", web__desk_person_name(d, n->published != 0 ? n->published_by : n->proposed_by));
    node_put_text(row, "reason", n->reason);
}

static void put_states(struct web__call *c, const char *state)
{
    struct node *list = node_put_list(c->model, "states");
    for (size_t i = 0; i < STATES; i++) {
        struct node *item = node_add_object(list);
        node_put_word(item, "text", states[i].sentence);
        node_put_text(item, "link", web__here_with(c, "state", str_of(states[i].state), "before"));
        node_put_true(item, "here", states[i].state == state);
    }
}

void web__page_publication(struct web__call *c)
{
    struct publish_notice *rows = ARENA_ARRAY(c->arena, struct publish_notice, ROWS);
    struct web__desk d;
    const char *state = state_of(c);
    if (!web__desk_open(c, &d)) {
        return;
    }
    int64_t office = web__desk_office(&d, PEOPLE_VERB_SEE);
    uint32_t count = may_see(&d, office) ? publish_desk(d.v, office, state, web__int(c, "before", INT64_MAX), ROWS,
                                                        c->arena, rows)
                                         : 0;
    struct node *list = node_put_list(c->model, "notices");
    for (uint32_t i = 0; i < count; i++) {
        put_row(&d, list, &rows[i]);
    }
    if (count == ROWS) {
        node_put_text(c->model, "more", web__here_with(c, "before",
                                                       arena_printf(c->arena, "%lld", (long long)rows[count - 1].id),
                                                       NULL));
    }
    put_states(c, state);
    node_put_true(c->model, "waiting", state == states[0].state);
    if (web__desk_close(&d)) {
        web__desk_done(c, said, SAID);
        web__desk_tabs(c, "publication");
        web__answer(c, 200, page_lists_publication);
    }
}

/* ---- One notice: what was found ---- */

/* From or to a place, at most AROUND bytes away, at the beginning of a character. */
static size_t near(str text, size_t at, bool back)
{
    size_t to = back ? (at > AROUND ? at - AROUND : 0) : (at + AROUND < text.len ? at + AROUND : text.len);
    while (to > 0 && to < text.len && ((unsigned char)text.ptr[to] & 0xC0) == 0x80) {
        to--;
    }
    return back && to > at ? at : to;
}

static void put_hits(struct web__call *c, struct node *list, str label, str text)
{
    struct publish_hit hits[HITS];
    uint32_t count = publish_detect(c->arena, text, HITS, hits);
    for (uint32_t i = 0; i < count && list->count < SHOWN; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "field", label);
        node_put_word(n, "what", publish_personal_title(hits[i].kind));
        node_put_text(n, "before", str_slice(text, near(text, hits[i].from, true), hits[i].from));
        node_put_text(n, "hit", str_slice(text, hits[i].from, hits[i].to));
        node_put_text(n, "behind", str_slice(text, hits[i].to, near(text, hits[i].to, false)));
    }
}

static void put_found(struct web__call *c, const struct publish_notice *n, const struct publish_table *t)
{
    feel_value fields = feel_null();
    struct node *list = node_put_list(c->model, "hits");
    feel_json_read(c->arena, n->fields, &fields, NULL);
    for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count; i++) {
        put_hits(c, list, publish_label(fields.items[i]),
                 publish_shown(c->arena, feel_member(fields.items[i], "value")));
    }
    for (uint32_t i = 0; t != NULL && i < t->line_count; i++) {
        for (uint32_t k = 0; k < t->column_count && t->lines[i].cells != NULL; k++) {
            put_hits(c, list, arena_printf(c->arena, "%u · %.*s", t->lines[i].number, STR_ARG(t->columns[k].label)),
                     publish_shown(c->arena, t->lines[i].cells[k]));
        }
    }
}

/* ---- What the manifest shows ---- */

static const char *mask_sentence(str mask)
{
    return str_eq(mask, STR("name"))     ? "the family name alone"
           : str_eq(mask, STR("middle")) ? "the middle replaced by stars"
           : str_eq(mask, STR("digits")) ? "each digit replaced by a star"
                                         : "as it is";
}

/* The white list of the notice, or of the entries of a list. */
static void put_white_list(struct web__desk *d, const struct publish_notice *n)
{
    struct web__call *c = d->c;
    const char *slash = n->series.len == 0 ? NULL : memchr(n->series.ptr, '/', n->series.len);
    str name = slash == NULL ? STR("") : str_slice(n->series, 0, (size_t)(slash - n->series.ptr));
    const struct scheme *s = name.len == 0 ? NULL : web__desk_scheme(d, name);
    const struct scheme_notice *of = s == NULL ? NULL : scheme_notice(s, n->name);
    of = of != NULL && of->kind == SCHEME_LIST_NOTICE ? scheme_notice(s, of->of) : of;
    struct node *list = node_put_list(c->model, "white");
    for (uint32_t i = 0; of != NULL && of->fields.kind == FEEL_LIST && i < of->fields.count; i++) {
        feel_value f = of->fields.items[i];
        struct node *row = node_add_object(list);
        str path = f.kind == FEEL_STRING ? feel_str(f) : feel_text_member(f, "name");
        str label = feel_text_member(f, "label");
        node_put_text(row, "name", label);
        node_put_text(row, "path", path);
        node_put_word(row, "mask", mask_sentence(feel_text_member(f, "mask")));
    }
}

/* ---- One notice: the page ---- */

/* A field that an amendment can give another value: a text or a number. */
static bool is_plain(feel_value v)
{
    return v.kind == FEEL_STRING || v.kind == FEEL_NUMBER || v.kind == FEEL_NULL;
}

static void put_fields_to_amend(struct web__call *c, const struct scheme *s, const struct publish_notice *n)
{
    feel_value fields = feel_null();
    struct node *list = node_put_list(c->model, "amendable");
    feel_json_read(c->arena, n->fields, &fields, NULL);
    for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count && i < FIELDS; i++) {
        feel_value v = feel_member(fields.items[i], "value");
        if (is_plain(v)) {
            struct node *row = node_add_object(list);
            str name = arena_printf(c->arena, "f%u", i);
            const struct http_pair *sent = NULL;
            size_t count;
            const struct http_pair *all = http_fields(c->r, &count);
            for (size_t k = 0; k < count; k++) {
                sent = str_eq(all[k].name, name) ? &all[k] : sent;
            }
            node_put_text(row, "field", name);
            node_put_text(row, "label", scheme_word(s, publish_label(fields.items[i]), c->lang));
            node_put_text(row, "value", sent != NULL ? sent->value : publish_shown(c->arena, v));
        }
    }
}

static void put_rights(struct web__desk *d, const struct publish_notice *n)
{
    static const struct {
        enum people_verb verb;
        const char *state, *name;
    } rights[] = { { PEOPLE_VERB_PUBLISH, "waiting", "may_publish" }, { PEOPLE_VERB_DECLINE, "waiting", "may_decline" },
                   { PEOPLE_VERB_WITHDRAW, "published", "may_withdraw" },
                   { PEOPLE_VERB_AMEND, "published", "may_amend" } };
    struct web__call *c = d->c;
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        struct error err = { .lang = c->lang };
        bool is = str_eq(n->state, str_of(rights[i].state));
        bool may = is && publish_may(c->web->config.publish, d->v, n, rights[i].verb, c->person, c->now, &err);
        node_put_true(c->model, rights[i].name, may);
        if (is && !may && rights[i].verb == PEOPLE_VERB_PUBLISH) {
            const char *why = err.detail[0] != '\0' ? err.detail : err.message;
            node_put_text(c->model, "why_not", arena_str(c->arena, str_of(why)));
        }
    }
}

/* What an amendment changes: the values before and after. */
static void put_changes(struct web__call *c, struct store_view *v, const struct publish_notice *n)
{
    const struct publish_reader office = { .office = true };
    struct publish_notice old;
    feel_value now = feel_null(), before = feel_null();
    if (n->before == 0 || !publish_read_for(v, n->before, &office, c->arena, &old)) {
        return;
    }
    struct node *list = node_put_list(c->model, "changes");
    feel_json_read(c->arena, n->fields, &now, NULL);
    feel_json_read(c->arena, old.fields, &before, NULL);
    for (uint32_t i = 0; now.kind == FEEL_LIST && before.kind == FEEL_LIST && i < now.count && i < before.count; i++) {
        str is = publish_shown(c->arena, feel_member(now.items[i], "value"));
        str was = publish_shown(c->arena, feel_member(before.items[i], "value"));
        if (!str_eq(is, was)) {
            struct node *row = node_add_object(list);
            node_put_text(row, "label", publish_label(now.items[i]));
            node_put_text(row, "was", was);
            node_put_text(row, "is", is);
        }
    }
}

static void put_one(struct web__desk *d, const struct publish_notice *n, const struct publish_table *entries)
{
    struct web__call *c = d->c;
    bool waits = n->published == 0;
    web__put_notice(c, web__series_scheme(c, d->v, n->series), n, entries);
    node_put_true(c->model, "preview", waits);
    node_put_true(c->model, "waiting", str_eq(n->state, STR("waiting")));
    node_put_true(c->model, "public", str_eq(n->audience, STR("public")));
    node_put_text(c->model, "audience", n->audience);
    node_put_text(c->model, "publisher", n->publisher);
    node_put_text(c->model, "released", n->released);
    node_put_text(c->model, "office_name", web__desk_office_name(d, n->office));
    web__put_instant(c->model, "proposed", n->proposed);
    node_put_text(c->model, "proposed_by", web__desk_person_name(d, n->proposed_by));
    node_put_text(c->model, "published_by", n->published == 0 ? STR("") : web__desk_person_name(d, n->published_by));
    if (n->dossier != 0 && web__desk_sees(d, n->dossier)) {
        node_put_int(c->model, "dossier", n->dossier);
        node_put_text(c->model, "dossier_name", web__desk_dossier_name(d, n->dossier));
    }
    if (waits && found_in(c->arena, n).kind == FEEL_CONTEXT) {
        put_found(c, n, entries);
    }
    put_changes(c, d->v, n);
    put_white_list(d, n);
    put_fields_to_amend(c, web__series_scheme(c, d->v, n->series), n);
    put_rights(d, n);
}

/* The notice of the path, for officers of its office; false after an answer was sent. */
static bool read_one(struct web__desk *d, struct publish_notice *ret)
{
    const struct publish_reader office = { .office = true };
    if (!publish_read_for(d->v, d->c->number, &office, d->c->arena, ret) ||
        !may_see(d, ret->office)) {
        web__desk_nothing(d);
        return false;
    }
    return true;
}

static void show_one(struct web__call *c, int status)
{
    const struct publish_reader office = { .office = true };
    struct publish_notice n;
    struct publish_table t;
    struct web__desk d;
    if (!web__desk_open(c, &d) || !read_one(&d, &n)) {
        return;
    }
    bool list = str_eq(n.kind, STR("list")) &&
                publish_list_table(d.v, n.id, &office, 0, c->arena, &t, NULL) == OK;
    put_one(&d, &n, list ? &t : NULL);
    web__put_proof(c, false);
    if (web__desk_close(&d)) {
        web__desk_done(c, said, SAID);
        web__desk_tabs(c, "");
        web__crumb(c, "Publication", STR("/office/publication"));
        web__answer(c, status, page_lists_publication_one);
    }
}

void web__page_publication_one(struct web__call *c)
{
    show_one(c, 200);
}

/* ---- What is done ---- */

/* The values that are others than those of the notice; null: none is. */
static feel_value amended_values(struct web__call *c, const struct publish_notice *n)
{
    feel_value fields = feel_null();
    feel_json_read(c->arena, n->fields, &fields, NULL);
    uint32_t most = fields.kind == FEEL_LIST ? fields.count : 0, count = 0;
    str *names = ARENA_ARRAY(c->arena, str, most);
    feel_value *values = ARENA_ARRAY(c->arena, feel_value, most);
    size_t sent;
    const struct http_pair *all = http_fields(c->r, &sent);
    for (uint32_t i = 0; i < most; i++) {
        str name = arena_printf(c->arena, "f%u", i);
        feel_value old = feel_member(fields.items[i], "value");
        for (size_t k = 0; k < sent; k++) {
            dec number;
            if (str_eq(all[k].name, name) && is_plain(old) &&
                !str_eq(all[k].value, publish_shown(c->arena, old))) {
                bool is_number = old.kind == FEEL_NUMBER && dec_parse(all[k].value, &number);
                names[count] = feel_text_member(fields.items[i], "name");
                values[count++] = is_number ? feel_number(number) : feel_string(all[k].value);
            }
        }
    }
    return count == 0 ? feel_null() : feel_context(feel_shape_new(c->arena, names, count), values);
}

static enum error_code act(struct web__call *c, const struct publish_notice *n, str what, const char **ret_done,
                           struct error *err)
{
    struct publish *p = c->web->config.publish;
    str text = str_trim(web__text(c, "text"));
    int64_t id;
    if (str_eq(what, STR("publish"))) {
        *ret_done = "published";
        return publish_publish(p, n->id, c->person, c->now, text, err);
    }
    if (str_eq(what, STR("decline"))) {
        *ret_done = "declined";
        return publish_decline(p, n->id, c->person, c->now, text, err);
    }
    if (str_eq(what, STR("withdraw"))) {
        *ret_done = "withdrawn";
        return publish_withdraw(p, n->id, c->person, c->now, text, err);
    }
    *ret_done = "proposed";
    feel_value with = amended_values(c, n);
    return with.kind == FEEL_NULL ? error_set(err, ERROR_INVALID, "no value is another one than before")
                                  : publish_amend(p, n->id, with, c->person, c->now, text, &id, err);
}

void web__form_publication(struct web__call *c)
{
    static const struct {
        const char *word;
        enum people_verb verb;
    } acts[] = { { "publish", PEOPLE_VERB_PUBLISH }, { "decline", PEOPLE_VERB_DECLINE },
                 { "withdraw", PEOPLE_VERB_WITHDRAW }, { "amend", PEOPLE_VERB_AMEND } };
    struct publish_notice n;
    struct web__desk d;
    struct error err = { .lang = c->lang };
    const char *done = NULL;
    str what = web__text(c, "do");
    size_t which = 0;
    while (which < 4 && !str_eq(what, str_of(acts[which].word))) {
        which++;
    }
    if (!web__desk_open(c, &d) || !read_one(&d, &n)) {
        return;
    }
    bool may = which < 4 && publish_may(c->web->config.publish, d.v, &n, acts[which].verb, c->person, c->now, &err);
    if (!web__desk_close(&d)) {
        return;
    }
    if (!may) {
        if (which == 4) {
            error_set(&err, ERROR_INVALID, "this is not done here");
        }
        web__refuse(c, which == 4 ? 422 : 403, &err);
        return;
    }
    if (str_eq(what, STR("publish")) && !web__proved(c, false)) {
        show_one(c, 422);
        return;
    }
    if (act(c, &n, what, &done, &err) == OK) {
        web__go(c, arena_printf(c->arena, "/office/publication?done=%s", done));
        return;
    }
    web__desk_problem(c, &err, "#text");
    show_one(c, 422);
}
