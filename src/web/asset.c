/* asset: style, script and pictures of the pages, which are part of the program (tools/asset2c.c). */
#include "web/web_int.h"

struct asset {
    const char *address, *type;
    const unsigned char *plain;
    size_t plain_size;
    const unsigned char *gzip;
    size_t gzip_size;
};

#include "assets.inc"

void web__asset(struct web__call *c)
{
    for (size_t i = 0; i < sizeof assets / sizeof assets[0]; i++) {
        const struct asset *a = &assets[i];
        if (str_eq(http_path(c->r), str_of(a->address))) {
            bool packed = web__takes_gzip(c->r) && a->gzip_size < a->plain_size;
            http_add_header(c->r, "Cache-Control", STR("public, max-age=31536000, immutable"));
            http_add_header(c->r, "Vary", STR("Accept-Encoding"));
            if (packed) {
                http_add_header(c->r, "Content-Encoding", STR("gzip"));
            }
            http_send(c->r, 200, str_of(a->type),
                      (str){ (const char *)(packed ? a->gzip : a->plain), packed ? a->gzip_size : a->plain_size });
            return;
        }
    }
    http_send_error(c->r, 404, "there is no such page");
}
