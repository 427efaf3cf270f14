/* How much all conversations take, which the store knows while it is open. */
#ifndef STORE_CONVERSATION_TOTAL_H
#define STORE_CONVERSATION_TOTAL_H

#include "store/store.h"

/* Adds them up; once, when it is opened. */
int conversation_total(struct store *s, struct err *e);

#endif
