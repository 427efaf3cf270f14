/* The play of responses: one message with one text. */
#include "demo/script_impl.h"

#include <inttypes.h>

static void add_text_part(struct buf *out, struct str text)
{
	buf_adds(out, "{\"type\":\"output_text\",\"annotations\":[],\"text\":");
	buf_json(out, text);
	buf_addc(out, '}');
}

static void add_message(struct buf *out, const struct answer *a,
			const char *status)
{
	buf_addf(out,
		 "{\"id\":\"msg_demo_%" PRIu64 "\",\"type\":\"message\","
		 "\"role\":\"assistant\",\"status\":\"%s\",\"content\":[",
		 a->number, status);
	if (str_is(str_of(status), "completed"))
		add_text_part(out, a->text);
	buf_adds(out, "]}");
}

static void add_usage(struct buf *out, const struct answer *a,
		      const struct switches *sw)
{
	buf_addf(out,
		 "{\"input_tokens\":%" PRId64
		 ",\"input_tokens_details\":{\"cached_tokens\":%" PRId64
		 "},\"output_tokens\":%" PRId64
		 ",\"output_tokens_details\":{\"reasoning_tokens\":%" PRId64
		 "},\"total_tokens\":%" PRId64 "}",
		 a->prompt_tokens, sw->cached > 0 ? sw->cached : 0,
		 a->completion_tokens, a->reasoning_tokens,
		 a->prompt_tokens + a->completion_tokens);
}

static bool was_cut(const struct answer *a)
{
	return str_is(a->finish, "length");
}

/* done: with all that was said. */
static void add_response(struct buf *out, const struct answer *a,
			 const struct switches *sw, bool done)
{
	const char *status = !done	  ? "in_progress"
			     : was_cut(a) ? "incomplete"
					  : "completed";

	buf_addf(out,
		 "{\"id\":\"resp_demo_%" PRIu64 "\",\"object\":\"response\","
		 "\"created_at\":%" PRId64 ",\"status\":\"%s\",\"error\":null,"
		 "\"incomplete_details\":%s,\"model\":",
		 a->number, a->created, status,
		 done && was_cut(a) ? "{\"reason\":\"max_output_tokens\"}"
				    : "null");
	buf_json(out, a->model);
	buf_adds(out, ",\"output\":[");
	if (done)
		add_message(out, a, "completed");
	buf_adds(out, "],\"parallel_tool_calls\":true,\"tool_choice\":\"auto\","
		      "\"tools\":[],\"usage\":");
	if (done && !script_usage_is(sw, "none"))
		add_usage(out, a, sw);
	else
		buf_adds(out, "null");
	buf_addc(out, '}');
}

static void open_event(const struct script *s, struct buf *out,
		       const char *type)
{
	buf_addf(out,
		 "event: response.%s\ndata: {\"type\":\"response.%s\","
		 "\"sequence_number\":%" PRId64,
		 type, type, s->frames);
}

static void close_event(const struct script *s, struct buf *out)
{
	buf_addc(out, '}');
	script_end_lines(s, out);
}

static void add_place(const struct script *s, struct buf *out)
{
	buf_addf(out,
		 ",\"item_id\":\"msg_demo_%" PRIu64
		 "\",\"output_index\":0,\"content_index\":0",
		 s->answer->number);
}

static bool created(struct script *s, struct buf *out)
{
	script_next(s);
	open_event(s, out, "created");
	buf_adds(out, ",\"response\":");
	add_response(out, s->answer, s->sw, false);
	close_event(s, out);
	return true;
}

static bool item_added(struct script *s, struct buf *out)
{
	script_next(s);
	open_event(s, out, "output_item.added");
	buf_adds(out, ",\"output_index\":0,\"item\":");
	add_message(out, s->answer, "in_progress");
	close_event(s, out);
	return true;
}

static bool part_added(struct script *s, struct buf *out)
{
	script_next(s);
	open_event(s, out, "content_part.added");
	add_place(s, out);
	buf_adds(out, ",\"part\":");
	add_text_part(out, STR(""));
	close_event(s, out);
	return true;
}

static bool text_delta(struct script *s, struct buf *out)
{
	if (s->at == s->answer->text.n) {
		script_next(s);
		return false;
	}
	open_event(s, out, "output_text.delta");
	add_place(s, out);
	buf_adds(out, ",\"delta\":");
	buf_json(out, script_fragment(s, s->answer->text));
	close_event(s, out);
	return true;
}

static bool text_done(struct script *s, struct buf *out)
{
	script_next(s);
	open_event(s, out, "output_text.done");
	add_place(s, out);
	buf_adds(out, ",\"text\":");
	buf_json(out, s->answer->text);
	close_event(s, out);
	return true;
}

static bool part_done(struct script *s, struct buf *out)
{
	script_next(s);
	open_event(s, out, "content_part.done");
	add_place(s, out);
	buf_adds(out, ",\"part\":");
	add_text_part(out, s->answer->text);
	close_event(s, out);
	return true;
}

static bool item_done(struct script *s, struct buf *out)
{
	script_next(s);
	open_event(s, out, "output_item.done");
	buf_adds(out, ",\"output_index\":0,\"item\":");
	add_message(out, s->answer, "completed");
	close_event(s, out);
	return true;
}

static bool completed(struct script *s, struct buf *out)
{
	script_next(s);
	if (s->sw->no_done)
		return false;
	open_event(s, out, was_cut(s->answer) ? "incomplete" : "completed");
	buf_adds(out, ",\"response\":");
	add_response(out, s->answer, s->sw, true);
	close_event(s, out);
	return true;
}

script_phase *const script_responses[] = {
    created,   item_added, part_added, text_delta, text_done,
    part_done, item_done,  completed,  NULL,
};

void script_responses_whole(const struct answer *a, const struct switches *sw,
			    struct buf *out)
{
	add_response(out, a, sw, true);
}
