/* openapi: the route table as OpenAPI 3.1, for programs that want to know what can be asked. */
#include "web/web_int.h"

#include "base/limit.h"

static const char *const kinds[] = { [WEB__KIND_PAGE] = "text/html",   [WEB__KIND_DATA] = "text/html",
                                     [WEB__KIND_JSON] = WEB__JSON,     [WEB__KIND_FORM] = "text/html",
                                     [WEB__KIND_UPLOAD] = "text/html", [WEB__KIND_FILE] = "application/octet-stream",
                                     [WEB__KIND_EVENTS] = "text/event-stream" };

static const char *const body_types[] = { [WEB__KIND_JSON] = WEB__JSON,
                                          [WEB__KIND_FORM] = "application/x-www-form-urlencoded",
                                          [WEB__KIND_UPLOAD] = "multipart/form-data",
                                          [WEB__KIND_EVENTS] = NULL };

/* "/n/#.json" as "/n/{number}.json"; a second one of a kind gets a 2. */
static str path_of(struct arena *a, const char *pattern)
{
    struct buf out = BUF_INIT(1024);
    int numbers = 0, words = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '#') {
            buf_addz(&out, numbers++ == 0 ? "{number}" : "{number2}");
        } else if (*pattern == '*') {
            buf_addz(&out, words++ == 0 ? "{word}" : "{word2}");
        } else {
            buf_addc(&out, *pattern);
        }
    }
    str s = arena_str(a, buf_str(&out));
    buf_release(&out);
    return s;
}

static void put_type(struct node *schema, const struct web__input *row)
{
    static const char *const types[] = { [WEB__TYPE_TEXT] = "string", [WEB__TYPE_INT] = "integer",
                                         [WEB__TYPE_WORD] = "string", [WEB__TYPE_FLAG] = "string" };
    if (row->place == WEB__PLACE_FILE) {
        node_put_word(schema, "type", "string");
        node_put_word(schema, "contentMediaType", "application/octet-stream");
        return;
    }
    node_put_word(schema, "type", types[row->type]);
    if (row->type == WEB__TYPE_INT) {
        node_put_int(schema, "minimum", 0);
        if (row->bound > 0) {
            node_put_int(schema, "maximum", row->bound);
        }
    } else {
        node_put_int(schema, "maxLength", row->bound > 0 ? row->bound : LIMIT_FORM_TEXT);
        if (row->type == WEB__TYPE_WORD) {
            node_put_word(schema, "pattern", "^[A-Za-z0-9._-]*$");
        }
    }
}

static void put_path_parameters(struct node *list, const char *pattern)
{
    int numbers = 0, words = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '#' || *pattern == '*') {
            bool number = *pattern == '#';
            int n = number ? numbers++ : words++;
            struct node *p = node_add_object(list);
            node_put_word(p, "name", number ? n == 0 ? "number" : "number2" : n == 0 ? "word" : "word2");
            node_put_word(p, "in", "path");
            node_put_true(p, "required", true);
            node_put_word(node_put_object(p, "schema"), "type", number ? "integer" : "string");
        }
    }
}

static void put_parameters(struct node *operation, const struct web__route *route)
{
    struct node *list = node_put_list(operation, "parameters");
    put_path_parameters(list, route->path);
    for (size_t i = 0; i < web__input_count; i++) {
        const struct web__input *row = &web__inputs[i];
        if (strcmp(row->route, route->name) == 0 && row->place == WEB__PLACE_QUERY) {
            struct node *p = node_add_object(list);
            node_put_word(p, "name", row->name);
            node_put_word(p, "in", "query");
            node_put_true(p, "required", row->required);
            put_type(node_put_object(p, "schema"), row);
        }
    }
}

static void put_body(struct node *operation, const struct web__route *route)
{
    const char *type = route->kind < sizeof body_types / sizeof body_types[0] ? body_types[route->kind] : NULL;
    if (route->method == HTTP_METHOD_GET || type == NULL) {
        return;
    }
    struct node *content = node_put_object(node_put_object(operation, "requestBody"), "content");
    struct node *schema = node_put_object(node_put_object(content, type), "schema");
    node_put_word(schema, "type", "object");
    struct node *properties = node_put_object(schema, "properties"), *required = node_list(schema->arena);
    bool open = false;
    for (size_t i = 0; i < web__input_count; i++) {
        const struct web__input *row = &web__inputs[i];
        if (strcmp(row->route, route->name) != 0 || row->place == WEB__PLACE_QUERY) {
            continue;
        }
        open = open || row->type == WEB__TYPE_ANYTHING;
        if (row->type != WEB__TYPE_ANYTHING) {
            put_type(node_put_object(properties, row->name), row);
            if (row->required) {
                node_add_text(required, str_of(row->name));
            }
        }
    }
    if (required->count > 0) {
        node_put_node(schema, "required", required);
    }
    node_put_true(schema, "additionalProperties", open);
}

static void put_answers(struct node *operation, const struct web__route *route)
{
    struct node *answers = node_put_object(operation, "responses");
    bool goes = route->kind == WEB__KIND_FORM || route->kind == WEB__KIND_UPLOAD;
    struct node *fine = node_put_object(answers, goes ? "303" : "200");
    node_put_word(fine, "description", goes ? "done; goes on to another page" : route->sentence);
    if (!goes) {
        struct node *content = node_put_object(fine, "content");
        node_put_object(content, kinds[route->kind]);
        if (route->kind == WEB__KIND_DATA) {
            node_put_object(content, WEB__JSON);
        }
    }
    node_put_word(node_put_object(answers, "default"), "description", "what is wrong, and what to do");
}

static void put_route(struct node *paths, const struct web__route *route)
{
    static const char *const methods[HTTP_METHODS] = { "get", "head", "post", "put", "delete", "patch", "options" };
    static const char *const who[] = { "everybody", "known", "person", "party", "staff", "admin" };
    str path = path_of(paths->arena, route->path);
    struct node *item = (struct node *)node_member(paths, path);
    if (item == NULL) {
        item = node_put_object(paths, path.ptr);
    }
    struct node *operation = node_put_object(item, methods[route->method]);
    node_put_word(operation, "operationId", route->name);
    node_put_word(operation, "summary", route->sentence);
    node_put_word(operation, "x-who", who[route->who]);
    struct node *security = node_put_list(operation, "security");
    if (route->who != WEB__WHO_EVERYBODY) {
        node_put_list(node_add_object(security), "token");
        node_put_list(node_add_object(security), "cookie");
    }
    put_parameters(operation, route);
    put_body(operation, route);
    put_answers(operation, route);
}

void web__json_openapi(struct web__call *c)
{
    struct node *m = c->model;
    node_put_word(m, "openapi", "3.1.0");
    struct node *info = node_put_object(m, "info");
    node_put_word(info, "title", "Gongshi");
    node_put_word(info, "version", "0.1.0");
    struct node *paths = node_put_object(m, "paths");
    for (size_t i = 0; i < web__route_count; i++) {
        put_route(paths, &web__routes[i]);
    }
    struct node *schemes = node_put_object(node_put_object(m, "components"), "securitySchemes");
    struct node *token = node_put_object(schemes, "token"), *cookie = node_put_object(schemes, "cookie");
    node_put_word(token, "type", "http");
    node_put_word(token, "scheme", "bearer");
    node_put_word(cookie, "type", "apiKey");
    node_put_word(cookie, "in", "cookie");
    node_put_word(cookie, "name", web__session_cookie(c->web));
    http_may_cache(c->r);
    web__answer(c, 200, NULL);
}
