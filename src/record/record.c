/* record: opening and closing. */
#include "record/record_int.h"

enum error_code record_open(const struct record_config *config, struct record **ret, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct record *r = ARENA_NEW(&arena, struct record);
    (void)err;
    *r = (struct record){ .arena = arena, .store = config->store, .people = config->people };
    pthread_mutex_init(&r->scheme_lock, NULL);
    *ret = r;
    return OK;
}

void record_close(struct record *r)
{
    if (r != NULL) {
        record__schemes_release(r);
        pthread_mutex_destroy(&r->scheme_lock);
        struct arena arena = r->arena;
        arena_release(&arena);
    }
}
