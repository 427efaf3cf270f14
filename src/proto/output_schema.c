/*
 * Is a JSON schema what OpenAI's strict mode demands (messages-api §9)?
 * Every object closed and all of its properties required; anything that this
 * walk does not know counts as no.
 */
#include "proto/json_fields.h"
#include "proto/request_writer.h"

/* More properties than this in one object are not compared. */
enum { PROPERTIES_MAX = 256, DEPTH_MAX = 64 };

enum schema_field {
	SCHEMA_TYPE,
	SCHEMA_PROPERTIES,
	SCHEMA_REQUIRED,
	SCHEMA_ADDITIONAL,
	SCHEMA_ITEMS,
	SCHEMA_ANY_OF,
	SCHEMA_DEFS,
	SCHEMA_DEFINITIONS,
	SCHEMA_REF,
	SCHEMA_ENUM,
	SCHEMA_CONST,
	/* Keywords that strict mode does not take. */
	SCHEMA_ALL_OF,
	SCHEMA_ONE_OF,
	SCHEMA_NOT,
	SCHEMA_IF,
	SCHEMA_PATTERNS,
	SCHEMA_DEPENDENT,
	SCHEMA_PREFIX,
	SCHEMA_FIELDS
};

static bool strict(const struct jdoc *d, jref schema, unsigned depth);

static bool has_word(const struct jdoc *d, jref list, struct str word,
		     struct arena *a)
{
	for (jref v = jdoc_first(d, list); v != JNONE;
	     v = jdoc_next(d, list, v)) {
		if (str_eq(jdoc_string(d, v, a), word))
			return true;
	}
	return false;
}

static bool all_required(const struct jdoc *d, jref properties, jref required)
{
	struct arena a = ARENA_INIT;
	bool all = jdoc_count(d, properties) <= PROPERTIES_MAX &&
		   jdoc_count(d, required) <= PROPERTIES_MAX;

	for (jref k = jdoc_first(d, properties); all && k != JNONE;
	     k = jdoc_next(d, properties, k))
		all = has_word(d, required, jdoc_string(d, k, &a), &a);
	arena_release(&a);
	return all;
}

/* All values of a list, or of the members of an object. */
static bool all_strict(const struct jdoc *d, jref schemas, unsigned depth)
{
	bool object = jdoc_type(d, schemas) == J_OBJECT;

	for (jref v = jdoc_first(d, schemas); v != JNONE;
	     v = jdoc_next(d, schemas, v)) {
		if (!strict(d, object ? jdoc_value(d, v) : v, depth))
			return false;
	}
	return true;
}

static bool is_object(const struct jdoc *d, const jref *f)
{
	struct arena a = ARENA_INIT;
	bool is = f[SCHEMA_PROPERTIES] != JNONE ||
		  jdoc_string_is(d, f[SCHEMA_TYPE], "object") ||
		  (jdoc_type(d, f[SCHEMA_TYPE]) == J_ARRAY &&
		   has_word(d, f[SCHEMA_TYPE], STR("object"), &a));

	arena_release(&a);
	return is;
}

/* Says the schema at all what its values are? */
static bool is_typed(const jref *f)
{
	return f[SCHEMA_TYPE] != JNONE || f[SCHEMA_ANY_OF] != JNONE ||
	       f[SCHEMA_REF] != JNONE || f[SCHEMA_ENUM] != JNONE ||
	       f[SCHEMA_CONST] != JNONE;
}

static bool strict(const struct jdoc *d, jref schema, unsigned depth)
{
	static const struct str names[] = {
	    [SCHEMA_TYPE] = STR("type"),
	    [SCHEMA_PROPERTIES] = STR("properties"),
	    [SCHEMA_REQUIRED] = STR("required"),
	    [SCHEMA_ADDITIONAL] = STR("additionalProperties"),
	    [SCHEMA_ITEMS] = STR("items"),
	    [SCHEMA_ANY_OF] = STR("anyOf"),
	    [SCHEMA_DEFS] = STR("$defs"),
	    [SCHEMA_DEFINITIONS] = STR("definitions"),
	    [SCHEMA_REF] = STR("$ref"),
	    [SCHEMA_ENUM] = STR("enum"),
	    [SCHEMA_CONST] = STR("const"),
	    [SCHEMA_ALL_OF] = STR("allOf"),
	    [SCHEMA_ONE_OF] = STR("oneOf"),
	    [SCHEMA_NOT] = STR("not"),
	    [SCHEMA_IF] = STR("if"),
	    [SCHEMA_PATTERNS] = STR("patternProperties"),
	    [SCHEMA_DEPENDENT] = STR("dependentSchemas"),
	    [SCHEMA_PREFIX] = STR("prefixItems"),
	};
	jref f[SCHEMA_FIELDS];

	if (depth > DEPTH_MAX || jdoc_type(d, schema) != J_OBJECT)
		return false;
	json_fields(d, schema, names, SCHEMA_FIELDS, f);
	for (int i = SCHEMA_ALL_OF; i < SCHEMA_FIELDS; i++) {
		if (f[i] != JNONE)
			return false;
	}
	/* The whole must be an object, and not one of several. */
	if (depth == 0 && (!is_object(d, f) || f[SCHEMA_ANY_OF] != JNONE))
		return false;
	if (!is_typed(f))
		return false;
	if (is_object(d, f) &&
	    (jdoc_type(d, f[SCHEMA_ADDITIONAL]) != J_FALSE ||
	     !all_required(d, f[SCHEMA_PROPERTIES], f[SCHEMA_REQUIRED])))
		return false;
	if (f[SCHEMA_ITEMS] != JNONE && !strict(d, f[SCHEMA_ITEMS], depth + 1))
		return false;
	return all_strict(d, f[SCHEMA_PROPERTIES], depth + 1) &&
	       all_strict(d, f[SCHEMA_ANY_OF], depth + 1) &&
	       all_strict(d, f[SCHEMA_DEFS], depth + 1) &&
	       all_strict(d, f[SCHEMA_DEFINITIONS], depth + 1);
}

bool output_schema_is_strict(struct str schema)
{
	static const struct jlimits limits = {
	    .depth = 256, .recorded = 256, .tokens = 100000};
	struct jerror why;
	struct jdoc doc;
	bool is;

	jdoc_init(&doc);
	is = jdoc_parse(&doc, schema, &limits, &why) == 0 && strict(&doc, 0, 0);
	jdoc_release(&doc);
	return is;
}
