/* tck: runs the XML test cases of the DMN Technology Compatibility Kit.
 *
 *   tck DIR...
 *
 * Every file *.xml under the folders whose root is testCases is run against the model beside it that it names.
 * Values are typed by the model first, and by xsi:type where the model is silent or says string. A case passes when
 * each of its result nodes has the expected value: numbers within 1e-8, lists in order, contexts with the same keys;
 * an expected null wants null, and a limit that was hit counts as null. A model that cannot be loaded fails all its
 * cases. Prints TAP, and in the last line "N passed, N failed".
 */
#include "base/limit.h"
#include "dmn/dmn.h"
#include "tap.h"
#include "text/xml.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#define XSI STR("http://www.w3.org/2001/XMLSchema-instance")

/* One file of cases. */
struct suite {
    struct arena *arena; /* of the file, its model and its values */
    const char *folder;  /* with a slash at the end */
    str name;            /* of the folder, for the names of points */
    const struct dmn_model *model;
    struct error err; /* why there is no model */
    struct feel_eval *ev;
    struct buf why; /* the case at hand fails */
};

/* ---- Files ---- */

static bool read_file(struct arena *a, const char *path, str *ret)
{
    FILE *f = fopen(path, "rb");
    struct buf b = BUF_INIT(LIMIT_XML_BYTES);
    char chunk[4096];
    for (size_t n; f != NULL && (n = fread(chunk, 1, sizeof chunk, f)) > 0;) {
        buf_add(&b, (str){ chunk, n });
    }
    bool fine = f != NULL && ferror(f) == 0 && !b.overflow;
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

static const char *path_of(struct arena *a, const char *folder, str name)
{
    return arena_printf(a, "%s%.*s", folder, STR_ARG(name)).ptr;
}

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* The import is the file of the same folder that has its namespace. */
static bool find_import(void *context, str namespace_uri, str location, struct dmn_source *ret)
{
    struct suite *s = context;
    struct dirent **entries;
    int n = scandir(s->folder, &entries, visible, alphasort);
    bool found = false;
    (void)location;
    for (int i = 0; i < n; i++) {
        str uri;
        if (!found && ends_with(entries[i]->d_name, ".dmn")) {
            ret->name = arena_str(s->arena, str_of(entries[i]->d_name));
            found = read_file(s->arena, path_of(s->arena, s->folder, ret->name), &ret->bytes) &&
                    dmn_namespace(s->arena, *ret, &uri) && str_eq(uri, namespace_uri);
        }
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
    return found;
}

/* ---- XML ---- */

static const struct xml_node *child(const struct xml_node *x, const char *name)
{
    for (x = x == NULL ? NULL : x->first_child; x != NULL; x = x->next) {
        if (str_eq(x->name, str_of(name))) {
            return x;
        }
    }
    return NULL;
}

static const struct xml_node *next(const struct xml_node *x)
{
    str name = x->name;
    for (x = x->next; x != NULL; x = x->next) {
        if (str_eq(x->name, name)) {
            return x;
        }
    }
    return NULL;
}

static uint32_t count_children(const struct xml_node *x, const char *name)
{
    uint32_t n = 0;
    for (x = child(x, name); x != NULL; x = next(x)) {
        n++;
    }
    return n;
}

/* ---- Values ---- */

static const struct feel_type *element_type(const struct feel_type *type)
{
    return type != NULL && type->kind == FEEL_TYPE_LIST ? type->element : type;
}

static const struct feel_type *field_type(const struct feel_type *type, str name)
{
    type = element_type(type);
    for (uint32_t i = 0; type != NULL && type->kind == FEEL_TYPE_CONTEXT && i < type->count; i++) {
        if (str_eq(type->fields[i].name, name)) {
            return type->fields[i].type;
        }
    }
    return NULL;
}

/* False when the text is none of the type, or the type is none of a text. */
static bool scalar_of(str text, const struct feel_type *type, feel_value *ret)
{
    str trimmed = str_trim(text);
    dec number;
    if (type == NULL) {
        return false;
    }
    switch (type->kind) {
    case FEEL_TYPE_STRING:
        *ret = feel_string(text);
        return true;
    case FEEL_TYPE_BOOLEAN:
        *ret = feel_boolean(str_eq(trimmed, STR("true")));
        return ret->boolean || str_eq(trimmed, STR("false"));
    case FEEL_TYPE_NUMBER:
        if (!dec_parse(trimmed, &number)) {
            return false;
        }
        *ret = feel_number(number);
        return true;
    default:
        *ret = feel_from_text(trimmed, type);
        return ret->kind != FEEL_NULL;
    }
}

/* By the model, by xsi:type (xsd:duration is two types of FEEL), and otherwise a string. Every text is one, so where
 * the model says string, xsi:type comes first: a case may give a number on purpose. */
static feel_value scalar(const struct xml_node *x, const struct feel_type *type)
{
    type = element_type(type);
    str name = xml_attr(x, XSI, STR("type"));
    const char *colon = memchr(name.ptr, ':', name.len);
    name = colon == NULL ? name : str_slice(name, (size_t)(colon - name.ptr) + 1, name.len);
    feel_value v = feel_null();
    bool open = type == NULL || type->kind == FEEL_TYPE_STRING;
    if ((!open && scalar_of(x->text, type, &v)) || scalar_of(x->text, feel_type_named(name), &v)) {
        return v;
    }
    bool duration = str_eq(name, STR("duration"));
    if (duration && (scalar_of(x->text, feel_type_named(STR("dayTimeDuration")), &v) ||
                     scalar_of(x->text, feel_type_named(STR("yearMonthDuration")), &v))) {
        return v;
    }
    return feel_string(x->text);
}

static feel_value value_of(struct arena *a, const struct xml_node *x, const struct feel_type *type);

static feel_value list_of(struct arena *a, const struct xml_node *list, const struct feel_type *type)
{
    uint32_t i = 0, count = count_children(list, "item");
    feel_value *items = ARENA_ARRAY(a, feel_value, count);
    for (const struct xml_node *x = child(list, "item"); x != NULL; x = next(x)) {
        items[i++] = value_of(a, x, element_type(type));
    }
    return feel_list(items, count);
}

static feel_value context_of(struct arena *a, const struct xml_node *parent, const struct feel_type *type)
{
    uint32_t i = 0, count = count_children(parent, "component");
    str *names = ARENA_ARRAY(a, str, count);
    feel_value *values = ARENA_ARRAY(a, feel_value, count);
    for (const struct xml_node *x = child(parent, "component"); x != NULL; x = next(x), i++) {
        names[i] = xml_attr(x, STR(""), STR("name"));
        values[i] = value_of(a, x, field_type(type, names[i]));
    }
    return feel_context(feel_shape_new(a, names, count), values);
}

static bool is_nil(const struct xml_node *x)
{
    return str_eq(xml_attr(x, XSI, STR("nil")), STR("true"));
}

/* What an inputNode, expected, item or component holds. Recurses as deep as XML may be nested. */
static feel_value value_of(struct arena *a, const struct xml_node *x, const struct feel_type *type)
{
    const struct xml_node *value = child(x, "value"), *list = child(x, "list");
    if (list != NULL && !is_nil(list)) {
        return list_of(a, list, type);
    }
    if (child(x, "component") != NULL) {
        return context_of(a, x, type);
    }
    return value != NULL && !is_nil(value) ? scalar(value, type) : feel_null();
}

/* ---- Comparison ---- */

static bool numbers_agree(dec a, dec b)
{
    static const struct dec_parts tolerance = { .coefficient = 1, .exponent = -8 };
    dec difference, bound;
    return dec_sub(a, b, &difference) && dec_from_parts(tolerance, &bound) && dec_cmp(dec_abs(difference), bound) < 0;
}

static bool agree(struct feel_eval *ev, feel_value got, feel_value want)
{
    bool same = got.kind == want.kind && got.count == want.count;
    feel_value entry;
    switch (want.kind) {
    case FEEL_NULL:
        return got.kind == FEEL_NULL;
    case FEEL_NUMBER:
        return got.kind == FEEL_NUMBER && numbers_agree(got.number, want.number);
    case FEEL_LIST:
        for (uint32_t i = 0; same && i < want.count; i++) {
            same = agree(ev, got.items[i], want.items[i]);
        }
        return same;
    case FEEL_CONTEXT:
        for (uint32_t i = 0; same && i < want.count; i++) {
            same = feel_context_get(got, want.shape->names[i], &entry) && agree(ev, entry, want.values[i]);
        }
        return same;
    default:
        return feel_is_true(feel_equal(ev, got, want));
    }
}

/* ---- Cases ---- */

static feel_value inputs_of(struct suite *s, const struct xml_node *test)
{
    uint32_t i = 0, count = count_children(test, "inputNode");
    str *names = ARENA_ARRAY(s->arena, str, count);
    feel_value *values = ARENA_ARRAY(s->arena, feel_value, count);
    for (const struct xml_node *x = child(test, "inputNode"); x != NULL; x = next(x), i++) {
        names[i] = xml_attr(x, STR(""), STR("name"));
        int64_t node = dmn_find(s->model, DMN_INPUT, names[i]);
        node = node >= 0 ? node : dmn_find(s->model, DMN_DECISION, names[i]);
        values[i] = value_of(s->arena, x, node >= 0 ? dmn_node(s->model, (uint32_t)node).type : NULL);
    }
    return feel_context(feel_shape_new(s->arena, names, count), values);
}

/* Calls a knowledge model with the inputs as its named arguments: an expression "model(a: a, b: b)". */
static feel_value call_knowledge(struct suite *s, uint32_t node, feel_value inputs)
{
    str name = dmn_node(s->model, node).name;
    feel_value *slots = ARENA_ARRAY(s->arena, feel_value, inputs.count + 1);
    struct feel_scope *scope = feel_scope_new(s->arena);
    struct buf source = BUF_INIT(LIMIT_FEEL_SOURCE);
    const struct feel_program *program;
    buf_printf(&source, "%.*s(", STR_ARG(name));
    for (uint32_t i = 0; i < inputs.count; i++) {
        str input = inputs.shape->names[i];
        slots[i] = inputs.values[i];
        feel_scope_add(scope, input, NULL, i);
        buf_printf(&source, "%s%.*s: %.*s", i > 0 ? ", " : "", STR_ARG(input), STR_ARG(input));
    }
    buf_addc(&source, ')');
    slots[inputs.count] = dmn_evaluate(s->model, s->ev, node, feel_null(), 0);
    feel_scope_add(scope, name, NULL, inputs.count);
    str text = arena_str(s->arena, buf_str(&source));
    buf_release(&source);
    bool fine = feel_compile(s->arena, scope, text, &program, &s->err) == OK;
    return fine ? feel_run(s->ev, program, slots) : feel_null();
}

/* What a case asks for: the invocable that it names, or the decision of its result node. */
static int64_t find_target(const struct suite *s, const struct xml_node *test, str result_name, enum dmn_kind *ret_kind)
{
    str type = xml_attr(test, STR(""), STR("type")), invocable = xml_attr(test, STR(""), STR("invocableName"));
    *ret_kind = str_eq(type, STR("decisionService")) ? DMN_SERVICE
                : str_eq(type, STR("bkm"))           ? DMN_KNOWLEDGE
                                                     : DMN_DECISION;
    return dmn_find(s->model, *ret_kind, invocable.len > 0 ? invocable : result_name);
}

/* A service with several outputs gives a context, of which each result node wants its own entry. */
static feel_value own_entry(const struct xml_node *test, str result_name, feel_value v)
{
    feel_value entry;
    bool several = count_children(test, "resultNode") > 1;
    return several && feel_context_get(v, result_name, &entry) ? entry : v;
}

/* Says in s->why what came instead, and the diagnostics that go with it. */
static bool fail(struct suite *s, str result_name, feel_value got, feel_value want)
{
    uint32_t count;
    const struct feel_diagnostic *d = feel_eval_diagnostics(s->ev, &count, NULL);
    buf_printf(&s->why, "%.*s: expected ", STR_ARG(result_name));
    feel_print(want, &s->why);
    buf_addz(&s->why, ", got ");
    feel_print(got, &s->why);
    for (uint32_t i = 0; i < count; i++) {
        buf_addz(&s->why, "; ");
        feel_diagnostic_print(&d[i], LANG_EN, &s->why);
    }
    return false;
}

static bool run_result(struct suite *s, const struct xml_node *test, const struct xml_node *result)
{
    enum dmn_kind kind;
    str name = xml_attr(result, STR(""), STR("name"));
    int64_t node = find_target(s, test, name, &kind);
    if (node < 0) {
        buf_printf(&s->why, "%.*s is not in the model", STR_ARG(name));
        return false;
    }
    feel_eval_reset(s->ev);
    feel_value inputs = inputs_of(s, test);
    feel_value got = kind == DMN_KNOWLEDGE ? call_knowledge(s, (uint32_t)node, inputs)
                                           : dmn_evaluate(s->model, s->ev, (uint32_t)node, inputs, 0);
    const struct feel_type *type = kind == DMN_DECISION ? dmn_node(s->model, (uint32_t)node).type : NULL;
    const struct xml_node *expected = child(result, "expected");
    feel_value want = expected == NULL ? feel_null() : value_of(s->arena, expected, type);
    got = kind == DMN_SERVICE ? own_entry(test, name, got) : got;
    got = feel_eval_limit(s->ev, NULL) == OK ? got : feel_null();
    return agree(s->ev, got, want) || fail(s, name, got, want);
}

static void run_case(struct suite *s, const struct xml_node *test)
{
    bool pass = s->model != NULL;
    buf_clear(&s->why);
    if (!pass) {
        buf_printf(&s->why, "no model: %s:%u: %s: %s", s->err.where.file, s->err.where.line, s->err.message,
                   s->err.detail);
    }
    for (const struct xml_node *x = child(test, "resultNode"); pass && x != NULL; x = next(x)) {
        pass = run_result(s, test, x);
    }
    tap_count++;
    tap_failed += !pass;
    printf("%sok %d - %.*s/%.*s", pass ? "" : "not ", tap_count, STR_ARG(s->name),
           STR_ARG(xml_attr(test, STR(""), STR("id"))));
    str why = buf_str(&s->why);
    printf("%s%.*s\n", pass ? "" : ": ", STR_ARG(why));
}

/* ---- Suites ---- */

static void load_model(struct suite *s, const struct xml_node *cases)
{
    const struct xml_node *name = child(cases, "modelName");
    struct dmn_source source = { .name = name == NULL ? STR("") : str_trim(name->text) };
    if (!read_file(s->arena, path_of(s->arena, s->folder, source.name), &source.bytes)) {
        error_set(&s->err, ERROR_MISSING, "cannot read the file");
        error_at(&s->err, source.name, 0, 0);
    } else if (dmn_load(s->arena, source, find_import, s, &s->model, &s->err) != OK) {
        s->model = NULL;
    }
}

/* A fixed instant: cases of now() and today() ask for laws, not for values. */
static struct feel_environment environment(void)
{
    struct feel_environment env = { .instant = 1795478400, .seed = 1 };
    if (!cal_zone_find(STR("Asia/Shanghai"), &env.zone)) {
        env.zone = 8 * 3600;
    }
    return env;
}

static str last_part(const char *folder)
{
    str s = str_of(folder);
    s.len -= s.len > 0 && s.ptr[s.len - 1] == '/';
    const char *slash = memrchr(s.ptr, '/', s.len);
    return slash == NULL ? s : str_slice(s, (size_t)(slash - s.ptr) + 1, s.len);
}

static void run_file(const char *folder, const char *file)
{
    struct arena a = ARENA_INIT;
    struct feel_environment env = environment();
    struct suite s = { .arena = &a, .folder = folder, .name = last_part(folder), .why = BUF_INIT(16 << 10) };
    const struct xml_node *cases;
    str bytes;
    if (!read_file(&a, path_of(&a, folder, str_of(file)), &bytes)) {
        ok(false, "%s%s cannot be read", folder, file);
    } else if (xml_parse(&a, str_of(file), bytes, &cases, &s.err) != OK) {
        ok(false, "%s%s:%u: %s", folder, file, s.err.where.line, s.err.message);
    } else if (str_eq(cases->name, STR("testCases"))) {
        s.ev = feel_eval_new(&env);
        load_model(&s, cases);
        for (const struct xml_node *x = child(cases, "testCase"); x != NULL; x = next(x)) {
            run_case(&s, x);
        }
        feel_eval_free(s.ev);
    }
    buf_release(&s.why);
    arena_release(&a);
}

enum { FOLDER_DEPTH = 8 };

static void run_folder(const char *folder, int depth)
{
    struct arena a = ARENA_INIT;
    struct dirent **entries;
    int n = scandir(folder, &entries, visible, alphasort);
    if (n < 0) {
        ok(false, "%s is not a folder", folder);
        return;
    }
    for (int i = 0; i < n; i++) {
        struct stat st;
        const char *name = entries[i]->d_name, *path = path_of(&a, folder, str_of(name));
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) && depth < FOLDER_DEPTH) {
            run_folder(arena_printf(&a, "%s/", path).ptr, depth + 1);
        } else if (ends_with(name, ".xml")) {
            run_file(folder, name);
        }
        free(entries[i]);
    }
    free(entries);
    arena_release(&a);
}

int main(int argc, char **argv)
{
    struct arena a = ARENA_INIT;
    for (int i = 1; i < argc; i++) {
        run_folder(arena_printf(&a, "%s/", argv[i]).ptr, 0);
    }
    arena_release(&a);
    int status = tap_done();
    printf("%d passed, %d failed\n", tap_count - tap_failed, tap_failed);
    return status;
}
