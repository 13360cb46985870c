/* manifest: the tables of what scheme.json may say, and the few things that no table can say. docs/scheme.md explains
 * each member; docs/scheme.schema.json has the same names. */
#include "scheme/scheme_int.h"

#include "base/limit.h"

#define AT(type, field) (uint16_t) offsetof(struct type, field)
#define STRING(type, word, field) { .name = word, .how = SCHEME__STRING, .at = AT(type, field) }
#define TITLE(type) { .name = "title", .how = SCHEME__TEXT, .at = AT(type, title) }
#define FLAG(type, word, field) { .name = word, .how = SCHEME__FLAG, .at = AT(type, field) }
#define COUNT(type, word, field) { .name = word, .how = SCHEME__COUNT, .at = AT(type, field) }
#define VALUE(type, word, field) { .name = word, .how = SCHEME__VALUE, .at = AT(type, field) }
#define NAMES(type, word, field, count) \
    { .name = word, .how = SCHEME__NAMES, .at = AT(type, field), .more = AT(type, count) }
#define WORD(type, word, field, list) { .name = word, .how = SCHEME__WORD, .at = AT(type, field), .words = list }
#define CHOICE(type, word, field, list) { .name = word, .how = SCHEME__CHOICE, .at = AT(type, field), .words = list }
#define BITS(type, word, field, list) { .name = word, .how = SCHEME__BITS, .at = AT(type, field), .words = list }
#define MAP(type, word, field, count, table) \
    { .name = word, .how = SCHEME__MAP, .at = AT(type, field), .more = AT(type, count), .object = &(table) }
#define INTO(word, table) { .name = word, .how = SCHEME__INTO, .object = &(table) }
#define OWN(word, function) { .name = word, .how = SCHEME__OWN, .own = function }
#define MEMBERS(list) .members = list, .count = sizeof list / sizeof list[0]
#define NAMED(word, type, list) .kind = word, .size = sizeof(struct type), .name = AT(type, name), \
    .line = AT(type, line), MEMBERS(list)

/* The words stand in the order of their enums. */
static const char *const classes[] = { "sealed", "personal", "internal", "public", NULL };
static const char *const writers[] = { "officer", "process", "import", "party", NULL };
static const char *const owners[] = { "office", "party", "dossier", NULL };
static const char *const shapes[] = { "any", "checklist", "sheet", "problems", NULL };
static const char *const modes[] = { "fill", "verify", "correct", "score", NULL };
static const char *const gradings[] = { "none", "threshold", "share", "count", NULL };
static const char *const notice_kinds[] = { "proposed", "entry", "list", "call", NULL };
static const char *const audiences[] = { "public", "parties", "internal", NULL };
static const char *const seals[] = { "none", "wet", "hook", NULL };
static const char *const runs_for[] = { "office", "party", NULL };
static const char *const refusals[] = { "by rule", "by person", NULL };
static const char *const role_ways[] = { "account", "party", "link", NULL };
static const char *const follow_process[] = { "latest", "start", NULL };
static const char *const follow_rules[] = { "start", "key date", NULL };

/* ---- Ledgers ---- */

static bool has_field(const struct scheme_ledger *l, str name)
{
    return scheme_field(l, name) >= 0;
}

static enum error_code no_field(struct scheme__reader *r, struct scheme__place p, const char *member, str name)
{
    const struct json *at = json_member(p.j, str_of(member));
    scheme__refuse(r, at != NULL ? at : p.j, "the ledger has no field \"%.*s\", which \"%s\" names", STR_ARG(name),
                   member);
    error_hint(r->err, "add the field to ledgers/%.*s.json, or mend the name", STR_ARG(r->item));
    return ERROR_INVALID;
}

/* What cannot be left to scheme check: keys, validity and shares are what rows are stored by. */
static enum error_code finish_ledger(struct scheme__reader *r, struct scheme__place p, void *into)
{
    struct scheme_ledger *l = into;
    str own = arena_printf(r->arena, "ledgers/%.*s.json", STR_ARG(l->name));
    l->file = scheme__file(r->scheme, own) != NULL ? own : r->file;
    if (l->field_count == 0) {
        scheme__refuse(r, p.j, "the ledger has no fields");
        error_hint(r->err, "write them into ledgers/%.*s.json: {\"fields\": {\"name\": \"text\"}}", STR_ARG(l->name));
        return ERROR_INVALID;
    }
    for (uint32_t i = 0; i < l->key_count; i++) {
        if (!has_field(l, l->key[i])) {
            return no_field(r, p, "key", l->key[i]);
        }
    }
    for (uint32_t i = 0; i < l->share_count; i++) {
        if (!has_field(l, l->share[i])) {
            return no_field(r, p, "share", l->share[i]);
        }
    }
    str valid[] = { l->valid_from, l->valid_to };
    for (int i = 0; i < 2; i++) {
        int32_t at = scheme_field(l, valid[i]);
        if (valid[i].len > 0 && at < 0) {
            return no_field(r, p, "valid", valid[i]);
        }
        if (at >= 0 && l->fields[at].type != SCHEME_DATE && l->fields[at].type != SCHEME_INSTANT) {
            return scheme__refuse(r, p.j, "the field \"%.*s\" of \"valid\" must be a date", STR_ARG(valid[i]));
        }
    }
    for (uint32_t i = 0; i < l->field_count; i++) {
        struct scheme_field *f = (struct scheme_field *)&l->fields[i];
        f->write = f->write == 0 ? l->write : f->write;
        if (f->number.len > 0 && (f->type != SCHEME_TEXT || f->class < SCHEME_INTERNAL || f->required)) {
            scheme__refuse(r, p.j, "the field \"%.*s\" cannot be numbered", STR_ARG(f->name));
            error_hint(r->err, "a number is a text of class internal or public and not required: the program gives it");
            return ERROR_INVALID;
        }
    }
    l->row = scheme__ledger_row(r->arena, l);
    l->shape = scheme_ledger_shape(r->arena, l);
    return OK;
}

