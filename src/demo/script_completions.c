/* The play of completions. */
#include "demo/script_impl.h"

static void add_head(struct buf *out, const struct answer *a)
{
	buf_adds(out, "{\"id\":\"cmpl-demo-");
	buf_addi(out, (int64_t)a->number);
	buf_adds(out, "\",\"object\":\"text_completion\",\"created\":");
	buf_addi(out, a->created);
	buf_adds(out, ",\"model\":");
	buf_json(out, a->model);
}

static void add_choice(struct buf *out, struct str text, struct str finish)
{
	buf_adds(out, ",\"choices\":[{\"index\":0,\"text\":");
	buf_json(out, text);
	buf_adds(out, ",\"logprobs\":null,\"finish_reason\":");
	if (finish.n)
		buf_json(out, finish);
	else
		buf_adds(out, "null");
	buf_adds(out, "}]");
}

static void frame(const struct script *s, struct buf *out, struct str text,
		  struct str finish)
{
	buf_adds(out, "data: ");
	add_head(out, s->answer);
	add_choice(out, text, finish);
	buf_addc(out, '}');
	script_end_lines(s, out);
}

static bool text_frame(struct script *s, struct buf *out)
{
	if (s->at == s->answer->text.n) {
		script_next(s);
		return false;
	}
	frame(s, out, script_fragment(s, s->answer->text), STR_NONE);
	return true;
}

static bool finish_frame(struct script *s, struct buf *out)
{
	script_next(s);
	if (s->sw->no_finish)
		return false;
	frame(s, out, STR(""), s->answer->finish);
	return true;
}

static bool usage_frame(struct script *s, struct buf *out)
{
	script_next(s);
	if (!s->usage)
		return false;
	buf_adds(out, "data: ");
	add_head(out, s->answer);
	buf_adds(out, ",\"choices\":[],\"usage\":");
	script_usage(out, s->answer, s->sw, s->answer->completion_tokens);
	buf_addc(out, '}');
	script_end_lines(s, out);
	return true;
}

script_phase *const script_completions[] = {
    text_frame, finish_frame, usage_frame, script_done, NULL,
};

void script_completions_whole(const struct answer *a, const struct switches *sw,
			      struct buf *out)
{
	add_head(out, a);
	add_choice(out, a->text, a->finish);
	if (!script_usage_is(sw, "none")) {
		buf_adds(out, ",\"usage\":");
		script_usage(out, a, sw, a->completion_tokens);
	}
	buf_addc(out, '}');
}
