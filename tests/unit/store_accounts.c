/* Accounts and API keys: every field, look-up, replacement, lists, secrets. */
#include "tests/support/tap.h"

#include <string.h>

#include "base/mem.h"
#include "store/account.h"
#include "store/api_key.h"
#include "tests/support/store_dir.h"

static const char canary[] = "sk-canary-4d1f0c9be7a2";

static struct account_model *two_models(void)
{
	struct account_model *m = mem_array(2, sizeof(*m));

	m[0].asked = mem_strdup("claude-sonnet-4-5*");
	m[0].sent = mem_strdup("Qwen3-32B");
	m[1].asked = mem_strdup("claude-haiku");
	return m;
}

static void fill_account(struct account *a)
{
	account_init(a);
	a->platform = PLATFORM_OPENAI_RESPONSES;
	a->name = mem_strdup("Qwen \"am Rhein\" \xe2\x82\xac");
	a->description = mem_strdup("");
	mem_free(a->account_type);
	a->account_type = mem_strdup("dedicated");
	a->address = mem_strdup("http://10.0.0.7:8000/v1");
	a->api_version = mem_strdup("2024-10-21");
	mem_free(a->flavour);
	a->flavour = mem_strdup("vllm");
	a->detected_flavour = mem_strdup("sglang");
	a->deployment = mem_strdup("Qwen3-32B");
	a->api_key = mem_strdup(canary);
	a->models = two_models();
	a->nmodels = 2;
	a->models_are_map = true;
	a->capabilities = CAP_TOOLS | CAP_THINKING;
	a->priority = 90;
	a->weight = 3;
	a->max_concurrent = 12;
	a->active = false;
	a->schedulable = false;
	a->context_window = 131072;
	a->max_output = 32768;
	a->connect_ms = 1001;
	a->first_byte_ms = 60002;
	a->idle_ms = 30003;
	a->total_ms = 3600004;
	a->proxy = mem_strdup("http://u:sk-canary-4d1f0c9be7a2@proxy:3128");
	a->headers = mem_array(1, sizeof(*a->headers));
	a->headers[0].name = mem_strdup("X-Team");
	a->headers[0].value = mem_strdup(canary);
	a->nheaders = 1;
	a->extra_body = mem_strdup("{\"top_k\":20}");
	a->priced = true;
	a->price.input = 0.1;
	a->price.output = 1.0 / 3;
	a->price.cache_read = 0.075;
	a->price.cache_write = 3.75;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_texts(const struct account *a, const struct account *b)
{
	return same_text(a->name, b->name) &&
	       same_text(a->description, b->description) &&
	       same_text(a->account_type, b->account_type) &&
	       same_text(a->address, b->address) &&
	       same_text(a->api_version, b->api_version) &&
	       same_text(a->flavour, b->flavour) &&
	       same_text(a->detected_flavour, b->detected_flavour) &&
	       same_text(a->deployment, b->deployment) &&
	       same_text(a->api_key, b->api_key) &&
	       same_text(a->proxy, b->proxy) &&
	       same_text(a->extra_body, b->extra_body);
}

static bool same_lists(const struct account *a, const struct account *b)
{
	bool same = a->nmodels == b->nmodels && a->nheaders == b->nheaders;

	for (size_t i = 0; same && i < a->nmodels; i++)
		same = same_text(a->models[i].asked, b->models[i].asked) &&
		       same_text(a->models[i].sent, b->models[i].sent);
	for (size_t i = 0; same && i < a->nheaders; i++)
		same = same_text(a->headers[i].name, b->headers[i].name) &&
		       same_text(a->headers[i].value, b->headers[i].value);
	return same;
}

static bool same_numbers(const struct account *a, const struct account *b)
{
	return a->platform == b->platform &&
	       a->models_are_map == b->models_are_map &&
	       a->capabilities == b->capabilities &&
	       a->priority == b->priority && a->weight == b->weight &&
	       a->max_concurrent == b->max_concurrent &&
	       a->active == b->active && a->schedulable == b->schedulable &&
	       a->context_window == b->context_window &&
	       a->max_output == b->max_output &&
	       a->connect_ms == b->connect_ms &&
	       a->first_byte_ms == b->first_byte_ms &&
	       a->idle_ms == b->idle_ms && a->total_ms == b->total_ms &&
	       a->priced == b->priced && a->price.input == b->price.input &&
	       a->price.output == b->price.output &&
	       a->price.cache_read == b->price.cache_read &&
	       a->price.cache_write == b->price.cache_write &&
	       a->created_ms == b->created_ms && a->updated_ms == b->updated_ms;
}

static void check_same(const struct account *got, const struct account *want,
		       const char *name)
{
	ok(strcmp(got->id, want->id) == 0, "%s: id", name);
	ok(same_texts(got, want), "%s: texts", name);
	ok(same_lists(got, want), "%s: lists", name);
	ok(same_numbers(got, want), "%s: numbers", name);
}

static void test_account(struct store_dir *d)
{
	struct account a, got;
	struct account *copy;
	struct err e;

	fill_account(&a);
	ok(store_account_put(d->s, &a, &e) == 0, "an account is stored");
	ok(strlen(a.id) == 36 && a.created_ms > 0, "it has id and time now");
	ok(store_account_get(d->s, a.id, &got, &e) == 0, "it is found");
	check_same(&got, &a, "read back");
	copy = account_copy(&a);
	check_same(copy, &a, "copy");
	account_release(copy);
	mem_free(copy);
	account_release(&got);

	store_dir_close(d);
	ok(!store_dir_holds(d, canary), "the credential is in no file");
	ok(store_dir_holds(d, "10.0.0.7:8000"), "but the address is");
	store_dir_open(d);
	ok(store_account_get(d->s, a.id, &got, &e) == 0 &&
	       same_text(got.api_key, canary),
	   "the credential is readable after opening again");
	account_release(&got);

	ok(store_account_delete(d->s, a.id, &e) == 0, "it is deleted");
	ok(store_account_get(d->s, a.id, &got, &e) < 0 &&
	       e.kind == ERR_NOT_FOUND,
	   "and not found afterwards");
	ok(store_account_delete(d->s, a.id, &e) < 0 && e.kind == ERR_NOT_FOUND,
	   "nor deleted twice");
	account_release(&a);
}

static void test_empty_account(struct store_dir *d)
{
	struct account a, got;
	struct err e;

	account_init(&a);
	ok(store_account_put(d->s, &a, &e) == 0 &&
	       store_account_get(d->s, a.id, &got, &e) == 0,
	   "an account without anything is stored");
	check_same(&got, &a, "defaults");
	ok(!got.name && !got.api_key && !got.nmodels && !got.proxy,
	   "what was not given is not there");
	account_release(&got);
	ok(store_account_delete(d->s, a.id, &e) == 0, "it is deleted");
	account_release(&a);
}

static void test_account_list(struct store_dir *d)
{
	struct account a[3], *list;
	size_t n;
	struct err e;

	for (int i = 0; i < 3; i++) {
		account_init(&a[i]);
		store_new_id(a[i].id);
		a[i].created_ms = 3000 - i * 1000;
		ok(store_account_put(d->s, &a[i], &e) == 0, "account %d", i);
	}
	ok(store_account_list(d->s, &list, &n, &e) == 0 && n == 3,
	   "the list has three");
	ok(list[0].created_ms == 1000 && list[1].created_ms == 2000 &&
	       list[2].created_ms == 3000,
	   "oldest first");
	account_list_free(list, n);
	for (int i = 0; i < 3; i++) {
		ok(store_account_delete(d->s, a[i].id, &e) == 0, "deleted");
		account_release(&a[i]);
	}
	ok(store_account_list(d->s, &list, &n, &e) == 0 && n == 0,
	   "the list is empty");
	account_list_free(list, n);
}

static char **texts(const char *one, const char *two)
{
	char **list = mem_array(2, sizeof(*list));

	list[0] = mem_strdup(one);
	list[1] = mem_strdup(two);
	return list;
}

static void fill_key(struct store_dir *d, struct api_key *k,
		     const char *credential)
{
	api_key_init(k);
	secret_hash(&d->keys, str_of(credential), k->hash);
	memcpy(k->hint,
	       "cr_\xe2\x80\xa6"
	       "1234",
	       11);
	k->name = mem_strdup("team");
	k->description = mem_strdup("the\nteam");
	k->active = false;
	k->concurrency_limit = 5;
	k->allowed_models = texts("claude-*", "qwen");
	k->nallowed = 2;
	k->restricted_models = texts("claude-opus*", "x");
	k->nrestricted = 2;
	k->tags = texts("a", "\xc3\xa4");
	k->ntags = 2;
	k->expires_ms = 1900000000123;
	k->deleted_ms = 1800000000456;
}

static bool same_list(char **a, size_t na, char **b, size_t nb)
{
	bool same = na == nb;

	for (size_t i = 0; same && i < na; i++)
		same = same_text(a[i], b[i]);
	return same;
}

static void check_key(const struct api_key *got, const struct api_key *want)
{
	ok(!strcmp(got->id, want->id) && !strcmp(got->hash, want->hash) &&
	       !strcmp(got->hint, want->hint) &&
	       same_text(got->name, want->name) &&
	       same_text(got->description, want->description),
	   "key: texts");
	ok(got->active == want->active &&
	       got->concurrency_limit == want->concurrency_limit &&
	       got->expires_ms == want->expires_ms &&
	       got->created_ms == want->created_ms &&
	       got->updated_ms == want->updated_ms &&
	       got->deleted_ms == want->deleted_ms,
	   "key: numbers");
	ok(same_list(got->allowed_models, got->nallowed, want->allowed_models,
		     want->nallowed) &&
	       same_list(got->restricted_models, got->nrestricted,
			 want->restricted_models, want->nrestricted) &&
	       same_list(got->tags, got->ntags, want->tags, want->ntags),
	   "key: lists");
}

static void test_key(struct store_dir *d)
{
	char old_hash[SECRET_HASH_HEX];
	struct api_key k, got;
	struct err e;

	fill_key(d, &k, "cr_one");
	ok(store_api_key_put(d->s, &k, &e) == 0, "a key is stored");
	ok(store_api_key_get(d->s, k.id, &got, &e) == 0, "found by id");
	check_key(&got, &k);
	api_key_release(&got);
	ok(store_api_key_find(d->s, k.hash, &got, &e) == 0, "found by hash");
	check_key(&got, &k);
	api_key_release(&got);

	memcpy(old_hash, k.hash, sizeof(old_hash));
	secret_hash(&d->keys, STR("cr_two"), k.hash);
	ok(store_api_key_put(d->s, &k, &e) == 0, "the credential is changed");
	ok(store_api_key_find(d->s, old_hash, &got, &e) < 0 &&
	       e.kind == ERR_NOT_FOUND,
	   "the old one is no key any more");
	ok(store_api_key_find(d->s, k.hash, &got, &e) == 0 &&
	       !strcmp(got.id, k.id),
	   "the new one is");
	api_key_release(&got);
	ok(store_api_key_delete(d->s, k.id, &e) == 0, "it is deleted");
	ok(store_api_key_find(d->s, k.hash, &got, &e) < 0 &&
	       e.kind == ERR_NOT_FOUND,
	   "and not found by hash");
	api_key_release(&k);
}

static void test_key_clash(struct store_dir *d)
{
	struct api_key one, two, *list;
	size_t n;
	struct err e;

	fill_key(d, &one, "cr_same");
	fill_key(d, &two, "cr_same");
	ok(store_api_key_put(d->s, &one, &e) == 0, "a key");
	ok(store_api_key_put(d->s, &two, &e) < 0 && e.kind == ERR_CONFLICT,
	   "another one of the same credential is refused");
	ok(!two.id[0] && !two.created_ms, "and left as it was");
	secret_hash(&d->keys, STR("cr_other"), two.hash);
	ok(store_api_key_put(d->s, &two, &e) == 0, "with its own it is not");
	ok(store_api_key_list(d->s, &list, &n, &e) == 0 && n == 2 &&
	       list[0].created_ms <= list[1].created_ms,
	   "both are listed, oldest first");
	api_key_list_free(list, n);
	ok(store_api_key_delete(d->s, one.id, &e) == 0 &&
	       store_api_key_delete(d->s, two.id, &e) == 0,
	   "both are deleted");
	api_key_release(&one);
	api_key_release(&two);
}

int main(void)
{
	struct store_dir d;

	store_dir_make(&d);
	store_dir_open(&d);
	test_account(&d);
	test_empty_account(&d);
	test_account_list(&d);
	test_key(&d);
	test_key_clash(&d);
	store_dir_remove(&d);
	return done_testing();
}
