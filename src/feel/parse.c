/* parse: FEEL text to a tree (DMN 1.5, 10.3.1.2).
 *
 * Recursive descent with binding powers for the operators:
 *
 *   or < and < comparison, between, in < + - < * / < ** < unary - < instance of < path, filter, call
 *
 * A function that reads something returns its node, or NULL once an error is set; callers pass NULL on. The depth
 * of nesting is counted where an expression starts, the length of operator chains by the height of the tree.
 */
#include "feel/tree_int.h"

#include "text/utf8.h"

struct parser {
    struct feel_tree *tree;
    const char *start, *p, *end;
    uint32_t depth;
    bool in_range_end; /* reading the end of a range, not inside brackets of its own */
    struct error *err;
};

static struct feel_node *parse_expression(struct parser *ps);
static struct feel_node *parse_binary(struct parser *ps, int power);

enum { POWER_OR = 1, POWER_AND, POWER_COMPARISON, POWER_SUM, POWER_PRODUCT, POWER_EXPONENT };

/* ---- Small things ---- */

static uint32_t here(const struct parser *ps)
{
    return (uint32_t)(ps->p - ps->start);
}

static void skip(struct parser *ps)
{
    ps->p = feel__skip_space(ps->p, ps->end);
}

/* The next character after white space, or 0 at the end. */
static char peek(struct parser *ps)
{
    skip(ps);
    return ps->p < ps->end ? *ps->p : '\0';
}

static char peek_second(const struct parser *ps)
{
    return ps->end - ps->p >= 2 ? ps->p[1] : '\0';
}

static bool take(struct parser *ps, char c)
{
    if (peek(ps) != c) {
        return false;
    }
    ps->p++;
    return true;
}

static bool take_pair(struct parser *ps, const char *pair)
{
    if (peek(ps) != pair[0] || peek_second(ps) != pair[1]) {
        return false;
    }
    ps->p += 2;
    return true;
}

static uint32_t peek_word(struct parser *ps)
{
    skip(ps);
    return feel__word(ps->p, ps->end);
}

static bool at_keyword(struct parser *ps, str keyword)
{
    uint32_t n = peek_word(ps);
    return n == keyword.len && memcmp(ps->p, keyword.ptr, n) == 0;
}

static bool take_keyword(struct parser *ps, str keyword)
{
    if (!at_keyword(ps, keyword)) {
        return false;
    }
    ps->p += keyword.len;
    return true;
}

static void place_error(struct parser *ps, const char *at)
{
    uint32_t line = 1;
    const char *line_start = ps->start;
    for (const char *p = ps->start; p < at; p++) {
        if (*p == '\n') {
            line++;
            line_start = p + 1;
        }
    }
    str before = { line_start, (size_t)(at - line_start) };
    error_at(ps->err, STR(""), line, (uint32_t)utf8_count(before) + 1);
}

/* Sets the error "expected X", unless one is set already. */
static void *expected(struct parser *ps, const char *what)
{
    if (ps->err->code != OK) {
        return NULL;
    }
    skip(ps);
    if (ps->p >= ps->end) {
        error_set(ps->err, ERROR_SYNTAX, "the expression ends too early");
        error_detail(ps->err, "expected %s", lang_text(ps->err->lang, what));
    } else {
        size_t n = feel__word(ps->p, ps->end);
        n = n > 0 ? n : utf8_length_at(ps->p, ps->end);
        error_set(ps->err, ERROR_SYNTAX, "\"%.*s\" cannot stand here", n < 40 ? (int)n : 40, ps->p);
        error_detail(ps->err, "expected %s", lang_text(ps->err->lang, what));
    }
    place_error(ps, ps->p);
    return NULL;
}

static void *too_large(struct parser *ps, const char *limit, int value)
{
    if (ps->err->code == OK) {
        error_set(ps->err, ERROR_LIMIT, "the expression is too large");
        error_detail(ps->err, "limit %s = %d", limit, value);
        place_error(ps, ps->p);
    }
    return NULL;
}

/* Names the bound that made tree->too_large true. */
static void *tree_too_large(struct parser *ps)
{
    return ps->tree->node_count > LIMIT_FEEL_NODES ? too_large(ps, "FEEL_NODES", LIMIT_FEEL_NODES)
                                                   : too_large(ps, "FEEL_TREE_HEIGHT", LIMIT_FEEL_TREE_HEIGHT);
}

/* A growing array of nodes. */
struct nodes {
    struct feel_node **ptr;
    uint32_t count, size;
};

static void nodes_add(struct parser *ps, struct nodes *v, struct feel_node *n)
{
    if (v->count == v->size) {
        uint32_t size = v->size == 0 ? 4 : v->size * 2;
        v->ptr = arena_grow(ps->tree->arena, v->ptr, v->size * sizeof *v->ptr, size * sizeof *v->ptr);
        v->size = size;
    }
    v->ptr[v->count++] = n;
}

/* The same for declarations. */
struct decls {
    struct feel_decl **ptr;
    uint32_t count, size;
};

static void decls_add(struct parser *ps, struct decls *v, struct feel_decl *d)
{
    if (v->count == v->size) {
        uint32_t size = v->size == 0 ? 4 : v->size * 2;
        v->ptr = arena_grow(ps->tree->arena, v->ptr, v->size * sizeof *v->ptr, size * sizeof *v->ptr);
        v->size = size;
    }
    v->ptr[v->count++] = d;
}

static struct feel_node *node_from(struct parser *ps, enum feel_node_kind kind, uint32_t from)
{
    return feel__node(ps->tree, kind, from, here(ps));
}

static struct feel_node *close_at(struct parser *ps, struct feel_node *n)
{
    n->to = here(ps);
    return feel__close(ps->tree, n);
}

/* ---- Literals ---- */

