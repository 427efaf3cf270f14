/*
 * The log: one line per event, `time level event key=value ...`, written whole
 * by one write(2).  Values are quoted when they hold anything but plain
 * characters, and control characters are escaped, so that no input can forge a
 * line.  No bodies and no credentials, at any level.  Safe from any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/buf.h"
#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Lines go to descriptor fd (not closed) from level up; start: 2, info. */
void log_init(int fd, enum log_level level);
void log_set_level(enum log_level level);
/* Goes on with another descriptor (log rotation). */
void log_reopen(int fd);
bool log_enabled(enum log_level level);
int log_level_parse(struct str word, enum log_level *out);

struct logline {
	struct buf text;
	bool on;
};

/* log_begin(&l, LOG_INFO, "request"); log_str(&l, "id", id); log_end(&l); */
void log_begin(struct logline *l, enum log_level level, const char *event);
void log_str(struct logline *l, const char *key, struct str value);
void log_cstr(struct logline *l, const char *key, const char *value);
void log_int(struct logline *l, const char *key, int64_t value);
void log_end(struct logline *l);

/* A line with one free text: log_note(LOG_WARN, "store", "cannot ... %s", x).
 */
void log_note(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
