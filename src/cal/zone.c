/* zone: the table of the time zones that this process has met.
 *
 * Rows are added under a mutex and never change afterwards. A reader needs no
 * lock: he follows an atomic pointer that is set when the row is complete.
 *
 *   slots   hash of the name → number of the row + 1; open addressing, half full at most
 *   rows    number → row
 *
 * Rows and names live in an arena of the process, which the mutex guards.
 */
#include "cal/cal_int.h"

#include "base/limit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* The zone database has about 600 names, the longest of 32 bytes. */
enum { ZONES_MAX = 1024, SLOTS = 2 * ZONES_MAX, NAME_MAX_BYTES = 63, PATH_BYTES = 512 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct arena arena = ARENA_INIT;
static const struct cal__zone *_Atomic rows[ZONES_MAX];
static _Atomic uint16_t slots[SLOTS];
static uint16_t row_count;
static const char *folder = "/usr/share/zoneinfo";
static char version[32]; /* empty: not read yet */

/* ---- Files ---- */

/* A file of the zone folder. Returns its length, or `size` when it has as much or more; -1 when it is not there. */
static ssize_t read_file(str name, char *bytes, size_t size)
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof path, "%s/%.*s", folder, STR_ARG(name));
    if (length < 0 || (size_t)length >= sizeof path) {
        return -1;
    }
    /* Not blocking, should a pipe stand there. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        return -1;
    }
    ssize_t total = 0, n = 1;
    for (; n > 0 && (size_t)total < size; total += n) {
        n = read(file, bytes + total, size - (size_t)total);
        n = n < 0 ? 0 : n;
    }
    close(file);
    return total;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
           c == '-' || c == '/';
}

/* Names of the zone database: words between slashes. Dots are in none, so no path leaves the folder. `posix` and
 * `right` repeat all zones; `localtime` and `posixrules` are what this machine was set to, not zones. */
static bool name_valid(str name)
{
    if (name.len == 0 || name.len > NAME_MAX_BYTES || name.ptr[0] == '/' || name.ptr[name.len - 1] == '/') {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!name_char(name.ptr[i]) || (name.ptr[i] == '/' && name.ptr[i - 1] == '/')) {
            return false;
        }
    }
    return !str_starts_with(name, STR("posix/")) && !str_starts_with(name, STR("right/")) &&
           !str_eq(name, STR("localtime")) && !str_eq(name, STR("posixrules"));
}

/* A row in the arena, or NULL. The caller holds the mutex. */
static const struct cal__zone *load(str name)
{
    struct arena scratch = ARENA_INIT;
    char *bytes = arena_alloc(&scratch, LIMIT_ZONE_BYTES + 1);
    ssize_t length = read_file(name, bytes, LIMIT_ZONE_BYTES + 1);
    struct cal__zone zone, *row = NULL;
    if (length >= 0 && length <= LIMIT_ZONE_BYTES && cal__zone_parse((str){ bytes, (size_t)length }, &arena, &zone)) {
        zone.name = arena_str(&arena, name);
        row = ARENA_NEW(&arena, struct cal__zone);
        *row = zone;
    }
    arena_release(&scratch);
    return row;
}

/* ---- The table ---- */

/* The slot that holds the name, or the free one where it would go. */
static uint32_t find_slot(str name, cal_zone *ret)
{
    uint32_t at = str_hash(name) % SLOTS;
    for (;; at = (at + 1) % SLOTS) {
        uint16_t number = atomic_load_explicit(&slots[at], memory_order_acquire);
        if (number == 0) {
            *ret = CAL_ZONE_NONE;
            return at;
        }
        if (str_eq(atomic_load_explicit(&rows[number - 1], memory_order_acquire)->name, name)) {
            *ret = CAL_ZONE_IANA + number - 1;
            return at;
        }
    }
}

