/*
 * Random bytes as an answer that is passed on.  The first two bytes choose the
 * options and the sizes of the reads.  Whatever comes: one cutting gives what
 * another gives; without a splice or a drop nothing is changed; a spliced
 * answer that is JSON is JSON still, and differs in nothing but the name.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/jscan.h"
#include "proto/pass_reply.h"
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

static void run(struct reply_result *r, const struct pass_params *params,
		struct str body, reply_cut *cut, void *ctx)
{
	*r = (struct reply_result){.out = BUF_INIT(1 << 28)};
	reply_drive(r, pass_reply_new(params), body, cut, ctx);
}

static void same(const struct reply_result *a, const struct reply_result *b)
{
	need(str_eq(buf_str(&a->out), buf_str(&b->out)));
	need(a->error.kind == b->error.kind && a->visible == b->visible);
	need(a->usage.input == b->usage.input &&
	     a->usage.output == b->usage.output &&
	     a->usage.cache_read == b->usage.cache_read &&
	     a->usage.reported == b->usage.reported);
	need(str_eq(str_of(a->stop_reason), str_of(b->stop_reason)));
}

/* What may stand before the first byte is dropped. */
static struct str beginning(struct str body)
{
	while (body.n && memchr(" \t\r\n\xef\xbb\xbf", body.p[0], 7))
		body = str_sub(body, 1, body.n);
	return body;
}

static bool parses(struct str text)
{
	struct jdoc doc;
	struct jerror why;
	bool good;

	jdoc_init(&doc);
	good = jdoc_parse(&doc, text, &jscan_request_limits, &why) == 0;
	jdoc_release(&doc);
	return good;
}

static void check_json(const struct pass_params *params, struct str body,
		       const struct reply_result *r)
{
	if (r->error.kind != ERR_NONE || !body.n || body.p[0] != '{')
		return;
	if (!params->model.n)
		need(str_eq(buf_str(&r->out), body));
	need(parses(buf_str(&r->out)) || !parses(body));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct pass_params params = {.input_estimate = 10};
	struct reply_result whole, cut;
	struct str body;
	uint32_t state;

	if (n < 2)
		return 0;
	params.kind = data[0] % 5;
	params.stream = data[0] & 8;
	params.model = data[0] & 16 ? STR("as\"ked") : STR_NONE;
	params.drop_usage = data[0] & 32;
	params.single = data[0] & 64;
	params.eof_is_end = data[0] & 128;
	state = data[1];
	body = (struct str){(const char *)data + 2, n - 2};
	run(&whole, &params, body, reply_cut_none, NULL);
	run(&cut, &params, body, cut_by, &state);
	same(&whole, &cut);
	reply_result_release(&cut);
	run(&cut, &params, body, reply_cut_bytes, NULL);
	same(&whole, &cut);
	check_json(&params, beginning(body), &whole);
	reply_result_release(&whole);
	reply_result_release(&cut);
	return 0;
}
