/* llmrelay.cgi without a responder: refusals, and starting one. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/bridge_run.h"
#include "tests/support/tap.h"

enum { CROWD = 20 };

#define HEAD                                                                   \
	"Status: 503 Service Unavailable\r\nContent-Type: "                    \
	"application/json\r\n"                                                 \
	"Cache-Control: no-store\r\nRetry-After: 5\r\nrequest-id: req_"
#define SAID "The relay is not available right now. Please try again."

static const struct {
	const char *uri, *before_id, *after_id;
} refusals[] = {
    {"/v1/messages?beta=true",
     "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":"
     "\"" SAID "\"},\"request_id\":\"",
     "\"}"},
    {"/v1/models",
     "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":"
     "\"" SAID "\"},\"request_id\":\"",
     "\"}"},
    {"/v1/chat/completions",
     "{\"error\":{\"message\":\"" SAID "\",\"type\":\"api_error\",\"param\":"
     "null,\"code\":null}}",
     NULL},
    {"/site/admin/api-keys",
     "{\"success\":false,\"error\":\"Service unavailable\",\"message\":"
     "\"" SAID "\"}",
     NULL},
    {"/web/auth/login",
     "{\"success\":false,\"error\":\"Service unavailable\",\"message\":"
     "\"" SAID "\"}",
     NULL},
};

static void test_refusal(size_t i)
{
	struct buf uri = BUF_INIT(256), got = BUF_INIT(65536);
	struct buf want = BUF_INIT(65536), body = BUF_INIT(4096);
	const char *vars[] = {"REQUEST_METHOD=POST", NULL,
			      "LLMRELAY_SOCKET=/nonexistent/socket",
			      "LLMRELAY_RESPONDER=/nonexistent/program", NULL};
	struct bridge b;
	struct feed feed;
	struct str id;

	buf_addf(&uri, "REQUEST_URI=%s", refusals[i].uri);
	vars[1] = uri.data;
	b = bridge_start(vars);
	feed_start(&feed, b.in, BRIDGE_BIG);
	feed_wait(&feed); /* the body is drained first */
	bridge_read_all(b.out, &got);
	id = str_sub(buf_str(&got), sizeof(HEAD) - 5, sizeof(HEAD) + 23);
	buf_adds(&body, refusals[i].before_id);
	if (refusals[i].after_id) {
		buf_addstr(&body, id);
		buf_adds(&body, refusals[i].after_id);
	}
	buf_addf(&want, "%.*s%.*s\r\nContent-Length: %zu\r\n\r\n%s",
		 (int)sizeof(HEAD) - 5, HEAD, STR_ARG(id), body.len, body.data);
	is_str(buf_str(&got), buf_str(&want), "503 for %s", refusals[i].uri);
	is_int(bridge_wait(&b), 1, "exit status");
	buf_release(&uri);
	buf_release(&got);
	buf_release(&want);
	buf_release(&body);
}

/* starting ---------------------------------------------------------------- */

static void read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		bridge_read_all(fd, out);
		close(fd);
	}
}

static size_t count_lines(struct str s)
{
	size_t n = 0;

	for (; s.n; n++)
		str_cut(&s, '\n');
	return n;
}

struct start_vars {
	struct buf socket, responder, config;
	const char *vars[7];
};

static void start_vars_init(struct start_vars *v, const char *responder)
{
	char here[1024];

	*v = (struct start_vars){.socket = BUF_INIT(2048),
				 .responder = BUF_INIT(2048),
				 .config = BUF_INIT(2048)};
	if (!getcwd(here, sizeof(here)))
		exit(99);
	buf_addf(&v->socket, "LLMRELAY_SOCKET=%s/started", bridge_dir);
	buf_addf(&v->config, "LLMRELAY_CONFIG=%s/record", bridge_dir);
	buf_adds(&v->responder, "LLMRELAY_RESPONDER=");
	if (responder[0] != '/')
		buf_addf(&v->responder, "%s/", here);
	buf_adds(&v->responder, responder);
	v->vars[0] = "REQUEST_METHOD=GET";
	v->vars[1] = "PATH=/usr/bin:/bin";
	v->vars[2] = "HTTP_X_API_KEY=secret";
	v->vars[3] = v->socket.data;
	v->vars[4] = v->responder.data;
	v->vars[5] = v->config.data;
}

