/* decide: gongshi decide MODEL.dmn [-d DECISION|-s SERVICE] [-i input.json] [--explain [--json]|--check|--record]
 * [--at INSTANT] */
#include "base/limit.h"
#include "cli/cli.h"
#include "dmn/dmn.h"

#include <stdio.h>

enum task { TASK_DECIDE, TASK_EXPLAIN, TASK_CHECK, TASK_RECORD };

struct options {
    const char *model, *decision, *service, *input, *instant;
    enum task task;
    bool json;
};

static int read_options(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        const char **value = strcmp(argv[i], "-d") == 0     ? &o->decision
                             : strcmp(argv[i], "-s") == 0   ? &o->service
                             : strcmp(argv[i], "-i") == 0   ? &o->input
                             : strcmp(argv[i], "--at") == 0 ? &o->instant
                                                            : NULL;
        if (value != NULL) {
            if ((*value = cli_value(argc, argv, &i)) == NULL) {
                return EXIT_USAGE;
            }
        } else if (strcmp(argv[i], "--explain") == 0) {
            o->task = TASK_EXPLAIN;
        } else if (strcmp(argv[i], "--check") == 0) {
            o->task = TASK_CHECK;
        } else if (strcmp(argv[i], "--record") == 0) {
            o->task = TASK_RECORD;
        } else if (strcmp(argv[i], "--json") == 0) {
            o->json = true;
        } else if (argv[i][0] == '-') {
            return cli_usage("there is no option %s", argv[i]);
        } else if (o->model == NULL) {
            o->model = argv[i];
        } else {
            return cli_usage("one model is expected");
        }
    }
    return o->model != NULL ? EXIT_DONE : cli_usage("a model is expected");
}

/* ---- Check ---- */

static int check(const struct dmn_model *m, struct arena *a)
{
    uint32_t count;
    int status = EXIT_DONE;
    const struct dmn_finding *f = dmn_check(m, a, cli_lang, &count);
    for (uint32_t i = 0; i < count; i++) {
        printf("%.*s:%u: %s: ", STR_ARG(f[i].file), f[i].line, dmn_finding_name(f[i].kind));
        if (f[i].node.len > 0) {
            printf("%.*s: ", STR_ARG(f[i].node));
        }
        if (f[i].rule > 0) {
            printf(lang_text(cli_lang, "rule %u: "), f[i].rule);
        }
        printf("%.*s\n", STR_ARG(f[i].text));
        status = f[i].kind != DMN_NOT_ANALYSED ? EXIT_REFUSED : status;
    }
    return status;
}

/* ---- Decide ---- */

/* Names what can be asked for. */
static int no_such_node(const struct dmn_model *m, const char *name)
{
    if (name != NULL) {
        fprintf(stderr, lang_text(cli_lang, "gongshi: the model has no decision \"%s\"; it has:"), name);
    } else {
        fprintf(stderr, "%s", lang_text(cli_lang, "gongshi: say which decision with -d; the model has:"));
    }
    fprintf(stderr, "\n");
    for (uint32_t i = 0; i < dmn_node_count(m); i++) {
        struct dmn_node_info n = dmn_node(m, i);
        if (n.kind == DMN_DECISION || n.kind == DMN_SERVICE) {
            fprintf(stderr, "  %s %.*s\n", n.kind == DMN_DECISION ? "-d" : "-s", STR_ARG(n.name));
        }
    }
    return EXIT_REFUSED;
}

/* The decision asked for; without -d and -s the only one there is. */
static int64_t find_target(const struct dmn_model *m, const struct options *o)
{
    if (o->service != NULL) {
        return dmn_find(m, DMN_SERVICE, str_of(o->service));
    }
    if (o->decision != NULL) {
        return dmn_find(m, DMN_DECISION, str_of(o->decision));
    }
    int64_t only = -1;
    for (uint32_t i = 0; i < dmn_node_count(m); i++) {
        if (dmn_node(m, i).kind == DMN_DECISION) {
            only = only == -1 ? (int64_t)i : -2;
        }
    }
    return only;
}

static int print_trace(const struct options *o, const struct dmn_trace *t)
{
    struct buf b = BUF_INIT(LIMIT_JSON_BYTES);
    if (o->task == TASK_RECORD) {
        dmn_record(t, &b);
    } else if (o->json) {
        dmn_explain_json(t, cli_lang, &b);
    } else {
        dmn_explain_text(t, cli_lang, &b);
    }
    bool line = b.len > 0 && b.ptr[b.len - 1] == '\n';
    return cli_print(&b, line || o->task == TASK_RECORD ? "" : "\n");
}

static int decide(const struct dmn_model *m, const struct options *o, struct arena *a, struct error *err)
{
    struct feel_environment env;
    feel_value inputs;
    int64_t target = find_target(m, o);
    if (target < 0) {
        return no_such_node(m, o->service != NULL ? o->service : o->decision);
    }
    if (!cli_environment(o->instant, &env)) {
        return EXIT_USAGE;
    }
    if (cli_read_context(a, o->input, &inputs, err) != OK) {
        return cli_report(err);
    }
    struct feel_eval *ev = feel_eval_new(&env);
    const struct dmn_trace *t;
    int status = EXIT_DONE;
    feel_value v = o->task == TASK_DECIDE ? dmn_evaluate(m, ev, (uint32_t)target, inputs, DMN_TEXT_DATES)
                                          : dmn_evaluate_traced(m, ev, (uint32_t)target, inputs, DMN_TEXT_DATES, &t);
    if (o->task != TASK_EXPLAIN) {
        cli_diagnostics(ev);
    }
    if (feel_eval_limit(ev, err) != OK) {
        status = cli_report(err);
    } else if (o->task == TASK_DECIDE) {
        status = cli_print_value(v);
    } else {
        status = print_trace(o, t);
    }
    feel_eval_free(ev);
    return status;
}

int cli_decide(int argc, char **argv)
{
    struct options o = { 0 };
    int status = read_options(argc, argv, &o);
    if (status != EXIT_DONE) {
        return status;
    }
    struct arena a = ARENA_INIT;
    struct error err = { .lang = cli_lang };
    const struct dmn_model *m;
    if (cli_load_model(&a, o.model, &m, &err) != OK) {
        status = cli_report(&err);
    } else {
        status = o.task == TASK_CHECK ? check(m, &a) : decide(m, &o, &a, &err);
    }
    arena_release(&a);
    return status;
}
