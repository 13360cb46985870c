/* package: a scheme package read from a folder. */
#ifndef GONGSHI_CLI_PACKAGE_H
#define GONGSHI_CLI_PACKAGE_H

#include "work/work.h"

/* Reads scheme.json and the files of the folders process, rules, forms, ledgers, parameters and documents. The name of
 * the folder stands in where scheme.json names no scheme. */
enum error_code package_read(struct arena *a, const char *folder, const struct scheme **ret, struct error *err);

#endif
