/*
 * Settings as one table: each row has the name, type, range, default and help
 * text of a field of a struct; the installed file and the manual page come from
 * it.  File syntax: `name = value`, one a line, each name once; a line that
 * begins with `#` is a comment.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum config_type {
	CONFIG_STRING, /* char *, owned by the struct */
	CONFIG_PATH,   /* char *, absolute, of min to max bytes */
	CONFIG_INT,    /* int64_t, in [min, max] */
	CONFIG_BOOL,   /* bool: yes/no, true/false, on/off, 1/0 */
	CONFIG_WORD    /* char *, one of the words in choices ("a|b|c") */
};

struct config_row {
	const char *name;
	enum config_type type;
	size_t offset; /* of the field in the settings struct */
	int64_t min, max;
	const char *choices;
	const char *fallback; /* default, as it would be written in the file */
	const char *help;     /* one or two sentences, units included */
};

/* Sets every field to its default. */
void config_defaults(void *settings, const struct config_row *rows, size_t n);
void config_release(void *settings, const struct config_row *rows, size_t n);
/* One value; ERR_BAD_REQUEST with a reason. */
int config_set(void *settings, const struct config_row *rows, size_t n,
	       struct str name, struct str value, struct err *e);
/* The same value in both? Then the row's value from one to the other, and as
 * it would be written in the file. */
bool config_same(const void *a, const void *b, const struct config_row *row);
void config_copy(void *to, const void *from, const struct config_row *row);
void config_value(struct buf *out, const void *settings,
		  const struct config_row *row);
/*
 * The whole file.  Every error is added to report (which may be NULL) as a line
 * `file:line: reason`; e gets the first one and says how many there are.
 */
int config_load(void *settings, const struct config_row *rows, size_t n,
		const char *path, struct buf *report, struct err *e);
/* The sample file, made from the table: all is commented out. */
void config_sample(struct buf *out, const struct config_row *rows, size_t n);
/* The same as items of a mdoc(7) list. */
void config_manual(struct buf *out, const struct config_row *rows, size_t n);

#endif
