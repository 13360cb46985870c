/* read: dossiers, tasks and lists for pages and commands, as JSON. What is shown to whom is decided by the caller, who
 * chooses the function. */
#include "work/work_int.h"

#include <stdio.h>

/* ---- One dossier ---- */

bool work_read_dossier(struct store_view *v, int64_t id, struct arena *a, struct work_dossier *ret)
{
    struct store_value args[] = { store_int(id) };
    struct store_rows *r = store_query(v, "SELECT version, office, parent, opened, changed, closed, scheme, code, "
                                          "bundle, process, outcome, subject, round, state, parent_wait FROM "
                                          "dossier WHERE id = ?", args, 1);
    bool there = store_next(r);
    if (there) {
        int64_t *const numbers[] = { &ret->version, &ret->office, &ret->parent, &ret->opened, &ret->changed,
                                     &ret->closed };
        str *const texts[] = { &ret->scheme, &ret->code, &ret->bundle, &ret->process, &ret->outcome, &ret->subject,
                               &ret->round, &ret->state };
        ret->id = id;
        for (uint32_t i = 0; i < 6; i++) {
            *numbers[i] = store_column_int(r, i);
        }
        for (uint32_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            *texts[i] = arena_str(a, store_column_text(r, 6 + i));
        }
        ret->parent_wait = (uint32_t)store_column_int(r, 14);
    }
    store_rows_end(r);
    return there;
}

/* ---- Columns to members ---- */

enum cell { CELL_BOOL, CELL_TEXT, CELL_INT, CELL_INSTANT, CELL_JSON, CELL_TASK };

struct column {
    const char *name;
    enum cell cell;
};

static void write_cell(struct json_writer *w, struct store_rows *r, uint32_t i, const struct column *c)
{
    switch (c->cell) {
    case CELL_BOOL:
        json_key(w, str_of(c->name));
        json_bool(w, store_column_int(r, i) != 0);
        break;
    case CELL_TEXT: json_text_member(w, c->name, store_column_text(r, i)); break;
    case CELL_INT: json_int_member(w, c->name, store_column_int(r, i)); break;
    case CELL_INSTANT: work_write_instant(w, c->name, store_column_int(r, i)); break;
    case CELL_JSON:
        json_key(w, str_of(c->name));
        json_raw(w, store_column_text(r, i));
        break;
    case CELL_TASK: { /* "dossier.wait" out of this column and the next */
        char name[48];
        snprintf(name, sizeof name, "%lld.%lld", (long long)store_column_int(r, i),
                 (long long)store_column_int(r, i + 1));
        json_text_member(w, c->name, str_of(name));
        break;
    }
    }
}

/* An array of objects, one for each row. A column named "" belongs to the one before it. */
static void write_rows(struct json_writer *w, struct store_rows *r, const struct column *columns, uint32_t count)
{
    json_begin_array(w);
    while (store_next(r)) {
        json_begin_object(w);
        for (uint32_t i = 0; i < count; i++) {
            if (columns[i].name[0] != '\0') {
                write_cell(w, r, i, &columns[i]);
            }
        }
        json_end_object(w);
    }
    json_end_array(w);
    store_rows_end(r);
}

#define COLUMNS(list) list, sizeof list / sizeof list[0]

static void write_query(struct json_writer *w, struct store_view *v, const char *name, const char *sql, int64_t dossier,
                        const struct column *columns, uint32_t count)
{
    struct store_value args[] = { store_int(dossier) };
    json_key(w, str_of(name));
    write_rows(w, store_query(v, sql, args, 1), columns, count);
}

static const struct column task_columns[] = {
    { "task", CELL_TASK }, { "", CELL_INT },        { "element", CELL_TEXT },   { "name", CELL_TEXT },
    { "form", CELL_TEXT }, { "role", CELL_TEXT },   { "office", CELL_INT },     { "assignee", CELL_INT },
    { "status", CELL_TEXT }, { "opened", CELL_INSTANT }, { "due", CELL_INSTANT }, { "closed", CELL_INSTANT },
};

static const struct column clock_columns[] = {
    { "dossier", CELL_INT },  { "clock", CELL_TEXT }, { "state", CELL_TEXT },       { "due", CELL_INSTANT },
    { "party", CELL_BOOL },   { "late", CELL_BOOL },  { "provisional", CELL_BOOL }, { "calendar", CELL_TEXT },
};

