#include "relay/hold.h"

#include "base/jscan.h"

enum { RETRY_MS = 1000, MB = 1024 * 1024 };

/* At its worst: body, tokens and translation. */
static int64_t hold_estimate(size_t n)
{
	/* At most one value for two bytes; the array doubles as it grows. */
	size_t values = n / 2, most = jscan_request_limits.tokens;

	if (values > most)
		values = most;
	return (int64_t)(2 * n + values * sizeof(struct jtok) * 3 / 2);
}

/* More would fail half way, and be taken for the backend's fault. */
static int check_descriptors(const struct app *app, struct err *e)
{
	int64_t live = app->live;

	if (live < app->live_max)
		return 0;
	err_set(e, ERR_OVERLOADED,
		"The gateway has %lld requests in flight, all that its limit "
		"of open files allows",
		(long long)live);
	e->retry_after_ms = RETRY_MS;
	return -1;
}

int hold_take(struct app *app, int64_t *held, int64_t bytes, struct err *e)
{
	int64_t more = bytes - *held;
	int64_t all = atomic_fetch_add(&app->held, more) + more;

	*held = bytes;
	if (all <= app->settings->request_memory_mb * MB || all <= bytes)
		return 0;
	hold_set(app, held, 0);
	err_set(e, ERR_OVERLOADED,
		"The gateway holds too many large requests at the moment");
	e->retry_after_ms = RETRY_MS;
	return -1;
}

int hold_enter(struct app *app, int64_t *held, size_t body, struct err *e)
{
	if (check_descriptors(app, e) < 0)
		return -1;
	return hold_take(app, held, hold_estimate(body), e);
}

void hold_set(struct app *app, int64_t *held, int64_t bytes)
{
	app->held += bytes - *held;
	*held = bytes;
}
