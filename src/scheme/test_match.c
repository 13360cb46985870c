/* test_match: whether what came holds what was expected. */
#include "scheme/test_int.h"

struct matching {
    struct arena *a;
    str where;
    feel_value want, got;
};

static bool match(struct matching *m, feel_value want, feel_value got, str path);

static bool miss(struct matching *m, feel_value want, feel_value got, str path)
{
    m->where = path;
    m->want = want;
    m->got = got;
    return false;
}

static str below(struct matching *m, str path, str name)
{
    return path.len == 0 ? name : arena_printf(m->a, "%.*s.%.*s", STR_ARG(path), STR_ARG(name));
}

/* The item of a list whose id is `id`. */
static feel_value by_id(feel_value list, str id)
{
    for (uint32_t i = 0; i < list.count; i++) {
        feel_value v = feel_null();
        if (list.items[i].kind == FEEL_CONTEXT && feel_context_get(list.items[i], STR("id"), &v) &&
            v.kind == FEEL_STRING && str_eq(feel_str(v), id)) {
            return list.items[i];
        }
    }
    return feel_null();
}

static bool match_members(struct matching *m, feel_value want, feel_value got, str path)
{
    for (uint32_t i = 0; i < want.count; i++) {
        str name = want.shape->names[i];
        feel_value v = feel_null();
        if (got.kind == FEEL_LIST) {
            v = by_id(got, name);
        } else {
            feel_context_get(got, name, &v);
        }
        if (!match(m, want.values[i], v, below(m, path, name))) {
            return false;
        }
    }
    return true;
}

static bool match_items(struct matching *m, feel_value want, feel_value got, str path)
{
    if (want.count != got.count) {
        return miss(m, want, got, path);
    }
    for (uint32_t i = 0; i < want.count; i++) {
        if (!match(m, want.items[i], got.items[i], arena_printf(m->a, "%.*s[%u]", STR_ARG(path), i + 1))) {
            return false;
        }
    }
    return true;
}

/* A date, time or duration is written as a text in JSON. */
static bool same_text(feel_value want, feel_value got)
{
    struct buf w = BUF_INIT(LIMIT_FEEL_STRING), g = BUF_INIT(LIMIT_FEEL_STRING);
    feel_json_write(want, false, &w);
    feel_json_write(got, false, &g);
    bool same = str_eq(buf_str(&w), buf_str(&g));
    buf_release(&w);
    buf_release(&g);
    return same;
}

/* Recurses as deep as the expectation is nested. */
static bool match(struct matching *m, feel_value want, feel_value got, str path)
{
    int order;
    if (want.kind == FEEL_CONTEXT && (got.kind == FEEL_CONTEXT || got.kind == FEEL_LIST)) {
        return match_members(m, want, got, path);
    }
    if (want.kind == FEEL_LIST && got.kind == FEEL_LIST) {
        return match_items(m, want, got, path);
    }
    bool same = want.kind == got.kind && feel_compare(want, got, &order) ? order == 0 : same_text(want, got);
    return same || miss(m, want, got, path);
}

bool test__match(struct arena *a, feel_value want, feel_value got, str path, str *ret_where, feel_value *ret_want,
                 feel_value *ret_got)
{
    struct matching m = { .a = a };
    bool same = match(&m, want, got, path);
    if (!same) {
        *ret_where = m.where;
        *ret_want = m.want;
        *ret_got = m.got;
    }
    return same;
}
