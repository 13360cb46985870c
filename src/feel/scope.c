/* scope: names, and finding the longest one that the source shows at a place.
 *
 * A name of DMN may hold spaces, operators and keywords ("days in weekend", "a-b"); which characters belong to
 * it only the scope can tell. Names are kept in a table by their first word; at a word of the source, the few
 * names that begin with it are compared character by character, and the longest that fits is taken.
 *
 * The pattern of a name is its text with white space runs made one space, and none beside an operator character:
 * "a  - b" has the pattern "a-b". In the source any white space may stand where the pattern has a space, and
 * beside operator characters.
 */
#include "feel/tree_int.h"

struct feel_scope_type {
    str name;
    const struct feel_type *type;
};

struct feel_scope {
    struct arena *arena;
    struct feel_decl **buckets; /* by the hash of the first word; a power of two */
    uint32_t bucket_count, decl_count;
    struct feel_scope_type *types;
    uint32_t type_count, type_size;
};

struct feel_scope *feel_scope_new(struct arena *a)
{
    struct feel_scope *s = ARENA_NEW(a, struct feel_scope);
    s->arena = a;
    s->bucket_count = 16;
    s->buckets = ARENA_ARRAY(a, struct feel_decl *, s->bucket_count);
    return s;
}

static bool is_operator_char(char c)
{
    return c == '.' || c == '/' || c == '-' || c == '\'' || c == '+' || c == '*' || c == '(' || c == ')' ||
           c == ',' || c == ':' || c == '&' || c == '%';
}

static bool is_ascii_space(char c)
{
    return c == ' ' || (c >= 9 && c <= 13);
}

str feel__name_pattern(struct arena *a, str name)
{
    name = str_trim(name);
    char *p = arena_alloc(a, name.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (!is_ascii_space(name.ptr[i])) {
            p[n++] = name.ptr[i];
            continue;
        }
        while (i + 1 < name.len && is_ascii_space(name.ptr[i + 1])) {
            i++;
        }
        bool beside = is_operator_char(p[n - 1]) || is_operator_char(name.ptr[i + 1]);
        if (!beside) {
            p[n++] = ' ';
        }
    }
    p[n] = '\0';
    return (str){ p, n };
}

static uint32_t first_word(str pattern)
{
    uint32_t n = feel__word(pattern.ptr, pattern.ptr + pattern.len);
    return n > 0 ? n : (uint32_t)pattern.len;
}

static struct feel_decl **bucket(const struct feel_scope *s, str word)
{
    return &s->buckets[str_hash(word) & (s->bucket_count - 1)];
}

static void grow(struct feel_scope *s)
{
    struct feel_decl **old = s->buckets;
    uint32_t old_count = s->bucket_count;
    s->bucket_count *= 4;
    s->buckets = ARENA_ARRAY(s->arena, struct feel_decl *, s->bucket_count);
    for (uint32_t i = 0; i < old_count; i++) {
        /* Later names come first in a bucket; keep that order by appending. */
        for (struct feel_decl *d = old[i], *next; d != NULL; d = next) {
            next = d->next;
            struct feel_decl **to = bucket(s, str_slice(d->pattern, 0, first_word(d->pattern)));
            while (*to != NULL) {
                to = &(*to)->next;
            }
            d->next = NULL;
            *to = d;
        }
    }
}

static struct feel_decl *add(struct feel_scope *s, str name, enum feel_decl_kind kind)
{
    if (s->decl_count >= s->bucket_count * 2) {
        grow(s);
    }
    struct feel_decl *d = ARENA_NEW(s->arena, struct feel_decl);
    d->name = arena_str(s->arena, name);
    d->pattern = feel__name_pattern(s->arena, name);
    d->kind = (uint8_t)kind;
    if (d->pattern.len == 0) {
        return d; /* a nameless thing cannot be found */
    }
    struct feel_decl **b = bucket(s, str_slice(d->pattern, 0, first_word(d->pattern)));
    d->next = *b;
    *b = d;
    s->decl_count++;
    return d;
}

