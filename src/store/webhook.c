#include "store/webhook.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/env.h"
#include "store/fields.h"
#include "store/records.h"

static const char place[] = "webhook"; /* in TABLE_META */

#define ROW(name, type, field)                                                 \
	{                                                                      \
		name, type, offsetof(struct webhook, field),                   \
		    sizeof(((struct webhook *)0)->field)                       \
	}
static const struct field rows[] = {
    ROW("active", FIELD_BOOL, active),
    ROW("events", FIELD_INT, events),
    ROW("updatedMs", FIELD_INT, updated_ms),
};
static const size_t nrows = sizeof(rows) / sizeof(rows[0]);

/* Each sealed text is bound to its place, so that it cannot be moved. */
static const struct {
	const char *name, *bound;
	size_t offset;
} sealed[] = {
    {"url", "webhook/url", offsetof(struct webhook, url)},
    {"secret", "webhook/secret", offsetof(struct webhook, secret)},
};
enum { SEALED = sizeof(sealed) / sizeof(sealed[0]) };

static char **text_of(struct webhook *w, size_t i)
{
	return (char **)((char *)w + sealed[i].offset);
}

static void forget(char **text)
{
	if (*text)
		secret_wipe(*text, strlen(*text));
	mem_free(*text);
	*text = NULL;
}

void webhook_release(struct webhook *w)
{
	for (size_t i = 0; i < SEALED; i++)
		forget(text_of(w, i));
	*w = (struct webhook){.url = NULL};
}

void webhook_copy(struct webhook *to, const struct webhook *from)
{
	*to = *from;
	to->url = from->url ? mem_strdup(from->url) : NULL;
	to->secret = from->secret ? mem_strdup(from->secret) : NULL;
}

int store_webhook_put(struct store *s, struct webhook *w, struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	cJSON *o = cJSON_CreateObject();
	int rc;

	w->updated_ms = clock_wall_ms();
	fields_write(o, rows, nrows, w);
	for (size_t i = 0; i < SEALED; i++) {
		const char *plain = *text_of(w, i);
		struct buf box = BUF_INIT(RECORD_MAX_BYTES);

		if (plain) {
			secret_seal(s->keys, str_of(plain),
				    str_of(sealed[i].bound), &box);
			cJSON_AddStringToObject(o, sealed[i].name, box.data);
		}
		buf_release(&box);
	}
	rc = record_print(o, &text, e);
	if (rc == 0)
		rc =
		    record_put(s, TABLE_META, str_of(place), buf_str(&text), e);
	buf_release(&text);
	return rc;
}

static int unseal(struct store *s, const cJSON *o, size_t i, char **out,
		  struct err *e)
{
	const char *text = json_string_or(o, sealed[i].name, NULL);
	struct buf plain = BUF_INIT(RECORD_MAX_BYTES);
	int rc = 0;

	if (text)
		rc = secret_open(s->keys, str_of(text), str_of(sealed[i].bound),
				 &plain, e);
	if (text && rc == 0)
		*out = mem_strndup(plain.len ? plain.data : "", plain.len);
	if (plain.data)
		secret_wipe(plain.data, plain.len);
	buf_release(&plain);
	return rc;
}

int store_webhook_get(struct store *s, struct webhook *out, struct err *e)
{
	struct buf text = BUF_INIT(RECORD_MAX_BYTES);
	cJSON *o = NULL;
	int rc =
	    record_get(s, TABLE_META, str_of(place), &text, "The webhook", e);

	*out = (struct webhook){.url = NULL};
	if (rc < 0) {
		buf_release(&text);
		return e->kind == ERR_NOT_FOUND ? 0 : -1;
	}
	o = record_parse(buf_str(&text), e);
	rc = o ? 0 : -1;
	if (o)
		fields_read(o, rows, nrows, out);
	for (size_t i = 0; i < SEALED && rc == 0; i++)
		rc = unseal(s, o, i, text_of(out, i), e);
	if (rc < 0)
		webhook_release(out);
	cJSON_Delete(o);
	buf_release(&text);
	return rc;
}