static enum error_code read_valid(struct scheme__reader *r, struct scheme__place p, void *into)
{
    struct scheme_ledger *l = into;
    const str *names = NULL;
    uint32_t count = 0;
    if (scheme__read_names(r, p, &names, &count) != OK) {
        return ERROR_INVALID;
    }
    if (count != 2) {
        return scheme__refuse(r, p.j, "\"valid\" must name two fields: the first day and the last");
    }
    l->valid_from = names[0];
    l->valid_to = names[1];
    return OK;
}

/* The parameter or ledger, or the options themselves. */
static enum error_code read_of(struct scheme__reader *r, struct scheme__place p, void *into)
{
    struct scheme_field *f = into;
    if (p.j->kind == JSON_STRING) {
        f->of = p.j->text;
        return OK;
    }
    return scheme__read_names(r, p, &f->options, &f->option_count);
}

static enum error_code read_number(struct scheme__reader *r, struct scheme__place p, void *into)
{
    struct scheme_field *f = into;
    bool counts = p.j->kind == JSON_STRING && memmem(p.j->text.ptr, p.j->text.len, "{n}", 3) != NULL;
    if (!counts) {
        return scheme__refuse(r, p.j, "\"number\" must be a text with {n}, and mostly with {year}");
    }
    f->number = p.j->text;
    return OK;
}

static const struct scheme_field initial_field = { .class = SCHEME_INTERNAL };
static const struct scheme__member field_members[] = {
    TITLE(scheme_field),
    WORD(scheme_field, "type", type, scheme__field_types),
    WORD(scheme_field, "class", class, classes),
    BITS(scheme_field, "write", write, writers),
    FLAG(scheme_field, "required", required),
    FLAG(scheme_field, "index", index),
    FLAG(scheme_field, "search", search),
    OWN("of", read_of),
    STRING(scheme_field, "unit", unit),
    OWN("number", read_number),
};
static const struct scheme__object field_object = { NAMED("field", scheme_field, field_members),
                                                    .initial = &initial_field, .brief = "type", .plain = true,
                                                    .listed = true };

static const struct scheme__member due_members[] = {
    STRING(scheme_due, "on", on),
    STRING(scheme_due, "tell", tell),
    STRING(scheme_due, "start", start),
};
static const struct scheme__object due_object = { NAMED("due", scheme_due, due_members) };

static const struct scheme__member share_members[] = {
    NAMES(scheme_ledger, "fields", share, share_count),
    NAMES(scheme_ledger, "to", share_to, share_to_count),
};
static const struct scheme__object share_object = { .kind = "share", MEMBERS(share_members) };

static const struct scheme_ledger initial_ledger = {
    .write = SCHEME_BY_OFFICER | SCHEME_BY_PROCESS | SCHEME_BY_IMPORT,
};
static const struct scheme__member ledger_members[] = {
    TITLE(scheme_ledger),
    WORD(scheme_ledger, "of", of, owners),
    STRING(scheme_ledger, "parent", parent),
    BITS(scheme_ledger, "write", write, writers),
    MAP(scheme_ledger, "fields", fields, field_count, field_object),
    NAMES(scheme_ledger, "key", key, key_count),
    OWN("valid", read_valid),
    STRING(scheme_ledger, "code", code),
    STRING(scheme_ledger, "checks", checks),
    INTO("share", share_object),
    MAP(scheme_ledger, "due", dues, due_count, due_object),
};
static const struct scheme__object ledger_object = { NAMED("ledger", scheme_ledger, ledger_members),
                                                     .initial = &initial_ledger, .folder = "ledgers",
                                                     .file = &ledger_object, .plain = true,
                                                     .finish = finish_ledger };

/* ---- Parameters ---- */

static const struct scheme__member column_members[] = {
    TITLE(scheme_column),
    WORD(scheme_column, "type", type, scheme__field_types),
};
/* A column has no line of its own. */
static const struct scheme__object column_object = { .kind = "column", .size = sizeof(struct scheme_column),
                                                     .name = AT(scheme_column, name), MEMBERS(column_members),
                                                     .brief = "type", .plain = true };