void feel_scope_add(struct feel_scope *s, str name, const struct feel_type *type, uint32_t slot)
{
    struct feel_decl *d = add(s, name, DECL_SLOT);
    d->type = type;
    d->slot = slot;
}

void feel_scope_add_namespace(struct feel_scope *s, str name, const struct feel_scope *members)
{
    add(s, name, DECL_NAMESPACE)->members = members;
}

void feel_scope_add_type(struct feel_scope *s, str name, const struct feel_type *type)
{
    if (s->type_count == s->type_size) {
        uint32_t size = s->type_size == 0 ? 8 : s->type_size * 2;
        s->types = arena_grow(s->arena, s->types, s->type_size * sizeof *s->types, size * sizeof *s->types);
        s->type_size = size;
    }
    s->types[s->type_count++] = (struct feel_scope_type){ feel__name_pattern(s->arena, name), type };
}

void feel_scope_share_types(struct feel_scope *s, const struct feel_scope *from)
{
    s->types = from->types;
    s->type_count = s->type_size = from->type_count;
}

struct feel_scope *feel_scope_of_context(struct arena *a, feel_value context)
{
    struct feel_scope *s = feel_scope_new(a);
    if (context.kind == FEEL_CONTEXT) {
        for (uint32_t i = 0; i < context.count; i++) {
            feel_scope_add(s, context.shape->names[i], feel_type_of(a, context.values[i]), i);
        }
    }
    return s;
}

/* ---- Matching ---- */

/* Where the pattern's text ends when the source at `at` shows it, or NULL. */
const char *feel__match_pattern(str pattern, const char *at, const char *end)
{
    const char *p = at;
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        if (c == ' ') {
            const char *after = feel__skip_space(p, end);
            if (after == p) {
                return NULL;
            }
            p = after;
            continue;
        }
        bool loose = is_operator_char(c) || (i > 0 && is_operator_char(pattern.ptr[i - 1]));
        if (loose && i > 0) {
            while (p < end && is_ascii_space(*p)) {
                p++;
            }
        }
        if (p >= end || *p != c) {
            return NULL;
        }
        p++;
    }
    /* A name ends where a word ends. */
    bool word_goes_on = p < end && !is_operator_char(pattern.ptr[pattern.len - 1]) &&
                        (feel__word(p, end) > 0 || (*p >= '0' && *p <= '9'));
    return word_goes_on ? NULL : p;
}

static uint32_t match_scope(const struct feel_scope *s, const char *at, const char *end, uint32_t word,
                            struct feel_decl **ret)
{
    uint32_t best = 0;
    for (struct feel_decl *d = *bucket(s, (str){ at, word }); d != NULL; d = d->next) {
        const char *stop;
        if (d->pattern.len == word) {
            stop = memcmp(d->pattern.ptr, at, word) == 0 ? at + word : NULL;
        } else {
            stop = feel__match_pattern(d->pattern, at, end);
        }
        if (stop != NULL && (uint32_t)(stop - at) > best) {
            best = (uint32_t)(stop - at);
            *ret = d;
        }
    }
    return best;
}

uint32_t feel__match_member(const struct feel_scope *members, const char *at, const char *end, uint32_t word,
                            struct feel_decl **ret)
{
    return match_scope(members, at, end, word, ret);
}

/* The longest match wins; among equals the innermost. */
uint32_t feel__match_name(const struct feel_tree *t, const char *at, const char *end, uint32_t word,
                          struct feel_decl **ret)
{
    uint32_t best = 0;
    for (uint32_t i = t->local_count; i > 0; i--) {
        struct feel_decl *d = t->locals[i - 1];
        if (d->pattern.len == 0 || d->pattern.ptr[0] != *at) {
            continue;
        }
        const char *stop = feel__match_pattern(d->pattern, at, end);
        if (stop != NULL && (uint32_t)(stop - at) > best) {
            best = (uint32_t)(stop - at);
            *ret = d;
        }
    }
    struct feel_decl *outer = NULL;
    uint32_t n = match_scope(t->scope, at, end, word, &outer);
    if (n > best) {
        best = n;
        *ret = outer;
    }
    return best;
}

