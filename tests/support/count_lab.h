/*
 * A relay whose accounts are at a backend with tokenizers, each path another
 * kind of answer (count_lab.c), for tests of relay/count*.c.
 */
#ifndef SUPPORT_COUNT_LAB_H
#define SUPPORT_COUNT_LAB_H

#include "tests/support/relay_lab.h"

#define HI	 "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]"
#define COUNT_HI "{\"model\":\"claude-x\"," HI "}"
#define ESTIMATE "{\"input_tokens\":8}" /* of COUNT_HI */

struct count_lab {
	struct relay_lab relay;
	struct io_server *server;
	struct io_flag *asked;	/* /hang was asked */
	struct io_flag *closed; /* and its connection closed */
	struct buf last;	/* the request that came last */
	pthread_mutex_t lock;
	atomic_int requests;
};

void count_lab_start(struct count_lab *lab);
void count_lab_stop(struct count_lab *lab);
/* An account whose server is at that path; flavour "anthropic": one that speaks
 * that protocol. */
void count_account(struct count_lab *lab, const char *flavour,
		   const char *path);
/* The same; model: what the backend is asked for. */
void count_account_for(struct count_lab *lab, const char *flavour,
		       const char *path, const char *model);

struct fcgi_call count_call(const char *body);
/* A whole answer; by: "backend" or "estimate". */
void is_count(const struct fcgi_reply *reply, const char *want, const char *by,
	      const char *name);
/* Asks and checks. */
void check_count(struct count_lab *lab, const char *body, const char *want,
		 const char *by, const char *name);
/* n requests came to backends since there were `before`. */
void check_asked(struct count_lab *lab, int before, int n, const char *name);
/* Does the request that came last hold this text? */
bool question_has(struct count_lab *lab, const char *text);
/* Path and body of the request that came last. */
void is_question(struct count_lab *lab, const char *path, const char *want,
		 const char *name);

#endif
