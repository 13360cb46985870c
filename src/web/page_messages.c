/* page_messages: what offices send each other. */
#include "web/desk_int.h"

enum { MESSAGES = 200 };

static str office_of(struct web__desk *d, feel_value id)
{
    int64_t n;
    return feel_whole(id, &n) ? web__desk_office_name(d, n) : STR("");
}

static bool sees(const struct web__desk *d, feel_value dossier)
{
    int64_t number;
    return feel_whole(dossier, &number) && web__desk_sees(d, number);
}

void web__page_messages(struct web__call *c)
{
    struct web__desk d;
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    if (!web__desk_open(c, &d)) {
        return;
    }
    int64_t office = web__desk_office(&d, PEOPLE_VERB_SEE);
    feel_value all = feel_null();
    if (office != 0) {
        work_write_messages(d.v, office, web__int(c, "before", INT64_MAX), MESSAGES, &json);
        all = web__desk_value(c, &json);
    }
    struct node *list = node_put_list(c->model, "messages");
    for (uint32_t i = 0; i < all.count; i++) {
        feel_value m = all.items[i];
        struct node *item = node_add_object(list);
        str sent = feel_text_member(m, "sent"), taken = feel_text_member(m, "taken");
        node_put_text(item, "id", publish_shown(c->arena, feel_member(m, "id")));
        node_put_text(item, "name", feel_text_member(m, "name"));
        node_put_text(item, "from", office_of(&d, feel_member(m, "from")));
        node_put_text(item, "to", office_of(&d, feel_member(m, "to")));
        node_put_text(item, "about", publish_shown(c->arena, feel_member(m, "about")));
        node_put_true(item, "seen", sees(&d, feel_member(m, "about")));
        node_put_text(item, "state", feel_text_member(m, "state"));
        node_put_text(item, "reason", feel_text_member(m, "reason"));
        node_put_true(item, "hand", str_eq(feel_text_member(m, "transport"), STR("hand")));
        node_put_text(item, "paper", feel_text_member(m, "paper"));
        node_put_text(item, "sent", sent.len < 10 ? STR("") : str_slice(sent, 0, 10));
        node_put_text(item, "taken", taken.len < 10 ? STR("") : str_slice(taken, 0, 10));
    }
    if (web__desk_close(&d)) {
        web__desk_tabs(c, "messages");
        web__answer(c, 200, page_lists_messages);
    }
}
