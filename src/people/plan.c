/* plan: opening, plans of their own, and the small things that all files of people need. */
#include "people/people_int.h"

#include "text/utf8.h"

#include <sodium.h>

enum error_code people_open(struct store *s, struct people **ret, struct error *err)
{
    if (sodium_init() < 0) {
        return error_set(err, ERROR_IO, "could not prepare the library for passwords");
    }
    struct arena arena = ARENA_INIT;
    struct people *p = ARENA_NEW(&arena, struct people);
    p->arena = arena;
    p->store = s;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->hash_free, NULL);
    struct store_view *view;
    enum error_code code = store_view(s, &view, err);
    if (code == OK) {
        const struct people_tree *tree;
        code = people_tree(p, view, &tree, err);
        if (code == OK) {
            people_tree_end(p, tree);
        }
        store_view_end(view);
    }
    if (code == OK) {
        *ret = p;
    } else {
        people_close(p);
    }
    return code;
}

void people_close(struct people *p)
{
    if (p->tree != NULL) {
        people_tree_end(p, p->tree);
    }
    pthread_cond_destroy(&p->hash_free);
    pthread_mutex_destroy(&p->lock);
    struct arena arena = p->arena;
    arena_release(&arena);
}

/* ---- Plans ---- */

enum error_code people_begin(struct people *p, struct arena *a, int64_t actor, int64_t now, struct people_plan *ret,
                             struct error *err)
{
    struct people_plan plan = { .people = p, .arena = a, .actor = actor, .now = now };
    enum error_code code = store_view(p->store, &plan.view, err);
    if (code != OK) {
        return code;
    }
    code = people_tree(p, plan.view, &plan.tree, err);
    if (code != OK) {
        store_view_end(plan.view);
        return code;
    }
    plan.change = store_change(a);
    *ret = plan;
    return OK;
}

/* A key that is there already was put there after the view: plans look first. */
static bool is_stale(enum store_outcome outcome)
{
    return outcome == STORE_STALE || outcome == STORE_EXISTS;
}

enum error_code people_finish(struct people_plan *plan, enum error_code planned, bool *ret_stale, struct error *err)
{
    if (ret_stale != NULL) {
        *ret_stale = false;
    }
    if (planned == OK) {
        planned = store_view_error(plan->view, err);
    }
    people_tree_end(plan->people, plan->tree);
    store_view_end(plan->view);
    plan->view = NULL;
    plan->tree = NULL;
    if (planned != OK || store_change_rows(plan->change) == 0) {
        return planned;
    }
    struct store_result result = store_commit(plan->people->store, plan->change, STORE_INTERACTIVE);
    if (result.outcome == STORE_DONE) {
        return OK;
    }
    if (is_stale(result.outcome)) {
        if (ret_stale != NULL) {
            *ret_stale = true;
        }
        error_set(err, ERROR_INVALID, "somebody else changed the same thing at this moment");
        error_hint(err, "look at it again and repeat");
        return ERROR_INVALID;
    }
    error_set(err, ERROR_IO, "could not save the change");
    error_detail(err, "%s: %s", store_outcome_name(result.outcome), result.error.message);
    return ERROR_IO;
}

/* ---- Values ---- */

str people__text(struct arena *a, struct store_rows *r, uint32_t column)
{
    return arena_str(a, store_column_text(r, column));
}

int64_t people__number(struct store_view *v, const char *sql, const struct store_value *args, uint32_t count)
{
    struct store_rows *r = store_query(v, sql, args, count);
    int64_t n = store_next(r) ? store_column_int(r, 0) : 0;
    store_rows_end(r);
    return n;
}

str people__decimal(struct arena *a, int64_t n)
{
    return arena_printf(a, "%lld", (long long)n);
}

static bool is_word(str word)
{
    if (word.len == 0 || word.len > LIMIT_PEOPLE_WORD || !utf8_valid(word)) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        if ((unsigned char)word.ptr[i] <= ' ' || strchr("@,\x7f", word.ptr[i]) != NULL) {
            return false;
        }
    }
    return true;
}

enum error_code people__check_word(str word, const char *what, struct error *err)
{
    if (is_word(word)) {
        return OK;
    }
    error_set(err, word.len > LIMIT_PEOPLE_WORD ? ERROR_LIMIT : ERROR_INVALID, "this cannot be %s",
              lang_text(err != NULL ? err->lang : LANG_EN, what));
    error_detail(err, "PEOPLE_WORD: 1 to %d bytes, without blanks, \"@\" and commas", LIMIT_PEOPLE_WORD);
    return word.len > LIMIT_PEOPLE_WORD ? ERROR_LIMIT : ERROR_INVALID;
}

enum error_code people__check_name(str name, struct error *err)
{
    if (name.len > LIMIT_PEOPLE_NAME) {
        error_set(err, ERROR_LIMIT, "the name is too long");
        error_detail(err, "PEOPLE_NAME: at most %d bytes", LIMIT_PEOPLE_NAME);
        return ERROR_LIMIT;
    }
    if (str_trim(name).len == 0 || !utf8_valid(name) || memchr(name.ptr, '\0', name.len) != NULL) {
        return error_set(err, ERROR_INVALID, "a name is missing, or is no text");
    }
    return OK;
}
