/* test: the lines of scenarios, and what they do. See test.h. */
#include "scheme/test_int.h"

struct run {
    const struct scheme_test *test;
    struct scheme_test_count *count;
    str file;
    uint32_t line;
    struct arena file_arena;        /* the lines */
    const feel_value *lines;
    const uint32_t *numbers;
    uint32_t line_count, at, first; /* the next line; that of the present scenario */

    /* of the present scenario */
    struct arena arena;
    struct test__world world;
    struct scheme_source source;
    struct bpmn_play how;
    struct play *play;
    struct feel_eval *ev;
    str scenario;
    feel_value variables;
    feel_value known;               /* what the office knows of the dossier: round, subject, process, number */
    cal_date key_date;
    bool dated;                     /* the key date was given */
    bool decided;                   /* the last thing that happened was a decision */
    feel_value result;
    str explanation;
    struct test__act *acts, **acts_end;
    struct error trouble;           /* of a callback that cannot fail */
    struct error *err;
};

static enum error_code at_line(struct run *r, enum error_code code)
{
    if (code != OK && r->err->where.line == 0) {
        error_at(r->err, r->file, r->line, 0);
    }
    return code;
}

/* ---- The asker ---- */

static cal_date today(const struct run *r)
{
    const struct feel_environment *env = bpmn_play_environment(r->play);
    cal_datetime t = { .year = 1970, .month = 1, .day = 1 };
    cal_datetime_from_utc(env->instant, 0, env->zone, &t);
    return cal_datetime_date(t);
}

static feel_value one_member(struct arena *a, const char *name, feel_value v)
{
    str names[] = { str_of(name) };
    feel_value *values = ARENA_ARRAY(a, feel_value, 1);
    values[0] = v;
    return feel_context(feel_shape_new(a, names, 1), values);
}

/* What stands over the variables. The number is that of the variable `dossier`, where there is one. */
static feel_value known(struct run *r, feel_value variables, cal_date key_date)
{
    feel_value date = { .kind = FEEL_DATE, .date = key_date };
    feel_value number = feel_member(feel_member(variables, "dossier"), "number");
    feel_value all = scheme_merged(&r->arena, r->known, one_member(&r->arena, "key date", date));
    return number.kind == FEEL_NULL ? all : scheme_merged(&r->arena, all, one_member(&r->arena, "number", number));
}

/* ---- Decisions ---- */

static str explained(struct run *r, const struct dmn_trace *trace)
{
    struct buf text = BUF_INIT(LIMIT_FEEL_STRING);
    dmn_explain_text(trace, r->err->lang, &text);
    str copy = arena_str(&r->arena, buf_str(&text));
    buf_release(&text);
    return copy;
}

/* `with` stands over everything: a scenario may also give what would have been looked up. */
static enum error_code decide(struct run *r, str name, feel_value variables, feel_value with, feel_value *ret)
{
    uint32_t node;
    feel_value bound, used;
    const struct dmn_trace *trace;
    const struct dmn_model *m = scheme_find_decision(r->world.scheme, name, &node);
    if (m == NULL) {
        return error_set(r->err, ERROR_MISSING, "the scheme has no decision \"%.*s\"", STR_ARG(name));
    }
    variables = scheme_merged(&r->arena, variables, with);
    cal_date key_date = r->dated ? r->key_date : today(r);
    feel_value self = scheme_this(&r->arena, variables, known(r, variables, key_date));
    feel_eval_set_environment(r->ev, bpmn_play_environment(r->play));
    enum error_code code = scheme_bind(r->world.scheme, m, node, &r->source, r->ev, self, key_date, &r->arena,
                                       &bound, &used, r->err);
    if (code != OK) {
        return code;
    }
    feel_value inputs = scheme_merged(&r->arena, scheme_merged(&r->arena, variables, bound), with);
    feel_eval_reset(r->ev);
    *ret = feel_copy(&r->arena, dmn_evaluate_traced(m, r->ev, node, inputs, DMN_TEXT_DATES, &trace));
    r->explanation = explained(r, trace);
    return feel_eval_limit(r->ev, r->err);
}

