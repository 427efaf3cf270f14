#include "proto/held_text.h"

#include "base/mem.h"

void held_text_init(struct held_text *h)
{
	*h = (struct held_text){.text = BUF_INIT(HELD_BYTES)};
}

void held_text_release(struct held_text *h)
{
	buf_release(&h->text);
	mem_free(h->runs);
	held_text_init(h);
}

/* The run that text of this kind goes to; NULL past the ceiling. */
static struct held_run *last_run(struct held_text *h, bool thinking)
{
	if (h->nruns && h->runs[h->nruns - 1].thinking == thinking)
		return &h->runs[h->nruns - 1];
	if (h->nruns == HELD_RUNS)
		return NULL;
	if (h->nruns == h->cap) {
		h->cap = h->cap ? h->cap * 2 : 4;
		h->runs = mem_realloc(h->runs, h->cap * sizeof(*h->runs));
	}
	h->runs[h->nruns] = (struct held_run){h->text.len, thinking};
	return &h->runs[h->nruns++];
}

void held_text_add(struct held_text *h, bool thinking, struct str text)
{
	struct held_run *run = last_run(h, thinking);

	if (run) {
		buf_addstr(&h->text, text);
		run->end = h->text.len;
	}
	h->full |= !run || !buf_ok(&h->text);
}

void held_text_drain(struct held_text *h,
		     void (*sink)(void *ctx, bool thinking, struct str text),
		     void *ctx)
{
	size_t from = 0;

	for (size_t i = 0; i < h->nruns; i++) {
		sink(ctx, h->runs[i].thinking,
		     str_sub(buf_str(&h->text), from, h->runs[i].end));
		from = h->runs[i].end;
	}
	held_text_release(h);
}
