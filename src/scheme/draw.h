/* draw: drawing by lot, so that anybody can draw again with a shell. Pure.
 *
 *   list   the items, each once, in the order of their bytes, a line feed after each
 *   hash   SHA-256 of the list, in hexadecimal; made known before the seed
 *   seed   a text that nobody could know when the list was closed; made known with the result
 *   key    of an item: SHA-256 of seed, line feed, hash, line feed, item; in hexadecimal
 *   order  by key, the smallest first
 *
 *     hash=$(LC_ALL=C sort list | sha256sum | cut -c1-64)
 *     while read -r item; do echo "$(printf '%s\n%s\n%s' "$seed" "$hash" "$item" | sha256sum | cut -c1-64) $item"; done
 *       <list | LC_ALL=C sort
 *
 * Who keeps the list and its hash, and when the seed is drawn, is the business of the caller: draws inside a dossier
 * take both in one unit, assessments publish the list some days before.
 */
#ifndef GONGSHI_SCHEME_DRAW_H
#define GONGSHI_SCHEME_DRAW_H

#include "base/arena.h"
#include "base/error.h"
#include "text/sha256.h"

/* Writes the list into `a`, and its hash. ERROR_INVALID: an item stands twice, is empty, or has a line feed;
 * ERROR_LIMIT: JSON_BYTES. */
enum error_code scheme_draw_list(struct arena *a, const str *items, uint32_t count, str *ret_list,
                                 char ret_hash[SHA256_TEXT], struct error *err);

struct scheme_lot {
    str item;
    uint32_t index; /* its place in `items` */
    char key[SHA256_TEXT];
};

/* The items in the order of their keys; in `a`, the texts borrowed. */
const struct scheme_lot *scheme_draw(struct arena *a, str seed, const char *hash, const str *items, uint32_t count);

#endif
