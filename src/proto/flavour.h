/*
 * Kinds of backends and what the relay may send to each (messages-api §10):
 * one table row per flavour, asked by name of the property.
 */
#ifndef PROTO_FLAVOUR_H
#define PROTO_FLAVOUR_H

#include <stdbool.h>

#include "base/str.h"

enum flavour {
	FLAVOUR_GENERIC,
	FLAVOUR_VLLM,
	FLAVOUR_SGLANG,
	FLAVOUR_LLAMACPP,
	FLAVOUR_OLLAMA,
	FLAVOUR_TGI,
	FLAVOUR_FASTCHAT,
	FLAVOUR_AZURE,
	FLAVOUR_OPENAI,
	FLAVOURS
};

const char *flavour_name(enum flavour f);
/* "auto" and unknown words give -1. */
int flavour_parse(struct str word, enum flavour *out);

#endif
