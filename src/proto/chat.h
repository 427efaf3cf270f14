/*
 * A chat request, independent of dialect: what anthropic_request reads and
 * openai_request writes.  Everything points into the client's body or into the
 * request's arena and lives as long as they do; text is kept as the JSON string
 * contents that the client wrote (escapes and all) so that it is copied, not
 * decoded, and subtrees that nobody interprets are raw slices.
 */
#ifndef PROTO_CHAT_H
#define PROTO_CHAT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/jscan.h"
#include "base/str.h"

struct chat_turn; /* proto/chat_turn.h: private to the request translators */
struct chat_tool;

enum chat_thinking { THINKING_UNSET, THINKING_OFF, THINKING_ON };
enum chat_effort {
	EFFORT_UNSET,
	EFFORT_LOW,
	EFFORT_MEDIUM,
	EFFORT_HIGH,
	EFFORT_XHIGH,
	EFFORT_MAX
};
/* What the translators had to leave out, for the log; bits. */
enum chat_dropped {
	DROPPED_BLOCKS = 1,	  /* content blocks of unknown types */
	DROPPED_DOCUMENTS = 2,	  /* a placeholder stands for them */
	DROPPED_SERVER_TOOLS = 4, /* tools that Anthropic runs */
	DROPPED_MCP_SERVERS = 8
};
enum chat_tool_choice {
	TOOL_CHOICE_UNSET,
	TOOL_CHOICE_AUTO,
	TOOL_CHOICE_ANY,
	TOOL_CHOICE_TOOL,
	TOOL_CHOICE_NONE
};

/* A search of the web that the relay does before the model is asked. */
struct search_domains {
	const struct str *v; /* decoded: host, perhaps a path behind it */
	size_t n;
};
struct chat_search {
	bool wanted;
	struct search_domains allowed, blocked; /* one of them at most */
};

struct chat_request {
	/* What the relay itself asks. Decoded text. */
	struct str model;
	struct str user_id;	 /* metadata.user_id */
	const struct str *stops; /* stop_sequences */
	size_t nstops;
	int64_t max_tokens; /* 0: not given (count_tokens) */
	bool stream;
	bool has_images;
	bool has_tools;	  /* at least one that the model will be offered */
	bool single_tool; /* tool_choice.disable_parallel_tool_use */
	unsigned dropped; /* enum chat_dropped */
	struct chat_search search;

	/* What only the translators read. */
	struct str temperature, top_p, top_k; /* raw numbers, empty if absent */
	enum chat_thinking thinking;
	enum chat_effort effort;
	int64_t thinking_budget;	 /* tokens, 0: none */
	struct str output_schema;	 /* raw JSON schema, empty if absent */
	struct str chat_template_kwargs; /* raw object, empty if absent */
	struct str system; /* JSON string contents, joined; empty: none */
	const struct chat_turn *turns;
	size_t nturns;
	const struct chat_tool *tools;
	size_t ntools;
	enum chat_tool_choice tool_choice;
	struct str tool_choice_name; /* decoded */
};

#endif
