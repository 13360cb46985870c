/* outbox: what is to be sent to people: written in the unit that brings it about, sent by whoever delivers. Codes stand
 * in it, so it is sealed as a whole. */
#include "people/people_int.h"

#include "text/utf8.h"

enum { SWEEP = 200, FIRST_WAIT = 30 };

/* "m" or "t", the address, a line feed, the rest. */
str people__address_line(struct arena *a, struct people_address address, str rest)
{
    return arena_printf(a, "%c%.*s\n%.*s", address.mail ? 'm' : 't', STR_ARG(address.text), STR_ARG(rest));
}

bool people__address_split(struct arena *a, str line, struct people_address *ret, str *ret_rest)
{
    const char *end = line.len == 0 ? NULL : memchr(line.ptr, '\n', line.len);
    if (end == NULL) {
        return false;
    }
    size_t length = (size_t)(end - line.ptr);
    ret->mail = line.ptr[0] == 'm';
    ret->text = arena_str(a, str_slice(line, 1, length));
    *ret_rest = arena_str(a, str_slice(line, length + 1, line.len));
    return true;
}

enum error_code people_letter_put(const struct people_plan *plan, struct people_address to, str text,
                                  struct error *err)
{
    str box;
    if (text.len > LIMIT_PEOPLE_LETTER || !utf8_valid(text)) {
        error_set(err, ERROR_LIMIT, "the text to be sent is too long");
        error_detail(err, "PEOPLE_LETTER: at most %d bytes", LIMIT_PEOPLE_LETTER);
        return ERROR_LIMIT;
    }
    int64_t id = store_id(plan->people->store, err);
    if (id == 0) {
        return ERROR_IO;
    }
    enum error_code code = people__box(plan->people, plan->arena, STR("outbox"), id,
                                       people__address_line(plan->arena, to, text), &box, err);
    if (code == OK) {
        store_insert(plan->change, STORE_TABLE_outbox,
                     (struct store_value[]){ store_int(id), store_int(1), store_int(plan->now),
                                             store_text(STR("waiting")), store_int(plan->now), store_int(0),
                                             store_bytes(box) });
    }
    return code;
}

#define COLUMNS "SELECT id, version, at, tries, state, sealed FROM outbox "

static enum error_code read_letter(struct people *p, struct store_rows *r, struct arena *a, struct people_letter *ret,
                                   struct error *err)
{
    str line = STR("");
    *ret = (struct people_letter){
        .id = store_column_int(r, 0),
        .version = store_column_int(r, 1),
        .at = store_column_int(r, 2),
        .tries = store_column_int(r, 3),
        .sent = str_eq(store_column_text(r, 4), STR("sent")),
    };
    enum error_code code = people__unbox(p, a, STR("outbox"), ret->id, store_column_text(r, 5), &line, err);
    if (code == OK && !people__address_split(a, line, &ret->to, &ret->text)) {
        code = error_set(err, ERROR_IO, "a sealed value is damaged");
    }
    return code;
}

enum error_code people_letters(struct people *p, struct store_view *view, struct arena *a, bool due, int64_t now,
                               uint32_t max, const struct people_letter **ret, uint32_t *ret_count,
                               struct error *err)
{
    struct people_letter *letters = ARENA_ARRAY(a, struct people_letter, max);
    uint32_t count = 0;
    enum error_code code = OK;
    struct store_rows *r =
        due ? store_query(view, COLUMNS "WHERE state = 'waiting' AND ready <= ? ORDER BY ready, id",
                          PEOPLE__ARGS(store_int(now)))
            : store_query(view, COLUMNS "ORDER BY at DESC, id DESC", NULL, 0);
    while (code == OK && count < max && store_next(r)) {
        code = read_letter(p, r, a, &letters[count], err);
        count += code == OK;
    }
    store_rows_end(r);
    *ret = letters;
    *ret_count = count;
    return code == OK ? store_view_error(view, err) : code;
}

void people_letter_sent(const struct people_plan *plan, const struct people_letter *letter, bool sent)
{
    struct store_value keep = store_keep();
    int64_t tries = letter->tries + 1;
    str state = sent ? STR("sent") : tries >= LIMIT_PEOPLE_LETTER_TRIES ? STR("failed") : STR("waiting");
    int64_t ready = plan->now + ((int64_t)FIRST_WAIT << (tries < 10 ? tries : 10)) * PEOPLE_SECOND;
    store_update(plan->change, STORE_TABLE_outbox,
                 (struct store_value[]){ store_int(letter->id), store_int(letter->version), keep, store_text(state),
                                         store_int(ready), store_int(tries), keep });
}

void people_letters_count(struct store_view *view, struct people_letter_count *ret)
{
    *ret = (struct people_letter_count){
        .waiting = people__number(view, "SELECT count(*) FROM outbox WHERE state = 'waiting'", NULL, 0),
        .failed = people__number(view, "SELECT count(*) FROM outbox WHERE state = 'failed'", NULL, 0),
        .oldest = people__number(view, "SELECT COALESCE(min(at), 0) FROM outbox WHERE state = 'waiting'", NULL, 0),
    };
}

uint32_t people_letters_again(const struct people_plan *plan)
{
    struct store_value keep = store_keep();
    struct store_rows *r = store_query(plan->view, "SELECT id, version FROM outbox WHERE state = 'failed' ORDER BY id",
                                       NULL, 0);
    uint32_t count = 0;
    while (count < SWEEP && store_next(r)) {
        store_update(plan->change, STORE_TABLE_outbox,
                     (struct store_value[]){ store_int(store_column_int(r, 0)), store_int(store_column_int(r, 1)), keep,
                                             store_text(STR("waiting")), store_int(plan->now), store_int(0), keep });
        count++;
    }
    store_rows_end(r);
    return count;
}

uint32_t people_letter_sweep(const struct people_plan *plan)
{
    struct store_rows *r =
        store_query(plan->view, "SELECT id FROM outbox WHERE at <= ? ORDER BY at, id",
                    PEOPLE__ARGS(store_int(plan->now - LIMIT_PEOPLE_LETTER_SECONDS * PEOPLE_SECOND)));
    uint32_t count = 0;
    while (count < SWEEP && store_next(r)) {
        struct store_value key = store_int(store_column_int(r, 0));
        store_delete(plan->change, STORE_TABLE_outbox, &key, 0);
        count++;
    }
    store_rows_end(r);
    return count;
}
