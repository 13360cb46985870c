/* note: the comments of an annotated copy. See sheet_int.h. They are parts of their own behind the worksheet, so they
 * are kept while its rows are written: for each the line, the column and the length, uint32_t each, and the text. The
 * boxes in which spreadsheets show comments are drawn in VML (ECMA-376 part 4, 19). */
#include "sheet/sheet_int.h"

#include "text/utf8.h"

struct head {
    uint32_t line, column, length;
};

void sheet__keep_note(struct sheet__writer *w, uint32_t line, uint32_t column, str note)
{
    note.len = utf8_offset(note, LIMIT_SHEET_CELL);
    struct head head = { line, column, (uint32_t)note.len };
    if (w->note_count >= LIMIT_SHEET_NOTES || w->notes.max - w->notes.len < sizeof head + note.len) {
        return;
    }
    buf_add(&w->notes, (str){ (const char *)&head, sizeof head });
    buf_add(&w->notes, note);
    w->note_count++;
}

/* Takes the next note off the rest; false at the end. */
static bool next_note(str *rest, struct head *ret, str *ret_note)
{
    if (rest->len == 0) {
        return false;
    }
    memcpy(ret, rest->ptr, sizeof *ret);
    *ret_note = str_slice(*rest, sizeof *ret, sizeof *ret + ret->length);
    *rest = str_slice(*rest, sizeof *ret + ret->length, rest->len);
    return true;
}

static void write_comments(struct sheet__writer *w)
{
    struct head head;
    str note, rest = buf_str(&w->notes);
    sheet__begin_part(w, "xl/comments1.xml");
    buf_addz(&w->out, "<comments xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
                      "<authors><author></author></authors><commentList>");
    while (next_note(&rest, &head, &note)) {
        buf_addz(&w->out, "<comment ref=\"");
        sheet__put_place(&w->out, head.line, head.column);
        buf_addz(&w->out, "\" authorId=\"0\"><text><t xml:space=\"preserve\">");
        sheet__put_text(&w->out, note);
        buf_addz(&w->out, "</t></text></comment>");
        sheet__pass_on(w);
    }
    buf_addz(&w->out, "</commentList></comments>");
    sheet__end_part(w);
}

static void write_boxes(struct sheet__writer *w)
{
    struct head head;
    str note, rest = buf_str(&w->notes);
    sheet__begin_part(w, "xl/drawings/vmlDrawing1.vml");
    buf_addz(&w->out,
             "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" "
             "xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><o:shapelayout v:ext=\"edit\">"
             "<o:idmap v:ext=\"edit\" data=\"1\"/></o:shapelayout>"
             "<v:shapetype id=\"_x0000_t202\" coordsize=\"21600,21600\" o:spt=\"202\" "
             "path=\"m,l,21600r21600,l21600,xe\"><v:stroke joinstyle=\"miter\"/>"
             "<v:path gradientshapeok=\"t\" o:connecttype=\"rect\"/></v:shapetype>");
    for (uint32_t i = 1; next_note(&rest, &head, &note); i++) {
        buf_printf(&w->out,
                   "<v:shape id=\"_x0000_s%u\" type=\"#_x0000_t202\" style=\"position:absolute;"
                   "visibility:hidden\" fillcolor=\"#ffffe1\" o:insetmode=\"auto\"><v:fill color2=\"#ffffe1\"/>"
                   "<v:textbox/><x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/>"
                   "<x:Anchor>%u,15,%u,2,%u,15,%u,9</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>%u</x:Row>"
                   "<x:Column>%u</x:Column></x:ClientData></v:shape>",
                   1024 + i, head.column + 1, head.line - 1, head.column + 4, head.line + 3, head.line - 1,
                   head.column);
        sheet__pass_on(w);
    }
    buf_addz(&w->out, "</xml>");
    sheet__end_part(w);
}

void sheet__write_notes(struct sheet__writer *w)
{
    if (sheet__has_notes(w)) {
        write_comments(w);
        write_boxes(w);
    }
}
