/* Several members of one JSON object found in one pass. */
#ifndef PROTO_JSON_FIELDS_H
#define PROTO_JSON_FIELDS_H

#include "base/jscan.h"

/*
 * out[i] gets the value of the member names[i] (plain ASCII): the last of
 * equal keys, JNONE where there is none or object is no recorded object.
 */
void json_fields(const struct jdoc *d, jref object, const struct str *names,
		 size_t n, jref *out);

#endif
