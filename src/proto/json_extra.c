#include "proto/json_extra.h"

static const struct jlimits limits = {
    .depth = 256, .recorded = 1, .tokens = 2000};

int json_extra_init(struct json_extra *x, struct str raw)
{
	struct jerror why;

	jdoc_init(&x->doc);
	if (raw.n == 0)
		return 0;
	if (jdoc_parse(&x->doc, raw, &limits, &why) < 0)
		return -1;
	return jdoc_type(&x->doc, 0) == J_OBJECT ? 0 : -1;
}

void json_extra_release(struct json_extra *x)
{
	jdoc_release(&x->doc);
}

bool json_extra_has(const struct json_extra *x, const char *key)
{
	return jdoc_get(&x->doc, 0, key) != JNONE;
}

struct str json_extra_get(const struct json_extra *x, const char *key)
{
	return jdoc_raw(&x->doc, jdoc_get(&x->doc, 0, key));
}

/* Does a later member have the same key?  The last one wins. */
static bool overruled(const struct json_extra *x, jref key)
{
	struct arena a = ARENA_INIT;
	struct str name = jdoc_string(&x->doc, key, &a);
	bool found = false;

	for (jref k = jdoc_next(&x->doc, 0, key); k != JNONE && !found;
	     k = jdoc_next(&x->doc, 0, k))
		found = str_eq(name, jdoc_string(&x->doc, k, &a));
	arena_release(&a);
	return found;
}

void json_extra_write(const struct json_extra *x, struct buf *out, bool *comma)
{
	for (jref k = jdoc_first(&x->doc, 0); k != JNONE;
	     k = jdoc_next(&x->doc, 0, k)) {
		if (overruled(x, k))
			continue;
		if (*comma)
			buf_addc(out, ',');
		*comma = true;
		buf_addstr(out, jdoc_raw(&x->doc, k));
		buf_addc(out, ':');
		buf_addstr(out, jdoc_raw(&x->doc, jdoc_value(&x->doc, k)));
	}
}
