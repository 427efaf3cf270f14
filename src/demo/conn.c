/* One connection: requests in, replies out, each at its time. */
#include "demo/server.h"

#include <string.h>

#include "base/mem.h"

enum {
	PIPELINE_BYTES = 64 * 1024, /* of later requests, kept meanwhile */
	BURST_BYTES = 16 * 1024,    /* of frames in a write without delay */
	WIRE_BYTES = 192 * 1024 * 1024,
	LINGER_MS = 2000, /* for the rest of a refused body */
	KEPT_BYTES = 4096 /* a larger buffer is given back between writes */
};

struct conn {
	uv_tcp_t tcp;
	uv_timer_t timer;
	uv_write_t write;
	struct server *server;
	struct http_in in;
	struct buf later; /* bytes behind the request being answered */
	struct buf out;	  /* bytes that wait for the socket, or for drip */
	size_t dripped;	  /* of out */
	struct reply *reply;
	enum script_next next; /* what comes after the bytes being sent */
	uint64_t due;	       /* loop time of the next step */
	bool keep_alive, chunked, head_sent, writing, lingering;
	unsigned handles; /* still to be closed */
};

static void step(struct conn *c);

static void on_closed(uv_handle_t *h)
{
	struct conn *c = h->data;

	if (--c->handles)
		return;
	http_release(&c->in);
	buf_release(&c->later);
	buf_release(&c->out);
	reply_free(c->reply);
	mem_free(c);
}

static void end_reply(struct conn *c, const char *event)
{
	struct reply *r = c->reply;

	if (r)
		journal_end(&c->server->demo->journal, event, r->number,
			    r->status, r->script.frames);
	reply_free(r);
	c->reply = NULL;
}

static void drop(struct conn *c)
{
	uv_handle_t *tcp = (uv_handle_t *)&c->tcp;

	if (uv_is_closing(tcp))
		return;
	end_reply(c, "aborted");
	uv_close(tcp, on_closed);
	uv_close((uv_handle_t *)&c->timer, on_closed);
}

void conn_close(uv_handle_t *tcp)
{
	drop(tcp->data);
}

/* timer ------------------------------------------------------------------- */

static void take(struct conn *c, struct str bytes);

static void on_timer(uv_timer_t *t)
{
	struct conn *c = t->data;
	struct buf later = c->later;

	if (c->lingering) {
		drop(c);
	} else if (c->reply) {
		step(c);
	} else {
		buf_init(&c->later, PIPELINE_BYTES);
		take(c, buf_str(&later));
		buf_release(&later);
	}
}

static void arm(struct conn *c, uint64_t due)
{
	uint64_t now = uv_now(&c->server->loop);

	c->due = due;
	uv_timer_start(&c->timer, on_timer, due > now ? due - now : 0, 0);
}

/* sending ----------------------------------------------------------------- */

static void on_shut(uv_shutdown_t *req, int status)
{
	(void)status;
	mem_free(req);
}

/* The reply is out: on to the next request, or the end. */
static void after_reply(struct conn *c)
{
	bool keep = c->keep_alive && !c->reply->sw.close;

	end_reply(c, "done");
	if (keep) {
		if (c->later.len)
			arm(c, 0);
		else
			uv_timer_stop(&c->timer);
		return;
	}
	/* Closing on unread bytes would reset the connection and could take
	 * the answer away from the client. */
	c->lingering = true;
	uv_shutdown(mem_zalloc(sizeof(uv_shutdown_t)), (uv_stream_t *)&c->tcp,
		    on_shut);
	arm(c, uv_now(&c->server->loop) + LINGER_MS);
}

static void cut(struct conn *c)
{
	bool reset = c->reply->sw.reset;

	end_reply(c, "cut");
	if (reset && uv_tcp_close_reset(&c->tcp, on_closed) == 0)
		uv_close((uv_handle_t *)&c->timer, on_closed);
	else
		drop(c);
}

static void on_sent(struct conn *c)
{
	switch (c->next) {
	case SCRIPT_FRAME:
		arm(c, c->due + (uint64_t)c->reply->sw.delay);
		break;
	case SCRIPT_END:
		after_reply(c);
		break;
	case SCRIPT_CUT:
		cut(c);
		break;
	case SCRIPT_HANG:
		break;
	}
}