static struct feel_node *parse_number(struct parser *ps)
{
    const char *from = ps->p, *p = from;
    while (p < ps->end && *p >= '0' && *p <= '9') {
        p++;
    }
    if (ps->end - p >= 2 && *p == '.' && p[1] >= '0' && p[1] <= '9') {
        p++;
        while (p < ps->end && *p >= '0' && *p <= '9') {
            p++;
        }
    }
    if (ps->end - p >= 2 && (*p == 'e' || *p == 'E')) {
        const char *q = p + 1 + (p[1] == '+' || p[1] == '-');
        if (q < ps->end && *q >= '0' && *q <= '9') {
            for (p = q; p < ps->end && *p >= '0' && *p <= '9'; p++) {
            }
        }
    }
    dec d;
    str text = { from, (size_t)(p - from) };
    ps->p = p;
    uint32_t at = (uint32_t)(from - ps->start);
    if (!dec_parse(text, &d)) {
        return feel__node_failure(ps->tree, FEEL_DIAG_NO_RESULT, text, at, here(ps));
    }
    struct feel_node *n = node_from(ps, NODE_CONSTANT, at);
    n->value = feel_number(d);
    return n;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The code point of `digits` hexadecimal digits at p, or -1. */
static int64_t hex_code(const char *p, const char *end, int digits)
{
    int64_t code = 0;
    if (end - p < digits) {
        return -1;
    }
    for (int i = 0; i < digits; i++) {
        int v = hex_value(p[i]);
        if (v < 0) {
            return -1;
        }
        code = code * 16 + v;
    }
    return code;
}

/* Writes the character of a \u or \U escape and returns the place behind it. A pair of surrogates written as two
 * \u escapes is one character; half a pair is refused. */
static const char *unescape_code(const char *p, const char *end, struct buf *out)
{
    bool small = *p == 'u';
    int64_t code = hex_code(p + 1, end, small ? 4 : 6);
    if (code < 0) {
        return NULL;
    }
    p += small ? 5 : 7;
    if (code >= 0xD800 && code <= 0xDBFF && end - p >= 6 && p[0] == '\\' && p[1] == 'u') {
        int64_t low = hex_code(p + 2, end, 4);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            p += 6;
        }
    }
    if ((code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) {
        return NULL;
    }
    utf8_put(out, (uint32_t)code);
    return p;
}

/* The text of a string literal's inside; a backslash that begins no escape stands for itself. */
static bool unescape(struct parser *ps, str inside, str *ret)
{
    struct buf out = BUF_INIT(inside.len + 8);
    const char *p = inside.ptr, *end = inside.ptr + inside.len;
    while (p != NULL && p < end) {
        if (*p != '\\' || p + 1 >= end) {
            buf_addc(&out, *p++);
            continue;
        }
        p++;
        switch (*p) {
        case 'n': buf_addc(&out, '\n'); p++; break;
        case 'r': buf_addc(&out, '\r'); p++; break;
        case 't': buf_addc(&out, '\t'); p++; break;
        case '"': case '\'': case '\\': buf_addc(&out, *p++); break;
        case 'u': case 'U': p = unescape_code(p, end, &out); break;
        default: buf_addc(&out, '\\'); break;
        }
    }
    *ret = arena_str(ps->tree->arena, buf_str(&out));
    buf_release(&out);
    return p != NULL;
}

/* The literal at the opening quote. */
static bool parse_quoted(struct parser *ps, str *ret)
{
    const char *from = ++ps->p;
    bool escaped = false;
    while (ps->p < ps->end && *ps->p != '"') {
        if (*ps->p == '\\' && ps->p + 1 < ps->end) {
            escaped = true;
            ps->p++;
        }
        ps->p++;
    }
    if (ps->p >= ps->end) {
        ps->p = from - 1;
        error_set(ps->err, ERROR_SYNTAX, "the string has no closing quotation mark");
        place_error(ps, ps->p);
        return false;
    }
    *ret = (str){ from, (size_t)(ps->p - from) };
    ps->p++;
    if (escaped && !unescape(ps, *ret, ret)) {
        error_set(ps->err, ERROR_SYNTAX, "the string has an escape that is no character");
        error_hint(ps->err, "write \\u and four hexadecimal digits, or \\U and six");
        place_error(ps, from);
        return false;
    }
    return true;
}

static struct feel_node *parse_string(struct parser *ps)
{
    uint32_t from = here(ps);
    str text;
    if (!parse_quoted(ps, &text)) {
        return NULL;
    }
    struct feel_node *n = node_from(ps, NODE_CONSTANT, from);
    n->value = feel_string(text);
    return n;
}

/* @"…" */
static struct feel_node *parse_temporal(struct parser *ps)
{
    uint32_t from = here(ps);
    ps->p++;
    str text;
    if (peek(ps) != '"') {
        return expected(ps, "a string after @");
    }
    if (!parse_quoted(ps, &text)) {
        return NULL;
    }
    feel_value v = feel__temporal_from_text(text);
    if (v.kind == FEEL_NULL) {
        return feel__node_failure(ps->tree, FEEL_DIAG_BAD_LITERAL, text, from, here(ps));
    }
    struct feel_node *n = node_from(ps, NODE_TEMPORAL, from);
    n->value = v;
    n->text = text;
    return n;
}

/* ---- Names ---- */

/* The words from here on that no keyword ends, white space normalised: the name as somebody must have meant it when
 * no scope knows it. */
static str take_words(struct parser *ps)
{
    struct buf b = BUF_INIT(LIMIT_FEEL_SOURCE);
    uint32_t n = peek_word(ps);
    while (n > 0) {
        if (b.len > 0) {
            buf_addc(&b, ' ');
        }
        buf_add(&b, (str){ ps->p, n });
        ps->p += n;
        const char *after = ps->p;
        n = peek_word(ps);
        if (n > 0 && feel__is_keyword((str){ ps->p, n })) {
            n = 0;
        }
        ps->p = n == 0 ? after : ps->p;
    }
    str name = arena_str(ps->tree->arena, buf_str(&b));
    buf_release(&b);
    return name;
}

/* What a name at the present place refers to. */
struct reference {
    uint32_t length;         /* bytes of source; 0: nothing known */
    struct feel_decl *decl;  /* a variable, or */
    struct feel_decl *item;  /* an entry of this item, or */
    const struct feel_builtin *builtin;
    str name;
    const struct feel_type *type;
    uint32_t locals_beyond;  /* how many locals are outside of it */
};

static bool is_context_type(const struct feel_type *type)
{
    return type != NULL && type->kind == FEEL_TYPE_CONTEXT && type->count > 0;
}

/* The longest name at the present place; among equals the innermost. */
static struct reference resolve(struct parser *ps, uint32_t word)
{
    struct feel_tree *t = ps->tree;
    struct reference best = { .length = 0 };
    for (uint32_t i = t->local_count; i > 0; i--) {
        struct feel_decl *d = t->locals[i - 1];
        if (d->kind == DECL_ITEM && is_context_type(d->type)) {
            str name;
            const struct feel_type *type;
            uint32_t n = feel__match_field(d->type, ps->p, ps->end, &name, &type);
            if (n > best.length) {
                best = (struct reference){ .length = n, .item = d, .name = name, .type = type, .locals_beyond = i };
            }
        }
        if (d->pattern.len > 0 && d->pattern.ptr[0] == *ps->p) {
            const char *stop = feel__match_pattern(d->pattern, ps->p, ps->end);
            if (stop != NULL && (uint32_t)(stop - ps->p) > best.length) {
                /* "item" may be an entry of the item itself, which then comes first. */
                uint32_t beyond = d->kind == DECL_ITEM ? i - 1 : i;
                best = (struct reference){ .length = (uint32_t)(stop - ps->p), .decl = d, .locals_beyond = beyond };
            }
        }
    }
    struct feel_decl *outer = NULL;
    uint32_t n = feel__match_member(t->scope, ps->p, ps->end, word, &outer);
    if (n > best.length) {
        best = (struct reference){ .length = n, .decl = outer };
    }
    const struct feel_builtin *builtin = NULL;
    n = feel__match_builtin(ps->p, ps->end, word, &builtin);
    if (n > best.length) {
        best = (struct reference){ .length = n, .builtin = builtin };
    }
    return best;
}

static bool is_open_type(const struct feel_type *type)
{
    return type == NULL || type->kind == FEEL_TYPE_ANY || (type->kind == FEEL_TYPE_CONTEXT && type->count == 0);
}

static bool is_no_other_type(const struct feel_type *type)
{
    return is_open_type(type) || type->kind == FEEL_TYPE_CONTEXT;
}

/* An item between here and the binding may have an entry of that name, which then comes first. Whether it may is a
 * question to its type. */
static struct feel_node *wrap_items(struct parser *ps, struct feel_node *inner, str name, uint32_t beyond,
                                    bool (*may_have)(const struct feel_type *))
{
    struct feel_tree *t = ps->tree;
    for (uint32_t i = beyond; i < t->local_count; i++) {
        struct feel_decl *d = t->locals[i];
        if (d->kind == DECL_ITEM && may_have(d->type)) {
            struct feel_node *n = feel__node(t, NODE_ITEM_NAME, inner->from, inner->to);
            n->decl = d;
            d->used = true;
            n->text = name;
            n->a = inner;
            inner = feel__close(t, n);
        }
    }
    return inner;
}

static struct feel_node *builtin_node(struct parser *ps, const struct feel_builtin *builtin, uint32_t from)
{
    struct feel_node *n = node_from(ps, NODE_BUILTIN, from);
    n->builtin = builtin;
    return n;
}

/* A name of an import: "import.name". */
static struct feel_node *parse_member(struct parser *ps, const struct feel_decl *space, uint32_t from)
{
    if (!take(ps, '.')) {
        return feel__node_failure(ps->tree, FEEL_DIAG_UNKNOWN_NAME, space->name, from, here(ps));
    }
    uint32_t word = peek_word(ps);
    struct feel_decl *d = NULL;
    uint32_t n = word == 0 ? 0 : feel__match_member(space->members, ps->p, ps->end, word, &d);
    if (n == 0) {
        str name = take_words(ps);
        return name.len == 0 ? expected(ps, "a name")
                             : feel__node_failure(ps->tree, FEEL_DIAG_UNKNOWN_NAME, name, from, here(ps));
    }
    ps->p += n;
    if (d->kind == DECL_NAMESPACE) {
        return parse_member(ps, d, from);
    }
    return feel__node_name(ps->tree, d, from, here(ps));
}

static bool word_follows(struct parser *ps)
{
    const char *p = feel__skip_space(ps->p, ps->end);
    uint32_t n = feel__word(p, ps->end);
    return n > 0 && !feel__is_keyword((str){ p, n });
}

static struct feel_node *unknown_name(struct parser *ps, uint32_t from)
{
    struct feel_tree *t = ps->tree;
    str name = take_words(ps);
    bool in_item = false;
    for (uint32_t i = 0; i < t->local_count; i++) {
        const struct feel_decl *d = t->locals[i];
        in_item |= d->kind == DECL_ITEM && !is_context_type(d->type);
    }
    struct feel_node *n = node_from(ps, NODE_FAILURE, from);
    n->op = FEEL_DIAG_UNKNOWN_NAME;
    n->text = name;
    if (!in_item) {
        feel__problem(t, FEEL_DIAG_UNKNOWN_NAME, name, from, here(ps));
    }
    return wrap_items(ps, n, name, 0, is_no_other_type);
}

static struct feel_node *parse_name(struct parser *ps, uint32_t word)
{
    uint32_t from = here(ps);
    struct reference r = resolve(ps, word);
    const char *start = ps->p;
    ps->p += r.length;
    if (r.length == 0 || (word_follows(ps) && r.builtin == NULL)) {
        ps->p = start;
        return unknown_name(ps, from);
    }
    if (r.builtin != NULL) {
        struct feel_node *n = builtin_node(ps, r.builtin, from);
        return wrap_items(ps, n, r.builtin->name, 0, is_open_type);
    }
    if (r.item != NULL) {
        struct feel_node *n = node_from(ps, NODE_ITEM_NAME, from);
        n->decl = r.item;
        r.item->used = true;
        n->text = r.name;
        n->type = r.type;
        return wrap_items(ps, n, r.name, r.locals_beyond, is_open_type);
    }
    if (r.decl->kind == DECL_NAMESPACE) {
        return parse_member(ps, r.decl, from);
    }
    struct feel_node *n = feel__node_name(ps->tree, r.decl, from, here(ps));
    return wrap_items(ps, n, r.decl->name, r.locals_beyond, is_open_type);
}

/* `quoted by backticks`: exactly this name. */
static bool take_backticks(struct parser *ps, str *ret)
{
    const char *from = ++ps->p;
    while (ps->p < ps->end && *ps->p != '`') {
        ps->p++;
    }
    if (ps->p >= ps->end || ps->p == from) {
        expected(ps, ps->p == from ? "a name" : "a closing backtick");
        return false;
    }
    *ret = arena_str(ps->tree->arena, (str){ from, (size_t)(ps->p - from) });
    ps->p++;
    return true;
}

static struct feel_node *parse_backtick(struct parser *ps)
{
    uint32_t from = here(ps);
    str name;
    if (!take_backticks(ps, &name)) {
        return NULL;
    }
    struct feel_node *n = feel_tree_name(ps->tree, name);
    n->from = from;
    n->to = here(ps);
    return wrap_items(ps, n, name, 0, is_open_type);
}

/* ---- Types ---- */

static const struct feel_type *parse_type(struct parser *ps);

static struct feel_type *new_type(struct parser *ps, enum feel_type_kind kind)
{
    struct feel_type *type = ARENA_NEW(ps->tree->arena, struct feel_type);
    type->kind = kind;
    return type;
}

static const struct feel_type *parse_element_type(struct parser *ps, enum feel_type_kind kind)
{
    struct feel_type *type = new_type(ps, kind);
    type->element = parse_type(ps);
    if (type->element == NULL) {
        return NULL;
    }
    return take(ps, '>') ? type : expected(ps, "\">\"");
}

/* The fields of context<…>, or the parameters of function<…>, after "<". */
static const struct feel_type *parse_fields(struct parser *ps, bool named, struct feel_type *type)
{
    struct feel_field *fields = NULL;
    uint32_t size = 0;
    while (peek(ps) != '>' || type->count > 0) {
        struct feel_field f = { .name = STR("") };
        if (named) {
            f.name = take_words(ps);
            if (f.name.len == 0 || !take(ps, ':')) {
                return expected(ps, "a name and \":\"");
            }
        }
        f.type = parse_type(ps);
        if (f.type == NULL) {
            return NULL;
        }
        if (type->count == size) {
            size = size == 0 ? 4 : size * 2;
            fields = arena_grow(ps->tree->arena, fields, type->count * sizeof *fields, size * sizeof *fields);
        }
        fields[type->count++] = f;
        if (!take(ps, ',')) {
            break;
        }
    }
    type->fields = fields;
    return take(ps, '>') ? type : expected(ps, "\">\"");
}

static const struct feel_type *parse_function_type(struct parser *ps)
{
    struct feel_type *type = new_type(ps, FEEL_TYPE_FUNCTION);
    if (parse_fields(ps, false, type) == NULL) {
        return NULL;
    }
    if (take_pair(ps, "->")) {
        type->result = parse_type(ps);
        return type->result != NULL ? type : NULL;
    }
    return type;
}

static const struct feel_type *parse_type_inside(struct parser *ps)
{
    skip(ps);
    const struct feel_type *type = NULL;
    uint32_t n = feel__match_type(ps->tree->scope, ps->p, ps->end, &type);
    if (n == 0) {
        uint32_t from = here(ps);
        str name = take_words(ps);
        while (name.len > 0 && peek(ps) == '.') {
            ps->p++;
            take_words(ps);
        }
        if (name.len == 0) {
            return expected(ps, "a type");
        }
        feel__problem(ps->tree, FEEL_DIAG_UNKNOWN_NAME, (str){ ps->start + from, here(ps) - from }, from, here(ps));
        struct feel_type *unknown = new_type(ps, FEEL_TYPE_ANY);
        unknown->name = arena_str(ps->tree->arena, (str){ ps->start + from, here(ps) - from });
        return unknown;
    }
    ps->p += n;
    if (peek(ps) != '<' || type->name.len > 0) {
        return type;
    }
    switch (type->kind) {
    case FEEL_TYPE_LIST:
    case FEEL_TYPE_RANGE:
        ps->p++;
        return parse_element_type(ps, type->kind);
    case FEEL_TYPE_CONTEXT:
        ps->p++;
        return parse_fields(ps, true, new_type(ps, FEEL_TYPE_CONTEXT));
    case FEEL_TYPE_FUNCTION:
        ps->p++;
        return parse_function_type(ps);
    default:
        return type;
    }
}

static const struct feel_type *parse_type(struct parser *ps)
{
    if (++ps->depth > LIMIT_FEEL_SYNTAX_DEPTH) {
        return too_large(ps, "FEEL_SYNTAX_DEPTH", LIMIT_FEEL_SYNTAX_DEPTH);
    }
    const struct feel_type *type = parse_type_inside(ps);
    ps->depth--;
    return type;
}

/* ---- Boxed things in text ---- */

/* [ was taken; the items up to ]. */
static struct feel_node *parse_list_rest(struct parser *ps, uint32_t from, struct feel_node *first)
{
    struct nodes items = { 0 };
    if (first != NULL) {
        nodes_add(ps, &items, first);
    }
    while (first == NULL ? peek(ps) != ']' : take(ps, ',')) {
        first = parse_expression(ps);
        if (first == NULL) {
            return NULL;
        }
        nodes_add(ps, &items, first);
    }
    if (!take(ps, ']')) {
        return expected(ps, "\",\" or \"]\"");
    }
    struct feel_node *n = node_from(ps, NODE_LIST, from);
    n->list = items.ptr;
    n->count = items.count;
    return close_at(ps, n);
}

/* After start and "..": the end of the range and its bracket. */
static struct feel_node *parse_range_rest(struct parser *ps, uint32_t from, struct feel_node *start, bool included)
{
    bool outer = ps->in_range_end;
    ps->in_range_end = true;
    struct feel_node *end = parse_binary(ps, POWER_SUM);
    ps->in_range_end = outer;
    if (end == NULL) {
        return NULL;
    }
    char c = peek(ps);
    if (c != ')' && c != ']' && c != '[') {
        return expected(ps, "\")\", \"]\" or \"[\" at the end of the range");
    }
    ps->p++;
    struct feel_node *n = node_from(ps, NODE_RANGE, from);
    n->a = start;
    n->b = end;
    n->flags = (uint8_t)((included ? NODE_START_INCLUDED : 0) | (c == ']' ? NODE_END_INCLUDED : 0));
    return close_at(ps, n);
}

/* "(": an expression in parentheses, or a range. */
static struct feel_node *parse_parenthesis(struct parser *ps)
{
    uint32_t from = here(ps);
    ps->p++;
    struct feel_node *inner = parse_expression(ps);
    if (inner == NULL) {
        return NULL;
    }
    if (take_pair(ps, "..")) {
        return parse_range_rest(ps, from, inner, false);
    }
    return take(ps, ')') ? inner : expected(ps, "\")\"");
}

/* "[": a list, or a range. */
static struct feel_node *parse_bracket(struct parser *ps)
{
    uint32_t from = here(ps);
    ps->p++;
    if (peek(ps) == ']') {
        return parse_list_rest(ps, from, NULL);
    }
    struct feel_node *first = parse_expression(ps);
    if (first == NULL) {
        return NULL;
    }
    if (take_pair(ps, "..")) {
        return parse_range_rest(ps, from, first, true);
    }
    return parse_list_rest(ps, from, first);
}

/* "]": a range open at the start. */
static struct feel_node *parse_open_range(struct parser *ps)
{
    uint32_t from = here(ps);
    ps->p++;
    struct feel_node *start = parse_binary(ps, POWER_SUM);
    if (start == NULL) {
        return NULL;
    }
    return take_pair(ps, "..") ? parse_range_rest(ps, from, start, false) : expected(ps, "\"..\"");
}

/* The key of an entry: a string, or all up to ":". */
static bool parse_key(struct parser *ps, str *ret)
{
    if (peek(ps) == '"') {
        return parse_quoted(ps, ret);
    }
    const char *from = ps->p;
    while (ps->p < ps->end && *ps->p != ':' && *ps->p != ',' && *ps->p != '{' && *ps->p != '}' && *ps->p != '"') {
        ps->p++;
    }
    str key = str_trim((str){ from, (size_t)(ps->p - from) });
    if (key.len == 0 || feel__word(key.ptr, key.ptr + key.len) == 0) {
        ps->p = from;
        expected(ps, "the name of an entry");
        return false;
    }
    struct buf b = BUF_INIT(LIMIT_FEEL_SOURCE);
    for (size_t i = 0; i < key.len; i++) {
        bool space = key.ptr[i] == ' ' || (key.ptr[i] >= 9 && key.ptr[i] <= 13);
        if (!space || b.ptr[b.len - 1] != ' ') {
            buf_addc(&b, space ? ' ' : key.ptr[i]);
        }
    }
    *ret = arena_str(ps->tree->arena, buf_str(&b));
    buf_release(&b);
    return true;
}

/* The value of an entry. A function may call itself by the entry's name. */
static struct feel_node *parse_entry_value(struct parser *ps, str key)
{
    if (!at_keyword(ps, STR("function"))) {
        return parse_expression(ps);
    }
    struct feel_decl *self = feel_tree_declare(ps->tree, key, NULL);
    self->kind = DECL_SELF;
    struct feel_node *n = parse_expression(ps);
    feel_tree_forget(ps->tree, 1);
    if (n != NULL && n->kind == NODE_FUNCTION) {
        n->decl2 = self;
    }
    return n;
}

static bool is_duplicate(const struct decls *names, str key)
{
    for (uint32_t i = 0; i < names->count; i++) {
        if (str_eq(names->ptr[i]->name, key)) {
            return true;
        }
    }
    return false;
}

/* "{": a context. An entry may use those before it. */
static struct feel_node *parse_context(struct parser *ps)
{
    uint32_t from = here(ps);
    ps->p++;
    struct decls names = { 0 };
    struct nodes values = { 0 };
    bool duplicate = false;
    str key = STR("");
    while (peek(ps) != '}' || names.count > 0) {
        if (!parse_key(ps, &key) || !take(ps, ':')) {
            return expected(ps, "\":\" after the name of an entry");
        }
        struct feel_node *value = parse_entry_value(ps, key);
        if (value == NULL) {
            return NULL;
        }
        duplicate |= is_duplicate(&names, key);
        decls_add(ps, &names, feel_tree_declare(ps->tree, key, feel__node_type(ps->tree, value)));
        nodes_add(ps, &values, value);
        if (!take(ps, ',')) {
            break;
        }
    }
    feel_tree_forget(ps->tree, names.count);
    if (!take(ps, '}')) {
        return expected(ps, "\",\" or \"}\"");
    }
    if (duplicate) {
        return feel__node_failure(ps->tree, FEEL_DIAG_DUPLICATE_KEY, key, from, here(ps));
    }
    struct feel_node *n = node_from(ps, NODE_CONTEXT, from);
    n->decls = names.ptr;
    n->list = values.ptr;
    n->count = names.count;
    return close_at(ps, n);
}

/* ---- Functions ---- */

/* The parameters between parentheses, declared. */
static bool parse_parameters(struct parser *ps, struct decls *names)
{
    if (!take(ps, '(')) {
        expected(ps, "\"(\"");
        return false;
    }
    while (peek(ps) != ')' || names->count > 0) {
        str name = take_words(ps);
        if (name.len == 0) {
            expected(ps, "the name of a parameter");
            return false;
        }
        const struct feel_type *type = NULL;
        if (take(ps, ':') && (type = parse_type(ps)) == NULL) {
            return false;
        }
        decls_add(ps, names, feel_tree_declare(ps->tree, name, type));
        if (!take(ps, ',')) {
            break;
        }
    }
    if (!take(ps, ')')) {
        expected(ps, "\",\" or \")\"");
        return false;
    }
    return true;
}

/* The text entry `name` of a context literal. */
static str constant_entry(const struct feel_node *context, str name)
{
    for (uint32_t i = 0; context->kind == NODE_CONTEXT && i < context->count; i++) {
        const struct feel_node *v = context->list[i];
        if (v->kind == NODE_CONTEXT) {
            str found = constant_entry(v, name);
            if (found.len > 0) {
                return found;
            }
        }
        if (str_eq(context->decls[i]->name, name) && v->kind == NODE_CONSTANT && v->value.kind == FEEL_STRING) {
            return feel_str(v->value);
        }
    }
    return STR("");
}

struct feel_node *feel_tree_external(struct feel_tree *t, str class_name, str signature,
                                     struct feel_decl *const *parameters, uint32_t count)
{
    struct feel_node *n = feel__node(t, NODE_EXTERNAL, 0, 0);
    n->external = feel_external_find(class_name, signature);
    n->text = arena_printf(t->arena, "%.*s.%.*s", STR_ARG(class_name), STR_ARG(signature));
    n->b = feel_tree_constant(t, feel_string(arena_str(t->arena, class_name)));
    n->c = feel_tree_constant(t, feel_string(arena_str(t->arena, signature)));
    n->list = arena_alloc(t->arena, count * sizeof *n->list);
    n->count = count;
    for (uint32_t i = 0; i < count; i++) {
        n->list[i] = feel__node_name(t, parameters[i], 0, 0);
    }
    return feel__close(t, n);
}

static struct feel_node *parse_function(struct parser *ps)
{
    uint32_t from = here(ps);
    ps->p += strlen("function");
    struct decls names = { 0 };
    if (!parse_parameters(ps, &names)) {
        return NULL;
    }
    bool external = take_keyword(ps, STR("external"));
    struct feel_node *body = parse_expression(ps);
    if (body == NULL) {
        return NULL;
    }
    if (external) {
        body = feel_tree_external(ps->tree, constant_entry(body, STR("class")),
                                  constant_entry(body, STR("method signature")), names.ptr, names.count);
    }
    feel_tree_forget(ps->tree, names.count);
    struct feel_node *n = node_from(ps, NODE_FUNCTION, from);
    n->decls = names.ptr;
    n->count = names.count;
    n->a = body;
    return close_at(ps, n);
}

/* ---- if, for, some, every ---- */

static struct feel_node *parse_if(struct parser *ps)
{
    uint32_t from = here(ps);
    ps->p += 2;
    struct feel_node *condition = parse_expression(ps);
    if (condition == NULL || !take_keyword(ps, STR("then"))) {
        return expected(ps, "\"then\"");
    }
    struct feel_node *yes = parse_expression(ps);
    if (yes == NULL || !take_keyword(ps, STR("else"))) {
        return expected(ps, "\"else\"");
    }
    struct feel_node *no = parse_expression(ps);
    if (no == NULL) {
        return NULL;
    }
    struct feel_node *n = node_from(ps, NODE_IF, from);
    n->a = condition;
    n->b = yes;
    n->c = no;
    return close_at(ps, n);
}

/* What a loop runs over: a list, or a range without brackets, which may run downwards. */
static struct feel_node *parse_domain(struct parser *ps)
{
    uint32_t from = (skip(ps), here(ps));
    struct feel_node *domain = parse_expression(ps);
    if (domain == NULL || !take_pair(ps, "..")) {
        return domain;
    }
    struct feel_node *end = parse_expression(ps);
    if (end == NULL) {
        return NULL;
    }
    struct feel_node *n = node_from(ps, NODE_RANGE, from);
    n->a = domain;
    n->b = end;
    n->flags = NODE_START_INCLUDED | NODE_END_INCLUDED | NODE_LOOP_RANGE;
    return close_at(ps, n);
}

/* name in domain; declares the name. */
static struct feel_node *parse_iterator(struct parser *ps, struct decls *names)
{
    str name = at_keyword(ps, STR("in")) ? STR("") : take_words(ps);
    if (name.len == 0 || !take_keyword(ps, STR("in"))) {
        return expected(ps, "a name and \"in\"");
    }
    struct feel_node *domain = parse_domain(ps);
    if (domain == NULL) {
        return NULL;
    }
    const struct feel_type *type = feel__node_type(ps->tree, domain);
    bool list = type != NULL && (type->kind == FEEL_TYPE_LIST || type->kind == FEEL_TYPE_RANGE);
    decls_add(ps, names, feel_tree_declare(ps->tree, name, list ? type->element : NULL));
    return domain;
}

/* "for x in a, y in b return e" is a loop of y inside a loop of x; the inner ones add to the results of the first. */
static struct feel_node *parse_loop(struct parser *ps, enum feel_loop kind)
{
    uint32_t from = here(ps);
    ps->p += peek_word(ps);
    struct decls names = { 0 };
    struct nodes domains = { 0 };
    do {
        struct feel_node *domain = parse_iterator(ps, &names);
        if (domain == NULL) {
            return NULL;
        }
        nodes_add(ps, &domains, domain);
    } while (take(ps, ','));
    if (!take_keyword(ps, kind == FEEL_FOR ? STR("return") : STR("satisfies"))) {
        return expected(ps, kind == FEEL_FOR ? "\",\" or \"return\"" : "\",\" or \"satisfies\"");
    }
    struct feel_decl *partial = NULL;
    if (kind == FEEL_FOR) {
        partial = feel_tree_declare(ps->tree, STR("partial"), NULL);
        partial->kind = DECL_PARTIAL;
    }
    struct feel_node *n = parse_expression(ps);
    feel_tree_forget(ps->tree, names.count + (partial != NULL));
    for (uint32_t i = domains.count; n != NULL && i > 0; i--) {
        struct feel_node *loop = node_from(ps, NODE_LOOP, from);
        loop->op = (uint8_t)kind;
        loop->flags = i > 1 ? NODE_INNER_LOOP : 0;
        loop->decl = names.ptr[i - 1];
        loop->decl2 = i == 1 ? partial : NULL;
        loop->a = domains.ptr[i - 1];
        loop->b = n;
        n = close_at(ps, loop);
    }
    return n;
}

/* ---- Tests ---- */

static int comparison_at(const struct parser *ps, uint32_t *ret_length)
{
    char c = ps->p < ps->end ? *ps->p : '\0', d = peek_second(ps);
    *ret_length = d == '=' && c != '=' ? 2 : 1;
    switch (c) {
    case '<': return d == '=' ? FEEL_LE : FEEL_LT;
    case '>': return d == '=' ? FEEL_GE : FEEL_GT;
    case '=': return FEEL_EQ;
    case '!': return d == '=' ? FEEL_NE : -1;
    default: return -1;
    }
}

/* < e, >= e, = e …: a range, or as a test the comparison with its input. */
static struct feel_node *parse_comparison(struct parser *ps, int op, uint32_t length)
{
    uint32_t from = here(ps);
    ps->p += length;
    struct feel_node *operand = parse_binary(ps, POWER_SUM);
    if (operand == NULL) {
        return NULL;
    }
    struct feel_node *n = node_from(ps, NODE_COMPARISON, from);
    n->op = (uint8_t)op;
    n->a = operand;
    return close_at(ps, n);
}

/* One test; whether it names the input decides how its value is used. */
static struct feel_node *parse_test(struct parser *ps, struct feel_decl *input, int power)
{
    input->used = false;
    struct feel_node *n = power == 0 ? parse_expression(ps) : parse_binary(ps, power);
    if (n != NULL && input->used) {
        n->flags |= NODE_USES_INPUT;
    }
    return n;
}

/* Tests with commas between them, up to but not including what ends them. */
static bool parse_test_list(struct parser *ps, struct nodes *tests, struct feel_decl *input)
{
    do {
        struct feel_node *n = parse_test(ps, input, 0);
        if (n == NULL) {
            return false;
        }
        nodes_add(ps, tests, n);
    } while (take(ps, ','));
    return true;
}

/* After "in": one test, or several in parentheses. "?" in them is the value on the left. */
static struct feel_node *parse_in(struct parser *ps, struct feel_node *left)
{
    struct nodes tests = { 0 };
    struct feel_decl *input = feel_tree_declare(ps->tree, STR("?"), left->type);
    const char *start = (skip(ps), ps->p);
    bool fine;
    if (take(ps, '(')) {
        fine = parse_test_list(ps, &tests, input);
        if (fine && tests.count == 1 && peek(ps) == '.') {
            /* It was a range: (1..5]. */
            ps->p = start;
            tests.count = 0;
            struct feel_node *range = parse_test(ps, input, POWER_SUM);
            fine = range != NULL;
            nodes_add(ps, &tests, range);
        } else if (fine && !take(ps, ')')) {
            fine = expected(ps, "\",\" or \")\"") != NULL;
        }
    } else {
        struct feel_node *n = parse_test(ps, input, POWER_SUM);
        fine = n != NULL;
        nodes_add(ps, &tests, n);
    }
    feel_tree_forget(ps->tree, 1);
    if (!fine) {
        return NULL;
    }
    struct feel_node *n = node_from(ps, NODE_IN, left->from);
    n->a = left;
    n->decl = input;
    n->list = tests.ptr;
    n->count = tests.count;
    return close_at(ps, n);
}

/* ---- Primary expressions and what follows them ---- */

static struct feel_node *parse_keyword_or_name(struct parser *ps, uint32_t word)
{
    str w = { ps->p, word };
    struct reference r = { .length = 0 };
    if (feel__is_keyword(w)) {
        r = resolve(ps, word); /* a declared name may begin with a keyword */
    }
    if (r.length <= word && r.decl == NULL && r.item == NULL) {
        uint32_t from = here(ps);
        if (str_eq(w, STR("true")) || str_eq(w, STR("false"))) {
            ps->p += word;
            struct feel_node *n = node_from(ps, NODE_CONSTANT, from);
            n->value = feel_boolean(word == 4);
            return n;
        }
        if (str_eq(w, STR("null"))) {
            ps->p += word;
            return node_from(ps, NODE_CONSTANT, from);
        }
        if (str_eq(w, STR("if"))) {
            return parse_if(ps);
        }
        if (str_eq(w, STR("for"))) {
            return parse_loop(ps, FEEL_FOR);
        }
        if (str_eq(w, STR("some")) || str_eq(w, STR("every"))) {
            return parse_loop(ps, w.ptr[0] == 's' ? FEEL_SOME : FEEL_EVERY);
        }
        if (str_eq(w, STR("function"))) {
            return parse_function(ps);
        }
        if (feel__is_keyword(w)) {
            return expected(ps, "an expression");
        }
    }
    return parse_name(ps, word);
}

static struct feel_node *parse_primary(struct parser *ps)
{
    char c = peek(ps);
    uint32_t length;
    int op;
    switch (c) {
    case '0' ... '9':
        return parse_number(ps);
    case '.':
        return peek_second(ps) >= '0' && peek_second(ps) <= '9' ? parse_number(ps) : expected(ps, "an expression");
    case '"':
        return parse_string(ps);
    case '@':
        return parse_temporal(ps);
    case '(':
        return parse_parenthesis(ps);
    case '[':
        return parse_bracket(ps);
    case ']':
        return parse_open_range(ps);
    case '{':
        return parse_context(ps);
    case '`':
        return parse_backtick(ps);
    default:
        break;
    }
    op = comparison_at(ps, &length);
    if (op >= 0) {
        return parse_comparison(ps, op, length);
    }
    uint32_t word = feel__word(ps->p, ps->end);
    return word > 0 ? parse_keyword_or_name(ps, word) : expected(ps, "an expression");
}

/* After ".": an entry of the type that is known, or the words that stand there. */
static struct feel_node *parse_path(struct parser *ps, struct feel_node *left)
{
    const struct feel_type *type = feel__node_type(ps->tree, left), *found = NULL;
    while (type != NULL && type->kind == FEEL_TYPE_LIST) {
        type = type->element;
    }
    str name = STR("");
    skip(ps);
    const char *start = ps->p;
    if (ps->p < ps->end && *ps->p == '`') {
        if (!take_backticks(ps, &name)) {
            return NULL;
        }
    } else if (is_context_type(type)) {
        ps->p += feel__match_field(type, ps->p, ps->end, &name, &found);
        if (name.len > 0 && word_follows(ps)) {
            ps->p = start;
            name.len = 0;
        }
    }
    if (name.len == 0) {
        found = NULL;
        name = take_words(ps);
    }
    if (name.len == 0) {
        return expected(ps, "the name of an entry after \".\"");
    }
    struct feel_node *n = node_from(ps, NODE_PATH, left->from);
    n->a = left;
    n->text = name;
    n->type = found;
    return close_at(ps, n);
}

static struct feel_node *parse_filter(struct parser *ps, struct feel_node *left)
{
    struct feel_decl *item = feel_tree_declare_item(ps->tree, left);
    struct feel_node *predicate = parse_expression(ps);
    feel_tree_forget(ps->tree, 1);
    if (predicate == NULL || !take(ps, ']')) {
        return expected(ps, "\"]\"");
    }
    struct feel_node *n = node_from(ps, NODE_FILTER, left->from);
    n->a = left;
    n->decl = item;
    n->b = predicate;
    return close_at(ps, n);
}

/* The parameter name of a named argument at the present place, if ":" follows it. */
static bool parse_argument_name(struct parser *ps, str *ret)
{
    const char *start = (skip(ps), ps->p), *p = start;
    if (feel__word(p, ps->end) == 0) {
        return false;
    }
    while (p < ps->end && (*p == ' ' || *p == '-' || *p == '+' || *p == '*' || *p == '\'' || *p == '.' ||
                           (*p >= '0' && *p <= '9') || feel__word(p, ps->end) > 0)) {
        p++;
    }
    p = feel__skip_space(p, ps->end);
    if (p >= ps->end || *p != ':') {
        return false;
    }
    ps->p = p + 1;
    *ret = feel__name_pattern(ps->tree->arena, (str){ start, (size_t)(p - start) });
    return true;
}

static struct feel_node *parse_call(struct parser *ps, struct feel_node *function)
{
    struct nodes args = { 0 };
    str *names = NULL;
    uint32_t named = 0;
    while (peek(ps) != ')' || args.count > 0) {
        str name = STR("");
        bool has_name = parse_argument_name(ps, &name);
        if (has_name) {
            names = arena_grow(ps->tree->arena, names, named * sizeof *names, (named + 1) * sizeof *names);
            names[named++] = name;
        }
        struct feel_node *arg = parse_expression(ps);
        if (arg == NULL) {
            return NULL;
        }
        nodes_add(ps, &args, arg);
        if (named != 0 && named != args.count) {
            return expected(ps, "a name and \":\" before each argument, or before none");
        }
        if (!take(ps, ',')) {
            break;
        }
    }
    if (!take(ps, ')')) {
        return expected(ps, "\",\" or \")\"");
    }
    struct feel_node *n = node_from(ps, NODE_CALL, function->from);
    n->a = function;
    n->list = args.ptr;
    n->count = args.count;
    n->names = names;
    return close_at(ps, n);
}

static struct feel_node *parse_instance(struct parser *ps, struct feel_node *left)
{
    const char *from = ps->p;
    const struct feel_type *type = parse_type(ps);
    if (type == NULL) {
        return NULL;
    }
    struct feel_node *n = node_from(ps, NODE_INSTANCE, left->from);
    n->a = left;
    n->type = type;
    n->text = str_trim((str){ from, (size_t)(ps->p - from) });
    return close_at(ps, n);
}

/* True and past the words when "instance of" stands here. */
static bool take_instance_of(struct parser *ps)
{
    const char *start = ps->p;
    if (take_keyword(ps, STR("instance")) && take_keyword(ps, STR("of"))) {
        return true;
    }
    ps->p = start;
    return false;
}

/* In "[1..5[" the last bracket ends the range: nobody filters a literal. */
static bool closes_range(const struct parser *ps, const struct feel_node *n)
{
    return ps->in_range_end && (n->kind == NODE_CONSTANT || n->kind == NODE_TEMPORAL);
}

static struct feel_node *parse_postfix(struct parser *ps)
{
    struct feel_node *n = parse_primary(ps);
    while (n != NULL) {
        char c = peek(ps);
        if (c == '.' && peek_second(ps) != '.') {
            ps->p++;
            n = parse_path(ps, n);
        } else if (c == '[' && closes_range(ps, n)) {
            break;
        } else if (c == '[') {
            ps->p++;
            n = parse_filter(ps, n);
        } else if (c == '(') {
            ps->p++;
            n = parse_call(ps, n);
        } else if (c == 'i' && take_instance_of(ps)) {
            n = parse_instance(ps, n);
        } else {
            break;
        }
        if (ps->tree->too_large) {
            return tree_too_large(ps);
        }
    }
    return n;
}

static struct feel_node *parse_unary(struct parser *ps)
{
    if (peek(ps) != '-') {
        return parse_postfix(ps);
    }
    uint32_t from = here(ps);
    ps->p++;
    if (++ps->depth > LIMIT_FEEL_SYNTAX_DEPTH) {
        return too_large(ps, "FEEL_SYNTAX_DEPTH", LIMIT_FEEL_SYNTAX_DEPTH);
    }
    struct feel_node *operand = parse_unary(ps);
    ps->depth--;
    if (operand == NULL) {
        return NULL;
    }
    struct feel_node *n = node_from(ps, NODE_NEGATE, from);
    n->a = operand;
    return close_at(ps, n);
}

/* ---- Operators ---- */

struct operator {
    int power;
    enum feel_node_kind kind;
    int op;
    uint32_t length;
};

/* The operator at the present place; power 0 when there is none. */
static struct operator operator_at(struct parser *ps)
{
    char c = peek(ps);
    uint32_t length;
    switch (c) {
    case '+':
        return (struct operator){ POWER_SUM, NODE_BINARY, FEEL_ADD, 1 };
    case '-':
        return (struct operator){ POWER_SUM, NODE_BINARY, FEEL_SUB, 1 };
    case '*':
        return peek_second(ps) == '*' ? (struct operator){ POWER_EXPONENT, NODE_BINARY, FEEL_POW, 2 }
                                      : (struct operator){ POWER_PRODUCT, NODE_BINARY, FEEL_MUL, 1 };
    case '/':
        return (struct operator){ POWER_PRODUCT, NODE_BINARY, FEEL_DIV, 1 };
    case '<':
    case '>':
    case '=':
    case '!': {
        int op = comparison_at(ps, &length);
        return op >= 0 ? (struct operator){ POWER_COMPARISON, NODE_BINARY, op, length } : (struct operator){ 0 };
    }
    case 'a':
        return at_keyword(ps, STR("and")) ? (struct operator){ POWER_AND, NODE_AND, 0, 3 } : (struct operator){ 0 };
    case 'o':
        return at_keyword(ps, STR("or")) ? (struct operator){ POWER_OR, NODE_OR, 0, 2 } : (struct operator){ 0 };
    case 'b':
        return at_keyword(ps, STR("between")) ? (struct operator){ POWER_COMPARISON, NODE_BETWEEN, 0, 7 }
                                              : (struct operator){ 0 };
    case 'i':
        return at_keyword(ps, STR("in")) ? (struct operator){ POWER_COMPARISON, NODE_IN, 0, 2 }
                                         : (struct operator){ 0 };
    default:
        return (struct operator){ 0 };
    }
}

static struct feel_node *parse_between(struct parser *ps, struct feel_node *left)
{
    struct feel_node *low = parse_binary(ps, POWER_SUM);
    if (low == NULL || !take_keyword(ps, STR("and"))) {
        return expected(ps, "\"and\"");
    }
    struct feel_node *high = parse_binary(ps, POWER_SUM);
    if (high == NULL) {
        return NULL;
    }
    struct feel_node *n = node_from(ps, NODE_BETWEEN, left->from);
    n->a = left;
    n->b = low;
    n->c = high;
    return close_at(ps, n);
}

static struct feel_node *parse_operator(struct parser *ps, struct operator o, struct feel_node *left)
{
    if (o.kind == NODE_BETWEEN) {
        return parse_between(ps, left);
    }
    if (o.kind == NODE_IN) {
        return parse_in(ps, left);
    }
    uint32_t length;
    skip(ps);
    if (comparison_at(ps, &length) >= 0) {
        return expected(ps, "an expression"); /* no "==", no "<>": (< 10) stands in parentheses */
    }
    struct feel_node *right = parse_binary(ps, o.power + 1);
    if (right == NULL) {
        return NULL;
    }
    struct feel_node *n = node_from(ps, o.kind, left->from);
    n->op = (uint8_t)o.op;
    n->a = left;
    n->b = right;
    return close_at(ps, n);
}

/* An expression of operators that bind at least as tightly as `power`; all are left-associative. */
static struct feel_node *parse_binary(struct parser *ps, int power)
{
    struct feel_node *left = parse_unary(ps);
    while (left != NULL) {
        struct operator o = operator_at(ps);
        if (o.power < power || o.power == 0) {
            return left;
        }
        ps->p += o.length;
        left = parse_operator(ps, o, left);
        if (ps->tree->too_large) {
            return tree_too_large(ps);
        }
    }
    return NULL;
}

static struct feel_node *parse_expression(struct parser *ps)
{
    if (++ps->depth > LIMIT_FEEL_SYNTAX_DEPTH) {
        return too_large(ps, "FEEL_SYNTAX_DEPTH", LIMIT_FEEL_SYNTAX_DEPTH);
    }
    bool outer = ps->in_range_end;
    ps->in_range_end = false;
    struct feel_node *n = parse_binary(ps, POWER_OR);
    ps->in_range_end = outer;
    ps->depth--;
    return n;
}

/* ---- The whole text ---- */

static enum error_code start(struct parser *ps, struct feel_tree *t, str source, struct error *err)
{
    err->code = OK;
    *ps = (struct parser){ .tree = t, .start = source.ptr, .p = source.ptr, .err = err };
    ps->end = source.ptr + source.len;
    struct feel_source *s = ARENA_NEW(t->arena, struct feel_source);
    *s = (struct feel_source){ .text = source, .origin = t->origin, .origin_line = t->origin_line };
    t->source = s;
    if (source.len > LIMIT_FEEL_SOURCE) {
        too_large(ps, "FEEL_SOURCE", LIMIT_FEEL_SOURCE);
    } else if (!utf8_valid(source)) {
        error_set(err, ERROR_SYNTAX, "the expression is not valid UTF-8");
    }
    return err->code;
}

/* Nothing may follow. */
static enum error_code finish(struct parser *ps, struct feel_node *n, struct feel_node **ret)
{
    if (n != NULL && peek(ps) != '\0') {
        expected(ps, "the end of the expression");
    } else if (n != NULL && ps->p < ps->end) {
        expected(ps, "the end of the expression");
    }
    if (ps->err->code == OK) {
        *ret = n;
    }
    return ps->err->code;
}

enum error_code feel__parse(struct feel_tree *t, str source, struct feel_node **ret, struct error *err)
{
    struct parser ps;
    if (start(&ps, t, source, err) != OK) {
        return err->code;
    }
    return finish(&ps, parse_expression(&ps), ret);
}

/* True and past "not(" when the tests are negated as a whole. */
static bool take_not(struct parser *ps)
{
    const char *begin = ps->p;
    if (take_keyword(ps, STR("not")) && take(ps, '(')) {
        return true;
    }
    ps->p = begin;
    return false;
}

static struct feel_node *tests_node(struct parser *ps, uint32_t from, const struct nodes *tests, bool negated,
                                    struct feel_decl *input)
{
    struct feel_node *n = node_from(ps, NODE_TESTS, from);
    n->decl = input;
    n->list = tests->ptr;
    n->count = tests->count;
    n->flags = negated ? NODE_NEGATED : 0;
    return close_at(ps, n);
}

/* not(…) around all tests; NULL without error when it turns out to be an expression such as not(?) and x. */
static struct feel_node *parse_negated_tests(struct parser *ps, struct feel_decl *input)
{
    const char *begin = ps->p;
    struct nodes tests = { 0 };
    if (take_not(ps)) {
        bool fine = parse_test_list(ps, &tests, input) && take(ps, ')') && peek(ps) == '\0' && ps->p == ps->end;
        if (fine) {
            return tests_node(ps, 0, &tests, true, input);
        }
        *ps->err = (struct error){ .lang = ps->err->lang, .code = OK };
    }
    ps->p = begin;
    return NULL;
}

enum error_code feel__parse_tests(struct feel_tree *t, str source, struct feel_decl *input, struct feel_node **ret,
                                  struct error *err)
{
    struct parser ps;
    if (start(&ps, t, source, err) != OK) {
        return err->code;
    }
    str trimmed = str_trim(source);
    if (trimmed.len == 0 || str_eq(trimmed, STR("-"))) {
        *ret = NULL;
        return OK;
    }
    struct feel_node *n = parse_negated_tests(&ps, input);
    if (n == NULL) {
        struct nodes tests = { 0 };
        ps.depth = 0;
        n = parse_test_list(&ps, &tests, input) ? tests_node(&ps, 0, &tests, false, input) : NULL;
    }
    return finish(&ps, n, ret);
}
