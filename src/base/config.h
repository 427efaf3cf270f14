/*
 * Settings as one table: each row has the name, type, range, default and help
 * text of a field of a struct; the file, the manual page and `config help` all
 * come from it.  File syntax: `name = value`, one a line, `#` starts a comment.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum config_type {
	CONFIG_STRING, /* char *, owned by the struct */
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
/* The whole file; the message names file, line and reason. */
int config_load(void *settings, const struct config_row *rows, size_t n,
		const char *path, struct err *e);
/* The commented sample file, made from the table. */
void config_sample(struct buf *out, const struct config_row *rows, size_t n);

#endif
