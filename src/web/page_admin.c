/* admin: the machine as its administrator sees it: how it goes, copies, settings. No dossier is shown: of what is held
 * up the number and the step, of letters how many. */
#include "web/admin.h"

#include "web/office.h"

#include "helper/helper.h"

enum { INCIDENTS = 50, QUEUES = 40, COPIES = 30 };

/* ---- What all share ---- */

void web__admin_tabs(struct web__call *c, const char *here)
{
    static const struct {
        const char *word, *sentence;
    } tabs[] = { { "", "How it goes" },    { "/people", "People" }, { "/offices", "Offices" },
                 { "/sessions", "Sessions" }, { "/audit", "Audit trail" }, { "/backup", "Copies" },
                 { "/settings", "Settings of the server" } };
    struct node *list = node_put_list(c->model, "tabs");
    for (size_t i = 0; i < sizeof tabs / sizeof tabs[0]; i++) {
        struct node *item = node_add_object(list);
        node_put_text(item, "link", arena_printf(c->arena, "/admin%s", tabs[i].word));
        node_put_word(item, "text", tabs[i].sentence);
        node_put_true(item, "here", strcmp(tabs[i].word, here) == 0);
    }
}

/* Levels have the words that an administrator gave them; these are known. */
static str level_called(const struct web__call *c, str level)
{
    static const char *const known[] = { "province", "city", "county", "station", "street", "office" };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (str_eq(level, str_of(known[i]))) {
            return str_of(lang_text(c->lang, known[i]));
        }
    }
    return level;
}

static void put_below(struct web__call *c, const struct people_tree *tree, int64_t parent, int64_t chosen, int depth,
                      struct node *list)
{
    for (uint32_t i = 0; i < tree->count && list->count < LIMIT_WEB_OFFICES && depth < LIMIT_PEOPLE_OFFICE_DEPTH; i++) {
        const struct people_office *o = &tree->offices[i];
        if (o->parent == parent) {
            struct buf indent = BUF_INIT(1024);
            struct node *row = node_add_object(list);
            for (int k = 0; k < depth; k++) {
                buf_addz(&indent, "　");
            }
            node_put_int(row, "id", o->id);
            node_put_text(row, "code", arena_str(c->arena, o->code));
            node_put_text(row, "name", arena_str(c->arena, o->name));
            node_put_text(row, "level", arena_str(c->arena, level_called(c, o->level)));
            node_put_text(row, "indent", arena_str(c->arena, buf_str(&indent)));
            node_put_true(row, "chosen", o->id == chosen);
            buf_release(&indent);
            put_below(c, tree, o->id, chosen, depth + 1, list);
        }
    }
}

void web__put_offices(struct web__call *c, const struct people_tree *tree, int64_t chosen)
{
    put_below(c, tree, 0, chosen, 0, node_put_list(c->model, "offices"));
}

str web__admin_office(struct web__call *c, const struct people_tree *tree, int64_t office)
{
    const struct people_office *o = people_office(tree, office);
    return o != NULL ? arena_str(c->arena, o->name) : str_of(lang_text(c->lang, "all offices"));
}

bool web__until(str text, int64_t *ret)
{
    cal_date day;
    *ret = 0;
    if (text.len == 0) {
        return true;
    }
    if (!cal_parse_date(text, &day)) {
        return false;
    }
    *ret = web__day_begins(day) + INT64_C(86400000000);
    return true;
}

bool web__admin_done(struct web__call *c, struct people_plan *plan, enum error_code planned, str where,
                     struct error *err)
{
    enum error_code code = people_finish(plan, planned, NULL, err);
    if (code == OK) {
        web__go(c, where);
    } else {
        web__problem(c, err, NULL);
    }
    return code == OK;
}

/* ---- How it goes ---- */

static void put_incidents(struct web__call *c, struct store_view *v)
{
    const struct work_incident *rows;
    uint32_t count = work_incidents(v, c->arena, INCIDENTS + 1, &rows);
    struct node *list = node_put_list(c->model, "incidents");
    node_put_true(c->model, "more_incidents", count > INCIDENTS);
    for (uint32_t i = 0; i < count && i < INCIDENTS; i++) {
        struct node *n = node_add_object(list);
        node_put_int(n, "dossier", rows[i].dossier);
        node_put_int(n, "item", rows[i].item);
        node_put_text(n, "scheme", web__scheme_title(c, v, rows[i].scheme));
        node_put_text(n, "element", rows[i].element);
        node_put_text(n, "kind", rows[i].kind);
        web__put_instant(n, "opened", rows[i].opened);
    }
}

static const char *const queue_words[][2] = {
    { "event", "deliveries between dossiers" }, { "paper", "papers to be made" }, { "expire", "notices that end" },
    { "place", "what is given on to places" },
};

static const char *word_of(struct arena *a, str queue)
{
    for (size_t i = 0; i < sizeof queue_words / sizeof queue_words[0]; i++) {
        if (str_eq(queue, str_of(queue_words[i][0]))) {
            return queue_words[i][1];
        }
    }
    return arena_str(a, queue).ptr;
}