static void on_written(uv_write_t *w, int status)
{
	struct conn *c = w->data;

	c->writing = false;
	buf_reset(&c->out);
	if (c->out.cap > KEPT_BYTES)
		buf_release(&c->out);
	if (status < 0)
		drop(c);
	else if (c->reply)
		on_sent(c);
}

/* One byte, for `drip`. */
static void send_byte(struct conn *c)
{
	uv_buf_t one = uv_buf_init(c->out.data + c->dripped, 1);
	int n = uv_try_write((uv_stream_t *)&c->tcp, &one, 1);

	if (n < 0 && n != UV_EAGAIN) {
		drop(c);
		return;
	}
	c->dripped += n == 1;
	if (c->dripped < c->out.len) {
		uv_timer_start(&c->timer, on_timer, n == 1 ? 0 : 1, 0);
		return;
	}
	buf_reset(&c->out);
	c->dripped = 0;
	on_sent(c);
}

/* Sends what the server's wire holds; on_sent() when it is with the system. */
static void send_wire(struct conn *c)
{
	struct buf *wire = &c->server->wire;
	uv_buf_t bytes = uv_buf_init(wire->data, (unsigned)wire->len);
	int n = 0;

	if (wire->len == 0) {
		on_sent(c);
		return;
	}
	if (c->reply->sw.drip) {
		buf_addstr(&c->out, buf_str(wire));
		send_byte(c);
		return;
	}
	n = uv_try_write((uv_stream_t *)&c->tcp, &bytes, 1);
	if (n < 0 && n != UV_EAGAIN) {
		drop(c);
		return;
	}
	n = n < 0 ? 0 : n;
	if ((size_t)n == wire->len) {
		on_sent(c);
		return;
	}
	buf_reset(&c->out);
	buf_add(&c->out, wire->data + n, wire->len - (size_t)n);
	bytes = uv_buf_init(c->out.data, (unsigned)c->out.len);
	c->writing = true;
	if (uv_write(&c->write, (uv_stream_t *)&c->tcp, &bytes, 1, on_written) <
	    0)
		drop(c);
}

/* replies ----------------------------------------------------------------- */

static void add_head(struct conn *c, struct buf *wire)
{
	const struct reply *r = c->reply;

	c->head_sent = true;
	buf_addf(wire, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n", r->status,
		 http_reason(r->status),
		 r->stream ? "text/event-stream" : r->type);
	if (!r->stream)
		buf_addf(wire, "Content-Length: %zu\r\n", r->body.len);
	else if (c->chunked)
		buf_adds(wire, "Transfer-Encoding: chunked\r\n"
			       "Cache-Control: no-cache\r\n");
	if (r->sw.retry_after && r->status >= 400)
		buf_addf(wire, "Retry-After: %lld\r\n",
			 (long long)r->sw.retry_after);
	if (!c->keep_alive || r->sw.close)
		buf_adds(wire, "Connection: close\r\n");
	buf_adds(wire, "\r\n");
}

static void add_chunk(struct conn *c, struct buf *wire, struct str bytes)
{
	if (c->chunked)
		buf_addf(wire, "%zx\r\n", bytes.n);
	buf_addstr(wire, bytes);
	if (c->chunked)
		buf_adds(wire, "\r\n");
}

/* A stream's next frames: one, `per`, or a burst. */
static void play(struct conn *c)
{
	struct reply *r = c->reply;
	struct buf *wire = &c->server->wire, *frame = &c->server->frame;
	int64_t n = 0;
	bool more;

	do {
		buf_reset(frame);
		c->next = script_frame(&r->script, frame);
		if (frame->len && !c->head_sent)
			add_head(c, wire);
		if (frame->len)
			add_chunk(c, wire, buf_str(frame));
		n++;
		more = r->sw.per ? n < r->sw.per
				 : !r->sw.delay && wire->len < BURST_BYTES;
	} while (c->next == SCRIPT_FRAME && more);
	if (c->next != SCRIPT_END)
		return;
	if (!c->head_sent)
		add_head(c, wire);
	if (c->chunked)
		buf_adds(wire, "0\r\n\r\n");
}

