/* What was learned about backends as the text of its records. */
#ifndef STORE_LEARNED_CODEC_H
#define STORE_LEARNED_CODEC_H

#include "base/buf.h"
#include "store/learned.h"

int learned_encode(const struct learned *l, struct buf *out, struct err *e);
/* Fills *out, which the caller has not initialised; on -1 it is empty. */
int learned_decode(struct str text, struct learned *out, struct err *e);

#endif
