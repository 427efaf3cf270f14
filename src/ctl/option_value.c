/* What the values of options are read as. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ctl/ctl.h"
#include "ctl/input.h"

/* What a double holds exactly. */
static const int64_t NUMBER_MAX = (int64_t)1 << 53;

/* Said twice, the last word counts. */
static int put(struct ctl *c, const char *field, cJSON *value)
{
	cJSON_DeleteItemFromObjectCaseSensitive(c->body, field);
	cJSON_AddItemToObject(c->body, field, value);
	return CTL_OK;
}

int option_text(struct ctl *c, const struct ctl_option *o, const char *value)
{
	return put(c, o->field, cJSON_CreateString(value));
}

int option_number(struct ctl *c, const struct ctl_option *o, const char *value)
{
	int64_t number;

	if (str_to_i64(str_of(value), 0, NUMBER_MAX, &number) < 0)
		return ctl_usage("%s takes a whole number, not '%s'", o->name,
				 value);
	return put(c, o->field, cJSON_CreateNumber((double)number));
}

int option_amount(struct ctl *c, const struct ctl_option *o, const char *value)
{
	cJSON *number = json_parse(str_of(value), NULL);

	if (cJSON_IsNumber(number) && number->valuedouble >= 0)
		return put(c, o->field, number);
	cJSON_Delete(number);
	return ctl_usage("%s takes a number such as 0.5, not '%s'", o->name,
			 value);
}

int option_yes_no(struct ctl *c, const struct ctl_option *o, const char *value)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		return ctl_usage("%s takes yes or no, not '%s'", o->name,
				 value);
	return put(c, o->field, cJSON_CreateBool(yes));
}

int option_true(struct ctl *c, const struct ctl_option *o, const char *value)
{
	(void)value;
	return put(c, o->field, cJSON_CreateTrue());
}

/* The member to add to, made when it is another type. */
static cJSON *container(struct ctl *c, const char *field, bool object)
{
	cJSON *o = cJSON_GetObjectItemCaseSensitive(c->body, field);

	if (o && cJSON_IsObject(o) == object)
		return o;
	put(c, field, object ? cJSON_CreateObject() : cJSON_CreateArray());
	return cJSON_GetObjectItemCaseSensitive(c->body, field);
}

static void add_to_list(cJSON *list, struct str word)
{
	char *text = mem_strndup(word.p, word.n);

	cJSON_AddItemToArray(list, cJSON_CreateString(text));
	mem_free(text);
}

int option_list(struct ctl *c, const struct ctl_option *o, const char *value)
{
	struct str rest = str_of(value);
	cJSON *list = container(c, o->field, false);

	while (rest.n) {
		struct str word = str_trim(str_cut(&rest, ','));

		if (word.n)
			add_to_list(list, word);
	}
	return CTL_OK;
}

static void add_to_map(cJSON *map, struct str pair)
{
	struct str sent = pair, asked = str_trim(str_cut(&sent, '='));
	char *name = mem_strndup(asked.p, asked.n), *text;

	sent = str_trim(sent);
	text = sent.n ? mem_strndup(sent.p, sent.n) : mem_strdup("");
	cJSON_DeleteItemFromObjectCaseSensitive(map, name);
	cJSON_AddStringToObject(map, name, text);
	mem_free(name);
	mem_free(text);
}

/* One pair makes all of it a map, in which "" stands for the account's own
 * model. */
int option_models(struct ctl *c, const struct ctl_option *o, const char *value)
{
	struct str rest = str_of(value);
	const cJSON *old, *v;
	cJSON *map;

	old = cJSON_GetObjectItemCaseSensitive(c->body, o->field);
	if (!strchr(value, '=') && !cJSON_IsObject(old))
		return option_list(c, o, value);
	map = cJSON_CreateObject();
	cJSON_ArrayForEach(v, old)
	{
		cJSON_AddStringToObject(map,
					v->string ? v->string : v->valuestring,
					v->string ? v->valuestring : "");
	}
	while (rest.n) {
		struct str pair = str_trim(str_cut(&rest, ','));

		if (pair.n)
			add_to_map(map, pair);
	}
	return put(c, o->field, map);
}

