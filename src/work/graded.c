/* graded: the entries of a list as they were approved; nothing is computed again. */
#include "work/assess.h"
#include "work/work_int.h"

#define GRADED                                                                                                         \
    "SELECT subject, position, id, grade, struck, outcome, result FROM assessment_entry WHERE assessment = ? AND "

static struct work_graded read_graded(struct store_rows *r, struct arena *a)
{
    struct work_graded g = { .subject = store_column_int(r, 0), .position = store_column_int(r, 1),
                             .id = arena_str(a, store_column_text(r, 2)),
                             .grade = arena_str(a, store_column_text(r, 3)),
                             .struck = arena_str(a, store_column_text(r, 4)),
                             .outcome = arena_str(a, store_column_text(r, 5)), .result = feel_null() };
    str json = arena_str(a, store_column_text(r, 6));
    if (json.len > 0) {
        feel_json_read(a, json, &g.result, NULL);
    }
    return g;
}

uint32_t work_graded_list(struct store_view *v, int64_t assessment, str grade, int64_t after, uint32_t max,
                          struct arena *a, struct work_graded *ret)
{
    uint32_t count = 0;
    struct store_value all[] = { store_int(assessment), store_int(after), store_int(max) };
    struct store_value some[] = { store_int(assessment), store_int(after), store_text(grade), store_int(max) };
    struct store_rows *r = grade.len == 0
        ? store_query(v, GRADED "position > ? ORDER BY position LIMIT ?", all, 3)
        : store_query(v, GRADED "position > ? AND grade = ? ORDER BY position LIMIT ?", some, 4);
    while (count < max && store_next(r)) {
        ret[count++] = read_graded(r, a);
    }
    store_rows_end(r);
    return count;
}

bool work_graded_of(struct store_view *v, int64_t assessment, int64_t subject, struct arena *a, struct work_graded *ret)
{
    struct store_value args[] = { store_int(assessment), store_int(subject) };
    struct store_rows *r = store_query(v, GRADED "subject = ?", args, 2);
    bool there = store_next(r);
    if (there) {
        *ret = read_graded(r, a);
    }
    store_rows_end(r);
    return there;
}

uint32_t work_lists_before(struct store_view *v, const struct work_assessment *s, uint32_t max, int64_t *ret)
{
    uint32_t count = 0;
    struct store_value args[] = { store_text(s->scheme), store_int(s->id), store_text(s->name), store_int(s->office),
                                  store_int(max) };
    struct store_rows *r = store_query(v, "SELECT id FROM assessment WHERE scheme = ? AND id < ? AND name = ? AND "
                                          "office = ? AND approved <> 0 ORDER BY id DESC LIMIT ?", args, 5);
    while (count < max && store_next(r)) {
        ret[count++] = store_column_int(r, 0);
    }
    store_rows_end(r);
    return count;
}
