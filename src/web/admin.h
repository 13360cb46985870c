/* admin: what the pages of administrators share (page_admin*.c). */
#ifndef GONGSHI_WEB_ADMIN_H
#define GONGSHI_WEB_ADMIN_H

#include "web/desk_int.h"

/* The row of pages above each of them; `here` is one of its words, empty on the first. */
void web__admin_tabs(struct web__call *c, const char *here);

/* Lists `offices` {id, code, name, depth, chosen} in the order of the tree, the children below their parents. */
void web__put_offices(struct web__call *c, const struct people_tree *tree, int64_t chosen);

/* The name of an office for people; the whole tree for 0. */
str web__admin_office(struct web__call *c, const struct people_tree *tree, int64_t office);

enum { WEB__POSTS = 2 * LIMIT_PEOPLE_ROLES, WEB__SEATS = 200 };

/* The roles of a person, or with `lent` those that others have on his behalf, as the list `name`. */
void web__put_posts(struct web__desk *d, int64_t person, bool lent, const char *name);

/* What a role is called in the reader's language; as it is written where no scheme says. */
str web__role_title(struct web__call *c, struct store_view *v, str role);

/* The sessions of a person, or (0) of all: `seats`. */
void web__put_seats(struct web__call *c, struct store_view *v, int64_t person);

/* The instant after a last day that somebody typed; 0 for none. False where it is no day. */
bool web__until(str text, int64_t *ret);

/* Ends a plan of an administrator's page: goes to `where`, or is false with the problem in the model. */
bool web__admin_done(struct web__call *c, struct people_plan *plan, enum error_code planned, str where,
                     struct error *err);

#endif
