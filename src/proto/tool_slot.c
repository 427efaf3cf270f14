#include "proto/tool_slot.h"

#include "base/mem.h"
#include "proto/tool_id.h"

void tool_slot_drop(struct tool_slot *s)
{
	buf_release(&s->args);
}

void tool_slots_release(struct tool_slots *l)
{
	for (size_t i = 0; i < l->n; i++) {
		tool_slot_drop(&l->slot[i]);
		buf_release(&l->slot[i].id);
		buf_release(&l->slot[i].name);
		buf_release(&l->slot[i].shown);
	}
	mem_free(l->slot);
	*l = (struct tool_slots){.slot = NULL};
}

static bool same_index(const struct tool_slot *s, const struct tool_piece *p)
{
	return s->indexed && s->index == p->index;
}

static bool has_id(const struct tool_slot *s, struct str id)
{
	return str_eq(buf_str(&s->id), id);
}

/* The last slot of the piece's index or id (where each is asked for). */
static size_t last_slot(const struct tool_slots *l, const struct tool_piece *p,
			bool by_index, bool by_id)
{
	for (size_t i = l->n; i > 0; i--) {
		const struct tool_slot *s = &l->slot[i - 1];

		if ((!by_index || same_index(s, p)) &&
		    (!by_id || has_id(s, p->id)))
			return i - 1;
	}
	return l->n;
}

/* A name that comes after complete arguments begins another call, unless it is
 * a mere repetition of id and name. */
static bool begins_anew(const struct tool_slot *s, const struct tool_piece *p)
{
	bool same_name = str_eq(buf_str(&s->name), p->name);

	if (p->name.n == 0)
		return s->again && s->scan.complete && p->has_args;
	if (s->name.len == 0)
		return false;
	if (!s->scan.complete)
		/* Another name where no argument has come: another call. */
		return !same_name && s->nargs == 0;
	if (p->id.n == 0)
		return s->id.len == 0 || !same_name;
	return !(has_id(s, p->id) && same_name && !p->has_args);
}

static size_t find_indexed(const struct tool_slots *l,
			   const struct tool_piece *p)
{
	size_t i = last_slot(l, p, true, false);
	const struct tool_slot *s;

	if (i == l->n)
		return i;
	s = &l->slot[i];
	if (p->id.n && s->id.len && !has_id(s, p->id)) {
		size_t same = last_slot(l, p, true, true);

		if (same < l->n) {
			i = same;
		} else if (p->name.n || s->scan.complete || !s->name.len) {
			/* One index for all calls (Ollama). */
			return l->n;
		}
		/* Else a backend that makes an id for every piece. */
	}
	return begins_anew(&l->slot[i], p) ? l->n : i;
}

size_t tool_slots_find(const struct tool_slots *l, const struct tool_piece *p)
{
	size_t i;

	if (p->whole || l->n == 0)
		return l->n;
	if (p->indexed)
		return find_indexed(l, p);
	if (p->id.n) {
		i = last_slot(l, p, false, true);
		if (i < l->n)
			return begins_anew(&l->slot[i], p) ? l->n : i;
		/* The id of a call whose name came first. */
		i = l->n - 1;
		return !p->name.n && l->slot[i].id.len == 0 &&
			       !l->slot[i].scan.complete
			   ? i
			   : l->n;
	}
	i = l->n - 1;
	if (p->name.n)
		return l->slot[i].name.len ? l->n : i;
	return begins_anew(&l->slot[i], p) ? l->n : i;
}

struct tool_slot *tool_slots_add(struct tool_slots *l)
{
	if (l->n == TOOL_SLOTS)
		return NULL;
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 4;
		l->slot = mem_realloc(l->slot, l->cap * sizeof(*l->slot));
	}
	l->slot[l->n] = (struct tool_slot){
	    .id = BUF_INIT(TOOL_LABEL_BYTES),
	    .name = BUF_INIT(TOOL_LABEL_BYTES),
	    .shown = BUF_INIT(TOOL_ID_BYTES),
	    .args = BUF_INIT(TOOL_ARGS_BYTES),
	};
	return &l->slot[l->n++];
}

void tool_slot_label(struct tool_slot *s, const struct tool_piece *p)
{
	if (p->indexed && !s->indexed) {
		s->indexed = true;
		s->index = p->index;
	}
	if (s->scan.complete && p->name.n && s->name.len)
		s->again = true;
	if (s->id.len == 0)
		buf_addstr(&s->id, p->id);
	if (s->name.len == 0)
		buf_addstr(&s->name, p->name);
}

static bool is_taken(const struct tool_slots *l, size_t except, struct str id)
{
	for (size_t i = 0; i < l->n; i++) {
		if (i != except && str_eq(buf_str(&l->slot[i].shown), id))
			return true;
	}
	return false;
}

void tool_slots_show(struct tool_slots *l, size_t i, uint64_t *seed)
{
	struct tool_slot *s = &l->slot[i];

	if (!tool_id_show(&s->shown, buf_str(&s->id)) ||
	    is_taken(l, i, buf_str(&s->shown))) {
		do {
			buf_reset(&s->shown);
			tool_id_make(&s->shown, seed);
		} while (is_taken(l, i, buf_str(&s->shown)));
	}
}
