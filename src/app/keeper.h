/*
 * The keeper: one thread that keeps the store in order once a second, and one
 * that watches it: a store call that is stuck for ten seconds, or an
 * environment that Berkeley DB has given up, ends the process.  Whoever started
 * it starts it again, and opening recovers.
 */
#ifndef APP_KEEPER_H
#define APP_KEEPER_H

#include "app/app.h"

int keeper_start(struct keeper **out, struct app *app, struct err *e);
void keeper_stop(struct keeper *k); /* NULL is allowed */

#endif
