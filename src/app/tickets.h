/*
 * Tickets of `llmrelayctl check`: a word that opens the endpoints below
 * /v1/check for a while and nothing else, so that no credential of worth is
 * sent to an address that somebody typed.  Locked inside.
 */
#ifndef APP_TICKETS_H
#define APP_TICKETS_H

#include "base/secret.h"

struct tickets;

enum {
	TICKETS = 4,	  /* at once; a new one takes the oldest's place */
	TICKET_TEXT = 48, /* characters */
	TICKET_MINUTES = 40
};

struct tickets *tickets_new(void);
void tickets_free(struct tickets *t); /* NULL is allowed */
void tickets_make(struct tickets *t, const struct secret_keys *keys,
		  int64_t now_ms, char text[TICKET_TEXT + 1]);
/* Which one it is, for the two below; -1: none that holds. */
int tickets_find(struct tickets *t, const struct secret_keys *keys,
		 struct str text, int64_t now_ms);
/* How many events of a stream the holder has seen, as it says itself. */
void tickets_set_seen(struct tickets *t, int ticket, int64_t events);
int64_t tickets_seen(struct tickets *t, int ticket);

#endif
