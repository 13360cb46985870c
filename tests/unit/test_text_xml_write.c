/* What the XML writer writes is read back as it was; and what XML cannot hold is replaced. */
#include "text/xml_write.h"

#include "tap.h"
#include "text/xml.h"

static void check(const char *what, str text, str want)
{
    struct arena a = ARENA_INIT;
    struct buf b = BUF_INIT(4000);
    struct xml_writer w;
    struct error err = { .lang = LANG_EN };
    const struct xml_node *x;
    xml_writer_init(&w, &b, 2);
    xml_begin(&w, "a");
    xml_attribute(&w, "b", text);
    xml_text_element(&w, "c", text);
    xml_begin(&w, "d");
    xml_end(&w);
    xml_end(&w);
    if (ok(xml_parse(&a, STR("written"), buf_str(&b), &x, &err) == OK, "%s is well-formed", what)) {
        is_str(xml_attr(x, STR(""), STR("b")), want, "%s in an attribute", what);
        is_str(x->first_child->text, want, "%s in an element", what);
        is_int(x->first_child->next->attribute_count, 0, "%s: the next element is one of its own", what);
    }
    buf_release(&b);
    arena_release(&a);
}

int main(void)
{
    check("markup", STR("<a b=\"c\">&amp;'</a>]]>"), STR("<a b=\"c\">&amp;'</a>]]>"));
    check("white space", STR("a\tb\nc\rd  e"), STR("a\tb\nc\rd  e"));
    check("Chinese", STR("办理《决定书》😀"), STR("办理《决定书》😀"));
    check("control characters", STR("a\x01\0b\x1F"), STR("a\uFFFD\uFFFDb\uFFFD"));
    check("no character",
          STR("a\xEF\xBF\xBE"
              "b\xEF\xBF\xBF"
              "c\xEF\xBF\xBD"),
          STR("a\uFFFDb\uFFFDc\uFFFD"));
    check("no UTF-8",
          STR("a<\xFF\xC0"
              "b"),
          STR("a<\uFFFD\uFFFDb"));
    check("nothing", STR(""), STR(""));

    struct buf b = BUF_INIT(4000);
    struct xml_writer w;
    xml_writer_init(&w, &b, 2);
    xml_begin(&w, "a");
    xml_begin(&w, "b");
    xml_begin(&w, "c");
    xml_end(&w);
    xml_text(&w, STR("d"));
    xml_end(&w);
    xml_end(&w);
    is_str(buf_str(&b), STR("<a>\n<b><c/>d</b></a>"), "lines begin down to the depth that was asked for");
    buf_release(&b);
    return tap_done();
}
