/* dmn: runs the cases of data files, tests/dmn/ by default, against the models beside them.
 *
 *   dmn DIR...
 *
 * Every file *.txt of a folder is read line by line:
 *
 *   # text                          a comment; empty lines do not count either
 *   model FILE.dmn                  the model of the lines below; imports are found in the folder by their namespace
 *   decide "NAME" JSON => JSON      the decision for these inputs, written as the program writes JSON
 *   service "NAME" JSON => JSON     the same of a service
 *   … => JSON !! CODE CODE          and exactly these diagnostics, in this order; without !! there must be none
 *   … => limit FEEL_STEPS           the evaluation hits this limit
 *   refuse FILE.dmn                 the file cannot be loaded; the lines below are "code: message: detail"
 *   check                           the findings, a line each, "LINE: KIND: node: rule N: sentence"
 *   explain "NAME" JSON             the explanation as text
 *   explain-json "NAME" JSON        and as JSON, with a line break before each node, table and rule
 *   record "NAME" JSON              the record of a decision
 *
 * What the last four print is given in the lines below, each after "| ". A word `zh` after the command asks for
 * Chinese. In records and explanations the hash of the model stands as HASH, the version of the zone data as TZDATA.
 *
 * The clock stands at 2026-11-24T08:00:00Z, the zone is Asia/Shanghai, the seed 0. What was printed wrongly is shown
 * in the form of the file.
 */
#include "base/limit.h"
#include "dmn/dmn.h"
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>

enum { TEXT_MAX = 16 << 20 };

struct run {
    struct arena arena;       /* of the file of cases */
    struct arena model_arena; /* of its present model */
    struct arena case_arena;
    const char *folder, *file;
    str rest;                 /* of the file, after the present line */
    int line;
    const struct dmn_model *model;
    str model_name;
    struct feel_eval *ev;
};

/* ---- Files ---- */

static bool read_file(struct arena *a, const char *folder, str name, str *ret)
{
    FILE *f = fopen(arena_printf(a, "%s/%.*s", folder, STR_ARG(name)).ptr, "rb");
    struct buf b = BUF_INIT(LIMIT_XML_BYTES + 1);
    char chunk[4096];
    for (size_t n; f != NULL && (n = fread(chunk, 1, sizeof chunk, f)) > 0;) {
        buf_add(&b, (str){ chunk, n });
    }
    bool fine = f != NULL && ferror(f) == 0;
    *ret = arena_str(a, buf_str(&b));
    buf_release(&b);
    if (f != NULL) {
        fclose(f);
    }
    return fine;
}

static bool ends_with(const char *name, const char *suffix)
{
    size_t n = strlen(name), k = strlen(suffix);
    return n > k && strcmp(name + n - k, suffix) == 0;
}

static int is_case(const struct dirent *e)
{
    return ends_with(e->d_name, ".txt");
}

static int is_model(const struct dirent *e)
{
    return ends_with(e->d_name, ".dmn");
}

static bool find_import(void *context, str namespace_uri, str location, struct dmn_source *ret)
{
    struct run *r = context;
    struct dirent **entries;
    int n = scandir(r->folder, &entries, is_model, alphasort);
    bool found = false;
    (void)location;
    for (int i = 0; i < n; i++) {
        str uri;
        if (!found) {
            ret->name = arena_str(&r->model_arena, str_of(entries[i]->d_name));
            found = read_file(&r->model_arena, r->folder, ret->name, &ret->bytes) &&
                    dmn_namespace(&r->model_arena, *ret, &uri) && str_eq(uri, namespace_uri);
        }
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
    return found;
}

static enum error_code load(struct run *r, str name, const struct dmn_model **ret, struct error *err)
{
    struct dmn_source source = { .name = name };
    if (!read_file(&r->model_arena, r->folder, name, &source.bytes)) {
        return error_set(err, ERROR_MISSING, "there is no such file");
    }
    return dmn_load(&r->model_arena, source, find_import, r, ret, err);
}

/* ---- Lines ---- */

static bool next_line(struct run *r, str *ret)
{
    if (r->rest.len == 0) {
        return false;
    }
    const char *end = memchr(r->rest.ptr, '\n', r->rest.len);
    size_t length = end == NULL ? r->rest.len : (size_t)(end - r->rest.ptr);
    *ret = str_slice(r->rest, 0, length);
    r->rest = str_slice(r->rest, end == NULL ? length : length + 1, r->rest.len);
    r->line++;
    return true;
}

/* The lines after "| ", one text. */
static str take_block(struct run *r)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    str line;
    while (r->rest.len > 0 && r->rest.ptr[0] == '|' && next_line(r, &line)) {
        buf_add(&b, str_slice(line, line.len < 2 ? line.len : 2, line.len));
        buf_addc(&b, '\n');
    }
    str block = arena_str(&r->case_arena, buf_str(&b));
    buf_release(&b);
    return block;
}

