/* office: the tree of offices, in memory and as rows.
 *
 * The tree is read as a whole and never changed: a change of offices takes the next number of the series "office tree",
 * and whoever has a view with another number than the tree in memory reads it again. So every server sees the change
 * with the first view that shows it, and a view goes with a tree of its own instant.
 */
#include "people/people_int.h"

#include <stdlib.h>

#define GENERATION_SERIES STR("office tree")

/* ---- Reading ---- */

static int compare_codes(const void *a, const void *b, void *offices)
{
    const struct people_office *all = offices;
    return str_cmp(all[*(const uint32_t *)a].code, all[*(const uint32_t *)b].code);
}

static uint32_t place_of(const struct people_tree *tree, int64_t id)
{
    uint32_t low = 0, high = tree->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tree->offices[middle].id == id) {
            return middle;
        }
        if (tree->offices[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return UINT32_MAX;
}

static void link_offices(struct people_tree *tree, struct people_office *offices, struct arena *a)
{
    uint32_t *by_code = ARENA_ARRAY(a, uint32_t, tree->count);
    for (uint32_t i = 0; i < tree->count; i++) {
        by_code[i] = i;
        offices[i].above = offices[i].parent == 0 ? UINT32_MAX : place_of(tree, offices[i].parent);
    }
    if (tree->count > 0) {
        qsort_r(by_code, tree->count, sizeof *by_code, compare_codes, offices);
    }
    tree->by_code = by_code;
}

static struct people_office *read_offices(struct store_view *view, struct arena *a, uint32_t *ret_count)
{
    struct people_office *offices = NULL;
    uint32_t count = 0, room = 0;
    struct store_rows *r =
        store_query(view, "SELECT id, version, parent, code, name, level FROM office ORDER BY id", NULL, 0);
    while (store_next(r)) {
        if (count == room) {
            uint32_t more = room == 0 ? 64 : room * 2;
            offices = arena_grow(a, offices, room * sizeof *offices, more * sizeof *offices);
            room = more;
        }
        offices[count++] = (struct people_office){
            .id = store_column_int(r, 0),
            .version = store_column_int(r, 1),
            .parent = store_column_int(r, 2),
            .code = people__text(a, r, 3),
            .name = people__text(a, r, 4),
            .level = people__text(a, r, 5),
        };
    }
    store_rows_end(r);
    *ret_count = count;
    return offices;
}

static int64_t generation_of(struct store_view *view)
{
    return people__number(view, "SELECT last FROM series WHERE name = ?",
                          PEOPLE__ARGS(store_text(GENERATION_SERIES)));
}

static enum error_code read_tree(struct store_view *view, int64_t generation, struct people_tree **ret,
                                 struct error *err)
{
    struct arena a = ARENA_INIT;
    struct people_tree *tree = ARENA_NEW(&a, struct people_tree);
    struct people_office *offices = read_offices(view, &a, &tree->count);
    enum error_code code = store_view_error(view, err);
    if (code != OK) {
        arena_release(&a);
        return code;
    }
    tree->offices = offices;
    tree->generation = generation;
    tree->users = 1;
    link_offices(tree, offices, &a);
    tree->arena = a;
    *ret = tree;
    return OK;
}

/* ---- The tree in memory ---- */

/* The caller has the lock. */
static void leave(struct people_tree *tree)
{
    if (--tree->users == 0) {
        struct arena a = tree->arena;
        arena_release(&a);
    }
}

void people_tree_end(struct people *p, const struct people_tree *tree)
{
    pthread_mutex_lock(&p->lock);
    leave((struct people_tree *)(uintptr_t)tree);
    pthread_mutex_unlock(&p->lock);
}

/* The tree in memory, if it is of that generation. */
static struct people_tree *join_current(struct people *p, int64_t generation)
{
    pthread_mutex_lock(&p->lock);
    struct people_tree *tree = p->tree;
    if (tree != NULL && tree->generation == generation) {
        tree->users++;
    } else {
        tree = NULL;
    }
    pthread_mutex_unlock(&p->lock);
    return tree;
}

/* Makes it the tree in memory, unless a newer one is there: an old view must not bring an old tree back. */
static void keep(struct people *p, struct people_tree *tree)
{
    pthread_mutex_lock(&p->lock);
    if (p->tree == NULL || p->tree->generation < tree->generation) {
        if (p->tree != NULL) {
            leave(p->tree);
        }
        p->tree = tree;
        tree->users++;
    }
    pthread_mutex_unlock(&p->lock);
}

enum error_code people_tree(struct people *p, struct store_view *view, const struct people_tree **ret,
                            struct error *err)
{
    int64_t generation = generation_of(view);
    struct people_tree *tree = join_current(p, generation);
    if (tree == NULL) {
        enum error_code code = read_tree(view, generation, &tree, err);
        if (code != OK) {
            return code;
        }
        keep(p, tree);
    }
    *ret = tree;
    return OK;
}

const struct people_office *people_office(const struct people_tree *tree, int64_t id)
{
    uint32_t place = place_of(tree, id);
    return place == UINT32_MAX ? NULL : &tree->offices[place];
}

const struct people_office *people_office_by_code(const struct people_tree *tree, str code)
{
    uint32_t low = 0, high = tree->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct people_office *o = &tree->offices[tree->by_code[middle]];
        int order = str_cmp(o->code, code);
        if (order == 0) {
            return o;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

static const struct people_office *above(const struct people_tree *tree, const struct people_office *o)
{
    return o->above == UINT32_MAX ? NULL : &tree->offices[o->above];
}

/* The depth bounds the walk even if the rows were tampered with and form a ring. */
bool people_within(const struct people_tree *tree, int64_t office, int64_t other)
{
    const struct people_office *o = people_office(tree, office);
    if (other == 0) {
        return o != NULL || office == 0;
    }
    for (uint32_t depth = 0; o != NULL && depth < LIMIT_PEOPLE_OFFICE_DEPTH; depth++) {
        if (o->id == other) {
            return true;
        }
        o = above(tree, o);
    }
    return false;
}

/* ---- Changing ---- */

static enum error_code no_office(int64_t id, struct error *err)
{
    error_set(err, ERROR_MISSING, "there is no such office");
    error_detail(err, "number %lld", (long long)id);
    return ERROR_MISSING;
}

/* How many offices stand from the top down to this one; 0 for 0. */
static uint32_t depth_of(const struct people_tree *tree, int64_t id)
{
    uint32_t depth = 0;
    for (const struct people_office *o = people_office(tree, id); o != NULL && depth <= LIMIT_PEOPLE_OFFICE_DEPTH;
         o = above(tree, o)) {
        depth++;
    }
    return depth;
}

/* How many offices the longest way down from this one has, itself included. */
static uint32_t height_of(const struct people_tree *tree, int64_t id)
{
    uint32_t own = depth_of(tree, id), deepest = own;
    for (uint32_t i = 0; i < tree->count; i++) {
        uint32_t depth = depth_of(tree, tree->offices[i].id);
        if (depth > deepest && people_within(tree, tree->offices[i].id, id)) {
            deepest = depth;
        }
    }
    return deepest - own + 1;
}

static enum error_code check_parent(const struct people_plan *plan, int64_t parent, uint32_t height,
                                    struct error *err)
{
    if (parent != 0 && people_office(plan->tree, parent) == NULL) {
        return no_office(parent, err);
    }
    if (depth_of(plan->tree, parent) + height > LIMIT_PEOPLE_OFFICE_DEPTH) {
        error_set(err, ERROR_LIMIT, "the offices would be nested too deep");
        error_detail(err, "PEOPLE_OFFICE_DEPTH: at most %d", LIMIT_PEOPLE_OFFICE_DEPTH);
        return ERROR_LIMIT;
    }
    return OK;
}

/* The plan is stale when any office from this one up was changed meanwhile: two moves at once could close a ring that
 * neither of them sees. */
static void guard_up(const struct people_plan *plan, int64_t office)
{
    const struct people_office *o = people_office(plan->tree, office);
    for (uint32_t depth = 0; o != NULL && depth < LIMIT_PEOPLE_OFFICE_DEPTH; depth++) {
        struct store_value key = store_int(o->id);
        store_guard(plan->change, STORE_TABLE_office, &key, o->version);
        o = above(plan->tree, o);
    }
}

static enum error_code check_new(const struct people_plan *plan, int64_t parent, str code, str name, str level,
                                 struct error *err)
{
    enum error_code wrong = people__check_word(code, "the code of an office", err);
    if (wrong == OK) {
        wrong = people__check_name(name, err);
    }
    if (wrong == OK) {
        wrong = people__check_word(level, "the level of an office", err);
    }
    if (wrong == OK) {
        wrong = check_parent(plan, parent, 1, err);
    }
    if (wrong == OK && people_office_by_code(plan->tree, code) != NULL) {
        wrong = error_set(err, ERROR_INVALID, "there is an office with this code already");
        error_detail(err, "%.*s", STR_ARG(code));
    }
    if (wrong == OK && plan->tree->count >= LIMIT_PEOPLE_OFFICES) {
        wrong = error_set(err, ERROR_LIMIT, "there are too many offices");
        error_detail(err, "PEOPLE_OFFICES: at most %d", LIMIT_PEOPLE_OFFICES);
    }
    return wrong;
}

enum error_code people_office_add(const struct people_plan *plan, int64_t parent, str code, str name, str level,
                                  int64_t *ret, struct error *err)
{
    enum error_code wrong = check_new(plan, parent, code, name, level, err);
    if (wrong != OK) {
        return wrong;
    }
    int64_t id = store_id(plan->people->store, err);
    if (id == 0) {
        return ERROR_IO;
    }
    guard_up(plan, parent);
    store_take(plan->change, GENERATION_SERIES);
    store_insert(plan->change, STORE_TABLE_office,
                 (struct store_value[]){ store_int(id), store_int(1), store_int(parent), store_text(code),
                                         store_text(name), store_text(level) });
    wrong = people__note(plan, "add", "office", id,
                         (struct people__member[]){ { "code", code },
                                                    { "name", name },
                                                    { "parent", people__decimal(plan->arena, parent) } },
                         3, err);
    if (wrong == OK) {
        *ret = id;
    }
    return wrong;
}

static void update_office(const struct people_plan *plan, const struct people_office *o, struct store_value parent,
                          struct store_value name)
{
    store_take(plan->change, GENERATION_SERIES);
    store_update(plan->change, STORE_TABLE_office,
                 (struct store_value[]){ store_int(o->id), store_int(o->version), parent, store_keep(), name,
                                         store_keep() });
}

enum error_code people_office_rename(const struct people_plan *plan, int64_t office, str name, struct error *err)
{
    const struct people_office *o = people_office(plan->tree, office);
    if (o == NULL) {
        return no_office(office, err);
    }
    enum error_code code = people__check_name(name, err);
    if (code != OK) {
        return code;
    }
    update_office(plan, o, store_keep(), store_text(name));
    return people__note(plan, "rename", "office", office,
                        (struct people__member[]){ { "before", o->name }, { "name", name } }, 2, err);
}

enum error_code people_office_move(const struct people_plan *plan, int64_t office, int64_t parent, struct error *err)
{
    const struct people_office *o = people_office(plan->tree, office);
    if (o == NULL) {
        return no_office(office, err);
    }
    if (parent != 0 && people_within(plan->tree, parent, office)) {
        error_set(err, ERROR_INVALID, "an office cannot stand below itself");
        error_hint(err, "move the lower office out first");
        return ERROR_INVALID;
    }
    enum error_code code = check_parent(plan, parent, height_of(plan->tree, office), err);
    if (code != OK) {
        return code;
    }
    guard_up(plan, parent);
    update_office(plan, o, store_int(parent), store_keep());
    return people__note(plan, "move", "office", office,
                        (struct people__member[]){ { "before", people__decimal(plan->arena, o->parent) },
                                                   { "parent", people__decimal(plan->arena, parent) } },
                        2, err);
}

bool people_office_by_hand(struct store_view *view, int64_t office)
{
    return people__number(view, "SELECT count(*) FROM transport WHERE office = ? AND kind = 'hand'",
                          PEOPLE__ARGS(store_int(office))) > 0;
}

enum error_code people_office_transport(const struct people_plan *plan, int64_t office, str kind, struct error *err)
{
    if (people_office(plan->tree, office) == NULL) {
        return no_office(office, err);
    }
    if (!str_eq(kind, STR("here")) && !str_eq(kind, STR("hand"))) {
        error_set(err, ERROR_INVALID, "messages do not reach an office by \"%.*s\"", STR_ARG(kind));
        error_hint(err, "\"here\" or \"hand\"");
        return ERROR_INVALID;
    }
    struct store_value row[] = { store_int(office), store_text(kind) };
    store_put(plan->change, STORE_TABLE_transport, row);
    return people__note(plan, "transport", "office", office, (struct people__member[]){ { "kind", kind } }, 1, err);
}
