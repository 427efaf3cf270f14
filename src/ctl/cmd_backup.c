/* backup and verify. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/backup.h"
#include "app/owner.h"
#include "ctl/cmd.h"
#include "ctl/print.h"
#include "ctl/state.h"

enum { PATH_BYTES = 4096, BACKUP_MS = 24 * 3600 * 1000, PATIENT_MS = 60000 };

/* As the responder, which works elsewhere, finds it. */
static int add_directory(struct ctl *c)
{
	struct buf path = BUF_INIT(2 * PATH_BYTES);
	const char *name = c->argc ? c->argv[0] : "";
	char here[PATH_BYTES];

	if (strchr(name, '/') && name[0] != '/') {
		if (!getcwd(here, sizeof(here)))
			return ctl_usage("DIR must begin with / here");
		buf_addf(&path, "%s/", here);
	}
	buf_adds(&path, name);
	cJSON_AddStringToObject(c->body, "directory",
				path.data ? path.data : "");
	buf_release(&path);
	return CTL_OK;
}

static void print_verified(const struct verify_report *r)
{
	printf("whole: %lld accounts, %lld API keys, %lld requests in the "
	       "ledger\n",
	       (long long)r->accounts, (long long)r->keys,
	       (long long)r->requests);
}

static cJSON *verified_json(const struct verify_report *r)
{
	cJSON *o = cJSON_CreateObject();
	cJSON *list = cJSON_AddArrayToObject(o, "problems");
	struct str rest = buf_str(&r->text);

	json_add_int(o, "accounts", r->accounts);
	json_add_int(o, "apiKeys", r->keys);
	json_add_int(o, "requests", r->requests);
	json_add_int(o, "counters", r->counters);
	while (rest.n) {
		char line[ERR_MESSAGE_BYTES];

		str_put(line, sizeof(line), str_cut(&rest, '\n'));
		cJSON_AddItemToArray(list, cJSON_CreateString(line));
	}
	return o;
}

int state_report(const struct ctl *c, const struct verify_report *r,
		 const char *dir, cJSON *into)
{
	struct str rest = buf_str(&r->text);

	if (c->json)
		cJSON_AddItemToObject(into, "verified", verified_json(r));
	else if (!r->problems)
		print_verified(r);
	while (rest.n) {
		struct buf line = BUF_INIT(ERR_MESSAGE_BYTES);

		print_safe(&line, str_cut(&rest, '\n'));
		fprintf(stderr, "llmrelayctl: %s\n",
			line.data ? line.data : "");
		buf_release(&line);
	}
	if (!r->problems)
		return CTL_OK;
	fprintf(stderr, "llmrelayctl: %s is damaged: %lld problems\n", dir,
		(long long)r->problems);
	return CTL_FAILED;
}

static int verify_dir(struct ctl *c, const char *dir, const char *key_file,
		      cJSON *into)
{
	struct verify_report report;
	struct err e;
	int rc;

	verify_report_init(&report);
	rc = state_verify(c, dir, key_file, &report, &e);
	rc = rc < 0 ? ctl_fail(&e) : state_report(c, &report, dir, into);
	verify_report_release(&report);
	return rc;
}

/* The one of the backup, where it has one. */
static int verify_backup(struct ctl *c, const char *dir, cJSON *into)
{
	struct buf state = BUF_INIT(PATH_BYTES), key = BUF_INIT(PATH_BYTES);
	const char *key_file;
	int rc;

	backup_part(&state, dir, BACKUP_STATE);
	backup_part(&key, dir, BACKUP_KEY);
	key_file =
	    access(key.data, R_OK) == 0 ? key.data : c->settings.key_file;
	rc = verify_dir(c, state.data, key_file, into);
	buf_release(&state);
	buf_release(&key);
	return rc;
}

static void say_backup(const struct ctl *c, const cJSON *data)
{
	struct buf size = BUF_INIT(64);

	buf_addf(&size, "%.1f MB", json_double_or(data, "bytes", 0) / 1e6);
	print_named(json_string_or(data, "directory", ""), size.data);
	buf_release(&size);
	if (json_bool_or(data, "includesKey", false)) {
		print_note("the key file is in it: who reads the backup reads "
			   "all secrets");
		return;
	}
	fprintf(stderr,
		"note: the key file is not in it: keep a copy of %s elsewhere, "
		"without which\nnobody can restore anything (--with-key puts "
		"it in)\n",
		c->settings.key_file);
}

int ctl_backup(struct ctl *c)
{
	cJSON *answer, *data;
	bool unverified;
	int rc;

	/* Large states take their time. */
	if (c->timeout_ms == PATIENT_MS)
		c->timeout_ms = BACKUP_MS;
	if (add_directory(c) != CTL_OK)
		return CTL_USAGE;
	unverified = json_bool_or(c->body, "unverified", false);
	cJSON_DeleteItemFromObjectCaseSensitive(c->body, "unverified");
	rc = ctl_call(c, "POST", "/admin/backups", c->body, &answer);
	if (rc != CTL_OK)
		return rc;
	data = cJSON_GetObjectItemCaseSensitive(answer, "data");
	if (!c->json)
		say_backup(c, data);
	if (!unverified)
		rc = verify_backup(c, json_string_or(data, "directory", ""),
				   data);
	if (c->json)
		print_json(data);
	cJSON_Delete(answer);
	return rc;
}

static int verify(struct ctl *c, cJSON *into)
{
	struct buf dir = BUF_INIT(PATH_BYTES);
	struct err e;
	int rc;

	if (owner_become(c->settings.state_dir, &e) < 0)
		return ctl_fail(&e);
	if (!c->argc) {
		backup_part(&dir, c->settings.state_dir, BACKUP_STATE);
		rc = verify_dir(c, dir.data, c->settings.key_file, into);
	} else if (backup_path(&c->settings, str_of(c->argv[0]), &dir, &e) <
		   0) {
		rc = ctl_fail(&e);
	} else {
		rc = verify_backup(c, dir.data, into);
	}
	buf_release(&dir);
	return rc;
}

int ctl_verify(struct ctl *c)
{
	cJSON *o = cJSON_CreateObject(), *verified;
	int rc = verify(c, o);

	verified = cJSON_GetObjectItemCaseSensitive(o, "verified");
	if (verified)
		print_json(verified);
	cJSON_Delete(o);
	return rc;
}
