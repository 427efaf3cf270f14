/* Case files: sections that begin with a line "=== NAME". */
#ifndef SUPPORT_SECTION_H
#define SUPPORT_SECTION_H

#include "base/buf.h"

/* The text up to the next line that begins with "=== ". */
struct str section_take(struct str *rest);
struct str section_trim(struct str s); /* without line ends at its end */
/* Appends text; \xHH, which is no escape of JSON, stands for a byte. */
void section_bytes(struct buf *out, struct str text);

#endif
