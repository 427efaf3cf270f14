#include "admin/ledger_list.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { BY_INDEX = 4 };

static const char *const words[OUTCOMES] = {
    [OUTCOME_COMPLETE] = "complete",
    [OUTCOME_ERROR] = "error",
    [OUTCOME_ABORTED] = "aborted",
    [OUTCOME_INTERRUPTED] = "interrupted",
};

const char *ledger_outcome_word(enum ledger_outcome outcome)
{
	return outcome < OUTCOMES ? words[outcome] : "";
}

static int read_outcomes(struct request *r, unsigned *out, struct err *e)
{
	struct str rest = request_query(r, "outcome");

	while (rest.n) {
		struct str word = str_cut(&rest, ',');
		unsigned bit = 0;

		for (size_t i = 0; i < OUTCOMES; i++) {
			if (str_is(word, words[i]))
				bit = 1u << i;
		}
		if (!bit)
			return err_set(e, ERR_BAD_REQUEST,
				       "outcome must be of complete, error, "
				       "aborted, interrupted");
		*out |= bit;
	}
	return 0;
}

/* "429", or "4xx" for all that begin so. */
static int read_status(struct request *r, struct ledger_list *l, struct err *e)
{
	struct str text = request_query(r, "status");
	bool all = text.n == 3 && str_ends(text, STR("xx"));
	int64_t n;

	if (!text.n)
		return 0;
	if (str_to_i64(all ? str_sub(text, 0, 1) : text, all ? 1 : 100,
		       all ? 5 : 599, &n) < 0)
		return err_set(e, ERR_BAD_REQUEST,
			       "status must be like 429 or 4xx");
	l->status_from = all ? n * 100 : n;
	l->status_to = all ? n * 100 + 99 : n;
	return 0;
}

static int read_date(struct request *r, const char *name, int64_t *out,
		     struct err *e)
{
	struct str text = request_query(r, name);

	if (!text.n || clock_parse_iso(arena_strz(&r->arena, text), out) == 0)
		return 0;
	return err_set(e, ERR_BAD_REQUEST, "%s must be an ISO date", name);
}

/* "<milliseconds>.<request id>": rows of one millisecond have an order too. */
static int read_cursor(struct request *r, struct ledger_query *q, struct err *e)
{
	struct str text = request_query(r, "cursor"), id = text;
	struct str ms = str_cut(&id, '.');

	if (!text.n)
		return 0;
	q->before_id = arena_strz(&r->arena, id);
	if (str_to_i64(ms, 1, INT64_MAX, &q->before_ms) < 0 || id.n == 0 ||
	    id.n >= LEDGER_ID_BYTES)
		return err_set(e, ERR_BAD_REQUEST,
			       "cursor must be a nextCursor of this list");
	return 0;
}

static void read_ids(struct request *r, struct ledger_list *l)
{
	struct str key = request_query(r, "keyId");

	if (!key.n)
		key = request_query(r, "apiKeyId");
	l->account_id = request_query(r, "accountId");
	l->nothing =
	    key.n >= STORE_ID_BYTES || l->account_id.n >= STORE_ID_BYTES;
	if (l->nothing)
		return;
	if (l->q.key_id && key.n && !str_is(key, l->q.key_id))
		l->nothing = true;
	else if (key.n)
		l->q.key_id = arena_strz(&r->arena, key);
	if (!l->q.key_id && !l->q.account_id && l->account_id.n)
		l->q.account_id = arena_strz(&r->arena, l->account_id);
}

int ledger_list_read(struct request *r, struct ledger_list *l, struct err *e)
{
	int64_t until_ms = 0;

	l->model = request_query(r, "model");
	l->error = request_query(r, "error");
	read_ids(r, l);
	if (read_outcomes(r, &l->outcomes, e) < 0 || read_status(r, l, e) < 0 ||
	    read_date(r, "startDate", &l->from_ms, e) < 0 ||
	    read_date(r, "endDate", &until_ms, e) < 0)
		return -1;
	if (until_ms)
		l->q.before_ms = until_ms + 1;
	return read_cursor(r, &l->q, e);
}

bool ledger_list_ended(const struct ledger_list *l,
		       const struct ledger_row *row)
{
	return (!l->error.n || str_is(l->error, row->error)) &&
	       (!l->outcomes || l->outcomes & 1u << row->outcome) &&
	       (!l->status_to ||
		(row->status >= l->status_from && row->status <= l->status_to));
}

static bool matches(const struct ledger_list *l, const struct ledger_row *row)
{
	return (!l->account_id.n || str_is(l->account_id, row->account_id)) &&
	       (!l->model.n || str_is(l->model, row->model)) &&
	       (l->every_end || ledger_list_ended(l, row));
}

struct walk {
	struct ledger_list *l;
	void (*fn)(void *ctx, const struct ledger_row *row);
	void *ctx;
};

static int step(void *ctx, const struct ledger_row *row)
{
	struct walk *w = ctx;
	struct ledger_list *l = w->l;

	if (row->started_ms < l->from_ms)
		return 1;
	l->more = l->n == l->size || l->looked == l->look;
	if (l->more)
		return 1;
	l->looked++;
	l->oldest_ms = row->started_ms;
	snprintf(l->cursor, sizeof(l->cursor), "%lld.%s",
		 (long long)row->started_ms, row->request_id);
	if (!matches(l, row))
		return 0;
	l->n++;
	w->fn(w->ctx, row);
	return 0;
}

int ledger_list_each(struct app *app, struct ledger_list *l,
		     void (*fn)(void *ctx, const struct ledger_row *row),
		     void *ctx, struct err *e)
{
	struct walk w = {l, fn, ctx};
	struct ledger_query q = l->q;

	if (q.key_id || q.account_id)
		l->look /= BY_INDEX;
	if (l->nothing)
		return 0;
	/* That of the account is looked at here, so that it is counted. */
	if (q.key_id && q.account_id) {
		l->account_id = str_of(q.account_id);
		q.account_id = NULL;
	}
	return store_ledger_each(app->store, &q, step, &w, e);
}

void ledger_list_add_cursor(const struct ledger_list *l, cJSON *o)
{
	if (l->more)
		cJSON_AddStringToObject(o, "nextCursor", l->cursor);
	else
		cJSON_AddNullToObject(o, "nextCursor");
}
