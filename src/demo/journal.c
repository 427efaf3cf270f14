#include "demo/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/jscan.h"

enum {
	LINE_BYTES = 2 * HTTP_BODY_BYTES, /* never reached: */
	TEXT_BYTES = 64 * 1024		  /* logged of a body that is no JSON */
};

int journal_open(struct journal *j, const char *path, struct err *e)
{
	j->fd = -1;
	if (!path)
		return 0;
	j->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (j->fd < 0)
		return err_set(e, ERR_INTERNAL, "%s: %s", path,
			       strerror(errno));
	return 0;
}

void journal_close(struct journal *j)
{
	if (j->fd >= 0)
		close(j->fd);
	j->fd = -1;
}

static void write_line(struct journal *j, struct buf *line)
{
	struct str rest;

	buf_adds(line, "}\n");
	for (rest = buf_str(line); rest.n;) {
		ssize_t n = write(j->fd, rest.p, rest.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		rest = str_sub(rest, (size_t)n, rest.n);
	}
	buf_release(line);
}

static void add_text(struct buf *line, const char *key, struct str value)
{
	if (!value.p)
		return;
	buf_addf(line, ",\"%s\":", key);
	buf_json(line, value);
}

/* JSON as it came, its line ends made spaces; of anything else the beginning,
 * as a string. */
static void add_body(struct buf *line, struct str body)
{
	struct jdoc doc;
	struct jerror why;
	size_t from;

	buf_adds(line, ",\"body\":");
	jdoc_init(&doc);
	from = line->len;
	if (jdoc_parse(&doc, body, &jscan_request_limits, &why) < 0)
		buf_json(line, str_sub(body, 0, TEXT_BYTES));
	else
		buf_addstr(line, body);
	jdoc_release(&doc);
	for (; from < line->len; from++) {
		if (line->data[from] == '\n' || line->data[from] == '\r')
			line->data[from] = ' ';
	}
}

void journal_request(struct journal *j, uint64_t number,
		     const struct http_in *in)
{
	static const struct {
		const char *key, *field;
	} fields[] = {
	    {"content_type", "content-type"},
	    {"accept", "accept"},
	    {"user_agent", "user-agent"},
	};
	struct buf line = BUF_INIT(LINE_BYTES);

	if (j->fd < 0)
		return;
	buf_addf(&line, "{\"event\":\"request\",\"n\":%" PRIu64, number);
	add_text(&line, "method", in->method);
	add_text(&line, "path", in->target);
	buf_addf(&line, ",\"authorization\":%s,\"api_key\":%s",
		 http_field(in, "authorization").p ? "true" : "false",
		 http_field(in, "api-key").p ? "true" : "false");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		add_text(&line, fields[i].key, http_field(in, fields[i].field));
	buf_addf(&line, ",\"body_bytes\":%zu", in->body.len);
	if (j->bodies)
		add_body(&line, buf_str(&in->body));
	write_line(j, &line);
}

void journal_end(struct journal *j, const char *event, uint64_t number,
		 int status, int64_t frames)
{
	struct buf line = BUF_INIT(LINE_BYTES);

	if (j->fd < 0)
		return;
	buf_addf(&line,
		 "{\"event\":\"%s\",\"n\":%" PRIu64
		 ",\"status\":%d,\"frames\":%" PRId64,
		 event, number, status, frames);
	write_line(j, &line);
}
