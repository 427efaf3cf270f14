/* What tokenizers are asked (messages-api §15). */
#include "proto/tokenize.h"

#include <assert.h>

#include "proto/request_writer.h"
#include "proto/token_estimate.h"

/* No tokenizer makes less of the JSON of tools than this part of the estimate:
 * a smaller count has left them out. */
#define TOOLS_LEAST 0.4

enum images {
	IMAGES_APART, /* a placeholder is sent, their tokens are estimated */
	IMAGES_NEVER, /* then everything is estimated */
	IMAGES_EXTRA, /* sent, but counted as a mark each */
	IMAGES_KNOWN
};

static const struct kind {
	const char *paths[2];
	enum images images;
	bool prompt_flag; /* add_generation_prompt is always written */
} kinds[TOKENIZERS] = {
    [TOKENIZER_VLLM] = {{"tokenize"}, IMAGES_APART, true},
    [TOKENIZER_LLAMACPP] = {{"apply-template", "tokenize"},
			    IMAGES_NEVER,
			    false},
    [TOKENIZER_TGI] = {{"chat_tokenize"}, IMAGES_APART, false},
    [TOKENIZER_SGLANG] = {{"v1/messages/count_tokens"}, IMAGES_EXTRA, false},
    [TOKENIZER_ANTHROPIC] = {{"v1/messages/count_tokens"}, IMAGES_KNOWN, false},
};

enum tokenizer tokenizer_of(enum flavour f)
{
	static const enum tokenizer tokenizers[FLAVOURS] = {
	    [FLAVOUR_VLLM] = TOKENIZER_VLLM,
	    [FLAVOUR_LLAMACPP] = TOKENIZER_LLAMACPP,
	    [FLAVOUR_TGI] = TOKENIZER_TGI,
	    [FLAVOUR_SGLANG] = TOKENIZER_SGLANG,
	};

	assert(f < FLAVOURS);
	return tokenizers[f];
}

const char *tokenize_path(enum tokenizer t, unsigned step)
{
	return kinds[t].paths[step];
}

bool tokenize_can(enum tokenizer t, const struct chat_request *r,
		  const struct openai_target *target)
{
	if (t == TOKENIZER_NONE)
		return false;
	return kinds[t].images != IMAGES_NEVER || !r->has_images ||
	       target->no_vision;
}

int64_t tokenize_uncounted(enum tokenizer t, const struct chat_request *r,
			   const struct openai_target *target)
{
	if (kinds[t].images == IMAGES_KNOWN || target->no_vision)
		return 0;
	return token_estimate_images(r);
}

bool tokenize_lacks_tools(const struct chat_request *r, int64_t tokens)
{
	return r->tool_choice != TOOL_CHOICE_NONE &&
	       (double)tokens < (double)token_estimate_tools(r) * TOOLS_LEAST;
}

static void write_messages(struct request_writer *w, bool prompt_flag)
{
	/* Of the account's extra body, what the prompt is made with. */
	static const char *const own[] = {"chat_template_kwargs",
					  "chat_template"};
	bool prefill = false;

	buf_adds(w->out, "\"messages\":");
	w->comma = true;
	request_write_messages(w, &prefill);
	request_write_functions(w);
	prefill &= writer_has(w, TRAIT_CONTINUES);
	if (prefill)
		buf_adds(w->out, ",\"add_generation_prompt\":false,"
				 "\"continue_final_message\":true");
	else if (prompt_flag)
		buf_adds(w->out, ",\"add_generation_prompt\":true");
	request_write_kwargs(w);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		struct str value = json_extra_get(&w->extra, own[i]);

		if (value.n)
			buf_addf(w->out, ",\"%s\":%.*s", own[i],
				 STR_ARG(value));
	}
}

/* The client's body, with the name by which the backend knows the model. */
static void write_as_it_came(struct buf *out, const struct jdoc *doc,
			     struct str model)
{
	struct str asked = jdoc_raw(doc, jdoc_get(doc, 0, "model"));
	size_t at = (size_t)(asked.p - doc->src.p);

	buf_addstr(out, str_sub(doc->src, 0, at));
	buf_json(out, model);
	buf_addstr(out, str_sub(doc->src, at + asked.n, doc->src.n));
}

void tokenize_request_write(struct buf *out, enum tokenizer t,
			    const struct chat_request *r,
			    const struct jdoc *doc,
			    const struct openai_target *target, struct arena *a)
{
	struct openai_target blind = *target;
	struct request_writer w = {
	    .out = out, .r = r, .target = &blind, .arena = a};

	if (t == TOKENIZER_SGLANG || t == TOKENIZER_ANTHROPIC) {
		write_as_it_came(out, doc, target->model);
		return;
	}
	/* Megabytes of image data would cost time and count as one token. */
	blind.no_vision = true;
	json_extra_init(&w.extra, target->extra_body);
	buf_adds(out, "{\"model\":");
	buf_json(out, target->model);
	buf_addc(out, ',');
	write_messages(&w, kinds[t].prompt_flag);
	buf_addc(out, '}');
	json_extra_release(&w.extra);
}
