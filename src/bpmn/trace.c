/* trace: moves, effects and incidents as text. */
#include "bpmn/bpmn_int.h"

#include <stdio.h>

void bpmn__format(char *to, size_t size, enum lang lang, const char *format, va_list args)
{
    int n = vsnprintf(to, size, lang_text(lang, format), args);
    size_t end = size - 1;
    if (n >= 0 && (size_t)n < size) {
        return;
    }
    while (end > 0 && ((unsigned char)to[end - 1] & 0xC0) == 0x80) {
        end--;
    }
    end -= end > 0 && ((unsigned char)to[end - 1] & 0x80) != 0; /* the last character may be half there */
    to[end] = '\0';
}

const char *bpmn_phase_name(enum bpmn_phase phase)
{
    static const char *const names[BPMN_PHASES] = { "entering", "active", "leaving", "compensating", "ended",
                                                    "stopped" };
    return names[phase];
}

const char *bpmn_wait_name(enum bpmn_wait_kind kind)
{
    static const char *const names[BPMN_WAITS] = { "task", "job", "decision", "call", "timer", "message", "signal",
                                                   "condition" };
    return names[kind];
}

const char *bpmn_effect_name(enum bpmn_effect_kind kind)
{
    static const char *const names[BPMN_EFFECTS] = {
#define EFFECT(name, word, sentence) word,
#include "bpmn/effect.def"
#undef EFFECT
    };
    return names[kind];
}

const char *bpmn_incident_name(enum bpmn_incident kind)
{
    static const char *const names[BPMN_INCIDENTS] = {
#define INCIDENT(name, sentence) #name,
#include "bpmn/incident.def"
#undef INCIDENT
    };
    return names[kind];
}

void bpmn_incident_print(enum bpmn_incident kind, str detail, enum lang lang, struct buf *out)
{
    static const char *const sentences[BPMN_INCIDENTS] = {
#define INCIDENT(name, sentence) sentence,
#include "bpmn/incident.def"
#undef INCIDENT
    };
    const char *text = lang_text(lang, sentences[kind]), *place = strstr(text, "%s");
    buf_add(out, (str){ text, (size_t)(place - text) });
    buf_add(out, detail);
    buf_addz(out, place + 2);
}

/* A token on a link: "-> flow". An item: "t7 review active", "t9 count #2 leaving completed", "t8 count loop …". */
void bpmn_move_print(const struct bpmn_model *m, const struct bpmn_move *move, struct buf *out)
{
    if (move->link != BPMN_NONE) {
        buf_printf(out, "-> %.*s", STR_ARG(m->links[move->link].id));
        return;
    }
    buf_printf(out, "t%u %.*s", move->item, STR_ARG(m->elements[move->element].id));
    if (move->turn > 0) {
        buf_printf(out, " #%u", move->turn);
    }
    buf_printf(out, "%s %s", move->body ? " loop" : "", bpmn_phase_name(move->phase));
    if (move->why[0] != '\0') {
        buf_printf(out, " (%s)", move->why);
    }
}
