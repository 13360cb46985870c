/* read: an object of the manifest is read by the table of its members; see scheme_int.h.
 *
 * Members are read in the order of the table, not of the file, so that a table can have first what others need. Objects
 * in objects are as deep as tables are. A member may stand in scheme.json or in the file of its object, not in both.
 */
#include "scheme/scheme_int.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- Places and errors ---- */

uint32_t scheme__line(struct scheme__reader *r, const struct json *at)
{
    uint32_t from = r->last_at < at->at ? r->last_at : at->at, to = r->last_at < at->at ? at->at : r->last_at;
    uint32_t lines = 0;
    for (uint32_t i = from; i < to; i++) {
        lines += r->source.ptr[i] == '\n';
    }
    r->last_line = at->at >= r->last_at ? r->last_line + lines : r->last_line - lines;
    r->last_at = at->at;
    return r->last_line;
}

static uint32_t column_of(const struct scheme__reader *r, const struct json *at)
{
    uint32_t column = 1;
    for (uint32_t i = at->at; i > 0 && r->source.ptr[i - 1] != '\n'; i--) {
        column += ((unsigned char)r->source.ptr[i - 1] & 0xC0) != 0x80;
    }
    return column;
}

enum error_code scheme__refuse(struct scheme__reader *r, const struct json *at, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, lang_text(r->err != NULL ? r->err->lang : LANG_EN, format), args);
    va_end(args);
    error_set(r->err, ERROR_INVALID, "%s", text);
    if (r->path_len > 0) {
        error_detail(r->err, "in %.*s", (int)r->path_len, r->path);
    }
    error_at(r->err, r->file, scheme__line(r, at), column_of(r, at));
    return ERROR_INVALID;
}

/* The path grows by a name; the former length, which path_back takes. */
static size_t path_into(struct scheme__reader *r, str name)
{
    size_t before = r->path_len;
    int n = snprintf(r->path + before, sizeof r->path - before, "%s%.*s", before > 0 ? "." : "", STR_ARG(name));
    size_t room = sizeof r->path - 1 - before;
    r->path_len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room;
    return before;
}

static void path_back(struct scheme__reader *r, size_t before)
{
    r->path_len = before;
    r->path[before] = '\0';
}

struct scheme__place scheme__item(struct scheme__place p, uint32_t i)
{
    return (struct scheme__place){ &p.j->items[i], p.v.kind == FEEL_LIST ? p.v.items[i] : p.v.values[i] };
}

/* ---- Members ---- */

static enum error_code wrong(struct scheme__reader *r, const struct json *at, const char *name, const char *wanted)
{
    return scheme__refuse(r, at, "\"%s\" must be %s", name,
                          lang_text(r->err != NULL ? r->err->lang : LANG_EN, wanted));
}

/* What the package's words say of a text that the manifest gives in Chinese alone; or empty. */
static str in_english(struct scheme__reader *r, const struct json *at_text, str zh)
{
    struct scheme *s = r->scheme;
    uint32_t count = s->chinese_count;
    if (count == 0 || (count >= 16 && (count & (count - 1)) == 0)) { /* full: it has room for a power of two */
        uint32_t size = count == 0 ? 16 : count * 2;
        s->chinese = arena_grow(r->arena, s->chinese, count * sizeof *s->chinese, size * sizeof *s->chinese);
    }
    s->chinese[s->chinese_count++] = (struct scheme_chinese){ zh, r->file, scheme__line(r, at_text) };
    int64_t at = words_find(s->words, zh);
    return at < 0 ? STR("") : words_entry(s->words, (uint32_t)at).other;
}

static enum error_code read_text(struct scheme__reader *r, struct scheme__place p, const char *name,
                                 struct scheme_text *ret)
{
    if (p.j->kind == JSON_STRING) {
        *ret = (struct scheme_text){ p.j->text, in_english(r, p.j, p.j->text) };
        return OK;
    }
    for (uint32_t i = 0; p.j->kind == JSON_OBJECT && i < p.j->count; i++) {
        str lang = p.j->names[i];
        bool en = str_eq(lang, STR("en"));
        if ((!en && !str_eq(lang, STR("zh"))) || p.j->items[i].kind != JSON_STRING) {
            return wrong(r, &p.j->items[i], name, "a text, or {\"zh\": a text, \"en\": a text}");
        }
        *(en ? &ret->en : &ret->zh) = p.j->items[i].text;
    }
    ret->en = ret->en.len > 0 || ret->zh.len == 0 ? ret->en : in_english(r, p.j, ret->zh);
    return p.j->kind == JSON_OBJECT ? OK : wrong(r, p.j, name, "a text, or {\"zh\": a text, \"en\": a text}");
}

