/*
 * Replays tests/replay/cases/reply-*.case: what a backend sends, in every
 * cutting, must give exactly the client's bytes; and a stream must hold the
 * same message as the plain answer.
 *
 * A case is `=== case NAME` and sections: `=== params` (see the table below),
 * `=== backend-reply` (\xHH stands for a byte), `=== client-reply`: the events,
 * the message, or `error: STATUS TYPE MESSAGE` when nothing was sent before;
 * optional `=== notes`, one a line.  With `chop yes` the backend's reply ends
 * without a line end.  With an argument `-p FILE` it prints the file's cases
 * with the replies as they are.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/file.h"
#include "tests/support/reply_oracle.h"
#include "tests/support/reply_run.h"
#include "tests/support/section.h"
#include "tests/support/tap.h"

enum { CUTS = 24, STOPS = 8, NAMES = 4 };

struct test_case {
	struct str name, params_text, client, notes;
	struct buf backend;
	struct chat_reply_params params;
	struct str stops[STOPS];
	struct tool_name names[NAMES];
	bool start, chop;
};

static uint64_t seed = 20240229;

static size_t random_cut(void *ctx, size_t left)
{
	uint64_t *state = ctx;

	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return 1 + (size_t)(*state >> 33) % (left < 200 ? left : 200);
}

static bool yes(struct str value)
{
	return str_is(value, "yes");
}

static void set_stop(struct test_case *c, struct str v)
{
	c->stops[c->params.nstops++] = v;
	c->params.stops = c->stops;
}

static void set_think(struct test_case *c, struct str v)
{
	c->params.think_tags = str_is(v, "off")	    ? THINK_TAGS_OFF
			       : str_is(v, "strip") ? THINK_TAGS_STRIP
						    : THINK_TAGS_AUTO;
}

static void set_name(struct test_case *c, struct str v)
{
	struct tool_name *n = &c->names[c->params.names.n++];

	n->sent = str_cut(&v, ' ');
	n->asked = v;
	c->params.names.names = c->names;
}

static void set_stream(struct test_case *c, struct str v)
{
	c->params.stream = yes(v);
}

static void set_model(struct test_case *c, struct str v)
{
	c->params.model = v;
}

static void set_single(struct test_case *c, struct str v)
{
	c->params.single_tool = yes(v);
}

static void set_open(struct test_case *c, struct str v)
{
	c->params.think_open = yes(v);
}

static void set_eof(struct test_case *c, struct str v)
{
	c->params.eof_is_end = yes(v);
}

static void set_estimate(struct test_case *c, struct str v)
{
	str_to_i64(v, 0, INT64_MAX, &c->params.input_estimate);
}

static void set_max(struct test_case *c, struct str v)
{
	str_to_i64(v, 0, INT64_MAX, &c->params.max_tokens);
}

static void set_start(struct test_case *c, struct str v)
{
	c->start = yes(v);
}

static void set_chop(struct test_case *c, struct str v)
{
	c->chop = yes(v);
}

static const struct {
	const char *key;
	void (*set)(struct test_case *c, struct str v);
} keys[] = {
    {"stream", set_stream},    {"model", set_model},
    {"stop", set_stop},	       {"single_tool", set_single},
    {"think_tags", set_think}, {"think_open", set_open},
    {"eof_is_end", set_eof},   {"input_estimate", set_estimate},
    {"max_tokens", set_max},   {"tool_name", set_name},
    {"start", set_start},      {"chop", set_chop},
};

static void read_params(struct test_case *c)
{
	struct str rest = c->params_text;

	c->params = (struct chat_reply_params){
	    .stream = true,
	    .id = STR("msg_0123456789abcdefghijklmn"),
	    .seed = 1,
	    .model = STR("claude-test"),
	    .input_estimate = 100};
	while (rest.n) {
		struct str value = str_cut(&rest, '\n');
		struct str key = str_cut(&value, ' ');
		bool known = key.n == 0;

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			if (str_is(key, keys[i].key)) {
				keys[i].set(c, value);
				known = true;
			}
		}
		if (!known)
			ok(false, "unknown parameter %.*s", STR_ARG(key));
	}
}

static bool read_case(struct test_case *c, struct str *rest)
{
	struct str backend = STR_NONE;

	*c = (struct test_case){.name = STR_NONE};
	while (rest->n) {
		struct str before = *rest;
		struct str title = str_cut(rest, '\n');

		if (str_starts(title, STR("=== case "))) {
			if (c->name.n) {
				*rest = before;
				break;
			}
			c->name = str_sub(title, 9, title.n);
			section_take(rest);
		} else if (str_is(title, "=== params")) {
			c->params_text = section_take(rest);
		} else if (str_is(title, "=== backend-reply")) {
			backend = section_take(rest);
		} else if (str_is(title, "=== client-reply")) {
			c->client = section_trim(section_take(rest));
		} else if (str_is(title, "=== notes")) {
			c->notes = section_trim(section_take(rest));
		}
	}
	if (!c->name.n)
		return false;
	read_params(c);
	buf_init(&c->backend, 1 << 24);
	section_bytes(&c->backend, c->chop ? section_trim(backend) : backend);
	return true;
}

/* What the client gets: bytes, or the error when there was none. */
static void add_reply(struct buf *to, const struct reply_result *r)
{
	if (r->error.kind != ERR_NONE && !r->visible)
		buf_addf(to, "error: %d %s %s", err_status(r->error.kind),
			 err_type(r->error.kind), r->error.message);
	else
		buf_addstr(to, section_trim(buf_str(&r->out)));
}

