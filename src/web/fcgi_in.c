#include "web/fcgi_in.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secret.h"
#include "web/fcgi_request.h"
#include "web/path.h"

enum {
	WORKER_STACK = 512 * 1024,
	READ_PIECE = 64 * 1024,
	BODY_STALL_S = 60 /* a web server that stops sending a body */
};

struct worker {
	struct fcgi_in *in;
	pthread_t thread;
};

struct fcgi_in {
	struct fcgi_in_options options;
	struct worker *workers;
	int started;
	int stop_fd; /* readable once workers are to end */
	atomic_bool stopping;
};

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static int refuse_path(const char *path, struct err *e)
{
	return err_set(e, ERR_INTERNAL, "cannot listen on %s: %s", path,
		       strerror(errno));
}

/* A socket file that nobody listens on is left over from a crash. */
static bool is_stale(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool stale =
	    fd >= 0 &&
	    connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) < 0 &&
	    errno == ECONNREFUSED;

	if (fd >= 0)
		close(fd);
	return stale;
}

int fcgi_listen(const char *path, struct err *e)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, rc;

	if (strlen(path) >= sizeof(addr.sun_path))
		return err_set(
		    e, ERR_INTERNAL,
		    "socket path is too long (at most %zu bytes): %s",
		    sizeof(addr.sun_path) - 1, path);
	memcpy(addr.sun_path, path, strlen(path));
	if (is_stale(&addr))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse_path(path, e);
	mask = umask(0117); /* 0660: the web server shares the group */
	rc = bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	umask(mask);
	if (rc < 0 || listen(fd, 4096) < 0) {
		refuse_path(path, e);
		close(fd);
		return -1;
	}
	return fd;
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
static size_t read_piece(struct request *r, FCGX_Request *x, int64_t announced)
{
	char waste[4096];
	size_t want = next_piece(r, announced);
	bool keep = want > 0 && !r->body_too_large;
	char *room = keep ? buf_room(&r->body, want) : waste;
	int n = FCGX_GetStr(room, keep ? (int)want : (int)sizeof(waste), x->in);

	if (n <= 0)
		return 0;
	if (keep)
		buf_wrote(&r->body, (size_t)n);
	else
		r->body_too_large = true;
	return (size_t)n;
}

/* Reads to the end even when the body is too large to keep: a web server that
 * still has body to send may wait for long before it passes an answer on. */
static void read_body(struct request *r, FCGX_Request *x, size_t max)
{
	struct timeval stall = {.tv_sec = BODY_STALL_S};
	int64_t announced = -1;
	size_t total = 0, n;

	setsockopt(x->ipcFd, SOL_SOCKET, SO_RCVTIMEO, &stall, sizeof(stall));
	str_to_i64(request_header(r, "content-length"), 0, INT64_MAX,
		   &announced);
	buf_init(&r->body, max);
	do {
		n = read_piece(r, x, announced);
		total += n;
	} while (n);
	if (r->body_too_large)
		buf_release(&r->body);
	r->body_truncated = (announced >= 0 && total < (uint64_t)announced) ||
			    FCGX_GetError(x->in) != 0;
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
	read_body(r, &f->x, in->options.max_body_bytes);
	return r;
}

/* Errors of accept that come back at once (no descriptors left) must not turn
 * the worker into a busy loop. EAGAIN: another worker was faster. */
static void accept_failed(int rc)
{
	if (rc == -EAGAIN || rc == -EINTR)
		return;
	log_note(LOG_WARN, "accept", "cannot accept a connection: %s",
		 strerror(-rc));
	sleep_ms(100);
}

static void serve_one(struct fcgi_in *in, struct fcgi_request *f)
{
	struct request *r;

	/* One request per connection: a worker that waited on a kept
	 * connection would be lost to everybody else. */
	f->x.keepConnection = 0;
	r = read_request(in, f);
	in->options.handle(in->options.ctx, r);
}

/* What a worker waits on: the listening socket, which wakes one of them, and
 * the descriptor that tells all of them to end. -1 when there is none left. */
static int wait_set(const struct fcgi_in *in)
{
	struct epoll_event listen = {.events = EPOLLIN | EPOLLEXCLUSIVE};
	struct epoll_event stop = {.events = EPOLLIN};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd >= 0 &&
	    (epoll_ctl(fd, EPOLL_CTL_ADD, in->options.listen_fd, &listen) < 0 ||
	     epoll_ctl(fd, EPOLL_CTL_ADD, in->stop_fd, &stop) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct epoll_event event;
	struct fcgi_request f;
	int set = wait_set(w->in);

	if (set < 0)
		log_note(LOG_ERROR, "worker", "cannot wait for requests: %s",
			 strerror(errno));
	while (set >= 0 && !w->in->stopping) {
		int rc;

		if (epoll_wait(set, &event, 1, -1) < 1 || w->in->stopping)
			continue;
		FCGX_InitRequest(&f.x, w->in->options.listen_fd,
				 FCGI_FAIL_ACCEPT_ON_INTR);
		rc = FCGX_Accept_r(&f.x);
		if (rc < 0)
			accept_failed(rc);
		else
			serve_one(w->in, &f);
	}
	if (set >= 0)
		close(set);
	return NULL;
}

int fcgi_in_start(struct fcgi_in **out, const struct fcgi_in_options *options,
		  struct err *e)
{
	struct fcgi_in *in = mem_zalloc(sizeof(*in));
	pthread_attr_t attr;

	in->options = *options;
	in->workers =
	    mem_array((size_t)options->workers, sizeof(struct worker));
	in->stop_fd = eventfd(0, EFD_CLOEXEC);
	/* Workers race for connections: the loser must not sleep in accept. */
	fcntl(options->listen_fd, F_SETFL,
	      fcntl(options->listen_fd, F_GETFL) | O_NONBLOCK);
	/* libfcgi would wait up to 2 s for the web server at each close. */
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "0", 1);
	FCGX_Init();
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, WORKER_STACK);
	for (; in->started < options->workers; in->started++) {
		struct worker *w = &in->workers[in->started];

		w->in = in;
		if (pthread_create(&w->thread, &attr, worker_main, w) != 0)
			break;
	}
	pthread_attr_destroy(&attr);
	if (in->started < options->workers || in->stop_fd < 0) {
		fcgi_in_stop(in);
		return err_set(e, ERR_INTERNAL,
			       "cannot start %d worker threads",
			       options->workers);
	}
	*out = in;
	return 0;
}

void fcgi_in_stop(struct fcgi_in *in)
{
	if (!in)
		return;
	in->stopping = true;
	if (in->stop_fd >= 0)
		eventfd_write(in->stop_fd, 1);
	for (int i = 0; i < in->started; i++)
		pthread_join(in->workers[i].thread, NULL);
	if (in->stop_fd >= 0)
		close(in->stop_fd);
	mem_free(in->workers);
	mem_free(in);
}
