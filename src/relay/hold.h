/*
 * How much memory requests hold whose answers have not begun: whoever has a key
 * could otherwise fill the machine with large requests to a slow backend; and
 * whether there are descriptors for one more.
 */
#ifndef RELAY_HOLD_H
#define RELAY_HOLD_H

#include "app/app.h"

/* What reading a body of n bytes may take at its worst: body, tokens and
 * translation. */
int64_t hold_estimate(size_t n);
/*
 * Makes *held, which is 0 at first, to `bytes`.  ERR_OVERLOADED when all would
 * hold more than request_memory_mb by that (the only one may always), or for
 * one that holds nothing yet when app->live_max are under way.
 */
int hold_take(struct app *app, int64_t *held, int64_t bytes, struct err *e);
/* The same for what is there already, more or less. */
void hold_set(struct app *app, int64_t *held, int64_t bytes);

#endif
