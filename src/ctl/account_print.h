/* Accounts and their tests for people. */
#ifndef CTL_ACCOUNT_PRINT_H
#define CTL_ACCOUNT_PRINT_H

#include "base/json.h"

void account_print_table(const cJSON *list);
void account_print(const cJSON *account);
/* "ok, 35 ms, ..." or "FAILED: why"; mem_free(). */
char *account_test_line(const cJSON *test);
bool account_test_ok(const cJSON *test);

#endif
