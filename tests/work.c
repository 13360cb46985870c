/* work FOLDER: plays the files *.jsonl of the folder through a whole office: store, people, work, publish. Each file
 * gets a fresh data directory (with GONGSHI_TEST_POSTGRES a fresh schema of that database) and a clock that only moves
 * when a line says so. After each line, when nothing is under way any more, the rows of all dossiers must be what their
 * states say (work_rows.h); at the end the audit trail must be sound. Lines:
 *
 *   {"office":"street","in":"county"}                       adds an office
 *   {"person":"li","office":"street","role":"clerk"}        a person with a role; further lines give further roles
 *   {"outside":"13800000001"}                               somebody from outside logs in by a code; `as` names him
 *   {"bind":"13800000001","party":"9133…"}                  binds him to a party; with "end" he is bound no more
 *   {"install":"schemes/stalls"}                            a scheme package, from the top folder of the source; with
 *                                                           "wrong" it is refused with a message that has this text
 *   {"do":{"act":…},"as":"li","of":"d1","at":"check","to":"wang","outcome":"refused","says":"…","call":"d1"}
 *         an act; `of` names the dossier, `at` the element of its open task or job (of retry: of the incident), `to`
 *         the person; `document` the newest of that name in the dossier; `about` names the other dossier of a link;
 *         `call` names the dossier that the act began; `outcome` is "ok" unless it is said; `says` is part
 *         of the error
 *   {"know":"c1","of":"d1"}                                 names the newest dossier that d1 has called; without `of`,
 *                                                           the newest of all
 *   {"dossiers":3}                                          so many have been begun
 *   {"transport":"hand","office":"city"}                    how messages reach an office
 *   {"variables":"d1","is":{…},"not":["x"]}                 variables of its process, and what is none of them
 *   {"note":"…"}                                            a remark
 *   {"again":"answer"}                                      the newest message of that name is delivered once more
 *   {"messages":[…]}                                        all messages between offices, newest first
 *   {"calendar":"2026-2","off":["2026-05-06"],"work":[]}    another calendar of working days, of 2026 and that name
 *   {"clock":"correct","of":"d1","is":{…}}                  a clock of the dossier, as it is explained
 *   {"clocks":[…]}                                          all clocks that run, the earliest due first
 *   {"advance":"PT3H"}                                      moves the clock, and waits until nothing is left to do
 *   {"expect":"d1","is":{…},"soon":true}                    some members of the dossier, as docs/work.md has them; with
 *                                                           `soon` within five seconds: the background looks once a
 *                                                           second for dossiers that follow to another version
 *   {"public":"d1","is":{…}}                                the same of what the public may know
 *   {"notices":[…]}                                         the published notices, newest first, as everybody sees
 *                                                           them; as a "party", as the "officer"; those that stood "at"
 *   {"amend":{…},"notice":1,"text":"…","says":"…"}          puts another in the place of the notice with that number in
 *   {"withdraw":1,"text":"…"}                               the list of the office; takes it back
 *   {"desk":[…],"at":"street","state":"declined"}           the notices at the desk of an office that wait; in a state
 *   {"word":"publish","notice":1,"at":"street","as":"li","text":"…","says":"…"}
 *                                                           publishes the one that waits at that place, or declines it
 *   {"documents":[…],"of":"d1"}                             the documents of the dossier, newest first
 *   {"paper":{…},"of":"d1","document":"Permit"}             what gongshi-paper is asked for the newest of that name
 *   {"block":"Permit","scheme":"acts","count":3,"holder":"pad 7"}
 *   {"account":"acts/Permit/2026","is":{…}}                 what became of the numbers of a series
 *   {"spoilt":3,"series":"acts/Permit/2026","text":"…"}     voids a number of a block
 *   {"hidden":"139"}                                        no content of a document has this text
 *   {"demo":true}                                           the office is a demonstration
 *   {"credit":"p-1","on":"2026-03-01","all":true,"is":{…}}  the credit of a party
 *   {"repair":1,"party":"p-1","on":"…","text":"…"}          repairs the entry at a place of the party's, oldest first
 *   {"rate":{…},"of":"d1","call":"r1"}                      rates with the token that the dossier holds; with "by":
 *                                                           "code" or "wrong", by its number and follow code
 *   {"rate again":{…},"of":"r1","by":"code"}                rates once more
 *   {"rating":"r1","by":"code","is":{…}}                    what whoever rated may know of it
 *   {"entries":3,"at":"…","is":{…},"csv":["…"]}             the entries of the list at that place of the notices
 *   {"register":"titles","scheme":"papers","on":"2026-03-01","known":"…","filter":{…},"is":{…}}
 *                                                           a public view; with "history" that of its n-th row
 *   {"statistic":"in time","scheme":"clocks","on":"2026-03-05","office":"street","is":{…}}
 *                                                           a number of the scheme on that day, of all offices or one
 *                                                           and those below it
 *   {"places":true,"is":{…}}, {"why":1,"is":{…}}            where notices are; how one was decided
 *   {"show":"d1","as":"li","party":"p-1","what":"clock","name":"answer"}
 *                                                           as pages show it to a person, a party or a stranger
 *   {"object":{…},"notice":1,"call":"o1"}                   an objection to a notice; to a dossier with "of" and "by"
 *   {"row":{…},"ledger":"core.interests"}                   writes a row of a ledger
 *   {"draft":{…},"as":"li","of":"d1","at":"visit","is":{…}} a draft, of a task or of {"scheme":…,"subject":…}
 *   {"tasks":[…],"role":"clerk","office":"street"}          the open tasks of a role in an office; with "as" those of a
 *                                                           person
 *   {"list":[…],"scheme":"…"}                               the dossiers of a scheme, newest first
 *   {"sees":"li","of":"d1","may":true}                      whether he may see the dossier
 *   {"recompute":3,"different":1,"says":"…"}                so many decisions come out the same, so many differently
 *   {"spoil":"decision"}                                    changes a stored decision; "model": a stored file
 *   {"restart":true}                                        closes everything and opens it again
 *
 * In what is expected an object has at least those members, a list exactly those items. "without" beside it lists texts
 * that the answer does not have anywhere: canaries. */
#include "people/people.h"
#include "publish/publish.h"
#include "publish/register.h"
#include "tap.h"
#include "work/work.h"
#include "work_rows.h"

#include "base/limit.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct named {
    str name;
    int64_t id;
};

struct play {
    struct arena arena;
    struct store *store;
    struct people *people;
    struct record *record;
    struct work *work;
    struct publish *publish;
    struct arena open; /* what lives until it is closed */
    int64_t now;
    struct cal_calendar *calendars[16]; /* the last holds now */
    uint32_t calendar_count;
    struct named dossiers[64];
    uint32_t dossier_count;
    struct named accounts[8];
    uint32_t account_count;
    const char *root;
    bool spoiled;      /* states can no longer be read */
    char keys[40];     /* on PostgreSQL: the file of keys */
    char data[600];    /* a folder; with GONGSHI_TEST_POSTGRES a schema of its own there */
    struct error err;
};

static int64_t play_now(void *context)
{
    return __atomic_load_n(&((struct play *)context)->now, __ATOMIC_SEQ_CST);
}

static const struct cal_calendar *play_calendar(void *context, struct store_view *view, str name)
{
    struct play *p = context;
    uint32_t count = __atomic_load_n(&p->calendar_count, __ATOMIC_SEQ_CST);
    (void)view;
    while (count > 0 && name.len > 0 && !str_eq(cal_calendar_name(p->calendars[count - 1]), name)) {
        count--;
    }
    return count == 0 ? NULL : p->calendars[count - 1];
}

/* ---- JSON ---- */

static str json_of(struct arena *a, feel_value v)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    feel_json_write(v, false, &b);
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

