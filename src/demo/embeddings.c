#include "demo/embeddings.h"

#include <inttypes.h>
#include <string.h>

#include "demo/words.h"

enum { DIMENSIONS = 8, DIMENSIONS_MAX = 4096, INPUTS_MAX = 2048 };

static const struct jlimits limits = {
    .depth = 16, .recorded = 16, .tokens = 4000000};

struct question {
	struct jdoc doc;
	struct arena mem;
	struct str model;
	int64_t dimensions, tokens;
	bool base64;
};

static void refuse(struct reply *r, int status, const char *message)
{
	buf_reset(&r->body);
	r->status = status;
	script_error(&r->body, DIALECT_CHAT, status, str_of(message));
}

/* A number between -1 and 1. */
static float component(struct str text, int64_t i)
{
	uint32_t h = 2166136261u ^ (uint32_t)i;

	for (size_t k = 0; k < text.n; k++)
		h = (h ^ (unsigned char)text.p[k]) * 16777619u;
	return (float)(int32_t)h / 2147483648.0f;
}

/* base/buf.h has base64 for URLs only. */
static void add_base64(struct buf *out, struct str bytes)
{
	struct buf text = BUF_INIT(DIMENSIONS_MAX * 8);

	buf_base64url(&text, bytes);
	for (size_t i = 0; i < text.len; i++)
		buf_addc(out, text.data[i] == '-'   ? '+'
			      : text.data[i] == '_' ? '/'
						    : text.data[i]);
	while (text.len++ % 4)
		buf_addc(out, '=');
	buf_release(&text);
}

static void add_vector(struct buf *out, const struct question *q,
		       struct str text)
{
	float v[DIMENSIONS_MAX];
	size_t n = (size_t)q->dimensions;

	for (size_t i = 0; i < n; i++)
		v[i] = component(text, (int64_t)i);
	if (q->base64) {
		buf_addc(out, '"');
		add_base64(out, (struct str){(const char *)v, n * sizeof(*v)});
		buf_addc(out, '"');
		return;
	}
	buf_addc(out, '[');
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%.9g", i ? "," : "", (double)v[i]);
	buf_addc(out, ']');
}

static void add_input(struct buf *out, struct question *q, jref input,
		      size_t index)
{
	struct str text = jdoc_raw(&q->doc, input);

	if (jdoc_type(&q->doc, input) == J_STRING)
		text = jdoc_string(&q->doc, input, &q->mem);
	q->tokens += words_count(text);
	buf_addf(out,
		 "%s{\"object\":\"embedding\",\"index\":%zu,\"embedding\":",
		 index ? "," : "", index);
	add_vector(out, q, text);
	buf_addc(out, '}');
}

/* A text, tokens, or a list of either. */
static bool is_list(const struct jdoc *d, jref input)
{
	jref first = jdoc_first(d, input);

	return jdoc_type(d, input) == J_ARRAY &&
	       jdoc_type(d, first) != J_NUMBER;
}

static void answer(struct question *q, struct reply *r)
{
	const struct jdoc *d = &q->doc;
	jref input = jdoc_get(d, 0, "input");
	size_t n = 0;

	buf_adds(&r->body, "{\"object\":\"list\",\"data\":[");
	if (!is_list(d, input)) {
		add_input(&r->body, q, input, 0);
	} else {
		for (jref i = jdoc_first(d, input);
		     i != JNONE && n < INPUTS_MAX; i = jdoc_next(d, input, i))
			add_input(&r->body, q, i, n++);
	}
	buf_adds(&r->body, "],\"model\":");
	buf_json(&r->body, q->model);
	buf_addf(&r->body,
		 ",\"usage\":{\"prompt_tokens\":%" PRId64
		 ",\"total_tokens\":%" PRId64 "}}",
		 q->tokens, q->tokens);
}

static const char *read_question(struct question *q, struct str body)
{
	const struct jdoc *d = &q->doc;
	struct jerror why;
	jref v;

	if (jdoc_parse(&q->doc, body, &limits, &why) < 0)
		return "body is no JSON";
	q->model = jdoc_string(d, jdoc_get(d, 0, "model"), &q->mem);
	q->base64 =
	    jdoc_string_is(d, jdoc_get(d, 0, "encoding_format"), "base64");
	if (jdoc_is_null(d, jdoc_get(d, 0, "input")))
		return "input is missing";
	v = jdoc_get(d, 0, "dimensions");
	if (!jdoc_is_null(d, v) &&
	    (jdoc_i64(d, v, &q->dimensions) < 0 || q->dimensions < 1 ||
	     q->dimensions > DIMENSIONS_MAX))
		return "dimensions must be between 1 and 4096";
	return NULL;
}

void embeddings_answer(struct demo *d, const struct http_in *in,
		       struct str model, struct reply *r)
{
	struct question q = {.mem = ARENA_INIT, .dimensions = DIMENSIONS};
	const char *wrong;

	jdoc_init(&q.doc);
	wrong = read_question(&q, buf_str(&in->body));
	if (model.n)
		q.model = model;
	if (wrong)
		refuse(r, 400, wrong);
	else if (!demo_serves(d, q.model))
		refuse(r, 404, "The model does not exist.");
	else if (!reply_is_refused(d, r))
		answer(&q, r);
	jdoc_release(&q.doc);
	arena_release(&q.mem);
}
