/* Reading a scanned document: base/jscan.h. */
#include "base/jscan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct jtok *token(const struct jdoc *d, jref v)
{
	return v < d->ntok ? &d->tok[v] : NULL;
}

enum jtype jdoc_type(const struct jdoc *d, jref v)
{
	const struct jtok *t = token(d, v);

	return t ? (enum jtype)t->type : J_NONE;
}

unsigned jdoc_flags(const struct jdoc *d, jref v)
{
	const struct jtok *t = token(d, v);

	return t ? t->flags : 0;
}

struct str jdoc_raw(const struct jdoc *d, jref v)
{
	const struct jtok *t = token(d, v);

	return t ? str_sub(d->src, t->begin, t->end) : STR_NONE;
}

struct str jdoc_chars(const struct jdoc *d, jref v)
{
	const struct jtok *t = token(d, v);

	if (!t || t->type != J_STRING)
		return STR_NONE;
	return str_sub(d->src, t->begin + 1, t->end - 1);
}

bool jdoc_is_null(const struct jdoc *d, jref v)
{
	return jdoc_type(d, v) <= J_NULL;
}

jref jdoc_first(const struct jdoc *d, jref container)
{
	const struct jtok *t = token(d, container);

	if (!t || t->type < J_ARRAY || t->next == container + 1)
		return JNONE;
	return container + 1;
}

jref jdoc_next(const struct jdoc *d, jref container, jref e)
{
	jref next = d->tok[e].next;

	if (d->tok[container].type == J_OBJECT)
		next = d->tok[next].next;
	return next < d->tok[container].next ? next : JNONE;
}

jref jdoc_value(const struct jdoc *d, jref key)
{
	return d->tok[key].next;
}

size_t jdoc_count(const struct jdoc *d, jref container)
{
	size_t n = 0;

	for (jref e = jdoc_first(d, container); e != JNONE;
	     e = jdoc_next(d, container, e))
		n++;
	return n;
}

bool jdoc_string_is(const struct jdoc *d, jref v, const char *text)
{
	struct buf decoded;
	bool same;

	if (jdoc_type(d, v) != J_STRING)
		return false;
	if (!(jdoc_flags(d, v) & JSCAN_ESCAPED))
		return str_is(jdoc_chars(d, v), text);
	buf_init(&decoded, jdoc_chars(d, v).n);
	jscan_unescape(&decoded, jdoc_chars(d, v), NULL);
	same = str_is(buf_str(&decoded), text);
	buf_release(&decoded);
	return same;
}

jref jdoc_get(const struct jdoc *d, jref v, const char *key)
{
	jref found = JNONE;

	if (jdoc_type(d, v) != J_OBJECT)
		return JNONE;
	for (jref k = jdoc_first(d, v); k != JNONE; k = jdoc_next(d, v, k)) {
		if (jdoc_string_is(d, k, key))
			found = jdoc_value(d, k);
	}
	return found;
}

struct str jdoc_string(const struct jdoc *d, jref v, struct arena *a)
{
	struct str chars = jdoc_chars(d, v);
	struct buf decoded;
	struct str copy;

	if (!(jdoc_flags(d, v) & JSCAN_ESCAPED))
		return chars;
	buf_init(&decoded, chars.n);
	jscan_unescape(&decoded, chars, NULL);
	copy = arena_str(a, buf_str(&decoded));
	buf_release(&decoded);
	return copy;
}

int jdoc_double(const struct jdoc *d, jref v, double *out)
{
	struct str raw = jdoc_raw(d, v);
	char text[64];

	/* Longer ones have more digits than a double can tell apart. */
	if (jdoc_type(d, v) != J_NUMBER || raw.n >= sizeof(text))
		return -1;
	memcpy(text, raw.p, raw.n);
	text[raw.n] = '\0';
	*out = strtod(text, NULL);
	return isfinite(*out) ? 0 : -1;
}

int jdoc_i64(const struct jdoc *d, jref v, int64_t *out)
{
	double f;

	if (jdoc_type(d, v) != J_NUMBER)
		return -1;
	if (str_to_i64(jdoc_raw(d, v), INT64_MIN, INT64_MAX, out) == 0)
		return 0;
	if (jdoc_double(d, v, &f) < 0 || f != floor(f) || fabs(f) > 9e15)
		return -1;
	*out = (int64_t)f;
	return 0;
}