/* A business rule task of a process that is played. */
static bool decide_in_process(void *context, const struct feel_environment *env, struct arena *a, str decision,
                              feel_value variables, feel_value *ret)
{
    struct run *r = context;
    feel_value result;
    struct error *err = r->err;
    (void)env;
    r->trouble = (struct error){ .lang = err->lang };
    r->err = &r->trouble;
    enum error_code code = decide(r, decision, scheme_merged(&r->arena, r->variables, variables), feel_null(),
                                  &result);
    r->err = err;
    if (code == OK) {
        *ret = feel_copy(a, result);
    }
    return code == OK;
}

static enum error_code line_decide(struct run *r, feel_value line)
{
    feel_value running = bpmn_play_variables(r->play);
    feel_value variables = scheme_merged(&r->arena, r->variables, running);
    r->decided = true;
    return decide(r, feel_text_member(line, "decide"), variables, feel_member(line, "with"), &r->result);
}

static enum error_code line_assess(struct run *r, feel_value line)
{
    cal_date key_date = r->dated ? r->key_date : today(r);
    feel_eval_set_environment(r->ev, bpmn_play_environment(r->play));
    r->decided = true;
    r->explanation = STR("");
    return test__assess(&r->world, &r->source, r->ev, feel_text_member(line, "assess"),
                        feel_text_member(line, "seed"), key_date, &r->result, r->err);
}

/* ---- Acts of the office ---- */

static void note_act(struct run *r, str act, str about, feel_value value)
{
    struct test__act *n = ARENA_NEW(&r->arena, struct test__act);
    *n = (struct test__act){ NULL, arena_str(&r->arena, act), arena_str(&r->arena, about),
                             feel_copy(&r->arena, value) };
    *r->acts_end = n;
    r->acts_end = &n->next;
}

/* Whether the scenario does the work of this element itself. */
static bool is_by_hand(const struct run *r, str element)
{
    static const char *const verbs[] = { "complete", "fail", "error", "escalate" };
    for (uint32_t i = r->first + 1;
         i < r->line_count && feel_member(r->lines[i], "scenario").kind == FEEL_NULL; i++) {
        feel_value when = feel_member(r->lines[i], "when");
        for (size_t k = 0; k < sizeof verbs / sizeof verbs[0]; k++) {
            if (str_eq(feel_text_member(when, verbs[k]), element)) {
                return true;
            }
        }
    }
    return false;
}

static void write_record(struct run *r, str ledger, feel_value row)
{
    struct error err = { .lang = r->err->lang };
    if (test__add_record(&r->world, ledger, feel_copy(&r->arena, row), &err) != OK) {
        r->trouble = err;
    }
}

/* gongshi.record, gongshi.document … carry themselves out, as far as a scenario can: they are noted, and a row that is
 * recorded can be read by the facts that follow. */
static bool do_job(void *context, struct arena *a, str element, str type, feel_value details, feel_value variables,
                   feel_value *ret)
{
    static const struct {
        const char *act, *about;
    } acts[] = {
        { "record", "ledger" }, { "document", "document" }, { "notice", "notice" }, { "send", "message" },
        { "start", "process" }, { "draw", "draw" },         { "clock", "clock" },   { "rate", "rating" },
    };
    struct run *r = context;
    feel_value headers = feel_member(details, "headers");
    (void)a;
    *ret = feel_null();
    if (!str_starts_with(type, STR("gongshi.")) || is_by_hand(r, element)) {
        return false;
    }
    str act = str_slice(type, strlen("gongshi."), type.len);
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (str_eq(act, str_of(acts[i].act))) {
            str about = feel_text_member(headers, acts[i].about);
            feel_value row = feel_member(variables, "row");
            bool record = i == 0;
            note_act(r, act, about, record ? row : scheme_merged(&r->arena, headers, variables));
            if (record && row.kind == FEEL_CONTEXT) {
                write_record(r, about, row);
            }
            return true;
        }
    }
    return false;
}

/* ---- Expecting ---- */

