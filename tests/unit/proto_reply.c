#include "tests/support/tap.h"

#include <string.h>

#include "base/mem.h"
#include "proto/chat_reply.h"

#define CHUNK(delta)                                                           \
	STR("data: {\"choices\":[{\"index\":0,\"delta\":" delta "}]}\n\n")
#define TEXT CHUNK("{\"content\":\"a\"}")

static struct reply *new_reply(bool stream)
{
	struct chat_reply_params params = {.stream = stream,
					   .id = STR("msg_1"),
					   .seed = 1,
					   .model = STR("claude"),
					   .input_estimate = 50};

	return chat_reply_new(&params);
}

static void test_stream_life(void)
{
	struct reply *r = new_reply(true);
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	ok(!reply_visible(r), "nothing is visible at first");
	ok(reply_feed(r, STR(": wait\n\n"), &out, &e) == REPLY_OPEN &&
	       out.len == 0 && !reply_visible(r),
	   "a comment shows nothing");
	ok(reply_feed(r, TEXT, &out, &e) == REPLY_OPEN && reply_visible(r),
	   "a chunk is visible");
	ok(reply_feed(r,
		      STR("data: {\"choices\":[{\"delta\":{},"
			  "\"finish_reason\":\"stop\"}]}\n\n"),
		      &out, &e) == REPLY_FINISHED,
	   "finish_reason");
	is_text(str_of(reply_stop_reason(r)), "", "not told before the end");
	ok(reply_feed(r,
		      STR("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":"
			  "9,\"completion_tokens\":4}}\n\n"),
		      &out, &e) == REPLY_FINISHED,
	   "usage after it");
	ok(reply_feed(r, STR("data: [DONE]\n\ndata: x\n\n"), &out, &e) ==
	       REPLY_DONE,
	   "[DONE]");
	reply_finish(r, &out);
	is_text(str_of(reply_stop_reason(r)), "end_turn", "stop_reason");
	ok(reply_usage(r)->input == 9 && reply_usage(r)->output == 4 &&
	       reply_usage(r)->reported,
	   "usage");
	buf_reset(&out);
	reply_finish(r, &out);
	reply_ping(r, &out);
	chat_reply_start(r, &out);
	err_set(&e, ERR_TIMEOUT, "late");
	reply_fail(r, &e, STR("req"), &out);
	ok(out.len == 0, "nothing follows the end");
	reply_free(r);
	buf_release(&out);
}

/* After finish_reason the relay may stop waiting for usage. */
static void test_finish_early(void)
{
	struct reply *r = new_reply(true);
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	reply_feed(r,
		   STR("data: {\"choices\":[{\"delta\":{\"content\":\"abc\"},"
		       "\"finish_reason\":\"stop\"}]}\n\n"),
		   &out, &e);
	reply_finish(r, &out);
	ok(str_ends(buf_str(&out),
		    STR("data: {\"type\":\"message_stop\"}\n\n")),
	   "ends without [DONE]");
	ok(reply_usage(r)->input == 50 && reply_usage(r)->output == 1 &&
	       !reply_usage(r)->reported,
	   "with estimates");
	reply_free(r);
	buf_release(&out);
}

static void test_ping(void)
{
	static const char ping[] = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
	struct reply *r = new_reply(true);
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	reply_ping(r, &out);
	ok(reply_visible(r) &&
	       str_starts(buf_str(&out), STR("event: message_start\n")) &&
	       str_ends(buf_str(&out), str_of(ping)),
	   "the first ping starts the message");
	buf_reset(&out);
	reply_ping(r, &out);
	is_text(buf_str(&out), ping, "the second is alone");
	buf_reset(&out);
	reply_feed(r, TEXT, &out, &e);
	ok(str_starts(buf_str(&out), STR("event: content_block_start\n")),
	   "the message is not started twice");
	buf_reset(&out);
	err_set(&e, ERR_TIMEOUT, "silent");
	reply_fail(r, &e, STR("req_1"), &out);
	is_text(buf_str(&out),
		"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
		"\"timeout_error\",\"message\":\"silent\"},"
		"\"request_id\":\"req_1\"}\n\n",
		"an error ends it");
	reply_free(r);
	buf_release(&out);
}

static void test_plain_life(void)
{
	struct reply *r = new_reply(false);
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	chat_reply_start(r, &out);
	reply_ping(r, &out);
	ok(reply_feed(r, TEXT, &out, &e) == REPLY_OPEN, "events for plain");
	ok(reply_feed(r, STR("data: [DONE]\n\n"), &out, &e) == REPLY_DONE,
	   "done");
	ok(out.len == 0 && !reply_visible(r), "nothing before the end");
	reply_finish(r, &out);
	ok(reply_visible(r) &&
	       str_starts(buf_str(&out), STR("{\"id\":\"msg_1\"")),
	   "the message");
	reply_free(r);
	r = new_reply(false);
	buf_reset(&out);
	err_set(&e, ERR_TIMEOUT, "silent");
	reply_fail(r, &e, STR("req_1"), &out);
	ok(out.len == 0, "a failure leaves the error to the caller");
	reply_free(r);
	buf_release(&out);
}

