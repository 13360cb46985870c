/* feel: gongshi feel EXPR|-f FILE [-c context.json] [--unary VALUE] [--dis|--format] [--at INSTANT]
 *       gongshi feel --functions|--externals */
#include "base/limit.h"
#include "cli/cli.h"

#include <stdio.h>

struct options {
    const char *expression, *file, *context, *unary, *instant;
    bool disassemble, format, functions, externals;
};

static int read_options(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i++) {
        const char **value = strcmp(argv[i], "-f") == 0        ? &o->file
                             : strcmp(argv[i], "-c") == 0      ? &o->context
                             : strcmp(argv[i], "--unary") == 0 ? &o->unary
                             : strcmp(argv[i], "--at") == 0    ? &o->instant
                                                               : NULL;
        if (value != NULL) {
            if ((*value = cli_value(argc, argv, &i)) == NULL) {
                return EXIT_USAGE;
            }
        } else if (strcmp(argv[i], "--dis") == 0) {
            o->disassemble = true;
        } else if (strcmp(argv[i], "--format") == 0) {
            o->format = true;
        } else if (strcmp(argv[i], "--functions") == 0) {
            o->functions = true;
        } else if (strcmp(argv[i], "--externals") == 0) {
            o->externals = true;
        } else if (argv[i][0] == '-' && argv[i][1] == '-') {
            return cli_usage("there is no option %s", argv[i]);
        } else if (o->expression == NULL) {
            o->expression = argv[i];
        } else {
            return cli_usage("one expression is expected; quote it");
        }
    }
    if (!o->functions && !o->externals && (o->expression == NULL) == (o->file == NULL)) {
        return cli_usage("give an expression, or -f and a file");
    }
    return EXIT_DONE;
}

/* ---- The table of functions, as docs/feel.md has it ---- */

/* In a cell of a Markdown table a bar is no border. */
static void print_cell(const char *text, const char *fence)
{
    printf("%s", fence);
    for (const char *p = text; *p != '\0'; p++) {
        printf("%s%c", *p == '|' ? "\\" : "", *p);
    }
    printf("%s", fence);
}

static int print_functions(void)
{
    struct arena a = ARENA_INIT;
    struct feel_builtin_doc doc;
    printf("| Function | What it gives | Example | Result |\n|---|---|---|---|\n");
    for (uint32_t i = 0; feel_builtin_doc(&a, i, &doc); i++) {
        printf("| ");
        print_cell(doc.signature.ptr, "`");
        printf(" | ");
        print_cell(doc.sentence, "");
        printf("%s | ", doc.standard ? "" : " *Addition.*");
        print_cell(doc.example, "`");
        printf(" | ");
        print_cell(doc.result, "`");
        printf(" |\n");
    }
    arena_release(&a);
    return EXIT_DONE;
}

static int print_externals(void)
{
    struct feel_external_doc doc;
    printf("| Class | Method | What it gives |\n|---|---|---|\n");
    for (uint32_t i = 0; feel_external_doc(i, &doc); i++) {
        printf("| `%s` | `%s` | %s |\n", doc.class_name, doc.signature, doc.sentence);
    }
    return EXIT_DONE;
}

/* ---- An expression ---- */

/* What one call works with. */
struct request {
    const struct options *options;
    struct arena *arena;
    str source;
    feel_value context;
    struct feel_scope *scope;
    struct error *err;
};

static int format(const struct request *r)
{
    struct buf b = BUF_INIT(1 << 20);
    if (feel_format(r->scope, r->source, r->options->unary != NULL, &b, r->err) != OK) {
        buf_release(&b);
        return cli_report(r->err);
    }
    return cli_print(&b, "\n");
}

static int disassemble(const struct feel_program *p)
{
    struct buf b = BUF_INIT(16 << 20);
    feel_disassemble(p, &b);
    return cli_print(&b, "");
}

/* The value of the program; with --unary the program are tests of that value, which is an expression itself. */
static enum error_code run(const struct request *r, struct feel_eval *ev, const struct feel_program *p,
                           feel_value *ret)
{
    const struct feel_program *input;
    if (r->options->unary == NULL) {
        *ret = feel_run(ev, p, r->context.values);
        return OK;
    }
    enum error_code code = feel_compile(r->arena, r->scope, str_of(r->options->unary), &input, r->err);
    if (code == OK) {
        *ret = feel_run_tests(ev, p, r->context.values, feel_run(ev, input, r->context.values));
    }
    return code;
}

static int evaluate(const struct request *r, const struct feel_program *p)
{
    struct feel_environment env;
    feel_value v;
    if (!cli_environment(r->options->instant, &env)) {
        return EXIT_USAGE;
    }
    struct feel_eval *ev = feel_eval_new(&env);
    enum error_code code = run(r, ev, p, &v);
    if (code == OK) {
        cli_diagnostics(ev);
        code = feel_eval_limit(ev, r->err);
    }
    int status = code == OK ? cli_print_value(v) : cli_report(r->err);
    feel_eval_free(ev);
    return status;
}

static int serve(struct request *r)
{
    const struct feel_program *p;
    if (cli_read_context(r->arena, r->options->context, &r->context, r->err) != OK) {
        return cli_report(r->err);
    }
    r->scope = feel_scope_of_context(r->arena, r->context);
    if (r->options->format) {
        return format(r);
    }
    enum error_code code = r->options->unary != NULL
                               ? feel_compile_tests(r->arena, r->scope, r->source, &p, r->err)
                               : feel_compile(r->arena, r->scope, r->source, &p, r->err);
    if (code != OK) {
        return cli_report(r->err);
    }
    return r->options->disassemble ? disassemble(p) : evaluate(r, p);
}

int cli_feel(int argc, char **argv)
{
    struct options o = { 0 };
    int status = read_options(argc, argv, &o);
    if (status != EXIT_DONE || o.functions || o.externals) {
        return status != EXIT_DONE ? status : o.functions ? print_functions() : print_externals();
    }
    struct arena a = ARENA_INIT;
    struct error err = { .lang = cli_lang };
    struct request r = { .options = &o, .arena = &a, .err = &err };
    if (o.file == NULL) {
        r.source = str_of(o.expression);
        status = serve(&r);
    } else {
        enum error_code code = cli_read(&a, o.file, LIMIT_FEEL_SOURCE, "FEEL_SOURCE", &r.source, &err);
        status = code == OK ? serve(&r) : cli_report(&err);
    }
    arena_release(&a);
    return status;
}
