/*
 * JSON as a tree (cJSON): for records in the store and the admin interface,
 * never for what is relayed (base/jscan.h).  A tree has one owner, who calls
 * cJSON_Delete(); child pointers do not outlive it.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* An object or any other value; NULL with ERR_BAD_REQUEST when text is no
 * JSON, is nested deeper than 64 levels or has text after the value. */
cJSON *json_parse(struct str text, struct err *e);
/* As json_parse, but an empty text gives {} and anything but an object is an
 * error. */
cJSON *json_parse_object(struct str text, struct err *e);
/* Compact text, ended by NUL; the caller frees it with mem_free(). */
char *json_print(const cJSON *tree);
void json_append(struct buf *b, const cJSON *tree);

/*
 * Readers for input: absent or null leaves *out untouched and returns 0; a
 * wrong type or a value out of range returns -1 with ERR_BAD_REQUEST naming
 * the field.
 */
int json_read_bool(const cJSON *o, const char *key, bool *out, struct err *e);
int json_read_int(const cJSON *o, const char *key, int64_t min, int64_t max,
		  int64_t *out, struct err *e);
int json_read_double(const cJSON *o, const char *key, double min, double max,
		     double *out, struct err *e);
/* Copies at most max bytes to *out, freeing what was there (mem_free). */
int json_read_string(const cJSON *o, const char *key, size_t max, char **out,
		     struct err *e);
/* The member when it is an array (or object); NULL when absent or null. */
int json_read_array(const cJSON *o, const char *key, const cJSON **out,
		    struct err *e);

/* Readers for our own records: a default instead of an error. */
const char *json_string_or(const cJSON *o, const char *key, const char *or_);
int64_t json_int_or(const cJSON *o, const char *key, int64_t or_);
double json_double_or(const cJSON *o, const char *key, double or_);
bool json_bool_or(const cJSON *o, const char *key, bool or_);

/* Adds a number that keeps all digits up to 2^63. */
void json_add_int(cJSON *o, const char *key, int64_t v);

#endif
