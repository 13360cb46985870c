/* diff: see diff.h. Here are the list of changes and what scheme.json says outside of tables: its members are compared
 * by the words that it is written in. */
#include "scheme/diff_int.h"

#include "base/limit.h"

#include <stdarg.h>
#include <stdio.h>

void scheme__change(struct scheme__diff *d, str file, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, lang_text(d->lang, format), args);
    va_end(args);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    if (d->count == d->size) {
        uint32_t size = d->size == 0 ? 32 : d->size * 2;
        d->changes = arena_grow(d->arena, d->changes, d->size * sizeof *d->changes, size * sizeof *d->changes);
        d->size = size;
    }
    d->changes[d->count++] = (struct scheme_change){ d->about, file, arena_str(d->arena, (str){ text, length }) };
}

str scheme__shown(struct scheme__diff *d, feel_value v)
{
    struct buf b = BUF_INIT(400);
    if (v.kind == FEEL_STRING) {
        return feel_str(v);
    }
    if (v.kind == FEEL_NULL) {
        return str_of(lang_text(d->lang, "(nothing)"));
    }
    if (v.kind == FEEL_BOOLEAN) {
        return str_of(lang_text(d->lang, v.boolean ? "yes" : "no"));
    }
    if (v.kind == FEEL_LIST || v.kind == FEEL_CONTEXT) {
        feel_json_write(v, false, &b);
    } else {
        feel_print(v, &b);
    }
    str text = buf_str(&b);
    bool at = str_starts_with(text, STR("@\"")); /* a date as FEEL writes it: @"2026-01-01" */
    text = arena_str(&d->scratch, at ? str_slice(text, 2, text.len - 1) : text);
    buf_release(&b);
    return text;
}

/* ---- Members of the manifest ---- */

static const str manifest = { "scheme.json", 11 };

static feel_value item(feel_value context, str name)
{
    feel_value v = feel_null();
    feel_context_get(context, name, &v);
    return v;
}

static bool has(feel_value list, feel_value v)
{
    for (uint32_t i = 0; i < list.count; i++) {
        if (feel_record_same(list.items[i], v)) {
            return true;
        }
    }
    return false;
}

/* What one list has more than another; `format` says so of one. */
static void tell_lists(struct scheme__diff *d, const char *kind, str name, str member, feel_value a, feel_value b)
{
    for (uint32_t i = 0; i < b.count; i++) {
        if (!has(a, b.items[i])) {
            scheme__change(d, manifest, "%s \"%.*s\": %s has \"%.*s\" besides", kind, STR_ARG(name),
                           lang_text(d->lang, arena_str(&d->scratch, member).ptr),
                           STR_ARG(scheme__shown(d, b.items[i])));
        }
    }
    for (uint32_t i = 0; i < a.count; i++) {
        if (!has(b, a.items[i])) {
            scheme__change(d, manifest, "%s \"%.*s\": %s has \"%.*s\" no more", kind, STR_ARG(name),
                           lang_text(d->lang, arena_str(&d->scratch, member).ptr),
                           STR_ARG(scheme__shown(d, a.items[i])));
        }
    }
}

static void compare_members(struct scheme__diff *d, const char *kind, str name, feel_value a, feel_value b,
                            const char *const *skip);

static void compare_member(struct scheme__diff *d, const char *kind, str name, str member, feel_value a, feel_value b)
{
    static const char *const none[] = { NULL };
    if (feel_record_same(a, b)) {
        return;
    }
    if (a.kind == FEEL_LIST && b.kind == FEEL_LIST) {
        tell_lists(d, kind, name, member, a, b);
    } else if ((a.kind == FEEL_CONTEXT && (b.kind == FEEL_CONTEXT || b.kind == FEEL_NULL)) ||
               (b.kind == FEEL_CONTEXT && a.kind == FEEL_NULL)) {
        str inner = arena_printf(&d->scratch, "%.*s.%.*s", STR_ARG(name), STR_ARG(member));
        compare_members(d, kind, inner, a, b, none);
    } else {
        scheme__change(d, manifest, "%s \"%.*s\": %s is no longer %.*s but %.*s", kind, STR_ARG(name),
                       lang_text(d->lang, arena_str(&d->scratch, member).ptr), STR_ARG(scheme__shown(d, a)),
                       STR_ARG(scheme__shown(d, b)));
    }
}

static bool is_skipped(const char *const *skip, str member)
{
    for (int i = 0; skip[i] != NULL; i++) {
        if (str_eq(member, str_of(skip[i]))) {
            return true;
        }
    }
    return false;
}

/* As deep as JSON is, which is bounded. */
static void compare_members(struct scheme__diff *d, const char *kind, str name, feel_value a, feel_value b,
                            const char *const *skip)
{
    for (uint32_t i = 0; b.kind == FEEL_CONTEXT && i < b.count; i++) {
        if (!is_skipped(skip, b.shape->names[i])) {
            compare_member(d, kind, name, b.shape->names[i], item(a, b.shape->names[i]), b.values[i]);
        }
    }
    for (uint32_t i = 0; a.kind == FEEL_CONTEXT && i < a.count; i++) {
        str member = a.shape->names[i];
        bool there = b.kind == FEEL_CONTEXT && feel_shape_find(b.shape, member) >= 0;
        if (!there && !is_skipped(skip, member)) {
            compare_member(d, kind, name, member, a.values[i], feel_null());
        }
    }
}

