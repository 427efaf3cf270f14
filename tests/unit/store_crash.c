/*
 * A process that settles without pause is killed at any moment, again and
 * again.  What it was told to be settled is in the ledger once, what was in
 * flight is there as interrupted, and the counters agree.
 */
#include "tests/support/tap.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/support/store_dir.h"
#include "tests/support/store_rows.h"

enum { ROUNDS = 30, ROWS_PER_ROUND = 20000, BATCH_MAX = 16 };

enum mark { MARK_NONE, MARK_ADDED, MARK_SETTLED };

/* What the child says, in the order of its doing. */
struct report {
	int row;
	enum mark mark;
};

static void say(int fd, int row, enum mark mark)
{
	struct report r = {row, mark};

	if (write(fd, &r, sizeof(r)) != (ssize_t)sizeof(r))
		_exit(3);
}

/* Batches of 1 to 16, each: marks, settlement, checkpoints now and then. */
static void child(struct store_dir *d, int first, int fd)
{
	static struct ledger_row rows[BATCH_MAX];
	struct err e;

	store_dir_open(d);
	for (int i = first, batch = 1; i < first + ROWS_PER_ROUND;
	     batch = batch % BATCH_MAX + 1) {
		for (int k = 0; k < batch; k++) {
			rows[k] = row_make(i + k);
			if (store_inflight_add(d->s, &rows[k], &e) < 0)
				_exit(4);
			say(fd, i + k, MARK_ADDED);
		}
		if (store_settle(d->s, rows, (size_t)batch, &e) < 0)
			_exit(5);
		for (int k = 0; k < batch; k++)
			say(fd, i + k, MARK_SETTLED);
		if (batch == BATCH_MAX)
			store_keep(d->s);
		i += batch;
	}
	_exit(0);
}

/* Starts a child, kills it after a while, returns its last row or -1. */
static int one_round(struct store_dir *d, int first, long delay_us,
		     unsigned char *marks)
{
	struct timespec delay = {0, delay_us * 1000};
	struct report r;
	int fds[2], last = first, status;
	pid_t pid;

	if (pipe(fds) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		child(d, first, fds[1]);
	}
	close(fds[1]);
	/* The first report says that the store is open. */
	for (bool waited = false;
	     read(fds[0], &r, sizeof(r)) == (ssize_t)sizeof(r);) {
		if (!waited) {
			nanosleep(&delay, NULL);
			kill(pid, SIGKILL);
			waited = true;
		}
		marks[r.row] = (unsigned char)r.mark;
		last = r.row > last ? r.row : last;
	}
	close(fds[0]);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) || WEXITSTATUS(status) == 0 ? last : -1;
}

struct check {
	const unsigned char *marks;
	unsigned char *seen;
	int last, lost, doubled, changed, interrupted, unknown;
};

static int check_row(void *ctx, const struct ledger_row *row)
{
	struct check *c = ctx;
	long i = strtol(row->request_id + 4, NULL, 10);
	struct ledger_row want;

	/* The child may have got further than its last report says. */
	if (i > c->last + BATCH_MAX) {
		c->unknown++;
		return 0;
	}
	c->doubled += c->seen[i]++;
	want = row_make((int)i);
	if (row->outcome == OUTCOME_INTERRUPTED) {
		c->interrupted++;
		c->changed += c->marks[i] == MARK_SETTLED;
		want.outcome = OUTCOME_INTERRUPTED;
	}
	c->changed += !row_same(row, &want);
	return 0;
}

static int verify(struct store_dir *d, const unsigned char *marks, int last,
		  int64_t *rows)
{
	struct check c = {.marks = marks, .last = last};
	struct usage_totals ledger, counters;
	struct err e;
	bool good;

	c.seen = mem_array((size_t)last + BATCH_MAX + 1, 1);
	store_dir_open(d);
	if (store_ledger_each(d->s, &(struct ledger_query){.before_ms = 0},
			      check_row, &c, &e) < 0)
		c.lost = 1000000;
	for (int i = 0; i <= last; i++)
		c.lost += marks[i] != MARK_NONE && !c.seen[i];
	ledger = rows_sum(d->s);
	counters = counters_sum(d->s);
	store_dir_close(d);
	*rows = ledger.requests;
	mem_free(c.seen);
	good = !c.lost && !c.doubled && !c.changed && !c.unknown &&
	       totals_same(&ledger, &counters);
	if (!good)
		diag("lost %d doubled %d changed %d unknown %d rows %d "
		     "counted %d",
		     c.lost, c.doubled, c.changed, c.unknown,
		     (int)ledger.requests, (int)counters.requests);
	return good ? c.interrupted : -1;
}

int main(void)
{
	const char *more = getenv("STORE_CRASH_ROUNDS");
	int64_t rounds = ROUNDS, rows = 0;
	int first = 0, interrupted = 0, before = 0;
	unsigned char *marks;
	struct store_dir d;

	if (more && str_to_i64(str_of(more), 1, 10000, &rounds) < 0)
		return 1;
	store_dir_make(&d);
	marks = mem_array((size_t)rounds * (ROWS_PER_ROUND + BATCH_MAX), 1);
	for (int64_t round = 0; round < rounds; round++) {
		uint32_t random;
		int last;

		secret_random(&random, sizeof(random));
		last = one_round(&d, first, random % 30000, marks);
		if (!ok(last >= first, "round %d: killed at row %d", (int)round,
			last))
			break;
		interrupted = verify(&d, marks, last, &rows);
		ok(interrupted >= before, "nothing lost, nothing doubled");
		before = interrupted;
		first = last + BATCH_MAX;
	}
	ok(interrupted > 0, "%d of %d requests were interrupted", interrupted,
	   (int)rows);
	mem_free(marks);
	store_dir_remove(&d);
	return done_testing();
}
