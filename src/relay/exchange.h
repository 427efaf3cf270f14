/*
 * One relayed request: from a validated chat request to the last byte of the
 * answer.  A worker makes it (exchange_new, exchange_choose), then it lives on
 * one loop (exchange_start) and belongs to nobody else.
 *
 *   choose account -> write upstream body -> transfer -> reply -> fcgi_out
 *        ^                                      |
 *        +---- failover, nothing visible yet ---+
 *
 * It ends in one way: settle -> accountant commits -> last bytes -> free.
 */
#ifndef RELAY_EXCHANGE_H
#define RELAY_EXCHANGE_H

#include "app/app.h"
#include "app/backend.h"
#include "app/live.h"
#include "io/fcgi_out.h"
#include "io/peer.h"
#include "io/transfer.h"
#include "proto/anthropic_request.h"
#include "proto/chat_reply.h"
#include "proto/pass_reply.h"
#include "proto/pass_request.h"
#include "proto/upstream_error.h"
#include "relay/forwarded.h"
#include "relay/search.h"
#include "relay/hops.h"
#include "relay/spend.h"
#include "relay/thread.h"
#include "store/api_key.h"
#include "store/ledger.h"
#include "web/request.h"

enum {
	EXCHANGE_ACCOUNTS = 3, /* accounts that one request may try */
	EXCHANGE_BINDING = 64,
	EXCHANGE_CLIENT_GONE = 499, /* a status for the ledger */
	EXCHANGE_FINISH_MS = 2000,  /* wait for usage after the end, §13.5 */
	EXCHANGE_DROPPED_STOPS = 1
				 << 16 /* beside enum chat_dropped: stop
					  strings that a flavour is not sent */
};

/* An endpoint of clients whose requests are relayed. */
struct exchange_endpoint {
	const char *path; /* for the ledger */
	enum pass_kind kind;
	enum backend_endpoint passed_to; /* of an account that speaks alike */
	enum backend_face face;
};

/* exchange_wait.c: in a queue, before anything is sent or said. */
enum exchange_waits { WAITS_NOT, WAITS_CALLER, WAITS_ACCOUNT };
struct exchange_wait {
	enum exchange_waits what;
	bool given;	   /* what it waits for, as far as its loop knows */
	size_t most;	   /* requests of the key that may wait */
	int64_t ms;	   /* at most, in all */
	int64_t since_ms;  /* loop time */
	int64_t waited_ms; /* in all */
	struct admit_waiter caller;
	struct pool_waiter account;
};

struct exchange {
	struct app *app;
	struct loop *loop;
	struct request *req;
	const struct exchange_endpoint *endpoint;
	bool native; /* cannot be translated: only for who needs no translation
		      */
	bool apache; /* tells of a gone client only through failed writes */
	bool explains; /* an administrator asked why, debug.h */
	struct peer client;

	/* The request, until its answer is visible. */
	struct jdoc doc;
	struct arena scratch;
	struct chat_request chat;
	struct pass_request more;
	char hops[HOPS_LINE_BYTES]; /* for upstream, hops.h */
	struct forwarded forwarded;
	int64_t input_estimate; /* tokens, before what the account teaches */
	int64_t held;		/* bytes, hold.h */
	uint64_t session;	/* session_key.h */
	char binding[EXCHANGE_BINDING]; /* of the key, "": none */
	struct thread *thread;		/* NULL: the answer is not kept */
	struct search *search;		/* NULL: none is to be done */

	/* Leases, each returned on every path. */
	struct admit_lease caller;
	struct spend spend;
	struct pool_lease account;
	char tried[EXCHANGE_ACCOUNTS][STORE_ID_BYTES];
	size_t ntried;

	struct exchange_wait wait;

	/* One attempt. */
	bool passes;	     /* bytes go as they are, both ways: pass_reply.h */
	bool asked_usage;    /* we did, the client did not */
	bool keep_error;     /* error_body is what the client gets */
	struct buf upstream; /* the body that is sent */
	struct transfer *transfer;
	struct reply *reply;
	int upstream_status;
	int64_t retry_after_ms;
	struct buf error_body;
	unsigned refused;   /* by this account for this request, openai_param */
	int64_t max_output; /* set by an overflow, 0: none */
	struct err failure; /* of the last attempt */

	/* The answer. */
	char message_id[32];
	struct fcgi_out *out;
	struct loop_timer *timer;
	struct buf pending; /* produced, not yet with out */
	int64_t collected;  /* bytes of the answer that came */
	bool committed;	    /* status and headers are out */
	bool broken;	    /* half a plain answer is out: never end it well */
	bool paused, gone, working, settling, second_ping, forgotten;
	bool stopped; /* the loop ends: the process is going down */
	struct loop_hook on_stop;
	int64_t started_ms, written_ms, finished_ms; /* loop time */
	int64_t sent_us; /* when the first transfer began; 0: not yet */

