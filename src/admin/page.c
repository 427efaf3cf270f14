#include "admin/page.h"

#include <inttypes.h>

enum { SIZE_MAX_ITEMS = 100, PAGE_MAX = 1000000 };

int page_read_int(struct request *r, const char *name, int64_t min, int64_t max,
		  int64_t *out, struct err *e)
{
	struct str text = request_query(r, name);

	if (!text.n || str_to_i64(text, min, max, out) == 0)
		return 0;
	return err_set(e, ERR_BAD_REQUEST,
		       "%s must be a whole number from %" PRId64 " to %" PRId64,
		       name, min, max);
}

int page_read(struct request *r, int64_t size_default, struct page *out,
	      struct err *e)
{
	struct str order = request_query(r, "sortOrder");

	*out = (struct page){1, size_default, true};
	if (page_read_int(r, "page", 1, PAGE_MAX, &out->page, e) < 0 ||
	    page_read_int(r, "pageSize", 1, SIZE_MAX_ITEMS, &out->size, e) < 0)
		return -1;
	if (order.n && !str_is(order, "asc") && !str_is(order, "desc"))
		return err_set(e, ERR_BAD_REQUEST,
			       "sortOrder must be asc or desc");
	out->descending = !str_is(order, "asc");
	return 0;
}

void page_window(const struct page *p, size_t total, size_t *from, size_t *to)
{
	size_t first = (size_t)(p->page - 1) * (size_t)p->size;
	size_t last = first + (size_t)p->size;

	*from = first < total ? first : total;
	*to = last < total ? last : total;
}

cJSON *page_json(const struct page *p, size_t total)
{
	int64_t n = (int64_t)total;
	cJSON *o = cJSON_CreateObject();

	json_add_int(o, "page", p->page);
	json_add_int(o, "pageSize", p->size);
	json_add_int(o, "total", n);
	json_add_int(o, "totalPages", (n + p->size - 1) / p->size);
	return o;
}
