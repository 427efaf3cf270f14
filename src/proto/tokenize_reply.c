/* What tokenizers answer (messages-api §15). */
#include "proto/tokenize.h"

enum { COUNT_MAX = 1 << 30 };

/* The list of tokens is one of the root's members; TGI's tokens are objects,
 * whose insides nobody needs. */
static const struct jlimits limits = {
    .depth = 64, .recorded = 2, .tokens = 2 << 20};

static enum tokenize_result counted(int64_t n, struct tokenize_count *count)
{
	if (n < 1 || n > COUNT_MAX)
		return TOKENIZE_NONSENSE;
	count->tokens = n;
	return TOKENIZE_COUNTED;
}

static enum tokenize_result read_number(const struct jdoc *d, const char *key,
					struct tokenize_count *count)
{
	int64_t n;

	if (jdoc_i64(d, jdoc_get(d, 0, key), &n) < 0)
		return TOKENIZE_NONSENSE;
	return counted(n, count);
}

static enum tokenize_result read_list(const struct jdoc *d, const char *key,
				      struct tokenize_count *count)
{
	jref list = jdoc_get(d, 0, key);

	if (jdoc_type(d, list) != J_ARRAY)
		return TOKENIZE_NONSENSE;
	return counted((int64_t)jdoc_count(d, list), count);
}

static enum tokenize_result read_vllm(const struct jdoc *d,
				      struct tokenize_count *count)
{
	int64_t window;

	if (jdoc_i64(d, jdoc_get(d, 0, "max_model_len"), &window) == 0 &&
	    window > 0 && window <= COUNT_MAX)
		count->context_window = window;
	return read_number(d, "count", count);
}

/* The prompt goes on as it was escaped. */
static enum tokenize_result read_prompt(const struct jdoc *d, struct str model,
					struct buf *next)
{
	jref prompt = jdoc_get(d, 0, "prompt");

	if (jdoc_chars(d, prompt).n == 0)
		return TOKENIZE_NONSENSE;
	buf_reset(next);
	buf_adds(next, "{\"model\":");
	buf_json(next, model);
	buf_adds(next, ",\"content\":");
	buf_addstr(next, jdoc_raw(d, prompt));
	buf_adds(next, ",\"add_special\":true,\"parse_special\":true}");
	return buf_ok(next) ? TOKENIZE_MORE : TOKENIZE_NONSENSE;
}

static enum tokenize_result read(enum tokenizer t, unsigned step,
				 const struct jdoc *d, struct str model,
				 struct buf *next, struct tokenize_count *count)
{
	switch (t) {
	case TOKENIZER_VLLM:
		return read_vllm(d, count);
	case TOKENIZER_LLAMACPP:
		return step == 0 ? read_prompt(d, model, next)
				 : read_list(d, "tokens", count);
	case TOKENIZER_TGI:
		return read_list(d, "tokenize_response", count);
	case TOKENIZER_SGLANG:
	case TOKENIZER_ANTHROPIC:
		return read_number(d, "input_tokens", count);
	case TOKENIZER_NONE:
	case TOKENIZERS:
		break;
	}
	return TOKENIZE_NONSENSE;
}

enum tokenize_result tokenize_reply_read(enum tokenizer t, unsigned step,
					 struct str answer, struct str model,
					 struct buf *next,
					 struct tokenize_count *count)
{
	enum tokenize_result result = TOKENIZE_NONSENSE;
	struct jerror why;
	struct jdoc d;

	*count = (struct tokenize_count){0, 0};
	jdoc_init(&d);
	if (jdoc_parse(&d, answer, &limits, &why) == 0)
		result = read(t, step, &d, model, next, count);
	jdoc_release(&d);
	return result;
}
