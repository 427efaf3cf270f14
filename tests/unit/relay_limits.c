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
	       status == 429 ? STR_NONE : STR("false"), "%s: x-should-retry",
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
	a->price_input = 100000;
	a->price_output = 1000000;
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
	lab_done(&lab, "cost");
}

int main(void)
{
	relay_lab_start(&lab);
	test_requests();
	test_failures();
	test_tokens();
	test_cost();
	relay_lab_stop(&lab);
	return done_testing();
}
