/*
 * What backends teach while they work (messages-api §10, §15): which
 * parameters they refuse, how long a prompt may be, how they report usage and
 * how far the token estimate is off.  Kept by account and by the model that
 * was sent, in memory for whoever asks on the way of a request; the keeper
 * writes what changed to the store.  Locked inside: any thread may call, none
 * waits for the disk but those that take a store.
 */
#ifndef APP_LESSONS_H
#define APP_LESSONS_H

#include "proto/usage.h"
#include "store/account.h"
#include "store/learned.h"

struct lessons;	    /* of one account; counted references */
struct lesson_book; /* of all accounts */

struct lesson_book *lesson_book_new(void);
void lesson_book_free(struct lesson_book *b); /* NULL is allowed */

/* What a record of the store says, before its account is opened; *l is taken
 * over. */
void lesson_book_adopt(struct lesson_book *b, struct learned *l);
/* A reference to an account's lessons: those that were there while its
 * address, flavour, protocol and deployment are the same, else empty ones. */
struct lessons *lesson_book_open(struct lesson_book *b,
				 const struct account *a);
/* The same for who must not change anything: NULL when they are others'. */
struct lessons *lesson_book_find(struct lesson_book *b,
				 const struct account *a);
void lesson_book_drop(struct lesson_book *b, const char *account_id);
/* A copy (learned_release), false when the account is not known. */
bool lesson_book_copy(struct lesson_book *b, const char *account_id,
		      struct learned *out);
/* Forgets all about one account. */
void lesson_book_reset(struct lesson_book *b, const char *account_id,
		       int64_t now_ms);
/* Writes what is due: facts at once, measurements once a minute; everything
 * that changed when all is set. */
int lesson_book_save(struct lesson_book *b, struct store *s, int64_t now_ms,
		     bool all, struct err *e);

void lessons_release(struct lessons *l); /* NULL is allowed */

/*
 * The rest takes the model as it is sent upstream and times of the wall clock,
 * and does nothing, or knows nothing, without lessons (NULL).
 */
struct lesson {
	unsigned refused;	/* enum openai_param bits of the last day */
	int64_t context_window; /* tokens, 0: not known */
};
struct lesson lessons_for(struct lessons *l, struct str model, int64_t now_ms);
/* The estimate of a prompt put right by what this backend reported for others,
 * leaning high as the estimate does. */
int64_t lessons_estimate(struct lessons *l, struct str model, int64_t raw);

void lessons_refusal(struct lessons *l, struct str model, unsigned bit,
		     int64_t now_ms);
void lessons_window(struct lessons *l, struct str model, int64_t tokens,
		    int64_t now_ms);
struct lesson_answer {
	const struct usage *usage;
	bool continuous; /* usage came before the end */
	int64_t raw;	 /* estimate of the prompt; 0: not to be compared */
};
/* A complete answer. */
void lessons_answer(struct lessons *l, struct str model,
		    const struct lesson_answer *answer, int64_t now_ms);

/* The factor, or 1 while there are too few samples to use it. */
double learned_scale(const struct learned_model *m);
/* Is this refusal still believed? */
bool learned_refusal_holds(const struct learned_refusal *r, int64_t now_ms);

#endif
