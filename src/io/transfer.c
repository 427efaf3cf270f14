#include "io/transfer.h"

#include "base/clock.h"
#include "base/mem.h"
#include "io/loop_impl.h"
#include "io/transfer_impl.h"

#define NEVER INT64_MAX

static int64_t now_ms(const struct transfer *t)
{
	return loop_now_ms(t->m->l);
}

static void leave_curl(struct transfer *t)
{
	if (t->added)
		curl_multi_remove_handle(t->m->curl, t->easy);
	t->added = false;
}

/* No event from now on, and the request body is not read any more; freed when
 * no list is being walked. */
static void drop(struct transfer *t)
{
	if (t->dropped)
		return;
	t->dropped = true;
	if (!t->m->in_curl)
		leave_curl(t);
	t->next_dropped = t->m->dropped;
	t->m->dropped = t;
	if (!t->m->busy)
		multi_later(t->m);
}

static void wait_turn(struct transfer *t)
{
	if (!t->waiting) {
		t->waiting = true;
		t->next_waiting = t->m->waiting;
		t->m->waiting = t;
	}
	multi_later(t->m);
}

/* ------------------------------------------------------------- time limits */

/* The next limit and what reaching it means. */
static int64_t deadline(const struct transfer *t, enum transfer_end *why)
{
	int64_t at = NEVER, idle_at;

	*why = TRANSFER_TOTAL_TIMEOUT;
	if (t->lingering)
		return t->linger_until_ms;
	if (t->total_ms)
		at = t->start_ms + t->total_ms;
	if (!t->head_done && t->first_byte_ms &&
	    t->start_ms + t->first_byte_ms < at) {
		*why = TRANSFER_FIRST_BYTE_TIMEOUT;
		at = t->start_ms + t->first_byte_ms;
	}
	/* Silence while we do not read is not the backend's. */
	if (!t->head_done || !t->idle_ms || t->paused)
		return at;
	idle_at = t->last_byte_ms + t->idle_ms;
	if (idle_at < at) {
		*why = TRANSFER_IDLE_TIMEOUT;
		at = idle_at;
	}
	return at;
}

static const char *const limit_text[] = {
    [TRANSFER_FIRST_BYTE_TIMEOUT] = "no answer within the limit",
    [TRANSFER_IDLE_TIMEOUT] = "the answer stalled",
    [TRANSFER_TOTAL_TIMEOUT] = "the answer took too long",
};

static void on_timer(uv_timer_t *h);

/*
 * Sets the timer to the next limit.  Bytes only move last_byte_ms: the timer
 * that fires too early for them is set again, about once per idle_ms.
 */
static void arm(struct transfer *t)
{
	enum transfer_end why;
	int64_t at = deadline(t, &why), now = now_ms(t);

	if (at == NEVER)
		uv_timer_stop(&t->timer);
	else
		uv_timer_start(&t->timer, on_timer,
			       at > now ? (uint64_t)(at - now) : 0, 0);
}

static void on_timer(uv_timer_t *h)
{
	struct transfer *t = h->data;
	enum transfer_end why;

	if (t->dropped)
		return;
	if (deadline(t, &why) > now_ms(t)) {
		arm(t);
		return;
	}
	if (!t->lingering)
		t->events.done(t->ctx, why, limit_text[why]);
	drop(t);
}

/* --------------------------------------------------- what libcurl calls */

static int report_head(struct transfer *t)
{
	t->head_done = true;
	if (t->lingering)
		return 0;
	arm(t);
	if (t->events.head && t->events.head(t->ctx, &t->head.head))
		drop(t);
	return t->dropped ? -1 : 0;
}

size_t transfer_on_header(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct str line = {p, size * n};
	int rc;

	if (t->dropped)
		return 0;
	t->last_byte_ms = now_ms(t);
	if (t->head_done) /* trailers */
		return line.n;
	rc = http_head_line(&t->head, line, clock_wall_ms());
	if (rc < 0)
		return 0;
	if (rc > 0 && report_head(t))
		return 0;
	return line.n;
}

size_t transfer_on_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	struct str bytes = {p, size * n};

	if (t->dropped || !t->head_done)
		return 0;
	t->last_byte_ms = now_ms(t);
	if (t->lingering)
		return bytes.n;
	if (t->paused) {
		t->stuffed = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (t->events.data && t->events.data(t->ctx, bytes))
		drop(t);
	if (t->dropped)
		return 0;
	if (!t->touched) {
		t->touched = true;
		t->next_touched = t->m->touched;
		t->m->touched = t;
	}
	return bytes.n;
}

/* ------------------------------------------------ what follows from it */

static void flush_touched(struct multi *m)
{
	while (m->touched) {
		struct transfer *t = m->touched;

		m->touched = t->next_touched;
		t->touched = false;
		if (!t->dropped && !t->lingering && t->events.flush)
			t->events.flush(t->ctx);
	}
}

static void keep_connection(struct transfer *t)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	curl_easy_getinfo(t->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd != CURL_SOCKET_BAD)
		conn_idle_keep(&t->m->idle, fd, t->tls);
}

/*
 * A backend closes connections that it thinks idle, at times just as one is
 * used again.  Nothing of the request was answered, so it is sent once more, on
 * a connection of its own; libcurl does this itself, but not when sending fails
 * half way.
 */
