#include "tests/support/fcgi_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/tap.h"

/* FastCGI 1.0, sections 3.3 and 8. */
enum {
	BEGIN_REQUEST = 1,
	END_REQUEST = 3,
	PARAMS = 4,
	STDIN = 5,
	STDOUT = 6,
	STDERR = 7,
	RESPONDER = 1,
	REQUEST_ID = 1,
	RECORD_MAX = 65535,
	OUT_MAX = 64 * 1024 * 1024
};

int fcgi_client_connect(const char *socket_path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(socket_path) >= sizeof(addr.sun_path))
		return -1;
	memcpy(addr.sun_path, socket_path, strlen(socket_path));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void add_record(struct buf *b, int type, struct str content)
{
	char head[8] = {1, (char)type, 0, REQUEST_ID};

	head[4] = (char)(content.n >> 8);
	head[5] = (char)(content.n & 0xff);
	buf_add(b, head, sizeof(head));
	buf_addstr(b, content);
}

/* In records of full size, ended by an empty one. */
static void add_stream(struct buf *b, int type, struct str content)
{
	while (content.n) {
		size_t n = content.n < RECORD_MAX ? content.n : RECORD_MAX;

		add_record(b, type, str_sub(content, 0, n));
		content = str_sub(content, n, content.n);
	}
	add_record(b, type, STR_NONE);
}

static void add_length(struct buf *b, size_t n)
{
	if (n < 128) {
		buf_addc(b, (char)n);
		return;
	}
	buf_addc(b, (char)(n >> 24 | 0x80));
	buf_addc(b, (char)(n >> 16));
	buf_addc(b, (char)(n >> 8));
	buf_addc(b, (char)n);
}

static void add_param(struct buf *b, const char *name, struct str value)
{
	add_length(b, strlen(name));
	add_length(b, value.n);
	buf_adds(b, name);
	buf_addstr(b, value);
}

/* "X-Api-Key: v" -> HTTP_X_API_KEY (RFC 3875 4.1.18) */
static void add_header(struct buf *b, const char *line)
{
	struct str value = str_of(line);
	struct str name = str_cut(&value, ':');
	struct buf param = BUF_INIT(256);

	if (!str_ieq(name, STR("content-type")))
		buf_adds(&param, "HTTP_");
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(c - 32);
		buf_addc(&param, c == '-' ? '_' : c);
	}
	add_param(b, param.data, str_trim(value));
	buf_release(&param);
}

static void add_port(struct buf *b, const char *name, int port)
{
	struct buf text = BUF_INIT(16);

	buf_addi(&text, port);
	add_param(b, name, buf_str(&text));
	buf_release(&text);
}

static void add_params(struct buf *b, const struct fcgi_call *call)
{
	struct str uri = str_of(call->uri), query = uri;
	struct buf length = BUF_INIT(32);
	size_t n = call->body ? strlen(call->body) : 0;

	str_cut(&query, '?');
	add_param(b, "REQUEST_METHOD",
		  str_of(call->method ? call->method : "GET"));
	add_param(b, "REQUEST_URI", uri);
	add_param(b, "SCRIPT_NAME", STR_NONE);
	add_param(b, "QUERY_STRING", query);
	add_param(b, "REMOTE_ADDR",
		  str_of(call->remote ? call->remote : "127.0.0.1"));
	if (call->remote_port) {
		add_port(b, "REMOTE_PORT", call->remote_port);
		add_port(b, "SERVER_PORT", call->server_port);
		add_param(b, "SERVER_ADDR", STR("127.0.0.1"));
	}
	if (call->server)
		add_param(b, "SERVER_SOFTWARE", str_of(call->server));
	if (call->https)
		add_param(b, "HTTPS", STR("on"));
	if (call->body || call->announce) {
		buf_addi(&length, call->announce ? call->announce : (int64_t)n);
		add_param(b, "CONTENT_LENGTH", buf_str(&length));
	}
	for (int i = 0; i < FCGI_CALL_HEADERS && call->headers[i]; i++)
		add_header(b, call->headers[i]);
	buf_release(&length);
}

static int write_all(int fd, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		bytes = str_sub(bytes, (size_t)n, bytes.n);
	}
	return 0;
}

int fcgi_client_send(int fd, const struct fcgi_call *call)
{
	struct buf params = BUF_INIT(OUT_MAX), all = BUF_INIT(OUT_MAX);
	int rc;

	add_params(&params, call);
	add_record(&all, BEGIN_REQUEST, (struct str){"\0\1\0\0\0\0\0\0", 8});
	add_stream(&all, PARAMS, buf_str(&params));
	add_stream(&all, STDIN, str_of(call->body));
	rc = write_all(fd, buf_str(&all));
	buf_release(&params);
	buf_release(&all);
	return rc;
}

static int read_all(int fd, unsigned char *p, size_t n)
{
	while (n) {
		ssize_t got = read(fd, p, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		p += got;
		n -= (size_t)got;
	}
	return 0;
}

int fcgi_client_read(int fd, struct fcgi_reply *reply)
{
	static const unsigned status_bytes = 4;
	unsigned char head[8], content[RECORD_MAX + 255];
	size_t n;

	if (read_all(fd, head, sizeof(head)) < 0)
		return -1;
	n = (size_t)head[4] << 8 | head[5];
	if (read_all(fd, content, n + head[6]) < 0)
		return -1;
	if (head[1] == STDOUT)
		buf_add(&reply->out, (char *)content, n);
	else if (head[1] == STDERR)
		buf_add(&reply->errors, (char *)content, n);
	if (head[1] != END_REQUEST)
		return 1;
	reply->ended = true;
	for (unsigned i = 0; n >= status_bytes && i < status_bytes; i++)
		reply->app_status = reply->app_status << 8 | content[i];
	return 0;
}

void fcgi_client_call(const char *socket_path, const struct fcgi_call *call,
		      struct fcgi_reply *reply)
{
	int fd = fcgi_client_connect(socket_path), rc = 1;

	fcgi_reply_init(reply);
	if (fd < 0) {
		diag("cannot connect to %s: %s", socket_path, strerror(errno));
		exit(1);
	}
	if (fcgi_client_send(fd, call) < 0)
		diag("the request was not taken whole");
	while (rc > 0)
		rc = fcgi_client_read(fd, reply);
	close(fd);
}

void fcgi_reply_init(struct fcgi_reply *reply)
{
	*reply = (struct fcgi_reply){.out = BUF_INIT(OUT_MAX),
				     .errors = BUF_INIT(OUT_MAX)};
}

void fcgi_reply_release(struct fcgi_reply *reply)
{
	buf_release(&reply->out);
	buf_release(&reply->errors);
}

int fcgi_reply_status(const struct fcgi_reply *reply)
{
	struct str text = fcgi_reply_header(reply, "Status");
	int64_t status = 0;

	str_to_i64(str_cut(&text, ' '), 100, 599, &status);
	return (int)status;
}

struct str fcgi_reply_header(const struct fcgi_reply *reply, const char *name)
{
	struct str rest = buf_str(&reply->out);

	while (rest.n) {
		struct str value = str_trim(str_cut(&rest, '\n'));
		struct str key = str_cut(&value, ':');

		if (!key.n)
			break;
		if (str_ieq(key, str_of(name)))
			return str_trim(value);
	}
	return STR_NONE;
}

struct str fcgi_reply_body(const struct fcgi_reply *reply)
{
	struct str all = buf_str(&reply->out);
	size_t at = str_find(all, STR("\r\n\r\n"));

	return at == SIZE_MAX ? STR_NONE : str_sub(all, at + 4, all.n);
}
