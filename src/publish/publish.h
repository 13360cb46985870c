/* publish: what is made known, and the papers. The office's acts that a process model asks for by service tasks:
 *
 *   gongshi.record    header `ledger`: writes the local variable `row` into a ledger
 *   gongshi.notice    header `notice`: publishes the notice that the manifest describes under that name
 *   gongshi.document  header `document`: makes the numbered document that the manifest describes under that name
 *
 * All act in the unit of the step that asks for them: what was decided and what is made known commit together.
 *
 * White list. A notice has exactly the fields that the manifest lists for it, out of the variables of the dossier;
 * nothing is ever taken away from something larger. A field that the dossier has not is published as null.
 *
 * Papers. Number and content are fixed when the step commits; the PDF is made of them afterwards by gongshi-paper, in
 * an item of the queue "paper", and kept as a blob. It can be made again at any time from the same content.
 */
#ifndef GONGSHI_PUBLISH_PUBLISH_H
#define GONGSHI_PUBLISH_PUBLISH_H

#include "work/work.h"

struct helper;
struct publish;

struct publish_config {
    struct work *work;
    struct store *store;
    struct helper *paper;    /* makes the PDF; NULL: papers wait in their queue */
    const char *address;     /* the public address for QR codes, "https://…", without a slash at its end; or "" */
    void (*published)(void *context); /* after something visible to the public has changed; may be NULL */
    void *context;
};

/* Registers the acts and, with a helper, begins to make papers. Before requests come; freed with the arena. */
void publish_open(struct arena *a, const struct publish_config *config, struct publish **ret);

/* ---- Notices ---- */

struct publish_notice {
    int64_t id, number, dossier, published, until;
    str series, kind, title, state;
    str fields; /* a JSON array of {"label":…,"name":…,"value":…} in the order of the white list; some have no label */
    str blob;   /* hash of its PDF, or empty: not made yet */
};

/* Texts are copied into `a`; false: there is none, or it is withdrawn. */
bool publish_read_notice(struct store_view *v, int64_t id, struct arena *a, struct publish_notice *ret);

/* The notices below `before`, newest first, at most `max`; with `words`, those that have all of them. Returns how
 * many. */
uint32_t publish_list(struct store_view *v, str words, int64_t before, uint32_t max, struct arena *a,
                      struct publish_notice *ret);

/* A JSON object, the same for list, page and command. */
void publish_write_notice(const struct publish_notice *n, struct buf *out);

/* A value as text for people: a string as it is, dates too, all else as JSON; empty for null. */
str publish_shown(struct arena *a, feel_value v);

/* What a field is called for people: its label, else its name. */
str publish_label(feel_value field);

/* Takes a notice back, with a reason; it is shown no more. ERROR_MISSING, ERROR_INVALID. */
enum error_code publish_withdraw(struct publish *p, int64_t id, int64_t actor, str reason, struct error *err);

#endif
