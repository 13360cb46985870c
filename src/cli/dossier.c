/* dossier: gongshi dossier ACT …, show, public, list, tasks, clocks, told; gongshi message list, again; gongshi notice
 * list, show, withdraw.
 *
 *   gongshi dossier start SCHEME [--process ID] [--office CODE] [--subject TEXT] [--with JSON] [--key KEY]
 *   gongshi dossier claim|release|complete N.W [--with JSON]
 *   gongshi dossier assign|forward N.W --to LOGIN [--text WHY]
 *   gongshi dossier return|activate N.W --element STEP [--text WHY]
 *   gongshi dossier done|fail|throw N.W [--with JSON] [--name CODE] [--text WHY]
 *   gongshi dossier message NAME [--correlation JSON] [--dossier N] [--with JSON]
 *   gongshi dossier signal NAME [--with JSON]
 *   gongshi dossier set|retry N[.ITEM] [--with JSON]
 *   gongshi dossier cancel|withdraw N [--text WHY]
 *   gongshi dossier clock N --name CLOCK --action start|stop|resume|extend|end --text WHY --clause CLAUSE [--with JSON]
 *   gongshi dossier happened N --name WHAT [--with JSON]
 *   gongshi dossier object N --text WHY
 *   gongshi dossier link N --name KIND --about M
 *   gongshi dossier recuse N.W --text WHICH
 *   gongshi dossier invite N.W [--with '{"days":30}']
 *   gongshi dossier save N.W|SCHEME [--process ID] [--subject TEXT] --with JSON       keeps a draft
 *   gongshi dossier draft N.W|SCHEME [--process ID] [--subject TEXT] [--party HANDLE]  shows it again
 *   gongshi dossier show N [--clock NAME|--decision NAME] | public N
 *   gongshi dossier clocks [--office CODE]
 *   gongshi dossier told [--office CODE] [--role ROLE]
 *   gongshi dossier list [SCHEME]
 *   gongshi dossier tasks [--office CODE --role ROLE]
 *   gongshi message list [--office CODE] | again N
 *
 * N is the number of a dossier, N.W one of its tasks or jobs. JSON is written out, or the name of a file that holds it.
 * --as LOGIN says who acts; without it the program itself does, which may do what programs may.
 */
#include "base/limit.h"
#include "cli/cli.h"
#include "cli/office.h"

#include <stdio.h>

/* What the word after the act names. */
enum what { WHAT_SCHEME, WHAT_WAIT, WHAT_ITEM, WHAT_NAME, WHAT_EITHER /* a task or a scheme */ };

static const struct form {
    const char *act;
    enum what what;
} forms[] = {
    { "start", WHAT_SCHEME },  { "claim", WHAT_WAIT },    { "release", WHAT_WAIT }, { "complete", WHAT_WAIT },
    { "assign", WHAT_WAIT },   { "forward", WHAT_WAIT },  { "return", WHAT_WAIT },  { "activate", WHAT_WAIT },
    { "done", WHAT_WAIT },     { "fail", WHAT_WAIT },     { "throw", WHAT_WAIT },   { "message", WHAT_NAME },
    { "signal", WHAT_NAME },   { "set", WHAT_ITEM },      { "retry", WHAT_ITEM },   { "cancel", WHAT_ITEM },
    { "withdraw", WHAT_ITEM }, { "clock", WHAT_ITEM },    { "happened", WHAT_ITEM },
    { "object", WHAT_ITEM },   { "link", WHAT_ITEM },     { "recuse", WHAT_WAIT },   { "invite", WHAT_WAIT },
    { "save", WHAT_EITHER },
};

enum { MEMBERS = 12 };

struct line {
    struct arena arena;
    const char *verb, *word;
    const char *data, *as, *to, *role, *office, *clock, *decision;
    struct {
        const char *name;
        str value;
        bool json;
    } members[MEMBERS]; /* of the request */
    uint32_t count;
};

/* Options that are members of the request. */
static bool is_member(const char *option, bool *ret_json)
{
    static const char *const texts[] = { "--process", "--office", "--subject", "--key", "--element",
                                         "--name", "--text", "--party", "--dossier", "--action", "--clause", "--about",
                                         "--guest" };
    *ret_json = strcmp(option, "--with") == 0 || strcmp(option, "--correlation") == 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(option, texts[i]) == 0) {
            return true;
        }
    }
    return *ret_json;
}

/* JSON as it stands, or out of the file of that name. */
static int read_json(struct line *l, const char *value, str *ret)
{
    struct error err = { .lang = cli_lang };
    feel_value v;
    *ret = str_of(value);
    if (value[0] != '{' && value[0] != '"' && value[0] != '[' && !(value[0] >= '0' && value[0] <= '9')) {
        if (cli_read(&l->arena, value, LIMIT_JSON_BYTES, "JSON_BYTES", ret, &err) != OK) {
            return cli_report(&err);
        }
    }
    if (feel_json_read(&l->arena, *ret, &v, &err) != OK) {
        return cli_report(&err);
    }
    return EXIT_DONE;
}

static int add_member(struct line *l, const char *option, const char *value, bool json)
{
    if (l->count == MEMBERS) {
        return cli_usage("\"%s\" is one option too many", option);
    }
    l->members[l->count].name = option + 2;
    l->members[l->count].json = json;
    l->members[l->count].value = str_of(value);
    int status = json ? read_json(l, value, &l->members[l->count].value) : EXIT_DONE;
    l->count++;
    return status;
}

