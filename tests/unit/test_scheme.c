/* The manifest: what each member becomes, what is refused and where, the rows of parameters. */
#include "scheme/check.h"
#include "scheme/scheme_int.h"

#include "base/limit.h"
#include "tap.h"

#include <stdlib.h>

static struct arena arena;

#define PROCESS "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'><process id='p'>" \
                "<startEvent id='s'/><endEvent id='e'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/>" \
                "</process></definitions>"

/* A package of the process above, the manifest, and perhaps one more file. */
static enum error_code load_with(const char *manifest, const char *name, const char *bytes, const struct scheme **ret,
                                 struct error *err)
{
    struct scheme_file files[] = { { STR("process/p.bpmn"), STR(PROCESS) },
                                   { STR("scheme.json"), str_of(manifest) },
                                   { str_of(name), str_of(bytes) } };
    *err = (struct error){ .lang = LANG_EN };
    return scheme_load(&arena, STR("t"), files, name[0] == '\0' ? 2 : 3, ret, err);
}

static const struct scheme *load(const char *manifest)
{
    const struct scheme *s = NULL;
    struct error err;
    ok(load_with(manifest, "", "", &s, &err) == OK, "loads: %s %s %s", err.message, err.detail, err.hint);
    return s;
}

/* ---- What is refused ---- */