struct columns {
    const struct scheme_column *items;
    uint32_t count;
};
static const struct scheme__member columns_member = MAP(columns, "value", items, count, column_object);
static const struct scheme__object columns_object = { .kind = "columns", .members = &columns_member, .count = 1 };

static bool has_column(const struct scheme_parameter *p, str name)
{
    for (uint32_t i = 0; i < p->column_count; i++) {
        if (str_eq(p->columns[i].name, name)) {
            return true;
        }
    }
    return false;
}

static enum error_code check_column(struct scheme__reader *r, struct scheme__place p,
                                    const struct scheme_parameter *before, const struct scheme_column *c)
{
    static const bool simple[SCHEME_FIELD_TYPES] = { [SCHEME_TEXT] = true,    [SCHEME_INTEGER] = true,
                                                     [SCHEME_DECIMAL] = true, [SCHEME_DATE] = true,
                                                     [SCHEME_TIME] = true,    [SCHEME_INSTANT] = true,
                                                     [SCHEME_BOOLEAN] = true, [SCHEME_CODE] = true };
    if (c->name.len == 0 || str_eq(c->name, STR("source")) || str_eq(c->name, STR("state"))) {
        return scheme__refuse(r, p.j, "a column cannot be called \"%.*s\": each row has one of that name",
                              STR_ARG(c->name));
    }
    if (has_column(before, c->name)) {
        return scheme__refuse(r, p.j, "the column \"%.*s\" stands there twice", STR_ARG(c->name));
    }
    if (!simple[c->type]) {
        scheme__refuse(r, p.j, "a column cannot be of type \"%s\"", scheme_field_type_name(c->type));
        error_hint(r->err, "write one of: %s", "text, integer, decimal, date, time, instant, boolean, code");
        return ERROR_INVALID;
    }
    return OK;
}

static struct scheme_column *key_called(struct scheme_column *columns, uint32_t keys, str name)
{
    for (uint32_t i = 0; i < keys; i++) {
        if (str_eq(columns[i].name, name)) {
            return &columns[i];
        }
    }
    return NULL;
}

/* Adds columns: a list of names, all texts, or {name: type}. Among the values a key may be given its type. */
static enum error_code add_columns(struct scheme__reader *r, struct scheme__place p, struct scheme_parameter *into)
{
    struct columns more = { NULL, 0 };
    const str *names = NULL;
    enum error_code code = OK;
    if (p.j->kind == JSON_OBJECT) {
        struct json wrapped = { .kind = JSON_OBJECT, .count = 1, .at = p.j->at };
        str name = STR("value");
        wrapped.items = p.j;
        wrapped.names = &name;
        feel_value value = feel_context(feel_shape_new(r->arena, &name, 1), &p.v);
        code = scheme__read(r, (struct scheme__place){ &wrapped, value }, &columns_object, &more);
    } else if ((code = scheme__read_names(r, p, &names, &more.count)) == OK) {
        struct scheme_column *texts = ARENA_ARRAY(r->arena, struct scheme_column, more.count);
        for (uint32_t i = 0; i < more.count; i++) {
            texts[i].name = names[i];
        }
        more.items = texts;
    }
    struct scheme_column *all = ARENA_ARRAY(r->arena, struct scheme_column, into->column_count + more.count);
    for (uint32_t i = 0; i < into->column_count; i++) {
        all[i] = into->columns[i];
    }
    into->columns = all;
    for (uint32_t i = 0; i < more.count && code == OK; i++) {
        struct scheme_column *key = key_called(all, into->key_count, more.items[i].name);
        if (key != NULL && key->type == SCHEME_TEXT) {
            *key = more.items[i];
            continue;
        }
        code = check_column(r, p, into, &more.items[i]);
        all[into->column_count++] = more.items[i];
    }
    return code;
}

static enum error_code read_key(struct scheme__reader *r, struct scheme__place p, void *into)
{
    struct scheme_parameter *parameter = into;
    enum error_code code = add_columns(r, p, parameter);
    parameter->key_count = parameter->column_count;
    return code;
}

static enum error_code read_value(struct scheme__reader *r, struct scheme__place p, void *into)
{
    return add_columns(r, p, into);
}

static enum error_code finish_parameter(struct scheme__reader *r, struct scheme__place p, void *into)
{
    struct scheme_parameter *parameter = into;
    if (parameter->column_count == 0) {
        scheme__refuse(r, p.j, "the parameter has no columns");
        error_hint(r->err, "name them: {\"key\": [\"level\"], \"value\": {\"count\": \"integer\"}}");
        return ERROR_INVALID;
    }
    parameter->row = scheme__parameter_row(r->arena, parameter);
    return scheme__read_rows(r, parameter);
}

