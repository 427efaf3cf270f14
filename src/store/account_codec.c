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

/* All but the platform, what is sealed and the lists. */
static const struct field rows[] = {
    FIELD("id", FIELD_CHARS, id),
    FIELD("name", FIELD_TEXT, name),
    FIELD("description", FIELD_TEXT, description),
    FIELD("accountType", FIELD_TEXT, account_type),
    FIELD("address", FIELD_TEXT, address),
    FIELD("apiVersion", FIELD_TEXT, api_version),
    FIELD("protocol", FIELD_TEXT, protocol),
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
    FIELD("probeSeconds", FIELD_INT, probe_seconds),
    FIELD("connectMs", FIELD_INT, connect_ms),
    FIELD("firstByteMs", FIELD_INT, first_byte_ms),
    FIELD("idleMs", FIELD_INT, idle_ms),
    FIELD("totalMs", FIELD_INT, total_ms),
    FIELD("extraBody", FIELD_TEXT, extra_body),
    FIELD("options", FIELD_TEXT, options),
    FIELD("priced", FIELD_BOOL, priced),
    FIELD("priceInput", FIELD_REAL, price.input),
    FIELD("priceOutput", FIELD_REAL, price.output),
    FIELD("priceCacheRead", FIELD_REAL, price.cache_read),
    FIELD("priceCacheWrite", FIELD_REAL, price.cache_write),
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
	a->protocol = mem_strdup("openai");
	a->flavour = mem_strdup("auto");
	a->capabilities = CAP_ALL;
	a->priority = 50;
	a->weight = 1;
	a->active = true;
	a->schedulable = true;
}

static void wipe(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	mem_free(text);
}

void account_release(struct account *a)
{
	wipe(a->api_key);
	wipe(a->proxy);
	for (size_t i = 0; i < a->nmodels; i++) {
		mem_free(a->models[i].asked);
		mem_free(a->models[i].sent);
	}
	mem_free(a->models);
	for (size_t i = 0; i < a->nheaders; i++) {
		mem_free(a->headers[i].name);
		wipe(a->headers[i].value);
	}
	mem_free(a->headers);
	texts_release(a->groups, a->ngroups);
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
	copy->proxy = copy_text(a->proxy);
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
	copy->groups = texts_copy(a->groups, a->ngroups);
	copy->ngroups = a->ngroups;
	return copy;
}

/*
 * Sealed text is bound to the account and to its place in it, so that it can be
 * moved to neither another account nor another field.
 */
static struct str place(const struct account *a, const char *name,
			struct buf *out)
{
	buf_addf(out, "%s/%s", a->id, name);
	return buf_str(out);
}

/* NULL for NULL; the caller owns the tree. */
static cJSON *sealed_text(const struct account *a, const char *name,
			  const char *text, const struct secret_keys *keys)
{
	struct buf bound = BUF_INIT(RECORD_MAX_BYTES);
	struct buf sealed = BUF_INIT(RECORD_MAX_BYTES);
	cJSON *v;

	if (!text)
		return cJSON_CreateNull();
	secret_seal(keys, str_of(text), place(a, name, &bound), &sealed);
	v = cJSON_CreateString(buf_str(&sealed).p);
	buf_release(&sealed);
	buf_release(&bound);
	return v;
}

/* A list of pairs, order kept: [[first, second], ...]. */
static void add_pair(cJSON *list, const char *first, cJSON *second)
{
	cJSON *pair = cJSON_CreateArray();

	cJSON_AddItemToArray(pair, cJSON_CreateString(first));
	cJSON_AddItemToArray(pair, second);
	cJSON_AddItemToArray(list, pair);
}

