#include "proto/openai_reply.h"

#include "base/mem.h"
#include "proto/pick.h"

enum {
	FRAME_BYTES = 64 << 20,
	KEEP_TOKENS = 4096, /* larger token arrays are given back */
	KEEP_PIECES = 64
};

/* The deepest value of interest is the text in a list of thinking parts in a
 * list of content parts: inside of eight containers. */
static const struct jlimits frame_limits = {
    .depth = 512, .recorded = 9, .tokens = 2000000};

enum { R_CHOICES, R_USAGE, R_ERROR, R_OBJECT, R_ERROR_CODE, R_NAMES };
static const struct str root_names[R_NAMES] = {
    [R_CHOICES] = {"choices", 7},
    [R_USAGE] = {"usage", 5},
    [R_ERROR] = {"error", 5},
    [R_OBJECT] = {"object", 6},
    [R_ERROR_CODE] = {"error_code", 10},
};

enum {
	C_INDEX,
	C_DELTA,
	C_MESSAGE,
	C_FINISH,
	C_STOP_REASON,
	C_MATCHED_STOP,
	C_USAGE,
	C_ERROR,
	C_NAMES
};
static const struct str choice_names[C_NAMES] = {
    [C_INDEX] = {"index", 5},
    [C_DELTA] = {"delta", 5},
    [C_MESSAGE] = {"message", 7},
    [C_FINISH] = {"finish_reason", 13},
    [C_STOP_REASON] = {"stop_reason", 11},
    [C_MATCHED_STOP] = {"matched_stop", 12},
    [C_USAGE] = {"usage", 5},
    [C_ERROR] = {"error", 5},
};

enum {
	D_CONTENT,
	D_REFUSAL,
	D_REASONING_CONTENT,
	D_REASONING,
	D_REASONING_DETAILS,
	D_TOOL_CALLS,
	D_FUNCTION_CALL,
	D_NAMES
};
static const struct str delta_names[D_NAMES] = {
    [D_CONTENT] = {"content", 7},
    [D_REFUSAL] = {"refusal", 7},
    [D_REASONING_CONTENT] = {"reasoning_content", 17},
    [D_REASONING] = {"reasoning", 9},
    [D_REASONING_DETAILS] = {"reasoning_details", 17},
    [D_TOOL_CALLS] = {"tool_calls", 10},
    [D_FUNCTION_CALL] = {"function_call", 13},
};

enum { T_INDEX, T_ID, T_FUNCTION, T_NAMES };
static const struct str tool_names[T_NAMES] = {
    [T_INDEX] = {"index", 5},
    [T_ID] = {"id", 2},
    [T_FUNCTION] = {"function", 8},
};

enum { F_NAME, F_ARGUMENTS, F_NAMES };
static const struct str function_names[F_NAMES] = {
    [F_NAME] = {"name", 4},
    [F_ARGUMENTS] = {"arguments", 9},
};

enum { B_TYPE, B_TEXT, B_THINKING, B_REFUSAL, B_SUMMARY, B_NAMES };
static const struct str part_names[B_NAMES] = {
    [B_TYPE] = {"type", 4},	    [B_TEXT] = {"text", 4},
    [B_THINKING] = {"thinking", 8}, [B_REFUSAL] = {"refusal", 7},
    [B_SUMMARY] = {"summary", 7},
};

void openai_reply_init(struct openai_reply *r)
{
	*r = (struct openai_reply){.mended = BUF_INIT(FRAME_BYTES)};
	jdoc_init(&r->doc);
}

void openai_reply_release(struct openai_reply *r)
{
	jdoc_release(&r->doc);
	buf_release(&r->mended);
	mem_free(r->pieces);
	r->pieces = NULL;
	r->npieces = r->cap = 0;
}

static struct reply_piece *add_piece(struct openai_reply *r,
				     enum piece_kind kind)
{
	if (r->npieces == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 4;
		r->pieces = mem_realloc(r->pieces, r->cap * sizeof(*r->pieces));
	}
	r->pieces[r->npieces] = (struct reply_piece){.kind = kind};
	return &r->pieces[r->npieces++];
}

static struct piece_text text_of(const struct jdoc *d, jref v)
{
	return (struct piece_text){jdoc_chars(d, v),
				   jdoc_flags(d, v) & JSCAN_ESCAPED};
}

/* True when there was text. */
static bool add_text(struct openai_reply *r, enum piece_kind kind, jref v)
{
	struct piece_text text = text_of(&r->doc, v);

	if (text.chars.n == 0)
		return false;
	add_piece(r, kind)->text = text;
	return true;
}

