#include "relay/forwarded.h"

enum { VALUE_MAX = 4096 };

void forwarded_keep(struct forwarded *f, struct request *r)
{
	static const char *const names[FORWARDED_HEADERS] = {
	    "anthropic-version", "anthropic-beta"};

	for (size_t i = 0; i < FORWARDED_HEADERS; i++) {
		struct str value = request_header(r, names[i]);

		if (value.n && value.n <= VALUE_MAX)
			f->line[f->n++] = arena_printf(&r->arena, "%s: %.*s",
						       names[i], STR_ARG(value))
					      .p;
	}
}

static bool same_name(const char *a, const char *b)
{
	struct str x = str_of(a), y = str_of(b);

	return str_ieq(str_cut(&x, ':'), str_cut(&y, ':'));
}

size_t
forwarded_headers(const struct forwarded *f, const struct backend *b,
		  const char *headers[BACKEND_HEADERS + FORWARDED_HEADERS])
{
	size_t n = 0, lines = b->anthropic ? f->n : 0;

	for (size_t i = 0; i < b->nheaders; i++) {
		bool other = false;

		for (size_t k = 0; k < lines; k++)
			other |= same_name(b->headers[i], f->line[k]);
		if (!other)
			headers[n++] = b->headers[i];
	}
	for (size_t k = 0; k < lines; k++)
		headers[n++] = f->line[k];
	return n;
}
