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
    /* Does a job of an element: true with the variables it ends with (or null), which live in `a`. False: it waits for
     * a line. `details` are those of the effect, `variables` what the job sees. NULL: all wait. */
    bool (*job)(void *context, struct arena *a, str element, str type, feel_value details, feel_value variables,
                feel_value *ret);
    /* Told of each move and effect, a line; NULL: nobody listens. */
    void (*tell)(void *context, str line);
    /* Told of each move, for a drawing; NULL: nobody listens. Only of instances of the first model. */
    void (*moved)(void *context, const struct bpmn_move *move);
    /* The state of the first instance at the end, for a drawing; NULL: nobody listens. */
    void (*ended)(void *context, const struct bpmn_state *s);
    void *context;
    /* Models beside the first, for processes that are started or called by their ids. */
    const struct bpmn_model *const *models;
    uint32_t model_count;
    const struct cal_calendar *calendar; /* of working days; NULL: weekdays only */
};

/* Plays the lines of a scenario. OK when all expectations hold; otherwise err has the line of the scenario. */
enum error_code bpmn_play(const struct bpmn_model *m, str file, str scenario, const struct bpmn_play *how,
                          struct error *err);

/* ---- Line by line ---- */

struct play;

/* A play at its beginning; `m` may be NULL: no process can be started. `how` outlives it. */
struct play *bpmn_play_new(const struct bpmn_model *m, str file, const struct bpmn_play *how);

/* Plays one line, which lives as long as the play. */
enum error_code bpmn_play_line(struct play *p, uint32_t number, feel_value line, struct error *err);

/* What the play is at: its time and seed; the variables of the first instance, or null. */
const struct feel_environment *bpmn_play_environment(const struct play *p);
feel_value bpmn_play_variables(struct play *p);

/* A value of a line, in which each string that begins with "=" is the FEEL expression it is; it lives as the play. */
feel_value bpmn_play_value(struct play *p, feel_value v);

void bpmn_play_free(struct play *p);

#endif
