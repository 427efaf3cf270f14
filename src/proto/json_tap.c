#include "proto/json_tap.h"

#include <string.h>

enum { NOWHERE = 0xff };

enum tap_state {
	TAP_VALUE,	  /* a value must come */
	TAP_FIRST,	  /* after [: a value or ] */
	TAP_FIRST_MEMBER, /* after {: a key or } */
	TAP_MEMBER,	  /* after a comma in an object */
	TAP_IN_KEY,
	TAP_COLON,
	TAP_IN_STRING,
	TAP_IN_SCALAR,
	TAP_AFTER, /* a comma or the container's end */
	TAP_END,
	TAP_LOST /* no JSON: everything passes */
};

/* One call: how far it has read, copied and kept. */
struct run {
	struct json_tap *t;
	const char *p, *end, *copied, *kept;
	struct buf *out;
};

void json_tap_init(struct json_tap *t, const struct tap_table *table, void *ctx)
{
	*t = (struct json_tap){
	    .table = table, .ctx = ctx, .keep = BUF_INIT(TAP_KEEP_BYTES)};
	memset(t->first, NOWHERE, sizeof(t->first));
	for (size_t i = table->n; i-- > 1;)
		t->first[table->nodes[i].parent] = (uint8_t)i;
}

void json_tap_release(struct json_tap *t)
{
	buf_release(&t->keep);
}

void json_tap_reset(struct json_tap *t)
{
	buf_reset(&t->keep);
	t->state = TAP_VALUE;
	t->here = 0;
	t->depth = 0;
	t->keeping = t->skipping = t->texting = t->escape = false;
}

