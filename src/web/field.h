/* field: what the pages on site and those of guests share: forms with files, pictures. */
#ifndef GONGSHI_WEB_FIELD_H
#define GONGSHI_WEB_FIELD_H

#include "web/files.h"
#include "work/desk.h"

/* What the reader has entered into the form of a task (web__sheet_take). */
enum error_code web__sheet_answers(struct web__call *c, const struct work_desk_task *t, feel_value before,
                                   struct web__sheet *sheet, feel_value *ret, struct error *err);

/* One file for the field at a path of that form: checked and kept (web__sheet_file). The fields that are sent with it
 * say which others there are. */
enum error_code web__sheet_one(struct web__call *c, const struct work_desk_task *t, str path,
                               const struct http_file *file, feel_value *ret, enum record_file *ret_state,
                               struct error *err);

/* Puts the form of the task with these answers into the model. Unless it is a draft, what is wrong with them is put
 * too; so are the files of `sheet` (or NULL) that were not taken. *ret_wrong says whether there is an error. */
enum error_code web__sheet_put(struct web__call *c, const struct work_desk_task *t, feel_value answers, bool draft,
                               const struct web__sheet *sheet, bool *ret_wrong, struct error *err);

/* Keeps a file that came for the task; `ret` is what forms know of it. `hash`, if not empty, is what its sender says
 * that it is: ERROR_INVALID when other bytes have arrived. */
enum error_code web__keep_picture(struct web__call *c, const struct work_desk_task *t, const struct http_file *file,
                                  str hash, feel_value *ret, struct error *err);

str web__json_text(struct arena *a, feel_value v);

/* What the page of a task shows beside the form: `about` and `fields` of the row, `pairs` of pictures, whose addresses
 * begin with `base`. */
void web__put_about(struct web__call *c, struct store_view *v, const struct work_desk_task *t, str base);

/* `clocks`: those of the dossier that run for the party, with a line a day. */
void web__put_clocks(struct web__call *c, struct store_view *v, const struct work_desk_task *t);

/* Adds to a list how the row came out of the last assessment, why, and how far it is to the next grade: of itself
 * alone, for its own parties too. What was added, or NULL where it was in none. */
struct node *web__put_placed(struct web__call *c, struct store_view *v, struct node *list, str subject);

/* Sends the file with this hash when it stands somewhere in what the task knows; otherwise 404. `bare`: as
 * web__show_file has it. */
void web__send_picture(struct web__call *c, const struct work_desk_task *t, str hash, bool bare);

#endif
