/* template: see template.h. */
#include "web/template.h"

#include "base/limit.h"

static const struct node *in_scopes(const struct template_scope *s, str name)
{
    for (; s != NULL; s = s->outer) {
        const struct node *n = node_member(s->node, name);
        if (n != NULL) {
            return n;
        }
    }
    return NULL;
}

const struct node *template_get(const struct template_scope *s, const char *path)
{
    if (strcmp(path, ".") == 0) {
        return s->node;
    }
    bool own = path[0] == '.';
    path += own;
    size_t n = strcspn(path, ".");
    str first = { path, n };
    const struct node *found = own ? node_member(s->node, first) : in_scopes(s, first);
    while (found != NULL && path[n] == '.') {
        path += n + 1;
        n = strcspn(path, ".");
        found = node_member(found, (str){ path, n });
    }
    return found;
}

void template_markup(struct template *t, const char *text, size_t size)
{
    buf_add(t->out, (str){ text, size });
}

static const struct {
    uint8_t size; /* 0: the byte stands for itself */
    char text[7];
} entities[256] = { ['&'] = { 5, "&amp;" },  ['<'] = { 4, "&lt;" },   ['>'] = { 4, "&gt;" },
                    ['"'] = { 6, "&quot;" }, ['\''] = { 5, "&#39;" }, ['\0'] = { 3, "\xEF\xBF\xBD" } };

static void escape(struct template *t, str text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (entities[c].size != 0) {
            buf_add(t->out, str_slice(text, from, i));
            buf_add(t->out, (str){ entities[c].text, entities[c].size });
            from = i + 1;
        }
    }
    buf_add(t->out, str_slice(text, from, text.len));
}

static str text_of(const struct node *n)
{
    return n == NULL ? STR("") : n->text;
}

void template_text(struct template *t, const struct node *n)
{
    escape(t, text_of(n));
}

static bool plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '~';
}

void template_part(struct template *t, const struct node *n)
{
    str part = text_of(n);
    size_t from = 0;
    for (size_t i = 0; i < part.len; i++) {
        if (!plain(part.ptr[i])) {
            buf_add(t->out, str_slice(part, from, i));
            buf_printf(t->out, "%%%02X", (unsigned char)part.ptr[i]);
            from = i + 1;
        }
    }
    buf_add(t->out, str_slice(part, from, part.len));
}

/* "//host" and "/\host" lead elsewhere. Control characters, which browsers take out before they look, are none of an
 * address of ours. */
static bool is_address(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] <= ' ') {
            return false;
        }
    }
    if (s.len > 0 && s.ptr[0] == '/') {
        return s.len == 1 || (s.ptr[1] != '/' && s.ptr[1] != '\\');
    }
    return (s.len > 0 && (s.ptr[0] == '?' || s.ptr[0] == '#')) || str_starts_with(s, STR("https://")) ||
           str_starts_with(s, STR("http://"));
}

void template_address(struct template *t, const struct node *n)
{
    str s = text_of(n);
    escape(t, is_address(s) ? s : STR("#"));
}

void template_say(struct template *t, const char *english, const struct node *const *values, size_t count)
{
    const char *text = lang_text(t->lang, english);
    size_t used = 0;
    for (const char *at = strstr(text, "%s"); at != NULL && used < count; at = strstr(text, "%s")) {
        escape(t, (str){ text, (size_t)(at - text) });
        template_text(t, values[used++]);
        text = at + 2;
    }
    escape(t, str_of(text));
}

void template_say_value(struct template *t, const struct node *n)
{
    enum { SENTENCE = 512 };
    char english[SENTENCE];
    str s = text_of(n);
    if (s.len >= sizeof english) {
        escape(t, s);
        return;
    }
    memcpy(english, s.ptr, s.len);
    english[s.len] = '\0';
    escape(t, str_of(lang_text(t->lang, english)));
}

bool template_is(const struct node *n, const char *literal, size_t size)
{
    return n != NULL && str_eq(n->text, (str){ literal, size });
}

const struct node *template_first(const struct node *n)
{
    return n != NULL && n->kind == JSON_ARRAY ? n->first : node_is_something(n) ? n : NULL;
}

const struct node *template_next(const struct node *list, const struct node *item)
{
    return list == item ? NULL : item->next;
}

void template_use(struct template *t, template_function *part, const struct template_scope *s)
{
    if (t->depth < LIMIT_WEB_TEMPLATE_DEPTH) {
        t->depth++;
        part(t, s);
        t->depth--;
    }
}

void template_put(struct template *t, const char *block, const struct template_scope *s)
{
    for (size_t i = 0; i < t->block_count; i++) {
        if (strcmp(t->blocks[i].name, block) == 0) {
            t->blocks[i].draw(t, s);
        }
    }
}
