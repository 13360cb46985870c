/* page_office_blind: who scores without knowing whose work it is. As long as a step of mode `score` is open, officers
 * see of the dossier what its form shows to scorers, and nothing of the party; managers and auditors see all. */
#include "web/office.h"

static bool is_over_scorers(const struct web__call *c)
{
    return web__has_role(c, STR("manager")) || web__has_role(c, STR("auditor"));
}

static bool scores(const struct scheme_process *p, str element)
{
    const struct scheme_task *t = p == NULL ? NULL : scheme_task(p, element);
    return t != NULL && t->mode == SCHEME_SCORE;
}

bool web__is_blind(const struct web__call *c, const struct scheme *s, str process, feel_value tasks)
{
    const struct scheme_process *p = s == NULL ? NULL : scheme_process(s, process);
    bool open = false;
    for (uint32_t i = 0; tasks.kind == FEEL_LIST && i < tasks.count; i++) {
        open |= str_eq(feel_text_member(tasks.items[i], "status"), STR("open")) &&
                scores(p, feel_text_member(tasks.items[i], "element"));
    }
    return open && !is_over_scorers(c);
}

bool web__is_blind_row(const struct web__call *c, struct store_view *v, const struct work_desk_row *row)
{
    const struct scheme *s;
    return !is_over_scorers(c) && record_installed(c->web->config.record, v, row->scheme, &s, NULL) == OK &&
           scores(scheme_process(s, row->process), row->element);
}