/* One object; a cut or hang before it (0) or in the middle of it (more). */
static void recite(struct conn *c)
{
	struct reply *r = c->reply;
	struct buf *wire = &c->server->wire;
	struct str body = buf_str(&r->body);

	c->next = SCRIPT_END;
	if (r->sw.cut >= 0 || r->sw.hang >= 0) {
		c->next = r->sw.cut >= 0 ? SCRIPT_CUT : SCRIPT_HANG;
		if (r->sw.cut <= 0 && r->sw.hang <= 0)
			return;
		body.n /= 2;
	}
	add_head(c, wire);
	buf_addstr(wire, body);
}

static void step(struct conn *c)
{
	struct buf *wire = &c->server->wire;

	if (c->writing)
		return;
	if (c->out.len) {
		send_byte(c);
		return;
	}
	buf_reset(wire);
	if (c->reply->stream)
		play(c);
	else
		recite(c);
	send_wire(c);
	if (wire->cap > BURST_BYTES * 4)
		buf_release(wire);
}

static void start_reply(struct conn *c, struct reply *r)
{
	uint64_t now = uv_now(&c->server->loop);

	c->reply = r;
	c->head_sent = false;
	c->keep_alive = c->in.keep_alive;
	c->chunked = !c->in.old;
	if (r->stream && !c->chunked)
		c->keep_alive = false;
	http_reset(&c->in);
	c->due = now + (uint64_t)r->sw.first;
	if (r->sw.first == 0) {
		step(c);
		return;
	}
	if (r->stream && !r->sw.late_headers && r->sw.cut && r->sw.hang) {
		buf_reset(&c->server->wire);
		add_head(c, &c->server->wire);
		c->due -= (uint64_t)r->sw.delay;
		c->next = SCRIPT_FRAME;
		send_wire(c);
		return;
	}
	arm(c, c->due);
}

/* reading ----------------------------------------------------------------- */

static void send_continue(struct conn *c)
{
	static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	uv_buf_t bytes = uv_buf_init(text, sizeof(text) - 1);

	c->in.expects = false;
	uv_try_write((uv_stream_t *)&c->tcp, &bytes, 1);
}

static void take(struct conn *c, struct str bytes)
{
	struct demo *d = c->server->demo;
	struct err e;
	size_t used;

	if (http_feed(&c->in, bytes, &used, &e) < 0) {
		start_reply(c, reply_refusal(d, &e));
		return;
	}
	if (c->in.state == HTTP_DONE) {
		buf_addstr(&c->later, str_sub(bytes, used, bytes.n));
		start_reply(c, reply_new(d, &c->in));
	} else if (c->in.expects && c->in.body.len == 0) {
		send_continue(c);
	}
}

static void on_room(uv_handle_t *h, size_t hint, uv_buf_t *room)
{
	struct conn *c = h->data;

	(void)hint;
	*room = uv_buf_init(c->server->in, sizeof(c->server->in));
}

static void on_read(uv_stream_t *tcp, ssize_t n, const uv_buf_t *room)
{
	struct conn *c = tcp->data;
	struct str bytes = {room->base, n > 0 ? (size_t)n : 0};

	if (n < 0) {
		drop(c);
	} else if (c->lingering) {
		return;
	} else if (c->reply || c->later.len) {
		buf_addstr(&c->later, bytes);
		if (!buf_ok(&c->later))
			drop(c);
	} else {
		take(c, bytes);
	}
}

void conn_accept(struct server *s)
{
	struct conn *c = mem_zalloc(sizeof(*c));

	c->server = s;
	c->handles = 2;
	c->tcp.data = c->timer.data = c->write.data = c;
	http_init(&c->in);
	buf_init(&c->later, PIPELINE_BYTES);
	buf_init(&c->out, WIRE_BYTES);
	uv_timer_init(&s->loop, &c->timer);
	uv_tcp_init(&s->loop, &c->tcp);
	if (uv_accept((uv_stream_t *)&s->listener, (uv_stream_t *)&c->tcp) <
		0 ||
	    uv_tcp_nodelay(&c->tcp, 1) < 0 ||
	    uv_read_start((uv_stream_t *)&c->tcp, on_room, on_read) < 0)
		drop(c);
}
