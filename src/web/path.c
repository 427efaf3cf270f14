#include "web/path.h"

#include "base/buf.h"

/* "http://host:port/path" -> "/path" */
static struct str origin_form(struct str uri)
{
	size_t scheme = str_find(uri, STR("://"));
	struct str rest;

	if (uri.n && uri.p[0] == '/')
		return uri;
	if (scheme == SIZE_MAX)
		return uri;
	rest = str_sub(uri, scheme + 3, uri.n);
	for (size_t i = 0; i < rest.n; i++) {
		if (rest.p[i] == '/' || rest.p[i] == '?')
			return str_sub(rest, i, rest.n);
	}
	return STR("/");
}

/* "/cgi-bin/llmrelay.cgi/v1/messages" -> "/v1/messages" */
static struct str without_script(struct str path, struct str script)
{
	struct str rest;

	if (!str_ends(script, STR(".cgi")) && !str_ends(script, STR(".fcgi")))
		return path;
	if (!str_starts(path, script))
		return path;
	rest = str_sub(path, script.n, path.n);
	return rest.n == 0 || rest.p[0] == '/' ? rest : path;
}

static struct str squeeze(struct str decoded, struct arena *a)
{
	char *out = arena_alloc(a, decoded.n + 2);
	size_t n = 0;

	out[n++] = '/';
	for (size_t i = 0; i < decoded.n; i++) {
		if (decoded.p[i] != '/' || out[n - 1] != '/')
			out[n++] = decoded.p[i];
	}
	if (n > 1 && out[n - 1] == '/')
		n--;
	return (struct str){out, n};
}

void path_split(struct str uri, struct str script_name, struct arena *a,
		struct str *path, struct str *query)
{
	struct str rest = origin_form(uri);
	struct str raw = str_cut(&rest, '?');
	struct buf decoded = BUF_INIT(raw.n);

	*query = arena_str(a, rest);
	buf_percent_decoded(&decoded, without_script(raw, script_name));
	*path = squeeze(buf_str(&decoded), a);
	buf_release(&decoded);
}
