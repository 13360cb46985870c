/* asset2c: turns the files of src/web/assets into C, as they are and compressed.
 *
 *   asset2c assets.h assets.inc FILE…
 *
 * Each file gets the address /a/NAME.HASH.EXT, where HASH is of its bytes: so it may be kept for ever, and a changed
 * file has another address. assets.h has the macro ASSET_NAME_EXT of the address; assets.inc the rows of a table.
 *
 * It runs at each build and lives for milliseconds, so it stops at the first mistake.
 */
#define _GNU_SOURCE

#include <ctype.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static _Noreturn void fail(const char *path, const char *what)
{
    fprintf(stderr, "%s: error: %s\n", path, what);
    exit(1);
}

static unsigned char *read_file(const char *path, size_t *ret_size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
        fail(path, "cannot be read");
    }
    size_t size = (size_t)ftell(f);
    unsigned char *bytes = malloc(size + 1);
    rewind(f);
    if (bytes == NULL || fread(bytes, 1, size, f) != size) {
        fail(path, "cannot be read");
    }
    fclose(f);
    *ret_size = size;
    return bytes;
}

static unsigned char *compress_gzip(const char *path, unsigned char *bytes, size_t size, size_t *ret_size)
{
    z_stream z = { 0 };
    if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        fail(path, "cannot be compressed");
    }
    size_t room = deflateBound(&z, size);
    unsigned char *packed = malloc(room);
    z.next_in = bytes;
    z.avail_in = (uInt)size;
    z.next_out = packed;
    z.avail_out = (uInt)room;
    if (packed == NULL || deflate(&z, Z_FINISH) != Z_STREAM_END) {
        fail(path, "cannot be compressed");
    }
    *ret_size = z.total_out;
    deflateEnd(&z);
    return packed;
}

static void write_bytes(FILE *out, const char *name, int i, const unsigned char *bytes, size_t size)
{
    fprintf(out, "static const unsigned char %s_%d[] = {", name, i);
    for (size_t k = 0; k < size; k++) {
        fprintf(out, "%s%d,", k % 24 == 0 ? "\n" : "", bytes[k]);
    }
    fprintf(out, "\n};\n");
}

static const char *type_of(const char *path, const char *extension)
{
    static const char *const types[][2] = { { ".css", "text/css; charset=utf-8" },
                                            { ".js", "text/javascript; charset=utf-8" },
                                            { ".svg", "image/svg+xml; charset=utf-8" },
                                            { ".png", "image/png" } };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i][0], extension) == 0) {
            return types[i][1];
        }
    }
    fail(path, "has an unknown type");
}

static void write_asset(const char *path, int i, FILE *header, FILE *out, FILE *rows)
{
    size_t size, packed_size;
    unsigned char digest[SHA256_DIGEST_LENGTH];
    unsigned char *bytes = read_file(path, &size);
    unsigned char *packed = compress_gzip(path, bytes, size, &packed_size);
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1, *dot = strrchr(name, '.');
    if (dot == NULL) {
        fail(path, "has no type");
    }
    SHA256(bytes, size, digest);
    fprintf(header, "#define ASSET_");
    for (const char *p = name; *p != '\0'; p++) {
        fputc(isalnum((unsigned char)*p) ? toupper((unsigned char)*p) : '_', header);
    }
    fprintf(header, " \"/a/%.*s.%02x%02x%02x%02x%02x%s\"\n", (int)(dot - name), name, digest[0], digest[1], digest[2],
            digest[3], digest[4], dot);
    write_bytes(out, "plain", i, bytes, size);
    write_bytes(out, "gzip", i, packed, packed_size);
    fprintf(rows, "    { \"/a/%.*s.%02x%02x%02x%02x%02x%s\", \"%s\", plain_%d, %zu, gzip_%d, %zu },\n",
            (int)(dot - name), name, digest[0], digest[1], digest[2], digest[3], digest[4], dot, type_of(path, dot), i,
            size, i, packed_size);
    free(bytes);
    free(packed);
}

int main(int argc, char **argv)
{
    FILE *header = argc > 3 ? fopen(argv[1], "w") : NULL, *out = argc > 3 ? fopen(argv[2], "w") : NULL;
    char *text = NULL;
    size_t size = 0;
    FILE *rows = open_memstream(&text, &size);
    if (header == NULL || out == NULL || rows == NULL) {
        fail("asset2c", "usage: asset2c assets.h assets.inc FILE…, in a folder that can be written");
    }
    fprintf(header, "/* Made from src/web/assets by tools/asset2c.c; not to be edited. */\n");
    fprintf(out, "/* Made from src/web/assets by tools/asset2c.c; not to be edited. */\n");
    for (int i = 3; i < argc; i++) {
        write_asset(argv[i], i - 3, header, out, rows);
    }
    fclose(rows);
    fprintf(out, "static const struct asset assets[] = {\n%s};\n", text);
    if (fclose(header) != 0 || fclose(out) != 0) {
        fail("asset2c", "could not write");
    }
    free(text);
    return 0;
}
