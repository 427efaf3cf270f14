#include "demo/script_impl.h"

#include <inttypes.h>

#include "demo/words.h"

void script_usage(struct buf *out, const struct answer *a,
		  const struct switches *sw, int64_t completion)
{
	buf_addf(out,
		 "{\"prompt_tokens\":%" PRId64 ",\"completion_tokens\":%" PRId64
		 ",\"total_tokens\":%" PRId64,
		 a->prompt_tokens, completion, a->prompt_tokens + completion);
	if (sw->cached >= 0)
		buf_addf(
		    out,
		    ",\"prompt_tokens_details\":{\"cached_tokens\":%" PRId64
		    "}",
		    sw->cached);
	if (a->reasoning_tokens)
		buf_addf(out,
			 ",\"completion_tokens_details\":{\"reasoning_tokens\":"
			 "%" PRId64 "}",
			 a->reasoning_tokens);
	buf_addc(out, '}');
}

static void add_head(struct buf *out, const struct answer *a,
		     const char *object)
{
	buf_adds(out, "{\"id\":\"chatcmpl-demo-");
	buf_addi(out, (int64_t)a->number);
	buf_adds(out, "\",\"object\":\"");
	buf_adds(out, object);
	buf_adds(out, "\",\"created\":");
	buf_addi(out, a->created);
	buf_adds(out, ",\"model\":");
	buf_json(out, a->model);
}

/* one choice's frame ------------------------------------------------------ */

static void open_frame(const struct script *s, struct buf *out)
{
	buf_adds(out, "data: ");
	add_head(out, s->answer, "chat.completion.chunk");
}

static void open_delta(const struct script *s, struct buf *out)
{
	open_frame(s, out);
	buf_adds(out, ",\"choices\":[{\"index\":0,\"delta\":{");
}

void script_end_lines(const struct script *s, struct buf *out)
{
	buf_adds(out, s->sw->crlf ? "\r\n\r\n" : "\n\n");
}

static void close_delta(const struct script *s, struct buf *out)
{
	buf_adds(out, "},\"finish_reason\":null}]");
	if (s->continuous) {
		buf_adds(out, ",\"usage\":");
		script_usage(out, s->answer, s->sw, s->tokens);
	}
	buf_addc(out, '}');
	script_end_lines(s, out);
}

/* The next fragment of text; the last one when s->at reaches its end. */
struct str script_fragment(struct script *s, struct str text)
{
	struct str rest = str_sub(text, s->at, text.n);
	struct str piece = str_sub(rest, 0, words_chars(rest, s->sw->size));

	s->at += piece.n;
	if (s->continuous)
		s->tokens += words_begun(piece, &s->inside);
	return piece;
}

void script_next(struct script *s)
{
	s->phase++;
	s->at = 0;
	s->inside = false;
}

static bool role_frame(struct script *s, struct buf *out)
{
	script_next(s);
	if (s->sw->no_role)
		return false;
	open_delta(s, out);
	buf_adds(out, "\"role\":\"assistant\",\"content\":\"\"");
	close_delta(s, out);
	return true;
}

static bool text_frame(struct script *s, struct buf *out, struct str text,
		       const char *field)
{
	struct str piece;

	if (s->at == text.n) {
		script_next(s);
		return false;
	}
	piece = script_fragment(s, text);
	open_delta(s, out);
	buf_addf(out, "\"%s\":", field);
	buf_json(out, piece);
	close_delta(s, out);
	return true;
}

static bool reasoning_frame(struct script *s, struct buf *out)
{
	return text_frame(s, out, s->answer->reasoning, s->sw->reasoning);
}

static bool content_frame(struct script *s, struct buf *out)
{
	return text_frame(s, out, s->answer->text, "content");
}

/* tool calls -------------------------------------------------------------- */

static bool shape_is(const struct script *s, const char *word)
{
	return str_is(str_of(s->sw->calls), word);
}

static void add_call(const struct script *s, struct buf *out, bool first,
		     struct str args)
{
	const struct call *call = &s->answer->call[s->call];
	const char *comma = "";

