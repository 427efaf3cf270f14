/* Addresses of backends: what is allowed, and how URLs are joined. */
#include "app/backend.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/mem.h"
#include "base/netaddr.h"

enum { URL_BYTES = 2048 };

struct address {
	bool https;
	struct str authority; /* host[:port] */
	struct str host;      /* without brackets */
	struct str path;      /* "" or "/..." without trailing slash */
};

static int split_port(struct str authority, struct str *host)
{
	struct str rest = authority;
	bool has_port;
	int64_t port;

	if (rest.n && rest.p[0] == '[') {
		size_t close = str_find(rest, STR("]"));

		if (close == SIZE_MAX)
			return -1;
		*host = str_sub(rest, 1, close);
		rest = str_sub(rest, close + 1, rest.n);
		has_port = rest.n > 0;
		if (has_port && str_cut(&rest, ':').n)
			return -1;
	} else {
		has_port = str_find(rest, STR(":")) != SIZE_MAX;
		*host = str_cut(&rest, ':');
	}
	return !has_port || str_to_i64(rest, 1, 65535, &port) == 0 ? 0 : -1;
}

static bool is_host(struct str host)
{
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9');

		if (!plain && !strchr(".-_:", c))
			return false;
	}
	return host.n > 0 && host.n <= 253;
}

static int parse(struct str url, struct address *out)
{
	size_t slash;

	for (size_t i = 0; i < url.n; i++) {
		unsigned char c = (unsigned char)url.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("?#@\\\"<>^`{|}", c))
			return -1;
	}
	out->https = str_istarts(url, STR("https://"));
	if (!out->https && !str_istarts(url, STR("http://")))
		return -1;
	url = str_sub(url, out->https ? 8 : 7, url.n);
	slash = str_find(url, STR("/"));
	if (slash == SIZE_MAX)
		slash = url.n;
	out->authority = str_sub(url, 0, slash);
	out->path = str_sub(url, slash, url.n);
	while (str_ends(out->path, STR("/")))
		out->path.n--;
	if (split_port(out->authority, &out->host) < 0)
		return -1;
	return is_host(out->host) ? 0 : -1;
}

/* Names under which clouds answer with credentials.  What they mean is looked
 * at when a connection is made, too. */
static bool is_metadata_name(struct str host)
{
	static const char *const names[] = {"metadata",
					    "metadata.google.internal",
					    "metadata.goog",
					    "metadata.azure.internal",
					    "metadata.tencentyun.com",
					    "metadata.platformequinix.com",
					    "instance-data"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_ieq(host, str_of(names[i])))
			return true;
	}
	return str_istarts(host, STR("instance-data."));
}

/* Such a name is read as a number by some and as a name by others. */
static bool ends_in_number(struct str host)
{
	struct str last = host;
	bool digits = true;

	while (str_find(last, STR(".")) != SIZE_MAX)
		str_cut(&last, '.');
	if (str_istarts(last, STR("0x")))
		return true;
	for (size_t i = 0; i < last.n; i++)
		digits &= last.p[i] >= '0' && last.p[i] <= '9';
	return last.n && digits;
}

/* Numbers are read as C libraries read them, so that octal, hexadecimal and
 * short forms cannot hide one. */
static bool is_forbidden(struct str host)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	char text[256];

	while (str_ends(host, STR(".")))
		host.n--;
	if (is_metadata_name(host))
		return true;
	str_put(text, sizeof(text), host);
	if (inet_aton(text, &v4.sin_addr))
		return netaddr_is_metadata((struct sockaddr *)&v4);
	if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
		return netaddr_is_metadata((struct sockaddr *)&v6);
	return ends_in_number(host);
}

int backend_check_address(const char *address, struct err *e)
{
	struct str url = str_of(address);
	struct address a;

	if (url.n > URL_BYTES || parse(url, &a) < 0)
		return err_set(e, ERR_BAD_REQUEST,
			       "Invalid endpoint format. Expected: "
			       "http://ip:port or https://domain");
	if (is_forbidden(a.host))
		return err_set(
		    e, ERR_BAD_REQUEST,
		    "This address is refused: link-local and metadata "
		    "addresses cannot be model servers");
	return 0;
}

