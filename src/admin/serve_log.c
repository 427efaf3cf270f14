#include "admin/serve_log.h"

#include "admin/session.h"
#include "base/clock.h"
#include "base/log.h"

void serve_log(const struct request *r)
{
	const struct caller *caller = r->caller;
	struct logline l;

	log_begin(&l, LOG_INFO, "admin");
	log_str(&l, "id", str_of(r->id));
	log_str(&l, "method", r->method);
	log_str(&l, "path", r->path);
	log_int(&l, "status", r->status);
	log_str(&l, "remote", r->remote);
	log_cstr(&l, "user", caller ? caller->session.username : "-");
	log_int(&l, "ms", (clock_mono_us() - r->started_us) / 1000);
	log_end(&l);
}
