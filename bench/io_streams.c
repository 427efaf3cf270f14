/*
 * What a stream costs in io/: N transfers, each into an output of its own, on
 * one loop.  Usage: io_streams STREAMS EVENTS_PER_SECOND SECONDS
 * A child process is both the backend (one chunk of 200 bytes to each stream
 * per event) and the web server (reads the records).  Prints resident memory
 * per stream and CPU time per million events of this process alone.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/fcgi_out.h"
#include "io/transfer.h"

enum { EVENT_BYTES = 200, PAUSE_US = 10000 };

struct stream {
	struct transfer *in;
	struct fcgi_out *out;
	int pair[2];
};

struct bench {
	struct loop *l;
	struct stream *s;
	int n, rate, seconds, listen_fd, port;
	_Atomic int64_t events;
	_Atomic int heads;
	char url[64];
};

/* ------------------------------------------------------------- the child */

static char chunk[EVENT_BYTES + 16];

static int make_chunk(void)
{
	int n = snprintf(chunk, sizeof(chunk), "%x\r\n", EVENT_BYTES);

	memset(chunk + n, 'x', EVENT_BYTES);
	memcpy(chunk + n + EVENT_BYTES, "\r\n", 2);
	return n + EVENT_BYTES + 2;
}

static void watch(int ep, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static void start_clock(int fd, int rate)
{
	struct itimerspec t = {0};

	t.it_interval.tv_sec = rate == 1;
	t.it_interval.tv_nsec = rate == 1 ? 0 : 1000000000 / rate;
	t.it_value = t.it_interval;
	timerfd_settime(fd, 0, &t, NULL);
}

static void tick(int clock_fd, const int *conns, int n, int size)
{
	uint64_t due;

	if (read(clock_fd, &due, sizeof(due)) < 0)
		return;
	for (int i = 0; i < n; i++)
		send(conns[i], chunk, (size_t)size,
		     MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void accept_one(int ep, int listen_fd, int *conns, int *n)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/"
				   "event-stream\r\nTransfer-Encoding: "
				   "chunked\r\n\r\n";
	int fd = accept(listen_fd, NULL, NULL);

	if (fd < 0)
		return;
	conns[(*n)++] = fd;
	watch(ep, fd);
	send(fd, head, sizeof(head) - 1, MSG_NOSIGNAL);
}

static void child(const struct bench *b)
{
	int ep = epoll_create1(0), size = make_chunk(), n = 0;
	int clock_fd = timerfd_create(CLOCK_MONOTONIC, 0);
	int *conns = mem_array((size_t)b->n, sizeof(int));
	static char waste[65536];

	watch(ep, b->listen_fd);
	watch(ep, clock_fd);
	for (int i = 0; i < b->n; i++) {
		close(b->s[i].pair[0]);
		watch(ep, b->s[i].pair[1]);
	}
	for (;;) {
		struct epoll_event e[64];
		int got = epoll_wait(ep, e, 64, -1);

		for (int i = 0; i < got; i++) {
			int fd = e[i].data.fd;

			if (fd == clock_fd)
				tick(clock_fd, conns, n, size);
			else if (fd == b->listen_fd && n < b->n)
				accept_one(ep, fd, conns, &n);
			else if (recv(fd, waste, sizeof(waste), 0) <= 0)
				_exit(0); /* the parent is done */
			if (fd == b->listen_fd && n == b->n)
				start_clock(clock_fd, b->rate);
		}
	}
}

/* ------------------------------------------------------------ the parent */

struct link {
	struct bench *b;
	struct stream *s;
};

static int on_head(void *ctx, const struct transfer_head *head)
{
	struct link *k = ctx;

	(void)head;
	fcgi_out_add(k->s->out,
		     STR("Status: 200\r\nContent-Type: text/event-stream\r\n"
			 "\r\n"));
	fcgi_out_flush(k->s->out);
	k->b->heads++;
	return 0;
}

static int on_data(void *ctx, struct str bytes)
{
	struct link *k = ctx;

	fcgi_out_add(k->s->out, bytes);
	k->b->events++;
	return 0;
}

static void on_flush(void *ctx)
{
	fcgi_out_flush(((struct link *)ctx)->s->out);
}

static void on_done(void *ctx, enum transfer_end end, const char *detail)
{
	(void)ctx;
	(void)end;
	(void)detail;
}

static const struct transfer_events events = {on_head, on_data, on_flush,
					      on_done};
static const struct fcgi_out_events out_events = {NULL, NULL};

static void start(struct loop *l, void *arg)
{
	struct link *k = arg;
	struct transfer_spec spec = {.method = "POST",
				     .url = k->b->url,
				     .body = STR("{}"),
				     .connect_ms = 10000,
				     .first_byte_ms = 600000,
				     .idle_ms = 600000,
				     .total_ms = 3600000};

	k->s->out = fcgi_out_new(l, k->s->pair[0], 1, &out_events, k);
	k->s->in = transfer_start(l, &spec, &events, k);
}

static double cpu_s(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static long rss_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void listen_on(struct bench *b)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	b->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bind(b->listen_fd, (struct sockaddr *)&a, sizeof(a));
	listen(b->listen_fd, 4096);
	getsockname(b->listen_fd, (struct sockaddr *)&a, &size);
	snprintf(b->url, sizeof(b->url), "http://127.0.0.1:%d/",
		 ntohs(a.sin_port));
}

static void measure(struct bench *b)
{
	struct link *links = mem_array((size_t)b->n, sizeof(*links));
	long before = rss_kb();
	double begin = cpu_s(), started;
	int64_t first;

	for (int i = 0; i < b->n; i++) {
		links[i] = (struct link){b, &b->s[i]};
		loop_post(b->l, start, &links[i]);
	}
	while (b->heads < b->n)
		usleep(PAUSE_US);
	started = cpu_s();
	printf("%d streams: %.0f us CPU to start one\n", b->n,
	       (started - begin) * 1e6 / b->n);
	sleep(2);
	begin = cpu_s();
	first = b->events;
	sleep((unsigned)b->seconds);
	printf("%.1f KB resident per stream\n",
	       (double)(rss_kb() - before) / b->n);
	printf("%lld events, %.2f s CPU per million\n",
	       (long long)(b->events - first),
	       (cpu_s() - begin) * 1e6 / (double)(b->events - first));
	loop_stop(b->l);
	mem_free(links);
}

int main(int argc, char **argv)
{
	struct bench b = {.n = 200, .rate = 100, .seconds = 10};
	pid_t pid;

	if (argc > 3) {
		b.n = (int)strtol(argv[1], NULL, 10);
		b.rate = (int)strtol(argv[2], NULL, 10);
		b.seconds = (int)strtol(argv[3], NULL, 10);
	}
	listen_on(&b);
	b.s = mem_array((size_t)b.n, sizeof(*b.s));
	for (int i = 0; i < b.n; i++)
		socketpair(AF_UNIX, SOCK_STREAM, 0, b.s[i].pair);
	pid = fork();
	if (pid == 0)
		child(&b);
	for (int i = 0; i < b.n; i++)
		close(b.s[i].pair[1]);
	close(b.listen_fd);
	if (loop_start(&b.l, "bench", NULL))
		return 1;
	measure(&b);
	waitpid(pid, NULL, 0);
	mem_free(b.s);
	return 0;
}
