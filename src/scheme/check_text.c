/* check_text: the FEEL of a package: can it be read, does it say what it seems to say, is what it reads there. */
#include "scheme/check_int.h"

#include "text/utf8.h"

/* What a condition over rows is made a filter of. */
#define ROWS "the rows"

/* ---- Traps ---- */

/* The piece of text that is meant, as long as a line. */
static str piece_of(const struct feel_trap_place *place)
{
    bool placed = place->to > place->from && place->to <= place->source.len;
    str piece = placed ? str_slice(place->source, place->from, place->to) : place->source;
    return piece.len > 120 ? str_slice(piece, 0, utf8_valid_length(str_slice(piece, 0, 120))) : piece;
}

void scheme__trap(void *context, const struct feel_trap_place *place)
{
    struct scheme__checker *c = context;
    str piece = piece_of(place), name = place->name;
    switch (place->trap) {
    case FEEL_TRAP_SELF:
        scheme__find(c, SCHEME_FINDING_SELF, c->file, c->line,
                     "give the value that is looked for another name than the column",
                     "\"%.*s\" is compared with itself, so every row passes: %.*s", STR_ARG(name), STR_ARG(piece));
        break;
    case FEEL_TRAP_SUM:
        scheme__find(c, SCHEME_FINDING_SUM, c->file, c->line,
                     "look at count(…) first, or write concatenate([0], …) where nothing means 0",
                     "\"%.*s\" of a list is null when there is nothing in it: %.*s", STR_ARG(name), STR_ARG(piece));
        break;
    case FEEL_TRAP_EVERY:
        scheme__find(c, SCHEME_FINDING_EVERY, c->file, c->line,
                     "go over what is required instead of what is there, or look at count(…) first",
                     "\"every\" is true where there is nothing: %.*s", STR_ARG(piece));
        break;
    case FEEL_TRAP_NOT:
        scheme__find(c, SCHEME_FINDING_NOT, c->file, c->line,
                     "say what a missing value means: a rule for null, or a look at null before",
                     "a missing value passes this negation: %.*s", STR_ARG(piece));
        break;
    case FEEL_TRAP_HIDDEN:
    default:
        scheme__find(c, SCHEME_FINDING_HIDDEN, c->file, c->line, "give the variable another name",
                     "\"%.*s\" is a variable here and hides the function of that name: %.*s", STR_ARG(name),
                     STR_ARG(piece));
        break;
    }
}

/* ---- Names ---- */

