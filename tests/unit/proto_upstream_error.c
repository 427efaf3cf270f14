/*
 * tests/replay/cases/upstream-errors.txt: `< STATUS BODY` is what a backend
 * answers, `> STATUS CLASS failover|stay [overflow=PROMPT[+]/CONTEXT]
 * [refused=PARAM]: MESSAGE` what the relay makes of it.  \\xHH stands for a
 * byte of the body, \\n for a line end of the message.
 */
#include "tests/support/tap.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proto/error_body.h"
#include "proto/openai_request.h"
#include "proto/upstream_error.h"
#include "tests/support/file.h"

static const char *const classes[] = {
    [CLASS_OK] = "ok",	   [CLASS_CLIENT] = "client",
    [CLASS_AUTH] = "auth", [CLASS_MODEL] = "model",
    [CLASS_RATE] = "rate", [CLASS_SERVER] = "server",
};

/* In the order of the bits. */
static const char *const params[] = {
    "stream_options",
    "continuous_usage",
    "template_kwargs",
    "reasoning_effort",
    "top_k",
    "parallel_tools",
    "user",
    "max_tokens",
    "max_completion_tokens",
};

static int hex(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void unescape(struct buf *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (str_starts(str_sub(s, i, s.n), STR("\\x")) && s.n - i > 3) {
			buf_addc(
			    to, (char)(hex(s.p[i + 2]) << 4 | hex(s.p[i + 3])));
			i += 3;
		} else {
			buf_addc(to, s.p[i]);
		}
	}
}

static void show(struct buf *to, const struct err *e,
		 const struct upstream_verdict *v)
{
	buf_addf(to, "%d %s %s", err_status(e->kind), classes[v->class],
		 v->failover ? "failover" : "stay");
	if (v->overflow)
		buf_addf(to, " overflow=%d%s/%d", (int)v->prompt_tokens,
			 v->prompt_at_least ? "+" : "", (int)v->context_tokens);
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		if (v->refused_param & 1u << i)
			buf_addf(to, " refused=%s", params[i]);
	}
	buf_adds(to, ": ");
	for (const char *p = e->message; *p; p++) {
		if (*p == '\n')
			buf_adds(to, "\\n");
		else
			buf_addc(to, *p);
	}
}

static void test_row(struct str sent, struct str want)
{
	struct str body_text = sent;
	struct str status_text = str_cut(&body_text, ' ');
	struct buf body = BUF_INIT(1 << 20), got = BUF_INIT(1 << 20);
	struct err e = {.kind = ERR_NONE};
	struct upstream_verdict v = {.failover = false};
	int64_t status = 0;

	str_to_i64(status_text, 0, 999, &status);
	unescape(&body, body_text);
	upstream_status_error((int)status, buf_str(&body), 0, 32000, &e, &v);
	show(&got, &e, &v);
	is_str(buf_str(&got), want, "%.*s", STR_ARG(sent));
	/* A retry cures neither of the account's own mistakes. */
	ok(e.no_retry ==
	       (v.class == CLASS_AUTH || strstr(e.message, "address is wrong")),
	   "and no_retry");
	buf_release(&body);
	buf_release(&got);
}

static void test_rows(void)
{
	const char *srcdir = getenv("srcdir");
	struct str text = file_read(srcdir ? srcdir : ".",
				    "tests/replay/cases/upstream-errors.txt");
	struct str rest = text, sent = STR_NONE;
	int rows = 0;

	while (rest.n) {
		struct str line = str_cut(&rest, '\n');

		if (str_starts(line, STR("< ")))
			sent = str_sub(line, 2, line.n);
		if (!str_starts(line, STR("> ")))
			continue;
		test_row(sent, str_sub(line, 2, line.n));
		rows++;
	}
	ok(rows > 0, "%d rows", rows);
	mem_free((char *)text.p);
}

