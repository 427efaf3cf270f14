#include "web/fcgi_gate.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/fcgi_head.h"

enum {
	WAIT_MS = 10 * 1000, /* web servers send parameters in one piece */
	WAITING_MAX = 1024,  /* the oldest makes room */
	EVENTS = 64,
	TICK_MS = 250
};

struct waiter {
	struct waiter *prev, *next;
	int fd;
	int64_t until_ms;
};

struct gate {
	struct gate_options options;
	pthread_t thread;
	atomic_bool stopping;
	int set, ready_fd;
	int wake_fd; /* in the set: readable when it is to end */
	pthread_mutex_t lock;
	struct waiter waiting; /* ring, oldest first */
	struct waiter ready;   /* ring, in order */
	size_t nwaiting;
	size_t nexpired; /* since the log said so */
};

static void unlink_waiter(struct waiter *w)
{
	w->prev->next = w->next;
	w->next->prev = w->prev;
}

static void append(struct waiter *ring, struct waiter *w)
{
	w->prev = ring->prev;
	w->next = ring;
	ring->prev->next = w;
	ring->prev = w;
}

/* Locked. */
static void drop(struct gate *g, struct waiter *w)
{
	unlink_waiter(w);
	g->nwaiting--;
	close(w->fd); /* leaves the set with it */
	mem_free(w);
}

/* Locked. */
static void make_ready(struct gate *g, struct waiter *w)
{
	epoll_ctl(g->set, EPOLL_CTL_DEL, w->fd, NULL);
	unlink_waiter(w);
	g->nwaiting--;
	append(&g->ready, w);
	eventfd_write(g->ready_fd, 1);
}

static void look_at(struct gate *g, struct waiter *w)
{
	size_t size;
	enum fcgi_head head = fcgi_head_look(w->fd, &size);

	pthread_mutex_lock(&g->lock);
	if (head == FCGI_HEAD_WHOLE)
		make_ready(g, w);
	else if (head == FCGI_HEAD_BAD)
		drop(g, w);
	pthread_mutex_unlock(&g->lock);
}

/* Only after the events of a turn: one of them may be for a waiter that goes
 * here. */
static void expire(struct gate *g)
{
	int64_t now = clock_mono_ms();

	pthread_mutex_lock(&g->lock);
	while (g->nwaiting > 0) {
		struct waiter *oldest = g->waiting.next;

		if (g->nwaiting <= WAITING_MAX && oldest->until_ms > now)
			break;
		drop(g, oldest);
		g->nexpired++;
	}
	pthread_mutex_unlock(&g->lock);
}

static void tell_expired(struct gate *g)
{
	size_t n;

	pthread_mutex_lock(&g->lock);
	n = g->nexpired;
	g->nexpired = 0;
	pthread_mutex_unlock(&g->lock);
	if (n)
		log_note(LOG_WARN, "accept",
			 "closed %zu connections without a request", n);
}

static void *gate_main(void *arg)
{
	struct gate *g = arg;
	struct epoll_event events[EVENTS];
	int64_t next_ms = clock_mono_ms() + TICK_MS;

	while (!g->stopping) {
		int64_t left = next_ms - clock_mono_ms();
		int n = epoll_wait(g->set, events, EVENTS,
				   left > 0 ? (int)left : 0);

		for (int i = 0; i < n; i++)
			if (events[i].data.ptr)
				look_at(g, events[i].data.ptr);
		if (clock_mono_ms() < next_ms)
			continue;
		expire(g);
		tell_expired(g);
		if (g->options.tick)
			g->options.tick(g->options.ctx);
		next_ms = clock_mono_ms() + TICK_MS;
	}
	return NULL;
}

static void gate_free(struct gate *g)
{
	while (g->waiting.next != &g->waiting)
		drop(g, g->waiting.next);
	for (int fd = gate_take(g); fd >= 0; fd = gate_take(g))
		close(fd);
	if (g->set >= 0)
		close(g->set);
	if (g->ready_fd >= 0)
		close(g->ready_fd);
	if (g->wake_fd >= 0)
		close(g->wake_fd);
	pthread_mutex_destroy(&g->lock);
	mem_free(g);
}

int gate_start(struct gate **out, const struct gate_options *options,
	       struct err *e)
{
	struct gate *g = mem_zalloc(sizeof(*g));
	struct epoll_event wake = {.events = EPOLLIN};

	g->options = *options;
	g->waiting.prev = g->waiting.next = &g->waiting;
	g->ready.prev = g->ready.next = &g->ready;
	pthread_mutex_init(&g->lock, NULL);
	g->set = epoll_create1(EPOLL_CLOEXEC);
	g->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	g->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (g->set < 0 || g->ready_fd < 0 || g->wake_fd < 0 ||
	    epoll_ctl(g->set, EPOLL_CTL_ADD, g->wake_fd, &wake) < 0 ||
	    pthread_create(&g->thread, NULL, gate_main, g) != 0) {
		gate_free(g);
		return err_set(e, ERR_INTERNAL,
			       "cannot watch connections that wait");
	}
	*out = g;
	return 0;
}

void gate_stop(struct gate *g)
{
	if (!g)
		return;
	g->stopping = true;
	eventfd_write(g->wake_fd, 1);
	pthread_join(g->thread, NULL);
	gate_free(g);
}

void gate_wait(struct gate *g, int fd)
{
	struct waiter *w = mem_alloc(sizeof(*w));
	/* At the edge: each arrival is looked at once. */
	struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET,
				    .data.ptr = w};

	w->fd = fd;
	w->until_ms = clock_mono_ms() + WAIT_MS;
	pthread_mutex_lock(&g->lock);
	append(&g->waiting, w);
	g->nwaiting++;
	if (epoll_ctl(g->set, EPOLL_CTL_ADD, fd, &event) < 0)
		drop(g, w);
	pthread_mutex_unlock(&g->lock);
}

int gate_ready_fd(const struct gate *g)
{
	return g->ready_fd;
}

int gate_take(struct gate *g)
{
	struct waiter *w;
	eventfd_t one;
	int fd = -1;

	pthread_mutex_lock(&g->lock);
	w = g->ready.next;
	if (w != &g->ready) {
		unlink_waiter(w);
		fd = w->fd;
		mem_free(w);
		eventfd_read(g->ready_fd, &one);
	}
	pthread_mutex_unlock(&g->lock);
	return fd;
}
