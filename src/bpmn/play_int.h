/* play_int: what the files of the player share: play.c (lines, steps, effects), play_when.c (what happens),
 * play_expect.c (what is expected). */
#ifndef GONGSHI_BPMN_PLAY_INT_H
#define GONGSHI_BPMN_PLAY_INT_H

#include "bpmn/bpmn_int.h"
#include "bpmn/play.h"

/* One running process; those that a call has started know their caller. */
struct play__instance {
    struct bpmn_state s;
    struct play__instance *caller;
    uint32_t wait; /* of the caller */
    feel_value result; /* when it has ended */
};

enum { PLAY__INSTANCES = 64, PLAY__MODELS = 16 };

/* A called process that has ended, or an escalation for a caller: handed on when the step is through. */
struct play__news {
    struct play__instance *to;
    struct bpmn_event event;
    struct play__news *next;
};

struct play {
    const struct bpmn_play *how;
    struct arena arena;                  /* of the whole play */
    struct arena own;                    /* of this struct, where it is played line by line */
    struct feel_eval *ev;
    struct feel_environment env;
    struct play__instance *instances[PLAY__INSTANCES];
    uint32_t instance_count;
    const struct bpmn_model *model;      /* that is played */
    const struct bpmn_model *models[PLAY__MODELS]; /* the first is that one, or what it was migrated to */
    uint32_t model_count;
    feel_value decisions;                /* the table of the scenario: a context, or null */
    feel_value effects, sent;            /* since the last event: lists of texts; of contexts */
    struct bpmn__variables details;      /* of the last effect of each element */
    struct buf trace;                    /* moves since the last event, a line each */
    struct play__news *news, **news_end;
    str file;
    uint32_t line;
    struct error *err;
};

/* A failure at the present line; returns its code. The formats are translated. */
enum error_code play__fail(struct play *p, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* One step of an instance, with its effects. */
enum error_code play__step(struct play *p, struct play__instance *in, const struct bpmn_event *event);
enum error_code play__when(struct play *p, feel_value when);
enum error_code play__advance(struct play *p, feel_value to);
enum error_code play__expect(struct play *p, feel_value expect);
void play__forget(struct play *p); /* what happened before the next event */
struct play__instance *play__new_instance(struct play *p, const struct bpmn_model *m);
bool play__instant(const struct play *p, str text, int64_t *ret);
const char *play__id(const struct bpmn_model *m, uint32_t element);

#endif