static const struct {
    const char *manifest, *name, *bytes; /* one more file, or "" */
    const char *file;
    uint32_t line;
    const char *message;
} refused[] = {
    { "{\"scheem\":\"t\"}", "", "", "scheme.json", 1, "nothing is called \"scheem\" here" },
    { "{\"scheme\":\n\"T t\"}", "", "", "scheme.json", 2, "\"T t\" cannot be the name of a scheme" },
    { "{\"title\":7}", "", "", "scheme.json", 1, "\"title\" must be a text, or {\"zh\": a text, \"en\": a text}" },
    { "{\"from\":\"2026-13-01\"}", "", "", "scheme.json", 1, "\"from\" must be a date such as \"2026-01-31\"" },
    { "{\"follow\":{\"rules\":\"now\"}}", "", "", "scheme.json", 1, "\"rules\" cannot be \"now\"" },
    { "{\"ledgers\":[]}", "", "", "scheme.json", 1, "\"ledgers\" must be an object, in which each has a name" },
    { "{\"ledgers\":{\n\"a.b\":{\"fields\":{\"x\":\"text\"}}}}", "", "", "scheme.json", 2,
      "\"a.b\" cannot be a name here: it must not be empty, nor have a point, # or /" },
    { "{\"ledgers\":{\"l\":{}}}", "", "", "scheme.json", 1, "the ledger has no fields" },
    { "{\"ledgers\":{\"l\":{\"fields\":{\"x\":{\"type\":\"text\",\"number\":\"{year}\"}}}}}", "", "", "scheme.json", 1,
      "\"number\" must be a text with {n}, and mostly with {year}" },
    { "{\"ledgers\":{\"l\":{\"fields\":{\"x\":{\"type\":\"integer\",\"number\":\"{n}\"}}}}}", "", "", "scheme.json", 1,
      "the field \"x\" cannot be numbered" },
    { "{\"ledgers\":{\"l\":{\"fields\":{\n\"x\":\"txt\"}}}}", "", "", "scheme.json", 2,
      "\"type\" cannot be \"txt\"" },
    { "{\"ledgers\":{\"l\":{\"fields\":{\"x\":\"text\"},\n\"key\":[\"y\"]}}}", "", "", "scheme.json", 2,
      "the ledger has no field \"y\", which \"key\" names" },
    { "{\"ledgers\":{\"l\":{\"fields\":{\"x\":\"text\"},\"valid\":[\"x\"]}}}", "", "", "scheme.json", 1,
      "\"valid\" must name two fields: the first day and the last" },
    { "{\"ledgers\":{\"l\":{\"fields\":{\"x\":\"text\",\"d\":\"date\"},\"valid\":[\"d\",\"x\"]}}}", "", "",
      "scheme.json", 1, "the field \"x\" of \"valid\" must be a date" },
    { "{\"ledgers\":{\"l\":{\"fields\":{\"x\":\"text\"},\"share\":{\"fields\":[\"z\"],\"to\":\"*\"}}}}", "", "",
      "scheme.json", 1, "the ledger has no field \"z\", which \"share\" names" },
    { "{\"ledgers\":{\"l\":{\"fields\":{\"x\":\"text\"},\"parent\":\"m\"}}}", "", "", "scheme.json", 1,
      "there is no ledger \"m\" for \"l\" to be a part of" },
    { "{\"ledgers\":{\"l\":{\"key\":[\"x\"]}}}", "ledgers/l.json", "{\n\"fields\":{\"x\":\"text\"},\n\"kye\":1}",
      "ledgers/l.json", 3, "nothing is called \"kye\" here" },
    { "{\"ledgers\":{\"l\":{\"key\":[\"x\"]}}}", "ledgers/l.json", "{\"fields\":{\"x\":\"text\"},\"key\":[\"x\"]}",
      "ledgers/l.json", 1, "\"key\" stands in scheme.json too" },
    { "{}", "ledgers/l.json", "{\"fields\":{\"x\":\"text\"}}", "ledgers/l.json", 1,
      "scheme.json does not name \"l\" under \"ledgers\"" },
    { "{\"parameters\":{\"m\":{\"key\":\"n\"}}}", "parameters/m.xlsx", "PK", "parameters/m.xlsx", 0,
      "\"parameters/m.xlsx\" is of a kind that is not read" },
    { "{\"parameters\":{\"m\":{}}}", "", "", "scheme.json", 1, "the parameter has no columns" },
    { "{\"parameters\":{\"m\":{\"value\":{\"x\":\"place\"}}}}", "", "", "scheme.json", 1,
      "a column cannot be of type \"place\"" },
    { "{\"parameters\":{\"m\":{\"key\":[\"x\",\"x\"]}}}", "", "", "scheme.json", 1,
      "the column \"x\" stands there twice" },
    { "{\"parameters\":{\"m\":{\"value\":{\"state\":\"text\"}}}}", "", "", "scheme.json", 1,
      "a column cannot be called \"state\": each row has one of that name" },
    { "{\"parameters\":{\"m\":{\"value\":{\"n\":\"integer\"}}}}", "parameters/m.csv", "n,k\n1,2\n", "parameters/m.csv",
      1, "the parameter has no column \"k\"" },
    { "{\"parameters\":{\"m\":{\"value\":{\"n\":\"integer\"}}}}", "parameters/m.csv", "source\nx\n",
      "parameters/m.csv", 1, "the file has no column \"n\"" },
    { "{\"parameters\":{\"m\":{\"value\":{\"n\":\"integer\"}}}}", "parameters/m.csv", "n\n1\n1.5\n",
      "parameters/m.csv", 3, "\"1.5\" is no value of the column \"n\"" },
    { "{\"parameters\":{\"m\":{\"value\":{\"n\":\"integer\"}}}}", "parameters/m.csv", "n,state\n1,done\n",
      "parameters/m.csv", 2, "\"done\" is no state of a row" },
    { "{\"parameters\":{\"m\":{\"value\":{\"n\":\"integer\"}}}}", "parameters/m.csv", "n,to\n1,31.1.\n",
      "parameters/m.csv", 2, "\"31.1.\" is no date" },
    { "{\"parameters\":{\"m\":{\"value\":{\"n\":\"integer\"}}}}", "parameters/m.csv", "n\n1,2\n", "parameters/m.csv",
      2, "the row has more cells than the first row has names" },
    { "{\"facts\":{\"f\":{\"where\":\"true\"}}}", "", "", "scheme.json", 1,
      "the fact does not say where to look" },
    { "{\"facts\":{\"f\":{\"ledger\":\"a\",\"parameter\":\"b\"}}}", "", "", "scheme.json", 1,
      "a fact looks at one thing, named by a text" },
    { "{\"processes\":{\"p\":{\"start\":{\"by\":[\"post\"]}}}}", "", "", "scheme.json", 1,
      "\"by\" cannot be \"post\"" },
    { "{\"processes\":{\"p\":{\"tasks\":{\"t\":{\"people\":-1}}}}}", "", "", "scheme.json", 1,
      "\"people\" must be a whole number, not negative" },
    { "{\"assessments\":{\"a\":{\"over\":\"[x]\"}}}", "", "", "scheme.json", 1,
      "\"over\" does not say which records or dossiers" },
    { "{\"assessments\":{\"a\":{\"grade\":{\"of\":{\"A\":\"all\"}}}}}", "", "", "scheme.json", 1,
      "the size of a grade must be a number or \"rest\"" },
    { "{\"assessments\":{\"a\":{\"then\":{\"mail\":\"x\"}}}}", "", "", "scheme.json", 1,
      "nothing is called \"mail\" here" },
    { "{\"documents\":{\"d\":{\"blocks\":1}}}", "", "", "scheme.json", 1, "\"blocks\" must be true or false" },
    { "{\"ledgers\":{\"l\":{\"fields\":[{\"name\":\"x\"},\n{\"name\":\"x\"}]}}}", "", "", "scheme.json", 2,
      "\"x\" stands there twice" },
    { "{\"ledgers\":{\"l\":{\"fields\":[{\"type\":\"text\"}]}}}", "", "", "scheme.json", 1,
      "here must be an object with a \"name\"" },
    { "{\"uses\":[7]}", "", "", "scheme.json", 1, "here must be a list of texts" },
    { "{\"law\":{\"a\":\"x\"}}", "", "", "scheme.json", 1, "here must be an object {…}" },
};

