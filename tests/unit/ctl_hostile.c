/* llmrelayctl and a responder that is none: silent, torn, endless, lying. */
#include "tests/support/tap.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/ctl_run.h"
#include "tests/support/fcgi_peer.h"

/* Reading is tried once more then. */
#define TORN	     "left without a whole answer"
#define HEAD(status) "Status: " status "\r\nContent-Type: x\r\n\r\n"

enum { EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_UNREACHABLE };

static int listener;

/* What the other side does once it has the request. */
struct script {
	const char *name;
	const char *answer; /* on FCGI_STDOUT; NULL: see act */
	void (*act)(int fd);
	int status;	   /* exit status wanted */
	const char *said;  /* on standard error */
	const char *shown; /* on standard output; NULL: nothing */
};

struct side {
	pthread_t thread;
	const struct script *script;
	struct buf params; /* of the last request */
	int requests;
};

static void answer(int fd, const char *text)
{
	if (peer_write(fd, PEER_STDOUT, str_of(text)))
		peer_end(fd);
}

/* A connection without a request only asks whether anybody listens. */
static void serve(struct side *s, int fd)
{
	struct buf params = BUF_INIT(65536), body = BUF_INIT(65536);
	bool asked = peer_read_params(fd, &params) && peer_read_body(fd, &body);

	if (asked) {
		s->requests++;
		buf_reset(&s->params);
		buf_addstr(&s->params, buf_str(&params));
		if (s->script->act)
			s->script->act(fd);
		else
			answer(fd, s->script->answer);
	}
	buf_release(&params);
	buf_release(&body);
	close(fd);
}

static void *side_main(void *arg)
{
	struct side *s = arg;
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		serve(s, fd);
	return NULL;
}

static void nothing(int fd)
{
	char c;

	/* Until the other side has had enough. */
	while (read(fd, &c, 1) > 0)
		;
}

static void leave(int fd)
{
	shutdown(fd, SHUT_RDWR);
}

static void speak_http(int fd)
{
	static const char text[] = "HTTP/1.1 200 OK\r\n\r\n{}";

	if (write(fd, text, sizeof(text) - 1) > 0)
		shutdown(fd, SHUT_RDWR);
}

static void leave_torn(int fd)
{
	peer_write(fd, PEER_STDOUT, STR(HEAD("200 OK") "{\"success\":"));
	shutdown(fd, SHUT_RDWR);
}

static void never_end(int fd)
{
	static char block[32768];

	memset(block, 'x', sizeof(block));
	peer_write(fd, PEER_STDOUT, STR(HEAD("200 OK")));
	while (peer_write(fd, PEER_STDOUT, (struct str){block, sizeof(block)}))
		;
}

static void chatter(int fd)
{
	for (int i = 0; i < 1000; i++)
		peer_write(fd, PEER_STDERR, STR("noise\n"));
	answer(fd, HEAD("200 OK") "{\"data\":[{\"username\":\"eve\"}]}");
	/* After the end nothing counts. */
	answer(fd, HEAD("500 X") "{}");
}

static void nest(int fd)
{
	struct buf text = BUF_INIT(65536);

	buf_adds(&text, HEAD("200 OK") "{\"data\":");
	for (int i = 0; i < 1000; i++)
		buf_addc(&text, '[');
	for (int i = 0; i < 1000; i++)
		buf_addc(&text, ']');
	buf_addc(&text, '}');
	answer(fd, text.data);
	buf_release(&text);
}

static void complain_at_length(int fd)
{
	struct buf text = BUF_INIT(65536);

	buf_adds(&text, HEAD("409 Conflict") "{\"message\":\"so: ");
	for (int i = 0; i < 5000; i++)
		buf_adds(&text, "\xc3\xa9");
	buf_adds(&text, "\"}");
	answer(fd, text.data);
	buf_release(&text);
}

