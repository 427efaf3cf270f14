#include "admin/price_json.h"

#include <stdio.h>
#include <string.h>

#include "admin/field.h"

static const struct {
	const char *name;
	size_t at;
} prices[] = {
    {"input", offsetof(struct price, input)},
    {"output", offsetof(struct price, output)},
    {"cacheRead", offsetof(struct price, cache_read)},
    {"cacheWrite", offsetof(struct price, cache_write)},
};
static const double price_max = 1e6;

static const struct {
	const char *name;
	size_t at;
} costs[] = {
    {"inputCost", offsetof(struct usage_totals, cost_input)},
    {"outputCost", offsetof(struct usage_totals, cost_output)},
    {"cacheCreateCost", offsetof(struct usage_totals, cost_cache_write)},
    {"cacheReadCost", offsetof(struct usage_totals, cost_cache_read)},
    {"totalCost", offsetof(struct usage_totals, cost)},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static double at(const void *record, size_t offset)
{
	return *(const double *)((const char *)record + offset);
}

int price_read(const cJSON *o, struct price *p, struct err *e)
{
	for (size_t i = 0; i < COUNT(prices); i++) {
		if (json_read_double(o, prices[i].name, 0, price_max,
				     (double *)((char *)p + prices[i].at),
				     e) < 0)
			return -1;
	}
	return 0;
}

void price_write(cJSON *o, const struct price *p)
{
	for (size_t i = 0; i < COUNT(prices); i++)
		cJSON_AddNumberToObject(o, prices[i].name, at(p, prices[i].at));
}

int price_check_model(const char *model, struct err *e)
{
	size_t n = strlen(model);
	const char *star = strchr(model, '*');

	if (n == 0 || n >= PRICE_MODEL_BYTES || field_has_controls(model))
		return err_set(e, ERR_BAD_REQUEST,
			       "model must have 1 to %d bytes without control "
			       "characters",
			       PRICE_MODEL_BYTES - 1);
	if (star && star[1])
		return err_set(e, ERR_BAD_REQUEST,
			       "model may have a * at its end only");
	return 0;
}

cJSON *price_json(const struct model_price *p)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "model", p->model);
	price_write(o, &p->price);
	field_add_time(o, "updatedAt", p->updated_ms);
	return o;
}

void costs_write(cJSON *o, const struct usage_totals *t)
{
	for (size_t i = 0; i < COUNT(costs); i++)
		cJSON_AddNumberToObject(o, costs[i].name, at(t, costs[i].at));
}

cJSON *costs_formatted(const struct usage_totals *t)
{
	cJSON *o = cJSON_CreateObject();

	for (size_t i = 0; i < COUNT(costs); i++) {
		double v = at(t, costs[i].at);
		char text[40];

		snprintf(text, sizeof(text), "$%.*f",
			 v >= 1 || v == 0 ? 2
			 : v >= 0.001	  ? 4
					  : 6,
			 v);
		cJSON_AddStringToObject(o, costs[i].name, text);
	}
	return o;
}
