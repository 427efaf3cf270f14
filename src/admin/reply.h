/*
 * The envelope of every answer (admin-api.md):
 * {"success":true,"data":...,"message":...} or
 * {"success":false,"error":"<short>","message":"<for people>"}.
 * These run on the worker; each returns ROUTE_ANSWERED, so that a handler can
 * end in `return reply_data(...)`.
 */
#ifndef ADMIN_REPLY_H
#define ADMIN_REPLY_H

#include "base/json.h"
#include "web/response.h"
#include "web/route.h"

/* The body with data inside (taken over; NULL: none) and message (NULL: none),
 * ended by NUL; the caller frees it (mem_free). */
char *reply_text(cJSON *data, const char *message);
enum route_result reply_data(struct request *r, cJSON *data,
			     const char *message);
/* {"success":true}, to be filled and given to reply_object(). */
cJSON *reply_begin(void);
/* An object of a shape of its own, taken over. */
enum route_result reply_object(struct request *r, cJSON *object,
			       const struct response_header *headers,
			       size_t nheaders);
enum route_result reply_error(struct request *r, int status, const char *error,
			      const char *message,
			      const struct response_header *headers,
			      size_t nheaders);
/* Status, short word and headers by the kind of error. */
enum route_result reply_err(struct request *r, const struct err *e);
enum route_result reply_not_found(struct request *r, const char *what);

#endif
