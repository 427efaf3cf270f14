/*
 * The connection test of an account.  Workers do not wait for backends: the
 * request goes to a loop, which answers it when the test is over.
 */
#ifndef ADMIN_ACCOUNT_TEST_H
#define ADMIN_ACCOUNT_TEST_H

#include "app/app.h"
#include "base/json.h"
#include "store/account.h"
#include "web/route.h"

struct account_test_plan {
	const struct account *account; /* copied */
	bool full;		       /* also a tool call; waits longer */
	cJSON *data; /* the answer's data, taken over; the result becomes its
			member "test"; NULL: the result is the data */
	const char *message; /* literal or NULL */
};

/* Always ROUTE_TAKEN. */
enum route_result account_test_start(struct app *app, struct request *r,
				     const struct account_test_plan *plan);

#endif
