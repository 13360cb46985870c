/* ledger: ledgers by their names, and rows as rules see them. */
#include "record/record_int.h"

const char *const record__extra_names[RECORD__EXTRAS] = { "row", "revision", "office", "dossier", "parent" };

str record__ledger_name(struct arena *a, const struct scheme *s, const struct scheme_ledger *l)
{
    size_t len = s->name.len + 1 + l->name.len;
    char *name = arena_alloc(a, len + 1);
    memcpy(name, s->name.ptr, s->name.len);
    name[s->name.len] = '.';
    memcpy(name + s->name.len + 1, l->name.ptr, l->name.len);
    name[len] = '\0';
    return (str){ name, len };
}

const struct feel_shape *record__shape(struct arena *a, const struct scheme_ledger *l)
{
    return l->shape != NULL ? l->shape : scheme_ledger_shape(a, l);
}

int32_t record__party_field(const struct scheme_ledger *l)
{
    for (uint32_t i = 0; i < l->field_count; i++) {
        if (l->fields[i].type == SCHEME_PARTY) {
            return (int32_t)i;
        }
    }
    return -1;
}

bool record__is_sealed(const struct scheme_field *f)
{
    return f->class <= SCHEME_PERSONAL && f->type != SCHEME_PARTY;
}

bool record__is_indexed(const struct scheme_ledger *l, uint32_t field)
{
    const struct scheme_field *f = &l->fields[field];
    bool scalar = f->type != SCHEME_QUANTITY && f->type != SCHEME_PLACE && f->type != SCHEME_HOURS &&
                  f->type != SCHEME_FILE && f->type != SCHEME_LIST;
    return scalar && !record__is_sealed(f) && (f->index || record__party_field(l) == (int32_t)field);
}

static feel_value decimal_text(struct arena *a, int64_t n)
{
    return feel_string(arena_printf(a, "%lld", (long long)n));
}

feel_value record__extra(struct arena *a, const struct record_row *row, enum record__extra which)
{
    switch (which) {
    case RECORD__ROW: return decimal_text(a, row->row);
    case RECORD__REVISION: return feel_number(dec_from_int(row->revision));
    case RECORD__OFFICE: return feel_number(dec_from_int(row->office));
    case RECORD__DOSSIER: return row->dossier == 0 ? feel_null() : decimal_text(a, row->dossier);
    case RECORD__PARENT: return row->parent == 0 ? feel_null() : decimal_text(a, row->parent);
    case RECORD__EXTRAS: break;
    }
    return feel_null();
}

const struct scheme_ledger *record_ledger_seen(struct arena *a, const struct scheme_ledger *l,
                                               enum scheme_class least)
{
    struct scheme_ledger *seen = ARENA_NEW(a, struct scheme_ledger);
    struct scheme_field *fields = ARENA_ARRAY(a, struct scheme_field, l->field_count);
    for (uint32_t i = 0; i < l->field_count; i++) {
        fields[i] = l->fields[i];
        fields[i].name = fields[i].class < least ? STR("") : fields[i].name;
    }
    *seen = *l;
    seen->fields = fields;
    seen->shape = NULL;
    return seen;
}

feel_value record_seen(struct arena *a, const struct scheme_ledger *seen, const struct record_row *row)
{
    feel_value all = record_context(a, seen, row);
    str *names = ARENA_ARRAY(a, str, all.count);
    feel_value *values = ARENA_ARRAY(a, feel_value, all.count);
    uint32_t n = 0;
    for (uint32_t i = 0; i < all.count; i++) {
        if (all.shape->names[i].len > 0) {
            names[n] = all.shape->names[i];
            values[n++] = all.values[i];
        }
    }
    return feel_context(feel_shape_new(a, names, n), values);
}

/* The names of a row as rules see it; *ret_extras: what stands behind the fields, unless a field has its name. */
static const struct feel_shape *context_shape(struct arena *a, const struct scheme_ledger *l,
                                              enum record__extra *ret_extras)
{
    uint32_t count = l->field_count;
    str *names = ARENA_ARRAY(a, str, count + RECORD__EXTRAS);
    for (uint32_t i = 0; i < l->field_count; i++) {
        names[i] = l->fields[i].name;
    }
    for (int i = 0; i < RECORD__EXTRAS; i++) {
        str name = str_of(record__extra_names[i]);
        if (scheme_field(l, name) < 0) {
            ret_extras[count - l->field_count] = (enum record__extra)i;
            names[count++] = name;
        }
    }
    return feel_shape_new(a, names, count);
}

