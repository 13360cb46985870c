/* feed: the latest notices as an Atom feed (RFC 4287). */
#include "web/web_int.h"

#include "base/limit.h"
#include "text/xml_write.h"

enum { ENTRIES = 50 };

static str instant(struct arena *a, int64_t micros)
{
    cal_datetime t;
    return !cal_datetime_from_utc(micros / 1000000, 0, 8 * 3600, &t)
               ? STR("1970-01-01T00:00:00+08:00")
               : arena_printf(a, "%04d-%02d-%02dT%02d:%02d:%02d+08:00", t.year, t.month, t.day, t.hour, t.minute,
                              t.second);
}

static void add_link(struct xml_writer *w, const char *rel, str address)
{
    xml_begin(w, "link");
    xml_attribute(w, "rel", str_of(rel));
    xml_attribute(w, "href", address);
    xml_end(w);
}

static void add_entry(struct web__call *c, struct xml_writer *w, const struct publish_notice *n)
{
    str address = arena_printf(c->arena, "%s/n/%lld", c->web->config.address, (long long)n->id);
    feel_value fields = feel_null();
    struct buf text = BUF_INIT(LIMIT_FORM_TEXT);
    if (feel_json_read(c->arena, n->fields, &fields, NULL) == OK && fields.kind == FEEL_LIST) {
        for (uint32_t i = 0; i < fields.count; i++) {
            str label = publish_label(fields.items[i]);
            str value = publish_shown(c->arena, feel_member(fields.items[i], "value"));
            buf_printf(&text, "%s%.*s: %.*s", i > 0 ? "\n" : "", STR_ARG(label), STR_ARG(value));
        }
    }
    xml_begin(w, "entry");
    xml_text_element(w, "id", address);
    xml_text_element(w, "title", n->title);
    xml_text_element(w, "updated", instant(c->arena, n->published));
    xml_text_element(w, "published", instant(c->arena, n->published));
    add_link(w, "alternate", address);
    xml_text_element(w, "summary", arena_str(c->arena, buf_str(&text)));
    xml_end(w);
    buf_release(&text);
}

static void write_feed(struct web__call *c, const struct publish_notice *rows, uint32_t count, struct buf *out)
{
    struct xml_writer w;
    const struct web_config *config = &c->web->config;
    str self = arena_printf(c->arena, "%s/notices.atom", config->address);
    str office = str_of(config->name != NULL ? config->name : lang_text(c->lang, "Public office"));
    buf_add(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    xml_writer_init(&w, out, 3);
    xml_begin(&w, "feed");
    xml_attribute(&w, "xmlns", STR("http://www.w3.org/2005/Atom"));
    xml_attribute(&w, "xml:lang", STR("zh-CN"));
    xml_text_element(&w, "id", self);
    xml_text_element(&w, "title", arena_printf(c->arena, "%.*s %s", STR_ARG(office), lang_text(c->lang, "Notices")));
    xml_text_element(&w, "updated", instant(c->arena, count > 0 ? rows[0].published : 0));
    xml_begin(&w, "author");
    xml_text_element(&w, "name", office);
    xml_end(&w);
    add_link(&w, "self", self);
    add_link(&w, "alternate", arena_printf(c->arena, "%s/notices", config->address));
    for (uint32_t i = 0; i < count; i++) {
        add_entry(c, &w, &rows[i]);
    }
    xml_end(&w);
    buf_addc(out, '\n');
}

void web__atom(struct web__call *c)
{
    struct publish_notice rows[ENTRIES];
    struct buf out = BUF_INIT(LIMIT_WEB_PAGE);
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    uint32_t count = publish_list(v, STR(""), INT64_MAX, ENTRIES, c->arena, rows);
    if (web__view_end(c, v)) {
        write_feed(c, rows, count, &out);
        http_may_cache(c->r);
        web__send_public(c, 200, "application/atom+xml; charset=utf-8", &out);
    }
}
