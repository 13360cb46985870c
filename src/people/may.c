/* may: who may do what, driven by may.def. Pure: no store, no clock. */
#include "people/people_int.h"

/* ---- The table ---- */

enum when {
#define WHEN(name, test) WHEN_##name,
#include "people/may.def"
};

struct rule {
    uint8_t verb, kind, when;
    uint16_t who, must;
};

/* The columns `who` and `must` of may.def are sums of these short names. */
enum {
#define BASIS(name, bit, phrase) name = 1 << (bit),
#define CONDITION(name, bit, sentence) name = 1 << (bit),
    NOTHING = 0,
#include "people/may.def"
};

static const struct rule rules[] = {
#define MAY(verb, kind, when, who, must) { PEOPLE_VERB_##verb, PEOPLE_KIND_##kind, WHEN_##when, who, must },
#include "people/may.def"
};

struct word {
    const char *word, *phrase;
};

static const struct word verbs[] = {
#define VERB(name, word, phrase) { word, phrase },
#include "people/may.def"
};

static const struct word kinds[] = {
#define KIND(name, word, phrase) { word, phrase },
#include "people/may.def"
};

struct bit {
    uint16_t bit;
    const char *text;
};

static const struct bit bases[] = {
#define BASIS(name, bit, phrase) { 1 << (bit), phrase },
#include "people/may.def"
};

static const struct bit conditions[] = {
#define CONDITION(name, bit, sentence) { 1 << (bit), sentence },
#include "people/may.def"
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

const char *people_verb_name(enum people_verb verb)
{
    return verbs[verb].word;
}

const char *people_kind_name(enum people_kind kind)
{
    return kinds[kind].word;
}

enum people_verb people_giving(str role)
{
    bool high = str_eq(role, STR("administrator")) || str_eq(role, STR("auditor"));
    return high ? PEOPLE_VERB_APPOINT : PEOPLE_VERB_MANAGE;
}

static int find_word(const struct word *words, size_t count, str word)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(word, str_of(words[i].word))) {
            return (int)i;
        }
    }
    return -1;
}

int people_verb(str word)
{
    return find_word(verbs, COUNT(verbs), word);
}

int people_kind(str word)
{
    return find_word(kinds, COUNT(kinds), word);
}

static bool fits(enum when when, const struct people_object *o)
{
    switch (when) {
#define WHEN(name, test) case WHEN_##name: return test;
#include "people/may.def"
    }
    return false;
}

static const struct rule *find_rule(enum people_verb verb, const struct people_object *o)
{
    for (size_t i = 0; i < COUNT(rules); i++) {
        if (rules[i].verb == verb && rules[i].kind == o->kind && fits((enum when)rules[i].when, o)) {
            return &rules[i];
        }
    }
    return NULL;
}

/* ---- Candidates ---- */

struct candidate {
    str role;
    int64_t office; /* -1: there is no office of that code */
};

static struct candidate candidate_of(const struct people_tree *tree, const struct people_object *o, str text)
{
    const char *at = text.len == 0 ? NULL : memchr(text.ptr, '@', text.len);
    if (at == NULL) {
        return (struct candidate){ text, o->office };
    }
    size_t length = (size_t)(at - text.ptr);
    const struct people_office *office = people_office_by_code(tree, str_slice(text, length + 1, text.len));
    return (struct candidate){ str_slice(text, 0, length), office == NULL ? -1 : office->id };
}

static bool is_party(str role)
{
    return str_eq(role, STR("applicant"));
}

/* ---- Bases ---- */

/* What was found among the grants; one in his own right is better than one on behalf of another. */
struct found {
    bool any;
    int64_t on_behalf;
};

struct question {
    const struct people_tree *tree;
    const struct people_actor *actor;
    const struct people_object *object;
};

static void note(struct found *f, const struct people_grant *g)
{
    if (!f->any || g->on_behalf == 0) {
        f->on_behalf = g->on_behalf;
    }
    f->any = true;
}

static void seek(const struct question *q, str role, int64_t office, struct found *f)
{
    for (uint32_t i = 0; i < q->actor->count; i++) {
        const struct people_grant *g = &q->actor->grants[i];
        if (str_eq(g->role, role) && people__holds(g, q->actor->now) &&
            people__reaches(q->tree, role, g->office, office)) {
            note(f, g);
        }
    }
}

/* Each role but the reserved ones, in exactly the office. */
static struct found seek_officer(const struct question *q)
{
    struct found f = { 0 };
    for (uint32_t i = 0; i < q->actor->count; i++) {
        const struct people_grant *g = &q->actor->grants[i];
        if (!people__reserved(g->role) && people__holds(g, q->actor->now) && g->office == q->object->office) {
            note(&f, g);
        }
    }
    return f;
}

