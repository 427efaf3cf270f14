/* A 64-bit hash for tables and keys of equality: fast, not secret (FNV-1a with
 * a final mix). */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/str.h"

#define HASH64_INIT UINT64_C(0xcbf29ce484222325)

/* Goes on from h: hash64(hash64(HASH64_INIT, a), b) is of a and b with their
 * border. */
uint64_t hash64(uint64_t h, struct str s);

#endif
