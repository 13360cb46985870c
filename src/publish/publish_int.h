/* publish_int: what the files of publish share. */
#ifndef GONGSHI_PUBLISH_PUBLISH_INT_H
#define GONGSHI_PUBLISH_PUBLISH_INT_H

#include "publish/publish.h"
#include "text/json_write.h"

struct publish {
    struct publish_config config;
};

work_act_function publish__record, publish__notice, publish__document;
work_carry_function publish__make_paper;

/* A member of a context by name, or null; its text, or empty. */
feel_value publish__member(feel_value v, const char *name);
str publish__text(feel_value v, const char *name);

/* A variable by its path: "place", "party.name". */
feel_value publish__path(feel_value variables, str path);

/* Writes the fields of a white list, an array of names or of {"name":…,"label":…}, with their values out of the
 * variables; `words` (may be NULL) gets the values as text, for the search. */
void publish__write_fields(const struct work_job *job, feel_value list, struct json_writer *w, struct buf *words);

/* The calendar year in China of an instant. */
int32_t publish__year(int64_t micros);

/* Adds a document with the next number of its series and puts its making into the queue. `content` is the JSON that
 * paper.c describes. Returns its id, or 0 with err. */
int64_t publish__add_document(const struct work_job *job, str series, str name, str content, struct error *err);

#endif
