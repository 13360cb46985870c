/* The hook that seals: a program of the test stands in for it. What it gives is kept and the document is issued, once;
 * what it cannot do is tried again (PUBLISH_SEAL_TRIES), what it refuses is told; one that hangs is ended in time
 * (HELPER_RUN_MS). */
#include "helper/run.h"
#include "publish/publish.h"
#include "tap.h"
#include "work_office.h"

#include "base/clock.h"

#include <sys/stat.h>

struct sealing {
    struct office office;
    struct publish *publish;
    char program[80];
    int64_t dossier, document;
};

/* A shell script at the path of the sealer. */
static void write_program(struct sealing *s, const char *body)
{
    snprintf(s->program, sizeof s->program, "%s/sealer", s->office.data);
    FILE *f = fopen(s->program, "w");
    office_must(f != NULL, &s->office, "fopen");
    fprintf(f, "#!/bin/sh\n%s\n", body);
    fclose(f);
    chmod(s->program, 0755);
}

/* ---- One run ---- */

static enum error_code run(struct sealing *s, const char *body, const char *input, uint32_t ms, struct buf *out)
{
    const char *arguments[] = { "a b", "2" };
    write_program(s, body);
    const struct helper_run r = { .program = s->program, .arguments = arguments, .argument_count = 2,
                                  .input = str_of(input), .deadline_ms = ms };
    s->office.err = (struct error){ .lang = LANG_EN };
    return helper_run(&r, out, &s->office.err);
}

static bool detail_has(const struct sealing *s, const char *text)
{
    return strstr(s->office.err.detail, text) != NULL;
}

static void test_runs(struct sealing *s)
{
    struct buf out = BUF_INIT(64), small = BUF_INIT(4);
    ok(run(s, "printf '%s,%s,' \"$1\" \"$2\"; cat; printf ' %s' \"${HOME-none}\"", "in", 0, &out) == OK &&
           str_eq(buf_str(&out), STR("a b,2,in none")),
       "arguments, input, answer; nothing of our environment");
    buf_clear(&out);
    ok(run(s, "echo no key >&2; echo more >&2; exit 3", "", 0, &out) == ERROR_INVALID && detail_has(s, "no key") &&
           !detail_has(s, "more") && out.len == 0,
       "a refusal says why");
    ok(run(s, "echo busy >&2; exit 75", "", 0, &out) == ERROR_IO && detail_has(s, "busy"), "75: later");
    int64_t before = clock_monotonic_nanos();
    ok(run(s, "sleep 60 & sleep 60", "", 200, &out) == ERROR_IO &&
           clock_monotonic_nanos() - before < INT64_C(5000000000),
       "one that hangs is ended, with its children");
    before = clock_monotonic_nanos();
    ok(run(s, "exec >&- 2>&-; sleep 60", "", 200, &out) == ERROR_IO &&
           clock_monotonic_nanos() - before < INT64_C(5000000000),
       "also one that has closed its streams");
    ok(run(s, "kill -9 $$", "", 0, &out) == ERROR_IO, "one that dies");
    ok(run(s, "printf 123456", "", 0, &small) == ERROR_LIMIT && small.len == 0, "an answer without end");
    const struct helper_run none = { .program = "/nowhere/sealer" };
    ok(helper_run(&none, &out, &s->office.err) == ERROR_IO, "one that is not there");
    buf_release(&out);
    buf_release(&small);
}

/* ---- The hook ---- */

static void install(struct sealing *s)
{
    static const char manifest[] =
        "{\"scheme\":\"hooked\",\"documents\":{\"Permit\":{\"number\":\"{year}-{n}\",\"seal\":\"hook\"}}}";
    static const char process[] =
        "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
        "xmlns:z=\"http://camunda.org/schema/zeebe/1.0\"><process id=\"hooked\" isExecutable=\"true\">"
        "<startEvent id=\"s\"/><serviceTask id=\"paper\"><extensionElements>"
        "<z:taskDefinition type=\"gongshi.document\"/><z:taskHeaders><z:header key=\"document\" value=\"Permit\"/>"
        "</z:taskHeaders></extensionElements></serviceTask><userTask id=\"wait\"><extensionElements><z:userTask/>"
        "</extensionElements></userTask><endEvent id=\"e\"/>"
        "<sequenceFlow id=\"a\" sourceRef=\"s\" targetRef=\"paper\"/>"
        "<sequenceFlow id=\"b\" sourceRef=\"paper\" targetRef=\"wait\"/>"
        "<sequenceFlow id=\"c\" sourceRef=\"wait\" targetRef=\"e\"/></process></definitions>";
    const struct scheme_file files[] = { { STR("scheme.json"), STR(manifest) },
                                         { STR("process/hooked.bpmn"), STR(process) } };
    const struct scheme *scheme;
    office_must(scheme_load(&s->office.arena, STR("hooked"), files, 2, &scheme, &s->office.err) == OK &&
                    work_install(s->office.work, scheme, 0, &s->office.err) == OK, &s->office, "install");
}

/* A document whose PDF is made, as gongshi-paper would have left it. */
static void begin(struct sealing *s)
{
    char hash[STORE_HASH + 1];
    s->dossier = office_start(&s->office, "hooked", "hooked", "{}").dossier;
    s->document = office_number(&s->office, "SELECT MAX(id) FROM document WHERE dossier = ?", s->dossier);
    office_must(s->document > 0 && store_blob_put(s->office.store, STR("%PDF"), hash, &s->office.err) == OK, &s->office,
                "document");
    struct store_change *c = store_change(&s->office.arena);
    struct store_value row[18];
    for (size_t i = 0; i < 18; i++) {
        row[i] = store_keep();
    }
    row[0] = store_int(s->document);
    row[1] = store_int(office_number(&s->office, "SELECT version FROM document WHERE id = ?", s->document));
    row[7] = store_text(STR("made"));
    row[8] = store_text(arena_str(&s->office.arena, str_of(hash)));
    store_update(c, STORE_TABLE_document, row);
    office_must(store_commit(s->office.store, c, STORE_INTERACTIVE).outcome == STORE_DONE, &s->office, "commit");
}

