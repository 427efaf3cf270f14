#include "tests/support/tap.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "io/fcgi_out.h"
#include "io/loop.h"
#include "io/transfer.h"
#include "tests/support/io_server.h"

enum { THREADS = 8, POSTS = 2000 };

struct poster {
	struct loop *l;
	int id;
	int seen;	  /* on the loop */
	int out_of_order; /* on the loop */
	pthread_t thread;
};

struct numbered {
	struct poster *p;
	int n;
};

static void count_post(struct loop *l, void *arg)
{
	struct numbered *x = arg;

	(void)l;
	if (x->n != x->p->seen)
		x->p->out_of_order++;
	x->p->seen++;
	mem_free(x);
}

static void *post_many(void *arg)
{
	struct poster *p = arg;

	for (int i = 0; i < POSTS; i++) {
		struct numbered *x = mem_alloc(sizeof(*x));

		*x = (struct numbered){p, i};
		loop_post(p->l, count_post, x);
	}
	return NULL;
}

static void test_order(void)
{
	struct poster p[THREADS] = {0};
	struct loop *l;
	int seen = 0, wrong = 0;

	ok(loop_start(&l, "order", NULL) == 0, "a loop starts");
	for (int i = 0; i < THREADS; i++) {
		p[i] = (struct poster){.l = l, .id = i};
		pthread_create(&p[i].thread, NULL, post_many, &p[i]);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(p[i].thread, NULL);
	loop_stop(l);
	for (int i = 0; i < THREADS; i++) {
		seen += p[i].seen;
		wrong += p[i].out_of_order;
	}
	is_int(seen, THREADS * POSTS, "all that was posted runs before a stop");
	is_int(wrong, 0, "each thread's posts run in their order");
}

struct ticks {
	struct loop *l;
	struct loop_timer *t;
	int n;
	int64_t begin, end;
	struct io_flag *done;
};

static void tick(void *ctx)
{
	struct ticks *k = ctx;

	if (++k->n < 3) {
		loop_timer_set(k->t, 10);
		return;
	}
	k->end = loop_now_ms(k->l);
	loop_timer_free(k->t);
	io_flag_set(k->done);
}

static void start_ticks(struct loop *l, void *arg)
{
	struct ticks *k = arg;

	k->begin = loop_now_ms(l);
	k->t = loop_timer_new(l, tick, k);
	loop_timer_set(k->t, 10);
}

static void never(void *ctx)
{
	*(int *)ctx = 1;
}

static void start_and_stop(struct loop *l, void *arg)
{
	struct loop_timer *t = loop_timer_new(l, never, arg);

	loop_timer_set(t, 0);
	loop_timer_stop(t);
	loop_timer_free(t);
	loop_timer_free(NULL);
}

static void test_timers(void)
{
	struct ticks k = {0};
	struct loop *l;
	int fired = 0;

	loop_start(&l, "timers with a long name", NULL);
	k.l = l;
	k.done = io_flag_new();
	io_call(l, start_and_stop, &fired);
	io_call(l, start_ticks, &k);
	ok(io_flag_wait(k.done), "a timer may be set in its own function");
	is_int(k.n, 3, "and fires once each time");
	ok(k.end - k.begin >= 28, "not early (%lld ms)",
	   (long long)(k.end - k.begin));
	ok(llabs(k.end - clock_mono_ms()) < 1000, "on the monotonic clock");
	loop_stop(l);
	is_int(fired, 0, "a stopped timer does not fire");
	io_flag_free(k.done);
}

struct job {
	pthread_t at, done_at;
	int n;
	struct io_flag *done;
};

static void work(void *arg)
{
	struct job *j = arg;

	j->at = pthread_self();
	j->n = 1;
}

static void worked(struct loop *l, void *arg)
{
	struct job *j = arg;

	(void)l;
	j->done_at = pthread_self();
	j->n++;
	io_flag_set(j->done);
}

static void start_work(struct loop *l, void *arg)
{
	loop_work(l, work, worked, arg);
}

static void test_work(void)
{
	struct job j = {.done = io_flag_new()}, last = {.done = io_flag_new()};
	struct loop *l;

	loop_start(&l, "work", NULL);
	io_call(l, start_work, &j);
	ok(io_flag_wait(j.done) && j.n == 2, "work runs, then done");
	ok(!pthread_equal(j.at, j.done_at) &&
	       !pthread_equal(j.at, pthread_self()),
	   "on another thread, and done on the loop's");
	io_call(l, start_work, &last);
	loop_stop(l);
	is_int(last.n, 2, "a stop waits for work and its done");
	io_flag_free(j.done);
	io_flag_free(last.done);
}

struct live {
	int port, hooks, events;
	struct loop_hook hook;
	struct fcgi_out *out;
	int pair[2];
	char url[64];
};

static void on_stop(void *ctx)
{
	struct live *v = ctx;

	v->hooks++;
	fcgi_out_abort(v->out);
}

static int count_data(void *ctx, struct str bytes)
{
	(void)bytes;
	((struct live *)ctx)->events++;
	return 0;
}

static void count_done(void *ctx, enum transfer_end end, const char *detail)
{
	(void)end;
	(void)detail;
	((struct live *)ctx)->events++;
}

static void count_gone(void *ctx)
{
	((struct live *)ctx)->events++;
}

static const struct transfer_events counted = {NULL, count_data, NULL,
					       count_done};
static const struct fcgi_out_events out_counted = {NULL, count_gone};

static void start_live(struct loop *l, void *arg)
{
	struct live *v = arg;
	struct transfer_spec spec = {.method = "GET", .url = v->url};
	int other[2];

	spec.total_ms = 100000;
	transfer_start(l, &spec, &counted, v);
	socketpair(AF_UNIX, SOCK_STREAM, 0, v->pair);
	v->out = fcgi_out_new(l, v->pair[0], 1, &out_counted, v);
	v->hook = (struct loop_hook){.fn = on_stop, .ctx = v};
	loop_hook_add(l, &v->hook);
	/* And things without an owner: the loop ends them. */
	socketpair(AF_UNIX, SOCK_STREAM, 0, other);
	fcgi_out_add(fcgi_out_new(l, other[0], 1, &out_counted, v), STR("x"));
	close(other[1]);
	loop_timer_set(loop_timer_new(l, never, &v->events), 100000);
}

static void silent(struct io_conn *c)
{
	struct buf in;

	if (io_read_request(c, &in))
		io_flag_set(c->arg);
	buf_release(&in);
	io_wait_close(c);
}

static void stop_inside(struct loop *l, void *arg)
{
	start_live(l, arg);
}

static void test_stop(void)
{
	struct io_flag *asked = io_flag_new();
	struct io_server *s = io_server_start(silent, asked);
	struct live v = {0}, late = {0};
	struct loop *l;
	char c;

	loop_start(&l, "stop", NULL);
	snprintf(v.url, sizeof(v.url), "http://127.0.0.1:%d/",
		 io_server_port(s));
	late = v;
	io_call(l, start_live, &v);
	ok(io_flag_wait(asked), "a transfer is under way");
	/* Posted right before the stop: begun, then ended. */
	loop_post(l, stop_inside, &late);
	loop_stop(l);
	is_int(v.hooks + late.hooks, 2, "hooks run once at the stop");
	is_int(late.events, 0, "nothing else is told");
	ok(recv(v.pair[1], &c, 1, 0) == 0, "outputs are closed");
	close(v.pair[1]);
	close(late.pair[1]);
	io_server_stop(s);
	io_flag_free(asked);
	loop_stop(NULL);
}

int main(void)
{
	test_order();
	test_timers();
	test_work();
	test_stop();
	return done_testing();
}
