/* rate: one-time tokens. gongshi.rate makes one, which is handed out with the receipt; whoever has it may rate that
 * thing once, without an account. The table has its hash alone; the process has it until it is on the receipt. */
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

struct token {
    char hash[SHA256_TEXT];
    int64_t version, dossier, office, until, used;
    str scheme, name, code; /* of the office */
};

static bool read_token(struct store_view *v, struct arena *a, str token, struct token *ret)
{
    sha256_text(token, ret->hash);
    struct store_value args[] = { store_text(str_of(ret->hash)) };
    struct store_rows *r = store_query(v, "SELECT t.version, t.dossier, t.office, t.until, t.used, t.scheme, t.name, "
                                          "COALESCE(o.code, '') FROM rating t LEFT JOIN office o ON o.id = t.office "
                                          "WHERE t.token = ?", args, 1);
    bool there = store_next(r);
    if (there) {
        ret->version = store_column_int(r, 0);
        ret->dossier = store_column_int(r, 1);
        ret->office = store_column_int(r, 2);
        ret->until = store_column_int(r, 3);
        ret->used = store_column_int(r, 4);
        ret->scheme = arena_str(a, store_column_text(r, 5));
        ret->name = arena_str(a, store_column_text(r, 6));
        ret->code = arena_str(a, store_column_text(r, 7));
    }
    store_rows_end(r);
    return there;
}

static enum error_code check(feel_value with, int64_t *ret_grade, struct error *err)
{
    feel_value grade = feel_member(with, "grade");
    bool fine = grade.kind == FEEL_NUMBER && dec_is_integer(grade.number) && dec_to_int(grade.number, ret_grade) &&
                *ret_grade >= 1 && *ret_grade <= 5;
    return fine ? OK : error_set(err, ERROR_INVALID, "a grade is a whole number from 1 to 5");
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
    json_text_member(&w, "of", arena_printf(a, "%.*s/%.*s/%lld", STR_ARG(t->scheme), STR_ARG(t->name),
                                            (long long)t->dossier));
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
                             int64_t *ret, struct error *err)
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
    *ret = answer.dossier;
    return OK;
}

enum error_code publish_rate(struct publish *p, str token, feel_value with, int64_t now, int64_t *ret_dossier,
                             struct error *err)
{
    struct arena a = ARENA_INIT;
    struct store_view *v;
    struct token t;
    int64_t grade = 0;
    enum error_code code = store_view(p->config.store, &v, err);
    if (code != OK) {
        return code;
    }
    bool there = read_token(v, &a, token, &t);
    store_view_end(v);
    if (!there) {
        code = error_set(err, ERROR_MISSING, "there is nothing to be rated with this token");
    } else if (t.until < now) {
        code = error_set(err, ERROR_MISSING, "this token is too old");
        error_detail(err, "limit %s = %d", "PUBLISH_RATING_DAYS", LIMIT_PUBLISH_RATING_DAYS);
    } else if (t.used != 0) {
        code = error_set(err, ERROR_INVALID, "this has been rated already");
    }
    code = code == OK ? check(with, &grade, err) : code;
    code = code == OK ? begin(p, &a, &t, variables(&a, &t, with, grade), now, ret_dossier, err) : code;
    arena_release(&a);
    return code;
}