enum error_code scheme__read_names(struct scheme__reader *r, struct scheme__place p, const str **ret,
                                   uint32_t *ret_count)
{
    bool one = p.j->kind == JSON_STRING;
    if (!one && p.j->kind != JSON_ARRAY) {
        return scheme__refuse(r, p.j, "here must be a list of texts");
    }
    uint32_t count = one ? 1 : p.j->count;
    str *names = ARENA_ARRAY(r->arena, str, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct json *item = one ? p.j : &p.j->items[i];
        if (item->kind != JSON_STRING) {
            return scheme__refuse(r, item, "here must be a list of texts");
        }
        names[i] = item->text;
    }
    *ret = names;
    *ret_count = count;
    return OK;
}

static int place_of(const char *const *words, str word)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (str_eq(word, str_of(words[i]))) {
            return i;
        }
    }
    return -1;
}

/* One of the words, or an error that names them all. */
static enum error_code read_word(struct scheme__reader *r, const struct json *j, const struct scheme__member *m,
                                 unsigned *ret)
{
    int i = j->kind == JSON_STRING ? place_of(m->words, j->text) : -1;
    if (i >= 0) {
        *ret = (unsigned)i;
        return OK;
    }
    struct buf all = BUF_INIT(200);
    for (int k = 0; m->words[k] != NULL; k++) {
        buf_printf(&all, "%s%s", k > 0 ? ", " : "", m->words[k]);
    }
    scheme__refuse(r, j, "\"%s\" cannot be \"%.*s\"", m->name, j->kind == JSON_STRING ? (int)j->text.len : 0,
                   j->kind == JSON_STRING ? j->text.ptr : "");
    error_hint(r->err, "write one of: %.*s", STR_ARG(buf_str(&all)));
    buf_release(&all);
    return ERROR_INVALID;
}

static enum error_code read_bits(struct scheme__reader *r, struct scheme__place p, const struct scheme__member *m,
                                 unsigned *ret)
{
    unsigned bits = 0, i;
    bool one = p.j->kind == JSON_STRING;
    if (!one && p.j->kind != JSON_ARRAY) {
        return wrong(r, p.j, m->name, "a list of words");
    }
    for (uint32_t k = 0; k < (one ? 1 : p.j->count); k++) {
        if (read_word(r, one ? p.j : &p.j->items[k], m, &i) != OK) {
            return ERROR_INVALID;
        }
        bits |= 1u << i;
    }
    *ret = bits;
    return OK;
}

static enum error_code read_count(struct scheme__reader *r, struct scheme__place p, const char *name, uint32_t *ret)
{
    int64_t n;
    if (!feel_whole(p.v, &n) || n < 0 || n > UINT32_MAX) {
        return wrong(r, p.j, name, "a whole number, not negative");
    }
    *ret = (uint32_t)n;
    return OK;
}

/* ---- Maps ---- */

static bool is_plain(str name)
{
    return scheme__find_char(name, '.') == NULL && scheme__find_char(name, '#') == NULL &&
           scheme__find_char(name, '/') == NULL;
}

/* FOLDER/NAME.json: more members of the item. What scheme.json has already is refused. */
static enum error_code read_file(struct scheme__reader *r, str name, const struct scheme__object *o,
                                 const struct json *said, void *into)
{
    str path = arena_printf(r->arena, "%s/%.*s.json", o->folder, STR_ARG(name));
    const struct scheme_file *f = scheme__file(r->scheme, path);
    if (f == NULL) {
        return OK;
    }
    struct scheme__reader inner = *r;
    struct json *json = ARENA_NEW(r->arena, struct json);
    struct scheme__place p = { json, feel_null() };
    inner.file = f->name;
    inner.source = f->bytes;
    inner.last_at = 0;
    inner.last_line = 1;
    enum error_code code = json_parse(r->arena, f->bytes, json, r->err);
    code = code == OK ? feel_json_read(r->arena, f->bytes, &p.v, r->err) : code;
    if (code != OK) {
        error_at(r->err, f->name, r->err != NULL ? r->err->where.line : 0, r->err != NULL ? r->err->where.column : 0);
        return code;
    }
    for (uint32_t i = 0; json->kind == JSON_OBJECT && i < json->count; i++) {
        if (o->file == o && said->kind == JSON_OBJECT && json_member(said, json->names[i]) != NULL) {
            scheme__refuse(&inner, &json->items[i], "\"%.*s\" stands in scheme.json too", STR_ARG(json->names[i]));
            error_hint(r->err, "keep it in one of the two files");
            return ERROR_INVALID;
        }
    }
    code = scheme__read(&inner, p, o->file, into);
    return code == OK && o->file != o && o->file->finish != NULL ? o->file->finish(&inner, p, into) : code;
}