static const struct scheme__member parameter_members[] = {
    TITLE(scheme_parameter),
    { .name = "key", .how = SCHEME__OWN, .own = read_key, .object = &column_object },
    { .name = "value", .how = SCHEME__OWN, .own = read_value, .object = &column_object },
};
static const struct scheme__object parameter_object = { NAMED("parameter", scheme_parameter, parameter_members),
                                                        .plain = true, .finish = finish_parameter };

/* ---- Facts and decisions ---- */

static enum error_code read_target(struct scheme__reader *r, struct scheme__place p, struct scheme_fact *f,
                                   enum scheme_fact_kind kind)
{
    if (p.j->kind != JSON_STRING || f->target.len > 0) {
        scheme__refuse(r, p.j, "a fact looks at one thing, named by a text");
        error_hint(r->err, "write one of: %s", "ledger, parameter, calendar, statistic, overlap");
        return ERROR_INVALID;
    }
    f->kind = kind;
    f->target = p.j->text;
    return OK;
}

#define TARGET(word, kind) \
    static enum error_code read_##word(struct scheme__reader *r, struct scheme__place p, void *into) \
    { \
        return read_target(r, p, into, kind); \
    }
TARGET(ledger, SCHEME_FACT_LEDGER)
TARGET(parameter, SCHEME_FACT_PARAMETER)
TARGET(calendar, SCHEME_FACT_CALENDAR)
TARGET(statistic, SCHEME_FACT_STATISTIC)
TARGET(overlap, SCHEME_FACT_OVERLAP)

static enum error_code finish_fact(struct scheme__reader *r, struct scheme__place p, void *into)
{
    const struct scheme_fact *f = into;
    if (f->target.len == 0) {
        scheme__refuse(r, p.j, "the fact does not say where to look");
        error_hint(r->err, "write one of: %s", "ledger, parameter, calendar, statistic, overlap");
        return ERROR_INVALID;
    }
    return OK;
}

static const struct scheme__member fact_members[] = {
    OWN("ledger", read_ledger),
    OWN("parameter", read_parameter),
    OWN("calendar", read_calendar),
    OWN("statistic", read_statistic),
    OWN("overlap", read_overlap),
    STRING(scheme_fact, "where", where),
    STRING(scheme_fact, "on", on),
    STRING(scheme_fact, "near", near),
    STRING(scheme_fact, "within", within),
    STRING(scheme_fact, "for", for_value),
    NAMES(scheme_fact, "by", by, by_count),
    NAMES(scheme_fact, "sum", sum, sum_count),
    NAMES(scheme_fact, "with", with, with_count),
    FLAG(scheme_fact, "public", is_public),
};
static const struct scheme__object fact_object = { NAMED("fact", scheme_fact, fact_members), .finish = finish_fact };

static const struct scheme__member depart_members[] = {
    STRING(scheme_decision, "reasons", depart_reasons),
    STRING(scheme_decision, "second", depart_second),
};
static const struct scheme__object depart_object = { .kind = "depart", MEMBERS(depart_members) };

static const struct scheme__member decision_members[] = {
    TITLE(scheme_decision),
    WORD(scheme_decision, "shape", shape, shapes),
    CHOICE(scheme_decision, "refuse", refuse_by_person, refusals),
    INTO("depart", depart_object),
    VALUE(scheme_decision, "items", items),
    VALUE(scheme_decision, "evidence", evidence),
};
static const struct scheme__object decision_object = { NAMED("decision", scheme_decision, decision_members) };

/* ---- Processes ---- */

/* "web", "message recommended" … */
static enum error_code read_start_by(struct scheme__reader *r, struct scheme__place p, void *into)
{
    static const char *const ways[] = { "web", "counter", "xlsx", "many", "message", "due", "link", NULL };
    struct scheme_process *process = into;
    const str *names = NULL;
    uint32_t count = 0;
    if (scheme__read_names(r, p, &names, &count) != OK) {
        return ERROR_INVALID;
    }
    str *messages = ARENA_ARRAY(r->arena, str, count);
    for (uint32_t i = 0; i < count; i++) {
        int way = 0;
        bool message = str_starts_with(names[i], STR("message "));
        while (ways[way] != NULL && !str_eq(names[i], str_of(ways[way]))) {
            way++;
        }
        if (ways[way] == NULL && !message) {
            scheme__refuse(r, p.j, "\"%s\" cannot be \"%.*s\"", "by", STR_ARG(names[i]));
            error_hint(r->err, "write one of: %s", "web, counter, xlsx, many, message NAME, due, link");
            return ERROR_INVALID;
        }
        process->start_by |= message ? (unsigned)SCHEME_START_MESSAGE : 1u << way;
        if (message) {
            messages[process->start_message_count++] = str_slice(names[i], 8, names[i].len);
        }
    }
    process->start_messages = messages;
    return OK;
}

