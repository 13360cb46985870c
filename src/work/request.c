/* request: requests as JSON, for the control socket, the API and deliveries. One table says what members there are. */
#include "work/work_int.h"

#include <stddef.h>

enum member_kind { MEMBER_TEXT, MEMBER_ID, MEMBER_NUMBER, MEMBER_JSON };

static const struct member {
    const char *name;
    enum member_kind kind;
    size_t at;
} members[] = {
#define AT(field) offsetof(struct work_request, field)
    { "key", MEMBER_TEXT, AT(key) },
    { "party", MEMBER_TEXT, AT(party) },
    { "dossier", MEMBER_ID, AT(dossier) },
    { "wait", MEMBER_NUMBER, AT(wait) },
    { "item", MEMBER_NUMBER, AT(item) },
    { "scheme", MEMBER_TEXT, AT(scheme) },
    { "process", MEMBER_TEXT, AT(process) },
    { "office", MEMBER_TEXT, AT(office) },
    { "subject", MEMBER_TEXT, AT(subject) },
    { "parent", MEMBER_ID, AT(parent) },
    { "parent_wait", MEMBER_NUMBER, AT(parent_wait) },
    { "depth", MEMBER_NUMBER, AT(depth) },
    { "fired", MEMBER_NUMBER, AT(fired) },
    { "bundle", MEMBER_TEXT, AT(bundle) },
    { "element", MEMBER_TEXT, AT(element) },
    { "name", MEMBER_TEXT, AT(name) },
    { "correlation", MEMBER_JSON, AT(correlation) },
    { "text", MEMBER_TEXT, AT(text) },
    { "action", MEMBER_TEXT, AT(action) },
    { "clause", MEMBER_TEXT, AT(clause) },
    { "person", MEMBER_ID, AT(person) },
    { "cosign", MEMBER_TEXT, AT(cosign) },
    { "paper", MEMBER_ID, AT(paper) },
    { "with", MEMBER_JSON, AT(with) },
    { "letter", MEMBER_ID, AT(letter) },
    { "about", MEMBER_ID, AT(about) },
    { "number", MEMBER_ID, AT(number) },
    { "guest", MEMBER_TEXT, AT(guest) },
    { "except", MEMBER_ID, AT(except) },
    { "after", MEMBER_ID, AT(after) },
#undef AT
};

static bool find_act(str word, enum work_act *ret)
{
    for (int i = 0; i < WORK_ACTS; i++) {
        if (str_eq(word, str_of(work_act_name((enum work_act)i)))) {
            *ret = (enum work_act)i;
            return true;
        }
    }
    return false;
}

static enum error_code wrong(struct error *err, const char *name, const char *wanted)
{
    enum lang lang = err == NULL ? LANG_EN : err->lang;
    return error_set(err, ERROR_INVALID, "the member \"%s\" is no %s", name, lang_text(lang, wanted));
}

/* A number as a number or in a string. */
static bool whole(feel_value v, int64_t *ret)
{
    return feel_typed_whole(v, ret) && *ret >= 0;
}

static enum error_code read_member(struct arena *a, const struct member *m, feel_value v, struct work_request *rq,
                                   struct error *err)
{
    char *place = (char *)rq + m->at;
    int64_t n = 0;
    switch (m->kind) {
    case MEMBER_TEXT:
        if (v.kind != FEEL_STRING) {
            return wrong(err, m->name, "text");
        }
        *(str *)(void *)place = feel_str(v);
        return OK;
    case MEMBER_ID:
        if (!whole(v, &n)) {
            return wrong(err, m->name, "whole number");
        }
        *(int64_t *)(void *)place = n;
        return OK;
    case MEMBER_NUMBER:
        if (!whole(v, &n) || n >= UINT32_MAX) {
            return wrong(err, m->name, "whole number");
        }
        *(uint32_t *)(void *)place = (uint32_t)n;
        return OK;
    case MEMBER_JSON: {
        struct buf text = BUF_INIT(LIMIT_JSON_BYTES);
        feel_json_write(v, false, &text);
        *(str *)(void *)place = arena_str(a, buf_str(&text));
        enum error_code code = work__whole(&text, err);
        buf_release(&text);
        return code;
    }
    }
    return OK;
}

static const struct member *find_member(str name)
{
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (str_eq(name, str_of(members[i].name))) {
            return &members[i];
        }
    }
    return NULL;
}

enum error_code work_request_read(struct arena *a, str json, struct work_request *ret, struct error *err)
{
    feel_value v;
    struct work_request rq = { .act = WORK_START };
    enum error_code code = feel_json_read(a, json, &v, err);
    if (code != OK) {
        return code;
    }
    if (v.kind != FEEL_CONTEXT || !find_act(feel_text_member(v, "act"), &rq.act)) {
        error_set(err, ERROR_INVALID, "the request has no act that is known");
        error_hint(err, "it is a JSON object with the member \"act\"; see docs/work.md");
        return ERROR_INVALID;
    }
    for (uint32_t i = 0; i < v.count && code == OK; i++) {
        str name = v.shape->names[i];
        const struct member *m = find_member(name);
        if (m != NULL) {
            code = read_member(a, m, v.values[i], &rq, err);
        } else if (!str_eq(name, STR("act"))) {
            code = error_set(err, ERROR_INVALID, "a request has no member \"%.*s\"", STR_ARG(name));
        }
    }
    if (code == OK) {
        *ret = rq;
    }
    return code;
}

void work_write_answer(const struct work_answer *answer, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_int_member(&w, "dossier", answer->dossier);
    if (answer->code[0] != '\0') {
        json_text_member(&w, "code", str_of(answer->code));
    }
    json_key(&w, STR("ended"));
    json_bool(&w, answer->ended);
    json_end_object(&w);
}