static void test_refused(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        const struct scheme *s = NULL;
        struct error err;
        ok(load_with(refused[i].manifest, refused[i].name, refused[i].bytes, &s, &err) != OK && s == NULL,
           "refused: %s", refused[i].manifest);
        is_str(str_of(err.message), str_of(refused[i].message), "… with its reason");
        is_str(str_of(err.where.file), str_of(refused[i].file), "… its file");
        is_int(err.where.line, refused[i].line, "… and line");
    }
}

/* ---- What members become ---- */

static void test_ledger(void)
{
    const struct scheme *s = NULL;
    struct error err;
    ok(load_with("{\"ledgers\":{\"titles\":{\"title\":{\"zh\":\"称号\",\"en\":\"titles\"},\"of\":\"party\","
                 "\"key\":[\"party\",\"level\"],\"valid\":[\"from\",\"to\"],\"write\":[\"process\"],\"code\":\"t\","
                 "\"share\":{\"fields\":[\"party\"],\"to\":\"*\"},"
                 "\"due\":{\"renew\":{\"on\":\"to\",\"tell\":\"party\"}}"
                 "}}}", "ledgers/titles.json",
                 "{\"fields\":{\"party\":\"party\",\n\"level\":{\"type\":\"code\",\"of\":[\"A\",\"AA\"],\"class\":"
                 "\"public\",\"index\":true},\"from\":\"date\",\"to\":\"date\",\"note\":{\"type\":\"text\",\"write\":"
                 "[\"officer\",\"import\"],\"class\":\"sealed\"}}}", &s, &err) == OK, "a ledger: %s", err.message);
    const struct scheme_ledger *l = scheme_ledger(s, STR("titles"));
    ok(l != NULL && l->field_count == 5 && l->key_count == 2 && l->of == SCHEME_OF_PARTY, "fields, key and owner");
    is_str(scheme_text(l->title, LANG_EN), STR("titles"), "a title in English");
    is_str(scheme_text(l->title, LANG_ZH), STR("称号"), "… and in Chinese");
    is_str(l->file, STR("ledgers/titles.json"), "where the fields stand");
    ok(scheme_field(l, STR("level")) == 1 && scheme_field(l, STR("x")) == -1, "a field by name");
    ok(l->fields[1].line == 2 && l->fields[1].option_count == 2 && l->fields[1].class == SCHEME_PUBLIC,
       "what a field says");
    ok(l->fields[0].write == SCHEME_BY_PROCESS && l->fields[4].write == (SCHEME_BY_OFFICER | SCHEME_BY_IMPORT),
       "a field has the writers of its ledger, or its own");
    ok(l->fields[0].class == SCHEME_INTERNAL && l->fields[4].class == SCHEME_SEALED, "classes");
    ok(l->due_count == 1 && str_eq(l->dues[0].tell, STR("party")), "what is due");
    struct buf b = BUF_INIT(1000);
    feel_type_print(l->row, &b);
    is_str(buf_str(&b), STR("context<party: string, level: string, from: date, to: date, note: string, row: Any, "
                            "revision: number, office: Any, dossier: Any>"), "the type of a row");
    buf_release(&b);
}

