/* Passwords typed at a terminal: twice, without echo. */
#include "tests/support/tap.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "tests/support/ctl_run.h"

static int master = -1, slave = -1;

static void open_terminal(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 ||
	    (slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC)) <
		0) {
		diag("no terminal");
		exit(99);
	}
}

static bool echoes(void)
{
	struct termios t;

	return tcgetattr(slave, &t) == 0 && t.c_lflag & ECHO;
}

/* What came back from the terminal so far. */
static struct str echoed(char *bytes, size_t n)
{
	struct pollfd p = {.fd = master, .events = POLLIN};
	ssize_t got = poll(&p, 1, 0) == 1 ? read(master, bytes, n) : 0;

	return (struct str){bytes, got > 0 ? (size_t)got : 0};
}

static void type(struct ctl_run *run, const char *prompt, const char *text)
{
	ok(ctl_wait_for(run, prompt), "asks: %s", prompt);
	/* The prompt is written before the echo goes; what is typed too early
	 * is thrown away. */
	while (echoes())
		usleep(1000);
	if (write(master, text, strlen(text)) < 0)
		diag("cannot type");
}

static void check_silent(void)
{
	char bytes[256];
	struct str seen = echoed(bytes, sizeof(bytes));

	ok(str_find(seen, STR("horse")) == SIZE_MAX, "nothing typed is seen");
}

static const char *const create[] = {"admin", "create", "root", NULL};

static void test_twice(void)
{
	struct ctl_run run;

	ctl_start(&run, create, slave);
	type(&run, "password (empty: one is made up): ", "correct horse\n");
	type(&run, "made up) again: ", "correct horse\n");
	is_int(ctl_finish(&run), 0, "twice the same");
	is_text(buf_str(&run.out), "created administrator root\n",
		"is taken and not shown");
	ok(echoes(), "the echo is back");
	check_silent();
	ctl_release(&run);
}

static void test_different(void)
{
	static const char *const words[] = {"admin", "password", "root", NULL};
	struct ctl_run run;

	ctl_start(&run, words, slave);
	type(&run, "made up): ", "correct horse\n");
	type(&run, "again: ", "correct house\n");
	is_int(ctl_finish(&run), 1, "two that differ");
	ok(str_find(buf_str(&run.err), STR("nothing was changed")) != SIZE_MAX,
	   "change nothing");
	ok(echoes(), "the echo is back");
	check_silent();
	ctl_release(&run);
}

static void test_empty(void)
{
	static const char *const words[] = {"admin", "create", "second", NULL};
	struct ctl_run run;

	ctl_start(&run, words, slave);
	type(&run, "made up): ", "\n");
	is_int(ctl_finish(&run), 0, "none");
	ok(str_find(buf_str(&run.out), STR("\npassword: ")) != SIZE_MAX,
	   "one is made up");
	ctl_release(&run);
}

static void test_stdin_option(void)
{
	static const char *const words[] = {
	    "account", "add",	  "a", "--endpoint",
	    "ftp://x", "--model", "m", "--api-key-stdin",
	    NULL};
	struct ctl_run run;

	ctl_start(&run, words, slave);
	type(&run, "apiKey: ", "horse\n");
	is_int(ctl_finish(&run), 1, "a key is asked for once");
	ok(str_find(buf_str(&run.err), STR("Invalid endpoint")) != SIZE_MAX,
	   "and the rest goes on");
	check_silent();
	ctl_release(&run);
}

static void test_interrupted(void)
{
	struct ctl_run run;

	ctl_start(&run, create, slave);
	type(&run, "made up): ", "half\003");
	is_int(ctl_finish(&run), -1, "^C ends it");
	ok(echoes(), "with the echo back");
	ctl_release(&run);
}

int main(void)
{
	/* Ignored for what a shell starts in the background. */
	signal(SIGINT, SIG_DFL);
	ctl_dir_make();
	open_terminal();
	test_twice();
	test_different();
	test_empty();
	test_stdin_option();
	test_interrupted();
	close(master);
	close(slave);
	ctl_dir_remove();
	return done_testing();
}
