#include "tests/support/bridge_run.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

char bridge_dir[64];

void bridge_dir_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(bridge_dir, sizeof(bridge_dir), "%s/bridge.XXXXXX",
		 tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(bridge_dir))
		exit(99);
}

void bridge_dir_path(struct buf *path, const char *name)
{
	buf_reset(path);
	buf_addf(path, "%s/%s", bridge_dir, name);
}

struct bridge bridge_start(const char *const *vars)
{
	char *argv[] = {"llmrelay.cgi", NULL};
	struct bridge b;
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		exit(99);
	b.pid = fork();
	if (b.pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		execve("cgi-bin/llmrelay.cgi", argv,
		       (char *const *)(uintptr_t)vars);
		_exit(99);
	}
	close(in[0]);
	close(out[1]);
	b.in = in[1];
	b.out = out[0];
	return b;
}

struct str bridge_read(int fd, char *p, size_t n)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	ssize_t got = 0;

	if (poll(&ready, 1, BRIDGE_WAIT_MS) == 1)
		got = read(fd, p, n);
	return (struct str){p, got > 0 ? (size_t)got : 0};
}

void bridge_read_all(int fd, struct buf *out)
{
	char bytes[65536];
	struct str piece;

	do {
		piece = bridge_read(fd, bytes, sizeof(bytes));
		buf_addstr(out, piece);
	} while (piece.n);
}

int bridge_wait(struct bridge *b)
{
	int status = -1;

	close(b->out);
	waitpid(b->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char body_byte(size_t i)
{
	return (char)(i * 31 + (i >> 12));
}

static void *feed_main(void *arg)
{
	struct feed *f = arg;
	char bytes[8192];

	for (size_t at = 0; at < f->n;) {
		size_t n =
		    f->n - at < sizeof(bytes) ? f->n - at : sizeof(bytes);
		ssize_t put;

		for (size_t i = 0; i < n; i++)
			bytes[i] = body_byte(at + i);
		put = write(f->fd, bytes, n);
		if (put <= 0)
			break;
		at += (size_t)put;
	}
	close(f->fd);
	return NULL;
}

void feed_start(struct feed *f, int fd, size_t n)
{
	f->fd = fd;
	f->n = n;
	pthread_create(&f->thread, NULL, feed_main, f);
}

void feed_wait(struct feed *f)
{
	pthread_join(f->thread, NULL);
}

bool feed_is(struct str s, size_t n)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != body_byte(i))
			return false;
	}
	return s.n == n;
}
