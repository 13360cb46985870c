/* property: entries of contexts, properties of dates, durations and ranges (DMN 1.5, 10.3.2.3, table 65), elements
 * of lists.
 */
#include "feel/feel_int.h"

#include <stdio.h>

static feel_value whole(int64_t n)
{
    return feel_number(dec_from_int(n));
}

static feel_value span_of_seconds(int32_t seconds)
{
    return (feel_value){ .kind = FEEL_SPAN, .span = { seconds, 0 } };
}

/* ---- Properties by kind: true and the value when the kind has the property ---- */

static bool date_property(cal_date d, str name, feel_value *ret)
{
    if (str_eq(name, STR("year"))) {
        *ret = whole(d.year);
    } else if (str_eq(name, STR("month"))) {
        *ret = whole(d.month);
    } else if (str_eq(name, STR("day"))) {
        *ret = whole(d.day);
    } else if (str_eq(name, STR("weekday"))) {
        *ret = whole(cal_weekday(d));
    } else {
        return false;
    }
    return true;
}

/* Names of zones belong to the process and live as long. */
static feel_value zone_name(cal_zone zone)
{
    return zone >= CAL_ZONE_IANA ? feel_string(cal_zone_name(zone)) : feel_null();
}

/* `has_offset` and `offset` are of the time or of the date and time that it belongs to. A second is whole, as in
 * the comparison of times. */
static bool time_property(cal_time t, bool has_offset, int32_t offset, str name, feel_value *ret)
{
    if (str_eq(name, STR("hour"))) {
        *ret = whole(t.hour);
    } else if (str_eq(name, STR("minute"))) {
        *ret = whole(t.minute);
    } else if (str_eq(name, STR("second"))) {
        *ret = whole(t.second);
    } else if (str_eq(name, STR("time offset"))) {
        *ret = has_offset ? span_of_seconds(offset) : feel_null();
    } else if (str_eq(name, STR("timezone"))) {
        *ret = zone_name(t.zone);
    } else {
        return false;
    }
    return true;
}

static bool date_time_property(cal_datetime t, str name, feel_value *ret)
{
    int32_t offset = 0;
    bool has_offset = cal_datetime_offset(t, &offset);
    return date_property(cal_datetime_date(t), name, ret) ||
           time_property(cal_datetime_time(t), has_offset, offset, name, ret);
}

/* The parts of P1DT2H3M4S; all of one sign. */
static bool span_property(cal_span s, str name, feel_value *ret)
{
    int64_t seconds = s.seconds + (s.seconds < 0 && s.nano > 0); /* towards zero */
    if (str_eq(name, STR("days"))) {
        *ret = whole(seconds / 86400);
    } else if (str_eq(name, STR("hours"))) {
        *ret = whole(seconds / 3600 % 24);
    } else if (str_eq(name, STR("minutes"))) {
        *ret = whole(seconds / 60 % 60);
    } else if (str_eq(name, STR("seconds"))) {
        *ret = whole(seconds % 60);
    } else {
        return false;
    }
    return true;
}

static bool months_property(int64_t months, str name, feel_value *ret)
{
    if (str_eq(name, STR("years"))) {
        *ret = whole(months / 12);
    } else if (str_eq(name, STR("months"))) {
        *ret = whole(months % 12);
    } else {
        return false;
    }
    return true;
}

static bool range_property(const struct feel_range *r, str name, feel_value *ret)
{
    if (str_eq(name, STR("start"))) {
        *ret = r->start;
    } else if (str_eq(name, STR("end"))) {
        *ret = r->end;
    } else if (str_eq(name, STR("start included"))) {
        *ret = feel_boolean(r->start_included);
    } else if (str_eq(name, STR("end included"))) {
        *ret = feel_boolean(r->end_included);
    } else {
        return false;
    }
    return true;
}

static bool property(feel_value v, str name, feel_value *ret)
{
    int32_t offset = 0;
    bool has_offset;
    switch (v.kind) {
    case FEEL_CONTEXT: return feel_context_get(v, name, ret);
    case FEEL_DATE: return date_property(v.date, name, ret);
    case FEEL_TIME:
        has_offset = cal_time_offset(v.time, &offset);
        return time_property(v.time, has_offset, offset, name, ret);
    case FEEL_DATE_TIME: return date_time_property(v.date_time, name, ret);
    case FEEL_SPAN: return span_property(v.span, name, ret);
    case FEEL_MONTHS: return months_property(v.months, name, ret);
    case FEEL_RANGE: return range_property(v.range, name, ret);
    default: return false;
    }
}

/* ---- Paths ---- */

static feel_value no_property(struct feel_eval *ev, feel_value v, str name)
{
    const char *text = arena_str(&ev->arena, name).ptr;
    return v.kind == FEEL_CONTEXT ? feel__fail(ev, FEEL_DIAG_NO_ENTRY, text, NULL, NULL)
                                  : feel__fail(ev, FEEL_DIAG_NO_PROPERTY, feel__kind_text(v), text, NULL);
}

/* The property of each element, null where one has it not; of that the first is told. Lists in the list are gone
 * into, as deep as values are. `missing` is set to the first element without the property. */
static feel_value path_of_list(struct feel_eval *ev, feel_value list, str name, const feel_value **missing)
{
    feel_value *items = feel__steps(ev, list.count) ? feel__values(ev, list.count) : NULL;
    if (items == NULL) {
        return feel_null();
    }
    for (uint32_t i = 0; i < list.count; i++) {
        if (list.items[i].kind == FEEL_LIST) {
            items[i] = path_of_list(ev, list.items[i], name, missing);
        } else if (!property(list.items[i], name, &items[i])) {
            items[i] = feel_null();
            *missing = *missing == NULL ? &list.items[i] : *missing;
        }
    }
    return feel__list_of(ev, items, list.count);
}

feel_value feel__path(struct feel_eval *ev, feel_value v, str name)
{
    feel_value to;
    if (v.kind == FEEL_LIST) {
        const feel_value *missing = NULL;
        to = path_of_list(ev, v, name, &missing);
        if (missing != NULL) {
            no_property(ev, *missing, name);
        }
        return to;
    }
    return property(v, name, &to) ? to : no_property(ev, v, name);
}

/* ---- Elements ---- */

feel_value feel__index(struct feel_eval *ev, feel_value list, feel_value index)
{
    int64_t at, count = list.kind == FEEL_LIST ? list.count : list.kind == FEEL_NULL ? 0 : 1;
    assert(index.kind == FEEL_NUMBER);
    bool fine = dec_to_int(index.number, &at) && at != 0 && at <= count && at >= -count;
    if (!fine) {
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)count);
        return feel__fail(ev, FEEL_DIAG_INDEX, feel__brief(ev, index), text, NULL);
    }
    return list.kind == FEEL_LIST ? list.items[at > 0 ? at - 1 : count + at] : list;
}
