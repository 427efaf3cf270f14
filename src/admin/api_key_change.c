#include "admin/api_key_change.h"

#include "admin/api_key_binding.h"
#include "app/bindings.h"
#include "app/key_edit.h"
#include "base/clock.h"

static int apply(struct api_key *k, void *ctx, struct err *e)
{
	const struct api_key_change *c = ctx;

	if ((k->deleted_ms != 0) != c->in_trash)
		return err_set(e, ERR_NOT_FOUND, "API key not found");
	if (c->change(k, c->body, e) < 0)
		return -1;
	return api_key_binding_given(c->body) ? bindings_check_key(c->app, k, e)
					      : 0;
}

int api_key_change(struct app *app, struct str id,
		   struct api_key_change *change, struct api_key *out,
		   struct err *e)
{
	char name[STORE_ID_BYTES];

	if (id.n >= sizeof(name))
		return err_set(e, ERR_NOT_FOUND, "API key not found");
	str_put(name, sizeof(name), id);
	change->app = app;
	if (key_edit(app, name, apply, change, out, e) == 0)
		return 0;
	if (e->kind == ERR_NOT_FOUND)
		err_set(e, ERR_NOT_FOUND, "API key not found");
	return -1;
}

int api_key_discard(struct api_key *k, const cJSON *body, struct err *e)
{
	(void)body, (void)e;
	k->deleted_ms = clock_wall_ms();
	return 0;
}
