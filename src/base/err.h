/*
 * What went wrong, fit to be shown to the client: a kind that each endpoint's
 * error shape maps to its own type word, an HTTP status and a message without
 * secrets or internal addresses.  Operators' details go to the log instead.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum err_kind {
	ERR_NONE,
	ERR_BAD_REQUEST, /* 400 invalid_request_error */
	ERR_AUTH,	 /* 401 authentication_error */
	ERR_BILLING,	 /* 402 billing_error */
	ERR_FORBIDDEN,	 /* 403 permission_error */
	ERR_NOT_FOUND,	 /* 404 not_found_error */
	ERR_METHOD,	 /* 405 invalid_request_error */
	ERR_CONFLICT,	 /* 409 invalid_request_error */
	ERR_TOO_LARGE,	 /* 413 request_too_large */
	ERR_MEDIA_TYPE,	 /* 415 invalid_request_error */
	ERR_RATE_LIMIT,	 /* 429 rate_limit_error */
	ERR_INTERNAL,	 /* 500 api_error */
	ERR_UPSTREAM,	 /* 502 api_error: the backend's fault */
	ERR_UNAVAILABLE, /* 503 api_error: this relay cannot serve now */
	ERR_TIMEOUT,	 /* 504 timeout_error */
	ERR_OVERLOADED,	 /* 529 overloaded_error */
	ERR_KINDS
};

enum { ERR_MESSAGE_BYTES = 1024 };

struct err {
	enum err_kind kind;
	int64_t retry_after_ms; /* 0: say nothing */
	bool no_retry;		/* send x-should-retry: false */
	char code[64]; /* OpenAI's error.code or our details code; "" */
	char message[ERR_MESSAGE_BYTES];
};

/*
 * Fills e (which may be NULL) and returns -1, so that a failing function ends
 * in `return err_set(e, ...)`.  A message that is too long is cut at a
 * character; earlier contents of e are replaced.
 */
int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void err_clear(struct err *e);
int err_status(enum err_kind kind);	  /* HTTP status, 0 for ERR_NONE */
const char *err_type(enum err_kind kind); /* Anthropic's error.type word */

#endif
