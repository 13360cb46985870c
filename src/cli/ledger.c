/* ledger: gongshi ledger, and what it does in an office.
 *
 *   gongshi ledger list                                     the ledgers of the installed schemes, with their fields
 *   gongshi ledger query LEDGER [--where FEEL] [--words TEXT] [--on DAY] [--known DAY] [--order FIELD [--down]]
 *                               [--office CODE] [--max N] [--after CURSOR]
 *   gongshi ledger show|history LEDGER ROW
 *   gongshi ledger add LEDGER VALUES --office CODE
 *   gongshi ledger change LEDGER ROW VALUES --reason WHY [--revision N]
 *   gongshi ledger strike LEDGER ROW --reason WHY
 *
 * LEDGER is SCHEME.NAME, ROW its number, VALUES a JSON object or the name of a file that holds one. Without --on the
 * rows of today are shown; --on ever shows those of all times. All take --data, and --as LOGIN.
 */
#include "base/clock.h"
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"

#include <stdio.h>

/* ---- In the office ---- */

struct asked {
    struct office *o;
    feel_value v;                /* the command */
    int64_t actor, now;
    struct arena *arena;
    struct buf *out;
    struct error *err;
    struct store_view *view;
    const struct scheme *scheme;
    const struct scheme_ledger *ledger;
};

static str text(const struct asked *k, const char *name)
{
    return feel_text_member(k->v, name);
}

static bool number(const struct asked *k, const char *name, int64_t otherwise, int64_t *ret)
{
    str t = text(k, name);
    dec n;
    *ret = otherwise;
    if (t.len == 0 || (dec_parse(t, &n) && dec_to_int(n, ret) && *ret >= 0)) {
        return true;
    }
    error_set(k->err, ERROR_INVALID, "\"%.*s\" is no number", STR_ARG(t));
    error_hint(k->err, "give the number as it is shown");
    return false;
}

static enum error_code ask_rights(struct asked *k, const struct people_tree *tree, enum people_verb verb,
                                  int64_t office)
{
    struct people_actor actor;
    struct people_verdict verdict;
    struct people_object object = { .kind = PEOPLE_KIND_RECORD, .office = office };
    if (k->actor == 0) {
        return OK;
    }
    enum error_code code = people_actor(k->view, tree, k->arena, k->actor, k->now, &actor, k->err);
    if (code == OK && !people_may(tree, &actor, verb, &object, &verdict, k->err)) {
        code = k->err->code;
    }
    return code;
}

static enum error_code find_office(struct asked *k, const struct people_tree *tree, int64_t *ret)
{
    str code = text(k, "office");
    const struct people_office *office = code.len == 0 ? NULL : people_office_by_code(tree, code);
    *ret = office == NULL ? 0 : office->id;
    return code.len == 0 || office != NULL
               ? OK : error_set(k->err, ERROR_MISSING, "there is no office \"%.*s\"", STR_ARG(code));
}

/* A day's first instant in China, or an instant. */
static enum error_code read_instant(struct asked *k, const char *name, int64_t otherwise, int64_t *ret)
{
    str t = text(k, name);
    cal_date d;
    cal_datetime at;
    cal_zone china;
    *ret = otherwise;
    if (t.len == 0) {
        return OK;
    }
    if (cal_parse_date(t, &d) && cal_zone_find(STR("Asia/Shanghai"), &china)) {
        at = cal_datetime_of(d, (cal_time){ .zone = china });
    } else if (!cal_parse_datetime(t, &at) || at.zone == CAL_ZONE_NONE) {
        error_set(k->err, ERROR_INVALID, "\"%.*s\" is neither a day nor an instant", STR_ARG(t));
        error_hint(k->err, "give a day as 2026-03-01");
        return ERROR_INVALID;
    }
    *ret = cal_utc_seconds(at) * 1000000;
    return OK;
}

/* ---- Writing rows out ---- */

static feel_value instant_value(int64_t micros)
{
    feel_value v = { .kind = FEEL_DATE_TIME };
    bool bound = micros != INT64_MIN && micros != INT64_MAX;
    return bound && cal_datetime_from_utc(micros / 1000000, (uint32_t)(micros % 1000000 + 1000000) % 1000000 * 1000,
                                          8 * 3600, &v.date_time) ? v : feel_null();
}

