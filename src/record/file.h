/* file: files that people sent in: who has them, and what the virus scanner says of them. Each is kept as a blob.
 *
 * Blobs are not sealed, and one may be had by many: whatever is written with a file in it notes for whom, and erasing a
 * party (party.h) erases the files that nobody else has. Before that a file is whoever's sent it in: it is erased with
 * him, and when RECORD_SENT_DAYS have passed and still nothing was written that names it. The row that says so stands
 * before the blob, so that no crash leaves a blob that nobody knows of.
 *
 * A file that came in while the scanner was silent waits: until the scanner has said yes, nobody but its sender has any
 * use of it, and whoever asks for it is told so. A file that no row names here is fine. What the scanner refuses stays
 * named, so that its page can say so. */
#ifndef GONGSHI_RECORD_FILE_H
#define GONGSHI_RECORD_FILE_H

#include "record/record.h"

/* ---- Who has a file ---- */

/* Notes that `owner` (of record_seal) has this file, or, empty, that the office keeps it whoever is erased. */
void record_file_keep(struct store_change *c, str hash, str owner);

/* The same of each file {hash, name, …} in a value, however deep. */
void record_files_keep(struct store_change *c, feel_value v, str owner);

/* Notes that `owner` sends in a file, whose blob is put afterwards. Commits and waits. */
enum error_code record_file_sent(struct record *r, str hash, str owner, int64_t now, struct error *err);

/* Erases the files of an owner whose key is destroyed, but those that somebody has whose key is not. Again: no more. */
enum error_code record_files_erase(struct record *r, str owner, struct error *err);

/* Erases the files that were sent in more than RECORD_SENT_DAYS ago and that nobody has, some at a time. Whoever saves
 * one in the same moment finds it erased and sends it again. One that cannot be erased is tried again next time. */
enum error_code record_files_collect(struct record *r, int64_t now, struct error *err);

/* ---- The scanner ---- */

enum record_file { RECORD_FILE_FINE, RECORD_FILE_WAITS, RECORD_FILE_REFUSED };

/* The queue that waiting files stand in; the body of an item is the hash. */
#define RECORD_SCAN_QUEUE "scan"

enum record_file record_file(struct store_view *v, str hash);

/* Names a file that waits, and puts it into the queue. Commits and waits. */
enum error_code record_file_wait(struct record *r, str hash, int64_t now, struct error *err);

/* What the scanner has said of the file of an item, which is done with. Commits and waits. */
enum error_code record_file_scanned(struct record *r, const struct store_item *item, bool refused, int64_t now,
                                    struct error *err);

#endif
