#include "io/loop.h"

#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "io/loop_impl.h"
#include "io/multi.h"

enum { END_STALL_MS = 60 * 1000, STALL_MS = 600 * 1000 };

struct post {
	struct post *next;
	void (*fn)(struct loop *l, void *arg);
	void *arg;
};

struct work {
	uv_work_t req;
	struct loop *l;
	void (*work)(void *arg);
	void (*done)(struct loop *l, void *arg);
	void *arg;
};

struct loop_timer {
	uv_timer_t uv;
	void (*fn)(void *ctx);
	void *ctx;
	struct loop_hook held;
};

static void ring_init(struct loop_hook *ring)
{
	ring->prev = ring->next = ring;
}

static void ring_add(struct loop_hook *ring, struct loop_hook *h)
{
	h->prev = ring->prev;
	h->next = ring;
	ring->prev->next = h;
	ring->prev = h;
}

void loop_hook_add(struct loop *l, struct loop_hook *h)
{
	ring_add(&l->owners, h);
}

void loop_hold(struct loop *l, struct loop_hook *h)
{
	ring_add(&l->held, h);
}

void loop_hook_remove(struct loop_hook *h)
{
	if (!h->next)
		return;
	h->prev->next = h->next;
	h->next->prev = h->prev;
	h->prev = h->next = NULL;
}

static bool ring_run(struct loop_hook *ring)
{
	bool any = false;

	while (ring->next != ring) {
		struct loop_hook *h = ring->next;

		loop_hook_remove(h);
		h->fn(h->ctx);
		any = true;
	}
	return any;
}

static bool run_posts(struct loop *l)
{
	struct post *p;
	bool any;

	pthread_mutex_lock(&l->lock);
	p = l->posts;
	l->posts = NULL;
	l->posts_end = &l->posts;
	pthread_mutex_unlock(&l->lock);
	any = p;
	while (p) {
		struct post *next = p->next;

		p->fn(l, p->arg);
		mem_free(p);
		p = next;
	}
	return any;
}

static void on_wake(uv_async_t *h)
{
	run_posts(h->data);
}

static void stop_now(struct loop *l, void *arg)
{
	(void)arg;
	uv_stop(&l->uv);
}

/* Ends everything; what ends may still post or start something. */
static void wind_down(struct loop *l)
{
	bool any;

	uv_unref((uv_handle_t *)&l->wake);
	do {
		any = run_posts(l);
		any |= ring_run(&l->owners);
		any |= ring_run(&l->held);
		uv_run(&l->uv, UV_RUN_DEFAULT);
	} while (any);
}

static void *thread_main(void *arg)
{
	struct loop *l = arg;

	uv_run(&l->uv, UV_RUN_DEFAULT);
	wind_down(l);
	multi_free(l->multi);
	uv_close((uv_handle_t *)&l->wake, NULL);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	return NULL;
}

/* Signals are the main thread's; SIGPIPE, which a TLS library may raise, is
 * blocked with them. */
static int start_thread(struct loop *l, const char *name)
{
	char short_name[16];
	sigset_t all, old;
	size_t n = strlen(name);
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&l->thread, NULL, thread_main, l);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc)
		return rc;
	if (n >= sizeof(short_name))
		n = sizeof(short_name) - 1;
	memcpy(short_name, name, n);
	short_name[n] = '\0';
	pthread_setname_np(l->thread, short_name);
	return 0;
}

static void loop_free(struct loop *l)
{
	uv_loop_close(&l->uv);
	pthread_mutex_destroy(&l->lock);
	mem_free(l);
}

int loop_start(struct loop **out, const char *name, struct err *e)
{
	struct loop *l = mem_zalloc(sizeof(*l));
	int rc = uv_loop_init(&l->uv);

	if (rc) {
		mem_free(l);
		return err_set(e, ERR_INTERNAL, "cannot start a loop: %s",
			       uv_strerror(rc));
	}
	pthread_mutex_init(&l->lock, NULL);
	l->posts_end = &l->posts;
	l->end_stall_ms = END_STALL_MS;
	l->stall_ms = STALL_MS;
	ring_init(&l->owners);
	ring_init(&l->held);
	rc = uv_async_init(&l->uv, &l->wake, on_wake);
	if (rc) {
		loop_free(l);
		return err_set(e, ERR_INTERNAL, "cannot start a loop: %s",
			       uv_strerror(rc));
	}
	l->wake.data = l;
	l->multi = multi_new(l);
	rc = start_thread(l, name);
	if (rc) {
		multi_free(l->multi);
		uv_close((uv_handle_t *)&l->wake, NULL);
		uv_run(&l->uv, UV_RUN_DEFAULT);
		loop_free(l);
		return err_set(e, ERR_INTERNAL, "cannot start a thread: %s",
			       strerror(rc));
	}
	*out = l;
	return 0;
}

void loop_stop(struct loop *l)
{
	if (!l)
		return;
	loop_post(l, stop_now, NULL);
	pthread_join(l->thread, NULL);
	loop_free(l);
}

void loop_post(struct loop *l, void (*fn)(struct loop *l, void *arg), void *arg)
{
	struct post *p = mem_alloc(sizeof(*p));
	bool first;

	*p = (struct post){NULL, fn, arg};
	pthread_mutex_lock(&l->lock);
	first = !l->posts;
	*l->posts_end = p;
	l->posts_end = &p->next;
	/* Under the lock: the loop cannot end between the two. */
	if (first)
		uv_async_send(&l->wake);
	pthread_mutex_unlock(&l->lock);
}

static void on_work(uv_work_t *req)
{
	struct work *w = req->data;

	w->work(w->arg);
}

static void on_worked(uv_work_t *req, int status)
{
	struct work *w = req->data;

	(void)status; /* never cancelled */
	w->done(w->l, w->arg);
	mem_free(w);
}

void loop_work(struct loop *l, void (*work)(void *arg),
	       void (*done)(struct loop *l, void *arg), void *arg)
{
	struct work *w = mem_zalloc(sizeof(*w));

	w->l = l;
	w->work = work;
	w->done = done;
	w->arg = arg;
	w->req.data = w;
	uv_queue_work(&l->uv, &w->req, on_work, on_worked);
}

size_t loop_load(const struct loop *l)
{
	return atomic_load_explicit(&l->load, memory_order_relaxed);
}

int64_t loop_now_ms(struct loop *l)
{
	return (int64_t)uv_now(&l->uv);
}

static void on_timer(uv_timer_t *h)
{
	struct loop_timer *t = h->data;

	t->fn(t->ctx);
}

static void on_timer_closed(uv_handle_t *h)
{
	mem_free(h->data);
}

static void timer_abort(void *ctx)
{
	loop_timer_free(ctx);
}

struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *ctx),
				  void *ctx)
{
	struct loop_timer *t = mem_zalloc(sizeof(*t));

	uv_timer_init(&l->uv, &t->uv);
	t->uv.data = t;
	t->fn = fn;
	t->ctx = ctx;
	t->held.fn = timer_abort;
	t->held.ctx = t;
	loop_hold(l, &t->held);
	return t;
}

void loop_timer_set(struct loop_timer *t, int64_t ms)
{
	uv_timer_start(&t->uv, on_timer, ms > 0 ? (uint64_t)ms : 0, 0);
}

void loop_timer_stop(struct loop_timer *t)
{
	uv_timer_stop(&t->uv);
}

void loop_timer_free(struct loop_timer *t)
{
	if (!t)
		return;
	loop_hook_remove(&t->held);
	uv_close((uv_handle_t *)&t->uv, on_timer_closed);
}
