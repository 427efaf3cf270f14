#include "proto/pick.h"

static bool key_is(const struct jdoc *d, jref key, struct str chars,
		   struct str name)
{
	if (jdoc_flags(d, key) & JSCAN_ESCAPED)
		return jdoc_string_is(d, key, name.p);
	return str_eq(chars, name);
}

void pick_members(const struct jdoc *d, jref object, const struct str *names,
		  size_t n, jref *found)
{
	for (size_t i = 0; i < n; i++)
		found[i] = JNONE;
	if (jdoc_type(d, object) != J_OBJECT)
		return;
	for (jref k = jdoc_first(d, object); k != JNONE;
	     k = jdoc_next(d, object, k)) {
		struct str chars = jdoc_chars(d, k);

		for (size_t i = 0; i < n; i++) {
			if (key_is(d, k, chars, names[i]))
				found[i] = jdoc_value(d, k);
		}
	}
}
