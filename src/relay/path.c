#include "relay/path.h"

static struct str without(struct str path, struct str prefix, struct str next)
{
	struct str rest;

	if (!str_starts(path, prefix))
		return path;
	rest = str_sub(path, prefix.n, path.n);
	return str_starts(rest, next) ? rest : path;
}

/* OpenAI's endpoints below the bases of other dialects of its clients. */
static struct str openai_path(struct str path)
{
	static const char *const bases[] = {"/openai/v1", "/azure/v1",
					    "/openai", "/azure"};
	static const char *const endpoints[] = {
	    "/v1/chat/completions", "/v1/completions", "/v1/embeddings",
	    "/v1/responses"};
	enum { VERSION_BYTES = 3 };

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		struct str base = str_of(bases[i]), rest;

		if (!str_starts(path, base))
			continue;
		rest = str_sub(path, base.n, path.n);
		for (size_t k = 0; k < sizeof(endpoints) / sizeof(endpoints[0]);
		     k++) {
			if (str_is(rest, endpoints[k] + VERSION_BYTES))
				return str_of(endpoints[k]);
		}
	}
	return path;
}

/* Clients look whether their base answers at all: any of them is the root. */
static bool is_base(struct str path)
{
	static const char *const bases[] = {"/v1", "/api", "/claude",
					    "/api/claude"};

	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		if (str_is(path, bases[i]))
			return true;
	}
	return false;
}

struct str relay_path(struct str path)
{
	path = without(path, STR("/api"), STR("/claude"));
	path = without(path, STR("/claude"), STR("/v1"));
	path = without(path, STR("/claude"), STR("/api/"));
	path = without(path, STR("/api"), STR("/v1"));
	path = without(path, STR("/api"), STR("/api/"));
	path = without(path, STR("/v1"), STR("/v1"));
	path = openai_path(path);
	return is_base(path) ? STR("/") : path;
}
