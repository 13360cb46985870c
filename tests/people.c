/* people DIR: plays the files of tests/people/ against people_may. No store: offices, actors and objects stand in them.
 *
 *   now N                             the instant
 *   office CODE NAME PARENT           PARENT a code, or - at the top
 *   actor NAME FACT…                  program, person=N, party=P, role=ROLE@CODE[/ON BEHALF OF][:SINCE-UNTIL]
 *   object NAME FACT…                 kind=K office=CODE roles=R,R@CODE assignee=N party=P person=N data=CLASS
 *                                     former=N,N open
 *   may VERB OBJECT: NAME[/N]…        who may, N the person on whose behalf; all other actors may not. What no
 *                                     line names, nobody may: each pair of verb and object is asked for each actor
 *   why ACTOR VERB OBJECT: detail     how the refusal reads, word for word
 *   why-zh ACTOR VERB OBJECT: detail  and in Chinese
 */
#include "people/people.h"

#include "tap.h"

#include <stdlib.h>

enum { MAX_THINGS = 64, MAX_WORDS = 64, MAX_LISTS = 8 };

struct actor {
    str name;
    struct people_grant grants[MAX_LISTS];
    struct people_actor actor;
};

struct object {
    str name;
    str candidates[MAX_LISTS];
    int64_t former[MAX_LISTS];
    struct people_object object;
    str may[PEOPLE_VERBS]; /* the names of a line; empty: nobody */
};

static struct people_office offices[MAX_THINGS];
static uint32_t by_code[MAX_THINGS];
static struct people_tree tree = { .offices = offices, .by_code = by_code };
static struct actor actors[MAX_THINGS];
static struct object objects[MAX_THINGS];
static uint32_t actor_count, object_count;
static int64_t now;

static _Noreturn void stop(const char *what, str line)
{
    printf("Bail out! %s: %.*s\n", what, STR_ARG(line));
    exit(1);
}

/* ---- Words ---- */

/* The piece before the separator, or all; moves `rest` behind it. */
static str cut(str *rest, char separator)
{
    const char *at = rest->len == 0 ? NULL : memchr(rest->ptr, separator, rest->len);
    size_t length = at == NULL ? rest->len : (size_t)(at - rest->ptr);
    str piece = str_slice(*rest, 0, length);
    *rest = str_slice(*rest, at == NULL ? length : length + 1, rest->len);
    return piece;
}

static str word(str *rest)
{
    *rest = str_trim(*rest);
    return cut(rest, ' ');
}

static int64_t number(str text)
{
    int64_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n = n * 10 + (text.ptr[i] - '0');
    }
    return n;
}

/* ---- Things ---- */

static void add_office(str line)
{
    uint32_t i = tree.count++;
    str code = word(&line), name = word(&line), parent = word(&line);
    offices[i] = (struct people_office){ .id = i + 1, .code = code, .name = name, .above = UINT32_MAX };
    for (uint32_t k = 0; k < i; k++) {
        if (str_eq(offices[k].code, parent)) {
            offices[i].above = k;
            offices[i].parent = offices[k].id;
        }
    }
    uint32_t place = i;
    for (; place > 0 && str_cmp(offices[by_code[place - 1]].code, code) > 0; place--) {
        by_code[place] = by_code[place - 1];
    }
    by_code[place] = i;
}

static int64_t office_of(str code)
{
    const struct people_office *o = people_office_by_code(&tree, code);
    if (o == NULL && !str_eq(code, STR("0"))) {
        stop("no such office", code);
    }
    return o == NULL ? 0 : o->id;
}

/* ROLE@CODE[/ON BEHALF OF][:SINCE-UNTIL] */
static struct people_grant grant_of(str text)
{
    struct people_grant g = { 0 };
    str where = cut(&text, ':');
    g.since = number(cut(&text, '-'));
    g.until = number(text);
    str own = cut(&where, '/');
    g.on_behalf = number(where);
    g.role = cut(&own, '@');
    g.office = office_of(own);
    return g;
}

static void add_actor(str line)
{
    struct actor *a = &actors[actor_count++];
    a->name = word(&line);
    a->actor = (struct people_actor){ .now = now, .grants = a->grants };
    for (str fact = word(&line); fact.len > 0; fact = word(&line)) {
        str value = fact, name = cut(&value, '=');
        if (str_eq(name, STR("program"))) {
            a->actor.program = true;
        } else if (str_eq(name, STR("person"))) {
            a->actor.person = number(value);
        } else if (str_eq(name, STR("party"))) {
            a->actor.party = value;
        } else if (str_eq(name, STR("role"))) {
            a->grants[a->actor.count++] = grant_of(value);
        } else {
            stop("no such fact of an actor", name);
        }
    }
}

static enum people_class class_of(str word)
{
    static const char *const names[] = { "sealed", "personal", "internal", "public" };
    for (int i = PEOPLE_SEALED; i <= PEOPLE_PUBLIC; i++) {
        if (str_eq(word, str_of(names[i]))) {
            return (enum people_class)i;
        }
    }
    stop("no such class", word);
}