static void start_vars_release(struct start_vars *v)
{
	buf_release(&v->socket);
	buf_release(&v->responder);
	buf_release(&v->config);
}

static void test_crowd(void)
{
	struct start_vars v;
	struct bridge crowd[CROWD];
	struct buf record = BUF_INIT(65536), got = BUF_INIT(65536);
	struct buf path = BUF_INIT(1024);
	int64_t pid = 0;
	int good = 0;
	struct str rest;

	bridge_dir_path(&path, "record");
	start_vars_init(&v, "tests/support/fake_responder");
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = bridge_start(v.vars);
		close(crowd[i].in);
	}
	for (int i = 0; i < CROWD; i++) {
		buf_reset(&got);
		bridge_read_all(crowd[i].out, &got);
		good += bridge_wait(&crowd[i]) == 0 &&
			str_is(buf_str(&got),
			       "Content-Type: text/plain\r\n\r\nhello");
	}
	is_int(good, CROWD, "each of %d bridges got its answer", CROWD);
	read_file(path.data, &record);
	is_int((int64_t)count_lines(buf_str(&record)), 1,
	       "one of them started one responder");
	rest = buf_str(&record);
	str_to_i64(str_cut(&rest, ' '), 2, INT32_MAX, &pid);
	ok(str_starts(rest, STR("leader=1 fds=012 env=PATH,\n")),
	   "in a session of its own, with clean descriptors and environment");
	if (pid && kill((pid_t)pid, SIGTERM) == 0)
		waitpid((pid_t)pid, NULL, 0);
	start_vars_release(&v);
	buf_release(&path);
	buf_release(&record);
	buf_release(&got);
}

/* A program that ends at once, or is none, is known at once. */
static void test_bad_start(const char *name)
{
	struct start_vars v;
	struct bridge b;
	struct buf got = BUF_INIT(65536);
	int64_t before = clock_mono_ms();

	start_vars_init(&v, name);
	b = bridge_start(v.vars);
	close(b.in);
	bridge_read_all(b.out, &got);
	ok(str_starts(buf_str(&got), STR("Status: 503 ")), "503 after %s",
	   name);
	is_int(bridge_wait(&b), 1, "exit status");
	ok(clock_mono_ms() - before < BRIDGE_WAIT_MS / 2,
	   "without waiting for it");
	start_vars_release(&v);
	buf_release(&got);
}

static void test_bad_starts(void)
{
	struct buf dies = BUF_INIT(1024), text = BUF_INIT(1024);
	struct buf program = BUF_INIT(2048);
	char here[1024];
	int fd;

	bridge_dir_path(&dies, "dies");
	bridge_dir_path(&text, "text");
	if (!getcwd(here, sizeof(here)))
		exit(99);
	buf_addf(&program, "%s/tests/support/fake_responder", here);
	ok(symlink(program.data, dies.data) == 0, "link");
	test_bad_start(dies.data);
	fd = open(text.data, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ok(write(fd, "no program", 10) == 10, "text");
	close(fd);
	test_bad_start(text.data);
	buf_release(&dies);
	buf_release(&text);
	buf_release(&program);
}

static void clean_up(void)
{
	static const char *const names[] = {"dies", "text", "started",
					    "started.lock", "record"};
	struct buf path = BUF_INIT(1024);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		bridge_dir_path(&path, names[i]);
		unlink(path.data);
	}
	rmdir(bridge_dir);
	buf_release(&path);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	/* The responder outlives the bridge that started it and becomes ours.
	 */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	bridge_dir_make();
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		test_refusal(i);
	test_crowd();
	test_bad_starts();
	clean_up();
	return done_testing();
}
