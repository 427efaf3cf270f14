#include "admin/api_key_tags.h"

#include <stdlib.h>
#include <string.h>

#include "admin/reply.h"
#include "admin/routes.h"
#include "base/mem.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* *n of them, borrowed from the keys; to be freed. */
static const char **all_tags(const struct api_key *keys, size_t nkeys,
			     size_t *n)
{
	const char **tags;
	size_t total = 0;

	*n = 0;
	for (size_t i = 0; i < nkeys; i++)
		total += keys[i].ntags;
	tags = mem_array(total, sizeof(const char *));
	for (size_t i = 0; i < nkeys; i++) {
		for (size_t j = 0; !keys[i].deleted_ms && j < keys[i].ntags;
		     j++)
			tags[(*n)++] = keys[i].tags[j];
	}
	qsort(tags, *n, sizeof(const char *), by_text);
	return tags;
}

static cJSON *counted(const char *tag, size_t count)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "name", tag);
	json_add_int(o, "count", (int64_t)count);
	return o;
}

cJSON *api_key_tags_json(const struct api_key *keys, size_t n, bool counts)
{
	size_t ntags, next;
	const char **tags = all_tags(keys, n, &ntags);
	cJSON *list = cJSON_CreateArray();

	for (size_t i = 0; i < ntags; i = next) {
		next = i + 1;
		while (next < ntags && strcmp(tags[next], tags[i]) == 0)
			next++;
		cJSON_AddItemToArray(list, counts
					       ? counted(tags[i], next - i)
					       : cJSON_CreateString(tags[i]));
	}
	mem_free(tags);
	return list;
}

static enum route_result answer(struct app *app, struct request *r, bool counts)
{
	const struct api_key *list;
	cJSON *data;
	struct err e;
	size_t n;

	if (store_api_keys_borrow(app->store, &list, &n, &e) < 0)
		return reply_err(r, &e);
	data = api_key_tags_json(list, n, counts);
	store_api_keys_return(app->store);
	return reply_data(r, data, NULL);
}

enum route_result api_key_tags(struct app *app, struct request *r,
			       const struct route_args *args)
{
	(void)args;
	return answer(app, r, false);
}

enum route_result api_key_tag_counts(struct app *app, struct request *r,
				     const struct route_args *args)
{
	(void)args;
	return answer(app, r, true);
}