static bool same(struct arena *a, feel_value got, feel_value want);

static bool same_members(struct arena *a, feel_value got, feel_value want)
{
    for (uint32_t i = 0; i < want.count; i++) {
        feel_value v;
        if (!feel_context_get(got, want.shape->names[i], &v) || !same(a, v, want.values[i])) {
            return false;
        }
    }
    return true;
}

/* Recurses as deep as the test file is nested. */
static bool same(struct arena *a, feel_value got, feel_value want)
{
    if (want.kind == FEEL_CONTEXT) {
        return got.kind == FEEL_CONTEXT && same_members(a, got, want);
    }
    if (want.kind != FEEL_LIST) {
        return str_eq(json_of(a, got), json_of(a, want));
    }
    bool equal = got.kind == FEEL_LIST && got.count == want.count;
    for (uint32_t i = 0; equal && i < want.count; i++) {
        equal = same(a, got.items[i], want.items[i]);
    }
    return equal;
}

/* ---- Opening ---- */

static void must(bool fine, struct play *p, const char *what)
{
    if (!fine) {
        printf("Bail out! %s: %s %s\n", what, p->err.message, p->err.detail);
        exit(1);
    }
}

static void open_office(struct play *p)
{
    struct store_config store = { .where = p->data, .create = true,
                                  .keys = p->keys[0] != '\0' ? p->keys : NULL };
    must(store_open(&store, &p->store, &p->err) == OK, p, "store_open");
    must(people_open(p->store, &p->people, &p->err) == OK, p, "people_open");
    const struct record_config record = { .store = p->store, .people = p->people };
    must(record_open(&record, &p->record, &p->err) == OK, p, "record_open");
    struct work_config work = { .store = p->store, .record = p->record, .people = p->people,
                                .background = true, .now = play_now,
                                .now_context = p, .calendar = play_calendar, .calendar_context = p };
    must(work_open(&work, &p->work, &p->err) == OK, p, "work_open");
    struct publish_config config = { .work = p->work, .store = p->store, .record = p->record, .people = p->people,
                                     .background = true, .address = "https://example.org" };
    publish_open(&p->open, &config, &p->publish);
}

static void close_office(struct play *p)
{
    work_close(p->work);
    record_close(p->record);
    people_close(p->people);
    store_close(p->store);
    arena_release(&p->open);
}

/* All rows of the audit are in the chain, and it is as it was written. */
static bool audit_is_sound(struct play *p)
{
    struct people_chain_verdict verdict;
    uint32_t count = 1;
    while (count > 0 && people_chain(p->people, p->now, &count, &p->err) == OK) {
    }
    return people_chain_verify(p->people, NULL, &verdict, &p->err) == OK && verdict.fault == PEOPLE_SOUND &&
           verdict.rows > 0;
}

/* ---- Lines ---- */

typedef enum error_code people_act(struct play *p, struct people_plan *plan, feel_value v);

static bool with_plan(struct play *p, people_act *act, feel_value v)
{
    struct people_plan plan;
    if (people_begin(p->people, &p->arena, 0, p->now, &plan, &p->err) != OK) {
        return false;
    }
    return people_finish(&plan, act(p, &plan, v), NULL, &p->err) == OK;
}

static int64_t office_id(struct people_plan *plan, str code)
{
    const struct people_office *o = people_office_by_code(plan->tree, code);
    return o == NULL ? 0 : o->id;
}

static enum error_code add_office(struct play *p, struct people_plan *plan, feel_value v)
{
    int64_t id;
    str code = feel_text_member(v, "office");
    return people_office_add(plan, office_id(plan, feel_text_member(v, "in")), code, code, STR("county"), &id, &p->err);
}

static enum error_code set_transport(struct play *p, struct people_plan *plan, feel_value v)
{
    int64_t office = office_id(plan, feel_text_member(v, "office"));
    return people_office_transport(plan, office, feel_text_member(v, "transport"), &p->err);
}

static int64_t person_id(struct play *p, str login)
{
    struct store_view *v;
    struct people_person person = { .id = 0 };
    for (uint32_t i = 0; i < p->account_count; i++) {
        if (str_eq(p->accounts[i].name, login)) {
            return p->accounts[i].id;
        }
    }
    if (login.len > 0 && store_view(p->store, &v, NULL) == OK) {
        people_person_by_login(v, &p->arena, login, &person, NULL);
        store_view_end(v);
    }
    return person.id;
}

static enum error_code add_person(struct play *p, struct people_plan *plan, feel_value v)
{
    int64_t id, office = office_id(plan, feel_text_member(v, "office"));
    str login = feel_text_member(v, "person");
    return people_person_create(plan, login, login, office, &id, &p->err);
}

static enum error_code give_role(struct play *p, struct people_plan *plan, feel_value v)
{
    int64_t office = office_id(plan, feel_text_member(v, "office"));
    return people_role_give(plan, person_id(p, feel_text_member(v, "person")), office, feel_text_member(v, "role"),
                            p->now, 0, &p->err);
}

static bool person(struct play *p, feel_value v)
{
    bool there = person_id(p, feel_text_member(v, "person")) != 0;
    return (there || with_plan(p, add_person, v)) && with_plan(p, give_role, v);
}

/* The code is the six digits of the letter that was sent last. */
static str sent_code(struct play *p)
{
    struct store_view *v;
    const struct people_letter *letter;
    uint32_t count = 0;
    size_t from = 0;
    must(store_view(p->store, &v, &p->err) == OK, p, "view");
    people_letters(p->people, v, &p->arena, false, p->now, 1, &letter, &count, &p->err);
    store_view_end(v);
    must(count == 1, p, "a letter");
    while (from < letter->text.len && (letter->text.ptr[from] < '0' || letter->text.ptr[from] > '9')) {
        from++;
    }
    return str_slice(letter->text, from, from + 6);
}

static bool outside(struct play *p, str number)
{
    struct people_login login;
    const struct people_address to = { false, number };
    if (people_code_send(p->people, to, p->now, &p->err) != OK ||
        people_code_use(p->people, to, sent_code(p), p->now, &login, &p->err) != OK) {
        return false;
    }
    p->accounts[p->account_count++] = (struct named){ arena_str(&p->arena, number), login.session.person };
    return true;
}

static enum error_code ask_binding(struct play *p, struct people_plan *plan, feel_value v)
{
    int64_t id;
    return people_binding_request(plan, person_id(p, feel_text_member(v, "bind")), feel_text_member(v, "party"),
                                  plan->tree->offices[0].id, STR(""), STR(""), &id, &p->err);
}

/* The newest binding of the person: bound for a day, or ended. */
static enum error_code settle_binding(struct play *p, struct people_plan *plan, feel_value v)
{
    const struct people_binding *b;
    if (people_bindings(plan->view, plan->arena, person_id(p, feel_text_member(v, "bind")), 0, false, 1, &b) == 0) {
        return ERROR_MISSING;
    }
    return feel_is_true(feel_member(v, "end"))
               ? people_binding_end(plan, b->id, STR("ended"), &p->err)
               : people_binding_bind(plan, b->id, p->now + INT64_C(86400000000), &p->err);
}

static bool bind(struct play *p, feel_value v)
{
    return (feel_is_true(feel_member(v, "end")) || with_plan(p, ask_binding, v)) && with_plan(p, settle_binding, v);
}

static str read_file(struct play *p, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buf b = BUF_INIT(8 << 20);
    char piece[4096];
    size_t n;
    must(f != NULL, p, path);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
        buf_add(&b, (str){ piece, n });
    }
    fclose(f);
    str s = arena_str(&p->arena, buf_str(&b));
    buf_release(&b);
    return s;
}

