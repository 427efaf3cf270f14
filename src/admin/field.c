#include "admin/field.h"

#include <string.h>

#include "base/clock.h"

bool field_is_null(const cJSON *o, const char *key)
{
	return cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(o, key));
}

int field_object(const cJSON *o, const char *key, const cJSON **out,
		 struct err *e)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	*out = NULL;
	if (!v || cJSON_IsNull(v))
		return 0;
	if (!cJSON_IsObject(v))
		return err_set(e, ERR_BAD_REQUEST, "%s must be an object", key);
	*out = v;
	return 0;
}

bool field_has_controls(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	}
	return false;
}

int field_check_strings(const cJSON *list, const char *key, int max_items,
			size_t max, struct err *e)
{
	const cJSON *v;

	if (cJSON_GetArraySize(list) > max_items)
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must have at most %d entries", key,
			       max_items);
	cJSON_ArrayForEach(v, list)
	{
		if (!cJSON_IsString(v) || !v->valuestring[0] ||
		    strlen(v->valuestring) > max ||
		    field_has_controls(v->valuestring))
			return err_set(e, ERR_BAD_REQUEST,
				       "%s must hold strings of 1 to %zu "
				       "bytes without control characters",
				       key, max);
	}
	return 0;
}

int field_inside(const char *parent, struct err *e)
{
	struct err inner = *e;

	return err_set(e, inner.kind, "%s.%s", parent, inner.message);
}

void field_add_time(cJSON *o, const char *key, int64_t wall_ms)
{
	char iso[CLOCK_ISO_BYTES];

	if (wall_ms <= 0) {
		cJSON_AddNullToObject(o, key);
		return;
	}
	clock_iso(wall_ms, iso);
	cJSON_AddStringToObject(o, key, iso);
}
