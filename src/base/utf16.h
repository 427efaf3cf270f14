/* The 16-bit units of JSON's \u escapes. */
#ifndef BASE_UTF16_H
#define BASE_UTF16_H

#include <stdbool.h>

/* The value of the four hex digits at p, or -1 when they are not there. */
int utf16_hex4(const unsigned char *p, const unsigned char *end);
bool utf16_is_high(int unit); /* first half of a surrogate pair */
bool utf16_is_low(int unit);  /* second half */

#endif