static const struct script scripts[] = {
    {"an answer", HEAD("200 OK") "{\"success\":true,\"data\":[]}", NULL,
     EXIT_OK, NULL, "(none)\n"},
    {"silence", NULL, nothing, EXIT_UNREACHABLE, "no answer within 1 seconds",
     NULL},
    {"no answer at all", NULL, leave, EXIT_UNREACHABLE, TORN, NULL},
    {"another protocol", NULL, speak_http, EXIT_UNREACHABLE, TORN, NULL},
    {"half an answer", NULL, leave_torn, EXIT_UNREACHABLE, TORN, NULL},
    {"no end", NULL, never_end, EXIT_UNREACHABLE, "larger than 64 MB", NULL},
    {"no head", "{\"success\":true}", NULL, EXIT_UNREACHABLE,
     "is not this responder", NULL},
    {"an empty answer", "", NULL, EXIT_UNREACHABLE, "is not this responder",
     NULL},
    {"a head without status", "Content-Type: x\r\n\r\n{}", NULL,
     EXIT_UNREACHABLE, "is not this responder", NULL},
    {"a status that is none", HEAD("2000000000000000000000 OK") "{}", NULL,
     EXIT_UNREACHABLE, "is not this responder", NULL},
    {"no JSON", HEAD("200 OK") "<html>", NULL, EXIT_FAILED,
     "(status 200) is no JSON object", NULL},
    {"a list", HEAD("200 OK") "[1]", NULL, EXIT_FAILED, "is no JSON object",
     NULL},
    {"nesting", NULL, nest, EXIT_FAILED, "is no JSON object", NULL},
    {"data of another type", HEAD("200 OK") "{\"data\":{\"a\":1}}", NULL,
     EXIT_OK, NULL, "(none)\n"},
    {"no data", HEAD("200 OK") "{}", NULL, EXIT_OK, NULL, "(none)\n"},
    {"rows of other types",
     HEAD("200 OK") "{\"data\":[1,null,{\"username\":[{}],\"createdAt\":7}]}",
     NULL, EXIT_OK, NULL,
     "NAME  CREATED  CHANGED\n"
     "-     never    never\n"
     "-     never    never\n"
     "{}          7  never\n"},
    {"names that draw",
     HEAD("200 OK") "{\"data\":[{\"username\":\"\\u001b[31ma\\u009bb\\u202ec"
		    "\\n\\u0007\",\"createdAt\":\"x\\u001b\"}]}",
     NULL, EXIT_OK, NULL,
     "NAME          CREATED  CHANGED\n"
     "?[31ma?b?c ?  x?       never\n"},
    {"names that are wide",
     HEAD("200 OK") "{\"data\":[{\"username\":\"\xe4\xbd\xa0\xe5\xa5\xbd\"},"
		    "{\"username\":\"ab\"}]}",
     NULL, EXIT_OK, NULL,
     "NAME  CREATED  CHANGED\n"
     "\xe4\xbd\xa0\xe5\xa5\xbd  never    never\n"
     "ab    never    never\n"},
    {"noise", NULL, chatter, EXIT_OK, NULL,
     "NAME  CREATED  CHANGED\n"
     "eve   never    never\n"},
    {"a refusal",
     HEAD("409 Conflict") "{\"message\":\"no\\u001b[2J, \\nwell\"}", NULL,
     EXIT_FAILED, "llmrelayctl: no?[2J,  well\n", NULL},
    {"a long refusal", NULL, complain_at_length, EXIT_FAILED,
     "llmrelayctl: so: \xc3\xa9", NULL},
    {"a refusal without words", HEAD("500 X") "{}", NULL, EXIT_FAILED,
     "it was refused", NULL},
    {"a stranger's", HEAD("401 X") "{\"message\":\"x\"}", NULL,
     EXIT_UNREACHABLE, "does not take the token", NULL},
};

/* As the responder leaves it. */
static void write_control(const char *token)
{
	struct buf text = BUF_INIT(1024);

	buf_addf(&text, "token = %s\nsocket = %s/sock\npid = %d\n", token,
		 ctl_dir, (int)getpid());
	ctl_dir_write("control", text.data);
	buf_release(&text);
}

static void side_start(struct side *s, const struct script *script)
{
	*s = (struct side){.script = script, .params = BUF_INIT(65536)};
	pthread_create(&s->thread, NULL, side_main, s);
}

static void side_stop(struct side *s)
{
	struct buf path = BUF_INIT(256);

	shutdown(listener, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(listener);
	ctl_dir_path(&path, "sock");
	listener = peer_listen(path.data);
	buf_release(&path);
}

static void test_script(const struct script *script)
{
	const char *const words[] = {"--timeout",
				     script->act == nothing ? "1" : "30",
				     "admin", "list", NULL};
	bool torn = script->said && strcmp(script->said, TORN) == 0;
	struct ctl_run run;
	struct side side;
	int status;

	side_start(&side, script);
	ctl_start(&run, words, -1);
	status = ctl_finish(&run);
	side_stop(&side);
	is_int(status, script->status, "%s: exit status", script->name);
	if (script->said)
		ok(str_find(buf_str(&run.err), str_of(script->said)) !=
		       SIZE_MAX,
		   "%s: said why", script->name);
	is_text(buf_str(&run.out), script->shown ? script->shown : "",
		script->name);
	ok(run.err.len < 4096 && run.out.len < 4096, "%s: in few words",
	   script->name);
	is_int(side.requests, torn ? 2 : 1, "%s: asked so often", script->name);
	ctl_release(&run);
	buf_release(&side.params);
}

static void replace_token(int fd)
{
	write_control("fresh");
	answer(fd, HEAD("401 X") "{}");
}

/* A responder that has just been started again has another token. */
static void test_fresh_token(void)
{
	static const char *const words[] = {"admin", "list", NULL};
	static const struct script script = {.act = replace_token};
	struct ctl_run run;
	struct side side;

	write_control("stale");
	side_start(&side, &script);
	ctl_start(&run, words, -1);
	is_int(ctl_finish(&run), EXIT_UNREACHABLE, "a new token is tried");
	side_stop(&side);
	is_int(side.requests, 2, "once");
	ok(str_find(buf_str(&side.params), STR("HTTP_X_ADMIN_TOKEN=fresh\n")) !=
	       SIZE_MAX,
	   "the new one");
	ok(str_find(buf_str(&side.params), STR("REMOTE_ADDR=local\n")) !=
	       SIZE_MAX,
	   "from here");
	ctl_release(&run);
	buf_release(&side.params);
}

/* What may have been done is not asked for twice. */
static void test_change(void)
{
	static const char *const words[] = {"key", "create", "a", NULL};
	static const struct script script = {.act = leave};
	struct ctl_run run;
	struct side side;

	side_start(&side, &script);
	ctl_start(&run, words, -1);
	is_int(ctl_finish(&run), EXIT_UNREACHABLE, "a change that was torn");
	side_stop(&side);
	is_int(side.requests, 1, "is not asked for again");
	ctl_release(&run);
	buf_release(&side.params);
}

int main(void)
{
	struct buf path = BUF_INIT(256);

	signal(SIGPIPE, SIG_IGN);
	ctl_dir_make();
	ctl_dir_path(&path, "sock");
	listener = peer_listen(path.data);
	write_control("token");
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		test_script(&scripts[i]);
	test_change();
	test_fresh_token();
	close(listener);
	ctl_dir_remove();
	buf_release(&path);
	return done_testing();
}
