/* Administrators and sessions; who may open an environment, and when not. */
#include "tests/support/tap.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/account.h"
#include "store/admin.h"
#include "store/api_key.h"
#include "store/env.h"
#include "store/ledger.h"
#include "tests/support/store_dir.h"

static void test_admin(struct store_dir *d)
{
	struct admin a = {.username = "root",
			  .password_hash = "$argon2id$v=19$x",
			  .created_ms = 1700000000001,
			  .updated_ms = 1700000000002};
	struct admin got;
	size_t n = 99;
	struct err e;

	ok(store_admin_count(d->s, &n, &e) == 0 && n == 0, "no admin yet");
	ok(store_admin_put(d->s, &a, &e) == 0, "an admin is stored");
	ok(store_admin_get(d->s, "root", &got, &e) == 0 &&
	       !strcmp(got.username, a.username) &&
	       !strcmp(got.password_hash, a.password_hash) &&
	       got.created_ms == a.created_ms && got.updated_ms == a.updated_ms,
	   "and read back, every field");
	ok(store_admin_count(d->s, &n, &e) == 0 && n == 1, "one admin");
	ok(store_admin_get(d->s, "roo", &got, &e) < 0 &&
	       e.kind == ERR_NOT_FOUND,
	   "another name is not found");
	ok(store_admin_delete(d->s, "root", &e) == 0, "deleted");
	ok(store_admin_delete(d->s, "root", &e) < 0 && e.kind == ERR_NOT_FOUND,
	   "deleted once only");
}

static struct admin_session session(const char *hash, const char *user,
				    enum session_kind kind)
{
	struct admin_session v = {.kind = kind,
				  .name = "ci",
				  .remote = "192.0.2.1",
				  .created_ms = 1000,
				  .active_ms = 2000,
				  .expires_ms = 9000};

	snprintf(v.hash, sizeof(v.hash), "%s", hash);
	snprintf(v.username, sizeof(v.username), "%s", user);
	store_new_id(v.id);
	return v;
}

static bool same_session(const struct admin_session *a,
			 const struct admin_session *b)
{
	return !strcmp(a->hash, b->hash) && !strcmp(a->id, b->id) &&
	       a->kind == b->kind && !strcmp(a->username, b->username) &&
	       !strcmp(a->name, b->name) && !strcmp(a->remote, b->remote) &&
	       a->created_ms == b->created_ms && a->active_ms == b->active_ms &&
	       a->expires_ms == b->expires_ms;
}

static void put(struct store_dir *d, struct admin_session v)
{
	struct err e;

	ok(store_session_put(d->s, &v, &e) == 0, "session %s", v.hash);
}

static void expect_sessions(struct store_dir *d, const char *want)
{
	struct admin_session *list;
	char got[200] = "";
	size_t n, at = 0;
	struct err e;

	ok(store_session_list(d->s, &list, &n, &e) == 0, "sessions");
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(got + at, sizeof(got) - at, "%s ",
				       list[i].hash);
	is_text(str_of(got), want, "these are left");
	mem_free(list);
}

static void test_session(struct store_dir *d)
{
	struct admin_session a = session("aa", "root", SESSION_TOKEN);
	struct admin_session got;
	struct admin_session bb = session("bb", "root", SESSION_LOGIN);
	struct admin_session old = session("old", "root", SESSION_LOGIN);
	struct admin_session token = session("tok", "root", SESSION_TOKEN);
	struct err e;

	bb.created_ms = 1;
	put(d, a);
	ok(store_session_get(d->s, "aa", &got, &e) == 0 &&
	       same_session(&got, &a),
	   "read back, every field");
	put(d, bb);
	put(d, session("cc", "eve", SESSION_LOGIN));
	ok(store_session_delete_user(d->s, "root", "bb", &e) == 0,
	   "all of a user but one");
	expect_sessions(d, "bb cc ");
	ok(store_session_delete_user(d->s, "root", NULL, &e) == 0, "all");
	expect_sessions(d, "cc ");
	ok(store_session_delete(d->s, "cc", &e) == 0, "one");
	ok(store_session_get(d->s, "cc", &got, &e) < 0 &&
	       e.kind == ERR_NOT_FOUND,
	   "is not found then");

	old.active_ms = 1000;
	old.created_ms = 1;
	token.expires_ms = 0;
	token.active_ms = 1;
	token.created_ms = 2;
	put(d, old);
	put(d, token);
	put(d, session("new", "root", SESSION_LOGIN));
	ok(store_session_expire(d->s, 2999, 1000, &e) == 0, "idle for 1 s");
	expect_sessions(d, "tok new ");
	ok(store_session_expire(d->s, 9000, 1000000, &e) == 0, "too old");
	expect_sessions(d, "tok ");
	ok(store_session_delete(d->s, "tok", &e) == 0, "the token is gone");
}

/* In another process: 0 when it is refused as it should be. */
static int try_open(const struct store_dir *d, pid_t owner)
{
	struct store_options o = {.dir = d->dir, .keys = &d->keys};
	struct store *s;
	struct err e;
	char want[64];

	snprintf(want, sizeof(want), "process %ld", (long)owner);
	if (store_open(&s, &o, &e) == 0)
		return 1;
	return e.kind == ERR_UNAVAILABLE && strstr(e.message, want) ? 0 : 2;
}

