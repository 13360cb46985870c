/* test_scheme_clock: deadlines: vectors from tests/scheme/clock.txt, and laws on random clocks and calendars.
 *
 *   GONGSHI_ROOT=.    the top of the source tree
 *
 * Laws: another day off never brings the deadline forward, another working day never puts it off; stopping and resuming
 * at once changes nothing; resuming later never ends earlier; an extension in one unit is a longer clock; the days of
 * the explanation count up to the length. Random values come from a fixed seed. */
#include "base/limit.h"
#include "scheme/clock.h"
#include "tap.h"

#include <stdlib.h>

static struct arena arena;
static struct cal_calendar *calendar;
static uint64_t state = 20261128;

static uint64_t draw(uint64_t below)
{
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (z ^ z >> 31) % below;
}

/* ---- Vectors ---- */

/* "2026-03-02" or "2026-03-02 10:00", in China; noon where there is no time. */
static int64_t instant(str text)
{
    cal_date d = { 0, 1, 1 };
    str day = text.len >= 10 ? str_slice(text, 0, 10) : text;
    int64_t minutes = 12 * 60;
    if (!cal_parse_date(day, &d)) {
        printf("Bail out! %.*s is no date\n", STR_ARG(text));
        exit(1);
    }
    if (text.len == 16) {
        const char *t = text.ptr + 11;
        minutes = ((t[0] - '0') * 10 + t[1] - '0') * 60 + (t[3] - '0') * 10 + t[4] - '0';
    }
    return cal_days_from_date(d) * 86400 + minutes * 60 - 8 * 3600;
}

/* The part before the first `by`; the rest stays in *text. */
static str cut(str *text, const char *by)
{
    const char *at = text->len == 0 ? NULL : memmem(text->ptr, text->len, by, strlen(by));
    size_t n = at == NULL ? text->len : (size_t)(at - text->ptr);
    str part = str_slice(*text, 0, n);
    *text = str_slice(*text, at == NULL ? text->len : n + strlen(by), text->len);
    return str_trim(part);
}

static int64_t number(str text)
{
    dec d;
    int64_t n = 0;
    return dec_parse(text, &d) && dec_to_int(d, &n) ? n : 0;
}

static uint32_t read_events(str text, struct scheme_clock_event *ret)
{
    uint32_t count = 0;
    for (str one = cut(&text, ";"); one.len > 0; one = cut(&text, ";")) {
        str word = cut(&one, " ");
        struct scheme_clock_event *e = &ret[count++];
        *e = (struct scheme_clock_event){ .act = (enum scheme_clock_act)scheme_clock_act(word) };
        if (e->act == SCHEME_CLOCK_EXTEND) {
            e->at = instant(cut(&one, " "));
            e->n = (uint32_t)number(cut(&one, " "));
            e->unit = (enum scheme_unit)scheme_unit(one);
        } else {
            e->at = instant(one);
        }
    }
    return count;
}

static feel_value read_length(str json)
{
    feel_value v = feel_null();
    feel_json_read(&arena, json, &v, NULL);
    if (v.kind == FEEL_STRING) {
        feel_value span = feel_from_text(feel_str(v), feel_type_named(STR("days and time duration")));
        feel_value months = feel_from_text(feel_str(v), feel_type_named(STR("years and months duration")));
        v = span.kind != FEEL_NULL ? span : months.kind != FEEL_NULL ? months : v;
    }
    return v;
}

static str result_of(const struct scheme_clock_due *due)
{
    struct buf b = BUF_INIT(200);
    if (due->due == SCHEME_CLOCK_NEVER) {
        buf_addz(&b, "never");
    } else {
        cal_print_date(due->last, &b);
    }
    buf_printf(&b, " %s%s%s", scheme_clock_state_name(due->state), due->late ? " late" : "",
               due->provisional ? " provisional" : "");
    if (due->due != SCHEME_CLOCK_NEVER && due->due != instant(str_slice(buf_str(&b), 0, 10)) + 12 * 3600) {
        buf_addz(&b, " and not at its end");
    }
    str s = arena_str(&arena, buf_str(&b));
    buf_release(&b);
    return s;
}

