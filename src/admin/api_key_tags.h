/* The tags that keys have. */
#ifndef ADMIN_API_KEY_TAGS_H
#define ADMIN_API_KEY_TAGS_H

#include <stddef.h>

#include "base/json.h"
#include "store/api_key.h"

/* Each tag of the keys outside the trash once, in the order of the alphabet:
 * its name, or {name, count}. */
cJSON *api_key_tags_json(const struct api_key *keys, size_t n, bool counts);

#endif
