#include "relay/path.h"

static struct str without(struct str path, struct str prefix, struct str next)
{
	struct str rest;

	if (!str_starts(path, prefix))
		return path;
	rest = str_sub(path, prefix.n, path.n);
	return str_starts(rest, next) ? rest : path;
}

struct str relay_path(struct str path)
{
	path = without(path, STR("/api"), STR("/claude/"));
	path = without(path, STR("/claude"), STR("/v1/"));
	path = without(path, STR("/api"), STR("/v1/"));
	return without(path, STR("/v1"), STR("/v1/"));
}
