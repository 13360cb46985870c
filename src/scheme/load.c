/* load: a package becomes a scheme: its processes, decisions and manifest are read, its files named by content. */
#include "scheme/scheme_int.h"

#include "base/limit.h"
#include "text/json.h"
#include "text/json_write.h"
#include "text/sha256.h"

#include <stdlib.h>

enum error_code scheme__whole(const struct buf *b, struct error *err)
{
    if (!b->overflow) {
        return OK;
    }
    error_set(err, ERROR_LIMIT, "the package is too large");
    error_detail(err, "limit %s = %d", "JSON_BYTES", LIMIT_JSON_BYTES);
    return ERROR_LIMIT;
}

bool scheme__ends_with(str s, str tail)
{
    return s.len >= tail.len && str_eq(str_slice(s, s.len - tail.len, s.len), tail);
}

/* ---- Making ---- */

static int by_name(const void *a, const void *b)
{
    return json_compare_names(((const struct scheme_file *)a)->name, ((const struct scheme_file *)b)->name);
}

/* The canonical list: {"files":{name:hash…},"format":…,"name":…}. */
void scheme_write_list(const struct scheme *b, struct buf *out)
{
    struct json_writer w;
    char hash[SHA256_TEXT];
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_key(&w, STR("files"));
    json_begin_object(&w);
    for (uint32_t i = 0; i < b->file_count; i++) {
        sha256_text(b->files[i].bytes, hash);
        json_key(&w, b->files[i].name);
        json_string(&w, str_of(hash));
    }
    json_end_object(&w);
    json_text_member(&w, "format", STR("gongshi.bundle.1"));
    json_text_member(&w, "name", b->name);
    json_end_object(&w);
}

static void hash_list(const struct scheme *b, struct buf *list, char ret[SCHEME_HASH])
{
    _Static_assert((int)SCHEME_HASH == (int)SHA256_TEXT, "the hash of a package is that of its list");
    scheme_write_list(b, list);
    sha256_text(buf_str(list), ret);
}

void scheme_hash(str name, struct scheme_file *files, uint32_t count, char ret[SCHEME_HASH])
{
    struct buf list = BUF_INIT(LIMIT_JSON_BYTES);
    if (count > 0) {
        qsort(files, count, sizeof *files, by_name);
    }
    const struct scheme b = { .name = name, .files = files, .file_count = count };
    hash_list(&b, &list, ret);
    buf_release(&list);
}

/* The processes of a package have names of their own: dossiers say which of them they run. */
static bool has_process(const struct scheme *b, str id)
{
    for (uint32_t i = 0; i < b->process_count; i++) {
        const struct bpmn_model *m = b->processes[i];
        for (uint32_t k = 0; k < m->process_count; k++) {
            if (str_eq(m->elements[m->processes[k]].id, id)) {
                return true;
            }
        }
    }
    return false;
}

static enum error_code load_process(struct arena *a, struct scheme *b, const struct scheme_file *f,
                                    struct error *err)
{
    const struct bpmn_model *m;
    enum error_code code = bpmn_load(a, f->name, f->bytes, &m, err);
    for (uint32_t i = 0; code == OK && i < m->process_count; i++) {
        const struct bpmn_finding *problem = bpmn_problem(m, m->processes[i]);
        if (problem != NULL) {
            code = error_set(err, ERROR_INVALID, "the process \"%.*s\" cannot be run",
                             STR_ARG(m->elements[m->processes[i]].id));
            error_detail(err, "%.*s", STR_ARG(problem->text));
            error_at(err, f->name, problem->line, 0);
        } else if (has_process(b, m->elements[m->processes[i]].id)) {
            code = error_set(err, ERROR_INVALID, "two processes are called \"%.*s\"",
                             STR_ARG(m->elements[m->processes[i]].id));
            error_hint(err, "give one of them another \"id\"");
            error_at(err, f->name, m->elements[m->processes[i]].line, 0);
        }
    }
    if (code == OK) {
        b->processes[b->process_count++] = bpmn_with_words(a, m, b->words);
    }
    return code;
}

static enum error_code load_form(struct arena *a, struct scheme *b, const struct scheme_file *f, struct error *err)
{
    const struct form *form;
    enum error_code code = form_load(a, f->name, f->bytes, b->words, &form, err);
    if (code == OK && scheme_form(b, form_id(form)) != NULL) {
        code = error_set(err, ERROR_INVALID, "two forms are called \"%.*s\"", STR_ARG(form_id(form)));
        error_hint(err, "give one of them another \"id\"");
        error_at(err, f->name, 1, 1);
    }
    if (code == OK) {
        b->forms[b->form_count++] = form;
    }
    return code;
}

