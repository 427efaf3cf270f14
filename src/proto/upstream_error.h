/*
 * What a backend's failure means: the error for the client and what the relay
 * may do about it (messages-api §14, §10 learned refusals).
 */
#ifndef PROTO_UPSTREAM_ERROR_H
#define PROTO_UPSTREAM_ERROR_H

#include "base/err.h"
#include "base/str.h"

/* Why an exchange failed before or without an HTTP answer. */
enum upstream_fault {
	FAULT_NONE,
	FAULT_REFUSED, /* connection refused */
	FAULT_DNS,
	FAULT_TLS,
	FAULT_RESET, /* closed before the answer was complete */
	FAULT_CONNECT_TIMEOUT,
	FAULT_FIRST_BYTE_TIMEOUT,
	FAULT_IDLE_TIMEOUT,
	FAULT_TOTAL_TIMEOUT,
	FAULT_TOO_LARGE, /* the answer passed its ceiling */
	FAULT_PROTOCOL,	 /* not HTTP */
	FAULT_SHORTAGE	 /* no descriptor is left here */
};

enum upstream_class { /* for cool-down (architecture §6) */
		      CLASS_OK,
		      CLASS_CLIENT, /* the request's fault: never counts */
		      CLASS_AUTH,   /* 401, 403 */
		      CLASS_MODEL,  /* 404 */
		      CLASS_RATE,   /* 429 */
		      CLASS_SERVER  /* everything else */
};

struct upstream_verdict {
	enum upstream_class class;
	bool failover;		/* another account may do better */
	unsigned refused_param; /* openai_param bit to leave out and retry, 0 */
	bool overflow;		/* the context was too small */
	int64_t prompt_tokens, context_tokens; /* of an overflow, 0: unknown */
	bool prompt_at_least; /* prompt_tokens is a lower bound */
};

/* A transport failure.  started: bytes of the answer had come. */
void upstream_fault_error(enum upstream_fault fault, bool started,
			  struct err *e, struct upstream_verdict *v);
/*
 * An answer with status >= 400 (or one below with an error object).  body is
 * the beginning of it, at most 64 KB are looked at; retry_after_ms is 0 when
 * the header was absent; max_tokens is what was asked.
 */
void upstream_status_error(int status, struct str body, int64_t retry_after_ms,
			   int64_t max_tokens, struct err *e,
			   struct upstream_verdict *v);
/*
 * An error object inside of an answer whose status was good.  Before anything
 * was sent to the client (visible false) its own code counts as the status;
 * after that the types of §14.3 apply.
 */
void upstream_frame_error(struct str error, bool visible, int64_t max_tokens,
			  struct err *e, struct upstream_verdict *v);
/* The text of an error object or body, cleaned for the client; at most 500
 * bytes appended. */
struct buf;
void upstream_error_text(struct str body, int status, struct buf *out);

#endif