static uint32_t add_files(struct play *p, str folder, const char *inside, struct scheme_file *files, uint32_t count)
{
    str path = arena_printf(&p->arena, "%s/%.*s/%s", p->root, STR_ARG(folder), inside);
    DIR *dir = opendir(path.ptr);
    struct dirent *e;
    while (dir != NULL && (e = readdir(dir)) != NULL) {
        struct stat st;
        str file = arena_printf(&p->arena, "%.*s/%s", STR_ARG(path), e->d_name);
        if (e->d_name[0] != '.' && stat(file.ptr, &st) == 0 && S_ISREG(st.st_mode)) {
            str name = arena_printf(&p->arena, "%s%s%s", inside, inside[0] != '\0' ? "/" : "", e->d_name);
            files[count++] = (struct scheme_file){ name, read_file(p, file.ptr) };
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return count;
}

static bool says(struct play *p, str part)
{
    str all = arena_printf(&p->arena, "%s: %s: %s", p->err.message, p->err.detail, p->err.hint);
    return part.len == 0 || memmem(all.ptr, all.len, part.ptr, part.len) != NULL;
}

static bool install(struct play *p, str folder, str wrong)
{
    static const char *const inside[] = { "", "process", "rules", "parameters", "ledgers", "forms", "documents" };
    struct scheme_file files[128];
    const struct scheme *b;
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        count = add_files(p, folder, inside[i], files, count);
    }
    bool fine = scheme_load(&p->arena, folder, files, count, &b, &p->err) == OK &&
                work_install(p->work, b, 0, &p->err) == OK;
    return wrong.len == 0 ? fine : !fine && says(p, wrong);
}

static int64_t dossier_id(struct play *p, str name)
{
    for (uint32_t i = 0; i < p->dossier_count; i++) {
        if (str_eq(p->dossiers[i].name, name)) {
            return p->dossiers[i].id;
        }
    }
    return 0;
}

static uint32_t find_wait(struct play *p, int64_t dossier, str element)
{
    struct store_view *v;
    struct store_value args[] = { store_int(dossier), store_text(element) };
    str like = arena_printf(&p->arena, "\"element\":\"%.*s\"", STR_ARG(element));
    uint32_t wait = 0;
    must(store_view(p->store, &v, &p->err) == OK, p, "view");
    struct store_rows *r = store_query(v, "SELECT wait FROM task WHERE dossier = ? AND element = ? AND status = 'open' "
                                          "ORDER BY wait", args, 2);
    wait = store_next(r) ? (uint32_t)store_column_int(r, 0) : 0;
    store_rows_end(r);
    r = store_query(v, "SELECT wait, body FROM queue WHERE dossier = ? ORDER BY id", args, 1);
    while (wait == 0 && store_next(r)) {
        str body = store_column_text(r, 1);
        wait = memmem(body.ptr, body.len, like.ptr, like.len) != NULL ? (uint32_t)store_column_int(r, 0) : 0;
    }
    store_rows_end(r);
    store_view_end(v);
    return wait;
}

/* No clock is late without having been acted upon, and all are computed with the calendar that holds. */
static int64_t clocks_to_move(struct play *p, struct store_view *v)
{
    const struct cal_calendar *c = play_calendar(p, v, STR(""));
    struct store_value args[] = { store_int(p->now), store_text(c == NULL ? STR("") : cal_calendar_name(c)) };
    struct store_rows *r = store_query(v, "SELECT count(*) FROM clock WHERE state = 'running' AND ((late = 0 AND due "
                                          "<= ?) OR calendar <> ?)", args, 2);
    int64_t count = store_next(r) ? store_column_int(r, 0) : 1;
    store_rows_end(r);
    return count;
}

/* Nothing is due, and nothing is being delivered: neither ready nor held by the deliverer. */
static bool at_rest(struct play *p)
{
    struct store_view *v;
    struct work_figures f;
    struct store_value args[] = { store_int(p->now), store_int(p->now) };
    work_figures(p->work, &f);
    if (f.waiting > 0 || store_view(p->store, &v, NULL) != OK) {
        return false;
    }
    struct store_rows *r = store_query(v, "SELECT (SELECT count(*) FROM timer WHERE due <= ?)", args, 1);
    int64_t busy = store_next(r) ? store_column_int(r, 0) : 1;
    store_rows_end(r);
    r = store_query(v, "SELECT (SELECT count(*) FROM queue WHERE name = 'event' AND (ready <= ? OR leased > ?))", args,
                    2);
    busy += store_next(r) ? store_column_int(r, 0) : 1;
    store_rows_end(r);
    r = store_query(v, "SELECT (SELECT count(*) FROM queue WHERE name = 'expire' AND (ready <= ? OR leased > ?))", args,
                    2);
    busy += store_next(r) ? store_column_int(r, 0) : 1;
    store_rows_end(r);
    busy += clocks_to_move(p, v);
    store_view_end(v);
    return busy == 0;
}

static bool settle(struct play *p)
{
    for (int i = 0; i < 1000; i++) {
        if (at_rest(p)) {
            return true;
        }
        usleep(10000);
    }
    return false;
}

static uint32_t find_incident(struct play *p, int64_t dossier, str element)
{
    struct store_view *v;
    struct store_value args[] = { store_int(dossier), store_text(element) };
    must(store_view(p->store, &v, &p->err) == OK, p, "view");
    struct store_rows *r = store_query(v, "SELECT item FROM incident WHERE dossier = ? AND element = ? ORDER BY number",
                                       args, 2);
    uint32_t item = store_next(r) ? (uint32_t)store_column_int(r, 0) : 0;
    store_rows_end(r);
    store_view_end(v);
    return item;
}

static void name_dossier(struct play *p, str name, int64_t id)
{
    must(p->dossier_count < sizeof p->dossiers / sizeof p->dossiers[0], p, "too many names");
    p->dossiers[p->dossier_count++] = (struct named){ arena_str(&p->arena, name), id };
}

static bool know(struct play *p, str name, str of)
{
    struct store_view *v;
    struct store_value args[] = { store_int(dossier_id(p, of)) };
    must(settle(p), p, "settle");
    must(store_view(p->store, &v, &p->err) == OK, p, "view");
    struct store_rows *r = of.len > 0
                               ? store_query(v, "SELECT id FROM dossier WHERE parent = ? ORDER BY id DESC LIMIT 1",
                                             args, 1)
                               : store_query(v, "SELECT id FROM dossier ORDER BY id DESC LIMIT 1", NULL, 0);
    int64_t id = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    store_view_end(v);
    name_dossier(p, name, id);
    return id != 0;
}

static bool dossiers(struct play *p, feel_value want)
{
    struct store_view *v;
    int64_t n = feel_whole_or(want, -1);
    must(settle(p), p, "settle");
    must(store_view(p->store, &v, &p->err) == OK, p, "view");
    struct store_rows *r = store_query(v, "SELECT count(*) FROM dossier", NULL, 0);
    int64_t got = store_next(r) ? store_column_int(r, 0) : -2;
    store_rows_end(r);
    store_view_end(v);
    if (got != n) {
        printf("# got %" PRId64 "\n", got);
    }
    return got == n;
}

/* The newest document of a name in a dossier. */
static int64_t document_id(struct play *p, int64_t dossier, str name)
{
    struct store_view *v;
    struct store_value args[] = { store_int(dossier), store_text(name) };
    must(store_view(p->store, &v, &p->err) == OK, p, "view");
    struct store_rows *r = store_query(v, "SELECT id FROM document WHERE dossier = ? AND name = ? ORDER BY id DESC",
                                       args, 2);
    int64_t id = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    store_view_end(v);
    return id;
}

static bool do_act(struct play *p, feel_value v)
{
    struct work_request rq;
    str want = feel_text_member(v, "outcome"), of = feel_text_member(v, "of"), at = feel_text_member(v, "at");
    str call = feel_text_member(v, "call");
    if (work_request_read(&p->arena, json_of(&p->arena, feel_member(v, "do")), &rq, &p->err) != OK) {
        return str_eq(want, STR("unreadable"));
    }
    rq.actor = person_id(p, feel_text_member(v, "as"));
    rq.dossier = of.len > 0 ? dossier_id(p, of) : rq.dossier;
    if (feel_text_member(v, "document").len > 0) {
        rq.paper = document_id(p, rq.dossier, feel_text_member(v, "document"));
    }
    if (at.len > 0 && rq.act == WORK_RETRY) {
        rq.item = find_incident(p, rq.dossier, at);
    } else if (at.len > 0) {
        rq.wait = find_wait(p, rq.dossier, at);
    }
    rq.about = feel_text_member(v, "about").len > 0 ? dossier_id(p, feel_text_member(v, "about")) : rq.about;
    rq.person = feel_text_member(v, "to").len > 0 ? person_id(p, feel_text_member(v, "to")) : rq.person;
    struct work_answer answer = work_do(p->work, &rq, LANG_EN);
    if (call.len > 0) {
        name_dossier(p, call, answer.dossier);
    }
    p->err = answer.error;
    bool as_wanted = str_eq(str_of(work_outcome_name(answer.outcome)), want.len > 0 ? want : STR("ok"));
    if (!as_wanted) {
        printf("# outcome %s\n", work_outcome_name(answer.outcome));
    }
    return as_wanted && says(p, feel_text_member(v, "says"));
}

static bool advance(struct play *p, str by)
{
    feel_value span = feel_from_text(by, feel_type_named(STR("days and time duration")));
    must(span.kind == FEEL_SPAN, p, "advance");
    __atomic_add_fetch(&p->now, span.span.seconds * 1000000, __ATOMIC_SEQ_CST);
    return settle(p);
}

static bool compare(struct play *p, str got, feel_value want)
{
    feel_value v;
    bool equal = feel_json_read(&p->arena, got, &v, &p->err) == OK && same(&p->arena, v, want);
    if (!equal) {
        snprintf(p->err.detail, sizeof p->err.detail, "see below");
        printf("# got %.*s\n", STR_ARG(got));
    }
    return equal;
}

/* Canaries: texts of the line that must not be in what was answered. */
static bool is_without(feel_value v, str answer)
{
    feel_value without = feel_member(v, "without");
    for (uint32_t i = 0; answer.len > 0 && without.kind == FEEL_LIST && i < without.count; i++) {
        str text = feel_str(without.items[i]);
        if (memmem(answer.ptr, answer.len, text.ptr, text.len) != NULL) {
            printf("# %.*s is in %.*s\n", STR_ARG(text), STR_ARG(answer));
            return false;
        }
    }
    return true;
}

/* The dossier as it is shown; an empty text when there is none. */
static str shown(struct play *p, str name, bool public)
{
    struct store_view *view;
    struct work_dossier d;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    must(settle(p), p, "settle");
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    bool there = work_read_dossier(view, dossier_id(p, name), &p->arena, &d);
    if (there && public) {
        work_write_public(p->work, view, &d, LANG_ZH, &b);
    } else if (there) {
        work_write_dossier(p->work, view, &d, &b);
    }
    store_view_end(view);
    str text = arena_str(&p->arena, buf_str(&b));
    buf_release(&b);
    return text;
}

static bool looks_like(struct play *p, str text, feel_value want)
{
    feel_value got;
    return feel_json_read(&p->arena, text, &got, NULL) == OK && same(&p->arena, got, want);
}

static bool expect(struct play *p, feel_value v, str name, bool public)
{
    feel_value want = feel_member(v, "is");
    str text = shown(p, name, public);
    for (int i = 0; i < 500 && feel_is_true(feel_member(v, "soon")) && !looks_like(p, text, want); i++) {
        usleep(10000);
        text = shown(p, name, public);
    }
    return text.len > 0 && is_without(v, text) && compare(p, text, want);
}

/* An instant of a line, or 0. */
static int64_t instant(str text)
{
    feel_value v = feel_from_text(text, feel_type_named(STR("date and time")));
    return v.kind == FEEL_DATE_TIME ? cal_utc_seconds(v.date_time) * 1000000 : 0;
}

static uint32_t find_notices(struct play *p, feel_value v, bool office, struct publish_notice *rows)
{
    struct store_view *view;
    const struct publish_query q = { .reader = { feel_text_member(v, "party"), office }, .before = INT64_MAX,
                                     .words = feel_text_member(v, "words"), .max = 20,
                                     .at = instant(feel_text_member(v, "at")) };
    must(settle(p), p, "settle");
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    uint32_t count = publish_find(view, &q, &p->arena, rows);
    must(store_view_error(view, &p->err) == OK, p, "notices");
    store_view_end(view);
    return count;
}

static bool notices(struct play *p, feel_value v, feel_value want)
{
    struct publish_notice rows[20];
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    uint32_t count = find_notices(p, v, feel_is_true(feel_member(v, "officer")), rows);
    for (uint32_t i = 0; i < count; i++) {
        buf_addc(&b, i == 0 ? '[' : ',');
        publish_write_notice(&rows[i], &b);
    }
    buf_addz(&b, count == 0 ? "[]" : "]");
    bool equal = compare(p, arena_str(&p->arena, buf_str(&b)), want);
    buf_release(&b);
    return equal;
}

/* The notice at a place of the office's list, from 1. */
static int64_t notice_id(struct play *p, feel_value place)
{
    struct publish_notice rows[20];
    int64_t n = feel_whole_or(place, 0);
    uint32_t count = find_notices(p, feel_null(), true, rows);
    return n >= 1 && n <= count ? rows[n - 1].id : 0;
}

static bool refused_as(struct play *p, enum error_code code, str wanted)
{
    return wanted.len == 0 ? code == OK : code != OK && says(p, wanted);
}

static int64_t office_of_code(struct store_view *view, str code)
{
    struct store_value args[] = { store_text(code) };
    struct store_rows *r = store_query(view, "SELECT id FROM office WHERE code = ?", args, 1);
    int64_t office = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return office;
}

static uint32_t find_at_desk(struct play *p, feel_value v, struct publish_notice *rows)
{
    struct store_view *view;
    str state = feel_text_member(v, "state");
    must(settle(p), p, "settle");
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    int64_t of = office_of_code(view, feel_text_member(v, "at"));
    uint32_t count = publish_desk(view, of, state.len > 0 ? arena_str(&p->arena, state).ptr : "waiting", INT64_MAX, 20,
                                  &p->arena, rows);
    store_view_end(view);
    return count;
}

static bool at_desk(struct play *p, feel_value v, feel_value want)
{
    struct publish_notice rows[20];
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    uint32_t count = find_at_desk(p, v, rows);
    for (uint32_t i = 0; i < count; i++) {
        buf_addc(&b, i == 0 ? '[' : ',');
        publish_write_notice(&rows[i], &b);
    }
    buf_addz(&b, count == 0 ? "[]" : "]");
    bool equal = compare(p, arena_str(&p->arena, buf_str(&b)), want);
    buf_release(&b);
    return equal;
}

/* What waits is remembered by its place in the list before: it may wait no more. */
static bool word(struct play *p, feel_value v, str which)
{
    static int64_t last;
    struct publish_notice rows[20];
    int64_t n = feel_whole_member(v, "notice"), by = person_id(p, feel_text_member(v, "as"));
    uint32_t count = find_at_desk(p, v, rows);
    last = n >= 1 && n <= count ? rows[n - 1].id : last;
    str text = feel_text_member(v, "text");
    enum error_code code = str_eq(which, STR("publish")) ? publish_publish(p->publish, last, by, p->now, text, &p->err)
                                                         : publish_decline(p->publish, last, by, p->now, text, &p->err);
    return refused_as(p, code, feel_text_member(v, "says"));
}

static bool amend(struct play *p, feel_value v, feel_value with)
{
    int64_t id;
    enum error_code code = publish_amend(p->publish, notice_id(p, feel_member(v, "notice")), with,
                                         person_id(p, feel_text_member(v, "as")), p->now, feel_text_member(v, "text"),
                                         &id, &p->err);
    return refused_as(p, code, feel_text_member(v, "says"));
}

static bool withdraw(struct play *p, feel_value v, feel_value place)
{
    enum error_code code = publish_withdraw(p->publish, notice_id(p, place), 0, p->now,
                                            feel_text_member(v, "text"), &p->err);
    return refused_as(p, code, feel_text_member(v, "says"));
}

static bool answered(struct play *p, feel_value v, enum error_code code, struct buf *b)
{
    bool fine = refused_as(p, code, feel_text_member(v, "says")) && is_without(v, buf_str(b)) &&
                (code != OK || compare(p, arena_str(&p->arena, buf_str(b)), feel_member(v, "is")));
    buf_release(b);
    return fine;
}

/* A table as JSON, and as CSV that has each text of "csv". */
static bool table(struct play *p, feel_value v, enum error_code code, const struct publish_table *t)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES), csv = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value wanted = feel_member(v, "csv");
    bool fine = true;
    if (code == OK) {
        publish_write_table(t, &b);
        fine = publish_write_csv(t, true, LANG_ZH, &csv, &p->err) == OK && is_without(v, buf_str(&csv));
    }
    for (uint32_t i = 0; fine && wanted.kind == FEEL_LIST && i < wanted.count; i++) {
        str text = feel_str(wanted.items[i]);
        fine = csv.len > 0 && memmem(csv.ptr, csv.len, text.ptr, text.len) != NULL;
    }
    if (!fine) {
        printf("# %.*s\n", STR_ARG(buf_str(&csv)));
    }
    buf_release(&csv);
    return answered(p, v, code, &b) && fine;
}

