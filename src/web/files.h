/* files: the answers of a form as a page sends them: fields, files, rows that come and go. For all pages whose forms
 * have file fields: of those who apply, on site, of guests.
 *
 * A file is {hash, name, type, size} in the list that its field's value is. It is kept as a blob when it comes,
 * whatever is wrong with the rest; what is wrong with the file is a problem of its field like any other.
 */
#ifndef GONGSHI_WEB_FILES_H
#define GONGSHI_WEB_FILES_H

#include "web/web_int.h"

struct web__sheet {
    const struct form *form;
    struct feel_eval *ev;
    struct form_request request;         /* how the form stands; its answers are not read */
    str owner;                           /* web__sender: whose files are that come */
    feel_value before;                   /* answers that were kept earlier, or null: their files stay */
    const struct form_problem *problems; /* of files that were not taken */
    uint32_t problem_count;
    enum record_file state;              /* of the file that was taken last */
};

/* What the reader has entered, raw as form_check wants it, with the files that came and those that were there: in
 * `before`, or named by the page's own fields "-f PATH" ("hash name"). After the buttons "add PATH" and "remove PATH
 * ROW" a list is longer or shorter, a field of files shorter. Fills in the problems. */
enum error_code web__sheet_take(struct web__call *c, struct web__sheet *s, feel_value *ret, struct error *err);

/* Those before the ones that were found; *count becomes that of both. */
const struct form_problem *web__sheet_problems(struct web__call *c, const struct web__sheet *s,
                                               const struct form_problem *found, uint32_t *count);

/* One file into the field at a path, if that takes it; `ret` is what the answers now have of it. ERROR_INVALID and
 * ERROR_LIMIT say what is wrong with it, ERROR_IO that it may be sent again. */
enum error_code web__sheet_file(struct web__call *c, struct web__sheet *s, str path,
                                const struct http_file *file, feel_value *answers, feel_value *ret, struct error *err);

/* Adds a file that is kept to those at a path; false: the form has no such field for files. */
bool web__sheet_add(struct web__call *c, const struct form *f, str path, feel_value file, feel_value *answers);

/* What forms know of a file: the name that the client gave, made harmless. */
feel_value web__file_value(struct arena *a, const struct web__kept *kept, str name);

/* The one file of a request that brings a single one (field "file"); NULL with err. */
const struct http_file *web__one_file(const struct web__call *c, struct error *err);

/* What a page's script is told of a file that was kept: {"name","hash","size","state","base"}. `state`: "fine" or
 * "waits" (for the scanner); `base` as given, or left out. */
str web__file_receipt(struct web__call *c, enum record_file state, feel_value file, str base);

/* Whether a file of this hash stands in a value, and as what. */
bool web__find_file(feel_value v, str hash, uint32_t depth, str *ret_name);

#endif
