/* party: gongshi party, and what it does in an office; see record/party.h.
 *
 *   gongshi party add VALUES [--office CODE]      VALUES: fields of core.parties as JSON, or the file that holds it
 *   gongshi party show HANDLE
 *   gongshi party list [--words TEXT] [--office CODE] [--max N] [--after CURSOR]
 *   gongshi party erase HANDLE --text WHY --as LOGIN
 *   gongshi party check CODE                      what is right and wrong about a unified social credit code
 *
 * All but check take --data, and --as LOGIN.
 */
#include "cli/cli.h"
#include "cli/office.h"
#include "record/party.h"

#include <stdio.h>

/* ---- In the office ---- */

struct asked {
    struct office *o;
    feel_value v;                /* the command */
    int64_t actor, now;
    struct arena *arena;
    struct buf *out;
    struct error *err;
};

static str text(const struct asked *k, const char *name)
{
    return feel_text_member(k->v, name);
}

/* Asks people_may, and finds the office that the command names (*ret_office, where it is not NULL). */
static enum error_code ask_rights(struct asked *k, struct store_view *v, enum people_verb verb, int64_t office,
                                  int64_t *ret_office)
{
    struct office_asker who = { .view = v, .arena = k->arena, .actor = k->actor, .now = k->now };
    str named = ret_office == NULL ? STR("") : text(k, "office");
    enum error_code code = named.len == 0 ? OK : office_by_code(v, named, &office, k->err);
    code = code == OK ? people_tree(k->o->people, v, &who.tree, k->err) : code;
    if (code == OK) {
        code = office_may_rows(&who, verb, SCHEME_INTERNAL, office, k->err);
        people_tree_end(k->o->people, who.tree);
    }
    if (code == OK && ret_office != NULL) {
        *ret_office = office;
    }
    return code;
}

/* The office of whoever enters a party, where he does not say another. */
static int64_t own_office(struct store_view *v, int64_t person)
{
    struct store_value args[] = { store_int(person) };
    struct store_rows *r = store_query(v, "SELECT office FROM person WHERE id = ?", args, 1);
    int64_t office = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return office;
}

static enum error_code add(struct asked *k)
{
    struct record_plan plan;
    str handle = STR("");
    feel_value values = feel_member(k->v, "values");
    enum error_code code = record_begin(k->o->record, k->arena, k->actor, k->now, &plan, k->err);
    if (code != OK) {
        return code;
    }
    code = ask_rights(k, plan.view, PEOPLE_VERB_SET, own_office(plan.view, k->actor), &plan.office);
    code = code == OK ? party_add(&plan, values, &handle, k->err) : code;
    code = record_finish(&plan, code, NULL, k->err);
    if (code == OK) {
        struct json_writer w;
        struct party_code c = party_code_look(feel_text_member(values, "code"));
        json_writer_init(&w, k->out, false);
        json_begin_object(&w);
        json_text_member(&w, "handle", handle);
        if (c.fault == PARTY_CODE_CHECK) {
            json_text_member(&w, "warning",
                             arena_printf(k->arena, lang_text(k->err->lang, "the check digit of the code does not fit: "
                                                                            "it should be %c"), c.expected));
        }
        json_end_object(&w);
    }
    return code;
}

static enum error_code read_party(struct asked *k, struct store_view *v, enum people_verb verb, struct record_row *ret)
{
    enum error_code code = party_read(k->o->record, v, k->arena, text(k, "handle"), ret, k->err);
    return code == OK ? ask_rights(k, v, verb, ret->office, NULL) : code;
}

static enum error_code show(struct asked *k)
{
    struct store_view *v;
    struct record_row row;
    const struct scheme *s;
    const struct scheme_ledger *l;
    enum error_code code = store_view(k->o->store, &v, k->err);
    if (code != OK) {
        return code;
    }
    code = read_party(k, v, PEOPLE_VERB_SEE, &row);
    code = code == OK ? record_ledger(k->o->record, v, NULL, STR("core.parties"), &s, &l, NULL, k->err) : code;
    if (code == OK) {
        feel_json_write(record_seen(k->arena, record_ledger_seen(k->arena, l, SCHEME_INTERNAL), &row), false, k->out);
    }
    enum error_code read = store_view_error(v, code == OK ? k->err : NULL);
    store_view_end(v);
    return code == OK ? read : code;
}

/* The keys are destroyed when it is committed that they are to be. */
static enum error_code erase(struct asked *k)
{
    struct record_plan plan;
    struct record_row row;
    uint32_t erased = 0;
    if (k->actor == 0) {
        error_set(k->err, ERROR_INVALID, "erasing needs a person who answers for it");
        error_hint(k->err, "say who with --as");
        return ERROR_INVALID;
    }
    enum error_code code = record_begin(k->o->record, k->arena, k->actor, k->now, &plan, k->err);
    if (code != OK) {
        return code;
    }
    code = read_party(k, plan.view, PEOPLE_VERB_ERASE, &row);
    code = code == OK ? party_erase(&plan, text(k, "handle"), text(k, "text"), k->err) : code;
    code = record_finish(&plan, code, NULL, k->err);
    code = code == OK ? record_erase_due(k->o->record, &erased, k->err) : code;
    if (code == OK) {
        buf_printf(k->out, "{\"erased\":%u}", erased);
    }
    return code;
}

