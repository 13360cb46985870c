/* copies: copies of a store that is served, made in the folder that the setting `backup` names, one at a time. */
#ifndef GONGSHI_CLI_COPIES_H
#define GONGSHI_CLI_COPIES_H

#include "people/people.h"
#include "web/web.h"

struct copies;

/* Lives in the arena until copies_stop. `ret` is for the web; without a folder it says so, and nothing is started:
 * NULL. */
struct copies *copies_start(struct arena *a, struct people *people, struct store *store, const char *folder,
                            struct web_copies *ret);

/* Waits for the copy that is being made. */
void copies_stop(struct copies *c);

#endif
