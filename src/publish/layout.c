/* layout: what gongshi-paper is asked for a document (docs/paper.md), made of the layout documents/NAME.json of the
 * package, or of the list of its fields. In a layout each text that begins with = is FEEL over
 *
 *   data     what the step gave; number  the number as it is printed; date  the day, 2026年7月1日
 *   office   {code, name}; dossier, subject, document; qr  where the paper is proven; clocks  as they stood then
 *   labels   what the fields of the forms are called, by their patterns
 *
 * In place of a block may stand FEEL that gives none (null), one or a list of them. Two kinds of blocks are known here
 * alone: a form with its answers, and a picture that is a blob of the store.
 */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "text/base64.h"

/* ---- What expressions see ---- */

/* The number as it stands on the paper: the pattern with its year and number, or series and number. What has none yet
 * has a gap there. */
static str numbered(const struct publish__making *m)
{
    str pattern = feel_text_member(m->content, "number");
    if (pattern.len == 0 && m->number != 0) {
        return arena_printf(m->a, "%.*s 第%lld号", STR_ARG(m->series), (long long)m->number);
    }
    return scheme_number(m->a, pattern, publish__year(m->at), m->number);
}

/* Is the name among the first `count`? */
static bool is_among(const str *names, uint32_t count, str name)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(names[i], name)) {
            return true;
        }
    }
    return false;
}

/* What the fields of the package's forms are called, by their patterns: "staff", "contracts[].signed". Where two forms
 * have one field, the first that names it. */
static feel_value labels_of(const struct publish__making *m)
{
    uint32_t size = 0, count = 0;
    for (uint32_t i = 0; m->scheme != NULL && i < m->scheme->form_count; i++) {
        size += form_count(m->scheme->forms[i]);
    }
    str *names = ARENA_ARRAY(m->a, str, size);
    feel_value *values = ARENA_ARRAY(m->a, feel_value, size);
    for (uint32_t i = 0; m->scheme != NULL && i < m->scheme->form_count; i++) {
        const struct form_component *c;
        for (uint32_t k = 0; (c = form_field(m->scheme->forms[i], k)) != NULL; k++) {
            if (c->label.len > 0 && c->pattern.len > 0 && !is_among(names, count, c->pattern)) {
                names[count] = c->pattern;
                values[count++] = feel_string(c->label);
            }
        }
    }
    return feel_context(feel_shape_new(m->a, names, count), values);
}

static feel_value names_of(struct publish__making *m)
{
    enum { COUNT = 11 };
    str names[COUNT] = { STR("data"), STR("number"), STR("date"), STR("office"), STR("dossier"), STR("subject"),
                         STR("document"), STR("qr"), STR("clocks"), STR("labels"), STR("link") };
    feel_value *v = ARENA_ARRAY(m->a, feel_value, COUNT), c = m->content;
    cal_date day = publish__day(m->at);
    v[0] = feel_member(c, "data");
    v[1] = feel_string(numbered(m));
    v[2] = feel_string(arena_printf(m->a, "%d年%d月%d日", day.year, day.month, day.day));
    v[3] = feel_member(c, "office");
    v[4] = feel_member(c, "dossier");
    v[5] = feel_member(c, "subject");
    v[6] = feel_member(c, "document");
    v[7] = feel_member(c, "qr");
    v[8] = feel_member(c, "clocks");
    v[9] = labels_of(m);
    v[10] = feel_member(c, "link");
    return feel_context(feel_shape_new(m->a, names, COUNT), v);
}

static enum error_code compute(struct publish__making *m, str source, feel_value *ret)
{
    const struct feel_program *program;
    enum error_code code = feel_compile(m->a, feel_scope_of_context(m->a, m->names), source, &program, m->err);
    if (code == OK) {
        *ret = feel_copy(m->a, feel_run(m->ev, program, m->names.values));
        code = feel_eval_limit(m->ev, m->err);
        feel_eval_reset(m->ev);
    }
    return code;
}

/* ---- The request ---- */