static void put_queues(struct web__call *c, struct store_view *v)
{
    const struct work_queue *rows;
    uint32_t count = work_queues(v, c->arena, c->now, QUEUES, &rows);
    struct node *list = node_put_list(c->model, "queues");
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        node_put_word(n, "name", word_of(c->arena, rows[i].name));
        node_put_int(n, "count", rows[i].count);
        node_put_int(n, "late", rows[i].late);
        node_put_int(n, "tries", rows[i].tries);
        web__put_instant(n, "oldest", rows[i].oldest);
        node_put_word(n, "look", rows[i].late > 0 ? "fair" : "good");
    }
}

/* A line of the summary: what, how it is, and the colour of it. */
static void put_line(struct web__call *c, const char *what, str said, bool good)
{
    struct node *n = node_add_object((struct node *)(uintptr_t)node_member(c->model, STR("lines")));
    node_put_word(n, "what", what);
    node_put_text(n, "said", said);
    node_put_word(n, "look", good ? "good" : "bad");
    node_put_word(n, "word", good ? "in order" : "look at this");
}

static void put_turns(struct web__call *c)
{
    enum { LATEST = 60 };
    static const char *const names[WORK_TURNS] = {
        [WORK_TURN_TIMERS] = "Timers and limits were last looked at",
        [WORK_TURN_DELIVERIES] = "Deliveries between dossiers were last looked at",
        [WORK_TURN_CHAIN] = "The audit trail was last chained",
        [WORK_TURN_DAYS] = "Days of rows and imports were last looked at",
    };
    int64_t turns[WORK_TURNS];
    work_turns(c->web->config.work, turns);
    for (int i = 0; i < WORK_TURNS; i++) {
        put_line(c, names[i], web__instant(c->arena, turns[i]), c->now - turns[i] < LATEST * INT64_C(1000000));
    }
}

/* "12.5 GiB" */
static str bytes_of(struct web__call *c, int64_t bytes)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
    size_t unit = 0;
    int64_t tenths = bytes * 10;
    for (; unit < 4 && tenths >= 10240; unit++) {
        tenths /= 1024;
    }
    return arena_printf(c->arena, "%lld.%lld %s", (long long)(tenths / 10), (long long)(tenths % 10), units[unit]);
}

static void put_store(struct web__call *c)
{
    enum { ROOM = 1 << 30 };
    struct store_figures f;
    struct buf what = BUF_INIT(512);
    store_figures(c->web->config.store, &f);
    store_describe(c->web->config.store, &what);
    str version = arena_str(c->arena, buf_str(&what));
    const char *remark = memchr(version.ptr, '(', version.len); /* for the log: it is about the machine's programs */
    put_line(c, "Database", remark == NULL ? version : str_trim(str_slice(version, 0, (size_t)(remark - version.ptr))),
             true);
    put_line(c, "Writing", str_of(lang_text(c->lang, f.read_only ? "refused: the disk is full" : "possible")),
             !f.read_only);
    if (f.room >= 0) {
        put_line(c, "Free on the disk of the data", bytes_of(c, f.room), f.room >= ROOM);
    }
    if (f.base_at != 0) {
        put_line(c, "Newest base copy of the shipping", web__instant(c->arena, f.base_at),
                 c->now - f.base_at < 2 * LIMIT_STORE_BASE_HOURS * INT64_C(3600000000));
    }
    buf_release(&what);
}

static void put_helper(struct web__call *c)
{
    struct helper *h = c->web->config.paper;
    bool runs = h != NULL && helper_rights(h) != 0;
    const char *how = lang_text(c->lang, runs ? "runs" : "does not run");
    put_line(c, "The helper that makes papers and workbooks", str_of(how), runs);
}

static void put_background(struct web__call *c, struct store_view *v)
{
    struct people_letter_count letters;
    int64_t since, late = work_timers_late(v, c->now, &since);
    people_letters_count(v, &letters);
    put_line(c, "Timers that are overdue", arena_printf(c->arena, "%lld %.*s", (long long)late,
                                                        STR_ARG(web__instant(c->arena, since))), late == 0);
    put_line(c, "Letters that wait", arena_printf(c->arena, "%lld %.*s", (long long)letters.waiting,
                                                  STR_ARG(web__instant(c->arena, letters.oldest))),
             letters.oldest == 0 || c->now - letters.oldest < INT64_C(600000000));
    put_line(c, "Letters that could not be sent", arena_printf(c->arena, "%lld", (long long)letters.failed),
             letters.failed == 0);
    node_put_true(c->model, "failed_letters", letters.failed > 0);
}

static const struct web__said said[] = {
    { "retry", "The step is tried again" },
    { "letters", "The letters are tried again" },
    { "copy", "A copy is being made" },
};

static void show_health(struct web__call *c, int status)
{
    struct web__desk d;
    if (!web__desk_open(c, &d)) {
        return;
    }
    node_put_list(c->model, "lines");
    put_store(c);
    put_helper(c);
    put_turns(c);
    put_background(c, d.v);
    put_queues(c, d.v);
    put_incidents(c, d.v);
    if (web__desk_close(&d)) {
        web__desk_done(c, said, sizeof said / sizeof said[0]);
        web__admin_tabs(c, "");
        web__answer(c, status, page_admin);
    }
}

