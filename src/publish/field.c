/* field: what a white list shows. Names are looked for in the row that is published, then among the variables; a path
 * through a party or a reference reads the row that it names. What is personal or sealed is refused, whatever list
 * names it. */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "record/party.h"
#include "scheme/fact.h"
#include "text/utf8.h"

feel_value publish__path(feel_value variables, str path)
{
    feel_value v = variables;
    size_t from = 0;
    for (size_t i = 0; i <= path.len; i++) {
        if (i == path.len || path.ptr[i] == '.') {
            feel_value next = feel_null();
            feel_context_get(v, str_slice(path, from, i), &next);
            v = next;
            from = i + 1;
        }
    }
    return v;
}

int32_t publish__year(int64_t micros)
{
    return publish__day(micros).year;
}

cal_date publish__day(int64_t micros)
{
    cal_datetime t;
    return cal_datetime_from_utc(micros / 1000000, 0, 8 * 3600, &t) ? (cal_date){ t.year, t.month, t.day }
                                                                    : (cal_date){ 0 };
}

/* ---- Expressions ---- */

static feel_value empty(struct arena *a)
{
    return feel_context(feel_shape_new(a, NULL, 0), NULL);
}

/* The parameters of the scheme that the source mentions. */
static enum error_code parameters(const struct work_job *job, str source, feel_value *ret, struct error *err)
{
    const struct scheme *s = job->scheme;
    str *names = ARENA_ARRAY(job->arena, str, s->parameter_count);
    feel_value *values = ARENA_ARRAY(job->arena, feel_value, s->parameter_count);
    uint32_t count = 0;
    enum error_code code = OK;
    for (uint32_t i = 0; i < s->parameter_count && code == OK; i++) {
        str name = s->parameters[i].name;
        if (memmem(source.ptr, source.len, name.ptr, name.len) != NULL) {
            names[count] = name;
            code = record_parameter(job->record, job->view, s, &s->parameters[i], publish__day(job->now), job->arena,
                                    &values[count++], err);
        }
    }
    *ret = feel_context(feel_shape_new(job->arena, names, count), values);
    return code;
}

enum error_code publish__evaluate(const struct work_job *job, str source, feel_value more, feel_value *ret,
                                  struct error *err)
{
    const struct feel_program *program;
    feel_value all = job->variables.kind == FEEL_CONTEXT ? job->variables : empty(job->arena), bound;
    enum error_code code = parameters(job, source, &bound, err);
    if (code != OK) {
        return code;
    }
    all = more.kind == FEEL_CONTEXT ? scheme_merged(job->arena, all, more) : all;
    all = scheme_merged(job->arena, all, bound);
    code = feel_compile(job->arena, feel_scope_of_context(job->arena, all), source, &program, err);
    if (code == OK) {
        *ret = feel_copy(job->arena, feel_run(job->ev, program, all.values));
        code = feel_eval_limit(job->ev, err);
    }
    return code;
}

/* ---- Masks ---- */

static size_t letter_at(str text, size_t at)
{
    size_t n = 1;
    while (at + n < text.len && ((unsigned char)text.ptr[at + n] & 0xC0) == 0x80) {
        n++;
    }
    return n;
}

/* A family name of two characters is kept whole. */
static size_t family_name(str text)
{
    static const char *const doubles[] = { "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容",
                                           "令狐", "夏侯", "司徒", "端木", "长孙", "宇文", "百里", "南宫", "西门" };
    for (size_t i = 0; i < sizeof doubles / sizeof doubles[0]; i++) {
        if (str_starts_with(text, str_of(doubles[i])) && text.len > strlen(doubles[i])) {
            return strlen(doubles[i]);
        }
    }
    return letter_at(text, 0);
}

/* The first three and the last four stay; of a short text nothing does. */
static str middle(struct arena *a, str text)
{
    enum { HEAD = 3, TAIL = 4 };
    struct buf out = BUF_INIT(LIMIT_FEEL_STRING);
    size_t count = 0, number = 0;
    for (size_t i = 0; i < text.len; i += letter_at(text, i)) {
        count++;
    }
    for (size_t i = 0; i < text.len; i += letter_at(text, i), number++) {
        bool stays = count > HEAD + TAIL && (number < HEAD || number + TAIL >= count);
        buf_add(&out, stays ? str_slice(text, i, i + letter_at(text, i)) : STR("*"));
    }
    str ret = arena_str(a, buf_str(&out));
    buf_release(&out);
    return ret;
}

