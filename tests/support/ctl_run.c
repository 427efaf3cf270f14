#include "tests/support/ctl_run.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { WAIT_MS = 10000, WORDS = 16 };

char ctl_dir[64];

static void give_up(const char *what)
{
	perror(what);
	exit(99);
}

void ctl_dir_path(struct buf *path, const char *name)
{
	buf_reset(path);
	buf_addf(path, "%s/%s", ctl_dir, name);
}

void ctl_dir_write(const char *name, const char *text)
{
	struct buf path = BUF_INIT(256);
	FILE *f;

	ctl_dir_path(&path, name);
	f = fopen(path.data, "w");
	if (!f || fputs(text, f) < 0 || fclose(f) != 0 ||
	    chmod(path.data, 0600) < 0)
		give_up(path.data);
	buf_release(&path);
}

void ctl_dir_make(void)
{
	struct buf conf = BUF_INIT(256);

	snprintf(ctl_dir, sizeof(ctl_dir), "/tmp/llmrelay-ctl-XXXXXX");
	if (!mkdtemp(ctl_dir))
		give_up(ctl_dir);
	buf_addf(&conf, "state_dir = %s\n", ctl_dir);
	ctl_dir_write("conf", conf.data);
	buf_release(&conf);
}

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *at)
{
	(void)st, (void)flag, (void)at;
	return remove(path);
}

void ctl_dir_remove(void)
{
	nftw(ctl_dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void become(const char *const *words, int terminal, int out, int err)
{
	const char *argv[WORDS + 4] = {"llmrelayctl", "--config"};
	struct buf conf = BUF_INIT(256);
	size_t n = 3;

	ctl_dir_path(&conf, "conf");
	argv[2] = conf.data;
	for (size_t i = 0; words[i] && i < WORDS; i++)
		argv[n++] = words[i];
	if (terminal < 0) {
		terminal = open("/dev/null", O_RDONLY);
	} else {
		setsid();
		ioctl(terminal, TIOCSCTTY, 0);
	}
	dup2(terminal, 0);
	dup2(out, 1);
	dup2(err, 2);
	execv("./llmrelayctl", (char *const *)(uintptr_t)argv);
	_exit(99);
}

void ctl_start(struct ctl_run *r, const char *const *words, int terminal)
{
	int out[2], err[2];

	*r = (struct ctl_run){.out = BUF_INIT(CTL_RUN_MAX),
			      .err = BUF_INIT(CTL_RUN_MAX)};
	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		give_up("pipe");
	r->pid = fork();
	if (r->pid < 0)
		give_up("fork");
	if (r->pid == 0)
		become(words, terminal, out[1], err[1]);
	close(out[1]);
	close(err[1]);
	r->out_fd = out[0];
	r->err_fd = err[0];
}

static void take(int *fd, struct buf *to)
{
	char bytes[4096];
	ssize_t n = read(*fd, bytes, sizeof(bytes));

	if (n > 0) {
		buf_add(to, bytes, (size_t)n);
	} else {
		close(*fd);
		*fd = -1;
	}
}

/* False when there is nothing more, or not in time. */
static bool take_some(struct ctl_run *r, int64_t until)
{
	struct pollfd p[] = {{.fd = r->out_fd, .events = POLLIN},
			     {.fd = r->err_fd, .events = POLLIN}};
	int64_t left = until - clock_mono_ms();

	if (r->out_fd < 0 && r->err_fd < 0)
		return false;
	if (left <= 0 || poll(p, 2, (int)left) <= 0)
		return false;
	if (p[0].revents)
		take(&r->out_fd, &r->out);
	if (p[1].revents)
		take(&r->err_fd, &r->err);
	return true;
}

bool ctl_wait_for(struct ctl_run *r, const char *text)
{
	int64_t until = clock_mono_ms() + WAIT_MS;

	while (str_find(buf_str(&r->err), str_of(text)) == SIZE_MAX) {
		if (!take_some(r, until))
			return false;
	}
	return true;
}

int ctl_finish(struct ctl_run *r)
{
	int64_t until = clock_mono_ms() + WAIT_MS;
	int status = -1;

	while (take_some(r, until))
		;
	if (r->out_fd >= 0 || r->err_fd >= 0)
		kill(r->pid, SIGKILL);
	waitpid(r->pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void ctl_release(struct ctl_run *r)
{
	if (r->out_fd >= 0)
		close(r->out_fd);
	if (r->err_fd >= 0)
		close(r->err_fd);
	buf_release(&r->out);
	buf_release(&r->err);
}
