/* problem: what is wrong, in sentences that name the field. */
#include "form/form_int.h"

enum { VALUE_SHOWN = 120, LABEL_SHOWN = 200 };

#define SAY(sentence) sentence
#define PROBLEM(name, code, text, remedy) { code, text, remedy },
static const struct {
    const char *code, *text, *remedy;
} sentences[FORM__CODES] = {
#include "form/problem.def"
};
#undef PROBLEM
#undef SAY

/* ---- Names of places ---- */

str form__node_path(struct arena *a, const struct form__state *st, struct form__row *row, uint32_t node)
{
    str path = STR(""), before = form__row_path(a, st, row);
    for (; node != FORM__NONE; node = row->scope->nodes[node].parent) {
        str name = row->scope->nodes[node].name;
        path = path.len == 0 ? name : arena_printf(a, "%.*s.%.*s", STR_ARG(name), STR_ARG(path));
    }
    return before.len == 0 ? path : arena_printf(a, "%.*s.%.*s", STR_ARG(before), STR_ARG(path));
}

str form__path(struct arena *a, const struct form__state *st, struct form__row *row, uint32_t component)
{
    uint32_t node = st->f->details[component].node;
    return node == FORM__NONE ? STR("") : form__node_path(a, st, row, node);
}

str form__row_path(struct arena *a, const struct form__state *st, struct form__row *row)
{
    if (row->parent == NULL) {
        return STR("");
    }
    return arena_printf(a, "%.*s[%u]", STR_ARG(form__path(a, st, row->parent, row->list)), row->index);
}

static str shorten(struct arena *a, str s, size_t most)
{
    if (s.len <= most) {
        return s;
    }
    size_t n = most;
    while (n > 0 && ((unsigned char)s.ptr[n] & 0xC0) == 0x80) {
        n--;
    }
    return arena_printf(a, "%.*s…", (int)n, s.ptr);
}

/* The label as the form's writer gave it to this row, or the key. */
static str own_label(struct form__state *st, struct form__row *row, uint32_t component)
{
    str label = str_trim(form__text_of(st->a, form__attribute(st, row, component, FORM_LABEL)));
    return shorten(st->a, label.len > 0 ? label : st->f->components[component].key, LABEL_SHOWN);
}

str form__plain_label(const struct form *f, const struct form_component *c)
{
    const struct form__dynamic *d = &f->details[c - f->components].attributes[FORM_LABEL];
    return d->kind == FORM__CONSTANT && c->label.len > 0 ? c->label : c->key;
}

/* The name of a row of fixed ones: properties.rows is `a|b|c`, or FEEL that gives a list. */
static str row_label(struct form__state *st, struct form__row *row)
{
    feel_value labels = form__attribute(st, row->parent, row->list, FORM_ROWS);
    if (labels.kind == FEEL_LIST && row->index <= labels.count) {
        return form__text_of(st->a, labels.items[row->index - 1]);
    }
    str rest = labels.kind == FEEL_STRING ? feel_str(labels) : STR("");
    for (uint32_t i = 1; rest.len > 0; i++) {
        const char *bar = memchr(rest.ptr, '|', rest.len);
        size_t n = bar == NULL ? rest.len : (size_t)(bar - rest.ptr);
        if (i == row->index) {
            return str_trim(str_slice(rest, 0, n));
        }
        rest = str_slice(rest, n + (bar != NULL), rest.len);
    }
    return STR("");
}

str form__label(struct form__state *st, struct form__row *row, uint32_t component)
{
    str own = own_label(st, row, component);
    if (row->parent == NULL) {
        return own;
    }
    str list = form__label(st, row->parent, row->list), name = row_label(st, row);
    if (name.len > 0) {
        return arena_printf(st->a, lang_text(st->lang, "%.*s, %.*s, %.*s"), STR_ARG(list), STR_ARG(name), STR_ARG(own));
    }
    return arena_printf(st->a, lang_text(st->lang, "%.*s, row %u, %.*s"), STR_ARG(list), row->index, STR_ARG(own));
}

/* ---- Sentences ---- */

