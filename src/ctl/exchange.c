#include "ctl/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fcgi.h"
#include "base/secret.h"

enum {
	REQUEST_BYTES = 4 * 1024 * 1024,
	ANSWER_BYTES = 64 * 1024 * 1024,
	READ_BYTES = 64 * 1024
};

static void add(struct buf *params, const char *name, const char *value)
{
	fcgi_add_pair(params, str_of(name), str_of(value));
}

/* What a web server would say of it. */
static void add_params(struct buf *params, const struct exchange *x)
{
	struct buf length = BUF_INIT(32);

	add(params, "REQUEST_METHOD", x->method);
	add(params, "REQUEST_URI", x->uri);
	add(params, "SCRIPT_NAME", "");
	add(params, "SERVER_SOFTWARE", "llmrelayctl");
	add(params, "REMOTE_ADDR", "local");
	if (x->token)
		add(params, "HTTP_X_ADMIN_TOKEN", x->token);
	buf_addi(&length, (int64_t)x->body.n);
	if (x->body.n) {
		add(params, "CONTENT_TYPE", "application/json");
		add(params, "CONTENT_LENGTH", length.data);
	}
	buf_release(&length);
}

static void take_piece(void *ctx, enum fcgi_stream stream, struct str bytes,
		       bool last)
{
	struct exchange *x = ctx;

	(void)last;
	if (stream == FCGI_STREAM_OUT)
		buf_addstr(&x->answer, bytes);
}

static bool would_wait(int why)
{
	return why == EAGAIN || why == EWOULDBLOCK || why == EINTR;
}

/* A responder may answer and stop reading: what it wrote is still there. */
static void send_some(int fd, struct buf *request)
{
	ssize_t n = send(fd, request->data, request->len, MSG_NOSIGNAL);

	if (n >= 0)
		buf_consume(request, (size_t)n);
	else if (!would_wait(errno))
		buf_reset(request);
}

/* 1: more may come, 0: the end, -1: it left before. */
static int receive_some(int fd, struct fcgi_answer *records, struct err *e)
{
	char bytes[READ_BYTES];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	if (n < 0 && would_wait(errno))
		return 1;
	if (n <= 0)
		return err_set(e, ERR_UNAVAILABLE,
			       "the responder left without a whole answer");
	fcgi_answer_take(records, (struct str){bytes, (size_t)n});
	return records->ended ? 0 : 1;
}

static int converse(int fd, struct exchange *x, struct buf *request,
		    struct err *e)
{
	struct fcgi_answer records = {.piece = take_piece, .ctx = x};
	int64_t until = clock_mono_ms() + x->timeout_ms, left;
	int rc = 1;

	while (rc > 0) {
		short events = (short)(POLLIN | (request->len ? POLLOUT : 0));
		struct pollfd p = {.fd = fd, .events = events};

		left = until - clock_mono_ms();
		if (left <= 0)
			return err_set(e, ERR_TIMEOUT,
				       "no answer within %" PRId64 " seconds",
				       x->timeout_ms / 1000);
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return err_set(e, ERR_INTERNAL, "poll: %s",
				       strerror(errno));
		if (p.revents & POLLOUT && request->len)
			send_some(fd, request);
		if (p.revents & (POLLIN | POLLHUP | POLLERR))
			rc = receive_some(fd, &records, e);
		if (!buf_ok(&x->answer))
			return err_set(e, ERR_UPSTREAM,
				       "the answer is larger than %d MB",
				       ANSWER_BYTES / (1024 * 1024));
	}
	return rc;
}

/* The CGI head: "Status: 200 OK", other headers, an empty line. */
static int read_head(struct exchange *x)
{
	struct str all = buf_str(&x->answer), line;
	int64_t status = 0;
	size_t at = str_find(all, STR("\r\n\r\n"));

	if (at == SIZE_MAX || !str_istarts(all, STR("Status:")))
		return -1;
	x->reply = str_sub(all, at + 4, all.n);
	line = str_trim(str_sub(all, 7, str_find(all, STR("\r\n"))));
	if (str_to_i64(str_cut(&line, ' '), 100, 599, &status) < 0)
		return -1;
	x->status = (int)status;
	return 0;
}

int exchange_run(int fd, struct exchange *x, struct err *e)
{
	struct buf params = BUF_INIT(REQUEST_BYTES);
	struct buf request = BUF_INIT(REQUEST_BYTES);
	int rc;

	x->answer = BUF_INIT(ANSWER_BYTES);
	x->reply = STR_NONE;
	x->status = 0;
	add_params(&params, x);
	fcgi_add_head(&request, buf_str(&params));
	fcgi_add_body(&request, x->body);
	fcgi_add_body_end(&request);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	if (!buf_ok(&params) || !buf_ok(&request))
		rc = err_set(e, ERR_TOO_LARGE, "the request is too large");
	else
		rc = converse(fd, x, &request, e);
	x->sent = true;
	if (rc == 0 && read_head(x) < 0)
		rc = err_set(e, ERR_UPSTREAM,
			     "what answers there is not this responder");
	close(fd);
	/* Both hold the token, perhaps a password. */
	if (params.data)
		secret_wipe(params.data, params.cap);
	if (request.data)
		secret_wipe(request.data, request.cap);
	buf_release(&params);
	buf_release(&request);
	return rc;
}

void exchange_release(struct exchange *x)
{
	if (x->answer.data)
		secret_wipe(x->answer.data, x->answer.cap);
	buf_release(&x->answer);
}