static enum error_code compare(struct run *r, str what, feel_value want, feel_value got)
{
    str where;
    feel_value w, g;
    if (test__match(&r->arena, want, got, what, &where, &w, &g)) {
        return OK;
    }
    struct buf expected = BUF_INIT(LIMIT_FEEL_STRING), came = BUF_INIT(LIMIT_FEEL_STRING);
    feel_json_write(w, false, &expected);
    feel_json_write(g, false, &came);
    error_set(r->err, ERROR_INVALID, "%.*s is not what is expected", STR_ARG(where));
    error_detail(r->err, "expected %.*s, got %.*s", (int)(expected.len < 220 ? expected.len : 220), expected.ptr,
                 (int)(came.len < 220 ? came.len : 220), came.ptr);
    buf_release(&expected);
    buf_release(&came);
    return ERROR_INVALID;
}

/* The rows that the acts of the scenario wrote into a ledger. */
static feel_value written(struct run *r, const char *act, str about)
{
    uint32_t count = 0;
    for (const struct test__act *n = r->acts; n != NULL; n = n->next) {
        count += str_eq(n->act, str_of(act)) && (about.ptr == NULL || str_eq(n->about, about));
    }
    feel_value *items = ARENA_ARRAY(&r->arena, feel_value, count);
    count = 0;
    for (const struct test__act *n = r->acts; n != NULL; n = n->next) {
        if (str_eq(n->act, str_of(act)) && (about.ptr == NULL || str_eq(n->about, about))) {
            items[count++] = about.ptr != NULL ? n->value : feel_string(n->about);
        }
    }
    return feel_list(items, count);
}

static enum error_code expect_records(struct run *r, feel_value want)
{
    enum error_code code = OK;
    for (uint32_t i = 0; want.kind == FEEL_CONTEXT && i < want.count && code == OK; i++) {
        str ledger = want.shape->names[i];
        code = compare(r, arena_printf(&r->arena, "records.%.*s", STR_ARG(ledger)), want.values[i],
                       written(r, "record", ledger));
    }
    return code;
}

/* A list of names, or {name: [what it was made from]}. */
static enum error_code expect_acts(struct run *r, const char *act, str what, feel_value want)
{
    enum error_code code = OK;
    if (want.kind == FEEL_LIST) {
        return compare(r, what, want, written(r, act, (str){ NULL, 0 }));
    }
    for (uint32_t i = 0; want.kind == FEEL_CONTEXT && i < want.count && code == OK; i++) {
        str about = want.shape->names[i];
        code = compare(r, arena_printf(&r->arena, "%.*s.%.*s", STR_ARG(what), STR_ARG(about)), want.values[i],
                       written(r, act, about));
    }
    return code;
}

static bool has_sent(const struct run *r)
{
    for (const struct test__act *n = r->acts; n != NULL; n = n->next) {
        if (str_eq(n->act, STR("send"))) {
            return true;
        }
    }
    return false;
}

static enum error_code expect_one(struct run *r, str what, feel_value want, feel_value only)
{
    if (str_eq(what, STR("records"))) {
        return expect_records(r, want);
    }
    if (str_eq(what, STR("documents")) || str_eq(what, STR("notices")) ||
        (str_eq(what, STR("sent")) && (has_sent(r) || want.kind != FEEL_LIST || want.count == 0))) {
        const char *act = what.ptr[0] == 'd' ? "document" : what.ptr[0] == 'n' ? "notice" : "send";
        return expect_acts(r, act, what, want);
    }
    if (str_eq(what, STR("started"))) {
        return expect_acts(r, "start", what, want);
    }
    return bpmn_play_line(r->play, r->line, one_member(&r->arena, "expect", only), r->err);
}

static enum error_code line_expect(struct run *r, feel_value want)
{
    enum error_code code = OK;
    if (r->decided) {
        return compare(r, STR("result"), want, r->result);
    }
    if (want.kind != FEEL_CONTEXT) {
        return error_set(r->err, ERROR_INVALID, "what is expected of a process is a JSON object");
    }
    for (uint32_t i = 0; want.kind == FEEL_CONTEXT && i < want.count && code == OK; i++) {
        feel_value only = one_member(&r->arena, arena_str(&r->arena, want.shape->names[i]).ptr, want.values[i]);
        code = expect_one(r, want.shape->names[i], want.values[i], only);
    }
    return code;
}

/* ---- What is given ---- */