static bool was_stale(const struct transfer *t, CURLcode code)
{
	long made = 1;

	if (t->afresh || t->dropped || t->lingering || t->head.bytes ||
	    (code != CURLE_SEND_ERROR && code != CURLE_RECV_ERROR &&
	     code != CURLE_GOT_NOTHING))
		return false;
	return curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &made) ==
		   CURLE_OK &&
	       made == 0;
}

static void start_afresh(struct transfer *t)
{
	t->afresh = true;
	t->error[0] = '\0';
	leave_curl(t);
	curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
	wait_turn(t);
}

static void ended(struct transfer *t, CURLcode code)
{
	enum transfer_end end = transfer_end_of(t, code);
	const char *detail = t->error;

	if (code == CURLE_OK)
		keep_connection(t);
	if (t->dropped)
		return;
	if (was_stale(t, code)) {
		start_afresh(t);
		return;
	}
	if (t->head.bytes > HTTP_HEAD_BYTES)
		detail = "the head of the answer is too large";
	else if (code == CURLE_OK && end == TRANSFER_PROTOCOL)
		detail = "no final answer";
	else if (!detail[0])
		detail = curl_easy_strerror(code);
	if (!t->lingering)
		t->events.done(t->ctx, end, detail);
	drop(t);
}

static void take_messages(struct multi *m)
{
	CURLMsg *msg;
	int left;

	for (;;) {
		struct transfer *t = NULL;

		msg = curl_multi_info_read(m->curl, &left);
		if (!msg)
			return;
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		ended(t, msg->data.result);
	}
}

static void start_or_resume(struct transfer *t)
{
	if (t->dropped)
		return;
	if (!t->added) {
		t->added = true;
		curl_multi_add_handle(t->m->curl, t->easy);
		return;
	}
	if (!t->stuffed || (t->paused && !t->lingering))
		return;
	t->stuffed = false;
	t->m->in_curl = true;
	curl_easy_pause(t->easy, CURLPAUSE_CONT);
	t->m->in_curl = false;
}

static void take_waiting(struct multi *m)
{
	while (m->waiting) {
		struct transfer *t = m->waiting;

		m->waiting = t->next_waiting;
		t->waiting = false;
		start_or_resume(t);
	}
}

static void on_closed(uv_handle_t *h)
{
	mem_free(h->data);
}

static void transfer_free(struct transfer *t)
{
	loop_hook_remove(&t->held);
	leave_curl(t);
	multi_put_easy(t->m, t->easy);
	curl_slist_free_all(t->headers);
	uv_close((uv_handle_t *)&t->timer, on_closed);
}

static void free_dropped(struct multi *m)
{
	while (m->dropped) {
		struct transfer *t = m->dropped;

		m->dropped = t->next_dropped;
		transfer_free(t);
	}
}

void transfer_settle(struct multi *m)
{
	m->busy = true;
	do {
		flush_touched(m);
		take_messages(m);
		take_waiting(m);
	} while (m->touched || m->waiting);
	free_dropped(m);
	m->busy = false;
}

/* ------------------------------------------------------ what owners call */

static void abort_held(void *ctx)
{
	transfer_cancel(ctx);
}

struct transfer *transfer_start(struct loop *l,
				const struct transfer_spec *spec,
				const struct transfer_events *events, void *ctx)
{
	struct transfer *t = mem_zalloc(sizeof(*t));

	t->m = l->multi;
	t->easy = multi_take_easy(t->m);
	t->events = *events;
	t->ctx = ctx;
	t->first_byte_ms = spec->first_byte_ms;
	t->idle_ms = spec->idle_ms;
	t->total_ms = spec->total_ms;
	t->body_bytes = spec->body.n;
	t->tls = str_istarts(str_of(spec->url), STR("https:"));
	t->start_ms = t->last_byte_ms = now_ms(t);
	t->held.fn = abort_held;
	t->held.ctx = t;
	loop_hold(l, &t->held);
	uv_timer_init(&l->uv, &t->timer);
	t->timer.data = t;
	transfer_setup(t, spec);
	arm(t);
	wait_turn(t);
	return t;
}

void transfer_pause(struct transfer *t)
{
	t->paused = true;
}

void transfer_resume(struct transfer *t)
{
	if (!t->paused)
		return;
	t->paused = false;
	t->last_byte_ms = now_ms(t);
	arm(t);
	if (t->stuffed)
		wait_turn(t);
}

void transfer_cancel(struct transfer *t)
{
	drop(t);
}

bool transfer_sent(const struct transfer *t)
{
	curl_off_t sent = 0;

	/* Without a head, libcurl may yet send the request again. */
	if (!t->head_done)
		return false;
	curl_easy_getinfo(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	return (size_t)sent >= t->body_bytes;
}

void transfer_linger(struct transfer *t, int64_t ms)
{
	/* The request body is borrowed only while there are events. */
	if (!transfer_sent(t)) {
		drop(t);
		return;
	}
	t->lingering = true;
	t->linger_until_ms = now_ms(t) + ms;
	arm(t);
	if (t->stuffed)
		wait_turn(t);
}