static void write_lists(cJSON *o, const struct account *a,
			const struct secret_keys *keys)
{
	cJSON *list;

	if (a->nmodels) {
		list = cJSON_AddArrayToObject(o, "models");
		for (size_t i = 0; i < a->nmodels; i++)
			add_pair(list, a->models[i].asked,
				 a->models[i].sent
				     ? cJSON_CreateString(a->models[i].sent)
				     : cJSON_CreateNull());
	}
	if (a->nheaders) {
		/* Values may be credentials. */
		list = cJSON_AddArrayToObject(o, "headers");
		for (size_t i = 0; i < a->nheaders; i++)
			add_pair(list, a->headers[i].name,
				 sealed_text(a, a->headers[i].name,
					     a->headers[i].value, keys));
	}
}

int account_encode(const struct account *a, const struct secret_keys *keys,
		   struct buf *out, struct err *e)
{
	cJSON *o = cJSON_CreateObject();

	fields_write(o, rows, nrows, a);
	if ((unsigned)a->platform < PLATFORMS)
		cJSON_AddStringToObject(o, "platform",
					platform_word[a->platform]);
	json_add_int(o, "capabilities", a->capabilities);
	write_lists(o, a, keys);
	texts_write(o, "groups", a->groups, a->ngroups);
	cJSON_AddItemToObject(o, "sealedKey",
			      sealed_text(a, "apiKey", a->api_key, keys));
	cJSON_AddItemToObject(o, "sealedProxy",
			      sealed_text(a, "proxy", a->proxy, keys));
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

/* *text is what was sealed, NULL for NULL. */
static int unseal(const struct account *a, const char *name, const char *sealed,
		  const struct secret_keys *keys, char **text, struct err *e)
{
	struct buf bound = BUF_INIT(RECORD_MAX_BYTES);
	struct buf plain = BUF_INIT(RECORD_MAX_BYTES);
	int rc = 0;

	*text = NULL;
	if (sealed)
		rc = secret_open(keys, str_of(sealed), place(a, name, &bound),
				 &plain, e);
	if (sealed && rc == 0)
		*text = mem_strndup(buf_str(&plain).p, plain.len);
	if (plain.data)
		secret_wipe(plain.data, plain.len);
	buf_release(&plain);
	buf_release(&bound);
	return rc;
}

static void read_models(const cJSON *o, struct account *a)
{
	const cJSON *list, *v;
	size_t n;

	list = list_of(o, "models", &n);
	a->models = mem_array(n, sizeof(*a->models));
	cJSON_ArrayForEach(v, list)
	{
		struct account_model *m = &a->models[a->nmodels];

		a->nmodels += pair_read(v, &m->asked, &m->sent);
	}
}

static int read_headers(const cJSON *o, const struct secret_keys *keys,
			struct account *a, struct err *e)
{
	const cJSON *list, *v;
	char *sealed;
	size_t n;
	int rc = 0;

	list = list_of(o, "headers", &n);
	a->headers = mem_array(n, sizeof(*a->headers));
	cJSON_ArrayForEach(v, list)
	{
		struct account_header *h = &a->headers[a->nheaders];

		if (rc < 0 || !pair_read(v, &h->name, &sealed))
			continue;
		a->nheaders++;
		rc = unseal(a, h->name, sealed, keys, &h->value, e);
		mem_free(sealed);
		if (!h->value)
			h->value = mem_strdup("");
	}
	return rc;
}

static int read_sealed(const cJSON *o, const struct secret_keys *keys,
		       struct account *a, struct err *e)
{
	const char *key = json_string_or(o, "sealedKey", NULL);
	const char *proxy = json_string_or(o, "sealedProxy", NULL);

	if (unseal(a, "apiKey", key, keys, &a->api_key, e) < 0 ||
	    unseal(a, "proxy", proxy, keys, &a->proxy, e) < 0)
		return -1;
	return read_headers(o, keys, a, e);
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
	read_models(o, out);
	texts_read(o, "groups", &out->groups, &out->ngroups);
	rc = read_sealed(o, keys, out, e);
	cJSON_Delete(o);
	if (rc < 0)
		account_release(out);
	return rc;
}
