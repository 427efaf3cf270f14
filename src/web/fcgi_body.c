#include "web/fcgi_body.h"

#include <errno.h>
#include <sys/socket.h>

#include "web/fcgi_record.h"

static size_t receive(struct fcgi_body *b, char *p, size_t n, int flags)
{
	ssize_t got;

	do
		got = recv(b->fd, p, n, flags);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		return (size_t)got;
	b->ended = b->broken = true; /* cut, or silent for too long */
	return 0;
}

static void skip(struct fcgi_body *b, size_t n)
{
	char waste[4096];

	while (n && !b->ended)
		n -=
		    receive(b, waste, n < sizeof(waste) ? n : sizeof(waste), 0);
}

static void next_record(struct fcgi_body *b)
{
	char header[FCGI_RECORD_HEADER];
	struct fcgi_record r;

	skip(b, b->padding);
	b->padding = 0;
	if (b->ended)
		return;
	if (receive(b, header, sizeof(header), MSG_WAITALL) < sizeof(header)) {
		b->ended = b->broken = true;
		return;
	}
	r = fcgi_record_read(header);
	if (r.version == FCGI_RECORD_VERSION && r.id != b->id) {
		skip(b, r.size - sizeof(header)); /* not of this request */
		return;
	}
	if (r.version != FCGI_RECORD_VERSION || r.type != FCGI_RECORD_STDIN) {
		b->ended = b->broken = true; /* an abort, or no sense */
		return;
	}
	b->content = r.content;
	b->padding = r.size - sizeof(header) - r.content;
	if (r.content == 0) {
		skip(b, b->padding);
		b->ended = true;
	}
}

size_t fcgi_body_read(struct fcgi_body *b, char *p, size_t n)
{
	while (b->content == 0 && !b->ended)
		next_record(b);
	if (b->ended)
		return 0;
	n = receive(b, p, n < b->content ? n : b->content, 0);
	b->content -= n;
	return n;
}
