/* rate: one-time tokens. gongshi.rate makes one, which is handed out with the receipt; whoever has it, or number and
 * follow code of the dossier, may rate that thing once, without an account. The table has its hash alone; the process
 * has it until it is on the receipt. A rating is a dossier of its own, with a number and code by which the person hears
 * what became of it and rates once more. */
#include "publish/publish_int.h"

#include "base/limit.h"
#include "text/sha256.h"

#include <stdlib.h>
#include <sys/random.h>

enum { LETTERS = 20 }; /* 100 bits */

static str draw_token(struct arena *a)
{
    static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    unsigned char bytes[LETTERS];
    char *token = (char *)arena_calloc(a, LETTERS + 1, 1);
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
        abort();
    }
    for (size_t i = 0; i < LETTERS; i++) {
        token[i] = letters[bytes[i] & 31];
    }
    return (str){ token, LETTERS };
}

/* ---- Making ---- */

enum error_code publish__rate(void *context, const struct work_job *job, feel_value *ret, struct error *err)
{
    str name = feel_text_member(job->headers, "rating");
    const struct scheme_rating *said = scheme_rating(job->scheme, name);
    char hash[SHA256_TEXT];
    (void)context;
    if (said == NULL) {
        error_set(err, ERROR_INVALID, "scheme.json describes no %s \"%.*s\"", "rating", STR_ARG(name));
        error_hint(err, "add it under \"%s\" in scheme.json", "ratings");
        return ERROR_INVALID;
    }
    str token = draw_token(job->arena);
    sha256_text(token, hash);
    int64_t until = job->now + (int64_t)LIMIT_PUBLISH_RATING_DAYS * 86400 * 1000000;
    struct store_value row[] = { store_text(str_of(hash)), store_int(1), store_text(job->scheme->name),
                                 store_text(said->name), store_int(job->dossier), store_int(job->office),
                                 store_int(job->now), store_int(until), store_int(0), store_int(0) };
    store_insert(job->change, STORE_TABLE_rating, row);
    str names[] = { STR("token") };
    feel_value *values = ARENA_ARRAY(job->arena, feel_value, 1);
    values[0] = feel_string(token);
    *ret = feel_context(feel_shape_new(job->arena, names, 1), values);
    return OK;
}

/* ---- Rating ---- */

bool publish_may_be_rated(struct store_view *v, int64_t dossier, int64_t now)
{
    struct store_value args[] = { store_int(dossier), store_int(now) };
    struct store_rows *r = store_query(v, "SELECT 1 FROM rating WHERE dossier = ? AND used = 0 AND until > ?", args, 2);
    bool there = store_next(r);
    store_rows_end(r);
    return there;
}

struct token {
    char hash[SHA256_TEXT];
    int64_t version, dossier, office, until, used;
    str scheme, name, code; /* of the office */
};

#define TOKEN_COLUMNS                                                                                                  \
    "SELECT t.token, t.version, t.dossier, t.office, t.until, t.used, t.scheme, t.name, COALESCE(o.code, '') FROM "    \
    "rating t LEFT JOIN office o ON o.id = t.office "

static bool read_columns(struct store_rows *r, struct arena *a, struct token *ret)
{
    bool there = store_next(r);
    if (there) {
        str hash = store_column_text(r, 0);
        memcpy(ret->hash, hash.ptr, hash.len < SHA256_TEXT ? hash.len : 0);
        ret->version = store_column_int(r, 1);
        ret->dossier = store_column_int(r, 2);
        ret->office = store_column_int(r, 3);
        ret->until = store_column_int(r, 4);
        ret->used = store_column_int(r, 5);
        ret->scheme = arena_str(a, store_column_text(r, 6));
        ret->name = arena_str(a, store_column_text(r, 7));
        ret->code = arena_str(a, store_column_text(r, 8));
    }
    store_rows_end(r);
    return there;
}

static bool read_token(struct store_view *v, struct arena *a, str token, struct token *ret)
{
    char hash[SHA256_TEXT];
    sha256_text(token, hash);
    struct store_value args[] = { store_text(str_of(hash)) };
    return read_columns(store_query(v, TOKEN_COLUMNS "WHERE t.token = ?", args, 1), a, ret);
}

/* Whoever has number and follow code of a dossier has what was handed out in it; what is not rated yet comes first. */
static bool read_token_of(struct store_view *v, struct arena *a, int64_t dossier, struct token *ret)
{
    struct store_value args[] = { store_int(dossier) };
    return read_columns(store_query(v, TOKEN_COLUMNS "WHERE t.dossier = ? ORDER BY CASE t.used WHEN 0 THEN 0 ELSE 1 "
                                                     "END, t.made, t.token LIMIT 1", args, 1), a, ret);
}

