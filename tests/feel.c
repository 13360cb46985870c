/* feel: runs the expressions of data files, tests/feel/ by default.
 *
 *   feel DIR...
 *
 * Every file *.txt of a folder is read line by line:
 *
 *   # text                         a comment; empty lines do not count either
 *   == clause                      a heading; forgets the names that were let before
 *   let name = expression          adds a name, which may hold spaces and operators, to the scope
 *   expression => value            must give this value and no diagnostic
 *   expression => value !! CODE    must give this value and exactly these diagnostics, in this order
 *   value ?? tests => value        unary tests, of a value that is an expression too
 *   … => syntax error 1:5          cannot be read, for what stands at this line and column
 *   … => limit FEEL_STEPS          hits this limit, while it is read or while it runs
 *
 * A line that ends with a backslash goes on, after a line break, with the next. The value is compared twice: as
 * text, which must be as it is printed, and, read as an expression, by FEEL's own equality.
 *
 * Each expression is also formatted: the formatted text must be its own formatted text, and give the same value and
 * diagnostics. Then every row of the table of built-in functions is tested: its example must give its result.
 */
#include "feel/feel.h"
#include "base/limit.h"
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>

enum { LETS_MAX = 32, TEXT_MAX = 8 << 20 };

struct let {
    const struct feel_program *program;
    feel_value value; /* of the present evaluation: all are evaluated again for each case */
};

/* A file that is being run, and the names that its present clause has let. */
struct run {
    struct arena arena; /* of the scope and of what one case compiles */
    const char *path;   /* for messages: "numbers.txt" */
    int line;
    struct feel_scope *scope;
    struct let lets[LETS_MAX];
    feel_value slots[LETS_MAX];
    uint32_t let_count;
    struct feel_eval *ev;
};

/* What became of an expression: its value as text, or "syntax error 1:5", or "limit FEEL_STEPS". */
struct outcome {
    str text;
    str codes; /* of the diagnostics, with a space between each two */
    feel_value value;
    bool compiled, finished;
};

/* ---- Evaluation ---- */

static struct feel_environment environment(void)
{
    struct feel_environment env = { .instant = 1795507200, .seed = 1 }; /* 2026-11-24T08:00:00Z */
    if (!cal_zone_find(STR("Asia/Shanghai"), &env.zone)) {
        env.zone = 8 * 3600;
    }
    return env;
}

static str taken(struct run *r, struct buf *b)
{
    str s = arena_str(&r->arena, buf_str(b));
    buf_release(b);
    return s;
}

static str print(struct run *r, feel_value v)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    feel_print(v, &b);
    return taken(r, &b);
}

/* "limit NAME = 123" → "limit NAME". */
static str limit_text(struct run *r, const struct error *err)
{
    str detail = arena_str(&r->arena, str_of(err->detail));
    const char *equals = memchr(detail.ptr, '=', detail.len);
    return equals == NULL ? detail : str_trim(str_slice(detail, 0, (size_t)(equals - detail.ptr)));
}

static str error_text(struct run *r, const struct error *err)
{
    return err->code == ERROR_LIMIT ? limit_text(r, err)
                                    : arena_printf(&r->arena, "syntax error %u:%u", err->where.line, err->where.column);
}

static str codes_from(struct run *r, uint32_t first)
{
    uint32_t count;
    const struct feel_diagnostic *d = feel_eval_diagnostics(r->ev, &count, NULL);
    struct buf b = BUF_INIT(TEXT_MAX);
    for (uint32_t i = first; i < count; i++) {
        buf_printf(&b, "%s%s", i > first ? " " : "", feel_diagnostic_name(d[i].code));
    }
    return taken(r, &b);
}

/* Starts the next evaluation: all values before it are gone. Returns how many diagnostics the names have. */
static uint32_t begin(struct run *r)
{
    uint32_t count;
    feel_eval_reset(r->ev);
    for (uint32_t i = 0; i < r->let_count; i++) {
        r->slots[i] = feel_run(r->ev, r->lets[i].program, r->slots);
    }
    feel_eval_diagnostics(r->ev, &count, NULL);
    return count;
}

