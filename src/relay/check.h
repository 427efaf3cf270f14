/*
 * /v1/check: what `llmrelayctl check` asks through the web server, with a
 * ticket (app/tickets.h).
 *
 *   echo     what arrived of a request: bytes, path, headers
 *   stream   events, each sent when the one before was seen
 *   seen     the client has seen so many of them
 *   silence  an answer that takes its time
 */
#ifndef RELAY_CHECK_H
#define RELAY_CHECK_H

#include "app/app.h"
#include "web/route.h"

enum route_result check_echo(struct app *app, struct request *r,
			     const struct route_args *args);
enum route_result check_stream(struct app *app, struct request *r,
			       const struct route_args *args);
enum route_result check_seen(struct app *app, struct request *r,
			     const struct route_args *args);
enum route_result check_silence(struct app *app, struct request *r,
				const struct route_args *args);

/* Whether the request carries a ticket that holds. */
bool check_has_ticket(struct app *app, const struct request *r);

#endif
