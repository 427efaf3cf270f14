#include "admin/api_key_expiry.h"

#include <string.h>

#include "admin/field.h"
#include "base/clock.h"
#include "base/mem.h"

enum {
	WORD_BYTES = 64,
	UNITS_MAX = 36500,
	HOUR_MS = 3600 * 1000,
	DAY_HOURS = 24
};

static int read_date(struct api_key *k, const cJSON *body, struct err *e)
{
	char *text = NULL;
	int rc = 0;

	if (json_read_string(body, "expiresAt", WORD_BYTES, &text, e) < 0)
		return -1;
	if ((text && !text[0]) || field_is_null(body, "expiresAt"))
		k->expires_ms = 0;
	else if (text && (clock_parse_iso(text, &k->expires_ms) < 0 ||
			  k->expires_ms <= 0))
		rc = err_set(e, ERR_BAD_REQUEST,
			     "expiresAt must be a date such as "
			     "2030-01-31T12:00:00Z, or null");
	mem_free(text);
	return rc;
}

/* One of two words; absent: as it was. */
static int read_word(const cJSON *body, const char *name,
		     const char *const words[2], bool *second, struct err *e)
{
	char *text = NULL;
	int rc = 0;

	if (json_read_string(body, name, WORD_BYTES, &text, e) < 0)
		return -1;
	if (text && (strcmp(text, words[0]) == 0 || !text[0]))
		*second = false;
	else if (text && strcmp(text, words[1]) == 0)
		*second = true;
	else if (text)
		rc = err_set(e, ERR_BAD_REQUEST, "%s must be %s or %s", name,
			     words[0], words[1]);
	mem_free(text);
	return rc;
}

/* Whole days are shown as days, the rest as hours. */
static bool in_hours(const struct api_key *k)
{
	return k->activation_ms % ((int64_t)DAY_HOURS * HOUR_MS) != 0;
}

static int64_t units(const struct api_key *k)
{
	return k->activation_ms / HOUR_MS / (in_hours(k) ? 1 : DAY_HOURS);
}

int api_key_read_expiry(struct api_key *k, const cJSON *body, struct err *e)
{
	static const char *const modes[2] = {"fixed", "activation"};
	static const char *const scales[2] = {"days", "hours"};
	bool by_use = k->activation_ms != 0, hours = in_hours(k);
	int64_t n = units(k);

	if (read_word(body, "expirationMode", modes, &by_use, e) < 0 ||
	    read_word(body, "activationUnit", scales, &hours, e) < 0 ||
	    json_read_int(body, "activationDays", 0, UNITS_MAX, &n, e) < 0)
		return -1;
	if (by_use && n == 0)
		return err_set(e, ERR_BAD_REQUEST,
			       "activationDays: expirationMode activation "
			       "needs how long the key lasts");
	k->activation_ms = by_use ? n * HOUR_MS * (hours ? 1 : DAY_HOURS) : 0;
	if (read_date(k, body, e) < 0)
		return -1;
	if (by_use && !k->activated_ms)
		k->expires_ms = 0; /* its first use sets it */
	return 0;
}

void api_key_write_expiry(cJSON *o, const struct api_key *k)
{
	bool by_use = k->activation_ms != 0;

	cJSON_AddStringToObject(o, "expirationMode",
				by_use ? "activation" : "fixed");
	json_add_int(o, "activationDays", units(k));
	cJSON_AddStringToObject(o, "activationUnit",
				in_hours(k) ? "hours" : "days");
	cJSON_AddBoolToObject(o, "isActivated", !by_use || k->activated_ms);
	field_add_time(o, "activatedAt", k->activated_ms);
	field_add_time(o, "expiresAt", k->expires_ms);
}
