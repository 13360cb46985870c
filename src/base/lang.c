/* lang: see lang.h. The table is made from po/zh.po by tools/po2c.c, sorted by the English text. */
#include "base/lang.h"

#include <string.h>

struct translation {
    const char *english, *chinese;
};

#include "po_zh.inc"

const char *lang_text(enum lang lang, const char *english)
{
    size_t low = 0, high = sizeof translations / sizeof translations[0];
    while (lang == LANG_ZH && low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(english, translations[middle].english);
        if (order == 0) {
            return translations[middle].chinese;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return english;
}

enum lang lang_from_name(const char *name)
{
    return name != NULL && strncmp(name, "zh", 2) == 0 ? LANG_ZH : LANG_EN;
}
