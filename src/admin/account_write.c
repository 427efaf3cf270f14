#include "admin/account_json.h"

#include "admin/face.h"
#include "admin/field.h"
#include "admin/mask.h"

static void add_text(cJSON *o, const char *key, const char *text)
{
	cJSON_AddStringToObject(o, key, text ? text : "");
}

cJSON *account_write(const struct account *a)
{
	const struct face *face = face_of(a->platform);
	cJSON *o = cJSON_CreateObject();
	char mask[MASK_BYTES];

	add_text(o, "id", a->id);
	add_text(o, "platform", face->platform);
	add_text(o, "name", a->name);
	add_text(o, "description", a->description);
	add_text(o, "accountType", a->account_type);
	account_write_groups(o, a);
	add_text(o, face->address_field, a->address);
	add_text(o, "apiVersion", a->api_version);
	add_text(o, "protocol", a->protocol);
	add_text(o, "flavour", a->flavour);
	add_text(o, "detectedFlavour", a->detected_flavour);
	add_text(o, "deploymentName", a->deployment);
	mask_secret(a->api_key, mask);
	add_text(o, "apiKey", mask);
	account_write_models(o, a);
	account_write_limits(o, a);
	account_write_proxy(o, a);
	account_write_headers(o, a);
	account_write_extra(o, a);
	account_write_options(o, a);
	field_add_time(o, "createdAt", a->created_ms);
	field_add_time(o, "updatedAt", a->updated_ms);
	return o;
}
