/*
 * Ids of tool calls (messages-api §11.4).  Clients get only ids that the real
 * API would take back; a backend's id that has other characters is wrapped so
 * that the request translator can unwrap it.
 */
#ifndef PROTO_TOOL_ID_H
#define PROTO_TOOL_ID_H

#include "base/buf.h"

enum { TOOL_ID_BYTES = 128 };

#define TOOL_ID_WRAPPED STR("rly64_")

/* True when id can stand in an answer as it is. */
bool tool_id_plain(struct str id);
/* Appends the id to show for the backend's id: itself, or wrapped; false, and
 * nothing, when it has neither form (empty or too long). */
bool tool_id_show(struct buf *out, struct str id);
/* Appends a new id, toolu_ and 24 base62; *seed moves on. */
void tool_id_make(struct buf *out, uint64_t *seed);

#endif
