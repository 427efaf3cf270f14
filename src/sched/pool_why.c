/* What is told of a choice: to clients when nothing could be picked, and to
 * administrators always. */
#include "sched/pool_impl.h"

enum { NAMED = 4, NAME_SHOWN = 40 };

static const struct {
	const char *word, *sentence; /* NULL: the word */
} outs[OUTS] = {
    [OUT_LOWER] = {"lower priority", NULL},
    [OUT_BUSIER] = {"busier", NULL},
    [OUT_BUSY_HOME] = {"has the session but is busier", NULL},
    [OUT_TURN] = {"not its turn", NULL},
    [OUT_AWAY] = {"has not the session", NULL},
    [OUT_FULL] = {"full", NULL},
    [OUT_COOLING] = {"cooling down", NULL},
    [OUT_TRIED] = {"failed this request", NULL},
    [OUT_INCAPABLE] = {"no vision",
		       "lacks a capability that the request needs"},
    [OUT_FACE] = {"other protocol",
		  "speaks another protocol than this request needs"},
    [OUT_UNSCHEDULABLE] = {"not schedulable", NULL},
    [OUT_INACTIVE] = {"not active", NULL},
    [OUT_RESERVED] = {"for other keys", NULL},
    [OUT_UNMAPPED] = {"not mapped", NULL},
};

static const char *cause_of(const struct health *h)
{
	static const char *const causes[] = {
	    [HEALTH_RATE_LIMITED] = "rate limited",
	    [HEALTH_UNAUTHORIZED] = "its credentials were refused",
	    [HEALTH_FAILED] = "it kept failing",
	};

	return causes[h->cause];
}

static long long seconds(int64_t ms)
{
	return (long long)(ms + 999) / 1000;
}

static void say_cooling(struct buf *why, const struct health *h, int64_t now_ms)
{
	int64_t wait_ms = health_wait_ms(h, now_ms);

	if (wait_ms < 0)
		buf_addf(why, "out until reset (%s)", cause_of(h));
	else
		buf_addf(why, "cooling down for %lld s (%s)", seconds(wait_ms),
			 cause_of(h));
}

static void say_one(struct buf *why, const struct pool_slot *s, int64_t now_ms)
{
	buf_addf(why, "%s%s: ", why->len ? "; " : "", s->name);
	if (s->out == OUT_COOLING || s->out == OUT_NOT)
		say_cooling(why, &s->health, now_ms);
	else
		buf_adds(why, outs[s->out].sentence ? outs[s->out].sentence
						    : outs[s->out].word);
	if (slot_is_full(s))
		buf_addf(why, " (%lld in flight)", (long long)s->in_flight);
}

void pool_say_why(const struct pool *p, const struct pool_query *q,
		  int64_t now_ms, struct buf *why)
{
	for (const struct pool_slot *s = p->slots; s; s = s->next) {
		if (s->out != OUT_RESERVED && s->out != OUT_UNMAPPED)
			say_one(why, s, now_ms);
	}
	if (!why->len && q->binding && q->binding[0])
		buf_adds(why, "the account or group that this API key is bound "
			      "to has no account for it");
}

/* Accounts that are out for one reason: the first few by name. */
struct group {
	const struct pool_slot *named[NAMED];
	size_t n;
};

/* Of those that might have been taken: why another was. */
static enum pool_out out_beside(const struct pool_slot *s,
				const struct pool_choice *c)
{
	if (s->out != OUT_NOT)
		return s->out;
	if (s->priority < c->taken->priority)
		return OUT_LOWER;
	if (c->warm)
		return OUT_AWAY;
	if (s->number == c->home)
		return OUT_BUSY_HOME;
	return slot_is_lighter(c->best, s, 1) ? OUT_BUSIER : OUT_TURN;
}

static void add_name(struct buf *out, const struct pool_slot *s)
{
	struct str name = str_of(s->name);

	buf_addstr(out, str_sub(name, 0, str_utf8_floor(name, NAME_SHOWN)));
}

static void add_detail(struct buf *out, const struct pool_slot *s,
		       int64_t now_ms)
{
	int64_t wait_ms = health_wait_ms(&s->health, now_ms);

	if (s->out == OUT_FULL)
		buf_addf(out, " (%lld in flight)", (long long)s->in_flight);
	else if (s->out == OUT_COOLING && wait_ms < 0)
		buf_addf(out, " (%s; until reset)", cause_of(&s->health));
	else if (s->out == OUT_COOLING)
		buf_addf(out, " (%s; %lld s)", cause_of(&s->health),
			 seconds(wait_ms));
}

static void say_group(struct buf *out, const char *word, const struct group *g,
		      int64_t now_ms)
{
	buf_addf(out, "%s%s: ", out->len ? "; " : "", word);
	for (size_t i = 0; i < g->n && i < NAMED; i++) {
		if (i)
			buf_adds(out, ", ");
		add_name(out, g->named[i]);
		add_detail(out, g->named[i], now_ms);
	}
	if (g->n > NAMED)
		buf_addf(out, " and %zu more", g->n - NAMED);
}

void pool_say_choice(const struct pool *p, const struct pool_choice *c,
		     int64_t now_ms, struct buf *out)
{
	struct group groups[OUTS] = {{{NULL}, 0}};

	for (const struct pool_slot *s = p->slots; s; s = s->next) {
		struct group *g;

		if (s == c->taken)
			continue;
		g = &groups[out_beside(s, c)];
		if (g->n < NAMED)
			g->named[g->n] = s;
		g->n++;
	}
	if (c->taken) {
		add_name(out, c->taken);
		buf_addf(out, " (%s)", c->how);
	} else {
		buf_adds(out, "none");
	}
	for (size_t i = 0; i < OUTS; i++) {
		if (groups[i].n)
			say_group(out, outs[i].word, &groups[i], now_ms);
	}
}
