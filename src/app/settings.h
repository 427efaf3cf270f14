/* Everything that the configuration file can say, as one table. */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include "base/config.h"

struct settings {
	char *state_dir;
	char *socket;
	char *key_file;
	char *log_file;
	char *log_level;
	int64_t workers, loops;
	int64_t max_body_bytes;
	int64_t grace_seconds;
	int64_t store_cache_mb;
	char *sync;
	int64_t connect_ms, first_byte_ms, idle_ms, total_ms;
	int64_t request_memory_mb;
	int64_t ping_ms, early_head_ms;
	int64_t queue_size, queue_ms;
	bool strict_tool_pairs;
	bool restore_model_names;
	bool strip_attribution;
	int64_t session_hours, session_idle_hours;
	int64_t ledger_days, audit_days;
	bool threads;
	int64_t thread_minutes, thread_kb, threads_mb;
	char *openai_endpoints;
	char *search_url;
	int64_t search_results, search_ms;
};

/* Where they came from, to read them again. */
struct settings_source {
	const char *path;      /* NULL: no file */
	const char *state_dir; /* instead of the configured one; or NULL */
};

extern const struct config_row settings_rows[];
extern const size_t settings_count;

/* What counts when no file was named: $LLMRELAY_CONFIG, else the installed
 * llmrelay.conf if there is one, else NULL. */
const char *settings_default_file(void);
/*
 * Defaults, then the file (path NULL: none), then state_dir when it is given.
 * An empty key_file is derived from state_dir.  ERR_BAD_REQUEST names file,
 * line and reason.
 */
int settings_load(struct settings *s, const char *path, const char *state_dir,
		  struct err *e);
/* The same; report gets every error, each a line. */
int settings_read(struct settings *s, const char *path, const char *state_dir,
		  struct buf *report, struct err *e);
/* Only a new start brings a change of it about. */
bool settings_needs_restart(const struct config_row *row);
void settings_release(struct settings *s);

#endif