static void test_owner(struct store_dir *d)
{
	pid_t owner = getpid(), child = fork();
	int status = -1;

	if (child == 0)
		_exit(try_open(d, owner));
	waitpid(child, &status, 0);
	is_int(status, 0, "another process is refused and told the owner");
	is_int(try_open(d, owner), 0, "so is another opener in this one");
}

static void test_wrong_keys(struct store_dir *d)
{
	struct secret_keys other = d->keys;
	struct store_options o = {.dir = d->dir, .keys = &other};
	struct store *s;
	struct err e;

	store_dir_close(d);
	other.seal[5] ^= 1;
	ok(store_open(&s, &o, &e) < 0 && e.kind == ERR_INTERNAL &&
	       strstr(e.message, "key file"),
	   "another key file is refused");
	store_dir_open(d);
}

static int mode_of(const struct store_dir *d, const char *name)
{
	char path[400];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", d->dir, name);
	return stat(path, &st) == 0 ? (int)(st.st_mode & 0777) : -1;
}

static void test_readable_by_owner_only(struct store_dir *d)
{
	is_int(mode_of(d, ""), 0700, "mode of the folder");
	is_int(mode_of(d, "/owner.lock"), 0600, "mode of the lock file");
	is_int(mode_of(d, "/accounts.db"), 0600, "mode of a table");
	is_int(mode_of(d, "/log.0000000001"), 0600, "mode of the log");
}

/* Every kind of call once; all must refuse. */
static int refusals(struct store *s)
{
	struct account a;
	struct api_key k;
	struct admin admin = {.username = "x"};
	struct admin_session v = session("x", "x", SESSION_LOGIN);
	static struct ledger_row row = {.request_id = "req_x"};
	struct usage_totals totals;
	struct usage_query q = {0};
	int n = 0;
	struct err e;

	account_init(&a);
	api_key_init(&k);
#define REFUSED(call) n += (call) < 0 && e.kind == ERR_UNAVAILABLE
	REFUSED(store_account_put(s, &a, &e));
	REFUSED(store_account_get(s, "x", &a, &e));
	REFUSED(store_api_key_find(s, "x", &k, &e));
	REFUSED(store_api_key_put(s, &k, &e));
	REFUSED(store_admin_get(s, "x", &admin, &e));
	REFUSED(store_admin_put(s, &admin, &e));
	REFUSED(store_session_put(s, &v, &e));
	REFUSED(store_session_get(s, "x", &v, &e));
	REFUSED(store_inflight_add(s, &row, &e));
	REFUSED(store_settle(s, &row, 1, &e));
	REFUSED(store_ledger_find(s, "req_x", &row, &e));
	REFUSED(store_usage_sum(s, &q, &totals, &e));
#undef REFUSED
	account_release(&a);
	api_key_release(&k);
	return n;
}

/* In a process of its own, which does not outlive the panic: 0 when all calls
 * were refused. */
static int panic(struct store_dir *d)
{
	store_dir_open(d);
	if (store_panicked(d->s))
		return 1;
	d->s->env->set_flags(d->s->env, DB_PANIC_ENVIRONMENT, 1);
	if (refusals(d->s) != 12)
		return 2;
	if (!store_panicked(d->s))
		return 3;
	store_keep(d->s);
	return 0;
}

static void test_panic(struct store_dir *d)
{
	pid_t child;
	int status = -1;

	store_dir_close(d);
	child = fork();
	if (child == 0)
		_exit(panic(d));
	waitpid(child, &status, 0);
	is_int(status, 0, "after a panic every call is refused");
	store_dir_open(d);
	ok(!store_panicked(d->s), "opening again helps");
}

static void test_watch(struct store_dir *d)
{
	int slot = call_enter(&d->s->calls);
	int64_t begin = d->s->calls.since_ms[slot];

	atomic_store(&d->s->calls.since_ms[slot], begin - 12000);
	ok(store_stuck_ms(d->s) >= 12000, "a long call is seen");
	call_leave(&d->s->calls, slot);
	is_int(store_stuck_ms(d->s), 0, "until it ends");
}

static void test_ids(void)
{
	char a[STORE_ID_BYTES], b[STORE_ID_BYTES];

	store_new_id(a);
	store_new_id(b);
	ok(strlen(a) == 36 && a[14] == '7' && strchr("89ab", a[19]) &&
	       a[8] == '-' && a[23] == '-',
	   "an id is a UUID");
	ok(strcmp(a, b) != 0, "no two are the same");
}

int main(void)
{
	struct store_dir d;

	store_dir_make(&d);
	store_dir_open(&d);
	test_admin(&d);
	test_session(&d);
	test_owner(&d);
	test_wrong_keys(&d);
	test_readable_by_owner_only(&d);
	test_watch(&d);
	test_panic(&d);
	test_ids();
	store_keep(d.s);
	store_dir_remove(&d);
	return done_testing();
}
