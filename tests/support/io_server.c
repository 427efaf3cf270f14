#include "tests/support/io_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum { CONNECTIONS = 1024, REQUEST_MAX = 16 * 1024 * 1024 };

struct io_server {
	int listen_fd, port;
	void (*serve)(struct io_conn *c);
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	bool stopping;
	int n;
	struct {
		pthread_t thread;
		struct io_conn conn;
		bool open;
	} slot[CONNECTIONS];
};

struct io_flag {
	sem_t sem;
};

static void *conn_main(void *arg)
{
	struct io_conn *c = arg;
	struct io_server *s = c->server;

	s->serve(c);
	pthread_mutex_lock(&s->lock);
	s->slot[c->number].open = false;
	close(c->fd);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void *accept_main(void *arg)
{
	struct io_server *s = arg;
	int one = 1;

	for (;;) {
		int fd = accept(s->listen_fd, NULL, NULL);
		struct io_conn *c;

		pthread_mutex_lock(&s->lock);
		if (fd < 0 || s->stopping || s->n == CONNECTIONS) {
			pthread_mutex_unlock(&s->lock);
			if (fd >= 0)
				close(fd);
			return NULL;
		}
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c = &s->slot[s->n].conn;
		*c = (struct io_conn){fd, s->n, s, s->arg};
		s->slot[s->n].open = true;
		pthread_create(&s->slot[s->n].thread, NULL, conn_main, c);
		s->n++;
		pthread_mutex_unlock(&s->lock);
	}
}

struct io_server *io_server_start(void (*serve)(struct io_conn *c), void *arg)
{
	struct io_server *s = mem_zalloc(sizeof(*s));
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof(a);

	s->serve = serve;
	s->arg = arg;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bind(s->listen_fd, (struct sockaddr *)&a, sizeof(a));
	listen(s->listen_fd, 512);
	getsockname(s->listen_fd, (struct sockaddr *)&a, &size);
	s->port = ntohs(a.sin_port);
	pthread_mutex_init(&s->lock, NULL);
	pthread_create(&s->thread, NULL, accept_main, s);
	return s;
}

int io_server_port(const struct io_server *s)
{
	return s->port;
}

int io_server_connections(struct io_server *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->n;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void io_server_stop(struct io_server *s)
{
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	shutdown(s->listen_fd, SHUT_RDWR);
	for (int i = 0; i < s->n; i++) {
		if (s->slot[i].open)
			shutdown(s->slot[i].conn.fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	for (int i = 0; i < s->n; i++)
		pthread_join(s->slot[i].thread, NULL);
	close(s->listen_fd);
	pthread_mutex_destroy(&s->lock);
	mem_free(s);
}

/* Bytes of the whole request once its head is there, else 0. */
static size_t request_size(const struct buf *in)
{
	struct str text = buf_str(in);
	size_t head = str_find(text, STR("\r\n\r\n"));
	size_t at;
	int64_t n = 0;
	struct str rest;

	if (head == SIZE_MAX)
		return 0;
	at = str_ifind(str_sub(text, 0, head + 2), STR("\r\ncontent-length:"));
	if (at == SIZE_MAX)
		return head + 4;
	rest = str_sub(text, at + 17, text.n);
	str_to_i64(str_trim(str_cut(&rest, '\r')), 0, REQUEST_MAX, &n);
	return head + 4 + (size_t)n;
}

bool io_read_request(struct io_conn *c, struct buf *in)
{
	buf_init(in, REQUEST_MAX);
	for (;;) {
		size_t size = request_size(in);
		char *room;
		ssize_t n;

		if (size && in->len >= size)
			return true;
		room = buf_room(in, 65536);
		n = room ? recv(c->fd, room, 65536, 0) : -1;
		if (n <= 0)
			break;
		buf_wrote(in, (size_t)n);
	}
	buf_release(in);
	return false;
}

void io_say_bytes(struct io_conn *c, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = send(c->fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		p += sent;
		n -= (size_t)sent;
	}
}

void io_say(struct io_conn *c, const char *text)
{
	io_say_bytes(c, text, strlen(text));
}

void io_wait_close(struct io_conn *c)
{
	char waste[4096];

	while (recv(c->fd, waste, sizeof(waste), 0) > 0)
		;
}

struct call {
	void (*fn)(struct loop *l, void *arg);
	void *arg;
	struct io_flag *done;
};

static void run_call(struct loop *l, void *arg)
{
	struct call *call = arg;

	call->fn(l, call->arg);
	io_flag_set(call->done);
}

void io_call(struct loop *l, void (*fn)(struct loop *l, void *arg), void *arg)
{
	struct call call = {fn, arg, io_flag_new()};

	loop_post(l, run_call, &call);
	io_flag_wait(call.done);
	io_flag_free(call.done);
}

struct io_flag *io_flag_new(void)
{
	struct io_flag *f = mem_zalloc(sizeof(*f));

	sem_init(&f->sem, 0, 0);
	return f;
}

void io_flag_free(struct io_flag *f)
{
	sem_destroy(&f->sem);
	mem_free(f);
}

void io_flag_set(struct io_flag *f)
{
	sem_post(&f->sem);
}

bool io_flag_wait(struct io_flag *f)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	return sem_timedwait(&f->sem, &until) == 0;
}
