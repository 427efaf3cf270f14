/*
 * Why an account was chosen, told in a header of the answer to whoever shows an
 * administrator's token beside the API key: holders of keys learn nothing of
 * accounts.
 */
#ifndef RELAY_DEBUG_H
#define RELAY_DEBUG_H

#include "app/app.h"
#include "web/request.h"
#include "web/response.h"

struct exchange;

/* `x-llmrelay-debug: 1` with a live session's or token's `x-admin-token`. */
bool debug_wanted(struct app *app, const struct request *r);
/* 1 with *out filled (borrowed from x), else 0: also while a helper thread may
 * be choosing. */
size_t debug_header(const struct exchange *x, struct response_header *out);

#endif