void web__page_admin(struct web__call *c)
{
    show_health(c, 200);
}

static void send_again(struct web__call *c)
{
    struct people_plan plan;
    struct error err = { .lang = c->lang };
    if (web__plan(c, &plan)) {
        uint32_t count = people_letters_again(&plan);
        str detail = arena_printf(c->arena, "{\"letters\":%u}", count);
        enum error_code code = people_audit(&plan, STR("send again"), STR("outbox"), 0, detail, &err);
        if (!web__admin_done(c, &plan, code, STR("/admin?done=letters"), &err)) {
            show_health(c, 409);
        }
        web_letters(c->web);
    }
}

void web__form_admin(struct web__call *c)
{
    if (str_eq(web__text(c, "do"), STR("letters"))) {
        send_again(c);
        return;
    }
    const struct work_request rq = { .act = WORK_RETRY, .actor = c->person, .dossier = web__int(c, "dossier", 0),
                                     .item = (uint32_t)web__int(c, "item", 0) };
    web__act_and_go(c, &rq, STR("/admin?done=retry"));
}

/* ---- Copies ---- */

static void put_copies(struct web__call *c, const struct web_copies *copies)
{
    const struct store_copy *rows;
    uint32_t count = 0;
    struct error err = { .lang = c->lang };
    if (store_copies(copies->folder, c->arena, COPIES, &rows, &count, &err) != OK) {
        web__problem(c, &err, NULL);
    }
    struct node *list = node_put_list(c->model, "copies");
    for (uint32_t i = 0; i < count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "name", rows[i].name);
        web__put_instant(n, "at", rows[i].at);
        node_put_int(n, "rows", rows[i].rows);
        node_put_int(n, "blobs", rows[i].blobs);
        node_put_text(n, "size", bytes_of(c, rows[i].bytes));
    }
    node_put_word(c->model, "folder", copies->folder);
    if (count > 0) {
        web__put_instant(c->model, "last", rows[0].at);
        node_put_text(c->model, "newest", rows[0].name);
    }
}

static void show_copies(struct web__call *c, int status)
{
    const struct web_copies *copies = c->web->config.copies;
    struct web_copying state = { .since = 0 };
    if (copies != NULL && copies->folder != NULL) {
        put_copies(c, copies);
        copies->look(copies->context, &state);
        web__put_instant(c->model, "since", state.since);
        web__put_instant(c->model, "failed", state.failed);
        node_put_text(c->model, "why", arena_printf(c->arena, "%s %s", state.error.message, state.error.detail));
        web__put_proof(c, false);
    }
    web__desk_done(c, said, sizeof said / sizeof said[0]);
    web__admin_tabs(c, "/backup");
    web__answer(c, status, page_admin_backup);
}

void web__page_backup(struct web__call *c)
{
    show_copies(c, 200);
}

static bool is_copied(struct web *web, struct store_view *v, int64_t number)
{
    const struct web_copies *copies = web->config.copies;
    struct web_copying state = { 0 };
    (void)v;
    (void)number;
    if (copies != NULL && copies->folder != NULL) {
        copies->look(copies->context, &state);
    }
    return state.since == 0;
}

void web__events_backup(struct web__call *c)
{
    web__wait(c, is_copied, 0);
}

void web__form_backup(struct web__call *c)
{
    const struct web_copies *copies = c->web->config.copies;
    struct error err = { .lang = c->lang };
    if (!web__proved(c, false)) {
        show_copies(c, 422);
        return;
    }
    if (copies == NULL || copies->folder == NULL) {
        error_set(&err, ERROR_INVALID, "there is no folder for copies");
        error_hint(&err, "name one in the settings: backup = /path");
    } else if (copies->make(copies->context, c->person)) {
        web__go(c, STR("/admin/backup?done=copy"));
        return;
    } else {
        error_set(&err, ERROR_INVALID, "a copy is being made already");
        error_hint(&err, "wait until it is there");
    }
    web__problem(c, &err, NULL);
    show_copies(c, 409);
}

/* ---- Settings ---- */

void web__page_settings(struct web__call *c)
{
    const struct web_settings *all = c->web->config.settings;
    struct node *list = node_put_list(c->model, "settings");
    for (size_t i = 0; all != NULL && i < all->count; i++) {
        struct node *n = node_add_object(list);
        node_put_word(n, "name", all->rows[i].name);
        node_put_word(n, "sentence", all->rows[i].sentence);
        node_put_word(n, "from", all->rows[i].from);
        if (all->rows[i].value != NULL) {
            node_put_word(n, "value", all->rows[i].value);
        }
    }
    node_put_true(c->model, "demo", c->web->config.demo);
    node_put_true(c->model, "second_factor", c->web->config.second_factor);
    web__admin_tabs(c, "/settings");
    web__answer(c, 200, page_admin_settings);
}
