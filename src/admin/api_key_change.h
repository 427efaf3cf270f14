/* A change of one API key that an administrator asked for. */
#ifndef ADMIN_API_KEY_CHANGE_H
#define ADMIN_API_KEY_CHANGE_H

#include "app/app.h"
#include "base/json.h"
#include "store/api_key.h"

struct api_key_change {
	struct app *app;   /* set by api_key_change() */
	const cJSON *body; /* NULL: none */
	bool in_trash;	   /* only keys that were deleted, else only others */
	int (*change)(struct api_key *k, const cJSON *body, struct err *e);
};

/* 0 with *out filled (api_key_release), or ERR_NOT_FOUND and what change()
 * said. */
int api_key_change(struct app *app, struct str id,
		   struct api_key_change *change, struct api_key *out,
		   struct err *e);

/* For change: into the trash. */
int api_key_discard(struct api_key *k, const cJSON *body, struct err *e);

#endif
