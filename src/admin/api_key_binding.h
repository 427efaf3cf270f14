/* What an API key is bound to, under the names that CRS has for it. */
#ifndef ADMIN_API_KEY_BINDING_H
#define ADMIN_API_KEY_BINDING_H

#include "base/json.h"
#include "store/api_key.h"

/* Whether it exists is app/bindings.h's to say. */
int api_key_read_binding(struct api_key *k, const cJSON *body, struct err *e);
void api_key_write_binding(cJSON *o, const struct api_key *k);
/* Does the body say anything of it? */
bool api_key_binding_given(const cJSON *body);

#endif
