/* letters: sends what stands in the outbox of people, by a program that the office names. */
#ifndef GONGSHI_CLI_LETTERS_H
#define GONGSHI_CLI_LETTERS_H

#include "people/people.h"

struct letters;

/* Lives in the arena until letters_stop. NULL without a program: then everything stays where it is. */
struct letters *letters_start(struct arena *a, struct people *people, struct store *store, const char *program);

/* Something was put in. Any thread; NULL does nothing. */
void letters_wake(struct letters *l);
void letters_stop(struct letters *l);

#endif
