/* package: see package.h. */
#include "cli/package.h"

#include "base/limit.h"
#include "cli/cli.h"

#include <dirent.h>
#include <sys/stat.h>

struct list {
    struct arena *arena;
    struct scheme_file *files;
    uint32_t count;
};

static enum error_code add_file(struct list *l, str path, str name, struct error *err)
{
    if (l->count == LIMIT_SCHEME_FILES) {
        error_set(err, ERROR_LIMIT, "the package is too large");
        error_detail(err, "limit %s", "SCHEME_FILES");
        return ERROR_LIMIT;
    }
    struct scheme_file *f = &l->files[l->count];
    enum error_code code = cli_read(l->arena, path.ptr, LIMIT_XML_BYTES, "XML_BYTES", &f->bytes, err);
    f->name = name;
    l->count += code == OK;
    return code;
}

static bool is_file(str path)
{
    struct stat st;
    return stat(path.ptr, &st) == 0 && S_ISREG(st.st_mode);
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The files of one folder of the package, without those below it; no error when there is no such folder. */
static enum error_code add_folder(struct list *l, const char *package, const char *inside, struct error *err)
{
    str folder = arena_printf(l->arena, "%s/%s", package, inside);
    DIR *dir = opendir(folder.ptr);
    enum error_code code = OK;
    for (struct dirent *e; dir != NULL && code == OK && (e = readdir(dir)) != NULL;) { /* style: allow readdir */
        str path = arena_printf(l->arena, "%.*s/%s", STR_ARG(folder), e->d_name);
        if (e->d_name[0] != '.' && is_file(path)) {
            code = add_file(l, path, arena_printf(l->arena, "%s/%s", inside, e->d_name), err);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return code;
}

/* The last part of a path. */
static str last_part(const char *folder)
{
    str s = str_of(folder);
    while (s.len > 1 && s.ptr[s.len - 1] == '/') {
        s.len--;
    }
    size_t from = s.len;
    while (from > 0 && s.ptr[from - 1] != '/') {
        from--;
    }
    return str_slice(s, from, s.len);
}

/* The files of a folder that is a package, or is laid over one. */
static enum error_code read_folder(struct list *l, const char *folder, struct error *err)
{
    static const char *const folders[] = { "process", "rules", "forms", "ledgers", "parameters", "documents", "tests",
                                           "words" };
    str manifest = arena_printf(l->arena, "%s/scheme.json", folder);
    enum error_code code = is_file(manifest) ? add_file(l, manifest, STR("scheme.json"), err) : OK;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && code == OK; i++) {
        code = add_folder(l, folder, folders[i], err);
    }
    return code;
}

static enum error_code no_folder(const char *folder, struct error *err)
{
    error_set(err, ERROR_MISSING, "there is no such folder");
    error_at(err, str_of(folder), 0, 0);
    return ERROR_MISSING;
}

static enum error_code read_bundle(struct arena *a, const char *file, const struct scheme **ret, struct error *err)
{
    str bytes;
    enum error_code code = cli_read(a, file, LIMIT_SCHEME_BYTES, "SCHEME_BYTES", &bytes, err);
    return code != OK ? code : scheme_read_bundle(a, bytes, ret, err);
}

enum error_code package_read_with(struct arena *a, const char *package, const char *overlay,
                                  const struct scheme **ret, struct error *err)
{
    struct list l = { a, ARENA_ARRAY(a, struct scheme_file, LIMIT_SCHEME_FILES), 0 };
    struct list over = { a, ARENA_ARRAY(a, struct scheme_file, LIMIT_SCHEME_FILES), 0 };
    struct stat st;
    if (stat(package, &st) != 0) {
        return no_folder(package, err);
    }
    if (overlay != NULL && !is_folder(overlay)) {
        return no_folder(overlay, err);
    }
    if (S_ISREG(st.st_mode) && overlay == NULL) {
        return read_bundle(a, package, ret, err);
    }
    if (!S_ISDIR(st.st_mode)) {
        error_set(err, ERROR_INVALID, "only a folder can have another laid over it");
        return ERROR_INVALID;
    }
    enum error_code code = read_folder(&l, package, err);
    code = code == OK && overlay != NULL ? read_folder(&over, overlay, err) : code;
    if (code == OK && l.count + over.count > LIMIT_SCHEME_FILES) {
        code = error_set(err, ERROR_LIMIT, "the package is too large");
        error_detail(err, "limit %s", "SCHEME_FILES");
    }
    code = code == OK ? scheme_overlay(a, l.files, &l.count, over.files, over.count, err) : code;
    return code != OK ? code : scheme_load(a, last_part(package), l.files, l.count, ret, err);
}

enum error_code package_read(struct arena *a, const char *package, const struct scheme **ret, struct error *err)
{
    return package_read_with(a, package, NULL, ret, err);
}
