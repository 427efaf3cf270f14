#include "ctl/state.h"

#include "base/secret.h"

int state_verify(const struct ctl *c, const char *dir, const char *key_file,
		 struct verify_report *r, struct err *e)
{
	struct secret_keys keys;
	struct store_options options = {
	    .dir = dir,
	    .keys = &keys,
	    .cache_bytes = c->settings.store_cache_mb * 1024 * 1024,
	};
	int rc = secret_load(&keys, key_file, false, e);

	if (rc == 0)
		rc = store_verify(&options, r, e);
	secret_wipe(&keys, sizeof(keys));
	return rc;
}
