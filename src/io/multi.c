#include "io/multi.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/loop_impl.h"
#include "io/transfer_impl.h"

/* More than the streams of one loop: libcurl searches all connections of a
 * full cache whenever one comes back (conn_idle.h keeps the idle ones few). */
enum { CACHED_CONNECTIONS = 8192 };

/* A descriptor that libcurl wants to be watched. */
struct watch {
	uv_poll_t poll;
	struct multi *m;
	curl_socket_t fd;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void curl_start(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void act(struct multi *m, curl_socket_t fd, int what)
{
	int running;

	m->busy = m->in_curl = true;
	curl_multi_socket_action(m->curl, fd, what, &running);
	m->in_curl = false;
	transfer_settle(m);
}

static void on_watch(uv_poll_t *h, int status, int events)
{
	struct watch *w = h->data;
	int what = 0;

	if (status < 0)
		what = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		what |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		what |= CURL_CSELECT_OUT;
	act(w->m, w->fd, what);
}

static void on_watch_closed(uv_handle_t *h)
{
	mem_free(h->data);
}

static struct watch *watch_new(struct multi *m, curl_socket_t fd)
{
	struct watch *w = mem_zalloc(sizeof(*w));

	w->m = m;
	w->fd = fd;
	w->poll.data = w;
	if (uv_poll_init_socket(&m->l->uv, &w->poll, fd)) {
		mem_free(w);
		return NULL;
	}
	curl_multi_assign(m->curl, fd, w);
	conn_idle_used(&m->idle, fd);
	return w;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		     void *assigned)
{
	struct multi *m = arg;
	struct watch *w = assigned;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (!w)
			return 0;
		conn_idle_unused(&m->idle, fd);
		curl_multi_assign(m->curl, fd, NULL);
		uv_close((uv_handle_t *)&w->poll, on_watch_closed);
		return 0;
	}
	if (!w)
		w = watch_new(m, fd);
	/* An error would make the whole multi handle unusable; this transfer
	 * runs into its time limit instead. */
	if (!w)
		return 0;
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	uv_poll_start(&w->poll, events, on_watch);
	return 0;
}

static void on_timer(uv_timer_t *h)
{
	act(h->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer_change(CURLM *curl, long ms, void *arg)
{
	struct multi *m = arg;

	(void)curl;
	if (ms < 0)
		uv_timer_stop(&m->timer);
	else
		uv_timer_start(&m->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

static void on_soon(uv_idle_t *h)
{
	struct multi *m = h->data;

	uv_idle_stop(h);
	transfer_settle(m);
}

void multi_later(struct multi *m)
{
	if (!uv_is_active((uv_handle_t *)&m->soon))
		uv_idle_start(&m->soon, on_soon);
}

struct multi *multi_new(struct loop *l)
{
	struct multi *m = mem_zalloc(sizeof(*m));

	pthread_once(&curl_once, curl_start);
	m->l = l;
	m->curl = curl_multi_init();
	if (!m->curl)
		abort();
	uv_timer_init(&l->uv, &m->timer);
	uv_idle_init(&l->uv, &m->soon);
	/* It must not keep a stopping loop alive. */
	uv_unref((uv_handle_t *)&m->timer);
	m->timer.data = m->soon.data = m;
	conn_idle_init(&m->idle, &l->uv);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_timer_change);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS,
			  (long)CACHED_CONNECTIONS);
	return m;
}

void multi_free(struct multi *m)
{
	uv_loop_t *uv = &m->l->uv;

	while (m->npool)
		curl_easy_cleanup(m->pool[--m->npool]);
	curl_multi_cleanup(m->curl);
	uv_close((uv_handle_t *)&m->timer, NULL);
	uv_close((uv_handle_t *)&m->soon, NULL);
	uv_close((uv_handle_t *)&m->idle.timer, NULL);
	uv_run(uv, UV_RUN_NOWAIT);
	conn_idle_release(&m->idle);
	mem_free(m);
}

CURL *multi_take_easy(struct multi *m)
{
	CURL *easy;

	if (m->npool)
		return m->pool[--m->npool];
	easy = curl_easy_init();
	if (!easy)
		abort(); /* out of memory: as base/mem.h */
	return easy;
}

void multi_put_easy(struct multi *m, CURL *easy)
{
	if (m->npool == MULTI_POOL) {
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_reset(easy);
	m->pool[m->npool++] = easy;
}
