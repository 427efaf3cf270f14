#include "admin/account_json.h"

#include <string.h>

#include "admin/face.h"
#include "admin/field.h"
#include "admin/mask.h"
#include "app/backend.h"
#include "base/mem.h"
#include "proto/flavour.h"

enum { ADDRESS_MAX = 2048, API_KEY_MAX = 4096 };

static int check_plain(const char *field, const char *value, struct err *e)
{
	if (field_has_controls(value))
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must not hold control characters", field);
	return 0;
}

static int check_text(const char *field, const char *value, struct err *e)
{
	(void)field, (void)value, (void)e;
	return 0;
}

static int check_account_type(const char *field, const char *value,
			      struct err *e)
{
	static const char *const words[] = {"shared", "dedicated", "group"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]) == 0)
			return 0;
	}
	return err_set(e, ERR_BAD_REQUEST,
		       "%s must be one of shared, dedicated, group", field);
}

static int check_flavour(const char *field, const char *value, struct err *e)
{
	enum flavour f;

	if (strcmp(value, "auto") == 0 ||
	    (flavour_parse(str_of(value), &f) == 0 &&
	     strcmp(value, flavour_name(f)) == 0))
		return 0;
	return err_set(e, ERR_BAD_REQUEST,
		       "%s must be one of auto, vllm, sglang, tgi, ollama, "
		       "llamacpp, fastchat, azure, openai, generic",
		       field);
}

static int check_protocol(const char *field, const char *value, struct err *e)
{
	if (strcmp(value, "openai") == 0 || strcmp(value, "anthropic") == 0)
		return 0;
	return err_set(e, ERR_BAD_REQUEST, "%s must be openai or anthropic",
		       field);
}

/* Both of these become part of URLs. */
static int check_api_version(const char *field, const char *value,
			     struct err *e)
{
	if (value[strspn(value, "abcdefghijklmnopqrstuvwxyz"
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"0123456789.-_")])
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must consist of letters, digits, dots and "
			       "hyphens, as in 2024-02-01",
			       field);
	return 0;
}

static int check_deployment(const char *field, const char *value, struct err *e)
{
	if (field_has_controls(value) || strpbrk(value, " ?#%\\\""))
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must not hold spaces, quotes or any of "
			       "? # %% \\",
			       field);
	return 0;
}

static const struct text_field {
	const char *name;
	size_t at; /* of the char * */
	size_t max;
	int (*check)(const char *field, const char *value, struct err *e);
} text_fields[] = {
    {"name", offsetof(struct account, name), 200, check_plain},
    {"description", offsetof(struct account, description), 2000, check_text},
    {"accountType", offsetof(struct account, account_type), 16,
     check_account_type},
    {"apiVersion", offsetof(struct account, api_version), 64,
     check_api_version},
    {"protocol", offsetof(struct account, protocol), 16, check_protocol},
    {"flavour", offsetof(struct account, flavour), 16, check_flavour},
    {"deploymentName", offsetof(struct account, deployment), 127,
     check_deployment},
};

static int read_texts(struct account *a, const cJSON *body, struct err *e)
{
	for (size_t i = 0; i < sizeof(text_fields) / sizeof(text_fields[0]);
	     i++) {
		const struct text_field *f = &text_fields[i];
		char **text = (char **)((char *)a + f->at);
		char *value = NULL;

		if (json_read_string(body, f->name, f->max, &value, e) < 0)
			return -1;
		if (!value)
			continue;
		mem_free(*text);
		*text = value;
		if (f->check(f->name, value, e) < 0)
			return -1;
	}
	return 0;
}

static bool is_empty(const char *text)
{
	return !text || !text[0];
}

static int read_address(struct account *a, const cJSON *body, struct err *e)
{
	const struct face *face = face_of(a->platform);
	char *given = NULL;

	if (json_read_string(body, face->address_field, ADDRESS_MAX, &given,
			     e) < 0)
		return -1;
	if (is_empty(given) && is_empty(a->address) && face->default_address) {
		mem_free(given);
		given = mem_strdup(face->default_address);
	}
	if (!given)
		return 0;
	if (!a->address || strcmp(a->address, given) != 0) {
		/* Another address may be another kind of server. */
		mem_free(a->detected_flavour);
		a->detected_flavour = NULL;
	}
	mem_free(a->address);
	a->address = given;
	return 0;
}

/* In the order in which CRS tests them, with its words. */
static int check_required(const struct account *a, struct err *e)
{
	const struct face *face = face_of(a->platform);

	if (is_empty(a->name) || str_trim(str_of(a->name)).n == 0)
		return err_set(e, ERR_BAD_REQUEST, "Account name is required");
	if (is_empty(a->address))
		return err_set(e, ERR_BAD_REQUEST, "%s", face->address_missing);
	if (is_empty(a->deployment) && face->deployment_missing)
		return err_set(e, ERR_BAD_REQUEST, "%s",
			       face->deployment_missing);
	return backend_check_address(a->address, e);
}

/* The key goes into a header line. */
static int read_api_key(struct account *a, const cJSON *body, struct err *e)
{
	char *value = NULL;

	if (json_read_string(body, "apiKey", API_KEY_MAX, &value, e) < 0)
		return -1;
	if (!value)
		return 0;
	if (mask_matches(a->api_key, value)) {
		mem_free(value);
		return 0;
	}
	if (a->api_key)
		secret_wipe(a->api_key, strlen(a->api_key));
	mem_free(a->api_key);
	a->api_key = value;
	for (const char *c = value; *c; c++) {
		if (*c <= ' ' || *c >= 0x7f)
			return err_set(e, ERR_BAD_REQUEST,
				       "apiKey must be printable ASCII "
				       "without spaces (a masked key cannot "
				       "be sent back)");
	}
	return 0;
}

int account_read(struct account *a, const cJSON *body, struct err *e)
{
	if (read_texts(a, body, e) < 0 || read_address(a, body, e) < 0 ||
	    check_required(a, e) < 0 || read_api_key(a, body, e) < 0 ||
	    account_read_groups(a, body, e) < 0 ||
	    account_read_models(a, body, e) < 0 ||
	    account_read_limits(a, body, e) < 0 ||
	    account_read_headers(a, body, e) < 0 ||
	    account_read_extra(a, body, e) < 0 ||
	    account_read_options(a, body, e) < 0)
		return -1;
	return account_read_proxy(a, body, e);
}
