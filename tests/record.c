/* record: what happens to ledgers, as the files of a folder tell it: a line of JSON an act or a question.
 *
 *   {"office": CODE, "in": CODE}                     an office, below another
 *   {"install": {…scheme.json…}}                     a scheme; later ledgers are its
 *   {"add": LEDGER, "values": {…}, "name": NAME}     a row, called NAME from now on
 *   {"change": LEDGER, "row": NAME, "values": {…}, "reason": TEXT, "revision": N}
 *   {"strike": LEDGER, "row": NAME, "reason": TEXT}
 *     each also: "at": DAY or instant (it stays until another one), "by": "officer", "process" or "import",
 *     "dossier": N, "office": CODE; "refused": what the message must hold
 *   {"query": LEDGER, "where": FEEL, "this": {…}, "words": TEXT, "valid": DAY, "known": DAY, "order": FIELD,
 *    "descending": true, "max": N, "in": CODE, "rows": [{…}, …], "count": N, "examined": N, "refused": …}
 *     rows must be these, in this order, as far as their members are given; without "valid" any; examined at most N
 *   {"history": LEDGER, "row": NAME, "rows": [{…}, …]}
 *   {"audit": NAME, "verbs": [TEXT, …]}
 * "$NAME" in values and in `this` is the number of the row of that name, as text.
 */
#include "record_world.h"

#include "base/limit.h"

#include <dirent.h>

struct story {
    struct world w;
    struct arena arena;
    const char *file;
    uint32_t line;
    const struct scheme *scheme;
    str names[100];
    int64_t rows[100];
    uint32_t name_count;
    int64_t now;
    struct error err;
};

/* ---- What lines say ---- */

static str text_of(feel_value line, const char *name)
{
    return feel_text_member(line, name);
}

static int64_t number_of(feel_value line, const char *name, int64_t otherwise)
{
    return feel_whole_or(feel_member(line, name), otherwise);
}

static bool instant_of(str text, int64_t *ret)
{
    cal_date d;
    cal_datetime t;
    if (cal_parse_date(text, &d)) {
        *ret = world_day(d.year, d.month, d.day);
        return true;
    }
    if (cal_parse_datetime(text, &t)) {
        *ret = cal_utc_seconds(t) * 1000000 + t.nano / 1000;
        return true;
    }
    return false;
}

static int64_t row_of(struct story *s, str name)
{
    for (uint32_t i = 0; i < s->name_count; i++) {
        if (str_eq(s->names[i], name)) {
            return s->rows[i];
        }
    }
    return 0;
}

/* With "$name" replaced. */
static feel_value resolve(struct story *s, feel_value v)
{
    if (v.kind == FEEL_STRING && str_starts_with(feel_str(v), STR("$"))) {
        return feel_string(arena_printf(&s->arena, "%lld",
                                        (long long)row_of(s, str_slice(feel_str(v), 1, v.count))));
    }
    if (v.kind != FEEL_CONTEXT) {
        return v;
    }
    feel_value *values = ARENA_ARRAY(&s->arena, feel_value, v.count);
    for (uint32_t i = 0; i < v.count; i++) {
        values[i] = resolve(s, v.values[i]);
    }
    return feel_context(v.shape, values);
}

static void wrong(struct story *s, const char *what)
{
    ok(false, "%s:%u: %s", s->file, s->line, what);
    printf("# %s; %s; %s\n", s->err.message, s->err.detail, s->err.hint);
}

/* Was it refused as the line says? */
static bool as_said(struct story *s, feel_value line, enum error_code code)
{
    str refused = text_of(line, "refused");
    if (refused.len == 0) {
        if (code != OK) {
            wrong(s, "is refused");
        }
        return code == OK;
    }
    if (code == OK || memmem(s->err.message, strlen(s->err.message), refused.ptr, refused.len) == NULL) {
        wrong(s, "is not refused as it should be");
    } else {
        ok(s->err.hint[0] != '\0' || s->err.code == ERROR_MISSING, "%s:%u: is refused: %s", s->file, s->line,
           s->err.message);
    }
    return false;
}

/* ---- Acts ---- */

static int64_t office_of(struct story *s, str code)
{
    struct store_view *v;
    const struct people_tree *tree;
    int64_t id = 0;
    if (store_view(s->w.store, &v, &s->err) == OK && people_tree(s->w.people, v, &tree, &s->err) == OK) {
        const struct people_office *o = people_office_by_code(tree, code);
        id = o == NULL ? 0 : o->id;
        people_tree_end(s->w.people, tree);
        store_view_end(v);
    }
    return id;
}

static void add_office(struct story *s, feel_value line)
{
    struct people_plan plan;
    int64_t id;
    str code = text_of(line, "office");
    enum error_code done = people_begin(s->w.people, &s->arena, 0, s->now, &plan, &s->err);
    if (done == OK) {
        done = people_office_add(&plan, office_of(s, text_of(line, "in")), code, code, STR("county"), &id, &s->err);
        done = people_finish(&plan, done, NULL, &s->err);
    }
    as_said(s, line, done);
}

