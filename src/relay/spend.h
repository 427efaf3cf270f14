/*
 * What a request may cost its key: reserved before it goes upstream, settled
 * when it ends (sched/limits.h).
 */
#ifndef RELAY_SPEND_H
#define RELAY_SPEND_H

#include "app/app.h"
#include "store/account.h"
#include "store/api_key.h"
#include "store/ledger.h"

struct spend {
	struct limit_rules rules;
	struct limit_lease lease;
	char key_id[STORE_ID_BYTES];
};

/* tokens: the most that it may use.  ERR_RATE_LIMIT, ERR_BILLING. */
int spend_enter(struct app *app, const struct api_key *key, int64_t tokens,
		struct spend *s, struct err *e);
/* An account was chosen, so that there is a price (zeros: nobody knows it):
 * input and output tokens that it may use. */
int spend_price(struct app *app, struct spend *s, const struct price *price,
		int64_t input, int64_t output, struct err *e);
/* What became of it.  Errors before anything of the answer cost nothing. */
void spend_settle(struct app *app, struct spend *s,
		  const struct ledger_row *row);
void spend_refund(struct app *app, struct spend *s); /* on every other path */

#endif
