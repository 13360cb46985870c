/* ask: what the commands of an office read alike: numbers, offices by their codes, instants, rights to rows. */
#include "cli/office.h"

bool office_number(feel_value command, const char *name, int64_t otherwise, int64_t *ret, struct error *err)
{
    feel_value v = feel_member(command, name);
    if (v.kind == FEEL_NULL || (v.kind == FEEL_STRING && v.count == 0)) {
        *ret = otherwise;
        return true;
    }
    if (feel_typed_whole(v, ret)) {
        return true;
    }
    error_set(err, ERROR_INVALID, "\"%s\" is no whole number", name);
    return false;
}

enum error_code office_by_code(struct store_view *v, str code, int64_t *ret, struct error *err)
{
    struct store_value args[] = { store_text(code) };
    int64_t id = 0;
    if (code.len > 0) {
        struct store_rows *r = store_query(v, "SELECT id FROM office WHERE code = ?", args, 1);
        id = store_next(r) ? store_column_int(r, 0) : 0;
        store_rows_end(r);
    }
    if (code.len > 0 && id == 0) {
        return error_set(err, ERROR_MISSING, "there is no office \"%.*s\"", STR_ARG(code));
    }
    *ret = id;
    return OK;
}

enum error_code office_instant(feel_value command, const char *name, int64_t otherwise, int64_t *ret, struct error *err)
{
    str t = feel_text_member(command, name);
    cal_date d;
    cal_datetime at;
    cal_zone china;
    *ret = otherwise;
    if (t.len == 0) {
        return OK;
    }
    if (cal_parse_date(t, &d) && cal_zone_find(STR("Asia/Shanghai"), &china)) {
        at = cal_datetime_of(d, (cal_time){ .zone = china });
    } else if (!cal_parse_datetime(t, &at) || at.zone == CAL_ZONE_NONE) {
        error_set(err, ERROR_INVALID, "\"%.*s\" is neither a day nor an instant", STR_ARG(t));
        error_hint(err, "give a day as 2026-03-01");
        return ERROR_INVALID;
    }
    *ret = cal_utc_seconds(at) * 1000000;
    return OK;
}

enum error_code office_may_rows(const struct office_asker *who, enum people_verb verb, enum scheme_class data,
                                int64_t office, struct error *err)
{
    static const enum people_class classes[] = {
        [SCHEME_SEALED] = PEOPLE_SEALED, [SCHEME_PERSONAL] = PEOPLE_PERSONAL, [SCHEME_INTERNAL] = PEOPLE_INTERNAL,
        [SCHEME_PUBLIC] = PEOPLE_PUBLIC,
    };
    struct people_actor actor;
    struct people_verdict verdict;
    const struct people_object object = { .kind = PEOPLE_KIND_RECORD, .office = office, .open = true,
                                          .data = classes[data] };
    if (who->actor == 0) {
        return OK;
    }
    enum error_code code = people_actor(who->view, who->tree, who->arena, who->actor, who->now, &actor, err);
    return code != OK || people_may(who->tree, &actor, verb, &object, &verdict, err) ? code : err->code;
}
