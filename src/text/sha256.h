/* sha256: the name of bytes. */
#ifndef GONGSHI_TEXT_SHA256_H
#define GONGSHI_TEXT_SHA256_H

#include "base/str.h"

enum { SHA256_TEXT = 65 }; /* lower-case hexadecimal, with a NUL */

void sha256_text(str bytes, char ret[SHA256_TEXT]);

#endif