/* Another thread may have been faster, so the slot is looked for again under the mutex. */
static cal_zone add_zone(str name)
{
    cal_zone zone;
    pthread_mutex_lock(&mutex);
    uint32_t slot = find_slot(name, &zone);
    if (zone == CAL_ZONE_NONE && row_count < ZONES_MAX) {
        const struct cal__zone *row = load(name);
        if (row != NULL) {
            zone = CAL_ZONE_IANA + row_count;
            atomic_store_explicit(&rows[row_count++], row, memory_order_release);
            atomic_store_explicit(&slots[slot], row_count, memory_order_release);
        }
    }
    pthread_mutex_unlock(&mutex);
    return zone;
}

bool cal_zone_find(str name, cal_zone *ret)
{
    cal_zone zone;
    if (!name_valid(name)) {
        return false;
    }
    find_slot(name, &zone);
    if (zone == CAL_ZONE_NONE) {
        zone = add_zone(name);
    }
    if (zone == CAL_ZONE_NONE) {
        return false;
    }
    *ret = zone;
    return true;
}

static const struct cal__zone *row_of(cal_zone zone)
{
    assert(zone >= CAL_ZONE_IANA && zone < CAL_ZONE_IANA + ZONES_MAX);
    const struct cal__zone *row = atomic_load_explicit(&rows[zone - CAL_ZONE_IANA], memory_order_acquire);
    assert(row != NULL);
    return row;
}

str cal_zone_name(cal_zone zone)
{
    return row_of(zone)->name;
}

/* ---- Offsets ---- */

/* Offset of a zone without a name. */
static int32_t plain_offset(cal_zone zone)
{
    assert(zone == CAL_ZONE_NONE || (zone >= -CAL_OFFSET_MAX && zone <= CAL_OFFSET_MAX));
    return zone == CAL_ZONE_NONE ? 0 : zone;
}

int32_t cal_zone_offset_at(cal_zone zone, int64_t utc_seconds)
{
    if (zone < CAL_ZONE_IANA) {
        return plain_offset(zone);
    }
    const struct cal__zone *row = row_of(zone);
    return cal__zone_lookup(row, row->utc, utc_seconds);
}

int32_t cal_zone_offset_local(cal_zone zone, int64_t wall_seconds)
{
    if (zone < CAL_ZONE_IANA) {
        return plain_offset(zone);
    }
    const struct cal__zone *row = row_of(zone);
    return cal__zone_lookup(row, row->wall, wall_seconds);
}

bool cal__zone_fixed(cal_zone zone, int32_t *ret)
{
    if (zone < CAL_ZONE_IANA) {
        *ret = plain_offset(zone);
        return true;
    }
    const struct cal__zone *row = row_of(zone);
    if (row->count > 0) {
        return false;
    }
    *ret = row->offset[0];
    return true;
}

/* ---- The version ---- */

static bool version_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

/* The word at the beginning of a file, behind `prefix`; false when it has none. */
static bool read_version(str file, str prefix)
{
    char text[64];
    ssize_t length = read_file(file, text, sizeof text);
    if (length < 0 || !str_starts_with((str){ text, (size_t)length }, prefix)) {
        return false;
    }
    size_t len = 0;
    const char *word = text + prefix.len, *end = text + length;
    while (word + len < end && len < sizeof version - 1 && version_char(word[len])) {
        len++;
    }
    memcpy(version, word, len);
    version[len] = '\0';
    return len > 0;
}

str cal_zone_version(void)
{
    pthread_mutex_lock(&mutex);
    if (version[0] == '\0' && !read_version(STR("tzdata.zi"), STR("# version ")) &&
        !read_version(STR("+VERSION"), STR(""))) {
        memcpy(version, "unknown", sizeof "unknown");
    }
    pthread_mutex_unlock(&mutex);
    return str_of(version);
}

void cal__zone_folder(const char *path)
{
    pthread_mutex_lock(&mutex);
    folder = path != NULL ? path : "/usr/share/zoneinfo";
    version[0] = '\0';
    pthread_mutex_unlock(&mutex);
}
