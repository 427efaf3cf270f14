#include "proto/json_fields.h"

/* Names that are asked for have up to 32 bytes; each may be a \\u escape. */
enum { KEY_MAX_BYTES = 192 };

static void note(struct str key, jref value, const struct str *names, size_t n,
		 jref *out)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(key, names[i])) {
			out[i] = value;
			return;
		}
	}
}

void json_fields(const struct jdoc *d, jref object, const struct str *names,
		 size_t n, jref *out)
{
	struct buf plain = BUF_INIT(KEY_MAX_BYTES);

	for (size_t i = 0; i < n; i++)
		out[i] = JNONE;
	if (jdoc_type(d, object) != J_OBJECT)
		return;
	for (jref k = jdoc_first(d, object); k != JNONE;
	     k = jdoc_next(d, object, k)) {
		struct str key = jdoc_chars(d, k);

		if (jdoc_flags(d, k) & JSCAN_ESCAPED) {
			if (key.n > KEY_MAX_BYTES)
				continue;
			buf_reset(&plain);
			jscan_unescape(&plain, key, NULL);
			key = buf_str(&plain);
		}
		note(key, jdoc_value(d, k), names, n, out);
	}
	buf_release(&plain);
}
