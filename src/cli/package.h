/* package: a scheme package read from a folder, or from the one file that gongshi scheme bundle makes. */
#ifndef GONGSHI_CLI_PACKAGE_H
#define GONGSHI_CLI_PACKAGE_H

#include "work/work.h"

/* Reads scheme.json and the files of the folders process, rules, forms, ledgers, parameters, documents, tests and po.
 * The name of the folder stands in where scheme.json names no scheme. */
enum error_code package_read(struct arena *a, const char *package, const struct scheme **ret, struct error *err);

/* The same with the files of another folder laid over them (scheme_overlay); NULL: none. */
enum error_code package_read_with(struct arena *a, const char *package, const char *overlay,
                                  const struct scheme **ret, struct error *err);

/* gongshi scheme test FOLDER …; returns the exit status. */
int package_test(int argc, char **argv);

#endif
