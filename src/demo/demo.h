/* What the demo backend is told at its start, and what it counts. */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include "demo/answer.h"
#include "demo/http.h"
#include "demo/journal.h"
#include "demo/script.h"

enum { DEMO_MODELS = 64 };

struct demo {
	const char *models[DEMO_MODELS];
	size_t nmodels;
	bool any_model;
	const char *owned_by; /* in the list of models */
	const char *api_key;  /* NULL: none is asked for */
	struct buf words;     /* switches for every request */
	struct journal journal;
	struct filler filler;
	uint64_t requests;
	int64_t faulty; /* requests that met a fault, for `times=` */
};

/* An answer on its way: a play for a stream, else status and body.  Holds
 * pointers into itself. */
struct reply {
	uint64_t number;
	int status;
	struct buf body;
	const char *type;
	bool stream;
	enum dialect dialect;
	struct switches sw;
	struct answer answer;
	struct script script;
};

/* in is complete.  The reply keeps nothing of it. */
struct reply *reply_new(struct demo *d, const struct http_in *in);
/* For a request that could not be read. */
struct reply *reply_refusal(struct demo *d, const struct err *why);
void reply_free(struct reply *r);

bool demo_serves(const struct demo *d, struct str model);
/* The switches ask for a refusal: it is written. */
bool reply_is_refused(struct demo *d, struct reply *r);

#endif