static bool entries(struct play *p, feel_value v, feel_value place)
{
    const struct publish_reader everybody = { .office = false };
    struct publish_table t;
    struct store_view *view;
    int64_t id = notice_id(p, place);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    enum error_code code = publish_list_table(view, id == 0 ? 1 : id, &everybody, instant(feel_text_member(v, "at")),
                                              &p->arena, &t, &p->err);
    store_view_end(view);
    return table(p, v, code, &t);
}

static bool of_register(struct play *p, feel_value v, str name)
{
    struct publish_table t;
    struct store_view *view;
    struct publish_register q = { .scheme = feel_text_member(v, "scheme"), .view = name, .known = INT64_MAX, .max = 100,
                                  .filter = feel_member(v, "filter") };
    int64_t row = feel_whole_member(v, "history");
    must(settle(p), p, "settle");
    cal_parse_date(feel_text_member(v, "on"), &q.on);
    q.known = feel_text_member(v, "known").len > 0 ? instant(feel_text_member(v, "known")) : q.known;
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    enum error_code code = publish_register(p->publish, view, &q, &p->arena, &t, &p->err);
    if (code == OK && row > 0) {
        must(row <= t.line_count, p, "no such row");
        code = publish_register_history(p->publish, view, q.scheme, name, t.lines[row - 1].row, &p->arena, &t, &p->err);
    }
    store_view_end(view);
    return table(p, v, code, &t);
}