static bool read_document(struct sealing *s, struct publish_document *ret)
{
    struct store_view *v;
    office_must(store_view(s->office.store, &v, &s->office.err) == OK, &s->office, "view");
    bool there = publish_read_document(v, s->document, &s->office.arena, ret);
    store_view_end(v);
    return there;
}

/* Until a condition of the database holds, at most forty seconds. */
static bool until(struct sealing *s, const char *sql, int64_t argument, int64_t wanted)
{
    for (int i = 0; i < 4000; i++) {
        if (office_number(&s->office, sql, argument) == wanted) {
            return true;
        }
        usleep(10000);
    }
    return false;
}

static bool again(struct sealing *s)
{
    return publish_seal_again(s->publish, s->document, 0, office_clock, &s->office.err) == OK;
}

#define WAITING "SELECT COUNT(*) FROM queue WHERE name = 'seal'"

static void test_sealed(struct sealing *s)
{
    struct publish_document d;
    char hash[STORE_HASH + 1], got[32] = "";
    size_t n = 0;
    begin(s);
    write_program(s, "echo x >>\"$0.count\"; printf 'sealed %s %s ' \"$2\" \"$3\"; cat");
    ok(again(s) && until(s, WAITING, 0, 0) && read_document(s, &d) && d.issued != 0 && d.reason.len == 0,
       "what comes back is kept, the document is issued");
    snprintf(hash, sizeof hash, "%.*s", STR_ARG(d.sealed));
    ok(store_blob_read(s->office.store, hash, 0, got, sizeof got - 1, &n, &s->office.err) == OK &&
           strstr(got, "sealed hooked/Permit/2026 1") == got,
       "by series and number: %s", got);
    ok(!again(s), "not twice");
}

static void test_tried_again(struct sealing *s)
{
    struct publish_document d;
    begin(s);
    write_program(s, "test -e \"$0.up\" && cat || { echo the token is away >&2; exit 75; }");
    /* Its hour is set after the document says why: the clock must not go on in between. */
    ok(again(s) && until(s, "SELECT COUNT(*) FROM queue WHERE name = 'seal' AND leased = 0 AND tries > ?", 0, 1) &&
           read_document(s, &d) && d.issued == 0 && d.reason.len > 0 && office_number(&s->office, WAITING, 0) == 1,
       "what it could not do waits, and says why");
    char up[100];
    snprintf(up, sizeof up, "%s.up", s->program);
    fclose(fopen(up, "w"));
    office_clock += 3600 * SECONDS;
    ok(until(s, WAITING, 0, 0) && read_document(s, &d) && d.issued != 0 && d.reason.len == 0, "and is done later");
    remove(up);
}

static void test_given_up(struct sealing *s)
{
    struct publish_document d;
    begin(s);
    write_program(s, "exit 75");
    ok(again(s), "PUBLISH_SEAL_TRIES");
    for (int i = 0; i < LIMIT_PUBLISH_SEAL_TRIES + 1 && office_number(&s->office, WAITING, 0) != 0; i++) {
        until(s, "SELECT COUNT(*) FROM queue WHERE name = 'seal' AND (leased <> 0 OR tries <= ?)", i, 0);
        office_clock += 7200 * SECONDS;
    }
    ok(until(s, WAITING, 0, 0) && read_document(s, &d) && d.issued == 0 && d.reason.len > 0, "it is given up");
    ok(office_number(&s->office, "SELECT COUNT(*) FROM tell WHERE role = 'manager' AND dossier = ?", s->dossier) == 1,
       "the manager is told");
}

static void test_refused(struct sealing *s)
{
    struct publish_document d;
    begin(s);
    write_program(s, "echo certificate expired >&2; exit 1");
    ok(again(s) && until(s, WAITING, 0, 0) && read_document(s, &d) && d.issued == 0 &&
           memmem(d.reason.ptr, d.reason.len, "certificate expired", 19) != NULL,
       "what it refuses is not tried again, and says why");
    ok(office_number(&s->office, "SELECT COUNT(*) FROM tell WHERE dossier = ?", s->dossier) == 1, "and is told");
    write_program(s, "cat >/dev/null");
    ok(again(s) && until(s, WAITING, 0, 0) && read_document(s, &d) && d.issued == 0, "nothing given back is no seal");
    const struct work_request by_hand = { .act = WORK_SEAL, .dossier = s->dossier, .paper = s->document };
    ok(office_do(&s->office, by_hand).outcome == WORK_OK && read_document(s, &d) && d.issued != 0 && d.sealed.len == 0,
       "by hand it can be recorded all the same");
}

int main(void)
{
    struct sealing s = { .office = { .arena = ARENA_INIT } };
    office_open(&s.office, 2, true);
    write_program(&s, "exit 75");
    const struct publish_config config = { .work = s.office.work, .store = s.office.store, .record = s.office.record,
                                           .background = true, .address = "", .sealer = s.program,
                                           .sealer_ms = 5000 };
    publish_open(&s.office.arena, &config, &s.publish);
    test_runs(&s);
    install(&s);
    test_sealed(&s);
    test_tried_again(&s);
    test_refused(&s);
    test_given_up(&s);
    office_remove(&s.office);
    return tap_done();
}
