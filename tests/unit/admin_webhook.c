/* The webhook: what is taken, what is shown, what is queued and given up. */
#include "tests/support/tap.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/hook.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/admin_client.h"
#include "tests/support/file.h"

static struct app_dir d;

static void put(const char *body, int status, const char *path,
		const char *want)
{
	admin_check(&d, "PUT /admin/webhook", body, status, path, want);
}

static void get(const char *path, const char *want)
{
	admin_check(&d, "GET /admin/webhook", NULL, 200, path, want);
}

static void test_refused(void)
{
	static const struct {
		const char *body, *message;
	} rows[] = {
	    {"{}", "url is required"},
	    {"{\"url\":\"\"}", "url must be http://host or https://host, with "
			       "a path and a query if need be"},
	    {"{\"url\":\"ftp://host/\"}",
	     "url must be http://host or https://host, with a path and a query "
	     "if need be"},
	    {"{\"url\":\"http://u:p@host/\"}",
	     "url must be http://host or https://host, with a path and a query "
	     "if need be"},
	    {"{\"url\":\"http://host/?a#b\"}",
	     "url must be http://host or https://host, with a path and a query "
	     "if need be"},
	    {"{\"url\":\"http://host/?a b\"}",
	     "url must be http://host or https://host, with a path and a query "
	     "if need be"},
	    {"{\"url\":\"http://169.254.169.254/latest?x=1\"}",
	     "This address is refused: link-local and metadata addresses "
	     "cannot be model servers"},
	    {"{\"url\":\"http://0xa9fea9fe/?x=1\"}",
	     "This address is refused: link-local and metadata addresses "
	     "cannot be model servers"},
	    {"{\"url\":\"http://h/\",\"events\":[\"x\"]}",
	     "events may have accountAnomaly, accountRecovery, quotaWarning"},
	    {"{\"url\":\"http://h/\",\"events\":[\"test\"]}",
	     "events may have accountAnomaly, accountRecovery, quotaWarning"},
	    {"{\"url\":\"http://h/\",\"secret\":\"short\"}",
	     "secret must have 16 to 256 characters"},
	    {"{\"url\":\"http://h/\",\"secret\":\"0123456789abcdef\\n\"}",
	     "secret must have 16 to 256 characters"},
	    {"{\"url\":7}", "url must be a string"},
	    {"[]", "The request body must be an object"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		put(rows[i].body, 400, "message", rows[i].message);
	get("data.url", "null");
	get("data.active", "false");
	get("data.hasSecret", "false");
	get("data.updatedAt", "null");
	admin_check(&d, "POST /admin/webhook/test", NULL, 409, "message",
		    "There is no webhook: PUT its url");
}

static const char *stored_url(struct webhook *w)
{
	struct err e;

	webhook_release(w);
	if (store_webhook_get(d.app.store, w, &e) < 0)
		ok(false, "the record: %s", e.message);
	return w->url ? w->url : "";
}

static void test_shown(void)
{
	struct webhook w = {.url = NULL};
	int status;
	cJSON *answer;
	char *secret;

	put("{\"url\":\"https://h.example/in?token=hidden\","
	    "\"secret\":\"0123456789abcdef\"}",
	    200, "data.url", "https://h.example/in?***");
	get("data.active", "true");
	get("data.events",
	    "[\"accountAnomaly\",\"accountRecovery\",\"quotaWarning\"]");
	get("data.hasSecret", "true");
	get("data.secret", "absent");
	is_text(str_of(stored_url(&w)), "https://h.example/in?token=hidden",
		"as it was given");
	is_text(str_of(w.secret), "0123456789abcdef", "secret");
	/* A form sends back what it was shown. */
	put("{\"url\":\"https://h.example/in?***\",\"events\":[]}", 200,
	    "data.events", "[]");
	is_text(str_of(stored_url(&w)), "https://h.example/in?token=hidden",
		"kept");
	answer = admin_call(&d, "PUT", "/admin/webhook", "{\"newSecret\":true}",
			    &status);
	secret = admin_text(answer, "data.secret");
	is_int(status, 200, "a new secret: status");
	is_int((int64_t)strlen(secret), 43, "a new secret");
	stored_url(&w);
	is_text(str_of(w.secret), secret, "kept");
	mem_free(secret);
	cJSON_Delete(answer);
	put("{\"secret\":null}", 200, "data.hasSecret", "false");
	put("{\"url\":null}", 200, "data.url", "null");
	get("data.active", "false");
	webhook_release(&w);
}

static bool state_has(const char *needle)
{
	char path[600];
	bool found = false;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/db", d.settings.state_dir);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)) != NULL) {
		struct str text = file_read(path, entry->d_name);

		found |= str_find(text, str_of(needle)) != SIZE_MAX;
		mem_free((char *)(uintptr_t)text.p);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* Neither stands in the files as it is. */
static void test_sealed(void)
{
	put("{\"url\":\"http://h.example/s3aledurl\",\"active\":false,"
	    "\"secret\":\"s3aledsecret-of-the-hook\"}",
	    200, "data.active", "false");
	ok(state_has("updatedMs"), "the files were read");
	ok(!state_has("s3aledurl"), "the address is sealed");
	ok(!state_has("s3aledsecret"), "the secret is sealed");
}

/* Ticks until the first one was tried so often, or is gone. */
static void tick_until(struct hook *h, int64_t tries, struct hook_status *s)
{
	int64_t until = clock_mono_ms() + 10000;

	do {
		struct timespec pause = {0, 2000000};

		hook_tick(h);
		nanosleep(&pause, NULL);
		hook_status(h, s);
	} while (s->error_ms == 0 && s->tries < tries &&
		 clock_mono_ms() < until);
}

static void note(struct hook *h, int key, const char *limit)
{
	char id[STORE_ID_BYTES];
	struct err e;

	snprintf(id, sizeof(id), "key-%d", key);
	err_set(&e, ERR_RATE_LIMIT, "it has used all");
	str_put(e.code, sizeof(e.code), str_of(limit));
	hook_key_limit(h, id, &e);
}

static void test_queue(void)
{
	/* Nothing listens at port 1. */
	struct webhook w = {.active = true,
			    .url = mem_strdup("http://127.0.0.1:1/"),
			    .events = hook_bit(HOOK_KEY_LIMIT)};
	struct hook *h = hook_new(&d.app);
	struct hook_status s;

	note(h, 1, "a");
	hook_tick(h);
	hook_status(h, &s);
	is_int(s.queued, 0, "nowhere to send it");
	hook_set(h, &w);
	for (int i = 0; i < 5; i++) {
		note(h, 1, "a");
		note(h, 1, "b");
		note(h, 2, "a");
	}
	tick_until(h, 1, &s);
	is_int(s.queued, 3, "each limit of a key once");
	is_int(s.tries, 1, "one try");
	is_int(s.sent, 0, "none was sent");
	ok(s.wait_ms > 0 && s.wait_ms <= 1000, "a second's pause");
	is_text(str_of(s.error.error), "the connection was refused", "why");
	for (int i = 10; i < 200; i++) {
		note(h, i, "a");
		if (i % 50 == 0)
			hook_tick(h);
	}
	hook_tick(h);
	hook_status(h, &s);
	is_int(s.queued, HOOK_QUEUE, "no more than this wait");
	ok(s.dropped > 0, "the others are counted");
	w.active = false;
	hook_set(h, &w);
	hook_status(h, &s);
	ok(s.queued <= 1, "switched off: nothing waits");
	hook_stop(h);
	webhook_release(&w);
	/* What was on its way has ended before this. */
	app_dir_stop(&d);
	hook_free(h);
}

/* More limits than can be remembered: that the account is back is told. */
static void test_crowd(void)
{
	struct webhook w = {.active = true,
			    .url = mem_strdup("http://127.0.0.1:1/"),
			    .events = hook_bit(HOOK_ACCOUNT_BACK) |
				      hook_bit(HOOK_KEY_LIMIT)};
	struct hook *h = hook_new(&d.app);
	struct hook_status s;
	int status;
	cJSON *made = admin_call(&d, "POST", "/admin/openai-accounts",
				 "{\"name\":\"a\","
				 "\"baseApi\":\"http://127.0.0.1:1/v1\"}",
				 &status);
	char *id = admin_text(made, "data.id");

	hook_stop(h); /* nothing is sent, all is queued */
	hook_set(h, &w);
	for (int i = 0; i < 3; i++)
		pool_doubt(d.app.pool, id, "it fails", clock_mono_ms());
	hook_tick(h);
	for (int i = 0; i < 300; i++) {
		note(h, i, "a");
		hook_tick(h);
	}
	w.events = hook_bit(HOOK_ACCOUNT_BACK);
	hook_set(h, &w);
	hook_status(h, &s);
	is_int(s.dropped, 300 - HOOK_QUEUE, "the crowd");
	pool_reset(d.app.pool, id);
	hook_tick(h);
	hook_status(h, &s);
	is_int(s.dropped, 301 - HOOK_QUEUE, "and the account is back");
	webhook_release(&w);
	hook_free(h);
	mem_free(id);
	cJSON_Delete(made);
}

/* RFC 4231, test case 2. */
static void test_signature(void)
{
	char hash[65];

	secret_hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"),
			   hash);
	is_text(str_of(hash),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec38"
		"43",
		"HMAC-SHA256");
}

int main(void)
{
	admin_client_start(&d);
	test_signature();
	test_refused();
	test_shown();
	test_sealed();
	test_crowd();
	test_queue();
	return done_testing();
}
