/* picture: a PNG or JPEG file on paper. A JPEG is copied into the PDF without what it tells beside the picture, for
 * papers are published, and never decoded here: only its size is read. A PNG is decoded by cairo with libpng, after its
 * size was found to be within bounds; nothing but its points comes into the PDF. */
#include "paper/paper_int.h"

#include "base/limit.h"
#include "text/picture.h"

static enum error_code refuse(struct error *err)
{
    error_set(err, ERROR_INVALID, "the picture is neither PNG nor JPEG, or is damaged");
    error_hint(err, "give a PNG, or a JPEG in grey or colours");
    return ERROR_INVALID;
}

/* The segment of a JPEG that tells the size begins a frame: SOF0 to SOF15 but DHT, JPG and DAC (ISO 10918-1 B.1). Of
 * the many ways of coding only those that PDF knows are taken: 8 bits, baseline, extended or progressive. */
static bool find_jpeg_size(str bytes, uint32_t *width, uint32_t *height)
{
    size_t at = 2;
    while (at + 9 < bytes.len && (unsigned char)bytes.ptr[at] == 0xFF) {
        uint32_t marker = picture_number(bytes, at + 1, 1);
        if (marker >= 0xC0 && marker <= 0xC2) {
            *height = picture_number(bytes, at + 5, 2);
            *width = picture_number(bytes, at + 7, 2);
            uint32_t channels = picture_number(bytes, at + 9, 1);
            return picture_number(bytes, at + 4, 1) == 8 && (channels == 1 || channels == 3);
        }
        at += marker == 0xFF ? 1 : 2 + picture_number(bytes, at + 2, 2);
    }
    return false;
}

static bool find_size(str bytes, bool *is_png, uint32_t *width, uint32_t *height)
{
    *is_png = bytes.len > 24 && memcmp(bytes.ptr, "\x89PNG\r\n\x1A\n", 8) == 0;
    if (*is_png) {
        *width = picture_number(bytes, 16, 4);
        *height = picture_number(bytes, 20, 4);
        return true;
    }
    return bytes.len > 4 && memcmp(bytes.ptr, "\xFF\xD8\xFF", 3) == 0 && find_jpeg_size(bytes, width, height);
}

static cairo_status_t read_bytes(void *rest, unsigned char *data, unsigned count)
{
    str *s = rest;
    if (s->len < count) {
        return CAIRO_STATUS_READ_ERROR;
    }
    memcpy(data, s->ptr, count);
    *s = (str){ s->ptr + count, s->len - count };
    return CAIRO_STATUS_SUCCESS;
}

/* A surface of the right size, whose pixels nobody looks at, with the file beside it. */
static cairo_surface_t *wrap_jpeg(str bytes, int width, int height)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    unsigned char *copy = g_memdup2(bytes.ptr, bytes.len);
    if (cairo_surface_set_mime_data(surface, CAIRO_MIME_TYPE_JPEG, copy, bytes.len, g_free, copy) !=
        CAIRO_STATUS_SUCCESS) {
        g_free(copy);
    }
    return surface;
}

enum error_code paper__open_picture(str bytes, struct paper__picture *ret, struct error *err)
{
    bool is_png = false;
    uint32_t width = 0, height = 0;
    if (!find_size(bytes, &is_png, &width, &height) || width == 0 || height == 0) {
        return refuse(err);
    }
    if ((uint64_t)width * height > LIMIT_PAPER_PIXELS) {
        error_set(err, ERROR_LIMIT, "the document is too large");
        error_detail(err, "limit %s = %d", "PAPER_PIXELS", LIMIT_PAPER_PIXELS);
        return ERROR_LIMIT;
    }
    struct arena a = ARENA_INIT;
    str rest = bytes, bare;
    if (!is_png && !picture_strip(&a, bytes, &bare)) {
        arena_release(&a);
        return refuse(err);
    }
    *ret = (struct paper__picture){ is_png ? cairo_image_surface_create_from_png_stream(read_bytes, &rest)
                                           : wrap_jpeg(bare, (int)width, (int)height), (int)width, (int)height };
    arena_release(&a);
    if (cairo_surface_status(ret->surface) != CAIRO_STATUS_SUCCESS) {
        paper__close_picture(ret);
        return refuse(err);
    }
    return OK;
}

void paper__draw_picture(struct paper__sheet *s, const struct paper__picture *p, double x, double width)
{
    paper__begin(s, "Figure");
    cairo_save(s->cr);
    cairo_translate(s->cr, x, s->y);
    cairo_scale(s->cr, width / p->width, width / p->width);
    cairo_set_source_surface(s->cr, p->surface, 0, 0);
    cairo_rectangle(s->cr, 0, 0, p->width, p->height);
    cairo_fill(s->cr); /* not cairo_paint: it may forget the tags before it as covered */
    cairo_restore(s->cr);
    paper__end(s, "Figure");
}

void paper__close_picture(struct paper__picture *p)
{
    cairo_surface_destroy(p->surface);
}
