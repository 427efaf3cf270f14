#include "proto/anthropic_event.h"

#include "proto/error_body.h"
#include "proto/web_search.h"

/* A constant keeps replayed histories equal; clients only need it not empty.
 * It is base64 of "llmrelay thinking 1". */
#define SIGNATURE "bGxtcmVsYXkgdGhpbmtpbmcgMQ=="

/* The collector's ceiling is the machine's business; this is where escaping
 * could take what passed that. */
enum { COLLECTED_BYTES = 1 << 30, CITED_BYTES = 1 << 20 };

void event_writer_init(struct event_writer *w, bool events, struct str id,
		       struct str model, int64_t input_estimate)
{
	*w = (struct event_writer){.events = events,
				   .collects = !events,
				   .id = id,
				   .model = model,
				   .input_estimate = input_estimate,
				   .content = BUF_INIT(COLLECTED_BYTES),
				   .input = BUF_INIT(COLLECTED_BYTES),
				   .cited = BUF_INIT(CITED_BYTES)};
	jdoc_init(&w->scratch);
}

void event_writer_keep(struct event_writer *w, size_t max_bytes)
{
	if (!w->events)
		return; /* all of it is there anyway */
	w->collects = true;
	w->content.max = w->input.max = max_bytes;
}

struct str event_content(const struct event_writer *w)
{
	if (!w->collects || !buf_ok(&w->content))
		return STR_NONE;
	return buf_str(&w->content);
}

void event_writer_release(struct event_writer *w)
{
	buf_release(&w->content);
	buf_release(&w->input);
	buf_release(&w->cited);
	jdoc_release(&w->scratch);
}

static void end_event(struct buf *out)
{
	buf_adds(out, "}\n\n");
}

static void add_usage(struct buf *out, const struct usage *u)
{
	buf_adds(out, ",\"usage\":{\"input_tokens\":");
	buf_addi(out, u->input);
	buf_adds(out, ",\"cache_creation_input_tokens\":");
	buf_addi(out, u->cache_write);
	buf_adds(out, ",\"cache_read_input_tokens\":");
	buf_addi(out, u->cache_read);
	buf_adds(out, ",\"output_tokens\":");
	buf_addi(out, u->output);
	if (u->thinking) {
		buf_adds(out, ",\"output_tokens_details\":{"
			      "\"thinking_tokens\":");
		buf_addi(out, u->thinking);
		buf_addc(out, '}');
	}
	if (u->searches) {
		buf_adds(out, ",\"server_tool_use\":{"
			      "\"web_search_requests\":");
		buf_addi(out, u->searches);
		buf_adds(out, ",\"web_fetch_requests\":0}");
	}
	buf_addc(out, '}');
}

