#include "web/response.h"

#include <inttypes.h>
#include <string.h>

#include <fcgiapp.h>

#include "web/fcgi_request.h"

static const struct {
	int status;
	const char *reason;
} reasons[] = {
    {200, "OK"},
    {204, "No Content"},
    {302, "Found"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {529, "Overloaded"},
};

static const char *reason_of(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Status";
}

static bool is_clean(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return true;
}

static void add_header(struct buf *out, const char *name, struct str value)
{
	if (!is_clean(value))
		return;
	buf_adds(out, name);
	buf_adds(out, ": ");
	buf_addstr(out, value);
	buf_adds(out, "\r\n");
}

void response_head(struct buf *out, int status, const char *content_type,
		   struct str request_id, const struct response_header *headers,
		   size_t nheaders)
{
	bool cache = false;

	buf_addf(out, "Status: %d %s\r\n", status, reason_of(status));
	if (content_type)
		add_header(out, "Content-Type", str_of(content_type));
	add_header(out, "request-id", request_id);
	add_header(out, "x-request-id", request_id); /* OpenAI's clients */
	for (size_t i = 0; i < nheaders; i++) {
		add_header(out, headers[i].name, headers[i].value);
		cache |= strcmp(headers[i].name, "Cache-Control") == 0;
	}
	if (!cache)
		add_header(out, "Cache-Control", STR("no-store"));
	add_header(out, "X-Content-Type-Options", STR("nosniff"));
	buf_adds(out, "\r\n");
}

size_t
response_error_headers(const struct err *e, struct arena *a,
		       struct response_header out[RESPONSE_ERROR_HEADERS])
{
	size_t n = 0;

	if (e->retry_after_ms > 0) {
		/* Whole seconds, rounded up: RFC 9110 10.2.3. */
		out[n].name = "retry-after";
		out[n++].value = arena_printf(a, "%" PRId64,
					      (e->retry_after_ms + 999) / 1000);
		out[n].name = "retry-after-ms";
		out[n++].value = arena_printf(a, "%" PRId64, e->retry_after_ms);
	}
	if (e->no_retry) {
		out[n].name = "x-should-retry";
		out[n++].value = STR("false");
	}
	return n;
}

void response_send(struct request *r, int status, const char *content_type,
		   struct str body, const struct response_header *headers,
		   size_t nheaders)
{
	enum { HEAD_BYTES = 64 * 1024, PIECE = 1 << 30 };
	struct buf head = BUF_INIT(HEAD_BYTES);
	FCGX_Stream *out = r->fcgi->x.out;

	r->status = status;
	response_head(&head, status, content_type, str_of(r->id), headers,
		      nheaders);
	FCGX_PutStr(head.data, (int)head.len, out);
	buf_release(&head);
	if (str_is(r->method, "HEAD"))
		return;
	while (body.n) {
		size_t n = body.n < PIECE ? body.n : PIECE;

		if (FCGX_PutStr(body.p, (int)n, out) < 0)
			return; /* the web server has gone */
		body = str_sub(body, n, body.n);
	}
}

bool response_lead_browser(struct request *r)
{
	struct response_header headers[] = {
	    {"Location", STR("admin-next/")},
	    {"Vary", STR("Accept")},
	};

	if (str_ifind(request_header(r, "accept"), STR("text/html")) ==
	    SIZE_MAX)
		return false;
	response_send(r, 302, "text/plain; charset=utf-8",
		      STR("The pages are at admin-next/\n"), headers, 2);
	return true;
}
