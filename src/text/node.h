/* node: a JSON value that is built piece by piece, in an arena. What a page shows is one such tree (src/web/README.md):
 * templates read it, and the same tree can be answered as JSON.
 *
 * A container knows its arena, so that who adds to it need not carry one. Names and texts are borrowed: they live as
 * long as the tree. Members stand in the order in which they were put; a name that is put twice stands there twice, and
 * the first one is found.
 */
#ifndef GONGSHI_TEXT_NODE_H
#define GONGSHI_TEXT_NODE_H

#include "base/arena.h"
#include "text/json.h"
#include "text/json_write.h"

struct node {
    uint8_t kind;    /* enum json_kind */
    uint32_t count;  /* of items or members */
    str name;        /* as a member of an object */
    str text;        /* a string, or a number as it is written */
    struct node *first, *last; /* of items or members */
    struct node *next;         /* its neighbour in the container it stands in */
    struct arena *arena;       /* of a container */
};

struct node *node_object(struct arena *a);
struct node *node_list(struct arena *a);

/* Members of an object; `name` is a literal, or lives as long. The containers are returned empty. */
struct node *node_put_object(struct node *object, const char *name);
struct node *node_put_list(struct node *object, const char *name);
void node_put_text(struct node *object, const char *name, str text);
void node_put_word(struct node *object, const char *name, const char *text);
void node_put_int(struct node *object, const char *name, int64_t n);
void node_put_true(struct node *object, const char *name, bool b); /* false puts nothing: what is missing is false */

/* Items of a list. */
struct node *node_add_object(struct node *list);
struct node *node_add_list(struct node *list);
void node_add_text(struct node *list, str text);

/* A member or item (name NULL) that is a copy of a parsed value or of another tree; texts are borrowed. */
struct node *node_put_json(struct node *container, const char *name, const struct json *json);
struct node *node_put_node(struct node *container, const char *name, const struct node *tree);

/* The member of an object, or NULL; NULL of NULL. */
const struct node *node_member(const struct node *object, str name);

/* The text of a string or number member; empty where there is none. */
str node_text(const struct node *object, const char *name);

/* False, null, empty texts, lists and objects and what is missing are nothing. */
bool node_is_something(const struct node *n);

void node_write(const struct node *n, struct json_writer *w);

#endif
