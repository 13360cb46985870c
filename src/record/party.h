/* party: 主体, whom an office deals with: enterprises, bodies, persons. Their rows are those of the ledger core.parties;
 * here is what goes beyond a ledger: the unified credit code, sealing, erasure.
 *
 * A party is called by its handle, which never changes: the unified credit code that it was entered with, or a random
 * name. A new code, a new name are new revisions of its row; a merger is a row that `succeeds` another.
 */
#ifndef GONGSHI_RECORD_PARTY_H
#define GONGSHI_RECORD_PARTY_H

#include "record/record.h"

/* ---- Unified social credit codes (GB 32100-2015) ---- */

enum party_code_fault {
    PARTY_CODE_SOUND,
    PARTY_CODE_LENGTH,  /* not 18 characters */
    PARTY_CODE_LETTER,  /* a character outside the alphabet, which has no I O S V Z */
    PARTY_CODE_REGION,  /* places 3 to 8 are not digits */
    PARTY_CODE_CHECK,   /* the last character is not the check digit: a warning, real codes exist that fail it */
};

struct party_code {
    enum party_code_fault fault;
    uint32_t place;   /* of the character, from 1; of LETTER and REGION */
    char expected;    /* the check digit that it should be; of SOUND and CHECK */
    bool inner;       /* the organisation code in it (places 9 to 17, GB 11714) has its own check digit right */
};

struct party_code party_code_look(str code);

/* ---- Parties ---- */

/* Enters a party: `values` are fields of core.parties, without `handle`. A code whose check digit fails needs the field
 * `code reason`; without one ERROR_INVALID with the digit that it should be. *ret_handle is in the arena. */
enum error_code party_add(const struct record_plan *plan, feel_value values, str *ret_handle, struct error *err);

/* The row that is known now; ERROR_MISSING. */
enum error_code party_read(struct record *r, struct store_view *v, struct arena *a, str handle, struct record_row *ret,
                           struct error *err);

/* The same for many, with one finder (record.h); *ret_ledger is core.parties. */
enum error_code party_finder(struct record *r, struct store_view *v, struct arena *a,
                             const struct scheme_ledger **ret_ledger, struct record_finder **ret, struct error *err);
enum error_code party_find(struct record_finder *f, str handle, struct record_row *ret, struct error *err);

/* ---- Sealing ---- */

/* Takes a value out of what is kept in plain text: what is left is the context {sealed, commitment}: the number of its
 * encrypted form and the SHA-256 of a random salt and the value. `owner`: a handle, or "dossier:17" where nobody else
 * is known. Null stays null. */
enum error_code record_seal(const struct record_plan *plan, str owner, feel_value v, feel_value *ret,
                            struct error *err);

/* Is this what record_seal leaves? */
bool record_is_sealed(feel_value v);

/* The value again, proven against its commitment. ERROR_MISSING: it was erased. */
enum error_code record_unseal(struct record *r, struct store_view *v, struct arena *a, feel_value sealed,
                              feel_value *ret, struct error *err);

/* Destroys the keys of a party and of the dossiers about it, and the files that only they have (file.h), when the plan
 * is committed: adds a row to the queue and one to the audit trail; record_erase_due does what is in the queue, after
 * the commit and at each start. What was published or decided stays and still verifies; it has commitments only. */
enum error_code party_erase(const struct record_plan *plan, str handle, str reason, struct error *err);

/* The same of somebody from outside whose account is closed in this plan, which has the row of audit: drafts of what
 * would be about nobody, and files that he sent in and that became no dossier's or party's. */
enum error_code party_erase_person(const struct record_plan *plan, int64_t person, struct error *err);

/* Does what was asked for; before that nothing is destroyed. */
enum error_code record_erase_due(struct record *r, uint32_t *ret_erased, struct error *err);

#endif