static bool statistic(struct play *p, feel_value v, str name)
{
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    const struct scheme *s;
    const struct people_tree *tree = NULL;
    struct record_scope of = { .office = 0 };
    must(settle(p), p, "settle");
    must(store_view(p->store, &view, &p->err) == OK && people_tree(p->people, view, &tree, &p->err) == OK, p, "view");
    must(cal_parse_date(feel_text_member(v, "on"), &of.day), p, "no date");
    of.tree = tree;
    for (uint32_t i = 0; feel_text_member(v, "office").len > 0 && i < tree->count; i++) {
        of.office = str_eq(tree->offices[i].code, feel_text_member(v, "office")) ? tree->offices[i].id : of.office;
    }
    enum error_code code = record_installed(p->record, view, feel_text_member(v, "scheme"), &s, &p->err);
    const struct scheme_statistic *one = code == OK ? scheme_statistic(s, name) : NULL;
    must(one != NULL, p, "no statistic");
    struct feel_environment env = { .instant = p->now / 1000000, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    code = record_statistic_write(p->record, view, ev, s, one, &of, true, &b, &p->err);
    feel_eval_free(ev);
    people_tree_end(p->people, tree);
    store_view_end(view);
    return answered(p, v, code, &b);
}

static bool places(struct play *p, feel_value v)
{
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    publish_write_places(view, INT64_MAX, 10, &b);
    store_view_end(view);
    return answered(p, v, OK, &b);
}

static bool why(struct play *p, feel_value v, feel_value place)
{
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    int64_t id = notice_id(p, place);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    enum error_code code = publish_write_why(p->publish, view, id, &b, &p->err);
    store_view_end(view);
    return answered(p, v, code, &b);
}

/* As pages show it: to a person, to a party, to a stranger. */
static bool shown_to(struct play *p, feel_value v, str name)
{
    static const char *const whats[] = { "dossier", "clock", "decision" };
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    str as = feel_text_member(v, "as"), what = feel_text_member(v, "what");
    const struct work_reader who = { .person = as.len > 0 ? person_id(p, as) : 0, .now = p->now,
                                     .party = feel_text_member(v, "party") };
    enum work_view kind = WORK_VIEW_DOSSIER;
    for (uint32_t i = 0; i < 3; i++) {
        kind = str_eq(what, str_of(whats[i])) ? (enum work_view)i : kind;
    }
    int64_t id = dossier_id(p, name);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    enum error_code code = work_show(p->work, view, &who, id, kind, feel_text_member(v, "name"), &b, &p->err);
    store_view_end(view);
    return answered(p, v, code, &b);
}

static bool documents(struct play *p, feel_value v, feel_value want)
{
    struct store_view *view;
    struct publish_document rows[20];
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    uint32_t count = publish_list_documents(view, dossier_id(p, feel_text_member(v, "of")), INT64_MAX, 20, &p->arena,
                                            rows);
    store_view_end(view);
    for (uint32_t i = 0; i < count; i++) {
        buf_addc(&b, i == 0 ? '[' : ',');
        publish_write_document(&rows[i], &b);
    }
    buf_addz(&b, count == 0 ? "[]" : "]");
    bool equal = compare(p, arena_str(&p->arena, buf_str(&b)), want);
    buf_release(&b);
    return equal;
}

static bool paper(struct play *p, feel_value v, feel_value want)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    int64_t id = document_id(p, dossier_id(p, feel_text_member(v, "of")), feel_text_member(v, "document"));
    enum error_code code = publish_paper_request(p->publish, id, &b, &p->err);
    bool fine = refused_as(p, code, feel_text_member(v, "says")) &&
                (code != OK || compare(p, arena_str(&p->arena, buf_str(&b)), want));
    buf_release(&b);
    return fine;
}

static bool block(struct play *p, feel_value v, str document)
{
    struct publish_block given;
    const struct publish_block b = { .scheme = feel_text_member(v, "scheme"), .document = document,
                                     .holder = feel_text_member(v, "holder"),
                                     .count = feel_whole_member(v, "count") };
    enum error_code code = publish_give_block(p->publish, &b, 0, p->now, &p->arena, &given, &p->err);
    return refused_as(p, code, feel_text_member(v, "says"));
}

static bool account(struct play *p, feel_value v, str series)
{
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    publish_write_account(view, series, &b);
    must(store_view_error(view, &p->err) == OK, p, "account");
    store_view_end(view);
    bool equal = compare(p, arena_str(&p->arena, buf_str(&b)), feel_member(v, "is"));
    buf_release(&b);
    return equal;
}

