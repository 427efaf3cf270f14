/*
 * Tools that Anthropic defines (messages-api §7.3): those that the client runs
 * become functions with our own short descriptions, those that Anthropic's
 * servers run cannot be offered.
 */
#ifndef PROTO_BUILTIN_TOOLS_H
#define PROTO_BUILTIN_TOOLS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

struct builtin_tool {
	struct str description; /* JSON string contents */
	struct str parameters;	/* raw JSON schema */
};

/* False when type is not one of the tools that the client runs.  Display
 * sizes are in pixels, 0 when not given; what *out holds lives in the arena. */
bool builtin_tool_find(struct str type, int64_t width, int64_t height,
		       struct arena *a, struct builtin_tool *out);
bool builtin_tool_is_servers(struct str type);

#endif
