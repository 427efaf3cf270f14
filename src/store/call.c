#include "store/call.h"

#include <pthread.h>

#include "base/clock.h"

/* Where a thread looks first, so that threads seldom meet.  Stacks are at
 * least a page apart. */
static unsigned first_slot(void)
{
	return (unsigned)((uintptr_t)pthread_self() >> 12) % CALL_SLOTS;
}

int call_enter(struct calls *c)
{
	int64_t now = clock_mono_ms();
	unsigned first = first_slot();

	if (now < 1)
		now = 1;
	for (unsigned i = 0; i < CALL_SLOTS; i++) {
		unsigned slot = (first + i) % CALL_SLOTS;
		int64_t unused = 0;

		if (atomic_compare_exchange_strong(&c->since_ms[slot], &unused,
						   now))
			return (int)slot;
	}
	return -1;
}

void call_leave(struct calls *c, int slot)
{
	if (slot >= 0)
		atomic_store(&c->since_ms[slot], 0);
}

int64_t calls_longest_ms(const struct calls *c)
{
	int64_t now = clock_mono_ms();
	int64_t longest = 0;

	for (unsigned i = 0; i < CALL_SLOTS; i++) {
		int64_t since = atomic_load(&c->since_ms[i]);

		if (since && now - since > longest)
			longest = now - since;
	}
	return longest;
}
