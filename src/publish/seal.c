/* seal: the hook. A document with "seal": "hook" whose PDF is made is handed to the program that the office has named
 * (docs/publish.md, "Seals"): the PDF as its standard input; id, series, number, SHA-256 as its arguments. What comes
 * back is kept as a blob, and then the seal is recorded as if somebody had: the document is issued, and the clocks of
 * its dossier, where it has one, hear it. The document names the sealed file before that, so that no crash in between
 * has it sealed twice.
 *
 * What the program could not do is tried again; what it refuses, or cannot do PUBLISH_SEAL_TRIES times, is an
 * incident: the document says why, the manager of the office is told, and `gongshi document seal N --hook yes` begins
 * anew. */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "helper/run.h"
#include "record/file.h"

#include <stdio.h>

enum { TEXT = 24 };

static enum error_code read_blob(struct publish *p, str hash, struct buf *out, struct error *err)
{
    char name[STORE_HASH + 1] = "", piece[65536];
    uint64_t at = 0;
    size_t n = 1;
    enum error_code code = OK;
    memcpy(name, hash.ptr, hash.len < STORE_HASH ? hash.len : STORE_HASH);
    while (code == OK && n > 0) {
        code = store_blob_read(p->config.store, name, at, piece, sizeof piece, &n, err);
        if (code == OK) {
            buf_add(out, (str){ piece, n });
            at += n;
        }
    }
    return code == OK && out->overflow ? error_set(err, ERROR_LIMIT, "the document is too large") : code;
}

static enum error_code run_sealer(struct publish *p, struct arena *a, const struct publish_document *d, str pdf,
                                  struct buf *sealed, struct error *err)
{
    char id[TEXT], number[TEXT];
    snprintf(id, sizeof id, "%lld", (long long)d->id);
    snprintf(number, sizeof number, "%lld", (long long)d->number);
    const char *arguments[] = { id, arena_str(a, d->series).ptr, number, arena_str(a, d->blob).ptr };
    const struct helper_run run = { .program = p->config.sealer, .arguments = arguments, .argument_count = 4,
                                    .input = pdf, .deadline_ms = p->config.sealer_ms };
    enum error_code code = helper_run(&run, sealed, err);
    return code == OK && sealed->len == 0 ? error_set(err, ERROR_INVALID, "the sealer has given nothing back") : code;
}

/* A change of the document as it was read; whoever was faster makes it stale, and all is looked at anew. */
static enum error_code write_document(struct publish *p, struct arena *a, int64_t id, int64_t version, int column,
                                      str text, struct error *err)
{
    struct store_change *c = store_change(a);
    struct store_value *row = publish__row(a, DOCUMENT__COLUMNS, id, version);
    row[column] = store_text(text);
    if (column == DOCUMENT__SEALED) {
        row[DOCUMENT__REASON] = store_text(STR(""));
        record_file_keep(c, text, STR(""));
    }
    store_update(c, STORE_TABLE_document, row);
    return publish__commit(p, c, err);
}

static enum error_code have_sealed(struct publish *p, struct arena *a, const struct publish_document *d,
                                   int64_t version, struct error *err)
{
    char hash[STORE_HASH + 1] = "";
    struct buf pdf = BUF_INIT(LIMIT_HELPER_REPLY), sealed = BUF_INIT(LIMIT_HELPER_REPLY);
    enum error_code code = read_blob(p, d->blob, &pdf, err);
    code = code == OK ? run_sealer(p, a, d, buf_str(&pdf), &sealed, err) : code;
    code = code == OK ? store_blob_put(p->config.store, buf_str(&sealed), hash, err) : code;
    code = code == OK ? write_document(p, a, d->id, version, DOCUMENT__SEALED, str_of(hash), err) : code;
    buf_release(&pdf);
    buf_release(&sealed);
    return code;
}

/* ---- What became of it ---- */

/* The document says why, and the manager is told; `over`: nothing is tried any more. */
static bool note_trouble(struct publish *p, const struct publish_document *d, int64_t version,
                         const struct store_item *item, const struct error *why, bool over)
{
    struct arena a = ARENA_INIT;
    struct store_change *c = store_change(&a);
    struct store_value *row = publish__row(&a, DOCUMENT__COLUMNS, d->id, version), key[] = { store_int(item->id) };
    str text = arena_printf(&a, "%s%s%s", why->message, why->detail[0] != '\0' ? ": " : "", why->detail);
    row[DOCUMENT__REASON] = store_text(text);
    store_update(c, STORE_TABLE_document, row);
    bool fine = true;
    if (over) {
        fine = publish__tell_manager(p, c, &a, d, "seal",
                                     arena_printf(&a, "%.*s: %.*s", STR_ARG(d->name), STR_ARG(text)));
        store_delete(c, STORE_TABLE_queue, key, item->version);
    }
    fine = fine && store_commit(p->config.store, c, STORE_BULK).outcome == STORE_DONE;
    arena_release(&a);
    return fine && over;
}

