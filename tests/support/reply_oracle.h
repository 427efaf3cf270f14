/*
 * A reader of Messages event streams that knows nothing of the writer: checks
 * the grammar of messages-api §13.1 and puts the message together as a client
 * does.
 */
#ifndef SUPPORT_REPLY_ORACLE_H
#define SUPPORT_REPLY_ORACLE_H

#include "base/buf.h"

/*
 * NULL when events are legal, else what is wrong.  finished: message_stop was
 * there; message receives what the client has then, in the form of
 * oracle_message().
 */
const char *oracle_events(struct str events, struct buf *message,
			  bool *finished);
/* content, stop and usage of a message object, to compare; NULL or what is
 * wrong with it. */
const char *oracle_message(struct str json, struct buf *message);

#endif
