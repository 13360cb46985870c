/* A state in JSON for a fixed model: whatever the bytes are, reading ends; what is read is written the same again and
 * read once more; and whatever it waits for is answered, mended or cancelled, it keeps its invariants. */
#include "fuzz.h"

#include "bpmn/bpmn.h"

#include <assert.h>

static const char model_text[] =
    "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
    "xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\" id=\"fuzzmodel_file\" "
    "targetNamespace=\"https://example.org/gongshi/tests\"><message id=\"m\" name=\"m\"><extensionElements>"
    "<zeebe:subscription correlationKey=\"=k\"/></extensionElements></message><signal id=\"s\" name=\"s\"/><error"
    " id=\"E\" name=\"E\" errorCode=\"E\"/><escalation id=\"X\" name=\"X\" escalationCode=\"X\"/><process "
    "id=\"p\" isExecutable=\"true\"><startEvent id=\"start\"/><parallelGateway id=\"fork\"/><userTask id=\"a\">"
    "<extensionElements><zeebe:userTask/></extensionElements></userTask><boundaryEvent id=\"b1\" "
    "attachedToRef=\"a\" cancelActivity=\"false\"><timerEventDefinition><timeCycle>R3/PT1H</timeCycle>"
    "</timerEventDefinition></boundaryEvent><boundaryEvent id=\"b2\" attachedToRef=\"a\"><messageEventDefinition "
    "messageRef=\"m\"/></boundaryEvent><inclusiveGateway id=\"g1\" default=\"d1\"/><task id=\"t1\"/><task "
    "id=\"t2\"/><inclusiveGateway id=\"g2\"/><subProcess id=\"sub\"><startEvent id=\"s1\"/><serviceTask "
    "id=\"act\"><extensionElements><zeebe:taskDefinition type=\"act\"/></extensionElements></serviceTask>"
    "<boundaryEvent id=\"c_act\" attachedToRef=\"act\"><compensateEventDefinition/></boundaryEvent><serviceTask "
    "id=\"undo_act\" isForCompensation=\"true\"><extensionElements><zeebe:taskDefinition type=\"undo_act\"/>"
    "</extensionElements></serviceTask><association id=\"a_c_act_undo_act\" sourceRef=\"c_act\" "
    "targetRef=\"undo_act\" associationDirection=\"One\"/><userTask id=\"more\"><extensionElements>"
    "<zeebe:userTask/></extensionElements></userTask><endEvent id=\"e1\"/><multiInstanceLoopCharacteristics>"
    "<extensionElements><zeebe:loopCharacteristics inputCollection=\"=[1,2]\" inputElement=\"x\" "
    "outputCollection=\"xs\" outputElement=\"=x\"/></extensionElements></multiInstanceLoopCharacteristics>"
    "<sequenceFlow id=\"s1_act\" sourceRef=\"s1\" targetRef=\"act\"/><sequenceFlow id=\"act_more\" "
    "sourceRef=\"act\" targetRef=\"more\"/><sequenceFlow id=\"more_e1\" sourceRef=\"more\" targetRef=\"e1\"/>"
    "</subProcess><transaction id=\"deal\"><startEvent id=\"s2\"/><serviceTask id=\"pay\"><extensionElements>"
    "<zeebe:taskDefinition type=\"pay\"/></extensionElements></serviceTask><boundaryEvent id=\"c_pay\" "
    "attachedToRef=\"pay\"><compensateEventDefinition/></boundaryEvent><serviceTask id=\"undo_pay\" "
    "isForCompensation=\"true\"><extensionElements><zeebe:taskDefinition type=\"undo_pay\"/></extensionElements>"
    "</serviceTask><association id=\"a_c_pay_undo_pay\" sourceRef=\"c_pay\" targetRef=\"undo_pay\" "
    "associationDirection=\"One\"/><userTask id=\"sure\"><extensionElements><zeebe:userTask/></extensionElements>"
    "</userTask><exclusiveGateway id=\"q\"/><endEvent id=\"e2\"/><endEvent id=\"e3\"><cancelEventDefinition/>"
    "</endEvent><sequenceFlow id=\"s2_pay\" sourceRef=\"s2\" targetRef=\"pay\"/><sequenceFlow id=\"pay_sure\" "
    "sourceRef=\"pay\" targetRef=\"sure\"/><sequenceFlow id=\"sure_q\" sourceRef=\"sure\" targetRef=\"q\"/>"
    "<sequenceFlow id=\"q_e2\" sourceRef=\"q\" targetRef=\"e2\"><conditionExpression>=ok</conditionExpression>"
    "</sequenceFlow><sequenceFlow id=\"q_e3\" sourceRef=\"q\" targetRef=\"e3\"><conditionExpression>"
    "=not(ok)</conditionExpression></sequenceFlow><subProcess id=\"on\" triggeredByEvent=\"true\"><startEvent "
    "id=\"s3\" isInterrupting=\"false\"><signalEventDefinition signalRef=\"s\"/></startEvent><userTask "
    "id=\"hear\"><extensionElements><zeebe:userTask/></extensionElements></userTask><endEvent id=\"e4\"/>"
    "<sequenceFlow id=\"s3_hear\" sourceRef=\"s3\" targetRef=\"hear\"/><sequenceFlow id=\"hear_e4\" "
    "sourceRef=\"hear\" targetRef=\"e4\"/></subProcess></transaction><boundaryEvent id=\"bc\" "
    "attachedToRef=\"deal\"><cancelEventDefinition/></boundaryEvent><intermediateThrowEvent id=\"undo\">"
    "<compensateEventDefinition/></intermediateThrowEvent><eventBasedGateway id=\"eg\"/><intermediateCatchEvent "
    "id=\"c1\"><messageEventDefinition messageRef=\"m\"/></intermediateCatchEvent><intermediateCatchEvent "
    "id=\"c2\"><conditionalEventDefinition><condition>=r &gt; 3</condition></conditionalEventDefinition>"
    "</intermediateCatchEvent><adHocSubProcess id=\"hoc\"><userTask id=\"h1\"><extensionElements>"
    "<zeebe:userTask/></extensionElements></userTask><userTask id=\"h2\"><extensionElements><zeebe:userTask/>"
    "</extensionElements></userTask></adHocSubProcess><complexGateway id=\"cg\"><activationCondition>"
    "=activationCount &gt; 1</activationCondition></complexGateway><callActivity id=\"call\"><extensionElements>"
    "<zeebe:calledElement processId=\"x\"/></extensionElements></callActivity><intermediateCatchEvent id=\"both\""
    " parallelMultiple=\"true\"><messageEventDefinition messageRef=\"m\"/><signalEventDefinition "
    "signalRef=\"s\"/></intermediateCatchEvent><endEvent id=\"end\"/><endEvent id=\"e9\"><errorEventDefinition "
    "errorRef=\"E\"/></endEvent><sequenceFlow id=\"start_fork\" sourceRef=\"start\" targetRef=\"fork\"/>"
    "<sequenceFlow id=\"fork_a\" sourceRef=\"fork\" targetRef=\"a\"/><sequenceFlow id=\"fork_sub\" "
    "sourceRef=\"fork\" targetRef=\"sub\"/><sequenceFlow id=\"fork_deal\" sourceRef=\"fork\" targetRef=\"deal\"/>"
    "<sequenceFlow id=\"fork_eg\" sourceRef=\"fork\" targetRef=\"eg\"/><sequenceFlow id=\"a_g1\" sourceRef=\"a\" "
    "targetRef=\"g1\"/><sequenceFlow id=\"g1_t1\" sourceRef=\"g1\" targetRef=\"t1\"><conditionExpression>=r &gt; "
    "1</conditionExpression></sequenceFlow><sequenceFlow id=\"d1\" sourceRef=\"g1\" targetRef=\"t2\"/>"
    "<sequenceFlow id=\"t1_g2\" sourceRef=\"t1\" targetRef=\"g2\"/><sequenceFlow id=\"t2_g2\" sourceRef=\"t2\" "
    "targetRef=\"g2\"/><sequenceFlow id=\"b1_g2\" sourceRef=\"b1\" targetRef=\"g2\"/><sequenceFlow id=\"g2_cg\" "
    "sourceRef=\"g2\" targetRef=\"cg\"/><sequenceFlow id=\"b2_call\" sourceRef=\"b2\" targetRef=\"call\"/>"
    "<sequenceFlow id=\"call_cg\" sourceRef=\"call\" targetRef=\"cg\"/><sequenceFlow id=\"sub_undo\" "
    "sourceRef=\"sub\" targetRef=\"undo\"/><sequenceFlow id=\"undo_hoc\" sourceRef=\"undo\" targetRef=\"hoc\"/>"
    "<sequenceFlow id=\"hoc_cg\" sourceRef=\"hoc\" targetRef=\"cg\"/><sequenceFlow id=\"deal_both\" "
    "sourceRef=\"deal\" targetRef=\"both\"/><sequenceFlow id=\"bc_e9\" sourceRef=\"bc\" targetRef=\"e9\"/>"
    "<sequenceFlow id=\"eg_c1\" sourceRef=\"eg\" targetRef=\"c1\"/><sequenceFlow id=\"eg_c2\" sourceRef=\"eg\" "
    "targetRef=\"c2\"/><sequenceFlow id=\"c1_cg\" sourceRef=\"c1\" targetRef=\"cg\"/><sequenceFlow id=\"ce\" "
    "sourceRef=\"c2\" targetRef=\"end\"/><sequenceFlow id=\"cg_end\" sourceRef=\"cg\" targetRef=\"end\"/>"
    "<sequenceFlow id=\"be\" sourceRef=\"both\" targetRef=\"end\"/></process></definitions>";

