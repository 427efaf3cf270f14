/* Time: monotonic for intervals, wall for records.  Milliseconds. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
int64_t clock_wall_ms(void); /* since 1970-01-01 UTC */
/* The midnight before, where this machine is. */
int64_t clock_day_start(int64_t wall_ms);
/* "2026-01-31T12:00:00.123Z"; out has room for CLOCK_ISO_BYTES. */
enum { CLOCK_ISO_BYTES = 32 };
void clock_iso(int64_t wall_ms, char out[CLOCK_ISO_BYTES]);
/* The reverse, also without fraction and with an offset: 0 or -1. */
int clock_parse_iso(const char *text, int64_t *wall_ms);

#endif