/* Puts the texts, one after the other, into a sentence with %s. */
static str sentence(struct arena *a, enum lang lang, const char *english, const str *texts, uint32_t count)
{
    struct buf b = BUF_INIT(1 << 16);
    uint32_t next = 0;
    for (const char *p = lang_text(lang, english); *p != '\0'; p++) {
        if (p[0] == '%' && p[1] == 's') {
            assert(next < count);
            buf_add(&b, texts[next++]);
            p++;
        } else {
            buf_addc(&b, *p);
        }
    }
    str s = arena_str(a, buf_str(&b));
    buf_release(&b);
    return s;
}

str form__remedy(struct arena *a, enum lang lang, struct form__fault fault)
{
    str texts[2] = { fault.a, fault.b };
    return sentence(a, lang, sentences[fault.code].remedy, texts, 2);
}

static void add(struct form__state *st, struct form_problem p)
{
    if (st->quiet) {
        return;
    }
    if (st->problem_count == LIMIT_FORM_PROBLEMS) {
        return; /* nobody corrects more at once; the others come with the next check */
    }
    if (st->problem_count == st->problem_size) {
        st->problems = form__grow(st->a, st->problems, st->problem_count, &st->problem_size, sizeof p);
    }
    st->problems[st->problem_count++] = p;
}

void form__report_path(struct form__state *st, str path, str label, feel_value value, struct form__fault fault)
{
    if (st->quiet) {
        return;
    }
    str texts[3] = { label, fault.a, fault.b };
    bool told = fault.code == FORM__PATTERN && fault.b.len > 0; /* patternErrorMessage */
    bool warning = st->request->draft || fault.code == FORM__NOT_COMPUTED;
    str text = sentence(st->out, st->lang, sentences[fault.code].text, texts, 3);
    if (told) {
        text = arena_printf(st->out, lang_text(st->lang, "%.*s: %.*s"), STR_ARG(label), STR_ARG(fault.b));
    }
    add(st, (struct form_problem){
                .path = arena_str(st->out, path),
                .label = arena_str(st->out, label),
                .level = warning ? FORM_WARNING : FORM_ERROR,
                .code = sentences[fault.code].code,
                .value = arena_str(st->out, shorten(st->a, form__text_of(st->a, value), VALUE_SHOWN)),
                .text = text,
                .remedy = form__remedy(st->out, st->lang, fault),
            });
}

void form__report(struct form__state *st, struct form__row *row, uint32_t component, feel_value value,
                  struct form__fault fault)
{
    if (!st->quiet) {
        form__report_path(st, form__path(st->a, st, row, component), form__label(st, row, component), value, fault);
    }
}

bool form_has_error(const struct form_problem *problems, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (problems[i].level == FORM_ERROR) {
            return true;
        }
    }
    return false;
}

/* ---- What a decision found ---- */

static bool merge_one(const struct form *f, feel_value found, struct arena *a, struct form_problem *ret)
{
    str path = feel_text_member(found, "path"), level = feel_text_member(found, "level");
    bool warning = str_eq(level, STR("warning"));
    const struct form_component *c = form_find(f, path);
    str label = c == NULL ? path : form__plain_label(f, c);
    *ret = (struct form_problem){ arena_str(a, path), arena_str(a, label), warning ? FORM_WARNING : FORM_ERROR, "rule",
                                  STR(""), arena_str(a, words_fill(a, f->words, feel_text_member(found, "text"))),
                                  arena_str(a, words_fill(a, f->words, feel_text_member(found, "remedy"))) };
    return found.kind == FEEL_CONTEXT && (warning || str_eq(level, STR("error"))) && ret->text.len > 0;
}

bool form_merge_problems(const struct form *f, feel_value found, struct arena *a, const struct form_problem **problems,
                         uint32_t *count)
{
    if (found.kind != FEEL_LIST || found.count > LIMIT_FORM_PROBLEMS) {
        return false;
    }
    struct form_problem *all = ARENA_ARRAY(a, struct form_problem, *count + found.count);
    if (*count > 0) {
        memcpy(all, *problems, *count * sizeof *all);
    }
    for (uint32_t i = 0; i < found.count; i++) {
        if (!merge_one(f, found.items[i], a, &all[*count + i])) {
            return false;
        }
    }
    *problems = all;
    *count += found.count;
    return true;
}