static struct found seek_candidate(const struct question *q)
{
    struct found f = { 0 };
    for (uint32_t i = 0; i < q->object->candidate_count; i++) {
        struct candidate c = candidate_of(q->tree, q->object, q->object->candidates[i]);
        if (!is_party(c.role) && c.office >= 0) {
            seek(q, c.role, c.office, &f);
        }
    }
    return f;
}

static struct found seek_role(const struct question *q, str role)
{
    struct found f = { 0 };
    seek(q, role, q->object->office, &f);
    return f;
}

/* Whoever has the task, while he still has its role; or who has its role on behalf of that person. */
static struct found seek_assignee(const struct question *q)
{
    const struct people_object *o = q->object;
    struct found f = { 0 };
    if (o->assignee == 0 || q->actor->person == 0) {
        return f;
    }
    if (o->assignee == q->actor->person && o->candidate_count == 0) {
        return (struct found){ .any = true };
    }
    for (uint32_t i = 0; i < q->actor->count; i++) {
        struct people_actor one = *q->actor;
        one.grants = &q->actor->grants[i];
        one.count = 1;
        struct question single = { q->tree, &one, o };
        if ((o->assignee == one.person || o->assignee == one.grants->on_behalf) && seek_candidate(&single).any) {
            note(&f, one.grants);
        }
    }
    return f;
}

static bool is_applicant(const struct question *q)
{
    str own = q->actor->party;
    bool is = own.len > 0 && str_eq(q->object->party, own);
    for (uint32_t i = 0; own.len > 0 && i < q->object->party_count; i++) {
        is |= str_eq(q->object->parties[i], own);
    }
    return is;
}

/* Is it a step of the party's own? */
static bool has_party_step(const struct people_object *o)
{
    for (uint32_t i = 0; i < o->candidate_count; i++) {
        if (is_party(o->candidates[i])) {
            return true;
        }
    }
    return false;
}

static struct found plain(bool any)
{
    return (struct found){ .any = any };
}

static struct found seek_basis(const struct question *q, uint16_t basis)
{
    switch (basis) {
    case EVERYBODY: return plain(true);
    case SELF: return plain(q->object->person != 0 && q->object->person == q->actor->person);
    case ASSIGNEE: return seek_assignee(q);
    case CANDIDATE: return seek_candidate(q);
    case OFFICER: return seek_officer(q);
    case MANAGER: return seek_role(q, STR("manager"));
    case PARTY: return plain(has_party_step(q->object) && is_applicant(q));
    case APPLICANT: return plain(is_applicant(q));
    case AUDITOR: return seek_role(q, STR("auditor"));
    case ADMINISTRATOR: return seek_role(q, STR("administrator"));
    case PROGRAM: return plain(q->actor->program);
    default: return plain(false);
    }
}

/* The first basis in the actor's own right; otherwise the first on behalf of another. */
static bool find_basis(const struct question *q, uint16_t who, struct people_verdict *ret)
{
    bool any = false;
    for (size_t i = 0; i < COUNT(bases); i++) {
        if ((who & bases[i].bit) == 0) {
            continue;
        }
        struct found f = seek_basis(q, bases[i].bit);
        if (f.any && (!any || f.on_behalf == 0)) {
            *ret = (struct people_verdict){ bases[i].bit, f.on_behalf };
            any = true;
        }
        if (any && ret->on_behalf == 0) {
            return true;
        }
    }
    return any;
}

/* ---- Conditions ---- */

static bool did_former(const struct people_object *o, int64_t person)
{
    for (uint32_t i = 0; i < o->former_count; i++) {
        if (person != 0 && o->former[i] == person) {
            return true;
        }
    }
    return false;
}

static bool meets(const struct question *q, uint16_t condition, const struct people_verdict *v)
{
    const struct people_object *o = q->object;
    switch (condition) {
    case OPEN: return o->open;
    case DONE: return !o->open;
    case FREE: return o->assignee == 0;
    case OTHER: return q->actor->program || o->person != q->actor->person;
    case SECOND: return !did_former(o, q->actor->person) && !did_former(o, v->on_behalf);
    default: return false;
    }
}

/* ---- Words ---- */

enum { SENTENCE = 4096 }; /* the error cuts what does not fit into it */

/* The text with its %s replaced, in order. */
static void fill(struct buf *out, const char *text, str first, str second)
{
    const char *rest = text;
    for (const char *hole = strstr(rest, "%s"); hole != NULL; hole = strstr(rest, "%s")) {
        buf_add(out, (str){ rest, (size_t)(hole - rest) });
        buf_add(out, first);
        first = second;
        rest = hole + 2;
    }
    buf_addz(out, rest);
}

