/* Limits of a key, as its requests meet them. */
#include "tests/support/tap.h"

#include <pthread.h>

#include "app/key_limits.h"
#include "tests/support/relay_lab.h"

enum { AT_ONCE = 20, TOKENS = 13 /* of an answer of /ok */ };

static struct relay_lab lab;

/* As after a restart: nothing is known but what is stored. */
static void forget(void)
{
	limits_free(lab.d.app.limits);
	lab.d.app.limits = limits_new();
}

static void set_limits(int64_t requests, int64_t tokens, double daily)
{
	lab.key.window_minutes = 366 * 24 * 60; /* no end while this runs */
	lab.key.window_requests = requests;
	lab.key.window_tokens = tokens;
	lab.key.daily_cost = daily;
	lab_put_key(&lab);
}

static struct limit_spent spent(void)
{
	struct limit_spent now;
	struct err e;

	ok(key_limits_spent(&lab.d.app, &lab.key, &now, &e) == 0, "known");
	return now;
}

static void *ask(void *arg)
{
	int *status = arg;
	struct fcgi_reply reply;
	struct fcgi_call call = lab_call(LAB_PLAIN);

	fcgi_client_call(lab.d.socket, &call, &reply);
	*status = fcgi_reply_status(&reply);
	fcgi_reply_release(&reply);
	return NULL;
}

static int ask_at_once(int status)
{
	int got[AT_ONCE], n = 0;
	pthread_t t[AT_ONCE];

	for (int i = 0; i < AT_ONCE; i++)
		pthread_create(&t[i], NULL, ask, &got[i]);
	for (int i = 0; i < AT_ONCE; i++) {
		pthread_join(t[i], NULL);
		n += got[i] == status;
	}
	return n;
}

static void refused(int status, const char *message, const char *name)
{
	struct fcgi_reply reply;

	lab_ask(&lab, LAB_STREAM, &reply);
	lab_is_error(&reply, status, message, name);
	ok((fcgi_reply_header(&reply, "retry-after").n > 0) == (status == 429),
	   "%s: retry-after", name);
	is_str(fcgi_reply_header(&reply, "x-should-retry"),
	       status == 402 ? STR("false") : STR_NONE, "%s: x-should-retry",
	       name);
	fcgi_reply_release(&reply);
}

static void test_requests(void)
{
	int asked = lab.backend.requests;

	lab_account(&lab, "one", "/ok");
	set_limits(5, 0, 0);
	is_int(ask_at_once(200), 5, "five of twenty at once are let in");
	is_int(lab.backend.requests - asked, 5, "only they reach the backend");
	is_int(spent().requests, 5, "and count");
	forget();
	is_int(spent().requests, 5, "after a restart as well");
	is_int(ask_at_once(429), AT_ONCE, "all others are told to wait");
	lab_done(&lab, "requests");
}

/* Nothing that failed costs. */
static void test_failures(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "bad", "/status-500");
	set_limits(6, 0, 0);
	for (int i = 0; i < 3; i++) {
		lab_ask(&lab, LAB_PLAIN, &reply);
		is_int(fcgi_reply_status(&reply), 502, "failed");
		fcgi_reply_release(&reply);
	}
	is_int(spent().requests, 5, "failures cost nothing");
	forget();
	is_int(spent().requests, 5, "after a restart as well");
	lab_done(&lab, "failures");
}

static void test_tokens(void)
{
	struct fcgi_reply reply;

	lab_account(&lab, "one", "/ok");
	set_limits(0, 5 * TOKENS + 20, 0);
	is_int(spent().tokens, 5 * TOKENS, "tokens of the five");
	for (int i = 0; i < 2; i++) {
		lab_ask(&lab, LAB_STREAM, &reply);
		is_int(fcgi_reply_status(&reply), 200, "there is room");
		fcgi_reply_release(&reply);
	}
	is_int(spent().tokens, 7 * TOKENS, "true figures, not estimates");
	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 429, "used up");
	is_str(fcgi_reply_header(&reply, "x-should-retry"), STR_NONE,
	       "it may be tried again");
	fcgi_reply_release(&reply);
	lab_done(&lab, "tokens");
}

