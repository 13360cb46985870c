/* assess: gongshi assess VERB …, and the command "assess" of an office.
 *
 *   gongshi assess new SCHEME NAME [--office CODE] [--corrects N] [--at INSTANT]
 *   gongshi assess freeze|compute|carry-out N
 *   gongshi assess seed N TEXT
 *   gongshi assess preview N [--with JSON]
 *   gongshi assess approve N [--result HASH]
 *   gongshi assess strike|call N ENTRY --text WHY
 *   gongshi assess show|names|verify N
 *   gongshi assess list [SCHEME]
 *
 * --as LOGIN says who acts; without it the program itself does, which may all but approve. `names` prints the list that
 * a lot is drawn of, as sha256sum wants it. --json: on one line, as programs want it.
 */
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- In the office ---- */

struct act {
    struct office *o;
    feel_value v;
    int64_t id, actor;
    struct arena *a;
    struct buf *out;
    struct error *err;
};

static str text(const struct act *c, const char *name)
{
    return feel_text_member(c->v, name);
}

static bool number(const struct act *c, const char *name, int64_t *ret)
{
    return office_number(c->v, name, 0, ret, c->err);
}

/* The head of the assessment as it now is. */
static enum error_code write_head(struct act *c)
{
    struct store_view *v;
    struct work_assessment s;
    struct json_writer w;
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code != OK) {
        return code;
    }
    if (work_read_assessment(v, c->id, c->a, &s)) {
        json_writer_init(&w, c->out, false);
        json_begin_object(&w);
        work_write_assessment(&s, &w);
        json_end_object(&w);
    }
    code = store_view_error(v, c->err);
    store_view_end(v);
    return code;
}

static enum error_code head_after(struct act *c, enum error_code code)
{
    return code == OK ? write_head(c) : code;
}

static enum error_code new(struct act *c)
{
    struct work_assess_new what = { .scheme = text(c, "scheme"), .name = text(c, "name"),
                                    .office = text(c, "office") };
    str at = text(c, "at");
    if (!number(c, "corrects", &what.corrects)) {
        return ERROR_INVALID;
    }
    if (at.len > 0) {
        feel_value t = feel_from_text(at, feel_type_named(STR("date and time")));
        if (t.kind != FEEL_DATE_TIME) {
            return error_set(c->err, ERROR_INVALID, "\"%.*s\" is no date and time", STR_ARG(at));
        }
        what.cut = cal_utc_seconds(t.date_time) * 1000000;
    }
    return head_after(c, work_assess_new(c->o->work, &what, c->actor, &c->id, c->err));
}

static enum error_code freeze(struct act *c)
{
    return head_after(c, work_assess_freeze(c->o->work, c->id, c->actor, c->err));
}

static enum error_code seed(struct act *c)
{
    return head_after(c, work_assess_seed(c->o->work, c->id, text(c, "seed"), c->actor, c->err));
}

static enum error_code compute(struct act *c)
{
    return head_after(c, work_assess_compute(c->o->work, c->id, c->actor, c->err));
}

static enum error_code preview(struct act *c)
{
    feel_value with = feel_member(c->v, "with");
    struct buf json = BUF_INIT(LIMIT_JSON_BYTES);
    if (with.kind != FEEL_NULL) {
        feel_json_write(with, false, &json);
    }
    enum error_code code = work_assess_preview(c->o->work, c->id, buf_str(&json), c->actor, c->out, c->err);
    buf_release(&json);
    return code;
}

static enum error_code approve(struct act *c)
{
    return head_after(c, work_assess_approve(c->o->work, c->id, text(c, "result"), c->actor, c->err));
}

static enum error_code strike(struct act *c)
{
    return head_after(c, work_assess_strike(c->o->work, c->id, text(c, "entry"), text(c, "text"), c->actor, c->err));
}

static enum error_code call(struct act *c)
{
    struct json_writer w;
    str next;
    enum error_code code = work_assess_call(c->o->work, c->id, text(c, "entry"), text(c, "text"), c->actor, c->a, &next,
                                            c->err);
    json_writer_init(&w, c->out, false);
    json_begin_object(&w);
    if (code == OK) {
        json_text_member(&w, "next", next);
    }
    json_end_object(&w);
    return code;
}

static enum error_code carry_out(struct act *c)
{
    int64_t left = 0, most;
    if (!number(c, "most", &most)) {
        return ERROR_INVALID;
    }
    enum error_code code = work_assess_carry(c->o->work, c->id, (uint32_t)most, c->actor, &left, c->err);
    return head_after(c, code);
}

