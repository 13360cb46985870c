/* serve: the other end of helper.h, inside the helper program.
 *
 *   int main(…) {
 *       sandbox_enter(…);
 *       return helper_serve(rights, work, NULL) ? 0 : 1;
 *   }
 *
 * The program answers one request after another until the socket is closed. After LIMIT_HELPER_JOBS jobs, or half
 * of the processor time that it may use in its life, it says so in an answer and ends, so that what foreign libraries
 * gather does not grow for ever; helper.h starts it again.
 */
#ifndef GONGSHI_HELPER_SERVE_H
#define GONGSHI_HELPER_SERVE_H

#include "helper/helper.h"

/* Does one job: appends the answer to `reply`, whose ceiling is LIMIT_HELPER_REPLY, or fills err. After the job `a` is
 * emptied and the files are closed. */
typedef enum error_code helper_work(void *context, struct arena *a, const struct helper_request *request,
                                    struct buf *reply, struct error *err);

/* Serves descriptor 3; `rights` are those of sandbox_enter. False when the other end does not keep to the protocol. */
bool helper_serve(uint32_t rights, helper_work *work, void *context);

#endif
