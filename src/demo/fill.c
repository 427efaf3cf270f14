#include "demo/fill.h"

#include <string.h>

enum { FILL_DEPTH = 24, FILL_ITEMS = 8, FILL_VALUES = 4096 };

struct fill {
	struct buf *out;
	const struct jdoc *d;
	jref root;
	unsigned depth, values;
};

static void fill(struct fill *f, jref schema);

static bool is_required(const struct jdoc *d, jref required, struct str key)
{
	if (jdoc_is_null(d, required))
		return true;
	for (jref r = jdoc_first(d, required); r != JNONE;
	     r = jdoc_next(d, required, r)) {
		if (str_eq(jdoc_chars(d, r), key))
			return true;
	}
	return false;
}

static void fill_object(struct fill *f, jref schema)
{
	const struct jdoc *d = f->d;
	jref properties = jdoc_get(d, schema, "properties");
	jref required = jdoc_get(d, schema, "required");
	bool first = true;

	buf_addc(f->out, '{');
	for (jref k = jdoc_first(d, properties); k != JNONE;
	     k = jdoc_next(d, properties, k)) {
		if (!is_required(d, required, jdoc_chars(d, k)))
			continue;
		buf_adds(f->out, first ? "" : ",");
		first = false;
		buf_addstr(f->out, jdoc_raw(d, k));
		buf_addc(f->out, ':');
		fill(f, jdoc_value(d, k));
	}
	buf_addc(f->out, '}');
}

static void fill_array(struct fill *f, jref schema)
{
	int64_t n = 0;

	jdoc_i64(f->d, jdoc_get(f->d, schema, "minItems"), &n);
	if (n > FILL_ITEMS)
		n = FILL_ITEMS;
	buf_addc(f->out, '[');
	for (int64_t i = 0; i < n; i++) {
		buf_adds(f->out, i ? "," : "");
		fill(f, jdoc_get(f->d, schema, "items"));
	}
	buf_addc(f->out, ']');
}

static void fill_number(struct fill *f, jref schema)
{
	jref least = jdoc_get(f->d, schema, "minimum");

	if (jdoc_type(f->d, least) == J_NUMBER)
		buf_addstr(f->out, jdoc_raw(f->d, least));
	else
		buf_addc(f->out, '1');
}

static void fill_string(struct fill *f, jref schema)
{
	(void)schema;
	buf_adds(f->out, "\"demo\"");
}

static void fill_true(struct fill *f, jref schema)
{
	(void)schema;
	buf_adds(f->out, "true");
}

static void fill_null(struct fill *f, jref schema)
{
	(void)schema;
	buf_adds(f->out, "null");
}

static void fill_typed(struct fill *f, jref schema)
{
	static const struct {
		const char *type;
		void (*fill)(struct fill *, jref);
	} types[] = {
	    {"object", fill_object},  {"array", fill_array},
	    {"string", fill_string},  {"number", fill_number},
	    {"integer", fill_number}, {"boolean", fill_true},
	    {"null", fill_null},
	};
	jref type = jdoc_get(f->d, schema, "type");

	if (jdoc_type(f->d, type) == J_ARRAY)
		type = jdoc_first(f->d, type);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (jdoc_string_is(f->d, type, types[i].type)) {
			types[i].fill(f, schema);
			return;
		}
	}
	if (jdoc_get(f->d, schema, "properties") != JNONE)
		fill_object(f, schema);
	else
		fill_string(f, schema);
}

/* "#/$defs/Name": the schema of that name; keys with escapes are not found. */
static jref resolve(const struct fill *f, struct str path)
{
	jref v = f->root;

	if (!str_is(str_cut(&path, '/'), "#"))
		return JNONE;
	while (path.n && v != JNONE) {
		struct str key = str_cut(&path, '/');
		jref found = JNONE;

		for (jref k = jdoc_first(f->d, v); k != JNONE;
		     k = jdoc_next(f->d, v, k)) {
			if (str_eq(jdoc_chars(f->d, k), key))
				found = jdoc_value(f->d, k);
		}
		v = found;
	}
	return v;
}

/* The schema that stands in for this one; JNONE when it is one itself. */
static jref other_schema(const struct fill *f, jref schema)
{
	static const char *const words[] = {"anyOf", "oneOf", "allOf"};
	jref v = jdoc_get(f->d, schema, "$ref");

	if (v != JNONE)
		return resolve(f, jdoc_chars(f->d, v));
	for (size_t i = 0; i < 3; i++) {
		v = jdoc_get(f->d, schema, words[i]);
		if (jdoc_type(f->d, v) == J_ARRAY)
			return jdoc_first(f->d, v);
	}
	return JNONE;
}

static jref fixed_value(const struct jdoc *d, jref schema)
{
	jref v = jdoc_get(d, schema, "const");

	return v != JNONE ? v : jdoc_first(d, jdoc_get(d, schema, "enum"));
}

static void fill(struct fill *f, jref schema)
{
	jref value = fixed_value(f->d, schema);
	jref other = other_schema(f, schema);

	if (f->depth == FILL_DEPTH || ++f->values > FILL_VALUES) {
		fill_null(f, schema);
		return;
	}
	f->depth++;
	if (value != JNONE)
		buf_addstr(f->out, jdoc_raw(f->d, value));
	else if (other != JNONE)
		fill(f, other);
	else
		fill_typed(f, schema);
	f->depth--;
}

void fill_schema(struct buf *out, const struct jdoc *d, jref schema)
{
	struct fill f = {.out = out, .d = d, .root = schema};

	fill(&f, schema);
}