/* A string, or a list of parts with text. */
static bool add_texts(struct openai_reply *r, enum piece_kind kind, jref v)
{
	const struct jdoc *d = &r->doc;
	bool any = add_text(r, kind, v);
	jref part[B_NAMES];

	if (jdoc_type(d, v) != J_ARRAY)
		return any;
	for (jref e = jdoc_first(d, v); e != JNONE; e = jdoc_next(d, v, e)) {
		any |= add_text(r, kind, e);
		pick_members(d, e, part_names, B_NAMES, part);
		any |= add_text(r, kind, part[B_TEXT]) ||
		       add_text(r, kind, part[B_SUMMARY]);
	}
	return any;
}

/* The thinking among the parts of content. */
static void add_thinking_parts(struct openai_reply *r, jref content)
{
	const struct jdoc *d = &r->doc;
	jref part[B_NAMES];

	if (jdoc_type(d, content) != J_ARRAY)
		return;
	for (jref e = jdoc_first(d, content); e != JNONE;
	     e = jdoc_next(d, content, e)) {
		pick_members(d, e, part_names, B_NAMES, part);
		if (jdoc_string_is(d, part[B_TYPE], "thinking"))
			add_texts(r, PIECE_THINKING, part[B_THINKING]);
	}
}

/* The same thought may stand under several names: the first one counts. */
static void add_thinking(struct openai_reply *r, const jref *delta)
{
	if (!add_text(r, PIECE_THINKING, delta[D_REASONING_CONTENT]) &&
	    !add_text(r, PIECE_THINKING, delta[D_REASONING]) &&
	    !add_texts(r, PIECE_THINKING, delta[D_REASONING_DETAILS]))
		add_thinking_parts(r, delta[D_CONTENT]);
}

static void add_content(struct openai_reply *r, jref content)
{
	const struct jdoc *d = &r->doc;
	jref part[B_NAMES];

	add_text(r, PIECE_TEXT, content);
	if (jdoc_type(d, content) != J_ARRAY)
		return;
	for (jref e = jdoc_first(d, content); e != JNONE;
	     e = jdoc_next(d, content, e)) {
		add_text(r, PIECE_TEXT, e);
		pick_members(d, e, part_names, B_NAMES, part);
		if (!jdoc_string_is(d, part[B_TYPE], "thinking"))
			add_text(r, PIECE_TEXT, part[B_TEXT]);
		add_text(r, PIECE_REFUSAL, part[B_REFUSAL]);
	}
}

static void add_function(struct openai_reply *r, struct reply_piece *p,
			 jref function)
{
	const struct jdoc *d = &r->doc;
	jref f[F_NAMES];

	pick_members(d, function, function_names, F_NAMES, f);
	p->name = text_of(d, f[F_NAME]);
	if (jdoc_type(d, f[F_ARGUMENTS]) == J_STRING) {
		p->text = text_of(d, f[F_ARGUMENTS]);
	} else if (!jdoc_is_null(d, f[F_ARGUMENTS])) {
		p->text.chars = jdoc_raw(d, f[F_ARGUMENTS]);
		p->raw = true;
	}
}

static bool add_tool(struct openai_reply *r, jref call, bool whole)
{
	const struct jdoc *d = &r->doc;
	struct reply_piece *p;
	jref t[T_NAMES];

	if (jdoc_type(d, call) != J_OBJECT)
		return false;
	pick_members(d, call, tool_names, T_NAMES, t);
	p = add_piece(r, PIECE_TOOL);
	p->whole = whole;
	p->indexed = jdoc_i64(d, t[T_INDEX], &p->index) == 0;
	p->id = text_of(d, t[T_ID]);
	add_function(r, p, t[T_FUNCTION]);
	return true;
}

static void add_tools(struct openai_reply *r, const jref *delta, bool whole)
{
	const struct jdoc *d = &r->doc;
	jref list = delta[D_TOOL_CALLS];
	struct reply_piece *p;
	/* TGI up to 3.0 streams the one call that it makes without a list. */
	bool any = add_tool(r, list, whole);

	if (jdoc_type(d, list) == J_ARRAY) {
		for (jref e = jdoc_first(d, list); e != JNONE;
		     e = jdoc_next(d, list, e))
			any |= add_tool(r, e, whole);
	}
	/* The old form of the same call. */
	if (!any && jdoc_type(d, delta[D_FUNCTION_CALL]) == J_OBJECT) {
		p = add_piece(r, PIECE_TOOL);
		p->whole = whole;
		p->indexed = true;
		add_function(r, p, delta[D_FUNCTION_CALL]);
	}
}

static void read_usage(struct openai_reply *r, jref v)
{
	if (r->usage_told == 0)
		r->usage_told = usage_read(&r->usage, &r->doc, v);
}

