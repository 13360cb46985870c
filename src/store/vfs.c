/* vfs: a layer below SQLite and above the operating system, over SQLite's own file layer. It does three things.
 *
 * Checksums. The last eight bytes of each page of a database are a checksum of the others and of the page's number; it
 * is written with the page and proven whenever the page is read. So a bit that flipped on the disk, and a page that was
 * written to the wrong place, are found before anybody is served from them. A page in the WAL is proven by the WAL's
 * own checksums, which SQLite itself looks at only when it recovers: each frame has the sum over all frames up to it,
 * so a frame is proven with the one before it. That holds because the writer never writes a frame twice (its cache
 * does not spill).
 *
 * Gathering. SQLite writes a commit into the WAL in pieces of 24 and 4096 bytes, some hundreds of them; they are
 * gathered and written in large ones when the commit is flushed, which halves its cost. Nobody else looks at them
 * before: readers learn of a commit only after the flush.
 *
 * Faults, for tests: the nth operation fails. See store__fault_set.
 */
#include "base/arena.h"
#include "store/store_int.h"

#include <errno.h>
#include <sqlite3.h>

/* ---- Faults ---- */

static atomic_int fault_kind, fault_sticky;
static atomic_llong fault_nth, fault_count;

void store__fault_set(enum store_fault fault, int64_t nth, bool sticky)
{
    atomic_store(&fault_kind, STORE_FAULT_NONE);
    atomic_store(&fault_count, 0);
    atomic_store(&fault_nth, nth);
    atomic_store(&fault_sticky, sticky);
    atomic_store(&fault_kind, (int)fault);
}

int64_t store__fault_seen(void)
{
    return atomic_load(&fault_count);
}

/* Full disks and short writes concern only what writes. */
static enum store_fault next_fault(bool writes)
{
    enum store_fault kind = (enum store_fault)atomic_load_explicit(&fault_kind, memory_order_relaxed);
    if (kind == STORE_FAULT_NONE || (kind != STORE_FAULT_IO && !writes)) {
        return STORE_FAULT_NONE;
    }
    int64_t n = atomic_fetch_add(&fault_count, 1) + 1, nth = atomic_load(&fault_nth);
    return n == nth || (n > nth && atomic_load(&fault_sticky)) ? kind : STORE_FAULT_NONE;
}

int store__fault_now(bool writes)
{
    switch (next_fault(writes)) {
    case STORE_FAULT_NONE: return 0;
    case STORE_FAULT_IO: return EIO;
    case STORE_FAULT_FULL: case STORE_FAULT_SHORT: return ENOSPC;
    }
    return 0;
}

/* The result of an operation that must fail with `rc` in case of an I/O error; SQLITE_OK: go on. */
static int fault(bool writes, int rc)
{
    enum store_fault kind = next_fault(writes);
    return kind == STORE_FAULT_NONE ? SQLITE_OK : kind == STORE_FAULT_IO ? rc : SQLITE_FULL;
}

/* ---- Checksums ---- */

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

/* Little-endian. */
static uint64_t get_u64(const unsigned char *p)
{
    uint64_t n;
    memcpy(&n, p, sizeof n);
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(n) : n;
}

/* Four lanes of multiplying and turning, as in xxHash. Each step is one-to-one in what it takes in, so a single changed
 * word always changes the sum. */
static uint64_t page_sum(const unsigned char *page, uint64_t number)
{
    static const uint64_t odd = 0x9E3779B185EBCA87u, other = 0xC2B2AE3D27D4EB4Fu;
    uint64_t lanes[4] = { number + odd, number ^ other, number, ~number };
    size_t words = (STORE_PAGE - STORE_PAGE_SUM) / 8;
    for (size_t i = 0; i < words; i++) {
        lanes[i % 4] = rotate((lanes[i % 4] ^ get_u64(page + 8 * i)) * odd, 29) * other;
    }
    return rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
}

static bool is_zero(const unsigned char *page)
{
    return page[0] == 0 && memcmp(page, page + 1, STORE_PAGE - 1) == 0;
}

bool store__page_sound(const void *page, uint64_t number)
{
    const unsigned char *p = page;
    return get_u64(p + STORE_PAGE - STORE_PAGE_SUM) == page_sum(p, number) || is_zero(p);
}

/* ---- The WAL ---- */

/* ---- Files ---- */

enum role { OTHER, DATABASE, WAL };