void record_contexts(struct arena *a, const struct scheme_ledger *l, const struct record_row *rows, uint32_t count,
                     feel_value *ret)
{
    enum record__extra extras[RECORD__EXTRAS];
    const struct feel_shape *shape = context_shape(a, l, extras);
    for (uint32_t n = 0; n < count; n++) {
        feel_value *values = ARENA_ARRAY(a, feel_value, shape->count);
        for (uint32_t i = 0; i < shape->count; i++) {
            values[i] = i < l->field_count ? rows[n].body.values[i]
                                           : record__extra(a, &rows[n], extras[i - l->field_count]);
        }
        ret[n] = feel_context(shape, values);
    }
}

feel_value record_context(struct arena *a, const struct scheme_ledger *l, const struct record_row *row)
{
    feel_value v;
    record_contexts(a, l, row, 1, &v);
    return v;
}

/* ---- By name ---- */

static bool is_among(str name, const str *names, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(names[i], name) || str_eq(names[i], STR("*"))) {
            return true;
        }
    }
    return false;
}

static enum error_code find(const struct scheme *s, str name, const struct scheme_ledger **ret, struct error *err)
{
    const struct scheme_ledger *l = scheme_ledger(s, name);
    if (l == NULL) {
        error_set(err, ERROR_MISSING, "the scheme \"%.*s\" has no ledger \"%.*s\"", STR_ARG(s->name), STR_ARG(name));
        error_hint(err, "the ledgers of a scheme stand in its scheme.json");
        return ERROR_MISSING;
    }
    *ret = l;
    return OK;
}

enum error_code record_ledger(struct record *r, struct store_view *v, const struct scheme *own, str name,
                              const struct scheme **ret_scheme, const struct scheme_ledger **ret, bool *ret_shared,
                              struct error *err)
{
    const char *dot = name.len == 0 ? NULL : memchr(name.ptr, '.', name.len);
    const struct scheme *s = own;
    const struct scheme_ledger *l = NULL;
    enum error_code code = OK;
    if (dot == NULL && own == NULL) {
        error_set(err, ERROR_INVALID, "\"%.*s\" names no ledger", STR_ARG(name));
        error_hint(err, "a ledger is named SCHEME.LEDGER");
        return ERROR_INVALID;
    }
    if (dot != NULL) {
        size_t at = (size_t)(dot - name.ptr);
        str scheme = str_slice(name, 0, at);
        name = str_slice(name, at + 1, name.len);
        if (own == NULL || !str_eq(scheme, own->name)) {
            code = record_installed(r, v, scheme, &s, err);
        }
    }
    code = code == OK ? find(s, name, &l, err) : code;
    bool shared = own != NULL && s != own && !str_eq(s->name, own->name);
    if (code == OK && shared && !is_among(own->name, l->share_to, l->share_to_count)) {
        code = error_set(err, ERROR_INVALID, "the ledger \"%.*s\" of \"%.*s\" is not shared with \"%.*s\"",
                         STR_ARG(name), STR_ARG(s->name), STR_ARG(own->name));
        error_hint(err, "its scheme.json says with its word share who may read which fields");
    }
    if (code == OK) {
        *ret = l;
        if (ret_scheme != NULL) {
            *ret_scheme = s;
        }
        if (ret_shared != NULL) {
            *ret_shared = shared;
        }
    }
    return code;
}

bool record_ledger_of_row(struct record *r, struct store_view *v, int64_t row, const struct scheme **ret_scheme,
                          const struct scheme_ledger **ret)
{
    struct arena a = ARENA_INIT;
    struct error err = { .code = OK };
    struct store_value args[] = { store_int(row) };
    struct store_rows *rows = store_query(v, "SELECT ledger FROM record WHERE entry = ? ORDER BY revision DESC LIMIT 1",
                                          args, 1);
    str name = store_next(rows) ? arena_str(&a, store_column_text(rows, 0)) : STR("");
    store_rows_end(rows);
    bool there = name.len > 0 && record_ledger(r, v, NULL, name, ret_scheme, ret, NULL, &err) == OK;
    arena_release(&a);
    return there;
}

enum error_code record__own_ledger(struct record *r, struct store_view *v, str name, const struct scheme_ledger **ret,
                                   struct error *err)
{
    return record_ledger(r, v, NULL, name, NULL, ret, NULL, err);
}
