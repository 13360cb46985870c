/* input: whether what came is what input.def says that the route reads, and reading it. */
#include "web/web_int.h"

#include "base/limit.h"

#define REQUIRED true
#define OPTIONAL false
const struct web__input web__inputs[] = {
#define INPUT(route, name, place, type, bound, required) \
    { #route, name, WEB__PLACE_##place, WEB__TYPE_##type, bound, required },
#include "web/input.def"
#undef INPUT
};
#undef REQUIRED
#undef OPTIONAL
const size_t web__input_count = sizeof web__inputs / sizeof web__inputs[0];

static bool is_of(const struct web__input *row, const struct web__call *c, enum web__place place)
{
    return row->place == place && strcmp(row->route, c->route->name) == 0;
}

static const struct web__input *row_of(const struct web__call *c, enum web__place place, str name)
{
    const struct web__input *anything = NULL;
    for (size_t i = 0; i < web__input_count; i++) {
        const struct web__input *row = &web__inputs[i];
        if (is_of(row, c, place)) {
            if (row->type == WEB__TYPE_ANYTHING) {
                anything = row;
            } else if (str_eq(str_of(row->name), name)) {
                return row;
            }
        }
    }
    return anything;
}

static bool parse_int(str s, int64_t *ret)
{
    dec n;
    return dec_parse(s, &n) && dec_is_integer(n) && dec_to_int(n, ret) && *ret >= 0;
}

static bool is_word(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
              c == '.')) {
            return false;
        }
    }
    return true;
}

/* An empty optional one is like none: browsers send every field of a page. */
static bool suits(const struct web__input *row, str value)
{
    int64_t n;
    uint64_t bytes = row->bound > 0 && row->type != WEB__TYPE_INT ? (uint64_t)row->bound : LIMIT_FORM_TEXT;
    if (value.len == 0) {
        return !row->required;
    }
    if (value.len > bytes) {
        return false;
    }
    switch (row->type) {
    case WEB__TYPE_INT: return parse_int(value, &n) && (row->bound == 0 || n <= row->bound);
    case WEB__TYPE_WORD: return is_word(value);
    case WEB__TYPE_TEXT: case WEB__TYPE_FLAG: case WEB__TYPE_ANYTHING: return true;
    }
    return false;
}

static bool wrong(struct web__call *c, const char *what, str name)
{
    struct error err = { .lang = c->lang };
    error_set(&err, ERROR_INVALID, "the request cannot be read");
    error_detail(&err, "%s: \"%.*s\"", lang_text(c->lang, what), name.len > 60 ? 60 : (int)name.len, name.ptr);
    error_hint(&err, "go back and fill in the page once more");
    web__refuse(c, 400, &err);
    return false;
}

static bool check_pairs(struct web__call *c, enum web__place place, const struct http_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (place == WEB__PLACE_FIELD && str_eq(pairs[i].name, STR("csrf"))) {
            continue;
        }
        const struct web__input *row = row_of(c, place, pairs[i].name);
        if (row == NULL) {
            return wrong(c, "unknown field", pairs[i].name);
        }
        for (size_t k = 0; k < i && row->type != WEB__TYPE_ANYTHING; k++) {
            if (str_eq(pairs[k].name, pairs[i].name)) {
                return wrong(c, "field given twice", pairs[i].name);
            }
        }
        if (!suits(row, pairs[i].value)) {
            return wrong(c, "field that does not fit", pairs[i].name);
        }
    }
    return true;
}

static bool has_all(struct web__call *c)
{
    for (size_t i = 0; i < web__input_count; i++) {
        const struct web__input *row = &web__inputs[i];
        bool query = is_of(row, c, WEB__PLACE_QUERY), field = is_of(row, c, WEB__PLACE_FIELD);
        if (row->required && (query || field) &&
            (query ? http_query(c->r, row->name) : http_field(c->r, row->name)) == NULL) {
            return wrong(c, "missing field", str_of(row->name));
        }
    }
    return true;
}

bool web__check_input(struct web__call *c)
{
    size_t queries, fields, files;
    const struct http_pair *query = http_queries(c->r, &queries), *field = http_fields(c->r, &fields);
    const struct http_file *file = http_files(c->r, &files);
    for (size_t i = 0; i < files; i++) {
        if (row_of(c, WEB__PLACE_FILE, file[i].field) == NULL) {
            return wrong(c, "unknown field", file[i].field);
        }
    }
    return check_pairs(c, WEB__PLACE_QUERY, query, queries) && check_pairs(c, WEB__PLACE_FIELD, field, fields) &&
           has_all(c);
}

bool web__check_members(struct web__call *c, feel_value body)
{
    for (uint32_t i = 0; body.kind == FEEL_CONTEXT && i < body.count; i++) {
        if (row_of(c, WEB__PLACE_MEMBER, body.shape->names[i]) == NULL) {
            return wrong(c, "unknown field", body.shape->names[i]);
        }
    }
    return true;
}

static const str *value_of(const struct web__call *c, const char *name)
{
    const str *query = http_query(c->r, name);
    return query != NULL ? query : http_field(c->r, name);
}

str web__text(const struct web__call *c, const char *name)
{
    const str *value = value_of(c, name);
    return value == NULL ? STR("") : *value;
}

int64_t web__int(const struct web__call *c, const char *name, int64_t otherwise)
{
    int64_t n = otherwise;
    const str *value = value_of(c, name);
    return value != NULL && parse_int(*value, &n) ? n : otherwise;
}

bool web__flag(const struct web__call *c, const char *name)
{
    return value_of(c, name) != NULL;
}
