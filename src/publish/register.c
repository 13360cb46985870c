/* register: reading what was published. Who may read what is in the query itself: a number that is guessed finds only
 * what the reader may see. */
#include "publish/publish_int.h"

#include "base/limit.h"

#define NOTICE_COLUMNS                                                                                                 \
    "SELECT n.id, n.number, n.dossier, n.published, n.until, n.version, n.list, n.before, n.after, n.ended, "          \
    "n.sample, n.series, n.kind, n.title, n.state, n.fields, COALESCE(d.blob, ''), n.name, n.audience, n.party, "      \
    "n.reason, n.objections, n.publisher, n.held, n.released, n.proposers, n.office, n.wait, n.proposed, "             \
    "n.proposed_by, n.published_by FROM notice n LEFT JOIN document d ON d.id = n.document "

/* Whom a notice is for: the public; with the handle of a party that party; with 1 the office. */
#define AUDIENCE "(n.audience = 'public' OR (n.audience = 'parties' AND n.party = ?) OR ? = 1) "

static void read_columns(struct store_rows *r, struct arena *a, struct publish_notice *ret)
{
    int64_t *const numbers[] = { &ret->id, &ret->number, &ret->dossier, &ret->published, &ret->until, &ret->version,
                                 &ret->list, &ret->before, &ret->after, &ret->ended };
    str *const texts[] = { &ret->series, &ret->kind, &ret->title, &ret->state, &ret->fields, &ret->blob, &ret->name,
                           &ret->audience, &ret->party, &ret->reason, &ret->objections, &ret->publisher, &ret->held,
                           &ret->released, &ret->proposers };
    int64_t wait = 0, *const others[] = { &ret->office, &wait, &ret->proposed, &ret->proposed_by, &ret->published_by };
    enum {
        NUMBERS = sizeof numbers / sizeof numbers[0],
        TEXTS = sizeof texts / sizeof texts[0],
        OTHERS = sizeof others / sizeof others[0]
    };
    for (uint32_t i = 0; i < NUMBERS; i++) {
        *numbers[i] = store_column_int(r, i);
    }
    ret->sample = store_column_int(r, NUMBERS) != 0;
    for (uint32_t i = 0; i < TEXTS; i++) {
        *texts[i] = arena_str(a, store_column_text(r, NUMBERS + 1 + i));
    }
    for (uint32_t i = 0; i < OTHERS; i++) {
        *others[i] = store_column_int(r, NUMBERS + 1 + TEXTS + i);
    }
    ret->number = ret->number < 0 ? 0 : ret->number;
    ret->wait = (uint32_t)wait;
}

/* An empty handle belongs to nobody. */
static struct store_value party_of(const struct publish_reader *reader)
{
    return store_text(reader->party.len > 0 ? reader->party : STR("\x01"));
}

bool publish_read_for(struct store_view *v, int64_t id, const struct publish_reader *reader, struct arena *a,
                      struct publish_notice *ret)
{
    struct store_value args[] = { store_int(id), party_of(reader), store_int(reader->office),
                                  store_int(reader->office) };
    struct store_rows *r = store_query(v, NOTICE_COLUMNS "WHERE n.id = ? AND " AUDIENCE
                                                         "AND (n.state IN ('published', 'superseded') OR ? = 1)",
                                       args, 4);
    bool there = store_next(r);
    if (there) {
        read_columns(r, a, ret);
    }
    store_rows_end(r);
    return there;
}

bool publish_read_notice(struct store_view *v, int64_t id, struct arena *a, struct publish_notice *ret)
{
    const struct publish_reader everybody = { .office = false };
    return publish_read_for(v, id, &everybody, a, ret);
}

/* The search knows of public notices that stand. */
static uint32_t list_found(struct store_view *v, const struct publish_query *q, struct arena *a,
                           struct publish_notice *ret)
{
    int64_t *ids = ARENA_ARRAY(a, int64_t, q->max);
    uint32_t found = store_search(v, STR("notice"), q->words, q->before, q->max, ids), count = 0;
    for (uint32_t i = 0; i < found; i++) {
        count += publish_read_for(v, ids[i], &q->reader, a, &ret[count]) &&
                 str_eq(ret[count].state, STR("published"));
    }
    return count;
}

