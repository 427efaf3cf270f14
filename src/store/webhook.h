/* Where notices go (app/hook.h): one record, address and secret sealed. */
#ifndef STORE_WEBHOOK_H
#define STORE_WEBHOOK_H

#include "store/store.h"

struct webhook {
	bool active;
	char *url;	/* NULL: none; may hold a credential */
	char *secret;	/* that signs; NULL: not signed */
	int64_t events; /* bits of the caller's choosing */
	int64_t updated_ms;
};

void webhook_release(struct webhook *w);
void webhook_copy(struct webhook *to, const struct webhook *from);

/* Sets updated_ms. */
int store_webhook_put(struct store *s, struct webhook *w, struct err *e);
/* All zero when there is none. */
int store_webhook_get(struct store *s, struct webhook *out, struct err *e);

#endif
