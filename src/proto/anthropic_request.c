#include "proto/anthropic_request.h"

#include <string.h>

#include "proto/chat_text.h"
#include "proto/request_reader.h"

enum top_field {
	TOP_MODEL,
	TOP_MAX_TOKENS,
	TOP_MESSAGES,
	TOP_SYSTEM,
	TOP_STOPS,
	TOP_STREAM,
	TOP_TEMPERATURE,
	TOP_P,
	TOP_K,
	TOP_TOOLS,
	TOP_TOOL_CHOICE,
	TOP_METADATA,
	TOP_THINKING,
	TOP_OUTPUT_CONFIG,
	TOP_OUTPUT_FORMAT,
	TOP_MCP_SERVERS,
	TOP_TEMPLATE_KWARGS,
	TOP_THREAD,
	TOP_FIELDS
};

static int read_model(struct request_reader *r, jref v)
{
	if (v == JNONE)
		return reader_fail(r, NULL, "model", "Field required");
	if (jdoc_chars(r->doc, v).n == 0)
		return reader_fail(r, NULL, "model",
				   "Input should be a valid string");
	return reader_word(r, NULL, "model", v, &r->out->model);
}

static int read_max_tokens(struct request_reader *r, jref v)
{
	if (r->options->counting && jdoc_is_null(r->doc, v))
		return 0;
	if (v == JNONE)
		return reader_fail(r, NULL, "max_tokens", "Field required");
	if (jdoc_i64(r->doc, v, &r->out->max_tokens) < 0)
		return reader_fail(r, NULL, "max_tokens",
				   "Input should be a valid integer");
	if (r->out->max_tokens < 1)
		return reader_fail(r, NULL, "max_tokens",
				   "Input should be greater than or equal to "
				   "1");
	return 0;
}

static int check_messages(struct request_reader *r, jref v)
{
	if (v == JNONE)
		return reader_fail(r, NULL, "messages", "Field required");
	if (jdoc_type(r->doc, v) != J_ARRAY)
		return reader_fail(r, NULL, "messages",
				   "Input should be a valid list");
	if (jdoc_first(r->doc, v) == JNONE)
		return reader_fail(r, NULL, "messages",
				   "at least one message is required");
	return 0;
}

struct range {
	const char *name;
	double min, max;
};

static int read_number(struct request_reader *r, jref v,
		       const struct range *range, struct str *raw)
{
	double number;

	if (jdoc_is_null(r->doc, v))
		return 0;
	if (jdoc_double(r->doc, v, &number) < 0)
		return reader_fail(r, NULL, range->name,
				   "Input should be a valid number");
	if (number < range->min || number > range->max)
		return reader_fail(r, NULL, range->name,
				   "Input should be between 0 and 1");
	*raw = jdoc_raw(r->doc, v);
	return 0;
}

static int read_sampling(struct request_reader *r, const jref *f)
{
	/* Claude's temperature ends at 1, other models take up to 2. */
	static const struct range temperature = {"temperature", 0, 2},
				  top_p = {"top_p", 0, 1},
				  top_k = {"top_k", -1e18, 1e18};
	struct chat_request *out = r->out;

	if (read_number(r, f[TOP_TEMPERATURE], &temperature,
			&out->temperature) < 0 ||
	    read_number(r, f[TOP_P], &top_p, &out->top_p) < 0)
		return -1;
	return read_number(r, f[TOP_K], &top_k, &out->top_k);
}

static int read_stops(struct request_reader *r, jref list)
{
	struct str *stops;
	size_t n = 0;

	if (jdoc_is_null(r->doc, list))
		return 0;
	if (jdoc_type(r->doc, list) != J_ARRAY)
		return reader_fail(r, NULL, "stop_sequences",
				   "Input should be a valid list");
	stops = arena_array(r->arena, jdoc_count(r->doc, list), sizeof(*stops));
	for (jref v = jdoc_first(r->doc, list); v != JNONE;
	     v = jdoc_next(r->doc, list, v)) {
		if (jdoc_type(r->doc, v) != J_STRING)
			return reader_fail(r, NULL, "stop_sequences",
					   "Input should be a valid list");
		if (reader_whole(r, v) < 0)
			return -1;
		stops[n] = jdoc_string(r->doc, v, r->arena);
		/* Backends refuse an empty one, and it means nothing. */
		n += stops[n].n > 0;
	}
	r->out->stops = stops;
	r->out->nstops = n;
	return 0;
}

static int read_metadata(struct request_reader *r, jref v)
{
	static const struct str names[] = {STR("user_id")};
	jref user;

	if (jdoc_is_null(r->doc, v))
		return 0;
	if (jdoc_type(r->doc, v) != J_OBJECT)
		return reader_fail(r, NULL, "metadata",
				   "Input should be a valid dictionary");
	json_fields(r->doc, v, names, 1, &user);
	if (jdoc_is_null(r->doc, user))
		return 0;
	if (jdoc_type(r->doc, user) != J_STRING)
		return reader_fail(r, NULL, "metadata.user_id",
				   "Input should be a valid string");
	if (reader_whole(r, user) < 0)
		return -1;
	r->out->user_id = jdoc_string(r->doc, user, r->arena);
	return 0;
}

/* vLLM's extension, for clients that know their backend. */
static int read_template_kwargs(struct request_reader *r, jref v)
{
	enum { MEMBERS_MAX = 64 };

	if (jdoc_is_null(r->doc, v))
		return 0;
	if (jdoc_type(r->doc, v) != J_OBJECT ||
	    jdoc_count(r->doc, v) > MEMBERS_MAX)
		return reader_fail(r, NULL, "chat_template_kwargs",
				   "Input should be a valid dictionary");
	return reader_raw(r, v, &r->out->chat_template_kwargs);
}