bool json_tap_complete(const struct json_tap *t)
{
	return t->state == TAP_END;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static unsigned what_of(const struct json_tap *t)
{
	return t->here == NOWHERE ? TAP_STEP : t->table->nodes[t->here].what;
}

static bool in_object(const struct json_tap *t)
{
	unsigned level = t->depth - 1;

	return t->objects[level / 8] >> level % 8 & 1;
}

/* The row of a member, or of an element, of the innermost container. */
static uint8_t child(const struct json_tap *t, struct str key)
{
	const struct tap_table *table = t->table;
	unsigned level = t->depth - 1, parent;

	if (level >= TAP_LEVELS || t->rows[level] == NOWHERE || t->keeping)
		return NOWHERE;
	parent = t->rows[level];
	for (size_t i = t->first[parent];
	     i < table->n && table->nodes[i].parent == parent; i++) {
		if (str_is(key, table->nodes[i].key))
			return (uint8_t)i;
	}
	return NOWHERE;
}

static void lose(struct run *r)
{
	r->t->state = TAP_LOST;
	r->t->keeping = false;
}

static void end_value(struct run *r)
{
	struct json_tap *t = r->t;

	t->state = t->depth ? TAP_AFTER : TAP_END;
	if (!t->keeping || t->depth != t->keep_depth)
		return;
	t->keeping = false;
	buf_add(&t->keep, r->kept, (size_t)(r->p - r->kept));
	if (buf_ok(&t->keep))
		t->table->kept(t->ctx, t->keep_here, buf_str(&t->keep));
}

static void open_container(struct run *r, bool object)
{
	struct json_tap *t = r->t;
	uint8_t bit = (uint8_t)(1u << t->depth % 8);

	if (t->depth == TAP_DEPTH) {
		lose(r);
		return;
	}
	if (t->depth < TAP_LEVELS)
		t->rows[t->depth] = t->here;
	if (object)
		t->objects[t->depth / 8] |= bit;
	else
		t->objects[t->depth / 8] &= (uint8_t)~bit;
	t->depth++;
	t->state = object ? TAP_FIRST_MEMBER : TAP_FIRST;
	if (!object)
		t->here = child(t, STR(""));
}

static void close_container(struct run *r)
{
	r->p++;
	r->t->depth--;
	end_value(r);
}

static void open_string(struct run *r)
{
	struct json_tap *t = r->t;
	unsigned what = what_of(t);

	t->state = TAP_IN_STRING;
	t->escape = false;
	t->texting = what == TAP_TEXT;
	if (what != TAP_SPLICE || !t->replacement.n)
		return;
	buf_add(r->out, r->copied, (size_t)(r->p - 1 - r->copied));
	buf_addstr(r->out, t->replacement);
	t->skipping = true;
}

/* Part of a number or of a word. */
static bool is_scalar(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' ||
	       c == '-' || c == '+' || c == 'E';
}

static void begin_value(struct run *r)
{
	struct json_tap *t = r->t;
	char c = *r->p;

	if (t->here != NOWHERE)
		t->table->begin(t->ctx, t->here, c);
	if (what_of(t) == TAP_KEEP && !t->keeping) {
		t->keeping = true;
		t->keep_here = t->here;
		t->keep_depth = t->depth;
		r->kept = r->p;
		buf_reset(&t->keep);
	}
	r->p++;
	if (c == '{' || c == '[')
		open_container(r, c == '{');
	else if (c == '"')
		open_string(r);
	else if (is_scalar(c))
		t->state = TAP_IN_SCALAR;
	else
		lose(r);
}

/* Up to the closing quote; true when that has come. */
static bool skip_chars(struct run *r)
{
	struct json_tap *t = r->t;

	if (t->escape && r->p < r->end) {
		t->escape = false;
		r->p++;
	}
	while (r->p < r->end && *r->p != '"') {
		if (*r->p++ != '\\')
			continue;
		t->escape = r->p == r->end;
		if (!t->escape)
			r->p++;
	}
	return r->p < r->end;
}

static void in_string(struct run *r)
{
	struct json_tap *t = r->t;
	const char *from = r->p;
	bool whole = skip_chars(r);

	if (t->texting && r->p > from)
		t->table->text(t->ctx,
			       (struct str){from, (size_t)(r->p - from)});
	if (!whole)
		return;
	r->p++;
	if (t->skipping)
		r->copied = r->p;
	t->skipping = false;
	end_value(r);
}

static void in_key(struct run *r)
{
	struct json_tap *t = r->t;
	const char *from = r->p;
	bool whole = skip_chars(r);
	size_t n = (size_t)(r->p - from);

	if (n > (size_t)(TAP_KEY_BYTES - t->nkey))
		n = (size_t)(TAP_KEY_BYTES - t->nkey);
	memcpy(t->key + t->nkey, from, n);
	t->nkey = (uint8_t)(t->nkey + n);
	if (!whole)
		return;
	r->p++;
	t->state = TAP_COLON;
	t->here = t->nkey < TAP_KEY_BYTES
		      ? child(t, (struct str){t->key, t->nkey})
		      : NOWHERE;
}

static void in_scalar(struct run *r)
{
	while (r->p < r->end && is_scalar(*r->p))
		r->p++;
	if (r->p < r->end)
		end_value(r);
}

static void open_key(struct run *r)
{
	r->p++;
	r->t->nkey = 0;
	r->t->escape = false;
	r->t->state = TAP_IN_KEY;
}

/* At a byte between values that is no white space. */
static void between(struct run *r)
{
	struct json_tap *t = r->t;
	char c = *r->p;

	switch (t->state) {
	case TAP_VALUE:
		begin_value(r);
		return;
	case TAP_FIRST:
		if (c == ']')
			close_container(r);
		else
			begin_value(r);
		return;
	case TAP_FIRST_MEMBER:
	case TAP_MEMBER:
		if (c == '"')
			open_key(r);
		else if (c == '}' && t->state == TAP_FIRST_MEMBER)
			close_container(r);
		else
			lose(r);
		return;
	case TAP_COLON:
		t->state = TAP_VALUE;
		if (c != ':')
			lose(r);
		r->p++;
		return;
	case TAP_AFTER:
		if (c == (in_object(t) ? '}' : ']')) {
			close_container(r);
			return;
		}
		if (c != ',') {
			lose(r);
			return;
		}
		r->p++;
		t->state = in_object(t) ? TAP_MEMBER : TAP_VALUE;
		t->here = in_object(t) ? NOWHERE : child(t, STR(""));
		return;
	default:
		lose(r);
	}
}

static void step(struct run *r)
{
	switch (r->t->state) {
	case TAP_IN_STRING:
		in_string(r);
		return;
	case TAP_IN_KEY:
		in_key(r);
		return;
	case TAP_IN_SCALAR:
		in_scalar(r);
		return;
	case TAP_LOST:
		r->p = r->end;
		return;
	default:
		if (is_space(*r->p))
			r->p++;
		else
			between(r);
	}
}

void json_tap_feed(struct json_tap *t, struct str bytes, struct buf *out)
{
	struct run r = {t, bytes.p, bytes.p + bytes.n, bytes.p, bytes.p, out};

	if (!bytes.n)
		return;
	while (r.p < r.end)
		step(&r);
	if (!t->skipping)
		buf_add(out, r.copied, (size_t)(r.end - r.copied));
	if (t->keeping)
		buf_add(&t->keep, r.kept, (size_t)(r.end - r.kept));
}