/* What the office knows: the day, and members of `this` that no variable takes the place of. */
static enum error_code give_known(struct run *r, feel_value given)
{
    static const char *const members[] = { "round", "subject", "process", "number" };
    feel_value key_date = feel_member(given, "key date");
    if (key_date.kind == FEEL_STRING) {
        r->dated = cal_parse_date(feel_str(key_date), &r->key_date);
        if (!r->dated) {
            return error_set(r->err, ERROR_INVALID, "\"%.*s\" is no date", STR_ARG(feel_str(key_date)));
        }
    }
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        feel_value v = feel_member(given, members[i]);
        if (v.kind != FEEL_NULL) {
            r->known = scheme_merged(&r->arena, r->known, one_member(&r->arena, members[i], v));
        }
    }
    return OK;
}

static enum error_code give_overlay(struct run *r, feel_value given)
{
    str overlay = feel_text_member(given, "overlay");
    if (overlay.len == 0) {
        return OK;
    }
    if (!str_eq(overlay, STR("sample")) || r->test->sample == NULL) {
        return error_set(r->err, ERROR_MISSING, "the package has no rows \"%.*s\"", STR_ARG(overlay));
    }
    r->world.scheme = r->test->sample;
    return OK;
}

static enum error_code line_given(struct run *r, feel_value line, feel_value given)
{
    static const char *const known[] = { "at", "zone", "seed", "decisions", "models", "round", "key date",
                                         "parameters", "records", "variables", "overlay", "subject",
                                         "process", "number" };
    for (uint32_t i = 0; i < given.count; i++) {
        bool is_known = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0] && !is_known; k++) {
            is_known = str_eq(given.shape->names[i], str_of(known[k]));
        }
        if (!is_known) {
            return error_set(r->err, ERROR_INVALID, "nothing called \"%.*s\" can be given",
                             STR_ARG(given.shape->names[i]));
        }
    }
    enum error_code code = bpmn_play_line(r->play, r->line, line, r->err);
    code = code == OK ? give_known(r, given) : code;
    code = code == OK ? give_overlay(r, given) : code;
    code = code == OK ? test__give_parameters(&r->world, feel_member(given, "parameters"), r->err) : code;
    feel_value records = bpmn_play_value(r->play, feel_member(given, "records"));
    code = code == OK ? test__give_records(&r->world, records, r->err) : code;
    r->variables = scheme_merged(&r->arena, r->variables, feel_member(given, "variables"));
    return code;
}

/* ---- Scenarios ---- */

static bool has_stem(str file, str name)
{
    const char *slash = memrchr(file.ptr, '/', file.len);
    str last = slash == NULL ? file : str_slice(file, (size_t)(slash - file.ptr) + 1, file.len);
    const char *dot = memchr(last.ptr, '.', last.len);
    return dot != NULL && str_eq(str_slice(last, 0, (size_t)(dot - last.ptr)), name);
}

/* The process that starts where a line names none: that of the file tests/NAME.jsonl is process/NAME.bpmn. */
static const struct bpmn_model *first_model(const struct run *r)
{
    const struct scheme *s = r->test->scheme;
    for (uint32_t i = 0; i < s->process_count; i++) {
        const char *dot = memrchr(s->processes[i]->file.ptr, '.', s->processes[i]->file.len);
        const char *slash = memrchr(s->processes[i]->file.ptr, '/', s->processes[i]->file.len);
        const char *from = slash == NULL ? s->processes[i]->file.ptr : slash + 1;
        if (dot != NULL && dot > from && has_stem(r->file, (str){ from, (size_t)(dot - from) })) {
            return s->processes[i];
        }
    }
    return s->process_count > 0 ? s->processes[0] : NULL;
}

static void begin(struct run *r, str title)
{
    arena_clear(&r->arena);
    r->world = (struct test__world){ .test = r->test, .scheme = r->test->scheme, .arena = &r->arena };
    r->source = test__source(&r->world);
    r->scenario = title;
    r->variables = feel_context(feel_shape_new(&r->arena, NULL, 0), NULL);
    r->known = one_member(&r->arena, "number", feel_string(STR("T1")));
    r->dated = r->decided = false;
    r->result = feel_null();
    r->explanation = STR("");
    r->acts = NULL;
    r->acts_end = &r->acts;
    r->trouble = (struct error){ .lang = r->err->lang };
}

