/* page_check: what a paper says against what the registers say today. Whoever holds a certificate types its number or
 * follows its QR code, and reads who holds what, since and until. Nothing but public registers is looked at, so that a
 * number which is tried tells nothing that the registers do not. */
#include "web/web_int.h"

#include "base/limit.h"
#include "publish/register.h"

enum { ROWS = 20 };

/* ---- What is proven ---- */

struct proof {
    const struct scheme *scheme;
    const struct scheme_view *view;
    const struct scheme_ledger *ledger;
    int64_t row;
};

/* "valid", "not yet", "expired"; what ended by an act before its time is "ended". */
static const char *state_of(const struct web__call *c, const struct publish_table *t, const struct publish_line *l)
{
    for (uint32_t i = 0; l->cells != NULL && i < t->column_count; i++) {
        if (str_eq(t->columns[i].name, STR("end")) && l->cells[i].kind == FEEL_STRING) {
            return str_eq(feel_str(l->cells[i]), STR("到期")) ? "expired" : "ended";
        }
    }
    return l->from != 0 && c->now < l->from ? "not yet" : l->until != 0 && c->now >= l->until ? "expired" : "valid";
}

static void put_state(struct node *to, const char *state)
{
    static const char *const words[][3] = { { "valid", "Valid today", "good" }, { "not yet", "Not valid yet", "fair" },
                                            { "expired", "Expired", "fair" },
                                            { "ended", "No longer valid: revoked or withdrawn", "bad" } };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(state, words[i][0]) == 0) {
            node_put_word(to, "state", words[i][1]);
            node_put_word(to, "look", words[i][2]);
        }
    }
}

static void put_proof(struct web__call *c, struct store_view *v, const struct proof *p, struct node *list)
{
    struct publish_table t;
    if (publish_register_history(c->web->config.publish, v, p->scheme->name, p->view->name, p->row, c->arena, &t,
                                 NULL) != OK ||
        t.line_count == 0) {
        return;
    }
    const struct publish_line *last = &t.lines[t.line_count - 1];
    struct node *n = node_add_object(list), *fields = node_put_list(n, "fields");
    put_state(n, state_of(c, &t, last));
    node_put_text(n, "scheme", p->scheme->name);
    node_put_text(n, "view", p->view->name);
    node_put_int(n, "row", p->row);
    node_put_text(n, "register", scheme_text(p->view->title, c->lang));
    node_put_text(n, "code", record_short_code(c->arena, p->ledger, p->row));
    web__put_instant(n, "known", last->since);
    for (uint32_t i = 0; last->cells != NULL && i < t.column_count; i++) {
        struct node *field = node_add_object(fields);
        node_put_text(field, "label", web__column_title(c, p->scheme, p->ledger, &t.columns[i]));
        node_put_text(field, "value", scheme_word(p->scheme, publish_shown(c->arena, last->cells[i]), c->lang));
    }
}

typedef bool proof_visit(struct web__call *c, struct store_view *v, const struct proof *p, void *context);

/* Visits the public views of all schemes, until the visitor says true. */
static bool each_view(struct web__call *c, struct store_view *v, proof_visit *visit, void *context)
{
    const struct scheme *schemes[WEB__SCHEMES];
    uint32_t count = web__schemes(c, v, schemes);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < schemes[i]->view_count; k++) {
            struct proof p = { .scheme = schemes[i], .view = &schemes[i]->views[k] };
            if (p.view->audience == SCHEME_TO_PUBLIC &&
                record_ledger(c->web->config.record, v, p.scheme, p.view->ledger, NULL, &p.ledger, NULL, NULL) == OK &&
                visit(c, v, &p, context)) {
                return true;
            }
        }
    }
    return false;
}

/* The list of what was found, in the model. */
static struct node *proofs_of(struct web__call *c)
{
    const struct node *there = node_member(c->model, STR("proofs"));
    return there != NULL ? (struct node *)there : node_put_list(c->model, "proofs");
}

struct by_dossier {
    int64_t dossier;
    struct node *list;
};

static bool visit_dossier(struct web__call *c, struct store_view *v, const struct proof *p, void *context)
{
    const struct by_dossier *by = context;
    const struct scheme *owner;
    const struct scheme_ledger *ledger;
    int64_t rows[ROWS];
    if (record_ledger(c->web->config.record, v, p->scheme, p->view->ledger, &owner, &ledger, NULL, NULL) != OK) {
        return false;
    }
    uint32_t count = record_rows_of(v, owner, ledger, by->dossier, rows, ROWS);
    for (uint32_t i = 0; i < count; i++) {
        struct proof one = *p;
        one.row = rows[i];
        put_proof(c, v, &one, by->list);
    }
    return false;
}

