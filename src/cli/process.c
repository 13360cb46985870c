/* process: gongshi process MODEL.bpmn [--check|--dump] [--play SCENARIO.jsonl [--quiet]] [--svg FILE [--diagram N]] */
#include "bpmn/play.h"
#include "cli/cli.h"
#include "dmn/dmn.h"

#include "base/limit.h"

#include <dirent.h>
#include <stdio.h>

struct options {
    const char *model, *scenario, *svg, *diagram;
    bool check, dump, quiet;
};

static int read_options(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--play") == 0) {
            if ((o->scenario = cli_value(argc, argv, &i)) == NULL) {
                return EXIT_USAGE;
            }
        } else if (strcmp(argv[i], "--svg") == 0) {
            if ((o->svg = cli_value(argc, argv, &i)) == NULL) {
                return EXIT_USAGE;
            }
        } else if (strcmp(argv[i], "--diagram") == 0) {
            if ((o->diagram = cli_value(argc, argv, &i)) == NULL) {
                return EXIT_USAGE;
            }
        } else if (strcmp(argv[i], "--check") == 0) {
            o->check = true;
        } else if (strcmp(argv[i], "--dump") == 0) {
            o->dump = true;
        } else if (strcmp(argv[i], "--quiet") == 0) {
            o->quiet = true;
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

/* ---- Models ---- */

enum error_code cli_load_process(struct arena *a, const char *path, const struct bpmn_model **ret, struct error *err)
{
    str bytes;
    enum error_code code = cli_read(a, path, LIMIT_XML_BYTES, "XML_BYTES", &bytes, err);
    return code == OK ? bpmn_load(a, str_of(path), bytes, ret, err) : code;
}

static int check(const struct bpmn_model *m)
{
    int status = EXIT_DONE;
    for (uint32_t i = 0; i < m->finding_count; i++) {
        const struct bpmn_finding *f = &m->findings[i];
        printf("%.*s:%u: %s: %.*s%s%.*s\n", STR_ARG(m->file), f->line, bpmn_finding_name(f->kind), STR_ARG(f->id),
               f->id.len > 0 ? ": " : "", STR_ARG(f->text));
        status = f->kind == BPMN_PROBLEM ? EXIT_REFUSED : status;
    }
    for (uint32_t i = 0; i < m->process_count; i++) {
        const struct bpmn_element *e = &m->elements[m->processes[i]];
        bool runs = bpmn_problem(m, m->processes[i]) == NULL;
        printf("%.*s:%u: %.*s: %s\n", STR_ARG(m->file), e->line, STR_ARG(e->id),
               lang_text(cli_lang, runs ? "can be run" : "cannot be run"));
    }
    return status;
}

static int dump(const struct bpmn_model *m)
{
    struct buf b = BUF_INIT((size_t)1 << 28);
    bpmn_dump(m, &b);
    return cli_print(&b, "");
}

/* ---- Playing ---- */

struct player {
    struct arena *arena;
    const char *path; /* of the model */
};

static const char *beside(const struct player *p, str name)
{
    const char *slash = strrchr(p->path, '/');
    int length = slash == NULL ? 0 : (int)(slash - p->path) + 1;
    return arena_printf(p->arena, "%.*s%.*s", length, p->path, STR_ARG(name)).ptr;
}

static enum error_code load_beside(void *context, str name, const struct bpmn_model **ret, struct error *err)
{
    struct player *p = context;
    return cli_load_process(p->arena, beside(p, name), ret, err);
}

static bool is_decision_file(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".dmn") == 0;
}

/* The decision of that id (or name) in the .dmn files beside the model or in ../rules. */
static int64_t find_decision(struct player *p, str folder, str name, const struct dmn_model **ret)
{
    const char *path = beside(p, folder);
    DIR *dir = opendir(path[0] == '\0' ? "." : path);
    int64_t node = -1;
    for (struct dirent *e; dir != NULL && node < 0 && (e = readdir(dir)) != NULL;) { /* style: allow readdir */
        struct error err = { .lang = cli_lang };
        if (is_decision_file(e->d_name) &&
            cli_load_model(p->arena, arena_printf(p->arena, "%s%s", path, e->d_name).ptr, ret, &err) == OK) {
            node = dmn_find(*ret, DMN_DECISION, name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return node;
}

static bool decide(void *context, const struct feel_environment *env, struct arena *a, str decision,
                   feel_value variables, feel_value *ret)
{
    const struct dmn_model *m;
    int64_t node = find_decision(context, STR(""), decision, &m);
    if (node < 0) {
        node = find_decision(context, STR("../rules/"), decision, &m);
    }
    if (node < 0) {
        return false;
    }
    struct feel_eval *ev = feel_eval_new(env);
    *ret = feel_copy(a, dmn_evaluate(m, ev, (uint32_t)node, variables, DMN_TEXT_DATES));
    cli_diagnostics(ev);
    feel_eval_free(ev);
    return true;
}

static void tell(void *context, str line)
{
    (void)context;
    printf("%.*s\n", STR_ARG(line));
}

static int play(const struct bpmn_model *m, const struct options *o, struct arena *a, struct error *err)
{
    struct player p = { a, o->model };
    struct bpmn_play how = { .load = load_beside, .decide = decide, .tell = o->quiet ? NULL : tell, .context = &p };
    str scenario;
    enum error_code code = cli_read(a, o->scenario, LIMIT_JSON_BYTES, "JSON_BYTES", &scenario, err);
    if (code == OK) {
        code = bpmn_play(m, str_of(o->scenario), scenario, &how, err);
    }
    return code == OK ? EXIT_DONE : cli_report(err);
}

int cli_process(int argc, char **argv)
{
    struct options o = { 0 };
    int status = read_options(argc, argv, &o);
    if (status != EXIT_DONE) {
        return status;
    }
    struct arena a = ARENA_INIT;
    struct error err = { .lang = cli_lang };
    const struct bpmn_model *m;
    if (cli_load_process(&a, o.model, &m, &err) != OK) {
        status = cli_report(&err);
    } else {
        if (o.dump) {
            status = dump(m);
        }
        if (status == EXIT_DONE && (o.check || (!o.dump && o.scenario == NULL && o.svg == NULL))) {
            status = check(m);
        }
        if (status == EXIT_DONE && o.svg != NULL) {
            status = cli_draw_process(m, o.svg, o.diagram);
        }
        if (status == EXIT_DONE && o.scenario != NULL) {
            status = play(m, &o, &a, &err);
        }
    }
    arena_release(&a);
    return status;
}
