/*
 * The connection test of an account: which models are there, does a short
 * streamed answer come, does a tool call come, and how fast (admin-api.md,
 * Accounts).  Runs as transfers on a loop; never longer than its limit.
 */
#ifndef IO_PROBE_H
#define IO_PROBE_H

#include "base/buf.h"
#include "io/loop.h"

struct probe_spec {		/* copied */
	const char *models_url; /* GET; NULL: skip */
	const char *chat_url;	/* POST; NULL: skip */
	bool messages; /* chat_url is of Anthropic's Messages, not OpenAI */
	const char *root_url; /* ends in a slash: what some kinds of servers
				 tell of themselves; NULL: skip */
	const char *const *headers;
	size_t nheaders;
	const char *model; /* the backend's name; NULL: the first of its list */
	const char *proxy;
	int64_t limit_ms; /* for the whole test */
	bool full;	  /* also a tool call */
};

enum { PROBE_MODELS = 50, PROBE_TEXT = 512 };

struct probe_result {
	bool ok;      /* a streamed answer came */
	bool fails;   /* a request would fail, too; not merely: it is slow */
	bool reached; /* anything answered at all */
	bool streaming, tools, usage, tools_tried;
	int64_t latency_ms;	/* of the first answer of any kind */
	int64_t first_token_ms; /* -1: none came */
	char *models[PROBE_MODELS];
	size_t nmodels;
	bool model_found;	  /* probe_spec.model is among models */
	int64_t context_window;	  /* max_model_len or n_ctx, 0: not said */
	char flavour[16];	  /* what the answers look like, "" unknown */
	char text[PROBE_TEXT];	  /* start of the streamed answer */
	char message[PROBE_TEXT]; /* for an operator: what to do about it */
	const char *cause;	  /* why not ok, a word for programs; or NULL */
};

void probe_result_release(struct probe_result *r);

/*
 * done is called once, on the loop, also when the loop stops.  *r lasts as
 * long as the call; what it holds is the callee's: copy *r to keep it, and
 * probe_result_release() in the end.  Without a content-type among the headers
 * application/json is sent.
 */
void probe_start(struct loop *l, const struct probe_spec *spec,
		 void (*done)(void *ctx, struct probe_result *r), void *ctx);

#endif
