/* file: files that people sent in while the virus scanner was silent. Each is kept as a blob and waits: until the
 * scanner has said yes, nobody but its sender has any use of it, and whoever asks for it is told so. A file that no row
 * names here is fine. What the scanner refuses stays named, so that its page can say so. */
#ifndef GONGSHI_RECORD_FILE_H
#define GONGSHI_RECORD_FILE_H

#include "record/record.h"

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
