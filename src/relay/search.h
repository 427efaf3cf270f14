/*
 * The search of the web for a request whose only tool is web_search: one
 * question to the operator's search server (SearXNG's JSON), before the model
 * is asked to answer from what it found.
 */
#ifndef RELAY_SEARCH_H
#define RELAY_SEARCH_H

#include "app/settings.h"
#include "io/loop.h"
#include "proto/anthropic_event.h"
#include "proto/chat.h"

struct search;

/* For a request that wants one; on a worker. */
struct search *search_new(const struct settings *s,
			  const struct chat_request *r);
void search_free(struct search *v); /* not while it runs; NULL is allowed */

/* done(ctx) is called on the loop, soon, never from within this call; what goes
 * wrong is a result too. */
void search_start(struct search *v, struct loop *l, const char *request_id,
		  void (*done)(void *ctx), void *ctx);
/* No done() will come.  True when one would have. */
bool search_stop(struct search *v);
/* Reads what came and gives it to the model, by *r, whose arena is a; the first
 * time only.  Not on a loop: it may take long. */
void search_tell(struct search *v, struct chat_request *r, struct arena *a);
/* What the client is shown, after search_tell(); NULL before. */
const struct event_search *search_shown(const struct search *v);

/* How it ended, for the log: "ok" or Anthropic's error_code. */
const char *search_outcome(const struct search *v);

#endif