bool web__put_proofs(struct web__call *c, struct store_view *v, int64_t dossier)
{
    struct by_dossier by = { dossier, proofs_of(c) };
    if (dossier > 0) {
        each_view(c, v, visit_dossier, &by);
    }
    return by.list->count > 0;
}

/* ---- What is typed ---- */

struct by_code {
    str text;
    struct node *list;
};

/* The code of a row: letters and check character say of which ledger. */
static bool visit_code(struct web__call *c, struct store_view *v, const struct proof *p, void *context)
{
    const struct by_code *by = context;
    struct proof one = *p;
    struct error err = { .lang = c->lang };
    if (p->ledger->code.len == 0 || record_read_short_code(p->ledger, by->text, &one.row, &err) != OK) {
        return false;
    }
    put_proof(c, v, &one, by->list);
    return by->list->count > 0;
}

/* Takes digits at `*at` of the text. */
static bool take_number(str text, size_t *at, int64_t *ret)
{
    size_t from = *at;
    *ret = 0;
    while (*at < text.len && *at - from < 18 && text.ptr[*at] >= '0' && text.ptr[*at] <= '9') {
        *ret = *ret * 10 + (text.ptr[(*at)++] - '0');
    }
    return *at > from;
}

/* Does "示监证〔2026〕3号" fit "示监证〔{year}〕{n}号"? */
static bool fits(str pattern, str text, int64_t *year, int64_t *n)
{
    size_t at = 0;
    *year = *n = 0;
    for (size_t i = 0; i < pattern.len;) {
        str rest = str_slice(pattern, i, pattern.len);
        bool is_year = str_starts_with(rest, STR("{year}")), is_number = str_starts_with(rest, STR("{n}"));
        if (is_year || is_number) {
            if (!take_number(text, &at, is_year ? year : n)) {
                return false;
            }
            i += is_year ? 6 : 3;
        } else if (at < text.len && text.ptr[at] == pattern.ptr[i]) {
            at++;
            i++;
        } else {
            return false;
        }
    }
    return at == text.len && *n > 0;
}

/* The paper of a printed number; only those say something whose dossier stands in a public register. */
static bool put_document(struct web__call *c, struct store_view *v, str text)
{
    const struct scheme *schemes[WEB__SCHEMES];
    uint32_t count = web__schemes(c, v, schemes);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < schemes[i]->document_count; k++) {
            const struct scheme_document *d = &schemes[i]->documents[k];
            struct publish_document paper;
            int64_t year, n;
            if (d->number.len > 0 && fits(d->number, text, &year, &n) &&
                publish_find_document(v, arena_printf(c->arena, "%.*s/%.*s/%lld", STR_ARG(schemes[i]->name),
                                                      STR_ARG(d->name), (long long)year),
                                      n, c->arena, &paper) &&
                web__put_proofs(c, v, paper.dossier)) {
                str title = scheme_text(d->title, c->lang);
                node_put_text(c->model, "paper", title.len > 0 ? title : d->name);
                web__put_day(c->model, "made", paper.made);
                node_put_true(c->model, "void", str_eq(paper.state, STR("void")));
                return true;
            }
        }
    }
    return false;
}

/* What stands in an address of ours: its last part. */
static str last_part(str text)
{
    for (size_t i = text.len; i > 0; i--) {
        if (text.ptr[i - 1] == '/') {
            return str_slice(text, i, text.len);
        }
    }
    return text;
}

static bool all_digits(str text)
{
    bool all = text.len > 0 && text.len <= 18;
    for (size_t i = 0; i < text.len; i++) {
        all &= text.ptr[i] >= '0' && text.ptr[i] <= '9';
    }
    return all;
}

static void look_up(struct web__call *c, struct store_view *v, str text)
{
    str part = last_part(text);
    size_t at = 0;
    int64_t dossier = 0;
    if (all_digits(part) && take_number(part, &at, &dossier) && web__put_proofs(c, v, dossier)) {
        return;
    }
    struct by_code by = { part, proofs_of(c) };
    if (!each_view(c, v, visit_code, &by)) {
        put_document(c, v, text);
    }
}

static void answer(struct web__call *c, str text)
{
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    if (text.len > 0) {
        look_up(c, v, text);
    }
    if (!web__view_end(c, v)) {
        return;
    }
    node_put_text(c->model, "number", text);
    node_put_text(c->model, "at", web__instant(c->arena, c->now));
    node_put_true(c->model, "unknown", text.len > 0 && proofs_of(c)->count == 0);
    web__crumb(c, "Home", STR("/"));
    web__answer(c, 200, page_check);
}

void web__page_check(struct web__call *c)
{
    answer(c, str_trim(web__text(c, "number")));
}

/* The target of a QR code. */
void web__page_code(struct web__call *c)
{
    answer(c, str_trim(c->words[0]));
}