static bool drop(struct publish *p, struct arena *a, const struct store_item *item, struct error *err)
{
    struct store_change *c = store_change(a);
    struct store_value key[] = { store_int(item->id) };
    store_delete(c, STORE_TABLE_queue, key, item->version);
    return publish__commit(p, c, err) == OK;
}

static bool version_of(struct store_view *v, int64_t id, int64_t *ret)
{
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, "SELECT version FROM document WHERE id = ?", args, 1);
    bool there = store_next(r);
    *ret = there ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return there;
}

static bool read_item(struct publish *p, const struct store_item *item, struct arena *a, struct publish_document *ret,
                      int64_t *ret_version, bool *ret_there, struct error *err)
{
    struct store_view *v;
    int64_t id = 0;
    dec n;
    if (!dec_parse(item->body, &n) || !dec_to_int(n, &id) || store_view(p->config.store, &v, err) != OK) {
        return false;
    }
    *ret_there = publish_read_document(v, id, a, ret) && version_of(v, id, ret_version);
    bool fine = store_view_error(v, err) == OK;
    store_view_end(v);
    return fine;
}

bool publish__seal_by_hook(void *context, const struct store_item *item, struct error *err)
{
    struct publish *p = context;
    struct arena a = ARENA_INIT;
    struct publish_document d;
    int64_t version = 0;
    bool there = false, done = false;
    if (read_item(p, item, &a, &d, &version, &there, err)) {
        bool wanted = there && str_eq(d.state, STR("made")) && str_eq(d.seal, STR("hook")) && d.issued == 0;
        enum error_code code = wanted && d.sealed.len == 0 ? have_sealed(p, &a, &d, version, err) : OK;
        if (wanted && code == OK) {
            const struct work_request rq = { .act = WORK_SEAL, .paper = d.id };
            code = publish_change_paper(p, &rq, work_now(p->config.work), err);
        }
        bool over = code != ERROR_IO || item->tries >= LIMIT_PUBLISH_SEAL_TRIES;
        if (code == OK) {
            done = drop(p, &a, item, err);
        } else if (read_item(p, item, &a, &d, &version, &there, NULL) && there) {
            done = note_trouble(p, &d, version, item, err, over);
        }
    }
    arena_release(&a);
    return done;
}

/* ---- Asking for it ---- */

bool publish__queue_seal(struct publish *p, struct store_change *c, struct arena *a, int64_t document, int64_t now)
{
    int64_t item = store_id(p->config.store, NULL);
    if (item != 0) {
        struct store_value queue[] = { store_int(item), store_int(1), store_text(STR("seal")), store_int(now),
                                       store_int(0), store_text(STR("")), store_int(0), store_int(0), store_int(0),
                                       store_text(arena_printf(a, "%lld", (long long)document)) };
        store_insert(c, STORE_TABLE_queue, queue);
    }
    return item != 0;
}

enum error_code publish_seal_again(struct publish *p, int64_t id, int64_t actor, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct publish_document d;
    enum error_code code = store_view(p->config.store, &v, err);
    if (code != OK) {
        return code;
    }
    bool there = publish_read_document(v, id, &a, &d);
    store_view_end(v);
    if (!there || !str_eq(d.seal, STR("hook")) || !str_eq(d.state, STR("made")) || d.issued != 0) {
        code = error_set(err, ERROR_INVALID, "the document %lld does not wait for a seal of the hook", (long long)id);
    } else if (p->config.sealer == NULL) {
        code = error_set(err, ERROR_INVALID, "no program is named that seals");
        error_hint(err, "start the server with --sealer PROGRAM, or record the seal by hand");
    }
    struct store_change *c = store_change(&a);
    if (code == OK && !publish__queue_seal(p, c, &a, id, now)) {
        code = ERROR_IO;
    }
    code = code == OK ? publish__audit(p, c, now, actor, "seal", "document", id, STR("{\"hook\":true}"), err) : code;
    code = code == OK ? publish__commit(p, c, err) : code;
    arena_release(&a);
    return code;
}

bool publish__tell_manager(struct publish *p, struct store_change *c, struct arena *a,
                           const struct publish_document *d, const char *name, str text)
{
    struct store_view *v;
    struct buf what = BUF_INIT(4096);
    struct json_writer w;
    int64_t id = store_id(p->config.store, NULL);
    if (id == 0 || store_view(p->config.store, &v, NULL) != OK) {
        return false;
    }
    int64_t office = publish_office_of(v, d);
    store_view_end(v);
    json_writer_init(&w, &what, false);
    json_begin_object(&w);
    json_text_member(&w, name, text);
    json_end_object(&w);
    struct store_value row[] = { store_int(id), store_int(work_now(p->config.work)), store_int(office),
                                 store_text(STR("manager")), store_int(d->dossier),
                                 store_text(arena_str(a, buf_str(&what))), store_int(0), store_text(STR("")) };
    store_insert(c, STORE_TABLE_tell, row);
    buf_release(&what);
    return true;
}