static enum error_code show(struct act *c)
{
    struct store_view *v;
    struct work_assessment s;
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code != OK) {
        return code;
    }
    if (work_read_assessment(v, c->id, c->a, &s)) {
        work_write_assessment_entries(v, &s, 0, UINT32_MAX, c->out);
        code = store_view_error(v, c->err);
    } else {
        code = error_set(c->err, ERROR_MISSING, "there is no assessment %lld", (long long)c->id);
    }
    store_view_end(v);
    return code;
}

static enum error_code names(struct act *c)
{
    struct json_writer w;
    struct buf list = BUF_INIT(LIMIT_JSON_BYTES);
    enum error_code code = work_assess_list(c->o->work, c->id, &list, c->err);
    if (code == OK) {
        json_writer_init(&w, c->out, false);
        json_begin_object(&w);
        json_text_member(&w, "names", buf_str(&list));
        json_end_object(&w);
    }
    buf_release(&list);
    return code;
}

static enum error_code list(struct act *c)
{
    struct store_view *v;
    enum error_code code = store_view(c->o->store, &v, c->err);
    if (code == OK) {
        work_write_assessments(v, text(c, "scheme"), INT64_MAX, 200, c->out);
        code = store_view_error(v, c->err);
        store_view_end(v);
    }
    return code;
}

static enum error_code verify(struct act *c)
{
    struct work_assess_verdict r;
    enum error_code code = work_assess_verify(c->o->work, c->id, c->a, &r, c->err);
    if (code != OK) {
        return code;
    }
    if (!r.population || !r.list || !r.result || r.different > 0) {
        error_set(c->err, ERROR_INVALID, "the assessment is not what its hashes were made of");
        error_detail(c->err, "population %s, list %s, result %s; %llu entries differ, the first is \"%.*s\"",
                     r.population ? "=" : "≠", r.list ? "=" : "≠", r.result ? "=" : "≠",
                     (unsigned long long)r.different, STR_ARG(r.first));
        return ERROR_INVALID;
    }
    buf_printf(c->out, "{\"entries\":%llu,\"different\":0}", (unsigned long long)r.entries);
    return OK;
}

static const struct {
    const char *verb;
    enum error_code (*run)(struct act *c);
    const char *words[2]; /* what the words after the verb are */
    bool needs;           /* all of them */
} verbs[] = {
    { "new", new, { "scheme", "name" }, true },
    { "freeze", freeze, { "assessment", NULL }, true },
    { "seed", seed, { "assessment", "seed" }, true },
    { "compute", compute, { "assessment", NULL }, true },
    { "preview", preview, { "assessment", NULL }, true },
    { "approve", approve, { "assessment", NULL }, true },
    { "strike", strike, { "assessment", "entry" }, true },
    { "call", call, { "assessment", "entry" }, true },
    { "carry-out", carry_out, { "assessment", NULL }, true },
    { "show", show, { "assessment", NULL }, true },
    { "names", names, { "assessment", NULL }, true },
    { "list", list, { "scheme", NULL }, false },
    { "verify", verify, { "assessment", NULL }, true },
};

enum { VERBS = sizeof verbs / sizeof verbs[0] };

static size_t find_verb(str verb)
{
    size_t i = 0;
    while (i < VERBS && !str_eq(verb, str_of(verbs[i].verb))) {
        i++;
    }
    return i;
}

enum error_code office_assess(struct office *o, feel_value command, int64_t actor, struct arena *a, struct buf *out,
                              struct error *err)
{
    struct act c = { .o = o, .v = command, .actor = actor, .a = a, .out = out, .err = err };
    size_t i = find_verb(text(&c, "verb"));
    if (i == VERBS) {
        return error_set(err, ERROR_INVALID, "an assessment knows no \"%.*s\"", STR_ARG(text(&c, "verb")));
    }
    return number(&c, "assessment", &c.id) ? verbs[i].run(&c) : ERROR_INVALID;
}

/* ---- The command line ---- */

struct line {
    const char *words[3], *data, *with;
    uint32_t count;
    bool json;
    struct command command;
    struct arena arena;
};

