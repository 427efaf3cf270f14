#include "tests/support/fcgi_peer.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { RECORD_BYTES = 65535, WAIT_MS = 10000 };

int peer_listen(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || n >= sizeof(name.sun_path))
		return -1;
	memcpy(name.sun_path, path, n);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    listen(fd, 128) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int peer_accept(int listener)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};

	if (poll(&p, 1, WAIT_MS) != 1)
		return -1;
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

static bool read_whole(int fd, char *p, size_t n)
{
	while (n) {
		ssize_t got = read(fd, p, n);

		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

int peer_read(int fd, struct buf *out)
{
	unsigned char h[8];
	size_t content;
	char bytes[RECORD_BYTES + 255];

	if (!read_whole(fd, (char *)h, sizeof(h)))
		return 0;
	content = (size_t)h[4] << 8 | h[5];
	if (!read_whole(fd, bytes, content + h[6]))
		return 0;
	buf_add(out, bytes, content);
	return h[1];
}

static size_t take_length(struct str *pairs)
{
	const unsigned char *p = (const unsigned char *)pairs->p;
	size_t n;

	if (pairs->n == 0)
		return 0;
	if (p[0] < 128) {
		n = p[0];
		*pairs = str_sub(*pairs, 1, pairs->n);
	} else {
		n = (size_t)(p[0] & 127) << 24 | (size_t)p[1] << 16 |
		    (size_t)p[2] << 8 | p[3];
		*pairs = str_sub(*pairs, 4, pairs->n);
	}
	return n;
}

static void list_pairs(struct buf *out, struct str pairs)
{
	while (pairs.n) {
		size_t name = take_length(&pairs), value = take_length(&pairs);

		buf_addstr(out, str_sub(pairs, 0, name));
		buf_addc(out, '=');
		buf_addstr(out, str_sub(pairs, name, name + value));
		buf_addc(out, '\n');
		pairs = str_sub(pairs, name + value, pairs.n);
	}
}

/* Appends the records of one type up to the empty one. */
static bool read_stream(int fd, int type, struct buf *out)
{
	size_t before;

	do {
		before = out->len;
		if (peer_read(fd, out) != type)
			return false;
	} while (out->len > before);
	return true;
}

bool peer_read_params(int fd, struct buf *out)
{
	static const char begin[8] = {0, 1, 0};
	struct buf pairs = BUF_INIT(16 * 1024 * 1024);
	bool good = peer_read(fd, &pairs) == PEER_BEGIN &&
		    str_eq(buf_str(&pairs), (struct str){begin, 8});

	buf_reset(&pairs);
	good = good && read_stream(fd, PEER_PARAMS, &pairs);
	list_pairs(out, buf_str(&pairs));
	buf_release(&pairs);
	return good;
}

bool peer_read_body(int fd, struct buf *out)
{
	return read_stream(fd, PEER_STDIN, out);
}

bool peer_write(int fd, int type, struct str content)
{
	struct buf record = BUF_INIT(RECORD_BYTES + 8);
	char h[8] = {1, (char)type, 0, 1};
	struct str rest;

	h[4] = (char)(content.n >> 8);
	h[5] = (char)content.n;
	buf_add(&record, h, sizeof(h));
	buf_addstr(&record, content);
	for (rest = buf_str(&record); rest.n;) {
		ssize_t n = send(fd, rest.p, rest.n, MSG_NOSIGNAL);

		if (n <= 0)
			break;
		rest = str_sub(rest, (size_t)n, rest.n);
	}
	buf_release(&record);
	return rest.n == 0;
}

bool peer_end(int fd)
{
	static const char end[8] = {0};

	return peer_write(fd, PEER_STDOUT, STR_NONE) &&
	       peer_write(fd, PEER_END, (struct str){end, sizeof(end)});
}