static bool spoilt(struct play *p, feel_value v, feel_value number)
{
    enum error_code code = publish_void_number(p->publish, feel_text_member(v, "series"), feel_whole_or(number, 0), 0,
                                               p->now, feel_text_member(v, "text"), &p->err);
    return refused_as(p, code, feel_text_member(v, "says"));
}

static bool hidden(struct play *p, str text)
{
    struct store_view *v;
    bool found = false;
    must(store_view(p->store, &v, &p->err) == OK, p, "view");
    struct store_rows *r = store_query(v, "SELECT content FROM document", NULL, 0);
    while (!found && store_next(r)) {
        str content = store_column_text(r, 0);
        found = memmem(content.ptr, content.len, text.ptr, text.len) != NULL;
    }
    store_rows_end(r);
    store_view_end(v);
    return !found;
}

static bool demo(struct play *p, bool on)
{
    struct store_change *c = store_change(&p->arena);
    struct store_value row[] = { store_text(STR("demo")), store_int(on) };
    store_put(c, STORE_TABLE_meta, row);
    return store_commit(p->store, c, STORE_INTERACTIVE).outcome == STORE_DONE;
}

static bool credit(struct play *p, feel_value v, str party)
{
    struct store_view *view;
    cal_date day;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    must(cal_parse_date(feel_text_member(v, "on"), &day), p, "no date");
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    bool fine = publish_write_credit(p->publish, view, party, day, feel_is_true(feel_member(v, "all")), &b, &p->err) ==
                OK;
    store_view_end(view);
    fine = fine && compare(p, arena_str(&p->arena, buf_str(&b)), feel_member(v, "is"));
    buf_release(&b);
    return fine;
}

static bool repair(struct play *p, feel_value v, feel_value place)
{
    struct store_view *view;
    cal_date day;
    struct store_value args[] = { store_text(feel_text_member(v, "party")) };
    int64_t row = 0, n = feel_whole_or(place, 0);
    must(cal_parse_date(feel_text_member(v, "on"), &day), p, "no date");
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    struct store_rows *r = store_query(view, "SELECT DISTINCT entry FROM record WHERE ledger = 'core.credit' AND "
                                             "party = ? ORDER BY entry", args, 1);
    while (n-- > 0 && store_next(r)) {
        row = store_column_int(r, 0);
    }
    store_rows_end(r);
    store_view_end(view);
    enum error_code code = publish_repair(p->publish, row, day, 0, p->now, feel_text_member(v, "text"), &p->err);
    return refused_as(p, code, feel_text_member(v, "says"));
}

static bool row(struct play *p, feel_value v, feel_value values)
{
    struct record_plan plan;
    const struct scheme *s;
    const struct scheme_ledger *l;
    int64_t id;
    enum error_code code = record_begin(p->record, &p->arena, 0, p->now, &plan, &p->err);
    if (code != OK) {
        return false;
    }
    code = record_ledger(p->record, plan.view, NULL, feel_text_member(v, "ledger"), &s, &l, NULL, &p->err);
    code = code == OK ? record_add(&plan, s, l, values, &id, &p->err) : code;
    return record_finish(&plan, code, NULL, &p->err) == OK;
}

static bool draft(struct play *p, feel_value v, feel_value what)
{
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    str of = feel_text_member(v, "of");
    struct work_request rq = { .act = WORK_SAVE, .actor = person_id(p, feel_text_member(v, "as")),
                               .scheme = feel_text_member(what, "scheme"),
                               .subject = feel_text_member(what, "subject") };
    if (of.len > 0) {
        rq.dossier = dossier_id(p, of);
        rq.wait = find_wait(p, rq.dossier, feel_text_member(v, "at"));
    }
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    bool fine = refused_as(p, work_write_draft(p->work, view, &rq, &b, &p->err), feel_text_member(v, "says"));
    store_view_end(view);
    fine = fine && (b.len == 0 || compare(p, arena_str(&p->arena, buf_str(&b)), feel_member(v, "is")));
    buf_release(&b);
    return fine;
}

/* The follow code of a dossier; "wrong": another one. */
static str code_of(struct play *p, int64_t dossier, str which)
{
    struct store_view *view;
    struct work_dossier d;
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    bool there = work_read_dossier(view, dossier, &p->arena, &d);
    store_view_end(view);
    return str_eq(which, STR("wrong")) || !there ? STR("AAAAAAAA") : d.code;
}

static bool rate_again(struct play *p, feel_value v, feel_value with)
{
    int64_t id = dossier_id(p, feel_text_member(v, "of"));
    enum error_code code = publish_rate_again(p->publish, id, code_of(p, id, feel_text_member(v, "by")), with, &p->err);
    return refused_as(p, code, feel_text_member(v, "says"));
}

static bool rating(struct play *p, feel_value v, str name)
{
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    int64_t id = dossier_id(p, name);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    enum error_code code =
        publish_write_rating(p->publish, view, id, code_of(p, id, feel_text_member(v, "by")), &b, &p->err);
    store_view_end(view);
    bool fine = refused_as(p, code, feel_text_member(v, "says")) && is_without(v, buf_str(&b)) &&
                (code != OK || compare(p, arena_str(&p->arena, buf_str(&b)), feel_member(v, "is")));
    buf_release(&b);
    return fine;
}

/* To the dossier `of`, or to the notice at a place of the office's list. */
static bool object(struct play *p, feel_value v, feel_value with)
{
    struct publish_begun begun = { .dossier = 0 };
    struct publish_objection o = { .with = with };
    if (feel_text_member(v, "of").len > 0) {
        o.dossier = dossier_id(p, feel_text_member(v, "of"));
        o.code = code_of(p, o.dossier, feel_text_member(v, "by"));
    } else {
        o.notice = notice_id(p, feel_member(v, "notice"));
        o.notice = o.notice == 0 ? INT64_MAX : o.notice;
    }
    enum error_code code = publish_object(p->publish, &o, &begun, &p->err);
    if (feel_text_member(v, "call").len > 0) {
        name_dossier(p, feel_text_member(v, "call"), begun.dossier);
    }
    return refused_as(p, code, feel_text_member(v, "says"));
}

/* The token stands among the variables of the dossier that made it. */
static bool rate(struct play *p, feel_value v, feel_value with)
{
    static const char before[] = "\"token\":\"";
    struct store_view *view;
    struct work_dossier d;
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    bool there = work_read_dossier(view, dossier_id(p, feel_text_member(v, "of")), &p->arena, &d);
    store_view_end(view);
    char *at = there ? memmem(d.state.ptr, d.state.len, before, sizeof before - 1) : NULL;
    str token = at == NULL ? STR("none") : (str){ at + sizeof before - 1, 20 };
    struct publish_begun begun = { .dossier = 0 };
    struct publish_right by = { .token = token };
    if (feel_text_member(v, "by").len > 0) {
        by = (struct publish_right){ .dossier = d.id, .code = code_of(p, d.id, feel_text_member(v, "by")) };
    }
    enum error_code code = publish_rate(p->publish, &by, with, p->now, &begun, &p->err);
    if (feel_text_member(v, "call").len > 0) {
        name_dossier(p, feel_text_member(v, "call"), begun.dossier);
    }
    return refused_as(p, code, feel_text_member(v, "says"));
}

static bool tasks(struct play *p, feel_value v)
{
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    int64_t office = office_of_code(view, feel_text_member(v, "office"));
    work_write_tasks(view, office, feel_text_member(v, "role"), person_id(p, feel_text_member(v, "as")), 10, &b);
    store_view_end(view);
    bool equal = compare(p, arena_str(&p->arena, buf_str(&b)), feel_member(v, "tasks"));
    buf_release(&b);
    return equal;
}

