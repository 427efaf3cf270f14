#include "web/request.h"

#include <string.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "base/mem.h"
#include "web/fcgi_request.h"

struct str request_param(const struct request *r, const char *name)
{
	if (!r->fcgi)
		return STR_NONE;
	return str_of(FCGX_GetParam(name, r->fcgi->x.envp));
}

struct str request_header(const struct request *r, const char *name)
{
	char param[80] = "HTTP_";
	size_t n = 5;

	/* CGI keeps these two outside of HTTP_ (RFC 3875 4.1). */
	if (strcmp(name, "content-type") == 0)
		return request_param(r, "CONTENT_TYPE");
	if (strcmp(name, "content-length") == 0)
		return request_param(r, "CONTENT_LENGTH");
	for (; *name && n < sizeof(param) - 1; name++) {
		char c = *name;

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		param[n++] = c == '-' ? '_' : c;
	}
	return request_param(r, param);
}

static struct str form_decoded(struct request *r, struct str s)
{
	struct buf plain = BUF_INIT(s.n);
	char *text = arena_strz(&r->arena, s);
	struct str copy;

	for (size_t i = 0; i < s.n; i++) {
		if (text[i] == '+')
			text[i] = ' ';
	}
	buf_percent_decoded(&plain, (struct str){text, s.n});
	copy = arena_str(&r->arena, buf_str(&plain));
	buf_release(&plain);
	return copy;
}

struct str request_query(struct request *r, const char *name)
{
	struct str rest = r->query;

	while (rest.n) {
		struct str value = str_cut(&rest, '&');
		struct str key = str_cut(&value, '=');

		if (str_is(form_decoded(r, key), name))
			return form_decoded(r, value);
	}
	return STR_NONE;
}

struct str request_cookie(struct request *r, const char *name)
{
	struct str rest = request_header(r, "cookie");

	while (rest.n) {
		struct str value = str_cut(&rest, ';');
		struct str key = str_trim(str_cut(&value, '='));

		if (str_is(key, name))
			return arena_str(&r->arena, str_trim(value));
	}
	return STR_NONE;
}

void request_detach(struct request *r)
{
	r->fd = r->fcgi->x.ipcFd;
	r->fcgi_id = (unsigned)r->fcgi->x.requestId;
	FCGX_Free(&r->fcgi->x, 0);
	r->fcgi = NULL;
}

void request_free(struct request *r)
{
	if (r->fcgi)
		FCGX_Finish_r(&r->fcgi->x);
	if (r->fd >= 0)
		close(r->fd);
	buf_release(&r->body);
	arena_release(&r->arena);
	mem_free(r);
}