	buf_adds(out, "\"tool_calls\":[{");
	if (!shape_is(s, "no_index")) {
		buf_addf(out, "\"index\":%zu",
			 shape_is(s, "zero_index") ? 0 : s->call);
		comma = ",";
	}
	if (first && !shape_is(s, "no_id")) {
		buf_addf(out, "%s\"id\":", comma);
		buf_json(out, call->id);
		comma = ",";
	}
	if (first) {
		buf_addf(out, "%s\"type\":\"function\"", comma);
		comma = ",";
	}
	buf_addf(out, "%s\"function\":{", comma);
	if (first) {
		buf_adds(out, "\"name\":");
		buf_json(out, call->name);
		buf_addc(out, ',');
	}
	buf_adds(out, "\"arguments\":");
	if (shape_is(s, "object"))
		buf_addstr(out, args);
	else
		buf_json(out, args);
	buf_adds(out, "}}]");
}

static bool calls_frame(struct script *s, struct buf *out)
{
	const struct call *call = &s->answer->call[s->call];
	bool whole = shape_is(s, "whole") || shape_is(s, "object") ||
		     shape_is(s, "no_index") || shape_is(s, "zero_index");
	bool first = s->at == 0;
	struct str args = STR("");

	if (s->call == s->answer->ncalls) {
		script_next(s);
		return false;
	}
	/* s->at counts one more than the bytes sent, so that 0 is "not begun"
	 */
	if (first) {
		s->tokens += s->continuous;
		s->at = 1;
	}
	if (whole || !first) {
		s->at--;
		args = whole ? call->args : script_fragment(s, call->args);
		s->at = whole ? call->args.n + 1 : s->at + 1;
	}
	if (whole && s->continuous)
		s->tokens += words_count(args);
	open_delta(s, out);
	add_call(s, out, first || shape_is(s, "repeat"), args);
	close_delta(s, out);
	if (s->at == call->args.n + 1) {
		s->call++;
		s->at = 0;
		s->inside = false;
	}
	return true;
}

/* the end ----------------------------------------------------------------- */

static void add_stop_reason(struct buf *out, const struct answer *a)
{
	buf_adds(out, ",\"stop_reason\":");
	if (a->stop_reason.p)
		buf_json(out, a->stop_reason);
	else
		buf_adds(out, "null");
}

bool script_usage_is(const struct switches *sw, const char *word)
{
	return str_is(str_of(sw->usage), word);
}

static bool finish_frame(struct script *s, struct buf *out)
{
	script_next(s);
	if (s->sw->no_finish)
		return false;
	open_delta(s, out);
	buf_adds(out, "},\"finish_reason\":");
	buf_json(out, s->answer->finish);
	add_stop_reason(out, s->answer);
	buf_adds(out, "}]");
	if (s->continuous || script_usage_is(s->sw, "finish")) {
		buf_adds(out, ",\"usage\":");
		script_usage(out, s->answer, s->sw,
			     s->answer->completion_tokens);
	}
	buf_addc(out, '}');
	script_end_lines(s, out);
	return true;
}

static bool usage_frame(struct script *s, struct buf *out)
{
	script_next(s);
	if (!s->usage)
		return false;
	open_frame(s, out);
	buf_adds(out, ",\"choices\":[],\"usage\":");
	script_usage(out, s->answer, s->sw, s->answer->completion_tokens);
	buf_addc(out, '}');
	script_end_lines(s, out);
	return true;
}

bool script_done(struct script *s, struct buf *out)
{
	script_next(s);
	if (s->sw->no_done)
		return false;
	buf_adds(out, "data: [DONE]");
	script_end_lines(s, out);
	return true;
}

static script_phase *const chat[] = {
    role_frame,	  reasoning_frame, content_frame, calls_frame,
    finish_frame, usage_frame,	   script_done,	  NULL,
};

static script_wholly chat_whole;

static const struct {
	script_phase *const *phases;
	script_wholly *whole;
} dialects[] = {
    [DIALECT_CHAT] = {chat, chat_whole},
    [DIALECT_COMPLETIONS] = {script_completions, script_completions_whole},
    [DIALECT_RESPONSES] = {script_responses, script_responses_whole},
    [DIALECT_MESSAGES] = {script_messages, script_messages_whole},
};
_Static_assert(sizeof(dialects) / sizeof(dialects[0]) == DIALECTS,
	       "a play for each dialect");

