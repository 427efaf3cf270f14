/* Which requests of the ledger a list asks for, and where its next page begins:
 * shared by every list of requests. */
#ifndef ADMIN_LEDGER_LIST_H
#define ADMIN_LEDGER_LIST_H

#include "app/app.h"
#include "base/json.h"
#include "store/ledger.h"
#include "web/request.h"

enum { LEDGER_CURSOR_BYTES = LEDGER_ID_BYTES + 24 };

struct ledger_list {
	struct ledger_query q; /* the index that it goes by */
	bool nothing;	       /* no row can have such an id */
	/* "": any */
	struct str account_id, model, error;
	unsigned outcomes; /* bits of enum ledger_outcome, 0: any */
	bool every_end;	   /* outcome, status and error leave no row out */
	int64_t status_from, status_to, from_ms; /* status_to 0: any */
	/* Rows of a page, and rows that are looked at for it: with a filter few
	 * may match.  By an index it is a quarter, for each costs more. */
	int64_t size, look;
	/* What ledger_list_each() found. */
	int64_t n, looked;
	int64_t oldest_ms; /* of those that were looked at, 0: none */
	bool more;
	char cursor[LEDGER_CURSOR_BYTES]; /* the row looked at last */
};

/* The word of an outcome. */
const char *ledger_outcome_word(enum ledger_outcome outcome);

/* keyId or apiKeyId, accountId, model, outcome (words with commas), status
 * (429 or 4xx), error, startDate, endDate, cursor; ERR_BAD_REQUEST names the
 * parameter.  An index that q has already stays. */
int ledger_list_read(struct request *r, struct ledger_list *l, struct err *e);
/* Rows that match, the newest first, at most size of them. */
int ledger_list_each(struct app *app, struct ledger_list *l,
		     void (*fn)(void *ctx, const struct ledger_row *row),
		     void *ctx, struct err *e);
/* Whether it ended as is asked for. */
bool ledger_list_ended(const struct ledger_list *l,
		       const struct ledger_row *row);
/* Adds nextCursor, null on the last page. */
void ledger_list_add_cursor(const struct ledger_list *l, cJSON *o);

#endif
