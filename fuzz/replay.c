/* replay: runs a fuzz target over a corpus, without libFuzzer.
 *
 *   fuzz_<name> FILE-OR-FOLDER...
 *
 * Prints one TAP point for each file. A finding ends the process, so the point
 * of the file that caused it is missing and the name stands in the last line.
 */
#include "fuzz.h"

#include "tap.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

/* The whole file in malloc'ed memory of exactly its size, so that a read past its end is found; NULL on failure. */
static uint8_t *read_whole(const char *path, size_t *ret_size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        return NULL;
    }
    struct stat st;
    size_t size = fstat(fileno(f), &st) == 0 ? (size_t)st.st_size : 0;
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data != NULL && fread(data, 1, size, f) != size) {
        free(data);
        data = NULL;
    }
    fclose(f);
    *ret_size = size;
    return data;
}

static void replay_file(const char *path)
{
    size_t size = 0;
    uint8_t *data = read_whole(path, &size);
    if (data == NULL) {
        ok(false, "%s cannot be read", path);
        return;
    }
    printf("# %s\n", path);
    fflush(stdout);
    ok(LLVMFuzzerTestOneInput(data, size) == 0, "%s", path);
    free(data);
}

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* The files of a folder in the order of their names; folders in it are not entered. */
static void replay_folder(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, visible, alphasort);
    ok(n >= 0, "%s is a folder", path);
    for (int i = 0; i < n; i++) {
        char file[4096];
        int len = snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        if (len > 0 && (size_t)len < sizeof file) {
            replay_file(file);
        }
        free(entries[i]);
    }
    if (n >= 0) {
        free(entries);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat st;
        if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode)) {
            replay_folder(argv[i]);
        } else {
            replay_file(argv[i]);
        }
    }
    return tap_done();
}
