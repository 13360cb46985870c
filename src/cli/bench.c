/* bench: gongshi bench feel EXPR [-c context.json] [--seconds S]
 *        gongshi bench decide MODEL -d DECISION [-i input.json] [--seconds S] [--explain]
 *        gongshi bench process MODEL [--seconds S]
 *        gongshi bench work …, gongshi bench assess …: see bench_work.c
 *        gongshi bench ledger …: see bench_ledger.c; gongshi bench desk …: see bench_desk.c
 *        gongshi bench ask …: see bench_ask.c
 *
 * Rates are per second of this process's own CPU time, on one thread.
 */
#include "base/clock.h"
#include "bpmn/bpmn.h"
#include "cli/cli.h"
#include "dmn/dmn.h"

#include <stdio.h>
#include <sys/resource.h>

struct options {
    const char *subject, *context, *decision;
    int64_t nanos;
    bool explain;
};

static int read_options(int argc, char **argv, struct options *o)
{
    o->nanos = 1000000000;
    for (int i = 2; i < argc; i++) {
        const char *value = NULL;
        bool takes = strcmp(argv[i], "-c") == 0 || strcmp(argv[i], "-i") == 0 || strcmp(argv[i], "-d") == 0 ||
                     strcmp(argv[i], "--seconds") == 0;
        char *option = argv[i];
        if (takes && (value = cli_value(argc, argv, &i)) == NULL) {
            return EXIT_USAGE;
        }
        dec seconds;
        int64_t nanos;
        if (strcmp(option, "--seconds") == 0) {
            if (!dec_parse(str_of(value), &seconds) || !dec_mul(seconds, DEC_SMALL(1000000000), &seconds) ||
                !dec_to_int(seconds, &nanos) || nanos <= 0) {
                return cli_usage("\"%s\" is no number of seconds", value);
            }
            o->nanos = nanos;
        } else if (strcmp(option, "-d") == 0) {
            o->decision = value;
        } else if (takes) {
            o->context = value;
        } else if (strcmp(option, "--explain") == 0) {
            o->explain = true;
        } else if (o->subject == NULL) {
            o->subject = option;
        } else {
            return cli_usage("there is no option %s", option);
        }
    }
    return o->subject != NULL ? EXIT_DONE : cli_usage("what is to be measured?");
}

/* Repeats a turn until the time is up and returns turns per second of CPU time. */
typedef void turn(void *context);

static double rate(turn *f, void *context, int64_t nanos)
{
    int64_t start = clock_cpu_nanos(), now = start, turns = 0, batch = 1;
    while (now - start < nanos) {
        for (int64_t i = 0; i < batch; i++) {
            f(context);
        }
        turns += batch;
        now = clock_cpu_nanos();
        batch = now - start < nanos / 100 ? batch * 2 : batch; /* look at the clock about a hundred times */
    }
    return (double)turns * 1e9 / (double)(now - start);
}

/* ---- feel ---- */

struct feel_bench {
    struct arena arena;
    const struct feel_scope *scope;
    const struct feel_program *program;
    struct feel_eval *ev;
    const feel_value *slots;
    str source;
};

static void turn_evaluate(void *context)
{
    struct feel_bench *b = context;
    feel_eval_reset(b->ev);
    feel_run(b->ev, b->program, b->slots);
}

static void turn_parse_evaluate(void *context)
{
    struct feel_bench *b = context;
    const struct feel_program *p;
    arena_clear(&b->arena);
    feel_eval_reset(b->ev);
    if (feel_compile(&b->arena, b->scope, b->source, &p, NULL) == OK) {
        feel_run(b->ev, p, b->slots);
    }
}

static int bench_feel(const struct options *o)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = cli_lang };
    struct feel_environment env;
    struct feel_bench b = { .arena = ARENA_INIT, .source = str_of(o->subject) };
    feel_value context = feel_null();
    int status = EXIT_DONE;
    cli_environment(NULL, &env);
    if (cli_read_context(&a, o->context, &context, &err) != OK) {
        status = cli_report(&err);
    } else {
        b.scope = feel_scope_of_context(&a, context);
        b.slots = context.values;
        if (feel_compile(&a, b.scope, b.source, &b.program, &err) != OK) {
            status = cli_report(&err);
        }
    }
    if (status == EXIT_DONE) {
        b.ev = feel_eval_new(&env);
        double both = rate(turn_parse_evaluate, &b, o->nanos), only = rate(turn_evaluate, &b, o->nanos);
        printf("{\"parse_eval_per_s\":%.0f,\"eval_per_s\":%.0f}\n", both, only);
        feel_eval_free(b.ev);
    }
    arena_release(&b.arena);
    arena_release(&a);
    return status;
}

/* ---- decide ---- */

struct decide_bench {
    const struct dmn_model *model;
    struct feel_eval *ev;
    uint32_t node;
    feel_value inputs;
    bool explain;
};

