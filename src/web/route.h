/* Tables of routes: a row is all that the dispatcher needs to know. */
#ifndef WEB_ROUTE_H
#define WEB_ROUTE_H

#include "base/err.h"
#include "web/request.h"

struct app;

/* What the handler did with the request. */
enum route_result {
	ROUTE_ANSWERED, /* an answer was written; the caller frees the request
			 */
	ROUTE_TAKEN	/* it lives on a loop now */
};

/* The parts of the path that matched a ":name" of the pattern, in order. */
enum { ROUTE_ARGS = 3 };
struct route_args {
	struct str arg[ROUTE_ARGS];
	size_t n;
};

struct route {
	const char *method;
	const char
	    *pattern;	/* "/a/:id": one segment; "/a/:id*": all the rest */
	unsigned flags; /* meaning belongs to the face that owns the table */
	enum route_result (*handler)(struct app *app, struct request *r,
				     const struct route_args *args);
};

enum route_match { ROUTE_MATCH, ROUTE_NO_PATH, ROUTE_NO_METHOD };

/* Looks path and method up.  ROUTE_NO_METHOD fills allow ("GET, POST"). HEAD
 * matches GET. */
enum route_match route_find(const struct route *table, size_t n,
			    struct str method, struct str path,
			    const struct route **found, struct route_args *args,
			    struct buf *allow);

#endif