static void vector(str line, int at)
{
    struct scheme_clock_event events[16];
    struct scheme_clock_spec spec;
    struct scheme_clock_due due, again;
    struct error err = { .lang = LANG_EN };
    str length = cut(&line, " | "), said = cut(&line, "| "), now = cut(&line, "->"), want = line;
    uint32_t count = read_events(said, events);
    want = str_trim(want);
    bool fine = scheme_clock_spec(read_length(length), count > 0 ? events[0].at : 0, &spec, &err) == OK &&
                scheme_clock_due(&arena, &spec, events, count, calendar, instant(now), true, &due, &err) == OK;
    is_str(fine ? result_of(&due) : STR("refused"), want, "clock.txt:%d", at);
    if (fine) {
        scheme_clock_due(NULL, &spec, events, count, calendar, instant(now), false, &again, &err);
        ok(again.due == due.due && again.days == NULL, "clock.txt:%d without explanation", at);
    }
}

static void calendar_line(str line)
{
    cal_date d;
    str word = cut(&line, " "), day = str_trim(line);
    if (str_eq(word, STR("cover"))) {
        cal_calendar_cover(calendar, (int32_t)number(day));
    } else if (cal_parse_date(day, &d)) {
        cal_calendar_set(calendar, d, str_eq(word, STR("work")));
    }
}

