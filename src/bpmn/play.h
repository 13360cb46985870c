/* play: the scenario language: a process played in memory by lines of JSON. docs/scenario.md is its manual.
 *
 * A scenario begins a process, lets things happen, moves the time on, and says what is expected. The player carries
 * out the effects that need nobody: it fires timers when the time moves past them, starts called processes that it
 * has a model of, passes signals on between the instances, and evaluates decisions by the scenario's own table or the
 * caller's function. After each step it checks the invariants of the state, and that the state comes back the same
 * from its JSON.
 */
#ifndef GONGSHI_BPMN_PLAY_H
#define GONGSHI_BPMN_PLAY_H

#include "bpmn/bpmn.h"

struct bpmn_play {
    /* Loads a model that the scenario names; NULL: there are no others. The model must outlive the play. */
    enum error_code (*load)(void *context, str name, const struct bpmn_model **ret, struct error *err);
    /* Evaluates a decision; the result lives in `a`. False: it is not known, and the task waits. NULL: none is. */
    bool (*decide)(void *context, const struct feel_environment *env, struct arena *a, str decision,
                   feel_value variables, feel_value *ret);
    /* Told of each move and effect, a line; NULL: nobody listens. */
    void (*tell)(void *context, str line);
    /* Told of each move, for a drawing; NULL: nobody listens. Only of instances of the first model. */
    void (*moved)(void *context, const struct bpmn_move *move);
    /* The state of the first instance at the end, for a drawing; NULL: nobody listens. */
    void (*ended)(void *context, const struct bpmn_state *s);
    void *context;
};

/* Plays the lines of a scenario. OK when all expectations hold; otherwise err has the line of the scenario. */
enum error_code bpmn_play(const struct bpmn_model *m, str file, str scenario, const struct bpmn_play *how,
                          struct error *err);

#endif