enum error_code office_party(struct office *o, feel_value command, int64_t actor, int64_t now, struct arena *a,
                             struct buf *out, struct error *err)
{
    struct asked k = { .o = o, .v = command, .actor = actor, .now = now, .arena = a, .out = out, .err = err };
    str act = text(&k, "act");
    return str_eq(act, STR("add")) ? add(&k) : str_eq(act, STR("erase")) ? erase(&k) : show(&k);
}

/* ---- The command ---- */

static const char *fault_of(enum party_code_fault fault)
{
    static const char *const words[] = {
        [PARTY_CODE_SOUND] = "sound", [PARTY_CODE_LENGTH] = "length", [PARTY_CODE_LETTER] = "letter",
        [PARTY_CODE_REGION] = "region", [PARTY_CODE_CHECK] = "check digit",
    };
    return words[fault];
}

/* What a machine and a person want to know; the exit status says whether the code is sound. */
static int check(const char *code)
{
    struct party_code c = party_code_look(str_of(code));
    struct buf out = BUF_INIT(1024);
    buf_printf(&out, "{\"fault\":\"%s\"", fault_of(c.fault));
    if (c.fault == PARTY_CODE_LETTER || c.fault == PARTY_CODE_REGION) {
        buf_printf(&out, ",\"place\":%u", c.place);
    }
    if (c.fault == PARTY_CODE_SOUND || c.fault == PARTY_CODE_CHECK) {
        buf_printf(&out, ",\"expected\":\"%c\",\"inner\":%s", c.expected, c.inner ? "true" : "false");
    }
    buf_addz(&out, "}");
    int status = cli_print(&out, "\n");
    return status == EXIT_DONE && c.fault != PARTY_CODE_SOUND ? EXIT_REFUSED : status;
}

struct line {
    const char *act, *word, *data;
    struct command c;
};

static int read_line(int argc, char **argv, struct line *l)
{
    static const char *const options[] = { "--office", "--as", "--text", "--words", "--max", "--after" };
    for (int i = 2; i < argc; i++) {
        bool known = false;
        if (argv[i][0] != '-' || argv[i][1] != '-') {
            if (l->word != NULL) {
                return cli_usage("\"%s\" is one word too many", argv[i]);
            }
            l->word = argv[i];
            continue;
        }
        const char *option = argv[i], *value = cli_value(argc, argv, &i);
        for (size_t o = 0; o < sizeof options / sizeof options[0]; o++) {
            known = known || strcmp(option, options[o]) == 0;
        }
        if (value == NULL) {
            return EXIT_USAGE;
        }
        if (strcmp(option, "--data") == 0) {
            l->data = value;
        } else if (known) {
            command_text(&l->c, option + 2, value);
        } else {
            return cli_usage("there is no option %s", option);
        }
    }
    return EXIT_DONE;
}

static int run(struct line *l)
{
    struct arena a = ARENA_INIT;
    int status = EXIT_DONE;
    if (strcmp(l->act, "list") == 0) {
        command_text(&l->c, "act", "query");
        command_text(&l->c, "ledger", "core.parties");
        command_text(&l->c, "on", "ever");
        return command_run(&l->c, l->data, true);
    }
    command_text(&l->c, "act", l->act);
    if (strcmp(l->act, "add") == 0) {
        status = command_values(&l->c, &a, l->word);
    } else {
        command_text(&l->c, "handle", l->word);
    }
    if (status == EXIT_DONE) {
        status = command_run(&l->c, l->data, true);
    } else {
        buf_release(&l->c.text);
    }
    arena_release(&a);
    return status;
}

int cli_party(int argc, char **argv)
{
    static const char *const acts[] = { "add", "show", "list", "erase", "check" };
    struct line l = { .act = argc > 1 ? argv[1] : "", .data = office_default() };
    bool known = false;
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        known = known || strcmp(l.act, acts[i]) == 0;
    }
    if (!known) {
        return cli_usage("gongshi party add VALUES | show|erase HANDLE | list | check CODE");
    }
    bool list = strcmp(l.act, "list") == 0;
    command_begin(&l.c, list ? "ledger" : "party");
    int status = read_line(argc, argv, &l);
    if (status == EXIT_DONE && !list && l.word == NULL) {
        status = cli_usage("gongshi party %s: of what?", l.act);
    }
    if (status != EXIT_DONE || strcmp(l.act, "check") == 0) {
        buf_release(&l.c.text);
        return status == EXIT_DONE ? check(l.word) : status;
    }
    return run(&l);
}
