/* refusal: an error on its way from the helper program to the caller. What comes from there is not trusted: it may
 * have been taken over by what it read. So it is parsed within the limits of JSON and cut to the sizes of the object.
 */
#include "helper/helper_int.h"

#include "text/json.h"
#include "text/json_write.h"

#include <stdio.h>

static const struct {
    const char *name;
    size_t offset, size;
} texts[] = {
    { "message", offsetof(struct error, message), sizeof((struct error *)0)->message },
    { "detail", offsetof(struct error, detail), sizeof((struct error *)0)->detail },
    { "hint", offsetof(struct error, hint), sizeof((struct error *)0)->hint },
};

enum { TEXTS = sizeof texts / sizeof texts[0], LAST_CODE = ERROR_IO };

static void write_number(struct json_writer *w, const char *name, uint32_t number)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%u", number);
    json_key(w, str_of(name));
    json_raw(w, str_of(digits));
}

void helper__write_refusal(const struct error *refusal, struct buf *out)
{
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_key(&w, STR("code"));
    json_string(&w, str_of(error_name(refusal->code)));
    for (size_t i = 0; i < TEXTS; i++) {
        json_key(&w, str_of(texts[i].name));
        json_string(&w, str_of((const char *)refusal + texts[i].offset));
    }
    write_number(&w, "line", refusal->where.line);
    write_number(&w, "column", refusal->where.column);
    json_end_object(&w);
}

static str member_text(const struct json *object, const char *name, enum json_kind kind)
{
    const struct json *m = json_member(object, str_of(name));
    return m != NULL && m->kind == kind ? m->text : STR("");
}

/* A short number without sign; 0 for anything else. */
static uint32_t member_number(const struct json *object, const char *name)
{
    str digits = member_text(object, name, JSON_NUMBER);
    uint32_t n = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.len > 9 || digits.ptr[i] < '0' || digits.ptr[i] > '9') {
            return 0;
        }
        n = n * 10 + (uint32_t)(digits.ptr[i] - '0');
    }
    return n;
}

static enum error_code code_of(str name)
{
    for (int code = OK + 1; code <= LAST_CODE; code++) {
        if (str_eq(name, str_of(error_name((enum error_code)code)))) {
            return (enum error_code)code;
        }
    }
    return OK;
}

static void read_members(const struct json *object, enum error_code code, struct error *err)
{
    *err = (struct error){ .lang = err->lang, .code = code };
    for (size_t i = 0; i < TEXTS; i++) {
        str text = member_text(object, texts[i].name, JSON_STRING);
        if (text.len < texts[i].size) {
            memcpy((char *)err + texts[i].offset, text.ptr, text.len);
        }
    }
    error_at(err, STR(""), member_number(object, "line"), member_number(object, "column"));
}

bool helper__read_refusal(str text, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct json object;
    enum error_code code = OK;
    if (json_parse(&a, text, &object, NULL) == OK && object.kind == JSON_OBJECT) {
        code = code_of(member_text(&object, "code", JSON_STRING));
    }
    if (code != OK) {
        read_members(&object, code, err);
    }
    arena_release(&a);
    return code != OK;
}
