#include "proto/flavour.h"

#include <assert.h>

#include "proto/flavour_traits.h"

enum {
	TRAITS_TEMPLATES =
	    TRAIT_TEMPLATE_KWARGS | TRAIT_EFFORT | TRAIT_REASONING_CONTENT,
	TRAITS_GENERIC = TRAITS_TEMPLATES | TRAIT_OFF_BY_EFFORT,
	TRAITS_SGLANG =
	    TRAITS_GENERIC | TRAIT_CONTINUOUS_USAGE | TRAIT_CONTINUES,
	/* The name of the field changed between releases: both are sent. */
	TRAITS_VLLM = TRAITS_SGLANG | TRAIT_REASONING,
	TRAITS_LLAMACPP = TRAITS_TEMPLATES | TRAIT_BUDGET,
	TRAITS_TGI = TRAIT_SCHEMA_AS_VALUE | TRAIT_NO_TOOLS_IF_NONE,
	TRAITS_OLLAMA = TRAIT_EFFORT | TRAIT_OFF_BY_EFFORT | TRAIT_REASONING |
			TRAIT_TRUNCATES,
	TRAITS_OPENAI = TRAIT_COMPLETION_TOKENS | TRAIT_NO_TOP_K |
			TRAIT_FOUR_STOPS | TRAIT_NARROW_NAMES |
			TRAIT_STRICT_FUNCTIONS | TRAIT_PDF |
			TRAIT_EFFORT_IF_REASONING | TRAIT_OFF_BY_EFFORT
};

static const struct {
	const char *name;
	unsigned traits;
} flavours[] = {
    [FLAVOUR_GENERIC] = {"generic", TRAITS_GENERIC},
    [FLAVOUR_VLLM] = {"vllm", TRAITS_VLLM},
    [FLAVOUR_SGLANG] = {"sglang", TRAITS_SGLANG},
    [FLAVOUR_LLAMACPP] = {"llamacpp", TRAITS_LLAMACPP},
    [FLAVOUR_OLLAMA] = {"ollama", TRAITS_OLLAMA},
    [FLAVOUR_TGI] = {"tgi", TRAITS_TGI},
    [FLAVOUR_FASTCHAT] = {"fastchat", 0},
    [FLAVOUR_AZURE] = {"azure", TRAITS_OPENAI},
    [FLAVOUR_OPENAI] = {"openai", TRAITS_OPENAI},
};
_Static_assert(sizeof(flavours) / sizeof(flavours[0]) == FLAVOURS,
	       "one row a flavour");

bool flavour_has(enum flavour f, enum flavour_trait trait)
{
	assert(f < FLAVOURS);
	return flavours[f].traits & trait;
}

const char *flavour_name(enum flavour f)
{
	assert(f < FLAVOURS);
	return flavours[f].name;
}

int flavour_parse(struct str word, enum flavour *out)
{
	for (int f = 0; f < FLAVOURS; f++) {
		if (str_ieq(word, str_of(flavours[f].name))) {
			*out = (enum flavour)f;
			return 0;
		}
	}
	return -1;
}
