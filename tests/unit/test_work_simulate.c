/* Stored decisions under other numbers: one decision, copied until a simulation lists no more (SIMULATE_CHANGES). */
#include "tap.h"
#include "work/simulate.h"
#include "work_office.h"

enum { COPIES = LIMIT_SIMULATE_CHANGES + 3000, UNIT = 400 };

static const char rules[] =
    "<definitions xmlns=\"https://www.omg.org/spec/DMN/20191111/MODEL/\" name=\"r\" namespace=\"urn:r\">"
    "<inputData name=\"count\" id=\"count\"><variable name=\"count\" typeRef=\"number\"/></inputData>"
    "<inputData name=\"least\" id=\"least\"><variable name=\"least\" typeRef=\"number\"/></inputData>"
    "<decision name=\"enough\" id=\"enough\"><variable name=\"enough\"/>"
    "<informationRequirement><requiredInput href=\"#count\"/></informationRequirement>"
    "<informationRequirement><requiredInput href=\"#least\"/></informationRequirement>"
    "<decisionTable hitPolicy=\"UNIQUE\"><input><inputExpression><text>count - least</text></inputExpression></input>"
    "<output/><annotation name=\"clause\"/>"
    "<rule id=\"yes\"><inputEntry><text>&gt;= 0</text></inputEntry><outputEntry><text>\"met\"</text></outputEntry>"
    "<annotationEntry><text>Article 4</text></annotationEntry></rule>"
    "<rule id=\"no\"><inputEntry><text>&lt; 0</text></inputEntry><outputEntry><text>\"not met\"</text></outputEntry>"
    "<annotationEntry><text>Article 5</text></annotationEntry></rule></decisionTable></decision></definitions>";

static const char process[] =
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
    "xmlns:z=\"http://camunda.org/schema/zeebe/1.0\">"
    "<process id=\"p\" isExecutable=\"true\"><startEvent id=\"s\"/><businessRuleTask id=\"b\"><extensionElements>"
    "<z:calledDecision decisionId=\"enough\" resultVariable=\"enough\"/></extensionElements></businessRuleTask>"
    "<sequenceFlow id=\"f\" sourceRef=\"s\" targetRef=\"b\"/></process></definitions>";

static void install(struct office *o)
{
    const struct scheme *s;
    struct scheme_file files[] = { { STR("process/p.bpmn"), str_of(process) }, { STR("rules/r.dmn"), str_of(rules) } };
    office_must(scheme_load(&o->arena, STR("own"), files, 2, &s, &o->err) == OK &&
                    work_install(o->work, s, 0, &o->err) == OK, o, "install");
}

/* The one decision again and again, under other numbers. */
static void copy(struct office *o)
{
    struct store_view *v;
    struct store_value row[10];
    office_must(store_view(o->store, &v, &o->err) == OK, o, "view");
    struct store_rows *r = store_query(v, "SELECT id, dossier, element, name, bundle, model, at, hash, record, facts "
                                          "FROM decision", NULL, 0);
    office_must(store_next(r), o, "a decision");
    for (uint32_t i = 0; i < 10; i++) {
        bool whole = i < 2 || i == 6;
        row[i] = whole ? store_int(store_column_int(r, i)) : store_text(arena_str(&o->arena, store_column_text(r, i)));
    }
    row[8] = store_bytes(row[8].text);
    store_rows_end(r);
    store_view_end(v);
    for (int i = 0; i < COPIES; i += UNIT) {
        struct arena a = ARENA_INIT;
        struct store_change *c = store_change(&a);
        for (int k = i; k < i + UNIT && k < COPIES; k++) {
            row[0] = store_int(store_id(o->store, NULL));
            store_insert(c, STORE_TABLE_decision, row);
        }
        office_must(store_commit(o->store, c, STORE_BULK).outcome == STORE_DONE, o, "commit");
        arena_release(&a);
    }
}

static feel_value simulate(struct office *o, const char *with, str decision)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct work_simulate what = { .over = STR("own"), .decision = decision };
    feel_value v = feel_null();
    if (with != NULL) {
        feel_json_read(&o->arena, str_of(with), &what.with, NULL);
    }
    if (!ok(work_simulate(o->work, &what, &out, &o->err) == OK, "simulated")) {
        printf("# %s %s\n", o->err.message, o->err.detail);
    }
    feel_json_read(&o->arena, arena_str(&o->arena, buf_str(&out)), &v, NULL);
    buf_release(&out);
    return v;
}

static int64_t figure(feel_value v, const char *name)
{
    return feel_whole_or(feel_member(v, name), -1);
}

int main(void)
{
    struct office o = { .arena = ARENA_INIT, .err = { .lang = LANG_EN } };
    office_open(&o, 1, false);
    install(&o);
    office_start(&o, "own", "p", "{\"count\":310,\"least\":300}");
    feel_value v = simulate(&o, NULL, STR(""));
    is_int(figure(v, "different"), 0, "the same comes out the same");
    v = simulate(&o, "{\"least\":320}", STR("enough"));
    feel_value change = feel_member(v, "changes").items[0];
    is_str(feel_text_member(change, "to"), STR("not met"), "with 320 it is not met");
    feel_value table = feel_member(change, "rules").items[0];
    is_str(feel_str(feel_member(table, "was").items[0]), STR("yes"), "where the one rule fitted");
    is_str(feel_text_member(feel_member(table, "now").items[0], "clause"), STR("Article 5"), "now the other does");
    is_int(figure(simulate(&o, NULL, STR("other")), "decisions"), 0, "other decisions are left alone");
    copy(&o);
    v = simulate(&o, "{\"least\":320}", STR(""));
    is_int(figure(v, "different"), COPIES + 1, "all of them");
    is_int(feel_member(v, "changes").count + figure(v, "left_out"), COPIES + 1, "listed, or counted");
    ok(figure(v, "left_out") > 0 && feel_member(v, "changes").count <= LIMIT_SIMULATE_CHANGES, "SIMULATE_CHANGES");
    is_int(figure(feel_member(v, "transitions").items[0], "count"), COPIES + 1, "one transition");
    office_remove(&o);
    return tap_done();
}
