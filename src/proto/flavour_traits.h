/* What each flavour takes beyond plain OpenAI (messages-api §§4, 8, 10). */
#ifndef PROTO_FLAVOUR_TRAITS_H
#define PROTO_FLAVOUR_TRAITS_H

#include "proto/flavour.h"

enum flavour_trait { /* bits */
		     /* Sent or understood by these only. */
		     TRAIT_CONTINUOUS_USAGE = 1 << 0, /* of stream_options */
		     TRAIT_CONTINUES = 1 << 1, /* continue_final_message */
		     TRAIT_TEMPLATE_KWARGS = 1 << 2,
		     TRAIT_EFFORT = 1 << 3, /* reasoning_effort */
		     /* ... for models marked as reasoning only. */
		     TRAIT_EFFORT_IF_REASONING = 1 << 4,
		     TRAIT_OFF_BY_EFFORT = 1 << 5, /* "none" is an effort */
		     TRAIT_BUDGET = 1 << 6,	   /* thinking_budget_tokens */
		     /* Where the thinking of past turns goes (§8.3). */
		     TRAIT_REASONING_CONTENT = 1 << 7,
		     TRAIT_REASONING = 1 << 8,
		     TRAIT_STRICT_FUNCTIONS = 1 << 9, /* function.strict */
		     TRAIT_PDF = 1 << 10,	      /* file parts */
		     /* What differs from the others. */
		     TRAIT_COMPLETION_TOKENS = 1 << 11, /* for max_tokens */
		     TRAIT_NO_TOP_K = 1 << 12,
		     TRAIT_FOUR_STOPS = 1 << 13,
		     /* Names of functions are [a-zA-Z0-9_-]{1,64}. */
		     TRAIT_NARROW_NAMES = 1 << 14,
		     /* response_format is json_object with a value. */
		     TRAIT_SCHEMA_AS_VALUE = 1 << 15,
		     /* tool_choice none: leave the tools out. */
		     TRAIT_NO_TOOLS_IF_NONE = 1 << 16,
		     /* A prompt that is too long is cut without a word. */
		     TRAIT_TRUNCATES = 1 << 17
};

bool flavour_has(enum flavour f, enum flavour_trait trait);

#endif
