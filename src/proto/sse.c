#include "proto/sse.h"

#include <string.h>

enum {
	MARK_DONE = 4,
	KEEP_BYTES = 64 << 10 /* larger buffers are given back after a frame */
};

void sse_init(struct sse *s)
{
	*s = (struct sse){.line = BUF_INIT(SSE_FRAME_BYTES),
			  .data = BUF_INIT(SSE_FRAME_BYTES)};
}

void sse_release(struct sse *s)
{
	buf_release(&s->line);
	buf_release(&s->data);
}

static void empty(struct buf *b)
{
	if (b->cap > KEEP_BYTES)
		buf_release(b);
	buf_reset(b);
}

/* Offset of the first CR or LF, s.n without one.  In steps, so that many CRs
 * before a far LF do not make it quadratic. */
static size_t line_end(struct str s)
{
	for (size_t from = 0; from < s.n; from += 512) {
		struct str part = str_sub(s, from, from + 512);
		const char *lf = memchr(part.p, '\n', part.n);
		const char *cr;

		if (lf)
			part.n = (size_t)(lf - part.p);
		cr = memchr(part.p, '\r', part.n);
		if (cr)
			return (size_t)(cr - s.p);
		if (lf)
			return (size_t)(lf - s.p);
	}
	return s.n;
}

static void add_data(struct sse *s, struct str value)
{
	if (s->has_data)
		buf_addc(&s->data, '\n');
	buf_addstr(&s->data, value);
	s->has_data = true;
}

/* Old llama.cpp: `error: {...}` in place of data with an error member.  It
 * stands alone: joined to other lines it would be no JSON. */
static void add_error(struct sse *s, struct str value)
{
	buf_reset(&s->data);
	buf_adds(&s->data, "{\"error\":");
	if (value.n && (value.p[0] == '{' || value.p[0] == '"'))
		buf_addstr(&s->data, value);
	else
		buf_json(&s->data, value);
	buf_addc(&s->data, '}');
	s->has_data = true;
}

static void set_event(struct sse *s, struct str value)
{
	value = str_sub(value, 0, SSE_EVENT_BYTES);
	if (value.n)
		memcpy(s->event, value.p, value.n);
	s->nevent = (uint8_t)value.n;
}

static const struct {
	struct str name;
	void (*take)(struct sse *s, struct str value);
} fields[] = {
    {{"data", 4}, add_data},
    {{"event", 5}, set_event},
    {{"error", 5}, add_error},
};

static void take_field(struct sse *s, struct str line)
{
	struct str value = line;
	struct str name = str_cut(&value, ':');

	if (value.n && value.p[0] == ' ')
		value = str_sub(value, 1, value.n);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (str_eq(name, fields[i].name)) {
			fields[i].take(s, value);
			return;
		}
	}
}

static void clear_frame(struct sse *s)
{
	empty(&s->data);
	s->has_data = false;
	s->nevent = 0;
	s->delivered = false;
}

static enum sse_got deliver(struct sse *s, struct sse_frame *f)
{
	if (!s->has_data) {
		clear_frame(s);
		return SSE_MORE;
	}
	f->event = (struct str){s->event, s->nevent};
	f->data = buf_str(&s->data);
	s->delivered = true;
	return SSE_FRAME;
}

static enum sse_got take_line(struct sse *s, struct str line,
			      struct sse_frame *f)
{
	if (line.n == 0)
		return deliver(s, f);
	take_field(s, line);
	return buf_ok(&s->data) ? SSE_MORE : SSE_TOO_LONG;
}

/* Drops the byte order mark, however it is cut; what only looked like the
 * start of one goes to the line. */
static void skip_mark(struct sse *s, struct str *in)
{
	static const char mark[] = "\xef\xbb\xbf";

	while (in->n && s->mark < 3 && in->p[0] == mark[s->mark]) {
		*in = str_sub(*in, 1, in->n);
		s->mark++;
	}
	if (s->mark == 3)
		s->mark = MARK_DONE;
	if (in->n && s->mark < 3) {
		buf_add(&s->line, mark, s->mark);
		s->mark = MARK_DONE;
	}
}

enum sse_got sse_next(struct sse *s, struct str *in, struct sse_frame *f)
{
	if (s->delivered)
		clear_frame(s);
	if (s->mark != MARK_DONE)
		skip_mark(s, in);
	while (in->n) {
		enum sse_got got;
		size_t n;

		if (s->after_cr && in->p[0] == '\n')
			*in = str_sub(*in, 1, in->n);
		s->after_cr = false;
		n = line_end(*in);
		if (s->line.len || n == in->n)
			buf_add(&s->line, in->p, n);
		if (!buf_ok(&s->line))
			return SSE_TOO_LONG;
		if (n == in->n) {
			*in = STR_NONE;
			break;
		}
		got = take_line(
		    s, s->line.len ? buf_str(&s->line) : str_sub(*in, 0, n), f);
		empty(&s->line);
		s->after_cr = in->p[n] == '\r';
		*in = str_sub(*in, n + 1, in->n);
		if (got != SSE_MORE)
			return got;
	}
	return SSE_MORE;
}

enum sse_got sse_end(struct sse *s, struct sse_frame *f)
{
	if (s->delivered)
		clear_frame(s);
	if (s->mark < 3)
		buf_add(&s->line, "\xef\xbb\xbf", s->mark);
	s->mark = MARK_DONE;
	if (s->line.len)
		take_field(s, buf_str(&s->line));
	empty(&s->line);
	if (!buf_ok(&s->data))
		return SSE_TOO_LONG;
	return deliver(s, f);
}
