/* translate: the texts of a form, and the same form with them in another language.
 *
 * A form is translated before it is read, so templates and FEEL among its texts are compiled once for each language,
 * and nothing is looked up when a page is drawn. Only the labels of choices that a form computes are looked up then. */
#include "form/form_int.h"

/* What is for people, wherever in a component it stands; labels of choices are read by form__option_list. */
static const char *const texts[] = { "label", "description", "text", "content", "alt", "dateLabel", "timeLabel",
                                     "emptyText", "prefixAdorner", "suffixAdorner", "patternErrorMessage", "rows",
                                     "titles" };
/* Where in a component such texts stand, and where in a form components. */
static const char *const inside[] = { "components", "appearance", "validate", "properties", "columns" };

static bool is_among(str name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(name, str_of(list[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_text(str name, const struct json *j)
{
    return j->kind == JSON_STRING && j->text.len > 0 && is_among(name, texts, sizeof texts / sizeof *texts);
}

static bool is_inside(str name, const struct json *j)
{
    return (j->kind == JSON_ARRAY || j->kind == JSON_OBJECT) && is_among(name, inside, sizeof inside / sizeof *inside);
}

/* As deep as JSON is, which is bounded. */
struct json form__translated(struct arena *a, const struct json *j, const struct words *words)
{
    struct json copy = *j, *items = ARENA_ARRAY(a, struct json, j->count);
    for (uint32_t i = 0; i < j->count; i++) {
        const struct json *item = &j->items[i];
        str name = j->kind == JSON_OBJECT ? j->names[i] : STR("");
        items[i] = *item;
        if (is_text(name, item)) {
            items[i].text = words_of(words, item->text);
        } else if (is_inside(name, item) || (j->kind == JSON_ARRAY && item->kind == JSON_OBJECT)) {
            items[i] = form__translated(a, item, words);
        }
    }
    copy.items = items;
    return copy;
}

struct telling {
    const struct form *f;
    form_text *text;
    void *context;
    uint32_t line, at; /* the line of a byte of the file: texts come in its order */
};

static void tell(struct telling *t, const struct json *j)
{
    for (; t->at < j->at; t->at++) {
        t->line += t->f->source.ptr[t->at] == '\n';
    }
    t->text(t->context, j->text, t->line);
}

static void tell_choices(struct telling *t, const struct json *values)
{
    for (uint32_t i = 0; values->kind == JSON_ARRAY && i < values->count; i++) {
        const struct json *choice = &values->items[i];
        const struct json *label = choice->kind == JSON_OBJECT ? json_member(choice, STR("label")) : choice;
        if (label != NULL && label->kind == JSON_STRING && label->text.len > 0) {
            tell(t, label);
        }
    }
}

static void tell_texts(struct telling *t, const struct json *j)
{
    for (uint32_t i = 0; i < j->count; i++) {
        const struct json *item = &j->items[i];
        str name = j->kind == JSON_OBJECT ? j->names[i] : STR("");
        if (is_text(name, item)) {
            tell(t, item);
        } else if (str_eq(name, STR("values"))) {
            tell_choices(t, item);
        } else if (is_inside(name, item) || (j->kind == JSON_ARRAY && item->kind == JSON_OBJECT)) {
            tell_texts(t, item);
        }
    }
}

void form_texts(const struct form *f, form_text *text, void *context)
{
    struct telling t = { .f = f, .text = text, .context = context, .line = 1 };
    tell_texts(&t, &f->json);
}