enum error_code publish__mask(struct arena *a, str how, str text, str *ret, struct error *err)
{
    *ret = text;
    if (how.len == 0 || text.len == 0) {
        return OK;
    }
    if (str_eq(how, STR("name"))) {
        *ret = arena_printf(a, "%.*s某", STR_ARG(str_slice(text, 0, family_name(text))));
        return OK;
    }
    if (str_eq(how, STR("middle"))) {
        *ret = middle(a, text);
        return OK;
    }
    if (str_eq(how, STR("digits"))) {
        char *copy = (char *)arena_calloc(a, text.len + 1, 1);
        for (size_t i = 0; i < text.len; i++) {
            copy[i] = text.ptr[i] >= '0' && text.ptr[i] <= '9' ? '*' : text.ptr[i];
        }
        *ret = (str){ copy, text.len };
        return OK;
    }
    error_set(err, ERROR_INVALID, "there is no mask \"%.*s\"", STR_ARG(how));
    error_hint(err, "a mask is name, middle or digits");
    return ERROR_INVALID;
}

/* ---- Looking up ---- */

/* Where a path has come to. */
struct place {
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;  /* whose row `v` is, or NULL */
    const struct scheme_field *field;    /* that `v` is the value of, or NULL */
    feel_value v;
};

static enum error_code refused(struct error *err, str path, const char *why)
{
    enum lang lang = err == NULL ? LANG_EN : err->lang;
    error_set(err, ERROR_INVALID, "the field \"%.*s\" cannot be published", STR_ARG(path));
    error_detail(err, "%s", lang_text(lang, why));
    error_hint(err, "take it off the list in scheme.json");
    return ERROR_INVALID;
}

enum error_code publish__check_class(const struct publish__source *from, const struct scheme_field *f, str path,
                                     struct error *err)
{
    if (f == NULL || !from->checked) {
        return OK;
    }
    if (f->class == SCHEME_SEALED || f->class == SCHEME_PERSONAL) {
        return refused(err, path, "it is personal");
    }
    return from->is_public && f->class == SCHEME_INTERNAL ? refused(err, path, "it is internal") : OK;
}

static enum error_code enter_party(const struct publish__source *from, struct place *p, struct error *err)
{
    const struct work_job *job = from->job;
    struct record_row row;
    enum error_code code = record_ledger(job->record, job->view, NULL, STR("core.parties"), &p->scheme, &p->ledger,
                                         NULL, err);
    code = code == OK ? party_read(job->record, job->view, job->arena, feel_str(p->v), &row, err) : code;
    if (code == OK) {
        p->v = record_context(job->arena, p->ledger, &row);
    }
    return code;
}

static enum error_code enter_row(const struct publish__source *from, struct place *p, struct error *err)
{
    const struct work_job *job = from->job;
    const struct record_row *rows;
    uint32_t count;
    int64_t number = 0;
    str ledger = p->field->of;
    enum error_code code = record_ledger(job->record, job->view, p->scheme, ledger, &p->scheme, &p->ledger, NULL, err);
    if (code == OK && !feel_typed_whole(p->v, &number)) {
        p->v = feel_null();
        return OK;
    }
    code = code == OK ? record_history(job->view, job->arena, p->ledger, number, &rows, &count, err) : code;
    if (code == OK) {
        p->v = count == 0 ? feel_null() : record_context(job->arena, p->ledger, &rows[count - 1]);
    }
    return code;
}

/* From a value that names a row to that row: a reference, a party, or a text outside of ledgers, which can only be the
 * handle of a party. */
static enum error_code follow(const struct publish__source *from, struct place *p, struct error *err)
{
    if (p->v.kind == FEEL_CONTEXT || p->v.kind == FEEL_NULL) {
        return OK;
    }
    enum scheme_field_type type = p->field != NULL ? p->field->type : SCHEME_PARTY;
    if (type == SCHEME_REF) {
        return enter_row(from, p, err);
    }
    if (type == SCHEME_PARTY && p->v.kind == FEEL_STRING) {
        return enter_party(from, p, err);
    }
    p->v = feel_null();
    return OK;
}

static enum error_code member(const struct publish__source *from, struct place *p, str name, str path,
                              struct error *err)
{
    feel_value next = feel_null();
    int32_t at = p->ledger == NULL ? -1 : scheme_field(p->ledger, name);
    feel_context_get(p->v, name, &next);
    p->field = at < 0 ? NULL : &p->ledger->fields[at];
    p->v = next;
    if (at < 0) {
        p->ledger = NULL;
    }
    return publish__check_class(from, p->field, path, err);
}

/* The value of a path: its first name in the row or among the variables, the others inside. */
static enum error_code look_up(const struct publish__source *from, str path, struct place *p, struct error *err)
{
    enum error_code code = OK;
    bool first = true;
    *p = (struct place){ from->job->scheme, from->ledger, NULL, from->row };
    for (size_t i = 0, start = 0; i <= path.len && code == OK; i++) {
        if (i < path.len && path.ptr[i] != '.') {
            continue;
        }
        str name = str_slice(path, start, i);
        feel_value v;
        start = i + 1;
        bool of_row = from->ledger != NULL && scheme_field(from->ledger, name) >= 0;
        if (first && !of_row && !feel_context_get(from->row, name, &v)) {
            p->ledger = NULL;
            p->v = from->job->variables;
        }
        code = first ? OK : follow(from, p, err);
        code = code == OK ? member(from, p, name, path, err) : code;
        first = false;
    }
    return code;
}

