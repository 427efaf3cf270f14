#include "tests/support/relay_lab.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/accounts.h"
#include "base/clock.h"
#include "base/mem.h"
#include "relay/relay.h"
#include "tests/support/tap.h"

enum { PATIENCE_MS = 10000, PRIORITY_FIRST = 100, ID_BYTES = 28 };

static void give_up(const char *what)
{
	diag("relay_lab: %s", what);
	exit(1);
}

void lab_put_key(struct relay_lab *lab)
{
	struct err e;

	secret_hash(&lab->d.app.keys, str_of(LAB_KEY), lab->key.hash);
	if (store_api_key_put(lab->d.app.store, &lab->key, &e) < 0)
		give_up(e.message);
}

void relay_lab_start(struct relay_lab *lab)
{
	*lab = (struct relay_lab){.naccounts = 0};
	lab->helper_busy = io_flag_new();
	lab->helper_go = io_flag_new();
	relay_backend_start(&lab->backend);
	app_dir_start(&lab->d, relay_serve);
	api_key_init(&lab->key);
	mem_free(lab->key.name);
	lab->key.name = mem_strdup("lab");
	lab_put_key(lab);
}

void relay_lab_stop(struct relay_lab *lab)
{
	app_dir_stop(&lab->d);
	relay_backend_stop(&lab->backend);
	io_flag_free(lab->helper_busy);
	io_flag_free(lab->helper_go);
	api_key_release(&lab->key);
}

static void replace(char **field, const char *value)
{
	mem_free(*field);
	*field = mem_strdup(value);
}

void lab_account_with(struct relay_lab *lab, const char *name, const char *path,
		      void (*edit)(struct account *a))
{
	struct buf address = BUF_INIT(256);
	struct account a;
	struct err e;

	account_init(&a);
	if (path[0] == '/')
		buf_addf(&address, "http://127.0.0.1:%d%s",
			 io_server_port(lab->backend.server), path);
	else
		buf_adds(&address, path);
	replace(&a.name, name);
	replace(&a.address, address.data);
	replace(&a.deployment, "qwen");
	replace(&a.api_key, "sk-lab");
	a.priority = PRIORITY_FIRST - (int64_t)lab->naccounts;
	if (edit)
		edit(&a);
	if (lab->naccounts == LAB_ACCOUNTS ||
	    accounts_put(&lab->d.app, &a, &e) < 0)
		give_up("cannot make an account");
	memcpy(lab->ids[lab->naccounts++], a.id, STORE_ID_BYTES);
	account_release(&a);
	buf_release(&address);
}

void lab_account(struct relay_lab *lab, const char *name, const char *path)
{
	lab_account_with(lab, name, path, NULL);
}

struct fcgi_call lab_call(const char *body)
{
	return (struct fcgi_call){
	    .method = "POST",
	    .uri = "/v1/messages",
	    .headers = {LAB_HEADER, "content-type: application/json"},
	    .body = body,
	};
}

static void nap(void)
{
	struct timespec t = {0, 2000000};

	nanosleep(&t, NULL);
}

int lab_begin(struct relay_lab *lab, const struct fcgi_call *call)
{
	int64_t now_ms = clock_wall_ms();
	int fd;

	/* Whatever came before was accepted by now. */
	while (clock_wall_ms() <= now_ms)
		nap();
	fd = fcgi_client_connect(lab->d.socket);
	if (fd < 0 || fcgi_client_send(fd, call) < 0)
		give_up("cannot send a request");
	return fd;
}

void lab_ask(struct relay_lab *lab, const char *body, struct fcgi_reply *reply)
{
	struct fcgi_call call = lab_call(body);

	fcgi_client_call(lab->d.socket, &call, reply);
}

static bool wait_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, PATIENCE_MS) == 1;
}

bool lab_read_until(int fd, struct fcgi_reply *reply, const char *text)
{
	while (str_find(buf_str(&reply->out), str_of(text)) == SIZE_MAX) {
		if (!wait_readable(fd) || fcgi_client_read(fd, reply) <= 0)
			return str_find(buf_str(&reply->out), str_of(text)) !=
			       SIZE_MAX;
	}
	return true;
}

bool lab_read_all(int fd, struct fcgi_reply *reply)
{
	int rc = 1;

	while (rc > 0 && wait_readable(fd))
		rc = fcgi_client_read(fd, reply);
	return rc == 0 && reply->ended;
}

