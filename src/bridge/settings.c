#include "bridge/settings.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/mem.h"
#include "bridge/environment.h"

#define FILE_NAME "llmrelay-cgi.conf"

enum { PATH_BYTES = 4096 };

static const struct config_row rows[] = {
    {"config", CONFIG_STRING, offsetof(struct settings, config), 0, 0, NULL, "",
     "Configuration file of the responder; empty: its own default."},
    {"socket", CONFIG_STRING, offsetof(struct settings, socket), 0, 0, NULL,
     RUNDIR "/llmrelay.sock", "Unix socket that the responder listens on."},
    {"responder", CONFIG_STRING, offsetof(struct settings, responder), 0, 0,
     NULL, "llmrelay.fcgi",
     "Program that is started when nothing listens on the socket."},
    {"log", CONFIG_STRING, offsetof(struct settings, log), 0, 0, NULL, "",
     "File for the standard output and error of a responder started so; "
     "empty: none."},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Cuts path after its last '/'; false when it has none. */
static bool keep_folder(struct buf *path)
{
	while (path->len && path->data[path->len - 1] != '/')
		path->len--;
	if (path->data)
		path->data[path->len] = '\0';
	return path->len != 0;
}

/* The folder of the file that the server called, which may be a link, if the
 * settings lie there; else that of the program itself. */
static void find_folder(struct buf *folder, char *const *env)
{
	const char *script = environment_value(env, "SCRIPT_FILENAME");
	ssize_t n;
	char *room;

	buf_adds(folder, script);
	if (script[0] == '/' && keep_folder(folder)) {
		size_t length = folder->len;
		int rc;

		buf_adds(folder, FILE_NAME);
		rc = buf_ok(folder) ? access(folder->data, R_OK) : -1;
		folder->len = length;
		folder->data[length] = '\0';
		if (rc == 0)
			return;
	}
	buf_reset(folder);
	room = buf_room(folder, PATH_BYTES);
	n = readlink("/proc/self/exe", room, PATH_BYTES);
	buf_wrote(folder, n > 0 ? (size_t)n : 0);
	keep_folder(folder);
}

static void make_absolute(char **path, struct str folder)
{
	struct buf whole = BUF_INIT(2 * PATH_BYTES);

	if ((*path)[0] == '/' || (*path)[0] == '\0')
		return;
	buf_addstr(&whole, folder);
	buf_adds(&whole, *path);
	mem_free(*path);
	*path = buf_take(&whole, NULL);
}

static void override_by_environment(struct settings *s, char *const *env)
{
	static const char *const names[] = {
	    "LLMRELAY_CONFIG",
	    "LLMRELAY_SOCKET",
	    "LLMRELAY_RESPONDER",
	    "LLMRELAY_LOG",
	};

	_Static_assert(sizeof(names) / sizeof(names[0]) == ROWS,
		       "one name a row");
	for (size_t i = 0; i < ROWS; i++) {
		const char *value = environment_redirected(env, names[i]);

		if (value[0])
			config_set(s, rows, ROWS, str_of(rows[i].name),
				   str_of(value), NULL);
	}
}

int settings_load(struct settings *s, char *const *env, struct err *e)
{
	struct buf folder = BUF_INIT(2 * PATH_BYTES);
	struct buf file = BUF_INIT(3 * PATH_BYTES);
	int rc = 0;

	config_defaults(s, rows, ROWS);
	s->file = mem_strdup("");
	find_folder(&folder, env);
	buf_addstr(&file, buf_str(&folder));
	buf_adds(&file, FILE_NAME);
	if (access(file.data, F_OK) == 0) {
		mem_free(s->file);
		s->file = mem_strdup(file.data);
		rc = config_load(s, rows, ROWS, file.data, NULL, e);
	}
	override_by_environment(s, env);
	make_absolute(&s->config, buf_str(&folder));
	make_absolute(&s->socket, buf_str(&folder));
	make_absolute(&s->responder, buf_str(&folder));
	make_absolute(&s->log, buf_str(&folder));
	buf_release(&file);
	buf_release(&folder);
	return rc;
}

void settings_release(struct settings *s)
{
	config_release(s, rows, ROWS);
	mem_free(s->file);
	s->file = NULL;
}