enum error_code publish__value(const struct publish__source *from, str path, feel_value *ret,
                               const struct scheme_field **ret_field, struct error *err)
{
    struct place p;
    enum error_code code = look_up(from, path, &p, err);
    code = code == OK ? publish__check_value(from, p.v, path, err) : code;
    if (code == OK) {
        *ret = p.v;
        *ret_field = p.field;
    }
    return code;
}

/* ---- Writing ---- */

bool publish__is_place(feel_value v)
{
    return feel_member(v, "lon").kind == FEEL_NUMBER && feel_member(v, "lat").kind == FEEL_NUMBER;
}

/* A place as tables write it (docs/exchange.md): its name, then longitude and latitude. */
static void show_place(feel_value v, struct buf *text)
{
    buf_add(text, feel_text_member(v, "name"));
    buf_addz(text, "(");
    feel_json_write(feel_member(v, "lon"), false, text);
    buf_addz(text, ",");
    feel_json_write(feel_member(v, "lat"), false, text);
    buf_addz(text, ")");
}

str publish_shown(struct arena *a, feel_value v)
{
    if (v.kind == FEEL_STRING || v.kind == FEEL_NULL) {
        return v.kind == FEEL_STRING ? feel_str(v) : STR("");
    }
    if (v.kind == FEEL_DATE) {
        return cal_date_text(a, v.date);
    }
    struct buf text = BUF_INIT(LIMIT_FEEL_STRING);
    if (publish__is_place(v)) {
        show_place(v, &text);
    } else {
        feel_json_write(v, false, &text);
    }
    str shown = arena_str(a, buf_str(&text));
    buf_release(&text);
    bool quoted = shown.len >= 2 && shown.ptr[0] == '"'; /* a date is a string in JSON */
    return quoted ? str_slice(shown, 1, shown.len - 1) : shown;
}

str publish_label(feel_value field)
{
    str label = feel_text_member(field, "label");
    return label.len > 0 ? label : feel_text_member(field, "name");
}

static bool holds_sealed(feel_value v, int depth)
{
    if (depth == 0 || record_is_sealed(v)) {
        return true;
    }
    bool found = false;
    for (uint32_t i = 0; !found && (v.kind == FEEL_LIST || v.kind == FEEL_CONTEXT) && i < v.count; i++) {
        found = holds_sealed(v.kind == FEEL_LIST ? v.items[i] : v.values[i], depth - 1);
    }
    return found;
}

bool publish__holds_sealed(feel_value v)
{
    return holds_sealed(v, LIMIT_JSON_DEPTH);
}

enum error_code publish__check_value(const struct publish__source *from, feel_value v, str path, struct error *err)
{
    if (!from->checked) {
        return OK;
    }
    return publish__holds_sealed(v) ? refused(err, path, "it is personal") : OK;
}

static enum error_code write_field(const struct publish__source *from, feel_value field, struct json_writer *w,
                                   struct buf *words, struct error *err)
{
    struct arena *a = from->job->arena;
    str name = field.kind == FEEL_STRING ? feel_str(field) : feel_text_member(field, "name");
    str label = feel_text_member(field, "label"), mask = feel_text_member(field, "mask"), shown;
    struct place p;
    enum error_code code = look_up(from, name, &p, err);
    code = code == OK ? publish__check_value(from, p.v, name, err) : code;
    code = code == OK ? publish__mask(a, mask, publish_shown(a, p.v), &shown, err) : code;
    if (code != OK) {
        return code;
    }
    label = label.len > 0 || p.field == NULL ? label : scheme_text(p.field->title, LANG_ZH);
    json_begin_object(w);
    if (label.len > 0) {
        json_text_member(w, "label", label);
    }
    json_text_member(w, "name", name);
    json_key(w, STR("value"));
    json_raw(w, STR(""));
    feel_json_write(mask.len > 0 ? feel_string(shown) : p.v, false, w->out);
    json_end_object(w);
    if (words != NULL) {
        buf_addc(words, ' ');
        buf_add(words, shown);
    }
    return OK;
}

enum error_code publish__write_fields(const struct publish__source *from, feel_value list, struct json_writer *w,
                                      struct buf *words, struct error *err)
{
    enum error_code code = OK;
    json_begin_array(w);
    for (uint32_t i = 0; list.kind == FEEL_LIST && i < list.count && code == OK; i++) {
        code = write_field(from, list.items[i], w, words, err);
    }
    json_end_array(w);
    return code;
}
