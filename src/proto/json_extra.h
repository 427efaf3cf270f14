/*
 * Members that are merged into an object while it is written: keys that they
 * name are left out where they would have stood, and the members come last, so
 * that no key is ever written twice.
 */
#ifndef PROTO_JSON_EXTRA_H
#define PROTO_JSON_EXTRA_H

#include "base/buf.h"
#include "base/jscan.h"

struct json_extra {
	struct jdoc doc;
};

/* raw is an object, or empty for no members; it must outlive *x.  -1 when it
 * is anything else; json_extra_release() is due in every case. */
int json_extra_init(struct json_extra *x, struct str raw);
void json_extra_release(struct json_extra *x);
bool json_extra_has(const struct json_extra *x, const char *key);
/* Its value as written; empty: there is none. */
struct str json_extra_get(const struct json_extra *x, const char *key);
/* Appends the members; *comma says if one must stand before the first, and
 * becomes true when any was written. */
void json_extra_write(const struct json_extra *x, struct buf *out, bool *comma);

#endif