static void install(struct story *s, feel_value manifest)
{
    struct buf text = BUF_INIT(1 << 20);
    feel_json_write(manifest, false, &text);
    s->scheme = world_install(&s->w, text.ptr);
    buf_release(&text);
}

static unsigned writer_of(str word)
{
    return str_eq(word, STR("process")) ? SCHEME_BY_PROCESS
           : str_eq(word, STR("import")) ? SCHEME_BY_IMPORT : SCHEME_BY_OFFICER;
}

static void act(struct story *s, feel_value line)
{
    struct record_plan plan;
    const struct scheme_ledger *l = NULL;
    bool add = text_of(line, "add").len > 0, change = text_of(line, "change").len > 0;
    str name = text_of(line, add ? "add" : change ? "change" : "strike"), at = text_of(line, "at");
    int64_t row = row_of(s, text_of(line, "row"));
    instant_of(at, &s->now);
    enum error_code code = record_begin(s->w.record, &s->arena, number_of(line, "actor", 7), s->now, &plan, &s->err);
    if (code != OK) {
        as_said(s, line, code);
        return;
    }
    plan.by = writer_of(text_of(line, "by"));
    plan.dossier = number_of(line, "dossier", 0);
    plan.office = office_of(s, text_of(line, "office"));
    code = record_ledger(s->w.record, plan.view, s->scheme, name, NULL, &l, NULL, &s->err);
    feel_value values = resolve(s, feel_member(line, "values"));
    if (code == OK && add) {
        code = record_add(&plan, s->scheme, l, values, &row, &s->err);
    } else if (code == OK && change) {
        code = record_change(&plan, s->scheme, l, row, number_of(line, "revision", 0), values,
                             text_of(line, "reason"), &s->err);
    } else if (code == OK) {
        code = record_strike(&plan, l, row, text_of(line, "reason"), &s->err);
    }
    code = record_finish(&plan, code, NULL, &s->err);
    if (as_said(s, line, code) && add && s->name_count < 100) {
        s->names[s->name_count] = text_of(line, "name");
        s->rows[s->name_count++] = row;
    }
}

/* ---- Questions ---- */

static bool has_members(feel_value context, feel_value want)
{
    bool same = want.kind == FEEL_CONTEXT;
    for (uint32_t i = 0; same && i < want.count; i++) {
        struct buf x = BUF_INIT(1 << 16), y = BUF_INIT(1 << 16);
        feel_value v = feel_null();
        feel_context_get(context, want.shape->names[i], &v);
        feel_json_write(v, false, &x);
        feel_json_write(want.values[i], false, &y);
        same = str_eq(buf_str(&x), buf_str(&y));
        buf_release(&x);
        buf_release(&y);
    }
    return same;
}

static void compare(struct story *s, feel_value want, const struct scheme_ledger *l, const struct record_row *rows,
                    uint32_t count)
{
    bool same = want.count == count;
    for (uint32_t i = 0; i < count && same; i++) {
        same = has_members(record_context(&s->arena, l, &rows[i]), resolve(s, want.items[i]));
    }
    if (!ok(same, "%s:%u: %u rows", s->file, s->line, count)) {
        for (uint32_t i = 0; i < count; i++) {
            struct buf b = BUF_INIT(1 << 16);
            feel_print(record_context(&s->arena, l, &rows[i]), &b);
            printf("# got %.*s\n", STR_ARG(buf_str(&b)));
            buf_release(&b);
        }
    }
}

static void answer(struct story *s, feel_value line, struct store_view *v, struct feel_eval *ev,
                   struct record_query *q)
{
    struct record_answer a;
    uint32_t count = 0;
    enum error_code code = record_query(v, ev, q, &s->arena, &a, &s->err);
    feel_value rows = feel_member(line, "rows");
    if (!as_said(s, line, code)) {
        return;
    }
    if (rows.kind == FEEL_LIST) {
        compare(s, rows, q->ledger, a.rows, a.count);
    }
    if (number_of(line, "count", -1) >= 0) {
        as_said(s, line, record_count(v, ev, q, 1000, &count, &s->err));
        is_int(count, number_of(line, "count", 0), "%s:%u: count", s->file, s->line);
    }
    if (number_of(line, "examined", -1) >= 0) {
        ok(a.examined <= (uint64_t)number_of(line, "examined", 0), "%s:%u: %llu rows examined", s->file, s->line,
           (unsigned long long)a.examined);
    }
}

