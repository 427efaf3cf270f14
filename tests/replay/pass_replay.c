/*
 * Replays tests/replay/cases/pass-*.case: answers that are passed on.  In every
 * cutting the client must get exactly these bytes, and the relay learn the same
 * of them.
 *
 * A case is `=== case NAME` and sections: `=== params` (see the table below),
 * `=== backend-reply` (\xHH stands for a byte), `=== client-reply` (the same
 * when it is missing; `error: STATUS TYPE MESSAGE` when nothing was sent
 * before), `=== usage`: input, output, cache read, cache write, whether it was
 * reported or estimated, and why the answer ended.
 */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "proto/pass_reply.h"
#include "tests/support/file.h"
#include "tests/support/reply_run.h"
#include "tests/support/section.h"
#include "tests/support/tap.h"

enum { CUTS = 24 };

struct test_case {
	struct str name, params_text, usage;
	struct buf backend, client;
	struct pass_params params;
	bool same, ping;
};

static uint64_t seed = 20250301;

static size_t random_cut(void *ctx, size_t left)
{
	uint64_t *state = ctx;

	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return 1 + (size_t)(*state >> 33) % (left < 100 ? left : 100);
}

static void set_kind(struct test_case *c, struct str v)
{
	static const char *const words[] = {"chat", "completions", "embeddings",
					    "responses", "messages"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (str_is(v, words[i]))
			c->params.kind = (enum pass_kind)i;
	}
}

static void set_stream(struct test_case *c, struct str v)
{
	c->params.stream = str_is(v, "yes");
}

static void set_model(struct test_case *c, struct str v)
{
	c->params.model = v;
}

static void set_drop(struct test_case *c, struct str v)
{
	c->params.drop_usage = str_is(v, "yes");
}

static void set_many(struct test_case *c, struct str v)
{
	c->params.single = !str_is(v, "yes");
}

static void set_ping(struct test_case *c, struct str v)
{
	c->ping = str_is(v, "yes");
}

static const struct {
	const char *key;
	void (*set)(struct test_case *c, struct str v);
} keys[] = {
    {"kind", set_kind},	      {"stream", set_stream}, {"model", set_model},
    {"drop_usage", set_drop}, {"many", set_many},     {"ping", set_ping},
};

static void read_params(struct test_case *c)
{
	struct str rest = c->params_text;

	c->params = (struct pass_params){
	    .stream = true, .single = true, .input_estimate = 100};
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
	struct str title = str_cut(rest, '\n'), backend = STR_NONE;

	*c = (struct test_case){.same = true,
				.backend = BUF_INIT(1 << 24),
				.client = BUF_INIT(1 << 24)};
	if (!str_starts(title, STR("=== case ")))
		return false;
	c->name = str_sub(title, 9, title.n);
	section_take(rest);
	while (rest->n && !str_starts(*rest, STR("=== case "))) {
		struct str name = str_cut(rest, '\n');
		struct str text = section_take(rest);

		if (str_is(name, "=== params"))
			c->params_text = text;
		else if (str_is(name, "=== backend-reply"))
			backend = text;
		else if (str_is(name, "=== usage"))
			c->usage = section_trim(text);
		else
			c->same = false, section_bytes(&c->client, text);
	}
	read_params(c);
	section_bytes(&c->backend, backend);
	return true;
}

static void run(const struct test_case *c, struct reply_result *r,
		reply_cut *cut, void *ctx)
{
	struct reply *reply = pass_reply_new(&c->params);

	*r = (struct reply_result){.out = BUF_INIT(1 << 30)};
	if (c->ping)
		reply_ping(reply, &r->out);
	reply_drive(r, reply, buf_str(&c->backend), cut, ctx);
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

static void add_usage(struct buf *to, const struct reply_result *r)
{
	const struct usage *u = &r->usage;

	buf_addf(to, "%lld %lld %lld %lld %s %s", (long long)u->input,
		 (long long)u->output, (long long)u->cache_read,
		 (long long)u->cache_write,
		 u->reported ? "reported" : "estimated",
		 r->stop_reason[0] ? r->stop_reason : "-");
}

static void check_cuts(const struct test_case *c, struct str want)
{
	bool same = true;

	for (int i = 0; i <= CUTS; i++) {
		uint64_t state = seed + (uint64_t)i;
		struct reply_result r;
		struct buf got = BUF_INIT(1 << 30);

		run(c, &r, i ? random_cut : reply_cut_bytes, &state);
		add_reply(&got, &r);
		buf_addc(&got, '\n');
		add_usage(&got, &r);
		same &= str_eq(buf_str(&got), want);
		buf_release(&got);
		reply_result_release(&r);
	}
	ok(same, "%.*s: the same in every cutting", STR_ARG(c->name));
}

static void run_case(const struct test_case *c)
{
	const struct buf *expected = c->same ? &c->backend : &c->client;
	struct str want = section_trim(buf_str(expected));
	struct buf got = BUF_INIT(1 << 30);
	struct reply_result r;
	size_t end;

	run(c, &r, reply_cut_none, NULL);
	add_reply(&got, &r);
	is_str(buf_str(&got), want, "%.*s", STR_ARG(c->name));
	end = got.len + 1;
	buf_addc(&got, '\n');
	add_usage(&got, &r);
	is_str(str_sub(buf_str(&got), end, got.len), c->usage,
	       "%.*s: what was learned", STR_ARG(c->name));
	check_cuts(c, buf_str(&got));
	buf_release(&got);
	reply_result_release(&r);
}

static int run_file(const char *path)
{
	struct str text = file_read(NULL, path), rest = text;
	struct test_case c;
	int cases = 0;

	while (read_case(&c, &rest)) {
		run_case(&c);
		buf_release(&c.backend);
		buf_release(&c.client);
		cases++;
	}
	mem_free((char *)text.p);
	return cases;
}

int main(void)
{
	const char *srcdir = getenv("srcdir");
	const char *given = getenv("REPLAY_SEED");
	struct buf pattern = BUF_INIT(4096);
	glob_t files = {0};
	int cases = 0;

	if (given)
		seed = strtoull(given, NULL, 10);
	diag("REPLAY_SEED=%llu", (unsigned long long)seed);
	buf_addf(&pattern, "%s/tests/replay/cases/pass-*.case",
		 srcdir ? srcdir : ".");
	glob(buf_str(&pattern).p, 0, NULL, &files);
	for (size_t i = 0; i < files.gl_pathc; i++)
		cases += run_file(files.gl_pathv[i]);
	ok(cases > 0, "%d cases", cases);
	globfree(&files);
	buf_release(&pattern);
	return done_testing();
}
