/* Any bytes as a package: the files are those of the form of bundles, without the line of the hash, or, where the bytes
 * are none, a manifest beside a small process. What loads is checked in both languages, compared with the package that
 * has nothing but the process, and written as a bundle, which must read back as the same. */
#include "fuzz.h"

#include "scheme/check.h"
#include "scheme/diff.h"

#include <assert.h>

#define PROCESS "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'><process id='zz'>" \
                "<startEvent id='s'/><endEvent id='e'/><sequenceFlow id='f' sourceRef='s' targetRef='e'/>" \
                "</process></definitions>"

/* The manifest, then, behind lines of "--- NAME", other files. */
static uint32_t split(str bytes, struct scheme_file *files, uint32_t max)
{
    uint32_t count = 0;
    files[count++] = (struct scheme_file){ STR("process/zz.bpmn"), STR(PROCESS) };
    str name = STR("scheme.json");
    while (count < max) {
        const char *mark = bytes.len == 0 ? NULL : memmem(bytes.ptr, bytes.len, "\n--- ", 5);
        size_t n = mark == NULL ? bytes.len : (size_t)(mark - bytes.ptr) + 1;
        files[count++] = (struct scheme_file){ name, str_slice(bytes, 0, n) };
        if (mark == NULL) {
            break;
        }
        bytes = str_slice(bytes, n + 4, bytes.len);
        const char *end = memchr(bytes.ptr, '\n', bytes.len);
        if (end == NULL) {
            break;
        }
        size_t length = (size_t)(end - bytes.ptr);
        name = str_slice(bytes, 0, length);
        bytes = str_slice(bytes, length + 1, bytes.len);
    }
    return count;
}

static void check(const struct scheme *s, struct arena *a)
{
    uint32_t english, chinese, there, back;
    const struct scheme *plain, *again;
    struct scheme_file file = { STR("process/zz.bpmn"), STR(PROCESS) };
    struct error err = { .lang = LANG_EN };
    scheme_check(s, a, LANG_EN, (cal_date){ 2026, 7, 1 }, &english);
    scheme_check(s, a, LANG_ZH, (cal_date){ 2026, 7, 1 }, &chinese);
    assert(english == chinese);
    assert(scheme_load(a, STR("x"), &file, 1, &plain, &err) == OK);
    scheme_diff(plain, s, a, LANG_EN, &there);
    scheme_diff(s, plain, a, LANG_ZH, &back);
    scheme_diff(s, s, a, LANG_EN, &there);
    assert(there == 0);
    struct buf bundle = BUF_INIT(1 << 26);
    scheme_write_bundle(s, &bundle);
    enum error_code code = scheme_read_bundle(a, buf_str(&bundle), &again, &err);
    assert(code != OK || strcmp(again->hash, s->hash) == 0);
    buf_release(&bundle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = ARENA_INIT;
    struct scheme_file files[16];
    struct error err = { .lang = LANG_EN };
    const struct scheme *s;
    uint32_t count = split((str){ (const char *)data, size }, files, 16);
    if (scheme_load(&a, STR("fuzz"), files, count, &s, &err) == OK) {
        check(s, &a);
    }
    scheme_read_bundle(&a, (str){ (const char *)data, size }, &s, &err);
    arena_release(&a);
    return 0;
}
