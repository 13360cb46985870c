/* held: what somebody was typing when his session had ended: the fields of the form he then sent, kept in memory for an
 * hour, for him alone. He logs in, and sends them on by a button. It is held only when the form came from a page that
 * his ended session had drawn (its CSRF token), so that nobody else can put anything here. Files are not held. */
#include "web/web_int.h"

#include "base/limit.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#define HELD_MICROS (INT64_C(3600) * 1000000)

struct held {
    char token[WORK_TOKEN], party[PEOPLE_PARTY];
    int64_t person, until;
    int fd; /* 0: nothing is held here */
};

struct web__held {
    pthread_mutex_t lock;
    uint32_t next;
    struct held all[LIMIT_WEB_HELD];
};

struct web__held *web__held_new(struct arena *a)
{
    struct web__held *h = ARENA_NEW(a, struct web__held);
    pthread_mutex_init(&h->lock, NULL);
    return h;
}

/* ---- Holding ---- */

/* {"path":…,"fields":[[name, value],…]} without the token of the ended session. */
static void write_form(struct web__call *c, struct buf *out)
{
    size_t count;
    const struct http_pair *fields = http_fields(c->r, &count);
    struct json_writer w;
    json_writer_init(&w, out, false);
    json_begin_object(&w);
    json_text_member(&w, "path", http_path(c->r));
    json_key(&w, STR("fields"));
    json_begin_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(fields[i].name, STR("csrf"))) {
            json_begin_array(&w);
            json_string(&w, fields[i].name);
            json_string(&w, fields[i].value);
            json_end_array(&w);
        }
    }
    json_end_array(&w);
    json_end_object(&w);
}

/* One form for a person: his last. */
static struct held *place_of(struct web__held *h, int64_t person)
{
    for (uint32_t i = 0; i < LIMIT_WEB_HELD; i++) {
        if (h->all[i].fd > 0 && h->all[i].person == person) {
            return &h->all[i];
        }
    }
    struct held *one = &h->all[h->next];
    h->next = (h->next + 1) % LIMIT_WEB_HELD;
    return one;
}

static bool keep(struct web__call *c, const struct people_session *session, char *ret_token)
{
    struct web__held *h = c->web->held;
    struct buf out = BUF_INIT(LIMIT_WEB_BODY * 2);
    char hash[WORK_TOKEN];
    int fd = memfd_create("held", MFD_CLOEXEC);
    write_form(c, &out);
    bool whole = fd >= 0 && !out.overflow && write(fd, out.ptr, out.len) == (ssize_t)out.len;
    buf_release(&out);
    if (!whole) {
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    work_guest_token(ret_token, hash);
    pthread_mutex_lock(&h->lock);
    struct held *one = place_of(h, session->person);
    if (one->fd > 0) {
        close(one->fd);
    }
    *one = (struct held){ .person = session->person, .until = c->now + HELD_MICROS, .fd = fd };
    memcpy(one->token, ret_token, sizeof one->token);
    memcpy(one->party, session->party, sizeof one->party);
    pthread_mutex_unlock(&h->lock);
    return true;
}

bool web__hold_form(struct web__call *c, str token)
{
    struct people_session session;
    char held[WORK_TOKEN];
    const str *csrf = http_field(c->r, "csrf");
    bool form = c->route->kind == WEB__KIND_FORM || c->route->kind == WEB__KIND_UPLOAD;
    if (!form || csrf == NULL || token.len == 0 || str_starts_with(http_header(c->r, "accept"), STR(WEB__JSON))) {
        return false;
    }
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return true; /* 503 was sent */
    }
    bool his = people_session_past(v, token, c->now, &session) && session.outside && people_csrf_is(&session, *csrf);
    if (!web__view_end(c, v)) {
        return true;
    }
    if (!his || !keep(c, &session, held)) {
        return false;
    }
    web__go(c, arena_printf(c->arena, "/account?back=/held/%s", held));
    return true;
}

/* ---- Going on ---- */

/* What is held under a token for the reader; its text in the arena. */
static bool read_held(struct web__call *c, str token, str *ret_json, str *ret_party)
{
    struct web__held *h = c->web->held;
    int fd = -1;
    pthread_mutex_lock(&h->lock);
    for (uint32_t i = 0; i < LIMIT_WEB_HELD && fd < 0; i++) {
        const struct held *one = &h->all[i];
        if (one->fd > 0 && one->person == c->person && one->until > c->now && str_eq(token, str_of(one->token))) {
            fd = dup(one->fd);
            *ret_party = arena_str(c->arena, str_of(one->party));
        }
    }
    pthread_mutex_unlock(&h->lock);
    off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
    char *bytes = size < 0 ? NULL : arena_alloc(c->arena, (size_t)size);
    bool whole = size >= 0 && pread(fd, bytes, (size_t)size, 0) == size;
    if (fd >= 0) {
        close(fd);
    }
    *ret_json = whole ? (str){ bytes, (size_t)size } : STR("");
    return whole;
}

void web__page_held(struct web__call *c)
{
    str json, party;
    feel_value form;
    struct error err = { .lang = c->lang };
    if (!read_held(c, c->words[0], &json, &party) || feel_json_read(c->arena, json, &form, NULL) != OK) {
        error_set(&err, ERROR_MISSING, "what you had typed is not held any more");
        error_hint(&err, "it was held for an hour; what you saved before stands under \"My business\"");
        web__refuse(c, 404, &err);
        return;
    }
    feel_value fields = feel_member(form, "fields");
    struct node *list = node_put_list(c->model, "fields");
    for (uint32_t i = 0; fields.kind == FEEL_LIST && i < fields.count; i++) {
        struct node *n = node_add_object(list);
        node_put_text(n, "name", feel_str(fields.items[i].items[0]));
        node_put_text(n, "value", feel_str(fields.items[i].items[1]));
    }
    node_put_text(c->model, "path", feel_text_member(form, "path"));
    node_put_text(c->model, "here", arena_printf(c->arena, "/held/%.*s", STR_ARG(c->words[0])));
    if (!str_eq(party, c->party)) {
        node_put_text(c->model, "other", party);
        node_put_true(c->model, "differs", true);
    }
    web__answer(c, 200, page_held);
}