static void test_parameter(void)
{
    const struct scheme *s = NULL;
    struct error err;
    ok(load_with("{\"parameters\":{\"minimum\":{\"key\":[\"level\"],\"value\":{\"count\":{\"type\":\"integer\","
                 "\"title\":\"份数\"}}},\"windows\":{\"value\":{\"from\":\"date\",\"to\":\"date\"}}}}",
                 "parameters/minimum.csv",
                 "level,份数,来源,状态,起,止\nA,150,甬文〔2021〕1号,confirmed,2021-03-01,2022/2/28\n,\"1,000\",,,,\n", &s,
                 &err) != OK, "a number with a comma is none");
    is_int(err.where.line, 3, "… in its line");
    ok(load_with("{\"parameters\":{\"minimum\":{\"key\":[\"level\"],\"value\":{\"count\":{\"type\":\"integer\","
                 "\"title\":\"份数\"}}},\"windows\":{\"value\":{\"from\":\"date\",\"to\":\"date\"}}}}",
                 "parameters/minimum.csv",
                 "level,份数,来源,状态,起,止\nA,150,甬文〔2021〕1号,confirmed,2021-03-01,2022/2/28\n,160,,,,\n", &s,
                 &err) == OK, "a parameter: %s", err.message);
    const struct scheme_parameter *p = scheme_parameter(s, STR("minimum"));
    ok(p != NULL && p->column_count == 2 && p->key_count == 1 && p->row_count == 2, "columns and rows");
    ok(p->rows[0].state == SCHEME_CONFIRMED && p->rows[1].state == SCHEME_PROVISIONAL, "what is not said is 待核实");
    struct buf b = BUF_INIT(4000);
    feel_json_write(scheme_rows_on(&arena, p, p->rows, p->row_count, (cal_date){ 2022, 2, 28 }), false, &b);
    is_str(buf_str(&b), STR("[{\"level\":\"A\",\"count\":150,\"source\":\"甬文〔2021〕1号\",\"state\":\"confirmed\","
                            "\"from\":\"2021-03-01\",\"to\":\"2022-02-28\"},{\"level\":null,\"count\":160,"
                            "\"source\":null,\"state\":\"待核实\",\"from\":null,\"to\":null}]"), "rows in force");
    buf_clear(&b);
    feel_json_write(scheme_rows_on(&arena, p, p->rows, p->row_count, (cal_date){ 2022, 3, 1 }), false, &b);
    is_str(buf_str(&b), STR("[{\"level\":null,\"count\":160,\"source\":null,\"state\":\"待核实\",\"from\":null,"
                            "\"to\":null}]"), "… and on the day after");
    buf_clear(&b);
    feel_type_print(scheme_parameter(s, STR("windows"))->row, &b);
    is_str(buf_str(&b), STR("context<from: date, to: date, source: string, state: string, in force from: date, "
                            "in force to: date>"), "columns from and to give the days in force other names");
    buf_release(&b);
}