static enum error_code read_item(struct scheme__reader *r, struct scheme__place p, const struct scheme__object *o,
                                 void *into)
{
    enum error_code code = scheme__read(r, p, o, into);
    if (code == OK && o->folder != NULL) {
        code = read_file(r, r->item, o, p.j, into);
    }
    return code == OK && o->finish != NULL ? o->finish(r, p, into) : code;
}

/* The name of an item: that of the member, or, in a list, what "name" says. */
static bool name_of(struct scheme__place p, uint32_t i, str *ret)
{
    if (p.j->kind == JSON_OBJECT) {
        *ret = p.j->names[i];
        return true;
    }
    const struct json *item = &p.j->items[i], *name = item->kind == JSON_OBJECT ? json_member(item, STR("name")) : NULL;
    *ret = name != NULL && name->kind == JSON_STRING ? name->text : STR("");
    return ret->len > 0;
}

/* Name, line and defaults of an item. */
static enum error_code begin_item(struct scheme__reader *r, struct scheme__place p, uint32_t i,
                                  const struct scheme__object *o, char *item, str *ret_name)
{
    if (!name_of(p, i, ret_name)) {
        return scheme__refuse(r, &p.j->items[i], "here must be an object with a \"name\"");
    }
    str name = arena_str(r->arena, *ret_name);
    uint32_t line = scheme__line(r, &p.j->items[i]);
    if (name.len == 0 || (o->plain && !is_plain(name))) {
        return scheme__refuse(r, &p.j->items[i], "\"%.*s\" cannot be a name here: it must not be empty, nor have "
                              "a point, # or /", STR_ARG(name));
    }
    for (uint32_t k = 0; k < i && p.j->kind == JSON_ARRAY; k++) {
        str other;
        if (name_of(p, k, &other) && str_eq(other, name)) {
            return scheme__refuse(r, &p.j->items[i], "\"%.*s\" stands there twice", STR_ARG(name));
        }
    }
    if (o->initial != NULL) {
        memcpy(item, o->initial, o->size);
    }
    memcpy(item + o->name, &name, sizeof name);
    if (o->line != 0) {
        memcpy(item + o->line, &line, sizeof line);
    }
    *ret_name = name;
    return OK;
}

static const struct scheme__member *find_member(const struct scheme__object *o, str name)
{
    for (uint32_t i = 0; i < o->count; i++) {
        if (str_eq(name, str_of(o->members[i].name))) {
            return &o->members[i];
        }
    }
    return NULL;
}

/* What has no title is called by its name, which may have English too. */
static void call_by_name(struct scheme__reader *r, const struct scheme__object *o, const struct json *at, char *item)
{
    const struct scheme__member *m = find_member(o, STR("title"));
    bool texts = m != NULL && m->how == SCHEME__TEXT;
    struct scheme_text *title = texts ? (struct scheme_text *)(void *)(item + m->at) : NULL;
    if (title != NULL && title->zh.len == 0 && title->en.len == 0) {
        title->en = in_english(r, at, r->item);
    }
}

static enum error_code read_map(struct scheme__reader *r, struct scheme__place p, const struct scheme__member *m,
                                char *into)
{
    const struct scheme__object *o = m->object;
    enum error_code code = OK;
    if (p.j->kind != JSON_OBJECT && (p.j->kind != JSON_ARRAY || !o->listed)) {
        return wrong(r, p.j, m->name, "an object, in which each has a name");
    }
    char *items = arena_calloc(r->arena, p.j->count, o->size);
    for (uint32_t i = 0; i < p.j->count && code == OK; i++) {
        str outer = r->item;
        code = begin_item(r, p, i, o, items + i * o->size, &r->item);
        if (code == OK) {
            size_t before = path_into(r, r->item);
            code = read_item(r, scheme__item(p, i), o, items + i * o->size);
            call_by_name(r, o, &p.j->items[i], items + i * o->size);
            path_back(r, code == OK ? before : r->path_len);
        }
        r->item = outer;
    }
    memcpy(into + m->at, &items, sizeof items);
    memcpy(into + m->more, &p.j->count, sizeof p.j->count);
    return code;
}