static bool is_member(const char *option)
{
    static const char *const members[] = { "--as", "--office", "--corrects", "--at", "--result", "--text", "--most",
                                           "--over", "--decision" };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (strcmp(option, members[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The server has a folder of its own. */
static int add_folder(struct line *l, const char *folder)
{
    char *path = realpath(folder, NULL);
    command_text(&l->command, "folder", path == NULL ? folder : path);
    free(path); /* style: allow free: realpath made it */
    return EXIT_DONE;
}

static int read_option(struct line *l, int argc, char **argv, int *at)
{
    const char *option = argv[*at];
    if (strcmp(option, "--json") == 0) {
        l->json = true;
        return EXIT_DONE;
    }
    bool member = is_member(option);
    if (!member && strcmp(option, "--data") != 0 && strcmp(option, "--scheme") != 0 && strcmp(option, "--with") != 0) {
        return cli_usage("there is no option %s", option);
    }
    const char *value = cli_value(argc, argv, at);
    if (value == NULL) {
        return EXIT_USAGE;
    }
    if (strcmp(option, "--scheme") == 0) {
        return add_folder(l, value);
    }
    if (member) {
        command_text(&l->command, option + 2, value);
    } else {
        *(strcmp(option, "--data") == 0 ? &l->data : &l->with) = value;
    }
    return EXIT_DONE;
}

static int read_line(int argc, char **argv, struct line *l)
{
    for (int i = 1; i < argc; i++) {
        int status = EXIT_DONE;
        if (argv[i][0] == '-' && argv[i][1] == '-') {
            status = read_option(l, argc, argv, &i);
        } else if (l->count == 3) {
            status = cli_usage("\"%s\" is one word too many", argv[i]);
        } else {
            l->words[l->count++] = argv[i];
        }
        if (status != EXIT_DONE) {
            return status;
        }
    }
    return l->count > 0 ? EXIT_DONE : cli_usage("what is to be done?");
}

/* JSON as it stands, or out of the file of that name. */
static int add_with(struct line *l)
{
    struct error err = { .lang = cli_lang };
    feel_value v;
    str json = l->with == NULL ? STR("") : str_of(l->with);
    if (json.len == 0) {
        return EXIT_DONE;
    }
    if (json.ptr[0] != '{' && cli_read(&l->arena, l->with, LIMIT_JSON_BYTES, "JSON_BYTES", &json, &err) != OK) {
        return cli_report(&err);
    }
    if (feel_json_read(&l->arena, json, &v, &err) != OK) {
        return cli_report(&err);
    }
    command_json(&l->command, "with", json);
    return EXIT_DONE;
}

static int add_words(struct line *l)
{
    size_t verb = find_verb(str_of(l->words[0]));
    if (verb == VERBS) {
        return cli_usage("an assessment knows no \"%s\"", l->words[0]);
    }
    command_text(&l->command, "verb", l->words[0]);
    for (uint32_t i = 0; i < 2; i++) {
        const char *name = verbs[verb].words[i];
        bool given = l->count > i + 1;
        if ((name == NULL && given) || (name != NULL && !given && verbs[verb].needs)) {
            return name == NULL ? cli_usage("\"%s\" is one word too many", l->words[i + 1])
                                : cli_usage("gongshi assess %s: which %s?", l->words[0], name);
        }
        if (given) {
            command_text(&l->command, name, l->words[i + 1]);
        }
    }
    return EXIT_DONE;
}

/* The list itself, so that its hash can be made of what is printed. */
static int print_names(struct line *l)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct error err = { .lang = cli_lang };
    feel_value v;
    json_end_object(&l->command.w);
    enum error_code code = office_ask(l->data, buf_str(&l->command.text), &out, &err);
    code = code == OK ? feel_json_read(&l->arena, arena_str(&l->arena, buf_str(&out)), &v, &err) : code;
    buf_release(&l->command.text);
    buf_clear(&out);
    if (code != OK) {
        buf_release(&out);
        return cli_report(&err);
    }
    buf_add(&out, feel_text_member(v, "names"));
    return cli_print(&out, "");
}

int cli_assess(int argc, char **argv)
{
    struct line l = { .data = office_default() };
    command_begin(&l.command, "assess");
    int status = read_line(argc, argv, &l);
    status = status == EXIT_DONE ? add_with(&l) : status;
    status = status == EXIT_DONE ? add_words(&l) : status;
    if (status != EXIT_DONE) {
        buf_release(&l.command.text);
    } else if (strcmp(l.words[0], "names") == 0 && !l.json) {
        status = print_names(&l);
    } else {
        status = command_run(&l.command, l.data, !l.json);
    }
    arena_release(&l.arena);
    return status;
}

/* gongshi simulate --over SCHEME|BUNDLE [--scheme FOLDER] [--decision D] [--with JSON] [--json] */
int cli_simulate(int argc, char **argv)
{
    struct line l = { .data = office_default() };
    command_begin(&l.command, "simulate");
    bool over = false;
    int status = EXIT_DONE;
    for (int i = 1; i < argc && status == EXIT_DONE; i++) {
        over |= strcmp(argv[i], "--over") == 0;
        status = argv[i][0] == '-' ? read_option(&l, argc, argv, &i)
                                   : cli_usage("\"%s\" is one word too many", argv[i]);
    }
    status = status == EXIT_DONE && !over ? cli_usage("the decisions of which scheme? --over SCHEME") : status;
    status = status == EXIT_DONE ? add_with(&l) : status;
    if (status == EXIT_DONE) {
        status = command_run(&l.command, l.data, !l.json);
    } else {
        buf_release(&l.command.text);
    }
    arena_release(&l.arena);
    return status;
}