static void write_text(struct publish__making *m, struct json_writer *w, feel_value v)
{
    if (v.kind == FEEL_NUMBER) {
        json_raw(w, publish_shown(m->a, v));
    } else if (v.kind == FEEL_NULL) {
        json_string(w, STR("—"));
    } else if (v.kind == FEEL_BOOLEAN) {
        json_string(w, v.boolean ? STR("是") : STR("否"));
    } else {
        json_string(w, publish_shown(m->a, v));
    }
}

/* A value of the layout: expressions are computed, lists and contexts gone through, all else is a text. */
static enum error_code write_value(struct publish__making *m, struct json_writer *w, feel_value v, bool computed,
                                   int depth)
{
    enum error_code code = OK;
    if (v.kind == FEEL_STRING && !computed && v.count > 0 && v.text[0] == '=') {
        code = compute(m, str_slice(feel_str(v), 1, v.count), &v);
        return code == OK ? write_value(m, w, v, true, depth) : code;
    }
    if (v.kind == FEEL_BOOLEAN && !computed) {
        json_bool(w, v.boolean);
        return OK;
    }
    if (depth == 0 || (v.kind != FEEL_LIST && v.kind != FEEL_CONTEXT)) {
        write_text(m, w, v);
        return OK;
    }
    if (v.kind == FEEL_LIST) {
        json_begin_array(w);
    } else {
        json_begin_object(w);
    }
    for (uint32_t i = 0; i < v.count && code == OK; i++) {
        if (v.kind == FEEL_CONTEXT) {
            json_key(w, v.shape->names[i]);
        }
        code = write_value(m, w, v.kind == FEEL_LIST ? v.items[i] : v.values[i], computed, depth - 1);
    }
    if (v.kind == FEEL_LIST) {
        json_end_array(w);
    } else {
        json_end_object(w);
    }
    return code;
}

static void write_block(struct json_writer *w, const char *type, const char *name, str text, const char *second,
                        str more)
{
    json_begin_object(w);
    json_text_member(w, "type", str_of(type));
    json_key(w, str_of(name));
    json_string(w, text);
    if (more.len > 0) {
        json_key(w, str_of(second));
        json_string(w, more);
    }
    json_end_object(w);
}

static void write_entry(struct publish__making *m, struct json_writer *w, feel_value fields, bool head)
{
    json_begin_array(w);
    for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count; i++) {
        if (head) {
            json_begin_object(w);
            json_text_member(w, "title", publish_label(fields.items[i]));
            json_end_object(w);
        } else {
            write_text(m, w, feel_member(fields.items[i], "value"));
        }
    }
    json_end_array(w);
}

/* The entries of a list, a row each. */
static void write_entries(struct publish__making *m, struct json_writer *w, feel_value entries)
{
    if (entries.kind != FEEL_LIST || entries.count == 0) {
        return;
    }
    json_begin_object(w);
    json_text_member(w, "type", STR("table"));
    json_key(w, STR("columns"));
    write_entry(m, w, entries.items[0], true);
    json_key(w, STR("rows"));
    json_begin_array(w);
    for (uint32_t i = 0; i < entries.count; i++) {
        write_entry(m, w, entries.items[i], false);
    }
    json_end_array(w);
    json_end_object(w);
}

static void write_list(struct publish__making *m, struct json_writer *w)
{
    feel_value fields = feel_member(m->content, "fields");
    write_block(w, "title", "text", feel_text_member(m->content, "title"), "", STR(""));
    write_block(w, "paragraph", "text", feel_text_member(m->names, "number"), "align", STR("right"));
    for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count; i++) {
        json_begin_object(w);
        json_text_member(w, "type", STR("field"));
        json_text_member(w, "label", publish_label(fields.items[i]));
        json_key(w, STR("value"));
        write_text(m, w, feel_member(fields.items[i], "value"));
        json_end_object(w);
    }
    write_entries(m, w, feel_member(m->content, "entries"));
    write_block(w, "qr", "text", feel_text_member(m->content, "qr"), "caption", STR("扫码核验"));
}

