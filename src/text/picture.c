/* picture: see picture.h. */
#include "text/picture.h"

/* What was taken so far. */
struct bare {
    str in;
    char *ptr;
    size_t len;
};

uint32_t picture_number(str bytes, size_t at, size_t width)
{
    uint32_t n = 0;
    for (size_t i = 0; i < width; i++) {
        n = n << 8 | (unsigned char)bytes.ptr[at + i];
    }
    return n;
}

static uint32_t little(str s, size_t at, size_t width)
{
    uint32_t n = 0;
    for (size_t i = width; i > 0; i--) {
        n = n << 8 | (unsigned char)s.ptr[at + i - 1];
    }
    return n;
}

static bool has(str s, size_t at, str mark)
{
    return at <= s.len && s.len - at >= mark.len && memcmp(s.ptr + at, mark.ptr, mark.len) == 0;
}

static void take(struct bare *b, size_t from, size_t to)
{
    memcpy(b->ptr + b->len, b->in.ptr + from, to - from);
    b->len += to - from;
}

/* ---- JPEG ---- */

enum { EOI = 0xD9, SOS = 0xDA, RST0 = 0xD0, APP0 = 0xE0, APP15 = 0xEF, COM = 0xFE };

/* The first directory of Exif's TIFF: twelve bytes an entry, of which 0x0112 tells which side is up, 1 to 8. */
static uint32_t side_up(str tiff)
{
    bool swapped = has(tiff, 0, STR("II*\0"));
    uint32_t (*number)(str, size_t, size_t) = swapped ? little : picture_number;
    if (tiff.len < 8 || (!swapped && !has(tiff, 0, STR("MM\0*")))) {
        return 0;
    }
    size_t at = number(tiff, 4, 4);
    if (at > tiff.len - 2) {
        return 0;
    }
    size_t count = number(tiff, at, 2);
    for (at += 2; count > 0 && at + 12 <= tiff.len; count--, at += 12) {
        if (number(tiff, at, 2) == 0x0112) {
            uint32_t side = number(tiff, at + 8, 2);
            return side <= 8 ? side : 0;
        }
    }
    return 0;
}

enum { EXIF = 36 };

/* Exif that tells nothing but which side is up. */
static void write_side(struct bare *b, uint32_t side)
{
    static const char exif[EXIF] = "\xFF\xE1\0\x22" "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01";
    memcpy(b->ptr + b->len, exif, EXIF);
    b->ptr[b->len + 29] = (char)side;
    b->len += EXIF;
}

/* Whether a segment, given without its marker, belongs to the picture. */
static bool is_picture(uint32_t marker, str segment)
{
    switch (marker) {
    case APP0: return segment.len == 16 && has(segment, 2, STR("JFIF\0"));
    case APP0 + 2: return has(segment, 2, STR("ICC_PROFILE\0"));
    case APP0 + 14: return has(segment, 2, STR("Adobe"));
    default: return marker != COM && (marker < APP0 || marker > APP15);
    }
}

/* Where the coded data after a scan's head ends: at a marker that is neither stuffing nor a restart. */
static size_t end_of_scan(str in, size_t at)
{
    while (at + 1 < in.len) {
        uint32_t next = picture_number(in, at + 1, 1);
        if ((unsigned char)in.ptr[at] == 0xFF && next != 0 && next != 0xFF && (next & 0xF8) != RST0) {
            return at;
        }
        at++;
    }
    return in.len;
}

static bool strip_jpeg(struct bare *b)
{
    str in = b->in;
    bool sided = false;
    take(b, 0, 2);
    for (size_t at = 2; at + 2 <= in.len && (unsigned char)in.ptr[at] == 0xFF;) {
        uint32_t marker = picture_number(in, at + 1, 1);
        if (marker == EOI) {
            take(b, at, at + 2);
            return true;
        }
        if (marker == 0xFF) {
            at++;
            continue;
        }
        size_t length = at + 4 <= in.len ? picture_number(in, at + 2, 2) : 0, from = at;
        if (length < 2 || length > in.len - at - 2) {
            return false;
        }
        str segment = str_slice(in, at + 2, at + 2 + length);
        at += 2 + length;
        at = marker == SOS ? end_of_scan(in, at) : at;
        uint32_t side = marker == APP0 + 1 && !sided && has(segment, 2, STR("Exif\0\0"))
                            ? side_up(str_slice(segment, 8, segment.len))
                            : 0;
        if (side > 1) {
            write_side(b, side);
            sided = true;
        } else if (is_picture(marker, segment)) {
            take(b, from, at);
        }
        if (marker == SOS && at == in.len) {
            memcpy(b->ptr + b->len, "\xFF\xD9", 2); /* some cameras leave the end out */
            b->len += 2;
            return true;
        }
    }
    return false;
}

/* ---- PNG and WebP: chunks ---- */

static bool is_one_of(str in, size_t at, str names)
{
    for (size_t i = 0; i + 4 <= names.len; i += 4) {
        if (has(in, at, str_slice(names, i, i + 4))) {
            return true;
        }
    }
    return false;
}

static bool strip_png(struct bare *b)
{
    str in = b->in, kept = STR("IHDRPLTEIDATIENDtRNSgAMAcHRMsRGBiCCPcICPsBITbKGDpHYsacTLfcTLfdAT");
    size_t at = 8;
    take(b, 0, at);
    while (in.len - at >= 12) {
        size_t length = picture_number(in, at, 4), from = at;
        if (length > in.len - at - 12) {
            return false;
        }
        at += 12 + length;
        if (is_one_of(in, from + 4, kept)) {
            take(b, from, at);
        }
        if (has(in, from + 4, STR("IEND"))) {
            return true;
        }
    }
    return false;
}

enum { WEBP_EXIF = 0x08, WEBP_XMP = 0x04 }; /* flags of VP8X */

static bool strip_webp(struct bare *b)
{
    str in = b->in;
    size_t end = little(in, 4, 4), at = 12;
    if (end < 4 || end > in.len - 8) { /* counted from the word WEBP on */
        return false;
    }
    end += 8;
    take(b, 0, at);
    while (end - at >= 8) {
        size_t length = little(in, at + 4, 4), padded = length + (length & 1), from = at;
        if (padded > end - at - 8) {
            return false;
        }
        at += 8 + padded;
        if (!is_one_of(in, from, STR("VP8 VP8LVP8XALPHANIMANMFICCP"))) {
            continue;
        }
        take(b, from, at);
        if (has(in, from, STR("VP8X")) && length > 0) {
            char *flags = &b->ptr[b->len - padded];
            *flags = (char)(*flags & ~(WEBP_EXIF | WEBP_XMP));
        }
    }
    for (size_t i = 0; i < 4; i++) {
        b->ptr[4 + i] = (char)((b->len - 8) >> (8 * i));
    }
    return at == end;
}

bool picture_strip(struct arena *a, str bytes, str *ret)
{
    struct bare b = { bytes, arena_alloc(a, bytes.len + EXIF + 2), 0 };
    bool done = false;
    if (has(bytes, 0, STR("\xFF\xD8\xFF"))) {
        done = strip_jpeg(&b);
    } else if (has(bytes, 0, STR("\x89PNG\r\n\x1A\n"))) {
        done = strip_png(&b);
    } else if (has(bytes, 0, STR("RIFF")) && has(bytes, 8, STR("WEBP"))) {
        done = strip_webp(&b);
    }
    if (done) {
        *ret = (str){ b.ptr, b.len };
    }
    return done;
}
