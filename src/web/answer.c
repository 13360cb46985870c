/* answer: what all answers have; pages drawn from a model and a template. */
#include "web/web_int.h"

#include "base/limit.h"

/* ---- Headers ---- */

/* No page of ours needs more than this site, and no script or style stands in a page. */
void web__secure(struct web__call *c)
{
    static const char *const headers[][2] = {
        { "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
          "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'" },
        { "X-Content-Type-Options", "nosniff" },
        { "Referrer-Policy", "same-origin" },
        { "Permissions-Policy", "camera=(), geolocation=(self), microphone=(), payment=(), usb=()" },
        { "Cross-Origin-Opener-Policy", "same-origin" },
        { "X-Frame-Options", "DENY" },
    };
    if (http_has_added(c->r, headers[0][0])) {
        return;
    }
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        http_add_header(c->r, headers[i][0], str_of(headers[i][1]));
    }
    if (c->web->secure) {
        http_add_header(c->r, "Strict-Transport-Security", STR("max-age=31536000; includeSubDomains"));
    }
}

void web__cookie(struct web__call *c, const char *name, str value, int seconds, bool secret)
{
    char age[40] = "";
    if (seconds > 0 || value.len == 0) {
        str text = arena_printf(c->arena, "; Max-Age=%d", value.len == 0 ? 0 : seconds);
        memcpy(age, text.ptr, text.len + 1);
    }
    http_add_header(c->r, "Set-Cookie",
                    arena_printf(c->arena, "%s=%.*s; Path=/; SameSite=Lax%s%s%s", name, STR_ARG(value), age,
                                 secret ? "; HttpOnly" : "", c->web->secure ? "; Secure" : ""));
}

/* ---- Sending ---- */

void web__send(struct web__call *c, int status, const char *type, struct buf *body)
{
    str text = arena_str(c->arena, buf_str(body));
    bool whole = !body->overflow;
    buf_release(body);
    if (c->known != 0 || c->secret) {
        http_add_header(c->r, "Cache-Control", STR("no-store"));
    }
    if (whole) {
        http_send(c->r, status, str_of(type), text);
    } else {
        http_send_error(c->r, 500, "the answer is too large");
    }
}

void web__send_error(struct web__call *c, int status, const struct error *err)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct json_writer w;
    const struct {
        const char *name, *text;
    } members[] = { { "code", error_name(err->code) }, { "message", err->message }, { "detail", err->detail },
                    { "hint", err->hint } };
    json_writer_init(&w, &out, false);
    json_begin_object(&w);
    json_key(&w, STR("error"));
    json_begin_object(&w);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (members[i].text[0] != '\0') {
            json_text_member(&w, members[i].name, str_of(members[i].text));
        }
    }
    if (http_id(c->r).len > 0) {
        json_text_member(&w, "request", http_id(c->r));
    }
    json_end_object(&w);
    json_end_object(&w);
    if (status == 503) {
        http_add_header(c->r, "Retry-After", STR("2"));
    }
    web__send(c, status, WEB__JSON, &out);
}

/* ---- Going elsewhere ---- */

static bool is_local(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] <= ' ' || s.ptr[i] == '\\') {
            return false;
        }
    }
    return s.len > 0 && s.ptr[0] == '/' && (s.len == 1 || s.ptr[1] != '/');
}

str web__local(str back)
{
    return is_local(back) ? back : STR("/");
}

void web__go(struct web__call *c, str address)
{
    http_add_header(c->r, "Location", web__local(address));
    http_add_header(c->r, "Cache-Control", STR("no-store"));
    http_send(c->r, 303, STR(""), STR(""));
}

/* ---- Pages ---- */

static void put_foot(struct node *site, const struct web_config *config)
{
    const struct {
        const char *name, *text;
    } said[] = { { "contact", config->contact }, { "icp", config->icp }, { "police", config->police },
                 { "site_code", config->site_code } };
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        if (said[i].text != NULL) {
            node_put_word(site, said[i].name, said[i].text);
        }
    }
}

