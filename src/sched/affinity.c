#include "sched/affinity.h"

#include <stddef.h>

#include "base/mem.h"

enum { SETS = 16384, WAYS = 4 };

struct entry {
	uint64_t session; /* 0: free */
	uint32_t account;
	uint32_t used_s;
};

struct affinity {
	struct entry set[SETS][WAYS];
};

struct affinity *affinity_new(void)
{
	return mem_zalloc(sizeof(struct affinity));
}

void affinity_free(struct affinity *a)
{
	mem_free(a);
}

static size_t set_of(uint64_t session)
{
	return session % SETS;
}

uint32_t affinity_get(const struct affinity *a, uint64_t session,
		      int64_t now_ms)
{
	const struct entry *e = a->set[set_of(session)];
	int64_t oldest_s = (now_ms - AFFINITY_MS) / 1000;

	for (int i = 0; i < WAYS && session; i++) {
		if (e[i].session == session)
			return e[i].used_s >= oldest_s ? e[i].account : 0;
	}
	return 0;
}

void affinity_put(struct affinity *a, uint64_t session, uint32_t account,
		  int64_t now_ms)
{
	struct entry *e = a->set[set_of(session)], *at = &e[0];

	if (!session)
		return;
	for (int i = 0; i < WAYS; i++) {
		if (e[i].session == session) {
			at = &e[i];
			break;
		}
		if (e[i].used_s < at->used_s)
			at = &e[i];
	}
	*at = (struct entry){session, account, (uint32_t)(now_ms / 1000)};
}
