/*
 * Interleavings: the input tells, byte by byte, which piece of reasoning, text
 * or a call comes next, how long it is and how the backend numbers its calls.
 * Every byte of text, reasoning and arguments must come out once and in order.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/jscan.h"
#include "tests/support/reply_oracle.h"
#include "tests/support/reply_run.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { CALLS = 4 };

struct script {
	struct buf stream; /* what the backend sends */
	struct buf text, thinking;
	struct buf args[CALLS]; /* sent so far */
	bool begun[CALLS], ended[CALLS];
	int calls; /* begun */
	int style; /* 0: index and id, 1: ids only, 2: index only */
	uint32_t counter;
};

static void need(bool holds)
{
	if (!holds)
		abort();
}

/* Text that can be told apart and needs every kind of escape. */
static void make_text(struct script *s, struct buf *to, unsigned n)
{
	static const char *const kinds[] = {
	    "\n", "\"", "\\", "\xe4\xbd\xa0", "\xf0\x9f\x8e\x89",
	    "<",  ">",	" "};

	for (unsigned i = 0; i <= n % 5; i++) {
		buf_addf(to, "%x", s->counter++);
		buf_adds(to, kinds[s->counter % 8]);
	}
}

static void add_text(struct script *s, const char *field, struct buf *sum,
		     unsigned n)
{
	struct buf piece = BUF_INIT(1000);

	make_text(s, &piece, n);
	buf_addf(&s->stream,
		 "data: {\"choices\":[{\"index\":0,\"delta\":{\"%s\":", field);
	buf_json(&s->stream, buf_str(&piece));
	buf_adds(&s->stream, "}}]}\n\n");
	buf_addstr(sum, buf_str(&piece));
	buf_release(&piece);
}

static void add_call(struct script *s, int call, bool head, struct str args)
{
	buf_adds(&s->stream, "data: {\"choices\":[{\"index\":0,\"delta\":{"
			     "\"tool_calls\":[{\"type\":\"function\"");
	if (s->style != 1)
		buf_addf(&s->stream, ",\"index\":%d", call);
	if (s->style != 2 && (head || s->style == 1))
		buf_addf(&s->stream, ",\"id\":\"call_%d\"", call);
	buf_adds(&s->stream, ",\"function\":{");
	if (head)
		buf_addf(&s->stream, "\"name\":\"tool_%d\",", call);
	buf_adds(&s->stream, "\"arguments\":");
	buf_json(&s->stream, args);
	buf_adds(&s->stream, "}}]}}]}\n\n");
	buf_addstr(&s->args[call], args);
}

/* The next piece of a call: its head, a member, or its end. */
static void step_call(struct script *s, int call, unsigned n)
{
	struct buf text = BUF_INIT(1000), args = BUF_INIT(4000);
	bool head = !s->begun[call];
	bool ends = !head && n % 7 == 0;

	if (s->ended[call] || (head && call != s->calls))
		return;
	if (head) {
		s->begun[call] = true;
		s->calls++;
		buf_adds(&args, n % 3 ? "{\"a\":\"" : "{");
		if (n % 3 == 0)
			buf_adds(&args, "\"a\":\"");
	} else {
		make_text(s, &text, n);
		buf_json_chars(&args, buf_str(&text));
	}
	if (ends) {
		buf_adds(&args, "\"}");
		s->ended[call] = true;
	}
	add_call(s, call, head, buf_str(&args));
	buf_release(&text);
	buf_release(&args);
}

static void run_script(struct script *s, const uint8_t *data, size_t n)
{
	for (size_t i = 0; i + 1 < n && i < 2000; i += 2) {
		unsigned what = data[i] % 6;

		if (what == 0)
			add_text(s, "content", &s->text, data[i + 1]);
		else if (what == 1)
			add_text(s, "reasoning_content", &s->thinking,
				 data[i + 1]);
		else
			step_call(s, (int)what - 2, data[i + 1]);
	}
	for (int call = 0; call < s->calls; call++) {
		if (!s->ended[call])
			add_call(s, call, false, STR("\"}"));
	}
	buf_adds(&s->stream, "data: {\"choices\":[{\"index\":0,\"delta\":{},"
			     "\"finish_reason\":\"stop\"}]}\n\n"
			     "data: [DONE]\n\n");
}

/* Puts the plain message's texts and inputs together by kind. */
static void check_message(const struct script *s, struct str json)
{
	static const struct jlimits limits = {
	    .depth = 64, .recorded = 5, .tokens = 100000};
	struct buf text = BUF_INIT(1 << 24), thinking = BUF_INIT(1 << 24);
	struct jdoc d;
	struct jerror why;
	jref content;
	int call = 0;

	jdoc_init(&d);
	need(jdoc_parse(&d, json, &limits, &why) == 0);
	content = jdoc_get(&d, 0, "content");
	for (jref b = jdoc_first(&d, content); b != JNONE;
	     b = jdoc_next(&d, content, b)) {
		jref input = jdoc_get(&d, b, "input");

		jscan_unescape(&text, jdoc_chars(&d, jdoc_get(&d, b, "text")),
			       NULL);
		jscan_unescape(&thinking,
			       jdoc_chars(&d, jdoc_get(&d, b, "thinking")),
			       NULL);
		if (input != JNONE) {
			need(call < s->calls);
			need(str_eq(jdoc_raw(&d, input),
				    buf_str(&s->args[call])));
			call++;
		}
	}
	need(call == s->calls);
	need(str_eq(buf_str(&text), buf_str(&s->text)));
	need(str_eq(buf_str(&thinking), buf_str(&s->thinking)));
	jdoc_release(&d);
	buf_release(&text);
	buf_release(&thinking);
}

static void check(const struct script *s)
{
	struct chat_reply_params params = {.id = STR("msg_fuzz"),
					   .model = STR("claude-fuzz"),
					   .think_tags = THINK_TAGS_OFF};
	struct reply_result plain, streamed;
	struct buf a = BUF_INIT(1 << 24), b = BUF_INIT(1 << 24);
	bool finished;

	reply_run(&plain, &params, buf_str(&s->stream), false, reply_cut_none,
		  NULL);
	need(plain.error.kind == ERR_NONE && plain.notes == 0);
	need(!oracle_message(buf_str(&plain.out), &a));
	check_message(s, buf_str(&plain.out));
	params.stream = true;
	reply_run(&streamed, &params, buf_str(&s->stream), false,
		  reply_cut_none, NULL);
	need(!oracle_events(buf_str(&streamed.out), &b, &finished));
	need(finished && str_eq(buf_str(&a), buf_str(&b)));
	reply_result_release(&plain);
	reply_result_release(&streamed);
	buf_release(&a);
	buf_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct script s = {.stream = BUF_INIT(1 << 24),
			   .text = BUF_INIT(1 << 24),
			   .thinking = BUF_INIT(1 << 24)};

	if (n == 0)
		return 0;
	for (int i = 0; i < CALLS; i++)
		buf_init(&s.args[i], 1 << 24);
	s.style = data[0] % 3;
	run_script(&s, data + 1, n - 1);
	check(&s);
	for (int i = 0; i < CALLS; i++)
		buf_release(&s.args[i]);
	buf_release(&s.stream);
	buf_release(&s.text);
	buf_release(&s.thinking);
	return 0;
}
