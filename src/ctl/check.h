/* llmrelayctl check: what an installation gets wrong, seen from outside. */
#ifndef CTL_CHECK_H
#define CTL_CHECK_H

#include "app/tickets.h"
#include "app/webserver.h"
#include "ctl/ctl.h"
#include "io/http_call.h"

struct check {
	struct ctl *c;
	char *base;    /* the address without a slash at its end */
	bool insecure; /* any certificate will do */
	int64_t silence_s, body_mb;
	char ticket[TICKET_TEXT + 1];
	cJSON *list; /* findings */
	bool bad;
	/* What serves: as the relay is told, and as the answers' heads say,
	 * which is somebody else when a proxy stands in front. */
	enum webserver inner, outer;
};

/* A request as a client makes it, with the ticket.  More of it may be set
 * before check_send(). */
enum { CHECK_HEADERS = 8 };
struct check_call {
	struct http_call http;
	const char *headers[CHECK_HEADERS];
	struct buf url, key, bearer;
	struct err why; /* of a failure */
	bool failed;
};

void check_call_init(struct check *k, struct check_call *q, const char *method,
		     const char *path);
void check_call_header(struct check_call *q, const char *line);
/* True when the relay itself answered, with 200. */
bool check_send(struct check *k, struct check_call *q);
/* "status 413 of Apache", "Connection reset": for a message. */
void check_say(const struct check_call *q, struct buf *out);
void check_call_release(struct check_call *q);
/* The answer of an echo; NULL unless check_send() was true. */
cJSON *check_echo_of(const struct check_call *q);

enum check_state { CHECK_GOOD, CHECK_BAD, CHECK_UNKNOWN };
/* A finding; why and fix only count when it is not good; fix NULL: the topic's
 * for the web servers at hand, where the topic is one. */
struct check_finding {
	const char *name;
	enum check_state state;
	const char *message, *why, *fix;
	enum webtopic topic; /* WEBTOPICS: none */
};
void check_add(struct check *k, const struct check_finding *f);
void check_add_bad(struct check *k, const char *name, enum webtopic topic,
		   const struct buf *message, const char *why);
void check_add_good(struct check *k, const char *name, const char *message);

/* check_ask.c, check_stream.c: each adds its findings.  False: nothing else can
 * be asked. */
bool check_reach(struct check *k);
bool check_hello(struct check *k);
void check_stream(struct check *k);
void check_body(struct check *k);
void check_slash(struct check *k);
void check_firewall(struct check *k);
void check_prefixes(struct check *k);
void check_admin(struct check *k);
void check_silence(struct check *k);

#endif