static bool take_word(str *line, const char *word)
{
    str w = str_of(word);
    bool there = str_starts_with(*line, w) && (line->len == w.len || line->ptr[w.len] == ' ');
    if (there) {
        *line = str_trim(str_slice(*line, w.len, line->len));
    }
    return there;
}

static str take_quoted(str *line)
{
    const char *end = line->len == 0 || line->ptr[0] != '"' ? NULL : memchr(line->ptr + 1, '"', line->len - 1);
    if (end == NULL) {
        return STR("");
    }
    size_t length = (size_t)(end - line->ptr);
    str quoted = str_slice(*line, 1, length);
    *line = str_trim(str_slice(*line, length + 1, line->len));
    return quoted;
}

/* The text before a mark, and what comes after it; all of it where there is none. */
static str take_before(str *line, const char *mark)
{
    const char *at = memmem(line->ptr, line->len, mark, strlen(mark));
    size_t length = at == NULL ? line->len : (size_t)(at - line->ptr);
    str before = str_trim(str_slice(*line, 0, length));
    *line = at == NULL ? STR("") : str_trim(str_slice(*line, length + strlen(mark), line->len));
    return before;
}

/* ---- Comparing ---- */

/* The bytes of `from` stand as the word `to`. */
static str replaced(struct arena *a, str text, str from, const char *to)
{
    struct buf b = BUF_INIT(TEXT_MAX);
    while (from.len > 0) {
        const char *at = memmem(text.ptr, text.len, from.ptr, from.len);
        if (at == NULL) {
            break;
        }
        size_t length = (size_t)(at - text.ptr);
        buf_add(&b, str_slice(text, 0, length));
        buf_addz(&b, to);
        text = str_slice(text, length + from.len, text.len);
    }
    buf_add(&b, text);
    str done = arena_str(a, buf_str(&b));
    buf_release(&b);
    return done;
}

static void print_block(str text)
{
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t length = end == NULL ? text.len : (size_t)(end - text.ptr);
        printf("# | %.*s\n", (int)length, text.ptr);
        text = str_slice(text, length < text.len ? length + 1 : length, text.len);
    }
}

static void compare(struct run *r, const struct buf *got, str name)
{
    int line = r->line;
    str text = buf_str(got), want = take_block(r);
    if (r->model != NULL) {
        text = replaced(&r->case_arena, text, dmn_model_hash(r->model), "HASH");
        text = replaced(&r->case_arena, text, cal_zone_version(), "TZDATA");
    }
    if (text.len > 0 && text.ptr[text.len - 1] != '\n') {
        text = arena_printf(&r->case_arena, "%.*s\n", STR_ARG(text));
    }
    if (!ok(str_eq(text, want), "%s:%d: %.*s", r->file, line, STR_ARG(name))) {
        print_block(text);
    }
}

/* ---- Evaluating ---- */

