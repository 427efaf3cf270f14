/* Checks shared by the readers of JSON fields. */
#ifndef ADMIN_FIELD_H
#define ADMIN_FIELD_H

#include "base/json.h"

/* The member is there and null: the field is to be emptied. */
bool field_is_null(const cJSON *o, const char *key);
/* The member when it is an object (NULL: absent or null); -1 otherwise. */
int field_object(const cJSON *o, const char *key, const cJSON **out,
		 struct err *e);
/* Every string of the list has 1 to max bytes and no control characters, and
 * there are at most max_items. */
int field_check_strings(const cJSON *list, const char *key, int max_items,
			size_t max, struct err *e);
bool field_has_controls(const char *text);
/* Puts "parent." in front of a message that names a member of parent. */
int field_inside(const char *parent, struct err *e);
/* An ISO date or null. */
void field_add_time(cJSON *o, const char *key, int64_t wall_ms);

#endif
