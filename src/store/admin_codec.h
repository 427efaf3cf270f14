/* Administrators and sessions as the text of their records. */
#ifndef STORE_ADMIN_CODEC_H
#define STORE_ADMIN_CODEC_H

#include "base/buf.h"
#include "store/admin.h"

int admin_encode(const struct admin *a, struct buf *out, struct err *e);
int admin_decode(struct str text, struct admin *out, struct err *e);
int session_encode(const struct admin_session *v, struct buf *out,
		   struct err *e);
int session_decode(struct str text, struct admin_session *out, struct err *e);

#endif