bool publish_ratable(struct store_view *v, int64_t dossier, int64_t now)
{
    struct store_value args[] = { store_int(dossier), store_int(now) };
    struct store_rows *r = store_query(v, "SELECT 1 FROM rating WHERE dossier = ? AND used = 0 AND until > ? LIMIT 1",
                                       args, 2);
    bool there = store_next(r);
    store_rows_end(r);
    return there;
}

static enum error_code find_token(struct publish *p, const struct publish_right *by, struct arena *a,
                                  struct token *ret, struct error *err)
{
    struct store_view *v;
    struct work_dossier d;
    enum error_code code = store_view(p->config.store, &v, err);
    if (code != OK) {
        return code;
    }
    *ret = (struct token){ .used = 0 };
    bool by_token = by->token.len > 0;
    code = by_token ? OK : work_followed(v, by->dossier, by->code, a, &d, err);
    if (code == OK && !(by_token ? read_token(v, a, by->token, ret) : read_token_of(v, a, by->dossier, ret))) {
        code = error_set(err, ERROR_MISSING, "there is nothing to be rated with this token");
    }
    store_view_end(v);
    return code;
}

static enum error_code check(feel_value with, int64_t *ret_grade, struct error *err)
{
    bool fine = feel_whole(feel_member(with, "grade"), ret_grade) && *ret_grade >= 1 && *ret_grade <= 5;
    return fine ? OK : error_set(err, ERROR_INVALID, "a grade is a whole number from 1 to 5");
}

static str rated_thing(struct arena *a, str scheme, str name, int64_t dossier)
{
    return arena_printf(a, "%.*s/%.*s/%lld", STR_ARG(scheme), STR_ARG(name), (long long)dossier);
}

/* What the process begins with: who was rated for what, and the answers; nothing that names the rater. */
static str variables(struct arena *a, const struct token *t, feel_value with, int64_t grade)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    feel_value answers = feel_member(with, "answers");
    str contact = feel_text_member(with, "contact");
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    json_text_member(&w, "of", rated_thing(a, t->scheme, t->name, t->dossier));
    json_text_member(&w, "unit", t->code);
    json_int_member(&w, "grade", grade);
    json_key(&w, STR("answers"));
    json_raw(&w, answers.kind == FEEL_LIST ? STR("") : STR("[]"));
    if (answers.kind == FEEL_LIST) {
        feel_json_write(answers, false, &out);
    }
    json_text_member(&w, "words", feel_text_member(with, "words"));
    json_key(&w, STR("contact"));
    if (contact.len > 0) {
        json_string(&w, contact);
    } else {
        json_raw(&w, STR("null"));
    }
    json_end_object(&w);
    str ret = arena_str(a, buf_str(&out));
    buf_release(&out);
    return ret;
}

/* The key makes it once, also where two come at the same time; the mark tells those who come later. */
static enum error_code begin(struct publish *p, struct arena *a, const struct token *t, str with, int64_t now,
                             struct publish_begun *ret, struct error *err)
{
    struct work_request rq = { .act = WORK_MESSAGE, .name = STR("rated"), .office = t->code, .with = with,
                               .about = t->dossier, .key = arena_printf(a, "rating:%s", t->hash) };
    struct work_answer answer = work_do(p->config.work, &rq, err->lang);
    if (answer.outcome != WORK_OK || answer.repeated) {
        if (answer.repeated) {
            return error_set(err, ERROR_INVALID, "this has been rated already");
        }
        *err = answer.error;
        return err->code != OK ? err->code : ERROR_IO;
    }
    struct store_change *c = store_change(a);
    struct store_value row[] = { store_text(str_of(t->hash)), store_int(t->version), store_keep(), store_keep(),
                                 store_keep(), store_keep(), store_keep(), store_keep(), store_int(now),
                                 store_int(answer.dossier) };
    store_update(c, STORE_TABLE_rating, row);
    store_commit(p->config.store, c, STORE_INTERACTIVE);
    publish__begun(&answer, ret);
    return OK;
}

enum error_code publish_rate(struct publish *p, const struct publish_right *by, feel_value with, int64_t now,
                             struct publish_begun *ret, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct token t;
    int64_t grade = 0;
    enum error_code code = find_token(p, by, &a, &t, err);
    if (code == OK && t.until < now) {
        code = error_set(err, ERROR_MISSING, "this token is too old");
        error_detail(err, "limit %s = %d", "PUBLISH_RATING_DAYS", LIMIT_PUBLISH_RATING_DAYS);
    } else if (code == OK && t.used != 0) {
        code = error_set(err, ERROR_INVALID, "this has been rated already");
    }
    code = code == OK ? check(with, &grade, err) : code;
    code = code == OK ? begin(p, &a, &t, variables(&a, &t, with, grade), now, ret, err) : code;
    arena_release(&a);
    return code;
}

