/* GET /admin/request-errors: what failed in a time, counted by class (the type
 * of error and the status) and by steps of that time. */
#include <string.h>

#include "admin/field.h"
#include "admin/ledger_list.h"
#include "admin/page.h"
#include "admin/reply.h"
#include "admin/routes.h"
#include "base/clock.h"

enum {
	CLASSES = 50, /* the rest is counted as one, "other" */
	STEPS_DEFAULT = 24,
	STEPS_MAX = 100,
	LOOK_MAX = 200000,
	DAY_MS = 24 * 3600 * 1000
};

struct class
{
	char error[64];
	enum ledger_outcome outcome;
	int32_t status;
	int64_t requests, last_ms, steps[STEPS_MAX];
	char last_id[LEDGER_ID_BYTES];
};

struct counting {
	struct ledger_list list;
	int64_t to_ms, steps, step_ms, errors;
	struct class classes[CLASSES];
	size_t n;
};

static struct class *class_of(struct counting *c, const struct ledger_row *row)
{
	struct class *one;

	for (size_t i = 0; i < c->n; i++) {
		one = &c->classes[i];
		if (one->status == row->status &&
		    one->outcome == row->outcome &&
		    strcmp(one->error, row->error) == 0)
			return one;
	}
	if (c->n == CLASSES)
		return &c->classes[CLASSES - 1];
	one = &c->classes[c->n++];
	one->outcome = row->outcome;
	if (c->n == CLASSES) {
		str_put(one->error, sizeof(one->error), STR("other"));
		return one;
	}
	memcpy(one->error, row->error, sizeof(one->error));
	one->status = row->status;
	return one;
}

static void count(void *ctx, const struct ledger_row *row)
{
	struct counting *c = ctx;
	int64_t step = (row->started_ms - c->list.from_ms) / c->step_ms;
	struct class *one;

	if (!ledger_list_ended(&c->list, row))
		return;
	c->errors++;
	one = class_of(c, row);
	if (!one->requests++) { /* rows come newest first */
		one->last_ms = row->started_ms;
		memcpy(one->last_id, row->request_id, sizeof(one->last_id));
	}
	one->steps[step < c->steps ? step : c->steps - 1]++;
}

static cJSON *class_json(const struct class *one, int64_t steps)
{
	cJSON *o = cJSON_CreateObject(), *list;

	cJSON_AddStringToObject(o, "error", one->error);
	json_add_int(o, "status", one->status);
	cJSON_AddStringToObject(o, "outcome",
				ledger_outcome_word(one->outcome));
	json_add_int(o, "requests", one->requests);
	field_add_time(o, "lastAt", one->last_ms);
	cJSON_AddStringToObject(o, "lastRequestId", one->last_id);
	list = cJSON_AddArrayToObject(o, "steps");
	for (int64_t i = 0; i < steps; i++)
		cJSON_AddItemToArray(list,
				     cJSON_CreateNumber((double)one->steps[i]));
	return o;
}

/* Of a day when no dates are given. */
static int read_query(struct request *r, struct counting *c, struct err *e)
{
	struct ledger_list *l = &c->list;

	c->steps = STEPS_DEFAULT;
	l->size = l->look = LOOK_MAX;
	l->every_end = true;
	if (page_read_int(r, "steps", 1, STEPS_MAX, &c->steps, e) < 0 ||
	    ledger_list_read(r, l, e) < 0)
		return -1;
	if (!l->outcomes)
		l->outcomes = 1u << OUTCOME_ERROR | 1u << OUTCOME_INTERRUPTED;
	c->to_ms = l->q.before_ms ? l->q.before_ms : clock_wall_ms() + 1;
	if (!l->from_ms)
		l->from_ms = c->to_ms - DAY_MS;
	if (l->from_ms >= c->to_ms)
		return err_set(e, ERR_BAD_REQUEST,
			       "startDate must be before endDate");
	c->step_ms = (c->to_ms - l->from_ms + c->steps - 1) / c->steps;
	return 0;
}

static cJSON *counts_json(const struct counting *c)
{
	cJSON *data = cJSON_CreateObject(), *list;

	field_add_time(data, "startDate", c->list.from_ms);
	field_add_time(data, "endDate", c->to_ms - 1);
	json_add_int(data, "stepMs", c->step_ms);
	json_add_int(data, "requests", c->list.n);
	json_add_int(data, "errors", c->errors);
	cJSON_AddBoolToObject(data, "partial", c->list.more);
	field_add_time(data, "lookedBackTo", c->list.oldest_ms);
	list = cJSON_AddArrayToObject(data, "classes");
	for (size_t i = 0; i < c->n; i++)
		cJSON_AddItemToArray(list,
				     class_json(&c->classes[i], c->steps));
	return data;
}

enum route_result request_errors_get(struct app *app, struct request *r,
				     const struct route_args *args)
{
	struct counting *c = arena_alloc(&r->arena, sizeof(*c));
	struct err e;

	(void)args;
	if (read_query(r, c, &e) < 0 ||
	    ledger_list_each(app, &c->list, count, c, &e) < 0)
		return reply_err(r, &e);
	return reply_data(r, counts_json(c), NULL);
}