static bool set_calendar(struct play *p, feel_value v)
{
    const struct { const char *name; bool works; } kinds[] = { { "off", false }, { "work", true } };
    must(p->calendar_count < sizeof p->calendars / sizeof p->calendars[0], p, "too many calendars");
    struct cal_calendar *c = cal_calendar_new(feel_text_member(v, "calendar"));
    cal_calendar_cover(c, 2026);
    for (size_t k = 0; k < 2; k++) {
        feel_value days = feel_member(v, kinds[k].name);
        for (uint32_t i = 0; days.kind == FEEL_LIST && i < days.count; i++) {
            cal_date d;
            must(cal_parse_date(feel_str(days.items[i]), &d), p, "no date");
            cal_calendar_set(c, d, kinds[k].works);
        }
    }
    p->calendars[p->calendar_count] = c;
    __atomic_add_fetch(&p->calendar_count, 1, __ATOMIC_SEQ_CST);
    return settle(p);
}

static bool clock_is(struct play *p, str name, feel_value v)
{
    struct store_view *view;
    struct work_dossier d;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    bool fine = work_read_dossier(view, dossier_id(p, feel_text_member(v, "of")), &p->arena, &d) &&
                work_write_clock(p->work, view, &d, name, &b, &p->err) == OK;
    store_view_end(view);
    bool equal = fine && compare(p, arena_str(&p->arena, buf_str(&b)), feel_member(v, "is"));
    buf_release(&b);
    return equal;
}

static bool clocks(struct play *p, feel_value want)
{
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    work_write_clocks(view, 0, 10, &b);
    store_view_end(view);
    bool equal = compare(p, arena_str(&p->arena, buf_str(&b)), want);
    buf_release(&b);
    return equal;
}

/* The variables of the process: some of them, and what is not among them. */
static bool variables(struct play *p, str name, feel_value v)
{
    struct store_view *view;
    struct work_dossier d;
    const struct scheme *s = NULL;
    feel_value without = feel_member(v, "not"), other;
    bool fine = true;
    must(settle(p), p, "settle");
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    must(work_read_dossier(view, dossier_id(p, name), &p->arena, &d) &&
             record_scheme(p->record, view, d.bundle, &s, &p->err) == OK, p, "dossier");
    store_view_end(view);
    for (uint32_t i = 0; i < s->process_count; i++) {
        struct bpmn_state state;
        bpmn_state_init(&state, s->processes[i]);
        if (bpmn_find(s->processes[i], d.process) != BPMN_NONE && bpmn_state_read(&state, d.state, &p->err) == OK) {
            feel_value all = bpmn_locals(&state, 0, &p->arena);
            fine = compare(p, json_of(&p->arena, all), feel_member(v, "is"));
            for (uint32_t k = 0; without.kind == FEEL_LIST && k < without.count; k++) {
                fine &= !feel_context_get(all, feel_str(without.items[k]), &other);
            }
        }
        bpmn_state_release(&state);
    }
    return fine;
}

static bool again(struct play *p, str name, feel_value v)
{
    struct store_view *view;
    struct store_value args[] = { store_text(name) };
    str wrong = feel_text_member(v, "wrong");
    must(settle(p), p, "settle");
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    struct store_rows *r = store_query(view, "SELECT id FROM message WHERE name = ? ORDER BY id DESC LIMIT 1", args, 1);
    int64_t id = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    store_view_end(view);
    bool fine = work_message_again(p->work, id, 0, &p->err) == OK;
    return wrong.len == 0 ? fine && settle(p) : !fine && says(p, wrong);
}

static bool messages(struct play *p, feel_value want)
{
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    must(settle(p), p, "settle");
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    work_write_messages(view, 0, INT64_MAX, 20, &b);
    store_view_end(view);
    bool equal = compare(p, arena_str(&p->arena, buf_str(&b)), want);
    buf_release(&b);
    return equal;
}

static bool list(struct play *p, feel_value v)
{
    struct store_view *view;
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    work_write_list(view, feel_text_member(v, "scheme"), INT64_MAX, 5, &b);
    store_view_end(view);
    bool equal = compare(p, arena_str(&p->arena, buf_str(&b)), feel_member(v, "list"));
    buf_release(&b);
    return equal;
}

static bool sees(struct play *p, feel_value v)
{
    struct store_view *view;
    struct work_dossier d;
    int64_t who = person_id(p, feel_text_member(v, "sees"));
    must(store_view(p->store, &view, &p->err) == OK, p, "view");
    bool may = work_read_dossier(view, dossier_id(p, feel_text_member(v, "of")), &p->arena, &d) &&
               work_may_see(p->work, view, who, p->now, &d, &p->err);
    store_view_end(view);
    return may == feel_is_true(feel_member(v, "may"));
}

static bool recompute(struct play *p, feel_value v)
{
    struct work_recomputed r;
    must(settle(p), p, "settle");
    bool looked = work_recompute(p->work, 0, &r, &p->err) == OK;
    if (looked) {
        p->err = r.error;
    }
    bool as_wanted = looked && r.different == (uint64_t)feel_whole_member(v, "different") &&
                     r.equal == (uint64_t)feel_whole_or(feel_member(v, "recompute"), -1);
    if (!as_wanted) {
        printf("# %" PRIu64 " equal, %" PRIu64 " different\n", r.equal, r.different);
    }
    return as_wanted && says(p, feel_text_member(v, "says"));
}

/* As somebody would who can write the database: one byte, and nothing else. */
static bool spoil(struct play *p, str what)
{
    struct store_view *v;
    bool decision = str_eq(what, STR("decision"));
    struct store_change *c = store_change(&p->arena);
    struct store_value row[10];
    must(store_view(p->store, &v, &p->err) == OK, p, "view");
    struct store_rows *r = decision ? store_query(v, "SELECT id, record FROM decision ORDER BY id LIMIT 1", NULL, 0)
                                    : store_query(v, "SELECT hash, bytes FROM model WHERE kind = 'dmn'", NULL, 0);
    must(store_next(r), p, "nothing to spoil");
    str bytes = arena_str(&p->arena, store_column_text(r, 1));
    char *at = memmem(bytes.ptr, bytes.len, "9", 1);
    must(at != NULL, p, "no digit to spoil");
    *at = '8';
    for (size_t i = 0; i < 10; i++) {
        row[i] = store_keep();
    }
    row[0] = decision ? store_int(store_column_int(r, 0)) : store_text(store_column_text(r, 0));
    row[decision ? 8 : 3] = store_bytes(bytes);
    store_update(c, decision ? STORE_TABLE_decision : STORE_TABLE_model, row);
    store_rows_end(r);
    store_view_end(v);
    p->spoiled |= !decision;
    return store_commit(p->store, c, STORE_INTERACTIVE).outcome == STORE_DONE;
}

static bool restart(struct play *p)
{
    must(settle(p), p, "settle");
    close_office(p);
    open_office(p);
    return true;
}

