#include "admin/api_key_binding.h"

#include "base/mem.h"
#include "store/account.h"

enum { BINDING_BYTES = 64 };

/* One binding under three names: an account of any face may be meant. */
static const char *const names[PLATFORMS] = {
    [PLATFORM_AZURE_OPENAI] = "azureOpenaiAccountId",
    [PLATFORM_OPENAI] = "openaiAccountId",
    [PLATFORM_OPENAI_RESPONSES] = "openaiResponsesAccountId",
};

static void set(struct api_key *k, char *binding, int face)
{
	mem_free(k->binding);
	k->binding = binding;
	k->binding_face = face;
}

/* Null counts as "". */
static int read_one(const cJSON *body, int face, char **out, struct err *e)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(body, names[face]);

	*out = NULL;
	if (cJSON_IsNull(v)) {
		*out = mem_strdup("");
		return 0;
	}
	return json_read_string(body, names[face], BINDING_BYTES, out, e);
}

int api_key_read_binding(struct api_key *k, const cJSON *body, struct err *e)
{
	int given = -1;

	for (int i = 0; i < PLATFORMS; i++) {
		char *text;

		if (read_one(body, i, &text, e) < 0)
			return -1;
		if (text && text[0] && given >= 0) {
			mem_free(text);
			return err_set(e, ERR_BAD_REQUEST,
				       "%s: the API key is bound by %s already",
				       names[i], names[given]);
		}
		if (text && text[0]) {
			given = i;
			set(k, text, i);
			continue;
		}
		/* Empty: the end of what stands under this name. */
		if (text && given < 0 && k->binding_face == i)
			set(k, NULL, i);
		mem_free(text);
	}
	return 0;
}

void api_key_write_binding(cJSON *o, const struct api_key *k)
{
	for (int i = 0; i < PLATFORMS; i++)
		cJSON_AddStringToObject(
		    o, names[i],
		    k->binding && k->binding_face == i ? k->binding : "");
}

bool api_key_binding_given(const cJSON *body)
{
	bool given = false;

	for (int i = 0; i < PLATFORMS; i++)
		given |= cJSON_HasObjectItem(body, names[i]);
	return given;
}