static void write_row(struct asked *k, const struct record_row *row)
{
    static const char *const names[] = { "values", "valid from", "valid to", "known from", "known to", "actor" };
    str *shape = ARENA_ARRAY(k->arena, str, 6);
    feel_value values[] = { record_context(k->arena, k->ledger, row), instant_value(row->valid_from),
                            instant_value(row->valid_to), instant_value(row->known_from),
                            instant_value(row->known_to), feel_number(dec_from_int(row->actor)) };
    for (int i = 0; i < 6; i++) {
        shape[i] = str_of(names[i]);
    }
    feel_json_write(feel_context(feel_shape_new(k->arena, shape, 6), values), false, k->out);
}

static void write_rows(struct asked *k, const struct record_row *rows, uint32_t count)
{
    buf_addz(k->out, "[");
    for (uint32_t i = 0; i < count; i++) {
        buf_addz(k->out, i == 0 ? "" : ",");
        write_row(k, &rows[i]);
    }
    buf_addz(k->out, "]");
}

/* ---- Looking ---- */

static enum error_code list_scheme(struct asked *k, str name, bool *first)
{
    const struct scheme *s;
    enum error_code code = record_installed(k->o->record, k->view, name, &s, k->err);
    for (uint32_t i = 0; code == OK && i < s->ledger_count; i++) {
        const struct scheme_ledger *l = &s->ledgers[i];
        buf_printf(k->out, "%s{\"ledger\":\"%.*s.%.*s\",\"fields\":{", *first ? "" : ",", STR_ARG(s->name),
                   STR_ARG(l->name));
        for (uint32_t f = 0; f < l->field_count; f++) {
            buf_addz(k->out, f == 0 ? "" : ",");
            json_quote(l->fields[f].name, k->out);
            buf_printf(k->out, ":\"%s\"", scheme_field_type_name(l->fields[f].type));
        }
        buf_addz(k->out, "}}");
        *first = false;
    }
    return code;
}

static enum error_code list(struct asked *k)
{
    str names[200];
    uint32_t count = 0;
    bool first = true;
    struct store_rows *r = store_query(k->view, "SELECT DISTINCT name FROM deployed ORDER BY name", NULL, 0);
    while (count < 200 && store_next(r)) {
        names[count++] = arena_str(k->arena, store_column_text(r, 0));
    }
    store_rows_end(r);
    enum error_code code = OK;
    buf_addz(k->out, "[");
    for (uint32_t i = 0; code == OK && i < count; i++) {
        code = list_scheme(k, names[i], &first);
    }
    buf_addz(k->out, "]");
    return code;
}