static void read_choice(struct openai_reply *r, const jref *c)
{
	const struct jdoc *d = &r->doc;
	bool whole = jdoc_is_null(d, c[C_DELTA]);
	jref delta[D_NAMES];

	pick_members(d, whole ? c[C_MESSAGE] : c[C_DELTA], delta_names, D_NAMES,
		     delta);
	add_thinking(r, delta);
	add_content(r, delta[D_CONTENT]);
	add_text(r, PIECE_REFUSAL, delta[D_REFUSAL]);
	add_tools(r, delta, whole);
	r->finish = text_of(d, c[C_FINISH]);
	r->matched = text_of(d, c[C_STOP_REASON]);
	if (r->matched.chars.n == 0)
		r->matched = text_of(d, c[C_MATCHED_STOP]);
	read_usage(r, c[C_USAGE]);
}

/* Members of the choice with index 0 (none said counts as 0); false without
 * one. */
static bool find_choice(const struct openai_reply *r, jref choices, bool any,
			jref *c)
{
	const struct jdoc *d = &r->doc;
	jref first = JNONE;

	if (jdoc_type(d, choices) != J_ARRAY)
		return false;
	for (jref e = jdoc_first(d, choices); e != JNONE;
	     e = jdoc_next(d, choices, e)) {
		int64_t index = 0;

		if (jdoc_type(d, e) != J_OBJECT)
			continue;
		if (first == JNONE)
			first = e;
		pick_members(d, e, choice_names, C_NAMES, c);
		if (jdoc_is_null(d, c[C_INDEX]) ||
		    (jdoc_i64(d, c[C_INDEX], &index) == 0 && index == 0))
			return true;
	}
	if (!any || first == JNONE)
		return false;
	pick_members(d, first, choice_names, C_NAMES, c);
	return true;
}

/* `"error": null`, false and "" say that nothing is wrong. */
static bool is_error(const struct jdoc *d, jref v)
{
	enum jtype t = jdoc_type(d, v);

	return t == J_OBJECT || t == J_ARRAY || t == J_NUMBER || t == J_TRUE ||
	       (t == J_STRING && jdoc_chars(d, v).n);
}

/* FastChat ends a stream with {"text": ..., "error_code": 50002}. */
static bool is_failure(const struct jdoc *d, const jref *root)
{
	int64_t code;

	return is_error(d, root[R_ERROR]) ||
	       jdoc_string_is(d, root[R_OBJECT], "error") ||
	       (root[R_CHOICES] == JNONE &&
		jdoc_i64(d, root[R_ERROR_CODE], &code) == 0 && code != 0);
}

static bool parse(struct openai_reply *r, struct str data)
{
	struct jerror why;

	if (r->doc.cap > KEEP_TOKENS)
		jdoc_release(&r->doc);
	if (jdoc_parse(&r->doc, data, &frame_limits, &why) == 0)
		return jdoc_type(&r->doc, 0) == J_OBJECT;
	if (str_utf8_valid(data) == data.n)
		return false;
	/* Bytes of another encoding, or a character cut in two. */
	buf_reset(&r->mended);
	while (data.n) {
		size_t good = str_utf8_valid(data);

		buf_add(&r->mended, data.p, good);
		if (good < data.n)
			buf_adds(&r->mended, "\xef\xbf\xbd");
		data = str_sub(data, good + 1, data.n);
	}
	r->was_mended = true;
	return buf_ok(&r->mended) &&
	       jdoc_parse(&r->doc, buf_str(&r->mended), &frame_limits, &why) ==
		   0 &&
	       jdoc_type(&r->doc, 0) == J_OBJECT;
}

static void forget(struct openai_reply *r)
{
	if (r->cap > KEEP_PIECES) {
		mem_free(r->pieces);
		r->pieces = NULL;
		r->cap = 0;
	}
	if (r->mended.cap)
		buf_release(&r->mended);
	r->npieces = 0;
	r->finish = r->matched = (struct piece_text){STR_NONE, false};
	r->usage_told = 0;
	r->has_choices = r->was_mended = false;
	r->error = STR_NONE;
}

enum openai_frame openai_reply_read(struct openai_reply *r, struct str data,
				    bool any_choice)
{
	const struct jdoc *d = &r->doc;
	jref root[R_NAMES], choice[C_NAMES];

	forget(r);
	if (!parse(r, data))
		return FRAME_BROKEN;
	pick_members(d, 0, root_names, R_NAMES, root);
	r->has_choices = root[R_CHOICES] != JNONE;
	if (is_failure(d, root)) {
		r->error = jdoc_raw(d, 0);
		return FRAME_ERROR;
	}
	read_usage(r, root[R_USAGE]);
	if (!find_choice(r, root[R_CHOICES], any_choice, choice))
		return FRAME_OTHER;
	if (is_error(d, choice[C_ERROR])) {
		r->error = jdoc_raw(d, choice[C_ERROR]);
		return FRAME_ERROR;
	}
	read_choice(r, choice);
	return FRAME_CHOICE;
}