/* Counts that no request can have do not reach the sums. */
static void test_nonsense_usage(void)
{
	static const struct str counts[] = {
	    {"2305843009213693951", 19},
	    {"1073741825", 10},
	    {"99999999999999999999", 20},
	    {"-1", 2},
	    {"1e300", 5},
	};
	struct err e;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct reply *r = new_reply(false);
		struct buf in = BUF_INIT(1024), out = BUF_INIT(4096);

		buf_addf(&in,
			 "{\"choices\":[{\"message\":{\"content\":\"a\"},"
			 "\"finish_reason\":\"stop\"}],\"usage\":{"
			 "\"prompt_tokens\":%.*s,\"completion_tokens\":%.*s}}",
			 STR_ARG(counts[i]), STR_ARG(counts[i]));
		reply_feed(r, buf_str(&in), &out, &e);
		ok(reply_eof(r, &out, &e) == REPLY_DONE, "an answer");
		reply_finish(r, &out);
		ok(reply_usage(r)->input == 50 && reply_usage(r)->output == 1 &&
		       !reply_usage(r)->reported,
		   "%.*s tokens are not believed", STR_ARG(counts[i]));
		reply_free(r);
		buf_release(&in);
		buf_release(&out);
	}
}

static void test_verdict(void)
{
	struct reply *r = new_reply(true);
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	ok(reply_feed(
	       r,
	       STR("data: {\"error\":{\"message\":\"This model's maximum "
		   "context length is 100 tokens. However, you requested "
		   "90 output tokens and your prompt contains at least "
		   "20 input tokens\",\"code\":400}}\n\n"),
	       &out, &e) == REPLY_FAILED &&
	       out.len == 0,
	   "an error as first frame");
	ok(reply_verdict(r)->overflow &&
	       reply_verdict(r)->prompt_tokens == 20 &&
	       reply_verdict(r)->context_tokens == 100,
	   "what it means");
	ok(reply_feed(r, TEXT, &out, &e) == REPLY_FAILED &&
	       reply_eof(r, &out, &e) == REPLY_FAILED && out.len == 0,
	   "failed for good");
	reply_free(r);
	r = new_reply(true);
	ok(reply_eof(r, &out, &e) == REPLY_FAILED &&
	       reply_verdict(r)->class == CLASS_SERVER &&
	       reply_verdict(r)->failover,
	   "an empty body is the server's fault");
	reply_free(r);
	buf_release(&out);
}

/* Feeds head once, then part n times; the state at the end. */
static enum reply_state feed_many(bool stream, struct str head, struct str part,
				  int n, struct err *e)
{
	struct reply *r = new_reply(stream);
	struct buf out = BUF_INIT(1 << 28);
	enum reply_state state = reply_feed(r, head, &out, e);

	for (int i = 0; i < n && state == REPLY_OPEN; i++) {
		buf_reset(&out);
		state = reply_feed(r, part, &out, e);
	}
	if (state == REPLY_FAILED)
		ok(e->kind == ERR_UPSTREAM, "%s", e->message);
	reply_free(r);
	buf_release(&out);
	return state;
}

static void make_chunk(struct buf *b, const char *before, const char *after,
		       size_t n)
{
	char *text = mem_alloc(n);

	memset(text, 'x', n);
	buf_addf(b, "data: {\"choices\":[{\"delta\":%s", before);
	buf_add(b, text, n);
	buf_addf(b, "%s}]}\n\n", after);
	mem_free(text);
}

static void test_ceilings(void)
{
	struct buf text = BUF_INIT(1 << 24), args = BUF_INIT(1 << 24);
	struct str call =
	    CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":"
		  "{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":\\\"\"}}]}");
	struct str next = CHUNK("{\"tool_calls\":[{\"function\":{\"name\":"
				"\"f\",\"arguments\":\"{\"}}]}");
	struct err e;

	make_chunk(&text, "{\"content\":\"", "\"}", 1 << 20);
	make_chunk(&args,
		   "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
		   "\"",
		   "\"}}]}", 1 << 20);
	ok(feed_many(true, TEXT, buf_str(&text), 100, &e) == REPLY_OPEN,
	   "a long stream of text is no problem");
	ok(feed_many(false, TEXT, buf_str(&text), 100, &e) == REPLY_FAILED,
	   "a plain answer is collected up to a ceiling");
	ok(feed_many(true, call, buf_str(&args), 31, &e) == REPLY_OPEN,
	   "31 MB of arguments");
	ok(feed_many(true, call, buf_str(&args), 34, &e) == REPLY_FAILED,
	   "34 MB of arguments");
	ok(feed_many(true, call, buf_str(&text), 34, &e) == REPLY_FAILED,
	   "text held behind a call");
	ok(feed_many(true, call, next, 511, &e) == REPLY_OPEN, "512 calls");
	ok(feed_many(true, call, next, 512, &e) == REPLY_FAILED, "513 calls");
	ok(feed_many(true, STR("{"), buf_str(&text), 70, &e) == REPLY_FAILED,
	   "a completion has a ceiling");
	buf_release(&text);
	buf_release(&args);
}

/* One read that ends in the middle of an event: what is there comes out. */
static void test_live(void)
{
	struct reply *r = new_reply(true);
	struct buf out = BUF_INIT(1 << 20);
	struct err e;

	reply_feed(
	    r,
	    STR("data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}"
		"\n\ndata: {\"cho"),
	    &out, &e);
	ok(str_find(buf_str(&out), STR("\"text\":\"Hello\"")) != SIZE_MAX,
	   "a delta leaves with the read that brought it");
	reply_free(r);
	buf_release(&out);
}

int main(void)
{
	test_stream_life();
	test_finish_early();
	test_ping();
	test_plain_life();
	test_nonsense_usage();
	test_verdict();
	test_ceilings();
	test_live();
	return done_testing();
}