int backend_check_link(const char *link, struct err *e)
{
	struct str query = str_of(link);
	struct str plain = str_cut(&query, '?');
	char url[URL_BYTES + 1];

	for (size_t i = 0; i < query.n; i++) {
		unsigned char c = (unsigned char)query.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("#\\\"<>^`{|}", c))
			plain = STR_NONE;
	}
	if (plain.n + query.n > URL_BYTES)
		plain = STR_NONE;
	str_put(url, sizeof(url), plain);
	return backend_check_address(url, e);
}

/* Host names have no case (RFC 3986 3.2.2). */
static bool host_ends(struct str host, struct str suffix)
{
	return host.n >= suffix.n &&
	       str_ieq(str_sub(host, host.n - suffix.n, host.n), suffix);
}

static bool is_azure(const struct account *a, const struct address *url)
{
	if (str_is(str_of(a->protocol), "anthropic"))
		return false;
	return str_is(str_of(a->flavour), "azure") ||
	       host_ends(url->host, STR(".openai.azure.com")) ||
	       str_find(url->path, STR("/openai/deployments/")) != SIZE_MAX;
}

/* Is one of the path's segments a version, as in /v1 or /v1beta? */
static bool has_version(struct str path)
{
	while (path.n) {
		struct str part = str_cut(&path, '/');

		if (part.n >= 2 && part.p[0] == 'v' && part.p[1] >= '0' &&
		    part.p[1] <= '9')
			return true;
	}
	return false;
}

/* The path without an endpoint that the admin pasted along. */
static struct str base_path(struct str path)
{
	static const char *const tails[] = {"/chat/completions", "/completions",
					    "/models",		 "/responses",
					    "/embeddings",	 "/messages"};

	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		if (str_ends(path, str_of(tails[i])))
			return str_sub(path, 0, path.n - strlen(tails[i]));
	}
	return path;
}

/* {base}/openai/deployments/{name}/{endpoint}?api-version=... */
static void azure_path(struct buf *out, const struct account *a,
		       struct str path, const char *endpoint)
{
	static const char deployments[] = "/openai/deployments/";
	size_t at = str_find(path, STR("/openai"));
	bool has_version = a->api_version && a->api_version[0];
	struct str name = str_of(a->deployment);

	buf_addstr(out, at == SIZE_MAX ? path : str_sub(path, 0, at));
	if (strcmp(endpoint, "responses") == 0) {
		/* Not of a deployment, and of no dated version. */
		buf_addf(out, "/openai/v1/%s", endpoint);
		return;
	}
	if (strcmp(endpoint, "models") == 0) {
		buf_adds(out, "/openai/");
	} else {
		at = str_find(path, str_of(deployments));
		if (at != SIZE_MAX) {
			name = str_sub(path, at + strlen(deployments), path.n);
			name = str_cut(&name, '/');
		}
		buf_adds(out, deployments);
		buf_addstr(out, name);
		buf_addc(out, '/');
	}
	buf_addf(out, "%s?api-version=%s", endpoint,
		 has_version ? a->api_version : "2024-02-01");
}

static void add_origin(struct buf *out, const struct address *url)
{
	buf_adds(out, url->https ? "https://" : "http://");
	buf_addstr(out, url->authority);
}

char *backend_url(const struct account *a, const char *endpoint)
{
	struct buf out = BUF_INIT(2 * URL_BYTES);
	struct address url;
	struct str path;

	if (parse(str_of(a->address), &url) < 0)
		return mem_strdup("");
	add_origin(&out, &url);
	path = base_path(url.path);
	if (is_azure(a, &url)) {
		azure_path(&out, a, path, endpoint);
	} else {
		buf_addstr(&out, path);
		if (!has_version(path))
			buf_adds(&out, "/v1");
		buf_addf(&out, "/%s", endpoint);
	}
	return buf_take(&out, NULL);
}

char *backend_root_url(const struct account *a, const char *path)
{
	struct buf out = BUF_INIT(2 * URL_BYTES);
	struct address url;
	struct str root;

	if (parse(str_of(a->address), &url) < 0)
		return mem_strdup("");
	add_origin(&out, &url);
	root = base_path(url.path);
	for (size_t i = root.n; i > 0; i--) {
		if (root.p[i - 1] != '/')
			continue;
		if (has_version(str_sub(root, i, root.n)))
			root.n = i - 1;
		break;
	}
	buf_addstr(&out, root);
	buf_addf(&out, "/%s", path);
	return buf_take(&out, NULL);
}