/* A thread that goes on holds the new messages only; clients that are told so
 * send the whole conversation instead. */
static int refuse_thread(struct request_reader *r, jref v)
{
	static const char code[] = "thread_unsupported_request";

	if (r->options->threaded || jdoc_is_null(r->doc, v))
		return 0;
	reader_fail(r, NULL, "thread",
		    "message threads are not available on this gateway");
	if (r->e)
		memcpy(r->e->code, code, sizeof(code));
	return -1;
}

static int read_conversation(struct request_reader *r, const jref *f)
{
	struct chat_items system = {NULL, 0, 0};

	if (request_system_read(r, f[TOP_SYSTEM], &system) < 0 ||
	    request_tools_read(r, f[TOP_TOOLS], f[TOP_TOOL_CHOICE],
			       f[TOP_MCP_SERVERS]) < 0 ||
	    request_messages_read(r, f[TOP_MESSAGES], &system) < 0)
		return -1;
	r->out->system = chat_items_join(&system, STR("\\n\\n"), r->arena);
	if (chat_text_blank(r->out->system))
		r->out->system = STR_NONE;
	return 0;
}

static int read_top(struct request_reader *r)
{
	static const struct str names[] = {
	    [TOP_MODEL] = STR("model"),
	    [TOP_MAX_TOKENS] = STR("max_tokens"),
	    [TOP_MESSAGES] = STR("messages"),
	    [TOP_SYSTEM] = STR("system"),
	    [TOP_STOPS] = STR("stop_sequences"),
	    [TOP_STREAM] = STR("stream"),
	    [TOP_TEMPERATURE] = STR("temperature"),
	    [TOP_P] = STR("top_p"),
	    [TOP_K] = STR("top_k"),
	    [TOP_TOOLS] = STR("tools"),
	    [TOP_TOOL_CHOICE] = STR("tool_choice"),
	    [TOP_METADATA] = STR("metadata"),
	    [TOP_THINKING] = STR("thinking"),
	    [TOP_OUTPUT_CONFIG] = STR("output_config"),
	    [TOP_OUTPUT_FORMAT] = STR("output_format"),
	    [TOP_MCP_SERVERS] = STR("mcp_servers"),
	    [TOP_TEMPLATE_KWARGS] = STR("chat_template_kwargs"),
	    [TOP_THREAD] = STR("thread"),
	};
	jref f[TOP_FIELDS];

	json_fields(r->doc, 0, names, TOP_FIELDS, f);
	if (refuse_thread(r, f[TOP_THREAD]) < 0 ||
	    read_model(r, f[TOP_MODEL]) < 0 ||
	    read_max_tokens(r, f[TOP_MAX_TOKENS]) < 0 ||
	    check_messages(r, f[TOP_MESSAGES]) < 0 || read_sampling(r, f) < 0 ||
	    read_stops(r, f[TOP_STOPS]) < 0 ||
	    reader_bool(r, "stream", f[TOP_STREAM], &r->out->stream) < 0 ||
	    read_metadata(r, f[TOP_METADATA]) < 0 ||
	    request_thinking_read(r, f[TOP_THINKING], f[TOP_OUTPUT_CONFIG],
				  f[TOP_OUTPUT_FORMAT]) < 0 ||
	    read_template_kwargs(r, f[TOP_TEMPLATE_KWARGS]) < 0)
		return -1;
	return read_conversation(r, f);
}

int anthropic_request_read(struct chat_request *out, struct jdoc *doc,
			   struct str body, struct arena *a,
			   const struct anthropic_request_options *options,
			   struct err *e)
{
	struct chat_request request = {.ntools = 0};
	struct request_reader r = {doc, a, options, &request, e};
	struct jerror why;

	if (jdoc_parse(doc, body, &jscan_request_limits, &why) < 0)
		return err_set(e, ERR_BAD_REQUEST,
			       "The request body is not valid JSON: %s at byte "
			       "%zu",
			       why.detail, why.at);
	if (jdoc_type(doc, 0) != J_OBJECT)
		return err_set(e, ERR_BAD_REQUEST,
			       "Input should be a valid dictionary");
	if (read_top(&r) < 0)
		return -1;
	*out = request;
	return 0;
}

static struct str session_of_document(struct str text, struct arena *a)
{
	static const struct jlimits limits = {
	    .depth = 16, .recorded = 1, .tokens = 1000};
	static const struct str names[] = {STR("session_id")};
	struct str session = STR_NONE;
	struct jerror why;
	struct jdoc doc;
	jref v;

	jdoc_init(&doc);
	if (jdoc_parse(&doc, text, &limits, &why) == 0) {
		json_fields(&doc, 0, names, 1, &v);
		session = jdoc_string(&doc, v, a);
	}
	jdoc_release(&doc);
	return session;
}

struct str anthropic_session_of(struct str user_id, struct arena *a)
{
	struct str mark = STR("_session_"), rest = user_id;
	size_t at;

	if (str_starts(str_trim(user_id), STR("{")))
		return session_of_document(user_id, a);
	at = str_find(rest, mark);
	if (at == SIZE_MAX)
		return STR_NONE;
	while (at != SIZE_MAX) {
		rest = str_sub(rest, at + mark.n, rest.n);
		at = str_find(rest, mark);
	}
	return rest;
}
