#include "proto/think_scan.h"

#include <string.h>

static const struct {
	struct str open, close;
} tags[] = {
    {{"<think>", 7}, {"</think>", 8}},
    {{"<thinking>", 10}, {"</thinking>", 11}},
};
enum { TAGS = 2, SPACE_BYTES = THINK_HELD_BYTES - 12 };

enum match { MATCH_NO, MATCH_PART, MATCH_WHOLE };

void think_scan_init(struct think_scan *t, bool on, bool open)
{
	memset(t, 0, sizeof(*t));
	t->state = on ? THINK_START : THINK_OFF;
	t->open = open;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void hold(struct think_scan *t, char c)
{
	t->held[t->nheld++] = c;
}

static void give(bool thinking, struct str s, think_sink *sink, void *ctx)
{
	if (s.n)
		sink(ctx, thinking, s);
}

static void release(struct think_scan *t, bool thinking, think_sink *sink,
		    void *ctx)
{
	struct str s = {t->held, t->nheld};

	t->nheld = 0;
	t->nspace = 0;
	give(thinking, s, sink, ctx);
}

/* No tag stands at the start: what follows is what it would have been. */
static void start_without_tag(struct think_scan *t, think_sink *sink, void *ctx)
{
	t->state = t->open ? THINK_INSIDE : THINK_OFF;
	release(t, t->open, sink, ctx);
}

static enum match match_open(struct think_scan *t)
{
	struct str got = {t->held + t->nspace, (size_t)(t->nheld - t->nspace)};
	enum match best = MATCH_NO;

	for (uint8_t i = 0; i < TAGS; i++) {
		if (str_eq(got, tags[i].open)) {
			t->tag = i;
			return MATCH_WHOLE;
		}
		if (str_starts(tags[i].open, got))
			best = MATCH_PART;
	}
	return best;
}

/* Takes from text as long as the start is undecided; of a text that decides
 * against a tag nothing is taken, so that it passes in one piece. */
static struct str feed_start(struct think_scan *t, struct str text,
			     think_sink *sink, void *ctx)
{
	uint8_t before = t->nheld;

	for (size_t i = 0; i < text.n; i++) {
		bool space = is_space(text.p[i]) && t->nheld == t->nspace;
		enum match m = MATCH_PART;

		if (space && t->nspace == SPACE_BYTES) {
			m = MATCH_NO;
		} else {
			hold(t, text.p[i]);
			t->nspace += space;
		}
		if (!space)
			m = match_open(t);
		if (m == MATCH_NO) {
			t->nheld = before;
			start_without_tag(t, sink, ctx);
			return text;
		}
		if (m == MATCH_WHOLE) {
			t->state = THINK_INSIDE;
			t->nheld = 0;
			t->nspace = 0;
			return str_sub(text, i + 1, text.n);
		}
	}
	return STR_NONE;
}

/* Goes on with a close tag that the text before had begun. */
static struct str feed_tag(struct think_scan *t, struct str text,
			   think_sink *sink, void *ctx)
{
	struct str close = tags[t->tag].close;

	while (text.n && t->nheld < close.n && text.p[0] == close.p[t->nheld]) {
		hold(t, text.p[0]);
		text = str_sub(text, 1, text.n);
	}
	if (t->nheld == close.n) {
		t->state = THINK_CLOSED;
		t->nheld = 0;
	} else if (text.n) {
		/* The tag has '<' only at its start, so that nothing held can
		 * be the start of another one. */
		release(t, true, sink, ctx);
	}
	return text;
}

static struct str feed_inside(struct think_scan *t, struct str text,
			      think_sink *sink, void *ctx)
{
	struct str close = tags[t->tag].close;
	size_t at = 0;

	if (t->nheld)
		text = feed_tag(t, text, sink, ctx);
	if (t->state != THINK_INSIDE || text.n == 0)
		return text;
	for (; at < text.n; at++) {
		struct str rest = str_sub(text, at, text.n);

		if (rest.p[0] != '<')
			continue;
		if (str_starts(rest, close)) {
			give(true, str_sub(text, 0, at), sink, ctx);
			t->state = THINK_CLOSED;
			return str_sub(rest, close.n, rest.n);
		}
		if (str_starts(close, rest))
			break;
	}
	give(true, str_sub(text, 0, at), sink, ctx);
	for (; at < text.n; at++)
		hold(t, text.p[at]);
	return STR_NONE;
}

void think_scan_feed(struct think_scan *t, struct str text, think_sink *sink,
		     void *ctx)
{
	if (t->state == THINK_START)
		text = feed_start(t, text, sink, ctx);
	if (t->state == THINK_INSIDE)
		text = feed_inside(t, text, sink, ctx);
	if (t->state == THINK_CLOSED) {
		while (text.n && is_space(text.p[0]))
			text = str_sub(text, 1, text.n);
		if (text.n)
			t->state = THINK_OFF;
	}
	if (t->state == THINK_OFF)
		give(false, text, sink, ctx);
}

void think_scan_flush(struct think_scan *t, think_sink *sink, void *ctx)
{
	if (t->nheld == 0)
		return;
	if (t->state == THINK_START)
		start_without_tag(t, sink, ctx);
	else
		release(t, t->state == THINK_INSIDE, sink, ctx);
}

void think_scan_separate(struct think_scan *t, think_sink *sink, void *ctx)
{
	if (t->state != THINK_START)
		return;
	t->state = THINK_OFF;
	release(t, false, sink, ctx);
}
