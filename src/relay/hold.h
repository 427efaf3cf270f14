/*
 * How much memory requests hold whose answers have not begun, or are collected
 * because they must be sent whole: whoever has a key
 * could otherwise fill the machine with large requests to a slow backend; and
 * whether there are descriptors for one more.
 */
#ifndef RELAY_HOLD_H
#define RELAY_HOLD_H

#include "app/app.h"

/*
 * For a request whose body has n bytes: sets *held to what reading it may take.
 * ERR_OVERLOADED when app->live_max are under way, or as hold_take().
 */
int hold_enter(struct app *app, int64_t *held, size_t n, struct err *e);
/*
 * Makes *held, which is 0 at first, to `bytes`.  ERR_OVERLOADED when all would
 * hold more than request_memory_mb by that; the only one may always.
 */
int hold_take(struct app *app, int64_t *held, int64_t bytes, struct err *e);
/* The same for what is there already, more or less. */
void hold_set(struct app *app, int64_t *held, int64_t bytes);

#endif