/* {"type":"form","form":"declare","values":"=data.declared"}: the form with its answers, as blocks. */
static enum error_code write_form(struct publish__making *m, struct json_writer *w, feel_value block)
{
    feel_value values = feel_member(block, "values"), with = feel_member(block, "with");
    str id = feel_text_member(block, "form"), source = feel_text_member(block, "values"),
        other = feel_text_member(block, "with");
    const struct form *f = m->scheme == NULL ? NULL : scheme_form(m->scheme, id);
    enum error_code code = OK;
    if (f == NULL) {
        return error_set(m->err, ERROR_MISSING, "the package has no form \"%.*s\"", STR_ARG(id));
    }
    if (str_starts_with(source, STR("="))) {
        code = compute(m, str_slice(source, 1, source.len), &values);
    }
    if (code == OK && str_starts_with(other, STR("="))) {
        code = compute(m, str_slice(other, 1, other.len), &with);
    }
    return code == OK ? publish_write_form(f, m->ev, values, with, m->a, w, m->err) : code;
}

static enum error_code read_picture(struct publish__making *m, str hash, struct buf *out)
{
    char name[STORE_HASH + 1] = "", chunk[1 << 14];
    memcpy(name, hash.ptr, hash.len == STORE_HASH ? STORE_HASH : 0);
    size_t n = 1;
    enum error_code code = OK;
    for (uint64_t at = 0; code == OK && n > 0 && !out->overflow; at += n) {
        code = store_blob_read(m->store, name, at, chunk, sizeof chunk, &n, m->err);
        buf_add(out, (str){ chunk, code == OK ? n : 0 });
    }
    if (code == OK && out->overflow) {
        code = error_set(m->err, ERROR_LIMIT, "the document is too large");
        error_detail(m->err, "limit %s = %d", "PAPER_IMAGE", LIMIT_PAPER_IMAGE);
    }
    return code;
}

/* A picture is named by the hash of its blob. */
static enum error_code write_image(struct publish__making *m, struct json_writer *w, feel_value block)
{
    struct buf bytes = BUF_INIT(LIMIT_PAPER_IMAGE), text = BUF_INIT(LIMIT_HELPER_REQUEST);
    feel_value hash = feel_member(block, "blob");
    str source = feel_text_member(block, "blob");
    enum error_code code = OK;
    if (str_starts_with(source, STR("="))) {
        code = compute(m, str_slice(source, 1, source.len), &hash);
    }
    if (code == OK) {
        code = read_picture(m, hash.kind == FEEL_STRING ? feel_str(hash) : STR(""), &bytes);
    }
    json_begin_object(w);
    for (uint32_t i = 0; i < block.count && code == OK; i++) {
        if (!str_eq(block.shape->names[i], STR("blob"))) {
            json_key(w, block.shape->names[i]);
            code = write_value(m, w, block.values[i], false, LIMIT_JSON_DEPTH);
        }
    }
    base64_write(buf_str(&bytes), &text);
    json_text_member(w, "data", buf_str(&text));
    json_end_object(w);
    buf_release(&bytes);
    buf_release(&text);
    return code;
}

/* A block of the layout, or what FEEL gives in its place: nothing, a block, or a list of blocks. */
static enum error_code write_one(struct publish__making *m, struct json_writer *w, feel_value v, bool computed,
                                 int depth)
{
    enum error_code code = OK;
    str type = feel_text_member(v, "type");
    if (v.kind == FEEL_STRING && !computed && v.count > 0 && v.text[0] == '=') {
        code = compute(m, str_slice(feel_str(v), 1, v.count), &v);
        return code == OK ? write_one(m, w, v, true, depth) : code;
    }
    if (v.kind == FEEL_LIST && depth > 0) {
        for (uint32_t i = 0; i < v.count && code == OK; i++) {
            code = write_one(m, w, v.items[i], computed, depth - 1);
        }
        return code;
    }
    if (v.kind == FEEL_NULL) {
        return OK;
    }
    if (str_eq(type, STR("form"))) {
        return write_form(m, w, v);
    }
    if (str_eq(type, STR("image")) && feel_member(v, "blob").kind != FEEL_NULL) {
        return write_image(m, w, v);
    }
    return write_value(m, w, v, computed, LIMIT_JSON_DEPTH);
}

