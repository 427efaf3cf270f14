#include "tests/support/io_script.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct io_script *script(struct io_conn *c)
{
	return c->arg;
}

#define CHUNKED                                                                \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"               \
	"Transfer-Encoding: chunked\r\n\r\n"

static void serve_echo(struct io_conn *c, struct str request)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);

	buf_addf(&b,
		 "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
		 "Content-Length: %zu\r\n\r\n",
		 request.n);
	buf_addstr(&b, request);
	io_say_bytes(c, b.data, b.len);
	buf_release(&b);
}

static void serve_pieces(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, CHUNKED "5\r\nfirst\r\n");
	io_flag_wait(script(c)->step);
	io_say(c, "6\r\nsecond\r\n");
	io_flag_wait(script(c)->step);
	io_say(c, "5\r\nthird\r\n3\r\nand\r\n");
	io_flag_wait(script(c)->step);
	io_say(c, "0\r\n\r\n");
}

static void serve_many(struct io_conn *c, struct str request)
{
	char piece[1040];

	(void)request;
	snprintf(piece, sizeof(piece), "400\r\n%1024d\r\n", 7);
	io_say(c, CHUNKED);
	for (int i = 0; i < 512; i++)
		io_say(c, piece);
	io_say(c, "0\r\n\r\n");
}

static void serve_silence(struct io_conn *c, struct str request)
{
	(void)request;
	io_wait_close(c);
	io_flag_set(script(c)->heard);
}

static void serve_stall(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, CHUNKED "2\r\nab\r\n");
	io_wait_close(c);
	io_flag_set(script(c)->heard);
}

static void serve_drip(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, CHUNKED);
	while (send(c->fd, "1\r\nx\r\n", 6, MSG_NOSIGNAL) > 0)
		usleep(5000);
}

static void reset(struct io_conn *c)
{
	struct linger hard = {1, 0};

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

static void serve_reset(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, CHUNKED "2\r\nab\r\n");
	io_flag_wait(script(c)->step);
	reset(c);
}

static void serve_early_reset(struct io_conn *c, struct str request)
{
	(void)c;
	(void)request; /* closes without a word */
}

static void serve_truncated(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
}

static void serve_no_last_chunk(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, CHUNKED "2\r\nab\r\n");
}

static void serve_to_close(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.0 200 OK\r\n\r\nto the end");
}

static void serve_garbage(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "SSH-2.0-OpenSSH_9.2\r\nhello\r\n");
}

static void serve_interim(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 100 Continue\r\nContent-Type: x/y\r\n\r\n"
		  "HTTP/1.1 103 Early Hints\r\nretry-after: 3\r\n\r\n"
		  "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\n"
		  "Content-Length: 4\r\n\r\nbusy");
}

static void serve_retry_ms(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 503 No\r\nretry-after-ms: 1500.5\r\n"
		  "Retry-After: 99\r\nContent-Type:  application/json \r\n"
		  "Content-Length: 0\r\n\r\n");
}

static void serve_redirect(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 307 Go\r\nLocation: /echo\r\n"
		  "Content-Length: 2\r\n\r\nno");
}

static void serve_big_head(struct io_conn *c, struct str request)
{
	char line[1001];

	(void)request;
	memset(line, 'a', 1000);
	line[1000] = '\0';
	io_say(c, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 70; i++) {
		io_say(c, "X-Long: ");
		io_say(c, line);
		io_say(c, "\r\n");
	}
	io_say(c, "Content-Length: 0\r\n\r\n");
}

static void serve_endless_interim(struct io_conn *c, struct str request)
{
	(void)request;
	while (send(c->fd, "HTTP/1.1 102 Processing\r\n\r\n", 27,
		    MSG_NOSIGNAL) > 0)
		;
}

static void serve_gzip(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
		  "Content-Length: 5\r\n\r\nplain");
}

/* Answers, and reports when the client lets go of the connection. */
static void serve_kept(struct io_conn *c, struct str request)
{
	serve_echo(c, request);
	io_wait_close(c);
	io_flag_set(script(c)->heard);
}

/* Answers, and resets the connection when the next request begins: the server
 * grew tired of waiting just as the client used it again. */
static void serve_stale(struct io_conn *c, struct str request)
{
	char first;

	serve_echo(c, request);
	if (recv(c->fd, &first, 1, MSG_PEEK) > 0)
		reset(c);
}

/* As a proxy: CONNECT to this port is refused. */
static void serve_no_tunnel(struct io_conn *c, struct str request)
{
	(void)request;
	io_say(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
}

static const struct {
	const char *path;
	void (*serve)(struct io_conn *c, struct str request);
	bool again; /* the connection may be used again */
} paths[] = {
    {"/echo", serve_echo, true},
    {"/pieces", serve_pieces, true},
    {"/many", serve_many, true},
    {"/silence", serve_silence, false},
    {"/stall", serve_stall, false},
    {"/drip", serve_drip, false},
    {"/reset", serve_reset, false},
    {"/early-reset", serve_early_reset, false},
    {"/truncated", serve_truncated, false},
    {"/no-last-chunk", serve_no_last_chunk, false},
    {"/to-close", serve_to_close, false},
    {"/garbage", serve_garbage, false},
    {"/interim", serve_interim, true},
    {"/retry-ms", serve_retry_ms, true},
    {"/redirect", serve_redirect, true},
    {"/big-head", serve_big_head, false},
    {"/endless-interim", serve_endless_interim, false},
    {"/kept", serve_kept, false},
    {"/stale", serve_stale, false},
    {"no-tunnel.invalid:443", serve_no_tunnel, false},
    {"/gzip", serve_gzip, true},
};

static bool serve_one(struct io_conn *c)
{
	struct buf in;
	struct str path, rest;
	bool again = false;

	if (!io_read_request(c, &in))
		return false;
	rest = buf_str(&in);
	str_cut(&rest, ' ');
	path = str_cut(&rest, ' ');
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!str_is(path, paths[i].path))
			continue;
		paths[i].serve(c, buf_str(&in));
		again = paths[i].again;
	}
	buf_release(&in);
	return again;
}

void io_script(struct io_conn *c)
{
	while (serve_one(c))
		;
}