static void test_rest(void)
{
    const struct scheme *s = load(
        "{\"scheme\":\"t-1\",\"from\":\"2026-01-01\",\"follow\":{\"process\":\"latest\",\"rules\":\"key date\"},"
        "\"uses\":[\"core\",\"sites?\"],\"keep\":{\"dossier\":\"P10Y\"},"
        "\"roles\":{\"g\":{\"by\":\"link\",\"days\":30}},"
        "\"facts\":{\"held\":{\"ledger\":\"titles\",\"where\":\"party = this.subject\",\"public\":true},"
        "\"mean\":{\"statistic\":\"profit\",\"for\":\"this.industry\"}},"
        "\"decisions\":{\"score\":{\"shape\":\"sheet\",\"refuse\":\"by person\",\"depart\":{\"reasons\":\"r\","
        "\"second\":\"leader\"}}},"
        "\"processes\":{\"p\":{\"key date\":\"accepted\",\"start\":{\"by\":[\"web\",\"message recommended\"],\"form\":"
        "\"declare\"},\"tasks\":{\"visit\":{\"mode\":\"verify\",\"people\":2,\"back\":\"s\"}},"
        "\"clocks\":{\"c\":{\"for\":"
        "\"party\",\"length\":\"limits[1]\"}},\"with\":{\"a\":[1]}}},"
        "\"assessments\":{\"list\":{\"over\":\"dossiers at p/wait\",\"grade\":{\"by\":\"count\",\"of\":{\"place\":40,"
        "\"reserve\":\"rest\"}},\"seed\":{\"announce\":\"P3D\"},\"then\":{\"message\":\"listed\"}},"
        "\"colours\":{\"over\":\"sites[status = \\\"x\\\"]\",\"grade\":{\"by\":\"share\",\"of\":{\"绿\":1,\"红\":1}}}},"
        "\"notices\":{\"n\":{\"kind\":\"list\",\"audience\":\"internal\",\"fields\":[\"a\"]}},"
        "\"documents\":{\"d\":{\"seal\":\"wet\",\"serve\":[\"direct\"]}}}");
    ok(s != NULL && str_eq(s->name, STR("t-1")) && !s->from_ever && s->from.year == 2026, "name and first day");
    ok(!s->follow_process_start && s->follow_rules_key_date, "what dossiers follow");
    ok(s->use_count == 2 && !s->uses[0].optional && s->uses[1].optional && str_eq(s->uses[1].scheme, STR("sites")),
       "what it uses");
    ok(scheme_role(s, STR("g"))->by == SCHEME_ROLE_LINK && scheme_role(s, STR("g"))->days == 30, "a guest");
    ok(scheme_fact(s, STR("held"))->is_public && scheme_fact(s, STR("mean"))->kind == SCHEME_FACT_STATISTIC, "facts");
    const struct scheme_decision *d = scheme_described(s, STR("score"));
    ok(d->shape == SCHEME_SHEET && d->refuse_by_person && str_eq(d->depart_second, STR("leader")), "a decision");
    const struct scheme_process *p = scheme_process(s, STR("p"));
    ok(p->start_by == (SCHEME_START_WEB | SCHEME_START_MESSAGE) && str_eq(p->start_messages[0], STR("recommended")),
       "how a process starts");
    ok(scheme_task(p, STR("visit"))->mode == SCHEME_VERIFY && scheme_task(p, STR("visit"))->back_count == 1, "a task");
    ok(scheme_clock(p, STR("c"))->for_party && scheme_clock(p, STR("d")) == NULL, "a clock");
    ok(p->with.kind == FEEL_CONTEXT, "first variables");
    const struct scheme_assessment *a = scheme_assessment(s, STR("list"));
    ok(a->over_dossiers && str_eq(a->over, STR("p")) && str_eq(a->at, STR("wait")), "over dossiers");
    ok(a->grading == SCHEME_BY_COUNT && a->grade_count == 2 && a->sizes[0].kind == FEEL_NUMBER &&
       a->sizes[1].kind == FEEL_STRING, "grades by count");
    a = scheme_assessment(s, STR("colours"));
    ok(!a->over_dossiers && str_eq(a->over, STR("sites")) && str_eq(a->where, STR("status = \"x\"")), "over records");
    ok(scheme_notice(s, STR("n"))->audience == SCHEME_TO_OFFICE, "a notice");
    ok(scheme_document(s, STR("d"))->seal == SCHEME_WET_SEAL, "a document");
}

