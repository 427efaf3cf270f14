/*
 * An account made ready for use: URLs joined, headers written, flavour known.
 * Immutable but for what counting finds out; what else is learned stands in its
 * lessons.  Counted references.
 */
#ifndef APP_BACKEND_H
#define APP_BACKEND_H

#include <stdatomic.h>

#include "app/lessons.h"
#include "app/options.h"
#include "app/settings.h"
#include "proto/openai_request.h"
#include "proto/upstream_error.h"
#include "store/account.h"

enum { BACKEND_HEADERS = 32 };

/* What an account can be asked for; of an account that speaks Anthropic's
 * protocol only the Messages API, of another all but that. */
enum backend_endpoint {
	BACKEND_CHAT,
	BACKEND_COMPLETIONS,
	BACKEND_EMBEDDINGS,
	BACKEND_RESPONSES,
	BACKEND_MESSAGES,
	BACKEND_ENDPOINTS
};

/* Bits of pool_account.serves. */
enum backend_face {
	FACE_OPENAI = 1,   /* OpenAI's endpoints */
	FACE_MESSAGES = 2, /* the Messages API, translated or not */
	FACE_NATIVE = 8,   /* the Messages API, never translated */
	FACE_THREADS = 4 /* so, translated: the relay keeps threads, searches */
};

struct backend {
	_Atomic int refs;
	struct account account; /* own copy */
	struct backend_options options;
	enum flavour flavour;
	bool anthropic; /* the protocol that it speaks, else OpenAI's */
	char *urls[BACKEND_ENDPOINTS];
	char *models_url;
	const char *headers[BACKEND_HEADERS]; /* "Name: value" */
	size_t nheaders;
	int64_t connect_ms, first_byte_ms, idle_ms, total_ms;
	struct lessons *lessons; /* a reference; NULL for one that only tests */
	/* Of counting tokens (relay/count.h), in clock_mono_ms(): not asked
	 * before; and whether its counts are known to leave tools out. */
	_Atomic int64_t count_after_ms;
	atomic_bool count_lacks_tools;
	_Atomic int64_t probe_after_ms; /* app/prober.h, clock_mono_ms() */
};

/*
 * The URL for one endpoint of an account's address, joined right in every form
 * (admin-api.md, azureEndpoint): with or without /v1, Azure deployments, whole
 * URLs.  endpoint is what stands behind /v1: "chat/completions", "models".  The
 * caller frees it.
 */
char *backend_url(const struct account *a, const char *endpoint);
/* The same for what stands beside /v1: "tokenize". */
char *backend_root_url(const struct account *a, const char *path);
/* http or https, host, optional port and path; no userinfo, query, fragment or
 * metadata address.  The guide's words in *e. */
int backend_check_address(const char *address, struct err *e);

/* The same, and a query may follow. */
int backend_check_link(const char *link, struct err *e);

struct backend *backend_new(const struct account *a, const struct settings *s);
void *backend_retain(void *backend);
void backend_release(void *backend);

/* Backends quote what they were sent: strikes the account's key and header
 * values out of a text for clients, and their beginning where it was cut. */
void backend_strike_secrets(const struct backend *b, char *text);
/* The same for n bytes of any kind. */
void backend_strike_bytes(const struct backend *b, char *p, size_t n);

/*
 * A failure of this backend in words for the client, before anything was sent:
 * upstreamAuth decides what a refused credential is, and what is not the
 * client's fault names the account, so that whoever reads it knows where to
 * look.  status is the backend's, 0 for none.
 */
void backend_word_error(const struct backend *b, int status,
			const struct upstream_verdict *v, struct err *e);

/* What openai_request_write() wants to know; model is borrowed, raw is the
 * estimate of token_estimate_request(). */
void backend_target(const struct backend *b, struct str model, int64_t raw,
		    struct openai_target *out);
/* Tokens of a prompt for this backend and model as far as can be told: the raw
 * estimate, put right by what it reported for earlier ones. */
int64_t backend_estimate(const struct backend *b, struct str model,
			 int64_t raw);
/* How long a prompt and its answer may be, tokens: what is configured, unless
 * the backend is known to take less; else what was learned; 0: not known. */
int64_t backend_window(const struct backend *b, struct str model);
/* The backend taught something (lessons.h); model as it was sent. */
void backend_learn_refusal(const struct backend *b, struct str model,
			   unsigned param_bit);
void backend_learn_window(const struct backend *b, struct str model,
			  int64_t tokens);
void backend_learn_answer(const struct backend *b, struct str model,
			  const struct lesson_answer *answer);

#endif
