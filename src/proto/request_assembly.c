/*
 * Turns become messages (messages-api §§5.2, 5.3).  Consecutive turns of one
 * role are one turn.  What the user says between two turns of the assistant
 * is written as: the tool messages that answer the calls before, then one user
 * message of everything else.
 */
#include "proto/message_writer.h"

struct span {
	const struct chat_turn *turns;
	size_t n;
};

/* What stands between two turns of the assistant. */
struct between {
	struct message_writer *m;
	struct span calls; /* the assistant's turns before */
	struct user_parts parts;
};

/* Images of a result follow in the user message, each with a label. */
static void add_images(struct between *b, const struct chat_item *result)
{
	struct request_writer *w = b->m->w;
	const struct chat_items *items = &result->more->parts;

	for (size_t i = 0; i < items->n; i++) {
		if (!request_item_is_part(w, &items->v[i]))
			continue;
		user_parts_add(&b->parts, w->arena, result,
			       items->v[i].kind == ITEM_IMAGE ? "Image"
							      : "Document");
		user_parts_add(&b->parts, w->arena, &items->v[i], NULL);
	}
}

/*
 * Every call gets its answer, in the order of the calls: templates fail on
 * those that have none, and most show no ids, so that the order alone tells
 * which is whose.  Claude Code sends results in the order in which they were
 * ready.
 */
static void write_results(struct between *b)
{
	for (size_t t = 0; t < b->calls.n; t++) {
		const struct chat_items *items = &b->calls.turns[t].items;

		for (size_t i = 0; i < items->n; i++) {
			const struct chat_item *result;

			if (items->v[i].kind != ITEM_CALL)
				continue;
			result = items->v[i].more->other;
			message_tool(b->m, &items->v[i], result);
			if (result && b->m->open == OPEN_STRING)
				add_images(b, result);
		}
	}
}

/*
 * An inline system turn changes nothing that was sent before: it goes to the
 * end of what stands there already, the user message or the last tool message.
 */
static void place_system(struct between *b, const struct chat_item *item)
{
	if (b->m->w->target->keep_system_turns) {
		message_user(b->m, &b->parts);
		message_system(b->m, item);
	} else if (!b->parts.n && b->m->open != OPEN_NONE) {
		message_tool_add(b->m, item);
	} else {
		user_parts_add(&b->parts, b->m->w->arena, item, NULL);
	}
}

static bool is_system_turn(const struct chat_turn *turn)
{
	for (size_t i = 0; i < turn->items.n; i++) {
		if (turn->items.v[i].kind != ITEM_SYSTEM)
			return false;
	}
	return turn->items.n > 0;
}

/* The system turns behind the first question, when they are not kept. */
static bool is_opening(const struct between *b, const struct chat_turn *turn)
{
	return !b->calls.n && !b->m->w->target->keep_system_turns &&
	       is_system_turn(turn);
}

/*
 * They go before it.  Claude Code puts 9 KB there, the environment, agents and
 * skills: so all its conversations begin alike, which a prefix cache serves,
 * and the question is the last thing that the model reads.
 */
static void add_opening(struct between *b, struct span user)
{
	for (size_t t = 0; t < user.n; t++) {
		const struct chat_items *items = &user.turns[t].items;

		if (!is_opening(b, &user.turns[t]))
			continue;
		for (size_t i = 0; i < items->n; i++)
			place_system(b, &items->v[i]);
	}
}

static void add_orphans(struct between *b, const struct chat_turn *turn)
{
	for (size_t i = 0; i < turn->items.n; i++) {
		const struct chat_item *item = &turn->items.v[i];

		if (item->kind != ITEM_RESULT || item->more->other)
			continue;
		user_parts_add(&b->parts, b->m->w->arena, item, NULL);
		add_images(b, item);
	}
}

static void add_rest(struct between *b, const struct chat_turn *turn)
{
	for (size_t i = 0; i < turn->items.n; i++) {
		const struct chat_item *item = &turn->items.v[i];

		if (item->kind == ITEM_SYSTEM)
			place_system(b, item);
		else if (item->kind != ITEM_RESULT)
			user_parts_add(&b->parts, b->m->w->arena, item, NULL);
	}
}

/* System texts that stand inside the assistant's turns come after them. */
static void add_held(struct between *b)
{
	for (size_t t = 0; t < b->calls.n; t++) {
		const struct chat_items *items = &b->calls.turns[t].items;

		for (size_t i = 0; i < items->n; i++) {
			if (items->v[i].kind == ITEM_SYSTEM)
				place_system(b, &items->v[i]);
		}
	}
}

static void write_between(struct between *b, struct span user)
{
	write_results(b);
	add_held(b);
	add_opening(b, user);
	for (size_t t = 0; t < user.n; t++) {
		add_orphans(b, &user.turns[t]);
		if (!is_opening(b, &user.turns[t]))
			add_rest(b, &user.turns[t]);
	}
	message_user(b->m, &b->parts);
}

/* The turns of one side from the beginning of rest, cut off it. */
static struct span take_side(struct span *rest, bool assistant)
{
	struct span taken = {rest->turns, 0};

	while (taken.n < rest->n && rest->turns[taken.n].assistant == assistant)
		taken.n++;
	rest->turns += taken.n;
	rest->n -= taken.n;
	return taken;
}

static void write_system_prompt(struct message_writer *m)
{
	struct request_writer *w = m->w;

	if (w->r->system.n == 0)
		return;
	message_begin(m, w->target->developer_role ? "developer" : "system");
	buf_adds(w->out, ",\"content\":\"");
	buf_addstr(w->out, w->r->system);
	buf_adds(w->out, "\"}");
	m->spoken = 0;
}

void request_write_messages(struct request_writer *w, bool *prefill)
{
	struct message_writer m = {.w = w};
	struct between b = {.m = &m};
	struct span rest = {w->r->turns, w->r->nturns};

	*prefill = false;
	buf_addc(w->out, '[');
	write_system_prompt(&m);
	write_between(&b, take_side(&rest, false));
	while (rest.n) {
		b.calls = take_side(&rest, true);
		*prefill = message_assistant(&m, b.calls.turns, b.calls.n,
					     rest.n == 0);
		write_between(&b, take_side(&rest, false));
	}
	/* Nothing was said: backends want a message nevertheless. */
	if (m.spoken == 0) {
		message_begin(&m, "user");
		buf_adds(w->out, ",\"content\":\"\"}");
	}
	message_close(&m);
	buf_addc(w->out, ']');
}
