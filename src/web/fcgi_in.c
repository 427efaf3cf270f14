#include "web/fcgi_in.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "web/fcgi_body.h"
#include "web/fcgi_gate.h"
#include "web/fcgi_head.h"
#include "web/fcgi_request.h"
#include "web/path.h"

enum {
	WORKER_STACK = 512 * 1024,
	READ_PIECE = 64 * 1024,
	BODY_SMALL = 64 * 1024, /* bytes that anybody may send */
	STALL_S = 60,		/* a web server that neither sends nor takes */
	READ_S = 600,	 /* a body that takes for ever, 32 MB at 55 KB/s */
	STOP_READ_S = 5, /* the same once the process is to end */
	WORKERS_MAX = 256,
	BUSY_TICKS = 2 /* quarters of a second */
};

struct worker {
	struct fcgi_in *in;
	pthread_t thread;
	pthread_mutex_t lock;
	int reading; /* the connection whose body is being read, or -1 */
	int64_t reading_since_ms;
};

struct fcgi_in {
	struct fcgi_in_options options;
	struct gate *gate;
	struct worker workers[WORKERS_MAX];
	pthread_mutex_t starting; /* held while workers are started; none is
				     after stopping was set under it */
	atomic_int started;
	atomic_int idle; /* workers that wait for a request */
	int busy_ticks;	 /* for so long requests have waited for a worker */
	int stop_fd;	 /* readable once workers are to end */
	atomic_bool stopping;
	int64_t stopping_ms;
};

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

/* How much of the body to ask for at once: not more than was announced, so that
 * a small request takes little memory. */
static size_t next_piece(const struct request *r, int64_t announced)
{
	size_t want = READ_PIECE;

	if (announced >= 0 && (uint64_t)announced - r->body.len < want)
		want = (size_t)announced - r->body.len;
	if (want > r->body.max - r->body.len)
		want = r->body.max - r->body.len;
	return want;
}

/* One piece of the body; 0 at its end.  What is too large, or more than was
 * announced, is read away. */
