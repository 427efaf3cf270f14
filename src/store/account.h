/*
 * Accounts: backends that serve models.  One record type for all platforms of
 * the admin interface; the API key is sealed on disk and plain in memory.
 */
#ifndef STORE_ACCOUNT_H
#define STORE_ACCOUNT_H

#include <stddef.h>

#include "store/price.h"
#include "store/store.h"

enum account_platform {
	PLATFORM_AZURE_OPENAI,
	PLATFORM_OPENAI,
	PLATFORM_OPENAI_RESPONSES,
	PLATFORMS
};

enum account_capability { /* bits; all of them by default */
			  CAP_VISION = 1,
			  CAP_TOOLS = 2,
			  CAP_THINKING = 4,
			  CAP_ALL = 7
};

struct account_model { /* a name that clients may ask for */
	char *asked;   /* may end in * */
	char *sent;    /* NULL: by the rule of supportedModels (admin-api.md) */
};

struct account_header {
	char *name, *value;
};

struct account {
	char id[STORE_ID_BYTES];
	enum account_platform platform;
	char *name, *description;
	char *account_type; /* shared, dedicated, group */
	char **groups;	    /* ids of account groups, store/group.h */
	size_t ngroups;
	char *address;		/* as the admin gave it, http or https */
	char *api_version;	/* Azure-style URLs only */
	char *protocol;		/* it speaks: "openai" or "anthropic" */
	char *flavour;		/* flavour word or "auto" */
	char *detected_flavour; /* what a probe found; NULL: not known */
	char *deployment;	/* the backend's model name, NULL: none */
	char *api_key;		/* plain, NULL or "": none */
	struct account_model *models;
	size_t nmodels;	     /* 0: every name */
	bool models_are_map; /* came as {asked: sent} */
	unsigned capabilities;
	int64_t priority, weight, max_concurrent;
	bool active, schedulable;
	int64_t context_window, max_output; /* tokens, 0: not known */
	int64_t probe_seconds; /* between looks while it cools, 0: none */
	int64_t connect_ms, first_byte_ms, idle_ms, total_ms; /* 0: default */
	char *proxy; /* URL for outbound requests, NULL: none */
	struct account_header *headers;
	size_t nheaders;
	char *extra_body; /* JSON object text, NULL: none */
	char *options;	  /* the same (app/options.h); NULL: defaults */
	bool priced;	  /* it has a price of its own */
	struct price price;
	int64_t created_ms, updated_ms; /* wall clock */
};

void account_init(struct account *a); /* defaults of admin-api.md, no id */
void account_release(struct account *a);
struct account *
account_copy(const struct account *a); /* mem_free after release */

/* Inserts (a new id and created_ms are set when id is empty) or replaces. */
int store_account_put(struct store *s, struct account *a, struct err *e);
int store_account_get(struct store *s, const char *id, struct account *out,
		      struct err *e); /* ERR_NOT_FOUND */
int store_account_delete(struct store *s, const char *id, struct err *e);
/* All accounts, oldest first; *out is an array of *n for account_list_free. */
int store_account_list(struct store *s, struct account **out, size_t *n,
		       struct err *e);
void account_list_free(struct account *list, size_t n);
/* When it was last used (wall ms): from the settlements; 0: never. */
int store_account_last_used(struct store *s, const char *id, int64_t *wall_ms,
			    struct err *e);

#endif
