/* tables: tables.def as data. */
#include "store/store_int.h"

#include <assert.h>

#define TABLE(name, key_count, ...) static const char *const columns_##name[] = { __VA_ARGS__ };
#include "store/tables.def"
#undef TABLE

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The place of `version` is found at the first use of C: the preprocessor cannot compare strings, so the table is
 * filled before main. */
static struct store_table tables[STORE_TABLES] = {
#define TABLE(name, key_count, ...) { #name, columns_##name, COUNT(columns_##name), (key_count), -1 },
#include "store/tables.def"
#undef TABLE
};

__attribute__((constructor)) static void find_versions(void)
{
    for (size_t t = 0; t < STORE_TABLES; t++) {
        for (uint32_t i = 0; i < tables[t].column_count; i++) {
            if (strcmp(tables[t].columns[i], "version") == 0) {
                tables[t].version = (int32_t)i;
            }
        }
        assert(tables[t].column_count <= 64); /* one bit each in store_op.keep */
    }
}

const struct store_table *store_table(enum store_table_slot slot)
{
    assert(slot < STORE_TABLES);
    return &tables[slot];
}
