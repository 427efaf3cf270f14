/*
 * Whether an account may be given requests, by what became of the last ones
 * (architecture §6).  Pure; the owner locks.
 *
 *   well --- 3 failures in a row, a 429, a 401 --> cooling
 *    ^                                               | pause over
 *    +--------- it went well --- half open: one request tries
 *                                    | it failed: cooling, twice as long
 */
#ifndef SCHED_HEALTH_H
#define SCHED_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

enum health_event {
	HEALTH_GOOD,
	HEALTH_RATE_LIMITED, /* 429: cools at once, as long as it asks */
	HEALTH_UNAUTHORIZED, /* 401, 403: cools at once, until reset */
	HEALTH_FAILED	     /* anything else that is the backend's fault */
};

enum {
	HEALTH_REASON = 256,
	HEALTH_FAILURES = 3, /* in a row */
	HEALTH_PAUSE_MS = 10000,
	HEALTH_PAUSE_MAX_MS = 300000,
	HEALTH_WAIT_MAX_MS = 3600000 /* of what a Retry-After may ask */
};

struct health {			 /* all zero: well */
	enum health_event cause; /* of the last failure */
	unsigned failures;	 /* in a row */
	int64_t pause_ms;	 /* the last pause */
	int64_t until_ms; /* cooling until; 0: not; INT64_MAX: until reset */
	bool trying;	  /* half open, and its request is out */
	char reason[HEALTH_REASON]; /* for administrators */
};

/* Cooling, or half open with its request out. */
bool health_cooling(const struct health *h, int64_t now_ms);
/* Until it may be asked again; 0: now; -1: not before a reset. */
int64_t health_wait_ms(const struct health *h, int64_t now_ms);
/* A request goes out; true when it is the one that tries. */
bool health_begin(struct health *h, int64_t now_ms);
/* What became of a request; tried: what health_begin() said of it.
 * retry_after_ms 0: not told. */
void health_report(struct health *h, enum health_event event, bool tried,
		   int64_t retry_after_ms, const char *reason, int64_t now_ms);
/* The backend answers again, as far as was seen without a request: the pause is
 * over, one request may try.  What it asked to wait for is waited for. */
void health_ready(struct health *h, int64_t now_ms);
/* A request ended and says nothing about the backend. */
void health_abandon(struct health *h, bool tried);

#endif
