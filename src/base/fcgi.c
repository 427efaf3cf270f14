#include "base/fcgi.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Types of records, section 8. */
enum { BEGIN_REQUEST = 1, END_REQUEST = 3, PARAMS = 4, STDIN = 5 };

static void add_length(struct buf *out, size_t n)
{
	if (n > 127) {
		buf_addc(out, (char)(n >> 24 | 128));
		buf_addc(out, (char)(n >> 16));
		buf_addc(out, (char)(n >> 8));
	}
	buf_addc(out, (char)n);
}

void fcgi_add_pair(struct buf *params, struct str name, struct str value)
{
	add_length(params, name.n);
	add_length(params, value.n);
	buf_addstr(params, name);
	buf_addstr(params, value);
}

static void add_record(struct buf *out, int type, struct str content)
{
	char header[8] = {1, (char)type, 0, 1};

	header[4] = (char)(content.n >> 8);
	header[5] = (char)content.n;
	buf_add(out, header, sizeof(header));
	buf_addstr(out, content);
}

static void add_stream(struct buf *out, int type, struct str bytes)
{
	while (bytes.n) {
		struct str piece = str_sub(bytes, 0, FCGI_PIECE_BYTES);

		add_record(out, type, piece);
		bytes = str_sub(bytes, piece.n, bytes.n);
	}
}

void fcgi_add_head(struct buf *out, struct str params)
{
	/* Role 1 is the responder; no flags: it closes the connection. */
	static const char begin[8] = {0, 1, 0};

	add_record(out, BEGIN_REQUEST, (struct str){begin, sizeof(begin)});
	add_stream(out, PARAMS, params);
	add_record(out, PARAMS, STR_NONE);
}

void fcgi_add_body(struct buf *out, struct str piece)
{
	add_stream(out, STDIN, piece);
}

void fcgi_add_body_end(struct buf *out)
{
	add_record(out, STDIN, STR_NONE);
}

static size_t take_header(struct fcgi_answer *a, struct str bytes)
{
	struct str part = str_sub(bytes, 0, sizeof(a->header) - a->have);

	memcpy(a->header + a->have, part.p, part.n);
	a->have += part.n;
	if (a->have == sizeof(a->header)) {
		a->content_left = (size_t)a->header[4] << 8 | a->header[5];
		a->padding_left = a->header[6];
		a->ended = a->header[1] == END_REQUEST;
	}
	return part.n;
}

static size_t take_content(struct fcgi_answer *a, struct str bytes)
{
	struct str part = str_sub(bytes, 0, a->content_left);
	unsigned char type = a->header[1];

	a->content_left -= part.n;
	if (type == FCGI_STREAM_OUT || type == FCGI_STREAM_ERR)
		a->piece(a->ctx, (enum fcgi_stream)type, part,
			 a->content_left == 0);
	return part.n;
}

void fcgi_answer_take(struct fcgi_answer *a, struct str bytes)
{
	while (bytes.n && !a->ended) {
		size_t n;

		if (a->have < sizeof(a->header)) {
			n = take_header(a, bytes);
		} else if (a->content_left) {
			n = take_content(a, bytes);
		} else {
			n = str_sub(bytes, 0, a->padding_left).n;
			a->padding_left -= n;
		}
		if (a->have == sizeof(a->header) && a->content_left == 0 &&
		    a->padding_left == 0)
			a->have = 0;
		bytes = str_sub(bytes, n, bytes.n);
	}
}

int fcgi_connect(const char *path, int wait_ms)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct timeval bound = {.tv_sec = wait_ms / 1000,
				.tv_usec = wait_ms % 1000 * 1000};
	size_t n = strlen(path);
	int fd, why;

	if (n >= sizeof(name.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(name.sun_path, path, n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof(bound));
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}
