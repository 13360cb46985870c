/* check_words: the English of a package: texts that have none, and English of texts that are there no more. A package
 * that has no words at all is in Chinese alone, and nothing is said. */
#include "scheme/check_int.h"

#include "text/utf8.h"

#include <stdlib.h>

enum { SHOWN = 90 };

struct place {
    str text, file;
    uint32_t line, order;
};

struct looking {
    struct scheme__checker *c;
    bool *used;           /* by entry of the words */
    struct place *lacking;
    uint32_t count, size;
};

/* A Chinese character or mark: what needs no English has none. By its first byte in UTF-8: from U+3000 up to the
 * scripts behind the Chinese, and all beyond 16 bits. */
static bool is_chinese(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if ((byte >= 0xE3 && byte <= 0xE9) || byte >= 0xF0) {
            return true;
        }
    }
    return false;
}

/* The beginning of the first line. */
static str shown(str text)
{
    const char *end = scheme__find_char(text, '\n');
    text = end == NULL ? text : str_slice(text, 0, (size_t)(end - text.ptr));
    return text.len > SHOWN ? str_slice(text, 0, utf8_valid_length(str_slice(text, 0, SHOWN))) : text;
}

static void take(void *context, str file, uint32_t line, str text)
{
    struct looking *l = context;
    int64_t at = words_find(l->c->s->words, text);
    if (at >= 0) {
        l->used[at] = true;
        return;
    }
    if (!is_chinese(text)) {
        return;
    }
    if (l->count == l->size) {
        uint32_t size = l->size == 0 ? 64 : l->size * 2;
        l->lacking = arena_grow(&l->c->scratch, l->lacking, l->size * sizeof *l->lacking, size * sizeof *l->lacking);
        l->size = size;
    }
    l->lacking[l->count] = (struct place){ text, file, line, l->count };
    l->count++;
}

static int by_text(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = str_cmp(x->text, y->text);
    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/* Each once, where it stands first. */
static void tell_lacking(struct looking *l)
{
    if (l->count > 1) {
        qsort(l->lacking, l->count, sizeof *l->lacking, by_text);
    }
    for (uint32_t i = 0; i < l->count; i++) {
        const struct place *p = &l->lacking[i];
        if (i == 0 || !str_eq(p->text, l->lacking[i - 1].text)) {
            scheme__find(l->c, SCHEME_FINDING_ENGLISH, p->file, p->line, "add it to words/en.json",
                         "\"%.*s\" has no English", STR_ARG(shown(p->text)));
        }
    }
}

/* A sentence with gaps is made of such pieces: one of some length that stands in it is enough. */
static void note_gapped(struct looking *l, str piece)
{
    enum { LONG = 6 }; /* two characters */
    for (uint32_t i = 0; piece.len >= LONG && is_chinese(piece) && i < words_count(l->c->s->words); i++) {
        struct words_entry e = words_entry(l->c->s->words, i);
        l->used[i] |= e.gapped && memmem(e.text.ptr, e.text.len, piece.ptr, piece.len) != NULL;
    }
}

/* The pieces of a file between these marks. */
static void note_between(struct looking *l, const struct scheme_file *f, str marks, bool gapped)
{
    size_t from = 0;
    for (size_t i = 0; i <= f->bytes.len; i++) {
        if (i == f->bytes.len || memchr(marks.ptr, f->bytes.ptr[i], marks.len) != NULL) {
            str piece = i > from ? str_trim(str_slice(f->bytes, from, i)) : STR("");
            int64_t at = piece.len > 0 ? words_find(l->c->s->words, piece) : -1;
            if (at >= 0) {
                l->used[at] = true;
            }
            if (gapped) {
                note_gapped(l, piece);
            }
            from = i + 1;
        }
    }
}

/* What rules and tables say reaches pages too: their texts, their cells, the names that contexts give to values. */
static void note_pieces(struct looking *l, const struct scheme_file *f)
{
    bool rules = scheme__ends_with(f->name, STR(".dmn"));
    note_between(l, f, STR("\"\\<>,\n\r"), rules || str_eq(f->name, STR("scheme.json")));
    if (rules) {
        note_between(l, f, STR("{}:,\n"), false);
    }
}

static void tell_stale(struct looking *l, str bytes)
{
    uint32_t line = 1, passed = 0;
    for (uint32_t i = 0; i < words_count(l->c->s->words); i++) {
        struct words_entry e = words_entry(l->c->s->words, i);
        if (!l->used[i]) {
            line = e.at < passed ? 1 : line;
            passed = e.at < passed ? 0 : passed;
            for (; passed < e.at; passed++) {
                line += bytes.ptr[passed] == '\n';
            }
            scheme__find(l->c, SCHEME_FINDING_WORDS, STR(SCHEME__WORDS), line,
                         "take it out, or mend it to the text as it is now",
                         "there is English for \"%.*s\", which is nowhere in the package", STR_ARG(shown(e.text)));
        }
    }
}

void scheme__check_words(struct scheme__checker *c)
{
    const struct scheme *s = c->s;
    const struct scheme_file *own = scheme__file(s, STR(SCHEME__WORDS));
    if (s->words == NULL) {
        return;
    }
    struct looking l = { .c = c, .used = ARENA_ARRAY(&c->scratch, bool, words_count(s->words)) };
    scheme__texts(s, take, &l);
    for (uint32_t i = 0; i < s->file_count; i++) {
        if (&s->files[i] != own && !str_starts_with(s->files[i].name, STR("tests/"))) {
            note_pieces(&l, &s->files[i]);
        }
    }
    tell_lacking(&l);
    tell_stale(&l, own->bytes);
}
