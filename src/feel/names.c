/* names: see inspect.h, "Names that nobody has declared". */
#include "feel/feel_int.h"
#include "feel/inspect.h"

static bool has_name(const struct feel_names *n, str name)
{
    for (uint32_t i = 0; i < n->count; i++) {
        if (str_eq(n->items[i], name)) {
            return true;
        }
    }
    return false;
}

void feel_names_add(struct arena *a, struct feel_names *n, str name)
{
    if (has_name(n, name)) {
        return;
    }
    if (n->count == n->size) {
        uint32_t size = n->size == 0 ? 8 : n->size * 2;
        n->items = arena_grow(a, n->items, n->size * sizeof *n->items, size * sizeof *n->items);
        n->size = size;
    }
    n->items[n->count++] = arena_str(a, name);
}

const struct feel_scope *feel_names_scope(struct arena *a, const struct feel_names *n)
{
    struct feel_scope *s = feel_scope_new(a);
    for (uint32_t i = 0; i < n->count; i++) {
        feel_scope_add(s, n->items[i], NULL, i);
    }
    return s;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           ((unsigned char)c & 0x80) != 0;
}

/* Whether the text has the name, and nowhere calls it: then it can only mean a variable. */
static bool means_variable(str text, str name)
{
    bool found = false;
    const char *end = text.ptr + text.len;
    for (const char *p = text.ptr; (p = memmem(p, (size_t)(end - p), name.ptr, name.len)) != NULL; p++) {
        const char *after = p + name.len;
        bool here = (p == text.ptr || !is_word(p[-1])) && (after == end || !is_word(*after));
        while (here && after < end && *after == ' ') {
            after++;
        }
        if (here && after < end && *after == '(') {
            return false;
        }
        found |= here;
    }
    return found;
}

static void add_hiding(struct arena *a, str text, struct feel_names *n)
{
    for (uint32_t i = 0; i < feel__builtin_count; i++) {
        str name = feel__builtins[i].name;
        bool again = i > 0 && str_eq(name, feel__builtins[i - 1].name); /* rows of a name stand together */
        if (!again && means_variable(text, name)) {
            feel_names_add(a, n, name);
        }
    }
}

/* Adds the names that the text shows and nobody knows; true when there were some. */
static bool learn(struct arena *a, str text, struct feel_names *n)
{
    struct arena scratch = ARENA_INIT;
    struct feel_tree *t = feel_tree_new(&scratch, feel_names_scope(&scratch, n));
    uint32_t before = n->count;
    feel_tree_parse(t, text);
    for (const struct feel_problem *p = feel_tree_problems(t); p != NULL; p = p->next) {
        if (p->code == FEEL_DIAG_UNKNOWN_NAME) {
            feel_names_add(a, n, p->text);
        }
    }
    arena_release(&scratch);
    return n->count > before;
}

void feel_names_of(struct arena *a, str text, struct feel_names *n)
{
    add_hiding(a, text, n);
    while (learn(a, text, n)) {
    }
}
