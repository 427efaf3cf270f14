/*
 * Records as JSON by table: each row names a member of the JSON object and the
 * field of the struct behind it.
 */
#ifndef STORE_FIELDS_H
#define STORE_FIELDS_H

#include <stddef.h>

#include "base/json.h"

enum field_type {
	FIELD_TEXT,  /* char *, owned by the struct; NULL is left out */
	FIELD_CHARS, /* char[size], ended by NUL */
	FIELD_INT,   /* int64_t below 2^53 */
	FIELD_BOOL,  /* bool */
	FIELD_REAL   /* double */
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset, size;
};

void fields_write(cJSON *o, const struct field *rows, size_t n,
		  const void *record);
/* What is absent, of another type or too long leaves the field as it is. */
void fields_read(const cJSON *o, const struct field *rows, size_t n,
		 void *record);
void fields_copy(const struct field *rows, size_t n, void *to,
		 const void *from); /* over zeroed or unset fields */
void fields_release(const struct field *rows, size_t n, void *record);

/* Lists of texts; an empty list is left out. */
void texts_write(cJSON *o, const char *name, char *const *texts, size_t n);
void texts_read(const cJSON *o, const char *name, char ***texts, size_t *n);
char **texts_copy(char *const *texts, size_t n);
void texts_release(char **texts, size_t n);

/* Ceilings of one record on disk and of what is loaded as a list. */
enum { RECORD_MAX_BYTES = 1 << 20, LIST_MAX_RECORDS = 1 << 20 };

/* The text of the record, of version 1, in out (with RECORD_MAX_BYTES as its
 * ceiling); o is deleted.  ERR_TOO_LARGE. */
int record_print(cJSON *o, struct buf *out, struct err *e);
/* The object of a record on disk; NULL with ERR_INTERNAL when it is damaged or
 * of a newer version. */
cJSON *record_parse(struct str text, struct err *e);

#endif
