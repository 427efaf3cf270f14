/*
 * What people read: tables and lists of fields, made of JSON by rows that name
 * its members.  Text of others is printed without control characters, so that
 * nobody's name can move the cursor.
 */
#ifndef CTL_PRINT_H
#define CTL_PRINT_H

#include "base/json.h"

enum column_kind {
	COLUMN_PLAIN, /* as the type of the value asks for */
	COLUMN_TIME,  /* ISO text or null: "never" */
	COLUMN_LIMIT, /* a number, 0: "none" */
	COLUMN_ANY    /* a list, empty: "any" */
};

struct column {
	const char *head;
	const char *path; /* of members: "usage.daily.requests" */
	enum column_kind kind;
};

/* One row for each element of the list; says so when there are none. */
void print_table(const cJSON *list, const struct column *columns, size_t n);
/* One line for each column. */
void print_fields(const cJSON *o, const struct column *columns, size_t n);
/* Compact, on one line. */
void print_json(const cJSON *v);
void print_line(const char *text);
/* "name: text" */
void print_named(const char *name, const char *text);
/* To standard error: "note: text" */
void print_note(const char *text);
/* One field of a list of fields, for values that are no members. */
void print_field(const char *head, const char *text);

/* Appends text of others with the harmful characters replaced. */
void print_safe(struct buf *out, struct str text);
/* The text of a cell; the caller frees it (mem_free). */
char *print_text(const cJSON *v, enum column_kind kind);
/* The member at a path; NULL when there is none. */
const cJSON *print_member(const cJSON *o, const char *path);
/* How many columns of a terminal the text takes. */
size_t print_width(const char *text);

#endif
