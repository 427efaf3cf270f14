#include "tests/support/reply_run.h"

void reply_result_release(struct reply_result *r)
{
	buf_release(&r->out);
	buf_release(&r->content);
}

size_t reply_cut_none(void *ctx, size_t left)
{
	(void)ctx;
	return left;
}

size_t reply_cut_bytes(void *ctx, size_t left)
{
	(void)ctx;
	(void)left;
	return 1;
}

void reply_run(struct reply_result *r, const struct chat_reply_params *params,
	       struct str bytes, bool start, reply_cut *cut, void *ctx)
{
	struct reply *reply = chat_reply_new(params);

	*r = (struct reply_result){.out = BUF_INIT(1 << 30),
				   .content = BUF_INIT(1 << 30)};
	if (start)
		chat_reply_start(reply, &r->out);
	reply_drive(r, reply, bytes, cut, ctx);
}

void reply_drive(struct reply_result *r, struct reply *reply, struct str bytes,
		 reply_cut *cut, void *ctx)
{
	enum reply_state state = REPLY_OPEN;

	while (bytes.n && (state == REPLY_OPEN || state == REPLY_FINISHED)) {
		size_t n = cut(ctx, bytes.n);

		state =
		    reply_feed(reply, str_sub(bytes, 0, n), &r->out, &r->error);
		bytes = str_sub(bytes, n, bytes.n);
	}
	if (state == REPLY_OPEN || state == REPLY_FINISHED)
		state = reply_eof(reply, &r->out, &r->error);
	r->visible = reply_visible(reply);
	if (state == REPLY_DONE)
		reply_finish(reply, &r->out);
	else if (r->visible)
		reply_fail(reply, &r->error, STR("req_test"), &r->out);
	if (state == REPLY_DONE)
		buf_addstr(&r->content, chat_reply_content(reply));
	r->usage = *reply_usage(reply);
	str_put(r->stop_reason, sizeof(r->stop_reason),
		str_of(reply_stop_reason(reply)));
	r->notes = reply_notes(reply);
	r->verdict = *reply_verdict(reply);
	reply_free(reply);
}