static void turn_decide(void *context)
{
    struct decide_bench *b = context;
    const struct dmn_trace *t;
    feel_eval_reset(b->ev);
    if (b->explain) {
        dmn_evaluate_traced(b->model, b->ev, b->node, b->inputs, DMN_TEXT_DATES, &t);
    } else {
        dmn_evaluate(b->model, b->ev, b->node, b->inputs, DMN_TEXT_DATES);
    }
}

static int bench_decide(const struct options *o)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = cli_lang };
    struct feel_environment env;
    struct decide_bench b = { .explain = o->explain };
    cli_environment(NULL, &env);
    int64_t start = clock_cpu_nanos();
    enum error_code code = cli_load_model(&a, o->subject, &b.model, &err);
    int64_t load = clock_cpu_nanos() - start;
    if (code == OK) {
        code = cli_read_context(&a, o->context, &b.inputs, &err);
    }
    int64_t node = code == OK && o->decision != NULL ? dmn_find(b.model, DMN_DECISION, str_of(o->decision)) : -1;
    int status = EXIT_DONE;
    if (code != OK) {
        status = cli_report(&err);
    } else if (node < 0) {
        status = cli_usage("say which decision with -d");
    } else {
        b.node = (uint32_t)node;
        b.ev = feel_eval_new(&env);
        printf("{\"load_ms\":%.3f,\"eval_per_s\":%.0f}\n", (double)load / 1e6, rate(turn_decide, &b, o->nanos));
        feel_eval_free(b.ev);
    }
    arena_release(&a);
    return status;
}

/* ---- process ---- */

struct process_bench {
    struct bpmn_state s;
    struct feel_eval *ev;
    struct feel_environment env;
    uint32_t process;
    uint64_t steps;
    enum error_code code;
    struct error err;
};

/* One instance: started, and whatever work it waits for completed at once, until it has ended. */
static void turn_process(void *context)
{
    struct process_bench *b = context;
    struct bpmn_event event = { .kind = BPMN_START, .process = b->process, .element = BPMN_NONE };
    struct bpmn_result result;
    struct bpmn_wait w;
    bool waits = true;
    bpmn_state_clear(&b->s);
    while (waits && b->code == OK) {
        b->code = bpmn_step(&b->s, &event, b->ev, &result, &b->err);
        b->steps++;
        struct bpmn_cursor c = { .begun = false };
        waits = bpmn_next_wait(&b->s, &c, &w);
        event = (struct bpmn_event){ .kind = BPMN_COMPLETE, .wait = w.id };
    }
}

static int run_process(struct process_bench *b, const struct options *o)
{
    turn_process(b);
    if (b->code == OK && b->s.outcome != BPMN_ENDED) {
        return cli_usage("the process cannot be measured: it waits for more than work");
    }
    b->steps = 0;
    int64_t start = clock_cpu_nanos();
    double instances = rate(turn_process, b, o->nanos);
    double seconds = (double)(clock_cpu_nanos() - start) / 1e9;
    struct rusage usage;
    if (b->code != OK) {
        return cli_report(&b->err);
    }
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"instances_per_s\":%.0f,\"steps_per_s\":%.0f,\"rss_mb\":%.1f}\n", instances, (double)b->steps / seconds,
           (double)usage.ru_maxrss / 1024);
    return EXIT_DONE;
}

static int bench_process(const struct options *o)
{
    struct arena a = ARENA_INIT;
    struct process_bench b = { .err = { .lang = cli_lang } };
    const struct bpmn_model *m;
    int status = EXIT_DONE;
    cli_environment(NULL, &b.env);
    if (cli_load_process(&a, o->subject, &m, &b.err) != OK) {
        status = cli_report(&b.err);
    } else if (m->process_count == 0) {
        status = cli_usage("the model has no process");
    } else {
        b.process = m->processes[0];
        b.ev = feel_eval_new(&b.env);
        bpmn_state_init(&b.s, m);
        status = run_process(&b, o);
        bpmn_state_release(&b.s);
        feel_eval_free(b.ev);
    }
    arena_release(&a);
    return status;
}

int cli_bench(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct options *o);
    } subjects[] = { { "feel", bench_feel }, { "decide", bench_decide }, { "process", bench_process } };
    struct options o = { 0 };
    if (argc < 2) {
        return cli_usage("bench needs a subject: feel, decide, process, work, ledger or desk");
    }
    if (strcmp(argv[1], "work") == 0 || strcmp(argv[1], "assess") == 0) {
        return cli_bench_work(argc, argv);
    }
    if (strcmp(argv[1], "ledger") == 0) {
        return cli_bench_ledger(argc, argv);
    }
    if (strcmp(argv[1], "ask") == 0) {
        return cli_bench_ask(argc, argv);
    }
    if (strcmp(argv[1], "desk") == 0) {
        return cli_bench_desk(argc, argv);
    }
    int status = read_options(argc, argv, &o);
    if (status != EXIT_DONE) {
        return status;
    }
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        if (strcmp(argv[1], subjects[i].name) == 0) {
            return subjects[i].run(&o);
        }
    }
    return cli_usage("bench knows feel, decide, process, work, ledger and desk");
}
