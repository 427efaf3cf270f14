/* Inside of a transfer, for transfer*.c and multi.c only. */
#ifndef IO_TRANSFER_IMPL_H
#define IO_TRANSFER_IMPL_H

#include <curl/curl.h>
#include <uv.h>

#include "io/http_head.h"
#include "io/multi.h"
#include "io/transfer.h"

struct transfer {
	struct multi *m;
	CURL *easy;
	struct curl_slist *headers;
	struct transfer_events events;
	void *ctx;
	struct loop_hook held;
	uv_timer_t timer;
	struct transfer *next_touched, *next_waiting, *next_dropped;

	int64_t start_ms, last_byte_ms, linger_until_ms;
	int64_t first_byte_ms, idle_ms, total_ms; /* limits, 0: none */
	size_t body_bytes;
	struct http_head head;

	bool tls;
	bool added;	/* the multi handle has it */
	bool afresh;	/* on a connection of its own */
	bool shortage;	/* there was no descriptor for it */
	bool head_done; /* reported */
	bool paused;	/* asked for */
	bool stuffed;	/* libcurl holds data that it could not deliver */
	bool lingering; /* no more events; the rest is read */
	bool dropped;	/* no more events; freed soon */
	bool touched, waiting; /* is in that list */
	char error[CURL_ERROR_SIZE];
};

/* Options of the easy handle (transfer_setup.c). */
void transfer_setup(struct transfer *t, const struct transfer_spec *spec);
/* What libcurl's result means; also reads the handle's connection data. */
enum transfer_end transfer_end_of(const struct transfer *t, CURLcode code);

/* Callbacks of libcurl, with the transfer as argument. */
size_t transfer_on_header(char *p, size_t size, size_t n, void *arg);
size_t transfer_on_body(char *p, size_t size, size_t n, void *arg);

/* After a visit to libcurl, and not within: flushes, ends, starts, resumes and
 * frees what the visit brought about. */
void transfer_settle(struct multi *m);

#endif