/* ---- The schema for other programs ---- */

static bool is_member(const struct scheme__object *o, str name)
{
    for (uint32_t i = 0; i < o->count; i++) {
        if (str_eq(name, str_of(o->members[i].name))) {
            return true;
        }
    }
    return o->listed && str_eq(name, STR("name"));
}

/* The schema allows the words that the reader takes, no more and no less. */
static void same_words(const char *kind, const struct scheme__member *m, const struct json *schema)
{
    const struct json *any = json_member(schema, STR("anyOf"));
    const struct json *words = json_member(any == NULL ? schema : &any->items[0], STR("enum"));
    uint32_t count = 0;
    while (m->words[count] != NULL) {
        count++;
    }
    bool same = words != NULL && words->count == count;
    for (uint32_t i = 0; same && i < count; i++) {
        same = str_eq(words->items[i].text, str_of(m->words[i]));
    }
    ok(same, "the schema has the words of %s.%s", kind, m->name);
}

/* Each member of the table is in the schema, and each of the schema in the table; so in the tables below. */
static void same_members(const struct json *defs, const struct scheme__object *o)
{
    const struct json *def = json_member(defs, str_of(o->kind));
    const struct json *properties = def == NULL ? NULL : json_member(def, STR("properties"));
    ok(properties != NULL, "the schema has %s", o->kind);
    for (uint32_t i = 0; properties != NULL && i < properties->count; i++) {
        ok(is_member(o, properties->names[i]), "the reader knows %s.%.*s", o->kind, STR_ARG(properties->names[i]));
    }
    for (uint32_t i = 0; properties != NULL && i < o->count; i++) {
        const struct json *p = json_member(properties, str_of(o->members[i].name));
        ok(p != NULL, "the schema has %s.%s", o->kind, o->members[i].name);
        if (p != NULL && o->members[i].words != NULL) {
            same_words(o->kind, &o->members[i], p);
        }
        if (o->members[i].object != NULL) {
            same_members(defs, o->members[i].object);
        }
    }
    if (o->file != NULL && o->file != o) {
        same_members(defs, o->file);
    }
}

static void test_schema(void)
{
    char path[1024], *bytes = arena_alloc(&arena, 1 << 20);
    const char *root = getenv("GONGSHI_ROOT");
    struct json schema;
    struct error err = { .lang = LANG_EN };
    snprintf(path, sizeof path, "%s/docs/scheme.schema.json", root == NULL ? "." : root);
    FILE *f = fopen(path, "rb");
    size_t size = f == NULL ? 0 : fread(bytes, 1, 1 << 20, f);
    ok(f != NULL && fclose(f) == 0 && json_parse(&arena, (str){ bytes, size }, &schema, &err) == OK, "the schema: %s",
       err.message);
    same_members(json_member(&schema, STR("$defs")), &scheme__manifest);
}

/* ---- Checks and comparisons that files do not show ---- */

/* More findings than SCHEME_FINDINGS: the last says how many are missing. */
static void test_many_findings(void)
{
    struct buf b = BUF_INIT(1 << 20);
    buf_addz(&b, "{\"facts\":{");
    for (int i = 0; i < LIMIT_SCHEME_FINDINGS + 7; i++) {
        buf_printf(&b, "%s\"f%d\":{\"parameter\":\"p%d\"}", i > 0 ? "," : "", i, i);
    }
    buf_addz(&b, "}}");
    const struct scheme *s = load(arena_str(&arena, buf_str(&b)).ptr);
    uint32_t count = 0;
    const struct scheme_finding *f = scheme_check(s, &arena, LANG_EN, (cal_date){ 2026, 1, 1 }, &count);
    is_int(count, LIMIT_SCHEME_FINDINGS, "findings are bounded by SCHEME_FINDINGS");
    is_str(f[count - 1].text, STR("and 7 more findings"), "… and the last says so");
    buf_release(&b);
}

