#include <string.h>

#include "app/lessons_impl.h"
#include "base/mem.h"

struct lesson_book {
	pthread_mutex_t lock;
	struct lessons *first;
};

struct lesson_book *lesson_book_new(void)
{
	struct lesson_book *b = mem_zalloc(sizeof(*b));

	pthread_mutex_init(&b->lock, NULL);
	return b;
}

void lesson_book_free(struct lesson_book *b)
{
	if (!b)
		return;
	while (b->first) {
		struct lessons *l = b->first;

		b->first = l->next;
		lessons_release(l);
	}
	pthread_mutex_destroy(&b->lock);
	mem_free(b);
}

/* Where the account's stand, or the end of the list. */
static struct lessons **place_of(struct lesson_book *b, const char *id)
{
	struct lessons **at = &b->first;

	while (*at && strcmp((*at)->l.account_id, id) != 0)
		at = &(*at)->next;
	return at;
}

static void replace(struct lessons **at, struct lessons *with)
{
	struct lessons *old = *at;

	with->next = old ? old->next : NULL;
	*at = with;
	lessons_release(old);
}

void lesson_book_adopt(struct lesson_book *b, struct learned *l)
{
	struct lessons *with = lessons_new();

	with->l = *l;
	memset(l, 0, sizeof(*l));
	pthread_mutex_lock(&b->lock);
	replace(place_of(b, with->l.account_id), with);
	pthread_mutex_unlock(&b->lock);
}

/* What makes an account mean one backend. */
static void identify(const struct account *a, char out[LEARNED_IDENTITY_BYTES])
{
	const char *const parts[] = {a->address, a->flavour, a->protocol,
				     a->deployment};
	struct buf text = BUF_INIT(64 * 1024);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		buf_addf(&text, "%s\n", parts[i] ? parts[i] : "");
	secret_digest(buf_str(&text), out);
	buf_release(&text);
}

struct lessons *lesson_book_open(struct lesson_book *b, const struct account *a)
{
	char identity[LEARNED_IDENTITY_BYTES];
	struct lessons **at, *l;

	identify(a, identity);
	pthread_mutex_lock(&b->lock);
	at = place_of(b, a->id);
	l = *at;
	if (!l || strcmp(l->l.identity, identity) != 0) {
		struct lessons *fresh = lessons_new();

		fresh->due_ms = l ? 0 : INT64_MAX; /* over the old record */
		memcpy(fresh->l.account_id, a->id, STORE_ID_BYTES);
		memcpy(fresh->l.identity, identity, sizeof(identity));
		replace(at, fresh);
		l = fresh;
	}
	l->refs++;
	pthread_mutex_unlock(&b->lock);
	return l;
}

struct lessons *lesson_book_find(struct lesson_book *b, const struct account *a)
{
	char identity[LEARNED_IDENTITY_BYTES];
	struct lessons *l;

	identify(a, identity);
	pthread_mutex_lock(&b->lock);
	l = *place_of(b, a->id);
	if (l && strcmp(l->l.identity, identity) != 0)
		l = NULL;
	if (l)
		l->refs++;
	pthread_mutex_unlock(&b->lock);
	return l;
}

void lesson_book_drop(struct lesson_book *b, const char *account_id)
{
	struct lessons **at, *l;

	pthread_mutex_lock(&b->lock);
	at = place_of(b, account_id);
	l = *at;
	if (l)
		*at = l->next;
	pthread_mutex_unlock(&b->lock);
	lessons_release(l);
}

bool lesson_book_copy(struct lesson_book *b, const char *account_id,
		      struct learned *out)
{
	struct lessons *l;

	pthread_mutex_lock(&b->lock);
	l = *place_of(b, account_id);
	if (l) {
		pthread_mutex_lock(&l->lock);
		learned_copy(out, &l->l);
		pthread_mutex_unlock(&l->lock);
	}
	pthread_mutex_unlock(&b->lock);
	return l != NULL;
}

void lesson_book_reset(struct lesson_book *b, const char *account_id,
		       int64_t now_ms)
{
	struct lessons *l;

	pthread_mutex_lock(&b->lock);
	l = *place_of(b, account_id);
	if (l) {
		pthread_mutex_lock(&l->lock);
		l->l.nmodels = 0;
		l->due_ms = now_ms;
		pthread_mutex_unlock(&l->lock);
	}
	pthread_mutex_unlock(&b->lock);
}

/* Copies of those that are due by then, marked as written. */
static struct learned *take_due(struct lesson_book *b, int64_t by_ms, size_t *n)
{
	struct learned *list = NULL;
	size_t cap = 0;

	*n = 0;
	pthread_mutex_lock(&b->lock);
	for (struct lessons *l = b->first; l; l = l->next) {
		pthread_mutex_lock(&l->lock);
		if (l->due_ms <= by_ms) {
			if (*n == cap) {
				cap = cap ? 2 * cap : 16;
				list = mem_realloc(list, cap * sizeof(*list));
			}
			learned_copy(&list[(*n)++], &l->l);
			l->due_ms = INT64_MAX;
		}
		pthread_mutex_unlock(&l->lock);
	}
	pthread_mutex_unlock(&b->lock);
	return list;
}

/* They could not be written: again next time. */
static void give_back(struct lesson_book *b, const struct learned *list,
		      size_t n, int64_t now_ms)
{
	pthread_mutex_lock(&b->lock);
	for (size_t i = 0; i < n; i++) {
		struct lessons *l = *place_of(b, list[i].account_id);

		if (!l)
			continue;
		pthread_mutex_lock(&l->lock);
		l->due_ms = now_ms;
		pthread_mutex_unlock(&l->lock);
	}
	pthread_mutex_unlock(&b->lock);
}

int lesson_book_save(struct lesson_book *b, struct store *s, int64_t now_ms,
		     bool all, struct err *e)
{
	size_t n;
	struct learned *list = take_due(b, all ? INT64_MAX - 1 : now_ms, &n);
	int rc = 0;

	if (n)
		rc = store_learned_put(s, list, n, e);
	if (rc < 0)
		give_back(b, list, n, now_ms);
	learned_list_free(list, n);
	return rc;
}
