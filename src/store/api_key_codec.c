#include "store/api_key_codec.h"

#include <string.h>

#include "base/mem.h"
#include "store/fields.h"

#define FIELD(name, type, field)                                               \
	{                                                                      \
		name, type, offsetof(struct api_key, field),                   \
		    sizeof(((struct api_key *)0)->field)                       \
	}

/* All but the lists. */
static const struct field rows[] = {
    FIELD("id", FIELD_CHARS, id),
    FIELD("hash", FIELD_CHARS, hash),
    FIELD("hint", FIELD_CHARS, hint),
    FIELD("name", FIELD_TEXT, name),
    FIELD("description", FIELD_TEXT, description),
    FIELD("active", FIELD_BOOL, active),
    FIELD("concurrencyLimit", FIELD_INT, concurrency_limit),
    FIELD("queueSize", FIELD_INT, queue_size),
    FIELD("queueMs", FIELD_INT, queue_ms),
    FIELD("windowMinutes", FIELD_INT, window_minutes),
    FIELD("windowRequests", FIELD_INT, window_requests),
    FIELD("windowTokens", FIELD_INT, window_tokens),
    FIELD("windowCost", FIELD_REAL, window_cost),
    FIELD("dailyCost", FIELD_REAL, daily_cost),
    FIELD("totalCost", FIELD_REAL, total_cost),
    FIELD("binding", FIELD_TEXT, binding),
    FIELD("bindingFace", FIELD_INT, binding_face),
    FIELD("expiresMs", FIELD_INT, expires_ms),
    FIELD("activationMs", FIELD_INT, activation_ms),
    FIELD("activatedMs", FIELD_INT, activated_ms),
    FIELD("createdMs", FIELD_INT, created_ms),
    FIELD("updatedMs", FIELD_INT, updated_ms),
    FIELD("deletedMs", FIELD_INT, deleted_ms),
};
static const size_t nrows = sizeof(rows) / sizeof(rows[0]);

void api_key_init(struct api_key *k)
{
	memset(k, 0, sizeof(*k));
	k->active = true;
}

void api_key_release(struct api_key *k)
{
	texts_release(k->allowed_models, k->nallowed);
	texts_release(k->restricted_models, k->nrestricted);
	texts_release(k->tags, k->ntags);
	texts_release(k->allowed_clients, k->nclients);
	fields_release(rows, nrows, k);
	memset(k, 0, sizeof(*k));
}

int api_key_encode(const struct api_key *k, struct buf *out, struct err *e)
{
	cJSON *o = cJSON_CreateObject();

	fields_write(o, rows, nrows, k);
	texts_write(o, "allowedModels", k->allowed_models, k->nallowed);
	texts_write(o, "restrictedModels", k->restricted_models,
		    k->nrestricted);
	texts_write(o, "tags", k->tags, k->ntags);
	texts_write(o, "allowedClients", k->allowed_clients, k->nclients);
	return record_print(o, out, e);
}

int api_key_decode(struct str text, struct api_key *out, struct err *e)
{
	cJSON *o = record_parse(text, e);

	memset(out, 0, sizeof(*out));
	if (!o)
		return -1;
	api_key_init(out);
	fields_read(o, rows, nrows, out);
	texts_read(o, "allowedModels", &out->allowed_models, &out->nallowed);
	texts_read(o, "restrictedModels", &out->restricted_models,
		   &out->nrestricted);
	texts_read(o, "tags", &out->tags, &out->ntags);
	texts_read(o, "allowedClients", &out->allowed_clients, &out->nclients);
	cJSON_Delete(o);
	return 0;
}

int api_key_hash_of(struct str text, char out[SECRET_HASH_HEX])
{
	cJSON *o = record_parse(text, NULL);
	const char *hash = json_string_or(o, "hash", "");
	bool whole = strlen(hash) == SECRET_HASH_HEX - 1;

	if (whole)
		memcpy(out, hash, SECRET_HASH_HEX);
	cJSON_Delete(o);
	return whole ? 0 : -1;
}
