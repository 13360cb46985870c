/* applicant: somebody from outside as the demonstration has him: an account that logs in by a code, bound to firms. */
#ifndef GONGSHI_CLI_APPLICANT_H
#define GONGSHI_CLI_APPLICANT_H

#include "cli/office.h"

struct applicant {
    str address, name;
    str officer, office;   /* the login of who binds him, and the code of the office */
    const str *parties;    /* handles */
    uint32_t party_count;
};

enum error_code applicant_make(struct office *o, struct arena *a, const struct applicant *who, struct error *err);

#endif