/* Compiles and runs a text: as unary tests of the value of `input`, or without one as an expression. */
static struct outcome evaluate(struct run *r, const str *input, str source)
{
    const struct feel_program *program, *input_program = NULL;
    struct outcome o = { .compiled = false };
    struct error err = { .code = OK };
    enum error_code code = input != NULL ? feel_compile(&r->arena, r->scope, *input, &input_program, &err) : OK;
    if (code == OK) {
        code = input != NULL ? feel_compile_tests(&r->arena, r->scope, source, &program, &err)
                             : feel_compile(&r->arena, r->scope, source, &program, &err);
    }
    if (code != OK) {
        o.text = error_text(r, &err);
        o.codes = STR("");
        return o;
    }
    uint32_t first = begin(r);
    feel_value value = input != NULL ? feel_run(r->ev, input_program, r->slots) : feel_null();
    o.value = input != NULL ? feel_run_tests(r->ev, program, r->slots, value) : feel_run(r->ev, program, r->slots);
    o.compiled = true;
    o.finished = feel_eval_limit(r->ev, &err) == OK;
    o.text = o.finished ? print(r, o.value) : limit_text(r, &err);
    o.codes = o.finished ? codes_from(r, first) : STR("");
    return o;
}

/* Whether the value that was got is also equal to the text that was wanted. What holds functions cannot be. */
static bool is_equal(struct run *r, feel_value got, str want)
{
    const struct feel_program *program;
    struct error err = { .code = OK };
    if (feel_compile(&r->arena, r->scope, want, &program, &err) != OK) {
        return false;
    }
    return feel_is_true(feel_equal(r->ev, got, feel_run(r->ev, program, r->slots)));
}

/* ---- Checks ---- */

static void note(const char *label, str text)
{
    printf("#   %s ", label);
    for (size_t i = 0; i < text.len && i < 2000; i++) {
        printf(text.ptr[i] == '\n' ? "\n#     " : "%c", text.ptr[i]);
    }
    printf("\n");
}

static bool point(const struct run *r, bool pass, const char *what)
{
    tap_count++;
    tap_failed += !pass;
    printf("%sok %d - %s:%d%s\n", pass ? "" : "not ", tap_count, r->path, r->line, what);
    return pass;
}

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
    return str_eq(a->text, b->text) && str_eq(a->codes, b->codes);
}

static void check_result(struct run *r, str source, const struct outcome *got, const struct outcome *want)
{
    bool has_function = memmem(want->text.ptr, want->text.len, "function(", 9) != NULL;
    bool equal = !got->finished || has_function || got->value.kind == FEEL_FUNCTION ||
                 is_equal(r, got->value, want->text);
    if (!point(r, same_outcome(got, want) && equal, "")) {
        note("expression", source);
        note("got     ", got->text);
        note("expected", want->text);
        note("got diagnostics     ", got->codes);
        note("expected diagnostics", want->codes);
        if (!equal) {
            note("the value that was got is not equal to", want->text);
        }
    }
}

static bool format(struct run *r, bool tests, str source, str *ret)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    struct error err = { .code = OK };
    bool fine = feel_format(r->scope, source, tests, &b, &err) == OK;
    *ret = fine ? arena_str(&r->arena, buf_str(&b)) : error_text(r, &err);
    buf_release(&b);
    return fine;
}

/* What was written twice must be what was written once, and mean what the source means. */
static void check_format(struct run *r, const str *input, str source, const struct outcome *got)
{
    str once, twice = STR("");
    bool formatted = format(r, input != NULL, source, &once) && format(r, input != NULL, once, &twice);
    struct outcome again = { .text = once, .codes = STR("") };
    if (formatted) {
        again = evaluate(r, input, once);
    }
    if (!point(r, same_outcome(&again, got) && (!formatted || str_eq(once, twice)), " formatted")) {
        note("expression     ", source);
        note("formatted      ", once);
        note("formatted twice", twice);
        note("got before", got->text);
        note("got after ", again.text);
        note("diagnostics before", got->codes);
        note("diagnostics after ", again.codes);
    }
}

/* ---- Lines ---- */

/* Cuts s in two at the last place of a separator. */
static bool cut_last(str s, const char *separator, str *ret_left, str *ret_right)
{
    size_t n = strlen(separator);
    for (size_t i = s.len; i >= n; i--) {
        if (memcmp(s.ptr + i - n, separator, n) == 0) {
            *ret_left = str_trim(str_slice(s, 0, i - n));
            *ret_right = str_trim(str_slice(s, i, s.len));
            return true;
        }
    }
    return false;
}

static void run_case(struct run *r, str line)
{
    struct outcome want = { .codes = STR("") };
    str source, input, left;
    if (!cut_last(line, " => ", &source, &want.text)) {
        point(r, false, ": there is no => in the line");
        return;
    }
    if (cut_last(want.text, " !!", &left, &want.codes)) {
        want.text = left;
    }
    bool tests = cut_last(source, "?? ", &input, &left);
    source = tests ? left : source;
    struct outcome got = evaluate(r, tests ? &input : NULL, source);
    check_result(r, source, &got, &want);
    if (got.compiled == got.finished) {
        check_format(r, tests ? &input : NULL, source, &got);
    }
}