static enum error_code answer(struct asked *k, struct record_query *q)
{
    struct feel_environment env = { .instant = k->now / 1000000, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    struct record_answer a;
    str where = text(k, "where");
    enum error_code code = OK;
    if (where.len > 0) {
        code = record_filter(k->arena, k->ledger, where, NULL, &q->filter, k->err);
    }
    code = code == OK ? record_query(k->view, ev, q, k->arena, &a, k->err) : code;
    if (code == OK) {
        buf_addz(k->out, "{\"rows\":");
        write_rows(k, a.rows, a.count);
        buf_printf(k->out, ",\"examined\":%llu,\"next\":\"%.*s\"}", (unsigned long long)a.examined, STR_ARG(a.next));
    }
    feel_eval_free(ev);
    return code;
}

static enum error_code query(struct asked *k, const struct people_tree *tree)
{
    struct record_query q = { .scheme = k->scheme, .ledger = k->ledger, .tree = tree, .words = text(k, "words"),
                              .order = text(k, "order"), .descending = text(k, "down").len > 0,
                              .after = text(k, "after") };
    bool ever = str_eq(text(k, "on"), STR("ever"));
    int64_t max;
    enum error_code code = find_office(k, tree, &q.office);
    q.flags = ever ? RECORD_ALL_TIMES : 0;
    code = code == OK && !ever ? read_instant(k, "on", k->now, &q.valid_at) : code;
    code = code == OK ? read_instant(k, "known", INT64_MAX, &q.known_at) : code;
    code = code == OK && !number(k, "max", 50, &max) ? ERROR_INVALID : code;
    code = code == OK ? ask_rights(k, tree, PEOPLE_VERB_SEE, q.office) : code;
    if (code != OK) {
        return code;
    }
    q.max = max < LIMIT_RECORD_GATHER ? (uint32_t)max : LIMIT_RECORD_GATHER;
    return answer(k, &q);
}

/* The row that the command names, and whether it may be seen. */
static enum error_code read_history(struct asked *k, const struct people_tree *tree, enum people_verb verb,
                                    const struct record_row **ret, uint32_t *ret_count)
{
    int64_t row;
    enum error_code code = number(k, "row", 0, &row) ? OK : ERROR_INVALID;
    code = code == OK ? record_history(k->view, k->arena, k->ledger, row, ret, ret_count, k->err) : code;
    return code == OK ? ask_rights(k, tree, verb, (*ret)[*ret_count - 1].office) : code;
}

static enum error_code show(struct asked *k, const struct people_tree *tree, bool all)
{
    const struct record_row *rows;
    uint32_t count;
    enum error_code code = read_history(k, tree, PEOPLE_VERB_SEE, &rows, &count);
    if (code == OK && all) {
        write_rows(k, rows, count);
    } else if (code == OK) {
        write_row(k, &rows[count - 1]);
    }
    return code;
}

/* ---- Writing ---- */

static enum error_code carry_out(struct asked *k, struct record_plan *plan, const struct people_tree *tree)
{
    str act = text(k, "act"), reason = text(k, "reason");
    feel_value values = feel_member(k->v, "values");
    const struct record_row *rows;
    uint32_t count;
    int64_t row, revision;
    if (!number(k, "row", 0, &row) || !number(k, "revision", 0, &revision)) {
        return ERROR_INVALID;
    }
    if (str_eq(act, STR("add"))) {
        enum error_code code = find_office(k, tree, &plan->office);
        code = code == OK ? ask_rights(k, tree, PEOPLE_VERB_SET, plan->office) : code;
        code = code == OK ? record_add(plan, k->scheme, k->ledger, values, &row, k->err) : code;
        buf_printf(k->out, "{\"row\":\"%lld\"}", (long long)row);
        return code;
    }
    enum error_code code = read_history(k, tree, PEOPLE_VERB_SET, &rows, &count);
    if (code == OK && reason.len == 0) {
        code = error_set(k->err, ERROR_INVALID, "a change needs a reason");
        error_hint(k->err, "say why with --reason");
    }
    if (code == OK && str_eq(act, STR("strike"))) {
        code = record_strike(plan, k->ledger, row, reason, k->err);
    } else if (code == OK) {
        code = record_change(plan, k->scheme, k->ledger, row, revision, values, reason, k->err);
    }
    buf_printf(k->out, "{\"row\":\"%lld\"}", (long long)row);
    return code;
}

static enum error_code find_ledger(struct asked *k)
{
    return record_ledger(k->o->record, k->view, NULL, text(k, "ledger"), &k->scheme, &k->ledger, NULL, k->err);
}

static enum error_code write(struct asked *k)
{
    struct record_plan plan;
    const struct people_tree *tree;
    enum error_code code = record_begin(k->o->record, k->arena, k->actor, k->now, &plan, k->err);
    if (code != OK) {
        return code;
    }
    k->view = plan.view;
    code = find_ledger(k);
    if (code == OK && (code = people_tree(k->o->people, k->view, &tree, k->err)) == OK) {
        code = carry_out(k, &plan, tree);
        people_tree_end(k->o->people, tree);
    }
    return record_finish(&plan, code, NULL, k->err);
}

static enum error_code look(struct asked *k, str act)
{
    const struct people_tree *tree;
    enum error_code code = store_view(k->o->store, &k->view, k->err);
    if (code != OK) {
        return code;
    }
    bool all = str_eq(act, STR("list"));
    code = all ? list(k) : find_ledger(k);
    if (!all && code == OK && (code = people_tree(k->o->people, k->view, &tree, k->err)) == OK) {
        code = str_eq(act, STR("query")) ? query(k, tree) : show(k, tree, str_eq(act, STR("history")));
        people_tree_end(k->o->people, tree);
    }
    store_view_end(k->view);
    return code;
}

enum error_code office_ledger(struct office *o, feel_value command, int64_t actor, int64_t now, struct arena *a,
                              struct buf *out, struct error *err)
{
    struct asked k = { .o = o, .v = command, .actor = actor, .now = now, .arena = a, .out = out, .err = err };
    str act = text(&k, "act");
    bool writes = str_eq(act, STR("add")) || str_eq(act, STR("change")) || str_eq(act, STR("strike"));
    return writes ? write(&k) : look(&k, act);
}

/* ---- The command ---- */

static const struct form {
    const char *act, *words[3];
} forms[] = {
    { "list", { NULL } },
    { "query", { "ledger", NULL } },
    { "show", { "ledger", "row", NULL } },
    { "history", { "ledger", "row", NULL } },
    { "add", { "ledger", "values", NULL } },
    { "change", { "ledger", "row", "values" } },
    { "strike", { "ledger", "row", NULL } },
};

static const struct form *find_form(const char *act)
{
    for (size_t i = 0; act != NULL && i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(forms[i].act, act) == 0) {
            return &forms[i];
        }
    }
    return NULL;
}

