/* check: see check.h and check_int.h. Here are the list of findings, and what the checks share. */
#include "scheme/check_int.h"

#include "base/limit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define ERROR SCHEME_ERROR
#define WARNING SCHEME_WARNING
#define NOTE SCHEME_NOTE
static const struct {
    const char *word;
    enum scheme_level level;
} kinds[SCHEME_FINDING_KINDS] = {
#define FINDING(name, word, level, what) { word, level },
#include "scheme/finding.def"
#undef FINDING
};

const char *scheme_finding_name(enum scheme_finding_kind kind)
{
    return kinds[kind].word;
}

const char *scheme_level_name(enum scheme_level level)
{
    static const char *const names[] = { "error", "warning", "note" };
    return names[level];
}

/* ---- Findings ---- */

static void add(struct scheme__checker *c, struct scheme_finding f)
{
    if (c->count == LIMIT_SCHEME_FINDINGS) {
        c->dropped++;
        return;
    }
    if (c->count == c->size) {
        uint32_t size = c->size == 0 ? 32 : c->size * 2;
        c->findings = arena_grow(c->arena, c->findings, c->size * sizeof f, size * sizeof f);
        c->size = size;
    }
    c->findings[c->count++] = f;
}

void scheme__find(struct scheme__checker *c, enum scheme_finding_kind kind, str file, uint32_t line,
                  const char *remedy, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, lang_text(c->lang, format), args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    struct scheme_finding f = { .kind = kind, .level = kinds[kind].level, .file = file, .line = line };
    f.text = arena_str(c->arena, (str){ text, length });
    f.remedy = str_of(lang_text(c->lang, remedy));
    add(c, f);
}

void scheme__missing(struct scheme__checker *c, str file, uint32_t line, const char *kind, str name)
{
    scheme__find(c, SCHEME_FINDING_DANGLING, file, line, "mend the name, or add what it means",
                 "there is no %s called \"%.*s\"", lang_text(c->lang, kind), STR_ARG(name));
}

/* ---- What is known ---- */

const struct scheme__known *scheme__known(const struct scheme__checker *c, str name)
{
    for (uint32_t i = 0; i < c->known_count; i++) {
        if (str_eq(c->known[i].name, name)) {
            return &c->known[i];
        }
    }
    return NULL;
}

/* A name that comes from two places with types has one only when both agree. */
void scheme__know(struct scheme__checker *c, str name, const struct feel_type *type)
{
    struct scheme__known *k = (struct scheme__known *)scheme__known(c, name);
    if (k != NULL) {
        k->type = type == NULL || (k->type != NULL && k->type->kind == type->kind) ? k->type : NULL;
        return;
    }
    if (c->known_count == c->known_size) {
        uint32_t size = c->known_size == 0 ? 64 : c->known_size * 2;
        c->known = arena_grow(&c->scratch, c->known, c->known_size * sizeof *c->known, size * sizeof *c->known);
        c->known_size = size;
    }
    c->known[c->known_count++] = (struct scheme__known){ name, type };
}

bool scheme__has_text(const str *list, uint32_t count, str text)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(list[i], text)) {
            return true;
        }
    }
    return false;
}

void scheme__add_text(struct scheme__checker *c, str **list, uint32_t *count, uint32_t *size, str text)
{
    if (text.len == 0 || scheme__has_text(*list, *count, text)) {
        return;
    }
    if (*count == *size) {
        uint32_t more = *size == 0 ? 16 : *size * 2;
        *list = arena_grow(&c->scratch, *list, *size * sizeof **list, more * sizeof **list);
        *size = more;
    }
    (*list)[(*count)++] = text;
}

str scheme__head(str path)
{
    const char *dot = scheme__find_char(path, '.');
    return dot == NULL ? path : str_slice(path, 0, (size_t)(dot - path.ptr));
}

/* ---- Types ---- */

static const struct feel_field *field_of(const struct feel_type *t, str name)
{
    for (uint32_t i = 0; i < t->count; i++) {
        if (str_eq(t->fields[i].name, name)) {
            return &t->fields[i];
        }
    }
    return NULL;
}

bool scheme__fits(const struct feel_type *want, const struct feel_type *have, uint32_t depth)
{
    if (want == NULL || have == NULL || depth == 0 || want->kind == FEEL_TYPE_ANY || have->kind == FEEL_TYPE_ANY ||
        want->kind == FEEL_TYPE_NULL || have->kind == FEEL_TYPE_NULL) {
        return true;
    }
    if (want->kind != have->kind) {
        return false;
    }
    if (want->kind == FEEL_TYPE_LIST) {
        return scheme__fits(want->element, have->element, depth - 1);
    }
    for (uint32_t i = 0; want->kind == FEEL_TYPE_CONTEXT && i < want->count; i++) {
        const struct feel_field *f = field_of(have, want->fields[i].name);
        if (f != NULL && !scheme__fits(want->fields[i].type, f->type, depth - 1)) {
            return false;
        }
    }
    return true;
}

bool scheme__takes(enum scheme_field_type type, const struct feel_type *have)
{
    bool temporal = type == SCHEME_DATE || type == SCHEME_TIME || type == SCHEME_INSTANT;
    if (have != NULL && ((temporal && have->kind == FEEL_TYPE_STRING) ||
                         (type == SCHEME_QUANTITY && have->kind == FEEL_TYPE_NUMBER))) {
        return true;
    }
    return scheme__fits(scheme_feel_type(type), have, 8);
}

/* ---- All together ---- */

static int by_place(const void *a, const void *b)
{
    const struct scheme_finding *x = a, *y = b;
    int c = str_cmp(x->file, y->file);
    if (c == 0) {
        c = x->line < y->line ? -1 : x->line > y->line;
    }
    if (c == 0) {
        c = (int)x->kind - (int)y->kind;
    }
    return c != 0 ? c : str_cmp(x->text, y->text);
}

const struct scheme_finding *scheme_check(const struct scheme *s, struct arena *arena, enum lang lang, cal_date day,
                                          uint32_t *ret_count)
{
    struct scheme__checker c = { .s = s, .arena = arena, .scratch = ARENA_INIT, .lang = lang, .day = day };
    scheme__collect(&c);
    scheme__check_processes(&c);
    scheme__check_names(&c);
    scheme__check_texts(&c);
    scheme__check_rules(&c);
    scheme__check_tables(&c);
    scheme__check_words(&c);
    if (c.count > 1) {
        qsort(c.findings, c.count, sizeof *c.findings, by_place);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < c.count; i++) {
        if (kept == 0 || by_place(&c.findings[kept - 1], &c.findings[i]) != 0) {
            c.findings[kept++] = c.findings[i];
        }
    }
    c.count = kept;
    if (c.dropped > 0) {
        c.count -= c.count == LIMIT_SCHEME_FINDINGS; /* room for the last */
        scheme__find(&c, SCHEME_FINDING_MORE, STR("scheme.json"), 0, "mend these first", "and %u more findings",
                     c.dropped);
    }
    arena_release(&c.scratch);
    *ret_count = c.count;
    return c.findings;
}
