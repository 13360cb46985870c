/* page_map: where public notices are about: a sketch of our own and the same as a list; GeoJSON for other programs. */
#include "web/web_int.h"

#include "base/limit.h"
#include "publish/register.h"

enum { PLACES = 200, SHEET = 1000, EDGE = 40 };

/* ---- Places ---- */

static void write_places(struct web__call *c, struct store_view *v, struct buf *out)
{
    publish_write_places(v, web__int(c, "before", INT64_MAX), PLACES, out);
}

void web__json_places(struct web__call *c)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    write_places(c, v, &out);
    if (web__view_end(c, v)) {
        http_may_cache(c->r);
        web__send_public(c, 200, "application/geo+json", &out);
    }
}

/* ---- The sketch ---- */

/* Degrees on a sheet of SHEET by SHEET: east to the right, north up, one scale for both. */
struct sheet {
    double west, east, south, north, scale;
};

static bool is_point(feel_value feature, double *ret_x, double *ret_y)
{
    feel_value at = feel_member(feel_member(feature, "geometry"), "coordinates");
    bool is = at.kind == FEEL_LIST && at.count >= 2 && at.items[0].kind == FEEL_NUMBER &&
              at.items[1].kind == FEEL_NUMBER;
    if (is) {
        *ret_x = dec_to_double(at.items[0].number);
        *ret_y = dec_to_double(at.items[1].number);
    }
    return is;
}

static void widen(struct sheet *s, double x, double y)
{
    s->west = x < s->west ? x : s->west;
    s->east = x > s->east ? x : s->east;
    s->south = y < s->south ? y : s->south;
    s->north = y > s->north ? y : s->north;
}

/* A degree of longitude is taken for 0.86 of one of latitude, as at 30° north. */
static struct sheet sheet_of(feel_value features)
{
    struct sheet s = { 180, -180, 90, -90, 1 };
    double x, y;
    for (uint32_t i = 0; features.kind == FEEL_LIST && i < features.count; i++) {
        if (is_point(features.items[i], &x, &y)) {
            widen(&s, x, y);
        }
    }
    double wide = (s.east - s.west) * 0.86, high = s.north - s.south, span = wide > high ? wide : high;
    s.scale = (SHEET - 2 * EDGE) / (span > 0.001 ? span : 0.001);
    return s;
}

static void put_place(struct web__call *c, const struct sheet *s, feel_value feature, struct node *list)
{
    double x, y;
    feel_value said = feel_member(feature, "properties");
    if (!is_point(feature, &x, &y)) {
        return;
    }
    struct node *n = node_add_object(list);
    node_put_int(n, "no", list->count);
    node_put_int(n, "x", (int64_t)(EDGE + (x - s->west) * 0.86 * s->scale));
    node_put_int(n, "y", (int64_t)(EDGE + (s->north - y) * s->scale));
    node_put_text(n, "notice", publish_shown(c->arena, feel_member(said, "notice")));
    node_put_text(n, "title", publish_shown(c->arena, feel_member(said, "title")));
    node_put_text(n, "place", publish_shown(c->arena, feel_member(said, "name")));
    node_put_text(n, "field", publish_shown(c->arena, feel_member(said, "field")));
    str at = publish_shown(c->arena, feel_member(said, "published"));
    node_put_text(n, "published", at.len < 10 ? at : str_slice(at, 0, 10));
    node_put_text(n, "lon", arena_printf(c->arena, "%.4f", x));
    node_put_text(n, "lat", arena_printf(c->arena, "%.4f", y));
}

void web__page_map(struct web__call *c)
{
    struct buf out = BUF_INIT(LIMIT_JSON_BYTES);
    feel_value places = feel_null();
    struct store_view *v = web__view(c);
    if (v == NULL) {
        return;
    }
    write_places(c, v, &out);
    bool read = feel_json_read(c->arena, arena_str(c->arena, buf_str(&out)), &places, NULL) == OK;
    buf_release(&out);
    if (!web__view_end(c, v)) {
        return;
    }
    feel_value features = read ? feel_member(places, "features") : feel_null();
    const struct sheet s = sheet_of(features);
    struct node *list = node_put_list(c->model, "places");
    for (uint32_t i = 0; features.kind == FEEL_LIST && i < features.count; i++) {
        put_place(c, &s, features.items[i], list);
    }
    str next = publish_shown(c->arena, feel_member(places, "next"));
    node_put_text(c->model, "before", str_eq(next, STR("0")) ? STR("") : next);
    web__crumb(c, "Home", STR("/"));
    http_may_cache(c->r);
    web__answer(c, 200, page_map);
}
