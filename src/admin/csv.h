/* Lists as comma-separated values (RFC 4180). */
#ifndef ADMIN_CSV_H
#define ADMIN_CSV_H

#include "base/json.h"
#include "web/request.h"

/* ?format=csv */
bool csv_wanted(struct request *r);
/* Answers the list: a row for each object, a column for each plain member of
 * the first one.  Takes list.  What a spreadsheet would take for a formula gets
 * a quote before it. */
void csv_reply(struct request *r, cJSON *list, const char *file_name);

#endif
