#include "bridge/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fcgi.h"
#include "base/log.h"

enum {
	UP_BYTES = 128 * 1024,	 /* of body waiting for the responder */
	DOWN_BYTES = 256 * 1024, /* of answer waiting for the client */
	/* The same before the body is through: a web server may read nothing
	 * until it has written all of it, a responder may do the reverse. */
	DOWN_EARLY_BYTES = 16 * 1024 * 1024,
	READ_BYTES = 64 * 1024,
	REQUEST_BYTES = 16 * 1024 * 1024,
	MESSAGE_BYTES = 4096, /* of the responder's FCGI_STDERR, a line */
	DRAIN_MS = 10000      /* without more of a body after the answer */
};

struct exchange {
	int body, answer, responder; /* -1: closed */
	int64_t body_left;	     /* < 0: unknown */
	bool body_over, started;
	bool deaf;	 /* the responder stopped reading */
	struct buf up;	 /* records for the responder */
	struct buf down; /* bytes for the client */
	struct buf message;
	struct fcgi_answer records;
	int64_t deadline_ms; /* 0: none */
};

/* from the client --------------------------------------------------------- */

static bool would_wait(int why)
{
	return why == EAGAIN || why == EWOULDBLOCK || why == EINTR;
}

static void end_body(struct exchange *x)
{
	x->body_over = true;
	if (x->responder >= 0 && !x->deaf)
		fcgi_add_body_end(&x->up);
}

static void read_body(struct exchange *x)
{
	char bytes[FCGI_PIECE_BYTES];
	size_t most = sizeof(bytes);
	ssize_t n;

	if (x->body_left >= 0 && (uint64_t)x->body_left < most)
		most = (size_t)x->body_left;
	n = most ? read(x->body, bytes, most) : 0;
	if (n < 0 && would_wait(errno))
		return;
	if (n <= 0) {
		end_body(x);
		return;
	}
	if (x->responder >= 0 && !x->deaf)
		fcgi_add_body(&x->up, (struct str){bytes, (size_t)n});
	if (x->deadline_ms)
		x->deadline_ms = clock_mono_ms() + DRAIN_MS;
	if (x->body_left >= 0)
		x->body_left -= n;
	if (x->body_left == 0)
		end_body(x);
}

/* from the responder ------------------------------------------------------ */

static void leave_responder(struct exchange *x)
{
	if (x->responder >= 0)
		close(x->responder);
	x->responder = -1;
	buf_reset(&x->up);
}

static void log_message(struct exchange *x, struct str content, bool last)
{
	struct logline line;

	buf_addstr(&x->message, content);
	if (!last)
		return;
	log_begin(&line, LOG_WARN, "responder");
	log_str(&line, "stderr", str_trim(buf_str(&x->message)));
	log_end(&line);
	buf_reset(&x->message);
}

static void take_piece(void *ctx, enum fcgi_stream stream, struct str bytes,
		       bool last)
{
	struct exchange *x = ctx;

	if (stream == FCGI_STREAM_ERR) {
		log_message(x, bytes, last);
		return;
	}
	x->started = true;
	buf_addstr(&x->down, bytes);
}

static void read_answer(struct exchange *x)
{
	char bytes[READ_BYTES];
	ssize_t n = read(x->responder, bytes, sizeof(bytes));

	if (n < 0 && would_wait(errno))
		return;
	if (n > 0)
		fcgi_answer_take(&x->records, (struct str){bytes, (size_t)n});
	if (n <= 0 || x->records.ended)
		leave_responder(x);
}

/* writing ----------------------------------------------------------------- */

/* Writes what b holds as far as it goes; -1 when nobody reads it any more. */
static int flush(int fd, struct buf *b)
{
	ssize_t n = write(fd, b->data, b->len);

	if (n < 0)
		return would_wait(errno) ? 0 : -1;
	buf_consume(b, (size_t)n);
	return 0;
}

/* A responder may answer and stop reading: what it wrote is still there. */
static void send_up(struct exchange *x)
{
	if (x->up.len && flush(x->responder, &x->up) < 0) {
		buf_reset(&x->up);
		x->deaf = true;
	}
}

