/*
 * Random bytes as a backend's answer.  The first two bytes choose the options
 * and the sizes of the reads.  Whatever comes: the events keep the grammar,
 * one cutting gives what another gives, and the plain answer holds the same
 * message.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/support/reply_oracle.h"
#include "tests/support/reply_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void need(bool holds)
{
	if (!holds)
		abort();
}

static size_t cut_by(void *ctx, size_t left)
{
	uint32_t *state = ctx;

	*state = *state * 1664525u + 1013904223u;
	return 1 + (*state >> 24) % (left < 32 ? left : 32);
}

static struct chat_reply_params params_of(uint8_t options)
{
	static const struct str stops[] = {{"END", 3}};

	return (struct chat_reply_params){
	    .stream = true,
	    .id = STR("msg_fuzz"),
	    .seed = 1,
	    .model = STR("claude-fuzz"),
	    .stops = stops,
	    .nstops = options & 1,
	    .single_tool = options & 2,
	    .input_estimate = 10,
	    .max_tokens = options & 4 ? 8 : 0,
	    .think_tags = (options >> 3) % 3,
	    .think_open = options & 32,
	    .eof_is_end = options & 64,
	};
}

static void check_message(struct str plain, struct str streamed)
{
	struct buf message = BUF_INIT(1 << 28);

	need(!oracle_message(plain, &message));
	need(str_eq(buf_str(&message), streamed));
	buf_release(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct chat_reply_params params;
	struct reply_result whole, cut, plain;
	struct buf message = BUF_INIT(1 << 28);
	struct str body;
	uint32_t state;
	bool finished, start;

	if (n < 2)
		return 0;
	params = params_of(data[0]);
	start = data[0] & 128;
	state = data[1];
	body = (struct str){(const char *)data + 2, n - 2};
	reply_run(&whole, &params, body, start, reply_cut_none, NULL);
	need(!oracle_events(buf_str(&whole.out), &message, &finished));
	need(finished == (whole.error.kind == ERR_NONE));
	reply_run(&cut, &params, body, start, cut_by, &state);
	need(str_eq(buf_str(&cut.out), buf_str(&whole.out)));
	need(cut.error.kind == whole.error.kind);
	params.stream = false;
	reply_run(&plain, &params, body, start, cut_by, &state);
	need((plain.error.kind == ERR_NONE) == finished);
	if (finished)
		check_message(buf_str(&plain.out), buf_str(&message));
	buf_release(&message);
	reply_result_release(&whole);
	reply_result_release(&cut);
	reply_result_release(&plain);
	return 0;
}
