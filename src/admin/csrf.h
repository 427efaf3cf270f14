/*
 * Forged requests: a browser sends our cookie along with requests that other
 * sites made up.  It also says where a request comes from, and that is what is
 * judged here.  Programs say nothing and pass: they hold no cookie by accident.
 */
#ifndef ADMIN_CSRF_H
#define ADMIN_CSRF_H

#include "base/str.h"

struct csrf_facts {
	struct str method;
	struct str sec_fetch_site; /* headers; empty: not sent */
	struct str origin;
	struct str host;
};

bool csrf_allowed(const struct csrf_facts *f);

#endif
