/* migrate: bringing a database to the schema of this program, forward only.
 *
 * The migrations are written in the common subset of the back ends (migrations/NNN.sql). A statement ends with a
 * semicolon; comments begin with two dashes. The words INT, TEXT, BYTES and STRICT become what the back end calls them.
 */
#include "base/limit.h"
#include "store/store_int.h"

#include "store_migrations.inc"

const uint32_t store__migration_count = sizeof store__migrations / sizeof store__migrations[0];

/* ---- Text ---- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The token at p: a comment, a string, a word or one character. */
static size_t token_length(const char *p)
{
    if (p[0] == '-' && p[1] == '-') {
        return strcspn(p, "\n");
    }
    if (p[0] == '\'') {
        return strcspn(p + 1, "'") + 2;
    }
    size_t n = 0;
    while (is_word(p[n])) {
        n++;
    }
    return n == 0 ? 1 : n;
}

static const char *translate(str word, const struct store_dialect *dialect, bool by_id)
{
    if (str_eq(word, STR("INT"))) {
        return dialect->int_word;
    }
    if (str_eq(word, STR("TEXT"))) {
        return dialect->text_word;
    }
    if (str_eq(word, STR("BYTES"))) {
        return dialect->bytes_word;
    }
    if (str_eq(word, STR("STRICT"))) {
        return by_id ? dialect->strict : dialect->strict_by;
    }
    return NULL;
}

/* Puts the next statement at p into `out`, in the words of the back end; returns the place after it, or NULL when
 * nothing but blanks and comments is left. */
static const char *next_statement(const char *p, const struct store_dialect *dialect, struct buf *out)
{
    bool by_id = false;
    str before = STR("");
    buf_clear(out);
    while (*p != '\0' && *p != ';') {
        str token = { p, token_length(p) };
        p += token.len;
        if (str_starts_with(token, STR("--"))) {
            continue;
        }
        by_id |= str_eq(before, STR("INT")) && str_eq(token, STR("PRIMARY"));
        const char *other = translate(token, dialect, by_id);
        buf_add(out, other == NULL ? token : str_of(other));
        before = is_word(token.ptr[0]) ? token : before;
    }
    return out->overflow || str_trim(buf_str(out)).len == 0 ? NULL : p + (*p == ';');
}

/* ---- Applying ---- */

static enum error_code outcome_error(enum store_outcome outcome, const struct error *err)
{
    return outcome == STORE_DONE ? OK : err != NULL && err->code != OK ? err->code : ERROR_IO;
}

static enum error_code run_statements(struct store *s, const struct store_migration *m, struct error *err)
{
    struct buf sql = BUF_INIT(LIMIT_STORE_MIGRATION);
    enum error_code code = OK;
    for (const char *p = m->sql; code == OK && (p = next_statement(p, &s->backend->dialect, &sql)) != NULL;) {
        code = s->backend->exec(s, sql.ptr, err);
    }
    if (code == OK && sql.overflow) {
        code = error_set(err, ERROR_LIMIT, "a migration is too large");
        error_detail(err, "limit %s = %d", "STORE_MIGRATION", LIMIT_STORE_MIGRATION);
    }
    if (code == OK) {
        buf_clear(&sql);
        buf_printf(&sql,
                   "INSERT INTO meta (name, value) VALUES ('schema', %lld) "
                   "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                   (long long)m->number);
        code = s->backend->exec(s, sql.ptr, err);
    }
    buf_release(&sql);
    return code;
}

/* All that is missing, in one transaction: a crash leaves the old schema or the new one. */
static enum error_code upgrade(struct store *s, const struct store_migration *migrations, uint32_t count,
                               int64_t schema, struct error *err)
{
    enum error_code code = outcome_error(s->backend->begin(s, err), err);
    if (code != OK) {
        return code;
    }
    for (uint32_t i = 0; i < count && code == OK; i++) {
        if (migrations[i].number > schema) {
            code = run_statements(s, &migrations[i], err);
        }
    }
    if (code == OK) {
        code = s->backend->extend(s, err);
    }
    if (code != OK) {
        s->backend->rollback(s);
        return code;
    }
    int64_t commit;
    return outcome_error(s->backend->commit(s, &commit, err), err);
}

static enum error_code refuse_newer(int64_t schema, int64_t newest, struct error *err)
{
    enum error_code code = error_set(err, ERROR_INVALID, "the data were written by a newer version of this program");
    error_detail(err, "schema %lld, this program knows up to %lld", (long long)schema, (long long)newest);
    error_hint(err, "install the newer version, or restore a backup from before the upgrade");
    return code;
}

static enum error_code refuse_older(int64_t schema, int64_t newest, struct error *err)
{
    enum error_code code = error_set(err, ERROR_INVALID, "the data were written by an older version of this program");
    error_detail(err, "schema %lld, this program has %lld", (long long)schema, (long long)newest);
    error_hint(err, "run \"gongshi serve --upgrade\", which keeps a copy first");
    return code;
}

static enum error_code compare_tables(struct store *s, struct error *err)
{
    for (uint32_t t = 0; t < STORE_TABLES; t++) {
        enum error_code code = s->backend->compare(s, store_table(t), err);
        if (code != OK) {
            return code;
        }
    }
    return OK;
}

enum error_code store__migrate(struct store *s, const struct store_migration *migrations, uint32_t count,
                               struct error *err)
{
    int64_t schema, newest = migrations[count - 1].number;
    enum error_code code = s->backend->schema(s, &schema, err);
    if (code != OK) {
        return code;
    }
    if (schema > newest) {
        return refuse_newer(schema, newest, err);
    }
    if (schema < newest && schema > 0) {
        code = s->config.upgrade ? s->backend->save(s, schema, err) : refuse_older(schema, newest, err);
    }
    if (code == OK && schema < newest) {
        code = upgrade(s, migrations, count, schema, err);
    }
    return code != OK ? code : compare_tables(s, err);
}
