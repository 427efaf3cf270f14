/* Tests that speak TAP: call ok() and is() freely, end with done_testing(). */
#ifndef SUPPORT_TAP_H
#define SUPPORT_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

bool ok(bool passed, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Compare and show both on a mismatch. */
bool is_str(struct str got, struct str want, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool is_text(struct str got, const char *want, const char *name);
bool is_int(int64_t got, int64_t want, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int done_testing(void); /* the plan; the exit status for main() */

#endif
