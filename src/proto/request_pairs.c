/* Which tool result answers which tool call (messages-api §5.3). */
#include "proto/request_reader.h"

/* Calls that one assistant turn may make; bounds the search below. */
enum { CALLS_MAX = 1024 };

struct calls {
	struct chat_item *v[CALLS_MAX];
	uint32_t
	    hash[CALLS_MAX]; /* of the ids: most that differ, differ here */
	size_t n;
	size_t open; /* not answered yet */
	size_t hint; /* results mostly come in the order of the calls */
	size_t position;
};

/* FNV-1a. */
static uint32_t hash_of(struct str id)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < id.n; i++)
		h = (h ^ (unsigned char)id.p[i]) * 16777619u;
	return h;
}

static int collect(struct request_reader *r, const struct chat_turn *turn,
		   struct calls *calls)
{
	struct place at = {NULL, "messages", turn->position};

	for (size_t i = 0; i < turn->items.n; i++) {
		struct chat_item *item = &turn->items.v[i];

		if (item->kind != ITEM_CALL)
			continue;
		if (calls->n == CALLS_MAX)
			return reader_fail(r, &at, NULL,
					   "at most %d tool_use blocks are "
					   "allowed in one turn",
					   CALLS_MAX);
		calls->hash[calls->n] = hash_of(item->more->id);
		calls->v[calls->n++] = item;
		calls->position = turn->position;
	}
	calls->open = calls->n;
	return 0;
}

static struct chat_item *find_between(struct calls *calls, struct str id,
				      size_t from, size_t to)
{
	uint32_t hash = hash_of(id);

	for (size_t i = from; i < to; i++) {
		struct chat_item *call = calls->v[i];

		if (calls->hash[i] != hash || call->more->other ||
		    !str_eq(call->more->id, id))
			continue;
		calls->hint = i + 1;
		calls->open--;
		return call;
	}
	return NULL;
}

static struct chat_item *find_call(struct calls *calls, struct str id)
{
	size_t hint = calls->hint;
	struct chat_item *call = NULL;

	if (calls->open)
		call = find_between(calls, id, hint, calls->n);
	if (calls->open && !call)
		call = find_between(calls, id, 0, hint);
	return call;
}

static int answer(struct request_reader *r, const struct chat_turn *turn,
		  struct calls *calls)
{
	struct place at = {NULL, "messages", turn->position};

	for (size_t i = 0; i < turn->items.n; i++) {
		struct chat_item *result = &turn->items.v[i];
		struct chat_item *call;

		if (result->kind != ITEM_RESULT)
			continue;
		call = find_call(calls, result->more->id);
		if (call) {
			call->more->other = result;
			result->more->other = call;
		} else if (r->options->strict_tool_pairs) {
			return reader_fail(
			    r, &at, NULL,
			    "unexpected tool_use_id found in tool_result "
			    "blocks: %.*s",
			    STR_ARG(reader_shown(result->more->id)));
		}
	}
	return 0;
}

static int refuse_open(struct request_reader *r, const struct calls *calls)
{
	struct place at = {NULL, "messages", calls->position};
	struct buf ids = BUF_INIT(ERR_MESSAGE_BYTES);

	for (size_t i = 0; i < calls->n; i++) {
		struct chat_item *call = calls->v[i];

		if (call->more->other)
			continue;
		if (ids.len)
			buf_adds(&ids, ", ");
		buf_addstr(&ids, reader_shown(call->more->id));
	}
	reader_fail(r, &at, NULL,
		    "tool_use ids were found without tool_result blocks "
		    "immediately after: %.*s",
		    STR_ARG(buf_str(&ids)));
	buf_release(&ids);
	return -1;
}

int request_pairs_match(struct request_reader *r, struct chat_turn *turns,
			size_t n)
{
	struct calls calls = {.n = 0};

	for (size_t i = 0; i < n; i++) {
		bool last = i + 1 == n;

		if (turns[i].assistant && i && !turns[i - 1].assistant)
			calls.n = calls.open = calls.hint = 0;
		if (turns[i].assistant) {
			if (collect(r, &turns[i], &calls) < 0)
				return -1;
			if (!last || !calls.n || r->options->counting)
				continue;
			/* There is no way to continue a call. */
			return refuse_open(r, &calls);
		}
		if (answer(r, &turns[i], &calls) < 0)
			return -1;
		if (r->options->strict_tool_pairs && calls.open &&
		    (last || turns[i + 1].assistant))
			return refuse_open(r, &calls);
	}
	return 0;
}
