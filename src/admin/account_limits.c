/* Numbers and switches: who is picked, how much at once, how long, at what
 * price. */
#include "admin/account_json.h"
#include "admin/field.h"
#include "admin/price_json.h"

enum { DAY_MS = 24 * 3600 * 1000 };

struct number {
	const char *name;
	size_t at; /* of the int64_t */
	int64_t min, max;
};

static const struct number numbers[] = {
    {"priority", offsetof(struct account, priority), 1, 100},
    {"weight", offsetof(struct account, weight), 1, 1000},
    {"maxConcurrentTasks", offsetof(struct account, max_concurrent), 0,
     1000000},
    {"probeSeconds", offsetof(struct account, probe_seconds), 0, 3600},
    {"contextWindow", offsetof(struct account, context_window), 0, 1 << 30},
    {"maxOutputTokens", offsetof(struct account, max_output), 0, 1 << 30},
};

/* 0: the default of the configuration. */
static const struct number timeouts[] = {
    {"connectMs", offsetof(struct account, connect_ms), 0, DAY_MS},
    {"firstByteMs", offsetof(struct account, first_byte_ms), 0, DAY_MS},
    {"idleMs", offsetof(struct account, idle_ms), 0, DAY_MS},
    {"totalMs", offsetof(struct account, total_ms), 0, DAY_MS},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int64_t *number_at(const struct account *a, const struct number *f)
{
	return (int64_t *)((char *)a + f->at);
}

static int read_numbers(struct account *a, const cJSON *o,
			const struct number *fields, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (json_read_int(o, fields[i].name, fields[i].min,
				  fields[i].max, number_at(a, &fields[i]),
				  e) < 0)
			return -1;
	}
	return 0;
}

static int read_timeouts(struct account *a, const cJSON *body, struct err *e)
{
	const cJSON *o;

	if (field_object(body, "timeouts", &o, e) < 0)
		return -1;
	if (o && read_numbers(a, o, timeouts, COUNT(timeouts), e) < 0)
		return field_inside("timeouts", e);
	for (size_t i = 0; i < COUNT(timeouts); i++) {
		if (field_is_null(body, "timeouts"))
			*number_at(a, &timeouts[i]) = 0;
	}
	return 0;
}

static int read_pricing(struct account *a, const cJSON *body, struct err *e)
{
	const cJSON *o;

	if (field_object(body, "pricing", &o, e) < 0)
		return -1;
	if (!o && !field_is_null(body, "pricing"))
		return 0;
	a->priced = o != NULL;
	a->price = (struct price){0};
	if (o && price_read(o, &a->price, e) < 0)
		return field_inside("pricing", e);
	return 0;
}

int account_read_limits(struct account *a, const cJSON *body, struct err *e)
{
	if (read_numbers(a, body, numbers, COUNT(numbers), e) < 0 ||
	    json_read_bool(body, "isActive", &a->active, e) < 0 ||
	    json_read_bool(body, "schedulable", &a->schedulable, e) < 0 ||
	    read_timeouts(a, body, e) < 0)
		return -1;
	return read_pricing(a, body, e);
}

void account_write_limits(cJSON *o, const struct account *a)
{
	cJSON *sub;

	for (size_t i = 0; i < COUNT(numbers); i++)
		json_add_int(o, numbers[i].name, *number_at(a, &numbers[i]));
	cJSON_AddBoolToObject(o, "isActive", a->active);
	cJSON_AddBoolToObject(o, "schedulable", a->schedulable);
	sub = cJSON_AddObjectToObject(o, "timeouts");
	for (size_t i = 0; i < COUNT(timeouts); i++)
		json_add_int(sub, timeouts[i].name,
			     *number_at(a, &timeouts[i]));
	if (!a->priced) {
		cJSON_AddNullToObject(o, "pricing");
		return;
	}
	price_write(cJSON_AddObjectToObject(o, "pricing"), &a->price);
}
