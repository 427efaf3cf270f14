/*
 * One count of tokens by backends (messages-api §15): a worker makes it, then
 * it lives on one loop like any exchange, but leases nothing, judges no account
 * and is not in the ledger.  It asks up to COUNT_SOURCES backends, each for at
 * most COUNT_LIMIT_MS; when none of them tells, the estimate is the answer.
 */
#ifndef RELAY_COUNT_H
#define RELAY_COUNT_H

#include "app/app.h"
#include "app/backend.h"
#include "io/fcgi_out.h"
#include "io/transfer.h"
#include "proto/anthropic_request.h"
#include "proto/tokenize.h"
#include "relay/forwarded.h"
#include "web/request.h"

enum { COUNT_SOURCES = 2, COUNT_LIMIT_MS = 3000 };

/* Why a backend did not tell. */
enum count_fault {
	COUNT_NO_ENDPOINT, /* it has no such thing, or not for this key */
	COUNT_NONSENSE,	   /* what answered there is something else */
	COUNT_BUSY,	   /* no answer, or none in time */
	COUNT_REFUSED	   /* it does not take this request */
};

struct count_source {
	struct pool_view account; /* data: struct backend */
	enum tokenizer kind;
};

struct count {
	struct app *app;
	struct loop *loop;
	struct request *req;

	/* The request. */
	struct jdoc doc;
	struct arena scratch;
	struct chat_request chat;
	int64_t held; /* bytes, hold.h */
	struct forwarded forwarded;
	struct count_source sources[COUNT_SOURCES];
	size_t nsources, at;

	/* One question. */
	unsigned step;
	int64_t until_ms; /* loop time, for all steps of one source */
	char *url;
	struct buf question, answer;
	struct transfer *transfer;
	int status;
	enum tokenize_result result;
	struct tokenize_count told;

	/* The answer. */
	int64_t tokens; /* the estimate until a backend has counted */
	bool counted;
	struct fcgi_out *out;
	struct loop_hook on_stop;
	bool working; /* a helper thread has it */
};

/* Takes the request. */
struct count *count_new(struct app *app, struct request *r);
/* Frees the request too, unless c->req was set to NULL before. */
void count_free(struct count *c);
/* Hands it to a loop, which answers; the caller forgets it. */
void count_start(struct count *c);

/* The body of the answer. */
void count_body(struct buf *out, int64_t tokens);
/* x-llmrelay-count, which says how it was counted: backend or estimate. */
extern const char count_header[];

/* count_source.c: finds backends that can count this request, and puts the
 * estimate right by what the first of them reported for others. */
void count_find_sources(struct count *c, const char *binding);
struct backend *count_backend(const struct count *c); /* of sources[at] */
/* Writes question and url for the source's first step. */
void count_write(struct count *c);
/* The url of a later step. */
void count_next_url(struct count *c);
/* Reads the answer: result, told; or the next question. */
void count_read(struct count *c);
/* Remembers what the failure says about this backend, for some time. */
void count_note(struct count *c, enum count_fault fault);
/* What a status that is not 200 means, with the text that came along. */
enum count_fault count_fault_of(const struct count *c);

#endif