/* "30d", "12h", "90m": from now on. */
static int span_ms(struct str text, int64_t *out)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = {{'d', 86400000}, {'h', 3600000}, {'m', 60000}};
	int64_t n;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (text.n && text.p[text.n - 1] == units[i].unit &&
		    str_to_i64(str_sub(text, 0, text.n - 1), 1, 100000, &n) ==
			0) {
			*out = n * units[i].ms;
			return 0;
		}
	}
	return -1;
}

int option_date(struct ctl *c, const struct ctl_option *o, const char *value)
{
	char iso[CLOCK_ISO_BYTES];
	int64_t ms = 0;
	int rc;

	if (strcmp(value, "never") == 0)
		return put(c, o->field, cJSON_CreateNull());
	rc = span_ms(str_of(value), &ms);
	if (rc == 0)
		ms += clock_wall_ms();
	else
		rc = clock_parse_iso(value, &ms);
	if (rc < 0)
		return ctl_usage("%s takes a date (2030-01-31 or "
				 "2030-01-31T12:00:00Z), a time from now (30d, "
				 "12h, 90m) or never, not '%s'",
				 o->name, value);
	clock_iso(ms, iso);
	return put(c, o->field, cJSON_CreateString(iso));
}

static int put_secret(struct ctl *c, const char *field, struct buf *secret,
		      int rc, const struct err *e)
{
	if (rc == 0)
		put(c, field,
		    cJSON_CreateString(secret->data ? secret->data : ""));
	input_wipe(secret);
	return rc < 0 ? ctl_fail(e) : CTL_OK;
}

int option_secret_file(struct ctl *c, const struct ctl_option *o,
		       const char *value)
{
	struct buf secret;
	struct err e;
	int rc = input_line_of_file(value, &secret, &e);

	return put_secret(c, o->field, &secret, rc, &e);
}

int option_secret_stdin(struct ctl *c, const struct ctl_option *o,
			const char *value)
{
	struct buf secret;
	struct err e;
	int rc = input_secret(o->field, &secret, &e);

	(void)value;
	return put_secret(c, o->field, &secret, rc, &e);
}

int option_new_secret_stdin(struct ctl *c, const struct ctl_option *o,
			    const char *value)
{
	struct buf secret;
	struct err e;
	int rc = input_new_secret(o->field, &secret, &e);

	(void)value;
	return put_secret(c, o->field, &secret, rc, &e);
}

/* "a.b.c": the members on the way are made. */
static void put_deep(cJSON *o, struct str path, cJSON *value)
{
	struct str part = str_cut(&path, '.');
	char *name = mem_strndup(part.p, part.n);
	cJSON *inner = cJSON_GetObjectItemCaseSensitive(o, name);

	if (path.n && !cJSON_IsObject(inner)) {
		cJSON_DeleteItemFromObjectCaseSensitive(o, name);
		inner = cJSON_AddObjectToObject(o, name);
	}
	if (path.n) {
		put_deep(inner, path, value);
	} else {
		cJSON_DeleteItemFromObjectCaseSensitive(o, name);
		cJSON_AddItemToObject(o, name, value);
	}
	mem_free(name);
}

int option_set(struct ctl *c, const struct ctl_option *o, const char *value)
{
	enum { NAME_BYTES = 200 };
	struct str text = str_of(value);
	struct str name = str_trim(str_cut(&text, '='));
	cJSON *v;

	if (!strchr(value, '=') || !name.n || name.n > NAME_BYTES)
		return ctl_usage("%s takes FIELD=VALUE, not '%s'", o->name,
				 value);
	v = text.n ? json_parse(text, NULL) : cJSON_CreateString("");
	if (!v)
		v = cJSON_CreateString(text.p);
	put_deep(c->body, name, v);
	return CTL_OK;
}

int option_from(struct ctl *c, const struct ctl_option *o, const char *value)
{
	struct err e;
	cJSON *file = input_json(value, &e), *v;

	(void)o;
	if (!file)
		return ctl_fail(&e);
	if (!cJSON_IsObject(file)) {
		cJSON_Delete(file);
		err_set(&e, ERR_BAD_REQUEST, "%s: must hold an object", value);
		return ctl_fail(&e);
	}
	while ((v = file->child)) {
		cJSON_DetachItemViaPointer(file, v);
		cJSON_DeleteItemFromObjectCaseSensitive(c->body, v->string);
		cJSON_AddItemToArray(c->body, v);
	}
	cJSON_Delete(file);
	return CTL_OK;
}
