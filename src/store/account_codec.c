#include "store/account_codec.h"

#include <string.h>

#include "base/mem.h"
#include "store/fields.h"

enum { LIST_MAX = 10000 };

#define FIELD(name, type, field)                                               \
	{                                                                      \
		name, type, offsetof(struct account, field),                   \
		    sizeof(((struct account *)0)->field)                       \
	}

/* All but the platform, the credential and the lists. */
static const struct field rows[] = {
    FIELD("id", FIELD_CHARS, id),
    FIELD("name", FIELD_TEXT, name),
    FIELD("description", FIELD_TEXT, description),
    FIELD("accountType", FIELD_TEXT, account_type),
    FIELD("address", FIELD_TEXT, address),
    FIELD("apiVersion", FIELD_TEXT, api_version),
    FIELD("flavour", FIELD_TEXT, flavour),
    FIELD("detectedFlavour", FIELD_TEXT, detected_flavour),
    FIELD("deployment", FIELD_TEXT, deployment),
    FIELD("modelsAreMap", FIELD_BOOL, models_are_map),
    FIELD("priority", FIELD_INT, priority),
    FIELD("weight", FIELD_INT, weight),
    FIELD("maxConcurrent", FIELD_INT, max_concurrent),
    FIELD("active", FIELD_BOOL, active),
    FIELD("schedulable", FIELD_BOOL, schedulable),
    FIELD("contextWindow", FIELD_INT, context_window),
    FIELD("maxOutput", FIELD_INT, max_output),
    FIELD("connectMs", FIELD_INT, connect_ms),
    FIELD("firstByteMs", FIELD_INT, first_byte_ms),
    FIELD("idleMs", FIELD_INT, idle_ms),
    FIELD("totalMs", FIELD_INT, total_ms),
    FIELD("proxy", FIELD_TEXT, proxy),
    FIELD("extraBody", FIELD_TEXT, extra_body),
    FIELD("priced", FIELD_BOOL, priced),
    FIELD("priceInput", FIELD_REAL, price_input),
    FIELD("priceOutput", FIELD_REAL, price_output),
    FIELD("priceCacheRead", FIELD_REAL, price_cache_read),
    FIELD("priceCacheWrite", FIELD_REAL, price_cache_write),
    FIELD("createdMs", FIELD_INT, created_ms),
    FIELD("updatedMs", FIELD_INT, updated_ms),
};
static const size_t nrows = sizeof(rows) / sizeof(rows[0]);

static const char *const platform_word[] = {
    [PLATFORM_AZURE_OPENAI] = "azure-openai",
    [PLATFORM_OPENAI] = "openai",
    [PLATFORM_OPENAI_RESPONSES] = "openai-responses",
};
_Static_assert(sizeof(platform_word) / sizeof(platform_word[0]) == PLATFORMS,
	       "one word per platform");

void account_init(struct account *a)
{
	memset(a, 0, sizeof(*a));
	a->account_type = mem_strdup("shared");
	a->flavour = mem_strdup("auto");
	a->capabilities = CAP_ALL;
	a->priority = 50;
	a->weight = 1;
	a->active = true;
	a->schedulable = true;
}

static void wipe_credential(struct account *a)
{
	if (a->api_key)
		secret_wipe(a->api_key, strlen(a->api_key));
	mem_free(a->api_key);
	a->api_key = NULL;
}

void account_release(struct account *a)
{
	wipe_credential(a);
	for (size_t i = 0; i < a->nmodels; i++) {
		mem_free(a->models[i].asked);
		mem_free(a->models[i].sent);
	}
	mem_free(a->models);
	for (size_t i = 0; i < a->nheaders; i++) {
		mem_free(a->headers[i].name);
		mem_free(a->headers[i].value);
	}
	mem_free(a->headers);
	fields_release(rows, nrows, a);
	memset(a, 0, sizeof(*a));
}

static char *copy_text(const char *s)
{
	return s ? mem_strdup(s) : NULL;
}

struct account *account_copy(const struct account *a)
{
	struct account *copy = mem_zalloc(sizeof(*copy));

	fields_copy(rows, nrows, copy, a);
	copy->platform = a->platform;
	copy->capabilities = a->capabilities;
	copy->api_key = copy_text(a->api_key);
	copy->models = mem_array(a->nmodels, sizeof(*copy->models));
	for (size_t i = 0; i < a->nmodels; i++) {
		copy->models[i].asked = copy_text(a->models[i].asked);
		copy->models[i].sent = copy_text(a->models[i].sent);
	}
	copy->nmodels = a->nmodels;
	copy->headers = mem_array(a->nheaders, sizeof(*copy->headers));
	for (size_t i = 0; i < a->nheaders; i++) {
		copy->headers[i].name = copy_text(a->headers[i].name);
		copy->headers[i].value = copy_text(a->headers[i].value);
	}
	copy->nheaders = a->nheaders;
	return copy;
}