static size_t read_piece(struct request *r, struct fcgi_body *b,
			 int64_t announced)
{
	char waste[4096];
	size_t want = next_piece(r, announced);
	bool keep = want > 0 && !r->body_too_large;
	char *room = keep ? buf_room(&r->body, want) : waste;
	size_t n = fcgi_body_read(b, room, keep ? want : sizeof(waste));

	if (n && keep)
		buf_wrote(&r->body, n);
	else if (n)
		r->body_too_large = true;
	return n;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Reads to the end even when the body is too large to keep: a web server that
 * still has body to send may wait for long before it passes an answer on. */
static void read_body(struct request *r, const FCGX_Request *x,
		      const struct fcgi_in_options *o)
{
	size_t total = 0, n, max = o->max_body_bytes;
	int64_t announced = -1;
	struct fcgi_body body = {.fd = x->ipcFd, .id = (unsigned)x->requestId};

	str_to_i64(request_header(r, "content-length"), 0, INT64_MAX,
		   &announced);
	if (o->body_limit && (announced < 0 || announced > BODY_SMALL))
		max = min_size(max, o->body_limit(o->ctx, r));
	buf_init(&r->body, max);
	do {
		n = read_piece(r, &body, announced);
		total += n;
	} while (n);
	if (r->body_too_large)
		buf_release(&r->body);
	r->body_truncated =
	    (announced >= 0 && total < (uint64_t)announced) || body.broken;
}

/* From here to end_reading() the connection may be shut down by supervise(). */
static void begin_reading(struct worker *w, int fd)
{
	pthread_mutex_lock(&w->lock);
	w->reading = fd;
	w->reading_since_ms = clock_mono_ms();
	pthread_mutex_unlock(&w->lock);
}

static void end_reading(struct worker *w)
{
	begin_reading(w, -1);
}

static struct request *read_request(struct fcgi_in *in, struct fcgi_request *f)
{
	struct request *r = mem_zalloc(sizeof(*r));

	r->fcgi = f;
	r->fd = -1;
	r->started_us = clock_mono_us();
	r->started_wall_ms = clock_wall_ms();
	memcpy(r->id, "req_", 4);
	secret_timed_id(r->id + 4, 24, r->started_wall_ms);
	r->method = arena_str(&r->arena, request_param(r, "REQUEST_METHOD"));
	r->remote = arena_str(&r->arena, request_param(r, "REMOTE_ADDR"));
	r->https = str_ieq(request_param(r, "HTTPS"), STR("on"));
	path_split(request_param(r, "REQUEST_URI"),
		   request_param(r, "SCRIPT_NAME"), &r->arena, &r->path,
		   &r->query);
	read_body(r, &f->x, &in->options);
	return r;
}

/* Errors of accept that come back at once (no descriptors left) must not turn
 * the worker into a busy loop. EAGAIN: another worker was faster. */
static void accept_failed(void)
{
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	log_note(LOG_WARN, "accept", "cannot accept a connection: %s",
		 strerror(errno));
	sleep_ms(100);
}

/*
 * Lets libfcgi read the head, and only that, from a socket of our own: what
 * follows it is read by fcgi_body.h.  libfcgi takes a connection that is open
 * already for one that it kept.  It closes it when it refuses.
 */
static int read_head(FCGX_Request *x, int fd, size_t size)
{
	int pair[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	FCGX_InitRequest(x, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	x->ipcFd = pair[0];
	x->keepConnection = 1;
	rc = fcgi_head_move(fd, pair[1], size);
	shutdown(pair[1], SHUT_WR); /* nor can it wait for more */
	if (rc < 0)
		FCGX_Free(x, 1);
	else
		rc = FCGX_Accept_r(x);
	close(pair[1]);
	if (rc < 0)
		return -1;
	close(x->ipcFd);
	x->ipcFd = fd;
	/* One request per connection: a worker that waited on a kept
	 * connection would be lost to everybody else. */
	x->keepConnection = 0;
	return 0;
}

/* Reads and answers one request. */
static void serve_one(struct worker *w, int fd, size_t head)
{
	struct fcgi_in *in = w->in;
	struct fcgi_request f;
	struct request *r;

	if (read_head(&f.x, fd, head) < 0) {
		close(fd);
		return;
	}
	begin_reading(w, fd);
	r = read_request(in, &f);
	end_reading(w);
	in->options.handle(in->options.ctx, r);
}

/* What came through the gate is looked at again for its size. */
static void serve_ready(struct worker *w, int fd)
{
	size_t head;

	if (fcgi_head_look(fd, &head) == FCGI_HEAD_WHOLE)
		serve_one(w, fd, head);
	else
		close(fd);
}

static void limit_stalls(int fd)
{
	struct timeval stall = {.tv_sec = STALL_S};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &stall, sizeof(stall));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof(stall));
}

/* A new connection, when its request is there; else it waits at the gate. */
static void accept_one(struct worker *w)
{
	struct fcgi_in *in = w->in;
	int fd = accept4(in->options.listen_fd, NULL, NULL, SOCK_CLOEXEC);
	size_t head;

	if (fd < 0) {
		accept_failed();
		return;
	}
	limit_stalls(fd);
	switch (fcgi_head_look(fd, &head)) {
	case FCGI_HEAD_WHOLE:
		serve_one(w, fd, head);
		break;
	case FCGI_HEAD_PART:
		gate_wait(in->gate, fd);
		break;
	case FCGI_HEAD_BAD:
		close(fd);
		break;
	}
}

static bool add_to_set(int set, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = fd};

	return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* What a worker waits on: the listening socket and the gate, each of which
 * wakes one of them, and the descriptor that tells all of them to end. -1 when
 * there is none left. */
static int wait_set(const struct fcgi_in *in)
{
	const uint32_t one = EPOLLIN | EPOLLEXCLUSIVE;
	int set = epoll_create1(EPOLL_CLOEXEC);

	if (set >= 0 &&
	    (in->options.listen_fd < 0 ||
	     add_to_set(set, in->options.listen_fd, one)) &&
	    add_to_set(set, gate_ready_fd(in->gate), one) &&
	    add_to_set(set, in->stop_fd, EPOLLIN))
		return set;
	if (set >= 0)
		close(set);
	return -1;
}

static void serve_next(struct worker *w, int set)
{
	struct fcgi_in *in = w->in;
	struct epoll_event event;
	int n, fd;

	in->idle++;
	n = epoll_wait(set, &event, 1, -1);
	in->idle--;
	if (n < 1 || in->stopping)
		return;
	if (event.data.fd == in->options.listen_fd) {
		accept_one(w);
		return;
	}
	fd = gate_take(in->gate);
	if (fd >= 0)
		serve_ready(w, fd);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	int set = wait_set(w->in), fd;

	if (set < 0)
		log_note(LOG_ERROR, "worker", "cannot wait for requests: %s",
			 strerror(errno));
	while (set >= 0 && !w->in->stopping)
		serve_next(w, set);
	/* Those that are here whole are answered still. */
	while ((fd = gate_take(w->in->gate)) >= 0)
		serve_ready(w, fd);
	if (set >= 0)
		close(set);
	return NULL;
}

/* One more worker; -1 when there cannot be one. */
static int start_worker(struct fcgi_in *in)
{
	struct worker *w = &in->workers[in->started];
	pthread_attr_t attr;
	int rc;

	w->in = in;
	w->reading = -1;
	pthread_mutex_init(&w->lock, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, WORKER_STACK);
	rc = pthread_create(&w->thread, &attr, worker_main, w);
	pthread_attr_destroy(&attr);
	if (rc != 0) {
		pthread_mutex_destroy(&w->lock);
		return -1;
	}
	in->started++;
	return 0;
}

/* A body that has been coming for too long. */
static void end_slow_body(const struct fcgi_in *in, struct worker *w,
			  int64_t now)
{
	int64_t limit = READ_S * 1000;

	pthread_mutex_lock(&w->lock);
	if (in->stopping && now - in->stopping_ms > STOP_READ_S * 1000)
		limit = 0;
	if (w->reading >= 0 && now - w->reading_since_ms > limit)
		shutdown(w->reading, SHUT_RD);
	pthread_mutex_unlock(&w->lock);
}

static bool somebody_waits(const struct fcgi_in *in)
{
	struct pollfd p[] = {
	    {.fd = in->options.listen_fd, .events = POLLIN},
	    {.fd = gate_ready_fd(in->gate), .events = POLLIN},
	};

	return in->idle == 0 && poll(p, 2, 0) > 0;
}

/* Up to n workers in all. */
static void start_workers(struct fcgi_in *in, int n)
{
	pthread_mutex_lock(&in->starting);
	while (!in->stopping && in->started < n && start_worker(in) == 0)
		;
	pthread_mutex_unlock(&in->starting);
}

/*
 * Apache passes a body on as its client sends it: a few slow uploads would
 * hold every worker.  When requests have waited for a while and nobody was
 * free, there are more workers from then on.
 */
static void supervise(void *ctx)
{
	struct fcgi_in *in = ctx;
	int64_t now = clock_mono_ms();
	int n = in->started;

	for (int i = 0; i < n; i++)
		end_slow_body(in, &in->workers[i], now);
	in->busy_ticks = somebody_waits(in) ? in->busy_ticks + 1 : 0;
	if (in->busy_ticks < BUSY_TICKS || n == WORKERS_MAX)
		return;
	in->busy_ticks = 0;
	start_workers(in, n < WORKERS_MAX / 2 ? 2 * n : WORKERS_MAX);
	log_note(LOG_INFO, "workers", "%d were not enough, now %d", n,
		 (int)in->started);
}

int fcgi_in_start(struct fcgi_in **out, const struct fcgi_in_options *options,
		  struct err *e)
{
	struct fcgi_in *in = mem_zalloc(sizeof(*in));
	struct gate_options gate = {supervise, in};

	in->options = *options;
	pthread_mutex_init(&in->starting, NULL);
	in->stop_fd = eventfd(0, EFD_CLOEXEC);
	/* Workers race for connections: the loser must not sleep in accept. */
	fcntl(options->listen_fd, F_SETFL,
	      fcntl(options->listen_fd, F_GETFL) | O_NONBLOCK);
	/* libfcgi would wait up to 2 s for the web server at each close. */
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1);
	FCGX_Init();
	if (gate_start(&in->gate, &gate, e) < 0) {
		fcgi_in_stop(in);
		return -1;
	}
	if (in->stop_fd >= 0)
		start_workers(in, options->workers);
	if (in->started < options->workers) {
		fcgi_in_stop(in);
		return err_set(e, ERR_INTERNAL,
			       "cannot start %d worker threads",
			       options->workers);
	}
	*out = in;
	return 0;
}

void fcgi_in_give(struct fcgi_in *in, int fd)
{
	limit_stalls(fd);
	gate_wait(in->gate, fd);
}

void fcgi_in_stop(struct fcgi_in *in)
{
	if (!in)
		return;
	pthread_mutex_lock(&in->starting);
	in->stopping_ms = clock_mono_ms();
	in->stopping = true;
	pthread_mutex_unlock(&in->starting);
	if (in->stop_fd >= 0)
		eventfd_write(in->stop_fd, 1);
	for (int i = 0; i < in->started; i++)
		pthread_join(in->workers[i].thread, NULL);
	gate_stop(in->gate); /* it has ended slow bodies until now */
	for (int i = 0; i < in->started; i++)
		pthread_mutex_destroy(&in->workers[i].lock);
	pthread_mutex_destroy(&in->starting);
	if (in->stop_fd >= 0)
		close(in->stop_fd);
	mem_free(in);
}