static void write_parts(struct json_writer *w, struct store_view *v, int64_t id)
{
    static const struct column timers[] = { { "wait", CELL_INT }, { "due", CELL_INSTANT } };
    static const struct column subscriptions[] = { { "wait", CELL_INT }, { "kind", CELL_TEXT }, { "name", CELL_TEXT },
                                                   { "key", CELL_TEXT } };
    static const struct column jobs[] = { { "wait", CELL_INT }, { "queue", CELL_TEXT }, { "ready", CELL_INSTANT },
                                          { "tries", CELL_INT } };
    static const struct column incidents[] = { { "item", CELL_INT },  { "element", CELL_TEXT }, { "kind", CELL_TEXT },
                                               { "detail", CELL_TEXT }, { "opened", CELL_INSTANT } };
    static const struct column tells[] = { { "at", CELL_INSTANT }, { "office", CELL_INT }, { "role", CELL_TEXT },
                                           { "what", CELL_JSON },  { "seen", CELL_INSTANT } };
    static const struct column recusals[] = { { "person", CELL_INT }, { "at", CELL_INSTANT }, { "reason", CELL_TEXT } };
    static const struct column decisions[] = { { "id", CELL_INT },   { "element", CELL_TEXT }, { "name", CELL_TEXT },
                                               { "at", CELL_INSTANT }, { "hash", CELL_TEXT } };
    static const struct column history[] = { { "id", CELL_INT },   { "at", CELL_INSTANT }, { "actor", CELL_INT },
                                             { "act", CELL_TEXT }, { "detail", CELL_JSON } };
    write_query(w, v, "tasks", "SELECT dossier, wait, element, name, form, role, office, assignee, status, opened, "
                               "due, closed FROM task WHERE dossier = ? ORDER BY wait", id, COLUMNS(task_columns));
    write_query(w, v, "timers", "SELECT wait, due FROM timer WHERE dossier = ? ORDER BY wait", id, COLUMNS(timers));
    write_query(w, v, "clocks", "SELECT dossier, name, state, due, party, late, provisional, calendar FROM clock WHERE "
                                "dossier = ? ORDER BY name", id, COLUMNS(clock_columns));
    write_query(w, v, "subscriptions", "SELECT wait, kind, name, key FROM subscription WHERE dossier = ? ORDER BY wait",
                id, COLUMNS(subscriptions));
    write_query(w, v, "jobs", "SELECT wait, name, ready, tries FROM queue WHERE dossier = ? AND name >= 'job:' AND "
                              "name < 'job;' ORDER BY id", id, COLUMNS(jobs));
    write_query(w, v, "incidents", "SELECT item, element, kind, detail, opened FROM incident WHERE dossier = ? ORDER "
                                   "BY number", id, COLUMNS(incidents));
    write_query(w, v, "tells", "SELECT at, office, role, what, seen FROM tell WHERE dossier = ? ORDER BY id", id,
                COLUMNS(tells));
    write_query(w, v, "recusals", "SELECT person, at, reason FROM recusal WHERE dossier = ? ORDER BY at, person", id,
                COLUMNS(recusals));
    write_query(w, v, "decisions", "SELECT id, element, name, at, hash FROM decision WHERE dossier = ? ORDER BY id", id,
                COLUMNS(decisions));
    write_query(w, v, "history", "SELECT id, at, actor, verb, detail FROM audit WHERE kind = 'dossier' AND object = ? "
                                 "ORDER BY id", id, COLUMNS(history));
}

static const struct column message_columns[] = {
    { "id", CELL_INT },         { "name", CELL_TEXT },    { "from", CELL_INT },     { "to", CELL_INT },
    { "about", CELL_INT },      { "target", CELL_INT },   { "dossier", CELL_INT },  { "answers", CELL_INT },
    { "payload", CELL_JSON },   { "files", CELL_JSON },   { "transport", CELL_TEXT }, { "paper", CELL_TEXT },
    { "state", CELL_TEXT },     { "reason", CELL_TEXT },  { "sent", CELL_INSTANT }, { "taken", CELL_INSTANT },
    { "answered", CELL_INSTANT },
};

#define MESSAGE_COLUMNS                                                                                                \
    "SELECT id, name, sender, receiver, about, target, dossier, answers, payload, files, transport, paper, state, "    \
    "reason, sent, taken, answered FROM message "

/* Those that the dossier sent, and those that it took. */
static void write_messages(struct json_writer *w, struct store_view *v, int64_t id)
{
    struct store_value args[] = { store_int(id), store_int(id), store_int(id) };
    json_key(w, STR("messages"));
    write_rows(w, store_query(v, MESSAGE_COLUMNS "WHERE about = ? OR (target = ? AND target <> 0) OR (dossier = ? AND "
                                                 "dossier <> 0) ORDER BY id", args, 3), COLUMNS(message_columns));
}

