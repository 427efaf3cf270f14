#include "demo/http.h"

#include <string.h>

void http_init(struct http_in *in)
{
	*in = (struct http_in){.state = HTTP_HEAD};
	buf_init(&in->head, HTTP_HEAD_BYTES);
	buf_init(&in->line, HTTP_LINE_BYTES);
	buf_init(&in->body, HTTP_BODY_BYTES);
}

void http_release(struct http_in *in)
{
	buf_release(&in->head);
	buf_release(&in->line);
	buf_release(&in->body);
}

void http_reset(struct http_in *in)
{
	http_release(in);
	http_init(in);
}

struct str http_field(const struct http_in *in, const char *name)
{
	struct str rest = buf_str(&in->head);

	str_cut(&rest, '\n');
	while (rest.n) {
		struct str value = str_cut(&rest, '\n');
		struct str key = str_cut(&value, ':');

		if (str_ieq(key, str_of(name)))
			return str_trim(value);
	}
	return STR_NONE;
}

static int bad(struct err *e, const char *what)
{
	return err_set(e, ERR_BAD_REQUEST, "malformed HTTP request: %s", what);
}

static int read_request_line(struct http_in *in, struct err *e)
{
	struct str rest = buf_str(&in->head);
	struct str line = str_cut(&rest, '\n');

	line = str_trim(line);
	in->method = str_cut(&line, ' ');
	in->target = str_cut(&line, ' ');
	in->old = str_is(line, "HTTP/1.0");
	if (!in->old && !str_is(line, "HTTP/1.1"))
		return bad(e, "version");
	if (in->method.n == 0 || in->target.n == 0 || in->target.p[0] != '/')
		return bad(e, "request line");
	while (rest.n) {
		line = str_cut(&rest, '\n');
		if (line.n > 1 && (line.p[0] == ' ' || line.p[0] == '\t'))
			return bad(e, "folded field");
		if (line.n > 1 && !memchr(line.p, ':', line.n))
			return bad(e, "field without a colon");
	}
	return 0;
}

/* How the body is delimited, RFC 9112 section 6.3. */
static int read_framing(struct http_in *in, struct err *e)
{
	struct str coding = http_field(in, "transfer-encoding");
	struct str length = http_field(in, "content-length");
	struct str connection = http_field(in, "connection");
	int64_t n = 0;

	in->keep_alive = in->old ? str_ieq(connection, STR("keep-alive"))
				 : !str_ieq(connection, STR("close"));
	in->expects = str_ieq(http_field(in, "expect"), STR("100-continue"));
	if (coding.p) {
		if (length.p || !str_ieq(coding, STR("chunked")))
			return bad(e, "transfer coding");
		in->state = HTTP_CHUNK_LINE;
		return 0;
	}
	if (length.p && str_to_i64(length, 0, INT64_MAX, &n) < 0)
		return bad(e, "content length");
	if (n > HTTP_BODY_BYTES)
		return err_set(e, ERR_TOO_LARGE, "the body is too large");
	in->left = (size_t)n;
	in->state = n ? HTTP_BODY : HTTP_DONE;
	return 0;
}

/* Takes bytes up to the first '\n' into b; true once that is there. */
static bool take_line(struct buf *b, struct str bytes, size_t *used)
{
	const char *nl = bytes.n ? memchr(bytes.p, '\n', bytes.n) : NULL;

	*used = nl ? (size_t)(nl - bytes.p) + 1 : bytes.n;
	buf_add(b, bytes.p, *used);
	return nl != NULL;
}

static bool ends_head(const struct buf *head, size_t line_start)
{
	struct str line = str_sub(buf_str(head), line_start, head->len);

	return str_is(line, "\r\n") || str_is(line, "\n");
}

static int feed_head(struct http_in *in, struct str bytes, size_t *used,
		     struct err *e)
{
	*used = 0;
	while (*used < bytes.n) {
		struct str rest = str_sub(bytes, *used, bytes.n);
		size_t start = in->head.len, n;
		bool whole;

		while (start && in->head.data[start - 1] != '\n')
			start--;
		whole = take_line(&in->head, rest, &n);
		*used += n;
		if (!buf_ok(&in->head))
			return bad(e, "head too large");
		if (!whole || !ends_head(&in->head, start))
			continue;
		if (start == 0) { /* empty lines before a request are skipped */
			buf_reset(&in->head);
			continue;
		}
		if (read_request_line(in, e) < 0)
			return -1;
		return read_framing(in, e);
	}
	return 0;
}

static int feed_data(struct http_in *in, struct str bytes, size_t *used,
		     struct err *e)
{
	*used = bytes.n < in->left ? bytes.n : in->left;
	buf_add(&in->body, bytes.p, *used);
	if (!buf_ok(&in->body))
		return err_set(e, ERR_TOO_LARGE, "the body is too large");
	in->left -= *used;
	if (in->left == 0)
		in->state = in->state == HTTP_BODY ? HTTP_DONE : HTTP_CHUNK_END;
	return 0;
}

static int chunk_size(struct str line, size_t *size)
{
	static const char digits16[] = "0123456789abcdefABCDEF";
	struct str digits = str_trim(str_cut(&line, ';'));
	size_t n = 0;

	if (digits.n == 0 || digits.n > 8)
		return -1;
	for (size_t i = 0; i < digits.n; i++) {
		const char *at = memchr(digits16, digits.p[i], 22);
		size_t value;

		if (!at)
			return -1;
		value = (size_t)(at - digits16);
		n = n * 16 + (value < 16 ? value : value - 6);
	}
	*size = n;
	return 0;
}

static int feed_line(struct http_in *in, struct str bytes, size_t *used,
		     struct err *e)
{
	struct str line;

	if (!take_line(&in->line, bytes, used)) {
		if (!buf_ok(&in->line))
			return bad(e, "chunk line too long");
		return 0;
	}
	line = str_trim(buf_str(&in->line));
	if (in->state == HTTP_CHUNK_END && line.n)
		return bad(e, "chunk without an end");
	if (in->state == HTTP_TRAILER && line.n == 0)
		in->state = HTTP_DONE;
	else if (in->state == HTTP_CHUNK_END)
		in->state = HTTP_CHUNK_LINE;
	else if (in->state == HTTP_CHUNK_LINE) {
		if (chunk_size(line, &in->left) < 0)
			return bad(e, "chunk size");
		in->state = in->left ? HTTP_CHUNK_DATA : HTTP_TRAILER;
	}
	buf_reset(&in->line);
	return 0;
}

int http_feed(struct http_in *in, struct str bytes, size_t *used, struct err *e)
{
	static int (*const feed[])(struct http_in *, struct str, size_t *,
				   struct err *) = {
	    [HTTP_HEAD] = feed_head,	   [HTTP_BODY] = feed_data,
	    [HTTP_CHUNK_LINE] = feed_line, [HTTP_CHUNK_DATA] = feed_data,
	    [HTTP_CHUNK_END] = feed_line,  [HTTP_TRAILER] = feed_line,
	};

	*used = 0;
	while (in->state != HTTP_DONE && *used < bytes.n) {
		size_t n;
		struct str rest = str_sub(bytes, *used, bytes.n);

		if (feed[in->state](in, rest, &n, e) < 0)
			return -1;
		*used += n;
	}
	return 0;
}

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} table[] = {
	    {200, "OK"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {413, "Content Too Large"},
	    {429, "Too Many Requests"},
	    {500, "Internal Server Error"},
	    {502, "Bad Gateway"},
	    {503, "Service Unavailable"},
	    {504, "Gateway Timeout"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].status == status)
			return table[i].reason;
	}
	return "Other";
}
