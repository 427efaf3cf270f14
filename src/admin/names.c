#include "admin/names.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "store/account.h"
#include "store/api_key.h"

/* One place for each hash: another id with the same one takes it over, so that
 * a list of any length needs no more than this. */
enum { PLACES = 512 };

struct name {
	char id[STORE_ID_BYTES];
	char *text;
};

struct names {
	struct store *store;
	struct name accounts[PLACES], keys[PLACES];
};

struct names *names_new(struct app *app)
{
	struct names *n = mem_zalloc(sizeof(*n));

	n->store = app->store;
	return n;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < PLACES; i++) {
		mem_free(n->accounts[i].text);
		mem_free(n->keys[i].text);
	}
	mem_free(n);
}

static struct name *place_of(struct name *places, const char *id)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (const char *c = id; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	return &places[hash % PLACES];
}

static char *read_account(struct store *s, const char *id)
{
	struct account a;
	struct err e;
	char *text = NULL;

	if (store_account_get(s, id, &a, &e) < 0)
		return NULL;
	if (a.name)
		text = mem_strdup(a.name);
	account_release(&a);
	return text;
}

static char *read_key(struct store *s, const char *id)
{
	struct api_key k;
	struct err e;
	char *text = NULL;

	if (store_api_key_get(s, id, &k, &e) < 0)
		return NULL;
	if (k.name)
		text = mem_strdup(k.name);
	api_key_release(&k);
	return text;
}

static const char *look_up(struct names *n, struct name *places, const char *id,
			   char *(*read)(struct store *s, const char *id))
{
	struct name *at = place_of(places, id);

	if (!id[0])
		return "";
	if (strcmp(at->id, id) != 0) {
		mem_free(at->text);
		at->text = read(n->store, id);
		str_put(at->id, sizeof(at->id), str_of(id));
	}
	return at->text ? at->text : "";
}

const char *names_account(struct names *n, const char *id)
{
	return look_up(n, n->accounts, id, read_account);
}

const char *names_key(struct names *n, const char *id)
{
	return look_up(n, n->keys, id, read_key);
}
