/*
 * The event reader: whatever the bytes and however they are cut, the frames
 * are those of a reader that is simple and sees everything at once.
 */
#include <stdint.h>
#include <stdlib.h>

#include "proto/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void show(struct buf *to, struct str event, struct str data)
{
	buf_addc(to, '[');
	buf_addstr(to, event);
	buf_addc(to, '|');
	buf_addstr(to, data);
	buf_adds(to, "]\n");
}

static void read_all(struct buf *to, struct str in, size_t step)
{
	struct sse s;
	struct sse_frame f;

	sse_init(&s);
	while (in.n) {
		struct str piece = str_sub(in, 0, step);

		in = str_sub(in, piece.n, in.n);
		while (sse_next(&s, &piece, &f) == SSE_FRAME)
			show(to, f.event, f.data);
	}
	if (sse_end(&s, &f) == SSE_FRAME)
		show(to, f.event, f.data);
	sse_release(&s);
}

struct model {
	struct buf data;
	struct str event;
	bool has_data;
};

static void model_end(struct model *m, struct buf *to)
{
	if (m->has_data)
		show(to, m->event, buf_str(&m->data));
	buf_reset(&m->data);
	m->event = STR_NONE;
	m->has_data = false;
}

static void model_field(struct model *m, struct str name, struct str value)
{
	bool error = str_is(name, "error");

	if (str_is(name, "event"))
		m->event = str_sub(value, 0, SSE_EVENT_BYTES);
	if (!error && !str_is(name, "data"))
		return;
	if (m->has_data && !error)
		buf_addc(&m->data, '\n');
	m->has_data = true;
	if (error)
		buf_reset(&m->data);
	if (error)
		buf_adds(&m->data, "{\"error\":");
	if (error && (!value.n || (value.p[0] != '{' && value.p[0] != '"')))
		buf_json(&m->data, value);
	else
		buf_addstr(&m->data, value);
	if (error)
		buf_addc(&m->data, '}');
}

/* One line off the front of *in; false when it had no end. */
static bool model_line(struct str *in, struct str *line)
{
	size_t n = 0;

	while (n < in->n && in->p[n] != '\n' && in->p[n] != '\r')
		n++;
	*line = str_sub(*in, 0, n);
	if (n == in->n) {
		*in = STR_NONE;
		return false;
	}
	n += str_starts(str_sub(*in, n, in->n), STR("\r\n")) ? 2 : 1;
	*in = str_sub(*in, n, in->n);
	return true;
}

static void model_read(struct buf *to, struct str in)
{
	struct model m = {.data = BUF_INIT(1 << 24)};

	if (str_starts(in, STR("\xef\xbb\xbf")))
		in = str_sub(in, 3, in.n);
	while (in.n) {
		struct str line, value;
		bool ended = model_line(&in, &line);

		if (line.n == 0 && ended) {
			model_end(&m, to);
			continue;
		}
		value = line;
		line = str_cut(&value, ':');
		if (str_starts(value, STR(" ")))
			value = str_sub(value, 1, value.n);
		model_field(&m, line, value);
	}
	model_end(&m, to);
	buf_release(&m.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = {(const char *)data, n};
	struct buf want = BUF_INIT(1 << 24), got = BUF_INIT(1 << 24);
	size_t step = n ? 1 + data[n - 1] % 16 : 1;

	model_read(&want, in);
	read_all(&got, in, step);
	if (!str_eq(buf_str(&got), buf_str(&want)))
		abort();
	buf_reset(&got);
	read_all(&got, in, SIZE_MAX);
	if (!str_eq(buf_str(&got), buf_str(&want)))
		abort();
	buf_release(&want);
	buf_release(&got);
	return 0;
}