static void add_notes(struct buf *to, unsigned notes)
{
	for (; notes; notes &= notes - 1) {
		if (to->len)
			buf_addc(to, '\n');
		buf_adds(to, reply_note_text(notes));
	}
}

static void check_grammar(const struct test_case *c,
			  const struct reply_result *r, struct buf *message)
{
	bool finished = false;
	const char *wrong = c->params.stream ? oracle_events(buf_str(&r->out),
							     message, &finished)
					     : NULL;

	if (!c->params.stream && r->error.kind == ERR_NONE)
		wrong = oracle_message(buf_str(&r->out), message);
	ok(!wrong &&
	       (!c->params.stream || finished || r->error.kind != ERR_NONE),
	   "%.*s: legal%s%s", STR_ARG(c->name), wrong ? ": " : "",
	   wrong ? wrong : "");
}

/* What is kept of a stream is what the plain answer holds; keeping changes
 * nothing else. */
static void check_kept(const struct test_case *c,
		       const struct reply_result *streamed, struct str content)
{
	struct chat_reply_params params = c->params;
	struct reply_result r;

	params.keep_bytes = 1 << 24;
	reply_run(&r, &params, buf_str(&c->backend), c->start, random_cut,
		  &seed);
	ok(str_eq(buf_str(&r.out), buf_str(&streamed->out)),
	   "%.*s: the same when it is kept", STR_ARG(c->name));
	is_str(buf_str(&r.content), content, "%.*s: kept", STR_ARG(c->name));
	reply_result_release(&r);
	params.keep_bytes = 1;
	reply_run(&r, &params, buf_str(&c->backend), c->start, random_cut,
		  &seed);
	ok(str_eq(buf_str(&r.out), buf_str(&streamed->out)) &&
	       r.content.len == 0,
	   "%.*s: nothing is kept when it is too much", STR_ARG(c->name));
	reply_result_release(&r);
}

static void check_plain(const struct test_case *c,
			const struct reply_result *streamed,
			const struct buf *message)
{
	struct chat_reply_params params = c->params;
	struct reply_result r;
	struct buf plain = BUF_INIT(1 << 30);
	const char *wrong = NULL;

	params.stream = false;
	reply_run(&r, &params, buf_str(&c->backend), c->start, reply_cut_none,
		  NULL);
	if (r.error.kind == ERR_NONE)
		wrong = oracle_message(buf_str(&r.out), &plain);
	ok(!wrong &&
	       (r.error.kind == ERR_NONE) == (streamed->error.kind == ERR_NONE),
	   "%.*s: plain is legal", STR_ARG(c->name));
	is_str(buf_str(&plain), buf_str(message), "%.*s: plain is the same",
	       STR_ARG(c->name));
	check_kept(c, streamed, buf_str(&r.content));
	buf_release(&plain);
	reply_result_release(&r);
}