/* What every layout may show beside the page's own model. */
static struct node *site_of(const struct web__call *c)
{
    struct node *root = node_object(c->arena), *site = node_put_object(root, "site");
    const struct web_config *config = &c->web->config;
    node_put_word(site, "lang", c->lang == LANG_ZH ? "zh-CN" : "en");
    node_put_word(site, "other_lang", c->lang == LANG_ZH ? "en" : "zh");
    node_put_word(site, "other_lang_tag", c->lang == LANG_ZH ? "en" : "zh-CN");
    node_put_word(site, "other_lang_name", c->lang == LANG_ZH ? "English" : "中文");
    node_put_word(site, "other_size", c->look.large ? "normal" : "large");
    node_put_word(site, "other_contrast", c->look.contrast ? "normal" : "high");
    node_put_true(site, "large", c->look.large);
    node_put_true(site, "contrast", c->look.contrast);
    node_put_true(site, "demo", config->demo);
    node_put_true(site, "lax", !config->second_factor);
    node_put_true(site, "staff", c->grant_count > 0 && !c->outside);
    node_put_true(site, "outside", c->outside);
    node_put_true(site, "admin", !c->outside && web__has_role(c, STR("administrator")));
    if (config->name != NULL) {
        node_put_word(site, "name", config->name);
    }
    node_put_word(site, "run_by", config->name != NULL ? config->name : lang_text(c->lang, "Public office"));
    put_foot(site, config);
    node_put_text(site, "here", http_target(c->r));
    if (c->person != 0) {
        node_put_text(site, "person", c->name);
        node_put_text(site, "party", c->party_name);
    }
    if (c->known != 0) {
        node_put_word(site, "csrf", c->session.csrf);
    }
    return root;
}

/* A page for everybody: its tag is the hash of its bytes, and the loop keeps it compressed. Pages of a session are not
 * compressed: their length would tell strangers about the token in them. */
void web__send_public(struct web__call *c, int status, const char *type, struct buf *body)
{
    char hash[STORE_HASH + 1];
    str text = arena_str(c->arena, buf_str(body)), packed;
    bool whole = !body->overflow;
    buf_release(body);
    if (!whole) {
        http_send_error(c->r, 500, "the answer is too large");
        return;
    }
    http_add_header(c->r, "Vary", STR("Accept, Accept-Encoding, Accept-Language, Cookie"));
    store_hash(text, hash);
    /* Each refusal has its own number: keeping it compressed would put out what is asked for again. */
    bool gzip = status == 200 && web__takes_gzip(c->r) && web__pack(c->web->packs, c->arena, hash, text, &packed);
    if (status == 200) {
        http_add_header(c->r, "Cache-Control", STR("no-cache"));
        http_add_etag(c->r, arena_printf(c->arena, "%.*s%s", WEB__TAG, hash, gzip ? "-gzip" : ""));
    }
    if (gzip) {
        http_add_header(c->r, "Content-Encoding", STR("gzip"));
    }
    http_send(c->r, status, str_of(type), gzip ? packed : text);
}

static void draw(struct web__call *c, template_function *page, struct buf *out)
{
    const struct template_scope site = { site_of(c), NULL }, model = { c->model, &site };
    struct template t = { .out = out, .lang = c->lang };
    page(&t, &model);
}

void web__answer(struct web__call *c, int status, template_function *page)
{
    struct buf out = BUF_INIT(LIMIT_WEB_PAGE);
    if (c->json) {
        struct json_writer w;
        json_writer_init(&w, &out, false);
        node_write(c->model, &w);
    } else {
        draw(c, page, &out);
    }
    (c->known == 0 && !c->secret ? web__send_public : web__send)(c, status, c->json ? WEB__JSON : WEB__HTML, &out);
}

static bool wants_page(const struct web__call *c)
{
    return !c->json && (c->route == NULL || c->route->kind != WEB__KIND_JSON) &&
           !str_starts_with(http_header(c->r, "accept"), STR(WEB__JSON));
}

void web__refuse(struct web__call *c, int status, const struct error *err)
{
    if (!wants_page(c)) {
        web__send_error(c, status, err);
        return;
    }
    if (status == 503) {
        http_add_header(c->r, "Retry-After", STR("2"));
    }
    c->model = node_object(c->arena);
    node_put_int(c->model, "status", status);
    node_put_word(c->model, "message", arena_str(c->arena, str_of(err->message)).ptr);
    node_put_text(c->model, "detail", arena_str(c->arena, str_of(err->detail)));
    node_put_text(c->model, "hint", arena_str(c->arena, str_of(err->hint)));
    node_put_text(c->model, "request", http_id(c->r));
    web__put_instant(c->model, "again", c->again);
    if (status == 401) {
        bool outside = c->route != NULL && c->route->who == WEB__WHO_PARTY;
        node_put_word(c->model, "login", outside ? "/account" : "/login");
    }
    web__answer(c, status, page_error);
}

struct http_page web__error_page(struct http_request *r, int status, const char *message, void *context)
{
    struct web__call c = { .web = context, .r = r, .arena = http_arena(r), .look = web__look(r) };
    struct buf out = BUF_INIT(LIMIT_WEB_PAGE);
    c.lang = c.look.lang;
    c.model = node_object(c.arena);
    node_put_int(c.model, "status", status);
    node_put_word(c.model, "message", lang_text(c.lang, message));
    node_put_text(c.model, "request", http_id(r));
    web__secure(&c); /* what the loop refuses has met no handler */
    draw(&c, page_error, &out);
    struct http_page page = { STR(WEB__HTML), arena_str(c.arena, buf_str(&out)) };
    buf_release(&out);
    return page;
}
