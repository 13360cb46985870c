/* block: numbers that are given out ahead, to pads and devices, and the account of a series: what became of each number
 * from 1 to the last. Every number stands in exactly one place: a document of its own, or a number of a block, which is
 * used by a document, void, or still out. */
#include "publish/publish_int.h"

#include "base/limit.h"

/* ---- Giving out ---- */


static enum error_code find_document(struct publish *p, struct store_view *v, str scheme, str name,
                                     const struct scheme_document **ret, struct error *err)
{
    const struct scheme *s;
    enum error_code code = record_installed(p->config.record, v, scheme, &s, err);
    if (code != OK) {
        return code;
    }
    *ret = scheme_document(s, name);
    if (*ret == NULL) {
        error_set(err, ERROR_INVALID, "scheme.json describes no %s \"%.*s\"", "document", STR_ARG(name));
        error_hint(err, "add it under \"%s\" in scheme.json", "documents");
        return ERROR_INVALID;
    }
    if (!(*ret)->blocks) {
        return error_set(err, ERROR_INVALID, "the numbers of \"%.*s\" are not given out in blocks", STR_ARG(name));
    }
    return OK;
}

static enum error_code add_numbers(struct publish *p, struct store_change *c, str series, int64_t block, int64_t count,
                                   struct error *err)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t id = store_id(p->config.store, err);
        if (id == 0) {
            return ERROR_IO;
        }
        struct store_value row[BLOCK__COLUMNS] = {
            store_int(id), store_int(1), store_text(series), store_take(c, series), store_int(block),
            store_text(STR("out")), store_int(0), store_text(STR("")), store_int(0), store_int(0) };
        store_insert(c, STORE_TABLE_block_number, row);
    }
    return OK;
}

static enum error_code give_out(struct publish *p, struct arena *a, const struct publish_block *b, int64_t actor,
                                int64_t now, struct publish_block *ret, struct error *err)
{
    struct store_change *c = store_change(a);
    str series = publish__series(a, b->scheme, b->document, now);
    int64_t id = store_id(p->config.store, err);
    if (id == 0) {
        return ERROR_IO;
    }
    struct store_value row[] = { store_int(id), store_int(1), store_text(series), store_text(b->scheme),
                                 store_text(b->document), store_int(b->office), store_text(b->holder),
                                 store_int(b->count), store_int(now), store_int(actor) };
    store_insert(c, STORE_TABLE_number_block, row);
    enum error_code code = add_numbers(p, c, series, id, b->count, err);
    str detail = arena_printf(a, "{\"count\":%lld}", (long long)b->count);
    code = code == OK ? publish__audit(p, c, now, actor, "give", "document", id, detail, err) : code;
    if (code != OK) {
        return code;
    }
    struct store_result result = store_commit(p->config.store, c, STORE_INTERACTIVE);
    if (result.outcome != STORE_DONE) {
        return error_set(err, ERROR_IO, "could not give out the numbers: try again");
    }
    *ret = *b;
    ret->id = id;
    ret->series = series;
    ret->first = result.taken_count > 0 ? result.taken[0] : 0;
    return OK;
}

enum error_code publish_give_block(struct publish *p, const struct publish_block *b, int64_t actor, int64_t now,
                                   struct arena *a, struct publish_block *ret, struct error *err)
{
    const struct scheme_document *d;
    struct store_view *v;
    if (b->count < 1 || b->count > LIMIT_PUBLISH_BLOCK || b->holder.len == 0) {
        error_set(err, ERROR_INVALID, "a block has 1 to %d numbers and a holder", LIMIT_PUBLISH_BLOCK);
        error_detail(err, "limit %s = %d", "PUBLISH_BLOCK", LIMIT_PUBLISH_BLOCK);
        return ERROR_INVALID;
    }
    enum error_code code = store_view(p->config.store, &v, err);
    if (code == OK) {
        code = find_document(p, v, b->scheme, b->document, &d, err);
        store_view_end(v);
    }
    return code == OK ? give_out(p, a, b, actor, now, ret, err) : code;
}

/* ---- One number ---- */

struct number {
    int64_t id, version;
    bool out;
};

static bool read_number(struct store_view *v, str series, int64_t number, struct number *ret)
{
    struct store_value args[] = { store_text(series), store_int(number) };
    struct store_rows *r = store_query(v, "SELECT id, version, state FROM block_number WHERE series = ? AND number = ?",
                                       args, 2);
    bool there = store_next(r);
    if (there) {
        *ret = (struct number){ store_column_int(r, 0), store_column_int(r, 1),
                                str_eq(store_column_text(r, 2), STR("out")) };
    }
    store_rows_end(r);
    return there;
}

