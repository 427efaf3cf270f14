#include "relay/hops.h"

#include <stdio.h>

int hops_count(const struct request *r, char line[HOPS_LINE_BYTES],
	       struct err *e)
{
	int64_t n = 0;

	str_to_i64(request_header(r, "x-llmrelay-hops"), 0, HOPS_MAX, &n);
	if (n >= HOPS_MAX)
		return err_set(e, ERR_BAD_REQUEST,
			       "this request has passed %d gateways: the "
			       "address of an account leads back to where it "
			       "came from",
			       HOPS_MAX);
	snprintf(line, HOPS_LINE_BYTES, "x-llmrelay-hops: %d", (int)n + 1);
	return 0;
}