uint32_t publish_find(struct store_view *v, const struct publish_query *q, struct arena *a,
                      struct publish_notice *ret)
{
    if (str_trim(q->words).len > 0) {
        return list_found(v, q, a, ret);
    }
    struct store_value args[] = { store_int(q->before), party_of(&q->reader), store_int(q->reader.office),
                                  store_int(q->list), store_int(q->list), store_int(q->dossier),
                                  store_int(q->dossier), store_int(q->whole), store_int(q->at), store_int(q->at),
                                  store_int(q->at), store_int(q->at), store_int(q->max) };
    struct store_rows *r = store_query(
        v, NOTICE_COLUMNS "WHERE n.id < ? AND " AUDIENCE "AND (n.list = ? OR ? = 0) AND (n.dossier = ? OR ? = 0) AND "
                          "(? = 0 OR n.list = 0) AND ((? = 0 AND n.state = 'published') OR (? <> 0 AND n.state IN "
                          "('published', 'superseded', 'expired') AND n.published <= ? AND (n.ended = 0 OR n.ended > "
                          "?))) ORDER BY n.id DESC LIMIT ?", args, 13);
    uint32_t count = 0;
    while (store_next(r)) {
        read_columns(r, a, &ret[count++]);
    }
    store_rows_end(r);
    return count;
}

uint32_t publish_desk(struct store_view *v, int64_t of, const char *state, int64_t before, uint32_t max,
                      struct arena *a, struct publish_notice *ret)
{
    struct store_value args[] = { store_int(of), store_text(str_of(state)), store_int(before), store_int(max) };
    struct store_rows *r = store_query(
        v, NOTICE_COLUMNS "WHERE n.office = ? AND n.state = ? AND n.id < ? AND (n.list = 0 OR n.before <> 0) AND "
                          "(n.wait = 0 OR n.state <> 'waiting' OR EXISTS (SELECT 1 FROM queue q WHERE q.dossier = "
                          "n.dossier AND q.wait = n.wait)) ORDER BY n.id DESC LIMIT ?", args, 4);
    uint32_t count = 0;
    while (store_next(r)) {
        read_columns(r, a, &ret[count++]);
    }
    store_rows_end(r);
    return count;
}

uint32_t publish__entries(struct store_view *v, int64_t list, const struct publish_reader *reader, struct arena *a,
                          struct publish_notice **ret)
{
    struct store_value args[] = { store_int(list), party_of(reader), store_int(reader->office) };
    struct store_rows *r = store_query(v, NOTICE_COLUMNS "WHERE n.list = ? AND n.list <> 0 AND " AUDIENCE
                                                         "ORDER BY n.id", args, 3);
    uint32_t count = 0, room = 64;
    struct publish_notice *rows = ARENA_ARRAY(a, struct publish_notice, room);
    while (store_next(r)) {
        if (count == room) {
            struct publish_notice *more = ARENA_ARRAY(a, struct publish_notice, room * 2);
            memcpy(more, rows, count * sizeof *rows);
            rows = more;
            room *= 2;
        }
        read_columns(r, a, &rows[count++]);
    }
    store_rows_end(r);
    *ret = rows;
    return count;
}

uint32_t publish_list(struct store_view *v, str words, int64_t before, uint32_t max, struct arena *a,
                      struct publish_notice *ret)
{
    const struct publish_query q = { .words = words, .before = before, .max = max };
    return publish_find(v, &q, a, ret);
}

void publish_write_notice(const struct publish_notice *n, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_int_member(&w, "notice", n->id);
    json_text_member(&w, "series", n->series);
    json_int_member(&w, "number", n->number);
    json_text_member(&w, "kind", n->kind);
    json_text_member(&w, "audience", n->audience);
    json_text_member(&w, "state", n->state);
    json_int_member(&w, "dossier", n->dossier);
    json_text_member(&w, "title", n->title);
    work_write_instant(&w, "published", n->published);
    work_write_instant(&w, "until", n->until);
    json_key(&w, STR("fields"));
    json_raw(&w, n->fields);
    const struct {
        const char *name;
        int64_t value;
    } others[] = { { "list", n->list }, { "before", n->before }, { "after", n->after } };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i].value != 0) {
            json_int_member(&w, others[i].name, others[i].value);
        }
    }
    if (n->reason.len > 0) {
        json_text_member(&w, "reason", n->reason);
    }
    if (n->objections.len > 0) {
        json_text_member(&w, "objections", n->objections);
    }
    if (n->published == 0) { /* at the desk: nobody else reads it */
        feel_value held = feel_null();
        struct arena a = ARENA_INIT;
        feel_json_read(&a, n->held, &held, NULL);
        work_write_instant(&w, "proposed", n->proposed);
        json_key(&w, STR("found"));
        json_raw(&w, STR(""));
        feel_json_write(feel_member(held, "found"), false, out);
        arena_release(&a);
    }
    json_text_member(&w, "pdf", n->blob);
    json_end_object(&w);
}
