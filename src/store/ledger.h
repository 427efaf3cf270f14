/*
 * The ledger: one row per relayed request, and the counters by hour and day
 * that are written with it.
 */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include <stddef.h>

#include "store/store.h"

enum ledger_outcome {
	OUTCOME_COMPLETE,
	OUTCOME_ERROR,	     /* an error was answered */
	OUTCOME_ABORTED,     /* the client left */
	OUTCOME_INTERRUPTED, /* this process died with the request in flight */
	OUTCOMES
};

enum {
	LEDGER_ID_BYTES = 32,
	LEDGER_NAME_BYTES = 128,
	LEDGER_TRAIL_BYTES = 200,
	LEDGER_WHY_BYTES = 400,
	LEDGER_MESSAGE_BYTES = 240
};

struct ledger_cost { /* billionths of a USD, by kind of tokens */
	int64_t input, output, cache_read, cache_write;
};

struct ledger_row {
	char request_id[LEDGER_ID_BYTES]; /* "req_..." */
	char key_id[STORE_ID_BYTES];
	char account_id[STORE_ID_BYTES];    /* empty: none was reached */
	char model[LEDGER_NAME_BYTES];	    /* as asked */
	char sent_model[LEDGER_NAME_BYTES]; /* as sent upstream */
	char endpoint[32];		    /* "/v1/messages" */
	char stop_reason[32];
	char error[64]; /* error type, empty when complete */
	char message[LEDGER_MESSAGE_BYTES]; /* the error in words, cut; empty in
					       rows of older releases */
	char trail[LEDGER_TRAIL_BYTES]; /* attempts that failed, "account: why;
					   ..."; empty: none did */
	/* Why these accounts: "a (its turn); full: b (4 in flight); ... | b
	 * ...", one part for each account that was tried. */
	char why[LEDGER_WHY_BYTES];
	enum ledger_outcome outcome;
	int32_t status;	  /* HTTP status that the client got */
	int32_t attempts; /* accounts tried */
	bool stream;
	bool estimated;			    /* the tokens are estimates */
	int64_t started_ms;		    /* wall clock */
	int64_t duration_ms, first_byte_ms; /* first_byte: -1 none */
	int64_t input, output, cache_read, cache_write, thinking; /* tokens */
	double cost;						  /* USD */
	bool priced;
	/* The same by kind; all 0 in rows that older releases wrote. */
	struct ledger_cost cost_of;
};
int64_t ledger_cost_sum(const struct ledger_cost *c);
/* It took tokens, and nobody knows what they cost. */
bool ledger_row_unpriced(const struct ledger_row *row);

/* Does it count against the limits of its key?  Errors before anything of the
 * answer do not. */
bool ledger_row_counts(const struct ledger_row *row);
int64_t ledger_row_tokens(const struct ledger_row *row); /* of all kinds */

/* A request is about to go upstream: remembered so that a crash leaves a row
 * `interrupted` after the next store_open().  Small and not durable. */
int store_inflight_add(struct store *s, const struct ledger_row *row,
		       struct err *e);

/*
 * One transaction for the whole batch: rows, counters (hour and day x key x
 * account x model), last use of keys and accounts; removes the in-flight
 * marks.  A request id that is in the ledger already is skipped.
 */
int store_settle(struct store *s, const struct ledger_row *rows, size_t n,
		 struct err *e);

struct ledger_query {
	const char *key_id, *account_id; /* NULL: any */
	int64_t before_ms;		 /* 0: all */
	const char *before_id; /* of that millisecond, those before this
				  request; NULL: none of them */
};
/* Rows, newest first; those of one key or of one account by their index.  fn
 * returns non-zero to stop.  Nothing is locked while it runs. */
int store_ledger_each(struct store *s, const struct ledger_query *q,
		      int (*fn)(void *ctx, const struct ledger_row *row),
		      void *ctx, struct err *e);
int store_ledger_find(struct store *s, const char *request_id,
		      struct ledger_row *out, struct err *e);

/* Retention: removes the oldest rows, at most max of them, that started before
 * before_ms; *removed says how many.  The counters stay. */
int store_ledger_prune(struct store *s, int64_t before_ms, size_t max,
		       size_t *removed, struct err *e);

struct usage_totals {
	int64_t requests, errors;
	int64_t input, output, cache_read, cache_write;
	double cost;
	/* The same by kind of tokens; less than all of it where older releases
	 * counted. */
	double cost_input, cost_output, cost_cache_read, cost_cache_write;
	int64_t unpriced; /* requests whose tokens have no known price */
};

/* Which counters to add up; empty strings mean all of them. */
struct usage_query {
	const char *key_id, *account_id, *model;
	int64_t from_ms, to_ms; /* wall clock, whole hours; to_ms 0: no end */
};
int store_usage_sum(struct store *s, const struct usage_query *q,
		    struct usage_totals *out, struct err *e);

/*
 * For each key that was used, the most used first (as a heap, which
 * key_usage_pop() takes from): no less than its requests
 * and cost in that time, for these are of all days or months that the time
 * touches.  Who needs the exact numbers asks for those of the first ones, until
 * the next bound is below the least that he keeps.  mem_free(*out).
 */
struct key_usage {
	char key_id[STORE_ID_BYTES];
	int64_t requests;
	double cost;
};
int store_usage_bounds(struct store *s, int64_t from_ms, int64_t to_ms,
		       struct key_usage **out, size_t *n, struct err *e);
/* The most used one, removed from the list: *n > 0. */
struct key_usage key_usage_pop(struct key_usage *list, size_t *n);
/* The same of all time, where they are exact, in no order. */
int store_usage_ever(struct store *s, struct key_usage **out, size_t *n,
		     struct err *e);
/* Removes bounds of days that are too old and counters of hours before
 * hours_before_ms, a little with each call.  Days stay; a time that begins or
 * ends before that is then rounded to whole days of UTC. */
int store_usage_prune(struct store *s, int64_t now_ms, int64_t hours_before_ms,
		      struct err *e);

/* Sums for each model by itself, as it was asked for. */
struct usage_model {
	char model[LEDGER_NAME_BYTES]; /* "": what is beyond USAGE_MODELS */
	struct usage_totals totals;
};
/* Clients may make names up, where an account takes every one. */
enum { USAGE_MODELS = 1000 };
/* By the number of requests, the largest first; mem_free(*out). */
int store_usage_models(struct store *s, const struct usage_query *q,
		       struct usage_model **out, size_t *n, struct err *e);

#endif
