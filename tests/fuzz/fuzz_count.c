/*
 * Any bytes as a tokenizer's answer.  What is believed must be a count, and the
 * next question a good one.
 */
#include "proto/tokenize.h"
#include "tests/fuzz/check_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { NEXT_MAX = 64 << 20, COUNT_MAX = 1 << 30 };

static void check_next(struct str next)
{
	struct jlimits limits = {.depth = 2, .recorded = 2, .tokens = 64};
	struct jerror why;
	struct jdoc doc;

	jdoc_init(&doc);
	require(jdoc_parse(&doc, next, &limits, &why) == 0);
	require(jdoc_string_is(&doc, jdoc_get(&doc, 0, "model"), "m\"\\"));
	require(jdoc_chars(&doc, jdoc_get(&doc, 0, "content")).n > 0);
	require(jdoc_count(&doc, 0) == 4);
	jdoc_release(&doc);
}

static void read(enum tokenizer t, unsigned step, struct str answer)
{
	struct buf next = BUF_INIT(NEXT_MAX);
	struct tokenize_count count;

	switch (
	    tokenize_reply_read(t, step, answer, STR("m\"\\"), &next, &count)) {
	case TOKENIZE_COUNTED:
		require(count.tokens >= 1 && count.tokens <= COUNT_MAX);
		require(count.context_window >= 0 &&
			count.context_window <= COUNT_MAX);
		break;
	case TOKENIZE_MORE:
		require(t == TOKENIZER_LLAMACPP && step == 0);
		check_next(buf_str(&next));
		break;
	case TOKENIZE_NONSENSE:
		break;
	}
	buf_release(&next);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str answer = {(const char *)data, n};

	for (int t = TOKENIZER_NONE; t < TOKENIZERS; t++) {
		for (unsigned step = 0; step < 2; step++)
			read((enum tokenizer)t, step, answer);
	}
	return 0;
}
