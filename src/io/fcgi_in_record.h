/* What a web server may still send after the request: only the abort counts. */
#ifndef IO_FCGI_IN_RECORD_H
#define IO_FCGI_IN_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct fcgi_in_record {
	unsigned char header[8];
	unsigned have; /* bytes of the header */
	uint32_t skip; /* bytes of content and padding to come */
	bool deaf;     /* it was not FastCGI */
};

/* True when FCGI_ABORT_REQUEST for id came. */
bool fcgi_in_record_abort(struct fcgi_in_record *r, struct str bytes,
			  unsigned id);

#endif