static struct arena model_arena;
static const struct bpmn_model *model;

static void check(const struct bpmn_state *s)
{
    const char *why;
    bool holds = bpmn_check_state(s, &why);
    assert(holds);
}

/* Written, read and written again, it says the same. */
static void check_round_trip(const struct bpmn_state *s)
{
    struct buf first = BUF_INIT((size_t)1 << 26), second = BUF_INIT((size_t)1 << 26);
    struct bpmn_state back;
    bpmn_state_init(&back, model);
    bpmn_state_write(s, &first);
    if (first.len < 1 << 20) {
        enum error_code code = bpmn_state_read(&back, buf_str(&first), NULL);
        assert(code == OK);
        bpmn_state_write(&back, &second);
        assert(str_eq(buf_str(&first), buf_str(&second)));
    }
    bpmn_state_release(&back);
    buf_release(&first);
    buf_release(&second);
}

static void step(struct bpmn_state *s, struct feel_eval *ev, const struct bpmn_event *event)
{
    struct bpmn_result result;
    bpmn_step(s, event, ev, &result, NULL);
    check(s);
}

enum { STEPS = 12 };

static void mend(struct bpmn_state *s, struct feel_eval *ev)
{
    struct bpmn_cursor c = { .begun = false };
    struct bpmn_item it;
    while (bpmn_next_item(s, &c, &it)) {
        if (it.incident != 0) {
            struct bpmn_event event = { .kind = BPMN_RETRY, .item = it.id };
            step(s, ev, &event);
            return;
        }
    }
}