void script_init(struct script *s, enum dialect dialect,
		 const struct answer *answer, const struct switches *sw,
		 const struct ask *ask)
{
	bool unwanted =
	    script_usage_is(sw, "none") || script_usage_is(sw, "finish");

	*s = (struct script){
	    .dialect = dialect,
	    .answer = answer,
	    .sw = sw,
	    .usage = script_usage_is(sw, "always") ||
		     (ask->include_usage && !unwanted),
	    .continuous = ask->continuous && !unwanted,
	};
}

static void add_error_frame(struct script *s, struct buf *out)
{
	if (s->dialect == DIALECT_MESSAGES)
		buf_adds(out, "event: error\n");
	buf_adds(out, "data: ");
	script_error(out, s->dialect, 500, str_of(s->sw->message));
	script_end_lines(s, out);
	s->failed = true;
	s->frames++;
}

enum script_next script_frame(struct script *s, struct buf *out)
{
	script_phase *const *phases = dialects[s->dialect].phases;
	const struct switches *sw = s->sw;

	if (s->frames == sw->cut)
		return SCRIPT_CUT;
	if (s->frames == sw->hang)
		return SCRIPT_HANG;
	if (s->frames == sw->end || s->failed)
		return SCRIPT_END;
	if (s->frames == sw->error_frame) {
		add_error_frame(s, out);
		return SCRIPT_FRAME;
	}
	if (sw->pings && s->frames % sw->pings == 0) {
		buf_adds(out, ": keep-alive");
		script_end_lines(s, out);
	}
	if (s->frames == sw->garbage) {
		buf_adds(out, "data: {\"choices\":[{\"delta\":");
		script_end_lines(s, out);
		s->frames++;
		return SCRIPT_FRAME;
	}
	while (phases[s->phase]) {
		if (phases[s->phase](s, out)) {
			s->frames++;
			return SCRIPT_FRAME;
		}
	}
	return SCRIPT_END;
}

/* answers in whole -------------------------------------------------------- */

static void add_whole_calls(struct buf *out, const struct answer *a,
			    const struct switches *sw)
{
	struct script s = {.answer = a, .sw = sw};

	for (s.call = 0; s.call < a->ncalls; s.call++) {
		const struct call *call = &a->call[s.call];

		buf_adds(out, s.call ? ",{" : "{");
		if (!shape_is(&s, "no_id")) {
			buf_adds(out, "\"id\":");
			buf_json(out, call->id);
			buf_addc(out, ',');
		}
		buf_adds(out, "\"type\":\"function\",\"function\":{\"name\":");
		buf_json(out, call->name);
		buf_adds(out, ",\"arguments\":");
		if (shape_is(&s, "object"))
			buf_addstr(out, call->args);
		else
			buf_json(out, call->args);
		buf_adds(out, "}}");
	}
}

static void add_message(struct buf *out, const struct answer *a,
			const struct switches *sw)
{
	buf_adds(out, "{\"role\":\"assistant\",\"content\":");
	if (a->text.n || a->ncalls == 0)
		buf_json(out, a->text);
	else
		buf_adds(out, "null");
	if (a->reasoning.n) {
		buf_addf(out, ",\"%s\":", sw->reasoning);
		buf_json(out, a->reasoning);
	}
	if (a->ncalls) {
		buf_adds(out, ",\"tool_calls\":[");
		add_whole_calls(out, a, sw);
		buf_addc(out, ']');
	}
	buf_addc(out, '}');
}

static void chat_whole(const struct answer *a, const struct switches *sw,
		       struct buf *out)
{
	add_head(out, a, "chat.completion");
	buf_adds(out, ",\"choices\":[{\"index\":0,\"message\":");
	add_message(out, a, sw);
	buf_adds(out, ",\"finish_reason\":");
	buf_json(out, a->finish);
	add_stop_reason(out, a);
	buf_adds(out, "}]");
	if (!script_usage_is(sw, "none")) {
		buf_adds(out, ",\"usage\":");
		script_usage(out, a, sw, a->completion_tokens);
	}
	buf_addc(out, '}');
}

void script_whole(enum dialect dialect, const struct answer *a,
		  const struct switches *sw, struct buf *out)
{
	dialects[dialect].whole(a, sw, out);
}
