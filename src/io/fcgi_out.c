#include "io/fcgi_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/fcgi_in_record.h"
#include "io/loop_impl.h"

enum {
	HIGH_WATER = 64 * 1024,
	LOW_WATER = 32 * 1024,
	BACKLOG_MAX = 64 * 1024 * 1024, /* a web server that takes nothing */
	KEEP_BYTES = 512,		/* buffer of an output at rest */
	DROP_MAX = 1024 * 1024,		/* what we read and do not want */
	/* FastCGI 1.0, section 8 */
	RECORD_HEADER = 8,
	RECORD_MAX = 65535,
	END_BYTES = 24,
	FCGI_VERSION = 1,
	FCGI_END_REQUEST = 3,
	FCGI_STDOUT = 6
};

#define NO_RECORD SIZE_MAX

struct fcgi_out {
	struct loop *l;
	uv_poll_t poll;
	int fd;
	uint16_t id;
	const struct fcgi_out_events *events;
	void *ctx;
	struct loop_hook held;

	struct buf out; /* records; [0, sent) has left */
	size_t sent;
	size_t record;	/* where the record that still grows begins */
	bool unwatched; /* libuv could not take the socket */
	bool blocked;	/* the socket is full; writability is watched */
	bool congested; /* until drained() */
	bool broken;	/* the web server is gone; nothing is written */
	bool told;	/* gone() was called */
	bool ending;	/* fcgi_out_end() was called: no more events */

	struct loop_timer *stall; /* made when the socket first was full */
	int64_t progress_ms;	  /* when something left last */
	struct fcgi_in_record in;
	size_t dropped_bytes;
};

static void watch(struct fcgi_out *o);

/* ----------------------------------------------------------------- closing */

static void on_closed(uv_handle_t *h)
{
	struct fcgi_out *o = h->data;

	buf_release(&o->out);
	mem_free(o);
}

/* Closing with unread input would take the last bytes from the web server. */
static void drain_input(int fd)
{
	char waste[4096];
	int rounds = 0;

	while (recv(fd, waste, sizeof(waste), MSG_DONTWAIT) > 0 &&
	       rounds++ < 16)
		;
}

static void destroy(struct fcgi_out *o)
{
	loop_hook_remove(&o->held);
	loop_timer_free(o->stall);
	drain_input(o->fd);
	atomic_fetch_sub_explicit(&o->l->load, 1, memory_order_relaxed);
	if (o->unwatched) {
		close(o->fd);
		on_closed((uv_handle_t *)&o->poll);
		return;
	}
	/* First libuv lets go of the descriptor, whose number may be another
	 * thread's as soon as it is closed. */
	uv_close((uv_handle_t *)&o->poll, on_closed);
	close(o->fd);
}

/* No more can be written; the owner is told from the loop only. */
static void give_up(struct fcgi_out *o)
{
	o->broken = true;
	o->blocked = false;
	buf_release(&o->out);
	o->sent = 0;
	o->record = NO_RECORD;
	loop_timer_free(o->stall);
	o->stall = NULL;
}

static void on_gone(struct fcgi_out *o)
{
	give_up(o);
	if (!o->unwatched)
		uv_poll_stop(&o->poll);
	if (o->ending) {
		destroy(o);
		return;
	}
	if (o->told)
		return;
	o->told = true;
	if (o->events->gone)
		o->events->gone(o->ctx);
}

/* ----------------------------------------------------------------- writing */

static size_t backlog(const struct fcgi_out *o)
{
	return o->out.len - o->sent;
}

static void put_header(char *p, unsigned type, unsigned id, size_t content)
{
	p[0] = FCGI_VERSION;
	p[1] = (char)type;
	p[2] = (char)(id >> 8);
	p[3] = (char)id;
	p[4] = (char)(content >> 8);
	p[5] = (char)content;
	p[6] = 0;
	p[7] = 0;
}

/* Writes the length into the record that still grows. */
static void seal(struct fcgi_out *o)
{
	if (o->record != NO_RECORD)
		put_header(o->out.data + o->record, FCGI_STDOUT, o->id,
			   o->out.len - o->record - RECORD_HEADER);
}

static void tidy(struct fcgi_out *o)
{
	size_t n = o->sent;

	if (n == o->out.len) {
		if (o->out.cap > KEEP_BYTES)
			buf_release(&o->out);
		else
			buf_reset(&o->out);
	} else if (n >= o->out.len - n) {
		buf_consume(&o->out, n);
	} else {
		return;
	}
	o->sent = 0;
	if (o->record != NO_RECORD)
		o->record -= n;
}

static void on_stall(void *ctx)
{
	struct fcgi_out *o = ctx;
	int64_t limit = o->ending ? o->l->end_stall_ms : o->l->stall_ms;
	int64_t left = o->progress_ms + limit - loop_now_ms(o->l);

	if (!o->blocked)
		return;
	if (left > 0)
		loop_timer_set(o->stall, left);
	else
		on_gone(o);
}

static void block(struct fcgi_out *o)
{
	o->blocked = true;
	o->progress_ms = loop_now_ms(o->l);
	watch(o);
	if (!o->stall)
		o->stall = loop_timer_new(o->l, on_stall, o);
	loop_timer_set(o->stall,
		       o->ending ? o->l->end_stall_ms : o->l->stall_ms);
}

/* Sends what the socket takes.  After an error epoll reports the hang-up, and
 * the owner is told then. */
