/* picture: the bytes of a picture without what they tell beside it. Cameras write the place, the hour, their number and
 * a small copy of the whole into a file; what is published must not tell it, what is evidence must keep it. So the file
 * that was sent in stays as it is, and whoever gives it to others gives this.
 *
 * Kept is what decides how the picture looks, and nothing else, known or not:
 *   JPEG (ISO 10918-1 B.1)   tables, frames and scans; of the applications' segments JFIF without its small picture,
 *                            the colour profile (ICC.1 B.4) and Adobe's way of colours; of Exif which side is up
 *   PNG (ISO 15948 11)       the critical chunks, colours, transparency, size of a point, frames of a moving picture
 *   WebP (RFC 9649 2.7)      the coded pictures, transparency, colour profile, frames of a moving picture
 * What stands behind the end of the picture is dropped: telephones keep films and second pictures there.
 */
#ifndef GONGSHI_TEXT_PICTURE_H
#define GONGSHI_TEXT_PICTURE_H

#include "base/arena.h"

/* False: it is none of the three, or its parts do not follow each other to the end. `ret` lives in the arena. */
bool picture_strip(struct arena *a, str bytes, str *ret);

/* The number of up to four bytes at a place inside of `bytes`, the high ones first, as JPEG and PNG have them. */
uint32_t picture_number(str bytes, size_t at, size_t width);

#endif
