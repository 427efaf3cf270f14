/* What holds for every body that goes to a backend. */
#ifndef FUZZ_CHECK_BODY_H
#define FUZZ_CHECK_BODY_H

#include "base/str.h"

/* Aborts, so that the fuzzer keeps the input, unless holds. */
void require(bool holds);
/*
 * text is valid JSON, has no key twice, none that only Anthropic knows, and a
 * sequence of messages in which each call is answered directly after it.
 */
void check_body(struct str text);

#endif
