/* FastCGI 1.0, sections 3.3 and 8: what web/ reads by itself. */
#ifndef WEB_FCGI_RECORD_H
#define WEB_FCGI_RECORD_H

#include <stddef.h>

enum {
	FCGI_RECORD_HEADER = 8, /* bytes */
	FCGI_RECORD_VERSION = 1,
	FCGI_RECORD_MAX = 65535, /* bytes of content */
	FCGI_RECORD_BEGIN = 1,
	FCGI_RECORD_BEGIN_BYTES = 8,
	FCGI_RECORD_PARAMS = 4,
	FCGI_RECORD_STDIN = 5,
	FCGI_RECORD_NO_ID = 0 /* of management records */
};

struct fcgi_record {
	unsigned version, type, id;
	size_t content, size; /* of the content; of header to padding */
};

static inline struct fcgi_record fcgi_record_read(const char *header)
{
	const unsigned char *h = (const unsigned char *)header;
	struct fcgi_record r = {.version = h[0],
				.type = h[1],
				.id = (unsigned)h[2] << 8 | h[3],
				.content = (size_t)h[4] << 8 | h[5]};

	r.size = FCGI_RECORD_HEADER + r.content + h[6];
	return r;
}

#endif
