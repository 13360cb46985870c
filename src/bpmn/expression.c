/* expression: the texts of a model that may be FEEL.
 *
 * Nobody declares the variables of a process, so each expression tells which it reads: it is compiled against the
 * names that it turned out not to know, until it knows all. Names that the model itself gives (targets of mappings,
 * results, loops) are known beforehand, because they may hold spaces or operators. A word that names a built-in but
 * is nowhere called is a variable too: forms have fields called "number" and "date".
 */
#include "bpmn/bpmn_int.h"

#include "feel/inspect.h"

bool bpmn__is_feel(str language)
{
    for (size_t i = 0; i + 4 <= language.len; i++) {
        if (memcmp(language.ptr + i, "FEEL", 4) == 0 || memcmp(language.ptr + i, "feel", 4) == 0) {
            return true;
        }
    }
    return false;
}

void bpmn__declare(struct bpmn__loader *l, str name)
{
    name = str_trim(name);
    for (uint32_t i = 0; i < l->declared_count; i++) {
        if (str_eq(l->declared[i], name)) {
            return;
        }
    }
    if (name.len == 0) {
        return;
    }
    if (l->declared_count == l->declared_size) {
        uint32_t size = l->declared_size == 0 ? 16 : l->declared_size * 2;
        l->declared = arena_grow(l->a, l->declared, l->declared_size * sizeof *l->declared,
                                 size * sizeof *l->declared);
        l->declared_size = size;
    }
    l->declared[l->declared_count++] = bpmn__str(l->a, name);
}

static struct bpmn__expression *new_expression(struct bpmn__loader *l, str text, uint32_t line)
{
    struct bpmn__expression *e = ARENA_NEW(l->a, struct bpmn__expression);
    e->text = bpmn__str(l->a, text);
    e->line = line;
    return e;
}

const struct bpmn__expression *bpmn__plain(struct bpmn__loader *l, str text, uint32_t line)
{
    text = str_trim(text);
    return text.len == 0 ? NULL : new_expression(l, text, line);
}

const struct bpmn__expression *bpmn__expression(struct bpmn__loader *l, uint32_t element, str text, uint32_t line,
                                                bool feel)
{
    text = str_trim(text);
    if (text.len > 0 && text.ptr[0] == '=') {
        feel = true;
        text = str_trim(str_slice(text, 1, text.len));
    }
    if (text.len == 0) {
        return NULL;
    }
    struct bpmn__expression *e = new_expression(l, text, line);
    e->feel = feel;
    if (feel) {
        struct bpmn__pending *p = ARENA_NEW(l->a, struct bpmn__pending);
        *p = (struct bpmn__pending){ .expression = e, .element = element };
        *l->expressions_end = p;
        l->expressions_end = &p->next;
    }
    return e;
}

static bool is_simple(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
                    (i > 0 && c >= '0' && c <= '9');
        if (!word) {
            return false;
        }
    }
    return name.len > 0;
}

const struct bpmn__expression *bpmn__juel(struct bpmn__loader *l, uint32_t element, str text, uint32_t line)
{
    text = str_trim(text);
    bool whole = text.len > 3 && (str_starts_with(text, STR("${")) || str_starts_with(text, STR("#{"))) &&
                 text.ptr[text.len - 1] == '}';
    if (whole && is_simple(str_slice(text, 2, text.len - 1))) {
        return bpmn__expression(l, element, str_slice(text, 2, text.len - 1), line, true);
    }
    for (size_t i = 0; i + 1 < text.len; i++) {
        if ((text.ptr[i] == '$' || text.ptr[i] == '#') && text.ptr[i + 1] == '{') {
            bpmn__find(l, BPMN_PROBLEM, element, l->elements[element].id, line,
                       "\"%.*s\" is no FEEL: write it with '=' in front", STR_ARG(text));
            return NULL;
        }
    }
    return bpmn__plain(l, text, line);
}

/* ---- Compiling ---- */

/* Whether the text could show the name: its first word is somewhere in it. */
static bool mentions(str text, str name)
{
    size_t word = 0;
    while (word < name.len && name.ptr[word] != ' ' && name.ptr[word] != '-' && name.ptr[word] != '+') {
        word++;
    }
    return word > 0 && word <= text.len && memmem(text.ptr, text.len, name.ptr, word) != NULL;
}

static void compile(struct bpmn__loader *l, const struct bpmn__pending *p)
{
    struct bpmn__expression *e = p->expression;
    struct feel_names n = { NULL, 0, 0 };
    for (uint32_t i = 0; i < l->declared_count; i++) {
        if (mentions(e->text, l->declared[i])) {
            feel_names_add(l->a, &n, l->declared[i]);
        }
    }
    feel_names_of(l->a, e->text, &n);
    struct error err = { .lang = l->lang };
    if (feel_compile(l->a, feel_names_scope(l->a, &n), e->text, &e->program, &err) != OK) {
        str id = p->element == BPMN_NONE ? STR("") : l->elements[p->element].id;
        bpmn__find(l, BPMN_PROBLEM, p->element, id, e->line, "\"%.*s\" cannot be read as FEEL: %s",
                   STR_ARG(e->text), err.detail[0] != '\0' ? err.detail : err.message);
        e->program = NULL;
    }
    e->names = n.items;
    e->name_count = n.count;
}

void bpmn__compile(struct bpmn__loader *l)
{
    for (const struct bpmn__pending *p = l->expressions; p != NULL; p = p->next) {
        compile(l, p);
    }
}
