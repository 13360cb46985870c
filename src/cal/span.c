/* span: days and time durations, as exact counts of nanoseconds. */
#include "cal/cal_int.h"

int cal_span_cmp(cal_span a, cal_span b)
{
    if (a.seconds != b.seconds) {
        return a.seconds < b.seconds ? -1 : 1;
    }
    return (a.nano > b.nano) - (a.nano < b.nano);
}

bool cal_span_add(cal_span a, cal_span b, cal_span *ret)
{
    return cal_span_from_nanos(cal_span_nanos(a) + cal_span_nanos(b), ret);
}

bool cal_span_neg(cal_span a, cal_span *ret)
{
    return cal_span_from_nanos(-cal_span_nanos(a), ret);
}

/* Below 2^94, so that sums of a few cannot overflow. */
__int128 cal_span_nanos(cal_span s)
{
    assert(s.nano >= 0 && s.nano < CAL__NANOS);
    return (__int128)s.seconds * CAL__NANOS + s.nano;
}

bool cal_span_from_nanos(__int128 nanos, cal_span *ret)
{
    __int128 seconds = nanos / CAL__NANOS;
    int32_t rest = (int32_t)(nanos % CAL__NANOS);
    if (rest < 0) {
        seconds--;
        rest += CAL__NANOS;
    }
    if (seconds < INT64_MIN || seconds > INT64_MAX) {
        return false;
    }
    *ret = (cal_span){ .seconds = (int64_t)seconds, .nano = rest };
    return true;
}
