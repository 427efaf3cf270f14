/* API keys read, changed and written as one step, by whoever changes them. */
#ifndef APP_KEY_EDIT_H
#define APP_KEY_EDIT_H

#include "app/app.h"
#include "store/api_key.h"

/*
 * Lets change() alter the key and writes it, with no other edit in between.
 * *out is the result (api_key_release).  change() returns -1 to leave things as
 * they were.
 */
int key_edit(struct app *app, const char *id,
	     int (*change)(struct api_key *k, void *ctx, struct err *e),
	     void *ctx, struct api_key *out, struct err *e);
/* The time of a key that runs from its first use begins, if it has not. */
int key_activate(struct app *app, const struct api_key *k, struct err *e);
/* Its end, counted from now: for key_edit(). */
void key_start(struct api_key *k);

#endif
