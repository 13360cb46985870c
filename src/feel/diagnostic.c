/* diagnostic: the words and sentences of diagnostic.def. */
#include "feel/feel_int.h"

#define DIAG(name, text) #name,
static const char *const names[] = {
#include "feel/diagnostic.def"
};
#undef DIAG

#define DIAG(name, text) text,
static const char *const texts[] = {
#include "feel/diagnostic.def"
};
#undef DIAG

const char *feel_diagnostic_name(enum feel_diagnostic_code code)
{
    assert(code < FEEL_DIAG_COUNT);
    return names[code];
}

void feel_diagnostic_print(const struct feel_diagnostic *d, enum lang lang, struct buf *out)
{
    assert(d->code < FEEL_DIAG_COUNT);
    size_t next = 0;
    for (const char *p = lang_text(lang, texts[d->code]); *p != '\0'; p++) {
        if (p[0] == '%' && p[1] == 's') {
            assert(next < sizeof d->args / sizeof d->args[0]);
            buf_addz(out, lang_text(lang, d->args[next++])); /* some are sentences of ours */
            p++;
        } else {
            buf_addc(out, *p);
        }
    }
}
