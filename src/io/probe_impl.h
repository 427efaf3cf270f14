/* Inside of a probe, for probe*.c and its tests. */
#ifndef IO_PROBE_IMPL_H
#define IO_PROBE_IMPL_H

#include "base/jscan.h"
#include "io/probe.h"
#include "io/transfer.h"

enum {
	PROBE_ANSWER_BYTES = 64 * 1024, /* of one answer; more is not read */
	PROBE_NAME_BYTES = 256,		/* of a model */
	PROBE_QUOTE_BYTES = 200,	/* of a server's words, in ours */
	PROBE_ANSWER_TOKENS = 16,
	PROBE_TOOL_TOKENS = 512 /* models may think first */
};

#define PROBE_ASK_TEXT "Say hello."
#define PROBE_ASK_TOOL "What is the weather in Paris now? Call get_weather."

enum probe_step {
	PROBE_STEP_MODELS,
	PROBE_STEP_CHAT,
	PROBE_STEP_TOOL,
	PROBE_STEP_FACTS
};

/* The protocol, and what a server did not take in the first try. */
struct probe_variant {
	bool messages;		/* Anthropic's */
	bool completion_tokens; /* wants max_completion_tokens */
	bool no_usage;		/* does not know stream_options */
};

/* One exchange as far as it came. */
struct probe_answer {
	enum transfer_end end;
	char detail[128];
	int status; /* 0: no head came */
	struct buf body;
	size_t read;		/* of body: whole lines that were looked at */
	bool keep_text;		/* of the answer, in the result */
	bool messages;		/* of that protocol */
	bool frames;		/* server-sent events came */
	bool shaped;		/* choices were where they belong */
	bool token;		/* something was generated */
	bool tool_call;		/* with a name */
	struct buf error_frame; /* its words */
};

void probe_answer_init(struct probe_answer *a);
void probe_answer_reset(struct probe_answer *a);
void probe_answer_release(struct probe_answer *a);

/* The body of a chat request. */
void probe_request(struct buf *out, const char *model, bool tool,
		   struct probe_variant v);

/* The same of Anthropic's Messages, which has other names for all of it. */
void probe_messages_request(struct buf *out, const char *model, bool tool);
/* What an event or an answer of it shows. */
void probe_messages_learn(struct probe_answer *a, struct probe_result *r,
			  const struct jdoc *d);
/* Adds to the start of the answer's text. */
void probe_add_text(struct probe_result *r, struct str s);

/* Looks at the frames that a->body has got since the last time. */
void probe_read_frames(struct probe_answer *a, struct probe_result *r);
/* Looks at a whole answer that is no stream. */
void probe_read_whole(struct probe_answer *a, struct probe_result *r);
/* GET /v1/models; false when it is not a list of models. */
bool probe_read_models(struct str body, const char *model,
		       struct probe_result *r);
/* Where a server of this kind tells what is not known yet; NULL: nowhere. */
const char *probe_facts_path(const struct probe_result *r);
/* What it told there. */
void probe_read_facts(struct str body, const char *model,
		      struct probe_result *r);
/* What the server says is wrong, made fit for a line. */
void probe_server_words(struct buf *out, struct str body);

/* For whom the words are made up. */
struct probe_topic {
	const char *url;     /* that was asked */
	const char *try_url; /* to try by hand */
	const char *model;
	const char *proxy; /* between us and the server, NULL: none */
	int64_t limit_ms;
};

/* What failed and what to do about it: appended as one sentence.  Gives the
 * word for it that programs know (probe_result.cause). */
const char *probe_say_failure(struct buf *out, const struct probe_topic *topic,
			      const struct probe_answer *a,
			      const struct probe_result *r);
/* What works. */
void probe_say_success(struct buf *out, const struct probe_topic *topic,
		       const struct probe_result *r);

#endif