static bool find_target(struct run *r, enum dmn_kind kind, str *line, uint32_t *ret_node, feel_value *ret_inputs)
{
    str name = take_quoted(line), json = take_before(line, " => ");
    struct error err = { .code = OK };
    int64_t node = r->model == NULL ? -1 : dmn_find(r->model, kind, name);
    *ret_inputs = feel_null();
    if (node < 0) {
        ok(false, "%s:%d: there is no node \"%.*s\"", r->file, r->line, STR_ARG(name));
        return false;
    }
    if (json.len > 0 && feel_json_read(&r->case_arena, json, ret_inputs, &err) != OK) {
        ok(false, "%s:%d: %s", r->file, r->line, err.message);
        return false;
    }
    *ret_node = (uint32_t)node;
    feel_eval_reset(r->ev);
    return true;
}

static void write_outcome(const struct run *r, feel_value v, struct buf *out)
{
    struct error err = { .code = OK };
    uint32_t count;
    const struct feel_diagnostic *d = feel_eval_diagnostics(r->ev, &count, NULL);
    if (feel_eval_limit(r->ev, &err) != OK) {
        const char *name = err.detail + strlen("limit ");
        buf_printf(out, "limit %.*s", (int)strcspn(name, " "), name);
        return;
    }
    feel_json_write(v, false, out);
    for (uint32_t i = 0; i < count; i++) {
        buf_printf(out, "%s %s", i == 0 ? " !!" : "", feel_diagnostic_name(d[i].code));
    }
}

static void run_decide(struct run *r, enum dmn_kind kind, str line)
{
    str whole = line;
    uint32_t node;
    feel_value inputs;
    struct buf b = BUF_INIT(TEXT_MAX);
    if (find_target(r, kind, &line, &node, &inputs)) {
        write_outcome(r, dmn_evaluate(r->model, r->ev, node, inputs, DMN_TEXT_DATES), &b);
        is_str(buf_str(&b), line, "%s:%d: %.*s", r->file, r->line, STR_ARG(whole));
    }
    buf_release(&b);
}

/* A line break before each object that begins with one of these members, so that a block can be read. */
static void break_lines(struct arena *a, struct buf *b)
{
    static const char *const openings[] = { "{\"node\":", "{\"table\":", "{\"rule\":" };
    str text = arena_str(a, buf_str(b));
    buf_clear(b);
    for (size_t i = 0; i < text.len; i++) {
        for (size_t k = 0; k < sizeof openings / sizeof openings[0]; k++) {
            if (str_starts_with(str_slice(text, i, text.len), str_of(openings[k]))) {
                buf_addc(b, '\n');
            }
        }
        buf_addc(b, text.ptr[i]);
    }
}

enum form { FORM_TEXT, FORM_JSON, FORM_RECORD };

static void run_traced(struct run *r, enum form form, str line)
{
    enum lang lang = take_word(&line, "zh") ? LANG_ZH : LANG_EN;
    str whole = line;
    uint32_t node;
    feel_value inputs;
    const struct dmn_trace *t;
    struct buf b = BUF_INIT(TEXT_MAX);
    if (!find_target(r, DMN_DECISION, &line, &node, &inputs)) {
        return;
    }
    feel_value plain = dmn_evaluate(r->model, r->ev, node, inputs, DMN_TEXT_DATES);
    struct buf first = BUF_INIT(TEXT_MAX);
    feel_json_write(plain, false, &first);
    feel_eval_reset(r->ev);
    feel_value v = dmn_evaluate_traced(r->model, r->ev, node, inputs, DMN_TEXT_DATES, &t);
    feel_json_write(v, false, &b);
    is_str(buf_str(&b), buf_str(&first), "%s:%d: explaining changes nothing", r->file, r->line);
    buf_clear(&b);
    if (form == FORM_RECORD) {
        dmn_record(t, &b);
    } else if (form == FORM_JSON) {
        dmn_explain_json(t, lang, &b);
        break_lines(&r->case_arena, &b);
    } else {
        dmn_explain_text(t, lang, &b);
    }
    compare(r, &b, whole);
    buf_release(&first);
    buf_release(&b);
}

/* ---- Loading and checking ---- */

static void run_model(struct run *r, str name)
{
    struct error err = { .code = OK };
    arena_clear(&r->model_arena);
    r->model = NULL;
    r->model_name = name; /* it stands in the file of cases, which stays */
    if (!ok(load(r, name, &r->model, &err) == OK, "%s:%d: %.*s loads", r->file, r->line, STR_ARG(name))) {
        printf("# %s: %s\n", err.message, err.detail);
        r->model = NULL;
    }
}