struct file {
    sqlite3_file base;
    enum role role;
    int big;             /* of the WAL: the byte order of its sums; -1: not read yet */
    struct arena arena;  /* of the writer's WAL: holds `gathered` */
    char *gathered;      /* GATHER bytes; NULL until the first write */
    size_t waiting;      /* of them, to be written at `place` */
    sqlite3_int64 place;
    sqlite3_file real[]; /* SQLite's own, which follows in memory */
};

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct file *)f)->real;
}

/* Below the 128 KiB that SQLite's file layer takes at once. */
enum { GATHER = 31 * STORE_FRAME };

/* Writes what was gathered. */
static int spill(struct file *f)
{
    size_t size = f->waiting;
    if (size == 0) {
        return SQLITE_OK;
    }
    f->waiting = 0;
    enum store_fault kind = next_fault(true);
    if (kind == STORE_FAULT_SHORT) {
        f->real->pMethods->xWrite(f->real, f->gathered, (int)(size / 2), f->place);
    }
    if (kind != STORE_FAULT_NONE) {
        return kind == STORE_FAULT_IO ? SQLITE_IOERR_WRITE : SQLITE_FULL;
    }
    return f->real->pMethods->xWrite(f->real, f->gathered, (int)size, f->place);
}

static int gather(struct file *f, const void *from, size_t size, sqlite3_int64 offset)
{
    if (f->gathered == NULL) {
        f->gathered = arena_alloc(&f->arena, GATHER);
    }
    int rc = SQLITE_OK;
    if (offset != f->place + (sqlite3_int64)f->waiting || size > GATHER - f->waiting) {
        rc = spill(f);
        f->place = offset;
    }
    memcpy(f->gathered + f->waiting, from, size);
    f->waiting += size;
    return rc;
}

static int close_file(sqlite3_file *base)
{
    struct file *f = (struct file *)base;
    int rc = spill(f), closed = f->real->pMethods->xClose(f->real);
    arena_release(&f->arena);
    return rc == SQLITE_OK ? closed : rc;
}

static int wal_order(struct file *f)
{
    unsigned char magic[4];
    if (f->big < 0 && f->real->pMethods->xRead(f->real, magic, sizeof magic, 0) == SQLITE_OK) {
        f->big = magic[3] & 1;
    }
    return f->big > 0;
}

/* Proves the page of a frame, which lies at `offset`. */
static int prove_frame(struct file *f, const void *page, sqlite3_int64 offset)
{
    unsigned char head[STORE_FRAME_HEAD], before[8];
    sqlite3_int64 at = offset - STORE_FRAME_HEAD, sum_at = at == STORE_WAL_HEAD ? 24 : at - STORE_FRAME + 16;
    int rc = f->real->pMethods->xRead(f->real, head, sizeof head, at);
    rc = rc == SQLITE_OK ? f->real->pMethods->xRead(f->real, before, sizeof before, sum_at) : rc;
    if (rc != SQLITE_OK) {
        return rc;
    }
    bool big = wal_order(f);
    uint32_t sum[2] = { store__get_big(before), store__get_big(before + 4) };
    return store__wal_frame_sound(sum, head, page, big) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

static int read_file(sqlite3_file *base, void *into, int size, sqlite3_int64 offset)
{
    struct file *f = (struct file *)base;
    int rc = spill(f);
    rc = rc == SQLITE_OK ? fault(false, SQLITE_IOERR_READ) : rc;
    rc = rc == SQLITE_OK ? f->real->pMethods->xRead(f->real, into, size, offset) : rc;
    if (rc != SQLITE_OK || size != STORE_PAGE) {
        return rc;
    }
    if (f->role == DATABASE && offset % STORE_PAGE == 0) {
        return store__page_sound(into, (uint64_t)offset / STORE_PAGE) ? SQLITE_OK : SQLITE_IOERR_DATA;
    }
    if (f->role == WAL && offset > STORE_WAL_HEAD && (offset - STORE_WAL_HEAD) % STORE_FRAME == STORE_FRAME_HEAD) {
        return prove_frame(f, into, offset);
    }
    return SQLITE_OK;
}

/* A copy, because the bytes belong to SQLite's cache. */
static int write_page(struct file *f, const void *from, sqlite3_int64 offset)
{
    unsigned char page[STORE_PAGE];
    memcpy(page, from, sizeof page);
    uint64_t sum = page_sum(page, (uint64_t)offset / STORE_PAGE);
    for (int i = 0; i < STORE_PAGE_SUM; i++) {
        page[STORE_PAGE - STORE_PAGE_SUM + i] = (unsigned char)(sum >> 8 * i);
    }
    return f->real->pMethods->xWrite(f->real, page, STORE_PAGE, offset);
}

static int write_file(sqlite3_file *base, const void *from, int size, sqlite3_int64 offset)
{
    struct file *f = (struct file *)base;
    if (f->role == WAL && size <= STORE_PAGE) {
        f->big = offset == 0 ? -1 : f->big;
        return gather(f, from, (size_t)size, offset);
    }
    enum store_fault kind = next_fault(true);
    if (kind == STORE_FAULT_SHORT) {
        f->real->pMethods->xWrite(f->real, from, size / 2, offset);
    }
    if (kind != STORE_FAULT_NONE) {
        return kind == STORE_FAULT_IO ? SQLITE_IOERR_WRITE : SQLITE_FULL;
    }
    if (f->role == DATABASE && size == STORE_PAGE && offset % STORE_PAGE == 0) {
        return write_page(f, from, offset);
    }
    return f->real->pMethods->xWrite(f->real, from, size, offset);
}

static int truncate_file(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = spill((struct file *)f);
    rc = rc == SQLITE_OK ? fault(false, SQLITE_IOERR_TRUNCATE) : rc;
    return rc == SQLITE_OK ? real_of(f)->pMethods->xTruncate(real_of(f), size) : rc;
}

static int sync_file(sqlite3_file *f, int flags)
{
    int rc = spill((struct file *)f);
    rc = rc == SQLITE_OK ? fault(false, SQLITE_IOERR_FSYNC) : rc;
    return rc == SQLITE_OK ? real_of(f)->pMethods->xSync(real_of(f), flags) : rc;
}

static int file_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    int rc = spill((struct file *)f);
    rc = rc == SQLITE_OK ? fault(false, SQLITE_IOERR_FSTAT) : rc;
    return rc == SQLITE_OK ? real_of(f)->pMethods->xFileSize(real_of(f), ret) : rc;
}

