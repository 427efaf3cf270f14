/* Why the answer ended, in Anthropic's words (messages-api §11.5). */
#ifndef PROTO_STOP_REASON_H
#define PROTO_STOP_REASON_H

#include "proto/anthropic_event.h"

struct stop_facts {
	struct str finish; /* finish_reason, empty: none */
	bool called;	   /* a tool call was passed on */
	bool refused;	   /* the model's text was a refusal */
	bool cut;	   /* known to have met the token limit */
	struct str explanation;
	const struct str *matched; /* one of the request's stops, or NULL */
	const struct str *stops;   /* of the request */
	size_t nstops;
};

/* True for the words that mean: the token limit was met. */
bool stop_reason_is_cut(struct str finish);
struct event_stop stop_reason(const struct stop_facts *f);

#endif
