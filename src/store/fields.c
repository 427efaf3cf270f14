#include "store/fields.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { RECORD_VERSION = 1, TEXTS_MAX = 10000 };

/* Above, a double does not hold every integer. */
static const double int_limit = 9007199254740992.0;

static const void *at(const void *record, const struct field *f)
{
	return (const char *)record + f->offset;
}

static void *slot(void *record, const struct field *f)
{
	return (char *)record + f->offset;
}

static void write_one(cJSON *o, const struct field *f, const void *p)
{
	const char *text;

	switch (f->type) {
	case FIELD_TEXT:
		text = *(char *const *)p;
		if (text)
			cJSON_AddStringToObject(o, f->name, text);
		break;
	case FIELD_CHARS:
		cJSON_AddStringToObject(o, f->name, p);
		break;
	case FIELD_INT:
		json_add_int(o, f->name, *(const int64_t *)p);
		break;
	case FIELD_BOOL:
		cJSON_AddBoolToObject(o, f->name, *(const bool *)p);
		break;
	case FIELD_REAL:
		cJSON_AddNumberToObject(o, f->name, *(const double *)p);
		break;
	}
}

void fields_write(cJSON *o, const struct field *rows, size_t n,
		  const void *record)
{
	for (size_t i = 0; i < n; i++)
		write_one(o, &rows[i], at(record, &rows[i]));
}

static void read_text(const struct field *f, const char *text, void *p)
{
	size_t n = strlen(text);

	if (f->type == FIELD_TEXT) {
		mem_free(*(char **)p);
		*(char **)p = mem_strdup(text);
	} else if (n < f->size) {
		memset(p, 0, f->size);
		memcpy(p, text, n);
	}
}

static void read_number(const struct field *f, double number, void *p)
{
	if (f->type == FIELD_REAL && isfinite(number))
		*(double *)p = number;
	else if (f->type == FIELD_INT && fabs(number) <= int_limit)
		*(int64_t *)p = (int64_t)number;
}

void fields_read(const cJSON *o, const struct field *rows, size_t n,
		 void *record)
{
	for (size_t i = 0; i < n; i++) {
		const struct field *f = &rows[i];
		const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, f->name);
		void *p = slot(record, f);
		bool text = f->type == FIELD_TEXT || f->type == FIELD_CHARS;

		if (text && cJSON_IsString(v))
			read_text(f, v->valuestring, p);
		else if (f->type == FIELD_BOOL && cJSON_IsBool(v))
			*(bool *)p = cJSON_IsTrue(v);
		else if (cJSON_IsNumber(v))
			read_number(f, v->valuedouble, p);
	}
}

static const size_t plain_size[] = {
    [FIELD_INT] = sizeof(int64_t),
    [FIELD_BOOL] = sizeof(bool),
    [FIELD_REAL] = sizeof(double),
};

void fields_copy(const struct field *rows, size_t n, void *to, const void *from)
{
	for (size_t i = 0; i < n; i++) {
		const struct field *f = &rows[i];
		const void *p = at(from, f);
		const char *text;

		if (f->type == FIELD_TEXT) {
			text = *(char *const *)p;
			*(char **)slot(to, f) = text ? mem_strdup(text) : NULL;
		} else if (f->type == FIELD_CHARS) {
			memcpy(slot(to, f), p, f->size);
		} else {
			memcpy(slot(to, f), p, plain_size[f->type]);
		}
	}
}

void fields_release(const struct field *rows, size_t n, void *record)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].type != FIELD_TEXT)
			continue;
		mem_free(*(char **)slot(record, &rows[i]));
		*(char **)slot(record, &rows[i]) = NULL;
	}
}

void texts_write(cJSON *o, const char *name, char *const *texts, size_t n)
{
	cJSON *list;

	if (n == 0)
		return;
	list = cJSON_AddArrayToObject(o, name);
	for (size_t i = 0; i < n; i++)
		cJSON_AddItemToArray(list, cJSON_CreateString(texts[i]));
}

void texts_read(const cJSON *o, const char *name, char ***texts, size_t *n)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(o, name);
	const cJSON *v;
	int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;

	if (count == 0 || count > TEXTS_MAX)
		return;
	*texts = mem_array((size_t)count, sizeof(**texts));
	*n = 0;
	cJSON_ArrayForEach(v, list) if (cJSON_IsString(v))(*texts)[(*n)++] =
	    mem_strdup(v->valuestring);
}

char **texts_copy(char *const *texts, size_t n)
{
	char **copy = n ? mem_array(n, sizeof(*copy)) : NULL;

	for (size_t i = 0; i < n; i++)
		copy[i] = mem_strdup(texts[i]);
	return copy;
}

void texts_release(char **texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mem_free(texts[i]);
	mem_free(texts);
}

int record_print(cJSON *o, struct buf *out, struct err *e)
{
	json_add_int(o, "v", RECORD_VERSION);
	json_append(out, o);
	cJSON_Delete(o);
	if (!buf_ok(out))
		return err_set(e, ERR_TOO_LARGE, "The record is too large");
	return 0;
}

cJSON *record_parse(struct str text, struct err *e)
{
	cJSON *o = json_parse_object(text, NULL);
	int64_t version = json_int_or(o, "v", 0);

	if (version == RECORD_VERSION)
		return o;
	cJSON_Delete(o);
	err_set(e, ERR_INTERNAL, "A record of this relay %s",
		version > RECORD_VERSION ? "was written by a newer release"
					 : "is damaged");
	return NULL;
}