static int read_option(struct line *l, const char *option, const char *value)
{
    bool json;
    const struct {
        const char *name;
        const char **to;
    } own[] = { { "--data", &l->data }, { "--as", &l->as }, { "--to", &l->to }, { "--role", &l->role },
                { "--clock", &l->clock }, { "--decision", &l->decision } };
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (strcmp(option, own[i].name) == 0) {
            *own[i].to = value;
            return EXIT_DONE;
        }
    }
    if (strcmp(option, "--office") == 0) {
        l->office = value;
    }
    return is_member(option, &json) ? add_member(l, option, value, json)
                                    : cli_usage("there is no option %s", option);
}

static int read_line(int argc, char **argv, struct line *l)
{
    *l = (struct line){ .data = office_default() };
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1] == '-') {
            const char *option = argv[i], *value = cli_value(argc, argv, &i);
            int status = value == NULL ? EXIT_USAGE : read_option(l, option, value);
            if (status != EXIT_DONE) {
                return status;
            }
        } else if (l->verb == NULL) {
            l->verb = argv[i];
        } else if (l->word == NULL) {
            l->word = argv[i];
        } else {
            return cli_usage("\"%s\" is one word too many", argv[i]);
        }
    }
    return l->verb != NULL ? EXIT_DONE : cli_usage("what is to be done?");
}

/* ---- Acts ---- */

/* "17.6": the dossier, and the wait or item. */
static void write_place(struct json_writer *w, const char *word, const char *second)
{
    str s = str_of(word);
    size_t at = 0;
    while (at < s.len && s.ptr[at] != '.') {
        at++;
    }
    json_text_member(w, "dossier", str_slice(s, 0, at));
    if (at < s.len) {
        json_text_member(w, second, str_slice(s, at + 1, s.len));
    }
}

static void write_request(const struct line *l, const struct form *f, struct buf *out)
{
    struct json_writer w;
    enum what what = f->what != WHAT_EITHER                    ? f->what
                     : l->word[0] >= '0' && l->word[0] <= '9' ? WHAT_WAIT
                                                              : WHAT_SCHEME;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "act", str_of(f->act));
    switch (what) {
    case WHAT_EITHER:
    case WHAT_SCHEME: json_text_member(&w, "scheme", str_of(l->word)); break;
    case WHAT_NAME: json_text_member(&w, "name", str_of(l->word)); break;
    case WHAT_WAIT: write_place(&w, l->word, "wait"); break;
    case WHAT_ITEM: write_place(&w, l->word, "item"); break;
    }
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->members[i].json) {
            json_key(&w, str_of(l->members[i].name));
            json_raw(&w, l->members[i].value);
        } else {
            json_text_member(&w, l->members[i].name, l->members[i].value);
        }
    }
    json_end_object(&w);
}

static int ask_act(const struct line *l, const struct form *f, const char *name)
{
    struct command c;
    struct buf request = BUF_INIT(LIMIT_JSON_BYTES);
    if (l->word == NULL) {
        return cli_usage("gongshi dossier %s: of what?", f->act);
    }
    write_request(l, f, &request);
    command_begin(&c, name);
    command_text(&c, "as", l->as);
    command_text(&c, "to", l->to);
    command_json(&c, "request", buf_str(&request));
    buf_release(&request);
    return command_run(&c, l->data, false);
}

/* ---- Looking ---- */

static int ask(const struct line *l, const char *name, const char *member, bool pretty)
{
    struct command c;
    command_begin(&c, name);
    command_text(&c, member, l->word);
    command_text(&c, "as", l->as);
    command_text(&c, "office", l->office);
    command_text(&c, "role", l->role);
    command_text(&c, "clock", l->clock);
    command_text(&c, "decision", l->decision);
    for (uint32_t i = 0; i < l->count; i++) {
        if (strcmp(l->members[i].name, "text") == 0) {
            command_text(&c, "text", l->members[i].value.ptr);
        }
    }
    return command_run(&c, l->data, pretty);
}

static int run_dossier(const struct line *l)
{
    bool look = strcmp(l->verb, "show") == 0 || strcmp(l->verb, "public") == 0;
    if (look) {
        return l->word == NULL ? cli_usage("which dossier?") : ask(l, l->verb, "dossier", true);
    }
    if (strcmp(l->verb, "list") == 0 || strcmp(l->verb, "tasks") == 0 || strcmp(l->verb, "clocks") == 0 ||
        strcmp(l->verb, "told") == 0) {
        return ask(l, l->verb, "scheme", true);
    }
    if (strcmp(l->verb, "draft") == 0) {
        static const struct form draft = { "save", WHAT_EITHER };
        return ask_act(l, &draft, "draft");
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (strcmp(l->verb, forms[i].act) == 0) {
            return ask_act(l, &forms[i], "act");
        }
    }
    return cli_usage("a dossier knows no \"%s\"", l->verb);
}

static int with_line(int argc, char **argv, int (*run)(const struct line *))
{
    struct line l;
    int status = read_line(argc, argv, &l);
    status = status == EXIT_DONE ? run(&l) : status;
    arena_release(&l.arena);
    return status;
}

int cli_dossier(int argc, char **argv)
{
    return with_line(argc, argv, run_dossier);
}

static int run_message(const struct line *l)
{
    if (strcmp(l->verb, "list") == 0) {
        return ask(l, "messages", "words", true);
    }
    return strcmp(l->verb, "again") == 0 && l->word != NULL
               ? ask(l, "message-again", "message", false)
               : cli_usage("gongshi message list [--office CODE] | again N");
}

int cli_message(int argc, char **argv)
{
    return with_line(argc, argv, run_message);
}
