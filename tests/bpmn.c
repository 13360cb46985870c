/* bpmn: what the files of a folder say about <model>.bpmn.
 *
 *   <model>.jsonl, <model>.<case>.jsonl  scenarios: they are played, and every step checks the invariants of the state
 *                                        and its way through JSON (bpmn/play.h)
 *   <model>.findings                     what must be found in the model, a line a finding
 *   <model>.<format>.state               a state in a format that was released once: it must load for ever
 */
#include "bpmn/play.h"

#include "base/limit.h"
#include "tap.h"

#include <dirent.h>
#include <stdlib.h>

static const char *folder;

static bool read_file(struct arena *a, const char *name, str *ret)
{
    FILE *f = fopen(arena_printf(a, "%s/%s", folder, name).ptr, "rb");
    struct buf b = BUF_INIT(LIMIT_XML_BYTES);
    char block[4096];
    size_t n;
    while (f != NULL && (n = fread(block, 1, sizeof block, f)) > 0) {
        buf_add(&b, (str){ block, n });
    }
    bool ok = f != NULL && !b.overflow;
    if (f != NULL) {
        fclose(f);
    }
    *ret = arena_str(a, buf_str(&b));
    buf_release(&b);
    return ok;
}

static enum error_code load(void *context, str name, const struct bpmn_model **ret, struct error *err)
{
    struct arena *a = context;
    str bytes;
    if (!read_file(a, arena_str(a, name).ptr, &bytes)) {
        return error_set(err, ERROR_IO, "cannot read the file");
    }
    return bpmn_load(a, name, bytes, ret, err);
}

/* "gateway.jsonl" and "gateway.join.jsonl" are of "gateway.bpmn". */
static str model_of(struct arena *a, const char *scenario)
{
    const char *dot = strchr(scenario, '.');
    return arena_printf(a, "%.*s.bpmn", (int)(dot - scenario), scenario);
}

static void print_error(const struct error *err)
{
    printf("# %s:%u: %s: %s\n", err->where.file, err->where.line, err->message, err->detail);
}

static void play(const char *name)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct bpmn_model *m;
    struct bpmn_play how = { .load = load, .context = &a };
    str scenario;
    bool pass = read_file(&a, name, &scenario) && load(&a, model_of(&a, name), &m, &err) == OK &&
                bpmn_play(m, str_of(name), scenario, &how, &err) == OK;
    if (!ok(pass, "%s", name)) {
        print_error(&err);
    }
    arena_release(&a);
}

/* A line a finding: "LINE KIND ID: TEXT", all but those of the drawing. */
static void find(const char *name)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct bpmn_model *m;
    struct buf got = BUF_INIT(1 << 20);
    str want = STR("");
    bool pass = read_file(&a, name, &want);
    if (load(&a, model_of(&a, name), &m, &err) != OK) {
        buf_printf(&got, "%u refused: %s\n", err.where.line, err.message);
    } else {
        for (uint32_t i = 0; i < m->finding_count; i++) {
            const struct bpmn_finding *f = &m->findings[i];
            buf_printf(&got, "%u %s %.*s: %.*s\n", f->line, bpmn_finding_name(f->kind), STR_ARG(f->id),
                       STR_ARG(f->text));
        }
    }
    ok(pass, "%s can be read", name);
    is_str(buf_str(&got), want, "%s", name);
    buf_release(&got);
    arena_release(&a);
}

/* The present format comes back byte for byte; an older one is read and then written as the present one. */
static void load_state(const char *name)
{
    struct arena a = ARENA_INIT;
    struct error err = { .lang = LANG_EN };
    const struct bpmn_model *m;
    struct bpmn_state s;
    struct buf got = BUF_INIT(1 << 20);
    str want = STR("");
    bool pass = read_file(&a, name, &want) && load(&a, model_of(&a, name), &m, &err) == OK;
    if (pass) {
        bpmn_state_init(&s, m);
        pass = bpmn_state_read(&s, want, &err) == OK;
        bpmn_state_write(&s, &got);
        bpmn_state_release(&s);
    }
    if (!ok(pass, "%s loads", name)) {
        print_error(&err);
    }
    is_str(buf_str(&got), want, "%s comes back", name);
    buf_release(&got);
    arena_release(&a);
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && strcmp(name + n - m, end) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int main(int argc, char **argv)
{
    struct dirent **names;
    folder = argc > 1 ? argv[1] : ".";
    int count = scandir(folder, &names, NULL, by_name);
    for (int i = 0; i < count; i++) {
        if (ends_with(names[i]->d_name, ".jsonl")) {
            play(names[i]->d_name);
        } else if (ends_with(names[i]->d_name, ".findings")) {
            find(names[i]->d_name);
        } else if (ends_with(names[i]->d_name, ".state")) {
            load_state(names[i]->d_name);
        }
        free(names[i]);
    }
    free(names);
    return tap_done();
}
