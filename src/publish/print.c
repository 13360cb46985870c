/* print: the view on a screen as paper: the same table of which helper_sheet_rows makes a workbook. */
#include "publish/publish_int.h"

#include "base/limit.h"

static void write_columns(const struct publish_view *v, struct json_writer *w)
{
    json_key(w, STR("columns"));
    json_begin_array(w);
    for (uint32_t i = 0; i < v->table->column_count; i++) {
        const struct sheet_column *c = &v->table->columns[i];
        char share[16];
        struct buf b = BUF_INIT(sizeof share);
        json_begin_object(w);
        json_text_member(w, "title", c->title);
        json_text_member(w, "align", c->kind == TABLE_NUMBER ? STR("right") : STR("left"));
        if (c->width > 0) {
            buf_printf(&b, "%u", c->width);
            json_key(w, STR("width"));
            json_raw(w, buf_str(&b));
        }
        json_end_object(w);
        buf_release(&b);
    }
    json_end_array(w);
}

static void write_rows(const struct publish_view *v, struct json_writer *w)
{
    const str *cell = v->table->cells;
    json_key(w, STR("rows"));
    json_begin_array(w);
    for (uint32_t r = 0; r < v->table->row_count; r++) {
        json_begin_array(w);
        for (uint32_t c = 0; c < v->table->column_count; c++) {
            json_string(w, *cell++);
        }
        json_end_array(w);
    }
    json_end_array(w);
}

static void write_text_block(struct json_writer *w, const char *type, str text)
{
    json_begin_object(w);
    json_text_member(w, "type", str_of(type));
    json_text_member(w, "text", text);
    json_end_object(w);
}

enum error_code publish_view_request(const struct publish_view *v, struct buf *out, struct error *err)
{
    struct json_writer w;
    struct buf created = BUF_INIT(64);
    cal_datetime t;
    if (cal_datetime_from_utc(v->at / 1000000, 0, 8 * 3600, &t)) {
        cal_print_datetime(t, &created);
    }
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "title", v->title);
    json_text_member(&w, "created", buf_str(&created));
    json_text_member(&w, "language", v->lang == LANG_ZH ? STR("zh") : STR("en"));
    json_text_member(&w, "page", v->landscape ? STR("A4-landscape") : STR("A4"));
    json_text_member(&w, "header", v->header);
    json_key(&w, STR("blocks"));
    json_begin_array(&w);
    write_text_block(&w, "title", v->title);
    for (uint32_t i = 0; i < v->note_count; i++) {
        write_text_block(&w, "paragraph", v->notes[i]);
    }
    json_begin_object(&w);
    json_text_member(&w, "type", STR("table"));
    write_columns(v, &w);
    write_rows(v, &w);
    json_end_object(&w);
    json_end_array(&w);
    json_end_object(&w);
    buf_release(&created);
    return out->overflow ? error_set(err, ERROR_LIMIT, "the document is too large") : OK;
}
