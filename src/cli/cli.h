/* cli: what the commands share. Data goes to standard output, everything else to standard error.
 *
 * Exit status: 0 done, 1 refused (bad input, a rule violated; the reason named), 2 wrong usage, 3 failure.
 */
#ifndef GONGSHI_CLI_CLI_H
#define GONGSHI_CLI_CLI_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "feel/feel.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_FAILED = 3 };

/* One command: reads its own arguments (argv[0] is its name) and returns the exit status. */
typedef int cli_command(int argc, char **argv);

cli_command cli_assess, cli_audit, cli_backup, cli_bench, cli_bench_ask, cli_bench_desk, cli_bench_ledger,
    cli_bench_work, cli_calendar, cli_credit, cli_decide, cli_demo, cli_doctor, cli_document, cli_dossier, cli_exchange,
    cli_feel, cli_init, cli_ledger, cli_message, cli_notice, cli_parameter, cli_party, cli_people, cli_process,
    cli_rating, cli_recompute, cli_restore, cli_round, cli_scheme, cli_serve, cli_simulate, cli_statistics,
    cli_verify_restore;

/* The language of the user: --lang, or LC_ALL, LC_MESSAGES, LANG. */
extern enum lang cli_lang;

/* Reads a file, "-" is standard input; more than `max` bytes is ERROR_LIMIT, whose detail names `limit`. */
enum error_code cli_read(struct arena *a, const char *path, size_t max, const char *limit, str *ret,
                         struct error *err);

/* Prints an error with place, detail and hint; returns the exit status it calls for. */
int cli_report(const struct error *err);

/* The command that runs, and its usage; NULL before one is known. */
void cli_running(const char *name, const char *usage);

/* Prints "gongshi: …" and how the command is used; returns EXIT_USAGE. */
int cli_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The argument of an option, or NULL with a message when it is missing; moves *at on to it. */
const char *cli_value(int argc, char **argv, int *at);

/* A whole number from 1 to `most`; false with a message when the text is none. */
bool cli_count(const char *text, int64_t most, int64_t *ret);

/* Of what benchmarks measured, in nanoseconds: sorted, and in milliseconds what so many in a hundred did not exceed. */
void cli_sort_nanos(int64_t *nanos, int64_t count);
double cli_percentile(const int64_t *sorted, int64_t count, int percent);

/* The environment of now: the clock, Asia/Shanghai, a seed. `instant` (RFC 3339 date and time, or NULL) instead of
 * the clock. False with a message when it is none. */
bool cli_environment(const char *instant, struct feel_environment *ret);

/* Diagnostics of the last run, a line each. */
void cli_diagnostics(const struct feel_eval *ev);

/* Prints what was written into b, then `after`, and releases b. Of a buffer that overflowed nothing is printed: half of
 * an answer would pass for a whole one. Returns the exit status. */
int cli_print(struct buf *b, const char *after);

/* The value as a line of JSON on standard output. Returns the exit status. */
int cli_print_value(feel_value v);

/* A context from a JSON file; an empty one for NULL. */
enum error_code cli_read_context(struct arena *a, const char *path, feel_value *ret, struct error *err);

/* Loads a model and what it imports from the same folder. */
struct dmn_model;
struct bpmn_model;
enum error_code cli_load_process(struct arena *a, const char *path, const struct bpmn_model **ret, struct error *err);
enum error_code cli_load_model(struct arena *a, const char *path, const struct dmn_model **ret, struct error *err);

/* Draws a diagram of a process model (NULL: the first) into a file; returns the exit status. */
int cli_draw_process(const struct bpmn_model *m, const char *path, const char *diagram);

#endif