/* The members of a message up to its content. */
static void add_message_head(const struct event_writer *w, struct buf *out)
{
	buf_adds(out, "{\"id\":");
	buf_json(out, w->id);
	buf_adds(out,
		 ",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
	buf_json(out, w->model);
	buf_adds(out, ",\"content\":[");
}

/* What a block looks like at its start and at its end: {start of the event's
 * content_block, start in the collector}. */
static const struct {
	const char *event, *collected;
} block_starts[] = {
    [BLOCK_NONE] = {"", ""},
    [BLOCK_TEXT] = {"{\"type\":\"text\",\"text\":\"\"}",
		    "{\"type\":\"text\",\"text\":\""},
    [BLOCK_THINKING] = {"{\"type\":\"thinking\",\"thinking\":\"\","
			"\"signature\":\"\"}",
			"{\"type\":\"thinking\",\"thinking\":\""},
    [BLOCK_TOOL] = {"{\"type\":\"tool_use\",\"id\":",
		    "{\"type\":\"tool_use\",\"id\":"},
};

static void begin_delta(const struct event_writer *w, const char *delta,
			struct buf *out)
{
	buf_adds(out, "event: content_block_delta\ndata: "
		      "{\"type\":\"content_block_delta\",\"index\":");
	buf_addi(out, (int64_t)w->blocks - 1);
	buf_adds(out, delta);
}

static void add_input(struct event_writer *w, bool cut)
{
	bool whole = buf_ok(&w->input);
	enum tool_input how =
	    tool_args_input(&w->content, buf_str(&w->input), cut, &w->scratch);

	w->content.full |= !whole;
	w->input_repaired |= how == INPUT_REPAIRED;
	w->input_raw |= how == INPUT_RAW;
	buf_release(&w->input);
}

/* The next citation from i on that the open text makes; NULL: none. */
static const struct event_citation *next_citation(const struct event_writer *w,
						  size_t *i)
{
	if (w->open != BLOCK_TEXT || !w->search)
		return NULL;
	while (*i < w->search->ncitations) {
		const struct event_citation *c = &w->search->citations[(*i)++];

		if (web_search_cites(buf_str(&w->cited), c->url))
			return c;
	}
	return NULL;
}

static void collect_citations(struct event_writer *w)
{
	const struct event_citation *c;
	bool any = false;
	size_t i = 0;

	while ((c = next_citation(w, &i)) != NULL) {
		buf_adds(&w->content, any ? "," : ",\"citations\":[");
		buf_addstr(&w->content, c->json);
		any = true;
	}
	if (any)
		buf_addc(&w->content, ']');
}

static void send_citations(const struct event_writer *w, struct buf *out)
{
	const struct event_citation *c;
	size_t i = 0;

	while ((c = next_citation(w, &i)) != NULL) {
		begin_delta(w,
			    ",\"delta\":{\"type\":\"citations_delta\","
			    "\"citation\":",
			    out);
		buf_addstr(out, c->json);
		buf_addc(out, '}');
		end_event(out);
	}
}

static void collect_close(struct event_writer *w, bool cut)
{
	if (w->open == BLOCK_TOOL)
		add_input(w, cut);
	else if (w->open == BLOCK_THINKING)
		buf_adds(&w->content, "\",\"signature\":\"" SIGNATURE "\"");
	else
		buf_addc(&w->content, '"');
	collect_citations(w);
	buf_addc(&w->content, '}');
}

static void send_stop(const struct event_writer *w, struct buf *out)
{
	buf_adds(out, "event: content_block_stop\n"
		      "data: {\"type\":\"content_block_stop\",\"index\":");
	buf_addi(out, (int64_t)w->blocks - 1);
	end_event(out);
}

static void send_close(const struct event_writer *w, struct buf *out)
{
	if (w->open == BLOCK_THINKING) {
		begin_delta(w,
			    ",\"delta\":{\"type\":\"signature_delta\","
			    "\"signature\":\"" SIGNATURE "\"}",
			    out);
		end_event(out);
	}
	send_stop(w, out);
}

void event_close(struct event_writer *w, bool cut, struct buf *out)
{
	if (w->open == BLOCK_NONE || w->stage == WRITER_CLOSED)
		return;
	if (w->collects)
		collect_close(w, cut);
	if (w->events) {
		send_citations(w, out);
		send_close(w, out);
	}
	buf_reset(&w->cited);
	w->open = BLOCK_NONE;
}

static void begin_block(const struct event_writer *w, struct buf *out)
{
	buf_adds(out, "event: content_block_start\ndata: "
		      "{\"type\":\"content_block_start\",\"index\":");
	buf_addi(out, w->blocks);
	buf_adds(out, ",\"content_block\":");
}

static void send_input(const struct event_writer *w, struct str args,
		       struct buf *out)
{
	begin_delta(w,
		    ",\"delta\":{\"type\":\"input_json_delta\","
		    "\"partial_json\":\"",
		    out);
	buf_json_chars(out, args);
	buf_adds(out, "\"}");
	end_event(out);
}

/* How a block of a search begins, up to its own members. */
static void add_search_use(const struct event_search *search, struct buf *out)
{
	buf_adds(out, "{\"type\":\"server_tool_use\",\"id\":");
	buf_json(out, search->id);
	buf_adds(out, ",\"name\":\"web_search\",\"caller\":{\"type\":"
		      "\"direct\"},\"input\":");
}

static void add_search_result(const struct event_search *search,
			      struct buf *out)
{
	buf_adds(out, "{\"type\":\"web_search_tool_result\",\"tool_use_id\":");
	buf_json(out, search->id);
	buf_adds(out, ",\"caller\":{\"type\":\"direct\"},\"content\":");
	buf_addstr(out, search->result);
	buf_addc(out, '}');
}

static void add_query(const struct event_search *search, struct buf *out)
{
	buf_adds(out, "{\"query\":");
	buf_json(out, search->query);
	buf_addc(out, '}');
}

static void collect_search(struct event_writer *w)
{
	add_search_use(w->search, &w->content);
	add_query(w->search, &w->content);
	buf_adds(&w->content, "},");
	add_search_result(w->search, &w->content);
}

static void send_search(struct event_writer *w, struct buf *out)
{
	struct buf query = BUF_INIT(COLLECTED_BYTES);

	begin_block(w, out);
	add_search_use(w->search, out);
	buf_adds(out, "{}}");
	end_event(out);
	w->blocks++;
	add_query(w->search, &query);
	send_input(w, buf_str(&query), out);
	buf_release(&query);
	send_stop(w, out);
	begin_block(w, out);
	add_search_result(w->search, out);
	end_event(out);
	w->blocks++;
	send_stop(w, out);
}

static void send_start(const struct event_writer *w, const struct usage *usage,
		       struct buf *out)
{
	struct usage u = {.input = usage ? usage->input : w->input_estimate};

	buf_adds(out, "event: message_start\n"
		      "data: {\"type\":\"message_start\",\"message\":");
	add_message_head(w, out);
	buf_adds(out, "],\"stop_reason\":null,\"stop_sequence\":null");
	add_usage(out, &u);
	buf_addc(out, '}');
	end_event(out);
}

void event_start(struct event_writer *w, const struct usage *usage,
		 struct buf *out)
{
	if (w->stage != WRITER_NEW)
		return;
	w->stage = WRITER_STARTED;
	if (w->events)
		send_start(w, usage, out);
	if (!w->search)
		return;
	if (w->collects)
		collect_search(w);
	if (w->events)
		send_search(w, out);
	else
		w->blocks += 2;
}

/* The open block's start up to where a tool's id would stand. */
static void open_block(struct event_writer *w, enum block kind, struct buf *out)
{
	event_start(w, NULL, out);
	event_close(w, false, out);
	w->open = kind;
	if (w->collects) {
		if (w->blocks)
			buf_addc(&w->content, ',');
		buf_adds(&w->content, block_starts[kind].collected);
	}
	if (w->events) {
		begin_block(w, out);
		buf_adds(out, block_starts[kind].event);
		if (kind != BLOCK_TOOL)
			end_event(out);
	}
	w->blocks++;
}

static void add_chars(struct event_writer *w, enum block kind,
		      const char *delta, struct str text, struct buf *out)
{
	if (w->stage == WRITER_CLOSED || text.n == 0)
		return;
	if (w->open != kind)
		open_block(w, kind, out);
	if (w->search && kind == BLOCK_TEXT)
		buf_addstr(&w->cited, text);
	if (w->collects)
		buf_json_chars(&w->content, text);
	if (!w->events)
		return;
	begin_delta(w, delta, out);
	buf_json_chars(out, text);
	buf_adds(out, "\"}");
	end_event(out);
}

void event_text(struct event_writer *w, struct str text, struct buf *out)
{
	add_chars(w, BLOCK_TEXT,
		  ",\"delta\":{\"type\":\"text_delta\",\"text\":\"", text, out);
}

void event_thinking(struct event_writer *w, struct str text, struct buf *out)
{
	add_chars(w, BLOCK_THINKING,
		  ",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"",
		  text, out);
}

static void add_tool(struct buf *out, struct str id, struct str name)
{
	buf_json(out, id);
	buf_adds(out, ",\"name\":");
	buf_json(out, name);
	buf_adds(out, ",\"input\":");
}

void event_tool(struct event_writer *w, struct str id, struct str name,
		struct buf *out)
{
	if (w->stage == WRITER_CLOSED)
		return;
	open_block(w, BLOCK_TOOL, out);
	if (w->collects)
		add_tool(&w->content, id, name);
	if (!w->events)
		return;
	add_tool(out, id, name);
	/* Always empty: clients take arguments from deltas only. */
	buf_adds(out, "{}}");
	end_event(out);
}

void event_input(struct event_writer *w, struct str args, struct buf *out)
{
	if (w->open != BLOCK_TOOL || w->stage == WRITER_CLOSED || args.n == 0)
		return;
	if (w->collects)
		buf_addstr(&w->input, args);
	if (w->events)
		send_input(w, args, out);
}

static void add_stop(const struct event_stop *stop, struct buf *out)
{
	buf_adds(out, "\"stop_reason\":\"");
	buf_adds(out, stop->reason);
	buf_adds(out, "\",\"stop_sequence\":");
	if (stop->sequence)
		buf_json(out, *stop->sequence);
	else
		buf_adds(out, "null");
	if (!stop->refusal)
		return;
	buf_adds(out, ",\"stop_details\":{\"type\":\"refusal\","
		      "\"category\":null,\"explanation\":");
	if (stop->explanation.n)
		buf_json(out, stop->explanation);
	else
		buf_adds(out, "null");
	buf_addc(out, '}');
}

static void write_message(struct event_writer *w, const struct event_stop *stop,
			  const struct usage *usage, struct buf *out)
{
	add_message_head(w, out);
	buf_addstr(out, buf_str(&w->content));
	buf_adds(out, "],");
	add_stop(stop, out);
	add_usage(out, usage);
	buf_addc(out, '}');
}

void event_finish(struct event_writer *w, const struct event_stop *stop,
		  const struct usage *usage, struct buf *out)
{
	if (w->stage == WRITER_CLOSED)
		return;
	if (w->blocks == 0)
		open_block(w, BLOCK_TEXT, out);
	event_close(w, false, out);
	w->stage = WRITER_CLOSED;
	if (!w->events) {
		write_message(w, stop, usage, out);
		return;
	}
	buf_adds(out, "event: message_delta\n"
		      "data: {\"type\":\"message_delta\",\"delta\":{");
	add_stop(stop, out);
	buf_addc(out, '}');
	add_usage(out, usage);
	end_event(out);
	buf_adds(out, "event: message_stop\n"
		      "data: {\"type\":\"message_stop\"}\n\n");
}

void event_error(struct event_writer *w, const struct err *e,
		 struct str request_id, struct buf *out)
{
	if (w->stage == WRITER_CLOSED)
		return;
	w->stage = WRITER_CLOSED;
	if (!w->events)
		return;
	buf_adds(out, "event: error\ndata: ");
	error_body_anthropic(out, e, request_id);
	buf_adds(out, "\n\n");
}

void event_ping(struct event_writer *w, struct buf *out)
{
	if (w->stage == WRITER_CLOSED || !w->events)
		return;
	event_start(w, NULL, out);
	buf_adds(out, "event: ping\ndata: {\"type\":\"ping\"}\n\n");
}
