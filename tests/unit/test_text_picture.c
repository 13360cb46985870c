/* test_text_picture: what is left of a picture's file when it is given to others: its looks, nothing that it tells. */
#include "tap.h"

#include "base/arena.h"
#include "text/picture.h"

#include <stdlib.h>

static struct arena memory;

/* ---- Pieces of JPEG files; each length counts itself ---- */

#define SOI "\xFF\xD8"
#define JFIF "\xFF\xE0\0\x10JFIF\0\x01\x02\0\0\x48\0\x48\0\0"
#define JFIF_SMALL "\xFF\xE0\0\x13JFIF\0\x01\x02\0\0\x48\0\x48\x01\x01rgb"
/* Which side is up (0x0112) and where to find what the satellites said (0x8825), in both orders of bytes. */
#define EXIF(side) \
    "\xFF\xE1\0\x43" "Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0" side "\0\0" \
    "\x88\x25\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0N 30.2 E 120.1 place."
#define EXIF_INTEL(side) \
    "\xFF\xE1\0\x43" "Exif\0\0II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0" side "\0\0\0" \
    "\x25\x88\x04\0\x01\0\0\0\x26\0\0\0\0\0\0\0N 30.2 E 120.1 place."
#define SIDE_ALONE(side) \
    "\xFF\xE1\0\x22" "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" side "\0\0\0\0\0\0"
#define XMP "\xFF\xE1\0\x0Dplace xmp \0"
#define PROFILE "\xFF\xE2\0\x11ICC_PROFILE\0\x01\x01x"
#define MORE "\xFF\xE2\0\x0BMPF\0place"
#define PHOTOSHOP "\xFF\xED\0\x0D" "8BIM place\0"
#define ADOBE "\xFF\xEE\0\x0E" "Adobe\0\x64\0\0\0\0\x01"
#define OTHER(app) "\xFF" app "\0\x07place"
#define COMMENT "\xFF\xFE\0\x07place"
#define TABLE "\xFF\xDB\0\x04\0\x01"
#define FRAME "\xFF\xC0\0\x0B\x08\0\x01\0\x01\x01\x01\x11\0"
#define SCAN "\xFF\xDA\0\x08\x01\x01\0\0\x3F\0" "ab\xFF\0" "c\xFF\xD0" "d"
#define EOI "\xFF\xD9"

/* ---- Of PNG files: length, name, data, checksum (which is not looked at), and of WebP ones ---- */

#define PNG "\x89PNG\r\n\x1A\n"
#define IHDR "\0\0\0\x0DIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0crc1"
#define CHUNK(name) "\0\0\0\x05" name "placecrc2"
#define IEND "\0\0\0\0IENDcrc3"
#define RIFF(length) "RIFF" length "\0\0\0WEBP"
#define VP8X(flags) "VP8X\x0A\0\0\0" flags "\0\0\0\0\0\0\0\0\0"
#define VP8 "VP8 \x03\0\0\0abc\0"
#define PART(name) name "\x05\0\0\0place\0"