static bool is_id_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* "msg_" and "req_" with 24 characters of base62 -> "msg_*", "req_*" */
static void mask_ids(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		struct str rest = str_sub(s, i, s.n);
		size_t n = 4;

		bool is_id = str_starts(rest, STR("msg_")) ||
			     str_starts(rest, STR("req_"));

		while (is_id && n < rest.n && is_id_char(rest.p[n]))
			n++;
		if (n != ID_BYTES) {
			buf_addc(out, s.p[i]);
			continue;
		}
		buf_add(out, rest.p, 4);
		buf_addc(out, '*');
		i += ID_BYTES - 1;
	}
}

void lab_is_body(const struct fcgi_reply *reply, const char *want,
		 const char *name)
{
	struct buf masked = BUF_INIT(16 * 1024 * 1024);

	mask_ids(&masked, fcgi_reply_body(reply));
	is_text(buf_str(&masked), want, name);
	buf_release(&masked);
}

void lab_is_error(const struct fcgi_reply *reply, int status,
		  const char *message, const char *name)
{
	struct str body = fcgi_reply_body(reply);
	struct buf want = BUF_INIT(4096);

	is_int(fcgi_reply_status(reply), status, "%s: status", name);
	buf_adds(&want, "\"message\":");
	buf_json(&want, str_of(message));
	if (!ok(str_find(body, buf_str(&want)) != SIZE_MAX, "%s: message",
		name))
		diag("got %.*s", STR_ARG(body));
	ok(reply->ended, "%s: ended", name);
	buf_release(&want);
}

bool lab_row(struct relay_lab *lab, const struct fcgi_reply *reply,
	     struct ledger_row *row)
{
	struct str id = fcgi_reply_header(reply, "request-id");
	int64_t until = clock_mono_ms() + PATIENCE_MS;
	char text[LEDGER_ID_BYTES];
	struct err e;

	str_put(text, sizeof(text), id);
	while (store_ledger_find(lab->d.app.store, text, row, &e) < 0) {
		if (clock_mono_ms() > until) {
			*row = (struct ledger_row){.status = -1};
			return false;
		}
		nap();
	}
	return true;
}

static int take_first(void *ctx, const struct ledger_row *row)
{
	*(struct ledger_row *)ctx = *row;
	return 1;
}

void lab_newest(struct relay_lab *lab, struct ledger_row *row)
{
	struct err e;

	*row = (struct ledger_row){.status = -1};
	if (store_ledger_each(lab->d.app.store,
			      &(struct ledger_query){.before_ms = 0},
			      take_first, row, &e) < 0)
		give_up(e.message);
}

bool lab_next_row(struct relay_lab *lab, const char *before,
		  struct ledger_row *row)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	for (;;) {
		lab_newest(lab, row);
		if (row->status != -1 && strcmp(row->request_id, before) != 0)
			return true;
		if (clock_mono_ms() > until)
			return false;
		nap();
	}
}

static void hold_helper(void *arg)
{
	struct relay_lab *lab = arg;

	io_flag_set(lab->helper_busy);
	io_flag_wait(lab->helper_go);
}

static void helper_done(struct loop *l, void *arg)
{
	(void)l, (void)arg;
}

static void hold_helpers(struct loop *l, void *arg)
{
	for (int i = 0; i < LAB_HELPERS; i++)
		loop_work(l, hold_helper, helper_done, arg);
}

void lab_block_helpers(struct relay_lab *lab)
{
	loop_post(lab->d.app.loops[0], hold_helpers, lab);
	for (int i = 0; i < LAB_HELPERS; i++)
		io_flag_wait(lab->helper_busy);
}

void lab_release_helpers(struct relay_lab *lab)
{
	for (int i = 0; i < LAB_HELPERS; i++)
		io_flag_set(lab->helper_go);
}

static void nothing(struct loop *l, void *arg)
{
	(void)l, (void)arg;
}

void lab_sync_loop(struct relay_lab *lab)
{
	/* Twice: a post may be taken before the sockets of the same turn. */
	io_call(lab->d.app.loops[0], nothing, NULL);
	io_call(lab->d.app.loops[0], nothing, NULL);
}

void lab_done(struct relay_lab *lab, const char *name)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;
	size_t leases = 0;
	int64_t unbound;
	struct err e;

	while (lab->d.app.live > 0 && clock_mono_ms() < until)
		nap();
	for (size_t i = 0; i < lab->naccounts; i++) {
		leases += pool_in_flight(lab->d.app.pool, lab->ids[i]);
		if (accounts_delete(&lab->d.app, lab->ids[i], &unbound, &e) < 0)
			give_up(e.message);
	}
	ok(lab->d.app.live == 0 && leases == 0 &&
	       admit_in_flight(lab->d.app.admit, lab->key.id) == 0,
	   "%s: nothing is left in flight", name);
	lab->naccounts = 0;
}