static void add_let(struct run *r, str line)
{
    const char *equals = memmem(line.ptr, line.len, " = ", 3);
    struct error err = { .code = OK };
    struct let *let = &r->lets[r->let_count];
    str name = equals == NULL ? STR("") : str_trim(str_slice(line, 3, (size_t)(equals - line.ptr)));
    if (name.len == 0 || r->let_count == LETS_MAX) {
        point(r, false, ": this is no let");
        return;
    }
    str source = str_trim(str_slice(line, (size_t)(equals - line.ptr) + 3, line.len));
    if (feel_compile(&r->arena, r->scope, arena_str(&r->arena, source), &let->program, &err) != OK) {
        point(r, false, ": the value cannot be read");
        return;
    }
    begin(r);
    feel_value v = feel_run(r->ev, let->program, r->slots);
    feel_scope_add(r->scope, name, feel_type_of(&r->arena, v), r->let_count);
    r->let_count++;
}

static void run_line(struct run *r, str line)
{
    if (str_starts_with(line, STR("=="))) {
        r->let_count = 0;
        r->scope = feel_scope_new(&r->arena);
    } else if (str_starts_with(line, STR("let "))) {
        add_let(r, line);
    } else if (line.len > 0 && line.ptr[0] != '#') {
        run_case(r, line);
    }
}

/* The next line with those that it goes on with; false at the end of the file. */
static bool next_line(FILE *f, struct run *r, str *ret)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    char *part = NULL;
    size_t size = 0;
    ssize_t n;
    bool more = true, any = false;
    while (more && (n = getline(&part, &size, f)) > 0) {
        str s = { part, (size_t)n };
        s.len -= part[n - 1] == '\n';
        more = s.len > 0 && s.ptr[s.len - 1] == '\\';
        s.len -= more;
        buf_add(&b, s);
        buf_addz(&b, more ? "\n" : "");
        r->line++;
        any = true;
    }
    free(part);
    *ret = str_trim(taken(r, &b));
    return any;
}

static void run_file(const char *folder, const char *name)
{
    struct feel_environment env = environment();
    struct run r = { .path = name, .ev = feel_eval_new(&env) };
    str line;
    FILE *f = fopen(arena_printf(&r.arena, "%s/%s", folder, name).ptr, "r");
    r.scope = feel_scope_new(&r.arena);
    ok(f != NULL, "%s can be read", name);
    while (f != NULL && next_line(f, &r, &line)) {
        run_line(&r, line);
    }
    if (f != NULL) {
        fclose(f);
    }
    feel_eval_free(r.ev);
    arena_release(&r.arena);
}

static int is_data(const struct dirent *e)
{
    size_t n = strlen(e->d_name);
    return e->d_name[0] != '.' && n > 4 && strcmp(e->d_name + n - 4, ".txt") == 0;
}

static void run_folder(const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_data, alphasort);
    ok(n > 0, "%s has data files", folder);
    for (int i = 0; i < n; i++) {
        run_file(folder, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

/* ---- The table of built-in functions ---- */

/* Working days have no list of days off here, which the diagnostic of their examples says. */
static bool is_plain(str codes)
{
    return codes.len == 0 || str_eq(codes, STR("PROVISIONAL_CALENDAR"));
}

static void check_example(struct run *r, const struct feel_builtin_doc *doc)
{
    struct outcome want = evaluate(r, NULL, str_of(doc->result));
    struct outcome got = evaluate(r, NULL, str_of(doc->example));
    bool equal = got.compiled && is_equal(r, got.value, str_of(doc->result));
    if (!point(r, str_eq(got.text, want.text) && is_plain(got.codes) && want.codes.len == 0 && equal, " example")) {
        note("example ", str_of(doc->example));
        note("got     ", got.text);
        note("expected", want.text);
        note("diagnostics", got.codes);
    }
    check_format(r, NULL, str_of(doc->example), &got);
}

static void check_builtins(void)
{
    struct feel_environment env = environment();
    struct run r = { .path = "builtins.def row", .ev = feel_eval_new(&env) };
    struct feel_builtin_doc doc;
    r.scope = feel_scope_new(&r.arena);
    for (uint32_t i = 0; feel_builtin_doc(&r.arena, i, &doc); i++) {
        r.line = (int)i + 1;
        check_example(&r, &doc);
    }
    feel_eval_free(r.ev);
    arena_release(&r.arena);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        run_folder(argv[i]);
    }
    check_builtins();
    return tap_done();
}
