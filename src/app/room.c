#include "app/room.h"

#include <sys/resource.h>

enum {
	ALWAYS_OPEN = 64, /* store, log, sockets that listen */
	BY_LOOP = 20,	  /* wake-ups, and connections kept idle */
	BY_WORKER = 4,	  /* a client's connection while it is read */
	BY_REQUEST = 2,
	LEAST = 16
};

int room_for_requests(size_t loops, size_t workers, int64_t *most,
		      struct err *e)
{
	int64_t own = ALWAYS_OPEN + BY_LOOP * (int64_t)loops +
		      BY_WORKER * (int64_t)workers;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur > (rlim_t)INT32_MAX)
		limit.rlim_cur = INT32_MAX;
	*most = ((int64_t)limit.rlim_cur - own) / BY_REQUEST;
	if (*most >= LEAST)
		return 0;
	return err_set(e, ERR_UNAVAILABLE,
		       "this process may have %lld files open and needs at "
		       "least %lld: raise the limit (ulimit -n, LimitNOFILE)",
		       (long long)limit.rlim_cur,
		       (long long)(own + BY_REQUEST * LEAST));
}
