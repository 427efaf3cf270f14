/*
 * libcurl's multi handle on a libuv loop, and what transfers of one loop
 * share.  Inside of io/ only.
 */
#ifndef IO_MULTI_H
#define IO_MULTI_H

#include <curl/curl.h>
#include <uv.h>

#include "io/conn_idle.h"
#include "io/loop.h"

struct transfer;

enum { MULTI_POOL = 64 }; /* reset easy handles kept, some 6 KB each */

struct multi {
	struct loop *l;
	CURLM *curl;
	uv_timer_t timer;
	uv_idle_t soon; /* runs while `waiting` is not empty */
	struct conn_idle idle;

	bool in_curl; /* within a callback of libcurl, perhaps */
	bool busy;    /* what is dropped is freed later */
	/* Lists through struct transfer, each transfer at most once in each:
	 * delivered data since the last flush; wait to be started or resumed;
	 * to be freed. */
	struct transfer *touched, *waiting, *dropped;

	CURL *pool[MULTI_POOL];
	size_t npool;
};

struct multi *multi_new(struct loop *l);
void multi_free(struct multi *m); /* all transfers are gone before */

/* A clean handle, and its way back. */
CURL *multi_take_easy(struct multi *m);
void multi_put_easy(struct multi *m, CURL *easy);

/* Calls multi_settle() soon, from the loop. */
void multi_later(struct multi *m);

#endif
