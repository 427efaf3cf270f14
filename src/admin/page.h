/* Which part of a list is asked for: page (from 1), pageSize, sortOrder. */
#ifndef ADMIN_PAGE_H
#define ADMIN_PAGE_H

#include "base/json.h"
#include "web/request.h"

struct page {
	int64_t page, size;
	bool descending;
};

/* size_default when none is given, 100 at most; ERR_BAD_REQUEST names the
 * parameter. */
int page_read(struct request *r, int64_t size_default, struct page *out,
	      struct err *e);
/* A number among the query parameters; absent or empty leaves *out. */
int page_read_int(struct request *r, const char *name, int64_t min, int64_t max,
		  int64_t *out, struct err *e);
/* The window [*from, *to) of total items. */
void page_window(const struct page *p, size_t total, size_t *from, size_t *to);
/* {page, pageSize, total, totalPages} */
cJSON *page_json(const struct page *p, size_t total);

#endif
