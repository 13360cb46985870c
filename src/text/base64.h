/* base64: bytes as text (RFC 4648 4), as JSON carries them. */
#ifndef GONGSHI_TEXT_BASE64_H
#define GONGSHI_TEXT_BASE64_H

#include "base/arena.h"
#include "base/buf.h"

void base64_write(str bytes, struct buf *out);

/* False unless the text is what base64_write writes: with its = at the end, without line ends or anything else. */
bool base64_read(struct arena *a, str text, str *ret);

#endif
