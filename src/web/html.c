/* html: see html.h. */
#include "web/html.h"

void html_markup(struct html *h, struct html_markup m)
{
    buf_addz(h->out, m.text);
}

static const char *entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void html_text(struct html *h, str text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        const char *escaped = entity(text.ptr[i]);
        if (escaped != NULL) {
            buf_add(h->out, str_slice(text, from, i));
            buf_addz(h->out, escaped);
            from = i + 1;
        }
    }
    buf_add(h->out, str_slice(text, from, text.len));
}

void html_say(struct html *h, const char *english)
{
    html_text(h, str_of(lang_text(h->lang, english)));
}

void html_int(struct html *h, int64_t n)
{
    buf_printf(h->out, "%lld", (long long)n);
}

static bool plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.' || c == '~';
}

void html_address(struct html *h, str part)
{
    for (size_t i = 0; i < part.len; i++) {
        if (plain(part.ptr[i])) {
            buf_addc(h->out, part.ptr[i]);
        } else {
            buf_printf(h->out, "%%%02X", (unsigned char)part.ptr[i]);
        }
    }
}
