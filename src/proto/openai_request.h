/* Writes the body of POST /v1/chat/completions (messages-api §§4-10). */
#ifndef PROTO_OPENAI_REQUEST_H
#define PROTO_OPENAI_REQUEST_H

#include "base/buf.h"
#include "proto/chat.h"
#include "proto/flavour.h"

/* Parameters that the relay adds on its own and a backend may refuse (§10);
 * bits of openai_target.refused. */
enum openai_param {
	PARAM_STREAM_OPTIONS = 1 << 0,
	PARAM_CONTINUOUS_USAGE = 1 << 1,
	PARAM_TEMPLATE_KWARGS = 1 << 2,
	PARAM_REASONING_EFFORT = 1 << 3,
	PARAM_TOP_K = 1 << 4,
	PARAM_PARALLEL_TOOLS = 1 << 5,
	PARAM_USER = 1 << 6,
	PARAM_MAX_TOKENS = 1 << 7,	     /* use max_completion_tokens */
	PARAM_MAX_COMPLETION_TOKENS = 1 << 8 /* use max_tokens */
};

/* Where the request goes: facts of one account and model. */
struct openai_target {
	enum flavour flavour;
	struct str model;	/* the backend's name for it, decoded */
	unsigned refused;	/* learned, enum openai_param bits */
	int64_t context_window; /* tokens, 0: unknown */
	int64_t max_output;	/* ceiling for max_tokens, 0: none */
	int64_t input_estimate; /* tokens, 0: unknown; for clamping (§14.4) */
	bool no_vision;		/* images become a placeholder */
	bool reasoning;		/* model marked as reasoning (openai, azure) */
	bool keep_system_turns; /* §5.2 mode `keep` */
	struct str extra_body;	/* raw JSON object merged in last, or empty */
	/* Choices of the account that few need; false and empty by default. */
	bool data_images_only;	 /* images by URL are refused (§6) */
	bool refuse_pdf;	 /* instead of a placeholder (§6) */
	bool tool_images_inline; /* image parts in tool messages (§6) */
	bool developer_role;	 /* for the system prompt (§5.1) */
	bool all_efforts;	 /* xhigh and max pass as they are (§8.2) */
	struct str off_effort;	 /* reasoning_effort for no thinking, decoded;
				    empty: "none" (§8.2) */
};

/*
 * Shortened tool names of this request (§7.1), to restore them in the answer.
 * Filled by openai_request_write from the arena; empty for most.
 */
struct tool_names {
	struct tool_name {
		struct str sent, asked; /* decoded */
	} * names;
	size_t n;
};

/*
 * Appends the body to out; equal input gives equal bytes.  -1 with
 * ERR_BAD_REQUEST when this target cannot take the request.
 */
int openai_request_write(struct buf *out, const struct chat_request *r,
			 const struct openai_target *target, struct arena *a,
			 struct tool_names *names, struct err *e);

/* How many of the request's stop strings this flavour is sent (§4). */
size_t openai_request_stops(const struct chat_request *r, enum flavour f);

#endif
