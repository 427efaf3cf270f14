/* The many spellings of one endpoint. */
#ifndef RELAY_PATH_H
#define RELAY_PATH_H

#include "base/arena.h"
#include "base/str.h"

/*
 * Clients are pointed at /api, /claude or a base that already ends in /v1:
 * "/api/v1/messages", "/claude/v1/v1/messages" and "/v1/messages" are one; so
 * are
 * "/openai/v1/embeddings", "/azure/embeddings" and "/v1/embeddings".
 */
struct str relay_path(struct str path);

#endif
