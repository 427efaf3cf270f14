#include "proto/openai_request.h"

#include <inttypes.h>

#include "base/secret.h"
#include "proto/request_writer.h"

enum { USER_MAX_BYTES = 64, USER_HASH_HEX = 40, STOPS_OPENAI = 4 };

/* Less room than that, in tokens and as a part of the window, is not cut ahead
 * by our estimate: the refusal of what does not fit counts better. */
enum { ROOM_MIN_TOKENS = 256, ROOM_MIN_PART = 16, CUT_DOUBT = 8 };

bool writer_member(struct request_writer *w, const char *key)
{
	if (json_extra_has(&w->extra, key))
		return false;
	if (w->comma)
		buf_addc(w->out, ',');
	w->comma = true;
	buf_addc(w->out, '"');
	buf_adds(w->out, key);
	buf_adds(w->out, "\":");
	return true;
}

bool writer_has(const struct request_writer *w, enum flavour_trait trait)
{
	return flavour_has(w->target->flavour, trait);
}

bool writer_refused(const struct request_writer *w, enum openai_param param)
{
	return w->target->refused & param;
}

static int64_t clamped(const struct request_writer *w)
{
	const struct openai_target *t = w->target;
	int64_t n = w->r->max_tokens;

	if (t->max_output > 0 && n > t->max_output)
		n = t->max_output;
	if (t->context_window > 0 && t->input_estimate > 0) {
		double room =
		    (double)t->context_window - (double)t->input_estimate * 1.1;

		if (room >= ROOM_MIN_TOKENS &&
		    room >= (double)t->context_window / ROOM_MIN_PART &&
		    (double)n > room)
			n = (int64_t)room;
	}
	return n;
}

static void write_max_tokens(struct request_writer *w)
{
	bool other = writer_has(w, TRAIT_COMPLETION_TOKENS)
			 ? writer_refused(w, PARAM_MAX_COMPLETION_TOKENS)
			 : writer_refused(w, PARAM_MAX_TOKENS);
	const char *key = writer_has(w, TRAIT_COMPLETION_TOKENS) != other
			      ? "max_completion_tokens"
			      : "max_tokens";

	if (w->r->max_tokens && writer_member(w, key))
		buf_addi(w->out, clamped(w));
}

size_t openai_request_stops(const struct chat_request *r, enum flavour f)
{
	if (flavour_has(f, TRAIT_FOUR_STOPS) && r->nstops > STOPS_OPENAI)
		return STOPS_OPENAI;
	return r->nstops;
}

static void write_stops(struct request_writer *w)
{
	size_t n = openai_request_stops(w->r, w->target->flavour);

	if (!n || !writer_member(w, "stop"))
		return;
	buf_addc(w->out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(w->out, ',');
		buf_json(w->out, w->r->stops[i]);
	}
	buf_addc(w->out, ']');
}

static void write_stream(struct request_writer *w)
{
	if (!w->r->stream)
		return;
	if (writer_member(w, "stream"))
		buf_adds(w->out, "true");
	if (writer_refused(w, PARAM_STREAM_OPTIONS) ||
	    !writer_member(w, "stream_options"))
		return;
	buf_adds(w->out, "{\"include_usage\":true");
	if (writer_has(w, TRAIT_CONTINUOUS_USAGE) &&
	    !writer_refused(w, PARAM_CONTINUOUS_USAGE))
		buf_adds(w->out, ",\"continuous_usage_stats\":true");
	buf_addc(w->out, '}');
}

static void write_number(struct request_writer *w, const char *key,
			 struct str raw)
{
	if (raw.n && writer_member(w, key))
		buf_addstr(w->out, raw);
}

/* OpenAI refuses users of more than 64 bytes; Claude Code's have 150. */
static void write_user(struct request_writer *w)
{
	struct str user = w->r->user_id;
	char hash[65];

	if (!user.n || writer_refused(w, PARAM_USER) ||
	    !writer_member(w, "user"))
		return;
	if (user.n <= USER_MAX_BYTES) {
		buf_json(w->out, user);
		return;
	}
	secret_sha256(user, hash);
	buf_addf(w->out, "\"u_%.*s\"", USER_HASH_HEX, hash);
}

