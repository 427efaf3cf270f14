#include "app/reload.h"

#include <pthread.h>
#include <string.h>

#include "app/accounts.h"
#include "base/log.h"
#include "base/mem.h"

enum {
	REPORT_BYTES = 256 * 1024,
	KEPT_MOST = 10000 /* changes between two starts */
};

struct kept_settings {
	struct settings settings;
	struct kept_settings *next;
	unsigned n; /* of the list from here */
};

void reload_report_init(struct reload_report *r)
{
	buf_init(&r->changed, REPORT_BYTES);
	buf_init(&r->restart, REPORT_BYTES);
	buf_init(&r->errors, REPORT_BYTES);
}

void reload_report_release(struct reload_report *r)
{
	buf_release(&r->changed);
	buf_release(&r->restart);
	buf_release(&r->errors);
}

/* What needs a new start stays as it runs, in the new settings too. */
static void compare(struct settings *fresh, const struct settings *now,
		    struct reload_report *report)
{
	for (size_t i = 0; i < settings_count; i++) {
		const struct config_row *row = &settings_rows[i];

		if (config_same(fresh, now, row))
			continue;
		if (settings_needs_restart(row)) {
			config_copy(fresh, now, row);
			buf_addf(&report->restart, "%s\n", row->name);
		} else {
			buf_addf(&report->changed, "%s\n", row->name);
		}
	}
}

/* Accounts carry the times that count for them. */
static bool concerns_accounts(const struct settings *a,
			      const struct settings *b)
{
	return a->connect_ms != b->connect_ms ||
	       a->first_byte_ms != b->first_byte_ms ||
	       a->idle_ms != b->idle_ms || a->total_ms != b->total_ms;
}

static int publish(struct app *app, struct settings *fresh,
		   const struct settings *now, struct err *e)
{
	struct kept_settings *kept;
	enum log_level level = LOG_INFO;

	if (app->kept && app->kept->n >= KEPT_MOST)
		return err_set(e, ERR_CONFLICT,
			       "The settings changed %d times since the start: "
			       "start the responder anew",
			       (int)KEPT_MOST);
	kept = mem_zalloc(sizeof(*kept));
	kept->settings = *fresh;
	memset(fresh, 0, sizeof(*fresh));
	kept->next = app->kept;
	kept->n = kept->next ? kept->next->n + 1 : 1;
	app->kept = kept;
	app->settings = &kept->settings;
	if (strcmp(kept->settings.log_level, now->log_level) != 0 &&
	    log_level_parse(str_of(kept->settings.log_level), &level) == 0)
		log_set_level(level);
	if (concerns_accounts(&kept->settings, now))
		return accounts_renew(app, e);
	return 0;
}

static void log_lines(enum log_level level, const char *what,
		      const struct buf *lines)
{
	struct str rest = buf_str(lines);

	while (rest.n) {
		struct str line = str_cut(&rest, '\n');

		log_note(level, "reload", "%s%.*s", what, STR_ARG(line));
	}
}

static int reread(struct app *app, struct reload_report *report, struct err *e)
{
	const struct settings *now = app->settings;
	struct settings fresh;
	int rc = 0;

	if (!app->source)
		return err_set(
		    e, ERR_CONFLICT,
		    "This process has no configuration of its own to "
		    "read again");
	if (settings_read(&fresh, app->source->path, app->source->state_dir,
			  &report->errors, e) < 0) {
		if (!report->errors.len)
			buf_addf(&report->errors, "%s\n", e->message);
		return -1;
	}
	compare(&fresh, now, report);
	if (report->changed.len)
		rc = publish(app, &fresh, now, e);
	settings_release(&fresh);
	return rc;
}

/* One at a time, from signals and administrators. */
static pthread_mutex_t in_turn = PTHREAD_MUTEX_INITIALIZER;

int reload(struct app *app, struct reload_report *report, struct err *e)
{
	int rc;

	pthread_mutex_lock(&in_turn);
	rc = reread(app, report, e);
	pthread_mutex_unlock(&in_turn);
	log_lines(LOG_ERROR, "nothing is changed: ", &report->errors);
	log_lines(LOG_INFO, "changed: ", &report->changed);
	log_lines(LOG_WARN, "needs a new start: ", &report->restart);
	if (rc < 0 && !report->errors.len)
		log_note(LOG_ERROR, "reload", "%s", e->message);
	else if (rc == 0 && !report->changed.len && !report->restart.len)
		log_note(LOG_INFO, "reload", "nothing has changed");
	return rc;
}

void reload_release(struct app *app)
{
	while (app->kept) {
		struct kept_settings *k = app->kept;

		app->kept = k->next;
		settings_release(&k->settings);
		mem_free(k);
	}
}