static int lock_file(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int unlock_file(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int check_lock(sqlite3_file *f, int *ret)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret);
}

static int control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int sector_size(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int characteristics(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

/* The index of the WAL, in memory that threads share. When the disk is full it cannot grow, and that would be found
 * after a commit has been written: too late. So it gets its room at once, for a WAL of 128 MiB. */
enum { REGIONS = 8 };

static int map_shared(sqlite3_file *f, int region, int size, int extend, void volatile **ret)
{
    int rc = fault(extend != 0, SQLITE_IOERR_SHMMAP);
    if (rc == SQLITE_OK && region == 0 && extend != 0) {
        rc = real_of(f)->pMethods->xShmMap(real_of(f), REGIONS - 1, size, extend, ret);
    }
    return rc == SQLITE_OK ? real_of(f)->pMethods->xShmMap(real_of(f), region, size, extend, ret) : rc;
}

static int lock_shared(sqlite3_file *f, int offset, int count, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), offset, count, flags);
}

static void barrier_shared(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int unmap_shared(sqlite3_file *f, int remove)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

/* Version 2: without the methods for mmap. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_lock,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = barrier_shared,
    .xShmUnmap = unmap_shared,
};

/* ---- The VFS ---- */

static sqlite3_vfs vfs; /* a copy of the default one with other xOpen and xDelete; SQLite keeps one list per process */
static sqlite3_vfs *below;

static int open_file(sqlite3_vfs *self, const char *name, sqlite3_file *base, int flags, int *ret_flags)
{
    struct file *f = (struct file *)base;
    (void)self;
    f->base.pMethods = NULL;
    f->role = (flags & SQLITE_OPEN_MAIN_DB) != 0 ? DATABASE : (flags & SQLITE_OPEN_WAL) != 0 ? WAL : OTHER;
    f->big = -1;
    f->arena = (struct arena)ARENA_INIT;
    f->gathered = NULL;
    f->waiting = 0;
    f->place = 0;
    int rc = fault(false, SQLITE_CANTOPEN);
    rc = rc == SQLITE_OK ? below->xOpen(below, name, f->real, flags, ret_flags) : rc;
    if (rc == SQLITE_OK) {
        f->base.pMethods = &methods;
    }
    return rc;
}

static int delete_file(sqlite3_vfs *self, const char *name, int sync)
{
    (void)self;
    int rc = fault(false, SQLITE_IOERR_DELETE);
    return rc == SQLITE_OK ? below->xDelete(below, name, sync) : rc;
}

static void make_vfs(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* its counters have one lock for all threads */
    below = sqlite3_vfs_find(NULL);
    vfs = *below;
    vfs.zName = "gongshi";
    vfs.szOsFile = (int)sizeof(struct file) + below->szOsFile;
    vfs.pNext = NULL;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    sqlite3_vfs_register(&vfs, 0);
}

const char *store__vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_vfs);
    return vfs.zName;
}
