#include "sched/health.h"

#include "base/str.h"

static bool pause_is_over(const struct health *h, int64_t now_ms)
{
	return now_ms >= h->until_ms;
}

bool health_cooling(const struct health *h, int64_t now_ms)
{
	return h->until_ms && (h->trying || !pause_is_over(h, now_ms));
}

int64_t health_wait_ms(const struct health *h, int64_t now_ms)
{
	if (!health_cooling(h, now_ms))
		return 0;
	if (h->until_ms == INT64_MAX)
		return -1;
	return pause_is_over(h, now_ms) ? HEALTH_PAUSE_MS
					: h->until_ms - now_ms;
}

bool health_begin(struct health *h, int64_t now_ms)
{
	if (!h->until_ms || h->trying || !pause_is_over(h, now_ms))
		return false;
	h->trying = true;
	return true;
}

void health_abandon(struct health *h, bool tried)
{
	if (tried)
		h->trying = false;
}

void health_ready(struct health *h, int64_t now_ms)
{
	if (health_cooling(h, now_ms) && h->cause != HEALTH_RATE_LIMITED)
		h->until_ms = now_ms > 0 ? now_ms : 1;
}

static int64_t clamp(int64_t ms, int64_t max)
{
	return ms < max ? ms : max;
}

static void rate_limited(struct health *h, int64_t wait_ms, int64_t now_ms)
{
	int64_t until = now_ms + clamp(wait_ms > 0 ? wait_ms : HEALTH_PAUSE_MS,
				       HEALTH_WAIT_MAX_MS);

	if (until > h->until_ms)
		h->until_ms = until;
}

/* What failed while it cooled was begun before that, and counts once. */
static void failed(struct health *h, bool tried, int64_t now_ms)
{
	if (h->until_ms && !pause_is_over(h, now_ms))
		return;
	if (!tried && h->failures < HEALTH_FAILURES)
		return;
	h->pause_ms = h->pause_ms ? clamp(h->pause_ms * 2, HEALTH_PAUSE_MAX_MS)
				  : HEALTH_PAUSE_MS;
	h->until_ms = now_ms + h->pause_ms;
}

void health_report(struct health *h, enum health_event event, bool tried,
		   int64_t retry_after_ms, const char *reason, int64_t now_ms)
{
	if (event == HEALTH_GOOD) {
		*h = (struct health){.failures = 0};
		return;
	}
	health_abandon(h, tried);
	h->failures++;
	h->cause = event;
	str_put(h->reason, sizeof(h->reason), str_of(reason));
	if (event == HEALTH_RATE_LIMITED)
		rate_limited(h, retry_after_ms, now_ms);
	else if (event == HEALTH_UNAUTHORIZED)
		h->until_ms = INT64_MAX;
	else
		failed(h, tried, now_ms);
}
