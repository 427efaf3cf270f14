#include "tests/support/reply_oracle.h"

#include "base/jscan.h"
#include "proto/surrogates.h"
#include "proto/tool_args.h"

static const struct jlimits limits = {
    .depth = 1024, .recorded = 8, .tokens = 100000};

struct oracle {
	struct jdoc doc;
	struct arena arena;
	struct buf content; /* elements of the list so far */
	struct buf part;    /* the open block's text or arguments, decoded */
	struct buf tail;    /* stop and usage */
	char open;	    /* 0, or the first letter of the block's type */
	struct str id, name;
	bool started, stopped, failed, delta_seen, signed_;
	int64_t blocks;
};

static jref get(const struct oracle *o, jref v, const char *key)
{
	return jdoc_get(&o->doc, v, key);
}

static struct str text_at(struct oracle *o, jref v, const char *key)
{
	return jdoc_string(&o->doc, get(o, v, key), &o->arena);
}

static bool is_index(const struct oracle *o, int64_t want)
{
	int64_t v = -1;

	return jdoc_i64(&o->doc, get(o, 0, "index"), &v) == 0 && v == want;
}

static const char *check_usage(const struct oracle *o, jref usage)
{
	static const char *const names[] = {"input_tokens", "output_tokens",
					    "cache_read_input_tokens",
					    "cache_creation_input_tokens"};
	int64_t v;

	for (size_t i = 0; i < 4; i++) {
		if (jdoc_i64(&o->doc, get(o, usage, names[i]), &v) < 0 || v < 0)
			return "usage lacks a count";
	}
	return NULL;
}

static const char *on_start(struct oracle *o)
{
	jref m = get(o, 0, "message");

	if (o->started)
		return "second message_start";
	o->started = true;
	if (!jdoc_string_is(&o->doc, get(o, m, "type"), "message") ||
	    !jdoc_string_is(&o->doc, get(o, m, "role"), "assistant") ||
	    jdoc_type(&o->doc, get(o, m, "content")) != J_ARRAY ||
	    jdoc_count(&o->doc, get(o, m, "content")) != 0 ||
	    jdoc_type(&o->doc, get(o, m, "stop_reason")) != J_NULL ||
	    jdoc_type(&o->doc, get(o, m, "stop_sequence")) != J_NULL ||
	    text_at(o, m, "id").n == 0)
		return "message_start is not complete";
	return check_usage(o, get(o, m, "usage"));
}

static const char *on_block_start(struct oracle *o)
{
	jref b = get(o, 0, "content_block");
	struct str type = text_at(o, b, "type");

	if (o->open || !is_index(o, o->blocks))
		return "block start out of place";
	o->blocks++;
	o->signed_ = false;
	buf_reset(&o->part);
	if (str_is(type, "tool_use")) {
		o->id = text_at(o, b, "id");
		o->name = text_at(o, b, "name");
		if (o->id.n == 0 || o->name.n == 0 ||
		    !str_is(jdoc_raw(&o->doc, get(o, b, "input")), "{}"))
			return "tool_use start is not complete";
	} else if (jdoc_type(
		       &o->doc,
		       get(o, b, type.p[1] == 'h' ? "thinking" : "text")) !=
		   J_STRING) {
		return "block start lacks its text";
	}
	o->open = type.p[1] == 'h' ? 'h' : type.p[1] == 'e' ? 'e' : 'o';
	return NULL;
}

static const char *on_delta(struct oracle *o)
{
	static const struct {
		const char *type, *member;
		char block;
	} deltas[] = {
	    {"text_delta", "text", 'e'},
	    {"thinking_delta", "thinking", 'h'},
	    {"input_json_delta", "partial_json", 'o'},
	    {"signature_delta", "signature", 'h'},
	};
	jref d = get(o, 0, "delta");
	struct str type = text_at(o, d, "type"), text;

	if (!o->open || !is_index(o, o->blocks - 1))
		return "delta out of place";
	for (size_t i = 0; i < 4; i++) {
		if (!str_is(type, deltas[i].type))
			continue;
		text = text_at(o, d, deltas[i].member);
		if (o->open != deltas[i].block || text.n == 0 || o->signed_)
			return "delta does not fit its block";
		o->signed_ = i == 3;
		if (i < 3)
			buf_addstr(&o->part, text);
		return NULL;
	}
	return "unknown delta";
}

