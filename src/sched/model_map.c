#include "sched/model_map.h"

/* Scores: exact above another case above patterns (by length) above `*`. */
enum { MATCH_CASE = 1 << 20, MATCH_EXACT = 1 << 21 };

int model_match(const char *pattern, struct str name)
{
	struct str p = str_of(pattern);

	if (str_eq(p, name))
		return MATCH_EXACT;
	if (str_ieq(p, name))
		return MATCH_CASE;
	if (p.n == 0 || p.p[p.n - 1] != '*')
		return 0;
	p.n--;
	return str_istarts(name, p) ? (int)p.n + 1 : 0;
}

const struct model_pair *model_lookup(const struct model_pair *pairs, size_t n,
				      struct str name)
{
	const struct model_pair *best = NULL;
	int best_score = 0;

	for (size_t i = 0; i < n; i++) {
		int score = model_match(pairs[i].asked, name);

		if (score > best_score) {
			best_score = score;
			best = &pairs[i];
		}
	}
	return best;
}
