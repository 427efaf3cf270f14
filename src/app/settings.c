#include "app/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* STATEDIR, RUNDIR and CONFIG_FILE come from configure, as the paths in the
 * installed units and snippets do. */

#define AT(name) offsetof(struct settings, name)

enum {
	PATH_MOST = 4000,
	SOCKET_MOST = 107 /* of sockaddr_un, less the NUL */
};

const struct config_row settings_rows[] = {
    {"state_dir", CONFIG_PATH, AT(state_dir), 1, PATH_MOST, NULL, STATEDIR,
     "Folder of the database and the key file, on a local disk; only its owner "
     "may read it, and a responder that root starts becomes its owner."},
    {"socket", CONFIG_PATH, AT(socket), 1, SOCKET_MOST, NULL,
     RUNDIR "/llmrelay.sock",
     "Unix socket to listen on when the starter gives none (systemd does). Its "
     "mode is 0660: the web server must be in its group, which is that of the "
     "folder when the folder is setgid."},
    {"key_file", CONFIG_PATH, AT(key_file), 0, PATH_MOST, NULL, "",
     "File with the master key (32 bytes, mode 0600), made at first start; "
     "empty: master.key in state_dir."},
    {"log_file", CONFIG_PATH, AT(log_file), 0, PATH_MOST, NULL, "",
     "Log file; empty: standard error (the journal under systemd)."},
    {"log_level", CONFIG_WORD, AT(log_level), 0, 0, "error|warn|info|debug",
     "info", "What is logged: info has one line per request."},
    {"workers", CONFIG_INT, AT(workers), 1, 256, NULL, "12",
     "Threads that read requests and answer the admin interface."},
    {"loops", CONFIG_INT, AT(loops), 1, 64, NULL, "4",
     "Threads that relay streams; about one per 1,000 open streams."},
    {"max_body_bytes", CONFIG_INT, AT(max_body_bytes), 1024, 1 << 30, NULL,
     "33554432", "Largest request body in bytes; above it 413 is answered."},
    {"request_memory_mb", CONFIG_INT, AT(request_memory_mb), 64, 1 << 20, NULL,
     "2048",
     "Memory in MB that requests may hold until their answers begin, and "
     "answers "
     "without a stream until they are whole; above it 529 is answered."},
    {"grace_seconds", CONFIG_INT, AT(grace_seconds), 0, 86400, NULL, "60",
     "How long streams in flight may go on after a stop was asked for, in "
     "seconds."},
    {"store_cache_mb", CONFIG_INT, AT(store_cache_mb), 1, 65536, NULL, "32",
     "Cache of the database, in MB."},
    {"sync", CONFIG_WORD, AT(sync), 0, 0, "second|always", "second",
     "When usage records reach the disk: within a second, or before each "
     "answer ends. Either way they survive the death of the process."},
    {"connect_ms", CONFIG_INT, AT(connect_ms), 100, 600000, NULL, "10000",
     "Longest wait for a connection to a backend, in milliseconds."},
    {"first_byte_ms", CONFIG_INT, AT(first_byte_ms), 1000, 86400000, NULL,
     "900000",
     "Longest wait for the first byte of a backend's answer, in milliseconds."},
    {"idle_ms", CONFIG_INT, AT(idle_ms), 1000, 86400000, NULL, "600000",
     "Longest silence inside a backend's answer, in milliseconds."},
    {"total_ms", CONFIG_INT, AT(total_ms), 1000, 86400000, NULL, "7200000",
     "Longest duration of one exchange with a backend, in milliseconds."},
    {"ping_ms", CONFIG_INT, AT(ping_ms), 500, 60000, NULL, "10000",
     "A stream that was silent for so long gets a ping event, in "
     "milliseconds."},
    {"early_head_ms", CONFIG_INT, AT(early_head_ms), 500, 600000, NULL, "15000",
     "A stream whose backend says nothing for so long is opened and pinged, "
     "in milliseconds; later failures are error events."},
    {"queue_size", CONFIG_INT, AT(queue_size), 0, 10000, NULL, "0",
     "Requests of a key that wait for a place when its concurrency limit is "
     "reached, or all accounts that could serve are full; 0: they are refused "
     "at once."},
    {"queue_ms", CONFIG_INT, AT(queue_ms), 100, 300000, NULL, "10000",
     "Longest wait for such a place, in milliseconds; then 429 or 529 is "
     "answered."},
    {"strict_tool_pairs", CONFIG_BOOL, AT(strict_tool_pairs), 0, 0, NULL, "no",
     "Refuse histories with a tool call without result, or the reverse, "
     "instead of repairing them."},
    {"restore_model_names", CONFIG_BOOL, AT(restore_model_names), 0, 0, NULL,
     "yes",
     "In answers that are passed on as they are, put the name that the client "
     "asked for in the place of the backend's."},
    {"strip_attribution", CONFIG_BOOL, AT(strip_attribution), 0, 0, NULL, "yes",
     "Remove Claude Code's x-anthropic-billing-header line, which defeats the "
     "prefix caches of backends."},
    {"session_hours", CONFIG_INT, AT(session_hours), 1, 8760, NULL, "24",
     "Longest life of an admin session, in hours."},
    {"session_idle_hours", CONFIG_INT, AT(session_idle_hours), 1, 8760, NULL,
     "12", "An admin session ends when it was not used for so many hours."},
    {"ledger_days", CONFIG_INT, AT(ledger_days), 1, 36500, NULL, "90",
     "How long the row of each request and the counters of hours (these 32 "
     "days at least) are kept, in days; the counters of days are kept for "
     "good."},
    {"audit_days", CONFIG_INT, AT(audit_days), 1, 36500, NULL, "365",
     "How long it is kept who changed what and who logged in, in days."},
    {"threads", CONFIG_BOOL, AT(threads), 0, 0, NULL, "no",
     "Keep conversations, sealed, for clients that ask for message threads "
     "and then send new messages only (Anthropic's SDK 1.x)."},
    {"thread_minutes", CONFIG_INT, AT(thread_minutes), 5, 10080, NULL, "60",
     "How long such a conversation is kept after its last answer, in "
     "minutes."},
    {"thread_kb", CONFIG_INT, AT(thread_kb), 16, 65536, NULL, "8192",
     "Largest conversation that is kept, in KB; of larger ones clients send "
     "all of it each time."},
    {"threads_mb", CONFIG_INT, AT(threads_mb), 1, 1 << 20, NULL, "512",
     "What all kept conversations may take, in MB; above it the oldest go."},
    {"openai_endpoints", CONFIG_STRING, AT(openai_endpoints), 0, 0, NULL, "",
     "Addresses for new openai accounts that give none, by model: "
     "qwen3-32b=http://192.168.1.100:8000/v1, glm-4.6=http://... ; for other "
     "models it is https://api.openai.com/v1."},
    {"search_url", CONFIG_STRING, AT(search_url), 0, 0, NULL, "",
     "Address of a SearXNG (http://127.0.0.1:8888/search, with format json "
     "allowed) that is asked for Claude Code's WebSearch; empty: such requests "
     "are refused."},
    {"search_results", CONFIG_INT, AT(search_results), 1, 50, NULL, "10",
     "How many results of a search the model and the client get."},
    {"search_ms", CONFIG_INT, AT(search_ms), 200, 60000, NULL, "10000",
     "Longest duration of a search, in milliseconds."},
};
const size_t settings_count = sizeof(settings_rows) / sizeof(settings_rows[0]);

