/* Fixed extra headers of an account. */
#include <string.h>

#include "admin/account_json.h"
#include "admin/field.h"
#include "admin/mask.h"
#include "base/mem.h"

enum { HEADERS_MAX = 16, NAME_MAX_BYTES = 100, VALUE_MAX_BYTES = 4096 };

/* Headers that belong to the transfer itself. */
static const char *const own_names[] = {"host",
					"content-length",
					"content-type",
					"accept",
					"accept-encoding",
					"connection",
					"keep-alive",
					"te",
					"trailer",
					"upgrade",
					"expect",
					"proxy-connection",
					"transfer-encoding"};
/* Set from apiKey, and free only without one. */
static const char *const key_names[] = {"authorization", "api-key"};
/* Parts of names of headers whose values are secrets. */
static const char *const secret_parts[] = {"auth",   "key",    "token",
					   "secret", "cookie", "password"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool is_one_of(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_ieq(str_of(name), str_of(list[i])))
			return true;
	}
	return false;
}

static bool is_secret(const char *name)
{
	for (size_t i = 0; i < COUNT(secret_parts); i++) {
		if (str_ifind(str_of(name), str_of(secret_parts[i])) !=
		    SIZE_MAX)
			return true;
	}
	return false;
}

/* RFC 9110 5.6.2. */
static bool is_token(const char *name)
{
	return name[0] && strlen(name) <= NAME_MAX_BYTES &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789!#$%&'*+-.^_`|~")];
}

static int check_header(const struct account *a, const cJSON *v, struct err *e)
{
	const char *name = v->string;
	bool has_key = a->api_key && a->api_key[0];

	if (!is_token(name))
		return err_set(e, ERR_BAD_REQUEST,
			       "headers: a name must be an HTTP token of 1 to "
			       "%d bytes",
			       NAME_MAX_BYTES);
	if (is_one_of(name, own_names, COUNT(own_names)))
		return err_set(e, ERR_BAD_REQUEST,
			       "headers must not set %s, which the relay sets "
			       "itself",
			       name);
	if (has_key && is_one_of(name, key_names, COUNT(key_names)))
		return err_set(e, ERR_BAD_REQUEST,
			       "headers must not set %s when apiKey is set",
			       name);
	if (!cJSON_IsString(v))
		return err_set(e, ERR_BAD_REQUEST,
			       "headers.%s must be a string", name);
	if (strlen(v->valuestring) > VALUE_MAX_BYTES ||
	    field_has_controls(v->valuestring))
		return err_set(e, ERR_BAD_REQUEST,
			       "headers.%s must have at most %d bytes and no "
			       "control characters",
			       name, VALUE_MAX_BYTES);
	return 0;
}

static void headers_free(struct account_header *h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		mem_free(h[i].name);
		if (h[i].value)
			secret_wipe(h[i].value, strlen(h[i].value));
		mem_free(h[i].value);
	}
	mem_free(h);
}

/* A masked value that comes back stands for the one that was there. */
static const char *real_value(const struct account *a, const cJSON *v)
{
	for (size_t i = 0; i < a->nheaders; i++) {
		const struct account_header *h = &a->headers[i];

		if (str_ieq(str_of(h->name), str_of(v->string)) &&
		    is_secret(h->name) &&
		    mask_matches(h->value, v->valuestring))
			return h->value;
	}
	return v->valuestring;
}

static int check_all(const struct account *a, const cJSON *list, struct err *e)
{
	const cJSON *v;

	if (cJSON_GetArraySize(list) > HEADERS_MAX)
		return err_set(e, ERR_BAD_REQUEST,
			       "headers must have at most %d entries",
			       HEADERS_MAX);
	cJSON_ArrayForEach(v, list)
	{
		if (check_header(a, v, e) < 0)
			return -1;
	}
	return 0;
}

/* The key may have come after the headers. */
static int check_clash(const struct account *a, struct err *e)
{
	if (!a->api_key || !a->api_key[0])
		return 0;
	for (size_t i = 0; i < a->nheaders; i++) {
		const char *name = a->headers[i].name;

		if (is_one_of(name, key_names, COUNT(key_names)))
			return err_set(e, ERR_BAD_REQUEST,
				       "apiKey must be empty while headers "
				       "set %s",
				       name);
	}
	return 0;
}

int account_read_headers(struct account *a, const cJSON *body, struct err *e)
{
	struct account_header *h;
	const cJSON *list, *v;
	size_t n = 0;

	if (field_object(body, "headers", &list, e) < 0)
		return -1;
	if (!list && !field_is_null(body, "headers"))
		return check_clash(a, e);
	if (list && check_all(a, list, e) < 0)
		return -1;
	h = mem_array(HEADERS_MAX, sizeof(*h));
	cJSON_ArrayForEach(v, list)
	{
		h[n].name = mem_strdup(v->string);
		h[n++].value = mem_strdup(real_value(a, v));
	}
	headers_free(a->headers, a->nheaders);
	a->headers = h;
	a->nheaders = n;
	return 0;
}

void account_write_headers(cJSON *o, const struct account *a)
{
	cJSON *list = cJSON_AddObjectToObject(o, "headers");

	for (size_t i = 0; i < a->nheaders; i++) {
		const struct account_header *h = &a->headers[i];
		char mask[MASK_BYTES];

		mask_secret(h->value, mask);
		cJSON_AddStringToObject(list, h->name,
					is_secret(h->name) ? mask : h->value);
	}
}

bool account_has_secret_headers(const struct account *a)
{
	for (size_t i = 0; i < a->nheaders; i++) {
		if (is_secret(a->headers[i].name))
			return true;
	}
	return false;
}