static const struct scheme__member start_members[] = {
    OWN("by", read_start_by),
    STRING(scheme_process, "form", start_form),
    STRING(scheme_process, "checks", checks),
    STRING(scheme_process, "window", window),
    NAMES(scheme_process, "once", once, once_count),
};
static const struct scheme__member guide_members[] = {
    STRING(scheme_process, "form", guide_form),
    STRING(scheme_process, "decision", guide_decision),
    VALUE(scheme_process, "over", guide_over),
    STRING(scheme_process, "subject", guide_subject),
    STRING(scheme_process, "materials", guide_materials),
    STRING(scheme_process, "fees", guide_fees),
};
static const struct scheme__object guide_object = { .kind = "guide", MEMBERS(guide_members) };

static const struct scheme__object start_object = { .kind = "start", MEMBERS(start_members) };

static const struct scheme__member questions_members[] = {
    STRING(scheme_task, "when", questions_when),
    STRING(scheme_task, "document", questions_document),
};
static const struct scheme__object questions_object = { .kind = "questions", MEMBERS(questions_members) };

static const struct scheme__member task_members[] = {
    STRING(scheme_task, "form", form),
    WORD(scheme_task, "mode", mode, modes),
    STRING(scheme_task, "by", by),
    COUNT(scheme_task, "people", people),
    NAMES(scheme_task, "back", back, back_count),
    STRING(scheme_task, "sign", sign),
    STRING(scheme_task, "guard", guard),
    FLAG(scheme_task, "second", second),
    STRING(scheme_task, "without", without),
    STRING(scheme_task, "decision", decision),
    STRING(scheme_task, "field", field),
    STRING(scheme_task, "checks", checks),
    STRING(scheme_task, "beside", beside),
    INTO("questions", questions_object),
};
static const struct scheme__object task_object = { .kind = "task", .size = sizeof(struct scheme_task),
                                                   .name = AT(scheme_task, element), .line = AT(scheme_task, line),
                                                   MEMBERS(task_members) };

static const struct scheme__member clock_members[] = {
    CHOICE(scheme_clock, "for", for_party, runs_for),
    STRING(scheme_clock, "length", length),
    STRING(scheme_clock, "start", start),
    STRING(scheme_clock, "stop", stop),
    STRING(scheme_clock, "late", late),
};
static const struct scheme__object clock_object = { NAMED("clock", scheme_clock, clock_members) };

static const struct scheme__member process_members[] = {
    TITLE(scheme_process),
    STRING(scheme_process, "subject", subject),
    STRING(scheme_process, "office", office),
    STRING(scheme_process, "key date", key_date),
    NAMES(scheme_process, "ends", ends, end_count),
    INTO("start", start_object),
    INTO("guide", guide_object),
    MAP(scheme_process, "tasks", tasks, task_count, task_object),
    MAP(scheme_process, "clocks", clocks, clock_count, clock_object),
    VALUE(scheme_process, "with", with),
};
static const struct scheme__object process_object = { .kind = "process", .size = sizeof(struct scheme_process),
                                                      .name = AT(scheme_process, id), .line = AT(scheme_process, line),
                                                      MEMBERS(process_members) };

/* ---- Assessments ---- */

/* "dossiers at PROCESS/ELEMENT" or "LEDGER", either with a [FILTER]. */
static enum error_code read_over(struct scheme__reader *r, struct scheme__place p, void *into)
{
    struct scheme_assessment *a = into;
    str text = p.j->kind == JSON_STRING ? p.j->text : STR("");
    const char *open = scheme__find_char(text, '[');
    str what = open == NULL ? text : str_trim(str_slice(text, 0, (size_t)(open - text.ptr)));
    const char *mark = scheme__find_char(what, '/');
    bool closed = open == NULL || scheme__ends_with(text, STR("]"));
    if (open != NULL && closed) {
        a->where = str_slice(text, (size_t)(open - text.ptr) + 1, text.len - 1);
    }
    if (str_starts_with(what, STR("dossiers at ")) && mark != NULL) {
        size_t at = (size_t)(mark - what.ptr);
        a->over_dossiers = true;
        a->over = str_slice(what, 12, at);
        a->at = str_slice(what, at + 1, what.len);
    } else {
        a->over = what;
    }
    if (a->over.len == 0 || !closed) {
        scheme__refuse(r, p.j, "\"over\" does not say which records or dossiers");
        error_hint(r->err, "write \"LEDGER\", \"LEDGER[FILTER]\" or \"dossiers at PROCESS/ELEMENT\"");
        return ERROR_INVALID;
    }
    return OK;
}

/* {"place": 40, "reserve": "rest"} */
static enum error_code read_grades(struct scheme__reader *r, struct scheme__place p, void *into)
{
    struct scheme_assessment *a = into;
    if (p.j->kind != JSON_OBJECT) {
        return scheme__refuse(r, p.j, "here must be an object {…}");
    }
    a->grades = p.j->names;
    a->sizes = p.v.values;
    a->grade_count = p.j->count;
    for (uint32_t i = 0; i < p.j->count; i++) {
        bool rest = p.j->items[i].kind == JSON_STRING && str_eq(p.j->items[i].text, STR("rest"));
        if (!rest && (p.v.values[i].kind != FEEL_NUMBER || dec_cmp(p.v.values[i].number, DEC_SMALL(0)) < 0)) {
            return scheme__refuse(r, &p.j->items[i], "the size of a grade must be a number or \"rest\"");
        }
    }
    return OK;
}