/* ---- Objects ---- */

static enum error_code read_date(struct scheme__reader *r, struct scheme__place p, const struct scheme__member *m,
                                 char *into)
{
    cal_date date;
    bool ever = false;
    if (p.j->kind != JSON_STRING || !cal_parse_date(p.j->text, &date)) {
        return wrong(r, p.j, m->name, "a date such as \"2026-01-31\"");
    }
    memcpy(into + m->at, &date, sizeof date);
    memcpy(into + m->more, &ever, sizeof ever);
    return OK;
}

static enum error_code read_flag(struct scheme__reader *r, const struct json *j, const struct scheme__member *m,
                                 bool *ret)
{
    unsigned i;
    if (m->how == SCHEME__CHOICE) {
        if (read_word(r, j, m, &i) != OK) {
            return ERROR_INVALID;
        }
        *ret = i == 1;
        return OK;
    }
    if (j->kind != JSON_TRUE && j->kind != JSON_FALSE) {
        return wrong(r, j, m->name, "true or false");
    }
    *ret = j->kind == JSON_TRUE;
    return OK;
}

static enum error_code read_member(struct scheme__reader *r, struct scheme__place p, const struct scheme__member *m,
                                   char *into)
{
    void *at = into + m->at;
    switch ((enum scheme__how)m->how) {
    case SCHEME__TEXT: return read_text(r, p, m->name, at);
    case SCHEME__STRING:
        if (p.j->kind != JSON_STRING) {
            return wrong(r, p.j, m->name, "a text");
        }
        *(str *)at = p.j->text;
        return OK;
    case SCHEME__NAMES: return scheme__read_names(r, p, at, (uint32_t *)(void *)(into + m->more));
    case SCHEME__FLAG:
    case SCHEME__CHOICE: return read_flag(r, p.j, m, at);
    case SCHEME__COUNT: return read_count(r, p, m->name, at);
    case SCHEME__DATE: return read_date(r, p, m, into);
    case SCHEME__WORD: return read_word(r, p.j, m, at);
    case SCHEME__BITS: return read_bits(r, p, m, at);
    case SCHEME__VALUE: *(feel_value *)at = p.v; return OK;
    case SCHEME__MAP: return read_map(r, p, m, into);
    case SCHEME__INTO: return scheme__read(r, p, m->object, into);
    case SCHEME__OWN: return m->own(r, p, into);
    }
    return OK;
}

/* The first member that the table does not know is an error which names those that it knows. */
static enum error_code refuse_unknown(struct scheme__reader *r, const struct json *j, const struct scheme__object *o)
{
    for (uint32_t i = 0; i < j->count; i++) {
        bool name = o->listed && str_eq(j->names[i], STR("name"));
        if (!name && find_member(o, j->names[i]) == NULL) {
            struct buf all = BUF_INIT(220);
            for (uint32_t k = 0; k < o->count; k++) {
                buf_printf(&all, "%s%s", k > 0 ? ", " : "", o->members[k].name);
            }
            scheme__refuse(r, &j->items[i], "nothing is called \"%.*s\" here", STR_ARG(j->names[i]));
            error_hint(r->err, "known are: %.*s", STR_ARG(buf_str(&all)));
            buf_release(&all);
            return ERROR_INVALID;
        }
    }
    return OK;
}

static int64_t json_place(const struct json *j, const char *name)
{
    for (uint32_t i = 0; i < j->count; i++) {
        if (str_eq(j->names[i], str_of(name))) {
            return i;
        }
    }
    return -1;
}

enum error_code scheme__read(struct scheme__reader *r, struct scheme__place p, const struct scheme__object *o,
                             void *into)
{
    if (p.j->kind == JSON_STRING && o->brief != NULL) {
        return read_member(r, p, find_member(o, str_of(o->brief)), into);
    }
    if (p.j->kind != JSON_OBJECT) {
        return scheme__refuse(r, p.j, "here must be an object {…}");
    }
    enum error_code code = refuse_unknown(r, p.j, o);
    for (uint32_t i = 0; i < o->count && code == OK; i++) {
        int64_t at = json_place(p.j, o->members[i].name);
        if (at >= 0) {
            bool named = o->members[i].how == SCHEME__MAP || o->members[i].how == SCHEME__INTO;
            size_t before = named ? path_into(r, str_of(o->members[i].name)) : r->path_len;
            code = read_member(r, scheme__item(p, (uint32_t)at), &o->members[i], into);
            if (code == OK) {
                path_back(r, before);
            }
        }
    }
    return code;
}