static void check_cuts(const struct test_case *c, struct str want)
{
	bool same = true;

	for (int i = 0; i <= CUTS; i++) {
		uint64_t state = seed + (uint64_t)i;
		struct reply_result r;
		struct buf got = BUF_INIT(1 << 30);

		reply_run(&r, &c->params, buf_str(&c->backend), c->start,
			  i ? random_cut : reply_cut_bytes, &state);
		add_reply(&got, &r);
		same &= str_eq(buf_str(&got), want);
		buf_release(&got);
		reply_result_release(&r);
	}
	ok(same, "%.*s: the same in every cutting", STR_ARG(c->name));
}

static void run_case(const struct test_case *c)
{
	struct reply_result r;
	struct buf got = BUF_INIT(1 << 30), notes = BUF_INIT(1000),
		   message = BUF_INIT(1 << 30);

	reply_run(&r, &c->params, buf_str(&c->backend), c->start,
		  reply_cut_none, NULL);
	add_reply(&got, &r);
	add_notes(&notes, r.notes);
	is_str(buf_str(&got), c->client, "%.*s", STR_ARG(c->name));
	is_str(buf_str(&notes), c->notes, "%.*s: notes", STR_ARG(c->name));
	check_cuts(c, buf_str(&got));
	check_grammar(c, &r, &message);
	if (c->params.stream)
		check_plain(c, &r, &message);
	buf_release(&got);
	buf_release(&notes);
	buf_release(&message);
	reply_result_release(&r);
}

static void print_case(const struct test_case *c, struct str backend)
{
	struct reply_result r;
	struct buf got = BUF_INIT(1 << 30);

	reply_run(&r, &c->params, buf_str(&c->backend), c->start,
		  reply_cut_none, NULL);
	add_reply(&got, &r);
	printf("=== case %.*s\n", STR_ARG(c->name));
	printf("=== params\n%.*s", STR_ARG(c->params_text));
	printf("=== backend-reply\n%.*s", STR_ARG(backend));
	printf("=== client-reply\n%.*s\n", STR_ARG(buf_str(&got)));
	buf_reset(&got);
	add_notes(&got, r.notes);
	if (got.len)
		printf("=== notes\n%.*s\n", STR_ARG(buf_str(&got)));
	putchar('\n');
	buf_release(&got);
	reply_result_release(&r);
}

/* The section as written, for printing it again. */
static struct str backend_text(struct str text)
{
	size_t at = str_find(text, STR("=== backend-reply\n"));

	text = str_sub(text, at + 18, text.n);
	return section_take(&text);
}

static int run_file(const char *path, bool print)
{
	struct str text = file_read(NULL, path), rest = text;
	struct test_case c;
	int cases = 0;

	for (;;) {
		struct str before = rest;

		if (!read_case(&c, &rest))
			break;
		if (print)
			print_case(&c, backend_text(before));
		else
			run_case(&c);
		buf_release(&c.backend);
		cases++;
	}
	mem_free((char *)text.p);
	return cases;
}

int main(int argc, char **argv)
{
	const char *srcdir = getenv("srcdir");
	const char *given = getenv("REPLAY_SEED");
	struct buf pattern = BUF_INIT(4096);
	glob_t files = {0};
	int cases = 0;

	if (argc == 3 && strcmp(argv[1], "-p") == 0)
		return run_file(argv[2], true) > 0 ? 0 : 1;
	if (given)
		seed = strtoull(given, NULL, 10);
	diag("REPLAY_SEED=%llu", (unsigned long long)seed);
	buf_addf(&pattern, "%s/tests/replay/cases/reply-*.case",
		 srcdir ? srcdir : ".");
	glob(buf_str(&pattern).p, 0, NULL, &files);
	for (size_t i = 0; i < files.gl_pathc; i++)
		cases += run_file(files.gl_pathv[i], false);
	ok(cases > 0, "%d cases", cases);
	globfree(&files);
	buf_release(&pattern);
	return done_testing();
}
