/*
 * What the relay learned about the backend of an account (messages-api §10):
 * one record per account, a part for each model that was sent.  It is worth
 * something only while the account still means the same backend, so the record
 * keeps that identity and whoever loads it compares.
 */
#ifndef STORE_LEARNED_H
#define STORE_LEARNED_H

#include <stddef.h>

#include "store/store.h"

enum {
	LEARNED_MODELS = 32, /* of one account; the oldest makes room */
	LEARNED_REFUSALS = 12,
	LEARNED_NAME_BYTES = 128,
	LEARNED_WORD_BYTES = 32,
	LEARNED_IDENTITY_BYTES = 41
};

struct learned_refusal {
	char name[LEARNED_WORD_BYTES]; /* of the parameter */
	int64_t since_ms;	       /* wall clock */
};

struct learned_model {
	char model[LEARNED_NAME_BYTES]; /* as sent upstream */
	int64_t context_window;		/* tokens, 0: not known */
	char usage[LEARNED_WORD_BYTES]; /* final, continuous, none; "" */
	double token_scale; /* reported prompt tokens / estimated ones */
	int64_t token_samples;
	struct learned_refusal refusals[LEARNED_REFUSALS];
	size_t nrefusals;
	int64_t updated_ms; /* wall clock */
};

struct learned {
	char account_id[STORE_ID_BYTES];
	char identity[LEARNED_IDENTITY_BYTES];
	struct learned_model *models; /* owned */
	size_t nmodels;
};

void learned_release(struct learned *l);
void learned_copy(struct learned *to, const struct learned *from);

/* All of them in one transaction, which does not wait for the disk. */
int store_learned_put(struct store *s, const struct learned *list, size_t n,
		      struct err *e);
/* One that is not there is deleted just as well. */
int store_learned_delete(struct store *s, const char *account_id,
			 struct err *e);
/* *out is an array of *n for learned_list_free(). */
int store_learned_list(struct store *s, struct learned **out, size_t *n,
		       struct err *e);
void learned_list_free(struct learned *list, size_t n);

#endif
