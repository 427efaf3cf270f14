#include "web/fcgi_head.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/str.h"
#include "web/fcgi_record.h"

enum { LOOK_BYTES = 16 * 1024 /* most heads are smaller */ };

/* A length of 1 or 4 bytes (section 3.4); -1 when it is not there. */
static int64_t take_length(struct str *s)
{
	const unsigned char *p = (const unsigned char *)s->p;
	size_t size = s->n && p[0] >= 0x80 ? 4 : 1;
	int64_t n;

	if (s->n < size)
		return -1;
	n = size == 1
		? p[0]
		: (int64_t)(p[0] & 0x7f) << 24 | p[1] << 16 | p[2] << 8 | p[3];
	*s = str_sub(*s, size, s->n);
	return n;
}

/* Names and values that fill the bytes exactly. */
static bool are_pairs(struct str s)
{
	while (s.n) {
		int64_t name = take_length(&s), value = take_length(&s);

		if (name < 0 || value < 0 || (uint64_t)(name + value) > s.n)
			return false;
		s = str_sub(s, (size_t)(name + value), s.n);
	}
	return true;
}

static enum fcgi_head take_record(struct fcgi_scan *s, char *params,
				  const struct fcgi_record *r,
				  const char *content)
{
	if (r->version != FCGI_RECORD_VERSION)
		return FCGI_HEAD_BAD;
	if (r->id == FCGI_RECORD_NO_ID) /* of management: left out */
		return FCGI_HEAD_PART;
	if (s->id == FCGI_RECORD_NO_ID) {
		s->id = r->id;
		return r->type == FCGI_RECORD_BEGIN &&
			       r->content == FCGI_RECORD_BEGIN_BYTES
			   ? FCGI_HEAD_PART
			   : FCGI_HEAD_BAD;
	}
	if (r->id != s->id) /* one request for a connection */
		return FCGI_HEAD_PART;
	if (r->type != FCGI_RECORD_PARAMS)
		return FCGI_HEAD_BAD;
	memmove(params + s->params, content, r->content);
	s->params += r->content;
	if (r->content)
		return FCGI_HEAD_PART;
	return are_pairs((struct str){params, s->params}) ? FCGI_HEAD_WHOLE
							  : FCGI_HEAD_BAD;
}

enum fcgi_head fcgi_head_scan(char *bytes, size_t n, struct fcgi_scan *s)
{
	*s = (struct fcgi_scan){FCGI_RECORD_NO_ID, 0, 0};
	while (n - s->size >= FCGI_RECORD_HEADER) {
		const char *at = bytes + s->size;
		struct fcgi_record r = fcgi_record_read(at);
		enum fcgi_head head;

		if (n - s->size < r.size)
			break;
		head = take_record(s, bytes, &r, at + FCGI_RECORD_HEADER);
		s->size += r.size;
		if (head != FCGI_HEAD_PART)
			return head;
	}
	if (n > s->size && bytes[s->size] != FCGI_RECORD_VERSION)
		return FCGI_HEAD_BAD;
	return n < FCGI_HEAD_MAX ? FCGI_HEAD_PART : FCGI_HEAD_BAD;
}

static enum fcgi_head look(int fd, char *room, size_t max, size_t *n,
			   size_t *size)
{
	ssize_t got = recv(fd, room, max, MSG_PEEK | MSG_DONTWAIT);
	struct fcgi_scan s;
	enum fcgi_head head;

	*n = 0;
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? FCGI_HEAD_PART
							 : FCGI_HEAD_BAD;
	if (got == 0)
		return FCGI_HEAD_BAD;
	*n = (size_t)got;
	head = fcgi_head_scan(room, *n, &s);
	*size = s.size;
	return head;
}

enum fcgi_head fcgi_head_look(int fd, size_t *size)
{
	char small[LOOK_BYTES], *large;
	enum fcgi_head head;
	size_t n;

	head = look(fd, small, sizeof(small), &n, size);
	if (head != FCGI_HEAD_PART || n < sizeof(small))
		return head;
	large = mem_alloc(FCGI_HEAD_MAX);
	head = look(fd, large, FCGI_HEAD_MAX, &n, size);
	mem_free(large);
	return head;
}

static void add_record(struct buf *out, unsigned type, unsigned id,
		       struct str content)
{
	char header[FCGI_RECORD_HEADER] = {
	    FCGI_RECORD_VERSION, (char)type, (char)(id >> 8), (char)id, 0, 0};

	header[4] = (char)(content.n >> 8);
	header[5] = (char)content.n;
	buf_add(out, header, sizeof(header));
	buf_addstr(out, content);
}

/* BEGIN and PARAMS as plain as they can be. */
static void write_head(struct buf *out, unsigned id, struct str params)
{
	static const char responder[FCGI_RECORD_BEGIN_BYTES] = {0, 1};

	add_record(out, FCGI_RECORD_BEGIN, id,
		   (struct str){responder, sizeof(responder)});
	while (params.n) {
		struct str piece = str_sub(params, 0, FCGI_RECORD_MAX);

		add_record(out, FCGI_RECORD_PARAMS, id, piece);
		params = str_sub(params, piece.n, params.n);
	}
	add_record(out, FCGI_RECORD_PARAMS, id, STR_NONE);
}

int fcgi_head_move(int from, int to, size_t size)
{
	struct buf in = BUF_INIT(FCGI_HEAD_MAX);
	struct buf out = BUF_INIT(2 * FCGI_HEAD_MAX);
	char *room = buf_room(&in, size);
	struct fcgi_scan s;
	int rc = -1;

	if (room && recv(from, room, size, MSG_DONTWAIT) == (ssize_t)size &&
	    fcgi_head_scan(room, size, &s) == FCGI_HEAD_WHOLE) {
		write_head(&out, s.id, (struct str){room, s.params});
		/* `to` is an empty socket: it takes all of it. */
		if (send(to, out.data, out.len, MSG_DONTWAIT | MSG_NOSIGNAL) ==
		    (ssize_t)out.len)
			rc = 0;
	}
	buf_release(&in);
	buf_release(&out);
	return rc;
}
