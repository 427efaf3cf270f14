/*
 * Accounts from and to JSON (the table of admin-api.md).  Reading changes only
 * the fields that are there, so that it serves creation and update alike.
 */
#ifndef ADMIN_ACCOUNT_JSON_H
#define ADMIN_ACCOUNT_JSON_H

#include "base/json.h"
#include "store/account.h"

/* ERR_BAD_REQUEST names the field; a is half changed then: read into a copy. */
int account_read(struct account *a, const cJSON *body, struct err *e);
/* What was configured, secrets masked. */
cJSON *account_write(const struct account *a);

/* Parts, each in its own file. */
int account_read_models(struct account *a, const cJSON *body, struct err *e);
void account_write_models(cJSON *o, const struct account *a);
int account_read_headers(struct account *a, const cJSON *body, struct err *e);
void account_write_headers(cJSON *o, const struct account *a);
bool account_has_secret_headers(const struct account *a);
int account_read_proxy(struct account *a, const cJSON *body, struct err *e);
void account_write_proxy(cJSON *o, const struct account *a);
int account_read_limits(struct account *a, const cJSON *body, struct err *e);
void account_write_limits(cJSON *o, const struct account *a);
int account_read_groups(struct account *a, const cJSON *body, struct err *e);
void account_write_groups(cJSON *o, const struct account *a);
int account_read_extra(struct account *a, const cJSON *body, struct err *e);
void account_write_extra(cJSON *o, const struct account *a);
int account_read_options(struct account *a, const cJSON *body, struct err *e);
void account_write_options(cJSON *o, const struct account *a);

#endif
