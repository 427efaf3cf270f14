#include "io/fcgi_in_record.h"

#include <string.h>

enum { FCGI_VERSION = 1, FCGI_ABORT_REQUEST = 2 };

/* Moves bytes into the header; true when it is complete. */
static bool fill(struct fcgi_in_record *r, struct str *bytes)
{
	size_t n = sizeof(r->header) - r->have;

	if (n > bytes->n)
		n = bytes->n;
	memcpy(r->header + r->have, bytes->p, n);
	r->have += (unsigned)n;
	*bytes = str_sub(*bytes, n, bytes->n);
	return r->have == sizeof(r->header);
}

/* FastCGI 1.0, section 3.3. */
static bool is_abort(struct fcgi_in_record *r, unsigned id)
{
	const unsigned char *h = r->header;

	r->have = 0;
	r->skip = ((uint32_t)h[4] << 8 | h[5]) + h[6];
	r->deaf = h[0] != FCGI_VERSION;
	return !r->deaf && h[1] == FCGI_ABORT_REQUEST &&
	       ((unsigned)h[2] << 8 | h[3]) == id;
}

bool fcgi_in_record_abort(struct fcgi_in_record *r, struct str bytes,
			  unsigned id)
{
	while (bytes.n && !r->deaf) {
		size_t n = r->skip < bytes.n ? r->skip : bytes.n;

		r->skip -= (uint32_t)n;
		bytes = str_sub(bytes, n, bytes.n);
		if (bytes.n && fill(r, &bytes) && is_abort(r, id))
			return true;
	}
	return false;
}
