/* chart: figures as SVG, for a page and for print. Pure: the same figures give the same bytes.
 *
 * Vocabulary
 *   point    a name and one number for each series; a number that is not there is left out, and is no zero
 *   series   what is counted: a year, a kind; told apart by pattern and place, not by colour alone
 *   twin     the same figures as a table, which every chart has beside it for those who do not see it: the page writes
 *            it from the same struct, so that both cannot differ
 *   code     a QR code: an address for a telephone's camera
 *   grade    a part of a whole with the share that it should have: 1:3:1, or a quota
 *
 * Each drawing is one <svg> with <title> and <desc>, of role img; no script, no style sheet, no reference to anything
 * outside; texts are escaped. Widths of texts are estimated: a Chinese character is as wide as it is high, others half.
 *
 * Numbers are whole thousandths: 12.5 is 12500. So there are no floating-point numbers, and no rounding but that of a
 * coordinate.
 */
#ifndef GONGSHI_CHART_CHART_H
#define GONGSHI_CHART_CHART_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limit.h"

#define CHART_MISSING INT64_MIN

struct chart_point {
    str name;
    const int64_t *values; /* one for each series, in thousandths; CHART_MISSING: there is none */
};

struct chart {
    str title;   /* what is shown */
    str note;    /* of when, and how it is defined; part of the description */
    str unit;    /* behind each number; may be empty */
    const char *prefix; /* of ids, for pages with several drawings: letters and digits */
    const str *series;
    uint32_t series_count; /* 1 to LIMIT_CHART_SERIES */
    const struct chart_point *points;
    uint32_t point_count;  /* at most LIMIT_CHART_POINTS */
    enum lang lang;
};

/* Lying bars, one below the other, with their numbers at the end: names of any length can be read. ERROR_LIMIT beyond
 * LIMIT_CHART_POINTS or LIMIT_CHART_SERIES, and when a number is beyond 10^12. */
enum error_code chart_bars(const struct chart *c, struct buf *out, struct error *err);

/* Lines over the points in their order, such as months. A number that is missing breaks its line. */
enum error_code chart_lines(const struct chart *c, struct buf *out, struct error *err);

/* What a grade means, where it has a meaning that everybody knows: told by ink and by a mark before its name, ● ▲ ■. */
enum chart_tone { CHART_PLAIN, CHART_GOOD, CHART_FAIR, CHART_BAD };

struct chart_grade {
    str name;
    enum chart_tone tone;
    int64_t count;
    int64_t wanted; /* its share by the rule, such as 1, 3, 1; 0: none is said */
};

struct chart_shape {
    str title, note;
    const char *prefix;
    const struct chart_grade *grades; /* from the best on; at most LIMIT_CHART_SERIES */
    uint32_t grade_count;
    enum lang lang;
};

/* One strip, cut as the grades are, and below it, where shares are wanted, the strip that the rule asks for. */
enum error_code chart_strip(const struct chart_shape *s, struct buf *out, struct error *err);

/* The grades as steps above each other, each as wide as it is large: with most in the middle a diamond (橄榄形), with
 * most at the bottom a pyramid. The dashed outline is what the rule asks for. */
enum error_code chart_steps(const struct chart_shape *s, struct buf *out, struct error *err);

/* A QR code in a square of `size` modules, the white border counted: the outline of what is black, as the `d` of a
 * <path> in a viewBox of that size, on white. The page writes the element, with the text beside it for those who have
 * no camera. In the arena; at most LIMIT_PAPER_QR bytes of text, else ERROR_LIMIT. */
struct chart_code {
    uint32_t size;
    str path;
};
enum error_code chart_code(str text, struct arena *a, struct chart_code *ret, struct error *err);

/* A number as people read it: thousandths without idle zeros, the unit behind it; "—" when it is missing. */
void chart_write_number(int64_t thousandths, str unit, struct buf *out);

#endif