static enum error_code find_out(struct store_view *v, str series, int64_t number, struct number *ret,
                                struct error *err)
{
    if (!read_number(v, series, number, ret)) {
        error_set(err, ERROR_MISSING, "the number %lld of %.*s was not given out in a block", (long long)number,
                  STR_ARG(series));
        return ERROR_MISSING;
    }
    return ret->out ? OK
                    : error_set(err, ERROR_INVALID, "the number %lld of %.*s is used or void", (long long)number,
                                STR_ARG(series));
}

static void settle(struct store_change *c, struct arena *a, const struct number *n, const char *state,
                   int64_t document, str reason, int64_t at, int64_t actor)
{
    struct store_value *row = publish__row(a, BLOCK__COLUMNS, n->id, n->version);
    row[BLOCK__STATE] = store_text(str_of(state));
    row[BLOCK__DOCUMENT] = store_int(document);
    row[BLOCK__REASON] = store_text(reason);
    row[BLOCK__AT] = store_int(at);
    row[BLOCK__ACTOR] = store_int(actor);
    store_update(c, STORE_TABLE_block_number, row);
}

enum error_code publish__use_number(const struct work_job *job, str series, int64_t number, int64_t document,
                                    struct error *err)
{
    struct number n;
    enum error_code code = find_out(job->view, series, number, &n, err);
    if (code == OK) {
        settle(job->change, job->arena, &n, "used", document, STR(""), job->now, job->actor);
    }
    return code;
}

enum error_code publish_void_number(struct publish *p, str series, int64_t number, int64_t actor, int64_t now,
                                    str reason, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct number n = { .id = 0 };
    if (reason.len == 0) {
        return error_set(err, ERROR_INVALID, "a number is made void for a reason: give one");
    }
    struct store_change *c = store_change(&a);
    enum error_code code = store_view(p->config.store, &v, err);
    if (code == OK) {
        code = find_out(v, series, number, &n, err);
        store_view_end(v);
    }
    if (code == OK) {
        settle(c, &a, &n, "void", 0, reason, now, actor);
        code = publish__audit(p, c, now, actor, "void", "document", n.id, STR("{}"), err);
    }
    code = code == OK ? publish__commit(p, c, err) : code;
    arena_release(&a);
    return code;
}

/* ---- The account ---- */

struct account {
    struct json_writer w;
    int64_t next;      /* the number that comes */
    int64_t lost, out; /* that nobody knows of; that are still out */
};

static void lose(struct account *k, int64_t before)
{
    for (; k->next < before; k->next++) {
        k->lost++;
        json_begin_object(&k->w);
        json_int_member(&k->w, "number", k->next);
        json_text_member(&k->w, "is", STR("unaccounted"));
        json_end_object(&k->w);
    }
}

/* Columns: number, document, its state, block, its state, reason, holder. */
static void write_number(struct account *k, struct store_rows *r)
{
    int64_t document = store_column_int(r, 1), block = store_column_int(r, 3);
    str state = store_column_text(r, 2), of_block = store_column_text(r, 4);
    bool is_void = str_eq(state, STR("void")) || str_eq(of_block, STR("void"));
    json_begin_object(&k->w);
    json_int_member(&k->w, "number", store_column_int(r, 0));
    json_text_member(&k->w, "is", is_void          ? STR("void")
                                  : document != 0 ? STR("document")
                                                  : STR("out"));
    if (document != 0) {
        json_int_member(&k->w, "document", document);
    }
    if (block != 0) {
        json_int_member(&k->w, "block", block);
        json_text_member(&k->w, "holder", store_column_text(r, 6));
    }
    if (is_void) {
        json_text_member(&k->w, "reason", store_column_text(r, 5));
    }
    json_end_object(&k->w);
    k->out += !is_void && document == 0;
}

static int64_t last_of(struct store_view *v, str series)
{
    struct store_value args[] = { store_text(series) };
    struct store_rows *r = store_query(v, "SELECT last FROM series WHERE name = ?", args, 1);
    int64_t last = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return last;
}

void publish_write_account(struct store_view *v, str series, struct buf *out)
{
    struct account k = { .next = 1 };
    struct store_value args[] = { store_text(series), store_text(series) };
    int64_t last = last_of(v, series);
    json_writer_init(&k.w, out, false);
    json_begin_object(&k.w);
    json_text_member(&k.w, "series", series);
    json_int_member(&k.w, "last", last);
    json_key(&k.w, STR("numbers"));
    json_begin_array(&k.w);
    struct store_rows *r = store_query(
        v, "SELECT d.number, d.id, d.state, COALESCE(b.block, 0), COALESCE(b.state, ''), d.reason, "
           "COALESCE(n.holder, '') FROM document d LEFT JOIN block_number b ON b.series = d.series AND "
           "b.number = d.number LEFT JOIN number_block n ON n.id = b.block WHERE d.series = ? "
           "UNION ALL SELECT b.number, 0, '', b.block, b.state, b.reason, n.holder FROM block_number b JOIN "
           "number_block n ON n.id = b.block WHERE b.series = ? AND b.state <> 'used' ORDER BY 1", args, 2);
    while (store_next(r)) {
        lose(&k, store_column_int(r, 0));
        write_number(&k, r);
        k.next = store_column_int(r, 0) + 1;
    }
    store_rows_end(r);
    lose(&k, last + 1);
    json_end_array(&k.w);
    json_int_member(&k.w, "out", k.out);
    json_int_member(&k.w, "unaccounted", k.lost);
    json_end_object(&k.w);
}