static void send_some(struct fcgi_out *o)
{
	ssize_t n;

	seal(o);
	while (backlog(o)) {
		n = send(o->fd, o->out.data + o->sent, backlog(o),
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		o->sent += (size_t)n;
		o->progress_ms = loop_now_ms(o->l);
	}
	if (backlog(o) && errno != EAGAIN && errno != EWOULDBLOCK) {
		shutdown(o->fd, SHUT_RDWR);
		give_up(o);
		return;
	}
	/* A record of which a part has left cannot grow. */
	if (o->record != NO_RECORD && o->sent > o->record)
		o->record = NO_RECORD;
	tidy(o);
}

static void note_congestion(struct fcgi_out *o)
{
	if (o->blocked && backlog(o) > HIGH_WATER)
		o->congested = true;
}

static void on_writable(struct fcgi_out *o)
{
	send_some(o);
	if (o->broken)
		return;
	if (backlog(o) == 0) {
		if (o->ending) {
			destroy(o);
			return;
		}
		o->blocked = false;
		loop_timer_stop(o->stall);
		watch(o);
	}
	if (o->congested && backlog(o) < LOW_WATER) {
		o->congested = false;
		if (!o->ending && o->events->drained)
			o->events->drained(o->ctx);
	}
}

/* ----------------------------------------------------------------- watching */

/*
 * Nothing is to be read but FCGI_ABORT_REQUEST; no known web server sends it,
 * all just close.  Returns true when the request is over.
 */
static bool read_input(struct fcgi_out *o)
{
	char bytes[4096];
	ssize_t n = recv(o->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	if (n < 0)
		return errno != EAGAIN && errno != EINTR;
	if (n == 0)
		return true;
	o->dropped_bytes += (size_t)n;
	return o->dropped_bytes > DROP_MAX ||
	       fcgi_in_record_abort(&o->in, (struct str){bytes, (size_t)n},
				    o->id);
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct fcgi_out *o = h->data;

	if (status < 0 || (events & UV_DISCONNECT) ||
	    ((events & UV_READABLE) && read_input(o))) {
		on_gone(o);
		return;
	}
	if (events & UV_WRITABLE)
		on_writable(o);
}

static void watch(struct fcgi_out *o)
{
	int events = UV_DISCONNECT | UV_READABLE;

	if (o->blocked)
		events |= UV_WRITABLE;
	uv_poll_start(&o->poll, events, on_poll);
}

/* ------------------------------------------------------ what owners call */

static void abort_held(void *ctx)
{
	fcgi_out_abort(ctx);
}

static void on_unwatched(void *ctx)
{
	on_gone(ctx);
}

/* Out of kernel memory or watches: as if the web server had gone. */
static void cannot_watch(struct fcgi_out *o)
{
	o->unwatched = o->broken = true;
	o->stall = loop_timer_new(o->l, on_unwatched, o);
	loop_timer_set(o->stall, 0);
}

struct fcgi_out *fcgi_out_new(struct loop *l, int fd, unsigned request_id,
			      const struct fcgi_out_events *events, void *ctx)
{
	struct fcgi_out *o = mem_zalloc(sizeof(*o));

	o->l = l;
	o->fd = fd;
	o->id = (uint16_t)request_id;
	o->events = events;
	o->ctx = ctx;
	o->record = NO_RECORD;
	buf_init(&o->out, BACKLOG_MAX);
	o->held.fn = abort_held;
	o->held.ctx = o;
	loop_hold(l, &o->held);
	atomic_fetch_add_explicit(&l->load, 1, memory_order_relaxed);
	/* Also makes fd non-blocking. */
	if (uv_poll_init(&l->uv, &o->poll, fd))
		cannot_watch(o);
	o->poll.data = o;
	if (!o->unwatched)
		watch(o);
	return o;
}

static char *begin_record(struct fcgi_out *o)
{
	char *room = buf_room(&o->out, RECORD_HEADER);

	if (!room)
		return NULL;
	o->record = o->out.len;
	memset(room, 0, RECORD_HEADER);
	buf_wrote(&o->out, RECORD_HEADER);
	return room;
}

void fcgi_out_add(struct fcgi_out *o, struct str bytes)
{
	while (bytes.n && !o->broken) {
		size_t room, n;

		if (o->record == NO_RECORD && !begin_record(o))
			break;
		room = RECORD_MAX - (o->out.len - o->record - RECORD_HEADER);
		n = bytes.n < room ? bytes.n : room;
		buf_add(&o->out, bytes.p, n);
		bytes = str_sub(bytes, n, bytes.n);
		if (n == room) {
			seal(o);
			o->record = NO_RECORD;
		}
	}
	if (!buf_ok(&o->out)) {
		shutdown(o->fd, SHUT_RDWR);
		give_up(o);
	}
	note_congestion(o);
}

void fcgi_out_flush(struct fcgi_out *o)
{
	if (o->broken)
		return;
	if (o->blocked) {
		seal(o);
		return;
	}
	send_some(o);
	if (!o->broken && backlog(o))
		block(o);
	note_congestion(o);
}

bool fcgi_out_congested(const struct fcgi_out *o)
{
	return o->congested;
}

void fcgi_out_end(struct fcgi_out *o)
{
	char end[END_BYTES] = {0};

	o->ending = true;
	if (o->broken) {
		destroy(o);
		return;
	}
	seal(o);
	o->record = NO_RECORD;
	put_header(end, FCGI_STDOUT, o->id, 0);
	/* Status 0, FCGI_REQUEST_COMPLETE (0): sections 5.5 and 8. */
	put_header(end + RECORD_HEADER, FCGI_END_REQUEST, o->id, RECORD_HEADER);
	buf_add(&o->out, end, sizeof(end));
	fcgi_out_flush(o);
	if (o->broken || backlog(o) == 0)
		destroy(o);
	else
		block(o);
}

void fcgi_out_abort(struct fcgi_out *o)
{
	destroy(o);
}
