#include "web/route.h"

static bool matches(struct str pattern, struct str path,
		    struct route_args *args)
{
	args->n = 0;
	while (pattern.n || path.n) {
		struct str want = str_cut(&pattern, '/');
		struct str got = path;

		if (str_ends(want, STR("*")))
			path = STR_NONE;
		else
			got = str_cut(&path, '/');

		if (want.n && want.p[0] == ':') {
			if (got.n == 0 || args->n == ROUTE_ARGS)
				return false;
			args->arg[args->n++] = got;
		} else if (!str_eq(want, got)) {
			return false;
		}
	}
	return true;
}

enum route_match route_find(const struct route *table, size_t n,
			    struct str method, struct str path,
			    const struct route **found, struct route_args *args,
			    struct buf *allow)
{
	if (str_is(method, "HEAD"))
		method = STR("GET");
	for (size_t i = 0; i < n; i++) {
		if (!matches(str_of(table[i].pattern), path, args))
			continue;
		if (str_is(method, table[i].method)) {
			*found = &table[i];
			return ROUTE_MATCH;
		}
		if (allow->len)
			buf_adds(allow, ", ");
		buf_adds(allow, table[i].method);
	}
	return allow->len ? ROUTE_NO_METHOD : ROUTE_NO_PATH;
}