static bool line(struct play *p, feel_value v)
{
    feel_value what;
    p->err = (struct error){ .lang = LANG_EN };
    return (what = feel_member(v, "tasks")).kind == FEEL_LIST       ? tasks(p, v)
           : (what = feel_member(v, "person")).kind == FEEL_STRING  ? person(p, v)
           : (what = feel_member(v, "statistic")).kind == FEEL_STRING ? statistic(p, v, feel_str(what))
           : (what = feel_member(v, "outside")).kind == FEEL_STRING ? outside(p, feel_str(what))
           : (what = feel_member(v, "bind")).kind == FEEL_STRING    ? bind(p, v)
           : (what = feel_member(v, "do")).kind == FEEL_CONTEXT     ? do_act(p, v)
           : (what = feel_member(v, "transport")).kind == FEEL_STRING ? with_plan(p, set_transport, v)
           : (what = feel_member(v, "variables")).kind == FEEL_STRING ? variables(p, feel_str(what), v)
           : (what = feel_member(v, "note")).kind == FEEL_STRING    ? true
           : (what = feel_member(v, "again")).kind == FEEL_STRING   ? again(p, feel_str(what), v)
           : (what = feel_member(v, "messages")).kind == FEEL_LIST  ? messages(p, what)
           : (what = feel_member(v, "office")).kind == FEEL_STRING  ? with_plan(p, add_office, v)
           : (what = feel_member(v, "install")).kind == FEEL_STRING
               ? install(p, feel_str(what), feel_text_member(v, "wrong"))
           : (what = feel_member(v, "calendar")).kind == FEEL_STRING ? set_calendar(p, v)
           : (what = feel_member(v, "clock")).kind == FEEL_STRING   ? clock_is(p, feel_str(what), v)
           : (what = feel_member(v, "clocks")).kind == FEEL_LIST    ? clocks(p, what)
           : (what = feel_member(v, "advance")).kind == FEEL_STRING ? advance(p, feel_str(what))
           : (what = feel_member(v, "expect")).kind == FEEL_STRING  ? expect(p, v, feel_str(what), false)
           : (what = feel_member(v, "public")).kind == FEEL_STRING  ? expect(p, v, feel_str(what), true)
           : (what = feel_member(v, "notices")).kind == FEEL_LIST   ? notices(p, v, what)
           : (what = feel_member(v, "amend")).kind == FEEL_CONTEXT  ? amend(p, v, what)
           : (what = feel_member(v, "withdraw")).kind == FEEL_NUMBER ? withdraw(p, v, what)
           : (what = feel_member(v, "desk")).kind == FEEL_LIST      ? at_desk(p, v, what)
           : (what = feel_member(v, "word")).kind == FEEL_STRING    ? word(p, v, feel_str(what))
           : (what = feel_member(v, "documents")).kind == FEEL_LIST ? documents(p, v, what)
           : (what = feel_member(v, "paper")).kind == FEEL_CONTEXT  ? paper(p, v, what)
           : (what = feel_member(v, "block")).kind == FEEL_STRING   ? block(p, v, feel_str(what))
           : (what = feel_member(v, "account")).kind == FEEL_STRING ? account(p, v, feel_str(what))
           : (what = feel_member(v, "spoilt")).kind == FEEL_NUMBER  ? spoilt(p, v, what)
           : (what = feel_member(v, "hidden")).kind == FEEL_STRING  ? hidden(p, feel_str(what))
           : (what = feel_member(v, "demo")).kind == FEEL_BOOLEAN   ? demo(p, what.boolean)
           : (what = feel_member(v, "repair")).kind == FEEL_NUMBER  ? repair(p, v, what)
           : (what = feel_member(v, "row")).kind == FEEL_CONTEXT    ? row(p, v, what)
           : (what = feel_member(v, "draft")).kind == FEEL_CONTEXT  ? draft(p, v, what)
           : (what = feel_member(v, "credit")).kind == FEEL_STRING  ? credit(p, v, feel_str(what))
           : (what = feel_member(v, "rate")).kind == FEEL_CONTEXT   ? rate(p, v, what)
           : (what = feel_member(v, "entries")).kind == FEEL_NUMBER ? entries(p, v, what)
           : (what = feel_member(v, "register")).kind == FEEL_STRING ? of_register(p, v, feel_str(what))
           : (what = feel_member(v, "places")).kind == FEEL_BOOLEAN ? places(p, v)
           : (what = feel_member(v, "why")).kind == FEEL_NUMBER     ? why(p, v, what)
           : (what = feel_member(v, "show")).kind == FEEL_STRING    ? shown_to(p, v, feel_str(what))
           : (what = feel_member(v, "rate again")).kind == FEEL_CONTEXT ? rate_again(p, v, what)
           : (what = feel_member(v, "rating")).kind == FEEL_STRING  ? rating(p, v, feel_str(what))
           : (what = feel_member(v, "object")).kind == FEEL_CONTEXT ? object(p, v, what)
           : (what = feel_member(v, "recompute")).kind == FEEL_NUMBER ? recompute(p, v)
           : (what = feel_member(v, "list")).kind == FEEL_LIST      ? list(p, v)
           : (what = feel_member(v, "sees")).kind == FEEL_STRING    ? sees(p, v)
           : (what = feel_member(v, "know")).kind == FEEL_STRING    ? know(p, feel_str(what), feel_text_member(v, "of"))
           : (what = feel_member(v, "dossiers")).kind == FEEL_NUMBER ? dossiers(p, what)
           : (what = feel_member(v, "spoil")).kind == FEEL_STRING   ? spoil(p, feel_str(what))
           : (what = feel_member(v, "restart")).kind == FEEL_BOOLEAN ? restart(p)
                                                                 : false;
}

static void place_data(struct play *p)
{
    const char *url = getenv("GONGSHI_TEST_POSTGRES");
    static int schemas;
    if (url != NULL) {
        snprintf(p->data, sizeof p->data, "%s%coptions=-csearch_path%%3Dwork_%d_%d", url,
                 strchr(url, '?') != NULL ? '&' : '?', (int)getpid(), schemas);
        snprintf(p->keys, sizeof p->keys, "/tmp/gongshi-keys-%d-%d", (int)getpid(), schemas++);
        return;
    }
    snprintf(p->data, sizeof p->data, "/tmp/gongshi-work-XXXXXX");
    must(mkdtemp(p->data) != NULL, p, "mkdtemp");
}

static void play(const char *root, const char *folder, const char *name)
{
    struct play p = { .arena = ARENA_INIT, .now = INT64_C(1772413200) * 1000000, .root = root };
    str path = arena_printf(&p.arena, "%s/%s", folder, name), all = read_file(&p, path.ptr);
    int number = 0;
    char differs[200];
    place_data(&p);
    open_office(&p);
    for (size_t from = 0, i = 0; i <= all.len; i++) {
        if (i < all.len && all.ptr[i] != '\n') {
            continue;
        }
        str one = str_trim(str_slice(all, from, i));
        feel_value v;
        from = i + 1;
        number++;
        if (one.len == 0) {
            continue;
        }
        must(feel_json_read(&p.arena, one, &v, &p.err) == OK, &p, name);
        if (!ok(line(&p, v), "%s:%d", name, number)) {
            printf("# %.*s\n# %s %s %s\n", STR_ARG(one), p.err.message, p.err.detail, p.err.hint);
        }
        must(settle(&p), &p, "settle");
        if (!p.spoiled && !rows_hold(p.record, p.store, differs)) {
            ok(false, "%s:%d: the rows are not as the states say: %s", name, number, differs);
        }
    }
    ok(audit_is_sound(&p), "%s: the audit trail is sound", name);
    close_office(&p);
    for (uint32_t i = 0; i < p.calendar_count; i++) {
        cal_calendar_free(p.calendars[i]);
    }
    char command[700];
    snprintf(command, sizeof command, "rm -rf %s", p.keys[0] != '\0' ? p.keys : p.data);
    must(system(command) == 0, &p, "rm");
    arena_release(&p.arena);
}

static int only_jsonl(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return n > 6 && strcmp(e->d_name + n - 6, ".jsonl") == 0;
}

int main(int argc, char **argv)
{
    struct dirent **files;
    const char *root = getenv("GONGSHI_ROOT");
    int count = argc > 1 ? scandir(argv[1], &files, only_jsonl, alphasort) : -1;
    for (int i = 0; i < count; i++) {
        if (argc < 3 || strcmp(argv[2], files[i]->d_name) == 0) {
            play(root == NULL ? "." : root, argv[1], files[i]->d_name);
        }
        free(files[i]);
    }
    if (count >= 0) {
        free(files);
    }
    return count > 0 ? tap_done() : 1;
}
