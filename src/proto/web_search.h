/*
 * A search of the web for a request whose only tool is web_search (messages-api
 * §7.3): the question that is asked of a SearXNG-like server, what it answers,
 * what of that the client gets and what the model reads.
 */
#ifndef PROTO_WEB_SEARCH_H
#define PROTO_WEB_SEARCH_H

#include "base/buf.h"
#include "proto/chat.h"

enum {
	WEB_QUERY_BYTES = 1024,	   /* a longer one is not asked */
	WEB_ANSWER_BYTES = 1 << 20 /* of the server's answer */
};

/* Why there are no results: the words of Anthropic's error_code. */
enum web_search_fault {
	WEB_SEARCH_OK,
	WEB_SEARCH_INVALID, /* there is nothing to search for */
	WEB_SEARCH_QUERY_TOO_LONG,
	WEB_SEARCH_TOO_MANY, /* the server has enough of us */
	WEB_SEARCH_UNAVAILABLE
};
const char *web_search_word(enum web_search_fault fault);

struct web_result {
	struct str title, url, text; /* decoded, in the arena */
	struct str date;	     /* empty: not known */
};
struct web_results {
	enum web_search_fault fault;
	struct web_result *v;
	size_t n;
};

/*
 * What to search for: the text of the last user turn without reminders and
 * without the words that Claude Code puts before it.
 */
enum web_search_fault web_search_query(const struct chat_request *r,
				       struct arena *a, struct str *query);
/* The address to GET; base is the operator's. */
void web_search_url(struct buf *out, struct str base, struct str query,
		    const struct chat_search *search);
/* Reads the server's answer: at most max results, none of a domain that the
 * request does not want.  Other bytes than such an answer: UNAVAILABLE. */
void web_search_read(struct web_results *out, struct str body,
		     const struct chat_search *search, size_t max,
		     struct arena *a);
/* The content of a web_search_tool_result. */
void web_search_content(struct buf *out, const struct web_results *results);
/* Does a text name this address, and not one that only begins with it? */
bool web_search_cites(struct str text, struct str url);
/* The citation of a result, as an object. */
void web_search_citation(struct buf *out, const struct web_result *v);
/* Gives the model the results to answer from: at the end of the last user
 * turn.  *r points into the arena afterwards. */
void web_search_tell(struct chat_request *r, struct str query,
		     const struct web_results *results, struct arena *a);

#endif
