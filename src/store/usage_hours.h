/* Since when the counters of hours are whole: struct store's hours_from. */
#ifndef STORE_USAGE_HOURS_H
#define STORE_USAGE_HOURS_H

#include "store/store.h"

/* When the store is opened. */
int usage_hours_load(struct store *s, struct err *e);

#endif