static void run_refuse(struct run *r, str name)
{
    struct error err = { .code = OK };
    struct buf b = BUF_INIT(TEXT_MAX);
    const struct dmn_model *model;
    r->model = NULL;
    if (load(r, name, &model, &err) == OK) {
        buf_addz(&b, "it loads");
    } else {
        buf_printf(&b, "%s: %s%s%s", error_name(err.code), err.message, err.detail[0] == '\0' ? "" : ": ", err.detail);
    }
    compare(r, &b, name);
    buf_release(&b);
}

static void run_check(struct run *r, str line)
{
    enum lang lang = take_word(&line, "zh") ? LANG_ZH : LANG_EN;
    uint32_t count;
    struct buf b = BUF_INIT(TEXT_MAX);
    if (r->model == NULL) {
        ok(false, "%s:%d: there is no model", r->file, r->line);
        return;
    }
    const struct dmn_finding *f = dmn_check(r->model, &r->case_arena, lang, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (!str_eq(f[i].file, r->model_name)) {
            buf_printf(&b, "%.*s:", STR_ARG(f[i].file));
        }
        buf_printf(&b, "%u: %s: ", f[i].line, dmn_finding_name(f[i].kind));
        if (f[i].node.len > 0) {
            buf_printf(&b, "%.*s: ", STR_ARG(f[i].node));
        }
        if (f[i].rule > 0) {
            buf_printf(&b, "rule %u: ", f[i].rule);
        }
        buf_printf(&b, "%.*s\n", STR_ARG(f[i].text));
    }
    compare(r, &b, STR("check"));
    buf_release(&b);
}

/* ---- Files of cases ---- */

static void run_line(struct run *r, str line)
{
    if (line.len == 0 || line.ptr[0] == '#') {
        return;
    }
    if (take_word(&line, "model")) {
        run_model(r, line);
    } else if (take_word(&line, "refuse")) {
        run_refuse(r, line);
    } else if (take_word(&line, "decide")) {
        run_decide(r, DMN_DECISION, line);
    } else if (take_word(&line, "service")) {
        run_decide(r, DMN_SERVICE, line);
    } else if (take_word(&line, "check")) {
        run_check(r, line);
    } else if (take_word(&line, "explain")) {
        run_traced(r, FORM_TEXT, line);
    } else if (take_word(&line, "explain-json")) {
        run_traced(r, FORM_JSON, line);
    } else if (take_word(&line, "record")) {
        run_traced(r, FORM_RECORD, line);
    } else {
        ok(false, "%s:%d: no command: %.*s", r->file, r->line, STR_ARG(line));
    }
}

static void run_file(struct run *r, const char *name)
{
    str line;
    r->file = name;
    r->line = 0;
    r->model = NULL;
    ok(read_file(&r->arena, r->folder, str_of(name), &r->rest), "%s can be read", name);
    while (next_line(r, &line)) {
        run_line(r, str_trim(line));
        arena_clear(&r->case_arena);
    }
    arena_clear(&r->arena);
}

static void run_folder(struct run *r, const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_case, alphasort);
    ok(n > 0, "%s holds cases", folder);
    r->folder = folder;
    for (int i = 0; i < n; i++) {
        run_file(r, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

int main(int argc, char **argv)
{
    struct feel_environment env = { .instant = 1795507200 }; /* 2026-11-24T08:00:00Z */
    if (!cal_zone_find(STR("Asia/Shanghai"), &env.zone)) {
        env.zone = 8 * 3600;
    }
    struct run r = { .arena = ARENA_INIT, .ev = feel_eval_new(&env) };
    for (int i = 1; i < argc; i++) {
        run_folder(&r, argv[i]);
    }
    feel_eval_free(r.ev);
    arena_release(&r.arena);
    arena_release(&r.model_arena);
    arena_release(&r.case_arena);
    return tap_done();
}
