/* A key as a row of a table. */
#ifndef ADMIN_API_KEY_CSV_H
#define ADMIN_API_KEY_CSV_H

#include "base/json.h"

/* Of api_key_show: lists become texts, and of the usage the totals stay. */
void api_key_flatten(cJSON *key);

#endif
