/* A row of the ledger as JSON, for lists of requests. */
#ifndef ADMIN_USAGE_RECORD_H
#define ADMIN_USAGE_RECORD_H

#include "base/json.h"
#include "store/ledger.h"

cJSON *usage_record(const struct ledger_row *row);

#endif
