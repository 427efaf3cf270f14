#include "proto/chat_turn.h"

#include <string.h>

struct chat_item *chat_items_add(struct chat_items *list, struct arena *a,
				 enum chat_item_kind kind, struct str text)
{
	struct chat_item *item;

	if (list->n == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 2;
		struct chat_item *v = arena_array(a, cap, sizeof(*v));

		if (list->n)
			memcpy(v, list->v, list->n * sizeof(*v));
		list->v = v;
		list->cap = cap;
	}
	item = &list->v[list->n++];
	item->kind = kind;
	item->text = text;
	return item;
}

struct chat_item *chat_items_add_more(struct chat_items *list, struct arena *a,
				      enum chat_item_kind kind, struct str text)
{
	struct chat_item *item = chat_items_add(list, a, kind, text);

	item->more = arena_alloc(a, sizeof(*item->more));
	return item;
}

struct str chat_items_join(const struct chat_items *list, struct str sep,
			   struct arena *a)
{
	size_t n = 0;
	char *text, *p;

	if (list->n == 0)
		return STR_NONE;
	if (list->n == 1)
		return list->v[0].text;
	for (size_t i = 0; i < list->n; i++)
		n += list->v[i].text.n + sep.n;
	text = p = arena_alloc(a, n);
	for (size_t i = 0; i < list->n; i++) {
		struct str s = list->v[i].text;

		if (i && !list->v[i].glued) {
			memcpy(p, sep.p, sep.n);
			p += sep.n;
		}
		if (s.n)
			memcpy(p, s.p, s.n);
		p += s.n;
	}
	return (struct str){text, (size_t)(p - text)};
}