static void answer(struct bpmn_state *s, struct feel_eval *ev, struct feel_environment *env, int turn)
{
    struct bpmn_cursor c = { .begun = false };
    struct bpmn_wait w;
    for (int i = 0; i <= turn % 3; i++) {
        if (!bpmn_next_wait(s, &c, &w)) {
            return;
        }
    }
    struct bpmn_event event = { .kind = BPMN_COMPLETE, .wait = w.id, .element = BPMN_NONE };
    if (w.kind == BPMN_WAIT_TIMER) {
        event.kind = BPMN_TIMER;
        env->instant = w.due > env->instant ? w.due : env->instant;
        feel_eval_set_environment(ev, env);
    } else if (w.kind == BPMN_WAIT_MESSAGE) {
        event.kind = BPMN_MESSAGE_ARRIVED;
    } else if (w.kind == BPMN_WAIT_SIGNAL) {
        event.kind = BPMN_SIGNAL_ARRIVED;
        event.name = w.name;
    } else if (turn % 4 == 3) {
        event.kind = BPMN_ERROR_THROWN;
    }
    step(s, ev, &event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feel_environment env = { .instant = 1767196800, .zone = 8 * 3600 };
    if (model == NULL) {
        enum error_code code = bpmn_load(&model_arena, STR("model"), str_of(model_text), &model, NULL);
        assert(code == OK && bpmn_problem(model, model->processes[0]) == NULL);
    }
    struct bpmn_state s;
    bpmn_state_init(&s, model);
    if (bpmn_state_read(&s, (str){ (const char *)data, size }, NULL) == OK) {
        struct feel_eval *ev = feel_eval_new(&env);
        check_round_trip(&s);
        for (int i = 0; i < STEPS; i++) {
            answer(&s, ev, &env, i);
            mend(&s, ev);
        }
        check_round_trip(&s);
        struct bpmn_event event = { .kind = BPMN_CANCEL };
        step(&s, ev, &event);
        feel_eval_free(ev);
    }
    bpmn_state_release(&s);
    return 0;
}
