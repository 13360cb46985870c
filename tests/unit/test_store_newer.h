/* test_store_newer.h: a schema that is one migration newer than this program's, for tests of upgrades. */
#ifndef GONGSHI_TESTS_TEST_STORE_NEWER_H
#define GONGSHI_TESTS_TEST_STORE_NEWER_H

#include "store/store_int.h"

/* The migrations of this program and one more, `sql`; *ret_count with it. */
static const struct store_migration *newer_schema(const char *sql, uint32_t *ret_count)
{
    static struct store_migration all[64];
    memcpy(all, store__migrations, store__migration_count * sizeof *all);
    all[store__migration_count] = (struct store_migration){ store__migration_count + 1, sql };
    *ret_count = store__migration_count + 1;
    return all;
}

#endif