static int send_down(struct exchange *x)
{
	if (x->down.len == 0)
		return 0;
	return flush(x->answer, &x->down);
}

/* the loop ---------------------------------------------------------------- */

static struct pollfd interest(int fd, short events)
{
	return (struct pollfd){.fd = fd, .events = events};
}

/* -1 when the client is gone. */
static int turn(struct exchange *x)
{
	bool room_up = x->responder < 0 || x->up.len < UP_BYTES;
	size_t most = x->body_over ? DOWN_BYTES : DOWN_EARLY_BYTES;
	bool room_down = x->down.len < most;
	short to_responder =
	    (short)((room_down ? POLLIN : 0) | (x->up.len ? POLLOUT : 0));
	struct pollfd p[] = {
	    interest(x->body_over || !room_up ? -1 : x->body, POLLIN),
	    interest(to_responder ? x->responder : -1, to_responder),
	    interest(x->answer, x->down.len ? POLLOUT : 0),
	};
	int64_t left = -1;

	if (x->deadline_ms) {
		left = x->deadline_ms - clock_mono_ms();
		left = left < 0 ? 0 : left;
	}
	if (poll(p, 3, (int)left) < 0)
		return errno == EINTR ? 0 : -1;
	/* Without POLLOUT asked for, these alone say that the reader left. */
	if (p[2].revents & (POLLERR | POLLHUP | POLLNVAL))
		return -1;
	if (p[0].revents)
		read_body(x);
	if (p[1].revents & POLLOUT)
		send_up(x);
	if (p[1].revents & (POLLIN | POLLHUP | POLLERR) && room_down)
		read_answer(x);
	return send_down(x);
}

static bool is_over(struct exchange *x)
{
	if (x->responder >= 0 || x->down.len)
		return false;
	if (x->body_over)
		return true;
	if (x->deadline_ms == 0)
		x->deadline_ms = clock_mono_ms() + DRAIN_MS;
	return clock_mono_ms() >= x->deadline_ms;
}

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	return flags;
}

/* Runs to its end; -1 when the client left. */
static int loop(struct exchange *x)
{
	int body_flags = set_nonblocking(x->body);
	int answer_flags = set_nonblocking(x->answer);
	int rc = 0;

	if (x->responder >= 0)
		set_nonblocking(x->responder);
	if (x->body_left == 0)
		end_body(x);
	while (rc == 0 && !is_over(x))
		rc = turn(x);
	leave_responder(x);
	fcntl(x->answer, F_SETFL, answer_flags);
	fcntl(x->body, F_SETFL, body_flags);
	return rc;
}

static void exchange_init(struct exchange *x, const struct exchange_fds *fds,
			  int64_t body_bytes)
{
	*x = (struct exchange){
	    .body = fds->body,
	    .answer = fds->answer,
	    .responder = fds->responder,
	    .body_left = body_bytes,
	    .up = BUF_INIT(REQUEST_BYTES),
	    .down = BUF_INIT(DOWN_EARLY_BYTES + READ_BYTES),
	    .message = BUF_INIT(MESSAGE_BYTES),
	    .records = {.piece = take_piece, .ctx = x},
	};
}

static void exchange_release(struct exchange *x)
{
	buf_release(&x->up);
	buf_release(&x->down);
	buf_release(&x->message);
}

enum exchange_end exchange_run(const struct exchange_fds *fds,
			       struct str params, int64_t body_bytes)
{
	struct exchange x;
	enum exchange_end end = EXCHANGE_DONE;

	exchange_init(&x, fds, body_bytes);
	fcgi_add_head(&x.up, params);
	if (loop(&x) < 0)
		end = EXCHANGE_GONE;
	else if (!x.started)
		end = EXCHANGE_NOTHING;
	else if (!x.records.ended)
		end = EXCHANGE_TORN;
	exchange_release(&x);
	return end;
}

void exchange_refuse(const struct exchange_fds *fds, struct str answer,
		     int64_t body_bytes)
{
	struct exchange x;

	exchange_init(&x, fds, body_bytes);
	x.responder = -1;
	buf_addstr(&x.down, answer);
	loop(&x);
	exchange_release(&x);
}