static bool is_reserved(str name)
{
    static const char *const names[] = { "this", "key date", "figures", "clocks", "dossier", "subject", "now", "day",
                                         "today", "party", "office", "sender", "receiver", "window", "open questions",
                                         "open parts" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_eq(name, str_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_there(const struct scheme__checker *c, str name)
{
    return is_reserved(name) || scheme_fact(c->s, name) != NULL || scheme_parameter(c->s, name) != NULL ||
           scheme__known(c, name) != NULL || scheme_ledger(c->s, name) != NULL;
}

/* Names with spaces, of whatever the package has, so that the reader of FEEL knows where they end. */
static void add_names(const struct scheme__checker *c, struct feel_scope *scope)
{
    uint32_t slot = 0;
    for (uint32_t i = 0; i < c->known_count; i++) {
        feel_scope_add(scope, c->known[i].name, NULL, slot++);
    }
    for (uint32_t i = 0; i < c->s->fact_count; i++) {
        feel_scope_add(scope, c->s->facts[i].name, NULL, slot++);
    }
    for (uint32_t i = 0; i < c->s->parameter_count; i++) {
        feel_scope_add(scope, c->s->parameters[i].name, NULL, slot++);
    }
    feel_scope_add(scope, STR("key date"), NULL, slot++);
    feel_scope_add(scope, STR("open questions"), NULL, slot++);
    feel_scope_add(scope, STR("open parts"), NULL, slot++);
}

/* The text as the file has it: without the filter that is put around conditions. */
static str shown(str text)
{
    return str_starts_with(text, STR(ROWS "[")) ? str_slice(text, sizeof ROWS, text.len - 1) : text;
}

void scheme__check_feel(struct scheme__checker *c, const struct feel_scope *scope, str text, str file, uint32_t line,
                        bool names)
{
    struct error err = { .lang = c->lang };
    const str *read = NULL;
    uint32_t count = 0;
    c->file = file;
    c->line = line;
    if (feel_inspect_text(&c->scratch, scope, text, false, scheme__trap, c, &read, &count, &err) != OK) {
        scheme__find(c, SCHEME_FINDING_SYNTAX, file, line, "mend the expression", "%.*s cannot be read: %s",
                     STR_ARG(shown(text)), err.detail[0] != '\0' ? err.detail : err.message);
    }
    for (uint32_t i = 0; names && i < count; i++) {
        if (!is_there(c, read[i])) {
            scheme__find(c, SCHEME_FINDING_DANGLING, file, line, "mend the name, or add what it means",
                         "\"%.*s\" is nowhere: %.*s", STR_ARG(read[i]), STR_ARG(shown(text)));
        }
    }
}

/* ---- The manifest ---- */

static const str manifest = { "scheme.json", 11 };

/* An expression over variables; an empty one is not there. */
static void check(struct scheme__checker *c, str text, uint32_t line)
{
    if (text.len > 0) {
        struct feel_scope *scope = feel_scope_new(&c->scratch);
        add_names(c, scope);
        scheme__check_feel(c, scope, text, manifest, line, true);
    }
}

/* A condition over rows, as a filter of the rows: so its names are those of a row first, as they will be. */
static void check_rows(struct scheme__checker *c, const struct feel_type *row, str where, uint32_t line)
{
    if (where.len == 0) {
        return;
    }
    struct feel_scope *scope = feel_scope_new(&c->scratch);
    struct feel_type *list = ARENA_NEW(&c->scratch, struct feel_type);
    list->kind = FEEL_TYPE_LIST;
    list->element = row;
    add_names(c, scope);
    feel_scope_add(scope, STR(ROWS), list, UINT16_MAX);
    str text = arena_printf(&c->scratch, ROWS "[%.*s]", STR_ARG(where));
    scheme__check_feel(c, scope, text, manifest, line, row != NULL);
}

/* The rows of a ledger or parameter; NULL for those of other schemes. */
static const struct feel_type *rows_of(const struct scheme__checker *c, str name)
{
    const struct scheme_ledger *l = scheme_ledger(c->s, name);
    const struct scheme_parameter *p = scheme_parameter(c->s, name);
    return l != NULL ? l->row : p != NULL ? p->row : NULL;
}

/* What follows "fact" in a rule: a ledger's fact knows its rows. */
static void check_fact(struct scheme__checker *c, const struct scheme_fact *f)
{
    bool rows = f->kind == SCHEME_FACT_LEDGER || f->kind == SCHEME_FACT_PARAMETER;
    if (rows) {
        check_rows(c, rows_of(c, f->target), f->where, f->line);
    } else if (f->kind == SCHEME_FACT_CALENDAR || f->kind == SCHEME_FACT_OVERLAP) {
        check(c, f->target, f->line);
    }
    check(c, f->on, f->line);
    check(c, f->near, f->line);
    check(c, f->within, f->line);
    check(c, f->for_value, f->line);
}

static void check_with(struct scheme__checker *c, const struct scheme_process *p)
{
    for (uint32_t i = 0; p->with.kind == FEEL_CONTEXT && i < p->with.count; i++) {
        str text = p->with.values[i].kind == FEEL_STRING ? feel_str(p->with.values[i]) : STR("");
        if (str_starts_with(text, STR("="))) {
            check(c, str_slice(text, 1, text.len), p->line);
        }
    }
}

static void check_process(struct scheme__checker *c, const struct scheme_process *p)
{
    check_with(c, p);
    for (uint32_t i = 0; i < p->task_count; i++) {
        check(c, p->tasks[i].guard, p->tasks[i].line);
        check(c, p->tasks[i].without, p->tasks[i].line);
        check(c, p->tasks[i].field, p->tasks[i].line);
        check(c, p->tasks[i].beside, p->tasks[i].line);
        check(c, p->tasks[i].questions_when, p->tasks[i].line);
    }
    for (uint32_t i = 0; i < p->clock_count; i++) {
        check(c, p->clocks[i].length, p->clocks[i].line);
    }
}

/* "sites[enrolled and resumed]" */
static void check_set(struct scheme__checker *c, str text, uint32_t line)
{
    const char *open = scheme__find_char(text, '[');
    if (open != NULL && text.ptr[text.len - 1] == ']') {
        size_t at = (size_t)(open - text.ptr);
        check_rows(c, rows_of(c, str_trim(str_slice(text, 0, at))), str_slice(text, at + 1, text.len - 1), line);
    }
}

/* ---- Forms ---- */

/* Every text of a component that begins with = is FEEL. As deep as the JSON is, which is bounded. */
static void check_component(struct scheme__checker *c, const struct feel_scope *scope, const struct json *j, str file,
                            uint32_t line)
{
    if (j->kind == JSON_STRING && str_starts_with(j->text, STR("="))) {
        scheme__check_feel(c, scope, str_slice(j->text, 1, j->text.len), file, line, false);
    }
    for (uint32_t i = 0; (j->kind == JSON_OBJECT || j->kind == JSON_ARRAY) && i < j->count; i++) {
        bool inside = j->kind == JSON_OBJECT && str_eq(j->names[i], STR("components"));
        if (!inside) {
            check_component(c, scope, &j->items[i], file, line);
        }
    }
}

static str form_file(const struct scheme *s, uint32_t form)
{
    for (uint32_t i = 0; i < s->file_count; i++) {
        if (scheme__ends_with(s->files[i].name, STR(".form")) && form-- == 0) {
            return s->files[i].name;
        }
    }
    return STR("");
}

static void check_form(struct scheme__checker *c, uint32_t place)
{
    const struct form *f = c->s->forms[place];
    const struct feel_type *values = form_values_type(f);
    struct feel_scope *scope = feel_scope_new(&c->scratch);
    for (uint32_t i = 0; i < values->count; i++) {
        feel_scope_add(scope, values->fields[i].name, values->fields[i].type, i);
    }
    for (uint32_t i = 0; i < form_count(f); i++) {
        const struct form_component *component = form_component(f, i);
        check_component(c, scope, component->json, form_file(c->s, place), component->line);
    }
}

void scheme__check_texts(struct scheme__checker *c)
{
    const struct scheme *s = c->s;
    for (uint32_t i = 0; i < s->fact_count; i++) {
        check_fact(c, &s->facts[i]);
    }
    for (uint32_t i = 0; i < s->procedure_count; i++) {
        check_process(c, &s->procedures[i]);
    }
    for (uint32_t i = 0; i < s->assessment_count; i++) {
        const struct scheme_assessment *a = &s->assessments[i];
        check_rows(c, a->over_dossiers ? NULL : rows_of(c, a->over), a->where, a->line);
    }
    for (uint32_t i = 0; i < s->ledger_count; i++) {
        for (uint32_t k = 0; k < s->ledgers[i].due_count; k++) {
            const struct scheme_due *due = &s->ledgers[i].dues[k];
            const struct feel_type *row = s->ledgers[i].row;
            struct feel_scope *scope = feel_scope_new(&c->scratch);
            add_names(c, scope);
            for (uint32_t n = 0; n < row->count; n++) {
                feel_scope_add(scope, row->fields[n].name, row->fields[n].type, n);
            }
            scheme__check_feel(c, scope, due->on, manifest, due->line, true);
        }
    }
    for (uint32_t i = 0; i < s->view_count; i++) {
        check_rows(c, rows_of(c, s->views[i].ledger), s->views[i].where, s->views[i].line);
    }
    for (uint32_t i = 0; i < s->notice_count; i++) {
        check(c, s->notices[i].days, s->notices[i].line);
    }
    for (uint32_t i = 0; i < s->statistic_count; i++) {
        check_set(c, s->statistics[i].top, s->statistics[i].line);
        check_set(c, s->statistics[i].bottom, s->statistics[i].line);
    }
    for (uint32_t i = 0; i < s->form_count; i++) {
        check_form(c, i);
    }
}
