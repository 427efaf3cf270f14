/*
 * Message threads: a client that asks for one sends new messages only, what was
 * said before is kept here (store/conversation.h).  Only when the settings say
 * so; and a client whose conversation is gone is told so and sends all of it.
 */
#ifndef RELAY_THREAD_H
#define RELAY_THREAD_H

#include "app/app.h"
#include "base/jscan.h"
#include "store/api_key.h"
#include "store/conversation.h"
#include "web/request.h"

/* The conversation of one request whose answer is to be kept. */
struct thread;

/*
 * Looks for `thread` in a request's body; doc is scratch.  *out is NULL when
 * there is none, or when threads are off (the request's reader refuses then).
 * The body of one that goes on is replaced by the whole conversation.
 * ERR_BAD_REQUEST, or ERR_NOT_FOUND with the code that clients act on.
 */
int thread_open(struct app *app, struct request *r, const struct api_key *key,
		struct jdoc *doc, struct thread **out, struct err *e);
void thread_free(struct thread *t); /* NULL is allowed */

/* ERR_BAD_REQUEST: the client may send all of it, without a thread. */
int thread_refuse(struct err *e);

/* How large an answer may be so that it can be kept. */
size_t thread_room(const struct thread *t);
/* The answer's content (chat_reply_content), before thread_store(); without
 * one nothing will be stored. */
void thread_answer(struct thread *t, const char *message_id,
		   struct str content);
/* Writes to the store; not on a loop. */
void thread_store(struct thread *t);

#endif
