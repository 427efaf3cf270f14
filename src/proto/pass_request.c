#include "proto/pass_request.h"

#include <math.h>

#include "proto/token_estimate.h"

enum {
	MODEL_MAX = 512,
	WORD_MAX = 2048 /* no word is so long: it is a file in base64 */
};

#define PER_FILE 1600.0 /* tokens, as an image of unknown size (§15) */

static int bad(struct err *e, const char *text)
{
	return err_set(e, ERR_BAD_REQUEST, "%s", text);
}

static int read_model(struct chat_request *out, const struct jdoc *doc,
		      struct str path_model, struct arena *a, struct err *e)
{
	jref v = jdoc_get(doc, 0, "model");

	out->model = path_model;
	if (v == JNONE && path_model.n)
		return 0;
	if (jdoc_is_null(doc, v))
		return bad(e, "you must provide a model parameter");
	if (jdoc_type(doc, v) != J_STRING)
		return bad(e, "model: must be a string");
	out->model = jdoc_string(doc, v, a);
	if (out->model.n == 0)
		return bad(e, "you must provide a model parameter");
	if (out->model.n > MODEL_MAX)
		return bad(e, "model: the name is too long");
	return 0;
}

static int read_stream(struct chat_request *out, const struct jdoc *doc,
		       struct err *e)
{
	jref v = jdoc_get(doc, 0, "stream");

	out->stream = jdoc_type(doc, v) == J_TRUE;
	if (!out->stream && !jdoc_is_null(doc, v) &&
	    jdoc_type(doc, v) != J_FALSE)
		return bad(e, "stream: must be a boolean");
	return 0;
}

static int64_t max_tokens(const struct jdoc *doc)
{
	static const char *const names[] = {"max_completion_tokens",
					    "max_tokens", "max_output_tokens"};
	int64_t n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (jdoc_i64(doc, jdoc_get(doc, 0, names[i]), &n) == 0 && n > 0)
			return n;
	}
	return 0;
}

static bool is_image(const struct jdoc *doc, jref part)
{
	jref type = jdoc_get(doc, part, "type");

	return jdoc_string_is(doc, type, "image") ||
	       jdoc_string_is(doc, type, "image_url") ||
	       jdoc_string_is(doc, type, "input_image");
}

/* Parts stand in a list, in the content of its elements, or in what a tool
 * call put out. */
static bool has_image(const struct jdoc *doc, jref list, unsigned levels)
{
	if (jdoc_type(doc, list) != J_ARRAY || levels == 0)
		return false;
	for (jref i = jdoc_first(doc, list); i != JNONE;
	     i = jdoc_next(doc, list, i)) {
		if (is_image(doc, i) ||
		    has_image(doc, jdoc_get(doc, i, "content"), levels - 1) ||
		    has_image(doc, jdoc_get(doc, i, "output"), levels - 1))
			return true;
	}
	return false;
}

static bool is_single(const struct jdoc *doc)
{
	jref n = jdoc_get(doc, 0, "n");
	int64_t choices = 1;

	if (!jdoc_is_null(doc, n) && jdoc_i64(doc, n, &choices) < 0)
		return false;
	return choices <= 1 &&
	       jdoc_type(doc, jdoc_get(doc, 0, "prompt")) != J_ARRAY;
}

static bool is_file(struct str chars)
{
	if (chars.n <= WORD_MAX)
		return false;
	for (size_t i = 0; i < WORD_MAX; i++) {
		unsigned char c = (unsigned char)chars.p[i];

		if (c <= ' ' || c >= 0x7f || c == '\\')
			return false;
	}
	return true;
}

/* All strings of the request; and all numbers, which prompts may consist of. */
static int64_t estimate(const struct jdoc *doc)
{
	double n = 0;

	for (jref i = 0; i < doc->ntok; i++) {
		struct str chars = jdoc_chars(doc, i);

		if (jdoc_type(doc, i) == J_NUMBER)
			n += 1;
		else if (is_file(chars))
			n += PER_FILE;
		else if (chars.n)
			n += token_estimate_text(chars);
	}
	return n < 1 ? 1 : (int64_t)ceil(n);
}

int pass_request_read(struct chat_request *out, struct pass_request *more,
		      struct jdoc *doc, struct str body, struct arena *a,
		      struct err *e)
{
	struct jerror why;

