/* log: a line of JSON for each request that was answered, for whoever runs the server: what was asked, how it ended,
 * how long it took. It says nothing of who asked and nothing of what he wrote: addresses of pages hold numbers of
 * dossiers and codes of links, so the pattern of the route stands in their place. docs/settings.md explains the
 * members. */
#ifndef GONGSHI_CLI_LOG_H
#define GONGSHI_CLI_LOG_H

#include "http/http.h"

/* The end of a file, which is made where there is none, for its owner alone; or "-", the standard error. */
enum error_code log_open(const char *where, int *ret_fd, struct error *err);

/* An http_log; `context` is the descriptor. What cannot be written is lost: the office does not stop for its log. */
void log_request(const struct http_answered *what, void *context);

void log_close(int fd);

#endif
