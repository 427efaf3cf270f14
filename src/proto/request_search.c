/* The tool web_search, where the relay searches itself (messages-api §7.3). */
#include "proto/request_reader.h"

enum { DOMAINS_MAX = 100 };

static int read_domains(struct request_reader *r, const struct place *at,
			const char *member, jref list,
			struct search_domains *out)
{
	size_t n = 0;
	struct str *names;

	if (jdoc_is_null(r->doc, list))
		return 0;
	if (jdoc_type(r->doc, list) != J_ARRAY ||
	    jdoc_count(r->doc, list) > DOMAINS_MAX)
		return reader_fail(r, at, member,
				   "Input should be a list of at most %d "
				   "domains",
				   DOMAINS_MAX);
	names = arena_array(r->arena, jdoc_count(r->doc, list), sizeof(*names));
	for (jref v = jdoc_first(r->doc, list); v != JNONE;
	     v = jdoc_next(r->doc, list, v)) {
		if (reader_word(r, at, member, v, &names[n]) < 0)
			return -1;
		n++;
	}
	*out = (struct search_domains){names, n};
	return 0;
}

static int check_uses(struct request_reader *r, const struct place *at,
		      jref uses)
{
	int64_t n;

	if (jdoc_is_null(r->doc, uses))
		return 0;
	if (jdoc_i64(r->doc, uses, &n) < 0)
		return reader_fail(r, at, "max_uses",
				   "Input should be a valid integer");
	if (n < 1)
		return reader_fail(r, at, "max_uses",
				   "Input should be greater than 0");
	return 0;
}

int request_search_read(struct request_reader *r, const struct place *at,
			jref tool)
{
	static const struct str names[] = {
	    STR("allowed_domains"), STR("blocked_domains"), STR("max_uses")};
	struct chat_search *search = &r->out->search;
	jref f[3];

	json_fields(r->doc, tool, names, 3, f);
	if (read_domains(r, at, "allowed_domains", f[0], &search->allowed) <
		0 ||
	    read_domains(r, at, "blocked_domains", f[1], &search->blocked) < 0)
		return -1;
	if (search->allowed.n && search->blocked.n)
		return reader_fail(r, at, NULL,
				   "allowed_domains and blocked_domains cannot "
				   "be used together");
	return check_uses(r, at, f[2]);
}