/* Both ways: what this one is of others, and they of it. */
static void write_links(struct json_writer *w, struct store_view *v, int64_t id)
{
    static const struct column links[] = { { "dossier", CELL_INT }, { "kind", CELL_TEXT }, { "other", CELL_INT } };
    struct store_value args[] = { store_int(id), store_int(id) };
    json_key(w, STR("links"));
    write_rows(w, store_query(v, "SELECT dossier, kind, other FROM link WHERE dossier = ? OR other = ? ORDER BY "
                                 "dossier, kind, other", args, 2), COLUMNS(links));
}

static void write_head(struct json_writer *w, const struct work_dossier *d)
{
    json_int_member(w, "dossier", d->id);
    json_text_member(w, "scheme", d->scheme);
    json_text_member(w, "process", d->process);
    json_text_member(w, "outcome", d->outcome);
    work_write_instant(w, "opened", d->opened);
    work_write_instant(w, "changed", d->changed);
    work_write_instant(w, "closed", d->closed);
}

void work_write_dossier(struct work *work, struct store_view *v, const struct work_dossier *d, struct buf *out)
{
    struct json_writer w;
    (void)work;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    write_head(&w, d);
    json_text_member(&w, "bundle", d->bundle);
    json_int_member(&w, "office", d->office);
    json_text_member(&w, "subject", d->subject);
    if (d->round.len > 0) {
        json_key(&w, STR("round"));
        json_raw(&w, d->round);
    }
    json_int_member(&w, "parent", d->parent);
    write_parts(&w, v, d->id);
    write_links(&w, v, d->id);
    write_messages(&w, v, d->id);
    json_end_object(&w);
}

/* ---- Lists ---- */

void work_write_tasks(struct store_view *v, int64_t office, str role, int64_t assignee, uint32_t max, struct buf *out)
{
    struct json_writer w;
    struct store_rows *r;
    json_writer_init(&w, out, false);
    if (role.len > 0) {
        struct store_value args[] = { store_int(office), store_text(role), store_int(max) };
        r = store_query(v, "SELECT dossier, wait, element, name, form, role, office, assignee, status, opened, due, "
                           "closed FROM task WHERE status = 'open' AND office = ? AND role = ? ORDER BY due, dossier "
                           "LIMIT ?", args, 3);
    } else {
        struct store_value args[] = { store_int(assignee), store_int(max) };
        r = store_query(v, "SELECT dossier, wait, element, name, form, role, office, assignee, status, opened, due, "
                           "closed FROM task WHERE status = 'open' AND assignee = ? AND assignee <> 0 ORDER BY due, "
                           "dossier LIMIT ?", args, 2);
    }
    write_rows(&w, r, COLUMNS(task_columns));
}

void work_write_clocks(struct store_view *v, int64_t office, uint32_t max, struct buf *out)
{
    struct json_writer w;
    struct store_value args[] = { store_int(office), store_int(max) };
    json_writer_init(&w, out, false);
    struct store_rows *r =
        office != 0
            ? store_query(v, "SELECT c.dossier, c.name, c.state, c.due, c.party, c.late, c.provisional, c.calendar "
                             "FROM clock c JOIN dossier d ON d.id = c.dossier WHERE c.state = 'running' AND d.office = "
                             "? ORDER BY c.due, c.dossier LIMIT ?", args, 2)
            : store_query(v, "SELECT dossier, name, state, due, party, late, provisional, calendar FROM clock WHERE "
                             "state = 'running' ORDER BY due, dossier LIMIT ?", args + 1, 1);
    write_rows(&w, r, COLUMNS(clock_columns));
}

void work_write_told(struct store_view *v, int64_t office, str role, uint32_t max, struct buf *out)
{
    static const struct column columns[] = { { "at", CELL_INSTANT }, { "office", CELL_INT },   { "role", CELL_TEXT },
                                             { "party", CELL_TEXT }, { "dossier", CELL_INT }, { "what", CELL_JSON } };
    struct json_writer w;
    struct store_value args[] = { store_int(office), store_int(office), store_text(role), store_text(role),
                                  store_int(max) };
    json_writer_init(&w, out, false);
    struct store_rows *r = store_query(v, "SELECT at, office, role, party, dossier, what FROM tell WHERE seen = 0 AND "
                                          "(office = ? OR 0 = ?) AND (role = ? OR '' = ?) ORDER BY id DESC LIMIT ?",
                                       args, 5);
    write_rows(&w, r, COLUMNS(columns));
}

void work_write_messages(struct store_view *v, int64_t office, int64_t before, uint32_t max, struct buf *out)
{
    struct json_writer w;
    struct store_value args[] = { store_int(office), store_int(office), store_int(before), store_int(max) };
    json_writer_init(&w, out, false);
    struct store_rows *r =
        office != 0 ? store_query(v, MESSAGE_COLUMNS "WHERE (sender = ? OR receiver = ?) AND id < ? ORDER BY id DESC "
                                                     "LIMIT ?", args, 4)
                    : store_query(v, MESSAGE_COLUMNS "WHERE id < ? ORDER BY id DESC LIMIT ?", args + 2, 2);
    write_rows(&w, r, COLUMNS(message_columns));
}