/* ---- Rating again, and what became of it ---- */

/* The dossier of a rating, by its own number and code. */
static enum error_code find_rating(struct store_view *v, int64_t number, str code, struct arena *a,
                                   struct work_dossier *ret, struct error *err)
{
    enum error_code found = work_followed(v, number, code, a, ret, err);
    bool is = found == OK && str_eq(ret->scheme, STR("core")) && str_eq(ret->process, STR("rating"));
    return found != OK || is ? found
                             : error_set(err, ERROR_MISSING, "the dossier %lld is no rating", (long long)number);
}

static bool waits_for_again(struct store_view *v, int64_t dossier)
{
    struct store_value args[] = { store_int(dossier) };
    struct store_rows *r = store_query(v, "SELECT wait FROM subscription WHERE dossier = ? AND kind = 'message' AND "
                                          "name = 're-rated'", args, 1);
    bool waits = store_next(r);
    store_rows_end(r);
    return waits;
}

static enum error_code send_again(struct publish *p, struct arena *a, int64_t dossier, int64_t grade,
                                  struct error *err)
{
    struct work_request rq = { .act = WORK_MESSAGE, .name = STR("re-rated"), .dossier = dossier,
                               .correlation = arena_printf(a, "\"%lld\"", (long long)dossier),
                               .with = arena_printf(a, "{\"again\":%lld}", (long long)grade),
                               .key = arena_printf(a, "rating again:%lld", (long long)dossier) };
    struct work_answer answer = work_do(p->config.work, &rq, err->lang);
    if (answer.outcome != WORK_OK) {
        *err = answer.error;
        return err->code != OK ? err->code : ERROR_IO;
    }
    return answer.repeated ? error_set(err, ERROR_INVALID, "this has been rated again already") : OK;
}

enum error_code publish_rate_again(struct publish *p, int64_t number, str code, feel_value with, struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct work_dossier d;
    int64_t grade = 0;
    enum error_code done = store_view(p->config.store, &v, err);
    if (done == OK) {
        done = find_rating(v, number, code, &a, &d, err);
        if (done == OK && !waits_for_again(v, number)) {
            done = error_set(err, ERROR_INVALID, "this cannot be rated again now");
            error_hint(err, "it can be once, after it was answered and within the limit");
        }
        store_view_end(v);
    }
    done = done == OK ? check(with, &grade, err) : done;
    done = done == OK ? send_again(p, &a, number, grade, err) : done;
    arena_release(&a);
    return done;
}

/* The row of the ledger that the rating is, found by what was rated: that field has an index. */
static enum error_code find_row(struct publish *p, struct store_view *v, int64_t number, struct arena *a,
                                feel_value *ret, struct error *err)
{
    struct store_value args[] = { store_int(number), store_int(number) };
    struct store_rows *r = store_query(v, "SELECT t.scheme, t.name, t.dossier FROM link l JOIN rating t ON t.dossier = "
                                          "l.other AND t.started = ? WHERE l.dossier = ? AND l.kind = 'about'", args,
                                       2);
    str of = store_next(r) ? rated_thing(a, store_column_text(r, 0), store_column_text(r, 1), store_column_int(r, 2))
                           : STR("");
    store_rows_end(r);
    struct record_answer rows = { .count = 0 };
    const struct scheme_ledger *l = NULL;
    enum error_code code = publish__rows(p, v, STR("core.ratings"), "of", of, a, &l, &rows, err);
    *ret = feel_null();
    for (uint32_t i = 0; code == OK && i < rows.count; i++) {
        if (rows.rows[i].dossier == number) {
            *ret = record_context(a, l, &rows.rows[i]);
        }
    }
    return code;
}

enum error_code publish_write_rating(struct publish *p, struct store_view *v, int64_t number, str code, struct buf *out,
                                     struct error *err)
{
    static const char *const members[] = { "grade", "state", "at", "answer", "answered", "again" };
    struct arena a = ARENA_INIT;
    struct work_dossier d;
    feel_value row = feel_null();
    enum error_code found = find_rating(v, number, code, &a, &d, err);
    found = found == OK ? find_row(p, v, number, &a, &row, err) : found;
    if (found == OK) {
        struct json_writer w;
        json_writer_init(&w, out, false);
        json_begin_object(&w);
        json_int_member(&w, "dossier", number);
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
            json_key(&w, str_of(members[i]));
            json_raw(&w, STR(""));
            feel_json_write(feel_member(row, members[i]), false, out);
        }
        json_key(&w, STR("may rate again"));
        json_bool(&w, waits_for_again(v, number));
        json_end_object(&w);
    }
    arena_release(&a);
    return found;
}