/* What is open, running or allocated since the start. */
static const char *const at_start[] = {
    "state_dir", "socket", "key_file",	     "log_file",
    "workers",	 "loops",  "store_cache_mb", "sync",
};

bool settings_needs_restart(const struct config_row *row)
{
	for (size_t i = 0; i < sizeof(at_start) / sizeof(at_start[0]); i++) {
		if (strcmp(row->name, at_start[i]) == 0)
			return true;
	}
	return false;
}

static void derive(char **path, const char *dir, const char *name)
{
	struct buf text = BUF_INIT(4096);

	if ((*path)[0] != '\0')
		return;
	buf_addf(&text, "%s/%s", dir, name);
	mem_free(*path);
	*path = buf_take(&text, NULL);
}

/* What cannot be asked is better known now than at the first search. */
static int check_search_url(const char *url, struct err *e)
{
	struct str s = str_of(url);
	bool good = s.n == 0 || str_starts(s, STR("http://")) ||
		    str_starts(s, STR("https://"));

	for (size_t i = 0; i < s.n; i++)
		good &= s.p[i] > ' ' && s.p[i] != 0x7f && s.p[i] != '#';
	return good ? 0
		    : err_set(e, ERR_BAD_REQUEST,
			      "search_url: expected http://host:port/search");
}

const char *settings_default_file(void)
{
	const char *path = getenv("LLMRELAY_CONFIG");

	if (path && path[0])
		return path;
	return access(CONFIG_FILE, F_OK) == 0 ? CONFIG_FILE : NULL;
}

int settings_read(struct settings *s, const char *path, const char *state_dir,
		  struct buf *report, struct err *e)
{
	config_defaults(s, settings_rows, settings_count);
	if (path && config_load(s, settings_rows, settings_count, path, report,
				e) < 0) {
		settings_release(s);
		return -1;
	}
	if (check_search_url(s->search_url, e) < 0) {
		settings_release(s);
		return -1;
	}
	if (state_dir) {
		mem_free(s->state_dir);
		s->state_dir = mem_strdup(state_dir);
	}
	derive(&s->key_file, s->state_dir, "master.key");
	return 0;
}

int settings_load(struct settings *s, const char *path, const char *state_dir,
		  struct err *e)
{
	return settings_read(s, path, state_dir, NULL, e);
}

void settings_release(struct settings *s)
{
	config_release(s, settings_rows, settings_count);
}
