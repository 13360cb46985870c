/* assess_write: the list as JSON. */
#include "scheme/assess.h"

static void write_value(struct json_writer *w, const char *name, feel_value v)
{
    json_key(w, str_of(name));
    json_raw(w, STR(""));
    feel_json_write(v, false, w->out);
}

/* 27 2/5: shares need not be finite decimals. */
static void write_exact(struct json_writer *w, const struct scheme_quota *q)
{
    int64_t a = q->exact % q->of, b = q->of;
    while (a != 0) {
        int64_t rest = b % a;
        b = a;
        a = rest;
    }
    struct buf text = BUF_INIT(64);
    buf_printf(&text, "%lld", (long long)(q->exact / q->of));
    if (q->exact % q->of != 0) {
        buf_printf(&text, " %lld/%lld", (long long)(q->exact % q->of / b), (long long)(q->of / b));
    }
    json_text_member(w, "exact", buf_str(&text));
    buf_release(&text);
}

static void write_quota(const struct scheme_list *l, const struct scheme_quota *q, uint32_t grade,
                        struct json_writer *w)
{
    json_begin_object(w);
    json_text_member(w, "grade", l->grades[grade]);
    if (!q->open) {
        json_int_member(w, "quota", q->quota);
    }
    if (q->of != 0) {
        write_exact(w, q);
    }
    json_int_member(w, "actual", q->actual);
    json_end_object(w);
}

void scheme_assess_write_groups(const struct scheme_list *l, struct json_writer *w)
{
    json_begin_array(w);
    for (uint32_t i = 0; i < l->group_count; i++) {
        const struct scheme_assess_group *g = &l->groups[i];
        json_begin_object(w);
        write_value(w, "group", g->value);
        json_int_member(w, "count", g->count);
        json_int_member(w, "graded", g->graded);
        json_key(w, STR("grades"));
        json_begin_array(w);
        for (uint32_t k = 0; k < l->grade_count && g->quotas != NULL; k++) {
            write_quota(l, &g->quotas[k], k, w);
        }
        json_end_array(w);
        json_int_member(w, "without", g->without);
        json_end_object(w);
    }
    json_end_array(w);
}

/* What it lacks for the next better grade; of numbers also how much. */
static void write_next(const struct scheme_list *l, const struct scheme_assessed *e, const struct scheme_entry *entry,
                       struct json_writer *w)
{
    bool lot = (uint32_t)e->key == l->key_count;
    feel_value own = lot ? feel_number(dec_from_uint(e->lot)) : entry->values[e->key];
    dec by;
    json_key(w, STR("next"));
    json_begin_object(w);
    json_text_member(w, "key", lot ? STR("lot") : l->keys[e->key]);
    write_value(w, "own", own);
    write_value(w, "wanted", e->wanted);
    if (own.kind == FEEL_NUMBER && e->wanted.kind == FEEL_NUMBER && dec_sub(e->wanted.number, own.number, &by)) {
        write_value(w, "by", feel_number(dec_abs(by)));
    }
    json_end_object(w);
}

static void write_graded(const struct scheme_list *l, const struct scheme_assessed *e, const struct scheme_entry *entry,
                         struct json_writer *w)
{
    json_int_member(w, "rank", e->rank);
    if (e->lot != 0) {
        json_int_member(w, "lot", e->lot);
    }
    if (l->grade_count > 0) {
        json_key(w, STR("grade"));
        if (e->grade >= 0) {
            json_string(w, l->grades[e->grade]);
        } else {
            json_null(w);
        }
        json_text_member(w, "why", str_of(scheme_assess_why_name(e->why)));
    }
    if (e->place != 0) {
        json_int_member(w, "place", e->place);
    }
    json_key(w, STR("values"));
    json_begin_object(w);
    for (uint32_t i = 0; i < l->key_count; i++) {
        json_key(w, l->keys[i]);
        json_raw(w, STR(""));
        feel_json_write(entry->values[i], false, w->out);
    }
    json_end_object(w);
    if (e->border) {
        json_key(w, STR("border"));
        json_bool(w, true);
    }
    if (e->key != SCHEME_NO_KEY) {
        write_next(l, e, entry, w);
    }
}

void scheme_assess_write_entry(const struct scheme_list *l, const struct scheme_entry *entries, uint32_t place,
                               struct json_writer *w)
{
    const struct scheme_assessed *e = &l->entries[place];
    const struct scheme_entry *entry = &entries[e->entry];
    json_begin_object(w);
    json_text_member(w, "id", entry->id);
    if (entry->group.kind != FEEL_NULL) {
        write_value(w, "group", entry->group);
    }
    if (e->state == SCHEME_GRADED) {
        write_graded(l, e, entry, w);
    } else if (e->state == SCHEME_STRUCK) {
        json_key(w, STR("struck"));
        json_bool(w, true);
    } else {
        json_text_member(w, "undetermined", e->unknown);
    }
    json_end_object(w);
}
