/* font: fontconfig is told in memory which fonts there are, so that no configuration of the machine or of a user has a
 * say in what a document looks like. */
#include "paper/paper_int.h"

#include "text/utf8.h"

#include <fontconfig/fontconfig.h>

/* The cache is that which the packages of the fonts make when they are installed; without it fonts are read each time
 * the program starts. */
const char *const paper_folders[] = { "/usr/share/fonts", "/usr/local/share/fonts", "/var/cache/fontconfig", NULL };

static const char config[] =
    "<?xml version=\"1.0\"?><fontconfig>"
    "<dir>/usr/share/fonts</dir><dir>/usr/local/share/fonts</dir><cachedir>/var/cache/fontconfig</cachedir>"
    "<selectfont>"
    "<rejectfont><glob>*.*</glob></rejectfont>" /* files, not folders */
    "<acceptfont><glob>*/wqy-microhei.ttc</glob></acceptfont>"
    "<acceptfont><glob>*/NotoSansCJK-Regular.ttc</glob></acceptfont>"
    "</selectfont></fontconfig>";

enum error_code paper__load_fonts(struct error *err)
{
    FcConfig *fonts = FcConfigCreate();
    bool fine = fonts != NULL && FcConfigParseAndLoadFromMemory(fonts, (const FcChar8 *)config, FcTrue) &&
                FcConfigBuildFonts(fonts) && FcConfigSetCurrent(fonts);
    FcFontSet *set = fine ? FcConfigGetFonts(fonts, FcSetSystem) : NULL;
    int count = set != NULL ? set->nfont : 0;
    if (fonts != NULL) {
        FcConfigDestroy(fonts); /* the current one has a reference of its own */
    }
    if (count == 0) {
        error_set(err, ERROR_MISSING, "there is no font for Chinese");
        error_hint(err, "install the package fonts-wqy-microhei");
        return ERROR_MISSING;
    }
    return OK;
}

static enum error_code say_missing(gunichar c, struct error *err)
{
    struct buf character = BUF_INIT(8);
    utf8_put(&character, c);
    error_set(err, ERROR_INVALID, "no font has the character %s (U+%04X)", character.ptr, c);
    error_hint(err, "write it in another way, or install the package fonts-noto-cjk");
    buf_release(&character);
    return ERROR_INVALID;
}

/* The character of an unknown glyph, or 0: pango puts it into the number of the glyph. */
static gunichar unknown_character(const PangoGlyphString *glyphs)
{
    for (int i = 0; i < glyphs->num_glyphs; i++) {
        PangoGlyph g = glyphs->glyphs[i].glyph;
        if ((g & PANGO_GLYPH_UNKNOWN_FLAG) != 0 && g != PANGO_GLYPH_INVALID_INPUT) {
            return g & ~(PangoGlyph)PANGO_GLYPH_UNKNOWN_FLAG;
        }
    }
    return 0;
}

enum error_code paper__check_glyphs(PangoLayout *layout, struct error *err)
{
    if (pango_layout_get_unknown_glyphs_count(layout) == 0) {
        return OK;
    }
    PangoLayoutIter *iter = pango_layout_get_iter(layout);
    gunichar found = 0;
    do {
        const PangoLayoutRun *run = pango_layout_iter_get_run_readonly(iter);
        found = run != NULL ? unknown_character(run->glyphs) : 0;
    } while (found == 0 && pango_layout_iter_next_run(iter));
    pango_layout_iter_free(iter);
    return found != 0 ? say_missing(found, err) : OK;
}
