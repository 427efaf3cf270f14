/* A row of the ledger as JSON, for lists of requests. */
#ifndef ADMIN_USAGE_RECORD_H
#define ADMIN_USAGE_RECORD_H

#include "admin/names.h"
#include "base/json.h"
#include "store/ledger.h"

cJSON *usage_record(const struct ledger_row *row);
/* Adds accountName, apiKeyName to it. */
void usage_record_account(cJSON *o, const struct ledger_row *row,
			  struct names *names);
void usage_record_key(cJSON *o, const struct ledger_row *row,
		      struct names *names);

#endif