/* ---- Documents, for lists ---- */

#define DOCUMENT_COLUMNS                                                                                               \
    "SELECT id, number, dossier, made, issued, served, issued_by, sample, series, name, state, seal, blob, service, "  \
    "reason, sealed FROM document "

static void read_columns(struct store_rows *r, struct arena *a, struct publish_document *ret)
{
    int64_t *const numbers[] = { &ret->id, &ret->number, &ret->dossier, &ret->made, &ret->issued, &ret->served,
                                 &ret->issued_by };
    str *const texts[] = { &ret->series, &ret->name, &ret->state, &ret->seal, &ret->blob, &ret->service,
                           &ret->reason, &ret->sealed };
    for (uint32_t i = 0; i < 7; i++) {
        *numbers[i] = store_column_int(r, i);
    }
    ret->sample = store_column_int(r, 7) != 0;
    for (uint32_t i = 0; i < 8; i++) {
        *texts[i] = arena_str(a, store_column_text(r, 8 + i));
    }
}

bool publish_read_document(struct store_view *v, int64_t id, struct arena *a, struct publish_document *ret)
{
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, DOCUMENT_COLUMNS "WHERE id = ?", args, 1);
    bool there = store_next(r);
    if (there) {
        read_columns(r, a, ret);
    }
    store_rows_end(r);
    return there;
}

bool publish_find_document(struct store_view *v, str series, int64_t number, struct arena *a,
                           struct publish_document *ret)
{
    struct store_value args[] = { store_text(series), store_int(number) };
    struct store_rows *r = store_query(v, DOCUMENT_COLUMNS "WHERE series = ? AND number = ? ORDER BY id LIMIT 1", args,
                                       2);
    bool there = store_next(r);
    if (there) {
        read_columns(r, a, ret);
    }
    store_rows_end(r);
    return there;
}

static uint32_t read_all(struct store_rows *r, struct arena *a, struct publish_document *ret)
{
    uint32_t count = 0;
    while (store_next(r)) {
        read_columns(r, a, &ret[count++]);
    }
    store_rows_end(r);
    return count;
}

uint32_t publish_list_documents(struct store_view *v, int64_t dossier, int64_t before, uint32_t max, struct arena *a,
                                struct publish_document *ret)
{
    struct store_value all[] = { store_int(before), store_int(max) };
    struct store_value one[] = { store_int(dossier), store_int(before), store_int(max) };
    struct store_rows *r = dossier == 0
        ? store_query(v, DOCUMENT_COLUMNS "WHERE id < ? ORDER BY id DESC LIMIT ?", all, 2)
        : store_query(v, DOCUMENT_COLUMNS "WHERE dossier = ? AND id < ? ORDER BY id DESC LIMIT ?", one, 3);
    return read_all(r, a, ret);
}

uint32_t publish_list_unserved(struct store_view *v, int64_t office, uint32_t max, struct arena *a,
                               struct publish_document *ret)
{
    struct store_value args[] = { store_int(office), store_int(max) };
    struct store_rows *r = store_query(v, DOCUMENT_COLUMNS "WHERE served = 0 AND seal <> 'none' AND state IN "
                                                           "('drafted', 'made') AND EXISTS (SELECT 1 FROM dossier o "
                                                           "WHERE o.id = document.dossier AND o.office = ? AND "
                                                           "o.closed = 0) ORDER BY id DESC LIMIT ?", args, 2);
    return read_all(r, a, ret);
}

void publish_write_document(const struct publish_document *d, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_int_member(&w, "document", d->id);
    json_text_member(&w, "name", d->name);
    json_text_member(&w, "series", d->series);
    json_int_member(&w, "number", d->number);
    json_int_member(&w, "dossier", d->dossier);
    json_text_member(&w, "state", d->state);
    json_text_member(&w, "seal", d->seal);
    json_key(&w, STR("sample"));
    json_bool(&w, d->sample);
    work_write_instant(&w, "issued", d->issued);
    work_write_instant(&w, "served", d->served);
    if (d->service.len > 0) {
        json_key(&w, STR("service"));
        json_raw(&w, d->service);
    }
    if (d->reason.len > 0) {
        json_text_member(&w, "reason", d->reason);
    }
    json_text_member(&w, "pdf", d->blob);
    if (d->sealed.len > 0) {
        json_text_member(&w, "sealed", d->sealed);
    }
    json_end_object(&w);
}