#define CASE(name, from, to) { name, STR(from), STR(to) }
static const struct {
    const char *name;
    str from, to;
} cases[] = {
    CASE("a JPEG that tells nothing", SOI JFIF TABLE FRAME SCAN EOI, SOI JFIF TABLE FRAME SCAN EOI),
    CASE("Exif goes", SOI EXIF("\x01") TABLE FRAME SCAN EOI, SOI TABLE FRAME SCAN EOI),
    CASE("but which side is up", SOI EXIF("\x06") TABLE FRAME SCAN EOI, SOI SIDE_ALONE("\x06") TABLE FRAME SCAN EOI),
    CASE("in either order", SOI EXIF_INTEL("\x08") FRAME SCAN EOI, SOI SIDE_ALONE("\x08") FRAME SCAN EOI),
    CASE("once", SOI EXIF("\x03") EXIF("\x06") FRAME SCAN EOI, SOI SIDE_ALONE("\x03") FRAME SCAN EOI),
    CASE("a side that there is not", SOI EXIF("\x09") FRAME SCAN EOI, SOI FRAME SCAN EOI),
    CASE("Exif that points behind itself", SOI "\xFF\xE1\0\x12" "Exif\0\0MM\0*\xFF\xFF\xFF\xFF\0\x01" FRAME SCAN EOI,
         SOI FRAME SCAN EOI),
    CASE("Exif that is nothing", SOI "\xFF\xE1\0\x08" "Exif\0\0" FRAME SCAN EOI, SOI FRAME SCAN EOI),
    CASE("XMP, Photoshop's and a comment", SOI XMP PHOTOSHOP COMMENT FRAME SCAN EOI, SOI FRAME SCAN EOI),
    CASE("the small picture in JFIF", SOI JFIF_SMALL FRAME SCAN EOI, SOI FRAME SCAN EOI),
    CASE("colours stay, more pictures do not", SOI PROFILE MORE ADOBE FRAME SCAN EOI, SOI PROFILE ADOBE FRAME SCAN EOI),
    CASE("all others of applications",
         SOI OTHER("\xE3") OTHER("\xE4") OTHER("\xE5") OTHER("\xE6") OTHER("\xE7") OTHER("\xE8") OTHER("\xE9")
             OTHER("\xEA") OTHER("\xEB") OTHER("\xEC") OTHER("\xEE") OTHER("\xEF") FRAME SCAN EOI,
         SOI FRAME SCAN EOI),
    CASE("between two scans too", SOI FRAME SCAN COMMENT EXIF("\x01") SCAN EOI, SOI FRAME SCAN SCAN EOI),
    CASE("a film behind the end", SOI FRAME SCAN EOI "place" SOI EXIF("\x01") EOI, SOI FRAME SCAN EOI),
    CASE("bytes that fill", SOI "\xFF\xFF" COMMENT "\xFF" FRAME SCAN EOI, SOI FRAME SCAN EOI),
    CASE("an end that was left out", SOI COMMENT FRAME SCAN, SOI FRAME SCAN EOI),
    CASE("a PNG that tells nothing", PNG IHDR CHUNK("IDAT") IEND, PNG IHDR CHUNK("IDAT") IEND),
    CASE("its texts, Exif and hour", PNG IHDR CHUNK("tEXt") CHUNK("zTXt") CHUNK("iTXt") CHUNK("eXIf") CHUNK("tIME")
         CHUNK("priv") CHUNK("IDAT") IEND, PNG IHDR CHUNK("IDAT") IEND),
    CASE("its colours stay", PNG IHDR CHUNK("iCCP") CHUNK("PLTE") CHUNK("tRNS") CHUNK("IDAT") IEND,
         PNG IHDR CHUNK("iCCP") CHUNK("PLTE") CHUNK("tRNS") CHUNK("IDAT") IEND),
    CASE("what stands behind it", PNG IHDR CHUNK("IDAT") IEND CHUNK("IDAT"), PNG IHDR CHUNK("IDAT") IEND),
    CASE("a WebP", RIFF("\x10") VP8 "place", RIFF("\x10") VP8),
    CASE("its Exif and XMP, and the flags that announce them",
         RIFF("\x4C") VP8X("\x1C") VP8 PART("EXIF") PART("XMP ") PART("priv"), RIFF("\x22") VP8X("\x10") VP8),
    /* Nothing */
    CASE("a text", "place", ""),
    CASE("a PDF", "%PDF-1.7 place", ""),
    CASE("a JPEG of three bytes", "\xFF\xD8\xFF", ""),
    CASE("a segment longer than the file", SOI "\xFF\xE1\0\x40" "Exif", ""),
    CASE("a segment shorter than its length", SOI "\xFF\xE1\0\x01" FRAME SCAN EOI, ""),
    CASE("something between segments", SOI TABLE "place" FRAME SCAN EOI, ""),
    CASE("a JPEG without a scan", SOI TABLE FRAME, ""),
    CASE("a PNG without end", PNG IHDR CHUNK("IDAT"), ""),
    CASE("a chunk longer than the file", PNG IHDR "\xFF\xFF\xFF\xFFIDATplacecrc", ""),
    CASE("a PNG of its mark", PNG, ""),
    CASE("a WebP shorter than its mark", RIFF("\0") VP8, ""),
    CASE("a WebP longer than its file", RIFF("\x7F") VP8, ""),
    CASE("a part longer than the WebP", RIFF("\x10") "VP8 \x05\0\0\0abc\0", ""),
};

/* Of a copy in memory of just its length, so that reading behind it is seen. `at` < length: that byte is `byte`. */
static bool strip(str from, size_t at, unsigned char byte, str *ret)
{
    char *copy = malloc(from.len > 0 ? from.len : 1);
    memcpy(copy, from.ptr, from.len);
    if (at < from.len) {
        copy[at] = (char)byte;
    }
    bool done = picture_strip(&memory, (str){ copy, from.len }, ret);
    free(copy);
    return done;
}

/* Every beginning of a file, and every file with one wrong byte: nothing is read behind it, little is added. */
static void check_broken(const char *name, str from)
{
    static const unsigned char bytes[] = { 0x00, 0x01, 0x04, 0x7F, 0x80, 0xD9, 0xFF };
    size_t longest = 0;
    for (size_t len = 0; len <= from.len; len++) {
        str got = STR("");
        strip(str_slice(from, 0, len), len, 0, &got);
        longest = got.len > longest ? got.len : longest;
    }
    for (size_t at = 0; at < from.len; at++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            str got = STR("");
            strip(from, at, bytes[i], &got);
            longest = got.len > longest ? got.len : longest;
        }
    }
    ok(longest <= from.len + 2, "%s: broken anywhere, it is no longer than it was and an end", name);
}

int main(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        str got = STR("");
        bool done = strip(cases[i].from, cases[i].from.len, 0, &got);
        is_str(got, cases[i].to, "%s", cases[i].name);
        ok(done == (cases[i].to.len > 0), "%s: %s", cases[i].name, done ? "done" : "refused");
        check_broken(cases[i].name, cases[i].from);
    }
    arena_release(&memory);
    return tap_done();
}