/* At the very end of what was cut, the other half may have been to come. */
static bool has_lone(struct str args)
{
	size_t at = surrogates_find(args);

	return at < args.n && args.n - at > 6;
}

/* Arguments are read when the end is known: kept as a JSON string till then,
 * between marks that no JSON has. */
static const char *on_block_stop(struct oracle *o)
{
	if (!o->open || !is_index(o, o->blocks - 1))
		return "block stop out of place";
	if (o->open == 'h' && !o->signed_)
		return "thinking without a signature";
	if (o->content.len)
		buf_addc(&o->content, ',');
	if (o->open == 'o' && has_lone(buf_str(&o->part)))
		return "half a surrogate pair in arguments";
	if (o->open == 'o') {
		buf_adds(&o->content, "tool ");
		buf_json(&o->content, o->id);
		buf_addc(&o->content, ' ');
		buf_json(&o->content, o->name);
		buf_addc(&o->content, ' ');
		buf_json(&o->content, buf_str(&o->part));
	} else {
		buf_adds(&o->content, o->open == 'h' ? "thinking " : "text ");
		buf_json(&o->content, buf_str(&o->part));
	}
	o->open = 0;
	return NULL;
}

static const char *add_tail(struct oracle *o, jref delta, jref usage)
{
	buf_adds(&o->tail, "\nstop ");
	buf_addstr(&o->tail, jdoc_raw(&o->doc, get(o, delta, "stop_reason")));
	buf_addc(&o->tail, ' ');
	buf_addstr(&o->tail, jdoc_raw(&o->doc, get(o, delta, "stop_sequence")));
	buf_addc(&o->tail, ' ');
	buf_addstr(&o->tail, jdoc_raw(&o->doc, get(o, delta, "stop_details")));
	buf_adds(&o->tail, "\nusage ");
	buf_addstr(&o->tail, jdoc_raw(&o->doc, usage));
	if (jdoc_type(&o->doc, get(o, delta, "stop_reason")) != J_STRING)
		return "no stop_reason";
	if (jdoc_type(&o->doc, get(o, delta, "stop_sequence")) == J_NONE)
		return "no stop_sequence";
	return check_usage(o, usage);
}

static const char *on_message_delta(struct oracle *o)
{
	if (o->delta_seen || o->open || o->blocks == 0)
		return "message_delta out of place";
	o->delta_seen = true;
	return add_tail(o, get(o, 0, "delta"), get(o, 0, "usage"));
}

static const char *on_stop(struct oracle *o)
{
	o->stopped = true;
	return o->delta_seen ? NULL : "message_stop without message_delta";
}

static const char *on_ping(struct oracle *o)
{
	(void)o;
	return NULL;
}

static const char *on_error(struct oracle *o)
{
	jref e = get(o, 0, "error");

	o->failed = true;
	return text_at(o, e, "type").n && text_at(o, e, "message").n
		   ? NULL
		   : "error is not complete";
}

static const struct {
	const char *name;
	const char *(*take)(struct oracle *o);
} kinds[] = {
    {"message_start", on_start},
    {"content_block_start", on_block_start},
    {"content_block_delta", on_delta},
    {"content_block_stop", on_block_stop},
    {"message_delta", on_message_delta},
    {"message_stop", on_stop},
    {"ping", on_ping},
    {"error", on_error},
};

static const char *on_event(struct oracle *o, struct str name, struct str data)
{
	struct jerror why;

	if (o->stopped || o->failed)
		return "something follows the end";
	if (jdoc_parse(&o->doc, data, &limits, &why) < 0)
		return why.detail;
	if (!str_eq(text_at(o, 0, "type"), name))
		return "type is not the event's name";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!str_is(name, kinds[i].name))
			continue;
		if (i > 0 && i < 6 && (!o->started || (i < 5 && o->delta_seen)))
			return "event out of place";
		return kinds[i].take(o);
	}
	return "unknown event";
}