int command_values(struct command *c, struct arena *a, const char *value)
{
    struct error err = { .lang = cli_lang };
    str json = str_of(value);
    feel_value v;
    if (value[0] != '{' && cli_read(a, value, LIMIT_JSON_BYTES, "JSON_BYTES", &json, &err) != OK) {
        return cli_report(&err);
    }
    if (feel_json_read(a, json, &v, &err) != OK) {
        return cli_report(&err);
    }
    command_json(c, "values", json);
    return EXIT_DONE;
}

static int add_word(struct command *c, struct arena *a, const struct form *f, int *words, const char *value)
{
    const char *name = *words < 3 ? f->words[*words] : NULL;
    if (name == NULL) {
        return cli_usage("\"%s\" is one word too many", value);
    }
    ++*words;
    if (strcmp(name, "values") == 0) {
        return command_values(c, a, value);
    }
    command_text(c, name, value);
    return EXIT_DONE;
}

static bool is_option(const char *option)
{
    static const char *const options[] = { "--where", "--words", "--on", "--known", "--order", "--office", "--max",
                                           "--after", "--reason", "--revision", "--as" };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (strcmp(options[i], option) == 0) {
            return true;
        }
    }
    return false;
}

static int read_line(int argc, char **argv, const struct form *f, struct command *c, struct arena *a,
                     const char **data)
{
    int words = 0, status = EXIT_DONE;
    for (int i = 2; i < argc && status == EXIT_DONE; i++) {
        const char *option = argv[i];
        if (option[0] != '-' || option[1] != '-') {
            status = add_word(c, a, f, &words, option);
        } else if (strcmp(option, "--down") == 0) {
            command_text(c, "down", "yes");
        } else if (strcmp(option, "--data") != 0 && !is_option(option)) {
            status = cli_usage("there is no option %s", option);
        } else {
            const char *value = cli_value(argc, argv, &i);
            if (value == NULL) {
                status = EXIT_USAGE;
            } else if (strcmp(option, "--data") == 0) {
                *data = value;
            } else {
                command_text(c, option + 2, value);
            }
        }
    }
    if (status == EXIT_DONE && words < 3 && f->words[words] != NULL) {
        status = cli_usage("gongshi ledger %s needs its %s", f->act, f->words[words]);
    }
    return status;
}

int cli_ledger(int argc, char **argv)
{
    const struct form *f = find_form(argc > 1 ? argv[1] : NULL);
    const char *data = office_default();
    struct arena a = ARENA_INIT;
    struct command c;
    if (argc > 1 && (strcmp(argv[1], "import") == 0 || strcmp(argv[1], "export") == 0)) {
        return cli_exchange(argc, argv);
    }
    if (f == NULL) {
        return cli_usage("gongshi ledger import|export|list|query|show|history|add|change|strike");
    }
    command_begin(&c, "ledger");
    command_text(&c, "act", f->act);
    int status = read_line(argc, argv, f, &c, &a, &data);
    if (status == EXIT_DONE) {
        status = command_run(&c, data, true);
    } else {
        buf_release(&c.text);
    }
    arena_release(&a);
    return status;
}
