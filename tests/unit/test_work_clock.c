/* test_work_clock: many clocks under another calendar: all follow, in small units, also when the office is closed in
 * the middle of it, and each that moves says so once. And the bound of what may happen to one clock. */
#include "tap.h"
#include "work/work_int.h"
#include "work_office.h"
#include "work_rows.h"

enum { DOSSIERS = 150 };

static struct cal_calendar *calendars[2];
static atomic_int calendar_now;

static const struct cal_calendar *calendar(void *context, struct store_view *view, str name)
{
    (void)name;
    (void)context;
    (void)view;
    return calendars[calendar_now];
}

static void make_calendars(void)
{
    calendars[0] = cal_calendar_new(STR("first"));
    calendars[1] = cal_calendar_new(STR("second"));
    for (int i = 0; i < 2; i++) {
        cal_calendar_cover(calendars[i], 2026);
    }
    cal_calendar_set(calendars[1], (cal_date){ 2026, 3, 4 }, false);
}

static void open_work(struct office *o, bool background)
{
    struct work_config config = { .store = o->store, .record = o->record, .planners = 2, .background = background,
                                  .now = office_now, .calendar = calendar };
    office_must(work_open(&config, &o->work, &o->err) == OK, o, "work_open");
}

/* The package tests/work/clocks with its manifest. */
static void install(struct office *o)
{
    struct scheme_file files[16];
    const struct scheme *s;
    const char *root = getenv("GONGSHI_ROOT");
    str manifest = arena_printf(&o->arena, "%s/tests/work/clocks/scheme.json", root == NULL ? "." : root);
    uint32_t count = office_add_files(o, "clocks", "process", files, 0);
    count = office_add_files(o, "clocks", "parameters", files, count);
    files[count++] = (struct scheme_file){ STR("scheme.json"), office_read(o, manifest.ptr) };
    office_must(scheme_load(&o->arena, STR("clocks"), files, count, &s, &o->err) == OK &&
                    work_install(o->work, s, 0, &o->err) == OK, o, "install");
}

/* Three working days from the first of them; every second clock is stopped, and so has no due that could move. */
static void begin_dossiers(struct office *o)
{
    struct work_request start = { .act = WORK_START, .scheme = STR("clocks"), .process = STR("days") };
    for (int i = 0; i < DOSSIERS; i++) {
        struct work_request stop = { .act = WORK_CLOCK, .name = STR("own"), .action = STR("stop"), .text = STR("why"),
                                     .clause = STR("art. 1"), .dossier = office_do(o, start).dossier };
        if (i % 2 == 1) {
            office_do(o, stop);
        }
    }
}

static int64_t left(struct office *o)
{
    return office_number(o, "SELECT count(*) FROM clock WHERE state = 'running' AND calendar <> 'second'", 0);
}

static void wait_for(struct office *o, int64_t most)
{
    for (int i = 0; i < 3000 && left(o) > most; i++) {
        usleep(1000);
    }
}

static void test_calendar(void)
{
    struct office o = { .arena = ARENA_INIT };
    char differs[200];
    make_calendars();
    office_open_store(&o);
    open_work(&o, false);
    install(&o);
    begin_dossiers(&o);
    is_int(office_number(&o, "SELECT count(*) FROM clock WHERE state = 'running'", 0), DOSSIERS / 2,
           "half of the clocks run");
    int64_t before = office_number(&o, "SELECT max(due) FROM clock WHERE state = 'running'", 0);
    calendar_now = 1;
    work_close(o.work);
    open_work(&o, true);
    wait_for(&o, DOSSIERS / 2 - 1);
    work_close(o.work);
    int64_t rest = left(&o);
    printf("# closed with %" PRId64 " left\n", rest);
    open_work(&o, true);
    wait_for(&o, 0);
    is_int(left(&o), 0, "all follow the other calendar");
    is_int(office_number(&o, "SELECT min(due) FROM clock WHERE state = 'running'", 0),
           before + 86400 * SECONDS, "each is due a day later");
    int64_t told = office_number(&o, "SELECT count(*) FROM audit WHERE verb = 'clock' AND detail LIKE '%recompute%'",
                                 0);
    is_int(told, DOSSIERS / 2, "and says so once");
    is_int(office_number(&o, "SELECT count(*) FROM timer WHERE due = ?", before + 86400 * SECONDS), DOSSIERS / 2,
           "its timer has moved with it");
    if (!ok(rows_hold(o.record, o.store, differs), "the rows are what the states say")) {
        printf("# %s\n", differs);
    }
    office_remove(&o);
}

static void test_bound(void)
{
    struct office o = { .arena = ARENA_INIT };
    office_open_store(&o);
    open_work(&o, false);
    install(&o);
    struct work_request start = { .act = WORK_START, .scheme = STR("clocks"), .process = STR("days") };
    struct work_request extend = { .act = WORK_CLOCK, .name = STR("own"), .action = STR("extend"), .text = STR("why"),
                                   .clause = STR("art. 1"), .with = STR("{\"n\":1}"),
                                   .dossier = office_do(&o, start).dossier };
    struct work_answer answer = { .outcome = WORK_OK };
    int count = 0;
    while (answer.outcome == WORK_OK && count <= LIMIT_WORK_CLOCK_EVENTS) {
        answer = office_do(&o, extend);
        count++;
    }
    is_int(count, LIMIT_WORK_CLOCK_EVENTS, "a clock has so many events");
    ok(answer.outcome == WORK_REFUSED && strstr(answer.error.detail, "WORK_CLOCK_EVENTS") != NULL, "%s: %s",
       answer.error.message, answer.error.detail);
    office_remove(&o);
}

int main(void)
{
    test_calendar();
    test_bound();
    for (int i = 0; i < 2; i++) {
        cal_calendar_free(calendars[i]);
    }
    return tap_done();
}
