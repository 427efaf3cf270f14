/*
 * What an event costs in the replies, translated or passed on: nanoseconds of
 * CPU per chunk of a backend's stream, one chunk a read, and the bytes that an
 * open stream holds.  usage: bench/reply_events [CHUNKS]
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "proto/chat_reply.h"
#include "proto/pass_reply.h"

#define HEAD                                                                   \
	"data: {\"id\":\"chatcmpl-0a1b2c3d4e5f60718293a4b5c6d7e8f9\","         \
	"\"object\":\"chat.completion.chunk\",\"created\":1795394011,"         \
	"\"model\":\"Qwen/Qwen3-32B\",\"choices\":[{\"index\":0,\"delta\":"

#define LIT(text)                                                              \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}
#define TAIL ",\"logprobs\":null,\"finish_reason\":null}]}\n\n"

static const struct {
	const char *name;
	struct str first, chunk;
} kinds[] = {
    {"text", {NULL, 0}, LIT(HEAD "{\"content\":\" the answer\"}" TAIL)},
    {"thinking",
     {NULL, 0},
     LIT(HEAD "{\"reasoning_content\":\" the thought\"}" TAIL)},
    {"escaped text",
     {NULL, 0},
     LIT(HEAD "{\"content\":\" \\u00e9\\n\\\"q\\\"\"}" TAIL)},
    {"tool arguments",
     LIT(HEAD "{\"tool_calls\":[{\"index\":0,\"id\":\"call_1\","
	      "\"function\":{\"name\":\"Bash\",\"arguments\":\"{\\\"a\\\":"
	      "\\\"\"}}]}" TAIL),
     LIT(HEAD "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
	      "\" the next\"}}]}" TAIL)},
};

static int64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct reply *translating(void)
{
	return chat_reply_new(&(struct chat_reply_params){
	    .stream = true,
	    .id = STR("msg_0123456789abcdefghijklmn"),
	    .model = STR("claude-bench")});
}

static struct reply *passing(void)
{
	return pass_reply_new(&(struct pass_params){
	    .kind = PASS_CHAT, .stream = true, .model = STR("claude-bench")});
}

static void run(struct reply *(*make)(void), struct str first, struct str chunk,
		int chunks, const char *name)
{
	struct buf out = BUF_INIT(1 << 20);
	struct err e;
	size_t before = mallinfo2().uordblks, held;
	struct reply *r = make();
	int64_t begun, ns;

	reply_feed(r, first, &out, &e);
	reply_feed(r, chunk, &out, &e);
	held = mallinfo2().uordblks - before - out.cap;
	begun = cpu_ns();
	for (int i = 0; i < chunks; i++) {
		buf_reset(&out);
		reply_feed(r, chunk, &out, &e);
	}
	ns = cpu_ns() - begun;
	printf("%-16s %6.0f ns per chunk of %zu bytes, %zu bytes held\n", name,
	       (double)ns / chunks, chunk.n, held);
	reply_free(r);
	buf_release(&out);
}

int main(int argc, char **argv)
{
	int64_t chunks = 1000000;

	if (argc > 1)
		str_to_i64(str_of(argv[1]), 1, 100000000, &chunks);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		run(translating, kinds[i].first, kinds[i].chunk, (int)chunks,
		    kinds[i].name);
	run(passing, kinds[0].first, kinds[0].chunk, (int)chunks, "passed on");
	return 0;
}