/* The arguments of calls as their input, now that the end is known. */
static void add_content(struct oracle *o, struct buf *out)
{
	struct str rest = buf_str(&o->content);
	bool cut =
	    str_find(buf_str(&o->tail), STR("stop \"max_tokens\"")) != SIZE_MAX;
	size_t at;

	while ((at = str_find(rest, STR("tool \""))) != SIZE_MAX) {
		struct buf args = BUF_INIT(1 << 30);
		size_t end = at + 6;

		/* Three JSON strings. */
		for (int i = 0; i < 3; i++) {
			size_t from = end;

			while (rest.p[end] != '"')
				end += rest.p[end] == '\\' ? 2 : 1;
			if (i == 2)
				jscan_unescape(&args, str_sub(rest, from, end),
					       NULL);
			else
				end += 3;
			if (i == 1)
				buf_addstr(out, str_sub(rest, 0, end - 1));
		}
		tool_args_input(out, buf_str(&args), cut, &o->doc);
		rest = str_sub(rest, end + 1, rest.n);
		buf_release(&args);
	}
	buf_addstr(out, rest);
	buf_addstr(out, buf_str(&o->tail));
}

static void oracle_init(struct oracle *o)
{
	*o = (struct oracle){.content = BUF_INIT(1 << 30),
			     .part = BUF_INIT(1 << 30),
			     .tail = BUF_INIT(1 << 20)};
}

static void oracle_release(struct oracle *o)
{
	jdoc_release(&o->doc);
	arena_release(&o->arena);
	buf_release(&o->content);
	buf_release(&o->part);
	buf_release(&o->tail);
}

const char *oracle_events(struct str events, struct buf *message,
			  bool *finished)
{
	struct oracle o;
	const char *wrong = NULL;

	oracle_init(&o);
	while (events.n && !wrong) {
		struct str name = str_cut(&events, '\n');
		struct str data = str_cut(&events, '\n');
		struct str empty = str_cut(&events, '\n');

		if (!str_starts(name, STR("event: ")) ||
		    !str_starts(data, STR("data: ")) || empty.n)
			wrong = "framing";
		else
			wrong = on_event(&o, str_sub(name, 7, name.n),
					 str_sub(data, 6, data.n));
	}
	*finished = o.stopped;
	if (!wrong && o.stopped)
		add_content(&o, message);
	oracle_release(&o);
	return wrong;
}

static const char *add_block(struct oracle *o, jref b, struct buf *out)
{
	struct str type = text_at(o, b, "type");

	buf_addstr(out, str_is(type, "tool_use") ? STR("tool") : type);
	buf_addc(out, ' ');
	if (str_is(type, "tool_use")) {
		buf_addstr(out, jdoc_raw(&o->doc, get(o, b, "id")));
		buf_addc(out, ' ');
		buf_addstr(out, jdoc_raw(&o->doc, get(o, b, "name")));
		buf_addc(out, ' ');
		buf_addstr(out, jdoc_raw(&o->doc, get(o, b, "input")));
		return jdoc_type(&o->doc, get(o, b, "input")) == J_OBJECT
			   ? NULL
			   : "input is no object";
	}
	if (str_is(type, "thinking") && text_at(o, b, "signature").n == 0)
		return "thinking without a signature";
	buf_addstr(
	    out,
	    jdoc_raw(&o->doc,
		     get(o, b, str_is(type, "text") ? "text" : "thinking")));
	return NULL;
}

const char *oracle_message(struct str json, struct buf *message)
{
	struct oracle o;
	struct jerror why;
	const char *wrong = NULL;
	jref content;

	oracle_init(&o);
	if (jdoc_parse(&o.doc, json, &limits, &why) < 0) {
		oracle_release(&o);
		return why.detail;
	}
	content = get(&o, 0, "content");
	if (jdoc_first(&o.doc, content) == JNONE)
		wrong = "no content";
	for (jref b = jdoc_first(&o.doc, content); b != JNONE && !wrong;
	     b = jdoc_next(&o.doc, content, b)) {
		if (b != jdoc_first(&o.doc, content))
			buf_addc(message, ',');
		wrong = add_block(&o, b, message);
	}
	if (!wrong)
		wrong = add_tail(&o, 0, get(&o, 0, "usage"));
	buf_addstr(message, buf_str(&o.tail));
	oracle_release(&o);
	return wrong;
}
