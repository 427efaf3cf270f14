#include "proto/stop_reason.h"

bool stop_reason_is_cut(struct str finish)
{
	return str_is(finish, "length") || str_is(finish, "max_tokens") ||
	       str_is(finish, "model_length");
}

/* The order is the specification's: the first that holds decides. */
struct event_stop stop_reason(const struct stop_facts *f)
{
	if (f->cut || stop_reason_is_cut(f->finish))
		return (struct event_stop){.reason = "max_tokens"};
	if (f->refused || str_is(f->finish, "content_filter"))
		return (struct event_stop){.reason = "refusal",
					   .refusal = true,
					   .explanation = f->explanation};
	if (f->called)
		return (struct event_stop){.reason = "tool_use"};
	if (str_is(f->finish, "stop") && f->matched)
		return (struct event_stop){.reason = "stop_sequence",
					   .sequence = f->matched};
	if (str_is(f->finish, "stop_sequence") && f->nstops == 1)
		return (struct event_stop){.reason = "stop_sequence",
					   .sequence = &f->stops[0]};
	return (struct event_stop){.reason = "end_turn"};
}
