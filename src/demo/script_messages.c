/* The play of Anthropic's Messages. */
#include "demo/script_impl.h"

#include <inttypes.h>

static const char *stop_reason(const struct answer *a)
{
	static const struct {
		const char *finish, *stop;
	} words[] = {
	    {"length", "max_tokens"},
	    {"tool_calls", "tool_use"},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_is(a->finish, words[i].finish))
			return words[i].stop;
	}
	return a->stop_reason.p ? "stop_sequence" : "end_turn";
}

/* Prompt tokens without those of caches. */
static int64_t fresh(const struct answer *a, const struct switches *sw)
{
	return a->prompt_tokens - (sw->cached > 0 ? sw->cached : 0);
}

static void add_usage(struct buf *out, const struct answer *a,
		      const struct switches *sw, int64_t output)
{
	buf_addf(out,
		 "{\"input_tokens\":%" PRId64
		 ",\"cache_creation_input_tokens\":0,"
		 "\"cache_read_input_tokens\":%" PRId64
		 ",\"output_tokens\":%" PRId64 "}",
		 fresh(a, sw), sw->cached > 0 ? sw->cached : 0, output);
}

static void open_message(struct buf *out, const struct answer *a)
{
	buf_addf(out,
		 "{\"id\":\"msg_demo_%" PRIu64
		 "\",\"type\":\"message\",\"role\":\"assistant\",\"model\":",
		 a->number);
	buf_json(out, a->model);
	buf_adds(out, ",\"content\":[");
}

static void add_stop(struct buf *out, const struct answer *a)
{
	buf_addf(out,
		 "\"stop_reason\":\"%s\",\"stop_sequence\":", stop_reason(a));
	if (a->stop_reason.p)
		buf_json(out, a->stop_reason);
	else
		buf_adds(out, "null");
}

static void open_event(struct buf *out, const char *type)
{
	buf_addf(out, "event: %s\ndata: {\"type\":\"%s\"", type, type);
}

static void close_event(const struct script *s, struct buf *out)
{
	buf_addc(out, '}');
	script_end_lines(s, out);
}

static bool start(struct script *s, struct buf *out)
{
	script_next(s);
	open_event(out, "message_start");
	buf_adds(out, ",\"message\":");
	open_message(out, s->answer);
	buf_adds(out,
		 "],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":");
	add_usage(out, s->answer, s->sw, 1);
	buf_addc(out, '}');
	close_event(s, out);
	return true;
}

/* blocks ------------------------------------------------------------------ */

static void open_block(struct script *s, struct buf *out)
{
	open_event(out, "content_block_start");
	buf_addf(out, ",\"index\":%zu,\"content_block\":", s->block);
	s->open = true;
}

static void open_delta(const struct script *s, struct buf *out,
		       const char *type, const char *field)
{
	open_event(out, "content_block_delta");
	buf_addf(out,
		 ",\"index\":%zu,\"delta\":{\"type\":\"%s\",\"%s\":", s->block,
		 type, field);
}

static void close_block(struct script *s, struct buf *out)
{
	open_event(out, "content_block_stop");
	buf_addf(out, ",\"index\":%zu", s->block);
	close_event(s, out);
	s->open = false;
	s->at = 0;
	s->inside = false;
	s->block++;
}

static bool text_block(struct script *s, struct buf *out, struct str text,
		       const char *field)
{
	char type[32];

	if (text.n == 0) {
		script_next(s);
		return false;
	}
	if (!s->open) {
		open_block(s, out);
		buf_addf(out, "{\"type\":\"%s\",\"%s\":\"\"}", field, field);
		close_event(s, out);
		return true;
	}
	if (s->at == text.n) {
		close_block(s, out);
		script_next(s);
		return true;
	}
	str_put(type, sizeof(type), str_of(field));
	str_put(type + str_of(type).n, 8, STR("_delta"));
	open_delta(s, out, type, field);
	buf_json(out, script_fragment(s, text));
	buf_addc(out, '}');
	close_event(s, out);
	return true;
}

static bool thinking(struct script *s, struct buf *out)
{
	return text_block(s, out, s->answer->reasoning, "thinking");
}

static bool text(struct script *s, struct buf *out)
{
	return text_block(s, out, s->answer->text, "text");
}

static void add_call(struct buf *out, const struct call *call, struct str input)
{
	buf_adds(out, "{\"type\":\"tool_use\",\"id\":");
	buf_json(out, call->id);
	buf_adds(out, ",\"name\":");
	buf_json(out, call->name);
	buf_adds(out, ",\"input\":");
	buf_addstr(out, input);
	buf_addc(out, '}');
}

static bool calls(struct script *s, struct buf *out)
{
	const struct call *call = &s->answer->call[s->call];

	if (s->call == s->answer->ncalls) {
		script_next(s);
		return false;
	}
	if (!s->open) {
		open_block(s, out);
		add_call(out, call, STR("{}"));
		close_event(s, out);
		return true;
	}
	if (s->at == call->args.n) {
		close_block(s, out);
		s->call++;
		return true;
	}
	open_delta(s, out, "input_json_delta", "partial_json");
	buf_json(out, script_fragment(s, call->args));
	buf_addc(out, '}');
	close_event(s, out);
	return true;
}

/* the end ----------------------------------------------------------------- */

static bool delta(struct script *s, struct buf *out)
{
	script_next(s);
	if (s->sw->no_finish)
		return false;
	open_event(out, "message_delta");
	buf_adds(out, ",\"delta\":{");
	add_stop(out, s->answer);
	buf_adds(out, "},\"usage\":{\"output_tokens\":");
	buf_addi(out, s->answer->completion_tokens);
	buf_addc(out, '}');
	close_event(s, out);
	return true;
}

static bool stop(struct script *s, struct buf *out)
{
	script_next(s);
	if (s->sw->no_done)
		return false;
	open_event(out, "message_stop");
	close_event(s, out);
	return true;
}

script_phase *const script_messages[] = {
    start, thinking, text, calls, delta, stop, NULL,
};

void script_messages_whole(const struct answer *a, const struct switches *sw,
			   struct buf *out)
{
	const char *comma = "";

	open_message(out, a);
	if (a->reasoning.n) {
		buf_adds(out, "{\"type\":\"thinking\",\"signature\":\"demo\","
			      "\"thinking\":");
		buf_json(out, a->reasoning);
		buf_addc(out, '}');
		comma = ",";
	}
	if (a->text.n) {
		buf_addf(out, "%s{\"type\":\"text\",\"text\":", comma);
		buf_json(out, a->text);
		buf_addc(out, '}');
		comma = ",";
	}
	for (size_t i = 0; i < a->ncalls; i++, comma = ",") {
		buf_adds(out, comma);
		add_call(out, &a->call[i], a->call[i].args);
	}
	buf_adds(out, "],");
	add_stop(out, a);
	buf_adds(out, ",\"usage\":");
	add_usage(out, a, sw, a->completion_tokens);
	buf_addc(out, '}');
}
