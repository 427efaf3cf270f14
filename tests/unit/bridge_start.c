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
	ok(str_starts(rest, STR("leader=1 fds=0123 env=PATH,\n")),
	   "in a session of its own, with clean descriptors and environment");
	if (pid && kill((pid_t)pid, SIGTERM) == 0)
		waitpid((pid_t)pid, NULL, 0);
	start_vars_release(&v);
	buf_release(&path);
	buf_release(&record);
	buf_release(&got);
}

/* What the bridge of these variables writes to its log. */
static void run_logged(const char *const *vars, struct buf *answer,
		       struct buf *log, int *status)
{
	struct buf path = BUF_INIT(1024);
	int kept = dup(2), fd;
	struct bridge b;

	bridge_dir_path(&path, "log");
	fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	dup2(fd, 2);
	b = bridge_start(vars);
	dup2(kept, 2);
	close(kept);
	close(fd);
	close(b.in);
	bridge_read_all(b.out, answer);
	*status = bridge_wait(&b);
	read_file(path.data, log);
	buf_release(&path);
}

/* A program that ends at once, or is none, is known at once. */
static void test_bad_start(const char *name, const char *reason)
{
	struct start_vars v;
	struct buf got = BUF_INIT(65536), log = BUF_INIT(65536);
	int64_t before = clock_mono_ms();
	int status;

	start_vars_init(&v, name);
	run_logged(v.vars, &got, &log, &status);
	ok(str_starts(buf_str(&got), STR("Status: 503 ")), "503 after %s",
	   name);
	is_int(status, 1, "exit status");
	ok(clock_mono_ms() - before < BRIDGE_WAIT_MS / 2,
	   "without waiting for it");
	ok(str_find(buf_str(&log), str_of(reason)) != SIZE_MAX,
	   "the log says: %s", reason);
	start_vars_release(&v);
	buf_release(&got);
	buf_release(&log);
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
	test_bad_start(dies.data,
		       "dies ended at once, exit status 3: cannot do it: "
		       "no\\ttool\"\n");
	fd = open(text.data, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ok(write(fd, "no program", 10) == 10, "text");
	close(fd);
	test_bad_start(text.data, "text: Exec format error\"\n");
	buf_release(&dies);
	buf_release(&text);
	buf_release(&program);
}

static void test_unusable_lock(void)
{
	struct buf program = BUF_INIT(1024), path = BUF_INIT(1024);
	struct stat st;

	/* A link in its place is somebody's trap, or left over. */
	bridge_dir_path(&path, "started.lock");
	bridge_dir_path(&program, "dies");
	unlink(path.data);
	ok(symlink("/nonexistent/lock", path.data) == 0, "a bad lock");
	test_bad_start(program.data, "cannot do it");
	ok(lstat(path.data, &st) == 0 && S_ISREG(st.st_mode),
	   "is replaced by a file");
	buf_release(&program);
	buf_release(&path);
}

/* At a shell, and for a query that looks like an option. */
static void test_shell(void)
{
	static const char *const none[] = {"PATH=/usr/bin:/bin", NULL};
	struct buf got = BUF_INIT(65536), log = BUF_INIT(65536);
	int status;

	run_logged(none, &got, &log, &status);
	is_int(status, 2, "without a request and an argument: wrong usage");
	is_int((int64_t)got.len, 0, "nothing on standard output");
	ok(str_starts(buf_str(&log), STR("llmrelay.cgi is a CGI program")),
	   "it explains itself");
	buf_release(&got);
	buf_release(&log);
}

static void clean_up(void)
{
	static const char *const names[] = {"dies",	    "text",   "started",
					    "started.lock", "record", "log"};
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
	test_unusable_lock();
	test_shell();
	clean_up();
	return done_testing();
}
