/* API keys, page by page, and by name. */
#ifndef CTL_KEYS_H
#define CTL_KEYS_H

#include "ctl/ctl.h"

struct keys_page {
	const char *search; /* "": all */
	bool by_use;	    /* those used last come first, else the newest */
	int64_t page;	    /* the last one read, 0: none */
	int64_t total;	    /* keys there are */
	bool done;
};

/* The next page, appended to the list. */
int keys_next(struct ctl *c, struct keys_page *at, cJSON *list);
/* The one key with this name or id; *out is to be deleted. */
int keys_find(struct ctl *c, const char *word, cJSON **out);

#endif