static void write_body(struct request_writer *w)
{
	bool prefill = false;

	buf_addc(w->out, '{');
	if (writer_member(w, "model"))
		buf_json(w->out, w->target->model);
	if (writer_member(w, "messages"))
		request_write_messages(w, &prefill);
	request_write_tools(w);
	write_max_tokens(w);
	write_stops(w);
	write_stream(w);
	write_number(w, "temperature", w->r->temperature);
	write_number(w, "top_p", w->r->top_p);
	if (!writer_has(w, TRAIT_NO_TOP_K) && !writer_refused(w, PARAM_TOP_K))
		write_number(w, "top_k", w->r->top_k);
	write_user(w);
	request_write_thinking(w);
	request_write_format(w);
	if (prefill && writer_has(w, TRAIT_CONTINUES)) {
		if (writer_member(w, "continue_final_message"))
			buf_adds(w->out, "true");
		if (writer_member(w, "add_generation_prompt"))
			buf_adds(w->out, "false");
	}
	json_extra_write(&w->extra, w->out, &w->comma);
	buf_addc(w->out, '}');
}

/* Inside results too. */
static int check_items(const struct openai_target *t, bool pdf,
		       const struct chat_items *items, struct err *e)
{
	for (size_t i = 0; i < items->n; i++) {
		const struct chat_item *item = &items->v[i];

		if (item->kind == ITEM_IMAGE && !item->more->name.n &&
		    t->data_images_only && !t->no_vision)
			return err_set(e, ERR_BAD_REQUEST,
				       "image.source.url is not supported by "
				       "this model");
		if (item->kind == ITEM_PDF && t->refuse_pdf && !pdf)
			return err_set(e, ERR_BAD_REQUEST,
				       "PDF documents are not supported by "
				       "this model");
		if (item->kind == ITEM_RESULT &&
		    check_items(t, pdf, &item->more->parts, e) < 0)
			return -1;
	}
	return 0;
}

/*
 * Who cuts a long prompt without a word answers from what is left of it, and
 * nobody is told: the words that clients act on come from here then (§14.4).
 * The estimate leans high by a twentieth and may be off by more.
 */
static int check_length(const struct request_writer *w, struct err *e)
{
	const struct openai_target *t = w->target;
	int64_t least = t->input_estimate - t->input_estimate / CUT_DOUBT;

	if (!writer_has(w, TRAIT_TRUNCATES) || t->context_window <= 0 ||
	    least <= t->context_window)
		return 0;
	return err_set(e, ERR_BAD_REQUEST,
		       "prompt is too long: %" PRId64 " tokens > %" PRId64
		       " maximum (estimated; this backend would cut it)",
		       t->input_estimate, t->context_window);
}

static int check(const struct request_writer *w, struct err *e)
{
	if (!w->target->data_images_only && !w->target->refuse_pdf)
		return 0;
	for (size_t i = 0; i < w->r->nturns; i++) {
		if (check_items(w->target, writer_has(w, TRAIT_PDF),
				&w->r->turns[i].items, e) < 0)
			return -1;
	}
	return 0;
}

static void list_names(const struct request_writer *w, struct tool_names *names)
{
	*names = (struct tool_names){NULL, 0};
	if (!writer_has(w, TRAIT_NARROW_NAMES) || !w->r->ntools)
		return;
	names->names =
	    arena_array(w->arena, w->r->ntools, sizeof(*names->names));
	for (size_t i = 0; i < w->r->ntools; i++) {
		struct str asked = w->r->tools[i].name;
		struct str sent = request_tool_name(w, asked);

		if (!str_eq(asked, sent))
			names->names[names->n++] =
			    (struct tool_name){sent, asked};
	}
}

int openai_request_write(struct buf *out, const struct chat_request *r,
			 const struct openai_target *target, struct arena *a,
			 struct tool_names *names, struct err *e)
{
	struct request_writer w = {
	    .out = out, .r = r, .target = target, .arena = a};
	int rc = 0;

	if (json_extra_init(&w.extra, target->extra_body) < 0)
		rc = err_set(e, ERR_INTERNAL,
			     "the account's extra body is not a JSON object");
	if (rc == 0)
		rc = check(&w, e);
	if (rc == 0)
		rc = check_length(&w, e);
	if (rc == 0) {
		list_names(&w, names);
		write_body(&w);
		if (!buf_ok(out))
			rc = err_set(e, ERR_TOO_LARGE,
				     "the translated request is too large");
	}
	json_extra_release(&w.extra);
	return rc;
}
