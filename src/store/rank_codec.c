#include <string.h>
#include <time.h>

#include "store/rank.h"

enum { RANK_VERSION = 1, MONTHS = 12, EPOCH = 70 };

struct str rank_key_encode(const struct rank_key *k,
			   unsigned char out[RANK_KEY_BYTES])
{
	struct pack w = {out, 0, RANK_KEY_BYTES};

	pack_u8(&w, k->span);
	pack_u32_be(&w, k->period);
	if (k->key_id[0])
		pack_id(&w, k->key_id, sizeof(k->key_id));
	return pack_str(&w);
}

int rank_key_decode(struct str bytes, struct rank_key *out)
{
	struct unpack r = {(const unsigned char *)bytes.p, bytes.n, false};
	struct rank_key k;
	unsigned span;

	memset(&k, 0, sizeof(k));
	span = unpack_u8(&r);
	k.span = (enum rank_span)span;
	k.period = unpack_u32_be(&r);
	unpack_id(&r, k.key_id, sizeof(k.key_id));
	if (unpack_end(&r) < 0 ||
	    (span != RANK_DAY && span != RANK_MONTH && span != RANK_EVER))
		return -1;
	*out = k;
	return 0;
}

struct str rank_encode(const struct rank *r, unsigned char out[RANK_BYTES])
{
	struct pack w = {out, 0, RANK_BYTES};

	pack_u8(&w, RANK_VERSION);
	pack_i64(&w, r->requests);
	pack_i64(&w, r->cost_nano);
	return pack_str(&w);
}

int rank_decode(struct str bytes, struct rank *out)
{
	struct unpack r = {(const unsigned char *)bytes.p, bytes.n, false};
	struct rank rank;
	unsigned version = unpack_u8(&r);

	rank.requests = unpack_i64(&r);
	rank.cost_nano = unpack_i64(&r);
	if (unpack_end(&r) < 0 || version != RANK_VERSION)
		return -1;
	*out = rank;
	return 0;
}

uint32_t rank_period(enum rank_span span, int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms > 0 ? wall_ms / 1000 : 0);
	struct tm tm;

	if (span == RANK_EVER)
		return 0;
	if (span == RANK_DAY)
		return usage_period(USAGE_DAYS, wall_ms);
	gmtime_r(&t, &tm);
	return (uint32_t)((tm.tm_year - EPOCH) * MONTHS + tm.tm_mon);
}