static enum error_code read_then(struct scheme__reader *r, struct scheme__place p, void *into)
{
    static const char known[] = "write, message, start, entry, document, notice";
    struct scheme_assessment *a = into;
    if (p.j->kind != JSON_OBJECT) {
        return scheme__refuse(r, p.j, "here must be an object {…}");
    }
    for (uint32_t i = 0; i < p.j->count; i++) {
        str name = p.j->names[i];
        if (!str_eq(name, STR("write")) && !str_eq(name, STR("message")) && !str_eq(name, STR("start")) &&
            !str_eq(name, STR("entry")) && !str_eq(name, STR("document")) && !str_eq(name, STR("notice"))) {
            scheme__refuse(r, &p.j->items[i], "nothing is called \"%.*s\" here", STR_ARG(name));
            error_hint(r->err, "known are: %s", known);
            return ERROR_INVALID;
        }
    }
    a->then = p.v;
    return OK;
}

static const struct scheme__member grade_members[] = {
    WORD(scheme_assessment, "by", grading, gradings),
    STRING(scheme_assessment, "parameter", threshold),
    OWN("of", read_grades),
    NAMES(scheme_assessment, "remainder", remainder, remainder_count),
};
static const struct scheme__object grade_object = { .kind = "grade", MEMBERS(grade_members) };

static const struct scheme__member seed_members[] = { STRING(scheme_assessment, "announce", seed_after) };
static const struct scheme__object seed_object = { .kind = "seed", MEMBERS(seed_members) };

static const struct scheme__member assessment_members[] = {
    TITLE(scheme_assessment),
    OWN("over", read_over),
    STRING(scheme_assessment, "cut", cut),
    STRING(scheme_assessment, "decide", decide),
    STRING(scheme_assessment, "group", group),
    NAMES(scheme_assessment, "order", order, order_count),
    STRING(scheme_assessment, "ties", ties),
    INTO("grade", grade_object),
    STRING(scheme_assessment, "cap", cap),
    STRING(scheme_assessment, "approve", approve),
    INTO("seed", seed_object),
    OWN("then", read_then),
    NAMES(scheme_assessment, "call", call, call_count),
};
static const struct scheme__object assessment_object = { NAMED("assessment", scheme_assessment, assessment_members) };

/* ---- Notices, documents, roles ---- */

static const struct scheme__member notice_members[] = {
    TITLE(scheme_notice),
    WORD(scheme_notice, "kind", kind, notice_kinds),
    WORD(scheme_notice, "audience", audience, audiences),
    STRING(scheme_notice, "of", of),
    VALUE(scheme_notice, "fields", fields),
    STRING(scheme_notice, "until", until),
    STRING(scheme_notice, "days", days),
    STRING(scheme_notice, "objections", objections),
    STRING(scheme_notice, "publish", publish),
};
static const struct scheme__object notice_object = { NAMED("notice", scheme_notice, notice_members) };

/* documents/NAME.json is the paper itself, in the form of docs/paper.md, whose texts may be FEEL. */
static enum error_code keep_member(struct scheme__reader *r, struct scheme__place p, void *into)
{
    (void)r;
    (void)p;
    (void)into;
    return OK;
}

static enum error_code keep_layout(struct scheme__reader *r, struct scheme__place p, void *into)
{
    struct scheme_document *d = into;
    d->layout = p.v;
    d->file = r->file;
    return OK;
}

static const struct scheme__member layout_members[] = {
    OWN("title", keep_member),
    OWN("language", keep_member),
    OWN("page", keep_member),
    OWN("style", keep_member),
    OWN("header", keep_member),
    OWN("blocks", keep_member),
};
static const struct scheme__object layout_object = { .kind = "layout", MEMBERS(layout_members),
                                                     .finish = keep_layout };

static const struct scheme__member document_members[] = {
    TITLE(scheme_document),
    STRING(scheme_document, "number", number),
    WORD(scheme_document, "seal", seal, seals),
    NAMES(scheme_document, "serve", serve, serve_count),
    FLAG(scheme_document, "blocks", blocks),
    STRING(scheme_document, "page", page),
    STRING(scheme_document, "link", link),
    VALUE(scheme_document, "fields", fields),
};
static const struct scheme__object document_object = { NAMED("document", scheme_document, document_members),
                                                       .folder = "documents", .file = &layout_object };

static const struct scheme__member role_members[] = {
    TITLE(scheme_role),
    NAMES(scheme_role, "at", at, at_count),
    WORD(scheme_role, "by", by, role_ways),
    COUNT(scheme_role, "days", days),
};
static const struct scheme__object role_object = { NAMED("role", scheme_role, role_members) };

static const struct scheme__member law_members[] = {
    STRING(scheme_law, "act", act),
    STRING(scheme_law, "version", version),
    STRING(scheme_law, "article", article),
    STRING(scheme_law, "about", about),
};
static const struct scheme__object law_object = { NAMED("law", scheme_law, law_members) };

