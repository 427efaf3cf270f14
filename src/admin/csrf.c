#include "admin/csrf.h"

static bool changes_state(struct str method)
{
	return !str_is(method, "GET") && !str_is(method, "HEAD") &&
	       !str_is(method, "OPTIONS");
}

static struct str without_port(struct str host, struct str port)
{
	return str_ends(host, port) ? str_sub(host, 0, host.n - port.n) : host;
}

/*
 * The scheme decides only which port may be left out: a proxy in front may
 * have taken the TLS off, and Host has no scheme.
 */
static bool same_origin(struct str origin, struct str host)
{
	struct str port;

	if (str_istarts(origin, STR("https://"))) {
		origin = str_sub(origin, 8, origin.n);
		port = STR(":443");
	} else if (str_istarts(origin, STR("http://"))) {
		origin = str_sub(origin, 7, origin.n);
		port = STR(":80");
	} else {
		return false; /* "null" and schemes of extensions */
	}
	origin = without_port(origin, port);
	return origin.n > 0 && str_ieq(origin, without_port(host, port));
}

bool csrf_allowed(const struct csrf_facts *f)
{
	if (!changes_state(f->method))
		return true;
	/* The browser's own verdict, where it gives one (Fetch Metadata). */
	if (f->sec_fetch_site.n)
		return str_is(f->sec_fetch_site, "same-origin") ||
		       str_is(f->sec_fetch_site, "none");
	if (f->origin.n)
		return same_origin(f->origin, f->host);
	return true;
}