/* The blocks of one document. */
static enum error_code write_blocks(struct publish__making *m, feel_value layout, struct json_writer *w)
{
    enum error_code code = OK;
    feel_value blocks = feel_member(layout, "blocks");
    if (feel_is_true(feel_member(m->content, "sample"))) {
        write_block(w, "paragraph", "text", STR("示例　不作为文书使用"), "align", STR("center"));
    }
    if (layout.kind != FEEL_CONTEXT) {
        write_list(m, w);
    }
    for (uint32_t i = 0; blocks.kind == FEEL_LIST && i < blocks.count && code == OK; i++) {
        code = write_one(m, w, blocks.items[i], false, 2);
    }
    return code;
}

static feel_value layout_of(struct publish__making *m)
{
    const struct scheme_document *d = m->scheme == NULL
                                          ? NULL
                                          : scheme_document(m->scheme, feel_text_member(m->content, "document"));
    bool listed = feel_member(m->content, "fields").kind == FEEL_LIST;
    return d == NULL || listed ? feel_null() : d->layout;
}

static str member_or(feel_value v, const char *name, str otherwise)
{
    str text = feel_text_member(v, name);
    return text.len > 0 ? text : otherwise;
}

static enum error_code write_head(struct publish__making *m, feel_value layout, struct json_writer *w)
{
    feel_value header = feel_member(layout, "header");
    str source = feel_text_member(layout, "header");
    enum error_code code = OK;
    if (str_starts_with(source, STR("="))) {
        code = compute(m, str_slice(source, 1, source.len), &header);
    }
    cal_datetime t;
    struct buf created = BUF_INIT(64);
    bool numbered = feel_text_member(m->content, "number").len > 0, draft = m->number == 0;
    if (cal_datetime_from_utc(m->at / 1000000, 0, 8 * 3600, &t)) {
        cal_print_datetime(t, &created);
    }
    json_text_member(w, "title", member_or(layout, "title", feel_text_member(m->content, "title")));
    json_text_member(w, "created", buf_str(&created));
    json_text_member(w, "language", member_or(layout, "language", STR("zh")));
    json_text_member(w, "page", member_or(layout, "page", member_or(m->content, "page", STR("A4"))));
    json_text_member(w, "style", member_or(layout, "style", STR("plain")));
    json_text_member(w, "header", code == OK ? publish_shown(m->a, header) : STR(""));
    json_text_member(w, "footer", draft ? STR("") : feel_text_member(m->names, "number"));
    json_text_member(w, "mark", draft && numbered ? STR("预览") : STR(""));
    buf_release(&created);
    return code;
}

enum error_code publish__begin_request(struct publish__making *m, struct json_writer *w)
{
    m->names = names_of(m);
    json_begin_object(w);
    enum error_code code = write_head(m, layout_of(m), w);
    json_key(w, STR("blocks"));
    json_begin_array(w);
    return code;
}

enum error_code publish__add_blocks(struct publish__making *m, bool first, struct json_writer *w)
{
    m->names = names_of(m);
    if (!first) {
        json_begin_object(w);
        json_text_member(w, "type", STR("break"));
        json_end_object(w);
    }
    return write_blocks(m, layout_of(m), w);
}

enum error_code publish__end_request(struct publish__making *m, struct json_writer *w)
{
    json_end_array(w);
    json_end_object(w);
    return w->out->overflow ? error_set(m->err, ERROR_LIMIT, "the document is too large") : OK;
}

enum error_code publish__request(struct publish__making *m, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    enum error_code code = publish__begin_request(m, &w);
    code = code == OK ? publish__add_blocks(m, true, &w) : code;
    enum error_code end = publish__end_request(m, &w);
    return code == OK ? end : code;
}
