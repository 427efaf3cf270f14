/* What is being relayed just now, for administrators.  Locked inside: any
 * thread may call. */
#ifndef APP_LIVE_H
#define APP_LIVE_H

#include "store/ledger.h"

struct live;

/* Part of its request. */
struct live_entry {
	struct live_entry *prev, *next;
	bool listed;
	const struct ledger_row *row;
	char account_id[STORE_ID_BYTES]; /* where it is now */
	char *why;			 /* and why there */
};

struct live *live_new(void);
void live_free(struct live *l);

/* Lists the request, or says that it went to another account, and why.  Of the
 * row, its ids, model, endpoint, start and stream must stay as they are. */
void live_put(struct live *l, struct live_entry *e,
	      const struct ledger_row *row);
void live_remove(struct live *l, struct live_entry *e); /* may be repeated */
/* The oldest ones, at most max, with what live_put() says of the row; how
 * many. */
size_t live_copy(struct live *l, struct ledger_row *out, size_t max);

#endif
