/* expression: the texts of a model that may be FEEL.
 *
 * Nobody declares the variables of a process, so each expression tells which it reads: it is compiled against the
 * names that it turned out not to know, until it knows all. Names that the model itself gives (targets of mappings,
 * results, loops) are known beforehand, because they may hold spaces or operators. A word that names a built-in but
 * is nowhere called is a variable too: forms have fields called "number" and "date".
 */
#include "bpmn/bpmn_int.h"

#include "feel/tree.h"

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

struct names {
    str *items;
    uint32_t count, size;
};

static bool has_name(const struct names *n, str name)
{
    for (uint32_t i = 0; i < n->count; i++) {
        if (str_eq(n->items[i], name)) {
            return true;
        }
    }
    return false;
}

static void add_name(struct arena *a, struct names *n, str name)
{
    if (n->count == n->size) {
        uint32_t size = n->size == 0 ? 8 : n->size * 2;
        n->items = arena_grow(a, n->items, n->size * sizeof *n->items, size * sizeof *n->items);
        n->size = size;
    }
    n->items[n->count++] = bpmn__str(a, name);
}

/* Whether the text could show the name: its first word is somewhere in it. */
static bool mentions(str text, str name)
{
    size_t word = 0;
    while (word < name.len && name.ptr[word] != ' ' && name.ptr[word] != '-' && name.ptr[word] != '+') {
        word++;
    }
    return word > 0 && word <= text.len && memmem(text.ptr, text.len, name.ptr, word) != NULL;
}

/* ---- Variables that are called like a built-in ---- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           ((unsigned char)c & 0x80) != 0;
}

/* Whether the text has the name, and nowhere calls it: then it can only mean a variable. */
static bool means_variable(str text, str name)
{
    bool found = false;
    for (size_t i = 0; i + name.len <= text.len; i++) {
        size_t end = i + name.len;
        bool here = memcmp(text.ptr + i, name.ptr, name.len) == 0 && (i == 0 || !is_word(text.ptr[i - 1])) &&
                    (end == text.len || !is_word(text.ptr[end]));
        while (here && end < text.len && text.ptr[end] == ' ') {
            end++;
        }
        if (here && end < text.len && text.ptr[end] == '(') {
            return false;
        }
        found |= here;
    }
    return found;
}

static void add_builtins(struct bpmn__loader *l, str text, struct names *n)
{
    struct feel_builtin_doc doc;
    struct arena scratch = ARENA_INIT;
    for (uint32_t i = 0; feel_builtin_doc(&scratch, i, &doc); i++) {
        if (means_variable(text, doc.name) && !has_name(n, doc.name)) {
            add_name(l->a, n, doc.name);
        }
        arena_clear(&scratch);
    }
    arena_release(&scratch);
}

static const struct feel_scope *scope_of(struct arena *a, const struct names *n)
{
    struct feel_scope *s = feel_scope_new(a);
    for (uint32_t i = 0; i < n->count; i++) {
        feel_scope_add(s, n->items[i], NULL, i);
    }
    return s;
}

/* Adds the names that the text shows and nobody knows; true when there were some. */
static bool learn(struct arena *a, str text, struct names *n)
{
    struct arena scratch = ARENA_INIT;
    struct feel_tree *t = feel_tree_new(&scratch, scope_of(&scratch, n));
    feel_tree_parse(t, text);
    bool learned = false;
    for (const struct feel_problem *p = feel_tree_problems(t); p != NULL; p = p->next) {
        if (p->code == FEEL_DIAG_UNKNOWN_NAME && !has_name(n, p->text)) {
            add_name(a, n, p->text);
            learned = true;
        }
    }
    arena_release(&scratch);
    return learned;
}

static void compile(struct bpmn__loader *l, const struct bpmn__pending *p)
{
    struct bpmn__expression *e = p->expression;
    struct names n = { NULL, 0, 0 };
    for (uint32_t i = 0; i < l->declared_count; i++) {
        if (mentions(e->text, l->declared[i])) {
            add_name(l->a, &n, l->declared[i]);
        }
    }
    add_builtins(l, e->text, &n);
    while (learn(l->a, e->text, &n)) {
    }
    struct error err = { .lang = l->lang };
    if (feel_compile(l->a, scope_of(l->a, &n), e->text, &e->program, &err) != OK) {
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
