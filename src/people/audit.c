/* audit: the rows that say who did what, and their canonical bytes. What a row's hash is made of is described for
 * outsiders in docs/audit.md; whoever changes it here makes every chain unsound. */
#include "people/people_int.h"

#include "text/json.h"
#include "text/json_write.h"

#include <stdlib.h>

/* ---- Canonical JSON ---- */

/* RFC 8785 writes numbers as doubles: only whole numbers that a double holds have one form. */
static bool is_plain_whole(str number)
{
    size_t sign = str_starts_with(number, STR("-")) ? 1 : 0;
    size_t digits = number.len - sign;
    for (size_t i = sign; i < number.len; i++) {
        if (number.ptr[i] < '0' || number.ptr[i] > '9') {
            return false;
        }
    }
    return digits <= 15 && !(sign == 1 && number.ptr[1] == '0');
}

static int compare_members(const void *a, const void *b, void *names)
{
    const str *all = names;
    return json_compare_names(all[*(const uint32_t *)a], all[*(const uint32_t *)b]);
}

static bool write_value(struct json_writer *w, struct arena *a, const struct json *v, uint32_t depth);

static bool write_object(struct json_writer *w, struct arena *a, const struct json *v, uint32_t depth)
{
    uint32_t *order = ARENA_ARRAY(a, uint32_t, v->count);
    for (uint32_t i = 0; i < v->count; i++) {
        order[i] = i;
    }
    if (v->count > 0) {
        qsort_r(order, v->count, sizeof *order, compare_members, (void *)(uintptr_t)v->names);
    }
    bool good = true;
    json_begin_object(w);
    for (uint32_t i = 0; good && i < v->count; i++) {
        json_key(w, v->names[order[i]]);
        good = write_value(w, a, &v->items[order[i]], depth + 1);
    }
    json_end_object(w);
    return good;
}

static bool write_array(struct json_writer *w, struct arena *a, const struct json *v, uint32_t depth)
{
    bool good = true;
    json_begin_array(w);
    for (uint32_t i = 0; good && i < v->count; i++) {
        good = write_value(w, a, &v->items[i], depth + 1);
    }
    json_end_array(w);
    return good;
}

/* False: too deep, or a number without a canonical form. Recursion is bounded by PEOPLE_AUDIT_DEPTH. */
static bool write_value(struct json_writer *w, struct arena *a, const struct json *v, uint32_t depth)
{
    if (depth > LIMIT_PEOPLE_AUDIT_DEPTH) {
        return false;
    }
    switch ((enum json_kind)v->kind) {
    case JSON_NULL: json_null(w); return true;
    case JSON_FALSE: json_bool(w, false); return true;
    case JSON_TRUE: json_bool(w, true); return true;
    case JSON_NUMBER: json_raw(w, v->text); return is_plain_whole(v->text);
    case JSON_STRING: json_string(w, v->text); return true;
    case JSON_ARRAY: return write_array(w, a, v, depth);
    case JSON_OBJECT: return write_object(w, a, v, depth);
    }
    return false;
}

static enum error_code make_canonical(struct arena *a, str detail, str *ret, struct error *err)
{
    struct json value;
    enum error_code code = json_parse(a, detail, &value, err);
    if (code != OK) {
        return code;
    }
    if (value.kind != JSON_OBJECT) {
        return error_set(err, ERROR_INVALID, "the detail of an audit row must be a JSON object");
    }
    struct buf out = BUF_INIT(LIMIT_PEOPLE_AUDIT_DETAIL);
    struct json_writer w;
    json_writer_init(&w, &out, false);
    bool good = write_value(&w, a, &value, 1);
    if (out.overflow) {
        code = error_set(err, ERROR_LIMIT, "the detail of an audit row is too long");
        error_detail(err, "PEOPLE_AUDIT_DETAIL: at most %d bytes", LIMIT_PEOPLE_AUDIT_DETAIL);
    } else if (!good) {
        code = error_set(err, ERROR_LIMIT, "the detail of an audit row has no canonical form");
        error_detail(err, "PEOPLE_AUDIT_DEPTH: nested at most %d deep, numbers whole and below 10 to the power of 15",
                     LIMIT_PEOPLE_AUDIT_DEPTH);
    } else {
        *ret = arena_str(a, buf_str(&out));
    }
    buf_release(&out);
    return code;
}

/* ---- Rows ---- */

enum error_code people_audit(const struct people_plan *plan, str verb, str kind, int64_t object, str detail,
                             struct error *err)
{
    str canonical;
    enum error_code code = make_canonical(plan->arena, detail, &canonical, err);
    if (code != OK) {
        return code;
    }
    int64_t id = store_id(plan->people->store, err);
    if (id == 0) {
        return ERROR_IO;
    }
    store_insert(plan->change, STORE_TABLE_audit,
                 (struct store_value[]){ store_int(id), store_int(plan->now), store_int(plan->actor), store_text(verb),
                                         store_text(kind), store_int(object), store_text(canonical), store_int(0) });
    return OK;
}

enum error_code people__note(const struct people_plan *plan, const char *verb, const char *kind, int64_t object,
                             const struct people__member *members, uint32_t count, struct error *err)
{
    struct buf out = BUF_INIT(LIMIT_PEOPLE_AUDIT_DETAIL);
    struct json_writer w;
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    for (uint32_t i = 0; i < count; i++) {
        json_key(&w, str_of(members[i].name));
        json_string(&w, members[i].text);
    }
    json_end_object(&w);
    str detail = arena_str(plan->arena, buf_str(&out));
    buf_release(&out);
    return people_audit(plan, str_of(verb), str_of(kind), object, detail, err);
}

static void add_number(struct json_writer *w, const char *name, int64_t n)
{
    json_key(w, str_of(name));
    json_raw(w, STR(""));
    buf_printf(w->out, "\"%lld\"", (long long)n);
}

static void add_text(struct json_writer *w, const char *name, str text)
{
    json_key(w, str_of(name));
    json_string(w, text);
}

void people_audit_bytes(int64_t id, int64_t at, int64_t actor, str verb, str kind, int64_t object, str detail,
                        struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    add_number(&w, "actor", actor);
    add_number(&w, "at", at);
    add_text(&w, "detail", detail);
    add_number(&w, "id", id);
    add_text(&w, "kind", kind);
    add_number(&w, "object", object);
    add_text(&w, "verb", verb);
    json_end_object(&w);
}