static void test_vectors(void)
{
    const char *root = getenv("GONGSHI_ROOT");
    str path = arena_printf(&arena, "%s/tests/scheme/clock.txt", root == NULL ? "." : root);
    FILE *f = fopen(path.ptr, "r");
    char text[1000];
    int at = 0;
    ok(f != NULL, "clock.txt is there");
    while (f != NULL && fgets(text, sizeof text, f) != NULL) {
        str line = str_trim(arena_str(&arena, str_of(text)));
        at++;
        if (line.len == 0 || line.ptr[0] == '#') {
            continue;
        }
        if (memchr(line.ptr, '|', line.len) != NULL) {
            vector(line, at);
        } else {
            calendar_line(line);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
}

/* ---- Laws ---- */

enum { DAYS = 200, LAWS = 3000 };

struct world {
    struct cal_calendar *calendar;
    struct scheme_clock_spec spec;
    struct scheme_clock_event events[12];
    uint32_t count;
};

static const int64_t first_day = 20500; /* in 2026 */

static cal_date date(int64_t day)
{
    cal_date d = { 1970, 1, 1 };
    cal_date_from_days(day, &d);
    return d;
}

static void make_world(struct world *w)
{
    w->calendar = cal_calendar_new(STR("random"));
    cal_calendar_cover(w->calendar, 2026);
    cal_calendar_cover(w->calendar, 2027);
    for (int i = 0; i < 20; i++) {
        cal_calendar_set(w->calendar, date(first_day + (int64_t)draw(DAYS)), draw(3) == 0);
    }
    w->spec = (struct scheme_clock_spec){ .n = 1 + (uint32_t)draw(40), .unit = (enum scheme_unit)draw(2),
                                          .same_day = draw(2) == 0, .moves = draw(2) == 0 };
    int64_t at = first_day * 86400 + (int64_t)draw(86400);
    bool still = false;
    w->count = 0;
    w->events[w->count++] = (struct scheme_clock_event){ .act = SCHEME_CLOCK_START, .at = at };
    for (uint64_t n = draw(6); n > 0; n--) {
        at += (int64_t)draw(6 * 86400);
        if (draw(3) == 0) {
            w->events[w->count++] = (struct scheme_clock_event){ .act = SCHEME_CLOCK_EXTEND, .at = at,
                                                                 .n = 1 + (uint32_t)draw(9),
                                                                 .unit = (enum scheme_unit)draw(2) };
        } else {
            w->events[w->count++] = (struct scheme_clock_event){
                .act = still ? SCHEME_CLOCK_RESUME : SCHEME_CLOCK_STOP, .at = at };
            still = !still;
        }
    }
    if (still) {
        w->events[w->count++] = (struct scheme_clock_event){ .act = SCHEME_CLOCK_RESUME, .at = at + 86400 };
    }
}

static int64_t due_of(const struct world *w, struct scheme_clock_due *ret)
{
    struct error err = { .lang = LANG_EN };
    if (scheme_clock_due(&arena, &w->spec, w->events, w->count, w->calendar, 0, true, ret, &err) != OK) {
        printf("# %s\n", err.message);
        return -1;
    }
    return ret->due;
}

/* Puts two events at one instant behind the event i. */
static void insert_pause(struct world *w, uint32_t i)
{
    memmove(&w->events[i + 3], &w->events[i + 1], (w->count - i - 1) * sizeof w->events[0]);
    w->events[i + 1] = (struct scheme_clock_event){ .act = SCHEME_CLOCK_STOP, .at = w->events[i].at };
    w->events[i + 2] = (struct scheme_clock_event){ .act = SCHEME_CLOCK_RESUME, .at = w->events[i].at };
    w->count += 2;
}

static bool counted(const struct world *w, const struct scheme_clock_due *due)
{
    uint32_t n = w->spec.n, got = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        n += w->events[i].act == SCHEME_CLOCK_EXTEND ? w->events[i].n : 0;
    }
    for (uint32_t i = 0; i < due->day_count; i++) {
        got += due->days[i].counts;
        if (i > 0 && cal_days_from_date(due->days[i].day) != cal_days_from_date(due->days[i - 1].day) + 1) {
            return false;
        }
    }
    return got == n && due->days[due->day_count - 1].number == n;
}

static bool runs_after(const struct world *w, uint32_t i)
{
    bool still = false;
    for (uint32_t k = 0; k <= i; k++) {
        still = w->events[k].act == SCHEME_CLOCK_STOP ? true : w->events[k].act == SCHEME_CLOCK_RESUME ? false : still;
    }
    return !still;
}

static void test_laws(void)
{
    int off = 0, work = 0, pause = 0, late = 0, longer = 0, days = 0, named = 0;
    struct scheme_clock_due due, other;
    for (int i = 0; i < LAWS; i++) {
        struct world w, v;
        arena_clear(&arena);
        make_world(&w);
        int64_t before = due_of(&w, &due);
        days += !counted(&w, &due);
        cal_date day = date(first_day + (int64_t)draw(DAYS));
        bool provisional, works = cal_is_working_day(w.calendar, day, &provisional);
        v = w;
        uint32_t at = (uint32_t)draw(w.count);
        if (runs_after(&w, at)) {
            insert_pause(&v, at);
            pause += due_of(&v, &other) != before;
            v.events[at + 2].at += 86400;
            bool free = at + 3 == v.count || v.events[at + 3].at >= v.events[at + 2].at;
            late += free && due_of(&v, &other) < before;
        }
        v = w;
        v.count = 1;
        v.events[v.count++] = (struct scheme_clock_event){ .act = SCHEME_CLOCK_EXTEND, .at = v.events[0].at, .n = 5,
                                                           .unit = v.spec.unit };
        int64_t extended = due_of(&v, &other);
        v.count = 1;
        v.spec.n += 5;
        longer += due_of(&v, &other) != extended;
        cal_calendar_set(w.calendar, day, !works);
        int64_t after = due_of(&w, &due);
        off += works && after < before;
        work += !works && after > before;
        named += due.provisional && cal_days_from_date(due.last) < cal_days_from_date((cal_date){ 2028, 1, 1 });
        cal_calendar_free(w.calendar);
    }
    is_int(off, 0, "another day off never brings a deadline forward");
    is_int(work, 0, "another working day never puts it off");
    is_int(pause, 0, "stopping and resuming at once changes nothing");
    is_int(late, 0, "resuming a day later never ends earlier");
    is_int(longer, 0, "an extension in the same unit is a longer clock");
    is_int(days, 0, "the days of the explanation follow each other and count up to the length");
    is_int(named, 0, "nothing within the published years is provisional");
}

static void test_words(void)
{
    for (int i = 0; i < SCHEME_DAY_WHYS; i++) {
        const char *zh = scheme_day_why((enum scheme_day_why)i, LANG_ZH);
        ok(strcmp(zh, scheme_day_why((enum scheme_day_why)i, LANG_EN)) != 0, "%s", zh);
    }
    is_int(scheme_clock_act(STR("pause")), -1, "an act that is none");
    is_int(scheme_unit(STR("月")), -1, "a unit that is none");
    ok(scheme_clock_fits(SCHEME_CLOCK_WAITING, SCHEME_CLOCK_START) &&
           !scheme_clock_fits(SCHEME_CLOCK_RUNNING, SCHEME_CLOCK_START) &&
           !scheme_clock_fits(SCHEME_CLOCK_STOPPED, SCHEME_CLOCK_STOP) &&
           scheme_clock_fits(SCHEME_CLOCK_STOPPED, SCHEME_CLOCK_RESUME) &&
           scheme_clock_fits(SCHEME_CLOCK_LATE, SCHEME_CLOCK_EXTEND) &&
           !scheme_clock_fits(SCHEME_CLOCK_ENDED, SCHEME_CLOCK_END),
       "acts fit their states");
    printf("# limit SCHEME_CLOCK_DAYS: %d\n", LIMIT_SCHEME_CLOCK_DAYS);
}

int main(void)
{
    calendar = cal_calendar_new(STR("2026"));
    test_vectors();
    test_words();
    test_laws();
    cal_calendar_free(calendar);
    arena_release(&arena);
    return tap_done();
}
