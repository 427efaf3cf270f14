#include "ctl/input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/secret.h"

enum { LINE_BYTES = 4096, FILE_BYTES = 1024 * 1024 };

/* Byte by byte: what follows the line stays for whoever reads next. */
static int read_line(int fd, const char *from, struct buf *out, struct err *e)
{
	ssize_t n;
	char c;

	while ((n = read(fd, &c, 1)) == 1 && c != '\n')
		buf_addc(out, c);
	if (n < 0)
		return err_set(e, ERR_BAD_REQUEST, "%s: %s", from,
			       strerror(errno));
	if (n == 0 && out->len == 0)
		return err_set(e, ERR_BAD_REQUEST, "%s: no line to read", from);
	if (!buf_ok(out))
		return err_set(e, ERR_BAD_REQUEST,
			       "%s: the line is longer than %d bytes", from,
			       LINE_BYTES);
	if (out->len && out->data[out->len - 1] == '\r')
		out->data[--out->len] = '\0';
	return 0;
}

static void init_line(struct buf *out)
{
	/* All at once: growing would leave copies behind. */
	buf_init(out, LINE_BYTES);
	buf_room(out, LINE_BYTES);
	buf_wrote(out, 0);
}

int input_line_of_file(const char *path, struct buf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;

	init_line(out);
	if (fd < 0)
		return err_set(e, ERR_BAD_REQUEST, "%s: %s", path,
			       strerror(errno));
	rc = read_line(fd, path, out, e);
	close(fd);
	return rc;
}

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	interrupted = sig;
}

/* An interruption must not leave the terminal without echo: it ends the read,
 * and counts once the echo is back. */
static int ask(const char *prompt, struct buf *out, struct err *e)
{
	static const int stops[] = {SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
	enum { STOPS = sizeof(stops) / sizeof(stops[0]) };
	struct sigaction catch = {.sa_handler = on_signal}, old[STOPS];
	struct termios before, quiet;
	int rc;

	if (tcgetattr(STDIN_FILENO, &before) < 0)
		return err_set(e, ERR_BAD_REQUEST, "standard input: %s",
			       strerror(errno));
	interrupted = 0;
	for (int i = 0; i < STOPS; i++)
		sigaction(stops[i], &catch, &old[i]);
	fputs(prompt, stderr);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	rc = read_line(STDIN_FILENO, "the terminal", out, e);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	for (int i = 0; i < STOPS; i++)
		sigaction(stops[i], &old[i], NULL);
	if (interrupted) {
		raise(interrupted);
		rc = err_set(e, ERR_BAD_REQUEST, "interrupted");
	}
	return rc;
}

static int ask_for(const char *name, const char *rest, struct buf *out,
		   struct err *e)
{
	struct buf prompt = BUF_INIT(256);
	int rc;

	buf_addf(&prompt, "%s%s: ", name, rest);
	rc = ask(prompt.data, out, e);
	buf_release(&prompt);
	return rc;
}

int input_secret(const char *name, struct buf *out, struct err *e)
{
	init_line(out);
	if (!isatty(STDIN_FILENO))
		return read_line(STDIN_FILENO, "standard input", out, e);
	return ask_for(name, "", out, e);
}

int input_new_secret(const char *name, struct buf *out, struct err *e)
{
	struct buf again;
	int rc = input_secret(name, out, e);

	if (rc < 0 || !isatty(STDIN_FILENO) || !out->len)
		return rc;
	init_line(&again);
	rc = ask_for(name, " again", &again, e);
	if (rc == 0 && !str_eq(buf_str(out), buf_str(&again)))
		rc = err_set(e, ERR_BAD_REQUEST,
			     "the two are not the same; nothing was changed");
	input_wipe(&again);
	return rc;
}

void input_wipe(struct buf *secret)
{
	if (secret->data)
		secret_wipe(secret->data, secret->cap);
	buf_release(secret);
}

static int read_all(int fd, const char *path, struct buf *out, struct err *e)
{
	ssize_t n = 1;

	while (n > 0) {
		char *room = buf_room(out, 4096);

		if (!room)
			return err_set(e, ERR_TOO_LARGE,
				       "%s: larger than %d bytes", path,
				       FILE_BYTES);
		n = read(fd, room, 4096);
		if (n > 0)
			buf_wrote(out, (size_t)n);
	}
	if (n < 0)
		return err_set(e, ERR_BAD_REQUEST, "%s: %s", path,
			       strerror(errno));
	return 0;
}

cJSON *input_json(const char *path, struct err *e)
{
	struct buf text = BUF_INIT(FILE_BYTES);
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	cJSON *tree = NULL;
	struct err why;

	if (fd < 0) {
		err_set(e, ERR_BAD_REQUEST, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (read_all(fd, path, &text, e) == 0) {
		tree = json_parse(buf_str(&text), &why);
		if (!tree)
			err_set(e, ERR_BAD_REQUEST, "%s: no valid JSON", path);
	}
	if (!is_stdin)
		close(fd);
	input_wipe(&text); /* it may hold keys */
	return tree;
}
