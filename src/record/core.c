/* core: the scheme that every office has. Its package is part of the program (schemes/core). */
#include "record/table_int.h"

static const struct {
    const char *name, *bytes;
    size_t size;
} files[] = {
#include "record_core.inc"
};

enum { FILES = sizeof files / sizeof files[0] };

/* With other rows of the calendar, where they are given. */
static void list_files(str calendar, struct scheme_file *ret)
{
    for (int i = 0; i < FILES; i++) {
        bool other = calendar.len > 0 && strcmp(files[i].name, "parameters/calendar.csv") == 0;
        ret[i] = (struct scheme_file){ str_of(files[i].name),
                                       other ? calendar : (str){ files[i].bytes, files[i].size } };
    }
}

static enum error_code load(struct arena *a, str calendar, const struct scheme **ret, struct error *err)
{
    struct scheme_file list[FILES];
    list_files(calendar, list);
    return scheme_load(a, STR("core"), list, FILES, ret, err);
}

enum error_code record__core_with(struct arena *a, str calendar, const struct scheme **ret, struct error *err)
{
    return calendar.len > 0 ? load(a, calendar, ret, err)
                            : error_set(err, ERROR_INVALID, "the calendar has no rows");
}

enum error_code record_core(struct arena *a, const struct scheme **ret, struct error *err)
{
    return load(a, STR(""), ret, err);
}

enum error_code record_import_calendar(struct record *r, str rows, int64_t actor, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    const struct scheme *core;
    enum error_code code = record__core_with(&a, rows, &core, err);
    code = code == OK ? record_install_parameters(r, core, actor, now, err) : code;
    arena_release(&a);
    return code;
}

/* Whether new dossiers run on this very version; told by its hash, for loading takes as long as all else that a start
 * takes. */
static enum error_code is_installed(struct record *r, bool *ret, struct error *err)
{
    struct store_view *v;
    struct arena a = ARENA_INIT;
    struct scheme_file list[FILES];
    char hash[SCHEME_HASH];
    str installed;
    list_files(STR(""), list);
    scheme_hash(STR("core"), list, FILES, hash);
    enum error_code code = store_view(r->store, &v, err);
    if (code == OK) {
        *ret = record__last_deployment(v, STR("core"), &a, &installed) != 0 && str_eq(installed, str_of(hash));
        code = store_view_error(v, err);
        store_view_end(v);
    }
    arena_release(&a);
    return code;
}

static enum error_code install(struct record *r, const struct scheme *core, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct record_plan plan;
    bool stale = false;
    enum error_code code = record_install_parameters(r, core, 0, now, err);
    code = code == OK ? record_begin(r, &a, 0, now, &plan, err) : code;
    if (code == OK) {
        code = record_install(r, plan.view, plan.change, &a, core, 0, now, err);
        code = record_finish(&plan, code, &stale, err);
        code = stale ? OK : code; /* another server did the same */
    }
    arena_release(&a);
    return code;
}

enum error_code record_install_core(struct record *r, int64_t now, struct error *err)
{
    struct arena a = ARENA_INIT;
    const struct scheme *core;
    bool there = false;
    enum error_code code = is_installed(r, &there, err);
    if (code == OK && !there) {
        code = record_core(&a, &core, err);
        code = code == OK ? install(r, core, now, err) : code;
    }
    arena_release(&a);
    return code;
}