/* ---- Statistics, ratings, views ---- */

static const struct scheme__member statistic_members[] = {
    TITLE(scheme_statistic),
    { .name = "definition", .how = SCHEME__TEXT, .at = AT(scheme_statistic, definition) },
    STRING(scheme_statistic, "top", top),
    STRING(scheme_statistic, "bottom", bottom),
    STRING(scheme_statistic, "cut", cut),
    STRING(scheme_statistic, "show", show),
    NAMES(scheme_statistic, "by", by, by_count),
    STRING(scheme_statistic, "decide", decide),
    WORD(scheme_statistic, "audience", audience, audiences),
};
static const struct scheme_statistic initial_statistic = { .audience = SCHEME_TO_OFFICE };
static const struct scheme__object statistic_object = { NAMED("statistic", scheme_statistic, statistic_members),
                                                        .initial = &initial_statistic };

static const struct scheme__member rating_members[] = {
    TITLE(scheme_rating),
    STRING(scheme_rating, "of", of),
    STRING(scheme_rating, "by", by),
    NAMES(scheme_rating, "ask", ask, ask_count),
    STRING(scheme_rating, "process", process),
};
static const struct scheme__object rating_object = { NAMED("rating", scheme_rating, rating_members) };

static const struct scheme__member view_members[] = {
    TITLE(scheme_view),
    STRING(scheme_view, "ledger", ledger),
    WORD(scheme_view, "audience", audience, audiences),
    NAMES(scheme_view, "fields", fields, field_count),
    STRING(scheme_view, "where", where),
    STRING(scheme_view, "order", order),
    NAMES(scheme_view, "search", search, search_count),
    NAMES(scheme_view, "filter", filter, filter_count),
    STRING(scheme_view, "on", on),
    STRING(scheme_view, "near", near),
    STRING(scheme_view, "decision", decision),
};
static const struct scheme__object view_object = { NAMED("view", scheme_view, view_members) };

/* ---- The whole ---- */

/* ["core", "sites?"] */
static enum error_code read_uses(struct scheme__reader *r, struct scheme__place p, void *into)
{
    struct scheme *s = into;
    const str *names = NULL;
    uint32_t count = 0;
    enum error_code code = scheme__read_names(r, p, &names, &count);
    struct scheme_use *uses = ARENA_ARRAY(r->arena, struct scheme_use, count);
    for (uint32_t i = 0; i < count && code == OK; i++) {
        bool optional = scheme__ends_with(names[i], STR("?"));
        uses[i] = (struct scheme_use){ str_slice(names[i], 0, names[i].len - optional), optional };
    }
    s->uses = uses;
    s->use_count = count;
    return code;
}

static enum error_code read_name(struct scheme__reader *r, struct scheme__place p, void *into)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
    struct scheme *s = into;
    str name = p.j->kind == JSON_STRING ? p.j->text : STR("");
    bool good = name.len > 0 && name.len <= LIMIT_PEOPLE_WORD;
    for (size_t i = 0; i < name.len && good; i++) {
        good = name.ptr[i] != '\0' && strchr(letters, name.ptr[i]) != NULL;
    }
    if (!good) {
        scheme__refuse(r, p.j, "\"%.*s\" cannot be the name of a scheme", STR_ARG(name));
        error_hint(r->err, "use small letters, digits, - and _: it becomes part of addresses and of names of ledgers");
        return ERROR_INVALID;
    }
    s->name = name;
    return OK;
}

/* {"old step": "new step"} */
static enum error_code read_follow_map(struct scheme__reader *r, struct scheme__place p, void *into)
{
    bool fine = p.v.kind == FEEL_CONTEXT;
    for (uint32_t i = 0; fine && i < p.v.count; i++) {
        fine = p.v.values[i].kind == FEEL_STRING;
    }
    ((struct scheme *)into)->follow_map = p.v;
    return fine ? OK : scheme__refuse(r, p.j, "\"map\" must name for each old step the new one");
}

static const struct scheme__member follow_members[] = {
    CHOICE(scheme, "process", follow_process_start, follow_process),
    OWN("map", read_follow_map),
    CHOICE(scheme, "rules", follow_rules_key_date, follow_rules),
};
static const struct scheme__object follow_object = { .kind = "follow", MEMBERS(follow_members) };

static const struct scheme__member keep_members[] = {
    STRING(scheme, "dossier", keep_dossier),
    STRING(scheme, "draft", keep_draft),
};
static const struct scheme__object keep_object = { .kind = "keep", MEMBERS(keep_members) };