/* A list of pairs: [[asked, sent or null], ...], order kept. */
static void add_pair(cJSON *list, const char *first, const char *second)
{
	cJSON *pair = cJSON_CreateArray();

	cJSON_AddItemToArray(pair, cJSON_CreateString(first));
	cJSON_AddItemToArray(pair, second ? cJSON_CreateString(second)
					  : cJSON_CreateNull());
	cJSON_AddItemToArray(list, pair);
}

static void write_lists(cJSON *o, const struct account *a)
{
	cJSON *list;

	if (a->nmodels) {
		list = cJSON_AddArrayToObject(o, "models");
		for (size_t i = 0; i < a->nmodels; i++)
			add_pair(list, a->models[i].asked, a->models[i].sent);
	}
	if (a->nheaders) {
		list = cJSON_AddArrayToObject(o, "headers");
		for (size_t i = 0; i < a->nheaders; i++)
			add_pair(list, a->headers[i].name, a->headers[i].value);
	}
}

int account_encode(const struct account *a, const struct secret_keys *keys,
		   struct buf *out, struct err *e)
{
	struct buf sealed = BUF_INIT(RECORD_MAX_BYTES);
	cJSON *o = cJSON_CreateObject();

	fields_write(o, rows, nrows, a);
	if ((unsigned)a->platform < PLATFORMS)
		cJSON_AddStringToObject(o, "platform",
					platform_word[a->platform]);
	json_add_int(o, "capabilities", a->capabilities);
	write_lists(o, a);
	if (a->api_key) {
		secret_seal(keys, str_of(a->api_key), str_of(a->id), &sealed);
		if (sealed.data)
			cJSON_AddStringToObject(o, "sealedKey", sealed.data);
	}
	buf_release(&sealed);
	return record_print(o, out, e);
}

/* The two texts of a pair; the second may be null. */
static bool pair_read(const cJSON *pair, char **first, char **second)
{
	const cJSON *one = cJSON_IsArray(pair) ? pair->child : NULL;
	const cJSON *two = one ? one->next : NULL;

	if (!cJSON_IsString(one))
		return false;
	*first = mem_strdup(one->valuestring);
	*second = cJSON_IsString(two) ? mem_strdup(two->valuestring) : NULL;
	return true;
}

static const cJSON *list_of(const cJSON *o, const char *name, size_t *n)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(o, name);
	int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;

	*n = count <= LIST_MAX ? (size_t)count : 0;
	return *n ? list : NULL;
}

static void read_lists(const cJSON *o, struct account *a)
{
	const cJSON *list, *v;
	size_t n;

	list = list_of(o, "models", &n);
	a->models = mem_array(n, sizeof(*a->models));
	cJSON_ArrayForEach(
	    v, list) if (pair_read(v, &a->models[a->nmodels].asked,
				   &a->models[a->nmodels].sent)) a->nmodels++;
	list = list_of(o, "headers", &n);
	a->headers = mem_array(n, sizeof(*a->headers));
	cJSON_ArrayForEach(v, list)
	{
		struct account_header *h = &a->headers[a->nheaders];

		if (!pair_read(v, &h->name, &h->value))
			continue;
		if (!h->value)
			h->value = mem_strdup("");
		a->nheaders++;
	}
}

static int unseal(const cJSON *o, const struct secret_keys *keys,
		  struct account *a, struct err *e)
{
	const char *sealed = json_string_or(o, "sealedKey", NULL);
	struct buf plain = BUF_INIT(RECORD_MAX_BYTES);

	if (!sealed)
		return 0;
	if (secret_open(keys, str_of(sealed), str_of(a->id), &plain, e) < 0) {
		buf_release(&plain);
		return -1;
	}
	a->api_key = mem_strndup(plain.data ? plain.data : "", plain.len);
	if (plain.data)
		secret_wipe(plain.data, plain.len);
	buf_release(&plain);
	return 0;
}

static enum account_platform platform_of(const char *word)
{
	for (int i = 0; i < PLATFORMS; i++)
		if (strcmp(word, platform_word[i]) == 0)
			return (enum account_platform)i;
	return PLATFORM_OPENAI;
}

int account_decode(struct str text, const struct secret_keys *keys,
		   struct account *out, struct err *e)
{
	cJSON *o = record_parse(text, e);
	int64_t capabilities;
	int rc;

	memset(out, 0, sizeof(*out));
	if (!o)
		return -1;
	account_init(out);
	fields_read(o, rows, nrows, out);
	out->platform = platform_of(json_string_or(o, "platform", ""));
	capabilities = json_int_or(o, "capabilities", CAP_ALL);
	out->capabilities = (unsigned)(capabilities & CAP_ALL);
	read_lists(o, out);
	rc = unseal(o, keys, out, e);
	cJSON_Delete(o);
	if (rc < 0)
		account_release(out);
	return rc;
}