uint32_t work_awaited(struct store_view *v, int64_t dossier, uint32_t max, struct arena *a, str *ret)
{
    struct store_value args[] = { store_int(dossier), store_int(max) };
    struct store_rows *r = store_query(v, "SELECT DISTINCT name FROM subscription WHERE dossier = ? AND kind = "
                                          "'message' ORDER BY name LIMIT ?", args, 2);
    uint32_t count = 0;
    while (count < max && store_next(r)) {
        ret[count++] = arena_str(a, store_column_text(r, 0));
    }
    store_rows_end(r);
    return count;
}

/* What the office above answered is a message of its own, or stands in the one that brought it by hand. */
void work_write_sent(struct store_view *v, int64_t assessment, struct buf *out)
{
    static const struct column columns[] = {
        { "entry", CELL_TEXT },    { "dossier", CELL_INT },  { "message", CELL_INT },  { "name", CELL_TEXT },
        { "to", CELL_INT },        { "transport", CELL_TEXT }, { "state", CELL_TEXT }, { "sent", CELL_INSTANT },
        { "taken", CELL_INSTANT }, { "paper", CELL_TEXT },   { "wait", CELL_INT },     { "by", CELL_INT },
        { "answer", CELL_JSON },   { "answer paper", CELL_TEXT }, { "answered", CELL_INSTANT },
    };
    struct json_writer w;
    struct store_value args[] = { store_int(assessment) };
    json_writer_init(&w, out, false);
    struct store_rows *r = store_query(
        v,
        "SELECT e.id, m.about, m.id, m.name, m.receiver, m.transport, m.state, m.sent, m.taken, m.paper, "
        "coalesce((SELECT t.wait FROM task t WHERE t.dossier = m.about AND t.wait = m.wait AND t.status = 'open'), "
        "0), "
        "coalesce((SELECT max(h.actor) FROM audit h WHERE h.kind = 'dossier' AND h.object = m.about AND h.verb = "
        "'complete' AND h.at = m.taken AND m.transport = 'hand'), 0), "
        "coalesce(r.payload, 'null'), coalesce(r.paper, ''), coalesce(r.taken, 0) "
        "FROM assessment a JOIN assessment_entry e ON e.assessment = a.id JOIN message m ON m.about = e.subject AND "
        "m.sent >= a.approved LEFT JOIN message r ON r.target = m.about AND r.answers = m.id "
        "WHERE a.id = ? AND a.approved > 0 ORDER BY e.position, m.id", args, 1);
    write_rows(&w, r, COLUMNS(columns));
}

void work_write_schemes(struct store_view *v, struct buf *out)
{
    static const struct column columns[] = { { "scheme", CELL_TEXT }, { "version", CELL_INT }, { "bundle", CELL_TEXT },
                                             { "installed", CELL_INSTANT } };
    struct json_writer w;
    json_writer_init(&w, out, false);
    struct store_rows *r = store_query(v, "SELECT name, number, bundle, since FROM deployed ORDER BY name, number DESC",
                                       NULL, 0);
    write_rows(&w, r, COLUMNS(columns));
}

void work_write_list(struct store_view *v, str scheme, int64_t before, uint32_t max, struct buf *out)
{
    static const struct column columns[] = { { "dossier", CELL_INT },   { "scheme", CELL_TEXT },
                                             { "process", CELL_TEXT },  { "outcome", CELL_TEXT },
                                             { "subject", CELL_TEXT },  { "opened", CELL_INSTANT },
                                             { "changed", CELL_INSTANT }, { "closed", CELL_INSTANT } };
    struct json_writer w;
    struct store_rows *r;
    json_writer_init(&w, out, false);
    if (scheme.len > 0) {
        struct store_value args[] = { store_text(scheme), store_int(before), store_int(max) };
        r = store_query(v, "SELECT id, scheme, process, outcome, subject, opened, changed, closed FROM dossier WHERE "
                           "scheme = ? AND id < ? ORDER BY id DESC LIMIT ?", args, 3);
    } else {
        struct store_value args[] = { store_int(before), store_int(max) };
        r = store_query(v, "SELECT id, scheme, process, outcome, subject, opened, changed, closed FROM dossier WHERE "
                           "id < ? ORDER BY id DESC LIMIT ?", args, 2);
    }
    write_rows(&w, r, COLUMNS(columns));
}
