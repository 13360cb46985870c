/* chart_int: what the drawings share: the frame, texts, patterns. Lengths are pixels of the drawing. */
#ifndef GONGSHI_CHART_CHART_INT_H
#define GONGSHI_CHART_CHART_INT_H

#include "chart/chart.h"
#include "text/xml_write.h"

enum { CHART__WIDTH = 640, CHART__LINE = 20, CHART__SIZE = 13, CHART__EDGE = 8 };

struct chart__drawing {
    struct xml_writer w;
    const char *prefix;
};

/* Looks: 0 to LIMIT_CHART_SERIES - 1 are those of series, the tones stand behind them. */
enum { CHART__TONES = LIMIT_CHART_SERIES - 1, CHART__LOOKS = LIMIT_CHART_SERIES + 3 };

/* Begins <svg> with title and description, and the patterns of the series or, `toned`, of the tones; chart__end ends it
 * and tells whether it had room. `desc` is the text of the figures. */
void chart__begin(struct chart__drawing *d, int height, str title, str desc, const char *prefix, bool toned,
                  struct buf *out);
enum error_code chart__end(struct chart__drawing *d, struct error *err);

enum chart__anchor { CHART__START, CHART__MIDDLE, CHART__END };

void chart__text(struct chart__drawing *d, int64_t x, int64_t y, enum chart__anchor anchor, str text);
void chart__rect(struct chart__drawing *d, int64_t x, int64_t y, int64_t width, int64_t height, uint32_t look);
void chart__line(struct chart__drawing *d, int64_t x, int64_t y, int64_t to_x, int64_t to_y, bool dashed);
void chart__series_line(struct chart__drawing *d, int64_t x, int64_t y, int64_t to_x, int64_t to_y, uint32_t series);

/* The names of the series beside their looks, from y on; `looks` NULL: those of their places. */
void chart__legend(struct chart__drawing *d, const str *names, const uint32_t *looks, uint32_t count, int64_t y);

/* Of a text in CHART__SIZE. */
int64_t chart__width_of(str text);

/* The text cut to the width, with an ellipsis. */
str chart__fit(struct arena *a, str text, int64_t width);

/* A round number that is not below: 1, 2 or 5 times a power of ten. */
int64_t chart__round_up(int64_t n);

enum error_code chart__check(const struct chart *c, struct error *err);

/* All figures as one text, for the description. */
str chart__words(struct arena *a, const struct chart *c);

#endif
