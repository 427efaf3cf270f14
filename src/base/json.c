#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/jscan.h"
#include "base/mem.h"

/* cJSON reads what jscan has checked, so that depth, UTF-8 and trailing text
 * are judged in one place. */
static const struct jlimits tree_limits = {
    .depth = 64, .recorded = 0, .tokens = 1000000};

/* cJSON would end the string there, and names and passwords with it. */
static bool has_nul_escape(struct str text)
{
	for (size_t i = 0; i + 1 < text.n; i++) {
		if (text.p[i] != '\\')
			continue;
		i++; /* what is escaped: a backslash begins nothing */
		if (str_starts(str_sub(text, i, text.n), STR("u0000")))
			return true;
	}
	return false;
}

cJSON *json_parse(struct str text, struct err *e)
{
	struct jdoc d;
	struct jerror why;
	cJSON *tree;
	int rc;

	jdoc_init(&d);
	rc = jdoc_parse(&d, text, &tree_limits, &why);
	jdoc_release(&d);
	if (rc < 0) {
		err_set(e, ERR_BAD_REQUEST,
			"The request body is not valid JSON: %s at byte %zu",
			why.detail, why.at);
		return NULL;
	}
	tree =
	    has_nul_escape(text) ? NULL : cJSON_ParseWithLength(text.p, text.n);
	if (!tree)
		err_set(e, ERR_BAD_REQUEST,
			"The request body is not valid JSON: a string holds an "
			"escape that is not allowed here");
	return tree;
}

cJSON *json_parse_object(struct str text, struct err *e)
{
	cJSON *tree;

	if (str_trim(text).n == 0)
		return cJSON_CreateObject();
	tree = json_parse(text, e);
	if (tree && !cJSON_IsObject(tree)) {
		cJSON_Delete(tree);
		err_set(e, ERR_BAD_REQUEST,
			"The request body must be an object");
		return NULL;
	}
	return tree;
}

char *json_print(const cJSON *tree)
{
	char *text = cJSON_PrintUnformatted(tree);

	return text ? text : mem_strdup("null");
}

void json_append(struct buf *b, const cJSON *tree)
{
	char *text = json_print(tree);

	buf_adds(b, text);
	mem_free(text);
}

static const cJSON *member(const cJSON *o, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, key);

	return v && !cJSON_IsNull(v) ? v : NULL;
}

int json_read_bool(const cJSON *o, const char *key, bool *out, struct err *e)
{
	const cJSON *v = member(o, key);

	if (!v)
		return 0;
	if (!cJSON_IsBool(v))
		return err_set(e, ERR_BAD_REQUEST, "%s must be true or false",
			       key);
	*out = cJSON_IsTrue(v);
	return 0;
}

int json_read_int(const cJSON *o, const char *key, int64_t min, int64_t max,
		  int64_t *out, struct err *e)
{
	const cJSON *v = member(o, key);
	double f;

	if (!v)
		return 0;
	f = cJSON_IsNumber(v) ? v->valuedouble : NAN;
	if (!(f == floor(f)) || f < (double)min || f > (double)max)
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must be a whole number from %" PRId64
			       " to %" PRId64,
			       key, min, max);
	*out = (int64_t)f;
	return 0;
}

int json_read_double(const cJSON *o, const char *key, double min, double max,
		     double *out, struct err *e)
{
	const cJSON *v = member(o, key);

	if (!v)
		return 0;
	if (!cJSON_IsNumber(v) || !(v->valuedouble >= min) ||
	    !(v->valuedouble <= max))
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must be a number from %g to %g", key, min,
			       max);
	*out = v->valuedouble;
	return 0;
}

int json_read_string(const cJSON *o, const char *key, size_t max, char **out,
		     struct err *e)
{
	const cJSON *v = member(o, key);

	if (!v)
		return 0;
	if (!cJSON_IsString(v))
		return err_set(e, ERR_BAD_REQUEST, "%s must be a string", key);
	if (strlen(v->valuestring) > max)
		return err_set(e, ERR_BAD_REQUEST,
			       "%s must be at most %zu bytes long", key, max);
	mem_free(*out);
	*out = mem_strdup(v->valuestring);
	return 0;
}

int json_read_array(const cJSON *o, const char *key, const cJSON **out,
		    struct err *e)
{
	const cJSON *v = member(o, key);

	if (v && !cJSON_IsArray(v))
		return err_set(e, ERR_BAD_REQUEST, "%s must be a list", key);
	*out = v;
	return 0;
}

const char *json_string_or(const cJSON *o, const char *key, const char *or_)
{
	const cJSON *v = member(o, key);

	return cJSON_IsString(v) ? v->valuestring : or_;
}

int64_t json_int_or(const cJSON *o, const char *key, int64_t or_)
{
	const cJSON *v = member(o, key);

	if (!cJSON_IsNumber(v) || !(fabs(v->valuedouble) < 9.2e18))
		return or_;
	return (int64_t)v->valuedouble;
}

double json_double_or(const cJSON *o, const char *key, double or_)
{
	const cJSON *v = member(o, key);

	return cJSON_IsNumber(v) ? v->valuedouble : or_;
}

bool json_bool_or(const cJSON *o, const char *key, bool or_)
{
	const cJSON *v = member(o, key);

	return cJSON_IsBool(v) ? cJSON_IsTrue(v) : or_;
}

void json_add_int(cJSON *o, const char *key, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, v);
	cJSON_AddRawToObject(o, key, text);
}