static const struct {
	const char *members;	     /* of the error, beside its message */
	enum err_kind before, after; /* anything was sent */
} frames[] = {
    {"\"code\":400", ERR_BAD_REQUEST, ERR_BAD_REQUEST},
    {"\"code\":429", ERR_RATE_LIMIT, ERR_RATE_LIMIT},
    {"\"code\":503", ERR_OVERLOADED, ERR_OVERLOADED},
    {"\"type\":\"overloaded_error\"", ERR_OVERLOADED, ERR_OVERLOADED},
    {"\"code\":404", ERR_NOT_FOUND, ERR_UPSTREAM},
    {"\"code\":401", ERR_UPSTREAM, ERR_UPSTREAM},
    {"\"code\":500", ERR_UPSTREAM, ERR_UPSTREAM},
    {"\"param\":null", ERR_UPSTREAM, ERR_UPSTREAM},
};

static void test_frames(void)
{
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct buf body = BUF_INIT(1000);
		struct err e;
		struct upstream_verdict v;

		buf_addf(&body, "{\"error\":{\"message\":\"m\",%s}}",
			 frames[i].members);
		upstream_frame_error(buf_str(&body), false, 0, &e, &v);
		is_int(e.kind, frames[i].before, "%s", frames[i].members);
		upstream_frame_error(buf_str(&body), true, 0, &e, &v);
		is_int(e.kind, frames[i].after, "the same, late");
		is_text(str_of(e.message), "m", "its words");
		buf_release(&body);
	}
}

static void test_faults(void)
{
	struct err e;
	struct upstream_verdict v;

	upstream_fault_error(FAULT_REFUSED, false, &e, &v);
	ok(err_status(e.kind) == 502 && v.failover, "refused");
	upstream_fault_error(FAULT_CONNECT_TIMEOUT, false, &e, &v);
	ok(err_status(e.kind) == 504 && v.failover, "connect timeout");
	upstream_fault_error(FAULT_RESET, true, &e, &v);
	is_text(str_of(e.message),
		"the upstream stream ended before the answer was complete",
		"reset within the answer");
	upstream_status_error(429, STR("{}"), 1500, 0, &e, &v);
	is_int(e.retry_after_ms, 1500, "retry-after is passed on");
}

static void test_text(void)
{
	struct buf out = BUF_INIT(10000), body = BUF_INIT(10000);

	buf_adds(&body, "{\"error\":\"");
	for (int i = 0; i < 300; i++)
		buf_adds(&body, "\xe4\xbd\xa0");
	buf_adds(&body, "\"}");
	upstream_error_text(buf_str(&body), 400, &out);
	is_int((int64_t)out.len, 498, "cut at a character");
	buf_release(&out);
	buf_release(&body);
}

static void test_bodies(void)
{
	static const char thread[] = "thread_unsupported_request";
	struct buf out = BUF_INIT(10000);
	struct err e;

	err_set(&e, ERR_OVERLOADED, "a \"b\"");
	error_body_anthropic(&out, &e, STR("req_1"));
	is_text(buf_str(&out),
		"{\"type\":\"error\",\"error\":{\"type\":\"over"
		"loaded_error\","
		"\"message\":\"a \\\"b\\\"\"},\"request_id\":\"req_1\"}",
		"Anthropic's form");
	buf_reset(&out);
	err_set(&e, ERR_BAD_REQUEST, "no");
	memcpy(e.code, thread, sizeof(thread));
	error_body_anthropic(&out, &e, STR_NONE);
	is_text(buf_str(&out),
		"{\"type\":\"error\",\"error\":{\"type\":"
		"\"invalid_request_error\",\"message\":\"no\",\"details\":{"
		"\"error_code\":\"thread_unsupported_request\","
		"\"unsupported\":[\"thread\"]}}}",
		"with details");
	buf_reset(&out);
	err_set(&e, ERR_INTERNAL, "no");
	error_body_openai(&out, &e);
	is_text(buf_str(&out),
		"{\"error\":{\"message\":\"no\",\"type\":"
		"\"server_error\",\"param\":null,\"code\":null}}",
		"without a code");
	buf_reset(&out);
	err_set(&e, ERR_AUTH, "no");
	error_body_openai(&out, &e);
	is_text(buf_str(&out),
		"{\"error\":{\"message\":\"no\",\"type\":\"invalid_request_"
		"error\",\"param\":null,\"code\":\"invalid_api_key\"}}",
		"OpenAI's form");
	buf_release(&out);
}

int main(void)
{
	test_rows();
	test_frames();
	test_faults();
	test_text();
	test_bodies();
	return done_testing();
}
