/* The outbound proxy: an object or a URL outside, a URL inside. */
#include <string.h>

#include "admin/account_json.h"
#include "admin/field.h"
#include "admin/mask.h"
#include "app/backend.h"
#include "base/mem.h"

enum { URL_MAX = 1024, PART_MAX = 255 };

struct proxy {
	char *type, *host, *username, *password; /* decoded */
	int64_t port;
};

static const char *const types[] = {"http",    "https",	 "socks5",
				    "socks5h", "socks4", "socks4a"};

static void proxy_release(struct proxy *p)
{
	mem_free(p->type);
	mem_free(p->host);
	mem_free(p->username);
	if (p->password)
		secret_wipe(p->password, strlen(p->password));
	mem_free(p->password);
}

static int bad_proxy(struct err *e)
{
	return err_set(e, ERR_BAD_REQUEST,
		       "proxy must be a URL such as http://host:port or "
		       "socks5://user:password@host:port, or an object "
		       "{type, host, port, username, password}");
}

static char *decoded(struct str s)
{
	struct buf b = BUF_INIT(URL_MAX);

	buf_addc(&b, ' '); /* so that an empty one is not NULL */
	buf_reset(&b);
	buf_percent_decoded(&b, s);
	return buf_take(&b, NULL);
}

/* "type://user:password@host:port", the middle optional. */
static int parse_url(struct str url, struct proxy *p, struct err *e)
{
	size_t scheme = str_find(url, STR("://")), at;
	struct str rest, login;

	if (scheme == SIZE_MAX)
		return bad_proxy(e);
	p->type = mem_strndup(url.p, scheme);
	rest = str_sub(url, scheme + 3, url.n);
	if (str_ends(rest, STR("/")))
		rest.n--;
	at = str_find(rest, STR("@"));
	if (at != SIZE_MAX) {
		login = str_sub(rest, 0, at);
		rest = str_sub(rest, at + 1, rest.n);
		p->username = decoded(str_cut(&login, ':'));
		p->password = decoded(login);
	}
	at = rest.n;
	while (at > 0 && rest.p[at - 1] != ':')
		at--;
	if (at < 2)
		return bad_proxy(e);
	p->host = mem_strndup(rest.p, at - 1);
	if (str_to_i64(str_sub(rest, at, rest.n), 1, 65535, &p->port) < 0)
		return bad_proxy(e);
	return 0;
}

static int parse_object(const cJSON *o, struct proxy *p, struct err *e)
{
	if (json_read_string(o, "type", PART_MAX, &p->type, e) < 0 ||
	    json_read_string(o, "host", PART_MAX, &p->host, e) < 0 ||
	    json_read_int(o, "port", 1, 65535, &p->port, e) < 0 ||
	    json_read_string(o, "username", PART_MAX, &p->username, e) < 0 ||
	    json_read_string(o, "password", PART_MAX, &p->password, e) < 0)
		return field_inside("proxy", e);
	if (!p->type || !p->host || !p->port)
		return err_set(e, ERR_BAD_REQUEST,
			       "proxy needs type, host and port");
	return 0;
}

static int check(const struct proxy *p, struct err *e)
{
	struct buf url = BUF_INIT(URL_MAX);
	bool known = false;
	int rc;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		known |= strcmp(p->type, types[i]) == 0;
	if (!known)
		return err_set(e, ERR_BAD_REQUEST,
			       "proxy.type must be one of http, https, "
			       "socks5, socks5h, socks4, socks4a");
	if ((p->username && field_has_controls(p->username)) ||
	    (p->password && field_has_controls(p->password)))
		return bad_proxy(e);
	/* A proxy is reached like a backend: the same rules. */
	buf_addf(&url, "http://%s:%lld", p->host, (long long)p->port);
	rc = strchr(p->host, '/') ? -1 : backend_check_address(url.data, e);
	buf_release(&url);
	return rc < 0 ? bad_proxy(e) : 0;
}

static void add_encoded(struct buf *b, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			buf_addc(b, *text);
		else
			buf_addf(b, "%%%02X", (unsigned char)*text);
	}
}

static char *proxy_url(const struct proxy *p)
{
	struct buf b = BUF_INIT(4 * URL_MAX);

	buf_addf(&b, "%s://", p->type);
	if (p->username && p->username[0]) {
		add_encoded(&b, p->username);
		buf_addc(&b, ':');
		add_encoded(&b, p->password ? p->password : "");
		buf_addc(&b, '@');
	}
	buf_addf(&b, "%s:%lld", p->host, (long long)p->port);
	return buf_take(&b, NULL);
}

/* A masked password that comes back stands for the one that was there. */
static void restore_password(struct proxy *p, const char *old_url)
{
	struct proxy old = {0};

	if (p->password && old_url &&
	    parse_url(str_of(old_url), &old, NULL) == 0 && old.password &&
	    mask_matches(old.password, p->password)) {
		mem_free(p->password);
		p->password = old.password;
		old.password = NULL;
	}
	proxy_release(&old);
}

int account_read_proxy(struct account *a, const cJSON *body, struct err *e)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(body, "proxy");
	struct proxy p = {0};
	char *url = NULL;
	int rc = 0;

	if (!v)
		return 0;
	if (cJSON_IsObject(v) && v->child)
		rc = parse_object(v, &p, e);
	else if (cJSON_IsString(v) && v->valuestring[0])
		rc = strlen(v->valuestring) > URL_MAX
			 ? bad_proxy(e)
			 : parse_url(str_of(v->valuestring), &p, e);
	else if (!cJSON_IsNull(v) && !cJSON_IsObject(v) && !cJSON_IsString(v))
		rc = bad_proxy(e);
	if (rc == 0 && p.type)
		rc = check(&p, e);
	if (rc == 0) {
		restore_password(&p, a->proxy);
		url = p.type ? proxy_url(&p) : NULL;
		mem_free(a->proxy);
		a->proxy = url;
	}
	proxy_release(&p);
	return rc;
}

void account_write_proxy(cJSON *o, const struct account *a)
{
	struct proxy p = {0};
	char mask[MASK_BYTES];
	cJSON *sub;

	if (!a->proxy || !a->proxy[0] ||
	    parse_url(str_of(a->proxy), &p, NULL) < 0) {
		cJSON_AddNullToObject(o, "proxy");
		proxy_release(&p);
		return;
	}
	sub = cJSON_AddObjectToObject(o, "proxy");
	cJSON_AddStringToObject(sub, "type", p.type);
	cJSON_AddStringToObject(sub, "host", p.host);
	json_add_int(sub, "port", p.port);
	mask_secret(p.password, mask);
	cJSON_AddStringToObject(sub, "username", p.username ? p.username : "");
	cJSON_AddStringToObject(sub, "password", mask);
	proxy_release(&p);
}
