/* record: the canonical form of a decision (docs/record.md): what is stored, hashed and recomputed.
 *
 * RFC 8785 by construction: every object's members are written here in the order of their names, and there are
 * no JSON numbers; feel_record_write does the same for values.
 */
#include "dmn/dmn_int.h"

#include "text/json_write.h"

static void value_member(struct json_writer *w, const char *name, feel_value v)
{
    json_key(w, str_of(name));
    json_raw(w, STR(""));
    feel_record_write(v, w->out);
}

static void write_environment(struct json_writer *w, const struct feel_environment *env)
{
    cal_datetime t;
    struct buf b = BUF_INIT(256);
    json_begin_object(w);
    json_text_member(w, "calendar", env->calendar == NULL ? STR("") : cal_calendar_name(env->calendar));
    if (cal_datetime_from_utc(env->instant, env->nano, 0, &t)) {
        cal_print_datetime(t, &b);
    }
    json_text_member(w, "instant", buf_str(&b));
    buf_clear(&b);
    buf_printf(&b, "%016llx", (unsigned long long)env->seed);
    json_text_member(w, "seed", buf_str(&b));
    json_text_member(w, "tzdata", cal_zone_version());
    json_text_member(w, "zone", env->zone >= CAL_ZONE_IANA ? cal_zone_name(env->zone) : STR("UTC"));
    json_end_object(w);
    buf_release(&b);
}

static str rule_id(struct arena *a, const struct dmn_table *t, uint32_t r)
{
    str id = dmn__attr(t->rule_xml[r], "id");
    return id.len > 0 ? id : arena_printf(a, "%u", r + 1);
}

/* The tables that were evaluated and the rules that fitted, in the order of evaluation. */
static void write_matched(struct json_writer *w, const struct dmn_trace *t)
{
    struct arena *a = feel_eval_arena(t->ev);
    json_begin_array(w);
    for (uint32_t i = 0; i < t->node_count; i++) {
        for (const struct dmn_table_trace *tt = t->nodes[i].tables; tt != NULL; tt = tt->next) {
            json_begin_object(w);
            json_key(w, STR("rules"));
            json_begin_array(w);
            for (uint32_t r = 0; r < tt->table->rules.rule_count; r++) {
                if (tt->rules[r].outputs != NULL) {
                    json_string(w, rule_id(a, tt->table, r));
                }
            }
            json_end_array(w);
            json_text_member(w, "table", tt->table->name);
            json_end_object(w);
        }
    }
    json_end_array(w);
}

/* The values of nodes, sorted by name as RFC 8785 wants: through a context, whose writer sorts. */
static void write_nodes(struct json_writer *w, const struct dmn_trace *t, bool given)
{
    struct arena *a = feel_eval_arena(t->ev);
    str *names = ARENA_ARRAY(a, str, t->node_count);
    feel_value *values = ARENA_ARRAY(a, feel_value, t->node_count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->node_count; i++) {
        if (t->nodes[i].given == given) {
            names[count] = t->nodes[i].node->label;
            values[count++] = t->nodes[i].value;
        }
    }
    const struct feel_shape *shape = dmn__unique_shape(a, names, count);
    value_member(w, given ? "inputs" : "outputs", feel_context(shape, values));
}

void dmn_record(const struct dmn_trace *t, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "decision", t->target->label);
    json_key(&w, STR("environment"));
    write_environment(&w, feel_eval_environment(t->ev));
    write_nodes(&w, t, true);
    json_key(&w, STR("matched"));
    write_matched(&w, t);
    json_text_member(&w, "model", t->model->hash);
    write_nodes(&w, t, false);
    struct buf number = BUF_INIT(16);
    buf_printf(&number, "%d", FEEL_SEMANTICS);
    json_text_member(&w, "semantics", buf_str(&number));
    buf_release(&number);
    json_end_object(&w);
}