static enum error_code do_line(struct run *r, feel_value line)
{
    feel_value v;
    enum error_code code;
    if ((v = feel_member(line, "given")).kind == FEEL_CONTEXT) {
        return line_given(r, line, v);
    }
    if (feel_member(line, "decide").kind == FEEL_STRING) {
        return line_decide(r, line);
    }
    if (feel_member(line, "assess").kind == FEEL_STRING) {
        return line_assess(r, line);
    }
    if (feel_context_get(line, STR("expect"), &v)) {
        return line_expect(r, v);
    }
    if (feel_member(line, "when").kind == FEEL_CONTEXT || feel_member(line, "advance").kind == FEEL_STRING) {
        r->decided = false;
        code = bpmn_play_line(r->play, r->line, line, r->err);
        if (code == OK && r->trouble.code != OK) {
            *r->err = r->trouble;
            code = r->trouble.code;
        }
        return code;
    }
    return bpmn_play_line(r->play, r->line, line, r->err);
}

/* From the line that names the scenario up to the next that does. */
static void run_scenario(struct run *r)
{
    struct error err = { .lang = r->err->lang };
    enum error_code code = OK;
    struct error *outer = r->err;
    r->err = &err;
    begin(r, feel_text_member(r->lines[r->at], "scenario"));
    r->first = r->at;
    while (r->at < r->line_count) {
        r->line = r->numbers[r->at];
        feel_value line = r->lines[r->at++];
        code = at_line(r, do_line(r, line));
        if (code != OK || (r->at < r->line_count && feel_member(r->lines[r->at], "scenario").kind == FEEL_STRING)) {
            break;
        }
    }
    while (r->at < r->line_count && feel_member(r->lines[r->at], "scenario").kind != FEEL_STRING) {
        r->at++;
    }
    r->count->passed += code == OK;
    r->count->failed += code != OK;
    if (r->test->ended != NULL) {
        r->test->ended(r->test->context, r->scenario, code == OK ? NULL : &err, r->explanation);
    }
    r->err = outer;
}

static enum error_code read_lines(struct run *r, str text)
{
    struct arena *a = &r->file_arena;
    uint32_t most = 1, n = 0, line = 0;
    for (size_t i = 0; i < text.len; i++) {
        most += text.ptr[i] == '\n';
    }
    feel_value *lines = ARENA_ARRAY(a, feel_value, most);
    uint32_t *numbers = ARENA_ARRAY(a, uint32_t, most);
    while (text.len > 0) {
        const char *end = memchr(text.ptr, '\n', text.len);
        size_t length = end == NULL ? text.len : (size_t)(end - text.ptr);
        str one = str_trim(str_slice(text, 0, length));
        text = str_slice(text, end == NULL ? length : length + 1, text.len);
        line++;
        if (one.len > 0) {
            enum error_code code = feel_json_read(a, one, &lines[n], r->err);
            if (code != OK) {
                error_at(r->err, r->file, line, r->err->where.column);
                return code;
            }
            numbers[n++] = line;
        }
    }
    r->lines = lines;
    r->numbers = numbers;
    r->line_count = n;
    return OK;
}

enum error_code scheme_test(const struct scheme_test *t, str file, str text, struct scheme_test_count *count,
                            struct error *err)
{
    struct run r = { .test = t, .count = count, .file = file, .file_arena = ARENA_INIT, .arena = ARENA_INIT,
                     .err = err };
    enum error_code code = read_lines(&r, text);
    if (code == OK) {
        r.how = (struct bpmn_play){ .decide = decide_in_process, .job = do_job, .context = &r,
                                    .models = t->scheme->processes, .model_count = t->scheme->process_count,
                                    .calendar = t->calendar };
        begin(&r, STR(""));
        r.play = bpmn_play_new(first_model(&r), file, &r.how);
        r.ev = feel_eval_new(bpmn_play_environment(r.play));
        while (r.at < r.line_count) {
            run_scenario(&r);
        }
        bpmn_play_free(r.play);
        feel_eval_free(r.ev);
    }
    arena_release(&r.file_arena);
    arena_release(&r.arena);
    return code;
}