static const struct scheme__member manifest_members[] = {
    OWN("scheme", read_name),
    TITLE(scheme),
    { .name = "from", .how = SCHEME__DATE, .at = AT(scheme, from), .more = AT(scheme, from_ever) },
    INTO("follow", follow_object),
    OWN("uses", read_uses),
    MAP(scheme, "law", laws, law_count, law_object),
    INTO("keep", keep_object),
    MAP(scheme, "roles", roles, role_count, role_object),
    MAP(scheme, "parameters", parameters, parameter_count, parameter_object),
    MAP(scheme, "ledgers", ledgers, ledger_count, ledger_object),
    MAP(scheme, "facts", facts, fact_count, fact_object),
    MAP(scheme, "decisions", described, described_count, decision_object),
    MAP(scheme, "processes", procedures, procedure_count, process_object),
    MAP(scheme, "assessments", assessments, assessment_count, assessment_object),
    MAP(scheme, "notices", notices, notice_count, notice_object),
    MAP(scheme, "documents", documents, document_count, document_object),
    MAP(scheme, "ratings", ratings, rating_count, rating_object),
    MAP(scheme, "statistics", statistics, statistic_count, statistic_object),
    MAP(scheme, "views", views, view_count, view_object),
};
const struct scheme__object scheme__manifest = { .kind = "scheme", .size = sizeof(struct scheme),
                                                 MEMBERS(manifest_members) };

static bool has_ledger(const struct scheme *s, str name)
{
    return scheme_ledger(s, name) != NULL;
}

static bool has_parameter(const struct scheme *s, str name)
{
    return scheme_parameter(s, name) != NULL;
}

static bool has_document(const struct scheme *s, str name)
{
    return scheme_document(s, name) != NULL;
}

/* Folders whose files belong to something in scheme.json. */
static const struct {
    const char *folder, *end, *member;
    bool (*has)(const struct scheme *s, str name);
} kinds[] = { { "ledgers/", ".json", "ledgers", has_ledger },
              { "parameters/", ".csv", "parameters", has_parameter },
              { "documents/", ".json", "documents", has_document } };

/* A file that scheme.json does not speak of is a slip of its name; one of another kind would not be read. */
static enum error_code refuse_stray(const struct scheme *s, str name, size_t kind, struct error *err)
{
    size_t from = strlen(kinds[kind].folder), tail = strlen(kinds[kind].end);
    if (!scheme__ends_with(name, str_of(kinds[kind].end)) || name.len < from + tail) {
        error_set(err, ERROR_INVALID, "\"%.*s\" is of a kind that is not read", STR_ARG(name));
        error_hint(err, "only files that end in %s stand in this folder; a workbook is saved as CSV", kinds[kind].end);
        error_at(err, name, 0, 0);
        return ERROR_INVALID;
    }
    str item = str_slice(name, from, name.len - tail);
    if (!kinds[kind].has(s, item)) {
        error_set(err, ERROR_INVALID, "scheme.json does not name \"%.*s\" under \"%s\"", STR_ARG(item),
                  kinds[kind].member);
        error_hint(err, "add it there, or take the file away");
        error_at(err, name, 1, 1);
        return ERROR_INVALID;
    }
    return OK;
}

static enum error_code refuse_strays(const struct scheme *s, struct error *err)
{
    enum error_code code = OK;
    for (uint32_t i = 0; i < s->file_count && code == OK; i++) {
        for (size_t k = 0; k < sizeof kinds / sizeof kinds[0] && code == OK; k++) {
            if (str_starts_with(s->files[i].name, str_of(kinds[k].folder))) {
                code = refuse_stray(s, s->files[i].name, k, err);
            }
        }
    }
    return code;
}

static enum error_code check_parents(const struct scheme *s, struct error *err)
{
    for (uint32_t i = 0; i < s->ledger_count; i++) {
        const struct scheme_ledger *l = &s->ledgers[i];
        if (l->parent.len > 0 && (scheme_ledger(s, l->parent) == NULL || str_eq(l->parent, l->name))) {
            error_set(err, ERROR_INVALID, "there is no ledger \"%.*s\" for \"%.*s\" to be a part of",
                      STR_ARG(l->parent), STR_ARG(l->name));
            error_hint(err, "mend \"parent\"");
            error_at(err, STR("scheme.json"), l->line, 1);
            return ERROR_INVALID;
        }
    }
    return OK;
}

enum error_code scheme__read_manifest(struct arena *a, struct scheme *s, struct error *err)
{
    const struct scheme_file *f = scheme__file(s, STR("scheme.json"));
    s->from_ever = true;
    s->follow_process_start = true;
    if (f == NULL) {
        return OK;
    }
    struct scheme__reader r = { .arena = a, .scheme = s, .err = err, .file = f->name, .source = f->bytes,
                                .last_line = 1 };
    struct json *json = ARENA_NEW(a, struct json);
    enum error_code code = json_parse(a, f->bytes, json, err);
    code = code == OK ? feel_json_read(a, f->bytes, &s->manifest, err) : code;
    if (code != OK) {
        error_at(err, f->name, err != NULL ? err->where.line : 0, err != NULL ? err->where.column : 0);
        return code;
    }
    code = scheme__read(&r, (struct scheme__place){ json, s->manifest }, &scheme__manifest, s);
    code = code == OK ? check_parents(s, err) : code;
    return code == OK ? refuse_strays(s, err) : code;
}