/* A map of named things: those that came, went, and what of the others changed. */
static void compare_map(struct scheme__diff *d, const char *kind, feel_value a, feel_value b, const char *const *skip)
{
    for (uint32_t i = 0; b.kind == FEEL_CONTEXT && i < b.count; i++) {
        str name = b.shape->names[i];
        bool there = a.kind == FEEL_CONTEXT && feel_shape_find(a.shape, name) >= 0;
        if (there) {
            compare_members(d, kind, name, item(a, name), b.values[i], skip);
        } else {
            scheme__change(d, manifest, "%s \"%.*s\" is new", kind, STR_ARG(name));
        }
    }
    for (uint32_t i = 0; a.kind == FEEL_CONTEXT && i < a.count; i++) {
        str name = a.shape->names[i];
        if (b.kind != FEEL_CONTEXT || feel_shape_find(b.shape, name) < 0) {
            scheme__change(d, manifest, "%s \"%.*s\" is gone", kind, STR_ARG(name));
        }
    }
}

/* Tasks and clocks have names of their own inside of a process. */
static void compare_processes(struct scheme__diff *d, feel_value a, feel_value b)
{
    static const char *const inner[] = { "tasks", "clocks", NULL };
    static const char *const none[] = { NULL };
    compare_map(d, lang_text(d->lang, "process"), a, b, inner);
    for (uint32_t i = 0; b.kind == FEEL_CONTEXT && i < b.count; i++) {
        feel_value before = item(a, b.shape->names[i]);
        if (before.kind == FEEL_CONTEXT) {
            compare_map(d, lang_text(d->lang, "task"), feel_member(before, "tasks"), feel_member(b.values[i], "tasks"),
                        none);
            compare_map(d, lang_text(d->lang, "clock"), feel_member(before, "clocks"),
                        feel_member(b.values[i], "clocks"), none);
        }
    }
}

void scheme__diff_manifest(struct scheme__diff *d)
{
    static const struct {
        const char *member, *kind;
    } maps[] = { { "law", "law" },           { "roles", "role" },         { "facts", "fact" },
                 { "decisions", "decision" }, { "assessments", "assessment" }, { "notices", "notice" },
                 { "documents", "document" }, { "ratings", "rating" },     { "statistics", "statistic" },
                 { "views", "view" } };
    static const char *const maps_of_their_own[] = { "law", "roles", "facts", "decisions", "assessments", "notices",
                                                     "documents", "ratings", "statistics", "views", "processes",
                                                     "ledgers", "parameters", NULL };
    static const char *const none[] = { NULL };
    feel_value a = d->before->manifest, b = d->after->manifest;
    d->about = "manifest";
    compare_members(d, lang_text(d->lang, "scheme"), d->after->name, a, b, maps_of_their_own);
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        compare_map(d, lang_text(d->lang, maps[i].kind), feel_member(a, maps[i].member),
                    feel_member(b, maps[i].member), none);
    }
    compare_processes(d, feel_member(a, "processes"), feel_member(b, "processes"));
}

/* ---- Other files ---- */

/* Papers and scenarios: only that they changed. */
static void diff_files(struct scheme__diff *d)
{
    static const char *const folders[] = { "documents/", "tests/" };
    d->about = "files";
    for (size_t k = 0; k < sizeof folders / sizeof folders[0]; k++) {
        for (uint32_t i = 0; i < d->after->file_count; i++) {
            const struct scheme_file *f = &d->after->files[i], *old = scheme__file(d->before, f->name);
            if (str_starts_with(f->name, str_of(folders[k])) && (old == NULL || !str_eq(old->bytes, f->bytes))) {
                if (old == NULL) {
                    scheme__change(d, f->name, "the file \"%.*s\" is new", STR_ARG(f->name));
                } else {
                    scheme__change(d, f->name, "the file \"%.*s\" has another text", STR_ARG(f->name));
                }
            }
        }
        for (uint32_t i = 0; i < d->before->file_count; i++) {
            const struct scheme_file *f = &d->before->files[i];
            if (str_starts_with(f->name, str_of(folders[k])) && scheme__file(d->after, f->name) == NULL) {
                scheme__change(d, f->name, "the file \"%.*s\" is gone", STR_ARG(f->name));
            }
        }
    }
}

/* Translations are many: how many of them are others says enough. */
static void diff_words(struct scheme__diff *d)
{
    const struct words *a = d->before->words, *b = d->after->words;
    uint32_t came = 0, changed = 0, gone = 0;
    for (uint32_t i = 0; i < words_count(b); i++) {
        struct words_entry e = words_entry(b, i);
        int64_t at = words_find(a, e.text);
        came += at < 0;
        changed += at >= 0 && !str_eq(words_entry(a, (uint32_t)at).other, e.other);
    }
    for (uint32_t i = 0; i < words_count(a); i++) {
        gone += words_find(b, words_entry(a, i).text) < 0;
    }
    if (came + changed + gone > 0) {
        scheme__change(d, STR(SCHEME__WORDS), "the English words changed: %u new, %u changed, %u gone", came, changed,
                       gone);
    }
}

const struct scheme_change *scheme_diff(const struct scheme *before, const struct scheme *after, struct arena *arena,
                                        enum lang lang, uint32_t *ret_count)
{
    struct scheme__diff d = { .before = before, .after = after, .arena = arena, .scratch = ARENA_INIT, .lang = lang };
    scheme__diff_parameters(&d);
    scheme__diff_ledgers(&d);
    scheme__diff_forms(&d);
    scheme__diff_rules(&d);
    scheme__diff_processes(&d);
    scheme__diff_manifest(&d);
    diff_files(&d);
    diff_words(&d);
    arena_release(&d.scratch);
    *ret_count = d.count;
    return d.changes;
}
