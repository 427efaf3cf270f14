/*
 * Parameters that the relay adds on its own and a backend refuses
 * (messages-api §10, learned refusals).
 */
#ifndef PROTO_REFUSAL_H
#define PROTO_REFUSAL_H

#include "proto/error_facts.h"

/* The enum openai_param bit that the error is about; 0: about none. */
unsigned refusal_read(const struct error_facts *f);

/* Names of the parameters, to remember them by: of one bit, NULL for one that
 * is none; and back, 0 for a name that is none. */
const char *refusal_name(unsigned bit);
unsigned refusal_bit(struct str name);

#endif
