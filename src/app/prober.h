/*
 * Looks at accounts that are left alone after failures, those with
 * probeSeconds: when their list of models comes, the next request may try them
 * before the pause is over.  Nothing is generated.
 */
#ifndef APP_PROBER_H
#define APP_PROBER_H

#include "app/app.h"

struct prober *prober_new(struct app *app);
void prober_free(struct prober *p); /* NULL is allowed */
/* Once a second, by the keeper. */
void prober_tick(struct prober *p);
/* From now on no loop is asked for anything; before these stop. */
void prober_stop(struct prober *p); /* NULL is allowed */

#endif
