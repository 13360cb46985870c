/* pages: the templates of src/web/pages, compiled by tools/html2c.c. */
#include "pages.h"

#include "assets.h"

#include "pages.inc"
