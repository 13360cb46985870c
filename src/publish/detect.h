/* detect: personal data in a text that is to be made known. Pure: the same text has the same hits.
 *
 * What is looked for
 *   IDENTITY      18 places, GB 11643: province, a day, the check character
 *   OLD_IDENTITY  15 digits of the cards before 1999: province, a day; they had no check character
 *   MOBILE        1, 3 to 9, nine digits; also behind 86, +86, 0086
 *   BANK_CARD     16 to 19 digits with the check digit of ISO/IEC 7812 and a first digit that cards have
 *   PLATE         of a vehicle, of both kinds
 *   EMAIL         name@host.top
 *   ADDRESS       a postcode beside the words of an address, or called one
 *
 * Before, full-width digits and letters become plain ones, and spaces and dashes between digits are left out where
 * people write them there. A sound unified social credit code is none of these, nor is a number that goes on in
 * letters or digits; so are most numbers of orders. How often it errs: docs/publish.md, measured by tests/detect.c.
 */
#ifndef GONGSHI_PUBLISH_DETECT_H
#define GONGSHI_PUBLISH_DETECT_H

#include "base/arena.h"

enum publish_personal {
    PUBLISH_IDENTITY,
    PUBLISH_OLD_IDENTITY,
    PUBLISH_MOBILE,
    PUBLISH_BANK_CARD,
    PUBLISH_PLATE,
    PUBLISH_EMAIL,
    PUBLISH_ADDRESS,
    PUBLISH_PERSONALS
};

struct publish_hit {
    enum publish_personal kind;
    uint32_t from, to; /* bytes of the text */
};

/* The first `max` hits in the order of the text; of those that overlap the longest. Returns how many. */
uint32_t publish_detect(struct arena *a, str text, uint32_t max, struct publish_hit *ret);

/* Whether the number of an identity card is among them. */
bool publish_has_identity(struct arena *a, str text);

/* "identity", "mobile" …: in rows and JSON. */
const char *publish_personal_name(enum publish_personal kind);

/* What it is called for people, in English. */
const char *publish_personal_title(enum publish_personal kind);

#endif
