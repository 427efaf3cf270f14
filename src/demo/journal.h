/* The demo's log of requests: one JSON object a line, each written at once. */
#ifndef DEMO_JOURNAL_H
#define DEMO_JOURNAL_H

#include "base/err.h"
#include "demo/http.h"

struct journal {
	int fd; /* -1: no log */
	bool bodies;
};

/* Appends to the file at path; path == NULL: no log. */
int journal_open(struct journal *j, const char *path, struct err *e);
void journal_close(struct journal *j);
void journal_request(struct journal *j, uint64_t number,
		     const struct http_in *in);
/* event: "done", "cut" (as a switch told) or "aborted" (the client left). */
void journal_end(struct journal *j, const char *event, uint64_t number,
		 int status, int64_t frames);

#endif