struct feel_decl *feel__scope_find(const struct feel_scope *s, str name)
{
    for (struct feel_decl *d = *bucket(s, str_slice(name, 0, first_word(name))); d != NULL; d = d->next) {
        if (str_eq(d->pattern, name)) {
            return d;
        }
    }
    return NULL;
}

uint32_t feel__match_field(const struct feel_type *context, const char *at, const char *end, str *ret_name,
                           const struct feel_type **ret_type)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < context->count; i++) {
        str name = context->fields[i].name;
        if (name.len == 0 || at == end || name.ptr[0] != *at) {
            continue;
        }
        const char *stop = feel__match_pattern(name, at, end);
        if (stop != NULL && (uint32_t)(stop - at) > best) {
            best = (uint32_t)(stop - at);
            *ret_name = name;
            *ret_type = context->fields[i].type;
        }
    }
    return best;
}

uint32_t feel__match_type(const struct feel_scope *s, const char *at, const char *end, const struct feel_type **ret)
{
    static const char *const built_in[] = { "number", "string", "boolean", "date", "time", "date and time",
                                            "days and time duration", "years and months duration", "Any", "Null",
                                            "list", "context", "range", "function" };
    uint32_t best = 0;
    for (uint32_t i = s->type_count; i > 0; i--) {
        const char *stop = feel__match_pattern(s->types[i - 1].name, at, end);
        if (stop != NULL && (uint32_t)(stop - at) > best) {
            best = (uint32_t)(stop - at);
            *ret = s->types[i - 1].type;
        }
    }
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++) {
        const char *stop = feel__match_pattern(str_of(built_in[i]), at, end);
        if (stop != NULL && (uint32_t)(stop - at) > best) {
            best = (uint32_t)(stop - at);
            *ret = feel_type_named(str_of(built_in[i]));
        }
    }
    return best;
}

/* ---- Built-ins ---- */

enum { BUILTIN_BUCKETS = 256 };

/* The table of built-ins by first word is made at compile time of the program in effect: the rows never change, so
 * it is filled once, before main, and only read afterwards. */
static uint16_t builtin_buckets[BUILTIN_BUCKETS]; /* row + 1 */
static uint16_t builtin_next[512];

static uint32_t word_bucket(str word)
{
    return str_hash(word) & (BUILTIN_BUCKETS - 1);
}

__attribute__((constructor)) static void fill_builtins(void)
{
    assert(feel__builtin_count < sizeof builtin_next / sizeof builtin_next[0]);
    for (uint32_t i = feel__builtin_count; i > 0; i--) {
        str name = feel__builtins[i - 1].name;
        uint32_t b = word_bucket(str_slice(name, 0, first_word(name)));
        builtin_next[i - 1] = builtin_buckets[b];
        builtin_buckets[b] = (uint16_t)i;
    }
}

uint32_t feel__match_builtin(const char *at, const char *end, uint32_t word, const struct feel_builtin **ret)
{
    uint32_t best = 0;
    for (uint32_t i = builtin_buckets[word_bucket((str){ at, word })]; i > 0; i = builtin_next[i - 1]) {
        const struct feel_builtin *row = &feel__builtins[i - 1];
        if (row->name.len <= best) {
            continue; /* also the further signatures of a name */
        }
        const char *stop = feel__match_pattern(row->name, at, end);
        if (stop != NULL && (uint32_t)(stop - at) > best) {
            best = (uint32_t)(stop - at);
            *ret = row;
        }
    }
    return best;
}