static void add_office(struct buf *out, const struct question *q, int64_t id, enum lang lang)
{
    const struct people_office *o = people_office(q->tree, id);
    if (o == NULL) {
        buf_addz(out, id == 0 ? lang_text(lang, "the whole tree of offices") : lang_text(lang, "an unknown office"));
    } else {
        buf_printf(out, "%.*s %.*s", STR_ARG(o->code), STR_ARG(o->name));
    }
}

static void add_or(struct buf *out, enum lang lang)
{
    if (out->len > 0) {
        buf_addz(out, lang_text(lang, ", or "));
    }
}

static void add_candidates(struct buf *out, const struct question *q, const char *phrase, enum lang lang)
{
    for (uint32_t i = 0; i < q->object->candidate_count; i++) {
        struct candidate c = candidate_of(q->tree, q->object, q->object->candidates[i]);
        if (!is_party(c.role)) {
            struct buf office = BUF_INIT(SENTENCE);
            add_office(&office, q, c.office, lang);
            add_or(out, lang);
            fill(out, lang_text(lang, phrase), c.role, buf_str(&office));
            buf_release(&office);
        }
    }
}

/* Is the basis worth naming for this object? The program is only where nobody else may. */
static bool is_named(const struct question *q, uint16_t basis, uint16_t who)
{
    switch (basis) {
    case PROGRAM: return who == PROGRAM;
    case PARTY: return has_party_step(q->object);
    case ASSIGNEE: return q->object->kind == PEOPLE_KIND_TASK || q->object->assignee != 0;
    default: return true;
    }
}

/* The phrases of all who may: so the reader sees whom to ask. */
static void add_who(struct buf *out, const struct question *q, uint16_t who, enum lang lang)
{
    struct buf office = BUF_INIT(SENTENCE);
    add_office(&office, q, q->object->office, lang);
    for (size_t i = 0; i < COUNT(bases); i++) {
        if ((who & bases[i].bit) == 0 || !is_named(q, bases[i].bit, who)) {
            continue;
        }
        if (bases[i].bit == CANDIDATE) {
            add_candidates(out, q, bases[i].text, lang);
        } else {
            add_or(out, lang);
            fill(out, lang_text(lang, bases[i].text), buf_str(&office), STR(""));
        }
    }
    buf_release(&office);
}

static enum lang lang_of(const struct error *err)
{
    return err != NULL ? err->lang : LANG_EN;
}

static bool refuse(const struct question *q, enum people_verb verb, struct error *err)
{
    error_set(err, ERROR_INVALID, "it is not permitted to %s this %s", lang_text(lang_of(err), verbs[verb].phrase),
              lang_text(lang_of(err), kinds[q->object->kind].phrase));
    return false;
}

static bool refuse_actor(const struct question *q, enum people_verb verb, const struct rule *rule, struct error *err)
{
    struct buf who = BUF_INIT(SENTENCE);
    refuse(q, verb, err);
    if (rule == NULL) {
        error_detail(err, "nobody may");
    } else {
        add_who(&who, q, rule->who, lang_of(err));
        if (who.len == 0) {
            buf_addz(&who, lang_text(lang_of(err), "candidates, of which it has none"));
        }
        error_detail(err, "it takes: %s", who.ptr);
    }
    buf_release(&who);
    return false;
}

static bool refuse_condition(const struct question *q, enum people_verb verb, const char *sentence, struct error *err)
{
    struct buf why = BUF_INIT(SENTENCE);
    refuse(q, verb, err);
    fill(&why, lang_text(lang_of(err), sentence), str_of(lang_text(lang_of(err), kinds[q->object->kind].phrase)),
         STR(""));
    error_detail(err, "%s", why.ptr);
    buf_release(&why);
    return false;
}

bool people_may(const struct people_tree *tree, const struct people_actor *actor, enum people_verb verb,
                const struct people_object *object, struct people_verdict *ret, struct error *err)
{
    struct question q = { tree, actor, object };
    struct people_verdict verdict = { 0 };
    const struct rule *rule = find_rule(verb, object);
    if (rule == NULL || !find_basis(&q, rule->who, &verdict)) {
        return refuse_actor(&q, verb, rule, err);
    }
    for (size_t i = 0; i < COUNT(conditions); i++) {
        if ((rule->must & conditions[i].bit) != 0 && !meets(&q, conditions[i].bit, &verdict)) {
            return refuse_condition(&q, verb, conditions[i].text, err);
        }
    }
    *ret = verdict;
    return true;
}