/* The same files in another order are the same bundle; a changed byte is found. */
static void test_bundle(void)
{
    struct scheme_file files[] = { { STR("scheme.json"), STR("{\"scheme\":\"t\"}") },
                                   { STR("process/p.bpmn"), STR(PROCESS) },
                                   { STR("tests/a.jsonl"), STR("{}\n") } };
    struct scheme_file other[] = { files[2], files[0], files[1] };
    const struct scheme *a = NULL, *b = NULL, *c = NULL;
    struct error err = { .lang = LANG_EN };
    ok(scheme_load(&arena, STR("x"), files, 3, &a, &err) == OK, "a folder");
    ok(scheme_load(&arena, STR("y"), other, 3, &b, &err) == OK, "… and another");
    struct buf x = BUF_INIT(1 << 20), y = BUF_INIT(1 << 20);
    scheme_write_bundle(a, &x);
    scheme_write_bundle(b, &y);
    is_str(buf_str(&x), buf_str(&y), "the order of files does not count");
    ok(scheme_read_bundle(&arena, buf_str(&x), &c, &err) == OK && strcmp(c->hash, a->hash) == 0, "read back: one hash");
    for (size_t i = 0; i < x.len; i++) {
        char *copy = arena_alloc(&arena, x.len);
        memcpy(copy, x.ptr, x.len);
        copy[i] ^= 1;
        if (scheme_read_bundle(&arena, (str){ copy, x.len }, &c, &err) == OK) {
            ok(false, "a changed byte at %zu is found", i);
        }
    }
    for (size_t i = 0; i < x.len; i++) {
        if (scheme_read_bundle(&arena, str_slice(buf_str(&x), 0, i), &c, &err) == OK) {
            ok(false, "an end at %zu is found", i);
        }
    }
    buf_release(&x);
    buf_release(&y);
}

static void test_overlay(void)
{
    static const char manifest[] = "{\"parameters\":{\"m\":{\"key\":[\"level\"],\"value\":{\"n\":\"integer\"}}}}";
    struct scheme_file files[4] = { { STR("scheme.json"), STR(manifest) },
                                    { STR("parameters/m.csv"),
                                      STR("level,n,from\nA,1,2021-01-01\nAA,2,2021-01-01\n") } };
    struct scheme_file over[] = { { STR("parameters/m.csv"), STR("level,n,from\nA,9,2021-01-01\nA,3,2022-01-01\n") },
                                  { STR("tests/a.jsonl"), STR("{}\n") } };
    struct scheme_file wrong[] = { { STR("parameters/m.csv"), STR("level,from\nA,2021-01-01\n") } };
    struct error err = { .lang = LANG_EN };
    uint32_t count = 2;
    ok(scheme_overlay(&arena, files, &count, over, 2, &err) == OK, "an overlay: %s", err.message);
    is_int(count, 3, "a file is added");
    is_str(files[1].bytes, STR("level,n,from\r\nAA,2,2021-01-01\r\nA,9,2021-01-01\r\nA,3,2022-01-01\r\n"),
           "a row of the same key and day is replaced, others are added");
    ok(scheme_overlay(&arena, files, &count, wrong, 1, &err) == ERROR_INVALID, "other columns are refused");
    is_str(str_of(err.message), STR("the columns of the overlay are not those of \"parameters/m.csv\""), "… by name");
}

int main(void)
{
    test_schema();
    test_many_findings();
    test_bundle();
    test_overlay();
    test_ledger();
    test_parameter();
    test_rest();
    test_refused();
    arena_release(&arena);
    return tap_done();
}