	*out = (struct chat_request){.model = STR_NONE};
	if (jdoc_parse(doc, body, &jscan_request_limits, &why) < 0)
		return err_set(e, ERR_BAD_REQUEST,
			       "the body is not valid JSON: %s at byte %zu",
			       why.detail, why.at);
	if (jdoc_type(doc, 0) != J_OBJECT)
		return bad(e, "the body must be a JSON object");
	if (read_model(out, doc, more->path_model, a, e) < 0 ||
	    read_stream(out, doc, e) < 0)
		return -1;
	out->max_tokens = max_tokens(doc);
	out->has_images = has_image(doc, jdoc_get(doc, 0, "messages"), 2) ||
			  has_image(doc, jdoc_get(doc, 0, "input"), 2);
	more->single = is_single(doc);
	more->input_estimate = estimate(doc);
	return 0;
}

/* How usage is asked for, and where. */
enum ask { ASK_NOT, ASK_MEMBER, ASK_IN_OBJECT, ASK_FOR_NULL };

static enum ask how_to_ask(const struct jdoc *doc, bool add_usage)
{
	jref options = jdoc_get(doc, 0, "stream_options");

	if (!add_usage || jdoc_type(doc, jdoc_get(doc, 0, "stream")) != J_TRUE)
		return ASK_NOT;
	switch (jdoc_type(doc, options)) {
	case J_NONE:
		return ASK_MEMBER;
	case J_NULL:
		return ASK_FOR_NULL;
	case J_OBJECT:
		return jdoc_get(doc, options, "include_usage") == JNONE
			   ? ASK_IN_OBJECT
			   : ASK_NOT;
	default:
		return ASK_NOT;
	}
}

static void copy_up_to(struct buf *out, struct str src, size_t *from, size_t to)
{
	buf_addstr(out, str_sub(src, *from, to));
	*from = to;
}

static void add_model(struct buf *out, const struct jdoc *doc, size_t *at,
		      struct str model)
{
	copy_up_to(out, doc->src, at, doc->tok[0].begin + 1);
	buf_adds(out, "\"model\":");
	buf_json(out, model);
	if (jdoc_first(doc, 0) != JNONE)
		buf_addc(out, ',');
}

/* Some servers (those in Go: Ollama) do not mind the case of a name: a model by
 * another spelling would be one that the client's key was not asked about. */
static bool is_model(const struct jdoc *doc, jref key)
{
	struct arena a = ARENA_INIT;
	bool is = str_ieq(jdoc_string(doc, key, &a), STR("model"));

	arena_release(&a);
	return is;
}

bool pass_request_write(struct buf *out, const struct jdoc *doc,
			struct str model, bool add_usage)
{
	enum ask ask = how_to_ask(doc, add_usage);
	jref options = jdoc_get(doc, 0, "stream_options");
	size_t at = 0;

	if (model.n && jdoc_get(doc, 0, "model") == JNONE)
		add_model(out, doc, &at, model);
	if (ask == ASK_MEMBER) {
		copy_up_to(out, doc->src, &at, doc->tok[0].begin + 1);
		buf_adds(out, "\"stream_options\":{\"include_usage\":true},");
	}
	for (jref k = jdoc_first(doc, 0); k != JNONE;
	     k = jdoc_next(doc, 0, k)) {
		jref v = jdoc_value(doc, k);

		if (model.n && is_model(doc, k)) {
			copy_up_to(out, doc->src, &at, doc->tok[v].begin);
			buf_json(out, model);
			at = doc->tok[v].end;
		} else if (v == options && ask == ASK_IN_OBJECT) {
			copy_up_to(out, doc->src, &at, doc->tok[v].begin + 1);
			buf_adds(out, "\"include_usage\":true");
			if (jdoc_first(doc, v) != JNONE)
				buf_addc(out, ',');
		} else if (v == options && ask == ASK_FOR_NULL) {
			copy_up_to(out, doc->src, &at, doc->tok[v].begin);
			buf_adds(out, "{\"include_usage\":true}");
			at = doc->tok[v].end;
		}
	}
	copy_up_to(out, doc->src, &at, doc->src.n);
	return ask != ASK_NOT;
}