	struct ledger_row row;
	struct live_entry listed;
};

/* Takes the request. */
struct exchange *exchange_new(struct app *app, struct request *r,
			      const struct exchange_endpoint *endpoint);
/* The worker's answer is this error; frees x, but the request is the
 * dispatcher's again. */
void exchange_answer_error(struct exchange *x, const struct err *e);
/* Gives leases back and frees everything but what is on a loop; the request
 * too, unless x->req was set to NULL before. */
void exchange_free(struct exchange *x);
/* The answer is under way: the request's own bytes are needed no more, nor is
 * the upstream body once it has been sent. */
void exchange_forget_request(struct exchange *x);

/*
 * Once chat and input_estimate are filled: whether this key may, an account
 * and the body for it, the mark in the store.  When x waits for a place
 * (x->wait.what), exchange_start() is all that is left to do; the rest comes
 * later.
 */
int exchange_enter(struct exchange *x, const struct api_key *key,
		   struct err *e);
/* What follows once the key has a place, and once an account has. */
int exchange_admitted(struct exchange *x, const struct api_key *key,
		      struct err *e);
int exchange_with_account(struct exchange *x, struct err *e);

/* A place of the key, or x waits for one, or ERR_RATE_LIMIT. */
int exchange_wait_caller(struct exchange *x, const struct api_key *key,
			 struct err *e);
/* What may wait for an account, NULL: x may not. */
struct pool_waiter *exchange_wait_account(struct exchange *x);
/* On its loop: x, which is in a queue, waits from now on. */
void exchange_wait(struct exchange *x);
/* left: the client did. */
void exchange_wait_tick(struct exchange *x, bool left);
/* It waits no more; false: it was given its place, and will hear of it. */
bool exchange_wait_end(struct exchange *x);

/*
 * exchange_choose.c: picks an account and writes the upstream body for it: on a
 * worker the first time, on a helper thread for failover.  What goes wrong is
 * the client's answer: ERR_NOT_FOUND for a model that nothing maps,
 * ERR_OVERLOADED with every account's reason when none is usable.  0 also when
 * it waits for one.
 */
int exchange_choose(struct exchange *x, struct err *e);
/* The account is leased: what follows from which one it is. */
int exchange_taken(struct exchange *x, struct err *e);
/* One more part of row.why. */
void exchange_note_why(struct exchange *x, struct str text);
/* Writes the body again for the account that is leased. */
int exchange_write(struct exchange *x, struct err *e);

/* The first attempt, or what comes before it. */
void exchange_set_out(struct exchange *x);

/* Hands it to its loop; the caller forgets it. */
void exchange_start(struct exchange *x);

/* attempt.c: one try at the leased account. Events end in one of the below. */
void attempt_start(struct exchange *x);
void attempt_stop(struct exchange *x); /* not from within an event */

/* exchange.c: what attempts report. */
void exchange_progress(struct exchange *x); /* pending may have grown */
void exchange_complete(struct exchange *x);
/* No byte more will come, with the end of the answer or without. */
void exchange_close(struct exchange *x);
/* The client's answer is this error; ends it. */
void exchange_refuse(struct exchange *x, const struct err *e);

/* It was not relayed, so that no row says so: ends it with this error, or
 * without when the client left (NULL). */
void exchange_dismiss(struct exchange *x, const struct err *e);

/* After the loop's stop: frees it, without a last byte. */
void exchange_end_stopped(struct exchange *x);

/* exchange_again.c: tries again if that may help, else refuses.  v is NULL
 * when no backend was asked. */
void exchange_failed(struct exchange *x, const struct err *e,
		     const struct upstream_verdict *v);
/* Writes the body, off the loop, for the account that is leased or another one;
 * then an attempt. */
void exchange_again(struct exchange *x);

/* exchange_out.c */
void exchange_push(struct exchange *x);
void exchange_tick(void *ctx);
/* The next tick: in ms, or sooner to look after the client. */
void exchange_arm(struct exchange *x, int64_t ms);
extern const struct fcgi_out_events exchange_out_events;

/* settle.c: the client may have the end; frees it. */
void exchange_let_go(struct exchange *x);
/* Accounts for it, then lets the last bytes go and frees it. */
void exchange_settle(struct exchange *x, enum ledger_outcome outcome);

#endif