static void set_fact(struct object *o, str name, str value)
{
    struct people_object *p = &o->object;
    if (str_eq(name, STR("kind"))) {
        int kind = people_kind(value);
        if (kind < 0) {
            stop("no such kind", value);
        }
        p->kind = (enum people_kind)kind;
    } else if (str_eq(name, STR("office"))) {
        p->office = office_of(value);
    } else if (str_eq(name, STR("roles"))) {
        while (value.len > 0) {
            o->candidates[p->candidate_count++] = cut(&value, ',');
        }
    } else if (str_eq(name, STR("former"))) {
        while (value.len > 0) {
            o->former[p->former_count++] = number(cut(&value, ','));
        }
    } else if (str_eq(name, STR("assignee"))) {
        p->assignee = number(value);
    } else if (str_eq(name, STR("party"))) {
        p->party = value;
    } else if (str_eq(name, STR("person"))) {
        p->person = number(value);
    } else if (str_eq(name, STR("data"))) {
        p->data = class_of(value);
    } else if (str_eq(name, STR("open"))) {
        p->open = true;
    } else {
        stop("no such fact of an object", name);
    }
}

static void add_object(str line)
{
    struct object *o = &objects[object_count++];
    o->name = word(&line);
    o->object = (struct people_object){ .candidates = o->candidates, .former = o->former };
    for (str fact = word(&line); fact.len > 0; fact = word(&line)) {
        str value = fact, name = cut(&value, '=');
        set_fact(o, name, value);
    }
}

static struct object *object_of(str name)
{
    for (uint32_t i = 0; i < object_count; i++) {
        if (str_eq(objects[i].name, name)) {
            return &objects[i];
        }
    }
    stop("no such object", name);
}

static const struct actor *actor_of(str name)
{
    for (uint32_t i = 0; i < actor_count; i++) {
        if (str_eq(actors[i].name, name)) {
            return &actors[i];
        }
    }
    stop("no such actor", name);
}

static enum people_verb verb_of(str text)
{
    int verb = people_verb(text);
    if (verb < 0) {
        stop("no such verb", text);
    }
    return (enum people_verb)verb;
}

/* ---- Asking ---- */

static void note_may(str line)
{
    str head = cut(&line, ':');
    enum people_verb verb = verb_of(word(&head));
    struct object *o = object_of(word(&head));
    for (str rest = line, who = word(&rest); who.len > 0; who = word(&rest)) {
        actor_of(cut(&who, '/'));
    }
    o->may[verb] = str_trim(line);
}

static void check_why(str line, enum lang lang)
{
    str head = cut(&line, ':');
    const struct actor *a = actor_of(word(&head));
    enum people_verb verb = verb_of(word(&head));
    const struct object *o = object_of(word(&head));
    struct people_verdict v;
    struct error err = { .lang = lang };
    bool may = people_may(&tree, &a->actor, verb, &o->object, &v, &err);
    ok(!may, "%.*s may not %s %.*s", STR_ARG(a->name), people_verb_name(verb), STR_ARG(o->name));
    is_str(str_of(err.detail), str_trim(line), "and is told why");
}

/* Asks for all actors; the names of those who may, as a line of the file has them. */
static void ask(enum people_verb verb, const struct object *o)
{
    struct buf who = BUF_INIT(4096);
    for (uint32_t i = 0; i < actor_count; i++) {
        struct people_verdict v = { 0 };
        struct error err = { 0 };
        if (people_may(&tree, &actors[i].actor, verb, &o->object, &v, &err)) {
            buf_printf(&who, "%s%.*s", who.len > 0 ? " " : "", STR_ARG(actors[i].name));
            if (v.on_behalf != 0) {
                buf_printf(&who, "/%" PRId64, v.on_behalf);
            }
        } else if (err.message[0] == '\0' || err.detail[0] == '\0') {
            ok(false, "%.*s is refused without a reason", STR_ARG(actors[i].name));
        }
    }
    is_str(buf_str(&who), o->may[verb], "%s %.*s", people_verb_name(verb), STR_ARG(o->name));
    buf_release(&who);
}

static void play(str line)
{
    str rest = line, what = word(&rest);
    if (what.len == 0 || what.ptr[0] == '#') {
        return;
    }
    if (str_eq(what, STR("now"))) {
        now = number(word(&rest));
    } else if (str_eq(what, STR("office"))) {
        add_office(rest);
    } else if (str_eq(what, STR("actor"))) {
        add_actor(rest);
    } else if (str_eq(what, STR("object"))) {
        add_object(rest);
    } else if (str_eq(what, STR("may"))) {
        note_may(rest);
    } else if (str_eq(what, STR("why"))) {
        check_why(rest, LANG_EN);
    } else if (str_eq(what, STR("why-zh"))) {
        check_why(rest, LANG_ZH);
    } else {
        stop("no such line", line);
    }
}

int main(int count, char **argv)
{
    static char bytes[1 << 16], path[4096];
    snprintf(path, sizeof path, "%s/may.txt", count > 1 ? argv[1] : ".");
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        stop("cannot open", str_of(path));
    }
    str text = { bytes, fread(bytes, 1, sizeof bytes, f) };
    fclose(f);
    if (text.len == sizeof bytes) {
        stop("too long", str_of(path));
    }
    while (text.len > 0) {
        play(cut(&text, '\n'));
    }
    for (uint32_t i = 0; i < object_count; i++) {
        for (int verb = 0; verb < PEOPLE_VERBS; verb++) {
            ask((enum people_verb)verb, &objects[i]);
        }
    }
    return tap_done();
}