static bool find_import(void *context, str namespace_uri, str location, struct dmn_source *ret)
{
    const struct scheme *b = context;
    struct arena scratch = ARENA_INIT;
    bool found = false;
    (void)location;
    for (uint32_t i = 0; i < b->file_count && !found; i++) {
        struct dmn_source source = { b->files[i].name, b->files[i].bytes };
        str uri;
        if (scheme__ends_with(source.name, STR(".dmn")) && dmn_namespace(&scratch, source, &uri) &&
            str_eq(uri, namespace_uri)) {
            *ret = source;
            found = true;
        }
    }
    arena_release(&scratch);
    return found;
}

static enum error_code load_words(struct arena *a, struct scheme *b, struct error *err)
{
    const struct scheme_file *f = scheme__file(b, STR(SCHEME__WORDS));
    return f == NULL ? OK : words_read(a, f->name, f->bytes, &b->words, err);
}

/* The words first: texts are translated while they are read. */
static enum error_code load_files(struct arena *a, struct scheme *b, struct error *err)
{
    enum error_code code = load_words(a, b, err);
    for (uint32_t i = 0; i < b->file_count && code == OK; i++) {
        const struct scheme_file *f = &b->files[i];
        if (scheme__ends_with(f->name, STR(".bpmn"))) {
            code = load_process(a, b, f, err);
        } else if (scheme__ends_with(f->name, STR(".form"))) {
            code = load_form(a, b, f, err);
        } else if (scheme__ends_with(f->name, STR(".dmn"))) {
            code = dmn_load(a, (struct dmn_source){ f->name, f->bytes }, find_import, b,
                            &b->decisions[b->decision_count], err);
            b->decision_count += code == OK;
        }
    }
    return code == OK ? scheme__read_manifest(a, b, err) : code;
}

static enum error_code check_size(const struct scheme_file *files, uint32_t count, struct error *err)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += files[i].bytes.len;
    }
    if (count > LIMIT_SCHEME_FILES || bytes > LIMIT_SCHEME_BYTES) {
        error_set(err, ERROR_LIMIT, "the package is too large");
        bool files_many = count > LIMIT_SCHEME_FILES;
        error_detail(err, "limit %s = %d", files_many ? "SCHEME_FILES" : "SCHEME_BYTES",
                     files_many ? LIMIT_SCHEME_FILES : LIMIT_SCHEME_BYTES);
        return ERROR_LIMIT;
    }
    return OK;
}

/* The functions that count them all have the word in their names; that other texts have it too costs a look-up. */
static bool counts_days(const struct scheme *s)
{
    static const char word[] = "working";
    for (uint32_t i = 0; i < s->file_count; i++) {
        if (memmem(s->files[i].bytes.ptr, s->files[i].bytes.len, word, sizeof word - 1) != NULL) {
            return true;
        }
    }
    return false;
}

enum error_code scheme_load(struct arena *a, str name, const struct scheme_file *files, uint32_t count,
                            const struct scheme **ret, struct error *err)
{
    enum error_code code = check_size(files, count, err);
    if (code != OK) {
        return code;
    }
    struct scheme *b = ARENA_NEW(a, struct scheme);
    struct scheme_file *own = ARENA_ARRAY(a, struct scheme_file, count);
    b->processes = ARENA_ARRAY(a, const struct bpmn_model *, count);
    b->decisions = ARENA_ARRAY(a, const struct dmn_model *, count);
    b->forms = ARENA_ARRAY(a, const struct form *, count);
    for (uint32_t i = 0; i < count; i++) {
        own[i] = (struct scheme_file){ arena_str(a, files[i].name), arena_str(a, files[i].bytes) };
    }
    if (count > 0) {
        qsort(own, count, sizeof *own, by_name);
    }
    for (uint32_t i = 1; i < count; i++) {
        if (str_eq(own[i - 1].name, own[i].name)) {
            return error_set(err, ERROR_INVALID, "the package has the file \"%.*s\" twice", STR_ARG(own[i].name));
        }
    }
    b->files = own;
    b->file_count = count;
    b->counts_days = counts_days(b);
    if ((code = load_files(a, b, err)) != OK) {
        return code;
    }
    b->name = arena_str(a, b->name.len > 0 ? b->name : name);
    if (b->process_count + b->ledger_count + b->parameter_count == 0) {
        error_set(err, ERROR_INVALID, "the package \"%.*s\" has no process", STR_ARG(b->name));
        error_hint(err, "put at least one file of kind .bpmn into its folder process");
        return ERROR_INVALID;
    }
    struct buf list = BUF_INIT(LIMIT_JSON_BYTES);
    char hash[SCHEME_HASH];
    hash_list(b, &list, hash);
    b->hash = arena_str(a, str_of(hash)).ptr;
    code = scheme__whole(&list, err);
    buf_release(&list);
    if (code != OK) {
        return code;
    }
    *ret = b;
    return OK;
}
