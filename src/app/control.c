#include "app/control.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"

enum { PATH_BYTES = 4096, FILE_BYTES = 8192 };

static const struct config_row rows[] = {
    {"token", CONFIG_STRING, offsetof(struct control, token), 0, 0, NULL, "",
     ""},
    {"socket", CONFIG_STRING, offsetof(struct control, socket), 0, 0, NULL, "",
     ""},
    {"pid", CONFIG_INT, offsetof(struct control, pid), 0, INT32_MAX, NULL, "0",
     ""},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

void control_renew(struct app *app, char token[CONTROL_TOKEN + 1])
{
	secret_hex(token, CONTROL_TOKEN);
	secret_hash(&app->keys, (struct str){token, CONTROL_TOKEN},
		    app->control_hash);
}

bool control_matches(const struct app *app, struct str token)
{
	char hash[SECRET_HASH_HEX];

	if (!app->control_hash[0] || token.n != CONTROL_TOKEN)
		return false;
	secret_hash(&app->keys, token, hash);
	return secret_equal(str_of(hash), str_of(app->control_hash));
}

static void add_path(struct buf *path, const char *state_dir, const char *tail)
{
	buf_addf(path, "%s/control%s", state_dir, tail);
}

/* The path that a listening socket is bound to, seen from anywhere; "" when it
 * has none. */
static void add_socket(struct buf *text, int listen_fd)
{
	struct sockaddr_un name = {.sun_family = AF_UNSPEC};
	char path[sizeof(name.sun_path) + 1] = "", whole[PATH_MAX];
	socklen_t n = sizeof(name);

	if (getsockname(listen_fd, (struct sockaddr *)&name, &n) < 0 ||
	    name.sun_family != AF_UNIX)
		return;
	memcpy(path, name.sun_path, sizeof(name.sun_path));
	buf_adds(text, path[0] && realpath(path, whole) ? whole : path);
}

static int write_new(const char *path, struct str text)
{
	int fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	ssize_t n = fd < 0 ? -1 : write(fd, text.p, text.n);

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)text.n ? 0 : -1;
}

/* In one step, so that no reader sees half of it. */
static int replace(const char *state_dir, struct str text)
{
	struct buf path = BUF_INIT(PATH_BYTES), fresh = BUF_INIT(PATH_BYTES);
	int rc = -1;

	add_path(&path, state_dir, "");
	add_path(&fresh, state_dir, ".new");
	if (buf_ok(&path) && buf_ok(&fresh)) {
		unlink(fresh.data); /* left by a crash */
		rc = write_new(fresh.data, text);
		if (rc == 0)
			rc = rename(fresh.data, path.data);
	}
	buf_release(&path);
	buf_release(&fresh);
	return rc;
}

void control_publish(struct app *app, int listen_fd)
{
	struct buf text = BUF_INIT(FILE_BYTES);
	char token[CONTROL_TOKEN + 1];

	control_renew(app, token);
	buf_addf(&text,
		 "# Made by the responder, for llmrelayctl.\n"
		 "token = %s\nsocket = ",
		 token);
	add_socket(&text, listen_fd);
	buf_addf(&text, "\npid = %ld\n", (long)getpid());
	if (replace(app->settings->state_dir, buf_str(&text)) == 0) {
		app->control_published = true;
	} else {
		log_note(LOG_WARN, "control",
			 "llmrelayctl cannot reach this process: cannot write "
			 "%s/control: %s",
			 app->settings->state_dir, strerror(errno));
		control_withdraw(app);
	}
	secret_wipe(text.data, text.len);
	secret_wipe(token, sizeof(token));
	buf_release(&text);
}

void control_withdraw(struct app *app)
{
	struct buf path = BUF_INIT(PATH_BYTES);

	secret_wipe(app->control_hash, sizeof(app->control_hash));
	if (app->control_published) {
		add_path(&path, app->settings->state_dir, "");
		unlink(path.data);
	}
	app->control_published = false;
	buf_release(&path);
}

enum control_found control_read(const char *state_dir, struct control *out,
				struct err *e)
{
	struct buf path = BUF_INIT(PATH_BYTES);
	enum control_found found = CONTROL_BROKEN;
	int rc;

	add_path(&path, state_dir, "");
	config_defaults(out, rows, ROWS);
	rc = buf_ok(&path) ? access(path.data, R_OK) : -1;
	if (rc < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		found = CONTROL_ABSENT;
	} else if (rc < 0 && errno == EACCES) {
		found = CONTROL_DENIED;
		err_set(e, ERR_FORBIDDEN, "%s: %s", path.data, strerror(errno));
	} else if (config_load(out, rows, ROWS, path.data, NULL, e) == 0) {
		found = CONTROL_THERE;
	}
	buf_release(&path);
	if (found != CONTROL_THERE)
		control_release(out);
	return found;
}

void control_release(struct control *c)
{
	if (c->token)
		secret_wipe(c->token, strlen(c->token));
	config_release(c, rows, ROWS);
}
