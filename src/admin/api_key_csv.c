#include "admin/api_key_csv.h"

#include "base/buf.h"

enum { TEXT_BYTES = 64 * 1024 };

static cJSON *joined(const cJSON *texts)
{
	struct buf text = BUF_INIT(TEXT_BYTES);
	const cJSON *v;
	cJSON *out;

	cJSON_ArrayForEach(v, texts)
	{
		if (text.len)
			buf_adds(&text, "; ");
		buf_adds(&text, v->valuestring);
	}
	out = cJSON_CreateString(text.len ? text.data : "");
	buf_release(&text);
	return out;
}

void api_key_flatten(cJSON *key)
{
	static const char *const lists[] = {
	    "tags", "allowedModels", "restrictedModels", "allowedClients"};
	static const char *const counts[] = {"requests", "errors", "allTokens"};
	cJSON *usage = cJSON_DetachItemFromObjectCaseSensitive(key, "usage");
	const cJSON *total = cJSON_GetObjectItemCaseSensitive(usage, "total");

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		cJSON_ReplaceItemInObjectCaseSensitive(
		    key, lists[i],
		    joined(cJSON_GetObjectItemCaseSensitive(key, lists[i])));
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		json_add_int(key, counts[i], json_int_or(total, counts[i], 0));
	cJSON_Delete(usage);
}
