#include "store/ledger_codec.h"

#include <math.h>
#include <string.h>

/* Each version has what the one before has, and behind it: a trail; the reasons
 * for the choice of accounts; what each kind of tokens costs; the error in
 * words. */
enum {
	ROW_VERSION = 1,
	ROW_WITH_TRAIL = 2,
	ROW_WITH_WHY = 3,
	ROW_WITH_COSTS = 4,
	ROW_WITH_MESSAGE = 5
};
enum { ROW_STREAM = 1, ROW_ESTIMATED = 2, ROW_PRICED = 4, ROW_FLAGS = 7 };

/* Both directions walk these tables, in the order of the layout. */
static const size_t numbers[] = {
    offsetof(struct ledger_row, started_ms),
    offsetof(struct ledger_row, duration_ms),
    offsetof(struct ledger_row, first_byte_ms),
    offsetof(struct ledger_row, input),
    offsetof(struct ledger_row, output),
    offsetof(struct ledger_row, cache_read),
    offsetof(struct ledger_row, cache_write),
    offsetof(struct ledger_row, thinking),
};
static const size_t nnumbers = sizeof(numbers) / sizeof(numbers[0]);

#define TEXT(field)                                                            \
	{                                                                      \
		offsetof(struct ledger_row, field),                            \
		    sizeof(((struct ledger_row *)0)->field)                    \
	}
static const struct {
	size_t offset, size;
} texts[] = {
    TEXT(request_id), TEXT(model),	 TEXT(sent_model),
    TEXT(endpoint),   TEXT(stop_reason), TEXT(error),
};
static const size_t ntexts = sizeof(texts) / sizeof(texts[0]);

static const size_t costs[] = {
    offsetof(struct ledger_row, cost_of.input),
    offsetof(struct ledger_row, cost_of.output),
    offsetof(struct ledger_row, cost_of.cache_read),
    offsetof(struct ledger_row, cost_of.cache_write),
};
static const size_t ncosts = sizeof(costs) / sizeof(costs[0]);

static unsigned version_of(const struct ledger_row *row)
{
	const struct ledger_cost *c = &row->cost_of;

	if (row->message[0])
		return ROW_WITH_MESSAGE;
	if (c->input || c->output || c->cache_read || c->cache_write)
		return ROW_WITH_COSTS;
	if (row->why[0])
		return ROW_WITH_WHY;
	return row->trail[0] ? ROW_WITH_TRAIL : ROW_VERSION;
}

struct str ledger_encode(const struct ledger_row *row,
			 unsigned char out[LEDGER_RECORD_BYTES])
{
	struct pack w = {out, 0, LEDGER_RECORD_BYTES};
	const char *base = (const char *)row;
	unsigned version = version_of(row);

	pack_u8(&w, version);
	pack_u8(&w, row->outcome);
	pack_u8(&w, (row->stream ? ROW_STREAM : 0u) |
			(row->estimated ? ROW_ESTIMATED : 0u) |
			(row->priced ? ROW_PRICED : 0u));
	pack_u32(&w, (uint32_t)row->status);
	pack_u32(&w, (uint32_t)row->attempts);
	for (size_t i = 0; i < nnumbers; i++)
		pack_i64(&w, *(const int64_t *)(base + numbers[i]));
	pack_double(&w, isfinite(row->cost) ? row->cost : 0);
	pack_id(&w, row->key_id, sizeof(row->key_id));
	pack_id(&w, row->account_id, sizeof(row->account_id));
	for (size_t i = 0; i < ntexts; i++)
		pack_text(&w, base + texts[i].offset, texts[i].size);
	if (version >= ROW_WITH_TRAIL)
		pack_text(&w, row->trail, sizeof(row->trail));
	if (version >= ROW_WITH_WHY)
		pack_long_text(&w, row->why, sizeof(row->why));
	for (size_t i = 0; version >= ROW_WITH_COSTS && i < ncosts; i++)
		pack_i64(&w, *(const int64_t *)(base + costs[i]));
	if (version >= ROW_WITH_MESSAGE)
		pack_long_text(&w, row->message, sizeof(row->message));
	return pack_str(&w);
}

/* What stands behind what all versions have. */
static void unpack_more(struct unpack *r, unsigned version,
			struct ledger_row *row)
{
	if (version >= ROW_WITH_TRAIL)
		unpack_text(r, row->trail, sizeof(row->trail));
	if (version >= ROW_WITH_WHY)
		unpack_long_text(r, row->why, sizeof(row->why));
	for (size_t i = 0; version >= ROW_WITH_COSTS && i < ncosts; i++)
		*(int64_t *)((char *)row + costs[i]) = unpack_i64(r);
	if (version >= ROW_WITH_MESSAGE)
		unpack_long_text(r, row->message, sizeof(row->message));
	/* One way to write a row. */
	r->bad |= version_of(row) != version;
}

int ledger_decode(struct str bytes, struct ledger_row *out)
{
	struct unpack r = {(const unsigned char *)bytes.p, bytes.n, false};
	struct ledger_row row;
	char *base = (char *)&row;
	unsigned version, outcome, flags;

	memset(&row, 0, sizeof(row));
	version = unpack_u8(&r);
	if (version < ROW_VERSION || version > ROW_WITH_MESSAGE)
		return -1;
	outcome = unpack_u8(&r);
	flags = unpack_u8(&r);
	if (outcome >= OUTCOMES || flags & ~(unsigned)ROW_FLAGS)
		return -1;
	row.outcome = (enum ledger_outcome)outcome;
	row.stream = flags & ROW_STREAM;
	row.estimated = flags & ROW_ESTIMATED;
	row.priced = flags & ROW_PRICED;
	row.status = (int32_t)unpack_u32(&r);
	row.attempts = (int32_t)unpack_u32(&r);
	for (size_t i = 0; i < nnumbers; i++)
		*(int64_t *)(base + numbers[i]) = unpack_i64(&r);
	row.cost = unpack_double(&r);
	unpack_id(&r, row.key_id, sizeof(row.key_id));
	unpack_id(&r, row.account_id, sizeof(row.account_id));
	for (size_t i = 0; i < ntexts; i++)
		unpack_text(&r, base + texts[i].offset, texts[i].size);
	unpack_more(&r, version, &row);
	if (unpack_end(&r) < 0)
		return -1;
	*out = row;
	return 0;
}

struct str ledger_key(int64_t started_ms, const char *request_id,
		      unsigned char out[LEDGER_KEY_BYTES])
{
	struct pack w = {out, 0, LEDGER_KEY_BYTES};

	pack_time_be(&w, started_ms);
	pack_bytes(&w, request_id, strnlen(request_id, LEDGER_ID_BYTES));
	return pack_str(&w);
}

struct str ledger_index_key(const char *id, struct str key,
			    unsigned char out[LEDGER_INDEX_BYTES])
{
	struct pack w = {out, 0, LEDGER_INDEX_BYTES};

	pack_id(&w, id, STORE_ID_BYTES);
	pack_bytes(&w, key.p, key.n);
	return pack_str(&w);
}
