/* words: the texts of a package that people read, wherever they stand. */
#include "scheme/scheme_int.h"

struct teller {
    const struct scheme *s;
    scheme__text *text;
    void *context;
    str file;
};

static void tell(void *context, str text, uint32_t line)
{
    const struct teller *t = context;
    if (text.len > 0) {
        t->text(t->context, t->file, line, text);
    }
}

static void tell_forms(struct teller *t)
{
    uint32_t place = 0;
    for (uint32_t i = 0; i < t->s->file_count; i++) {
        if (scheme__ends_with(t->s->files[i].name, STR(".form"))) {
            t->file = t->s->files[i].name;
            form_texts(t->s->forms[place++], tell, t);
        }
    }
}

/* The choices of a ledger are kept as they are, and shown in the reader's language. */
static void tell_choices(struct teller *t, const struct scheme_ledger *l)
{
    t->file = l->file;
    for (uint32_t i = 0; i < l->field_count; i++) {
        for (uint32_t k = 0; k < l->fields[i].option_count; k++) {
            tell(t, l->fields[i].options[k], l->fields[i].line);
        }
    }
}

static void tell_items(struct teller *t, const struct scheme_decision *d)
{
    for (uint32_t i = 0; d->items.kind == FEEL_CONTEXT && i < d->items.count; i++) {
        if (d->items.values[i].kind == FEEL_STRING) {
            tell(t, feel_str(d->items.values[i]), d->line);
        }
    }
}

void scheme__texts(const struct scheme *s, scheme__text *text, void *context)
{
    struct teller t = { .s = s, .text = text, .context = context };
    for (uint32_t i = 0; i < s->chinese_count; i++) {
        t.file = s->chinese[i].file;
        tell(&t, s->chinese[i].text, s->chinese[i].line);
    }
    tell_forms(&t);
    for (uint32_t i = 0; i < s->process_count; i++) {
        t.file = s->processes[i]->file;
        bpmn_names(s->processes[i], tell, &t);
    }
    for (uint32_t i = 0; i < s->ledger_count; i++) {
        tell_choices(&t, &s->ledgers[i]);
    }
    t.file = STR("scheme.json");
    for (uint32_t i = 0; i < s->described_count; i++) {
        tell_items(&t, &s->described[i]);
    }
    for (uint32_t i = 0; i < s->assessment_count; i++) {
        for (uint32_t k = 0; k < s->assessments[i].grade_count; k++) {
            tell(&t, s->assessments[i].grades[k], s->assessments[i].line);
        }
    }
}