static void priced(struct account *a)
{
	a->priced = true;
	a->price.input = 100000;
	a->price.output = 1000000;
}

static void test_cost(void)
{
	struct fcgi_reply reply;

	/* 7 at 0.1 and 2 at 1: 2.7 USD */
	lab_account_with(&lab, "one", "/ok", priced);
	set_limits(0, 0, 2);
	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 200, "let in");
	fcgi_reply_release(&reply);
	refused(402,
		"This API key has used 2.7 of its 2 USD a day, until midnight",
		"daily cost");
	forget();
	refused(402,
		"This API key has used 2.7 of its 2 USD a day, until midnight",
		"after a restart");
	lab.key.daily_cost = 0;
	lab.key.total_cost = 2.5;
	lab_put_key(&lab);
	refused(402, "This API key has used 2.7 of its 2.5 USD in all",
		"total cost");
	lab.key.total_cost = 0;
	lab_put_key(&lab);
	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 200, "no limits");
	fcgi_reply_release(&reply);
	lab.key.total_cost = 5;
	lab_put_key(&lab);
	refused(402, "This API key has used 5.4 of its 5 USD in all",
		"what was used without limits counts with them");
	lab_done(&lab, "cost");
}

static void call_as(struct fcgi_call call, const char *agent, int status)
{
	struct fcgi_reply reply;

	call.headers[2] = agent;
	fcgi_client_call(lab.d.socket, &call, &reply);
	is_int(fcgi_reply_status(&reply), status, "%s", agent);
	fcgi_reply_release(&reply);
}

static void asked_as(const char *agent, int status)
{
	call_as(lab_call(LAB_PLAIN), agent, status);
}

static void counted_as(const char *agent, int status)
{
	struct fcgi_call call = lab_call(LAB_PLAIN);

	call.uri = "/v1/messages/count_tokens";
	call_as(call, agent, status);
}

static void test_clients(void)
{
	static char *words[] = {"claude_code", "my-tool/"};

	lab_account(&lab, "one", "/ok");
	set_limits(0, 0, 0);
	lab.key.total_cost = 0;
	lab.key.allowed_clients = words;
	lab.key.nclients = 2;
	lab_put_key(&lab);
	asked_as("User-Agent: claude-cli/2.1.330 (external, cli)", 200);
	asked_as("User-Agent: My-Tool/1", 200);
	asked_as("User-Agent: curl/8", 403);
	asked_as("User-Agent: claude_code", 403);
	refused(403, "this API key is not for this client (User-Agent \"\")",
		"no client");
	counted_as("User-Agent: claude-cli/2.1.330 (external, cli)", 200);
	counted_as("User-Agent: curl/8", 403);
	lab.key.allowed_clients = NULL;
	lab.key.nclients = 0;
	lab_put_key(&lab);
	lab_done(&lab, "clients");
}

/* The time of a key that runs from its first use. */
static void test_activation(void)
{
	struct fcgi_reply reply;
	struct api_key now;
	struct err e;

	lab_account(&lab, "one", "/ok");
	lab.key.activation_ms = 3600000;
	lab_put_key(&lab);
	lab_ask(&lab, LAB_PLAIN, &reply);
	is_int(fcgi_reply_status(&reply), 200, "first use");
	fcgi_reply_release(&reply);
	store_api_key_get(lab.d.app.store, lab.key.id, &now, &e);
	is_int(now.expires_ms - now.activated_ms, 3600000,
	       "it ends in an hour");
	api_key_release(&now);
	lab.key.activation_ms = 0;
	lab_put_key(&lab);
	lab_done(&lab, "activation");
}

int main(void)
{
	relay_lab_start(&lab);
	test_requests();
	test_failures();
	test_tokens();
	test_cost();
	test_clients();
	test_activation();
	relay_lab_stop(&lab);
	return done_testing();
}