static void query(struct story *s, feel_value line)
{
    struct feel_environment env = { .instant = s->now / 1000000, .zone = 8 * 3600 };
    struct feel_eval *ev = feel_eval_new(&env);
    struct store_view *v;
    const struct people_tree *tree;
    str where = text_of(line, "where"), in = text_of(line, "in");
    store_view(s->w.store, &v, &s->err);
    people_tree(s->w.people, v, &tree, &s->err);
    feel_value down = feel_member(line, "descending");
    struct record_query q = {
        .scheme = s->scheme, .self = resolve(s, feel_member(line, "this")), .words = text_of(line, "words"),
        .office = in.len > 0 ? people_office_by_code(tree, in)->id : 0, .tree = tree, .known_at = INT64_MAX,
        .order = text_of(line, "order"), .descending = feel_is_true(down),
        .max = (uint32_t)number_of(line, "max", 100),
    };
    q.flags = instant_of(text_of(line, "valid"), &q.valid_at) ? 0 : RECORD_ALL_TIMES;
    instant_of(text_of(line, "known"), &q.known_at);
    enum error_code code = record_ledger(s->w.record, v, s->scheme, text_of(line, "query"), NULL, &q.ledger, NULL,
                                         &s->err);
    if (code == OK && where.len > 0) {
        code = record_filter(&s->arena, q.ledger, where, feel_type_of(&s->arena, q.self), &q.filter, &s->err);
    }
    if (code == OK) {
        answer(s, line, v, ev, &q);
    } else {
        as_said(s, line, code);
    }
    people_tree_end(s->w.people, tree);
    store_view_end(v);
    feel_eval_free(ev);
}

static void history(struct story *s, feel_value line)
{
    struct store_view *v;
    const struct scheme_ledger *l;
    const struct record_row *rows;
    uint32_t count;
    store_view(s->w.store, &v, &s->err);
    enum error_code code = record_ledger(s->w.record, v, s->scheme, text_of(line, "history"), NULL, &l, NULL, &s->err);
    code = code == OK ? record_history(v, &s->arena, l, row_of(s, text_of(line, "row")), &rows, &count, &s->err) : code;
    if (as_said(s, line, code)) {
        compare(s, feel_member(line, "rows"), l, rows, count);
    }
    store_view_end(v);
}

static void audit(struct story *s, feel_value line)
{
    struct store_view *v;
    struct buf got = BUF_INIT(4000), want = BUF_INIT(4000);
    feel_value verbs = feel_member(line, "verbs");
    struct store_value args[] = { store_int(row_of(s, text_of(line, "audit"))) };
    store_view(s->w.store, &v, &s->err);
    struct store_rows *r = store_query(v, "SELECT verb, actor, detail FROM audit WHERE kind = 'record' AND object = ? "
                                          "ORDER BY id", args, 1);
    while (store_next(r)) {
        buf_add(&got, store_column_text(r, 0));
        buf_printf(&got, " %lld ", (long long)store_column_int(r, 1));
        buf_add(&got, store_column_text(r, 2));
        buf_addc(&got, '\n');
    }
    store_rows_end(r);
    store_view_end(v);
    for (uint32_t i = 0; verbs.kind == FEEL_LIST && i < verbs.count; i++) {
        buf_add(&want, feel_str(verbs.items[i]));
        buf_addc(&want, '\n');
    }
    is_str(buf_str(&got), buf_str(&want), "%s:%u: the audit", s->file, s->line);
    buf_release(&got);
    buf_release(&want);
}

/* ---- Files ---- */

static void tell(struct story *s, feel_value line)
{
    feel_value manifest = feel_member(line, "install");
    s->err = (struct error){ .lang = LANG_EN };
    if (manifest.kind == FEEL_CONTEXT) {
        install(s, manifest);
    } else if (text_of(line, "query").len > 0) {
        query(s, line);
    } else if (text_of(line, "history").len > 0) {
        history(s, line);
    } else if (text_of(line, "audit").len > 0) {
        audit(s, line);
    } else if (text_of(line, "add").len > 0 || text_of(line, "change").len > 0 || text_of(line, "strike").len > 0) {
        act(s, line);
    } else if (text_of(line, "office").len > 0) {
        add_office(s, line);
    } else {
        wrong(s, "the line says nothing that is known");
    }
}

static void run_file(const char *folder, const char *name)
{
    struct story s = { .arena = ARENA_INIT, .file = name };
    char *text = NULL;
    size_t size = 0;
    ssize_t n;
    FILE *f = fopen(arena_printf(&s.arena, "%s/%s", folder, name).ptr, "r");
    s.now = world_day(2026, 1, 1);
    world_open(&s.w);
    s.scheme = world_scheme;
    while (f != NULL && (n = getline(&text, &size, f)) >= 0) {
        feel_value line;
        str trimmed = str_trim((str){ text, (size_t)n });
        s.line++;
        if (trimmed.len == 0) {
            continue;
        }
        if (feel_json_read(&s.arena, arena_str(&s.arena, trimmed), &line, &s.err) != OK) {
            wrong(&s, "the line is no JSON");
        } else {
            tell(&s, line);
        }
    }
    free(text);
    fclose(f);
    world_close(&s.w);
    arena_release(&s.arena);
}

int main(int argc, char **argv)
{
    DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
    uint32_t files = 0;
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        size_t n = strlen(e->d_name);
        if (n > 6 && strcmp(e->d_name + n - 6, ".jsonl") == 0) {
            run_file(argv[1], e->d_name);
            files++;
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    ok(files > 0, "%u files", files);
    return tap_done();
}
